//! Measures the node on this machine: the disk, commits, turns, the history and the start. Prints one line each.
//!
//! `cargo run --release -p helan-node --example measure -- FOLDER [DEVICES [MILLIONS]]`; the folder must not exist.

#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "a measuring tool")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::cast_possible_truncation,
    reason = "a measuring tool"
)]
#![allow(clippy::cast_sign_loss, clippy::indexing_slicing, reason = "a measuring tool")]

#[path = "../tests/common.rs"]
mod common;

use std::{
    fs::File,
    io::Write,
    path::Path,
    time::{Duration, Instant},
};

use common::{Dice, START};
use helan_kernel::{Ms, PointId, Quality, Reading};
use helan_node::{Node, Submission};
use helan_store::{History, Journal, Turn, codec::Batch};

fn main() {
    let mut args = std::env::args().skip(1);
    let folder = args.next().expect("FOLDER");
    let folder = Path::new(&folder);
    let devices: u32 = args.next().map_or(100_000, |n| n.parse().unwrap());
    let millions: u64 = args.next().map_or(10, |n| n.parse().unwrap());
    std::fs::create_dir(folder).expect("a new folder");
    disk(folder);
    commits(&folder.join("commits"));
    let place = folder.join("node");
    let mut node = Node::open(&place).unwrap();
    timed("register devices", u64::from(devices), || {
        for part in common::region(devices).chunks(10_000) {
            turn(&mut node, START, Vec::new(), part.to_vec());
        }
    });
    let now = telemetry(&mut node, devices, millions * 1_000_000);
    let now = alarms(&mut node, devices, now);
    println!("state {:.1} MB", node.engine().save().unwrap().len() as f64 / 1e6);
    timed("save state", 1, || drop(node.engine().save().unwrap()));
    settle(&mut node, now);
    drop(node);
    size(&place);
    timed("start after kill", 1, || {
        let node = Node::open(&place).unwrap();
        println!("{:?} open alarms {}", node.recovery(), node.engine().watch().alarms().count());
        node
    });
    size(&place);
    reads(&place, devices, now);
}

fn turn(node: &mut Node, now: Ms, readings: Vec<Vec<Reading>>, events: Vec<helan_kernel::Event>) {
    let mut batch: Vec<Submission<()>> = readings
        .into_iter()
        .map(|readings| Submission { readings, events: Vec::new(), ticket: () })
        .collect();
    if !events.is_empty() {
        batch.push(Submission { readings: Vec::new(), events, ticket: () });
    }
    node.turn(now, &batch).unwrap();
}

/// Time that this thread ran on a processor.
fn ran() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(text.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0))
}

fn timed<T>(what: &str, count: u64, work: impl FnOnce() -> T) -> T {
    let (start, cpu) = (Instant::now(), ran());
    let result = work();
    let (took, cpu) = (start.elapsed().as_secs_f64(), (ran() - cpu).as_secs_f64());
    println!("{what}: {took:.3} s ({cpu:.3} s on the processor), {:.0} /s", count as f64 / took);
    result
}

fn spread(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize].as_secs_f64() * 1e6;
    println!(
        "{what}: p50 {:.1} p99 {:.1} p99.9 {:.1} max {:.1} µs",
        at(0.5),
        at(0.99),
        at(0.999),
        at(1.0)
    );
}

fn disk(folder: &Path) {
    let mut file = File::create(folder.join("disk")).unwrap();
    let times = (0..3000).map(|_| {
        let start = Instant::now();
        file.write_all(&[7; 256]).unwrap();
        file.sync_data().unwrap();
        start.elapsed()
    });
    spread("fdatasync of 256 B appended", times.collect());
}

fn commits(folder: &Path) {
    let mut journal = Journal::open(folder).unwrap();
    let batch = Batch::default();
    let times = (0..20_000).map(|n| {
        let start = Instant::now();
        journal.append(&Turn { at: Ms(n), readings: &batch, acts: &[7; 600] }).unwrap();
        start.elapsed()
    });
    spread("journal append of 600 B", times.collect());
}

fn telemetry(node: &mut Node, devices: u32, count: u64) -> Ms {
    let mut dice = Dice(1);
    let mut now = START;
    let mut values: Vec<u16> = (0..devices * 3).map(|n| 10 + (n % 60) as u16).collect();
    let mut point = 0;
    let (mut done, mut spent, mut cpu, mut times) = (0, Duration::ZERO, Duration::ZERO, Vec::new());
    while done < count {
        now = now.after(Ms(10));
        // 100 submissions of 100 readings: a turn under load.
        let batch: Vec<Submission<()>> = (0..100)
            .map(|_| {
                let readings = (0..100).map(|_| {
                    let value = &mut values[point as usize];
                    *value = (*value + dice.roll(3) as u16).saturating_sub(1).min(90);
                    let at = Ms(now.0 - dice.roll(50) as i64);
                    let reading = Reading {
                        point: PointId(point),
                        at,
                        value: f64::from(*value) / 10.0,
                        quality: Quality::Good,
                    };
                    point = (point + 1) % (devices * 3);
                    reading
                });
                Submission { readings: readings.collect(), events: Vec::new(), ticket: () }
            })
            .collect();
        done += 10_000;
        let (start, before) = (Instant::now(), ran());
        node.turn(now, &batch).unwrap();
        spent += start.elapsed();
        cpu += ran() - before;
        times.push(start.elapsed());
    }
    println!(
        "telemetry: {:.0} readings/s through turn, {:.0} per second on the processor",
        done as f64 / spent.as_secs_f64(),
        done as f64 / cpu.as_secs_f64()
    );
    spread("turns of 10 000 readings", times);
    now
}

fn alarms(node: &mut Node, devices: u32, from: Ms) -> Ms {
    let mut now = from;
    let (mut spent, mut cpu, mut effects, mut times) =
        (Duration::ZERO, Duration::ZERO, 0, Vec::new());
    let crossing = devices.min(1000);
    let rounds = 200_u32;
    for round in 0..rounds {
        now = now.after(Ms(100));
        let value = if round % 2 == 0 { 75.0 } else { 1.0 };
        let readings = (0..crossing).map(|n| Reading {
            point: PointId(n * 3 + 1),
            at: now,
            value,
            quality: Quality::Good,
        });
        let batch: Vec<Submission<()>> = readings
            .map(|r| Submission { readings: vec![r], events: Vec::new(), ticket: () })
            .collect();
        let (start, before) = (Instant::now(), ran());
        effects += node.turn(now, &batch).unwrap().effects.len();
        spent += start.elapsed();
        cpu += ran() - before;
        times.push(start.elapsed());
    }
    println!(
        "crossings: {:.0} readings/s, {:.0} effects/s, {:.0} readings per second on the processor",
        f64::from(crossing * rounds) / spent.as_secs_f64(),
        effects as f64 / spent.as_secs_f64(),
        f64::from(crossing * rounds) / cpu.as_secs_f64()
    );
    spread("turns of 1 000 crossings", times);
    now
}

/// Waits until history and snapshots have caught up.
fn settle(node: &mut Node, now: Ms) {
    let start = Instant::now();
    let mut now = now.after(Ms::seconds(400));
    let goal = node.turn::<()>(now, &[]).unwrap().seq;
    while node.pace().settled() < goal && start.elapsed() < Duration::from_secs(120) {
        std::thread::sleep(Duration::from_millis(20));
        now = now.after(Ms(20));
        node.turn::<()>(now, &[]).unwrap();
        while node.rest().unwrap() {}
    }
    println!("history caught up after {:.1} s", start.elapsed().as_secs_f64());
}

fn size(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        println!(
            "  {:?} {:.1} MB",
            entry.file_name(),
            entry.metadata().unwrap().len() as f64 / 1e6
        );
    }
}

fn reads(folder: &Path, devices: u32, now: Ms) {
    let history = History::open(folder).unwrap();
    let mut dice = Dice(3);
    let span = (now.0 - START.0) as u64;
    let times: Vec<_> = (0..20_000)
        .map(|_| {
            let point = PointId(dice.roll(u64::from(devices) * 3) as u32);
            let from = Ms(START.0 + dice.roll(span / 2) as i64);
            let start = Instant::now();
            let found = history.readings(point, from, Ms::MAX, 100).unwrap();
            std::hint::black_box(found);
            start.elapsed()
        })
        .collect();
    spread("100 readings of one point", times);
}
