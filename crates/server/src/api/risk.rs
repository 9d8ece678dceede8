//! How dangerous objects and areas are, and why.
//!
//! Everything is bounded by the caller's area before it is counted.

use std::collections::{BTreeMap, BTreeSet};

use axum::{Json as Reply, extract::State};
use helan_base::{
    RecordId,
    risk::{AreaColour, Colour, Counts},
};
use helan_kernel::AreaCode;
use helan_store::desk::RiskPage;

use super::{
    Api,
    base::kind_of,
    error::{ApiError, Code},
    extract::{Path, Query, cursor, page_size},
    state::blocking,
    wire::{
        BaseOrigin, Page, Risk, RiskArea, RiskAreas, RiskItem, RiskQuery, RiskRule, RiskStep,
        origins_of,
    },
};
use crate::access::Caller;

/// Gradings of one object that are shown.
const SHOWN: usize = 100;
/// Bits of a cursor that hold the number of the object; those above hold the colour.
const ID_BITS: u32 = 48;

/// How dangerous an object is, why, and what it was before.
#[utoipa::path(get, path = "/base/objects/{kind}/{key}/risk", tag = "base",
    responses((status = 200, body = Risk)))]
pub async fn of_object(
    State(api): State<Api>,
    caller: Caller,
    Path((kind, key)): Path<(String, String)>,
) -> Result<Reply<Risk>, ApiError> {
    let kind = kind_of(&api, &kind)?;
    let shared = api.clone();
    blocking(move || {
        let stored = shared.base.get(&kind, &key)?;
        let stored = stored.filter(|stored| caller.sees(stored.record.area));
        let id = stored.ok_or(Code::NotFound)?.id;
        let rows = shared.desk.risk_history(id, SHOWN)?;
        let mut origins = BTreeMap::new();
        let reader = shared.base.read();
        for number in rows.iter().flat_map(|row| origins_of(&row.judged)) {
            if !origins.contains_key(&number)
                && let Some(origin) = reader.origin(number)?
            {
                origins.insert(number, BaseOrigin::from(&origin));
            }
        }
        drop(reader);
        let mut steps = rows.iter().map(|row| RiskStep::of(row, &origins, &caller));
        let now = steps.next().ok_or(Code::NotFound)?;
        Ok(Reply(Risk { now, history: steps.collect() }))
    })
    .await?
}

/// The smaller of the caller's area and the asked one; none when they have nothing in common.
pub(super) fn common(caller: &Caller, asked: Option<u32>) -> Option<AreaCode> {
    match asked.map(AreaCode) {
        None => Some(caller.area),
        Some(asked) if caller.area.contains(asked) => Some(asked),
        Some(asked) if asked.contains(caller.area) => Some(caller.area),
        Some(_) => None,
    }
}

/// Graded objects, the worst first.
#[utoipa::path(get, path = "/base/risks", tag = "base", params(RiskQuery),
    responses((status = 200, body = Page<RiskItem>)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<RiskQuery>,
) -> Result<Reply<Page<RiskItem>>, ApiError> {
    let colour = match query.colour.as_deref() {
        None | Some("") => None,
        Some(word) => Some(Colour::of(word).ok_or(Code::OutOfRange)?),
    };
    let after = cursor(query.after.as_deref())?.map(|number| {
        let place = usize::try_from(number >> ID_BITS).unwrap_or(usize::MAX);
        let id = number & ((1 << ID_BITS) - 1);
        let colour = Colour::ALL.get(place).copied().unwrap_or_default();
        (colour, RecordId(i64::try_from(id).unwrap_or(i64::MAX)))
    });
    let most = page_size(query.limit);
    let Some(area) = common(&caller, query.area) else {
        return Ok(Reply(Page { items: Vec::new(), next: None }));
    };
    let shared = api.clone();
    let rows = blocking(move || {
        let kind = query.kind.as_deref().filter(|kind| !kind.is_empty());
        shared.desk.risks(&RiskPage { area, colour, kind, after, most })
    })
    .await??;
    let next = rows.last().filter(|_| rows.len() == most).map(|last| {
        let place = Colour::ALL.iter().position(|colour| *colour == last.judged.colour);
        let place = u64::try_from(place.unwrap_or(0)).unwrap_or(0);
        (place << ID_BITS | u64::try_from(last.record.0).unwrap_or(0)).to_string()
    });
    Ok(Reply(Page { items: rows.iter().map(|row| RiskItem::of(row, &caller)).collect(), next }))
}

/// How dangerous the areas of the caller are, with how many objects have which colour.
#[utoipa::path(get, path = "/base/risks/areas", tag = "base",
    responses((status = 200, body = RiskAreas)))]
pub async fn areas(State(api): State<Api>, caller: Caller) -> Result<Reply<RiskAreas>, ApiError> {
    let (shared, own) = (api.clone(), caller.area);
    let counts = blocking(move || shared.desk.risk_counts(own)).await??;
    let tables = api.risks.tables();
    let names = api.base.areas();
    // The rules are for counties; what belongs to a city or the region as a whole is a unit of its own.
    let mut units: BTreeMap<AreaCode, Counts> = BTreeMap::new();
    let mut levels: BTreeMap<AreaCode, Counts> = BTreeMap::new();
    for (area, colour, count) in counts {
        let unit = if level(own) == "township" { own } else { above(area, 1_000) };
        units.entry(unit).or_default().add(colour, count);
        let all = [unit, above(area, 100_000), above(area, 10_000_000)];
        for code in BTreeSet::from(all).into_iter().filter(|code| own.contains(*code)) {
            levels.entry(code).or_default().add(colour, count);
        }
    }
    let nothing = AreaColour { colour: Colour::Unknown, uncertain: false };
    let worst = |code: AreaCode| {
        let inside = units.iter().filter(|(unit, _)| code.contains(**unit));
        inside.map(|(_, counts)| counts.colour(&tables.area)).fold(nothing, |worst, next| {
            let colour = worst.colour.min(next.colour);
            // Nothing is worse than red.
            let uncertain = (worst.uncertain || next.uncertain) && colour != Colour::Red;
            AreaColour { colour, uncertain }
        })
    };
    let areas = levels.iter().map(|(code, counts)| {
        let AreaColour { colour, uncertain } = worst(*code);
        RiskArea {
            area: code.0,
            name: names.name(*code).unwrap_or_default().to_owned(),
            level: level(*code),
            colour: colour.word(),
            uncertain,
            counts: (*counts).into(),
        }
    });
    let areas = areas.collect();
    let rules = tables.area.iter().map(|rule| RiskRule {
        colour: rule.colour.word(),
        of: rule.of.word(),
        at_least: rule.at_least,
    });
    Ok(Reply(RiskAreas { areas, rules: rules.collect() }))
}

/// The area that an area lies in: of 1 000 codes a county, of 100 000 a city, of 10 000 000 a region (GB/T 2260).
pub(super) const fn above(area: AreaCode, codes: u32) -> AreaCode {
    AreaCode(area.0 / codes * codes)
}

/// What an area is.
pub(super) const fn level(area: AreaCode) -> &'static str {
    match area.0 {
        code if code % 10_000_000 == 0 => "region",
        code if code % 100_000 == 0 => "city",
        code if code % 1_000 == 0 => "county",
        _ => "township",
    }
}
