//! Timers: what the engine must look at again, and when. The node asks [`Timers::next`] and steps with `Tick` then.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    AlarmId, CommandId, DeviceId, IncidentId, Ms, NoticeId, PointId, PolicyId, RuleId, RunId,
};

/// What a timer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Timer {
    /// A rule on a point: delay over, silence, stuck, window over.
    Rule(PointId, RuleId),
    /// An alarm: escalation, shelf over.
    Alarm(AlarmId),
    /// A device: maintenance over, drill over.
    Device(DeviceId),
    /// A step of a run: time limit, retry.
    Run(RunId),
    /// A command: expiry.
    Command(CommandId),
    /// A notice: no receipt in time.
    Notice(NoticeId),
    /// An incident: not taken in time.
    Incident(IncidentId),
    /// The public warning of an incident: about to expire.
    Warning(IncidentId),
    /// The flood figure: count again.
    Flood,
    /// A danger that a model follows: look at the wind.
    Danger(IncidentId, PolicyId),
}

/// Pending timers in order of time; a timer is there at most once for each moment.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Timers {
    queue: BTreeSet<(Ms, Timer)>,
}

impl Timers {
    /// Wakes `timer` at `at`. The owner decides then whether it still matters. The end of time is never: a timer there would
    /// be due again as soon as it was set anew.
    pub fn set(&mut self, at: Ms, timer: Timer) {
        if at != Ms::MAX {
            self.queue.insert((at, timer));
        }
    }

    /// Forgets a timer that was set for `at`.
    pub fn cancel(&mut self, at: Ms, timer: Timer) {
        self.queue.remove(&(at, timer));
    }

    /// When the next one is due.
    #[must_use]
    pub fn next(&self) -> Option<Ms> {
        self.queue.first().map(|(at, _)| *at)
    }

    /// Takes the next one that is due.
    pub fn due(&mut self, now: Ms) -> Option<(Ms, Timer)> {
        if self.next()? <= now { self.queue.pop_first() } else { None }
    }

    /// Takes the next timer of a notice that was set for the same moment: notices of one batch are looked at together.
    pub(crate) fn next_notice(&mut self, at: Ms) -> Option<NoticeId> {
        match self.queue.first()? {
            &(moment, Timer::Notice(id)) if moment == at => {
                self.queue.pop_first();
                Some(id)
            }
            _ => None,
        }
    }

    /// How many are pending.
    #[must_use]
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether none is pending.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }
}
