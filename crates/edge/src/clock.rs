//! The only place that reads the machine's clocks.

use std::{
    hash::{BuildHasher as _, RandomState},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use helan_kernel::Ms;

/// Now, UTC.
#[expect(clippy::disallowed_methods, reason = "this is the clock module of the binary")]
pub fn now() -> Ms {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// A span between half of this one and one and a half of it, so that sites do not come back in step after a power cut.
pub fn jitter(span: Duration) -> Duration {
    // The standard library seeds its hashers from the operating system: enough for this.
    let percent = RandomState::new().hash_one(()) % 101 + 50;
    span.saturating_mul(u32::try_from(percent).unwrap_or(100)) / 100
}
