//! Networks of water, gas and heat: where something is lost, and what must be shut so that no more is.
//!
//! [`balance`] weighs what goes into a district against what comes out, [`cusum`] sees a loss that is small but stays, [`isolation`] finds
//! the valves.

pub mod balance;
pub mod cusum;
pub mod isolation;
pub mod rows;

pub use rows::MODELS;
