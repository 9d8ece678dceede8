//! Risk over HTTP: a changed input changes the colour and says why, and nothing of another area is named or counted.

#![expect(clippy::indexing_slicing, reason = "a test stops at the first surprise")]

use crate::common::{ELSEWHERE, HOME, World};
use axum::http::StatusCode;
use helan_server::access::Role;
use serde_json::{Value, json};

/// Stores an object with a place in the county of [`HOME`].
async fn put(world: &World, token: &str, path: &str, (lon, lat): (f64, f64), values: Value) {
    let area = if lon > 106.5 { ELSEWHERE } else { HOME };
    let order = json!({
        "name": path, "area": area.to_string(), "values": values,
        "geometry": { "type": "Point", "coordinates": [lon, lat] },
    });
    let path = format!("/api/v1/base/objects/{path}");
    let response = world.call(token, "PUT", &path, Some(order)).await;
    assert_eq!(response.json()["stored"], true, "{}", response.text);
}

/// Waits for a colour of an object; gives its risk.
async fn risk(world: &World, token: &str, path: &str, colour: &str) -> Value {
    let path = format!("/api/v1/base/objects/{path}/risk");
    world
        .until(colour, async |world| {
            let response = world.call(token, "GET", &path, None).await;
            let risk = (response.status == StatusCode::OK).then(|| response.json())?;
            (risk["now"]["colour"] == colour).then_some(risk)
        })
        .await
}

/// Waits for a figure of an object; gives its risk.
async fn until_value(world: &World, token: &str, path: &str, value: f64) -> Value {
    let path = format!("/api/v1/base/objects/{path}/risk");
    world
        .until("the figure", async |world| {
            let response = world.call(token, "GET", &path, None).await;
            let risk = (response.status == StatusCode::OK).then(|| response.json())?;
            (risk["now"]["value"] == value).then_some(risk)
        })
        .await
}

const PLACE: (f64, f64) = (106.27, 38.46);
/// 300 m to the east.
const NEAR: (f64, f64) = (106.2734, 38.46);
const FAR: (f64, f64) = (106.33, 38.46);

fn ammonia(tonnes: f64) -> Value {
    json!({ "unit_code": "U1", "enterprise": "厂", "substance": "液氨", "quantity": tonnes,
        "level": "iii", "people_500m": 0 })
}

fn school(students: u32) -> Value {
    json!({ "level": "primary", "students": students })
}

#[tokio::test]
async fn a_changed_input_changes_the_colour_and_says_why() {
    let mut world = World::open().await;
    let token = world.token(Role::Steward, 0);
    put(&world, &token, "hazard-source/H1", PLACE, ammonia(100.0)).await;
    // 0.5 × 2 × 100 / 10.
    let first = risk(&world, &token, "hazard-source/H1", "yellow").await;
    assert_eq!((&first["now"]["value"], &first["now"]["grade"]), (&json!(10.0), &json!("III")));
    assert_eq!(first["history"], json!([]));
    let inputs = first["now"]["inputs"].as_array().expect("inputs");
    let quantity = inputs.iter().find(|input| input["key"] == "H1.quantity").expect("quantity");
    assert_eq!((&quantity["value"], &quantity["unit"]), (&json!(100.0), &json!("t")));
    assert_eq!(quantity["origin"]["source"], "form");
    let critical = inputs.iter().find(|input| input["key"] == "H1.critical_quantity");
    assert_eq!(critical.map(|input| &input["from"]), Some(&json!("table")));

    // A school is built beside it: not a word in the record itself changes.
    put(&world, &token, "school/S1", NEAR, school(800)).await;
    let second = until_value(&world, &token, "hazard-source/H1", 40.0).await;
    let why = second["now"]["why"].to_string();
    assert!(why.contains("near.school.S1") && why.contains("800"), "{why}");
    assert_eq!(second["history"][0]["value"], 10.0, "what was before stays");
    // More of it.
    put(&world, &token, "hazard-source/H1", PLACE, ammonia(300.0)).await;
    let third = risk(&world, &token, "hazard-source/H1", "red").await;
    let why = &third["now"]["why"][0];
    assert_eq!(
        (&why["key"], &why["before"], &why["after"]),
        (&json!("H1.quantity"), &json!(100.0), &json!(300.0))
    );
    let colours: Vec<&Value> =
        third["history"].as_array().expect("history").iter().map(|h| &h["colour"]).collect();
    assert_eq!(colours, ["yellow", "yellow"]);
    // The school moves away, another record of the unit comes, the first one goes.
    put(&world, &token, "school/S1", FAR, school(800)).await;
    risk(&world, &token, "hazard-source/H1", "yellow").await;
    put(&world, &token, "hazard-source/H2", PLACE, ammonia(1_000.0)).await;
    risk(&world, &token, "hazard-source/H1", "red").await;
    let response =
        world.call(&token, "DELETE", "/api/v1/base/objects/hazard-source/H2", None).await;
    assert_eq!(response.status, StatusCode::NO_CONTENT);
    risk(&world, &token, "hazard-source/H1", "yellow").await;
    let list = world.get(&token, "/api/v1/base/risks").await;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1), "{list}");
}

#[tokio::test]
async fn what_is_missing_is_unknown_and_other_methods_follow_their_fields() {
    let mut world = World::open().await;
    let token = world.token(Role::Steward, 0);
    let plant = |likelihood: Value, consequence: Value| {
        json!({ "products": "x", "substances": "x", "risk_likelihood": likelihood,
            "risk_consequence": consequence })
    };
    put(&world, &token, "chemical-plant/C1", PLACE, plant(json!(3), json!(null))).await;
    let unknown = risk(&world, &token, "chemical-plant/C1", "unknown").await;
    assert_eq!(unknown["now"]["warnings"][0]["zh"], "缺事故后果");
    put(&world, &token, "chemical-plant/C1", PLACE, plant(json!(3), json!(5))).await;
    risk(&world, &token, "chemical-plant/C1", "red").await;
    let store = json!({ "business": "wholesale", "approved": 1, "lec_likelihood": 6,
        "lec_exposure": 6, "lec_consequence": 7 });
    put(&world, &token, "fireworks-store/F1", PLACE, store).await;
    let lec = risk(&world, &token, "fireworks-store/F1", "orange").await;
    assert_eq!(lec["now"]["formula"]["en"], "D = 6 × 6 × 7 = 252");
    let works = json!({ "trade": "light", "risk_level": "blue" });
    put(&world, &token, "industrial-enterprise/I1", PLACE, works).await;
    risk(&world, &token, "industrial-enterprise/I1", "blue").await;
    let list = world.get(&token, "/api/v1/base/risks?limit=1").await;
    assert_eq!(list["items"][0]["key"], "C1", "the worst first");
    let after = list["next"].as_str().expect("more");
    let list = world.get(&token, &format!("/api/v1/base/risks?after={after}")).await;
    let keys: Vec<&Value> =
        list["items"].as_array().expect("items").iter().map(|i| &i["key"]).collect();
    assert_eq!(keys, ["F1", "I1"]);
    let red = world.get(&token, "/api/v1/base/risks?colour=red&kind=chemical-plant").await;
    assert_eq!(red["items"].as_array().map(Vec::len), Some(1));
    let areas = world.get(&token, "/api/v1/base/risks/areas").await;
    let area = |code: u32| {
        let areas = areas["areas"].as_array().expect("areas").iter();
        areas.clone().find(|area| area["area"] == code).cloned().expect("area")
    };
    assert_eq!(
        (&area(HOME)["colour"], &area(HOME)["counts"]["red"]),
        (&json!("orange"), &json!(1))
    );
    assert_eq!(area(640_000_000)["level"], "region");
    assert_eq!(area(640_000_000)["colour"], "orange");
}

#[tokio::test]
async fn everything_belongs_somewhere_in_risks_too() {
    let mut world = World::open().await;
    let token = world.token(Role::Steward, 0);
    let border = (106.5, 38.46);
    let beyond = (106.5034, 38.46);
    put(&world, &token, "hazard-source/H1", border, ammonia(100.0)).await;
    put(&world, &token, "school/S1", beyond, school(800)).await;
    until_value(&world, &token, "hazard-source/H1", 40.0).await;
    // The colour counts the people beyond the border; they are neither named nor counted.
    let home = world.token(Role::Viewer, HOME);
    let seen = world.get(&home, "/api/v1/base/objects/hazard-source/H1/risk").await;
    assert_eq!((&seen["now"]["colour"], &seen["now"]["hidden"]), (&json!("yellow"), &json!(true)));
    assert!(!seen.to_string().contains("800") && !seen.to_string().contains("S1"), "{seen}");
    let list = world.get(&home, "/api/v1/base/risks").await;
    assert_eq!(
        (&list["items"][0]["key"], &list["items"][0]["value"]),
        (&json!("H1"), &json!(null))
    );
    let viewer = world.token(Role::Viewer, ELSEWHERE);
    let path = "/api/v1/base/objects/hazard-source/H1/risk";
    assert_eq!(world.call(&viewer, "GET", path, None).await.status, StatusCode::NOT_FOUND);
    for path in ["/api/v1/base/risks", "/api/v1/base/risks?area=640104000"] {
        assert_eq!(world.get(&viewer, path).await["items"], json!([]));
    }
    assert_eq!(world.get(&viewer, "/api/v1/base/risks/areas").await["areas"], json!([]));
    let own = world.get(&home, "/api/v1/base/risks/areas").await;
    let codes: Vec<&Value> =
        own["areas"].as_array().expect("areas").iter().map(|a| &a["area"]).collect();
    assert_eq!(codes, [HOME]);
}
