//! Use of a grant: rows by page, and all of them as a file. Whoever asks shows the grant's token, and no session.
//!
//! A read is written down before its rows leave, and only if the grant still holds: what was taken back a moment ago gives
//! nothing any more.

use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use geo::{Centroid, Geometry, Intersects, Rect};
use helan_base::{
    Kind, RecordId, Value,
    share::{Place, Shared, open_row},
};
use helan_exchange::{Table, shape_to_json};
use helan_store::{
    accounts::TokenHash,
    base::Page,
    desk::sharing::{Barred, Grant, Read, Share},
};
use serde_json::json;

use super::{
    Api,
    base::kind_of,
    error::{ApiError, Code},
    extract::{Query, bbox},
    gate::bearer,
    state::blocking,
    wire::{ShareExtract, ShareItems},
};
use crate::{
    base::{BaseData, columns::value_json},
    releases::ReleaseError,
};

/// Rows of a page when nothing is asked for, and at most.
const LIMIT: u32 = 100;
const MAX_LIMIT: u32 = 1_000;
/// Largest file: what is larger is fetched page by page.
const MAX_EXTRACT: usize = 64 * 1024 * 1024;
/// Records that are read at once for a file; others may ask in between.
const CHUNK: usize = 500;

/// A grant that was opened with its token.
struct Opened {
    share: Share,
    /// Rows that it still gives today.
    rest: u64,
}

impl Opened {
    fn of(api: &Api, token: &TokenHash) -> Result<Self, ApiError> {
        let (share, rest) = api.desk.open_share(token, api.platform.now())??;
        Ok(Self { share, rest })
    }

    fn grant(&self) -> Result<&Grant, ApiError> {
        self.share.grant.as_ref().ok_or_else(|| Code::Unauthenticated.into())
    }

    /// Writes the read down; its rows may leave.
    fn note(&self, api: &Api, way: &str, rows: usize, bytes: usize) -> Result<(), ApiError> {
        let at = api.platform.now();
        let (rows, bytes) = (rows as u64, bytes as u64);
        Ok(api.desk.note_read(self.share.id, &Read { at, way: way.to_owned(), rows, bytes })??)
    }
}

impl From<Barred> for ApiError {
    fn from(barred: Barred) -> Self {
        match barred {
            Barred::Unknown => Code::Unauthenticated.into(),
            Barred::Revoked => Self::with_detail(Code::Forbidden, "revoked"),
            Barred::Expired => Self::with_detail(Code::Forbidden, "expired"),
            Barred::Quota => Self::with_detail(Code::TooMany, "quota of the day"),
        }
    }
}

impl From<ReleaseError> for ApiError {
    fn from(error: ReleaseError) -> Self {
        match error {
            ReleaseError::TooMany(error) => Self::with_detail(Code::TooLarge, error.to_string()),
            ReleaseError::Store(error) => error.into(),
        }
    }
}

fn token_of(headers: &HeaderMap) -> Result<TokenHash, ApiError> {
    Ok(TokenHash::of(&bearer(headers).ok_or(Code::Unauthenticated)?))
}

/// Rows of a grant, as GeoJSON.
#[utoipa::path(get, path = "/share/items", tag = "sharing", params(ShareItems),
    responses((status = 200, body = Object, content_type = "application/geo+json")))]
pub async fn items(
    State(api): State<Api>,
    headers: HeaderMap,
    Query(query): Query<ShareItems>,
) -> Result<Response, ApiError> {
    let token = token_of(&headers)?;
    let bbox = query.bbox.as_deref().map(bbox).transpose()?;
    let limit = query.limit.unwrap_or(LIMIT).clamp(1, MAX_LIMIT);
    let text = blocking(move || {
        let opened = Opened::of(&api, &token)?;
        let kind = kind_of(&api, &opened.share.request.kind)?;
        let most = usize::try_from(opened.rest).unwrap_or(usize::MAX).min(limit as usize);
        let after = query.after.unwrap_or_default();
        let (rows, next) = page(&api, &kind, &opened, bbox, &after, most)?;
        let grant = opened.grant()?;
        let features: Vec<_> = rows.iter().map(feature).collect();
        let text = json!({
            "type": "FeatureCollection",
            "numberReturned": features.len(),
            "features": features,
            "next": next,
            "terms": {
                "grant": opened.share.id, "kind": kind.key, "fields": grant.terms.fields, "area": grant.terms.area,
                "expires": grant.expires.0, "purpose": opened.share.request.purpose,
            },
        })
        .to_string();
        opened.note(&api, "items", rows.len(), text.len())?;
        Ok::<_, ApiError>(text)
    })
    .await??;
    Ok(([(header::CONTENT_TYPE, "application/geo+json")], text).into_response())
}

/// One page, and the cursor of the next one.
fn page(
    api: &Api,
    kind: &Kind,
    opened: &Opened,
    bbox: Option<Rect>,
    after: &str,
    most: usize,
) -> Result<(Vec<Shared>, Option<String>), ApiError> {
    let grant = opened.grant()?;
    // Whoever may not see places must not find them by asking for boxes.
    if bbox.is_some() && !grant.terms.fields.iter().any(|field| field == "place") {
        return Err(ApiError::with_detail(Code::OutOfRange, "bbox"));
    }
    if kind.is_private() {
        let release =
            api.releases.of(&api.base, kind, (opened.share.id, grant), api.platform.now())?;
        let inside = |row: &Shared| match (bbox, &row.place) {
            (None, _) => true,
            // Asked of what is told, so that boxes tell no more than the rows.
            (Some(bbox), Place::Cell(cell)) => bbox.intersects(&cell.middle()),
            (Some(_), _) => false,
        };
        let rows: Vec<Shared> = release.after(after).filter(inside).take(most + 1).collect();
        return Ok(cut(rows, most, |row| row.key.clone()));
    }
    let after = if after.is_empty() { Ok(0) } else { after.parse() };
    let after = after.map_err(|_bad| ApiError::with_detail(Code::Invalid, "after"))?;
    let stored = open_page(&api.base, kind, grant, bbox, RecordId(after), most + 1)?;
    let (rows, next) = cut(stored, most, |(id, _)| id.0.to_string());
    Ok((rows.into_iter().map(|(_, row)| row).collect(), next))
}

/// Of one row more than wanted the cursor of the last wanted one, when there are more.
fn cut<T>(
    mut rows: Vec<T>,
    most: usize,
    cursor: impl Fn(&T) -> String,
) -> (Vec<T>, Option<String>) {
    let more = rows.len() > most;
    rows.truncate(most);
    let next = rows.last().filter(|_| more).map(cursor);
    (rows, next)
}

fn open_page(
    base: &BaseData,
    kind: &Kind,
    grant: &Grant,
    bbox: Option<Rect>,
    after: RecordId,
    most: usize,
) -> Result<Vec<(RecordId, Shared)>, ApiError> {
    let area = grant.terms.area;
    let Some(bbox) = bbox else {
        let stored = base.read().list(&kind.key, Page { area, after, most })?;
        let rows = stored.iter().map(|s| (s.id, open_row(kind, &grant.terms, &s.record)));
        return Ok(rows.collect());
    };
    let number = base.number(&kind.key).ok_or(Code::NotFound)?;
    let mut ids: Vec<RecordId> = base
        .catalogue()
        .in_box(bbox.min(), bbox.max(), |kind, own| kind == number && area.contains(own))
        .filter(|(_, shape)| shape.is_none_or(|shape| bbox.intersects(shape)))
        .map(|(found, _)| found.id)
        .filter(|id| *id > after)
        .collect();
    ids.sort_unstable();
    let reader = base.read();
    let mut rows = Vec::new();
    for id in ids {
        // It may have been taken away, or moved elsewhere, this moment.
        if let Some(stored) = reader.get_by_id(&kind.key, id)?
            && area.contains(stored.record.area)
        {
            rows.push((id, open_row(kind, &grant.terms, &stored.record)));
            if rows.len() == most {
                break;
            }
        }
    }
    Ok(rows)
}

fn feature(row: &Shared) -> serde_json::Value {
    let mut properties: serde_json::Map<String, serde_json::Value> =
        row.values.iter().map(|(key, value)| (key.clone(), value_json(value))).collect();
    properties.insert("key".to_owned(), row.key.clone().into());
    properties.insert("area".to_owned(), row.area.0.into());
    let geometry = match &row.place {
        Place::None => serde_json::Value::Null,
        Place::Shape(shape) => shape_to_json(shape),
        Place::Cell(cell) => {
            properties.insert("cell_degrees".to_owned(), cell.side.into());
            shape_to_json(&Geometry::Point(cell.middle().into()))
        }
    };
    json!({ "type": "Feature", "geometry": geometry, "properties": properties })
}

/// A file under way.
enum File {
    Csv { table: Box<Table>, fields: Vec<String>, placed: bool },
    GeoJson(String),
}

impl File {
    fn new(format: Option<&str>, grant: &Grant) -> Result<Self, ApiError> {
        match format {
            None | Some("csv") => {
                let fields: Vec<String> =
                    grant.terms.fields.iter().filter(|f| *f != "place").cloned().collect();
                let placed = fields.len() < grant.terms.fields.len();
                let places = if placed { &["lon", "lat", "cell_degrees"][..] } else { &[] };
                let heading = ["key", "area"].into_iter();
                let heading = heading.chain(fields.iter().map(String::as_str));
                let table = Box::new(Table::new(heading.chain(places.iter().copied())));
                Ok(Self::Csv { table, fields, placed })
            }
            Some("geojson") => {
                Ok(Self::GeoJson("{\"type\":\"FeatureCollection\",\"features\":[".to_owned()))
            }
            Some(_) => Err(ApiError::with_detail(Code::OutOfRange, "format")),
        }
    }

    fn add(&mut self, row: &Shared) -> Result<(), ApiError> {
        let len = match self {
            Self::Csv { table, fields, placed } => {
                let mut cells = vec![row.key.clone(), row.area.0.to_string()];
                let told = |field: &String| row.values.get(field).map_or_else(String::new, words);
                cells.extend(fields.iter().map(told));
                if *placed {
                    let (at, side) = match &row.place {
                        Place::None => (None, None),
                        Place::Shape(shape) => (shape.centroid().map(|at| at.0), None),
                        Place::Cell(cell) => (Some(cell.middle()), Some(cell.side)),
                    };
                    let number = |n: Option<f64>| n.map_or_else(String::new, |n| n.to_string());
                    let (lon, lat) = (at.map(|at| at.x), at.map(|at| at.y));
                    cells.extend([number(lon), number(lat), number(side)]);
                }
                table.add(cells.iter().map(String::as_str));
                table.len()
            }
            Self::GeoJson(text) => {
                if text.ends_with('}') {
                    text.push(',');
                }
                text.push_str(&feature(row).to_string());
                text.len()
            }
        };
        if len > MAX_EXTRACT { Err(Code::TooLarge.into()) } else { Ok(()) }
    }

    fn finish(self) -> (Vec<u8>, &'static str, &'static str) {
        match self {
            Self::Csv { table, .. } => (table.bytes(), "text/csv; charset=utf-8", "csv"),
            Self::GeoJson(mut text) => {
                text.push_str("]}");
                (text.into_bytes(), "application/geo+json", "geojson")
            }
        }
    }
}

fn words(value: &Value) -> String {
    match value {
        Value::Empty => String::new(),
        Value::Text(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Whole(whole) => whole.to_string(),
        Value::Flag(flag) => flag.to_string(),
        Value::Date(date) => date.to_string(),
    }
}

/// All rows of a grant as a file.
#[utoipa::path(get, path = "/share/extract", tag = "sharing", params(ShareExtract),
    responses((status = 200, body = String, content_type = "text/csv")))]
pub async fn extract(
    State(api): State<Api>,
    headers: HeaderMap,
    Query(query): Query<ShareExtract>,
) -> Result<Response, ApiError> {
    let token = token_of(&headers)?;
    let (bytes, content, name) = blocking(move || {
        let opened = Opened::of(&api, &token)?;
        let kind = kind_of(&api, &opened.share.request.kind)?;
        let grant = opened.grant()?;
        let mut file = File::new(query.format.as_deref(), grant)?;
        let mut rows = 0;
        let mut add = |row: &Shared| {
            rows += 1;
            if rows as u64 > opened.rest { Err(Barred::Quota.into()) } else { file.add(row) }
        };
        if kind.is_private() {
            let made =
                api.releases.of(&api.base, &kind, (opened.share.id, grant), api.platform.now())?;
            made.after("").try_for_each(|row| add(&row))?;
        } else {
            let mut after = RecordId(0);
            loop {
                let part = open_page(&api.base, &kind, grant, None, after, CHUNK)?;
                let Some((last, _)) = part.last() else { break };
                after = *last;
                part.iter().try_for_each(|(_, row)| add(row))?;
            }
        }
        let (bytes, content, end) = file.finish();
        opened.note(&api, end, rows, bytes.len())?;
        Ok::<_, ApiError>((bytes, content, format!("{}-{}.{end}", kind.key, opened.share.id)))
    })
    .await??;
    let name = format!("attachment; filename=\"{name}\"");
    let headers = [(header::CONTENT_TYPE, content.to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, bytes).into_response())
}
