//! Devices, their points and commands.

use helan_kernel::{
    AreaCode,
    effect::DeviceState,
    registry::{self, Registry},
    watch,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Alarm, Position, Text, quality};

/// A device 智能终端 in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Device {
    /// External name, as in topics.
    pub key: String,
    /// Name for people; may be empty.
    pub name: String,
    /// Key of its profile.
    pub profile: String,
    /// Name of its profile.
    pub profile_name: Text,
    /// Area code.
    pub area: u32,
    /// Key of its facility; may be empty.
    pub facility: String,
    /// Name of its facility; empty when it is not known.
    pub facility_name: String,
    /// Room; may be empty.
    pub room: String,
    /// Floor; 0 when unknown.
    pub floor: i32,
    /// Where.
    pub position: Position,
    /// `alarm`, `fault`, `offline`, `maintenance`, `normal` or `unknown`.
    pub state: &'static str,
    /// Whether its readings and alarms are always a drill.
    pub drill: bool,
    /// When its newest reading was measured, ms UTC.
    pub last_at: Option<i64>,
}

/// A device in full.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeviceDetail {
    /// The device as in lists.
    #[serde(flatten)]
    pub device: Device,
    /// Stair or entrance; may be empty.
    pub stair: String,
    /// Key of the gateway that speaks for it; may be empty.
    pub gateway: String,
    /// Post in charge; null when none: a defect.
    pub post: Option<PostBrief>,
    /// Reference of the camera; may be empty.
    pub camera: String,
    /// Further facts.
    pub attributes: std::collections::BTreeMap<String, String>,
    /// Until when it is under maintenance, ms UTC.
    pub maintenance_until: Option<i64>,
    /// Whether it is out of service.
    pub out_of_service: bool,
    /// What it measures.
    pub points: Vec<Point>,
    /// What it can be told.
    pub commands: Vec<CommandKind>,
    /// Its alarms that are not closed.
    pub alarms: Vec<Alarm>,
}

/// Post in charge.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PostBrief {
    /// Key of the post.
    pub key: String,
    /// Name of the post.
    pub name: String,
    /// Who fills it.
    pub person: String,
    /// Telephone.
    pub phone: String,
}

/// A point 测点.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Point {
    /// Name in payloads.
    pub name: String,
    /// Name for people.
    pub label: Text,
    /// Unit.
    pub unit: String,
    /// Smallest value the sensor can give.
    pub min: f64,
    /// Largest value the sensor can give.
    pub max: f64,
    /// Names of states, for switches: value and text.
    #[schema(value_type = Vec<Vec<serde_json::Value>>)]
    pub states: Vec<(i64, Text)>,
    /// Newest value.
    pub latest: Option<Latest>,
    /// Keys of the rules that watch it.
    pub rules: Vec<String>,
    /// Limits of these rules, for the chart.
    pub limits: Vec<LimitLine>,
}

/// Newest value of a point.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Latest {
    /// When it was measured, ms UTC.
    pub at: i64,
    /// Value in the unit of the point.
    pub value: f64,
    /// `good`, `uncertain` or `bad`.
    pub quality: &'static str,
}

/// A limit of a rule, to be drawn.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LimitLine {
    /// Key of the rule.
    pub rule: String,
    /// The limit, in the unit of the point.
    pub value: f64,
    /// `high` or `low`: the side on which danger lies.
    pub side: &'static str,
    /// Priority from there on.
    pub priority: &'static str,
}

/// Something a device can be told.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CommandKind {
    /// Name in the protocol.
    pub name: String,
    /// Name for people.
    pub label: Text,
    /// Range of the argument; null when it has none.
    pub argument: Option<[f64; 2]>,
    /// Whether it needs two persons when sent by hand.
    pub irreversible: bool,
}

/// What is told about a device when it is registered.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceSpec {
    /// External name; may be left out, the path has it.
    #[serde(default)]
    pub key: String,
    /// Key of the profile.
    pub profile: String,
    /// Name for people.
    #[serde(default)]
    pub name: String,
    /// Area code.
    pub area: u32,
    /// Where.
    pub position: Position,
    /// Key of the facility.
    #[serde(default)]
    pub facility: String,
    /// Room.
    #[serde(default)]
    pub room: String,
    /// Stair or entrance.
    #[serde(default)]
    pub stair: String,
    /// Floor; 0 when unknown.
    #[serde(default)]
    pub floor: i32,
    /// Key of the responsible post.
    #[serde(default)]
    pub post: String,
    /// Reference of the camera.
    #[serde(default)]
    pub camera: String,
    /// Key of the gateway that may speak for it.
    #[serde(default)]
    pub gateway: String,
    /// Further facts.
    #[serde(default)]
    pub attributes: std::collections::BTreeMap<String, String>,
    /// Whether it is virtual: everything from it is a drill.
    #[serde(default)]
    pub drill: bool,
}

impl DeviceSpec {
    /// The kernel's word for it.
    #[must_use]
    pub fn into_kernel(self, key: String) -> registry::DeviceSpec {
        registry::DeviceSpec {
            key,
            profile: self.profile,
            name: self.name,
            area: AreaCode(self.area),
            position: self.position.into(),
            facility: self.facility,
            room: self.room,
            stair: self.stair,
            floor: self.floor,
            post: self.post,
            camera: self.camera,
            gateway: self.gateway,
            attributes: self.attributes,
            drill: self.drill,
        }
    }
}

/// What came of the registration of one device.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeviceCredentials {
    /// Its token, shown this once; null when the device was known already.
    pub token: Option<String>,
}

/// All devices of the caller's area as columns, for the map.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct MapDevices {
    /// Numbers.
    pub ids: Vec<u32>,
    /// External names.
    pub keys: Vec<String>,
    /// Longitudes, six decimals.
    pub lon: Vec<f64>,
    /// Latitudes, six decimals.
    pub lat: Vec<f64>,
    /// States.
    pub state: Vec<&'static str>,
    /// Places in `profiles`.
    pub profile: Vec<u32>,
    /// Keys of the profiles.
    pub profiles: Vec<String>,
}

/// Which devices.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeviceQuery {
    /// Part of the key, name, facility or room.
    pub q: Option<String>,
    /// Only this area and what lies in it.
    pub area: Option<u32>,
    /// Only this state.
    pub state: Option<String>,
    /// Only this profile.
    pub profile: Option<String>,
    /// Rows of a page, at most 500.
    pub limit: Option<u32>,
    /// Cursor of the page before.
    pub after: Option<String>,
}

/// Maintenance of a device.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Maintenance {
    /// Until when, ms UTC.
    pub until: i64,
    /// Why.
    pub reason: String,
}

/// Readings of a point.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Readings {
    /// Rows of moment (ms UTC), value, quality; in order of time.
    #[schema(value_type = Vec<Vec<serde_json::Value>>)]
    pub readings: Vec<super::ReadingRow>,
    /// Whether the limit cut the list: ask again with a later `from`.
    pub more: bool,
}

/// Which readings.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReadingQuery {
    /// From this moment on, ms UTC; an hour before `to` when left out.
    pub from: Option<i64>,
    /// Before this moment, ms UTC; now when left out.
    pub to: Option<i64>,
    /// Rows, at most 10 000.
    pub limit: Option<u32>,
}

/// What people call the facility of a device.
#[must_use]
pub fn facility_name<'a>(registry: &'a Registry, spec: &registry::DeviceSpec) -> &'a str {
    registry.facilities.by_key(&spec.facility).map_or("", |facility| facility.name.as_str())
}

impl Device {
    /// A device with its state.
    #[must_use]
    pub fn of(registry: &Registry, watch: &watch::Watch, device: &registry::Device) -> Self {
        let profile = registry.profile_of(device);
        let spec = &device.spec;
        let points = profile.map_or(0, |p| p.points.len());
        let first = device.first_point.0;
        let last_at = (first..)
            .take(points)
            .filter_map(|point| watch.latest(helan_kernel::PointId(point)))
            .map(|latest| latest.at.0)
            .max();
        Self {
            key: device.key.to_string(),
            name: spec.name.clone(),
            profile: spec.profile.clone(),
            profile_name: profile.map(|p| Text::from(&p.name)).unwrap_or_default(),
            area: spec.area.0,
            facility: spec.facility.clone(),
            facility_name: facility_name(registry, spec).to_owned(),
            room: spec.room.clone(),
            floor: spec.floor,
            position: spec.position.into(),
            state: device_state(watch.device_state(device.id)),
            drill: spec.drill,
            last_at,
        }
    }
}

impl Point {
    /// The points of a device.
    #[must_use]
    pub fn all(registry: &Registry, watch: &watch::Watch, device: &registry::Device) -> Vec<Self> {
        let kinds = registry.profile_of(device).map_or(&[][..], |p| p.points.as_slice());
        (device.first_point.0..)
            .zip(kinds.iter().enumerate())
            .map(|(id, (place, kind))| {
                let rules = registry.rules_of(device.profile, place);
                let rules = rules.iter().filter_map(|id| registry.rule(*id)).collect::<Vec<_>>();
                Self {
                    name: kind.name.to_string(),
                    label: Text::from(&kind.label),
                    unit: kind.unit.clone(),
                    min: kind.min,
                    max: kind.max,
                    states: kind.states.iter().map(|(value, name)| (*value, name.into())).collect(),
                    latest: watch.latest(helan_kernel::PointId(id)).map(|latest| Latest {
                        at: latest.at.0,
                        value: latest.value,
                        quality: quality(latest.quality),
                    }),
                    rules: rules.iter().map(|rule| rule.key.to_string()).collect(),
                    limits: rules.iter().flat_map(|rule| LimitLine::of(rule)).collect(),
                }
            })
            .collect()
    }
}

impl LimitLine {
    fn of(rule: &watch::Rule) -> Vec<Self> {
        use watch::Condition as C;
        let line = |side: watch::Side, value: f64, priority| Self {
            rule: rule.key.to_string(),
            value,
            side: match side {
                watch::Side::High => "high",
                watch::Side::Low => "low",
            },
            priority: super::priority(priority),
        };
        match &rule.condition {
            C::Limit { side, levels, .. } => {
                levels.iter().map(|level| line(*side, level.limit, level.priority)).collect()
            }
            C::Votes { side, limit, levels, .. } => {
                std::iter::once(line(*side, *limit, rule.priority))
                    .chain(levels.iter().map(|level| line(*side, level.limit, level.priority)))
                    .collect()
            }
            C::Neighbours { side, limit, .. } => vec![line(*side, *limit, rule.priority)],
            C::Rate { .. }
            | C::Silence { .. }
            | C::Stuck { .. }
            | C::BadQuality { .. }
            | C::Expression { .. } => Vec::new(),
        }
    }
}

impl From<&registry::CommandKind> for CommandKind {
    fn from(kind: &registry::CommandKind) -> Self {
        Self {
            name: kind.name.to_string(),
            label: Text::from(&kind.label),
            argument: kind.argument.map(|(min, max)| [min, max]),
            irreversible: kind.irreversible,
        }
    }
}

/// The word for a device state.
#[must_use]
pub const fn device_state(state: DeviceState) -> &'static str {
    match state {
        DeviceState::Alarm => "alarm",
        DeviceState::Fault => "fault",
        DeviceState::Offline => "offline",
        DeviceState::Maintenance => "maintenance",
        DeviceState::Normal => "normal",
        DeviceState::Unknown => "unknown",
    }
}
