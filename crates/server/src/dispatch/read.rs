//! What dispatch reads: incidents with whom they reach, and what there is for them.

use std::collections::BTreeMap;

use geo::ChamberlainDuquetteArea;
use helan_base::{force::OrderStage, inside::Item, need::Load, stock::units};
use helan_kernel::{AreaCode, Ms, command, push::Protective};
use helan_store::desk::dispatch::BedsPromised;

use super::{Pool, Scene};
use crate::{
    api::{Api, about, blocking, error::ApiError},
    forces::{Hospital, stock_at},
    response::{Question, ground},
};

/// Orders of one incident that are looked through.
const MOST_ROWS: usize = 2_000;
/// Beds are spoken for so long, unless their hospital says sooner how many are free.
const BESPOKEN: Ms = Ms::seconds(24 * 3600);

/// An incident with whom it reaches, of what lies in an area; with people's homes, or without them.
///
/// # Errors
/// When the node or a file cannot be asked.
pub async fn scene(
    api: &Api,
    incident: command::Incident,
    (area, sees_people): (AreaCode, bool),
) -> Result<Scene, ApiError> {
    let id = incident.id.0;
    let question = about(api, incident, (area, sees_people)).await?;
    let desk = api.desk.clone();
    let orders = move || desk.force_orders(area, Some(id), None, None, MOST_ROWS);
    let orders = blocking(orders).await??;
    let injured = orders.iter().map(|order| f64::from(order.people.injured));
    let patients = injured.fold(0.0, |sum, injured| sum + injured);
    Ok(scene_of(&question, patients))
}

fn scene_of(question: &Question, patients: f64) -> Scene {
    let incident = &question.incident;
    let inside = question.inside.as_ref().map(|answer| &answer.inside);
    let expected = |item: &Item| item.now.expected;
    let levels = question.dangers.iter().flat_map(|danger| &danger.levels);
    let by_model = levels.map(|level| level.surface_m2).fold(0.0, f64::max);
    let by_zones = ground::of(incident, &[Protective::Leave, Protective::Shelter]);
    let surface_m2 =
        if by_model > 0.0 { by_model } else { by_zones.chamberlain_duquette_unsigned_area() };
    let source = question.dangers.first().map(|danger| danger.source);
    Scene {
        id: incident.id.0,
        kind: incident.kind.to_string(),
        name: incident.name.clone(),
        place: incident.place.to_string(),
        area: incident.area,
        at: source.or(incident.position),
        grade: incident.grade,
        drill: incident.drill,
        load: Load {
            people: inside.map_or(0.0, |inside| expected(&inside.total)),
            threatened: inside.and_then(|inside| inside.levels.first()).map_or(0.0, expected),
            patients,
            area_km2: surface_m2 / 1e6,
        },
        counted: inside.is_some(),
        sees_people: question.private,
    }
}

/// What there is in an area.
///
/// # Errors
/// When a file cannot be read.
pub fn pool(api: &Api, area: AreaCode, scenes: &[Scene], now: Ms) -> Result<Pool, ApiError> {
    let (base, desk) = (&api.base, &api.desk);
    let mut stock = BTreeMap::new();
    for rule in &api.needs.goods {
        let asked = scenes.iter().any(|scene| rule.incidents.contains(&scene.kind));
        if asked && !stock.contains_key(&rule.item) {
            stock.insert(rule.item.clone(), stock_at(base, desk, area, &rule.item, now)?);
        }
    }
    let (mut promised, mut promised_beds, mut done) =
        (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for scene in scenes {
        for ((item, unit), parts) in desk.stock_of_incident(area, scene.id)? {
            promised.insert((scene.id, item, unit), units(parts));
        }
        for beds in desk.promised_beds(Some(scene.id), Ms(0))? {
            let of = promised_beds.entry((scene.id, beds.rule)).or_insert(0_u32);
            *of = of.saturating_add(beds.beds);
        }
        for order in desk.force_orders(area, Some(scene.id), Some(false), None, MOST_ROWS)? {
            if order.stage == OrderStage::Done {
                *done.entry((scene.id, order.new.task)).or_insert(0) += 1;
            }
        }
    }
    let forces = api.forces.list(base, desk, area, None)?;
    Ok(Pool { forces, hospitals: hospitals(api, area, now)?, stock, promised, promised_beds, done })
}

/// Hospitals of an area with the beds that are free and not spoken for.
///
/// # Errors
/// When a file cannot be read.
pub fn hospitals(api: &Api, area: AreaCode, now: Ms) -> Result<Vec<Hospital>, ApiError> {
    let mut hospitals = api.forces.beds(&api.base, &api.desk, area)?;
    let promised = api.desk.promised_beds(None, Ms(now.0.saturating_sub(BESPOKEN.0)))?;
    for hospital in &mut hospitals {
        for beds in &mut hospital.beds {
            // What a hospital says afterwards counts those who have come.
            let after = |one: &&BedsPromised| {
                one.hospital == beds.hospital && one.ward == beds.ward && one.at >= beds.at
            };
            let gone = promised.iter().filter(after).map(|one| one.beds);
            beds.free = beds.free.saturating_sub(gone.fold(0, u32::saturating_add));
        }
    }
    Ok(hospitals)
}
