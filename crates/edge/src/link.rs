//! The link with the platform: store and forward.
//!
//! What the devices say waits in the [`Queue`] and goes up in order; it leaves the queue when the platform has confirmed
//! it, so a cut link loses nothing and a doubled message is recognised there by its moment. After every reconnection the
//! present state of the actuators goes first: the platform then evaluates the old readings knowing what the site has done
//! already, and does not do it again.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use helan_kernel::{Engine, Ms, Quality};
use rumqttc::{
    NetworkOptions, Outgoing,
    v5::{
        AsyncClient, ConnectionError, Event, EventLoop, MqttOptions,
        mqttbytes::{
            QoS,
            v5::{Filter, Packet, PubAckReason, Publish},
        },
    },
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{sync::mpsc, task::AbortHandle, time};

use crate::{
    agent::{Agent, Twin},
    clock,
    config::Uplink,
    local::PLATFORM,
    queue::{Known, Leaf, Queue, Record, Stopped},
};

/// Messages on their way without confirmation.
const FLIGHT: usize = 256;
/// Requests that the MQTT client holds: the flight and some subscriptions.
const REQUESTS: usize = 1024;
/// First wait before connecting again.
const RETRY_FIRST: Duration = Duration::from_millis(200);
/// Tries to connect between two lines in the log: about a minute.
const TOLD_EVERY: u32 = 60;
/// Silence after which the link counts as lost; also the time between two signs of life.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// Time between two reports of how much waits.
const REPORT: Duration = Duration::from_secs(60);
/// How often a command is looked at that waits for its twin.
const LOOK: Duration = Duration::from_millis(50);
/// Commands are remembered so long after their expiry: longer than the platform sends one again.
const REMEMBER: Ms = Ms::seconds(24 * 3600);

/// What a message on its way is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cargo {
    /// This one of the queue.
    Queued(u64),
    /// State or report: sent anew next time, not kept.
    Passing,
}

/// A message on its way.
struct Flying {
    cargo: Cargo,
    /// Packet number, once the client has given it one.
    packet: Option<u16>,
    confirmed: bool,
}

/// A command as the platform sends it.
#[derive(Deserialize)]
struct CommandPayload {
    id: String,
    name: String,
    #[serde(default)]
    argument: f64,
    expires: i64,
}

/// A command of the platform that the site's own engine is carrying out already.
struct Waiting {
    key: Arc<str>,
    command: CommandPayload,
    json: Value,
}

/// Everything about the link.
pub struct LinkUp {
    /// How the platform is reached.
    pub uplink: Uplink,
    /// The agent's token there.
    pub token: String,
    /// Keys of the site's devices.
    pub devices: Vec<Arc<str>>,
    /// The engine and the devices.
    pub agent: Agent,
    /// What waits.
    pub queue: Queue,
}

impl LinkUp {
    /// Keeps the link for ever.
    pub async fn run(self) {
        let mut wait = RETRY_FIRST;
        let most = Duration::from_millis(self.uplink.retry_most_ms);
        let mut tries = 0_u32;
        loop {
            let mut session = Session::open(&self);
            let why = session.run().await;
            session.poller.abort();
            match why {
                // The disk may have room again; until then nothing is confirmed, and nothing can go up.
                End::Stopped => tracing::warn!("no link: the queue cannot be read"),
                End::Lost { error, was_up } => {
                    if was_up {
                        (wait, tries) = (RETRY_FIRST, 0);
                    }
                    // A cut of a day would fill the log: it is told once in so many tries.
                    if tries.is_multiple_of(TOLD_EVERY) {
                        tracing::warn!(error, was_up, tries, "no link with the platform");
                    }
                    tries = tries.wrapping_add(1);
                }
            }
            time::sleep(clock::jitter(wait)).await;
            wait = (wait * 2).min(most);
        }
    }

    fn options(&self) -> MqttOptions {
        let (host, port) = self.uplink.mqtt.rsplit_once(':').unwrap_or((&self.uplink.mqtt, "1883"));
        let port = port.parse().unwrap_or(1883);
        let mut options = MqttOptions::new(&self.uplink.gateway, host, port);
        options
            .set_credentials(&self.uplink.gateway, &self.token)
            .set_keep_alive(KEEP_ALIVE)
            .set_clean_start(true)
            .set_connection_timeout(5);
        let mut network = NetworkOptions::new();
        network.set_tcp_nodelay(true);
        options.set_network_options(network);
        options
    }
}

/// Why a session ended.
enum End {
    Lost { error: String, was_up: bool },
    Stopped,
}

impl From<Stopped> for End {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

/// One connection with the platform.
struct Session<'a> {
    link: &'a LinkUp,
    client: AsyncClient,
    events: mpsc::Receiver<Result<Event, ConnectionError>>,
    poller: AbortHandle,
    up: bool,
    /// Last number of the queue that was sent.
    sent: u64,
    flight: VecDeque<Flying>,
    /// Commands whose twin of the site has no answer yet; they expire soon.
    twins: Vec<Waiting>,
}

impl<'a> Session<'a> {
    fn open(link: &'a LinkUp) -> Self {
        let (client, event_loop) = AsyncClient::new(link.options(), REQUESTS);
        let (told, events) = mpsc::channel(REQUESTS);
        let poller = tokio::spawn(poll(event_loop, told)).abort_handle();
        let (flight, twins) = (VecDeque::new(), Vec::new());
        Self { link, client, events, poller, up: false, sent: 0, flight, twins }
    }

    async fn run(&mut self) -> End {
        let mut report = time::interval(REPORT);
        let mut look = time::interval(LOOK);
        loop {
            let step = tokio::select! {
                event = self.events.recv() => match event {
                    Some(Ok(event)) => self.hear(event).await,
                    Some(Err(error)) => Err(self.lost(error.to_string())),
                    None => Err(self.lost("closed".to_owned())),
                },
                () = self.link.queue.news(), if self.up => Ok(()),
                _ = report.tick(), if self.up => self.report().await,
                _ = look.tick(), if !self.twins.is_empty() => self.look().await,
            };
            if let Err(end) = step {
                return end;
            }
            if self.up
                && let Err(end) = self.send().await
            {
                return end;
            }
        }
    }

    fn lost(&self, error: String) -> End {
        End::Lost { error, was_up: self.up }
    }

    async fn hear(&mut self, event: Event) -> Result<(), End> {
        match event {
            Event::Incoming(Packet::ConnAck(_)) => self.welcome().await,
            Event::Incoming(Packet::PubAck(ack)) => {
                let refused = !matches!(
                    ack.reason,
                    PubAckReason::Success | PubAckReason::NoMatchingSubscribers
                );
                if refused {
                    let words = ack.properties.and_then(|p| p.reason_string).unwrap_or_default();
                    tracing::error!(reason = ?ack.reason, words, "the platform refuses a message");
                }
                self.confirmed(ack.pkid).await
            }
            Event::Outgoing(Outgoing::Publish(packet)) => {
                if let Some(next) = self.flight.iter_mut().find(|f| f.packet.is_none()) {
                    next.packet = Some(packet);
                }
                Ok(())
            }
            Event::Incoming(Packet::Publish(publish)) => self.command(&publish).await,
            Event::Incoming(Packet::Disconnect(bye)) => {
                Err(self.lost(format!("the platform says goodbye: {:?}", bye.reason_code)))
            }
            _ => Ok(()),
        }
    }

    /// The link is there: listen for commands, then tell how the actuators stand.
    async fn welcome(&mut self) -> Result<(), End> {
        self.up = true;
        tracing::info!("link with the platform");
        let keys = self.link.devices.iter().map(|key| &**key);
        let filters: Vec<Filter> = keys
            .chain([self.link.uplink.gateway.as_str()])
            .map(|key| Filter::new(format!("helan/v1/{key}/commands"), QoS::AtLeastOnce))
            .collect();
        for some in filters.chunks(100) {
            let asked = self.client.try_subscribe_many(some.to_vec());
            asked.map_err(|error| self.lost(error.to_string()))?;
        }
        let states = self.link.agent.ask(actuators).await.map_err(|_closed| End::Stopped)?;
        for (device, payload) in states {
            self.publish(&device, Leaf::Readings, payload.into_bytes(), Cargo::Passing)?;
        }
        self.report().await
    }

    async fn report(&mut self) -> Result<(), End> {
        let backlog = self.link.queue.count().await?;
        let now = self.link.agent.now();
        self.link.queue.forget(Ms(now.0 - REMEMBER.0)).await?;
        let payload = json!({ "ts": now.0, "values": { "backlog": backlog } }).to_string();
        let gateway = self.link.uplink.gateway.clone();
        self.publish(&gateway, Leaf::Readings, payload.into_bytes(), Cargo::Passing)
    }

    /// Puts what waits on its way, oldest first.
    async fn send(&mut self) -> Result<(), End> {
        while self.flight.len() < FLIGHT {
            let room = FLIGHT - self.flight.len();
            let records = self.link.queue.take(self.sent, room).await?;
            if records.is_empty() {
                return Ok(());
            }
            for (seq, Record { device, leaf, payload }) in records {
                self.publish(&device, leaf, payload, Cargo::Queued(seq))?;
                self.sent = seq;
            }
        }
        Ok(())
    }

    fn publish(&mut self, key: &str, leaf: Leaf, body: Vec<u8>, cargo: Cargo) -> Result<(), End> {
        let topic = format!("helan/v1/{key}/{}", leaf.word());
        let sent = self.client.try_publish(topic, QoS::AtLeastOnce, false, body);
        sent.map_err(|error| self.lost(error.to_string()))?;
        self.flight.push_back(Flying { cargo, packet: None, confirmed: false });
        Ok(())
    }

    /// The platform has a message: what it has without a gap leaves the queue.
    async fn confirmed(&mut self, packet: u16) -> Result<(), End> {
        let flying = self.flight.iter_mut().find(|f| f.packet == Some(packet) && !f.confirmed);
        if let Some(flying) = flying {
            flying.confirmed = true;
        }
        let mut upto = None;
        while self.flight.front().is_some_and(|f| f.confirmed) {
            if let Some(Flying { cargo: Cargo::Queued(seq), .. }) = self.flight.pop_front() {
                upto = Some(seq);
            }
        }
        if let Some(upto) = upto {
            self.link.queue.confirm(upto).await?;
        }
        Ok(())
    }

    /// A command of the platform for a device of the site: handed on once, and never late.
    async fn command(&mut self, publish: &Publish) -> Result<(), End> {
        let topic = String::from_utf8_lossy(&publish.topic);
        let device = topic.strip_prefix("helan/v1/").and_then(|t| t.strip_suffix("/commands"));
        let key = self.link.devices.iter().find(|key| device == Some(&***key)).cloned();
        let json: Result<Value, _> = serde_json::from_slice(&publish.payload);
        let parsed = json.and_then(|json| Ok((CommandPayload::deserialize(&json)?, json)));
        let (Some(key), Ok((command, json))) = (key, parsed) else {
            tracing::warn!(%topic, "not a command for this site");
            return Ok(());
        };
        match self.link.queue.forward(&command.id, &key, Ms(command.expires)).await? {
            // After a restart of this agent the device may not have it yet; if it has, it knows the id.
            Known::Forwarded if self.link.agent.holds(&key, &command.id) => Ok(()),
            Known::Replied(reply) => self.publish(&key, Leaf::Replies, reply, Cargo::Passing),
            Known::New | Known::Forwarded => self.pass_on(Waiting { key, command, json }).await,
        }
    }

    /// Looks again at commands that wait for the site's own.
    async fn look(&mut self) -> Result<(), End> {
        for waiting in std::mem::take(&mut self.twins) {
            self.pass_on(waiting).await?;
        }
        Ok(())
    }

    /// Hands a command to its device, unless it is too late or the site does the same by itself.
    async fn pass_on(&mut self, mut waiting: Waiting) -> Result<(), End> {
        let agent = &self.link.agent;
        let Waiting { key, command, json } = &mut waiting;
        let expires = Ms(command.expires);
        if expires <= agent.now() {
            return self.answer(key, &command.id, "expired", "").await;
        }
        match agent.twin(key, &command.name, command.argument) {
            Some(Twin::Done) => {
                self.answer(key, &command.id, "done", "the site agent had it done already").await
            }
            Some(Twin::Pending) => {
                self.twins.push(waiting);
                Ok(())
            }
            None => {
                let id = &command.id;
                if let Some(own) = json.get_mut("id") {
                    *own = Value::from(format!("{PLATFORM}{id}"));
                }
                tracing::info!(device = &**key, id, "command of the platform");
                agent.forward(key, id.clone(), json.to_string().into(), expires);
                Ok(())
            }
        }
    }

    /// Answers a command in the place of its device.
    async fn answer(&self, key: &str, id: &str, outcome: &str, detail: &str) -> Result<(), End> {
        tracing::info!(device = key, id, outcome, detail, "command of the platform");
        let payload = json!({ "id": id, "outcome": outcome, "detail": detail }).to_string();
        let device = key.to_owned();
        let record = Record { device, leaf: Leaf::Replies, payload: payload.into_bytes() };
        Ok(self.link.queue.replied(id, record).await?)
    }
}

/// Polls the client in a task of its own: its poll must not be dropped halfway.
async fn poll(mut events: EventLoop, told: mpsc::Sender<Result<Event, ConnectionError>>) {
    loop {
        let event = events.poll().await;
        let failed = event.is_err();
        if told.send(event).await.is_err() || failed {
            return;
        }
    }
}

/// The latest values of all devices that take commands, as payloads of the device API.
fn actuators(engine: &Engine) -> Vec<(Arc<str>, String)> {
    let registry = engine.registry();
    let mut states = Vec::new();
    for (_, device) in registry.devices.iter() {
        let Some(profile) = registry.profile_of(device) else { continue };
        if profile.commands.is_empty() {
            continue;
        }
        for kind in &profile.points {
            let point = registry.point(device, &kind.name);
            let latest = point.and_then(|point| engine.watch().latest(point));
            if let Some(latest) = latest.filter(|l| l.quality == Quality::Good) {
                let payload = json!({ "ts": latest.at.0, "values": { &*kind.name: latest.value } });
                states.push((device.key.clone(), payload.to_string()));
            }
        }
    }
    states
}
