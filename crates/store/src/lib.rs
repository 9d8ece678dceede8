//! Stable storage of one node.
//!
//! This room owns the files of the data directory: the journal (every turn, durable before anything leaves), the history
//! (what people ask for: readings in column chunks, alarms, incidents, notices, audit chain), accounts, and snapshots of
//! the engine. It must not decide anything, and it must not know of sockets.
//!
//! Start reading at [`Journal::append`]: the one durable write of the platform.

pub mod accounts;
mod db;
mod error;
mod journal;

pub use error::StoreError;
pub use journal::{Journal, StoredTurn, Turn};
