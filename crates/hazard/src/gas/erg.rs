//! Isolation and protective distances of the Emergency Response Guidebook 2024, table 3. Second hand: see `data/erg2024_table3.csv`.

use std::sync::LazyLock;

use serde::Serialize;

use crate::substance::rows;

/// A mile, m.
const MILE_M: f64 = 1609.344;
/// A foot, m.
const FOOT_M: f64 = 0.3048;

static TABLE: LazyLock<Vec<Row>> = LazyLock::new(|| {
    rows(include_str!("../../data/erg2024_table3.csv")).filter_map(read).collect()
});

/// One container of one substance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Row {
    /// UN number.
    pub un: u16,
    /// Container.
    pub container: &'static str,
    /// Isolation in all directions, m.
    pub isolation_m: f64,
    /// Protective distances, m, by day and night and in low, moderate and high wind; the second of each: at least so far.
    pub protective: [(f64, bool); 6],
}

fn read(cells: Vec<&'static str>) -> Option<Row> {
    let [un, container, isolation, protective @ ..] = cells.as_slice() else { return None };
    let mut read = [(0.0, false); 6];
    if protective.len() != read.len() {
        return None;
    }
    for (slot, cell) in read.iter_mut().zip(protective) {
        let miles: f64 = cell.trim_end_matches('+').parse().ok()?;
        *slot = (miles * MILE_M, cell.ends_with('+'));
    }
    Some(Row {
        un: un.parse().ok()?,
        container,
        isolation_m: isolation.parse::<f64>().ok()? * FOOT_M,
        protective: read,
    })
}

/// All rows.
#[must_use]
pub fn table() -> &'static [Row] {
    &TABLE
}

/// The row of a substance for a container of about this mass: the largest container for 10 t and more or an unknown mass, a road tank from
/// 2 t, ton cylinders from 500 kg, the smallest below; where the table has none of that size, the next larger.
#[must_use]
pub fn by_mass(un: u16, mass_kg: f64) -> Option<&'static Row> {
    let size = |r: &Row| match r.container {
        "Small cylinders or single ton" | "Multiple small cylinders" => 0,
        "Multiple ton cylinders" | "Agricultural nurse tank" => 1,
        "Highway tank truck or trailer" => 2,
        _ => 3,
    };
    let wanted = match mass_kg {
        m if m < 500.0 => 0,
        m if m < 2000.0 => 1,
        m if m < 10_000.0 => 2,
        _ => 3,
    };
    let of = || table().iter().filter(|r| r.un == un);
    // Where the table has no such container, the next larger one.
    let larger = of().filter(|r| size(r) >= wanted).min_by_key(|r| size(r));
    larger.or_else(|| of().max_by_key(|r| size(r)))
}

impl Row {
    /// Protective distance, m, in a wind, m/s; whether the true one may be greater.
    #[must_use]
    pub fn protective_m(&self, night: bool, wind_m_s: f64) -> (f64, bool) {
        // 10 and 20 km/h.
        let by_wind = match wind_m_s * 3.6 {
            w if w < 10.0 => 0,
            w if w <= 20.0 => 1,
            _ => 2,
        };
        let column = by_wind + if night { 3 } else { 0 };
        self.protective.get(column).copied().unwrap_or((0.0, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tank_car_of_chlorine_at_night() {
        let row = by_mass(1017, 50_000.0).unwrap();
        assert!((row.isolation_m - 914.4).abs() < 1e-9);
        let (far, more) = row.protective_m(true, 1.0);
        assert!((far - 7.0 * MILE_M).abs() < 1e-6 && more);
        assert!(by_mass(1203, 1.0).is_none());
        // Ethylene oxide has no row for ton cylinders: the tank truck's.
        assert_eq!(by_mass(1040, 1000.0).unwrap().container, "Highway tank truck or trailer");
        for un in [1005, 1017, 1040, 1050, 1052, 1079] {
            let isolation =
                [1.0, 600.0, 3000.0, 1e5].map(|kg| by_mass(un, kg).unwrap().isolation_m);
            assert!(isolation.is_sorted(), "{un}: {isolation:?}");
        }
        assert_eq!(table().len(), 22);
    }
}
