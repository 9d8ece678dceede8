//! The engine of the site, on a thread of its own, and the way to its devices.

use std::{
    collections::{HashMap, VecDeque},
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use bytes::Bytes;
use helan_broker::{Link, Outgoing};
use helan_kernel::{
    Answer, CommandId, Effect, Engine, Event, Ms, Reading,
    dispose::{Command, CommandState},
    registry::Key,
};
use helan_node::{Closed, Committed, Inbox, Lane, Node, NodeError, Release, Submission};
use helan_protocol::device;
use tokio::sync::oneshot;

use crate::clock::{self, Clock};

/// Who waits for the answers.
type Ticket = Option<oneshot::Sender<Vec<Answer>>>;

/// A message that waits for a device to listen.
#[derive(Clone, Debug)]
struct Waiting {
    payload: Bytes,
    expires: Ms,
}

/// A command of the site's own engine, as it stood last.
#[derive(Clone, Debug)]
struct Own {
    id: CommandId,
    device: Key,
    name: Key,
    argument: f64,
    expires: Ms,
    state: CommandState,
}

/// Own commands that are remembered: more than a site gives within the life of one.
const REMEMBERED: usize = 1024;

/// What the site's own engine did about the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Twin {
    /// It sent the same command, and waits for the device.
    Pending,
    /// The device did it a moment ago.
    Done,
}

#[derive(Default)]
struct Station {
    /// The connection that listens for commands.
    link: Option<Link>,
    /// Commands of the platform without an answer, in the order they came: what is opened and then shut must not be shut first.
    forwarded: Vec<(String, Waiting)>,
}

/// Handle to the engine and to the devices; cheap to clone.
#[derive(Clone)]
pub struct Agent(Arc<Shared>);

struct Shared {
    inbox: Inbox<Ticket>,
    clock: Clock,
    own: Mutex<VecDeque<Own>>,
    stations: Mutex<HashMap<Key, Station>>,
}

impl Agent {
    /// Starts the engine's thread.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn start(mut node: Node) -> io::Result<(Self, JoinHandle<Result<(), NodeError>>)> {
        let clock = clock::steady(node.engine().now());
        let shared = Shared {
            inbox: Inbox::default(),
            clock,
            own: Mutex::default(),
            stations: Mutex::default(),
        };
        let agent = Self(Arc::new(shared));
        let own = agent.clone();
        let thread = thread::Builder::new().name("helan-engine".to_owned()).spawn(move || {
            let shared = &own.0;
            let mut outward = Outward(&own);
            let result = helan_node::run(&mut node, &shared.inbox, &*shared.clock, &mut outward);
            if let Err(error) = &result {
                tracing::error!(%error, "the node stopped: a turn could not be committed");
            }
            own.0.inbox.close();
            result
        })?;
        Ok((agent, thread))
    }

    /// Hands readings and events in; resolves after their commit.
    ///
    /// # Errors
    /// When the node has stopped.
    pub async fn submit(
        &self,
        lane: Lane,
        readings: Vec<Reading>,
        events: Vec<Event>,
    ) -> Result<Vec<Answer>, Closed> {
        let (ticket, answers) = oneshot::channel();
        let submission = Submission { readings, events, ticket: Some(ticket) };
        self.0.inbox.submit(lane, submission).await?;
        answers.await.map_err(|_dropped| Closed)
    }

    /// Asks the engine something between two turns.
    ///
    /// # Errors
    /// When the node has stopped.
    pub async fn ask<A: Send + 'static>(
        &self,
        question: impl FnOnce(&Engine) -> A + Send + 'static,
    ) -> Result<A, Closed> {
        self.0.inbox.ask(question).await
    }

    /// What time it is.
    pub fn now(&self) -> Ms {
        (self.0.clock)()
    }

    /// No more is taken in.
    pub fn close(&self) {
        self.0.inbox.close();
    }

    /// A connection listens for the commands of a device: it gets what waits.
    pub fn listen(&self, key: &Key, link: &Link) {
        let forwarded: Vec<Waiting> = {
            let mut stations = self.stations();
            let station = stations.entry(key.clone()).or_default();
            station.link = Some(link.clone());
            station.forwarded.iter().map(|(_, waiting)| waiting.clone()).collect()
        };
        for waiting in forwarded {
            self.send(link, key, &waiting);
        }
        let (agent, key, link) = (self.clone(), key.clone(), link.clone());
        tokio::spawn(async move {
            let wanted = key.clone();
            let own = agent.ask(move |engine| {
                let mine = |c: &&Command| c.device_key == wanted && c.state == CommandState::Issued;
                engine.dispose().commands().filter(mine).map(waiting).collect::<Vec<_>>()
            });
            for waiting in own.await.unwrap_or_default() {
                agent.send(&link, &key, &waiting);
            }
        });
    }

    /// A connection no longer listens.
    pub fn unlisten(&self, key: &Key, link: &Link) {
        if let Some(station) = self.stations().get_mut(key)
            && station.link.as_ref() == Some(link)
        {
            station.link = None;
        }
    }

    /// Hands a command of the platform to its device, now or when it listens, until it expires.
    pub fn forward(&self, key: &Key, id: String, payload: Bytes, expires: Ms) {
        let waiting = Waiting { payload, expires };
        let mut stations = self.stations();
        let station = stations.entry(key.clone()).or_default();
        let now = self.now();
        station.forwarded.retain(|(known, waiting)| waiting.expires > now && *known != id);
        if let Some(link) = &station.link {
            self.send(link, key, &waiting);
        }
        station.forwarded.push((id, waiting));
    }

    /// Whether a command of the platform waits for the answer of its device here.
    pub fn holds(&self, key: &Key, id: &str) -> bool {
        self.stations()
            .get(key)
            .is_some_and(|station| station.forwarded.iter().any(|(known, _)| known == id))
    }

    /// The device answered a command of the platform.
    pub fn answered(&self, key: &Key, id: &str) {
        if let Some(station) = self.stations().get_mut(key) {
            station.forwarded.retain(|(known, _)| known != id);
        }
    }

    /// Whether the site's own engine is doing the same, or has just done it: the platform, which sees the same readings,
    /// must not have it done twice.
    pub fn twin(&self, device: &Key, name: &str, argument: f64) -> Option<Twin> {
        let now = self.now();
        let own = self.own();
        let same = own.iter().rev().find(|own| {
            own.device == *device
                && *own.name == *name
                && own.argument.to_bits() == argument.to_bits()
                && own.expires > now
        })?;
        match same.state {
            CommandState::Issued | CommandState::Received => Some(Twin::Pending),
            CommandState::Done => Some(Twin::Done),
            _ => None,
        }
    }

    fn note(&self, command: &Command) {
        let mut own = self.own();
        if let Some(known) = own.iter_mut().rev().find(|own| own.id == command.id) {
            known.state = command.state;
            return;
        }
        if own.len() >= REMEMBERED {
            own.pop_front();
        }
        own.push_back(Own {
            id: command.id,
            device: command.device_key.clone(),
            name: command.name.clone(),
            argument: command.argument,
            expires: command.expires,
            state: command.state,
        });
    }

    fn own(&self) -> MutexGuard<'_, VecDeque<Own>> {
        // Nothing that can fail runs under the lock, so a poisoned one is still whole.
        self.0.own.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn dispatch(&self, command: &Command) {
        let link = self.stations().get(&command.device_key).and_then(|s| s.link.clone());
        tracing::info!(device = &*command.device_key, command = &*command.name, id = %command.id,
            there = link.is_some(), "command");
        if let Some(link) = link {
            self.send(&link, &command.device_key, &waiting(command));
        }
    }

    /// Sends a command unless it has expired.
    fn send(&self, link: &Link, key: &Key, waiting: &Waiting) {
        let left = u64::try_from(waiting.expires.since(self.now()).0).unwrap_or(0);
        if left == 0 {
            return;
        }
        let sent = link.send(Outgoing {
            topic: format!("helan/v1/{key}/commands").into(),
            payload: waiting.payload.clone(),
            acknowledged: true,
            lives: Some(Duration::from_millis(left)),
            tag: 0,
        });
        if let Err(error) = sent {
            // It stays in the outbox, and goes out when the device is back.
            tracing::warn!(device = &**key, %error, "a command could not be sent");
        }
    }

    fn stations(&self) -> MutexGuard<'_, HashMap<Key, Station>> {
        // Nothing that can fail runs under the lock, so a poisoned one is still whole.
        self.0.stations.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn waiting(command: &Command) -> Waiting {
    Waiting { payload: device::command(command).into(), expires: command.expires }
}

/// Carries committed turns outward, on the engine's thread.
struct Outward<'a>(&'a Agent);

impl Release<Ticket> for Outward<'_> {
    fn committed(&mut self, turn: &Arc<Committed>) {
        for effect in &turn.effects {
            match effect {
                Effect::Command(command) => {
                    self.0.note(command);
                    if command.state == CommandState::Issued {
                        self.0.dispatch(command);
                    }
                }
                Effect::Alarm(change, alarm) => {
                    tracing::info!(alarm = %alarm.id, rule = &*alarm.rule_key, ?change,
                        place = &*alarm.place.place, value = alarm.value, "alarm");
                }
                // Notices and warnings are the platform's: the people of the place are registered there.
                _ => {}
            }
        }
    }

    fn answered(&mut self, ticket: Ticket, answers: &[Answer]) {
        if let Some(ticket) = ticket {
            // The asker may have gone away meanwhile.
            drop(ticket.send(answers.to_vec()));
        }
    }
}
