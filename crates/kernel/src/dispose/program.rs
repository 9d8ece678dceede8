//! Programs, as packs and site engineers define them.

use serde::{Deserialize, Serialize};

use crate::{Ms, Text, event::Actor, registry::Key, watch::Within};

/// A disposal program 处置程序: ordered steps. One version of it; a live version never changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Program {
    /// Same for all versions, for example `gas-household/shut-and-vent`.
    pub key: Key,
    /// Version, from 1.
    pub version: u32,
    /// What it does, for people.
    pub name: Text,
    /// Smallest alarm level that starts it, from 0.
    pub from_level: u8,
    /// Steps, in order; at most 32.
    pub steps: Vec<Step>,
    /// Where it stands on its way to use.
    pub status: ProgramStatus,
    /// Who wrote it.
    pub author: Actor,
    /// The dry-run that it passed.
    pub dry_run: Option<DryRun>,
    /// Who signed it off; never the author.
    pub signed_by: Option<Actor>,
}

/// Where a program version stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ProgramStatus {
    /// Written; starts nothing.
    Draft,
    /// Passed a dry-run; waits for the second person.
    Tried,
    /// In use.
    Live,
    /// Out of use.
    Retired,
}

/// Result of a dry-run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DryRun {
    /// Who ran it.
    pub by: Actor,
    /// When.
    pub at: Ms,
    /// Recorded readings that were replayed.
    pub readings: u64,
    /// Runs that started in the replay.
    pub runs: u32,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// What it does, for people.
    pub name: Text,
    /// Devices it speaks to.
    pub target: Target,
    /// Command, as in the profile of the target.
    pub command: Key,
    /// Argument; 0 where the command has none.
    pub argument: f64,
    /// Only done when all of these hold; else skipped.
    pub conditions: Vec<Check>,
    /// Never done unless all of these hold: the step then takes its otherwise-branch with the interlock as the reason.
    pub interlocks: Vec<Interlock>,
    /// The reading that proves the effect; none when nothing can be measured (then the device's reply counts).
    pub proof: Option<Proof>,
    /// How long effect (or reply) may take, for each try.
    pub time_limit: Ms,
    /// Further tries after the first; at most 10.
    pub retries: u8,
    /// What happens when the step fails, is interlocked, or has no target.
    pub otherwise: Otherwise,
}

/// Devices a step speaks to: all that have this profile, in the place of the alarm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// Key of the profile.
    pub profile: Key,
    /// Where to look.
    pub within: Within,
}

/// A question about a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Check {
    /// The latest good value of a point compared with a number. Several devices: every one must fulfil it.
    Value {
        /// Profile whose devices are asked.
        profile: Key,
        /// Which of them.
        within: Within,
        /// Point of that profile.
        point: Key,
        /// How to compare.
        compare: Compare,
        /// With what, in the unit of the point.
        value: f64,
        /// Older values count as unknown.
        max_age: Ms,
        /// What an unknown value (no device, no reading, too old, bad) means: interlocks say false, the safe side.
        unknown: bool,
    },
    /// A fact about the target device, for example `explosion_proof = yes`.
    Attribute {
        /// Name of the fact.
        name: String,
        /// What it must be.
        value: String,
    },
    /// The alarm has reached this level.
    Level(u8),
    /// Any of these.
    Any(Vec<Check>),
}

/// Comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Compare {
    /// value < number
    Below,
    /// value ≤ number
    AtMost,
    /// value = number (switch states; within 1e-9)
    Equal,
    /// value ≥ number
    AtLeast,
    /// value > number
    Above,
}

/// Something that must hold for a step to be safe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interlock {
    /// What must hold.
    pub check: Check,
    /// Why, for people.
    pub why: Text,
}

/// Proof of effect: the target's own point, or one in its place, shows the wanted value after the command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proof {
    /// Profile whose device shows it; the target's own where the same.
    pub profile: Key,
    /// Point.
    pub point: Key,
    /// How to compare.
    pub compare: Compare,
    /// With what.
    pub value: f64,
}

/// What happens when a step does not work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Otherwise {
    /// Go on with the next step.
    Continue,
    /// Go on with this step (number from 0, later than the present one).
    Jump(u8),
    /// Stop and call the post with this role.
    Call(String),
}

impl Program {
    /// Limit of steps.
    pub const MAX_STEPS: usize = 32;
    /// Limit of a step's time.
    pub const MAX_TIME: Ms = Ms::seconds(3600);
    /// Limit of conditions, and of interlocks, of one step.
    pub const MAX_CHECKS: usize = 16;
    /// Limit of "any of" inside "any of": a person must be able to read it.
    const MAX_DEPTH: usize = 3;

    /// Name of this version: `key@version`.
    #[must_use]
    pub fn full_key(&self) -> String {
        format!("{}@{}", self.key, self.version)
    }

    /// How far from the alarm the program looks, in metres; 0 when it stays in its facility.
    #[must_use]
    pub fn reach(&self) -> f64 {
        fn of_check(check: &Check) -> f64 {
            match check {
                Check::Value { within, .. } => within.metres(),
                Check::Attribute { .. } | Check::Level(_) => 0.0,
                Check::Any(checks) => checks.iter().map(of_check).fold(0.0, f64::max),
            }
        }
        let of_step = |step: &Step| {
            let interlocks = step.interlocks.iter().map(|interlock| &interlock.check);
            let checks = step.conditions.iter().chain(interlocks).map(of_check);
            checks.fold(step.target.within.metres(), f64::max)
        };
        self.steps.iter().map(of_step).fold(0.0, f64::max)
    }

    /// Whether the numbers of the program make sense (steps, times, retries, jumps and checks bounded; jumps go forward
    /// only; a role to call is named).
    #[must_use]
    pub fn is_valid(&self) -> bool {
        let named = !self.key.is_empty() && self.key.len() <= 100 && !self.key.contains('@');
        named
            && self.version >= 1
            && !self.steps.is_empty()
            && self.steps.len() <= Self::MAX_STEPS
            && self.steps.iter().zip(0_usize..).all(|(step, at)| {
                let branch = match &step.otherwise {
                    Otherwise::Jump(to) => {
                        usize::from(*to) > at && usize::from(*to) < self.steps.len()
                    }
                    Otherwise::Continue => true,
                    Otherwise::Call(role) => !role.is_empty(),
                };
                branch && step.is_valid()
            })
    }
}

impl Step {
    fn is_valid(&self) -> bool {
        let checks = self.conditions.len() <= Program::MAX_CHECKS
            && self.interlocks.len() <= Program::MAX_CHECKS
            && self
                .conditions
                .iter()
                .chain(self.interlocks.iter().map(|interlock| &interlock.check))
                .all(|check| check.is_valid(Program::MAX_DEPTH));
        checks
            && self.argument.is_finite()
            && self.retries <= 10
            && self.time_limit.0 > 0
            && self.time_limit <= Program::MAX_TIME
            && self.target.within.is_valid()
            && self.proof.as_ref().is_none_or(|proof| proof.value.is_finite())
    }
}

impl Check {
    fn is_valid(&self, depth: usize) -> bool {
        match self {
            Self::Value { within, value, max_age, .. } => {
                within.is_valid() && value.is_finite() && max_age.0 > 0
            }
            Self::Attribute { name, .. } => !name.is_empty(),
            Self::Level(_) => true,
            Self::Any(checks) => {
                let inner = depth.checked_sub(1);
                !checks.is_empty()
                    && checks.len() <= Program::MAX_CHECKS
                    && inner.is_some_and(|depth| checks.iter().all(|c| c.is_valid(depth)))
            }
        }
    }
}

impl Compare {
    /// How far two numbers may lie apart and still be the same state of a switch.
    const SAME: f64 = 1e-9;

    /// Whether a value compares with a number as wanted.
    #[must_use]
    pub fn holds(self, value: f64, number: f64) -> bool {
        match self {
            Self::Below => value < number,
            Self::AtMost => value <= number,
            Self::Equal => (value - number).abs() <= Self::SAME,
            Self::AtLeast => value >= number,
            Self::Above => value > number,
        }
    }

    /// A value of a point with this range that compares with a number as wanted, if there is one.
    #[must_use]
    pub fn example(self, number: f64, range: (f64, f64)) -> f64 {
        match self {
            Self::Below => f64::midpoint(range.0, number),
            Self::AtMost | Self::Equal | Self::AtLeast => number,
            Self::Above => f64::midpoint(number, range.1),
        }
    }
}
