//! The word that stands for a record in what one grant gives.

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::RecordId;

/// Bytes of the word: no two of a thousand million records share it, and it can still be read out.
const BYTES: usize = 12;

/// The same for the same record and secret; without the secret nobody finds the record, and rows of two grants cannot be joined.
pub(super) fn pseudonym(secret: &[u8], kind: &str, id: RecordId) -> String {
    // A key of any length will do (RFC 2104, section 2).
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return String::new() };
    mac.update(kind.as_bytes());
    mac.update(&[0]);
    mac.update(&id.0.to_be_bytes());
    let bytes = mac.finalize().into_bytes();
    bytes.iter().take(BYTES).fold(String::with_capacity(2 * BYTES), |mut word, byte| {
        // Writing into a string cannot fail.
        let _written = write!(word, "{byte:02x}");
        word
    })
}
