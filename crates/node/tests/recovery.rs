//! Engine state is a function of what is stored: stop the node after any turn, open it again, and it is equal.

#![allow(clippy::unwrap_used, clippy::panic, reason = "test code outside of test functions")]

mod common;

use std::{collections::BTreeMap, path::Path};

use common::{Dice, START, settle, state, work};
use helan_kernel::Ms;
use helan_node::{Node, NodeError, Options};
use helan_store::{Snapshot, snapshots};

const DEVICES: u32 = 40;

#[test]
fn a_node_that_was_killed_is_equal_after_the_start() {
    for seed in 0..6 {
        let folder = tempfile::tempdir().unwrap();
        let mut dice = Dice(seed);
        let mut node = Node::open(folder.path()).unwrap();
        settle(&mut node, DEVICES);
        let mut now = START;
        for _ in 0..3 {
            now = work(&mut node, &mut dice, DEVICES, 60, now);
            let before = state(&node);
            drop(node);
            node = Node::open(folder.path()).unwrap();
            assert_eq!(node.recovery().diverged, None);
            assert!(state(&node) == before, "seed {seed}");
        }
    }
}

#[test]
fn a_node_that_stopped_in_order_replays_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = Node::open(folder.path()).unwrap();
    settle(&mut node, DEVICES);
    let now = work(&mut node, &mut Dice(1), DEVICES, 50, START);
    let before = state(&node);
    node.stop().unwrap();
    drop(node);
    let mut node = Node::open(folder.path()).unwrap();
    assert_eq!((node.recovery().snapshot, node.recovery().turns), (Some(51), 0));
    assert!(state(&node) == before);
    work(&mut node, &mut Dice(2), DEVICES, 10, now);
    let before = state(&node);
    drop(node);
    let node = Node::open(folder.path()).unwrap();
    assert_eq!((node.recovery().snapshot, node.recovery().turns), (Some(51), 10));
    assert!(state(&node) == before);
}

#[test]
fn a_damaged_snapshot_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let mut now = START;
    let mut before = Vec::new();
    for round in 0..3 {
        let mut node = Node::open(folder.path()).unwrap();
        if round == 0 {
            settle(&mut node, DEVICES);
        }
        now = work(&mut node, &mut Dice(round), DEVICES, 20, now);
        before = state(&node);
        node.stop().unwrap();
    }
    let (newest, path) = snapshots(folder.path()).unwrap().remove(0);
    assert_eq!(newest, 61);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    std::fs::write(&path, bytes).unwrap();
    let node = Node::open(folder.path()).unwrap();
    assert_eq!((node.recovery().snapshot, node.recovery().turns), (Some(41), 20));
    assert_eq!(node.recovery().skipped.len(), 1);
    assert!(state(&node) == before);
}

#[test]
fn a_changed_turn_is_not_taken_for_what_happened() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = Node::open(folder.path()).unwrap();
    settle(&mut node, DEVICES);
    work(&mut node, &mut Dice(5), DEVICES, 30, START);
    drop(node);
    // Readings are not in the chain, but what was recorded beside them is.
    let db = rusqlite::Connection::open(folder.path().join("journal.db")).unwrap();
    db.execute("UPDATE turn SET readings = NULL WHERE seq > 9", []).unwrap();
    drop(db);
    assert!(matches!(Node::open(folder.path()), Err(NodeError::Diverged { seq }) if seq > 9));
    let accept = Options { accept_divergence: true, ..Options::default() };
    let node = Node::open_with(folder.path(), &accept).unwrap();
    assert!(node.recovery().diverged.is_some_and(|seq| seq > 9));
}

#[test]
fn the_same_log_gives_the_same_bytes() {
    let run = |seed| {
        let folder = tempfile::tempdir().unwrap();
        let mut node = Node::open(folder.path()).unwrap();
        settle(&mut node, DEVICES);
        work(&mut node, &mut Dice(seed), DEVICES, 80, START);
        let state = state(&node);
        drop(node);
        let reader = helan_store::JournalReader::open(folder.path()).unwrap();
        let mut rows = Vec::new();
        reader
            .read(0, |turn| {
                rows.push((turn.seq, turn.at, turn.batch.to_vec(), turn.acts.to_vec(), turn.link));
                Ok::<_, helan_store::StoreError>(helan_store::Enough::No)
            })
            .unwrap();
        (state, rows)
    };
    for seed in 10..13 {
        assert!(run(seed) == run(seed), "seed {seed}");
    }
}

#[test]
fn a_journal_that_lost_its_end_is_not_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = Node::open(folder.path()).unwrap();
    settle(&mut node, DEVICES);
    work(&mut node, &mut Dice(1), DEVICES, 50, START);
    node.stop().unwrap();
    drop(node);
    // The history comes as far as the journal, however far its thread had come.
    let reader = helan_store::JournalReader::open(folder.path()).unwrap();
    let mut writer = helan_store::history::Writer::open(folder.path()).unwrap();
    while writer.project(&reader).unwrap() < reader.last().unwrap() {}
    drop((reader, writer));
    let journal = folder.path().join("journal.db");
    let db = rusqlite::Connection::open(&journal).unwrap();
    db.execute("DELETE FROM turn WHERE seq > 40", []).unwrap();
    drop(db);
    // The snapshot has seen more…
    let error = Node::open(folder.path()).map(drop).unwrap_err().to_string();
    assert!(
        error.contains("ends with turn 40") && error.contains("snapshot of turn 51"),
        "{error}"
    );
    // …and so has the history.
    for (_, path) in snapshots(folder.path()).unwrap() {
        std::fs::remove_file(path).unwrap();
    }
    let error = Node::open(folder.path()).map(drop).unwrap_err().to_string();
    assert!(error.contains("history has turn 51"), "{error}");
}

#[test]
fn after_a_restore_commands_get_numbers_that_were_never_used() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = Node::open(folder.path()).unwrap();
    settle(&mut node, DEVICES);
    let now = work(&mut node, &mut Dice(3), DEVICES, 50, START);
    let highest = |node: &Node| node.engine().dispose().commands().map(|c| c.id.0).max();
    let before = highest(&node).unwrap();
    let submission = helan_node::Submission {
        readings: Vec::new(),
        events: vec![helan_kernel::Event::Restored],
        ticket: (),
    };
    node.turn(now, &[submission]).unwrap();
    work(&mut node, &mut Dice(4), DEVICES, 50, now);
    assert!(highest(&node).unwrap() > before + 1_000_000);
}

/// Works until a snapshot is due, and goes on until one of a turn since then is there; says whether it has the state of its turn.
fn until_saved(node: &mut Node, dice: &mut Dice, now: &mut Ms, folder: &Path) -> bool {
    *now = work(node, dice, DEVICES, 50, *now);
    // A minute after the last one a little work is enough: each turn counts as ten readings.
    for _ in 0..2_000 {
        *now = now.after(Ms(40));
        node.turn::<()>(*now, &[]).unwrap();
    }
    let mut states = BTreeMap::new();
    for _ in 0..2_000 {
        *now = now.after(Ms(40));
        let seq = node.turn::<()>(*now, &[]).unwrap().seq;
        states.insert(seq, state(node));
        node.rest().unwrap();
        let newest = snapshots(folder).unwrap().into_iter().next();
        if let Some((seq, path)) = newest
            && let Some(state) = states.get(&seq)
        {
            return Snapshot::read(&path).unwrap().state == *state;
        }
        std::thread::park_timeout(std::time::Duration::from_millis(10));
    }
    panic!("no snapshot");
}

#[test]
fn a_snapshot_is_made_beside_the_running_node_and_is_its_state() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = Node::open(folder.path()).unwrap();
    let (mut dice, mut now) = (Dice(3), START);
    settle(&mut node, DEVICES);
    // The first from the beginning, the second from the first.
    for _ in 0..2 {
        assert!(until_saved(&mut node, &mut dice, &mut now, folder.path()));
    }
    assert_eq!(node.snapshot_failures()(), 0);
    let before = state(&node);
    drop(node);
    let node = Node::open(folder.path()).unwrap();
    assert!(node.recovery().snapshot.is_some());
    assert!(state(&node) == before);
}

#[test]
fn where_no_engine_can_follow_the_node_saves_its_own_state() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = Node::open(folder.path()).unwrap();
    let (mut dice, mut now) = (Dice(4), START);
    // A turn that gives something else than was recorded: as if this engine had gone wrong.
    node.turn::<()>(START, &[]).unwrap();
    let db = rusqlite::Connection::open(folder.path().join("journal.db")).unwrap();
    db.execute("UPDATE turn SET acts = x'00' WHERE seq = 1", []).unwrap();
    settle(&mut node, DEVICES);
    assert!(until_saved(&mut node, &mut dice, &mut now, folder.path()));
    assert_eq!(node.snapshot_failures()(), 1);
}
