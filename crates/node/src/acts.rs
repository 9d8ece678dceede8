//! Everything of a turn that is not a reading, as bytes.

use helan_kernel::{Effect, Event};
use serde::{Deserialize, Serialize};

/// Events with their places, and effects.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Acts {
    /// Events other than readings; the number says how many readings of the turn the engine saw before it.
    pub events: Vec<(u32, Event)>,
    /// All effects of the turn, in order.
    pub effects: Vec<Effect>,
}

impl Acts {
    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.effects.is_empty()
    }
}
