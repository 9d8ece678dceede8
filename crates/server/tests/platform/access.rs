//! Promise 10: everything belongs somewhere. Every route × every role, and nothing of another area, not even its existence.

use std::collections::BTreeSet;

use crate::common::{ELSEWHERE, HOME, World};
use axum::http::StatusCode;
use helan_server::{
    access::{Deed, Grant, Role, grant, routes::ROUTES},
    api,
};
use serde_json::json;

/// A path with something in the places of its parameters.
fn concrete(path: &str) -> String {
    path.replace("{id}", "4711")
        .replace("{item}", "4711")
        .replace("{key}", "nothing")
        .replace("{name}", "x")
        .replace("{kind}", "school")
        .replace("{account}", "nobody")
}

#[test]
fn every_route_of_the_interface_has_its_deed() {
    let described = serde_json::to_value(api::openapi()).expect("json");
    let mut found = BTreeSet::new();
    for (path, methods) in described["paths"].as_object().expect("paths") {
        for method in methods.as_object().expect("methods").keys() {
            found.insert((method.to_uppercase(), path.clone()));
        }
    }
    let named: BTreeSet<(String, String)> =
        ROUTES.iter().map(|(method, path, _)| ((*method).into(), (*path).into())).collect();
    assert_eq!(found, named);
}

#[tokio::test]
async fn every_route_is_closed_to_strangers_and_to_roles_without_the_deed() {
    let mut world = World::open().await;
    for (method, path, deed) in ROUTES {
        let place = concrete(path);
        let body = (*method != "GET").then(|| json!({}));
        let stranger = world.call("wrong", method, &place, body.clone()).await;
        if *deed == Deed::Open {
            assert_ne!(stranger.status, StatusCode::FORBIDDEN, "{method} {path}");
            continue;
        }
        assert_eq!(stranger.status, StatusCode::UNAUTHORIZED, "{method} {path}");
        assert_eq!(stranger.code(), "unauthenticated", "{method} {path}");
        // Signing out would end the session of the next route.
        if (*method, *path) == ("DELETE", "/api/v1/session") {
            continue;
        }
        for role in Role::ALL {
            let token = world.token(role, 0);
            let response = world.call(&token, method, &place, body.clone()).await;
            let what = format!("{role} {method} {path}: {} {}", response.status, response.text);
            assert_ne!(response.status, StatusCode::UNAUTHORIZED, "{what}");
            assert!(!response.status.is_server_error(), "{what}");
            if grant(role, *deed) == Grant::No {
                assert_eq!(response.status, StatusCode::FORBIDDEN, "{what}");
                assert_eq!(response.code(), "forbidden", "{what}");
            } else {
                // A service has no password of its own.
                let service = role == Role::Simulator && path.ends_with("/session/password");
                assert!(service || response.status != StatusCode::FORBIDDEN, "{what}");
            }
        }
    }
}

#[tokio::test]
async fn nothing_of_another_area_is_seen_not_even_counted() {
    let mut world = World::open().await;
    world.register("here", HOME, false).await;
    world.register("there", ELSEWHERE, false).await;
    let (alarm, incident) = world.leak("there").await;
    let all = world.token(Role::Duty, 0);
    let home = world.token(Role::Duty, HOME);
    let count = |value: &serde_json::Value| value["items"].as_array().map_or(0, Vec::len);

    for path in ["/api/v1/alarms", "/api/v1/incidents", "/api/v1/notices"] {
        assert!(count(&world.get(&all, path).await) > 0, "{path}");
        assert_eq!(count(&world.get(&home, path).await), 0, "{path}");
    }
    assert_eq!(count(&world.get(&all, "/api/v1/devices").await), 4);
    assert_eq!(count(&world.get(&home, "/api/v1/devices").await), 2);
    assert_eq!(count(&world.get(&home, "/api/v1/devices?q=there").await), 0);
    let asked = format!("/api/v1/devices?area={ELSEWHERE}");
    assert_eq!(count(&world.get(&home, &asked).await), 0);
    let map = world.get(&home, "/api/v1/map/devices").await;
    assert_eq!(map["keys"], json!(["here-detector", "here-valve"]));
    let overview = world.get(&home, "/api/v1/overview").await;
    let figures = overview["alarms"].as_object().expect("figures");
    assert!(figures.values().all(|figure| *figure == 0), "{overview}");
    assert_eq!(overview["incidents"], json!({ "open": 0, "taken": 0 }));
    let devices = overview["devices"].as_object().expect("figures").values();
    assert_eq!(devices.filter_map(serde_json::Value::as_u64).sum::<u64>(), 2);

    for path in [
        format!("/api/v1/alarms/{alarm}"),
        format!("/api/v1/incidents/{incident}"),
        "/api/v1/devices/there-detector".to_owned(),
        "/api/v1/devices/there-detector/points/ch4/readings".to_owned(),
    ] {
        assert_eq!(world.call(&all, "GET", &path, None).await.status, StatusCode::OK, "{path}");
        let refused = world.call(&home, "GET", &path, None).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "{path}");
        // The same as for something that does not exist at all.
        let nothing = world.call(&home, "GET", "/api/v1/alarms/99999999", None).await;
        assert_eq!(refused.code(), nothing.code());
    }
    for (path, body) in [
        (format!("/api/v1/alarms/{alarm}/acknowledge"), json!({})),
        (format!("/api/v1/incidents/{incident}/take"), json!({})),
        (format!("/api/v1/incidents/{incident}/close"), json!({ "reason": "x" })),
        ("/api/v1/calls".to_owned(), json!({ "kind": "gas-leak", "area": ELSEWHERE, "text": "x" })),
        // Neither from a place of one's own into the file of another area.
        (
            "/api/v1/calls".to_owned(),
            json!({ "kind": "gas-leak", "area": HOME, "text": "x", "incident": incident }),
        ),
    ] {
        let response = world.post(&home, &path, body).await;
        assert_eq!(response.status, StatusCode::NOT_FOUND, "{path}: {}", response.text);
    }
}

#[tokio::test]
async fn an_administrator_of_one_area_changes_nothing_elsewhere() {
    let mut world = World::open().await;
    world.register("there", ELSEWHERE, false).await;
    let admin = world.token(Role::Admin, HOME);
    let spec = |area: u32| json!({ "profile": "gas-valve", "area": area, "position": { "lon": 106.0, "lat": 38.0 } });
    let put = |key: &str| format!("/api/v1/devices/{key}");
    let status = async |path: &str, body| world.call(&admin, "PUT", path, Some(body)).await.status;
    assert_eq!(status(&put("new-1"), spec(HOME)).await, StatusCode::OK);
    assert_eq!(status(&put("new-2"), spec(ELSEWHERE)).await, StatusCode::NOT_FOUND);
    // Neither by moving a device of another area into one's own.
    assert_eq!(status(&put("there-valve"), spec(HOME)).await, StatusCode::NOT_FOUND);
    let removed = world.call(&admin, "DELETE", &put("there-valve"), None).await;
    assert_eq!(removed.status, StatusCode::NOT_FOUND);
    let token = world.post(&admin, "/api/v1/devices/there-valve/token", json!({})).await;
    assert_eq!(token.status, StatusCode::NOT_FOUND);

    let changes = json!({ "changes": crate::common::scene("there", HOME, false) });
    let answers = world.post(&admin, "/api/v1/registry", changes).await.json();
    let refused = answers["answers"].as_array().expect("answers");
    assert!(refused.iter().all(|answer| answer["refused"] == "forbidden"), "{answers}");

    let account = |area: u32| json!({ "account": format!("a{area}"), "name": "A", "role": "viewer", "area": area });
    let made = world.post(&admin, "/api/v1/accounts", account(HOME)).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text);
    let wide = world.post(&admin, "/api/v1/accounts", account(0)).await;
    assert_eq!(wide.status, StatusCode::FORBIDDEN);
    // The first administrator is responsible for everything: not to be seen, not to be reset.
    let reset = world.post(&admin, "/api/v1/accounts/admin/password", json!({})).await;
    assert_eq!(reset.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_simulator_touches_nothing_real() {
    let mut world = World::open().await;
    world.register("real", HOME, false).await;
    let (alarm, incident) = world.leak("real").await;
    let simulator = world.token(Role::Simulator, 0);
    for path in [
        format!("/api/v1/alarms/{alarm}/acknowledge"),
        format!("/api/v1/incidents/{incident}/take"),
        "/api/v1/devices/real-valve/token".to_owned(),
    ] {
        let response = world.post(&simulator, &path, json!({})).await;
        assert_eq!(response.status, StatusCode::FORBIDDEN, "{path}");
    }
    let notices = world.get(&simulator, "/api/v1/notices").await;
    assert_eq!(notices["items"], json!([]), "names of real people");

    // Real things are not made virtual, and no virtual people are put into a real house.
    let person = json!({ "PutPerson": { "key": "ghost", "name": "g", "phone": "1", "language": "zh",
        "area": HOME, "position": { "lon": 106.0, "lat": 38.0 }, "facility": "real-block", "room": "",
        "stair": "", "floor": 0, "needs": [] } });
    let mut changes: Vec<serde_json::Value> = crate::common::scene("real", HOME, true)
        .iter()
        .map(|change| serde_json::to_value(change).expect("json"))
        .collect();
    changes.push(person);
    let answers = world.post(&simulator, "/api/v1/registry", json!({ "changes": changes })).await;
    let answers = answers.json();
    let device_and_person = answers["answers"].as_array().expect("answers").iter().skip(4);
    for answer in device_and_person {
        assert_eq!(answer["refused"], "forbidden", "{answers}");
    }
}

#[tokio::test]
async fn the_simulator_plays_its_own_drill() {
    let mut world = World::open().await;
    world.register("virtual", HOME, true).await;
    let (alarm, incident) = world.leak("virtual").await;
    let simulator = world.token(Role::Simulator, 0);
    for path in [
        format!("/api/v1/alarms/{alarm}/acknowledge"),
        format!("/api/v1/incidents/{incident}/take"),
    ] {
        let response = world.post(&simulator, &path, json!({})).await;
        assert_eq!(response.status, StatusCode::OK, "{path}: {}", response.text);
    }
    // Registering the same again changes nothing and is no offence.
    let again = json!({ "changes": crate::common::scene("virtual", HOME, true) });
    let answers = world.post(&simulator, "/api/v1/registry", again).await.json();
    assert!(!answers.to_string().contains("refused"), "{answers}");
    assert_eq!(answers["tokens"], json!({}), "known devices keep their tokens");
    // An administrator may rehearse with a drill, and with nothing else.
    let admin = world.token(Role::Admin, 0);
    let note = format!("/api/v1/incidents/{incident}/note");
    let response = world.post(&admin, &note, json!({ "text": "rehearsal" })).await;
    assert_eq!(response.status, StatusCode::OK, "{}", response.text);
}

#[tokio::test]
async fn telephones_are_for_those_who_call() {
    let mut world = World::open().await;
    world.register("here", HOME, false).await;
    let (_, incident) = world.leak("here").await;
    let path = format!("/api/v1/notices?incident={incident}");
    let duty = world.token(Role::Duty, 0);
    let engineer = world.token(Role::Engineer, 0);
    let seen = world.get(&duty, &path).await;
    assert!(seen.to_string().contains("13900000000"), "{seen}");
    let seen = world.get(&engineer, &path).await;
    assert!(!seen.to_string().contains("13900000000"), "{seen}");
    assert!(seen.to_string().contains("resident"), "{seen}");
    // A viewer sees the incident, but not who was told.
    let viewer = world.token(Role::Viewer, 0);
    let file = world.get(&viewer, &format!("/api/v1/incidents/{incident}")).await;
    assert_eq!(file["notices"], json!([]));
    assert!(!file["alarms"].as_array().expect("alarms").is_empty());
}

#[tokio::test]
async fn refusals_are_written_into_the_audit_chain() {
    let mut world = World::open().await;
    let viewer = world.token(Role::Viewer, 0);
    let auditor = world.token(Role::Auditor, 0);
    let refused = world.call(&viewer, "GET", "/api/v1/accounts", None).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let entry = world
        .until("the entry", async |world| {
            let rows = world.get(&auditor, "/api/v1/audit").await;
            let rows = rows["items"].as_array()?.clone();
            rows.into_iter().find_map(|row| {
                let entries = row["entries"].as_array()?.clone();
                entries.into_iter().find(|entry| entry["what"] == "refused")
            })
        })
        .await;
    assert_eq!(entry["who"], "viewer-0");
    assert_eq!(entry["object"], "GET /api/v1/accounts");
    assert_eq!(entry["done"], false);
    let verdict = world.get(&auditor, "/api/v1/audit/verify").await;
    assert_eq!(verdict["ok"], true, "{verdict}");
    // Whoever is bounded to an area does not see the chain of the whole platform.
    let bounded = world.token(Role::Auditor, HOME);
    let refused = world.call(&bounded, "GET", "/api/v1/audit", None).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_event_at_the_border_is_handled_whole_and_its_people_are_seen_from_both_sides() {
    let mut world = World::open().await;
    world.register("here", HOME, false).await;
    let admin = world.token(Role::Admin, 0);
    let person = json!({ "changes": [{ "PutPerson": {
        "key": "cousin", "name": "cousin", "phone": "13900000000", "language": "zh",
        "area": ELSEWHERE, "position": { "lon": 106.27, "lat": 38.46 }, "facility": "here-block",
        "room": "2-402", "stair": "2", "floor": 4, "needs": [],
    } }] });
    assert_eq!(world.post(&admin, "/api/v1/registry", person).await.status, StatusCode::OK);
    let (_, incident) = world.leak("here").await;
    let told = async |world: &World, token: &str| {
        let notices = world.get(token, "/api/v1/notices").await;
        let notices = notices["items"].as_array().expect("notices").clone();
        notices.iter().map(|n| n["name"].as_str().expect("name").to_owned()).collect::<Vec<_>>()
    };
    let home = world.token(Role::Duty, HOME);
    let far = world.token(Role::Duty, ELSEWHERE);
    let known = told(&world, &home).await;
    assert!(known.contains(&"cousin".into()) && known.contains(&"resident".into()), "{known:?}");
    assert_eq!(told(&world, &far).await, ["cousin"]);
    let file = format!("/api/v1/incidents/{incident}");
    assert_eq!(world.call(&far, "GET", &file, None).await.status, StatusCode::NOT_FOUND);
    let all = world.get(&home, "/api/v1/notices").await;
    let number = |name: &str| {
        let found = all["items"].as_array().expect("notices").iter().find(|n| n["name"] == name);
        found.expect("a notice")["id"].clone()
    };
    let answer = async |token: &str, name: &str| {
        let path = format!("/api/v1/notices/{}/answer", number(name));
        world.post(token, &path, json!({ "state": "acknowledged" })).await.status
    };
    assert_eq!(answer(&far, "resident").await, StatusCode::NOT_FOUND);
    assert_eq!(answer(&home, "cousin").await, StatusCode::OK);
    assert_eq!(answer(&far, "cousin").await, StatusCode::OK);
}

#[tokio::test]
async fn what_the_command_line_does_to_accounts_stands_in_the_audit_chain() {
    let mut world = World::open().await;
    let api = world.server.api.clone();
    let now = api.platform.now();
    api.accounts.leave_note("account-password", "li", now).expect("store");
    helan_server::serve::audit_pending(&api).await.expect("node");
    helan_server::serve::audit_pending(&api).await.expect("node");
    let auditor = world.token(Role::Auditor, 0);
    let found = world
        .until("the entry", async |world| {
            let rows = world.get(&auditor, "/api/v1/audit").await;
            let rows = rows["items"].as_array()?.clone();
            let entries =
                rows.iter().flat_map(|row| row["entries"].as_array().expect("entries").clone());
            let own: Vec<_> = entries.filter(|entry| entry["who"] == "command-line").collect();
            (!own.is_empty()).then_some(own)
        })
        .await;
    assert_eq!(found.len(), 1, "once: {found:?}");
    let entry = found.first().expect("an entry");
    assert_eq!((&entry["what"], &entry["object"]), (&json!("account-password"), &json!("li")));
}

#[tokio::test]
async fn an_all_clear_to_the_public_takes_two_officers() {
    let mut world = World::open().await;
    world.register("here", HOME, false).await;
    let (_, incident) = world.leak("here").await;
    // The gas is gone; the rule waits a while before it says so. Maintenance of the detector ends the alarm at once.
    let engineer = world.token(Role::Engineer, HOME);
    let until = world.server.api.platform.now().0 + 600_000;
    let maintenance = json!({ "until": until, "reason": "replaced" });
    let path = "/api/v1/devices/here-detector/maintenance";
    assert_eq!(world.post(&engineer, path, maintenance).await.status, StatusCode::OK);
    let (first, second) = (world.token(Role::Duty, HOME), world.token(Role::Duty, 0));
    let path = format!("/api/v1/incidents/{incident}/all-clear");
    let clear = async |token: &str| {
        let done = world.post(token, &path, json!({ "reason": "no gas" })).await;
        let file = world.get(token, &format!("/api/v1/incidents/{incident}")).await;
        (done, file["incident"].clone())
    };
    let (asked, incident) = clear(&first).await;
    assert_eq!(asked.status, StatusCode::OK, "{}", asked.text);
    assert_eq!(incident["all_clear"], false);
    assert_eq!(incident["clear_asked"]["account"], format!("duty-{HOME}"));
    let (again, _) = clear(&first).await;
    assert_eq!(again.code(), "second-person-required");
    let (agreed, incident) = clear(&second).await;
    assert_eq!((agreed.status, &incident["all_clear"]), (StatusCode::OK, &json!(true)));
    assert!(incident["clear_asked"].is_null());
}
