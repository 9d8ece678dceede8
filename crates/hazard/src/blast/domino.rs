//! Which second vessel a fire or a blast may break.

use serde::Serialize;

use crate::{
    HazardError,
    blast::kingery::Charge,
    bounds::{together, within},
    fire::point_source_kw_m2,
};

/// Most vessels of one question: more than any site holds.
pub const MOST_VESSELS: usize = 10_000;

/// How a vessel is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Build {
    /// Not under pressure: tanks with fixed or floating roof.
    Atmospheric,
    /// Under pressure: spheres, bullets, reactors.
    Pressurised,
    /// Columns and other slender equipment.
    Slender,
}

/// What a vessel bears.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bears {
    /// How it is built.
    pub build: Build,
    /// Radiation for ten minutes and more, kW/m².
    pub flux_kw_m2: f64,
    /// Overpressure, kPa.
    pub overpressure_kpa: f64,
    /// Whether the figures are ours by judgement rather than printed in the source.
    pub unsure: bool,
}

/// Escalation thresholds of Cozzani, Gubinelli and Salzano 2006 (J. Hazard. Mater. 129, 1–21). For the radiation that slender equipment
/// bears the paper gives none of its own; that of vessels without pressure stands in.
pub const BEARS: [Bears; 3] = [
    Bears { build: Build::Atmospheric, flux_kw_m2: 15.0, overpressure_kpa: 22.0, unsure: false },
    Bears { build: Build::Pressurised, flux_kw_m2: 45.0, overpressure_kpa: 16.0, unsure: false },
    Bears { build: Build::Slender, flux_kw_m2: 15.0, overpressure_kpa: 31.0, unsure: true },
];

impl Build {
    /// What it bears.
    #[must_use]
    pub const fn bears(self) -> Bears {
        let [atmospheric, pressurised, slender] = BEARS;
        match self {
            Self::Atmospheric => atmospheric,
            Self::Pressurised => pressurised,
            Self::Slender => slender,
        }
    }
}

/// Another vessel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Vessel {
    /// Distance from the middle of the fire or blast to the nearest point of its wall, metres.
    pub distance_m: f64,
    /// How it is built.
    pub build: Build,
}

/// What acts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Primary {
    /// A fire that radiates this power, kW, as from a point.
    Fire {
        /// Radiated power, kW.
        radiated_kw: f64,
    },
    /// A blast.
    Blast {
        /// As TNT, kg.
        tnt_kg: f64,
    },
}

/// What a vessel gets.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Reached {
    /// Its place in the list asked about.
    pub vessel: usize,
    /// Flux, kW/m², or overpressure, kPa.
    pub load: f64,
    /// The load over what it bears; it may break at 1.
    pub ratio: f64,
}

/// The vessels that may break, most loaded first.
///
/// # Errors
/// When a number is out of bounds or there are more than [`MOST_VESSELS`].
pub fn reached(primary: Primary, vessels: &[Vessel]) -> Result<Vec<Reached>, HazardError> {
    if vessels.len() > MOST_VESSELS {
        return Err(together(format!("at most {MOST_VESSELS} vessels in one question")));
    }
    let load: Box<dyn Fn(f64) -> f64> = match primary {
        Primary::Fire { radiated_kw } => {
            let power = within("radiated_kw", radiated_kw, (0.0, 1e12), "kW")?;
            Box::new(move |d: f64| point_source_kw_m2(power, d.max(0.1)))
        }
        Primary::Blast { tnt_kg } => {
            let charge = Charge::new(tnt_kg)?;
            Box::new(move |d: f64| charge.overpressure_kpa(d))
        }
    };
    let mut found = Vec::new();
    for (index, vessel) in vessels.iter().enumerate() {
        let distance = within("distance_m", vessel.distance_m, (0.0, 1e6), "m")?;
        let bears = vessel.build.bears();
        let limit = match primary {
            Primary::Fire { .. } => bears.flux_kw_m2,
            Primary::Blast { .. } => bears.overpressure_kpa,
        };
        let load = load(distance);
        if load >= limit {
            found.push(Reached { vessel: index, load, ratio: load / limit });
        }
    }
    found.sort_by(|a, b| b.ratio.total_cmp(&a.ratio).then(a.vessel.cmp(&b.vessel)));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_tank_inside_the_circle_is_named() {
        let vessels = [
            Vessel { distance_m: 400.0, build: Build::Atmospheric },
            Vessel { distance_m: 30.0, build: Build::Pressurised },
            Vessel { distance_m: 30.0, build: Build::Atmospheric },
        ];
        // 20 kW/m² at 30 m.
        let radiated_kw = 20.0 * 4.0 * std::f64::consts::PI * 900.0;
        let fire = reached(Primary::Fire { radiated_kw }, &vessels).expect("numbers are good");
        assert_eq!(fire.iter().map(|r| r.vessel).collect::<Vec<_>>(), [2]);
        let blast = reached(Primary::Blast { tnt_kg: 1000.0 }, &vessels).expect("good");
        assert_eq!(blast.iter().map(|r| r.vessel).collect::<Vec<_>>(), [1, 2]);
        assert!(blast[0].ratio > blast[1].ratio, "the pressurised one bears less of a blast");
    }
}
