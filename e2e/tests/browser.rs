//! The console in a real browser: the whole of S1, from the first sign-in to the report of the drill; a data steward's day; a leak
//! of ammonia from its area to the plan; who is sent where; and the page that the public sees.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::process::Command;

use helan_e2e::{Api, Platform, Process, Setup, binary, has, http_client, root, wanted};
use serde_json::{Value, json};
use tokio::sync::Mutex;

/// Virtual devices of the region around the drill; as many as a debug build registers in some seconds.
const DEVICES: &str = "2000";

/// One browser at a time: two of them would take each other's seconds.
static ALONE: Mutex<()> = Mutex::const_new(());

/// Whether this machine and this build can show the console to a browser.
async fn can_browse(platform: &Platform) -> bool {
    let chromium = std::env::var("CHROMIUM").unwrap_or_else(|_| "chromium".to_owned());
    let playwright = root().join("web/node_modules/playwright-core").is_dir();
    let page = http_client().get(format!("http://127.0.0.1:{}/", platform.http)).send();
    let page = page.await.unwrap().text().await.unwrap();
    has(&chromium, "--version")
        && has("node", "--version")
        && wanted(playwright, "npm packages of the console", "./dev setup web")
        && wanted(page.contains("<script"), "a built console in the server", "./dev test")
}

/// Plays a script of a person at the screen, and fails with what it and the server said.
fn play(platform: &Platform, script: &str, words: &[&str], also: impl FnOnce() -> String) {
    // The screen is another machine's work: without a graphics card it must not starve the server.
    let mut play = Command::new("nice");
    play.args(["-n", "15", "node"]).arg(root().join("e2e/browser").join(script));
    let played = play.arg(address(platform)).args(words).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&played.stdout), text(&played.stderr));
    let server = platform.server.output();
    assert!(played.status.success(), "{out}\n{err}\n-- server\n{server}\n{}", also());
}

fn address(platform: &Platform) -> String {
    format!("http://127.0.0.1:{}", platform.http)
}

#[tokio::test]
async fn a_person_on_duty_sees_the_gas_leak_through() {
    let _alone = ALONE.lock().await;
    let scenarios = root().join("scenarios").canonicalize().unwrap();
    let config = format!("[drills]\nscenarios = {:?}\n", scenarios.display().to_string());
    let platform = Platform::start(Setup { config, ..Setup::default() }).unwrap();
    if !can_browse(&platform).await {
        return;
    }
    let mut region = Command::new(binary("helan-sim").unwrap());
    region.args(["region", "--quiet", "--devices", DEVICES, "--server", &address(&platform)]);
    region.arg("--mqtt").arg(format!("127.0.0.1:{}", platform.mqtt));
    region.arg("--token-file").arg(platform.folder().join("simulator.token"));
    region.arg("--areas").arg(root().join("packs/ningxia/areas.geojson"));
    let region = Process::start(&mut region, &platform.data.path().join("region.log")).unwrap();
    let duty = platform.password_of("duty").unwrap();
    play(&platform, "s1.mjs", &[&duty, DEVICES], || format!("-- region\n{}", region.output()));
}

#[tokio::test]
async fn a_steward_brings_a_sheet_and_puts_it_right_where_there_is_no_network() {
    let _alone = ALONE.lock().await;
    let platform = Platform::start(Setup::default()).unwrap();
    if !can_browse(&platform).await {
        return;
    }
    let sheet = platform.data.path().join("schools.csv");
    let rows = "编号,名称,经度,纬度,学段,在校人数\nA1,第一小学,106.2789,38.4666,小学,800\n,无号,1,1,小学,1\n";
    std::fs::write(&sheet, rows).unwrap();
    let sheet = sheet.display().to_string();
    play(&platform, "base.mjs", &[&platform.password_of("admin").unwrap(), &sheet], String::new);
}

/// A tank with its detector, a weather station, somebody who works beside it and somebody who lives there.
async fn leaking_plant(platform: &Platform) {
    let api = Api::sign_in(platform, "admin", &platform.password().unwrap()).await.unwrap();
    let position = json!({ "lon": 106.2782, "lat": 38.4664 });
    let device = |key: &str, profile: &str, facts: Value| {
        json!({ "PutDevice": {
            "key": key, "profile": profile, "name": "", "area": 640_104_000, "position": position,
            "facility": "cold-store", "room": "", "stair": "", "floor": 0, "post": "safety", "camera": "",
            "gateway": "", "attributes": facts, "drill": false,
        } })
    };
    let changes = json!([
        { "PutFacility": { "key": "cold-store", "kind": "chemical-plant", "name": "冷库", "area": 640_104_000,
            "position": position, "address": "兴庆区", "post": "safety" } },
        { "PutPost": { "key": "safety", "role": "enterprise-safety", "name": "安全值班", "area": 640_104_000,
            "facility": "cold-store", "position": null, "person": "值守人员", "phone": "0951-0000001", "deputy": "" } },
        { "PutPerson": { "key": "neighbour", "name": "neighbour", "phone": "", "language": "zh", "area": 640_104_000,
            "position": position, "facility": "", "room": "", "stair": "", "floor": 1, "needs": [] } },
        device("tank", "ammonia-detector", json!({ "hazard.mass_kg": "8000" })),
        device("detector", "ammonia-detector", json!({})),
        device("station", "weather-station", json!({})),
    ]);
    let registered = api.post("/api/v1/registry", &json!({ "changes": changes })).await.unwrap();
    let now = api.get("/api/v1/overview").await.unwrap()["now"].as_i64().unwrap();
    let wind = json!([{ "ts": now - 60_000, "values": { "wind": 3.0, "wind_from": 280, "temperature": 16 } }]);
    let leak: Vec<Value> = (0..6)
        .map(|i| json!({ "ts": now - 12_000 + i * 2000, "values": { "nh3": 120 + i } }))
        .collect();
    for (key, readings) in [("station", wind), ("detector", json!(leak))] {
        let token = registered["tokens"][key].as_str().unwrap();
        let url = format!("http://127.0.0.1:{}/device/v1/{key}/readings", platform.http);
        let sent = http_client().post(url).bearer_auth(token).json(&readings).send().await.unwrap();
        assert!(sent.status().is_success(), "{}", sent.text().await.unwrap());
    }
}

#[tokio::test]
async fn a_person_on_duty_weighs_a_danger_and_changes_nothing_by_asking() {
    let _alone = ALONE.lock().await;
    let platform = Platform::start(Setup::default()).unwrap();
    if !can_browse(&platform).await {
        return;
    }
    leaking_plant(&platform).await;
    play(&platform, "danger.mjs", &[&platform.password_of("duty").unwrap()], String::new);
}

#[tokio::test]
async fn a_person_on_duty_sends_a_force_and_sees_its_order() {
    let _alone = ALONE.lock().await;
    let platform = Platform::start(Setup::default()).unwrap();
    if !can_browse(&platform).await {
        return;
    }
    leaking_plant(&platform).await;
    let api = Api::sign_in(&platform, "admin", &platform.password().unwrap()).await.unwrap();
    for (key, lon) in [("near", 106.2900), ("far", 106.3100)] {
        let station = json!({ "name": format!("{key} station"), "area": "640104000", "address": "", "post": "",
            "values": { "station_class": "first", "staff": 20, "engines": 3, "ready": "ready", "turnout": 1 },
            "geometry": { "type": "Point", "coordinates": [lon, 38.4664] } });
        api.put(&format!("/api/v1/base/objects/fire-station/{key}"), &station).await.unwrap();
    }
    play(&platform, "dispatch.mjs", &[&platform.password_of("duty").unwrap()], String::new);
}

#[tokio::test]
async fn somebody_in_the_danger_area_finds_the_way_out_on_a_small_phone() {
    let _alone = ALONE.lock().await;
    let config = "[channels.page]\nenabled = true\n".to_owned();
    let platform = Platform::start(Setup { config, ..Setup::default() }).unwrap();
    if !can_browse(&platform).await {
        return;
    }
    play(&platform, "page.mjs", &[&platform.password_of("admin").unwrap()], String::new);
}
