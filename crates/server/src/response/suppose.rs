//! What if: the same question with a danger or roads that are only supposed. Nothing real changes, and every fact that comes from what
//! is supposed says so.

use std::collections::BTreeMap;

use helan_hazard::{Report, Value};
use helan_kernel::{
    Ms, Position, Text,
    danger::{self, DangerArea, Input, NEAREST_M},
    push::{Policy, Protective, Shape, Zone},
    registry::Key,
    weather::{Air, AirSource},
};
use helan_plan::{Fact, Facts, Listed};

use super::{Question, away::Away, names};
use crate::roads::SUPPOSED;

/// Levels from this severity on harm seriously: where no policy says what to do there, people leave.
const SERIOUS: u8 = 2;

/// What of a question is only supposed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Supposed {
    /// Policy of the danger that is not as it is; none: all are.
    pub danger: Option<Key>,
    /// Whether roads are not as they are.
    pub roads: bool,
}

impl Supposed {
    /// Whether anything is.
    #[must_use]
    pub const fn any(&self) -> bool {
        self.danger.is_some() || self.roads
    }

    /// Whether this danger is.
    #[must_use]
    pub fn is(&self, danger: &DangerArea) -> bool {
        self.danger.as_ref().is_some_and(|policy| *policy == danger.policy)
    }
}

/// The area of a danger with what a model says of other inputs. The air is that of the inputs where they speak of another one: nobody
/// observed it.
#[must_use]
pub fn area(
    real: DangerArea,
    inputs: &BTreeMap<String, Value>,
    source: Position,
    report: &Report,
    now: Ms,
) -> DangerArea {
    let inputs: BTreeMap<String, Input> =
        inputs.iter().map(|(name, value)| (name.clone(), Input::from(value))).collect();
    let air = match (told(&real.inputs), told(&inputs)) {
        (before, after) if before == after => real.air,
        (_, (wind_m_s, wind_from_deg, temperature_c)) => Air {
            source: AirSource::None,
            at: now,
            metres: 0.0,
            stale: false,
            wind_m_s,
            wind_from_deg,
            temperature_c: temperature_c.or(real.air.temperature_c),
            ..real.air
        },
    };
    DangerArea {
        version: 0,
        made: now,
        source,
        model: report.model.clone(),
        inputs,
        air,
        levels: report.areas.iter().map(|area| danger::on_map(source, area)).collect(),
        warnings: report.warnings.iter().map(|w| Text::new(&w.text.zh, &w.text.en)).collect(),
        refused: String::new(),
        sources: report.sources.iter().map(|s| s.clone().into_owned()).collect(),
        validity: report.validity.clone().into_owned(),
        ..real
    }
}

/// Speed and direction of the wind, and the temperature (°C), that a model is told.
fn told(inputs: &BTreeMap<String, Input>) -> (Option<f64>, Option<f64>, Option<f64>) {
    let number = |name: &str| match inputs.get(name) {
        Some(Input::Number(value)) => Some(*value),
        _ => None,
    };
    // Models that take a course of winds: the first of it.
    let first = match inputs.get("winds") {
        Some(Input::Table(rows)) => rows.first().and_then(|row| match row.as_slice() {
            [_, speed, from, ..] => Some((*speed, *from)),
            _ => None,
        }),
        _ => None,
    };
    let temperature = number("air_c").or_else(|| number("air_k").map(|kelvin| kelvin - 273.15));
    (
        number("wind_m_s").or(first.map(|(speed, _)| speed)),
        number("wind_from_deg").or(first.map(|(_, from)| from)),
        temperature,
    )
}

/// The zones that a policy would make of an area. Of levels of which it says nothing, because there is no policy or it asks another
/// model, people leave those that harm seriously and shelter in the others; what reaches nowhere keeps people away all the same.
#[must_use]
pub fn zones(policy: Option<&Policy>, area: &DangerArea) -> Vec<Zone> {
    let mut zones = policy.map_or_else(Vec::new, |policy| danger::resolve(policy, area));
    let rule = policy.and_then(|policy| policy.hazard.as_ref());
    if rule.is_some_and(|rule| rule.model == area.model) {
        return zones;
    }
    let reached = area.levels.iter().filter(|level| !level.rings.is_empty());
    let level = |name: helan_plan::Text, shape, action| Zone {
        name: Text { zh: name.zh, en: name.en },
        shape,
        action,
        wording: Text::default(),
        assisted: Text::default(),
        ladder: Vec::new(),
    };
    zones.extend(reached.map(|found| {
        let action =
            if found.severity >= SERIOUS { Protective::Leave } else { Protective::Shelter };
        level(names::level(&found.level), Shape::Outline(found.rings.clone()), action)
    }));
    if zones.is_empty() {
        let circle = Shape::Circle { centre: area.source, metres: NEAREST_M };
        zones.push(level(names::level("leave"), circle, Protective::Leave));
    }
    zones
}

/// Says of what is supposed where a circle stands in for what the model reaches nowhere or does not know.
pub fn circles(question: &Question, away: &mut Away) {
    let Some(danger) = question.dangers.iter().find(|danger| question.supposed.is(danger)) else {
        return;
    };
    let circles = question.incident.zones.iter().filter_map(|zone| match zone.shape {
        Shape::Circle { centre, metres } if centre == danger.source => Some(metres),
        _ => None,
    });
    let farthest = circles.fold(0.0, f64::max);
    if farthest > 0.0 {
        away.defects.push(("supposed-circle", format!("{farthest:.0}")));
    }
}

/// Nobody takes a supposed draft for the plan.
pub fn entitle(title: &mut helan_plan::Text) {
    title.zh.insert_str(0, "【推演假设，不得下发】");
    title.en.insert_str(0, "[What-if, not to be issued] ");
}

/// Marks every fact that follows from what is supposed.
pub fn mark(facts: &mut Facts, supposed: &Supposed) {
    if !supposed.any() {
        return;
    }
    if supposed.danger.is_some() {
        all(&mut facts.people);
        all(&mut facts.facilities);
        all(&mut facts.secondary);
        one(&mut facts.evacuated);
    }
    all(&mut facts.blocks);
    all(&mut facts.teams);
    one(&mut facts.sheltering);
    one(&mut facts.leaving_dose);
    if let Some(roads) = &mut facts.roads {
        let closed = roads.rows.iter_mut().filter(|row| row.value.key.starts_with(SUPPOSED));
        closed.for_each(suppose);
        if supposed.roads {
            roads.source = roads.source.clone().supposed();
        }
    }
}

fn suppose<T>(fact: &mut Fact<T>) {
    fact.source = fact.source.clone().supposed();
}

fn one<T>(fact: &mut Option<Fact<T>>) {
    fact.iter_mut().for_each(suppose);
}

fn all<T>(list: &mut Option<Listed<T>>) {
    if let Some(list) = list {
        list.source = list.source.clone().supposed();
        list.rows.iter_mut().for_each(suppose);
    }
}
