//! Stable storage of one node.
//!
//! This room owns the files of the data directory: the journal (every turn, durable before anything leaves), the history
//! (what people ask for: readings in column chunks, alarms, incidents, notices, audit chain), accounts, and snapshots of
//! the engine. It must not decide anything, and it must not know of sockets.
//!
//! Start reading at [`Journal::append`]: the one durable write of the platform.

pub mod accounts;
mod acts;
mod background;
pub mod backup;
pub mod base;
pub mod codec;
mod db;
pub mod desk;
pub mod documents;
mod error;
pub mod history;
mod journal;
mod snapshot;
mod verify;

pub use acts::{Act, ActRef, Acts};
pub use background::give_way;
pub use error::StoreError;
pub use history::{History, Pace, Projector};
pub use journal::{Enough, Journal, JournalReader, Link, StoredTurn, Turn};
pub use snapshot::{Snapshot, SnapshotWriter, snapshots};
pub use verify::{Difference, VerifyReport, verify, verify_records};
