//! Bodies of requests, damaged in every way: whoever sends rubbish is refused, nothing inside falls over, and the next one
//! is served as before.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use crate::common::{HOME, World};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use helan_server::{access::Role, config::Config};

/// Damaged copies of each body.
const COPIES: u64 = 150;

/// Deterministic randomness: the same copies every time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(self.0 >> 33).expect("31 bits") % limit
    }
}

/// A copy with a few bytes changed, cut off, taken out or doubled.
fn damaged(body: &str, random: &mut Random) -> Vec<u8> {
    let mut bytes = body.as_bytes().to_vec();
    for _ in 0..=random.below(3) {
        if bytes.is_empty() {
            break;
        }
        let at = random.below(bytes.len());
        let end = (at + random.below(12)).min(bytes.len());
        match random.below(8) {
            0..=2 => bytes[at] ^= 1 << random.below(8),
            3 => bytes[at] = b"\"{}[]-9e\0"[random.below(9)],
            4 => bytes.truncate(at),
            5 => drop(bytes.drain(at..end)),
            _ => {
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
        }
    }
    bytes
}

async fn status(world: &World, route: (&str, &str), token: &str, body: Vec<u8>) -> StatusCode {
    let request = Request::builder()
        .method(route.0)
        .uri(route.1)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body))
        .expect("request");
    world.send(request).await.status
}

/// Every damaged copy is refused (4xx) or taken (2xx): none ends in an error of the server.
async fn check(world: &World, route: (&str, &str), token: &str, body: &str) {
    let mut random = Random(7);
    let whole = status(world, route, token, body.into()).await;
    // A receipt may be about a channel that the notice did not take: that is read, and refused for what it says.
    assert!(whole.is_success() || whole == StatusCode::CONFLICT, "{whole} {route:?} {body}");
    let mut refused = 0;
    for _ in 0..COPIES {
        let copy = damaged(body, &mut random);
        let words = copy.escape_ascii().to_string();
        let status = status(world, route, token, copy).await;
        assert!(status.is_success() || status.is_client_error(), "{status} {route:?} {words}");
        refused += u64::from(status.is_client_error());
    }
    assert!(refused > COPIES / 4, "{route:?}: {refused} refused");
}

#[tokio::test]
async fn damaged_bodies_are_refused_and_disturb_nobody() {
    let keys = tempfile::tempdir().expect("folder");
    let file = keys.path().join("gateway");
    std::fs::write(&file, "gateway-token").expect("key");
    let mut config = Config::default();
    config.gateway.token_file = file;
    let mut world = World::open_with(config, true).await;
    let devices = world.register("here", HOME, false).await;
    let (alarm, incident) = world.leak("here").await;
    let simulator = world.token(Role::Simulator, 0);
    let admin = world.token(Role::Admin, 0);
    let page = world.get(&admin, "/api/v1/overview").await;
    let now = page["now"].as_i64().expect("moment");

    let readings = format!(
        r#"[{{"ts":{now},"values":{{"ch4":1.5}},"quality":"good","units":{{"ch4":"%LEL"}}}},{{"ts":{now},"values":{{"battery":80}}}}]"#
    );
    let token = &devices["here-detector"];
    check(&world, ("POST", "/device/v1/here-detector/readings"), token, &readings).await;
    let senml = r#"[{"bn":"here-detector/","n":"ch4","u":"%LEL","v":2.5},{"n":"battery","v":80}]"#;
    check(&world, ("POST", "/device/v1/here-detector/readings"), token, senml).await;

    let place = r#""area":640104000,"position":{"lon":106.2,"lat":38.4}"#;
    let change = format!(
        r#"{{"changes":[{{"PutFacility":{{"key":"drill-block","kind":"apartment-block","name":"演练楼",{place},
        "address":"演练路","post":""}}}},{{"PutDevice":{{"key":"drill-valve","profile":"gas-valve","name":"阀",{place},
        "facility":"drill-block","room":"1-302","stair":"1","floor":3,"post":"","camera":"","gateway":"",
        "attributes":{{"a":"b"}},"drill":true}}}}]}}"#
    );
    check(&world, ("POST", "/api/v1/registry"), &simulator, &change).await;

    let file = world.get(&admin, &format!("/api/v1/incidents/{incident}")).await;
    let notice = file["notices"][0]["id"].as_u64().expect("notice");
    let receipt = format!(r#"{{"id":"n{notice}","channel":"sms","state":"read","detail":"已读"}}"#);
    check(&world, ("POST", "/api/v1/gateway/receipts"), "gateway-token", &receipt).await;

    // Everybody else is served as before.
    let page = world.get(&admin, "/api/v1/alarms?open=true").await;
    let alarms = page["items"].as_array().expect("alarms");
    assert!(alarms.iter().any(|a| a["id"] == alarm), "{page}");
}
