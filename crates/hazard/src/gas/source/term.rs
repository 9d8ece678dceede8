//! From what is known of a leak to what goes into the air.

use serde::{Deserialize, Serialize};

use super::{
    hole::{GasHole, liquid_kg_s, piped_kg_s},
    pool,
};
use crate::{HazardError, bounds::within, gas::level::Air, substance::Substance};

/// In which state a substance leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// As it is usually kept: liquefied when it boils below the temperature of the air and can be a liquid there, else gas.
    #[default]
    Usual,
    /// As gas.
    Gas,
    /// As a liquid under its own vapour pressure, a part of which turns to vapour and mist at once.
    Liquefied,
}

/// A hole.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opening {
    /// Diameter, m.
    pub diameter_m: f64,
    /// Whether it lies below the liquid.
    pub below_liquid: bool,
    /// Length of the pipe to it, m: from 0.1 m the liquid boils on its way.
    pub pipe_m: f64,
    /// Height of the liquid above it, m.
    pub head_m: f64,
}

/// What is known of a leak.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Its rate.
    Rate {
        /// kg/s.
        rate_kg_s: f64,
        /// s; none: nobody knows when it ends.
        duration_s: Option<f64>,
        /// State.
        state: State,
    },
    /// A vessel with a hole.
    Vessel {
        /// Mass inside, kg.
        mass_kg: f64,
        /// Temperature, K; none: that of the air.
        temperature_k: Option<f64>,
        /// Absolute pressure, Pa; none: the vapour pressure.
        pressure_pa: Option<f64>,
        /// The hole.
        opening: Opening,
    },
    /// A vessel that bursts.
    Burst {
        /// Mass inside, kg.
        mass_kg: f64,
        /// Temperature, K; none: that of the air.
        temperature_k: Option<f64>,
        /// State.
        state: State,
    },
    /// A pool.
    Pool {
        /// Mass, kg.
        mass_kg: f64,
        /// Area, m²; none: it spreads freely.
        area_m2: Option<f64>,
        /// Temperature, K; none: that of the air, at most the boiling point.
        temperature_k: Option<f64>,
    },
    /// Nothing but how much there is: all of it within ten minutes (worst case of 40 CFR 68.25).
    Stock {
        /// Mass, kg.
        mass_kg: f64,
        /// State.
        state: State,
    },
}

/// What goes into the air.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Term {
    /// Model that found it.
    pub model: &'static str,
    /// Rate, kg/s; 0: at once.
    pub rate_kg_s: f64,
    /// Duration, s; infinite when nobody knows; 0: at once.
    pub duration_s: f64,
    /// Mass in all, kg; infinite when nobody knows.
    pub mass_kg: f64,
    /// Density of the cloud as it forms, kg/m³.
    pub density_kg_m3: f64,
    /// Concentration of the substance in it, kg/m³: less than the density where it rises from a pool below its boiling point.
    pub start_kg_m3: f64,
    /// Its temperature, K.
    pub temperature_k: f64,
    /// Part that turned to vapour at once.
    pub flash: f64,
    /// Mass that stays as a pool, kg.
    pub pool_kg: f64,
    /// Radius of where it rises, m.
    pub radius_m: f64,
}

/// Longest that a spill is taken to grow, s: somebody shuts it or bunds it.
const SPILL_S: f64 = 3600.0;
/// Worst case duration, s (40 CFR 68.25).
const WORST_S: f64 = 600.0;
/// Discharge coefficients: sharp hole for liquid, rounded for gas (CCPS 1999, section 2.1.1).
const LIQUID_COEFFICIENT: f64 = 0.62;
const GAS_COEFFICIENT: f64 = 0.85;
/// Most that is reckoned with, kg: ten times the largest ammonia tank.
pub const MOST_KG: f64 = 1e9;

fn mass(kg: f64) -> Result<f64, HazardError> {
    within("mass_kg", kg, (1e-6, MOST_KG), "kg")
}

fn kelvin(given: Option<f64>, air: Air) -> Result<f64, HazardError> {
    within("temperature_k", given.unwrap_or(air.temperature_k), (10.0, 2000.0), "K")
}

/// Whether it leaves as a liquid that flashes.
fn flashes(substance: &Substance, state: State, temperature_k: f64) -> bool {
    let can = substance.liquid.is_some()
        && substance.boiling_k < temperature_k
        && temperature_k < substance.critical_k;
    match state {
        State::Gas => false,
        State::Liquefied | State::Usual => can,
    }
}

/// Whether it leaves as a liquid that does not boil by itself: it makes a pool.
fn stays_liquid(substance: &Substance, state: State, temperature_k: f64) -> bool {
    state != State::Gas && substance.liquid.is_some() && temperature_k <= substance.boiling_k
}

impl Term {
    /// From a pool that a leak feeds: no more rises than flows out, and so much longer.
    fn at_most(self, rate_kg_s: f64) -> Self {
        let rate_kg_s = self.rate_kg_s.min(rate_kg_s);
        Self { rate_kg_s, duration_s: self.mass_kg / rate_kg_s, ..self }
    }

    /// What a burst left on the ground evaporates after it: a term of its own, if there is one.
    ///
    /// # Errors
    /// Never for a term that was found for this substance.
    pub fn rest(
        &self,
        substance: &Substance,
        air: Air,
        wind_m_s: f64,
    ) -> Result<Option<Self>, HazardError> {
        if self.rate_kg_s > 0.0 || self.pool_kg <= 0.0 {
            return Ok(None);
        }
        from_pool(substance, air, self.pool_kg, None, substance.boiling_k, wind_m_s).map(Some)
    }
}

/// Density and temperature of the cloud as it forms, and the part that is vapour. What stays liquid in the air is mist in it.
fn cloud(substance: &Substance, air: Air, temperature_k: f64, flashing: bool) -> (f64, f64, f64) {
    if !flashing {
        return (substance.gas_density_kg_m3(air.pressure_pa, temperature_k), temperature_k, 1.0);
    }
    let flash = substance.flash_fraction(temperature_k);
    let vapour = substance.gas_density_kg_m3(air.pressure_pa, substance.boiling_k);
    let liquid = substance.liquid_density_kg_m3(substance.boiling_k).unwrap_or(1000.0);
    let volume = flash / vapour + (1.0 - flash) / liquid;
    (1.0 / volume, substance.boiling_k, flash)
}

/// Part of a burst vessel's contents that is in the air at once, from the part that flashed (TNO Purple Book CPR 18E, table 4.8).
fn airborne(flash: f64) -> f64 {
    match flash {
        x if x < 0.1 => 2.0 * x,
        x if x < 0.36 => (0.8 * x - 0.028) / 0.26,
        _ => 1.0,
    }
}

impl Source {
    /// What there is, kg, whether it gets into the air or not; none where only the rate is known.
    #[must_use]
    pub const fn inventory_kg(&self) -> Option<f64> {
        match *self {
            Self::Rate { .. } => None,
            Self::Vessel { mass_kg, .. }
            | Self::Burst { mass_kg, .. }
            | Self::Pool { mass_kg, .. }
            | Self::Stock { mass_kg, .. } => Some(mass_kg),
        }
    }

    /// Temperature of a liquid whose vapour pressure is asked for, K: that of the air where none was told. None where it is not.
    #[must_use]
    pub fn kept_k(&self, substance: &Substance, air_k: f64) -> Option<f64> {
        match *self {
            Self::Vessel { temperature_k, .. } => Some(temperature_k.unwrap_or(air_k)),
            Self::Pool { temperature_k, .. } => {
                Some(temperature_k.unwrap_or(air_k).min(substance.boiling_k))
            }
            Self::Rate { .. } | Self::Burst { .. } | Self::Stock { .. } => None,
        }
    }

    /// What goes into the air.
    ///
    /// # Errors
    /// When a figure is not finite or out of bounds, or the substance cannot be kept so.
    pub fn term(
        &self,
        substance: &Substance,
        air: Air,
        wind_m_s: f64,
    ) -> Result<Term, HazardError> {
        match *self {
            Self::Rate { rate_kg_s, duration_s, state } => {
                let rate = within("rate_kg_s", rate_kg_s, (1e-9, 1e6), "kg/s")?;
                let duration = duration_s.map(|d| within("duration_s", d, (1.0, 604_800.0), "s"));
                let duration = duration.transpose()?.unwrap_or(f64::INFINITY);
                if stays_liquid(substance, state, air.temperature_k) {
                    let spilt_kg = rate * duration.min(SPILL_S);
                    let pool =
                        from_pool(substance, air, spilt_kg, None, air.temperature_k, wind_m_s)?;
                    return Ok(pool.at_most(rate));
                }
                Ok(steady("given-rate", substance, air, state, (rate, duration)))
            }
            Self::Stock { mass_kg, state } => {
                let rate = mass(mass_kg)? / WORST_S;
                if stays_liquid(substance, state, air.temperature_k) {
                    return from_pool(substance, air, mass_kg, None, air.temperature_k, wind_m_s);
                }
                Ok(steady("worst-case", substance, air, state, (rate, WORST_S)))
            }
            Self::Vessel { mass_kg, temperature_k, pressure_pa, opening } => {
                let temperature = kelvin(temperature_k, air)?;
                let inside = (mass(mass_kg)?, temperature, pressure_pa);
                vessel(substance, air, inside, opening, wind_m_s)
            }
            Self::Burst { mass_kg, temperature_k, state } => {
                let temperature = kelvin(temperature_k, air)?;
                let mass_kg = mass(mass_kg)?;
                if stays_liquid(substance, state, temperature) {
                    return from_pool(substance, air, mass_kg, None, temperature, wind_m_s);
                }
                Ok(burst(substance, air, mass_kg, temperature, state))
            }
            Self::Pool { mass_kg, area_m2, temperature_k } => {
                let temperature = kelvin(temperature_k, air)?;
                let area = area_m2.map(|a| within("area_m2", a, (0.01, 1e7), "m2")).transpose()?;
                from_pool(substance, air, mass(mass_kg)?, area, temperature, wind_m_s)
            }
        }
    }
}

fn steady(
    model: &'static str,
    substance: &Substance,
    air: Air,
    state: State,
    (rate_kg_s, duration_s): (f64, f64),
) -> Term {
    let flashing = flashes(substance, state, air.temperature_k);
    let (density, temperature_k, flash) = cloud(substance, air, air.temperature_k, flashing);
    Term {
        model,
        rate_kg_s,
        duration_s,
        mass_kg: rate_kg_s * duration_s,
        density_kg_m3: density,
        start_kg_m3: density,
        temperature_k,
        flash,
        pool_kg: 0.0,
        radius_m: 0.0,
    }
}

fn vessel(
    substance: &Substance,
    air: Air,
    (mass_kg, temperature_k, pressure_pa): (f64, f64, Option<f64>),
    opening: Opening,
    wind_m_s: f64,
) -> Result<Term, HazardError> {
    let diameter = within("hole_m", opening.diameter_m, (1e-5, 10.0), "m")?;
    let area = std::f64::consts::PI / 4.0 * diameter * diameter;
    let head = within("head_m", opening.head_m, (0.0, 100.0), "m")?;
    let vapour = substance.vapour_pa(temperature_k);
    let pressure = match (pressure_pa, vapour) {
        (Some(given), _) => within("pressure_pa", given, (1000.0, 2e8), "Pa")?,
        (None, Some(vapour)) => vapour.max(air.pressure_pa),
        (None, None) => {
            return Err(HazardError::Missing { field: "pressure_pa".to_owned() });
        }
    };
    let density = substance.liquid_density_kg_m3(temperature_k).filter(|_| vapour.is_some());
    let (model, rate, flashing) = match density.filter(|_| opening.below_liquid) {
        Some(density) => {
            // A liquid presses at least with its vapour.
            let pressure = pressure.max(vapour.unwrap_or(0.0));
            // It boils by itself, here and at one atmosphere, for which the flash is reckoned.
            let boiling = substance.boiling_at_k(air.pressure_pa).unwrap_or(substance.boiling_k);
            let hot = temperature_k > substance.boiling_k.max(boiling);
            let hole = (LIQUID_COEFFICIENT, area);
            let inside = (pressure, head);
            let piped = piped_kg_s(substance, hole, temperature_k, inside, air.pressure_pa);
            // Boiling in the pipe chokes the flow; at a plain hole there is no time for it.
            match piped.filter(|_| hot && opening.pipe_m >= 0.1) {
                Some(rate) => ("two-phase-hole", rate, true),
                None => {
                    let over = pressure - air.pressure_pa;
                    ("liquid-hole", liquid_kg_s(LIQUID_COEFFICIENT, area, density, over, head), hot)
                }
            }
        }
        None => {
            let hole = GasHole {
                coefficient: GAS_COEFFICIENT,
                area_m2: area,
                pressure_pa: pressure,
                temperature_k,
                density_kg_m3: substance.gas_density_kg_m3(pressure, temperature_k),
                gamma: substance.gamma,
                outside_pa: air.pressure_pa,
            };
            ("gas-hole", hole.flow().rate_kg_s, false)
        }
    };
    if rate <= 0.0 {
        let why = "nothing flows: the pressure inside is not above that outside".to_owned();
        return Err(HazardError::Together { why });
    }
    if model == "liquid-hole" && !flashing {
        // It does not boil by itself: what an hour brings makes a pool.
        let spilt_kg = mass_kg.min(rate * SPILL_S);
        let pool = from_pool(substance, air, spilt_kg, None, temperature_k, wind_m_s)?;
        return Ok(pool.at_most(rate));
    }
    // The first rate holds until all is out: shorter and stronger than it will be.
    let duration_s = (mass_kg / rate).max(1.0);
    let (density, temperature_k, flash) = cloud(substance, air, temperature_k, flashing);
    Ok(Term {
        model,
        rate_kg_s: mass_kg / duration_s,
        duration_s,
        mass_kg,
        density_kg_m3: density,
        start_kg_m3: density,
        temperature_k,
        flash,
        pool_kg: 0.0,
        radius_m: diameter / 2.0,
    })
}

fn burst(substance: &Substance, air: Air, mass_kg: f64, temperature_k: f64, state: State) -> Term {
    let flashing = flashes(substance, state, temperature_k);
    let (density, cold_k, flash) = cloud(substance, air, temperature_k, flashing);
    let in_air = if flashing { airborne(flash) } else { 1.0 };
    // The mist that stays in the air with the vapour makes the cloud denser; the rest lies on the ground.
    let density = if flashing && in_air > 0.0 {
        let vapour = substance.gas_density_kg_m3(air.pressure_pa, cold_k);
        density.min(vapour * in_air / flash.max(1e-6))
    } else {
        density
    };
    Term {
        model: "burst",
        rate_kg_s: 0.0,
        duration_s: 0.0,
        mass_kg: mass_kg * in_air.max(1e-6),
        density_kg_m3: density,
        start_kg_m3: density,
        temperature_k: cold_k,
        flash,
        pool_kg: mass_kg * (1.0 - in_air),
        radius_m: 0.0,
    }
}

fn from_pool(
    substance: &Substance,
    air: Air,
    mass_kg: f64,
    area_m2: Option<f64>,
    temperature_k: f64,
    wind_m_s: f64,
) -> Result<Term, HazardError> {
    if substance.liquid.is_none() {
        let why = format!("{} is no liquid that could make a pool", substance.key);
        return Err(HazardError::Together { why });
    }
    let surface_k = temperature_k.min(substance.boiling_k);
    let area = area_m2.unwrap_or_else(|| pool::free_area_m2(substance, mass_kg, surface_k));
    let diameter = (4.0 * area / std::f64::consts::PI).sqrt();
    let wind_kg_s = area
        * pool::mackay_matsugu_kg_s_m2(
            substance,
            surface_k,
            air.pressure_pa,
            wind_m_s.clamp(0.5, 20.0),
            diameter,
        );
    // Heat from the ground boils what is colder than it: the mean of the first five minutes.
    let heat_kg_s = area * pool::boiling_kg_s_m2(substance, air.temperature_k, 300.0);
    let rate = (wind_kg_s + heat_kg_s).min(mass_kg).max(1e-9);
    // Over a pool below its boiling point the air holds no more than the vapour pressure allows.
    let part = match substance.vapour_pa(surface_k) {
        Some(vapour) if heat_kg_s <= 0.0 => (vapour / air.pressure_pa).clamp(1e-9, 1.0),
        _ => 1.0,
    };
    let start = part * substance.gas_density_kg_m3(air.pressure_pa, surface_k);
    let density = start + (1.0 - part) * air.density_kg_m3();
    Ok(Term {
        model: "pool-evaporation",
        rate_kg_s: rate,
        duration_s: mass_kg / rate,
        mass_kg,
        density_kg_m3: density,
        start_kg_m3: start,
        temperature_k: surface_k,
        flash: 0.0,
        pool_kg: mass_kg,
        radius_m: diameter / 2.0,
    })
}
