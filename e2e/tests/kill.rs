//! `kill -9` at random moments under load: nothing confirmed is lost, nothing is doubled.
//!
//! `HELAN_KILLS` sets how many kills (default 8; the figure in docs/benchmarks.md was made with hundreds).

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use helan_e2e::{Api, Platform, Setup, http_client};
use helan_kernel::{
    AlarmId, RunId,
    dispose::{Command, Run},
};
use helan_store::{
    History,
    history::{Filter, Record},
};
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, QoS};
use serde_json::{Value, json};

const DEVICES: usize = 6;
const PACKS: &str = "scenarios/bench/packs";

/// How far a test has come.
#[derive(Default)]
struct Phase {
    /// No further message is sent.
    quiet: AtomicBool,
    /// Nobody listens any more.
    over: AtomicBool,
}

/// What a sender knows: moments of the readings over the limit that were confirmed, and commands that came.
#[derive(Default)]
struct Ledger {
    confirmed: BTreeSet<i64>,
    commands: Vec<String>,
}

type Ledgers = Arc<Vec<Mutex<Ledger>>>;

/// Moments for readings: strictly increasing over all senders, near the present.
struct Moments(AtomicI64);

impl Moments {
    fn next(&self) -> i64 {
        self.0.fetch_add(2, Ordering::Relaxed)
    }
}

/// Small deterministic randomness for the moments of the kills.
fn random(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *seed >> 33
}

/// Each message goes below the limit and over it: one alarm and one command. The same message is sent until it is confirmed.
fn message(at: i64) -> String {
    json!([{ "ts": at, "values": { "x": 0 } }, { "ts": at + 1, "values": { "x": 500 } }])
        .to_string()
}

/// A device over MQTT with a client that is not ours: one message in flight; PUBACK means confirmed.
async fn device_over_mqtt(
    port: u16,
    device: String,
    token: String,
    at: usize,
    ledgers: Ledgers,
    moments: Arc<Moments>,
    phase: Arc<Phase>,
) {
    let mut pending = moments.next();
    while !phase.over.load(Ordering::Relaxed) {
        let mut options = MqttOptions::new(&device, "127.0.0.1", port);
        options.set_credentials(&device, &token).set_keep_alive(Duration::from_secs(5));
        let (client, mut events) = AsyncClient::new(options, 16);
        client.subscribe(format!("helan/v1/{device}/commands"), QoS::AtLeastOnce).await.unwrap();
        let topic = format!("helan/v1/{device}/readings");
        let reason = loop {
            if phase.over.load(Ordering::Relaxed) {
                return;
            }
            let quiet = phase.quiet.load(Ordering::Relaxed);
            match tokio::time::timeout(Duration::from_secs(2), events.poll()).await {
                Ok(Ok(Event::Incoming(Packet::SubAck(_)))) if quiet => {}
                Ok(Ok(Event::Incoming(Packet::SubAck(_)))) => {
                    client
                        .publish(&topic, QoS::AtLeastOnce, false, message(pending))
                        .await
                        .unwrap();
                }
                Ok(Ok(Event::Incoming(Packet::PubAck(_)))) => {
                    ledgers[at].lock().unwrap().confirmed.insert(pending + 1);
                    pending = moments.next();
                    if quiet {
                        continue;
                    }
                    client
                        .publish(&topic, QoS::AtLeastOnce, false, message(pending))
                        .await
                        .unwrap();
                }
                Ok(Ok(Event::Incoming(Packet::Publish(publish)))) => {
                    let command: Value = serde_json::from_slice(&publish.payload).unwrap();
                    let id = command["id"].as_str().unwrap().to_owned();
                    ledgers[at].lock().unwrap().commands.push(id);
                }
                Ok(Ok(_)) => {}
                Ok(Err(error)) => break error.to_string(),
                Err(_elapsed) if quiet => {}
                Err(_elapsed) => break "no answer".to_owned(),
            }
        };
        assert!(!reason.contains("NotAuthorized"), "{reason}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A device over HTTP: 200 means confirmed.
async fn device_over_http(
    port: u16,
    device: String,
    token: String,
    at: usize,
    ledgers: Ledgers,
    moments: Arc<Moments>,
    phase: Arc<Phase>,
) {
    let client = http_client();
    let url = format!("http://127.0.0.1:{port}/device/v1/{device}/readings");
    let mut pending = moments.next();
    while !phase.quiet.load(Ordering::Relaxed) {
        let request = client
            .post(&url)
            .timeout(Duration::from_secs(2))
            .bearer_auth(&token)
            .body(message(pending));
        match request.header("content-type", "application/json").send().await {
            Ok(response) if response.status().is_success() => {
                ledgers[at].lock().unwrap().confirmed.insert(pending + 1);
                pending = moments.next();
            }
            Ok(response) => panic!("refused: {} {:?}", response.status(), response.text().await),
            Err(_lost) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

async fn all(api: &Api, path: &str) -> Vec<Value> {
    let mut items = Vec::new();
    let mut after = String::new();
    loop {
        let page = api.get(&format!("{path}&limit=500{after}")).await.unwrap();
        items.extend(page["items"].as_array().unwrap().iter().cloned());
        match &page["next"] {
            Value::Null => return items,
            next => {
                after = format!("&after={}", next.as_str().map_or(next.to_string(), str::to_owned));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_confirmed_is_lost_or_doubled() {
    let kills: u32 = std::env::var("HELAN_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(8);
    let mut platform = Platform::start(Setup { packs: PACKS, ..Setup::default() }).unwrap();
    let api = Api::sign_in(&platform, "admin", &platform.password().unwrap()).await.unwrap();
    let device = |n: usize| format!("sensor-{n}");
    let changes: Vec<Value> = (0..DEVICES)
        .map(|n| {
            json!({ "PutDevice": {
                "key": device(n), "profile": "bench-sensor", "name": "", "area": 640_104_000,
                "position": { "lon": 106.2, "lat": 38.4 }, "facility": "", "room": "", "stair": "", "floor": 0,
                "post": "", "camera": "", "gateway": "", "attributes": {}, "drill": false,
            } })
        })
        .collect();
    let registered = api.post("/api/v1/registry", &json!({ "changes": changes })).await.unwrap();
    let now = api.get("/api/v1/overview").await.unwrap()["now"].as_i64().unwrap();

    // Two ms for each message, from a quarter of an hour ago: far from "future", far from "ancient".
    let moments = Arc::new(Moments(AtomicI64::new(now - 900_000)));
    let ledgers: Ledgers = Arc::new((0..DEVICES).map(|_| Mutex::default()).collect());
    let phase = Arc::new(Phase::default());
    let mut senders = Vec::new();
    for n in 0..DEVICES {
        let token = registered["tokens"][device(n)].as_str().unwrap().to_owned();
        let (ledgers, moments, phase) = (ledgers.clone(), moments.clone(), phase.clone());
        senders.push(if n % 2 == 0 {
            tokio::spawn(device_over_mqtt(
                platform.mqtt,
                device(n),
                token,
                n,
                ledgers,
                moments,
                phase,
            ))
        } else {
            tokio::spawn(device_over_http(
                platform.http,
                device(n),
                token,
                n,
                ledgers,
                moments,
                phase,
            ))
        });
    }
    let mut seed = 20_261_123;
    for _ in 0..kills {
        tokio::time::sleep(Duration::from_millis(50 + random(&mut seed) % 400)).await;
        platform.server.kill().unwrap();
        platform.restart().unwrap();
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    phase.quiet.store(true, Ordering::Relaxed);
    // What was decided last reaches its device.
    tokio::time::sleep(Duration::from_secs(3)).await;
    phase.over.store(true, Ordering::Relaxed);
    for sender in senders {
        sender.await.unwrap();
    }
    check(&platform, &ledgers, now).await;
}

async fn check(platform: &Platform, ledgers: &Ledgers, now: i64) {
    let api = Api::sign_in(platform, "admin", &platform.password().unwrap()).await.unwrap();
    // The history follows the journal; give it time to catch up.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let mut alarms = all(&api, "/api/v1/alarms?open=false").await;
    alarms.extend(all(&api, "/api/v1/alarms?open=true").await);
    let mut raised: BTreeMap<(String, i64), u32> = BTreeMap::new();
    for alarm in &alarms {
        *raised
            .entry((alarm["device"].as_str().unwrap().to_owned(), alarm["since"].as_i64().unwrap()))
            .or_default() += 1;
    }
    assert!(raised.values().all(|n| *n == 1), "an alarm was raised twice");
    let history = History::open(&platform.folder()).unwrap();
    let mut confirmed = 0;
    for (n, ledger) in ledgers.iter().enumerate() {
        let ledger = std::mem::take(&mut *ledger.lock().unwrap());
        let device = format!("sensor-{n}");
        confirmed += ledger.confirmed.len();
        for at in &ledger.confirmed {
            assert!(
                raised.contains_key(&(device.clone(), *at)),
                "{device}: the alarm of {at} is lost"
            );
        }
        let stored = stored(&api, &device, now).await;
        for at in &ledger.confirmed {
            assert_eq!(stored.get(at), Some(&1), "{device}: reading {at} lost or doubled");
        }
        let of_device = |a: &&Value| a["device"].as_str() == Some(&device);
        let own: BTreeSet<u64> =
            alarms.iter().filter(of_device).map(|a| a["id"].as_u64().unwrap()).collect();
        check_commands(&history, &device, &own, &ledger, n % 2 == 0);
    }
    assert!(confirmed > 0, "nothing was confirmed at all");
    eprintln!("confirmed {confirmed} crossings, {} alarms", alarms.len());
    let verified = api.get("/api/v1/audit/verify").await.unwrap();
    assert_eq!(verified["ok"], true, "{verified}");
}

/// Every alarm of a device gave exactly one command, and a device that listens got each of them: perhaps several times over
/// the wire, but under one number.
fn check_commands(
    history: &History,
    device: &str,
    alarms: &BTreeSet<u64>,
    ledger: &Ledger,
    listens: bool,
) {
    let runs: BTreeMap<RunId, AlarmId> =
        every(history, |run: &Run| run.id.0).iter().map(|run| (run.id, run.alarm)).collect();
    let mut given: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    for command in every(history, |command: &Command| command.id.0) {
        if *command.device_key == *device {
            let AlarmId(alarm) = runs[&command.run.unwrap().0];
            given.entry(alarm).or_default().push(command.id.to_string());
        }
    }
    for alarm in alarms {
        let ids = given.get(alarm).map_or(0, Vec::len);
        assert_eq!(ids, 1, "{device}: alarm {alarm} gave {ids} commands");
    }
    assert_eq!(given.len(), alarms.len(), "{device}: commands without an alarm");
    let given: BTreeSet<&String> = given.values().flatten().collect();
    let heard: BTreeSet<&String> = ledger.commands.iter().collect();
    let unknown: Vec<_> = heard.difference(&given).collect();
    assert!(unknown.is_empty(), "{device}: heard commands that were never committed: {unknown:?}");
    if listens {
        let lost: Vec<_> = given.difference(&heard).collect();
        assert!(lost.is_empty(), "{device}: never heard {} of {}", lost.len(), given.len());
    }
}

/// All records of a kind.
fn every<R: Record>(history: &History, number: impl Fn(&R) -> u64) -> Vec<R> {
    let mut all: Vec<R> = Vec::new();
    loop {
        let before = all.last().map(&number);
        let page = history.page(&Filter { before, limit: 1000, ..Filter::default() }).unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

/// Moments over the limit that the history has, with how often.
async fn stored(api: &Api, device: &str, now: i64) -> BTreeMap<i64, u32> {
    let mut times = BTreeMap::new();
    let mut from = now - 900_000;
    loop {
        let path = format!(
            "/api/v1/devices/{device}/points/x/readings?from={from}&to={}&limit=1000",
            now + 900_000
        );
        let page = api.get(&path).await.unwrap();
        let readings = page["readings"].as_array().unwrap();
        for reading in readings {
            if reading[1].as_f64().unwrap() > 100.0 {
                *times.entry(reading[0].as_i64().unwrap()).or_default() += 1;
            }
            from = reading[0].as_i64().unwrap() + 1;
        }
        if readings.len() < 1000 {
            return times;
        }
    }
}
