//! Scenarios: real incidents turned into replays, with measures.

pub mod deed;
pub mod duty;
pub mod file;
pub mod fire;
pub mod measure;
pub mod proxy;
pub mod replay;
pub mod run;
pub mod site;
pub mod stage;
pub mod storm;
pub mod watcher;
