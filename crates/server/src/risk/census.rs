//! Whom the registers of each county count: walked anew in the background when the data changed, at most one walk at a time.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use helan_base::{
    Facts,
    inside::{Counted, counted},
};
use helan_kernel::AreaCode;

/// People of the registers by county.
pub type ByCounty = BTreeMap<AreaCode, Counted>;

/// What was walked last, and the number of the data it was walked at; none before the first walk.
#[derive(Debug, Default)]
pub struct Walked {
    last: Mutex<(Option<u64>, Arc<ByCounty>)>,
    walking: AtomicBool,
}

impl Walked {
    fn lock(&self) -> MutexGuard<'_, (Option<u64>, Arc<ByCounty>)> {
        // Nothing that can fail runs under the lock.
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was walked last, and whether that is of other data than this.
    pub fn last(&self, generation: u64) -> (Arc<ByCounty>, bool) {
        let (of, last) = &*self.lock();
        (last.clone(), *of != Some(generation))
    }

    /// Whether the caller may walk: nobody else does.
    pub fn begin(&self) -> bool {
        !self.walking.swap(true, Ordering::AcqRel)
    }

    /// Walks through the facts; only after [`Walked::begin`].
    pub fn walk(&self, generation: u64, facts: &Facts) {
        let new = Arc::new(counted(facts));
        *self.lock() = (Some(generation), new);
        self.end();
    }

    /// Gives up the right to walk.
    pub fn end(&self) {
        self.walking.store(false, Ordering::Release);
    }
}
