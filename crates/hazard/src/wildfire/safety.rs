//! Whether a crew may be at a place, or go a way.
//!
//! Never in front of the head, never upslope of a fire: the answer holds not only for the wind that is expected but also for one that
//! turns, and for one that blows up the slope.

use super::{Growth, Site, Wind};
use crate::{
    HazardError,
    bounds::{together, within},
};

/// How far the wind may turn from what is expected, degrees either way.
pub const TURN_DEG: f64 = 30.0;
/// Slope, as a tangent, from which a fire is taken to run up it (10°).
pub const STEEP: f64 = 0.176;
/// Most corners of a way.
pub const MOST_CORNERS: usize = 1_000;

/// How a place stands to the fire.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stands {
    /// It has burnt already.
    Burnt,
    /// The fire comes under the wind that is expected.
    Ahead {
        /// When, seconds after the fire began.
        arrival_s: f64,
    },
    /// The fire comes when the wind turns by [`TURN_DEG`] or less to either side.
    Turn {
        /// When, at the earliest.
        arrival_s: f64,
    },
    /// The fire comes when it runs up the slope.
    Upslope {
        /// When, at the earliest.
        arrival_s: f64,
    },
    /// None of these until the end of the look ahead.
    Clear,
}

impl Stands {
    /// Whether nobody may be there.
    #[must_use]
    pub fn forbidden(&self) -> bool {
        *self != Self::Clear
    }
}

/// A place with how it stands.
pub type Found = ((f64, f64), Stands);

/// A look from now until so many seconds later.
#[derive(Clone, Debug)]
pub struct Look {
    expected: Growth,
    turned: Growth,
    uphill: Option<Growth>,
    now_s: f64,
    until_s: f64,
}

impl Look {
    /// Looks ahead from `now_s` (seconds after the fire began) for `ahead_s`, at a site under the winds that were and are expected.
    ///
    /// # Errors
    /// When a wind or a time is out of bounds.
    pub fn new(
        site: &Site,
        winds: &[(f64, Wind)],
        now_s: f64,
        ahead_s: f64,
    ) -> Result<Self, HazardError> {
        let now_s = within("now_s", now_s, (0.0, 1e6), "s")?;
        let ahead_s = within("ahead_s", ahead_s, (1.0, 1e6), "s")?;
        let expected = Growth::at(site, winds)?;
        let split = split(winds, now_s);
        let turned = Growth::turning(site, &split, now_s, TURN_DEG)?;
        let uphill = (site.slope() >= STEEP).then(|| {
            let from_deg = (site.uphill_deg() + 180.0).rem_euclid(360.0);
            let change = |(from_s, wind): &(f64, Wind)| {
                (*from_s, if *from_s < now_s { *wind } else { Wind { from_deg, ..*wind } })
            };
            Growth::at(site, &split.iter().map(change).collect::<Vec<_>>())
        });
        Ok(Self { expected, turned, uphill: uphill.transpose()?, now_s, until_s: now_s + ahead_s })
    }

    /// How a place (east and north of where the fire began, metres) stands.
    ///
    /// # Errors
    /// When the place is out of bounds.
    pub fn place(&self, place: (f64, f64)) -> Result<Stands, HazardError> {
        let comes = |growth: &Growth| growth.arrival_s(place, self.until_s);
        match comes(&self.expected)? {
            Some(arrival) if arrival <= self.now_s => return Ok(Stands::Burnt),
            Some(arrival_s) => return Ok(Stands::Ahead { arrival_s }),
            None => {}
        }
        if let Some(arrival_s) = comes(&self.turned)? {
            return Ok(Stands::Turn { arrival_s });
        }
        let uphill = self.uphill.as_ref().map(comes).transpose()?.flatten();
        Ok(uphill.map_or(Stands::Clear, |arrival_s| Stands::Upslope { arrival_s }))
    }

    /// The first corner of a way that is forbidden, with how it stands; long legs are looked at every `step_m`.
    ///
    /// # Errors
    /// When the way has no corner or too many, or a number is out of bounds.
    pub fn way(&self, corners: &[(f64, f64)], step_m: f64) -> Result<Option<Found>, HazardError> {
        /// Most places that are looked at on a way.
        const MOST_PLACES: u16 = 10_000;
        let step_m = within("step_m", step_m, (1.0, 10_000.0), "m")?;
        if corners.is_empty() || corners.len() > MOST_CORNERS {
            return Err(together(format!("1 to {MOST_CORNERS} corners make a way")));
        }
        let mut looked = 0_u16;
        let legs = corners.iter().zip(corners.iter().skip(1).chain(corners.last()));
        for ((x, y), (to_x, to_y)) in legs {
            let (dx, dy) = (to_x - x, to_y - y);
            let parts = (dx.hypot(dy) / step_m).ceil().max(1.0);
            let mut part = 0.0;
            while part < parts {
                looked += 1;
                if looked > MOST_PLACES {
                    return Err(together(format!("more than {MOST_PLACES} steps on the way")));
                }
                let place = (x + dx * part / parts, y + dy * part / parts);
                let stands = self.place(place)?;
                if stands.forbidden() {
                    return Ok(Some((place, stands)));
                }
                part += 1.0;
            }
        }
        Ok(None)
    }
}

/// The winds with one that begins now, so that only what comes changes.
fn split(winds: &[(f64, Wind)], now_s: f64) -> Vec<(f64, Wind)> {
    let before = winds.iter().filter(|(from, _)| *from < now_s);
    let current = winds.iter().rev().find(|(from, _)| *from <= now_s).map(|(_, w)| (now_s, *w));
    let after = winds.iter().filter(|(from, _)| *from > now_s);
    before.copied().chain(current).chain(after.copied()).collect()
}
