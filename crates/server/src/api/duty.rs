//! Who answers for an object, or at a place.

use std::sync::Arc;

use axum::{Json as Reply, extract::State};
use geo::Coord;
use helan_base::{Kind, Record, Value};
use helan_kernel::{
    AreaCode, Position,
    registry::{Post, Registry},
};
use helan_store::base::Stored;

use super::{
    Api,
    base::{hidden, kind_of, named},
    error::{ApiError, Code},
    extract::{Path, Query},
    notices::sees_people,
    state::blocking,
    wire::{DutyChain, DutyDefect, DutyLink, DutyPlace, DutyPoint, Text},
};
use crate::access::Caller;

/// Role of the posts that answer for an area.
const AREA_ROLE: &str = "duty-officer";
/// Posts that stand in for one another before the search gives up: a circle in the data must end.
const MOST_DEPUTIES: usize = 4;
/// Objects near a place that are looked at.
const NEAR: usize = 5;
/// How far from a place an object still has to do with it, m.
const NEAR_METRES: f64 = 2_000.0;
/// Fields of a record with somebody who can be called, and with the telephone: the first that is filled.
const CONTACTS: [&str; 1] = ["contact"];
/// The duty desk first: it is manned.
const PHONES: [&str; 2] = ["duty_phone", "phone"];

/// Posts of a chain as they are registered.
#[derive(Debug, Default)]
struct Posts {
    /// Whether the record names a post at all.
    named: bool,
    own: Option<Post>,
    deputies: Vec<Post>,
    /// The last one names a deputy that is not registered.
    lost: bool,
    sector: Option<Post>,
    area: Option<Post>,
}

/// What is asked of the registry.
struct Asked {
    post: String,
    sector: String,
    area: AreaCode,
}

impl Posts {
    fn of(registry: &Registry, asked: &Asked) -> Self {
        let role = |role: &str| {
            let found = (!role.is_empty()).then(|| registry.post_for(role, "", asked.area));
            found.flatten().map(|(_, post)| post.clone())
        };
        let mut posts = Self {
            named: !asked.post.is_empty(),
            own: registry.posts.by_key(&asked.post).cloned(),
            sector: role(&asked.sector),
            area: role(AREA_ROLE),
            ..Self::default()
        };
        let mut next = posts.own.as_ref().map(|own| own.deputy.clone()).unwrap_or_default();
        while !next.is_empty() && posts.deputies.len() < MOST_DEPUTIES {
            let Some(deputy) = registry.posts.by_key(&next) else {
                posts.lost = true;
                break;
            };
            let known = posts.deputies.iter().any(|known| known.key == deputy.key);
            if known || posts.own.as_ref().is_some_and(|own| own.key == deputy.key) {
                break;
            }
            next.clone_from(&deputy.deputy);
            posts.deputies.push(deputy.clone());
        }
        posts
    }
}

fn asked(kind: &Kind, record: &Record) -> Asked {
    let sector = kind.safety.duty.as_ref().map(|duty| duty.role.clone()).unwrap_or_default();
    Asked { post: record.post.clone(), sector, area: record.area }
}

/// Who answers for an object: area, sector, enterprise, post and deputies, with what is missing.
#[utoipa::path(get, path = "/base/objects/{kind}/{key}/responsible", tag = "base",
    responses((status = 200, body = DutyChain)))]
pub async fn of_object(
    State(api): State<Api>,
    caller: Caller,
    Path((kind, key)): Path<(String, String)>,
) -> Result<Reply<DutyChain>, ApiError> {
    let kind = kind_of(&api, &kind)?;
    let (shared, of) = (api.clone(), kind.clone());
    let stored = blocking(move || shared.base.get(&of, &key)).await??;
    let stored = stored.filter(|stored| caller.sees(stored.record.area)).ok_or(Code::NotFound)?;
    let mut chains = chains(&api, &caller, vec![(kind, stored)]).await?;
    chains.pop().map(Reply).ok_or_else(|| Code::NotFound.into())
}

/// Who is responsible at a place: the duty post of the area, and who answers for the nearest objects.
#[utoipa::path(get, path = "/base/responsible", tag = "base", params(DutyPoint),
    responses((status = 200, body = DutyPlace)))]
pub async fn at_place(
    State(api): State<Api>,
    caller: Caller,
    Query(point): Query<DutyPoint>,
) -> Result<Reply<DutyPlace>, ApiError> {
    let at = Position { lon: point.lon, lat: point.lat }.known().ok_or(Code::OutOfRange)?;
    let area = api.base.areas().at(Coord { x: at.lon, y: at.lat });
    // The borders of townships are not known: whoever answers for one sees what is near, and its own area.
    let inside = |area: &AreaCode| caller.sees(*area) || area.contains(caller.area);
    let area = area.filter(inside).ok_or(Code::NotFound)?;
    let area = if caller.sees(area) { area } else { caller.area };
    let private = sees_people(&caller, false);
    // Whoever may not see where people live does not find their homes by nearness either.
    let hidden = hidden(&api, &caller, |kind| kind.private_place);
    let (shared, own) = (api.clone(), caller.area);
    let (near, objects) = blocking(move || {
        let wanted = |kind: u16, area: AreaCode| own.contains(area) && !hidden.contains(&kind);
        let found = shared.base.catalogue().nearest(at, NEAR, wanted);
        let found = found.into_iter().filter(|found| found.metres <= NEAR_METRES);
        let found = found.map(|found| (found.id, found.kind, Some(found.metres))).collect();
        let near = named(&shared, own, found, private)?;
        let mut objects = Vec::with_capacity(near.len());
        for hit in &near {
            let kind = kind_of(&shared, &hit.kind)?;
            let stored = shared.base.get(&kind, &hit.key)?;
            objects.extend(stored.map(|stored| (kind, stored)));
        }
        Ok::<_, ApiError>((near, objects))
    })
    .await??;
    let ask = Asked { post: String::new(), sector: String::new(), area };
    let posts = api.platform.ask(move |engine| Posts::of(engine.registry(), &ask)).await?;
    let mut defects = Vec::new();
    let area_post =
        link(&api, posts.area, "area", &mut defects, sees_people(&caller, false)).await?;
    let chains = chains(&api, &caller, objects).await?;
    let area_name = api.base.areas().name(area).unwrap_or_default().to_owned();
    Ok(Reply(DutyPlace { area: area.0, area_name, area_post, near, chains, defects }))
}

/// A post with who holds it now; a post that is missing is a defect.
async fn link(
    api: &Api,
    post: Option<Post>,
    name: &'static str,
    defects: &mut Vec<DutyDefect>,
    private: bool,
) -> Result<Option<DutyLink>, ApiError> {
    let Some(post) = post else {
        defects.push(DutyDefect { link: name, code: "none" });
        return Ok(None);
    };
    let (shared, key, now) = (api.clone(), post.key.clone(), api.platform.now());
    let holders = blocking(move || shared.desk.holders(&key, now)).await??;
    Ok(Some(DutyLink::of(&post, holders, private, name, defects)))
}

async fn chains(
    api: &Api,
    caller: &Caller,
    objects: Vec<(Arc<Kind>, Stored)>,
) -> Result<Vec<DutyChain>, ApiError> {
    let asks: Vec<Asked> =
        objects.iter().map(|(kind, stored)| asked(kind, &stored.record)).collect();
    let posts = api
        .platform
        .ask(move |engine| {
            asks.iter().map(|ask| Posts::of(engine.registry(), ask)).collect::<Vec<_>>()
        })
        .await?;
    let private = sees_people(caller, false);
    let mut chains = Vec::with_capacity(objects.len());
    for ((kind, stored), posts) in objects.into_iter().zip(posts) {
        chains.push(chain(api, &kind, &stored.record, posts, private).await?);
    }
    Ok(chains)
}

async fn chain(
    api: &Api,
    kind: &Kind,
    record: &Record,
    posts: Posts,
    private: bool,
) -> Result<DutyChain, ApiError> {
    let mut defects = Vec::new();
    let area_post = link(api, posts.area, "area", &mut defects, private).await?;
    let duty = kind.safety.duty.as_ref();
    let sector_post = match duty {
        Some(_) => link(api, posts.sector, "sector", &mut defects, private).await?,
        None => None,
    };
    let enterprise = match duty.map(|duty| duty.enterprise.as_str()) {
        None | Some("") => record.name.clone(),
        Some(field) => text(kind, record, field, private),
    };
    if enterprise.is_empty() {
        defects.push(DutyDefect { link: "enterprise", code: "none" });
    }
    let first = |fields: &[&str]| {
        let filled = fields.iter().map(|field| text(kind, record, field, private));
        filled.into_iter().find(|text| !text.is_empty()).unwrap_or_default()
    };
    let (contact, phone) = (first(&CONTACTS), first(&PHONES));
    if phone.is_empty() {
        defects.push(DutyDefect { link: "enterprise", code: "no-phone" });
    }
    let post = match posts.own {
        None if posts.named => {
            defects.push(DutyDefect { link: "post", code: "unknown" });
            None
        }
        own => link(api, own, "post", &mut defects, private).await?,
    };
    let mut deputies = Vec::with_capacity(posts.deputies.len());
    for deputy in posts.deputies {
        deputies.extend(link(api, Some(deputy), "deputy", &mut defects, private).await?);
    }
    if posts.lost {
        defects.push(DutyDefect { link: "deputy", code: "unknown" });
    } else if post.is_some() && deputies.is_empty() {
        defects.push(DutyDefect { link: "deputy", code: "none" });
    }
    Ok(DutyChain {
        kind: kind.key.clone(),
        key: record.key.clone(),
        object: record.name.clone(),
        area: record.area.0,
        area_name: api.base.areas().name(record.area).unwrap_or_default().to_owned(),
        area_post,
        sector: duty.map(|duty| Text::from(&duty.sector)).unwrap_or_default(),
        sector_post,
        enterprise,
        contact,
        phone,
        post,
        deputies,
        defects,
    })
}

/// Words of a field as the caller may see them; empty when there are none.
fn text(kind: &Kind, record: &Record, field: &str, private: bool) -> String {
    let Some(place) = kind.place(field) else { return String::new() };
    match (kind.fields.get(place), record.values.get(place)) {
        (Some(field), Some(Value::Text(text))) => match field.mask {
            Some(mask) if !private => mask.blur(text),
            _ => text.clone(),
        },
        _ => String::new(),
    }
}
