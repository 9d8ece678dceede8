//! How a flood wave changes on its way: Muskingum (McCarthy 1938), and Nash's cascade of linear reservoirs (1957).

use crate::{
    HazardError,
    bounds::{together, within},
};

/// A reach of a river after Muskingum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Muskingum {
    /// Weights of the inflow now, of the inflow before and of the outflow before; together 1.
    pub weights: [f64; 3],
}

impl Muskingum {
    /// A reach with its travel time, the weight of the inflow (0 to 0.5), and the step, all in the same unit of time.
    ///
    /// # Errors
    /// When a number is out of bounds, or the step is not within 2 K x to 2 K (1 − x), where a weight would be negative and the outflow
    /// could be so too.
    pub fn new(travel: f64, weight: f64, step: f64) -> Result<Self, HazardError> {
        let travel = within("travel", travel, (1e-6, 1e9), "")?;
        let weight = within("weight", weight, (0.0, 0.5), "")?;
        let step = within("step", step, (1e-6, 1e9), "")?;
        let (low, high) = (2.0 * travel * weight, 2.0 * travel * (1.0 - weight));
        if step < low * (1.0 - 1e-9) || step > high * (1.0 + 1e-9) {
            return Err(together(format!("the step {step} must be within {low} to {high}")));
        }
        let whole = high + step;
        Ok(Self { weights: [(step - low) / whole, (step + low) / whole, (high - step) / whole] })
    }

    /// Outflow of an inflow by steps; `first` is the outflow at the first step.
    #[must_use]
    pub fn outflow(&self, inflow: &[f64], first: f64) -> Vec<f64> {
        let [now, before, kept] = self.weights;
        let mut out = Vec::with_capacity(inflow.len());
        let mut last = first;
        out.extend(inflow.first().map(|_| first));
        for pair in inflow.windows(2) {
            if let [i0, i1] = pair {
                last = now * i1 + before * i0 + kept * last;
                out.push(last);
            }
        }
        out
    }
}

/// Outflow of an inflow (mean of each step) through equal linear reservoirs, sampled at the end of each step: with an inflow that has
/// ended, all of it comes out.
///
/// # Errors
/// When a number is out of bounds; 1 to 20 reservoirs.
pub fn nash(inflow: &[f64], reservoirs: u8, each: f64, step: f64) -> Result<Vec<f64>, HazardError> {
    within("reservoirs", f64::from(reservoirs), (1.0, 20.0), "")?;
    let each = within("each", each, (1e-6, 1e9), "")?;
    let kept = (-within("step", step, (1e-6, 1e9), "")? / each).exp();
    let mut flow = inflow.to_vec();
    for _ in 0..reservoirs {
        let mut last = 0.0;
        for value in &mut flow {
            last = kept * last + (1.0 - kept) * *value;
            *value = last;
        }
    }
    Ok(flow)
}
