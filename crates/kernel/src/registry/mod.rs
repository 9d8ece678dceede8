//! The base database as the engine needs it: what there is, where, and who answers for it.
//! Start at [`Registry::apply`]: every change comes through it.

mod lookup;
mod model;
mod table;

pub use model::*;
pub use table::*;
