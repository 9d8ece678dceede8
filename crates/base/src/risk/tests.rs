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
        key: "thing".into(),
        domain: Domain::Production,
        name: Text::new("物", "thing"),
        code: String::new(),
        shape: ShapeKind::Any,
        fields: vec![
            of("a", number.clone()),
            of("b", number.clone()),
            of("c", number.clone()),
            of("people", number),
            of("unit", words()),
            of("substance", words()),
        ],
        needs: Vec::new(),
        review_days: 90,
        safety: Safety { risk: Some(method), ..Safety::default() },
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
