//! A mountain gully: rain at gauges → discharge at its mouth → how long until it is too much.

use super::{
    runoff::{CurveNumber, MOST_RAIN_MM},
    unit_graph::UnitGraph,
};
use crate::{
    HazardError,
    bounds::{count, together, within},
    model::LONGEST,
};

/// Most gauges of one gully.
pub const MOST_GAUGES: usize = 1_000;
/// Most steps for which rain is taken to go on.
pub const MOST_GOES_ON: usize = 36;
/// Steps whose mean says how it rains now.
pub const LOOKED_BACK: usize = 3;
/// A gauge nearer than this counts as on the spot, metres.
const ON_THE_SPOT_M: f64 = 10.0;

/// A gully.
#[derive(Clone, Debug, PartialEq)]
pub struct Gully {
    /// How its ground takes rain.
    pub ground: CurveNumber,
    /// How it answers.
    pub graph: UnitGraph,
    /// What runs without rain, m³/s.
    pub base_m3_s: f64,
}

/// Discharge at the mouth.
#[derive(Clone, Debug, PartialEq)]
pub struct Flood {
    /// Mean discharge of each step from the beginning of the rain, m³/s; goes on after the rain.
    pub discharge_m3_s: Vec<f64>,
    /// The largest.
    pub peak_m3_s: f64,
    /// The step in which it comes.
    pub peak_step: usize,
    /// Steps from the middle of the excess to the peak.
    pub answer_steps: f64,
}

/// The moment at which the rain that had fallen told what came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// The step whose rain told it: that rain is known at the end of this step.
    pub known_step: usize,
    /// The first step with at least the threshold, as it looked then.
    pub reached_step: usize,
}

impl Told {
    /// Seconds between both: the lead time. Negative when the threshold was reached within the very step.
    #[must_use]
    pub fn lead_s(&self, step_s: f64) -> f64 {
        let steps = i64::try_from(self.reached_step).unwrap_or(i64::MAX)
            - i64::try_from(self.known_step).unwrap_or(i64::MAX)
            - 1;
        step_s * i32::try_from(steps).map_or(f64::MAX, f64::from)
    }
}

impl Gully {
    fn check(&self, rain_mm: &[f64]) -> Result<(), HazardError> {
        within("base_m3_s", self.base_m3_s, (0.0, 1e6), "m3/s")?;
        if rain_mm.is_empty() || rain_mm.len() > LONGEST {
            return Err(together(format!("1 to {LONGEST} steps of rain are needed")));
        }
        rain_mm
            .iter()
            .try_for_each(|r| within("rain_mm", *r, (0.0, MOST_RAIN_MM), "mm").map(|_| ()))
    }

    /// The flood of a rain, mm by steps as long as those of the unit graph.
    ///
    /// # Errors
    /// When the rain is empty, too long, negative or not a number.
    pub fn flood(&self, rain_mm: &[f64]) -> Result<Flood, HazardError> {
        self.check(rain_mm)?;
        let excess = self.ground.excess_mm(rain_mm);
        let mut discharge = self.graph.discharge_m3_s(&excess);
        discharge.iter_mut().for_each(|q| *q += self.base_m3_s);
        let (peak_step, peak_m3_s) = discharge
            .iter()
            .copied()
            .enumerate()
            .fold((0, 0.0), |best, next| if next.1 > best.1 { next } else { best });
        let whole: f64 = excess.iter().sum();
        let moment: f64 = excess.iter().enumerate().map(|(i, e)| (count(i) + 0.5) * e).sum();
        let answer_steps = if whole > 0.0 { count(peak_step) + 0.5 - moment / whole } else { 0.0 };
        Ok(Flood { discharge_m3_s: discharge, peak_m3_s, peak_step, answer_steps })
    }

    /// When the rain as it fell first told that the discharge would reach a threshold; none when it never did.
    ///
    /// `goes_on` is for how many steps the rain is taken to go on as in the last [`LOOKED_BACK`] steps: 0 trusts what fell alone; more
    /// tells earlier, and more often wrongly.
    ///
    /// # Errors
    /// As [`Gully::flood`]; or when the threshold is not positive, or the rain goes on for more than [`MOST_GOES_ON`] steps.
    pub fn told(
        &self,
        rain_mm: &[f64],
        threshold_m3_s: f64,
        goes_on: usize,
    ) -> Result<Option<Told>, HazardError> {
        self.check(rain_mm)?;
        let threshold = within("threshold_m3_s", threshold_m3_s, (1e-6, 1e7), "m3/s")?;
        within("goes_on", count(goes_on), (0.0, count(MOST_GOES_ON)), "steps")?;
        let length = rain_mm.len() + goes_on + self.graph.ordinates.len();
        let mut flow = vec![self.base_m3_s; length];
        let (mut fallen, mut run_off) = (0.0, 0.0);
        for (known_step, rain) in rain_mm.iter().enumerate() {
            fallen += rain;
            let now = self.ground.depth_mm(fallen);
            if now > run_off {
                self.graph.add(&mut flow, known_step, now - run_off);
            }
            run_off = now;
            let last = rain_mm.iter().take(known_step + 1).rev().take(LOOKED_BACK);
            let rate = last.clone().sum::<f64>() / count(last.count());
            let ahead = self.ahead(&flow, known_step, (fallen, rate), goes_on);
            // Earlier steps no longer change; the first look found none of them at the threshold.
            if let Some(after) = ahead.iter().position(|q| *q >= threshold) {
                return Ok(Some(Told { known_step, reached_step: known_step + after }));
            }
        }
        Ok(None)
    }

    /// The discharge from a step on when the rain goes on.
    fn ahead(
        &self,
        flow: &[f64],
        from: usize,
        (fallen, rate): (f64, f64),
        goes_on: usize,
    ) -> Vec<f64> {
        let reach = self.graph.ordinates.len() + goes_on;
        let mut ahead: Vec<f64> = flow.iter().skip(from).take(reach).copied().collect();
        if rate > 0.0 {
            for step in 1..=goes_on {
                let before = self.ground.depth_mm(fallen + rate * count(step - 1));
                let after = self.ground.depth_mm(fallen + rate * count(step));
                self.graph.add(&mut ahead, step, after - before);
            }
        }
        ahead
    }
}

/// Rain over a catchment from gauges that each have a weight and, for each step, a depth or nothing when they are silent: the weighted
/// mean of those that speak. A step in which none speaks is missing in the answer too, for the caller to say so.
///
/// # Errors
/// When gauges are missing, too many, of different lengths, or a number is out of bounds.
pub fn areal_mm(gauges: &[(f64, &[Option<f64>])]) -> Result<Vec<Option<f64>>, HazardError> {
    let Some((_, first)) = gauges.first() else {
        return Err(together("no gauge"));
    };
    let length = first.len();
    if gauges.len() > MOST_GAUGES || length > LONGEST {
        return Err(together(format!("at most {MOST_GAUGES} gauges with {LONGEST} steps")));
    }
    let mut sums = vec![(0.0, 0.0); length];
    for (weight, series) in gauges {
        let weight = within("weight", *weight, (0.0, 1e9), "")?;
        if series.len() != length {
            return Err(together("the series of the gauges differ in length"));
        }
        for (sum, depth) in sums.iter_mut().zip(*series) {
            if let Some(depth) = depth {
                let depth = within("rain_mm", *depth, (0.0, MOST_RAIN_MM), "mm")?;
                *sum = (sum.0 + weight * depth, sum.1 + weight);
            }
        }
    }
    Ok(sums.iter().map(|(sum, weights)| (*weights > 0.0).then(|| sum / weights)).collect())
}

/// Weights of gauges by the inverse square of their distance from the middle of a catchment, metres; together 1, none for none.
#[must_use]
pub fn weights(distances_m: &[f64]) -> Vec<f64> {
    let raw: Vec<f64> = distances_m
        .iter()
        .map(|d| if d.is_finite() { d.abs().max(ON_THE_SPOT_M).powi(-2) } else { 0.0 })
        .collect();
    let whole: f64 = raw.iter().sum();
    if whole > 0.0 { raw.iter().map(|w| w / whole).collect() } else { raw }
}
