//! Time, place and text, as the kernel speaks of them.

use serde::{Deserialize, Serialize};

/// A moment (milliseconds since 1970-01-01T00:00:00 UTC) or a span of milliseconds.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Ms(pub i64);

impl Ms {
    /// The latest moment that can be named.
    pub const MAX: Self = Self(i64::MAX);

    /// A span of whole seconds.
    #[must_use]
    pub const fn seconds(s: i64) -> Self {
        Self(s.saturating_mul(1000))
    }

    /// This moment and a span after it; saturates at the ends of time.
    #[must_use]
    pub const fn after(self, span: Self) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// The span from `earlier` to this moment; negative when it lies before.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Self {
        Self(self.0.saturating_sub(earlier.0))
    }
}

/// Administrative division code: the six digits of GB/T 2260 and three of the township (GB/T 10114), for example
/// `640104000` (Xingqing district) or `640104001` (a street in it). Zeros at the end mean the whole higher unit.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct AreaCode(pub u32);

impl AreaCode {
    /// The widest area: everything.
    pub const ALL: Self = Self(0);

    /// How many of the units 1 000 000 000 this code leaves open: the size of the block of codes inside it.
    pub(crate) const fn block(self) -> u32 {
        match self.0 {
            0 => u32::MAX,
            n if n % 10_000_000 == 0 => 10_000_000,
            n if n % 100_000 == 0 => 100_000,
            n if n % 1_000 == 0 => 1_000,
            _ => 1,
        }
    }

    /// The highest code inside this area: together with the area itself the bounds of everything in it.
    #[must_use]
    pub const fn last(self) -> Self {
        Self(self.0.saturating_add(self.block() - 1))
    }

    /// Whether `other` is this area or lies in it.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        other.0 >= self.0 && other.0 - self.0 < self.block()
    }
}

/// A place on WGS-84.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Position {
    /// Longitude in degrees, east positive.
    pub lon: f64,
    /// Latitude in degrees, north positive.
    pub lat: f64,
}

impl Position {
    /// Mean radius of the Earth in metres (IUGG).
    const EARTH_RADIUS_M: f64 = 6_371_008.8;
    /// Metres of a degree on that sphere.
    pub const DEGREE_M: f64 = 111_195.08;

    /// This position, unless it is none: not finite, off the globe, or the zeros of an unfilled record.
    #[must_use]
    pub fn known(self) -> Option<Self> {
        let on_globe = (-180.0..=180.0).contains(&self.lon) && (-90.0..=90.0).contains(&self.lat);
        (on_globe && (self.lon.abs() > 0.0 || self.lat.abs() > 0.0)).then_some(self)
    }

    /// Great-circle distance in metres.
    #[must_use]
    pub fn metres_to(self, other: Self) -> f64 {
        Viewpoint::new(self).metres_to(other)
    }
}

/// A place from which many others are looked at: what hangs on it alone is reckoned once.
#[derive(Clone, Copy, Debug)]
pub struct Viewpoint {
    at: Position,
    /// Sine and cosine of its latitude.
    sin: f64,
    cos: f64,
}

/// The way from one place to another on the sphere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Way {
    /// Great-circle distance, metres.
    pub metres: f64,
    /// Direction in which it sets out, degrees clockwise from north, 0 to 360.
    pub bearing_deg: f64,
}

impl Viewpoint {
    /// A place to look from.
    #[must_use]
    pub fn new(at: Position) -> Self {
        let (sin, cos) = at.lat.to_radians().sin_cos();
        Self { at, sin, cos }
    }

    /// The place.
    #[must_use]
    pub const fn at(&self) -> Position {
        self.at
    }

    /// Distance on the plane that touches the globe here, metres: right within a thousandth over some ten kilometres.
    #[must_use]
    pub fn metres_on_plane(&self, other: Position) -> f64 {
        let east = (other.lon - self.at.lon) * self.cos;
        let north = other.lat - self.at.lat;
        (east * east + north * north).sqrt().to_radians() * Position::EARTH_RADIUS_M
    }

    /// Great-circle distance in metres.
    #[must_use]
    pub fn metres_to(&self, other: Position) -> f64 {
        metres(self.towards(other))
    }

    /// The way to another place.
    #[must_use]
    pub fn way_to(&self, other: Position) -> Way {
        let towards = self.towards(other);
        let [east, north, _] = towards;
        Way {
            metres: metres(towards),
            bearing_deg: east.atan2(north).to_degrees().rem_euclid(360.0),
        }
    }

    /// Another place on the unit sphere: how far east, north and up from the middle of the Earth as one stands here.
    fn towards(&self, other: Position) -> [f64; 3] {
        let (sin, cos) = other.lat.to_radians().sin_cos();
        let (lon_sin, lon_cos) = (other.lon - self.at.lon).to_radians().sin_cos();
        [
            lon_sin * cos,
            self.cos * sin - self.sin * cos * lon_cos,
            self.sin * sin + self.cos * cos * lon_cos,
        ]
    }
}

/// By the arc tangent: as exact for a metre as for the other side of the globe.
fn metres([east, north, up]: [f64; 3]) -> f64 {
    Position::EARTH_RADIUS_M * (east * east + north * north).sqrt().atan2(up)
}

/// A text for people, in Chinese (the source) and English.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Text {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Text {
    /// Both languages at once.
    #[must_use]
    pub fn new(zh: &str, en: &str) -> Self {
        Self { zh: zh.to_owned(), en: en.to_owned() }
    }

    /// This text with every `{name}` replaced by its value.
    #[must_use]
    pub fn fill(&self, values: &[(&str, &str)]) -> Self {
        let one = |s: &str| {
            values.iter().fold(s.to_owned(), |text, (name, value)| {
                text.replace(&format!("{{{name}}}"), value)
            })
        };
        Self { zh: one(&self.zh), en: one(&self.en) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_area_contains_its_parts_and_nothing_else() {
        let check = |outer: u32, inner: u32, expected: bool| {
            let (outer, inner) = (AreaCode(outer), AreaCode(inner));
            assert_eq!(outer.contains(inner), expected, "{outer:?} {inner:?}");
            assert_eq!((outer..=outer.last()).contains(&inner), expected, "{outer:?} {inner:?}");
        };
        check(0, 640_104_001, true);
        check(640_000_000, 640_104_001, true);
        check(640_100_000, 640_104_001, true);
        check(640_104_000, 640_104_001, true);
        check(640_104_001, 640_104_001, true);
        check(640_104_001, 640_104_000, false);
        check(640_104_000, 640_105_000, false);
        check(640_100_000, 640_200_000, false);
        check(640_000_000, 650_000_000, false);
    }

    #[test]
    fn distance_between_two_squares_of_yinchuan() {
        let a = Position { lon: 106.232, lat: 38.487 };
        let b = Position { lon: 106.272, lat: 38.487 };
        let metres = a.metres_to(b);
        assert!((metres - 3482.0).abs() < 5.0, "{metres}");
    }

    #[test]
    fn ways_on_the_sphere() {
        let from = Viewpoint::new(Position { lon: 106.0, lat: 38.0 });
        let check = |lon: f64, lat: f64, metres: f64, bearing: f64| {
            let way = from.way_to(Position { lon, lat });
            assert!((way.metres / metres - 1.0).abs() < 1e-6, "{way:?} {metres}");
            let off = (way.bearing_deg - bearing + 180.0).rem_euclid(360.0) - 180.0;
            assert!(off.abs() < 0.05, "{way:?} {bearing}");
            assert!((0.0..360.0).contains(&way.bearing_deg), "{way:?}");
        };
        let degree = Position::EARTH_RADIUS_M.to_radians();
        check(106.0, 38.1, 0.1 * degree, 0.0);
        check(106.0, 37.9, 0.1 * degree, 180.0);
        check(106.1, 38.0, 0.1 * degree * 38.0_f64.to_radians().cos(), 90.0);
        check(105.9, 38.0, 0.1 * degree * 38.0_f64.to_radians().cos(), 270.0);
        check(106.0, 38.0 + 1e-8, 1e-8 * degree, 0.0);
        check(-74.0, -37.9, 179.9 * degree, 0.0);
        let here = from.way_to(from.at());
        assert!(here.metres < 1e-9, "{here:?}");
        let near = Position { lon: 106.05, lat: 38.05 };
        let plane = from.metres_on_plane(near) / from.metres_to(near);
        assert!((plane - 1.0).abs() < 1e-3, "{plane}");
    }
}
