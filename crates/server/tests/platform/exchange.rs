//! Files of other programs in, and files for other programs out.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use crate::common::{ELSEWHERE, HOME, Response, World};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use helan_exchange::Mapping;
use helan_server::access::Role;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

async fn bring(world: &World, token: &str, query: &str, bytes: Vec<u8>) -> Response {
    let request = Request::builder()
        .method("POST")
        .uri(format!("/api/v1/base/imports?{query}"))
        .header(header::COOKIE, format!("helan_session={token}"))
        .header(header::CONTENT_TYPE, "application/octet-stream")
        .body(Body::from(bytes));
    world.send(request.expect("request")).await
}

async fn state(world: &World, token: &str, id: u64, wanted: &str) -> Value {
    world
        .until(wanted, async |world| {
            let import = world.get(token, &format!("/api/v1/base/imports/{id}")).await;
            assert!(wanted == "failed" || import["state"] != "failed", "{import}");
            (import["state"] == wanted).then_some(import)
        })
        .await
}

async fn load(world: &World, token: &str, query: &str, bytes: Vec<u8>) -> Value {
    let response = bring(world, token, query, bytes).await;
    assert_eq!(response.status, StatusCode::ACCEPTED, "{}", response.text);
    let id = response.json()["id"].as_u64().expect("number");
    state(world, token, id, "checked").await;
    let path = format!("/api/v1/base/imports/{id}/load");
    let response = world.post(token, &path, json!({})).await;
    assert_eq!(response.status, StatusCode::ACCEPTED, "{}", response.text);
    state(world, token, id, "loaded").await
}

/// What an export answers: status, headers and bytes.
async fn taken(world: &World, token: &str, query: &str) -> (StatusCode, String, Vec<u8>) {
    let request = Request::builder()
        .uri(format!("/api/v1/base/export?{query}"))
        .header(header::COOKIE, format!("helan_session={token}"))
        .body(Body::empty())
        .expect("request");
    let response = world.router.clone().oneshot(request).await.expect("infallible");
    let name = response.headers().get(header::CONTENT_DISPOSITION);
    let name = name.and_then(|name| name.to_str().ok()).unwrap_or_default().to_owned();
    let status = response.status();
    let bytes = response.into_body().collect().await.expect("body").to_bytes();
    (status, name, bytes.to_vec())
}

/// Rows with places in the county of [`HOME`] and one in that of [`ELSEWHERE`]; texts that a spreadsheet would run.
const SCHOOLS: &str = "编号,名称,经度,纬度,学段,在校人数,电话,地址,疏散集合点\n\
    A1,第一小学,106.2789,38.4666,小学,800,0951-6012345,解放街12号,'=HYPERLINK(1)\n\
    A2,\"第二,小学\",106.2800,38.4700,小学,900,+86 951 6012345,'-x,操场\n\
    B1,平罗小学,106.5400,38.9100,中学,700,,,\n";
const ROADS: &str = r#"{"type":"FeatureCollection","features":[{"type":"Feature",
    "properties":{"key":"G6","name":"京藏高速","道路等级":"高速公路","通行状态":"畅通"},
    "geometry":{"type":"LineString","coordinates":[[106.2,38.3],[106.3,38.6]]}}]}"#;

#[tokio::test]
async fn what_was_taken_out_and_comes_in_again_changes_nothing() {
    let mut world = World::open().await;
    let token = world.token(Role::Steward, 0);
    load(&world, &token, "kind=school&file=s.csv", SCHOOLS.into()).await;
    load(&world, &token, "kind=road&file=r.geojson", ROADS.into()).await;
    load(
        &world,
        &token,
        "kind=school&file=s.csv&synthetic=true",
        SCHOOLS.replace("A1", "S1").into(),
    )
    .await;
    for (kind, count) in [("school", 4), ("road", 1)] {
        for format in ["csv", "csv&bom=false", "xlsx", "geojson", "gpkg"] {
            let (status, name, bytes) =
                taken(&world, &token, &format!("kind={kind}&format={format}")).await;
            assert_eq!(status, StatusCode::OK);
            let end = format.split('&').next().expect("first");
            assert_eq!(name, format!("attachment; filename=\"{kind}-0.{end}\""));
            let query = format!("kind={kind}&file=again.{end}");
            let again = load(&world, &token, &query, bytes).await;
            assert_eq!(again["same"], count, "{kind} {format}: {again}");
        }
    }
    for format in ["xlsx", "gpkg"] {
        let (_, _, bytes) = taken(&world, &token, &format!("format={format}")).await;
        let query = format!("kind=road&file=all.{format}");
        let layer = if format == "gpkg" { "road" } else { "Road" };
        let again = load(&world, &token, &format!("{query}&layer={layer}"), bytes).await;
        assert_eq!(again["same"], 1, "{format}: {again}");
    }
    let audit = world.token(Role::Auditor, 0);
    let audit = world.get(&audit, "/api/v1/audit").await.to_string();
    assert!(audit.contains("base export") && audit.contains("school-0.gpkg: 4 objects"), "{audit}");
}

#[tokio::test]
async fn nobody_takes_out_what_is_not_shown_to_them() {
    let mut world = World::open().await;
    let token = world.token(Role::Steward, 0);
    load(&world, &token, "kind=school&file=s.csv", SCHOOLS.into()).await;
    let csv = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    let viewer = world.token(Role::Viewer, ELSEWHERE);
    let (_, _, own) = taken(&world, &viewer, "kind=school&format=csv").await;
    let own = csv(own);
    assert_eq!(own.lines().count(), 2, "{own}");
    assert!(own.contains("平罗小学"), "{own}");
    let (status, _, none) =
        taken(&world, &viewer, &format!("kind=school&format=csv&area={HOME}")).await;
    assert_eq!((status, csv(none).lines().count()), (StatusCode::OK, 1));
    // Telephone numbers are not for those who may not see people, in no format.
    let viewer = world.token(Role::Viewer, HOME);
    for format in ["csv", "geojson", "gpkg"] {
        let query = format!("kind=school&format={format}");
        let (_, _, bytes) = taken(&world, &viewer, &query).await;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(text.contains("095*******45") && !text.contains("6012345"), "{format}");
        assert!(!text.contains("helan_"), "{format}");
        let (_, _, bytes) = taken(&world, &token, &query).await;
        assert!(String::from_utf8_lossy(&bytes).contains("0951-6012345"), "{format}");
    }
    let (_, _, sheet) = taken(&world, &token, "kind=school&format=csv").await;
    let sheet = csv(sheet);
    assert!(sheet.starts_with('\u{feff}') && sheet.contains(",'=HYPERLINK(1)"), "{sheet}");
    for (query, status) in [
        ("kind=castle&format=csv", StatusCode::NOT_FOUND),
        ("kind=school&format=doc", StatusCode::UNPROCESSABLE_ENTITY),
        ("format=csv", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        assert_eq!(taken(&world, &token, query).await.0, status, "{query}");
    }
    let left = world.folder.path().join("data/exports");
    assert_eq!(std::fs::read_dir(left).expect("folder").count(), 0, "files go when they were sent");
}

/// A workbook with a title, a heading, rows of schools, and a second sheet.
fn workbook() -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("学校").expect("name");
    sheet.write_string(0, 0, "学校台账").expect("cell");
    sheet.write_row(1, 0, ["编号", "名称", "经度", "纬度", "学段", "在校人数"]).expect("cells");
    for (row, students) in [(2_u32, "800"), (3, "=1/0")] {
        sheet.write_string(row, 0, format!("X{row}")).expect("cell");
        sheet.write_row(row, 1, ["小学"]).expect("cell");
        sheet.write_row(row, 2, [106.2789, 38.4666]).expect("cells");
        sheet.write_string(row, 4, "小学").expect("cell");
        if row == 2 {
            sheet.write_number(row, 5, 800).expect("cell");
        } else {
            let formula = rust_xlsxwriter::Formula::new(students).set_result("#DIV/0!");
            sheet.write_formula(row, 5, formula).expect("cell");
        }
    }
    let other = book.add_worksheet();
    other.set_name("空").expect("name");
    book.save_to_buffer().expect("workbook")
}

#[tokio::test]
async fn a_workbook_is_read_sheet_by_sheet() {
    let mut world = World::open().await;
    let token = world.token(Role::Steward, 0);
    let response = bring(&world, &token, "kind=school&file=schools.xlsx", workbook()).await;
    let id = response.json()["id"].as_u64().expect("number");
    let import = state(&world, &token, id, "checked").await;
    assert_eq!((&import["good"], &import["bad"]), (&json!(1), &json!(1)), "{import}");
    assert_eq!(import["layers"], json!(["学校", "空"]));
    assert_eq!(import["first"][0]["row"], 4);
    assert_eq!(import["faults"], json!({ "formula": 1 }));
    let path = format!("/api/v1/base/imports/{id}/check");
    let response = world.post(&token, &path, json!({ "layer": "空" })).await;
    assert_eq!(response.status, StatusCode::ACCEPTED, "{}", response.text);
    let failed = state(&world, &token, id, "failed").await;
    assert_eq!(failed["why"], "the file is empty");
}

/// Headings of exports are found again by the guess of imports, in both languages, for every kind of the packs.
#[tokio::test]
async fn headings_of_exports_lead_back_to_their_fields() {
    let world = World::open().await;
    for kind in world.server.api.base.kinds().iter() {
        for chinese in [true, false] {
            let headings = Mapping::headings(kind, chinese);
            let names: Vec<String> = headings.iter().map(|(name, _)| name.clone()).collect();
            let own = ["key", "name", "area", "address", "post", "lon", "lat", "synthetic"];
            let fields = kind.fields.iter().map(|field| field.key.as_str());
            let expected: Vec<Option<&str>> = own.into_iter().chain(fields).map(Some).collect();
            assert_eq!(Mapping::guess(kind, &names).keys(kind), expected, "{}", kind.key);
        }
    }
}

/// The packs say which things of OpenStreetMap are roads, and of which class.
#[tokio::test]
async fn roads_of_openstreetmap_come_in_as_the_packs_say() {
    let mut world = World::open().await;
    let token = world.token(Role::Steward, 0);
    let town = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/osm/town");
    let town = std::fs::read(town).expect("extract");
    let loaded = load(&world, &token, "kind=road&file=town.osm.pbf", town.clone()).await;
    let figures = (&loaded["created"], &loaded["bad"], &loaded["faults"]);
    assert_eq!(figures, (&json!(1), &json!(1), &json!({ "wrong-shape": 1 })), "{loaded}");
    let road = world.get(&token, "/api/v1/base/objects/road/osm-w21").await;
    assert_eq!((&road["name"], &road["values"]["road_class"]), (&json!("G6"), &json!("first")));
    assert_eq!(road["geometry"]["type"], "MultiLineString");
    let response = bring(&world, &token, "kind=stock-item&file=town.osm.pbf", town).await;
    let id = response.json()["id"].as_u64().expect("number");
    let failed = state(&world, &token, id, "failed").await;
    assert!(failed["why"].as_str().is_some_and(|why| why.contains("no rules")), "{failed}");
}
