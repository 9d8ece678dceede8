//! The roads of an OpenStreetMap extract as a graph for cars, for comparing with others on the same data.
//!
//! Speeds are the limits that the map has, else what is usual for the class; turns are free.

use std::{collections::HashMap, path::Path, time::Duration};

use anyhow::Context;
use helan_route::{Access, Edge, GraphBuilder, NodeId, Place, RoadClass, RoadGraph};
use osmpbf::{Element, ElementReader};

/// What cars may use: its class, and a usual speed in km/h.
fn usual(highway: &str) -> Option<(RoadClass, f64)> {
    Some(match highway.trim_end_matches("_link") {
        "motorway" => (RoadClass::Motorway, 110.0),
        "trunk" => (RoadClass::Trunk, 80.0),
        "primary" => (RoadClass::Primary, 60.0),
        "secondary" => (RoadClass::Secondary, 50.0),
        "tertiary" => (RoadClass::Tertiary, 40.0),
        "unclassified" | "residential" => (RoadClass::Street, 30.0),
        "living_street" | "service" => (RoadClass::Service, 15.0),
        _ => return None,
    })
}

struct Road {
    nodes: Vec<i64>,
    class: RoadClass,
    speed_km_h: f64,
    /// Whether it may be driven along and against its direction.
    directions: (bool, bool),
}

fn road(way: &osmpbf::Way<'_>) -> Option<Road> {
    let tags: HashMap<&str, &str> = way.tags().collect();
    let (class, speed) = usual(tags.get("highway")?)?;
    let barred = |key: &str| matches!(tags.get(key), Some(&("no" | "private")));
    if barred("access") || barred("motor_vehicle") || barred("vehicle") {
        return None;
    }
    let limit = tags.get("maxspeed").and_then(|words| words.parse::<f64>().ok());
    let directions = match tags.get("oneway") {
        Some(&("yes" | "1" | "true")) => (true, false),
        Some(&"-1") => (false, true),
        Some(_) => (true, true),
        None => (true, class != RoadClass::Motorway && tags.get("junction") != Some(&"roundabout")),
    };
    let speed_km_h = limit.unwrap_or(speed).clamp(5.0, 130.0);
    Some(Road { nodes: way.refs().collect(), class, speed_km_h, directions })
}

/// The graph.
///
/// # Errors
/// When the extract cannot be read, or has no roads.
pub fn graph(extract: &Path) -> anyhow::Result<RoadGraph> {
    let mut roads = Vec::new();
    let mut places: HashMap<i64, (f64, f64)> = HashMap::new();
    ElementReader::from_path(extract)?.for_each(|element| match element {
        Element::Node(node) => drop(places.insert(node.id(), (node.lon(), node.lat()))),
        Element::DenseNode(node) => drop(places.insert(node.id(), (node.lon(), node.lat()))),
        Element::Way(way) => roads.extend(road(&way)),
        Element::Relation(_) => {}
    })?;
    let mut uses: HashMap<i64, u32> = HashMap::new();
    for road in &roads {
        let last = road.nodes.len().saturating_sub(1);
        for (number, node) in road.nodes.iter().enumerate() {
            *uses.entry(*node).or_default() += if number == 0 || number == last { 2 } else { 1 };
        }
    }
    let mut builder = GraphBuilder::default();
    let mut known: HashMap<i64, NodeId> = HashMap::new();
    for road in &roads {
        let mut line: Vec<Place> = Vec::new();
        let mut from: Option<NodeId> = None;
        for node in &road.nodes {
            // A road that leaves the extract goes on without the places outside.
            let Some((lon, lat)) = places.get(node) else { continue };
            let place = Place::new(*lon, *lat)?;
            line.push(place);
            if uses.get(node).is_none_or(|count| *count < 2) {
                continue;
            }
            let to = *known.entry(*node).or_insert_with(|| builder.node(Some(place)));
            if let Some(from) = from.filter(|from| *from != to) {
                piece(&mut builder, road, (from, to), &line)?;
            }
            from = Some(to);
            line = vec![place];
        }
    }
    builder.build().context("roads of the extract")
}

fn piece(
    builder: &mut GraphBuilder,
    road: &Road,
    (from, to): (NodeId, NodeId),
    line: &[Place],
) -> anyhow::Result<()> {
    let pairs = line.windows(2).filter_map(|two| Some(two.first()?.distance_m(*two.last()?)));
    let seconds = pairs.sum::<f64>() * 3.6 / road.speed_km_h;
    let time = Duration::from_secs_f64(seconds);
    let time_ms = u32::try_from(time.as_millis())?.max(1);
    let there = Edge { class: road.class, access: Access::ALL, ..Edge::timed(from, to, time_ms) };
    let back = Edge { from: to, to: from, ..there };
    match road.directions {
        (true, true) => {
            builder.road(there, back, line);
        }
        (true, false) => {
            builder.edge(there, line);
        }
        (false, _) => {
            let turned: Vec<Place> = line.iter().rev().copied().collect();
            builder.edge(back, &turned);
        }
    }
    Ok(())
}
