//! Small parts: the node with the fewest neighbours first.

use super::Adjacency;

/// Nodes of a part that is not cut any further: their neighbours fit into the bits of a word.
pub(super) const MOST: usize = 40;

pub(super) fn order(graph: &Adjacency) -> Vec<u32> {
    let mut near: Vec<(u32, u64)> = (0..crate::graph::short(graph.count()))
        .map(|v| (v, graph.of(v).iter().fold(0, |bits, w| bits | 1_u64 << w)))
        .collect();
    let mut order = Vec::with_capacity(near.len());
    while let Some(best) = near.iter().enumerate().min_by_key(|(_, (_, bits))| bits.count_ones()) {
        let (v, bits) = near.swap_remove(best.0);
        order.push(v);
        for (w, other) in &mut near {
            if bits & (1 << *w) != 0 {
                *other = (*other | bits) & !(1 << *w) & !(1 << v);
            }
        }
    }
    order
}
