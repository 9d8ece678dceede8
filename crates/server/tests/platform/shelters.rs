//! Two incidents and the places of one shelter: what an issued plan has given away, another does not give away again.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use crate::common::{HOME, World};
use axum::http::StatusCode;
use helan_server::access::Role;
use serde_json::{Value, json};

/// A place so many metres along the street, and so many north of it.
fn at(east: f64, north: f64) -> (f64, f64) {
    (106.30 + east / 87_060.0, 38.46 + north / 111_195.0)
}

struct Town {
    world: World,
    /// Two persons on duty.
    duty: [String; 2],
    first: u64,
    second: u64,
}

/// A street from west to east. In its middle a school with 100 places, at its end in the east a hall with 30. Beside each, 1 200 m away
/// from the school, a shop: 80 live around the one in the west, 60 around the other. Both shops are on fire.
async fn town() -> Town {
    let mut world = World::open().await;
    let all = world.token(Role::Steward, 0);
    let corners = [-3_000.0, -1_300.0, -1_100.0, 0.0, 1_100.0, 1_300.0, 3_200.0];
    for (number, ends) in corners.windows(2).enumerate() {
        let line = [at(ends[0], 0.0), at(ends[1], 0.0)];
        world.road(&all, &format!("street-{number}"), &line).await;
    }
    for (key, place, capacity) in [("school", at(0.0, 10.0), 100), ("hall", at(3_000.0, 10.0), 30)]
    {
        let shelter = json!({ "shelter_class": "short", "indoors": "indoor", "capacity": capacity, "state": "ready" });
        world.put(&all, &format!("shelter/{key}"), &[place], shelter).await;
    }
    let shops = [("west", at(-1_200.0, 12.0), 80), ("east", at(1_200.0, 12.0), 60)];
    for (key, place, people) in shops {
        let home = json!({ "floors": 6, "exits": 2, "stairs": 2, "people_day": people, "people_night": people });
        world.put(&all, &format!("residential-building/{key}"), &[place], home).await;
    }
    let duty = [world.token(Role::Duty, HOME), world.token(Role::Duty, 0)];
    world.roads_known(&duty[0], at(-2_900.0, 0.0), at(3_100.0, 0.0)).await;
    let admin = world.token(Role::Admin, 0);
    let facility = |(key, (lon, lat), _): (&str, (f64, f64), u32)| {
        json!({ "PutFacility": { "key": key, "kind": "restaurant", "name": key, "area": HOME,
            "position": { "lon": lon, "lat": lat }, "address": "兴庆区", "post": "" } })
    };
    let changes: Vec<Value> = shops.into_iter().map(facility).collect();
    let put = world.post(&admin, "/api/v1/registry", json!({ "changes": changes })).await;
    assert_eq!(put.status, StatusCode::OK, "{}", put.text);
    let mut incidents = Vec::new();
    for (key, (lon, lat), _) in shops {
        let call = json!({ "kind": "gas-leak-restaurant", "area": HOME, "position": { "lon": lon, "lat": lat },
            "place": key, "facility": key, "text": "报警", "separate": true, "credible": true });
        let call = world.post(&duty[0], "/api/v1/calls", call).await;
        assert_eq!(call.status, StatusCode::OK, "{}", call.text);
        incidents.push(call.json()["incident"].as_u64().expect("incident"));
    }
    Town { world, duty, first: incidents[0], second: incidents[1] }
}

impl Town {
    async fn response(&self, incident: u64, good: impl Fn(&Value) -> bool) -> Value {
        let path = format!("/api/v1/incidents/{incident}/response");
        self.world
            .until("the response", async |world| {
                let answer = world.get(&self.duty[0], &path).await;
                good(&answer).then_some(answer)
            })
            .await
    }

    async fn post(&self, who: usize, incident: u64, what: &str, body: Value) -> Value {
        let path = format!("/api/v1/incidents/{incident}/{what}");
        let done = self.world.post(&self.duty[who], &path, body).await;
        assert_eq!(done.status, StatusCode::OK, "{what}: {}", done.text);
        done.json()
    }

    /// Takes the facts of now into the plan and issues it, by two persons.
    async fn issue(&self, incident: u64) {
        self.post(0, incident, "plan/renew", json!({})).await;
        let asked = self.post(0, incident, "plan/issue", json!({})).await;
        if asked["number"].is_null() {
            let issued = self.post(1, incident, "plan/issue", json!({})).await;
            assert!(issued["number"].is_number(), "{issued}");
        }
    }

    async fn detail(&self, incident: u64, what: &str) -> Option<String> {
        let answer = self.response(incident, |_| true).await;
        defect(&answer, what)
    }
}

fn shelter<'a>(response: &'a Value, key: &str) -> &'a Value {
    let shelters = response["shelters"].as_array().expect("shelters");
    shelters.iter().find(|shelter| shelter["key"] == key).expect("shelter")
}

/// Free, promised to others, and given to one's own.
fn places(response: &Value, key: &str) -> [u64; 3] {
    let row = shelter(response, key);
    ["free", "promised", "gets"].map(|name| row[name].as_u64().expect("count"))
}

fn defect(response: &Value, what: &str) -> Option<String> {
    let mut all = response["defects"].as_array().expect("defects").iter();
    let found = all.find(|defect| defect["what"] == what)?;
    Some(found["detail"].as_str().expect("detail").to_owned())
}

/// People of all blocks who are not brought away.
fn left(response: &Value) -> u64 {
    let blocks = response["blocks"].as_array().expect("blocks").iter();
    let left = blocks.filter_map(|block| block["left"].as_array()).flatten();
    left.map(|left| left["people"].as_u64().expect("count")).sum()
}

fn people(response: &Value) -> u64 {
    response["blocks"].as_array().expect("blocks").iter().filter_map(|b| b["people"].as_u64()).sum()
}

#[tokio::test]
async fn of_two_plans_that_were_drafted_side_by_side_the_second_is_not_issued_unseen() {
    let town = town().await;
    let (first, second) = (town.first, town.second);
    town.response(first, |answer| people(answer) >= 80).await;
    town.response(second, |answer| people(answer) >= 60).await;
    for incident in [first, second] {
        town.post(0, incident, "plan/renew", json!({})).await;
    }
    // By two persons where it takes two.
    let issue = async |incident: u64| {
        let path = format!("/api/v1/incidents/{incident}/plan/issue");
        let asked = town.world.post(&town.duty[0], &path, json!({})).await;
        if asked.status != StatusCode::OK || asked.json()["number"].is_number() {
            return asked;
        }
        town.world.post(&town.duty[1], &path, json!({})).await
    };
    let issued = issue(first).await;
    assert_eq!(issued.json()["number"], 1, "{}", issued.text);
    let refused = issue(second).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::CONFLICT, "places-taken".to_owned()));
    assert!(refused.text.contains("school"), "{}", refused.text);
    // With the facts of now it is issued: it counts on the places that are left.
    town.issue(second).await;
    let after = town.response(first, |_| true).await;
    assert_eq!(places(&after, "school"), [80, 20, 80], "{after}");
}

#[tokio::test]
async fn places_that_one_plan_has_given_away_are_not_given_away_again() {
    let town = town().await;
    let (first, second) = (town.first, town.second);
    let before = town.response(second, |answer| people(answer) >= 60).await;
    assert_eq!(places(&before, "school")[..2], [100, 0], "{before}");
    assert_eq!(defect(&before, "shelters-shared").as_deref(), Some("1"), "nobody knows yet");
    assert_eq!(defect(&before, "shelters-promised"), None);
    assert_eq!(left(&before), 0, "{before}");

    // A draft promises nothing; what is issued does.
    let own = town.response(first, |answer| people(answer) >= 80).await;
    assert_eq!(places(&own, "school"), [100, 0, 80], "{own}");
    town.post(0, first, "plan/renew", json!({})).await;
    assert_eq!(town.detail(second, "shelters-promised").await, None);
    town.issue(first).await;
    let after = town.response(second, |_| true).await;
    assert_eq!(places(&after, "school"), [20, 80, 20], "{after}");
    assert_eq!(places(&after, "hall"), [30, 0, 30], "the rest goes elsewhere: {after}");
    assert_eq!(left(&after), 10, "or is left, and it is said: {after}");
    let blocks = after["blocks"].as_array().expect("blocks").iter();
    let mut why = blocks.filter_map(|block| block["left"].as_array()).flatten();
    assert!(why.all(|left| left["why"] == "shelter-full"), "{after}");
    assert_eq!(defect(&after, "shelters-promised").as_deref(), Some("80"));
    assert_eq!(defect(&after, "shelters-shared"), None, "now it is known");
    // Its own promise does not take a place from itself.
    let own = town.response(first, |_| true).await;
    assert_eq!(places(&own, "school"), [100, 0, 80], "{own}");
    assert_eq!(
        defect(&own, "shelters-shared").as_deref(),
        Some("1"),
        "of the second none was issued"
    );

    // The second issues, too; then the first sees that there is no room left beside its own.
    town.issue(second).await;
    let own = town.response(first, |_| true).await;
    assert_eq!(places(&own, "school"), [80, 20, 80], "{own}");
    assert_eq!(places(&own, "hall"), [0, 30, 0], "who has no place left is still shown: {own}");
    assert_eq!(defect(&own, "shelters-promised").as_deref(), Some("50"));

    // The first is over: its places are free again.
    let clear = json!({ "reason": "火已灭" });
    town.post(0, first, "all-clear", clear.clone()).await;
    let path = format!("/api/v1/incidents/{first}");
    let file = town.world.get(&town.duty[0], &path).await;
    if file["incident"]["all_clear"] == false {
        town.post(1, first, "all-clear", clear.clone()).await;
    }
    let cleared = town.response(second, |_| true).await;
    assert_eq!(places(&cleared, "school")[..2], [100, 0], "the danger is over: {cleared}");
    let told = town.world.get(&town.duty[0], &format!("/api/v1/notices?incident={first}")).await;
    for notice in told["items"].as_array().expect("notices") {
        let answer = format!("/api/v1/notices/{}/answer", notice["id"]);
        town.world.post(&town.duty[0], &answer, json!({ "state": "acknowledged" })).await;
    }
    town.post(0, first, "close", clear).await;
    let alone = town.response(second, |_| true).await;
    assert_eq!(places(&alone, "school")[..2], [100, 0], "{alone}");
    assert_eq!(defect(&alone, "shelters-promised"), None);
    assert_eq!(left(&alone), 0, "{alone}");
}
