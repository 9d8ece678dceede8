//! Files that people bring for the base database, by the number of their import.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json as Reply,
    body::Body,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::StreamExt;
use helan_base::Datum;
use helan_kernel::Ms;
use tokio::io::AsyncWriteExt;

use super::{
    Api,
    base::kind_of,
    error::{ApiError, Code},
    extract::{Json, Path, Query},
    state::apart,
    wire::{Import, ImportChoice, ImportColumn, ImportFault, ImportQuery},
};
use crate::{
    access::{Caller, Deed, Object, check as check_deed},
    jobs::import::{self, Brought, Choice, Refused, State as Stand},
    text::Language,
};

fn datum_of(word: Option<&str>) -> Result<Datum, ApiError> {
    match word {
        None | Some("") => Ok(Datum::Wgs84),
        Some(word) => Datum::of_word(word).ok_or_else(|| Code::OutOfRange.into()),
    }
}

/// Bring a file: it is looked through, and nothing is stored before that is asked.
#[utoipa::path(post, path = "/base/imports", tag = "base", params(ImportQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 202, body = Import)))]
pub async fn bring(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<ImportQuery>,
    body: Body,
) -> Result<(StatusCode, Reply<Import>), ApiError> {
    api.allow(&caller, Deed::Records, caller.area, query.synthetic, "base import").await?;
    let brought = Brought {
        kind: kind_of(&api, &query.kind)?,
        name: query.file.chars().take(200).collect(),
        by: caller.actor.account.to_string(),
        area: caller.area,
        language: Language::of_word(&caller.language),
        synthetic: query.synthetic,
        // A file of tomorrow speaks of today.
        as_of: query.as_of.map(|at| Ms(at).min(api.platform.now())),
    };
    let choice = Choice {
        datum: datum_of(query.datum.as_deref())?,
        mapping: BTreeMap::new(),
        layer: query.layer.filter(|layer| !layer.is_empty()),
    };
    let (id, path) = api.imports.place();
    if let Err(error) = receive(&path, body).await {
        // Half a file is of no use; if it cannot be removed, the next start does it.
        drop(tokio::fs::remove_file(&path).await);
        return Err(error);
    }
    let import = api.imports.add(id, path, brought, choice);
    begin(&api, &import);
    Ok((StatusCode::ACCEPTED, Reply(shown(&import))))
}

async fn receive(path: &std::path::Path, body: Body) -> Result<(), ApiError> {
    let failed = |error: std::io::Error| {
        tracing::warn!(%error, "a file that was brought cannot be kept");
        ApiError::from(Code::Unavailable)
    };
    let mut file = tokio::fs::File::create(path).await.map_err(failed)?;
    let mut body = body.into_data_stream();
    let mut size = 0_u64;
    while let Some(chunk) = body.next().await {
        let chunk =
            chunk.map_err(|error| ApiError::with_detail(Code::Invalid, error.to_string()))?;
        size += chunk.len() as u64;
        if size > import::MAX_BYTES {
            return Err(Code::TooLarge.into());
        }
        file.write_all(&chunk).await.map_err(failed)?;
    }
    file.flush().await.map_err(failed)
}

/// Lets an import be worked on beside everything else.
fn begin(api: &Api, import: &Arc<import::Import>) {
    let (api, import) = (api.clone(), import.clone());
    let work = move || {
        let loading = import.state() == Stand::Loading;
        api.imports.work(&api.base, &import);
        (api, import, loading)
    };
    tokio::spawn(async move {
        let Ok((api, import, true)) = apart("helan-import", work).await else { return };
        let counts = &import.counts;
        let count = |counter: &std::sync::atomic::AtomicU64| {
            counter.load(std::sync::atomic::Ordering::Relaxed)
        };
        let object = format!(
            "{} from {}: {} created, {} updated, {} bad",
            import.brought.kind.key,
            import.brought.name,
            count(&counts.created),
            count(&counts.updated),
            count(&counts.bad)
        );
        let by = helan_kernel::event::Actor {
            account: import.brought.by.as_str().into(),
            name: "".into(),
        };
        let note = helan_kernel::event::AuditNote {
            by,
            what: "base import".into(),
            object,
            done: import.state() == Stand::Loaded,
            from: "import".into(),
        };
        if let Err(error) = api.platform.act(helan_kernel::Event::Audit(Box::new(note))).await {
            tracing::warn!(%error, "an import is not in the audit chain");
        }
    });
}

/// Imports of the caller's area, newest first.
#[utoipa::path(get, path = "/base/imports", tag = "base", responses((status = 200, body = [Import])))]
pub async fn list(State(api): State<Api>, caller: Caller) -> Result<Reply<Vec<Import>>, ApiError> {
    let all = api.imports.all();
    let own = all.iter().filter(|import| may_touch(&caller, import));
    Ok(Reply(own.map(|import| shown(import)).collect()))
}

/// A file is there for those who may write its records where it was brought.
fn may_touch(caller: &Caller, import: &import::Import) -> bool {
    let object = Object { area: import.brought.area, drill: import.brought.synthetic };
    check_deed(caller, Deed::Records, Some(object)).is_ok()
}

fn import_of(api: &Api, caller: &Caller, id: u64) -> Result<Arc<import::Import>, ApiError> {
    let import = api.imports.get(id).filter(|import| may_touch(caller, import));
    import.ok_or_else(|| Code::NotFound.into())
}

/// One import.
#[utoipa::path(get, path = "/base/imports/{id}", tag = "base", responses((status = 200, body = Import)))]
pub async fn import(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
) -> Result<Reply<Import>, ApiError> {
    Ok(Reply(shown(&*import_of(&api, &caller, id)?)))
}

/// Say how a file shall be read: it is looked through again.
#[utoipa::path(post, path = "/base/imports/{id}/check", tag = "base", request_body = ImportChoice,
    responses((status = 202, body = Import)))]
pub async fn check(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
    Json(choice): Json<ImportChoice>,
) -> Result<(StatusCode, Reply<Import>), ApiError> {
    let import = import_of(&api, &caller, id)?;
    let choice = Choice {
        datum: datum_of(choice.datum.as_deref())?,
        mapping: choice.mapping,
        layer: choice.layer.filter(|layer| !layer.is_empty()),
    };
    api.imports.choose(&import, choice)?;
    begin(&api, &import);
    Ok((StatusCode::ACCEPTED, Reply(shown(&import))))
}

/// Store the good rows of a file that was looked through.
#[utoipa::path(post, path = "/base/imports/{id}/load", tag = "base", responses((status = 202, body = Import)))]
pub async fn load(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
) -> Result<(StatusCode, Reply<Import>), ApiError> {
    let import = import_of(&api, &caller, id)?;
    api.imports.start_loading(&import)?;
    begin(&api, &import);
    Ok((StatusCode::ACCEPTED, Reply(shown(&import))))
}

/// End an import; what was stored until then stays.
#[utoipa::path(delete, path = "/base/imports/{id}", tag = "base", responses((status = 204)))]
pub async fn cancel(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
) -> Result<StatusCode, ApiError> {
    import_of(&api, &caller, id)?.cancel();
    Ok(StatusCode::NO_CONTENT)
}

/// The bad rows of a file with what is wrong with each, as CSV.
#[utoipa::path(get, path = "/base/imports/{id}/sheet", tag = "base",
    responses((status = 200, body = String, content_type = "text/csv")))]
pub async fn sheet(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
) -> Result<Response, ApiError> {
    let import = import_of(&api, &caller, id)?;
    let sheet = import.found().sheet.clone();
    if sheet.is_empty() {
        return Err(Code::NotFound.into());
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"import-{id}-faults.csv\"")),
    ];
    Ok((headers, sheet).into_response())
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::UnderWay | Refused::NotChecked => Code::WrongState.into(),
        }
    }
}

fn shown(import: &import::Import) -> Import {
    use std::sync::atomic::Ordering::Relaxed;
    let counts = &import.counts;
    let (rows, bad) = (counts.rows.load(Relaxed), counts.bad.load(Relaxed));
    let (state, why) = match import.state() {
        Stand::Checking => ("checking", String::new()),
        Stand::Checked => ("checked", String::new()),
        Stand::Loading => ("loading", String::new()),
        Stand::Loaded => ("loaded", String::new()),
        Stand::Cancelled => ("cancelled", String::new()),
        Stand::Failed(why) => ("failed", why),
    };
    let found = import.found();
    #[expect(clippy::cast_precision_loss, reason = "0 to 1000")]
    let progress = counts.progress.load(Relaxed) as f64 / 1000.0;
    Import {
        id: import.id,
        kind: import.brought.kind.key.clone(),
        file: import.brought.name.clone(),
        by: import.brought.by.clone(),
        state,
        why,
        progress,
        layers: found.layers.clone(),
        columns: found
            .columns
            .iter()
            .map(|(heading, field)| ImportColumn { heading: heading.clone(), field: field.clone() })
            .collect(),
        rows,
        good: rows.saturating_sub(bad),
        bad,
        created: counts.created.load(Relaxed),
        updated: counts.updated.load(Relaxed),
        same: counts.same.load(Relaxed),
        in_review: counts.in_review.load(Relaxed),
        faults: found.faults.clone(),
        first: found
            .first
            .iter()
            .map(|(row, faults)| ImportFault {
                row: *row,
                faults: faults.iter().map(Into::into).collect(),
            })
            .collect(),
    }
}
