//! Weather from a feed: what a danger is made with, what becomes old, and what a person says against it.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use crate::common::{ELSEWHERE, HOME, World};
use axum::{Router, http::StatusCode, routing::get};
use helan_kernel::{Ms, Quality, Reading};
use helan_server::{access::Role, config::Config};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// What the feed answers now.
type Said = Arc<Mutex<String>>;

async fn feed(said: Said) -> u16 {
    let answer = move || async move { said.lock().expect("lock").clone() };
    let router = Router::new().route("/now", get(answer.clone())).route("/table", get(answer));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
    let port = listener.local_addr().expect("address").port();
    tokio::spawn(async move { axum::serve(listener, router).await.expect("served") });
    port
}

async fn world(port: u16) -> World {
    let mut config = Config::default();
    config.connectors.hosts = vec![format!("127.0.0.1:{port}")];
    World::open_with(config, true).await
}

fn order(port: u16) -> Value {
    json!({
        "name": "气象局自动站", "kind": "weather", "minutes": 5, "enabled": true,
        "mapping": { "station": "key", "at.x": "lon", "at.y": "lat", "time": "observed_at", "speed": "wind_km_h",
            "direction": "wind_from", "temp": "temperature_c" },
        "from": { "type": "http-json", "url": format!("http://127.0.0.1:{port}/now"), "list": "/stations" },
    })
}

/// A station's row: minutes ago, its wind and where that comes from.
fn row(world: &World, station: &str, ago_min: i64, speed: Value, from: &str) -> Value {
    let at = world.server.api.platform.now().0 - ago_min * 60_000;
    json!({ "station": station, "at": { "x": 106.29, "y": 38.47 }, "time": at, "speed": speed, "direction": from,
        "temp": 21.5 })
}

fn say(said: &Said, rows: &[Value]) {
    *said.lock().expect("lock") = json!({ "stations": rows }).to_string();
}

const AT: &str = "/api/v1/base/connectors/cma";

/// Lets the feed be read again, and gives the run.
async fn run(world: &World, token: &str) -> Value {
    let began = world.server.api.platform.now().0;
    let response = world.post(token, &format!("{AT}/run"), json!({})).await;
    assert_eq!(response.status, StatusCode::ACCEPTED, "{}", response.text);
    last(world, token, began).await
}

/// The first run that began at this moment or later, once it has ended.
async fn last(world: &World, token: &str, since: i64) -> Value {
    world
        .until("a run", async |world| {
            let all = world.get(token, "/api/v1/base/connectors").await;
            let one = all.as_array()?.first()?.clone();
            let began = one["last"]["began"].as_i64()?;
            (one["health"] != "running" && began >= since).then(|| one["last"].clone())
        })
        .await
}

async fn source(world: &World, token: &str, key: &str) -> Option<Value> {
    let sources = world.get(token, "/api/v1/weather/sources").await;
    sources["items"].as_array().expect("items").iter().find(|item| item["key"] == key).cloned()
}

/// A tank's detector of ammonia.
async fn detector(world: &mut World) {
    let token = world.token(Role::Admin, 0);
    let device = json!({ "PutDevice": {
        "key": "nh3-1", "profile": "ammonia-detector", "name": "", "area": HOME, "position": { "lon": 106.27, "lat": 38.46 },
        "facility": "", "room": "", "stair": "", "floor": 0, "post": "", "camera": "", "gateway": "",
        "attributes": {}, "drill": false,
    } });
    let response = world.post(&token, "/api/v1/registry", json!({ "changes": [device] })).await;
    assert_eq!(response.status, StatusCode::OK, "{}", response.text);
    assert!(!response.text.contains("refused"), "{}", response.text);
}

/// A leak at it: gives the number of the incident.
async fn leak(world: &World, token: &str) -> u64 {
    let platform = &world.server.api.platform;
    let point = platform
        .ask(|engine| {
            let registry = engine.registry();
            registry.point(registry.devices.by_key("nh3-1")?, "nh3")
        })
        .await
        .expect("node")
        .expect("point");
    let now = platform.now().0;
    let readings = (0..8).map(|second| Reading {
        point,
        at: Ms(now - 8_000 + second * 1000),
        value: 120.0 + second as f64,
        quality: Quality::Good,
    });
    platform.read(readings.collect()).await.expect("node");
    world
        .until("the incident", async |world| {
            let alarms = world.get(token, "/api/v1/alarms").await;
            alarms["items"].as_array()?.iter().find_map(|alarm| alarm["incident"].as_u64())
        })
        .await
}

async fn danger(world: &World, token: &str, incident: u64) -> Value {
    let path = format!("/api/v1/incidents/{incident}/danger");
    world
        .until("the danger", async |world| {
            let now = world.get(token, &path).await["now"].clone();
            now.as_array()?.first().cloned()
        })
        .await
}

#[tokio::test]
async fn a_danger_follows_the_wind_of_a_feed_and_a_hand_comes_first() {
    let said = Said::default();
    let port = feed(said.clone()).await;
    let mut world = world(port).await;
    detector(&mut world).await;
    let steward = world.token(Role::Steward, 0);
    // One good row, one torn one, one whose clock is wrong, one of a county that is not there, an older row of the first.
    let strange =
        json!({ "station": "s5", "at": { "x": 20.0, "y": 50.0 }, "time": 1, "speed": 1.0 });
    say(
        &said,
        &[
            row(&world, "s1", 1, json!(18.0), "东北风"),
            row(&world, "s2", 1, json!("much"), "N"),
            row(&world, "s3", -120, json!(7.2), "N"),
            row(&world, "s4", 1, json!(7.2), "up"),
            strange,
            row(&world, "s1", 11, json!(36.0), "S"),
        ],
    );
    let response = world.call(&steward, "PUT", AT, Some(order(port))).await;
    assert_eq!(response.status, StatusCode::OK, "{}", response.text);
    let first = last(&world, &steward, 0).await;
    let figures = (&first["rows"], &first["bad"], &first["created"], &first["late"]);
    assert_eq!(figures, (&json!(6), &json!(4), &json!(1), &json!(1)), "{first}");
    let faults = json!({ "not-number": 1, "future": 1, "not-direction": 1, "no-area": 1 });
    assert_eq!((&first["faults"], &first["failed"]), (&faults, &Value::Null));
    assert_eq!(first["first"][0]["row"], 2);

    let station = source(&world, &steward, "cma/s1").await.expect("station");
    assert_eq!((&station["source"], &station["stale"]), (&json!("feed"), &json!(false)));
    assert_eq!((&station["wind_m_s"], &station["wind_from_deg"]), (&json!(5.0), &json!(45.0)));
    assert!(station["age_s"].as_i64().is_some_and(|age| (60..120).contains(&age)), "{station}");
    let elsewhere = world.token(Role::Viewer, ELSEWHERE);
    assert_eq!(source(&world, &elsewhere, "cma/s1").await, None, "another county's");

    let incident = leak(&world, &steward).await;
    let made = danger(&world, &steward, incident).await;
    assert_eq!((&made["air"]["source"], &made["air"]["by"]), (&json!("feed"), &json!("cma/s1")));
    assert_eq!(made["inputs"]["wind_from_deg"], 45.0);

    // The wind turns; the same row again and an older one change nothing.
    say(&said, &[row(&world, "s1", 0, json!(18.0), "SW")]);
    let second = run(&world, &steward).await;
    assert_eq!((&second["updated"], &second["bad"]), (&json!(1), &json!(0)), "{second}");
    let same = run(&world, &steward).await;
    assert_eq!((&same["same"], &same["updated"]), (&json!(1), &json!(0)), "{same}");
    say(&said, &[row(&world, "s1", 30, json!(3.6), "N")]);
    let late = run(&world, &steward).await;
    assert_eq!((&late["late"], &late["bad"]), (&json!(1), &json!(0)), "{late}");
    let mut made = made;
    // People are told anew at most every half minute.
    for _ in 0..450 {
        made = danger(&world, &steward, incident).await;
        if made["version"] == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!((&made["version"], &made["inputs"]["wind_from_deg"]), (&json!(2), &json!(225.0)));

    let place = "/api/v1/weather?lon=106.27&lat=38.46";
    let operator = world.token(Role::Duty, 0);
    let hand = json!({ "key": "现场", "position": { "lon": 106.27, "lat": 38.46 }, "area": HOME, "wind_m_s": 2.0,
        "wind_from_deg": 180.0, "minutes": 60 });
    let response = world.post(&operator, "/api/v1/weather", hand).await;
    assert_eq!(response.status, StatusCode::OK, "{}", response.text);
    let air = world.get(&steward, place).await;
    assert_eq!((&air["source"], &air["wind_from_deg"]), (&json!("hand"), &json!(180.0)));
    // Another county speaks neither of this place nor takes back what was said of it.
    let other = world.token(Role::Duty, ELSEWHERE);
    for (minutes, lon) in [(60, 106.27), (0, 106.27)] {
        let hand = json!({ "key": "现场", "position": { "lon": lon, "lat": 38.46 }, "area": ELSEWHERE, "wind_m_s": 9.0,
            "minutes": minutes });
        let response = world.post(&other, "/api/v1/weather", hand).await;
        assert_eq!(response.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", response.text);
    }
    say(&said, &[row(&world, "s1", 0, json!(36.0), "E")]);
    run(&world, &steward).await;
    assert_eq!(
        world.get(&steward, place).await["source"],
        "hand",
        "a newer feed does not take it back"
    );
    let written = source(&world, &steward, "现场").await.expect("by hand");
    assert!(written["until"].is_i64() && written["gone"] == false, "{written}");
}

#[tokio::test]
async fn a_feed_that_stopped_is_called_stale_where_its_wind_is_used() {
    let said = Said::default();
    let port = feed(said.clone()).await;
    let mut world = world(port).await;
    detector(&mut world).await;
    let steward = world.token(Role::Steward, 0);
    // Its last word is 25 minutes old; another station fell silent four hours ago.
    let at = |ago_min: i64| world.server.api.platform.now().0 - ago_min * 60_000;
    *said.lock().expect("lock") = format!(
        "站号,经度,纬度,观测时间,风力等级,风向\nA,106.29,38.47,{},4级,西北\nB,106.28,38.47,{},3-4级,西\n",
        at(25),
        at(240)
    );
    let table = json!({
        "name": "区县站", "kind": "weather", "minutes": 5, "enabled": true, "mapping": { "站号": "key" },
        "from": { "type": "http-csv", "url": format!("http://127.0.0.1:{port}/table") },
    });
    let response = world.call(&steward, "PUT", AT, Some(table.clone())).await;
    assert_eq!(response.status, StatusCode::OK, "{}", response.text);
    let first = last(&world, &steward, 0).await;
    assert_eq!((&first["created"], &first["bad"]), (&json!(2), &json!(0)), "{first}");
    let station = source(&world, &steward, "cma/A").await.expect("station");
    assert_eq!((&station["stale"], &station["gone"]), (&json!(true), &json!(false)));
    assert_eq!((&station["wind_m_s"], &station["wind_from_deg"]), (&json!(6.75), &json!(315.0)));
    assert_eq!(source(&world, &steward, "cma/B").await.expect("station")["gone"], true);

    let incident = leak(&world, &steward).await;
    let made = danger(&world, &steward, incident).await;
    assert_eq!((&made["air"]["by"], &made["air"]["stale"]), (&json!("cma/A"), &json!(true)));
    let warnings = made["warnings"].to_string();
    assert!(warnings.contains("25") && warnings.contains("风"), "{warnings}");

    // The feed answers no more: its health says so, and what it said last is still shown.
    *said.lock().expect("lock") = String::new();
    let failed = run(&world, &steward).await;
    assert!(failed["failed"].is_object(), "{failed}");
    assert_eq!(source(&world, &steward, "cma/A").await.expect("station")["stale"], true);
    // What is asked of every connector is asked of this one, too.
    let mut inside = table;
    inside["from"]["url"] = json!("https://169.254.169.254/latest");
    let response = world.call(&steward, "PUT", AT, Some(inside.clone())).await;
    assert_eq!(response.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", response.text);
    let long = "/api/v1/base/connectors/a-key-that-is-longer-than-thirty-signs";
    inside["from"]["url"] = json!(format!("http://127.0.0.1:{port}/table"));
    assert_eq!(world.call(&steward, "PUT", long, Some(inside)).await.code(), "out-of-range");
}
