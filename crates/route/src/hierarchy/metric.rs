//! Times in the hierarchy: all at once, or only where a road was closed or opened.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::{Hierarchy, NEVER, NONE};
use crate::graph::short;

/// The time of every step and arc for one class of vehicles.
#[derive(Clone, Debug)]
pub(crate) struct Metric {
    /// Time of each step.
    steps: Vec<u32>,
    /// Time of each arc upwards and downwards.
    pub up: Vec<u32>,
    pub down: Vec<u32>,
    /// Arcs that wait to be looked at again; kept for their memory.
    queue: BinaryHeap<Reverse<u32>>,
    queued: Vec<bool>,
}

/// The arcs that shortest ways need, without those that are longer than a way around: (other end, time, arc).
#[derive(Debug)]
pub(crate) struct Pruned {
    pub up_first: Vec<u32>,
    pub up: Vec<(u32, u32, u32)>,
    pub down_first: Vec<u32>,
    pub down: Vec<(u32, u32, u32)>,
}

impl Metric {
    /// All times anew.
    pub fn new(h: &Hierarchy, steps: Vec<u32>) -> Self {
        let arcs = h.arc_count();
        let (mut up, mut down) = (vec![NEVER; arcs], vec![NEVER; arcs]);
        for ((arc, upwards), time) in h.carried.iter().zip(&steps) {
            if *arc != NONE {
                let side = if *upwards { &mut up } else { &mut down };
                side[*arc as usize] = side[*arc as usize].min(*time);
            }
        }
        // The arc to each head of the arcs of the node at hand.
        for v in 0..short(h.count()) {
            let arcs = h.arcs(v);
            for a in arcs.clone() {
                let low = h.head[a];
                let mut others = h.arcs(low);
                for b in a + 1..arcs.end {
                    // Both lists ascend, and the lower node has all of these neighbours.
                    let Some(c) = others.find(|c| h.head[*c] == h.head[b]) else { break };
                    up[c] = up[c].min(down[a] + up[b]);
                    down[c] = down[c].min(down[b] + up[a]);
                }
            }
        }
        let queued = vec![false; up.len()];
        Self { steps, up, down, queue: BinaryHeap::new(), queued }
    }

    pub fn step(&self, step: u32) -> u32 {
        self.steps[step as usize]
    }

    /// Changes the times of some steps, and of the arcs that depend on them.
    pub fn change(&mut self, h: &Hierarchy, changes: impl Iterator<Item = (u32, u32)>) {
        for (step, time) in changes {
            if std::mem::replace(&mut self.steps[step as usize], time) != time {
                self.look_at(h.carried[step as usize].0);
            }
        }
        while let Some(Reverse(arc)) = self.queue.pop() {
            self.queued[arc as usize] = false;
            self.renew(h, arc);
        }
    }

    fn look_at(&mut self, arc: u32) {
        if arc != NONE && !std::mem::replace(&mut self.queued[arc as usize], true) {
            self.queue.push(Reverse(arc));
        }
    }

    /// The time of an arc from its steps and from the two arcs over each node below; those above it wait when it matters.
    fn renew(&mut self, h: &Hierarchy, arc: u32) {
        let a = arc as usize;
        let (before_up, before_down) = (self.up[a], self.down[a]);
        let (up, down) = self.fresh(h, a);
        if (up, down) == (before_up, before_down) {
            return;
        }
        (self.up[a], self.down[a]) = (up, down);
        let (tail, head) = (h.tail[a], h.head[a]);
        for b in h.arcs(tail) {
            let other = h.head[b];
            if other == head {
                continue;
            }
            let Some(c) = h.arc(head.min(other), head.max(other)) else { continue };
            let (to_other, to_head) = (self.up[b], self.down[b]);
            // From the head over the tail to the other end, and back: before and now.
            let there = (before_down + to_other, down + to_other);
            let back = (to_head + before_up, to_head + up);
            let (up, down) = if head < other { (there, back) } else { (back, there) };
            let matters = |(before, now): (u32, u32), time: u32| {
                (before == time && now > before) || now < time
            };
            if matters(up, self.up[c as usize]) || matters(down, self.down[c as usize]) {
                self.look_at(c);
            }
        }
    }

    fn fresh(&self, h: &Hierarchy, a: usize) -> (u32, u32) {
        let (mut up, mut down) = (NEVER, NEVER);
        for step in h.steps.of(a) {
            let side = if h.carried[*step as usize].1 { &mut up } else { &mut down };
            *side = (*side).min(self.steps[*step as usize]);
        }
        for (low, high) in below(h, a) {
            up = up.min(self.down[low] + self.up[high]);
            down = down.min(self.down[high] + self.up[low]);
        }
        (up, down)
    }

    /// What an arc stands for: a step, or two arcs over a lower node (down the first, up the second).
    pub fn inside(&self, h: &Hierarchy, arc: u32, upwards: bool) -> Option<Inside> {
        let a = arc as usize;
        let time = if upwards { self.up[a] } else { self.down[a] };
        let same = |step: &&u32| {
            self.steps[**step as usize] == time && h.carried[**step as usize].1 == upwards
        };
        if let Some(step) = h.steps.of(a).iter().find(same) {
            return Some(Inside::Step(*step));
        }
        below(h, a).find_map(|(low, high)| {
            let (first, second) = if upwards { (low, high) } else { (high, low) };
            (self.down[first] + self.up[second] == time)
                .then(|| Inside::Arcs(short(first), short(second)))
        })
    }

    /// Leaves out what is longer than a way around it.
    pub fn pruned(&self, h: &Hierarchy) -> Pruned {
        let (mut up, mut down) = (self.up.clone(), self.down.clone());
        for v in (0..short(h.count())).rev() {
            let arcs = h.arcs(v);
            for a in arcs.clone() {
                let mut others = h.arcs(h.head[a]);
                for b in a + 1..arcs.end {
                    let Some(c) = others.find(|c| h.head[*c] == h.head[b]) else { break };
                    up[a] = up[a].min(up[b] + down[c]);
                    up[b] = up[b].min(up[a] + up[c]);
                    down[a] = down[a].min(up[c] + down[b]);
                    down[b] = down[b].min(down[c] + down[a]);
                }
            }
        }
        let side = |times: &[u32], exact: &[u32]| {
            let (mut first, mut list) = (vec![0], Vec::new());
            for v in 0..short(h.count()) {
                let kept = h.arcs(v).filter(|a| times[*a] < NEVER && times[*a] == exact[*a]);
                list.extend(kept.map(|a| (h.head[a], times[a], short(a))));
                first.push(short(list.len()));
            }
            (first, list)
        };
        let ((up_first, up), (down_first, down)) = (side(&self.up, &up), side(&self.down, &down));
        Pruned { up_first, up, down_first, down }
    }
}

/// What an arc stands for.
pub(crate) enum Inside {
    Step(u32),
    Arcs(u32, u32),
}

/// The pairs of arcs from a lower node to both ends of an arc.
fn below(h: &Hierarchy, arc: usize) -> impl Iterator<Item = (usize, usize)> {
    let low = h.down.of(h.tail[arc] as usize);
    let high = h.down.of(h.head[arc] as usize);
    let (mut i, mut j) = (0, 0);
    std::iter::from_fn(move || {
        while let (Some(a), Some(b)) = (low.get(i), high.get(j)) {
            let (x, y) = (h.tail[*a as usize], h.tail[*b as usize]);
            match x.cmp(&y) {
                std::cmp::Ordering::Less => i += 1,
                std::cmp::Ordering::Greater => j += 1,
                std::cmp::Ordering::Equal => {
                    i += 1;
                    j += 1;
                    return Some((*a as usize, *b as usize));
                }
            }
        }
        None
    })
}
