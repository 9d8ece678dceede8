//! The HTTP listener: lets sockets in within limits, and ends those that are slower than any honest client.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{Router, body::Body, extract::ConnectInfo, http::Request};
use helan_broker::network;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};
use tower::ServiceExt;
use tower_http::timeout::TimeoutBody;

use crate::serve::stopped;

/// Time for a request line and headers to come whole; also the longest pause between two requests of a connection.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// Longest pause within a body.
const BODY_PAUSE: Duration = Duration::from_secs(15);
/// Connections at one time: consoles, devices that poll, live screens. The file descriptors of the device endpoint are not
/// touched by it. Above it new sockets are closed at once.
const MAX_CONNECTIONS: usize = 16_384;
/// …and from one address (IPv6: one network): one stranger must not take the room of all. Proxies on this machine are
/// exempt.
const MAX_FROM_ONE: usize = 1_024;

/// Open connections.
#[derive(Default)]
struct Open {
    all: usize,
    by_network: HashMap<std::net::IpAddr, usize>,
}

/// The right to one connection.
struct Place {
    open: Arc<Mutex<Open>>,
    peer: SocketAddr,
}

impl Place {
    /// A place, if there is one.
    fn take(open: &Arc<Mutex<Open>>, peer: SocketAddr) -> Option<Self> {
        let mut now = lock(open);
        let own = now.by_network.get(&network(peer)).copied().unwrap_or(0);
        let crowded = own >= MAX_FROM_ONE && !peer.ip().to_canonical().is_loopback();
        if crowded || now.all >= MAX_CONNECTIONS {
            return None;
        }
        now.all += 1;
        *now.by_network.entry(network(peer)).or_default() += 1;
        Some(Self { open: open.clone(), peer })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut now = lock(&self.open);
        now.all = now.all.saturating_sub(1);
        let network = network(self.peer);
        if let Some(own) = now.by_network.get_mut(&network) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                now.by_network.remove(&network);
            }
        }
    }
}

fn lock(open: &Mutex<Open>) -> MutexGuard<'_, Open> {
    // Nothing that can fail runs under the lock, so a poisoned one is still whole.
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Serves until the server stops, and then until the requests under way have ended.
pub async fn serve(listener: TcpListener, router: Router, mut stopping: watch::Receiver<bool>) {
    let open = Arc::new(Mutex::new(Open::default()));
    let own_stopping = stopping.clone();
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = stopped(&mut stopping) => break,
            Some(_ended) = connections.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                if let Some(place) = Place::take(&open, peer) {
                    let (router, stopping) = (router.clone(), own_stopping.clone());
                    connections.spawn(async move {
                        connection(stream, place.peer, router, stopping).await;
                        drop(place);
                    });
                }
            }
            Err(error) => {
                // Mostly: no file descriptor left. The next one may go when a client has left.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    mut stopping: watch::Receiver<bool>,
) {
    // Answers leave at once: waiting for more to send would cost 40 ms.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY");
    }
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(|body| Body::new(TimeoutBody::new(BODY_PAUSE, body)));
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut served = std::pin::pin!(served);
    let ended = tokio::select! {
        ended = served.as_mut() => ended,
        () = stopped(&mut stopping) => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, %peer, "connection");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_take_the_room_of_all() {
        let open = Arc::new(Mutex::new(Open::default()));
        let at = |text: &str| text.parse::<SocketAddr>().expect("address");
        let stranger = at("192.0.2.1:5000");
        let mut places: Vec<_> = (0..2_000).filter_map(|_| Place::take(&open, stranger)).collect();
        assert_eq!(places.len(), MAX_FROM_ONE);
        assert!(Place::take(&open, at("192.0.2.2:5000")).is_some());
        let local = at("127.0.0.1:5000");
        let proxied: Vec<_> = (0..20_000).filter_map(|_| Place::take(&open, local)).collect();
        assert_eq!(proxied.len(), MAX_CONNECTIONS - MAX_FROM_ONE);
        drop(proxied);
        places.pop();
        assert!(Place::take(&open, stranger).is_some());
        places.clear();
        assert!(lock(&open).by_network.is_empty());
    }
}
