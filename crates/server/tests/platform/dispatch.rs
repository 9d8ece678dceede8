//! Dispatch over HTTP: two incidents at once, a road that closes, a team that is lost, and nobody is ever sent twice.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::collections::{BTreeMap, BTreeSet};

use crate::common::{ELSEWHERE, HOME, Response, World};
use axum::http::StatusCode;
use helan_server::{access::Role, dispatch::watch};
use serde_json::{Value, json};

/// Code of the breathing sets in the packs' needs.
pub const SETS: &str = "2999904";

pub struct Dispatch {
    pub world: World,
    pub duty: String,
    pub all: String,
    pub incidents: [u64; 2],
}

/// Reports a call: an incident of this kind in the county of [`HOME`].
async fn call(world: &World, token: &str, kind: &str, (lon, lat): (f64, f64)) -> u64 {
    let body = json!({ "kind": kind, "area": HOME, "position": { "lon": lon, "lat": lat }, "place": kind,
        "text": "报警", "separate": true });
    let response = world.post(token, "/api/v1/calls", body).await;
    assert_eq!(response.status, StatusCode::OK, "{}", response.text);
    response.json()["incident"].as_u64().expect("incident")
}

/// A street of 8 km with a leak at its middle and a fire at its east end; a bypass in the north; stations along it.
pub async fn dispatch() -> Dispatch {
    let mut world = World::open().await;
    let all = world.token(Role::Steward, 0);
    let at = |east: f64| (106.20 + 0.01 * east, 38.46);
    world.road(&all, "west", &[at(0.0), at(1.9)]).await;
    world.road(&all, "middle", &[at(1.9), at(5.0)]).await;
    world.road(&all, "east", &[at(5.0), at(10.0)]).await;
    world.road(&all, "bypass", &[at(0.0), (106.20, 38.60), (106.30, 38.60), at(10.0)]).await;
    let station = |chemical: bool| {
        json!({ "station_class": "first", "staff": 20, "engines": 3, "ready": "ready", "turnout": 1,
            "chemical": chemical })
    };
    for (key, east, chemical) in
        [("f1", 0.0, true), ("f2", 4.0, false), ("f3", 9.0, false), ("f4", 10.0, true)]
    {
        world.put(&all, &format!("fire-station/{key}"), &[at(east)], station(chemical)).await;
    }
    // Far from here and of another county: nobody of this one may send it.
    world.put(&all, "fire-station/other", &[(106.70, 38.46)], station(true)).await;
    let team = json!({ "skill": "chemical", "staff": 20, "ready": "ready", "turnout": 5 });
    world.put(&all, "rescue-team/t1", &[at(2.0)], team).await;
    let duty = world.token(Role::Duty, HOME);
    let incidents = [
        call(&world, &duty, "ammonia-leak", at(5.0)).await,
        call(&world, &duty, "fire", at(10.0)).await,
    ];
    world.roads_known(&duty, at(0.0), at(10.0)).await;
    Dispatch { world, duty, all, incidents }
}

impl Dispatch {
    pub async fn post(&self, token: &str, what: &str, body: Value) -> Response {
        self.world.post(token, &format!("/api/v1/dispatch/{what}"), body).await
    }

    pub async fn made(&self, what: &str) -> Value {
        let response = self.post(&self.duty, what, json!({})).await;
        assert_eq!(response.status, StatusCode::OK, "{}", response.text);
        response.json()
    }

    pub async fn current(&self) -> Value {
        self.world.get(&self.duty, "/api/v1/dispatch").await
    }

    pub async fn accept(&self, token: &str, proposal: &Value, lines: Value) -> Response {
        self.post(token, "accept", json!({ "proposal": proposal["id"], "lines": lines })).await
    }

    /// Waits until the last proposal is said to hold no longer; why.
    pub async fn stale(&self) -> Value {
        self.world
            .until("the reason", async |world| {
                // As the server does by itself every two seconds.
                watch::look(&world.server.api, true).await.expect("look");
                let why = self.current().await["stale"].clone();
                (!why.is_null()).then_some(why)
            })
            .await
    }

    /// Closes the west of the street for a while.
    async fn close(&self) {
        let ring = [[106.215, 38.45], [106.218, 38.45], [106.218, 38.47], [106.215, 38.47]];
        let ring: Vec<Value> =
            ring.iter().map(|[lon, lat]| json!({ "lon": lon, "lat": lat })).collect();
        let closure = |incident: Value| json!({ "area": HOME, "reason": "塌方", "ring": ring, "incident": incident });
        let close = async |incident: Value| {
            self.world.post(&self.duty, "/api/v1/roads/closures", closure(incident)).await
        };
        // It lies beyond the border: only for an incident near it.
        let refused = close(Value::Null).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
        let response = close(json!(self.incidents[0])).await;
        assert_eq!(response.status, StatusCode::OK, "{}", response.text);
    }
}

pub fn lines<'a>(proposal: &'a Value, sort: &'a str) -> impl Iterator<Item = &'a Value> {
    let lines = proposal["lines"].as_array().expect("lines").iter();
    lines.filter(move |line| line["what"]["sort"] == sort)
}

/// Keys of the forces by rule of an incident.
pub fn sent(proposal: &Value, incident: u64) -> BTreeMap<String, BTreeSet<String>> {
    let mut sent: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in lines(proposal, "force").filter(|line| line["incident"] == incident) {
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        sent.entry(text(&line["rule"])).or_default().insert(text(&line["what"]["key"]));
    }
    sent
}

fn minutes(proposal: &Value, key: &str) -> f64 {
    let mut forces = lines(proposal, "force");
    let line = forces.find(|line| line["what"]["key"] == key).expect("line");
    line["minutes"].as_f64().expect("minutes")
}

pub fn need<'a>(proposal: &'a Value, incident: u64, rule: &str) -> &'a Value {
    let mut needs = proposal["needs"].as_array().expect("needs").iter();
    needs.find(|need| need["incident"] == incident && need["rule"] == rule).expect("need")
}

#[tokio::test]
async fn two_incidents_share_the_teams_that_can_by_the_ways_as_they_are() {
    let mut d = dispatch().await;
    let [leak, fire] = d.incidents;
    let proposal = d.made("propose").await;
    let forces: Vec<&Value> = lines(&proposal, "force").map(|line| &line["what"]["key"]).collect();
    let all: BTreeSet<String> = forces.iter().map(|key| key.to_string()).collect();
    assert_eq!(all.len(), forces.len(), "nobody is sent twice: {proposal}");
    assert!(!all.contains("\"other\""), "of another county");
    // The fire takes two stations; the leak one that searches and one that stops it. All have the same importance, so the
    // least time in all: f3 and f4 to the fire, f2 to search, t1 (2 + 5 min) or f1 (5 + 1 min) to stop it.
    let of = |sent: &BTreeMap<String, BTreeSet<String>>, rule: &str| {
        sent.get(rule).cloned().unwrap_or_default()
    };
    let (at_leak, at_fire) = (sent(&proposal, leak), sent(&proposal, fire));
    assert_eq!(
        of(&at_fire, "fire-fighting"),
        BTreeSet::from(["f3".into(), "f4".into()]),
        "{proposal}"
    );
    assert_eq!(of(&at_leak, "search"), BTreeSet::from(["f2".into()]));
    assert_eq!(of(&at_leak, "leak-stop"), BTreeSet::from(["f1".into()]));
    // 4.36 km at 60 km/h, and a minute to turn out.
    assert!((minutes(&proposal, "f1") - 5.36).abs() < 0.1, "{}", minutes(&proposal, "f1"));
    assert!(lines(&proposal, "force").all(|line| line["by_road"] == true));
    // Nobody has an ambulance: it is said, and why.
    let short = need(&proposal, fire, "ambulance");
    assert_eq!((&short["missing"], &short["why"]), (&json!(1.0), &json!("nobody-can")));
    assert_eq!(need(&proposal, leak, "leak-stop")["sure"], false);

    let viewer = d.world.token(Role::Viewer, HOME);
    assert_eq!(d.world.get(&viewer, "/api/v1/dispatch").await["id"], proposal["id"]);
    let refused = d.post(&viewer, "propose", json!({})).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let other = d.world.token(Role::Duty, ELSEWHERE);
    let hidden = d.world.call(&other, "GET", "/api/v1/dispatch", None).await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND, "{}", hidden.text);
    let not_theirs = d.post(&other, "propose", json!({ "incidents": [leak] })).await;
    assert_eq!(not_theirs.status, StatusCode::NOT_FOUND);
    let empty = d.post(&other, "propose", json!({})).await.json();
    assert_eq!((&empty["lines"], &empty["incidents"]), (&json!([]), &json!([])));
    let wrong = d.post(&d.duty, "propose", json!({ "worth_min": -1 })).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_closed_road_changes_who_is_sent_and_nothing_else() {
    let d = dispatch().await;
    let [leak, fire] = d.incidents;
    let first = d.made("propose").await;
    assert_eq!(d.current().await["stale"], Value::Null);
    d.close().await;
    let why = d.stale().await;
    assert_eq!(why["what"], "roads", "{why}");
    let second = d.made("replan").await;
    assert_eq!((&second["before"], &second["stale"]), (&first["id"], &Value::Null));
    // f1 must go around by the north: it takes longer, but still comes in time: as few changes as possible.
    assert_eq!(sent(&second, leak)["leak-stop"], BTreeSet::from(["f1".to_owned()]));
    assert!(minutes(&second, "f1") > 30.0, "{}", minutes(&second, "f1"));
    let changes = second["changes"].as_array().expect("changes");
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert_eq!((&changes[0]["key"], &changes[0]["why"]), (&json!("f1"), &json!("time")));
    // Where a change may be made for five minutes, the team that is near goes.
    let worth = d.post(&d.duty, "replan", json!({ "worth_min": 5 })).await.json();
    assert_eq!(sent(&worth, leak)["leak-stop"], BTreeSet::from(["t1".to_owned()]), "{worth}");
    assert_eq!(sent(&worth, fire), sent(&first, fire));
    assert_eq!(sent(&worth, leak)["search"], sent(&first, leak)["search"]);
    let whys: Vec<(&Value, &Value)> = worth["changes"]
        .as_array()
        .expect("changes")
        .iter()
        .map(|change| (&change["key"], &change["why"]))
        .collect();
    assert_eq!(whys, [(&json!("f1"), &json!("better")), (&json!("t1"), &json!("replaces"))]);
}

#[tokio::test]
async fn who_is_lost_is_replaced_and_the_others_go_on() {
    let d = dispatch().await;
    let [leak, fire] = d.incidents;
    for (key, east, free) in [("h1", 6.0, 2), ("h2", 9.0, 50)] {
        let beds = json!({ "beds": 100, "beds_free": free, "poisoning": true });
        let at = (106.20 + 0.01 * east, 38.46);
        d.world.put(&d.all, &format!("hospital/{key}"), &[at], beds).await;
    }
    let first = d.made("propose").await;
    let done = d.accept(&d.duty, &first, Value::Null).await.json();
    let done = done.as_array().expect("lines");
    assert!(!done.is_empty() && done.iter().all(|line| line["done"] == true), "{done:?}");
    let now = d.current().await;
    assert!(lines(&now, "force").all(|line| line["order"].is_u64()), "{now}");
    let order =
        lines(&now, "force").find(|line| line["what"]["key"] == "f1").expect("line")["order"]
            .clone();
    let path = format!("/api/v1/forces/orders/{order}/steps");
    let lost = d.world.post(&d.duty, &path, json!({ "step": "lose", "note": "失联" })).await;
    assert_eq!(lost.status, StatusCode::NO_CONTENT, "{}", lost.text);
    let why = d.stale().await;
    assert_eq!(why["what"], "force-gone");
    assert!(why["detail"].as_str().expect("detail").contains("f1"), "{why}");
    // Those who search find five who are hurt.
    let order =
        lines(&now, "force").find(|line| line["what"]["key"] == "f2").expect("line")["order"]
            .clone();
    let path = format!("/api/v1/forces/orders/{order}/steps");
    let found = json!({ "step": "arrive", "people": { "rescued": 0, "injured": 5, "dead": 0 } });
    assert_eq!(d.world.post(&d.duty, &path, found).await.status, StatusCode::NO_CONTENT);
    let second = d.made("replan").await;
    let beds: Vec<(&Value, &Value)> = lines(&second, "beds")
        .map(|line| (&line["what"]["hospital"], &line["what"]["beds"]))
        .collect();
    assert_eq!(beds, [(&json!("h1"), &json!(2)), (&json!("h2"), &json!(3))], "{second}");
    assert_eq!(need(&second, fire, "fire-fighting")["missing"], 0.0);
    assert_eq!(
        sent(&second, leak).get("leak-stop"),
        Some(&BTreeSet::from(["t1".to_owned()])),
        "{second}"
    );
    assert_eq!(lines(&second, "force").count(), 1, "the others are on their way: {second}");
    assert_eq!(need(&second, fire, "fire-fighting")["under_way"], 2.0);
    let changes: Vec<(&Value, &Value)> = second["changes"]
        .as_array()
        .expect("changes")
        .iter()
        .map(|change| (&change["key"], &change["why"]))
        .collect();
    assert_eq!(changes, [(&json!("f1"), &json!("lost")), (&json!("t1"), &json!("replaces"))]);
    // What is seen is what is accepted: the older proposal is over.
    let old = d.accept(&d.duty, &first, json!([1])).await;
    assert_eq!(old.status, StatusCode::CONFLICT);
    assert_eq!(d.accept(&d.duty, &second, Value::Null).await.json()[0]["done"], true);

    // An order that is older than the last proposal is looked at, too; a new incident is noticed.
    let third = d.made("replan").await;
    assert_eq!(lines(&third, "force").count(), 0, "{third}");
    let lost = d.world.get(&d.duty, "/api/v1/forces?kind=rescue-team").await;
    let path = format!("/api/v1/forces/orders/{}/steps", lost["items"][0]["order"]["id"]);
    let recall = json!({ "step": "recall", "note": "转场" });
    assert_eq!(d.world.post(&d.duty, &path, recall).await.status, StatusCode::NO_CONTENT);
    assert_eq!(
        d.stale().await["what"],
        "force-gone",
        "though its order is older than the proposal"
    );
    let fourth = d.made("replan").await;
    assert_eq!(sent(&fourth, leak).get("leak-stop"), Some(&BTreeSet::from(["t1".to_owned()])));
    call(&d.world, &d.duty, "fire", (106.24, 38.46)).await;
    assert_eq!(d.stale().await["what"], "new-incident");
}

#[tokio::test]
async fn of_many_who_accept_at_once_nobody_sends_a_team_or_goods_twice() {
    let mut d = dispatch().await;
    let [leak, _] = d.incidents;
    let store = json!({ "store_level": "county" });
    d.world.put(&d.all, "relief-store/s1", &[(106.25, 38.46)], store).await;
    for (batch, expiry) in [("late", "2099-01-01"), ("soon", "2098-01-01")] {
        let body = json!({ "request": batch, "kind": "relief-store", "store": "s1", "item": SETS, "name": "空气呼吸器",
            "unit": "套", "batch": batch, "expiry": expiry, "quantity": 6 });
        let response = d.world.post(&d.all, "/api/v1/stock/lots", body).await;
        assert_eq!(response.status, StatusCode::OK, "{}", response.text);
    }
    let proposal = d.made("propose").await;
    // Ten sets: all of what expires first, and the rest of the other.
    let goods: Vec<(&Value, &Value)> = lines(&proposal, "goods")
        .map(|line| (&line["what"]["expiry"], &line["what"]["amount"]))
        .collect();
    assert_eq!(goods, [(&json!("2098-01-01"), &json!(6.0)), (&json!("2099-01-01"), &json!(4.0))]);
    let accounts = [d.duty.clone(), d.world.token(Role::Duty, 0)];
    // The region's own duty has no proposal of its own: what it sees is not this one.
    assert_eq!(d.accept(&accounts[1], &proposal, Value::Null).await.status, StatusCode::NOT_FOUND);
    let asked = (0..12).map(|_| d.accept(&accounts[0], &proposal, Value::Null));
    let answers = futures_util::future::join_all(asked).await;
    let first = answers[0].json();
    assert!(
        answers.iter().all(|answer| answer.json() == first),
        "each line became one and the same thing"
    );
    assert!(first.as_array().expect("lines").iter().all(|line| line["done"] == true), "{first}");
    let orders = d.world.get(&d.duty, "/api/v1/forces/orders?open=true").await;
    let keys: Vec<&Value> =
        orders["items"].as_array().expect("orders").iter().map(|order| &order["key"]).collect();
    let all: BTreeSet<String> = keys.iter().map(|key| key.to_string()).collect();
    assert_eq!((all.len(), keys.len()), (4, 4), "{orders}");
    let path = format!("/api/v1/stock/allocations?incident={leak}");
    let held = d.world.get(&d.duty, &path).await;
    let sum: f64 = held["items"]
        .as_array()
        .expect("items")
        .iter()
        .filter_map(|one| one["held"].as_f64())
        .sum();
    assert!((sum - 10.0).abs() < 1e-9, "{held}");
    let after = d.made("replan").await;
    assert_eq!(need(&after, leak, "breathing-sets")["under_way"], 10.0, "{after}");
    assert_eq!(lines(&after, "goods").count(), 0);
}

#[tokio::test]
async fn what_was_taken_meanwhile_is_said_and_the_rest_goes_on() {
    let d = dispatch().await;
    let [leak, fire] = d.incidents;
    let proposal = d.made("propose").await;
    // f1 is sent to the fire by hand; f2 says that it cannot leave.
    let order = json!({ "kind": "fire-station", "key": "f1", "incident": fire, "task": "灭火" });
    let taken = d.world.post(&d.duty, "/api/v1/forces/orders", order).await;
    assert_eq!(taken.status, StatusCode::OK, "{}", taken.text);
    let path = "/api/v1/forces/fire-station/f2/readiness";
    let rests = json!({ "readiness": "stood-down", "note": "检修" });
    let said = d.world.call(&d.duty, "PUT", path, Some(rests)).await;
    assert_eq!(said.status, StatusCode::NO_CONTENT, "{}", said.text);
    let done = d.accept(&d.duty, &proposal, Value::Null).await.json();
    let why = |key: &str| {
        let line = lines(&proposal, "force").find(|line| line["what"]["key"] == key).expect("line");
        let mut done = done.as_array().expect("lines").iter();
        let one = done.find(|one| one["line"] == line["line"]).expect("line");
        (one["done"].clone(), one["why"].clone())
    };
    assert_eq!(why("f1"), (json!(false), json!("conflict")));
    assert_eq!(why("f2"), (json!(false), json!("wrong-state")));
    assert_eq!(why("f3"), (json!(true), Value::Null));
    let beyond = d.accept(&d.duty, &proposal, json!([999])).await.json();
    assert_eq!((&beyond[0]["done"], &beyond[0]["why"]), (&json!(false), &json!("out-of-range")));
    // The next proposal says who fell out and why.
    let next = d.made("replan").await;
    let whys: BTreeMap<String, String> = next["changes"]
        .as_array()
        .expect("changes")
        .iter()
        .map(|change| (change["key"].to_string(), change["why"].to_string()))
        .collect();
    assert_eq!(whys.get("\"f1\"").map(String::as_str), Some("\"elsewhere\""), "{next}");
    assert_eq!(whys.get("\"f2\"").map(String::as_str), Some("\"not-ready\""), "{next}");
    assert_eq!(need(&next, leak, "search")["missing"], 1.0, "{next}");
}
