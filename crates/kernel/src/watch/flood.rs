//! The flood figure: more alarms than a person can follow.

use serde::{Deserialize, Serialize};

use super::Watch;
use crate::{Context, Effect, Ms, Timer};

/// A flood begins when one operator position gets more than this many alarms in ten minutes (ISA-18.2-2016 16.5.2 and
/// EEMUA 191: 10 in 10 minutes is what a person can follow). One engine serves one duty desk: one position.
const BEGINS_ABOVE: u32 = 10;

/// A flood is over when fewer than this many came in ten minutes (same clause): the figure must not flicker at one edge.
const ENDS_BELOW: u32 = 5;

/// The ten minutes are counted in parts of ten seconds: exact enough for a figure, and small however many alarms come.
const PART_MS: i64 = 10_000;
const PARTS: usize = 60;

/// Alarms of the last ten minutes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Flood {
    /// Alarms of each part, as a ring.
    parts: Vec<u32>,
    /// Number of the newest part since 1970.
    newest: i64,
    count: u32,
    on: bool,
    timer: Option<Ms>,
}

impl Default for Flood {
    fn default() -> Self {
        Self { parts: vec![0; PARTS], newest: 0, count: 0, on: false, timer: None }
    }
}

impl Flood {
    pub fn on(&self) -> bool {
        self.on
    }

    pub fn count(&self) -> u32 {
        self.count
    }

    fn part(&mut self, number: i64) -> Option<&mut u32> {
        let place = usize::try_from(number.rem_euclid(60)).ok()?;
        self.parts.get_mut(place)
    }

    /// Forgets what is older than ten minutes.
    fn advance(&mut self, now: Ms) {
        let newest = now.0.div_euclid(PART_MS);
        let steps = newest.saturating_sub(self.newest).min(60);
        for number in newest.saturating_sub(steps).saturating_add(1)..=newest {
            let old = self.part(number).map_or(0, std::mem::take);
            self.count = self.count.saturating_sub(old);
        }
        self.newest = self.newest.max(newest);
    }

    /// Counts an alarm.
    fn note(&mut self, now: Ms) {
        self.advance(now);
        if let Some(part) = self.part(self.newest) {
            *part = part.saturating_add(1);
            self.count = self.count.saturating_add(1);
        }
    }

    /// Whether the flood began (`Some(true)`) or ended just now.
    fn turn(&mut self) -> Option<bool> {
        let on = if self.on { self.count >= ENDS_BELOW } else { self.count > BEGINS_ABOVE };
        (on != self.on).then(|| {
            self.on = on;
            on
        })
    }
}

impl Watch {
    /// An alarm was put before the operators.
    pub(super) fn note_flood(&mut self, cx: &mut Context<'_>) {
        self.flood.note(cx.now);
        self.tell_flood(cx);
    }

    pub(super) fn flood_timer(&mut self, cx: &mut Context<'_>) {
        self.flood.timer = None;
        self.flood.advance(cx.now);
        self.tell_flood(cx);
    }

    fn tell_flood(&mut self, cx: &mut Context<'_>) {
        if let Some(on) = self.flood.turn() {
            cx.out.push(Effect::Flood { on, alarms: self.flood.count, at: cx.now });
        }
        // Looked at again at the end of each part, until the ten minutes are empty.
        if self.flood.count > 0 && self.flood.timer.is_none() {
            let at = Ms(self.flood.newest.saturating_add(1).saturating_mul(PART_MS));
            cx.timers.set(at, Timer::Flood);
            self.flood.timer = Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figure_counts_ten_minutes_and_turns_once_on_each_side() {
        let mut flood = Flood::default();
        for i in 0..10 {
            flood.note(Ms(i * 1000));
            assert_eq!(flood.turn(), None);
        }
        flood.note(Ms(10_000));
        assert_eq!(flood.turn(), Some(true));
        flood.note(Ms(599_000));
        assert_eq!((flood.count(), flood.turn()), (12, None));
        flood.advance(Ms(600_000));
        assert_eq!((flood.count(), flood.turn()), (2, Some(false)));
        flood.advance(Ms(5_000_000));
        assert_eq!((flood.count(), flood.turn()), (0, None));
    }
}
