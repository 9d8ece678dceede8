//! The objects of the base database as vector tiles for the map, bounded by the caller's area.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use geo::Rect;
use helan_base::{Kind, RecordId};
use helan_exchange::{Dot, Tag, TileError, TileId, TileWriter, heaps};
use helan_kernel::AreaCode;

use super::{
    Api,
    base::rough_in,
    error::{ApiError, Code},
    extract::{Path, Query},
    map::{etag, tagged},
    notices::sees_people,
    state::blocking,
    wire::BaseTile,
};
use crate::{access::Caller, base::BaseData};

/// From this zoom on dots bear their names: before it nobody could read them.
const NAMES: u8 = 14;
/// Tiles that are kept: a screen shows a dozen, and a duty room has a dozen screens.
const KEPT: usize = 1024;
const KIND: &str = "application/vnd.mapbox-vector-tile";

/// What was asked.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Asked {
    tile: TileId,
    area: AreaCode,
    /// The wanted kinds in order; none for all.
    kinds: Option<Vec<u16>>,
    /// Whether homes stand where they are, and dots bear names.
    private: bool,
}

/// A tile that was made.
#[derive(Clone)]
struct Made {
    version: u64,
    etag: String,
    bytes: Bytes,
}

/// Tiles that were made, until something changes.
#[derive(Default)]
pub struct TileCache(Mutex<HashMap<Asked, Made>>);

impl TileCache {
    fn get(&self, asked: &Asked, version: u64) -> Option<Made> {
        let made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        made.get(asked).filter(|made| made.version == version).cloned()
    }

    fn put(&self, asked: Asked, fresh: Made) {
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if made.len() >= KEPT {
            made.clear();
        }
        made.insert(asked, fresh);
    }
}

/// The objects in a tile of the Web Mercator grid: layers `dots`, `lines` and `grounds` with `kind`, `domain`, `n` (how many
/// became one) and, close up, `name`.
#[utoipa::path(get, path = "/base/tiles/{z}/{x}/{y}", tag = "base", params(BaseTile),
    responses((status = 200, content_type = "application/vnd.mapbox-vector-tile")))]
pub async fn tile(
    State(api): State<Api>,
    caller: Caller,
    headers: HeaderMap,
    Path((z, x, y)): Path<(u8, u32, u32)>,
    Query(query): Query<BaseTile>,
) -> Result<Response, ApiError> {
    let tile = TileId::new(z, x, y).ok_or(Code::NotFound)?;
    let kinds = query.kinds.as_deref().map(|kinds| numbers(&api, kinds)).transpose()?;
    let private = sees_people(&caller, false);
    let asked = Asked { tile, area: caller.area, kinds, private };
    // Read before the objects are: a tile that is newer than its number is made once more, never shown for too long.
    let version = api.base.changes().generation();
    let made = match api.tiles.get(&asked, version) {
        Some(made) => made,
        None => {
            let (shared, wanted) = (api.clone(), asked.clone());
            let bytes = blocking(move || make(&shared.base, &wanted))
                .await?
                .map_err(|error| ApiError::with_detail(Code::Internal, error.to_string()))?;
            let made = Made { version, etag: etag(&bytes), bytes: bytes.into() };
            api.tiles.put(asked, made.clone());
            made
        }
    };
    let mut response = tagged(&headers, &made.etag, made.bytes, KIND);
    // The map asks again when it is moved; whether anything is new costs no bytes.
    let fresh = HeaderValue::from_static("private, no-cache");
    response.headers_mut().insert(header::CACHE_CONTROL, fresh);
    Ok(response)
}

fn numbers(api: &Api, kinds: &str) -> Result<Vec<u16>, ApiError> {
    let words = kinds.split(',').filter(|kind| !kind.is_empty());
    let numbers = words.map(|kind| api.base.number(kind).ok_or_else(|| Code::NotFound.into()));
    let mut numbers = numbers.collect::<Result<Vec<u16>, ApiError>>()?;
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

fn make(base: &BaseData, asked: &Asked) -> Result<Vec<u8>, TileError> {
    let tile = asked.tile;
    let (min, max) = tile.bounds();
    let wanted = |kind: u16, area: AreaCode| {
        let kinds = asked.kinds.as_ref();
        asked.area.contains(area) && kinds.is_none_or(|kinds| kinds.binary_search(&kind).is_ok())
    };
    // Homes are told roughly to those who may not see people: in the middle of their cells.
    let is_rough = |kind: u16| !asked.private && base.kind(kind).is_some_and(|k| k.private_place);
    let names = tile.zoom() >= NAMES && asked.private;
    let domains: Vec<u16> = base.kinds().iter().map(|kind| kind.domain as u16).collect();
    let group = |kind: u16| domains.get(usize::from(kind)).copied().unwrap_or(0);
    let catalogue = base.catalogue();
    let mut writer = TileWriter::new(tile);
    let mut dots = Vec::new();
    let open = |kind: u16, area: AreaCode| !is_rough(kind) && wanted(kind, area);
    for (within, shape) in catalogue.in_box(min, max, open) {
        let id = u64::try_from(within.id.0).unwrap_or(0);
        if let Some(shape) = shape.filter(|shape| tile.shows(shape))
            && let Some(kind) = base.kind(within.kind)
        {
            let name = catalogue.name_of(within.id).filter(|_| names);
            writer.shape(id, shape, &tags(kind, 1, name))?;
        } else {
            let kind = within.kind;
            dots.push(Dot { id, at: within.at, group: group(kind), kind });
        }
    }
    let rough = |kind: u16, area: AreaCode| is_rough(kind) && wanted(kind, area);
    if !asked.private {
        for (within, at) in rough_in(&catalogue, Rect::new(min, max), rough) {
            let (id, kind) = (u64::try_from(within.id.0).unwrap_or(0), within.kind);
            dots.push(Dot { id, at, group: group(kind), kind });
        }
    }
    for heap in heaps(tile, dots) {
        let Some(kind) = base.kind(heap.first.kind) else { continue };
        let id = RecordId(i64::try_from(heap.first.id).unwrap_or(0));
        let name = catalogue.name_of(id).filter(|_| names && heap.count == 1);
        writer.heap(&heap, &tags(kind, heap.count, name))?;
    }
    writer.bytes()
}

fn tags<'a>(kind: &'a Kind, count: u32, name: Option<&'a str>) -> Vec<(&'static str, Tag<'a>)> {
    let mut tags = vec![("domain", Tag::Text(kind.domain.word())), ("n", Tag::Count(count))];
    if count == 1 {
        tags.push(("kind", Tag::Text(&kind.key)));
        tags.extend(name.map(|name| ("name", Tag::Text(name))));
    }
    tags
}
