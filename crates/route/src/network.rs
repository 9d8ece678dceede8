//! A road graph made ready for questions: states, hierarchy, and what lies where. Built once, shared by all.

use rstar::{AABB, RTree, RTreeObject};

use crate::{
    Area, EdgeId, NodeId, Place, RoadGraph, RouteError,
    area::Touch,
    graph::short,
    hierarchy::{Hierarchy, NEVER},
    place::{Plane, length_m},
    states::States,
};

/// A road graph with everything that does not depend on vehicles and closures.
#[derive(Debug)]
pub struct Network {
    graph: RoadGraph,
    pub(crate) states: States,
    pub(crate) hierarchy: Hierarchy,
    index: RTree<Box2>,
}

/// The box around the line of an edge.
#[derive(Debug)]
struct Box2 {
    edge: EdgeId,
    low: [f64; 2],
    high: [f64; 2],
}

impl RTreeObject for Box2 {
    type Envelope = AABB<[f64; 2]>;

    fn envelope(&self) -> Self::Envelope {
        AABB::from_corners(self.low, self.high)
    }
}

/// A point of a road: where somebody enters or leaves the network.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spot {
    /// At a node.
    Node(NodeId),
    /// On an edge, at a share of its length from its beginning, 0 to 1. Where the road has two directions, either may be used.
    Edge(EdgeId, f64),
}

/// The point of a road that is nearest to a place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Snap {
    /// The point.
    pub spot: Spot,
    /// Where it is.
    pub place: Place,
    /// How far from the place, metres.
    pub off_m: f64,
}

/// First circle around a place in which roads are looked for, metres.
const FIRST_LOOK_M: f64 = 60.0;

impl Network {
    /// Makes a graph ready: about a second for 50 000 nodes.
    ///
    /// # Errors
    /// When a time is too long for the arithmetic (24 days).
    pub fn new(graph: RoadGraph) -> Result<Self, RouteError> {
        if let Some(edge) = graph.edges().iter().find(|edge| edge.time_ms >= NEVER) {
            return Err(RouteError::BadNumber { what: "time", value: edge.time_ms.into() });
        }
        let states = States::new(&graph);
        let steps: Vec<(u32, u32)> = states.steps().iter().map(|s| (s.from, s.to)).collect();
        let spots: Vec<[f32; 2]> = (0..short(states.count()))
            .filter_map(|state| graph.place(states.node(state)?).map(flat))
            .collect();
        let hierarchy = Hierarchy::new(states.count(), &steps, &spots);
        let boxes = (0..short(graph.edge_count())).map(EdgeId);
        let boxes = boxes.filter(|_| graph.has_places()).map(|edge| around(&graph, edge));
        let index = RTree::bulk_load(boxes.collect());
        Ok(Self { graph, states, hierarchy, index })
    }

    /// The graph.
    #[must_use]
    pub fn graph(&self) -> &RoadGraph {
        &self.graph
    }

    /// How many arcs the hierarchy has: its memory is 50 bytes for each.
    #[must_use]
    pub fn arc_count(&self) -> usize {
        self.hierarchy.arc_count()
    }

    /// Where a spot is.
    #[must_use]
    pub fn place(&self, spot: Spot) -> Option<Place> {
        match spot {
            Spot::Node(node) => self.graph.place(node),
            Spot::Edge(edge, share) => {
                crate::place::part(&self.graph.line(edge), share, share).first().copied()
            }
        }
    }

    /// Edges that touch an area, and whether they only lead out of it.
    pub(crate) fn touched(&self, area: &Area) -> Vec<(EdgeId, bool)> {
        let found = self.index.locate_in_envelope_intersecting(area.envelope());
        let mut touched: Vec<(EdgeId, bool)> = found
            .filter_map(|found| match area.touch(&self.graph.line(found.edge)) {
                Touch::No => None,
                Touch::Leaves => Some((found.edge, true)),
                Touch::Enters => Some((found.edge, false)),
            })
            .collect();
        touched.sort_unstable();
        touched
    }

    /// The nearest point of an edge that fits, within a distance.
    pub(crate) fn nearest(
        &self,
        place: Place,
        within_m: f64,
        fits: &dyn Fn(EdgeId) -> bool,
    ) -> Option<Snap> {
        let plane = Plane::at(place);
        let mut look = FIRST_LOOK_M.min(within_m);
        loop {
            let (low, high) = (plane.place((-look, -look)), plane.place((look, look)));
            let envelope = AABB::from_corners([low.lon, low.lat], [high.lon, high.lat]);
            let near = self.index.locate_in_envelope_intersecting(envelope);
            let near = near.filter(|found| fits(found.edge));
            let best = near
                .filter_map(|found| self.closest(found.edge, &plane))
                .filter(|snap| snap.off_m <= look)
                .min_by(|a, b| a.off_m.total_cmp(&b.off_m).then(key(a).cmp(&key(b))));
            if best.is_some() || look >= within_m {
                return best;
            }
            look = (look * 4.0).min(within_m);
        }
    }

    /// The point of an edge that is closest to the origin of a plane.
    fn closest(&self, edge: EdgeId, plane: &Plane) -> Option<Snap> {
        let line = self.graph.line(edge);
        let whole = length_m(&line);
        let mut gone = 0.0;
        let mut best: Option<(f64, f64, Place)> = None;
        for pair in line.windows(2) {
            let [a, b] = pair else { continue };
            let ((ax, ay), (bx, by)) = (plane.metres(*a), plane.metres(*b));
            let (dx, dy) = (bx - ax, by - ay);
            let square = dx * dx + dy * dy;
            let along = if square > 0.0 { -(ax * dx + ay * dy) / square } else { 0.0 };
            let along = along.clamp(0.0, 1.0);
            let off = (ax + along * dx).hypot(ay + along * dy);
            if best.is_none_or(|(least, ..)| off < least) {
                best = Some((off, gone + along * a.distance_m(*b), a.towards(*b, along)));
            }
            gone += a.distance_m(*b);
        }
        let (off_m, at_m, place) = best?;
        let share = if whole > 0.0 { (at_m / whole).clamp(0.0, 1.0) } else { 0.0 };
        Some(Snap { spot: Spot::Edge(edge, share), place, off_m })
    }
}

fn key(snap: &Snap) -> u32 {
    match snap.spot {
        Spot::Edge(edge, _) => edge.0,
        Spot::Node(node) => node.0,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "only the order of places matters here")]
fn flat(place: Place) -> [f32; 2] {
    [(place.lon * place.lat.to_radians().cos()) as f32, place.lat as f32]
}

fn around(graph: &RoadGraph, edge: EdgeId) -> Box2 {
    let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    for at in graph.line(edge) {
        low = [low[0].min(at.lon), low[1].min(at.lat)];
        high = [high[0].max(at.lon), high[1].max(at.lat)];
    }
    Box2 { edge, low, high }
}
