//! What dangers foretell against what came: kept once, judged once, told by model.

#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

use crate::common::{ELSEWHERE, HOME, World};
use axum::http::StatusCode;
use helan_kernel::{IncidentId, Ms, Quality, Reading};
use helan_server::{access::Role, jobs::verify};
use serde_json::{Value, json};

fn device(key: &str, profile: &str, lat: f64) -> Value {
    json!({ "PutDevice": {
        "key": key, "profile": profile, "name": "", "area": HOME, "position": { "lon": 106.27, "lat": lat },
        "facility": "", "room": "", "stair": "", "floor": 0, "post": "", "camera": "", "gateway": "",
        "attributes": {}, "drill": false,
    } })
}

/// Detectors at the tank, 400 m south (where the wind goes), 440 m north of it and silent ones beside; a weather station.
async fn plant(world: &mut World) {
    let token = world.token(Role::Admin, 0);
    let gas = "ammonia-detector";
    let changes = json!({ "changes": [
        device("tank", gas, 38.4600),
        device("south", gas, 38.4564),
        device("north", gas, 38.4640),
        device("silent", gas, 38.4590),
        device("station", "weather-station", 38.4620),
    ] });
    let response = world.post(&token, "/api/v1/registry", changes).await;
    assert_eq!(response.status, StatusCode::OK, "{}", response.text);
    assert!(!response.text.contains("refused"), "{}", response.text);
}

/// A device's point says some values, a second apart, the last so many seconds ago.
async fn says(world: &World, device: &str, point: &str, ago_s: i64, values: &[f64]) {
    let platform = &world.server.api.platform;
    let (device, name) = (device.to_owned(), point.to_owned());
    let point = platform
        .ask(move |engine| {
            let registry = engine.registry();
            registry.point(registry.devices.by_key(&device)?, &name)
        })
        .await
        .expect("node")
        .expect("point");
    let count = i64::try_from(values.len()).expect("few");
    let first = platform.now().0 - (ago_s + count - 1) * 1000;
    let readings = (0..).zip(values).map(|(n, value)| Reading {
        point,
        at: Ms(first + n * 1000),
        value: *value,
        quality: Quality::Good,
    });
    platform.read(readings.collect()).await.expect("node");
}

fn score<'a>(told: &'a Value, what: &str) -> &'a Value {
    let scores = told["scores"].as_array().expect("scores");
    scores.iter().find(|score| score["what"] == what).expect("score")
}

#[tokio::test]
async fn a_danger_is_judged_by_the_sensors_around_it_and_its_wind_by_the_station() {
    let mut world = World::open().await;
    plant(&mut world).await;
    let viewer = world.token(Role::Viewer, 0);
    // The wind blows from the north; two hours ago there was less of it.
    says(&world, "station", "wind", 7_200, &[1.0]).await;
    says(&world, "station", "wind", 20, &[3.0]).await;
    says(&world, "station", "wind_from", 20, &[0.0]).await;
    // As the server runs it.
    tokio::spawn(verify::run(world.server.api.clone()));
    for quiet in ["south", "north"] {
        says(&world, quiet, "nh3", 1, &[5.0, 5.0]).await;
    }
    says(&world, "tank", "nh3", 0, &[20.0, 100.0, 101.0, 102.0, 103.0, 104.0, 105.0, 106.0, 107.0])
        .await;
    let incident = world
        .until("the incident", async |world| {
            let alarms = world.get(&viewer, "/api/v1/alarms").await;
            alarms["items"].as_array()?.iter().find_map(|alarm| alarm["incident"].as_u64())
        })
        .await;
    let path = format!("/api/v1/incidents/{incident}/danger");
    let made = world
        .until("the danger", async |world| {
            world.get(&viewer, &path).await["now"].as_array()?.first().cloned()
        })
        .await;
    let began = Ms(made["made"].as_i64().expect("moment"));
    assert_eq!((&made["refused"], &made["air"]["by"]), (&json!(""), &json!("station")), "{made}");

    let api = &world.server.api;
    let told = world
        .until("forecasts", async |world| {
            let told = world.get(&viewer, "/api/v1/forecasts?limit=100").await;
            // Ground is kept last.
            let kept = told["items"].as_array()?.iter().any(|i| i["what"] == "ground");
            kept.then_some(told)
        })
        .await;
    // A look, as after a restart, keeps nothing twice.
    verify::look(api, began, true).await.expect("a look");
    assert_eq!(told, world.get(&viewer, "/api/v1/forecasts?limit=100").await);
    let items = told["items"].as_array().expect("items");
    let gas: Vec<&Value> = items.iter().filter(|item| item["what"] == "level-exceeded").collect();
    assert!(gas.iter().all(|item| item["device"] != "silent"), "nobody knows what stays there");
    let one = gas.iter().find(|i| i["device"] == "tank" && i["detail"] == "aegl-1").expect("kept");
    assert_eq!((&one["model"], &one["before"]), (&json!("gas-release"), &json!(1.0)), "{one}");
    assert_eq!((&one["version"], &one["incident"]), (&json!(1), &json!(incident)));
    assert_eq!(one["inputs"]["inputs"]["substance"], "ammonia");
    let levels = gas.iter().filter(|item| item["device"] == "tank").count();
    assert_eq!(gas.len(), levels * 3, "each sensor at each level that it can show: {told}");
    assert!(levels >= 2, "{levels}");

    // The tank's detector goes up, nothing comes to the south, and gas goes north against the wind.
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    says(&world, "tank", "nh3", 0, &[490.0]).await;
    says(&world, "south", "nh3", 0, &[6.0]).await;
    says(&world, "north", "nh3", 0, &[480.0]).await;
    says(&world, "station", "wind", 0, &[5.0]).await;
    says(&world, "station", "wind_from", 0, &[340.0]).await;
    verify::look(api, began.after(Ms::seconds(600)), true).await.expect("a look");
    let told = world.get(&viewer, "/api/v1/forecasts").await;
    assert_eq!(score(&told, "level-exceeded")["pairs"], 0, "late readings are waited for");
    for _ in 0..2 {
        // The second look, as after a restart, judges nothing twice.
        verify::look(api, began.after(Ms::seconds(2_400)), true).await.expect("a look");
        let told = world.get(&viewer, "/api/v1/forecasts").await;
        let gas = score(&told, "level-exceeded");
        let of = |name: &str| gas[name].as_u64().expect("count");
        let n = levels as u64;
        assert_eq!((of("pairs"), of("compared"), of("open"), of("void")), (n * 3, n * 3, 0, 0));
        assert_eq!(
            (of("hits"), of("false_alarms"), of("misses"), of("quiet")),
            (n, n, n, 0),
            "{gas}"
        );
        // Of three sensors two were told wrongly.
        assert!((gas["score"].as_f64().expect("score") - 2.0 / 3.0).abs() < 1e-9, "{gas}");
        assert_eq!((&gas["standing"], &gas["against"]), (&json!("too-few"), &json!("persistence")));
        assert!(gas["reference"].as_f64().is_some_and(|r| r < 2.0 / 3.0), "{gas}");

        let speed = score(&told, "wind-speed");
        assert_eq!((&speed["pairs"], &speed["void"]), (&json!(1), &json!(2)), "{speed}");
        assert_eq!((&speed["mae"], &speed["bias"]), (&json!(2.0), &json!(-2.0)));
        // The mean of three hours was 2 m/s.
        assert_eq!((&speed["reference"], &speed["against"]), (&json!(3.0), &json!("mean-3h")));
        let direction = score(&told, "wind-direction");
        let mae = direction["mae"].as_f64().expect("error");
        assert!((mae - 20.0).abs() < 1e-6, "{direction}");
        assert_eq!(direction["standing"], "no-reference", "it was said for less than an hour");
        assert_eq!((&told["fewest"], &told["fewest_events"]), (&json!(20), &json!(5)));
    }
    let drills = world.get(&viewer, "/api/v1/forecasts?drill=true").await;
    assert_eq!(drills["scores"], json!([]), "drills are scored apart");
    let elsewhere = world.token(Role::Viewer, ELSEWHERE);
    let others = world.get(&elsewhere, "/api/v1/forecasts").await;
    assert_eq!((&others["scores"], &others["items"]), (&json!([]), &json!([])));
}

#[tokio::test]
async fn the_time_to_leave_is_judged_by_the_confirmation() {
    let mut world = World::open().await;
    world.register("x", HOME, false).await;
    let (_, incident) = world.leak("x").await;
    let duty = world.token(Role::Duty, 0);
    let api = &world.server.api;
    let file = api.platform.ask(move |e| e.desk().incident(IncidentId(incident)).cloned());
    let file = file.await.expect("node").expect("incident");
    // Five minutes ago a plan said ten minutes.
    let then = Ms(api.platform.now().0 - 300_000);
    let forecast = verify::clearance(&file, then, 600.0).expect("people leave");
    assert!(api.desk.keep_forecast(&forecast).expect("disk"));
    assert!(verify::clearance(&file, then, f64::NAN).is_none());
    let path = format!("/api/v1/incidents/{incident}/evacuated");
    let response = world.post(&duty, &path, json!({ "reason": "逐户核实" })).await;
    assert_eq!(response.status, StatusCode::OK, "{}", response.text);
    let told = world.get(&duty, "/api/v1/forecasts").await;
    let clearance = score(&told, "clearance");
    let bias = clearance["bias"].as_f64().expect("error");
    assert!((4.0..=5.0).contains(&bias), "{clearance}");
    assert_eq!(
        (&clearance["standing"], &clearance["reference"]),
        (&json!("no-reference"), &Value::Null)
    );
}
