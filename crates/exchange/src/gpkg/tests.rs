use geo::Geometry;
use helan_base::{Domain, Kind, ShapeKind, shape_to_blob};
use helan_kernel::Text;
use rusqlite::params;

use super::*;
use crate::Rows;

const CONTENTS: &str = "
    CREATE TABLE gpkg_spatial_ref_sys (srs_name, srs_id, organization, organization_coordsys_id, definition);
    INSERT INTO gpkg_spatial_ref_sys VALUES ('WGS 84', 4326, 'EPSG', 4326, ''),
        ('CGCS2000', 7, 'epsg', 4490, ''), ('CGCS2000 / 3-degree zone 35', 4523, 'EPSG', 4523, '');
    CREATE TABLE gpkg_contents (table_name, data_type, srs_id);
    CREATE TABLE gpkg_geometry_columns (table_name, column_name, geometry_type_name, srs_id);";

fn kind() -> Kind {
    Kind {
        fields: Vec::new(),
        review_days: 1,
        ..Kind::bare(
            "fire-station",
            Domain::Forces,
            Text::new("消防站", "Fire station"),
            ShapeKind::Point,
        )
    }
}

/// A file with one layer for each name, all with two rows but the first.
fn file(layers: &[(&str, i64)], more: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    let db = Connection::open(file.path()).unwrap();
    db.execute_batch(CONTENTS).unwrap();
    for (place, (name, system)) in layers.iter().enumerate() {
        let table = quoted(name);
        db.execute_batch(&format!(
            "CREATE TABLE {table} (fid INTEGER PRIMARY KEY, the_geom POINT, \"名称\" TEXT, beds INTEGER, open BOOLEAN);"
        ))
        .unwrap();
        db.execute("INSERT INTO gpkg_contents VALUES (?1, 'features', ?2)", params![name, system])
            .unwrap();
        db.execute(
            "INSERT INTO gpkg_geometry_columns VALUES (?1, 'the_geom', 'POINT', ?2)",
            params![name, system],
        )
        .unwrap();
        let shape = shape_to_blob(&Geometry::Point((106.2, 38.4).into())).unwrap();
        for blob in [shape, b"rubbish".to_vec()].iter().filter(|_| place > 0) {
            let sql = format!("INSERT INTO {table} VALUES (NULL, ?1, '站', 12, 1)");
            db.execute(&sql, [blob]).unwrap();
        }
    }
    db.execute_batch(more).unwrap();
    file
}

fn opened(file: &tempfile::NamedTempFile, layer: Option<&str>) -> Result<Pump, FileError> {
    open(&Ask { name: "x.gpkg", path: file.path(), layer, kind: &kind() })
}

#[test]
fn the_first_layer_with_rows_is_read_and_another_can_be_chosen() {
    let file = file(&[("empty", 4326), ("a \"b\"", 4326), ("c", 7)], "");
    let mut pump = opened(&file, None).unwrap();
    assert_eq!(pump.layers(), ["a \"b\"", "empty", "c"]);
    assert_eq!(pump.heading(), ["fid", "名称", "beds", "open"]);
    let row = pump.next().unwrap().unwrap();
    let cells = [Cell::Number(1.0), Cell::Text("站".into()), Cell::Number(12.0), Cell::Flag(true)];
    assert_eq!(row.cells, cells);
    assert_eq!(row.shape, Some(Geometry::Point((106.2, 38.4).into())));
    // One bad shape is one bad row.
    assert_eq!(pump.next().unwrap().unwrap().faults, [(None, Fault::Unreadable)]);
    assert!(pump.next().unwrap().is_none());
    assert_eq!(opened(&file, Some("c")).unwrap().layers()[0], "c");
    assert!(matches!(opened(&file, Some("d")).err(), Some(FileError::NoLayer(_))));
    let file = self::file(&[("empty", 4326), ("a", 4326), ("fire_station", 4326)], "");
    assert_eq!(opened(&file, None).unwrap().layers()[0], "fire_station", "as the kind is called");
}

#[test]
fn other_reference_systems_are_refused_by_name() {
    for (system, words) in [(4523, "zone 35 (EPSG:4523)"), (99, "99")] {
        let file = file(&[("empty", 4326), ("a", system)], "");
        let error = opened(&file, None).err().unwrap().to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn what_would_be_run_is_no_layer() {
    let more = "
        CREATE VIEW v AS WITH RECURSIVE t(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM t) SELECT x AS fid FROM t;
        INSERT INTO gpkg_contents VALUES ('v', 'attributes', 0), ('gone', 'attributes', 0),
            ('sqlite_schema', 'attributes', 0);";
    let file = file(&[("empty", 4326), ("a", 4326)], more);
    let pump = opened(&file, None).unwrap();
    assert_eq!(pump.layers(), ["a", "empty"]);
    assert!(matches!(opened(&file, Some("v")).err(), Some(FileError::NoLayer(_))));
}

#[test]
fn what_is_no_geopackage_is_told() {
    let file = tempfile::NamedTempFile::new().unwrap();
    assert!(opened(&file, None).err().unwrap().to_string().contains("no database"));
    let db = Connection::open(file.path()).unwrap();
    db.execute_batch("CREATE TABLE a (b)").unwrap();
    drop(db);
    assert!(opened(&file, None).err().unwrap().to_string().contains("contents"));
    let whole = self::file(&[("empty", 4326), ("a", 4326)], "");
    let bytes = std::fs::read(whole.path()).unwrap();
    std::fs::write(whole.path(), &bytes[..bytes.len() / 2]).unwrap();
    let read = opened(&whole, None).and_then(|mut pump| {
        while pump.next()?.is_some() {}
        Ok(())
    });
    assert!(read.is_err(), "half a file");
}
