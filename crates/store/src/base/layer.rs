//! One kind as a table: its statements, and the way of a record into columns and back.

use std::{collections::BTreeMap, sync::Arc};

use base64::{Engine, prelude::BASE64_STANDARD as BASE64};
use geo::{Geometry, MultiLineString, MultiPolygon};
use helan_base::{
    Date, Kind, Record, RecordId, ShapeKind, Value, What, shape_of_blob, shape_to_blob,
};
use helan_kernel::{AreaCode, Ms};
use rusqlite::{
    Row,
    types::{Value as Cell, ValueRef},
};

use super::{Change, Stored, number};
use crate::StoreError;

/// Columns of the record itself, in the order of the statements; the fields of the kind follow.
const OWN: [&str; 6] = ["name", "area", "address", "post", "geom", "synthetic"];
/// Columns before them.
const HEAD: usize = 6;

#[derive(Debug)]
pub struct Layer {
    pub kind: Arc<Kind>,
    pub table: String,
    /// Names of the columns that can change.
    pub columns: Vec<String>,
    pub by_key: String,
    pub by_id: String,
    pub made: String,
    pub page: String,
    pub insert: String,
    pub remove: String,
}

impl Layer {
    pub fn new(kind: Arc<Kind>) -> Self {
        let table = kind.key.replace('-', "_");
        let fields = kind.fields.iter().map(|field| field.key.clone());
        let columns: Vec<String> = OWN.iter().map(|own| (*own).to_owned()).chain(fields).collect();
        let list = columns.iter().map(|c| format!("\"{c}\"")).collect::<Vec<_>>().join(", ");
        let select = format!(
            "SELECT fid, key, origin, origins, checked_at, changed_at, {list} FROM \"{table}\""
        );
        let places: Vec<String> =
            (1..=HEAD + 1 + columns.len()).map(|place| format!("?{place}")).collect();
        Self {
            by_key: format!("{select} WHERE key = ?1"),
            by_id: format!("{select} WHERE fid = ?1"),
            made: format!("SELECT fid, made_at FROM \"{table}\" WHERE key = ?1"),
            page: format!("{select} WHERE fid > ?1 AND area BETWEEN ?2 AND ?3 ORDER BY fid LIMIT ?4"),
            insert: format!(
                "INSERT OR REPLACE INTO \"{table}\" (fid, key, origin, origins, checked_at, changed_at, made_at, {list})
                 VALUES ({})",
                places.join(", ")
            ),
            remove: format!("DELETE FROM \"{table}\" WHERE fid = ?1"),
            kind,
            table,
            columns,
        }
    }

    /// The columns of a record, in the order of [`Layer::columns`].
    pub fn cells(&self, record: &Record) -> Result<Vec<Cell>, StoreError> {
        let geom = record.shape.as_ref().map(|shape| shape_to_blob(&self.whole(shape)));
        let mut cells = vec![
            Cell::Text(record.name.clone()),
            Cell::Integer(record.area.0.into()),
            Cell::Text(record.address.clone()),
            Cell::Text(record.post.clone()),
            geom.transpose().map_err(damaged)?.map_or(Cell::Null, Cell::Blob),
            Cell::Integer(record.synthetic.into()),
        ];
        cells.extend(record.values.iter().map(|value| match value {
            Value::Empty => Cell::Null,
            Value::Text(text) => Cell::Text(text.clone()),
            Value::Number(number) => Cell::Real(*number),
            Value::Whole(whole) => Cell::Integer(*whole),
            Value::Flag(flag) => Cell::Integer((*flag).into()),
            Value::Date(date) => Cell::Text(date.to_string()),
        }));
        Ok(cells)
    }

    /// A layer has one type of geometry: single lines and polygons are written as sets of one.
    fn whole(&self, shape: &Geometry) -> Geometry {
        match (self.kind.shape, shape) {
            (ShapeKind::Line, Geometry::LineString(line)) => {
                MultiLineString::new(vec![line.clone()]).into()
            }
            (ShapeKind::Polygon, Geometry::Polygon(polygon)) => {
                MultiPolygon::new(vec![polygon.clone()]).into()
            }
            _ => shape.clone(),
        }
    }

    /// Reads a row of [`Layer::by_key`] or [`Layer::page`].
    pub fn stored(&self, row: &Row<'_>) -> Result<Stored, StoreError> {
        let mut cells = Vec::with_capacity(self.columns.len());
        for column in HEAD..HEAD + self.columns.len() {
            cells.push(row.get_ref(column)?);
        }
        let origins: Option<String> = row.get(3)?;
        Ok(Stored {
            id: RecordId(row.get(0)?),
            record: self.record(row.get(1)?, &cells)?,
            origin: number(row, 2)?,
            origins: match origins {
                Some(text) => serde_json::from_str(&text).map_err(damaged)?,
                None => BTreeMap::new(),
            },
            checked_at: Ms(row.get(4)?),
            changed_at: Ms(row.get(5)?),
        })
    }

    fn record(&self, key: String, cells: &[ValueRef<'_>]) -> Result<Record, StoreError> {
        let mut cells = cells.iter();
        let mut next = || cells.next().copied().unwrap_or(ValueRef::Null);
        let text = |cell: ValueRef<'_>| match cell.as_str_or_null() {
            Ok(text) => Ok(text.unwrap_or_default().to_owned()),
            Err(error) => Err(StoreError::Damaged(error.to_string())),
        };
        Ok(Record {
            key,
            name: text(next())?,
            area: AreaCode(whole(next()).and_then(|n| u32::try_from(n).ok()).unwrap_or(0)),
            address: text(next())?,
            post: text(next())?,
            shape: shape(next())?,
            synthetic: whole(next()) == Some(1),
            values: self.kind.fields.iter().map(|field| value(next(), &field.what)).collect(),
        })
    }

    /// A record with nothing in it: what is known of one that was taken away, before its changes are undone.
    pub fn blank(&self, id: RecordId, key: &str) -> Stored {
        let record = Record {
            key: key.to_owned(),
            name: String::new(),
            area: AreaCode::ALL,
            address: String::new(),
            post: String::new(),
            shape: None,
            values: vec![Value::Empty; self.kind.fields.len()],
            synthetic: false,
        };
        let (origins, never) = (BTreeMap::new(), Ms(0));
        Stored { id, record, origin: 0, origins, checked_at: never, changed_at: never }
    }

    /// Turns a change back.
    pub fn undo(&self, stored: &mut Stored, change: &Change) -> Result<(), StoreError> {
        let mut cells = self.cells(&stored.record)?;
        for (column, (before, origin)) in &change.before {
            let Some(place) = self.columns.iter().position(|c| c == column) else { continue };
            if let Some(cell) = cells.get_mut(place) {
                *cell = from_json(before)?;
            }
            stored.origins.insert(column.clone(), *origin);
        }
        let refs: Vec<ValueRef<'_>> = cells.iter().map(ValueRef::from).collect();
        stored.record = self.record(std::mem::take(&mut stored.record.key), &refs)?;
        Ok(())
    }
}

fn damaged(error: impl std::fmt::Display) -> StoreError {
    StoreError::Damaged(error.to_string())
}

/// A stored shape.
pub fn shape(cell: ValueRef<'_>) -> Result<Option<Geometry>, StoreError> {
    match cell {
        ValueRef::Null => Ok(None),
        ValueRef::Blob(bytes) => shape_of_blob(bytes).map(Some).map_err(damaged),
        _ => Err(StoreError::Damaged("a shape is not bytes".into())),
    }
}

fn whole(cell: ValueRef<'_>) -> Option<i64> {
    cell.as_i64().ok()
}

/// What another program wrote into a cell that does not fit the field counts as empty: it can be seen as a defect, and set right.
fn value(cell: ValueRef<'_>, what: &What) -> Value {
    let text = || cell.as_str().ok();
    match what {
        What::Text { .. } | What::Phone | What::Choice { .. } => {
            text().map(|t| Value::Text(t.to_owned()))
        }
        What::Number { .. } => match cell {
            ValueRef::Real(number) => Some(Value::Number(number)),
            #[expect(
                clippy::cast_precision_loss,
                reason = "measured values have 15 digits at most"
            )]
            ValueRef::Integer(whole) => Some(Value::Number(whole as f64)),
            _ => None,
        },
        What::Whole { .. } => whole(cell).map(Value::Whole),
        What::Flag => whole(cell).map(|flag| Value::Flag(flag != 0)),
        What::Date => text().and_then(Date::read).map(Value::Date),
    }
    .unwrap_or_default()
}

/// A cell in the list of changes.
pub fn to_json(cell: &Cell) -> serde_json::Value {
    match cell {
        Cell::Null => serde_json::Value::Null,
        Cell::Integer(whole) => (*whole).into(),
        Cell::Real(number) => (*number).into(),
        Cell::Text(text) => text.clone().into(),
        // Only shapes are bytes.
        Cell::Blob(bytes) => serde_json::json!({ "shape": BASE64.encode(bytes) }),
    }
}

fn from_json(json: &serde_json::Value) -> Result<Cell, StoreError> {
    Ok(match json {
        serde_json::Value::Null => Cell::Null,
        serde_json::Value::String(text) => Cell::Text(text.clone()),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(whole) => Cell::Integer(whole),
            None => Cell::Real(number.as_f64().unwrap_or_default()),
        },
        other => {
            let shape = other.get("shape").and_then(serde_json::Value::as_str);
            Cell::Blob(BASE64.decode(shape.unwrap_or_default()).map_err(damaged)?)
        }
    })
}
