//! What if: the same question with a danger or roads that are only supposed. Nothing real changes, and every fact that comes from what
//! is supposed says so.

use std::collections::BTreeMap;

use helan_hazard::{Model, Report, Value};
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
/// observed it. A model that asks for no wind says nothing of it.
#[must_use]
pub fn area(
    real: DangerArea,
    model: &Model,
    inputs: &BTreeMap<String, Value>,
    source: Position,
    report: &Report,
    now: Ms,
) -> DangerArea {
    let inputs: BTreeMap<String, Input> =
        inputs.iter().map(|(name, value)| (name.clone(), Input::from(value))).collect();
    let windy = |name: &str| ["wind_m_s", "wind_from_deg", "winds"].contains(&name);
    let asks = model.fields.iter().any(|field| windy(field.name));
    let air = match (told(&real.inputs), told(&inputs)) {
        (before, after) if before == after || !asks => real.air,
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
        model: model.key.to_owned(),
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
        // Hospitals on that ground are left out.
        all(&mut facts.beds);
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

#[cfg(test)]
mod tests {
    use helan_hazard::catalogue;
    use helan_kernel::{IncidentId, danger::LevelArea};

    use super::*;

    const HERE: Position = Position { lon: 106.3, lat: 38.46 };

    fn real() -> DangerArea {
        let air = Air {
            source: AirSource::Station("wx".into()),
            wind_m_s: Some(4.0),
            wind_from_deg: Some(270.0),
            temperature_c: Some(20.0),
            ..Air::default()
        };
        let number = |(name, value): (&str, f64)| (name.to_owned(), Input::Number(value));
        DangerArea {
            version: 3,
            model: "gas-release".to_owned(),
            inputs: [("wind_m_s", 4.0), ("wind_from_deg", 270.0)].map(number).into(),
            air,
            ..DangerArea::unknown(IncidentId(1), "p".into(), HERE)
        }
    }

    fn supposed(model: &str, inputs: &[(&str, f64)]) -> DangerArea {
        let model = catalogue::find(model).expect("model");
        let inputs = inputs.iter().map(|(name, n)| ((*name).to_owned(), Value::Number(*n)));
        area(real(), model, &inputs.collect(), HERE, &Report::default(), Ms(9))
    }

    #[test]
    fn a_wind_that_nobody_observed_has_no_source_and_one_that_stays_keeps_its_own() {
        let turned = supposed("gas-release", &[("wind_m_s", 4.0), ("wind_from_deg", 90.0)]).air;
        assert_eq!((turned.source, turned.wind_from_deg), (AirSource::None, Some(90.0)));
        assert_eq!((turned.at, turned.temperature_c), (Ms(9), Some(20.0)));
        let more = [("wind_m_s", 4.0), ("wind_from_deg", 270.0), ("mass_kg", 5.0)];
        assert_eq!(supposed("gas-release", &more).air, real().air);
        // What was taken away is unknown; a model that asks for no wind takes none away.
        assert_eq!(supposed("gas-release", &[]).air.wind_m_s, None);
        assert_eq!(supposed("quake-intensity", &[("magnitude", 6.0)]).air, real().air);
    }

    #[test]
    fn what_no_policy_speaks_of_is_left_where_it_harms_seriously_and_never_nothing() {
        let level = |key: &str, severity, rings: Vec<Vec<Position>>| LevelArea {
            level: key.to_owned(),
            severity,
            threshold: 0.0,
            unit: String::new(),
            rings,
            reach_m: 0.0,
            surface_m2: 0.0,
        };
        let ring = vec![HERE; 4];
        let mut area = real();
        area.levels = vec![
            level("worst", 3, vec![ring.clone()]),
            level("serious", 2, vec![ring.clone()]),
            level("nowhere", 2, Vec::new()),
            level("mild", 1, vec![ring]),
        ];
        let actions: Vec<Protective> = zones(None, &area).iter().map(|zone| zone.action).collect();
        assert_eq!(actions, [Protective::Leave, Protective::Leave, Protective::Shelter]);
        area.levels.clear();
        let shapes: Vec<Shape> = zones(None, &area).into_iter().map(|zone| zone.shape).collect();
        assert_eq!(shapes, [Shape::Circle { centre: HERE, metres: NEAREST_M }]);
    }
}
