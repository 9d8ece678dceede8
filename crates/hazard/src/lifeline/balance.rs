//! What goes into a district and does not come out.

use crate::{
    HazardError,
    bounds::{together, within},
};

/// Most meters of a district.
pub const MOST: usize = 100_000;

/// A meter of a district.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Meter {
    /// What it counted in the interval, in the unit of the network (m³, standard m³, GJ).
    pub amount: f64,
    /// Its error, as a share of the amount.
    pub error: f64,
}

/// What a district lost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Balance {
    /// Inflow − outflow − growth of what the pipes store.
    pub lost: f64,
    /// Standard error of it.
    pub error: f64,
    /// Lost over inflow; 0 without inflow.
    pub share: f64,
}

impl Balance {
    /// How many standard errors the loss lies above nothing: from 3 up it is not chance.
    #[must_use]
    pub fn significance(&self) -> f64 {
        if self.error > 0.0 {
            self.lost / self.error
        } else if self.lost > 0.0 {
            f64::MAX
        } else {
            0.0
        }
    }
}

/// The balance of a district: meters of what comes in, of what goes out and is sold, and how much more the pipes hold than before (line
/// pack of gas; 0 for water).
///
/// # Errors
/// When there are too many meters or a number is out of bounds.
pub fn balance(inflow: &[Meter], outflow: &[Meter], stored: Meter) -> Result<Balance, HazardError> {
    let (came, error_in) = sum(inflow)?;
    let (went, error_out) = sum(outflow)?;
    within("stored", stored.amount, (-1e12, 1e12), "")?;
    within("error", stored.error, (0.0, 10.0), "")?;
    let lost = came - went - stored.amount;
    let error_stored = (stored.amount * stored.error).powi(2);
    Ok(Balance {
        lost,
        error: (error_in + error_out + error_stored).sqrt(),
        share: if came > 0.0 { lost / came } else { 0.0 },
    })
}

/// Sum and squared error.
fn sum(meters: &[Meter]) -> Result<(f64, f64), HazardError> {
    if meters.len() > MOST {
        return Err(together(format!("at most {MOST} meters")));
    }
    meters.iter().try_fold((0.0, 0.0), |(sum, squares), meter| {
        let amount = within("amount", meter.amount, (0.0, 1e12), "")?;
        let error = within("error", meter.error, (0.0, 10.0), "")?;
        Ok((sum + amount, squares + (amount * error).powi(2)))
    })
}
