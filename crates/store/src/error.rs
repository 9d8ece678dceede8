//! What can go wrong with stable storage.

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or failed; nothing of the transaction is kept.
    #[error("database: {0}")]
    Database(#[from] rusqlite::Error),
    /// A file or folder could not be used.
    #[error("file {path}: {source}")]
    File {
        /// Which file.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Stored bytes cannot be read: the file is damaged or was changed by hand.
    #[error("stored data is damaged: {0}")]
    Damaged(String),
}
