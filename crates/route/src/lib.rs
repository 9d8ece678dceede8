//! How to get there and how to get away: road graph, closures, travel times, evacuation, dispatch.
//!
//! This room owns pure graph functions. It must not know of alarms, incidents, people or devices.

mod area;
mod building;
mod closures;
mod dispatch;
mod error;
mod evacuate;
mod graph;
mod hierarchy;
mod isochrone;
mod network;
mod order;
mod outline;
mod place;
mod router;
mod states;
mod stay;
mod vehicle;
mod ways;

pub use area::Area;
pub use building::{Building, Link, Passage, crowded};
pub use closures::Closures;
pub use dispatch::{
    Assigned, Before, Change, Choice, Need, Sent, Short, Team, assign, largest_cover,
    least_distance,
};
pub use error::RouteError;
pub use evacuate::{
    Block, BlockPlan, Carrier, Evacuation, EvacuationPlan, Fleet, Left, Mode, PerEdge, Shelter,
    Stream, Trip, default_flow, evacuate,
};
pub use graph::{Edge, EdgeId, GraphBuilder, NodeId, RoadClass, RoadGraph, TableRoad, Turn};
pub use isochrone::Reached;
pub use network::{Network, Snap, Spot};
pub use outline::Ring;
pub use place::Place;
pub use router::{Matrix, Route, Router, Targets};
pub use stay::{Better, StayOrLeave, dose_on_the_way, stay_or_leave};
pub use vehicle::{Access, VehicleClass};
pub use ways::Ways;
