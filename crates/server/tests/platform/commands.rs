//! Commands by hand: an irreversible one waits for a second person, who finds it without having seen it made.

#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

use crate::common::{ELSEWHERE, HOME, World};
use axum::http::StatusCode;
use helan_server::access::Role;
use serde_json::{Value, json};

/// The states of the commands that a caller sees.
async fn states(world: &World, token: &str, path: &str) -> Vec<String> {
    let page = world.get(token, path).await;
    let items = page.get("items").and_then(Value::as_array).expect("items");
    items.iter().filter_map(|item| item["state"].as_str().map(str::to_owned)).collect()
}

#[tokio::test]
async fn two_persons_for_what_cannot_be_undone() {
    let mut world = World::open().await;
    world.register("here", HOME, false).await;
    let first = world.token(Role::Engineer, 0);
    let second = world.token(Role::Engineer, HOME);
    let stranger = world.token(Role::Engineer, ELSEWHERE);

    let order = json!({ "name": "valve.close", "reason": "smell of gas" });
    let response = world.post(&first, "/api/v1/devices/here-valve/commands", order).await;
    assert_eq!(response.status, StatusCode::OK, "{}", response.text);
    let id = response.json()["command"].as_u64().expect("number");

    let all = "/api/v1/commands";
    assert_eq!(states(&world, &second, all).await, ["waiting"]);
    assert_eq!(states(&world, &second, "/api/v1/commands?device=here-valve").await, ["waiting"]);
    assert!(states(&world, &second, "/api/v1/commands?device=here-detector").await.is_empty());
    assert!(states(&world, &stranger, all).await.is_empty());

    let path = format!("/api/v1/commands/{id}/approve");
    let alone = world.post(&first, &path, json!({})).await;
    assert_eq!(alone.code(), "second-person-required");
    assert_eq!(states(&world, &second, all).await, ["waiting"]);
    let agreed = world.post(&second, &path, json!({})).await;
    assert_eq!(agreed.status, StatusCode::OK, "{}", agreed.text);
    assert_eq!(states(&world, &second, all).await, ["issued"]);
}

/// Whoever reads a program or a command reads it in words, wherever the device is.
#[tokio::test]
async fn profiles_tell_the_words_for_keys() {
    let mut world = World::open().await;
    world.register("here", HOME, false).await;
    let stranger = world.token(Role::Viewer, ELSEWHERE);

    let all = world.get(&stranger, "/api/v1/profiles").await;
    let all = all.as_array().expect("a list");
    let keys = all.iter().filter_map(|profile| profile["key"].as_str()).collect::<Vec<_>>();
    assert!(keys.is_sorted(), "{keys:?}");
    let commands = all.iter().filter_map(|profile| profile["commands"].as_array()).flatten();
    let close =
        commands.clone().find(|command| command["name"] == "valve.close").expect("valve.close");
    assert!(!close["label"]["zh"].as_str().unwrap_or_default().is_empty(), "{close}");
    let points = all.iter().filter_map(|profile| profile["points"].as_array()).flatten();
    assert!(points.clone().all(|point| point["label"]["zh"].is_string()));
}
