//! Ground: where a level holds by each version of a danger area, of whatever model, against what people saw there.
//!
//! A level with a time in its name (`burnt-60-min`) speaks of the ground without it (`burnt`) so long after the area was made; the
//! model's moments between are kept, too. A level without a time holds from then on until the next version of its area or the
//! all-clear. What is seen at a moment judges every version that speaks of it. What it is compared with: what was seen last before
//! stays as it is.

use std::collections::BTreeMap;

use geo::{Contains, Coord};
use helan_hazard::{HazardError, Value as Figure, catalogue, verify::areas::overlap};
use helan_kernel::{
    IncidentId, Ms, Position,
    command::{Incident, IncidentState},
    danger::{DangerArea, LevelArea, on_map},
};
use helan_store::desk::{
    Forecast, Form,
    observed::{GROUND, GroundPair, Observed, Outline, POLICY, Seen, Speaks, Waiting},
};
use serde_json::json;

use super::of_area;
use crate::{
    api::{Api, blocking, error::ApiError, wire},
    response::ground::polygon,
};

/// Observations judged in one look: each against some tens of versions.
const AT_ONCE: usize = 20;
/// Two observations of places so near are of the same place, metres: a house and its yard.
const SAME_M: f64 = 50.0;
/// Metres of a degree on the sphere of [`Position::metres_to`].
const DEGREE_M: f64 = 111_195.08;

/// A level without the time at which it is reached, and that time, minutes: `burnt-60-min` is `burnt` after 60.
#[must_use]
pub fn spoken(level: &str) -> (&str, Option<u32>) {
    let timed = level.strip_suffix("-min").and_then(|level| level.rsplit_once('-'));
    match timed.and_then(|(level, minutes)| Some((level, minutes.parse().ok()?))) {
        Some((level, minutes)) => (level, Some(minutes)),
        None => (level, None),
    }
}

/// Keeps what a version of an area says of the ground.
///
/// # Errors
/// When the disk fails.
pub async fn foretell(api: &Api, area: &DangerArea) -> Result<(), ApiError> {
    if area.levels.is_empty() {
        return Ok(());
    }
    let (desk, area) = (api.desk.clone(), area.clone());
    blocking(move || {
        if desk.knows_ground(area.incident.0, &area.policy, area.version)? {
            return Ok(());
        }
        desk.keep_ground(&forecasts(&area)).map(drop)
    })
    .await?
    .map_err(ApiError::from)
}

/// One forecast for each level, of levels with a time for all their times together.
fn forecasts(area: &DangerArea) -> Vec<(Forecast, Vec<Outline>)> {
    let mut levels: BTreeMap<String, Vec<Outline>> = BTreeMap::new();
    let mut timed = false;
    for level in &area.levels {
        let (name, outline) = outline(level);
        timed |= outline.after_s.is_some();
        levels.entry(name).or_default().push(outline);
    }
    if timed {
        for (name, outline) in between(area) {
            if let Some(known) = levels.get_mut(&name) {
                known.push(outline);
            }
        }
    }
    let told = wire::Danger::from(area).inputs;
    let inputs = json!({ "policy": area.policy, "inputs": told });
    let forecast = |level: String| Forecast {
        what: GROUND.to_owned(),
        form: Form::Outline,
        against: "persistence".to_owned(),
        detail: level,
        unit: "1".to_owned(),
        step_s: 0.0,
        ..of_area(area, &area.model, &format!("{POLICY}{}", area.policy), inputs.clone())
    };
    levels.into_iter().map(|(level, outlines)| (forecast(level), outlines)).collect()
}

fn outline(level: &LevelArea) -> (String, Outline) {
    let (name, minutes) = spoken(&level.level);
    let exact = (level.unit == "s" && level.threshold > 0.0).then_some(level.threshold);
    let after_s = minutes.map(|minutes| exact.unwrap_or(f64::from(minutes) * 60.0));
    (name.to_owned(), Outline { after_s, rings: level.rings.clone() })
}

/// The moments between, as the model says them; none when it says another thing now than when the area was made.
fn between(area: &DangerArea) -> Vec<(String, Outline)> {
    let given: BTreeMap<String, Figure> =
        area.inputs.iter().map(|(name, input)| (name.clone(), input.into())).collect();
    let answer = catalogue::find(&area.model).and_then(|model| model.answer(&given));
    let Ok(report) = answer else { return Vec::new() };
    let same = report.areas.iter().map(|one| on_map(area.source, one)).eq(area.levels.clone());
    if !same {
        return Vec::new();
    }
    let moments = report.frames.iter().flat_map(|frame| &frame.areas);
    let moments = moments.map(|one| outline(&on_map(area.source, one)));
    moments.filter(|(_, outline)| outline.after_s.is_some()).collect()
}

/// Judges the observations that wait: each pair of a forecast and an observation once.
///
/// # Errors
/// When the node, the history or the disk cannot be asked.
pub async fn judge(api: &Api) -> Result<(), ApiError> {
    let desk = api.desk.clone();
    for id in blocking(move || desk.waiting_observed(AT_ONCE)).await?? {
        let desk = api.desk.clone();
        let Some(one) = blocking(move || desk.to_judge(id)).await?? else { continue };
        let ends = ends(api, IncidentId(one.observed.incident), &one.observed.policy).await?;
        let desk = api.desk.clone();
        blocking(move || desk.judge_ground(&one, &pairs(&one, &ends))).await??;
    }
    Ok(())
}

/// Moments at which what held before of a danger does not hold any more: a new version was made, or it was over. Oldest first.
async fn ends(api: &Api, incident: IncidentId, policy: &str) -> Result<Vec<Ms>, ApiError> {
    let mut all = versions(api, incident).await?;
    all.retain(|area| *area.policy == *policy);
    let desk = api.desk.clone();
    let mut ends = blocking(move || desk.grounds_over(incident.0)).await??;
    ends.extend(all.iter().map(|area| area.made));
    ends.sort_unstable();
    Ok(ends)
}

/// Notes that the dangers of an incident are over.
///
/// # Errors
/// When the disk fails.
pub async fn over(api: &Api, incident: &Incident, at: Ms) -> Result<(), ApiError> {
    if !incident.all_clear && incident.state != IncidentState::Closed {
        return Ok(());
    }
    let (desk, id) = (api.desk.clone(), incident.id.0);
    Ok(blocking(move || desk.ground_over(id, at)).await??)
}

/// All versions of the areas of an incident, those of now too, oldest first.
///
/// # Errors
/// When the node or the history cannot be asked.
pub async fn versions(api: &Api, incident: IncidentId) -> Result<Vec<DangerArea>, ApiError> {
    let now = api
        .platform
        .ask(move |engine| engine.dangers().of(incident).cloned().collect::<Vec<DangerArea>>());
    let now = now.await?;
    let mut all = api.history.dangers_of(incident).await?;
    // The history may lag.
    let new = |area: &DangerArea| {
        !all.iter().any(|known| (&known.policy, known.version) == (&area.policy, area.version))
    };
    let new: Vec<DangerArea> = now.into_iter().filter(new).collect();
    all.extend(new);
    all.sort_by_key(|area| area.made);
    Ok(all)
}

fn pairs(waiting: &Waiting, ends: &[Ms]) -> Vec<GroundPair> {
    let pair = |speaks: &Speaks| match pair(waiting, speaks, ends) {
        Ok(pair) => pair,
        Err(error) => {
            let (forecast, observed) = (speaks.forecast.id, waiting.observed.id);
            tracing::warn!(forecast, observed, %error, "ground cannot be judged");
            None
        }
    };
    waiting.speaks.iter().filter_map(pair).collect()
}

/// A forecast held against an observation; none when it does not stand any more at that moment.
fn pair(
    waiting: &Waiting,
    speaks: &Speaks,
    ends: &[Ms],
) -> Result<Option<GroundPair>, HazardError> {
    let (seen, forecast) = (&waiting.observed, &speaks.forecast);
    let until = ends.iter().copied().find(|end| *end > forecast.at);
    let stands = speaks.outline.after_s.is_some() || until.is_none_or(|until| seen.at < until);
    if !stands {
        return Ok(None);
    }
    // Whoever makes a new version knows what was seen until then: what was seen later, no reference to the old one knows.
    let known = waiting.before.iter().filter(|one| until.is_none_or(|until| one.at < until));
    let mut reference = None;
    for one in known {
        if let Some(worth) = stayed(one, seen)? {
            reference = Some((one.id, worth));
            break;
        }
    }
    let rings = &speaks.outline.rings;
    let (foretold, came, shares) = match &seen.seen {
        Seen::Ground(came) => {
            let laid = laid(rings, came)?;
            (laid.iou, 1.0, (laid.missed(), laid.in_vain()))
        }
        Seen::Place { at, holds } => (yes(inside(rings, *at)), yes(*holds), (None, None)),
    };
    Ok(Some(GroundPair {
        forecast: forecast.id,
        model: forecast.model.clone(),
        version: forecast.version,
        made: forecast.at,
        observed: seen.id,
        after_s: speaks.outline.after_s,
        place: matches!(seen.seen, Seen::Place { .. }),
        foretold,
        came,
        missed: shares.0,
        in_vain: shares.1,
        reference,
    }))
}

/// What an earlier observation says of a later one if all stays as it is: of ground the overlap, of a place whether it is so. None
/// when it says nothing of it.
fn stayed(before: &Observed, seen: &Observed) -> Result<Option<f64>, HazardError> {
    Ok(match (&before.seen, &seen.seen) {
        (Seen::Ground(before), Seen::Ground(came)) => Some(laid(before, came)?.iou),
        (Seen::Ground(before), Seen::Place { at, .. }) => Some(yes(inside(before, *at))),
        (Seen::Place { at: before, holds }, Seen::Place { at, .. }) => {
            (before.metres_to(*at) <= SAME_M).then_some(yes(*holds))
        }
        (Seen::Place { .. }, Seen::Ground(_)) => None,
    })
}

fn yes(it_is: bool) -> f64 {
    f64::from(u8::from(it_is))
}

fn inside(rings: &[Vec<Position>], at: Position) -> bool {
    let at = Coord { x: at.lon, y: at.lat };
    rings.iter().any(|ring| polygon(ring).contains(&at))
}

/// How ground lies on what was seen, in metres around its first corner.
fn laid(
    foretold: &[Vec<Position>],
    came: &[Vec<Position>],
) -> Result<helan_hazard::verify::areas::Overlap, HazardError> {
    let origin = came.iter().chain(foretold).flatten().next().copied().unwrap_or_default();
    let narrow = origin.lat.to_radians().cos().max(0.01);
    let flat = |rings: &[Vec<Position>]| -> Vec<helan_hazard::Ring> {
        let metres = |at: &Position| {
            ((at.lon - origin.lon) * DEGREE_M * narrow, (at.lat - origin.lat) * DEGREE_M)
        };
        rings.iter().map(|ring| ring.iter().map(metres).collect()).collect()
    };
    overlap(&flat(foretold), &flat(came))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_with_a_time_speaks_of_the_same_ground_at_all_times() {
        assert_eq!(spoken("burnt-60-min"), ("burnt", Some(60)));
        assert_eq!(spoken("burnt-180-min"), ("burnt", Some(180)));
        for plain in ["intensity-8", "aegl-2", "12.5-kw-m2", "min", "-min", "so-many-min"] {
            assert_eq!(spoken(plain), (plain, None));
        }
    }

    #[test]
    fn what_was_seen_says_of_the_same_place_and_of_ground_alone() {
        let at = |lon: f64| Position { lon, lat: 38.0 };
        let ring = vec![
            Position { lon: 106.0, lat: 37.9 },
            Position { lon: 106.1, lat: 37.9 },
            Position { lon: 106.1, lat: 38.1 },
            Position { lon: 106.0, lat: 38.1 },
        ];
        let seen = |seen| Observed {
            id: 1,
            incident: 1,
            area: helan_kernel::AreaCode::ALL,
            drill: false,
            policy: "p".into(),
            level: "intensity-8".into(),
            at: Ms(1),
            seen,
            means: "eye".into(),
            note: String::new(),
            by: "a".into(),
            told: Ms(1),
            withdrawn: None,
        };
        let ground = seen(Seen::Ground(vec![ring]));
        let place = |lon, holds| seen(Seen::Place { at: at(lon), holds });
        let stayed = |a: &Observed, b: &Observed| stayed(a, b).expect("areas");
        assert_eq!(stayed(&ground, &ground), Some(1.0));
        assert_eq!(stayed(&ground, &place(106.05, false)), Some(1.0));
        assert_eq!(stayed(&ground, &place(106.15, true)), Some(0.0));
        assert_eq!(stayed(&place(106.05, true), &place(106.0501, false)), Some(1.0));
        assert_eq!(stayed(&place(106.05, true), &place(106.06, false)), None, "another place");
        assert_eq!(stayed(&place(106.05, true), &ground), None);
    }
}
