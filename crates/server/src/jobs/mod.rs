//! Work that takes longer than a request may: beside the node, bounded, with an end.

pub mod drill;
pub mod dry_run;
pub mod import;
pub mod roster;
