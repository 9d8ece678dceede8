//! The site agent with its cable pulled: it acts, loses nothing, tells in order, and the platform does not do it again.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::{
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use helan_e2e::{Api, Platform, Process, Setup, binary, free_port, root};
use helan_kernel::dispose;
use helan_store::{History, history::Filter};
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, QoS};
use serde_json::{Value, json};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::{sleep, timeout},
};

/// The cable between the site and the platform.
struct Cable {
    port: u16,
    plugged: Arc<AtomicBool>,
    /// Connections that may still carry something.
    open: Arc<AtomicUsize>,
}

impl Cable {
    async fn to(platform: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let plugged = Arc::new(AtomicBool::new(true));
        let open = Arc::new(AtomicUsize::new(0));
        let (own, count) = (plugged.clone(), open.clone());
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (plugged, count) = (own.clone(), count.clone());
                count.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move {
                    if !plugged.load(Ordering::SeqCst) {
                        count.fetch_sub(1, Ordering::SeqCst);
                        return;
                    }
                    let mut far = TcpStream::connect(("127.0.0.1", platform)).await.unwrap();
                    let pulled = async {
                        while plugged.load(Ordering::SeqCst) {
                            sleep(Duration::from_millis(10)).await;
                        }
                    };
                    tokio::select! {
                        _ended = copy_bidirectional(&mut near, &mut far) => {}
                        () = pulled => {}
                    }
                    count.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self { port, plugged, open }
    }

    /// Pulls it out; nothing passes any more when this is over.
    async fn pull(&self) {
        self.plugged.store(false, Ordering::SeqCst);
        while self.open.load(Ordering::SeqCst) > 0 {
            sleep(Duration::from_millis(1)).await;
        }
    }

    fn plug(&self) {
        self.plugged.store(true, Ordering::SeqCst);
    }
}

fn spec(key: &str, profile: &str, gateway: &str) -> Value {
    json!({
        "key": key, "profile": profile, "name": "", "area": 640_104_000,
        "position": { "lon": 106.2, "lat": 38.4 }, "facility": "home", "room": "kitchen", "stair": "",
        "floor": 0, "post": "", "camera": "", "gateway": gateway, "attributes": {}, "drill": false,
    })
}

fn home() -> Value {
    json!({
        "key": "home", "kind": "dwelling", "name": "home", "area": 640_104_000,
        "position": { "lon": 106.2, "lat": 38.4 }, "address": "", "post": "",
    })
}

/// Writes the agent's files.
fn write_site(folder: &Path, local: u16, uplink: u16, token: &str) {
    let device = |key: &str, profile: &str| json!({ "token": key, "spec": spec(key, profile, "") });
    let devices = [device("det", "gas-detector-household"), device("valve", "gas-valve")];
    let site = json!({ "devices": devices, "facilities": [home()] });
    std::fs::write(folder.join("site.json"), site.to_string()).unwrap();
    std::fs::write(folder.join("token"), token).unwrap();
    let config = format!(
        "data = 'data'\npacks = '{}'\nsite = 'site.json'\n[local]\nmqtt = '127.0.0.1:{local}'\n\
         [uplink]\nmqtt = '127.0.0.1:{uplink}'\ngateway = 'agent'\ntoken_file = 'token'\n\
         retry_most_ms = 500\n",
        root().join("packs").display()
    );
    std::fs::write(folder.join("edge.toml"), config).unwrap();
}

fn start_agent(folder: &Path, local: u16) -> Process {
    let mut command = Command::new(binary("helan-edge").unwrap());
    command.arg("--config").arg(folder.join("edge.toml"));
    let mut agent = Process::start(&mut command, &folder.join("log")).unwrap();
    agent.wait_for_port(local).unwrap();
    agent
}

/// A device at the site; what comes for it and what is confirmed.
struct Device {
    key: &'static str,
    client: AsyncClient,
    came: mpsc::UnboundedReceiver<Packet>,
}

impl Device {
    async fn connect(key: &'static str, port: u16) -> Self {
        let mut options = MqttOptions::new(key, "127.0.0.1", port);
        options.set_credentials(key, key).set_keep_alive(Duration::from_secs(30));
        let (client, mut events) = AsyncClient::new(options, 100);
        let topic = format!("helan/v1/{key}/commands");
        client.subscribe(topic, QoS::AtLeastOnce).await.unwrap();
        let (told, came) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok(event) = events.poll().await {
                if let Event::Incoming(packet) = event {
                    drop(told.send(packet));
                }
            }
        });
        let mut device = Self { key, client, came };
        device.next(|packet| matches!(packet, Packet::SubAck(_))).await;
        device
    }

    async fn next(&mut self, wanted: impl Fn(&Packet) -> bool) -> Packet {
        let found = async {
            loop {
                let packet = self.came.recv().await.unwrap();
                if wanted(&packet) {
                    return packet;
                }
            }
        };
        timeout(Duration::from_secs(10), found).await.unwrap()
    }

    /// Sends and waits for the confirmation.
    async fn say(&mut self, leaf: &str, payload: &Value) {
        let topic = format!("helan/v1/{}/{leaf}", self.key);
        self.client.publish(topic, QoS::AtLeastOnce, false, payload.to_string()).await.unwrap();
        self.next(|packet| matches!(packet, Packet::PubAck(_))).await;
    }

    async fn command(&mut self) -> Value {
        match self.next(|packet| matches!(packet, Packet::Publish(_))).await {
            Packet::Publish(publish) => serde_json::from_slice(&publish.payload).unwrap(),
            other => panic!("{other:?}"),
        }
    }
}

/// Moments of the detector's readings that the platform has, once there are so many.
async fn told(api: &Api, sent: &[i64]) -> Vec<i64> {
    let (from, to) = (sent[0], sent[sent.len() - 1] + 1);
    let path = format!("/api/v1/devices/det/points/ch4/readings?from={from}&to={to}&limit=1000");
    let mut moments = Vec::new();
    for _ in 0..200 {
        let page = api.get(&path).await.unwrap();
        let readings = page["readings"].as_array().unwrap();
        moments = readings.iter().map(|reading| reading[0].as_i64().unwrap()).collect();
        if moments.len() >= sent.len() {
            break;
        }
        sleep(Duration::from_millis(100)).await;
    }
    moments
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_that_is_cut_off_acts_alone_and_tells_later() {
    let platform = Platform::start(Setup::default()).unwrap();
    let api = Api::sign_in(&platform, "admin", &platform.password().unwrap()).await.unwrap();
    let changes = json!({ "changes": [
        { "PutFacility": home() },
        { "PutDevice": spec("agent", "site-agent", "") },
        { "PutDevice": spec("det", "gas-detector-household", "agent") },
        { "PutDevice": spec("valve", "gas-valve", "agent") },
    ] });
    let registered = api.post("/api/v1/registry", &changes).await.unwrap();
    let token = registered["tokens"]["agent"].as_str().unwrap();
    let cable = Cable::to(platform.mqtt).await;
    let folder = tempfile::tempdir().unwrap();
    let local = free_port().unwrap();
    write_site(folder.path(), local, cable.port, token);
    let mut agent = start_agent(folder.path(), local);
    let mut now = api.get("/api/v1/overview").await.unwrap()["now"].as_i64().unwrap();
    let mut sent = Vec::new();
    let mut reading = |value: f64| {
        now += 100;
        sent.push(now);
        json!({ "ts": now, "values": { "ch4": value } })
    };

    cable.pull().await;
    let mut detector = Device::connect("det", local).await;
    let mut valve = Device::connect("valve", local).await;
    valve.say("readings", &json!({ "values": { "position": 0 } })).await;
    // Two of three votes and the third: the clock runs from there.
    for value in [55.0, 56.0] {
        detector.say("readings", &reading(value)).await;
    }
    #[expect(clippy::disallowed_methods, reason = "the test's own watch")]
    let began = Instant::now();
    detector.say("readings", &reading(57.0)).await;
    let command = valve.command().await;
    assert_eq!(command["name"], "valve.close");
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    valve.say("readings", &json!({ "values": { "position": 1 } })).await;
    valve.say("replies", &json!({ "id": command["id"], "outcome": "done" })).await;

    // Power fails at the site while it is still cut off.
    agent.kill().unwrap();
    drop(agent);
    let _agent = start_agent(folder.path(), local);
    let mut detector = Device::connect("det", local).await;
    let mut valve = Device::connect("valve", local).await;
    for _ in 0..20 {
        detector.say("readings", &reading(30.0)).await;
    }

    cable.plug();
    assert_eq!(told(&api, &sent).await, sent, "lost, doubled or out of order");
    let alarms = api.get("/api/v1/alarms?open=true").await.unwrap();
    let of_leak = alarms["items"].as_array().unwrap().iter().filter(|a| a["device"] == "det");
    assert_eq!(of_leak.filter(|a| a["rule"].as_str().unwrap().ends_with("/leak")).count(), 1);
    // The platform saw the leak, and that the valve was shut: it has nothing left to do.
    sleep(Duration::from_secs(2)).await;
    let history = History::open(&platform.folder()).unwrap();
    let commands: Vec<dispose::Command> = history.page(&Filter::default()).unwrap();
    let shut: Vec<_> = commands.iter().filter(|c| &*c.device_key == "valve").collect();
    assert!(shut.is_empty(), "{shut:?}");
    while let Ok(packet) = valve.came.try_recv() {
        assert!(!matches!(packet, Packet::Publish(_)), "{packet:?}");
    }
}
