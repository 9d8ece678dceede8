//! Readings of a message, appended to those of others.

use helan_kernel::{Ms, Reading};
use helan_protocol::device::{Moments, Outcome, Refused, admit};

use crate::directory::Entry;

/// Reads a payload for a device: good readings are appended to `into`, others are named. `arrival` is the moment that
/// readings without a time get.
///
/// # Errors
/// When the payload as a whole cannot be read: then nothing is appended.
pub fn read(
    entry: &Entry,
    payload: &[u8],
    now: Ms,
    arrival: Ms,
    into: &mut Vec<Reading>,
) -> Result<Outcome, Refused> {
    let mark = into.len();
    let read =
        admit(entry, payload, Moments { now, arrival }, &mut |reading, _| into.push(reading));
    if read.is_err() {
        into.truncate(mark);
    }
    read
}
