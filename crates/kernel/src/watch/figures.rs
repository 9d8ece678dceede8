//! Counters of the overview, kept with every move of an alarm so that asking costs nothing.

use serde::{Deserialize, Serialize};

use super::{Alarm, AlarmState, Priority};

/// How many alarms stand where. Alarms that are set aside (shelved, suppressed, out of service) are not counted as open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Figures {
    /// Open, of critical priority.
    pub critical: u32,
    /// Open, of high priority.
    pub high: u32,
    /// Open, of medium priority.
    pub medium: u32,
    /// Open, of low priority.
    pub low: u32,
    /// Open, nobody has taken note.
    pub unacknowledged: u32,
    /// Put aside by a person.
    pub shelved: u32,
    /// Set aside because their device is under maintenance or out of service.
    pub suppressed: u32,
    /// Open or shelved ones that chatter.
    pub chattering: u32,
    /// Whether more alarms come than a person can follow.
    pub flood: bool,
    /// Alarms shown to operators within the last ten minutes; those of drills are not counted.
    pub recent: u32,
}

impl Figures {
    /// The figures of these alarms alone; without the flood, which is counted over time.
    #[must_use]
    pub fn of_alarms<'a>(alarms: impl Iterator<Item = &'a Alarm>) -> Self {
        let mut figures = Self::default();
        alarms.for_each(|alarm| figures.add(alarm));
        figures
    }

    pub(super) fn add(&mut self, alarm: &Alarm) {
        self.count(alarm, |n| *n = n.saturating_add(1));
    }

    pub(super) fn remove(&mut self, alarm: &Alarm) {
        self.count(alarm, |n| *n = n.saturating_sub(1));
    }

    fn count(&mut self, alarm: &Alarm, mut step: impl FnMut(&mut u32)) {
        use AlarmState as S;
        match alarm.state {
            S::Closed => return,
            S::Suppressed | S::OutOfService => return step(&mut self.suppressed),
            S::Shelved => step(&mut self.shelved),
            S::Unacknowledged | S::ReturnedUnacknowledged => {
                step(&mut self.unacknowledged);
                step(self.of(alarm.priority));
            }
            S::Acknowledged | S::Latched => step(self.of(alarm.priority)),
        }
        if alarm.chattering {
            step(&mut self.chattering);
        }
    }

    fn of(&mut self, priority: Priority) -> &mut u32 {
        match priority {
            Priority::Critical => &mut self.critical,
            Priority::High => &mut self.high,
            Priority::Medium => &mut self.medium,
            Priority::Low => &mut self.low,
        }
    }
}
