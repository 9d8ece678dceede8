//! Who lives too near to danger (R2), what no team reaches in time (R5), what no station sees (R8).
//!
//! Only what lies in the caller's area is looked at: an object, a team or a station beyond it neither shows nor counts. Reckoned on
//! a thread that gives way to the chain of alarms, and kept until the data changes.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Json as Reply, extract::State};
use helan_base::{
    Catalogue, Distance, Facts, Kind, Mask, RecordId,
    risk::{Colour, Gaps, Watched, Zone, Zoning, gaps, watched, zone, zoning},
};
use helan_kernel::{AreaCode, Position};

use super::{
    Api,
    base::{kind_of, rough},
    error::{ApiError, Code},
    extract::{Path, Query, page_size},
    notices::sees_people,
    risk::{above, common},
    state::{aside, blocking},
    wire::{
        BlindItem, CoverReport, DangerState, ExposureQuery, GapCell, GapItem, GapReport, ObjectRef,
        ObjectZoning, Text, ZoneArea, ZoneConflict, ZoneItem, ZoneReport,
    },
};
use crate::access::Caller;

/// Objects named beside a dangerous one.
const NEAR: usize = 100;
/// Width of a cell, degrees: some 5 km.
const STEP: f64 = 0.05;
/// Cells that are looked at: the region has some 3 000.
const MOST_CELLS: usize = 20_000;

/// An object in brief; none when nothing is held of it any more. `private` says whether the caller may see people: to others the
/// names and homes of private persons are told roughly.
pub(super) fn brief(facts: &Facts, id: RecordId, private: bool) -> Option<ObjectRef> {
    let fact = facts.get(id)?;
    let kind = facts.kind(fact.kind)?;
    let name = match kind.private_name && !private {
        true => Mask::Name.blur(&fact.name),
        false => fact.name.to_string(),
    };
    let at = if kind.private_place && !private { fact.at.map(rough) } else { fact.at };
    Some(ObjectRef {
        id: id.0,
        kind: kind.key.clone(),
        key: fact.key.to_string(),
        name,
        area: fact.area.0,
        position: at.map(Into::into),
    })
}

/// A distance from a home as those hear it who may not see where people live: distances from three dangers would tell it.
fn distance(kind: &Kind, metres: f64, private: bool) -> f64 {
    if kind.private_place && !private { (metres / 100.0).ceil() * 100.0 } else { metres }
}

fn zone_item(facts: &Facts, hazard: RecordId, zone: &Zone, private: bool) -> Option<ZoneItem> {
    let fact = facts.get(hazard)?;
    let rule = facts.kind(fact.kind)?.safety.distance.as_ref()?;
    let near = zone.conflicts.iter().take(NEAR).filter_map(|conflict| {
        let kind = facts.kind(facts.get(conflict.other)?.kind)?;
        let (metres, people) = (distance(kind, conflict.metres, private), conflict.people);
        Some(ZoneConflict { object: brief(facts, conflict.other, private)?, metres, people })
    });
    Some(ZoneItem {
        hazard: brief(facts, hazard, private)?,
        required: fact.distance?,
        standard: rule.standard.clone(),
        conflicts: zone.conflicts.len() as u64,
        people: zone.people,
        near: near.collect(),
    })
}

/// Runs something with everything that is held, aside from the chain of alarms, unless it is known for this data.
async fn reckoned<T: Send + Sync + 'static>(
    api: &Api,
    cache: fn(&Api) -> &crate::risk::Cache<T>,
    question: (AreaCode, usize),
    work: impl FnOnce(&Api, &Catalogue, &Facts) -> T + Send + 'static,
) -> Result<Arc<T>, ApiError> {
    let (area, what) = question;
    let question = (area.0, what);
    let generation = api.risks.generation();
    if let Some(known) = cache(api).get(question, generation) {
        return Ok(known);
    }
    let shared = api.clone();
    aside(api, move || {
        // Somebody else may have asked the same meanwhile.
        let generation = shared.risks.generation();
        if let Some(known) = cache(&shared).get(question, generation) {
            return known;
        }
        let answer = {
            let facts = shared.risks.facts();
            Arc::new(work(&shared, &shared.base.catalogue(), &facts))
        };
        cache(&shared).put(question, generation, answer.clone());
        answer
    })
    .await
}

/// Homes, schools and hospitals nearer to a danger than it allows, with the people inside.
#[utoipa::path(get, path = "/base/zoning", tag = "base", params(ExposureQuery),
    responses((status = 200, body = ZoneReport)))]
pub async fn conflicts(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<ExposureQuery>,
) -> Result<Reply<ZoneReport>, ApiError> {
    let kind = query.kind.as_deref().map(|kind| kind_of(&api, kind)).transpose()?;
    let private = sees_people(&caller, false);
    let area = common(&caller, query.area).ok_or(Code::NotFound)?;
    let found: Arc<Zoning> = reckoned(
        &api,
        |api| &api.risks.zoning,
        (area, 0),
        move |_, catalogue, facts| zoning(catalogue, facts, area),
    )
    .await?;
    let facts = api.risks.facts();
    let wanted = |id: RecordId| {
        let own = facts.get(id).and_then(|fact| facts.kind(fact.kind));
        kind.as_ref().is_none_or(|kind| own.is_some_and(|own| own.key == kind.key))
    };
    let zones: Vec<&(RecordId, Zone)> = found.zones.iter().filter(|(id, _)| wanted(*id)).collect();
    let mut areas: BTreeMap<AreaCode, ZoneArea> = BTreeMap::new();
    for (id, zone) in &zones {
        let Some(fact) = facts.get(*id) else { continue };
        let county = above(fact.area, 1_000);
        let entry = areas.entry(county).or_default();
        entry.area = county.0;
        entry.name = api.base.areas().name(county).unwrap_or_default().to_owned();
        entry.hazards += 1;
        entry.conflicts += zone.conflicts.len() as u64;
        entry.people += zone.people;
    }
    let unknown: Vec<RecordId> = found.unknown.iter().copied().filter(|id| wanted(*id)).collect();
    let items = zones.iter().take(page_size(query.limit));
    let report = ZoneReport {
        hazards: found.hazards,
        unknown: unknown.len() as u64,
        unknown_objects: unknown
            .iter()
            .take(NEAR)
            .filter_map(|id| brief(&facts, *id, private))
            .collect(),
        areas: areas.into_values().collect(),
        items: items.filter_map(|(id, zone)| zone_item(&facts, *id, zone, private)).collect(),
        total: zones.len() as u64,
    };
    drop(facts);
    Ok(Reply(report))
}

/// Whom an object endangers by its nearness, and which dangers it is too near to.
#[utoipa::path(get, path = "/base/objects/{kind}/{key}/zoning", tag = "base",
    responses((status = 200, body = ObjectZoning)))]
pub async fn of_object(
    State(api): State<Api>,
    caller: Caller,
    Path((kind, key)): Path<(String, String)>,
) -> Result<Reply<ObjectZoning>, ApiError> {
    let kind = kind_of(&api, &kind)?;
    let private = sees_people(&caller, false);
    let shared = api.clone();
    blocking(move || {
        let stored = shared.base.get(&kind, &key)?;
        let stored = stored.filter(|stored| caller.sees(stored.record.area));
        let id = stored.ok_or(Code::NotFound)?.id;
        let facts = shared.risks.facts();
        let catalogue = shared.base.catalogue();
        let own = facts.get(id);
        let hazard = own.and_then(|fact| zone(&catalogue, &facts, fact, caller.area));
        let keeps = kind.safety.distance.is_some();
        let sensitive = kind.safety.people.as_ref().is_some_and(|people| people.sensitive);
        let mut dangers = Vec::new();
        if sensitive {
            let keeps = |kind: u16, area: AreaCode| {
                let safety = facts.kind(kind).map(|kind| &kind.safety);
                caller.sees(area) && safety.is_some_and(|safety| safety.distance.is_some())
            };
            for found in catalogue.around(id, Distance::MAX, keeps) {
                let required = facts.get(found.id).and_then(|fact| fact.distance);
                if required.is_some_and(|required| found.metres < required)
                    && let Some(object) = brief(&facts, found.id, private)
                {
                    let metres = distance(&kind, found.metres, private);
                    dangers.push(ZoneConflict { object, metres, people: None });
                }
            }
        }
        Ok(Reply(ObjectZoning {
            unknown: keeps && hazard.is_none(),
            hazard: hazard.and_then(|zone| zone_item(&facts, id, &zone, private)),
            dangers,
        }))
    })
    .await?
}

async fn gaps_of(api: &Api, area: AreaCode, danger: usize) -> Result<Arc<Gaps>, ApiError> {
    let work = move |api: &Api, _: &Catalogue, facts: &Facts| {
        gaps(facts, danger, area, &api.base.areas().cells(area, STEP, MOST_CELLS))
    };
    reckoned(api, |api| &api.risks.gaps, (area, danger), work).await
}

async fn watched_of(api: &Api, area: AreaCode, danger: usize) -> Result<Arc<Watched>, ApiError> {
    let work = move |api: &Api, _: &Catalogue, facts: &Facts| {
        let colours = api.risks.colours();
        watched(facts, danger, area, |id| colours.get(&id).copied().unwrap_or(Colour::Unknown))
    };
    reckoned(api, |api| &api.risks.watched, (area, danger), work).await
}

/// A danger's place among all, and how far it is covered.
async fn state(
    api: &Api,
    area: AreaCode,
    place: usize,
) -> Result<(DangerState, Arc<Gaps>, Arc<Watched>), ApiError> {
    let gaps = gaps_of(api, area, place).await?;
    let watched = watched_of(api, area, place).await?;
    let facts = api.risks.facts();
    let danger = facts.dangers().get(place).ok_or(Code::NotFound)?;
    let state = DangerState {
        key: danger.key.clone(),
        name: Text::from(&danger.name),
        minutes: danger.minutes,
        teams: gaps.teams,
        objects: gaps.objects,
        missed: gaps.missed.len() as u64,
        stations: (!danger.watch.is_empty()).then_some(watched.stations),
        seen: watched.seen,
        high: watched.high,
        high_seen: watched.high_seen,
    };
    drop(facts);
    Ok((state, gaps, watched))
}

fn place_of(api: &Api, key: &str) -> Result<usize, ApiError> {
    let facts = api.risks.facts();
    let place = facts.dangers().iter().position(|danger| danger.key == key);
    place.ok_or_else(|| Code::NotFound.into())
}

/// Dangers, with how far the teams and stations of the caller's area cover them.
#[utoipa::path(get, path = "/base/dangers", tag = "base",
    responses((status = 200, body = [DangerState])))]
pub async fn dangers(
    State(api): State<Api>,
    caller: Caller,
) -> Result<Reply<Vec<DangerState>>, ApiError> {
    let count = api.risks.facts().dangers().len();
    let mut all = Vec::with_capacity(count);
    for place in 0..count {
        all.push(state(&api, caller.area, place).await?.0);
    }
    Ok(Reply(all))
}

/// What no team reaches in time. The way is estimated from the straight distance; roads are not looked at.
#[utoipa::path(get, path = "/base/dangers/{danger}/gaps", tag = "base", params(ExposureQuery),
    responses((status = 200, body = GapReport)))]
pub async fn gap(
    State(api): State<Api>,
    caller: Caller,
    Path(danger): Path<String>,
    Query(query): Query<ExposureQuery>,
) -> Result<Reply<GapReport>, ApiError> {
    let place = place_of(&api, &danger)?;
    let private = sees_people(&caller, false);
    let area = common(&caller, query.area).ok_or(Code::NotFound)?;
    let (danger, found, _) = state(&api, area, place).await?;
    let facts = api.risks.facts();
    let table = facts.dangers().get(place).ok_or(Code::NotFound)?;
    let items = found.missed.iter().take(page_size(query.limit)).filter_map(|(id, reach)| {
        Some(GapItem {
            object: brief(&facts, *id, private)?,
            team: reach.and_then(|reach| brief(&facts, reach.team, private)),
            metres: reach.map(|reach| reach.metres),
            minutes: reach.map(|reach| reach.minutes),
        })
    });
    let cells = found.cells.iter().map(|(area, at)| GapCell {
        area: area.0,
        position: Position { lon: at.x, lat: at.y }.into(),
    });
    let report = GapReport {
        speed: table.speed,
        detour: table.detour,
        source: table.source.clone(),
        sure: table.sure,
        method: "straight-line",
        unplaced: found.unplaced,
        areas: by_county(&facts, found.missed.iter().map(|(id, _)| *id)),
        items: items.collect(),
        cells: cells.collect(),
        all_cells: found.all_cells,
        step: STEP,
        danger,
    };
    drop(facts);
    Ok(Reply(report))
}

/// What no station sees, the worst first.
#[utoipa::path(get, path = "/base/dangers/{danger}/coverage", tag = "base", params(ExposureQuery),
    responses((status = 200, body = CoverReport)))]
pub async fn coverage(
    State(api): State<Api>,
    caller: Caller,
    Path(danger): Path<String>,
    Query(query): Query<ExposureQuery>,
) -> Result<Reply<CoverReport>, ApiError> {
    let place = place_of(&api, &danger)?;
    let private = sees_people(&caller, false);
    let area = common(&caller, query.area).ok_or(Code::NotFound)?;
    let (danger, _, found) = state(&api, area, place).await?;
    let facts = api.risks.facts();
    let items = found.blind.iter().take(page_size(query.limit));
    let items = items.filter_map(|(id, colour, metres)| {
        let (object, colour) = (brief(&facts, *id, private)?, colour.word());
        Some(BlindItem { object, colour, metres: *metres })
    });
    #[expect(clippy::cast_precision_loss, reason = "counts of a region")]
    let part = |seen: u64, all: u64| (all > 0).then(|| seen as f64 / all as f64);
    let report = CoverReport {
        observed: part(found.seen, found.objects),
        high_observed: part(found.high_seen, found.high),
        areas: by_county(&facts, found.blind.iter().map(|(id, ..)| *id)),
        items: items.collect(),
        danger,
    };
    drop(facts);
    Ok(Reply(report))
}

fn by_county(facts: &Facts, ids: impl Iterator<Item = RecordId>) -> BTreeMap<u32, u64> {
    let mut counts = BTreeMap::new();
    for fact in ids.filter_map(|id| facts.get(id)) {
        *counts.entry(above(fact.area, 1_000).0).or_default() += 1;
    }
    counts
}
