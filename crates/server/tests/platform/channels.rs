//! Notices leave through their channels; what became of them comes back.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex},
};

use crate::common::{ELSEWHERE, HOME, World};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Request, StatusCode, header},
    routing::post,
};
use helan_kernel::{
    Ms,
    push::{Channel, Rung},
    registry::RegistryChange,
};
use helan_server::{access::Role, config::Config};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Semaphore};

/// What a gateway was given: headers and body.
type Given = Arc<Mutex<Vec<(BTreeMap<String, String>, String)>>>;

/// A gateway that answers with these statuses in turn, then with 200.
async fn gateway(statuses: &[u16]) -> (String, Given) {
    #[derive(Clone)]
    struct Gateway {
        given: Given,
        statuses: Arc<Mutex<Vec<u16>>>,
    }
    async fn take(State(gateway): State<Gateway>, headers: HeaderMap, body: Bytes) -> StatusCode {
        let text = |value: &axum::http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
        let headers = headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        let body = String::from_utf8_lossy(&body).into_owned();
        gateway.given.lock().expect("lock").push((headers, body));
        let mut statuses = gateway.statuses.lock().expect("lock");
        let status = if statuses.is_empty() { 200 } else { statuses.remove(0) };
        StatusCode::from_u16(status).expect("status")
    }
    let given = Given::default();
    let state = Gateway { given: given.clone(), statuses: Arc::new(Mutex::new(statuses.to_vec())) };
    let router = Router::new().route("/send", post(take)).with_state(state);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
    let at = listener.local_addr().expect("address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    (format!("http://{at}/send"), given)
}

/// A gateway that answers nobody until it is let: it is slow, as long as the test wants.
async fn slow_gateway() -> (String, Given, Arc<Semaphore>) {
    type Held = (Given, Arc<Semaphore>);
    async fn take(State((given, room)): State<Held>, body: Bytes) -> StatusCode {
        let body = String::from_utf8_lossy(&body).into_owned();
        given.lock().expect("lock").push((BTreeMap::new(), body));
        room.acquire().await.expect("open").forget();
        StatusCode::OK
    }
    let (given, room) = (Given::default(), Arc::new(Semaphore::new(0)));
    let router = Router::new().route("/send", post(take)).with_state((given.clone(), room.clone()));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
    let at = listener.local_addr().expect("address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    (format!("http://{at}/send"), given, room)
}

/// Numbers of the notices that a gateway was given, in order.
fn numbers(given: &Given) -> Vec<u64> {
    let given = given.lock().expect("lock");
    given
        .iter()
        .map(|(_, body)| {
            let body: Value = serde_json::from_str(body).expect("json");
            let id = body["id"].as_str().expect("id");
            id.strip_prefix('n').expect("n").parse().expect("number")
        })
        .collect()
}

fn secret(folder: &Path, name: &str, text: &str) -> std::path::PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("secret");
    path
}

/// Everybody is told over these channels only, each waiting for long.
async fn only(world: &World, channels: &[Channel]) {
    let ladder: Vec<Rung> =
        channels.iter().map(|channel| Rung { channel: *channel, wait: Ms::seconds(600) }).collect();
    let platform = &world.server.api.platform;
    let policies = platform
        .ask(|engine| engine.registry().policies.iter().map(|(_, p)| p.clone()).collect::<Vec<_>>())
        .await
        .expect("node");
    let events = policies.into_iter().map(|mut policy| {
        policy.zones.iter_mut().for_each(|zone| zone.ladder.clone_from(&ladder));
        policy.posts.iter_mut().for_each(|post| post.ladder.clone_from(&ladder));
        helan_kernel::Event::Registry(Box::new(RegistryChange::PutPolicy(policy)))
    });
    platform.act_all(events.collect()).await.expect("node");
}

/// The notice to the resident, as soon as it fulfils the wish.
async fn resident(world: &mut World, incident: u64, wish: impl Fn(&Value) -> bool) -> Value {
    let duty = world.token(Role::Duty, 0);
    let path = format!("/api/v1/notices?incident={incident}");
    world
        .until("the notice", async |world| {
            let notices = world.get(&duty, &path).await;
            let notices = notices["items"].as_array()?.clone();
            notices.into_iter().find(|n| n["name"] == "resident" && wish(n))
        })
        .await
}

#[tokio::test]
async fn a_short_message_leaves_once_and_its_receipt_comes_back() {
    let keys = tempfile::tempdir().expect("folder");
    let (url, given) = gateway(&[503]).await;
    let mut config = Config::default();
    config.channels.sms.enabled = true;
    config.channels.sms.url = url;
    config.channels.sms.token_file = secret(keys.path(), "sms", "sms-token");
    config.gateway.token_file = secret(keys.path(), "gateway", "gateway-token");
    let mut world = World::open_with(config, false).await;
    world.register("here", HOME, false).await;
    only(&world, &[Channel::Sms]).await;
    let (_, incident) = world.leak("here").await;
    let notice = resident(&mut world, incident, |n| n["state"] == "sent").await;
    let id = format!("n{}", notice["id"]);

    let given = given.lock().expect("lock").clone();
    let own: Vec<_> = given
        .iter()
        .filter(|(_, body)| serde_json::from_str::<Value>(body).expect("json")["id"] == *id)
        .collect();
    let all: usize = given.len();
    assert!(!own.is_empty() && own.len() <= 2, "{own:?}");
    assert!(all > own.len(), "the busy gateway was asked again, and the neighbour was told");
    for (headers, body) in &own {
        assert_eq!(headers["idempotency-key"], format!("{id}-sms"), "the same with every try");
        assert_eq!(headers["authorization"], "Bearer sms-token");
        let body: Value = serde_json::from_str(body).expect("json");
        assert_eq!(body["to"], "13900000000");
        assert_eq!(body["text"], notice["text"]["zh"]);
    }

    let report = async |token: &str, body: Value| {
        let request = Request::post("/api/v1/gateway/receipts")
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .expect("request");
        world.send(request).await.status
    };
    let body = json!({ "id": id, "channel": "sms", "state": "delivered" });
    assert_eq!(report("wrong", body.clone()).await, StatusCode::UNAUTHORIZED);
    assert_eq!(report("gateway-token", body.clone()).await, StatusCode::NO_CONTENT);
    assert_eq!(report("gateway-token", body).await, StatusCode::NO_CONTENT, "twice is once");
    let unknown = json!({ "id": "n999999", "channel": "sms", "state": "delivered" });
    assert_eq!(report("gateway-token", unknown).await, StatusCode::NOT_FOUND);
    let wrong = json!({ "id": id, "channel": "webhook", "state": "delivered" });
    assert_eq!(report("gateway-token", wrong).await, StatusCode::CONFLICT);
    resident(&mut world, incident, |n| n["state"] == "delivered").await;
}

#[tokio::test]
async fn a_short_message_leads_to_the_page_of_its_incident() {
    let (url, given) = gateway(&[]).await;
    let mut config = Config::default();
    config.channels.sms.enabled = true;
    config.channels.sms.url = url;
    config.channels.page.enabled = true;
    config.http.public_url = "https://helan.example/".into();
    let mut world = World::open_with(config, false).await;
    world.register("here", HOME, false).await;
    only(&world, &[Channel::Sms]).await;
    let (_, incident) = world.leak("here").await;
    let notice = resident(&mut world, incident, |n| n["state"] == "sent").await;
    let viewer = world.token(Role::Viewer, 0);
    let path = format!("/api/v1/incidents/{incident}/public");
    let look = async |world: &World| {
        world.get(&viewer, &path).await["public_code"].as_str().map(str::to_owned)
    };
    let code = world.until("the page", look).await;
    let bodies: Vec<Value> = given
        .lock()
        .expect("lock")
        .iter()
        .map(|(_, body)| serde_json::from_str(body).expect("json"))
        .collect();
    let own = bodies.iter().find(|body| body["id"] == format!("n{}", notice["id"]));
    let told = notice["text"]["zh"].as_str().expect("words");
    let link = format!("https://helan.example/w/{code}");
    assert_eq!(own.expect("sent")["text"], format!("{told} 详情 {link}"));
    // A post gets a task: where the work is, not where the public looks.
    let text = |body: &Value| body["text"].as_str().unwrap_or_default().to_owned();
    let tasks: Vec<String> = bodies.iter().map(text).filter(|t| t.contains("【任务】")).collect();
    assert!(tasks.iter().all(|task| !task.contains(&link)), "{tasks:?}");
}

#[tokio::test]
async fn a_gateway_that_refuses_is_not_asked_again_and_the_ladder_climbs() {
    let (url, given) = gateway(&[400, 400, 400, 400, 400, 400]).await;
    let mut config = Config::default();
    config.channels.sms.enabled = true;
    config.channels.sms.url = url;
    let mut world = World::open_with(config, false).await;
    world.register("here", HOME, false).await;
    only(&world, &[Channel::Sms, Channel::Screen]).await;
    let (_, incident) = world.leak("here").await;
    let notice = resident(&mut world, incident, |n| n["channel"] == "screen").await;
    let receipts = notice["receipts"].as_array().expect("receipts");
    assert!(receipts.iter().any(|r| r["state"] == "failed" && r["detail"] == "status 400"));
    let id = format!("\"n{}\"", notice["id"]);
    let given = given.lock().expect("lock");
    assert_eq!(given.iter().filter(|(_, body)| body.contains(&id)).count(), 1);
}

#[tokio::test]
async fn a_webhook_is_signed() {
    let keys = tempfile::tempdir().expect("folder");
    let (url, given) = gateway(&[]).await;
    let mut config = Config::default();
    config.channels.webhook.enabled = true;
    config.channels.webhook.url = url;
    config.channels.webhook.secret_file = secret(keys.path(), "hook", "shared key");
    let mut world = World::open_with(config, false).await;
    world.register("here", HOME, false).await;
    only(&world, &[Channel::Webhook]).await;
    let (_, incident) = world.leak("here").await;
    let notice = resident(&mut world, incident, |n| n["state"] == "sent").await;
    let given = given.lock().expect("lock").clone();
    let id = format!("n{}", notice["id"]);
    let (headers, body) =
        given.iter().find(|(headers, _)| headers["x-helan-id"] == id).expect("the call");
    assert_eq!(headers["idempotency-key"], format!("{id}-webhook"));
    let signature = &headers["x-helan-signature"];
    assert!(signature.starts_with("sha256=") && signature.len() == 71, "{signature}");
    let body: Value = serde_json::from_str(body).expect("json");
    assert_eq!(body["action"], "leave");
    assert_eq!(body["drill"], false);
}

#[tokio::test]
async fn a_slow_gateway_holds_up_nobody_else_and_lets_those_pass_first_who_must_leave() {
    let keys = tempfile::tempdir().expect("folder");
    let (sms, given, room) = slow_gateway().await;
    let (hook, hooked) = gateway(&[]).await;
    let mut config = Config::default();
    config.channels.sms.enabled = true;
    config.channels.sms.url = sms;
    config.channels.sms.at_once = 1;
    config.channels.sms.timeout_seconds = 60;
    config.channels.webhook.enabled = true;
    config.channels.webhook.url = hook;
    config.channels.webhook.secret_file = secret(keys.path(), "hook", "shared key");
    let mut world = World::open_with(config, false).await;
    world.register("here", HOME, false).await;
    world.register("there", ELSEWHERE, false).await;
    only(&world, &[Channel::Sms]).await;
    let (_, first) = world.leak("here").await;
    world.until("the first", async |_| (numbers(&given).len() == 1).then_some(())).await;
    // One waits at the gateway, the others behind it; an event elsewhere comes later, and one recipient answers.
    let (_, second) = world.leak("there").await;
    assert_ne!(first, second);
    let duty = world.token(Role::Duty, 0);
    let told = world.get(&duty, "/api/v1/notices?limit=500").await["items"].clone();
    // The others have no telephone, or are visitors that were sent over the screen.
    let told = told.as_array().expect("notices").iter().filter(|n| n["channel"] == "sms");
    let told: Vec<&Value> = told.collect();
    let action = |id: u64| {
        let notice = told.iter().find(|n| n["id"] == id).expect("a notice");
        notice["action"].as_str().expect("action").to_owned()
    };
    let atgate = numbers(&given)[0];
    let mut others = told.iter().filter(|n| n["action"] == "leave" && n["id"] != atgate);
    let answered = others.next_back().expect("another")["id"].clone();
    let answer = json!({ "state": "acknowledged" });
    let path = format!("/api/v1/notices/{answered}/answer");
    assert_eq!(world.post(&duty, &path, answer).await.status, StatusCode::OK);

    only(&world, &[Channel::Webhook]).await;
    world.register("third", 640_502_000, false).await;
    world
        .until("the webhook", async |world| {
            world.readings("third-detector", &[30.0, 31.0, 32.0, 33.0]).await;
            (!hooked.lock().expect("lock").is_empty()).then_some(())
        })
        .await;
    assert_eq!(numbers(&given).len(), 1, "the slow one is still at its first");

    room.add_permits(1_000);
    let wanted = |n: &&&Value| n["id"] != answered;
    let mut expected: Vec<u64> =
        told.iter().filter(wanted).map(|n| n["id"].as_u64().expect("number")).collect();
    for _ in 0..400 {
        if numbers(&given).len() >= expected.len() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let mut all = numbers(&given);
    all.sort_unstable();
    expected.sort_unstable();
    assert_eq!(all, expected, "who answered meanwhile is not told again: {answered} {told:#?}");
    let order: Vec<String> = numbers(&given).into_iter().map(action).collect();
    assert_eq!(order[0], "leave");
    let last = order.iter().rposition(|a| a == "leave").expect("leave");
    assert!(order[..last].iter().all(|a| a == "leave"), "across both events: {order:?}");
    assert!(order.len() > last + 1, "others came after: {order:?}");
}

#[tokio::test]
async fn channels_are_closed_until_they_are_opened() {
    let mut world = World::open_with(Config::default(), false).await;
    world.register("here", HOME, false).await;
    only(&world, &[Channel::Sms, Channel::Webhook, Channel::Screen]).await;
    let (_, incident) = world.leak("here").await;
    let notice = resident(&mut world, incident, |n| n["channel"] == "screen").await;
    let receipts = notice["receipts"].as_array().expect("receipts");
    let closed = receipts.iter().filter(|r| r["detail"] == "not configured").count();
    assert_eq!(closed, 2, "{receipts:?}");
    let feed = world.call("", "GET", "/cap/feed.atom", None).await;
    assert_eq!(feed.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_drill_reaches_no_public_channel() {
    let (url, given) = gateway(&[]).await;
    let mut config = Config::default();
    config.channels.sms.enabled = true;
    config.channels.sms.url = url;
    config.channels.cap.enabled = true;
    let mut world = World::open_with(config, true).await;
    world.register("virtual", HOME, true).await;
    only(&world, &[Channel::Sms, Channel::Cap, Channel::Screen]).await;
    let (_, incident) = world.leak("virtual").await;
    resident(&mut world, incident, |n| n["state"] == "sent" && n["channel"] == "screen").await;
    assert_eq!(given.lock().expect("lock").len(), 0);
    let feed = world.call("", "GET", "/cap/feed.atom", None).await;
    assert_eq!(feed.status, StatusCode::OK);
    assert!(!feed.text.contains("<entry>"), "{}", feed.text);
}

#[tokio::test]
async fn a_warning_is_published_for_everybody() {
    let mut config = Config::default();
    config.channels.cap.enabled = true;
    config.http.public_url = "https://emergency.example/".into();
    let mut world = World::open_with(config, false).await;
    world.register("here", HOME, false).await;
    world.leak("here").await;
    let feed = world
        .until("the warning", async |world| {
            let feed = world.call("", "GET", "/cap/feed.atom", None).await;
            feed.text.contains("<entry>").then_some(feed)
        })
        .await;
    let link = feed.text.split("href=\"").filter_map(|part| part.split('"').next());
    let link = link.map(str::to_owned).find(|link| link.ends_with(".xml")).expect("a document");
    let path = link.strip_prefix("https://emergency.example").expect("the public address");
    let document = world.call("", "GET", path, None).await;
    assert_eq!(document.status, StatusCode::OK);
    assert_eq!(document.headers[header::CONTENT_TYPE], "application/cap+xml");
    let limits = helan_protocol::cap::Limits::default();
    let alert = helan_protocol::cap::parse(document.text.as_bytes(), &limits).expect("CAP");
    assert_eq!(alert.status, "Actual");
    assert_eq!(alert.infos.len(), 2);
    let again = Request::get(path)
        .header(header::IF_NONE_MATCH, document.headers[header::ETAG].clone())
        .body(Body::empty())
        .expect("request");
    assert_eq!(world.send(again).await.status, StatusCode::NOT_MODIFIED);
    for path in ["/cap/helan-1-1-1.xml", "/cap/x.xml", "/cap/helan-1.xml", "/cap/../etc.xml"] {
        assert_eq!(world.call("", "GET", path, None).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn metrics_are_for_this_machine_or_a_token() {
    let keys = tempfile::tempdir().expect("folder");
    let mut config = Config::default();
    config.metrics.token_file = secret(keys.path(), "metrics", "metrics-token");
    let world = World::open_with(config, false).await;
    let ask = |token: &str| {
        Request::get("/metrics")
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .body(Body::empty())
            .expect("request")
    };
    assert_eq!(world.send(ask("wrong")).await.status, StatusCode::UNAUTHORIZED);
    let metrics = world.send(ask("metrics-token")).await;
    assert_eq!(metrics.status, StatusCode::OK);
    for name in [
        "helan_node_turns_total",
        "helan_node_act_seconds_bucket",
        "helan_alarms_open{priority=\"critical\"}",
        "helan_intake_refusals_total",
        "helan_history_turns_behind",
        "# EOF",
    ] {
        assert!(metrics.text.contains(name), "{name}: {}", metrics.text);
    }
    assert_eq!(world.call("", "GET", "/healthz", None).await.text, "ok");
    assert_eq!(world.call("", "GET", "/readyz", None).await.text, "ready");
}
