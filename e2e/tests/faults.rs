//! Each fault of a virtual device shows at the platform as it should: lost link, silence, stuck value, bad values, wrong
//! clock; and a spike does not.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::{collections::BTreeMap, fs, path::Path, process::Command, time::Duration};

use helan_e2e::{Api, Platform, Process, Setup, binary};
use serde_json::Value;

/// A station with rules that take seconds: those of the packs take minutes and hours.
const PACK: &str = r#"
[pack]
key = "test"
version = 1
name = { zh = "试验", en = "Test" }
author = "Helan"
signed_by = "Helan review"

[[profile]]
key = "station"
name = { zh = "站", en = "Station" }
[[profile.point]]
name = "ch4"
label = { zh = "甲烷", en = "Methane" }
unit = "%LEL"
min = 0
max = 100
[[profile.point]]
name = "battery"
label = { zh = "电量", en = "Battery" }
unit = "%"
min = 0
max = 100
"#;
const RULES: [(&str, &str); 4] = [
    ("silent", "{ silence = { after = \"5s\" } }"),
    ("stuck", "{ stuck = { after = \"5s\", tolerance = 0.0 } }"),
    ("faulty", "{ bad-quality = { after = \"5s\" } }"),
    (
        "leak",
        "{ votes = { side = \"high\", limit = 20, deadband = 5, m = 3, n = 5, window = \"15s\" } }",
    ),
];
/// Device and its fault; five readings a second.
const FAULTS: [(&str, &str); 7] = [
    ("healthy", ""),
    ("link-lost", "kind = \"link-lost\""),
    ("silence", "kind = \"silence\""),
    ("stuck", "kind = \"stuck\""),
    ("bad", "kind = \"bad\""),
    ("clock", "kind = \"clock\", value = 600"),
    ("spike", "kind = \"spike\", value = 60"),
];

fn pack(folder: &Path) {
    let mut text = PACK.to_owned();
    for (key, condition) in RULES {
        text.push_str(&format!(
            "[[rule]]\nkey = {key:?}\nname = {{ zh = {key:?}, en = {key:?} }}\nsource = \"test\"\nprofile = \"station\"\n\
             point = \"ch4\"\ncondition = {condition}\npriority = \"low\"\nadvice = {{ zh = \"\", en = \"\" }}\n"
        ));
    }
    fs::create_dir_all(folder.join("test")).unwrap();
    fs::write(folder.join("test/pack.toml"), text).unwrap();
}

fn scenario(file: &Path) {
    let words = "{ zh = \"故障\", en = \"faults\" }";
    let mut text = format!(
        "key = \"faults\"\nname = {words}\ndescription = {words}\nminutes = 5\nseed = 1\narea = 640106000\n\
         position = [106.2, 38.4]\n[[measure]]\nwhat = \"refused\"\nat_least = 1\nname = {words}\n\
         [[room]]\nkey = \"r\"\nvolume_m3 = 15\nair_changes = 0.5\n[[event]]\nat = \"4min\"\nleak = {{ room = \"r\", \
         reaches = 1, within = \"1min\" }}\n"
    );
    for (device, fault) in FAULTS {
        text.push_str(&format!(
            "[[device]]\nkey = {device:?}\nprofile = \"station\"\nmodel = \"gas-detector\"\nname = {device:?}\nevery = \"200ms\"\n"
        ));
        if !fault.is_empty() {
            text.push_str(&format!(
                "[[event]]\nat = \"2s\"\nfault = {{ device = {device:?}, {fault} }}\n"
            ));
        }
    }
    fs::write(file, text).unwrap();
}

/// Rules of the alarms of each device, and `offline` and `refused-REASON` beside them.
async fn signs(api: &Api) -> BTreeMap<String, Vec<String>> {
    let mut signs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut note = |device: &Value, what: &str| {
        signs.entry(device.as_str().unwrap().to_owned()).or_default().push(what.to_owned());
    };
    let alarms = api.get("/api/v1/alarms?open=true").await.unwrap();
    for alarm in alarms["items"].as_array().unwrap() {
        note(&alarm["device"], alarm["rule"].as_str().unwrap().trim_start_matches("test/"));
    }
    for device in api.get("/api/v1/devices").await.unwrap()["items"].as_array().unwrap() {
        if device["state"] == "offline" {
            note(&device["key"], "offline");
        }
    }
    for refusal in api.get("/api/v1/refusals").await.unwrap().as_array().unwrap() {
        note(&refusal["sender"], &format!("refused-{}", refusal["reason"].as_str().unwrap()));
    }
    signs.values_mut().for_each(|list| list.sort());
    signs
}

#[tokio::test]
async fn each_fault_shows_as_it_should() {
    let folder = tempfile::tempdir().unwrap();
    let packs = folder.path().join("packs");
    pack(&packs);
    let file = folder.path().join("faults.toml");
    scenario(&file);
    let packs: &'static str = packs.display().to_string().leak();
    let platform = Platform::start(Setup { packs, ..Setup::default() }).unwrap();
    let api = Api::sign_in(&platform, "admin", &platform.password().unwrap()).await.unwrap();
    let mut command = Command::new(binary("helan-sim").unwrap());
    command.arg("run").arg(&file);
    command.arg("--server").arg(format!("http://127.0.0.1:{}", platform.http));
    command.arg("--mqtt").arg(format!("127.0.0.1:{}", platform.mqtt));
    command.arg("--token-file").arg(platform.folder().join("simulator.token"));
    let simulator = Process::start(&mut command, &folder.path().join("sim.log")).unwrap();

    // A silent device counts as offline although it is connected: nothing is known of it any more.
    let expected: BTreeMap<String, Vec<String>> = [
        ("bad", vec!["faulty"]),
        ("clock", vec!["offline", "refused-future", "silent"]),
        ("link-lost", vec!["offline", "silent"]),
        ("silence", vec!["offline", "silent"]),
        ("stuck", vec!["stuck"]),
    ]
    .map(|(device, signs)| (device.to_owned(), signs.into_iter().map(str::to_owned).collect()))
    .into();
    let mut found = BTreeMap::new();
    for _ in 0..240 {
        found = signs(&api).await;
        if found == expected {
            break;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    assert_eq!(found, expected, "{}", simulator.output());

    // The spike came, once, and is in the chart; nothing else of that device was ever said.
    let now = api.get("/api/v1/overview").await.unwrap()["now"].as_i64().unwrap();
    let path = format!("/api/v1/devices/spike/points/ch4/readings?from={}&to={now}", now - 300_000);
    let readings = api.get(&path).await.unwrap();
    let values = readings["readings"].as_array().unwrap().iter().map(|r| r[1].as_f64().unwrap());
    assert_eq!(values.filter(|value| *value > 50.0).count(), 1, "{readings}");
    let closed = api.get("/api/v1/alarms?open=false").await.unwrap();
    assert!(
        !closed["items"].as_array().unwrap().iter().any(|a| a["device"] == "spike"),
        "{closed}"
    );
}
