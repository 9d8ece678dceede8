//! Who answers: chains of responsibility, rosters, and tests whether posts answer.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use crate::common::{ELSEWHERE, HOME, World};
use axum::http::StatusCode;
use helan_server::access::Role;
use serde_json::{Value, json};

const PATH: &str = "/api/v1/base/objects/lpg-station/L1/responsible";

async fn posts(world: &mut World) {
    let admin = world.token(Role::Admin, 0);
    let post = |key: &str, role: &str, area: u32, person: &str, deputy: &str| {
        json!({ "PutPost": { "key": key, "role": role, "name": key, "area": area, "facility": "",
            "position": null, "person": person, "phone": if person.is_empty() { "" } else { "0951-1" },
            "deputy": deputy } })
    };
    let changes = json!([
        post("station-head", "station-head", HOME, "张一", "deputy-head"),
        post("deputy-head", "station-head", HOME, "", ""),
        post("county-duty", "duty-officer", HOME, "王二", ""),
        post("other-duty", "duty-officer", ELSEWHERE, "李三", ""),
        post("housing", "sector-housing", 640_100_000, "赵四", ""),
    ]);
    let body = json!({ "changes": changes });
    let response = world.post(&admin, "/api/v1/registry", body).await;
    assert_eq!(response.status, StatusCode::OK, "{}", response.text);
}

async fn station(world: &mut World, post: &str) {
    let token = world.token(Role::Steward, 0);
    let order = json!({
        "name": "城东液化气站", "post": post,
        "geometry": { "type": "Point", "coordinates": [106.27, 38.46] },
        "values": { "station_kind": "filling", "company": "城燃公司", "contact": "陈五",
            "phone": "13900001111" },
    });
    let path = "/api/v1/base/objects/lpg-station/L1";
    let response = world.call(&token, "PUT", path, Some(order)).await;
    assert_eq!(response.json()["stored"], true, "{}", response.text);
}

fn codes(defects: &Value) -> Vec<String> {
    let word = |d: &Value, key: &str| d[key].as_str().unwrap_or_default().to_owned();
    let defects = defects.as_array().expect("defects").iter();
    defects.map(|d| format!("{} {}", word(d, "link"), word(d, "code"))).collect()
}

#[tokio::test]
async fn every_object_and_place_says_who_answers_and_what_is_missing() {
    let mut world = World::open().await;
    posts(&mut world).await;
    station(&mut world, "station-head").await;
    let token = world.token(Role::Duty, HOME);
    let chain = world.get(&token, PATH).await;
    assert_eq!(chain["post"]["person"], "张一");
    assert_eq!(chain["deputies"][0]["post"], "deputy-head");
    assert_eq!((&chain["enterprise"], &chain["contact"]), (&json!("城燃公司"), &json!("陈五")));
    assert_eq!(chain["area_post"]["post"], "county-duty");
    assert_eq!(chain["sector_post"]["post"], "housing", "that of the city answers for the county");
    assert_eq!(codes(&chain["defects"]), ["deputy vacant"]);
    let place = world.get(&token, "/api/v1/base/responsible?lon=106.271&lat=38.46").await;
    assert_eq!(
        (&place["area"], &place["area_post"]["post"]),
        (&json!(HOME), &json!("county-duty"))
    );
    assert_eq!(place["chains"][0]["post"]["person"], "张一");
    assert!(place["near"][0]["metres"].as_f64().is_some_and(|m| (50.0..150.0).contains(&m)));
    // Those who may not see people learn who answers, not how to reach them.
    let viewer = world.token(Role::Viewer, HOME);
    let blurred = world.get(&viewer, PATH).await;
    assert_eq!((&blurred["post"]["person"], &blurred["contact"]), (&json!("张*"), &json!("陈*")));
    assert!(
        !blurred.to_string().contains("0951-1") && !blurred.to_string().contains("13900001111")
    );
    // Another county's officer learns nothing.
    let other = world.token(Role::Duty, ELSEWHERE);
    assert_eq!(world.call(&other, "GET", PATH, None).await.status, StatusCode::NOT_FOUND);
    let path = "/api/v1/base/responsible?lon=106.271&lat=38.46";
    assert_eq!(world.call(&other, "GET", path, None).await.status, StatusCode::NOT_FOUND);

    station(&mut world, "nobody").await;
    assert_eq!(codes(&world.get(&token, PATH).await["defects"]), ["post unknown"]);
    station(&mut world, "").await;
    assert_eq!(codes(&world.get(&token, PATH).await["defects"]), ["post none"]);
}

#[tokio::test]
async fn the_roster_fills_posts_and_shows_gaps_and_overlaps() {
    let mut world = World::open().await;
    posts(&mut world).await;
    station(&mut world, "station-head").await;
    let token = world.token(Role::Steward, HOME);
    let now = world.server.api.platform.now().0;
    let hour = 3_600_000;
    let shift = |person: &str, from: i64, until: i64| {
        json!({ "post": "station-head", "person": person, "phone": "0951-2222222",
            "from": now + from * hour, "until": now + until * hour })
    };
    let add = async |world: &World, token: &str, order: Value| {
        world.post(token, "/api/v1/base/roster", order).await
    };
    let first = add(&world, &token, shift("周六", -2, 2)).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.text);
    let chain = world.get(&token, PATH).await;
    assert_eq!(
        (&chain["post"]["person"], &chain["post"]["roster"]),
        (&json!("周六"), &json!(true))
    );
    // The engine calls the same person.
    let engine = world.server.api.platform.ask(|engine| {
        engine.registry().posts.by_key("station-head").map(|post| post.person.clone())
    });
    assert_eq!(engine.await.expect("node").as_deref(), Some("周六"));
    let second = add(&world, &token, shift("吴七", -1, 1)).await.json();
    let chain = world.get(&token, PATH).await;
    assert_eq!(
        (&chain["post"]["person"], &chain["post"]["also"]),
        (&json!("吴七"), &json!(["周六"]))
    );
    assert!(codes(&chain["defects"]).contains(&"post overlap".to_owned()), "{chain}");
    let path = format!("/api/v1/base/roster?from={}&until={}", now - 2 * hour, now + 4 * hour);
    let roster = world.get(&token, &path).await;
    let span =
        |from: i64, until: i64| json!([{ "from": now + from * hour, "until": now + until * hour }]);
    assert_eq!((&roster[0]["gaps"], &roster[0]["overlaps"]), (&span(2, 4), &span(-1, 1)));

    // Whoever is not of the area, or has not the role, changes nothing and sees nothing.
    let other = world.token(Role::Steward, ELSEWHERE);
    assert_eq!(world.get(&other, &path).await, json!([]));
    assert_eq!(add(&world, &other, shift("郑八", 0, 1)).await.status, StatusCode::NOT_FOUND);
    let number = second["id"].as_u64().expect("number");
    let one = format!("/api/v1/base/roster/{number}");
    assert_eq!(world.call(&other, "DELETE", &one, None).await.status, StatusCode::NOT_FOUND);
    let viewer = world.token(Role::Viewer, HOME);
    assert_eq!(add(&world, &viewer, shift("郑八", 0, 1)).await.status, StatusCode::FORBIDDEN);
    assert!(!world.get(&viewer, &path).await.to_string().contains("2222222"));
    for bad in [shift("", 0, 1), shift("郑八", 1, 0), shift("郑八", 0, 24 * 99)] {
        assert_eq!(add(&world, &token, bad).await.code(), "out-of-range");
    }

    let first = first.json()["id"].as_u64().expect("number");
    for id in [number, first] {
        let path = format!("/api/v1/base/roster/{id}");
        assert_eq!(world.call(&token, "DELETE", &path, None).await.status, StatusCode::NO_CONTENT);
    }
    add(&world, &token, shift("周六", 5, 6)).await;
    let chain = world.get(&token, PATH).await;
    assert_eq!(chain["post"]["person"], "");
    assert!(codes(&chain["defects"]).contains(&"post gap".to_owned()), "{chain}");
}

#[tokio::test]
async fn a_call_down_shows_who_answers_and_reaches_no_public_channel() {
    let mut world = World::open().await;
    posts(&mut world).await;
    let duty = world.token(Role::Duty, HOME);
    let order = json!({ "name": "周测", "area": HOME, "minutes": 10 });
    let started = world.post(&duty, "/api/v1/base/call-downs", order.clone()).await;
    assert_eq!(started.status, StatusCode::OK, "{}", started.text);
    let incident = started.json()["id"].as_u64().expect("number");
    let path = format!("/api/v1/base/call-downs/{incident}");
    let report = world.get(&duty, &path).await;
    let keys: Vec<&Value> =
        report["posts"].as_array().expect("posts").iter().map(|post| &post["post"]).collect();
    assert_eq!(keys, ["station-head", "deputy-head", "county-duty"], "those of the county alone");
    assert_eq!(report["counts"]["waiting"], 3);
    let notices = world.get(&duty, &format!("/api/v1/notices?incident={incident}")).await;
    let items = notices["items"].as_array().expect("items");
    assert!(items.iter().all(|notice| notice["drill"] == true), "{notices}");
    assert!(!notices.to_string().contains("sms"), "{notices}");

    let notice = report["posts"][0]["notice"].as_u64().expect("number");
    let answer = format!("/api/v1/notices/{notice}/answer");
    let response = world.post(&duty, &answer, json!({ "state": "acknowledged" })).await;
    assert_eq!(response.status, StatusCode::OK, "{}", response.text);
    let report = world.get(&duty, &path).await;
    assert_eq!(
        (&report["counts"]["in_time"], &report["counts"]["waiting"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(report["posts"][0]["by"], format!("duty-{HOME}"));

    let other = world.token(Role::Duty, ELSEWHERE);
    assert_eq!(world.get(&other, "/api/v1/base/call-downs").await, json!([]));
    for (method, path) in [("GET", path.clone()), ("POST", format!("{path}/end"))] {
        assert_eq!(world.call(&other, method, &path, None).await.status, StatusCode::NOT_FOUND);
    }
    let response = world.post(&other, "/api/v1/base/call-downs", order.clone()).await;
    assert_eq!(response.status, StatusCode::NOT_FOUND);
    let steward = world.token(Role::Steward, HOME);
    let response = world.post(&steward, "/api/v1/base/call-downs", order).await;
    assert_eq!(response.status, StatusCode::FORBIDDEN);
    let strange = json!({ "name": "x", "area": HOME, "minutes": 10, "posts": ["other-duty"] });
    let response = world.post(&duty, "/api/v1/base/call-downs", strange).await;
    assert_eq!(response.status, StatusCode::NOT_FOUND, "a post of another county");

    let response = world.call(&duty, "POST", &format!("{path}/end"), None).await;
    assert_eq!(response.status, StatusCode::NO_CONTENT, "{}", response.text);
    let report = world
        .until("the history", async |world| {
            let report = world.get(&duty, &path).await;
            // The order and its answers come into the history one after the other.
            let whole = report["posts"].as_array().map(Vec::len) == Some(3);
            (whole && report["counts"]["in_time"] == 1).then_some(report)
        })
        .await;
    assert_eq!(
        (&report["counts"]["in_time"], &report["counts"]["not_reached"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(report["levels"][0]["level"], "county");
}
