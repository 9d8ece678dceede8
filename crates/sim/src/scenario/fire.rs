//! A fire of grass and forest as it really burns: cell by cell through patchy fuel, under the wind of the moment.
//!
//! Rates of spread are those of the fuel (Rothermel, `helan_hazard::wildfire`): what is independent of the platform's models here is
//! the growth: least times through a grid whose cells differ and some of which do not burn, instead of an ellipse.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
};

use anyhow::{Context as _, Result, ensure};
use helan_hazard::wildfire::{Fuel, Moisture, Site, Spread, Wind, site::OPEN};
use helan_kernel::Ms;
use serde::Deserialize;
use serde_json::{Value, json};

use super::file::span;
use crate::{random::Random, world::device::Track};

/// Side of a cell.
const CELL_M: f64 = 40.0;
/// Share of the cells that do not burn: rock, tracks, water.
const BARE: f64 = 0.04;
/// Cells that may burn: a square of forty kilometres.
const MOST_CELLS: usize = 1_000_000;
/// Moisture of the fuel: a dry spring day.
const DRY: Moisture =
    Moisture { dead_1h: 0.06, dead_10h: 0.07, dead_100h: 0.08, herb: 0.6, wood: 0.9 };

/// A fire.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fire {
    /// Fuel model: 1 to 13 (Anderson), 101 to 204 (Scott and Burgan).
    pub fuel: f64,
    /// Slope as a tangent.
    pub slope: f64,
    /// Where the slope falls to.
    pub aspect_deg: f64,
    /// Key of the station whose tracks `wind_speed` and `wind_from` are the wind.
    pub wind: String,
    /// When it begins.
    #[serde(deserialize_with = "span")]
    pub begins: Ms,
    /// How long it burns until it is under control.
    #[serde(deserialize_with = "span")]
    pub lasts: Ms,
    /// How much cells differ: standard deviation of the logarithm of their rates.
    pub patchy: f64,
}

impl Fire {
    /// Whether its numbers have sense.
    ///
    /// # Errors
    /// When one has not.
    pub fn check(&self) -> Result<()> {
        ensure!((0.0..=1.0).contains(&self.patchy), "patchy: 0 to 1");
        ensure!(self.lasts.0 > 0, "a fire lasts");
        self.site().map(drop)
    }

    fn site(&self) -> Result<Site> {
        let fuel = Fuel::numbered(self.fuel)?;
        Ok(Site::new(&fuel, &DRY, &OPEN, (self.slope, self.aspect_deg))?)
    }

    /// What has burnt in the end, m².
    ///
    /// # Errors
    /// When the fuel is not known, the wind is no wind, or the fire grows out of hand.
    pub fn burnt_m2(&self, wind: &Winds, seed: u64) -> Result<f64> {
        let site = self.site()?;
        let mut spreads: HashMap<i64, Spread> = HashMap::new();
        let mut spread_at = |second: f64| -> Result<Spread> {
            #[expect(clippy::cast_possible_truncation, reason = "minutes of hours")]
            let minute = (second / 60.0) as i64;
            if let Some(known) = spreads.get(&minute) {
                return Ok(*known);
            }
            let now = self.begins.after(Ms::seconds(minute * 60));
            let spread = site.spread(wind.at(now)?)?;
            spreads.insert(minute, spread);
            Ok(spread)
        };
        let mut times: HashMap<(i32, i32), f64> = HashMap::from([((0, 0), 0.0)]);
        let mut queue = BinaryHeap::from([Reverse((0_u64, (0, 0)))]);
        let end = seconds(self.lasts);
        let mut burnt = 0_usize;
        while let Some(Reverse((millis, cell))) = queue.pop() {
            let Some(time) = times.get(&cell).copied() else { continue };
            if to_millis(time) < millis || time > end {
                continue;
            }
            burnt += 1;
            ensure!(burnt <= MOST_CELLS, "the fire of the scenario is larger than its world");
            let spread = spread_at(time)?;
            for (dx, dy) in steps() {
                let next = (cell.0 + dx, cell.1 + dy);
                let Some(rate) = self.rate(next, seed) else { continue };
                let (east, north) = (f64::from(dx), f64::from(dy));
                let m_s = spread.towards_m_s(east.atan2(north).to_degrees()) * rate;
                let arrives = time + east.hypot(north) * CELL_M / m_s.max(1e-6);
                if arrives <= end && times.get(&next).is_none_or(|known| arrives < *known) {
                    times.insert(next, arrives);
                    queue.push(Reverse((to_millis(arrives), next)));
                }
            }
        }
        let cells = u32::try_from(times.len()).unwrap_or(u32::MAX);
        Ok(f64::from(cells) * CELL_M * CELL_M)
    }

    /// How fast a cell burns against the usual; none when it does not.
    fn rate(&self, (x, y): (i32, i32), seed: u64) -> Option<f64> {
        let mut random = Random::of(seed, &format!("cell {x} {y}"));
        (!random.chance(BARE)).then(|| (self.patchy * random.normal()).exp())
    }

    /// What an officer asks the platform's model: the fire under the winds that were measured.
    #[must_use]
    pub fn question(&self, wind: &Winds) -> Value {
        let winds: Vec<[f64; 3]> = wind.changes(self.begins, self.lasts);
        json!({ "inputs": {
            "fuel": self.fuel,
            "slope": self.slope,
            "aspect_deg": self.aspect_deg,
            "winds": winds,
            "lasts_s": seconds(self.lasts),
        } })
    }
}

/// The wind as a station measures it.
#[derive(Clone, Debug)]
pub struct Winds {
    /// Speed, m/s.
    pub speed: Track,
    /// Where it comes from, degrees.
    pub from: Track,
}

impl Winds {
    fn at(&self, now: Ms) -> Result<Wind> {
        let speed_m_s = self.speed.at(now).context("the wind of the fire has no speed")?;
        let from_deg = self.from.at(now).context("the wind of the fire comes from nowhere")?;
        Ok(Wind { speed_m_s, from_deg })
    }

    /// The wind every ten minutes: second after the beginning, speed, where it comes from.
    fn changes(&self, begins: Ms, lasts: Ms) -> Vec<[f64; 3]> {
        const TEN_MINUTES: i64 = 600;
        let steps = (0..).map(|step| Ms::seconds(step * TEN_MINUTES));
        let steps = steps.take_while(|after| *after < lasts);
        let wind = |after: Ms| {
            let wind = self.at(begins.after(after)).ok()?;
            Some([seconds(after), wind.speed_m_s, wind.from_deg])
        };
        steps.filter_map(wind).collect()
    }
}

/// Steps to other cells: every direction that a step of three cells can take, once.
fn steps() -> impl Iterator<Item = (i32, i32)> {
    let all = (-3_i32..=3).flat_map(|dx| (-3_i32..=3).map(move |dy| (dx, dy)));
    let divisor = |mut a: i32, mut b: i32| {
        while b != 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    all.filter(move |(dx, dy)| divisor(dx.abs(), dy.abs()) == 1)
}

#[expect(clippy::cast_precision_loss, reason = "spans are hours")]
fn seconds(span: Ms) -> f64 {
    span.0 as f64 / 1000.0
}

#[expect(clippy::cast_possible_truncation, reason = "float to integer casts saturate")]
#[expect(clippy::cast_sign_loss, reason = "times are not negative")]
fn to_millis(seconds: f64) -> u64 {
    (seconds * 1000.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_even_fire_burns_its_ellipse_and_a_turning_wind_widens_it() {
        let track = |values: &[(i64, f64)]| Track {
            point: "".into(),
            values: values.iter().map(|(min, v)| (Ms::seconds(60 * min), *v)).collect(),
        };
        let mut fire = Fire {
            fuel: 2.0,
            slope: 0.0,
            aspect_deg: 180.0,
            wind: "w".into(),
            begins: Ms(0),
            lasts: Ms::seconds(3600),
            patchy: 0.0,
        };
        let winds = Winds { speed: track(&[(0, 4.0)]), from: track(&[(0, 270.0)]) };
        let wind = Wind { speed_m_s: 4.0, from_deg: 270.0 };
        let whole = fire.site().unwrap().spread(wind).unwrap().burnt_m2(3600.0);
        let burnt = fire.burnt_m2(&winds, 1).unwrap() / (1.0 - BARE);
        assert!((burnt / whole - 1.0).abs() < 0.12, "{burnt} against {whole}");

        let turned =
            Winds { from: track(&[(0, 270.0), (29, 270.0), (31, 360.0)]), ..winds.clone() };
        assert!(fire.burnt_m2(&turned, 1).unwrap() > burnt);
        fire.lasts = Ms::seconds(1800);
        assert!(fire.burnt_m2(&winds, 1).unwrap() < burnt / 2.0, "it grows with time squared");
        let asked = fire.question(&winds);
        assert_eq!(asked["inputs"]["winds"].as_array().unwrap().len(), 3);
    }
}
