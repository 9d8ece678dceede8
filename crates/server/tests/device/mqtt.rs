use std::time::Duration;

use helan_kernel::{
    CommandId, Effect, Event, Ms, NoticeId, dispose::CommandState, effect::DeviceState,
    registry::RegistryChange,
};
use helan_protocol::device::speech;
use helan_server::clock;
use helan_store::accounts::TokenHash;
use rumqttc::QoS;
use tokio::time::timeout;

use crate::house::{Device, House, house};

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
        let state = engine.dispose().command(CommandId(id)).map(|c| c.state);
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
    // Five filters and three topics.
    let refused = house.intake.refusals().rows();
    assert_eq!((refused[0].reason.word(), refused[0].count), ("not-allowed", 8));
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

/// What the engine thinks of a device.
async fn state(house: &House, device: &str) -> DeviceState {
    let id = house.platform.directory().find(device).expect("device").id;
    let state = house.platform.ask(move |engine| engine.watch().device_state(id));
    state.await.expect("state")
}

async fn until_state(house: &House, device: &str, wanted: DeviceState) {
    for _ in 0..200 {
        if state(house, device).await == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{device} is {:?}, not {wanted:?}", state(house, device).await);
}

const NOW: &str = r#"{"values":{"ch4":1}}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_device_is_offline_and_one_that_says_goodbye_is_not() {
    let house = house().await;
    let mut device = house.device("gas-1").await;
    device.publish("helan/v1/gas-1/readings", NOW).await;
    until_state(&house, "gas-1", DeviceState::Normal).await;
    device.client.disconnect().await.expect("goodbye");
    while device.events.poll().await.is_ok() {}
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(state(&house, "gas-1").await, DeviceState::Normal);
    let device = house.device("gas-1").await;
    drop(device);
    until_state(&house, "gas-1", DeviceState::Offline).await;
    let _device = house.device("gas-1").await;
    until_state(&house, "gas-1", DeviceState::Normal).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_take_over_is_no_loss_and_a_second_connection_keeps_the_device_there() {
    let house = house().await;
    let mut committed = house.platform.committed();
    let mut first = house.device("gas-1").await;
    first.publish("helan/v1/gas-1/readings", NOW).await;
    let mut second = house.device("gas-1").await;
    while first.events.poll().await.is_ok() {}
    second.publish("helan/v1/gas-1/readings", NOW).await;
    let (client, events) = house.client("other", "gas-1", "token of gas-1");
    let mut other = Device { client, events };
    other.publish("helan/v1/gas-1/readings", NOW).await;
    drop(other);
    tokio::time::sleep(Duration::from_millis(200)).await;
    while let Ok(turn) = committed.try_recv() {
        for effect in &turn.effects {
            if let Effect::Device { state, .. } = effect {
                assert_ne!(*state, DeviceState::Offline);
            }
        }
    }
    drop(second);
    until_state(&house, "gas-1", DeviceState::Offline).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_gateway_takes_its_children_with_it() {
    let house = house().await;
    let mut gateway = house.device("gw-1").await;
    gateway.publish("helan/v1/child-1/readings", NOW).await;
    until_state(&house, "child-1", DeviceState::Normal).await;
    drop(gateway);
    until_state(&house, "child-1", DeviceState::Offline).await;
    until_state(&house, "gw-1", DeviceState::Offline).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_go_to_the_listener_that_is_left() {
    let house = house().await;
    let mut first = house.device("gas-1").await;
    assert!(first.subscribe("helan/v1/gas-1/commands").await);
    let (client, events) = house.client("other", "gas-1", "token of gas-1");
    let mut other = Device { client, events };
    assert!(other.subscribe("helan/v1/gas-1/commands").await);
    drop(other);
    let id = house.command("gas-1").await;
    assert_eq!(first.message().await.1["id"], id.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_device_and_one_with_a_new_token_are_sent_away() {
    let house = house().await;
    let mut removed = house.device("gas-1").await;
    let change = RegistryChange::RemoveDevice("gas-1".into());
    house.platform.act(Event::Registry(Box::new(change))).await.expect("answer");
    removed
        .client
        .publish("helan/v1/gas-1/readings", QoS::AtLeastOnce, false, NOW)
        .await
        .expect("publish");
    while removed.events.poll().await.is_ok() {}
    let mut renewed = house.device("gas-2").await;
    house.intake.secrets().set("gas-2", TokenHash::of("new"));
    house.intake.dismiss("gas-2");
    while renewed.events.poll().await.is_ok() {}
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_loudspeaker_that_was_told_may_answer_for_a_notice() {
    let house = house().await;
    let mut device = house.device("gas-1").await;
    assert!(device.subscribe("helan/v1/gas-1/#").await);
    let entry = house.platform.directory().find("gas-1").expect("device");
    let now = house.platform.now();
    let expires = now.after(Ms::seconds(60));
    let payload = speech(NoticeId(5), "请立即撤离", now, expires, false);
    house.platform.stations().announce(&entry, NoticeId(5), payload, expires);
    let (topic, said) = device.message().await;
    assert_eq!(topic, "helan/v1/gas-1/commands");
    assert_eq!((said["id"].as_str(), said["text"].as_str()), (Some("n5"), Some("请立即撤离")));
    let mut other = house.device("gas-2").await;
    let reply = r#"{"id":"n5","outcome":"done"}"#;
    other.publish("helan/v1/gas-2/replies", reply).await;
    let rows = house.intake.refusals().rows();
    assert_eq!((rows[0].sender.as_str(), rows[0].reason.word()), ("gas-2", "unknown-command"));
    device.publish("helan/v1/gas-1/replies", reply).await;
    // That one came as far as the engine, which never made this notice.
    let rows = house.intake.refusals().rows();
    let own = rows.iter().find(|row| row.sender == "gas-1").expect("row");
    assert!(own.sample.starts_with("unknown object"), "{}", own.sample);
    let other = rows.iter().find(|row| row.sender == "gas-2").expect("row");
    assert!(other.sample.starts_with("n5"), "{}", other.sample);
}

#[tokio::test(flavor = "multi_thread")]
async fn good_readings_of_a_message_are_kept_and_bad_ones_told() {
    let house = house().await;
    let mut device = house.device("gas-1").await;
    assert!(device.subscribe("helan/v1/gas-1/refusals").await);
    let payload = r#"{"values":{"ch4":7,"co":1}}"#;
    let topic = "helan/v1/gas-1/readings";
    device.client.publish(topic, QoS::AtLeastOnce, false, payload).await.expect("publish");
    let (_, refusal) = device.message().await;
    assert_eq!(refusal["reason"], "unknown-point");
    device.publish(topic, r#"{"values":{"valve":1}}"#).await;
    let point = house.platform.directory().find("gas-1").expect("device").first_point;
    let latest = house.platform.ask(move |engine| engine.watch().latest(point)).await;
    assert_eq!(latest.expect("answer").map(|latest| latest.value.to_string()), Some("7".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_message_is_counted_too() {
    use tokio::io::AsyncWriteExt;
    let house = house().await;
    let count = |sender: &str, reason: &str| {
        let rows = house.intake.refusals().rows();
        rows.iter()
            .filter(|r| r.sender == sender && r.reason.word() == reason)
            .map(|r| r.count)
            .sum::<u64>()
    };
    let mut device = house.device("gas-1").await;
    for filter in ["helan/v1/gas-2/commands", "#"] {
        assert!(!device.subscribe(filter).await, "{filter}");
    }
    assert_eq!(count("gas-1", "not-allowed"), 2);
    // A reply to something that was never asked: the device hears it.
    assert!(device.subscribe("helan/v1/gas-1/refusals").await);
    let reply = r#"{"id":"4711","outcome":"done"}"#;
    device.client.publish("helan/v1/gas-1/replies", QoS::AtLeastOnce, false, reply).await.unwrap();
    let (topic, refused) = device.message().await;
    assert_eq!(topic, "helan/v1/gas-1/refusals");
    assert_eq!(refused["reason"], "unknown-command");
    assert_eq!(count("gas-1", "unknown-command"), 1);
    // Something else than MQTT.
    let mut stranger = house.dial().await;
    stranger.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    timeout(Duration::from_secs(5), async {
        while count("127.0.0.1", "malformed") == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .unwrap();
}
