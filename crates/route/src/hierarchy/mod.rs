//! Customisable contraction hierarchy (Dibbelt, Strasser, Wagner, ACM JEA 21, 2016): the order of nodes and the arcs that
//! contraction adds do not depend on times, so that times may change without building anything anew.
//!
//! Nodes are named by their rank here: a way goes up to ever more important nodes, and down again.

#![expect(
    clippy::indexing_slicing,
    reason = "numbers are made here from one graph and lie within it; a look-up that can fail costs a third of the time"
)]

mod metric;
mod search;

pub(crate) use metric::{Metric, Pruned};
pub(crate) use search::{Scratch, Source, Targets, View};

use crate::{
    graph::{Lists, short},
    order::{Adjacency, order},
};

/// No way: beyond every time. Two of them still fit into the number.
pub(crate) const NEVER: u32 = u32::MAX / 2;
pub(crate) const NONE: u32 = u32::MAX;

/// The arcs of the hierarchy, each from a node to a higher one.
#[derive(Debug)]
pub(crate) struct Hierarchy {
    /// Rank of each state.
    rank: Vec<u32>,
    /// State of each rank.
    state: Vec<u32>,
    /// Arcs of each node.
    first: Vec<u32>,
    /// Upper end of each arc; ascending for each node.
    head: Vec<u32>,
    /// Lower end of each arc.
    tail: Vec<u32>,
    /// Arcs that end at each node, by their tails ascending.
    down: Lists,
    /// Lowest of the higher nodes of each node.
    parent: Vec<u32>,
    /// Steps by the arc that carries them.
    steps: Lists,
    /// For each step its arc, and whether it goes up.
    carried: Vec<(u32, bool)>,
}

impl Hierarchy {
    /// From steps between states (from, to), and the coordinates of the states if there are any.
    pub fn new(states: usize, steps: &[(u32, u32)], spots: &[[f32; 2]]) -> Self {
        let order = order(&Adjacency::new(states, steps.iter().copied()), spots);
        let mut rank = vec![0; states];
        for (place, state) in order.iter().enumerate() {
            rank[*state as usize] = short(place);
        }
        let ranked = steps.iter().map(|(a, b)| (rank[*a as usize], rank[*b as usize]));
        let (first, head, parent) = contract(&Adjacency::new(states, ranked));
        let mut tail = vec![0; head.len()];
        for v in 0..states {
            tail[first[v] as usize..first[v + 1] as usize].fill(short(v));
        }
        let down = Lists::new(states, head.iter().map(|head| *head as usize));
        let empty = Lists::new(0, std::iter::empty());
        let carried = Vec::new();
        let mut made =
            Self { rank, state: order, first, head, tail, down, parent, steps: empty, carried };
        made.carried = steps
            .iter()
            .map(|(a, b)| {
                let (a, b) = (made.rank[*a as usize], made.rank[*b as usize]);
                (made.arc(a.min(b), a.max(b)).unwrap_or(NONE), a < b)
            })
            .collect();
        // Steps from a state to itself lead nowhere; they are kept apart.
        let loops = made.head.len();
        let group = |(arc, _): &(u32, bool)| if *arc == NONE { loops } else { *arc as usize };
        made.steps = Lists::new(loops + 1, made.carried.iter().map(group));
        made
    }

    pub fn count(&self) -> usize {
        self.parent.len()
    }

    pub fn arc_count(&self) -> usize {
        self.head.len()
    }

    fn arcs(&self, node: u32) -> std::ops::Range<usize> {
        self.first[node as usize] as usize..self.first[node as usize + 1] as usize
    }

    /// The arc between two nodes.
    fn arc(&self, low: u32, high: u32) -> Option<u32> {
        let arcs = self.arcs(low);
        let place = self.head[arcs.clone()].binary_search(&high).ok()?;
        Some(short(arcs.start + place))
    }
}

/// Contracts all nodes from the lowest to the highest: the higher neighbours of a node become neighbours of each other. It is
/// enough to hand them to the lowest of them.
fn contract(graph: &Adjacency) -> (Vec<u32>, Vec<u32>, Vec<u32>) {
    let count = graph.count();
    let mut above: Vec<Vec<u32>> = (0..short(count))
        .map(|v| graph.of(v).iter().copied().filter(|w| *w > v).collect())
        .collect();
    let (mut first, mut head, mut parent) = (vec![0], Vec::new(), Vec::new());
    for v in 0..count {
        let mine = std::mem::take(&mut above[v]);
        if let Some((lowest, rest)) = mine.split_first() {
            let theirs = &mut above[*lowest as usize];
            *theirs = union(theirs, rest);
        }
        parent.push(mine.first().copied().unwrap_or(NONE));
        head.extend_from_slice(&mine);
        first.push(short(head.len()));
    }
    (first, head, parent)
}

fn union(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut all = Vec::with_capacity(a.len() + b.len());
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    loop {
        let next = match (a.peek(), b.peek()) {
            (Some(x), Some(y)) if x == y => {
                b.next();
                a.next()
            }
            (Some(x), Some(y)) if x > y => b.next(),
            (Some(_), _) => a.next(),
            (None, _) => b.next(),
        };
        match next {
            Some(next) => all.push(*next),
            None => return all,
        }
    }
}
