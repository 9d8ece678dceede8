//! Bytes to kernel types and back: one folder for each protocol or file format.
//!
//! This room owns every parser and writer of the platform. It must not know of sockets, databases or the clock: moments
//! that a format needs come in as arguments. No parser panics; each returns a typed error that its sender can act on.
//!
//! Start reading at [`pack`], the simplest one.

pub mod cap;
pub mod pack;
