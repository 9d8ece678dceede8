//! Outlines of the counties, from GeoJSON.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context as _, Result};
use helan_kernel::Position;
use serde_json::Value;

use crate::random::Random;

/// Rings of longitude and latitude; the even-odd rule says what is inside.
pub type Rings = Vec<Vec<(f64, f64)>>;

/// Outlines by six-digit code.
#[derive(Clone, Debug, Default)]
pub struct Areas(BTreeMap<u32, Rings>);

impl Areas {
    /// Reads a GeoJSON file whose features have a `code` of six digits or more.
    ///
    /// # Errors
    /// When the file cannot be read or is no such GeoJSON.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        Self::parse(&text).with_context(|| path.display().to_string())
    }

    /// Reads GeoJSON whose features have a `code` of six digits or more.
    ///
    /// # Errors
    /// When it is no such GeoJSON.
    pub fn parse(text: &str) -> Result<Self> {
        let json: Value = serde_json::from_str(text)?;
        let mut areas = BTreeMap::new();
        for feature in json.get("features").and_then(Value::as_array).into_iter().flatten() {
            let Some(code) = feature.pointer("/properties/code").and_then(code) else { continue };
            let mut rings = Vec::new();
            if let Some(geometry) = feature.pointer("/geometry/coordinates") {
                collect(geometry, &mut rings);
            }
            areas.insert(code, rings);
        }
        anyhow::ensure!(!areas.is_empty(), "no outlines with a code");
        Ok(Self(areas))
    }

    /// Whether a place lies in an area; an area without outline holds nothing.
    #[must_use]
    pub fn holds(&self, code: u32, place: Position) -> bool {
        self.0.get(&code).is_some_and(|rings| inside(rings, place))
    }

    /// A place in an area: most near `seat`, as people live, the others anywhere.
    pub fn place(&self, code: u32, seat: Position, random: &mut Random) -> Position {
        let Some(rings) = self.0.get(&code).filter(|r| !r.is_empty()) else {
            return near(seat, 0.03, random);
        };
        for _ in 0..64 {
            let place = if random.chance(0.8) {
                near(seat, 0.03, random)
            } else {
                let (low, high) = bounds(rings);
                Position { lon: random.between(low.0, high.0), lat: random.between(low.1, high.1) }
            };
            if inside(rings, place) {
                return place;
            }
        }
        seat
    }
}

/// Normally spread around a place; about six decimals, a decimetre.
fn near(centre: Position, degrees: f64, random: &mut Random) -> Position {
    Position {
        lon: round(degrees.mul_add(1.25 * random.normal(), centre.lon)),
        lat: round(degrees.mul_add(random.normal(), centre.lat)),
    }
}

fn round(degrees: f64) -> f64 {
    (degrees * 1e6).round() / 1e6
}

/// The first six digits of a code, as a number or text.
fn code(value: &Value) -> Option<u32> {
    let text = match value {
        Value::String(s) => s.clone(),
        other => other.as_u64()?.to_string(),
    };
    text.get(..6)?.parse().ok()
}

/// Finds the rings in nested coordinate arrays of any depth.
fn collect(value: &Value, rings: &mut Rings) {
    let Some(items) = value.as_array() else { return };
    let point = |v: &Value| Some((v.get(0)?.as_f64()?, v.get(1)?.as_f64()?));
    if items.first().and_then(point).is_some() {
        rings.push(items.iter().filter_map(point).collect());
    } else {
        items.iter().for_each(|item| collect(item, rings));
    }
}

fn inside(rings: &Rings, place: Position) -> bool {
    rings.iter().filter(|ring| crosses(ring, place)).count() % 2 == 1
}

/// Whether a ray to the east crosses a ring an odd number of times.
fn crosses(ring: &[(f64, f64)], place: Position) -> bool {
    let next = ring.iter().cycle().skip(1);
    ring.iter().zip(next).fold(false, |odd, (&(x1, y1), &(x2, y2))| {
        let between = (y1 > place.lat) != (y2 > place.lat);
        odd ^ (between && place.lon < (x2 - x1) * (place.lat - y1) / (y2 - y1) + x1)
    })
}

fn bounds(rings: &Rings) -> ((f64, f64), (f64, f64)) {
    let start = ((f64::MAX, f64::MAX), (f64::MIN, f64::MIN));
    rings.iter().flatten().fold(start, |(low, high), &(x, y)| {
        ((low.0.min(x), low.1.min(y)), (high.0.max(x), high.1.max(y)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_with_a_hole() {
        let json = serde_json::json!([
            [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]],
            [[1, 1], [2, 1], [2, 2], [1, 2], [1, 1]]
        ]);
        let mut rings = Vec::new();
        collect(&json, &mut rings);
        let check = |lon: f64, lat: f64| inside(&rings, Position { lon, lat });
        assert!(check(3.0, 3.0));
        assert!(!check(1.5, 1.5));
        assert!(!check(5.0, 1.0));
        assert_eq!(bounds(&rings), ((0.0, 0.0), (4.0, 4.0)));
    }
}
