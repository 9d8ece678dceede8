//! What the platform does with clients and their messages.

use std::net::SocketAddr;

use crate::{
    link::{Delivery, Gone, Link, Qos},
    wire::{Fault, Version},
};

/// A client that wants to connect.
#[derive(Clone, Copy, Debug)]
pub struct Hello<'a> {
    /// Which MQTT it speaks.
    pub version: Version,
    /// Its client id; made up by the endpoint when it had none.
    pub client: &'a str,
    /// User name.
    pub user: Option<&'a str>,
    /// Password.
    pub password: Option<&'a [u8]>,
    /// From where.
    pub peer: SocketAddr,
}

/// Why a client is sent away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// Name or password is wrong.
    Credentials,
    /// It may not connect (now).
    NotAuthorized,
    /// Too many attempts.
    TooFast,
    /// The platform cannot take clients at present.
    Unavailable,
    /// The client id cannot be used.
    ClientId,
    /// It wants an authentication in several steps, which is not spoken here.
    Method,
}

impl Denied {
    pub(crate) const fn code_v3(self) -> u8 {
        match self {
            Self::ClientId => 2,
            Self::TooFast | Self::Unavailable => 3,
            Self::Credentials | Self::Method => 4,
            Self::NotAuthorized => 5,
        }
    }

    pub(crate) const fn code_v5(self) -> u8 {
        match self {
            Self::ClientId => 0x85,
            Self::Credentials => 0x86,
            Self::NotAuthorized => 0x87,
            Self::Unavailable => 0x88,
            Self::Method => 0x8c,
            Self::TooFast => 0x9f,
        }
    }
}

/// What the endpoint serves. All methods are called from the task of the connection.
pub trait Service: Send + Sync + 'static {
    /// What the service remembers of a client.
    type Session: Send + Sync;

    /// Lets a client in, or sends it away. The link works from the moment the client was told that it is in; what is sent
    /// before waits.
    fn connect(
        &self,
        hello: Hello<'_>,
        link: &Link,
    ) -> impl Future<Output = Result<Self::Session, Denied>> + Send;

    /// Takes all messages of one socket read. While this waits, nothing more is read from the client. The receipt decides
    /// when they are acknowledged.
    fn publish(
        &self,
        session: &Self::Session,
        delivery: Delivery<'_>,
    ) -> impl Future<Output = ()> + Send;

    /// A client broke the protocol or a limit; it is being disconnected. None before it was let in.
    fn broke(&self, session: Option<&Self::Session>, peer: SocketAddr, fault: Fault);

    /// Whether the client may listen to a topic filter.
    fn may_subscribe(&self, session: &Self::Session, filter: &str) -> bool;

    /// The client listens to a filter now; it was told so before anything that is sent from here on.
    fn subscribed(&self, session: &Self::Session, filter: &str, qos: Qos);

    /// The client no longer listens to a filter.
    fn unsubscribed(&self, session: &Self::Session, filter: &str);

    /// The client acknowledged a message; `tag` is that of [`crate::Outgoing`].
    fn delivered(&self, session: &Self::Session, tag: u64);

    /// The connection has ended. Its will, if it counts, was published before.
    fn disconnected(
        &self,
        session: Self::Session,
        link: &Link,
        why: Gone,
    ) -> impl Future<Output = ()> + Send;
}
