//! Whether the records that people see are what the acts say: made anew from the audit chain, and compared.

use std::path::Path;

use helan_kernel::Ms;
use rusqlite::{Connection, OptionalExtension};

use super::{
    FILE, SCHEMA,
    records::{Changed, take},
};
use crate::{StoreError, StoredTurn, db};

/// A table of records that is not what the acts say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which table.
    pub table: &'static str,
    /// Rows that were changed, added or are missing.
    pub rows: u64,
    /// Number of the first of them.
    pub first: i64,
}

/// Tables that follow from the acts, with what is compared. The first column is the number that is named.
const TABLES: [(&str, &str); 13] = [
    ("alarm", "id, area, incident, device, open, body"),
    ("incident", "id, area, open, body"),
    // The area of runs and commands is that of the device when they were written: not compared.
    ("run", "id, incident, device, open, body"),
    ("command", "id, incident, device, open, body"),
    ("notice", "id, area, incident, open, body"),
    ("timeline", "incident, line, body"),
    ("warning", "incident, sequence, sent, area, body"),
    ("danger", "incident, policy, version, made, area, body"),
    ("danger_over", "incident, at"),
    ("program", "version, key, body"),
    ("escalation", "id, at, incident, body"),
    ("device_log", "device, at, seq, state"),
    ("flood", "at, flooded, alarms"),
];
/// Turns between two times that things in their newest form are written.
const TURNS: u64 = 4096;

/// Makes all records anew from the acts in the history and compares them with those that are there. Meant for a chain that
/// [`crate::verify`] has found whole. May run beside the node; takes about as long as the records took to be made.
///
/// # Errors
/// When the files cannot be read.
pub fn verify_records(folder: &Path) -> Result<Vec<Difference>, StoreError> {
    // A database without a name: on disk while it is large, gone when it is closed.
    let mut fresh = Connection::open("")?;
    fresh.execute_batch(SCHEMA)?;
    let live = folder.join(FILE);
    drop(db::open_reader(&live)?);
    fresh.execute("ATTACH ?1 AS live", [live.to_string_lossy()])?;
    let tx = fresh.transaction()?;
    let to: Option<i64> = tx
        .query_row("SELECT seq FROM live.position WHERE what = 'acts'", [], |row| row.get(0))
        .optional()?;
    let mut changed = Changed::default();
    {
        let mut select =
            tx.prepare("SELECT seq, at, acts FROM live.audit WHERE seq <= ?1 ORDER BY seq")?;
        let mut rows = select.query([to.unwrap_or(0)])?;
        let mut count = 0_u64;
        while let Some(row) = rows.next()? {
            let acts = super::fold::blob(row, 2)?;
            let (seq, at) = (db::from_sql(row.get(0)?), Ms(row.get(1)?));
            let turn = StoredTurn { seq, at, count: 0, batch: &[], acts, link: None };
            take(&tx, &turn, &mut changed)?;
            count += 1;
            if count.is_multiple_of(TURNS) {
                std::mem::take(&mut changed).write(&tx)?;
            }
        }
    }
    changed.write(&tx)?;
    let mut found = Vec::new();
    for (table, columns) in TABLES {
        let (rows, first): (i64, Option<i64>) = tx.query_row(
            &format!(
                "SELECT count(DISTINCT one), min(one) FROM (
                     SELECT *, {first} AS one FROM (SELECT {columns} FROM main.{table}
                                      EXCEPT SELECT {columns} FROM live.{table})
                     UNION ALL
                     SELECT *, {first} AS one FROM (SELECT {columns} FROM live.{table}
                                      EXCEPT SELECT {columns} FROM main.{table}))",
                first = columns.split(',').next().unwrap_or(columns),
            ),
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        if let Some(first) = first {
            found.push(Difference { table, rows: db::from_sql(rows), first });
        }
    }
    Ok(found)
}
