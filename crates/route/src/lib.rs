//! How to get there and how to get away: road graph, closures, travel times, evacuation, dispatch.
//!
//! This room owns pure graph functions. It must not know of alarms, incidents, people or devices.
//!
//! A [`RoadGraph`] holds what is known of roads; a [`Network`] is one made ready for questions, once. [`Ways`] are the network as a
//! class of vehicles finds it now, with [`Closures`]; a [`Router`] answers questions over them. [`evacuate`] brings many people away,
//! [`assign`] sends teams. Start reading at [`Router::route`], then `hierarchy`.
//!
//! ```
//! use std::sync::Arc;
//! use helan_route::{Network, NodeId, RoadGraph, Router, Spot, VehicleClass, Ways};
//!
//! let graph = RoadGraph::from_gr("a 0 1 5000\na 1 2 3000\n")?;
//! let network = Arc::new(Network::new(graph)?);
//! let ways = Ways::new(&network, VehicleClass::car())?;
//! let mut router = Router::new(&ways);
//! assert_eq!(router.time_ms(Spot::Node(NodeId(0)), Spot::Node(NodeId(2)))?, 8_000);
//! # Ok::<(), helan_route::RouteError>(())
//! ```

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
pub use building::{Building, Link, Passage, Storeys, crowded};
pub use closures::Closures;
pub use dispatch::{
    Assigned, Before, Change, Choice, Need, Sent, Short, Team, assign, largest_cover,
    least_distance,
};
pub use error::RouteError;
pub use evacuate::{
    Block, BlockPlan, Carrier, Evacuation, EvacuationPlan, Fleet, Left, Mode, PerEdge, Shelter,
    Stream, Trip, along_wind, default_flow, downhill, evacuate,
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
