//! Water: rain that becomes a flood, and where it stands.
//!
//! [`gully`] is the chain for a mountain valley: rain at gauges → excess ([`runoff`]) → flow at the mouth ([`unit_graph`], [`routing`])
//! → minutes until it is too much. [`terrain`] and [`hand`] say where a stage floods; [`dam`] what a breach lets go; [`ice`] when ice may
//! dam the Yellow River.

pub mod channel;
pub mod dam;
pub mod gully;
pub mod hand;
pub mod ice;
pub mod outline;
pub mod routing;
pub mod rows;
pub mod runoff;
pub mod terrain;
pub mod unit_graph;

pub use rows::MODELS;
