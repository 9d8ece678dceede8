//! Backup beside the running node, and the way back.
//!
//! A backup is a folder with copies of the databases as they were at one moment, a snapshot of the engine, and a list of
//! the files with their hashes. History and journal are read in transactions begun one right after the other, history
//! first: the journal then has every turn that the copied history lacks.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use helan_kernel::Ms;
use rusqlite::{Connection, backup::Backup as Copy};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    JournalReader, Link, Snapshot, StoreError, base, db, desk, documents, history, journal,
    snapshot::{snapshots, sync_folder},
};

/// The list of the files of a backup.
const MANIFEST: &str = "backup.json";
/// Stands in a data folder while a restore is under way.
const MARK: &str = "restoring";
/// Name of the accounts' file.
const ACCOUNTS: &str = "accounts.db";
/// Format of backups.
const FORMAT: u32 = 1;
/// How often a moment is looked for at which history and journal fit. They fail to only when rows are trimmed between
/// two statements.
const TRIES: u32 = 20;
/// Bytes read at once.
const CHUNK: usize = 1 << 20;

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Format of backups.
    format: u32,
    /// When it was made, milliseconds since 1970.
    pub made: i64,
    /// The last turn in it.
    pub turn: u64,
    /// Link of the audit chain there: it stands in the chain for ever (`helan verify --contains`).
    pub link: String,
    /// Its files.
    pub files: BTreeMap<String, Sum>,
}

/// A file of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sum {
    /// Length.
    pub bytes: u64,
    /// SHA-256.
    pub sha256: String,
}

/// History and journal at one moment.
struct Pinned {
    history: Connection,
    journal: JournalReader,
    turn: u64,
    link: Link,
    snapshots: Vec<Snapshot>,
}

/// Copies a data folder, also beside the running node, into a new folder.
///
/// # Errors
/// When `into` exists, or a file cannot be read or written. Then there is no backup of that name.
pub fn backup(folder: &Path, into: &Path, now: Ms) -> Result<Manifest, StoreError> {
    if into.exists() {
        return Err(StoreError::HasData(into.to_owned()));
    }
    let mut part = into.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    if part.exists() {
        fs::remove_dir_all(&part).map_err(StoreError::file(&part))?;
    }
    make_folder(&part).map_err(StoreError::file(&part))?;
    let manifest = fill(folder, &part, now)?;
    fs::rename(&part, into).map_err(StoreError::file(into))?;
    let parent = into.parent().filter(|parent| !parent.as_os_str().is_empty());
    sync_folder(parent.unwrap_or(Path::new(".")))?;
    Ok(manifest)
}

fn fill(folder: &Path, part: &Path, now: Ms) -> Result<Manifest, StoreError> {
    refuse_unfinished(folder)?;
    let pinned = pin(folder)?;
    for snapshot in &pinned.snapshots {
        snapshot.write(part)?;
    }
    copy_database(pinned.journal.db(), &part.join(journal::FILE))?;
    copy_database(&pinned.history, &part.join(history::FILE))?;
    for name in [ACCOUNTS, desk::FILE, documents::FILE] {
        let from = folder.join(name);
        if from.is_file() {
            copy_database(&db::open_reader(&from)?, &part.join(name))?;
        }
    }
    let records = folder.join(base::FILE);
    if records.is_file() {
        copy_database(&base::open_reader(&records)?, &part.join(base::FILE))?;
    }
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(part).map_err(StoreError::file(part))? {
        let path = entry.map_err(StoreError::file(part))?.path();
        files.insert(name_of(&path), sum(&path)?);
    }
    let Pinned { turn, link, .. } = pinned;
    let manifest = Manifest { format: FORMAT, made: now.0, turn, link: link.to_string(), files };
    let text = serde_json::to_vec_pretty(&manifest)
        .map_err(|error| StoreError::Damaged(format!("list of files: {error}")))?;
    write_durable(&part.join(MANIFEST), &text)?;
    sync_folder(part)?;
    Ok(manifest)
}

/// Finds a moment at which the journal has all that the history lacks, and a state to begin from.
fn pin(folder: &Path) -> Result<Pinned, StoreError> {
    for _ in 0..TRIES {
        let history = db::open_reader(&folder.join(history::FILE))?;
        history.execute_batch("BEGIN")?;
        let position = history::positions(&history)?.both();
        let journal = JournalReader::open(folder)?;
        journal.db().execute_batch("BEGIN")?;
        let (trimmed, _) = journal.trimmed()?;
        let turn = journal.last()?;
        let link = journal.link_at(turn)?;
        if trimmed > position {
            continue;
        }
        let mut usable = Vec::new();
        for (seq, path) in snapshots(folder)? {
            if (trimmed..=turn).contains(&seq)
                && let Ok(snapshot) = Snapshot::read(&path)
                && journal.link_at(seq)? == snapshot.link
            {
                usable.push(snapshot);
            }
        }
        if trimmed == 0 || !usable.is_empty() {
            return Ok(Pinned { history, journal, turn, link, snapshots: usable });
        }
    }
    Err(StoreError::Damaged("no snapshot fits the journal".to_owned()))
}

fn copy_database(from: &Connection, to: &Path) -> Result<(), StoreError> {
    let mut copy = Connection::open(to)?;
    // One step: the transaction that pins the source ends with it.
    Copy::new(from, &mut copy)?.step(-1)?;
    copy.close().map_err(|(_, error)| error)?;
    File::open(to).and_then(|file| file.sync_all()).map_err(StoreError::file(to))
}

/// Reads a backup's list and compares every file with it.
///
/// # Errors
/// When it is no backup, of a newer format, or damaged.
pub fn check(from: &Path) -> Result<Manifest, StoreError> {
    let path = from.join(MANIFEST);
    let text = fs::read(&path).map_err(StoreError::file(&path))?;
    let manifest: Manifest = serde_json::from_slice(&text)
        .map_err(|error| StoreError::Damaged(format!("{}: {error}", path.display())))?;
    if manifest.format > FORMAT {
        let found = manifest.format;
        return Err(StoreError::Newer { path, found, known: FORMAT });
    }
    for (name, expected) in &manifest.files {
        let path = from.join(name);
        // A name with a folder in it would be written elsewhere.
        if name_of(&path) != *name || sum(&path)? != *expected {
            return Err(StoreError::Damaged(path.display().to_string()));
        }
    }
    Ok(manifest)
}

/// Puts a backup into a data folder. What was there is moved into a folder `replaced-…` in it, never deleted.
///
/// # Errors
/// When the backup is damaged, a node works on the folder, the folder has data and `force` is not set, or a file cannot be
/// written. After the last the folder does not open until a restore has come to its end.
pub fn restore(from: &Path, folder: &Path, force: bool, now: Ms) -> Result<Manifest, StoreError> {
    let manifest = check(from)?;
    make_folder(folder).map_err(StoreError::file(folder))?;
    let _lock = journal::lock(folder)?;
    let present = data_files(folder)?;
    if !present.is_empty() && !force {
        return Err(StoreError::HasData(folder.to_owned()));
    }
    let mark = folder.join(MARK);
    write_durable(&mark, b"")?;
    sync_folder(folder)?;
    if !present.is_empty() {
        let aside = folder.join(format!("replaced-{}", now.0));
        make_folder(&aside).map_err(StoreError::file(&aside))?;
        for path in present {
            let to = aside.join(name_of(&path));
            fs::rename(&path, &to).map_err(StoreError::file(&path))?;
        }
    }
    for name in manifest.files.keys() {
        let to = folder.join(name);
        fs::copy(from.join(name), &to).map_err(StoreError::file(&to))?;
        File::open(&to).and_then(|file| file.sync_all()).map_err(StoreError::file(&to))?;
    }
    sync_folder(folder)?;
    fs::remove_file(&mark).map_err(StoreError::file(&mark))?;
    sync_folder(folder)?;
    Ok(manifest)
}

/// Fails when a restore into the folder did not come to its end.
pub(crate) fn refuse_unfinished(folder: &Path) -> Result<(), StoreError> {
    match folder.join(MARK).exists() {
        true => Err(StoreError::Unfinished(folder.to_owned())),
        false => Ok(()),
    }
}

/// The files that a node keeps in its folder.
fn data_files(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(StoreError::file(folder))? {
        let path = entry.map_err(StoreError::file(folder))?.path();
        let name = name_of(&path);
        let database =
            [journal::FILE, history::FILE, ACCOUNTS, base::FILE, desk::FILE, documents::FILE];
        if database.iter().any(|own| name.starts_with(own)) || name.starts_with("snapshot-") {
            found.push(path);
        }
    }
    Ok(found)
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn sum(path: &Path) -> Result<Sum, StoreError> {
    let mut file = File::open(path).map_err(StoreError::file(path))?;
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    let mut chunk = vec![0; CHUNK];
    loop {
        let count = file.read(&mut chunk).map_err(StoreError::file(path))?;
        if count == 0 {
            break;
        }
        hash.update(chunk.get(..count).unwrap_or_default());
        bytes += count as u64;
    }
    let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Sum { bytes, sha256 })
}

fn write_durable(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    use io::Write;
    let mut file = File::create(path).map_err(StoreError::file(path))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(StoreError::file(path))
}

/// People's data are nobody else's: a new folder is its owner's alone.
fn make_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Journal, Turn, codec::Batch, history::Writer, verify};

    /// A folder with a history of `projected` of its turns, the journal trimmed up to there, and a snapshot.
    fn folder(turns: u64, projected: u64) -> (tempfile::TempDir, Journal) {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path()).unwrap();
        let mut writer = Writer::open(folder.path()).unwrap();
        for n in 1..=turns {
            let at = Ms(i64::try_from(n).unwrap());
            journal.append(&Turn { at, readings: &Batch::default(), acts: &[2, 0, 0] }).unwrap();
            if n == projected {
                let reader = JournalReader::open(folder.path()).unwrap();
                writer.project(&reader).unwrap();
                writer.fold(&reader).unwrap();
                let state = b"state".to_vec();
                Snapshot { seq: n, link: journal.link(), state }.write(folder.path()).unwrap();
                journal.trim_to(n);
                journal.rest().unwrap();
            }
        }
        (folder, journal)
    }

    #[test]
    fn a_backup_beside_the_writer_comes_back_whole() {
        let (live, mut journal) = folder(40, 20);
        let other = tempfile::tempdir().unwrap();
        let (copy, fresh) = (other.path().join("copy"), other.path().join("fresh"));
        let manifest = backup(live.path(), &copy, Ms(7)).unwrap();
        assert_eq!((manifest.turn, manifest.link.clone()), (40, journal.link().to_string()));
        // Life goes on; the copy stays as it is.
        journal.append(&Turn { at: Ms(41), readings: &Batch::default(), acts: &[1] }).unwrap();
        assert_eq!(restore(&copy, &fresh, false, Ms(8)).unwrap(), manifest);
        let report = verify(&fresh).unwrap();
        assert_eq!((report.rows, report.first_bad), (40, None));
        let again = Journal::open(&fresh).unwrap();
        assert_eq!((again.last(), again.link().to_string()), (40, manifest.link));
        assert!(matches!(backup(live.path(), &copy, Ms(9)), Err(StoreError::HasData(_))));
    }

    #[test]
    fn the_base_database_and_its_desks_are_in_a_backup() {
        let (live, _journal) = folder(3, 2);
        let base = base::Base::open(live.path(), &helan_base::Kinds::default()).unwrap();
        let desk = desk::Desk::open(live.path()).unwrap();
        let documents = documents::Documents::open(live.path()).unwrap();
        let other = tempfile::tempdir().unwrap();
        let (copy, fresh) = (other.path().join("copy"), other.path().join("fresh"));
        backup(live.path(), &copy, Ms(7)).unwrap();
        drop((base, desk, documents));
        restore(&copy, &fresh, false, Ms(8)).unwrap();
        assert!(fresh.join(base::FILE).is_file());
        base::Base::open(&fresh, &helan_base::Kinds::default()).unwrap();
        assert!(fresh.join(desk::FILE).is_file() && fresh.join(documents::FILE).is_file());
    }

    #[test]
    fn data_is_replaced_only_by_force_and_kept_aside_and_never_under_a_running_node() {
        let (live, _journal) = folder(10, 5);
        let other = tempfile::tempdir().unwrap();
        let copy = other.path().join("copy");
        backup(live.path(), &copy, Ms(7)).unwrap();
        let (old, node) = folder(3, 2);
        assert!(matches!(restore(&copy, old.path(), true, Ms(8)), Err(StoreError::InUse(_))));
        drop(node);
        assert!(matches!(restore(&copy, old.path(), false, Ms(8)), Err(StoreError::HasData(_))));
        assert_eq!(Journal::open(old.path()).unwrap().last(), 3);
        restore(&copy, old.path(), true, Ms(8)).unwrap();
        assert_eq!(Journal::open(old.path()).unwrap().last(), 10);
        assert_eq!(Journal::open(&old.path().join("replaced-8")).unwrap().last(), 3);
    }

    #[test]
    fn a_damaged_backup_is_refused_and_changes_nothing() {
        let (live, _journal) = folder(10, 5);
        let other = tempfile::tempdir().unwrap();
        for name in [journal::FILE, history::FILE, "snapshot-00000000000000000005.bin"] {
            let copy = other.path().join(name);
            backup(live.path(), &copy, Ms(7)).unwrap();
            let mut bytes = fs::read(copy.join(name)).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(copy.join(name), bytes).unwrap();
            let fresh = other.path().join("fresh");
            assert!(matches!(restore(&copy, &fresh, false, Ms(8)), Err(StoreError::Damaged(_))));
            assert!(!fresh.exists(), "{name}");
        }
    }

    #[test]
    fn an_interrupted_restore_does_not_open() {
        let (live, journal) = folder(10, 5);
        drop(journal);
        fs::write(live.path().join(MARK), "").unwrap();
        let path = live.path();
        assert!(matches!(Journal::open(path), Err(StoreError::Unfinished(_))));
        assert!(matches!(crate::accounts::Accounts::open(path), Err(StoreError::Unfinished(_))));
    }

    #[test]
    fn a_newer_format_is_left_alone() {
        let (live, journal) = folder(10, 5);
        drop(journal);
        let db = Connection::open(live.path().join(journal::FILE)).unwrap();
        db.pragma_update(None, "user_version", db::FORMAT + 1).unwrap();
        assert!(matches!(Journal::open(live.path()), Err(StoreError::Newer { .. })));
        assert!(matches!(verify(live.path()), Err(StoreError::Newer { .. })));
    }
}
