//! Intake: how devices reach the platform, and how its commands reach them.
//!
//! The same rules hold for MQTT and HTTP: a device proves who it is with its token, speaks for itself and (a gateway) for
//! its children, and hears "yes" only after the commit. Whatever cannot be used is refused with a reason to the sender and
//! counted; nothing else is disturbed by it.
//!
//! Start reading at [`Intake`]; the way in is `mqtt` and `http`, the way out [`Stations`].

mod access;
mod http;
mod loudspeaker;
mod mqtt;
mod readings;
mod refusals;
mod replies;
mod stations;
mod ticket;
mod topics;

use std::sync::Arc;

use tokio::net::TcpListener;

pub use access::Secrets;
pub use helan_protocol::device::{MAX_AGE, MAX_AHEAD};
pub use http::routes;
pub use refusals::{Refusals, Row as RefusalRow};
pub use stations::Stations;
pub use ticket::{MqttTicket, Verdict};

use crate::{directory::Directory, platform::Platform};

/// What all ways in share.
pub struct Intake {
    platform: Platform,
    directory: Arc<Directory>,
    stations: Arc<Stations>,
    secrets: Arc<Secrets>,
    refusals: Arc<Refusals>,
}

impl Intake {
    /// Intake of a platform.
    #[must_use]
    pub fn new(platform: Platform, secrets: Arc<Secrets>) -> Arc<Self> {
        Arc::new(Self {
            directory: platform.directory(),
            stations: platform.stations(),
            platform,
            secrets,
            refusals: Arc::default(),
        })
    }

    /// Serves MQTT on a listener until the handle is stopped.
    #[must_use = "the handle stops the server"]
    pub fn serve_mqtt(self: &Arc<Self>, listener: TcpListener) -> helan_broker::Server<Self> {
        helan_broker::serve(listener, self.clone())
    }

    /// Carries notices to loudspeakers until the node stops. Run it beside the listeners.
    pub async fn serve_loudspeakers(self: Arc<Self>) {
        loudspeaker::serve(&self).await;
    }

    /// The tokens of devices.
    #[must_use]
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// What was refused.
    #[must_use]
    pub fn refusals(&self) -> &Refusals {
        &self.refusals
    }

    /// Ends the connections of a device: its token has changed, or it was removed.
    pub fn dismiss(&self, device: &str) {
        if let Some(entry) = self.directory.find(device) {
            self.stations.dismiss(entry.id);
        }
    }
}
