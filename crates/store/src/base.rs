//! The base database in its file: an OGC GeoPackage that every GIS program opens as it is.
//!
//! Each kind is a layer, a table with one row for each record. A row holds what is so now, and where each of its facts comes
//! from; what it was before stands in `helan_change`, newest last, so that any past state can be told ([`Base::at`]). Nothing of
//! it is decided by the engine: what the engine must know of it comes to it as events.

mod extract;
mod layer;
mod schema;
mod write;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use helan_base::{Entry, Kind, Kinds, Origin, Record, RecordId, Source};
use helan_kernel::{AreaCode, Ms};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::StoreError;
use layer::Layer;

pub use extract::Extract;
pub(crate) use schema::open_reader;
pub use write::{Contradiction, Judge, Put, Wrote};

/// Name of the file in the folder.
pub(crate) const FILE: &str = "base.gpkg";

/// A record as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// Its number.
    pub id: RecordId,
    /// What is so now.
    pub record: Record,
    /// Where most of it comes from.
    pub origin: u64,
    /// Where the rest comes from, by column.
    pub origins: BTreeMap<String, u64>,
    /// When somebody or something last said that it is still so.
    pub checked_at: Ms,
    /// When it was last changed.
    pub changed_at: Ms,
}

/// One change of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// When.
    pub at: Ms,
    /// Where the new facts come from.
    pub origin: u64,
    /// What the changed columns held before (JSON), and where that came from.
    pub before: BTreeMap<String, (serde_json::Value, u64)>,
    /// Whether the record was made by it, or taken away.
    pub what: Changed,
}

/// What a change did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// Columns changed.
    Updated,
    /// The record was taken away.
    Removed,
    /// The record came back.
    Restored,
}

/// Which records of a kind are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// Only those in this area.
    pub area: AreaCode,
    /// Only those after this one.
    pub after: RecordId,
    /// So many at most.
    pub most: usize,
}

/// What can be asked of the base database of a folder. There may be several.
#[derive(Debug)]
pub struct BaseReader {
    db: Connection,
    layers: BTreeMap<String, Arc<Layer>>,
}

/// The base database of a folder: its one writer.
#[derive(Debug)]
pub struct Base {
    read: BaseReader,
    next: i64,
}

impl Base {
    /// Opens the base database of a folder with these kinds; makes what is new. Fields that a kind no longer has stay in
    /// the file.
    ///
    /// # Errors
    /// When the file cannot be used.
    pub fn open(folder: &Path, kinds: &Kinds) -> Result<Self, StoreError> {
        let db = schema::open(&folder.join(FILE))?;
        let mut layers = BTreeMap::new();
        for kind in kinds.iter() {
            let layer = Layer::new(kind.clone());
            schema::make_layer(&db, &layer, false)?;
            layers.insert(kind.key.clone(), Arc::new(layer));
        }
        let next = schema::next_number(&db)?;
        Ok(Self { read: BaseReader { db, layers }, next })
    }

    /// What can be asked of it.
    #[must_use]
    pub const fn read(&self) -> &BaseReader {
        &self.read
    }
}

impl BaseReader {
    /// Opens the base database of a folder for reading; its writer has made it with these kinds.
    ///
    /// # Errors
    /// When the file cannot be used.
    pub fn open(folder: &Path, kinds: &Kinds) -> Result<Self, StoreError> {
        let db = schema::open_reader(&folder.join(FILE))?;
        let layer = |kind: &Arc<Kind>| (kind.key.clone(), Arc::new(Layer::new(kind.clone())));
        Ok(Self { db, layers: kinds.iter().map(layer).collect() })
    }

    fn layer(&self, kind: &str) -> Result<Arc<Layer>, StoreError> {
        let layer = self.layers.get(kind).cloned();
        layer.ok_or_else(|| StoreError::Damaged(format!("no kind is called {kind}")))
    }

    /// The kinds it was opened with.
    pub fn kinds(&self) -> impl Iterator<Item = &Arc<Kind>> {
        self.layers.values().map(|layer| &layer.kind)
    }

    /// The record of a kind with this key.
    ///
    /// # Errors
    /// When the file cannot be read, or there is no such kind.
    pub fn get(&self, kind: &str, key: &str) -> Result<Option<Stored>, StoreError> {
        let layer = self.layer(kind)?;
        let mut statement = self.db.prepare_cached(&layer.by_key)?;
        let mut rows = statement.query([key])?;
        rows.next()?.map(|row| layer.stored(row)).transpose()
    }

    /// The record of a kind with this number.
    ///
    /// # Errors
    /// When the file cannot be read, or there is no such kind.
    pub fn get_by_id(&self, kind: &str, id: RecordId) -> Result<Option<Stored>, StoreError> {
        let layer = self.layer(kind)?;
        let mut statement = self.db.prepare_cached(&layer.by_id)?;
        let mut rows = statement.query([id.0])?;
        rows.next()?.map(|row| layer.stored(row)).transpose()
    }

    /// Records of a kind, by number.
    ///
    /// # Errors
    /// When the file cannot be read, or there is no such kind.
    pub fn list(&self, kind: &str, page: Page) -> Result<Vec<Stored>, StoreError> {
        let layer = self.layer(kind)?;
        let mut statement = self.db.prepare_cached(&layer.page)?;
        let most = i64::try_from(page.most).unwrap_or(i64::MAX);
        let mut rows =
            statement.query(params![page.after.0, page.area.0, page.area.last().0, most])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(layer.stored(row)?);
        }
        Ok(found)
    }

    /// Numbers and areas of all records of a kind in an area, by number.
    ///
    /// # Errors
    /// When the file cannot be read, or there is no such kind.
    pub fn ids(&self, kind: &str, area: AreaCode) -> Result<Vec<(RecordId, AreaCode)>, StoreError> {
        let layer = self.layer(kind)?;
        let sql = format!(
            "SELECT fid, area FROM \"{}\" WHERE area BETWEEN ?1 AND ?2 ORDER BY fid",
            layer.table
        );
        let mut statement = self.db.prepare_cached(&sql)?;
        let ids = statement.query_map(params![area.0, area.last().0], |row| {
            Ok((RecordId(row.get(0)?), AreaCode(row.get(1)?)))
        })?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    /// What a record was at a past moment; none when it was not there then.
    ///
    /// # Errors
    /// When the file cannot be read, or there is no such kind.
    pub fn at(&self, kind: &str, key: &str, at: Ms) -> Result<Option<Stored>, StoreError> {
        let layer = self.layer(kind)?;
        let Some((id, made)) = self.made(&layer, key)? else { return Ok(None) };
        let mut now = self.get(kind, key)?;
        for change in self.history(id)?.into_iter().rev() {
            if change.at <= at {
                break;
            }
            match change.what {
                Changed::Restored => now = None,
                Changed::Updated | Changed::Removed => {
                    let stored = now.get_or_insert_with(|| layer.blank(id, key));
                    layer.undo(stored, &change)?;
                }
            }
        }
        Ok(now.filter(|_| made <= at))
    }

    /// The changes of a record, oldest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn history(&self, id: RecordId) -> Result<Vec<Change>, StoreError> {
        let mut statement = self.db.prepare_cached(
            "SELECT at, origin, what, before FROM helan_change WHERE fid = ?1 ORDER BY seq",
        )?;
        let mut rows = statement.query([id.0])?;
        let mut changes = Vec::new();
        while let Some(row) = rows.next()? {
            let before: String = row.get(3)?;
            changes.push(Change {
                at: Ms(row.get(0)?),
                origin: number(row, 1)?,
                what: match row.get::<_, i64>(2)? {
                    0 => Changed::Updated,
                    1 => Changed::Removed,
                    _ => Changed::Restored,
                },
                before: serde_json::from_str(&before).map_err(|error| {
                    StoreError::Damaged(format!("a change of {}: {error}", id.0))
                })?,
            });
        }
        Ok(changes)
    }

    /// Number of the record with this key and when it was first made, even of one that was taken away.
    fn made(&self, layer: &Layer, key: &str) -> Result<Option<(RecordId, Ms)>, StoreError> {
        let found = |row: &Row<'_>| Ok((RecordId(row.get(0)?), Ms(row.get(1)?)));
        let live = self.db.prepare_cached(&layer.made)?.query_row([key], found).optional()?;
        if live.is_some() {
            return Ok(live);
        }
        let gone = self
            .db
            .prepare_cached("SELECT fid, made_at FROM helan_removed WHERE layer = ?1 AND key = ?2")?
            .query_row(params![layer.table, key], found)
            .optional()?;
        Ok(gone)
    }

    /// Where facts come from.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn origin(&self, number: u64) -> Result<Option<Origin>, StoreError> {
        let found = self
            .db
            .prepare_cached("SELECT source, by, detail, at FROM helan_origin WHERE id = ?1")?
            .query_row([crate::db::to_sql(number)], |row| {
                let source: String = row.get(0)?;
                Ok(Origin {
                    source: Source::of(&source).unwrap_or(Source::Import),
                    by: row.get(1)?,
                    detail: row.get(2)?,
                    at: Ms(row.get(3)?),
                })
            })
            .optional()?;
        Ok(found)
    }

    /// All records as the catalogue in memory wants them. The number of a kind is its place in `kinds`.
    ///
    /// # Errors
    /// When the file cannot be read, or what `each` says.
    pub fn entries(&self, mut each: impl FnMut(Entry)) -> Result<(), StoreError> {
        for (layer, kind) in self.layers.values().zip(0_u16..) {
            let sql = format!("SELECT fid, area, name, geom FROM \"{}\"", layer.table);
            let mut statement = self.db.prepare(&sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                each(Entry {
                    id: RecordId(row.get(0)?),
                    kind,
                    area: AreaCode(row.get(1)?),
                    name: row.get(2)?,
                    shape: layer::shape(row.get_ref(3)?)?,
                });
            }
        }
        Ok(())
    }
}

fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get(column).map(crate::db::from_sql)
}

#[cfg(test)]
mod tests;
