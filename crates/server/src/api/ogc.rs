//! The base database as OGC API – Features (OGC 17-069r4): every kind is a collection, bounded by the caller's area.
//!
//! For programs such as QGIS, which ask with a token (`Authorization: Bearer`). Coordinates are WGS-84, longitude first (CRS84).

use std::collections::BTreeMap;

use axum::{
    Json as Reply,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use geo::{Intersects, Rect};
use helan_base::{Kind, RecordId};
use helan_exchange::{Filter, FilterLanguage};
use helan_kernel::AreaCode;
use helan_store::base::{Page as Part, Stored};
use serde_json::{Value, json};

use super::{
    Api,
    base::{kind_of, rough_in},
    error::{ApiError, Code},
    extract::{Path, Query, bbox},
    notices::sees_people,
    state::blocking,
    wire::BaseObject,
};
use crate::{access::Caller, base::BaseData};

/// Items of a page when nothing is asked for, and at most (requirement /rec/core/fc-limit…: a limit of the server).
const LIMIT: usize = 100;
const MAX_LIMIT: usize = 10_000;
/// Records that one page looks through for a filter; the rest with the next page.
const LOOKED: usize = 50_000;
/// Names of the parameters that are no filters.
const OWN: [&str; 9] =
    ["bbox", "limit", "after", "f", "datetime", "crs", "filter", "filter-lang", "filter-crs"];
/// Facts beside the fields of a kind that items can be filtered by.
const COMMON: [&str; 9] =
    ["key", "name", "area", "address", "post", "synthetic", "stale", "checked_at", "changed_at"];

const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";

/// The address under which the caller knows the interface.
fn root(headers: &HeaderMap) -> String {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST).unwrap_or("localhost");
    // A proxy in front of the platform speaks TLS and says so.
    let scheme = match text(header::HeaderName::from_static("x-forwarded-proto")) {
        Some("https") => "https",
        _ => "http",
    };
    format!("{scheme}://{host}/api/v1/ogc")
}

fn link(href: String, rel: &str, kind: &str, title: &str) -> Value {
    json!({ "href": href, "rel": rel, "type": kind, "title": title })
}

/// The landing page.
#[utoipa::path(get, path = "/ogc", tag = "ogc", responses((status = 200, body = Object)))]
pub async fn landing(headers: HeaderMap) -> Reply<Value> {
    let root = root(&headers);
    Reply(json!({
        "title": "Helan 贺兰",
        "description": "应急基础数据库 · the emergency base database",
        "links": [
            link(root.clone(), "self", "application/json", "this document"),
            link(format!("{root}/api"), "service-desc", "application/vnd.oai.openapi+json;version=3.0", "the interface"),
            link(format!("{root}/conformance"), "conformance", "application/json", "conformance classes"),
            link(format!("{root}/collections"), "data", "application/json", "collections"),
        ],
    }))
}

/// The description of the interface.
#[utoipa::path(get, path = "/ogc/api", tag = "ogc", responses((status = 200, body = Object)))]
pub async fn api() -> Response {
    let headers = [(header::CONTENT_TYPE, "application/vnd.oai.openapi+json;version=3.0")];
    (headers, super::openapi().to_json().unwrap_or_default()).into_response()
}

/// What of the standard is kept.
#[utoipa::path(get, path = "/ogc/conformance", tag = "ogc", responses((status = 200, body = Object)))]
pub async fn conformance() -> Reply<Value> {
    let part1 = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf";
    let part3 = "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf";
    let cql2 = "http://www.opengis.net/spec/cql2/1.0/conf";
    Reply(json!({ "conformsTo": [
        format!("{part1}/core"), format!("{part1}/geojson"), format!("{part1}/oas30"),
        format!("{part3}/queryables"), format!("{part3}/filter"), format!("{part3}/features-filter"),
        format!("{cql2}/cql2-text"), format!("{cql2}/cql2-json"), format!("{cql2}/basic-cql2"),
        format!("{cql2}/advanced-comparison-operators"), format!("{cql2}/basic-spatial-functions"),
    ] }))
}

fn collection(root: &str, kind: &Kind, chinese: bool) -> Value {
    let at = format!("{root}/collections/{}", kind.key);
    let title = if chinese { &kind.name.zh } else { &kind.name.en };
    json!({
        "id": kind.key,
        "title": title,
        "description": format!("{} · {}", kind.name.zh, kind.name.en),
        "itemType": "feature",
        "crs": [CRS84],
        "links": [
            link(at.clone(), "self", "application/json", title),
            link(format!("{at}/items"), "items", "application/geo+json", title),
            link(format!("{at}/queryables"), "http://www.opengis.net/def/rel/ogc/1.0/queryables", "application/schema+json", title),
        ],
    })
}

/// The kinds as collections.
#[utoipa::path(get, path = "/ogc/collections", tag = "ogc", responses((status = 200, body = Object)))]
pub async fn collections(
    State(api): State<Api>,
    caller: Caller,
    headers: HeaderMap,
) -> Reply<Value> {
    let root = root(&headers);
    let chinese = &*caller.language != "en";
    let all: Vec<Value> =
        api.base.kinds().iter().map(|kind| collection(&root, kind, chinese)).collect();
    let own = link(format!("{root}/collections"), "self", "application/json", "collections");
    Reply(json!({ "links": [own], "collections": all }))
}

/// One collection.
#[utoipa::path(get, path = "/ogc/collections/{kind}", tag = "ogc", responses((status = 200, body = Object)))]
pub async fn one(
    State(api): State<Api>,
    caller: Caller,
    headers: HeaderMap,
    Path(kind): Path<String>,
) -> Result<Reply<Value>, ApiError> {
    let kind = kind_of(&api, &kind)?;
    Ok(Reply(collection(&root(&headers), &kind, &*caller.language != "en")))
}

/// By what the items of a collection can be filtered.
#[utoipa::path(get, path = "/ogc/collections/{kind}/queryables", tag = "ogc", responses((status = 200, body = Object)))]
pub async fn queryables(
    State(api): State<Api>,
    Path(kind): Path<String>,
) -> Result<Reply<Value>, ApiError> {
    use helan_base::What;
    let kind = kind_of(&api, &kind)?;
    let own = COMMON.map(|name| {
        let r#type = match name {
            "area" | "checked_at" | "changed_at" => "integer",
            "synthetic" | "stale" => "boolean",
            _ => "string",
        };
        (name.to_owned(), json!({ "type": r#type }))
    });
    let shape = ("geometry".to_owned(), json!({ "format": "geometry-any" }));
    let fields = kind.fields.iter().map(|field| {
        let r#type = match field.what {
            What::Text { .. } | What::Phone | What::Choice { .. } | What::Date => "string",
            What::Number { .. } => "number",
            What::Whole { .. } => "integer",
            What::Flag => "boolean",
        };
        (field.key.clone(), json!({ "type": r#type, "title": field.name.zh }))
    });
    let properties: serde_json::Map<String, Value> =
        own.into_iter().chain(fields).chain([shape]).collect();
    Ok(Reply(json!({
        "$schema": "https://json-schema.org/draft/2019-09/schema", "type": "object", "properties": properties,
    })))
}

/// What a page is asked for.
struct Asked {
    bbox: Option<Rect>,
    limit: usize,
    after: RecordId,
    /// Property → value, as text.
    filters: Vec<(String, String)>,
    /// Part 3.
    filter: Option<Filter>,
}

impl Asked {
    fn of(kind: &Kind, query: &BTreeMap<String, String>) -> Result<Self, ApiError> {
        let wrong = |name: &str| ApiError::with_detail(Code::Invalid, name.to_owned());
        let bbox = query.get("bbox").map(|text| bbox(text)).transpose()?;
        let number = |name: &str| {
            query.get(name).map(|text| text.parse::<u64>().map_err(|_bad| wrong(name)))
        };
        let limit = number("limit").transpose()?.unwrap_or(LIMIT as u64);
        if limit == 0 {
            return Err(wrong("limit"));
        }
        let after = number("after").transpose()?.unwrap_or(0);
        let mut filters = Vec::new();
        for (name, value) in query {
            if OWN.contains(&name.as_str()) {
                continue;
            }
            let known = COMMON.contains(&name.as_str());
            // A parameter that is not known must be refused (requirement /req/core/query-param-unknown).
            if !known && kind.place(name).is_none() {
                return Err(wrong(name));
            }
            filters.push((name.clone(), value.clone()));
        }
        if query.get("filter-crs").is_some_and(|crs| crs != CRS84) {
            return Err(wrong("filter-crs"));
        }
        let language = match query.get("filter-lang").map(String::as_str) {
            None | Some("cql2-text") => FilterLanguage::Text,
            Some("cql2-json") => FilterLanguage::Json,
            Some(_) => return Err(wrong("filter-lang")),
        };
        let names = COMMON.into_iter().chain(kind.fields.iter().map(|field| &*field.key));
        let names = names.collect();
        let filter = query.get("filter").map(|text| Filter::read(text, language, &names));
        let filter = filter
            .transpose()
            .map_err(|error| ApiError::with_detail(Code::Invalid, error.to_string()))?;
        Ok(Self {
            filter,
            bbox,
            limit: usize::try_from(limit).unwrap_or(MAX_LIMIT).min(MAX_LIMIT),
            after: RecordId(i64::try_from(after).unwrap_or(i64::MAX)),
            filters,
        })
    }

    /// Whether an item has what is asked for. Compared with what is shown: what is blurred cannot be asked out.
    fn fits(&self, object: &BaseObject) -> bool {
        self.has(object) && self.filter.as_ref().is_none_or(|filter| filter.fits(&feature(object)))
    }

    fn has(&self, object: &BaseObject) -> bool {
        self.filters.iter().all(|(name, wanted)| {
            let is = match name.as_str() {
                "key" => Value::from(object.key.clone()),
                "name" => Value::from(object.name.clone()),
                "area" => Value::from(object.area),
                "address" => Value::from(object.address.clone()),
                "post" => Value::from(object.post.clone()),
                "synthetic" => Value::from(object.synthetic),
                "stale" => Value::from(object.stale),
                "checked_at" => Value::from(object.checked_at),
                "changed_at" => Value::from(object.changed_at),
                field => object.values.get(field).cloned().unwrap_or_default(),
            };
            match is {
                Value::String(text) => text == *wanted,
                Value::Number(number) => wanted.parse().is_ok_and(|wanted: f64| {
                    number.as_f64().is_some_and(|n| (n - wanted).abs() == 0.0)
                }),
                Value::Bool(flag) => wanted.parse() == Ok(flag),
                Value::Null | Value::Array(_) | Value::Object(_) => false,
            }
        })
    }
}

/// Items of a collection.
#[utoipa::path(get, path = "/ogc/collections/{kind}/items", tag = "ogc",
    params(("bbox" = Option<String>, Query), ("limit" = Option<u32>, Query), ("after" = Option<u64>, Query),
        ("filter" = Option<String>, Query), ("filter-lang" = Option<String>, Query)),
    responses((status = 200, body = Object, content_type = "application/geo+json")))]
pub async fn items(
    State(api): State<Api>,
    caller: Caller,
    headers: HeaderMap,
    Path(key): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Response, ApiError> {
    let kind = kind_of(&api, &key)?;
    let asked = Asked::of(&kind, &query)?;
    let (now, private) = (api.platform.now().0, sees_people(&caller, false));
    let root = root(&headers);
    let shared = api.clone();
    let of_kind = kind.clone();
    let area = caller.area;
    let (items, next) = blocking(move || {
        let show = |stored: &Stored| BaseObject::of(&of_kind, stored, now, private);
        page(&shared.base, &of_kind, area, &asked, private, show)
    })
    .await??;
    let at = format!("{root}/collections/{}/items", kind.key);
    let mut links =
        vec![link(with(&at, &query, None), "self", "application/geo+json", "this page")];
    if let Some(after) = next {
        links.push(link(
            with(&at, &query, Some(after)),
            "next",
            "application/geo+json",
            "next page",
        ));
    }
    let features: Vec<Value> = items.iter().map(feature).collect();
    Ok(geo_json(&json!({
        "type": "FeatureCollection",
        "numberReturned": features.len(),
        "features": features,
        "links": links,
    })))
}

/// One page, and after which record the next one begins.
fn page(
    base: &BaseData,
    kind: &Kind,
    area: AreaCode,
    asked: &Asked,
    private: bool,
    show: impl Fn(&Stored) -> BaseObject,
) -> Result<(Vec<BaseObject>, Option<i64>), ApiError> {
    let mut items = Vec::new();
    let mut looked = 0;
    if let Some(bbox) = asked.bbox {
        let number = base.number(&kind.key).ok_or(Code::NotFound)?;
        let wanted = |kind, own| kind == number && area.contains(own);
        let catalogue = base.catalogue();
        let mut ids: Vec<RecordId> = if kind.private_place && !private {
            rough_in(&catalogue, bbox, wanted).map(|(found, _)| found.id).collect()
        } else {
            catalogue
                .in_box(bbox.min(), bbox.max(), wanted)
                .filter(|(_, shape)| shape.is_none_or(|shape| bbox.intersects(shape)))
                .map(|(found, _)| found.id)
                .collect()
        };
        drop(catalogue);
        ids.retain(|id| *id > asked.after);
        ids.sort_unstable();
        let reader = base.read();
        for id in &ids {
            if items.len() == asked.limit || looked == LOOKED {
                return Ok((items, Some(id.0 - 1)));
            }
            looked += 1;
            let Some(stored) = reader.get_by_id(&kind.key, *id)? else { continue };
            let object = show(&stored);
            if asked.fits(&object) {
                items.push(object);
            }
        }
        return Ok((items, None));
    }
    let mut after = asked.after;
    loop {
        let part = base.read().list(&kind.key, Part { area, after, most: 500 })?;
        let Some(last) = part.last().map(|stored| stored.id) else { return Ok((items, None)) };
        for stored in &part {
            if items.len() == asked.limit {
                return Ok((items, Some(after.0)));
            }
            let object = show(stored);
            after = stored.id;
            if asked.fits(&object) {
                items.push(object);
            }
        }
        after = last;
        looked += part.len();
        if looked >= LOOKED {
            return Ok((items, Some(after.0)));
        }
    }
}

/// One item.
#[utoipa::path(get, path = "/ogc/collections/{kind}/items/{id}", tag = "ogc",
    responses((status = 200, body = Object, content_type = "application/geo+json")))]
pub async fn item(
    State(api): State<Api>,
    caller: Caller,
    headers: HeaderMap,
    Path((key, id)): Path<(String, i64)>,
) -> Result<Response, ApiError> {
    let kind = kind_of(&api, &key)?;
    let (now, private) = (api.platform.now().0, sees_people(&caller, false));
    let shared = api.clone();
    let of_kind = kind.clone();
    let object = blocking(move || {
        let stored = shared.base.read().get_by_id(&of_kind.key, RecordId(id))?;
        let stored =
            stored.filter(|stored| caller.sees(stored.record.area)).ok_or(Code::NotFound)?;
        Ok::<_, ApiError>(BaseObject::of(&of_kind, &stored, now, private))
    })
    .await??;
    let root = root(&headers);
    let at = format!("{root}/collections/{}", kind.key);
    let mut feature = feature(&object);
    let links = json!([
        link(format!("{at}/items/{id}"), "self", "application/geo+json", "this item"),
        link(at, "collection", "application/json", "its collection"),
    ]);
    if let Some(members) = feature.as_object_mut() {
        members.insert("links".to_owned(), links);
    }
    Ok(geo_json(&feature))
}

fn feature(object: &BaseObject) -> Value {
    let mut properties: serde_json::Map<String, Value> =
        object.values.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    for (name, value) in [
        ("key", json!(object.key)),
        ("name", json!(object.name)),
        ("area", json!(object.area)),
        ("address", json!(object.address)),
        ("post", json!(object.post)),
        ("synthetic", json!(object.synthetic)),
        ("stale", json!(object.stale)),
        ("checked_at", json!(object.checked_at)),
        ("changed_at", json!(object.changed_at)),
    ] {
        properties.insert(name.to_owned(), value);
    }
    json!({ "type": "Feature", "id": object.id, "geometry": object.geometry, "properties": properties })
}

fn geo_json(value: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/geo+json")], value.to_string()).into_response()
}

/// The address of a page.
fn with(at: &str, query: &BTreeMap<String, String>, after: Option<i64>) -> String {
    let mut parts: Vec<String> = query
        .iter()
        .filter(|(name, _)| after.is_none() || *name != "after")
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect();
    parts.extend(after.map(|after| format!("after={after}")));
    if parts.is_empty() { at.to_owned() } else { format!("{at}?{}", parts.join("&")) }
}

/// Percent-encoding of what may stand in a query (RFC 3986, section 2.3).
fn encoded(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~,".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing into a string cannot fail.
            let _written = write!(out, "%{byte:02X}");
        }
        out
    })
}
