//! The live connection over a real socket.

#![expect(clippy::expect_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::{net::SocketAddr, time::Duration};

use crate::common::{ELSEWHERE, HOME, World};
use futures_util::StreamExt;
use helan_server::access::Role;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn serve(world: &World) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
    let at = listener.local_addr().expect("address");
    let router = world.router.clone().into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, router).await });
    at
}

async fn connect(at: SocketAddr, token: &str, origin: Option<&str>) -> Result<Socket, u16> {
    let mut request = format!("ws://{at}/api/v1/live").into_client_request().expect("request");
    let headers = request.headers_mut();
    headers.insert("cookie", format!("helan_session={token}").parse().expect("header"));
    if let Some(origin) = origin {
        headers.insert("origin", origin.parse().expect("header"));
    }
    match connect_async(request).await {
        Ok((socket, _)) => Ok(socket),
        Err(tokio_tungstenite::tungstenite::Error::Http(response)) => {
            Err(response.status().as_u16())
        }
        Err(other) => panic!("{other}"),
    }
}

/// The next message; none when nothing comes for a while.
async fn next(socket: &mut Socket, patience: Duration) -> Option<Value> {
    loop {
        match tokio::time::timeout(patience, socket.next()).await {
            Err(_quiet) => return None,
            Ok(Some(Ok(Message::Text(text)))) => {
                return Some(serde_json::from_str(&text).expect("json"));
            }
            Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => {}
            Ok(_) => return None,
        }
    }
}

/// Messages until one fulfils the wish, all of them.
async fn until(socket: &mut Socket, mut wish: impl FnMut(&Value) -> bool) -> Vec<Value> {
    let mut seen = Vec::new();
    loop {
        let Some(message) = next(socket, Duration::from_secs(6)).await else {
            panic!("did not come: {seen:#?}");
        };
        let found = wish(&message);
        seen.push(message);
        if found {
            return seen;
        }
    }
}

#[tokio::test]
async fn strangers_and_other_sites_do_not_listen() {
    let mut world = World::open().await;
    let token = world.token(Role::Viewer, 0);
    let at = serve(&world).await;
    assert_eq!(connect(at, "wrong", None).await.err(), Some(401));
    assert_eq!(connect(at, &token, Some("https://evil.example")).await.err(), Some(403));
    let own = format!("http://{at}");
    let mut socket = connect(at, &token, Some(&own)).await.expect("socket");
    let hello = next(&mut socket, Duration::from_secs(5)).await.expect("hello");
    assert_eq!(hello["type"], "hello");
    assert!(hello["now"].as_i64().is_some());
}

#[tokio::test]
async fn an_alarm_comes_with_its_incident_people_and_device() {
    let mut world = World::open().await;
    world.register("here", HOME, false).await;
    let duty = world.token(Role::Duty, HOME);
    let viewer = world.token(Role::Viewer, HOME);
    let elsewhere = world.token(Role::Duty, ELSEWHERE);
    let at = serve(&world).await;
    let mut socket = connect(at, &duty, None).await.expect("socket");
    let mut looking = connect(at, &viewer, None).await.expect("socket");
    let mut far = connect(at, &elsewhere, None).await.expect("socket");
    for socket in [&mut socket, &mut looking, &mut far] {
        assert_eq!(next(socket, Duration::from_secs(5)).await.expect("hello")["type"], "hello");
    }
    world.leak("here").await;
    let seen = until(&mut socket, |m| {
        m["type"] == "device" && m["key"] == "here-detector" && m["state"] == "alarm"
    })
    .await;
    let of = |kind: &str| seen.iter().find(|m| m["type"] == kind);
    let alarm = of("alarm").expect("alarm");
    assert_eq!(alarm["change"], "raised");
    assert_eq!(alarm["alarm"]["device"], "here-detector");
    assert_eq!(alarm["alarm"]["unit"], "%LEL");
    assert!(!alarm["alarm"]["rule_name"]["zh"].as_str().expect("name").is_empty());
    assert!(of("incident").is_some() && of("timeline").is_some(), "{seen:#?}");
    let notice = of("notice").expect("notice");
    assert_eq!(notice["notice"]["action"], "leave", "people first");

    // Who only looks sees what happens, but not who was told; another county sees nothing at all.
    let seen = until(&mut looking, |m| m["type"] == "device" && m["state"] == "alarm").await;
    assert!(seen.iter().any(|m| m["type"] == "alarm"));
    assert!(seen.iter().all(|m| m["type"] != "notice"));
    let counts =
        |m: &Value| m["entry"]["text"]["zh"].as_str().is_some_and(|t| t.contains("推送目标"));
    assert!(seen.iter().any(counts), "how many were told is no secret: {seen:#?}");
    // Neither by the timeline: a recipient answers, somebody calls.
    let who = notice["notice"]["id"].clone();
    let answer = json!({ "state": "acknowledged" });
    let done = world.post(&duty, &format!("/api/v1/notices/{who}/answer"), answer).await;
    assert_eq!(done.status.as_u16(), 200, "{}", done.text);
    let call =
        json!({ "kind": "gas-leak", "area": HOME, "place": "x", "caller": "Zhang", "text": "y" });
    let call = world.post(&duty, "/api/v1/calls", call).await;
    assert_eq!(call.status.as_u16(), 200, "{}", call.text);
    let names = |m: &Value| m["entry"]["source"] == "notice";
    until(&mut socket, names).await;
    until(&mut socket, |m| m["entry"]["source"] == "call").await;
    while let Some(message) = next(&mut looking, Duration::from_millis(300)).await {
        assert!(!names(&message) && message["entry"]["source"] != "call", "{message}");
    }
    let incident = alarm["alarm"]["incident"].clone();
    for (token, sees) in [(&duty, true), (&viewer, false)] {
        let named = world
            .until("the file", async |world| {
                let file = world.get(token, &format!("/api/v1/incidents/{incident}")).await;
                let lines = file["timeline"].as_array().expect("timeline");
                // The history follows.
                let all = lines
                    .iter()
                    .any(|l| l["text"]["zh"].as_str().is_some_and(|t| t.contains("推送目标")));
                let named = lines
                    .iter()
                    .filter(|l| l["source"] == "notice" || l["source"] == "call")
                    .count();
                (all && (named > 0 || !sees)).then_some(named)
            })
            .await;
        assert_eq!(named > 0, sees);
    }
    let heard = next(&mut far, Duration::from_millis(500)).await;
    assert!(heard.is_none(), "{heard:?}");
}

#[tokio::test]
async fn states_of_devices_are_gathered() {
    let mut world = World::open().await;
    world.register("here", HOME, false).await;
    let duty = world.token(Role::Duty, 0);
    let at = serve(&world).await;
    let mut socket = connect(at, &duty, None).await.expect("socket");
    next(&mut socket, Duration::from_secs(5)).await.expect("hello");
    let platform = world.server.api.platform.clone();
    let device = platform.directory().find("here-valve").expect("device").id;
    for turn in 0..50 {
        let link = helan_kernel::Event::Link { device, up: turn % 2 == 1 };
        platform.act(link).await.expect("node");
    }
    let mut states = Vec::new();
    while let Some(message) = next(&mut socket, Duration::from_millis(700)).await {
        if message["type"] == "device" {
            states.push(message["state"].clone());
        }
    }
    assert!((1..20).contains(&states.len()), "{}", states.len());
    assert_ne!(states.last(), Some(&json!("offline")), "the last one counts");
}

#[tokio::test]
async fn a_storm_is_answered_with_resync() {
    let mut world = World::open().await;
    world.register("here", HOME, false).await;
    let duty = world.token(Role::Duty, 0);
    let at = serve(&world).await;
    let mut socket = connect(at, &duty, None).await.expect("socket");
    next(&mut socket, Duration::from_secs(5)).await.expect("hello");
    let (_, incident) = world.leak("here").await;
    let by = helan_kernel::event::Actor { account: "a".into(), name: "A".into() };
    let notes = (0..2_000).map(|n| {
        let kind = helan_kernel::event::ActionKind::NoteIncident(
            helan_kernel::IncidentId(incident),
            format!("note {n}"),
        );
        helan_kernel::Event::Action(Box::new(helan_kernel::event::Action {
            by: by.clone(),
            reason: String::new(),
            kind,
        }))
    });
    world.server.api.platform.act_all(notes.collect()).await.expect("node");
    let seen = until(&mut socket, |m| m["type"] == "resync").await;
    assert!(seen.len() < 1_000, "{}", seen.len());
}

#[tokio::test]
async fn the_connection_shows_that_it_lives_and_ends_with_the_server() {
    let mut world = World::open().await;
    let duty = world.token(Role::Duty, 0);
    let at = serve(&world).await;
    let mut socket = connect(at, &duty, None).await.expect("socket");
    until(&mut socket, |m| m["type"] == "tick").await;
    world.server.stop.send_replace(true);
    let ended = tokio::time::timeout(Duration::from_secs(5), async {
        while let Some(Ok(message)) = socket.next().await {
            if matches!(message, Message::Close(_)) {
                break;
            }
        }
    });
    assert!(ended.await.is_ok());
}
