//! The roads as they are now: a network made of the roads of the base database, with what people and their state closed.
//!
//! One thread makes the network anew when roads change; a closure only changes times. Whoever asks for a way gets a copy that
//! nobody changes under them. Start reading at [`Roads::now`].

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use anyhow::{Context, Result};
use geo::{Coord, Geometry, LineString};
use helan_base::{Kind, Record, RecordId, Value};
use helan_kernel::{AreaCode, Ms, Position};
use helan_route::{
    Access, Area, Closures, Edge, EdgeId, GraphBuilder, Network, NodeId, Place, RoadClass,
    RouteError, VehicleClass, Ways,
};
use helan_store::{
    StoreError,
    base::{BaseReader, Page, Stored},
    desk::{Desk, RoadClosure},
};
use tokio::sync::watch;

use crate::{base::BaseData, clock::Clock};

/// Kind of the base database that roads are of.
const KIND: &str = "road";
/// Records of one read.
const PORTION: usize = 1_000;
/// How often it is looked whether roads changed or a closure ended: closures by hand are taken at once.
const LOOK: Duration = Duration::from_secs(2);
/// Ends that lie so near to one another are one crossing, degrees: about a metre. Roads that cross above each other share no corner.
const SAME_DEG: f64 = 1e-5;

/// A closure, for people.
#[derive(Clone, Debug)]
pub struct ClosedRoad {
    /// Its key in [`Now::closures`].
    pub key: String,
    /// Name of the road, or of what people closed.
    pub name: String,
    /// Why; may be empty.
    pub why: String,
    /// Where, roughly.
    pub at: Position,
}

/// Roads at a moment.
#[derive(Debug)]
pub struct Now {
    /// The network; none while no road is known.
    pub network: Option<Arc<Network>>,
    /// What each class of vehicles finds, closures taken in, by key of the class.
    pub ways: BTreeMap<String, Arc<Ways>>,
    /// Everything that is closed, by people and by the state of the roads.
    pub closures: Closures,
    /// What is closed, for people.
    pub closed: Vec<ClosedRoad>,
    /// Name of the road that each edge belongs to.
    names: Vec<Arc<str>>,
    /// Why there is no network; empty when there is one.
    pub defect: String,
    /// Whether the roads were not read yet.
    pub reading: bool,
}

impl Now {
    fn none(defect: String) -> Self {
        let closures = Closures::default();
        let (closed, names) = (Vec::new(), Vec::new());
        let reading = false;
        Self { network: None, ways: BTreeMap::new(), closures, closed, names, defect, reading }
    }

    /// Name of the road that an edge belongs to.
    #[must_use]
    pub fn name(&self, edge: EdgeId) -> &str {
        self.names.get(edge.0 as usize).map_or("", |name| name)
    }

    /// The ways of a class with one more area closed; none when there is no network or no such class.
    ///
    /// # Errors
    /// When the area cannot be closed.
    pub fn without(&self, class: &str, danger: &[Area]) -> Result<Option<Ways>, RouteError> {
        let (Some(network), Some(ways)) = (&self.network, self.ways.get(class)) else {
            return Ok(None);
        };
        let mut closures = self.closures.clone();
        for (number, area) in danger.iter().enumerate() {
            closures.close_area(network, &format!("danger:{number}"), area.clone())?;
        }
        let mut ways = Ways::clone(ways);
        ways.set_closures(&closures);
        Ok(Some(ways))
    }

    /// The same roads, were these rings closed too and these closures of people open again. Nothing real is closed or opened; a
    /// supposed closure is named first.
    ///
    /// # Errors
    /// When a ring cannot be closed.
    pub fn supposing(&self, closed: &[Vec<Position>], opened: &[u64]) -> Result<Self, RouteError> {
        let mut closures = self.closures.clone();
        let open: Vec<String> = opened.iter().map(|id| format!("{BY_PEOPLE}{id}")).collect();
        for key in &open {
            closures.open(key);
        }
        let mut told = Vec::new();
        for (number, ring) in (1_u32..).zip(closed) {
            let key = format!("{SUPPOSED}{number}");
            let shape = area(ring)?;
            if let Some(network) = &self.network {
                closures.close_area(network, &key, shape)?;
            }
            let at = ring.first().copied().unwrap_or_default();
            told.push(ClosedRoad { key, name: String::new(), why: String::new(), at });
        }
        told.extend(self.closed.iter().filter(|road| !open.contains(&road.key)).cloned());
        Ok(self.closing(closures, told))
    }

    /// The same roads with other closures.
    fn closing(&self, closures: Closures, closed: Vec<ClosedRoad>) -> Self {
        let ways = self.ways.iter().map(|(key, ways)| {
            let mut ways = Ways::clone(ways);
            ways.set_closures(&closures);
            (key.clone(), Arc::new(ways))
        });
        let ways = ways.collect();
        let (network, names) = (self.network.clone(), self.names.clone());
        Self {
            network,
            ways,
            closures,
            closed,
            names,
            defect: self.defect.clone(),
            reading: self.reading,
        }
    }
}

struct Held {
    now: RwLock<Arc<Now>>,
    base: Arc<BaseData>,
    desk: Arc<Desk>,
    clock: Clock,
}

/// The roads, and the thread that follows them.
pub struct Roads {
    held: Arc<Held>,
    wake: std::sync::mpsc::SyncSender<()>,
}

impl Roads {
    /// Starts the thread.
    ///
    /// # Errors
    /// When there is no thread, or the base database cannot be read.
    pub fn start(
        base: &Arc<BaseData>,
        desk: &Arc<Desk>,
        clock: Clock,
        stopping: watch::Receiver<bool>,
    ) -> Result<Self> {
        let held = Arc::new(Held {
            now: RwLock::new(Arc::new(Now { reading: true, ..Now::none("not read yet".into()) })),
            base: base.clone(),
            desk: desk.clone(),
            clock,
        });
        let reader = base.reader()?;
        // One knock is enough: whoever comes meanwhile is seen, too.
        let (wake, knocks) = std::sync::mpsc::sync_channel(1);
        let mut worker = Worker { held: held.clone(), reader, seen: None, closed: Vec::new() };
        std::thread::Builder::new()
            .name("helan-roads".into())
            .spawn(move || {
                helan_store::give_way();
                while !*stopping.borrow() {
                    if let Err(error) = worker.look() {
                        tracing::warn!(%error, "roads cannot be read");
                        worker.failed(&error);
                    }
                    if knocks.recv_timeout(LOOK)
                        == Err(std::sync::mpsc::RecvTimeoutError::Disconnected)
                    {
                        return;
                    }
                }
            })
            .context("a thread for roads")?;
        Ok(Self { held, wake })
    }

    /// The roads as they are now.
    #[must_use]
    pub fn now(&self) -> Arc<Now> {
        self.held.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Something was closed or opened: looks at once.
    pub fn closures_changed(&self) {
        // Full: it looks anyway.
        _ = self.wake.try_send(());
    }
}

struct Worker {
    held: Arc<Held>,
    reader: BaseReader,
    /// How often roads had changed when they were read last.
    seen: Option<u64>,
    /// What people had closed then.
    closed: Vec<RoadClosure>,
}

impl Worker {
    /// Nobody waits for roads that cannot be read. Those that were read before still count.
    fn failed(&self, error: &StoreError) {
        let mut now = self.held.now.write().unwrap_or_else(PoisonError::into_inner);
        if now.reading {
            *now = Arc::new(Now::none(error.to_string()));
        }
    }

    fn look(&mut self) -> Result<(), StoreError> {
        let Some(number) = self.held.base.number(KIND) else { return Ok(()) };
        let changed = self.held.base.times_changed(number);
        let closed = self.held.desk.road_closures(AreaCode::ALL, (self.held.clock)())?;
        let roads_changed = self.seen != Some(changed);
        if !roads_changed && closed == self.closed {
            return Ok(());
        }
        let next = if roads_changed {
            let Some(kind) = self.held.base.kind(number).cloned() else { return Ok(()) };
            let roads = self.read(&kind)?;
            made(&kind, &roads, &closed)
        } else {
            closed_anew(&self.held.now.read().unwrap_or_else(PoisonError::into_inner), &closed)
        };
        *self.held.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        (self.seen, self.closed) = (Some(changed), closed);
        Ok(())
    }

    fn read(&self, kind: &Kind) -> Result<Vec<Stored>, StoreError> {
        let mut all = Vec::new();
        let mut page = Page { area: AreaCode::ALL, after: RecordId(0), most: PORTION };
        loop {
            let part = self.reader.list(&kind.key, page)?;
            let last = part.last().map(|stored| stored.id);
            let full = part.len() == PORTION;
            all.extend(part);
            match last {
                Some(last) if full => page.after = last,
                _ => return Ok(all),
            }
        }
    }
}

/// The network of roads, with its closures.
fn made(kind: &Kind, roads: &[Stored], closed: &[RoadClosure]) -> Now {
    let mut drawing = Drawing::default();
    for stored in roads {
        drawing.count(&stored.record);
    }
    let mut cut: Vec<(ClosedRoad, Vec<EdgeId>)> = Vec::new();
    for stored in roads {
        let edges = drawing.draw(kind, &stored.record);
        if !edges.is_empty() && is_cut(kind, &stored.record) {
            cut.push((told(kind, &stored.record), edges));
        }
    }
    let Drawing { builder, names, .. } = drawing;
    let network = match builder.build().and_then(Network::new) {
        Ok(network) => Arc::new(network),
        Err(error) => return Now::none(error.to_string()),
    };
    let mut closures = Closures::default();
    let mut told = Vec::new();
    for (road, edges) in cut {
        match closures.close_edges(&network, &road.key, &edges) {
            Ok(_) => told.push(road),
            Err(error) => tracing::warn!(%error, key = road.key, "a road cannot be closed"),
        }
    }
    let mut ways = BTreeMap::new();
    for class in VehicleClass::all() {
        let key = class.key.to_string();
        match Ways::new(&network, class) {
            Ok(own) => drop(ways.insert(key, Arc::new(own))),
            Err(error) => tracing::warn!(%error, key, "a class of vehicles has no ways"),
        }
    }
    let network = Some(network);
    let open =
        Now { network, ways, closures, closed: told, names, defect: String::new(), reading: false };
    closed_anew(&open, closed)
}

/// The same roads with other closures of people.
fn closed_anew(now: &Now, closed: &[RoadClosure]) -> Now {
    let mut closures = now.closures.clone();
    let by_people: Vec<String> =
        closures.keys().filter(|key| key.starts_with(BY_PEOPLE)).map(str::to_owned).collect();
    for key in by_people {
        closures.open(&key);
    }
    let mut told: Vec<ClosedRoad> =
        now.closed.iter().filter(|road| !road.key.starts_with(BY_PEOPLE)).cloned().collect();
    if let Some(network) = &now.network {
        for closure in closed {
            let key = format!("{BY_PEOPLE}{}", closure.id);
            let done =
                area(&closure.ring).and_then(|area| closures.close_area(network, &key, area));
            match (done, closure.ring.first()) {
                (Ok(_), Some(at)) => told.push(ClosedRoad {
                    key,
                    name: closure.reason.clone(),
                    why: closure.by.clone(),
                    at: *at,
                }),
                (Ok(_), None) => {}
                (Err(error), _) => tracing::warn!(%error, key, "a closure cannot be taken"),
            }
        }
    }
    now.closing(closures, told)
}

/// Keys of what people closed begin so.
const BY_PEOPLE: &str = "people:";
/// Keys of what is only supposed to be closed begin so, with its number from 1.
pub const SUPPOSED: &str = "what-if:";

/// A ring as an area that may be closed.
///
/// # Errors
/// When it is none.
pub fn area(ring: &[Position]) -> Result<Area, RouteError> {
    let places: Result<Vec<Place>, RouteError> =
        ring.iter().map(|at| Place::new(at.lon, at.lat)).collect();
    Area::new(&places?, &[])
}

/// A network under the pen.
#[derive(Default)]
struct Drawing {
    builder: GraphBuilder,
    /// How many roads have a corner there, and its node once it has one.
    corners: HashMap<(i64, i64), (u32, Option<NodeId>)>,
    /// Name by edge.
    names: Vec<Arc<str>>,
}

fn lines(record: &Record) -> impl Iterator<Item = &LineString> {
    match &record.shape {
        Some(Geometry::LineString(line)) => std::slice::from_ref(line),
        Some(Geometry::MultiLineString(lines)) => &lines.0,
        _ => &[],
    }
    .iter()
}

#[expect(clippy::cast_possible_truncation, reason = "degrees in metres are small numbers")]
fn cell(at: Coord) -> (i64, i64) {
    ((at.x / SAME_DEG).round() as i64, (at.y / SAME_DEG).round() as i64)
}

impl Drawing {
    fn count(&mut self, record: &Record) {
        for line in lines(record) {
            let last = line.0.len().saturating_sub(1);
            for (number, at) in line.0.iter().enumerate() {
                // An end is a crossing with whatever else ends or passes there.
                let weight = if number == 0 || number == last { 2 } else { 1 };
                self.corners.entry(cell(*at)).or_default().0 += weight;
            }
        }
    }

    /// Adds a road; gives its edges.
    fn draw(&mut self, kind: &Kind, record: &Record) -> Vec<EdgeId> {
        let mut edges = Vec::new();
        let name: Arc<str> = record.name.as_str().into();
        let traits = Traits::of(kind, record);
        for line in lines(record) {
            let mut piece: Vec<Place> = Vec::new();
            let mut from: Option<NodeId> = None;
            for at in &line.0 {
                let Ok(place) = Place::new(at.x, at.y) else { continue };
                piece.push(place);
                let Some(node) = self.crossing(*at, place) else { continue };
                if let Some(from) = from.filter(|from| *from != node) {
                    edges.extend(self.piece(&traits, (from, node), &piece));
                    self.names.resize(self.names.len() + traits.directions(), name.clone());
                }
                from = Some(node);
                piece = vec![place];
            }
        }
        edges
    }

    /// The node at a corner where roads meet or end.
    fn crossing(&mut self, at: Coord, place: Place) -> Option<NodeId> {
        let (count, node) = self.corners.get_mut(&cell(at))?;
        if *count < 2 {
            return None;
        }
        if node.is_none() {
            *node = Some(self.builder.node(Some(place)));
        }
        *node
    }

    fn piece(&mut self, traits: &Traits, ends: (NodeId, NodeId), line: &[Place]) -> Vec<EdgeId> {
        let metres: f64 = line
            .windows(2)
            .map(|two| match two {
                [a, b] => a.distance_m(*b),
                _ => 0.0,
            })
            .sum();
        let edge = traits.edge(ends, metres);
        if traits.oneway {
            return vec![self.builder.edge(edge, line)];
        }
        let back = Edge { from: edge.to, to: edge.from, ..edge };
        let (there, back) = self.builder.road(edge, back, line);
        vec![there, back]
    }
}

/// What the register says of a road.
struct Traits {
    class: RoadClass,
    speed_km_h: f64,
    lanes: u8,
    oneway: bool,
    height_m: f32,
    width_m: f32,
    weight_t: f32,
}

impl Traits {
    fn of(kind: &Kind, record: &Record) -> Self {
        let field = |name: &str| record.values.get(kind.place(name)?);
        let number = |name: &str| helan_base::number(field(name));
        // Where no limit is known: what is usual for the class outside towns, GB 5768 and JTG B01-2014 rounded down.
        let (class, usual) = match word(field("road_class")) {
            "expressway" => (RoadClass::Motorway, 100.0),
            "first" | "urban-fast" => (RoadClass::Trunk, 80.0),
            "second" | "urban-main" => (RoadClass::Primary, 60.0),
            "third" | "urban-secondary" => (RoadClass::Secondary, 50.0),
            "fourth" => (RoadClass::Tertiary, 40.0),
            "track" => (RoadClass::Service, 15.0),
            _ => (RoadClass::Street, 30.0),
        };
        #[expect(clippy::cast_possible_truncation, reason = "metres and tonnes of a road sign")]
        let limit = |name: &str| number(name).unwrap_or(0.0) as f32;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let lanes = number("lanes").unwrap_or(2.0).clamp(1.0, 16.0) as u8;
        let oneway = matches!(field("oneway"), Some(Value::Flag(true)));
        Self {
            class,
            speed_km_h: number("speed").unwrap_or(usual).clamp(5.0, 130.0),
            lanes: if oneway { lanes } else { lanes.div_ceil(2) },
            oneway,
            height_m: limit("height_limit"),
            width_m: limit("width_limit"),
            weight_t: limit("weight_limit"),
        }
    }

    const fn directions(&self) -> usize {
        if self.oneway { 1 } else { 2 }
    }

    fn edge(&self, (from, to): (NodeId, NodeId), metres: f64) -> Edge {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let time_ms = (metres * 3_600.0 / self.speed_km_h).clamp(1.0, 1e9) as u32;
        let access = match self.class {
            RoadClass::Motorway => Access::WHEELS,
            _ => Access::ALL,
        };
        Edge {
            class: self.class,
            access,
            lanes: self.lanes,
            height_m: self.height_m,
            width_m: self.width_m,
            weight_t: self.weight_t,
            ..Edge::timed(from, to, time_ms)
        }
    }
}

fn word(value: Option<&Value>) -> &str {
    match value {
        Some(Value::Text(word)) => word,
        _ => "",
    }
}

/// A road that its register says is closed.
fn told(kind: &Kind, record: &Record) -> ClosedRoad {
    let why = kind.place("state_why").and_then(|place| record.values.get(place));
    let middle = record.shape.as_ref().and_then(helan_base::centre);
    ClosedRoad {
        key: format!("road:{}", record.key),
        name: record.name.clone(),
        why: word(why).to_owned(),
        at: middle.map_or(Position::default(), |at| Position { lon: at.x, lat: at.y }),
    }
}

/// Whether nobody may drive there, as the register says.
fn is_cut(kind: &Kind, record: &Record) -> bool {
    let state = kind.place("state").and_then(|place| record.values.get(place));
    matches!(word(state), "closed" | "cut")
}

/// How long a closure lasts when nobody says otherwise: a day, after which somebody looks again.
pub const USUAL_CLOSURE: Ms = Ms::seconds(24 * 3600);

#[cfg(test)]
mod tests {
    use helan_kernel::Text;

    use super::*;

    fn road(key: &str, line: &[(f64, f64)]) -> Record {
        Record {
            key: key.into(),
            name: key.to_uppercase(),
            area: AreaCode(640_104_000),
            address: String::new(),
            post: String::new(),
            shape: Some(Geometry::LineString(line.to_vec().into())),
            values: Vec::new(),
            synthetic: false,
        }
    }

    #[test]
    fn roads_meet_where_they_share_a_corner_and_nowhere_else() {
        let kind = Kind::bare(
            "road",
            helan_base::Domain::Infrastructure,
            Text::default(),
            helan_base::ShapeKind::Line,
        );
        let roads = [
            road("east", &[(106.20, 38.40), (106.21, 38.40), (106.22, 38.40)]),
            road("north", &[(106.21, 38.40), (106.21, 38.41)]),
            // Crosses the first one on a bridge.
            road("bridge", &[(106.215, 38.39), (106.215, 38.41)]),
        ];
        let stored: Vec<Stored> = roads
            .into_iter()
            .zip(1..)
            .map(|(record, id)| Stored {
                id: RecordId(id),
                record,
                origin: 0,
                origins: BTreeMap::new(),
                checked_at: Ms(0),
                changed_at: Ms(0),
            })
            .collect();
        let now = made(&kind, &stored, &[]);
        let network = now.network.expect("a network");
        // Two pieces of the first, the second, the bridge: each there and back.
        assert_eq!(network.graph().edge_count(), 8);
        let ways = &now.ways["car"];
        let snap = |lon, lat| ways.snap(Place::new(lon, lat).unwrap(), 50.0).unwrap().spot;
        let mut router = helan_route::Router::new(ways);
        let route = router.route(snap(106.20, 38.40), snap(106.21, 38.41)).unwrap();
        assert!(route.edges.iter().all(|edge| now.names[edge.0 as usize].as_ref() != "BRIDGE"));
        assert!(router.time_ms(snap(106.20, 38.40), snap(106.215, 38.41)).is_err());
    }
    #[test]
    fn what_is_supposed_closes_a_copy_and_opens_it_again() {
        let kind = Kind::bare(
            "road",
            helan_base::Domain::Infrastructure,
            Text::default(),
            helan_base::ShapeKind::Line,
        );
        let record = road("east", &[(106.20, 38.40), (106.21, 38.40), (106.22, 38.40)]);
        let stored = Stored {
            id: RecordId(1),
            record,
            origin: 0,
            origins: BTreeMap::new(),
            checked_at: Ms(0),
            changed_at: Ms(0),
        };
        let at = |lon, lat| Position { lon, lat };
        let ring = vec![
            at(106.211, 38.399),
            at(106.212, 38.399),
            at(106.212, 38.401),
            at(106.211, 38.401),
        ];
        let closure = RoadClosure {
            id: 7,
            area: AreaCode::ALL,
            incident: None,
            reason: "塌方".to_owned(),
            by: "duty".to_owned(),
            at: Ms(0),
            until: Ms(1),
            ring: ring.clone(),
        };
        let open = made(&kind, std::slice::from_ref(&stored), &[]);
        let closed = made(&kind, &[stored], &[closure]);
        let way = |now: &Now| {
            let ways = &now.ways["car"];
            let snap = |lon| ways.snap(Place::new(lon, 38.40).unwrap(), 50.0).unwrap().spot;
            helan_route::Router::new(ways).time_ms(snap(106.20), snap(106.22)).is_ok()
        };
        assert!(way(&open) && !way(&closed));
        let supposed = open.supposing(&[ring], &[]).expect("closed");
        assert!(!way(&supposed) && way(&open), "the real roads stay as they are");
        assert_eq!(supposed.closed.first().map(|road| road.key.as_str()), Some("what-if:1"));
        let supposed = closed.supposing(&[], &[7]).expect("open");
        assert!(way(&supposed) && !way(&closed));
        assert!(supposed.closed.is_empty() && closed.closed.len() == 1);
        let crossing = vec![at(106.0, 38.0), at(106.1, 38.1), at(106.1, 38.0), at(106.0, 38.1)];
        assert!(open.supposing(&[crossing], &[]).is_err());
    }
}
