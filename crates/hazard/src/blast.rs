//! Explosions: the peak of the overpressure at a place, and how far it harms.
//!
//! Every explosion is told as so much TNT on the ground ([`tnt`]); the wave follows Kingery and Bulmash ([`kingery`]). [`domino`] says
//! which other vessels stand where a fire or a blast may break them.

pub mod domino;
pub mod kingery;
pub mod levels;
pub mod rows;
pub mod tnt;

pub use rows::MODELS;
