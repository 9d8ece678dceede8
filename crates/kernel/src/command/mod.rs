//! Emergency command 应急指挥: the incident from first alarm to closed file.
//!
//! Start at [`Desk::on_alarm`] and [`Desk::call`] (`join.rs`); what people do is in `desk.rs`, what the others decide
//! becomes lines in `timeline.rs`, and `queue.rs` calls the next post when nobody takes an incident.

mod desk;
mod join;
mod model;
pub(crate) mod queue;
#[cfg(test)]
mod tests;
mod timeline;
pub(crate) mod words;

pub use model::*;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use self::timeline::{RunSeen, Tally};
use crate::{AlarmId, IncidentId, NoticeId, RunId, push::NoticeState, registry::Key};

/// The duty officer's desk: incidents that are not closed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Desk {
    /// Number of the incident opened last.
    last: u64,
    files: BTreeMap<IncidentId, File>,
    by_kind: BTreeMap<Key, BTreeSet<IncidentId>>,
    by_alarm: BTreeMap<AlarmId, IncidentId>,
    runs: BTreeMap<RunId, RunSeen>,
}

/// An incident and what is remembered beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct File {
    incident: Incident,
    /// Facility of the place; empty when none.
    facility: Key,
    /// Lines of the timeline so far.
    lines: u32,
    /// Alarms that are active now.
    active: BTreeSet<AlarmId>,
    /// Recipients that had a line, with the state it spoke of.
    said: BTreeMap<NoticeId, NoticeState>,
    /// Lines about recipients, by state.
    tally: Tally,
}

impl Desk {
    /// Passes numbers over: see [`crate::Event::Restored`].
    pub fn skip_numbers(&mut self, count: u64) {
        self.last = self.last.saturating_add(count);
    }

    /// Incidents that are not closed, oldest first.
    pub fn incidents(&self) -> impl DoubleEndedIterator<Item = &Incident> {
        self.files.values().map(|file| &file.incident)
    }

    /// An incident that is not closed.
    #[must_use]
    pub fn incident(&self, id: IncidentId) -> Option<&Incident> {
        self.files.get(&id).map(|file| &file.incident)
    }

    /// The open incident that an alarm belongs to.
    #[must_use]
    pub fn incident_of(&self, alarm: AlarmId) -> Option<IncidentId> {
        self.by_alarm.get(&alarm).copied()
    }
}
