//! Plays a world against a server in real time: its devices are MQTT connections, its commands come from the server.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use helan_kernel::{Ms, Quality};
use serde::Deserialize;
use tokio::{sync::mpsc, time::sleep};
use tracing::{debug, warn};

use crate::{
    clock::{self, WorldClock},
    mqtt::{Dialer, Identity, Link, Message, Told},
    world::{
        Output, World,
        device::{Command, Sample},
    },
};

/// News from connections that wait to be looked at.
const NEWS_MOST: usize = 65_536;
/// Longest nap: bounds how late a scenario notices its own time limits.
const NAP: Duration = Duration::from_millis(200);

/// Something that happened while playing, for whoever measures.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    /// A device published readings.
    Published {
        /// Which device.
        device: usize,
        /// Moment in the payload.
        at: Ms,
        /// When it was handed to the connection.
        sent: Ms,
        /// Point and value.
        values: Vec<(Arc<str>, f64)>,
    },
    /// The server refused something.
    Refused {
        /// Which device.
        device: usize,
        /// In the server's words.
        reason: String,
    },
    /// A command came.
    Command {
        /// Which device.
        device: usize,
        /// Idempotency key.
        id: String,
        /// Name.
        name: String,
        /// When.
        at: Ms,
    },
    /// A device answered a command.
    Replied {
        /// Which device.
        device: usize,
        /// Which command.
        id: String,
        /// What it said.
        outcome: crate::world::device::Outcome,
        /// When.
        at: Ms,
    },
    /// A connection came up or was lost.
    Link {
        /// Which device.
        device: usize,
        /// Whether it is up.
        up: bool,
    },
    /// Somebody answers a notice: to be told to the server.
    Answer {
        /// Which.
        notice: u64,
        /// Whether it is a call for help.
        needs_help: bool,
    },
    /// Somebody was visited: to be told to the server.
    Visited {
        /// Which.
        notice: u64,
    },
    /// The site's connection to the platform: to be cut or restored.
    Uplink {
        /// Whether it works from now on.
        up: bool,
    },
    /// Somebody outside does something: to be done at the server.
    Deed {
        /// Which event of the scenario.
        event: usize,
    },
}

/// How many messages went where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// Messages with readings handed to connections.
    pub published: u64,
    /// All messages handed to connections: readings and replies.
    pub sent: u64,
    /// Messages that the server confirmed.
    pub acknowledged: u64,
    /// Messages that the server refused.
    pub refused: u64,
    /// Messages lost because a device's memory was full.
    pub lost: u64,
    /// Commands received.
    pub commands: u64,
    /// Connections that are up now.
    pub connected: u64,
}

/// One device's connection.
struct Wire {
    link: Option<Link>,
    readings: Arc<str>,
    replies: Arc<str>,
}

/// A world with its connections.
pub struct Player {
    /// The world.
    pub world: World,
    /// World time against real time.
    pub clock: WorldClock,
    /// Figures so far.
    pub counts: Counts,
    wires: Vec<Wire>,
    news: mpsc::Receiver<(usize, Told)>,
    told: mpsc::Sender<(usize, Told)>,
    tags: u64,
    out: Vec<Output>,
    seen: Vec<Seen>,
    /// Why a connection was lost last; empty while none was.
    pub last_down: String,
}

/// A command as the device API sends it.
#[derive(Debug, Deserialize)]
struct CommandPayload {
    id: String,
    name: String,
    #[serde(default)]
    argument: f64,
    expires: i64,
}

impl Player {
    /// A world that nobody is connected to yet; its time 0 is now.
    #[must_use]
    pub fn new(world: World, speed: f64) -> Self {
        let (told, news) = mpsc::channel(NEWS_MOST);
        let wires = world
            .devices()
            .iter()
            .map(|d| Wire {
                link: None,
                readings: format!("helan/v1/{}/readings", d.key).into(),
                replies: format!("helan/v1/{}/replies", d.key).into(),
            })
            .collect();
        Self {
            world,
            clock: WorldClock::new(clock::now(), speed),
            counts: Counts::default(),
            wires,
            news,
            told,
            tags: 0,
            out: Vec::new(),
            seen: Vec::new(),
            last_down: String::new(),
        }
    }

    /// Connects a device.
    pub fn connect(&mut self, number: usize, dialer: &Dialer, token: &str) {
        let Some(device) = self.world.devices().get(number) else { return };
        let identity = Identity {
            key: device.key.clone(),
            token: token.into(),
            topics: vec![format!("helan/v1/{}/commands", device.key)],
        };
        let link = dialer.connect(identity, number, self.told.clone());
        if let Some(wire) = self.wires.get_mut(number) {
            wire.link = Some(link);
        }
    }

    /// Waits until all devices with a connection are connected, the world standing still.
    ///
    /// # Errors
    /// When that takes longer than `patience`.
    pub async fn connected(&mut self, patience: Duration) -> anyhow::Result<()> {
        let wanted = self.wires.iter().filter(|w| w.link.is_some()).count() as u64;
        let end = (clock::instant() + patience).into();
        while self.counts.connected < wanted {
            let news = tokio::time::timeout_at(end, self.news.recv()).await;
            let Ok(Some((number, told))) = news else {
                let (connected, reason) = (self.counts.connected, &self.last_down);
                anyhow::bail!(
                    "{connected} of {wanted} devices are connected; the last one: {reason}"
                );
            };
            if let Told::Down(reason) = told {
                let device = self.world.devices().get(number).map_or("", |d| &*d.key);
                self.last_down = format!("{device}: {reason}");
                continue;
            }
            self.hear(number, told);
        }
        Ok(())
    }

    /// World time 0 is now.
    pub fn restart(&mut self) {
        self.clock = WorldClock::new(clock::now(), self.clock.speed());
    }

    /// Waits until everything sent is confirmed, at most so long, the world standing still.
    pub async fn settle(&mut self, patience: Duration) {
        let end = (clock::instant() + patience).into();
        while self.counts.sent > self.counts.acknowledged + self.counts.refused {
            match tokio::time::timeout_at(end, self.news.recv()).await {
                Ok(Some((_, Told::Acknowledged { .. }))) => self.counts.acknowledged += 1,
                Ok(Some((_, Told::Refused { .. }))) => self.counts.refused += 1,
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => return,
            }
        }
    }

    /// Waits for the next thing to happen, or a short nap, and lets it happen. Gives what was seen.
    pub async fn step(&mut self) -> Vec<Seen> {
        let nap = self.world.next().map_or(NAP, |due| {
            let wait = self.clock.real(due).since(clock::now()).0;
            Duration::from_millis(u64::try_from(wait).unwrap_or(0)).min(NAP)
        });
        tokio::select! {
            biased;
            news = self.news.recv() => {
                if let Some((number, told)) = news {
                    self.catch_up();
                    self.hear(number, told);
                    while let Ok((number, told)) = self.news.try_recv() {
                        self.hear(number, told);
                    }
                }
            }
            () = sleep(nap) => {}
        }
        self.catch_up();
        std::mem::take(&mut self.seen)
    }

    /// World time follows real time.
    fn catch_up(&mut self) {
        let to = self.clock.world(clock::now());
        self.world.advance(to, &mut self.out);
        self.release();
    }

    fn hear(&mut self, number: usize, told: Told) {
        match told {
            Told::Up => {
                self.counts.connected += 1;
                self.seen.push(Seen::Link { device: number, up: true });
            }
            Told::Down(reason) => {
                debug!(device = number, reason, "connection lost");
                self.last_down = reason;
                self.counts.connected = self.counts.connected.saturating_sub(1);
                self.seen.push(Seen::Link { device: number, up: false });
            }
            Told::Acknowledged { .. } => self.counts.acknowledged += 1,
            Told::Refused { reason, .. } => {
                self.counts.refused += 1;
                self.seen.push(Seen::Refused { device: number, reason });
            }
            Told::Message(message) => self.command(number, &message),
        }
    }

    fn command(&mut self, number: usize, message: &Message) {
        // The bytes may have waited here while something else was done.
        let waited = i64::try_from(message.at.elapsed().as_millis()).unwrap_or(0);
        let at = Ms(clock::now().0 - waited);
        let payload: CommandPayload = match serde_json::from_slice(&message.payload) {
            Ok(payload) => payload,
            Err(error) => {
                warn!(topic = message.topic, %error, "not a command");
                return;
            }
        };
        self.counts.commands += 1;
        let id = payload.id.clone();
        self.seen.push(Seen::Command { device: number, id, name: payload.name.clone(), at });
        let command = Command {
            id: payload.id,
            name: payload.name,
            argument: payload.argument,
            expires: self.clock.world(Ms(payload.expires)),
        };
        self.world.command(number, &command, &mut self.out);
        self.release();
    }

    /// What the world does to the outside goes there.
    fn release(&mut self) {
        for output in std::mem::take(&mut self.out) {
            match output {
                Output::Readings { device, sample } => self.readings(device, &sample),
                Output::Reply { device, command, outcome } => {
                    let payload = serde_json::json!({ "id": command, "outcome": outcome.word(), "detail": "" });
                    let payload = Bytes::from(payload.to_string());
                    let Some(topic) = self.wires.get(device).map(|w| w.replies.clone()) else {
                        continue;
                    };
                    self.publish(device, &topic, payload);
                    let at = clock::now();
                    self.seen.push(Seen::Replied { device, id: command, outcome, at });
                }
                Output::Link { device, up } => {
                    if let Some(link) = self.wires.get(device).and_then(|w| w.link.as_ref()) {
                        let done = if up { link.restore() } else { link.cut() };
                        debug!(device, up, done, "fault of a link");
                    }
                }
                Output::Answer { notice, needs_help } => {
                    self.seen.push(Seen::Answer { notice, needs_help });
                }
                Output::Visited { notice } => self.seen.push(Seen::Visited { notice }),
                Output::Uplink { up } => self.seen.push(Seen::Uplink { up }),
                Output::Deed { event } => self.seen.push(Seen::Deed { event }),
            }
        }
    }

    fn readings(&mut self, device: usize, sample: &Sample) {
        let at = self.clock.real(sample.at);
        let payload = encode(at, sample);
        let Some(topic) = self.wires.get(device).map(|w| w.readings.clone()) else { return };
        if self.publish(device, &topic, payload) {
            self.counts.published += 1;
            let sent = clock::now();
            self.seen.push(Seen::Published { device, at, sent, values: sample.values.clone() });
        }
    }

    fn publish(&mut self, device: usize, topic: &Arc<str>, payload: Bytes) -> bool {
        let Some(link) = self.wires.get(device).and_then(|w| w.link.as_ref()) else {
            return false;
        };
        self.tags += 1;
        let sent = link.publish(topic, payload, self.tags);
        if sent {
            self.counts.sent += 1;
        } else {
            self.counts.lost += 1;
        }
        sent
    }
}

/// Readings as the device API wants them.
fn encode(at: Ms, sample: &Sample) -> Bytes {
    let mut text = format!("{{\"ts\":{},\"values\":{{", at.0);
    for (place, (point, value)) in sample.values.iter().enumerate() {
        let comma = if place == 0 { "" } else { "," };
        text.push_str(&format!("{comma}\"{point}\":{value}"));
    }
    text.push('}');
    match sample.quality {
        Quality::Good => {}
        Quality::Uncertain => text.push_str(",\"quality\":\"uncertain\""),
        Quality::Bad => text.push_str(",\"quality\":\"bad\""),
    }
    text.push('}');
    Bytes::from(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_are_the_json_of_the_device_api() {
        let sample = Sample {
            at: Ms(0),
            values: vec![("ch4".into(), 21.5), ("battery".into(), 90.5)],
            quality: Quality::Bad,
        };
        let json: serde_json::Value = serde_json::from_slice(&encode(Ms(5), &sample)).unwrap();
        let expected = serde_json::json!(
            {"ts": 5, "values": {"ch4": 21.5, "battery": 90.5}, "quality": "bad"});
        assert_eq!(json, expected);
    }
}
