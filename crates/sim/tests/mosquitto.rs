//! The simulator's MQTT connection against an independent endpoint: Debian's mosquitto.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests are tests too")]

use std::{
    net::{SocketAddr, TcpListener},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use helan_sim::mqtt::{Dialer, Identity, Link, Told};
use tokio::{sync::mpsc, time::timeout};

struct Endpoint {
    process: Child,
    address: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// A mosquitto of our own on a free port; none where it is not installed.
fn endpoint() -> Option<Endpoint> {
    let binary = ["/usr/sbin/mosquitto", "/usr/bin/mosquitto"]
        .into_iter()
        .find(|p| std::path::Path::new(p).exists())?;
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("mosquitto.conf");
    let text = format!("listener {} 127.0.0.1\nallow_anonymous true\n", address.port());
    std::fs::write(&config, text).unwrap();
    let mut command = Command::new(binary);
    command.arg("-c").arg(&config).stdout(Stdio::null()).stderr(Stdio::null());
    Some(Endpoint { process: command.spawn().unwrap(), address, _folder: folder })
}

fn connect(at: &Endpoint, key: &str, topic: &str) -> (Link, mpsc::Receiver<(usize, Told)>) {
    let (told, news) = mpsc::channel(1000);
    let identity = Identity { key: key.into(), token: "".into(), topics: vec![topic.to_owned()] };
    (Dialer::new(at.address, 1).connect(identity, 0, told), news)
}

async fn until(news: &mut mpsc::Receiver<(usize, Told)>, wanted: impl Fn(&Told) -> bool) -> Told {
    let wait = async {
        loop {
            let (_, told) = news.recv().await.unwrap();
            if wanted(&told) {
                return told;
            }
        }
    };
    timeout(Duration::from_secs(20), wait).await.unwrap()
}

#[tokio::test]
async fn publishes_receives_and_comes_back() {
    let Some(endpoint) = endpoint() else {
        println!("SKIP: mosquitto is not installed");
        return;
    };
    let (sender, mut sent) = connect(&endpoint, "sender", "none");
    let (_receiver, mut received) = connect(&endpoint, "receiver", "to/receiver");
    until(&mut sent, |t| *t == Told::Up).await;
    until(&mut received, |t| *t == Told::Up).await;

    let topic: Arc<str> = "to/receiver".into();
    for tag in 0..200_u64 {
        assert!(sender.publish(&topic, Bytes::from(tag.to_string()), tag));
    }
    for tag in 0..200_u64 {
        until(&mut sent, |t| *t == Told::Acknowledged { tag }).await;
        let words = tag.to_string();
        until(&mut received, |t| matches!(t, Told::Message(m) if m.payload == words.as_bytes()))
            .await;
    }

    // What is published while the link is cut is kept, and arrives after it.
    assert!(sender.cut());
    until(&mut sent, |t| matches!(t, Told::Down(_))).await;
    assert!(sender.publish(&topic, Bytes::from_static(b"kept"), 1000));
    assert!(sender.restore());
    until(&mut sent, |t| *t == Told::Acknowledged { tag: 1000 }).await;
    until(&mut received, |t| matches!(t, Told::Message(m) if m.payload == b"kept")).await;
}
