//! The turn: drain → step → commit → release.
//!
//! This room owns the order of things in a node: what waits is taken together, the engine steps through it, everything is
//! committed in one durable transaction, and only then answers and effects leave. It also owns recovery. It must not know
//! of sockets, clocks or SQL: moments come in, and it does no input or output but through the store.
//!
//! Start reading at [`Node::turn`], then [`run`].

mod inbox;
mod node;
mod recovery;
mod runner;
mod steady;

pub use helan_store::{Act, Acts};
pub use inbox::{Closed, Inbox, Lane, Submission};
pub use node::{Committed, Node, NodeError};
pub use recovery::{Options, Recovery};
pub use runner::{Release, run};
pub use steady::Steady;
