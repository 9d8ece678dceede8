//! Records to give away as a GeoPackage of their own: what they say, and nothing of where it comes from or what was before.

use std::{path::Path, sync::Arc};

use helan_base::{Kind, Record};
use rusqlite::{Connection, params_from_iter, types::Value as Cell};

use super::{layer::Layer, schema, write};
use crate::StoreError;

/// Bytes of a page.
const PAGE: u64 = 4096;

/// A file that is being written.
#[derive(Debug)]
pub struct Extract {
    db: Connection,
    layer: Option<(Layer, String)>,
}

impl Extract {
    /// Begins a new file of `most` bytes at most.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn create(file: &Path, most: u64) -> Result<Self, StoreError> {
        Ok(Self { db: schema::create(file, most / PAGE)?, layer: None })
    }

    /// Begins with the layer of a kind.
    ///
    /// # Errors
    /// When it cannot be written, or the file is full.
    pub fn kind(&mut self, kind: &Arc<Kind>) -> Result<(), StoreError> {
        let layer = Layer::new(kind.clone());
        schema::make_layer(&self.db, &layer, true)?;
        let columns: Vec<String> = layer.columns.iter().map(|c| format!("\"{c}\"")).collect();
        let places: Vec<String> = (1..=columns.len() + 1).map(|n| format!("?{n}")).collect();
        let insert = format!(
            "INSERT INTO \"{}\" (key, {}) VALUES ({})",
            layer.table,
            columns.join(", "),
            places.join(", ")
        );
        self.layer = Some((layer, insert));
        Ok(())
    }

    /// Adds records of the kind.
    ///
    /// # Errors
    /// When they cannot be written, or the file is full.
    pub fn add(&mut self, records: &[Record]) -> Result<(), StoreError> {
        let Some((layer, insert)) = &self.layer else { return Ok(()) };
        let tx = self.db.unchecked_transaction()?;
        {
            let mut statement = tx.prepare_cached(insert)?;
            for record in records {
                let key = Cell::Text(record.key.clone());
                statement
                    .execute(params_from_iter([key].into_iter().chain(layer.cells(record)?)))?;
            }
        }
        write::extend(&tx, layer, records.iter())?;
        tx.commit()?;
        Ok(())
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(self) -> Result<(), StoreError> {
        self.db.close().map_err(|(_open, error)| error.into())
    }
}
