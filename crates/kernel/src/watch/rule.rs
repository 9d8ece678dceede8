//! Alarm rules, as packs define them.

use serde::{Deserialize, Serialize};

use super::formula::Formula;
use crate::{
    Ms, Text,
    registry::{Key, Profile},
};

/// A rule: watches one point of every device of one profile, and raises at most one alarm for each of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Unique, for example `gas-household/ch4-high`.
    pub key: Key,
    /// What has happened, for people.
    pub name: Text,
    /// Where the numbers come from: standard and clause.
    pub source: String,
    /// Key of the profile it watches.
    pub profile: Key,
    /// Name of the point it watches.
    pub point: Key,
    /// When it holds.
    pub condition: Condition,
    /// Priority of the alarm. The levels of a limit, and the further levels of votes, have their own.
    pub priority: Priority,
    /// How long the condition must hold before the alarm is raised.
    pub on_delay: Ms,
    /// How long the condition must be gone before the alarm returns.
    pub off_delay: Ms,
    /// Whether the alarm stays until a person resets it, even when its cause is gone.
    pub latched: bool,
    /// Whether a person must acknowledge it. Without, it closes when its cause is gone.
    pub acknowledge: bool,
    /// Steps of escalation while nobody acknowledges, in order of time.
    pub escalation: Vec<Escalation>,
    /// Kind of the incident that the alarm opens or joins; none for alarms that concern only maintenance.
    pub incident: Option<IncidentKind>,
    /// Keys of the programs it starts.
    pub programs: Vec<Key>,
    /// Key of the push policy it starts; none when nobody is told.
    pub policy: Option<Key>,
    /// What the operator should do (ISA-18.2 asks for it).
    pub advice: Text,
    /// Whether the rule is in use.
    pub enabled: bool,
}

/// When a rule holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Condition {
    /// Beyond a limit; the levels go away from normal, the first one raises, the others raise its level and priority.
    Limit {
        /// On which side danger lies.
        side: Side,
        /// Levels in order of danger.
        levels: Vec<Level>,
        /// How far back the value must come before the level is left, in the unit of the point.
        deadband: f64,
    },
    /// Changes faster than so much within a window.
    Rate {
        /// `High` for rising, `Low` for falling.
        side: Side,
        /// Amount of change, positive, in the unit of the point.
        amount: f64,
        /// Within this time.
        window: Ms,
    },
    /// At least `m` of the last `n` readings (none older than `window`) are beyond the limit: one spike is not an alarm.
    Votes {
        /// On which side danger lies.
        side: Side,
        /// The limit.
        limit: f64,
        /// How far back a value must come to count as normal again.
        deadband: f64,
        /// Readings beyond the limit that are needed.
        m: u8,
        /// Readings looked at; at most 32.
        n: u8,
        /// Readings older than this do not count.
        window: Ms,
        /// Further levels, that a voted alarm rises to on one reading; may be empty.
        levels: Vec<Level>,
    },
    /// At least `m` points of the same name in the same place are beyond the limit: two detectors agree.
    Neighbours {
        /// On which side danger lies.
        side: Side,
        /// The limit.
        limit: f64,
        /// How far back a value must come to count as normal again.
        deadband: f64,
        /// Points that must agree, this one included.
        m: u8,
        /// Which devices are asked.
        within: Within,
        /// Values older than this do not count.
        window: Ms,
    },
    /// No reading for so long.
    Silence {
        /// How long.
        after: Ms,
    },
    /// The value has not moved by more than `tolerance` for so long, though readings came.
    Stuck {
        /// How long.
        after: Ms,
        /// In the unit of the point.
        tolerance: f64,
    },
    /// Readings are of bad or uncertain quality for so long.
    BadQuality {
        /// How long.
        after: Ms,
    },
    /// An expression in CEL over the latest good values: `value` of this point, `points.<name>` of the same device (a name
    /// with a hyphen as `points["co-1"]`), `room.<name>` (largest of the same room) and `has(…)`; must give a truth value.
    /// Only numbers, comparisons, `&& || ! ?:` and `+ - * /`; anything else, or a point that the profile does not have, is
    /// a refused rule. Asked at each reading of this point and of the points of the device that it names. When a value is
    /// missing it says nothing: what was known stays, and [`super::Watch::failures`] counts it.
    Expression {
        /// The expression.
        cel: String,
    },
}

/// On which side of a limit danger lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Side {
    /// Above.
    High,
    /// Below.
    Low,
}

/// One level of a limit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// The limit, in the unit of the point; reached means beyond.
    pub limit: f64,
    /// Priority from this level on.
    pub priority: Priority,
}

/// Priority of an alarm (ISA-18.2: few are critical).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Priority {
    /// A fault or note for maintenance.
    Low,
    /// Act today.
    Medium,
    /// Act within minutes.
    High,
    /// Lives are in danger now.
    Critical,
}

/// Which other devices belong to a place.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Within {
    /// Same room of the same facility.
    Room,
    /// Same facility.
    Facility,
    /// Same facility, or any device within so many metres.
    Metres(f64),
}

impl Within {
    /// How far it reaches beyond the facility, in metres.
    #[must_use]
    pub const fn metres(self) -> f64 {
        match self {
            Self::Room | Self::Facility => 0.0,
            Self::Metres(metres) => metres,
        }
    }

    /// Longest distance that makes sense between things of one place.
    pub const MAX_METRES: f64 = 50_000.0;

    /// Whether its number makes sense.
    #[must_use]
    pub fn is_valid(self) -> bool {
        match self {
            Self::Room | Self::Facility => true,
            Self::Metres(metres) => (0.0..=Self::MAX_METRES).contains(&metres),
        }
    }
}

/// One step of escalation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// After so long without acknowledgement.
    pub after: Ms,
    /// Role of the post that is told.
    pub role: String,
}

/// Kind of an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IncidentKind {
    /// Key, for example `gas-leak`.
    pub key: Key,
    /// Event code of GB/T 35561-2017, for example `12P12`.
    pub code: String,
    /// Name for people.
    pub name: Text,
    /// Alarms of the same kind within so many metres join one incident.
    pub join_metres: f64,
    /// …if the incident is still open and its last alarm is younger than this.
    pub join_window: Ms,
}

impl Rule {
    /// Longest delay or window that makes sense; a mistyped unit must not wait for ever.
    pub const MAX_SPAN: Ms = Ms::seconds(30 * 24 * 3600);

    /// Whether the numbers of the rule make sense (spans bounded, limits finite and ordered, votes possible).
    #[must_use]
    pub fn is_valid(&self) -> bool {
        let span = |s: Ms| s.0 >= 0 && s <= Self::MAX_SPAN;
        let ordered = |side: Side, levels: &[Level]| {
            levels.iter().all(|l| l.limit.is_finite())
                && levels.windows(2).all(|pair| match (pair, side) {
                    ([a, b], Side::High) => a.limit < b.limit && a.priority <= b.priority,
                    ([a, b], Side::Low) => a.limit > b.limit && a.priority <= b.priority,
                    _ => true,
                })
        };
        let band = |d: f64| d.is_finite() && d >= 0.0;
        let fits = match &self.condition {
            Condition::Limit { side, levels, deadband } => {
                !levels.is_empty() && levels.len() <= 8 && ordered(*side, levels) && band(*deadband)
            }
            Condition::Rate { amount, window, .. } => {
                amount.is_finite() && *amount > 0.0 && span(*window) && window.0 > 0
            }
            Condition::Votes { side, limit, deadband, m, n, window, levels } => {
                limit.is_finite()
                    && band(*deadband)
                    && (1..=*n).contains(m)
                    && *n <= 32
                    && span(*window)
                    && levels.len() <= 8
                    && ordered(*side, levels)
            }
            Condition::Neighbours { limit, deadband, m, window, within, .. } => {
                limit.is_finite()
                    && band(*deadband)
                    && *m >= 1
                    && span(*window)
                    && within.is_valid()
            }
            Condition::Silence { after } | Condition::BadQuality { after } => {
                span(*after) && after.0 > 0
            }
            Condition::Stuck { after, tolerance } => {
                span(*after) && after.0 > 0 && band(*tolerance)
            }
            Condition::Expression { cel } => cel.len() <= 1000 && Formula::new(cel).is_some(),
        };
        fits && span(self.on_delay)
            && span(self.off_delay)
            && self.escalation.len() <= 8
            && self.escalation.windows(2).all(|pair| match pair {
                [a, b] => a.after < b.after,
                _ => true,
            })
            && self.escalation.iter().all(|e| span(e.after) && !e.role.is_empty())
            && self.incident.as_ref().is_none_or(|kind| {
                let metres = (0.0..=Within::MAX_METRES).contains(&kind.join_metres);
                !kind.key.is_empty() && metres && span(kind.join_window)
            })
    }

    /// Whether a profile has every point that the rule asks for: its own, and those that its expression names.
    #[must_use]
    pub fn fits(&self, profile: &Profile) -> bool {
        let has = |name: &str| profile.points.iter().any(|point| *point.name == *name);
        let named = match &self.condition {
            Condition::Expression { cel } => {
                Formula::new(cel).is_none_or(|formula| formula.points().all(has))
            }
            Condition::Limit { .. }
            | Condition::Rate { .. }
            | Condition::Votes { .. }
            | Condition::Neighbours { .. }
            | Condition::Silence { .. }
            | Condition::Stuck { .. }
            | Condition::BadQuality { .. } => true,
        };
        has(&self.point) && named
    }
}
