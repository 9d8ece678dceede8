//! Sign-in, sessions, cross-site requests, errors in words.

#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

use crate::common::{HOME, Response, World};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use helan_kernel::AreaCode;
use helan_server::{
    access::{Role, password},
    config::Config,
};
use helan_store::accounts::{AccountChange, NewAccount};
use serde_json::{Value, json};

const PASSWORD: &str = "Correct-horse-7";

fn account(world: &World, name: &str) {
    account_with(world, name, false);
}

fn account_with(world: &World, name: &str, must_change: bool) {
    let hash = password::hash(PASSWORD).expect("hash");
    let new = NewAccount {
        account: name,
        name: "李工",
        role: Role::Engineer,
        area: AreaCode(HOME),
        language: "zh",
        password_hash: &hash,
        must_change,
    };
    let api = &world.server.api;
    assert!(api.accounts.create(&new, api.platform.now()).expect("store"));
}

async fn sign_in(world: &World, name: &str, password: &str) -> Response {
    let body = json!({ "account": name, "password": password });
    world.post("", "/api/v1/session", body).await
}

/// The token of the cookie.
fn token(response: &Response) -> String {
    let cookie = response.headers.get(header::SET_COOKIE).expect("cookie");
    let cookie = cookie.to_str().expect("text");
    let (_, rest) = cookie.split_once('=').expect("cookie");
    rest.split(';').next().expect("token").to_owned()
}

#[tokio::test]
async fn signing_in_and_out() {
    let world = World::open().await;
    account_with(&world, "li", true);
    let response = sign_in(&world, "li", PASSWORD).await;
    assert_eq!(response.status, StatusCode::OK, "{}", response.text);
    let session = response.json();
    assert_eq!(session["role"], "engineer");
    assert_eq!(session["area"], HOME);
    assert_eq!(session["must_change"], true, "a given password is flagged");
    let cookie = response.headers.get(header::SET_COOKIE).expect("cookie");
    let cookie = cookie.to_str().expect("text");
    for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let token = token(&response);
    assert!(token.len() >= 43, "256 bits");
    let who = world.get(&token, "/api/v1/session").await;
    assert_eq!(who["account"], "li");
    let out = world.call(&token, "DELETE", "/api/v1/session", None).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    let gone = world.call(&token, "GET", "/api/v1/session", None).await;
    assert_eq!(gone.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn five_failures_lock_and_nothing_tells_why() {
    let world = World::open().await;
    account(&world, "li");
    let unknown = sign_in(&world, "nobody", PASSWORD).await;
    let wrong = sign_in(&world, "li", "wrong").await;
    assert_eq!(unknown.status, StatusCode::UNAUTHORIZED);
    let text = |response: &Response| response.json()["error"]["message"].clone();
    assert_eq!(text(&unknown), text(&wrong));
    for _ in 0..4 {
        assert_eq!(sign_in(&world, "li", "wrong").await.code(), "sign-in-failed");
    }
    let locked = sign_in(&world, "li", PASSWORD).await;
    assert_eq!(locked.status, StatusCode::UNAUTHORIZED, "locked: even the right one");
    assert_eq!(text(&locked), text(&unknown));
    // An administrator opens the lock with a new password.
    let mut world = world;
    let admin = world.token(Role::Admin, 0);
    let reset = world.post(&admin, "/api/v1/accounts/li/password", json!({})).await.json();
    let given = reset["password"].as_str().expect("password").to_owned();
    assert_eq!(sign_in(&world, "li", &given).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let world = World::open().await;
    account(&world, "li");
    let first = token(&sign_in(&world, "li", PASSWORD).await);
    let second = token(&sign_in(&world, "li", PASSWORD).await);
    let change = async |old: &str, new: &str| {
        let body = json!({ "old": old, "new": new });
        world.post(&first, "/api/v1/session/password", body).await
    };
    assert_eq!(change("wrong", "Another-horse-8").await.code(), "wrong-password");
    assert_eq!(change(PASSWORD, "short").await.code(), "weak-password");
    assert_eq!(change(PASSWORD, PASSWORD).await.code(), "weak-password");
    let done = change(PASSWORD, "Another-horse-8").await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.text);
    let status = async |token: &str| world.call(token, "GET", "/api/v1/session", None).await.status;
    assert_eq!(status(&first).await, StatusCode::OK);
    assert_eq!(status(&second).await, StatusCode::UNAUTHORIZED);
    let who = world.get(&first, "/api/v1/session").await;
    assert_eq!(who["must_change"], false);
}

#[tokio::test]
async fn a_given_password_opens_nothing_but_its_own_change() {
    let world = World::open().await;
    account_with(&world, "li", true);
    let session = token(&sign_in(&world, "li", PASSWORD).await);
    for (method, path) in [
        ("GET", "/api/v1/overview"),
        ("GET", "/api/v1/alarms"),
        ("GET", "/api/v1/live"),
        ("PUT", "/api/v1/devices/x"),
        ("POST", "/api/v1/devices/x/commands"),
    ] {
        let refused = world.call(&session, method, path, None).await;
        assert_eq!((refused.status, refused.code()), (StatusCode::FORBIDDEN, "must-change".into()));
    }
    assert_eq!(world.get(&session, "/api/v1/session").await["must_change"], true);
    let body = json!({ "old": PASSWORD, "new": "Another-horse-8" });
    let done = world.post(&session, "/api/v1/session/password", body).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.text);
    world.get(&session, "/api/v1/alarms").await;
}

/// Sign-in through a proxy that says for whom it speaks; what stands before its own word came from outside.
async fn sign_in_from(world: &World, name: &str, password: &str, address: &str) -> StatusCode {
    let body = json!({ "account": name, "password": password });
    let request = Request::post("/api/v1/session")
        .header(header::CONTENT_TYPE, "application/json")
        .header("x-forwarded-for", format!("10.9.9.9, {address}"))
        .body(Body::from(body.to_string()))
        .expect("request");
    world.send(request).await.status
}

/// In these tests nobody has a socket: the peer is 0.0.0.0.
fn proxied() -> Config {
    let mut config = Config::default();
    config.http.behind_tls = true;
    config.http.proxies = vec![std::net::Ipv4Addr::UNSPECIFIED.into()];
    config
}

#[tokio::test]
async fn nobody_can_keep_the_owner_of_an_account_out() {
    let world = World::open_with(proxied(), false).await;
    account(&world, "li");
    let good = async |address: &str| sign_in_from(&world, "li", PASSWORD, address).await;
    assert_eq!(good("192.0.2.7").await, StatusCode::OK, "the office");
    for _ in 0..40 {
        let status = sign_in_from(&world, "li", "wrong", "203.0.113.1").await;
        assert_ne!(status, StatusCode::OK);
    }
    let noisy = sign_in_from(&world, "li", "wrong", "203.0.113.1").await;
    assert_eq!(noisy, StatusCode::TOO_MANY_REQUESTS, "an address has to wait, too");
    assert_eq!(good("203.0.113.2").await, StatusCode::UNAUTHORIZED, "locked for strangers");
    assert_eq!(good("192.0.2.7").await, StatusCode::OK, "and not for the office");
    for _ in 0..5 {
        sign_in_from(&world, "li", "wrong", "192.0.2.7").await;
    }
    assert_eq!(good("192.0.2.7").await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_a_stranger_says_of_its_address_is_not_believed() {
    // No proxy is configured: the header is the sender's own invention.
    let world = World::open().await;
    account(&world, "li");
    for n in 0..30 {
        sign_in_from(&world, "nobody", "wrong", &format!("203.0.113.{n}")).await;
    }
    let status = sign_in_from(&world, "li", PASSWORD, "192.0.2.7").await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "one address, whatever it calls itself");
}

#[tokio::test]
async fn closing_an_account_ends_its_sessions_at_once() {
    let mut world = World::open().await;
    account(&world, "li");
    let session = token(&sign_in(&world, "li", PASSWORD).await);
    let admin = world.token(Role::Admin, 0);
    let body = json!({ "disabled": true });
    let closed = world.call(&admin, "PATCH", "/api/v1/accounts/li", Some(body)).await;
    assert_eq!(closed.status, StatusCode::NO_CONTENT, "{}", closed.text);
    let gone = world.call(&session, "GET", "/api/v1/session", None).await;
    assert_eq!(gone.status, StatusCode::UNAUTHORIZED);
    assert_eq!(sign_in(&world, "li", PASSWORD).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_changed_role_holds_from_the_next_request_on() {
    let world = World::open().await;
    account(&world, "li");
    let session = token(&sign_in(&world, "li", PASSWORD).await);
    let refused = async || world.post(&session, "/api/v1/incidents/1/take", json!({})).await.status;
    assert_eq!(refused().await, StatusCode::FORBIDDEN);
    let change = AccountChange { role: Some(Role::Duty), ..AccountChange::default() };
    let api = &world.server.api;
    assert!(api.accounts.change("li", &change, api.platform.now()).expect("store"));
    assert_eq!(refused().await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn other_sites_get_nothing() {
    let mut world = World::open().await;
    let token = world.token(Role::Duty, 0);
    let request = |name: &str, value: &str, kind: &str| {
        Request::post("/api/v1/incidents/1/take")
            .header(header::COOKIE, format!("helan_session={token}"))
            .header(header::HOST, "helan.example")
            .header(header::CONTENT_TYPE, kind)
            .header(name, value)
            .body(Body::from("{}"))
            .expect("request")
    };
    let json = "application/json";
    let check = async |name: &str, value: &str, kind: &str, code: &str| {
        let response = world.send(request(name, value, kind)).await;
        assert_eq!(response.code(), code, "{name}: {value}");
    };
    check("origin", "https://helan.example", json, "not-found").await;
    check("origin", "https://evil.example", json, "bad-origin").await;
    check("origin", "null", json, "bad-origin").await;
    check("origin", "https://helan.example.evil.example", json, "bad-origin").await;
    check("sec-fetch-site", "cross-site", json, "bad-origin").await;
    check("sec-fetch-site", "same-origin", json, "not-found").await;
    // A form of another site can send text, but not JSON.
    check("x-none", "", "text/plain", "bad-content-type").await;
    check("x-none", "", "application/x-www-form-urlencoded", "bad-content-type").await;
}

#[tokio::test]
async fn errors_speak_the_language_of_the_caller_and_give_a_number() {
    let world = World::open().await;
    let ask = async |language: &str| {
        let request = Request::get("/api/v1/alarms")
            .header(header::ACCEPT_LANGUAGE, language)
            .body(Body::empty())
            .expect("request");
        world.send(request).await
    };
    let zh = ask("zh-CN").await.json();
    let en = ask("en-GB,en;q=0.5").await;
    assert_eq!(zh["error"]["message"], "请先登录。");
    let body = en.json();
    assert_eq!(body["error"]["message"], "Sign in first.");
    let number = en.headers.get("x-request-id").expect("number").to_str().expect("text");
    assert_eq!(body["error"]["request"], number);
}

#[tokio::test]
async fn every_response_carries_the_security_headers() {
    let mut world = World::open().await;
    let token = world.token(Role::Viewer, 0);
    for path in ["/", "/healthz", "/api/v1/alarms", "/api/v1/nothing", "/cap/feed.atom"] {
        let response = world.call(&token, "GET", path, None).await;
        let header = |name: &str| {
            response.headers.get(name).map(|v| v.to_str().unwrap_or_default().to_owned())
        };
        let policy = header("content-security-policy").unwrap_or_default();
        assert!(policy.contains("worker-src 'self' blob:"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(header("x-content-type-options").as_deref(), Some("nosniff"), "{path}");
        assert_eq!(header("referrer-policy").as_deref(), Some("no-referrer"), "{path}");
        if path.starts_with("/api/") {
            assert_eq!(header("cache-control").as_deref(), Some("no-store"), "{path}");
        }
    }
}

#[tokio::test]
async fn behind_a_tls_proxy_browsers_are_told_to_stay_there() {
    let name = "strict-transport-security";
    let plain = World::open().await.call("", "GET", "/", None).await;
    assert!(!plain.headers.contains_key(name));
    let world = World::open_with(proxied(), false).await;
    account(&world, "li");
    assert!(world.call("", "GET", "/", None).await.headers.contains_key(name));
    let signed = sign_in(&world, "li", PASSWORD).await;
    let cookie = signed.headers.get(header::SET_COOKIE).expect("cookie");
    assert!(cookie.to_str().expect("text").ends_with("; Secure"));
}

#[tokio::test]
async fn senseless_requests_are_told_what_is_wrong() {
    let mut world = World::open().await;
    let admin = world.token(Role::Admin, 0);
    let duty = world.token(Role::Duty, 0);
    let check = async |token: &str, method: &str, path: &str, body: Value, code: &str| {
        let response = world.call(token, method, path, Some(body)).await;
        assert_eq!(response.code(), code, "{path}: {}", response.text);
    };
    check(&duty, "POST", "/api/v1/drills", json!({ "scenari": "x" }), "invalid").await;
    check(
        &duty,
        "POST",
        "/api/v1/drills",
        json!({ "scenario": "x", "speed": 0.0 }),
        "out-of-range",
    )
    .await;
    check(&duty, "POST", "/api/v1/alarms/x/acknowledge", json!({}), "not-found").await;
    check(&admin, "POST", "/api/v1/accounts", json!({}), "invalid").await;
    let account = json!({ "account": "A B", "name": "x", "role": "viewer", "area": 0 });
    check(&admin, "POST", "/api/v1/accounts", account, "out-of-range").await;
    let taken = json!({ "account": "admin", "name": "x", "role": "viewer", "area": 0 });
    check(&admin, "POST", "/api/v1/accounts", taken, "conflict").await;
    let service = json!({ "account": "sim", "name": "x", "role": "simulator", "area": 0 });
    check(&admin, "POST", "/api/v1/accounts", service, "forbidden").await;
    let own = json!({ "role": "viewer" });
    check(&admin, "PATCH", "/api/v1/accounts/admin-0", own, "forbidden").await;
    let spec = json!({ "profile": "nothing", "area": HOME, "position": { "lon": 1, "lat": 1 } });
    check(&admin, "PUT", "/api/v1/devices/x", spec.clone(), "not-found").await;
    check(&admin, "PUT", "/api/v1/devices/x%20y", spec, "out-of-range").await;
    let huge = json!({ "text": "x".repeat(300_000) });
    check(&duty, "POST", "/api/v1/incidents/1/note", huge, "too-large").await;
    for path in ["/api/v1/alarms?limit=x", "/api/v1/alarms?after=x", "/api/v1/alarms?what=1"] {
        assert_eq!(world.call(&duty, "GET", path, None).await.code(), "invalid", "{path}");
    }
}
