use std::time::Duration;

use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use helan_server::intake;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::house::{House, house};

async fn call(
    routes: &Router,
    method: Method,
    path: &str,
    token: &str,
    body: impl Into<Body>,
) -> (StatusCode, Value) {
    let request = Request::builder()
        .method(method)
        .uri(format!("/device/v1/{path}"))
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .body(body.into())
        .expect("request");
    let response = routes.clone().oneshot(request).await.expect("response");
    let status = response.status();
    let body = response.into_body().collect().await.expect("body").to_bytes();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

fn routes(house: &House) -> Router {
    intake::routes(house.intake.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn readings_are_counted_and_bad_ones_named() {
    let house = house().await;
    let routes = routes(&house);
    let now = house.platform.now().0;
    let body = json!([
        {"ts": now, "values": {"ch4": 1.0, "co": 2.0}},
        {"ts": now + 1, "values": {"ch4": 2.0}, "units": {"ch4": "%LEL"}},
    ]);
    let (status, body) =
        call(&routes, Method::POST, "gas-1/readings", "token of gas-1", body.to_string()).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["reasons"][0], json!({"index": 1, "reason": "unknown-point", "detail": "co"}));
    let counts = ["accepted", "duplicate", "late", "conflict", "refused"];
    let all: u64 = counts.iter().map(|name| body[*name].as_u64().expect("count")).sum();
    assert_eq!(all, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_has_its_status_and_word() {
    let house = house().await;
    let routes = routes(&house);
    let check = async |path: &str, token: &str, body: String, status: u16, code: &str| {
        let (got, answer) = call(&routes, Method::POST, path, token, body).await;
        assert_eq!(
            (got.as_u16(), answer["error"]["code"].as_str()),
            (status, Some(code)),
            "{path}"
        );
    };
    let good = || r#"{"values":{"ch4":1}}"#.to_owned();
    let own = "token of gas-1";
    check("gas-1/readings", "wrong", good(), 401, "wrong-token").await;
    check("gas-1/readings", "token of gas-2", good(), 401, "wrong-token").await;
    check("nobody/readings", own, good(), 401, "wrong-token").await;
    check("gas-1/readings", own, "{".into(), 400, "malformed").await;
    check("gas-1/readings", own, r#"{"values":{"ch4":1e999}}"#.into(), 422, "not-finite").await;
    check("gas-1/readings", own, r#"{"values":{"co":1}}"#.into(), 422, "unknown-point").await;
    check("gas-1/readings", own, r#"{"ts":1,"values":{"ch4":1}}"#.into(), 422, "ancient").await;
    check("gas-1/readings", own, " ".repeat(300 * 1024), 413, "too-large").await;
    check("gas-1/replies", own, r#"{"id":"999","outcome":"done"}"#.into(), 404, "unknown-command")
        .await;
    check("gas-1/replies", own, r#"{"id":"n9","outcome":"done"}"#.into(), 404, "unknown-command")
        .await;
    for _ in 0..3 {
        check("gas-1/readings", "wrong", good(), 401, "wrong-token").await;
    }
    check("gas-1/readings", own, good(), 429, "too-many").await;
    assert!(house.intake.refusals().total() >= 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_speaks_for_its_child() {
    let house = house().await;
    let routes = routes(&house);
    let body = r#"{"values":{"ch4":1}}"#;
    let (status, _) = call(&routes, Method::POST, "child-1/readings", "token of gw-1", body).await;
    assert_eq!(status, StatusCode::OK);
    let (status, _) = call(&routes, Method::POST, "gas-1/readings", "token of gw-1", body).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_are_waited_for_and_answered() {
    let house = house().await;
    let routes = routes(&house);
    let own = "token of gas-1";
    let (status, body) = call(&routes, Method::GET, "gas-1/commands", own, "").await;
    assert_eq!((status, &body), (StatusCode::OK, &json!({"commands": []})));
    let waiting = tokio::spawn({
        let routes = routes.clone();
        async move { call(&routes, Method::GET, "gas-1/commands?wait=20", own, "").await }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let id = house.command("gas-1").await;
    let (_, body) = waiting.await.expect("answer");
    assert_eq!(body["commands"][0]["id"], id.to_string());
    let reply = json!({"id": id.to_string(), "outcome": "done"}).to_string();
    let (status, _) = call(&routes, Method::POST, "gas-1/replies", own, reply).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let (_, body) = call(&routes, Method::GET, "gas-1/commands", own, "").await;
    assert_eq!(body, json!({"commands": []}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_body_is_not_a_large_one_and_a_bad_question_is_answered_as_documented() {
    let house = house().await;
    let routes = routes(&house);
    let cut = futures_util::stream::iter([
        Ok(r#"{"values":"#),
        Err(std::io::Error::other("connection reset")),
    ]);
    let body = Body::from_stream(cut);
    let (status, body) =
        call(&routes, Method::POST, "gas-1/readings", "token of gas-1", body).await;
    assert_eq!((status.as_u16(), body["error"]["code"].as_str()), (400, Some("malformed")));
    let large = " ".repeat(300_000);
    let (status, _) = call(&routes, Method::POST, "gas-1/readings", "token of gas-1", large).await;
    assert_eq!(status.as_u16(), 413);
    let (status, body) =
        call(&routes, Method::GET, "gas-1/commands?wait=soon", "token of gas-1", "").await;
    assert_eq!((status.as_u16(), body["error"]["code"].as_str()), (400, Some("malformed")));
    // Plain JSON with its only member misspelt is not an empty SenML pack.
    let misspelt = r#"[{"vlaues":{"ch4":1}}]"#;
    let (status, _) =
        call(&routes, Method::POST, "gas-1/readings", "token of gas-1", misspelt).await;
    assert_eq!(status.as_u16(), 400);
    assert_eq!(house.intake.refusals().rows().iter().map(|row| row.count).sum::<u64>(), 4);
}
