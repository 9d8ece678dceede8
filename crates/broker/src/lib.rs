//! The MQTT endpoint between devices and the platform: MQTT 3.1.1 and 5 over TCP.
//!
//! This room owns sockets, packets, keep-alive, limits and the order of acknowledgements. It is an endpoint, not a general
//! broker: nothing travels from one device to another, nothing is retained, and no session outlives its connection (what
//! must arrive is sent again by the platform's outbox). It must not know what a topic or a payload means: that is the
//! business of its [`Service`].
//!
//! Start reading at [`serve`], then [`Service`] and [`Link`].

mod clock;
mod connection;
mod control;
mod greet;
pub mod limits;
mod link;
mod scan;
mod server;
mod service;
mod wire;

pub use link::{
    Ack, Delivery, Gone, Link, Message, Outgoing, Qos, Reason, Receipt, SendError, Wakes,
};
pub use scan::scan;
pub use server::{Server, network, serve};
pub use service::{Denied, Hello, Service};
pub use wire::{Fault, Version};
