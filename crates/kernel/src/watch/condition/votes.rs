//! m of the last n readings: one spike is no alarm.

use super::{
    super::{
        plan::Bound,
        slot::{NORMAL, Slot, Window},
    },
    level, within,
};
use crate::{Ms, Reading};

/// The numbers of the rule.
pub(super) struct Votes<'a> {
    pub bound: Bound,
    pub m: usize,
    pub n: usize,
    pub window: Ms,
    pub levels: &'a [f64],
}

impl Votes<'_> {
    /// Counts a reading and gives the level: 0 when enough readings agree, higher ones by this reading alone.
    pub fn count(&self, slot: &mut Slot, reading: &Reading) -> i8 {
        let held = slot.raw != NORMAL;
        let value = reading.value;
        let beyond = self.bound.beyond(value, held);
        let agree = self.note(slot.window_mut(), held, reading);
        // While it holds, a reading beyond is enough: a gap between readings must not end an alarm.
        if agree >= self.m || (held && beyond) {
            // Levels above the first are numbered from 1; those held keep their deadband.
            1 + level::reached(self.bound, self.levels, slot.raw.saturating_sub(1), value)
        } else {
            NORMAL
        }
    }

    /// Adds the reading to the window and gives how many of those in it are beyond.
    fn note(&self, window: &mut Window, held: bool, reading: &Reading) -> usize {
        let mut values = match std::mem::take(window) {
            Window::Values(values) => values,
            Window::Empty | Window::Still(..) => std::collections::VecDeque::new(),
        };
        values.push_back((reading.at, reading.value));
        while values.len() > self.n
            || values.front().is_some_and(|(at, _)| !within(self.window, reading.at, *at))
        {
            values.pop_front();
        }
        let beyond = values.iter().filter(|(_, value)| self.bound.beyond(*value, held)).count();
        // A window without one beyond says the same as none at all, and costs nothing.
        if beyond > 0 {
            *window = Window::Values(values);
        }
        beyond
    }
}
