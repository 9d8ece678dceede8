//! Questions to the hierarchy. The higher nodes that a node can reach are its ancestors in a tree, so that no queue is needed:
//! both ends walk up to the root.

use super::{Hierarchy, Metric, NEVER, NONE, Pruned, metric::Inside};
use crate::graph::{Lists, short};

/// Where a search begins or ends: a state, and what it costs to get to it or from it, ms.
pub(crate) type Source = (u32, u32);

/// Memory of searches, used again and again.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    there: Side,
    back: Side,
}

#[derive(Debug, Default)]
struct Side {
    time: Vec<u32>,
    /// Arc by which each node was reached.
    by: Vec<u32>,
    seen: Vec<bool>,
    chain: Vec<u32>,
}

impl Side {
    fn fit(&mut self, count: usize) {
        if self.time.len() != count {
            (self.time, self.by) = (vec![NEVER; count], vec![NONE; count]);
            (self.seen, self.chain) = (vec![false; count], Vec::new());
        }
    }

    /// The ancestors of some nodes, ascending, with the times to begin with.
    fn begin(&mut self, h: &Hierarchy, sources: &[Source]) {
        for (state, time) in sources {
            let mut v = h.rank[*state as usize];
            if *time < self.time[v as usize] {
                self.time[v as usize] = *time;
                self.by[v as usize] = NONE;
            }
            while v != NONE && !self.seen[v as usize] {
                self.seen[v as usize] = sources.len() > 1;
                self.chain.push(v);
                v = h.parent[v as usize];
            }
        }
        if sources.len() > 1 {
            self.chain.sort_unstable();
        }
    }

    fn end(&mut self) {
        for v in self.chain.drain(..) {
            self.time[v as usize] = NEVER;
            self.seen[v as usize] = false;
        }
    }

    #[inline]
    fn relax<const WAY: bool>(&mut self, head: u32, time: u32, arc: u32) {
        if time < self.time[head as usize] {
            self.time[head as usize] = time;
            if WAY {
                self.by[head as usize] = arc;
            }
        }
    }
}

/// A shortest way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Legs {
    /// Time, ms.
    pub time: u32,
    /// Steps in the order of the way.
    pub steps: Vec<u32>,
    /// States at both ends.
    pub ends: (u32, u32),
}

/// The hierarchy with times: all arcs, or only those that are needed where these are known.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub h: &'a Hierarchy,
    pub metric: &'a Metric,
    pub pruned: Option<&'a Pruned>,
}

impl View<'_> {
    fn relax_up<const WAY: bool>(&self, side: &mut Side, v: u32, time: u32) {
        if let Some(p) = self.pruned {
            let range = p.up_first[v as usize] as usize..p.up_first[v as usize + 1] as usize;
            for (head, arc_time, arc) in &p.up[range] {
                side.relax::<WAY>(*head, time + arc_time, *arc);
            }
            return;
        }
        let arcs = self.h.arcs(v);
        let arcs = arcs.clone().zip(&self.h.head[arcs.clone()]).zip(&self.metric.up[arcs]);
        for ((arc, head), arc_time) in arcs {
            side.relax::<WAY>(*head, time + arc_time, short(arc));
        }
    }

    fn relax_down<const WAY: bool>(&self, side: &mut Side, v: u32, time: u32) {
        if let Some(p) = self.pruned {
            let range = p.down_first[v as usize] as usize..p.down_first[v as usize + 1] as usize;
            for (head, arc_time, arc) in &p.down[range] {
                side.relax::<WAY>(*head, time + arc_time, *arc);
            }
            return;
        }
        let arcs = self.h.arcs(v);
        let arcs = arcs.clone().zip(&self.h.head[arcs.clone()]).zip(&self.metric.down[arcs]);
        for ((arc, head), arc_time) in arcs {
            side.relax::<WAY>(*head, time + arc_time, short(arc));
        }
    }

    /// The least time from one of the sources to one of the targets, ms.
    pub fn time(&self, scratch: &mut Scratch, from: &[Source], to: &[Source]) -> Option<u32> {
        let met = self.meet::<false>(scratch, from, to);
        scratch.end();
        met.map(|(_, time)| time)
    }

    /// The shortest way from one of the sources to one of the targets.
    pub fn way(&self, scratch: &mut Scratch, from: &[Source], to: &[Source]) -> Option<Legs> {
        let met = self.meet::<true>(scratch, from, to);
        let legs = met.map(|(node, time)| self.legs(scratch, node, time));
        scratch.end();
        legs
    }

    /// The best node where both searches meet.
    fn meet<const WAY: bool>(
        &self,
        scratch: &mut Scratch,
        from: &[Source],
        to: &[Source],
    ) -> Option<(u32, u32)> {
        let Scratch { there, back } = scratch;
        there.begin(self.h, from);
        back.begin(self.h, to);
        let (mut best, mut at) = (NEVER, NONE);
        let (mut i, mut j) = (0, 0);
        loop {
            let (a, b) = (there.chain.get(i).copied(), back.chain.get(j).copied());
            let (a, b) = (a.unwrap_or(NONE), b.unwrap_or(NONE));
            let v = a.min(b);
            if v == NONE {
                break;
            }
            let (x, y) = (there.time[v as usize], back.time[v as usize]);
            if x + y < best {
                (best, at) = (x + y, v);
            }
            if a == v {
                i += 1;
                if x < best {
                    self.relax_up::<WAY>(there, v, x);
                }
            }
            if b == v {
                j += 1;
                if y < best {
                    self.relax_down::<WAY>(back, v, y);
                }
            }
        }
        (at != NONE).then_some((at, best))
    }

    fn legs(&self, scratch: &Scratch, meeting: u32, time: u32) -> Legs {
        let mut steps = Vec::new();
        let (mut first, mut arcs) = (meeting, Vec::new());
        while scratch.there.by[first as usize] != NONE {
            let arc = scratch.there.by[first as usize];
            arcs.push((arc, true));
            first = self.h.tail[arc as usize];
        }
        arcs.reverse();
        let mut last = meeting;
        while scratch.back.by[last as usize] != NONE {
            let arc = scratch.back.by[last as usize];
            arcs.push((arc, false));
            last = self.h.tail[arc as usize];
        }
        // The next arc is taken from the end.
        arcs.reverse();
        while let Some((arc, upwards)) = arcs.pop() {
            match self.metric.inside(self.h, arc, upwards) {
                Some(Inside::Step(step)) => steps.push(step),
                Some(Inside::Arcs(down, up)) => arcs.extend([(up, true), (down, false)]),
                None => {}
            }
        }
        Legs { time, steps, ends: (self.h.state[first as usize], self.h.state[last as usize]) }
    }

    /// Prepares a set of targets for many sources.
    pub fn targets(&self, scratch: &mut Scratch, targets: &[Vec<Source>]) -> Targets {
        let mut all: Vec<(u32, u32, u32)> = Vec::new();
        for (number, to) in targets.iter().enumerate() {
            scratch.back.begin(self.h, to);
            for place in 0..scratch.back.chain.len() {
                let v = scratch.back.chain[place];
                let time = scratch.back.time[v as usize];
                if time < NEVER {
                    all.push((v, short(number), time));
                    self.relax_down::<false>(&mut scratch.back, v, time);
                }
            }
            scratch.back.end();
        }
        let lists = Lists::new(self.h.count(), all.iter().map(|(v, ..)| *v as usize));
        Targets {
            lists,
            times: all.iter().map(|(_, n, time)| (*n, *time)).collect(),
            count: targets.len(),
        }
    }

    /// Times from one of the sources to each target; `NEVER` where no way leads.
    pub fn times(&self, scratch: &mut Scratch, from: &[Source], targets: &Targets) -> Vec<u32> {
        let mut best = vec![NEVER; targets.count];
        scratch.there.begin(self.h, from);
        for place in 0..scratch.there.chain.len() {
            let v = scratch.there.chain[place];
            let time = scratch.there.time[v as usize];
            if time < NEVER {
                for entry in targets.lists.of(v as usize) {
                    let (target, rest) = targets.times[*entry as usize];
                    let slot = &mut best[target as usize];
                    *slot = (*slot).min(time + rest);
                }
                self.relax_up::<false>(&mut scratch.there, v, time);
            }
        }
        scratch.there.end();
        best
    }
}

/// Targets with the way up from each to the root.
#[derive(Debug)]
pub(crate) struct Targets {
    lists: Lists,
    times: Vec<(u32, u32)>,
    count: usize,
}

impl Scratch {
    pub fn new(h: &Hierarchy) -> Self {
        let mut made = Self::default();
        made.there.fit(h.count());
        made.back.fit(h.count());
        made
    }

    fn end(&mut self) {
        self.there.end();
        self.back.end();
    }
}
