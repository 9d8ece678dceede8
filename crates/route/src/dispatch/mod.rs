//! Who is sent where, and where to stand ready.

mod assign;
mod cover;

pub use assign::{Assigned, Before, Change, Need, Sent, Short, Team, assign};
pub use cover::{Choice, largest_cover, least_distance};
