//! From an alarm to a decision over HTTP: an ammonia tank leaks, the wind blows to the east; who is inside, who gets out which way, who is
//! fetched, who had better stay, what the plan says; then the wind turns, a road closes, and all of it follows.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use crate::common::{ELSEWHERE, HOME, World};
use axum::http::StatusCode;
use helan_kernel::{Ms, Quality, Reading};
use helan_server::access::Role;
use serde_json::{Value, json};

/// Where the tank stands.
pub const TANK: (f64, f64) = (106.30, 38.46);

pub struct Leak {
    pub world: World,
    pub duty: String,
    pub id: u64,
}

/// So many metres east and north of the tank.
pub fn at(east: f64, north: f64) -> (f64, f64) {
    (TANK.0 + east / 87_060.0, TANK.1 + north / 111_195.0)
}

pub fn place((lon, lat): (f64, f64)) -> Value {
    json!({ "lon": lon, "lat": lat })
}

/// A street from west to east by the tank, two streets that lead away from it to the north and to the south, shelters at all ends, homes
/// along it, a bus and an ambulance.
async fn town(world: &mut World) {
    let all = world.token(Role::Steward, 0);
    world.road(&all, "street-w", &[at(-6_000.0, 0.0), at(-60.0, 0.0)]).await;
    world.road(&all, "street-t", &[at(-60.0, 0.0), at(60.0, 0.0)]).await;
    world.road(&all, "street-m", &[at(60.0, 0.0), at(700.0, 0.0)]).await;
    world.road(&all, "street-e", &[at(700.0, 0.0), at(6_000.0, 0.0)]).await;
    world.road(&all, "north", &[at(700.0, 0.0), at(700.0, 5_000.0)]).await;
    world.road(&all, "south", &[at(700.0, 0.0), at(700.0, -5_000.0)]).await;
    for (key, place) in
        [("w", at(-5_500.0, 0.0)), ("n", at(700.0, 4_800.0)), ("s", at(700.0, -4_800.0))]
    {
        let shelter = json!({ "shelter_class": "short", "indoors": "indoor", "capacity": 2_000, "state": "ready" });
        world.put(&all, &format!("shelter/{key}"), &[place], shelter).await;
    }
    for (key, place, people) in [("near", at(120.0, 10.0), 40), ("far", at(690.0, 15.0), 200)] {
        let home = json!({ "floors": 6, "exits": 2, "stairs": 2, "people_day": people, "people_night": people });
        world.put(&all, &format!("residential-building/{key}"), &[place], home).await;
    }
    // The record of the building in which the leak is.
    let mall = json!({ "floors": 4, "capacity": 400, "exits": 2, "stairs": 1 });
    world.put(&all, "mall/cold-store", &[TANK], mall).await;
    let bus = json!({ "plate": "宁A1", "vehicle_kind": "bus", "owner": "公交", "seats": 40, "state": "ready" });
    world.put(&all, "vehicle/bus", &[at(-5_000.0, 0.0)], bus).await;
    let ambulance =
        json!({ "plate": "宁A2", "vehicle_kind": "ambulance", "owner": "急救", "state": "ready" });
    world.put(&all, "vehicle/ambulance", &[at(-5_200.0, 0.0)], ambulance).await;
}

/// The tank with its detector, the one who works there, and three who live near: two of them cannot leave unaided, one lives alone.
async fn plant(world: &mut World) {
    let admin = world.token(Role::Admin, 0);
    let device = |key: &str, facts: Value| {
        json!({ "PutDevice": {
            "key": key, "profile": "ammonia-detector", "name": "", "area": HOME, "position": place(TANK),
            "facility": "cold-store", "room": "", "stair": "", "floor": 0, "post": "safety", "camera": "",
            "gateway": "", "attributes": facts, "drill": false,
        } })
    };
    let person = |key: &str, at: (f64, f64), needs: Value| {
        json!({ "PutPerson": { "key": key, "name": key, "phone": "", "language": "zh", "area": HOME,
            "position": place(at), "facility": "", "room": "", "stair": "", "floor": 1, "needs": needs } })
    };
    let changes = json!([
        { "PutFacility": { "key": "cold-store", "kind": "chemical-plant", "name": "冷库", "area": HOME,
            "position": place(TANK), "address": "兴庆区", "post": "safety" } },
        { "PutPost": { "key": "safety", "role": "enterprise-safety", "name": "安全值班", "area": HOME,
            "facility": "cold-store", "position": null, "person": "值守", "phone": "", "deputy": "" } },
        person("walks", at(120.0, 10.0), json!([])),
        person("lies", at(690.0, 15.0), json!(["wheelchair"])),
        person("lone", at(-200.0, 5.0), json!(["wheelchair"])),
        device("tank", json!({ "hazard.mass_kg": "20000", "hazard.hole_m": "0.02" })),
        device("nose", json!({})),
    ]);
    let response = world.post(&admin, "/api/v1/registry", json!({ "changes": changes })).await;
    assert_eq!(response.status, StatusCode::OK, "{}", response.text);
    for answer in response.json()["answers"].as_array().expect("answers") {
        assert!(answer.get("refused").is_none(), "{}", response.text);
    }
}

impl Leak {
    pub async fn begin() -> Self {
        let mut world = World::open().await;
        town(&mut world).await;
        plant(&mut world).await;
        let duty = world.token(Role::Duty, HOME);
        world.roads_known(&duty, at(-5_500.0, 0.0), at(700.0, 4_800.0)).await;
        let mut leak = Self { world, duty, id: 0 };
        leak.wind(270.0).await;
        let platform = &leak.world.server.api.platform;
        let point = platform
            .ask(|engine| {
                let registry = engine.registry();
                registry.point(registry.devices.by_key("nose")?, "nh3")
            })
            .await
            .expect("node")
            .expect("point");
        let now = platform.now().0;
        let reading = |n: i64| Reading {
            point,
            at: Ms(now - 12_000 + n * 2_000),
            value: 120.0,
            quality: Quality::Good,
        };
        platform.read((0..6).map(reading).collect()).await.expect("node");
        leak.id = leak
            .world
            .until("the incident", async |world| {
                let open = world.get(&leak.duty, "/api/v1/incidents").await;
                open["items"].as_array()?.first()?["id"].as_u64()
            })
            .await;
        leak
    }

    /// Somebody writes the wind down.
    async fn wind(&self, from_deg: f64) {
        let body = json!({ "key": "plant", "position": place(TANK), "area": HOME, "wind_m_s": 4.0,
            "wind_from_deg": from_deg, "temperature_c": 20.0, "minutes": 60 });
        let response = self.world.post(&self.duty, "/api/v1/weather", body).await;
        assert_eq!(response.status, StatusCode::OK, "{}", response.text);
    }

    pub async fn get(&self, what: &str) -> Value {
        self.world.get(&self.duty, &format!("/api/v1/incidents/{}/{what}", self.id)).await
    }

    pub async fn post(&self, what: &str, body: Value) -> crate::common::Response {
        self.world.post(&self.duty, &format!("/api/v1/incidents/{}/{what}", self.id), body).await
    }

    /// Asks until the answer is as it must be: what is held follows the records a moment later.
    pub async fn response(&self, good: impl Fn(&Value) -> bool) -> Value {
        self.world
            .until("the response", async |_| {
                let answer = self.get("response").await;
                good(&answer).then_some(answer)
            })
            .await
    }
}

/// The block of homes whose middle is nearest to a place.
pub fn block(response: &Value, (lon, lat): (f64, f64)) -> &Value {
    let far = |block: &&Value| {
        let at = &block["at"];
        (at["lon"].as_f64().expect("lon") - lon).hypot(at["lat"].as_f64().expect("lat") - lat)
    };
    let mut blocks: Vec<&Value> = response["blocks"].as_array().expect("blocks").iter().collect();
    blocks.sort_by(|a, b| far(a).total_cmp(&far(b)));
    blocks.first().expect("a block")
}

/// Whether a way crosses the tank's street west of the tank: past the leak.
pub fn passes_the_tank(block: &Value) -> bool {
    let line = block["line"]["coordinates"].as_array().expect("line");
    line.iter().any(|at| at[0].as_f64().is_some_and(|lon| lon < TANK.0))
}

pub fn people(response: &Value) -> u64 {
    response["blocks"].as_array().expect("blocks").iter().filter_map(|b| b["people"].as_u64()).sum()
}

#[tokio::test]
async fn everybody_inside_gets_a_way_that_does_not_lead_past_the_leak() {
    let leak = Leak::begin().await;
    let response = leak.response(|answer| people(answer) >= 240).await;
    let near = block(&response, at(120.0, 10.0));
    assert_eq!(near["action"], "leave", "{response}");
    assert!(near["left"].as_array().is_some_and(Vec::is_empty), "{near}");
    assert!(near["shelter"].is_string() && near["cleared_min"].as_f64() > Some(0.0), "{near}");
    // What lies downwind leads on along the street, and then across the wind to the north or the south: never back past the tank.
    assert!(!passes_the_tank(near), "{near}");
    assert!(["n", "s"].map(|key| json!(key)).contains(&near["shelter"]), "{near}");
    // Shelters do not get more than they hold, and those who get people are named.
    for shelter in response["shelters"].as_array().expect("shelters") {
        assert!(shelter["gets"].as_u64() <= shelter["free"].as_u64(), "{shelter}");
    }
    // The plan says what the gas does: the model took it for dense, the table for poison.
    let facts = &response["plan"]["facts"];
    for name in ["substance.dense", "substance.toxic", "substance.flammable"] {
        assert_eq!(facts[name]["value"]["en"], "yes", "{name}: {facts}");
    }
    // The building: one stair; in smoke it leaves three floors of four inside.
    let building = &response["building"];
    assert_eq!((&building["key"], &building["stairs"]), (&json!("cold-store"), &json!(1)));
    assert_eq!((&building["smoke_min"], &building["trapped"]), (&Value::Null, &json!(300.0)));
    assert!(building["out_min"].as_f64() > Some(1.0), "{building}");
    // Next to the tank gas may burn: nobody is told to stay. Farther away the figures are there.
    assert!(near["stay"].is_null(), "{near}");
    let far = block(&response, at(690.0, 15.0));
    let stay = &far["stay"];
    assert!(["stay", "leave", "even"].map(|w| json!(w)).contains(&stay["better"]), "{far}");
    assert!(stay["stay_peak_ppm"].as_f64() > Some(0.0), "{stay}");
    // Its way ends where the shelter stands, not where the road does.
    let line = far["line"]["coordinates"].as_array().expect("line");
    let end = line.last().and_then(|at| at[1].as_f64()).expect("latitude");
    assert!(((end - TANK.1).abs() - 4_800.0 / 111_195.0).abs() < 1e-4, "{far}");
    // The wind turns to the west: the same homes are now upwind of the leak, whoever lives there is no longer told to leave for the gas.
    leak.wind(90.0).await;
    let turned = leak
        .response(|answer| {
            let far = block(answer, at(690.0, 15.0));
            far["at"]["lon"].as_f64().is_none_or(|lon| (lon - at(690.0, 0.0).0).abs() > 0.003)
                || far["action"] != near["action"]
        })
        .await;
    assert_ne!(people(&turned), 0, "who is within the circle around the leak still leaves");
}

#[tokio::test]
async fn who_cannot_walk_is_fetched_where_vehicles_may_go_and_else_it_is_said() {
    let leak = Leak::begin().await;
    let response = leak.response(|answer| people(answer) >= 240).await;
    let blocks = response["blocks"].as_array().expect("blocks");
    let leaving: Vec<&Value> = blocks.iter().filter(|block| block["action"] == "leave").collect();
    let cannot: u64 = leaving.iter().filter_map(|block| block["cannot_walk"].as_u64()).sum();
    assert!(cannot >= 2, "who lies and who lives alone: {response}");
    let left = leaving.iter().filter_map(|block| block["left"].as_array()).flatten();
    assert!(left.clone().any(|left| left["why"] == "no-vehicle"), "life is threatened: {response}");
    for block in leaving {
        let cannot = block["cannot_walk"].as_u64().expect("count");
        let fetched: u64 = block["trips"]
            .as_array()
            .expect("trips")
            .iter()
            .filter(|trip| trip["lifted"] == true)
            .filter_map(|trip| trip["people"].as_u64())
            .sum();
        let left: u64 = block["left"]
            .as_array()
            .expect("left")
            .iter()
            .filter(|left| left["why"] == "no-vehicle")
            .filter_map(|left| left["people"].as_u64())
            .sum();
        assert_eq!(fetched + left, cannot, "nobody is forgotten: {block}");
        // Whoever can walk does, where no bus may come.
        let others = block["left"].as_array().expect("left").iter();
        assert_eq!(others.filter(|left| left["why"] != "no-vehicle").count(), 0, "{block}");
    }
}

/// A shop at the street whose guests shall leave after a credible call: nothing there threatens the life of whoever comes to fetch
/// them. One lives in it, as the register of people says, and cannot leave unaided; of the others only the register of buildings knows.
pub async fn shop() -> Leak {
    let mut world = World::open().await;
    town(&mut world).await;
    let all = world.token(Role::Steward, 0);
    let home =
        json!({ "floors": 6, "exits": 2, "stairs": 2, "people_day": 60, "people_night": 60 });
    world.put(&all, "residential-building/corner", &[at(400.0, 12.0)], home).await;
    let admin = world.token(Role::Admin, 0);
    let changes = json!([
        { "PutFacility": { "key": "shop", "kind": "restaurant", "name": "烧烤店", "area": HOME,
            "position": place(at(400.0, 12.0)), "address": "兴庆区", "post": "" } },
        { "PutPost": { "key": "repair", "role": "gas-repair", "name": "燃气抢修", "area": HOME,
            "facility": "", "position": null, "person": "值守", "phone": "", "deputy": "" } },
        { "PutPerson": { "key": "owner", "name": "owner", "phone": "", "language": "zh", "area": HOME,
            "position": place((0.0, 0.0)), "facility": "shop", "room": "", "stair": "", "floor": 1,
            "needs": ["wheelchair"] } },
    ]);
    let response = world.post(&admin, "/api/v1/registry", json!({ "changes": changes })).await;
    assert_eq!(response.status, StatusCode::OK, "{}", response.text);
    for answer in response.json()["answers"].as_array().expect("answers") {
        assert!(answer.get("refused").is_none(), "{}", response.text);
    }
    let duty = world.token(Role::Duty, HOME);
    world.roads_known(&duty, at(-5_500.0, 0.0), at(700.0, 4_800.0)).await;
    let body = json!({ "kind": "gas-leak-restaurant", "area": HOME, "position": place(at(400.0, 12.0)),
        "place": "烧烤店", "facility": "shop", "text": "报警", "separate": true, "credible": true });
    let call = world.post(&duty, "/api/v1/calls", body).await;
    assert_eq!(call.status, StatusCode::OK, "{}", call.text);
    let id = call.json()["incident"].as_u64().expect("incident");
    Leak { world, duty, id }
}

#[tokio::test]
async fn a_bus_and_an_ambulance_fetch_those_who_cannot_go_by_themselves() {
    let leak = shop().await;
    let response = leak.response(|answer| people(answer) >= 60).await;
    let block = block(&response, at(400.0, 12.0));
    // Without a place of their own people are where their facility is.
    assert_eq!((&block["action"], &block["cannot_walk"]), (&json!("leave"), &json!(1)), "{block}");
    let trips = block["trips"].as_array().expect("trips");
    let by = |key: &str, lifted: bool| {
        let own = trips.iter().filter(|trip| trip["key"] == key && trip["lifted"] == lifted);
        own.filter_map(|trip| trip["people"].as_u64()).sum::<u64>()
    };
    assert_eq!(by("ambulance", true), 1, "{block}");
    assert!(by("bus", false) > 0, "{block}");
    assert!(block["left"].as_array().is_some_and(Vec::is_empty), "{block}");
}

#[tokio::test]
async fn who_is_known_by_registers_only_is_out_when_a_person_says_so() {
    let leak = shop().await;
    leak.response(|answer| people(answer) >= 60).await;
    let out = async || {
        let answer = leak.get("response").await;
        answer["plan"]["facts"]["people.evacuated"].clone()
    };
    let notices =
        async || leak.world.get(&leak.duty, &format!("/api/v1/notices?incident={}", leak.id)).await;
    // The one who was told answers. Nobody told the sixty of the register one by one.
    let told = notices().await;
    for notice in told["items"].as_array().expect("notices") {
        if notice["action"] == "leave" && notice["party"] == "person" {
            let path = format!("/api/v1/notices/{}/answer", notice["id"]);
            let answered =
                leak.world.post(&leak.duty, &path, json!({ "state": "acknowledged" })).await;
            assert_eq!(answered.status, StatusCode::OK, "{}", answered.text);
        }
    }
    let file = leak.world.get(&leak.duty, &format!("/api/v1/incidents/{}", leak.id)).await;
    let roll = json!({ "told": 1, "safe": 1, "help": 0, "missing": 0, "waiting": 0 });
    assert_eq!(file["roll"], roll, "{file}");
    assert_eq!(
        (&file["notices_hidden"], &file["notices_truncated"]),
        (&json!(false), &json!(false))
    );
    assert_eq!(out().await["value"]["en"], "no");
    let task = json!({ "posts": ["repair"], "text": "进店关阀", "on_site": true });
    let refused = leak.post("tasks", task.clone()).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::CONFLICT, "people-first".to_owned()));
    let confirmed = leak.post("evacuated", json!({ "reason": "店长清点" })).await;
    assert_eq!(confirmed.status, StatusCode::OK, "{}", confirmed.text);
    let said = out().await;
    assert_eq!(said["value"]["en"], "yes");
    assert_eq!(said["source"]["kind"], "person");
    let taken = leak.post("tasks", task).await;
    assert_eq!(taken.status, StatusCode::OK, "{}", taken.text);
}

#[tokio::test]
async fn what_crews_report_is_in_the_plan_and_asks_for_its_level() {
    let leak = shop().await;
    let order = json!({ "kind": "vehicle", "key": "bus", "incident": leak.id, "task": "转运" });
    let ordered = leak.world.post(&leak.duty, "/api/v1/forces/orders", order).await;
    assert_eq!(ordered.status, StatusCode::OK, "{}", ordered.text);
    let number = ordered.json()["id"].as_u64().expect("number");
    let path = format!("/api/v1/forces/orders/{number}/steps");
    for body in [
        json!({ "step": "accept" }),
        json!({ "step": "depart" }),
        json!({ "step": "arrive" }),
        json!({ "step": "finish", "people": { "rescued": 3, "injured": 40, "dead": 30 } }),
    ] {
        let response = leak.world.post(&leak.duty, &path, body).await;
        assert_eq!(response.status, StatusCode::NO_CONTENT, "{}", response.text);
    }
    let plan = leak.get("response").await["plan"].clone();
    assert_eq!(plan["facts"]["harm.dead"]["value"]["zh"], "30", "{plan}");
    assert_eq!(plan["facts"]["harm.hurt"]["value"]["zh"], "40", "{plan}");
    assert_eq!(plan["level"], "I", "thirty dead: Order 493, article 3: {plan}");
}

#[tokio::test]
async fn whoever_may_not_see_people_sees_no_home_of_one() {
    let mut leak = Leak::begin().await;
    let viewer = leak.world.token(Role::Viewer, HOME);
    let exact = leak.response(|answer| people(answer) >= 240).await;
    let lone = block(&exact, at(-200.0, 5.0));
    assert_eq!((&lone["people"], &lone["cannot_walk"]), (&json!(1), &json!(1)), "{lone}");
    let path = format!("/api/v1/incidents/{}", leak.id);
    let seen = leak.world.get(&viewer, &format!("{path}/response")).await;
    let lone = block(&seen, at(-200.0, 5.0));
    assert_eq!((&lone["people"], &lone["cannot_walk"]), (&json!(10), &json!(0)), "{lone}");
    assert!(lone["trips"].as_array().is_some_and(Vec::is_empty), "{lone}");
    assert!(lone["left"].as_array().is_some_and(Vec::is_empty), "{lone}");
    assert_ne!(lone["at"], place(at(-200.0, 5.0)));
    let told = seen["defects"].as_array().expect("defects");
    assert!(told.iter().any(|defect| defect["what"] == "few-hidden"), "{seen}");
    // Who was told is not for them either, but how many.
    let file = leak.world.get(&viewer, &path).await;
    assert_eq!(file["notices_hidden"], json!(true));
    assert!(file["notices"].as_array().is_some_and(Vec::is_empty));
    assert!(file["roll"]["told"].as_u64() >= Some(2), "{}", file["roll"]);
}

#[tokio::test]
async fn asking_what_if_and_drafting_the_plan_change_nothing_and_tasks_wait_for_people() {
    let leak = Leak::begin().await;
    let before = leak.get("danger").await;
    let asked = leak.post("what-if", json!({ "inputs": { "wind_from_deg": 180.0 } })).await;
    assert_eq!(asked.status, StatusCode::OK, "{}", asked.text);
    assert!(asked.json()["levels"].as_array().is_some_and(|levels| !levels.is_empty()));
    assert_eq!(leak.get("danger").await["now"], before["now"]);
    for (inputs, detail) in [
        (json!({ "mass_kg": -1.0 }), "mass_kg"),
        (json!({ "substance": "浊气" }), "浊气"),
        (json!({ "wind_m_s": 2_000.0 }), "wind_m_s"),
        (json!({ "nonsense": 1.0 }), "nonsense"),
    ] {
        let refused = leak.post("what-if", json!({ "inputs": inputs })).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text);
        assert!(refused.text.contains(detail), "{}", refused.text);
    }
    // A storm and no wind at all are no error: circles, and a warning.
    for wind in [0.0, 200.0] {
        let calm = leak.post("what-if", json!({ "inputs": { "wind_m_s": wind } })).await;
        assert_eq!(calm.status, StatusCode::OK, "{}", calm.text);
        let calm = calm.json();
        assert!(!calm["report"]["warnings"].as_array().expect("warnings").is_empty(), "{calm}");
        assert!(!calm["levels"][0]["geometry"].is_null(), "{calm}");
    }
    // The plan: every line says where it comes from, protection first.
    let plan = leak.get("plan").await;
    let lines = plan["lines"].as_array().expect("lines");
    assert!(lines.len() > 10, "{plan}");
    // A task on site waits until people are out.
    let task = json!({ "posts": ["safety"], "text": "关阀", "on_site": true });
    let refused = leak.post("tasks", task.clone()).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::CONFLICT, "people-first".to_owned()));
    let out = leak.post("evacuated", json!({ "reason": "挨户确认" })).await;
    assert_eq!(out.status, StatusCode::OK, "{}", out.text);
    let taken = leak.post("tasks", task).await;
    assert_eq!(taken.status, StatusCode::OK, "{}", taken.text);
}

#[tokio::test]
async fn a_closed_road_changes_the_way_and_opening_it_restores_it() {
    let leak = Leak::begin().await;
    leak.response(|answer| people(answer) >= 240).await;
    let ask =
        json!({ "class": "car", "from": place(at(2_000.0, 0.0)), "to": place(at(700.0, 4_800.0)) });
    let way = async || leak.world.post(&leak.duty, "/api/v1/roads/way", ask.clone()).await;
    let open = way().await;
    assert_eq!(open.status, StatusCode::OK, "{}", open.text);
    let (west, east) = (at(600.0, 1_000.0), at(800.0, 1_200.0));
    let ring = [(west.0, west.1), (east.0, west.1), (east.0, east.1), (west.0, east.1)];
    let ring: Vec<Value> = ring.into_iter().map(place).collect();
    let body = json!({ "area": HOME, "reason": "塌方", "ring": ring });
    let closed = leak.world.post(&leak.duty, "/api/v1/roads/closures", body).await;
    assert_eq!(closed.status, StatusCode::OK, "{}", closed.text);
    leak.world
        .until("the closure", async |_| (way().await.status == StatusCode::NOT_FOUND).then_some(()))
        .await;
    // Whoever leaves goes to the south now.
    let response = leak
        .response(|answer| {
            block(answer, at(120.0, 10.0))["shelter"] == "s" && people(answer) >= 240
        })
        .await;
    assert_eq!(response["shelters"].as_array().map(Vec::len), Some(3));
    let number = closed.json()["id"].as_u64().expect("number");
    let path = format!("/api/v1/roads/closures/{number}");
    let opened = leak.world.call(&leak.duty, "DELETE", &path, None).await;
    assert_eq!(opened.status, StatusCode::NO_CONTENT, "{}", opened.text);
    leak.world
        .until("the old way", async |_| {
            let again = way().await;
            (again.status == StatusCode::OK && again.json() == open.json()).then_some(())
        })
        .await;
}

#[tokio::test]
async fn nobody_is_led_into_another_danger() {
    let leak = Leak::begin().await;
    leak.response(|answer| block(answer, at(120.0, 10.0))["shelter"].is_string()).await;
    // The same at both ends of the streets across the wind, one after the other: the way out is the one that is left.
    for (end, left) in [(at(700.0, 4_500.0), "s"), (at(700.0, -4_500.0), "w")] {
        let body = json!({ "kind": "ammonia-leak", "area": HOME, "position": place(end), "place": "x",
            "text": "报警", "separate": true, "credible": true });
        let call = leak.world.post(&leak.duty, "/api/v1/calls", body).await;
        assert_eq!(call.status, StatusCode::OK, "{}", call.text);
        let near = |answer: &Value| block(answer, at(120.0, 10.0))["shelter"].clone();
        leak.response(|answer| near(answer) == left).await;
    }
}

#[tokio::test]
async fn nobody_of_another_county_is_told_anything() {
    let mut leak = Leak::begin().await;
    let other = leak.world.token(Role::Duty, ELSEWHERE);
    for what in ["danger", "response", "plan"] {
        let path = format!("/api/v1/incidents/{}/{what}", leak.id);
        let response = leak.world.call(&other, "GET", &path, None).await;
        assert_eq!(response.status, StatusCode::NOT_FOUND, "{what}: {}", response.text);
    }
    let path = format!("/api/v1/incidents/{}/evacuated", leak.id);
    let response = leak.world.post(&other, &path, json!({ "reason": "x" })).await;
    assert!(response.status.is_client_error(), "{}", response.text);
    let body = json!({ "key": "x", "position": place(TANK), "area": HOME, "wind_m_s": 1.0, "wind_from_deg": 1.0, "minutes": 5 });
    let response = leak.world.post(&other, "/api/v1/weather", body).await;
    assert!(response.status.is_client_error(), "{}", response.text);
}
