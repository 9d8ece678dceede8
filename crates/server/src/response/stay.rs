//! Stay or leave: what people breathe in their house against what they breathe until they are out of the cloud.

use std::collections::BTreeMap;

use geo::{Contains, Point};
use helan_hazard::{
    Value,
    gas::{
        Breath, cloud,
        footprint::Footprint,
        level::Threshold,
        models::{RELEASE, footprint_of},
    },
};
use helan_kernel::{Position, danger::DangerArea};
use helan_route::{Better, Place, Route, Ways, dose_on_the_way, stay_or_leave};

use super::{Question, ground};

/// How much worse one must be to be called worse: dispersion models are right within a factor of two (Chang and Hanna 2004, FAC2), and so
/// is each of the two figures.
const MARGIN: f64 = 2.0;
/// Air next to a leak counts so much, at most.
const MOST_BAD: f64 = 100.0;
/// How far apart the air along a road is looked at, metres, and how often on one straight piece at most.
const LOOK_M: f64 = 20.0;
const MOST_LOOKS: f64 = 200.0;
/// Steps in which the load out of doors is summed up: of four hours two minutes each.
const OUTSIDE_STEPS: f64 = 120.0;

/// The comparison for the people of a block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StayOrLeave {
    /// What is better.
    pub better: Better,
    /// How many times more the worse one lets in; none when the better one lets in nothing.
    pub times: Option<f64>,
    /// What those breathe who stay until the cloud has gone, four hours at most.
    pub stay: Breath,
    /// What those breathe who leave: at home until it is their turn, then on the way.
    pub leave: Breath,
    /// Toxic load of whoever stays out of doors at home for that time, ppmⁿ·min.
    pub outside: f64,
    /// When the cloud has gone, seconds from now; four hours at most.
    pub over_s: f64,
}

/// The air along a road.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Along {
    /// Highest concentration over that of serious harm (severity 2), at most [`MOST_BAD`], in the mean; 0 beyond the farthest level.
    pub badness: f64,
    /// Whether gas may burn somewhere on it.
    pub burns: bool,
}

/// The cloud of an incident's gas, to be asked for places and times.
pub struct Cloud<'a> {
    danger: &'a DangerArea,
    footprint: Footprint,
    /// Seconds since the gas began to come out.
    age_s: f64,
}

impl<'a> Cloud<'a> {
    /// The clouds of gas of the incident that a model follows.
    #[must_use]
    pub fn of(question: &'a Question) -> Vec<Self> {
        #[expect(clippy::cast_precision_loss, reason = "ages in ms are far below 2^53")]
        let age_s = (question.now.since(question.incident.opened).0 as f64 / 1000.0).max(0.0);
        let gases = question.dangers.iter().filter(|danger| danger.model == RELEASE);
        let cloud = |danger: &'a DangerArea| {
            let given: BTreeMap<String, Value> =
                danger.inputs.iter().map(|(name, input)| (name.clone(), input.into())).collect();
            Some(Self { danger, footprint: footprint_of(&given).ok()?, age_s })
        };
        gases.filter_map(cloud).collect()
    }

    /// Whether it creeps along the ground, in the weather that was told or in one of those that may be.
    #[must_use]
    pub fn is_dense(&self) -> bool {
        self.footprint.clouds.iter().any(|of| matches!(of, cloud::Cloud::Dense(..)))
    }

    /// Whether to stay or to leave, for people who set off at a moment (seconds from now) along a way. Who may be caught by a fire or an
    /// explosion is not asked: they leave.
    #[must_use]
    pub fn compare(
        &self,
        home: Position,
        ways: &Ways,
        route: &Route,
        leave_s: f64,
    ) -> Option<StayOrLeave> {
        if self.burns(home) {
            return None;
        }
        let (east, north) = self.metres(home);
        let footprint = &self.footprint;
        let now = self.age_s;
        let over = footprint.over_s(east, north, now);
        let stay = footprint.breathed_inside(east, north, now, over);
        let before = footprint.breathed_inside(east, north, now, now + leave_s);
        let outside = |place: Place, at_s: f64| {
            let (east, north) = self.metres(Position { lon: place.lon, lat: place.lat });
            (
                footprint.load_in_a_second(east, north, now + at_s),
                footprint.at_ppm(east, north, now + at_s),
            )
        };
        let peak = std::cell::Cell::new(before.peak_ppm);
        let rate = |place: Place, at_s: f64| {
            let (load, ppm) = outside(place, at_s);
            peak.set(peak.get().max(ppm));
            load
        };
        let way = dose_on_the_way(ways, route, leave_s, &rate).ok()?;
        let leave = Breath { load: before.load + way, peak_ppm: peak.get() };
        let answer = stay_or_leave(stay.load, leave.load, MARGIN).ok()?;
        let times = Some(answer.ratio).filter(|ratio| ratio.is_finite());
        let step_s = (over - now) / OUTSIDE_STEPS;
        let mut outside = 0.0;
        let mut middle = 0.5;
        while middle < OUTSIDE_STEPS {
            outside += footprint.load_in_a_second(east, north, now + middle * step_s) * step_s;
            middle += 1.0;
        }
        Some(StayOrLeave { better: answer.better, times, stay, leave, outside, over_s: over - now })
    }

    /// How bad the air may get along a line.
    #[must_use]
    pub fn along(&self, line: &[Place]) -> Along {
        let level = |name: &str| {
            let named = |(threshold, _): &&(Threshold, Option<f64>)| threshold.level.key == name;
            self.footprint.levels.iter().find(named).map(|(threshold, _)| threshold)
        };
        let serious = self.danger.levels.iter().find(|l| l.severity == 2 && l.unit == "ppm");
        let serious = serious.and_then(|serious| level(&serious.level));
        let burns = level("lel-50");
        let reach = self.danger.levels.iter().map(|level| level.reach_m).fold(0.0, f64::max);
        let corners: Vec<(f64, f64)> = line
            .iter()
            .map(|place| self.metres(Position { lon: place.lon, lat: place.lat }))
            .collect();
        let (mut sum, mut looks, mut along) = (0.0, 0.0, Along::default());
        for pair in corners.windows(2) {
            let [from, to] = *pair else { continue };
            let length = (to.0 - from.0).hypot(to.1 - from.1);
            let steps = (length / LOOK_M).ceil().clamp(1.0, MOST_LOOKS);
            let mut step = 0.5;
            while step < steps {
                let share = step / steps;
                let (east, north) =
                    (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share);
                if east.hypot(north) <= reach {
                    let share = |level| self.footprint.worst_share(east, north, level);
                    sum += serious.map_or(0.0, |serious| share(serious).min(MOST_BAD));
                    along.burns |= burns.is_some_and(|burns| share(burns) >= 1.0);
                }
                looks += 1.0;
                step += 1.0;
            }
        }
        along.badness = if looks > 0.0 { sum / looks } else { 0.0 };
        along
    }

    /// Whether gas may burn or explode at a place.
    fn burns(&self, at: Position) -> bool {
        let flammable = self.danger.levels.iter().filter(|level| level.level.starts_with("lel"));
        flammable
            .flat_map(|level| &level.rings)
            .any(|ring| ground::polygon(ring).contains(&Point::new(at.lon, at.lat)))
    }

    /// Metres east and north of the source.
    fn metres(&self, at: Position) -> (f64, f64) {
        let source = self.danger.source;
        let narrow = source.lat.to_radians().cos();
        (
            (at.lon - source.lon) * Position::DEGREE_M * narrow,
            (at.lat - source.lat) * Position::DEGREE_M,
        )
    }
}
