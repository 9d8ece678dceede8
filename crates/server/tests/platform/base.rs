//! The emergency base database over HTTP: forms, imports, search, history, and nothing of another area.

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
use helan_server::access::Role;
use serde_json::{Value, json};

/// Rows with places in the county of [`HOME`], one in that of [`ELSEWHERE`], and two that are wrong.
const SCHOOLS: &str = "编号,名称,经度,纬度,学段,在校人数,电话,备注\n\
    A1,第一小学,106.2789,38.4666,小学,800,0951-6012345,x\n\
    A2,第二小学,106.2800,38.4700,小学,900,,\n\
    B1,平罗小学,106.5400,38.9100,小学,700,,\n\
    A3,,106.2800,38.4700,小学,很多,,\n\
    A1,又是第一小学,106.2800,38.4700,小学,1,,\n";

pub async fn bring(world: &World, token: &str, query: &str, bytes: &str) -> Response {
    let request = Request::builder()
        .method("POST")
        .uri(format!("/api/v1/base/imports?{query}"))
        .header(header::COOKIE, format!("helan_session={token}"))
        .header(header::CONTENT_TYPE, "application/octet-stream")
        .body(Body::from(bytes.to_owned()));
    world.send(request.expect("request")).await
}

pub async fn state(world: &World, token: &str, id: u64, wanted: &str) -> Value {
    world
        .until(wanted, async |world| {
            let import = world.get(token, &format!("/api/v1/base/imports/{id}")).await;
            (import["state"] == wanted).then_some(import)
        })
        .await
}

async fn load(world: &World, token: &str, bytes: &str) -> Value {
    let response = bring(world, token, "kind=school&file=schools.csv", bytes).await;
    assert_eq!(response.status, StatusCode::ACCEPTED, "{}", response.text);
    let id = response.json()["id"].as_u64().expect("number");
    state(world, token, id, "checked").await;
    let path = format!("/api/v1/base/imports/{id}/load");
    let response = world.post(token, &path, json!({})).await;
    assert_eq!(response.status, StatusCode::ACCEPTED, "{}", response.text);
    state(world, token, id, "loaded").await
}

#[tokio::test]
async fn a_messy_sheet_is_told_row_by_row_and_its_good_rows_are_loaded() {
    let mut world = World::open().await;
    let token = world.token(Role::Steward, 0);
    let response = bring(&world, &token, "kind=school&file=schools.csv", SCHOOLS).await;
    let id = response.json()["id"].as_u64().expect("number");
    let import = state(&world, &token, id, "checked").await;
    assert_eq!((&import["rows"], &import["bad"]), (&json!(5), &json!(2)));
    assert_eq!(import["faults"], json!({ "missing": 1, "not-number": 1, "double": 1 }));
    assert_eq!(import["first"][1]["row"], 6);
    let passed_over = import["columns"].as_array().expect("columns").last().cloned();
    assert_eq!(passed_over, Some(json!({ "heading": "备注", "field": null })));
    let none = world.get(&token, "/api/v1/base/objects?kind=school").await;
    assert_eq!(none["items"], json!([]), "a look stores nothing");

    let sheet = world.call(&token, "GET", &format!("/api/v1/base/imports/{id}/sheet"), None).await;
    assert!(sheet.text.starts_with("\u{feff}编号,名称"), "{}", sheet.text);
    assert_eq!(sheet.text.lines().count(), 3);
    assert!(sheet.text.contains("is not a number"), "{}", sheet.text);

    let loaded = load(&world, &token, SCHOOLS).await;
    assert_eq!((&loaded["created"], &loaded["bad"]), (&json!(3), &json!(2)));
    let again = load(&world, &token, &SCHOOLS.replace(",800,", ",801,")).await;
    let figures = (&again["created"], &again["updated"], &again["same"]);
    assert_eq!(figures, (&json!(0), &json!(1), &json!(2)));

    let school = world.get(&token, "/api/v1/base/objects/school/A1").await;
    assert_eq!(school["values"]["students"], 801);
    assert_eq!(school["area"], HOME, "as its place says");
    let origin = school["column_origins"]["students"].to_string();
    assert_eq!(school["origins"][origin]["detail"], "schools.csv");
    let history = world.get(&token, "/api/v1/base/objects/school/A1/history").await;
    assert_eq!(history[0]["before"], json!({ "students": 800 }));
    let before = history[0]["at"].as_i64().expect("moment") - 1;
    let then = world.get(&token, &format!("/api/v1/base/objects/school/A1?at={before}")).await;
    assert_eq!(then["values"]["students"], 800);
    let audit = world.token(Role::Auditor, 0);
    world
        .until("the note", async |world| {
            let audit = world.get(&audit, "/api/v1/audit").await;
            audit.to_string().contains("base import").then_some(())
        })
        .await;
}

#[tokio::test]
async fn files_that_lie_and_kinds_that_are_not_there_get_words() {
    let mut world = World::open().await;
    let token = world.token(Role::Steward, 0);
    for (file, bytes, words) in [
        ("a.csv", "PK\u{3}\u{4}", "spreadsheet"),
        ("a.csv", "", "empty"),
        ("a.exe", "x", ".exe"),
        ("a.geojson", "[", "GeoJSON"),
    ] {
        let response = bring(&world, &token, &format!("kind=school&file={file}"), bytes).await;
        let id = response.json()["id"].as_u64().expect("number");
        let failed = state(&world, &token, id, "failed").await;
        assert!(failed["why"].as_str().is_some_and(|why| why.contains(words)), "{failed}");
        let load = world.post(&token, &format!("/api/v1/base/imports/{id}/load"), json!({})).await;
        assert_eq!(load.code(), "wrong-state");
    }
    let response = bring(&world, &token, "kind=castle&file=a.csv", "x").await;
    assert_eq!(response.status, StatusCode::NOT_FOUND);
    let response = bring(&world, &token, "kind=school&file=a.csv&datum=moon", "x").await;
    assert_eq!(response.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", response.text);
}

#[tokio::test]
async fn a_form_says_what_is_wrong_and_two_do_not_overwrite_each_other() {
    let mut world = World::open().await;
    let token = world.token(Role::Steward, 0);
    let path = "/api/v1/base/objects/school/N1";
    let place = json!({ "type": "Point", "coordinates": [106.2789, 38.4666] });
    let order = json!({ "name": "新小学", "geometry": place, "values": { "level": "primary", "students": "many" } });
    let response = world.call(&token, "PUT", path, Some(order)).await.json();
    assert_eq!(response["stored"], false);
    assert_eq!(response["faults"][0]["code"], "not-number");
    let order = json!({ "name": "新小学", "geometry": place, "values": { "level": "primary", "students": 5 }, "seen": 0 });
    let response = world.call(&token, "PUT", path, Some(order.clone())).await;
    assert_eq!(response.json()["stored"], true, "{}", response.text);
    // A second person with the same empty form.
    let response = world.call(&token, "PUT", path, Some(order)).await;
    assert_eq!(response.code(), "conflict");
    let found = world.get(&token, "/api/v1/base/find?q=xxx").await;
    assert_eq!(found[0]["key"], "N1", "新小学 by its initials");
    let near = world.get(&token, "/api/v1/base/near?lon=106.28&lat=38.4666").await;
    assert!(
        near[0]["metres"].as_f64().is_some_and(|metres| (50.0..150.0).contains(&metres)),
        "{near}"
    );
    let ring = json!([[[106.2, 38.4], [106.3, 38.4], [106.3, 38.5], [106.2, 38.4]]]);
    let shape = json!({ "geometry": { "type": "Polygon", "coordinates": ring } });
    let inside = world.post(&token, "/api/v1/base/within", shape).await.json();
    assert_eq!(inside["counts"], json!({ "school": 1 }));
    let response = world.call(&token, "DELETE", path, None).await;
    assert_eq!(response.status, StatusCode::NO_CONTENT);
    assert_eq!(world.get(&token, "/api/v1/base/find?q=xxx").await, json!([]));
    assert_eq!(world.call(&token, "GET", path, None).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn everything_belongs_somewhere_in_the_base_database_too() {
    let mut world = World::open().await;
    let token = world.token(Role::Steward, 0);
    load(&world, &token, SCHOOLS).await;
    let home = world.token(Role::Steward, HOME);
    let viewer = world.token(Role::Viewer, ELSEWHERE);
    let list = world.get(&viewer, "/api/v1/base/objects?kind=school").await;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
    let asked = format!("/api/v1/base/objects?kind=school&area={HOME}");
    assert_eq!(world.get(&viewer, &asked).await["items"], json!([]));
    let kinds = world.get(&viewer, "/api/v1/base/kinds").await;
    let school = kinds.as_array().expect("kinds").iter().find(|kind| kind["key"] == "school");
    assert_eq!(school.map(|kind| &kind["count"]), Some(&json!(1)));
    for path in ["/api/v1/base/objects/school/A1", "/api/v1/base/objects/school/A1/history"] {
        assert_eq!(world.call(&viewer, "GET", path, None).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(
        world.get(&viewer, "/api/v1/base/find?q=小学").await.as_array().map(Vec::len),
        Some(1)
    );
    let near = world.get(&viewer, "/api/v1/base/near?lon=106.28&lat=38.46").await;
    assert_eq!(near.as_array().map(Vec::len), Some(1));
    let ring = json!([[[106.0, 38.0], [107.0, 38.0], [107.0, 39.0], [106.0, 39.0], [106.0, 38.0]]]);
    let shape = json!({ "geometry": { "type": "Polygon", "coordinates": ring } });
    let inside = world.post(&viewer, "/api/v1/base/within", shape).await.json();
    assert_eq!(inside["counts"], json!({ "school": 1 }));
    // Telephone numbers are not for those who may not see people.
    let token = world.token(Role::Viewer, HOME);
    let school = world.get(&token, "/api/v1/base/objects/school/A1").await;
    assert_eq!(
        (&school["values"]["phone"], &school["blurred"]),
        (&json!("095*******45"), &json!(true))
    );

    let response = bring(&world, &home, "kind=school&file=schools.csv", SCHOOLS).await;
    let id = response.json()["id"].as_u64().expect("number");
    let import = state(&world, &home, id, "checked").await;
    assert_eq!(import["faults"]["not-allowed"], 1, "the row of another county");
    let path = "/api/v1/base/objects/school/B1";
    let order = json!({ "name": "x", "area": HOME.to_string(), "values": { "level": "primary", "students": 1 } });
    let response = world.call(&home, "PUT", path, Some(order)).await;
    assert_eq!(response.status, StatusCode::NOT_FOUND, "a key of another county's record");
    let simulator = world.token(Role::Simulator, 0);
    let response = bring(&world, &simulator, "kind=school&file=schools.csv", SCHOOLS).await;
    assert_eq!(response.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn other_programs_read_it_as_ogc_api_features() {
    let mut world = World::open().await;
    let token = world.token(Role::Steward, 0);
    load(&world, &token, SCHOOLS).await;
    let root = "/api/v1/ogc";
    let landing = world.get(&token, root).await;
    let links = landing["links"].as_array().expect("links").iter();
    let rels: Vec<&str> = links.filter_map(|link| link["rel"].as_str()).collect();
    assert_eq!(rels, ["self", "service-desc", "conformance", "data"]);
    let collections = world.get(&token, &format!("{root}/collections")).await;
    assert!(collections["collections"].as_array().is_some_and(|all| all.len() > 50));
    let items = format!("{root}/collections/school/items");
    // Page by page, nothing twice and nothing left out.
    let mut keys = Vec::new();
    let mut next = Some(format!("{items}?limit=1"));
    while let Some(path) = next {
        let page = world.get(&token, &path).await;
        let features = page["features"].as_array().expect("features").iter();
        keys.extend(
            features.map(|f| f["properties"]["key"].as_str().unwrap_or_default().to_owned()),
        );
        let links = page["links"].as_array().expect("links").iter();
        let link =
            links.filter(|link| link["rel"] == "next").find_map(|link| link["href"].as_str());
        next = link.map(|href| {
            href.split_once("/api/").map(|(_, rest)| format!("/api/{rest}")).expect("path")
        });
    }
    assert_eq!(keys, ["A1", "A2", "B1"]);
    let count = async |query: &str| {
        let page = world.get(&token, &format!("{items}?{query}")).await;
        page["features"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(count("bbox=106.2,38.4,106.3,38.5").await, 2);
    assert_eq!(count("bbox=106.2,38.4,106.3,38.5&students=900").await, 1);
    assert_eq!(count("name=平罗小学").await, 1);
    assert_eq!(count("bbox=0,0,1,1").await, 0);
    // CQL2 (OGC 21-065r2), as text and as JSON, alone and with a box.
    let school = "name%20LIKE%20'%25%E5%B0%8F%E5%AD%A6'";
    assert_eq!(count(&format!("filter={school}")).await, 3);
    assert_eq!(count(&format!("filter={school}%20AND%20students%3E750")).await, 2);
    assert_eq!(count("bbox=106.2,38.4,106.3,38.5&filter=students%3E800").await, 1);
    let box_of = "S_INTERSECTS(geometry,BBOX(106.5,38.9,106.6,39))".replace(',', "%2C");
    assert_eq!(count(&format!("filter={box_of}&filter-lang=cql2-text")).await, 1);
    let json = "%7B%22op%22%3A%22%3D%22%2C%22args%22%3A%5B%7B%22property%22%3A%22students%22%7D%2C900%5D%7D";
    assert_eq!(count(&format!("filter-lang=cql2-json&filter={json}")).await, 1);
    for query in [
        "bbox=1,2,3",
        "bbox=3,3,1,1",
        "limit=0",
        "limit=x",
        "colour=red",
        "filter=name%3D",
        "filter=colour%3D'red'",
        "filter=1%3D1&filter-lang=sql",
    ] {
        let response = world.call(&token, "GET", &format!("{items}?{query}"), None).await;
        assert_eq!(response.status, StatusCode::BAD_REQUEST, "{query}: {}", response.text);
    }
    let item = world.call(&token, "GET", &format!("{items}/1"), None).await;
    assert_eq!(item.headers.get(header::CONTENT_TYPE).expect("type"), "application/geo+json");
    assert_eq!(item.json()["geometry"]["type"], "Point");
    // Another county's officer sees its own only, and cannot ask telephone numbers out.
    let viewer = world.token(Role::Viewer, ELSEWHERE);
    let page = world.get(&viewer, &format!("{items}?bbox=106,38,107,39")).await;
    assert_eq!(page["numberReturned"], 1);
    let hidden = world.call(&viewer, "GET", &format!("{items}/1"), None).await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND);
    let viewer = world.token(Role::Viewer, HOME);
    for query in ["phone=0951-6012345", "filter=phone%3D'0951-6012345'"] {
        let page = world.get(&viewer, &format!("{items}?{query}")).await;
        assert_eq!(page["numberReturned"], 0, "{query}");
    }
}

#[tokio::test]
async fn tiles_show_what_lies_in_the_own_area_and_nothing_else() {
    let mut world = World::open().await;
    let token = world.token(Role::Steward, 0);
    load(&world, &token, SCHOOLS).await;
    // The tile of Yongning at zoom 14, and one of Pingluo, by the formula of the grid.
    let home = "/api/v1/base/tiles/14/13028/6292";
    let elsewhere = "/api/v1/base/tiles/14/13040/6266";
    let ask = async |world: &World, token: &str, path: &str| {
        let request = Request::builder()
            .uri(path)
            .header(header::COOKIE, format!("helan_session={token}"))
            .body(Body::empty());
        world.send(request.expect("request")).await
    };
    let has = |response: &Response, words: &str| response.text.contains(words);
    let all = ask(&world, &token, home).await;
    assert_eq!(all.status, StatusCode::OK);
    assert!(has(&all, "dots") && has(&all, "第一小学") && has(&all, "school"), "{}", all.text);
    assert!(has(&ask(&world, &token, elsewhere).await, "平罗小学"));
    let none = ask(&world, &token, &format!("{home}?kinds=hospital")).await;
    assert_eq!((none.status, none.text.as_str()), (StatusCode::OK, ""));
    let some = ask(&world, &token, &format!("{home}?kinds=hospital,school")).await;
    assert!(has(&some, "第一小学"));
    let unknown = ask(&world, &token, &format!("{home}?kinds=castle")).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert_eq!(ask(&world, &token, "/api/v1/base/tiles/3/8/0").await.status, StatusCode::NOT_FOUND);
    // Whoever has another area gets an empty tile, not even a dot.
    let stranger = world.token(Role::Steward, ELSEWHERE);
    assert_eq!(ask(&world, &stranger, home).await.text, "");
    // What changes is there at once.
    let order = json!({ "name": "新小学", "area": "", "address": "", "post": "", "values": { "level": "小学", "students": 5 },
        "geometry": { "type": "Point", "coordinates": [106.2700, 38.4666] } });
    let path = "/api/v1/base/objects/school/N1";
    let put = world.call(&token, "PUT", path, Some(order)).await;
    assert_eq!(put.json()["stored"], true, "{}", put.text);
    assert!(has(&ask(&world, &token, home).await, "新小学"));
}

#[tokio::test]
async fn a_sheet_takes_nothing_from_another_area_and_what_is_made_up_replaces_nothing_real() {
    let mut world = World::open().await;
    let steward = world.token(Role::Steward, 0);
    load(&world, &steward, SCHOOLS).await;
    let faults = async |world: &World, token: &str, query: &str, row: &str| {
        let sheet = format!("编号,名称,经度,纬度,学段,在校人数\n{row}\n");
        let response = bring(world, token, query, &sheet).await;
        assert_eq!(response.status, StatusCode::ACCEPTED, "{}", response.text);
        let id = response.json()["id"].as_u64().expect("number");
        let import = state(world, token, id, "checked").await;
        (import["faults"].clone(), id)
    };
    // B1 lies elsewhere: a row that says it is here would take it away from there.
    let home = world.token(Role::Steward, HOME);
    let query = "kind=school&file=s.csv";
    let (found, _) = faults(&world, &home, query, "B1,平罗小学,106.2789,38.4666,小学,1").await;
    assert_eq!(found, json!({ "not-allowed": 1 }));
    // A simulator brings made-up objects only, and they replace none that is real.
    let simulator = world.token(Role::Simulator, 0);
    let real = bring(&world, &simulator, query, SCHOOLS).await;
    assert_eq!(real.status, StatusCode::FORBIDDEN, "{}", real.text);
    let query = "kind=school&file=s.csv&synthetic=true";
    let (found, _) = faults(&world, &simulator, query, "A1,假小学,106.2789,38.4666,小学,1").await;
    assert_eq!(found, json!({ "real": 1 }));
    let (found, id) = faults(&world, &simulator, query, "D1,假小学,106.2789,38.4666,小学,1").await;
    assert_eq!(found, json!({}));
    world.post(&simulator, &format!("/api/v1/base/imports/{id}/load"), json!({})).await;
    state(&world, &simulator, id, "loaded").await;
    let made = world.get(&steward, "/api/v1/base/objects/school/D1").await;
    assert_eq!(made["synthetic"], true);
    let list = world.get(&simulator, "/api/v1/base/imports").await;
    assert!(
        list.as_array().expect("list").iter().all(|import| import["file"] == "s.csv"),
        "{list}"
    );
    // It takes away what is made up, and nothing else.
    for (key, status) in [("A1", StatusCode::FORBIDDEN), ("D1", StatusCode::NO_CONTENT)] {
        let path = format!("/api/v1/base/objects/school/{key}");
        assert_eq!(world.call(&simulator, "DELETE", &path, None).await.status, status, "{key}");
    }
}

#[tokio::test]
async fn everybody_sees_the_areas_around_and_below_the_own_one() {
    let mut world = World::open().await;
    let all = world.token(Role::Viewer, 0);
    let areas = world.get(&all, "/api/v1/base/areas").await;
    assert_eq!(areas.as_array().map(Vec::len), Some(1 + 5 + 22 + 259));
    let home = world.token(Role::Viewer, HOME);
    let areas = world.get(&home, "/api/v1/base/areas").await;
    let codes: Vec<u64> =
        areas.as_array().expect("list").iter().filter_map(|area| area["code"].as_u64()).collect();
    assert!(codes.contains(&640_000_000) && codes.contains(&u64::from(HOME)), "{codes:?}");
    assert!(!codes.contains(&u64::from(ELSEWHERE)), "{codes:?}");
}

#[tokio::test]
async fn photos_and_papers_are_filed_with_their_object() {
    let mut world = World::open().await;
    let steward = world.token(Role::Steward, 0);
    load(&world, &steward, SCHOOLS).await;
    let path = "/api/v1/base/objects/school/A1/documents";
    let file = async |world: &World, token: &str, bytes: &'static [u8]| {
        let request = Request::builder()
            .method("POST")
            .uri(format!("{path}?name=gate.jpg"))
            .header(header::COOKIE, format!("helan_session={token}"))
            .body(Body::from(bytes));
        world.send(request.expect("request")).await
    };
    let photo: &[u8] = &[0xff, 0xd8, 0xff, 0xe0, 1, 2, 3];
    let filed = file(&world, &steward, photo).await;
    assert_eq!(filed.status, StatusCode::CREATED, "{}", filed.text);
    let id = filed.json()["id"].as_i64().expect("number");
    // What it is, says it itself; its name may say anything.
    let lie = file(&world, &steward, b"<script>alert(1)</script>").await;
    assert_eq!(lie.status, StatusCode::BAD_REQUEST, "{}", lie.text);
    let list = world.get(&steward, path).await;
    assert_eq!(list[0]["media"], "image/jpeg");
    assert_eq!(list[0]["size"], 7);
    let one = format!("{path}/{id}");
    let content = world.call(&steward, "GET", &one, None).await;
    assert_eq!(content.headers.get(header::CONTENT_TYPE).expect("type"), "image/jpeg");
    assert_eq!(content.headers.get(header::CONTENT_DISPOSITION).expect("how"), "attachment");
    // By another object's path it is not there; nobody else sees or changes it.
    let other = format!("/api/v1/base/objects/school/A2/documents/{id}");
    assert_eq!(world.call(&steward, "GET", &other, None).await.status, StatusCode::NOT_FOUND);
    for (role, area, status) in [
        (Role::Steward, ELSEWHERE, StatusCode::NOT_FOUND),
        (Role::Viewer, HOME, StatusCode::FORBIDDEN),
        (Role::Duty, HOME, StatusCode::OK),
    ] {
        let token = world.token(role, area);
        assert_eq!(world.call(&token, "GET", &one, None).await.status, status, "{role:?}");
    }
    let duty = world.token(Role::Duty, HOME);
    assert_eq!(file(&world, &duty, photo).await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.call(&duty, "DELETE", &one, None).await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.call(&steward, "DELETE", &one, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(world.get(&steward, path).await, json!([]));
}
