//! The site's own MQTT endpoint: its devices speak the same device API as at the platform.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use helan_broker::{
    Ack, Delivery, Denied, Fault, Gone, Hello, Link, Message, Outgoing, Qos, Reason as Code,
    Service,
};
use helan_kernel::{Event, registry::Key};
use helan_node::Lane;
use helan_protocol::device::{self, About, Arrivals, Moments, Reason, Refused};
use helan_store::accounts::TokenHash;
use serde_json::{Value, json};

use crate::{
    agent::Agent,
    queue::{Leaf, Queue, Record},
    readings::{self, Entry},
};

/// What stands before the id of a command of the platform, so that it never meets one of our own.
pub const PLATFORM: &str = "p";

/// Intake of the site.
pub struct Local {
    agent: Agent,
    queue: Queue,
    devices: HashMap<Key, (TokenHash, Entry)>,
    /// Connections of each device: often one publishes and another one listens.
    present: Mutex<HashMap<Key, usize>>,
}

/// A connected device.
pub struct Session {
    key: Key,
    link: Link,
    arrivals: Mutex<Arrivals>,
    /// Whether it listens to refusals.
    refusals: AtomicBool,
}

/// What one delivery asks for.
#[derive(Default)]
struct Work {
    readings: Vec<helan_kernel::Reading>,
    events: Vec<Event>,
    records: Vec<Record>,
    replies: Vec<(String, Record)>,
    acks: Vec<Ack>,
}

impl Local {
    /// Intake for these devices.
    pub fn new(
        agent: Agent,
        queue: Queue,
        devices: impl IntoIterator<Item = (Key, TokenHash, Entry)>,
    ) -> Self {
        let devices = devices.into_iter().map(|(key, token, entry)| (key, (token, entry)));
        Self { agent, queue, devices: devices.collect(), present: Mutex::default() }
    }

    /// Takes one message. Words for the sender when only a part of it could be used.
    fn take(
        &self,
        session: &Session,
        message: &Message<'_>,
        work: &mut Work,
    ) -> Result<Option<Refused>, Refused> {
        let said = message.topic.strip_prefix("helan/v1/").and_then(|rest| rest.split_once('/'));
        let Some((device, leaf)) = said.filter(|(device, _)| *device == &*session.key) else {
            return Err(Refused::new(Reason::NotAllowed, "no topic of this device"));
        };
        let found = self.devices.get(device);
        let (_, entry) = found.ok_or_else(|| Refused::new(Reason::UnknownDevice, device))?;
        match leaf {
            "readings" => {
                let now = self.agent.now();
                let arrival = lock(&session.arrivals).next(now);
                let taken = readings::read(entry, message.payload, Moments { now, arrival })?;
                if !taken.payload.is_empty() {
                    work.records.push(Record {
                        device: device.to_owned(),
                        leaf: Leaf::Readings,
                        payload: taken.payload,
                    });
                }
                work.readings.extend(taken.readings);
                Ok(taken.refused)
            }
            "replies" => {
                match platform_reply(message.payload) {
                    Some((id, payload)) => {
                        let device = device.to_owned();
                        let record = Record { device, leaf: Leaf::Replies, payload };
                        work.replies.push((id, record));
                    }
                    None => work.events.push(own_reply(entry, message.payload)?),
                }
                Ok(None)
            }
            _ => Err(Refused::new(Reason::NotAllowed, "no such topic")),
        }
    }

    /// Says no (to a part): to the log, and to the sender if it listens.
    fn refuse(session: &Session, topic: &str, refused: &Refused) {
        let Refused { reason, detail } = refused;
        tracing::warn!(device = &*session.key, %reason, detail, "refused");
        if session.refusals.load(Ordering::Relaxed) {
            let payload = json!({ "reason": reason.word(), "detail": detail, "topic": topic });
            let told = session.link.send(Outgoing {
                topic: format!("helan/v1/{}/refusals", session.key).into(),
                payload: payload.to_string().into(),
                acknowledged: false,
                lives: None,
                tag: 0,
            });
            if let Err(error) = told {
                tracing::debug!(%error, device = &*session.key, "a refusal could not be told");
            }
        }
    }

    /// A connection of the device has ended. Says whether it was the last one.
    fn leaves(&self, key: &Key) -> bool {
        let mut present = lock(&self.present);
        let Some(count) = present.get_mut(key) else { return true };
        *count = count.saturating_sub(1);
        let last = *count == 0;
        if last {
            present.remove(key);
        }
        last
    }

    async fn link_event(&self, key: &Key, up: bool) {
        let Some((_, entry)) = self.devices.get(key) else { return };
        let event = Event::Link { device: entry.device, up };
        if self.agent.submit(Lane::Urgent, Vec::new(), vec![event]).await.is_err() {
            tracing::debug!(device = &**key, "connected while the agent stops");
        }
    }
}

/// A reply to a command of the site's own engine.
fn own_reply(entry: &Entry, payload: &[u8]) -> Result<Event, Refused> {
    let reply = device::reply(payload)?;
    let About::Command(command) = reply.about else {
        return Err(Refused::new(Reason::UnknownCommand, "no notices are spoken here"));
    };
    let (device, outcome, detail) = (entry.device, reply.outcome, reply.detail);
    Ok(Event::Reply { device, command, outcome, detail })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing that can fail runs under these locks, so a poisoned one is still whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A reply to a command of the platform: its id there, and the payload with that id.
fn platform_reply(payload: &[u8]) -> Option<(String, Vec<u8>)> {
    let mut json: Value = serde_json::from_slice(payload).ok()?;
    let id = json.get("id")?.as_str()?.strip_prefix(PLATFORM)?.to_owned();
    *json.get_mut("id")? = Value::from(id.as_str());
    Some((id, json.to_string().into_bytes()))
}

impl Service for Local {
    type Session = Session;

    async fn connect(&self, hello: Hello<'_>, link: &Link) -> Result<Session, Denied> {
        let user = hello.user.ok_or(Denied::Credentials)?;
        let token = hello.password.and_then(|bytes| str::from_utf8(bytes).ok()).unwrap_or_default();
        let given = TokenHash::of(token);
        let Some((key, (_, _))) =
            self.devices.get_key_value(user).filter(|(_, (kept, _))| *kept == given)
        else {
            tracing::warn!(user, peer = %hello.peer, "refused: wrong name or token");
            return Err(Denied::Credentials);
        };
        let first = {
            let mut present = lock(&self.present);
            let count = present.entry(key.clone()).or_default();
            *count += 1;
            *count == 1
        };
        if first {
            self.link_event(key, true).await;
        }
        Ok(Session {
            key: key.clone(),
            link: link.clone(),
            arrivals: Mutex::default(),
            refusals: AtomicBool::new(false),
        })
    }

    async fn publish(&self, session: &Session, delivery: Delivery<'_>) {
        let Delivery { messages, receipt } = delivery;
        let mut work = Work::default();
        for message in &messages {
            let (code, refused) = match self.take(session, message, &mut work) {
                Ok(partly) => (Code::Success, partly),
                Err(refused) => (Code::of(refused.reason.mqtt_code()), Some(refused)),
            };
            let text = refused.map(|refused| {
                Self::refuse(session, message.topic, &refused);
                format!("{}: {}", refused.reason, refused.detail).into()
            });
            work.acks.push(Ack { reason: code, text });
        }
        // Acting must not wait for the platform's queue: both are written at the same time, and confirmed when both are.
        let engine = async {
            if work.readings.is_empty() && work.events.is_empty() {
                return true;
            }
            let lane = if work.readings.is_empty() { Lane::Urgent } else { Lane::Telemetry };
            self.agent.submit(lane, work.readings, work.events).await.is_ok()
        };
        let queue = async {
            for (id, record) in work.replies {
                self.agent.answered(&session.key, &id);
                self.queue.replied(&id, record).await?;
            }
            self.queue.put(work.records).await
        };
        let (engine, queue) = tokio::join!(engine, queue);
        if engine && queue.is_ok() {
            receipt.acknowledge(work.acks);
        }
        // Else the receipt is dropped and the connection with it: the device sends again.
    }

    fn broke(&self, session: Option<&Session>, peer: SocketAddr, fault: Fault) {
        let device = session.map_or("", |session| &*session.key);
        tracing::warn!(device, %peer, %fault, "broke the protocol");
    }

    fn may_subscribe(&self, session: &Session, filter: &str) -> bool {
        let own = filter.strip_prefix("helan/v1/").and_then(|rest| rest.split_once('/'));
        own.is_some_and(|(device, leaf)| {
            device == &*session.key && matches!(leaf, "commands" | "refusals" | "+" | "#")
        })
    }

    fn subscribed(&self, session: &Session, filter: &str, _qos: Qos) {
        if !filter.ends_with("/commands") {
            session.refusals.store(true, Ordering::Relaxed);
        }
        if !filter.ends_with("/refusals") {
            self.agent.listen(&session.key, &session.link);
        }
    }

    fn unsubscribed(&self, session: &Session, filter: &str) {
        if !filter.ends_with("/commands") {
            session.refusals.store(false, Ordering::Relaxed);
        }
        if !filter.ends_with("/refusals") {
            self.agent.unlisten(&session.key, &session.link);
        }
    }

    fn delivered(&self, _session: &Session, _tag: u64) {
        // That bytes arrived says nothing of the command: only the reply of the device counts.
    }

    async fn disconnected(&self, session: Session, link: &Link, why: Gone) {
        self.agent.unlisten(&session.key, link);
        let (last, key) = (self.leaves(&session.key), &session.key);
        // As at the platform: who says goodbye is not lost, and who is there over another connection was never away.
        if last && why != Gone::Goodbye {
            self.link_event(key, false).await;
            // It may have come back meanwhile, and have said so before us.
            if lock(&self.present).contains_key(key) {
                self.link_event(key, true).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_to_the_platform_are_told_from_our_own() {
        let (id, payload) = platform_reply(br#"{"id":"p17","outcome":"done"}"#).unwrap();
        assert_eq!(id, "17");
        assert_eq!(payload, br#"{"id":"17","outcome":"done"}"#);
        let (id, _) = platform_reply(br#"{"id":"pn3","outcome":"done"}"#).unwrap();
        assert_eq!(id, "n3");
        assert_eq!(platform_reply(br#"{"id":"17","outcome":"done"}"#), None);
    }
}
