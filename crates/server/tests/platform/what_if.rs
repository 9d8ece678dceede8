//! What if, from the danger to the decision: the wind turns, a road closes or opens, and ways, shelters, level and draft follow; nothing
//! real does.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use axum::http::StatusCode;
use helan_server::access::Role;
use serde_json::{Value, json};

use crate::{
    common::{ELSEWHERE, HOME, Response},
    response::{Leak, TANK, at, block, passes_the_tank, people, place, shop},
};

/// Homes upwind of the tank.
const UPWIND: (f64, f64) = (-690.0, 15.0);

/// The leak, with homes on the other side of the tank too, and its response once everybody is known.
async fn leak() -> (Leak, Value) {
    let mut leak = Leak::begin().await;
    home(&mut leak, "west", at(UPWIND.0, UPWIND.1), 100).await;
    let response = leak.response(|answer| people(answer) >= 240).await;
    (leak, response)
}

/// More homes, once they are in the catalogue: whoever looks at their ground sees them.
async fn home(leak: &mut Leak, key: &str, middle: (f64, f64), people: u32) {
    let all = leak.world.token(Role::Steward, 0);
    let home = json!({ "floors": 6, "exits": 2, "stairs": 2, "people_day": people, "people_night": people });
    leak.world.put(&all, &format!("residential-building/{key}"), &[middle], home).await;
    let ring = around(middle, 100.0);
    let ring = ring.as_array().expect("ring").iter().map(|at| json!([at["lon"], at["lat"]]));
    let mut ring: Vec<Value> = ring.collect();
    ring.extend(ring.first().cloned());
    let geometry = json!({ "type": "Polygon", "coordinates": [ring] });
    let ask = json!({ "levels": [{ "key": "x", "geometry": geometry }] });
    leak.world
        .until("the homes", async |world| {
            let inside = world.post(&leak.duty, "/api/v1/danger/inside", ask.clone()).await.json();
            // By the register: the census alone has people on every ground.
            let shares = inside["total"]["shares"].as_array()?;
            let registered = shares.iter().filter(|share| share["kind"] == "residential-building");
            let homes: u64 = registered.filter_map(|share| share["objects"].as_u64()).sum();
            (homes > 0).then_some(())
        })
        .await;
}

async fn suppose(leak: &Leak, what: Value) -> Response {
    leak.post("what-if/response", what).await
}

async fn supposed(leak: &Leak, what: Value) -> Value {
    let answer = suppose(leak, what).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.json()
}

/// A ring around a place, so many metres to each side.
fn around((lon, lat): (f64, f64), metres: f64) -> Value {
    let corner = |east: f64, north: f64| {
        place((lon + east * metres / 87_060.0, lat + north * metres / 111_195.0))
    };
    json!([corner(-1.0, -1.0), corner(1.0, -1.0), corner(1.0, 1.0), corner(-1.0, 1.0)])
}

/// Whether a block lies at a place, a few metres off at most.
fn there(response: &Value, at: (f64, f64)) -> bool {
    let blocks = response["blocks"].as_array().expect("blocks");
    blocks.iter().any(|block| {
        let at_of = |name: &str| block["at"][name].as_f64().expect("place");
        (at_of("lon") - at.0).hypot(at_of("lat") - at.1) < 0.002
    })
}

/// Everything real that could have changed.
async fn real(leak: &Leak) -> Value {
    let world = &leak.world;
    let incident = leak.id;
    let mut all = Vec::new();
    for path in [
        format!("/api/v1/incidents/{incident}"),
        format!("/api/v1/incidents/{incident}/danger"),
        format!("/api/v1/notices?incident={incident}"),
        "/api/v1/roads/closures".to_owned(),
        "/api/v1/forecasts".to_owned(),
        "/api/v1/commands".to_owned(),
    ] {
        all.push(world.get(&leak.duty, &path).await);
    }
    let plan = leak.get("plan").await;
    all.push(json!([plan["begun"], plan["versions"]]));
    scrubbed(Value::Array(all))
}

/// Without what goes by the clock: moments, ages, and what people breathe of a cloud that grows older.
fn scrubbed(mut value: Value) -> Value {
    match &mut value {
        Value::Array(items) => {
            for item in items {
                *item = scrubbed(item.take());
            }
        }
        Value::Object(fields) => {
            fields.retain(|key, value| key != "stay" && !(key == "at" && value.is_number()));
            for item in fields.values_mut() {
                *item = scrubbed(item.take());
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    value
}

/// Kinds of the sources of the facts that a draft rests on.
fn vouched<'a>(response: &'a Value, fact: &str) -> &'a str {
    response["plan"]["facts"][fact]["source"]["kind"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn a_wind_that_is_supposed_to_turn_moves_people_ways_and_draft_and_nothing_real() {
    let (leak, now) = leak().await;
    let before = real(&leak).await;
    let (east, west) = (at(690.0, 15.0), at(UPWIND.0, UPWIND.1));
    assert!(there(&now, east) && !there(&now, west), "{now}");
    let wind = json!({ "inputs": { "wind_from_deg": 90.0 } });
    let turned = supposed(&leak, wind).await;
    assert!(there(&turned, west) && !there(&turned, east), "{turned}");
    // Whoever leaves on the other side does not go past the leak either.
    for block in turned["blocks"].as_array().expect("blocks") {
        let from = block["at"]["lon"].as_f64().expect("lon");
        if block["action"] == "leave" && !block["line"].is_null() && from > TANK.0 + 0.0005 {
            assert!(!passes_the_tank(block), "{block}");
        }
    }
    // The draft says of each figure that it is supposed, and of itself that it is none to be issued.
    assert_eq!(vouched(&turned, "wind.from_deg"), "supposed", "{}", turned["plan"]["facts"]);
    assert_eq!(vouched(&turned, "people.inside"), "supposed", "{}", turned["plan"]["facts"]);
    assert_eq!(vouched(&turned, "people.evacuated"), "supposed");
    assert_eq!(vouched(&turned, "incident.place"), "reading", "what is so stays so");
    let title = turned["plan"]["title"]["zh"].as_str().expect("title");
    assert!(title.starts_with("【推演假设，不得下发】"), "{title}");
    assert_eq!(turned["supposed"]["danger"], "chemical/ammonia");
    let changes = &turned["supposed"]["changes"];
    let count = |what: &str| changes[what].as_array().map_or(0, Vec::len);
    assert!(count("added") + count("removed") + count("changed") > 0, "{changes}");
    // Nothing real is other, and nothing of the real answer is supposed.
    assert_eq!(real(&leak).await, before);
    let again = leak.get("response").await;
    assert_eq!(again["supposed"], Value::Null);
    assert!(!again.to_string().contains("\"supposed\":{") && !again.to_string().contains("推演"));
    assert!(!again.to_string().contains("\"kind\":\"supposed\""));
    assert_eq!(scrubbed(again)["blocks"], scrubbed(now)["blocks"]);
}

#[tokio::test]
async fn ways_avoid_the_ground_that_is_supposed_to_be_dangerous() {
    let (mut leak, now) = leak().await;
    let end = at(690.0, 4_500.0);
    home(&mut leak, "end", end, 50).await;
    let names = |response: &Value| -> Vec<String> {
        let shelters = response["shelters"].as_array().expect("shelters").iter();
        let mut names: Vec<String> =
            shelters.filter_map(|shelter| Some(shelter["key"].as_str()?.to_owned())).collect();
        names.sort();
        names
    };
    assert_eq!(names(&now), ["n", "s", "w"]);
    // The gas comes from the end of the street to the north instead: nobody is led to the shelter there.
    let what = json!({ "source": place(at(700.0, 4_700.0)) });
    let moved = supposed(&leak, what).await;
    assert_eq!(names(&moved), ["s", "w"], "{moved}");
    assert!(!there(&moved, at(690.0, 15.0)), "{moved}");
    // Whoever lives there leaves to the south, and not through the gas.
    let block = block(&moved, end);
    assert_eq!((&block["action"], &block["shelter"]), (&json!("leave"), &json!("s")), "{moved}");
    let line = block["line"]["coordinates"].as_array().expect("line");
    let north = |at: &Value| at[1].as_f64().expect("latitude") > end.1 + 0.001;
    assert!(!line.iter().any(north), "{block}");
}

#[tokio::test]
async fn roads_are_closed_and_opened_in_supposition_only() {
    let (leak, now) = leak().await;
    let near = at(120.0, 10.0);
    let before = real(&leak).await;
    let (first, other, ground) = match block(&now, near)["shelter"].as_str() {
        Some("n") => ("n", "s", at(700.0, 1_100.0)),
        Some("s") => ("s", "n", at(700.0, -1_100.0)),
        _ => unreachable!("{now}"),
    };
    let ring = around(ground, 100.0);
    let closed = supposed(&leak, json!({ "close": [ring] })).await;
    assert_eq!(block(&closed, near)["shelter"], other, "{closed}");
    assert_eq!(closed["supposed"]["closed"], 1);
    assert_eq!(closed["supposed"]["danger"], Value::Null);
    // The danger is the real one, the ways are not.
    assert_eq!(vouched(&closed, "wind.from_deg"), "person", "{}", closed["plan"]["facts"]);
    let text = closed["plan"].to_string();
    assert!(text.contains("推演假设封闭的道路1"), "{text}");
    assert_eq!(real(&leak).await, before, "no closure is written");
    let again = leak.get("response").await;
    assert_eq!(scrubbed(again)["blocks"], scrubbed(now.clone())["blocks"]);
    // Closed for real, and supposed to be open again.
    let body = json!({ "area": HOME, "reason": "塌方", "ring": ring });
    let done = leak.world.post(&leak.duty, "/api/v1/roads/closures", body).await;
    let number = done.json()["id"].as_u64().expect("number");
    leak.response(|answer| block(answer, near)["shelter"] == other).await;
    let closures = leak.world.get(&leak.duty, "/api/v1/roads/closures").await;
    let opened = supposed(&leak, json!({ "open": [number] })).await;
    assert_eq!(block(&opened, near)["shelter"], first, "{opened}");
    assert_eq!(opened["supposed"]["opened"], 1);
    assert_eq!(leak.world.get(&leak.duty, "/api/v1/roads/closures").await, closures);
    assert_eq!(block(&leak.get("response").await, near)["shelter"], other);
    // A closure that is none, or another county's.
    let unknown = suppose(&leak, json!({ "open": [number + 1] })).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND, "{}", unknown.text);
}

#[tokio::test]
async fn bad_suppositions_are_refused_and_weak_ones_lean_to_the_safe_side() {
    let (leak, now) = leak().await;
    let bow = json!([
        place(at(0.0, 0.0)),
        place(at(100.0, 100.0)),
        place(at(100.0, 0.0)),
        place(at(0.0, 100.0))
    ]);
    let many: Vec<Value> = (0..21).map(|_| around(TANK, 10.0)).collect();
    let long: Vec<Value> = (0..201).map(|n| place(at(f64::from(n), f64::from(n % 2)))).collect();
    for (what, code) in [
        (json!({ "inputs": { "substance": "浊气" } }), "invalid"),
        (json!({ "inputs": { "wind_m_s": 2_000.0 } }), "invalid"),
        (json!({ "inputs": { "mass_kg": -1.0 } }), "invalid"),
        (json!({ "inputs": { "nonsense": 1.0 } }), "invalid"),
        (json!({ "model": "nonsense" }), "not-found"),
        (json!({ "policy": "nonsense" }), "not-found"),
        (json!({ "source": { "lon": 200.0, "lat": 0.0 } }), "out-of-range"),
        (json!({ "close": [bow] }), "out-of-range"),
        (json!({ "close": [[place(TANK)]] }), "out-of-range"),
        (json!({ "close": many }), "out-of-range"),
        (json!({ "close": [long] }), "out-of-range"),
        (json!({ "open": vec![1; 201] }), "out-of-range"),
        (json!({ "shut": [] }), "invalid"),
    ] {
        let refused = suppose(&leak, what.clone()).await;
        assert!(refused.status.is_client_error(), "{what}: {}", refused.text);
        assert_eq!(refused.code(), code, "{what}: {}", refused.text);
    }
    // Faster than any storm: circles, not an error.
    let storm = supposed(&leak, json!({ "inputs": { "wind_m_s": 200.0 } })).await;
    assert!(people(&storm) >= people(&now), "{storm}");
    // Nothing at all, or what is so anyway, is the real answer.
    let inputs = leak.get("danger").await["now"][0]["inputs"].clone();
    for what in [json!({}), json!({ "inputs": inputs, "close": [], "open": [] })] {
        let same = supposed(&leak, what).await;
        assert_eq!(same["supposed"], Value::Null);
        assert_eq!(scrubbed(same)["blocks"], scrubbed(now.clone())["blocks"]);
    }
    // Of propane nobody knows the levels by which people leave: the circles of the policy hold, and it is said.
    let propane = supposed(&leak, json!({ "inputs": { "substance": "propane" } })).await;
    assert!(there(&propane, at(690.0, 15.0)) && there(&propane, at(UPWIND.0, UPWIND.1)));
    assert_eq!(block(&propane, at(690.0, 15.0))["action"], "leave", "{propane}");
    let circle = |answer: &Value| {
        let defects = answer["defects"].as_array().expect("defects");
        defects.iter().find(|defect| defect["what"] == "supposed-circle").cloned()
    };
    assert_eq!(circle(&propane).expect("said")["detail"], "3700");
    // Next to nothing leaks: nobody is let near all the same.
    let little = json!({ "inputs": { "mass_kg": 0.001, "hole_m": 0.0001 } });
    let little = supposed(&leak, little).await;
    let closed = little["plan"].to_string();
    assert!(closed.contains("危险区内道路"), "{little}");
    // A model that knows no places: again the circles of the policy.
    let placeless =
        supposed(&leak, json!({ "model": "stability", "inputs": { "wind_m_s": 3.0 } })).await;
    assert_eq!(circle(&placeless).expect("said")["detail"], "3700");
    assert!(people(&placeless) >= people(&now), "{placeless}");
}

#[tokio::test]
async fn a_danger_that_no_model_follows_yet_is_supposed_beside_its_zones() {
    let leak = shop().await;
    let now = leak.response(|answer| people(answer) >= 60).await;
    let what = json!({ "model": "gas-release", "inputs": { "source": "vessel", "substance": "ammonia",
        "mass_kg": 20_000.0, "hole_m": 0.02, "wind_m_s": 4.0, "wind_from_deg": 270.0 } });
    let supposed = supposed(&leak, what).await;
    // The homes downwind, which the zones of the call do not reach, leave too; those of the call still do.
    assert!(!there(&now, at(690.0, 15.0)) && there(&supposed, at(690.0, 15.0)), "{supposed}");
    assert_eq!(block(&supposed, at(400.0, 12.0))["action"], "leave", "{supposed}");
    assert_eq!(vouched(&supposed, "release.amount_kg"), "supposed");
    // A model that reaches nowhere: a circle around the place, and it is said.
    let nowhere = json!({ "model": "stability", "inputs": { "wind_m_s": 3.0 } });
    let nowhere = suppose(&leak, nowhere).await.json();
    let defects = nowhere["defects"].as_array().expect("defects");
    assert!(defects.contains(&json!({ "what": "supposed-circle", "detail": "30" })), "{nowhere}");
    assert!(people(&nowhere) >= 60, "the zones of the call stay: {nowhere}");
    // Without a model there is nothing to ask.
    let nothing = suppose(&leak, json!({ "inputs": { "mass_kg": 1.0 } })).await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND, "{}", nothing.text);
}

#[tokio::test]
async fn who_supposes_sees_no_more_than_of_what_is_so() {
    let (mut leak, _) = leak().await;
    let path = format!("/api/v1/incidents/{}/what-if/response", leak.id);
    let other = leak.world.token(Role::Duty, ELSEWHERE);
    let foreign = leak.world.post(&other, &path, json!({})).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND, "{}", foreign.text);
    // Whoever may not see people does not draw ground around single homes, nor cut off the way of one.
    let viewer = leak.world.token(Role::Viewer, HOME);
    let ring = around(at(700.0, 1_100.0), 100.0);
    for what in [json!({ "inputs": { "wind_from_deg": 90.0 } }), json!({ "close": [ring] })] {
        let refused = leak.world.post(&viewer, &path, what).await;
        let forbidden = (StatusCode::FORBIDDEN, "forbidden".to_owned());
        assert_eq!((refused.status, refused.code()), forbidden);
    }
    let hidden = leak.world.get(&viewer, &path.replace("what-if/", "")).await;
    let lone = block(&hidden, at(-200.0, 5.0)).clone();
    assert_eq!((&lone["people"], &lone["cannot_walk"]), (&json!(10), &json!(0)), "{lone}");
    // Of closures of another county nobody hears that they exist.
    let steward = leak.world.token(Role::Duty, ELSEWHERE);
    let ring = around((106.70, 38.46), 100.0);
    let body = json!({ "area": ELSEWHERE, "reason": "塌方", "ring": ring });
    let done = leak.world.post(&steward, "/api/v1/roads/closures", body).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    let open = json!({ "open": [done.json()["id"]] });
    let unknown = leak.world.post(&leak.duty, &path, open).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND, "{}", unknown.text);
}
