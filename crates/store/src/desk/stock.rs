//! The stock ledger (R20, R40): lots of goods in stores, two-sided movements, and allocations on their way to an incident.
//!
//! Every movement is written as entries that add up to nothing; the balances beside them are kept in the same transaction, and the
//! file itself refuses one below nothing. What an outsider needs to check the ledger is in `stock_entry` alone:
//! `SELECT lot FROM stock_entry GROUP BY lot HAVING sum(amount) <> 0` must find no row ([`Desk::check_stock`] checks more).
//! The rules are in [`helan_base::stock`]; this writes down what they say.

mod check;
#[cfg(test)]
mod tests;
mod write;

use std::collections::BTreeMap;

use helan_base::{
    Date, RecordId,
    stock::{Account, Amount, Stage, StockError},
};
use helan_kernel::{AreaCode, Ms, Position};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::Desk;
use crate::{StoreError, db};

pub use check::{Books, Flaw, check_stock};
pub use write::{Incoming, Reservation, Stepping, Wanted};

pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS stock_lot (
    id INTEGER PRIMARY KEY, item TEXT NOT NULL, name TEXT NOT NULL, spec TEXT NOT NULL, unit TEXT NOT NULL,
    batch TEXT NOT NULL, expiry INTEGER, store_kind TEXT NOT NULL, store TEXT NOT NULL, store_id INTEGER NOT NULL,
    area INTEGER NOT NULL, synthetic INTEGER NOT NULL, at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS stock_lot_same ON stock_lot
    (store_kind, store, item, batch, coalesce(expiry, -1), unit, name, spec, synthetic);
CREATE INDEX IF NOT EXISTS stock_lot_area ON stock_lot (area);
CREATE INDEX IF NOT EXISTS stock_lot_item ON stock_lot (item, area);
CREATE TABLE IF NOT EXISTS stock_record (
    record TEXT PRIMARY KEY, lot INTEGER NOT NULL REFERENCES stock_lot (id)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stock_allocation (
    id INTEGER PRIMARY KEY, part_of INTEGER, lot INTEGER REFERENCES stock_lot (id), item TEXT NOT NULL,
    unit TEXT NOT NULL, asked INTEGER NOT NULL, held INTEGER NOT NULL CHECK (held >= 0), got INTEGER,
    stage TEXT NOT NULL, incident INTEGER, drill INTEGER NOT NULL, area_from INTEGER NOT NULL, area_to INTEGER NOT NULL,
    to_name TEXT NOT NULL, to_lon REAL, to_lat REAL, to_kind TEXT NOT NULL, to_store TEXT NOT NULL, to_id INTEGER NOT NULL,
    vehicle TEXT NOT NULL, by TEXT NOT NULL, at INTEGER NOT NULL, changed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS stock_allocation_incident ON stock_allocation (incident, stage);
CREATE INDEX IF NOT EXISTS stock_allocation_lot ON stock_allocation (lot);
CREATE TABLE IF NOT EXISTS stock_move (
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL, what TEXT NOT NULL, allocation INTEGER, reason TEXT NOT NULL, by TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS stock_move_allocation ON stock_move (allocation);
CREATE TABLE IF NOT EXISTS stock_entry (
    id INTEGER PRIMARY KEY, move INTEGER NOT NULL REFERENCES stock_move (id), lot INTEGER NOT NULL REFERENCES stock_lot (id),
    account TEXT NOT NULL, allocation INTEGER NOT NULL, amount INTEGER NOT NULL CHECK (amount <> 0)
) STRICT;
CREATE INDEX IF NOT EXISTS stock_entry_lot ON stock_entry (lot, move);
CREATE INDEX IF NOT EXISTS stock_entry_move ON stock_entry (move);
CREATE TABLE IF NOT EXISTS stock_balance (
    lot INTEGER NOT NULL, account TEXT NOT NULL, allocation INTEGER NOT NULL, amount INTEGER NOT NULL,
    PRIMARY KEY (lot, account, allocation),
    CHECK (amount >= 0 OR account IN ('outside', 'moved', 'difference'))
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stock_request (
    by TEXT NOT NULL, key TEXT NOT NULL, what TEXT NOT NULL, answer TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (by, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS stock_request_at ON stock_request (at);
";

/// What goods are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goods {
    /// Code of GB/T 38565: seven digits.
    pub item: String,
    /// Name for people.
    pub name: String,
    /// Specification; may be empty.
    pub spec: String,
    /// Unit that they are counted in.
    pub unit: String,
    /// Batch; may be empty.
    pub batch: String,
    /// Last good day; none when they do not expire.
    pub expiry: Option<Date>,
}

/// A store: an object of the base database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreRef {
    /// Key of its kind.
    pub kind: String,
    /// Its key.
    pub key: String,
    /// Its number in the catalogue.
    pub id: RecordId,
    /// Its area.
    pub area: AreaCode,
}

/// Goods of one batch in one store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lot {
    /// Its number.
    pub id: u64,
    /// What it is.
    pub goods: Goods,
    /// Where it is at home.
    pub store: StoreRef,
    /// Whether it was made up for demonstration.
    pub synthetic: bool,
    /// Since when it is known.
    pub at: Ms,
    /// What is in each account, in thousandths of the unit.
    pub balances: Balances,
}

/// What is in each account of a lot, in thousandths of its unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Balances(pub BTreeMap<Account, i64>);

impl Balances {
    /// What is in an account.
    #[must_use]
    pub fn of(&self, account: Account) -> i64 {
        self.0.get(&account).copied().unwrap_or(0)
    }
}

/// Where an allocation goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Destination {
    /// Area whose people receive it.
    pub area: AreaCode,
    /// Name of the place.
    pub name: String,
    /// Where that is, when it is known.
    pub at: Option<Position>,
    /// The store that takes it in; none when it is a site.
    pub store: Option<StoreRef>,
}

/// Goods that are promised, on their way or at a site.
#[derive(Clone, Debug, PartialEq)]
pub struct Allocation {
    /// Its number.
    pub id: u64,
    /// The allocation that it was split from.
    pub part_of: Option<u64>,
    /// Of which lot; none while the owner has not granted it.
    pub lot: Option<u64>,
    /// Code of the item.
    pub item: String,
    /// Its unit.
    pub unit: String,
    /// How much was asked for or reserved.
    pub asked: Amount,
    /// How much it holds now.
    pub held: Amount,
    /// How much was counted at its arrival.
    pub got: Option<Amount>,
    /// How far it is.
    pub stage: Stage,
    /// For which incident.
    pub incident: Option<u64>,
    /// Whether that is a drill.
    pub drill: bool,
    /// Area that gives it.
    pub from: AreaCode,
    /// Where it goes.
    pub to: Destination,
    /// Key or plate of the vehicle; empty before it is loaded.
    pub vehicle: String,
    /// Account that asked.
    pub by: String,
    /// When.
    pub at: Ms,
    /// When it last changed.
    pub changed_at: Ms,
    /// What was done with it, oldest first.
    pub steps: Vec<Move>,
}

/// One movement of the ledger, or a step that moved nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// Its number.
    pub id: u64,
    /// When.
    pub at: Ms,
    /// What was done.
    pub what: String,
    /// With which allocation.
    pub allocation: Option<u64>,
    /// Why; may be empty.
    pub reason: String,
    /// Account that did it.
    pub by: String,
    /// What it changed of the lot that was asked for; empty when no lot was.
    pub entries: Vec<(Account, i64)>,
}

/// One request of a client: the same key again gives the same answer, and moves nothing.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Chosen by the client, once for each thing that it wants done.
    pub key: &'a str,
    /// Account that asks.
    pub by: &'a str,
    /// Everything that is asked for, as one text: the same key may not ask for something else.
    pub what: &'a str,
    /// Why; may be empty.
    pub reason: &'a str,
    /// When.
    pub now: Ms,
}

/// What a request did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Lots that it touched.
    pub lots: Vec<u64>,
    /// Allocations that it made or changed.
    pub allocations: Vec<u64>,
}

/// Why a request did nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The key was used for something else.
    #[error("the key was used for another request")]
    KeyUsed,
    /// There is no such lot or allocation.
    #[error("there is no such lot or allocation")]
    Unknown,
    /// The rules forbid it.
    #[error(transparent)]
    Rule(#[from] StockError),
    /// Too much is open for one incident, or an amount is too large.
    #[error("a limit is reached")]
    Limit,
}

/// Which lots are asked for.
#[derive(Clone, Debug)]
pub struct LotFilter<'a> {
    /// In this area.
    pub area: AreaCode,
    /// Of this item.
    pub item: Option<&'a str>,
    /// In this store: kind and key.
    pub store: Option<(&'a str, &'a str)>,
    /// With these words in name, batch or specification.
    pub words: Option<&'a str>,
    /// That expire before this day, and of which something is left in the store.
    pub expires_before: Option<Date>,
    /// Of which something is free, and that are good on this day: what is asked for to be given away.
    pub free_on: Option<Date>,
    /// As it was at this moment.
    pub at: Option<Ms>,
    /// After this lot.
    pub after: u64,
    /// So many at most.
    pub most: usize,
}

/// What there is of an item in an area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemSum {
    /// Code.
    pub item: String,
    /// Name.
    pub name: String,
    /// Unit.
    pub unit: String,
    /// How many lots there are of it.
    pub lots: u64,
    /// What is in each account.
    pub balances: Balances,
}

const LOT: &str = "l.id, l.item, l.name, l.spec, l.unit, l.batch, l.expiry, l.store_kind, l.store, l.store_id, l.area, \
                   l.synthetic, l.at";
const ALLOCATION: &str = "id, part_of, lot, item, unit, asked, held, got, stage, incident, drill, area_from, area_to, \
                          to_name, to_lon, to_lat, to_kind, to_store, to_id, vehicle, by, at, changed_at";

impl Desk {
    /// Lots with what is in their accounts, by number.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn stock_lots(&self, filter: &LotFilter<'_>) -> Result<Vec<Lot>, StoreError> {
        let db = self.db();
        let mut statement = db.prepare_cached(&format!(
            "SELECT {LOT} FROM stock_lot l WHERE l.id > ?1 AND l.area BETWEEN ?2 AND ?3
             AND (?4 IS NULL OR l.item = ?4) AND (?5 IS NULL OR (l.store_kind = ?5 AND l.store = ?6))
             AND (?7 IS NULL OR instr(lower(l.name || ' ' || l.spec || ' ' || l.batch || ' ' || l.item), ?7) > 0)
             AND (?8 IS NULL OR (l.expiry < ?8 AND EXISTS (SELECT 1 FROM stock_balance b
                  WHERE b.lot = l.id AND b.account IN ('available', 'reserved') AND b.amount > 0)))
             AND (?9 IS NULL OR l.at <= ?9)
             AND (?11 IS NULL OR ((l.expiry IS NULL OR l.expiry >= ?11) AND EXISTS (SELECT 1 FROM stock_balance b
                  WHERE b.lot = l.id AND b.account = 'available' AND b.amount > 0)))
             ORDER BY l.id LIMIT ?10"
        ))?;
        let words = filter.words.map(str::to_lowercase);
        let bounds = params![
            db::to_sql(filter.after),
            filter.area.0,
            filter.area.last().0,
            filter.item,
            filter.store.map(|(kind, _)| kind),
            filter.store.map(|(_, key)| key),
            words,
            filter.expires_before.map(|day| day.0),
            filter.at.map(|at| at.0),
            i64::try_from(filter.most).unwrap_or(i64::MAX),
            filter.free_on.map(|day| day.0)
        ];
        let lots = statement.query_map(bounds, read_lot)?;
        let mut lots: Vec<Lot> = lots.collect::<Result<_, _>>()?;
        for lot in &mut lots {
            lot.balances = balances(&db, lot.id, filter.at)?;
        }
        Ok(lots)
    }

    /// One lot.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn stock_lot(&self, id: u64) -> Result<Option<Lot>, StoreError> {
        let db = self.db();
        let Some(mut lot) = lot_of(&db, id)? else { return Ok(None) };
        lot.balances = balances(&db, id, None)?;
        Ok(Some(lot))
    }

    /// What there is of each item in an area, by code.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn stock_items(&self, area: AreaCode, most: usize) -> Result<Vec<ItemSum>, StoreError> {
        let db = self.db();
        let mut statement = db.prepare_cached(
            "SELECT l.item, l.name, l.unit, b.account, sum(b.amount), count(DISTINCT l.id)
             FROM stock_lot l JOIN stock_balance b ON b.lot = l.id WHERE l.area BETWEEN ?1 AND ?2
             GROUP BY l.item, l.name, l.unit, b.account ORDER BY l.item, l.name, l.unit",
        )?;
        let mut rows = statement.query(params![area.0, area.last().0])?;
        let mut items: Vec<ItemSum> = Vec::new();
        while let Some(row) = rows.next()? {
            let (item, name, unit): (String, String, String) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            let account = account_of(&row.get::<_, String>(3)?)?;
            let (sum, lots) = (row.get(4)?, db::from_sql(row.get(5)?));
            let same = items
                .last()
                .is_some_and(|last| last.item == item && last.name == name && last.unit == unit);
            if !same {
                if items.len() == most {
                    break;
                }
                items.push(ItemSum { item, name, unit, lots, balances: Balances::default() });
            }
            if let Some(last) = items.last_mut() {
                last.lots = last.lots.max(lots);
                last.balances.0.insert(account, sum);
            }
        }
        Ok(items)
    }

    /// One allocation.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn stock_allocation(&self, id: u64) -> Result<Option<Allocation>, StoreError> {
        let db = self.db();
        let Some(mut allocation) = allocation_of(&db, id)? else { return Ok(None) };
        allocation.steps = steps_of(&db, id)?;
        Ok(Some(allocation))
    }

    /// Allocations that an area gives or gets, newest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn stock_allocations(
        &self,
        area: AreaCode,
        incident: Option<u64>,
        open: Option<bool>,
        before: Option<u64>,
        most: usize,
    ) -> Result<Vec<Allocation>, StoreError> {
        let db = self.db();
        let mut statement = db.prepare_cached(&format!(
            "SELECT {ALLOCATION} FROM stock_allocation
             WHERE id < ?1 AND (area_from BETWEEN ?2 AND ?3 OR area_to BETWEEN ?2 AND ?3)
             AND (?4 IS NULL OR incident = ?4)
             AND (?5 IS NULL OR ?5 = (stage NOT IN ('done', 'refused', 'released', 'lost')))
             ORDER BY id DESC LIMIT ?6"
        ))?;
        let bounds = params![
            before.map_or(i64::MAX, db::to_sql),
            area.0,
            area.last().0,
            incident.map(db::to_sql),
            open,
            i64::try_from(most).unwrap_or(i64::MAX)
        ];
        let mut rows = statement.query(bounds)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(read_allocation(row)?);
        }
        for allocation in &mut found {
            allocation.steps = steps_of(&db, allocation.id)?;
        }
        Ok(found)
    }

    /// What an incident has got of the goods that an area gives or gets, or is promised, by item and unit, in thousandths: what is held for
    /// it, on its way or at its site, and what was used up there. What was turned back, lost, or missing at its arrival is not.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn stock_of_incident(
        &self,
        area: AreaCode,
        incident: u64,
    ) -> Result<BTreeMap<(String, String), i64>, StoreError> {
        let db = self.db();
        let mut statement = db.prepare_cached(
            "SELECT a.item, a.unit,
                 sum(CASE WHEN a.stage IN ('reserved', 'loaded', 'moving', 'arrived', 'received') THEN a.held ELSE 0 END
                     + coalesce((SELECT sum(e.amount) FROM stock_move m JOIN stock_entry e ON e.move = m.id
                                 WHERE m.allocation = a.id AND e.account = 'used'), 0))
             FROM stock_allocation a
             WHERE a.incident = ?1 AND (a.area_from BETWEEN ?2 AND ?3 OR a.area_to BETWEEN ?2 AND ?3)
             GROUP BY a.item, a.unit",
        )?;
        let bounds = params![db::to_sql(incident), area.0, area.last().0];
        let rows =
            statement.query_map(bounds, |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Movements of a lot, newest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn stock_moves(
        &self,
        lot: u64,
        before: Option<u64>,
        most: usize,
    ) -> Result<Vec<Move>, StoreError> {
        let db = self.db();
        let mut statement = db.prepare_cached(
            "SELECT DISTINCT m.id, m.at, m.what, m.allocation, m.reason, m.by FROM stock_move m
             JOIN stock_entry e ON e.move = m.id WHERE e.lot = ?1 AND m.id < ?2 ORDER BY m.id DESC LIMIT ?3",
        )?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let bounds = params![db::to_sql(lot), before.map_or(i64::MAX, db::to_sql), most];
        let moves = statement.query_map(bounds, read_move)?;
        let mut moves: Vec<Move> = moves.collect::<Result<_, _>>()?;
        let mut entries = db.prepare_cached(
            "SELECT account, amount FROM stock_entry WHERE lot = ?1 AND move = ?2 ORDER BY id",
        )?;
        for step in &mut moves {
            let mut rows = entries.query([db::to_sql(lot), db::to_sql(step.id)])?;
            while let Some(row) = rows.next()? {
                step.entries.push((account_of(&row.get::<_, String>(0)?)?, row.get(1)?));
            }
        }
        Ok(moves)
    }
}

fn account_of(word: &str) -> Result<Account, StoreError> {
    Account::of(word).ok_or_else(|| StoreError::Damaged(format!("no account is {word}")))
}

/// What is in the accounts of a lot, now or as it was.
fn balances(db: &Connection, lot: u64, at: Option<Ms>) -> Result<Balances, StoreError> {
    let mut sums = BTreeMap::new();
    let mut read = |word: String, sum: i64| {
        sums.insert(account_of(&word)?, sum);
        Ok::<_, StoreError>(())
    };
    match at {
        None => {
            let mut statement = db.prepare_cached(
                "SELECT account, sum(amount) FROM stock_balance WHERE lot = ?1 GROUP BY account",
            )?;
            let mut rows = statement.query([db::to_sql(lot)])?;
            while let Some(row) = rows.next()? {
                read(row.get(0)?, row.get(1)?)?;
            }
        }
        Some(at) => {
            let mut statement = db.prepare_cached(
                "SELECT e.account, sum(e.amount) FROM stock_entry e JOIN stock_move m ON m.id = e.move
                 WHERE e.lot = ?1 AND m.at <= ?2 GROUP BY e.account",
            )?;
            let mut rows = statement.query([db::to_sql(lot), at.0])?;
            while let Some(row) = rows.next()? {
                read(row.get(0)?, row.get(1)?)?;
            }
        }
    }
    Ok(Balances(sums))
}

fn lot_of(db: &Connection, id: u64) -> Result<Option<Lot>, StoreError> {
    let sql = format!("SELECT {LOT} FROM stock_lot l WHERE l.id = ?1");
    Ok(db.prepare_cached(&sql)?.query_row([db::to_sql(id)], read_lot).optional()?)
}

fn allocation_of(db: &Connection, id: u64) -> Result<Option<Allocation>, StoreError> {
    let sql = format!("SELECT {ALLOCATION} FROM stock_allocation WHERE id = ?1");
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query([db::to_sql(id)])?;
    rows.next()?.map(read_allocation).transpose()
}

fn steps_of(db: &Connection, allocation: u64) -> Result<Vec<Move>, StoreError> {
    let mut statement = db.prepare_cached(
        "SELECT id, at, what, allocation, reason, by FROM stock_move WHERE allocation = ?1 ORDER BY id",
    )?;
    let steps = statement.query_map([db::to_sql(allocation)], read_move)?;
    Ok(steps.collect::<Result<_, _>>()?)
}

fn read_move(row: &Row<'_>) -> rusqlite::Result<Move> {
    Ok(Move {
        id: db::from_sql(row.get(0)?),
        at: Ms(row.get(1)?),
        what: row.get(2)?,
        allocation: row.get::<_, Option<i64>>(3)?.map(db::from_sql),
        reason: row.get(4)?,
        by: row.get(5)?,
        entries: Vec::new(),
    })
}

fn read_lot(row: &Row<'_>) -> rusqlite::Result<Lot> {
    Ok(Lot {
        id: db::from_sql(row.get(0)?),
        goods: Goods {
            item: row.get(1)?,
            name: row.get(2)?,
            spec: row.get(3)?,
            unit: row.get(4)?,
            batch: row.get(5)?,
            expiry: row.get::<_, Option<i32>>(6)?.map(Date),
        },
        store: StoreRef {
            kind: row.get(7)?,
            key: row.get(8)?,
            id: RecordId(row.get(9)?),
            area: AreaCode(row.get(10)?),
        },
        synthetic: row.get(11)?,
        at: Ms(row.get(12)?),
        balances: Balances::default(),
    })
}

fn read_allocation(row: &Row<'_>) -> Result<Allocation, StoreError> {
    let amount = |parts: i64| {
        Amount::of_parts(parts).ok_or_else(|| StoreError::Damaged(format!("amount {parts}")))
    };
    let word: String = row.get(8)?;
    let stage =
        Stage::of(&word).ok_or_else(|| StoreError::Damaged(format!("no stage is {word}")))?;
    let (lon, lat): (Option<f64>, Option<f64>) = (row.get(14)?, row.get(15)?);
    let area = AreaCode(row.get(12)?);
    let key: String = row.get(17)?;
    let store = (!key.is_empty())
        .then(|| {
            Ok::<_, StoreError>(StoreRef {
                kind: row.get(16)?,
                key,
                id: RecordId(row.get(18)?),
                area,
            })
        })
        .transpose()?;
    Ok(Allocation {
        id: db::from_sql(row.get(0)?),
        part_of: row.get::<_, Option<i64>>(1)?.map(db::from_sql),
        lot: row.get::<_, Option<i64>>(2)?.map(db::from_sql),
        item: row.get(3)?,
        unit: row.get(4)?,
        asked: amount(row.get(5)?)?,
        held: amount(row.get(6)?)?,
        got: row.get::<_, Option<i64>>(7)?.map(amount).transpose()?,
        stage,
        incident: row.get::<_, Option<i64>>(9)?.map(db::from_sql),
        drill: row.get(10)?,
        from: AreaCode(row.get(11)?),
        to: Destination {
            area,
            name: row.get(13)?,
            at: lon.zip(lat).map(|(lon, lat)| Position { lon, lat }),
            store,
        },
        vehicle: row.get(19)?,
        by: row.get(20)?,
        at: Ms(row.get(21)?),
        changed_at: Ms(row.get(22)?),
        steps: Vec::new(),
    })
}
