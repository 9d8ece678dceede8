//! The endpoint against clients of others (rumqttc, both versions) and against raw bytes.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

mod clients;
mod desk;
mod raw;
