use std::time::Duration;

use helan_kernel::{CommandId, dispose::CommandState};
use helan_server::clock;
use rumqttc::QoS;
use tokio::time::timeout;

use crate::house::house;

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
