//! From a release, the wind and the place to areas: the whole chain in one call.

use serde::{Deserialize, Serialize};

use super::{
    cloud::{Cloud, Neutral},
    dense::{self, Dense, DenseCloud},
    level::{Air, Levels, MOST_LEVELS, Threshold, thresholds},
    plume::Plume,
    puff::Puff,
    shape::Drawing,
    sigma,
    source::{Source, Term},
    weather::{Sky, Stability, Terrain, wind_at},
};
use crate::{Area, Frame, HazardError, Level, Warning, area, bounds::within, substance::Substance};

mod around;
mod report;
mod time;
mod warn;

pub(crate) use warn::{
    DENSE_STRETCHED, SECOND_HAND as ERG_SECOND_HAND, UNSURE as UNSURE_DATA, VAPOUR_STRETCHED,
};

/// A release.
#[derive(Clone, Debug, PartialEq)]
pub struct Release {
    /// Substance.
    pub substance: &'static Substance,
    /// What is known of the leak.
    pub source: Source,
    /// Height of the leak above the ground, m.
    pub height_m: f64,
    /// Levels wanted.
    pub levels: Levels,
}

/// What is known of the wind.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wind {
    /// Measured or told.
    Known {
        /// Speed, m/s.
        speed_m_s: f64,
        /// Where it comes from, degrees clockwise from north.
        from_deg: f64,
        /// Standard deviation of its direction, degrees, if measured.
        sigma_deg: Option<f64>,
        /// How long ago, s.
        age_s: f64,
        /// Height above ground, m.
        height_m: f64,
    },
    /// Nothing.
    Unknown,
}

/// The place.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Site {
    /// Terrain.
    pub terrain: Terrain,
    /// Temperature of the air, K.
    pub air_k: f64,
    /// Pressure of the air, Pa.
    pub pressure_pa: f64,
    /// What is known of the sky.
    pub sky: Sky,
    /// Averaging time for harm by breathing, s.
    pub averaging_s: f64,
    /// Air changes of houses with windows shut, 1/h.
    pub air_changes_per_h: f64,
}

impl Default for Site {
    fn default() -> Self {
        Self {
            terrain: Terrain::Rural,
            air_k: 288.15,
            pressure_pa: crate::substance::ATMOSPHERE_PA,
            sky: Sky::Unknown,
            averaging_s: 600.0,
            air_changes_per_h: 0.5,
        }
    }
}

/// Below this wind at 10 m there is no direction to rely on, m/s.
pub const CALM_M_S: f64 = 1.0;
/// Above it an anemometer is broken, m/s: stronger than any mean wind measured at a station in the plains.
pub const TOO_STRONG_M_S: f64 = 60.0;
/// From this age a wind is said to be stale, s, as on the screens of duty; and from this it is no longer relied on.
pub const STALE_S: f64 = 1200.0;
const TOO_OLD_S: f64 = 7200.0;

/// From this height on a leak counts as above people's heads, m.
const HIGH_M: f64 = 2.0;

/// Weathers tried when the wind is not known: every class at the winds it goes with, the first the one in which most gases reach farthest.
const WEATHERS: [(Stability, f64); 9] = [
    (Stability::F, 1.0),
    (Stability::F, 1.5),
    (Stability::E, 3.0),
    (Stability::D, 1.0),
    (Stability::D, 5.0),
    (Stability::D, 10.0),
    (Stability::C, 3.0),
    (Stability::B, 2.0),
    (Stability::A, 1.5),
];
/// Those tried in a calm.
const CALMS: [(Stability, f64); 4] =
    [(Stability::F, 1.0), (Stability::E, 1.0), (Stability::D, 1.0), (Stability::A, 1.0)];

/// Where the gas may go.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub enum Direction {
    /// With the wind.
    Sector {
        /// Where the wind comes from, degrees.
        from_deg: f64,
        /// How far it may err to either side, degrees.
        half_angle_deg: f64,
    },
    /// Anywhere.
    Around,
}

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Footprint {
    /// Substance.
    pub substance: &'static Substance,
    /// What goes into the air.
    pub term: Term,
    /// Clouds: one with a known wind, one for each weather tried without; after each that of a burst's pool, if it left one.
    pub clouds: Vec<Cloud>,
    /// Stability class and wind at 10 m of each.
    pub weathers: Vec<(Stability, f64)>,
    /// Where it may go.
    pub direction: Direction,
    /// Levels, worst first, and how far each reaches, m.
    pub levels: Vec<(Threshold, Option<f64>)>,
    /// Areas, worst first.
    pub areas: Vec<Area>,
    /// What to beware of.
    pub warnings: Vec<Warning>,
    /// Exposure that the levels stand for, min.
    pub exposure_min: f64,
    /// Mass between the explosive limits, kg; none for what does not burn.
    pub explosive_kg: Option<f64>,
    /// Air changes of houses, 1/h.
    pub air_changes_per_h: f64,
    /// What one ppm weighs in this air, kg/m³.
    pub ppm_kg_m3: f64,
}

/// Where a release goes and what it reaches.
///
/// # Errors
/// When a figure is not finite or out of bounds, or the substance cannot be kept as told. A wind that cannot be relied on is no error: the
/// areas are then circles and a warning says so.
pub fn release(release: &Release, wind: &Wind, site: &Site) -> Result<Footprint, HazardError> {
    let air = checked(release, site)?;
    let mut warnings = Vec::new();
    let (weathers, direction) = weather(wind, site, &mut warnings)?;
    let slowest = weathers.iter().map(|(_, wind)| *wind).fold(f64::INFINITY, f64::min);
    let kept_k = release.source.kept_k(release.substance, air.temperature_k);
    if kept_k.is_some_and(|kept_k| !release.substance.vapour_fitted(kept_k)) {
        warnings.push(VAPOUR_STRETCHED);
    }
    let term = release.source.term(release.substance, air, slowest.max(1.5))?;
    let rest = term.rest(release.substance, air, slowest.max(1.5))?;
    let widening = sigma::averaging(site.averaging_s);
    let clouds: Vec<Cloud> = weathers
        .iter()
        .flat_map(|weather| {
            let of =
                |term: &Term| cloud(release, term, air, site.terrain, *weather).widened(widening);
            [Some(of(&term)), rest.as_ref().map(of)]
        })
        .flatten()
        .collect();
    let lasting = rest.map_or(term.duration_s, |rest| rest.duration_s.max(term.duration_s));
    let exposure_min = match lasting {
        s if s.is_infinite() => 60.0,
        s => (s / 60.0).clamp(10.0, 480.0),
    };
    let wanted =
        thresholds(release.substance, &release.levels, exposure_min, site.averaging_s, air);
    let mut footprint = Footprint {
        substance: release.substance,
        term,
        clouds,
        weathers,
        direction,
        levels: Vec::with_capacity(wanted.len()),
        areas: Vec::with_capacity(wanted.len() + 2),
        warnings,
        exposure_min,
        explosive_kg: None,
        air_changes_per_h: site.air_changes_per_h,
        ppm_kg_m3: release.substance.concentration_kg_m3(1e-6, air.pressure_pa, air.temperature_k),
    };
    footprint.draw(wanted);
    footprint.explosive(air);
    around::add(&mut footprint, release, site.sky);
    warn::add(&mut footprint);
    Ok(footprint)
}

fn checked(release: &Release, site: &Site) -> Result<Air, HazardError> {
    within("height_m", release.height_m, (0.0, 300.0), "m")?;
    within("averaging_s", site.averaging_s, (1.0, 3600.0), "s")?;
    within("air_changes_per_h", site.air_changes_per_h, (0.0, 100.0), "1/h")?;
    if let Levels::Given(list) = &release.levels {
        if list.is_empty() {
            return Err(HazardError::Missing { field: "levels_ppm".to_owned() });
        }
        if list.len() > MOST_LEVELS {
            let field = "levels_ppm".to_owned();
            return Err(HazardError::Type { field, expected: "a list of at most 8 numbers" });
        }
        list.iter().try_for_each(|p| within("levels_ppm", *p, (1e-6, 1e6), "ppm").map(drop))?;
    }
    if let Sky::Seen { sun_deg, cloud_tenths } = site.sky {
        within("sun_deg", sun_deg, (-90.0, 90.0), "deg")?;
        within("cloud_tenths", cloud_tenths.unwrap_or(0.0), (0.0, 10.0), "tenths")?;
    }
    Ok(Air {
        pressure_pa: within("pressure_pa", site.pressure_pa, (50_000.0, 110_000.0), "Pa")?,
        temperature_k: within("air_k", site.air_k, (220.0, 330.0), "K")?,
    })
}

type Weathers = Vec<(Stability, f64)>;

/// Which weathers to try, and where the gas may go.
fn weather(
    wind: &Wind,
    site: &Site,
    warnings: &mut Vec<Warning>,
) -> Result<(Weathers, Direction), HazardError> {
    let unknown = || Ok((WEATHERS.to_vec(), Direction::Around));
    let Wind::Known { speed_m_s, from_deg, sigma_deg, age_s, height_m } = *wind else {
        warnings.push(warn::WIND_UNKNOWN);
        return unknown();
    };
    within("wind_m_s", speed_m_s, (0.0, 1000.0), "m/s")?;
    within("wind_from_deg", from_deg, (-360.0, 720.0), "deg")?;
    within("wind_sigma_deg", sigma_deg.unwrap_or(0.0), (0.0, 180.0), "deg")?;
    within("wind_age_s", age_s, (0.0, f64::MAX), "s")?;
    within("wind_height_m", height_m, (0.5, 300.0), "m")?;
    if speed_m_s > TOO_STRONG_M_S {
        warnings.push(warn::WIND_TOO_STRONG);
        return unknown();
    }
    if age_s > TOO_OLD_S {
        warnings.push(warn::WIND_TOO_OLD);
        return unknown();
    }
    let (class, at_10_m) = Stability::of_measured(speed_m_s, height_m, site.sky, site.terrain);
    if at_10_m < CALM_M_S {
        warnings.push(warn::CALM);
        return Ok((CALMS.to_vec(), Direction::Around));
    }
    if site.sky == Sky::Unknown {
        warnings.push(warn::SKY_UNKNOWN);
    }
    // Two standard deviations, as measured; 5° at least for what a vane may be wrong.
    let mut half_angle_deg = sigma_deg.map_or(class.half_angle_deg(), |s| (2.0 * s).max(5.0));
    if age_s > STALE_S {
        warnings.push(warn::WIND_STALE);
        // It may have turned: 10° more for each further ten minutes.
        half_angle_deg += 10.0 * (age_s - STALE_S) / 600.0;
    }
    let half_angle_deg = half_angle_deg.min(180.0);
    let from_deg = from_deg.rem_euclid(360.0);
    Ok((vec![(class, at_10_m)], Direction::Sector { from_deg, half_angle_deg }))
}

/// The cloud of a term in a weather: dense or neutral by the density criterion, never by choice.
fn cloud(
    release: &Release,
    term: &Term,
    air: Air,
    terrain: Terrain,
    (stability, wind_10_m_s): (Stability, f64),
) -> Cloud {
    // A leak no higher than people breathe counts as one on the ground: nobody breathes more than with that.
    let height_m = if release.height_m < HIGH_M { 0.0 } else { release.height_m };
    let at_once = term.rate_kg_s <= 0.0;
    let wind_m_s = wind_at(wind_10_m_s, 10.0, height_m.max(10.0), stability, terrain);
    let neutral = |amount: f64| {
        if at_once {
            return Neutral::Puff(Puff { mass_kg: amount, wind_m_s, height_m, stability });
        }
        Neutral::Plume(Plume {
            rate_kg_s: amount,
            duration_s: term.duration_s,
            wind_m_s,
            height_m,
            stability,
            terrain,
            widening: 1.0,
        })
    };
    let g = dense::reduced_gravity(term.density_kg_m3, air.density_kg_m3());
    let u = wind_10_m_s;
    let flow_m3_s = term.rate_kg_s / term.start_kg_m3;
    let (is_dense, least) = if at_once {
        let volume = term.mass_kg / term.start_kg_m3;
        // The volume at which the criterion just holds.
        let least = (0.04 * u * u / g.max(1e-9)).powi(3) * term.start_kg_m3;
        (dense::puff_is_dense(g, volume, u), least.min(term.mass_kg))
    } else {
        let least = (0.15f64.powi(3) * u.powf(2.5) / g.max(1e-9)).powi(2) * term.start_kg_m3;
        (dense::plume_is_dense(g, flow_m3_s, u), least.min(term.rate_kg_s))
    };
    if !is_dense {
        return Cloud::Neutral(neutral(if at_once { term.mass_kg } else { term.rate_kg_s }));
    }
    let dense = Dense {
        flow_m3_s,
        duration_s: term.duration_s,
        volume_m3: if term.mass_kg.is_finite() {
            term.mass_kg / term.start_kg_m3
        } else {
            // Only asked for beyond the reach of a plume that never ends.
            0.0
        },
        start_kg_m3: term.start_kg_m3,
        reduced_gravity: g,
        warmth: (term.temperature_k / air.temperature_k).min(1.0),
        wind_m_s: u,
    };
    Cloud::Dense(DenseCloud::new(dense), neutral(least))
}

impl Footprint {
    /// Draws the area of every level, and remembers its reach.
    fn draw(&mut self, wanted: Vec<Threshold>) {
        for threshold in wanted {
            let mut reach: Option<f64> = None;
            for cloud in &self.clouds {
                let cloud = cloud.widened(threshold.widening);
                // Of the weathers tried most reach less far than the first: no need to know how far.
                if reach.is_some_and(|r| cloud.stays_within(r, threshold.kg_m3)) {
                    continue;
                }
                let Some((far, beyond)) = cloud.reach_m(threshold.kg_m3) else { continue };
                if beyond && !self.warnings.contains(&warn::BEYOND) {
                    self.warnings.push(warn::BEYOND);
                }
                let far = match self.direction {
                    Direction::Around => cloud.farthest_m(far),
                    Direction::Sector { .. } => far,
                };
                reach = Some(reach.map_or(far, |r| r.max(far)));
            }
            if let Some(reach_m) = reach {
                let area = self.area(&threshold, reach_m, None);
                self.areas.extend(area);
            }
            self.levels.push((threshold, reach));
        }
    }

    /// The area of a level over all times, or within a stretch of the axis.
    fn area(&self, threshold: &Threshold, reach_m: f64, part: Option<(f64, f64)>) -> Option<Area> {
        let level = threshold.level.clone();
        let (from_m, to_m) = part.unwrap_or((0.0, reach_m));
        let Direction::Sector { from_deg, half_angle_deg } = self.direction else {
            return Some(Area::circle(level, to_m));
        };
        let near = self.clouds.iter().map(Cloud::near_m).fold(self.term.radius_m, f64::max);
        let mut drawing = Drawing::new(half_angle_deg.to_radians(), from_m);
        for cloud in &self.clouds {
            let cloud = cloud.widened(threshold.widening);
            if let Some((reach_m, _)) = cloud.reach_m(threshold.kg_m3) {
                drawing.add(&cloud, threshold.kg_m3, to_m.min(reach_m), reach_m);
            }
        }
        let ring = drawing.outline(near.max((0.05 * reach_m).min(10.0)));
        (!ring.is_empty()).then(|| Area::new(level, vec![area::turn(&ring, from_deg)]))
    }

    fn explosive(&mut self, air: Air) {
        let (Some(lel), Some(uel)) = (self.substance.lel, self.substance.uel.or(Some(1.0))) else {
            return;
        };
        let at =
            |part| self.substance.concentration_kg_m3(part, air.pressure_pa, air.temperature_k);
        let (low, high) = (at(lel), at(uel));
        let most = self.clouds.iter().fold(0.0, |most: f64, cloud| {
            if cloud.mass_at_most(low) <= most {
                most
            } else {
                most.max(cloud.mass_between(low, high))
            }
        });
        self.explosive_kg = Some(most.min(self.term.mass_kg));
    }
}
