//! What the platform thinks.
//!
//! The kernel owns every decision of the chain: from a reading to an alarm ([`watch`]), from an alarm to actions at the
//! site ([`dispose`]), to notices for the people in danger ([`push`]) and to an incident with its timeline ([`command`]).
//! It is pure and synchronous: the same events, at the same moments, in the same order give the same effects. It must not
//! know of clocks, randomness, files, sockets, SQL, JSON or async; [`Engine::step`] is its only door.
//!
//! Start reading at [`Engine::step`], then [`watch::Watch::reading`].

#![cfg_attr(not(test), deny(clippy::wildcard_enum_match_arm))]

pub mod command;
pub mod danger;
pub mod dispose;
pub mod effect;
mod engine;
pub mod event;
mod ids;
pub mod push;
pub mod registry;
#[cfg(test)]
mod testing;
mod timers;
mod units;
pub mod watch;
pub mod weather;

pub use effect::Effect;
pub use engine::{Context, Engine, LoadError};
pub use event::{Answer, Event, Quality, Reading, Refusal};
pub use ids::*;
pub use timers::{Timer, Timers};
pub use units::*;
