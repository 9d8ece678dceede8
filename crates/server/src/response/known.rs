//! What crews, hospitals and the ways out add to what is known of an incident.

use anyhow::Result;
use geo::Coord;
use helan_kernel::push::Protective;
use helan_plan::{self as plan, Fact, Facts, Listed, Source, SourceKind};
use helan_route::Better;

use super::{Question, away::Away, ground};
use crate::api::Api;

/// Orders of an incident that are looked through: more forces than a region has.
const MOST_ORDERS: usize = 5_000;
/// Hospitals that are named: the nearest.
const MOST_HOSPITALS: usize = 20;
/// The ward that stands for all beds of a hospital.
const ALL_WARDS: &str = "all";

/// Whom crews found, as they say in their orders. What nobody told of stays unknown: nobody hurt is something that a person says.
///
/// # Errors
/// When the orders cannot be read.
pub fn harm(facts: &mut Facts, api: &Api, question: &Question) -> Result<()> {
    let id = question.incident.id.0;
    let orders = api.desk.force_orders(question.area, Some(id), None, None, MOST_ORDERS)?;
    let (mut dead, mut hurt, mut last) = (0_u64, 0_u64, 0_i64);
    for order in &orders {
        dead += u64::from(order.people.dead);
        hurt += u64::from(order.people.injured);
        if order.people.dead > 0 || order.people.injured > 0 {
            last = last.max(order.changed_at.0);
        }
    }
    let fact = |people: u64| {
        let label = plan::Text::new("救援队伍报告合计", "as crews report, together");
        let source = Source::new(SourceKind::Person, format!("orders/{id}"), label);
        (people > 0).then(|| Fact::new(people, source, plan::Ms(last)))
    };
    facts.harm.dead = fact(dead);
    facts.harm.hurt = fact(hurt);
    Ok(())
}

/// Free beds of the hospitals of the area that are not in the danger themselves, the nearest first.
///
/// # Errors
/// When the hospitals cannot be read.
pub fn beds(facts: &mut Facts, api: &Api, question: &Question) -> Result<()> {
    let mut hospitals = api.forces.beds(&api.base, &api.desk, question.area)?;
    let danger = ground::of(&question.incident, &[Protective::Leave, Protective::Shelter]);
    let danger = helan_base::Ground::new(&danger);
    let inside = |at: helan_kernel::Position| danger.holds(Coord { x: at.lon, y: at.lat });
    hospitals.retain(|hospital| !hospital.at.is_some_and(inside));
    if let Some(middle) = question.incident.position {
        let far =
            |at: Option<helan_kernel::Position>| at.map_or(f64::MAX, |at| at.metres_to(middle));
        hospitals.sort_by(|a, b| far(a.at).total_cmp(&far(b.at)).then(a.id.cmp(&b.id)));
    }
    let rows = hospitals.iter().filter_map(|hospital| {
        let all = hospital.beds.iter().filter(|beds| beds.ward == ALL_WARDS);
        let wards = hospital.beds.iter().filter(|beds| beds.ward != ALL_WARDS);
        let told: Vec<_> =
            if all.clone().next().is_some() { all.collect() } else { wards.collect() };
        let oldest = told.iter().map(|beds| beds.at.0).min()?;
        let row = plan::Force {
            key: format!("hospital/{}", hospital.key),
            name: plan::Text::same(hospital.name.clone()),
            what: plan::Text::new("床位", "beds"),
            count: Some(told.iter().map(|beds| u64::from(beds.free)).sum()),
            unit: plan::Text::new("张", "beds"),
            ..plan::Force::default()
        };
        let label = plan::Text::same(hospital.name.clone());
        let source = Source::new(SourceKind::Row, format!("hospital/{}", hospital.key), label);
        Some(Fact::new(row, source, plan::Ms(oldest)))
    });
    let rows: Vec<_> = rows.take(MOST_HOSPITALS).collect();
    if !rows.is_empty() {
        let label = plan::Text::new("医院床位填报", "beds as hospitals report");
        let source = Source::new(SourceKind::Row, "beds", label);
        facts.beds = Some(Listed { rows, source, at: plan::Ms(question.now.0) });
    }
    Ok(())
}

/// What staying and leaving let in, of the blocks for which a model knows, by their people.
pub fn doses(facts: &mut Facts, away: &Away, now: plan::Ms) {
    let (mut people, mut stay, mut leave, mut better) = (0.0, 0.0, 0.0, 0_u64);
    for block in &away.blocks {
        let Some(compared) = block.stay.filter(|stay| stay.outside > 0.0) else { continue };
        let those = f64::from(block.people);
        people += those;
        stay += those * (compared.stay.load / compared.outside).min(1.0);
        leave += those * (compared.leave.load / compared.outside).min(1.0);
        if compared.better == Better::Stay {
            better += u64::from(block.people);
        }
    }
    if people <= 0.0 {
        return;
    }
    let label = plan::Text::new("室内外受害剂量计算", "loads indoors and on the way");
    let source = Source::new(SourceKind::Model, "stay-or-leave", label);
    let dose = Some(stay / people);
    let sheltering = plan::Sheltering { people: Some(better), dose, minutes: None };
    facts.sheltering = Some(Fact::new(sheltering, source.clone(), now));
    facts.leaving_dose = Some(Fact::new(leave / people, source, now));
}
