use std::collections::BTreeMap;

use helan_kernel::{AreaCode, Text};

use super::*;
use crate::{Domain, Field, Safety, ShapeKind, What, people_of};

fn kind(method: Method) -> Kind {
    let number = What::Number { min: 0.0, max: 1e6 };
    let of = |key: &str, what: What| Field {
        key: key.into(),
        name: Text::new(key, key),
        unit: String::new(),
        what,
        required: false,
        mask: None,
        aliases: Vec::new(),
        standard: String::new(),
    };
    let words = || What::Text { max: 80 };
    let kind = Kind {
        fields: vec![
            of("a", number.clone()),
            of("b", number.clone()),
            of("c", number.clone()),
            of("people", number),
            of("unit", words()),
            of("substance", words()),
        ],
        review_days: 90,
        safety: Safety { risk: Some(method), ..Safety::default() },
        ..Kind::bare("thing", Domain::Production, Text::new("物", "thing"), ShapeKind::Any)
    };
    kind.check().unwrap();
    kind
}

fn source() -> Kind {
    kind(Method::RValue {
        unit: "unit".into(),
        substance: "substance".into(),
        quantity: "a".into(),
        critical: "b".into(),
        beta: "c".into(),
        people: "people".into(),
    })
}

fn tables() -> Tables {
    toml::from_str(
        r#"
        [matrix]
        colours = [
            ["blue", "blue", "blue", "yellow", "orange"],
            ["blue", "blue", "yellow", "yellow", "orange"],
            ["blue", "yellow", "yellow", "orange", "red"],
            ["yellow", "yellow", "orange", "red", "red"],
            ["orange", "orange", "red", "red", "red"],
        ]
        source = "m"
        sure = true
        [lec]
        red = 320
        orange = 160
        yellow = 70
        source = "l"
        [source]
        radius = 500
        source = "s"
        sure = true
        alpha = [{ people = 100, alpha = 2.0 }, { people = 50, alpha = 1.5 }, { people = 0, alpha = 0.5 }]
        grades = [
            { from = 100, grade = "I", colour = "red" },
            { from = 50, grade = "II", colour = "orange" },
            { from = 10, grade = "III", colour = "yellow" },
            { from = 0, grade = "IV", colour = "blue" },
        ]
        substance = [{ names = ["氨", "液氨"], critical = 10, beta = 2, source = "t", sure = true }]
        [[area]]
        colour = "red"
        of = "red"
        at_least = 2
        [[area]]
        colour = "orange"
        of = "red"
        at_least = 1
        "#,
    )
    .unwrap()
}

/// a, b, c, people; then the substance.
fn record(key: &str, numbers: [Option<f64>; 4], substance: &str) -> Record {
    let mut values: Vec<Value> =
        numbers.into_iter().map(|n| n.map_or(Value::Empty, Value::Number)).collect();
    values.extend([Value::Text("U1".into()), Value::Text(substance.into())]);
    Record {
        key: key.into(),
        name: key.into(),
        area: AreaCode(640_104_000),
        address: String::new(),
        post: String::new(),
        shape: None,
        values,
        synthetic: false,
    }
}

static NONE: BTreeMap<String, u64> = BTreeMap::new();

fn given(record: &Record) -> Given<'_> {
    Given { record, origin: 7, origins: &NONE }
}

fn near(people: Option<u32>) -> Neighbour {
    Neighbour {
        kind: "school".into(),
        group: String::new(),
        key: "S".into(),
        name: "S".into(),
        area: AreaCode(640_104_000),
        metres: 300,
        people,
    }
}

fn judged(kind: &Kind, records: &[Record], neighbours: Vec<Neighbour>) -> Judged {
    let around = Around { unit: records.iter().map(given).collect(), neighbours };
    judge(kind, given(&records[0]), &around, &tables()).unwrap()
}

fn judged_alone(kind: &Kind, record: &Record) -> Judged {
    judge(kind, given(record), &Around::default(), &tables()).unwrap()
}

#[test]
fn matrix_and_lec_follow_their_tables() {
    let matrix = kind(Method::Matrix { likelihood: "a".into(), consequence: "b".into() });
    let lec =
        kind(Method::Lec { likelihood: "a".into(), exposure: "b".into(), consequence: "c".into() });
    let check = |kind: &Kind, numbers: [f64; 3], colour, value| {
        let [a, b, c] = numbers.map(Some);
        let done = judged(kind, &[record("R", [a, b, c, None], "")], Vec::new());
        assert_eq!((done.colour, done.value), (colour, value), "{numbers:?} {done:?}");
    };
    check(&matrix, [1.0, 1.0, 0.0], Colour::Blue, Some(1.0));
    check(&matrix, [3.0, 5.0, 0.0], Colour::Red, Some(15.0));
    check(&matrix, [5.0, 3.0, 0.0], Colour::Red, Some(15.0));
    check(&matrix, [1.0, 5.0, 0.0], Colour::Orange, Some(5.0));
    check(&matrix, [6.0, 1.0, 0.0], Colour::Unknown, None);
    check(&matrix, [1.5, 1.0, 0.0], Colour::Unknown, None);
    check(&lec, [6.0, 6.0, 7.0], Colour::Orange, Some(252.0));
    check(&lec, [10.0, 32.0, 1.0], Colour::Red, Some(320.0));
    check(&lec, [1.0, 10.0, 7.0], Colour::Yellow, Some(70.0));
    check(&lec, [1.0, 10.0, 6.9], Colour::Blue, Some(69.0));
}

#[test]
fn what_is_missing_is_never_low() {
    let matrix = kind(Method::Matrix { likelihood: "a".into(), consequence: "b".into() });
    let done = judged(&matrix, &[record("R", [Some(1.0), None, None, None], "")], Vec::new());
    assert_eq!(done.colour, Colour::Unknown);
    assert_eq!(done.warnings[0].en, "b is missing");
    // Nobody around is known, and nobody counted.
    let rows = [record("R", [Some(10.0), Some(10.0), Some(1.0), None], "x")];
    assert_eq!(judged(&source(), &rows, Vec::new()).colour, Colour::Unknown);
    // A neighbour whose people are not known.
    assert_eq!(judged(&source(), &rows, vec![near(None)]).colour, Colour::Unknown);
    // A substance in no table, without figures of its own.
    let rows = [record("R", [Some(10.0), None, None, Some(0.0)], "mystery")];
    assert_eq!(judged(&source(), &rows, Vec::new()).colour, Colour::Unknown);
    // More records in its unit than are read.
    assert_eq!(judged_alone(&source(), &rows[0]).colour, Colour::Unknown);
    // No table at all.
    let around = Around::default();
    let none = judge(&matrix, given(&rows[0]), &around, &Tables::default()).unwrap();
    assert_eq!(none.colour, Colour::Unknown);
}

#[test]
fn a_unit_is_graded_with_all_its_substances_and_its_neighbours() {
    let rows = [
        record("A", [Some(100.0), None, None, Some(60.0)], "液氨"),
        record("B", [Some(50.0), Some(5.0), Some(1.0), None], "x"),
    ];
    // 2 × 100 / 10 + 1 × 50 / 5 = 30; 60 people: 1.5.
    let done = judged(&source(), &rows, Vec::new());
    assert_eq!((done.value, &*done.grade, done.colour), (Some(45.0), "III", Colour::Yellow));
    assert!(done.formula.en.ends_with("= 45"), "{}", done.formula.en);
    let table = done.inputs.iter().find(|input| input.key == "A.b").unwrap();
    assert_eq!(table.from, From::Table { source: "t".into(), sure: true });
    // A school moves in: 2.0.
    let more = judged(&source(), &rows, vec![near(Some(800))]);
    assert_eq!((more.value, more.colour), (Some(60.0), Colour::Orange));
    let changed: Vec<String> =
        differences(&done, &more).into_iter().map(|difference| difference.key).collect();
    assert_eq!(changed, ["near.school.S", "people", "alpha", "grade"]);
    assert!(differences(&more, &more).is_empty());
    // What is missing cannot make the highest grade lower.
    let rows = [rows[0].clone(), record("C", [Some(1.0), None, None, None], "mystery")];
    assert_eq!(judged(&source(), &rows, vec![near(Some(800))]).colour, Colour::Unknown);
    let rows = [record("A", [Some(1e4), None, None, Some(60.0)], "液氨"), rows[1].clone()];
    assert_eq!(judged(&source(), &rows, Vec::new()).colour, Colour::Red);
}

#[test]
fn an_area_is_as_bad_as_its_rules_say() {
    let rules = tables().area;
    let check = |red, blue, unknown, colour, uncertain| {
        let counts = Counts { red, blue, unknown, ..Counts::default() };
        assert_eq!(counts.colour(&rules), AreaColour { colour, uncertain }, "{counts:?}");
    };
    check(2, 5, 9, Colour::Red, false);
    check(1, 0, 0, Colour::Orange, false);
    check(1, 0, 1, Colour::Orange, true);
    check(0, 3, 0, Colour::Blue, false);
    check(0, 3, 1, Colour::Blue, true);
    check(0, 0, 2, Colour::Unknown, true);
    check(0, 0, 0, Colour::Unknown, false);
}

#[test]
fn tables_that_cannot_be_are_refused() {
    assert_eq!(tables().check(), Ok(()));
    let mut bad = tables();
    bad.lec.as_mut().unwrap().orange = 400.0;
    assert!(bad.check().is_err());
    let mut bad = tables();
    bad.source.as_mut().unwrap().alpha.pop();
    assert!(bad.check().is_err(), "nothing for nobody around");
}

#[test]
fn the_same_people_are_not_counted_twice() {
    let all =
        [("building", "home", Some(300)), ("household", "home", Some(3)), ("school", "", Some(9))];
    assert_eq!(people_of(all.into_iter()), 309);
    let all = [
        ("building", "home", Some(4)),
        ("household", "home", Some(3)),
        ("household", "home", Some(3)),
    ];
    assert_eq!(people_of(all.into_iter()), 6);
    assert_eq!(people_of([("school", "", None), ("hospital", "", Some(2))].into_iter()), 2);
}

mod ground {
    use geo::{Coord, Geometry};

    use super::*;
    use crate::{
        Catalogue, Choice, Danger, Distance, Entry, Equipment, Facts, Kinds, Need, People, RecordId,
    };

    const HOME: AreaCode = AreaCode(640_104_000);

    fn kinds() -> Kinds {
        let base = super::kind(Method::Matrix { likelihood: "a".into(), consequence: "b".into() });
        let make = |key: &str, safety: Safety| Kind { key: key.into(), safety, ..base.clone() };
        let people = People { fields: vec!["people".into()], sensitive: true, ..People::default() };
        let distance = Distance { field: "a".into(), metres: None, standard: String::new() };
        let mut plant = make("plant", Safety { distance: Some(distance), ..Safety::default() });
        plant.needs = vec![Need {
            key: "pump".into(),
            name: Text::default(),
            count: 2,
            standard: String::new(),
        }];
        let choice = |key: &str| Choice { key: key.into(), name: Text::default() };
        let mut team = make("team", Safety::default());
        team.fields[4].what = What::Choice { of: vec![choice("ready"), choice("out")] };
        let equipment = Equipment {
            object: "unit".into(),
            need: "substance".into(),
            count: "a".into(),
            expires: "c".into(),
            state: "c".into(),
            working: Vec::new(),
        };
        Kinds::new([
            plant,
            make("school", Safety { people: Some(people), ..Safety::default() }),
            make("station", Safety::default()),
            team,
            make("thing", Safety { equipment: Some(equipment), ..Safety::default() }),
        ])
        .unwrap()
    }

    fn danger() -> Danger {
        toml::from_str::<Danger>(
            r#"
            key = "leak"
            name = { zh = "泄漏", en = "Leak" }
            kinds = ["plant"]
            minutes = 30
            speed = 60
            detour = 1.5
            team = [{ kind = "team", turnout = "a", ready = "unit", ready_of = ["ready"] }]
            watch = [{ kind = "station", field = "a", metres = 1000 }]
            source = "t"
            "#,
        )
        .unwrap()
    }

    struct Ground {
        facts: Facts,
        entries: Vec<Entry>,
        kinds: Kinds,
    }

    impl Ground {
        fn new() -> Self {
            let kinds = kinds();
            let facts = Facts::new(&kinds, vec![danger()]);
            Self { facts, entries: Vec::new(), kinds }
        }

        /// A record east of the first place, so many metres.
        fn put(&mut self, id: i64, kind: &str, east: f64, record: Record) {
            let number = self.kinds.iter().position(|known| known.key == kind).unwrap();
            let number = u16::try_from(number).unwrap();
            let lon = 106.0 + east / (111_195.08 * 38.0_f64.to_radians().cos());
            let shape = Some(Geometry::Point((lon, 38.0).into()));
            let record = Record { shape: shape.clone(), ..record };
            self.facts.put(number, RecordId(id), &record, None);
            let (area, name) = (record.area, record.name);
            self.entries.push(Entry { id: RecordId(id), kind: number, area, name, shape });
        }
    }

    fn of(numbers: [Option<f64>; 4], unit: &str) -> Record {
        let mut made = record("K", numbers, "");
        made.values[4] = Value::Text(unit.into());
        made
    }

    #[test]
    fn what_is_too_near_is_told_with_the_people_inside() {
        let mut ground = Ground::new();
        ground.put(1, "plant", 0.0, of([Some(500.0), None, None, None], ""));
        ground.put(2, "plant", 50.0, of([None; 4], ""));
        ground.put(3, "school", 300.0, of([None, None, None, Some(800.0)], ""));
        ground.put(4, "school", 450.0, of([None; 4], ""));
        ground.put(5, "school", 600.0, of([None, None, None, Some(9.0)], ""));
        let elsewhere = Record { area: AreaCode(640_221_000), ..of([None; 4], "") };
        ground.put(6, "school", 100.0, elsewhere);
        let catalogue = Catalogue::load(ground.entries);
        let zoning = zoning(&catalogue, &ground.facts, HOME);
        assert_eq!((zoning.hazards, &zoning.unknown[..]), (2, &[RecordId(2)][..]));
        let [(hazard, zone)] = &zoning.zones[..] else { panic!("{zoning:?}") };
        assert_eq!((*hazard, zone.people), (RecordId(1), 800));
        let near: Vec<(i64, Option<u32>)> =
            zone.conflicts.iter().map(|c| (c.other.0, c.people)).collect();
        assert_eq!(near, [(3, Some(800)), (4, None)]);
        assert!((zone.conflicts[0].metres - 300.0).abs() < 1.0, "{zone:?}");
    }

    #[test]
    fn what_no_team_reaches_in_time_is_a_gap() {
        let mut ground = Ground::new();
        // 30 minutes less 10 to turn out, at 60 km/h with a detour of 1.5: 13.3 km.
        assert!((danger().reach(10.0) - 13_333.3).abs() < 0.1);
        ground.put(1, "team", 0.0, of([Some(10.0), None, None, None], "ready"));
        ground.put(2, "team", 30_000.0, of([None; 4], "out"));
        ground.put(3, "plant", 13_000.0, of([None; 4], ""));
        ground.put(4, "plant", 14_000.0, of([None; 4], ""));
        ground.put(5, "plant", 30_000.0, of([None; 4], ""));
        let cells = [(HOME, Coord { x: 106.0, y: 38.05 }), (HOME, Coord { x: 106.0, y: 39.0 })];
        let gaps = gaps(&ground.facts, 0, HOME, &cells);
        assert_eq!((gaps.teams, gaps.objects), (1, 3));
        let missed: Vec<i64> = gaps.missed.iter().map(|(id, _)| id.0).collect();
        assert_eq!(missed, [5, 4], "the farthest first");
        assert_eq!(gaps.cells, [cells[1]]);
        let none = super::gaps(&ground.facts, 0, AreaCode(640_221_000), &[]);
        assert_eq!((none.teams, none.objects), (0, 0));
    }

    #[test]
    fn what_no_station_sees_is_a_blind_spot() {
        let mut ground = Ground::new();
        ground.put(1, "station", 0.0, of([Some(2_000.0), None, None, None], ""));
        ground.put(2, "station", 9_000.0, of([None; 4], ""));
        for (id, east) in [(3, 1_900.0), (4, 2_100.0), (5, 9_900.0), (6, 7_000.0)] {
            ground.put(id, "plant", east, of([None; 4], ""));
        }
        let colour = |id: RecordId| if id.0 == 6 { Colour::Red } else { Colour::Blue };
        let watched = watched(&ground.facts, 0, HOME, colour);
        assert_eq!((watched.stations, watched.objects, watched.seen), (2, 4, 2));
        assert_eq!((watched.high, watched.high_seen), (1, 0));
        let blind: Vec<i64> = watched.blind.iter().map(|(id, ..)| id.0).collect();
        assert_eq!(blind, [6, 4], "red first");
    }

    #[test]
    fn equipment_counts_while_it_works_and_is_valid() {
        let mut ground = Ground::new();
        let mut piece = record("E", [Some(3.0), None, None, None], "pump-diesel");
        piece.values[4] = Value::Text("P1".into());
        ground.put(1, "thing", 0.0, piece);
        let found: Vec<_> = ground.facts.pieces_of("P1").cloned().collect();
        assert_eq!((found[0].count, &*found[0].need), (3, "pump-diesel"));
        ground.facts.remove(RecordId(1));
        assert_eq!(ground.facts.pieces_of("P1").count(), 0);
        let plant = ground.kinds.get("plant").unwrap();
        let check = |has: &[(&str, u32, bool, bool)], score: f64, missing: u32| {
            let mut all: BTreeMap<String, Have> = BTreeMap::new();
            for (key, count, working, expired) in has {
                all.entry((*key).to_owned()).or_default().add(*count, *working, *expired);
            }
            let (met, found) = completeness(plant, &all);
            assert_eq!((found, met[0].missing), (score, missing), "{has:?}");
        };
        check(&[("pump-diesel", 1, true, false), ("pump", 1, true, false)], 1.0, 0);
        check(&[("pump", 2, true, true), ("pump", 1, true, false)], 0.5, 1);
        check(&[("pump", 1, false, false), ("pumps", 9, true, false)], 0.0, 2);
    }
}
