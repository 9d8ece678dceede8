//! What is known of an incident: each value with where it comes from and when it was so.
//!
//! Everything may be missing: a plan then says what is missing, and nobody waits for it. A list that was not asked for is `None`;
//! a list that was asked for and is empty is known to be empty, and says who found it so.

use serde::{Deserialize, Serialize};

use crate::{
    Level,
    row::{Block, ClosedRoad, Control, Facility, Force, PeopleIn, Secondary, Zone},
    text::{Ms, Text},
};

/// What kind of thing vouches for a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// A reading of a device; the reference is the point.
    Reading,
    /// A rule of a pack; the reference is its key.
    Rule,
    /// A row of the base database; the reference is kind and key.
    Row,
    /// A clause of a law, a standard or a plan; the reference is its key.
    Clause,
    /// A result of a model; the reference is the model's name and version.
    Model,
    /// A person who reported, measured, estimated or decided; the reference is the account.
    Person,
    /// Nobody: somebody asked what if it were so. The reference is that of what it would come from.
    Supposed,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Source {
    /// What kind of thing.
    pub kind: SourceKind,
    /// Which one, so that a screen can open it.
    pub reference: String,
    /// Its name for people.
    pub label: Text,
}

impl Source {
    /// A source.
    #[must_use]
    pub fn new(kind: SourceKind, reference: impl Into<String>, label: Text) -> Self {
        Self { kind, reference: reference.into(), label }
    }

    /// The same of what is only supposed: wherever it is shown or printed, it says so.
    #[must_use]
    pub fn supposed(self) -> Self {
        Self { kind: SourceKind::Supposed, ..self }
    }
}

/// A value, where it comes from, and when it was so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub source: Source,
    /// When it was measured, counted, computed or said.
    pub at: Ms,
}

impl<T> Fact<T> {
    /// A fact.
    #[must_use]
    pub const fn new(value: T, source: Source, at: Ms) -> Self {
        Self { value, source, at }
    }
}

/// A list that was asked for; it may be known to be empty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Listed<T> {
    /// The rows, each with its own source; in the order in which they matter.
    pub rows: Vec<Fact<T>>,
    /// Who or what looked.
    pub source: Source,
    /// When.
    pub at: Ms,
}

/// What happened, where and since when.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Incident {
    /// Key of its kind; packs of plans say which kinds they are for.
    pub kind: Option<Fact<String>>,
    /// Name of its kind for people.
    pub name: Option<Fact<Text>>,
    /// Where.
    pub place: Option<Fact<Text>>,
    /// Name of its area.
    pub area: Option<Fact<Text>>,
    /// When it was opened; clocks of reporting count from here.
    pub opened: Option<Fact<Ms>>,
    /// Whether it is a drill.
    pub drill: Option<Fact<bool>>,
    /// Whether the danger was declared to be over.
    pub over: Option<Fact<bool>>,
}

/// A substance, and what it does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Substance {
    /// Key in the table of substances.
    pub key: String,
    /// Name.
    pub name: Text,
    /// UN number.
    pub un: Option<u32>,
    /// Whether it poisons.
    pub toxic: Option<bool>,
    /// Whether it burns.
    pub flammable: Option<bool>,
    /// Whether its cloud is heavier than air.
    pub dense: Option<bool>,
    /// Whether water takes it out of the air.
    pub soluble: Option<bool>,
    /// Whether it must not meet water.
    pub water_reactive: Option<bool>,
}

/// What gets out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Release {
    /// How much got out or can get out, kg.
    pub amount_kg: Option<Fact<f64>>,
    /// How fast, kg/s.
    pub rate_kg_s: Option<Fact<f64>>,
    /// Whether it has been stopped, with proof.
    pub stopped: Option<Fact<bool>>,
    /// Whether it burns.
    pub ignited: Option<Fact<bool>>,
}

/// Wind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wind {
    /// Where it comes from, degrees from north by way of east; none when it is calm or turns.
    pub from_deg: Option<f64>,
    /// Speed at 10 m, m/s.
    pub speed_m_s: Option<f64>,
    /// Whether it is too old to rely on, as whoever observed it or reckoned with it says; none: it goes by its age.
    pub stale: Option<bool>,
}

/// Weather besides the wind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Weather {
    /// Air temperature, °C.
    pub temperature_c: Option<Fact<f64>>,
    /// Rain now, mm/h.
    pub rain_mm_h: Option<Fact<f64>>,
    /// What is to come, in words.
    pub forecast: Option<Fact<Text>>,
}

/// What staying indoors does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sheltering {
    /// People for whom staying is better.
    pub people: Option<u64>,
    /// Their toxic load indoors over the passage, as a share (0 to 1) of that outdoors.
    pub dose: Option<f64>,
    /// For how long closed rooms protect, minutes.
    pub minutes: Option<f64>,
}

/// Who and what came to harm.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Harm {
    /// Dead.
    pub dead: Option<Fact<u64>>,
    /// Missing.
    pub missing: Option<Fact<u64>>,
    /// Seriously hurt; acute industrial poisoning counts as such (Order 493).
    pub hurt_serious: Option<Fact<u64>>,
    /// Hurt, all together.
    pub hurt: Option<Fact<u64>>,
    /// Trapped.
    pub trapped: Option<Fact<u64>>,
    /// Direct loss, yuan.
    pub loss_yuan: Option<Fact<f64>>,
    /// People moved.
    pub moved: Option<Fact<u64>>,
    /// Rooms collapsed or badly damaged.
    pub rooms_collapsed: Option<Fact<u64>>,
    /// Customers without power, gas, water or network.
    pub cut_off: Option<Fact<u64>>,
}

/// An earthquake.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Quake {
    /// Magnitude.
    pub magnitude: Option<f64>,
    /// Depth, km.
    pub depth_km: Option<f64>,
    /// Intensity at the epicentre, GB/T 17742-2020.
    pub intensity: Option<f64>,
}

/// Water.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Flood {
    /// Rain of the last hour, mm.
    pub rain_1h_mm: Option<Fact<f64>>,
    /// Rain of the last 24 hours, mm.
    pub rain_24h_mm: Option<Fact<f64>>,
    /// Water above the warning mark, m; below it negative.
    pub over_warning_m: Option<Fact<f64>>,
    /// When the wave is at the first homes, minutes from now.
    pub arrives_min: Option<Fact<f64>>,
}

/// A fire of forest or grass.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Fire {
    /// Burnt, ha.
    pub area_ha: Option<Fact<f64>>,
    /// Length of the front, m.
    pub front_m: Option<Fact<f64>>,
    /// How fast the front runs, m/min.
    pub spread_m_min: Option<Fact<f64>>,
    /// When it is at the first homes, minutes from now.
    pub homes_min: Option<Fact<f64>>,
    /// Hours that it has burnt out of control.
    pub burning_h: Option<Fact<f64>>,
}

/// What people decided.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Decided {
    /// The response level; none: a plan goes by the one that is proposed.
    pub level: Option<Fact<Level>>,
    /// Key of the option; none: a plan goes by the one that is recommended.
    pub option: Option<Fact<String>>,
}

/// All that is known. What rules, options and templates may ask is listed in [`crate::KEYS`] and [`crate::LISTS`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// The moment for which they hold: what is old is old from here.
    pub now: Ms,
    /// What happened.
    pub incident: Incident,
    /// What got out.
    pub substance: Option<Fact<Substance>>,
    /// How much, and how fast.
    pub release: Release,
    /// Wind.
    pub wind: Option<Fact<Wind>>,
    /// Other weather.
    pub weather: Weather,
    /// Footprint by level, the worst first.
    pub zones: Option<Listed<Zone>>,
    /// People inside by level.
    pub people: Option<Listed<PeopleIn>>,
    /// Whether everybody who had to leave is out, by roll-call.
    pub evacuated: Option<Fact<bool>>,
    /// Schools, hospitals, crowded and other places inside.
    pub facilities: Option<Listed<Facility>>,
    /// What the danger may set off.
    pub secondary: Option<Listed<Secondary>>,
    /// Closed roads.
    pub roads: Option<Listed<ClosedRoad>>,
    /// Blocks of homes, and what their people do.
    pub blocks: Option<Listed<Block>>,
    /// What staying indoors does.
    pub sheltering: Option<Fact<Sheltering>>,
    /// Toxic load of those who leave now, as a share (0 to 1) of that of staying outdoors.
    pub leaving_dose: Option<Fact<f64>>,
    /// Teams that may come, the first to arrive first.
    pub teams: Option<Listed<Force>>,
    /// Vehicles that may come.
    pub vehicles: Option<Listed<Force>>,
    /// Beds that are free.
    pub beds: Option<Listed<Force>>,
    /// Stock that may be fetched.
    pub stock: Option<Listed<Force>>,
    /// What programs and people have done at the site.
    pub controls: Option<Listed<Control>>,
    /// Harm.
    pub harm: Harm,
    /// Earthquake.
    pub quake: Option<Fact<Quake>>,
    /// Water.
    pub flood: Flood,
    /// Fire of forest or grass.
    pub fire: Fire,
    /// What people decided.
    pub decided: Decided,
}

/// From this age on a wind of which nobody says whether it is old is so: the air turns within that time.
pub const STALE_WIND_MIN: i64 = 20;
