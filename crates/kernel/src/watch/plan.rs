//! Rules as the reading loop uses them: compiled from the registry, never stored, found by number.

use std::sync::Arc;

use super::{Condition, Level, Priority, Rule, Side, Within, formula::Formula};
use crate::{
    Ms, ProfileId, Quality, Reading, RuleId,
    registry::{PointKind, Registry},
};

/// What is asked of one point of one profile. All points of the same kind share it.
#[derive(Clone, Debug)]
pub(super) struct Kind {
    /// Profile and place of the point in it.
    pub profile: ProfileId,
    pub place: usize,
    /// Below this a value is doubtful.
    pub min: f64,
    /// Above this a value is doubtful.
    pub max: f64,
    /// One for each rule of the registry, in its order, also for those out of use.
    pub plans: Vec<Plan>,
    /// Expressions of other points of the device that this point takes part in: place of that point, number of its plan.
    pub also: Vec<(usize, usize)>,
}

/// A rule, ready to be asked.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub id: RuleId,
    pub rule: Arc<Rule>,
    pub test: Test,
    /// How long before it raises.
    pub raise_delay: Ms,
    /// How long before an active one goes up a level.
    pub rise_delay: Ms,
    /// How long before it goes down a level or returns.
    pub off_delay: Ms,
}

/// A condition with its numbers turned so that danger always lies above.
#[derive(Clone, Debug)]
pub(super) enum Test {
    /// Not in use.
    Off,
    /// Beyond one of several limits.
    Limit(Bound, Box<[f64]>),
    /// Enough of the last readings beyond the limit, further levels on one reading.
    Votes { bound: Bound, m: usize, n: usize, window: Ms, levels: Box<[f64]> },
    /// Enough points of the same name beyond the limit.
    Neighbours { bound: Bound, m: usize, window: Ms, within: Within },
    /// Moved up by so much within the window.
    Rate { sign: f64, amount: f64, window: Ms },
    /// Nothing came.
    Silence { after: Ms },
    /// Never moved.
    Stuck { after: Ms, tolerance: f64 },
    /// Only doubtful values came.
    BadQuality,
    /// A formula holds.
    Expression(Arc<Formula>),
}

/// A limit with its deadband, on the side above.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound {
    /// -1 when danger lies below.
    pub sign: f64,
    /// The limit, times the sign.
    pub limit: f64,
    /// How far back before it is left.
    pub deadband: f64,
}

impl Bound {
    fn new(side: Side, limit: f64, deadband: f64) -> Self {
        let sign = sign(side);
        Self { sign, limit: sign * limit, deadband }
    }

    /// Whether a value is beyond; with `held`, whether it has not yet come back far enough.
    pub fn beyond(self, value: f64, held: bool) -> bool {
        self.sign * value >= if held { self.limit - self.deadband } else { self.limit }
    }
}

fn sign(side: Side) -> f64 {
    match side {
        Side::High => 1.0,
        Side::Low => -1.0,
    }
}

impl Plan {
    /// Whether it asks for silence.
    pub fn is_silence(&self) -> bool {
        matches!(self.test, Test::Silence { .. })
    }

    fn new(id: RuleId, rule: &Rule) -> Self {
        let mut plan = Self {
            id,
            rule: Arc::new(rule.clone()),
            test: Test::Off,
            raise_delay: rule.on_delay,
            rise_delay: rule.on_delay,
            off_delay: rule.off_delay,
        };
        if rule.enabled {
            plan.compile(rule);
        }
        plan
    }

    fn compile(&mut self, rule: &Rule) {
        let turned = |side: Side, levels: &[Level]| -> Box<[f64]> {
            levels.iter().map(|l| sign(side) * l.limit).collect()
        };
        self.test = match &rule.condition {
            Condition::Limit { side, levels, deadband } => {
                let first = levels.first().map_or(f64::INFINITY, |l| l.limit);
                Test::Limit(Bound::new(*side, first, *deadband), turned(*side, levels))
            }
            Condition::Votes { side, limit, deadband, m, n, window, levels } => {
                self.rise_delay = Ms(0);
                Test::Votes {
                    bound: Bound::new(*side, *limit, *deadband),
                    m: usize::from(*m),
                    n: usize::from(*n),
                    window: *window,
                    levels: turned(*side, levels),
                }
            }
            Condition::Neighbours { side, limit, deadband, m, within, window } => {
                Test::Neighbours {
                    bound: Bound::new(*side, *limit, *deadband),
                    m: usize::from(*m),
                    window: *window,
                    within: *within,
                }
            }
            Condition::Rate { side, amount, window } => {
                Test::Rate { sign: sign(*side), amount: *amount, window: *window }
            }
            Condition::Silence { after } => {
                // Time is what the condition is made of: both delays are one.
                let after = after.after(rule.on_delay);
                self.raise_delay = Ms(0);
                Test::Silence { after }
            }
            Condition::Stuck { after, tolerance } => {
                Test::Stuck { after: *after, tolerance: *tolerance }
            }
            Condition::BadQuality { after } => {
                self.raise_delay = after.after(rule.on_delay);
                Test::BadQuality
            }
            // A formula that cannot be read was refused by the registry.
            Condition::Expression { cel } => {
                Formula::new(cel).map_or(Test::Off, |f| Test::Expression(Arc::new(f)))
            }
        };
    }

    /// Whether a reading can change nothing here. This is the whole cost of nearly every reading.
    #[inline]
    pub fn quiet(&self, busy: bool, value: f64, quality: Quality) -> bool {
        let good = quality == Quality::Good;
        match &self.test {
            Test::Off => true,
            Test::Limit(bound, _) | Test::Votes { bound, .. } | Test::Neighbours { bound, .. } => {
                quality == Quality::Bad || (bound.sign * value < bound.limit && !(busy && good))
            }
            Test::Silence { .. } => !busy,
            Test::BadQuality => good && !busy,
            Test::Rate { .. } | Test::Stuck { .. } | Test::Expression(_) => !good,
        }
    }

    /// Whether a doubtful reading must be taken as it is: a detector driven past its range shows more than it can measure,
    /// and that is when it matters most. So a doubtful value over a limit raises an alarm; it never ends or eases one, and
    /// one below says nothing. A bad value (sensor fault) says nothing at all.
    pub fn alarming(&self, reading: &Reading) -> bool {
        match &self.test {
            Test::Limit(bound, _) | Test::Votes { bound, .. } | Test::Neighbours { bound, .. } => {
                reading.quality == Quality::Uncertain && bound.beyond(reading.value, false)
            }
            Test::Off
            | Test::Silence { .. }
            | Test::BadQuality
            | Test::Rate { .. }
            | Test::Stuck { .. }
            | Test::Expression(_) => false,
        }
    }

    /// How long to wait before going from one level to another.
    pub fn delay(&self, from: i8, up: bool) -> Ms {
        match (up, from < 0) {
            (true, true) => self.raise_delay,
            (true, false) => self.rise_delay,
            (false, _) => self.off_delay,
        }
    }

    /// Priority at a level.
    pub fn priority(&self, level: u8) -> Priority {
        let at = |levels: &[Level], level: Option<usize>| {
            level.and_then(|l| levels.get(l)).map_or(self.rule.priority, |l| l.priority)
        };
        let level = usize::from(level);
        match &self.rule.condition {
            Condition::Limit { levels, .. } => at(levels, Some(level)),
            Condition::Votes { levels, .. } => at(levels, level.checked_sub(1)),
            Condition::Rate { .. }
            | Condition::Neighbours { .. }
            | Condition::Silence { .. }
            | Condition::Stuck { .. }
            | Condition::BadQuality { .. }
            | Condition::Expression { .. } => self.rule.priority,
        }
    }

    /// -1 when low values are the bad ones.
    pub fn sign(&self) -> f64 {
        match &self.test {
            Test::Limit(bound, _) | Test::Votes { bound, .. } | Test::Neighbours { bound, .. } => {
                bound.sign
            }
            Test::Rate { sign, .. } => *sign,
            Test::Off
            | Test::Silence { .. }
            | Test::Stuck { .. }
            | Test::BadQuality
            | Test::Expression(_) => 1.0,
        }
    }

    /// Whether another version of the rule asks the same, so that what is known about it stays true.
    pub fn asks_the_same(&self, other: &Rule) -> bool {
        let rule = &self.rule;
        rule.condition == other.condition
            && rule.on_delay == other.on_delay
            && rule.off_delay == other.off_delay
            && rule.latched == other.latched
            && rule.acknowledge == other.acknowledge
            && rule.enabled == other.enabled
    }
}

/// All kinds, in the order of profiles and their points.
#[derive(Clone, Debug, Default)]
pub(super) struct Kinds {
    kinds: Vec<Kind>,
    /// First kind of each profile.
    base: Vec<usize>,
}

impl Kinds {
    /// Compiles the rules of the registry; what was compiled before and has not changed is taken over.
    pub fn compile(registry: &Registry, before: &Self) -> Self {
        let mut made = Self::default();
        for (profile, row) in registry.profiles.iter() {
            let profile = ProfileId(profile);
            made.base.push(made.kinds.len());
            for (place, point) in row.points.iter().enumerate() {
                made.kinds.push(Self::kind(registry, before, profile, place, point));
            }
            made.link(profile, &row.points);
        }
        made
    }

    fn kind(
        registry: &Registry,
        before: &Self,
        profile: ProfileId,
        place: usize,
        point: &PointKind,
    ) -> Kind {
        let old = before.at(profile, place).and_then(|i| before.get(i));
        let plans = registry
            .rules_of(profile, place)
            .iter()
            .filter_map(|id| {
                let rule = registry.rule(*id)?;
                let known = old.and_then(|k| k.plans.iter().find(|p| p.id == *id));
                Some(match known {
                    Some(plan) if *plan.rule == *rule => plan.clone(),
                    _ => Plan::new(*id, rule),
                })
            })
            .collect();
        Kind { profile, place, min: point.min, max: point.max, plans, also: Vec::new() }
    }

    /// Notes which points take part in the expressions of other points of the same device.
    fn link(&mut self, profile: ProfileId, points: &[PointKind]) {
        let Some(base) = self.base.get(profile.index()).copied() else { return };
        let mut links: Vec<(&str, usize, usize)> = Vec::new();
        let own = self.kinds.get(base..).unwrap_or(&[]).to_vec();
        for (kind, point) in own.iter().zip(points) {
            for (nth, plan) in kind.plans.iter().enumerate() {
                let Test::Expression(formula) = &plan.test else { continue };
                let others = formula.points().filter(|name| **name != *point.name);
                let others = others.filter_map(|name| points.iter().find(|p| *p.name == *name));
                links.extend(others.map(|other| (&*other.name, kind.place, nth)));
            }
        }
        for (kind, point) in self.kinds.get_mut(base..).unwrap_or(&mut []).iter_mut().zip(points) {
            let mine = links.iter().filter(|(name, ..)| **name == *point.name);
            kind.also = mine.map(|(_, place, nth)| (*place, *nth)).collect();
        }
    }

    /// The number of the kind of a profile's point.
    pub fn at(&self, profile: ProfileId, place: usize) -> Option<usize> {
        let kind = self.base.get(profile.index())?.checked_add(place)?;
        let fits = self.get(kind).is_some_and(|k| k.profile == profile && k.place == place);
        fits.then_some(kind)
    }

    /// A kind.
    #[inline]
    pub fn get(&self, kind: usize) -> Option<&Kind> {
        self.kinds.get(kind)
    }

    /// A plan of a kind.
    pub fn plan(&self, kind: usize, nth: usize) -> Option<&Plan> {
        self.kinds.get(kind)?.plans.get(nth)
    }

    /// Where a rule is asked: kind and number of the plan.
    pub fn find(&self, rule: RuleId) -> Option<(usize, usize)> {
        self.kinds
            .iter()
            .enumerate()
            .find_map(|(kind, k)| Some((kind, k.plans.iter().position(|p| p.id == rule)?)))
    }
}
