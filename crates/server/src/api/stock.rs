//! The stock ledger, read: lots, items, movements, allocations, and whether it adds up. Everything is bounded by the caller's area.

use axum::{
    Json as Reply,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use helan_base::{
    Date,
    stock::{Account, units},
};
use helan_exchange::csv_row;
use helan_kernel::{AreaCode, Ms};
use helan_store::desk::stock::{Lot, LotFilter};

use super::{
    Api,
    error::{ApiError, Code},
    extract::{Path, Query, cursor, page_size},
    state::blocking,
    wire::{
        Page, StockAllocation, StockAllocationQuery, StockArea, StockBooks, StockItem, StockLot,
        StockMove, StockPage, StockQuery,
    },
};
use crate::{
    access::Caller,
    forces::today,
    text::{Language, text},
};

/// Items of one answer: the standard has some thousand codes.
const MOST_ITEMS: usize = 5_000;
/// Longest words to find.
const MAX_WORDS: usize = 64;
/// Lots of one file: those of a region, several times; some ten megabytes of memory.
const MOST_EXPORTED: usize = 100_000;
/// Lots read at once for a file.
const SLICE: usize = 500;
/// Spreadsheets read Chinese only with it.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
/// Accounts of a file, in its order.
const COLUMNS: [Account; 9] = [
    Account::Available,
    Account::Reserved,
    Account::Loaded,
    Account::Transit,
    Account::Received,
    Account::Used,
    Account::Difference,
    Account::WrittenOff,
    Account::Moved,
];

/// Lots of goods with what is free, promised, on its way and at sites; now, or as it was.
#[utoipa::path(get, path = "/stock/lots", tag = "stock", params(StockQuery),
    responses((status = 200, body = Page<StockLot>)))]
pub async fn lots(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<StockQuery>,
) -> Result<Reply<Page<StockLot>>, ApiError> {
    let after = cursor(query.after.as_deref())?.unwrap_or(0);
    let most = page_size(query.limit);
    if query.words.as_ref().is_some_and(|words| words.chars().count() > MAX_WORDS) {
        return Err(Code::OutOfRange.into());
    }
    let Some(area) = caller.part_of(query.area) else {
        return Ok(Reply(Page { items: Vec::new(), next: None }));
    };
    let today = today(api.platform.now());
    let within = |days| Date(today.0.saturating_add(i32::try_from(days).unwrap_or(i32::MAX)));
    let expires_before = query.expires_within.map(|days| within(days.saturating_add(1)));
    let shared = api.clone();
    let items: Vec<StockLot> = blocking(move || {
        let filter = LotFilter {
            area,
            item: query.item.as_deref(),
            store: query.kind.as_deref().zip(query.store.as_deref()),
            words: query.words.as_deref(),
            expires_before,
            free_on: None,
            at: query.at.map(Ms),
            after,
            most,
        };
        let lots = shared.desk.stock_lots(&filter)?;
        let catalogue = shared.base.catalogue();
        let shown = lots.iter().map(|lot| {
            let place = catalogue.place_of(lot.store.id).map(Into::into);
            StockLot::of(lot, (catalogue.name_of(lot.store.id), place), today)
        });
        Ok::<_, ApiError>(shown.collect())
    })
    .await??;
    let next = (items.len() == most).then(|| items.last().map(|lot| lot.id.to_string())).flatten();
    Ok(Reply(Page { items, next }))
}

/// All lots of an area as a CSV file; now, or as they were.
#[utoipa::path(get, path = "/stock/export", tag = "stock", params(StockQuery),
    responses((status = 200, body = Vec<u8>, content_type = "text/csv")))]
pub async fn export(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<StockQuery>,
) -> Result<Response, ApiError> {
    let area = caller.part_of(query.area).ok_or(Code::NotFound)?;
    let language = Language::of_word(&caller.language);
    let (shared, at) = (api.clone(), query.at.map(Ms));
    let (file, count) = blocking(move || {
        let mut file = BYTE_ORDER_MARK.to_vec();
        let heads = text(language, "stock.columns").split(',');
        file.extend(csv_row(heads.chain(COLUMNS.map(|column| text(language, head_of(column))))));
        let (mut after, mut count) = (0, 0);
        loop {
            let lots = shared.desk.stock_lots(&slice(area, query.item.as_deref(), at, after))?;
            let Some(last) = lots.last() else { break };
            after = last.id;
            count += lots.len();
            if count > MOST_EXPORTED {
                return Err(ApiError::from(Code::TooLarge));
            }
            let catalogue = shared.base.catalogue();
            for lot in &lots {
                let store = catalogue.name_of(lot.store.id).unwrap_or(&lot.store.key);
                let cells = cells(lot, store);
                file.extend(csv_row(cells.iter().map(String::as_str)));
            }
        }
        Ok((file, count))
    })
    .await??;
    api.note(&caller, "stock export", &format!("{}: {count} lots", area.0), true).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"stock-{}.csv\"", area.0)),
    ];
    Ok((headers, file).into_response())
}

const fn head_of(account: Account) -> &'static str {
    match account {
        Account::Available | Account::Outside => "stock.available",
        Account::Reserved => "stock.reserved",
        Account::Loaded => "stock.loaded",
        Account::Transit => "stock.transit",
        Account::Received => "stock.received",
        Account::Used => "stock.used",
        Account::Difference => "stock.difference",
        Account::WrittenOff => "stock.written-off",
        Account::Moved => "stock.moved",
    }
}

const fn slice(area: AreaCode, item: Option<&str>, at: Option<Ms>, after: u64) -> LotFilter<'_> {
    let (store, words, expires_before) = (None, None, None);
    LotFilter { area, item, store, words, expires_before, free_on: None, at, after, most: SLICE }
}

fn cells(lot: &Lot, store: &str) -> Vec<String> {
    let goods = &lot.goods;
    let mut cells = vec![
        lot.id.to_string(),
        goods.item.clone(),
        goods.name.clone(),
        goods.spec.clone(),
        goods.unit.clone(),
        goods.batch.clone(),
        goods.expiry.map(|day| day.to_string()).unwrap_or_default(),
        store.to_owned(),
        lot.store.area.0.to_string(),
    ];
    cells.extend(COLUMNS.map(|account| units(lot.balances.of(account)).to_string()));
    cells
}

/// What there is of each item.
#[utoipa::path(get, path = "/stock/items", tag = "stock", params(StockArea),
    responses((status = 200, body = [StockItem])))]
pub async fn items(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<StockArea>,
) -> Result<Reply<Vec<StockItem>>, ApiError> {
    let Some(area) = caller.part_of(query.area) else { return Ok(Reply(Vec::new())) };
    let desk = api.desk.clone();
    let items = blocking(move || desk.stock_items(area, MOST_ITEMS)).await??;
    Ok(Reply(items.iter().map(Into::into).collect()))
}

/// Movements of a lot, newest first.
#[utoipa::path(get, path = "/stock/lots/{id}/moves", tag = "stock", params(("id" = u64, Path), StockPage),
    responses((status = 200, body = Page<StockMove>)))]
pub async fn moves(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
    Query(query): Query<StockPage>,
) -> Result<Reply<Page<StockMove>>, ApiError> {
    let before = cursor(query.after.as_deref())?;
    let most = page_size(query.limit);
    let desk = api.desk.clone();
    let moves = blocking(move || {
        let lot = desk.stock_lot(id)?.filter(|lot| caller.sees(lot.store.area));
        lot.ok_or(Code::NotFound)?;
        Ok::<_, ApiError>(desk.stock_moves(id, before, most)?)
    })
    .await??;
    let next = (moves.len() == most).then(|| moves.last().map(|last| last.id.to_string()));
    Ok(Reply(Page { items: moves.iter().map(Into::into).collect(), next: next.flatten() }))
}

/// Allocations that the caller's area gives or gets, newest first.
#[utoipa::path(get, path = "/stock/allocations", tag = "stock", params(StockAllocationQuery),
    responses((status = 200, body = Page<StockAllocation>)))]
pub async fn allocations(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<StockAllocationQuery>,
) -> Result<Reply<Page<StockAllocation>>, ApiError> {
    let before = cursor(query.after.as_deref())?;
    let most = page_size(query.limit);
    let Some(area) = caller.part_of(query.area) else {
        return Ok(Reply(Page { items: Vec::new(), next: None }));
    };
    let desk = api.desk.clone();
    let (incident, open) = (query.incident, query.open);
    let found = move || desk.stock_allocations(area, incident, open, before, most);
    let found = blocking(found).await??;
    let next = (found.len() == most).then(|| found.last().map(|last| last.id.to_string()));
    let shown = found.iter().map(|allocation| {
        let (gives, gets) = (caller.sees(allocation.from), caller.sees(allocation.to.area));
        StockAllocation::of(allocation, gives, gets)
    });
    Ok(Reply(Page { items: shown.collect(), next: next.flatten() }))
}

/// Whether the part of the ledger that belongs to the caller's area adds up.
#[utoipa::path(get, path = "/stock/check", tag = "stock", responses((status = 200, body = StockBooks)))]
pub async fn check(State(api): State<Api>, caller: Caller) -> Result<Reply<StockBooks>, ApiError> {
    // It reads all of the ledger: one at a time, as walks along the audit chain.
    let _one = api.checks.acquire().await.map_err(|_closed| Code::Unavailable)?;
    let desk = api.desk.clone();
    let books = blocking(move || desk.check_stock(caller.area)).await??;
    Ok(Reply(books.into()))
}
