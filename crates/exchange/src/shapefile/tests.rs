use std::io::{Cursor, Write};

use encoding_rs::GBK;
use helan_base::Date;
use shapefile::{Point, Polyline, ShapeWriter};
use zip::{ZipWriter, write::SimpleFileOptions};

use super::*;
use crate::{Cell, Rows};

const WGS: &str =
    r#"GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]]]"#;
const CGCS: &str = r#"GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.3]]]"#;
const GAUSS: &str = r#"PROJCS["CGCS2000_3_Degree_GK_CM_105E",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000"]]]"#;

/// A table with a name, a number, a day and a flag; the second of its three rows is deleted.
fn table(encode: impl Fn(&str) -> Vec<u8>) -> Vec<u8> {
    let mut bytes = vec![3, 124, 1, 1, 3, 0, 0, 0, 161, 0, 40, 0];
    bytes.resize(32, 0);
    for (name, r#type, length) in
        [("名称", b'C', 20), ("beds", b'N', 10), ("built", b'D', 8), ("open", b'L', 1)]
    {
        let mut field = encode(name);
        field.resize(11, 0);
        field.push(r#type);
        field.resize(16, 0);
        field.push(length);
        field.resize(32, 0);
        bytes.extend(field);
    }
    bytes.push(b'\r');
    for (deleted, name, beds) in
        [(b' ', "县医院", "12"), (b'*', "旧医院", "1"), (b' ', "乡医院", "")]
    {
        bytes.push(deleted);
        let mut name = encode(name);
        name.resize(20, b' ');
        bytes.extend(name);
        bytes.extend(format!("{beds:>10}20240305T").as_bytes());
    }
    bytes
}

fn points() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = ShapeWriter::new(&mut bytes);
    for x in [106.1, 106.2, 106.3] {
        writer.write_shape(&Point::new(x, 38.0)).unwrap();
    }
    drop(writer);
    bytes.into_inner()
}

fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn opened(bytes: &[u8], layer: Option<&str>) -> Result<Pump, FileError> {
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(bytes)?;
    open(file.path(), layer)
}

fn utf8(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

fn gbk(text: &str) -> Vec<u8> {
    GBK.encode(text).0.into_owned()
}

#[test]
fn rows_and_shapes_belong_together_in_every_encoding() {
    let cases: [(Vec<u8>, &[u8]); 4] =
        [(table(utf8), b"UTF-8"), (table(gbk), b"GBK"), (table(gbk), b""), (table(utf8), b"")];
    for (table, cpg) in cases {
        let parts: [(&str, &[u8]); 4] = [
            ("a/医院.shp", &points()),
            ("a/医院.dbf", &table),
            ("a/医院.prj", CGCS.as_bytes()),
            ("a/医院.cpg", cpg),
        ];
        let mut pump = opened(&zipped(&parts), None).unwrap();
        assert_eq!(pump.heading(), ["名称", "beds", "built", "open"]);
        assert_eq!(pump.layers(), ["a/医院"]);
        let first = pump.next().unwrap().unwrap();
        let day = Cell::Date(Date::of(2024, 3, 5).unwrap());
        let cells = [Cell::Text("县医院".into()), Cell::Number(12.0), day, Cell::Flag(true)];
        assert_eq!(first.cells, cells);
        // The deleted row took its shape along.
        let last = pump.next().unwrap().unwrap();
        assert_eq!((last.number, &last.cells[1]), (3, &Cell::Empty));
        assert_eq!(last.shape, Some(Geometry::Point((106.3, 38.0).into())));
        assert!(pump.next().unwrap().is_none());
    }
}

#[test]
fn other_reference_systems_are_refused_by_name() {
    assert!(accept(WGS, true).is_ok() && accept(CGCS, true).is_ok() && accept("", true).is_ok());
    for (system, degrees, words) in [
        (GAUSS, true, "CGCS2000_3_Degree_GK_CM_105E"),
        ("", false, "no .prj"),
        ("GEOGCS[\"ED50\"]", true, "ED50"),
    ] {
        let error = accept(system, degrees).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn a_line_of_one_piece_is_a_line() {
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = ShapeWriter::new(&mut bytes);
    for _ in 0..3 {
        let line = vec![Point::new(106.0, 38.0), Point::new(106.1, 38.1)];
        writer.write_shape(&Polyline::new(line)).unwrap();
    }
    drop(writer);
    let (shapes, table) = (bytes.into_inner(), table(utf8));
    let mut pump = opened(&zipped(&[("x.SHP", &shapes), ("x.dbf", &table)]), None).unwrap();
    let shape = pump.next().unwrap().unwrap().shape;
    assert!(matches!(shape, Some(Geometry::LineString(_))), "{shape:?}");
}

#[test]
fn what_is_no_shapefile_is_told() {
    let table = table(utf8);
    let short = &points()[..150];
    for (parts, words) in [
        (&[("a.txt", &b"x"[..])][..], "no .shp"),
        (&[("a.shp", b"x")], "no .dbf"),
        (&[("a.shp", b"x"), ("a.dbf", &table)], "shapefile"),
        (&[("a.shp", short), ("a.dbf", &table)], "row"),
        (&[("a.shp", &points()), ("a.dbf", &table[..170])], "breaks off"),
        (&[("a.shp", &points()), ("a.dbf", b"")], "cut off"),
    ] {
        let read = opened(&zipped(parts), None).and_then(|mut pump| {
            while pump.next()?.is_some() {}
            Ok(())
        });
        let error = read.unwrap_err().to_string();
        assert!(error.contains(words), "{words}: {error}");
    }
    assert!(opened(b"PK", None).is_err());
    let whole = zipped(&[("a.shp", &points()), ("a.dbf", &table)]);
    assert!(matches!(opened(&whole, Some("b")).err(), Some(FileError::NoLayer(_))));
}
