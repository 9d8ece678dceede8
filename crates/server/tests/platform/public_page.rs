//! The page of an incident for the public, and the guidance cards.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::{path::Path, process::Command};

use crate::common::{ELSEWHERE, HOME, Response, World};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use helan_kernel::{
    Event, Position, Text,
    push::{Protective, Shape, Zone},
    registry::RegistryChange,
};
use helan_server::{access::Role, config::Config};
use serde_json::{Value, json};

/// Where the scene stands.
const MIDDLE: Position = Position { lon: 106.27, lat: 38.46 };
/// What a page may weigh in all.
const MOST_BYTES: usize = 100_000;
const HOSTILE: &str = "<img src=x onerror=a>\"'&</script>";

async fn open() -> World {
    let mut config = Config::default();
    config.channels.page.enabled = true;
    World::open_with(config, true).await
}

async fn visit(world: &World, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    world.send(request.body(Body::empty()).expect("request")).await
}

/// An outline with very many corners around the scene.
fn outline(metres: f64, corners: u32) -> Vec<Position> {
    let corner = |n: u32| {
        let angle = f64::from(n) / f64::from(corners) * std::f64::consts::TAU;
        Position {
            lon: MIDDLE.lon + metres * angle.sin() / 87_000.0,
            lat: MIDDLE.lat + metres * angle.cos() / 111_195.0,
        }
    };
    (0..=corners).map(|n| corner(n % corners)).collect()
}

/// The policy of the scene gets zones on the map: leave within 600 m, shelter within 1 500 m, and the building as before.
async fn on_the_map(world: &World, corners: u32) {
    let platform = &world.server.api.platform;
    let mut policy = platform
        .ask(|engine| engine.registry().policies.by_key("gas-household/leak").cloned())
        .await
        .expect("node")
        .expect("policy");
    let words = |zh: &str, en: &str| Text::new(zh, en);
    let zone = |name: Text, action, shape, wording| Zone {
        name,
        shape,
        action,
        wording,
        assisted: Text::default(),
        ladder: policy.zones[0].ladder.clone(),
    };
    let leave = zone(
        words("撤离区", "Leave"),
        Protective::Leave,
        Shape::Outline(vec![outline(600.0, corners)]),
        words("{place}有险情，马上离开。", "Danger at {place}: leave."),
    );
    let shelter = zone(
        words("避险区", "Shelter"),
        Protective::Shelter,
        Shape::Radius { metres: 1_500.0 },
        words("{place}有险情，关好门窗。", "Danger at {place}: close the windows."),
    );
    policy.zones.splice(0..0, [leave, shelter]);
    let change = RegistryChange::PutPolicy(policy);
    platform.act(Event::Registry(Box::new(change))).await.expect("node");
}

async fn shelter(world: &mut World, key: &str, name: &str, metres_north: f64, state: &str) {
    let steward = world.token(Role::Steward, 0);
    let at = json!([MIDDLE.lon, MIDDLE.lat + metres_north / 111_195.0]);
    let values = json!({ "shelter_class": "short", "indoors": "both", "capacity": 500, "accessible": true, "state": state });
    let order = json!({ "name": name, "address": "", "geometry": { "type": "Point", "coordinates": at },
        "values": values, "seen": 0 });
    let path = format!("/api/v1/base/objects/shelter/{key}");
    let put = world.call(&steward, "PUT", &path, Some(order)).await;
    assert_eq!(put.json()["stored"], true, "{}", put.text);
}

/// How the console learns of the page, as soon as there is one.
async fn page_of(world: &mut World, incident: u64) -> Value {
    let viewer = world.token(Role::Viewer, 0);
    let path = format!("/api/v1/incidents/{incident}/public");
    let look = async |world: &World| {
        let page = world.get(&viewer, &path).await;
        Some(page).filter(|page| !page["public_code"].is_null())
    };
    world.until("the page", look).await
}

async fn warned(world: &mut World) -> (u64, String) {
    world.register("here", HOME, false).await;
    let (_, incident) = world.leak("here").await;
    let page = page_of(world, incident).await;
    (incident, page["public_code"].as_str().expect("code").to_owned())
}

#[tokio::test]
async fn a_warning_has_a_page_that_says_what_to_do_in_one_small_response() {
    let mut world = open().await;
    // The worst that a page may have to carry.
    on_the_map(&world, 5_000).await;
    for n in 0..30_u32 {
        let name = format!("第{n}中学体育馆应急避难场所");
        shelter(&mut world, &format!("S{n}"), &name, 1_700.0 + 100.0 * f64::from(n), "ready").await;
    }
    shelter(&mut world, "IN", "危险区内的避难场所", 300.0, "open").await;
    shelter(&mut world, "FULL", "住满的避难场所", 1_600.0, "full").await;
    let (_, code) = warned(&mut world).await;
    let page = visit(&world, &format!("/w/{code}"), &[]).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.len() < MOST_BYTES, "{} bytes", page.text.len());
    assert!(page.text.starts_with("<!DOCTYPE html><html lang=\"zh-CN\">"));
    for needed in [
        "预警生效中",
        "兴庆区 7号楼",
        "立即撤离",
        "马上离开。",
        "就地避险",
        "关好门窗。",
        "事发建筑内",
        "事发地周围1.5 公里以内",
        "事发地周围600 米以内",
        "第0中学体育馆应急避难场所",
        "事发地北方向1.7 公里",
        "href=\"tel:119\"",
        "href=\"tel:120\"",
        "我在危险区内吗？",
        "不会发送给任何人",
        "北京时间",
        "<noscript>",
        "aria-live=\"assertive\"",
        "切勿",
        "有效至",
        code.get(..3).expect("six signs"),
    ] {
        assert!(page.text.contains(needed), "{needed} is missing");
    }
    for wrong in [
        "危险区内的避难场所",
        "住满的避难场所",
        "resident",
        "neighbour",
        "13900000000",
        "0951",
        "值守",
        "2-302",
    ] {
        assert!(!page.text.contains(wrong), "{wrong} is nobody's business");
    }
    // Nothing is asked of anybody else, and nothing else may run. The name of SVG looks like an address, but is none.
    let asked = page.text.replace("http://www.w3.org/2000/svg", "");
    for outside in ["src=", "@import", "url(", "http://", "https://"] {
        assert!(!asked.contains(outside), "{outside}");
    }
    let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().expect("text");
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");

    let english =
        visit(&world, &format!("/w/{code}"), &[("accept-language", "en-GB,en;q=0.9")]).await;
    assert!(english.text.contains("<html lang=\"en\">") && english.text.contains("Leave now"));
    assert!(english.text.contains("to the north of the place"));
    let chosen = visit(&world, &format!("/w/{code}?lang=zh"), &[("accept-language", "en")]).await;
    assert!(chosen.text.contains("<html lang=\"zh-CN\">"));

    // As it is sent to a phone.
    let small = visit(&world, &format!("/w/{code}"), &[("accept-encoding", "gzip")]).await;
    assert_eq!(small.headers[header::CONTENT_ENCODING], "gzip");
}

#[tokio::test]
async fn it_is_asked_again_for_nothing_until_something_changes() {
    let mut world = open().await;
    on_the_map(&world, 60).await;
    let (incident, code) = warned(&mut world).await;
    let path = format!("/w/{code}?lang=zh");
    let first = visit(&world, &path, &[]).await;
    assert_eq!(first.headers[header::CACHE_CONTROL], "public, max-age=15");
    let tag = first.headers[header::ETAG].to_str().expect("tag").to_owned();
    let again = visit(&world, &path, &[("if-none-match", &tag)]).await;
    assert_eq!((again.status, again.text.len()), (StatusCode::NOT_MODIFIED, 0));
    // Each language has its own tag.
    let english = visit(&world, &format!("/w/{code}?lang=en"), &[("if-none-match", &tag)]).await;
    assert_eq!(english.status, StatusCode::OK);

    // The all-clear turns it. Where people outside were told, two persons give it.
    let path_clear = format!("/api/v1/incidents/{incident}/all-clear");
    let engineer = world.token(Role::Engineer, HOME);
    let until = world.server.api.platform.now().0 + 600_000;
    let maintenance = json!({ "until": until, "reason": "replaced" });
    let detector = "/api/v1/devices/here-detector/maintenance";
    assert_eq!(world.post(&engineer, detector, maintenance).await.status, StatusCode::OK);
    for area in [0, HOME] {
        let duty = world.token(Role::Duty, area);
        let done = world.post(&duty, &path_clear, json!({ "reason": "测过，正常" })).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    }
    let look = async |world: &World| {
        let page = visit(world, &path, &[("if-none-match", &tag)]).await;
        Some(page).filter(|page| page.status == StatusCode::OK)
    };
    let clear = world.until("the all-clear", look).await;
    assert!(
        clear.text.contains("state clear") && clear.text.contains("警报解除"),
        "{}",
        clear.text
    );
    assert!(clear.text.contains("可以返回"), "what the policy says at the end");
    assert!(!clear.text.contains("立即撤离 ·"), "nobody is told to leave any more");
    let json = visit(&world, &format!("/w/{code}.json"), &[]).await.json();
    assert_eq!(
        (&json["state"], &json["features"]),
        (
            &json!("clear"),
            &json!([{
        "type": "Feature", "geometry": { "type": "Point", "coordinates": [106.27, 38.46] },
        "properties": { "role": "source" } }])
        )
    );
}

#[tokio::test]
async fn a_drill_has_no_page_for_the_public() {
    let mut world = open().await;
    world.register("drill", HOME, true).await;
    let (_, incident) = world.leak("drill").await;
    let told = page_of(&mut world, incident).await;
    assert_eq!(told["public"], false);
    let code = told["public_code"].as_str().expect("code").to_owned();
    for path in [format!("/w/{code}"), format!("/w/{code}.json")] {
        let page = visit(&world, &path, &[]).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert!(!page.text.contains("演练") && !page.text.contains("7号楼"), "{}", page.text);
        let forged = visit(&world, &path, &[("cookie", "helan_session=nobody")]).await;
        assert_eq!(forged.status, StatusCode::NOT_FOUND);
    }
    // Whoever is signed in sees it, marked, and nobody between keeps it; whoever answers for another county does not.
    let viewer = world.token(Role::Viewer, HOME);
    let page = world.call(&viewer, "GET", &format!("/w/{code}"), None).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("这是演练"), "{}", page.text);
    assert_eq!(page.headers[header::CACHE_CONTROL], "private, no-store");
    let other = world.token(Role::Viewer, ELSEWHERE);
    let page = world.call(&other, "GET", &format!("/w/{code}"), None).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    let hidden =
        world.call(&other, "GET", &format!("/api/v1/incidents/{incident}/public"), None).await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_closed_channel_shows_nothing_to_the_public() {
    let mut world = World::open().await;
    let (incident, code) = warned(&mut world).await;
    assert_eq!(visit(&world, &format!("/w/{code}"), &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(page_of(&mut world, incident).await["public"], false);
    let viewer = world.token(Role::Viewer, 0);
    let page = world.call(&viewer, "GET", &format!("/w/{code}"), None).await;
    assert!(page.text.contains("尚未向公众公布"), "{}", page.text);
    assert_eq!(visit(&world, "/cards/fire", &[]).await.status, StatusCode::OK, "cards are open");
}

#[tokio::test]
async fn hostile_names_stay_names() {
    let mut world = open().await;
    on_the_map(&world, 60).await;
    shelter(&mut world, "S1", HOSTILE, 2_000.0, "ready").await;
    let admin = world.token(Role::Admin, 0);
    world.register("here", HOME, false).await;
    let block = json!({ "changes": [{ "PutFacility": { "key": "here-block", "kind": "apartment-block", "name": HOSTILE,
        "area": HOME, "position": { "lon": MIDDLE.lon, "lat": MIDDLE.lat }, "address": "{link}", "post": "here-grid" } }] });
    assert_eq!(world.post(&admin, "/api/v1/registry", block).await.status, StatusCode::OK);
    let (_, incident) = world.leak("here").await;
    let told = page_of(&mut world, incident).await;
    let code = told["public_code"].as_str().expect("code");
    for lang in ["zh", "en"] {
        let page = visit(&world, &format!("/w/{code}?lang={lang}"), &[]).await;
        assert!(page.text.contains("&lt;img src=x onerror=a&gt;"), "{}", page.text);
        assert!(!page.text.contains("<img"));
        // Scripts: that of the page and its data, whatever the names hold.
        assert_eq!(page.text.matches("<script").count(), 2);
        assert_eq!(page.text.matches("</script>").count(), 2);
        let data = page.text.split("id=\"d\" type=\"application/json\">").nth(1).expect("data");
        let data: Value =
            serde_json::from_str(data.split("</script>").next().expect("end")).expect("JSON");
        assert_eq!(data["sh"][0][0], HOSTILE);
        assert_eq!(data["pl"][0][0], format!("{{link}} {HOSTILE}"));
    }
    let json = visit(&world, &format!("/w/{code}.json"), &[]).await.json();
    assert_eq!(json["place"], format!("{{link}} {HOSTILE}"));
    for path in [
        format!("/w/{}", HOSTILE.replace('/', "")),
        "/w/%3Cscript%3E".into(),
        "/w/..%2f..%2fetc".into(),
        format!("/w/{}", "A".repeat(5_000)),
    ] {
        let path: String =
            path.chars().filter(|c| c.is_ascii_graphic() && !"<>\"".contains(*c)).collect();
        let page = visit(&world, &path, &[]).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert!(!page.text.contains("onerror"), "{path}");
    }
}

#[tokio::test]
async fn codes_are_found_as_people_type_them_and_guessing_is_slowed() {
    let mut world = open().await;
    let (_, code) = warned(&mut world).await;
    let (first, second) = code.split_at(3);
    let typed = format!("/w?code={}+{second}&lang=en", first.to_lowercase());
    let sent = visit(&world, &typed, &[]).await;
    assert_eq!(sent.headers[header::LOCATION], format!("/w/{code}?lang=en"));
    let small = visit(&world, &format!("/w/{}", code.to_lowercase()), &[]).await;
    assert_eq!(small.headers[header::LOCATION], format!("/w/{code}?lang=zh"));
    let field = visit(&world, "/w", &[]).await;
    assert_eq!(field.status, StatusCode::OK);
    assert!(field.text.contains("name=\"code\""));
    let mut seen = std::collections::BTreeSet::new();
    for n in 0..200_u32 {
        let signs = b"23456789ACDEFGHJKMNPRTWX";
        let sign = |place: u32| char::from(signs[((n >> place) % 8) as usize]);
        let guess: String = [0, 3, 6, 0, 3, 6].into_iter().map(sign).collect();
        let page = visit(&world, &format!("/w/{guess}?lang=en"), &[]).await;
        assert!(
            page.text.contains("call 119, 120 or 110"),
            "who is in danger is told whom to call"
        );
        seen.insert(page.status.as_u16());
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [404, 429]);
}

#[tokio::test]
async fn other_programs_read_it_as_geojson() {
    let mut world = open().await;
    on_the_map(&world, 60).await;
    shelter(&mut world, "S1", "体育馆", 2_000.0, "open").await;
    let (_, code) = warned(&mut world).await;
    let page = visit(&world, &format!("/w/{code}.json"), &[("host", "helan.example")]).await;
    assert_eq!(page.headers[header::CONTENT_TYPE], "application/geo+json");
    assert_eq!(page.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    let json = page.json();
    assert_eq!(json["type"], "FeatureCollection");
    assert_eq!(json["url"], format!("http://helan.example/w/{code}"));
    assert_eq!((&json["state"], &json["drill"]), (&json!("active"), &json!(false)));
    let features = json["features"].as_array().expect("features");
    let of = |role: &str| -> Vec<&Value> {
        features.iter().filter(|f| f["properties"]["role"] == role).collect()
    };
    let zones = of("zone");
    assert_eq!(zones[0]["properties"]["action"], "leave");
    let leave = &zones[0]["geometry"]["coordinates"][0][0];
    let ring = leave.as_array().expect("ring");
    assert_eq!((ring.len(), &ring[0]), (61, &ring[60]), "closed");
    assert!(zones.iter().any(|z| z["properties"]["radius_m"] == 1_500.0));
    assert_eq!(of("shelter")[0]["properties"]["name"], "体育馆");
    assert_eq!(of("source").len(), 1);
}

#[tokio::test]
async fn cards_are_read_printed_and_kept() {
    let world = open().await;
    let index = visit(&world, "/cards?lang=zh", &[]).await;
    for key in ["toxic-gas", "gas-leak", "fire", "flood", "earthquake", "wildfire", "sandstorm"] {
        assert!(index.text.contains(&format!("href=\"/cards/{key}?lang=zh\"")), "{key}");
        for lang in ["zh", "en"] {
            let card =
                visit(&world, &format!("/cards/{key}?lang={lang}"), &[("host", "helan.example")])
                    .await;
            assert_eq!(card.status, StatusCode::OK);
            assert!(card.text.len() < MOST_BYTES, "{key}: {}", card.text.len());
            assert_eq!(card.text.matches("<article class=\"card\">").count(), 2, "two on a sheet");
            assert!(
                card.text.contains("class=\"qr\"")
                    && card.text.contains("tel:119") | card.text.contains("tel:110")
            );
            assert!(card.text.contains(if lang == "zh" { "依据：" } else { "Based on: " }));
            let policy = card.headers[header::CONTENT_SECURITY_POLICY].to_str().expect("text");
            assert!(!policy.contains("unsafe"), "{policy}");
        }
    }
    // The code of the incident goes into the QR code; whatever is none does not.
    let plain = visit(&world, "/cards/fire", &[]).await.text;
    let with = visit(&world, "/cards/fire?w=acd-efg", &[]).await.text;
    let bad = visit(&world, "/cards/fire?w=%3Cscript%3E", &[]).await.text;
    assert!(
        with.contains("扫码查看本次险情") && with.contains("href=\"/w/ACDEFG?lang=zh\""),
        "{with}"
    );
    assert_eq!(bad, plain);
    assert_eq!(visit(&world, "/cards/dragons", &[]).await.status, StatusCode::NOT_FOUND);
    let worker = visit(&world, "/w/sw.js", &[]).await;
    assert_eq!(worker.headers["service-worker-allowed"], "/");
    assert!(worker.text.contains("x-kept"));
}

#[tokio::test]
async fn an_incident_without_a_warning_has_no_page() {
    let mut world = open().await;
    let duty = world.token(Role::Duty, 0);
    let call = json!({ "kind": "odd-smell", "area": HOME, "place": "某处", "caller": "", "contact": "", "text": "有异味" });
    let taken = world.post(&duty, "/api/v1/calls", call).await;
    let incident = taken.json()["incident"].as_u64().expect("incident");
    let page = world.get(&duty, &format!("/api/v1/incidents/{incident}/public")).await;
    assert_eq!((&page["public_code"], &page["public"]), (&Value::Null, &json!(false)));
}

#[test]
fn the_arithmetic_on_the_phone_is_right() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/place.test.mjs");
    let ran = Command::new("node").arg("--test").arg(file).output();
    let Ok(ran) = ran else {
        eprintln!("SKIP the_arithmetic_on_the_phone_is_right (no node)");
        return;
    };
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
}
