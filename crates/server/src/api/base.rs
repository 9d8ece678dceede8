//! The emergency base database: kinds, objects, and what lies where.
//!
//! Everything is bounded by the caller's area before it is counted, so that not even a number tells of what lies outside.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use axum::{Json as Reply, extract::State, http::StatusCode};
use geo::{BoundingRect, Contains, Coord, CoordsIter, Geometry, Intersects, MultiPolygon, Rect};
use helan_base::{
    Catalogue, Datum, Draft, Kind, Mask, Origin, Raw, RecordId, Source, Within, share::Cell,
};
use helan_exchange::shape_of_json;
use helan_kernel::{AreaCode, Ms, Position};
use helan_store::base::{Page as Part, Put};

use super::{
    Api,
    error::{ApiError, Code},
    extract::{Json, Path, Query, cursor, page_size},
    notices::sees_people,
    quality,
    state::blocking,
    wire::{
        BaseArea, BaseChange, BaseFind, BaseHit, BaseInside, BaseKind, BaseMoment, BaseNear,
        BaseObject, BaseOrder, BaseOrigin, BaseQuery, BaseWithin, BaseWritten, Page,
    },
};
use crate::{
    access::{Caller, Deed},
    base::{BaseData, columns},
};

/// Objects inside a shape that are named; all are counted.
const NAMED: usize = 1_000;
/// Corners of a shape that is asked for.
const MAX_CORNERS: usize = 10_000;
/// Longest words to find.
const MAX_WORDS: usize = 64;

/// The kind with this key.
///
/// # Errors
/// When there is none.
pub fn kind_of(api: &Api, key: &str) -> Result<Arc<Kind>, ApiError> {
    api.base.kinds().get(key).cloned().ok_or_else(|| Code::NotFound.into())
}

/// The wanted kind and the caller's area, as the catalogue is asked.
fn wanted(
    api: &Api,
    caller: &Caller,
    kind: Option<&str>,
) -> Result<impl Fn(u16, AreaCode) -> bool + use<>, ApiError> {
    let number = match kind {
        Some(kind) => Some(api.base.number(kind).ok_or(Code::NotFound)?),
        None => None,
    };
    let own = caller.area;
    Ok(move |kind, area| number.is_none_or(|number| number == kind) && own.contains(area))
}

/// Kinds, by number, that the caller may not find by this: what is blurred cannot be asked out.
pub(super) fn hidden(
    api: &Api,
    caller: &Caller,
    is_private: impl Fn(&Kind) -> bool,
) -> BTreeSet<u16> {
    if sees_people(caller, false) {
        return BTreeSet::new();
    }
    let kinds = api.base.kinds().iter().zip(0_u16..);
    kinds.filter(|(kind, _)| is_private(kind)).map(|(_, number)| number).collect()
}

/// The kinds of objects, with how many there are in the caller's area.
#[utoipa::path(get, path = "/base/kinds", tag = "base", responses((status = 200, body = [BaseKind])))]
pub async fn kinds(
    State(api): State<Api>,
    caller: Caller,
) -> Result<Reply<Vec<BaseKind>>, ApiError> {
    let all = wanted(&api, &caller, None)?;
    let counts = api.base.catalogue().count(all);
    let mut by_kind: BTreeMap<u16, u64> = BTreeMap::new();
    for ((kind, _), count) in counts {
        *by_kind.entry(kind).or_default() += count;
    }
    let kinds = api.base.kinds().iter().zip(0_u16..);
    let kinds =
        kinds.map(|(kind, number)| BaseKind::of(kind, by_kind.get(&number).copied().unwrap_or(0)));
    Ok(Reply(kinds.collect()))
}

/// The caller's area, what lies in it, and what it lies in: region, cities, counties, townships.
#[utoipa::path(get, path = "/base/areas", tag = "base", responses((status = 200, body = [BaseArea])))]
pub async fn areas(State(api): State<Api>, caller: Caller) -> Reply<Vec<BaseArea>> {
    let own = |code: AreaCode| caller.area.contains(code) || code.contains(caller.area);
    let lines = api.base.area_lines().iter().filter(|line| own(line.code));
    Reply(lines.map(Into::into).collect())
}

/// Objects of a kind.
#[utoipa::path(get, path = "/base/objects", tag = "base", params(BaseQuery),
    responses((status = 200, body = Page<BaseObject>)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<BaseQuery>,
) -> Result<Reply<Page<BaseObject>>, ApiError> {
    let kind = kind_of(&api, &query.kind)?;
    let after = cursor(query.after.as_deref())?.unwrap_or(0);
    let most = page_size(query.limit);
    let Some(area) = caller.part_of(query.area) else {
        return Ok(Reply(Page { items: Vec::new(), next: None }));
    };
    let after = RecordId(i64::try_from(after).unwrap_or(i64::MAX));
    let (now, private) = (api.platform.now().0, sees_people(&caller, false));
    let shared = api.clone();
    let items = blocking(move || {
        let stored = shared.base.read().list(&kind.key, Part { area, after, most })?;
        let colours = shared.risks.colours();
        let objects = stored.iter().map(|stored| {
            let mut object = BaseObject::of(&kind, stored, now, private);
            object.risk = colours.get(&stored.id).map(|colour| colour.word());
            quality::mark(&shared, caller.area, &kind, stored, &mut object);
            object
        });
        Ok::<_, ApiError>(objects.collect::<Vec<_>>())
    })
    .await??;
    let next =
        (items.len() == most).then(|| items.last().map(|last| last.id.to_string())).flatten();
    Ok(Reply(Page { items, next }))
}

/// One object, now or as it was.
#[utoipa::path(get, path = "/base/objects/{kind}/{key}", tag = "base", params(BaseMoment),
    responses((status = 200, body = BaseObject)))]
pub async fn detail(
    State(api): State<Api>,
    caller: Caller,
    Path((kind, key)): Path<(String, String)>,
    Query(moment): Query<BaseMoment>,
) -> Result<Reply<BaseObject>, ApiError> {
    let kind = kind_of(&api, &kind)?;
    let (now, private) = (api.platform.now().0, sees_people(&caller, false));
    let shared = api.clone();
    blocking(move || {
        let reader = shared.base.read();
        let stored = match moment.at {
            Some(at) => reader.at(&kind.key, &key, Ms(at))?,
            None => reader.get(&kind.key, &key)?,
        };
        let stored =
            stored.filter(|stored| caller.sees(stored.record.area)).ok_or(Code::NotFound)?;
        let mut object = BaseObject::of(&kind, &stored, now, private);
        // The rules speak of what is, not of what was.
        if moment.at.is_none() {
            quality::mark(&shared, caller.area, &kind, &stored, &mut object);
        }
        for number in stored.origins.values().chain([&stored.origin]) {
            if let Some(origin) = reader.origin(*number)? {
                object.origins.insert(*number, BaseOrigin::from(&origin));
            }
        }
        drop(reader);
        object.risk = shared.risks.colours().get(&stored.id).map(|colour| colour.word());
        object.in_review = shared.desk.in_review(&kind.key, &key)?;
        Ok(Reply(object))
    })
    .await?
}

/// What happened to an object, oldest first.
#[utoipa::path(get, path = "/base/objects/{kind}/{key}/history", tag = "base",
    responses((status = 200, body = [BaseChange])))]
pub async fn history(
    State(api): State<Api>,
    caller: Caller,
    Path((kind, key)): Path<(String, String)>,
) -> Result<Reply<Vec<BaseChange>>, ApiError> {
    let kind = kind_of(&api, &kind)?;
    let private = sees_people(&caller, false);
    let shared = api.clone();
    blocking(move || {
        let reader = shared.base.read();
        let stored = reader.get(&kind.key, &key)?;
        let stored =
            stored.filter(|stored| caller.sees(stored.record.area)).ok_or(Code::NotFound)?;
        let mut changes = Vec::new();
        for change in reader.history(stored.id)? {
            let origin = reader.origin(change.origin)?;
            changes.push(BaseChange::of(&kind, change, origin.as_ref(), private));
        }
        Ok(Reply(changes))
    })
    .await?
}

/// Create an object, or say what it is now.
#[utoipa::path(put, path = "/base/objects/{kind}/{key}", tag = "base", request_body = BaseOrder,
    responses((status = 200, body = BaseWritten)))]
pub async fn put(
    State(api): State<Api>,
    caller: Caller,
    Path((kind, key)): Path<(String, String)>,
    Json(order): Json<BaseOrder>,
) -> Result<Reply<BaseWritten>, ApiError> {
    let kind = kind_of(&api, &kind)?;
    let source = match order.source.as_str() {
        "" | "form" => Source::Form,
        "field" => Source::Field,
        _ => return Err(Code::OutOfRange.into()),
    };
    let shape = match order.geometry.clone() {
        serde_json::Value::Null => None,
        json => Some(
            shape_of_json(json)
                .map_err(|error| ApiError::with_detail(Code::Invalid, error.to_string()))?,
        ),
    };
    let (base, now) = (api.clone(), api.platform.now());
    let (who, object) = (caller.clone(), format!("{} {key}", kind.key));
    may_write(&api, &caller, &kind, &key, true).await?;
    let done = blocking(move || store(&base.base, &who, &kind, &key, &order, shape, source, now))
        .await??;
    if done.stored {
        api.note(&caller, "base put", &object, true).await?;
    }
    Ok(Reply(done))
}

/// Refuses whoever may write made-up objects only, when this one is real, or there is none and it would be.
pub(super) async fn may_write(
    api: &Api,
    caller: &Caller,
    kind: &Arc<Kind>,
    key: &str,
    create: bool,
) -> Result<(), ApiError> {
    let (base, of, wanted) = (api.clone(), kind.clone(), key.to_owned());
    let known = blocking(move || base.base.get(&of, &wanted)).await??;
    let synthetic = match known {
        Some(known) => known.record.synthetic,
        None if create => false,
        None => return Err(Code::NotFound.into()),
    };
    let what = format!("base write {} {key}", kind.key);
    api.allow(caller, Deed::Records, caller.area, synthetic, &what).await
}

#[expect(clippy::too_many_arguments, reason = "one place calls it")]
fn store(
    base: &BaseData,
    caller: &Caller,
    kind: &Kind,
    key: &str,
    order: &BaseOrder,
    shape: Option<Geometry>,
    source: Source,
    now: Ms,
) -> Result<BaseWritten, ApiError> {
    let _alone = base.edit();
    let known = base.get(kind, key)?;
    if known.as_ref().is_some_and(|known| !caller.sees(known.record.area)) {
        return Err(Code::NotFound.into());
    }
    let is = known.as_ref().map_or(0, |known| known.changed_at.0);
    let overtaken = order.seen.is_some_and(|seen| seen != is);
    if overtaken && (source != Source::Field || known.is_none()) {
        return Err(Code::Conflict.into());
    }
    let fields = order.values.iter().map(|(name, value)| (name.as_str(), columns::raw(value)));
    let draft = Draft {
        key: Raw::Text(key),
        name: Raw::Text(&order.name),
        area: Raw::Text(&order.area),
        address: Raw::Text(&order.address),
        post: Raw::Text(&order.post),
        shape,
        fields: fields.collect(),
        synthetic: known.as_ref().is_some_and(|known| known.record.synthetic),
        ..Draft::default()
    };
    let mut done =
        BaseWritten { stored: false, faults: Vec::new(), merged: false, in_review: Vec::new() };
    let mut record = match draft.check(kind, Datum::Wgs84, base.areas()) {
        Ok(record) => record,
        Err(faults) => {
            done.faults = faults.iter().map(Into::into).collect();
            return Ok(done);
        }
    };
    if !caller.sees(record.area) {
        return Err(Code::Forbidden.into());
    }
    let by = caller.actor.account.to_string();
    let origin = Origin { source, by, detail: "console".into(), at: now };
    if let Some(known) = known.filter(|_| overtaken) {
        let seen = Ms(order.seen.unwrap_or(0));
        let merged = base.merge(kind, &known, &record, seen, &origin)?;
        record = merged.record;
        done.in_review = merged.disputed;
        done.merged = true;
    }
    let origin = base.add_origin(&origin)?;
    base.put(kind, &[Put { record, whole: true }], origin, now)?;
    done.stored = true;
    Ok(done)
}

/// Take an object away; its history stays.
#[utoipa::path(delete, path = "/base/objects/{kind}/{key}", tag = "base", responses((status = 204)))]
pub async fn remove(
    State(api): State<Api>,
    caller: Caller,
    Path((kind, key)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let kind = kind_of(&api, &kind)?;
    let object = format!("{} {key}", kind.key);
    may_write(&api, &caller, &kind, &key, false).await?;
    let (base, now, who) = (api.clone(), api.platform.now(), caller.clone());
    blocking(move || {
        let known = base.base.get(&kind, &key)?;
        known.filter(|known| who.sees(known.record.area)).ok_or(Code::NotFound)?;
        let by = who.actor.account.to_string();
        let origin = Origin { source: Source::Form, by, detail: "console".into(), at: now };
        let origin = base.base.add_origin(&origin)?;
        base.base.remove(&kind, &key, origin, now)?;
        Ok::<_, ApiError>(())
    })
    .await??;
    api.note(&caller, "base remove", &object, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Objects by name, or by the initials of its pinyin.
#[utoipa::path(get, path = "/base/find", tag = "base", params(BaseFind),
    responses((status = 200, body = [BaseHit])))]
pub async fn find(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<BaseFind>,
) -> Result<Reply<Vec<BaseHit>>, ApiError> {
    if query.q.chars().count() > MAX_WORDS {
        return Err(Code::OutOfRange.into());
    }
    let wanted = wanted(&api, &caller, query.kind.as_deref())?;
    let hidden = hidden(&api, &caller, |kind| kind.private_name);
    let wanted = move |kind, area| wanted(kind, area) && !hidden.contains(&kind);
    let private = sees_people(&caller, false);
    let most = page_size(query.limit.or(Some(20)));
    let shared = api.clone();
    blocking(move || {
        let found: Vec<_> = {
            let catalogue = shared.base.catalogue();
            let hits = catalogue.find(&query.q, most, wanted).into_iter();
            hits.map(|hit| (hit.id, hit.kind, None)).collect()
        };
        named(&shared, caller.area, found, private)
    })
    .await?
    .map(Reply)
}

/// The nearest objects. Homes are not among them for those who may not see people.
#[utoipa::path(get, path = "/base/near", tag = "base", params(BaseNear),
    responses((status = 200, body = [BaseHit])))]
pub async fn near(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<BaseNear>,
) -> Result<Reply<Vec<BaseHit>>, ApiError> {
    let from = Position { lon: query.lon, lat: query.lat }.known().ok_or(Code::OutOfRange)?;
    let wanted = wanted(&api, &caller, query.kind.as_deref())?;
    let hidden = hidden(&api, &caller, |kind| kind.private_place);
    let wanted = move |kind, area| wanted(kind, area) && !hidden.contains(&kind);
    let private = sees_people(&caller, false);
    let most = page_size(query.limit.or(Some(10)));
    let shared = api.clone();
    blocking(move || {
        let found = shared.base.catalogue().nearest(from, most, wanted).into_iter();
        let found = found.map(|found| (found.id, found.kind, Some(found.metres)));
        named(&shared, caller.area, found.collect(), private)
    })
    .await?
    .map(Reply)
}

/// What the catalogue found (number, kind, metres), with what the file says of it.
pub(super) fn named(
    api: &Api,
    seen: AreaCode,
    found: Vec<(RecordId, u16, Option<f64>)>,
    private: bool,
) -> Result<Vec<BaseHit>, ApiError> {
    let mut hits = Vec::with_capacity(found.len());
    let (base, now) = (&api.base, api.platform.now());
    let reader = base.read();
    for (id, number, metres) in found {
        let Some(kind) = base.kind(number) else { continue };
        // It may have been taken away this moment.
        let Some(stored) = reader.get_by_id(&kind.key, id)? else { continue };
        let (stale, doubtful) = quality::doubts(api, seen, (kind, number), &stored, now);
        let place = base.catalogue().place_of(id);
        let place = if private || !kind.private_place { place } else { place.map(rough) };
        let name = stored.record.name;
        hits.push(BaseHit {
            id: id.0,
            kind: kind.key.clone(),
            key: stored.record.key,
            name: if private || !kind.private_name { name } else { Mask::Name.blur(&name) },
            area: stored.record.area.0,
            position: place.map(Into::into),
            metres,
            stale,
            doubtful,
        });
    }
    Ok(hits)
}

/// What lies inside a shape: how many of each kind, and which.
#[utoipa::path(post, path = "/base/within", tag = "base", request_body = BaseWithin,
    responses((status = 200, body = BaseInside)))]
pub async fn within(
    State(api): State<Api>,
    caller: Caller,
    Json(asked): Json<BaseWithin>,
) -> Result<Reply<BaseInside>, ApiError> {
    let shape = shape_of_json(asked.geometry)
        .map_err(|error| ApiError::with_detail(Code::Invalid, error.to_string()))?;
    let ground = match shape {
        Geometry::Polygon(polygon) => MultiPolygon::new(vec![polygon]),
        Geometry::MultiPolygon(polygons) => polygons,
        _ => return Err(Code::OutOfRange.into()),
    };
    if ground.coords_count() > MAX_CORNERS {
        return Err(Code::TooLarge.into());
    }
    let wanted = wanted(&api, &caller, asked.kind.as_deref())?;
    let hidden = hidden(&api, &caller, |kind| kind.private_place);
    let shared = api.clone();
    let inside = blocking(move || {
        let mut inside = BaseInside { counts: BTreeMap::new(), ids: Vec::new() };
        let catalogue = shared.base.catalogue();
        let exact =
            catalogue.within(&ground, |kind, area| wanted(kind, area) && !hidden.contains(&kind));
        let rough = ground.bounding_rect().map(|bounds| {
            let homes = |kind, area| wanted(kind, area) && hidden.contains(&kind);
            let near = rough_in(&catalogue, bounds, homes);
            near.filter(|(_, middle)| ground.contains(middle)).map(|(found, _)| found)
        });
        for found in exact.chain(rough.into_iter().flatten()) {
            if let Some(kind) = shared.base.kind(found.kind) {
                *inside.counts.entry(kind.key.clone()).or_default() += 1;
            }
            if inside.ids.len() < NAMED {
                inside.ids.push(found.id.0);
            }
        }
        inside
    })
    .await?;
    Ok(Reply(inside))
}

/// A home's place as those hear it who may not see where people live: the middle of its cell.
pub(super) fn rough(at: Position) -> Position {
    let middle = Cell::of((at.lon, at.lat).into()).middle();
    Position { lon: middle.x, lat: middle.y }
}

/// Homes in a box by the middles of their cells: boxes and shapes tell no more of them than the cells do.
pub fn rough_in<'a>(
    catalogue: &'a Catalogue,
    bounds: Rect,
    wanted: impl FnMut(u16, AreaCode) -> bool + 'a,
) -> impl Iterator<Item = (Within, Coord)> + 'a {
    // The middle of a cell is less than a cell away from everything in it.
    const CELL: f64 = 0.01;
    let low = bounds.min() - Coord { x: CELL, y: CELL };
    let high = bounds.max() + Coord { x: CELL, y: CELL };
    let near = catalogue.in_box(low, high, wanted);
    near.map(|(found, _)| (found, Cell::of(found.at).middle()))
        .filter(move |(_, middle)| bounds.intersects(middle))
}
