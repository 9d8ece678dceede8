//! Questions about ways, one after the other.

use crate::{
    EdgeId, Place, RouteError, Spot, Ways,
    hierarchy::{NEVER, Scratch, Source},
    place::part,
    ways::{sources, targets},
};

/// Sources or targets of a matrix, at most; sources times targets, at most.
const MAX_SIDE: usize = 100_000;
const MAX_CELLS: usize = 25_000_000;

/// Answers questions; keeps the memory that they need. One for each thread, over the same ways.
#[derive(Debug)]
pub struct Router<'a> {
    ways: &'a Ways,
    scratch: Scratch,
}

/// A way through the network.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Route {
    /// How long it takes, ms.
    pub time_ms: u32,
    /// How long it is, metres; 0 where the graph knows no lengths.
    pub length_m: f64,
    /// Its edges, in order.
    pub edges: Vec<EdgeId>,
    /// Where on the first edge it begins, and where on the last it ends: shares of their lengths.
    pub shares: (f64, f64),
}

/// Times between many spots, ms.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Matrix {
    /// A row for each source, in it a time for each target; none where no way leads.
    pub rows_ms: Vec<Vec<Option<u32>>>,
}

impl<'a> Router<'a> {
    /// A router over ways.
    #[must_use]
    pub fn new(ways: &'a Ways) -> Self {
        Self { ways, scratch: Scratch::new(&ways.network().hierarchy) }
    }

    /// The ways.
    #[must_use]
    pub fn ways(&self) -> &'a Ways {
        self.ways
    }

    /// The time of the quickest way, ms.
    ///
    /// # Errors
    /// When a spot is not in the graph, the target lies in a closed area, or no way leads there.
    pub fn time_ms(&mut self, from: Spot, to: Spot) -> Result<u32, RouteError> {
        if let (Spot::Node(a), Spot::Node(b)) = (from, to)
            && self.ways.closures().is_empty()
            && let Some((a, b)) =
                self.ways.network().states.single(a).zip(self.ways.network().states.single(b))
        {
            let found = self.ways.view().time(&mut self.scratch, &[(a, 0)], &[(b, 0)]);
            return found.ok_or(RouteError::NoWay);
        }
        let (starts, goals) = (self.ways.starts(from)?, self.ways.goals(to)?);
        if Ways::same(from, to).is_some() {
            return Ok(0);
        }
        let found = self.ways.view().time(&mut self.scratch, &sources(&starts), &targets(&goals));
        let direct = self.ways.direct(from, to).map(|(.., time)| time);
        found.into_iter().chain(direct).min().ok_or(RouteError::NoWay)
    }

    /// The quickest way. It never enters a closed area; one that begins in such an area leads out of it.
    ///
    /// # Errors
    /// When a spot is not in the graph, the target lies in a closed area, or no way leads there.
    pub fn route(&mut self, from: Spot, to: Spot) -> Result<Route, RouteError> {
        let (starts, goals) = (self.ways.starts(from)?, self.ways.goals(to)?);
        if Ways::same(from, to).is_some() {
            return Ok(Route { time_ms: 0, length_m: 0.0, edges: Vec::new(), shares: (0.0, 0.0) });
        }
        let legs = self.ways.view().way(&mut self.scratch, &sources(&starts), &targets(&goals));
        let direct = self.ways.direct(from, to);
        if let Some((edge, begin, end, time)) = direct
            && legs.as_ref().is_none_or(|legs| time <= legs.time)
        {
            return Ok(self.measured(time, vec![edge], (begin, end)));
        }
        let legs = legs.ok_or(RouteError::NoWay)?;
        let start = starts.iter().filter(|s| s.state == legs.ends.0).min_by_key(|s| s.time);
        let goal = goals.iter().filter(|g| g.state == legs.ends.1).min_by_key(|g| g.time);
        let steps = self.ways.network().states.steps();
        let mut edges = start.map(|start| start.edges.clone()).unwrap_or_default();
        edges
            .extend(legs.steps.iter().filter_map(|step| steps.get(*step as usize)).map(|s| s.edge));
        edges.extend(goal.and_then(|goal| goal.edge));
        let share = |spot, edge: Option<&EdgeId>, otherwise| {
            let mut lanes = self.ways.lanes(spot);
            lanes.find(|(lane, _)| Some(lane) == edge).map_or(otherwise, |(_, share)| share)
        };
        let shares = (share(from, edges.first(), 0.0), share(to, edges.last(), 1.0));
        Ok(self.measured(legs.time, edges, shares))
    }

    fn measured(&self, time_ms: u32, edges: Vec<EdgeId>, shares: (f64, f64)) -> Route {
        let length = |edge: &EdgeId| {
            self.ways.network().graph().edge(*edge).map_or(0.0, |edge| f64::from(edge.length_m))
        };
        let whole: f64 = edges.iter().map(length).sum();
        let before = edges.first().map_or(0.0, |edge| length(edge) * shares.0);
        let beyond = edges.last().map_or(0.0, |edge| length(edge) * (1.0 - shares.1));
        Route { time_ms, length_m: (whole - before - beyond).max(0.0), edges, shares }
    }

    /// The line of a way; empty when the graph has no coordinates.
    #[must_use]
    pub fn line(&self, route: &Route) -> Vec<Place> {
        let mut all: Vec<Place> = Vec::new();
        let last = route.edges.len().saturating_sub(1);
        for (number, edge) in route.edges.iter().enumerate() {
            let line = self.ways.network().graph().line(*edge);
            let from = if number == 0 { route.shares.0 } else { 0.0 };
            let to = if number == last { route.shares.1 } else { 1.0 };
            let line = if number == 0 || number == last { part(&line, from, to) } else { line };
            let skip = usize::from(all.last() == line.first() && !all.is_empty());
            all.extend(line.into_iter().skip(skip));
        }
        all
    }

    /// Times between many spots. A target in a closed area has no times.
    ///
    /// # Errors
    /// When a spot is not in the graph, or there are too many.
    pub fn matrix(&mut self, from: &[Spot], to: &[Spot]) -> Result<Matrix, RouteError> {
        let targets = self.prepare(to)?;
        if from.len() > MAX_SIDE || from.len().saturating_mul(to.len()) > MAX_CELLS {
            return Err(RouteError::TooLarge { what: "cells of a matrix", most: MAX_CELLS });
        }
        let rows = from.iter().map(|from| self.times(*from, &targets));
        Ok(Matrix { rows_ms: rows.collect::<Result<_, _>>()? })
    }

    /// Prepares targets for many sources.
    ///
    /// # Errors
    /// When a spot is not in the graph, or there are too many.
    pub fn prepare(&mut self, to: &[Spot]) -> Result<Targets, RouteError> {
        if to.len() > MAX_SIDE {
            return Err(RouteError::TooLarge { what: "targets", most: MAX_SIDE });
        }
        let goal = |spot: &Spot| match self.ways.goals(*spot) {
            Ok(goals) => Ok((targets(&goals), true)),
            Err(RouteError::TargetClosed(_)) => Ok((Vec::new(), false)),
            Err(error) => Err(error),
        };
        let goals =
            to.iter().map(goal).collect::<Result<Vec<(Vec<Source>, bool)>, RouteError>>()?;
        let (goals, open): (Vec<_>, Vec<_>) = goals.into_iter().unzip();
        let inner = self.ways.view().targets(&mut self.scratch, &goals);
        Ok(Targets { spots: to.iter().copied().zip(open).collect(), inner })
    }

    /// Times from a spot to prepared targets, ms.
    ///
    /// # Errors
    /// When the spot is not in the graph.
    pub fn times(&mut self, from: Spot, to: &Targets) -> Result<Vec<Option<u32>>, RouteError> {
        let starts = self.ways.starts(from)?;
        let times = self.ways.view().times(&mut self.scratch, &sources(&starts), &to.inner);
        let each = times.into_iter().zip(&to.spots).map(|(time, (spot, open))| {
            let far = Some(time).filter(|time| *time < NEVER);
            if !open {
                None
            } else if Ways::same(from, *spot).is_some() {
                Some(0)
            } else {
                far.into_iter().chain(self.ways.direct(from, *spot).map(|(.., time)| time)).min()
            }
        });
        Ok(each.collect())
    }

    /// The targets that are reached first, as (number, ms), the nearest first.
    ///
    /// # Errors
    /// When the spot is not in the graph.
    pub fn nearest(
        &mut self,
        from: Spot,
        to: &Targets,
        count: usize,
    ) -> Result<Vec<(usize, u32)>, RouteError> {
        let times = self.times(from, to)?.into_iter().enumerate();
        let mut found: Vec<(usize, u32)> =
            times.filter_map(|(number, time)| Some((number, time?))).collect();
        found.sort_by_key(|(number, time)| (*time, *number));
        found.truncate(count);
        Ok(found)
    }
}

/// Targets that are prepared; only for the ways that they were prepared with.
#[derive(Debug)]
pub struct Targets {
    spots: Vec<(Spot, bool)>,
    inner: crate::hierarchy::Targets,
}
