//! The node and its surroundings, as the rest of the server sees them.
//!
//! A [`Platform`] is a cheap handle: hand events in, get answers after the commit, ask the engine something, listen to
//! what was decided.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
};

use helan_broker::Wakes;
use helan_kernel::{Answer, Engine, Event, Ms, Reading, registry::RegistryChange};
use helan_node::{Closed, Committed, Inbox, Lane, Node, NodeError, Release, Submission};
use helan_store::Pace;
use tokio::sync::{broadcast, oneshot};

use crate::{
    clock::Clock,
    directory::Directory,
    intake::{MqttTicket, Stations},
};

/// Turns that a listener may lie behind before it is told to fetch anew: some seconds of a storm.
const BROADCAST_ROOM: usize = 4_096;

/// Who waits for the answers to a submission.
#[derive(Debug)]
pub enum Ticket {
    /// Messages of a device connection: they are acknowledged now.
    Mqtt(MqttTicket),
    /// A task of this server.
    Reply(oneshot::Sender<Vec<Answer>>),
    /// Nobody.
    None,
}

struct Shared {
    inbox: Inbox<Ticket>,
    clock: Clock,
    committed: broadcast::Sender<Arc<Committed>>,
    directory: Arc<Directory>,
    stations: Arc<Stations>,
    figures: Figures,
    pace: Arc<Pace>,
    snapshot_failures: Box<dyn Fn() -> u64 + Send + Sync>,
}

/// What the node has done since its start.
#[derive(Debug, Default)]
pub struct Figures {
    /// Turns committed.
    pub turns: AtomicU64,
    /// Readings and events answered.
    pub answers: AtomicU64,
    /// Decisions made.
    pub effects: AtomicU64,
    /// Number of the last turn.
    pub seq: AtomicU64,
}

/// Handle to the running node; cheap to clone.
#[derive(Clone)]
pub struct Platform(Arc<Shared>);

/// The engine's thread.
pub struct Running {
    thread: JoinHandle<Result<(), NodeError>>,
    ended: oneshot::Receiver<()>,
}

impl Running {
    /// Waits until the node has stopped.
    ///
    /// # Errors
    /// When it stopped because a commit failed: the process must end and recover.
    pub async fn join(self) -> Result<(), NodeError> {
        // The sender lives as long as the thread; both ways of hearing of its end are good.
        drop(self.ended.await);
        self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

impl Platform {
    /// Starts the engine's thread on a node.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn start(mut node: Node, clock: Clock) -> io::Result<(Self, Running)> {
        let directory = Arc::new(Directory::default());
        directory.load(node.engine().registry());
        let stations = Arc::new(Stations::new(clock.clone()));
        stations.load(node.engine());
        let (committed, _) = broadcast::channel(BROADCAST_ROOM);
        let shared = Shared {
            inbox: Inbox::default(),
            clock,
            committed,
            directory,
            stations,
            figures: Figures::default(),
            pace: node.pace().clone(),
            snapshot_failures: Box::new(node.snapshot_failures()),
        };
        let platform = Self(Arc::new(shared));
        let (end, ended) = oneshot::channel();
        let own = platform.clone();
        let thread = thread::Builder::new().name("helan-engine".into()).spawn(move || {
            let mut release = Outward { platform: own.clone(), wakes: Wakes::default() };
            let clock = own.0.clock.clone();
            let result = helan_node::run(&mut node, &own.0.inbox, &*clock, &mut release);
            if let Err(error) = &result {
                tracing::error!(%error, "the node stopped: a turn could not be committed");
            }
            own.0.inbox.close();
            drop(end);
            result
        })?;
        Ok((platform, Running { thread, ended }))
    }

    /// Hands one event in; resolves after its commit.
    ///
    /// # Errors
    /// When the node has stopped: whether the event was kept is not known.
    pub async fn act(&self, event: Event) -> Result<Answer, Closed> {
        let answers = self.act_all(vec![event]).await?;
        answers.first().copied().ok_or(Closed)
    }

    /// Hands events in, to be stepped through one after another in one turn; resolves after their commit.
    ///
    /// # Errors
    /// When the node has stopped: whether the events were kept is not known.
    pub async fn act_all(&self, events: Vec<Event>) -> Result<Vec<Answer>, Closed> {
        let changes = Changes::of(&events);
        let answers = self.reply(Lane::Urgent, Vec::new(), events).await?;
        if changes.any() {
            let directory = self.0.directory.clone();
            // Between two turns: what the engine has then is committed, and no other change comes between.
            self.ask(move |engine| changes.apply(&directory, engine)).await?;
        }
        Ok(answers)
    }

    /// Hands readings in; resolves after their commit. Waits while the lane is full.
    ///
    /// # Errors
    /// When the node has stopped: whether the readings were kept is not known.
    pub async fn read(&self, readings: Vec<Reading>) -> Result<Vec<Answer>, Closed> {
        self.reply(Lane::Telemetry, readings, Vec::new()).await
    }

    /// Hands something in whose ticket is honoured after the commit. Waits while the lane is full.
    ///
    /// # Errors
    /// When the node has stopped; the ticket is dropped.
    pub async fn submit(&self, lane: Lane, submission: Submission<Ticket>) -> Result<(), Closed> {
        self.0.inbox.submit(lane, submission).await
    }

    /// Asks the engine something between two turns. Keep it short: the engine waits meanwhile.
    ///
    /// # Errors
    /// When the node has stopped.
    pub async fn ask<A: Send + 'static>(
        &self,
        question: impl FnOnce(&Engine) -> A + Send + 'static,
    ) -> Result<A, Closed> {
        self.0.inbox.ask(question).await
    }

    /// Every committed turn that decided something, from now on. A listener that lies too far behind gets a `Lagged` error
    /// and must fetch the present state anew.
    #[must_use]
    pub fn committed(&self) -> broadcast::Receiver<Arc<Committed>> {
        self.0.committed.subscribe()
    }

    /// The devices, as intake needs them.
    #[must_use]
    pub fn directory(&self) -> Arc<Directory> {
        self.0.directory.clone()
    }

    /// The connected devices and what waits for them.
    #[must_use]
    pub fn stations(&self) -> Arc<Stations> {
        self.0.stations.clone()
    }

    /// What the node has done since its start.
    #[must_use]
    pub fn figures(&self) -> &Figures {
        &self.0.figures
    }

    /// How often the history could not be written since the start.
    #[must_use]
    pub fn history_failures(&self) -> u64 {
        self.0.pace.failures()
    }

    /// How often the engine's state could not be saved since the start.
    #[must_use]
    pub fn snapshot_failures(&self) -> u64 {
        (self.0.snapshot_failures)()
    }

    /// How much waits in a lane of the node.
    #[must_use]
    pub fn waiting(&self, lane: Lane) -> usize {
        self.0.inbox.waiting(lane)
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Ms {
        (self.0.clock)()
    }

    /// Takes no more in; what waits is still committed and answered, then the node stops.
    pub fn close(&self) {
        self.0.inbox.close();
    }

    async fn reply(
        &self,
        lane: Lane,
        readings: Vec<Reading>,
        events: Vec<Event>,
    ) -> Result<Vec<Answer>, Closed> {
        let (answer, wait) = oneshot::channel();
        let submission = Submission { readings, events, ticket: Ticket::Reply(answer) };
        self.0.inbox.submit(lane, submission).await?;
        wait.await.map_err(|_dropped| Closed)
    }
}

/// Carries committed turns outward, on the engine's thread.
struct Outward {
    platform: Platform,
    /// Device connections that this turn has given something.
    wakes: Wakes,
}

impl Release<Ticket> for Outward {
    fn committed(&mut self, turn: &Arc<Committed>) {
        let shared = &self.platform.0;
        let figures = &shared.figures;
        figures.turns.fetch_add(1, Ordering::Relaxed);
        figures.answers.fetch_add(turn.answers.len() as u64, Ordering::Relaxed);
        figures.effects.fetch_add(turn.effects.len() as u64, Ordering::Relaxed);
        figures.seq.store(turn.seq, Ordering::Relaxed);
        if turn.effects.is_empty() {
            return;
        }
        shared.stations.dispatch(&turn.effects, &mut self.wakes);
        // Nobody may be listening.
        drop(shared.committed.send(turn.clone()));
    }

    fn answered(&mut self, ticket: Ticket, answers: &[Answer]) {
        match ticket {
            Ticket::Mqtt(ticket) => ticket.answered(answers, &mut self.wakes),
            // The asker may have gone away meanwhile.
            Ticket::Reply(reply) => drop(reply.send(answers.to_vec())),
            Ticket::None => {}
        }
    }

    fn released(&mut self) {
        self.wakes.wake();
    }
}

/// What events change in the directory.
#[derive(Default)]
struct Changes {
    devices: Vec<String>,
    all: bool,
}

impl Changes {
    fn of(events: &[Event]) -> Self {
        let mut changes = Self::default();
        for event in events {
            let Event::Registry(change) = event else { continue };
            match &**change {
                RegistryChange::PutDevice(spec) => changes.devices.push(spec.key.clone()),
                RegistryChange::RemoveDevice(key) => changes.devices.push(key.to_string()),
                RegistryChange::PutProfile(_) => changes.all = true,
                _ => {}
            }
        }
        changes
    }

    fn any(&self) -> bool {
        self.all || !self.devices.is_empty()
    }

    fn apply(&self, directory: &Directory, engine: &Engine) {
        if self.all {
            directory.load(engine.registry());
        } else {
            directory.refresh(engine.registry(), self.devices.iter().map(String::as_str));
        }
    }
}
