//! The cable between a site and the platform, that can be pulled.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Result;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// Forwards connections to the platform while it is up.
#[derive(Debug)]
pub struct Cable {
    address: SocketAddr,
    up: Arc<watch::Sender<bool>>,
}

impl Cable {
    /// A cable to `platform`, plugged in.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn to(platform: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let up = Arc::new(watch::Sender::new(true));
        tokio::spawn(serve(listener, platform, up.clone()));
        Ok(Self { address, up })
    }

    /// Where the site connects to.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Pulls the cable or plugs it in. Pulled, connections end and new ones are closed at once.
    pub fn set(&self, up: bool) {
        self.up.send_replace(up);
    }
}

async fn serve(listener: TcpListener, platform: SocketAddr, up: Arc<watch::Sender<bool>>) {
    while let Ok((mut site, _)) = listener.accept().await {
        let mut pulled = up.subscribe();
        if !*pulled.borrow_and_update() {
            continue;
        }
        tokio::spawn(async move {
            let Ok(mut server) = TcpStream::connect(platform).await else { return };
            // Small messages must not wait for others: a delay here would be taken for the platform's.
            if site.set_nodelay(true).is_err() || server.set_nodelay(true).is_err() {
                return;
            }
            tokio::select! {
                _ended = copy_bidirectional(&mut site, &mut server) => {}
                _pulled = pulled.changed() => {}
            }
        });
    }
}
