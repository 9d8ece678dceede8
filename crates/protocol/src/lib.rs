//! Bytes to kernel types and back, without sockets.
//!
//! This room owns the formats of everything that enters or leaves: one folder for each protocol. It must not know where
//! bytes come from, and decides nothing: what cannot be read is refused with a reason and the place in the bytes.
//!
//! Start reading at [`device::read`]; [`decode::decode`] shows how any payload is read.

pub mod cap;
pub mod decode;
pub mod device;
pub mod pack;
