//! Rows of the lists of [`crate::Facts`], and how a template asks a row for a field.

use serde::{Deserialize, Serialize};

use crate::{
    facts::{Fact, Listed, Source},
    scope::Value,
    text::{Ms, Text},
};

/// A row that templates may ask.
pub trait Row {
    /// Key, the same for the same thing every time: lines of a plan are recognised by it.
    fn key(&self) -> &str;
    /// A field by its name in [`crate::LISTS`]; none when it is not known, or makes no sense.
    fn field(&self, name: &str) -> Option<Value>;
}

/// A row of a list with where it comes from.
#[derive(Clone, Copy)]
pub struct Item<'a> {
    /// Name of the list.
    pub list: &'static str,
    /// The row.
    pub row: &'a dyn Row,
    /// Where the row comes from.
    pub source: &'a Source,
    /// When it was so.
    pub at: Ms,
}

/// The rows of a list.
pub(crate) fn items<'a, T: Row>(list: &'static str, listed: &'a Listed<T>) -> Vec<Item<'a>> {
    let item =
        |fact: &'a Fact<T>| Item { list, row: &fact.value, source: &fact.source, at: fact.at };
    listed.rows.iter().map(item).collect()
}

fn count(value: Option<u64>) -> Option<Value> {
    #[expect(clippy::cast_precision_loss, reason = "people and things, far below 2^53")]
    value.map(|n| Value::Number(n as f64))
}

fn measure(value: Option<f64>) -> Option<Value> {
    value.and_then(Value::measure)
}

fn words(text: &Text) -> Option<Value> {
    (!text.is_empty()).then(|| Value::Words(text.clone()))
}

fn maybe(text: Option<&Text>) -> Option<Value> {
    text.and_then(words)
}

/// One level of a footprint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Zone {
    /// Key of the level, for example `aegl-3`.
    pub key: String,
    /// Name.
    pub name: Text,
    /// 1 is the worst.
    pub rank: u32,
    /// Area, m².
    pub area_m2: Option<f64>,
    /// Reach from the source, m.
    pub reach_m: Option<f64>,
    /// Name of the model that gave it.
    pub model: Text,
    /// For how long it holds, minutes.
    pub holds_min: Option<f64>,
}

impl Row for Zone {
    fn key(&self) -> &str {
        &self.key
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "name" => words(&self.name),
            "rank" => count(Some(self.rank.into())),
            "area_m2" => measure(self.area_m2),
            "reach_m" => measure(self.reach_m),
            "model" => words(&self.model),
            "holds_min" => measure(self.holds_min),
            _ => None,
        }
    }
}

/// People inside one level of a footprint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PeopleIn {
    /// Key of the level.
    pub zone: String,
    /// Name of the level.
    pub name: Text,
    /// 1 is the worst.
    pub rank: u32,
    /// The hour of day (0 to 23) that they were counted for.
    pub hour: Option<u8>,
    /// People in this level and in no worse one.
    pub count: Option<u64>,
    /// Of them those who need help: the old, the ill, children.
    pub vulnerable: Option<u64>,
}

impl Row for PeopleIn {
    fn key(&self) -> &str {
        &self.zone
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "name" => words(&self.name),
            "rank" => count(Some(self.rank.into())),
            "hour" => count(self.hour.filter(|hour| *hour < 24).map(u64::from)),
            "count" => count(self.count),
            "vulnerable" => count(self.vulnerable),
            _ => None,
        }
    }
}

/// What sort of place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FacilityKind {
    /// School or kindergarten.
    School,
    /// Hospital or home for the old.
    Hospital,
    /// Market, station, cinema, mosque, stadium.
    Crowded,
    /// Anything else that is to be told.
    #[default]
    Other,
}

/// A place inside.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facility {
    /// Key of its row.
    pub key: String,
    /// Name.
    pub name: Text,
    /// What sort of place.
    pub kind: FacilityKind,
    /// Name of the level it lies in.
    pub zone: Text,
    /// People there.
    pub people: Option<u64>,
    /// From the source, m.
    pub distance_m: Option<f64>,
    /// Who answers there, with telephone.
    pub contact: Option<Text>,
}

impl Row for Facility {
    fn key(&self) -> &str {
        &self.key
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "name" => words(&self.name),
            "kind" => Some(Value::Words(match self.kind {
                FacilityKind::School => Text::new("学校", "school"),
                FacilityKind::Hospital => Text::new("医疗养老机构", "hospital or care home"),
                FacilityKind::Crowded => Text::new("人员密集场所", "crowded place"),
                FacilityKind::Other => Text::new("其他场所", "other place"),
            })),
            "zone" => words(&self.zone),
            "people" => count(self.people),
            "distance_m" => measure(self.distance_m),
            "contact" => maybe(self.contact.as_ref()),
            _ => None,
        }
    }
}

/// What the danger may set off.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Secondary {
    /// Key of its row.
    pub key: String,
    /// Name.
    pub name: Text,
    /// What may happen to it.
    pub what: Text,
    /// From the source, m.
    pub distance_m: Option<f64>,
    /// When it may happen, minutes from now.
    pub minutes: Option<f64>,
}

impl Row for Secondary {
    fn key(&self) -> &str {
        &self.key
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "name" => words(&self.name),
            "what" => words(&self.what),
            "distance_m" => measure(self.distance_m),
            "minutes" => measure(self.minutes),
            _ => None,
        }
    }
}

/// A road that nobody may use.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClosedRoad {
    /// Key of its row.
    pub key: String,
    /// Name, and from where to where.
    pub name: Text,
    /// Why.
    pub why: Text,
    /// The way around.
    pub detour: Option<Text>,
}

impl Row for ClosedRoad {
    fn key(&self) -> &str {
        &self.key
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "name" => words(&self.name),
            "why" => words(&self.why),
            "detour" => maybe(self.detour.as_ref()),
            _ => None,
        }
    }
}

/// What the people of a block do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Advice {
    /// Leave.
    #[default]
    Leave,
    /// Stay in, windows closed: leaving is worse.
    Shelter,
}

/// A block of homes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Block {
    /// Key.
    pub key: String,
    /// Name.
    pub name: Text,
    /// People.
    pub people: Option<u64>,
    /// Of them those who cannot walk by themselves.
    pub assisted: Option<u64>,
    /// Of them those without a car.
    pub no_car: Option<u64>,
    /// What they do.
    pub advice: Advice,
    /// The way.
    pub route: Option<Text>,
    /// Where to.
    pub shelter: Option<Text>,
    /// Free places there.
    pub shelter_free: Option<u64>,
    /// Until the last one is out, minutes.
    pub clearance_min: Option<f64>,
    /// When they should start, minutes from now: departures are staged.
    pub start_min: Option<f64>,
}

impl Row for Block {
    fn key(&self) -> &str {
        &self.key
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "name" => words(&self.name),
            "people" => count(self.people),
            "assisted" => count(self.assisted),
            "no_car" => count(self.no_car),
            "leave" => Some(Value::Flag(self.advice == Advice::Leave)),
            "route" => maybe(self.route.as_ref()),
            "shelter" => maybe(self.shelter.as_ref()),
            "shelter_free" => count(self.shelter_free),
            "clearance_min" => measure(self.clearance_min),
            "start_min" => measure(self.start_min),
            _ => None,
        }
    }
}

/// A team, a vehicle, beds or stock that may be sent for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Force {
    /// Key of its row.
    pub key: String,
    /// Name.
    pub name: Text,
    /// What it can do, or what it is.
    pub what: Text,
    /// How many people or pieces.
    pub count: Option<u64>,
    /// What is counted.
    pub unit: Text,
    /// Until it is there, minutes.
    pub travel_min: Option<f64>,
    /// Who answers for it, with telephone.
    pub contact: Option<Text>,
}

impl Row for Force {
    fn key(&self) -> &str {
        &self.key
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "name" => words(&self.name),
            "what" => words(&self.what),
            "count" => count(self.count),
            "unit" => words(&self.unit),
            "travel_min" => measure(self.travel_min),
            "contact" => maybe(self.contact.as_ref()),
            _ => None,
        }
    }
}

/// How an action at the site stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ControlState {
    /// Under way, no proof yet.
    #[default]
    Running,
    /// Done, with proof.
    Proven,
    /// Failed.
    Failed,
}

/// An action at the site: a valve, a fan, a water curtain.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Control {
    /// Key of the run and step.
    pub key: String,
    /// What.
    pub name: Text,
    /// How it stands.
    pub state: ControlState,
}

impl Row for Control {
    fn key(&self) -> &str {
        &self.key
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "name" => words(&self.name),
            "state" => Some(Value::Words(match self.state {
                ControlState::Running => {
                    Text::new("执行中，尚无效果证明", "under way, no proof yet")
                }
                ControlState::Proven => Text::new("已完成，效果已证明", "done and proven"),
                ControlState::Failed => Text::new("失败", "failed"),
            })),
            "failed" => Some(Value::Flag(self.state == ControlState::Failed)),
            _ => None,
        }
    }
}
