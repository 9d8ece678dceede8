//! Dislikes of ways: along the wind when there is gas, downhill when there is water.

use crate::{EdgeId, Place, RoadGraph, RouteError, graph::short};

/// Seconds for each edge that leads along the wind, with it or against it: who walks across the wind leaves a plume soonest.
/// `wind_to_deg` is where the wind blows to, degrees clockwise from north; a kilometre straight along it costs `s_per_km`, one straight
/// across nothing.
///
/// # Errors
/// When the graph has no coordinates, or a number makes no sense.
pub fn along_wind(
    graph: &RoadGraph,
    wind_to_deg: f64,
    s_per_km: f64,
) -> Result<Vec<f64>, RouteError> {
    if !(-360.0..=720.0).contains(&wind_to_deg) {
        return Err(RouteError::BadNumber { what: "direction of the wind", value: wind_to_deg });
    }
    each(graph, s_per_km, &|line| {
        let pieces = line.windows(2).map(|pair| match pair {
            [a, b] => {
                let along = (a.bearing_deg(*b) - wind_to_deg).to_radians().cos().abs();
                along * a.distance_m(*b) / 1_000.0
            }
            _ => 0.0,
        });
        pieces.sum()
    })
}

/// Seconds for each edge that ends lower than it begins: `s_per_m` for each metre. `height_m` gives the height of a place; an edge of which
/// an end is not known costs nothing.
///
/// # Errors
/// When the graph has no coordinates, or a number makes no sense.
pub fn downhill(
    graph: &RoadGraph,
    height_m: &dyn Fn(Place) -> Option<f64>,
    s_per_m: f64,
) -> Result<Vec<f64>, RouteError> {
    each(graph, s_per_m, &|line| match (line.first(), line.last()) {
        (Some(first), Some(last)) => {
            height_m(*first).zip(height_m(*last)).map_or(0.0, |(from, to)| (from - to).max(0.0))
        }
        _ => 0.0,
    })
}

fn each(
    graph: &RoadGraph,
    factor: f64,
    measure: &dyn Fn(&[Place]) -> f64,
) -> Result<Vec<f64>, RouteError> {
    if !graph.has_places() {
        return Err(RouteError::NoCoordinates);
    }
    let seconds = (0..short(graph.edge_count())).map(|edge| {
        let seconds = measure(&graph.line(EdgeId(edge))) * factor;
        let fine = seconds >= 0.0 && seconds.is_finite();
        if fine {
            Ok(seconds)
        } else {
            Err(RouteError::BadNumber { what: "dislike", value: seconds })
        }
    });
    seconds.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Edge, GraphBuilder};

    #[test]
    fn along_the_wind_and_downhill() {
        let mut made = GraphBuilder::default();
        let nodes = [(106.0, 38.0), (106.0, 38.1), (106.1, 38.1)];
        let nodes = nodes.map(|(lon, lat)| made.node(Some(Place { lon, lat })));
        for pair in nodes.windows(2) {
            let there = Edge::timed(pair[0], pair[1], 1);
            made.road(there, Edge { from: there.to, to: there.from, ..there }, &[]);
        }
        let graph = made.build().unwrap();
        // A north wind: the way to the north and back is along it, the one to the east across.
        let seconds = along_wind(&graph, 180.0, 60.0).unwrap();
        assert!((seconds[0] - 11.12 * 60.0).abs() < 1.0 && (seconds[1] - seconds[0]).abs() < 1e-6);
        assert!(seconds[2] < 1.0 && seconds[3] < 1.0);
        let height = |place: Place| (place.lon < 106.05).then_some((place.lat - 38.0) * 1_000.0);
        let seconds = downhill(&graph, &height, 2.0).unwrap();
        assert!(seconds[0] < 1e-6 && (seconds[1] - 200.0).abs() < 1e-3 && seconds[2] < 1e-6);
        assert!(
            along_wind(&graph, f64::NAN, 1.0).is_err() && along_wind(&graph, 0.0, -1.0).is_err()
        );
        // Where nobody knows how high the ground is.
        assert!(seconds[3] < 1e-6);
        assert!(downhill(&graph, &height, f64::NAN).is_err());
    }
}
