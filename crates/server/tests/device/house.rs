//! A platform with four devices, and devices that speak MQTT.

use std::{sync::Arc, time::Duration};

use helan_kernel::{
    Answer, AreaCode, Event, Text,
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

pub struct House {
    pub platform: Platform,
    pub intake: Arc<Intake>,
    port: u16,
    _server: helan_broker::Server<Intake>,
    _folder: tempfile::TempDir,
}

const DEVICES: [(&str, &str); 4] =
    [("gas-1", ""), ("gas-2", ""), ("gw-1", ""), ("child-1", "gw-1")];

pub async fn house() -> House {
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
        quantity: None,
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
    pub fn client(&self, id: &str, user: &str, token: &str) -> (AsyncClient, EventLoop) {
        let mut options = MqttOptions::new(id, "127.0.0.1", self.port);
        options.set_credentials(user, token).set_keep_alive(Duration::from_secs(30));
        AsyncClient::new(options, 100)
    }

    pub async fn dial(&self) -> tokio::net::TcpStream {
        tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.expect("connect")
    }

    pub async fn device(&self, key: &str) -> Device {
        let (client, events) = self.client(key, key, &format!("token of {key}"));
        let mut device = Device { client, events };
        let packet = device.next(|packet| matches!(packet, Packet::ConnAck(_))).await;
        assert!(matches!(packet, Packet::ConnAck(ack) if ack.code == ConnectReturnCode::Success));
        device
    }

    pub async fn command(&self, device: &str) -> u64 {
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

pub struct Device {
    pub client: AsyncClient,
    pub events: EventLoop,
}

impl Device {
    pub async fn next(&mut self, wanted: impl Fn(&Packet) -> bool) -> Packet {
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

    pub async fn subscribe(&mut self, topic: &str) -> bool {
        self.client.subscribe(topic, QoS::AtLeastOnce).await.expect("subscribe");
        match self.next(|packet| matches!(packet, Packet::SubAck(_))).await {
            Packet::SubAck(ack) => {
                ack.return_codes.iter().all(|c| *c != rumqttc::SubscribeReasonCode::Failure)
            }
            other => panic!("{other:?}"),
        }
    }

    pub async fn publish(&mut self, topic: &str, payload: &str) {
        self.client.publish(topic, QoS::AtLeastOnce, false, payload).await.expect("publish");
        self.next(|packet| matches!(packet, Packet::PubAck(_))).await;
    }

    pub async fn message(&mut self) -> (String, serde_json::Value) {
        match self.next(|packet| matches!(packet, Packet::Publish(_))).await {
            Packet::Publish(publish) => {
                let value = serde_json::from_slice(&publish.payload).expect("JSON");
                (publish.topic, value)
            }
            other => panic!("{other:?}"),
        }
    }
}
