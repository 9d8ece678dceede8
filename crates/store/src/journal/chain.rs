//! The audit chain: each link is a hash over the link before and the row it belongs to, so that no row can be changed,
//! taken out or moved without breaking all links after it.

use std::fmt;

use helan_kernel::Ms;
use sha2::{Digest, Sha256};

use crate::StoreError;

/// SHA-256(link before ‖ seq ‖ at ‖ acts), numbers as eight bytes, least first.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Link([u8; 32]);

impl Link {
    /// What the first link hangs on.
    pub const START: Self = Self([0; 32]);

    /// The link of the next row.
    #[must_use]
    pub fn next(self, seq: u64, at: Ms, acts: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(seq.to_le_bytes());
        hash.update(at.0.to_le_bytes());
        hash.update(acts);
        Self(hash.finalize().into())
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A link as it was stored.
    ///
    /// # Errors
    /// When it does not have 32 bytes.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, StoreError> {
        let bytes = bytes.try_into().map_err(|_length| {
            StoreError::Damaged(format!("a link of the audit chain has {} bytes", bytes.len()))
        })?;
        Ok(Self(bytes))
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Link({self})")
    }
}
