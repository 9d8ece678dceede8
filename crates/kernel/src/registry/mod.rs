//! The base database as the engine needs it: what there is, where, and who answers for it.
//! Start at [`Registry::apply`]: every change comes through it.

mod around;
mod grid;
mod lookup;
mod model;
mod places;
mod programs;
mod table;

pub use grid::Bounds;
pub use model::*;

pub use table::*;
