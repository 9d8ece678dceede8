//! The only place that reads the machine's clocks, and the relation between world time and real time.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use helan_kernel::Ms;

/// Now, UTC.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the clock module of the binary")]
pub fn now() -> Ms {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Now, for measuring spans.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the clock module of the binary")]
pub fn instant() -> Instant {
    Instant::now()
}

/// How world time runs against real time: from `start`, `speed` world milliseconds for each real one.
#[derive(Clone, Copy, Debug)]
pub struct WorldClock {
    start: Ms,
    speed: f64,
}

impl WorldClock {
    /// A world whose time 0 is the real moment `start`; `speed` is at least 0.01.
    #[must_use]
    pub fn new(start: Ms, speed: f64) -> Self {
        Self { start, speed: speed.max(0.01) }
    }

    /// World time of a real moment.
    #[must_use]
    pub fn world(&self, real: Ms) -> Ms {
        Ms(scale(real.since(self.start).0, self.speed))
    }

    /// Real moment of a world time.
    #[must_use]
    pub fn real(&self, world: Ms) -> Ms {
        self.start.after(Ms(scale(world.0, 1.0 / self.speed)))
    }

    /// World milliseconds for each real one.
    #[must_use]
    pub fn speed(&self) -> f64 {
        self.speed
    }
}

#[expect(clippy::cast_precision_loss, reason = "spans of centuries in ms stay below 2^53")]
#[expect(clippy::cast_possible_truncation, reason = "float to integer casts saturate")]
fn scale(ms: i64, factor: f64) -> i64 {
    (ms as f64 * factor).round() as i64
}

/// A span as people say it: `3 min 20 s`.
#[must_use]
pub fn span(span: Ms) -> String {
    let seconds = span.0.div_euclid(1000);
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, 0) => format!("{minutes} min"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn world_time_runs_so_many_times_faster() {
        let clock = WorldClock::new(Ms(1_000_000), 20.0);
        assert_eq!(clock.world(Ms(1_001_000)), Ms(20_000));
        assert_eq!(clock.real(Ms(20_000)), Ms(1_001_000));
    }

    #[test]
    fn spans_are_said_as_people_do() {
        assert_eq!(span(Ms(30_000)), "30 s");
        assert_eq!(span(Ms(120_000)), "2 min");
        assert_eq!(span(Ms(200_500)), "3 min 20 s");
    }
}
