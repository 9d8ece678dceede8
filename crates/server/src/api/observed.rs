//! What people saw of a danger on the ground: told, corrected, withdrawn. Forecasts are judged by it.

use axum::{Json as Reply, extract::State, http::StatusCode};
use geo::{Area, Validation};
use helan_kernel::{
    IncidentId, Ms, Position,
    command::{Incident, IncidentState},
    danger::DangerArea,
};
use helan_store::{
    StoreError,
    desk::observed::{Observed, Seen},
};

use super::{
    Api,
    dangers::seen,
    error::{ApiError, Code, ErrorBody},
    extract::{Json, Path, bounded},
    state::blocking,
    wire::{ObservableLevel, ObservedKept, ObservedList, ObservedView, Observing},
};
use crate::{
    access::{Caller, Deed},
    jobs::verify::ground::{self, spoken},
    response::ground::polygon,
};

/// Rings of one observation: a fire with its spot fires.
const MOST_RINGS: usize = 50;
/// Corners of one observation: every ten metres around a fire of twenty kilometres. Whether a ring crosses itself is asked of each pair
/// of its sides.
const MOST_CORNERS: usize = 2_000;
/// Nothing is told of ground farther from where the danger comes from, metres: no model here holds beyond it.
const FARTHEST_M: f64 = 100_000.0;
/// What was so longer before the first area was made says nothing of it.
const BEFORE: Ms = Ms::seconds(24 * 3600);

/// What was seen of an incident's dangers, and how the forecasts lie on it.
#[utoipa::path(get, path = "/incidents/{id}/observed", tag = "danger", params(("id" = u64, Path)),
    responses((status = 200, body = ObservedList), (status = 404, body = ErrorBody)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
) -> Result<Reply<ObservedList>, ApiError> {
    seen(&api, &caller, IncidentId(id)).await?;
    let areas = ground::versions(&api, IncidentId(id)).await?;
    let desk = api.desk.clone();
    let ((all, damaged), (pairs, judged_left_out)) =
        blocking(move || Ok::<_, StoreError>((desk.observed(id)?, desk.ground_pairs(id)?)))
            .await??;
    if !damaged.is_empty() {
        tracing::error!(incident = id, ?damaged, "damaged observations are not listed");
    }
    let items = all.iter().map(|observed| ObservedView::of(observed, &pairs)).collect();
    Ok(Reply(ObservedList { items, levels: levels(&areas), judged_left_out }))
}

/// Tell what was seen: ground on which a level was reached at a moment, or whether it was at a single place. Every version of the danger
/// that speaks of that moment is judged by it.
#[utoipa::path(post, path = "/incidents/{id}/observed", tag = "danger", params(("id" = u64, Path)), request_body = Observing,
    responses((status = 200, body = ObservedKept), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody),
        (status = 422, body = ErrorBody)))]
pub async fn tell(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
    Json(told): Json<Observing>,
) -> Result<Reply<ObservedKept>, ApiError> {
    let incident = seen(&api, &caller, IncidentId(id)).await?;
    let what = format!("observed {id}");
    api.allow(&caller, Deed::Handle, incident.area, incident.drill, &what).await?;
    let areas = ground::versions(&api, incident.id).await?;
    let area = about(&areas, &told)?;
    let now = api.platform.now();
    let at = moment(told.at, now, &incident, &areas)?;
    let (level, corrects) = (spoken(&told.level).0.to_owned(), told.corrects);
    let (means, note) = (told.means.word(), bounded(told.note.unwrap_or_default())?);
    let (policy, source) = (area.policy.to_string(), area.source);
    let what = match (told.place, told.holds, told.rings) {
        (None, None, rings) => Seen::Ground(blocking(move || whole(rings, source)).await??),
        (Some(place), Some(holds), rings) if rings.is_empty() => {
            Seen::Place { at: near(place, source)?, holds }
        }
        _ => return Err(wrong("either rings, or a place and whether it holds there")),
    };
    let object = format!("incident {id}: {policy} {level}");
    let observed = Observed {
        id: 0,
        incident: id,
        area: incident.area,
        drill: incident.drill,
        policy,
        level,
        at,
        seen: what,
        means: means.to_owned(),
        note,
        by: caller.actor.account.to_string(),
        told: now,
        withdrawn: None,
        judged: false,
    };
    for version in areas.iter().filter(|version| version.policy == area.policy) {
        // What was made while nobody kept forecasts, or a moment ago.
        ground::foretell(&api, version).await?;
    }
    let desk = api.desk.clone();
    let number = blocking(move || desk.observe(&observed, corrects)).await?;
    let number = number.map_err(|error| match error {
        StoreError::TooMany(what) => {
            ApiError::with_detail(Code::LimitReached, format!("too many {what}"))
        }
        other => ApiError::from(other),
    })?;
    let id = number.ok_or(Code::NotFound)?;
    api.note(&caller, "observed", &format!("{object} {id}"), true).await?;
    let judged = judged(&api, Some(id)).await;
    Ok(Reply(ObservedKept { id, judged }))
}

/// Withdraw what was told by mistake. It stays in the list, and judges nothing any more.
#[utoipa::path(delete, path = "/incidents/{id}/observed/{observed}", tag = "danger",
    params(("id" = u64, Path), ("observed" = u64, Path)),
    responses((status = 204), (status = 404, body = ErrorBody)))]
pub async fn withdraw(
    State(api): State<Api>,
    caller: Caller,
    Path((id, observed)): Path<(u64, u64)>,
) -> Result<StatusCode, ApiError> {
    let incident = seen(&api, &caller, IncidentId(id)).await?;
    let what = format!("observed-withdraw {id}");
    api.allow(&caller, Deed::Handle, incident.area, incident.drill, &what).await?;
    let (desk, by, now) = (api.desk.clone(), caller.actor.account.to_string(), api.platform.now());
    let done = blocking(move || desk.withdraw_observed(id, observed, &by, now)).await??;
    if !done {
        return Err(Code::NotFound.into());
    }
    let object = format!("incident {id}: {observed}");
    api.note(&caller, "observed-withdraw", &object, true).await?;
    judged(&api, None).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Judges at once, an observation first; whether that is judged. What was told is kept: where it fails, the next look judges it.
async fn judged(api: &Api, first: Option<u64>) -> bool {
    match ground::judge(api, first).await {
        Ok(done) => done,
        Err(error) => {
            tracing::warn!(?error, "what was observed is not judged yet");
            false
        }
    }
}

fn wrong(why: impl Into<String>) -> ApiError {
    ApiError::with_detail(Code::OutOfRange, why)
}

/// What can be told of, once each.
fn levels(areas: &[DangerArea]) -> Vec<ObservableLevel> {
    let mut all: Vec<ObservableLevel> = Vec::new();
    for area in areas.iter().rev() {
        for level in &area.levels {
            let level = spoken(&level.level).0;
            if !all.iter().any(|known| known.policy == *area.policy && known.level == level) {
                all.push(ObservableLevel {
                    policy: area.policy.to_string(),
                    model: area.model.clone(),
                    level: level.to_owned(),
                });
            }
        }
    }
    all
}

/// The newest area of the danger that something is told of.
fn about<'a>(areas: &'a [DangerArea], told: &Observing) -> Result<&'a DangerArea, ApiError> {
    let level = spoken(&told.level).0;
    let of = |area: &&DangerArea| {
        told.policy.as_ref().is_none_or(|policy| **policy == *area.policy)
            && told.model.as_ref().is_none_or(|model| *model == area.model)
            && area.levels.iter().any(|known| spoken(&known.level).0 == level)
    };
    let found: Vec<&DangerArea> = areas.iter().filter(of).collect();
    let newest = found.last().ok_or_else(|| wrong(format!("no area of this incident: {level}")))?;
    if found.iter().any(|area| area.policy != newest.policy) {
        return Err(wrong(format!("more than one danger tells of {level}: policy")));
    }
    Ok(newest)
}

/// A moment that is not to come, nor long before the danger or after it.
fn moment(at: i64, now: Ms, incident: &Incident, areas: &[DangerArea]) -> Result<Ms, ApiError> {
    let first = areas.iter().map(|area| area.made).min().unwrap_or(incident.opened);
    let first = Ms(first.min(incident.opened).0.saturating_sub(BEFORE.0));
    // A closed incident does not change any more.
    let last = if incident.state == IncidentState::Closed { incident.changed } else { now };
    let at = Ms(at);
    if at > now {
        return Err(wrong("at: in the future"));
    }
    if at < first || at > last {
        return Err(wrong("at: not in the time of the incident"));
    }
    Ok(at)
}

fn near(at: super::wire::Position, source: Position) -> Result<Position, ApiError> {
    let at = Position::from(at).known().ok_or_else(|| wrong("a corner is no place"))?;
    if at.metres_to(source) > FARTHEST_M {
        return Err(wrong(format!("farther than {FARTHEST_M} m from the danger")));
    }
    Ok(at)
}

/// Rings that enclose something and do not cross themselves, closed.
fn whole(
    rings: Vec<Vec<super::wire::Position>>,
    source: Position,
) -> Result<Vec<Vec<Position>>, ApiError> {
    let corners: usize = rings.iter().map(Vec::len).sum();
    if rings.is_empty() || rings.len() > MOST_RINGS || corners > MOST_CORNERS {
        return Err(wrong(format!("1 to {MOST_RINGS} rings of {MOST_CORNERS} corners together")));
    }
    let ring = |ring: Vec<super::wire::Position>| {
        let corners: Result<Vec<Position>, ApiError> =
            ring.into_iter().map(|corner| near(corner, source)).collect();
        let mut corners = corners?;
        // Closed or not, twice clicked or not: the same ring.
        corners.dedup();
        while corners.len() > 1 && corners.first() == corners.last() {
            corners.pop();
        }
        if corners.len() < 3 {
            return Err(wrong("a ring has three corners or more"));
        }
        corners.extend(corners.first().copied());
        let drawn = polygon(&corners);
        if !drawn.is_valid() || drawn.unsigned_area() <= 0.0 {
            return Err(wrong("a ring crosses itself, or encloses nothing"));
        }
        Ok(corners)
    };
    rings.into_iter().map(ring).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::wire;

    const SOURCE: Position = Position { lon: 106.0, lat: 38.0 };

    fn at(east: f64, north: f64) -> wire::Position {
        wire::Position { lon: SOURCE.lon + east, lat: SOURCE.lat + north }
    }

    #[test]
    fn rings_are_closed_once_and_what_is_none_is_refused() {
        let open = vec![at(0.0, 0.0), at(0.01, 0.0), at(0.01, 0.0), at(0.0, 0.01)];
        let mut closed = open.clone();
        closed.push(at(0.0, 0.0));
        let first = whole(vec![open], SOURCE).expect("a ring");
        assert_eq!(first, whole(vec![closed], SOURCE).expect("a ring"));
        assert_eq!(first.concat().len(), 4);
        let bow = vec![at(0.0, 0.0), at(0.01, 0.01), at(0.01, 0.0), at(0.0, 0.01)];
        let line = vec![at(0.0, 0.0), at(0.01, 0.0), at(0.02, 0.0)];
        let far = vec![at(2.0, 0.0), at(2.01, 0.0), at(2.0, 0.01)];
        let nowhere = vec![at(f64::NAN, 0.0), at(0.01, 0.0), at(0.0, 0.01)];
        let two = vec![at(0.0, 0.0), at(0.01, 0.0), at(0.0, 0.0)];
        let many = vec![at(0.0, 0.0); MOST_CORNERS + 1];
        for bad in [bow, line, far, nowhere, two, many, Vec::new()] {
            let error = whole(vec![bad], SOURCE).expect_err("no ring");
            assert_eq!(error.code, Code::OutOfRange);
        }
        assert!(whole(Vec::new(), SOURCE).is_err());
    }
}
