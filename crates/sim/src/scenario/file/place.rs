//! Who and what is there: the site, its people, rooms and devices.

use std::collections::BTreeMap;

use helan_kernel::Ms;
use serde::Deserialize;

use super::span;

/// The site agent.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Device key of the agent at the platform.
    pub gateway: String,
    /// Profile it is registered with.
    pub profile: String,
    /// Name for people.
    pub name: String,
}

/// A building.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facility {
    /// Unique.
    pub key: String,
    /// Kind.
    pub kind: String,
    /// Name for people.
    pub name: String,
    /// Address in words.
    pub address: String,
    /// Responsible post.
    #[serde(default)]
    pub post: String,
    /// Where, when not at the place of the scenario.
    pub position: Option<(f64, f64)>,
}

/// A post.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Post {
    /// Unique.
    pub key: String,
    /// Role.
    pub role: String,
    /// Name for people; also how its notices are recognised.
    pub name: String,
    /// Building it answers for; the whole area when empty.
    #[serde(default)]
    pub facility: String,
    /// Who fills it.
    pub person: String,
    /// Telephone.
    pub phone: String,
    /// Where, when not at the place of the scenario.
    pub position: Option<(f64, f64)>,
    /// How it answers.
    #[serde(default)]
    pub manner: Manner,
}

/// A person.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Unique.
    pub key: String,
    /// Name; also how the person's notices are recognised.
    pub name: String,
    /// Telephone.
    #[serde(default)]
    pub phone: String,
    /// Building.
    pub facility: String,
    /// Room.
    #[serde(default)]
    pub room: String,
    /// Stair.
    #[serde(default)]
    pub stair: String,
    /// Floor.
    #[serde(default)]
    pub floor: i32,
    /// Where, when not at the place of the scenario.
    pub position: Option<(f64, f64)>,
    /// What keeps the person from leaving unaided.
    #[serde(default)]
    pub needs: Vec<String>,
    /// How the person answers.
    #[serde(default)]
    pub manner: Manner,
}

/// How somebody answers.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Manner {
    /// How likely an answer comes at all.
    pub answers: f64,
    /// Mean time until it comes, in world time.
    #[serde(deserialize_with = "span")]
    pub delay: Ms,
    /// Whether the answer is a call for help.
    pub needs_help: bool,
}

impl Default for Manner {
    fn default() -> Self {
        Self { answers: 0.9, delay: Ms::seconds(30), needs_help: false }
    }
}

/// A room with gas in it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Room {
    /// Unique in the scenario.
    pub key: String,
    /// Volume of air.
    pub volume_m3: f64,
    /// Air changes in an hour, windows shut.
    pub air_changes: f64,
    /// Further air changes in an hour while the fan runs.
    #[serde(default)]
    pub fan_air_changes: f64,
}

/// A device.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// Unique.
    pub key: String,
    /// Profile in the server's packs.
    pub profile: String,
    /// What it is in the world.
    pub model: Model,
    /// Name for people.
    pub name: String,
    /// Building.
    #[serde(default)]
    pub facility: String,
    /// Room: as registered, and in the world when the scenario has it.
    #[serde(default)]
    pub room: String,
    /// Stair.
    #[serde(default)]
    pub stair: String,
    /// Floor.
    #[serde(default)]
    pub floor: i32,
    /// Camera that sees the place.
    #[serde(default)]
    pub camera: String,
    /// Where it stands, when not at the place of the scenario.
    pub position: Option<(f64, f64)>,
    /// Name of the point, where the model leaves it open: the gas of a detector (`ch4` when empty), the state of a switch.
    #[serde(default)]
    pub point: String,
    /// Command that a switch knows; it turns the state from 1 to 0.
    #[serde(default)]
    pub command: String,
    /// Gully that a gauge stands in, or that a forecast is about.
    #[serde(default)]
    pub gully: String,
    /// Points of an instrument: pairs of moment and value. Between two moments the value changes evenly; before the first and
    /// after the last it stays.
    #[serde(default)]
    pub track: BTreeMap<String, Vec<(Moment, f64)>>,
    /// Time between two readings; 0 for what speaks only when something happens.
    #[serde(deserialize_with = "span")]
    pub every: Ms,
    /// Time constant of its sensor.
    #[serde(default = "lag_s")]
    pub lag_s: f64,
    /// Whether it stands behind the site agent.
    #[serde(default)]
    pub site: bool,
    /// Further facts.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
}

impl Device {
    /// Point of the gas that it measures; none when it measures none.
    #[must_use]
    pub fn gas_point(&self) -> Option<&str> {
        let given = if self.point.is_empty() { "ch4" } else { self.point.as_str() };
        (self.model == Model::GasDetector).then_some(given)
    }
}

fn lag_s() -> f64 {
    8.0
}

/// A moment of world time in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(transparent)]
pub struct Moment(#[serde(deserialize_with = "span")] pub Ms);

/// What a device is in the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Model {
    /// Measures gas in its room.
    GasDetector,
    /// Shuts the gas off.
    Valve,
    /// Blows gas out.
    Fan,
    /// Cuts the power of its room.
    PowerSwitch,
    /// Says texts.
    Loudspeaker,
    /// Shows that it works on a point `online`.
    Camera,
    /// Anything that a command turns off: a burner, a lift.
    Switch,
    /// Replays its tracks.
    Instrument,
    /// Measures the rain of the storm since its last reading on a point `rain_10min`.
    RainGauge,
    /// Measures discharge and level of its gully on points `flow` and `level`.
    GullyGauge,
    /// Speaks only when an event makes it: a scanner, a hand-held terminal.
    Terminal,
}
