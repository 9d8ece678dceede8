//! What the fuzz targets do with bytes, one function for each parser of foreign bytes.
//!
//! A target must come back from any input: it may refuse, it may not panic or run without bound, and what it takes must keep
//! its word (written out and read again it is the same). The fuzzer calls these functions, and so do the normal tests
//! (`e2e/tests/corpus.rs`, which includes this file), with the corpus and with damaged copies of it.

use std::{io::Write, sync::Arc, sync::OnceLock};

use helan_base::{
    Area, Areas as Grounds, Choice, Datum, Domain, Field, Kind, OsmRule, OsmTag, ShapeKind, What,
};
use helan_exchange::{Ask, Check, Mapping};
use helan_kernel::{
    Answer, AreaCode, Engine, Event, Ms, Quality, Reading,
    registry::RegistryChange,
    watch::{Condition, Rule},
};
use helan_protocol::{
    cap,
    device::{self, Format},
    pack,
};
use helan_sim::{
    region::areas::Areas,
    scenario::{file::Scenario, stage},
};
use helan_store::{
    ActRef, Acts,
    codec::{Batch, BatchReader, chunk},
};

/// One target.
pub struct Target {
    /// Name: of the binary in `fuzz_targets/`, and of the folder in `corpus/`.
    pub name: &'static str,
    /// What is done with the bytes; gives whether they were taken.
    pub run: fn(&[u8]) -> bool,
}

/// All targets.
pub const TARGETS: &[Target] = &[
    Target { name: "acts", run: acts },
    Target { name: "areas", run: areas },
    Target { name: "batch", run: batch },
    Target { name: "cap", run: cap },
    Target { name: "chunk", run: column },
    Target { name: "device_json", run: device_json },
    Target { name: "device_reply", run: device_reply },
    Target { name: "formula", run: formula },
    Target { name: "geojson", run: geojson },
    Target { name: "geopackage", run: geopackage },
    Target { name: "mqtt", run: mqtt },
    Target { name: "osm", run: osm },
    Target { name: "pack", run: pack },
    Target { name: "registry", run: registry },
    Target { name: "scenario", run: scenario },
    Target { name: "senml", run: senml },
    Target { name: "shapes", run: shapes },
    Target { name: "state", run: state },
    Target { name: "table", run: table },
    Target { name: "workbook", run: workbook },
];

/// The moment at which everything arrives.
const NOW: Ms = Ms(1_748_736_000_000);
/// Points that get readings in one run of an engine: a pack or registry that was made up may have many.
const POINTS: usize = 32;
/// Changes of base data in one run.
const CHANGES: usize = 200;

/// JSON readings: what is taken is within the limit of a message.
pub fn device_json(bytes: &[u8]) -> bool {
    let mut count = 0;
    match device::read_as(Format::Json, bytes, NOW, &mut |_| count += 1) {
        Ok(()) => {
            assert!(count <= device::MAX_READINGS);
            true
        }
        Err(error) => {
            assert!(error.offset <= bytes.len() + 4);
            false
        }
    }
}

/// SenML packs: every reading has a name and a time.
pub fn senml(bytes: &[u8]) -> bool {
    let mut each = |sample: device::Sample<'_>| {
        assert!(sample.at.is_some() && !sample.name.is_empty());
    };
    match device::read_as(Format::SenMl, bytes, NOW, &mut each) {
        Ok(()) => true,
        Err(error) => {
            assert!(error.offset <= bytes.len() + 4);
            false
        }
    }
}

/// Replies of devices.
pub fn device_reply(bytes: &[u8]) -> bool {
    match device::reply(bytes) {
        Ok(_) => true,
        Err(error) => {
            assert!(error.offset <= bytes.len());
            false
        }
    }
}

/// Tables as text.
pub fn table(bytes: &[u8]) -> bool {
    rows("rows.csv", bytes)
}

/// The rows of a sheet, in a workbook that is whole otherwise: damage to an archive as such does not get past its checksums.
pub fn workbook(bytes: &[u8]) -> bool {
    let relation = |what: &str, target: &str| {
        let types = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        format!(
            r#"<Relationships><Relationship Id="r" Type="{types}/{what}" Target="{target}"/></Relationships>"#
        )
    };
    let root = relation("officeDocument", "xl/workbook.xml");
    let relations = relation("worksheet", "worksheets/s.xml");
    const BOOK: &str = r#"<workbook xmlns:r="r"><sheets><sheet name="S" sheetId="1" r:id="r"/></sheets></workbook>"#;
    const STYLES: &str =
        r#"<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#;
    const STRINGS: &str = r#"<sst uniqueCount="1"><si><t>K1</t></si></sst>"#;
    let sheet = [
        &b"<worksheet><sheetData>"[..],
        bytes,
        b"</sheetData><mergeCells><mergeCell ref=\"B2:B4\"/></mergeCells></worksheet>",
    ]
    .concat();
    let zip = zipped(&[
        ("_rels/.rels", root.as_bytes()),
        ("xl/workbook.xml", BOOK.as_bytes()),
        ("xl/_rels/workbook.xml.rels", relations.as_bytes()),
        ("xl/styles.xml", STYLES.as_bytes()),
        ("xl/sharedStrings.xml", STRINGS.as_bytes()),
        ("xl/worksheets/s.xml", &sheet),
    ]);
    zip.is_some_and(|zip| rows("book.xlsx", &zip))
}

/// A shapefile: the length of its .shp (four bytes, the lowest first), the .shp, the .dbf.
pub fn shapes(bytes: &[u8]) -> bool {
    let Some((length, rest)) = bytes.split_first_chunk::<4>() else { return false };
    let length = u32::from_le_bytes(*length) as usize;
    let (shapes, table) = rest.split_at(length.min(rest.len()));
    let zip = zipped(&[("a.shp", shapes), ("a.dbf", table)]);
    zip.is_some_and(|zip| rows("a.zip", &zip))
}

/// Databases of others.
pub fn geopackage(bytes: &[u8]) -> bool {
    rows("map.gpkg", bytes)
}

/// Extracts of OpenStreetMap.
pub fn osm(bytes: &[u8]) -> bool {
    rows("town.osm.pbf", bytes)
}

fn zipped(parts: &[(&str, &[u8])]) -> Option<Vec<u8>> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in parts {
        zip.start_file(*name, stored).ok()?;
        zip.write_all(bytes).ok()?;
    }
    Some(zip.finish().ok()?.into_inner())
}

/// Maps as GeoJSON.
pub fn geojson(bytes: &[u8]) -> bool {
    rows("map.geojson", bytes)
}

/// Rows of a file, and records of them: rows are numbered upward and no wider than the heading; a record has a key, an area
/// and a value for each field. Taken is a file that is read to its end.
fn rows(name: &str, bytes: &[u8]) -> bool {
    let kind = kind();
    let (Some(file), Some(square)) =
        (file(bytes), file(include_bytes!("../corpus/geojson/polygon")))
    else {
        return false;
    };
    let ask = |name, path| Ask { name, path, layer: None, kind: &kind };
    let Ok(mut rows) = helan_exchange::open(ask(name, file.path())) else { return false };
    let mapping = Mapping::guess(&kind, rows.heading());
    let shape = helan_exchange::open(ask("map.geojson", square.path()));
    let shape = shape.and_then(|mut rows| rows.next());
    let ground = shape.ok().flatten().and_then(|row| row.shape);
    let area = Area { code: AreaCode(640_104_000), name: "方格".into(), ground };
    let areas = Arc::new(Grounds::new([area]));
    let mut check = Check::new(kind.clone(), mapping, Datum::Gcj02, areas, AreaCode::ALL, false);
    let (width, mut last) = (rows.heading().len(), 0);
    loop {
        let row = match rows.next() {
            Ok(Some(row)) => row,
            Ok(None) => return last > 0,
            Err(_) => return false,
        };
        assert!(row.cells.len() <= width && row.number > last);
        last = row.number;
        match check.row(&row) {
            Ok(record) => {
                assert!(!record.key.is_empty() && record.area == AreaCode(640_104_000));
                assert_eq!(record.values.len(), kind.fields.len());
            }
            Err(faults) => assert!(!faults.is_empty()),
        }
    }
}

/// Bytes as a file: readers of files want one.
fn file(bytes: &[u8]) -> Option<tempfile::NamedTempFile> {
    let mut file = tempfile::NamedTempFile::new().ok()?;
    file.write_all(bytes).ok()?;
    Some(file)
}

/// A kind with a field of each type.
fn kind() -> Arc<Kind> {
    let text = helan_kernel::Text::new;
    let field = |key: &str, name: &str, what| Field {
        key: key.into(),
        name: text(name, key),
        unit: String::new(),
        what,
        required: false,
        mask: None,
        aliases: Vec::new(),
        standard: String::new(),
    };
    let tank = Choice { key: "tank".into(), name: text("储罐", "Tank") };
    Arc::new(Kind {
        fields: vec![
            field("capacity", "容量", What::Number { min: 0.0, max: 1e6 }),
            field("type", "类型", What::Choice { of: vec![tank] }),
            field("built", "建成日期", What::Date),
            field("phone", "电话", What::Phone),
            field("used", "启用", What::Flag),
            field("floors", "层数", What::Whole { min: 0, max: 200 }),
            field("note", "备注", What::Text { max: 20 }),
        ],
        review_days: 365,
        osm: vec![OsmRule {
            tags: OsmTag::read("amenity=school").into_iter().collect(),
            values: [("floors".to_owned(), "{building:levels}".to_owned())].into(),
        }],
        ..Kind::bare("object", Domain::Production, text("对象", "Object"), ShapeKind::Any)
    })
}

/// What a client sends, packet after packet, as a connection reads it.
pub fn mqtt(bytes: &[u8]) -> bool {
    helan_broker::scan(bytes).is_ok_and(|count| {
        assert!(count <= bytes.len());
        count > 0
    })
}

/// CAP documents: an alert that is taken has what CAP asks for, and a refusal names a place in the document.
pub fn cap(bytes: &[u8]) -> bool {
    match cap::parse(bytes, &cap::Limits::default()) {
        Ok(alert) => {
            assert!(!alert.identifier.is_empty() && !alert.sender.is_empty());
            for info in &alert.infos {
                assert!(!info.categories.is_empty());
            }
            true
        }
        Err(error) => {
            assert!(error.offset <= bytes.len() as u64);
            false
        }
    }
}

/// Packs: one that is read can be taken in by an engine, piece by piece, and readings of its points be judged.
pub fn pack(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    pack::parse(text).is_ok_and(|pack| live(pack.changes) > 0)
}

/// Changes of the base data as the API takes them (JSON): refused or taken, never fatal.
pub fn registry(bytes: &[u8]) -> bool {
    serde_json::from_slice(bytes).is_ok_and(|changes: Vec<RegistryChange>| live(changes) > 0)
}

/// Composite conditions: read in bounded time, asked with readings.
pub fn formula(bytes: &[u8]) -> bool {
    let Ok(cel) = std::str::from_utf8(bytes) else { return false };
    let mut changes = household().to_vec();
    for change in &mut changes {
        if let RegistryChange::PutRule(Rule { condition, .. }) = change {
            *condition = Condition::Expression { cel: cel.to_owned() };
        }
    }
    let all = changes.len();
    live(changes) == all
}

/// Scenario files: one that is read can be staged, and a minute of it played.
pub fn scenario(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let Ok(scenario) = Scenario::parse(text) else { return false };
    let mut stage = stage::stage(&scenario);
    let mut out = Vec::new();
    stage.world.advance(Ms::seconds(60), &mut out);
    assert!(stage.world.rooms().iter().all(|room| room.percent_lel().is_finite()));
    true
}

/// Outlines of counties.
pub fn areas(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let Ok(areas) = Areas::parse(text) else { return false };
    let seat = helan_kernel::Position { lon: 106.2, lat: 38.4 };
    let mut random = helan_sim::random::Random::new(1);
    let place = areas.place(640_104, seat, &mut random);
    assert!(place.lon.is_finite() && place.lat.is_finite());
    areas.holds(640_104, place)
}

/// Readings of a turn from the journal: what is read is the same when it is written and read again.
pub fn batch(bytes: &[u8]) -> bool {
    let read = |bytes: &[u8]| -> Option<Vec<_>> {
        BatchReader::new(bytes).ok()?.collect::<Result<Vec<_>, _>>().ok()
    };
    let Some(readings) = read(bytes) else { return false };
    assert!(readings.len() <= bytes.len());
    let mut again = Batch::default();
    for (reading, kept) in &readings {
        again.push(reading, *kept);
    }
    let mut written = Vec::new();
    again.write(&mut written);
    let key = |(r, kept): &(Reading, _)| (r.point, r.at, r.value.to_bits(), r.quality, *kept);
    let back = read(&written).unwrap_or_default();
    assert!(readings.iter().map(key).eq(back.iter().map(key)));
    !readings.is_empty()
}

/// Readings of one point in columns: what is read is the same when it is written and read again.
pub fn column(bytes: &[u8]) -> bool {
    let mut samples = Vec::new();
    if chunk::decode(bytes, &mut samples).is_err() {
        return false;
    }
    let mut written = Vec::new();
    chunk::encode(&samples, &mut written);
    let mut back = Vec::new();
    chunk::decode(&written, &mut back).unwrap_or_default();
    let key = |s: &chunk::Sample| (s.at, s.value.to_bits(), s.quality);
    assert!(samples.iter().map(key).eq(back.iter().map(key)));
    true
}

/// Events and effects of a turn from the journal.
pub fn acts(bytes: &[u8]) -> bool {
    Acts::read(bytes).is_ok_and(|acts| {
        assert!(acts.events.len() + acts.effects.len() <= bytes.len());
        !acts.events.is_empty()
    })
}

/// The state of an engine from a snapshot. Its checksum guards against damage; this guards the reader nevertheless.
pub fn state(bytes: &[u8]) -> bool {
    Engine::load(bytes).is_ok_and(|engine| {
        let written = engine.save().unwrap_or_default();
        assert!(Engine::load(&written).is_ok(), "what was written can be read");
        true
    })
}

/// Bytes as this version writes them, for targets whose format changes with the engine: files of it would soon be old.
pub fn written(target: &str) -> Vec<Vec<u8>> {
    match target {
        "state" => {
            let mut engine = Engine::default();
            let empty = engine.save().unwrap_or_default();
            for change in household() {
                let event = Event::Registry(Box::new(change.clone()));
                engine.step(NOW, &event, &mut Vec::new());
            }
            vec![empty, engine.save().unwrap_or_default()]
        }
        "acts" => {
            let mut engine = Engine::default();
            let mut effects = Vec::new();
            let mut events = Vec::new();
            for change in household() {
                let event = Event::Registry(Box::new(change.clone()));
                let answer = engine.step(NOW, &event, &mut effects);
                events.push((event, answer));
            }
            let act = |(event, answer)| ActRef { place: 0, event, answer };
            let acts: Vec<_> = events.iter().map(|(event, answer)| act((event, *answer))).collect();
            let mut bytes = Vec::new();
            Acts::write(&acts, &effects, &mut bytes).unwrap_or_default();
            vec![bytes]
        }
        _ => Vec::new(),
    }
}

/// A household pack with a detector, a valve and one rule.
fn household() -> &'static [RegistryChange] {
    static CHANGES: OnceLock<Vec<RegistryChange>> = OnceLock::new();
    CHANGES.get_or_init(|| {
        let pack = include_str!("household.toml");
        let mut changes = pack::parse(pack).map(|pack| pack.changes).unwrap_or_default();
        let devices = r#"[{"PutDevice":{"key":"a","profile":"detector","name":"","area":640104000,
            "position":{"lon":106.2,"lat":38.4},"facility":"b","room":"1","stair":"","floor":1,"post":"","camera":"",
            "gateway":"","attributes":{},"drill":true}}]"#;
        changes.extend(serde_json::from_str::<Vec<RegistryChange>>(devices).unwrap_or_default());
        changes
    })
}

/// An engine takes changes in and judges some readings; what it is then survives being saved. Gives how many it took.
fn live(changes: Vec<RegistryChange>) -> usize {
    let mut engine = Engine::default();
    let mut out = Vec::new();
    let mut now = NOW;
    let mut taken = 0;
    for change in changes.into_iter().take(CHANGES) {
        let answer = engine.step(now, &Event::Registry(Box::new(change)), &mut out);
        taken += usize::from(!matches!(answer, Answer::Refused(_)));
    }
    for round in 0..4 {
        for point in 0..POINTS {
            now = now.after(Ms(250));
            let point = helan_kernel::PointId(u32::try_from(point).unwrap_or(0));
            let value = f64::from(round) * 30.0;
            let reading = Reading { point, at: now, value, quality: Quality::Good };
            engine.step(now, &Event::Reading(reading), &mut out);
        }
    }
    engine.step(now.after(Ms::seconds(600)), &Event::Tick, &mut out);
    let saved = engine.save().unwrap_or_default();
    let back = Engine::load(&saved).map(|engine| engine.save().unwrap_or_default());
    assert_eq!(back.unwrap_or_default(), saved, "a saved state comes back");
    taken
}
