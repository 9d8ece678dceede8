//! Coordinate systems of Chinese data. Inside, everything is WGS-84 (CGCS2000 differs from it by centimetres).

use geo::{Coord, MapCoordsInPlace};
use serde::{Deserialize, Serialize};

/// What the coordinates of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Datum {
    /// WGS-84 or CGCS2000: as they are.
    #[default]
    Wgs84,
    /// GCJ-02: shifted by some hundred metres inside China; Amap, Tencent.
    Gcj02,
    /// BD-09: GCJ-02 shifted once more; Baidu.
    Bd09,
}

/// Krasovsky 1940: the ellipsoid that the shift of GCJ-02 was made with.
const AXIS: f64 = 6_378_245.0;
const ECCENTRICITY2: f64 = 0.006_693_421_622_965_943;

impl Datum {
    /// The system with this word: `wgs84`, `gcj02` or `bd09`.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        match word {
            "wgs84" => Some(Self::Wgs84),
            "gcj02" => Some(Self::Gcj02),
            "bd09" => Some(Self::Bd09),
            _ => None,
        }
    }

    /// A place of this system on WGS-84. Exact to some centimetres: the shift is undone by iteration.
    #[must_use]
    pub fn to_wgs84(self, at: Coord) -> Coord {
        match self {
            Self::Wgs84 => at,
            Self::Gcj02 => unshift(at),
            Self::Bd09 => unshift(gcj_of_bd(at)),
        }
    }

    /// A WGS-84 place in this system.
    #[must_use]
    pub fn from_wgs84(self, at: Coord) -> Coord {
        match self {
            Self::Wgs84 => at,
            Self::Gcj02 => shift(at),
            Self::Bd09 => bd_of_gcj(shift(at)),
        }
    }

    /// Converts a whole shape to WGS-84.
    pub fn convert(self, shape: &mut geo::Geometry) {
        if self != Self::Wgs84 {
            shape.map_coords_in_place(|at| self.to_wgs84(at));
        }
    }
}

/// The box in which GCJ-02 shifts; outside it is WGS-84.
fn is_shifted(at: Coord) -> bool {
    (72.004..=137.8347).contains(&at.x) && (0.8293..=55.8271).contains(&at.y)
}

/// The published formula of the shift (as open-source implementations agree on it).
fn shift(at: Coord) -> Coord {
    if !is_shifted(at) {
        return at;
    }
    let (x, y) = (at.x - 105.0, at.y - 35.0);
    let pi = std::f64::consts::PI;
    let waves = (20.0 * (6.0 * x * pi).sin() + 20.0 * (2.0 * x * pi).sin()) * 2.0 / 3.0;
    let root = x.abs().sqrt();
    let mut north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root;
    north += waves;
    north += (20.0 * (y * pi).sin() + 40.0 * (y / 3.0 * pi).sin()) * 2.0 / 3.0;
    north += (160.0 * (y / 12.0 * pi).sin() + 320.0 * (y * pi / 30.0).sin()) * 2.0 / 3.0;
    let mut east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root;
    east += waves;
    east += (20.0 * (x * pi).sin() + 40.0 * (x / 3.0 * pi).sin()) * 2.0 / 3.0;
    east += (150.0 * (x / 12.0 * pi).sin() + 300.0 * (x / 30.0 * pi).sin()) * 2.0 / 3.0;
    let lat = at.y.to_radians();
    let magic = 1.0 - ECCENTRICITY2 * lat.sin() * lat.sin();
    let meridian = AXIS * (1.0 - ECCENTRICITY2) / (magic * magic.sqrt());
    let parallel = AXIS / magic.sqrt() * lat.cos();
    Coord { x: at.x + (east / parallel).to_degrees(), y: at.y + (north / meridian).to_degrees() }
}

/// Undoes the shift: it changes slowly, so a few steps bring the rest below a centimetre.
fn unshift(at: Coord) -> Coord {
    if !is_shifted(at) {
        return at;
    }
    let mut guess = at;
    for _ in 0..5 {
        let there = shift(guess);
        guess = Coord { x: guess.x + at.x - there.x, y: guess.y + at.y - there.y };
    }
    guess
}

/// The turn and stretch that makes BD-09 of GCJ-02.
const TURN: f64 = std::f64::consts::PI * 3000.0 / 180.0;

fn bd_of_gcj(at: Coord) -> Coord {
    let radius = at.x.hypot(at.y) + 0.000_02 * (at.y * TURN).sin();
    let angle = at.y.atan2(at.x) + 0.000_003 * (at.x * TURN).cos();
    Coord { x: radius * angle.cos() + 0.0065, y: radius * angle.sin() + 0.006 }
}

fn gcj_of_bd(at: Coord) -> Coord {
    let mut guess = Coord { x: at.x - 0.0065, y: at.y - 0.006 };
    for _ in 0..5 {
        let there = bd_of_gcj(guess);
        guess = Coord { x: guess.x + at.x - there.x, y: guess.y + at.y - there.y };
    }
    guess
}

#[cfg(test)]
mod tests {
    use helan_kernel::Position;
    use proptest::prelude::*;

    use super::*;

    fn metres(a: Coord, b: Coord) -> f64 {
        Position { lon: a.x, lat: a.y }.metres_to(Position { lon: b.x, lat: b.y })
    }

    #[test]
    fn the_shift_is_the_known_one() {
        // Tiananmen on WGS-84 and GCJ-02, as map services give it.
        let wgs = Coord { x: 116.391_349, y: 39.907_375 };
        let gcj = Coord { x: 116.397_593, y: 39.908_776 };
        assert!(metres(Datum::Gcj02.from_wgs84(wgs), gcj) < 1.0);
        let away = Coord { x: 2.35, y: 48.85 };
        assert_eq!(Datum::Gcj02.from_wgs84(away), away);
        // Inside Ningxia the shift is some hundred metres: who forgets it misses the house.
        let yinchuan = Coord { x: 106.278, y: 38.466 };
        assert!((100.0..1000.0).contains(&metres(Datum::Gcj02.from_wgs84(yinchuan), yinchuan)));
    }

    proptest! {
        #[test]
        fn there_and_back_is_within_a_centimetre(x in 73.5_f64..135.0, y in 18.0_f64..53.5) {
            let at = Coord { x, y };
            for datum in [Datum::Wgs84, Datum::Gcj02, Datum::Bd09] {
                prop_assert!(metres(datum.to_wgs84(datum.from_wgs84(at)), at) < 0.01);
            }
        }
    }
}
