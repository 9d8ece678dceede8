//! Facts about roads: nodes, directed edges, turns. What is closed and how fast somebody drives is said elsewhere.

use serde::{Deserialize, Serialize};

use crate::{Access, Place, RouteError, place::length_m, vehicle::rounded};

/// Nodes and edges of a graph, at most: a large province at full detail. Numbers stay well below 2^31.
const MAX_ITEMS: usize = 50_000_000;

/// Nodes of a file that numbers them: one line can claim any number, and each takes memory.
const MAX_NUMBERED: usize = 10_000_000;

/// A node: a place where roads meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(pub u32);

/// An edge: a road from one node to the next, in one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EdgeId(pub u32);

impl NodeId {
    pub(crate) const fn at(self) -> usize {
        self.0 as usize
    }
}

impl EdgeId {
    pub(crate) const fn at(self) -> usize {
        self.0 as usize
    }
}

/// How important a road is, from the most to the least.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum RoadClass {
    /// Motorway, 高速公路.
    Motorway,
    /// Trunk road, first class (国道, 一级公路).
    Trunk,
    /// Second class.
    Primary,
    /// Third class.
    Secondary,
    /// Fourth class.
    Tertiary,
    /// Streets of towns and villages.
    #[default]
    Street,
    /// Service ways, yards, tracks.
    Service,
    /// Ways for feet only.
    Path,
    /// Inside a building.
    Indoors,
}

impl RoadClass {
    /// What a lane carries in an hour when many leave, vehicles. Planning values below the capacities of design handbooks, for crossings
    /// take their share; marked unsure: measure the town's own and give them with the question.
    #[must_use]
    pub const fn lane_vehicles_h(self) -> f64 {
        match self {
            Self::Motorway => 1_800.0,
            Self::Trunk => 1_400.0,
            Self::Primary => 1_200.0,
            Self::Secondary => 1_000.0,
            Self::Tertiary => 800.0,
            Self::Street => 600.0,
            Self::Service => 300.0,
            Self::Path | Self::Indoors => 0.0,
        }
    }
}

/// A road from one node to the next, in one direction. Limits of zero mean: none is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// Where it begins.
    pub from: NodeId,
    /// Where it ends.
    pub to: NodeId,
    /// Length, metres; 0: not known.
    pub length_m: f32,
    /// How long a car takes at the allowed speed, ms.
    pub time_ms: u32,
    /// How important it is.
    pub class: RoadClass,
    /// Who may use it.
    pub access: Access,
    /// Lanes in this direction, at least 1.
    pub lanes: u8,
    /// Clear height, metres.
    pub height_m: f32,
    /// Clear width, metres.
    pub width_m: f32,
    /// Allowed weight, tonnes.
    pub weight_t: f32,
}

impl Edge {
    /// An edge for everybody that is only known by its time.
    #[must_use]
    pub const fn timed(from: NodeId, to: NodeId, time_ms: u32) -> Self {
        Self {
            from,
            to,
            length_m: 0.0,
            time_ms,
            class: RoadClass::Street,
            access: Access::ALL,
            lanes: 1,
            height_m: 0.0,
            width_m: 0.0,
            weight_t: 0.0,
        }
    }
}

/// What turning from one edge into the next costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Edge before it.
    pub from: EdgeId,
    /// Edge after it, which begins where the first ends.
    pub to: EdgeId,
    /// Delay, ms; none: the turn is forbidden.
    pub delay_ms: Option<u32>,
}

/// Where an edge's line lies among all.
#[derive(Clone, Copy, Debug, Default)]
struct Run {
    first: u32,
    count: u32,
    /// Read from its end: the other direction of a road drawn once.
    back: bool,
}

/// Makes a graph.
#[derive(Debug, Default)]
pub struct GraphBuilder {
    nodes: Vec<Option<Place>>,
    edges: Vec<Edge>,
    runs: Vec<Run>,
    line: Vec<[i32; 2]>,
    twins: Vec<Option<EdgeId>>,
    turns: Vec<Turn>,
}

/// A number that counts something, as a short one.
pub(crate) fn short(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

impl GraphBuilder {
    /// Adds a node; without a place where the file has none.
    pub fn node(&mut self, place: Option<Place>) -> NodeId {
        self.nodes.push(place);
        NodeId(short(self.nodes.len() - 1))
    }

    /// Adds an edge. The line leads from its first to its last node; empty: straight. A length of zero is measured from the line
    /// when there is one.
    pub fn edge(&mut self, edge: Edge, line: &[Place]) -> EdgeId {
        let run = self.draw(&edge, line);
        self.push(edge, run, None)
    }

    /// Adds a road in both directions, drawn once. The second edge is the other direction.
    pub fn road(&mut self, there: Edge, back: Edge, line: &[Place]) -> (EdgeId, EdgeId) {
        let run = self.draw(&there, line);
        let first = self.push(there, run, None);
        let second = self.push(back, Run { back: true, ..run }, Some(first));
        if let Some(twin) = self.twins.get_mut(first.at()) {
            *twin = Some(second);
        }
        (first, second)
    }

    /// Adds what a turn costs. Turns that are not told cost nothing.
    pub fn turn(&mut self, turn: Turn) {
        self.turns.push(turn);
    }

    fn place(&self, node: NodeId) -> Option<Place> {
        self.nodes.get(node.at()).copied().flatten()
    }

    fn draw(&mut self, edge: &Edge, line: &[Place]) -> Run {
        let first = short(self.line.len());
        if line.len() >= 2 {
            self.line.extend(line.iter().map(|place| packed(*place)));
        } else if let (Some(a), Some(b)) = (self.place(edge.from), self.place(edge.to)) {
            self.line.extend([packed(a), packed(b)]);
        }
        Run { first, count: short(self.line.len()) - first, back: false }
    }

    fn push(&mut self, mut edge: Edge, run: Run, twin: Option<EdgeId>) -> EdgeId {
        if edge.length_m <= 0.0 && run.count >= 2 {
            let line: Vec<Place> = unrolled(&self.line, run).collect();
            #[expect(clippy::cast_possible_truncation, reason = "centimetres are not needed")]
            let length = length_m(&line) as f32;
            edge.length_m = length;
        }
        self.edges.push(edge);
        self.runs.push(run);
        self.twins.push(twin);
        EdgeId(short(self.edges.len() - 1))
    }

    /// The graph.
    ///
    /// # Errors
    /// When there is no edge, too much of something, an end that is no node, a turn between edges that do not meet, or a number
    /// that makes no sense.
    pub fn build(self) -> Result<RoadGraph, RouteError> {
        let Self { nodes, edges, runs, line, twins, turns } = self;
        if edges.is_empty() {
            return Err(RouteError::EmptyGraph);
        }
        for (what, count) in
            [("nodes", nodes.len()), ("edges", edges.len()), ("places", line.len())]
        {
            if count > MAX_ITEMS {
                return Err(RouteError::TooLarge { what, most: MAX_ITEMS });
            }
        }
        for edge in &edges {
            for end in [edge.from, edge.to] {
                if end.at() >= nodes.len() {
                    return Err(RouteError::UnknownNode(end.0));
                }
            }
            for (what, value) in [
                ("length", edge.length_m),
                ("height", edge.height_m),
                ("width", edge.width_m),
                ("weight", edge.weight_t),
            ] {
                if !(0.0..1e9).contains(&value) {
                    return Err(RouteError::BadNumber { what, value: value.into() });
                }
            }
        }
        let ends = |id: EdgeId| edges.get(id.at()).ok_or(RouteError::UnknownEdge(id.0));
        for turn in &turns {
            if ends(turn.from)?.to != ends(turn.to)?.from {
                return Err(RouteError::NoTurn { from: turn.from.0, to: turn.to.0 });
            }
        }
        let drawn = runs.iter().all(|run| run.count >= 2) && nodes.iter().all(Option::is_some);
        let out = Lists::new(nodes.len(), edges.iter().map(|edge| edge.from.at()));
        let into = Lists::new(nodes.len(), edges.iter().map(|edge| edge.to.at()));
        let flat = Place { lon: 0.0, lat: 0.0 };
        let places = nodes.into_iter().map(|place| place.unwrap_or(flat)).collect();
        Ok(RoadGraph { places, drawn, edges, runs, line, twins, turns, out, into })
    }
}

/// 10^-7 degrees, as OpenStreetMap has them.
fn packed(place: Place) -> [i32; 2] {
    #[expect(clippy::cast_possible_truncation, reason = "degrees of the globe fit")]
    let fixed = |degrees: f64| (degrees * 1e7).round() as i32;
    [fixed(place.lon), fixed(place.lat)]
}

fn unrolled(line: &[[i32; 2]], run: Run) -> impl DoubleEndedIterator<Item = Place> {
    let first = run.first as usize;
    let part = line.get(first..first + run.count as usize).unwrap_or_default();
    part.iter().map(|[lon, lat]| Place { lon: f64::from(*lon) / 1e7, lat: f64::from(*lat) / 1e7 })
}

/// Numbers of items by the group that each belongs to.
#[derive(Clone, Debug)]
pub(crate) struct Lists {
    first: Vec<u32>,
    items: Vec<u32>,
}

impl Lists {
    pub fn new(groups: usize, group_of: impl Iterator<Item = usize> + Clone) -> Self {
        let mut first = vec![0_u32; groups + 2];
        let mut count = 0;
        for group in group_of.clone() {
            count += 1;
            if let Some(slot) = first.get_mut(group + 2) {
                *slot += 1;
            }
        }
        let mut sum = 0;
        for slot in &mut first {
            sum += *slot;
            *slot = sum;
        }
        let mut items = vec![0; count];
        for (item, group) in group_of.enumerate() {
            if let Some(next) = first.get_mut(group + 1) {
                if let Some(slot) = items.get_mut(*next as usize) {
                    *slot = short(item);
                }
                *next += 1;
            }
        }
        first.truncate(groups + 1);
        Self { first, items }
    }

    pub fn of(&self, group: usize) -> &[u32] {
        let (from, to) = (self.first.get(group), self.first.get(group + 1));
        let range = from.zip(to).map(|(from, to)| *from as usize..*to as usize);
        range.and_then(|range| self.items.get(range)).unwrap_or_default()
    }
}

/// Roads, as they are without today's closures. Never changes.
#[derive(Clone, Debug)]
pub struct RoadGraph {
    places: Vec<Place>,
    drawn: bool,
    edges: Vec<Edge>,
    runs: Vec<Run>,
    line: Vec<[i32; 2]>,
    twins: Vec<Option<EdgeId>>,
    turns: Vec<Turn>,
    out: Lists,
    into: Lists,
}

impl RoadGraph {
    /// How many nodes there are.
    #[must_use]
    pub fn node_count(&self) -> usize {
        self.places.len()
    }

    /// How many directed edges there are.
    #[must_use]
    pub fn edge_count(&self) -> usize {
        self.edges.len()
    }

    /// All edges; the place in the list is the id.
    #[must_use]
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// An edge.
    #[must_use]
    pub fn edge(&self, id: EdgeId) -> Option<&Edge> {
        self.edges.get(id.at())
    }

    /// What turns cost.
    #[must_use]
    pub fn turns(&self) -> &[Turn] {
        &self.turns
    }

    /// Whether nodes have places and edges lines.
    #[must_use]
    pub fn has_places(&self) -> bool {
        self.drawn
    }

    /// Where a node is; none when the graph has no coordinates.
    #[must_use]
    pub fn place(&self, node: NodeId) -> Option<Place> {
        self.places.get(node.at()).copied().filter(|_| self.drawn)
    }

    /// The line of an edge, in its direction; empty when the graph has no coordinates.
    #[must_use]
    pub fn line(&self, id: EdgeId) -> Vec<Place> {
        let Some(run) = self.runs.get(id.at()) else { return Vec::new() };
        let mut line: Vec<Place> = unrolled(&self.line, *run).collect();
        if run.back {
            line.reverse();
        }
        line
    }

    /// The other direction of the same road.
    #[must_use]
    pub fn twin(&self, id: EdgeId) -> Option<EdgeId> {
        self.twins.get(id.at()).copied().flatten()
    }

    /// Edges that begin at a node.
    pub fn leaving(&self, node: NodeId) -> impl Iterator<Item = EdgeId> {
        self.out.of(node.at()).iter().map(|id| EdgeId(*id))
    }

    /// Edges that end at a node.
    pub fn arriving(&self, node: NodeId) -> impl Iterator<Item = EdgeId> {
        self.into.of(node.at()).iter().map(|id| EdgeId(*id))
    }

    /// A graph from the text of a file with lines `a FROM TO WEIGHT` (DIMACS shortest paths): nodes are numbered as the file does,
    /// weights are milliseconds. Lines that begin with `c` or `p` are passed over, self loops dropped, weights of zero kept.
    ///
    /// # Errors
    /// When a line is not understood, a weight is negative or too large, or there is no edge.
    pub fn from_gr(text: &str) -> Result<Self, RouteError> {
        let mut made = GraphBuilder::default();
        for (number, line) in text.lines().enumerate() {
            let bad = |why| RouteError::BadLine { line: number + 1, why };
            let mut words = line.split_ascii_whitespace();
            match words.next() {
                Some("a") => {}
                None | Some("c" | "p") => continue,
                Some(_) => return Err(bad("it does not begin with a, c or p")),
            }
            let mut next =
                |why| words.next().and_then(|word| word.parse::<u32>().ok()).ok_or(bad(why));
            let (from, to) = (next("no number of a node")?, next("no number of a node")?);
            let weight = next("the weight is no whole number from 0 to 4294967295")?;
            let most = from.max(to) as usize;
            if most >= MAX_NUMBERED {
                return Err(RouteError::TooLarge { what: "nodes", most: MAX_NUMBERED });
            }
            if made.nodes.len() <= most {
                made.nodes.resize(most + 1, None);
            }
            if from != to {
                made.edge(Edge::timed(NodeId(from), NodeId(to), weight), &[]);
            }
        }
        made.build()
    }

    /// A graph from straight roads between named places, as the demonstration's table has them. Places with the same name and
    /// coordinates are one node.
    ///
    /// # Errors
    /// When a place is none, a speed makes no sense, or there is no road.
    pub fn from_table(rows: &[TableRoad]) -> Result<Self, RouteError> {
        let mut made = GraphBuilder::default();
        let mut known = std::collections::BTreeMap::new();
        for row in rows {
            let mut end = |(name, place): &(String, Place)| {
                let place = Place::new(place.lon, place.lat)?;
                let node = known
                    .entry((name.clone(), packed(place)))
                    .or_insert_with(|| made.node(Some(place)));
                Ok::<_, RouteError>((*node, place))
            };
            let ((from, a), (to, b)) = (end(&row.from)?, end(&row.to)?);
            if !(1.0..=200.0).contains(&row.speed_km_h) {
                return Err(RouteError::BadNumber { what: "speed", value: row.speed_km_h });
            }
            let there = Edge {
                class: row.class,
                lanes: row.lanes.max(1),
                ..Edge::timed(from, to, rounded(a.distance_m(b) * 3_600.0 / row.speed_km_h))
            };
            made.road(there, Edge { from: to, to: from, ..there }, &[a, b]);
        }
        made.build()
    }
}

/// A straight road in both directions.
#[derive(Clone, Debug)]
pub struct TableRoad {
    /// Name and place of one end.
    pub from: (String, Place),
    /// Name and place of the other end.
    pub to: (String, Place),
    /// How important it is.
    pub class: RoadClass,
    /// Speed, km/h.
    pub speed_km_h: f64,
    /// Lanes in each direction.
    pub lanes: u8,
}
