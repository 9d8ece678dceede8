//! Random checks of the base database: draw, look, and what that says of all.

use std::collections::BTreeMap;

use axum::{Json as Reply, extract::State, http::StatusCode};
use helan_base::{
    Kind, RecordId,
    quality::{MOST_DRAWN, draw},
};
use helan_kernel::{AreaCode, Ms};
use helan_store::desk::quality::{Check, Draw, Item};

use super::{
    Api,
    base::kind_of,
    error::{ApiError, Code},
    extract::{Json, Path, Query, bounded, cursor, page_size},
    quality::By,
    state::blocking,
    wire::{
        Created, DrawOrder, DrawQuery, ErrorQuery, Page, SpotDetail, SpotDraw, SpotErrors,
        SpotItem, SpotRow, SpotVerdict,
    },
};
use crate::access::Caller;

/// What can be wrong beside the fields of the kind.
const COMMON: [&str; 5] = ["name", "area", "address", "post", "geom"];
/// What was found counts for so long: data changes, and so does its quality.
const COUNTS: Ms = Ms::seconds(366 * 24 * 3600);

/// Draws of the caller's area, newest first.
#[utoipa::path(get, path = "/quality/draws", tag = "quality", params(DrawQuery),
    responses((status = 200, body = Page<SpotDraw>)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<DrawQuery>,
) -> Result<Reply<Page<SpotDraw>>, ApiError> {
    let before = cursor(query.after.as_deref())?;
    let most = page_size(query.limit);
    let desk = api.desk.clone();
    let draws = blocking(move || desk.draws(caller.area, before, most)).await??;
    let next = (draws.len() == most).then(|| draws.last().map(|d| d.id.to_string())).flatten();
    Ok(Reply(Page { items: draws.iter().map(Into::into).collect(), next }))
}

/// Draw records at random.
#[utoipa::path(post, path = "/quality/draws", tag = "quality", request_body = DrawOrder,
    responses((status = 200, body = Created)))]
pub async fn add(
    State(api): State<Api>,
    caller: Caller,
    Json(order): Json<DrawOrder>,
) -> Result<Reply<Created>, ApiError> {
    let kind = kind_of(&api, &order.kind)?;
    let most = usize::try_from(order.count).unwrap_or(usize::MAX);
    if !(1..=MOST_DRAWN).contains(&most) {
        return Err(ApiError::with_detail(Code::OutOfRange, "count"));
    }
    let area = order.area.map_or(caller.area, AreaCode);
    if !caller.sees(area) {
        return Err(Code::NotFound.into());
    }
    let mut seed = [0; 8];
    getrandom::fill(&mut seed).map_err(ApiError::internal)?;
    // Numbers of the console are exact up to 2^53.
    let seed = u64::from_be_bytes(seed) >> 11;
    let object = format!("{} of {}: {most} with seed {seed}", kind.key, area.0);
    let (shared, by, now) = (api.clone(), caller.actor.account.to_string(), api.platform.now());
    let id = blocking(move || {
        let all = shared.base.read().ids(&kind.key, area)?;
        let chosen = draw(all.iter().map(|(id, _)| *id), seed, most);
        let records: Vec<_> = chosen
            .into_iter()
            .filter_map(|id| {
                let place = all.binary_search_by_key(&id, |(id, _)| *id).ok()?;
                all.get(place).copied()
            })
            .collect();
        if records.is_empty() {
            return Err(ApiError::from(Code::WrongState));
        }
        Ok(shared.desk.add_draw((&kind.key, area), seed, &records, &by, now)?)
    })
    .await??;
    api.note(&caller, "quality draw", &format!("{id}: {object}"), true).await?;
    Ok(Reply(Created { id: Some(id) }))
}

/// A draw of the caller's area.
async fn seen(api: &Api, caller: &Caller, id: u64) -> Result<(Draw, Vec<Item>), ApiError> {
    let desk = api.desk.clone();
    let found = blocking(move || desk.draw(id)).await??;
    found.filter(|(draw, _)| caller.sees(draw.area)).ok_or_else(|| Code::NotFound.into())
}

/// A draw with its records.
#[utoipa::path(get, path = "/quality/draws/{id}", tag = "quality", responses((status = 200, body = SpotDetail)))]
pub async fn detail(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
) -> Result<Reply<SpotDetail>, ApiError> {
    let (draw, items) = seen(&api, &caller, id).await?;
    let kind = kind_of(&api, &draw.kind)?;
    let shared = api.clone();
    let items = blocking(move || {
        let reader = shared.base.read();
        let shown = items.into_iter().map(|item| {
            let stored = reader.get_by_id(&kind.key, item.id)?;
            let record = stored.map(|stored| stored.record);
            let record = record.filter(|record| caller.sees(record.area));
            let (key, name) = record.map(|record| (record.key, record.name)).unwrap_or_default();
            let check = item.check.map(Into::into);
            Ok(SpotItem { id: item.id.0, key, name, area: item.area.0, check })
        });
        shown.collect::<Result<Vec<_>, ApiError>>()
    })
    .await??;
    Ok(Reply(SpotDetail { draw: (&draw).into(), items }))
}

/// Whether this can be wrong with objects of a kind.
fn is_column(kind: &Kind, column: &str) -> bool {
    COMMON.contains(&column) || kind.place(column).is_some()
}

/// Say what was found wrong with a drawn record, or that all is right, which confirms it.
#[utoipa::path(put, path = "/quality/draws/{id}/items/{item}", tag = "quality", request_body = SpotVerdict,
    responses((status = 204)))]
pub async fn check(
    State(api): State<Api>,
    caller: Caller,
    Path((id, item)): Path<(u64, i64)>,
    Json(verdict): Json<SpotVerdict>,
) -> Result<StatusCode, ApiError> {
    let (draw, _) = seen(&api, &caller, id).await?;
    let kind = kind_of(&api, &draw.kind)?;
    let mut wrong = verdict.wrong;
    wrong.sort_unstable();
    wrong.dedup();
    if let Some(unknown) = wrong.iter().find(|column| !is_column(&kind, column)) {
        return Err(ApiError::with_detail(Code::OutOfRange, unknown.clone()));
    }
    let object = format!("{id}/{item}: {}", wrong.join(" "));
    let (by, at) = (caller.actor.account.to_string(), api.platform.now());
    let check = Check { wrong, note: bounded(verdict.note)?, by, at };
    let shared = api.clone();
    let who = caller.clone();
    blocking(move || {
        let item = RecordId(item);
        if !shared.desk.check_item(id, item, &check)? {
            return Err(ApiError::from(Code::NotFound));
        }
        let stored = shared.base.read().get_by_id(&kind.key, item)?;
        // Whoever looked and found all right has confirmed it; what lies elsewhere by now was not looked at.
        if check.wrong.is_empty() && stored.is_some_and(|s| who.sees(s.record.area)) {
            shared.base.confirm(&kind, item, check.at)?;
        }
        Ok(())
    })
    .await??;
    api.note(&caller, "quality check", &object, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The errors that random checks of the last year found in the caller's area.
#[utoipa::path(get, path = "/quality/errors", tag = "quality", params(ErrorQuery),
    responses((status = 200, body = [SpotRow])))]
pub async fn errors(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<ErrorQuery>,
) -> Result<Reply<Vec<SpotRow>>, ApiError> {
    let by = By::of(query.by.as_deref().unwrap_or("domain"))?;
    let Some(area) = caller.part_of(query.area) else { return Ok(Reply(Vec::new())) };
    let since = Ms(api.platform.now().0 - COUNTS.0);
    let desk = api.desk.clone();
    let found = blocking(move || desk.errors(area, since)).await??;
    let mut rows: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for one in found {
        // A kind that no pack has any more has no row.
        let Some(kind) = api.base.kinds().get(&one.kind) else { continue };
        let row = rows.entry(by.key(kind, one.area)).or_default();
        row.0 += one.checked;
        row.1 += one.wrong;
    }
    let rows = rows.into_iter();
    let row = |(key, (checked, wrong))| SpotRow { key, errors: SpotErrors::of(checked, wrong) };
    Ok(Reply(rows.map(row).collect()))
}
