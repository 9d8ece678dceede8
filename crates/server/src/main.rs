//! The binary `helan`.

fn main() {}
