//! Streams of cars and walkers, in the order of arrival.
//!
//! The clock here is the *horizon*: the moment at which people arrive who keep to their way. A stream with a way of c seconds that is
//! added at horizon T sets off at T − c. All streams that are running keep their share of each road; when one ends, what it had of a
//! road may be used from the moment on when its last people have passed there.

#![expect(clippy::indexing_slicing, reason = "groups, streams and shelters are numbered here")]

use std::{cmp::Ordering, collections::BinaryHeap};

use super::{
    Evacuation, EvacuationPlan, Left, Mode, Stream,
    layer::{Found, Layer, NOTHING},
};
use crate::RouteError;

/// Streams in all, at most: some hundred for every block.
const MAX_STREAMS: usize = 200_000;
/// For each block: when those without a car would arrive on foot, seconds from now (infinite where no way leads), whether they walk at
/// once, and how many walk in the end.
pub(super) struct Walkers {
    pub arrive_s: Vec<f64>,
    pub walk: Vec<bool>,
    pub people: Vec<f64>,
}

/// Blocks whose people without a car walk: a shelter is near enough, or nobody comes for those who can walk.
pub(super) fn walkers(ask: &Evacuation<'_>) -> Result<Walkers, RouteError> {
    let mut arrive_s = vec![f64::INFINITY; ask.blocks.len()];
    let mut carriers = ask.fleets.iter().flat_map(|fleet| fleet.carriers);
    let fetched = carriers.any(super::Carrier::takes_walkers);
    if fetched {
        let mut layer = Layer::new(ask, Mode::Foot)?;
        for (number, block) in ask.blocks.iter().enumerate() {
            layer.begin(number, block.at)?;
        }
        for (cost, number, _) in layer.look_at_all(&vec![1.0; ask.shelters.len()]) {
            arrive_s[number] = arrive_s[number].min(f64::from(cost) / 1_000.0);
        }
    }
    let walk: Vec<bool> =
        arrive_s.iter().map(|arrive_s| !fetched || *arrive_s <= ask.walk_limit_s).collect();
    let of = |(walks, block): (&bool, &super::Block)| if *walks { block.without_car } else { 0.0 };
    let people = walk.iter().zip(ask.blocks).map(of).collect();
    Ok(Walkers { arrive_s, walk, people })
}

struct Group {
    block: usize,
    layer: usize,
    /// People who have not arrived at the horizon.
    left: f64,
    /// People in a unit of flow: in a car, or one.
    per_unit: f64,
    level: Level,
    streams: Vec<usize>,
}

/// Something that fills or empties at a rate.
#[derive(Clone, Copy, Debug, Default)]
struct Level {
    rate: f64,
    at: f64,
    /// Changes with the rate: what was foreseen before does not hold.
    version: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The roads are not free yet.
    Waits,
    Runs,
    Ended,
}

struct Running {
    found: Found,
    /// Units in a second.
    flow: f64,
    /// Horizon at which its first people arrive.
    from: f64,
    phase: Phase,
    people: f64,
    until: f64,
    bottleneck: Option<crate::EdgeId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    /// A group is empty; a shelter is full.
    Empty(usize, u32),
    Full(usize, u32),
    Begin(usize),
    /// A look for ways that groups of a layer could take.
    Look(usize),
}

#[derive(Clone, Copy, Debug)]
struct Event(f64, What);

impl PartialEq for Event {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Event {}
impl PartialOrd for Event {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Event {
    /// The earliest is the greatest, as the heap wants it.
    fn cmp(&self, other: &Self) -> Ordering {
        other.0.total_cmp(&self.0).then_with(|| other.1.cmp(&self.1))
    }
}

struct Flow<'a> {
    layers: Vec<Layer<'a>>,
    groups: Vec<Group>,
    streams: Vec<Running>,
    places: Vec<f64>,
    doors: Vec<Level>,
    events: BinaryHeap<Event>,
    now: f64,
    /// For each layer: when the next look is due.
    due: Vec<f64>,
}

/// Adds the streams to a plan; places that are taken there are gone.
pub(super) fn stream(
    ask: &Evacuation<'_>,
    walkers: &Walkers,
    plan: &mut EvacuationPlan,
) -> Result<(), RouteError> {
    let mut layers = vec![Layer::new(ask, Mode::Car)?, Layer::new(ask, Mode::Foot)?];
    let mut groups = Vec::new();
    for (number, block) in ask.blocks.iter().enumerate() {
        for (layer, people) in [block.by_car, walkers.people[number]].into_iter().enumerate() {
            if people <= NOTHING {
                continue;
            }
            let per_unit = if layer == 0 { ask.people_per_car } else { 1.0 };
            if !layers[layer].begin(groups.len(), block.at)? {
                plan.blocks[number].left.push((people, Left::NoRoad));
                continue;
            }
            groups.push(Group {
                block: number,
                layer,
                left: people,
                per_unit,
                level: Level::default(),
                streams: Vec::new(),
            });
        }
    }
    // Who finds no way when all is empty never will.
    let open = vec![1.0; ask.shelters.len()];
    let mut reach = vec![false; groups.len()];
    for layer in &mut layers {
        let found = layer.look_at_all(&open);
        for group in found.into_iter().filter_map(|candidate| layer.group(candidate)) {
            reach[group] = true;
        }
    }
    for (group, _) in groups.iter_mut().zip(reach).filter(|(_, reach)| !reach) {
        if group.left > NOTHING {
            plan.blocks[group.block].left.push((group.left, Left::NoWay));
            group.left = 0.0;
        }
    }
    let places = ask.shelters.iter().zip(&plan.filled);
    let places: Vec<f64> =
        places.map(|(shelter, taken)| (shelter.places - taken).max(0.0)).collect();
    let mut flow = Flow {
        doors: vec![Level::default(); places.len()],
        places,
        streams: Vec::new(),
        events: (0..layers.len()).map(|layer| Event(0.0, What::Look(layer))).collect(),
        now: 0.0,
        due: vec![0.0; layers.len()],
        layers,
        groups,
    };
    flow.run()?;
    flow.tell(plan);
    Ok(())
}

impl Flow<'_> {
    fn run(&mut self) -> Result<(), RouteError> {
        while let Some(Event(at, what)) = self.events.pop() {
            self.now = self.now.max(at);
            match what {
                What::Look(layer) if at.to_bits() == self.due[layer].to_bits() => {
                    self.look(layer)?;
                }
                What::Begin(stream) if self.streams[stream].phase == Phase::Waits => {
                    self.begin(stream);
                }
                What::Empty(group, version) if self.groups[group].level.version == version => {
                    self.advance(group);
                    self.groups[group].left = 0.0;
                    let streams = self.groups[group].streams.clone();
                    self.end_all(streams);
                }
                What::Full(shelter, version) if self.doors[shelter].version == version => {
                    self.fill(shelter);
                    self.places[shelter] = 0.0;
                    let streams = (0..self.streams.len())
                        .filter(|stream| self.streams[*stream].found.shelter == shelter);
                    self.end_all(streams.collect());
                }
                What::Begin(_) | What::Empty(..) | What::Full(..) | What::Look(_) => {}
            }
        }
        Ok(())
    }

    /// Adds streams on all ways on which people could arrive by now; foresees the next look.
    fn look(&mut self, layer: usize) -> Result<(), RouteError> {
        self.due[layer] = f64::INFINITY;
        loop {
            let groups = &self.groups;
            let found =
                self.layers[layer].look(&self.places, &|group| groups[group].left > NOTHING);
            let mut added = false;
            for candidate in found {
                let cost = f64::from(candidate.0) / 1_000.0;
                if cost > self.now {
                    self.look_at(layer, cost);
                    break;
                }
                let way = self.layers[layer].way(candidate);
                if let Some(way) = way.filter(|way| self.places[way.shelter] > NOTHING) {
                    added = true;
                    self.add(way)?;
                }
            }
            if !added {
                return Ok(());
            }
        }
    }

    /// Foresees a look.
    fn look_at(&mut self, layer: usize, at: f64) {
        if at < self.due[layer] {
            self.due[layer] = at;
            self.events.push(Event(at, What::Look(layer)));
        }
    }

    /// Adds a stream with all that its way carries.
    fn add(&mut self, found: Found) -> Result<(), RouteError> {
        if self.streams.len() >= MAX_STREAMS {
            return Err(RouteError::TooLarge { what: "streams", most: MAX_STREAMS });
        }
        let number = self.streams.len();
        let group = &mut self.groups[found.group];
        let layer = &mut self.layers[group.layer];
        let cost = f64::from(found.cost) / 1_000.0;
        // A way can begin and end on the same road, and then takes its room twice.
        let (first, last) = (found.edges.first().copied(), found.edges.last().copied());
        let twice = if found.edges.len() > 1 && first == last { first } else { None };
        let room = |edge: crate::EdgeId| {
            layer.room[edge.at()] / if twice == Some(edge) { 2.0 } else { 1.0 }
        };
        let narrow = |a: &&crate::EdgeId, b: &&crate::EdgeId| room(**a).total_cmp(&room(**b));
        let bottleneck = found.edges.iter().min_by(narrow).copied();
        let Some(edge) = bottleneck else {
            // They are there already.
            let people = group.left.min(self.places[found.shelter]);
            self.places[found.shelter] -= people;
            group.left -= people;
            group.streams.push(number);
            let (flow, phase) = (0.0, Phase::Ended);
            let (from, until) = (cost, cost);
            self.streams.push(Running { found, flow, from, phase, people, until, bottleneck });
            return Ok(());
        };
        let flow = room(edge);
        let mut leave = self.now - cost;
        for (edge, offset) in found.edges.iter().zip(&found.offsets) {
            layer.take(*edge, flow);
            leave = leave.max(layer.free_s[edge.at()] - f64::from(*offset) / 1_000.0);
        }
        group.streams.push(number);
        let (from, phase, people, until) = (leave + cost, Phase::Waits, 0.0, 0.0);
        self.streams.push(Running { found, flow, from, phase, people, until, bottleneck });
        if from > self.now {
            self.events.push(Event(from, What::Begin(number)));
        } else {
            self.begin(number);
        }
        Ok(())
    }

    fn begin(&mut self, stream: usize) {
        let running = &mut self.streams[stream];
        running.phase = Phase::Runs;
        let (group, shelter) = (running.found.group, running.found.shelter);
        let rate = running.flow * self.groups[group].per_unit;
        self.change(group, shelter, rate);
    }

    fn end_all(&mut self, streams: Vec<usize>) {
        for stream in streams {
            self.end(stream);
        }
    }

    fn end(&mut self, stream: usize) {
        let Running { found, flow, from, phase, .. } = &self.streams[stream];
        let (phase, group, shelter) = (*phase, found.group, found.shelter);
        if phase == Phase::Ended {
            return;
        }
        let layer = &mut self.layers[self.groups[group].layer];
        let last = self.now - f64::from(found.cost) / 1_000.0;
        let mut helps = self.groups[group].left > NOTHING;
        for (edge, offset) in found.edges.iter().zip(&found.offsets) {
            helps |= layer.take(*edge, -flow);
            if phase == Phase::Runs {
                let free = &mut layer.free_s[edge.at()];
                *free = free.max(last + f64::from(*offset) / 1_000.0);
            }
        }
        let rate = flow * self.groups[group].per_unit;
        let people = rate * (self.now - from);
        let number = self.groups[group].layer;
        let running = &mut self.streams[stream];
        running.phase = Phase::Ended;
        if phase == Phase::Runs {
            (running.people, running.until) = (people, self.now);
            self.change(group, shelter, -rate);
        }
        if helps {
            self.look_at(number, self.now);
        }
    }

    /// What flows from a group to a shelter changes; foresees when one is empty and the other full.
    fn change(&mut self, group: usize, shelter: usize, rate: f64) {
        self.advance(group);
        self.fill(shelter);
        let now = self.now;
        let mut next = |level: &mut Level, left: f64, what: &dyn Fn(u32) -> What| {
            level.rate = (level.rate + rate).max(0.0);
            level.version += 1;
            if level.rate > NOTHING {
                self.events.push(Event(now + left / level.rate, what(level.version)));
            }
        };
        let g = &mut self.groups[group];
        next(&mut g.level, g.left, &|version| What::Empty(group, version));
        next(&mut self.doors[shelter], self.places[shelter], &|version| {
            What::Full(shelter, version)
        });
    }

    fn advance(&mut self, group: usize) {
        let group = &mut self.groups[group];
        group.left = (group.left - group.level.rate * (self.now - group.level.at)).max(0.0);
        group.level.at = self.now;
    }

    fn fill(&mut self, shelter: usize) {
        let level = &mut self.doors[shelter];
        let gone = level.rate * (self.now - level.at);
        self.places[shelter] = (self.places[shelter] - gone).max(0.0);
        level.at = self.now;
    }

    fn tell(self, plan: &mut EvacuationPlan) {
        for group in &self.groups {
            let block = &mut plan.blocks[group.block];
            for stream in group.streams.iter().map(|stream| &self.streams[*stream]) {
                if stream.people <= NOTHING {
                    continue;
                }
                let cost = f64::from(stream.found.cost) / 1_000.0;
                plan.filled[stream.found.shelter] += stream.people;
                block.streams.push(Stream {
                    mode: self.layers[group.layer].mode,
                    shelter: stream.found.shelter,
                    edges: stream.found.edges.clone(),
                    people: stream.people,
                    leave_from_s: (stream.from - cost).max(0.0),
                    leave_until_s: (stream.until - cost).max(0.0),
                    travel_s: f64::from(stream.found.time) / 1_000.0,
                    people_min: stream.flow * group.per_unit * 60.0,
                    bottleneck: stream.bottleneck,
                });
            }
            if group.left > 1e-6 {
                block.left.push((group.left, Left::ShelterFull));
            }
        }
    }
}
