//! The clock: the only place of the server that asks what time it is.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use helan_kernel::Ms;

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
