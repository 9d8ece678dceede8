//! The history has everything that was decided, once, in its newest form.

#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod common;

use std::{collections::BTreeMap, path::Path};

use common::{Dice, START, settle, work};
use helan_kernel::{
    AreaCode, Effect, Ms, PointId,
    command::Incident,
    dispose::{Command, Run},
    watch::Alarm,
};
use helan_node::{Acts, Node};
use helan_store::{
    History, JournalReader, StoreError,
    codec::Kept,
    history::{Filter, Writer},
};

const DEVICES: u32 = 30;

/// What the journal says should be found.
#[derive(Default)]
struct Expected {
    alarms: BTreeMap<u64, Alarm>,
    incidents: BTreeMap<u64, Incident>,
    runs: BTreeMap<u64, Run>,
    commands: BTreeMap<u64, Command>,
    lines: usize,
    audit: usize,
    readings: BTreeMap<(PointId, Ms), u64>,
}

fn expected(folder: &Path) -> Expected {
    let mut all = Expected::default();
    JournalReader::open(folder)
        .unwrap()
        .read(0, |turn| {
            for reading in turn.readings()? {
                let (reading, kept) = reading?;
                if kept == Kept::Yes {
                    let key = (reading.point, reading.at);
                    all.readings.entry(key).or_insert(reading.value.to_bits());
                }
            }
            all.audit += usize::from(turn.link.is_some());
            for effect in Acts::read(turn.acts)?.effects {
                match effect {
                    Effect::Alarm(_, alarm) => drop(all.alarms.insert(alarm.id.0, *alarm)),
                    Effect::Incident(i) => drop(all.incidents.insert(i.id.0, *i)),
                    Effect::Run(run) => drop(all.runs.insert(run.id.0, *run)),
                    Effect::Command(c) => drop(all.commands.insert(c.id.0, *c)),
                    Effect::Timeline(_) => all.lines += 1,
                    _ => {}
                }
            }
            Ok::<_, StoreError>(helan_store::Enough::No)
        })
        .unwrap();
    all
}

fn catch_up(folder: &Path) {
    let journal = JournalReader::open(folder).unwrap();
    let mut writer = Writer::open(folder).unwrap();
    let last = journal.last().unwrap();
    while writer.project(&journal).unwrap() < last {}
    while writer.fold(&journal).unwrap().0 < last {}
}

fn check(folder: &Path, expected: &Expected) {
    let history = History::open(folder).unwrap();
    let all = Filter { limit: u32::MAX, ..Filter::default() };
    let newest_first = |a: &u64, b: &u64| b.cmp(a);
    let alarms: Vec<Alarm> = history.page(&all).unwrap();
    assert!(alarms.is_sorted_by(|a, b| newest_first(&a.id.0, &b.id.0).is_lt()));
    assert!(alarms.iter().rev().eq(expected.alarms.values()));
    let incidents: Vec<Incident> = history.page(&all).unwrap();
    assert!(incidents.iter().rev().eq(expected.incidents.values()));
    let runs: Vec<Run> = history.page(&all).unwrap();
    assert!(runs.iter().rev().eq(expected.runs.values()));
    let commands: Vec<Command> = history.page(&all).unwrap();
    assert!(commands.iter().rev().eq(expected.commands.values()));
    let lines: usize =
        incidents.iter().map(|i| history.timeline(i.id, 0, u32::MAX).unwrap().len()).sum();
    assert_eq!(lines, expected.lines);
    assert_eq!(history.audit(None, u32::MAX).unwrap().len(), expected.audit);
    let mut readings = BTreeMap::new();
    for point in 0..DEVICES * 3 {
        for s in history.readings(PointId(point), Ms(i64::MIN), Ms::MAX, usize::MAX).unwrap() {
            assert_eq!(readings.insert((PointId(point), s.at), s.value.to_bits()), None);
        }
    }
    assert!(readings == expected.readings);

    let some = AreaCode(640_105_000);
    let inside = Filter { area: some, ..all };
    let found: Vec<Alarm> = history.page(&inside).unwrap();
    let wanted = expected.alarms.values().rev().filter(|a| some.contains(a.place.area));
    assert!(found.iter().eq(wanted));
    if let Some(incident) = incidents.first() {
        let of_one = Filter { incident: Some(incident.id), ..all };
        let found: Vec<Alarm> = history.page(&of_one).unwrap();
        let wanted = expected.alarms.values().rev().filter(|a| a.incident == Some(incident.id));
        assert!(found.iter().eq(wanted));
    }
}

#[test]
fn the_history_has_everything_once_also_after_kills() {
    for seed in 20..23 {
        let folder = tempfile::tempdir().unwrap();
        let mut dice = Dice(seed);
        let mut now = START;
        for round in 0..3 {
            let mut node = Node::open(folder.path()).unwrap();
            if round == 0 {
                settle(&mut node, DEVICES);
            }
            now = work(&mut node, &mut dice, DEVICES, 60, now);
            // The projector is somewhere in the middle; what is not folded yet is found all the same.
            drop(node);
        }
        let expected = expected(folder.path());
        assert!(!expected.alarms.is_empty() && !expected.incidents.is_empty());
        assert!(!expected.runs.is_empty() && !expected.commands.is_empty());
        catch_up(folder.path());
        check(folder.path(), &expected);
        catch_up(folder.path());
        check(folder.path(), &expected);
    }
}

#[test]
fn the_journal_loses_only_what_the_history_has() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = Node::open(folder.path()).unwrap();
    settle(&mut node, DEVICES);
    let mut now = work(&mut node, &mut Dice(7), DEVICES, 150, START);
    let expected = expected(folder.path());
    for round in 0..3 {
        node.stop().unwrap();
        drop(node);
        catch_up(folder.path());
        node = Node::open(folder.path()).unwrap();
        // Ticks, so that there is something to take a snapshot of.
        for _ in 0..3 {
            now = now.after(Ms(1));
            node.turn::<()>(now, &[]).unwrap();
        }
        assert_eq!(node.recovery().turns, 0, "{round}");
    }
    let trimmed = || JournalReader::open(folder.path()).unwrap().trimmed().unwrap().0;
    // The projector has settled long before; each tick takes some rows away, rest takes more.
    for _ in 0..200 {
        if trimmed() >= 151 {
            break;
        }
        std::thread::park_timeout(std::time::Duration::from_millis(20));
        now = now.after(Ms(1));
        node.turn::<()>(now, &[]).unwrap();
        node.rest().unwrap();
    }
    assert!(trimmed() >= 151, "{}", trimmed());
    let before = common::state(&node);
    drop(node);
    let node = Node::open(folder.path()).unwrap();
    assert!(common::state(&node) == before);
    drop(node);
    let history = History::open(folder.path()).unwrap();
    let all = Filter { limit: u32::MAX, ..Filter::default() };
    assert!(history.page::<Alarm>(&all).unwrap().len() >= expected.alarms.len());
    assert!(history.audit(None, u32::MAX).unwrap().len() >= expected.audit);
}

#[test]
fn records_changed_by_hand_are_told_from_what_the_chain_says() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = Node::open(folder.path()).unwrap();
    settle(&mut node, 20);
    work(&mut node, &mut Dice(5), 20, 120, START);
    node.stop().unwrap();
    drop(node);
    let reader = JournalReader::open(folder.path()).unwrap();
    let mut writer = Writer::open(folder.path()).unwrap();
    while writer.project(&reader).unwrap() < reader.last().unwrap() {}
    drop(writer);
    assert_eq!(helan_store::verify_records(folder.path()).unwrap(), []);
    let check = |sql: &str, table: &str, rows: u64| {
        let db = rusqlite::Connection::open(folder.path().join("history.db")).unwrap();
        db.execute_batch(&format!("CREATE TABLE kept AS SELECT * FROM {table}")).unwrap();
        db.execute_batch(sql).unwrap();
        let found = helan_store::verify_records(folder.path()).unwrap();
        let found: Vec<_> = found.iter().map(|d| (d.table, d.rows)).collect();
        assert_eq!(found, [(table, rows)], "{sql}");
        assert!(helan_store::verify(folder.path()).unwrap().is_good());
        db.execute_batch(&format!(
            "DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept; DROP TABLE kept"
        ))
        .unwrap();
    };
    check("UPDATE alarm SET body = body || ' ' WHERE id = (SELECT min(id) FROM alarm)", "alarm", 1);
    check("UPDATE alarm SET open = 1 - open WHERE id = (SELECT max(id) FROM alarm)", "alarm", 1);
    check("DELETE FROM command WHERE id = (SELECT min(id) FROM command)", "command", 1);
    check(
        "DELETE FROM timeline WHERE incident = (SELECT min(incident) FROM timeline)",
        "timeline",
        1,
    );
    check(
        "INSERT INTO incident SELECT id + 1000, area, incident, device, open, body FROM incident LIMIT 1",
        "incident",
        1,
    );
}
