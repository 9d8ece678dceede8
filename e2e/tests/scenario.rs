//! Scenarios with the built binaries: S1 with a real site agent and a cut link, the drill of the console beside a region of
//! virtual devices, measures that can fail, and errors that people understand.

#![expect(
    clippy::unwrap_used,
    clippy::float_cmp,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Duration,
};

use helan_e2e::{Api, Platform, Process, Setup, binary, free_port, root};
use serde_json::{Value, json};

/// The S1 file with everything but its platform's own times five times faster: see its head.
const SPEED: &str = "5";
/// Exit codes of the simulator.
const MISSED: Option<i32> = Some(1);
const FAILED: Option<i32> = Some(2);

fn simulator(platform: &Platform, task: &str) -> Command {
    let token = platform.folder().join("simulator.token");
    simulator_at(&format!("http://127.0.0.1:{}", platform.http), platform.mqtt, task, &token)
}

fn simulator_at(server: &str, mqtt: u16, task: &str, token: &Path) -> Command {
    let mut command = Command::new(binary("helan-sim").unwrap());
    command.args([task, "--server", server, "--mqtt", &format!("127.0.0.1:{mqtt}")]);
    command.arg("--token-file").arg(token);
    command
}

/// Runs a scenario; gives what the program said and the report.
fn run(platform: &Platform, packs: &Path, scenario: &Path) -> (Output, Value) {
    run_at(platform, packs, scenario, SPEED)
}

fn run_at(platform: &Platform, packs: &Path, scenario: &Path, speed: &str) -> (Output, Value) {
    let report = platform.data.path().join("report.json");
    let mut command = simulator(platform, "run");
    command.arg(scenario).args(["--speed", speed]);
    command.arg("--packs").arg(packs).arg("--report").arg(&report);
    let output = command.output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    let text = fs::read(&report).unwrap_or_else(|error| panic!("no report: {error}\n{words}"));
    (output, serde_json::from_slice(&text).unwrap())
}

fn measures(report: &Value) -> &Vec<Value> {
    report["measures"].as_array().unwrap()
}

/// The measure about something with its value; the report must have it.
fn value(report: &Value, what: &str, of: &str) -> Option<f64> {
    let of_it = |m: &&Value| m["what"] == what && (of.is_empty() || m["of"] == of);
    let found = measures(report).iter().find(of_it);
    found.unwrap_or_else(|| panic!("no measure {what} {of}: {report}"))["value"].as_f64()
}

#[test]
fn every_measure_of_s1_holds_with_a_site_agent_and_a_cut_link() {
    let platform = Platform::start(Setup::default()).unwrap();
    let file = root().join("scenarios/s1-household-gas-leak.toml");
    let (output, report) = run(&platform, &root().join("packs"), &file);
    let said = String::from_utf8_lossy(&output.stderr);
    for measure in measures(&report) {
        assert!(measure["holds"] == true, "{measure}\n{said}");
        assert!(measure["value"].is_number() && !measure["target"].as_str().unwrap().is_empty());
    }
    assert!(report["ok"] == true && output.status.success(), "{report}\n{said}");

    // What S1 names, with its targets, whatever the file says.
    let at_most = |what: &str, of: &str, most: f64| {
        let value = value(&report, what, of);
        assert!(value.is_some_and(|v| (0.0..=most).contains(&v)), "{what} {of}: {value:?}");
    };
    let all =
        |what: &str, of: &str| assert_eq!(value(&report, what, of), Some(100.0), "{what} {of}");
    at_most("action", "s1-valve", 1.0);
    at_most("platform-alarm", "", 2.0);
    at_most("early-commands", "", 0.0);
    at_most("final-minutes", "", 10.0);
    all("final-state", "");
    all("four-items", "");
    // What it expects besides.
    at_most("action", "s1-power", 5.0);
    at_most("action", "s1-fan", 5.0);
    at_most("platform-commands", "s1-valve", 0.0);
    at_most("public-attempts", "", 0.0);
    for what in ["told-to-leave", "leave-says", "uploaded", "all-clear"] {
        all(what, "");
    }
    for role in ["gas-company", "property", "grid-worker"] {
        all("tasked", role);
    }
    assert_eq!(value(&report, "alarms", "leak"), Some(1.0));
    assert_eq!(value(&report, "alarms", "silent"), Some(1.0));
    assert!(value(&report, "clear-after", "").unwrap() >= 120.0);
}

/// Runs a scenario of the project at a speed; every measure of its file has to hold.
fn holds(key: &str, speed: &str) -> Value {
    let platform = Platform::start(Setup::default()).unwrap();
    let file = root().join(format!("scenarios/{key}.toml"));
    let (output, report) = run_at(&platform, &root().join("packs"), &file, speed);
    let said = String::from_utf8_lossy(&output.stderr);
    for measure in measures(&report) {
        assert!(measure["holds"] == true, "{measure}\n{said}");
    }
    assert!(report["ok"] == true && output.status.success(), "{report}\n{said}");
    report
}

#[test]
fn every_measure_of_s2_holds() {
    let report = holds("s2-fuyang-barbecue", "90");
    // What S2 names, with its targets, whatever the file says.
    let value = |what: &str, of: &str| value(&report, what, of).unwrap();
    assert!(value("leave-after", "") <= 60.0);
    assert!(value("leave-before", "") >= 25.0);
    for refused in ["repair-with-guests-inside", "repair-by-the-shop"] {
        assert_eq!(value("task-refused", refused), 1.0, "{refused}");
    }
    assert_eq!(value("task-given", "repair-after-all-are-out"), 1.0);
    for cut in ["s2-lpg-valve", "s2-ng-valve", "s2-stove", "s2-power"] {
        assert_eq!(value("moved", cut), 1.0, "{cut}");
    }
    assert_eq!(value("says", "fire-service"), 100.0);
    assert_eq!(value("alarms", "cylinder-mismatch"), 1.0);
    assert_eq!(value("report-has", ""), 100.0);
    assert!(value("level-proposed", "") <= 3.0 && value("clocks", "") >= 2.0);
}

#[test]
fn every_measure_of_s5_holds() {
    let report = holds("s5-helan-flash-flood", "360");
    let value = |what: &str, of: &str| value(&report, what, of).unwrap();
    assert!(value("lead-time", "") >= 30.0);
    assert!(value("unreached-after", "") <= 5.0);
    assert_eq!(value("roll-call", ""), 100.0);
    assert!(value("report-after", "") <= 120.0);
    for speaker in ["s5-speaker-helankou", "s5-speaker-baisikou"] {
        assert!(value("spoken", speaker) >= 1.0, "{speaker}");
    }
    for role in ["scenic-spot", "traffic-police", "reservoir-warden"] {
        assert_eq!(value("tasked", role), 100.0, "{role}");
    }
    assert!(value("forecast-pairs", "water-gully") >= 20.0);
}

#[test]
fn every_measure_of_s8_holds() {
    let report = holds("s8-wildfire", "150");
    let value = |what: &str, of: &str| value(&report, what, of).unwrap();
    assert_eq!(value("false-hotspots", ""), 0.0);
    assert!(value("order-after", "") <= 180.0);
    assert!(value("crew-gap", "") <= 120.0);
    assert!(value("burnt-error", "") <= 20.0);
    for refused in ["into-the-head", "upslope"] {
        assert_eq!(value("task-refused", refused), 1.0, "{refused}");
    }
    assert_eq!(value("told", "s8-crew-1"), 100.0, "called back when the wind turned");
    assert_eq!(value("told", "s8-crew-2"), 0.0, "left where it is safe");
}

/// The S1 file up to the beginning of the leak, with what is measured by then.
fn beginning_of_s1(folder: &Path) -> PathBuf {
    let text = fs::read_to_string(root().join("scenarios/s1-household-gas-leak.toml")).unwrap();
    let mut file: toml::Table = toml::from_str(&text).unwrap();
    let keep = |list: &mut toml::Value, wanted: &dyn Fn(&toml::Value) -> bool| {
        list.as_array_mut().unwrap().retain(|item| wanted(item));
    };
    keep(&mut file["event"], &|event| event.get("fault").is_some() || event.get("leak").is_some());
    keep(&mut file["measure"], &|measure| measure["what"].as_str() == Some("early-commands"));
    file["minutes"] = toml::Value::Float(1.0);
    let path = folder.join("beginning.toml");
    fs::write(&path, toml::to_string(&file).unwrap()).unwrap();
    path
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn a_rule_that_takes_a_spike_for_a_leak_misses_its_measure() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = beginning_of_s1(folder.path());
    let wrong = folder.path().join("packs");
    copy(&root().join("packs"), &wrong);
    let file = wrong.join("gas-household/pack.toml");
    let pack = fs::read_to_string(&file).unwrap();
    let hasty = pack.replace("m = 3, n = 5,", "m = 1, n = 1,");
    assert_ne!(hasty, pack, "the rule asks for three of five readings");
    fs::write(&file, hasty).unwrap();

    for (packs, holds) in [(root().join("packs"), true), (wrong, false)] {
        let platform = Platform::start(Setup::default()).unwrap();
        let (output, report) = run(&platform, &packs, &scenario);
        let said = String::from_utf8_lossy(&output.stderr);
        let false_actuations = value(&report, "early-commands", "").unwrap();
        assert_eq!(false_actuations < 0.5, holds, "{false_actuations} {said}");
        assert_eq!(report["ok"], holds);
        assert_eq!(output.status.code(), if holds { Some(0) } else { MISSED }, "{said}");
    }
}

#[test]
fn what_cannot_be_run_is_said_in_a_line() {
    let bench = Setup { packs: "scenarios/bench/packs", ..Setup::default() };
    let platform = Platform::start(bench).unwrap();
    let s1 = root().join("scenarios/s1-household-gas-leak.toml");
    let check = |command: &mut Command, expected: &str| {
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), FAILED, "{said}");
        assert!(said.contains("helan-sim: ") && said.contains(expected), "{said}");
        assert!(!said.contains("backtrace"), "{said}");
    };
    check(simulator(&platform, "run").arg(&s1), "has the server loaded the packs?");
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.toml");
    fs::write(&broken, "key = \"broken\"\ncolour = \"red\"\n").unwrap();
    check(simulator(&platform, "run").arg(&broken), "broken.toml");

    let at = |server: &str, token: &Path| simulator_at(server, platform.mqtt, "run", token);
    let here = format!("http://127.0.0.1:{}", platform.http);
    let token = folder.path().join("simulator.token");
    check(at(&here, &token).arg(&s1), "--demo");
    fs::write(&token, "of-another-server").unwrap();
    check(at(&here, &token).arg(&s1), "does not take this token");
    let nowhere = format!("http://127.0.0.1:{}", free_port().unwrap());
    check(at(&nowhere, &token).arg(&s1), "no server answers at");
}

/// A drill from the console, beside a region of virtual devices that has no part in it.
#[tokio::test]
async fn the_drill_of_the_console_leaves_the_region_beside_it_alone() {
    const DEVICES: usize = 300;
    let scenarios = root().join("scenarios").canonicalize().unwrap();
    let config = format!("[drills]\nscenarios = {scenarios:?}\n");
    let platform = Platform::start(Setup { config, ..Setup::default() }).unwrap();
    let api = Api::sign_in(&platform, "admin", &platform.password().unwrap()).await.unwrap();
    let mut region = region(&platform, DEVICES);
    // Five seconds between two readings: every device has spoken.
    let connected = format!("connected={DEVICES}");
    until("the region", 60, async || {
        region.output().contains(&connected) && working(&api).await == DEVICES
    })
    .await;

    let start = json!({ "scenario": "household-gas-leak-live", "speed": 1.0 });
    let (status, body) =
        api.raw(reqwest::Method::POST, "/api/v1/drills", Some(&start)).await.unwrap();
    assert_eq!(status, 202, "{body}");
    until("the end of the drill", 300, async || {
        let drills = api.get("/api/v1/drills").await.unwrap();
        !drills["ended"].as_array().unwrap().is_empty()
    })
    .await;
    let drills = api.get("/api/v1/drills").await.unwrap();
    let ended = &drills["ended"][0];
    assert_eq!(ended["outcome"], "done", "{ended}");
    assert_eq!(ended["report"]["ok"], true, "{ended}");

    // Nobody of the region was alarmed, told or moved; all of it is still there.
    let of_region = |text: &Value| text.as_str().is_some_and(|text| text.starts_with("sim-"));
    for open in ["true", "false"] {
        let alarms = api.get(&format!("/api/v1/alarms?open={open}")).await.unwrap();
        let alarms = alarms["items"].as_array().unwrap();
        assert!(!alarms.iter().any(|a| of_region(&a["device"])), "{alarms:?}");
    }
    let id = &ended["report"]["incidents"][0];
    let file = api.get(&format!("/api/v1/incidents/{id}")).await.unwrap();
    for notice in file["notices"].as_array().unwrap() {
        let name = notice["name"].as_str().unwrap();
        assert!(!name.contains("示范小区") && !name.contains("社区网格员"), "{notice}");
    }
    assert!(!region.output().contains("refused device"), "{}", region.output());
    assert_eq!(working(&api).await, DEVICES);
    region.stop().unwrap();
}

fn region(platform: &Platform, devices: usize) -> Process {
    let mut command = simulator(platform, "region");
    command.args(["--quiet", "--rate", "5", "--devices", &devices.to_string()]);
    command.arg("--areas").arg(root().join("packs/ningxia/areas.geojson"));
    Process::start(&mut command, &platform.data.path().join("region.log")).unwrap()
}

/// Virtual devices of the region that are there and have nothing to complain about.
async fn working(api: &Api) -> usize {
    let page = api.get("/api/v1/devices?limit=500").await.unwrap();
    let devices = page["items"].as_array().unwrap();
    let of_region = |d: &&Value| d["key"].as_str().is_some_and(|key| key.starts_with("sim-"));
    devices.iter().filter(of_region).filter(|d| d["state"] == "normal").count()
}

async fn until(what: &str, seconds: u64, mut look: impl AsyncFnMut() -> bool) {
    for _ in 0..seconds * 4 {
        if look().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    panic!("{what}: did not come");
}
