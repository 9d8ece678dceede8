//! Contradictions over HTTP: the record keeps its value until a steward decides, and nothing that was typed is lost.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use crate::common::{ELSEWHERE, HOME, World};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use helan_server::access::Role;
use serde_json::{Value, json};

const PATH: &str = "/api/v1/base/objects/school/A1";

fn form(source: &str, seen: Option<i64>, students: u32, staff: Option<u32>) -> Value {
    json!({
        "name": "第一小学", "source": source, "seen": seen,
        "geometry": { "type": "Point", "coordinates": [106.2789, 38.4666] },
        "values": { "level": "primary", "students": students, "staff": staff },
    })
}

async fn put(world: &World, token: &str, order: Value) -> Value {
    let response = world.call(token, "PUT", PATH, Some(order)).await;
    assert_eq!(response.status, StatusCode::OK, "{}", response.text);
    response.json()
}

/// Imports one row; gives how the import ended.
async fn import(world: &World, token: &str, students: u32, query: &str) -> Value {
    let sheet = format!(
        "编号,名称,经度,纬度,学段,学生人数\nA1,第一小学,106.2789,38.4666,小学,{students}\n"
    );
    let request = Request::builder()
        .method("POST")
        .uri(format!("/api/v1/base/imports?kind=school&file=old.csv{query}"))
        .header(header::COOKIE, format!("helan_session={token}"))
        .body(Body::from(sheet));
    let id = world.send(request.expect("request")).await.json()["id"].as_u64().expect("number");
    let state = async |wanted: &str| {
        let path = format!("/api/v1/base/imports/{id}");
        world
            .until(wanted, async |world| {
                let import = world.get(token, &path).await;
                (import["state"] == wanted).then_some(import)
            })
            .await
    };
    assert_eq!(state("checked").await["bad"], 0);
    world.post(token, &format!("/api/v1/base/imports/{id}/load"), json!({})).await;
    state("loaded").await
}

async fn students(world: &World, token: &str) -> Value {
    world.get(token, PATH).await["values"]["students"].clone()
}

#[tokio::test]
async fn a_file_that_contradicts_a_field_visit_waits_for_a_steward() {
    let mut world = World::open().await;
    let token = world.token(Role::Steward, HOME);
    put(&world, &token, form("field", Some(0), 800, Some(40))).await;
    let done = import(&world, &token, 650, "").await;
    assert_eq!((&done["in_review"], &done["updated"]), (&json!(1), &json!(0)));
    // The same file once more is the same contradiction.
    import(&world, &token, 650, "").await;
    let list = world.get(&token, "/api/v1/base/reviews").await;
    let items = list["items"].as_array().expect("items");
    assert_eq!(items.len(), 1, "{list}");
    let item = &items[0];
    assert_eq!((&item["field"], &item["why"]), (&json!("students"), &json!("standing")));
    assert_eq!((&item["ours"], &item["theirs"]), (&json!(800), &json!(650)));
    assert_eq!(item["theirs_origin"]["detail"], "old.csv");
    let school = world.get(&token, PATH).await;
    assert_eq!(
        (&school["values"]["students"], &school["in_review"]),
        (&json!(800), &json!(["students"]))
    );

    // Nobody else may decide, or even see that there is something to decide.
    let id = item["id"].as_u64().expect("number");
    let (accept, keep) =
        (format!("/api/v1/base/reviews/{id}/accept"), format!("/api/v1/base/reviews/{id}/keep"));
    let reason = json!({ "reason": "asked the school" });
    let other = world.token(Role::Steward, ELSEWHERE);
    assert_eq!(world.get(&other, "/api/v1/base/reviews?state=all").await["items"], json!([]));
    let response = world.post(&other, &accept, reason.clone()).await;
    assert_eq!(response.status, StatusCode::NOT_FOUND);
    let viewer = world.token(Role::Viewer, HOME);
    let response = world.call(&viewer, "GET", "/api/v1/base/reviews", None).await;
    assert_eq!(response.status, StatusCode::FORBIDDEN);
    assert_eq!(world.post(&viewer, &keep, reason.clone()).await.status, StatusCode::FORBIDDEN);

    let response = world.post(&token, &accept, json!({ "reason": " " })).await;
    assert_eq!(response.code(), "reason-required");
    let response = world.post(&token, &accept, reason.clone()).await;
    assert_eq!(response.status, StatusCode::NO_CONTENT, "{}", response.text);
    assert_eq!(students(&world, &token).await, 650);
    assert_eq!(world.post(&token, &keep, reason).await.code(), "wrong-state");
    let history = world.get(&token, &format!("{PATH}/history")).await;
    let last = history.as_array().and_then(|all| all.last()).expect("history");
    assert_eq!(last["before"], json!({ "students": 800 }));
    let detail = last["origin"]["detail"].as_str().unwrap_or_default();
    assert!(detail.contains("asked the school"), "{detail}");
    let audit = world.token(Role::Auditor, 0);
    world
        .until("the note", async |world| {
            let audit = world.get(&audit, "/api/v1/audit").await;
            audit.to_string().contains("base review accept").then_some(())
        })
        .await;
}

#[tokio::test]
async fn a_file_older_than_what_is_known_waits_even_against_a_file() {
    let mut world = World::open().await;
    let token = world.token(Role::Steward, 0);
    import(&world, &token, 800, "").await;
    let done = import(&world, &token, 700, "&as_of=1000").await;
    assert_eq!(done["in_review"], 1);
    assert_eq!(students(&world, &token).await, 800);
    let list = world.get(&token, "/api/v1/base/reviews").await;
    assert_eq!(list["items"][0]["why"], "older");
    let id = list["items"][0]["id"].as_u64().expect("number");
    let response = world
        .post(&token, &format!("/api/v1/base/reviews/{id}/keep"), json!({ "reason": "old" }))
        .await;
    assert_eq!(response.status, StatusCode::NO_CONTENT);
    assert_eq!(students(&world, &token).await, 800);
    let closed = world.get(&token, "/api/v1/base/reviews?state=kept&kind=school&key=A1").await;
    assert_eq!(closed["items"][0]["reason"], "old");
    assert_eq!(world.get(&token, PATH).await["in_review"], json!([]));
    // A file of today by a source of the same standing is simply taken.
    assert_eq!(import(&world, &token, 900, "").await["in_review"], 0);
    assert_eq!(students(&world, &token).await, 900);
}

#[tokio::test]
async fn two_offline_forms_are_merged_field_by_field() {
    let mut world = World::open().await;
    let token = world.token(Role::Steward, 0);
    put(&world, &token, form("form", Some(0), 800, None)).await;
    let seen = world.get(&token, PATH).await["changed_at"].as_i64();
    // One counts students, and knows how many teachers there are; the other one counts other students.
    let first = put(&world, &token, form("field", seen, 810, None)).await;
    assert_eq!((&first["merged"], &first["in_review"]), (&json!(false), &json!([])));
    let second = put(&world, &token, form("field", seen, 790, Some(40))).await;
    assert_eq!((&second["merged"], &second["in_review"]), (&json!(true), &json!(["students"])));
    let school = world.get(&token, PATH).await;
    assert_eq!(
        (&school["values"]["students"], &school["values"]["staff"]),
        (&json!(810), &json!(40))
    );
    let list = world.get(&token, "/api/v1/base/reviews").await;
    let item = &list["items"][0];
    assert_eq!(
        (&item["ours"], &item["theirs"], &item["why"]),
        (&json!(810), &json!(790), &json!("both"))
    );
    // At a desk somebody sees the conflict at once.
    let response = world.call(&token, "PUT", PATH, Some(form("form", seen, 1, None))).await;
    assert_eq!(response.code(), "conflict");
    // A third one who changed nothing of it disputes nothing.
    let third = put(&world, &token, form("field", seen, 800, None)).await;
    assert_eq!((&third["merged"], &third["in_review"]), (&json!(true), &json!([])));
    assert_eq!(students(&world, &token).await, 810);
}
