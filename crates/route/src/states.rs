//! Where somebody can be, as far as the next turn is concerned: a node, or a node reached by a certain edge where turns cost
//! something. Searches run over these states.

use std::collections::BTreeMap;

use crate::{
    EdgeId, NodeId, RoadGraph,
    graph::{Lists, short},
};

/// A forbidden turn.
pub(crate) const BANNED: u32 = u32::MAX;
const NO_STATE: u32 = u32::MAX;

/// A step from one state to the next: through a node and along an edge.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub from: u32,
    pub to: u32,
    pub edge: EdgeId,
    /// Delay of the turn before the edge, ms.
    pub turn_ms: u32,
}

#[derive(Debug)]
pub(crate) struct States {
    /// The node that each state is at.
    node: Vec<NodeId>,
    /// State of a node that has only one.
    single: Vec<u32>,
    /// State at the end of each edge.
    head: Vec<u32>,
    steps: Vec<Step>,
    of_edge: Lists,
    of_node: Lists,
}

impl States {
    pub fn new(graph: &RoadGraph) -> Self {
        let mut delays = BTreeMap::new();
        let mut split = vec![false; graph.node_count()];
        for turn in graph.turns() {
            delays.insert((turn.from, turn.to), turn.delay_ms.unwrap_or(BANNED));
            let via = graph.edge(turn.from).map(|edge| edge.to.at());
            if let Some(flag) = via.and_then(|via| split.get_mut(via)) {
                *flag = true;
            }
        }
        let is_split = |node: NodeId| split.get(node.at()).copied().unwrap_or_default();
        let (mut node, mut single) = (Vec::new(), Vec::with_capacity(split.len()));
        let mut head = vec![NO_STATE; graph.edge_count()];
        for at in (0..short(split.len())).map(NodeId) {
            let first = short(node.len());
            if is_split(at) {
                single.push(NO_STATE);
            } else {
                single.push(first);
                node.push(at);
            }
            for edge in graph.arriving(at) {
                if let Some(head) = head.get_mut(edge.at()) {
                    *head = if is_split(at) { short(node.len()) } else { first };
                }
                if is_split(at) {
                    node.push(at);
                }
            }
        }
        let head_of = |edge: EdgeId| head.get(edge.at()).copied().unwrap_or(NO_STATE);
        let mut steps = Vec::new();
        for (id, edge) in (0..).map(EdgeId).zip(graph.edges()) {
            let to = head_of(id);
            match single.get(edge.from.at()) {
                Some(&from) if from != NO_STATE => {
                    steps.push(Step { from, to, edge: id, turn_ms: 0 });
                }
                _ => steps.extend(graph.arriving(edge.from).map(|before| Step {
                    from: head_of(before),
                    to,
                    edge: id,
                    turn_ms: delays.get(&(before, id)).copied().unwrap_or_default(),
                })),
            }
        }
        let of_edge = Lists::new(head.len(), steps.iter().map(|step| step.edge.at()));
        let of_node = Lists::new(split.len(), node.iter().map(|node| node.at()));
        Self { node, single, head, steps, of_edge, of_node }
    }

    pub fn count(&self) -> usize {
        self.node.len()
    }

    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Steps that go along an edge, by number.
    pub fn along(&self, edge: EdgeId) -> &[u32] {
        self.of_edge.of(edge.at())
    }

    /// The state at the end of an edge.
    pub fn head(&self, edge: EdgeId) -> Option<u32> {
        self.head.get(edge.at()).copied().filter(|state| *state != NO_STATE)
    }

    /// The only state of a node, where turns cost nothing.
    pub fn single(&self, node: NodeId) -> Option<u32> {
        self.single.get(node.at()).copied().filter(|state| *state != NO_STATE)
    }

    /// All states of a node.
    pub fn at(&self, node: NodeId) -> &[u32] {
        self.of_node.of(node.at())
    }

    /// The node of a state.
    pub fn node(&self, state: u32) -> Option<NodeId> {
        self.node.get(state as usize).copied()
    }
}
