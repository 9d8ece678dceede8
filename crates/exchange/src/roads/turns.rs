//! Turns at crossings: those that are forbidden, and what the others cost.

use std::collections::{BTreeMap, BTreeSet};

use helan_route::{Edge, EdgeId, NodeId, Place, Turn};
use osmpbf::{RelMemberType, Relation};

use super::Extract;
use crate::osm::tag;

/// What turns cost where at least three roads meet, ms. Planning values for driving on the right; vehicles in action are not spared
/// them, for they slow down too.
#[derive(Clone, Copy, Debug)]
pub struct TurnDelays {
    /// Turning round.
    pub back_ms: u32,
    /// To the left, across the others.
    pub left_ms: u32,
    /// To the right.
    pub right_ms: u32,
    /// A crossing with signals, in any direction.
    pub signals_ms: u32,
}

impl Default for TurnDelays {
    fn default() -> Self {
        Self { back_ms: 20_000, left_ms: 6_000, right_ms: 2_500, signals_ms: 8_000 }
    }
}

/// Angles beyond which a change of direction is a turn, and beyond which it is turning round, degrees.
const TURN_DEG: f64 = 40.0;
const BACK_DEG: f64 = 170.0;

/// A relation that forbids turns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Restriction {
    from: Vec<i64>,
    via: i64,
    to: Vec<i64>,
    /// Every other turn is forbidden.
    only: bool,
}

impl Restriction {
    /// Restrictions over a node; those over ways and for some hours only are left out.
    pub(super) fn read(relation: &Relation<'_>) -> Option<Self> {
        let tags: Vec<(&str, &str)> = relation.tags().collect();
        if tag(&tags, "type") != Some("restriction") {
            return None;
        }
        let kind = tag(&tags, "restriction").or_else(|| tag(&tags, "restriction:motorcar"))?;
        let only = kind.starts_with("only_");
        if !only && !kind.starts_with("no_") {
            return None;
        }
        let (mut from, mut via, mut to) = (Vec::new(), Vec::new(), Vec::new());
        for member in relation.members() {
            match (member.role().unwrap_or_default(), member.member_type) {
                ("from", RelMemberType::Way) => from.push(member.member_id),
                ("to", RelMemberType::Way) => to.push(member.member_id),
                ("via", RelMemberType::Node) => via.push(member.member_id),
                ("via", _) => return None,
                _ => {}
            }
        }
        let [via] = via[..] else { return None };
        (!from.is_empty() && !to.is_empty()).then_some(Self { from, via, to, only })
    }
}

/// An edge at a crossing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arm {
    id: EdgeId,
    from: NodeId,
    to: NodeId,
    /// Directions at its beginning and at its end, degrees.
    begins_deg: f64,
    ends_deg: f64,
    /// The other direction of the same road.
    twin: Option<EdgeId>,
}

impl Arm {
    /// `turned`: the edge runs against the line; `both`: there is an edge for each direction, one after the other.
    pub(super) fn new(id: EdgeId, edge: &Edge, line: &[Place], turned: bool, both: bool) -> Self {
        let bearing = |pair: &[Place], back: bool| match pair {
            [a, b] if back => b.bearing_deg(*a),
            [a, b] => a.bearing_deg(*b),
            _ => 0.0,
        };
        let (first, last) = (line.windows(2).next(), line.windows(2).next_back());
        let (begin, end) = if turned { (last, first) } else { (first, last) };
        let twin = if turned { id.0.checked_sub(1) } else { id.0.checked_add(1) };
        Self {
            id,
            from: edge.from,
            to: edge.to,
            begins_deg: begin.map_or(0.0, |pair| bearing(pair, turned)),
            ends_deg: end.map_or(0.0, |pair| bearing(pair, turned)),
            twin: twin.filter(|_| both).map(EdgeId),
        }
    }
}

/// All turns that cost something or are forbidden.
pub(super) fn turns(
    arms: &[Arm],
    by_way: &BTreeMap<i64, Vec<Arm>>,
    extract: &Extract,
    known: &BTreeMap<i64, NodeId>,
    delays: &TurnDelays,
) -> Vec<Turn> {
    let (mut into, mut out) = (BTreeMap::<_, Vec<&Arm>>::new(), BTreeMap::<_, Vec<&Arm>>::new());
    for arm in arms {
        into.entry(arm.to).or_default().push(arm);
        out.entry(arm.from).or_default().push(arm);
    }
    let signals = extract.on_node.iter().filter(|(_, on)| on.signals);
    let signals: BTreeSet<NodeId> = signals.filter_map(|(id, _)| known.get(id)).copied().collect();
    let mut turns = BTreeMap::new();
    for (node, into) in &into {
        let out = out.get(node).map(Vec::as_slice).unwrap_or_default();
        let here = into.iter().map(|arm| arm.id.0.min(arm.twin.map_or(u32::MAX, |twin| twin.0)));
        let there = out.iter().map(|arm| arm.id.0.min(arm.twin.map_or(u32::MAX, |twin| twin.0)));
        let roads: BTreeSet<u32> = here.chain(there).collect();
        if roads.len() < 3 {
            continue;
        }
        let signals_ms = if signals.contains(node) { delays.signals_ms } else { 0 };
        for (from, to) in into.iter().flat_map(|from| out.iter().map(move |to| (from, to))) {
            let delay = delay(from, to, delays) + signals_ms;
            if delay > 0 {
                turns.insert((from.id, to.id), Some(delay));
            }
        }
    }
    for restriction in &extract.restrictions {
        let Some(via) = known.get(&restriction.via) else { continue };
        let of = |ways: &[i64]| -> Vec<&Arm> {
            ways.iter().filter_map(|way| by_way.get(way)).flatten().collect()
        };
        let named: BTreeSet<EdgeId> =
            of(&restriction.to).iter().filter(|arm| arm.from == *via).map(|arm| arm.id).collect();
        if named.is_empty() {
            continue;
        }
        let leaving = out.get(via).map(Vec::as_slice).unwrap_or_default();
        for from in of(&restriction.from).into_iter().filter(|arm| arm.to == *via) {
            for to in leaving.iter().filter(|to| named.contains(&to.id) != restriction.only) {
                turns.insert((from.id, to.id), None);
            }
        }
    }
    turns.into_iter().map(|((from, to), delay_ms)| Turn { from, to, delay_ms }).collect()
}

fn delay(from: &Arm, to: &Arm, delays: &TurnDelays) -> u32 {
    let right_deg = (to.begins_deg - from.ends_deg + 540.0).rem_euclid(360.0) - 180.0;
    match () {
        () if from.twin == Some(to.id) || right_deg.abs() > BACK_DEG => delays.back_ms,
        () if right_deg > TURN_DEG => delays.right_ms,
        () if right_deg < -TURN_DEG => delays.left_ms,
        () => 0,
    }
}
