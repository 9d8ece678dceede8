use std::io::Read;

use helan_base::{Area, Areas, Choice, Date, Datum, Domain, Field, ShapeKind};
use helan_kernel::{AreaCode, Text};
use proptest::prelude::*;

use super::*;
use crate::{Ask, Check, open};

fn kind(shape: ShapeKind) -> Arc<Kind> {
    let field = |key: &str, zh: &str, unit: &str, what| Field {
        key: key.into(),
        name: Text::new(zh, key),
        unit: unit.into(),
        what,
        required: false,
        mask: None,
        aliases: vec!["编号".into()].into_iter().filter(|_| key == "code").collect(),
        standard: String::new(),
    };
    let choice = |key: &str, zh: &str| Choice { key: key.into(), name: Text::new(zh, zh) };
    let of = vec![choice("a", "甲"), choice("b", "乙"), choice("c", "乙")];
    Arc::new(Kind {
        fields: vec![
            field("code", "代码", "", What::Text { max: 50 }),
            field("mass", "质量", "t", What::Number { min: -1e9, max: 1e9 }),
            field("people", "人数", "1", What::Whole { min: -100, max: 1_000_000 }),
            field("open", "开放", "", What::Flag),
            field("built", "建成", "", What::Date),
            field("phone", "电话", "", What::Phone),
            field("class", "类别", "", What::Choice { of }),
        ],
        review_days: 1,
        ..Kind::bare("thing", Domain::Living, Text::new("东西/一般", "Thing"), shape)
    })
}

fn record(code: &str, mass: f64, class: &str, shape: Option<Geometry>) -> Record {
    Record {
        key: format!("K{code}"),
        name: format!("名称,\"{code}\""),
        area: AreaCode(640_104_000),
        address: "=SUM(A1)".into(),
        post: "@post".into(),
        shape,
        values: vec![
            if code.is_empty() { Value::Empty } else { Value::Text(code.into()) },
            Value::Number(mass),
            Value::Whole(-7),
            Value::Flag(true),
            Value::Date(Date::of(2024, 3, 5).unwrap()),
            Value::Text("+8613800000000".into()),
            Value::Text(class.into()),
        ],
        synthetic: true,
    }
}

fn written(format: TableFormat, kind: &Arc<Kind>, records: &[Record], chinese: bool) -> Vec<u8> {
    let mut file = tempfile::tempfile().unwrap();
    let folder = std::env::temp_dir();
    let mut export =
        Export::new(format, file.try_clone().unwrap(), &folder, 1 << 20, chinese).unwrap();
    export.kind(kind).unwrap();
    for record in records {
        export.add(record).unwrap();
    }
    export.finish().unwrap();
    std::io::Seek::rewind(&mut file).unwrap();
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).unwrap();
    bytes
}

const FORMATS: [(TableFormat, &str); 4] = [
    (TableFormat::Csv { mark: true }, "x.csv"),
    (TableFormat::Csv { mark: false }, "x.csv"),
    (TableFormat::GeoJson, "x.geojson"),
    (TableFormat::Xlsx, "x.xlsx"),
];

fn read_again(name: &str, bytes: &[u8], kind: &Arc<Kind>) -> Vec<Record> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let mut rows = open(Ask { name, path: file.path(), layer: None, kind }).unwrap();
    let mapping = Mapping::guess(kind, rows.heading());
    let area = Area { code: AreaCode(640_104_000), name: "x".into(), ground: None };
    let areas = Arc::new(Areas::new([area]));
    let mut check = Check::new(kind.clone(), mapping, Datum::Wgs84, areas, AreaCode::ALL, false);
    let mut records = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        records.push(check.row(&row).unwrap());
    }
    records
}

#[test]
fn what_is_written_is_read_again_as_it_was() {
    let kind = kind(ShapeKind::Point);
    let place = Some(Geometry::Point((106.123_456_789_012_3, 38.1).into()));
    let records = [
        record("=1+1", 0.1 + 0.2, "a", place.clone()),
        record("'-x", -1e-7, "b", None),
        record("007", 1e9, "c", place),
        record("", 12.0, "a", None),
    ];
    for (format, name) in FORMATS {
        for chinese in [true, false] {
            let bytes = written(format, &kind, &records, chinese);
            assert_eq!(read_again(name, &bytes, &kind), records, "{format:?}");
        }
    }
}

#[test]
fn lines_are_only_in_the_map_and_stay_as_they_are_otherwise() {
    let kind = kind(ShapeKind::Line);
    let line = geo::LineString::from(vec![(106.0, 38.0), (106.1, 38.123_456_789)]);
    let records = [record("x", 1.0, "a", Some(line.into()))];
    let map = written(TableFormat::GeoJson, &kind, &records, true);
    assert_eq!(read_again("x.json", &map, &kind), records);
    let table = written(TableFormat::Csv { mark: true }, &kind, &records, true);
    assert_eq!(read_again("x.csv", &table, &kind)[0].shape, None);
}

#[test]
fn no_cell_is_a_formula_to_a_spreadsheet() {
    let kind = kind(ShapeKind::Point);
    let records = [record("=cmd|' /C calc'!A0", 1.0, "a", None)];
    let table = written(TableFormat::Csv { mark: true }, &kind, &records, true);
    let text = String::from_utf8(table).unwrap();
    assert!(text.starts_with("\u{feff}key,名称,辖区,"), "编号 would be the field: {text}");
    assert!(text.contains(",质量 (t),人数,"), "{text}");
    assert!(text.contains("'=SUM(A1)") && text.contains("'@post") && text.contains("'=cmd"));
    let book = written(TableFormat::Xlsx, &kind, &records, true);
    let mut zip = zip::ZipArchive::new(io::Cursor::new(book)).unwrap();
    let mut sheet = String::new();
    zip.by_name("xl/worksheets/sheet1.xml").unwrap().read_to_string(&mut sheet).unwrap();
    assert!(sheet.contains("=cmd") && !sheet.contains("<f>"), "{sheet}");
}

#[test]
fn files_stop_at_their_limit_and_hold_what_they_can() {
    let kind = kind(ShapeKind::Point);
    let folder = std::env::temp_dir();
    for (format, _) in FORMATS {
        let mut export = Export::new(format, io::sink(), &folder, 3_000, true).unwrap();
        export.kind(&kind).unwrap();
        let mut add = || export.add(&record("x", 1.0, "a", None));
        let failed = (0..100).find_map(|_| add().err());
        assert!(matches!(failed, Some(ExportError::TooLarge)), "{format:?} {failed:?}");
        let second = export.kind(&kind);
        assert_eq!(second.is_ok(), format == TableFormat::Xlsx);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn any_text_comes_back(text in "[ -~'=+@中\n\t-]{0,20}") {
        let kind = kind(ShapeKind::Point);
        let mut one = record("x", 1.0, "a", None);
        one.address = text.trim().to_owned();
        for (format, name) in FORMATS {
            let bytes = written(format, &kind, std::slice::from_ref(&one), true);
            prop_assert_eq!(&read_again(name, &bytes, &kind)[0], &one, "{:?}", format);
        }
    }
}
