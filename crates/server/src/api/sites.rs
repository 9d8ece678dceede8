//! Whether objects have the sensors and the equipment that their kind must have (R3).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use axum::{Json as Reply, extract::State};
use helan_base::{
    Date, Fact, Facts, Kind, RecordId,
    risk::{Have, completeness},
};
use helan_kernel::{AreaCode, Position, effect::DeviceState};

use super::{
    Api,
    base::kind_of,
    error::{ApiError, Code},
    exposure::brief,
    extract::{Path, Query, page_size},
    notices::sees_people,
    risk::common,
    state::{aside, blocking},
    wire::{ExposureQuery, NeedState, SiteReport, SiteState, Text},
};
use crate::access::Caller;

/// How far from an object a device that belongs to no facility still counts as its own, m.
const METRES: f64 = 100.0;
/// Objects of one report: those of a region's dangerous kinds.
const MOST: usize = 20_000;
/// Objects that the engine is asked about at once: well below a millisecond of its time.
const PORTION: usize = 100;
/// Milliseconds of a day.
const DAY: i64 = 24 * 3600 * 1000;
/// China's time is eight hours ahead: a day of expiry ends by it.
const ZONE: i64 = 8 * 3600 * 1000;

/// An object as the engine is asked about it.
#[derive(Clone, Debug)]
struct Site {
    id: RecordId,
    key: Arc<str>,
    at: Option<Position>,
}

impl Site {
    fn of(fact: &Fact) -> Self {
        Self { id: fact.id, key: fact.key.clone(), at: fact.at }
    }
}

/// Devices of one object by profile: how many there are, and how many work.
type Devices = BTreeMap<String, (u32, u32)>;

/// The devices of some objects: of the facility with the object's key, and those of no facility that stand beside it.
async fn devices(api: &Api, own: AreaCode, sites: &[Site]) -> Result<Vec<Devices>, ApiError> {
    let mut all = Vec::with_capacity(sites.len());
    for portion in sites.chunks(PORTION) {
        let portion = portion.to_vec();
        let found = api.platform.ask(move |engine| {
            let registry = engine.registry();
            let of_site = |site: Site| {
                let near = site.at.map(|at| registry.devices_near(at, METRES));
                let listed = registry.devices_in(&site.key).iter().copied();
                let near = near.unwrap_or_default().into_iter().filter(|id| {
                    registry.device(*id).is_some_and(|device| device.spec.facility.is_empty())
                });
                let mut devices = Devices::new();
                for id in listed.chain(near).collect::<BTreeSet<_>>() {
                    let Some(device) = registry.device(id) else { continue };
                    if device.spec.drill || !own.contains(device.spec.area) {
                        continue;
                    }
                    let Some(profile) = registry.profile_of(device) else { continue };
                    let works = !matches!(
                        engine.watch().device_state(id),
                        DeviceState::Offline | DeviceState::Maintenance
                    );
                    let count = devices.entry(profile.key.to_string()).or_default();
                    count.0 += 1;
                    count.1 += u32::from(works);
                }
                devices
            };
            portion.into_iter().map(of_site).collect::<Vec<_>>()
        });
        all.extend(found.await?);
    }
    Ok(all)
}

/// What an object has, by key of a profile or of a need.
fn has(
    facts: &Facts,
    site: &Site,
    devices: &Devices,
    own: AreaCode,
    today: Date,
) -> BTreeMap<String, Have> {
    let mut has: BTreeMap<String, Have> = BTreeMap::new();
    for (profile, (count, working)) in devices {
        let have = has.entry(profile.clone()).or_default();
        have.add(*working, true, false);
        have.add(count - working, false, false);
    }
    for piece in facts.pieces_of(&site.key).filter(|piece| own.contains(piece.area)) {
        let expired = piece.expires.is_some_and(|until| until < today);
        has.entry(piece.need.to_string()).or_default().add(piece.count, piece.working, expired);
    }
    has
}

fn needs(kind: &Kind, has: &BTreeMap<String, Have>) -> (Vec<NeedState>, f64) {
    let (met, score) = completeness(kind, has);
    let needs = met.into_iter().filter_map(|met| {
        let need = kind.needs.get(met.need)?;
        Some(NeedState {
            key: need.key.clone(),
            name: Text::from(&need.name),
            standard: need.standard.clone(),
            required: met.required,
            installed: met.have.installed,
            working: met.have.working,
            expired: met.have.expired,
            missing: met.missing,
        })
    });
    (needs.collect(), score)
}

/// Today in China.
fn today(api: &Api) -> Date {
    let days = (api.platform.now().0 + ZONE).div_euclid(DAY);
    Date(i32::try_from(days).unwrap_or(i32::MAX))
}

/// What an object has of what it must have.
#[utoipa::path(get, path = "/base/objects/{kind}/{key}/completeness", tag = "base",
    responses((status = 200, body = SiteState)))]
pub async fn of_object(
    State(api): State<Api>,
    caller: Caller,
    Path((kind, key)): Path<(String, String)>,
) -> Result<Reply<SiteState>, ApiError> {
    let kind = kind_of(&api, &kind)?;
    let (shared, of) = (api.clone(), kind.clone());
    let stored = blocking(move || shared.base.get(&of, &key)).await??;
    let stored = stored.filter(|stored| caller.sees(stored.record.area)).ok_or(Code::NotFound)?;
    let site = api.risks.facts().get(stored.id).map(Site::of).ok_or(Code::NotFound)?;
    let found = devices(&api, caller.area, std::slice::from_ref(&site)).await?;
    let today = today(&api);
    let facts = api.risks.facts();
    let devices = found.into_iter().next().unwrap_or_default();
    let (needs, score) = needs(&kind, &has(&facts, &site, &devices, caller.area, today));
    let private = sees_people(&caller, false);
    let object = brief(&facts, site.id, private).ok_or(Code::NotFound)?;
    drop(facts);
    Ok(Reply(SiteState { object, score, needs }))
}

/// Whether the objects of an area have what they must have, the least complete first.
#[utoipa::path(get, path = "/base/completeness", tag = "base", params(ExposureQuery),
    responses((status = 200, body = SiteReport)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<ExposureQuery>,
) -> Result<Reply<SiteReport>, ApiError> {
    let kind = query.kind.as_deref().map(|kind| kind_of(&api, kind)).transpose()?;
    let number = kind.and_then(|kind| api.base.number(&kind.key));
    let private = sees_people(&caller, false);
    let own = common(&caller, query.area).ok_or(Code::NotFound)?;
    let shared = api.clone();
    let (sites, cut) = aside(&api, move || {
        let facts = shared.risks.facts();
        let wanted = |fact: &&Fact| {
            let needs = facts.kind(fact.kind).is_some_and(|kind| !kind.needs.is_empty());
            needs && own.contains(fact.area) && number.is_none_or(|number| number == fact.kind)
        };
        let mut sites: Vec<Site> = facts.iter().filter(wanted).map(Site::of).collect();
        sites.sort_unstable_by_key(|site| site.id);
        let cut = sites.len() > MOST;
        sites.truncate(MOST);
        (sites, cut)
    })
    .await?;
    let devices = devices(&api, own, &sites).await?;
    let (today, most, shared) = (today(&api), page_size(query.limit), api.clone());
    let report = aside(&api, move || {
        let facts = shared.risks.facts();
        let mut report = SiteReport {
            objects: 0,
            complete: 0,
            score: None,
            missing: BTreeMap::new(),
            metres: METRES,
            cut,
            items: Vec::new(),
        };
        let mut sum = 0.0;
        for (site, devices) in sites.iter().zip(&devices) {
            let kind = facts.get(site.id).and_then(|fact| facts.kind(fact.kind));
            let (Some(kind), Some(object)) = (kind, brief(&facts, site.id, private)) else {
                continue;
            };
            let (mut needs, score) = needs(kind, &has(&facts, site, devices, own, today));
            needs.retain(|need| need.missing > 0);
            report.objects += 1;
            sum += score;
            if needs.is_empty() {
                report.complete += 1;
                continue;
            }
            for need in &needs {
                *report.missing.entry(need.key.clone()).or_default() += u64::from(need.missing);
            }
            report.items.push(SiteState { object, score, needs });
        }
        #[expect(clippy::cast_precision_loss, reason = "at most MOST")]
        let count = report.objects as f64;
        report.score = (count > 0.0).then(|| sum / count);
        let order = |site: &SiteState| site.object.id;
        report.items.sort_by(|a, b| a.score.total_cmp(&b.score).then(order(a).cmp(&order(b))));
        report.items.truncate(most);
        report
    })
    .await?;
    Ok(Reply(report))
}
