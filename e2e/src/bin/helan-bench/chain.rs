//! From a reading over the limit to the command at the actuator, and how many of them: over MQTT, durable.

use crate::{
    disk::Disk,
    load::{Helan, Target, load},
    table::{Row, grouped},
};

/// Times in milliseconds.
fn ms(us: f64) -> String {
    format!("{:.2} ms", us / 1000.0)
}

/// One alarm now and then: how long until the actuator has its command.
pub fn rare(
    helan: &Helan,
    node_red: u16,
    disk: &Disk,
    runs: usize,
    seconds: &str,
) -> anyhow::Result<Row> {
    let more = ["--rate", "20", "--connections", "100", "--seconds", seconds];
    let ours = load(&Target::Helan(helan), "rare", runs, &more)?;
    let peer = load(&Target::NodeRed(node_red), "rare", runs, &more)?;
    let (p50, p99) = (ours.median("/received_us/p50"), ours.median("/received_us/p99"));
    let lost = ours.sum("/missing") + ours.sum("/surplus");
    Ok(Row {
        what: "rare alarm: 20 readings/s over 100 connections, QoS 1, each crossing its limit; published → \
               command received, durable first"
            .into(),
        target: "p50 ≤ 1 ms, p99 ≤ 3 ms".into(),
        ours: format!("p50 {}, p99 {}; lost or doubled {lost}", ms(p50), ms(p99)),
        beside: format!(
            "Mosquitto + Node-RED, nothing stored: p50 {}, p99 {}; fdatasync p99 {:.2?}",
            ms(peer.median("/received_us/p50")),
            ms(peer.median("/received_us/p99")),
            disk.p99
        ),
        met: Some(p50 <= 1000.0 && p99 <= 3000.0 && lost == 0.0),
    })
}

/// A storm that everybody can still follow.
pub fn storm(
    helan: &Helan,
    node_red: u16,
    disk: &Disk,
    runs: usize,
    seconds: &str,
) -> anyhow::Result<Row> {
    let more = ["--rate", "5000", "--connections", "100", "--seconds", seconds];
    let ours = load(&Target::Helan(helan), "storm", runs, &more)?;
    let peer = load(&Target::NodeRed(node_red), "storm", runs, &more)?;
    let p99 = ours.median("/received_us/p99");
    let limit = 5.0 * disk.p99.as_secs_f64() * 1e6;
    let lost = ours.sum("/missing") + ours.sum("/surplus");
    Ok(Row {
        what: "5 000 crossings/s, 100 connections, QoS 1".into(),
        target: format!("p99 ≤ 5 × fdatasync p99 = {}", ms(limit)),
        ours: format!(
            "p50 {}, p99 {}; lost or doubled {lost}",
            ms(ours.median("/received_us/p50")),
            ms(p99)
        ),
        beside: format!(
            "Node-RED, volatile: p99 {}; fdatasync p99 {:.2?}",
            ms(peer.median("/received_us/p99")),
            disk.p99
        ),
        met: Some(p99 <= limit && lost == 0.0),
    })
}

/// As many alarms and commands as get through.
pub fn most(
    helan: &Helan,
    mosquitto: u16,
    node_red: u16,
    runs: usize,
    seconds: &str,
) -> anyhow::Result<Row> {
    let more = ["--connections", "100", "--seconds", seconds];
    let ours = load(&Target::Helan(helan), "max", runs, &more)?.median("/received_per_s");
    let red = load(&Target::NodeRed(node_red), "max", runs, &more)?.median("/received_per_s");
    let plain = load(&Target::Mosquitto(mosquitto), "max", runs, &more)?.median("/received_per_s");
    Ok(Row {
        what:
            "highest sustained rate where every message is an alarm and a command, QoS 1, durable"
                .into(),
        target: "≥ 4 × Node-RED and ≥ 2 × Mosquitto forwarding".into(),
        ours: format!(
            "{}/s ({:.1} × Node-RED, {:.1} × Mosquitto)",
            grouped(ours),
            ours / red,
            ours / plain
        ),
        beside: format!("Node-RED {}/s; Mosquitto forwarding {}/s", grouped(red), grouped(plain)),
        met: Some(ours >= 4.0 * red && ours >= 2.0 * plain),
    })
}

/// Single readings.
pub fn single(helan: &Helan, mosquitto: u16, runs: usize, seconds: &str) -> anyhow::Result<Row> {
    let more = ["--connections", "100", "--seconds", seconds];
    let ours = load(&Target::Helan(helan), "readings", runs, &more)?.median("/readings_per_s");
    let plain = load(&Target::Mosquitto(mosquitto), "readings", runs, &more)?;
    Ok(Row {
        what:
            "readings with rules evaluated, one per MQTT message, QoS 1, acknowledged after commit"
                .into(),
        target: "≥ 150 000/s".into(),
        ours: format!("{}/s", grouped(ours)),
        beside: format!(
            "Mosquitto forwarding QoS 1: {}/s",
            grouped(plain.median("/received_per_s"))
        ),
        met: Some(ours >= 150_000.0),
    })
}

/// Readings in batches.
pub fn batched(
    helan: &Helan,
    copied: (f64, f64),
    runs: usize,
    seconds: &str,
) -> anyhow::Result<Row> {
    let more = ["--connections", "20", "--seconds", seconds];
    let mqtt = load(&Target::Helan(helan), "batch", runs, &more)?.median("/readings_per_s");
    let over_http = [&more[..], &["--http"]].concat();
    let http = load(&Target::Helan(helan), "batch", runs, &over_http)?.median("/readings_per_s");
    Ok(Row {
        what: "readings with rules evaluated, 100 per message, durable".into(),
        target: "≥ 1 000 000/s (MQTT or HTTP)".into(),
        ours: format!("MQTT {}/s, HTTP {}/s", grouped(mqtt), grouped(http)),
        beside: format!(
            "PostgreSQL COPY, batches of 1 000: {}/s, of 10 000: {}/s, no rules",
            grouped(copied.0),
            grouped(copied.1)
        ),
        met: Some(mqtt.max(http) >= 1_000_000.0),
    })
}
