//! Leave or stay inside: which of both lets less in.

use serde::Serialize;

use crate::{EdgeId, Place, Route, RouteError, Ways, place::part};

/// Longest step along a way between two looks at the danger, seconds.
const STEP_S: f64 = 10.0;
/// Steps of a way, at most.
const MAX_STEPS: f64 = 100_000.0;

/// Which is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Better {
    /// Stay inside, windows closed.
    Stay,
    /// Leave.
    Leave,
    /// The numbers are too close to tell.
    Even,
}

/// The comparison, in the unit of the doses.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct StayOrLeave {
    /// What is better.
    pub better: Better,
    /// Dose of those who stay.
    pub stay: f64,
    /// Dose of those who leave.
    pub leave: f64,
    /// How much less the better one is.
    pub less: f64,
    /// The worse one divided by the better one; infinite when the better one is nothing.
    pub ratio: f64,
}

/// Compares a dose inside with one on the way. `margin` is the factor, at least 1, by which one must be larger to be called worse: the
/// models' own uncertainty.
///
/// # Errors
/// When a number is negative, infinite or none, or the margin is below 1.
pub fn stay_or_leave(stay: f64, leave: f64, margin: f64) -> Result<StayOrLeave, RouteError> {
    for (what, value, least) in
        [("dose inside", stay, 0.0), ("dose on the way", leave, 0.0), ("margin", margin, 1.0)]
    {
        if !(value >= least && value.is_finite()) {
            return Err(RouteError::BadNumber { what, value });
        }
    }
    let (small, large) = (stay.min(leave), stay.max(leave));
    let better = match () {
        () if large <= small * margin => Better::Even,
        () if stay < leave => Better::Stay,
        () => Better::Leave,
    };
    let ratio = if large > 0.0 { large / small } else { 1.0 };
    Ok(StayOrLeave { better, stay, leave, less: large - small, ratio })
}

/// The dose on a way that begins `leave_s` seconds from now. `rate` gives the dose in a second at a place and a moment (seconds from
/// now): from the concentration there, or to the power of the substance when the dose is a toxic load.
///
/// # Errors
/// When the graph has no coordinates, or a rate is negative or no number.
pub fn dose_on_the_way(
    ways: &Ways,
    route: &Route,
    leave_s: f64,
    rate: &dyn Fn(Place, f64) -> f64,
) -> Result<f64, RouteError> {
    let graph = ways.network().graph();
    if !graph.has_places() {
        return Err(RouteError::NoCoordinates);
    }
    // Turn penalties are spent evenly.
    let last = route.edges.len().saturating_sub(1);
    let pieces: Vec<(EdgeId, f64, f64)> = route
        .edges
        .iter()
        .enumerate()
        .map(|(number, edge)| {
            let from = if number == 0 { route.shares.0 } else { 0.0 };
            (*edge, from, if number == last { route.shares.1 } else { 1.0 })
        })
        .collect();
    let drive = |(edge, from, to): &(EdgeId, f64, f64)| {
        f64::from(ways.edge_ms(*edge).unwrap_or_default()) / 1_000.0 * (to - from)
    };
    let whole: f64 = pieces.iter().map(drive).sum();
    let slower = if whole > 0.0 { f64::from(route.time_ms) / 1_000.0 / whole } else { 1.0 };
    let (mut dose, mut now) = (0.0, leave_s);
    for piece in &pieces {
        let seconds = drive(piece) * slower;
        let line = graph.line(piece.0);
        let steps = (seconds / STEP_S).ceil().clamp(1.0, MAX_STEPS);
        let mut step = 0.0;
        while step < steps {
            let share = piece.1 + (piece.2 - piece.1) * (step + 0.5) / steps;
            if let Some(place) = part(&line, share, share).first() {
                let here = rate(*place, now + seconds * (step + 0.5) / steps);
                if !(here >= 0.0 && here.is_finite()) {
                    return Err(RouteError::BadNumber { what: "dose rate", value: here });
                }
                dose += here * seconds / steps;
            }
            step += 1.0;
        }
        now += seconds;
    }
    Ok(dose)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{Edge, GraphBuilder, Network, NodeId, Router, Spot, VehicleClass};

    #[test]
    fn says_which_is_better_and_by_how_much() {
        let check = |stay, leave, better| {
            assert_eq!(stay_or_leave(stay, leave, 1.5).unwrap().better, better);
        };
        check(1.0, 4.0, Better::Stay);
        check(4.0, 1.0, Better::Leave);
        check(1.0, 1.4, Better::Even);
        check(0.0, 0.0, Better::Even);
        check(0.0, 0.1, Better::Stay);
        let told = stay_or_leave(4.0, 1.0, 1.0).unwrap();
        assert!((told.less - 3.0).abs() < 1e-12 && (told.ratio - 4.0).abs() < 1e-12);
        for (stay, leave, margin) in [(-1.0, 1.0, 1.0), (1.0, f64::NAN, 1.0), (1.0, 1.0, 0.5)] {
            assert!(stay_or_leave(stay, leave, margin).is_err());
        }
    }

    #[test]
    fn the_dose_grows_with_the_time_in_the_cloud() {
        let mut made = GraphBuilder::default();
        let at = |lon| Place { lon, lat: 38.0 };
        let nodes = [made.node(Some(at(106.0))), made.node(Some(at(106.1)))];
        made.edge(Edge::timed(nodes[0], nodes[1], 600_000), &[]);
        let network = Arc::new(Network::new(made.build().unwrap()).unwrap());
        let ways = Ways::new(&network, VehicleClass::car()).unwrap();
        let mut router = Router::new(&ways);
        let route = router.route(Spot::Node(NodeId(0)), Spot::Node(NodeId(1))).unwrap();
        // Gas over the western half until 100 s from now.
        let cloud = |place: Place, s: f64| if place.lon < 106.05 && s < 100.0 { 2.0 } else { 0.0 };
        let dose = |leave_s| dose_on_the_way(&ways, &route, leave_s, &cloud).unwrap();
        assert!((dose(0.0) - 200.0).abs() < 1e-6);
        assert!((dose(50.0) - 100.0).abs() < 1e-6);
        assert!(dose(100.0).abs() < 1e-6);
        assert!(dose_on_the_way(&ways, &route, 0.0, &|_, _| -1.0).is_err());
    }
}
