//! The roads for one way of moving, with what they still carry.

#![expect(
    clippy::indexing_slicing,
    reason = "states, steps and edges come from the network that the lists are made for"
)]

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

use super::{Evacuation, Mode, default_flow};
use crate::{
    EdgeId, NodeId, RouteError, Spot, Ways,
    graph::{Lists, short},
    hierarchy::NEVER,
    states::Step,
    ways::Start,
};

/// Less than this is nothing: people, or people and vehicles in a second.
pub(super) const NOTHING: f64 = 1e-9;

/// The end of a way at a shelter.
#[derive(Clone, Copy, Debug)]
struct Door {
    shelter: usize,
    state: u32,
    time: u32,
    edge: Option<EdgeId>,
}

/// A way along one road, from a group to a shelter that lies farther on.
#[derive(Clone, Copy, Debug)]
struct Direct {
    shelter: usize,
    /// None: they are there.
    edge: Option<EdgeId>,
    time: u32,
}

/// A group with its ways onto these roads.
struct Origin {
    group: usize,
    starts: Vec<Start>,
    directs: Vec<Direct>,
}

/// A way from a group to a shelter.
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

/// A group that could go: its cost, ms, its number among those that begin on the layer, and which of its starts, or of its ways along
/// one road, which are counted on from there.
pub(super) type Candidate = (u32, usize, usize);

/// A step that may be used, seen from one of its ends.
#[derive(Clone, Copy, Debug)]
struct Link {
    other: u32,
    step: u32,
    edge: EdgeId,
    cost: u32,
}

/// Steps by the state at one of their ends.
struct Links {
    first: Vec<u32>,
    links: Vec<Link>,
}

impl Links {
    fn of(&self, state: u32) -> &[Link] {
        let at = state as usize;
        &self.links[self.first[at] as usize..self.first[at + 1] as usize]
    }
}

pub(super) struct Layer<'a> {
    pub mode: Mode,
    ways: &'a Ways,
    /// What each edge still carries in a second.
    pub room: Vec<f64>,
    /// When what was given back on an edge may be used again, seconds from now.
    pub free_s: Vec<f64>,
    out: Links,
    back: Links,
    doors: Vec<Door>,
    /// Doors by state.
    at_state: Lists,
    origins: Vec<Origin>,
    /// Shelters that can be reached, by the roads and nodes at which they lie.
    on_edge: BTreeMap<EdgeId, Vec<usize>>,
    on_node: BTreeMap<NodeId, Vec<usize>>,
    shelters: Vec<Spot>,
    /// Whether each shelter has places.
    takes: Vec<bool>,
    /// Whether somebody begins at each state.
    begins: Vec<bool>,
    /// What the costs below hold for: edges with room, doors of shelters with places.
    usable: Vec<bool>,
    open: Vec<bool>,
    /// Edges whose room has changed since.
    changed: Vec<EdgeId>,
    /// Least cost from each state to a shelter, and the step or the door that it takes: exact up to the least cost in the queue, and
    /// never too small beyond. What waits in the queue is only followed when somebody needs it.
    best: Vec<u32>,
    by: Vec<u32>,
    queue: BinaryHeap<Reverse<(u32, u32)>>,
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
        let cost = |number: u32| {
            let step = states.steps()[number as usize];
            ways.leaving_ms(&step).saturating_add(extra[step.edge.at()])
        };
        let links = |own: &dyn Fn(&Step) -> u32, other: &dyn Fn(&Step) -> u32| {
            let lists = Lists::new(states.count(), states.steps().iter().map(|s| own(s) as usize));
            let (mut first, mut links) = (vec![0], Vec::with_capacity(states.steps().len()));
            for state in 0..states.count() {
                for number in lists.of(state) {
                    let (step, cost) = (states.steps()[*number as usize], cost(*number));
                    if cost < NEVER {
                        let other = other(&step);
                        links.push(Link { other, step: *number, edge: step.edge, cost });
                    }
                }
                first.push(short(links.len()));
            }
            Links { first, links }
        };
        let out = links(&|step| step.from, &|step| step.to);
        let back = links(&|step| step.to, &|step| step.from);
        let mut doors = Vec::new();
        let (mut on_edge, mut on_node) = (BTreeMap::new(), BTreeMap::new());
        for (shelter, asked) in ask.shelters.iter().enumerate() {
            // A shelter in a closed area is none.
            let Ok(goals) = ways.goals(asked.at) else { continue };
            if let Spot::Node(node) = asked.at {
                on_node.entry(node).or_insert_with(Vec::new).push(shelter);
            }
            for (edge, _) in ways.lanes(asked.at) {
                on_edge.entry(edge).or_insert_with(Vec::new).push(shelter);
            }
            doors.extend(goals.into_iter().map(|goal| Door {
                shelter,
                state: goal.state,
                time: goal.time,
                edge: goal.edge,
            }));
        }
        let count = states.count();
        let at_state = Lists::new(count, doors.iter().map(|door| door.state as usize));
        Ok(Self {
            mode,
            ways,
            free_s: vec![f64::NEG_INFINITY; room.len()],
            out,
            back,
            at_state,
            origins: Vec::new(),
            on_edge,
            on_node,
            shelters: ask.shelters.iter().map(|shelter| shelter.at).collect(),
            takes: vec![false; ask.shelters.len()],
            begins: vec![false; count],
            usable: vec![false; room.len()],
            open: vec![false; doors.len()],
            changed: (0..edges).map(EdgeId).collect(),
            best: vec![NEVER; count],
            by: vec![NONE; count],
            queue: BinaryHeap::new(),
            room,
            doors,
        })
    }

    /// Adds a group where it gets onto these roads; whether there is such a road.
    pub fn begin(&mut self, group: usize, spot: Spot) -> Result<bool, RouteError> {
        let starts = self.ways.first_starts(spot)?;
        for start in &starts {
            self.begins[start.state as usize] = true;
        }
        let directs = self.directs(spot);
        let there = !starts.is_empty() || !directs.is_empty();
        self.origins.push(Origin { group, starts, directs });
        Ok(there)
    }

    /// Ways along the road that one stands on, which the search from state to state does not see: it begins at the end of that road.
    fn directs(&self, spot: Spot) -> Vec<Direct> {
        let edges: Vec<EdgeId> = match spot {
            Spot::Node(node) => self.ways.network().graph().leaving(node).collect(),
            Spot::Edge(..) => self.ways.lanes(spot).map(|(edge, _)| edge).collect(),
        };
        let mut near: Vec<usize> =
            edges.iter().filter_map(|edge| self.on_edge.get(edge)).flatten().copied().collect();
        near.sort_unstable();
        near.dedup();
        let along = near.into_iter().filter_map(|shelter| {
            let (edge, .., time) = self.ways.direct(spot, self.shelters[shelter])?;
            Some(Direct { shelter, edge: Some(edge), time })
        });
        let here = match spot {
            Spot::Node(node) => self.on_node.get(&node),
            Spot::Edge(..) => None,
        };
        let here = here.into_iter().flatten();
        let here = here.map(|shelter| Direct { shelter: *shelter, edge: None, time: 0 });
        along.chain(here).collect()
    }

    fn has_room(&self, edge: EdgeId) -> bool {
        self.room[edge.at()] > NOTHING
    }

    /// Looks for groups that have people left and a way to a shelter with places over roads with room: who could go at which cost,
    /// the least first, and all of those up to some cost. The ways are those of [`Layer::way`] until the next look.
    pub fn look(&mut self, places: &[f64], waits: &dyn Fn(usize) -> bool) -> Vec<Candidate> {
        self.renew(places);
        loop {
            let found = self.candidates(waits);
            let least = found.first().map_or(NEVER, |(cost, ..)| *cost);
            if self.settle(least) {
                let exact = self.queue.peek().map_or(NEVER, |Reverse((cost, _))| *cost);
                let mut found = self.candidates(waits);
                found.retain(|(cost, ..)| *cost <= exact.max(least));
                return found;
            }
        }
    }

    /// All that are looked at until all costs are exact.
    pub fn look_at_all(&mut self, places: &[f64]) -> Vec<Candidate> {
        self.renew(places);
        while !self.settle(NEVER) {}
        self.candidates(&|_| true)
    }

    fn candidates(&self, waits: &dyn Fn(usize) -> bool) -> Vec<Candidate> {
        let mut found = Vec::new();
        for (origin, Origin { group, starts, directs }) in self.origins.iter().enumerate() {
            if !waits(*group) {
                continue;
            }
            for (number, direct) in (starts.len()..).zip(directs) {
                let room = direct.edge.is_none_or(|edge| self.has_room(edge));
                if self.takes[direct.shelter] && room {
                    found.push((direct.time, origin, number));
                }
            }
            for (number, start) in starts.iter().enumerate() {
                let cost = self.best[start.state as usize].saturating_add(start.time);
                if cost < NEVER && start.edges.iter().all(|edge| self.has_room(*edge)) {
                    found.push((cost, origin, number));
                }
            }
        }
        found.sort_unstable();
        found
    }

    /// Follows what waits in the queue up to a cost, or until a state is reached where somebody begins. Whether all up to that cost is
    /// exact.
    fn settle(&mut self, most: u32) -> bool {
        while let Some(Reverse((cost, state))) = self.queue.peek().copied() {
            if cost > most {
                break;
            }
            self.queue.pop();
            if cost != self.best[state as usize] {
                continue;
            }
            for place in 0..self.back.of(state).len() {
                let link = self.back.of(state)[place];
                if self.usable[link.edge.at()] {
                    self.lower(link.other, cost + link.cost, link.step);
                }
            }
            if self.begins[state as usize] {
                return false;
            }
        }
        true
    }

    /// Brings the least costs up to date where room or places have changed: first they are forgotten for all whose way is gone,
    /// then found anew from their neighbours (Ramalingam, Reps: An Incremental Algorithm for a Generalization of the
    /// Shortest-Path Problem, 1996).
    fn renew(&mut self, places: &[f64]) {
        let mut lost = Vec::new();
        self.takes = places.iter().map(|places| *places > NOTHING).collect();
        for number in 0..self.doors.len() {
            let door = self.doors[number];
            let open = self.takes[door.shelter] && door.edge.is_none_or(|edge| self.has_room(edge));
            if std::mem::replace(&mut self.open[number], open) == open {
                continue;
            }
            if open {
                self.lower(door.state, door.time, door_mark(number));
            } else if self.by[door.state as usize] == door_mark(number) {
                self.forget(door.state, &mut lost);
            }
        }
        let mut changed = std::mem::take(&mut self.changed);
        changed.retain(|edge| {
            let room = self.room[edge.at()] > NOTHING;
            std::mem::replace(&mut self.usable[edge.at()], room) != room
        });
        let states = &self.ways.network().states;
        for step in changed.iter().flat_map(|edge| states.along(*edge)) {
            let from = states.steps()[*step as usize].from;
            if self.by[from as usize] == *step && self.best[from as usize] < NEVER {
                self.forget(from, &mut lost);
            }
        }
        let mut next = 0;
        while let Some(state) = lost.get(next).copied() {
            next += 1;
            for place in 0..self.back.of(state).len() {
                let link = self.back.of(state)[place];
                if self.by[link.other as usize] == link.step {
                    self.forget(link.other, &mut lost);
                }
            }
        }
        for edge in changed.into_iter().filter(|edge| self.usable[edge.at()]) {
            lost.extend(states.along(edge).iter().map(|step| states.steps()[*step as usize].from));
        }
        for state in lost {
            for place in 0..self.at_state.of(state as usize).len() {
                let door = self.at_state.of(state as usize)[place] as usize;
                if self.open[door] {
                    self.lower(state, self.doors[door].time, door_mark(door));
                }
            }
            for place in 0..self.out.of(state).len() {
                let link = self.out.of(state)[place];
                let beyond = self.best[link.other as usize];
                if beyond < NEVER && self.usable[link.edge.at()] {
                    self.lower(state, beyond + link.cost, link.step);
                }
            }
        }
    }

    fn forget(&mut self, state: u32, lost: &mut Vec<u32>) {
        if std::mem::replace(&mut self.best[state as usize], NEVER) < NEVER {
            lost.push(state);
        }
        self.by[state as usize] = NONE;
    }

    fn lower(&mut self, state: u32, cost: u32, by: u32) {
        if cost < self.best[state as usize] {
            (self.best[state as usize], self.by[state as usize]) = (cost, by);
            self.queue.push(Reverse((cost, state)));
        }
    }

    /// The group of a candidate.
    pub fn group(&self, (_, origin, _): Candidate) -> Option<usize> {
        self.origins.get(origin).map(|origin| origin.group)
    }

    /// The way of a candidate; none when a road on it has no room any more.
    pub fn way(&self, (cost, origin, number): Candidate) -> Option<Found> {
        let states = &self.ways.network().states;
        let Origin { group, starts, directs } = &self.origins[origin];
        let Some(start) = starts.get(number) else {
            let Direct { shelter, edge, time } = *directs.get(number - starts.len())?;
            let edges: Vec<EdgeId> = edge.into_iter().collect();
            let (group, offsets) = (*group, vec![0; edges.len()]);
            let whole = edges.iter().all(|edge| self.has_room(*edge));
            return whole.then_some(Found { group, shelter, edges, offsets, time, cost });
        };
        let (mut edges, mut time, mut state) = (start.edges.clone(), start.time, start.state);
        let mut offsets = vec![0; edges.len()];
        let door = loop {
            let by = self.by[state as usize];
            if let Some(door) = marked_door(by) {
                break self.doors[door];
            }
            let step = states.steps()[by as usize];
            edges.push(step.edge);
            offsets.push(time);
            time = time.saturating_add(self.ways.leaving_ms(&step));
            state = step.to;
        };
        if let Some(edge) = door.edge {
            edges.push(edge);
            offsets.push(time);
        }
        time = time.saturating_add(door.time);
        let whole = edges.iter().all(|edge| self.has_room(*edge));
        whole.then_some(Found { group: *group, shelter: door.shelter, edges, offsets, time, cost })
    }

    /// Takes room of an edge, or (negative) gives it back. Whether that may open a way: it was full.
    pub fn take(&mut self, edge: EdgeId, flow: f64) -> bool {
        let before = self.has_room(edge);
        let room = &mut self.room[edge.at()];
        *room = (*room - flow).max(0.0);
        if self.has_room(edge) != before {
            self.changed.push(edge);
        }
        !before && self.has_room(edge)
    }
}

/// No step and no door.
const NONE: u32 = DOORS - 1;
/// Numbers from here on stand for doors, those below for steps.
const DOORS: u32 = 1 << 31;

fn door_mark(number: usize) -> u32 {
    DOORS | short(number)
}

fn marked_door(mark: u32) -> Option<usize> {
    (mark & DOORS != 0).then_some((mark & !DOORS) as usize)
}
