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

    /// This position, unless it is none: not finite, off the globe, or the zeros of an unfilled record.
    #[must_use]
    pub fn known(self) -> Option<Self> {
        let on_globe = (-180.0..=180.0).contains(&self.lon) && (-90.0..=90.0).contains(&self.lat);
        (on_globe && (self.lon.abs() > 0.0 || self.lat.abs() > 0.0)).then_some(self)
    }

    /// Great-circle distance in metres (haversine).
    #[must_use]
    pub fn metres_to(self, other: Self) -> f64 {
        let (lat1, lat2) = (self.lat.to_radians(), other.lat.to_radians());
        let half_lat = ((lat2 - lat1) / 2.0).sin();
        let half_lon = ((other.lon - self.lon).to_radians() / 2.0).sin();
        let h = half_lat * half_lat + lat1.cos() * lat2.cos() * half_lon * half_lon;
        2.0 * Self::EARTH_RADIUS_M * h.sqrt().min(1.0).asin()
    }
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
}
