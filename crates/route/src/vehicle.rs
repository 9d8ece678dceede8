//! Who drives or walks: what a class of vehicles fits through, and how fast it is.

use serde::{Deserialize, Serialize};

use crate::{RouteError, graph::Edge};

/// Who may use an edge, or who somebody counts as: bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Access(pub u8);

impl Access {
    /// Nobody.
    pub const NONE: Self = Self(0);
    /// Cars of the public.
    pub const CAR: Self = Self(1);
    /// Buses.
    pub const BUS: Self = Self(2);
    /// Fire engines, ambulances, police.
    pub const EMERGENCY: Self = Self(4);
    /// People on foot.
    pub const FOOT: Self = Self(8);
    /// Everything with wheels.
    pub const WHEELS: Self = Self(7);
    /// Everybody.
    pub const ALL: Self = Self(15);

    /// All who are in one of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those who are in the first but not in the second.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether somebody is in both.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// A class of vehicles, as data. Sizes of zero mean: fits everywhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VehicleClass {
    /// Key of the class.
    pub key: String,
    /// As who it passes.
    pub access: Access,
    /// Height, metres.
    #[serde(default)]
    pub height_m: f64,
    /// Width, metres.
    #[serde(default)]
    pub width_m: f64,
    /// Weight when loaded, tonnes.
    #[serde(default)]
    pub weight_t: f64,
    /// Fastest it goes, km/h; for feet, how fast they walk.
    pub top_km_h: f64,
    /// Its speed as a share of what a car drives there, above 0 to 2.
    #[serde(default = "one")]
    pub pace: f64,
    /// Whether it keeps to turn restrictions and pays turn penalties.
    #[serde(default = "yes")]
    pub keeps_turns: bool,
}

const fn one() -> f64 {
    1.0
}

const fn yes() -> bool {
    true
}

/// Slowest and fastest top speeds that make sense, km/h.
const TOP_KM_H: std::ops::RangeInclusive<f64> = 0.5..=300.0;

impl VehicleClass {
    /// A private car.
    #[must_use]
    pub fn car() -> Self {
        Self::wheels("car", Access::CAR, (0.0, 0.0, 0.0), 120.0, 1.0)
    }

    /// A water tender: sizes of a common heavy one (GB 1589 allows 4.0 m and 2.55 m); the weight is a typical one of three axles.
    #[must_use]
    pub fn fire_engine() -> Self {
        Self::wheels("fire-engine", Access::EMERGENCY, (3.6, 2.5, 25.0), 90.0, 1.0)
    }

    /// An ambulance on a van: typical sizes.
    #[must_use]
    pub fn ambulance() -> Self {
        Self::wheels("ambulance", Access::EMERGENCY, (2.8, 2.1, 4.5), 120.0, 1.0)
    }

    /// A city bus of 12 m: typical sizes.
    #[must_use]
    pub fn bus() -> Self {
        Self::wheels("bus", Access::BUS, (3.3, 2.55, 18.0), 80.0, 0.85)
    }

    /// People on foot, in mixed groups (1.2 m/s).
    #[must_use]
    pub fn foot() -> Self {
        Self {
            keeps_turns: false,
            ..Self::wheels("foot", Access::FOOT, (0.0, 0.0, 0.0), 4.32, 1.0)
        }
    }

    /// The classes above.
    #[must_use]
    pub fn all() -> Vec<Self> {
        vec![Self::car(), Self::fire_engine(), Self::ambulance(), Self::bus(), Self::foot()]
    }

    fn wheels(
        key: &str,
        access: Access,
        (height_m, width_m, weight_t): (f64, f64, f64),
        top_km_h: f64,
        pace: f64,
    ) -> Self {
        let key = key.to_owned();
        Self { key, access, height_m, width_m, weight_t, top_km_h, pace, keeps_turns: true }
    }

    /// Looks whether the numbers make sense.
    ///
    /// # Errors
    /// When one is outside its range.
    pub fn check(&self) -> Result<(), RouteError> {
        let bad = |what, value| Err(RouteError::BadNumber { what, value });
        for (what, value) in
            [("height", self.height_m), ("width", self.width_m), ("weight", self.weight_t)]
        {
            if !(0.0..=1000.0).contains(&value) {
                return bad(what, value);
            }
        }
        match () {
            () if !TOP_KM_H.contains(&self.top_km_h) => bad("top speed", self.top_km_h),
            () if !(0.01..=2.0).contains(&self.pace) => bad("pace", self.pace),
            () => Ok(()),
        }
    }

    /// Whether it may and can use an edge.
    #[must_use]
    pub fn fits(&self, edge: &Edge) -> bool {
        let fits = |size: f64, limit: f32| limit <= 0.0 || size <= f64::from(limit);
        self.access.meets(edge.access)
            && fits(self.height_m, edge.height_m)
            && fits(self.width_m, edge.width_m)
            && fits(self.weight_t, edge.weight_t)
    }

    /// How long it takes along an edge, ms; none when it may not or cannot use it. Where the length is not known (files that give
    /// times only), every class takes the given time.
    #[must_use]
    pub fn time_ms(&self, edge: &Edge) -> Option<u32> {
        if !self.fits(edge) {
            return None;
        }
        if edge.length_m <= 0.0 {
            return Some(edge.time_ms);
        }
        let own = f64::from(edge.length_m) * 3_600.0 / self.top_km_h;
        if self.access == Access::FOOT {
            return Some(rounded(own));
        }
        Some(rounded(own.max(f64::from(edge.time_ms) / self.pace)))
    }
}

/// Milliseconds, rounded; the largest when there are too many.
pub(crate) fn rounded(ms: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped before")]
    let whole = ms.round().clamp(0.0, f64::from(u32::MAX)) as u32;
    whole
}
