//! One turn: step through what came, commit, hand the result out.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use helan_kernel::{Answer, Effect, Engine, Event, LoadError, Ms};
use helan_store::{
    ActRef, Acts, Journal, Pace, Projector, Snapshot, SnapshotWriter, StoreError, Turn,
    codec::{Batch, Kept},
};

use crate::{
    Submission,
    recovery::{self, Options, Recovery},
};

/// What can go wrong with a node.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// The store failed: nothing of the turn is kept, nobody was told.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The saved state cannot be used.
    #[error(transparent)]
    State(#[from] LoadError),
    /// The journal no longer reaches back to the beginning, and no snapshot can be used to begin from.
    #[error("no usable snapshot, and turns up to {trimmed} are gone: {}", .skipped.join("; "))]
    NoState {
        /// The last turn that is gone.
        trimmed: u64,
        /// Why each snapshot cannot be used.
        skipped: Vec<String>,
    },
    /// Replaying a turn gave something else than was recorded (and perhaps acted upon). Either the store was changed by
    /// hand, or this program decides otherwise than the one that wrote it: then it may be opened with
    /// [`Options::accept_divergence`].
    #[error("replaying turn {seq} gives something else than was recorded")]
    Diverged {
        /// The first such turn.
        seq: u64,
    },
}

/// A turn that is on stable storage.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Committed {
    /// Number of the turn.
    pub seq: u64,
    /// Its moment.
    pub at: Ms,
    /// One answer for each reading and event, in the order of the submissions.
    pub answers: Vec<Answer>,
    /// What was decided, in order.
    pub effects: Vec<Effect>,
}

/// Engine and journal.
pub struct Node {
    folder: PathBuf,
    engine: Engine,
    journal: Journal,
    snapshots: SnapshotWriter,
    projector: Projector,
    recovery: Recovery,
    since: SinceSnapshot,
    /// Kept from turn to turn for their memory.
    readings: Batch,
    acts: Vec<u8>,
}

/// What a start would have to replay.
#[derive(Clone, Copy, Debug, Default)]
struct SinceSnapshot {
    /// In readings: how long the replay would take.
    work: u64,
    /// Moment of the snapshot.
    at: Ms,
    /// Size of the snapshot in bytes.
    size: u64,
}

impl SinceSnapshot {
    /// Replay runs through more than two million readings a second: half a second of it.
    const MUCH: u64 = 1_000_000;
    /// Snapshots are taken when nothing waits; under load without a pause they are taken when the work is so many times
    /// more than enough.
    const PATIENCE: u64 = 2;
    /// After this time less is enough…
    const LONG: Ms = Ms::seconds(60);
    /// …but not nothing: an idle node need not write.
    const SOME: u64 = 20_000;
    /// An event, with what follows from it, takes as long as so many readings.
    const ACT: u64 = 50;
    /// Reading a turn takes as long as so many readings.
    const TURN: u64 = 10;
    /// Saving a state of many bytes takes time too: it must stay a small part of all.
    const BYTES: u64 = 16;

    fn add(&mut self, readings: u32, acts: usize) {
        self.work += Self::TURN + u64::from(readings) + Self::ACT * acts as u64;
    }

    fn is_due(&self, now: Ms) -> bool {
        let enough = if now.since(self.at) >= Self::LONG { Self::SOME } else { Self::MUCH };
        self.work >= enough.max(self.size / Self::BYTES)
    }

    fn is_overdue(&self) -> bool {
        self.work / Self::PATIENCE >= Self::MUCH.max(self.size / Self::BYTES)
    }
}

impl Node {
    /// Opens a node: newest snapshot, then the journal after it.
    ///
    /// # Errors
    /// When the store cannot be used or is damaged, or the replay does not give what was recorded.
    pub fn open(folder: &Path) -> Result<Self, NodeError> {
        Self::open_with(folder, &Options::default())
    }

    /// Opens a node as [`Node::open`] does, with choices.
    ///
    /// # Errors
    /// When the store cannot be used or is damaged, or the replay does not give what was recorded.
    pub fn open_with(folder: &Path, options: &Options) -> Result<Self, NodeError> {
        let journal = Journal::open(folder)?;
        let (engine, recovery) = recovery::recover(folder, &journal, options)?;
        let snapshots = SnapshotWriter::start(folder)?;
        let projector = Projector::start(folder, options.keep_readings)?;
        let mut since = SinceSnapshot {
            at: engine.now(),
            size: recovery.snapshot_bytes,
            ..SinceSnapshot::default()
        };
        since.work = recovery.readings + SinceSnapshot::TURN * recovery.turns;
        Ok(Self {
            folder: folder.to_owned(),
            engine,
            journal,
            snapshots,
            projector,
            recovery,
            since,
            readings: Batch::default(),
            acts: Vec::new(),
        })
    }

    /// Steps through the submissions in order and commits. On an error nothing has left and the node must be opened anew:
    /// its state in memory is ahead of the store.
    ///
    /// # Errors
    /// When the commit fails.
    pub fn turn<T>(
        &mut self,
        now: Ms,
        batch: &[Submission<T>],
    ) -> Result<Arc<Committed>, NodeError> {
        let now = now.max(self.engine.now());
        let count: usize = batch.iter().map(|s| s.readings.len() + s.events.len()).sum();
        let mut answers = Vec::with_capacity(count);
        let mut effects = Vec::new();
        let mut events: Vec<ActRef<'_>> = Vec::new();
        self.readings.clear();
        if count == 0 {
            // Not written down: a turn without readings and events is a tick.
            self.engine.step(now, &Event::Tick, &mut effects);
        }
        for submission in batch {
            for reading in &submission.readings {
                let answer = self.engine.step(now, &Event::Reading(*reading), &mut effects);
                self.readings.push(reading, kept(answer));
                answers.push(answer);
            }
            for event in &submission.events {
                let answer = self.engine.step(now, event, &mut effects);
                events.push(ActRef { place: self.readings.len(), event, answer });
                answers.push(answer);
            }
        }
        Acts::write(&events, &effects, &mut self.acts)?;
        let weight = events.len() + effects.len();
        let turn = Turn { at: now, readings: &self.readings, acts: &self.acts };
        let seq = self.journal.append(&turn)?;
        self.projector.pace().committed(seq, now, self.readings.kept(), weight);
        self.since.add(self.readings.len(), weight);
        self.journal.trim_to(self.projector.pace().settled().min(self.snapshots.covered()));
        if self.since.is_overdue() && self.snapshots.is_idle() {
            self.snapshot()?;
        }
        Ok(Arc::new(Committed { seq, at: now, answers, effects }))
    }

    /// Housekeeping while nothing waits: a snapshot when one is due, a slice of the journal taken away. Says whether there
    /// is more to do.
    ///
    /// # Errors
    /// When the store fails.
    pub fn rest(&mut self) -> Result<bool, NodeError> {
        if self.since.is_due(self.engine.now()) && self.snapshots.is_idle() {
            self.snapshot()?;
        }
        Ok(self.journal.rest()?)
    }

    /// Ends a node in order: its whole state goes to stable storage as a snapshot, so that the next start replays nothing.
    /// No further turn may follow.
    ///
    /// # Errors
    /// When the state cannot be saved.
    pub fn stop(&mut self) -> Result<(), NodeError> {
        let last = (self.since.work > 0).then(|| self.state()).transpose()?;
        self.since.work = 0;
        self.snapshots.finish(last);
        self.projector.stop();
        Ok(())
    }

    /// The engine, to look at.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// How far the history has come, and how often its writer failed.
    #[must_use]
    pub fn pace(&self) -> &Arc<Pace> {
        self.projector.pace()
    }

    /// Tells how many snapshots could not be written since the start.
    pub fn snapshot_failures(&self) -> impl Fn() -> u64 + Send + Sync + use<> {
        self.snapshots.failures()
    }

    /// What the start found.
    #[must_use]
    pub fn recovery(&self) -> &Recovery {
        &self.recovery
    }

    /// A snapshot of this turn: another engine follows beside this one, from the last snapshot through the journal, so that nobody
    /// waits while the state is saved. Where it cannot follow, this one saves its own state.
    fn snapshot(&mut self) -> Result<(), NodeError> {
        let size = self.snapshots.size().max(self.since.size);
        self.since = SinceSnapshot { work: 0, at: self.engine.now(), size };
        if self.snapshots.is_unmade() {
            let state = self.state()?;
            self.snapshots.offer(|| Some(state));
        } else {
            let (folder, seq) = (self.folder.clone(), self.journal.last());
            self.snapshots.offer(move || recovery::state_at(&folder, seq).ok());
        }
        Ok(())
    }

    fn state(&self) -> Result<Snapshot, NodeError> {
        Ok(Snapshot {
            seq: self.journal.last(),
            link: self.journal.link(),
            state: self.engine.save()?,
        })
    }
}

/// Whether a reading belongs into the history.
pub(crate) const fn kept(answer: Answer) -> Kept {
    match answer {
        Answer::Refused(_) => Kept::Refused,
        Answer::Done | Answer::Created(_) | Answer::Duplicate | Answer::Late | Answer::Conflict => {
            Kept::Yes
        }
    }
}
