//! Rows of private persons as grants give them: made once a day for each grant that is used.
//!
//! One release a day also keeps whoever compares many of them from seeing each household come and go.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use helan_base::{
    Kind, RecordId,
    share::{Release, TooMany, release},
};
use helan_kernel::Ms;
use helan_store::{
    StoreError,
    base::Page,
    desk::{day, sharing::Grant},
};

use crate::base::BaseData;

/// Releases that are kept: each has up to some ten megabytes.
const KEPT: usize = 16;
/// Records that are read at once; others may ask in between.
const CHUNK: usize = 500;

/// Why a release cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// It would hold too many rows.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// The disk fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Releases by the number of their grant, with the day they were made on.
#[derive(Default)]
pub struct Releases {
    made: Mutex<BTreeMap<u64, (i64, Arc<Release>)>>,
    /// Held while one is made: one at a time, and nobody makes the same twice.
    making: Mutex<()>,
}

impl Releases {
    fn made(&self) -> MutexGuard<'_, BTreeMap<u64, (i64, Arc<Release>)>> {
        // A release is put in whole.
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self, grant: u64, today: i64) -> Option<Arc<Release>> {
        self.made().get(&grant).filter(|(day, _)| *day == today).map(|(_, made)| made.clone())
    }

    /// The release of a grant for today. Waits for the disk.
    ///
    /// # Errors
    /// When it is too large, or the disk fails.
    pub fn of(
        &self,
        base: &BaseData,
        kind: &Kind,
        (number, grant): (u64, &Grant),
        now: Ms,
    ) -> Result<Arc<Release>, ReleaseError> {
        let today = day(now);
        let _alone = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = self.known(number, today) {
            return Ok(known);
        }
        let mut collect = release(kind, &grant.terms);
        let mut after = RecordId(0);
        loop {
            let page = Page { area: grant.terms.area, after, most: CHUNK };
            let part = base.read().list(&kind.key, page)?;
            let Some(last) = part.last() else { break };
            after = last.id;
            for stored in &part {
                collect.add(stored.id, &stored.record)?;
            }
        }
        let release = Arc::new(collect.finish(&grant.secret));
        let mut made = self.made();
        made.retain(|_, (day, _)| *day == today);
        if made.len() >= KEPT {
            made.pop_first();
        }
        made.insert(number, (today, release.clone()));
        Ok(release)
    }
}
