//! How long a room with its doors and stairs takes to empty (SFPE Handbook, hydraulic model).

use super::Walkway;
use crate::{
    HazardError,
    bounds::{together, within},
};

/// Most parts of a way out.
pub const MOST_PARTS: usize = 1_000;
/// What people leave free on each side: doors and stairs 0.15 m, corridors 0.20 m.
const DOOR_EDGE_M: f64 = 0.15;
const CORRIDOR_EDGE_M: f64 = 0.20;

/// A part of a way out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// What it is.
    pub walkway: Walkway,
    /// Clear width, m.
    pub width_m: f64,
    /// Length along the floor or the slope, m; 0 for a door.
    pub length_m: f64,
}

impl Part {
    /// Width that people use, m.
    #[must_use]
    pub fn effective_m(&self) -> f64 {
        let edge = match (self.walkway, self.length_m > 0.0) {
            (Walkway::Level, true) => CORRIDOR_EDGE_M,
            _ => DOOR_EDGE_M,
        };
        (self.width_m - 2.0 * edge).max(0.0)
    }

    /// People per second that it lets through at most.
    #[must_use]
    pub fn most_people_s(&self) -> f64 {
        self.walkway.most_flow_m_s() * self.effective_m()
    }
}

/// How a room empties.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Emptying {
    /// Until the last one is out, seconds from when people begin to move.
    pub whole_s: f64,
    /// Walking alone, as the last one would without a queue.
    pub walk_s: f64,
    /// Waiting at the narrowest part.
    pub queue_s: f64,
    /// Which part is narrowest.
    pub narrowest: usize,
    /// People per second through it.
    pub people_s: f64,
}

/// Empties a room of people through parts one after another.
///
/// # Errors
/// When there are no parts or too many, a number is out of bounds, or a part is too narrow for anybody.
pub fn empty(people: f64, parts: &[Part]) -> Result<Emptying, HazardError> {
    let people = within("people", people, (0.0, 1e6), "")?;
    if parts.is_empty() || parts.len() > MOST_PARTS {
        return Err(together(format!("1 to {MOST_PARTS} parts make a way out")));
    }
    let (mut walk_s, mut narrowest, mut people_s) = (0.0, 0, f64::INFINITY);
    for (index, part) in parts.iter().enumerate() {
        within("width_m", part.width_m, (0.0, 100.0), "m")?;
        let length = within("length_m", part.length_m, (0.0, 10_000.0), "m")?;
        walk_s += length / part.walkway.speed_m_s(0.0);
        if part.most_people_s() < people_s {
            (narrowest, people_s) = (index, part.most_people_s());
        }
    }
    if people_s <= 0.0 {
        return Err(together("a part of the way is too narrow for anybody"));
    }
    let queue_s = people / people_s;
    // The first one walks to the narrowest part and out; the last one follows after all others have passed it.
    Ok(Emptying { whole_s: walk_s + queue_s, walk_s, queue_s, narrowest, people_s })
}
