use std::time::Duration;

use helan_broker::{Ack, Gone, Reason};
use rumqttc::{AsyncClient, Event, EventLoop, LastWill, MqttOptions, Packet, QoS, v5};
use tokio::time::{sleep, timeout};

use crate::desk::{House, house, message, until};

const SOON: Duration = Duration::from_millis(150);

struct Client {
    client: AsyncClient,
    events: EventLoop,
}

impl Client {
    fn options(house: &House, id: &str) -> MqttOptions {
        let mut options = MqttOptions::new(id, "127.0.0.1", house.port);
        options.set_credentials("dev", "secret").set_keep_alive(Duration::from_secs(30));
        options
    }

    async fn connect(options: MqttOptions) -> Self {
        let (client, events) = AsyncClient::new(options, 100);
        let mut this = Self { client, events };
        this.next(|packet| matches!(packet, Packet::ConnAck(_))).await;
        this
    }

    async fn next(&mut self, wanted: impl Fn(&Packet) -> bool) -> Packet {
        let found = async {
            loop {
                if let Event::Incoming(packet) = self.events.poll().await.expect("connection")
                    && wanted(&packet)
                {
                    return packet;
                }
            }
        };
        timeout(Duration::from_secs(5), found).await.expect("in time")
    }

    async fn nothing(&mut self, wanted: impl Fn(&Packet) -> bool) {
        let found = timeout(SOON, self.next(wanted)).await;
        assert!(found.is_err(), "{found:?}");
    }
}

#[tokio::test]
async fn a_message_is_acknowledged_when_the_service_says_so_and_not_before() {
    let house = house(false).await;
    let mut client = Client::connect(Client::options(&house, "a")).await;
    client.client.publish("x", QoS::AtLeastOnce, true, "1").await.expect("publish");
    client.nothing(|packet| matches!(packet, Packet::PubAck(_))).await;
    assert_eq!(house.seen(1).await, [("x".to_owned(), b"1".to_vec())]);
    house.acknowledge(&[], false);
    client.next(|packet| matches!(packet, Packet::PubAck(_))).await;
}

#[tokio::test]
async fn exactly_once_is_received_after_the_commit_and_completed() {
    let house = house(false).await;
    let mut client = Client::connect(Client::options(&house, "a")).await;
    client.client.publish("x", QoS::ExactlyOnce, false, "1").await.expect("publish");
    client.nothing(|packet| matches!(packet, Packet::PubRec(_))).await;
    house.acknowledge(&[], false);
    client.next(|packet| matches!(packet, Packet::PubRec(_))).await;
    client.next(|packet| matches!(packet, Packet::PubComp(_))).await;
    assert_eq!(house.seen(1).await.len(), 1);
}

#[tokio::test]
async fn acknowledgements_keep_the_order_of_the_packets() {
    let house = house(false).await;
    let mut client = Client::connect(Client::options(&house, "a")).await;
    for n in 1..=5usize {
        client.client.publish("x", QoS::AtLeastOnce, false, "1").await.expect("publish");
        // Driven one by one, so that each is a delivery of its own.
        client.nothing(|packet| matches!(packet, Packet::PubAck(_))).await;
        house.seen(n).await;
    }
    assert_eq!(house.desk.deliveries.lock().expect("lock").len(), 5);
    house.acknowledge(&[], true);
    for expected in 1..=5 {
        match client.next(|packet| matches!(packet, Packet::PubAck(_))).await {
            Packet::PubAck(ack) => assert_eq!(ack.pkid, expected),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn messages_to_a_client_arrive_and_their_acknowledgement_is_reported() {
    let house = house(true).await;
    let mut client = Client::connect(Client::options(&house, "a")).await;
    client.client.subscribe("to/dev/#", QoS::AtLeastOnce).await.expect("subscribe");
    client.next(|packet| matches!(packet, Packet::SubAck(_))).await;
    for tag in 0..100 {
        house.link().send(message("to/dev/commands", b"close", tag)).expect("sent");
    }
    for _ in 0..100 {
        client.next(|packet| matches!(packet, Packet::Publish(_))).await;
    }
    // The client's acknowledgements leave with its next poll.
    client.nothing(|packet| matches!(packet, Packet::Publish(_))).await;
    let delivered = house.desk.delivered.lock().expect("lock").clone();
    assert_eq!(delivered, (0..100).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_expired_message_is_not_sent() {
    let house = house(true).await;
    let mut client = Client::connect(Client::options(&house, "a")).await;
    let mut old = message("to/dev/commands", b"old", 1);
    old.lives = Some(Duration::ZERO);
    house.link().send(old).expect("queued");
    house.link().send(message("to/dev/commands", b"new", 2)).expect("queued");
    match client.next(|packet| matches!(packet, Packet::Publish(_))).await {
        Packet::Publish(publish) => assert_eq!(&publish.payload[..], b"new"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn foreign_filters_are_refused_and_own_ones_granted() {
    let house = house(true).await;
    let mut client = Client::connect(Client::options(&house, "a")).await;
    for (filter, granted) in [("to/dev/x", true), ("to/other/x", false), ("#", false)] {
        client.client.subscribe(filter, QoS::ExactlyOnce).await.expect("subscribe");
        match client.next(|packet| matches!(packet, Packet::SubAck(_))).await {
            Packet::SubAck(ack) => {
                let good = rumqttc::SubscribeReasonCode::Success(QoS::AtLeastOnce);
                assert_eq!(ack.return_codes[0] == good, granted, "{filter}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn the_same_client_takes_over_and_the_will_stays_unsaid() {
    let house = house(true).await;
    let mut options = Client::options(&house, "a");
    options.set_last_will(LastWill::new("will", "lost", QoS::AtLeastOnce, false));
    let mut first = Client::connect(options).await;
    let _second = Client::connect(Client::options(&house, "a")).await;
    let ended =
        timeout(Duration::from_secs(5), async { while first.events.poll().await.is_ok() {} });
    ended.await.expect("the first one is sent away");
    assert_eq!(house.gone(1).await, [Gone::TakenOver]);
    assert!(house.desk.seen.lock().expect("lock").is_empty());
    let _third = Client::connect(Client::options(&house, "b")).await;
    sleep(SOON).await;
    assert_eq!(house.server.connections(), 2);
}

#[tokio::test]
async fn a_will_is_said_when_the_client_is_lost_and_not_when_it_says_goodbye() {
    let house = house(true).await;
    let will = LastWill::new("will", "lost", QoS::AtLeastOnce, false);
    let mut options = Client::options(&house, "a");
    options.set_last_will(will);
    let lost = Client::connect(options.clone()).await;
    drop(lost);
    assert_eq!(house.seen(1).await, [("will".to_owned(), b"lost".to_vec())]);
    let mut polite = Client::connect(options).await;
    polite.client.disconnect().await.expect("goodbye");
    while polite.events.poll().await.is_ok() {}
    assert_eq!(house.gone(2).await, [Gone::Lost, Gone::Goodbye]);
    assert_eq!(house.desk.seen.lock().expect("lock").len(), 1);
}

#[tokio::test]
async fn a_receipt_that_is_dropped_ends_the_connection() {
    let house = house(false).await;
    let mut client = Client::connect(Client::options(&house, "a")).await;
    client.client.publish("x", QoS::AtLeastOnce, false, "1").await.expect("publish");
    client.nothing(|packet| matches!(packet, Packet::PubAck(_))).await;
    house.desk.held.lock().expect("lock").clear();
    assert_eq!(house.gone(1).await, [Gone::Dismissed]);
}

#[tokio::test]
async fn mqtt_5_tells_why_a_message_is_refused() {
    let house = house(false).await;
    let mut options = v5::MqttOptions::new("a", "127.0.0.1", house.port);
    options.set_credentials("dev", "secret").set_keep_alive(Duration::from_secs(30));
    let (client, mut events) = v5::AsyncClient::new(options, 10);
    let publish = v5::mqttbytes::QoS::AtLeastOnce;
    client.publish("x", publish, false, "1").await.expect("publish");
    let ack = timeout(Duration::from_secs(5), async {
        loop {
            if let Ok(v5::Event::Incoming(v5::mqttbytes::v5::Packet::PubAck(ack))) =
                timeout(SOON, events.poll()).await.unwrap_or(Err(v5::ConnectionError::RequestsDone))
            {
                return ack;
            }
            let text = Some("not-finite: ch4".into());
            house.acknowledge(&[Ack { reason: Reason::PayloadFormatInvalid, text }], false);
        }
    });
    let ack = ack.await.expect("in time");
    assert_eq!(ack.reason, v5::mqttbytes::v5::PubAckReason::PayloadFormatInvalid);
    let reason = ack.properties.and_then(|properties| properties.reason_string);
    assert_eq!(reason.as_deref(), Some("not-finite: ch4"));
}

#[tokio::test]
async fn mqtt_5_subscribes_and_is_told_the_expiry() {
    let house = house(true).await;
    let mut options = v5::MqttOptions::new("a", "127.0.0.1", house.port);
    options.set_credentials("dev", "secret").set_keep_alive(Duration::from_secs(30));
    let (client, mut events) = v5::AsyncClient::new(options, 10);
    client.subscribe("to/dev/+", v5::mqttbytes::QoS::AtLeastOnce).await.expect("subscribe");
    let publish = timeout(Duration::from_secs(5), async {
        loop {
            match events.poll().await.expect("connection") {
                v5::Event::Incoming(v5::mqttbytes::v5::Packet::SubAck(_)) => {
                    let mut message = message("to/dev/commands", b"close", 7);
                    message.lives = Some(Duration::from_secs(9));
                    house.link().send(message).expect("sent");
                }
                v5::Event::Incoming(v5::mqttbytes::v5::Packet::Publish(publish)) => return publish,
                _ => {}
            }
        }
    });
    let publish = publish.await.expect("in time");
    let expiry = publish.properties.and_then(|properties| properties.message_expiry_interval);
    assert_eq!(expiry, Some(9));
}

#[tokio::test]
async fn the_server_says_goodbye_when_it_stops() {
    let house = house(true).await;
    let mut client = Client::connect(Client::options(&house, "a")).await;
    let desk = house.desk.clone();
    house.server.stop(Duration::from_secs(5)).await;
    until(|| !desk.gone.lock().expect("lock").is_empty()).await;
    assert_eq!(*desk.gone.lock().expect("lock"), [Gone::Stopping]);
    let ended = timeout(Duration::from_secs(5), client.events.poll()).await.expect("in time");
    assert!(ended.is_err(), "{ended:?}");
}
