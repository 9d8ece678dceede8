//! From a leak to people who are told: alarm, danger area of the model, audience and notices, committed, while readings pour in.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};

use anyhow::{Context, ensure};
use helan_e2e::{Api, http_client};
use serde_json::{Value, json};

use crate::{
    load::Helan,
    measure::{figure, median, percentile},
    table::{Row, grouped},
};

/// People around each tank, within some hundred metres.
const PEOPLE: u32 = 100;
/// Time from one leak to the next.
const BETWEEN: Duration = Duration::from_millis(50);
/// Devices that send readings all the time, readings of each message, and time between its messages: 10 000 readings a second.
const STATIONS: u32 = 20;
const READINGS: u32 = 10;
const STEP: Duration = Duration::from_millis(20);
/// Changes of one request.
const BATCH: usize = 2_000;
/// Tanks in a row of the map; each a tenth of a degree from the next, so that every leak is an incident of its own.
const ROW: u32 = 20;

fn place(tank: u32) -> (f64, f64) {
    (104.5 + 0.1 * f64::from(tank % ROW), 35.5 + 0.1 * f64::from(tank / ROW))
}

fn device(key: &str, profile: &str, (lon, lat): (f64, f64)) -> Value {
    json!({ "PutDevice": {
        "key": key, "profile": profile, "name": "", "area": 640_104_000, "position": { "lon": lon, "lat": lat },
        "facility": "", "room": "", "stair": "", "floor": 0, "post": "", "camera": "", "gateway": "",
        "attributes": {}, "drill": true,
    } })
}

fn person(tank: u32, number: u32) -> Value {
    let (lon, lat) = place(tank);
    let (east, north) = (f64::from(number % 10) - 4.5, f64::from(number / 10) - 4.5);
    json!({ "PutPerson": {
        "key": format!("p-{tank}-{number}"), "name": "", "phone": "", "language": "zh", "area": 640_104_000,
        "position": { "lon": lon + 0.0008 * east, "lat": lat + 0.0006 * north },
        "facility": "", "room": "", "stair": "", "floor": 0, "needs": [],
    } })
}

/// Sends readings of one device, none over a limit, until told to stop.
async fn pour(url: String, token: String, over: &AtomicBool, stored: &AtomicU64) {
    let client = http_client();
    let mut tick = tokio::time::interval(STEP);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
    let readings = vec![json!({ "values": { "x": 20.5 } }); READINGS as usize];
    while !over.load(Ordering::Relaxed) {
        tick.tick().await;
        let sent = client.post(&url).bearer_auth(&token).json(&readings).send().await;
        if sent.is_ok_and(|response| response.status().is_success()) {
            stored.fetch_add(u64::from(READINGS), Ordering::Relaxed);
        }
    }
}

/// Lets tanks leak one after the other; the spans from the request to its confirmation, which comes after the commit.
async fn leak(http: u16, tanks: &[(String, String)]) -> anyhow::Result<Vec<Duration>> {
    let client = http_client();
    let mut tick = tokio::time::interval(BETWEEN);
    let mut spans = Vec::new();
    for (key, token) in tanks {
        tick.tick().await;
        let url = format!("http://127.0.0.1:{http}/device/v1/{key}/readings");
        let request =
            client.post(url).bearer_auth(token).json(&json!({ "values": { "nh3": 120.0 } }));
        #[expect(clippy::disallowed_methods, reason = "measuring is what the bench is for")]
        let begin = std::time::Instant::now();
        let response = request.send().await?;
        spans.push(begin.elapsed());
        ensure!(response.status().is_success(), "{}", response.text().await?);
    }
    spans.sort_unstable();
    Ok(spans)
}

/// What each leak brought: an incident with a danger area, and notices of the same moment.
async fn check(api: &Api, wanted: usize) -> anyhow::Result<f64> {
    let (mut incidents, mut notices, mut after) = (0, 0, String::new());
    loop {
        let page = api.get(&format!("/api/v1/incidents?limit=100{after}")).await?;
        let items = page.get("items").and_then(Value::as_array).context("no incidents")?;
        for incident in items {
            let id = incident.get("id").and_then(Value::as_u64).context("no number")?;
            incidents += 1;
            let file = api.get(&format!("/api/v1/incidents/{id}")).await?;
            let list = |name: &str| file.get(name).and_then(Value::as_array).cloned();
            let told = list("notices").unwrap_or_default();
            let alarms = list("alarms").unwrap_or_default();
            let raised = alarms.first().and_then(|alarm| alarm.get("raised")?.as_i64());
            let same = |notice: &&Value| notice.get("created").and_then(Value::as_i64) == raised;
            let count = told.iter().filter(same).count();
            ensure!(
                count >= PEOPLE as usize,
                "incident {id}: {count} of {} notices are of the alarm's own turn",
                told.len()
            );
            notices += count as u64;
        }
        match page.get("next").and_then(Value::as_str) {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    ensure!(incidents == wanted, "{incidents} incidents of {wanted}");
    Ok(figure(notices) / figure(wanted as u64))
}

/// Leaks under load.
///
/// # Errors
/// When the server does not start, or a leak does not bring what it should.
pub async fn row(tanks: u32, runs: usize) -> anyhow::Result<Row> {
    let helan = Helan::start()?;
    let api = Api::simulator(&helan.platform)?;
    let all = tanks * u32::try_from(runs)?;
    let key = |tank: u32| format!("tank-{tank}");
    let mut changes: Vec<Value> =
        (0..all).map(|n| device(&key(n), "bench-tank", place(n))).collect();
    let station = |n: u32| format!("pour-{n}");
    let beside = |n: u32| (103.0 + 0.01 * f64::from(n), 35.0);
    changes.extend((0..STATIONS).map(|n| device(&station(n), "bench-station", beside(n))));
    changes.extend((0..all).flat_map(|n| (0..PEOPLE).map(move |p| person(n, p))));
    let mut tokens = std::collections::BTreeMap::new();
    for part in changes.chunks(BATCH) {
        let done = api.post("/api/v1/registry", &json!({ "changes": part })).await?;
        for (key, token) in done.get("tokens").and_then(Value::as_object).into_iter().flatten() {
            tokens.insert(key.clone(), token.as_str().unwrap_or_default().to_owned());
        }
    }
    let named = |key: String| {
        let token = tokens.get(&key).cloned().with_context(|| format!("no token for {key}"));
        token.map(|token| (key, token))
    };
    let all_tanks = (0..all).map(|n| named(key(n))).collect::<anyhow::Result<Vec<_>>>()?;
    let stations = (0..STATIONS).map(|n| named(station(n))).collect::<anyhow::Result<Vec<_>>>()?;
    let (over, stored) = (AtomicBool::new(false), AtomicU64::new(0));
    #[expect(clippy::disallowed_methods, reason = "measuring is what the bench is for")]
    let begin = std::time::Instant::now();
    let (mut halves, mut ends) = (Vec::new(), Vec::new());
    let http = helan.platform.http;
    std::thread::scope(|scope| -> anyhow::Result<()> {
        let (over, stored) = (&over, &stored);
        let pouring = scope.spawn(move || -> anyhow::Result<()> {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let each = stations.into_iter().map(|(key, token)| {
                pour(
                    format!("http://127.0.0.1:{http}/device/v1/{key}/readings"),
                    token,
                    over,
                    stored,
                )
            });
            let all: Vec<_> = each.collect();
            runtime.block_on(all_of(all));
            Ok(())
        });
        let leaking = scope.spawn(|| -> anyhow::Result<()> {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            for part in all_tanks.chunks(usize::try_from(tanks)?) {
                let spans = runtime.block_on(leak(http, part));
                let spans = spans.inspect_err(|_| over.store(true, Ordering::Relaxed))?;
                halves.push(percentile(&spans, 50).as_secs_f64() * 1e3);
                ends.push(percentile(&spans, 99).as_secs_f64() * 1e3);
            }
            over.store(true, Ordering::Relaxed);
            Ok(())
        });
        leaking.join().map_err(|_panic| anyhow::anyhow!("the leaks stopped"))??;
        pouring.join().map_err(|_panic| anyhow::anyhow!("the load stopped"))?
    })?;
    let rate = figure(stored.load(Ordering::Relaxed)) / begin.elapsed().as_secs_f64();
    let told = check(&api, all_tanks.len()).await?;
    let (half, p99) = (median(halves), median(ends));
    Ok(Row {
        what: format!(
            "ammonia leak under load: request with the reading → alarm, area of the model, audience of {told:.0} and \
             their notices committed ({runs} × {tanks} leaks)"
        ),
        target: "p99 ≤ 50 ms under 10 000 readings/s".into(),
        ours: format!("p50 {half:.1} ms, p99 {p99:.1} ms under {} readings/s", grouped(rate)),
        beside: "–".into(),
        met: Some(p99 <= 50.0 && rate >= 9_500.0),
    })
}

/// Waits for all of them in one thread.
async fn all_of<F: Future<Output = ()>>(all: Vec<F>) {
    let mut all: Vec<_> = all.into_iter().map(Box::pin).collect();
    std::future::poll_fn(move |context| {
        all.retain_mut(|one| one.as_mut().poll(context).is_pending());
        if all.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}
