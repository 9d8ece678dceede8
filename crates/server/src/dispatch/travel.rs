//! Times of ways, as the roads are now; where there is no road, by the straight distance.

use helan_kernel::Position;
use helan_route::{Place, RouteError, Router, Spot, Ways};
use serde::{Deserialize, Serialize};

use crate::roads::Now;

/// Off the road vehicles make so many metres in a second.
const OFF_ROAD_M_S: f64 = 4.0;
/// Where no road is known: how much longer a way is than the straight one, and how fast it is driven. Slow, so that nobody is believed
/// to be nearer than they are.
const DETOUR: f64 = 1.4;
const CROW_M_S: f64 = 30.0 / 3.6;
/// The class that drives where another has no ways of its own.
const USUAL: &str = "car";

/// A way.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Leg {
    /// Minutes on it.
    pub minutes: f64,
    /// Whether that is by road; else it is reckoned from the straight distance.
    pub by_road: bool,
}

/// Ways from place to place.
pub struct Travel<'a> {
    roads: &'a Now,
    near_m: f64,
}

impl<'a> Travel<'a> {
    /// Over the roads as they are now; a road may be so far from a place.
    #[must_use]
    pub const fn new(roads: &'a Now, near_m: f64) -> Self {
        Self { roads, near_m }
    }

    /// Whether any road is known.
    #[must_use]
    pub fn has_roads(&self) -> bool {
        !self.roads.ways.is_empty()
    }

    /// Ways of a class from each place to each target; none where no way leads.
    ///
    /// # Errors
    /// When there are too many.
    pub fn legs(
        &self,
        class: &str,
        from: &[Position],
        to: &[Position],
    ) -> Result<Vec<Vec<Option<Leg>>>, RouteError> {
        let ways = self.roads.ways.get(class).or_else(|| self.roads.ways.get(USUAL));
        let Some(ways) = ways else {
            let row = |from: &Position| to.iter().map(|to| Some(crow(*from, *to))).collect();
            return Ok(from.iter().map(row).collect());
        };
        let goals: Vec<Option<(Spot, f64)>> = to.iter().map(|at| self.snap(ways, *at)).collect();
        let on_road: Vec<Spot> = goals.iter().flatten().map(|(spot, _)| *spot).collect();
        let mut router = Router::new(ways);
        let targets = router.prepare(&on_road)?;
        let mut rows = Vec::with_capacity(from.len());
        for start in from {
            let Some((spot, away)) = self.snap(ways, *start) else {
                rows.push(to.iter().map(|to| Some(crow(*start, *to))).collect());
                continue;
            };
            let mut times = router.times(spot, &targets)?.into_iter();
            let row = goals.iter().zip(to).map(|(goal, to)| match goal {
                Some((_, off)) => times.next().flatten().map(|ms| Leg {
                    minutes: f64::from(ms) / 60_000.0 + (off + away) / OFF_ROAD_M_S / 60.0,
                    by_road: true,
                }),
                None => Some(crow(*start, *to)),
            });
            rows.push(row.collect());
        }
        Ok(rows)
    }

    /// One way.
    #[must_use]
    pub fn leg(&self, class: &str, from: Position, to: Position) -> Option<Leg> {
        let rows = self.legs(class, &[from], &[to]).ok()?;
        rows.first()?.first().copied().flatten()
    }

    fn snap(&self, ways: &Ways, at: Position) -> Option<(Spot, f64)> {
        let snap = ways.snap(Place::new(at.lon, at.lat).ok()?, self.near_m).ok()?;
        Some((snap.spot, snap.off_m))
    }
}

fn crow(from: Position, to: Position) -> Leg {
    Leg { minutes: from.metres_to(to) * DETOUR / CROW_M_S / 60.0, by_road: false }
}
