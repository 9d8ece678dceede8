//! What a kind means for safety: how its risk is graded, which distance others must keep from it, how many people are in it.
//!
//! All of it is data of the kind: field names here are those of [`Kind::fields`].

use std::collections::BTreeMap;

use helan_kernel::Text;
use serde::{Deserialize, Serialize};

use crate::{Kind, Value, What, risk::Colour};

/// How the risk of an object of a kind is graded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "method", deny_unknown_fields)]
pub enum Method {
    /// Risk matrix: likelihood 1 to 5 × consequence 1 to 5.
    Matrix {
        /// Field with the likelihood.
        likelihood: String,
        /// Field with the consequence.
        consequence: String,
    },
    /// LEC: D = L·E·C.
    Lec {
        /// Field with L, the likelihood of an accident.
        likelihood: String,
        /// Field with E, how often people are exposed.
        exposure: String,
        /// Field with C, the loss that it would bring.
        consequence: String,
    },
    /// Major hazard source: R = α·Σ(β·q/Q) over the records of one unit (GB 18218-2018, 4.3).
    RValue {
        /// Field that records of one unit share.
        unit: String,
        /// Field with the name of the substance.
        substance: String,
        /// Field with q, the quantity present, t.
        quantity: String,
        /// Field with Q, the critical quantity, t; when empty, that of the table counts.
        critical: String,
        /// Field with β; when empty, that of the table counts.
        beta: String,
        /// Field with the residents around as somebody counted them.
        people: String,
    },
    /// Somebody entitled has graded it: a choice stands for a colour.
    Graded {
        /// Field with the grade.
        field: String,
        /// Choice → colour.
        colours: BTreeMap<String, Colour>,
    },
}

impl Method {
    /// The word it is stored and shown as.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Matrix { .. } => "matrix",
            Self::Lec { .. } => "lec",
            Self::RValue { .. } => "r-value",
            Self::Graded { .. } => "graded",
        }
    }

    /// The fields whose numbers feed it.
    fn numbers(&self) -> Vec<&String> {
        match self {
            Self::Matrix { likelihood, consequence } => vec![likelihood, consequence],
            Self::Lec { likelihood, exposure, consequence } => {
                vec![likelihood, exposure, consequence]
            }
            Self::RValue { quantity, critical, beta, people, .. } => {
                vec![quantity, critical, beta, people]
            }
            Self::Graded { .. } => Vec::new(),
        }
    }

    /// The fields whose words feed it.
    fn words(&self) -> Vec<&String> {
        match self {
            Self::RValue { unit, substance, .. } => vec![unit, substance],
            Self::Graded { field, .. } => vec![field],
            Self::Matrix { .. } | Self::Lec { .. } => Vec::new(),
        }
    }
}

/// The distance that homes, schools and hospitals must keep from an object (R2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Distance {
    /// Field with the distance of this object, m; empty when all have the same.
    #[serde(default)]
    pub field: String,
    /// Distance when the field is empty, m, 0 to [`Distance::MAX`]; none when it is then unknown.
    pub metres: Option<f64>,
    /// Standard and clause, or who set it.
    #[serde(default)]
    pub standard: String,
}

impl Distance {
    /// Largest distance, m: what is farther away than this is no neighbour of anything.
    pub const MAX: f64 = 10_000.0;
}

/// How many people are in an object, and whether they must be kept away from danger.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct People {
    /// Fields that count them; the largest counts (by day and at night other people are there).
    #[serde(default)]
    pub fields: Vec<String>,
    /// How many when no field says it; none when it is then unknown.
    pub each: Option<u32>,
    /// Whether they live there, learn there or cannot leave unaided: homes, schools, hospitals.
    #[serde(default)]
    pub sensitive: bool,
    /// Whether they are residents in the sense of GB 18218-2018, 4.3.3.
    #[serde(default)]
    pub resident: bool,
    /// Kinds of one group count the same people (buildings, and the households in them): the kind with the most counts.
    #[serde(default)]
    pub group: String,
}

/// A kind whose records are equipment of other objects: what an object needs ([`crate::Need`]) is looked for among them (R3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Equipment {
    /// Field with the key of the object that it belongs to.
    pub object: String,
    /// Field with the key of the need that it meets.
    pub need: String,
    /// Field with how many there are.
    pub count: String,
    /// Field with the day after which it no longer counts.
    pub expires: String,
    /// Field with its state.
    pub state: String,
    /// States in which it works.
    pub working: Vec<String>,
}

/// Who answers for the objects of a kind, beside the post that each names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duty {
    /// Role of the posts of the department that supervises them.
    pub role: String,
    /// Name of the sector.
    pub sector: Text,
    /// Field with the enterprise that they belong to; empty: the object is one itself.
    #[serde(default)]
    pub enterprise: String,
}

/// What a kind means for safety.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Safety {
    /// How its risk is graded; none when it has none of its own.
    pub risk: Option<Method>,
    /// Which distance others must keep from it.
    pub distance: Option<Distance>,
    /// How many people are in it.
    pub people: Option<People>,
    /// Whose equipment its records are.
    pub equipment: Option<Equipment>,
    /// Who answers for its objects.
    pub duty: Option<Duty>,
}

impl Safety {
    /// Whether it goes together with the fields of its kind.
    ///
    /// # Errors
    /// Says the first thing that is wrong.
    pub fn check(&self, kind: &Kind) -> Result<(), String> {
        let number = |name: &String| match kind.place(name).and_then(|p| kind.fields.get(p)) {
            Some(field) if matches!(field.what, What::Number { .. } | What::Whole { .. }) => Ok(()),
            _ => Err(format!("no field {name:?} that holds a number")),
        };
        if let Some(method) = &self.risk {
            method.numbers().into_iter().try_for_each(number)?;
            for name in method.words() {
                kind.place(name).ok_or_else(|| format!("no field {name:?}"))?;
            }
            if let Method::Graded { field, colours } = method {
                let place = kind.place(field).and_then(|place| kind.fields.get(place));
                let Some(What::Choice { of }) = place.map(|field| &field.what) else {
                    return Err(format!("{field:?} is no choice"));
                };
                let strange = colours.keys().find(|key| !of.iter().any(|c| c.key == **key));
                if let Some(strange) = strange {
                    return Err(format!("{field:?} has no choice {strange:?}"));
                }
            }
        }
        if let Some(distance) = &self.distance {
            if !distance.field.is_empty() {
                number(&distance.field)?;
            }
            let known = distance.metres.is_none_or(|m| (0.0..=Distance::MAX).contains(&m));
            if !known || (distance.metres.is_none() && distance.field.is_empty()) {
                return Err(format!("a distance is 0 to {} m, or in a field", Distance::MAX));
            }
        }
        if let Some(Duty { enterprise, .. }) = &self.duty
            && !enterprise.is_empty()
        {
            kind.place(enterprise).ok_or_else(|| format!("no field {enterprise:?}"))?;
        }
        if let Some(equipment) = &self.equipment {
            number(&equipment.count)?;
            let Equipment { object, need, expires, state, .. } = equipment;
            for name in [object, need, expires, state] {
                kind.place(name).ok_or_else(|| format!("no field {name:?}"))?;
            }
        }
        self.people.iter().flat_map(|people| &people.fields).try_for_each(number)
    }
}

/// What stands in a field as a number; none when nothing is known.
#[must_use]
pub fn number(value: Option<&Value>) -> Option<f64> {
    match value? {
        Value::Number(number) => Some(*number),
        #[expect(clippy::cast_precision_loss, reason = "counts of a region are below 2^53")]
        Value::Whole(whole) => Some(*whole as f64),
        Value::Empty | Value::Text(_) | Value::Flag(_) | Value::Date(_) => None,
    }
}

/// How many people are in an object; none when that is not known or its kind counts none.
#[must_use]
pub fn people_in(kind: &Kind, values: &[Value]) -> Option<u32> {
    let people = kind.safety.people.as_ref()?;
    let places = people.fields.iter().filter_map(|field| kind.place(field));
    let counted = places.filter_map(|place| number(values.get(place))).fold(None, most);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
    let counted = counted.map(|count| count.clamp(0.0, f64::from(u32::MAX)) as u32);
    counted.or(people.each)
}

fn most(most: Option<f64>, next: f64) -> Option<f64> {
    Some(most.map_or(next, |most| most.max(next)))
}

/// The distance that others must keep from an object, m, not beyond [`Distance::MAX`]; none when that is not known.
#[must_use]
pub fn distance_of(kind: &Kind, values: &[Value]) -> Option<f64> {
    let distance = kind.safety.distance.as_ref()?;
    let own = kind.place(&distance.field).and_then(|place| number(values.get(place)));
    own.or(distance.metres).map(|metres| metres.clamp(0.0, Distance::MAX))
}

/// How many people there are in several objects: their kind, its group, and how many are in each. What is not known counts as
/// nobody.
pub fn people_of<'a>(objects: impl Iterator<Item = (&'a str, &'a str, Option<u32>)>) -> u64 {
    let mut by_kind: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for (kind, group, people) in objects {
        *by_kind.entry((group, kind)).or_default() += u64::from(people.unwrap_or_default());
    }
    let mut by_group: BTreeMap<&str, u64> = BTreeMap::new();
    for ((group, _), people) in by_kind {
        let sum = by_group.entry(group).or_default();
        *sum = if group.is_empty() { *sum + people } else { people.max(*sum) };
    }
    by_group.values().sum()
}
