//! What an incident asks for: teams and vehicles, goods, beds, by its kind and by how many people it reaches (R12, R40).
//!
//! The figures are data of packs: who can do it, how many, how soon, how important. [`Load`] is what is known of an incident; the rules
//! turn it into amounts.

use helan_kernel::Text;
use serde::{Deserialize, Serialize};

use crate::stock::{Amount, is_code};

/// Rules of each sort, at most.
const MOST_RULES: usize = 1_000;
/// Forces that one rule asks for, at most.
const MOST_UNITS: u32 = 1_000;
/// Largest priority that dispatch takes.
const MOST_PRIORITY: u32 = 1_000;
/// Latest minutes: a day.
const LATEST_MIN: f64 = 24.0 * 60.0;

/// How much of something an incident asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Demand {
    /// Whatever it reaches.
    #[serde(default)]
    pub fixed: f64,
    /// For each 1 000 people inside the danger area.
    #[serde(default)]
    pub per_1000_people: f64,
    /// For each 1 000 people inside its worst level.
    #[serde(default)]
    pub per_1000_threatened: f64,
    /// For each patient that was reported.
    #[serde(default)]
    pub per_patient: f64,
    /// For each square kilometre of the danger area.
    #[serde(default)]
    pub per_km2: f64,
}

/// What is known of an incident.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Load {
    /// People inside its danger area, as expected now.
    pub people: f64,
    /// Those inside the worst level.
    pub threatened: f64,
    /// Patients reported.
    pub patients: f64,
    /// Surface of the danger area, km².
    pub area_km2: f64,
}

impl Demand {
    /// How much that is; a load that is no number, or below nothing, counts as nothing.
    #[must_use]
    pub fn of(&self, load: &Load) -> f64 {
        let some = |figure: f64| if figure.is_finite() { figure.max(0.0) } else { 0.0 };
        self.fixed
            + self.per_1000_people * some(load.people) / 1000.0
            + self.per_1000_threatened * some(load.threatened) / 1000.0
            + self.per_patient * some(load.patients)
            + self.per_km2 * some(load.area_km2)
    }

    fn check(&self) -> Result<(), String> {
        let Self { fixed, per_1000_people, per_1000_threatened, per_patient, per_km2 } = *self;
        let all = [fixed, per_1000_people, per_1000_threatened, per_patient, per_km2];
        if all.iter().any(|figure| !(0.0..=1e6).contains(figure)) {
            return Err("amounts are 0 to 1 000 000".into());
        }
        if all.iter().all(|figure| *figure <= 0.0) {
            return Err("it asks for nothing".into());
        }
        Ok(())
    }
}

/// Records that can do something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Able {
    /// Their kind.
    pub kind: String,
    /// Capability that their record must have: a flag that is set, or what it chose; empty: all of the kind can.
    #[serde(default)]
    pub can: String,
}

/// Teams or vehicles that an incident asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NeedRule {
    /// Unique, for example `leak-stop`.
    pub key: String,
    /// Name for people: also the task in the order.
    pub name: Text,
    /// Kinds of incidents that ask for it.
    pub incidents: Vec<String>,
    /// Who can.
    pub by: Vec<Able>,
    /// Class of vehicles that they come with: `fire-engine`, `ambulance`, `car`.
    pub vehicle: String,
    /// How many forces; rounded up.
    pub units: Demand,
    /// How many at most.
    pub most: u32,
    /// How important, by response level I to IV: 1 to 1000. An incident that nobody has graded counts as level III.
    pub priority: [u32; 4],
    /// What comes later is of no use, minutes from the order.
    pub minutes: f64,
    /// Where the figures come from.
    pub source: String,
    /// Whether they were checked against that.
    #[serde(default)]
    pub sure: bool,
}

/// Goods that an incident asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoodsRule {
    /// Unique.
    pub key: String,
    /// Name for people.
    pub name: Text,
    /// Kinds of incidents that ask for it.
    pub incidents: Vec<String>,
    /// Code of the item (GB/T 38565-2020).
    pub item: String,
    /// Unit that the amount is in; only lots in this unit are taken.
    pub unit: String,
    /// How much.
    pub amount: Demand,
    /// How important, by response level I to IV, as [`NeedRule::priority`].
    pub priority: [u32; 4],
    /// Where the figures come from.
    pub source: String,
    /// Whether they were checked against that.
    #[serde(default)]
    pub sure: bool,
}

/// Beds that an incident asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BedsRule {
    /// Unique.
    pub key: String,
    /// Name for people.
    pub name: Text,
    /// Kinds of incidents that ask for it.
    pub incidents: Vec<String>,
    /// Ward: `all` or `icu`.
    pub ward: String,
    /// What the hospital must be able to treat; empty: every hospital.
    #[serde(default)]
    pub can: String,
    /// How many; rounded up.
    pub beds: Demand,
    /// How important, by response level I to IV, as [`NeedRule::priority`].
    pub priority: [u32; 4],
    /// What takes longer is of no use, minutes on the way.
    pub minutes: f64,
    /// Where the figures come from.
    pub source: String,
    /// Whether they were checked against that.
    #[serde(default)]
    pub sure: bool,
}

/// All that packs say of what incidents ask for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Needs {
    /// Teams and vehicles.
    pub forces: Vec<NeedRule>,
    /// Goods.
    pub goods: Vec<GoodsRule>,
    /// Beds.
    pub beds: Vec<BedsRule>,
}

/// What of four figures by level holds for a grade: none counts as level III.
#[must_use]
pub fn priority_of(by_level: [u32; 4], grade: Option<u8>) -> u32 {
    let place = usize::from(grade.unwrap_or(3).clamp(1, 4) - 1);
    by_level.get(place).copied().unwrap_or(1)
}

/// A whole number of units, rounded up; never above a limit.
#[must_use]
pub fn whole(amount: f64, most: u32) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped; what is no number becomes nothing"
    )]
    let units = amount.clamp(0.0, f64::from(most)).ceil() as u32;
    units.min(most)
}

fn named(key: &str, incidents: &[String], source: &str) -> Result<(), String> {
    if key.is_empty() || incidents.is_empty() || source.is_empty() {
        return Err("it has a key, kinds of incidents and a source".into());
    }
    Ok(())
}

fn ranked(priority: [u32; 4], minutes: f64) -> Result<(), String> {
    if priority.iter().any(|one| !(1..=MOST_PRIORITY).contains(one)) {
        return Err(format!("priorities are 1 to {MOST_PRIORITY}"));
    }
    if !(1.0..=LATEST_MIN).contains(&minutes) {
        return Err("minutes are 1 to a day".into());
    }
    Ok(())
}

impl NeedRule {
    /// Whether it can be used.
    ///
    /// # Errors
    /// Says the first thing that is wrong.
    pub fn check(&self) -> Result<(), String> {
        named(&self.key, &self.incidents, &self.source)?;
        ranked(self.priority, self.minutes)?;
        if self.by.is_empty() || self.vehicle.is_empty() {
            return Err("somebody must be able to do it, with some vehicle".into());
        }
        if !(1..=MOST_UNITS).contains(&self.most) {
            return Err(format!("most is 1 to {MOST_UNITS}"));
        }
        self.units.check()
    }

    /// How many forces an incident asks for.
    #[must_use]
    pub fn wanted(&self, load: &Load) -> u32 {
        whole(self.units.of(load), self.most)
    }
}

impl GoodsRule {
    /// Whether it can be used.
    ///
    /// # Errors
    /// Says the first thing that is wrong.
    pub fn check(&self) -> Result<(), String> {
        named(&self.key, &self.incidents, &self.source)?;
        ranked(self.priority, LATEST_MIN)?;
        if !is_code(&self.item) {
            return Err(format!("{} is no code of GB/T 38565", self.item));
        }
        if self.unit.is_empty() {
            return Err("an amount has a unit".into());
        }
        self.amount.check()
    }

    /// How much an incident asks for, in whole units: stores hand out no parts of a piece.
    #[must_use]
    pub fn wanted(&self, load: &Load) -> Amount {
        let whole = (self.amount.of(load) - 1e-6).ceil().max(0.0);
        Amount::of(whole).unwrap_or(Amount::MOST)
    }
}

impl BedsRule {
    /// Whether it can be used.
    ///
    /// # Errors
    /// Says the first thing that is wrong.
    pub fn check(&self) -> Result<(), String> {
        named(&self.key, &self.incidents, &self.source)?;
        ranked(self.priority, self.minutes)?;
        if self.ward.is_empty() {
            return Err("beds are of a ward".into());
        }
        self.beds.check()
    }

    /// How many beds an incident asks for.
    #[must_use]
    pub fn wanted(&self, load: &Load) -> u32 {
        /// Beds that one incident asks for, at most: more than a province has would say nothing.
        const MOST: u32 = 100_000;
        whole(self.beds.of(load), MOST)
    }
}

impl Needs {
    /// Whether the rules of all packs can be used together.
    ///
    /// # Errors
    /// Says the first thing that is wrong.
    pub fn check(&self) -> Result<(), String> {
        let most = self.forces.len().max(self.goods.len()).max(self.beds.len());
        if most > MOST_RULES {
            return Err(format!("more than {MOST_RULES} needs"));
        }
        let keys = self.forces.iter().map(|rule| &rule.key);
        let keys = keys.chain(self.goods.iter().map(|rule| &rule.key));
        let mut known = std::collections::BTreeSet::new();
        for key in keys.chain(self.beds.iter().map(|rule| &rule.key)) {
            if !known.insert(key) {
                return Err(format!("two needs are called {key}"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule() -> NeedRule {
        NeedRule {
            key: "leak-stop".into(),
            name: Text::new("堵漏", "Stop the leak"),
            incidents: vec!["ammonia-leak".into()],
            by: vec![Able { kind: "rescue-team".into(), can: "chemical".into() }],
            vehicle: "fire-engine".into(),
            units: Demand { fixed: 1.0, per_1000_threatened: 0.5, ..Demand::default() },
            most: 4,
            priority: [400, 200, 100, 50],
            minutes: 60.0,
            source: "an example to edit".into(),
            sure: false,
        }
    }

    #[test]
    fn more_people_ask_for_more_up_to_a_limit() {
        let wanted = |threatened| rule().wanted(&Load { threatened, ..Load::default() });
        assert_eq!([0.0, 1.0, 2_000.0, 2_001.0, 1e9].map(wanted), [1, 2, 2, 3, 4]);
        assert_eq!(wanted(f64::NAN), 1);
        assert_eq!(wanted(-5.0), 1);
        assert_eq!(whole(f64::NAN, 7), 0);
    }

    #[test]
    fn a_level_nobody_gave_counts_as_the_third() {
        let by_level = [4, 3, 2, 1];
        let of = |grade| priority_of(by_level, grade);
        assert_eq!([of(Some(1)), of(Some(4)), of(None), of(Some(9))], [4, 1, 2, 1]);
    }

    #[test]
    fn wrong_rules_are_told() {
        rule().check().unwrap();
        let refused = |change: &dyn Fn(&mut NeedRule)| {
            let mut rule = rule();
            change(&mut rule);
            rule.check().unwrap_err()
        };
        assert!(refused(&|rule| rule.units = Demand::default()).contains("nothing"));
        assert!(refused(&|rule| rule.units.fixed = f64::NAN).contains("0 to"));
        assert!(refused(&|rule| rule.priority = [0, 1, 1, 1]).contains("priorities"));
        assert!(refused(&|rule| rule.minutes = f64::INFINITY).contains("minutes"));
        assert!(refused(&|rule| rule.by.clear()).contains("able"));
        let two = Needs { forces: vec![rule(), rule()], ..Needs::default() };
        assert!(two.check().unwrap_err().contains("leak-stop"));
    }
}
