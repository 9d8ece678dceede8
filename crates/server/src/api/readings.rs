//! Recorded readings of a point.

use axum::{Json as Reply, extract::State};
use helan_kernel::{Ms, PointId, Quality};

use super::{
    Api,
    error::{ApiError, Code, ErrorBody},
    extract::{Path, Query},
    wire::{ReadingQuery, Readings, quality},
};
use crate::access::Caller;

/// Rows when nothing is asked for.
const ROWS: u32 = 1_000;
/// Most rows of one request: a chart shows no more; the rest with a later `from`.
const MAX_ROWS: u32 = 10_000;
/// Span when only its end is given.
const SPAN: Ms = Ms::seconds(3600);

/// Readings of a point, oldest first.
#[utoipa::path(get, path = "/devices/{key}/points/{name}/readings", tag = "devices",
    params(("key" = String, Path), ("name" = String, Path), ReadingQuery),
    responses((status = 200, body = Readings), (status = 404, body = ErrorBody)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path((key, name)): Path<(String, String)>,
    Query(query): Query<ReadingQuery>,
) -> Result<Reply<Readings>, ApiError> {
    let point: Option<PointId> = api
        .platform
        .ask(move |engine| {
            let registry = engine.registry();
            let device = registry.devices.by_key(&key).filter(|d| caller.sees(d.spec.area))?;
            registry.point(device, &name)
        })
        .await?;
    let point = point.ok_or(Code::NotFound)?;
    let to = query.to.map_or_else(|| api.platform.now(), Ms);
    let from = query.from.map_or_else(|| Ms(to.0.saturating_sub(SPAN.0)), Ms);
    let limit = query.limit.unwrap_or(ROWS).clamp(1, MAX_ROWS) as usize;
    // One row more tells whether there is more.
    let mut samples = api.history.readings(point, from, to, limit + 1).await?;
    let more = samples.len() > limit;
    samples.truncate(limit);
    let word = |q: Quality| quality(q);
    let readings = samples.iter().map(|s| (s.at.0, s.value, word(s.quality))).collect();
    Ok(Reply(Readings { readings, more }))
}
