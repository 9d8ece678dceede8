//! Walks the audit chain from its first row to its last: through the history, then through what only the journal has yet.
//! Can run beside the node.

use std::path::Path;

use helan_kernel::Ms;
use rusqlite::{Connection, Row, params};

pub use crate::history::{Difference, verify_records};
use crate::{JournalReader, Link, Snapshot, StoreError, db, history, snapshots};

/// What a walk along the chain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyReport {
    /// Rows that fit, from the first on.
    pub rows: u64,
    /// Link of the last of them. Kept somewhere else (on paper, with another office), it shows later whether the chain up to
    /// here is still the same.
    pub head: Link,
    /// Number of the first turn that does not fit: changed, out of its place, or the first after one that is missing.
    pub first_bad: Option<u64>,
}

impl VerifyReport {
    /// Whether the whole chain fits.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        self.first_bad.is_none()
    }
}

/// Rows read at once: no reader holds the database up for long.
const SLICE: u64 = 1000;

/// Verifies the audit chain of a folder.
///
/// # Errors
/// When the files cannot be read. A chain that does not fit is no error: see [`VerifyReport::first_bad`].
pub fn verify(folder: &Path) -> Result<VerifyReport, StoreError> {
    // Taken first: the journal has all that a snapshot has seen.
    let anchors = anchors(folder)?;
    let history = db::open_reader(&folder.join(history::FILE))?;
    let journal = JournalReader::open(folder)?;
    let mut walk = Walk::default();
    let begun = loop {
        let position = history::positions(&history)?.acts;
        walk.history(&history, position)?;
        let begun = journal.db().unchecked_transaction()?;
        // What the journal lost meanwhile is in the history by now: once more.
        if journal.trimmed()?.0 <= position {
            // Rows cut off at the end of the history leave no gap that a next row could show; the journal knows.
            if walk.report.is_good() && journal.link_at(position)? != walk.report.head {
                walk.report.first_bad = Some(position);
            }
            walk.seq = walk.seq.max(position);
            break begun;
        }
    };
    if walk.report.is_good() {
        let mut rows = begun.prepare(
            "SELECT seq, at, acts, link FROM turn
             WHERE seq > ?1 AND (acts IS NOT NULL OR link IS NOT NULL) ORDER BY seq",
        )?;
        let mut rows = rows.query([db::to_sql(walk.seq)])?;
        while walk.report.is_good()
            && let Some(row) = rows.next()?
        {
            walk.row(row)?;
        }
    }
    if walk.report.is_good() {
        let last = journal.last()?;
        walk.report.first_bad = anchors.iter().map(|(seq, _)| *seq).find(|seq| *seq > last);
        for (seq, link) in anchors {
            if walk.report.is_good() && link_at(&history, &journal, seq)? != link {
                walk.report.first_bad = Some(seq);
            }
        }
    }
    Ok(walk.report)
}

/// Turns and links that snapshots have seen: whoever cuts rows off at the end would have to cut these as well. Snapshots that
/// cannot be read are none (a start passes over them, too).
fn anchors(folder: &Path) -> Result<Vec<(u64, Link)>, StoreError> {
    let read = |(_, path): &(u64, std::path::PathBuf)| Snapshot::read(path).ok();
    let found = snapshots(folder)?;
    Ok(found.iter().filter_map(read).map(|snapshot| (snapshot.seq, snapshot.link)).collect())
}

/// The end of the chain after a turn, wherever its row is.
fn link_at(history: &Connection, journal: &JournalReader, seq: u64) -> Result<Link, StoreError> {
    if seq >= journal.trimmed()?.0 {
        return journal.link_at(seq);
    }
    let mut select =
        history.prepare("SELECT link FROM audit WHERE seq <= ?1 ORDER BY seq DESC LIMIT 1")?;
    let mut rows = select.query([db::to_sql(seq)])?;
    rows.next()?.map_or(Ok(Link::START), |row| Link::from_slice(&row.get::<_, Vec<u8>>(0)?))
}

struct Walk {
    report: VerifyReport,
    /// The last turn looked at.
    seq: u64,
}

impl Default for Walk {
    fn default() -> Self {
        Self { report: VerifyReport { rows: 0, head: Link::START, first_bad: None }, seq: 0 }
    }
}

impl Walk {
    fn history(&mut self, db: &Connection, to: u64) -> Result<(), StoreError> {
        let mut select = db.prepare(
            "SELECT seq, at, acts, link FROM audit WHERE seq > ?1 AND seq <= ?2
             ORDER BY seq LIMIT ?3",
        )?;
        loop {
            let mut rows =
                select.query(params![db::to_sql(self.seq), db::to_sql(to), db::to_sql(SLICE)])?;
            let mut count = 0;
            while let Some(row) = rows.next()? {
                count += 1;
                if !self.row(row)? {
                    return Ok(());
                }
            }
            if count < SLICE {
                return Ok(());
            }
        }
    }

    /// Looks at the next row. Says whether it fits.
    fn row(&mut self, row: &Row<'_>) -> Result<bool, StoreError> {
        let seq = db::from_sql(row.get(0)?);
        let blob = |at: usize| Ok::<_, StoreError>(row.get_ref(at)?.as_blob().unwrap_or(&[]));
        let due = self.report.head.next(seq, Ms(row.get(1)?), blob(2)?);
        self.seq = seq;
        let fits = blob(3)? == due.as_bytes();
        if fits {
            self.report.rows += 1;
            self.report.head = due;
        } else {
            self.report.first_bad = Some(seq);
        }
        Ok(fits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Journal, Turn, codec::Batch, history::Writer, journal};

    /// A folder whose history has the acts of the first `projected` of `turns` turns. Every second turn has acts.
    fn folder(turns: u64, projected: u64) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path()).unwrap();
        let mut writer = Writer::open(folder.path()).unwrap();
        for n in 1..=turns {
            // Acts that can be read: no events, no effects, and bytes after them are not looked at by the chain.
            let acts: &[u8] = if n.is_multiple_of(2) { &[2, 0, 0] } else { &[] };
            let at = Ms(i64::try_from(n).unwrap());
            journal.append(&Turn { at, readings: &Batch::default(), acts }).unwrap();
            if n == projected {
                writer.project(&JournalReader::open(folder.path()).unwrap()).unwrap();
                journal.trim_to(n);
                journal.rest().unwrap();
            }
        }
        folder
    }

    fn damage(folder: &Path, file: &str, sql: &str) {
        Connection::open(folder.join(file)).unwrap().execute_batch(sql).unwrap();
    }

    #[test]
    fn a_whole_chain_is_good_wherever_its_rows_are() {
        for (turns, projected) in [(0, 0), (20, 0), (20, 10), (20, 11), (20, 20)] {
            let folder = folder(turns, projected);
            let report = verify(folder.path()).unwrap();
            assert_eq!((report.rows, report.first_bad), (turns / 2, None), "{projected}");
            let head = Journal::open(folder.path()).unwrap().link();
            assert_eq!(report.head, head);
        }
    }

    #[test]
    fn changed_removed_and_moved_rows_are_found() {
        let check = |file: &str, sql: &str, first_bad: u64| {
            let folder = folder(40, 20);
            damage(folder.path(), file, sql);
            let report = verify(folder.path()).unwrap();
            assert_eq!(report.first_bad, Some(first_bad), "{sql}");
        };
        let (history, journal) = (history::FILE, journal::FILE);
        check(history, "UPDATE audit SET acts = x'010000ff' WHERE seq = 8", 8);
        check(history, "UPDATE audit SET at = 7 WHERE seq = 8", 8);
        check(history, "UPDATE audit SET link = zeroblob(32) WHERE seq = 8", 8);
        check(history, "DELETE FROM audit WHERE seq = 8", 10);
        check(history, "DELETE FROM audit WHERE seq = 2", 4);
        check(history, "DELETE FROM audit", 20);
        check(
            history,
            "UPDATE audit SET seq = -8 WHERE seq = 8; UPDATE audit SET seq = 8 WHERE seq = 10;
             UPDATE audit SET seq = 10 WHERE seq = -8",
            8,
        );
        check(journal, "UPDATE turn SET acts = x'010000ff' WHERE seq = 30", 30);
        check(journal, "UPDATE turn SET acts = NULL WHERE seq = 30", 30);
        check(journal, "UPDATE turn SET acts = NULL, link = NULL WHERE seq = 30", 32);
        check(journal, "DELETE FROM turn WHERE seq = 30", 32);
    }

    #[test]
    fn rows_cut_off_at_the_end_of_the_history_are_found() {
        let folder = folder(21, 21);
        damage(folder.path(), history::FILE, "DELETE FROM audit WHERE seq >= 18");
        damage(folder.path(), journal::FILE, "DELETE FROM turn WHERE seq = 21");
        assert_eq!(verify(folder.path()).unwrap().first_bad, Some(21));
    }

    #[test]
    fn rows_cut_off_at_the_end_of_the_journal_are_found_by_what_a_snapshot_has_seen() {
        let folder = folder(40, 20);
        let link = Journal::open(folder.path()).unwrap().link();
        Snapshot { seq: 40, link, state: Vec::new() }.write(folder.path()).unwrap();
        assert!(verify(folder.path()).unwrap().is_good());
        damage(folder.path(), journal::FILE, "DELETE FROM turn WHERE seq >= 36");
        assert_eq!(verify(folder.path()).unwrap().first_bad, Some(40));
        // Rewritten to the same length, it is another chain.
        let mut journal = Journal::open(folder.path()).unwrap();
        for n in 36..=40 {
            journal.append(&Turn { at: Ms(n), readings: &Batch::default(), acts: &[1] }).unwrap();
        }
        drop(journal);
        assert_eq!(verify(folder.path()).unwrap().first_bad, Some(40));
    }
}
