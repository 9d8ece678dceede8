//! Events that were foretold, for certain or with a chance, against those that came.

use super::{FEWEST, FEWEST_EVENTS, Standing};
use crate::{
    HazardError,
    bounds::{count, together, within},
    model::LONGEST,
};

/// Counts of warnings and events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Foretold, and came.
    pub hits: u32,
    /// Foretold, and did not come.
    pub false_alarms: u32,
    /// Not foretold, but came.
    pub misses: u32,
    /// Neither.
    pub quiet: u32,
}

fn share(part: u32, of: u32) -> Option<f64> {
    (of > 0).then(|| f64::from(part) / f64::from(of))
}

impl Counts {
    /// Counts pairs of (foretold, came).
    #[must_use]
    pub fn of(pairs: &[(bool, bool)]) -> Self {
        let count = |wanted: (bool, bool)| {
            u32::try_from(pairs.iter().filter(|p| **p == wanted).count()).unwrap_or(u32::MAX)
        };
        Self {
            hits: count((true, true)),
            false_alarms: count((true, false)),
            misses: count((false, true)),
            quiet: count((false, false)),
        }
    }

    /// Share of the events that were foretold; none without events.
    #[must_use]
    pub fn hit_rate(&self) -> Option<f64> {
        share(self.hits, self.hits.saturating_add(self.misses))
    }

    /// Share of the warnings that were wrong; none without warnings.
    #[must_use]
    pub fn false_alarm_ratio(&self) -> Option<f64> {
        share(self.false_alarms, self.hits.saturating_add(self.false_alarms))
    }

    /// Critical success index: hits of all that were foretold or came; none when there were neither.
    #[must_use]
    pub fn csi(&self) -> Option<f64> {
        let either = self.hits.saturating_add(self.misses).saturating_add(self.false_alarms);
        share(self.hits, either)
    }

    /// Heidke's skill: 1 is perfect, 0 as good as warnings by lot with the same frequency; none where lots cannot err.
    #[must_use]
    pub fn heidke(&self) -> Option<f64> {
        let [a, b, c, d] = [self.hits, self.false_alarms, self.misses, self.quiet].map(f64::from);
        let by_lot = (a + c) * (c + d) + (a + b) * (b + d);
        (by_lot > 0.0).then(|| 2.0 * (a * d - b * c) / by_lot)
    }
}

/// A chance that was foretold, with what came.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chance {
    /// The chance, 0 to 1.
    pub foretold: f64,
    /// Whether it came.
    pub came: bool,
    /// Whether it was so at the moment of the forecast.
    pub before: bool,
}

/// How good chances were.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Brier {
    /// Mean of (chance − came)²: 0 is perfect, 0.25 is to say one half always.
    pub score: f64,
    /// The same of persistence.
    pub stayed: f64,
    /// 1 − score / score of persistence; none when persistence never erred.
    pub skill: Option<f64>,
    /// The model against persistence.
    pub standing: Standing,
}

/// Scores chances (Brier 1950).
///
/// # Errors
/// When there is none, too many, or one is no chance.
pub fn brier(chances: &[Chance]) -> Result<Brier, HazardError> {
    if chances.is_empty() || chances.len() > LONGEST {
        return Err(together(format!("1 to {LONGEST} chances are needed")));
    }
    let (mut squared, mut stayed, mut events) = (0.0, 0.0, 0_usize);
    for chance in chances {
        events += usize::from(chance.came || chance.before || chance.foretold >= 0.5);
        let foretold = within("foretold", chance.foretold, (0.0, 1.0), "")?;
        squared += (foretold - f64::from(u8::from(chance.came))).powi(2);
        stayed += f64::from(u8::from(chance.before != chance.came));
    }
    let number = count(chances.len());
    let standing = match chances.len() {
        few if few < FEWEST || events < FEWEST_EVENTS => Standing::TooFew,
        _ if squared > stayed => Standing::Worse,
        _ => Standing::Holds,
    };
    let skill = (stayed > 0.0).then(|| 1.0 - squared / stayed);
    Ok(Brier { score: squared / number, stayed: stayed / number, skill, standing })
}
