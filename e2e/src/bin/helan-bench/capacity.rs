//! What it costs to hold a region, and how soon a killed server is back.

use std::time::Duration;

use anyhow::{Context, ensure};
use helan_e2e::{Api, Platform, http_client};
use serde_json::{Value, json};

use crate::{
    load::{Helan, Target, load},
    measure::{figure, median, timed},
    table::{Row, grouped},
};

/// Devices in one request.
const BATCH: usize = 2_000;

fn device(key: &str, profile: &str) -> Value {
    json!({ "PutDevice": {
        "key": key, "profile": profile, "name": "", "area": 640_104_000, "position": { "lon": 106.2, "lat": 38.4 },
        "facility": "", "room": "", "stair": "", "floor": 0, "post": "", "camera": "", "gateway": "",
        "attributes": {}, "drill": true,
    } })
}

/// Memory with many devices registered and nothing happening.
pub async fn memory(devices: usize) -> anyhow::Result<Row> {
    let helan = Helan::start()?;
    let platform = &helan.platform;
    let api = Api::simulator(platform)?;
    let keys: Vec<String> = (0..devices).map(|n| format!("station-{n}")).collect();
    for part in keys.chunks(BATCH) {
        let changes: Vec<Value> = part.iter().map(|key| device(key, "bench-station")).collect();
        api.post("/api/v1/registry", &json!({ "changes": changes })).await?;
    }
    // What registering needed is given back; the projector has caught up.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let bytes = figure(platform.server.resident_bytes()?);
    Ok(Row {
        what: format!(
            "memory with {} devices × 3 points and rules, idle",
            grouped(figure(devices as u64))
        ),
        target: "≤ 250 MB".into(),
        ours: format!("{:.0} MB", bytes / 1e6),
        beside: "–".into(),
        met: Some(bytes <= 250e6),
    })
}

/// From the start of the program after `kill -9` to the first reading that is confirmed.
pub async fn start(readings: u64, alarms: usize, runs: usize) -> anyhow::Result<Row> {
    let mut helan = Helan::start()?;
    let api = Api::simulator(&helan.platform)?;
    let keys: Vec<String> = (0..alarms).map(|n| format!("open-{n}")).collect();
    let changes: Vec<Value> = keys.iter().map(|key| device(key, "bench-station")).collect();
    let registered = api.post("/api/v1/registry", &json!({ "changes": changes })).await?;
    for key in &keys {
        raise(&helan.platform, key, token(&registered, key)?, 1500.0).await?;
    }
    fill(&helan, readings)?;
    let key = keys.first().context("no device")?;
    let mut figures = Vec::new();
    for run in 0..runs {
        helan.platform.server.kill()?;
        let secret = token(&registered, key)?;
        let (span, done) = timed(|| helan.platform.restart());
        done?;
        let (request, answer) = {
            let value = 1500.0 + f64::from(u32::try_from(run)?);
            #[expect(clippy::disallowed_methods, reason = "measuring is what the bench is for")]
            let begin = std::time::Instant::now();
            let answer = raise(&helan.platform, key, secret, value).await;
            (begin.elapsed(), answer)
        };
        answer?;
        figures.push((span + request).as_secs_f64());
    }
    let api = Api::simulator(&helan.platform)?;
    let overview = api.get("/api/v1/overview").await?;
    let open: u64 = ["critical", "high", "medium", "low"]
        .iter()
        .filter_map(|priority| overview.get("alarms")?.get(priority)?.as_u64())
        .sum();
    ensure!(open >= alarms as u64, "only {open} alarms are open after the kills");
    let seconds = median(figures);
    Ok(Row {
        what: format!(
            "start with {} readings and {alarms} open alarms on disk, after kill -9",
            grouped(figure(readings))
        ),
        target: "≤ 2 s to the first accepted reading".into(),
        ours: format!("{seconds:.2} s"),
        beside: "–".into(),
        met: Some(seconds <= 2.0),
    })
}

fn token<'a>(registered: &'a Value, key: &str) -> anyhow::Result<&'a str> {
    let token = registered.get("tokens").and_then(|tokens| tokens.get(key)?.as_str());
    token.with_context(|| format!("no token for {key}"))
}

async fn raise(platform: &Platform, key: &str, token: &str, value: f64) -> anyhow::Result<()> {
    let url = format!("http://127.0.0.1:{}/device/v1/{key}/readings", platform.http);
    let body = json!({ "values": { "x": value } });
    let response = http_client().post(url).bearer_auth(token).json(&body).send().await?;
    ensure!(response.status().is_success(), "{}", response.text().await?);
    Ok(())
}

/// Fills the store through the front door.
fn fill(helan: &Helan, readings: u64) -> anyhow::Result<()> {
    let mut stored = 0.0;
    while stored < figure(readings) {
        let more = ["--connections", "20", "--seconds", "5", "--warmup", "0"];
        let part = load(&Target::Helan(helan), "batch", 1, &more)?;
        let count = part.sum("/acknowledged") * part.sum("/readings_per_message");
        ensure!(count > 0.0, "the load stored nothing");
        stored += count;
    }
    Ok(())
}
