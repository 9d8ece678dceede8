//! The device API: payloads of devices that speak JSON or SenML (RFC 8428). See docs/protocols/device-api.md.

mod admit;
mod json;
mod message;
mod reply;
mod samples;
mod senml;

pub use admit::{Arrivals, MAX_AGE, MAX_AHEAD, Moments, Outcome, Points, Refused, admit};
pub use message::{command, speech};
pub use reply::{About, Reply, reply};
pub use samples::{Fault, Format, Malformed, Reason, Sample, detect, read, read_as};

/// Largest payload, in bytes: a batch of several thousand readings.
pub const MAX_PAYLOAD: usize = 256 * 1024;
/// Readings in one message: what a gateway gathers in some minutes.
pub const MAX_READINGS: usize = 10_000;
/// Longest name of a point, in bytes.
pub const MAX_NAME: usize = 128;
/// Longest text of a device for people, in characters.
pub const MAX_DETAIL: usize = 200;
