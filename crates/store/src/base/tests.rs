use std::collections::BTreeMap;

use geo::{Geometry, LineString, Polygon};
use helan_base::{
    Domain, Field, Kind, Kinds, Origin, Record, RecordId, ShapeKind, Source, Value, What,
};
use helan_kernel::{AreaCode, Ms, Text};

use super::{Base, Page, Put, Wrote};

fn kind(key: &str, shape: ShapeKind) -> Kind {
    let field = |key: &str, what| Field {
        key: key.into(),
        name: Text::new(key, key),
        unit: String::new(),
        what,
        required: false,
        mask: None,
        aliases: Vec::new(),
        standard: String::new(),
    };
    Kind {
        fields: vec![
            field("beds", What::Whole { min: 0, max: 10_000 }),
            field("level", What::Text { max: 20 }),
            field("load", What::Number { min: 0.0, max: 1e9 }),
            field("open", What::Flag),
            field("opened", What::Date),
        ],
        review_days: 365,
        ..Kind::bare(key, Domain::Living, Text::new("医院", key), shape)
    }
}

fn kinds() -> Kinds {
    Kinds::new([
        kind("hospital", ShapeKind::Point),
        kind("road", ShapeKind::Line),
        kind("flood-zone", ShapeKind::Polygon),
    ])
    .unwrap()
}

fn record(key: &str, beds: i64) -> Record {
    Record {
        key: key.into(),
        name: format!("医院 {key}"),
        area: AreaCode(640_104_001),
        address: "解放街 1 号".into(),
        post: "post-1".into(),
        shape: Some(Geometry::Point((106.25, 38.5).into())),
        values: vec![
            Value::Whole(beds),
            Value::Text("三级".into()),
            Value::Number(0.5),
            Value::Flag(true),
            Value::Date(helan_base::Date::of(1999, 12, 31).unwrap()),
        ],
        synthetic: false,
    }
}

fn put(record: Record) -> Put {
    Put { record, whole: false }
}

fn origin(base: &mut Base, at: i64) -> u64 {
    let origin =
        Origin { source: Source::Import, by: "steward".into(), detail: "a.csv".into(), at: Ms(at) };
    base.add_origin(&origin).unwrap()
}

#[test]
fn what_is_stored_comes_back_after_a_start() {
    let folder = tempfile::tempdir().unwrap();
    let mut base = Base::open(folder.path(), &kinds()).unwrap();
    let from = origin(&mut base, 10);
    let done =
        base.put("hospital", &[put(record("a", 5)), put(record("b", 6))], from, Ms(10)).unwrap();
    assert!(done.iter().all(|(wrote, _)| *wrote == Wrote::Created));
    let ring = LineString::from(vec![(106.0, 38.0), (106.1, 38.0), (106.1, 38.1), (106.0, 38.0)]);
    let zone = Record { shape: Some(Polygon::new(ring.clone(), vec![]).into()), ..record("z", 0) };
    base.put("flood-zone", &[put(zone)], from, Ms(10)).unwrap();
    let road = Record { shape: Some(ring.into()), ..record("r", 0) };
    base.put("road", &[put(road)], from, Ms(10)).unwrap();
    drop(base);
    let base = Base::open(folder.path(), &kinds()).unwrap();
    let stored = base.read().get("hospital", "b").unwrap().unwrap();
    assert_eq!(stored.record, record("b", 6));
    assert_eq!(stored.origin, from);
    assert_eq!(base.read().origin(from).unwrap().unwrap().by, "steward");
    assert!(matches!(
        base.read().get("road", "r").unwrap().unwrap().record.shape,
        Some(Geometry::MultiLineString(_))
    ));
    let mut entries = Vec::new();
    base.read().entries(|entry| entries.push((entry.kind, entry.name))).unwrap();
    assert_eq!(entries.len(), 4);
}

#[test]
fn coming_again_updates_and_doubles_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut base = Base::open(folder.path(), &kinds()).unwrap();
    let first = origin(&mut base, 10);
    base.put("hospital", &[put(record("a", 5))], first, Ms(10)).unwrap();
    let second = origin(&mut base, 20);
    // A sheet without addresses: what is known stays.
    let poor = Record { address: String::new(), ..record("a", 5) };
    let done = base.put("hospital", &[put(poor)], second, Ms(20)).unwrap();
    assert_eq!(done.first().unwrap().0, Wrote::Same);
    let stored = base.read().get("hospital", "a").unwrap().unwrap();
    assert_eq!((stored.checked_at, stored.changed_at), (Ms(20), Ms(10)));
    assert_eq!(stored.record.address, "解放街 1 号");
    let done = base.put("hospital", &[put(record("a", 9))], second, Ms(20)).unwrap();
    assert_eq!(done.first().unwrap().0, Wrote::Updated);
    let stored = base.read().get("hospital", "a").unwrap().unwrap();
    assert_eq!(stored.record.values.first(), Some(&Value::Whole(9)));
    assert_eq!(stored.origin, first);
    assert_eq!(stored.origins, BTreeMap::from([("beds".to_owned(), second)]));
    let all = Page { area: AreaCode::ALL, after: RecordId(0), most: 10 };
    assert_eq!(base.read().list("hospital", all).unwrap().len(), 1);
}

#[test]
fn any_past_state_can_be_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut base = Base::open(folder.path(), &kinds()).unwrap();
    let from = origin(&mut base, 0);
    let moved = Record { shape: Some(Geometry::Point((107.0, 37.0).into())), ..record("a", 7) };
    base.put("hospital", &[put(record("a", 5))], from, Ms(10)).unwrap();
    base.put("hospital", &[put(moved.clone())], from, Ms(20)).unwrap();
    base.put(
        "hospital",
        &[Put { record: Record { address: String::new(), ..moved.clone() }, whole: true }],
        from,
        Ms(30),
    )
    .unwrap();
    base.remove("hospital", "a", from, Ms(40)).unwrap().unwrap();
    assert_eq!(base.remove("hospital", "a", from, Ms(41)).unwrap(), None);
    base.put("hospital", &[put(record("a", 1))], from, Ms(50)).unwrap();
    let at = |ms| base.read().at("hospital", "a", Ms(ms)).unwrap().map(|stored| stored.record);
    assert_eq!(at(9), None);
    assert_eq!(at(10), Some(record("a", 5)));
    assert_eq!(at(25), Some(moved.clone()));
    assert_eq!(at(35), Some(Record { address: String::new(), ..moved }));
    assert_eq!(at(45), None);
    assert_eq!(at(99), Some(record("a", 1)));
    assert_eq!(base.read().at("hospital", "b", Ms(99)).unwrap(), None);
}

#[test]
fn a_kind_may_get_further_fields() {
    let folder = tempfile::tempdir().unwrap();
    let mut base = Base::open(folder.path(), &kinds()).unwrap();
    let from = origin(&mut base, 0);
    base.put("hospital", &[put(record("a", 5))], from, Ms(10)).unwrap();
    drop(base);
    let mut more = kind("hospital", ShapeKind::Point);
    let mut field = more.fields.first().unwrap().clone();
    field.key = "icu".into();
    more.fields.push(field);
    let base = Base::open(folder.path(), &Kinds::new([more]).unwrap()).unwrap();
    let stored = base.read().get("hospital", "a").unwrap().unwrap();
    assert_eq!(stored.record.values.last(), Some(&Value::Empty));
    assert!(base.read().get("road", "r").is_err(), "a kind that no pack has any more");
}

#[test]
fn areas_are_kept_apart() {
    let folder = tempfile::tempdir().unwrap();
    let mut base = Base::open(folder.path(), &kinds()).unwrap();
    let from = origin(&mut base, 0);
    let there = Record { area: AreaCode(640_221_000), ..record("b", 1) };
    base.put("hospital", &[put(record("a", 5)), put(there)], from, Ms(10)).unwrap();
    let list = |area| {
        let page = Page { area: AreaCode(area), after: RecordId(0), most: 10 };
        base.read().list("hospital", page).unwrap().len()
    };
    assert_eq!((list(0), list(640_100_000), list(640_104_001), list(640_105_000)), (2, 1, 1, 0));
}
