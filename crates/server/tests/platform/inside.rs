//! Who is inside a danger area, over HTTP: by hour, with live counts, and nothing of another area or of private persons.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use crate::common::{ELSEWHERE, HOME, World};
use axum::http::StatusCode;
use helan_kernel::{Ms, Quality, Reading};
use helan_server::access::Role;
use serde_json::{Value, json};

const PATH: &str = "/api/v1/danger/inside";
/// 2026-01-05 10:30 in China, a Monday; and 3:30.
const MORNING: i64 = 1_767_580_200_000;
const NIGHT: i64 = MORNING - 7 * 3_600_000;

fn square(west: f64, south: f64, side: f64) -> Value {
    let (east, north) = (west + side, south + side);
    json!({ "type": "MultiPolygon", "coordinates":
        [[[[west, south], [east, south], [east, north], [west, north], [west, south]]]] })
}

fn order(at: i64) -> Value {
    json!({
        "levels": [
            { "key": "aegl-3", "geometry": square(106.265, 38.455, 0.01) },
            { "key": "aegl-2", "geometry": square(106.26, 38.45, 0.03) },
        ],
        "at": at, "origin": { "lon": 106.27, "lat": 38.46 },
    })
}

/// Asks until the answer is as it must be: what is held follows the records a moment later.
async fn until(world: &World, token: &str, body: Value, good: impl Fn(&Value) -> bool) -> Value {
    world
        .until("the answer", async |world| {
            let response = world.post(token, PATH, body.clone()).await;
            assert_eq!(response.status, StatusCode::OK, "{}", response.text);
            let answer = response.json();
            good(&answer).then_some(answer)
        })
        .await
}

fn by_registers(item: &Value, kind: &str) -> u64 {
    let shares = item["shares"].as_array().expect("shares").iter();
    shares
        .filter(|share| share["kind"] == kind)
        .filter_map(|share| share["people"]["expected"].as_u64())
        .sum()
}

#[tokio::test]
async fn people_and_facilities_inside_follow_the_hour_and_the_counters() {
    let mut world = World::open().await;
    let token = world.token(Role::Steward, 0);
    let school = json!({ "level": "primary", "students": 800, "needs_help": 5 });
    world.put(&token, "school/S1", &[(106.27, 38.46)], school).await;
    let tank = json!({ "unit_code": "U", "enterprise": "厂", "substance": "液氨", "quantity": 900, "level": "i" });
    world.put(&token, "hazard-source/T1", &[(106.28, 38.46)], tank).await;
    let mall = json!({ "floors": 5, "capacity": 3000, "exits": 8 });
    world.put(&token, "mall/M1", &[(106.28, 38.47)], mall).await;
    let complete = |answer: &Value| answer["facilities"].as_array().map(Vec::len) == Some(3);
    let day = until(&world, &token, order(MORNING), complete).await;
    assert_eq!((&day["hour"], &day["weekend"]), (&json!(10), &json!(false)));
    assert_eq!(by_registers(&day["levels"][0], "school"), 776);
    assert_eq!(day["levels"][0]["vulnerable"]["children"]["expected"], 776);
    assert_eq!(by_registers(&day["levels"][1], "school"), 0, "once, at the worst level");
    let night = until(&world, &token, order(NIGHT), complete).await;
    assert_eq!(by_registers(&night["levels"][0], "school"), 0);
    assert_eq!(night["total"]["by_hour"].as_array().map(Vec::len), Some(24));
    let tank = day["facilities"].as_array().expect("list").iter().find(|f| f["class"] == "hazard");
    let tank = tank.expect("the tank");
    assert_eq!((&tank["level"], &tank["object"]["key"]), (&json!("aegl-2"), &json!("T1")));
    assert!(tank["fields"].as_array().is_some_and(|all| all.iter().any(|f| f["value"] == "液氨")));
    assert!(tank["metres"].as_f64().is_some_and(|metres| (metres - 870.6).abs() < 1.0), "{tank}");
    // The rest of the county is in the census.
    let census = day["total"]["shares"].as_array().expect("shares").iter();
    assert!(
        census.clone().any(|share| share["source"] == "census" && share["area"] == HOME),
        "{day}"
    );

    // A counter at the mall.
    let body = json!({ "changes": [{ "PutDevice": {
        "key": "gate", "profile": "people-counter", "name": "", "area": HOME, "facility": "M1",
        "position": { "lon": 106.28, "lat": 38.47 }, "room": "", "stair": "", "floor": 0, "post": "",
        "camera": "", "gateway": "", "attributes": {}, "drill": false,
    } }] });
    let admin = world.token(Role::Admin, 0);
    let response = world.post(&admin, "/api/v1/registry", body).await;
    assert_eq!(response.status, StatusCode::OK, "{}", response.text);
    let platform = &world.server.api.platform;
    let point = platform
        .ask(|engine| {
            let registry = engine.registry();
            registry.point(registry.devices.by_key("gate")?, "people")
        })
        .await
        .expect("node")
        .expect("point");
    let read = async |at: Ms| {
        let reading = Reading { point, at, value: 1234.0, quality: Quality::Good };
        platform.read(vec![reading]).await.expect("node");
    };
    let now = platform.now();
    read(now).await;
    let live = until(&world, &token, order(now.0), |answer| {
        by_registers(&answer["total"], "mall") == 1234
    });
    let live = live.await;
    let mall =
        live["facilities"].as_array().expect("list").iter().find(|f| f["class"] == "crowded");
    assert_eq!(
        mall.expect("the mall")["live"],
        json!({ "people": 1234.0, "at": now.0, "stale": false })
    );
    // An hour later it no longer holds: the table counts, and says so.
    let later =
        until(&world, &token, order(now.0 + 3_600_000), |answer| answer["stale"] == 1).await;
    assert_ne!(by_registers(&later["total"], "mall"), 1234);
}

#[tokio::test]
async fn forces_on_the_way_are_inside_where_they_say_they_are() {
    let mut world = World::open().await;
    let token = world.token(Role::Steward, 0);
    let team = json!({ "skill": "chemical", "staff": 12, "ready": "ready", "turnout": 5 });
    world.put(&token, "rescue-team/home", &[(106.27, 38.46)], team.clone()).await;
    world.put(&token, "rescue-team/out", &[(106.0, 38.0)], team).await;
    let duty = world.token(Role::Duty, HOME);
    let put = async |at: (f64, f64), seen: i64| {
        let place =
            json!({ "position": { "lon": at.0, "lat": at.1 }, "at": seen, "source": "phone" });
        let path = "/api/v1/forces/rescue-team/out/place";
        let response = world.call(&duty, "PUT", path, Some(place)).await;
        assert_eq!(response.status, StatusCode::NO_CONTENT, "{}", response.text);
    };
    let now = world.server.api.platform.now().0;
    let inside = async |at: i64| {
        let answer = until(&world, &duty, order(at), |_| true).await;
        answer["vehicles"].as_array().expect("vehicles").clone()
    };
    assert!(inside(now).await.is_empty(), "whoever is at home stands there");
    put((106.27, 38.461), now - 2_000).await;
    let found = inside(now).await;
    assert_eq!(found.len(), 1, "{found:?}");
    let one = &found[0];
    assert_eq!(
        (&one["key"], &one["level"], &one["people"]),
        (&json!("out"), &json!("aegl-3"), &json!(12))
    );
    assert_eq!((&one["stale"], &one["at"]), (&json!(false), &json!(now - 2_000)));
    // An hour later nobody knows where it is: it is told, and its people do not count.
    let later = inside(now + 3_600_000).await;
    assert_eq!(later[0]["stale"], true);
    put((106.4, 38.5), now - 1_000).await;
    assert!(inside(now).await.is_empty());
    // Of another county's nothing is heard.
    put((106.27, 38.461), now).await;
    let other = world.token(Role::Viewer, ELSEWHERE);
    let answer = world.post(&other, PATH, order(now)).await.json();
    assert_eq!(answer["vehicles"], json!([]));
}

#[tokio::test]
async fn nothing_of_another_area_and_of_private_persons_is_told() {
    let mut world = World::open().await;
    let token = world.token(Role::Steward, 0);
    let school = json!({ "level": "primary", "students": 800 });
    world.put(&token, "school/S1", &[(106.27, 38.46)], school).await;
    let household =
        json!({ "company": "燃气", "account": "1", "flat": "2-302", "lives_alone_aged": true });
    world.put(&token, "household-gas-set/H1", &[(106.271, 38.461)], household).await;
    let homes = |answer: &Value| {
        let all = answer["total"]["shares"].as_array().expect("shares").clone();
        all.into_iter().find(|share| share["kind"] == "household-gas-set")
    };
    let whole = until(&world, &token, order(NIGHT), |answer| homes(answer).is_some()).await;
    assert_eq!(homes(&whole).expect("homes")["source"], "register");
    assert_eq!(whole["total"]["vulnerable"]["elderly"]["expected"], 1);
    let viewer = world.token(Role::Viewer, HOME);
    let rough = world.post(&viewer, PATH, order(NIGHT)).await.json();
    assert_eq!(homes(&rough).expect("homes")["source"], "cells");
    assert!(!rough.to_string().contains("H1"), "{rough}");
    // Within its cell it does not matter where the area lies: of the home nothing can be asked out.
    let small = |west: f64| {
        json!({ "at": NIGHT,
        "levels": [{ "key": "x", "geometry": square(west, 38.4605, 0.001) }] })
    };
    let (near, far) = (small(106.2705), small(106.2755));
    let near = homes(&world.post(&viewer, PATH, near).await.json());
    let far = homes(&world.post(&viewer, PATH, far).await.json());
    assert_eq!(near.expect("homes")["people"], far.expect("homes")["people"]);
    // Of another county nothing is heard, not even of the census.
    let other = world.token(Role::Viewer, ELSEWHERE);
    let answer = world.post(&other, PATH, order(MORNING)).await.json();
    assert_eq!(
        answer["total"]["people"],
        json!({ "low": 0, "expected": 0, "high": 0 }),
        "{answer}"
    );
    assert_eq!((&answer["facilities"], &answer["total"]["shares"]), (&json!([]), &json!([])));
}

#[tokio::test]
async fn an_area_that_is_none_is_refused() {
    let mut world = World::open().await;
    let viewer = world.token(Role::Viewer, HOME);
    let ask = |levels: Value| json!({ "levels": levels });
    let line = json!({ "type": "Polygon", "coordinates": [[[106.0, 38.0], [106.1, 38.1], [106.2, 38.2], [106.0, 38.0]]] });
    for (levels, expected) in [
        (json!([]), StatusCode::UNPROCESSABLE_ENTITY),
        (json!([{ "key": "x", "geometry": line }]), StatusCode::UNPROCESSABLE_ENTITY),
        (
            json!([{ "key": "x", "geometry": { "type": "MultiPolygon", "coordinates": [] } }]),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            json!([{ "key": "x", "geometry": { "type": "Point", "coordinates": [106.0, 38.0] } }]),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            json!([{ "key": "x", "geometry": { "type": "Polygon", "coordinates": [[[1.0]]] } }]),
            StatusCode::BAD_REQUEST,
        ),
    ] {
        let response = world.post(&viewer, PATH, ask(levels.clone())).await;
        assert_eq!(response.status, expected, "{levels}: {}", response.text);
    }
    let long: Vec<[f64; 2]> =
        (0..8_000).map(|n| [106.0 + f64::from(n) / 1e5, f64::from(n % 2)]).collect();
    let level = json!({ "key": "x", "geometry": { "type": "Polygon", "coordinates": [long] } });
    let response = world.post(&viewer, PATH, ask(json!([level, level, level]))).await;
    assert_eq!(response.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", response.text);
}
