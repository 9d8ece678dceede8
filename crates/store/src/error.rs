//! What can go wrong with stable storage.

use std::path::{Path, PathBuf};

use crate::codec::CodecError;

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
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Another process works on this folder.
    #[error("{0} is in use by another process")]
    InUse(PathBuf),
    /// The folder has data, which would be lost.
    #[error("{0} has data already")]
    HasData(PathBuf),
    /// Written by a newer version of the program, which may mean other things by it.
    #[error(
        "{path} has format {found}, this program knows {known}: use the program that wrote it, or a newer one"
    )]
    Newer {
        /// Which file.
        path: PathBuf,
        /// The format found.
        found: u32,
        /// The newest format that is known.
        known: u32,
    },
    /// A restore into this folder did not come to its end: what lies there fits together by accident only.
    #[error("a restore into {0} was interrupted: run it again, with --force")]
    Unfinished(PathBuf),
    /// Stored bytes cannot be read: the file is damaged or was changed by hand.
    #[error("stored data is damaged: {0}")]
    Damaged(String),
    /// A list that people work through is full; nothing was stored.
    #[error("too many {0}")]
    TooMany(&'static str),
}

impl StoreError {
    /// Whether the file or its disk is full.
    #[must_use]
    pub fn is_full(&self) -> bool {
        let Self::Database(error) = self else { return false };
        error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull)
    }

    /// For `map_err` on what is done with a file.
    pub(crate) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.to_owned();
        |source| Self::File { path, source }
    }
}

impl From<CodecError> for StoreError {
    fn from(error: CodecError) -> Self {
        Self::Damaged(format!("readings: {error}"))
    }
}
