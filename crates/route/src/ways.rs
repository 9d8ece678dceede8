//! What a class of vehicles may drive now, and how long it takes.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    sync::Arc,
};

use crate::{
    Closures, EdgeId, Network, NodeId, Place, RouteError, Snap, Spot, VehicleClass,
    closures::{Part, Shut},
    hierarchy::{Metric, NEVER, Pruned, Source, View},
    place::part,
    states::{BANNED, Step},
};

/// The network as one class of vehicles finds it now. A copy costs a few megabytes per 100 000 edges.
#[derive(Clone, Debug)]
pub struct Ways {
    network: Arc<Network>,
    class: VehicleClass,
    /// Time of each edge when nothing is closed, ms; `NEVER` where the class does not fit.
    edges: Vec<u32>,
    metric: Metric,
    /// The short form of the metric, for when nothing is closed: then every answer is as before, ties included.
    open: Arc<Pruned>,
    closures: Closures,
    shut: BTreeMap<EdgeId, Shut>,
}

/// A way into the network: where it gets to, and along which edges.
#[derive(Clone, Debug)]
pub(crate) struct Start {
    pub state: u32,
    pub time: u32,
    pub edges: Vec<EdgeId>,
}

/// A way out of the network: from where, and along which edge.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Goal {
    pub state: u32,
    pub time: u32,
    pub edge: Option<EdgeId>,
}

impl Ways {
    /// The ways of a class when nothing is closed.
    ///
    /// # Errors
    /// When the numbers of the class make no sense.
    pub fn new(network: &Arc<Network>, class: VehicleClass) -> Result<Self, RouteError> {
        class.check()?;
        let edges: Vec<u32> = network
            .graph()
            .edges()
            .iter()
            .map(|edge| class.time_ms(edge).map_or(NEVER, |time| time.min(NEVER)))
            .collect();
        let steps = network.states.steps().iter();
        let times = steps.map(|step| {
            let edge = edges.get(step.edge.at()).copied().unwrap_or(NEVER);
            sum(edge, turn(&class, step.turn_ms))
        });
        let metric = Metric::new(&network.hierarchy, times.collect());
        let open = Arc::new(metric.pruned(&network.hierarchy));
        let (closures, shut) = (Closures::default(), BTreeMap::new());
        Ok(Self { network: network.clone(), class, edges, metric, open, closures, shut })
    }

    /// The network.
    #[must_use]
    pub fn network(&self) -> &Arc<Network> {
        &self.network
    }

    /// The class of vehicles.
    #[must_use]
    pub fn class(&self) -> &VehicleClass {
        &self.class
    }

    /// What is closed.
    #[must_use]
    pub fn closures(&self) -> &Closures {
        &self.closures
    }

    /// Closes and opens roads so that exactly these closures hold. Only what depends on changed roads is computed anew. Gives the
    /// number of edges whose state changed.
    pub fn set_closures(&mut self, closures: &Closures) -> usize {
        let shut = closures.edges();
        let gone = self.shut.keys().filter(|edge| !shut.contains_key(edge));
        let new = shut.keys().filter(|edge| !self.shut.contains_key(edge));
        let changed: Vec<EdgeId> = gone.chain(new).copied().collect();
        self.closures = closures.clone();
        self.shut = shut;
        let network = &self.network;
        let changes = changed.iter().flat_map(|edge| {
            let time = match self.shut.contains_key(edge) {
                true => NEVER,
                false => self.edges.get(edge.at()).copied().unwrap_or(NEVER),
            };
            let steps = network.states.along(*edge).iter();
            let delay = |step: u32| {
                let step = network.states.steps().get(step as usize);
                step.map_or(NEVER, |step| turn(&self.class, step.turn_ms))
            };
            steps.map(move |step| (*step, sum(time, delay(*step))))
        });
        self.metric.change(&network.hierarchy, changes.collect::<Vec<_>>().into_iter());
        changed.len()
    }

    /// The time along an edge when it is open, ms; none when the class may not or cannot use it.
    #[must_use]
    pub fn edge_ms(&self, edge: EdgeId) -> Option<u32> {
        self.edges.get(edge.at()).copied().filter(|time| *time < NEVER)
    }

    /// Whether an edge may be used now (by somebody who does not stand in a closed area).
    #[must_use]
    pub fn is_open(&self, edge: EdgeId) -> bool {
        self.edge_ms(edge).is_some() && !self.shut.contains_key(&edge)
    }

    /// The nearest point of a road that the class may use, closed or not.
    ///
    /// # Errors
    /// When the graph has no coordinates, or no such road is within the distance.
    pub fn snap(&self, place: Place, within_m: f64) -> Result<Snap, RouteError> {
        let Place { lon, lat } = Place::new(place.lon, place.lat)?;
        if !self.network.graph().has_places() {
            return Err(RouteError::NoCoordinates);
        }
        if !(0.0..=1e6).contains(&within_m) {
            return Err(RouteError::BadNumber { what: "search distance", value: within_m });
        }
        let fits = |edge| self.edge_ms(edge).is_some();
        self.network.nearest(place, within_m, &fits).ok_or(RouteError::NoRoadNear {
            lon,
            lat,
            within_m,
        })
    }

    pub(crate) fn view(&self) -> View<'_> {
        let pruned = self.shut.is_empty().then_some(&*self.open);
        View { h: &self.network.hierarchy, metric: &self.metric, pruned }
    }

    /// Time of a step as things are now.
    pub(crate) fn step_ms(&self, step: u32) -> u32 {
        self.metric.step(step)
    }

    /// Time of a step for somebody who may stand in a closed area, and then may leave it; `NEVER` when it is closed.
    pub(crate) fn leaving_ms(&self, step: &Step) -> u32 {
        if self.shut.get(&step.edge) == Some(&Shut::Closed) {
            return NEVER;
        }
        let own = self.edges.get(step.edge.at()).copied().unwrap_or(NEVER);
        sum(own, turn(&self.class, step.turn_ms))
    }

    pub(crate) fn check(&self, spot: Spot) -> Result<(), RouteError> {
        let graph = self.network.graph();
        match spot {
            Spot::Node(node) if node.at() >= graph.node_count() => {
                Err(RouteError::UnknownNode(node.0))
            }
            Spot::Edge(edge, _) if graph.edge(edge).is_none() => {
                Err(RouteError::UnknownEdge(edge.0))
            }
            Spot::Edge(_, share) if !(0.0..=1.0).contains(&share) => {
                Err(RouteError::BadNumber { what: "share of an edge", value: share })
            }
            _ => Ok(()),
        }
    }

    /// The directed edges on which a spot lies, and at which share.
    pub(crate) fn lanes(&self, spot: Spot) -> impl Iterator<Item = (EdgeId, f64)> {
        let here = match spot {
            Spot::Node(_) => None,
            Spot::Edge(edge, share) => Some((edge, share)),
        };
        let twin =
            here.and_then(|(edge, share)| Some((self.network.graph().twin(edge)?, 1.0 - share)));
        here.into_iter().chain(twin).filter(|(edge, _)| self.edge_ms(*edge).is_some())
    }

    /// Whether a part of an edge may be used.
    pub(crate) fn passes(&self, edge: EdgeId, from: f64, to: f64, what: Part) -> bool {
        if !self.shut.contains_key(&edge) {
            return true;
        }
        let line = part(&self.network.graph().line(edge), from, to);
        self.closures.passes(edge, &line, what)
    }

    /// Ways into the network. Whoever stands in a closed area gets out of it on the way.
    pub(crate) fn starts(&self, spot: Spot) -> Result<Vec<Start>, RouteError> {
        let mut starts = self.first_starts(spot)?;
        if !self.shut.is_empty() {
            self.get_out(&mut starts);
        }
        Ok(starts)
    }

    /// The first steps into the network, perhaps still in a closed area.
    pub(crate) fn first_starts(&self, spot: Spot) -> Result<Vec<Start>, RouteError> {
        self.check(spot)?;
        let mut starts = Vec::new();
        match spot {
            Spot::Node(node) => match self.network.states.single(node) {
                Some(state) => starts.push(Start { state, time: 0, edges: Vec::new() }),
                None => {
                    let leaving = self.network.graph().leaving(node);
                    let usable = leaving.filter(|e| self.shut.get(e) != Some(&Shut::Closed));
                    starts.extend(usable.filter_map(|edge| self.start(edge, 0.0)));
                }
            },
            Spot::Edge(..) => {
                let lanes = self.lanes(spot);
                let usable =
                    lanes.filter(|(edge, share)| self.passes(*edge, *share, 1.0, Part::Off));
                starts.extend(usable.filter_map(|(edge, share)| self.start(edge, share)));
            }
        }
        Ok(starts)
    }

    fn start(&self, edge: EdgeId, share: f64) -> Option<Start> {
        let time = share_of(self.edge_ms(edge)?, 1.0 - share);
        Some(Start { state: self.network.states.head(edge)?, time, edges: vec![edge] })
    }

    /// Follows the roads that lead out of closed areas; every state on the way is a start of its own.
    fn get_out(&self, starts: &mut Vec<Start>) {
        let states = &self.network.states;
        let mut best: BTreeMap<u32, usize> = BTreeMap::new();
        let mut queue: BinaryHeap<Reverse<(u32, usize)>> =
            starts.iter().enumerate().map(|(place, start)| Reverse((start.time, place))).collect();
        let mut done: Vec<Start> = Vec::new();
        while let Some(Reverse((_, place))) = queue.pop() {
            let Some(start) = starts.get(place).cloned() else { continue };
            if best.contains_key(&start.state) {
                continue;
            }
            best.insert(start.state, done.len());
            let node = states.node(start.state);
            let out = node.into_iter().flat_map(|node| self.network.graph().leaving(node));
            for edge in out.filter(|edge| self.shut.get(edge) == Some(&Shut::LeadsOut)) {
                let steps = states.along(edge).iter();
                let step = steps.filter_map(|step| states.steps().get(*step as usize));
                let Some(step) = step.into_iter().find(|step| step.from == start.state) else {
                    continue;
                };
                let time = sum(start.time, self.leaving_ms(step));
                if time < NEVER {
                    let mut edges = start.edges.clone();
                    edges.push(edge);
                    queue.push(Reverse((time, starts.len())));
                    starts.push(Start { state: step.to, time, edges });
                }
            }
            done.push(start);
        }
        *starts = done;
    }

    /// Ways out of the network to a spot.
    pub(crate) fn goals(&self, spot: Spot) -> Result<Vec<Goal>, RouteError> {
        self.check(spot)?;
        if !self.closures.is_empty()
            && let Some(place) = self.network.place(spot)
            && let Some(key) = self.closures.area_at(place)
        {
            return Err(RouteError::TargetClosed(key.to_owned()));
        }
        let states = &self.network.states;
        let goals = match spot {
            Spot::Node(node) => {
                let all = states.at(node).iter();
                all.map(|state| Goal { state: *state, time: 0, edge: None }).collect()
            }
            Spot::Edge(..) => {
                let lanes = self.lanes(spot);
                let usable =
                    lanes.filter(|(edge, share)| self.passes(*edge, 0.0, *share, Part::Onto));
                usable.flat_map(|(edge, share)| self.goals_on(edge, share)).collect()
            }
        };
        Ok(goals)
    }

    fn goals_on(&self, edge: EdgeId, share: f64) -> Vec<Goal> {
        let states = &self.network.states;
        let Some(time) = self.edge_ms(edge).map(|time| share_of(time, share)) else {
            return Vec::new();
        };
        let steps = states.along(edge).iter().filter_map(|step| states.steps().get(*step as usize));
        let goals = steps.map(|step| {
            let time = sum(time, turn(&self.class, step.turn_ms));
            Goal { state: step.from, time, edge: Some(edge) }
        });
        goals.filter(|goal| goal.time < NEVER).collect()
    }

    /// Both spots on the same road, one after the other: the edge, and the shares of it.
    pub(crate) fn direct(&self, from: Spot, to: Spot) -> Option<(EdgeId, f64, f64, u32)> {
        let starts: Vec<(EdgeId, f64)> = match from {
            // A state knows by which edge it was reached, so the edge at hand would be left out.
            Spot::Node(node) => {
                let Spot::Edge(edge, _) = to else { return None };
                let both = [Some(edge), self.network.graph().twin(edge)].into_iter().flatten();
                let begins = |edge: &EdgeId| {
                    self.network.graph().edge(*edge).is_some_and(|edge| edge.from == node)
                };
                both.filter(begins).map(|edge| (edge, 0.0)).collect()
            }
            Spot::Edge(..) => self.lanes(from).collect(),
        };
        let mut best: Option<(EdgeId, f64, f64, u32)> = None;
        for (edge, end) in self.lanes(to) {
            for (_, begin) in starts.iter().filter(|(own, begin)| *own == edge && *begin <= end) {
                let time = share_of(self.edge_ms(edge)?, end - begin);
                let better = best.is_none_or(|(.., least)| time < least);
                // Whoever is there already goes nowhere.
                let there = end <= *begin && matches!(from, Spot::Edge(..));
                if better && (there || self.passes(edge, *begin, end, Part::Along)) {
                    best = Some((edge, *begin, end, time));
                }
            }
        }
        best
    }

    /// Whether two spots are the same node.
    pub(crate) fn same(from: Spot, to: Spot) -> Option<NodeId> {
        match (from, to) {
            (Spot::Node(a), Spot::Node(b)) if a == b => Some(a),
            _ => None,
        }
    }
}

/// States and times of starts, for a search.
pub(crate) fn sources(starts: &[Start]) -> Vec<Source> {
    starts.iter().map(|start| (start.state, start.time)).collect()
}

/// States and times of goals, for a search.
pub(crate) fn targets(goals: &[Goal]) -> Vec<Source> {
    goals.iter().map(|goal| (goal.state, goal.time)).collect()
}

fn turn(class: &VehicleClass, delay_ms: u32) -> u32 {
    match delay_ms {
        _ if !class.keeps_turns => 0,
        BANNED => NEVER,
        delay => delay.min(NEVER),
    }
}

fn sum(a: u32, b: u32) -> u32 {
    (a + b).min(NEVER)
}

fn share_of(time: u32, share: f64) -> u32 {
    crate::vehicle::rounded(f64::from(time) * share).min(NEVER)
}
