//! The listener: lets sockets in, within limits, and keeps the list of clients.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::{AbortHandle, JoinHandle},
    time::{Instant, sleep},
};

use crate::{
    clock, connection, limits,
    link::{Gone, Link},
    service::Service,
};

/// User name and client id.
type Name = (Box<str>, Box<str>);

/// What all connections share.
pub(crate) struct Endpoint<S> {
    pub(crate) service: Arc<S>,
    pub(crate) strangers: Semaphore,
    clients: Mutex<HashMap<Name, Link>>,
    /// All open connections, strangers too.
    open: AtomicUsize,
    next: AtomicU64,
}

impl<S: Service> Endpoint<S> {
    /// Notes a client; an older connection of the same name is ended.
    pub(crate) fn enter(&self, name: &Name, link: &Link) {
        if let Some(old) = self.clients().insert(name.clone(), link.clone()) {
            old.close(Gone::TakenOver);
        }
    }

    /// Forgets a client, unless another connection has taken its place.
    pub(crate) fn leave(&self, name: &Name, link: &Link) {
        let mut clients = self.clients();
        if clients.get(name) == Some(link) {
            clients.remove(name);
        }
    }

    fn clients(&self) -> MutexGuard<'_, HashMap<Name, Link>> {
        // Nothing that can fail runs under the lock, so a poisoned one is still whole.
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running endpoint.
pub struct Server<S> {
    endpoint: Arc<Endpoint<S>>,
    accepting: Vec<AbortHandle>,
}

/// Serves MQTT on a listener.
#[must_use = "the handle stops the server"]
pub fn serve<S: Service>(listener: TcpListener, service: Arc<S>) -> Server<S> {
    let endpoint = Arc::new(Endpoint {
        service,
        strangers: Semaphore::new(limits::MAX_STRANGERS),
        clients: Mutex::default(),
        open: AtomicUsize::new(0),
        next: AtomicU64::new(1),
    });
    let accept: JoinHandle<()> = tokio::spawn(accept(endpoint.clone(), listener));
    Server { endpoint, accepting: vec![accept.abort_handle()] }
}

impl<S: Service> Server<S> {
    /// Open connections.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.endpoint.open.load(Ordering::Relaxed)
    }

    /// Takes no more clients, writes what waits for those that are there, and tells them to go. Waits at most `patience`.
    pub async fn stop(&self, patience: Duration) {
        for accepting in &self.accepting {
            accepting.abort();
        }
        let clients: Vec<Link> = self.endpoint.clients().values().cloned().collect();
        for link in clients {
            link.close(Gone::Stopping);
        }
        let deadline = clock::now() + patience;
        while self.connections() > 0 && clock::now() < deadline {
            sleep(Duration::from_millis(10)).await;
        }
    }
}

async fn accept<S: Service>(endpoint: Arc<Endpoint<S>>, listener: TcpListener) {
    let mut storm = Storm::default();
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // Mostly: no file descriptor left. The next one may go when a client has left.
                tracing::warn!(%error, "cannot accept a connection");
                sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        if endpoint.open.load(Ordering::Relaxed) >= limits::MAX_CONNECTIONS
            || !storm.admits(peer, clock::now())
        {
            continue;
        }
        endpoint.open.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(client(endpoint.clone(), stream, peer));
    }
}

async fn client<S: Service>(endpoint: Arc<Endpoint<S>>, stream: TcpStream, peer: SocketAddr) {
    let open = Open(endpoint.clone());
    // Small packets both ways: waiting for more to send would cost 40 ms.
    if stream.set_nodelay(true).is_ok() {
        let link = Link::new(endpoint.next.fetch_add(1, Ordering::Relaxed), peer);
        connection::run(endpoint, stream, link).await;
    }
    drop(open);
}

/// Counts a connection for as long as it lives, also when its task panics.
struct Open<S>(Arc<Endpoint<S>>);

impl<S> Drop for Open<S> {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Holds back addresses that connect again and again.
#[derive(Default)]
struct Storm {
    addresses: HashMap<IpAddr, (f64, Instant)>,
}

impl Storm {
    fn admits(&mut self, peer: SocketAddr, now: Instant) -> bool {
        // Whoever can run programs here needs no storm to stop the server; simulators connect a region from here.
        if peer.ip().to_canonical().is_loopback() {
            return true;
        }
        if self.addresses.len() >= limits::STORM_ADDRESSES {
            self.addresses
                .retain(|_, (tokens, since)| refilled(*tokens, *since, now) < limits::STORM_BURST);
            if self.addresses.len() >= limits::STORM_ADDRESSES {
                self.addresses.clear();
            }
        }
        let (tokens, since) =
            self.addresses.entry(network(peer)).or_insert((limits::STORM_BURST, now));
        *tokens = refilled(*tokens, *since, now);
        *since = now;
        let admitted = *tokens >= 1.0;
        if admitted {
            *tokens -= 1.0;
        }
        admitted
    }
}

fn refilled(tokens: f64, since: Instant, now: Instant) -> f64 {
    let span = now.saturating_duration_since(since).as_secs_f64();
    (tokens + span * limits::STORM_RATE).min(limits::STORM_BURST)
}

/// The part of an address that one network has: the whole of IPv4, the first half of IPv6.
#[must_use]
pub fn network(peer: SocketAddr) -> IpAddr {
    match peer.ip().to_canonical() {
        IpAddr::V6(ip) => {
            let mask = u128::MAX << 64;
            IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & mask))
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_storm_from_one_address_is_held_back_and_others_are_not() {
        let mut storm = Storm::default();
        let now = Instant::now();
        let peer: SocketAddr = "192.0.2.1:5000".parse().expect("address");
        let other: SocketAddr = "192.0.2.2:5000".parse().expect("address");
        let admitted = (0..10_000).filter(|_| storm.admits(peer, now)).count();
        assert_eq!(admitted, 2_000);
        assert!(storm.admits(other, now));
        assert!(!storm.admits(peer, now));
        assert!(storm.admits(peer, now + Duration::from_millis(10)));
    }

    #[test]
    fn one_ipv6_network_counts_as_one_address() {
        let a: SocketAddr = "[2001:db8::1]:1".parse().expect("address");
        let b: SocketAddr = "[2001:db8::ffff:2]:1".parse().expect("address");
        let c: SocketAddr = "[2001:db8:0:1::1]:1".parse().expect("address");
        assert_eq!(network(a), network(b));
        assert_ne!(network(a), network(c));
    }
}
