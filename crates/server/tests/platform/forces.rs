//! Forces over HTTP: who could leave, orders that bind a force to one incident, what a force says of itself, and beds.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use crate::common::{ELSEWHERE, HOME, Response, World};
use axum::http::StatusCode;
use helan_server::access::Role;
use serde_json::{Value, json};

struct Forces {
    world: World,
    duty: String,
    /// Incidents in both counties.
    incidents: [u64; 2],
}

async fn forces() -> Forces {
    let mut world = World::open().await;
    let all = world.token(Role::Steward, 0);
    let record = |name: &str, area: u32, values: Value| {
        json!({ "name": name, "area": area.to_string(), "address": "", "post": "",
            "geometry": { "type": "Point", "coordinates": [106.28, 38.47] }, "values": values })
    };
    let team = json!({ "skill": "chemical", "staff": 20, "ready": "ready", "turnout": 5 });
    for (path, body) in [
        ("rescue-team/t1", record("化救队", HOME, team.clone())),
        ("rescue-team/t2", record("平罗队", ELSEWHERE, team)),
        (
            "vehicle/v1",
            record(
                "水罐车",
                HOME,
                json!({ "plate": "宁A00001", "vehicle_kind": "water-tender",
            "owner": "消防", "state": "repair", "height": 3.6 }),
            ),
        ),
        (
            "hospital/h1",
            record("医院", HOME, json!({ "beds": 100, "beds_free": 30, "burns": true })),
        ),
    ] {
        let path = format!("/api/v1/base/objects/{path}");
        let response = world.call(&all, "PUT", &path, Some(body)).await;
        assert_eq!(response.json()["stored"], true, "{}", response.text);
    }
    let mut incidents = [0; 2];
    for (n, (prefix, area)) in [("a", HOME), ("b", ELSEWHERE)].into_iter().enumerate() {
        world.register(prefix, area, false).await;
        incidents[n] = world.leak(prefix).await.1;
    }
    let duty = world.token(Role::Duty, HOME);
    Forces { world, duty, incidents }
}

impl Forces {
    async fn order(&self, token: &str, key: &str, incident: u64) -> Response {
        let body =
            json!({ "kind": "rescue-team", "key": key, "incident": incident, "task": "堵漏" });
        self.world.post(token, "/api/v1/forces/orders", body).await
    }

    async fn step(&self, token: &str, id: u64, body: Value) -> Response {
        self.world.post(token, &format!("/api/v1/forces/orders/{id}/steps"), body).await
    }

    async fn put(&self, token: &str, path: &str, body: Value) -> StatusCode {
        self.world.call(token, "PUT", &format!("/api/v1/forces/{path}"), Some(body)).await.status
    }

    async fn list(&self, token: &str, query: &str) -> Vec<Value> {
        let page = self.world.get(token, &format!("/api/v1/forces?{query}")).await;
        page["items"].as_array().expect("items").clone()
    }
}

#[tokio::test]
async fn a_team_is_sent_and_says_how_far_it_is() {
    let mut f = forces().await;
    let team = f.world.token(Role::Viewer, ELSEWHERE);
    let known = f.list(&f.duty, "").await;
    let keys: Vec<&str> = known.iter().filter_map(|force| force["key"].as_str()).collect();
    assert_eq!(keys, ["t1", "v1"], "of the caller's area");
    assert_eq!(known[0]["capabilities"], json!(["chemical", "rescue-team"]));
    assert_eq!(
        (&known[0]["available"], &known[1]["readiness"]),
        (&json!(true), &json!("stood-down"))
    );
    assert_eq!(f.list(&f.duty, "skill=water-tender&state=available").await.len(), 0);

    let id = f.order(&f.duty, "t1", f.incidents[0]).await.json()["id"].as_u64().expect("order");
    let again = f.order(&f.duty, "t1", f.incidents[0]).await.json();
    assert_eq!(again["id"], id, "the same order");
    assert_eq!(f.list(&f.duty, "state=available").await.len(), 0);
    // Somebody who speaks for nobody reports nothing.
    let accept = json!({ "step": "accept" });
    assert_eq!(f.step(&team, id, accept.clone()).await.status, StatusCode::FORBIDDEN);
    let account = json!({ "account": format!("viewer-{ELSEWHERE}") });
    assert_eq!(
        f.put(&team, "rescue-team/t1/account", account.clone()).await,
        StatusCode::FORBIDDEN
    );
    assert_eq!(f.put(&f.duty, "rescue-team/t1/account", account).await, StatusCode::NO_CONTENT);
    let at = json!({ "lon": 106.3, "lat": 38.5 });
    for body in [
        accept,
        json!({ "step": "depart", "position": at }),
        json!({ "step": "arrive" }),
        json!({ "step": "finish", "people": { "rescued": 3, "injured": 1, "dead": 0 } }),
    ] {
        let response = f.step(&team, id, body).await;
        assert_eq!(response.status, StatusCode::NO_CONTENT, "{}", response.text);
    }
    assert_eq!(
        f.step(&team, id, json!({ "step": "recall", "note": "x" })).await.status,
        StatusCode::FORBIDDEN
    );
    let path = format!("/api/v1/forces/orders?incident={}", f.incidents[0]);
    let order = f.world.get(&f.duty, &path).await["items"][0].clone();
    assert_eq!(
        (&order["stage"], &order["people"]["rescued"], &order["name"]),
        (&json!("done"), &json!(3), &json!("化救队"))
    );
    let whats: Vec<&str> = order["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .filter_map(|s| s["what"].as_str())
        .collect();
    assert_eq!(whats, ["order", "accept", "depart", "arrive", "finish"]);
    let place = f.list(&f.duty, "kind=rescue-team").await[0]["place"].clone();
    assert_eq!((&place["position"]["lon"], &place["source"]), (&json!(106.3), &json!("report")));
    let older = json!({ "position": { "lon": 100.0, "lat": 38.5 }, "at": 5, "source": "terminal" });
    assert_eq!(f.put(&team, "rescue-team/t1/place", older).await, StatusCode::NO_CONTENT);
    assert_eq!(
        f.list(&f.duty, "kind=rescue-team").await[0]["place"],
        place,
        "what is newer counts"
    );
    assert_eq!(
        f.put(
            &f.duty,
            "rescue-team/t1/readiness",
            json!({ "readiness": "stood-down", "note": "休整" })
        )
        .await,
        StatusCode::NO_CONTENT
    );
    let refused = f.order(&f.duty, "t1", f.incidents[0]).await;
    assert_eq!(refused.code(), "wrong-state", "it rests");
}

#[tokio::test]
async fn once_two_incidents_want_the_same_team_one_gets_it() {
    let mut f = forces().await;
    let all = f.world.token(Role::Duty, 0);
    assert_eq!(
        f.order(&f.duty, "t2", f.incidents[0]).await.status,
        StatusCode::NOT_FOUND,
        "another area's"
    );
    assert_eq!(f.order(&f.duty, "t1", f.incidents[1]).await.status, StatusCode::NOT_FOUND);
    let orders = (0..20).map(|n| f.order(&all, "t1", f.incidents[n % 2]));
    let answers = futures_util::future::join_all(orders).await;
    let won: Vec<Value> =
        answers.iter().filter(|a| a.status == StatusCode::OK).map(Response::json).collect();
    assert_eq!(won.len(), 10);
    assert!(won.iter().all(|answer| *answer == won[0]), "one order");
    assert!(answers.iter().all(|a| a.status == StatusCode::OK || a.status == StatusCode::CONFLICT));
    let id = won[0]["id"].as_u64().expect("order");
    assert_eq!(f.step(&all, id, json!({ "step": "recall" })).await.code(), "reason-required");
    assert_eq!(
        f.step(&all, id, json!({ "step": "lose", "note": "失联" })).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        f.order(&all, "t1", f.incidents[1]).await.status,
        f.order(&all, "t1", f.incidents[1]).await.status
    );
    assert_eq!(f.list(&f.duty, "state=busy").await[0]["order"]["stage"], "lost");
    assert_eq!(
        f.step(&all, id, json!({ "step": "recall", "note": "转场" })).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(f.order(&all, "t1", f.incidents[1]).await.status, StatusCode::OK);
    // The team's county learns that it is away, and not what for.
    let mine = f.list(&f.duty, "state=busy").await[0]["order"].clone();
    assert_eq!(
        (&mine["incident"], &mine["task"], &mine["stage"]),
        (&Value::Null, &json!(""), &json!("ordered"))
    );
}

#[tokio::test]
async fn beds_are_what_was_said_last() {
    let mut f = forces().await;
    let hospital = f.world.token(Role::Viewer, HOME);
    let beds = f.world.get(&f.duty, "/api/v1/forces/beds").await;
    assert_eq!(
        (&beds[0]["key"], &beds[0]["beds"][0]["free"], &beds[0]["beds"][0]["by"]),
        (&json!("h1"), &json!(30), &json!("record"))
    );
    assert_eq!(beds[0]["capabilities"], json!(["burns"]));
    let said = |free: u32| json!({ "ward": "all", "total": 100, "free": free });
    assert_eq!(f.put(&hospital, "beds/h1", said(3)).await, StatusCode::FORBIDDEN);
    assert_eq!(f.put(&f.duty, "beds/h1", said(3)).await, StatusCode::NO_CONTENT);
    assert_eq!(f.put(&f.duty, "beds/h1", said(101)).await, StatusCode::UNPROCESSABLE_ENTITY);
    let beds = f.world.get(&f.duty, "/api/v1/forces/beds").await;
    assert_eq!(
        (&beds[0]["beds"][0]["free"], &beds[0]["beds"][0]["by"]),
        (&json!(3), &json!(format!("duty-{HOME}")))
    );
    let other = f.world.token(Role::Duty, ELSEWHERE);
    assert_eq!(f.put(&other, "beds/h1", said(4)).await, StatusCode::NOT_FOUND);
    assert_eq!(f.world.get(&other, "/api/v1/forces/beds").await, json!([]));
}
