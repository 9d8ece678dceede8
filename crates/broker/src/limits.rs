//! Everything has a limit; what happens at it is written beside it.

use std::time::Duration;

/// Largest packet, in bytes: a batch of several thousand readings. Above it the client is disconnected.
pub const MAX_PACKET: usize = 256 * 1024;
/// Largest first packet: strangers must not make the server hold more. A will, which is the only long thing in it, is a message
/// of a few hundred bytes.
pub(crate) const MAX_CONNECT: usize = 16 * 1024;
/// Bytes read at once from a socket.
pub(crate) const READ_CHUNK: usize = 64 * 1024;
/// Messages of QoS 1 and 2 that a client may have unacknowledged. At it, nothing more is read from its socket until
/// commits have caught up, so that one client cannot fill the lane of all.
pub const RECEIVE_MAXIMUM: u16 = 8_192;
/// Messages of QoS 1 to one client that wait for its acknowledgement; further ones wait in its queue.
pub(crate) const SEND_WINDOW: usize = 1_024;
/// Messages encoded before the socket is written.
pub(crate) const WRITE_BATCH: usize = 512;
/// Connections at one time. One node carries a region; file descriptors and memory are planned for this. Above it new
/// sockets are closed at once.
pub const MAX_CONNECTIONS: usize = 120_000;
/// Clients that may be between connecting and their CONNECT being answered; bounds the work that strangers can cause.
pub(crate) const MAX_STRANGERS: usize = 4_096;
/// Time for the CONNECT packet to arrive whole.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Time for a client to take what is written to it; after it the client is disconnected.
pub(crate) const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest keep-alive; also used for clients that ask for none, because silence must become visible.
pub const MAX_KEEP_ALIVE_SECONDS: u16 = 3_600;
/// Topic filters of one client: a gateway has one or two for each of its children.
pub(crate) const MAX_SUBSCRIPTIONS: usize = 20_000;
/// Longest topic or filter, in bytes; those of the device API stay below 100.
pub(crate) const MAX_TOPIC: usize = 256;
/// Longest client id, in bytes.
pub(crate) const MAX_CLIENT_ID: usize = 256;
/// New connections that one address may open at once, before the rate below counts. Many devices share the address of a
/// carrier's network, and after a power cut all of them return together.
pub(crate) const STORM_BURST: f64 = 2_000.0;
/// New connections a second that one address may keep opening. Above it sockets are closed before anything is read.
pub(crate) const STORM_RATE: f64 = 200.0;
/// Addresses that are remembered for this; when it is full, those at rest are forgotten.
pub(crate) const STORM_ADDRESSES: usize = 65_536;
