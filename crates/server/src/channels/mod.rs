//! Channels: how notices leave for people.

mod template;

pub use template::{fill_json, fill_url};
