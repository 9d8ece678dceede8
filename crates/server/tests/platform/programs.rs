//! Programs: what a dry run knows of the world around it.

use crate::common::{HOME, World};
use axum::http::StatusCode;
use helan_server::access::Role;
use serde_json::json;

/// A new version of a shipped program passes where the posts are there that it calls, and is told which is missing elsewhere.
#[tokio::test]
async fn a_dry_run_knows_the_posts_that_a_program_calls() {
    let mut world = World::open().await;
    world.register("here", HOME, false).await;
    world.leak("here").await;
    let engineer = world.token(Role::Engineer, 0);
    let programs = world.get(&engineer, "/api/v1/programs").await;
    let key = "gas-household/shut-and-vent";
    let items = programs.as_array().or_else(|| programs["items"].as_array()).expect("programs");
    let live = items.iter().find(|program| program["key"] == key).expect("the shipped one");
    let order =
        json!({ "name": live["name"], "from_level": live["from_level"], "steps": live["steps"] });
    let path = "/api/v1/programs/gas-household%2Fshut-and-vent";
    let response = world.call(&engineer, "PUT", path, Some(order)).await;
    assert_eq!(response.status, StatusCode::OK, "{}", response.text);
    let now = world.server.api.platform.now().0;
    let span = json!({ "from": now - 3_600_000, "to": now + 60_000 });
    let problems = async |world: &World| {
        let response = world.post(&engineer, &format!("{path}/dry-run"), span.clone()).await;
        assert_eq!(response.status, StatusCode::OK, "{}", response.text);
        response.json()["problems"].to_string()
    };
    let missing = problems(&world).await;
    assert!(missing.contains("gas-company"), "{missing}");
    let admin = world.token(Role::Admin, 0);
    let post = json!({ "PutPost": { "key": "gas", "role": "gas-company", "name": "Gas", "area": HOME, "facility": "",
        "position": null, "person": "Li", "phone": "120", "deputy": "" } });
    let response = world.post(&admin, "/api/v1/registry", json!({ "changes": [post] })).await;
    assert_eq!(response.status, StatusCode::OK, "{}", response.text);
    // The block of the test has no switch and no fan; that is told still.
    let rest = problems(&world).await;
    assert!(!rest.contains("gas-company") && rest.contains("fan-kitchen"), "{rest}");
}
