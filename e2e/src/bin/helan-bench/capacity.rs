//! What it costs to hold a region, and how soon a killed server is back.

use std::{net::TcpStream, process::Command, time::Duration};

use anyhow::{Context, ensure};
use helan_e2e::{Api, Platform, Setup, binary};
use serde_json::{Value, json};

use crate::{
    measure::{figure, median, timed},
    table::{Row, grouped},
};

/// Packs of the load test.
pub const PACKS: &str = "scenarios/bench/packs";
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
    let platform = Platform::start(Setup { packs: PACKS, ..Setup::default() })?;
    let api = Api::simulator(&platform)?;
    let keys: Vec<String> = (0..devices).map(|n| format!("station-{n}")).collect();
    for part in keys.chunks(BATCH) {
        let changes: Vec<Value> = part.iter().map(|key| device(key, "bench-station")).collect();
        api.post("/api/v1/registry", &json!({ "changes": changes })).await?;
    }
    // What registering needed is given back; the projector has caught up.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let bytes = figure(platform.server.resident_bytes()?);
    Ok(Row {
        what: format!("memory with {} devices × 3 points and rules, idle", grouped(figure(devices as u64))),
        target: "≤ 250 MB".into(),
        ours: format!("{:.0} MB", bytes / 1e6),
        beside: "–".into(),
        met: Some(bytes <= 250e6),
    })
}

/// From the start of the program after `kill -9` to the first reading that is confirmed.
pub async fn start(readings: u64, alarms: usize, runs: usize) -> anyhow::Result<Row> {
    let mut platform = Platform::start(Setup { packs: PACKS, ..Setup::default() })?;
    let api = Api::simulator(&platform)?;
    let keys: Vec<String> = (0..alarms).map(|n| format!("open-{n}")).collect();
    let changes: Vec<Value> = keys.iter().map(|key| device(key, "bench-station")).collect();
    let registered = api.post("/api/v1/registry", &json!({ "changes": changes })).await?;
    for key in &keys {
        raise(&platform, key, token(&registered, key)?, 1500.0).await?;
    }
    fill(&platform, readings)?;
    let key = keys.first().context("no device")?;
    let mut figures = Vec::new();
    for run in 0..runs {
        platform.server.kill()?;
        let secret = token(&registered, key)?;
        let (span, done) = timed(|| platform.restart());
        done?;
        let (request, answer) = {
            let value = 1500.0 + f64::from(u32::try_from(run)?);
            #[expect(clippy::disallowed_methods, reason = "measuring is what the bench is for")]
            let begin = std::time::Instant::now();
            let answer = raise(&platform, key, secret, value).await;
            (begin.elapsed(), answer)
        };
        answer?;
        figures.push((span + request).as_secs_f64());
    }
    let api = Api::simulator(&platform)?;
    let overview = api.get("/api/v1/overview").await?;
    let open: u64 = ["critical", "high", "medium", "low"]
        .iter()
        .filter_map(|priority| overview["alarms"][priority].as_u64())
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
    registered["tokens"][key].as_str().with_context(|| format!("no token for {key}"))
}

async fn raise(platform: &Platform, key: &str, token: &str, value: f64) -> anyhow::Result<()> {
    let url = format!("http://127.0.0.1:{}/device/v1/{key}/readings", platform.http);
    let body = json!({ "values": { "x": value } });
    let response = reqwest::Client::new().post(url).bearer_auth(token).json(&body).send().await?;
    ensure!(response.status().is_success(), "{}", response.text().await?);
    Ok(())
}

/// Fills the store through the front door.
fn fill(platform: &Platform, readings: u64) -> anyhow::Result<()> {
    TcpStream::connect(("127.0.0.1", platform.mqtt))?;
    let mut stored = 0.0;
    while stored < figure(readings) {
        let output = Command::new(binary("helan-sim")?)
            .args(["load", "--mode", "batch", "--connections", "20", "--seconds", "5", "--warmup", "0"])
            .args(["--server", &format!("http://127.0.0.1:{}", platform.http)])
            .args(["--mqtt", &format!("127.0.0.1:{}", platform.mqtt)])
            .args(["--back", &(2_000_000 - (stored as u64) / 20_000).to_string()])
            .arg("--token-file")
            .arg(platform.folder().join("simulator.token"))
            .output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout)?;
        let figures: Value = serde_json::from_str(text.lines().last().unwrap_or_default())?;
        let more = figures["acknowledged"].as_f64().unwrap_or(0.0)
            * figures["readings_per_message"].as_f64().unwrap_or(0.0);
        ensure!(more > 0.0, "the load stored nothing: {figures}");
        stored += more;
    }
    Ok(())
}
