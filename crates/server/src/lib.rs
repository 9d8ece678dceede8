//! The platform server `helan`: everything between the node and the world.
//!
//! This room owns sockets, configuration, accounts, HTTP and the live screens: it turns what comes in into events of the
//! kernel, hands them to the node, and carries committed answers and effects out. It must not decide anything that the
//! kernel decides, and nothing leaves it that was not committed.
//!
//! Start reading at [`platform::Platform`], then [`intake`].

pub mod access;
pub mod api;
pub mod assets;
pub mod base;
pub mod channels;
pub mod cli;
pub mod clock;
pub mod config;
pub mod directory;
pub mod dispatch;
pub mod first_start;
pub mod forces;
mod http;
pub mod inside;
pub mod intake;
pub mod jobs;
pub mod metrics;
pub mod packs;
pub mod platform;
pub mod public;
pub mod releases;
pub mod report;
pub mod response;
mod risk;
mod roads;
pub mod serve;
pub mod text;
