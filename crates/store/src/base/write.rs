//! Changes of the base database.

use std::collections::BTreeMap;

use geo::Geometry;
use helan_base::{Entry, Origin, Record, RecordId};
use helan_kernel::{AreaCode, Ms};
use rusqlite::{
    OptionalExtension, params,
    types::{Value as Cell, ValueRef},
};

use super::{
    Base, Changed, Stored,
    layer::{self, Layer, to_json},
    number,
};
use crate::{StoreError, db};

/// A record to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Put {
    /// The record.
    pub record: Record,
    /// Whether its empty columns make stored ones empty: yes for a form, which shows the whole; no for a sheet, which has some.
    pub whole: bool,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrote {
    /// It is new.
    Created,
    /// Something in it changed.
    Updated,
    /// It was so already; it counts as looked at.
    Same,
}

/// A new value that would take the place of another one.
#[derive(Clone, Copy, Debug)]
pub struct Contradiction<'a> {
    /// The record as it is stored.
    pub stored: &'a Stored,
    /// The record as it shall be.
    pub new: &'a Record,
    /// The column.
    pub column: &'a str,
    /// Number of the origin of what stands there.
    pub origin: u64,
}

/// Who decides about contradictions.
pub trait Judge {
    /// Whether what is stored stays.
    ///
    /// # Errors
    /// When it cannot decide; then nothing is stored.
    fn keeps(&mut self, contradiction: Contradiction<'_>) -> Result<bool, StoreError>;

    /// Called when all was decided, before anything is durable.
    ///
    /// # Errors
    /// Then nothing is stored.
    fn settle(&mut self) -> Result<(), StoreError>;
}

/// New values take the place of old ones.
struct Takes;

impl Judge for Takes {
    fn keeps(&mut self, _: Contradiction<'_>) -> Result<bool, StoreError> {
        Ok(false)
    }

    fn settle(&mut self) -> Result<(), StoreError> {
        Ok(())
    }
}

impl Base {
    /// Notes where facts come from; gives its number.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn add_origin(&mut self, origin: &Origin) -> Result<u64, StoreError> {
        self.read
            .db
            .prepare_cached(
                "INSERT INTO helan_origin (source, by, detail, at) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![origin.source.word(), origin.by, origin.detail, origin.at.0])?;
        Ok(db::from_sql(self.read.db.last_insert_rowid()))
    }

    /// Stores records of a kind in one durable transaction: all of them, or on an error none. Gives what became of each, and
    /// what the catalogue in memory must take in.
    ///
    /// # Errors
    /// When the disk fails or is full, or there is no such kind.
    pub fn put(
        &mut self,
        kind: &str,
        puts: &[Put],
        origin: u64,
        at: Ms,
    ) -> Result<Vec<(Wrote, Entry)>, StoreError> {
        self.put_judged(kind, puts, origin, at, &mut Takes)
    }

    /// Stores records as [`Base::put`] does, but asks where a new value would take the place of another one. What stays counts as
    /// not said.
    ///
    /// # Errors
    /// When the disk fails or is full, there is no such kind, or the judge fails.
    pub fn put_judged(
        &mut self,
        kind: &str,
        puts: &[Put],
        origin: u64,
        at: Ms,
        judge: &mut dyn Judge,
    ) -> Result<Vec<(Wrote, Entry)>, StoreError> {
        let layer = self.read.layer(kind)?;
        let place = self.read.layers.keys().position(|key| key == kind).unwrap_or_default();
        let place = u16::try_from(place).unwrap_or(u16::MAX);
        let start = self.next;
        let tx = self.read.db.unchecked_transaction()?;
        let mut next = start;
        let mut done = Vec::with_capacity(puts.len());
        for put in puts {
            let (id, wrote, is) = one(&tx, &layer, put, (origin, at), &mut next, judge)?;
            let entry = Entry { id, kind: place, area: is.area, name: is.name, shape: is.shape };
            done.push((wrote, entry));
        }
        extend(&tx, &layer, puts.iter().map(|put| &put.record))?;
        if next > start {
            tx.prepare_cached("UPDATE helan_next SET fid = ?1")?.execute([next])?;
        }
        judge.settle()?;
        tx.commit()?;
        self.next = next;
        Ok(done)
    }

    /// Notes that somebody looked at a record and found it so. False when it is not there.
    ///
    /// # Errors
    /// When the disk fails, or there is no such kind.
    pub fn confirm(&mut self, kind: &str, id: RecordId, at: Ms) -> Result<bool, StoreError> {
        let layer = self.read.layer(kind)?;
        let sql = format!(
            "UPDATE \"{}\" SET checked_at = max(checked_at, ?2) WHERE fid = ?1",
            layer.table
        );
        Ok(self.read.db.prepare_cached(&sql)?.execute([id.0, at.0])? == 1)
    }

    /// Takes a record away; it stays in the history, and can come back with the same key. Gives its number, or none when it is
    /// not there.
    ///
    /// # Errors
    /// When the disk fails, or there is no such kind.
    pub fn remove(
        &mut self,
        kind: &str,
        key: &str,
        origin: u64,
        at: Ms,
    ) -> Result<Option<RecordId>, StoreError> {
        let layer = self.read.layer(kind)?;
        let Some(stored) = self.read.get(kind, key)? else { return Ok(None) };
        let cells = layer.cells(&stored.record)?;
        let before = layer.columns.iter().zip(&cells).map(|(column, cell)| {
            let from = stored.origins.get(column).copied().unwrap_or(stored.origin);
            (column.clone(), (to_json(cell), from))
        });
        let tx = self.read.db.unchecked_transaction()?;
        note(&tx, stored.id, at, origin, Changed::Removed, &before.collect())?;
        tx.execute(
            &format!(
                "INSERT INTO helan_removed SELECT fid, ?2, key, made_at FROM \"{}\" WHERE fid = ?1",
                layer.table
            ),
            params![stored.id.0, layer.table],
        )?;
        tx.prepare_cached(&layer.remove)?.execute([stored.id.0])?;
        tx.commit()?;
        Ok(Some(stored.id))
    }
}

type Before = BTreeMap<String, (serde_json::Value, u64)>;

fn one(
    tx: &rusqlite::Connection,
    layer: &Layer,
    put: &Put,
    (origin, at): (u64, Ms),
    next: &mut i64,
    judge: &mut dyn Judge,
) -> Result<(RecordId, Wrote, Is), StoreError> {
    let mut is = Is::of(&put.record);
    let mut cells = layer.cells(&put.record)?;
    let known = {
        let mut statement = tx.prepare_cached(&layer.by_key)?;
        let mut rows = statement.query([&put.record.key])?;
        match rows.next()? {
            Some(row) => {
                let origins: Option<String> = row.get(3)?;
                let mut old = Vec::with_capacity(cells.len());
                for column in 6..6 + cells.len() {
                    old.push(row.get::<_, Cell>(column)?);
                }
                let (id, from) = (RecordId(row.get(0)?), number(row, 2)?);
                Some((id, from, origins, Ms(row.get(5)?), old))
            }
            None => None,
        }
    };
    let Some((id, from, origins, changed, old)) = known else {
        let (id, made, back) = number_of(tx, layer, &put.record.key, at, next)?;
        if back {
            note(tx, id, at, origin, Changed::Restored, &Before::new())?;
        }
        let times = [at, at, made];
        write(tx, layer, id, &put.record.key, (origin, None), times, cells)?;
        return Ok((id, Wrote::Created, is));
    };
    let mut origins: BTreeMap<String, u64> = match origins {
        Some(text) => serde_json::from_str(&text)
            .map_err(|error| StoreError::Damaged(format!("origins of {}: {error}", id.0)))?,
        None => BTreeMap::new(),
    };
    let mut before = Before::new();
    let mut stored: Option<Stored> = None;
    let mut kept = false;
    for ((column, new), old) in layer.columns.iter().zip(&mut cells).zip(old) {
        if *new == old || (is_nothing(new) && !put.whole) {
            *new = old;
            continue;
        }
        let was = origins.get(column).copied().unwrap_or(from);
        if !is_nothing(&old) && !is_nothing(new) {
            if stored.is_none() {
                stored = again(tx, layer, &put.record.key)?;
            }
            let contradiction = stored.as_ref().map(|stored| Contradiction {
                stored,
                new: &put.record,
                column,
                origin: was,
            });
            if let Some(contradiction) = contradiction
                && judge.keeps(contradiction)?
            {
                kept = true;
                *new = old;
                continue;
            }
        }
        origins.insert(column.clone(), origin);
        before.insert(column.clone(), (to_json(&old), was));
    }
    is.read(&cells)?;
    if before.is_empty() {
        // What was contradicted was not confirmed.
        if !kept {
            let sql = format!("UPDATE \"{}\" SET checked_at = ?2 WHERE fid = ?1", layer.table);
            tx.prepare_cached(&sql)?.execute([id.0, at.0])?;
        }
        return Ok((id, Wrote::Same, is));
    }
    note(tx, id, at, origin, Changed::Updated, &before)?;
    let origins =
        serde_json::to_string(&origins).map_err(|e| StoreError::Damaged(e.to_string()))?;
    let made: Ms =
        tx.prepare_cached(&layer.made)?.query_row([&put.record.key], |row| row.get(1).map(Ms))?;
    let times = [at, at.max(changed), made];
    write(tx, layer, id, &put.record.key, (from, Some(origins)), times, cells)?;
    Ok((id, Wrote::Updated, is))
}

/// What the catalogue must know of a record as it is now.
struct Is {
    area: AreaCode,
    name: String,
    shape: Option<Geometry>,
}

impl Is {
    fn of(record: &Record) -> Self {
        Self { area: record.area, name: record.name.clone(), shape: record.shape.clone() }
    }

    /// Takes over what stayed though the new record has it otherwise, or not at all.
    fn read(&mut self, cells: &[Cell]) -> Result<(), StoreError> {
        let [Cell::Text(name), Cell::Integer(area), _, _, shape, ..] = cells else { return Ok(()) };
        self.name.clone_from(name);
        self.area = u32::try_from(*area).map_or(self.area, AreaCode);
        self.shape = layer::shape(ValueRef::from(shape))?;
        Ok(())
    }
}

fn is_nothing(cell: &Cell) -> bool {
    matches!(cell, Cell::Null) || matches!(cell, Cell::Text(text) if text.is_empty())
}

fn again(
    tx: &rusqlite::Connection,
    layer: &Layer,
    key: &str,
) -> Result<Option<Stored>, StoreError> {
    let mut statement = tx.prepare_cached(&layer.by_key)?;
    let mut rows = statement.query([key])?;
    rows.next()?.map(|row| layer.stored(row)).transpose()
}

/// The number of a key that is not there now, when it was first made, and whether it had been there before.
fn number_of(
    tx: &rusqlite::Connection,
    layer: &Layer,
    key: &str,
    at: Ms,
    next: &mut i64,
) -> Result<(RecordId, Ms, bool), StoreError> {
    let gone = tx
        .prepare_cached(
            "DELETE FROM helan_removed WHERE layer = ?1 AND key = ?2 RETURNING fid, made_at",
        )?
        .query_row(params![layer.table, key], |row| Ok((RecordId(row.get(0)?), Ms(row.get(1)?))))
        .optional()?;
    if let Some((id, made)) = gone {
        return Ok((id, made, true));
    }
    *next += 1;
    Ok((RecordId(*next - 1), at, false))
}

fn write(
    tx: &rusqlite::Connection,
    layer: &Layer,
    id: RecordId,
    key: &str,
    (origin, origins): (u64, Option<String>),
    [checked, changed, made]: [Ms; 3],
    cells: Vec<Cell>,
) -> Result<(), StoreError> {
    let head = [
        Cell::Integer(id.0),
        Cell::Text(key.to_owned()),
        Cell::Integer(db::to_sql(origin)),
        origins.map_or(Cell::Null, Cell::Text),
        Cell::Integer(checked.0),
        Cell::Integer(changed.0),
        Cell::Integer(made.0),
    ];
    let all = head.into_iter().chain(cells);
    tx.prepare_cached(&layer.insert)?.execute(rusqlite::params_from_iter(all))?;
    Ok(())
}

fn note(
    tx: &rusqlite::Connection,
    id: RecordId,
    at: Ms,
    origin: u64,
    what: Changed,
    before: &Before,
) -> Result<(), StoreError> {
    let before = serde_json::to_string(before).map_err(|e| StoreError::Damaged(e.to_string()))?;
    let what = match what {
        Changed::Updated => 0,
        Changed::Removed => 1,
        Changed::Restored => 2,
    };
    tx.prepare_cached(
        "INSERT INTO helan_change (fid, at, origin, what, before) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![id.0, at.0, db::to_sql(origin), what, before])?;
    Ok(())
}

/// Lets the extent of the layer, as other programs read it, grow with what was stored. It never shrinks: the standard calls it
/// informative.
pub fn extend<'a>(
    tx: &rusqlite::Connection,
    layer: &Layer,
    records: impl Iterator<Item = &'a Record>,
) -> Result<(), StoreError> {
    use geo::BoundingRect;
    let boxes = records.filter_map(|record| record.shape.as_ref()?.bounding_rect());
    let all = boxes.reduce(|a, b| {
        let min = (a.min().x.min(b.min().x), a.min().y.min(b.min().y));
        let max = (a.max().x.max(b.max().x), a.max().y.max(b.max().y));
        geo::Rect::new(min, max)
    });
    let Some(all) = all else { return Ok(()) };
    tx.prepare_cached(
        "UPDATE gpkg_contents SET min_x = min(coalesce(min_x, ?2), ?2), min_y = min(coalesce(min_y, ?3), ?3),
             max_x = max(coalesce(max_x, ?4), ?4), max_y = max(coalesce(max_y, ?5), ?5),
             last_change = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
         WHERE table_name = ?1",
    )?
    .execute(params![layer.table, all.min().x, all.min().y, all.max().x, all.max().y])?;
    Ok(())
}
