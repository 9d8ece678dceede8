//! A service that keeps what it gets and acknowledges when the test says so.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, atomic::AtomicBool, atomic::Ordering},
    time::Duration,
};

use helan_broker::{
    Ack, Delivery, Denied, Fault, Gone, Hello, Link, Outgoing, Qos, Receipt, Server, Service,
};
use tokio::{net::TcpListener, time::sleep};

#[derive(Default)]
pub struct Desk {
    /// Acknowledge at once.
    pub prompt: AtomicBool,
    pub seen: Mutex<Vec<(String, Vec<u8>)>>,
    pub deliveries: Mutex<Vec<usize>>,
    pub held: Mutex<Vec<Receipt>>,
    pub links: Mutex<Vec<Link>>,
    pub gone: Mutex<Vec<Gone>>,
    pub broken: Mutex<Vec<(Option<String>, Fault)>>,
    pub delivered: Mutex<Vec<u64>>,
}

impl Service for Desk {
    type Session = String;

    async fn connect(&self, hello: Hello<'_>, link: &Link) -> Result<String, Denied> {
        if hello.password != Some(b"secret") {
            return Err(Denied::Credentials);
        }
        self.links.lock().expect("lock").push(link.clone());
        Ok(hello.user.unwrap_or_default().to_owned())
    }

    async fn publish(&self, _session: &String, delivery: Delivery<'_>) {
        self.deliveries.lock().expect("lock").push(delivery.messages.len());
        for message in &delivery.messages {
            let seen = (message.topic.to_owned(), message.payload.to_vec());
            self.seen.lock().expect("lock").push(seen);
        }
        if self.prompt.load(Ordering::Relaxed) {
            delivery.receipt.acknowledge([]);
        } else {
            self.held.lock().expect("lock").push(delivery.receipt);
        }
    }

    fn broke(&self, session: Option<&String>, _peer: SocketAddr, fault: Fault) {
        self.broken.lock().expect("lock").push((session.cloned(), fault));
    }

    fn may_subscribe(&self, session: &String, filter: &str) -> bool {
        filter.starts_with(&format!("to/{session}/"))
    }

    fn subscribed(&self, _session: &String, _filter: &str, _qos: Qos) {}

    fn unsubscribed(&self, _session: &String, _filter: &str) {}

    fn delivered(&self, _session: &String, tag: u64) {
        self.delivered.lock().expect("lock").push(tag);
    }

    async fn disconnected(&self, _session: String, _link: &Link, why: Gone) {
        self.gone.lock().expect("lock").push(why);
    }
}

/// A running endpoint.
pub struct House {
    pub desk: Arc<Desk>,
    pub port: u16,
    pub server: Server<Desk>,
}

pub async fn house(prompt: bool) -> House {
    let desk = Arc::new(Desk { prompt: AtomicBool::new(prompt), ..Desk::default() });
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("listener");
    let port = listener.local_addr().expect("address").port();
    let server = helan_broker::serve(listener, desk.clone());
    House { desk, port, server }
}

impl House {
    /// The newest connection.
    pub fn link(&self) -> Link {
        self.desk.links.lock().expect("lock").last().cloned().expect("a link")
    }

    /// Acknowledges what is held, the newest first when `reverse`.
    pub fn acknowledge(&self, acks: &[Ack], reverse: bool) {
        let mut held: Vec<Receipt> = self.desk.held.lock().expect("lock").drain(..).collect();
        if reverse {
            held.reverse();
        }
        for receipt in held {
            receipt.acknowledge(acks.iter().cloned());
        }
    }

    pub async fn gone(&self, count: usize) -> Vec<Gone> {
        until(|| self.desk.gone.lock().expect("lock").len() >= count).await;
        self.desk.gone.lock().expect("lock").clone()
    }

    pub async fn seen(&self, count: usize) -> Vec<(String, Vec<u8>)> {
        until(|| self.desk.seen.lock().expect("lock").len() >= count).await;
        self.desk.seen.lock().expect("lock").clone()
    }
}

pub fn message(topic: &str, payload: &[u8], tag: u64) -> Outgoing {
    Outgoing {
        topic: topic.into(),
        payload: payload.to_vec().into(),
        acknowledged: true,
        lives: None,
        tag,
    }
}

/// Waits for something that must come within seconds.
pub async fn until(mut done: impl FnMut() -> bool) {
    for _ in 0..500 {
        if done() {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not happen in time");
}
