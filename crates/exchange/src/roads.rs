//! Roads for routing: from OpenStreetMap extracts (.osm.pbf), and from the demonstration's table of roads.
//!
//! Roads come first, as ways that name nodes, with the relations that forbid turns; then the places of those nodes. Ways are cut
//! where they meet; what lies between becomes an edge for each direction.

mod areas;
mod tags;
mod turns;

use std::{collections::BTreeMap, io::Read, path::Path};

use geo::Coord;
use helan_route::{
    Access, GraphBuilder, NodeId, Place, RoadClass, RoadGraph, RouteError, TableRoad,
};
use osmpbf::Element;

use crate::{
    FileError,
    osm::{MAX_HELD, MAX_PLACES, Places, tag, tags_of, walk},
};

pub use areas::closed_areas;
pub use tags::RoadRules;
use tags::{Barrier, Road};
use turns::Restriction;
pub use turns::TurnDelays;

/// A road before it is cut.
struct Way {
    id: i64,
    road: Road,
    nodes: Vec<i64>,
}

/// What stands on a node.
#[derive(Clone, Copy, Debug, Default)]
struct OnNode {
    barrier: Option<Barrier>,
    signals: bool,
}

/// Everything that is read from an extract.
#[derive(Default)]
struct Extract {
    ways: Vec<Way>,
    restrictions: Vec<Restriction>,
    on_node: BTreeMap<i64, OnNode>,
}

/// Reads the roads of an OpenStreetMap extract.
///
/// # Errors
/// When it cannot be read, is too large, or has no road.
pub fn osm_roads(path: &Path, rules: &RoadRules) -> Result<RoadGraph, FileError> {
    let mut extract = Extract::default();
    extract.roads(path, rules)?;
    let mut uses: Vec<i64> = extract.ways.iter().flat_map(|way| &way.nodes).copied().collect();
    uses.sort_unstable();
    let mut places = Places::new(uses.clone());
    extract.nodes(path, &uses, &mut places)?;
    Town { places, uses, ..Town::default() }.build(&extract, rules)
}

impl Extract {
    fn roads(&mut self, path: &Path, rules: &RoadRules) -> Result<(), FileError> {
        let mut count = 0;
        walk(path, |block| {
            let Some(block) = block else { return Ok(()) };
            block.for_each_element(|element| match &element {
                Element::Way(way) if count <= MAX_PLACES => {
                    if let Some(road) = rules.road(&tags_of(&element)) {
                        let nodes: Vec<i64> = way.refs().collect();
                        count += nodes.len();
                        self.ways.push(Way { id: way.id(), road, nodes });
                    }
                }
                Element::Relation(relation) if self.restrictions.len() <= MAX_HELD => {
                    self.restrictions.extend(Restriction::read(relation));
                }
                _ => {}
            });
            let too_many = |what, most| Err(FileError::TooLarge { what, most: most as u64 });
            match () {
                () if count > MAX_PLACES => too_many("places of roads", MAX_PLACES),
                () if self.ways.len() > MAX_HELD => too_many("roads", MAX_HELD),
                () if self.restrictions.len() > MAX_HELD => too_many("forbidden turns", MAX_HELD),
                () => Ok(()),
            }
        })
    }

    fn nodes(&mut self, path: &Path, uses: &[i64], places: &mut Places) -> Result<(), FileError> {
        walk(path, |block| {
            let Some(block) = block else { return Ok(()) };
            block.for_each_element(|element| {
                let (id, lon, lat) = match &element {
                    Element::Node(node) => (node.id(), node.decimicro_lon(), node.decimicro_lat()),
                    Element::DenseNode(node) => {
                        (node.id(), node.decimicro_lon(), node.decimicro_lat())
                    }
                    Element::Way(_) | Element::Relation(_) => return,
                };
                if uses.binary_search(&id).is_err() {
                    return;
                }
                places.put(id, lon, lat);
                let tags = tags_of(&element);
                let signals = tag(&tags, "highway") == Some("traffic_signals");
                let barrier = Barrier::read(&tags);
                if signals || barrier.is_some() {
                    self.on_node.insert(id, OnNode { barrier, signals });
                }
            });
            Ok(())
        })
    }
}

/// The graph as it grows.
struct Town {
    made: GraphBuilder,
    places: Places,
    /// Nodes of all roads, sorted, each as often as it is used.
    uses: Vec<i64>,
    known: BTreeMap<i64, NodeId>,
    /// Edges of each way, with the nodes at their ends.
    edges: BTreeMap<i64, Vec<turns::Arm>>,
    /// All edges for wheels.
    arms: Vec<turns::Arm>,
}

impl Default for Town {
    fn default() -> Self {
        let (made, places) = (GraphBuilder::default(), Places::new(Vec::new()));
        let (uses, known) = (Vec::new(), BTreeMap::new());
        Self { made, places, uses, known, edges: BTreeMap::new(), arms: Vec::new() }
    }
}

impl Town {
    fn build(mut self, extract: &Extract, rules: &RoadRules) -> Result<RoadGraph, FileError> {
        for way in &extract.ways {
            self.cut(way, extract);
        }
        for turn in turns::turns(&self.arms, &self.edges, extract, &self.known, &rules.turns) {
            self.made.turn(turn);
        }
        self.made.build().map_err(broken)
    }

    /// Cuts a way where it meets others, has a barrier, or leaves the extract.
    fn cut(&mut self, way: &Way, extract: &Extract) {
        let mut piece: Vec<(i64, Coord)> = Vec::new();
        for id in &way.nodes {
            let Some(at) = self.places.get(*id) else {
                self.piece(way, &piece, extract);
                piece.clear();
                continue;
            };
            piece.push((*id, at));
            let barrier = extract.on_node.get(id).and_then(|on| on.barrier);
            if piece.len() > 1 && (self.meets(*id) || barrier.is_some()) {
                self.piece(way, &piece, extract);
                piece = vec![(*id, at)];
            }
        }
        self.piece(way, &piece, extract);
    }

    fn meets(&self, id: i64) -> bool {
        let first = self.uses.partition_point(|used| *used < id);
        self.uses.get(first + 1) == Some(&id)
    }

    fn node(&mut self, (id, at): (i64, Coord)) -> NodeId {
        let made = &mut self.made;
        *self.known.entry(id).or_insert_with(|| made.node(Some(place(at))))
    }

    fn piece(&mut self, way: &Way, piece: &[(i64, Coord)], extract: &Extract) {
        let [first, .., last] = piece else { return };
        let (from, to) = (self.node(*first), self.node(*last));
        let line: Vec<Place> = piece.iter().map(|(_, at)| place(*at)).collect();
        // A barrier at an end of the way or between two pieces of it bars both pieces; where other roads meet it is passed by.
        let bar = |id: i64| {
            let on = extract.on_node.get(&id).and_then(|on| on.barrier);
            on.filter(|_| !self.meets(id))
        };
        let barriers: Vec<Barrier> = [first.0, last.0].into_iter().filter_map(bar).collect();
        let length_m: f64 =
            line.windows(2).map(|w| if let [a, b] = w { a.distance_m(*b) } else { 0.0 }).sum();
        let there = way.road.edge(from, to, length_m, true, &barriers);
        let back = way.road.edge(to, from, length_m, false, &barriers);
        let ids = match (there, back) {
            (Some(there), Some(back)) => {
                let (a, b) = self.made.road(there, back, &line);
                vec![(a, there, false), (b, back, true)]
            }
            (Some(there), None) => vec![(self.made.edge(there, &line), there, false)],
            (None, Some(back)) => {
                let line: Vec<Place> = line.iter().rev().copied().collect();
                vec![(self.made.edge(back, &line), back, true)]
            }
            (None, None) => Vec::new(),
        };
        let both = ids.len() == 2;
        for (id, edge, turned) in ids {
            let arm = turns::Arm::new(id, &edge, &line, turned, both);
            self.edges.entry(way.id).or_default().push(arm);
            if edge.access.meets(Access::WHEELS) {
                self.arms.push(arm);
            }
        }
    }
}

fn place(at: Coord) -> Place {
    Place { lon: at.x, lat: at.y }
}

fn broken(error: RouteError) -> FileError {
    match error {
        RouteError::EmptyGraph => FileError::Empty,
        RouteError::TooLarge { what, most } => FileError::TooLarge { what, most: most as u64 },
        other => FileError::Broken { row: 0, why: other.to_string() },
    }
}

/// Most bytes of a table of roads: a hundred thousand rows.
const MAX_TABLE: u64 = 16 * 1024 * 1024;

/// Reads a table of straight roads between towns, as the demonstration has it (columns class, from, to, from_lon, from_lat, to_lon and
/// to_lat). Second class roads are driven at 60 km/h, others at 40 km/h, both within the design speeds of JTG B01-2014.
///
/// # Errors
/// When a column or a number is missing, or there is no road.
pub fn demo_roads(file: impl Read) -> Result<RoadGraph, FileError> {
    let mut reader = csv::Reader::from_reader(file.take(MAX_TABLE));
    let mut rows = Vec::new();
    for (row, cells) in (2..).zip(reader.deserialize::<BTreeMap<String, String>>()) {
        let broken = |why: String| FileError::Broken { row, why };
        let cells = cells.map_err(|error| broken(error.to_string()))?;
        let text = |key: &str| cells.get(key).ok_or_else(|| broken(format!("no column {key}")));
        let number = |key: &str| {
            let number = text(key)?.trim().parse::<f64>();
            number.map_err(|error| broken(format!("{key}: {error}")))
        };
        let end = |name: &str| {
            let at = Place::new(number(&format!("{name}_lon"))?, number(&format!("{name}_lat"))?);
            Ok::<_, FileError>((text(name)?.clone(), at.map_err(|e| broken(e.to_string()))?))
        };
        let (class, speed_km_h) = match text("class")?.as_str() {
            "second" => (RoadClass::Primary, 60.0),
            _ => (RoadClass::Secondary, 40.0),
        };
        rows.push(TableRoad { from: end("from")?, to: end("to")?, class, speed_km_h, lanes: 1 });
    }
    RoadGraph::from_table(&rows).map_err(broken)
}

#[cfg(test)]
mod tests;
