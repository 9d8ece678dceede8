//! The roads for one way of moving, with what they still carry.

#![expect(
    clippy::indexing_slicing,
    reason = "states, steps and edges come from the network that the lists are made for"
)]

use std::{cmp::Reverse, collections::BinaryHeap};

use super::{Evacuation, Mode, default_flow};
use crate::{
    EdgeId, RouteError, Spot, Ways,
    graph::{Lists, short},
    hierarchy::NEVER,
    ways::Start,
};

/// Less than this is nothing: people or vehicles in a second.
pub(super) const NOTHING: f64 = 1e-9;
const NONE: u32 = u32::MAX;

/// A shelter seen from a state.
#[derive(Clone, Copy, Debug)]
struct Door {
    shelter: usize,
    time: u32,
    edge: Option<EdgeId>,
}

/// A way from a block to a shelter.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub group: usize,
    pub shelter: usize,
    pub edges: Vec<EdgeId>,
    /// When each edge is entered after setting off, ms.
    pub offsets: Vec<u32>,
    /// Time, ms.
    pub time: u32,
    /// Time and dislikes, ms.
    pub cost: u32,
}

pub(super) struct Layer<'a> {
    pub mode: Mode,
    ways: &'a Ways,
    /// What each edge still carries in a second.
    pub room: Vec<f64>,
    /// When what was given back on an edge may be used again, seconds from now.
    pub free_s: Vec<f64>,
    /// Time of each step, `NEVER` when it may not be used; and time with dislikes.
    time: Vec<u32>,
    cost: Vec<u32>,
    /// Steps by the state that they leave.
    out: Lists,
    doors: Vec<Vec<Door>>,
    /// Least cost to a shelter when there is room everywhere: never more than the real one.
    ahead: Vec<u32>,
    /// States from which no shelter can be reached as things are.
    stuck: Vec<bool>,
    /// Edges on which somebody begins.
    first: Vec<bool>,
    best: Vec<u32>,
    by: Vec<u32>,
    touched: Vec<u32>,
}

/// Where a group begins.
#[derive(Clone, Debug, Default)]
pub(super) struct Origin {
    pub starts: Vec<Start>,
}

impl<'a> Layer<'a> {
    pub fn new(ask: &Evacuation<'a>, mode: Mode) -> Result<Self, RouteError> {
        let ways = match mode {
            Mode::Car => ask.car,
            Mode::Foot => ask.foot,
        };
        let edges = short(ways.network().graph().edge_count());
        let number = |what, value: f64| {
            let fine = value >= 0.0 && value.is_finite();
            if fine { Ok(value) } else { Err(RouteError::BadNumber { what, value }) }
        };
        let room = |edge| match ask.flow_s {
            Some(flow) => number("flow of an edge", flow(mode, edge)),
            None => Ok(default_flow(ways, mode, edge)),
        };
        let room: Vec<f64> = (0..edges).map(EdgeId).map(room).collect::<Result<_, _>>()?;
        let extra = |edge| match ask.dislike_s {
            Some(dislike) => number("dislike of an edge", dislike(mode, edge))
                .map(|seconds| crate::vehicle::rounded(seconds * 1_000.0).min(NEVER)),
            None => Ok(0),
        };
        let extra: Vec<u32> = (0..edges).map(EdgeId).map(extra).collect::<Result<_, _>>()?;
        let states = &ways.network().states;
        let time: Vec<u32> = states.steps().iter().map(|step| ways.leaving_ms(step)).collect();
        let cost = states.steps().iter().zip(&time);
        let cost: Vec<u32> =
            cost.map(|(step, time)| (time + extra[step.edge.at()]).min(NEVER)).collect();
        let out = Lists::new(states.count(), states.steps().iter().map(|s| s.from as usize));
        let mut doors = vec![Vec::new(); states.count()];
        for (shelter, asked) in ask.shelters.iter().enumerate() {
            for goal in ways.goals(asked.at).unwrap_or_default() {
                let door = Door { shelter, time: goal.time, edge: goal.edge };
                doors[goal.state as usize].push(door);
            }
        }
        let ahead = ahead(ways, &cost, &doors);
        let (count, free_s) = (states.count(), vec![f64::NEG_INFINITY; room.len()]);
        Ok(Self {
            mode,
            ways,
            room,
            free_s,
            time,
            cost,
            out,
            doors,
            ahead,
            stuck: vec![false; count],
            first: vec![false; edges as usize],
            best: vec![NEVER; count],
            by: vec![NONE; count],
            touched: Vec::new(),
        })
    }

    /// Where a spot gets onto these roads.
    pub fn origin(&mut self, spot: Spot) -> Result<Origin, RouteError> {
        let starts = self.ways.first_starts(spot)?;
        for edge in starts.iter().flat_map(|start| &start.edges) {
            self.first[edge.at()] = true;
        }
        Ok(Origin { starts })
    }

    /// Least cost from an origin to a shelter when there is room everywhere, ms.
    pub fn least(&self, origin: &Origin) -> Option<u32> {
        let costs =
            origin.starts.iter().map(|s| s.time.saturating_add(self.ahead[s.state as usize]));
        costs.min().filter(|cost| *cost < NEVER)
    }

    fn has_room(&self, edge: EdgeId) -> bool {
        self.room[edge.at()] > NOTHING
    }

    /// The way of least cost from one of the groups to a shelter with places, over roads with room. When there is none, the states that
    /// were reached are stuck until room comes back to one of them.
    pub fn search(&mut self, groups: &[(usize, &Origin)], places: &[f64]) -> Option<Found> {
        let mut queue = BinaryHeap::new();
        for (_, origin) in groups {
            for start in &origin.starts {
                if start.edges.iter().all(|edge| self.has_room(*edge)) {
                    self.reach(&mut queue, start.state, start.time, NONE);
                }
            }
        }
        let mut found: Option<(u32, u32, Door)> = None;
        while let Some(Reverse((whole, state))) = queue.pop() {
            if found.as_ref().is_some_and(|(cost, ..)| whole >= *cost) {
                break;
            }
            let at = state as usize;
            let here = self.best[at];
            if here.saturating_add(self.ahead[at]) != whole {
                continue;
            }
            for door in &self.doors[at] {
                let open = places[door.shelter] > NOTHING
                    && door.edge.is_none_or(|edge| self.has_room(edge));
                let cost = here.saturating_add(door.time);
                if open && found.as_ref().is_none_or(|(least, ..)| cost < *least) {
                    found = Some((cost, state, *door));
                }
            }
            for place in 0..self.out.of(at).len() {
                let step = self.out.of(at)[place];
                let walked = self.ways.network().states.steps()[step as usize];
                let cost = self.cost[step as usize];
                if cost < NEVER && self.has_room(walked.edge) {
                    self.reach(&mut queue, walked.to, here.saturating_add(cost), step);
                }
            }
        }
        let found = found.map(|(cost, state, door)| self.trace(groups, cost, state, door));
        for state in self.touched.drain(..) {
            self.best[state as usize] = NEVER;
            if found.is_none() {
                self.stuck[state as usize] = true;
            }
        }
        found
    }

    fn reach(
        &mut self,
        queue: &mut BinaryHeap<Reverse<(u32, u32)>>,
        state: u32,
        cost: u32,
        by: u32,
    ) {
        let at = state as usize;
        if cost < self.best[at] && self.ahead[at] < NEVER && !self.stuck[at] {
            if self.best[at] == NEVER {
                self.touched.push(state);
            }
            (self.best[at], self.by[at]) = (cost, by);
            queue.push(Reverse((cost.saturating_add(self.ahead[at]), state)));
        }
    }

    fn trace(&self, groups: &[(usize, &Origin)], cost: u32, last: u32, door: Door) -> Found {
        let mut steps = Vec::new();
        let mut state = last;
        while self.by[state as usize] != NONE {
            let step = self.by[state as usize];
            steps.push(step);
            state = self.ways.network().states.steps()[step as usize].from;
        }
        let begun = self.best[state as usize];
        let starts = groups
            .iter()
            .flat_map(|(group, origin)| origin.starts.iter().map(move |start| (*group, start)));
        let fits = |(_, start): &(usize, &Start)| start.state == state && start.time == begun;
        let (group, begin) = match starts.into_iter().find(fits) {
            Some((group, start)) => (group, start.edges.clone()),
            None => (0, Vec::new()),
        };
        let (mut edges, mut offsets) = (begin, Vec::new());
        offsets.resize(edges.len(), 0);
        let mut time = begun;
        for step in steps.into_iter().rev() {
            edges.push(self.ways.network().states.steps()[step as usize].edge);
            offsets.push(time);
            time = time.saturating_add(self.time[step as usize]);
        }
        if let Some(edge) = door.edge {
            edges.push(edge);
            offsets.push(time);
        }
        time = time.saturating_add(door.time);
        Found { group, shelter: door.shelter, edges, offsets, time, cost }
    }

    /// Room that comes back on an edge that was full or not. Whether that may help somebody who is stuck.
    pub fn give_back(&mut self, edge: EdgeId, flow: f64) -> bool {
        let full = !self.has_room(edge);
        self.room[edge.at()] += flow;
        let network = self.ways.network();
        let tail = network.graph().edge(edge).map(|edge| edge.from);
        let stuck = |node| network.states.at(node).iter().any(|state| self.stuck[*state as usize]);
        full && (self.first[edge.at()] || tail.is_some_and(stuck))
    }

    /// Room has come back: nobody is known to be stuck.
    pub fn unstick(&mut self) {
        self.stuck.fill(false);
    }
}

/// Least cost from every state to a shelter.
fn ahead(ways: &Ways, cost: &[u32], doors: &[Vec<Door>]) -> Vec<u32> {
    let states = &ways.network().states;
    let into = Lists::new(states.count(), states.steps().iter().map(|step| step.to as usize));
    let mut ahead = vec![NEVER; states.count()];
    let mut queue = BinaryHeap::new();
    for (state, doors) in doors.iter().enumerate() {
        if let Some(time) = doors.iter().map(|door| door.time).min() {
            ahead[state] = time;
            queue.push(Reverse((time, short(state))));
        }
    }
    while let Some(Reverse((time, state))) = queue.pop() {
        if time > ahead[state as usize] {
            continue;
        }
        for step in into.of(state as usize) {
            let from = states.steps()[*step as usize].from as usize;
            let new = time.saturating_add(cost[*step as usize]);
            if cost[*step as usize] < NEVER && new < ahead[from] {
                ahead[from] = new;
                queue.push(Reverse((new, short(from))));
            }
        }
    }
    ahead
}
