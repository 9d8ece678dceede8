//! What a reading says under each condition: the level it stands for, before any delay.

mod level;
mod neighbours;
mod rate;
mod stuck;
mod votes;

use super::{
    DeviceWatch, PointState,
    plan::{Plan, Test},
    slot::{MAX_READINGS, NORMAL, Slot, Window},
};
use crate::{
    Ms, Quality, Reading,
    registry::{Device, Registry},
};

/// What a condition may look at besides its own slot.
pub(super) struct Sight<'a> {
    pub registry: &'a Registry,
    pub points: &'a [PointState],
    pub devices: &'a [DeviceWatch],
}

impl Sight<'_> {
    /// Whether both devices take part in a drill now, or neither: what a drill shows must not raise a real alarm, and what
    /// is real must not play in a drill.
    pub fn same_side(&self, one: &Device, other: &Device) -> bool {
        super::drill::takes_part(self.devices, one) == super::drill::takes_part(self.devices, other)
    }
}

/// What one reading says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It stands for this level; [`NORMAL`] for none.
    Level(i8),
    /// It says nothing: what was known stays.
    Nothing,
    /// The question itself failed.
    Failed,
}

/// Asks a rule about a reading of its point. The reading is the newest one of its point already.
pub(super) fn ask(plan: &Plan, slot: &mut Slot, sight: &Sight<'_>, reading: &Reading) -> Verdict {
    let good = reading.quality == Quality::Good;
    let value = reading.value;
    match &plan.test {
        Test::Off => Verdict::Nothing,
        Test::Silence { .. } => Verdict::Level(NORMAL),
        Test::BadQuality => Verdict::Level(if good { NORMAL } else { 0 }),
        _ if !good && !plan.alarming(reading) => Verdict::Nothing,
        Test::Limit(bound, limits) => {
            let level = level::reached(*bound, limits, slot.raw, value);
            Verdict::Level(if good { level } else { level.max(slot.raw) })
        }
        Test::Votes { bound, m, n, window, levels } => {
            let votes = votes::Votes { bound: *bound, m: *m, n: *n, window: *window, levels };
            Verdict::Level(votes.count(slot, reading))
        }
        Test::Neighbours { bound, m, window, within } => {
            let held = slot.raw != NORMAL;
            let agree = bound.beyond(value, held)
                && (held
                    || neighbours::agreeing(sight, reading, *bound, *window, *within).count()
                        >= *m);
            Verdict::Level(if agree { 0 } else { NORMAL })
        }
        Test::Rate { sign, amount, window } => {
            let moved = rate::moved(slot.window_mut(), *sign, *window, reading);
            Verdict::Level(if moved >= *amount { 0 } else { NORMAL })
        }
        Test::Stuck { after, tolerance } => {
            let still = stuck::still(slot.window_mut(), *tolerance, reading);
            Verdict::Level(if still >= *after { 0 } else { NORMAL })
        }
        Test::Expression(formula) => match formula.holds(sight, reading) {
            Some(true) => Verdict::Level(0),
            Some(false) => Verdict::Level(NORMAL),
            None => Verdict::Failed,
        },
    }
}

/// The readings that speak for an alarm that is raised now, oldest first, at most [`MAX_READINGS`].
pub(super) fn evidence(
    plan: &Plan,
    slot: &Slot,
    sight: &Sight<'_>,
    reading: &Reading,
) -> Vec<Reading> {
    let mut list: Vec<Reading> = match (&plan.test, slot.window()) {
        (Test::Votes { bound, .. }, Some(Window::Values(values))) => values
            .iter()
            .filter(|(_, value)| bound.beyond(*value, false))
            .map(|(at, value)| Reading { at: *at, value: *value, ..*reading })
            .collect(),
        (Test::Rate { .. }, Some(Window::Values(values))) => values
            .front()
            .filter(|(at, _)| *at < reading.at)
            .map(|(at, value)| Reading { at: *at, value: *value, ..*reading })
            .into_iter()
            .chain([*reading])
            .collect(),
        (Test::Stuck { .. }, Some(Window::Still(at, value))) => {
            vec![Reading { at: *at, value: *value, ..*reading }, *reading]
        }
        (Test::Neighbours { bound, window, within, .. }, _) => {
            neighbours::agreeing(sight, reading, *bound, *window, *within)
                .take(MAX_READINGS)
                .collect()
        }
        (Test::Expression(formula), _) => formula.readings(sight, reading),
        _ => vec![*reading],
    };
    list.sort_by_key(|r| (r.at, r.point));
    let spare = list.len().saturating_sub(MAX_READINGS);
    list.drain(..spare);
    list
}

/// Whether a moment lies within `window` before `at`.
fn within(window: Ms, at: Ms, moment: Ms) -> bool {
    at.since(moment) <= window
}
