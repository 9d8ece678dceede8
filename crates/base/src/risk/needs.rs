//! Whether an object has what its kind must have (R3).

use std::collections::BTreeMap;

use crate::Kind;

/// What an object has of something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Have {
    /// How many there are.
    pub installed: u32,
    /// How many of them work and are not expired.
    pub working: u32,
    /// How many are expired.
    pub expired: u32,
}

impl Have {
    /// Counts more of it.
    pub const fn add(&mut self, count: u32, working: bool, expired: bool) {
        self.installed = self.installed.saturating_add(count);
        if expired {
            self.expired = self.expired.saturating_add(count);
        } else if working {
            self.working = self.working.saturating_add(count);
        }
    }
}

/// What an object has of one need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Met {
    /// Place of the need among those of the kind.
    pub need: usize,
    /// How many it must have.
    pub required: u32,
    /// What it has.
    pub have: Have,
    /// How many are missing, those that do not work among them.
    pub missing: u32,
}

/// Whether something with this key meets a need: `gas-detector-household` is a `gas-detector`.
#[must_use]
pub fn meets(need: &str, key: &str) -> bool {
    key.strip_prefix(need).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// What an object of a kind has of each of its needs, by the keys of what it has; and how complete that is, 0 to 1.
#[must_use]
pub fn completeness(kind: &Kind, has: &BTreeMap<String, Have>) -> (Vec<Met>, f64) {
    let mut all = Vec::with_capacity(kind.needs.len());
    let (mut required, mut met) = (0_u64, 0_u64);
    for (place, need) in kind.needs.iter().enumerate() {
        let mut have = Have::default();
        for (_, more) in has.iter().filter(|(key, _)| meets(&need.key, key)) {
            have.installed = have.installed.saturating_add(more.installed);
            have.working = have.working.saturating_add(more.working);
            have.expired = have.expired.saturating_add(more.expired);
        }
        let missing = need.count.saturating_sub(have.working);
        required += u64::from(need.count);
        met += u64::from(need.count - missing);
        all.push(Met { need: place, required: need.count, have, missing });
    }
    #[expect(clippy::cast_precision_loss, reason = "some dozens")]
    let score = if required == 0 { 1.0 } else { met as f64 / required as f64 };
    (all, score)
}
