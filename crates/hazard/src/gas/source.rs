//! How gas leaves: through holes, from pools, all at once.

pub mod blowdown;
pub mod hole;
pub mod pool;
pub mod term;

pub use term::{Opening, Source, State, Term};
