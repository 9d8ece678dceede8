//! How small readings lie on the disk, and how fast a stretch of one point comes back.

use std::{path::Path, time::Duration};

use anyhow::{Context, ensure};
use helan_e2e::root;
use helan_kernel::{
    AreaCode, Engine, Event, Ms, PointId, Quality, Reading,
    registry::{DeviceSpec, RegistryChange},
};
use helan_node::{Node, Submission};
use helan_store::History;

use crate::{
    load::PACKS,
    measure::{figure, percentile, timed},
    peers::Postgres,
    postgres,
    table::Row,
};

/// Terminals that share the readings.
const DEVICES: u32 = 100;
/// Readings in a durable turn.
const BATCH: u64 = 1_000;
/// Moment of the first reading.
const BEGIN: Ms = Ms(1_790_000_000_000);
/// Consecutive values asked for.
const STRETCH: usize = 100;
/// Stretches that are read.
const PROBES: u64 = 5_000;

/// Fills a store of its own and measures; the same for PostgreSQL.
pub fn size_and_range(folder: &Path, peer: &Postgres, readings: u64) -> anyhow::Result<Row> {
    let folder = folder.join("store");
    let points = fill(&folder, readings)?;
    let mut bytes = 0;
    for entry in std::fs::read_dir(&folder)? {
        bytes += entry?.metadata()?.len();
    }
    let each = figure(bytes) / figure(readings);
    let p99 = range(&folder, &points, readings)?;
    let (peer_each, peer_p99) = postgres::keyed(peer, readings)?;
    Ok(Row {
        what: "stored size, and p99 of reading 100 consecutive values of one point among 10 M"
            .into(),
        target: "≤ 5 bytes a reading, ≤ 50 µs".into(),
        ours: format!("{each:.2} bytes, {p99:.1?}"),
        beside: format!("PostgreSQL table with a key: {peer_each:.1} bytes, {peer_p99:.1?}"),
        met: Some(each <= 5.0 && p99 <= Duration::from_micros(50)),
    })
}

fn fill(folder: &Path, readings: u64) -> anyhow::Result<Vec<PointId>> {
    let mut node = Node::open(folder)?;
    let mut events = Vec::new();
    for pack in helan_protocol::pack::load(&root().join(PACKS))? {
        events.extend(pack.changes);
    }
    events.extend((0..DEVICES).map(|n| {
        RegistryChange::PutDevice(DeviceSpec {
            key: format!("terminal-{n}"),
            profile: "bench-sensor".to_owned(),
            area: AreaCode(640_104_000),
            ..DeviceSpec::default()
        })
    }));
    let events = events.into_iter().map(|change| Event::Registry(Box::new(change))).collect();
    node.turn(BEGIN, &[Submission { readings: Vec::new(), events, ticket: () }])?;
    let points = points(node.engine());
    ensure!(points.len() == DEVICES as usize, "not all terminals were registered");
    let mut last = 0;
    for turn in 0..readings / BATCH {
        let list = (0..BATCH).map(|n| reading(&points, turn * BATCH + n));
        let readings = list.collect::<Option<Vec<_>>>().context("no points")?;
        let now = readings.last().map_or(BEGIN, |r| r.at);
        last = node.turn(now, &[Submission { readings, events: Vec::new(), ticket: () }])?.seq;
        node.rest()?;
    }
    // Until nothing is left to do: what a running node does in its free moments.
    let (_, done) = timed(|| -> anyhow::Result<()> {
        while node.pace().settled() < last || node.rest()? {
            std::thread::yield_now();
        }
        Ok(())
    });
    done?;
    node.stop()?;
    drop(node);
    // Turns leave the journal when two snapshots cover them, and its file gives their room back at the next start.
    for _ in 0..2 {
        let mut node = Node::open(folder)?;
        let tick = Submission { readings: Vec::new(), events: vec![Event::Tick], ticket: () };
        node.turn(node.engine().now(), &[tick])?;
        while node.rest()? {}
        node.stop()?;
    }
    Ok(points)
}

fn points(engine: &Engine) -> Vec<PointId> {
    engine.registry().devices.iter().map(|(_, device)| device.first_point).collect()
}

/// A terminal's value wanders in tenths, one reading a second, as slow sensors do.
fn reading(points: &[PointId], number: u64) -> Option<Reading> {
    let terminals = u64::from(DEVICES);
    let point = points.get(usize::try_from(number % terminals).ok()?)?;
    let second = i64::try_from(number / terminals).ok()?;
    let mixed = (number ^ (number >> 7)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 61;
    let value = 20.0 + figure(number / terminals / 50 % 60) / 10.0 + figure(mixed) / 10.0;
    let value = (value * 10.0).round() / 10.0;
    Some(Reading {
        point: *point,
        at: BEGIN.after(Ms(second * 1000)),
        value,
        quality: Quality::Good,
    })
}

fn range(folder: &Path, points: &[PointId], readings: u64) -> anyhow::Result<Duration> {
    let history = History::open(folder)?;
    let each = readings / u64::from(DEVICES);
    let mut times = Vec::new();
    for probe in 0..PROBES {
        let mixed = (probe + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let at = usize::try_from(mixed % u64::from(DEVICES))?;
        let point = *points.get(at).context("no points")?;
        let first = (mixed >> 20) % (each - STRETCH as u64);
        let from = BEGIN.after(Ms::seconds(i64::try_from(first)?));
        let (span, got) = timed(|| history.readings(point, from, Ms::MAX, STRETCH));
        ensure!(got?.len() == STRETCH, "a stretch is not whole");
        times.push(span);
    }
    times.sort_unstable();
    Ok(percentile(&times, 99))
}
