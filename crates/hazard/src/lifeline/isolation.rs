//! Which valves to shut for a leak, and whom that cuts off.
//!
//! Valves cut a network into segments. Shutting every valve around the segment of the leak isolates it with the fewest customers
//! cut off; of these valves only those need be shut behind which a source still presses, the others merely keep what is there from
//! running back.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::{HazardError, bounds::together};

/// Most nodes, and most edges, of a network.
pub const MOST: usize = 2_000_000;

/// What joins two nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A pipe.
    Pipe,
    /// A valve that can be shut.
    Valve,
    /// A valve that cannot: seized, buried, or not found. As a pipe.
    StuckValve,
    /// A valve that is shut already.
    Shut,
}

/// A pipe or a valve between two nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// One end.
    pub from: u32,
    /// The other.
    pub to: u32,
    /// What it is.
    pub kind: Kind,
}

/// A network.
#[derive(Clone, Debug)]
pub struct Network {
    edges: Vec<Edge>,
    /// Edges at each node, one after another, and where each node's begin.
    at: Vec<u32>,
    starts: Vec<u32>,
    sources: BTreeSet<u32>,
    customers: BTreeMap<u32, u32>,
}

/// What to do for a leak.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Isolation {
    /// Valves that must be shut, by their place among the edges: none can be spared.
    pub shut: Vec<usize>,
    /// Valves that keep what stands in dead ends from running back; shut them when time allows.
    pub against_backflow: Vec<usize>,
    /// Customers cut off.
    pub cut_off: u64,
    /// Nodes without supply afterwards that had it before.
    pub dry_nodes: Vec<u32>,
    /// A source lies within the segment itself: no valve helps, it must be stopped.
    pub sources_to_stop: Vec<u32>,
}

impl Network {
    /// A network of nodes 0 to `nodes` − 1 with its sources, and how many customers hang at which node.
    ///
    /// # Errors
    /// When it is too large, or something names a node that is not there.
    pub fn new(
        nodes: u32,
        edges: Vec<Edge>,
        sources: impl IntoIterator<Item = u32>,
        customers: impl IntoIterator<Item = (u32, u32)>,
    ) -> Result<Self, HazardError> {
        let count = usize::try_from(nodes).unwrap_or(usize::MAX);
        if count > MOST || edges.len() > MOST {
            return Err(together(format!("at most {MOST} nodes and edges")));
        }
        let sources: BTreeSet<u32> = sources.into_iter().collect();
        let mut hung = BTreeMap::new();
        for (node, customers) in customers {
            let sum: &mut u32 = hung.entry(node).or_default();
            *sum = sum.saturating_add(customers);
        }
        let named = edges.iter().flat_map(|e| [e.from, e.to]);
        let named = named.chain(sources.iter().copied()).chain(hung.keys().copied());
        if let Some(stranger) = { named }.find(|node| *node >= nodes) {
            return Err(together(format!("node {stranger} is not in the network")));
        }
        let (at, starts) = beside(&edges, count);
        Ok(Self { edges, at, starts, sources, customers: hung })
    }

    /// The edges, in the order in which they were given.
    #[must_use]
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// Edges at a node with the node behind each.
    fn around(&self, node: u32) -> impl Iterator<Item = (usize, Edge, u32)> {
        let slot = index(node);
        let from = self.starts.get(slot).copied().unwrap_or(0);
        let to = self.starts.get(slot + 1).copied().unwrap_or(from);
        let here = self.at.get(index(from)..index(to)).unwrap_or_default();
        here.iter().filter_map(move |place| {
            let edge = *self.edges.get(index(*place))?;
            let behind = if edge.from == node { edge.to } else { edge.from };
            Some((index(*place), edge, behind))
        })
    }

    /// Nodes that can be reached from some over edges that are open.
    fn reach(
        &self,
        from: impl IntoIterator<Item = u32>,
        open: impl Fn(usize, Edge) -> bool,
    ) -> Vec<bool> {
        let mut reached = vec![false; self.starts.len().saturating_sub(1)];
        let mut queue: VecDeque<u32> = VecDeque::new();
        let visit = |node: u32, reached: &mut Vec<bool>, queue: &mut VecDeque<u32>| {
            if let Some(mark) = reached.get_mut(index(node)).filter(|mark| !**mark) {
                *mark = true;
                queue.push_back(node);
            }
        };
        for node in from {
            visit(node, &mut reached, &mut queue);
        }
        while let Some(node) = queue.pop_front() {
            for (place, edge, behind) in self.around(node) {
                if open(place, edge) {
                    visit(behind, &mut reached, &mut queue);
                }
            }
        }
        reached
    }

    /// What to do for a leak on an edge.
    ///
    /// # Errors
    /// When there is no such edge.
    pub fn isolate(&self, leak: usize) -> Result<Isolation, HazardError> {
        let Some(edge) = self.edges.get(leak).copied() else {
            return Err(together(format!("edge {leak} is not in the network")));
        };
        // A valve that leaks does not hold: both its sides belong to the segment.
        let segment = self.reach([edge.from, edge.to], |place, edge| {
            place != leak && matches!(edge.kind, Kind::Pipe | Kind::StuckValve)
        });
        let inside = |node: u32| segment.get(index(node)).copied().unwrap_or(false);
        let border: BTreeSet<usize> = self
            .edges
            .iter()
            .enumerate()
            .filter(|(place, e)| {
                *place != leak && e.kind == Kind::Valve && inside(e.from) != inside(e.to)
            })
            .map(|(place, _)| place)
            .collect();
        let flows = |e: Edge| e.kind != Kind::Shut;
        let before = self.reach(self.sources.iter().copied(), |_, e| flows(e));
        // With all of the border shut: where a source still presses.
        let outside: Vec<u32> = self.sources.iter().copied().filter(|s| !inside(*s)).collect();
        let pressed =
            self.reach(outside, |place, e| flows(e) && place != leak && !border.contains(&place));
        let (shut, against_backflow): (Vec<usize>, Vec<usize>) = border.iter().partition(|place| {
            self.edges.get(**place).is_some_and(|e| {
                let out = if inside(e.from) { e.to } else { e.from };
                pressed.get(index(out)).copied().unwrap_or(false)
            })
        });
        let dry_nodes: Vec<u32> = (0_u32..)
            .zip(before.iter().zip(&pressed))
            .filter(|(_, (before, after))| **before && !**after)
            .map(|(node, _)| node)
            .collect();
        let cut_off = dry_nodes
            .iter()
            .filter_map(|node| self.customers.get(node))
            .map(|customers| u64::from(*customers))
            .sum();
        let sources_to_stop = self.sources.iter().copied().filter(|s| inside(*s)).collect();
        Ok(Isolation { shut, against_backflow, cut_off, dry_nodes, sources_to_stop })
    }

    /// Whether a source presses on the leak when some valves are shut.
    ///
    /// # Errors
    /// When there is no such edge.
    pub fn fed(&self, leak: usize, shut: &[usize]) -> Result<bool, HazardError> {
        let Some(edge) = self.edges.get(leak) else {
            return Err(together(format!("edge {leak} is not in the network")));
        };
        let shut: BTreeSet<usize> = shut.iter().copied().collect();
        let pressed = self.reach(self.sources.iter().copied(), |place, e| {
            e.kind != Kind::Shut && !shut.contains(&place)
        });
        let at = |node: u32| pressed.get(index(node)).copied().unwrap_or(false);
        Ok(at(edge.from) || at(edge.to))
    }
}

fn index(of: u32) -> usize {
    usize::try_from(of).unwrap_or(usize::MAX)
}

/// For each node its edges, as one list with where each node's begin.
fn beside(edges: &[Edge], nodes: usize) -> (Vec<u32>, Vec<u32>) {
    let mut starts = vec![0_u32; nodes + 1];
    for end in edges.iter().flat_map(|e| [e.from, e.to]) {
        if let Some(count) = starts.get_mut(index(end) + 1) {
            *count += 1;
        }
    }
    let mut sum = 0;
    for start in &mut starts {
        sum += *start;
        *start = sum;
    }
    let mut next = starts.clone();
    let mut at = vec![0_u32; edges.len() * 2];
    for (place, edge) in (0_u32..).zip(edges) {
        for end in [edge.from, edge.to] {
            if let Some(free) = next.get_mut(index(end)) {
                if let Some(slot) = at.get_mut(index(*free)) {
                    *slot = place;
                }
                *free += 1;
            }
        }
    }
    (at, starts)
}
