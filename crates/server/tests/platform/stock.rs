//! Supplies over HTTP: from a sheet to a site, across areas, under many requests at once, and nobody sees or moves what is not theirs.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::sync::atomic::{AtomicU64, Ordering};

use crate::common::{ELSEWHERE, HOME, Response, World};
use axum::http::StatusCode;
use helan_server::access::Role;
use serde_json::{Value, json};

const TENT: &str = "1010101";

struct Stores {
    world: World,
    all: String,
    steward: String,
    duty: String,
    incident: u64,
    next: AtomicU64,
}

/// A store in each of two counties, and an incident in the first.
async fn stores() -> Stores {
    let mut world = World::open().await;
    let all = world.token(Role::Steward, 0);
    for (key, area, lon) in [("s1", HOME, 106.28), ("s2", ELSEWHERE, 106.54)] {
        let store = json!({ "name": format!("{key}号库"), "area": area.to_string(), "address": "", "post": "",
            "geometry": { "type": "Point", "coordinates": [lon, 38.47] }, "values": { "store_level": "county" } });
        put(&world, &all, &format!("relief-store/{key}"), store).await;
    }
    world.register("a", HOME, false).await;
    let (_, incident) = world.leak("a").await;
    let (steward, duty) = (world.token(Role::Steward, HOME), world.token(Role::Duty, HOME));
    Stores { world, all, steward, duty, incident, next: AtomicU64::new(0) }
}

async fn put(world: &World, token: &str, path: &str, body: Value) {
    let path = format!("/api/v1/base/objects/{path}");
    let response = world.call(token, "PUT", &path, Some(body)).await;
    assert_eq!(response.json()["stored"], true, "{}", response.text);
}

impl Stores {
    fn key(&self) -> String {
        format!("r{}", self.next.fetch_add(1, Ordering::Relaxed))
    }

    async fn post(&self, token: &str, path: &str, mut body: Value) -> Response {
        if body.get("request").is_none() {
            body["request"] = json!(self.key());
        }
        self.world.post(token, &format!("/api/v1/stock/{path}"), body).await
    }

    async fn stock(&self, store: &str, batch: &str, expiry: &str, quantity: f64) -> u64 {
        let body = json!({ "kind": "relief-store", "store": store, "item": TENT, "name": "帐篷", "unit": "顶",
            "batch": batch, "expiry": expiry, "quantity": quantity });
        let response = self.post(&self.all, "lots", body).await;
        assert_eq!(response.status, StatusCode::OK, "{}", response.text);
        response.json()["lots"][0].as_u64().expect("lot")
    }

    fn order(&self, quantity: f64) -> Value {
        json!({ "incident": self.incident, "item": TENT, "unit": "顶", "quantity": quantity })
    }

    async fn reserve(&self, token: &str, order: Value) -> u64 {
        let response = self.post(token, "allocations", order).await;
        assert_eq!(response.status, StatusCode::OK, "{}", response.text);
        response.json()["allocations"][0].as_u64().expect("allocation")
    }

    async fn step(&self, token: &str, id: u64, step: &str, more: Value) -> Response {
        let mut body = more;
        body["step"] = json!(step);
        self.post(token, &format!("allocations/{id}/steps"), body).await
    }

    async fn done(&self, token: &str, id: u64, step: &str, more: Value) {
        let response = self.step(token, id, step, more).await;
        assert_eq!(response.status, StatusCode::OK, "{step}: {}", response.text);
    }

    async fn get(&self, token: &str, path: &str) -> Value {
        self.world.get(token, &format!("/api/v1/stock/{path}")).await
    }

    async fn good(&self) {
        let books = self.get(&self.all, "check").await;
        assert_eq!(books["flaws"], json!([]), "{books}");
        assert!(books["entries"].as_u64() > Some(0));
    }
}

#[tokio::test]
async fn tents_go_from_a_store_to_a_site_and_the_difference_is_explained() {
    let s = stores().await;
    let late = s.stock("s1", "b", "2099-01-01", 10.0).await;
    let soon = s.stock("s1", "a", "2098-01-01", 5.0).await;
    s.stock("s1", "old", "2001-01-01", 100.0).await;
    let before = s.world.server.api.platform.now().0;
    let too_much = s.post(&s.duty, "allocations", s.order(16.0)).await;
    assert_eq!((too_much.status, too_much.code().as_str()), (StatusCode::CONFLICT, "not-enough"));
    let id = s.reserve(&s.duty, s.order(4.0)).await;
    s.done(&s.steward, id, "load", json!({ "vehicle": "宁A00001" })).await;
    s.done(&s.steward, id, "depart", json!({})).await;
    let early = s.step(&s.duty, id, "use", json!({})).await;
    assert_eq!(early.code(), "wrong-state");
    s.done(&s.duty, id, "arrive", json!({})).await;
    let silent = s.step(&s.duty, id, "receive", json!({ "quantity": 3 })).await;
    assert_eq!(silent.code(), "reason-required");
    s.done(&s.duty, id, "receive", json!({ "quantity": 3, "reason": "一顶破损" })).await;
    s.done(&s.duty, id, "use", json!({ "quantity": 2 })).await;
    s.done(&s.steward, id, "return", json!({ "quantity": 1 })).await;

    let lots = s.get(&s.duty, "lots?words=帐篷").await;
    let of =
        |id: u64| lots["items"].as_array().expect("lots").iter().find(|l| l["id"] == id).cloned();
    let sums = of(soon).expect("lot")["sums"].clone();
    assert_eq!([&sums["available"], &sums["used"], &sums["difference"]], [2.0, 2.0, 1.0]);
    assert_eq!(of(late).expect("lot")["sums"]["available"], 10.0, "what expires first went first");
    assert_eq!(of(late).expect("lot")["store_name"], "s1号库");
    let then = s.get(&s.duty, &format!("lots?at={before}&words=a")).await;
    let then = then["items"].as_array().expect("lots").iter().find(|l| l["id"] == soon);
    assert_eq!(then.expect("lot")["sums"]["available"], 5.0, "as it was");
    let expired = s.get(&s.duty, "lots?expires_within=90").await;
    assert_eq!(expired["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(expired["items"][0]["freshness"], "expired");
    let allocations = s.get(&s.duty, &format!("allocations?incident={}", s.incident)).await;
    let steps: Vec<&str> = allocations["items"][0]["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .filter_map(|step| step["what"].as_str())
        .collect();
    assert_eq!(steps, ["reserve", "load", "depart", "arrive", "receive", "use", "return"]);
    let sheet = s.world.call(&s.duty, "GET", "/api/v1/stock/export", None).await.text;
    let line = sheet.lines().find(|line| line.starts_with(&format!("{soon},"))).expect("line");
    assert!(
        line.contains(&format!("{TENT},帐篷,,顶,a,2098-01-01,s1号库,{HOME},2,0,0,0,0,2,1,0,0")),
        "{line}"
    );
    let moves = s.get(&s.duty, &format!("lots/{soon}/moves")).await;
    assert_eq!(moves["items"][0]["entries"], json!([["received", -1.0], ["available", 1.0]]));
    let items = s.get(&s.duty, "items").await;
    assert_eq!((&items[0]["item"], &items[0]["lots"]), (&json!(TENT), &json!(3)));
    s.good().await;
}

#[tokio::test]
async fn another_area_is_asked_and_the_same_request_moves_once() {
    let mut s = stores().await;
    let lot = s.stock("s2", "a", "2099-01-01", 10.0).await;
    let theirs = s.world.token(Role::Duty, ELSEWHERE);
    let viewer = s.world.token(Role::Viewer, HOME);
    assert_eq!(s.get(&s.duty, "lots").await["items"], json!([]), "not seen");
    let blind = s
        .post(&s.duty, "allocations", json!({ "incident": s.incident, "lot": lot, "quantity": 1 }))
        .await;
    assert_eq!(blind.status, StatusCode::NOT_FOUND);
    let mut order = s.order(6.0);
    order["from"] = json!(ELSEWHERE);
    order["request"] = json!("same");
    let id = s.reserve(&s.duty, order.clone()).await;
    assert_eq!(s.reserve(&s.duty, order.clone()).await, id, "the same request");
    order["quantity"] = json!(7);
    assert_eq!(s.post(&s.duty, "allocations", order).await.status, StatusCode::CONFLICT);
    let asked = s.get(&theirs, "allocations?open=true").await["items"].clone();
    assert_eq!(asked.as_array().map(Vec::len), Some(1), "{asked}");
    assert_eq!(
        (&asked[0]["stage"], &asked[0]["gives"], &asked[0]["gets"]),
        (&json!("asked"), &json!(true), &json!(false))
    );
    let lots = s.get(&theirs, "lots").await;
    assert_eq!(lots["items"][0]["sums"]["available"], 10.0, "nothing is held yet");
    // Whoever asks does not decide, and whoever gives does not receive.
    for (token, step) in
        [(&s.duty, "approve"), (&s.steward, "approve"), (&viewer, "approve"), (&theirs, "receive")]
    {
        let refused = s.step(token, id, step, json!({})).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{step}: {}", refused.text);
    }
    s.done(&theirs, id, "approve", json!({})).await;
    s.done(&theirs, id, "load", json!({ "vehicle": "宁B00001" })).await;
    s.done(&theirs, id, "depart", json!({})).await;
    let mine = s.get(&s.duty, "allocations").await;
    assert_eq!(mine["items"][0]["lot"], Value::Null, "which lot is not told");
    s.done(&s.duty, id, "receive", json!({})).await;
    let lots = s.get(&theirs, "lots").await;
    assert_eq!(
        (&lots["items"][0]["sums"]["available"], &lots["items"][0]["sums"]["received"]),
        (&json!(4.0), &json!(6.0))
    );
    assert_eq!(
        s.world.post(&viewer, "/api/v1/stock/allocations", s.order(1.0)).await.status,
        StatusCode::FORBIDDEN
    );
    s.good().await;
}

#[tokio::test]
async fn what_the_region_grants_the_county_loads() {
    let mut s = stores().await;
    s.stock("s1", "a", "2099-01-01", 5.0).await;
    s.stock("s2", "b", "2098-01-01", 5.0).await;
    let region = s.world.token(Role::Duty, 0);
    let theirs = s.world.token(Role::Steward, ELSEWHERE);
    // From wherever it lies in the region: first what expires first, which is in the other county.
    let response = s.post(&region, "allocations", s.order(8.0)).await;
    let ids: Vec<u64> =
        serde_json::from_value(response.json()["allocations"].clone()).expect("ids");
    assert_eq!(ids.len(), 2, "{}", response.text);
    let seen = s.get(&theirs, "allocations").await["items"].clone();
    assert_eq!(
        (seen.as_array().map(Vec::len), &seen[0]["area_from"]),
        (Some(1), &json!(ELSEWHERE))
    );
    s.done(&theirs, ids[0], "load", json!({ "vehicle": "宁B00001" })).await;
    assert_eq!(
        s.step(&theirs, ids[1], "load", json!({ "vehicle": "v" })).await.status,
        StatusCode::NOT_FOUND
    );
    s.good().await;
}

#[tokio::test]
async fn once_many_ask_at_once_nothing_is_given_out_twice() {
    let s = stores().await;
    s.stock("s1", "a", "2099-01-01", 100.0).await;
    let all = (0..40).map(|_| s.post(&s.duty, "allocations", s.order(7.0)));
    let all = futures_util::future::join_all(all).await;
    let won = all.iter().filter(|response| response.status == StatusCode::OK).count();
    assert_eq!(won, 14);
    assert!(all.iter().all(|r| r.status == StatusCode::OK || r.code() == "not-enough"));
    let lots = s.get(&s.duty, "lots").await;
    assert_eq!(
        (&lots["items"][0]["sums"]["available"], &lots["items"][0]["sums"]["reserved"]),
        (&json!(2.0), &json!(98.0))
    );
    s.good().await;
}

#[tokio::test]
async fn a_sheet_becomes_goods_that_can_be_given_out() {
    let s = stores().await;
    let record = |code: &str, store: &str| {
        json!({ "name": "帐篷", "area": HOME.to_string(), "address": "", "post": "",
            "geometry": { "type": "Point", "coordinates": [106.28, 38.47] },
            "values": { "code": code, "item": "帐篷", "quantity": 12.5, "unit": "顶", "store": store, "expiry": "2099-01-01" } })
    };
    put(&s.world, &s.all, "stock-item/i1", record(TENT, "s1")).await;
    put(&s.world, &s.all, "stock-item/i2", record(TENT, "s1号库")).await;
    put(&s.world, &s.all, "stock-item/i3", record("无", "s1")).await;
    put(&s.world, &s.all, "stock-item/i4", record(TENT, "没有的库")).await;
    let taken = s.world.post(&s.steward, "/api/v1/stock/take-over", json!({})).await.json();
    assert_eq!((&taken["taken"], &taken["next"]), (&json!(2), &Value::Null), "{taken}");
    assert_eq!(taken["skipped"], json!([["i3", "code"], ["i4", "store"]]));
    let again = s.world.post(&s.steward, "/api/v1/stock/take-over", json!({})).await.json();
    assert_eq!(again["taken"], 0, "once");
    let lots = s.get(&s.steward, "lots").await;
    let free: f64 = lots["items"]
        .as_array()
        .expect("lots")
        .iter()
        .filter_map(|l| l["sums"]["available"].as_f64())
        .sum();
    assert!((free - 25.0).abs() < 1e-9, "{lots}");
    let lot = lots["items"][0]["id"].as_u64().expect("lot");
    let count = json!({ "quantity": 10, "reason": "盘亏" });
    assert_eq!(
        s.post(&s.duty, &format!("lots/{lot}/count"), count.clone()).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        s.post(&s.steward, &format!("lots/{lot}/count"), count).await.status,
        StatusCode::OK
    );
    let gone = json!({ "quantity": 10.5, "reason": "过期" });
    assert_eq!(
        s.post(&s.steward, &format!("lots/{lot}/write-off"), gone).await.code(),
        "not-enough"
    );
    s.good().await;
}
