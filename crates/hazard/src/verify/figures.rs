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

impl Pair {
    /// A pair of directions, in degrees, laid out so that each error is the smaller of the two turns.
    #[must_use]
    pub fn of_directions(foretold: f64, came: f64, before: f64) -> Self {
        let turn = |from: f64, to: f64| (to - from + 180.0).rem_euclid(360.0) - 180.0;
        let came = foretold + turn(foretold, came);
        Self { foretold, came, before: came + turn(came, before) }
    }
}

/// How far figures were off, where there is nothing to compare them with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Errors {
    /// Mean absolute error.
    pub mae: f64,
    /// Root of the mean squared error.
    pub rmse: f64,
    /// Mean error: above 0 it foretold too much.
    pub bias: f64,
}

/// Measures pairs of what was foretold and what came.
///
/// # Errors
/// When there is none, too many, or one is not a number.
pub fn errors(pairs: &[(f64, f64)]) -> Result<Errors, HazardError> {
    let pair = |(foretold, came): &(f64, f64)| Pair {
        foretold: *foretold,
        came: *came,
        before: *foretold,
    };
    let all: Vec<Pair> = pairs.iter().map(pair).collect();
    score(&all).map(|score| Errors { mae: score.mae, rmse: score.rmse, bias: score.bias })
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
    /// Root of the mean squared error of persistence.
    pub stayed_rmse: f64,
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
        stayed_rmse: (stayed / number).sqrt(),
        skill: (stayed > 0.0).then(|| 1.0 - squared / stayed),
        standing,
    })
}
