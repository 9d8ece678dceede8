//! Zoning conflicts, completeness, gaps and coverage over HTTP, and nothing of another area in any of them.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use crate::common::{ELSEWHERE, HOME, World};
use axum::http::StatusCode;
use helan_server::access::Role;
use serde_json::{Value, json};

/// Stores an object of the county of [`HOME`], or of [`ELSEWHERE`] when it lies far in the east.
async fn put(world: &World, token: &str, path: &str, lon: f64, values: Value) {
    let area = if lon > 106.5 { ELSEWHERE } else { HOME };
    let order = json!({
        "name": path, "area": area.to_string(), "values": values,
        "geometry": { "type": "Point", "coordinates": [lon, 38.46] },
    });
    let path = format!("/api/v1/base/objects/{path}");
    let response = world.call(token, "PUT", &path, Some(order)).await;
    assert_eq!(response.json()["stored"], true, "{}", response.text);
}

/// Asks until the answer is as it must be: what is held follows the records a moment later.
async fn until(world: &World, token: &str, path: &str, good: impl Fn(&Value) -> bool) -> Value {
    world
        .until(path, async |world| {
            let answer = world.get(token, path).await;
            good(&answer).then_some(answer)
        })
        .await
}

fn keys(items: &Value) -> Vec<&str> {
    let items = items.as_array().expect("items").iter();
    items
        .filter_map(|item| item["object"]["key"].as_str().or(item["hazard"]["key"].as_str()))
        .collect()
}

#[tokio::test]
async fn homes_and_schools_too_near_to_danger_are_told_with_their_people() {
    let mut world = World::open().await;
    let token = world.token(Role::Steward, 0);
    let plant =
        |distance: Value| json!({ "products": "x", "substances": "x", "safe_distance": distance });
    put(&world, &token, "chemical-plant/P1", 106.27, plant(json!(500))).await;
    put(&world, &token, "chemical-plant/P2", 106.35, plant(json!(null))).await;
    put(&world, &token, "school/S1", 106.2734, json!({ "level": "primary", "students": 800 }))
        .await;
    put(&world, &token, "school/S2", 106.28, json!({ "level": "primary", "students": 5 })).await;
    let path = "/api/v1/base/zoning";
    // The map knows of the school a moment before its pupils are counted.
    let found = until(&world, &token, path, |report| {
        report["unknown"] == 1 && report["items"][0]["people"] == 800
    })
    .await;
    let item = &found["items"][0];
    assert_eq!((&item["hazard"]["key"], &item["required"]), (&json!("P1"), &json!(500.0)));
    assert_eq!((&item["people"], &item["standard"]), (&json!(800), &json!("GB/T 37243-2019")));
    let metres = item["near"][0]["metres"].as_f64().expect("metres");
    assert!((metres - 296.0).abs() < 5.0, "{metres}");
    assert_eq!(found["unknown_objects"][0]["key"], "P2");
    assert_eq!(
        (&found["areas"][0]["area"], &found["areas"][0]["people"]),
        (&json!(HOME), &json!(800))
    );
    let school = world.get(&token, "/api/v1/base/objects/school/S1/zoning").await;
    assert_eq!(school["dangers"][0]["object"]["key"], "P1");
    let plant_zone = world.get(&token, "/api/v1/base/objects/chemical-plant/P1/zoning").await;
    assert_eq!(plant_zone["hazard"]["conflicts"], 1);
    // Whose home it is, and where exactly, is told to those only who may see people.
    let household = json!({ "company": "燃气", "account": "1", "flat": "2-302" });
    put(&world, &token, "household-gas-set/H1", 106.2712, household).await;
    let viewer = world.token(Role::Viewer, HOME);
    let home = |report: &Value| {
        let near = report["items"][0]["near"].as_array()?.clone();
        near.into_iter().find(|near| near["object"]["key"] == "H1")
    };
    let find = async |token: &str| {
        // The map knows of it a moment before its name is.
        let known = |report: &Value| report["items"][0]["conflicts"] == 2 && home(report).is_some();
        home(&until(&world, token, path, known).await).expect("home")
    };
    let whole = find(&token).await;
    assert_eq!(whole["object"]["position"]["lon"], 106.2712);
    let rough = find(&viewer).await;
    assert_ne!(rough["object"]["name"], whole["object"]["name"]);
    assert_ne!(rough["object"]["position"]["lon"], 106.2712);
    assert_eq!(rough["metres"], 200.0);
    world.call(&token, "DELETE", "/api/v1/base/objects/household-gas-set/H1", None).await;
    // The distance becomes shorter: the conflict is gone.
    put(&world, &token, "chemical-plant/P1", 106.27, plant(json!(200))).await;
    until(&world, &token, path, |report| report["total"] == 0).await;
}

#[tokio::test]
async fn what_a_site_lacks_is_counted_from_devices_and_equipment() {
    let mut world = World::open().await;
    world.register("x", HOME, false).await;
    let token = world.token(Role::Steward, 0);
    // Its key is that of the facility at which the devices stand.
    let household = json!({ "company": "燃气", "account": "1", "flat": "2-302" });
    put(&world, &token, "household-gas-set/x-block", 106.3, household).await;
    let path = "/api/v1/base/objects/household-gas-set/x-block/completeness";
    let site = world
        .until("the site", async |world| {
            let response = world.call(&token, "GET", path, None).await;
            (response.status == StatusCode::OK).then(|| response.json())
        })
        .await;
    let need = |site: &Value, key: &str| {
        let needs = site["needs"].as_array().expect("needs").iter();
        needs.clone().find(|need| need["key"] == key).cloned().expect("need")
    };
    assert_eq!(need(&site, "gas-detector-household")["working"], 1);
    assert_eq!(need(&site, "gas-hose")["missing"], 1);
    assert!((site["score"].as_f64().expect("score") - 2.0 / 3.0).abs() < 1e-9, "{site}");
    let hose = |expires: &str| json!({ "object": "x-block", "need": "gas-hose", "count": 1, "expires": expires });
    put(&world, &token, "safety-equipment/E1", 106.3, hose("2020-01-01")).await;
    let expired =
        until(&world, &token, path, |site| need(site, "gas-hose")["installed"] == 1).await;
    assert_eq!(
        (&need(&expired, "gas-hose")["expired"], &need(&expired, "gas-hose")["missing"]),
        (&json!(1), &json!(1))
    );
    let list = world.get(&token, "/api/v1/base/completeness?kind=household-gas-set").await;
    assert_eq!((&list["objects"], &list["missing"]), (&json!(1), &json!({ "gas-hose": 1 })));
    put(&world, &token, "safety-equipment/E1", 106.3, hose("2999-01-01")).await;
    until(&world, &token, path, |site| site["score"] == 1.0).await;
}

#[tokio::test]
async fn what_no_team_reaches_and_no_station_sees_is_listed() {
    let mut world = World::open().await;
    let token = world.token(Role::Steward, 0);
    let source = |people: u32| {
        json!({ "unit_code": "U", "enterprise": "厂", "substance": "液氨", "quantity": 900,
            "level": "i", "people_500m": people })
    };
    put(&world, &token, "hazard-source/H1", 106.27, source(200)).await;
    let gaps = "/api/v1/base/dangers/toxic-gas/gaps";
    let found = until(&world, &token, gaps, |report| report["danger"]["objects"] == 1).await;
    assert_eq!(keys(&found["items"]), ["H1"]);
    assert_eq!(
        (&found["items"][0]["team"], &found["method"]),
        (&json!(null), &json!("straight-line"))
    );
    assert_eq!(
        found["cells"].as_array().map(|cells| cells.len() as u64),
        found["all_cells"].as_u64()
    );
    assert_eq!(found["areas"], json!({ HOME.to_string(): 1 }));
    let team =
        |ready: &str| json!({ "skill": "chemical", "staff": 20, "ready": ready, "turnout": 10 });
    put(&world, &token, "rescue-team/T1", 106.30, team("ready")).await;
    let found = until(&world, &token, gaps, |report| report["danger"]["missed"] == 0).await;
    assert!(
        found["cells"].as_array().map(|cells| cells.len() as u64) < found["all_cells"].as_u64()
    );
    put(&world, &token, "rescue-team/T1", 106.30, team("out")).await;
    until(&world, &token, gaps, |report| report["danger"]["missed"] == 1).await;

    let cover = "/api/v1/base/dangers/toxic-gas/coverage";
    let found = until(&world, &token, cover, |report| report["items"][0]["colour"] == "red").await;
    assert_eq!((&found["observed"], &found["high_observed"]), (&json!(0.0), &json!(0.0)));
    let kinds = world.get(&token, "/api/v1/base/kinds").await;
    let air = kinds.as_array().expect("kinds").iter().find(|kind| kind["key"] == "air-station");
    let mut values = serde_json::Map::new();
    for field in air.expect("kind")["fields"].as_array().expect("fields") {
        if field["required"] == true {
            let first = field["choices"][0]["key"].clone();
            let value = if first.is_null() { json!("1") } else { first };
            values.insert(field["key"].as_str().expect("key").to_owned(), value);
        }
    }
    put(&world, &token, "air-station/A1", 106.30, Value::Object(values)).await;
    let found = until(&world, &token, cover, |report| report["observed"] == 1.0).await;
    assert_eq!(found["high_observed"], 1.0);
    assert_eq!(found["items"], json!([]));
    let dangers = world.get(&token, "/api/v1/base/dangers").await;
    assert!(dangers.as_array().is_some_and(|all| all.iter().any(|d| d["key"] == "flood")));
}

#[tokio::test]
async fn everything_belongs_somewhere_in_exposure_too() {
    let mut world = World::open().await;
    let token = world.token(Role::Steward, 0);
    let plant = json!({ "products": "x", "substances": "x", "safe_distance": 2000 });
    let school = json!({ "level": "primary", "students": 800 });
    // On the border: the school lies in the other county.
    put(&world, &token, "chemical-plant/P1", 106.499, plant).await;
    put(&world, &token, "school/S1", 106.501, school).await;
    until(&world, &token, "/api/v1/base/zoning", |report| report["total"] == 1).await;
    for (role, area) in [(Role::Viewer, HOME), (Role::Viewer, ELSEWHERE)] {
        let viewer = world.token(role, area);
        let report = world.get(&viewer, "/api/v1/base/zoning").await;
        assert_eq!((&report["total"], &report["areas"]), (&json!(0), &json!([])), "{area}");
        assert!(!report.to_string().contains("800"), "{report}");
    }
    let other = world.token(Role::Viewer, ELSEWHERE);
    assert_eq!(world.get(&other, "/api/v1/base/zoning").await["hazards"], 0);
    for path in [
        "/api/v1/base/objects/chemical-plant/P1/zoning",
        "/api/v1/base/objects/chemical-plant/P1/completeness",
        "/api/v1/base/zoning?area=640104000",
        "/api/v1/base/completeness?area=640104000",
        "/api/v1/base/dangers/fire/gaps?area=640104000",
        "/api/v1/base/dangers/fire/coverage?area=640104000",
    ] {
        let response = world.call(&other, "GET", path, None).await;
        assert_eq!(response.status, StatusCode::NOT_FOUND, "{path}");
    }
    let gaps = world.get(&other, "/api/v1/base/dangers/toxic-gas/gaps").await;
    assert_eq!((&gaps["danger"]["objects"], &gaps["items"]), (&json!(0), &json!([])));
    let sites = world.get(&other, "/api/v1/base/completeness?kind=chemical-plant").await;
    assert_eq!((&sites["objects"], &sites["score"]), (&json!(0), &json!(null)));
    let own = world.get(&other, "/api/v1/base/objects/school/S1/zoning").await;
    assert_eq!(own["dangers"], json!([]), "the danger beyond the border is not named");
}
