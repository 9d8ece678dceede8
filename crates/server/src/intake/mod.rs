//! Intake: how devices reach the platform, and how its commands reach them.
//!
//! Start reading at [`Stations`] for the way out.

mod stations;
mod ticket;

pub use stations::Stations;
pub use ticket::{MqttTicket, Verdict};
