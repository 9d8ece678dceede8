//! Work that takes longer than a request may: beside the node, bounded, with an end.

pub mod connect;
pub mod crews;
pub mod drill;
pub mod dry_run;
pub mod export;
pub mod forecast;
pub mod import;
pub mod load;
pub mod postgis;
pub mod quality;
pub mod report;
pub mod roster;
pub mod verify;
