//! Danger areas 危险区: what a danger does, by a model, with the wind of this moment; made anew when the wind turns.
//!
//! Start at [`Dangers::zones`]: the policy's zones as shapes on the map. A model that refuses, or knows too little, never gives an
//! empty area: then the circles of the policy hold, and it is said why.

mod model;
mod origin;
#[cfg(test)]
mod tests;

pub use model::*;
pub use origin::Origin;
pub use origin::position_of;

use std::{collections::BTreeMap, ops::RangeInclusive};

use helan_hazard::{Area, Report, Value, catalogue, substance};
use serde::{Deserialize, Serialize};

use crate::{
    Context, Effect, IncidentId, Ms, PolicyId, Position, Text, Timer,
    command::words,
    push::{Policy, Shape, Zone},
    registry::{Device, Registry},
    watch::Watch,
    weather::{Air, Weather},
};

/// Where attributes that models ask for begin: `hazard.mass_kg`.
const ATTRIBUTE: &str = "hazard.";
/// The input that says what leaks.
const SUBSTANCE: &str = "substance";
/// How often an open danger looks at the wind: automatic stations report every minute or slower.
const LOOK_AGAIN: Ms = Ms::seconds(60);
/// However the wind jumps, the people of an area are told no more often.
const AT_LEAST: Ms = Ms::seconds(30);
/// A level that the model reaches nowhere off its source still keeps people this far away: nobody stands at a leak.
pub const NEAREST_M: f64 = 30.0;
/// No ring reaches farther: beyond it no model here holds, and the plane of the map neither.
const FARTHEST_M: f64 = 100_000.0;

/// What dangers look at: values and weather.
#[derive(Clone, Copy)]
pub struct Sky<'a> {
    /// Latest values.
    pub watch: &'a Watch,
    /// What feeds and people said.
    pub weather: &'a Weather,
}

/// Dangers of open incidents that a model follows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Dangers {
    open: BTreeMap<(IncidentId, PolicyId), Danger>,
    /// Versions made of what is over while its incident is open: what begins again counts on, so that a version names one area.
    over: BTreeMap<(IncidentId, PolicyId), u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Danger {
    origin: Origin,
    area: DangerArea,
    /// When it looks at the wind again.
    due: Ms,
}

impl Dangers {
    /// The zones of a policy around an origin: those by level get their outlines from the model.
    pub fn zones(
        &mut self,
        cx: &mut Context<'_>,
        sky: Sky<'_>,
        policy: &Policy,
        origin: &Origin,
    ) -> Vec<Zone> {
        let Some(rule) = &policy.hazard else { return policy.zones.clone() };
        let key = (origin.incident, origin.policy);
        let known = self.open.get(&key);
        // The place and the inventory are those of the first alarm: a second detector does not move the tank.
        let origin = known.map_or(origin, |danger| &danger.origin).clone();
        let Some(source) = source(cx.registry, &origin, rule) else { return policy.zones.clone() };
        let air = sky.weather.at(cx.now, cx.registry, sky.watch, source.position, origin.drill);
        let before = self.over.get(&key).copied().unwrap_or(0);
        let version = known.map_or(before, |danger| danger.area.version);
        let kept = known.filter(|danger| !danger.area.air.differs(&air));
        let area = match kept {
            Some(danger) => danger.area.clone(),
            None => {
                let area = reckon(cx.now, rule, policy, &origin, &source, air, version + 1);
                cx.out.push(Effect::Danger(Box::new(area.clone())));
                area
            }
        };
        let zones = resolve(policy, &area);
        let due = cx.now.after(LOOK_AGAIN);
        self.over.remove(&key);
        if let Some(old) = self.open.insert(key, Danger { origin, area, due }) {
            cx.timers.cancel(old.due, Timer::Danger(key.0, key.1));
        }
        cx.timers.set(due, Timer::Danger(key.0, key.1));
        zones
    }

    /// It is time to look at the wind: gives the origin whose people are to be told anew, if it made another area.
    pub fn timer(
        &mut self,
        cx: &mut Context<'_>,
        sky: Sky<'_>,
        at: Ms,
        key: (IncidentId, PolicyId),
    ) -> Option<Origin> {
        let danger = self.open.get_mut(&key).filter(|danger| danger.due == at)?;
        danger.due = cx.now.after(LOOK_AGAIN);
        cx.timers.set(danger.due, Timer::Danger(key.0, key.1));
        let air =
            sky.weather.at(cx.now, cx.registry, sky.watch, danger.area.source, danger.origin.drill);
        danger.area.air.differs(&air).then(|| danger.origin.clone())
    }

    /// Somebody said something new about the air: the dangers are looked at as soon as people may be told again.
    pub fn air_changed(&mut self, cx: &mut Context<'_>) {
        for (key, danger) in &mut self.open {
            let due = danger.area.made.after(AT_LEAST).max(cx.now);
            if due < danger.due {
                cx.timers.cancel(danger.due, Timer::Danger(key.0, key.1));
                danger.due = due;
                cx.timers.set(due, Timer::Danger(key.0, key.1));
            }
        }
    }

    /// Whether any danger waits for the wind: then readings of weather stations matter at once.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.open.is_empty()
    }

    /// The dangers of an incident are over; it stays open.
    pub fn over(&mut self, cx: &mut Context<'_>, incident: IncidentId) {
        for (key, danger) in self.open.extract_if(of_incident(incident), |_, _| true) {
            cx.timers.cancel(danger.due, Timer::Danger(key.0, key.1));
            self.over.insert(key, danger.area.version);
        }
    }

    /// The incident is closed.
    pub fn forget(&mut self, cx: &mut Context<'_>, incident: IncidentId) {
        self.over(cx, incident);
        self.over.retain(|key, _| key.0 != incident);
    }

    /// The areas of an open incident.
    pub fn of(&self, incident: IncidentId) -> impl Iterator<Item = &DangerArea> {
        self.open.range(of_incident(incident)).map(|(_, danger)| &danger.area)
    }

    /// All areas of open incidents.
    pub fn areas(&self) -> impl Iterator<Item = &DangerArea> {
        self.open.values().map(|danger| &danger.area)
    }
}

fn of_incident(incident: IncidentId) -> RangeInclusive<(IncidentId, PolicyId)> {
    (incident, PolicyId(0))..=(incident, PolicyId(u32::MAX))
}

/// What holds the danger, and where.
struct Source<'a> {
    position: Position,
    holder: Option<&'a Device>,
}

/// The device of the facility whose attributes say what is in it: a tank. One of the substance that the policy speaks of comes before
/// one that holds another, then the nearest to the alarm. Without one the place of the alarm.
fn source<'a>(registry: &'a Registry, origin: &Origin, rule: &HazardRule) -> Option<Source<'a>> {
    let holds = |device: &&Device| device.spec.attributes.keys().any(|k| k.starts_with(ATTRIBUTE));
    let near = |device: &Device| match (origin.position, position_of(registry, device)) {
        (Some(a), Some(b)) => a.metres_to(b),
        _ => f64::MAX,
    };
    let devices =
        registry.devices_in(&origin.facility).iter().filter_map(|id| registry.device(*id));
    let found = devices
        .filter(holds)
        .filter(|device| device.spec.drill == origin.drill || !device.spec.drill)
        .map(|device| ((holds_another(device, rule), near(device)), device))
        .min_by(|(a, _), (b, _)| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)))
        .map(|(_, device)| device);
    let position = found.and_then(|device| position_of(registry, device)).or(origin.position)?;
    Some(Source { position, holder: found })
}

/// Whether a device says that it holds another substance than the policy speaks of. Who names none holds what the policy says.
fn holds_another(device: &Device, rule: &HazardRule) -> bool {
    let Some(Input::Word(wanted)) = rule.inputs.get(SUBSTANCE) else { return false };
    let Some(held) = device.spec.attributes.get(&format!("{ATTRIBUTE}{SUBSTANCE}")) else {
        return false;
    };
    match (substance::find(held), substance::find(wanted)) {
        (Ok(held), Ok(wanted)) => held.key != wanted.key,
        _ => held.trim() != wanted.trim(),
    }
}

fn reckon(
    now: Ms,
    rule: &HazardRule,
    policy: &Policy,
    origin: &Origin,
    source: &Source<'_>,
    air: Air,
    version: u32,
) -> DangerArea {
    let inputs = inputs(now, rule, source, &air);
    let given: BTreeMap<String, Value> =
        inputs.iter().map(|(name, input)| (name.clone(), input.into())).collect();
    let answer = catalogue::find(&rule.model).and_then(|model| model.answer(&given));
    let (report, refused) = match answer {
        Ok(report) => (report, String::new()),
        Err(error) => (Report::default(), error.to_string()),
    };
    let mut warnings: Vec<Text> =
        report.warnings.iter().map(|w| Text::new(&w.text.zh, &w.text.en)).collect();
    if air.stale {
        warnings.push(words::stale_wind(now.since(air.at)));
    }
    if !refused.is_empty() {
        warnings.push(words::no_model(&refused));
    } else {
        let held = |level: &str| report.areas.iter().any(|area| area.level.key == level);
        let missing = policy.zones.iter().filter_map(|zone| {
            let Shape::Level { level, fallback_metres } = &zone.shape else { return None };
            (!held(level)).then(|| words::no_level(level, *fallback_metres))
        });
        warnings.extend(missing);
    }
    DangerArea {
        incident: origin.incident,
        policy: policy.key.clone(),
        version,
        made: now,
        area: origin.area,
        source: source.position,
        holder: source.holder.map_or("", |d| &d.key).into(),
        model: rule.model.clone(),
        inputs,
        air,
        levels: report.areas.iter().map(|area| on_map(source.position, area)).collect(),
        warnings,
        refused,
        sources: report.sources.iter().map(|s| s.clone().into_owned()).collect(),
        validity: report.validity.into_owned(),
        drill: origin.drill,
    }
}

/// What the model is told: the policy's figures, those of the holder over them, and the weather where the model asks for it.
fn inputs(now: Ms, rule: &HazardRule, source: &Source<'_>, air: &Air) -> BTreeMap<String, Input> {
    let mut inputs = rule.inputs.clone();
    let attributes = source.holder.into_iter().flat_map(|d| &d.spec.attributes);
    for (name, value) in attributes.filter_map(|(k, v)| Some((k.strip_prefix(ATTRIBUTE)?, v))) {
        let input = match value.trim().parse::<f64>() {
            Ok(number) => Input::Number(number),
            Err(_) => Input::Word(value.trim().to_owned()),
        };
        inputs.insert(name.to_owned(), input);
    }
    let Ok(model) = catalogue::find(&rule.model) else { return inputs };
    #[expect(clippy::cast_precision_loss, reason = "ages and moments in ms are far below 2^53")]
    let seconds = |span: Ms| span.0 as f64 / 1000.0;
    let kelvin = |celsius: f64| celsius + 273.15;
    let weather = [
        ("wind_m_s", air.wind_m_s),
        ("wind_from_deg", air.wind_from_deg),
        ("wind_age_s", air.wind_m_s.map(|_| seconds(now.since(air.at)).max(0.0))),
        ("air_k", air.temperature_c.map(kelvin)),
        ("air_c", air.temperature_c),
        ("humidity", air.humidity_pct),
        ("cloud_tenths", air.cloud_tenths),
        ("at_unix_s", Some(seconds(now))),
        ("longitude_deg", Some(source.position.lon)),
        ("latitude_deg", Some(source.position.lat)),
    ];
    let takes = |name: &str| model.fields.iter().any(|field| field.name == name);
    if let Some((speed, from)) = air.wind_m_s.zip(air.wind_from_deg)
        && takes("winds")
    {
        let steady = Input::Table(vec![vec![0.0, speed, from]]);
        inputs.entry("winds".to_owned()).or_insert(steady);
    }
    for (name, value) in weather {
        if let Some(value) = value
            && takes(name)
        {
            inputs.entry(name.to_owned()).or_insert(Input::Number(value));
        }
    }
    inputs
}

/// An area around its source, on the map.
#[must_use]
pub fn on_map(source: Position, area: &Area) -> LevelArea {
    let rings = area.rings.iter().filter(|ring| ring.len() > 2);
    let ring = |ring: &Vec<(f64, f64)>| {
        let mut points: Vec<Position> = ring.iter().map(|corner| at(source, *corner)).collect();
        points.extend(points.first().copied());
        points
    };
    LevelArea {
        level: area.level.key.clone(),
        severity: area.level.severity,
        threshold: area.level.threshold,
        unit: area.level.unit.clone(),
        rings: rings.map(ring).collect(),
        reach_m: area.reach_m,
        surface_m2: area.surface_m2,
    }
}

/// A place so many metres east and north of another; rounded to a tenth of a metre, so that the last bits of a reckoning do not
/// show.
fn at(source: Position, (east, north): (f64, f64)) -> Position {
    /// Metres of a degree on the sphere of [`Position::metres_to`].
    const DEGREE_M: f64 = 111_195.08;
    let within =
        |metres: f64| if metres.is_finite() { metres.clamp(-FARTHEST_M, FARTHEST_M) } else { 0.0 };
    let round = |degrees: f64| (degrees * 1e6).round() / 1e6;
    let narrow = source.lat.to_radians().cos().max(0.01);
    Position {
        lon: round(source.lon + within(east) / (DEGREE_M * narrow)),
        lat: round(source.lat + within(north) / DEGREE_M),
    }
}

/// The policy's zones with the model's outlines. A level that was reckoned and reached nowhere keeps a small circle. Of a level that the
/// model says nothing of, refusing or knowing it not for this substance, nobody knows how far it reaches: the circle of the policy holds.
#[must_use]
pub fn resolve(policy: &Policy, area: &DangerArea) -> Vec<Zone> {
    let shape = |shape: &Shape| match shape {
        Shape::Level { level, fallback_metres } => {
            match area.levels.iter().find(|l| l.level == *level) {
                Some(found) if !found.rings.is_empty() => Shape::Outline(found.rings.clone()),
                Some(_) => {
                    Shape::Circle { centre: area.source, metres: fallback_metres.min(NEAREST_M) }
                }
                None => Shape::Circle { centre: area.source, metres: *fallback_metres },
            }
        }
        other @ (Shape::Room
        | Shape::Stair { .. }
        | Shape::Facility
        | Shape::Radius { .. }
        | Shape::Polygon(_)
        | Shape::Outline(_)
        | Shape::Circle { .. }) => other.clone(),
    };
    policy.zones.iter().map(|zone| Zone { shape: shape(&zone.shape), ..zone.clone() }).collect()
}

/// The zones of an incident when a policy's zones are these now: what a model follows is where it is now, everything else that people
/// were told of stays. In the order of the policy, which is that of the lines of its public warning.
#[must_use]
pub fn moved(known: &[Zone], zones: &[Zone]) -> Vec<Zone> {
    let new: Vec<&Zone> = zones.iter().filter(|zone| !known.contains(zone)).collect();
    let follows = |zone: &Zone| matches!(zone.shape, Shape::Outline(_) | Shape::Circle { .. });
    let moved = |old: &Zone| follows(old) && new.iter().any(|zone| zone.name == old.name);
    let kept = known.iter().filter(|zone| !moved(zone) && !zones.contains(zone));
    zones.iter().chain(kept).cloned().collect()
}

impl From<&Value> for Input {
    /// A list is a table of one row.
    fn from(value: &Value) -> Self {
        match value {
            Value::Number(number) => Self::Number(*number),
            Value::Word(word) => Self::Word(word.clone()),
            Value::List(list) => Self::Table(vec![list.clone()]),
            Value::Table(rows) => Self::Table(rows.clone()),
        }
    }
}

impl From<&Input> for Value {
    fn from(input: &Input) -> Self {
        match input {
            Input::Number(number) => Self::Number(*number),
            Input::Word(word) => Self::Word(word.clone()),
            Input::Table(rows) => Self::Table(rows.clone()),
        }
    }
}
