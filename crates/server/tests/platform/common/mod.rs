//! A platform in a folder of its own, asked in-process.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::{collections::BTreeMap, net::SocketAddr, path::Path};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use helan_kernel::{AreaCode, Ms, Reading, registry::RegistryChange};
use helan_server::{
    access::{Role, sessions::new_token},
    api,
    config::Config,
    serve::{Options, Server},
};
use helan_store::accounts::{NewAccount, TokenHash};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower::ServiceExt;

/// Where the test's devices stand.
pub const HOME: u32 = 640_104_000;
/// Another county.
pub const ELSEWHERE: u32 = 640_221_000;

pub struct World {
    pub server: Server,
    pub router: Router,
    pub folder: tempfile::TempDir,
    tokens: BTreeMap<String, String>,
}

/// A response that was read whole.
pub struct Response {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Response {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    pub fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl World {
    pub async fn open() -> Self {
        Self::open_with(Config::default(), true).await
    }

    pub async fn open_with(config: Config, demo: bool) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        Self::open_in(folder, config, demo).await
    }

    /// Stops, and starts again with what is on the disk. Accounts and their sessions hold.
    pub async fn restart(self) -> Self {
        let Self { server, router, folder, tokens } = self;
        let config = Config::clone(&server.api.config);
        server.stop.send_replace(true);
        server.devices.stop(std::time::Duration::from_secs(5)).await;
        server.api.platform.close();
        drop(router);
        server.running.join().await.expect("the node saves its state");
        Self { tokens, ..Self::open_in(folder, config, true).await }
    }

    async fn open_in(folder: tempfile::TempDir, config: Config, demo: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
        let options = Options {
            config,
            data: folder.path().join("data"),
            packs: Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs"),
            demo,
            accept_divergence: false,
        };
        let http = SocketAddr::from(([127, 0, 0, 1], 1));
        let server = Server::open(options, listener, http, &|_| {}).await.expect("server");
        let router = api::router(server.api.clone());
        Self { server, router, folder, tokens: BTreeMap::new() }
    }

    /// Token of an account of this role and area; made when it is first asked for.
    pub fn token(&mut self, role: Role, area: u32) -> String {
        if role == Role::Simulator {
            let file = self.folder.path().join("data/simulator.token");
            return std::fs::read_to_string(file).expect("token").trim().to_owned();
        }
        let account = format!("{}-{area}", role.word());
        if let Some(token) = self.tokens.get(&account) {
            return token.clone();
        }
        let store = &self.server.api.accounts;
        let now = self.server.api.platform.now();
        let new = NewAccount {
            account: &account,
            name: &account,
            role,
            area: AreaCode(area),
            language: "en",
            password_hash: "none",
            must_change: false,
        };
        assert!(store.create(&new, now).expect("store"));
        let token = new_token().expect("random");
        let expires = now.after(Ms::seconds(3600));
        store.open_session(&TokenHash::of(&token), &account, now, expires).expect("store");
        self.tokens.insert(account, token.clone());
        token
    }

    pub async fn send(&self, request: Request<Body>) -> Response {
        let response = self.router.clone().oneshot(request).await.expect("infallible");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("body").to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Response { status: parts.status, headers: parts.headers, text }
    }

    pub async fn call(
        &self,
        token: &str,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Response {
        let mut request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).expect("method"))
            .uri(path)
            .header(header::COOKIE, format!("helan_session={token}"));
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.send(request.body(body).expect("request")).await
    }

    pub async fn get(&self, token: &str, path: &str) -> Value {
        let response = self.call(token, "GET", path, None).await;
        assert_eq!(response.status, StatusCode::OK, "{path}: {}", response.text);
        response.json()
    }

    pub async fn post(&self, token: &str, path: &str, body: Value) -> Response {
        self.call(token, "POST", path, Some(body)).await
    }

    /// Puts a record of the base database at a place, or along a line; `path` is its kind and key.
    pub async fn put(&self, token: &str, path: &str, at: &[(f64, f64)], values: Value) {
        let corners: Vec<[f64; 2]> = at.iter().map(|(lon, lat)| [*lon, *lat]).collect();
        let east = corners.iter().all(|[lon, _]| *lon > 106.5);
        let geometry = match corners.as_slice() {
            [point] => json!({ "type": "Point", "coordinates": point }),
            line => json!({ "type": "LineString", "coordinates": line }),
        };
        let area = if east { ELSEWHERE } else { HOME };
        let order = json!({ "name": path, "area": area.to_string(), "values": values, "geometry": geometry });
        let path = format!("/api/v1/base/objects/{path}");
        let response = self.call(token, "PUT", &path, Some(order)).await;
        assert_eq!(response.json()["stored"], true, "{}", response.text);
    }

    /// Puts a road of 60 km/h.
    pub async fn road(&self, token: &str, key: &str, line: &[(f64, f64)]) {
        let values = json!({ "road_class": "second", "state": "open", "speed": 60 });
        self.put(token, &format!("road/{key}"), line, values).await;
    }

    /// Waits until somebody can drive from one place to another.
    pub async fn roads_known(&self, token: &str, from: (f64, f64), to: (f64, f64)) {
        let place = |(lon, lat): (f64, f64)| json!({ "lon": lon, "lat": lat });
        let ask = json!({ "class": "fire-engine", "from": place(from), "to": place(to) });
        self.until("the roads", async |world| {
            let response = world.post(token, "/api/v1/roads/way", ask.clone()).await;
            (response.status == StatusCode::OK).then_some(())
        })
        .await;
    }

    /// Registers a block of flats with a detector, a valve and people; gives the tokens of the devices.
    pub async fn register(
        &mut self,
        prefix: &str,
        area: u32,
        drill: bool,
    ) -> BTreeMap<String, String> {
        let changes = scene(prefix, area, drill);
        let role = if drill { Role::Simulator } else { Role::Admin };
        let token = self.token(role, 0);
        let body = json!({ "changes": changes });
        let response = self.call(&token, "POST", "/api/v1/registry", Some(body)).await;
        assert_eq!(response.status, StatusCode::OK, "{}", response.text);
        let result = response.json();
        for answer in result["answers"].as_array().expect("answers") {
            assert!(answer.get("refused").is_none(), "{}", response.text);
        }
        serde_json::from_value(result["tokens"].clone()).expect("tokens")
    }

    /// Readings of a detector, some seconds apart, up to now.
    pub async fn readings(&self, device: &str, values: &[f64]) {
        let platform = &self.server.api.platform;
        let name = device.to_owned();
        let point = platform
            .ask(move |engine| {
                let registry = engine.registry();
                registry.point(registry.devices.by_key(&name)?, "ch4")
            })
            .await
            .expect("node")
            .expect("point");
        let count = i64::try_from(values.len()).expect("few");
        let start = platform.now().0 - count * 1000;
        let readings = (1..).zip(values).map(|(n, value)| Reading {
            point,
            at: Ms(start + n * 1000),
            value: *value,
            quality: helan_kernel::Quality::Good,
        });
        platform.read(readings.collect()).await.expect("node");
    }

    /// Waits until something is there.
    pub async fn until<T>(&self, what: &str, mut look: impl AsyncFnMut(&Self) -> Option<T>) -> T {
        // Half a minute: on a machine that builds beside it, what takes a moment takes seconds.
        for _ in 0..3_000 {
            if let Some(found) = look(self).await {
                return found;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("{what} did not come");
    }

    /// A leak at the detector of a scene: gives the numbers of alarm and incident.
    pub async fn leak(&mut self, prefix: &str) -> (u64, u64) {
        self.readings(&format!("{prefix}-detector"), &[2.0, 30.0, 31.0, 32.0, 33.0]).await;
        let viewer = self.token(Role::Viewer, 0);
        let device = format!("{prefix}-detector");
        self.until("the alarm", async |world| {
            let alarms = world.get(&viewer, "/api/v1/alarms").await;
            let alarms = alarms["items"].as_array()?;
            let alarm =
                alarms.iter().find(|a| a["device"] == *device && !a["incident"].is_null())?;
            Some((alarm["id"].as_u64()?, alarm["incident"].as_u64()?))
        })
        .await
    }
}

/// A block of flats.
pub fn scene(prefix: &str, area: u32, drill: bool) -> Vec<RegistryChange> {
    // Counties apart, so that one's danger area holds nobody of the other.
    let lon = if area == ELSEWHERE { 106.70 } else { 106.27 };
    let position = json!({ "lon": lon, "lat": 38.46 });
    let key = |name: &str| format!("{prefix}-{name}");
    let device = |name: &str, profile: &str| {
        json!({ "PutDevice": {
            "key": key(name), "profile": profile, "name": "", "area": area, "position": position,
            "facility": key("block"), "room": "2-302", "stair": "2", "floor": 3, "post": "",
            "camera": "", "gateway": "", "attributes": {}, "drill": drill,
        } })
    };
    let person = |name: &str, room: &str, floor: i32| {
        json!({ "PutPerson": {
            "key": key(name), "name": name, "phone": "13900000000", "language": "zh", "area": area,
            "position": position, "facility": key("block"), "room": room, "stair": "2",
            "floor": floor, "needs": [],
        } })
    };
    let changes = json!([
        { "PutFacility": { "key": key("block"), "kind": "apartment-block", "name": "7号楼",
            "area": area, "position": position, "address": "兴庆区", "post": key("grid") } },
        { "PutPost": { "key": key("grid"), "role": "grid-worker", "name": "网格员", "area": area,
            "facility": key("block"), "position": null, "person": "值守", "phone": "0951",
            "deputy": "" } },
        person("resident", "2-302", 3),
        person("neighbour", "2-401", 4),
        device("detector", "gas-detector-household"),
        device("valve", "gas-valve"),
    ]);
    serde_json::from_value(changes).expect("changes")
}
