//! What can be reached within a time: nodes, parts of roads, and the land around them.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap},
};

use crate::{
    EdgeId, NodeId, Place, RouteError, Router, Spot,
    closures::Part,
    hierarchy::NEVER,
    outline::{Cells, Ring},
    place::part,
};

/// Longest time that is asked for, ms: a day.
const MAX_LIMIT_MS: u32 = 86_400_000;

/// What is reached within a time.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Reached {
    /// Nodes with their times, ms.
    pub nodes: BTreeMap<NodeId, u32>,
    /// Edges, each with the part of it that is reached: shares of its length.
    pub edges: BTreeMap<EdgeId, (f64, f64)>,
}

impl Router<'_> {
    /// What is reached from a spot within a time. Closed areas are not entered.
    ///
    /// # Errors
    /// When the spot is not in the graph, or the time is longer than a day.
    pub fn isochrone(&self, from: Spot, limit_ms: u32) -> Result<Reached, RouteError> {
        if limit_ms > MAX_LIMIT_MS {
            return Err(RouteError::BadNumber { what: "time", value: limit_ms.into() });
        }
        let ways = self.ways();
        let states = &ways.network().states;
        let mut reached = Reached::default();
        let mut best: BTreeMap<u32, u32> = BTreeMap::new();
        let mut queue = BinaryHeap::new();
        let mut push = |queue: &mut BinaryHeap<Reverse<(u32, u32)>>, state: u32, time: u32| {
            let known = best.entry(state).or_insert(NEVER);
            if time <= limit_ms && time < *known {
                *known = time;
                queue.push(Reverse((time, state)));
            }
        };
        for start in ways.starts(from)? {
            push(&mut queue, start.state, start.time);
            let last = start.edges.len().saturating_sub(1);
            for (place, edge) in start.edges.iter().enumerate() {
                let begin = if place == 0 { self.share(from, *edge) } else { 0.0 };
                // Only the last edge can lie beyond the limit: what leads to it is a start too.
                let late = f64::from(start.time.saturating_sub(limit_ms));
                let drive = f64::from(ways.edge_ms(*edge).unwrap_or(1)).max(1.0);
                let end = if place == last { 1.0 - late / drive } else { 1.0 };
                if end >= begin && (place == last || late <= 0.0) {
                    reached.add(*edge, begin, end);
                }
            }
        }
        // The road under one's feet, when its end is too far away.
        for (edge, share) in ways.lanes(from) {
            let whole = f64::from(ways.edge_ms(edge).unwrap_or(NEVER)).max(1.0);
            let end = (share + f64::from(limit_ms) / whole).min(1.0);
            if ways.passes(edge, share, end, Part::Off) {
                reached.add(edge, share, end);
            }
        }
        let mut done = BTreeSet::new();
        while let Some(Reverse((time, state))) = queue.pop() {
            if !done.insert(state) {
                continue;
            }
            let Some(node) = states.node(state) else { continue };
            let slot = reached.nodes.entry(node).or_insert(time);
            *slot = (*slot).min(time);
            for edge in ways.network().graph().leaving(node).filter(|edge| ways.is_open(*edge)) {
                let steps = states.along(edge).iter();
                let step = steps.filter(|step| {
                    states.steps().get(**step as usize).is_some_and(|step| step.from == state)
                });
                let Some(step) = step.into_iter().next() else { continue };
                let step_ms = ways.step_ms(*step);
                if step_ms >= NEVER {
                    continue;
                }
                let drive = ways.edge_ms(edge).unwrap_or(NEVER);
                let turned = time.saturating_add(step_ms - drive.min(step_ms));
                if turned <= limit_ms {
                    let left = f64::from(limit_ms - turned);
                    reached.add(edge, 0.0, (left / f64::from(drive.max(1))).min(1.0));
                }
                if let Some(head) = states.head(edge) {
                    push(&mut queue, head, time.saturating_add(step_ms));
                }
            }
        }
        Ok(reached)
    }

    fn share(&self, spot: Spot, edge: EdgeId) -> f64 {
        let mut lanes = self.ways().lanes(spot);
        lanes.find(|(lane, _)| *lane == edge).map_or(0.0, |(_, share)| share)
    }

    /// The land within `beside_m` of the reached roads, as polygons of outer ring and holes; never smaller than that, and larger by at
    /// most its width.
    ///
    /// # Errors
    /// When the graph has no coordinates, the width makes no sense, or the land is too large for it.
    pub fn land(&self, reached: &Reached, beside_m: f64) -> Result<Vec<Vec<Ring>>, RouteError> {
        let graph = self.ways().network().graph();
        if !graph.has_places() {
            return Err(RouteError::NoCoordinates);
        }
        if !(10.0..=10_000.0).contains(&beside_m) {
            return Err(RouteError::BadNumber { what: "width", value: beside_m });
        }
        let lines: Vec<Vec<Place>> =
            reached.edges.iter().map(|(e, (from, to))| part(&graph.line(*e), *from, *to)).collect();
        let nodes = reached.nodes.keys().filter_map(|node| graph.place(*node));
        let mut cells = match lines.iter().flatten().copied().chain(nodes.clone()).next() {
            Some(first) => Cells::new(first, beside_m),
            None => return Ok(Vec::new()),
        };
        for place in nodes {
            cells.mark(&[place])?;
        }
        for line in lines {
            cells.mark(&line)?;
        }
        Ok(cells.polygons())
    }
}

impl Reached {
    fn add(&mut self, edge: EdgeId, from: f64, to: f64) {
        let part = self.edges.entry(edge).or_insert((from, to));
        *part = (part.0.min(from), part.1.max(to));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{Edge, GraphBuilder, Network, VehicleClass, Ways};

    /// Nodes 0 to 3 on a line, a kilometre and a minute apart.
    fn ways() -> Ways {
        let mut made = GraphBuilder::default();
        let place = |n: u32| Place { lon: 106.0 + f64::from(n) * 0.0114, lat: 38.0 };
        let nodes: Vec<NodeId> = (0..4).map(|n| made.node(Some(place(n)))).collect();
        for pair in nodes.windows(2) {
            let there = Edge::timed(pair[0], pair[1], 60_000);
            made.road(there, Edge { from: pair[1], to: pair[0], ..there }, &[]);
        }
        let network = Arc::new(Network::new(made.build().unwrap()).unwrap());
        Ways::new(&network, VehicleClass::car()).unwrap()
    }

    #[test]
    fn reaches_nodes_and_parts_of_roads() {
        let ways = ways();
        let router = Router::new(&ways);
        let reached = router.isochrone(Spot::Node(NodeId(1)), 90_000).unwrap();
        let times: Vec<(u32, u32)> = reached.nodes.iter().map(|(n, t)| (n.0, *t)).collect();
        assert_eq!(times, [(0, 60_000), (1, 0), (2, 60_000)]);
        assert_eq!(reached.edges[&EdgeId(4)], (0.0, 0.5));
        let short = router.isochrone(Spot::Edge(EdgeId(0), 0.5), 15_000).unwrap();
        assert!(short.nodes.is_empty());
        assert_eq!(short.edges[&EdgeId(0)], (0.5, 0.75));
        assert!(router.isochrone(Spot::Node(NodeId(9)), 1).is_err());
        assert!(router.isochrone(Spot::Node(NodeId(0)), u32::MAX).is_err());
    }

    #[test]
    fn the_land_holds_the_roads() {
        let ways = ways();
        let router = Router::new(&ways);
        let reached = router.isochrone(Spot::Node(NodeId(1)), 90_000).unwrap();
        let land = router.land(&reached, 100.0).unwrap();
        assert_eq!(land.len(), 1);
        let area = crate::Area::new(&land[0][0], &land[0][1..]).unwrap();
        let at = |n: f64| Place { lon: 106.0 + n * 0.0114, lat: 38.0 };
        assert!(area.holds(at(0.0)) && area.holds(at(2.4)) && !area.holds(at(2.8)));
    }
}
