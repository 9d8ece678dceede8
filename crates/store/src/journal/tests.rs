use helan_kernel::{PointId, Quality, Reading};

use super::*;
use crate::codec::Kept;

fn batch(n: u64) -> Batch {
    let mut batch = Batch::default();
    for point in 0..u32::try_from(n % 5).unwrap() {
        let at = Ms(1000 * i64::try_from(n).unwrap());
        let reading = Reading { point: PointId(point), at, value: 21.5, quality: Quality::Good };
        batch.push(&reading, Kept::Yes);
    }
    batch
}

fn acts(n: u64) -> Vec<u8> {
    if n.is_multiple_of(3) { format!("acts of {n}").into_bytes() } else { Vec::new() }
}

fn write(journal: &mut Journal, turns: u64) {
    for _ in 0..turns {
        let n = journal.last() + 1;
        let turn = Turn { at: Ms(i64::try_from(n).unwrap()), readings: &batch(n), acts: &acts(n) };
        assert_eq!(journal.append(&turn).unwrap(), n);
    }
}

fn read(journal: &Journal, after: u64) -> Result<Vec<(u64, usize, Vec<u8>)>, StoreError> {
    let mut turns = Vec::new();
    journal.replay(after, |turn| {
        let readings = turn.readings()?.count();
        turns.push((turn.seq, readings, turn.acts.to_vec()));
        Ok::<_, StoreError>(())
    })?;
    Ok(turns)
}

fn expected(from: u64, to: u64) -> Vec<(u64, usize, Vec<u8>)> {
    (from..=to).map(|n| (n, usize::try_from(n % 5).unwrap(), acts(n))).collect()
}

#[test]
fn turns_come_back_after_a_restart_and_numbers_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(folder.path()).unwrap();
    write(&mut journal, 10);
    let link = journal.link();
    drop(journal);
    let mut journal = Journal::open(folder.path()).unwrap();
    assert_eq!((journal.last(), journal.link()), (10, link));
    write(&mut journal, 10);
    assert_eq!(read(&journal, 0).unwrap(), expected(1, 20));
    assert_eq!(read(&journal, 7).unwrap(), expected(8, 20));
    assert_eq!(read(&journal, 20).unwrap(), []);
}

#[test]
fn one_writer_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let first = Journal::open(folder.path()).unwrap();
    assert!(matches!(Journal::open(folder.path()), Err(StoreError::InUse(_))));
    drop(first);
    Journal::open(folder.path()).unwrap();
}

#[test]
fn a_row_that_was_changed_or_taken_out_is_found() {
    let check = |change: &str, found: &str| {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path()).unwrap();
        write(&mut journal, 12);
        drop(journal);
        let db = Connection::open(folder.path().join(FILE)).unwrap();
        db.execute_batch(change).unwrap();
        drop(db);
        let error = read(&Journal::open(folder.path()).unwrap(), 0).unwrap_err();
        assert_eq!(error.to_string(), format!("stored data is damaged: {found}"), "{change}");
    };
    check(
        "UPDATE turn SET acts = 'acts of X' WHERE seq = 6",
        "a turn of the journal: Invalid type",
    );
    check("UPDATE turn SET acts = x'00' WHERE seq = 6", "turn 6 was changed");
    check("UPDATE turn SET at = at + 1 WHERE seq = 6", "turn 6 was changed");
    check("UPDATE turn SET acts = NULL, link = NULL WHERE seq = 6", "turn 9 was changed");
    check("DELETE FROM turn WHERE seq = 5", "turn 5 is missing");
}

#[test]
fn rows_go_in_slices_and_the_chain_holds() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(folder.path()).unwrap();
    write(&mut journal, 50);
    journal.trim_to(20);
    write(&mut journal, 1);
    assert_eq!(journal.trimmed(), 4);
    assert!(read(&journal, 3).is_err());
    assert_eq!(read(&journal, 4).unwrap(), expected(5, 51));
    assert!(!journal.rest().unwrap());
    assert_eq!(read(&journal, 20).unwrap(), expected(21, 51));
    // Up to the end: the last row stays, and the numbers and the chain go on from there.
    journal.trim_to(1000);
    while journal.rest().unwrap() {}
    let link = journal.link();
    drop(journal);
    let mut journal = Journal::open(folder.path()).unwrap();
    assert_eq!((journal.last(), journal.link(), journal.trimmed()), (51, link, 50));
    write(&mut journal, 5);
    assert_eq!(read(&journal, 50).unwrap(), expected(51, 56));
}

#[test]
fn a_log_cut_off_by_a_power_failure_loses_only_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(folder.path()).unwrap();
    write(&mut journal, 30);
    let copy = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path(), copy.path());
    std::fs::copy(from.join(FILE), to.join(FILE)).unwrap();
    let log = std::fs::read(from.join("journal.db-wal")).unwrap();
    for part in [0, 1, 100, 5000, 20_000, log.len() / 2, log.len() - 1, log.len()] {
        for leftover in ["journal.db-shm", "journal.db-wal"] {
            drop(std::fs::remove_file(to.join(leftover)));
        }
        std::fs::copy(from.join(FILE), to.join(FILE)).unwrap();
        std::fs::write(to.join("journal.db-wal"), &log[..part]).unwrap();
        let journal = Journal::open(to).unwrap();
        assert_eq!(read(&journal, 0).unwrap(), expected(1, journal.last()));
        assert_eq!(journal.last() == 30, part == log.len(), "{part}");
    }
}

#[test]
fn a_reader_sees_what_was_committed() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(folder.path()).unwrap();
    let reader = JournalReader::open(folder.path()).unwrap();
    assert_eq!(reader.last().unwrap(), 0);
    write(&mut journal, 9);
    assert_eq!(reader.last().unwrap(), 9);
    let mut seen = Vec::new();
    let each = |turn: &StoredTurn<'_>| {
        seen.push(turn.seq);
        Ok::<_, StoreError>(if seen.len() == 3 { reader::Enough::Yes } else { reader::Enough::No })
    };
    reader.read(4, each).unwrap();
    assert_eq!(seen, [5, 6, 7]);
}

#[test]
fn the_log_stays_short_under_steady_load() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(folder.path()).unwrap();
    let mut longest = 0;
    // 96 MiB in all.
    let acts = vec![7_u8; 256 * 1024];
    for n in 0..384 {
        journal.append(&Turn { at: Ms(n), readings: &Batch::default(), acts: &acts }).unwrap();
        let log = std::fs::metadata(folder.path().join("journal.db-wal")).unwrap();
        longest = longest.max(log.len());
    }
    assert!(longest < 64 << 20, "{longest}");
}
