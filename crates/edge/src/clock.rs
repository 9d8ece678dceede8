//! The only place that reads the machine's clocks.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use helan_kernel::Ms;
use helan_node::Steady;

/// Now, UTC.
#[expect(clippy::disallowed_methods, reason = "this is the clock module of the binary")]
pub fn now() -> Ms {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// A clock that is handed down.
pub type Clock = Box<dyn Fn() -> Ms + Send + Sync>;

/// The agent's clock: the machine's, but never before `floor` and never backwards (see [`Steady`]).
pub fn steady(floor: Ms) -> Clock {
    let began = instant();
    let steady = Mutex::new(Steady::new(floor, now()));
    Box::new(move || {
        // Nothing that can fail runs under the lock, so a poisoned one is still whole.
        let mut steady = steady.lock().unwrap_or_else(PoisonError::into_inner);
        steady.at(now(), instant().saturating_duration_since(began))
    })
}

#[expect(clippy::disallowed_methods, reason = "this is the clock module of the binary")]
fn instant() -> Instant {
    Instant::now()
}

/// A span between half of this one and one and a half of it, so that sites do not come back in step after a power cut.
pub fn jitter(span: Duration) -> Duration {
    // The standard library seeds its hashers from the operating system: enough for this.
    let percent = RandomState::new().hash_one(()) % 101 + 50;
    span.saturating_mul(u32::try_from(percent).unwrap_or(100)) / 100
}
