//! Which records changed, for those who reckon with them: told after the commit, taken in portions.

use std::{
    collections::BTreeSet,
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use helan_base::RecordId;

/// Changed records that are remembered one by one; beyond that everything counts as changed.
const MOST: usize = 200_000;

/// What changed since it was last asked.
#[derive(Debug, Default)]
pub struct Changed {
    /// Everything may have.
    pub all: bool,
    /// Records with the number of their kind.
    pub records: BTreeSet<(u16, RecordId)>,
}

#[derive(Debug, Default)]
struct Waiting {
    changed: Changed,
    stop: bool,
}

/// The list of what changed.
#[derive(Debug, Default)]
pub struct Changes {
    waiting: Mutex<Waiting>,
    bell: Condvar,
    generation: AtomicU64,
}

impl Changes {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Nothing that can fail runs under the lock.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that records changed.
    pub fn tell(&self, records: impl Iterator<Item = (u16, RecordId)>) {
        self.generation.fetch_add(1, Ordering::Release);
        let mut waiting = self.lock();
        let changed = &mut waiting.changed;
        if !changed.all {
            changed.records.extend(records);
            if changed.records.len() > MOST {
                *changed = Changed { all: true, ..Changed::default() };
            }
        }
        drop(waiting);
        self.bell.notify_all();
    }

    /// A number that grows with every change: what was reckoned at the same number still holds.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Waits for changes and takes them; none when it is time to stop.
    pub fn wait(&self) -> Option<Changed> {
        let waiting = self.lock();
        let idle = |waiting: &mut Waiting| {
            !waiting.stop && !waiting.changed.all && waiting.changed.records.is_empty()
        };
        let mut waiting =
            self.bell.wait_while(waiting, idle).unwrap_or_else(PoisonError::into_inner);
        (!waiting.stop).then(|| std::mem::take(&mut waiting.changed))
    }

    /// Waits some time for more of what comes in bursts; false when it is time to stop.
    pub fn rest(&self, time: Duration) -> bool {
        let waiting = self.lock();
        let rested = self.bell.wait_timeout_while(waiting, time, |waiting| !waiting.stop);
        let (waiting, _) = rested.unwrap_or_else(PoisonError::into_inner);
        !waiting.stop
    }

    /// Whoever waits shall stop.
    pub fn stop(&self) {
        self.lock().stop = true;
        self.bell.notify_all();
    }
}
