//! The thread that brings the history up to the journal. It gives way while the node is busy.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, SyncSender},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use helan_kernel::{Ms, PointId};

use super::Writer;
use crate::{JournalReader, StoreError, background};

/// How often it looks: what was decided is found in the history after this, when nothing is in the way.
const TICK: Duration = Duration::from_millis(50);
/// Readings in a tick that make the node busy (200 000 a second)…
const BUSY_READINGS: u64 = 10_000;
/// …and events and effects (10 000 a second).
const BUSY_ACTS: u64 = 500;
/// Ticks that it gives way one after another at most: acts are then at most a second behind, a slice at a time.
const GIVE_WAY: u32 = 20;
/// Readings that wait are folded when they are so many: every point gets several at once then.
const FOLD_READINGS: u64 = 500_000;
/// …or when the oldest of them has waited so long: the journal is the slower place to look for them.
const FOLD_AGE: Ms = Ms::seconds(300);
/// Readings that wait while the node is busy at most: some gigabytes of journal must not become all of the disk.
const FOLD_LATEST: u64 = 50_000_000;
/// Ticks between two times that the history is brought to stable storage: what the journal may lose follows it.
const SETTLE: u32 = 40;
/// Old readings are looked for this often.
const FORGET_EVERY: Ms = Ms::seconds(3600);

/// What the node tells the projector, and what the projector tells the node.
#[derive(Debug, Default)]
pub struct Pace {
    readings: AtomicU64,
    acts: AtomicU64,
    seq: AtomicU64,
    at: AtomicI64,
    settled: AtomicU64,
    acts_position: AtomicU64,
    failures: AtomicU64,
}

impl Pace {
    /// Notes a committed turn.
    pub fn committed(&self, seq: u64, at: Ms, readings: u32, acts: usize) {
        self.readings.fetch_add(u64::from(readings), Ordering::Relaxed);
        self.acts.fetch_add(acts as u64, Ordering::Relaxed);
        self.at.store(at.0, Ordering::Relaxed);
        self.seq.store(seq, Ordering::Release);
    }

    /// Turns up to this one are wholly in the history, on stable storage: the journal may lose them.
    #[must_use]
    pub fn settled(&self) -> u64 {
        self.settled.load(Ordering::Acquire)
    }

    /// How often the projector failed and began anew: more than none means that the disk needs a look.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }
}

/// The projector's thread.
#[derive(Debug)]
pub struct Projector {
    pace: Arc<Pace>,
    stop: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Projector {
    /// How long readings are kept by default: thirteen months, so that last year's season can be compared.
    pub const KEEP_READINGS: Ms = Ms::seconds(396 * 24 * 3600);

    /// Starts it on a folder whose journal is open. `keep` is how long readings are kept.
    ///
    /// # Errors
    /// When the history cannot be opened or the thread not started.
    pub fn start(folder: &Path, keep: Ms) -> Result<Self, StoreError> {
        let pace = Arc::new(Pace::default());
        let (writer, journal) = (Writer::open(folder)?, JournalReader::open(folder)?);
        let (last, positions) = (journal.last()?, writer.positions()?);
        let seen = positions.acts.max(positions.readings);
        if seen > last {
            // Numbers given anew would be taken for those that the history has already.
            let lost = format!(
                "the journal ends with turn {last}, but the history has turn {seen}: committed turns were lost"
            );
            return Err(StoreError::Damaged(lost));
        }
        let work = Work {
            writer,
            journal,
            pace: pace.clone(),
            keep,
            seen: Counters::default(),
            folded: 0,
            folded_turn: 0,
            fold_due: None,
            ticks: 0,
            gave_way: 0,
            forgot: None,
            forget_from: None,
        };
        let (stop, stopped) = mpsc::sync_channel(1);
        let thread = thread::Builder::new()
            .name("helan-history".into())
            .spawn(move || {
                background::give_way();
                work.run(&stopped);
            })
            .map_err(StoreError::file(folder))?;
        Ok(Self { pace, stop: Some(stop), thread: Some(thread) })
    }

    /// Where the node notes its turns.
    #[must_use]
    pub fn pace(&self) -> &Arc<Pace> {
        &self.pace
    }

    /// Ends the thread after what it is at.
    pub fn stop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been printed; the history goes on with the next start.
            drop(thread.join());
        }
    }
}

impl Drop for Projector {
    fn drop(&mut self) {
        self.stop();
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Counters {
    readings: u64,
    acts: u64,
}

struct Work {
    writer: Writer,
    journal: JournalReader,
    pace: Arc<Pace>,
    keep: Ms,
    /// At the last tick.
    seen: Counters,
    /// Of the readings committed since the start.
    folded: u64,
    /// Turns whose readings are folded.
    folded_turn: u64,
    /// When the turns that wait must be folded at last.
    fold_due: Option<Ms>,
    ticks: u32,
    gave_way: u32,
    /// When old readings were last looked for, and where it stands.
    forgot: Option<Ms>,
    forget_from: Option<PointId>,
}

impl Work {
    fn run(mut self, stopped: &Receiver<()>) {
        if let Err(_disk) = self.begin() {
            self.pace.failures.fetch_add(1, Ordering::Relaxed);
        }
        while matches!(stopped.recv_timeout(TICK), Err(RecvTimeoutError::Timeout)) {
            // What fails was rolled back and is tried again: the journal keeps everything until then.
            if let Err(_disk) = self.tick(stopped) {
                self.pace.failures.fetch_add(1, Ordering::Relaxed);
            }
        }
        drop(self.settle());
    }

    /// What an earlier run left: acts at once, readings as soon as there is time.
    fn begin(&mut self) -> Result<(), StoreError> {
        self.fold_due = Some(Ms(i64::MIN));
        self.pace.seq.fetch_max(self.journal.last()?, Ordering::AcqRel);
        self.settle()
    }

    fn tick(&mut self, stopped: &Receiver<()>) -> Result<(), StoreError> {
        self.ticks = self.ticks.wrapping_add(1);
        let busy = self.is_busy();
        self.gave_way = if busy { self.gave_way + 1 } else { 0 };
        if busy && !self.gave_way.is_multiple_of(GIVE_WAY) {
            return Ok(());
        }
        self.acts(busy, stopped)?;
        self.readings(busy, stopped)?;
        if !busy {
            self.forget()?;
        }
        if self.ticks.is_multiple_of(SETTLE) || busy {
            self.settle()?;
        }
        Ok(())
    }

    fn is_busy(&mut self) -> bool {
        let now = Counters {
            readings: self.pace.readings.load(Ordering::Relaxed),
            acts: self.pace.acts.load(Ordering::Relaxed),
        };
        let busy = now.readings - self.seen.readings > BUSY_READINGS
            || now.acts - self.seen.acts > BUSY_ACTS;
        self.seen = now;
        busy
    }

    fn acts(&mut self, busy: bool, stopped: &Receiver<()>) -> Result<(), StoreError> {
        loop {
            let before = self.pace.acts_position.load(Ordering::Acquire);
            let after = self.writer.project(&self.journal)?;
            self.pace.acts_position.store(after, Ordering::Release);
            // Behind by more than a slice: go on, unless the node needs the machine.
            let behind = self.pace.seq.load(Ordering::Acquire) > after && after > before;
            if !behind || busy || self.is_busy() || is_stopped(stopped) {
                return Ok(());
            }
        }
    }

    fn readings(&mut self, busy: bool, stopped: &Receiver<()>) -> Result<(), StoreError> {
        loop {
            let now = Ms(self.pace.at.load(Ordering::Relaxed));
            let waiting = self.pace.readings.load(Ordering::Relaxed).saturating_sub(self.folded);
            // Turns without readings too: the journal loses only what the fold has passed.
            let behind = self.pace.seq.load(Ordering::Acquire) > self.folded_turn;
            if behind && self.fold_due.is_none() {
                self.fold_due = Some(now.after(FOLD_AGE));
            }
            let due = waiting >= FOLD_READINGS || self.fold_due.is_some_and(|due| due <= now);
            if !due || (busy && waiting < FOLD_LATEST) {
                return Ok(());
            }
            let (seq, count) = self.writer.fold(&self.journal)?;
            self.folded += count;
            self.folded_turn = seq;
            if seq >= self.pace.seq.load(Ordering::Acquire) || count == 0 {
                self.folded = self.folded.max(self.pace.readings.load(Ordering::Relaxed));
                self.fold_due = None;
                return Ok(());
            }
            if self.is_busy() || is_stopped(stopped) {
                return Ok(());
            }
        }
    }

    fn forget(&mut self) -> Result<(), StoreError> {
        let now = Ms(self.pace.at.load(Ordering::Relaxed));
        if self.forget_from.is_none() && self.forgot.is_none_or(|at| now.since(at) >= FORGET_EVERY)
        {
            self.forgot = Some(now);
            self.forget_from = Some(PointId(0));
        }
        if let Some(from) = self.forget_from {
            self.forget_from = self.writer.forget(Ms(now.0.saturating_sub(self.keep.0)), from)?;
        }
        Ok(())
    }

    fn settle(&mut self) -> Result<(), StoreError> {
        let positions = self.writer.positions()?;
        if positions.both() > self.pace.settled() {
            self.writer.settle()?;
            self.pace.settled.store(positions.both(), Ordering::Release);
        }
        Ok(())
    }
}

fn is_stopped(stopped: &Receiver<()>) -> bool {
    matches!(stopped.try_recv(), Err(mpsc::TryRecvError::Disconnected))
}
