//! Figures that were foretold against those that came.

use super::{FEWEST, Standing};
use crate::{
    HazardError,
    bounds::{count, together, within},
    model::LONGEST,
};

/// One forecast with what came.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// What was foretold.
    pub foretold: f64,
    /// What came.
    pub came: f64,
    /// What was at the moment of the forecast: that it stays so is the forecast of persistence.
    pub before: f64,
}

/// How good figures were.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// How many pairs.
    pub pairs: usize,
    /// Mean absolute error.
    pub mae: f64,
    /// Root of the mean squared error.
    pub rmse: f64,
    /// Mean error: above 0 it foretold too much.
    pub bias: f64,
    /// 1 − MSE / MSE of persistence: 1 is perfect, 0 as good as persistence; none when persistence never erred.
    pub skill: Option<f64>,
    /// The model against persistence.
    pub standing: Standing,
}

/// Scores pairs.
///
/// # Errors
/// When there is none, too many, or one is not a number.
pub fn score(pairs: &[Pair]) -> Result<Score, HazardError> {
    if pairs.is_empty() || pairs.len() > LONGEST {
        return Err(together(format!("1 to {LONGEST} pairs are needed")));
    }
    let (mut absolute, mut squared, mut signed, mut stayed) = (0.0, 0.0, 0.0, 0.0);
    for pair in pairs {
        let bounds = (-1e15, 1e15);
        let came = within("came", pair.came, bounds, "")?;
        let error = within("foretold", pair.foretold, bounds, "")? - came;
        let still = within("before", pair.before, bounds, "")? - came;
        absolute += error.abs();
        squared += error * error;
        signed += error;
        stayed += still * still;
    }
    let number = count(pairs.len());
    let standing = match pairs.len() {
        few if few < FEWEST => Standing::TooFew,
        _ if squared > stayed => Standing::Worse,
        _ => Standing::Holds,
    };
    Ok(Score {
        pairs: pairs.len(),
        mae: absolute / number,
        rmse: (squared / number).sqrt(),
        bias: signed / number,
        skill: (stayed > 0.0).then(|| 1.0 - squared / stayed),
        standing,
    })
}
