//! Kinds of objects: what is asked about each, and what makes a record of it whole.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use geo::Geometry;
use helan_kernel::Text;
use serde::{Deserialize, Serialize};

use crate::{OsmRule, Record, Value, catalogue::centre, share::Cell};

/// The six domains of the base database (R16–R21).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Domain {
    /// Safe production 安全生产: plants, mines, pipelines, power lines, bridges.
    Production,
    /// Safe living 安全生活: schools, hospitals, malls, crowded places, households with gas.
    Living,
    /// Safe ecology 安全生态: stations of weather, water, earthquake, forest, animal disease.
    Ecology,
    /// Rescue forces 救援力量: fire stations, hospitals, repair crews, teams.
    Forces,
    /// Rescue supplies 救援物资: stores and what is in them.
    Supplies,
    /// Infrastructure 基础设施: roads, base stations, filling stations, underground networks.
    Infrastructure,
}

impl Domain {
    /// All of them, in the order of the paper.
    pub const ALL: [Self; 6] = [
        Self::Production,
        Self::Living,
        Self::Ecology,
        Self::Forces,
        Self::Supplies,
        Self::Infrastructure,
    ];

    /// The stable word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Living => "living",
            Self::Ecology => "ecology",
            Self::Forces => "forces",
            Self::Supplies => "supplies",
            Self::Infrastructure => "infrastructure",
        }
    }
}

/// What a record of a kind is drawn as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShapeKind {
    /// A place.
    Point,
    /// A road, a pipe; several pieces are one record.
    Line,
    /// A site, a zone; several pieces are one record.
    Polygon,
    /// Any of these, or several of them: a network with its nodes.
    Any,
}

/// What may stand in a field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "type")]
pub enum What {
    /// Words.
    Text {
        /// Most characters.
        max: usize,
    },
    /// A measured or counted quantity, in the unit of the field.
    Number {
        /// Smallest value.
        min: f64,
        /// Largest value.
        max: f64,
    },
    /// A whole number.
    Whole {
        /// Smallest value.
        min: i64,
        /// Largest value.
        max: i64,
    },
    /// Yes or no.
    Flag,
    /// A day.
    Date,
    /// A telephone number: digits, `+`, `-`, spaces; 3 (119) to 20 characters.
    Phone,
    /// One of a list.
    Choice {
        /// The list.
        of: Vec<Choice>,
    },
}

/// One of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What is stored, for example the code of a standard.
    pub key: String,
    /// Name for people.
    pub name: Text,
}

/// How a field is blurred for those who may not see it as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mask {
    /// A person's name: the surname stays.
    Name,
    /// A telephone number: the middle digits go.
    Phone,
    /// An address: the building and the flat go.
    Address,
    /// Nothing is shown.
    Hidden,
}

impl Mask {
    /// The text as those see it who may not see it as it is.
    #[must_use]
    pub fn blur(self, text: &str) -> String {
        let count = text.chars().count();
        let keep = |front: usize, back: usize| -> String {
            let covered = |place: usize| place >= front && place + back < count;
            text.chars().enumerate().map(|(p, c)| if covered(p) { '*' } else { c }).collect()
        };
        match self {
            Self::Hidden => String::new(),
            // A name of one sign has nothing that could stay.
            Self::Name if count < 2 => "*".repeat(count),
            Self::Name => keep(1, 0),
            // Of a mobile number three digits (the operator) stay in front and two behind.
            Self::Phone if count >= 8 => keep(3, 2),
            Self::Phone => "*".repeat(count),
            Self::Address => {
                // Up to the street or village: house, building and flat go.
                let end = text.rfind(['路', '街', '村', '镇', '乡', '巷']);
                let end = end.map_or(0, |at| at + '路'.len_utf8());
                format!("{}***", text.get(..end).unwrap_or_default())
            }
        }
    }
}

/// Something that is asked about every record of a kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Name of the column: lower-case letters, digits, `_`.
    pub key: String,
    /// Name for people.
    pub name: Text,
    /// Unit of numbers; empty when they have none.
    pub unit: String,
    /// What may stand in it.
    pub what: What,
    /// Whether a record without it is refused.
    pub required: bool,
    /// Blurred for whom the record is shared with; none when it is nobody's private matter.
    pub mask: Option<Mask>,
    /// Other names of the column in people's sheets.
    pub aliases: Vec<String>,
    /// Standard and clause that it follows; empty when none.
    pub standard: String,
}

/// Equipment or a sensor that every object of a kind must have (R3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// Key of a device profile (a sensor), or a word for equipment.
    pub key: String,
    /// Name for people.
    pub name: Text,
    /// How many at least.
    pub count: u32,
    /// Standard and clause that asks for it; empty when none.
    pub standard: String,
}

/// A kind of object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kind {
    /// Name of the layer: lower-case letters, digits, `-`.
    pub key: String,
    /// Domain.
    pub domain: Domain,
    /// Name for people.
    pub name: Text,
    /// Code of a standard's list of kinds; empty when none.
    pub code: String,
    /// What it is drawn as.
    pub shape: ShapeKind,
    /// What is asked beside the facts that every record has.
    pub fields: Vec<Field>,
    /// What an object of the kind must have.
    pub needs: Vec<Need>,
    /// Days after which a record must have been looked at anew.
    pub review_days: u32,
    /// Which things of OpenStreetMap are objects of it; the first rule that fits counts. Empty when none are.
    pub osm: Vec<OsmRule>,
    /// Whether its name is that of a person, or tells whose it is: blurred for those who may not see people.
    pub private_name: bool,
    /// Whether its place is somebody's home: told roughly to those who may not see people.
    pub private_place: bool,
    /// What it means for safety.
    pub safety: crate::Safety,
}

/// Why a kind cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("kind {kind}: {why}")]
pub struct KindError {
    /// Key of the kind.
    pub kind: String,
    /// What is wrong.
    pub why: String,
}

impl Kind {
    /// Most fields of one kind: a form that people can fill in, with room to spare.
    pub const MAX_FIELDS: usize = 200;

    /// Columns that every record has; no field may be called so.
    pub const COMMON: [&'static str; 13] = [
        "fid",
        "key",
        "name",
        "area",
        "address",
        "post",
        "geom",
        "origin",
        "origins",
        "checked_at",
        "changed_at",
        "made_at",
        "synthetic",
    ];

    /// A kind of which nothing is asked: `Kind { fields, ..Kind::bare(…) }`. Its records are looked at once a year.
    #[must_use]
    pub fn bare(key: &str, domain: Domain, name: Text, shape: ShapeKind) -> Self {
        Self {
            key: key.to_owned(),
            domain,
            name,
            code: String::new(),
            shape,
            fields: Vec::new(),
            needs: Vec::new(),
            review_days: 365,
            osm: Vec::new(),
            private_name: false,
            private_place: false,
            safety: crate::Safety::default(),
        }
    }

    /// Whether it can be used.
    ///
    /// # Errors
    /// Says the first thing that is wrong.
    pub fn check(&self) -> Result<(), KindError> {
        let fail = |why: String| Err(KindError { kind: self.key.clone(), why });
        if !is_word(&self.key, '-') {
            return fail("its key is not made of a-z, 0-9 and '-'".into());
        }
        if self.fields.len() > Self::MAX_FIELDS {
            return fail(format!("more than {} fields", Self::MAX_FIELDS));
        }
        if self.review_days == 0 {
            return fail("review_days must be at least 1".into());
        }
        let mut seen = BTreeSet::new();
        for field in &self.fields {
            if !is_word(&field.key, '_') {
                return fail(format!("field {:?} is not made of a-z, 0-9 and '_'", field.key));
            }
            if Self::COMMON.contains(&field.key.as_str()) || !seen.insert(&field.key) {
                return fail(format!("field {:?} is there already", field.key));
            }
            let sound = match &field.what {
                What::Text { max } => *max > 0,
                What::Number { min, max } => min.is_finite() && max.is_finite() && min <= max,
                What::Whole { min, max } => min <= max,
                What::Choice { of } => {
                    let keys: BTreeSet<&str> = of.iter().map(|choice| &*choice.key).collect();
                    !of.is_empty() && keys.len() == of.len() && !keys.contains("")
                }
                What::Flag | What::Date | What::Phone => true,
            };
            if !sound {
                return fail(format!("nothing fits field {:?}", field.key));
            }
        }
        for rule in &self.osm {
            if rule.tags.is_empty() {
                return fail("a rule for OpenStreetMap without tags would take everything".into());
            }
            if let Some(field) = rule.values.keys().find(|field| self.place(field).is_none()) {
                return fail(format!("a rule for OpenStreetMap speaks of field {field:?}"));
            }
        }
        self.safety.check(self).or_else(fail)
    }

    /// Blurs what is a private matter of people; says whether there was anything of the kind.
    pub fn blur(&self, record: &mut Record) -> bool {
        let mut blurred = self.is_private();
        for (field, value) in self.fields.iter().zip(&mut record.values) {
            let Some(mask) = field.mask.filter(|_| !value.is_empty()) else { continue };
            blurred = true;
            *value = match value {
                Value::Text(text) => Value::Text(mask.blur(text)),
                _ => Value::Empty,
            };
        }
        if self.private_name {
            record.name = Mask::Name.blur(&record.name);
        }
        if self.private_place {
            if !record.address.is_empty() {
                record.address = Mask::Address.blur(&record.address);
            }
            let at = record.shape.as_ref().and_then(centre).map(|at| Cell::of(at).middle());
            record.shape = at.map(|at| Geometry::Point(at.into()));
        }
        blurred
    }

    /// Whether its records speak of private persons: name or place is theirs.
    #[must_use]
    pub const fn is_private(&self) -> bool {
        self.private_name || self.private_place
    }

    /// Place of a field among [`Kind::fields`].
    #[must_use]
    pub fn place(&self, field: &str) -> Option<usize> {
        self.fields.iter().position(|f| f.key == field)
    }
}

fn is_word(text: &str, joint: char) -> bool {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == joint;
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.len() <= 60 && text.chars().all(good)
}

/// All kinds, by key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kinds(BTreeMap<String, Arc<Kind>>);

impl Kinds {
    /// Takes kinds together.
    ///
    /// # Errors
    /// When one of them cannot be used, or two have the same key.
    pub fn new(kinds: impl IntoIterator<Item = Kind>) -> Result<Self, KindError> {
        let mut all = BTreeMap::new();
        for kind in kinds {
            kind.check()?;
            if let Some(double) = all.insert(kind.key.clone(), Arc::new(kind)) {
                return Err(KindError { kind: double.key.clone(), why: "is there twice".into() });
            }
        }
        Ok(Self(all))
    }

    /// The kind with this key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Arc<Kind>> {
        self.0.get(key)
    }

    /// All of them, by key.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Kind>> {
        self.0.values()
    }
}

#[cfg(test)]
mod tests {
    use super::Mask;

    #[test]
    fn what_is_private_is_blurred() {
        assert_eq!(Mask::Name.blur("王小明"), "王**");
        assert_eq!(Mask::Name.blur("王"), "*");
        assert_eq!(Mask::Phone.blur("13812345678"), "138******78");
        assert_eq!(Mask::Phone.blur("119"), "***");
        assert_eq!(Mask::Address.blur("解放街12号3单元402"), "解放街***");
        assert_eq!(Mask::Address.blur("3-402"), "***");
        assert_eq!(Mask::Hidden.blur("x"), "");
    }
}
