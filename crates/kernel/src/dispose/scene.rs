//! The place of a run or command, and questions about it: which devices are there, do conditions and interlocks hold.
//!
//! An interlock is only true when it is known to be true: no device, no reading, one that is too old, or one of doubtful
//! quality is not safe. A condition says itself what an unknown value means.

use super::{Check, Compare, Interlock, Proof, Step};
use crate::{
    Ms, PointId, Quality,
    registry::{CommandKind, Device, Key, Registry},
    watch::{Watch, Within},
};

/// What can be seen at a place now.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    /// Base data.
    pub registry: &'a Registry,
    /// Latest values.
    pub watch: &'a Watch,
    /// The moment of asking.
    pub now: Ms,
    /// The device from which "same room" and "near" are seen: that of the alarm; for a command by hand its own target.
    pub place: &'a Device,
    /// Highest level that the alarm has reached; none without an alarm.
    pub level: Option<u8>,
    /// Whether this is a drill.
    pub drill: bool,
}

/// How long a value that was true stays known.
#[derive(Clone, Copy)]
enum Known {
    Yes { until: Ms },
    No,
    Unknown,
}

impl<'a> Scene<'a> {
    /// A value at most this old can say that the wanted state is there already: two periods of a device that reports
    /// every 30 s. An older one may be of before somebody changed it.
    const FRESH: Ms = Ms::seconds(60);

    /// Devices of a profile at this place.
    ///
    /// A drill only touches devices that take part in it, and what happens in the world only those that are not virtual:
    /// neither can move, or speak for, the other's.
    pub fn devices(&self, profile: &str, within: Within) -> impl Iterator<Item = &'a Device> {
        let number = self.registry.profiles.find(profile);
        let (drill, watch) = (self.drill, self.watch);
        self.registry
            .devices_around(self.place, within)
            .filter(move |device| Some(device.profile.0) == number && counts(watch, drill, device))
    }

    /// Devices that a step speaks to, as far as their profile knows the command with this argument.
    pub fn targets(&self, step: &Step) -> impl Iterator<Item = &'a Device> {
        let registry = self.registry;
        self.devices(&step.target.profile, step.target.within).filter(move |device| {
            let profile = registry.profile_of(device);
            let takes = |c: &CommandKind| c.name == step.command && c.takes(step.argument);
            profile.is_some_and(|p| p.commands.iter().any(takes))
        })
    }

    /// Whether a device counts here: see [`Scene::devices`].
    pub fn counts(&self, device: &Device) -> bool {
        counts(self.watch, self.drill, device)
    }

    /// Whether all conditions of a step hold for a target; those about a target count as fulfilled when there is none.
    pub fn conditions(&self, step: &Step, target: Option<&Device>) -> bool {
        step.conditions.iter().all(|check| self.holds(check, target, false).is_some())
    }

    /// The moment until which all interlocks are known to hold for a target, or the first one that does not.
    ///
    /// A real device that takes part in a drill really moves: for it they must hold in the drill and in the world.
    pub fn interlocks(&self, step: &'a Step, target: &Device) -> Result<Ms, &'a Interlock> {
        let world = (self.drill && !target.spec.drill).then(|| self.world());
        step.interlocks.iter().try_fold(Ms::MAX, |until, interlock| {
            let seen = |scene: &Self| scene.holds(&interlock.check, Some(target), true);
            let mut held = seen(self).ok_or(interlock)?;
            if let Some(world) = &world {
                held = held.min(seen(world).ok_or(interlock)?);
            }
            Ok(until.min(held))
        })
    }

    /// The same place, seen without the drill.
    fn world(&self) -> Self {
        Self { drill: false, ..*self }
    }

    /// Whether a proof is there already, by a fresh good value of this point.
    pub fn already(&self, proof: &Proof, point: PointId) -> bool {
        self.value(point, Self::FRESH)
            .is_some_and(|(value, _)| proof.compare.holds(value, proof.value))
    }

    /// The points that interlocks of a step ask for.
    pub fn interlock_points(&self, step: &Step, into: &mut Vec<PointId>) {
        let world = self.drill.then(|| self.world());
        for interlock in &step.interlocks {
            self.points(&interlock.check, into);
            if let Some(world) = &world {
                world.points(&interlock.check, into);
            }
        }
    }

    /// The moment until which a check is known to hold; none when it does not. `strict`: unknown is false.
    fn holds(&self, check: &Check, target: Option<&Device>, strict: bool) -> Option<Ms> {
        match check {
            Check::Value { profile, within, point, compare, value, max_age, unknown } => {
                let known =
                    self.compare(profile, *within, point, |v| compare.holds(v, *value), *max_age);
                match known {
                    Known::Yes { until } => Some(until),
                    Known::No => None,
                    Known::Unknown => (!strict && *unknown).then_some(Ms::MAX),
                }
            }
            Check::Attribute { name, value } => {
                let fits = target.is_none_or(|t| t.spec.attributes.get(name) == Some(value));
                fits.then_some(Ms::MAX)
            }
            Check::Level(level) => self.level.is_some_and(|l| l >= *level).then_some(Ms::MAX),
            Check::Any(checks) => checks.iter().filter_map(|c| self.holds(c, target, strict)).max(),
        }
    }

    /// Asks all devices of a profile: one that is known to say no decides, then one that says nothing.
    fn compare(
        &self,
        profile: &str,
        within: Within,
        point: &str,
        fits: impl Fn(f64) -> bool,
        max_age: Ms,
    ) -> Known {
        let mut known = Known::Unknown;
        let mut silent = false;
        for device in self.devices(profile, within) {
            let value =
                self.registry.point(device, point).and_then(|point| self.value(point, max_age));
            match (value, known) {
                (None, _) => silent = true,
                (Some((value, _)), _) if !fits(value) => return Known::No,
                (Some((_, until)), Known::Yes { until: before }) => {
                    known = Known::Yes { until: until.min(before) };
                }
                (Some((_, until)), Known::No | Known::Unknown) => known = Known::Yes { until },
            }
        }
        if silent { Known::Unknown } else { known }
    }

    /// The newest value of a point if it is good and not too old, with the moment at which it will be too old.
    fn value(&self, point: PointId, max_age: Ms) -> Option<(f64, Ms)> {
        let latest = self.watch.latest(point)?;
        // Nothing is measured after it came: a device whose clock is ahead does not stay fresh for longer.
        let until = latest.at.min(latest.received).after(max_age);
        (latest.quality == Quality::Good && self.now <= until).then_some((latest.value, until))
    }

    fn points(&self, check: &Check, into: &mut Vec<PointId>) {
        match check {
            Check::Value { profile, within, point, .. } => {
                let points = self
                    .devices(profile, *within)
                    .filter_map(|device| self.registry.point(device, point));
                into.extend(points);
            }
            Check::Attribute { .. } | Check::Level(_) => {}
            Check::Any(checks) => checks.iter().for_each(|check| self.points(check, into)),
        }
    }
}

fn counts(watch: &Watch, drill: bool, device: &Device) -> bool {
    if drill { watch.in_drill(device) } else { !device.spec.drill }
}

/// Words for people about a check.
pub(super) fn words(check: &Check) -> (String, String) {
    match check {
        Check::Value { profile, point, compare, value, .. } => {
            let text = format!("{profile}.{point} {} {value}", sign(*compare));
            (text.clone(), text)
        }
        Check::Attribute { name, value } => {
            let text = format!("{name} = {value}");
            (text.clone(), text)
        }
        Check::Level(level) => (format!("报警级别 ≥ {level}"), format!("alarm level ≥ {level}")),
        Check::Any(checks) => {
            let (zh, en): (Vec<_>, Vec<_>) = checks.iter().map(words).unzip();
            (zh.join(" 或 "), en.join(" or "))
        }
    }
}

fn sign(compare: Compare) -> &'static str {
    match compare {
        Compare::Below => "<",
        Compare::AtMost => "≤",
        Compare::Equal => "=",
        Compare::AtLeast => "≥",
        Compare::Above => ">",
    }
}

/// Whether the target itself shows the proof of a step, or other devices of the place do.
pub(super) fn shows_itself(step: &Step, proof: &Proof) -> bool {
    same(&proof.profile, &step.target.profile)
}

fn same(a: &Key, b: &Key) -> bool {
    **a == **b
}
