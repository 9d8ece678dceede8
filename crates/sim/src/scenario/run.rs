//! Runs a scenario against a server and writes what was measured.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, Result};
use helan_kernel::Ms;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::mpsc;
use tracing::{info, warn};

use super::{
    deed::Deeds,
    duty::{self, Officer, Word},
    file::{Scenario, Words},
    measure::{self, Facts, What},
    site::Site,
    stage::{self, Stage},
    watcher::{self, Look, Scope},
};
use crate::{
    api::Api,
    clock,
    mqtt::Dialer,
    player::{Player, Seen},
    tokens::Tokens,
};

/// Readings fetched for one point.
const READINGS_MOST: usize = 10_000;
/// Real time that a scenario may take beyond its own: rules and ladders keep their real delays at every speed.
const EXTRA: Duration = Duration::from_secs(360);
/// Time for all devices to be connected.
const CONNECT: Duration = Duration::from_secs(30);

/// How to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Console API.
    pub server: String,
    /// MQTT endpoint.
    pub mqtt: SocketAddr,
    /// File with the service account's token.
    pub token_file: PathBuf,
    /// World time against real time.
    pub speed: f64,
    /// Binary of the site agent.
    pub edge: PathBuf,
    /// Packs for the site agent.
    pub packs: PathBuf,
}

/// What came out.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Scenario.
    pub scenario: String,
    /// Its name.
    pub name: Words,
    /// Its seed.
    pub seed: u64,
    /// World time against real time.
    pub speed: f64,
    /// When it began, ms UTC.
    pub started: i64,
    /// When it ended, ms UTC.
    pub ended: i64,
    /// Whether all measures hold.
    pub ok: bool,
    /// The measures.
    pub measures: Vec<measure::Result>,
    /// Incidents at the server.
    pub incidents: Vec<u64>,
    /// Messages.
    pub messages: crate::player::Counts,
}

impl Report {
    /// The measures as a table for people.
    #[must_use]
    pub fn table(&self) -> String {
        let line = |m: &measure::Result| {
            let mark = if m.holds { "holds " } else { "MISSED" };
            let value = m.value.map_or_else(|| "none".to_owned(), |v| format!("{v:.2}"));
            format!("{mark} {value:>8} {:<4} {:<6} {}\n", m.unit, m.target, m.name.en)
        };
        let verdict = if self.ok { "every measure holds" } else { "a measure does not hold" };
        let lines: String = self.measures.iter().map(line).collect();
        format!("{lines}{}: {verdict}\n", self.scenario)
    }
}

struct Run<'a> {
    scenario: &'a Scenario,
    options: &'a Options,
    api: Api,
    player: Player,
    officer: Officer,
    deeds: Deeds,
    /// Events whose deeds are to be done.
    due: Vec<usize>,
    site: Option<Site>,
    names: Vec<String>,
    facts: Facts,
    look: Look,
    /// Since when (world time) the gas in every room is below the mark of the all-clear, by detector.
    low_since: BTreeMap<usize, Option<Ms>>,
    started: Ms,
    /// World time up to which was told what happens.
    said: Ms,
}

/// Runs a scenario.
///
/// # Errors
/// When the server cannot be reached or refuses, or the site agent cannot be started.
pub async fn run(scenario: &Scenario, options: &Options) -> Result<Report> {
    let api = Api::open(&options.server, &options.token_file)?;
    let Stage { changes, world, names } = stage::stage(scenario);
    let mut tokens = Tokens::beside(&options.token_file)?;
    tokens.register(&api, &changes).await.context("registering the scenario")?;
    let keys: BTreeSet<String> = scenario.devices.iter().map(|d| d.key.clone()).collect();
    let devices = Arc::new(keys);
    let called = Arc::new(Mutex::new(duty::left_by_calls(&api, scenario).await?));
    let scope = Scope { devices, since: Ms(0), called };
    duty::tidy(&api, &scope).await?;
    scope.called.lock().unwrap_or_else(PoisonError::into_inner).clear();

    let site = match &scenario.site {
        Some(_) => Some(Site::start(scenario, options, &tokens).await?),
        None => None,
    };
    let mut player = Player::new(world, options.speed);
    let platform = Dialer::new(options.mqtt, scenario.seed);
    for (number, device) in scenario.devices.iter().enumerate() {
        match &site {
            Some(site) if device.site => {
                player.connect(number, site.dialer(), site.token(&device.key));
            }
            _ => player.connect(number, &platform, tokens.of(&device.key)),
        }
    }
    player.connected(CONNECT).await?;
    player.restart();
    let started = clock::now();
    let scope = Scope { since: started, ..scope };
    info!(scenario = scenario.key, speed = options.speed, "begins");

    let leaks = scenario.events.iter().filter(|e| e.leak.is_some()).map(|e| e.at);
    let leak = leaks.min().map(|at| player.clock.real(at));
    let (looks, mut news) = mpsc::channel(4);
    let watcher = tokio::spawn(watcher::watch(api.clone(), scope.clone(), looks));
    let mut run = Run {
        scenario,
        options,
        officer: Officer::new(api.clone(), scenario.duty.clone(), options.speed),
        deeds: Deeds::new(api.clone(), scenario, scope.called.clone()),
        due: Vec::new(),
        api,
        player,
        site,
        names,
        facts: Facts { speed: options.speed, started, leak, ..Facts::default() },
        look: Look::default(),
        low_since: BTreeMap::new(),
        started,
        said: Ms(-1),
    };
    let played = run.play(&mut news).await;
    watcher.abort();
    played?;
    run.finish(&scope).await
}

impl Run<'_> {
    async fn play(&mut self, news: &mut mpsc::Receiver<Look>) -> Result<()> {
        let limit =
            Duration::from_secs_f64(self.scenario.minutes * 60.0 / self.options.speed) + EXTRA;
        let end = clock::instant() + limit;
        while clock::instant() < end {
            self.tell();
            tokio::select! {
                seen = self.player.step() => seen.into_iter().for_each(|s| self.see(s)),
                look = news.recv() => {
                    let Some(look) = look else { return Ok(()) };
                    self.look_at(look);
                    if self.is_over() {
                        return Ok(());
                    }
                }
            }
            for event in std::mem::take(&mut self.due) {
                let Some(event) = self.scenario.events.get(event) else { continue };
                let done = self.deeds.happen(event, &self.look, &mut self.facts).await;
                done.with_context(|| event.words())?;
            }
        }
        warn!("the time of the scenario is over");
        Ok(())
    }

    /// Says what has happened of the scenario since the last time, and every minute how far it is.
    fn tell(&mut self) {
        let now = self.player.world.now();
        let before = std::mem::replace(&mut self.said, now);
        let new = |at: Ms| at > before && at <= now;
        for happening in self.scenario.events.iter().filter(|e| new(e.at)) {
            info!(at = clock::span(happening.at), "{}", happening.words());
        }
        if now.0 / 60_000 > before.0 / 60_000 {
            let (sent, commands) = (self.player.counts.published, self.facts.commands.len());
            let (alarms, incidents) = (self.look.alarms.len(), self.look.incidents.len());
            let of = self.scenario.minutes;
            info!(minute = now.0 / 60_000, of, sent, commands, alarms, incidents, "so far");
        }
    }

    fn key(&self, device: usize) -> String {
        self.scenario.devices.get(device).map(|d| d.key.clone()).unwrap_or_default()
    }

    fn see(&mut self, seen: Seen) {
        match seen {
            Seen::Published { device, at, values, .. } => {
                let key = self.key(device);
                let gas = self.scenario.devices.get(device).and_then(|d| d.gas_point());
                for (point, value) in values {
                    if gas == Some(&*point) {
                        self.gas(device, value);
                    }
                    let series = self.facts.sent.entry((key.clone(), point.to_string()));
                    series.or_default().push((at.0, value));
                }
            }
            Seen::Refused { device, reason } => {
                warn!(device = self.key(device), reason, "refused");
                self.facts.refused += 1;
            }
            Seen::Command { device, name, at, id } => {
                info!(device = self.key(device), name, id, "command");
                // A loudspeaker is no actuator: what it says moves nothing.
                if name == "speaker.say" {
                    *self.facts.spoken.entry(self.key(device)).or_default() += 1;
                } else {
                    self.facts.commands.push((self.key(device), name, at));
                }
            }
            Seen::Answer { notice, needs_help } => self.officer.answer(notice, needs_help),
            Seen::Visited { notice } => self.officer.visited(notice),
            Seen::Uplink { up } => {
                info!(up, "uplink of the site");
                if let Some(site) = &self.site {
                    site.uplink(up);
                }
                self.facts.uplink.push((clock::now(), up));
            }
            Seen::Link { device, up } => info!(device = self.key(device), up, "connection"),
            Seen::Deed { event } => self.due.push(event),
            Seen::Replied { .. } => {}
        }
    }

    fn gas(&mut self, device: usize, value: f64) {
        let now = self.player.world.now();
        let low = value < self.scenario.duty.clear_below;
        let since = self.low_since.entry(device).or_insert(None);
        *since = if low { since.or(Some(now)) } else { None };
    }

    /// Whether every room has been below the mark for long enough, and nothing is planned that could change it.
    fn is_safe(&self) -> bool {
        let now = self.player.world.now();
        let long = |since: &Option<Ms>| {
            since.is_some_and(|s| now.since(s) >= self.scenario.duty.clear_after)
        };
        now >= self.scenario.duty.clear_from && self.low_since.values().all(long)
    }

    fn look_at(&mut self, look: Look) {
        let safe = self.is_safe();
        for word in self.officer.act(clock::now(), &look, safe) {
            match word {
                Word::Told { notice, name } => {
                    if let Some(person) = self.names.iter().position(|n| name.contains(n.as_str()))
                    {
                        self.player.world.tell(person, notice);
                    }
                }
                Word::Visit { notice, visitor } => {
                    let person = self.names.iter().position(|n| visitor.contains(n.as_str()));
                    // Whoever visits is a post of the scenario; should the server name another, the first one goes.
                    let person = person.unwrap_or(self.scenario.people.len());
                    self.player.world.visit(person, notice, self.scenario.duty.visit);
                }
            }
        }
        self.list(&look);
        self.look = look;
    }

    /// Notes which of those who must leave have answered, or have somebody who goes to them.
    fn list(&mut self, look: &Look) {
        let notices = look.incidents.iter().flat_map(|file| measure::items(file, "notices"));
        let leave = notices.filter(|n| {
            measure::text(n, "action") == "leave" && measure::text(n, "party") == "person"
        });
        for notice in leave {
            let Some(id) = notice.get("id").and_then(Value::as_u64) else { continue };
            let known = measure::is_final(notice)
                || matches!(measure::text(notice, "state"), "visiting" | "needs-help");
            let listed = self.facts.listed.entry(id).or_default();
            if known && listed.is_none() {
                *listed = Some(clock::now());
            }
        }
    }

    /// Everything planned has happened, every alarm that is asked for came, and the incidents are closed.
    fn is_over(&mut self) -> bool {
        let last = self.scenario.events.iter().map(|e| e.at).max().unwrap_or_default();
        if self.player.world.now() < last {
            return false;
        }
        self.take_facts();
        // An incident that a call has just opened is not seen yet.
        if self.facts.calls.iter().any(|call| !self.facts.incidents.contains_key(&call.incident)) {
            return false;
        }
        let waits = self.scenario.measures.iter().filter(|m| {
            use What::{
                Alarms, AllClear, Closed, FinalState, Moved, RollCall, Says, TaskGiven, Told,
            };
            let grows = matches!(
                m.what,
                Alarms
                    | Closed
                    | AllClear
                    | FinalState
                    | Moved
                    | RollCall
                    | Says
                    | TaskGiven
                    | Told
            );
            grows && m.at_least.is_some()
        });
        waits.into_iter().all(|m| {
            let value = measure::value(self.scenario, m, &self.facts);
            value.zip(m.at_least).is_some_and(|(value, least)| value >= least)
        })
    }

    fn take_facts(&mut self) {
        let by_id = |values: &[Value], of: fn(&Value) -> Option<u64>| {
            values.iter().filter_map(|v| Some((of(v)?, v.clone()))).collect::<BTreeMap<_, _>>()
        };
        self.facts.alarms = by_id(&self.look.alarms, |a| a.get("id").and_then(Value::as_u64));
        self.facts.incidents =
            by_id(&self.look.incidents, |f| f.pointer("/incident/id").and_then(Value::as_u64));
        let world = &self.player.world;
        for (device, one) in self.scenario.devices.iter().zip(world.devices()) {
            if device.model != super::file::Model::Loudspeaker {
                self.facts.movements.insert(device.key.clone(), one.actuations);
            }
        }
        let gas = |f: fn(&crate::world::room::Room) -> f64| {
            world.rooms().iter().map(f).fold(0.0, f64::max)
        };
        self.facts.gas_left = gas(crate::world::room::Room::percent_lel);
        self.facts.gas_peak = gas(crate::world::room::Room::peak_percent_lel);
    }

    /// The last look, the stored readings, and the verdicts.
    async fn finish(mut self, scope: &Scope) -> Result<Report> {
        // What is on its way arrives; the world stands still.
        self.player.settle(Duration::from_secs(10)).await;
        if let Some(site) = &mut self.site {
            site.settled(Duration::from_secs(10)).await;
        }
        self.look = watcher::look(&self.api, scope).await?;
        self.take_facts();
        let ended = clock::now();
        for (device, point) in self.facts.sent.keys().cloned().collect::<Vec<_>>() {
            let stored = self.stored(&device, &point, ended).await?;
            self.facts.stored.insert((device, point), stored);
        }
        for id in self.facts.incidents.keys().copied().collect::<Vec<_>>() {
            let report = self.api.get(&format!("/incidents/{id}/report")).await?;
            self.facts.reports.insert(id, report);
        }
        for id in self.facts.incidents.keys().copied().collect::<Vec<_>>() {
            let crews = self.api.get(&format!("/incidents/{id}/crews")).await?;
            self.facts.crews.insert(id, crews);
        }
        if let Some(fire) = &self.scenario.fire {
            let winds = stage::winds(self.scenario, fire).context("the wind of the fire")?;
            let answer = self.api.post("/models/wildfire-spread", &fire.question(&winds)).await?;
            let outputs = answer.pointer("/report/outputs").context("the model has no outputs")?;
            let outputs = outputs.as_array().into_iter().flatten();
            let mut burnt = outputs.filter(|o| measure::text(o, "name") == "burnt_m2");
            let said = burnt.next().and_then(|o| o.get("value")?.as_f64());
            let truth = fire.burnt_m2(&winds, self.scenario.seed)?;
            self.facts.burnt_m2 = said.map(|said| (said, truth));
        }
        let forecasts = self.api.get("/forecasts?drill=true&limit=1").await?;
        self.facts.scores = measure::items(&forecasts, "scores").cloned().collect();
        let measures = measure::verdicts(self.scenario, &self.facts);
        Ok(Report {
            scenario: self.scenario.key.clone(),
            name: self.scenario.name.clone(),
            seed: self.scenario.seed,
            speed: self.options.speed,
            started: self.started.0,
            ended: ended.0,
            ok: measures.iter().all(|m| m.holds),
            measures,
            incidents: self.facts.incidents.keys().copied().collect(),
            messages: self.player.counts,
        })
    }

    async fn stored(&self, device: &str, point: &str, to: Ms) -> Result<measure::Series> {
        // Clock faults shift moments; a minute on both sides holds them.
        let (from, to) = (self.started.0 - 60_000, to.0 + 60_000);
        let path = format!(
            "/devices/{device}/points/{point}/readings?from={from}&to={to}&limit={READINGS_MOST}"
        );
        let reply = self.api.get(&path).await?;
        let sent = self.facts.sent.get(&(device.to_owned(), point.to_owned()));
        let first = sent.and_then(|s| s.iter().map(|(at, _)| *at).min()).unwrap_or(from);
        let reading = |r: &Value| Some((r.get(0)?.as_i64()?, r.get(1)?.as_f64()?));
        let all = measure::items(&reply, "readings").filter_map(reading);
        // Readings of an earlier run are none of ours.
        Ok(all.filter(|(at, _)| *at >= first).collect())
    }
}
