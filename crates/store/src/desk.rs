//! What people agree upon beside the records of the base database: `desk.db`.
//!
//! One module for each desk; each brings its own tables. Records themselves are in `base.gpkg`, which goes out of the house as it
//! is, so nothing that only the house may know belongs there. Everything here may wait for the disk.

mod duty;
mod review;
mod risk;

use std::{
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use rusqlite::Connection;

use crate::{StoreError, db};

pub use duty::{CallDown, Shift};
pub use review::{Review, ReviewPage, ReviewState};
pub use risk::{RiskPage, RiskPut, RiskRow};

/// Name of the file in the data folder.
pub(crate) const FILE: &str = "desk.db";

/// The tables of all desks; each is made when it is not there.
const SCHEMAS: &[&str] = &[duty::SCHEMA, review::SCHEMA, risk::SCHEMA];

/// The file of the desks.
pub struct Desk {
    db: Mutex<Connection>,
}

impl Desk {
    /// Opens the file in a data folder; makes it when it is new.
    ///
    /// # Errors
    /// When it cannot be used, or a newer program wrote it.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let db = db::open(&folder.join(FILE), "", &SCHEMAS.concat())?;
        Ok(Self { db: Mutex::new(db) })
    }

    /// The file, for one desk at a time.
    fn db(&self) -> MutexGuard<'_, Connection> {
        // A transaction that did not end was rolled back: the file is whole.
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
