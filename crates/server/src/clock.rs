//! The clock: the only place of the server that asks what time it is.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use helan_kernel::Ms;
use helan_node::Steady;

/// A clock that can be handed down; tests hand down their own.
pub type Clock = Arc<dyn Fn() -> Ms + Send + Sync>;

/// What time it is, by the system's clock.
#[must_use]
pub fn now() -> Ms {
    #[expect(clippy::disallowed_methods, reason = "this is the clock module")]
    let now = SystemTime::now();
    let since = now.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// A moment for measuring spans; never jumps.
#[must_use]
pub fn instant() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "this is the clock module")]
    let now = Instant::now();
    now
}

/// The system's clock.
#[must_use]
pub fn system() -> Clock {
    Arc::new(now)
}

/// The clock of a platform: the system's, but never before `floor` and never backwards (see [`Steady`]).
#[must_use]
pub fn steady(floor: Ms) -> Clock {
    let (began, wall) = (instant(), now());
    let steady = Mutex::new(Steady::new(floor, wall));
    if wall < floor {
        let behind = floor.since(wall).0;
        tracing::error!(behind, "the clock of this machine is behind what the platform has seen");
    }
    Arc::new(move || {
        // Nothing that can fail runs under the lock, so a poisoned one is still whole.
        let mut steady = steady.lock().unwrap_or_else(PoisonError::into_inner);
        steady.at(now(), instant().saturating_duration_since(began))
    })
}
