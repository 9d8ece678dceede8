//! Snapshots: the whole state of the engine after a turn, so that a start need not replay everything.
//!
//! A snapshot is written beside the running node, under another name first, and gets its name when it is on stable
//! storage: a file that has the name is whole, unless the disk damaged it, and then the one before is used.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{self, SyncSender},
    },
    thread::{self, JoinHandle},
};

use sha2::{Digest, Sha256};

use crate::{Link, StoreError, background};

const MAGIC: &[u8; 8] = b"HELANSN1";
/// Magic, number of the turn, link, checksum of these and the body.
const HEAD: usize = 8 + 8 + 32 + 32;
/// Snapshots kept: the newest, and one more should it be damaged.
const KEPT: usize = 2;

/// The state after a turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Number of the turn.
    pub seq: u64,
    /// End of the audit chain there.
    pub link: Link,
    /// The state, as the engine saved it.
    pub state: Vec<u8>,
}

impl Snapshot {
    /// Reads a snapshot file.
    ///
    /// # Errors
    /// When it cannot be read or is damaged.
    pub fn read(path: &Path) -> Result<Self, StoreError> {
        let mut bytes = fs::read(path).map_err(StoreError::file(path))?;
        let damaged = || StoreError::Damaged(format!("snapshot {}", path.display()));
        let head = bytes.first_chunk::<HEAD>().ok_or_else(damaged)?;
        let (magic, rest) = head.split_first_chunk::<8>().ok_or_else(damaged)?;
        let (seq, rest) = rest.split_first_chunk::<8>().ok_or_else(damaged)?;
        let (link, sum) = rest.split_first_chunk::<32>().ok_or_else(damaged)?;
        let (seq, link) = (u64::from_le_bytes(*seq), Link::from_slice(link)?);
        let state = bytes.get(HEAD..).unwrap_or(&[]);
        if magic != MAGIC || checksum(seq, &link, state) != *sum {
            return Err(damaged());
        }
        bytes.drain(..HEAD);
        Ok(Self { seq, link, state: bytes })
    }

    /// Writes a snapshot into a folder. On return it is on stable storage under its name.
    ///
    /// # Errors
    /// When the disk fails or is full: then there is no file of that name.
    pub fn write(&self, folder: &Path) -> Result<PathBuf, StoreError> {
        let path = folder.join(format!("snapshot-{:020}.bin", self.seq));
        let part = path.with_extension("part");
        let mut file = File::create(&part).map_err(StoreError::file(&part))?;
        let parts: [&[u8]; 5] = [
            MAGIC,
            &self.seq.to_le_bytes(),
            self.link.as_bytes(),
            &checksum(self.seq, &self.link, &self.state),
            &self.state,
        ];
        parts
            .into_iter()
            .try_for_each(|bytes| file.write_all(bytes))
            .and_then(|()| file.sync_all())
            .map_err(StoreError::file(&part))?;
        drop(file);
        fs::rename(&part, &path).map_err(StoreError::file(&path))?;
        sync_folder(folder)?;
        Ok(path)
    }
}

fn checksum(seq: u64, link: &Link, state: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(seq.to_le_bytes());
    hash.update(link.as_bytes());
    hash.update(state);
    hash.finalize().into()
}

/// Makes names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    File::open(folder).and_then(|file| file.sync_all()).map_err(StoreError::file(folder))
}

/// The snapshots of a folder, newest first: number of the turn and file.
///
/// # Errors
/// When the folder cannot be read.
pub fn snapshots(folder: &Path) -> Result<Vec<(u64, PathBuf)>, StoreError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(StoreError::file(folder))? {
        let path = entry.map_err(StoreError::file(folder))?.path();
        let seq = path
            .file_name()
            .and_then(|name| name.to_str()?.strip_prefix("snapshot-")?.strip_suffix(".bin"))
            .and_then(|seq| seq.parse().ok());
        if let Some(seq) = seq {
            found.push((seq, path));
        }
    }
    found.sort_unstable_by_key(|(seq, _)| std::cmp::Reverse(*seq));
    Ok(found)
}

/// Removes all but the newest snapshots, and what an interrupted writer left.
fn prune(folder: &Path) -> Result<(), StoreError> {
    for (_, path) in snapshots(folder)?.into_iter().skip(KEPT) {
        fs::remove_file(&path).map_err(StoreError::file(&path))?;
    }
    for entry in fs::read_dir(folder).map_err(StoreError::file(folder))? {
        let path = entry.map_err(StoreError::file(folder))?.path();
        if path.extension().is_some_and(|end| end == "part") {
            fs::remove_file(&path).map_err(StoreError::file(&path))?;
        }
    }
    Ok(())
}

/// The turn up to which all snapshots kept reach: the journal may lose what lies before. 0 while there are too few.
fn covered(folder: &Path) -> Result<u64, StoreError> {
    Ok(snapshots(folder)?.get(KEPT - 1).map_or(0, |(seq, _)| *seq))
}

/// Makes a snapshot on the thread of the writer; none when it cannot.
type Make = Box<dyn FnOnce() -> Option<Snapshot> + Send>;

/// Makes and writes snapshots on a thread of its own, one at a time.
#[derive(Debug)]
pub struct SnapshotWriter {
    work: Option<SyncSender<Make>>,
    thread: Option<JoinHandle<()>>,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// See [`covered`].
    covered: AtomicU64,
    /// Whether one is being written.
    busy: AtomicBool,
    /// Snapshots that could not be made or written.
    failures: AtomicU64,
    /// Whether the last one could not be made.
    unmade: AtomicBool,
    /// Bytes of the last one.
    size: AtomicU64,
}

impl Shared {
    fn run(&self, folder: &Path, make: Make) {
        let made = make();
        self.unmade.store(made.is_none(), Ordering::Release);
        let write = |snapshot: Snapshot| {
            self.size.store(snapshot.state.len() as u64, Ordering::Relaxed);
            snapshot.write(folder).and_then(|_| prune(folder)).and_then(|()| covered(folder))
        };
        match made.map(write) {
            Some(Ok(covered)) => self.covered.store(covered, Ordering::Release),
            // The journal is kept as long as snapshots do not cover it: nothing is lost, a start takes longer.
            Some(Err(_)) | None => {
                self.failures.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.busy.store(false, Ordering::Release);
    }
}

impl SnapshotWriter {
    /// Starts the thread for a folder.
    ///
    /// # Errors
    /// When the folder cannot be read or the thread not started.
    pub fn start(folder: &Path) -> Result<Self, StoreError> {
        prune(folder)?;
        let shared = Arc::new(Shared::default());
        shared.covered.store(covered(folder)?, Ordering::Release);
        let (work, jobs) = mpsc::sync_channel::<Make>(1);
        let own = (shared.clone(), folder.to_owned());
        let thread = thread::Builder::new()
            .name("helan-snapshot".into())
            .spawn(move || {
                background::give_way();
                let (shared, folder) = own;
                while let Ok(make) = jobs.recv() {
                    shared.run(&folder, make);
                }
            })
            .map_err(StoreError::file(folder))?;
        Ok(Self { work: Some(work), thread: Some(thread), shared })
    }

    /// Whether a snapshot would be taken now. One that waited for another to be written would be old when its turn comes.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        !self.shared.busy.load(Ordering::Acquire)
    }

    /// Has a snapshot made and written. Does nothing while another is under way.
    pub fn offer(&self, make: impl FnOnce() -> Option<Snapshot> + Send + 'static) {
        if let Some(work) = &self.work
            && !self.shared.busy.swap(true, Ordering::AcqRel)
        {
            // Fails only when the thread died; then the journal has all.
            drop(work.send(Box::new(make)));
        }
    }

    /// Whether the last snapshot could not be made.
    #[must_use]
    pub fn is_unmade(&self) -> bool {
        self.shared.unmade.load(Ordering::Acquire)
    }

    /// Bytes of the state of the last snapshot; 0 before the first.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.shared.size.load(Ordering::Relaxed)
    }

    /// Writes a last snapshot after what is under way, and waits for it. Takes no more afterwards.
    pub fn finish(&mut self, last: Option<Snapshot>) {
        if let (Some(work), Some(snapshot)) = (&self.work, last) {
            // Fails only when the thread died; then the journal has all.
            drop(work.send(Box::new(|| Some(snapshot))));
        }
        self.join();
    }

    /// The turn up to which the journal is no longer needed for a start.
    #[must_use]
    pub fn covered(&self) -> u64 {
        self.shared.covered.load(Ordering::Acquire)
    }

    /// Tells how many snapshots could not be made or written since the start: more than none means that the disk needs a look.
    pub fn failures(&self) -> impl Fn() -> u64 + Send + Sync + use<> {
        let shared = self.shared.clone();
        move || shared.failures.load(Ordering::Relaxed)
    }

    fn join(&mut self) {
        self.work = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

impl Drop for SnapshotWriter {
    fn drop(&mut self) {
        self.join();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(seq: u64) -> Snapshot {
        Snapshot { seq, link: Link::START, state: seq.to_le_bytes().repeat(100) }
    }

    #[test]
    fn a_snapshot_comes_back_and_damage_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = snapshot(7).write(folder.path()).unwrap();
        assert_eq!(Snapshot::read(&path).unwrap(), snapshot(7));
        let whole = fs::read(&path).unwrap();
        for at in [0, 9, 20, 60, HEAD + 5, whole.len() - 1] {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            fs::write(&path, &bytes).unwrap();
            assert!(Snapshot::read(&path).is_err(), "{at}");
        }
        for length in [0, 10, HEAD, whole.len() - 1] {
            fs::write(&path, &whole[..length]).unwrap();
            assert!(Snapshot::read(&path).is_err(), "{length}");
        }
    }

    #[test]
    fn the_newest_two_are_kept_and_cover_the_journal_up_to_the_older() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("snapshot-00000000000000000009.part"), "half").unwrap();
        let mut covered = Vec::new();
        for seq in [10, 20, 30] {
            let mut writer = SnapshotWriter::start(folder.path()).unwrap();
            writer.finish(Some(snapshot(seq)));
            covered.push(SnapshotWriter::start(folder.path()).unwrap().covered());
        }
        assert_eq!(covered, [0, 10, 20]);
        let kept: Vec<u64> =
            snapshots(folder.path()).unwrap().into_iter().map(|(seq, _)| seq).collect();
        assert_eq!(kept, [30, 20]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
