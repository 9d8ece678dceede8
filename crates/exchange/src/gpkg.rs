//! GeoPackages of other programs (OGC 12-128r18): one layer. The file is a database that somebody else wrote, so it is opened
//! for reading only, nothing in it is run, and only tables are read.

use std::{fs::File, io::Read, path::Path};

use helan_base::{Fault, WGS84, shape_of_blob};
use rusqlite::{
    Connection, OpenFlags, OptionalExtension, config::DbConfig, limits::Limit, types::ValueRef,
};

use crate::{
    Ask, Cell, FileError, Row,
    pump::{Head, Outlet, Pump, Stop},
};

/// Most columns: more is no table.
const MAX_COLUMNS: usize = 1_000;
/// Layers of one file: our own with all kinds has some dozen.
const MAX_LAYERS: usize = 1_000;
/// Bytes of one row: the outline of a region with every bend takes some megabytes.
const MAX_ROW: i32 = 64 * 1024 * 1024;
/// Rows of a layer: the pages of a damaged or malicious file may lead round and round.
const MAX_ROWS: u64 = 5_000_000;
/// CGCS2000, which differs from WGS-84 by centimetres.
const CGCS2000: i32 = 4490;

/// A layer of a file.
struct Layer {
    table: String,
    /// Column of the shapes; none for a table without.
    shapes: Option<String>,
    system: Option<i64>,
}

/// Opens a file: the layer with this name; or the one that is called as the kind; or the first one with rows.
pub fn open(ask: &Ask<'_>) -> Result<Pump, FileError> {
    let mut sign = Vec::new();
    File::open(ask.path)?.take(16).read_to_end(&mut sign)?;
    if sign != b"SQLite format 3\0" {
        return Err(lies("it is no database"));
    }
    let db = connect(ask.path).map_err(broken)?;
    let layers = layers(&db)?;
    let own = ask.kind.key.replace('-', "_");
    let chosen = match ask.layer {
        Some(name) => layers.iter().find(|layer| layer.table == name),
        None => match layers.iter().find(|layer| layer.table == own) {
            Some(own) => Some(own),
            None => first_with_rows(&db, &layers)?,
        },
    };
    let chosen = match (chosen, ask.layer) {
        (Some(chosen), _) => chosen,
        (None, Some(name)) => return Err(FileError::NoLayer(name.to_owned())),
        (None, None) => return Err(FileError::Empty),
    };
    if let Some(system) = chosen.system {
        accept(&db, system)?;
    }
    let table = chosen.table.clone();
    let shapes = chosen.shapes.clone();
    let mut names: Vec<String> = layers.into_iter().map(|layer| layer.table).collect();
    names.sort_by_key(|name| *name != table);
    Pump::start(move |out| read(&db, &table, shapes.as_deref(), names, out))
}

fn lies(why: &str) -> FileError {
    FileError::Lies { expected: "GeoPackage", why: why.to_owned() }
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn broken(error: rusqlite::Error) -> FileError {
    FileError::Broken { row: 0, why: error.to_string() }
}

/// Opens a database that is not to be trusted. It is taken as it is (`immutable`): what a program left in a log beside it
/// did not come with it.
fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let path = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    let db = Connection::open_with_flags(format!("file:{path}?immutable=1"), flags)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    for (limit, most) in [
        (Limit::SQLITE_LIMIT_LENGTH, MAX_ROW),
        (Limit::SQLITE_LIMIT_SQL_LENGTH, 200_000),
        (Limit::SQLITE_LIMIT_EXPR_DEPTH, 50),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 100),
    ] {
        db.set_limit(limit, most)?;
    }
    db.execute_batch("PRAGMA query_only = ON; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;")?;
    Ok(db)
}

/// The tables of the file that hold features or attributes, in its own order. Views and virtual tables are no layers: they
/// would be run.
fn layers(db: &Connection) -> Result<Vec<Layer>, FileError> {
    let known = |name: &str| {
        let sql =
            "SELECT EXISTS (SELECT 1 FROM pragma_table_list WHERE name = ?1 AND type = 'table')";
        db.query_row(sql, [name], |row| row.get::<_, bool>(0)).map_err(broken)
    };
    if !known("gpkg_contents")? || !known("gpkg_spatial_ref_sys")? {
        return Err(lies("it has no table of contents"));
    }
    let (columns, join) = if known("gpkg_geometry_columns")? {
        let join = "LEFT JOIN gpkg_geometry_columns AS g ON g.table_name = c.table_name";
        ("g.column_name, g.srs_id", join)
    } else {
        ("NULL, NULL", "")
    };
    let sql = format!(
        "SELECT c.table_name, {columns} FROM gpkg_contents AS c {join}
         JOIN pragma_table_list AS t ON t.name = c.table_name AND t.type = 'table' AND t.schema = 'main'
         WHERE c.data_type IN ('features', 'attributes') AND c.table_name NOT LIKE 'sqlite%'
         ORDER BY c.rowid LIMIT ?1"
    );
    let read = || -> rusqlite::Result<Vec<Layer>> {
        let mut statement = db.prepare(&sql)?;
        let layers = statement.query_map([MAX_LAYERS as i64], |row| {
            Ok(Layer { table: row.get(0)?, shapes: row.get(1)?, system: row.get(2)? })
        })?;
        layers.collect()
    };
    read().map_err(broken)
}

fn first_with_rows<'a>(db: &Connection, all: &'a [Layer]) -> Result<Option<&'a Layer>, FileError> {
    for layer in all {
        let sql = format!("SELECT EXISTS (SELECT 1 FROM {})", quoted(&layer.table));
        if db.query_row(&sql, [], |row| row.get(0)).map_err(broken)? {
            return Ok(Some(layer));
        }
    }
    Ok(None)
}

/// Refuses a reference system whose numbers are not degrees on WGS-84 or CGCS2000.
fn accept(db: &Connection, system: i64) -> Result<(), FileError> {
    let sql = "SELECT srs_name, upper(organization), organization_coordsys_id
               FROM gpkg_spatial_ref_sys WHERE srs_id = ?1";
    let found = db
        .query_row(sql, [system], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?))
        })
        .optional()
        .map_err(broken)?;
    match found {
        Some((_, who, number))
            if who == "EPSG" && [WGS84, CGCS2000].map(i64::from).contains(&number) =>
        {
            Ok(())
        }
        Some((name, who, number)) => Err(FileError::System(format!("{name} ({who}:{number})"))),
        None => Err(FileError::System(format!("an unknown system ({system})"))),
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn read(
    db: &Connection,
    table: &str,
    shapes: Option<&str>,
    layers: Vec<String>,
    out: &Outlet,
) -> Result<(), Stop> {
    let columns = columns(db, table, shapes).map_err(broken)?;
    if columns.len() > MAX_COLUMNS {
        return Err(FileError::TooLarge { what: "columns", most: MAX_COLUMNS as u64 }.into());
    }
    let heading = columns.iter().map(|(name, _)| name.clone()).collect();
    out.head(Head { heading, layers })?;
    let sql = format!("SELECT count(*) FROM (SELECT 1 FROM {} LIMIT {MAX_ROWS})", quoted(table));
    let total: i64 = db.query_row(&sql, [], |row| row.get(0)).map_err(broken)?;
    let list: Vec<String> = std::iter::once(shapes.map_or("NULL".to_owned(), quoted))
        .chain(columns.iter().map(|(name, _)| quoted(name)))
        .collect();
    let sql = format!("SELECT {} FROM {}", list.join(", "), quoted(table));
    let mut statement = db.prepare(&sql).map_err(broken)?;
    let mut rows = statement.query([]).map_err(broken)?;
    let mut number = 0_u64;
    loop {
        let failed =
            |error: rusqlite::Error| FileError::Broken { row: number + 1, why: error.to_string() };
        let Some(found) = rows.next().map_err(failed)? else { return Ok(()) };
        if number >= MAX_ROWS {
            return Err(FileError::TooLarge { what: "rows", most: MAX_ROWS }.into());
        }
        let mut row = Row { number: number + 1, ..Row::default() };
        match found.get_ref(0).map_err(failed)? {
            ValueRef::Null => {}
            // A sign in the header says that there is nothing in the shape.
            ValueRef::Blob([_, _, _, flags, ..]) if flags & 0b1_0000 != 0 => {}
            ValueRef::Blob(bytes) => match shape_of_blob(bytes) {
                Ok(shape) => row.shape = Some(shape),
                Err(_) => row.faults.push((None, Fault::Unreadable)),
            },
            _ => row.faults.push((None, Fault::Unreadable)),
        }
        for (place, (_, flag)) in columns.iter().enumerate() {
            row.cells.push(cell(found.get_ref(place + 1).map_err(failed)?, *flag));
        }
        number += 1;
        if number.is_multiple_of(256) {
            out.progress(number, u64::try_from(total).unwrap_or(0));
        }
        out.row(row)?;
    }
}

/// Columns beside the shape, and whether each holds yes and no.
fn columns(
    db: &Connection,
    table: &str,
    shapes: Option<&str>,
) -> rusqlite::Result<Vec<(String, bool)>> {
    let mut statement =
        db.prepare("SELECT name, upper(type) FROM pragma_table_info(?1) WHERE name IS NOT ?2")?;
    let columns = statement.query_map([Some(table), shapes], |row| {
        let r#type: String = row.get(1)?;
        Ok((row.get(0)?, r#type == "BOOLEAN"))
    })?;
    columns.collect()
}

fn cell(value: ValueRef<'_>, flag: bool) -> Cell {
    match value {
        ValueRef::Integer(whole @ (0 | 1)) if flag => Cell::Flag(whole == 1),
        // Beyond 2^53 a number would lose digits; such numbers are names.
        ValueRef::Integer(whole) if whole.unsigned_abs() > 1 << 53 => Cell::Text(whole.to_string()),
        #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
        ValueRef::Integer(whole) => Cell::Number(whole as f64),
        ValueRef::Real(number) => Cell::Number(number),
        ValueRef::Text(text) => match String::from_utf8_lossy(text).trim() {
            "" => Cell::Empty,
            text => Cell::Text(text.to_owned()),
        },
        ValueRef::Null | ValueRef::Blob(_) => Cell::Empty,
    }
}

#[cfg(test)]
mod tests;
