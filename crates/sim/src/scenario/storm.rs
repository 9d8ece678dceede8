//! A storm over mountain gullies: what gauges measure, and what runs off.
//!
//! The world must not reckon as the platform does, else forecasts would only prove that they agree with themselves: losses follow
//! Horton (1941), runoff two reservoirs in a row that empty the faster the fuller they are. A storm has the shape of a bell that
//! moves; each gauge catches a little more or less than falls around it.

use anyhow::{Result, ensure};
use helan_kernel::{Ms, Position};
use serde::Deserialize;

use super::file::{Moment, span};
use crate::{random::Random, world::device::Track};

/// Step of the world's water.
const STEP: Ms = Ms::seconds(60);
/// Fullness at which a reservoir empties with its time constant, mm.
const USUAL_MM: f64 = 10.0;
/// How much faster a fuller reservoir empties.
const FASTER: f64 = 0.3;
/// Decay of the losses (Horton): in so many hours they come down to a third.
const DRYING_H: f64 = 0.5;
/// Discharge without rain, m³/s.
const BASE_M3_S: f64 = 0.3;

/// A storm.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Storm {
    /// Where its centre is when: moment, longitude, latitude; straight on between.
    pub track: Vec<(Moment, f64, f64)>,
    /// Rain at the centre: moment, mm/h; evenly between.
    pub rain: Vec<(Moment, f64)>,
    /// Distance from the centre at which it rains 60 % as hard.
    pub radius_km: f64,
    /// How much gauges differ from what falls around them: standard deviation, as a share.
    pub noise: f64,
}

/// A gully.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gully {
    /// Unique in the scenario.
    pub key: String,
    /// Middle of its catchment.
    pub position: (f64, f64),
    /// Catchment.
    pub area_km2: f64,
    /// What dry ground takes at first, and wet ground in the end, mm/h.
    pub losses_mm_h: (f64, f64),
    /// How long its water takes from rain to its mouth.
    #[serde(deserialize_with = "span")]
    pub response: Ms,
}

impl Storm {
    /// Whether its numbers have sense.
    ///
    /// # Errors
    /// When one has not.
    pub fn check(&self) -> Result<()> {
        ensure!(!self.track.is_empty() && !self.rain.is_empty(), "a storm has a track and rain");
        ensure!(self.track.is_sorted_by_key(|(at, ..)| *at), "the track of the storm");
        ensure!(self.rain.is_sorted_by_key(|(at, _)| *at), "the rain of the storm");
        ensure!(self.rain.iter().all(|(_, mm)| (0.0..=500.0).contains(mm)), "0 to 500 mm/h");
        ensure!((0.1..=200.0).contains(&self.radius_km), "radius_km: 0.1 to 200");
        ensure!((0.0..=1.0).contains(&self.noise), "noise: 0 to 1");
        Ok(())
    }

    /// Rain at a place at a moment, mm/h.
    fn at(&self, now: Ms, place: Position) -> f64 {
        let of = |pick: fn(&(Moment, f64, f64)) -> f64| {
            let values = self.track.iter().map(|point| (point.0.0, pick(point))).collect();
            Track { point: "".into(), values }.at(now).unwrap_or(0.0)
        };
        let centre = Position { lon: of(|p| p.1), lat: of(|p| p.2) };
        let values = self.rain.iter().map(|(at, mm)| (at.0, *mm)).collect();
        let strength = Track { point: "".into(), values }.at(now).unwrap_or(0.0);
        let away = centre.metres_to(place) / 1000.0 / self.radius_km;
        strength * (-0.5 * away * away).exp()
    }

    /// What a gauge measures: mm since the reading before, at each reading until `end`.
    #[must_use]
    pub fn gauge(&self, key: &str, place: Position, every: Ms, end: Ms, seed: u64) -> Track {
        let mut random = Random::of(seed, key);
        let catches = (1.0 + self.noise * random.normal()).max(0.1);
        let mut values = vec![(Ms(0), 0.0)];
        let mut fallen = 0.0;
        let mut now = Ms(0);
        while now < end {
            fallen += self.at(now, place) * hours(STEP);
            now = now.after(STEP);
            if every.0 > 0 && now.0 % every.0 == 0 {
                values.push((now, fallen * catches));
                fallen = 0.0;
            }
        }
        Track { point: "rain_10min".into(), values }
    }

    /// Discharge and level at the mouth of a gully until `end`.
    #[must_use]
    pub fn runoff(&self, gully: &Gully, end: Ms) -> [Track; 2] {
        let middle = Position { lon: gully.position.0, lat: gully.position.1 };
        // Four places a quarter of the way out, and the middle, stand for the catchment.
        let out = (gully.area_km2 / std::f64::consts::PI).sqrt() / 2.0 / 111.2;
        let places = [(0.0, 0.0), (out, 0.0), (-out, 0.0), (0.0, out), (0.0, -out)];
        let places = places.map(|(east, north)| Position {
            lon: middle.lon + east * 1.28,
            lat: middle.lat + north,
        });
        let constant_h = hours(gully.response) / 2.0;
        let (mut first, mut second, mut wet_h) = (0.0_f64, 0.0_f64, 0.0_f64);
        let empties = |fill: f64| {
            let rate = (fill / USUAL_MM).powf(FASTER) / constant_h;
            fill * (1.0 - (-rate * hours(STEP)).exp())
        };
        let mut flow = vec![(Ms(0), BASE_M3_S)];
        let mut now = Ms(0);
        while now < end {
            let rain = places.iter().map(|place| self.at(now, *place)).sum::<f64>() / 5.0;
            let (dry, soaked) = gully.losses_mm_h;
            let losses = soaked + (dry - soaked) * (-wet_h / DRYING_H).exp();
            if rain > 1.0 {
                wet_h += hours(STEP);
            }
            first += (rain - losses).max(0.0) * hours(STEP);
            let down = empties(first);
            first -= down;
            second += down;
            let out_mm = empties(second);
            second -= out_mm;
            now = now.after(STEP);
            let m3_s = out_mm / 1000.0 * gully.area_km2 * 1e6 / (hours(STEP) * 3600.0);
            flow.push((now, BASE_M3_S + m3_s));
        }
        let level = flow.iter().map(|(at, q)| (*at, 0.35 * q.powf(0.4))).collect();
        [
            Track { point: "flow".into(), values: flow },
            Track { point: "level".into(), values: level },
        ]
    }
}

impl Gully {
    /// Whether its numbers have sense.
    ///
    /// # Errors
    /// When one has not.
    pub fn check(&self) -> Result<()> {
        let within = |value: f64, low: f64, high: f64| (low..=high).contains(&value);
        let key = &self.key;
        ensure!(within(self.area_km2, 0.1, 10_000.0), "gully {key}: area_km2 0.1 to 10000");
        let (dry, soaked) = self.losses_mm_h;
        ensure!(within(soaked, 0.0, 500.0) && within(dry, soaked, 500.0), "gully {key}: losses");
        ensure!(self.response >= STEP, "gully {key}: a response of a minute at least");
        Ok(())
    }
}

#[expect(clippy::cast_precision_loss, reason = "spans are hours")]
fn hours(span: Ms) -> f64 {
    span.0 as f64 / 3_600_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn storm() -> Storm {
        let min = |minutes: i64| Moment(Ms::seconds(60 * minutes));
        Storm {
            track: vec![(min(0), 106.0, 38.7)],
            rain: vec![(min(0), 0.0), (min(30), 60.0), (min(60), 60.0), (min(90), 0.0)],
            radius_km: 8.0,
            noise: 0.0,
        }
    }

    #[test]
    fn gauges_catch_what_falls_and_gullies_keep_the_water() {
        let storm = storm();
        let middle = Position { lon: 106.0, lat: 38.7 };
        let end = Ms::seconds(6 * 3600);
        let gauge = storm.gauge("g", middle, Ms::seconds(600), end, 1);
        let fallen: f64 = gauge.values.iter().map(|(_, mm)| mm).sum();
        assert!((fallen - 60.0).abs() < 0.5, "60 mm fell: {fallen}");

        let gully = Gully {
            key: "g".into(),
            position: (106.0, 38.7),
            area_km2: 10.0,
            losses_mm_h: (0.0, 0.0),
            response: Ms::seconds(2400),
        };
        let [flow, _] = storm.runoff(&gully, Ms::seconds(24 * 3600));
        let volume: f64 = flow.values.iter().map(|(_, q)| (q - BASE_M3_S) * 60.0).sum();
        let mm = volume / 10.0e6 * 1000.0;
        assert!((50.0..=60.0).contains(&mm), "what fell runs off: {mm} mm");
        let peak = |track: &Track| {
            let best = track.values.iter().max_by(|a, b| a.1.total_cmp(&b.1));
            best.map_or(Ms(0), |(at, _)| *at)
        };
        let slow = Gully { response: Ms::seconds(7200), ..gully };
        assert!(peak(&storm.runoff(&slow, end)[0]) > peak(&flow), "a slower gully peaks later");
    }
}
