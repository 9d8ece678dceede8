use std::collections::{BTreeMap, HashSet};

use geo::{Geometry, LineString, Polygon};
use helan_kernel::{AreaCode, Ms, Text};

use super::{
    Aspect, FlawKind, Flaws, MOST_DRAWN, Marks, Rules, Tally, Twin, Twins, Verdict, draw, wilson,
};
use crate::{Areas, Choice, Domain, Field, Kind, Mask, Record, RecordId, ShapeKind, Value, What};

const NOW: Ms = Ms(1_700_000_000_000);
const DAY: i64 = 24 * 3600 * 1000;

fn field(key: &str, what: What, required: bool, mask: Option<Mask>) -> Field {
    let name = Text::new(key, key);
    let (unit, standard) = (String::new(), String::new());
    Field { key: key.into(), name, unit, what, required, mask, aliases: Vec::new(), standard }
}

fn kind() -> Kind {
    let choice = |key: &str| Choice { key: key.into(), name: Text::new(key, key) };
    Kind {
        fields: vec![
            field("level", What::Choice { of: vec![choice("a"), choice("b")] }, true, None),
            field("staff", What::Whole { min: 0, max: 100 }, false, None),
            field("phone", What::Phone, false, Some(Mask::Phone)),
            field("credit_code", What::Text { max: 18 }, false, None),
        ],
        review_days: 30,
        ..Kind::bare("plant", Domain::Production, Text::new("企业", "plant"), ShapeKind::Any)
    }
}

fn record() -> Record {
    Record {
        key: "P1".into(),
        name: "第一化工厂".into(),
        area: AreaCode(640_104_001),
        address: String::new(),
        post: "post-1".into(),
        shape: Some(Geometry::Point((106.5, 38.5).into())),
        values: vec![
            Value::Text("a".into()),
            Value::Whole(5),
            Value::Text("13812345678".into()),
            Value::Text("91640000X".into()),
        ],
        synthetic: false,
    }
}

fn judge(record: &Record, checked_at: Ms) -> Verdict {
    let (kind, areas) = (kind(), Areas::for_tests());
    let posts = HashSet::from(["post-1".to_owned()]);
    Rules { kind: &kind, areas: &areas, posts: Some(&posts), now: NOW }.judge(record, checked_at)
}

fn codes(record: &Record) -> Vec<(&'static str, String)> {
    judge(record, NOW).flaws.into_iter().map(|f| (f.kind.code(), f.column)).collect()
}

fn place(lon: f64, lat: f64) -> Record {
    Record { shape: Some(Geometry::Point((lon, lat).into())), ..record() }
}

#[test]
fn a_sound_record_has_no_flaw() {
    assert_eq!(judge(&record(), NOW), Verdict { flaws: Vec::new(), filled: 1000 });
    assert_eq!(
        judge(&record(), Ms(NOW.0 - 31 * DAY)).kinds(),
        Flaws::default().with(FlawKind::Stale)
    );
    assert_eq!(judge(&record(), Ms(NOW.0 - 30 * DAY)).kinds(), Flaws::default());
}

#[test]
fn each_rule_finds_its_flaw() {
    let with = |place: usize, value: Value| {
        let mut record = record();
        record.values[place] = value;
        record
    };
    let bow = vec![(106.1, 38.1), (106.2, 38.2), (106.2, 38.1), (106.1, 38.2), (106.1, 38.1)];
    let bow = Geometry::Polygon(Polygon::new(LineString::from(bow), Vec::new()));
    let abroad = Geometry::LineString(LineString::from(vec![(106.5, 38.5), (109.0, 40.0)]));
    for (record, wanted) in [
        (with(0, Value::Empty), vec![("missing", "level")]),
        (with(0, Value::Text("c".into())), vec![("unknown-choice", "level")]),
        (with(1, Value::Whole(101)), vec![("invalid", "staff")]),
        (with(2, Value::Text("no".into())), vec![("invalid", "phone")]),
        (with(1, Value::Empty), vec![]),
        (Record { post: String::new(), ..record() }, vec![("no-post", "post")]),
        (Record { post: "gone".into(), ..record() }, vec![("unknown-post", "post")]),
        (Record { shape: None, ..record() }, vec![("no-place", "geom")]),
        (place(105.5, 38.5), vec![("outside-area", "area")]),
        (place(116.4, 39.9), vec![("outside-region", "geom")]),
        (place(0.0, 0.0), vec![("at-zero", "geom")]),
        (Record { shape: Some(bow), ..record() }, vec![("bad-shape", "geom")]),
        (Record { shape: Some(abroad), ..record() }, vec![]),
        (
            Record { area: AreaCode(999_999_000), ..record() },
            vec![("unknown-area", "area"), ("outside-area", "area")],
        ),
    ] {
        let wanted: Vec<_> = wanted.into_iter().map(|(c, f)| (c, f.to_owned())).collect();
        assert_eq!(codes(&record), wanted);
    }
}

#[test]
fn a_required_answer_counts_four_times_an_optional_one() {
    // level 4, three optional ones, place 4, post 4.
    let mut one = record();
    one.values[1] = Value::Empty;
    assert_eq!(judge(&one, NOW).filled, 14 * 1000 / 15);
    one.post = String::new();
    assert_eq!(judge(&one, NOW).filled, 10 * 1000 / 15);
}

#[test]
fn twins_are_of_one_name_and_near_or_of_one_number() {
    let kind = kind();
    let mut twins = Twins::default();
    let mut add = |id: i64, name: &str, lat: f64, phone: &str, code: &str| {
        let mut record = place(106.5, lat);
        record.name = name.into();
        let value = |text: &str| {
            if text.is_empty() { Value::Empty } else { Value::Text(text.into()) }
        };
        record.values[2] = value(phone);
        record.values[3] = value(code);
        twins.add(&kind, RecordId(id), &record);
    };
    add(1, "第一 化工厂", 38.5, "", "");
    add(2, "第一化工厂", 38.5005, "", "");
    // The same name, two kilometres away.
    add(3, "第一化工厂", 38.52, "", "");
    add(4, "二厂", 38.5, "138-1234 5678", "");
    add(5, "三厂", 38.5, "13812345678", "");
    add(6, "四厂", 38.5, "119", "X1");
    add(7, "五厂", 38.5, "119", "x1");
    let flaws = |flaw| vec![Twin { flaw, area: AreaCode(640_104_001) }];
    assert_eq!(
        twins.finish(),
        BTreeMap::from([
            (RecordId(1), flaws(FlawKind::SameName)),
            (RecordId(2), flaws(FlawKind::SameName)),
            (RecordId(4), flaws(FlawKind::SamePhone)),
            (RecordId(5), flaws(FlawKind::SamePhone)),
            (RecordId(6), flaws(FlawKind::SameCode)),
            (RecordId(7), flaws(FlawKind::SameCode)),
        ])
    );
    // Neighbours of one surname are no twins.
    let families = Kind { private_name: true, ..kind };
    let mut twins = Twins::default();
    for id in 1..3 {
        let mut record = record();
        record.values[2] = Value::Empty;
        record.values[3] = Value::Empty;
        twins.add(&families, RecordId(id), &record);
    }
    assert!(twins.finish().is_empty());
}

#[test]
fn a_twin_is_known_where_both_are_seen() {
    let kind = kind();
    let mut twins = Twins::default();
    for (id, area) in
        [(1, 640_104_001), (2, 640_104_002), (3, 640_105_000), (4, 640_221_000), (5, 150_000_000)]
    {
        let mut record = place(106.0 + f64::from(id), 38.5);
        record.area = AreaCode(area);
        record.values[3] = Value::Empty;
        twins.add(&kind, RecordId(id.into()), &record);
    }
    let found = twins.finish();
    let area = |id: i64| found[&RecordId(id)][0].area.0;
    let areas: Vec<u32> = (1..=5).map(area).collect();
    assert_eq!(areas, [640_104_000, 640_104_000, 640_100_000, 640_000_000, 0]);
}

#[test]
fn the_score_follows_its_formula() {
    assert_eq!(Aspect::ALL.iter().map(|aspect| aspect.weight()).sum::<u32>(), 100);
    assert_eq!(Marks::default().score(), None);
    let mut tally = Tally::default();
    tally.count(&judge(&record(), NOW), NOW);
    assert_eq!(tally.score(), Some(100.0));
    // Of two records one is old and lies elsewhere: half of freshness and of place are lost.
    tally.count(&judge(&place(105.5, 38.5), Ms(0)), NOW);
    assert_eq!(tally.score(), Some(80.0));
    assert_eq!((tally.with(FlawKind::Stale), tally.with(FlawKind::OutsideArea)), (1, 1));
    // A twin that is found later counts once.
    let twin = Flaws::default().with(FlawKind::SameName);
    tally.flawed(Flaws::default(), twin);
    tally.flawed(twin, twin);
    assert_eq!(tally.score(), Some(77.5));
    let mut both = tally;
    both.add(&tally);
    assert_eq!((both.marks.records, both.score()), (4, Some(77.5)));
}

#[test]
fn a_draw_is_random_and_can_be_repeated() {
    let ids = || (1..=1000).map(RecordId);
    let first = draw(ids(), 1, 100);
    assert_eq!(first.len(), 100);
    assert_eq!(first, draw(ids(), 1, 100));
    assert_ne!(first, draw(ids(), 2, 100));
    assert_eq!(draw(ids(), 1, 10_000).len(), MOST_DRAWN);
    assert_eq!(draw(ids().take(3), 1, 100).len(), 3);
    // Every record comes about as often as every other: of 200 draws of a tenth each about twenty times.
    let mut times: BTreeMap<RecordId, u32> = BTreeMap::new();
    for seed in 0..200 {
        draw((1..=100).map(RecordId), seed, 10).into_iter().for_each(|id| {
            *times.entry(id).or_default() += 1;
        });
    }
    assert!(
        times.len() == 100 && times.values().all(|times| (5..=40).contains(times)),
        "{times:?}"
    );
}

#[test]
fn wilsons_interval() {
    let near = |(low, high): (f64, f64), wanted: (f64, f64)| {
        assert!((low - wanted.0).abs() < 1e-4 && (high - wanted.1).abs() < 1e-4, "{low} {high}");
    };
    near(wilson(0, 0), (0.0, 1.0));
    near(wilson(0, 10), (0.0, 0.2775));
    near(wilson(10, 10), (0.7225, 1.0));
    near(wilson(5, 100), (0.0215, 0.1118));
}

#[test]
fn every_flaw_has_its_word() {
    for flaw in FlawKind::ALL {
        assert_eq!(FlawKind::of(flaw.code()), Some(flaw));
        let all = Flaws::default().with(flaw);
        assert_eq!(all.iter().collect::<Vec<_>>(), [flaw]);
    }
    assert_eq!(FlawKind::of("x"), None);
}
