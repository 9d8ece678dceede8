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
    danger::{DangerArea, LevelArea, on_map},
};
use helan_store::{
    StoreError,
    desk::{
        Desk, Forecast, Form,
        observed::{
            Before, GROUND, GroundPair, Observed, Outline, POLICY, SAME_M, Seen, Speaks, Waiting,
        },
    },
};
use serde_json::json;

use super::of_area;
use crate::{
    api::{Api, blocking, error::ApiError, wire},
    response::ground::polygon,
};

/// Observations judged in one look: each against some tens of versions.
const AT_ONCE: usize = 20;
/// Observations that are tried in one look, if some cannot be judged: as many as an incident may have.
const MOST_TRIED: usize = 500;

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
        let kept = desk.keep_ground(&forecasts(&area))?;
        if kept.left_out > 0 {
            let (incident, policy, version) = (area.incident.0, &*area.policy, area.version);
            let left_out = kept.left_out;
            tracing::warn!(
                incident,
                policy,
                version,
                left_out,
                "no more ground of this incident is kept"
            );
        }
        Ok(())
    })
    .await?
    .map_err(|error: StoreError| error.into())
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

/// Judges the observations that wait, one of them first: each pair of a forecast and an observation once. Gives whether that one is
/// judged. What cannot be judged is logged, and keeps nothing else from it.
///
/// # Errors
/// When the disk cannot say what waits.
pub async fn judge(api: &Api, first: Option<u64>) -> Result<bool, ApiError> {
    let desk = api.desk.clone();
    let mut waiting = blocking(move || desk.waiting_observed(MOST_TRIED)).await??;
    waiting.retain(|id| first != Some(*id));
    // Of each danger they are read once: one that comes meanwhile comes after whatever was told until now.
    let mut ends = BTreeMap::new();
    let (mut tried, mut failed, mut done) = (0, 0_usize, false);
    for id in first.into_iter().chain(waiting) {
        match judge_one(api, id, &mut ends).await {
            Ok(judged) => {
                done |= judged && first == Some(id);
                tried += 1;
            }
            Err(error) => {
                if failed == 0 {
                    tracing::warn!(observed = id, ?error, "an observation cannot be judged");
                }
                failed += 1;
            }
        }
        if tried >= AT_ONCE {
            break;
        }
    }
    if failed > 1 {
        tracing::warn!(failed, "observations cannot be judged");
    }
    Ok(done)
}

/// Judges one; false when it waits for another look, was withdrawn, or is damaged.
async fn judge_one(
    api: &Api,
    id: u64,
    ends: &mut BTreeMap<(u64, String), Vec<Ms>>,
) -> Result<bool, ApiError> {
    let desk = api.desk.clone();
    let Some(one) = blocking(move || to_judge(&desk, id)).await?? else { return Ok(false) };
    let key = (one.observed.incident, one.observed.policy.clone());
    if !ends.contains_key(&key) {
        let found = self::ends(api, IncidentId(key.0), &key.1).await?;
        ends.insert(key.clone(), found);
    }
    let ends = ends.get(&key).cloned().unwrap_or_default();
    let desk = api.desk.clone();
    let judged = blocking(move || {
        let Some(grounds) = grounds(&desk, &one, &ends)? else { return Ok(false) };
        desk.judge_ground(&one, &pairs(&one, &ends, &grounds))
    });
    let judged = judged.await?.map_err(|error: StoreError| ApiError::from(error))?;
    if !judged {
        tracing::debug!(
            observed = id,
            "what it is judged by changed meanwhile: the next look judges it"
        );
    }
    Ok(judged)
}

/// What an observation is judged by. One that is damaged is passed over from then on.
fn to_judge(desk: &Desk, id: u64) -> Result<Option<Waiting>, StoreError> {
    match desk.to_judge(id) {
        Err(StoreError::Damaged(why)) => {
            tracing::error!(observed = id, why, "a damaged observation is passed over");
            desk.pass_over(id)?;
            Ok(None)
        }
        Ok(Some(waiting)) => {
            for damaged in &waiting.damaged {
                tracing::error!(observed = id, damaged, "nothing is judged by what is damaged");
            }
            Ok(Some(waiting))
        }
        other => other,
    }
}

/// Moments at which what held before of a danger does not hold any more: a new version was made, or it was over. Oldest first.
async fn ends(api: &Api, incident: IncidentId, policy: &str) -> Result<Vec<Ms>, ApiError> {
    let over = api.platform.ask(move |engine| {
        let incident = engine.desk().incident(incident).filter(|incident| incident.all_clear);
        incident.map(|incident| incident.changed)
    });
    let over = over.await?;
    let mut all = versions(api, incident).await?;
    let mut ends = api.history.dangers_over(incident).await?;
    let newest = all.iter().map(|area| area.made).max();
    // The history may lag. When exactly it was over does not matter then: it was no later.
    if ends.last().copied() < newest {
        ends.extend(over);
    }
    all.retain(|area| *area.policy == *policy);
    ends.extend(all.iter().map(|area| area.made));
    ends.sort_unstable();
    Ok(ends)
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

/// When an area stands no more; none while it does.
fn until(speaks: &Speaks, ends: &[Ms]) -> Option<Ms> {
    ends.iter().copied().find(|end| *end > speaks.forecast.at)
}

/// The observation that a forecast is compared with: that it stays as it was seen last.
fn reference<'a>(waiting: &'a Waiting, speaks: &Speaks, ends: &[Ms]) -> Option<&'a Before> {
    let until = until(speaks, ends);
    // Whoever makes a new version knows what was seen until then: what was seen later, no reference to the old one knows.
    let mut known = waiting.before.iter().filter(|one| until.is_none_or(|until| one.at < until));
    known.find(|one| says(one, &waiting.observed))
}

/// Whether an earlier observation says something of a later one: of ground none of a single place does.
fn says(before: &Before, seen: &Observed) -> bool {
    match (&before.place, &seen.seen) {
        (None, _) => true,
        (Some((before, _)), Seen::Place { at, .. }) => before.metres_to(*at) <= SAME_M,
        (Some(_), Seen::Ground(_)) => false,
    }
}

/// Ground by the number of its observation; none of one that is damaged.
type Grounds = BTreeMap<u64, Option<Vec<Vec<Position>>>>;

/// The ground of all references; none when one of them was withdrawn meanwhile.
fn grounds(desk: &Desk, waiting: &Waiting, ends: &[Ms]) -> Result<Option<Grounds>, StoreError> {
    let mut found = Grounds::new();
    for speaks in &waiting.speaks {
        let Some(before) = reference(waiting, speaks, ends) else { continue };
        if before.place.is_some() || found.contains_key(&before.id) {
            continue;
        }
        match desk.seen_ground(before.id) {
            Ok(Some(ground)) => found.insert(before.id, Some(ground)),
            Ok(None) => return Ok(None),
            Err(StoreError::Damaged(why)) => {
                tracing::error!(
                    observed = before.id,
                    why,
                    "nothing is compared with what is damaged"
                );
                found.insert(before.id, None)
            }
            Err(error) => return Err(error),
        };
    }
    Ok(Some(found))
}

fn pairs(waiting: &Waiting, ends: &[Ms], grounds: &Grounds) -> Vec<GroundPair> {
    // Most versions are compared with the same.
    let mut worths: BTreeMap<u64, Option<f64>> = BTreeMap::new();
    let pair = |speaks: &Speaks| {
        let stands = speaks.outline.after_s.is_some()
            || until(speaks, ends).is_none_or(|until| waiting.observed.at < until);
        if !stands {
            return None;
        }
        let reference = reference(waiting, speaks, ends).and_then(|before| {
            let stayed = || stayed(before, &waiting.observed, grounds);
            let worth = worths.entry(before.id).or_insert_with(stayed);
            Some((before.id, (*worth)?))
        });
        match pair(&waiting.observed, speaks, reference) {
            Ok(pair) => Some(pair),
            Err(error) => {
                let (forecast, observed) = (speaks.forecast.id, waiting.observed.id);
                tracing::warn!(forecast, observed, %error, "ground cannot be judged");
                None
            }
        }
    };
    waiting.speaks.iter().filter_map(pair).collect()
}

/// A forecast held against an observation.
fn pair(
    seen: &Observed,
    speaks: &Speaks,
    reference: Option<(u64, f64)>,
) -> Result<GroundPair, HazardError> {
    let (forecast, rings) = (&speaks.forecast, &speaks.outline.rings);
    let (foretold, came, shares) = match &seen.seen {
        Seen::Ground(came) => {
            let laid = laid(rings, came)?;
            (laid.iou, 1.0, (laid.missed(), laid.in_vain()))
        }
        Seen::Place { at, holds } => (yes(inside(rings, *at)), yes(*holds), (None, None)),
    };
    Ok(GroundPair {
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
    })
}

/// What an earlier observation says of a later one if all stays as it is: of ground the overlap, of a place whether it is so. None
/// when it says nothing of it, or is damaged.
fn stayed(before: &Before, seen: &Observed, grounds: &Grounds) -> Option<f64> {
    match (&before.place, &seen.seen) {
        (None, Seen::Ground(came)) => match laid(grounds.get(&before.id)?.as_ref()?, came) {
            Ok(laid) => Some(laid.iou),
            Err(error) => {
                let (reference, observed) = (before.id, seen.id);
                tracing::warn!(reference, observed, %error, "ground cannot be compared");
                None
            }
        },
        (None, Seen::Place { at, .. }) => {
            Some(yes(inside(grounds.get(&before.id)?.as_ref()?, *at)))
        }
        (Some((_, holds)), Seen::Place { .. }) => Some(yes(*holds)),
        (Some(_), Seen::Ground(_)) => None,
    }
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
            (
                (at.lon - origin.lon) * Position::DEGREE_M * narrow,
                (at.lat - origin.lat) * Position::DEGREE_M,
            )
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
            judged: false,
        };
        let ground = seen(Seen::Ground(vec![ring.clone()]));
        let place = |lon, holds| seen(Seen::Place { at: at(lon), holds });
        let grounds = Grounds::from([(1, Some(vec![ring]))]);
        let before = |place| Before { id: 1, at: Ms(0), place };
        let first = before(Some((at(106.05), true)));
        let stayed = |before: &Before, seen: &Observed| {
            says(before, seen).then(|| stayed(before, seen, &grounds)).flatten()
        };
        assert_eq!(stayed(&before(None), &ground), Some(1.0));
        assert_eq!(stayed(&before(None), &place(106.05, false)), Some(1.0));
        assert_eq!(stayed(&before(None), &place(106.15, true)), Some(0.0));
        assert_eq!(stayed(&first, &place(106.0501, false)), Some(1.0));
        assert_eq!(stayed(&first, &place(106.06, false)), None, "another place");
        assert_eq!(stayed(&first, &ground), None);
    }
}
