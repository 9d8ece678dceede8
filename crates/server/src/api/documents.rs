//! Photos and papers about objects of the base database. They may show people: who may not see people sees none of them.

use axum::{
    Json as Reply,
    body::Body,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use helan_store::documents::NewDocument;

use super::{
    Api,
    base::{kind_of, may_write},
    error::{ApiError, Code},
    extract::{Path, Query},
    notices::sees_people,
    state::blocking,
    wire::{BaseDocument, DocumentQuery},
};
use crate::access::Caller;

/// Largest document: a photo of a telephone, a scanned plan.
const MAX_BYTES: usize = 20 * 1024 * 1024;
/// Documents of one object.
const MOST: u32 = 50;
/// Longest name.
const MAX_NAME: usize = 200;

/// What a document is, by its first bytes: its name may say anything.
fn media(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        [b'%', b'P', b'D', b'F', b'-', ..] => Some("application/pdf"),
        _ => None,
    }
}

/// The object, if the caller may see it and what is filed with it.
async fn seen(api: &Api, caller: &Caller, kind: &str, key: &str) -> Result<(), ApiError> {
    let kind = kind_of(api, kind)?;
    let (base, key) = (api.clone(), key.to_owned());
    let stored = blocking(move || base.base.get(&kind, &key)).await??;
    stored.filter(|stored| caller.sees(stored.record.area)).ok_or(Code::NotFound)?;
    if sees_people(caller, false) { Ok(()) } else { Err(Code::Forbidden.into()) }
}

/// The documents of an object.
#[utoipa::path(get, path = "/base/objects/{kind}/{key}/documents", tag = "base",
    responses((status = 200, body = [BaseDocument])))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path((kind, key)): Path<(String, String)>,
) -> Result<Reply<Vec<BaseDocument>>, ApiError> {
    seen(&api, &caller, &kind, &key).await?;
    let all = blocking(move || api.documents.of(&kind, &key)).await??;
    Ok(Reply(all.iter().map(Into::into).collect()))
}

/// File a photo (JPEG, PNG, WebP) or a PDF with an object; the body is the document.
#[utoipa::path(post, path = "/base/objects/{kind}/{key}/documents", tag = "base", params(DocumentQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = BaseDocument)))]
pub async fn bring(
    State(api): State<Api>,
    caller: Caller,
    Path((kind, key)): Path<(String, String)>,
    Query(query): Query<DocumentQuery>,
    body: Body,
) -> Result<(StatusCode, Reply<BaseDocument>), ApiError> {
    seen(&api, &caller, &kind, &key).await?;
    may_write(&api, &caller, &kind_of(&api, &kind)?, &key, false).await?;
    let bytes = axum::body::to_bytes(body, MAX_BYTES).await.map_err(|_too_large| Code::TooLarge)?;
    let found = media(&bytes);
    let media =
        found.ok_or_else(|| ApiError::with_detail(Code::Invalid, "JPEG, PNG, WebP, PDF"))?;
    let name: String = query.name.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect();
    let object = format!("{kind} {key}: {name}");
    let (shared, by, at) = (api.clone(), caller.actor.account.to_string(), api.platform.now());
    let document = blocking(move || {
        let new = NewDocument {
            kind: &kind,
            object: &key,
            name: &name,
            media,
            by: &by,
            at,
            bytes: &bytes,
        };
        let id = shared.documents.put(&new, MOST)?.ok_or(Code::LimitReached)?;
        let found = shared.documents.of(&kind, &key)?.into_iter().find(|known| known.id == id);
        found.ok_or_else(|| ApiError::from(Code::Internal))
    })
    .await??;
    api.note(&caller, "document put", &object, true).await?;
    Ok((StatusCode::CREATED, Reply((&document).into())))
}

/// A document itself.
#[utoipa::path(get, path = "/base/objects/{kind}/{key}/documents/{id}", tag = "base",
    responses((status = 200, content_type = "application/octet-stream")))]
pub async fn content(
    State(api): State<Api>,
    caller: Caller,
    Path((kind, key, id)): Path<(String, String, i64)>,
) -> Result<Response, ApiError> {
    seen(&api, &caller, &kind, &key).await?;
    let found = blocking(move || api.documents.get(id)).await??;
    let own = found.filter(|(about, _)| about.kind == kind && about.object == key);
    let (about, bytes) = own.ok_or(Code::NotFound)?;
    let kind = HeaderValue::from_str(&about.media).map_err(|_bad| Code::Internal)?;
    let mut response = (StatusCode::OK, bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, kind);
    // Never a page of ours, whatever is in it.
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=3600"));
    Ok(response)
}

/// Take a document away.
#[utoipa::path(delete, path = "/base/objects/{kind}/{key}/documents/{id}", tag = "base",
    responses((status = 204)))]
pub async fn remove(
    State(api): State<Api>,
    caller: Caller,
    Path((kind, key, id)): Path<(String, String, i64)>,
) -> Result<StatusCode, ApiError> {
    seen(&api, &caller, &kind, &key).await?;
    may_write(&api, &caller, &kind_of(&api, &kind)?, &key, false).await?;
    let object = format!("{kind} {key}: {id}");
    let shared = api.clone();
    blocking(move || {
        let known = shared.documents.of(&kind, &key)?.iter().any(|known| known.id == id);
        if known && shared.documents.remove(id)? { Ok(()) } else { Err(Code::NotFound.into()) }
    })
    .await?
    .map_err(|error: ApiError| error)?;
    api.note(&caller, "document remove", &object, true).await?;
    Ok(StatusCode::NO_CONTENT)
}
