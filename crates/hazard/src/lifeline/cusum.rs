//! A change that is small but stays (Page 1954): the sum of what lies above the expected, set back to 0 whenever it falls below.

use crate::{
    HazardError,
    bounds::{count, together, within},
    model::LONGEST,
};

/// How a CUSUM looks at a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cusum {
    /// What is expected without a leak.
    pub mean: f64,
    /// Standard deviation without a leak.
    pub deviation: f64,
    /// Half of the change that is to be seen, in standard deviations; 0.5 sees one deviation best.
    pub slack: f64,
    /// Height of the alarm, in standard deviations; 5 with a slack of 0.5 alarms wrongly once in some 900 values.
    pub height: f64,
}

/// A change that was seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// The value at which the alarm is reached.
    pub seen: usize,
    /// The value after which the sum began to grow: when the change probably began.
    pub began: usize,
    /// Mean of the values since, above the expected.
    pub size: f64,
}

impl Cusum {
    /// One from a stretch without leak, with the usual slack and height.
    ///
    /// # Errors
    /// When there are fewer than 8 values, or one is not a number.
    pub fn learned(quiet: &[f64]) -> Result<Self, HazardError> {
        if quiet.len() < 8 || quiet.len() > LONGEST {
            return Err(together(format!("8 to {LONGEST} quiet values are needed")));
        }
        let number = count(quiet.len());
        for value in quiet {
            within("quiet", *value, (-1e15, 1e15), "")?;
        }
        let mean = quiet.iter().sum::<f64>() / number;
        let squares: f64 = quiet.iter().map(|v| (v - mean).powi(2)).sum();
        // A series that never moves would alarm at the last digit; a millionth of its size is taken as its least motion.
        let least = (mean.abs() * 1e-6).max(1e-9);
        let deviation = (squares / (number - 1.0)).sqrt().max(least);
        Ok(Self { mean, deviation, slack: 0.5, height: 5.0 })
    }

    /// The first rise in a series; none when there is none.
    ///
    /// # Errors
    /// When a figure is out of bounds or the series is too long.
    pub fn rise(&self, series: &[f64]) -> Result<Option<Change>, HazardError> {
        within("mean", self.mean, (-1e15, 1e15), "")?;
        within("deviation", self.deviation, (1e-12, 1e15), "")?;
        within("slack", self.slack, (0.0, 10.0), "")?;
        within("height", self.height, (0.1, 100.0), "")?;
        if series.len() > LONGEST {
            return Err(together(format!("at most {LONGEST} values")));
        }
        let (mut sum, mut began, mut above, mut since) = (0.0, 0, 0.0, 0.0);
        for (at, value) in series.iter().enumerate() {
            let value = within("series", *value, (-1e15, 1e15), "")?;
            let score = (value - self.mean) / self.deviation - self.slack;
            if sum + score <= 0.0 {
                (sum, began, above, since) = (0.0, at + 1, 0.0, 0.0);
                continue;
            }
            sum += score;
            above += value - self.mean;
            since += 1.0;
            if sum >= self.height {
                return Ok(Some(Change { seen: at, began, size: above / since }));
            }
        }
        Ok(None)
    }
}
