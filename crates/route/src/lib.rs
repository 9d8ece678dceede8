//! How to get there and how to get away: road graph, closures, travel times, evacuation, dispatch.
//!
//! This room owns pure graph functions. It must not know of alarms, incidents, people or devices.
//! Nothing has moved in yet.
