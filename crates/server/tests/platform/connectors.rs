//! Connectors: records that are pulled from other systems, and systems that fail.

#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use crate::common::{ELSEWHERE, HOME, World};
use axum::{
    Router,
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use helan_server::{
    access::Role,
    config::{Config, ConnectorSecret},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

const SCHOOLS: &str = r#"{"data": [
    {"school_id": "A1", "title": "第一小学", "at": {"x": 106.2789, "y": 38.4666}, "level": "primary", "students": 800},
    {"school_id": "A2", "title": "第二小学", "at": {"x": 106.2800, "y": 38.4700}, "level": "primary", "students": "many"},
    {"school_id": "B1", "title": "平罗小学", "at": {"x": 106.5400, "y": 38.9100}, "level": "primary", "students": 700}]}"#;

/// Another system: what it answers, and what it was told.
#[derive(Default)]
struct Other {
    status: u16,
    body: String,
    heard: Vec<String>,
}

type Shared = Arc<Mutex<Other>>;

/// Starts it; gives its port.
async fn other(shared: Shared) -> u16 {
    let answer = move |headers: HeaderMap| async move {
        let mut other = shared.lock().expect("lock");
        let word = headers.get(header::AUTHORIZATION).and_then(|word| word.to_str().ok());
        other.heard.push(word.unwrap_or_default().to_owned());
        let status = StatusCode::from_u16(other.status).expect("status");
        let place = [(header::LOCATION, "http://127.0.0.1:1/inside")];
        (status, place, other.body.clone()).into_response()
    };
    let router = Router::new().route("/schools", get(answer));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
    let port = listener.local_addr().expect("address").port();
    tokio::spawn(async move { axum::serve(listener, router).await.expect("served") });
    port
}

/// A platform that may reach this port, with a secret for it in a file.
async fn world(port: u16, folder: &Path) -> World {
    let file = folder.join("word.secret");
    std::fs::write(&file, "open-sesame\n").expect("secret");
    let host = format!("127.0.0.1:{port}");
    let mut config = Config::default();
    config.connectors.hosts = vec![host.clone()];
    config.connectors.secrets.insert("word".to_owned(), ConnectorSecret { file, host });
    World::open_with(config, true).await
}

fn order(port: u16) -> Value {
    json!({
        "name": "教育厅", "kind": "school", "minutes": 60, "enabled": true, "secret": "word",
        "mapping": { "school_id": "key", "title": "name", "at.x": "lon", "at.y": "lat" },
        "from": { "type": "http-json", "url": format!("http://127.0.0.1:{port}/schools"), "list": "/data" },
    })
}

const AT: &str = "/api/v1/base/connectors/schools";

/// The connector, once it is so.
async fn until(world: &World, token: &str, what: &str, so: impl Fn(&Value) -> bool) -> Value {
    world
        .until(what, async |world| {
            let all = world.get(token, "/api/v1/base/connectors").await;
            let one = all.as_array().and_then(|all| all.first()).cloned();
            one.filter(|one| one["health"] != "running" && so(one))
        })
        .await
}

#[tokio::test]
async fn records_are_pulled_and_an_outage_holds_up_nothing() {
    let shared = Shared::default();
    *shared.lock().expect("lock") = Other { status: 200, body: SCHOOLS.into(), heard: Vec::new() };
    let port = other(shared.clone()).await;
    let folder = tempfile::tempdir().expect("folder");
    let mut world = world(port, folder.path()).await;
    let token = world.token(Role::Steward, 0);
    let response = world.call(&token, "PUT", AT, Some(order(port))).await;
    assert_eq!(response.status, StatusCode::OK, "{}", response.text);
    let good = until(&world, &token, "a good run", |one| one["health"] == "good").await;
    let last = &good["last"];
    assert_eq!((&last["rows"], &last["bad"], &last["created"]), (&json!(3), &json!(1), &json!(2)));
    assert_eq!(last["faults"], json!({ "not-number": 1 }));
    assert_eq!(last["first"][0]["row"], 2);
    assert!(!good.to_string().contains("sesame"), "secrets are never told");
    let school = world.get(&token, "/api/v1/base/objects/school/A1").await;
    let origin = &school["origins"][school["origin"].to_string()];
    assert_eq!((&origin["source"], &origin["detail"]), (&json!("connector"), &json!("schools")));
    assert_eq!(shared.lock().expect("lock").heard, ["Bearer open-sesame"]);

    let run = format!("{AT}/run");
    let good_at = good["last_good"].clone();
    for (status, body, words) in [
        (503, "", "status 503"),
        // An answer that sends us elsewhere could send us anywhere.
        (302, "", "status 302"),
        (200, "<html>", "JSON"),
        (200, "{\"data\": 7}", "no list"),
    ] {
        {
            let mut other = shared.lock().expect("lock");
            (other.status, other.body) = (status, body.to_owned());
        }
        assert_eq!(world.post(&token, &run, json!({})).await.status, StatusCode::ACCEPTED);
        let failing = until(&world, &token, words, |one| {
            one["last"]["failed"]["en"].as_str().is_some_and(|why| why.contains(words))
        })
        .await;
        assert_eq!((&failing["health"], &failing["last_good"]), (&json!("failing"), &good_at));
        let next = failing["next"].as_i64().expect("moment");
        assert!(next - failing["last"]["ended"].as_i64().expect("moment") < 3_600_000);
        // Everybody else is answered as ever, and who watches the machine is told.
        let metrics = helan_server::metrics::text(&world.server.api).await.expect("metrics");
        assert!(metrics.contains("helan_connectors_failing 1"), "{metrics}");
        assert_eq!(world.get(&token, "/api/v1/base/find?q=第一").await[0]["key"], "A1");
    }
    let changed = SCHOOLS.replace("800", "801").replace("\"many\"", "900");
    *shared.lock().expect("lock") = Other { status: 200, body: changed, heard: Vec::new() };
    assert_eq!(world.post(&token, &run, json!({})).await.status, StatusCode::ACCEPTED);
    let good = until(&world, &token, "recovery", |one| one["health"] == "good").await;
    let last = &good["last"];
    let figures = (&last["created"], &last["updated"], &last["same"], &good["failures"]);
    assert_eq!(figures, (&json!(1), &json!(1), &json!(1), &json!(0)));
    let runs = world.get(&token, &format!("{AT}/runs")).await;
    assert_eq!(runs.as_array().map(Vec::len), Some(6));
    let audit = world.token(Role::Auditor, 0);
    let audit = world.get(&audit, "/api/v1/audit").await.to_string();
    assert!(
        audit.contains("base connector put") && audit.contains("school from schools"),
        "{audit}"
    );
    assert!(!audit.contains("sesame"));
    assert_eq!(world.call(&token, "DELETE", AT, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(world.get(&token, "/api/v1/base/connectors").await, json!([]));
    assert_eq!(world.get(&token, "/api/v1/base/objects/school/A1").await["key"], "A1");
}

#[tokio::test]
async fn nobody_reaches_inside_through_a_connector_or_sees_those_of_others() {
    let folder = tempfile::tempdir().expect("folder");
    let mut world = world(4, folder.path()).await;
    let token = world.token(Role::Steward, 0);
    let with = |from: Value, secret: &str| {
        let mut order = order(4);
        (order["from"], order["secret"]) = (from, secret.into());
        order["enabled"] = false.into();
        order
    };
    let csv = |url: &str| json!({ "type": "http-csv", "url": url });
    let postgres = |host: &str, port: u16| {
        let query = "select 1";
        json!({
            "type": "postgres", "host": host, "port": port, "database": "d", "user": "u", "query": query,
        })
    };
    for (order, words) in [
        (with(csv("https://169.254.169.254/latest"), ""), "inside"),
        (with(csv("https://[::1]/x"), ""), "inside"),
        (with(csv("https://localhost/x"), ""), "inside"),
        (with(csv("http://127.0.0.1:5/x"), ""), "without encryption"),
        (with(csv("file:///etc/passwd"), ""), "no address"),
        (with(csv("https://a:b@data.example/x"), ""), "no address"),
        (with(postgres("127.0.0.1", 5432), ""), "without encryption"),
        // The word is for another machine.
        (with(csv("https://data.example/x"), "word"), "no such secret"),
        (with(csv("http://127.0.0.1:4/x"), "other"), "no such secret"),
    ] {
        let response = world.call(&token, "PUT", AT, Some(order.clone())).await;
        assert_eq!(response.status, StatusCode::UNPROCESSABLE_ENTITY, "{order}");
        assert!(response.text.contains(words), "{order}: {}", response.text);
    }
    let mut senseless = order(4);
    senseless["minutes"] = 1.into();
    assert_eq!(world.call(&token, "PUT", AT, Some(senseless)).await.code(), "out-of-range");
    let mut castle = order(4);
    castle["kind"] = "castle".into();
    assert_eq!(world.call(&token, "PUT", AT, Some(castle)).await.status, StatusCode::NOT_FOUND);

    let home = world.token(Role::Steward, HOME);
    let mut own = with(csv("http://127.0.0.1:4/x"), "word");
    own["area"] = ELSEWHERE.into();
    assert_eq!(world.call(&home, "PUT", AT, Some(own.clone())).await.status, StatusCode::FORBIDDEN);
    own["area"] = HOME.into();
    assert_eq!(world.call(&home, "PUT", AT, Some(own.clone())).await.status, StatusCode::OK);
    assert_eq!(world.post(&home, &format!("{AT}/run"), json!({})).await.code(), "wrong-state");
    let elsewhere = world.token(Role::Steward, ELSEWHERE);
    assert_eq!(world.get(&elsewhere, "/api/v1/base/connectors").await, json!([]));
    own["area"] = ELSEWHERE.into();
    for (method, path, body) in [
        ("PUT", AT.to_owned(), Some(own)),
        ("DELETE", AT.to_owned(), None),
        ("POST", format!("{AT}/run"), Some(json!({}))),
        ("GET", format!("{AT}/runs"), None),
    ] {
        let response = world.call(&elsewhere, method, &path, body).await;
        assert_eq!(response.status, StatusCode::NOT_FOUND, "{method} {path}");
    }
    let viewer = world.token(Role::Viewer, 0);
    let response = world.call(&viewer, "GET", "/api/v1/base/connectors", None).await;
    assert_eq!(response.status, StatusCode::FORBIDDEN);
}

/// A PostgreSQL of the machine, started in a folder of its own; gone when it is dropped.
struct Postgres {
    bin: PathBuf,
    port: u16,
    child: Child,
    folder: tempfile::TempDir,
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Postgres {
    /// None, with the reason, when there is none to start.
    async fn start() -> Option<Self> {
        let bins = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let bin = bins.map(|bin| bin.path().join("bin")).filter(|b| b.join("postgres").exists());
        let Some(bin) = bin.max() else {
            eprintln!("SKIP: PostgreSQL is not installed");
            return None;
        };
        let folder = tempfile::tempdir().expect("folder");
        let word = folder.path().join("word");
        std::fs::write(&word, "open-sesame").expect("file");
        let data = folder.path().join("data");
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("port")
            .port();
        let id = Command::new("id").arg("-u").output().expect("id").stdout;
        let as_root = String::from_utf8_lossy(&id).trim() == "0";
        if as_root {
            // It refuses to run as root: then it runs as its own user.
            let owned = Command::new("chown").args(["-R", "postgres"]).arg(folder.path()).status();
            assert!(owned.is_ok_and(|status| status.success()), "chown");
        }
        let run = |program: &str| {
            let program = bin.join(program);
            let mut command = if as_root {
                let mut command = Command::new("setpriv");
                command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
                command.arg(program);
                command
            } else {
                Command::new(program)
            };
            command.current_dir("/").stdout(Stdio::null()).stderr(Stdio::null());
            command
        };
        let made = run("initdb")
            .args(["-A", "scram-sha-256", "-U", "owner", "-E", "UTF8", "--no-locale"])
            .arg("--pwfile")
            .arg(&word)
            .arg("-D")
            .arg(&data)
            .status();
        assert!(made.is_ok_and(|status| status.success()), "initdb");
        let child = run("postgres")
            .arg("-D")
            .arg(&data)
            .args(["-h", "127.0.0.1", "-k", "", "-p", &port.to_string()])
            .spawn()
            .expect("postgres");
        let postgres = Self { bin, port, child, folder };
        for _ in 0..200 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            if postgres.psql("select 1") {
                return Some(postgres);
            }
        }
        unreachable!("postgres does not get ready")
    }

    fn psql(&self, script: &str) -> bool {
        let port = self.port.to_string();
        Command::new(self.bin.join("psql"))
            .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", "owner", "-h", "127.0.0.1"])
            .args(["-p", &port, "-d", "postgres", "-c", script])
            .env("PGPASSWORD", "open-sesame")
            .current_dir(self.folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }
}

#[tokio::test]
async fn rows_of_postgresql_are_pulled_and_nothing_is_written_there() {
    let Some(postgres) = Postgres::start().await else { return };
    let rows = "create table school (id text, name text, x float8, y float8, level text, students int, \
         canteen bool, opened date, phone varchar(20)); \
         insert into school values ('A1', '第一小学', 106.2789, 38.4666, 'primary', 800, true, '2024-03-05', null), \
         ('A2', 'O''Neil, \"x\"\n=1', 106.28, 38.47, 'primary', null, false, null, '+86 951 6012345')";
    assert!(postgres.psql(rows));
    let folder = tempfile::tempdir().expect("folder");
    let mut world = world(postgres.port, folder.path()).await;
    let token = world.token(Role::Steward, 0);
    let query = |text: &str| {
        json!({
            "name": "教育厅", "kind": "school", "minutes": 5, "enabled": true, "secret": "word",
            "mapping": { "id": "key", "x": "lon", "y": "lat", "canteen": null },
            "from": { "type": "postgres", "host": "127.0.0.1", "port": postgres.port, "database": "postgres",
                "user": "owner", "query": text },
        })
    };
    let put = async |world: &World, text: &str| {
        let response = world.call(&token, "PUT", AT, Some(query(text))).await;
        assert_eq!(response.status, StatusCode::OK, "{}", response.text);
    };
    put(&world, "select id, name, x, y, level, coalesce(students, 5) as students, canteen, phone from school;")
        .await;
    let good = until(&world, &token, "a good run", |one| one["health"] == "good").await;
    assert_eq!((&good["last"]["created"], &good["last"]["bad"]), (&json!(2), &json!(0)), "{good}");
    let school = world.get(&token, "/api/v1/base/objects/school/A2").await;
    assert_eq!(school["name"], "O'Neil, \"x\"\n=1");
    assert_eq!(school["values"]["phone"], "+86 951 6012345");
    for (text, words) in [
        ("delete from school returning *", "the database says"),
        ("select 1; delete from school", "the database says"),
        ("select 1) as a; delete from school; select * from (select 1", "the database says"),
        ("with gone as (delete from school returning *) select * from gone", "the database says"),
        ("select * from nothing", "42P01"),
        ("select set_config('x.y', 'z', false), pg_sleep(0), nextval('s')", "the database says"),
    ] {
        put(&world, text).await;
        let failing = until(&world, &token, text, |one| one["failures"] == 1).await;
        assert_eq!(failing["health"], "failing");
        let why = failing["last"]["failed"]["en"].as_str().expect("words").to_owned();
        assert!(why.contains(words), "{text}: {why}");
        assert!(!failing.to_string().contains("sesame"));
    }
    put(&world, "select * from school").await;
    let good = until(&world, &token, "recovery", |one| one["health"] == "good").await;
    assert_eq!(good["last"]["rows"], 2, "all rows are there still: {good}");
    drop(postgres);
    assert_eq!(
        world.post(&token, &format!("{AT}/run"), json!({})).await.status,
        StatusCode::ACCEPTED
    );
    let failing = until(&world, &token, "outage", |one| one["health"] == "failing").await;
    assert_eq!(failing["last"]["failed"]["en"], "no connection");
}

#[tokio::test]
async fn the_base_database_is_copied_into_postgis_and_replaces_its_last_copy() {
    let Some(postgres) = Postgres::start().await else { return };
    if !postgres.psql("create extension postgis") {
        eprintln!("SKIP: PostGIS is not installed");
        return;
    }
    let folder = tempfile::tempdir().expect("folder");
    let mut world = world(postgres.port, folder.path()).await;
    let token = world.token(Role::Steward, 0);
    let put = async |world: &World, path: &str, name: &str, geometry: Value, values: Value| {
        let order = json!({ "name": name, "area": "", "geometry": geometry, "values": values });
        let path = format!("/api/v1/base/objects/{path}");
        let response = world.call(&token, "PUT", &path, Some(order)).await;
        assert_eq!(response.json()["stored"], true, "{}", response.text);
    };
    let school = json!({ "level": "primary", "students": 800, "phone": "0951-6012345" });
    let point = json!({ "type": "Point", "coordinates": [106.2789, 38.4666] });
    put(&world, "school/A1", "一\t'小\\学'\nx", point, school).await;
    let line = json!({ "type": "LineString", "coordinates": [[106.27, 38.46], [106.28, 38.47]] });
    let road = json!({ "road_class": "second", "state": "open" });
    put(&world, "road/R1", "路", line, road).await;
    let address = folder.path().join("address");
    let port = postgres.port;
    let words =
        format!("host=127.0.0.1 port={port} user=owner password=open-sesame dbname=postgres");
    std::fs::write(&address, words).expect("file");
    let copy = || {
        Command::new(env!("CARGO_BIN_EXE_helan"))
            .arg("postgis")
            .arg("--data")
            .arg(world.folder.path().join("data"))
            .arg("--packs")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../../packs"))
            .arg("--address")
            .arg(&address)
            .output()
            .expect("helan postgis")
    };
    // Twice: the second copy takes the place of the first.
    for _ in 0..2 {
        let done = copy();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    // Division by zero where a condition does not hold.
    let must = |condition: &str| {
        assert!(postgres.psql(&format!("select 1 / ({condition})::int")), "{condition}");
    };
    must(
        "select count(*) = 1 from helan.school where name = E'一\\t''小\\\\学''\\nx' and students = 800",
    );
    must(
        "select bool_and(ST_X(geom) = 106.2789 and ST_SRID(geom) = 4326 and not synthetic) from helan.school",
    );
    must("select count(*) = 1 from helan.road where ST_NPoints(geom) = 2 and lanes is null");
    must("select count(*) = 64 from information_schema.tables where table_schema = 'helan'");
    must("select extract(epoch from max(changed_at)) > 1e9 from helan.school");
    std::fs::write(&address, "host=127.0.0.1 port=1 user=nobody").expect("file");
    assert!(!copy().status.success(), "no database there");
}
