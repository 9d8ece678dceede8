//! Scenarios: real incidents turned into replays, with measures.

pub mod duty;
pub mod file;
pub mod measure;
pub mod proxy;
pub mod run;
pub mod site;
pub mod stage;
pub mod watcher;
