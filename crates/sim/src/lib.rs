//! A region of virtual devices, people and faults.
//!
//! This room owns the simulated world: rooms whose gas obeys a mass balance, devices that measure it and act on it, people
//! who answer notices, and faults. The world is deterministic by its seed, and its time is an input; only the players
//! around it read clocks and sockets. The simulator speaks to a server as devices and services do, over MQTT and HTTP; it
//! must not know the inside of one. It is also the load generator of the benchmark and the runner of scenarios.
//!
//! Start reading at [`world::World::advance`], then [`player::Player`].

pub mod api;
pub mod base;
pub mod clock;
pub mod load;
pub mod mqtt;
pub mod player;
pub mod random;
pub mod region;
pub mod scenario;
pub mod tokens;
pub mod world;
