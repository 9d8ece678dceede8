//! The clock of the connections: the only place of this room that asks what time it is. It is tokio's, so that tests can
//! stop it.

use tokio::time::Instant;

/// A moment for time limits; never jumps.
pub(crate) fn now() -> Instant {
    Instant::now()
}
