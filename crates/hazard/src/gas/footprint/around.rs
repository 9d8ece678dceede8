//! The circle that is kept clear whatever the wind does.

use super::{Area, Direction, Footprint, Level, Release, Sky};
use crate::gas::erg;

/// Kept clear around a leak of gas when no table says more, m (ERG 2024, guides for gases).
const ISOLATION_M: f64 = 100.0;

/// Adds the isolation distance and, where the wind is not to be relied on, the protective distance of the guidebook.
pub(super) fn add(footprint: &mut Footprint, release: &Release, sky: Sky) {
    // Of what there is, not of what gets into the air: the container tells which row. Unknown: the largest.
    let mass_kg = release.source.inventory_kg().unwrap_or(f64::INFINITY);
    let row = release.substance.un.and_then(|un| erg::by_mass(un, mass_kg));
    let isolation_m = row.map_or(ISOLATION_M, |r| r.isolation_m);
    let level = |key: &str, severity| Level {
        key: key.to_owned(),
        severity,
        threshold: 0.0,
        unit: String::new(),
    };
    footprint.areas.push(Area::circle(level("isolation", 3), isolation_m));
    if let (Direction::Around, Some(row)) = (footprint.direction, row) {
        let night = !matches!(sky, Sky::Seen { sun_deg, .. } if sun_deg > 0.0);
        let (distance_m, _) = row.protective_m(night, 0.0);
        footprint.areas.push(Area::circle(level("erg-protective", 2), distance_m));
    }
    footprint.areas.sort_by_key(|a| std::cmp::Reverse(a.level.severity));
}
