use helan_kernel::{
    AreaCode, Effect, IncidentId, Ms, PointId, Position, Quality, Reading, Text,
    command::{Incident, IncidentState},
    danger::DangerArea,
};
use proptest::prelude::*;

use super::*;
use crate::{
    Journal, JournalReader, Turn,
    codec::{Batch, Kept, chunk::Sample},
};

const START: i64 = 1_750_000_000_000;

struct Store {
    folder: tempfile::TempDir,
    journal: Journal,
    writer: Writer,
}

impl Store {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        let writer = Writer::open(folder.path()).unwrap();
        Self { folder, journal, writer }
    }

    fn write(&mut self, readings: &[Reading]) {
        let mut batch = Batch::default();
        for reading in readings {
            batch.push(reading, Kept::Yes);
        }
        self.journal.append(&Turn { at: Ms(START), readings: &batch, acts: &[] }).unwrap();
    }

    fn fold(&mut self) -> u64 {
        self.writer.fold(&JournalReader::open(self.folder.path()).unwrap()).unwrap().1
    }

    fn read(&self, point: u32, from: i64, to: i64, limit: usize) -> Vec<(i64, f64)> {
        let history = History::open(self.folder.path()).unwrap();
        let found = history.readings(PointId(point), Ms(from), Ms(to), limit).unwrap();
        found.iter().map(|Sample { at, value, .. }| (at.0, *value)).collect()
    }
}

fn reading(point: u32, at: i64, value: f64) -> Reading {
    Reading { point: PointId(point), at: Ms(at), value, quality: Quality::Good }
}

#[test]
fn readings_are_found_before_and_after_folding() {
    let mut store = Store::new();
    for n in 0..100 {
        store.write(&[reading(1, START + n * 1000, 20.5), reading(2, START + n * 1000, n as f64)]);
    }
    let page = |store: &Store| store.read(2, START + 10_000, START + 50_000, 3);
    let expected = [(START + 10_000, 10.0), (START + 11_000, 11.0), (START + 12_000, 12.0)];
    assert_eq!(page(&store), expected);
    assert_eq!(store.fold(), 200);
    assert_eq!(store.fold(), 0);
    assert_eq!(page(&store), expected);
    assert_eq!(store.read(1, i64::MIN, i64::MAX, 1000).len(), 100);
    assert_eq!(store.read(3, i64::MIN, i64::MAX, 1000), []);
    // Half folded, half not; a late one in the journal; the first value of a moment stays.
    store.write(&[reading(2, START + 10_500, -1.0), reading(2, START + 11_000, 99.0)]);
    let expected = [(START + 10_000, 10.0), (START + 10_500, -1.0), (START + 11_000, 11.0)];
    assert_eq!(page(&store), expected);
    store.fold();
    assert_eq!(page(&store), expected);
}

#[test]
fn refused_readings_are_not_history() {
    let mut store = Store::new();
    let mut batch = Batch::default();
    batch.push(&reading(1, START, 1.0), Kept::Refused);
    store.journal.append(&Turn { at: Ms(START), readings: &batch, acts: &[] }).unwrap();
    assert_eq!(store.read(1, i64::MIN, i64::MAX, 10), []);
    assert_eq!(store.fold(), 0);
    assert_eq!(store.read(1, i64::MIN, i64::MAX, 10), []);
    assert_eq!(store.writer.positions().unwrap().readings, 1);
}

#[test]
fn old_readings_go_and_young_ones_stay() {
    let mut store = Store::new();
    for part in 0..10 {
        let readings: Vec<_> =
            (0..1000).map(|n| reading(5, START + (part * 1000 + n) * 1000, 1.5)).collect();
        store.write(&readings);
        store
            .write(&[reading(900, START + part, 2.0), reading(901, START + part * 1_000_000, 2.0)]);
    }
    store.fold();
    let all = |store: &Store, point| store.read(point, i64::MIN, i64::MAX, 100_000).len();
    assert_eq!((all(&store, 5), all(&store, 900)), (10_000, 10));
    let cut = START + 5_000_000;
    let mut from = Some(PointId(0));
    while let Some(point) = from {
        from = store.writer.forget(Ms(cut), point).unwrap();
    }
    let left = store.read(5, i64::MIN, i64::MAX, 100_000);
    assert!((5000..6000).contains(&left.len()), "{}", left.len());
    assert!(left[0].0 > cut - 800_000);
    // A point that says little has no full chunk: its old readings go all the same.
    assert_eq!(all(&store, 900), 0);
    assert_eq!(store.read(901, i64::MIN, i64::MAX, 100).first(), Some(&(cut, 2.0)));
    assert_eq!(all(&store, 901), 5);
}

#[test]
fn every_way_to_ask_has_an_index() {
    let store = Store::new();
    let history = History::open(store.folder.path()).unwrap();
    let areas = [0, 640_000_000, 640_104_001].map(helan_kernel::AreaCode);
    for area in areas {
        for incident in [None, Some(helan_kernel::IncidentId(1))] {
            for device in [None, Some(helan_kernel::DeviceId(1))] {
                for open in [None, Some(true), Some(false)] {
                    let filter = Filter { area, incident, device, open, ..Filter::default() };
                    history.page::<helan_kernel::watch::Alarm>(&filter).unwrap();
                    history.page::<helan_kernel::command::Incident>(&filter).unwrap();
                    history.page::<helan_kernel::dispose::Run>(&filter).unwrap();
                    history.page::<helan_kernel::dispose::Command>(&filter).unwrap();
                    history.page::<helan_kernel::push::Notice>(&filter).unwrap();
                }
            }
        }
    }
    history.get::<helan_kernel::watch::Alarm>(1).unwrap();
    history.timeline(helan_kernel::IncidentId(1), 0, 10).unwrap();
    history.warnings(areas[0], Ms(0), 10).unwrap();
    history.warnings_of(helan_kernel::IncidentId(1)).unwrap();
    history.dangers_over(helan_kernel::IncidentId(1)).unwrap();
    history.program_versions("key").unwrap();
    history.device_log(helan_kernel::DeviceId(1), Ms::MAX, 10).unwrap();
    history.audit(None, 10).unwrap();
}

fn incident(at: i64, all_clear: bool, state: IncidentState) -> Effect {
    Effect::Incident(Box::new(Incident {
        id: IncidentId(7),
        kind: "gas-leak".into(),
        code: "".into(),
        name: Text::default(),
        place: "".into(),
        area: AreaCode(640_104_001),
        position: None,
        state,
        grade: None,
        opened: Ms(0),
        changed: Ms(at),
        last_joined: Ms(0),
        alarms: Vec::new(),
        active: 0,
        calls: 0,
        taken_by: None,
        escalated: 0,
        zones: Vec::new().into(),
        all_clear,
        clear_asked: None,
        evacuated: None,
        reason: String::new(),
        drill: false,
    }))
}

fn danger(at: i64, version: u32) -> Effect {
    Effect::Danger(Box::new(DangerArea {
        version,
        made: Ms(at),
        area: AreaCode(640_104_001),
        model: "gas-release".into(),
        ..DangerArea::unknown(IncidentId(7), "gas".into(), Position::default())
    }))
}

#[test]
fn a_danger_is_over_once_each_time_that_it_was_made() {
    use IncidentState::{Closed, Taken};
    let mut store = Store::new();
    // Each in a turn of its own; notes after an all-clear change nothing of it.
    let effects = [
        incident(1, false, Taken),
        incident(2, true, Taken),
        danger(10, 1),
        danger(20, 2),
        incident(30, true, Taken),
        incident(40, true, Taken),
        incident(50, false, Taken),
        danger(50, 3),
        incident(60, false, Closed),
        incident(70, true, Closed),
    ];
    for effect in effects {
        let mut acts = Vec::new();
        crate::Acts::write(&[], &[effect], &mut acts).unwrap();
        let readings = Batch::default();
        store.journal.append(&Turn { at: Ms(START), readings: &readings, acts: &acts }).unwrap();
    }
    store.writer.project(&JournalReader::open(store.folder.path()).unwrap()).unwrap();
    let history = History::open(store.folder.path()).unwrap();
    assert_eq!(history.dangers_over(IncidentId(7)).unwrap(), [Ms(30), Ms(60)]);
    let versions = history.dangers_of(IncidentId(7)).unwrap();
    assert_eq!(versions.iter().map(|area| area.version).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(crate::verify_records(store.folder.path()).unwrap(), []);
}

/// What a point should have: the first value of each moment.
fn expected(readings: &[Reading], point: u32) -> Vec<(i64, f64)> {
    let mut found: Vec<(i64, f64)> = Vec::new();
    for reading in readings.iter().filter(|r| r.point.0 == point) {
        if !found.iter().any(|(at, _)| *at == reading.at.0) {
            found.push((reading.at.0, reading.value));
        }
    }
    found.sort_by_key(|(at, _)| *at);
    found
}

/// Readings of two points: mostly going on, sometimes late, sometimes doubled, sometimes many in a second.
fn stream() -> impl Strategy<Value = Vec<Reading>> {
    let one =
        (0..2_u32, prop_oneof![6 => 1..3000_i64, 1 => -900_000..0_i64, 1 => Just(0)], 0..500_i64);
    (prop::collection::vec(one, 1..120), 1..60_i64).prop_map(|(steps, repeat)| {
        let mut at = [START; 2];
        let mut readings = Vec::new();
        for (point, step, value) in steps {
            let moment = &mut at[point as usize];
            if step <= 0 {
                readings.push(reading(point, *moment + step, value as f64));
            } else {
                for n in 0..repeat {
                    *moment += step;
                    readings.push(reading(point, *moment, (value + n) as f64 / 10.0));
                }
            }
        }
        readings
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn whatever_comes_is_found_once_in_order(
        readings in stream(),
        turns in prop::collection::vec((1..2000_usize, any::<bool>()), 1..12),
        limit in 1..300_usize,
    ) {
        let mut store = Store::new();
        let mut rest = readings.as_slice();
        for (length, fold) in turns.iter().cycle() {
            let (now, later) = rest.split_at(rest.len().min(*length));
            rest = later;
            store.write(now);
            if *fold {
                store.fold();
            }
            if rest.is_empty() {
                break;
            }
        }
        for point in 0..2 {
            let expected = expected(&readings, point);
            prop_assert_eq!(&store.read(point, i64::MIN, i64::MAX, usize::MAX), &expected);
            // Page by page.
            let (mut from, mut pages) = (i64::MIN, Vec::new());
            loop {
                let page = store.read(point, from, i64::MAX, limit);
                let Some((last, _)) = page.last() else { break };
                from = last + 1;
                pages.extend(page);
            }
            prop_assert_eq!(&pages, &expected);
        }
    }
}
