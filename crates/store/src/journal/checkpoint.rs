//! Moves what was committed from the log of SQLite into its file, on a thread and connection of its own.
//!
//! A checkpoint of SQLite can end the log only when nothing was committed while it ran. Under steady load that never
//! happens by itself and the log would grow without bound. So when the thread has moved a log that is long enough, the
//! writer moves what little came meanwhile itself, before its next commit: a sync or two, once in thousands of commits.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, RecvTimeoutError, SyncSender, TrySendError},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use rusqlite::Connection;

use crate::{StoreError, background};

/// Bytes of a page in the log, with its head.
const PAGE: usize = 4096 + 24;
/// Pages committed before the thread is woken (4 MiB).
const WAKE_PAGES: usize = 1024;
/// Length from which on the log is ended (16 MiB): short enough for the disk, long enough that ending it is rare.
const LONG_PAGES: i64 = 4096;
/// The thread also looks by itself this often.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub struct Checkpointer {
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    long: Arc<AtomicBool>,
    /// Pages committed since the thread was woken, about.
    pages: usize,
}

impl Checkpointer {
    pub fn start(file: &Path) -> Result<Self, StoreError> {
        let db = Connection::open(file)?;
        db.execute_batch("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;")?;
        let (wake, woken) = mpsc::sync_channel(1);
        let long = Arc::new(AtomicBool::new(false));
        let mark = long.clone();
        let thread = thread::Builder::new()
            .name("helan-checkpoint".into())
            .spawn(move || {
                background::give_way();
                while !matches!(woken.recv_timeout(PATIENCE), Err(RecvTimeoutError::Disconnected)) {
                    // A checkpoint that fails is tried again; if the disk is gone, the writer says so.
                    if checkpoint(&db).is_ok_and(|pages| pages >= LONG_PAGES) {
                        mark.store(true, Ordering::Relaxed);
                    }
                }
            })
            .map_err(StoreError::file(file))?;
        Ok(Self { wake: Some(wake), thread: Some(thread), long, pages: 0 })
    }

    /// Notes that so many bytes were committed.
    pub fn wrote(&mut self, bytes: usize) {
        // The row, and the pages that it does not fill.
        self.pages += bytes / PAGE + 2;
        if self.pages >= WAKE_PAGES
            && let Some(wake) = &self.wake
        {
            match wake.try_send(()) {
                Ok(()) | Err(TrySendError::Disconnected(())) => self.pages = 0,
                // Still at the last one: asked again with the next commit.
                Err(TrySendError::Full(())) => {}
            }
        }
    }

    /// Ends a log that has become long: called by the writer before a commit.
    pub fn finish(&self, writer: &Connection) -> Result<(), StoreError> {
        if self.long.swap(false, Ordering::Relaxed) {
            checkpoint(writer)?;
        }
        Ok(())
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been printed; nothing is lost by it.
            drop(thread.join());
        }
    }
}

/// Moves what can be moved without waiting for anybody. Gives the length of the log in pages.
fn checkpoint(db: &Connection) -> rusqlite::Result<i64> {
    db.prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")?.query_row([], |row| row.get(1))
}
