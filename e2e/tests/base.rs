//! The base database with programs that are not ours: GDAL reads its file, owslib its OGC API – Features.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::{
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use helan_e2e::{Api, Platform, Setup, has, wanted};
use serde_json::{Value, json};

/// Asks every collection-and-item question of Part 1 and prints what came.
const CLIENT: &str = r#"
import json, sys
from owslib.ogcapi.features import Features
server = Features(sys.argv[1], headers={"Cookie": sys.argv[2]})
names = server.feature_collections()
page = server.collection_items("school", limit=2)
inside = server.collection_items("school", bbox=[106.2, 38.4, 106.3, 38.5], limit=100)
large = server.collection_items("school", students=900)
one = server.collection_item("school", str(page["features"][0]["id"]))
fields = server.collection_queryables("school")["properties"]
print(json.dumps({
    "school": "school" in names, "page": len(page["features"]),
    "next": any(link["rel"] == "next" for link in page["links"]),
    "inside": [f["properties"]["key"] for f in inside["features"]],
    "large": [f["properties"]["key"] for f in large["features"]],
    "one": one["properties"]["key"], "students": fields["students"]["type"],
    "core": any(c.endswith("/core") for c in server.conformance()["conformsTo"]),
}))
"#;

const SCHOOLS: &str = "编号,名称,经度,纬度,学段,在校人数\n\
    A1,第一小学,106.2789,38.4666,小学,800\nA2,第二小学,106.2800,38.4700,小学,900\nB1,平罗小学,106.5400,38.9100,小学,700\n";
const ROADS: &str = r#"{"type":"FeatureCollection","features":[{"type":"Feature",
    "properties":{"key":"G6","name":"京藏高速","道路等级":"高速公路","通行状态":"畅通"},
    "geometry":{"type":"LineString","coordinates":[[106.2,38.3],[106.3,38.6]]}}]}"#;

async fn load(api: &Api, kind: &str, file: &str, bytes: &str) -> Value {
    let path = format!("/api/v1/base/imports?kind={kind}&file={file}");
    let import = api.send_file(&path, bytes.as_bytes().to_vec()).await.unwrap();
    let path = format!("/api/v1/base/imports/{}", import.get("id").unwrap());
    until(api, &path, "checked").await;
    api.post(&format!("{path}/load"), &json!({})).await.unwrap();
    until(api, &path, "loaded").await
}

async fn until(api: &Api, path: &str, state: &str) -> Value {
    for _ in 0..400 {
        let import = api.get(path).await.unwrap();
        if import.get("state").unwrap() == state {
            return import;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    unreachable!("{path} did not become {state}")
}

#[tokio::test]
async fn gdal_and_owslib_read_what_was_imported() {
    let owslib =
        Command::new("python3").args(["-c", "import owslib"]).stderr(Stdio::null()).status();
    let owslib = owslib.is_ok_and(|status| status.success());
    if !has("ogrinfo", "--version") || !wanted(owslib, "owslib", "./dev setup e2e") {
        return;
    }
    let platform = Platform::start(Setup::default()).unwrap();
    let password = platform.password_of("admin").unwrap();
    let api = Api::sign_in(&platform, "admin", &password).await.unwrap();
    let schools = load(&api, "school", "schools.csv", SCHOOLS).await;
    assert_eq!(schools.get("created"), Some(&json!(3)), "{schools}");
    let roads = load(&api, "road", "roads.geojson", ROADS).await;
    assert_eq!(roads.get("created"), Some(&json!(1)), "{roads}");

    let file = platform.folder().join("base.gpkg");
    assert!(ogrinfo(&file, "school").contains("Feature Count: 3"));
    assert!(
        ogrinfo(&file, "school")
            .contains("Extent: (106.278900, 38.466600) - (106.540000, 38.910000)")
    );
    let roads = ogrinfo(&file, "road");
    assert!(roads.contains("Feature Count: 1") && roads.contains("Multi Line String"), "{roads}");
    let all = Command::new("ogrinfo").arg("-ro").arg(&file).output().unwrap();
    let all = String::from_utf8_lossy(&all.stdout).into_owned();
    let kinds = api.get("/api/v1/base/kinds").await.unwrap();
    for kind in kinds.as_array().unwrap() {
        let layer = kind.get("key").and_then(Value::as_str).unwrap().replace('-', "_");
        // `7: school (Point)`; without a type where a layer takes any.
        let named = |line: &str| {
            let name = line.split_once(": ").map(|(_, name)| name);
            name.and_then(|name| name.split(' ').next()) == Some(&*layer)
        };
        assert!(all.lines().any(named), "{layer} is no layer of {all}");
    }

    let root = format!("http://127.0.0.1:{}/api/v1/ogc", platform.http);
    let output =
        Command::new("python3").args(["-c", CLIENT, &root, api.cookie()]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected = json!({
        "school": true, "page": 2, "next": true, "inside": ["A1", "A2"], "large": ["A2"], "one": "A1",
        "students": "integer", "core": true,
    });
    assert_eq!(told, expected);
}

#[tokio::test]
async fn gdal_reads_what_was_taken_out() {
    if !has("ogrinfo", "--version") {
        return;
    }
    let platform = Platform::start(Setup::default()).unwrap();
    let password = platform.password_of("admin").unwrap();
    let api = Api::sign_in(&platform, "admin", &password).await.unwrap();
    load(&api, "school", "schools.csv", SCHOOLS).await;
    load(&api, "road", "roads.geojson", ROADS).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("all.gpkg");
    std::fs::write(&file, api.get_file("/api/v1/base/export?format=gpkg").await.unwrap()).unwrap();
    let schools = ogrinfo(&file, "school");
    assert!(schools.contains("Feature Count: 3") && schools.contains("WGS 84"), "{schools}");
    assert!(schools.contains("Extent: (106.278900, 38.466600) - (106.540000, 38.910000)"));
    assert!(schools.contains("students: Integer") && !schools.contains("origin"), "{schools}");
    let roads = ogrinfo(&file, "road");
    assert!(roads.contains("Feature Count: 1") && roads.contains("Multi Line String"), "{roads}");
    let bytes = api.get_file("/api/v1/base/export?kind=school&format=gpkg&area=640104000").await;
    std::fs::write(&file, bytes.unwrap()).unwrap();
    assert!(ogrinfo(&file, "school").contains("Feature Count: 2"), "those of the county");
    let all = Command::new("ogrinfo").arg("-ro").arg(&file).output().unwrap();
    let all = String::from_utf8_lossy(&all.stdout).into_owned();
    assert_eq!(all.matches("\n1: ").count() + all.matches("\n2: ").count(), 1, "{all}");
}

fn ogrinfo(file: &Path, layer: &str) -> String {
    let output =
        Command::new("ogrinfo").args(["-ro", "-so"]).arg(file).arg(layer).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
