//! The site's own MQTT endpoint: its devices speak the same device API as at the platform.

use std::collections::HashMap;

use helan_broker::{Ack, Delivery, Denied, Gone, Hello, Link, Message, Qos, Reason, Service};
use helan_kernel::{Event, registry::Key};
use helan_node::Lane;
use helan_protocol::device::{self, About};
use helan_store::accounts::TokenHash;
use serde_json::Value;

use crate::{
    agent::Agent,
    clock,
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
}

/// A connected device.
pub struct Session {
    key: Key,
    link: Link,
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
        Self { agent, queue, devices: devices.collect() }
    }

    fn take(
        &self,
        session: &Session,
        message: &Message<'_>,
        work: &mut Work,
    ) -> Result<(), String> {
        let said = message.topic.strip_prefix("helan/v1/").and_then(|rest| rest.split_once('/'));
        let Some((device, leaf)) = said.filter(|(device, _)| *device == &*session.key) else {
            return Err("not-allowed: no topic of this device".to_owned());
        };
        let (_, entry) = self.devices.get(device).ok_or("unknown-device")?;
        match leaf {
            "readings" => {
                let taken = readings::read(entry, message.payload, clock::now());
                if !taken.payload.is_empty() {
                    work.records.push(Record {
                        device: device.to_owned(),
                        leaf: Leaf::Readings,
                        payload: taken.payload,
                    });
                }
                let nothing = taken.readings.is_empty();
                work.readings.extend(taken.readings);
                taken.refused.filter(|_| nothing).map_or(Ok(()), Err)
            }
            "replies" => match platform_reply(message.payload) {
                Some((id, payload)) => {
                    let device = device.to_owned();
                    let record = Record { device, leaf: Leaf::Replies, payload };
                    work.replies.push((id, record));
                    Ok(())
                }
                None => self.own_reply(entry, message.payload, work),
            },
            _ => Err("not-allowed: no such topic".to_owned()),
        }
    }

    fn own_reply(&self, entry: &Entry, payload: &[u8], work: &mut Work) -> Result<(), String> {
        let reply = device::reply(payload).map_err(|malformed| malformed.to_string())?;
        let About::Command(command) = reply.about else {
            return Err("unknown-command: no notices are spoken here".to_owned());
        };
        let (device, outcome, detail) = (entry.device, reply.outcome, reply.detail);
        work.events.push(Event::Reply { device, command, outcome, detail });
        Ok(())
    }

    async fn link_event(&self, key: &Key, up: bool) {
        let Some((_, entry)) = self.devices.get(key) else { return };
        let event = Event::Link { device: entry.device, up };
        if self.agent.submit(Lane::Urgent, Vec::new(), vec![event]).await.is_err() {
            tracing::debug!(device = &**key, "connected while the agent stops");
        }
    }
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
        self.link_event(key, true).await;
        Ok(Session { key: key.clone(), link: link.clone() })
    }

    async fn publish(&self, session: &Session, delivery: Delivery<'_>) {
        let Delivery { messages, receipt } = delivery;
        let mut work = Work::default();
        for message in &messages {
            let ack = match self.take(session, message, &mut work) {
                Ok(()) => Ack::DONE,
                Err(why) => {
                    tracing::warn!(device = &*session.key, why, "refused");
                    Ack { reason: Reason::PayloadFormatInvalid, text: Some(why.into()) }
                }
            };
            work.acks.push(ack);
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

    fn may_subscribe(&self, session: &Session, filter: &str) -> bool {
        let own = filter.strip_prefix("helan/v1/").and_then(|rest| rest.split_once('/'));
        own.is_some_and(|(device, leaf)| {
            device == &*session.key && matches!(leaf, "commands" | "refusals" | "+" | "#")
        })
    }

    fn subscribed(&self, session: &Session, filter: &str, _qos: Qos) {
        if !filter.ends_with("/refusals") {
            self.agent.listen(&session.key, &session.link);
        }
    }

    fn unsubscribed(&self, session: &Session, filter: &str) {
        if !filter.ends_with("/refusals") {
            self.agent.unlisten(&session.key, &session.link);
        }
    }

    fn delivered(&self, _session: &Session, _tag: u64) {
        // That bytes arrived says nothing of the command: only the reply of the device counts.
    }

    async fn disconnected(&self, session: Session, link: &Link, why: Gone) {
        self.agent.unlisten(&session.key, link);
        // A newer connection of the same device is there already: then it never was away.
        if why != Gone::TakenOver {
            self.link_event(&session.key, false).await;
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
