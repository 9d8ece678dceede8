//! Incidents, their timeline, calls.

use helan_kernel::{
    Position as KernelPosition,
    command::{self, IncidentState, TimelineSource},
    push::{Protective, Shape, Zone},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::{Actor, Position, Text};

/// An incident 突发事件.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Incident {
    /// Number.
    pub id: u64,
    /// Kind, for example `gas-leak`.
    pub kind: String,
    /// Event code of GB/T 35561-2017; may be empty.
    pub code: String,
    /// Name of the kind.
    pub name: Text,
    /// Where, in words.
    pub place: String,
    /// Area code.
    pub area: u32,
    /// Where; null when a call could not say.
    pub position: Option<Position>,
    /// `open`, `taken` or `closed`.
    pub state: &'static str,
    /// Response level 1 (highest) to 4; null before somebody graded it.
    pub grade: Option<u8>,
    /// When it was opened, ms UTC.
    pub opened: i64,
    /// When it changed last, ms UTC.
    pub changed: i64,
    /// Numbers of its alarms.
    pub alarms: Vec<u64>,
    /// Alarms that are active now.
    pub active: u32,
    /// Calls that joined.
    pub calls: u32,
    /// Who took it.
    pub taken_by: Option<Actor>,
    /// How often the queue has escalated it.
    pub escalated: u16,
    /// Zones of the danger area as GeoJSON features with `name` and `action`.
    #[schema(value_type = Vec<Object>)]
    pub zones: Vec<Value>,
    /// Whether the all-clear was given.
    pub all_clear: bool,
    /// Who asked for the all-clear, while a second person has to agree.
    pub clear_asked: Option<Actor>,
    /// Who said that everybody who was told to leave has left.
    pub evacuated: Option<Actor>,
    /// Why it was closed.
    pub reason: String,
    /// Whether it belongs to a drill.
    pub drill: bool,
}

impl From<&command::Incident> for Incident {
    fn from(incident: &command::Incident) -> Self {
        Self {
            id: incident.id.0,
            kind: incident.kind.to_string(),
            code: incident.code.to_string(),
            name: Text::from(&incident.name),
            place: incident.place.to_string(),
            area: incident.area.0,
            position: incident.position.map(Position::from),
            state: match incident.state {
                IncidentState::Open => "open",
                IncidentState::Taken => "taken",
                IncidentState::Closed => "closed",
            },
            grade: incident.grade,
            opened: incident.opened.0,
            changed: incident.changed.0,
            alarms: incident.alarms.iter().map(|id| id.0).collect(),
            active: incident.active,
            calls: incident.calls,
            taken_by: incident.taken_by.as_ref().map(Actor::from),
            escalated: incident.escalated,
            zones: incident.zones.iter().map(|zone| feature(zone, incident.position)).collect(),
            all_clear: incident.all_clear,
            clear_asked: incident.clear_asked.as_ref().map(Actor::from),
            evacuated: incident.evacuated.as_ref().map(Actor::from),
            reason: incident.reason.clone(),
            drill: incident.drill,
        }
    }
}

/// A zone as a GeoJSON feature. Zones inside a building (room, stair, facility) are drawn as their point; the radius is
/// told, so that the map need not guess.
fn feature(zone: &Zone, centre: Option<KernelPosition>) -> Value {
    let point = |at: KernelPosition| json!({"type": "Point", "coordinates": [at.lon, at.lat]});
    let (shape, metres, geometry) = match &zone.shape {
        Shape::Room => ("room", None, centre.map(point)),
        Shape::Stair { .. } => ("stair", None, centre.map(point)),
        Shape::Facility => ("facility", None, centre.map(point)),
        Shape::Radius { metres } => {
            ("radius", Some(*metres), centre.map(|at| polygon(&circle(at, *metres))))
        }
        Shape::Polygon(points) => ("polygon", None, Some(polygon(points))),
        Shape::Level { fallback_metres, .. } => {
            ("level", Some(*fallback_metres), centre.map(point))
        }
        Shape::Outline(rings) => ("outline", None, Some(polygons(rings))),
        Shape::Circle { centre, metres } => {
            ("circle", Some(*metres), Some(polygon(&circle(*centre, *metres))))
        }
    };
    let floors = match &zone.shape {
        Shape::Stair { floors } => Some(*floors),
        Shape::Room
        | Shape::Facility
        | Shape::Radius { .. }
        | Shape::Polygon(_)
        | Shape::Level { .. }
        | Shape::Outline(_)
        | Shape::Circle { .. } => None,
    };
    json!({
        "type": "Feature",
        "geometry": geometry,
        "properties": {
            "name": Text::from(&zone.name),
            "action": protective(zone.action),
            "shape": shape,
            "metres": metres,
            "floors": floors,
        },
    })
}

pub(super) fn polygon(points: &[KernelPosition]) -> Value {
    let ring = points.iter().map(|p| json!([p.lon, p.lat])).collect::<Vec<_>>();
    json!({"type": "Polygon", "coordinates": [ring]})
}

/// Outlines of a model as a GeoJSON geometry.
#[must_use]
pub fn polygons(rings: &[Vec<KernelPosition>]) -> Value {
    let ring = |ring: &Vec<KernelPosition>| {
        json!([ring.iter().map(|p| json!([p.lon, p.lat])).collect::<Vec<_>>()])
    };
    let parts: Vec<Value> = rings.iter().map(ring).collect();
    json!({"type": "MultiPolygon", "coordinates": parts})
}

/// Corners of the circle that is drawn: enough to look round.
const CORNERS: u32 = 48;

/// A circle as a closed ring; flat-earth arithmetic is exact enough for drawing at this size.
fn circle(centre: KernelPosition, metres: f64) -> Vec<KernelPosition> {
    let dlat = metres / KernelPosition::DEGREE_M;
    let dlon = dlat / centre.lat.to_radians().cos().max(0.01);
    (0..=CORNERS)
        .map(|corner| {
            let angle = f64::from(corner % CORNERS) / f64::from(CORNERS) * std::f64::consts::TAU;
            KernelPosition {
                lon: centre.lon + dlon * angle.cos(),
                lat: centre.lat + dlat * angle.sin(),
            }
        })
        .collect()
}

/// The word for what people shall do.
#[must_use]
pub const fn protective(action: Protective) -> &'static str {
    match action {
        Protective::Leave => "leave",
        Protective::Shelter => "shelter",
        Protective::StayAway => "stay-away",
        Protective::Task => "task",
        Protective::Inform => "inform",
        Protective::AllClear => "all-clear",
    }
}

/// One line of a timeline.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TimelineEntry {
    /// Incident.
    pub incident: u64,
    /// Number of the line, from 1.
    pub line: u32,
    /// When the platform learned it, ms UTC.
    pub at: i64,
    /// When it happened, ms UTC.
    pub happened: i64,
    /// `alarm`, `run`, `command`, `notice`, `warning`, `call`, `person` or `platform`.
    pub source: &'static str,
    /// Number of the alarm, run, command or notice it comes from.
    #[serde(rename = "ref")]
    pub reference: Option<u64>,
    /// In words.
    pub text: Text,
    /// The person, when one did it.
    pub by: Option<Actor>,
}

impl From<&command::TimelineEntry> for TimelineEntry {
    fn from(entry: &command::TimelineEntry) -> Self {
        let (source, reference) = match entry.source {
            TimelineSource::Alarm(id) => ("alarm", Some(id.0)),
            TimelineSource::Run(id) => ("run", Some(id.0)),
            TimelineSource::Command(id) => ("command", Some(id.0)),
            TimelineSource::Notice(id) => ("notice", Some(id.0)),
            TimelineSource::Warning => ("warning", None),
            TimelineSource::Call => ("call", None),
            TimelineSource::Person => ("person", None),
            TimelineSource::Platform => ("platform", None),
        };
        Self {
            incident: entry.incident.0,
            line: entry.line,
            at: entry.at.0,
            happened: entry.happened.0,
            source,
            reference,
            text: Text::from(&entry.text),
            by: entry.by.as_ref().map(Actor::from),
        }
    }
}

/// An incident with everything that belongs to it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IncidentFile {
    /// The incident.
    pub incident: Incident,
    /// Its timeline, oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// Its alarms.
    pub alarms: Vec<super::Alarm>,
    /// Runs of programs.
    pub runs: Vec<super::Run>,
    /// Commands to devices.
    pub commands: Vec<super::Command>,
    /// Notices; the newest ones of an incident that is closed.
    pub notices: Vec<super::Notice>,
    /// Whether the caller may not see who was told: then there are no notices here.
    pub notices_hidden: bool,
    /// Whether there are more notices than these.
    pub notices_truncated: bool,
    /// How those stand who were told to leave or to shelter: all of them, also where their notices are not here.
    pub roll: RollCall,
    /// Warnings.
    pub warnings: Vec<super::Warning>,
}

/// How people stand who were told to leave or to shelter, each by the newest notice.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub struct RollCall {
    /// People who were told.
    pub told: u32,
    /// Have said so, or were seen to be safe.
    pub safe: u32,
    /// Need help.
    pub help: u32,
    /// Were not reached.
    pub missing: u32,
    /// Have not answered.
    pub waiting: u32,
}

/// Which incidents or alarms.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OpenQuery {
    /// True (the default): those that are not closed. False: those that are closed.
    pub open: Option<bool>,
    /// Only those of this incident (alarms only).
    pub incident: Option<u64>,
    /// Rows of a page, at most 500.
    pub limit: Option<u32>,
    /// Cursor of the page before.
    pub after: Option<String>,
}

/// A report by a person.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallReport {
    /// Kind of incident.
    pub kind: String,
    /// Area code of the place.
    pub area: u32,
    /// Where, if known.
    #[serde(default)]
    pub position: Option<Position>,
    /// Where, in words.
    #[serde(default)]
    pub place: String,
    /// Name of the caller.
    #[serde(default)]
    pub caller: String,
    /// How to call back.
    #[serde(default)]
    pub contact: String,
    /// What was said.
    pub text: String,
    /// Whether this belongs to a drill.
    #[serde(default)]
    pub drill: bool,
    /// Incident that it belongs to, whatever its kind and place. Left out: one of the same kind near in place and time, else
    /// a new one.
    #[serde(default)]
    pub incident: Option<u64>,
    /// Key of the facility it speaks of.
    #[serde(default)]
    pub facility: String,
    /// Whether whoever writes it down believes it: then people are told at once where a policy asks for that.
    #[serde(default)]
    pub credible: bool,
    /// Whether it is an event of its own, whatever is near.
    #[serde(default)]
    pub separate: bool,
}

/// Why something is done.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// In the person's words.
    #[serde(default)]
    pub reason: String,
}

/// Putting an alarm aside.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Shelf {
    /// Until when, ms UTC.
    pub until: i64,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// A note.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// The note.
    pub text: String,
}

/// A response level.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Grading {
    /// 1 (highest) to 4.
    pub grade: u8,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// Number of a thing that came of a request.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Created {
    /// Number; null when the request changed something that was there.
    pub id: Option<u64>,
}

/// The incident that a call opened or joined.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct CallTaken {
    /// Number of the incident.
    pub incident: Option<u64>,
}
