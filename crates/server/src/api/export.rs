//! Records of the base database as files for other programs. Everything is bounded by the caller's area, and blurred as it is
//! everywhere else.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use bytes::{Bytes, BytesMut};
use futures_util::stream;
use helan_exchange::TableFormat;
use tokio::{io::AsyncReadExt, sync::OwnedSemaphorePermit};

use super::{
    Api,
    base::kind_of,
    error::{ApiError, Code},
    extract::Query,
    notices::sees_people,
    state::apart,
    wire::ExportQuery,
};
use crate::{
    access::Caller,
    jobs::export::{Failed, Format, Wanted},
    text::Language,
};

/// Bytes sent at once.
const CHUNK: usize = 64 * 1024;

/// Says that nobody waits any more, when the request is dropped.
struct Waiting(Arc<AtomicBool>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Objects as a file: XLSX, CSV, GeoJSON or GeoPackage.
#[utoipa::path(get, path = "/base/export", tag = "base", params(ExportQuery),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream")))]
pub async fn export(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<ExportQuery>,
) -> Result<Response, ApiError> {
    let format = match query.format.as_str() {
        "csv" => Format::Table(TableFormat::Csv { mark: query.bom.unwrap_or(true) }),
        "geojson" => Format::Table(TableFormat::GeoJson),
        "xlsx" => Format::Table(TableFormat::Xlsx),
        "gpkg" => Format::GeoPackage,
        _ => return Err(Code::OutOfRange.into()),
    };
    let kinds = match &query.kind {
        Some(kind) => vec![kind_of(&api, kind)?],
        None if format.holds_many() => api.base.kinds().iter().cloned().collect(),
        None => return Err(Code::OutOfRange.into()),
    };
    let wanted = Wanted {
        kinds,
        area: caller.part_of(query.area),
        format,
        private: sees_people(&caller, false),
        chinese: Language::of_word(&caller.language) == Language::Zh,
    };
    let area = wanted.area.map_or(0, |area| area.0);
    let name = format!("{}-{area}.{}", query.kind.as_deref().unwrap_or("base"), format.end());
    let cancelled = Arc::new(AtomicBool::new(false));
    let _waiting = Waiting(cancelled.clone());
    let open = api.exports.open.clone().try_acquire_owned().map_err(|_all| Code::TooMany)?;
    let _turn = api.exports.at_once.acquire().await.map_err(|_closed| Code::Unavailable)?;
    let shared = api.clone();
    let work = move || shared.exports.write(&shared.base, &wanted, &cancelled);
    let (file, count) = apart("helan-export", work).await??;
    let length = file.metadata().map(|about| about.len()).map_err(Failed::from)?;
    // Who took what is known before the first byte leaves.
    api.note(&caller, "base export", &format!("{name}: {count} objects"), true).await?;
    let headers = [
        (header::CONTENT_TYPE, format.media().to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CONTENT_LENGTH, length.to_string()),
    ];
    let file = (tokio::fs::File::from_std(file), open);
    let body = Body::from_stream(stream::try_unfold(file, chunk));
    Ok((headers, body).into_response())
}

/// A file that is being sent, and its place among those.
type Sent = (tokio::fs::File, OwnedSemaphorePermit);

async fn chunk(mut sent: Sent) -> std::io::Result<Option<(Bytes, Sent)>> {
    let mut bytes = BytesMut::with_capacity(CHUNK);
    let read = sent.0.read_buf(&mut bytes).await?;
    Ok((read > 0).then(|| (bytes.freeze(), sent)))
}

impl From<Failed> for ApiError {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::TooLarge => Code::TooLarge.into(),
            Failed::Cancelled => Code::Unavailable.into(),
            Failed::Disk(why) => {
                tracing::warn!(why, "an export cannot be written");
                Code::Unavailable.into()
            }
        }
    }
}
