//! The things that are registered.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use crate::{
    AreaCode, DeviceId, FacilityId, PersonId, PointId, Position, PostId, ProfileId, Text,
    dispose::Program, push::Policy, watch::Rule,
};

/// A name that people and packs give to a thing; unique among things of its kind.
pub type Key = Arc<str>;

/// A kind of device: what it measures and what it can be told to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// For example `gas-detector-household`.
    pub key: Key,
    /// Name for people.
    pub name: Text,
    /// What it measures, in the order of the points of each device.
    pub points: Vec<PointKind>,
    /// What it can be told.
    pub commands: Vec<CommandKind>,
}

impl Profile {
    /// Most points, and most commands, of one kind of device: what one terminal has, with room to spare.
    pub const MAX_POINTS: usize = 64;

    /// Whether devices of this kind measure the wind.
    #[must_use]
    pub fn measures_wind(&self) -> bool {
        self.points.iter().any(|p| p.quantity == Some(Quantity::WindSpeed))
    }

    /// Whether its parts have names of their own and its ranges hold something. Of a range that holds nothing every value
    /// would be doubtful, and no limit would ever be asked.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        fn alone<'a>(names: impl Iterator<Item = &'a Key>) -> bool {
            let mut seen = BTreeSet::new();
            names.fold(true, |alone, name| seen.insert(name) && alone && !name.is_empty())
        }
        let range = |min: f64, max: f64| min <= max;
        self.points.len() <= Self::MAX_POINTS
            && self.commands.len() <= Self::MAX_POINTS
            && alone(self.points.iter().map(|p| &p.name))
            && alone(self.commands.iter().map(|c| &c.name))
            && self.points.iter().all(|p| range(p.min, p.max))
            && self.commands.iter().all(|c| c.argument.is_none_or(|(min, max)| range(min, max)))
    }
}

/// One measured quantity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PointKind {
    /// Name in payloads, for example `ch4`.
    pub name: Key,
    /// Name for people.
    pub label: Text,
    /// Unit, for example `%LEL`; the same word that a payload may carry.
    pub unit: String,
    /// Smallest value the sensor can give; below it a reading is of uncertain quality.
    pub min: f64,
    /// Largest value the sensor can give; above it a reading is of uncertain quality.
    pub max: f64,
    /// Names of states for points that are switches: value → text. Empty for measured quantities.
    pub states: Vec<(i64, Text)>,
    /// What it says of the air around it, when it is a weather station's; others say nothing of that.
    pub quantity: Option<Quantity>,
}

/// A quantity that dangers ask for wherever they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Quantity {
    /// Mean wind at 10 m, m/s.
    WindSpeed,
    /// Where the wind comes from, degrees clockwise from north.
    WindFrom,
    /// Air temperature, °C.
    AirTemperature,
    /// Relative humidity, %.
    Humidity,
    /// Cloud cover, tenths.
    Cloud,
}

/// Something a device can be told to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommandKind {
    /// Name in the protocol, for example `valve.close`.
    pub name: Key,
    /// Name for people.
    pub label: Text,
    /// Range of the argument; none when the command has no argument.
    pub argument: Option<(f64, f64)>,
    /// Whether it cannot be undone from afar (a gas valve reopens by hand only): by hand it needs two persons.
    pub irreversible: bool,
}

impl CommandKind {
    /// Whether it can have this argument: 0 when it has none.
    #[must_use]
    pub fn takes(&self, argument: f64) -> bool {
        match self.argument {
            Some((min, max)) => (min..=max).contains(&argument),
            None => argument.abs() == 0.0,
        }
    }
}

/// A device 智能终端.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Device {
    /// Number; given by the engine.
    pub id: DeviceId,
    /// External name, as in topics; unique.
    pub key: Key,
    /// Its kind.
    pub profile: ProfileId,
    /// Its first point; the others follow.
    pub first_point: PointId,
    /// Everything else.
    pub spec: DeviceSpec,
}

/// What is told about a device when it is registered.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct DeviceSpec {
    /// External name, as in topics: 1 to 64 of `a-z A-Z 0-9 . _ -`.
    pub key: String,
    /// Key of the profile.
    pub profile: String,
    /// Name for people; may be empty.
    pub name: String,
    /// Area it lies in.
    pub area: AreaCode,
    /// Where.
    pub position: Position,
    /// Key of the facility it belongs to; empty when none.
    pub facility: String,
    /// Room or unit inside the facility, for example `1-302`: devices of one room act together.
    pub room: String,
    /// Stair or entrance inside the facility; empty when it has none.
    pub stair: String,
    /// Floor; 0 when unknown.
    pub floor: i32,
    /// Key of the responsible post; empty when none: then every alarm shows the defect.
    pub post: String,
    /// Reference of the camera that sees the place (a key of a device, or a URL); empty when none.
    pub camera: String,
    /// Key of the gateway that may speak for it; empty when it speaks for itself.
    pub gateway: String,
    /// Further facts that interlocks ask for, for example `explosion_proof = "yes"`.
    pub attributes: BTreeMap<String, String>,
    /// Whether its readings and alarms are always a drill (a virtual device).
    pub drill: bool,
}

/// A facility 对象: building, enterprise, school…
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Facility {
    /// Unique.
    pub key: String,
    /// Kind, for example `apartment-block`.
    pub kind: String,
    /// Name for people.
    pub name: String,
    /// Area it lies in.
    pub area: AreaCode,
    /// Where.
    pub position: Position,
    /// Address in words.
    pub address: String,
    /// Key of the responsible post; empty when none.
    pub post: String,
}

/// A post 岗位: the role that answers, whoever fills it today.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Post {
    /// Unique.
    pub key: String,
    /// What kind of post: `gas-company`, `property`, `grid-worker`, `duty-officer`… Wording and audience ask for it.
    pub role: String,
    /// Name for people.
    pub name: String,
    /// Area it answers for.
    pub area: AreaCode,
    /// Key of the facility it answers for; empty when it answers for the whole area.
    pub facility: String,
    /// Where it usually is; none when it has no fixed place.
    pub position: Option<Position>,
    /// Who fills it.
    pub person: String,
    /// Telephone.
    pub phone: String,
    /// Key of the post that stands in.
    pub deputy: String,
}

/// A person who can be reached and may have to leave.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Person {
    /// Unique.
    pub key: String,
    /// Name.
    pub name: String,
    /// Telephone; empty when none.
    pub phone: String,
    /// Language: `zh` or `en`.
    pub language: String,
    /// Area of the home.
    pub area: AreaCode,
    /// Where the person usually is.
    pub position: Position,
    /// Key of the facility the person lives or works in; empty when none.
    pub facility: String,
    /// Room or unit.
    pub room: String,
    /// Stair or entrance.
    pub stair: String,
    /// Floor; 0 when unknown.
    pub floor: i32,
    /// What keeps the person from leaving unaided, for example `wheelchair`; empty when nothing.
    pub needs: Vec<String>,
}

/// A change of the base data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum RegistryChange {
    /// Create or replace a profile. Points and commands may be appended; existing points keep their place.
    PutProfile(Profile),
    /// Create or replace a rule.
    PutRule(Rule),
    /// Create a new draft version of a program, or (when `signed` by the pack's issuer) a live one.
    PutProgram(Program),
    /// Create or replace a push policy.
    PutPolicy(Policy),
    /// Create or change a device. Its profile and key stay.
    PutDevice(DeviceSpec),
    /// Take a device away: it is refused from then on; its history stays.
    RemoveDevice(Key),
    /// Create or replace a facility.
    PutFacility(Facility),
    /// Create or replace a post.
    PutPost(Post),
    /// Create or replace a person.
    PutPerson(Person),
    /// Take a person away.
    RemovePerson(Key),
}

/// What is known about the place of an alarm when it is raised: the four items of R47 (place, person in charge, contact,
/// picture). An empty item is a defect that is shown.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Place {
    /// Key of the device.
    pub device: Key,
    /// Where, in words: facility, room, floor.
    pub place: Arc<str>,
    /// Person in charge, with the post.
    pub person: Arc<str>,
    /// How to call that person.
    pub contact: Arc<str>,
    /// Reference of a picture: camera or snapshot.
    pub picture: Arc<str>,
    /// Area.
    pub area: AreaCode,
}

/// Reference to one thing that can be told something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Party {
    /// A person.
    Person(PersonId),
    /// A post.
    Post(PostId),
    /// A facility as a whole (its desk, its loudspeaker).
    Facility(FacilityId),
}
