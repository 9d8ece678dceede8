//! Devices over MQTT.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use helan_broker::{
    Ack, Delivery, Denied, Fault, Gone, Hello, Link, Message, Outgoing, Qos, Reason as Code,
    Receipt, Service, Wakes,
};
use helan_kernel::{DeviceId, Event, Ms, Reading, registry::Key};
use helan_node::{Lane, Submission};
use helan_protocol::device::{Arrivals, Outcome, Reason};
use serde_json::json;

use super::{
    Intake, MqttTicket, Verdict,
    access::Stranger,
    readings,
    refusals::Refused,
    replies,
    ticket::Question,
    topics::{self, Said},
};
use crate::{directory::Entry, platform::Ticket};

/// Devices that one gateway may speak for on one connection.
const MAX_CHILDREN: usize = 20_000;

/// A connected device.
pub struct Session {
    link: Link,
    key: Key,
    state: Mutex<State>,
}

/// A device that the connection speaks for.
struct Speaker {
    entry: Arc<Entry>,
    /// Moments of its readings without a time.
    arrivals: Arrivals,
}

#[derive(Default)]
struct State {
    /// Version of the directory that the speakers were looked up in.
    version: u64,
    speakers: BTreeMap<Key, Speaker>,
    listening: BTreeSet<DeviceId>,
    refusals: BTreeSet<Key>,
    /// Devices that were reported as connected.
    up: BTreeSet<DeviceId>,
}

impl Session {
    fn state(&self) -> MutexGuard<'_, State> {
        // Only the task of the connection takes it; nothing that can fail runs under it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Messages of one kind, one after another: they are handed in together.
#[derive(Default)]
struct Run {
    urgent: bool,
    readings: Vec<Reading>,
    events: Vec<Event>,
    verdicts: Vec<Verdict>,
}

impl Service for Intake {
    type Session = Session;

    async fn connect(&self, hello: Hello<'_>, link: &Link) -> Result<Session, Denied> {
        let now = self.platform.now();
        let Some(user) = hello.user else {
            let detail = format!("{} without a user name", hello.client);
            let refused = Refused::new(Reason::NotAllowed, detail);
            self.refusals.count(&hello.peer.ip().to_string(), &refused, b"", now);
            return Err(Denied::Credentials);
        };
        let token = hello.password.unwrap_or_default();
        if let Err(stranger) = self.secrets.check(user, token, hello.peer.ip(), now) {
            let detail = format!("{} from {}", user, hello.peer.ip());
            let refused = Refused::new(Reason::NotAllowed, detail);
            self.refusals.count(&hello.peer.ip().to_string(), &refused, b"", now);
            return Err(match stranger {
                Stranger::Wrong => Denied::Credentials,
                Stranger::TooFast => Denied::TooFast,
            });
        }
        let version = self.directory.version();
        let Some(entry) = self.directory.find(user) else {
            let refused = Refused::new(Reason::UnknownDevice, user);
            self.refusals.count(&hello.peer.ip().to_string(), &refused, b"", now);
            return Err(Denied::NotAuthorized);
        };
        let key = entry.key.clone();
        let device = entry.id;
        let mut state = State { version, ..State::default() };
        state.speakers.insert(key.clone(), Speaker { entry, arrivals: Arrivals::default() });
        state.up.insert(device);
        if self.stations.arrive(device, link) {
            self.link_event(device, true).await.map_err(|_closed| Denied::Unavailable)?;
        }
        Ok(Session { link: link.clone(), key, state: Mutex::new(state) })
    }

    async fn publish(&self, session: &Session, delivery: Delivery<'_>) {
        let Delivery { messages, mut receipt } = delivery;
        let (mut runs, fresh) = self.sort(session, &messages);
        for device in fresh {
            if self.link_event(device, true).await.is_err() {
                return;
            }
        }
        let last = runs.pop();
        for run in runs {
            let (own, rest) = receipt.split(run.verdicts.len());
            receipt = rest;
            if self.hand_in(run, own).await.is_err() {
                return;
            }
        }
        // When the node has stopped, the receipt is dropped, and the connection with it.
        if let Some(run) = last
            && self.hand_in(run, receipt).await.is_err()
        {
            tracing::debug!(device = &*session.key, "readings came after the node stopped");
        }
    }

    fn may_subscribe(&self, session: &Session, filter: &str) -> bool {
        let mut state = session.state();
        self.refresh(session, &mut state);
        let heard = topics::heard(filter);
        let nothing = || Refused::new(Reason::NotAllowed, format!("may not listen to {filter}"));
        let speaker = heard
            .ok_or_else(nothing)
            .and_then(|(device, _)| self.speaker(session, &mut state, device).map(drop));
        if let Err(refused) = &speaker {
            self.refusals.count(&session.key, refused, filter.as_bytes(), self.platform.now());
        }
        speaker.is_ok()
    }

    fn broke(&self, session: Option<&Session>, peer: SocketAddr, fault: Fault) {
        let reason = match fault {
            Fault::TooLarge => Reason::TooLarge,
            _ => Reason::Malformed,
        };
        let sender = session.map_or_else(|| peer.ip().to_string(), |own| own.key.to_string());
        let refused = Refused::new(reason, format!("MQTT: {fault}"));
        self.refusals.count(&sender, &refused, b"", self.platform.now());
    }

    fn subscribed(&self, session: &Session, filter: &str, _qos: Qos) {
        let Some((device, heard)) = topics::heard(filter) else { return };
        let mut state = session.state();
        let Ok(entry) = self.speaker(session, &mut state, device).map(|s| s.entry.clone()) else {
            return;
        };
        if heard.refusals {
            state.refusals.insert(entry.key.clone());
        }
        if heard.commands {
            state.listening.insert(entry.id);
            drop(state);
            self.stations.listen(entry.id, &session.link);
        }
    }

    fn unsubscribed(&self, session: &Session, filter: &str) {
        let Some((device, heard)) = topics::heard(filter) else { return };
        let mut state = session.state();
        let Ok(entry) = self.speaker(session, &mut state, device).map(|s| s.entry.clone()) else {
            return;
        };
        if heard.refusals {
            state.refusals.remove(&entry.key);
        }
        if heard.commands && state.listening.remove(&entry.id) {
            self.stations.unlisten(entry.id, &session.link);
        }
    }

    fn delivered(&self, _session: &Session, _tag: u64) {
        // That bytes arrived says nothing of the command: only the reply of the device counts.
    }

    async fn disconnected(&self, session: Session, link: &Link, why: Gone) {
        let state = std::mem::take(&mut *session.state());
        for device in &state.listening {
            self.stations.unlisten(*device, link);
        }
        for device in state.up {
            // A device that says goodbye is not lost: many report and sleep. Whether it is silent too long, rules watch.
            let lost = self.stations.depart(device, link) && why != Gone::Goodbye;
            if !lost {
                continue;
            }
            if self.link_event(device, false).await.is_err() {
                return;
            }
            // It may have come back meanwhile, and have said so before us.
            if self.stations.is_connected(device) && self.link_event(device, true).await.is_err() {
                return;
            }
        }
    }
}

/// Sorts the messages of one delivery.
struct Sort<'a> {
    intake: &'a Intake,
    session: &'a Session,
    state: MutexGuard<'a, State>,
    now: Ms,
    run: Run,
    runs: Vec<Run>,
    /// Devices that speak for the first time on this connection, and were not connected before.
    fresh: Vec<DeviceId>,
}

impl Sort<'_> {
    fn message(&mut self, message: &Message<'_>) {
        let said = topics::said(message.topic);
        let urgent = matches!(said, Some((_, Said::Replies)));
        if urgent != self.run.urgent && !self.run.verdicts.is_empty() {
            self.runs.push(std::mem::take(&mut self.run));
        }
        self.run.urgent = urgent;
        let taken = match said {
            Some((device, said)) => self.take(device, said, message),
            None => Err(Refused::new(Reason::NotAllowed, "no such topic")),
        };
        let verdict = taken.unwrap_or_else(|refused| {
            self.refuse(said.map(|(device, _)| device), message, &refused);
            Verdict::Refused(ack(&refused))
        });
        self.run.verdicts.push(verdict);
    }

    /// Takes one message into the run.
    fn take(
        &mut self,
        device: &str,
        said: Said,
        message: &Message<'_>,
    ) -> Result<Verdict, Refused> {
        let speaker = self.intake.speaker(self.session, &mut self.state, device)?;
        let entry = speaker.entry.clone();
        let verdict = match said {
            Said::Readings => {
                let arrival = speaker.arrivals.next(self.now);
                let into = &mut self.run.readings;
                let outcome = readings::read(&entry, message.payload, self.now, arrival, into)?;
                self.partly(message, &entry, &outcome)?
            }
            Said::Replies => {
                self.run.events.push(replies::event(
                    &self.intake.stations,
                    &entry,
                    message.payload,
                )?);
                let start = message.payload.len().min(Question::MAX_SAMPLE);
                Verdict::Asked(Box::new(Question {
                    sender: self.session.key.clone(),
                    at: self.now,
                    listener: self.listener(Some(device)),
                    topic: message.topic.to_owned(),
                    payload: message.payload.get(..start).unwrap_or_default().to_vec(),
                }))
            }
        };
        let link = &self.session.link;
        if self.state.up.insert(entry.id) && self.intake.stations.arrive(entry.id, link) {
            self.fresh.push(entry.id);
        }
        Ok(verdict)
    }

    /// A message of which some readings were refused: those that were good are kept.
    fn partly(
        &self,
        message: &Message<'_>,
        entry: &Entry,
        outcome: &Outcome,
    ) -> Result<Verdict, Refused> {
        let Some(refused) = outcome.summary() else {
            return Ok(Verdict::Taken(outcome.taken));
        };
        if outcome.taken == 0 {
            return Err(refused);
        }
        self.refuse(Some(&entry.key), message, &refused);
        let text = format!("{}: {}", refused.reason, refused.detail);
        Ok(Verdict::Partly(outcome.taken, text.into()))
    }

    /// Counts a refusal and tells the sender, if it listens.
    fn refuse(&self, device: Option<&str>, message: &Message<'_>, refused: &Refused) {
        let key = &*self.session.key;
        self.intake.refusals.count(key, refused, message.payload, self.now);
        if let Some(listener) = self.listener(device) {
            tell(&self.session.link, &listener, message.topic, refused);
        }
    }

    /// Topic on which the sender listens to refusals of what it says of a device; none when it does not.
    fn listener(&self, device: Option<&str>) -> Option<String> {
        let listens = |device: &&str| self.state.refusals.contains(*device);
        let device = device.filter(listens).or(Some(&*self.session.key).filter(listens))?;
        Some(topics::refusals(device))
    }
}

/// Tells a sender that listens why something was refused.
pub(super) fn tell(link: &Link, listener: &str, topic: &str, refused: &Refused) {
    let payload =
        json!({ "reason": refused.reason.word(), "detail": refused.detail, "topic": topic });
    let told = link.send(Outgoing {
        topic: listener.into(),
        payload: payload.to_string().into(),
        acknowledged: false,
        lives: None,
        tag: 0,
    });
    if let Err(error) = told {
        tracing::debug!(%error, listener, "a refusal could not be told");
    }
}

impl Intake {
    /// Sorts messages into runs, and names devices that have come.
    fn sort(&self, session: &Session, messages: &[Message<'_>]) -> (Vec<Run>, Vec<DeviceId>) {
        let mut sort = Sort {
            intake: self,
            session,
            state: session.state(),
            now: self.platform.now(),
            run: Run::default(),
            runs: Vec::new(),
            fresh: Vec::new(),
        };
        self.refresh(session, &mut sort.state);
        for message in messages {
            sort.message(message);
        }
        let Sort { run, mut runs, fresh, .. } = sort;
        runs.push(run);
        (runs, fresh)
    }

    /// Hands a run in; its receipt is honoured after the commit.
    async fn hand_in(&self, run: Run, receipt: Receipt) -> Result<(), helan_node::Closed> {
        let refusals = self.refusals.clone();
        let ticket = MqttTicket { receipt, verdicts: run.verdicts, refusals };
        if run.readings.is_empty() && run.events.is_empty() {
            ticket.answered(&[], &mut Wakes::default());
            return Ok(());
        }
        let lane = if run.urgent { Lane::Urgent } else { Lane::Telemetry };
        let ticket = Ticket::Mqtt(ticket);
        let submission = Submission { readings: run.readings, events: run.events, ticket };
        self.platform.submit(lane, submission).await
    }

    /// Looks speakers up anew when the directory has changed. A device that is gone is sent away.
    fn refresh(&self, session: &Session, state: &mut State) {
        let version = self.directory.version();
        if version == state.version {
            return;
        }
        state.version = version;
        state.speakers.retain(|key, speaker| {
            let found = self.directory.find(key);
            match found.filter(|entry| speaks_for(&session.key, entry)) {
                Some(entry) => {
                    speaker.entry = entry;
                    true
                }
                None => false,
            }
        });
        if !state.speakers.contains_key(&session.key) {
            session.link.close(Gone::Dismissed);
        }
    }

    /// The device of this key, if the connection may speak for it.
    fn speaker<'s>(
        &self,
        session: &Session,
        state: &'s mut State,
        device: &str,
    ) -> Result<&'s mut Speaker, Refused> {
        if !state.speakers.contains_key(device) {
            let found = self.directory.find(device);
            let entry =
                found.ok_or_else(|| Refused::new(Reason::UnknownDevice, device.to_owned()))?;
            if !speaks_for(&session.key, &entry) {
                let detail = format!("{} may not speak for {device}", session.key);
                return Err(Refused::new(Reason::NotAllowed, detail));
            }
            if state.speakers.len() > MAX_CHILDREN {
                return Err(Refused::new(Reason::TooMany, "devices on one connection"));
            }
            state
                .speakers
                .insert(entry.key.clone(), Speaker { entry, arrivals: Arrivals::default() });
        }
        let speaker = state.speakers.get_mut(device);
        speaker.ok_or_else(|| Refused::new(Reason::UnknownDevice, device.to_owned()))
    }

    async fn link_event(&self, device: DeviceId, up: bool) -> Result<(), helan_node::Closed> {
        let events = vec![Event::Link { device, up }];
        let submission = Submission { readings: Vec::new(), events, ticket: Ticket::None };
        self.platform.submit(Lane::Urgent, submission).await
    }
}

/// Whether a connection of `speaker` may speak for a device.
fn speaks_for(speaker: &str, device: &Entry) -> bool {
    *device.key == *speaker || device.gateway.as_deref() == Some(speaker)
}

/// The acknowledgement that says no.
pub(super) fn ack(refused: &Refused) -> Ack {
    let reason = Code::of(refused.reason.mqtt_code());
    Ack { reason, text: Some(format!("{}: {}", refused.reason, refused.detail).into()) }
}
