//! Who and what is inside a danger area.

use std::collections::BTreeMap;

use helan_base::{
    Facts, HOURS,
    inside::{Estimate, Facility, Item, LiveSeen, Share, Source},
};
use helan_kernel::AreaCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ObjectRef, Position, Text};
use crate::{
    api::{Api, exposure::brief},
    base::columns::value_json,
    inside::Answer,
};

/// One level of a danger.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InsideLevelOrder {
    /// For example `aegl-2`.
    pub key: String,
    /// GeoJSON Polygon or `MultiPolygon` on WGS-84.
    #[schema(value_type = Object)]
    pub geometry: serde_json::Value,
}

/// A danger area.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InsideOrder {
    /// The levels, the worst first; 16 at most.
    pub levels: Vec<InsideLevelOrder>,
    /// The moment; null: now.
    pub at: Option<i64>,
    /// Where the danger comes from.
    pub origin: Option<Position>,
    /// Number of the object that it comes from: it is not listed as what would make it worse.
    pub origin_object: Option<i64>,
}

/// How many people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PeopleCount {
    /// At least.
    pub low: u64,
    /// Expected.
    pub expected: u64,
    /// At most.
    pub high: u64,
}

impl From<Estimate> for PeopleCount {
    fn from(people: Estimate) -> Self {
        /// What is left of sums of fractions.
        const DUST: f64 = 1e-6;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast holds")]
        let whole = |people: f64| people.max(0.0) as u64;
        Self {
            low: whole((people.low + DUST).floor()),
            // Part of a person is somebody.
            expected: whole((people.expected - DUST).ceil()),
            high: whole((people.high - DUST).ceil()),
        }
    }
}

/// What one source says.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InsideShare {
    /// `register`, `cells` (a register, as share of the cells of its homes), `live`, `moving` or `census` (by share of surface, less
    /// those whom registers count).
    pub source: &'static str,
    /// Kind of the objects; null of vehicles and the census.
    pub kind: Option<String>,
    /// Name of the kind or of the area.
    pub name: Option<Text>,
    /// Area of the census.
    pub area: Option<u32>,
    /// How many objects.
    pub objects: u64,
    /// How many of them do not say how many people are in them.
    pub unknown: u64,
    /// People now.
    pub people: PeopleCount,
    /// When its oldest fact was last said to be so; null when not known.
    pub oldest: Option<i64>,
    /// Whether its figures were checked against their source.
    pub sure: bool,
}

/// The people of one level, or of all together.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InsideItem {
    /// Key of the level; empty of all together.
    pub key: String,
    /// Now.
    pub people: PeopleCount,
    /// At each hour of such a day, by the tables alone.
    pub by_hour: Vec<PeopleCount>,
    /// Who of them needs more than a word: `children`, `patients`, `elderly`, `help`.
    pub vulnerable: BTreeMap<&'static str, PeopleCount>,
    /// Those together, each once: some are several of these.
    pub vulnerable_total: PeopleCount,
    /// By source.
    pub shares: Vec<InsideShare>,
    /// Objects by class: `school`, `hospital`, `nursing-home`, `crowded`, `shelter`, `force`, `hazard`.
    pub facilities: BTreeMap<&'static str, u64>,
    /// Vehicles.
    pub vehicles: u64,
}

/// What a counter says.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct InsideLive {
    /// How many people.
    pub people: f64,
    /// When.
    pub at: i64,
    /// Whether that is too long ago: the table counts instead.
    pub stale: bool,
}

/// A key field of an object.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InsideField {
    /// Name of the column.
    pub key: String,
    /// Name for people.
    pub name: Text,
    /// Unit; may be empty.
    pub unit: String,
    /// What stands in it.
    #[schema(value_type = Object)]
    pub value: serde_json::Value,
}

/// An object inside.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InsideFacility {
    /// The object.
    pub object: ObjectRef,
    /// Its class.
    pub class: &'static str,
    /// Key of its worst level.
    pub level: String,
    /// Metres from the origin to its nearest part; null without an origin.
    pub metres: Option<f64>,
    /// Direction from the origin, degrees clockwise from north.
    pub bearing: Option<f64>,
    /// People in it now; null when not known.
    pub people: Option<PeopleCount>,
    /// People in its register, wherever they are now.
    pub registered: Option<u64>,
    /// What its counter says; null when it has none.
    pub live: Option<InsideLive>,
    /// When its record was last said to be so.
    pub checked: Option<i64>,
    /// Its key fields: of a hazard what is in it, and how much.
    pub fields: Vec<InsideField>,
}

/// A vehicle inside.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InsideVehicle {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Key of its worst level.
    pub level: String,
    /// Where it was last.
    pub position: Position,
    /// When.
    pub at: i64,
    /// Whether that is too long ago: its people do not count.
    pub stale: bool,
    /// People in it; null when not known.
    pub people: Option<u32>,
}

/// Who and what is inside a danger area.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InsideReport {
    /// The moment.
    pub at: i64,
    /// Its hour in China.
    pub hour: usize,
    /// Whether it is a Saturday or Sunday.
    pub weekend: bool,
    /// By level, the worst first; everybody counts once, at the worst.
    pub levels: Vec<InsideItem>,
    /// All together.
    pub total: InsideItem,
    /// Objects by name: class by class, worst level and nearest first; 500 of a class at most.
    pub facilities: Vec<InsideFacility>,
    /// Vehicles; 500 at most.
    pub vehicles: Vec<InsideVehicle>,
    /// When the oldest fact was last said to be so; null when not known.
    pub oldest: Option<i64>,
    /// Objects whose counter is too old.
    pub stale: u64,
    /// Homes of the counties that it touches of which nobody knows where they are: they are in the census alone.
    pub unplaced: u64,
    /// Whether the caller's area is smaller than those of the census: people whom no register knows are missing.
    pub no_census: bool,
}

impl InsideReport {
    /// An answer as its caller may read it.
    #[must_use]
    pub fn of(api: &Api, answer: &Answer, sees_people: bool) -> Self {
        let inside = &answer.inside;
        let key = |level: usize| answer.levels.get(level).cloned().unwrap_or_default();
        let facts = api.risks.facts();
        let item = |key: String, item: &Item| item_of(api, &facts, key, item);
        let facilities = inside.facilities.iter();
        let facilities = facilities.filter_map(|facility| {
            let object = brief(&facts, facility.id, sees_people)?;
            Some(facility_of(&facts, facility, object, key(facility.level)))
        });
        let vehicles = inside.vehicles.iter().map(|vehicle| InsideVehicle {
            key: vehicle.key.to_string(),
            name: vehicle.name.to_string(),
            level: key(vehicle.level),
            position: vehicle.at.into(),
            at: vehicle.seen.0,
            stale: vehicle.stale,
            people: vehicle.people,
        });
        let levels = inside.levels.iter().enumerate();
        Self {
            at: answer.at.0,
            hour: answer.when.hour,
            weekend: answer.when.weekend,
            levels: levels.map(|(place, level)| item(key(place), level)).collect(),
            total: item(String::new(), &inside.total),
            facilities: facilities.collect(),
            vehicles: vehicles.collect(),
            oldest: inside.oldest.map(|at| at.0),
            stale: inside.stale,
            unplaced: inside.unplaced,
            no_census: inside.no_census,
        }
    }
}

fn item_of(api: &Api, facts: &Facts, key: String, item: &Item) -> InsideItem {
    let by_hour: [Estimate; HOURS] = item.by_hour;
    let vulnerable = item.vulnerable.iter().map(|(who, people)| (who.word(), (*people).into()));
    InsideItem {
        key,
        people: item.now.into(),
        by_hour: by_hour.into_iter().map(Into::into).collect(),
        vulnerable: vulnerable.collect(),
        vulnerable_total: item.vulnerable_total.into(),
        shares: item.shares.iter().map(|share| share_of(api, facts, share)).collect(),
        facilities: item.facilities.iter().map(|(class, count)| (class.word(), *count)).collect(),
        vehicles: item.vehicles,
    }
}

fn share_of(api: &Api, facts: &Facts, share: &Share) -> InsideShare {
    let (source, kind, area) = match share.source {
        Source::Register(kind) => ("register", Some(kind), None),
        Source::Cells(kind) => ("cells", Some(kind), None),
        Source::Live(kind) => ("live", Some(kind), None),
        Source::Moving => ("moving", None, None),
        Source::Census(area) => ("census", None, Some(area)),
    };
    let kind = kind.and_then(|kind| facts.kind(kind));
    let of_area = |area: AreaCode| {
        let line = api.base.area_lines().iter().find(|line| line.code == area)?;
        Some(Text { zh: line.name.to_owned(), en: line.name_en.to_owned() })
    };
    InsideShare {
        source,
        kind: kind.map(|kind| kind.key.clone()),
        name: kind.map(|kind| Text::from(&kind.name)).or_else(|| area.and_then(of_area)),
        area: area.map(|area| area.0),
        objects: share.objects,
        unknown: share.unknown,
        people: share.now.into(),
        oldest: share.oldest.map(|at| at.0),
        sure: share.sure,
    }
}

fn facility_of(
    facts: &Facts,
    facility: &Facility,
    object: ObjectRef,
    level: String,
) -> InsideFacility {
    let shown = facts.shown(facility.id).map(|(field, value)| InsideField {
        key: field.key.clone(),
        name: Text::from(&field.name),
        unit: field.unit.clone(),
        value: value_json(value),
    });
    let live =
        |live: LiveSeen| InsideLive { people: live.people, at: live.at.0, stale: live.stale };
    InsideFacility {
        object,
        class: facility.class.word(),
        level,
        metres: facility.metres,
        bearing: facility.bearing,
        people: facility.people.map(Into::into),
        registered: facility.registered,
        live: facility.live.map(live),
        checked: facility.checked.map(|at| at.0),
        fields: shown.collect(),
    }
}
