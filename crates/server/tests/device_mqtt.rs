//! Devices over MQTT against a running platform, in one process.

use std::{sync::Arc, time::Duration};

use helan_kernel::{
    Answer, AreaCode, Event, Text,
    dispose::CommandState,
    event::{Action, ActionKind, Actor},
    registry::{CommandKind, DeviceSpec, PointKind, Profile, RegistryChange},
};
use helan_node::Node;
use helan_server::{
    clock,
    intake::{Intake, Secrets},
    platform::Platform,
};
use helan_store::accounts::TokenHash;
use rumqttc::{AsyncClient, ConnectReturnCode, Event as Mqtt, EventLoop, MqttOptions, Packet, QoS};
use tokio::{net::TcpListener, time::timeout};

struct House {
    platform: Platform,
    intake: Arc<Intake>,
    port: u16,
    _server: helan_broker::Server<Intake>,
    _folder: tempfile::TempDir,
}

const DEVICES: [(&str, &str); 4] =
    [("gas-1", ""), ("gas-2", ""), ("gw-1", ""), ("child-1", "gw-1")];

async fn house() -> House {
    let folder = tempfile::tempdir().expect("folder");
    let node = Node::open(folder.path()).expect("node");
    let (platform, _running) = Platform::start(node, clock::system()).expect("thread");
    let point = |name: &str, unit: &str| PointKind {
        name: name.into(),
        label: Text::default(),
        unit: unit.into(),
        min: 0.0,
        max: 100.0,
        states: Vec::new(),
    };
    let profile = Profile {
        key: "gas".into(),
        name: Text::default(),
        points: vec![point("ch4", "%LEL"), point("valve", "")],
        commands: vec![CommandKind {
            name: "valve.close".into(),
            label: Text::default(),
            argument: None,
            irreversible: false,
        }],
    };
    let mut events = vec![Event::Registry(Box::new(RegistryChange::PutProfile(profile)))];
    let secrets = Secrets::default();
    for (key, gateway) in DEVICES {
        secrets.set(key, TokenHash::of(&format!("token of {key}")));
        events.push(Event::Registry(Box::new(RegistryChange::PutDevice(DeviceSpec {
            key: key.into(),
            profile: "gas".into(),
            gateway: gateway.into(),
            area: AreaCode(640_104_000),
            ..DeviceSpec::default()
        }))));
    }
    let answers = platform.act_all(events).await.expect("answers");
    assert!(answers.iter().all(|answer| !matches!(answer, Answer::Refused(_))), "{answers:?}");
    let intake = Intake::new(platform.clone(), Arc::new(secrets));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("listener");
    let port = listener.local_addr().expect("address").port();
    let server = intake.serve_mqtt(listener);
    House { platform, intake, port, _server: server, _folder: folder }
}

impl House {
    fn client(&self, id: &str, user: &str, token: &str) -> (AsyncClient, EventLoop) {
        let mut options = MqttOptions::new(id, "127.0.0.1", self.port);
        options.set_credentials(user, token).set_keep_alive(Duration::from_secs(30));
        AsyncClient::new(options, 100)
    }

    async fn device(&self, key: &str) -> Device {
        let (client, events) = self.client(key, key, &format!("token of {key}"));
        let mut device = Device { client, events };
        let packet = device.next(|packet| matches!(packet, Packet::ConnAck(_))).await;
        assert!(matches!(packet, Packet::ConnAck(ack) if ack.code == ConnectReturnCode::Success));
        device
    }

    async fn command(&self, device: &str) -> u64 {
        let device = self.platform.directory().find(device).expect("device").id;
        let action = Action {
            by: Actor { account: "zhang".into(), name: "张三".into() },
            reason: "test".into(),
            kind: ActionKind::SendCommand { device, name: "valve.close".into(), argument: 0.0 },
        };
        match self.platform.act(Event::Action(Box::new(action))).await.expect("answer") {
            Answer::Created(id) => id,
            other => panic!("{other:?}"),
        }
    }
}

struct Device {
    client: AsyncClient,
    events: EventLoop,
}

impl Device {
    async fn next(&mut self, wanted: impl Fn(&Packet) -> bool) -> Packet {
        let found = async {
            loop {
                if let Mqtt::Incoming(packet) = self.events.poll().await.expect("connection")
                    && wanted(&packet)
                {
                    return packet;
                }
            }
        };
        timeout(Duration::from_secs(5), found).await.expect("in time")
    }

    async fn subscribe(&mut self, topic: &str) -> bool {
        self.client.subscribe(topic, QoS::AtLeastOnce).await.expect("subscribe");
        match self.next(|packet| matches!(packet, Packet::SubAck(_))).await {
            Packet::SubAck(ack) => {
                ack.return_codes.iter().all(|c| *c != rumqttc::SubscribeReasonCode::Failure)
            }
            other => panic!("{other:?}"),
        }
    }

    async fn publish(&mut self, topic: &str, payload: &str) {
        self.client.publish(topic, QoS::AtLeastOnce, false, payload).await.expect("publish");
        self.next(|packet| matches!(packet, Packet::PubAck(_))).await;
    }

    async fn message(&mut self) -> (String, serde_json::Value) {
        match self.next(|packet| matches!(packet, Packet::Publish(_))).await {
            Packet::Publish(publish) => {
                let value = serde_json::from_slice(&publish.payload).expect("JSON");
                (publish.topic, value)
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_is_acknowledged_and_a_command_is_carried_out() {
    let house = house().await;
    let mut device = house.device("gas-1").await;
    device.publish("helan/v1/gas-1/readings", r#"{"values":{"ch4":21.5}}"#).await;
    assert!(device.subscribe("helan/v1/gas-1/commands").await);
    let id = house.command("gas-1").await;
    let (topic, command) = device.message().await;
    assert_eq!(topic, "helan/v1/gas-1/commands");
    assert_eq!(command["id"], id.to_string());
    assert_eq!(command["name"], "valve.close");
    let reply = format!(r#"{{"id":"{id}","outcome":"done"}}"#);
    device.publish("helan/v1/gas-1/replies", &reply).await;
    let open = house.platform.ask(move |engine| {
        let state = engine.dispose().command(helan_kernel::CommandId(id)).map(|c| c.state);
        state.is_some_and(|state| state != CommandState::Done)
    });
    assert!(!open.await.expect("answer"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_waits_for_its_device_and_comes_once_on_each_connection() {
    let house = house().await;
    let id = house.command("gas-1").await;
    for _ in 0..2 {
        let mut device = house.device("gas-1").await;
        assert!(device.subscribe("helan/v1/gas-1/commands").await);
        assert_eq!(device.message().await.1["id"], id.to_string());
        assert!(device.subscribe("helan/v1/gas-1/#").await);
        let more = timeout(Duration::from_millis(100), device.message()).await;
        assert!(more.is_err(), "{more:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_speaks_or_listens_for_another_device() {
    let house = house().await;
    let mut device = house.device("gas-1").await;
    for filter in ["helan/v1/gas-2/commands", "helan/v1/+/commands", "helan/v1/#", "#", "$SYS/#"] {
        assert!(!device.subscribe(filter).await, "{filter}");
    }
    assert!(device.subscribe("helan/v1/gas-1/refusals").await);
    for topic in ["helan/v1/gas-2/readings", "helan/v1/child-1/readings", "other"] {
        device.publish(topic, r#"{"values":{"ch4":1}}"#).await;
        assert_eq!(house.intake.refusals().rows()[0].sender, "gas-1");
    }
    let refused = house.intake.refusals().rows();
    assert_eq!((refused[0].reason.word(), refused[0].count), ("not-allowed", 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_speaks_for_its_children_only() {
    let house = house().await;
    let mut gateway = house.device("gw-1").await;
    assert!(gateway.subscribe("helan/v1/child-1/commands").await);
    assert!(!gateway.subscribe("helan/v1/gas-1/commands").await);
    gateway.publish("helan/v1/child-1/readings", r#"{"values":{"ch4":1}}"#).await;
    let id = house.command("child-1").await;
    let (topic, command) = gateway.message().await;
    assert_eq!(
        (topic.as_str(), &command["id"]),
        ("helan/v1/child-1/commands", &id.to_string().into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_told_and_counted() {
    let house = house().await;
    let mut device = house.device("gas-1").await;
    assert!(device.subscribe("helan/v1/gas-1/refusals").await);
    let future = clock::now().0 + 3_600_000;
    let cases = [
        ("{".to_owned(), "malformed"),
        (r#"{"values":{"ch4":NaN}}"#.to_owned(), "not-finite"),
        (r#"{"values":{"ch4":1e999}}"#.to_owned(), "not-finite"),
        (r#"{"values":{"co":1}}"#.to_owned(), "unknown-point"),
        (r#"{"values":{"ch4":1},"units":{"ch4":"ppm"}}"#.to_owned(), "wrong-unit"),
        (format!(r#"{{"ts":{future},"values":{{"ch4":1}}}}"#), "future"),
        (r#"{"ts":1700000000,"values":{"ch4":1}}"#.to_owned(), "ancient"),
    ];
    for (payload, word) in cases {
        let publish = device.client.publish(
            "helan/v1/gas-1/readings",
            QoS::AtLeastOnce,
            false,
            payload.clone(),
        );
        publish.await.expect("publish");
        let (topic, refusal) = device.message().await;
        assert_eq!(topic, "helan/v1/gas-1/refusals");
        assert_eq!(refusal["reason"], word, "{payload}: {refusal}");
    }
    assert_eq!(house.intake.refusals().total(), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_is_sent_away_and_counted() {
    let house = house().await;
    let (_client, mut events) = house.client("x", "gas-1", "wrong");
    let error = timeout(Duration::from_secs(5), events.poll()).await.expect("in time");
    assert!(format!("{error:?}").contains("BadUserNamePassword"), "{error:?}");
    assert_eq!(house.intake.refusals().rows()[0].sender, "127.0.0.1");
}
