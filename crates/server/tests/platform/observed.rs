//! What people saw of a danger on the ground, against what every version of its area said.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::collections::BTreeMap;

use crate::common::{ELSEWHERE, HOME, World};
use axum::http::StatusCode;
use helan_hazard::{Value as Figure, catalogue};
use helan_kernel::{
    IncidentId, Ms, Position,
    danger::{DangerArea, on_map},
};
use helan_server::{access::Role, jobs::verify};
use helan_store::desk::observed::{MOST_OBSERVED, Observed, Seen};
use serde_json::{Value, json};

const PLACE: (f64, f64) = (106.27, 38.46);
const MINUTE: i64 = 60_000;

struct Danger {
    world: World,
    duty: String,
    id: u64,
    /// Its area as the engine made it.
    area: DangerArea,
}

/// A credible call of a kind whose policy follows a model; the wind blows from the west.
async fn begin(kind: &str, policy: Option<Value>) -> Danger {
    let mut world = World::open().await;
    let duty = world.token(Role::Duty, HOME);
    if let Some(policy) = policy {
        let admin = world.token(Role::Admin, 0);
        let changes = json!({ "changes": [{ "PutPolicy": policy }] });
        let response = world.post(&admin, "/api/v1/registry", changes).await;
        assert_eq!(response.status, StatusCode::OK, "{}", response.text);
        assert!(!response.text.contains("refused"), "{}", response.text);
    }
    let place = json!({ "lon": PLACE.0, "lat": PLACE.1 });
    let wind = json!({ "key": "hill", "position": place, "area": HOME, "wind_m_s": 4.0,
        "wind_from_deg": 270.0, "temperature_c": 20.0, "minutes": 60 });
    let response = world.post(&duty, "/api/v1/weather", wind).await;
    assert_eq!(response.status, StatusCode::OK, "{}", response.text);
    let call = json!({ "kind": kind, "area": HOME, "position": place, "place": "贺兰山", "text": "报警",
        "separate": true, "credible": true });
    let call = world.post(&duty, "/api/v1/calls", call).await;
    assert_eq!(call.status, StatusCode::OK, "{}", call.text);
    let id = call.json()["incident"].as_u64().expect("incident");
    let platform = world.server.api.platform.clone();
    let area = world
        .until("the danger", async |_| {
            let ask = platform.ask(move |e| e.dangers().of(IncidentId(id)).next().cloned());
            ask.await.expect("node")
        })
        .await;
    assert_eq!(area.refused, "");
    Danger { world, duty, id, area }
}

/// The same area made so long ago, with other figures.
fn earlier(area: &DangerArea, version: u32, ago: i64, other: &[(&str, f64)]) -> DangerArea {
    let mut area = area.clone();
    for (name, figure) in other {
        area.inputs.insert((*name).to_owned(), helan_kernel::danger::Input::Number(*figure));
    }
    let given: BTreeMap<String, Figure> =
        area.inputs.iter().map(|(name, input)| (name.clone(), input.into())).collect();
    let model = catalogue::find(&area.model).expect("model");
    let report = model.answer(&given).expect("answer");
    area.levels = report.areas.iter().map(|one| on_map(area.source, one)).collect();
    area.made = Ms(area.made.0 - ago);
    area.version = version;
    area
}

fn rings(area: &DangerArea, level: &str) -> Value {
    let level = area.levels.iter().find(|known| known.level == level).expect("level");
    let ring = |ring: &Vec<Position>| -> Vec<Value> {
        ring.iter().map(|at| json!({ "lon": at.lon, "lat": at.lat })).collect()
    };
    level.rings.iter().map(ring).collect()
}

/// A place so many metres east of the source.
fn east(area: &DangerArea, metres: f64) -> Value {
    let lon = area.source.lon + metres / (111_195.0 * area.source.lat.to_radians().cos());
    json!({ "lon": lon, "lat": area.source.lat })
}

impl Danger {
    fn path(&self) -> String {
        format!("/api/v1/incidents/{}/observed", self.id)
    }

    async fn keep(&self, area: &DangerArea) {
        verify::ground::foretell(&self.world.server.api, area).await.expect("kept");
    }

    async fn tell(&self, body: Value) -> u64 {
        let told = self.world.post(&self.duty, &self.path(), body).await;
        assert_eq!(told.status, StatusCode::OK, "{}", told.text);
        told.json()["id"].as_u64().expect("number")
    }

    async fn list(&self) -> Value {
        self.world.get(&self.duty, &self.path()).await
    }

    async fn score(&self, what: &str, drill: bool) -> Option<Value> {
        let path = format!("/api/v1/forecasts?drill={drill}");
        let told = self.world.get(&self.duty, &path).await;
        let scores = told["scores"].as_array().expect("scores").iter();
        let own = |score: &&Value| score["what"] == what && score["model"] == *self.area.model;
        scores.clone().find(own).cloned()
    }

    async fn restart(mut self) -> Self {
        self.world = self.world.restart().await;
        self
    }
}

fn judged(list: &Value, observed: u64) -> Vec<Value> {
    let items = list["items"].as_array().expect("items");
    let item = items.iter().find(|item| item["id"] == observed).expect("observation");
    item["judged"].as_array().expect("judged").clone()
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

#[tokio::test]
async fn the_edge_of_a_fire_tells_the_version_that_knew_it_from_the_one_that_did_not() {
    let fire = begin("wildfire", None).await;
    // An hour and more ago: one that knew the wind, and one that took it to blow the other way.
    let good = earlier(&fire.area, 101, 61 * MINUTE, &[]);
    let bad = earlier(&fire.area, 102, 61 * MINUTE - 1, &[("wind_from_deg", 90.0)]);
    fire.keep(&good).await;
    fire.keep(&bad).await;
    verify::look(&fire.world.server.api, fire.area.made, true).await.expect("a look");
    let open = fire.score("ground", false).await.expect("kept");
    assert_eq!((&open["pairs"], &open["open"]), (&json!(0), &json!(3)), "{open}");
    assert_eq!(open["standing"], "too-few");

    let list = fire.list().await;
    assert_eq!(
        list["levels"],
        json!([{ "policy": *fire.area.policy, "model": "wildfire", "level": "burnt" }])
    );
    let at = good.made.0 + 60 * MINUTE;
    let edge = json!({ "level": "burnt", "at": at, "rings": rings(&good, "burnt-60-min"),
        "means": "drone", "note": "无人机航测" });
    let first = fire.tell(edge.clone()).await;
    let list = fire.list().await;
    let pairs = judged(&list, first);
    let versions: Vec<u64> = pairs.iter().filter_map(|pair| pair["version"].as_u64()).collect();
    assert_eq!(versions, [101, 102], "that of now says nothing of a moment before it: {list}");
    assert!(number(&pairs[0]["overlap"]) > 0.999, "{pairs:?}");
    assert!(number(&pairs[0]["missed"]) < 0.001 && number(&pairs[0]["in_vain"]) < 0.001);
    assert!(number(&pairs[1]["overlap"]) < 0.3, "{pairs:?}");
    assert!(number(&pairs[1]["missed"]) > 0.5, "whom nobody told: {pairs:?}");
    assert!(number(&pairs[1]["in_vain"]) > 0.5, "who was moved for nothing: {pairs:?}");
    assert_eq!(pairs[0]["after_s"], 3_600.0);
    assert_eq!((&pairs[0]["reference"], &pairs[0]["place"]), (&Value::Null, &Value::Null));
    let score = fire.score("ground", false).await.expect("judged");
    assert_eq!((&score["standing"], &score["pairs"]), (&json!("no-reference"), &json!(2)));
    let mean = (number(&pairs[0]["overlap"]) + number(&pairs[1]["overlap"])) / 2.0;
    assert!((number(&score["score"]) - mean).abs() < 1e-9, "{score}");
    assert_eq!((&score["form"], &score["open"]), (&json!("outline"), &json!(1)));
    // The moments between are those of the model: 42 minutes, half a minute off.
    let between = at - 18 * MINUTE + MINUTE / 2;
    let place = json!({ "level": "burnt-60-min", "at": between, "place": east(&fire.area, 30.0),
        "holds": true, "means": "eye" });
    let second = fire.tell(place).await;
    let pairs = judged(&fire.list().await, second);
    assert_eq!((&pairs[0]["after_s"], &pairs[0]["place"]), (&json!(2_520.0), &json!("hit")));

    // After a restart nothing is judged twice, and nothing is lost.
    let before = fire.list().await;
    let fire = fire.restart().await;
    verify::look(&fire.world.server.api, Ms(at + 600 * MINUTE), true).await.expect("a look");
    assert_eq!(fire.list().await, before);
    let again = fire.score("ground", false).await.expect("judged");
    assert_eq!((&again["pairs"], &again["score"]), (&json!(2), &score["score"]));
    // The forecasts tell it, too.
    let told = fire.world.get(&fire.duty, "/api/v1/forecasts?limit=100").await;
    let items = told["items"].as_array().expect("items");
    let ground: Vec<&Value> = items.iter().filter(|item| item["what"] == "ground").collect();
    let own = ground.iter().find(|item| item["version"] == 101).expect("kept");
    assert_eq!(own["ground"].as_array().map(Vec::len), Some(2), "{own}");
    assert_eq!(own["device"], format!("policy:{}", fire.area.policy));

    // What was told by mistake is corrected, and what was judged by it is judged by the other one.
    let corrected = json!({ "level": "burnt", "at": at, "rings": rings(&bad, "burnt-60-min"),
        "means": "survey", "corrects": first });
    let third = fire.tell(corrected).await;
    let list = fire.list().await;
    assert!(judged(&list, first).is_empty(), "{list}");
    let item = list["items"].as_array().expect("items").iter().find(|item| item["id"] == first);
    assert_eq!(item.expect("it stays")["withdrawn"]["corrected_by"], third);
    assert!(number(&judged(&list, third)[1]["overlap"]) > 0.999, "{list}");
    let gone = format!("{}/{third}", fire.path());
    let done = fire.world.call(&fire.duty, "DELETE", &gone, None).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.text);
    let twice = fire.world.call(&fire.duty, "DELETE", &gone, None).await;
    assert_eq!(twice.status, StatusCode::NOT_FOUND);
    let score = fire.score("ground", false).await.expect("kept");
    assert_eq!((&score["pairs"], &score["standing"]), (&json!(0), &json!("too-few")), "{score}");
}

#[tokio::test]
async fn a_model_that_says_less_than_what_was_seen_before_is_marked() {
    let fire = begin("wildfire", None).await;
    // A fire that is out and does not move, and six versions that let it run on.
    for version in 0..6 {
        let ago = 100 * MINUTE - i64::from(version);
        fire.keep(&earlier(&fire.area, 101 + version, ago, &[])).await;
    }
    let stays = rings(&fire.area, "burnt-30-min");
    let made = fire.area.made.0 - 100 * MINUTE;
    for (number, minutes) in [60, 66, 72, 78, 84].into_iter().enumerate() {
        let score = fire.score("ground", false).await;
        if number == 4 {
            let score = score.expect("judged");
            assert_eq!((&score["standing"], &score["compared"]), (&json!("too-few"), &json!(18)));
        }
        let edge = json!({ "level": "burnt", "at": made + minutes * MINUTE, "rings": stays,
            "means": "drone" });
        fire.tell(edge).await;
    }
    let score = fire.score("ground", false).await.expect("judged");
    assert_eq!((&score["pairs"], &score["compared"]), (&json!(30), &json!(24)), "{score}");
    assert_eq!((&score["standing"], &score["against"]), (&json!("worse"), &json!("persistence")));
    assert!((number(&score["reference"]) - 1.0).abs() < 1e-6, "{score}");
    assert!(number(&score["score"]) < 0.9 && number(&score["missed"]) < 0.1, "{score}");
    assert!(number(&score["in_vain"]) > 0.1, "{score}");
    assert!(fire.score("ground", true).await.is_none(), "drills are scored apart");
}

fn quake() -> Value {
    let text = |zh: &str| json!({ "zh": zh, "en": zh });
    json!({
        "key": "quake", "from_level": 0, "posts": [], "all_clear": text("解除"), "cap": null, "visit": "",
        "hazard": { "model": "quake-intensity", "inputs": { "magnitude": { "Number": 6.5 } } },
        "on_call": ["earthquake"],
        "zones": [{
            "name": text("八度区"), "action": "Leave", "wording": text("到开阔地"), "assisted": text("到开阔地"),
            "shape": { "Level": { "level": "intensity-8", "fallback_metres": 5_000.0 } },
            "ladder": [{ "channel": "Screen", "wait": 10_000 }],
        }],
    })
}

#[tokio::test]
async fn an_intensity_is_judged_place_by_place() {
    let mut quake = begin("earthquake", Some(quake())).await;
    let level = quake.area.levels.iter().find(|level| level.level == "intensity-8");
    let reach = level.expect("reached").reach_m;
    verify::look(&quake.world.server.api, quake.area.made, true).await.expect("a look");
    let made = quake.area.made.0;
    let told = |place: Value, holds: bool| {
        json!({ "policy": "quake", "level": "intensity-8", "at": made, "place": place, "holds": holds,
            "means": "survey" })
    };
    let mut seen = Vec::new();
    for (metres, holds, how) in [
        (0.5, true, "hit"),
        (0.4, false, "false-alarm"),
        (1.5, true, "miss"),
        (1.6, false, "quiet"),
    ] {
        seen.push((quake.tell(told(east(&quake.area, metres * reach), holds)).await, how));
    }
    let list = quake.list().await;
    for (id, how) in seen {
        let pairs = judged(&list, id);
        assert_eq!(pairs.len(), 1, "{list}");
        assert_eq!((&pairs[0]["place"], &pairs[0]["overlap"]), (&json!(how), &Value::Null));
        assert_eq!(pairs[0]["after_s"], Value::Null, "it holds as long as the area stands");
    }
    let score = quake.score("ground-place", false).await.expect("judged");
    let of = |name: &str| score[name].as_u64().expect("count");
    assert_eq!((of("hits"), of("misses"), of("false_alarms"), of("quiet")), (1, 1, 1, 1));
    assert!((number(&score["score"]) - 0.5).abs() < 1e-9, "{score}");
    assert_eq!(score["standing"], "no-reference");
    // Somebody looks at the first place again, later: it stays as it was, and that is the reference.
    let mut again = told(east(&quake.area, 0.5 * reach), true);
    again["at"] = json!(quake.world.server.api.platform.now().0);
    quake.tell(again).await;
    let score = quake.score("ground-place", false).await.expect("judged");
    assert_eq!((&score["compared"], &score["against"]), (&json!(1), &json!("persistence")));
    assert_eq!((&score["reference"], &score["standing"]), (&json!(0.0), &json!("too-few")));
    // After the all-clear the area stands no more: what is seen then judges nobody.
    let second = quake.world.token(Role::Duty, 0);
    for token in [&quake.duty, &second] {
        let path = format!("/api/v1/incidents/{}/all-clear", quake.id);
        quake.world.post(token, &path, json!({ "reason": "余震减弱" })).await;
    }
    let file = format!("/api/v1/incidents/{}", quake.id);
    let file = quake.world.get(&quake.duty, &file).await;
    assert_eq!(file["incident"]["all_clear"], true, "{file}");
    let now = quake.world.server.api.platform.now();
    verify::look(&quake.world.server.api, now, true).await.expect("a look");
    let mut after = told(east(&quake.area, 0.5 * reach), false);
    after["at"] = json!(quake.world.server.api.platform.now().0);
    let after = quake.tell(after).await;
    assert!(judged(&quake.list().await, after).is_empty());
}

/// A place east of the source where the intensity was reached.
fn shaken(danger: &Danger, metres: f64, at: i64) -> Value {
    json!({ "policy": "quake", "level": "intensity-8", "at": at, "place": east(&danger.area, metres),
        "holds": true, "means": "survey" })
}

/// The same as the store takes it.
fn stored(danger: &Danger, at: i64, seen: Seen) -> Observed {
    Observed {
        id: 0,
        incident: danger.id,
        area: danger.area.area,
        drill: false,
        policy: "quake".to_owned(),
        level: "intensity-8".to_owned(),
        at: Ms(at),
        seen,
        means: "survey".to_owned(),
        note: String::new(),
        by: "duty".to_owned(),
        told: Ms(at),
        withdrawn: None,
        judged: false,
    }
}

#[tokio::test]
async fn scores_do_not_depend_on_the_order_of_telling() {
    let quake = begin("earthquake", Some(quake())).await;
    let made = quake.area.made.0;
    let later = quake.tell(shaken(&quake, 100.0, made)).await;
    assert_eq!(judged(&quake.list().await, later)[0]["reference"], Value::Null);
    for (metres, at, nearer) in
        [(100.0, made - 2_000, true), (100.0, made - 1_000, true), (200.0, made - 500, false)]
    {
        let earlier = quake.tell(shaken(&quake, metres, at)).await;
        let pairs = judged(&quake.list().await, later);
        assert_eq!(pairs.len(), 1, "{pairs:?}");
        assert_eq!(pairs[0]["reference"] == earlier, nearer, "{metres} m at {at}: {pairs:?}");
    }
    let score = quake.score("ground-place", false).await.expect("judged");
    assert_eq!((&score["pairs"], &score["compared"]), (&json!(1), &json!(1)), "{score}");
}

#[tokio::test]
async fn what_was_told_is_judged_before_what_waits_and_whatever_is_damaged() {
    let quake = begin("earthquake", Some(quake())).await;
    let (desk, made) = (quake.world.server.api.desk.clone(), quake.area.made.0);
    let nowhere = Seen::Ground(vec![vec![Position { lon: f64::NAN, lat: f64::NAN }; 4]]);
    let damaged = desk.observe(&stored(&quake, made, nowhere), None).expect("kept").expect("kept");
    for metres in 0..25 {
        let lon = quake.area.source.lon + f64::from(metres) * 1e-3;
        let seen = Seen::Place { at: Position { lon, ..quake.area.source }, holds: true };
        let kept = desk.observe(&stored(&quake, made, seen), None).expect("kept");
        assert!(kept.is_some());
    }
    let told = quake.world.post(&quake.duty, &quake.path(), shaken(&quake, 50.0, made)).await;
    let told = told.json();
    assert_eq!(told["judged"], true, "{told}");
    let list = quake.list().await;
    assert_eq!(judged(&list, told["id"].as_u64().expect("number")).len(), 1, "{list}");
    let items = list["items"].as_array().expect("items");
    assert_eq!(items.len(), 26, "all that can be read");
    assert!(items.iter().all(|item| item["id"] != damaged));
    verify::look(&quake.world.server.api, Ms(made), true).await.expect("a look");
    assert!(desk.waiting_observed(100).expect("disk").is_empty(), "all but that is judged");
}

#[tokio::test]
async fn an_area_stands_until_the_all_clear_though_nobody_looked_before_the_end() {
    let quake = begin("earthquake", Some(quake())).await;
    let post = async |what: &str| {
        let path = format!("/api/v1/incidents/{}/{what}", quake.id);
        let done = quake.world.post(&quake.duty, &path, json!({ "reason": "余震减弱" })).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    };
    post("all-clear").await;
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    let between = quake.world.server.api.platform.now().0;
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    post("close").await;
    let file = format!("/api/v1/incidents/{}", quake.id);
    let closed = async |world: &World| {
        // Until the history has it nobody knows it.
        let file = world.call(&quake.duty, "GET", &file, None).await;
        (file.status == StatusCode::OK && file.json()["incident"]["state"] == "closed")
            .then_some(())
    };
    quake.world.until("the end", closed).await;
    let before = quake.tell(shaken(&quake, 100.0, quake.area.made.0)).await;
    let after = quake.tell(shaken(&quake, 100.0, between)).await;
    let list = quake.list().await;
    assert_eq!(judged(&list, before).len(), 1, "{list}");
    assert!(judged(&list, after).is_empty(), "the area stood no more: {list}");
}

#[tokio::test]
async fn only_what_was_done_stands_in_the_audit_chain() {
    let mut quake = begin("earthquake", Some(quake())).await;
    let (desk, made) = (quake.world.server.api.desk.clone(), quake.area.made.0);
    let wrong = |at: i64, corrects: Option<u64>| {
        let mut body = shaken(&quake, 100.0, at);
        body["corrects"] = json!(corrects);
        body
    };
    let none = quake.world.post(&quake.duty, &quake.path(), wrong(made, Some(99))).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND, "{}", none.text);
    let gone = format!("{}/99", quake.path());
    let none = quake.world.call(&quake.duty, "DELETE", &gone, None).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND, "{}", none.text);
    let place = quake.area.source;
    for n in 1..=MOST_OBSERVED {
        let seen = Seen::Place { at: place, holds: true };
        assert!(desk.observe(&stored(&quake, made - n, seen), None).expect("kept").is_some());
    }
    let full = quake.world.post(&quake.duty, &quake.path(), wrong(made, None)).await;
    assert_eq!((full.status, &*full.code()), (StatusCode::CONFLICT, "limit-reached"));
    assert!(full.text.contains("too many observations of one incident"), "{}", full.text);
    let told = quake.world.post(&quake.duty, &quake.path(), wrong(made, Some(1))).await;
    assert_eq!(told.status, StatusCode::OK, "it makes room: {}", told.text);

    let auditor = quake.world.token(Role::Auditor, 0);
    let number = format!("intensity-8 {}", told.json()["id"]);
    let rows = quake.world.until("the note", async |world| {
        let rows = world.get(&auditor, "/api/v1/audit").await.to_string();
        rows.contains(&number).then_some(rows)
    });
    let rows = rows.await;
    assert_eq!(rows.matches("\"observed\"").count(), 1, "{rows}");
    assert!(!rows.contains("observed-withdraw"), "{rows}");
}

#[tokio::test]
async fn what_cannot_have_been_seen_is_refused() {
    let mut fire = begin("wildfire", None).await;
    let path = fire.path();
    let now = fire.world.server.api.platform.now().0;
    let ring = rings(&fire.area, "burnt-30-min");
    let place = east(&fire.area, 0.0);
    let good = json!({ "level": "burnt", "at": now, "rings": ring, "means": "eye" });
    let with = |name: &str, value: Value| {
        let mut body = good.clone();
        body[name] = value;
        body
    };
    let corner = |east: f64, north: f64| json!({ "lon": PLACE.0 + east, "lat": PLACE.1 + north });
    let bow = json!([[corner(0.0, 0.0), corner(0.01, 0.01), corner(0.01, 0.0), corner(0.0, 0.01)]]);
    let far = json!([[corner(3.0, 0.0), corner(3.01, 0.0), corner(3.0, 0.01)]]);
    let many: Vec<Value> = (0..2_001).map(|n| corner(f64::from(n) * 1e-5, 0.0)).collect();
    for body in [
        with("rings", bow),
        with("rings", json!([])),
        with("rings", json!([[]])),
        with("rings", json!([[corner(0.0, 0.0), corner(0.01, 0.0)]])),
        with("rings", far),
        with("rings", json!([many])),
        with("at", json!(now + 10 * MINUTE)),
        with("at", json!(now - 3 * 24 * 60 * MINUTE)),
        with("level", json!("intensity-8")),
        with("policy", json!("nobody's")),
        with("place", place.clone()),
        with("holds", json!(true)),
        with("note", json!("长".repeat(2_001))),
    ] {
        let refused = fire.world.post(&fire.duty, &path, body.clone()).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{body} {}", refused.text);
        assert_eq!(refused.code(), "out-of-range", "{body}");
    }
    for body in [with("means", json!("hearsay")), with("nonsense", json!(1))] {
        let refused = fire.world.post(&fire.duty, &path, body).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text);
    }
    let refused = fire.world.post(&fire.duty, &path, with("corrects", json!(99))).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND, "{}", refused.text);
    assert_eq!(fire.list().await["items"], json!([]), "nothing of it was kept");
    // Another county does not know of it, and who only looks tells nothing.
    let elsewhere = fire.world.token(Role::Duty, ELSEWHERE);
    let foreign = fire.world.post(&elsewhere, &path, good.clone()).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND, "{}", foreign.text);
    let foreign = fire.world.call(&elsewhere, "GET", &path, None).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    let viewer = fire.world.token(Role::Viewer, HOME);
    let only = fire.world.post(&viewer, &path, good.clone()).await;
    assert_eq!(only.status, StatusCode::FORBIDDEN);
    assert_eq!(fire.world.get(&viewer, &path).await["items"], json!([]));
    let id = fire.tell(good).await;
    let gone = format!("{path}/{id}");
    let foreign = fire.world.call(&elsewhere, "DELETE", &gone, None).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    let others = fire.world.get(&elsewhere, "/api/v1/forecasts").await;
    assert_eq!(others["scores"], json!([]), "nor of how good models were elsewhere");
}
