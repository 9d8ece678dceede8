//! Small cuts: the nodes are sorted along a line, the first ones become a source, the last ones a drain, and the smallest set of
//! edges that parts both is a largest flow.

use std::collections::VecDeque;

use super::Adjacency;
use crate::graph::short;

/// Share of the nodes that become the source, and that become the drain.
const ENDS: f64 = 0.25;

/// Where a node lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
    Between,
}

/// The connected parts, each in ascending order.
pub(super) fn components(graph: &Adjacency) -> Vec<Vec<u32>> {
    let mut of = vec![usize::MAX; graph.count()];
    let mut count = 0;
    for start in 0..short(graph.count()) {
        if of[start as usize] != usize::MAX {
            continue;
        }
        of[start as usize] = count;
        let mut stack = vec![start];
        while let Some(v) = stack.pop() {
            for w in graph.of(v) {
                if of[*w as usize] == usize::MAX {
                    of[*w as usize] = count;
                    stack.push(*w);
                }
            }
        }
        count += 1;
    }
    let mut parts = vec![Vec::new(); count];
    for (v, part) in of.into_iter().enumerate() {
        parts[part].push(short(v));
    }
    parts
}

/// The best cut of a connected graph along several lines.
pub(super) fn cut(graph: &Adjacency, spots: &[[f32; 2]]) -> Vec<Side> {
    let mut flow = Flow::new(graph);
    let mut best: Option<(usize, usize, Vec<Side>)> = None;
    for line in lines(graph, spots) {
        let most = best.as_ref().map_or(usize::MAX, |(size, ..)| *size);
        let Some(sides) = flow.cut(graph, &line, most) else { continue };
        let count = |side| sides.iter().filter(|s| **s == side).count();
        let (left, right) = (count(Side::Left), count(Side::Right));
        let (size, larger) = (graph.count() - left - right, left.max(right));
        if best.as_ref().is_none_or(|(s, l, _)| (size, larger) < (*s, *l)) {
            best = Some((size, larger, sides));
        }
    }
    // Without a line there is nothing to part.
    best.map_or_else(|| vec![Side::Between; graph.count()], |(.., sides)| sides)
}

/// Nodes in the orders that are tried.
fn lines(graph: &Adjacency, spots: &[[f32; 2]]) -> Vec<Vec<u32>> {
    let sorted = |key: &dyn Fn(usize) -> f64| {
        let mut line: Vec<u32> = (0..short(graph.count())).collect();
        line.sort_by(|a, b| key(*a as usize).total_cmp(&key(*b as usize)).then(a.cmp(b)));
        line
    };
    let mut lines = Vec::new();
    if spots.len() == graph.count() {
        for (x, y) in [(1.0, 0.0), (0.0, 1.0), (1.0, 1.0), (1.0, -1.0)] {
            lines.push(sorted(&|v| f64::from(spots[v][0]) * x + f64::from(spots[v][1]) * y));
        }
    }
    let far = |hops: &[Vec<u32>]| {
        let least = |v: usize| hops.iter().map(|hops| hops[v]).min().unwrap_or_default();
        (0..graph.count()).max_by_key(|v| (least(*v), std::cmp::Reverse(*v))).unwrap_or_default()
    };
    let a = hops(graph, far(&[hops(graph, 0)]));
    let b = hops(graph, far(std::slice::from_ref(&a)));
    let c = hops(graph, far(&[a.clone(), b.clone()]));
    let d = hops(graph, far(&[a.clone(), b.clone(), c.clone()]));
    for (x, y) in [(&a, &b), (&c, &d), (&a, &c), (&a, &d), (&b, &c), (&b, &d)] {
        lines.push(sorted(&|v| f64::from(x[v]) - f64::from(y[v])));
    }
    lines
}

/// Steps from a node to all others of a connected graph.
fn hops(graph: &Adjacency, start: usize) -> Vec<u32> {
    let mut hops = vec![u32::MAX; graph.count()];
    hops[start] = 0;
    let mut queue = VecDeque::from([short(start)]);
    while let Some(v) = queue.pop_front() {
        for w in graph.of(v) {
            if hops[*w as usize] == u32::MAX {
                hops[*w as usize] = hops[v as usize] + 1;
                queue.push_back(*w);
            }
        }
    }
    hops
}

/// Largest flow where every edge carries one.
struct Flow {
    /// The other direction of each half edge.
    back: Vec<u32>,
    /// What flows along each half edge: −1, 0 or 1.
    flow: Vec<i8>,
    /// Half edge by which each node was reached.
    by: Vec<u32>,
    queue: Vec<u32>,
}

const NOT: u32 = u32::MAX;
const START: u32 = u32::MAX - 1;

impl Flow {
    fn new(graph: &Adjacency) -> Self {
        let mut back = vec![NOT; graph.heads.len()];
        // Neighbours are ascending, so the halves of an edge come up in the same order on both sides.
        let mut next: Vec<u32> = graph.first.clone();
        for v in 0..short(graph.count()) {
            for half in graph.first[v as usize]..graph.first[v as usize + 1] {
                let w = graph.heads[half as usize];
                back[half as usize] = next[w as usize];
                next[w as usize] += 1;
            }
        }
        let (flow, by) = (vec![0; graph.heads.len()], vec![NOT; graph.count()]);
        Self { back, flow, by, queue: Vec::new() }
    }

    /// The cut along a line; none when it has more than `most` edges.
    fn cut(&mut self, graph: &Adjacency, line: &[u32], most: usize) -> Option<Vec<Side>> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a share of a count"
        )]
        let ends = ((line.len() as f64 * ENDS) as usize).max(1);
        let mut drain = vec![false; graph.count()];
        for v in &line[line.len() - ends..] {
            drain[*v as usize] = true;
        }
        self.flow.fill(0);
        let mut size = 0;
        while let Some(end) = self.search(graph, &line[..ends], &drain) {
            size += 1;
            if size > most {
                return None;
            }
            let mut at = end;
            while self.by[at as usize] != START {
                let half = self.by[at as usize] as usize;
                self.flow[half] += 1;
                self.flow[self.back[half] as usize] -= 1;
                at = graph.heads[self.back[half] as usize];
            }
        }
        Some(self.sides(graph))
    }

    /// A way from the source to the drain on which more can flow.
    fn search(&mut self, graph: &Adjacency, source: &[u32], drain: &[bool]) -> Option<u32> {
        self.by.fill(NOT);
        self.queue.clear();
        for v in source {
            self.by[*v as usize] = START;
            self.queue.push(*v);
        }
        let mut next = 0;
        while let Some(v) = self.queue.get(next).copied() {
            next += 1;
            for half in graph.first[v as usize]..graph.first[v as usize + 1] {
                let w = graph.heads[half as usize];
                if self.by[w as usize] == NOT && self.flow[half as usize] < 1 {
                    self.by[w as usize] = half;
                    if drain[w as usize] {
                        return Some(w);
                    }
                    self.queue.push(w);
                }
            }
        }
        None
    }

    /// After the last search: what was reached is left; of the two rows of nodes along the cut the shorter one is between.
    fn sides(&self, graph: &Adjacency) -> Vec<Side> {
        let reached = |v: u32| self.by[v as usize] != NOT;
        let border = |left: bool| -> Vec<u32> {
            (0..short(graph.count()))
                .filter(|v| reached(*v) == left && graph.of(*v).iter().any(|w| reached(*w) != left))
                .collect()
        };
        let (near, beyond) = (border(true), border(false));
        let mut sides: Vec<Side> = (0..short(graph.count()))
            .map(|v| if reached(v) { Side::Left } else { Side::Right })
            .collect();
        for v in if near.len() <= beyond.len() { near } else { beyond } {
            sides[v as usize] = Side::Between;
        }
        sides
    }
}
