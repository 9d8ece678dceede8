//! Where a danger comes from, and what is said of it: an alarm's or a call's.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    AreaCode, IncidentId, PolicyId, Position, Text,
    command::{Incident, words},
    event::Call,
    registry::{Device, Key, Registry},
    watch::{Alarm, Rule},
};

/// A danger before it is known how far it reaches. Empty words and floor 0 mean: unknown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// Incident.
    pub incident: IncidentId,
    /// Who is told what.
    pub policy: PolicyId,
    /// Where.
    pub position: Option<Position>,
    /// Key of the facility.
    pub facility: Key,
    /// Room in it.
    pub room: Arc<str>,
    /// Stair in it.
    pub stair: Arc<str>,
    /// Floor.
    pub floor: i32,
    /// Area.
    pub area: AreaCode,
    /// Where, in words.
    pub place: Arc<str>,
    /// Person in charge, with the post.
    pub person: Arc<str>,
    /// How to call that person.
    pub contact: Arc<str>,
    /// What has happened: name of the rule, or of the kind of incident.
    pub what: Text,
    /// The value that was measured, or what was said.
    pub value: Text,
    /// Name of the kind of incident.
    pub event: Text,
    /// Its code of GB/T 35561-2017.
    pub code: String,
    /// Whether it belongs to a drill.
    pub drill: bool,
}

impl Origin {
    /// That of an alarm; none when its rule opens no incident.
    #[must_use]
    pub fn of_alarm(
        registry: &Registry,
        (incident, policy): (IncidentId, PolicyId),
        (device, rule): (&Device, &Rule),
        alarm: &Alarm,
    ) -> Self {
        let spec = &device.spec;
        let kind = rule.incident.as_ref();
        Self {
            incident,
            policy,
            position: position_of(registry, device),
            facility: spec.facility.as_str().into(),
            room: spec.room.as_str().into(),
            stair: spec.stair.as_str().into(),
            floor: spec.floor,
            area: spec.area,
            place: alarm.place.place.clone(),
            person: alarm.place.person.clone(),
            contact: alarm.place.contact.clone(),
            what: rule.name.clone(),
            value: words::value(registry, alarm.point, alarm.value),
            event: kind.map_or_else(|| rule.name.clone(), |k| k.name.clone()),
            code: kind.map_or(String::new(), |k| k.code.clone()),
            drill: alarm.drill,
        }
    }

    /// That of a credible call.
    #[must_use]
    pub fn of_call(
        registry: &Registry,
        policy: PolicyId,
        incident: &Incident,
        call: &Call,
    ) -> Self {
        let facility = registry.facilities.by_key(&call.facility);
        let post = facility.and_then(|f| registry.posts.by_key(&f.post));
        let place = match facility {
            Some(_) => words::place(registry, &call.facility, "").into(),
            None => incident.place.clone(),
        };
        Self {
            incident: incident.id,
            policy,
            position: call.position.or_else(|| facility?.position.known()).or(incident.position),
            facility: call.facility.as_str().into(),
            room: Arc::from(""),
            stair: Arc::from(""),
            floor: 0,
            area: facility.map_or(call.area, |f| f.area),
            place,
            person: post.map_or(String::new(), words::post).into(),
            contact: post.map_or("", |p| p.phone.as_str()).into(),
            what: incident.name.clone(),
            value: words::reported(),
            event: incident.name.clone(),
            code: incident.code.to_string(),
            drill: call.drill,
        }
    }
}

/// Where a device is: its own place, else that of its facility.
#[must_use]
pub fn position_of(registry: &Registry, device: &Device) -> Option<Position> {
    let of_facility = || registry.facilities.by_key(&device.spec.facility)?.position.known();
    device.spec.position.known().or_else(of_facility)
}
