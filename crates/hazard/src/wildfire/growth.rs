//! What is burnt when, under winds that change.
//!
//! Every point of the edge sends out the ellipse of the hour (Huygens' principle; Anderson and others 1982). Over even fuel and slope the
//! burnt area is then the sum of the ellipses in Minkowski's sense, and its support function the sum of theirs: exact, and cheap.

use super::{Site, Spread, Wind};
use crate::{
    HazardError, Ring, area,
    bounds::{together, within},
};

/// Most winds of one fire: a week of quarter hours.
pub const MOST_WINDS: usize = 672;
/// Directions in which the edge is looked at.
const DIRECTIONS: u16 = 120;
/// Turns of the wind that are tried, degrees from one to the next.
const TURN_STEP_DEG: f64 = 2.5;

/// A burnt area that grows from a point.
#[derive(Clone, Debug, PartialEq)]
pub struct Growth {
    /// Seconds at which each spread begins, the first 0, and the spread.
    steps: Vec<(f64, Spread)>,
    /// Directions, anticlockwise from east as rings run, with the pace of each spread in each.
    tangents: Vec<(Direction, Vec<f64>)>,
}

/// A direction as a unit vector, east and north.
type Direction = (f64, f64);

/// How fast the edge of each spread moves out in a direction, m/s: the support function of the ellipse of one second.
fn paces(spreads: &[(Direction, Spread)], (east, north): Direction) -> Vec<f64> {
    let pace = |((sin, cos), spread): &(Direction, Spread)| {
        let (ahead, aside) = (east * sin + north * cos, east * cos - north * sin);
        let half = f64::midpoint(spread.head_m_s, spread.back_m_s);
        let middle = (spread.head_m_s - spread.back_m_s) / 2.0;
        middle * ahead + (half * ahead).hypot(spread.flank_m_s * aside)
    };
    spreads.iter().map(pace).collect()
}

impl Growth {
    /// A fire from its spreads, each with the second at which it begins.
    ///
    /// # Errors
    /// When there is none, too many, the first does not begin at 0, or they are not in order.
    pub fn new(steps: Vec<(f64, Spread)>) -> Result<Self, HazardError> {
        let ordered = steps.windows(2).all(|w| matches!(w, [a, b] if a.0 < b.0));
        let begins = steps.first().is_some_and(|s| s.0.abs() < 1e-9);
        if !ordered || !begins || steps.len() > MOST_WINDS || !steps.iter().all(|s| s.0.is_finite())
        {
            return Err(together(format!("1 to {MOST_WINDS} winds in order from second 0")));
        }
        let headings: Vec<(Direction, Spread)> =
            steps.iter().map(|(_, s)| (s.heading_deg.to_radians().sin_cos(), *s)).collect();
        let tangents = (0..DIRECTIONS)
            .map(|i| {
                let angle = f64::from(i) / f64::from(DIRECTIONS) * std::f64::consts::TAU;
                let (north, east) = angle.sin_cos();
                ((east, north), paces(&headings, (east, north)))
            })
            .collect();
        Ok(Self { steps, tangents })
    }

    /// A fire at a site under winds.
    ///
    /// # Errors
    /// As [`Growth::new`]; or when a wind is out of bounds.
    pub fn at(site: &Site, winds: &[(f64, Wind)]) -> Result<Self, HazardError> {
        let steps = winds.iter().map(|(from_s, wind)| Ok((*from_s, site.spread(*wind)?)));
        Self::new(steps.collect::<Result<_, HazardError>>()?)
    }

    /// A fire at a site under winds that, from a second on, may turn to and fro by up to so many degrees to either side: all that it can
    /// burn, since the velocities of such a fire are those within the hull of its ellipses. Its steps are those of the winds as told.
    ///
    /// # Errors
    /// As [`Growth::at`]; or when the turn is out of bounds.
    pub fn turning(
        site: &Site,
        winds: &[(f64, Wind)],
        turns_from_s: f64,
        turn_deg: f64,
    ) -> Result<Self, HazardError> {
        let turn_deg = within("turn_deg", turn_deg, (0.0, 180.0), "deg")?;
        let mut growth = Self::at(site, winds)?;
        let mut aside = turn_deg;
        // Between two directions the hull lies 0.02 % nearer than the head would run, less than the outline lies outside.
        while aside > 0.0 {
            for by in [-aside, aside] {
                let turned = winds.iter().map(|(from_s, wind)| {
                    let by = if *from_s < turns_from_s { 0.0 } else { by };
                    let from_deg = (wind.from_deg + by).rem_euclid(360.0);
                    (*from_s, Wind { from_deg, ..*wind })
                });
                growth.hold(&Self::at(site, &turned.collect::<Vec<_>>())?);
            }
            aside -= TURN_STEP_DEG;
        }
        Ok(growth)
    }

    /// Lets it also run wherever another with the same steps does.
    fn hold(&mut self, other: &Self) {
        for ((_, paces), (_, others)) in self.tangents.iter_mut().zip(&other.tangents) {
            for (pace, other) in paces.iter_mut().zip(others) {
                *pace = pace.max(*other);
            }
        }
    }

    /// The spreads with the seconds at which they begin.
    #[must_use]
    pub fn steps(&self) -> &[(f64, Spread)] {
        &self.steps
    }

    /// The seconds that each spread lasts until a time.
    fn lasts(&self, at_s: f64) -> Vec<f64> {
        let ends = self.steps.iter().skip(1).map(|s| s.0).chain([f64::INFINITY]);
        self.steps.iter().zip(ends).map(|((from, _), to)| (to.min(at_s) - from).max(0.0)).collect()
    }

    /// Outline of the burnt area, metres around the place where it began; drawn from outside, so that it holds all of it. None
    /// before anything has burnt.
    #[must_use]
    pub fn ring(&self, at_s: f64) -> Option<Ring> {
        let lasts = self.lasts(at_s);
        let come = |paces: &[f64]| paces.iter().zip(&lasts).map(|(p, l)| p * l).sum::<f64>();
        let tangents: Vec<(Direction, f64)> =
            self.tangents.iter().map(|(d, paces)| (*d, come(paces))).collect();
        tangents.iter().any(|(_, h)| *h > 0.0).then_some(())?;
        let next = tangents.iter().cycle().skip(1);
        // Where each tangent meets the next.
        let corner = |((a, b), h): &(Direction, f64), ((c, d), k): &(Direction, f64)| {
            let whole = a * d - b * c;
            ((h * d - k * b) / whole, (a * k - c * h) / whole)
        };
        Some(tangents.iter().zip(next).map(|(one, other)| corner(one, other)).collect())
    }

    /// Burnt surface, m²; that of the ring, a little more than the area itself.
    #[must_use]
    pub fn burnt_m2(&self, at_s: f64) -> f64 {
        self.ring(at_s).map_or(0.0, |ring| area::surface(&ring))
    }

    /// When the fire comes to a place (east and north of where it began), seconds; a little early, since the outline is drawn from outside.
    /// None when it does not within `horizon_s`.
    ///
    /// # Errors
    /// When a number is out of bounds.
    pub fn arrival_s(
        &self,
        (east_m, north_m): (f64, f64),
        horizon_s: f64,
    ) -> Result<Option<f64>, HazardError> {
        let east = within("east_m", east_m, (-1e6, 1e6), "m")?;
        let north = within("north_m", north_m, (-1e6, 1e6), "m")?;
        let horizon = within("horizon_s", horizon_s, (0.0, 1e7), "s")?;
        let lasts = self.lasts(horizon);
        // The place is burnt when no tangent leaves it outside: the last tangent to pass it tells when.
        let mut last: f64 = 0.0;
        for (direction, paces) in &self.tangents {
            let wanted = east * direction.0 + north * direction.1;
            match passes_s(paces, &lasts, wanted) {
                Some(at) => last = last.max(at),
                None => return Ok(None),
            }
        }
        Ok(Some(last))
    }
}

/// When a tangent with these paces has come so far.
fn passes_s(paces: &[f64], lasts: &[f64], wanted: f64) -> Option<f64> {
    if wanted <= 0.0 {
        return Some(0.0);
    }
    let (mut come, mut now) = (0.0, 0.0);
    for (pace, lasts) in paces.iter().zip(lasts) {
        if *pace > 0.0 && come + pace * lasts >= wanted {
            return Some(now + (wanted - come) / pace);
        }
        come += pace * lasts;
        now += lasts;
    }
    None
}
