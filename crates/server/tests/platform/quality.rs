//! Quality over HTTP: what is wrong is found, counted, scored and shown where it stands; random checks; nothing of another area.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use crate::common::{ELSEWHERE, HOME, World};
use axum::http::StatusCode;
use helan_server::access::Role;
use serde_json::{Value, json};

async fn school(world: &World, token: &str, key: &str, more: Value) {
    let mut order = json!({
        "name": key, "post": "here-grid",
        "geometry": { "type": "Point", "coordinates": [106.2789, 38.4666] },
        "values": { "level": "primary", "students": 5 },
    });
    for (name, value) in more.as_object().expect("object") {
        order[name] = value.clone();
    }
    let path = format!("/api/v1/base/objects/school/{key}");
    let response = world.call(token, "PUT", &path, Some(order)).await;
    assert_eq!(response.json()["stored"], true, "{}", response.text);
}

/// Three schools of the county of [`HOME`], two of them twins, and one of another county without post or place.
async fn schools() -> (World, String) {
    let mut world = World::open().await;
    world.register("here", HOME, false).await;
    let token = world.token(Role::Steward, 0);
    school(&world, &token, "good", json!({})).await;
    let near = json!({ "type": "Point", "coordinates": [106.2792, 38.4668] });
    school(&world, &token, "one", json!({ "name": "实验小学" })).await;
    school(&world, &token, "two", json!({ "name": "实验 小学", "geometry": near })).await;
    let bare = json!({ "geometry": null, "post": "", "area": ELSEWHERE.to_string() });
    school(&world, &token, "bare", bare).await;
    computed(&world, &token).await;
    (world, token)
}

async fn computed(world: &World, token: &str) {
    let response = world.post(token, "/api/v1/quality/run", json!({})).await;
    assert_eq!(response.status, StatusCode::ACCEPTED, "{}", response.text);
    world
        .until("the scores", async |world| {
            let scores = world.get(token, "/api/v1/quality/scores").await;
            (scores["outdated"] == false).then_some(())
        })
        .await;
}

fn row<'a>(rows: &'a Value, key: &str) -> &'a Value {
    let rows = rows["rows"].as_array().or(rows.as_array()).expect("rows");
    rows.iter().find(|row| row["key"] == key).expect("row")
}

#[tokio::test]
async fn what_is_wrong_is_found_scored_and_shown_where_it_stands() {
    let (world, token) = schools().await;
    let scores = world.get(&token, "/api/v1/quality/scores?by=county").await;
    let home = row(&scores, &HOME.to_string());
    assert_eq!((&home["records"], &home["flaws"]), (&json!(3), &json!({ "same-name": 2 })));
    let elsewhere = row(&scores, &ELSEWHERE.to_string());
    assert_eq!(elsewhere["flaws"], json!({ "no-place": 1, "no-post": 1 }));
    assert_eq!(scores["total"]["records"], 4);
    // The score is what the published weights make of the aspects.
    let mut sum = 0.0;
    for (aspect, weight) in scores["weights"].as_object().expect("weights") {
        sum += weight.as_f64().expect("weight") / 100.0
            * home["aspects"][aspect].as_f64().expect("aspect");
    }
    let score = home["score"].as_f64().expect("score");
    assert!((score - sum).abs() < 1e-9, "{home}");
    assert!(score > elsewhere["score"].as_f64().expect("score"), "{scores}");
    let kinds = world.get(&token, "/api/v1/quality/scores?domain=living").await;
    assert_eq!(row(&kinds, "school")["records"], 4);

    let list = world.get(&token, "/api/v1/quality/flaws?kind=school&flaw=same-name").await;
    let keys: Vec<&Value> =
        list["items"].as_array().expect("items").iter().map(|one| &one["key"]).collect();
    assert_eq!(keys, ["one", "two"]);
    let page = world.get(&token, "/api/v1/quality/flaws?kind=school&limit=2").await;
    let after = page["next"].as_str().expect("more");
    let rest = world.get(&token, &format!("/api/v1/quality/flaws?kind=school&after={after}")).await;
    assert_eq!(rest["items"][0]["key"], "bare");

    let object = world.get(&token, "/api/v1/base/objects/school/one").await;
    assert_eq!(
        (&object["doubtful"], &object["flaws"][0]["code"]),
        (&json!(true), &json!("same-name"))
    );
    let objects = world.get(&token, "/api/v1/base/objects?kind=school").await;
    let doubtful: Vec<&Value> =
        objects["items"].as_array().expect("items").iter().map(|one| &one["doubtful"]).collect();
    assert_eq!(doubtful, [&json!(false), &json!(true), &json!(true), &json!(false)]);
    let near = world.get(&token, "/api/v1/base/near?lon=106.2792&lat=38.4668&limit=1").await;
    assert_eq!(near[0]["doubtful"], true, "{near}");

    // Put right: the object says so at once, the list with the next run.
    school(&world, &token, "two", json!({ "name": "第二小学" })).await;
    let object = world.get(&token, "/api/v1/base/objects/school/two").await;
    assert_eq!(object["doubtful"], false);
    computed(&world, &token).await;
    let list = world.get(&token, "/api/v1/quality/flaws?kind=school&flaw=same-name").await;
    assert_eq!(list["items"], json!([]));
    let trend = world.get(&token, "/api/v1/quality/trend?kind=school").await;
    assert_eq!(trend.as_array().map(Vec::len), Some(1), "one day, computed twice: {trend}");
    assert_eq!(
        (&trend[0]["records"], &trend[0]["aspects"]["uniqueness"]),
        (&json!(4), &json!(100.0))
    );
}

#[tokio::test]
async fn a_post_that_nobody_knows_is_doubtful() {
    let (world, token) = schools().await;
    school(&world, &token, "good", json!({ "post": "nobody" })).await;
    let object = world.get(&token, "/api/v1/base/objects/school/good").await;
    assert_eq!(object["flaws"][0]["code"], "unknown-post");
    assert_eq!(object["flaws"][0]["column"], "post");
    assert_eq!(object["doubtful"], true);
}

#[tokio::test]
async fn scores_flaws_and_trends_are_those_of_the_callers_area() {
    let (mut world, _) = schools().await;
    let viewer = world.token(Role::Viewer, ELSEWHERE);
    let scores = world.get(&viewer, "/api/v1/quality/scores?by=county").await;
    assert_eq!(scores["rows"].as_array().map(Vec::len), Some(1));
    assert_eq!(scores["total"]["records"], 1);
    let asked = world.get(&viewer, &format!("/api/v1/quality/scores?area={HOME}")).await;
    assert_eq!((&asked["rows"], &asked["total"]["records"]), (&json!([]), &json!(0)));
    let list = world.get(&viewer, "/api/v1/quality/flaws?kind=school").await;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
    let trend = world.get(&viewer, "/api/v1/quality/trend").await;
    assert_eq!(trend[0]["records"], 1);
    let trend = world.get(&viewer, &format!("/api/v1/quality/trend?area={HOME}")).await;
    assert_eq!(trend, json!([]));
    let sets = world.get(&viewer, "/api/v1/share/catalogue").await;
    let school = sets.as_array().expect("sets").iter().find(|set| set["kind"] == "school");
    let school = school.expect("schools");
    assert_eq!((&school["count"], &school["stale"]), (&json!(1), &json!(0)));
    let object = world.get(&viewer, "/api/v1/base/objects/school/bare").await;
    assert_eq!(school["newest"], object["changed_at"], "not that of another area");
    let response = world.post(&viewer, "/api/v1/quality/run", json!({})).await;
    assert_eq!(response.status, StatusCode::FORBIDDEN);
    for query in ["scores?by=moon", "flaws?kind=school&flaw=x"] {
        let response = world.call(&viewer, "GET", &format!("/api/v1/quality/{query}"), None).await;
        assert_eq!(response.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", response.text);
    }
    let response = world.call(&viewer, "GET", "/api/v1/quality/scores?kind=castle", None).await;
    assert_eq!(response.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn random_checks_say_how_much_is_wrong() {
    let (mut world, all) = schools().await;
    let home = world.token(Role::Steward, HOME);
    let other = world.token(Role::Steward, ELSEWHERE);
    let viewer = world.token(Role::Viewer, HOME);
    let draws = "/api/v1/quality/draws";
    let response = world.post(&home, draws, json!({ "kind": "school", "count": 500 })).await;
    let id = response.json()["id"].as_u64().expect("number");
    let path = format!("{draws}/{id}");
    let drawn = world.get(&home, &path).await;
    assert_eq!(drawn["items"].as_array().map(Vec::len), Some(3), "all there are, and no other's");
    let items: Vec<i64> = drawn["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| item["id"].as_i64().expect("number"))
        .collect();
    let checked_at = async |place: usize| {
        let key = drawn["items"][place]["key"].as_str().expect("key");
        let object = world.get(&home, &format!("/api/v1/base/objects/school/{key}")).await;
        object["checked_at"].as_i64().expect("moment")
    };
    let before = (checked_at(0).await, checked_at(1).await);
    let verdict = async |token: &str, item: i64, wrong: Value| {
        let body = json!({ "wrong": wrong, "note": "现场核对" });
        world.call(token, "PUT", &format!("{path}/items/{item}"), Some(body)).await.status
    };
    assert_eq!(verdict(&home, items[0], json!(["students"])).await, StatusCode::NO_CONTENT);
    assert_eq!(verdict(&home, items[1], json!([])).await, StatusCode::NO_CONTENT);
    assert_eq!(verdict(&home, items[1], json!(["colour"])).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(verdict(&home, 4711, json!([])).await, StatusCode::NOT_FOUND);
    assert_eq!(checked_at(0).await, before.0, "it is not as it is told");
    assert!(checked_at(1).await > before.1, "it was looked at and is right");
    let errors = world.get(&all, "/api/v1/quality/errors?by=domain").await;
    let living = &row(&errors, "living")["errors"];
    assert_eq!((&living["checked"], &living["rate"]), (&json!(2), &json!(0.5)));
    let (low, high) =
        (living["low"].as_f64().expect("low"), living["high"].as_f64().expect("high"));
    assert!(low > 0.05 && low < 0.1 && high > 0.9 && high < 0.95, "{living}");
    let list = world.get(&all, draws).await;
    assert_eq!(list["items"][0]["errors"]["wrong"], 1);

    // Of another area: no draw, no verdict, no rate.
    assert_eq!(world.get(&other, draws).await["items"], json!([]));
    assert_eq!(world.call(&other, "GET", &path, None).await.status, StatusCode::NOT_FOUND);
    assert_eq!(verdict(&other, items[0], json!([])).await, StatusCode::NOT_FOUND);
    assert_eq!(world.get(&other, "/api/v1/quality/errors").await, json!([]));
    let order = json!({ "kind": "school", "area": HOME, "count": 1 });
    assert_eq!(world.post(&other, draws, order).await.status, StatusCode::NOT_FOUND);
    let order = json!({ "kind": "road", "count": 1 });
    assert_eq!(world.post(&other, draws, order).await.code(), "wrong-state", "there are none");
    assert_eq!(world.call(&viewer, "GET", draws, None).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_twin_in_another_area_is_told_and_counted_only_where_both_are_seen() {
    let (mut world, all) = schools().await;
    let phone = json!({ "level": "primary", "students": 5, "phone": "13812345678" });
    school(&world, &all, "good", json!({ "values": phone })).await;
    let there = json!({ "values": phone, "area": ELSEWHERE.to_string(), "geometry": null });
    school(&world, &all, "bare", there).await;
    computed(&world, &all).await;
    let home = world.token(Role::Steward, HOME);
    for (token, sees) in [(&all, true), (&home, false)] {
        let object = world.get(token, "/api/v1/base/objects/school/good").await;
        assert_eq!(object["doubtful"], sees, "{object}");
        let list = world.get(token, "/api/v1/quality/flaws?kind=school&flaw=same-phone").await;
        let count = list["items"].as_array().map(Vec::len);
        assert_eq!(count, Some(if sees { 2 } else { 0 }), "{list}");
        let scores = world.get(token, "/api/v1/quality/scores").await;
        let counted = &scores["total"]["flaws"]["same-phone"];
        assert_eq!(counted, &if sees { json!(2) } else { Value::Null }, "{scores}");
    }
    let counties = world.get(&all, "/api/v1/quality/scores?by=county").await;
    assert_eq!(counties["rows"].as_array().map(Vec::len), Some(2), "{counties}");
    let trend = |area: u32| format!("/api/v1/quality/trend?area={area}");
    let uniqueness = world.get(&all, &trend(HOME)).await[0]["aspects"]["uniqueness"].clone();
    let whole = world.get(&all, "/api/v1/quality/trend").await[0]["aspects"]["uniqueness"].clone();
    assert!(
        whole.as_f64() < Some(50.0) && uniqueness.as_f64() < Some(100.0),
        "{whole} {uniqueness}"
    );
}
