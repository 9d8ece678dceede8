//! Stock records of the base database become goods of the ledger.
//!
//! What sheets say of stores is a record for each batch; people can give it out when it stands in the ledger. Each record is taken
//! over once.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Json as Reply, extract::State};
use helan_base::{
    Date, Kind, RecordId, Value, number,
    stock::{Amount, is_code},
};
use helan_kernel::AreaCode;
use helan_store::{
    StoreError,
    base::{Page, Stored},
    desk::stock::{Goods, Incoming, Request, StoreRef},
};

use super::{
    Api,
    base::kind_of,
    error::ApiError,
    extract::{Json, cursor},
    state::blocking,
    stock_changes::{GOODS, is_store, reference},
    wire::{StockTakeOver, StockTaken},
};
use crate::{
    access::{Caller, Deed, Grant, grant},
    base::BaseData,
};

/// Records taken over at once: one transaction, well below a second.
const PORTION: usize = 200;

/// Take the stock records of the caller's area over into the ledger: what sheets said becomes goods that can be given out. A record
/// is taken over once.
#[utoipa::path(post, path = "/stock/take-over", tag = "stock", request_body = StockTakeOver,
    responses((status = 200, body = StockTaken)))]
pub async fn take_over(
    State(api): State<Api>,
    caller: Caller,
    Json(order): Json<StockTakeOver>,
) -> Result<Reply<StockTaken>, ApiError> {
    let after = cursor(order.after.as_deref())?.unwrap_or(0);
    let after = RecordId(i64::try_from(after).unwrap_or(i64::MAX));
    let [kind, _] = GOODS;
    let kind = kind_of(&api, kind)?;
    let only_synthetic = grant(caller.role, Deed::Records) == Grant::Drill;
    let (shared, who, now) = (api.clone(), caller.clone(), api.platform.now());
    let (answer, skipped, next) = blocking(move || {
        let page = Page { area: who.area, after, most: PORTION };
        let records = shared.base.read().list(&kind.key, page)?;
        let next = (records.len() == PORTION)
            .then(|| records.last().map(|last| last.id.0.to_string()))
            .flatten();
        let stores = stores(&shared.base, who.area)?;
        let (mut goods, mut skipped) = (Vec::new(), Vec::new());
        for stored in records {
            if only_synthetic && !stored.record.synthetic {
                continue;
            }
            match read(&kind, &stored, &stores) {
                Ok(read) => goods.push((read, stored)),
                Err(why) => skipped.push((stored.record.key, why)),
            }
        }
        let incoming: Vec<Incoming<'_>> = goods
            .iter()
            .map(|((goods, store, amount), stored)| Incoming {
                goods,
                store,
                amount: *amount,
                synthetic: stored.record.synthetic,
                record: &stored.record.key,
            })
            .collect();
        let key = format!("take-over {} {}", after.0, now.0);
        let by = who.actor.account.to_string();
        let request = Request { key: &key, by: &by, what: &key, reason: "stock record", now };
        let answer = shared.desk.stock_in(&request, &incoming)??;
        Ok::<_, ApiError>((answer, skipped, next))
    })
    .await??;
    let taken = answer.lots.len();
    api.note(&caller, "stock take-over", &format!("{taken} records after {}", after.0), true)
        .await?;
    Ok(Reply(StockTaken { taken, skipped, next }))
}

/// Stores of an area by key and by name.
fn stores(base: &BaseData, area: AreaCode) -> Result<BTreeMap<String, StoreRef>, StoreError> {
    let mut stores = BTreeMap::new();
    let kinds: Vec<Arc<Kind>> =
        base.kinds().iter().filter(|kind| is_store(kind)).cloned().collect();
    for kind in kinds {
        let mut after = RecordId(0);
        loop {
            let page = Page { area, after, most: PORTION };
            let records = base.read().list(&kind.key, page)?;
            let whole = records.len() == PORTION;
            for stored in records {
                after = stored.id;
                let name = stored.record.name.clone();
                let store = reference(&kind, stored);
                stores.entry(name).or_insert_with(|| store.clone());
                stores.insert(store.key.clone(), store);
            }
            if !whole {
                break;
            }
        }
    }
    Ok(stores)
}

/// What a stock record says, as goods; or what of it is missing.
fn read(
    kind: &Kind,
    stored: &Stored,
    stores: &BTreeMap<String, StoreRef>,
) -> Result<(Goods, StoreRef, Amount), &'static str> {
    let value = |field: &str| stored.record.values.get(kind.place(field)?);
    let words = |field: &str| match value(field) {
        Some(Value::Text(text)) => text.trim().to_owned(),
        _ => String::new(),
    };
    let expiry: Option<Date> = match value("expiry") {
        Some(Value::Date(day)) => Some(*day),
        _ => None,
    };
    let goods = Goods {
        item: words("code"),
        name: words("item"),
        spec: words("spec"),
        unit: words("unit"),
        batch: words("batch"),
        expiry,
    };
    if !is_code(&goods.item) {
        return Err("code");
    }
    if goods.unit.is_empty() {
        return Err("unit");
    }
    // What is to be repaired, expired or scrapped cannot be given out.
    if !matches!(words("quality").as_str(), "" | "good") {
        return Err("state");
    }
    let amount = number(value("quantity")).and_then(Amount::of).filter(|a| *a > Amount::ZERO);
    let store = stores.get(&words("store")).ok_or("store")?;
    Ok((goods, store.clone(), amount.ok_or("quantity")?))
}
