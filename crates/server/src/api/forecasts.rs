//! Forecasts that were made, and how good each model is.

use std::collections::BTreeMap;

use axum::{Json as Reply, extract::State};
use helan_hazard::verify::figures::{Pair, score};

use super::{
    Api,
    error::ApiError,
    extract::{Query, cursor, page_size},
    wire::{Forecast, ForecastQuery, Forecasts, ModelScore},
};
use crate::access::Caller;

/// Pairs that a score is made of: the newest of all models together.
const PAIRS: usize = 10_000;

/// Forecasts, newest first, with the score of each model against saying that all stays as it is.
#[utoipa::path(get, path = "/forecasts", tag = "danger", params(ForecastQuery),
    responses((status = 200, body = Forecasts)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<ForecastQuery>,
) -> Result<Reply<Forecasts>, ApiError> {
    let limit = page_size(query.limit);
    let before = cursor(query.after.as_deref())?;
    let drill = query.drill.unwrap_or(false);
    let (area, desk) = (caller.area, api.desk.clone());
    let (items, judged) = super::blocking(move || {
        Ok::<_, helan_store::StoreError>((
            desk.forecasts(area, before, limit)?,
            desk.judged(area, drill, PAIRS)?,
        ))
    })
    .await??;
    let mut pairs: BTreeMap<String, Vec<Pair>> = BTreeMap::new();
    for judged in judged {
        let (foretold, came, before) = judged.pair;
        pairs.entry(judged.model).or_default().push(Pair { foretold, came, before });
    }
    let scores = pairs.iter().filter_map(|(model, pairs)| match score(pairs) {
        Ok(score) => Some(ModelScore::of(model, &score)),
        Err(error) => {
            tracing::warn!(model, %error, "forecasts cannot be judged");
            None
        }
    });
    let scores = scores.collect();
    let next = items.last().filter(|_| items.len() == limit).map(|last| last.id.to_string());
    Ok(Reply(Forecasts { items: items.iter().map(Forecast::from).collect(), scores, next }))
}
