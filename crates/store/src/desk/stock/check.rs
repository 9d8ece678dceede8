//! Whether the ledger adds up. Needs nothing but the file: whoever has a copy can check it.

use std::path::Path;

use helan_kernel::AreaCode;
use rusqlite::{Connection, params};

use crate::{StoreError, db, desk::Desk, desk::FILE};

/// Most flaws that are told: one is enough to look.
const MOST: usize = 100;

/// Something that does not add up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// `move` (its entries do not add up to nothing), `lot` (likewise), `balance` (it is not the sum of its entries), `negative`
    /// (goods below nothing), `allocation` (it does not hold what its account says) or `moved` (what left for other stores is not
    /// what came).
    pub what: &'static str,
    /// Number of the movement, lot or allocation.
    pub number: u64,
    /// By how much, in thousandths.
    pub amount: i64,
}

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Books {
    /// Lots that were looked at.
    pub lots: u64,
    /// Entries that were looked at.
    pub entries: u64,
    /// What does not add up.
    pub flaws: Vec<Flaw>,
}

/// Each check and the rows that it must not find: number, amount. `?1` and `?2` bound the area of a lot.
const CHECKS: [(&str, &str); 6] = [
    (
        "move",
        "SELECT e.move, sum(e.amount) FROM stock_entry e
         WHERE e.move IN (SELECT move FROM stock_entry JOIN stock_lot l ON l.id = lot WHERE l.area BETWEEN ?1 AND ?2)
         GROUP BY e.move HAVING sum(e.amount) <> 0",
    ),
    (
        "lot",
        "SELECT e.lot, sum(e.amount) FROM stock_entry e JOIN stock_lot l ON l.id = e.lot
         WHERE l.area BETWEEN ?1 AND ?2 GROUP BY e.lot HAVING sum(e.amount) <> 0",
    ),
    (
        "balance",
        "SELECT lot, sum(amount) FROM (
            SELECT lot, account, allocation, amount FROM stock_entry
            UNION ALL SELECT lot, account, allocation, -amount FROM stock_balance)
         JOIN stock_lot l ON l.id = lot WHERE l.area BETWEEN ?1 AND ?2
         GROUP BY lot, account, allocation HAVING sum(amount) <> 0",
    ),
    (
        "negative",
        "SELECT e.lot, sum(e.amount) FROM stock_entry e JOIN stock_lot l ON l.id = e.lot
         WHERE l.area BETWEEN ?1 AND ?2 AND account NOT IN ('outside', 'moved', 'difference')
         GROUP BY e.lot, e.account, e.allocation HAVING sum(e.amount) < 0",
    ),
    (
        "allocation",
        "SELECT a.id, a.held - (SELECT coalesce(sum(amount), 0) FROM stock_balance b
            WHERE b.lot = a.lot AND b.allocation = a.id)
         FROM stock_allocation a JOIN stock_lot l ON l.id = a.lot
         WHERE l.area BETWEEN ?1 AND ?2 AND (CASE WHEN a.stage IN ('asked', 'refused', 'released', 'lost', 'done')
            THEN 0 ELSE a.held END) <>
            (SELECT coalesce(sum(amount), 0) FROM stock_balance b WHERE b.lot = a.lot AND b.allocation = a.id)",
    ),
    // Of the whole ledger: an area alone may have given more than it got.
    (
        "moved",
        "SELECT 0, coalesce(sum(amount), 0) FROM stock_entry WHERE account = 'moved' AND ?1 = 0 AND ?2 >= 0
         HAVING coalesce(sum(amount), 0) <> 0",
    ),
];

/// Checks the ledger of a data folder, read only: beside a server that runs, or of a copy. A folder without one has no flaws.
///
/// # Errors
/// When the file cannot be read.
pub fn check_stock(folder: &Path) -> Result<Books, StoreError> {
    check(folder, AreaCode(0))
}

impl Desk {
    /// Checks the part of the ledger that belongs to an area; the whole with [`AreaCode`] 0. Nobody who works with it waits meanwhile.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn check_stock(&self, area: AreaCode) -> Result<Books, StoreError> {
        check(&self.folder, area)
    }
}

fn check(folder: &Path, area: AreaCode) -> Result<Books, StoreError> {
    let file = folder.join(FILE);
    if !file.exists() {
        return Ok(Books::default());
    }
    let db = db::open_reader(&file)?;
    let known: bool = db.query_row(
        "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'stock_entry')",
        [],
        |row| row.get(0),
    )?;
    if known { books(&db, area) } else { Ok(Books::default()) }
}

fn books(db: &Connection, area: AreaCode) -> Result<Books, StoreError> {
    let read = db.unchecked_transaction()?;
    let bounds = params![area.0, area.last().0];
    let count = |sql: &str| -> Result<u64, StoreError> {
        Ok(read.query_row(sql, bounds, |row| row.get(0)).map(db::from_sql)?)
    };
    let mut books = Books {
        lots: count("SELECT count(*) FROM stock_lot WHERE area BETWEEN ?1 AND ?2")?,
        entries: count(
            "SELECT count(*) FROM stock_entry e JOIN stock_lot l ON l.id = e.lot WHERE l.area BETWEEN ?1 AND ?2",
        )?,
        flaws: Vec::new(),
    };
    for (what, sql) in CHECKS {
        let mut statement = read.prepare(sql)?;
        let mut rows = statement.query(bounds)?;
        while books.flaws.len() < MOST
            && let Some(row) = rows.next()?
        {
            let number = db::from_sql(row.get(0)?);
            books.flaws.push(Flaw { what, number, amount: row.get(1)? });
        }
    }
    Ok(books)
}
