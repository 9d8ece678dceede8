//! Places on the globe and the distances between them.

use serde::{Deserialize, Serialize};

use crate::RouteError;

/// Mean radius of the Earth, metres (IUGG).
const EARTH_M: f64 = 6_371_008.8;

/// A place, WGS-84.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// Degrees east, −180 to 180.
    pub lon: f64,
    /// Degrees north, −90 to 90.
    pub lat: f64,
}

impl Place {
    /// A place.
    ///
    /// # Errors
    /// When it is off the globe or not a number.
    pub fn new(lon: f64, lat: f64) -> Result<Self, RouteError> {
        let fine = (-180.0..=180.0).contains(&lon) && (-90.0..=90.0).contains(&lat);
        if fine { Ok(Self { lon, lat }) } else { Err(RouteError::BadPlace { lon, lat }) }
    }

    /// The great-circle distance, metres (haversine).
    #[must_use]
    pub fn distance_m(self, other: Self) -> f64 {
        let (a, b) = (self.lat.to_radians(), other.lat.to_radians());
        let (dlat, dlon) = (b - a, (other.lon - self.lon).to_radians());
        let h = (dlat / 2.0).sin().powi(2) + a.cos() * b.cos() * (dlon / 2.0).sin().powi(2);
        2.0 * EARTH_M * h.sqrt().min(1.0).asin()
    }

    /// The direction to another place, degrees clockwise from north, 0 to 360.
    #[must_use]
    pub fn bearing_deg(self, other: Self) -> f64 {
        let (x, y) = Plane::at(self).metres(other);
        x.atan2(y).to_degrees().rem_euclid(360.0)
    }

    /// The place a share of the way to another one.
    #[must_use]
    pub fn towards(self, other: Self, share: f64) -> Self {
        Self {
            lon: self.lon + (other.lon - self.lon) * share,
            lat: self.lat + (other.lat - self.lat) * share,
        }
    }
}

/// A plane that touches the globe at a place: good to a part in a thousand within ten kilometres.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plane {
    origin: Place,
    east_m: f64,
    north_m: f64,
}

impl Plane {
    /// The plane that touches here.
    pub fn at(origin: Place) -> Self {
        let north_m = EARTH_M.to_radians();
        Self { origin, east_m: north_m * origin.lat.to_radians().cos().max(1e-6), north_m }
    }

    /// Metres east and north of the origin.
    pub fn metres(&self, place: Place) -> (f64, f64) {
        ((place.lon - self.origin.lon) * self.east_m, (place.lat - self.origin.lat) * self.north_m)
    }

    /// The place that lies so many metres east and north of the origin.
    pub fn place(&self, (x, y): (f64, f64)) -> Place {
        Place { lon: self.origin.lon + x / self.east_m, lat: self.origin.lat + y / self.north_m }
    }
}

/// The length of a line, metres.
pub(crate) fn length_m(line: &[Place]) -> f64 {
    line.windows(2).map(|pair| if let [a, b] = pair { a.distance_m(*b) } else { 0.0 }).sum()
}

/// The part of a line between two shares of its length, 0 to 1, with both ends.
pub(crate) fn part(line: &[Place], from: f64, to: f64) -> Vec<Place> {
    let whole = length_m(line);
    let (start, end) = (from.clamp(0.0, 1.0) * whole, to.clamp(0.0, 1.0) * whole);
    let mut cut = Vec::with_capacity(line.len());
    let mut gone = 0.0;
    for pair in line.windows(2) {
        let [a, b] = pair else { continue };
        let step = a.distance_m(*b);
        let at =
            |metres: f64| if step > 0.0 { ((metres - gone) / step).clamp(0.0, 1.0) } else { 0.0 };
        if gone + step >= start && cut.is_empty() {
            cut.push(a.towards(*b, at(start)));
        }
        if !cut.is_empty() {
            if gone + step >= end {
                cut.push(a.towards(*b, at(end)));
                return cut;
            }
            cut.push(*b);
        }
        gone += step;
    }
    // Rounding can leave the end a hair beyond the last point.
    if let (true, Some(last)) = (cut.len() < 2, line.last()) {
        cut.resize(2, *last);
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_degree_of_latitude_is_111_km() {
        let (a, b) = (Place::new(106.0, 38.0).unwrap(), Place::new(106.0, 39.0).unwrap());
        assert!((a.distance_m(b) - 111_195.0).abs() < 1.0);
        assert!(a.bearing_deg(b).abs() < 1e-9);
        let east = Place::new(106.1, 38.0).unwrap();
        assert!((a.bearing_deg(east) - 90.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_no_place_is_refused() {
        for (lon, lat) in [(181.0, 0.0), (0.0, -91.0), (f64::NAN, 0.0), (0.0, f64::INFINITY)] {
            assert!(Place::new(lon, lat).is_err(), "{lon} {lat}");
        }
    }

    #[test]
    fn parts_of_a_line_add_up() {
        let line: Vec<Place> = [(106.0, 38.0), (106.01, 38.0), (106.01, 38.02)]
            .map(|(lon, lat)| Place { lon, lat })
            .into();
        let whole = length_m(&line);
        let (a, b) = (part(&line, 0.0, 0.3), part(&line, 0.3, 1.0));
        assert!((length_m(&a) - 0.3 * whole).abs() < 0.1);
        assert!((length_m(&a) + length_m(&b) - whole).abs() < 0.1);
        assert_eq!(a.last(), b.first());
        assert_eq!(part(&line, 1.0, 1.0).len(), 2);
    }
}
