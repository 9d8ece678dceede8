//! CAP 1.2 (OASIS Common Alerting Protocol, ITU-T X.1303 bis): warnings as others read them.
//!
//! [`write`](write()) makes the document of a warning, [`feed`] the Atom feed (RFC 4287) of documents, [`parse`] reads any CAP
//! document strictly. Times carry the zone +08:00, never `Z` (CAP 1.2 §3.2.1 forbids it).

mod feed;
mod model;
mod parse;
mod write;
mod xml;

#[cfg(test)]
mod tests;

pub use feed::{FeedEntry, feed};
pub use model::{Alert, Area, Info, Named, Reference, Resource};
pub use parse::{CapError, Fault, Limits, parse};
pub use write::{Issuer, document_name, identifier, write};

use helan_kernel::Ms;
use jiff::{Timestamp, tz::Offset};

/// Namespace of CAP 1.2.
pub const NAMESPACE: &str = "urn:oasis:names:tc:emergency:cap:1.2";
/// Media type of a CAP document.
pub const MEDIA_TYPE: &str = "application/cap+xml";

/// A moment as CAP writes it: seconds, zone +08:00.
#[must_use]
pub fn time(at: Ms) -> String {
    let at = Timestamp::from_millisecond(at.0).unwrap_or(Timestamp::UNIX_EPOCH);
    let zone = Offset::constant(8).to_time_zone();
    at.to_zoned_datetime(zone).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// A moment as CAP writes it, read back.
///
/// `None` when the text is not of the form `YYYY-MM-DDThh:mm:ss±hh:mm`.
#[must_use]
pub fn read_time(text: &str) -> Option<Ms> {
    let shape = text.len() == 25
        && text.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            10 => byte == b'T',
            13 | 16 | 22 => byte == b':',
            19 => byte == b'+' || byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !shape {
        return None;
    }
    text.parse::<Timestamp>().ok().map(|at| Ms(at.as_millisecond()))
}
