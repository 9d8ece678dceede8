//! What contradicts a fact of higher standing, or one that was confirmed later, waits for a steward: the record keeps its value.

use std::collections::HashMap;

use helan_base::{
    Kind, Origin,
    review::{Stands, Why, columns, weigh},
};
use helan_kernel::Ms;
use helan_store::{
    StoreError,
    base::{Contradiction, Judge, Stored},
    desk::{Review, ReviewState},
};

use super::{BaseData, columns::shown};

/// Milliseconds of a day.
const DAY: i64 = 24 * 3600 * 1000;

/// Decides about the contradictions of one call.
pub(super) struct Reviewer<'a> {
    pub base: &'a BaseData,
    pub kind: &'a Kind,
    /// Where the new facts come from.
    pub origin: Origin,
    /// The day that they speak of.
    pub as_of: Ms,
    pub now: Ms,
    pub known: HashMap<u64, Origin>,
    pub found: Vec<Review>,
}

impl Judge for Reviewer<'_> {
    fn keeps(&mut self, contradiction: Contradiction<'_>) -> Result<bool, StoreError> {
        let Contradiction { stored, new, column, origin } = contradiction;
        if !columns(self.kind).any(|known| known == column) {
            return Ok(false);
        }
        let ours = match self.known.get(&origin) {
            Some(ours) => ours.clone(),
            None => {
                let Some(ours) = self.base.read().origin(origin)? else { return Ok(false) };
                self.known.insert(origin, ours.clone());
                ours
            }
        };
        let age = self.now.0.saturating_sub(stored.checked_at.0);
        let stands = Stands {
            source: ours.source,
            checked_at: stored.checked_at,
            stale: age > i64::from(self.kind.review_days) * DAY,
        };
        let Some(why) = weigh(self.origin.source, self.as_of, stands) else { return Ok(false) };
        self.found.push(review(
            self.kind,
            stored,
            (column, why),
            (ours, self.origin.clone()),
            shown(self.kind, new, column),
            self.now,
        ));
        Ok(true)
    }

    fn settle(&mut self) -> Result<(), StoreError> {
        self.base.desk.add_reviews(&self.found)
    }
}

/// A contradiction that is about to be stored.
pub fn review(
    kind: &Kind,
    stored: &Stored,
    (column, why): (&str, Why),
    (ours, theirs): (Origin, Origin),
    value: serde_json::Value,
    at: Ms,
) -> Review {
    Review {
        id: 0,
        at,
        kind: kind.key.clone(),
        key: stored.record.key.clone(),
        name: stored.record.name.clone(),
        area: stored.record.area,
        field: column.to_owned(),
        why: why.word().to_owned(),
        ours: shown(kind, &stored.record, column),
        ours_origin: ours,
        theirs: value,
        theirs_origin: theirs,
        state: ReviewState::Open,
        closed: None,
    }
}
