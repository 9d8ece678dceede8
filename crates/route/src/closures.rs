//! What is closed now: areas that nobody may enter, and single roads.

use std::{collections::BTreeMap, sync::Arc};

use crate::{Area, EdgeId, Network, Place, RouteError, area::Touch};

/// Closures at a time, at most: more are a mistake of the caller.
const MAX_CLOSURES: usize = 10_000;

/// Everything that is closed, by key. Cheap to copy.
///
/// Nobody may enter an area: a road that touches it is closed. Whoever is inside may leave, along roads that lead out and never
/// back in; inside, roads may be used that way too. A single closed road is closed for all; who stands on it may leave it.
#[derive(Clone, Debug, Default)]
pub struct Closures {
    by_key: BTreeMap<String, Arc<Closed>>,
}

#[derive(Debug)]
struct Closed {
    area: Option<Area>,
    /// Edges, ascending, and whether each only leads out.
    edges: Vec<(EdgeId, bool)>,
}

/// How an edge is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shut {
    /// Who is inside may leave by it.
    LeadsOut,
    /// For everybody.
    Closed,
}

/// Which part of an edge is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// From a place on it to its end: away from it.
    Off,
    /// From a place on it, or its beginning, to another place on it.
    Along,
    /// From its beginning to a place on it, by somebody who comes from elsewhere.
    Onto,
}

impl Closures {
    /// Closes an area; one that was closed with the same key is opened. Gives the number of edges that touch it.
    ///
    /// # Errors
    /// When the graph has no coordinates, or too much is closed.
    pub fn close_area(
        &mut self,
        network: &Network,
        key: &str,
        area: Area,
    ) -> Result<usize, RouteError> {
        if !network.graph().has_places() {
            return Err(RouteError::NoCoordinates);
        }
        let edges = network.touched(&area);
        self.put(key, Closed { area: Some(area), edges })
    }

    /// Closes single edges; what was closed with the same key is opened. Gives their number.
    ///
    /// # Errors
    /// When an edge is not in the graph, or too much is closed.
    pub fn close_edges(
        &mut self,
        network: &Network,
        key: &str,
        edges: &[EdgeId],
    ) -> Result<usize, RouteError> {
        let known = |edge: &EdgeId| network.graph().edge(*edge).is_some();
        if let Some(edge) = edges.iter().find(|edge| !known(edge)) {
            return Err(RouteError::UnknownEdge(edge.0));
        }
        let mut edges: Vec<_> = edges.iter().map(|edge| (*edge, false)).collect();
        edges.sort_unstable();
        edges.dedup();
        self.put(key, Closed { area: None, edges })
    }

    fn put(&mut self, key: &str, closed: Closed) -> Result<usize, RouteError> {
        if self.by_key.len() >= MAX_CLOSURES && !self.by_key.contains_key(key) {
            return Err(RouteError::TooLarge { what: "closures", most: MAX_CLOSURES });
        }
        let count = closed.edges.len();
        self.by_key.insert(key.to_owned(), Arc::new(closed));
        Ok(count)
    }

    /// Opens what was closed with a key; whether there was something.
    pub fn open(&mut self, key: &str) -> bool {
        self.by_key.remove(key).is_some()
    }

    /// Keys of what is closed.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.by_key.keys().map(String::as_str)
    }

    /// Whether nothing is closed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    /// The key of a closed area that holds a place.
    #[must_use]
    pub fn area_at(&self, place: Place) -> Option<&str> {
        let holds = |closed: &Closed| closed.area.as_ref().is_some_and(|area| area.holds(place));
        self.by_key.iter().find(|(_, closed)| holds(closed)).map(|(key, _)| key.as_str())
    }

    /// All closed edges.
    pub(crate) fn edges(&self) -> BTreeMap<EdgeId, Shut> {
        let mut all = BTreeMap::new();
        for (edge, leads_out) in self.by_key.values().flat_map(|closed| &closed.edges) {
            let shut = all.entry(*edge).or_insert(Shut::LeadsOut);
            if !leads_out {
                *shut = Shut::Closed;
            }
        }
        all
    }

    /// Whether a part of an edge may be used: it touches no area or only leads out of it, and the road is open or left.
    pub(crate) fn passes(&self, edge: EdgeId, line: &[Place], part: Part) -> bool {
        self.by_key.values().all(|closed| {
            if closed.edges.binary_search_by_key(&edge, |(edge, _)| *edge).is_err() {
                return true;
            }
            match closed.area.as_ref().map(|area| area.touch(line)) {
                Some(Touch::No) => true,
                Some(Touch::Leaves) => part != Part::Onto,
                Some(Touch::Enters) => false,
                // On a closed road itself: away from it, but not to it and not along it.
                None => part == Part::Off,
            }
        })
    }
}
