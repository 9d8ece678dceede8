//! The public warning of an incident: one alert, updates when it grows, one cancel.

use std::sync::Arc;

use super::{CapRule, Shape, Warning, book::Told, draft::Scene};
use crate::{
    Ms, Position, Text,
    command::{
        Incident,
        words::{self, Filling},
    },
    danger::Origin,
    registry::Registry,
};

/// Messages of one incident. A public feed that changes more often is not read any more; the cancel always goes out.
const MAX_MESSAGES: u32 = 100;

/// The warning that an alarm makes: the first alert of the incident, or an update when the level rises or the area grows.
pub(super) fn tell(
    told: &mut Told,
    registry: &Registry,
    now: Ms,
    scene: &Scene<'_>,
    worse: bool,
) -> Option<Warning> {
    let cap = scene.policy.cap.as_ref()?;
    let mut warning = first(registry, now, scene, cap);
    if let Some(before) = &told.warning {
        warning.sequence = before.sequence.saturating_add(1);
        if !before.cancel {
            warning.circle = enclosing(before.circle, warning.circle);
            // What a model follows is where it is now; what a pack drew stays.
            let drawn = if scene.policy.hazard.is_none() { &before.polygons[..] } else { &[] };
            for ring in drawn {
                if !warning.polygons.contains(ring) {
                    warning.polygons.push(ring.clone());
                }
            }
            let grown = warning.circle != before.circle
                || warning.polygons.iter().any(|ring| !before.polygons.contains(ring));
            if !grown && !worse || before.sequence >= MAX_MESSAGES {
                return None;
            }
            warning.earlier = follows(before);
        }
    }
    told.warning = Some(warning.clone());
    Some(warning)
}

/// The message that lifts the warning; none when there is none to lift.
pub(super) fn cancel(
    told: &mut Told,
    registry: &Registry,
    now: Ms,
    incident: &Incident,
) -> Option<Warning> {
    let before = told.warning.as_ref().filter(|w| !w.cancel)?;
    let mut warning = before.clone();
    warning.sequence = before.sequence.saturating_add(1);
    warning.cancel = true;
    warning.sent = now;
    // A message that lifts is itself good for a while, also when the warning has run out meanwhile.
    warning.expires = now.after(warning.cap.expires);
    warning.earlier = follows(before);
    warning.headline = words::lifted(&before.place, &before.event, before.drill);
    let policy = told.parties.values().find_map(|standing| standing.policy);
    let text = super::draft::all_clear_text(registry, policy, incident, &before.place);
    warning.instruction = (*text).clone();
    told.warning = Some(warning.clone());
    Some(warning)
}

/// The same warning for another span, while the danger lasts.
pub(super) fn renew(told: &mut Told, now: Ms) -> Option<Warning> {
    let before = told.warning.as_ref().filter(|w| !w.cancel)?;
    let mut warning = before.clone();
    warning.sequence = before.sequence.saturating_add(1);
    warning.sent = now;
    warning.expires = now.after(warning.cap.expires);
    warning.earlier = follows(before);
    told.warning = Some(warning.clone());
    Some(warning)
}

/// A warning is renewed so long before it expires: receivers ask every few minutes.
const RENEW_BEFORE: Ms = Ms::seconds(600);
/// However short a pack makes it, it is not renewed more often.
const RENEW_AFTER: Ms = Ms::seconds(60);

/// When a warning is renewed; never one that lifts.
pub(super) fn renewal(warning: &Warning) -> Option<Ms> {
    let span = warning.expires.since(warning.sent);
    let early = Ms(RENEW_BEFORE.0.min(span.0 / 2));
    let at = Ms(warning.expires.since(early).0);
    (!warning.cancel).then(|| at.max(warning.sent.after(RENEW_AFTER)))
}

/// The messages that a next one replaces. The oldest of a long chain were replaced before.
fn follows(before: &Warning) -> Vec<Ms> {
    let all: Vec<Ms> = before.earlier.iter().copied().chain([before.sent]).collect();
    let surplus = all.len().saturating_sub(MAX_MESSAGES as usize);
    all.into_iter().skip(surplus).collect()
}

fn first(registry: &Registry, now: Ms, scene: &Scene<'_>, cap: &CapRule) -> Warning {
    let origin = scene.origin;
    let place = public_place(registry, origin);
    // The number of the person in charge is for those who work there, not for the public.
    let filling = Filling {
        place: &place,
        what: &origin.what,
        person: "",
        contact: "",
        value: &origin.value,
    };
    let mut instruction = Text::default();
    for zone in scene.zones {
        let text = words::fill(&zone.wording, &filling, false);
        for (all, one) in [(&mut instruction.zh, text.zh), (&mut instruction.en, text.en)] {
            if !all.is_empty() {
                all.push('\n');
            }
            all.push_str(&one);
        }
    }
    Warning {
        incident: origin.incident,
        sequence: 1,
        cancel: false,
        sent: now,
        earlier: Vec::new(),
        expires: now.after(cap.expires),
        cap: cap.clone(),
        event: origin.event.clone(),
        code: origin.code.clone(),
        headline: words::headline(&place, &origin.event, origin.drill),
        instruction,
        place,
        area: origin.area,
        circle: circle(scene),
        polygons: polygons(scene),
        drill: origin.drill,
    }
}

/// The place as the public may know it: the house, not the flat.
fn public_place(registry: &Registry, origin: &Origin) -> Arc<str> {
    match registry.facilities.by_key(&origin.facility) {
        Some(facility) => format!("{} {}", facility.address, facility.name).trim().into(),
        None => origin.place.clone(),
    }
}

/// The circle that holds every circle of the zones.
fn circle(scene: &Scene<'_>) -> Option<(Position, f64)> {
    let circles = scene.zones.iter().filter_map(|zone| match zone.shape {
        Shape::Radius { metres } => Some((scene.origin.position?, metres)),
        Shape::Level { fallback_metres, .. } => Some((scene.origin.position?, fallback_metres)),
        Shape::Circle { centre, metres } => Some((centre, metres)),
        Shape::Room
        | Shape::Stair { .. }
        | Shape::Facility
        | Shape::Polygon(_)
        | Shape::Outline(_) => None,
    });
    circles.fold(None, |all, one| enclosing(all, Some(one)))
}

fn polygons(scene: &Scene<'_>) -> Vec<Vec<Position>> {
    let rings = scene.zones.iter().flat_map(|zone| match &zone.shape {
        Shape::Polygon(ring) => std::slice::from_ref(ring),
        Shape::Outline(rings) => rings,
        Shape::Room
        | Shape::Stair { .. }
        | Shape::Facility
        | Shape::Radius { .. }
        | Shape::Level { .. }
        | Shape::Circle { .. } => &[],
    });
    rings.map(|ring| closed(ring)).collect()
}

fn closed(ring: &[Position]) -> Vec<Position> {
    let mut ring = ring.to_vec();
    if let Some(first) = ring.first().copied()
        && ring.last() != Some(&first)
    {
        ring.push(first);
    }
    ring
}

/// The circle around the first place that holds both: a warning has one circle.
fn enclosing(
    before: Option<(Position, f64)>,
    new: Option<(Position, f64)>,
) -> Option<(Position, f64)> {
    match (before, new) {
        (Some((centre, old)), Some((other, metres))) => {
            Some((centre, old.max(centre.metres_to(other) + metres)))
        }
        (before, new) => before.or(new),
    }
}
