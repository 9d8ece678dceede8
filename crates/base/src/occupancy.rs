//! Who is where at which hour, as data: of each kind the fields that count people, and the part of them that is there hour by hour.

use serde::{Deserialize, Serialize};

use crate::{Kind, What};

/// Hours of a day.
pub const HOURS: usize = 24;

/// The part of some people that is at a place, hour by hour.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// Word that tables name it by.
    pub key: String,
    /// Monday to Friday: the part from 0:00 to 0:59, and so on; 0 to 1.
    pub weekday: [f64; HOURS],
    /// Saturday and Sunday.
    pub weekend: [f64; HOURS],
    /// How far the true part may lie off on either side, 0 to 1.
    pub margin: f64,
    /// Where the figures come from.
    pub source: String,
    /// Whether they were checked against that.
    #[serde(default)]
    pub sure: bool,
}

impl Hours {
    /// Everybody, always: what holds of people of whom no table tells.
    #[must_use]
    pub fn always() -> Self {
        Self {
            key: String::new(),
            weekday: [1.0; HOURS],
            weekend: [1.0; HOURS],
            margin: 0.0,
            source: String::new(),
            sure: false,
        }
    }

    /// Whether it can be used.
    ///
    /// # Errors
    /// Says the first thing that is wrong.
    pub fn check(&self) -> Result<(), String> {
        let parts = self.weekday.iter().chain(&self.weekend).chain([&self.margin]);
        if self.key.is_empty() || self.source.is_empty() {
            return Err("hours have a key and say where they come from".into());
        }
        if parts.into_iter().any(|part| !(0.0..=1.0).contains(part)) {
            return Err("a part of people is 0 to 1".into());
        }
        Ok(())
    }

    /// The parts of one day.
    #[must_use]
    pub const fn of(&self, weekend: bool) -> &[f64; HOURS] {
        if weekend { &self.weekend } else { &self.weekday }
    }
}

/// What is listed by name when it lies in danger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Children and students.
    School,
    /// Patients.
    Hospital,
    /// Old people who cannot leave by themselves.
    NursingHome,
    /// Malls, hotels, stations, plants: many people in one place.
    Crowded,
    /// Where people would be led to.
    Shelter,
    /// Fire stations, teams, ambulances: help that is itself in danger.
    Force,
    /// What would make it worse: tanks, stores of gas, explosives, dams.
    Hazard,
}

impl Class {
    /// The word it is shown as.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::School => "school",
            Self::Hospital => "hospital",
            Self::NursingHome => "nursing-home",
            Self::Crowded => "crowded",
            Self::Shelter => "shelter",
            Self::Force => "force",
            Self::Hazard => "hazard",
        }
    }
}

/// Who cannot simply walk away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Vulnerable {
    /// Children and students.
    Children,
    /// Patients.
    Patients,
    /// Old people.
    Elderly,
    /// People who need help to leave.
    Help,
}

impl Vulnerable {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Children, Self::Patients, Self::Elderly, Self::Help];

    /// The word it is shown as.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Children => "children",
            Self::Patients => "patients",
            Self::Elderly => "elderly",
            Self::Help => "help",
        }
    }
}

/// Some people of an object: who they are, how many, and when they are there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Field that counts them (a flag: one of them, or none); empty when only `each` does.
    #[serde(default)]
    pub field: String,
    /// Field with those of them whom another group counts; empty when none.
    #[serde(default)]
    pub less: String,
    /// How many when no field says it; none when that is then unknown.
    pub each: Option<u32>,
    /// When they are there.
    pub hours: String,
    /// Whether they live there: what the census counts, too.
    #[serde(default)]
    pub home: bool,
    /// Why they need more than a word; none when they do not.
    pub vulnerable: Option<Vulnerable>,
    /// Whether another group counts them already, and only who they are is told here.
    #[serde(default)]
    pub within: bool,
}

/// Objects of a kind whose people are counted in another object when there is one: households in a building.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountedIn {
    /// Kind of the other object.
    pub kind: String,
    /// Field with its key, or with its name when no other of the county has it.
    pub field: String,
    /// How near the two stand when the field does not tell, m.
    pub metres: f64,
}

/// The people of the objects of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Occupancy {
    /// The kind.
    pub kind: String,
    /// What its objects are listed as; none when they are only counted.
    pub class: Option<Class>,
    /// Who is in them.
    #[serde(default)]
    pub group: Vec<Group>,
    /// In what its people are counted, too; none when nowhere else.
    pub counted_in: Option<CountedIn>,
    /// Fields that are shown when one is listed.
    #[serde(default)]
    pub show: Vec<String>,
}

impl Occupancy {
    /// Most groups of one kind, and most fields that are shown.
    pub const MOST: usize = 16;
    /// Farthest that an object may stand from that in which it is counted, m.
    pub const FAR: f64 = 200.0;

    /// Whether it goes together with its kind and with the hours of the packs.
    ///
    /// # Errors
    /// Says the first thing that is wrong.
    pub fn check(&self, kind: &Kind, hours: &[Hours]) -> Result<(), String> {
        if self.group.len() > Self::MOST || self.show.len() > Self::MOST {
            return Err(format!("more than {} groups or fields", Self::MOST));
        }
        let what = |name: &String| {
            let place = kind.place(name).and_then(|place| kind.fields.get(place));
            place.map(|field| &field.what).ok_or_else(|| format!("no field {name:?}"))
        };
        for group in &self.group {
            for name in [&group.field, &group.less].into_iter().filter(|name| !name.is_empty()) {
                if !matches!(what(name)?, What::Number { .. } | What::Whole { .. } | What::Flag) {
                    return Err(format!("field {name:?} counts nobody"));
                }
            }
            if group.field.is_empty() && group.each.is_none() {
                return Err("a group has a field that counts it, or a number".into());
            }
            if !hours.iter().any(|known| known.key == group.hours) {
                return Err(format!("no hours {:?}", group.hours));
            }
        }
        if let Some(other) = &self.counted_in {
            what(&other.field)?;
            if !(0.0..=Self::FAR).contains(&other.metres) {
                return Err(format!("0 to {} m", Self::FAR));
            }
        }
        for name in &self.show {
            what(name)?;
            if kind.fields.iter().any(|field| field.key == *name && field.mask.is_some()) {
                return Err(format!("field {name:?} is a private matter"));
            }
        }
        Ok(())
    }
}

/// How the people of a census are spread over its area.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CensusSpread {
    /// How many times denser than its average an area may be where the danger is: the upper bound. 1 or more.
    pub times: f64,
    /// Where that comes from.
    pub source: String,
    /// Whether it was checked.
    #[serde(default)]
    pub sure: bool,
}

impl Default for CensusSpread {
    fn default() -> Self {
        Self { times: 10.0, source: String::new(), sure: false }
    }
}

/// Who is where at which hour: what the packs say together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Presence {
    /// Parts of people by hour.
    pub hours: Vec<Hours>,
    /// Kinds of objects.
    pub kinds: Vec<Occupancy>,
    /// People of whom only the census tells.
    pub census: CensusSpread,
}

impl Presence {
    /// Whether all of it can be used with these kinds; of kinds that are not there it says nothing.
    ///
    /// # Errors
    /// Names the part that is wrong.
    pub fn check<'a>(&self, kind: impl Fn(&str) -> Option<&'a Kind>) -> Result<(), String> {
        for (place, hours) in self.hours.iter().enumerate() {
            hours.check().map_err(|why| format!("hours {}: {why}", hours.key))?;
            if self.hours.iter().take(place).any(|other| other.key == hours.key) {
                return Err(format!("hours {} are there twice", hours.key));
            }
        }
        for (place, table) in self.kinds.iter().enumerate() {
            if self.kinds.iter().take(place).any(|other| other.kind == table.kind) {
                return Err(format!("occupancy of {} is there twice", table.kind));
            }
            if let Some(kind) = kind(&table.kind) {
                let check = table.check(kind, &self.hours);
                check.map_err(|why| format!("occupancy of {}: {why}", table.kind))?;
            }
        }
        if !self.census.times.is_finite() || self.census.times < 1.0 {
            return Err("census: an area is 1 time as dense as its average, or more".into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use helan_kernel::Text;

    use super::*;
    use crate::{Domain, Field, Mask, ShapeKind};

    const PACK: &str = r#"
        [[hours]]
        key = "day"
        weekday = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]
        weekend = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        margin = 0.1
        source = "test"
        [[kinds]]
        kind = "school"
        class = "school"
        group = [{ field = "students", hours = "day", vulnerable = "children" }]
        show = ["students"]
    "#;

    #[derive(Deserialize)]
    struct File {
        hours: Vec<Hours>,
        kinds: Vec<Occupancy>,
    }

    fn check(pack: &str, expected: Option<&str>) {
        let File { hours, kinds } = toml::from_str(pack).unwrap();
        let presence = Presence { hours, kinds, census: CensusSpread::default() };
        let field = |key: &str, what, mask| Field {
            key: key.into(),
            name: Text::default(),
            unit: String::new(),
            what,
            required: false,
            mask,
            aliases: Vec::new(),
            standard: String::new(),
        };
        let mut kind = Kind::bare("school", Domain::Living, Text::default(), ShapeKind::Point);
        kind.fields = vec![
            field("students", What::Whole { min: 0, max: 9 }, None),
            field("phone", What::Phone, Some(Mask::Phone)),
        ];
        let found = presence.check(|key| (key == "school").then_some(&kind));
        match expected {
            None => assert_eq!(found, Ok(())),
            Some(why) => assert!(found.as_ref().is_err_and(|e| e.contains(why)), "{found:?}"),
        }
    }

    #[test]
    fn tables_go_together_with_kinds_and_hours() {
        check(PACK, None);
        let wrong = |from: &str, to: &str, why: &str| {
            let pack = PACK.replacen(from, to, 1);
            assert_ne!(pack, PACK);
            check(&pack, Some(why));
        };
        wrong("field = \"students\"", "field = \"pupils\"", "no field \"pupils\"");
        wrong("field = \"students\"", "field = \"phone\"", "counts nobody");
        wrong("field = \"students\", ", "", "or a number");
        wrong("hours = \"day\"", "hours = \"night\"", "no hours \"night\"");
        wrong("show = [\"students\"]", "show = [\"phone\"]", "private matter");
        wrong("margin = 0.1", "margin = 1.1", "0 to 1");
        wrong("source = \"test\"", "source = \"\"", "where they come from");
        let twice = PACK.replace("[[kinds]]", "[[kinds]]\nkind = \"school\"\n[[kinds]]");
        check(&twice, Some("twice"));
        // Of a kind that is not there nothing can be wrong.
        check(&PACK.replace("kind = \"school\"", "kind = \"museum\""), None);
    }
}
