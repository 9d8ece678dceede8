//! Areas that are closed, from GeoJSON.

use geo::{Geometry, LineString, Polygon};
use helan_route::{Area, Place};
use serde_json::Value;

use crate::{FileError, shape_of_json};

/// Areas of one GeoJSON text, at most.
const MAX_AREAS: usize = 1_000;

/// The polygons of a GeoJSON geometry, feature or collection of features, as areas that can be closed.
///
/// # Errors
/// When it is none, holds anything but polygons, or a polygon crosses itself.
pub fn closed_areas(json: &Value) -> Result<Vec<Area>, FileError> {
    let lies = |why: String| FileError::Lies { expected: "GeoJSON", why };
    let shapes: Vec<&Value> = match json.get("type").and_then(Value::as_str) {
        Some("FeatureCollection") => {
            let features = json.get("features").and_then(Value::as_array);
            let features = features.ok_or_else(|| lies("it has no features".to_owned()))?;
            features.iter().filter_map(|feature| feature.get("geometry")).collect()
        }
        Some("Feature") => json.get("geometry").into_iter().collect(),
        _ => vec![json],
    };
    let mut areas = Vec::new();
    for shape in shapes {
        let polygons = match shape_of_json(shape.clone())? {
            Geometry::Polygon(polygon) => vec![polygon],
            Geometry::MultiPolygon(polygons) => polygons.0,
            _ => return Err(lies("a closed area must be a polygon".to_owned())),
        };
        for polygon in polygons {
            areas.push(area(&polygon).map_err(|error| lies(error.to_string()))?);
        }
        if areas.len() > MAX_AREAS {
            return Err(FileError::TooLarge { what: "areas", most: MAX_AREAS as u64 });
        }
    }
    if areas.is_empty() { Err(FileError::Empty) } else { Ok(areas) }
}

fn area(polygon: &Polygon) -> Result<Area, helan_route::RouteError> {
    let places = |ring: &LineString| -> Vec<Place> {
        ring.0.iter().map(|at| Place { lon: at.x, lat: at.y }).collect()
    };
    let holes: Vec<Vec<Place>> = polygon.interiors().iter().map(places).collect();
    Area::new(&places(polygon.exterior()), &holes)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn polygons_of_all_kinds_of_geojson() {
        let square = json!([[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]]);
        let polygon = json!({ "type": "Polygon", "coordinates": square });
        let multi = json!({ "type": "MultiPolygon", "coordinates": [square] });
        let feature = json!({ "type": "Feature", "properties": {}, "geometry": polygon });
        let all = json!({ "type": "FeatureCollection", "features": [feature, feature] });
        for (json, count) in [(&polygon, 1), (&multi, 1), (&feature, 1), (&all, 2)] {
            let areas = closed_areas(json).unwrap();
            assert_eq!(areas.len(), count);
            assert!(areas[0].holds(Place { lon: 1.0, lat: 1.0 }));
        }
        let bow = json!([[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]]);
        for bad in [
            json!({ "type": "Polygon", "coordinates": bow }),
            json!({ "type": "Point", "coordinates": [0, 0] }),
            json!({ "type": "FeatureCollection", "features": [] }),
            json!({}),
        ] {
            assert!(closed_areas(&bad).is_err(), "{bad}");
        }
    }
}
