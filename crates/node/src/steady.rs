//! Time that never runs backwards and never stands still.
//!
//! The engine counts a moment before its last one as the last one. When the machine's clock is set back by an hour, that
//! alone would hold every delay, time limit and escalation for an hour, and readings that bear the moment of their arrival
//! would all be late, which no rule judges. So the clock runs on from where it was, a little slower than real time, until
//! the machine's clock has caught up.

use std::time::Duration;

use helan_kernel::Ms;

/// Reads two clocks of the machine, which come as inputs.
#[derive(Clone, Copy, Debug)]
pub struct Steady {
    /// Given last.
    last: Ms,
    /// Where it runs on from while the machine's clock is behind: own time, and span since the start.
    anchor: Option<(Ms, Duration)>,
}

impl Steady {
    /// While it waits for the machine's clock it runs at nine tenths: delays and time limits stretch by a ninth, and an hour
    /// is made good in ten.
    const TENTHS: u32 = 9;

    /// A clock that begins at `wall`, or at `floor` if that is later.
    #[must_use]
    pub fn new(floor: Ms, wall: Ms) -> Self {
        Self { last: wall.max(floor), anchor: None }
    }

    /// The time: `wall` is what the machine's clock says, `since` what has passed since the start by one that never jumps.
    pub fn at(&mut self, wall: Ms, since: Duration) -> Ms {
        if wall >= self.last && self.anchor.is_none_or(|anchor| wall >= run_on(anchor, since)) {
            self.anchor = None;
            self.last = wall;
        } else {
            let anchor = *self.anchor.get_or_insert((self.last, since));
            self.last = self.last.max(run_on(anchor, since));
        }
        self.last
    }
}

fn run_on((at, from): (Ms, Duration), since: Duration) -> Ms {
    let span = since.saturating_sub(from) / 10 * Steady::TENTHS;
    at.after(Ms(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn span(ms: i64) -> Duration {
        Duration::from_millis(u64::try_from(ms).unwrap())
    }

    #[test]
    fn it_is_the_machines_clock_as_long_as_that_goes_forward() {
        let mut clock = Steady::new(Ms(0), Ms(1_000));
        for (wall, since) in [(1_000, 0), (1_500, 500), (9_000, 600), (9_000, 700)] {
            assert_eq!(clock.at(Ms(wall), span(since)), Ms(wall));
        }
    }

    #[test]
    fn a_clock_set_back_neither_stops_nor_turns_time() {
        let mut clock = Steady::new(Ms(0), Ms(10 * HOUR));
        assert_eq!(clock.at(Ms(10 * HOUR), span(0)), Ms(10 * HOUR));
        // Set back by an hour, and read every few milliseconds: parts of one are not lost.
        let mut last = Ms(10 * HOUR);
        for ms in 1..=10_000 {
            let now = clock.at(Ms(9 * HOUR + ms), span(ms));
            assert!(now >= last);
            last = now;
        }
        assert_eq!(last, Ms(10 * HOUR + 8_999));
        // After ten hours it has caught up.
        assert_eq!(clock.at(Ms(19 * HOUR), span(10 * HOUR)), Ms(19 * HOUR));
        assert_eq!(clock.at(Ms(19 * HOUR + 5), span(10 * HOUR + 5)), Ms(19 * HOUR + 5));
    }

    #[test]
    fn a_start_with_the_clock_behind_goes_on_from_the_last_turn() {
        let mut clock = Steady::new(Ms(10 * HOUR), Ms(9 * HOUR));
        assert_eq!(clock.at(Ms(9 * HOUR), span(0)), Ms(10 * HOUR));
        assert_eq!(clock.at(Ms(9 * HOUR + 1_000), span(1_000)), Ms(10 * HOUR + 900));
        // Set right meanwhile.
        assert_eq!(clock.at(Ms(11 * HOUR), span(2_000)), Ms(11 * HOUR));
    }
}
