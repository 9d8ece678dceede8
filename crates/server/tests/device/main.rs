//! Devices against a running platform, in one process: over MQTT and over HTTP.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

mod house;
mod http;
mod mqtt;
