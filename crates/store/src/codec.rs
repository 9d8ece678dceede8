//! Readings as compact bytes: in batches as they came ([`Batch`], for the journal), and in columns of one point
//! ([`chunk`], for the history). Decoders are fed with files: they never panic and name what is wrong.

mod batch;
pub mod chunk;
mod decimal;
mod varint;

pub use batch::{Batch, BatchReader, Kept};

/// Why bytes are not what they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// They end too early, or a number in them has no end.
    #[error("cut off at byte {at}")]
    CutOff {
        /// Where the missing part should begin.
        at: usize,
    },
    /// A byte that has no meaning.
    #[error("byte {at} has no meaning")]
    Unknown {
        /// Where.
        at: usize,
    },
    /// More follows than the head announced.
    #[error("{more} bytes too many")]
    TooLong {
        /// How many.
        more: usize,
    },
    /// A count that no writer ever writes: refused before memory is taken for it.
    #[error("{count} readings announced, more than ever written")]
    TooMany {
        /// The count found.
        count: u64,
    },
}
