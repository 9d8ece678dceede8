//! Dispatch when more than one thing happens: drills beside what is real, many who ask at once, goods that do not come, needs that grow.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use axum::http::StatusCode;
use helan_server::access::Role;
use serde_json::{Value, json};

use crate::{
    base::{bring, state},
    common::{HOME, World},
    dispatch::{Dispatch, SETS, dispatch, lines, need, sent},
};

/// Goods of a store at a place on the street.
async fn stock(d: &Dispatch, store: &str, east: f64, lots: usize, quantity: f64) {
    let at = (106.20 + 0.01 * east, 38.46);
    d.world
        .put(&d.all, &format!("relief-store/{store}"), &[at], json!({ "store_level": "county" }))
        .await;
    for lot in 0..lots {
        let batch = format!("{store}-{lot}");
        let body = json!({ "request": batch, "kind": "relief-store", "store": store, "item": SETS, "name": "空气呼吸器",
            "unit": "套", "batch": batch, "expiry": "2099-01-01", "quantity": quantity });
        let response = d.world.post(&d.all, "/api/v1/stock/lots", body).await;
        assert_eq!(response.status, StatusCode::OK, "{}", response.text);
    }
}

/// Numbers of the allocations of an incident, and what they hold.
async fn held(d: &Dispatch, incident: u64) -> Vec<(u64, f64)> {
    let path = format!("/api/v1/stock/allocations?incident={incident}");
    let page = d.world.get(&d.duty, &path).await;
    let items = page["items"].as_array().expect("items").iter();
    items
        .map(|one| (one["id"].as_u64().expect("id"), one["held"].as_f64().expect("held")))
        .collect()
}

async fn step(world: &World, token: &str, allocation: u64, key: &str, mut body: Value) {
    body["request"] = json!(key);
    let path = format!("/api/v1/stock/allocations/{allocation}/steps");
    let response = world.post(token, &path, body).await;
    assert_eq!(response.status, StatusCode::OK, "{}", response.text);
}

/// Says that the force with this order for an incident found hurt people.
async fn found(d: &Dispatch, incident: u64, key: &str, injured: u32) {
    let path = format!("/api/v1/forces/orders?incident={incident}");
    let orders = d.world.get(&d.duty, &path).await;
    let mut orders = orders["items"].as_array().expect("orders").iter();
    let order = orders.find(|order| order["key"] == key).expect("order")["id"].clone();
    let people = json!({ "rescued": 0, "injured": injured, "dead": 0 });
    let path = format!("/api/v1/forces/orders/{order}/steps");
    let told = d.world.post(&d.duty, &path, json!({ "step": "arrive", "people": people })).await;
    assert_eq!(told.status, StatusCode::NO_CONTENT, "{}", told.text);
}

#[tokio::test]
async fn a_drill_takes_what_is_left_and_gives_way_to_what_is_real() {
    let mut d = dispatch().await;
    let [_, fire] = d.incidents;
    d.world.register("d", HOME, true).await;
    let (_, drill) = d.world.leak("d").await;
    let ask = json!({ "incidents": [drill] });
    let proposal = d.post(&d.duty, "propose", ask).await.json();
    assert_eq!(sent(&proposal, drill)["fire-fighting"].len(), 3, "{proposal}");
    let done = d.accept(&d.duty, &proposal, Value::Null).await.json();
    assert!(done.as_array().expect("lines").iter().all(|line| line["done"] == true), "{done}");
    // Four stations, three of them at the drill: the leak and the fire need all four, and get them.
    let proposal = d.made("propose").await;
    for incident in d.incidents {
        for want in proposal["needs"].as_array().expect("needs") {
            let rule = want["rule"].as_str().expect("rule");
            if want["incident"] == incident
                && ["search", "leak-stop", "fire-fighting"].contains(&rule)
            {
                assert_eq!(want["missing"], 0.0, "{want}");
            }
        }
    }
    assert_eq!(need(&proposal, drill, "fire-fighting")["under_way"], 3.0);
    let done = d.accept(&d.duty, &proposal, Value::Null).await.json();
    assert!(done.as_array().expect("lines").iter().all(|line| line["done"] == true), "{done}");
    let now = d.current().await;
    let orders = |id: u64| {
        let mut scenes = now["incidents"].as_array().expect("incidents").iter();
        scenes.find(|scene| scene["id"] == id).expect("scene")["orders"].clone()
    };
    assert_eq!((orders(fire), orders(drill)), (json!(2), json!(0)), "{now}");
    assert!(lines(&now, "force").all(|line| line["stage"] == "ordered"), "{now}");
    // The drill gets nobody whom what is real needs, and is told so.
    let next = d.made("replan").await;
    let short = need(&next, drill, "fire-fighting");
    assert_eq!((&short["missing"], &short["why"]), (&json!(3.0), &json!("all-busy")), "{next}");
}

#[tokio::test]
async fn what_is_made_up_is_sent_to_drills_alone() {
    let mut d = dispatch().await;
    let simulator = d.world.token(Role::Simulator, 0);
    let sheet = "key,name,area,lon,lat,station_class,staff,engines,ready,turnout,chemical\n\
        m1,虚拟站一,640104000,106.25,38.46,first,20,3,ready,1,true\n\
        m2,虚拟站二,640104000,106.30,38.46,first,20,3,ready,1,true\n";
    let query = "kind=fire-station&file=s.csv&synthetic=true";
    let import = bring(&d.world, &simulator, query, sheet).await;
    let id = import.json()["id"].as_u64().expect("import");
    state(&d.world, &simulator, id, "checked").await;
    d.world.post(&simulator, &format!("/api/v1/base/imports/{id}/load"), json!({})).await;
    state(&d.world, &simulator, id, "loaded").await;
    let proposal = d.made("propose").await;
    assert!(lines(&proposal, "force").count() >= 4, "{proposal}");
    let made_up =
        |line: &Value| line["what"]["key"].as_str().is_some_and(|key| key.starts_with('m'));
    assert!(
        !lines(&proposal, "force").any(made_up),
        "they stand at the scenes, and help nobody: {proposal}"
    );
    let warnings = proposal["warnings"].as_array().expect("warnings");
    assert!(warnings.contains(&json!("made-up")), "what is missing could be thought to be there");
    let order =
        json!({ "kind": "fire-station", "key": "m1", "incident": d.incidents[1], "task": "灭火" });
    let refused = d.world.post(&d.duty, "/api/v1/forces/orders", order).await;
    assert_eq!(refused.code(), "wrong-state", "{}", refused.text);
    d.world.register("d", HOME, true).await;
    let (_, drill) = d.world.leak("d").await;
    let proposal = d.made("propose").await;
    let at_drill = sent(&proposal, drill);
    assert!(at_drill["fire-fighting"].contains("m1"), "{proposal}");
}

#[tokio::test]
async fn of_many_who_replan_and_accept_at_once_nobody_promises_the_same_again() {
    let d = dispatch().await;
    let [leak, _] = d.incidents;
    stock(&d, "s1", 5.0, 1, 1_000.0).await;
    d.made("propose").await;
    let one = async |_: usize| {
        for _ in 0..3 {
            let made = d.post(&d.duty, "replan", json!({})).await;
            // With all that is written here somebody may be told to ask once more.
            if made.status == StatusCode::OK {
                d.accept(&d.duty, &made.json(), Value::Null).await;
            }
        }
    };
    futures_util::future::join_all((0..8).map(one)).await;
    let sum: f64 = held(&d, leak).await.iter().map(|(_, held)| held).sum();
    assert!((sum - 10.0).abs() < 1e-9, "{sum} of 10 that are needed");
    let last = d.made("replan").await;
    assert_eq!(need(&last, leak, "breathing-sets")["missing"], 0.0, "{last}");
    assert_eq!(lines(&last, "goods").count(), 0, "{last}");
}

#[tokio::test]
async fn what_turned_back_or_is_taken_elsewhere_is_asked_for_again() {
    let d = dispatch().await;
    let [leak, fire] = d.incidents;
    stock(&d, "s1", 5.0, 1, 30.0).await;
    let first = d.made("propose").await;
    // Somebody takes of the same lot by hand, and leaves enough: the proposal holds.
    let take = |quantity: f64, key: &str| json!({ "request": key, "incident": fire, "item": SETS, "unit": "套", "quantity": quantity });
    let path = "/api/v1/stock/allocations";
    let taken = d.world.post(&d.duty, path, take(20.0, "t1")).await;
    assert_eq!(taken.status, StatusCode::OK, "{}", taken.text);
    helan_server::dispatch::watch::look(&d.world.server.api, true).await.expect("look");
    assert_eq!(d.current().await["stale"], Value::Null);
    let more = d.world.post(&d.duty, path, take(1.0, "t2")).await;
    assert_eq!(more.status, StatusCode::OK, "{}", more.text);
    let why = d.stale().await;
    assert_eq!((&why["what"], why["detail"].as_str()), (&json!("goods"), Some("relief-store/s1")));
    let second = d.made("replan").await;
    assert_eq!(need(&second, leak, "breathing-sets")["sent"], 9.0, "{second}");
    assert_ne!(first["id"], second["id"]);
    d.accept(&d.duty, &second, Value::Null).await;
    let [(id, _)] = held(&d, leak).await[..] else { panic!("one allocation") };
    for (at, done) in ["load", "depart", "return"].iter().enumerate() {
        let body = json!({ "step": done, "vehicle": "宁A00001" });
        step(&d.world, &d.all, id, &format!("step {at}"), body).await;
    }
    let why = d.stale().await;
    assert_eq!(why["what"], "goods", "they turned back: {why}");
    let third = d.made("replan").await;
    let sets = need(&third, leak, "breathing-sets");
    assert_eq!((&sets["under_way"], &sets["sent"]), (&json!(0.0), &json!(9.0)), "{third}");
}

#[tokio::test]
async fn a_proposal_does_not_outlive_needs_that_grow_and_beds_that_are_taken() {
    let d = dispatch().await;
    let [leak, fire] = d.incidents;
    let beds = json!({ "beds": 100, "beds_free": 8, "poisoning": true, "burns": true });
    d.world.put(&d.all, "hospital/h1", &[(106.25, 38.46)], beds).await;
    let first = d.made("propose").await;
    d.accept(&d.duty, &first, Value::Null).await;
    d.made("replan").await;
    helan_server::dispatch::watch::look(&d.world.server.api, true).await.expect("look");
    assert_eq!(d.current().await["stale"], Value::Null);
    // Those who search find five who are hurt.
    found(&d, leak, "f2", 5).await;
    let why = d.stale().await;
    assert_eq!(why["what"], "needs", "{why}");
    assert!(why["detail"].as_str().expect("detail").starts_with(&leak.to_string()), "{why}");
    let with = d.made("replan").await;
    assert_eq!(need(&with, leak, "poisoning-beds")["sent"], 5.0, "{with}");
    let free = json!({ "ward": "all", "total": 100, "free": 4 });
    let path = "/api/v1/forces/beds/h1";
    let told = d.world.call(&d.duty, "PUT", path, Some(free)).await;
    assert_eq!(told.status, StatusCode::NO_CONTENT, "{}", told.text);
    let why = d.stale().await;
    assert_eq!((&why["what"], why["detail"].as_str()), (&json!("beds"), Some("hospital/h1")));
    let with = d.made("replan").await;
    let done = d.accept(&d.duty, &with, Value::Null).await.json();
    assert_eq!((&done[0]["done"], &done[0]["beds"]), (&json!(true), &json!(4)), "{done}");
    // They are spoken for: the same incident does not ask for them again, and the other is not offered them.
    let path = format!("/api/v1/incidents/{fire}/grade");
    let graded = d.world.post(&d.duty, &path, json!({ "grade": 1, "reason": "扩大" })).await;
    assert_eq!(graded.status, StatusCode::OK, "{}", graded.text);
    assert_eq!(d.stale().await["what"], "needs");
    let after = d.made("replan").await;
    let wanted = need(&after, leak, "poisoning-beds");
    assert_eq!(
        (&wanted["under_way"], &wanted["missing"], &wanted["why"]),
        (&json!(4.0), &json!(1.0), &json!("nobody-can")),
        "{after}"
    );
    assert_eq!(lines(&after, "beds").count(), 0, "{after}");
}

#[tokio::test]
async fn many_small_lots_of_one_store_hide_no_other_store() {
    let d = dispatch().await;
    let [leak, _] = d.incidents;
    stock(&d, "near", 5.0, 105, 0.05).await;
    stock(&d, "far", 0.0, 1, 100.0).await;
    let proposal = d.made("propose").await;
    let sets = need(&proposal, leak, "breathing-sets");
    assert_eq!((&sets["sent"], &sets["missing"]), (&json!(10.0), &json!(0.0)), "{proposal}");
}
