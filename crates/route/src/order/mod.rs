//! The order in which nodes are contracted: nested dissection by small cuts (Dibbelt, Strasser, Wagner: Customizable Contraction
//! Hierarchies, 2016; the cuts are those of Schild and Sommer: On Balanced Separators in Road Networks, 2015).
//!
//! Where there are no coordinates, hop distances from far-apart nodes stand for them.

#![expect(
    clippy::indexing_slicing,
    reason = "all numbers are made here from the same graph, and lie within it"
)]

mod cut;
mod leaf;

use crate::graph::short;

/// An undirected graph without loops and double edges: neighbours of each node.
#[derive(Clone, Debug, Default)]
pub(crate) struct Adjacency {
    pub first: Vec<u32>,
    pub heads: Vec<u32>,
}

impl Adjacency {
    /// From pairs in any order and direction.
    pub fn new(nodes: usize, pairs: impl Iterator<Item = (u32, u32)>) -> Self {
        let mut both: Vec<(u32, u32)> =
            pairs.filter(|(a, b)| a != b).flat_map(|(a, b)| [(a, b), (b, a)]).collect();
        both.sort_unstable();
        both.dedup();
        let mut first = vec![0; nodes + 1];
        for (a, _) in &both {
            first[*a as usize + 1] += 1;
        }
        for at in 0..nodes {
            first[at + 1] += first[at];
        }
        Self { first, heads: both.into_iter().map(|(_, b)| b).collect() }
    }

    pub fn count(&self) -> usize {
        self.first.len().saturating_sub(1)
    }

    pub fn of(&self, node: u32) -> &[u32] {
        &self.heads[self.first[node as usize] as usize..self.first[node as usize + 1] as usize]
    }
}

/// Nodes from the least important to the most important one. `spots` are coordinates of the nodes, or empty.
pub(crate) fn order(graph: &Adjacency, spots: &[[f32; 2]]) -> Vec<u32> {
    let (mut order, rest, kept) = reduce(graph);
    let spots: Vec<[f32; 2]> =
        kept.iter().filter_map(|v| spots.get(*v as usize).copied()).collect();
    order.extend(dissect(&rest, &spots).into_iter().map(|v| kept[v as usize]));
    order
}

/// Takes away nodes with at most two neighbours, round by round so that no long chains come of it: what is left is smaller and
/// as hard as before. Gives these nodes in order, and the rest with its old numbers.
fn reduce(graph: &Adjacency) -> (Vec<u32>, Adjacency, Vec<u32>) {
    let nodes = short(graph.count());
    let mut near: Vec<Vec<u32>> = (0..nodes).map(|v| graph.of(v).to_vec()).collect();
    let mut gone = vec![false; near.len()];
    let mut touched = vec![0_u32; near.len()];
    let mut order = Vec::new();
    let mut candidates: Vec<u32> = (0..nodes).collect();
    for round in 1.. {
        let mut next = Vec::new();
        for v in candidates {
            if gone[v as usize] || near[v as usize].len() > 2 {
                continue;
            }
            if touched[v as usize] == round {
                next.push(v);
                continue;
            }
            gone[v as usize] = true;
            order.push(v);
            let ends = std::mem::take(&mut near[v as usize]);
            for end in &ends {
                touched[*end as usize] = round;
                near[*end as usize].retain(|other| *other != v);
                next.push(*end);
            }
            if let [a, b] = ends[..]
                && !near[a as usize].contains(&b)
            {
                near[a as usize].push(b);
                near[b as usize].push(a);
            }
        }
        if next.is_empty() {
            break;
        }
        next.sort_unstable();
        next.dedup();
        candidates = next;
    }
    let kept: Vec<u32> = (0..nodes).filter(|v| !gone[*v as usize]).collect();
    let mut new = vec![u32::MAX; near.len()];
    for (number, v) in kept.iter().enumerate() {
        new[*v as usize] = short(number);
    }
    let pairs = kept.iter().flat_map(|v| near[*v as usize].iter().map(|w| (*v, *w)));
    let pairs = pairs.map(|(v, w)| (new[v as usize], new[w as usize]));
    let rest = Adjacency::new(kept.len(), pairs);
    (order, rest, kept)
}

/// Cuts the graph in two again and again; the nodes of a cut come after those of both sides.
fn dissect(graph: &Adjacency, spots: &[[f32; 2]]) -> Vec<u32> {
    let mut order = vec![0; graph.count()];
    let mut local = vec![u32::MAX; graph.count()];
    // Parts that wait: their nodes, and where in the order they begin.
    let mut waiting: Vec<(Vec<u32>, usize)> = vec![((0..short(graph.count())).collect(), 0)];
    while let Some((nodes, start)) = waiting.pop() {
        let part = part(graph, &nodes, &mut local);
        if nodes.len() <= leaf::MOST {
            for (place, v) in leaf::order(&part).into_iter().enumerate() {
                order[start + place] = nodes[v as usize];
            }
            continue;
        }
        let pieces = cut::components(&part);
        if pieces.len() > 1 {
            let mut start = start;
            for piece in pieces {
                let piece: Vec<u32> = piece.into_iter().map(|v| nodes[v as usize]).collect();
                let next = start + piece.len();
                waiting.push((piece, start));
                start = next;
            }
            continue;
        }
        let here: Vec<[f32; 2]> =
            nodes.iter().filter_map(|v| spots.get(*v as usize).copied()).collect();
        let sides = cut::cut(&part, &here);
        let mut halves = [Vec::new(), Vec::new()];
        let mut last = start + nodes.len();
        for (v, side) in nodes.iter().zip(sides) {
            match side {
                cut::Side::Left => halves[0].push(*v),
                cut::Side::Right => halves[1].push(*v),
                cut::Side::Between => {
                    last -= 1;
                    order[last] = *v;
                }
            }
        }
        let [left, right] = halves;
        let middle = start + left.len();
        waiting.push((left, start));
        waiting.push((right, middle));
    }
    order
}

/// The graph between some of the nodes, which are numbered anew.
fn part(graph: &Adjacency, nodes: &[u32], local: &mut [u32]) -> Adjacency {
    for (number, v) in nodes.iter().enumerate() {
        local[*v as usize] = short(number);
    }
    let mut part = Adjacency { first: vec![0], heads: Vec::new() };
    for v in nodes {
        let inside = graph.of(*v).iter().map(|w| local[*w as usize]);
        part.heads.extend(inside.filter(|w| *w != u32::MAX));
        part.first.push(short(part.heads.len()));
    }
    for v in nodes {
        local[*v as usize] = u32::MAX;
    }
    part
}
