use std::io::Write;

use helan_base::{Areas, Datum, Domain, Field, OsmRule, OsmTag, What};
use helan_kernel::Text;

use super::*;
use crate::Rows;

fn field(key: &str, what: What) -> Field {
    Field {
        key: key.into(),
        name: Text::new(key, key),
        unit: String::new(),
        what,
        required: false,
        mask: None,
        aliases: Vec::new(),
        standard: String::new(),
    }
}

fn kind(shape: ShapeKind, rules: &[(&str, &[(&str, &str)])]) -> Kind {
    let osm = rules.iter().map(|(tags, values)| OsmRule {
        tags: tags.split('&').map(|tag| OsmTag::read(tag).unwrap()).collect(),
        values: values.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
    });
    Kind {
        fields: vec![
            field("class", What::Text { max: 50 }),
            field("floors", What::Whole { min: 0, max: 100 }),
        ],
        review_days: 1,
        osm: osm.collect(),
        ..Kind::bare("thing", Domain::Living, Text::new("东西", "Thing"), shape)
    }
}

/// Protocol buffers by hand: a field with a number.
fn number(field: u8, value: u64) -> Vec<u8> {
    let mut bytes = vec![field << 3];
    bytes.extend(varint(value));
    bytes
}

/// A field with bytes.
fn bytes(field: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![field << 3 | 2];
    bytes.extend(varint(content.len() as u64));
    bytes.extend(content);
    bytes
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(u8::try_from(value & 0x7f).unwrap() | 0x80);
        value >>= 7;
    }
    bytes.push(u8::try_from(value).unwrap());
    bytes
}

fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63).cast_unsigned()
}

fn deltas(values: &[i64]) -> Vec<u8> {
    let mut last = 0;
    values
        .iter()
        .flat_map(|value| {
            let delta = value - last;
            last = *value;
            varint(zigzag(delta))
        })
        .collect()
}

fn blob(r#type: &str, content: &[u8]) -> Vec<u8> {
    let blob = bytes(1, content);
    let header = [bytes(1, r#type.as_bytes()), number(3, blob.len() as u64)].concat();
    let length = u32::try_from(header.len()).unwrap().to_be_bytes();
    [length.to_vec(), header, blob].concat()
}

/// A small town: a school as a place, one as a way, one as a relation with a court, a road of two classes, a house.
fn town() -> Vec<u8> {
    let words = [
        "",
        "amenity",
        "school",
        "name",
        "第一小学",
        "highway",
        "trunk",
        "track",
        "type",
        "multipolygon",
        "outer",
        "inner",
        "building:levels",
        "5",
        "building",
        "house",
        "name:zh",
        "ref",
        "G6",
    ];
    let word = |text: &str| words.iter().position(|known| *known == text).unwrap() as u64;
    let strings: Vec<u8> = words.iter().flat_map(|word| bytes(1, word.as_bytes())).collect();
    let at = [
        (0, 0),
        (1, 0),
        (1, 1),
        (0, 1),
        (10, 10),
        (14, 10),
        (14, 14),
        (10, 14),
        (11, 11),
        (12, 11),
        (12, 12),
    ];
    let ids: Vec<i64> = (1..=11).collect();
    // Hundreds of nanodegrees: a step is a thousandth of a degree.
    let lat: Vec<i64> = at.iter().map(|(_, y)| 384_000_000 + y * 10_000).collect();
    let lon: Vec<i64> = at.iter().map(|(x, _)| 1_062_000_000 + x * 10_000).collect();
    let mut tags: Vec<u8> = Vec::new();
    tags.extend(
        [word("amenity"), word("school"), word("name"), word("第一小学"), 0]
            .iter()
            .flat_map(|n| varint(*n)),
    );
    tags.extend([0; 10]);
    let dense = [
        bytes(1, &deltas(&ids)),
        bytes(8, &deltas(&lat)),
        bytes(9, &deltas(&lon)),
        bytes(10, &tags),
    ]
    .concat();
    let packed = |all: &[u64]| -> Vec<u8> { all.iter().flat_map(|n| varint(*n)).collect() };
    let tagged = |id: u64, tags: &[(&str, &str)]| {
        let keys: Vec<u64> = tags.iter().map(|(key, _)| word(key)).collect();
        let values: Vec<u64> = tags.iter().map(|(_, value)| word(value)).collect();
        [number(1, id), bytes(2, &packed(&keys)), bytes(3, &packed(&values))].concat()
    };
    let way = |id: u64, tags: &[(&str, &str)], nodes: &[i64]| {
        bytes(3, &[tagged(id, tags), bytes(8, &deltas(nodes))].concat())
    };
    let school = [("amenity", "school"), ("building:levels", "5")];
    let ways = [
        way(20, &school, &[1, 2, 3, 4, 1]),
        way(21, &[("highway", "trunk"), ("ref", "G6")], &[1, 2, 99, 3]),
        way(22, &[("highway", "track")], &[3, 99]),
        way(23, &[], &[5, 6, 7]),
        way(24, &[], &[5, 8, 7]),
        way(25, &[], &[9, 10, 11, 9]),
        way(26, &[("building", "house")], &[1, 2, 3, 4, 1]),
    ];
    let roles = packed(&[word("outer"), word("outer"), word("inner")]);
    let set = [("amenity", "school"), ("type", "multipolygon")];
    let relation = [
        tagged(30, &set),
        bytes(8, &roles),
        bytes(9, &deltas(&[23, 24, 25])),
        bytes(10, &[1, 1, 1]),
    ]
    .concat();
    let data = |group: Vec<u8>| blob("OSMData", &[bytes(1, &strings), bytes(2, &group)].concat());
    let header = [bytes(4, b"OsmSchema-V0.6"), bytes(4, b"DenseNodes")].concat();
    [
        blob("OSMHeader", &header),
        data(bytes(2, &dense)),
        data(ways.concat()),
        data(bytes(4, &relation)),
    ]
    .concat()
}

fn read(bytes: &[u8], kind: &Kind) -> Result<(Vec<String>, Vec<Row>), FileError> {
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(bytes)?;
    rows(file.path(), kind)
}

fn rows(path: &Path, kind: &Kind) -> Result<(Vec<String>, Vec<Row>), FileError> {
    let mut pump = open(&Ask { name: "x.osm.pbf", path, layer: None, kind })?;
    let mut rows = Vec::new();
    while let Some(row) = pump.next()? {
        rows.push(row);
    }
    Ok((pump.heading().to_vec(), rows))
}

fn keys(rows: &[Row]) -> Vec<String> {
    rows.iter().map(|row| row.cells[0].raw().to_string()).collect()
}

#[test]
fn places_ways_and_relations_become_points() {
    let kind = kind(ShapeKind::Point, &[("amenity=school", &[("floors", "{building:levels}")])]);
    let (heading, rows) = read(&town(), &kind).unwrap();
    assert_eq!(heading[..6], ["key", "name", "address", "lon", "lat", "floors"]);
    assert_eq!(keys(&rows), ["osm-n1", "osm-w20", "osm-r30"]);
    assert_eq!(rows[0].cells[1], Cell::Text("第一小学".into()));
    assert_eq!(rows[1].cells[1], Cell::Text("东西 w20".into()));
    assert_eq!(rows[1].cells[5], Cell::Text("5".into()));
    assert!((1..).zip(&rows).all(|(number, row)| row.number == number && row.faults.is_empty()));
    let Some(Geometry::Point(middle)) = rows[1].shape else { unreachable!("a place") };
    assert!((middle.x() - 106.2005).abs() < 1e-9 && (middle.y() - 38.4005).abs() < 1e-9);
}

#[test]
fn zones_have_their_holes() {
    use geo::Area;
    let kind = kind(ShapeKind::Polygon, &[("amenity=school", &[])]);
    let (_, rows) = read(&town(), &kind).unwrap();
    assert_eq!(keys(&rows), ["osm-w20", "osm-r30"]);
    let area = rows[1].shape.as_ref().unwrap().unsigned_area();
    assert!((area * 1e6 - (16.0 - 0.5)).abs() < 1e-6, "{area}");
}

#[test]
fn roads_have_their_class_and_what_lies_outside_is_left_out() {
    let rules: [(&str, &[(&str, &str)]); 2] = [
        ("highway=trunk|primary", &[("class", "first")]),
        ("highway=track", &[("class", "track")]),
    ];
    let (_, rows) = read(&town(), &kind(ShapeKind::Line, &rules)).unwrap();
    assert_eq!(keys(&rows), ["osm-w21", "osm-w22"]);
    assert_eq!(rows[0].cells[1], Cell::Text("G6".into()));
    assert_eq!(rows[0].cells[5], Cell::Text("first".into()));
    assert!(matches!(&rows[0].shape, Some(Geometry::LineString(line)) if line.0.len() == 3));
    assert_eq!(rows[1].faults, [(None, Fault::WrongShape)], "one place alone is no road");
}

#[test]
fn what_is_no_extract_is_told() {
    let kind = kind(ShapeKind::Point, &[("amenity=school", &[])]);
    for bytes in [&b"<osm/>"[..], b"", b"\0\0\0\x0bxxxxxxxxxxx"] {
        assert!(matches!(read(bytes, &kind), Err(FileError::Lies { .. })));
    }
    let town = town();
    assert!(read(&town[..town.len() - 9], &kind).is_err());
    let none = Kind { osm: Vec::new(), ..kind.clone() };
    assert!(matches!(read(&town, &none), Err(FileError::NoRules(_))));
    let history = blob("OSMHeader", &bytes(4, b"HistoricalInformation"));
    let error = read(&history, &kind).err().unwrap().to_string();
    assert!(error.contains("HistoricalInformation"), "{error}");
}

/// Real extracts, when they are there: all of a kind comes, and nearly all of it is sound: extracts are cut at their border.
#[test]
fn real_extracts_are_read_whole() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/osm");
    let roads: [(&str, &[(&str, &str)]); 1] =
        [("highway=motorway|trunk|primary|secondary|tertiary|residential", &[])];
    for file in ["andorra.osm.pbf", "helsinki.osm.pbf", "liechtenstein-latest.osm.pbf"] {
        let path = folder.join(file);
        if !path.exists() {
            eprintln!("SKIP {file}: it is not in {}", folder.display());
            continue;
        }
        for (shape, rules, least) in [
            (ShapeKind::Line, &roads[..], 500),
            (ShapeKind::Polygon, &[("building", &[][..])], 100),
            (ShapeKind::Point, &[("amenity=school|kindergarten|hospital|pharmacy", &[])], 5),
        ] {
            let kind = kind(shape, rules);
            let (heading, rows) = rows(&path, &kind).unwrap();
            assert!(rows.len() >= least, "{file} {shape:?}: {}", rows.len());
            let bad = rows.iter().filter(|row| !row.faults.is_empty()).count();
            assert!(bad * 20 <= rows.len(), "{file} {shape:?}: {bad} of {}", rows.len());
            let kind = std::sync::Arc::new(kind);
            let mapping = crate::Mapping::guess(&kind, &heading);
            let code = helan_kernel::AreaCode(640_104_000);
            let area = helan_base::Area { code, name: "x".into(), ground: None };
            let areas = Areas::new([area]);
            let unfit = |row: &&Row| {
                let mut draft = mapping.draft(&kind, row);
                draft.area = helan_base::Raw::Text("x");
                draft.check(&kind, Datum::Wgs84, &areas).is_err()
            };
            let unfit = rows.iter().filter(|row| row.faults.is_empty()).filter(unfit).count();
            assert!(unfit * 20 <= rows.len(), "{file} {shape:?}: {unfit} of {}", rows.len());
            eprintln!("{file} {shape:?}: {} rows, {bad} bad, {unfit} unfit", rows.len());
        }
    }
}
