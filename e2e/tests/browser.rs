//! The console in a real browser: the whole of S1, from the first sign-in to the report of the drill; and a data steward's day.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::process::Command;

use helan_e2e::{Platform, Process, Setup, binary, has, http_client, root, wanted};
use tokio::sync::Mutex;

/// Virtual devices of the region around the drill; as many as a debug build registers in some seconds.
const DEVICES: &str = "2000";

/// One browser at a time: two of them would take each other's seconds.
static ALONE: Mutex<()> = Mutex::const_new(());

/// Whether this machine and this build can show the console to a browser.
async fn can_browse(platform: &Platform) -> bool {
    let chromium = std::env::var("CHROMIUM").unwrap_or_else(|_| "chromium".to_owned());
    let playwright = root().join("web/node_modules/playwright-core").is_dir();
    let page = http_client().get(format!("http://127.0.0.1:{}/", platform.http)).send();
    let page = page.await.unwrap().text().await.unwrap();
    has(&chromium, "--version")
        && has("node", "--version")
        && wanted(playwright, "npm packages of the console", "./dev setup web")
        && wanted(page.contains("<script"), "a built console in the server", "./dev test")
}

#[tokio::test]
async fn a_person_on_duty_sees_the_gas_leak_through() {
    let _alone = ALONE.lock().await;
    let scenarios = root().join("scenarios").canonicalize().unwrap();
    let config = format!("[drills]\nscenarios = {:?}\n", scenarios.display().to_string());
    let platform = Platform::start(Setup { config, ..Setup::default() }).unwrap();
    if !can_browse(&platform).await {
        return;
    }
    let url = format!("http://127.0.0.1:{}", platform.http);
    let mut region = Command::new(binary("helan-sim").unwrap());
    region.args(["region", "--quiet", "--devices", DEVICES, "--server", &url]);
    region.arg("--mqtt").arg(format!("127.0.0.1:{}", platform.mqtt));
    region.arg("--token-file").arg(platform.folder().join("simulator.token"));
    region.arg("--areas").arg(root().join("packs/ningxia/areas.geojson"));
    let region = Process::start(&mut region, &platform.data.path().join("region.log")).unwrap();

    // The screen of the person on duty is another machine's work: without a graphics card it must not starve the server.
    let mut play = Command::new("nice");
    play.args(["-n", "15", "node"]).arg(root().join("e2e/browser/s1.mjs"));
    play.args([&url, &platform.password_of("duty").unwrap(), DEVICES]);
    let played = play.output().unwrap();
    let words = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        played.status.success(),
        "{}\n{}\n-- server\n{}\n-- region\n{}",
        words(&played.stdout),
        words(&played.stderr),
        platform.server.output(),
        region.output(),
    );
}

#[tokio::test]
async fn a_steward_brings_a_sheet_and_puts_it_right_where_there_is_no_network() {
    let _alone = ALONE.lock().await;
    let platform = Platform::start(Setup::default()).unwrap();
    if !can_browse(&platform).await {
        return;
    }
    let sheet = platform.data.path().join("schools.csv");
    let rows = "编号,名称,经度,纬度,学段,在校人数\nA1,第一小学,106.2789,38.4666,小学,800\n,无号,1,1,小学,1\n";
    std::fs::write(&sheet, rows).unwrap();
    let url = format!("http://127.0.0.1:{}", platform.http);
    let mut play = Command::new("nice");
    play.args(["-n", "15", "node"]).arg(root().join("e2e/browser/base.mjs"));
    play.args([&url, &platform.password_of("admin").unwrap()]).arg(&sheet);
    let played = play.output().unwrap();
    let words = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        played.status.success(),
        "{}\n{}\n-- server\n{}",
        words(&played.stdout),
        words(&played.stderr),
        platform.server.output(),
    );
}
