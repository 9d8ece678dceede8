//! Alarms.

use helan_kernel::{
    registry::{self, Registry},
    watch::{self, AlarmChange, AlarmState, Priority},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Actor, ReadingRow, Text, reading_row};

/// An alarm 报警.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Alarm {
    /// Number.
    pub id: u64,
    /// Key of the rule that raised it.
    pub rule: String,
    /// What has happened, for people.
    pub rule_name: Text,
    /// Key of the device.
    pub device: String,
    /// Name of the point.
    pub point: String,
    /// State after ISA-18.2: `unacknowledged`, `acknowledged`, `returned-unacknowledged`, `latched`, `shelved`,
    /// `suppressed`, `out-of-service`, `closed`.
    pub state: &'static str,
    /// Whether the cause holds now.
    pub active: bool,
    /// Whether a person has taken note.
    pub acknowledged: bool,
    /// Level reached, from 0.
    pub level: u8,
    /// `critical`, `high`, `medium` or `low`.
    pub priority: &'static str,
    /// Moment of the reading (or silence) that raised it, ms UTC.
    pub since: i64,
    /// When it was raised, ms UTC.
    pub raised: i64,
    /// When it changed last, ms UTC.
    pub changed: i64,
    /// Latest value while active.
    pub value: f64,
    /// Worst value so far.
    pub peak: f64,
    /// Unit of the value.
    pub unit: String,
    /// The readings that raised it, oldest first.
    #[schema(value_type = Vec<Vec<serde_json::Value>>)]
    pub readings: Vec<ReadingRow>,
    /// Place, person in charge, contact, picture.
    pub place: Place,
    /// Which of the four items of the place are not known: a defect to mend.
    pub missing: Vec<&'static str>,
    /// Who acknowledged, shelved or reset it last.
    pub by: Option<Actor>,
    /// Why.
    pub reason: String,
    /// Until when it is shelved or suppressed, ms UTC.
    pub until: Option<i64>,
    /// Steps of escalation told so far.
    pub escalated: u8,
    /// Whether it chatters.
    pub chattering: bool,
    /// Incident it belongs to.
    pub incident: Option<u64>,
    /// Whether it belongs to a drill.
    pub drill: bool,
    /// What the operator should do.
    pub advice: Text,
    /// Standard and clause that the numbers of the rule come from.
    pub source: String,
}

/// Place of an alarm.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Place {
    /// Key of the device.
    pub device: String,
    /// Where, in words.
    pub place: String,
    /// Person in charge.
    pub person: String,
    /// How to call that person.
    pub contact: String,
    /// Reference of a picture.
    pub picture: String,
    /// Area code.
    pub area: u32,
}

impl From<&registry::Place> for Place {
    fn from(place: &registry::Place) -> Self {
        Self {
            device: place.device.to_string(),
            place: place.place.to_string(),
            person: place.person.to_string(),
            contact: place.contact.to_string(),
            picture: place.picture.to_string(),
            area: place.area.0,
        }
    }
}

impl Alarm {
    /// An alarm with the names that the base data has for it.
    #[must_use]
    pub fn of(registry: &Registry, alarm: &watch::Alarm) -> Self {
        let rule = registry.rule(alarm.rule);
        let kind = registry.point_kind(alarm.point);
        Self {
            id: alarm.id.0,
            rule: alarm.rule_key.to_string(),
            rule_name: rule.map(|r| Text::from(&r.name)).unwrap_or_default(),
            device: alarm.place.device.to_string(),
            point: rule.map_or_else(String::new, |r| r.point.to_string()),
            state: alarm_state(alarm.state),
            active: alarm.active,
            acknowledged: alarm.acknowledged,
            level: alarm.level,
            priority: priority(alarm.priority),
            since: alarm.since.0,
            raised: alarm.raised.0,
            changed: alarm.changed.0,
            value: alarm.value,
            peak: alarm.peak,
            unit: kind.map_or_else(String::new, |k| k.unit.clone()),
            readings: alarm.readings.iter().map(reading_row).collect(),
            place: Place::from(&*alarm.place),
            missing: missing(&alarm.place),
            by: alarm.by.as_ref().map(Actor::from),
            reason: alarm.reason.clone(),
            until: alarm.until.map(|until| until.0),
            escalated: alarm.escalated,
            chattering: alarm.chattering,
            incident: alarm.incident.map(|id| id.0),
            drill: alarm.drill,
            advice: rule.map(|r| Text::from(&r.advice)).unwrap_or_default(),
            source: rule.map_or_else(String::new, |r| r.source.clone()),
        }
    }
}

fn missing(place: &registry::Place) -> Vec<&'static str> {
    [
        ("place", &place.place),
        ("person", &place.person),
        ("contact", &place.contact),
        ("picture", &place.picture),
    ]
    .into_iter()
    .filter(|(_, text)| text.is_empty())
    .map(|(name, _)| name)
    .collect()
}

/// The word for a state.
#[must_use]
pub const fn alarm_state(state: AlarmState) -> &'static str {
    match state {
        AlarmState::Unacknowledged => "unacknowledged",
        AlarmState::Acknowledged => "acknowledged",
        AlarmState::ReturnedUnacknowledged => "returned-unacknowledged",
        AlarmState::Latched => "latched",
        AlarmState::Shelved => "shelved",
        AlarmState::Suppressed => "suppressed",
        AlarmState::OutOfService => "out-of-service",
        AlarmState::Closed => "closed",
    }
}

/// The word for a priority.
#[must_use]
pub const fn priority(priority: Priority) -> &'static str {
    match priority {
        Priority::Low => "low",
        Priority::Medium => "medium",
        Priority::High => "high",
        Priority::Critical => "critical",
    }
}

/// The word for what moved an alarm.
#[must_use]
pub const fn alarm_change(change: AlarmChange) -> &'static str {
    match change {
        AlarmChange::Raised => "raised",
        AlarmChange::RaisedLevel => "raised-level",
        AlarmChange::LoweredLevel => "lowered-level",
        AlarmChange::Returned => "returned",
        AlarmChange::Cleared => "cleared",
        AlarmChange::Acknowledged => "acknowledged",
        AlarmChange::Reset => "reset",
        AlarmChange::Shelved => "shelved",
        AlarmChange::Unshelved => "unshelved",
        AlarmChange::Suppressed => "suppressed",
        AlarmChange::Unsuppressed => "unsuppressed",
        AlarmChange::OutOfService => "out-of-service",
        AlarmChange::InService => "in-service",
        AlarmChange::Escalated => "escalated",
        AlarmChange::Chattering => "chattering",
        AlarmChange::Withdrawn => "withdrawn",
    }
}
