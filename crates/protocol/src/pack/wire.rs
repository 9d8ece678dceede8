//! The pack file as it is written. Only shapes here; meaning is given in `convert`.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub pack: Head,
    #[serde(default)]
    pub profile: Vec<Profile>,
    #[serde(default)]
    pub rule: Vec<Rule>,
    #[serde(default)]
    pub program: Vec<Program>,
    #[serde(default)]
    pub policy: Vec<Policy>,
    #[serde(default)]
    pub facility: Vec<Facility>,
    #[serde(default)]
    pub post: Vec<Post>,
    #[serde(default)]
    pub person: Vec<Person>,
    #[serde(default)]
    pub device: Vec<Device>,
    #[serde(default)]
    pub kind: Vec<super::kinds::KindWire>,
    pub risk: Option<helan_base::risk::Tables>,
    #[serde(default)]
    pub danger: Vec<helan_base::Danger>,
    #[serde(default)]
    pub hours: Vec<helan_base::Hours>,
    #[serde(default)]
    pub occupancy: Vec<helan_base::Occupancy>,
    pub census: Option<helan_base::CensusSpread>,
    #[serde(default)]
    pub need: Vec<helan_base::need::NeedRule>,
    #[serde(default)]
    pub goods: Vec<helan_base::need::GoodsRule>,
    #[serde(default)]
    pub beds: Vec<helan_base::need::BedsRule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    pub key: String,
    pub version: u32,
    pub name: Text,
    /// Who wrote the programs.
    pub author: String,
    /// Who signed them off: another one.
    pub signed_by: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Text {
    pub zh: String,
    pub en: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Profile {
    pub key: String,
    pub name: Text,
    pub point: Vec<Point>,
    #[serde(default)]
    pub command: Vec<CommandKind>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Point {
    pub name: String,
    pub label: Text,
    pub unit: String,
    pub min: f64,
    pub max: f64,
    #[serde(default)]
    pub state: Vec<State>,
    pub quantity: Option<Quantity>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Quantity {
    WindSpeed,
    WindFrom,
    AirTemperature,
    Humidity,
    Cloud,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    pub value: i64,
    pub label: Text,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CommandKind {
    pub name: String,
    pub label: Text,
    pub argument: Option<[f64; 2]>,
    #[serde(default)]
    pub irreversible: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    pub key: String,
    pub name: Text,
    pub source: String,
    pub profile: String,
    pub point: String,
    pub condition: Condition,
    pub priority: Priority,
    #[serde(default)]
    pub on_delay: Span,
    #[serde(default)]
    pub off_delay: Span,
    #[serde(default)]
    pub latched: bool,
    #[serde(default = "yes")]
    pub acknowledge: bool,
    #[serde(default)]
    pub escalation: Vec<Escalation>,
    pub incident: Option<Incident>,
    #[serde(default)]
    pub programs: Vec<String>,
    pub policy: Option<String>,
    pub advice: Text,
    #[serde(default = "yes")]
    pub enabled: bool,
}

fn yes() -> bool {
    true
}

/// A span of time: `500ms`, `10s`, `5min`, `2h`, `30d`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub(super) struct Span(pub String);

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Priority {
    Low,
    Medium,
    High,
    Critical,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Side {
    High,
    Low,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Level {
    pub limit: f64,
    pub priority: Priority,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) enum Condition {
    Limit {
        side: Side,
        levels: Vec<Level>,
        deadband: f64,
    },
    Rate {
        side: Side,
        amount: f64,
        window: Span,
    },
    Votes {
        side: Side,
        limit: f64,
        deadband: f64,
        m: u8,
        n: u8,
        window: Span,
        #[serde(default)]
        levels: Vec<Level>,
    },
    Neighbours {
        side: Side,
        limit: f64,
        deadband: f64,
        m: u8,
        within: Within,
        window: Span,
    },
    Silence {
        after: Span,
    },
    Stuck {
        after: Span,
        tolerance: f64,
    },
    BadQuality {
        after: Span,
    },
    Expression {
        cel: String,
    },
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Within {
    Room,
    Facility,
    Metres(f64),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Escalation {
    pub after: Span,
    pub role: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Incident {
    pub key: String,
    pub code: String,
    pub name: Text,
    pub join_metres: f64,
    pub join_window: Span,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Program {
    pub key: String,
    pub version: u32,
    pub name: Text,
    #[serde(default)]
    pub from_level: u8,
    pub step: Vec<Step>,
    /// The dry-run that the pack's own recording gave; without it the program comes as a draft.
    pub dry_run: Option<DryRun>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DryRun {
    /// When, in ms since 1970 UTC.
    pub at: i64,
    pub readings: u64,
    pub runs: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    pub name: Text,
    pub profile: String,
    pub within: Within,
    pub command: String,
    #[serde(default)]
    pub argument: f64,
    #[serde(default)]
    pub condition: Vec<Check>,
    #[serde(default)]
    pub interlock: Vec<Interlock>,
    pub proof: Option<Proof>,
    pub time_limit: Span,
    #[serde(default)]
    pub retries: u8,
    pub otherwise: Otherwise,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Compare {
    Below,
    AtMost,
    Equal,
    AtLeast,
    Above,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) enum Check {
    Value {
        profile: String,
        within: Within,
        point: String,
        compare: Compare,
        value: f64,
        max_age: Span,
        #[serde(default)]
        unknown: bool,
    },
    Attribute {
        name: String,
        value: String,
    },
    Level(u8),
    Any(Vec<Check>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Interlock {
    pub check: Check,
    pub why: Text,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Proof {
    pub profile: String,
    pub point: String,
    pub compare: Compare,
    pub value: f64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Otherwise {
    Continue,
    Jump(u8),
    Call(String),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Policy {
    pub key: String,
    #[serde(default)]
    pub from_level: u8,
    #[serde(default)]
    pub zone: Vec<Zone>,
    #[serde(default)]
    pub post: Vec<PostRule>,
    pub all_clear: Text,
    pub cap: Option<Cap>,
    pub visit: String,
    pub hazard: Option<Hazard>,
    #[serde(default)]
    pub on_call: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Hazard {
    pub model: String,
    #[serde(default)]
    pub inputs: BTreeMap<String, Input>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Input {
    Number(f64),
    Word(String),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Zone {
    pub name: Text,
    pub shape: Shape,
    pub action: Protective,
    pub wording: Text,
    pub assisted: Text,
    pub ladder: Vec<Rung>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) enum Shape {
    Room,
    Stair {
        floors: i32,
    },
    Facility,
    Radius {
        metres: f64,
    },
    /// Longitude, latitude.
    Polygon(Vec<[f64; 2]>),
    /// Where the policy's model reaches a level.
    Level {
        level: String,
        fallback_metres: f64,
    },
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Protective {
    Leave,
    Shelter,
    StayAway,
    Task,
    Inform,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PostRule {
    pub role: String,
    pub wording: Text,
    pub ladder: Vec<Rung>,
    pub only_where: Option<Says>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Says {
    pub attribute: String,
    pub value: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rung {
    pub channel: Channel,
    pub wait: Span,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Channel {
    Screen,
    Sms,
    Webhook,
    Loudspeaker,
    Visit,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cap {
    pub category: String,
    pub urgency: String,
    pub severity: String,
    pub certainty: String,
    pub expires: Span,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Facility {
    pub key: String,
    pub kind: String,
    pub name: String,
    pub area: u32,
    pub position: [f64; 2],
    #[serde(default)]
    pub address: String,
    #[serde(default)]
    pub post: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Post {
    pub key: String,
    pub role: String,
    pub name: String,
    pub area: u32,
    #[serde(default)]
    pub facility: String,
    pub position: Option<[f64; 2]>,
    #[serde(default)]
    pub person: String,
    #[serde(default)]
    pub phone: String,
    #[serde(default)]
    pub deputy: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Person {
    pub key: String,
    pub name: String,
    #[serde(default)]
    pub phone: String,
    #[serde(default = "chinese")]
    pub language: String,
    pub area: u32,
    pub position: [f64; 2],
    #[serde(default)]
    pub facility: String,
    #[serde(default)]
    pub room: String,
    #[serde(default)]
    pub stair: String,
    #[serde(default)]
    pub floor: i32,
    #[serde(default)]
    pub needs: Vec<String>,
}

fn chinese() -> String {
    "zh".to_owned()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Device {
    pub key: String,
    pub profile: String,
    #[serde(default)]
    pub name: String,
    pub area: u32,
    pub position: [f64; 2],
    #[serde(default)]
    pub facility: String,
    #[serde(default)]
    pub room: String,
    #[serde(default)]
    pub stair: String,
    #[serde(default)]
    pub floor: i32,
    #[serde(default)]
    pub post: String,
    #[serde(default)]
    pub camera: String,
    #[serde(default)]
    pub gateway: String,
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
    #[serde(default)]
    pub drill: bool,
}
