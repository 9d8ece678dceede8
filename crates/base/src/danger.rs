//! What may happen: which objects bring it, which teams answer it within how long (R5), and which stations see it coming (R8).

use helan_kernel::Text;
use serde::{Deserialize, Serialize};

/// A kind of danger, as a pack writes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Danger {
    /// Unique, for example `toxic-gas`.
    pub key: String,
    /// Name for people.
    pub name: Text,
    /// Kinds of objects that bring it.
    pub kinds: Vec<String>,
    /// Kinds of incidents in which it has come true: its teams come then.
    #[serde(default)]
    pub incidents: Vec<String>,
    /// Minutes within which a team must be there.
    pub minutes: f64,
    /// How fast teams travel, km/h.
    pub speed: f64,
    /// How much longer the way by road is than the straight one, 1 or more.
    pub detour: f64,
    /// Which teams answer it.
    pub team: Vec<Team>,
    /// Which stations see it.
    #[serde(default)]
    pub watch: Vec<Watch>,
    /// Where the figures come from.
    pub source: String,
    /// Whether they were checked against that.
    #[serde(default)]
    pub sure: bool,
}

/// Records of a kind that answer a danger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Team {
    /// Their kind.
    pub kind: String,
    /// Field that says whether they can: a choice or a flag; empty: all of them can.
    #[serde(default)]
    pub field: String,
    /// Choices with which they can; of a flag: none needed.
    #[serde(default)]
    pub of: Vec<String>,
    /// Field with the minutes that they take to turn out; empty: none are counted.
    #[serde(default)]
    pub turnout: String,
    /// Field with their readiness; empty: they are always ready.
    #[serde(default)]
    pub ready: String,
    /// Choices with which they are ready.
    #[serde(default)]
    pub ready_of: Vec<String>,
}

/// Records of a kind that see a danger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    /// Their kind.
    pub kind: String,
    /// Field with how far they see, in km or m as the unit of the field says; empty: all see equally far.
    #[serde(default)]
    pub field: String,
    /// How far they see when the field is empty, m.
    pub metres: f64,
}

impl Danger {
    /// Most dangers: each is one bit of what an object brings or answers.
    pub const MOST: usize = 64;

    /// Whether it can be used.
    ///
    /// # Errors
    /// Says the first thing that is wrong.
    pub fn check(&self) -> Result<(), String> {
        let positive = |number: f64| number.is_finite() && number > 0.0;
        if self.key.is_empty() || self.kinds.is_empty() || self.team.is_empty() {
            return Err("a danger has a key, kinds that bring it and teams that answer it".into());
        }
        if !positive(self.minutes) || !positive(self.speed) || self.minutes > 24.0 * 60.0 {
            return Err("minutes and speed are above 0, and a day at most".into());
        }
        if !(1.0..=10.0).contains(&self.detour) {
            return Err("a detour is 1 to 10 times the straight way".into());
        }
        if self.watch.iter().any(|watch| !positive(watch.metres)) {
            return Err("a station sees farther than 0 m".into());
        }
        Ok(())
    }

    /// Minutes of travel for a straight distance in metres; without the time to turn out.
    #[must_use]
    pub fn travel(&self, metres: f64) -> f64 {
        metres * self.detour / 1000.0 / self.speed * 60.0
    }

    /// How far away, straight, a team may be that takes so many minutes to turn out, m.
    #[must_use]
    pub fn reach(&self, turnout: f64) -> f64 {
        (self.minutes - turnout).max(0.0) / 60.0 * self.speed * 1000.0 / self.detour
    }
}
