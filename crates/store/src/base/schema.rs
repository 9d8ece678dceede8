//! The tables of the file: those of the standard (OGC GeoPackage 1.3), and our own beside them.

use std::path::Path;

use helan_base::{ShapeKind, WGS84, What};
use rusqlite::{Connection, OpenFlags, params};

use super::layer::Layer;
use crate::{StoreError, backup};

/// `GPKG` (clause 1.1.1.1.1).
const APPLICATION: i64 = 0x4750_4b47;
/// GeoPackage 1.3.
const VERSION: i64 = 10_300;
/// Format of our own tables; raised by a change that an older program would misread.
const FORMAT: i64 = 1;

/// Tables of the standard.
const STANDARD: &str = "
CREATE TABLE IF NOT EXISTS gpkg_spatial_ref_sys (
    srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
    organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT
);
CREATE TABLE IF NOT EXISTS gpkg_contents (
    table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '',
    last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
    min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
    CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id)
);
CREATE TABLE IF NOT EXISTS gpkg_geometry_columns (
    table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL,
    z TINYINT NOT NULL, m TINYINT NOT NULL,
    CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
    CONSTRAINT uk_gc_table_name UNIQUE (table_name),
    CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
    CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id)
);
INSERT OR IGNORE INTO gpkg_spatial_ref_sys VALUES
    ('Undefined Cartesian SRS', -1, 'NONE', -1, 'undefined', 'undefined Cartesian coordinate reference system'),
    ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', 'undefined geographic coordinate reference system'),
    ('WGS 84 geodetic', 4326, 'EPSG', 4326,
     'GEOGCS[\"WGS 84\",DATUM[\"WGS_1984\",SPHEROID[\"WGS 84\",6378137,298.257223563,AUTHORITY[\"EPSG\",\"7030\"]],\
AUTHORITY[\"EPSG\",\"6326\"]],PRIMEM[\"Greenwich\",0,AUTHORITY[\"EPSG\",\"8901\"]],UNIT[\"degree\",0.0174532925199433,\
AUTHORITY[\"EPSG\",\"9122\"]],AXIS[\"Latitude\",NORTH],AXIS[\"Longitude\",EAST],AUTHORITY[\"EPSG\",\"4326\"]]',
     'longitude/latitude coordinates in decimal degrees on the WGS 84 spheroid');
";

/// Our own tables beside them.
const OWN: &str = "
-- Where facts come from.
CREATE TABLE IF NOT EXISTS helan_origin (
    id INTEGER PRIMARY KEY, source TEXT NOT NULL, by TEXT NOT NULL, detail TEXT NOT NULL, at INTEGER NOT NULL
);
-- Records that were taken away: a key that comes back gets its number and its history back.
CREATE TABLE IF NOT EXISTS helan_removed (
    fid INTEGER PRIMARY KEY, layer TEXT NOT NULL, key TEXT NOT NULL, made_at INTEGER NOT NULL, UNIQUE (layer, key)
);
-- The next number: none is given twice, whatever was taken away.
CREATE TABLE IF NOT EXISTS helan_next (one INTEGER PRIMARY KEY CHECK (one = 1), fid INTEGER NOT NULL);
INSERT OR IGNORE INTO helan_next VALUES (1, 1);
-- What records were before: columns with their old values and origins. what: 0 updated, 1 removed, 2 restored.
CREATE TABLE IF NOT EXISTS helan_change (
    seq INTEGER PRIMARY KEY, fid INTEGER NOT NULL, at INTEGER NOT NULL, origin INTEGER NOT NULL, what INTEGER NOT NULL,
    before TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS helan_change_fid ON helan_change (fid, seq);
-- Format of the tables named helan_….
CREATE TABLE IF NOT EXISTS helan_format (one INTEGER PRIMARY KEY CHECK (one = 1), format INTEGER NOT NULL);
";

/// Opens the file for writing; makes it when it is new.
pub fn open(file: &Path) -> Result<Connection, StoreError> {
    if let Some(folder) = file.parent() {
        backup::refuse_unfinished(folder)?;
    }
    let db = Connection::open(file)?;
    db.busy_timeout(crate::db::BUSY)?;
    let application: i64 = db.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if application != 0 && application != APPLICATION || version > VERSION {
        let found = u32::try_from(version).unwrap_or(u32::MAX);
        return Err(StoreError::Newer { path: file.to_owned(), found, known: 10_300 });
    }
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;
         PRAGMA cache_size = -16000; PRAGMA wal_autocheckpoint = 4000;",
    )?;
    db.pragma_update(None, "application_id", APPLICATION)?;
    db.pragma_update(None, "user_version", VERSION)?;
    db.execute_batch(STANDARD)?;
    db.execute_batch(OWN)?;
    db.execute("INSERT OR IGNORE INTO helan_format VALUES (1, ?1)", [FORMAT])?;
    let format: i64 = db.query_row("SELECT format FROM helan_format", [], |row| row.get(0))?;
    if format > FORMAT {
        let found = u32::try_from(format).unwrap_or(u32::MAX);
        return Err(StoreError::Newer { path: file.to_owned(), found, known: 1 });
    }
    db.set_prepared_statement_cache_capacity(512);
    Ok(db)
}

/// Opens the file, which is there, for reading only.
pub fn open_reader(file: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(file, flags)?;
    db.busy_timeout(crate::db::BUSY)?;
    db.set_prepared_statement_cache_capacity(512);
    Ok(db)
}

/// Makes a file to give away: the tables of the standard alone, `pages` pages at most.
pub fn create(file: &Path, pages: u64) -> Result<Connection, StoreError> {
    let db = Connection::open(file)?;
    // It is thrown away when anything fails, and asks for no care.
    db.execute_batch(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA page_size = 4096;",
    )?;
    db.pragma_update(None, "max_page_count", crate::db::to_sql(pages))?;
    db.pragma_update(None, "application_id", APPLICATION)?;
    db.pragma_update(None, "user_version", VERSION)?;
    db.execute_batch(STANDARD)?;
    Ok(db)
}

/// What a layer keeps of its records beside what they say.
const KEPT: &str = ", origin INTEGER NOT NULL, origins TEXT, checked_at INTEGER NOT NULL, changed_at INTEGER NOT NULL,
                made_at INTEGER NOT NULL";

/// Makes the table of a kind, or adds what it has not yet. One that is given away has only what the records say.
pub fn make_layer(db: &Connection, layer: &Layer, away: bool) -> Result<(), StoreError> {
    let table = &layer.table;
    let tx = db.unchecked_transaction()?;
    let known: bool = tx.query_row(
        "SELECT EXISTS (SELECT 1 FROM gpkg_contents WHERE table_name = ?1)",
        [table],
        |row| row.get(0),
    )?;
    if !known {
        tx.execute_batch(&format!(
            "CREATE TABLE \"{table}\" (
                fid INTEGER PRIMARY KEY NOT NULL, geom {}, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
                area INTEGER NOT NULL, address TEXT NOT NULL, post TEXT NOT NULL, synthetic BOOLEAN NOT NULL{}
            );
            CREATE INDEX \"{table}_area\" ON \"{table}\" (area, fid);",
            geometry(layer.kind.shape),
            if away { "" } else { KEPT }
        ))?;
        tx.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id)
             VALUES (?1, 'features', ?2, ?3, ?4)",
            params![table, layer.kind.key, layer.kind.name.zh, WGS84],
        )?;
        tx.execute(
            "INSERT INTO gpkg_geometry_columns VALUES (?1, 'geom', ?2, ?3, 0, 0)",
            params![table, geometry(layer.kind.shape), WGS84],
        )?;
    }
    let has: Vec<String> = {
        let mut statement = tx.prepare("SELECT name FROM pragma_table_info(?1)")?;
        let names = statement.query_map([table], |row| row.get(0))?;
        names.collect::<Result<_, _>>()?
    };
    for field in &layer.kind.fields {
        if !has.contains(&field.key) {
            let column = match field.what {
                What::Text { .. } | What::Phone | What::Choice { .. } => "TEXT",
                What::Number { .. } => "DOUBLE",
                What::Whole { .. } => "INTEGER",
                What::Flag => "BOOLEAN",
                What::Date => "DATE",
            };
            tx.execute_batch(&format!(
                "ALTER TABLE \"{table}\" ADD COLUMN \"{}\" {column}",
                field.key
            ))?;
        }
    }
    tx.commit()?;
    Ok(())
}

/// Name of the type of geometry (clause 2.1.4).
const fn geometry(shape: ShapeKind) -> &'static str {
    match shape {
        ShapeKind::Point => "POINT",
        // Roads and zones have several pieces at times; one type must hold both.
        ShapeKind::Line => "MULTILINESTRING",
        ShapeKind::Polygon => "MULTIPOLYGON",
        ShapeKind::Any => "GEOMETRY",
    }
}

/// The number of the next new record.
pub fn next_number(db: &Connection) -> Result<i64, StoreError> {
    Ok(db.query_row("SELECT fid FROM helan_next", [], |row| row.get(0))?)
}
