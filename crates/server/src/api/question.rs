//! What answers about an incident are made of: the incident, its dangers, who is inside, what is done.
//!
//! The engine is asked between two turns and waits meanwhile, so each question to it is a small one: people are asked for row by row.

use std::collections::BTreeMap;

use geo::{BoundingRect, Coord, MultiPolygon, Rect};
use helan_base::inside::{Level, MOST_LEVELS, Origin};
use helan_kernel::{
    AreaCode, Engine, IncidentId, Position,
    command::Incident,
    danger::DangerArea,
    dispose::{Run, StepState},
    push::{Protective, Push, Shape, Zone},
    registry::{Bounds, Party, Registry},
};
use helan_plan::ControlState;

use super::{Api, dangers::seen, error::ApiError, notices::sees_people};
use crate::{
    access::Caller,
    inside::{self, Ask, AskError},
    response::{
        Known, OtherIncident, Question, away::whole, facts::Control, ground, suppose::Supposed,
    },
};

/// Other dangers are looked for so far away, metres: farther than any shelter is.
const OTHERS_M: f64 = 60_000.0;
/// Other dangers, at most: those of a region on its worst day.
const MOST_OTHERS: usize = 500;
/// Other open incidents whose plans are looked for, at most: more than are ever open, for whose plan is left out gives no places away.
const MOST_BESIDE: usize = 20_000;
/// Height of a row in which people are asked for at once, degrees: about 550 m, of a large danger in a dense city some ten thousand people.
const ROW_DEG: f64 = 0.005;
/// Rows, at most: those of 100 km, as far as any model reaches.
const MOST_ROWS: usize = 400;
/// People who are taken in, at most: a large city's.
const MOST_KNOWN: usize = 500_000;

/// What the answer is made of, for an incident that the caller may see.
///
/// # Errors
/// Not found.
pub(super) async fn question(
    api: &Api,
    caller: &Caller,
    id: IncidentId,
) -> Result<Question, ApiError> {
    let incident = seen(api, caller, id).await?;
    let private = sees_people(caller, incident.drill);
    let mut question = about(api, incident, (caller.area, private)).await?;
    let incident = &question.incident;
    if incident.evacuated.is_none() && question.told > 0 && question.leaving == 0 {
        question.uncounted = uncounted(api, incident).await?;
    }
    question.people = known(api, incident, question.area).await?;
    Ok(question)
}

/// The same of what lies in an area, with people's homes or without them; nobody who is known one by one is in it.
///
/// # Errors
/// When the node or the history cannot be asked.
pub(crate) async fn about(
    api: &Api,
    incident: Incident,
    (area, private): (AreaCode, bool),
) -> Result<Question, ApiError> {
    let (id, now) = (incident.id, api.platform.now());
    let mut question = api
        .platform
        .ask(move |engine| {
            let (others, elsewhere) = elsewhere(engine.desk().incidents(), &incident);
            let beside = beside(engine.desk().incidents(), &incident, &others);
            Question {
                inside: None,
                dangers: engine.dangers().of(id).cloned().collect(),
                leaving: engine.push().leaving(id),
                told: engine.push().told_to_leave(id).count(),
                uncounted: 0,
                people: Vec::new(),
                facility: facility(engine, &incident),
                elsewhere,
                others: others.len(),
                beside,
                controls: engine
                    .dispose()
                    .runs()
                    .filter(|run| run.incident == Some(id))
                    .flat_map(|run| controls(engine.registry(), run))
                    .collect(),
                incident,
                now,
                area,
                private,
                supposed: Supposed::default(),
            }
        })
        .await?;
    if question.dangers.is_empty() {
        // Of a closed incident: as each was last.
        let all = api.history.dangers_of(id).await?.into_iter();
        let last: BTreeMap<_, DangerArea> =
            all.map(|danger| (danger.policy.clone(), danger)).collect();
        question.dangers = last.into_values().collect();
    }
    worst_first(&mut question.dangers);
    question.inside = who_is_inside(api, &question).await?;
    Ok(question)
}

fn worst_first(dangers: &mut [DangerArea]) {
    let worst = |danger: &DangerArea| {
        let severity = danger.levels.iter().filter(|level| !level.rings.is_empty());
        severity.map(|level| level.severity).max()
    };
    dangers.sort_by_key(|danger| std::cmp::Reverse(worst(danger)));
}

/// The same question, were a danger's area this one and the zones of the incident these: who is on that ground. Nobody was told to leave
/// it, and nobody has confirmed that all are out.
///
/// # Errors
/// When the node cannot be asked.
pub(super) async fn supposing(
    api: &Api,
    mut question: Question,
    danger: DangerArea,
    zones: Vec<Zone>,
) -> Result<Question, ApiError> {
    question.supposed.danger = Some(danger.policy.clone());
    question.dangers.retain(|other| other.policy != danger.policy);
    question.dangers.push(danger);
    worst_first(&mut question.dangers);
    question.incident.zones = zones.into();
    question.incident.evacuated = None;
    (question.told, question.leaving, question.uncounted) = (0, 0, 0);
    question.inside = who_is_inside(api, &question).await?;
    question.people = known(api, &question.incident, question.area).await?;
    Ok(question)
}

/// The ground of all dangers of an incident by level, worst first. Where no model says how far a zone reaches, the zone itself comes last.
fn levels(question: &Question) -> Vec<Level> {
    let mut levels = by_model(&question.dangers);
    let zones = &question.incident.zones;
    if levels.is_empty() || zones.iter().any(|zone| !matches!(zone.shape, Shape::Outline(_))) {
        for (key, action) in [("leave", Protective::Leave), ("shelter", Protective::Shelter)] {
            let ground = ground::of(&question.incident, &[action]);
            if !ground.0.is_empty() {
                levels.push(Level { key: key.to_owned(), ground });
            }
        }
    }
    // More than can be asked about at once: the mildest are one.
    let rest = levels.split_off(levels.len().min(MOST_LEVELS));
    if let Some(last) = levels.last_mut() {
        last.ground.0.extend(rest.into_iter().flat_map(|level| level.ground.0));
    }
    levels
}

/// What models say together: of two dangers the same level is one.
fn by_model(dangers: &[DangerArea]) -> Vec<Level> {
    let mut levels: Vec<(u8, Level)> = Vec::new();
    for level in dangers.iter().flat_map(|danger| &danger.levels) {
        let rings = level.rings.iter().map(|ring| ground::polygon(ring));
        match levels.iter_mut().find(|(_, known)| known.key == level.level) {
            Some((severity, known)) => {
                *severity = level.severity.max(*severity);
                known.ground.0.extend(rings);
            }
            None => {
                let ground = MultiPolygon::new(rings.collect());
                levels.push((level.severity, Level { key: level.level.clone(), ground }));
            }
        }
    }
    levels.retain(|(_, level)| !level.ground.0.is_empty());
    // Worse first; of one severity as the models give them.
    levels.sort_by_key(|(severity, _)| std::cmp::Reverse(*severity));
    levels.into_iter().map(|(_, level)| level).collect()
}

/// Who is inside the levels of the models, else the zones.
async fn who_is_inside(api: &Api, question: &Question) -> Result<Option<inside::Answer>, ApiError> {
    let source = question.dangers.first().map(|danger| danger.source);
    let source = source.or(question.incident.position);
    let ask = Ask {
        levels: levels(question),
        at: Some(question.now),
        area: question.area,
        sees_people: question.private,
        origin: source.map(|at| Origin { at, record: None }),
        forces: false,
    };
    count(api, ask).await
}

/// Who is inside; none when a danger inside a house has no ground that could be asked about.
async fn count(api: &Api, ask: Ask) -> Result<Option<inside::Answer>, ApiError> {
    if ask.levels.is_empty() {
        return Ok(None);
    }
    match inside::inside(api, ask).await {
        Ok(answer) => Ok(Some(answer)),
        Err(AskError::Area(_)) => Ok(None),
        Err(error @ AskError::Stopping) => Err(error.into()),
    }
}

/// How many people are where all shall leave by registers, counters and census, beyond those who were told one by one. Rooms and stairs
/// are left to those who live there: no register knows of floors.
///
/// # Errors
/// When the server stops.
pub(super) async fn uncounted(api: &Api, incident: &Incident) -> Result<u32, ApiError> {
    let mut outside = incident.clone();
    let zones = incident.zones.iter();
    let zones = zones.filter(|zone| !matches!(zone.shape, Shape::Room | Shape::Stair { .. }));
    outside.zones = zones.cloned().collect();
    let ground = ground::of(&outside, &[Protective::Leave]);
    if ground.0.is_empty() {
        return Ok(0);
    }
    // Whoever is inside must be out, whatever the area of whoever asks.
    let ask = Ask {
        levels: vec![Level { key: "leave".to_owned(), ground }],
        at: None,
        area: AreaCode::ALL,
        sees_people: true,
        origin: None,
        forces: false,
    };
    let Some(answer) = count(api, ask).await? else { return Ok(0) };
    let id = incident.id;
    let told = api.platform.ask(move |engine| persons(engine.push(), id)).await?;
    Ok(whole(answer.inside.total.now.expected).saturating_sub(told))
}

/// People who were told to leave one by one.
fn persons(push: &Push, id: IncidentId) -> u32 {
    let told = push.told_to_leave(id);
    let persons = told.filter(|notice| matches!(notice.party, Party::Person(_))).count();
    u32::try_from(persons).unwrap_or(u32::MAX)
}

/// The facility of the incident's first alarm that has one.
fn facility(engine: &Engine, incident: &Incident) -> Option<String> {
    let alarms = incident.alarms.iter().filter_map(|id| engine.watch().alarm(*id));
    let mut devices = alarms.filter_map(|alarm| engine.registry().device(alarm.device));
    let device = devices.find(|device| !device.spec.facility.is_empty())?;
    Some(device.spec.facility.clone())
}

/// Ground of the other dangers around an incident, and which these are: nobody is led into them, whoever's they are.
fn elsewhere<'a>(
    open: impl Iterator<Item = &'a Incident>,
    incident: &Incident,
) -> (Vec<IncidentId>, MultiPolygon) {
    let near = |other: &&Incident| {
        let places = other.position.zip(incident.position);
        other.id != incident.id
            && !other.all_clear
            && (incident.drill || !other.drill)
            && places.is_some_and(|(a, b)| a.metres_to(b) <= OTHERS_M)
    };
    let actions = [Protective::Leave, Protective::Shelter];
    let grounds = open.filter(near).take(MOST_OTHERS);
    let grounds = grounds.map(|other| (other.id, ground::of(other, &actions)));
    let (ids, grounds): (Vec<IncidentId>, Vec<MultiPolygon>) =
        grounds.filter(|(_, ground)| !ground.0.is_empty()).unzip();
    (ids, MultiPolygon::new(grounds.into_iter().flatten().collect()))
}

/// The other open incidents whose people go to shelters: real ones apart from drills, until the danger is over.
fn beside<'a>(
    open: impl Iterator<Item = &'a Incident>,
    incident: &Incident,
    near: &[IncidentId],
) -> Vec<OtherIncident> {
    let other = |other: &&Incident| {
        other.id != incident.id && !other.all_clear && other.drill == incident.drill
    };
    let beside =
        |other: &Incident| OtherIncident { id: other.id.0, near: near.contains(&other.id) };
    open.filter(other).take(MOST_BESIDE).map(beside).collect()
}

/// People whom the platform can reach on the ground of an incident, of the caller's area.
async fn known(api: &Api, incident: &Incident, area: AreaCode) -> Result<Vec<Known>, ApiError> {
    let ground = ground::of(incident, &[Protective::Leave, Protective::Shelter]);
    let Some(around) = ground.bounding_rect() else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    for row in rows(around) {
        let room = MOST_KNOWN.saturating_sub(all.len());
        let found = api.platform.ask(move |engine| in_row(engine.registry(), row, area, room));
        all.extend(found.await?);
    }
    Ok(all)
}

/// A box as rows from south to north, each up to where the next begins.
fn rows(around: Rect) -> impl Iterator<Item = Rect> {
    let (low, high) = (around.min(), around.max());
    let south = move |row: usize| {
        let rows = u32::try_from(row).unwrap_or(u32::MAX);
        low.y + ROW_DEG * f64::from(rows)
    };
    let rows = (0..MOST_ROWS).take_while(move |row| south(*row) <= high.y);
    rows.map(move |row| {
        Rect::new(Coord { x: low.x, y: south(row) }, Coord { x: high.x, y: south(row + 1) })
    })
}

fn in_row(registry: &Registry, row: Rect, area: AreaCode, most: usize) -> Vec<Known> {
    let corner = |at: Coord| Position { lon: at.x, lat: at.y };
    let bounds = Bounds { low: corner(row.min()), high: corner(row.max()) };
    let around = registry.people_around(bounds);
    // The edge in the north belongs to the next row.
    let here = |at: Position| (row.min().y..row.max().y).contains(&at.lat);
    let here = around.filter(|(_, person, at)| here(*at) && area.contains(person.area));
    here.take(most)
        .map(|(_, person, at)| Known { at, area: person.area, helped: !person.needs.is_empty() })
        .collect()
}

fn controls(registry: &Registry, run: &Run) -> Vec<Control> {
    let program = registry.programs.get(run.program.index());
    let results = run.results.iter().filter_map(|result| {
        let state = match result.state {
            StepState::Waiting => ControlState::Running,
            StepState::Proved | StepState::Already => ControlState::Proven,
            StepState::Failed | StepState::Interlocked | StepState::NoTarget => {
                ControlState::Failed
            }
            StepState::Skipped => return None,
        };
        let step = program.and_then(|p| p.steps.get(usize::from(result.step)))?;
        Some(Control { key: format!("{}/{}", run.id, result.step), name: step.name.clone(), state })
    });
    results.collect()
}

#[cfg(test)]
mod tests {
    use helan_kernel::{IncidentId, danger::LevelArea};

    use super::*;

    fn danger(policy: &str, lon: f64, levels: &[(&str, u8)]) -> DangerArea {
        let at = |east: f64, north: f64| Position { lon: lon + east, lat: 38.0 + north };
        let ring = vec![at(0.0, 0.0), at(0.01, 0.0), at(0.01, 0.01), at(0.0, 0.0)];
        let level = |(level, severity): &(&str, u8)| LevelArea {
            level: (*level).to_owned(),
            severity: *severity,
            threshold: 1.0,
            unit: "ppm".to_owned(),
            // The last level is reached nowhere.
            rings: if *severity == 0 { Vec::new() } else { vec![ring.clone()] },
            reach_m: 100.0,
            surface_m2: 1.0,
        };
        DangerArea {
            version: 1,
            model: "gas-release".to_owned(),
            levels: levels.iter().map(level).collect(),
            ..DangerArea::unknown(IncidentId(1), policy.into(), at(0.0, 0.0))
        }
    }

    #[test]
    fn two_dangers_of_one_incident_are_one_ground_by_level() {
        let first = danger("a", 106.0, &[("aegl-2", 2), ("aegl-1", 0)]);
        let second = danger("b", 106.5, &[("burnt-60-min", 3), ("aegl-2", 2)]);
        let levels = by_model(&[first, second]);
        let told: Vec<(&str, usize)> =
            levels.iter().map(|level| (level.key.as_str(), level.ground.0.len())).collect();
        assert_eq!(told, [("burnt-60-min", 1), ("aegl-2", 2)]);
    }

    #[test]
    fn rows_cover_a_box_once() {
        let around = Rect::new(Coord { x: 106.0, y: 38.0 }, Coord { x: 106.1, y: 38.0123 });
        let rows: Vec<Rect> = rows(around).collect();
        assert_eq!(rows.len(), 3);
        for pair in rows.windows(2) {
            assert!((pair[0].max().y - pair[1].min().y).abs() < 1e-12);
        }
        assert!(rows[0].min().y <= 38.0 && rows[2].max().y > 38.0123);
        // Also a point has a row; and no box has rows without end.
        assert_eq!(super::rows(Rect::new(around.min(), around.min())).count(), 1);
        let globe = Rect::new(Coord { x: -180.0, y: -90.0 }, Coord { x: 180.0, y: 90.0 });
        assert_eq!(super::rows(globe).count(), MOST_ROWS);
    }
}
