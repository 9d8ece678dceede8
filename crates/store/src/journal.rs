//! The journal: one row for each turn, one durable transaction for each row.

use std::path::Path;

use helan_kernel::{Ms, Reading};

use crate::StoreError;

/// What a turn writes.
#[derive(Clone, Copy, Debug)]
pub struct Turn<'a> {
    /// Moment of the turn.
    pub at: Ms,
    /// Readings, in the order the engine saw them.
    pub readings: &'a [Reading],
    /// The other events with their places among the readings, and all effects; empty when there are none.
    pub acts: &'a [u8],
}

/// A turn as it is read back.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredTurn {
    /// Number, from 1, without gaps.
    pub seq: u64,
    /// Moment of the turn.
    pub at: Ms,
    /// Readings.
    pub readings: Vec<Reading>,
    /// Acts, as they were written.
    pub acts: Vec<u8>,
}

/// The journal of a node.
#[derive(Debug)]
pub struct Journal {
    seq: u64,
}

impl Journal {
    /// Opens the journal in a folder; makes it when it is new.
    ///
    /// # Errors
    /// When the folder or file cannot be used.
    pub fn open(_folder: &Path) -> Result<Self, StoreError> {
        Ok(Self { seq: 0 })
    }

    /// Writes a turn. On return it is on stable storage.
    ///
    /// # Errors
    /// When the disk fails or is full: nothing of the turn is kept.
    pub fn append(&mut self, _turn: &Turn<'_>) -> Result<u64, StoreError> {
        self.seq += 1;
        Ok(self.seq)
    }

    /// Reads the turns after `seq` back, in order.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn replay(
        &self,
        _after: u64,
        _each: &mut dyn FnMut(StoredTurn) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        Ok(())
    }

    /// Number of the last turn.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.seq
    }
}
