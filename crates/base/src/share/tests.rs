use std::collections::{BTreeMap, HashMap};

use geo::Geometry;
use helan_kernel::{AreaCode, Text};
use proptest::prelude::*;

use super::{
    COMMON, K, Place, Shared, State, Step, Terms, TermsError, given_fields, open_row, release,
};
use crate::{Choice, Date, Domain, Field, Kind, Mask, Record, RecordId, ShapeKind, Value, What};

const AREA: AreaCode = AreaCode(640_104_000);
const FLATS: u64 = 2_000;

fn field(key: &str, what: What, mask: Option<Mask>) -> Field {
    let name = Text::new(key, key);
    let (unit, standard) = (String::new(), String::new());
    Field {
        key: key.into(),
        name,
        unit,
        what,
        required: false,
        mask,
        aliases: Vec::new(),
        standard,
    }
}

fn households() -> Kind {
    let choice = |key: &str| Choice { key: key.into(), name: Text::new(key, key) };
    Kind {
        fields: vec![
            field("account", What::Text { max: 40 }, Some(Mask::Hidden)),
            field("householder", What::Text { max: 40 }, Some(Mask::Name)),
            field("phone", What::Phone, Some(Mask::Phone)),
            field("flat", What::Text { max: 80 }, Some(Mask::Address)),
            field("floor", What::Whole { min: -3, max: 100 }, None),
            field("people", What::Whole { min: 0, max: 50 }, None),
            field("area_m2", What::Number { min: 0.0, max: 1e4 }, None),
            field("gas", What::Choice { of: vec![choice("natural"), choice("lpg")] }, None),
            field("alarm_model", What::Text { max: 60 }, None),
            field("alarm_installed", What::Date, None),
            field("alarm_fault", What::Flag, None),
        ],
        review_days: 365,
        private_name: true,
        private_place: true,
        ..Kind::bare(
            "household-gas-set",
            Domain::Living,
            Text::new("三件套", "gas set"),
            ShapeKind::Point,
        )
    }
}

/// Numbers that look random and are the same each time (splitmix64: Steele, Lea, Flood, 2014).
struct Dice(u64);

impl Dice {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }
}

/// A quarter with houses of many sizes, some of them far outside and alone.
fn town() -> Vec<(RecordId, Record)> {
    let mut dice = Dice(7);
    let surnames = ["马", "王", "李", "杨", "张", "丁", "哈", "纳", "欧阳"];
    let day = |year: u64, month: u64| {
        Date::of(i32::try_from(year).unwrap(), u32::try_from(month).unwrap(), 1).unwrap()
    };
    let number = |n: u64| i64::try_from(n).unwrap();
    let degrees = |n: u64| f64::from(u32::try_from(n).unwrap());
    (0..FLATS)
        .map(|n| {
            let alone = n % 250 == 0;
            let spread = if alone { 400_000 } else { 30_000 };
            let lon = 106.2 + degrees(dice.next(spread)) / 1e6;
            let lat = 38.4 + degrees(dice.next(spread)) / 1e6;
            let surname = surnames[usize::try_from(dice.next(9)).unwrap()];
            let record = Record {
                key: format!("GAS-{n:05}"),
                name: format!("{surname}家"),
                area: AREA,
                address: format!(
                    "解放街{}号{}单元{}",
                    dice.next(90),
                    1 + dice.next(4),
                    dice.next(600)
                ),
                post: String::new(),
                shape: Some(Geometry::Point((lon, lat).into())),
                values: vec![
                    Value::Text(format!("A{n:07}")),
                    Value::Text(format!(
                        "{surname}{}",
                        ["伟", "芳", "小明"][usize::try_from(n % 3).unwrap()]
                    )),
                    Value::Text(format!("13{:09}", dice.next(1_000_000_000))),
                    Value::Text(format!("{}-{}", 1 + dice.next(4), dice.next(600))),
                    Value::Whole(number(1 + dice.next(if alone { 60 } else { 18 }))),
                    Value::Whole(number(1 + dice.next(6))),
                    Value::Number(40.0 + degrees(dice.next(9000)) / 100.0),
                    Value::Text(if dice.next(40) == 0 { "lpg" } else { "natural" }.into()),
                    Value::Text(format!("M{}", dice.next(25))),
                    Value::Date(day(2015 + dice.next(10), 1 + dice.next(12))),
                    Value::Flag(dice.next(20) == 0),
                ],
                synthetic: true,
            };
            (RecordId(number(n) + 1), record)
        })
        .collect()
}

fn terms(fields: &[&str]) -> Terms {
    Terms { fields: fields.iter().map(|&field| field.to_owned()).collect(), area: AREA }
}

/// Everything that may be asked for.
fn all_terms(kind: &Kind) -> Terms {
    terms(&given_fields(kind))
}

fn extract(kind: &Kind, terms: &Terms, town: &[(RecordId, Record)], secret: &[u8]) -> Vec<Shared> {
    let mut collect = release(kind, terms);
    for (id, record) in town {
        collect.add(*id, record).unwrap();
    }
    collect.finish(secret).after("").collect()
}

/// What the attacker can see of a row, for comparing.
fn seen(row: &Shared) -> String {
    format!("{} {:?} {:?}", row.area.0, row.place, row.values)
}

/// Which originals a row may be, by all that it says: the attacker knows the whole original, and how values are told.
fn suspects<'a>(kind: &Kind, row: &Shared, town: &'a [(RecordId, Record)]) -> Vec<&'a Record> {
    let fits = |record: &Record| {
        let near = match (&row.place, &record.shape) {
            (Place::Shape(there), Some(shape)) => there == shape,
            (Place::Cell(cell), Some(Geometry::Point(at))) => {
                (cell.west..cell.west + cell.side).contains(&at.x())
                    && (cell.south..cell.south + cell.side).contains(&at.y())
            }
            _ => true,
        };
        near && row.area.contains(record.area)
            && kind.fields.iter().zip(&record.values).all(|(field, original)| {
                let told = row.values.get(&field.key).unwrap_or(&Value::Empty);
                told.is_empty() || told == original || is_rounded(told, original, field)
            })
            && match row.values.get("name") {
                Some(Value::Text(name)) => name == &record.name,
                _ => true,
            }
            && match row.values.get("address") {
                Some(Value::Text(street)) => record.address.starts_with(street.as_str()),
                _ => true,
            }
    };
    town.iter().map(|(_, record)| record).filter(|record| fits(record)).collect()
}

/// Whether a value may have been told as that: a year, a band, one digit, a street, or blurred.
fn is_rounded(told: &Value, original: &Value, field: &Field) -> bool {
    let Value::Text(told) = told else { return false };
    match original {
        Value::Date(date) => date.to_string().starts_with(told.as_str()),
        Value::Whole(whole) => match told.split_once('–') {
            Some((low, high)) => (low.parse().unwrap()..=high.parse().unwrap()).contains(whole),
            None => told.parse() == Ok(*whole),
        },
        Value::Number(number) => {
            let low: f64 = told.parse().unwrap();
            (low..low + 10_f64.powf(low.abs().log10().floor())).contains(number)
        }
        Value::Text(text) => match field.mask {
            Some(Mask::Address) => text.starts_with(told.trim_end_matches('*')),
            Some(mask) => *told == mask.blur(text),
            None => told == text,
        },
        Value::Flag(_) | Value::Empty => false,
    }
}

/// Rows that the attacker names rightly when each may be named once, with the best guess that each way of guessing has.
fn named(
    kind: &Kind,
    rows: &[Shared],
    town: &[(RecordId, Record)],
    owner: &HashMap<String, String>,
) -> [f64; 4] {
    let right = |row: &Shared, guess: Option<&Record>| {
        guess.is_some_and(|guess| owner.get(&row.key) == Some(&guess.key))
    };
    let mut hits = [0_u32; 4];
    let mut keys: Vec<&String> = rows.iter().map(|row| &row.key).collect();
    keys.sort_unstable();
    for (place, row) in rows.iter().enumerate() {
        let suspects = suspects(kind, row, town);
        // By everything that the row says: one of those that fit.
        hits[0] += u32::from(right(row, suspects.first().copied()));
        // By the nearest home.
        let at = match &row.place {
            Place::Shape(Geometry::Point(at)) => Some(at.0),
            Place::Cell(cell) => Some(cell.middle()),
            _ => None,
        };
        let far = |record: &&Record| match (&record.shape, at) {
            (Some(Geometry::Point(own)), Some(at)) => (own.x() - at.x).hypot(own.y() - at.y),
            _ => f64::MAX,
        };
        let nearest =
            town.iter().map(|(_, record)| record).min_by(|a, b| far(a).total_cmp(&far(b)));
        hits[1] += u32::from(right(row, nearest));
        // By its number in the file.
        hits[2] += u32::from(right(row, town.get(place).map(|(_, record)| record)));
        // By the place that its key has among all keys.
        let rank = keys.binary_search(&&row.key).ok();
        hits[3] += u32::from(right(row, rank.and_then(|rank| town.get(rank)).map(|(_, r)| r)));
    }
    hits.map(|hits| f64::from(hits) / f64::from(u32::try_from(rows.len()).unwrap()))
}

#[test]
fn re_identification_fails() {
    let (kind, town, secret) = (households(), town(), b"secret of the grant".as_slice());
    let names = |id: RecordId| super::pseudonym::pseudonym(secret, &kind.key, id);
    let owner: HashMap<String, String> =
        town.iter().map(|(id, record)| (names(*id), record.key.clone())).collect();
    let rows = extract(&kind, &all_terms(&kind), &town, secret);
    assert_eq!(rows.len(), town.len());

    // Each row has at least four others that are equal to the letter.
    let mut alike: BTreeMap<String, u32> = BTreeMap::new();
    for row in &rows {
        *alike.entry(seen(row)).or_default() += 1;
    }
    assert!(alike.values().all(|count| *count >= u32::try_from(K).unwrap()), "{alike:?}");
    assert!(alike.len() > 20, "something is still told: {}", alike.len());

    // Nobody can be told from fewer than K, and no way of guessing does better than chance.
    assert!(rows.iter().all(|row| suspects(&kind, row, &town).len() >= K));
    let chance = 1.0 / f64::from(u32::try_from(K).unwrap());
    for (way, share) in named(&kind, &rows, &town, &owner).into_iter().enumerate() {
        assert!(share <= chance, "way {way} names {share} of the rows");
    }

    // No name, number, key or exact place is in what leaves.
    let words = rows.iter().map(seen).collect::<String>();
    for (_, record) in &town {
        for value in record.values.iter().take(3) {
            let Value::Text(text) = value else { continue };
            assert!(!words.contains(text.as_str()), "{text}");
        }
    }
    assert!(rows.iter().all(|row| !matches!(row.place, Place::Shape(_))));
}

#[test]
fn the_same_attack_names_the_rows_of_an_unmasked_extract() {
    let town = town();
    let open = Kind { private_name: false, private_place: false, ..households() };
    let everything = all_terms(&open);
    let rows: Vec<Shared> =
        town.iter().map(|(_, record)| open_row(&open, &everything, record)).collect();
    let owner: HashMap<String, String> =
        town.iter().map(|(_, record)| (record.key.clone(), record.key.clone())).collect();
    for (way, share) in named(&open, &rows, &town, &owner).into_iter().enumerate() {
        assert!(share > 0.99, "way {way} names only {share} of the rows");
    }
    // Blurred names and numbers alone are no mask: the operator and two digits name most people of a town.
    let blurred = Terms { fields: vec!["householder".into(), "phone".into()], area: AREA };
    let rows: Vec<Shared> = town.iter().map(|(_, r)| open_row(&open, &blurred, r)).collect();
    let [by_all, ..] = named(&open, &rows, &town, &owner);
    assert!(by_all > 0.2, "{by_all}");
}

#[test]
fn two_grants_cannot_be_joined_and_order_tells_nothing() {
    let (kind, town) = (households(), town());
    let terms = terms(&["place", "gas"]);
    let one = extract(&kind, &terms, &town, b"one");
    let two = extract(&kind, &terms, &town, b"two");
    let keys = |rows: &[Shared]| rows.iter().map(|row| row.key.clone()).collect::<Vec<_>>();
    assert!(keys(&one).iter().all(|key| !keys(&two).contains(key)));
    assert_eq!(keys(&one), keys(&extract(&kind, &terms, &town, b"one")), "one grant pages through");
    assert!(keys(&one).is_sorted());
}

#[test]
fn too_few_to_hide_among_are_not_told_at_all() {
    let (kind, town) = (households(), town());
    let few = town.get(..K - 1).unwrap();
    assert!(extract(&kind, &all_terms(&kind), few, b"s").is_empty());
    let enough = town.get(..K).unwrap();
    let rows = extract(&kind, &all_terms(&kind), enough, b"s");
    assert_eq!(rows.len(), K);
    assert!(rows.windows(2).all(|two| seen(&two[0]) == seen(&two[1])));
    // Those of another area are not in it.
    let elsewhere = Terms { area: AreaCode(640_105_000), ..all_terms(&kind) };
    assert!(extract(&kind, &elsewhere, &town, b"s").is_empty());
}

#[test]
fn what_never_leaves_cannot_be_asked_for() {
    let kind = households();
    for never in ["account", "householder", "phone", "name", "post", "castle"] {
        let refused = terms(&["gas", never]).check(&kind);
        assert_eq!(refused, Err(TermsError::NotGiven(never.into())));
    }
    assert_eq!(terms(&[]).check(&kind), Err(TermsError::Nothing));
    assert_eq!(terms(&["gas", "gas"]).check(&kind), Err(TermsError::Twice("gas".into())));
    assert_eq!(all_terms(&kind).check(&kind), Ok(()));
    let open = Kind { private_name: false, private_place: false, ..households() };
    assert!(COMMON.iter().all(|own| given_fields(&open).contains(own)));
    assert!(!given_fields(&open).contains(&"account"));
}

#[test]
fn nothing_wider_than_the_request_is_granted() {
    let asked = terms(&["gas", "place"]);
    assert_eq!(terms(&["gas"]).within(&asked), Ok(()));
    assert_eq!(terms(&["floor"]).within(&asked), Err(TermsError::Wider("a field")));
    let township = Terms { area: AreaCode(640_104_001), ..terms(&["gas"]) };
    assert_eq!(township.within(&asked), Ok(()));
    assert_eq!(asked.within(&township), Err(TermsError::Wider("the area")));
}

#[test]
fn a_request_lives_forward_only() {
    for state in State::ALL {
        assert_eq!(State::of(state.word()), Some(state));
        let open = [Step::Approve, Step::Refuse, Step::Withdraw];
        let granted = [Step::Expire, Step::Revoke];
        let can =
            |steps: &[Step]| steps.iter().filter(|step| state.after(**step).is_some()).count();
        let wanted = match state {
            State::Requested => (3, 1),
            State::Approved => (0, 2),
            _ => (0, 0),
        };
        assert_eq!((can(&open), can(&granted)), wanted, "{state:?}");
    }
}

proptest! {
    /// Whatever stands in the records and whichever fields are asked for in whichever order.
    #[test]
    fn every_row_is_like_k_others(
        seed in any::<u64>(),
        count in 0_u64..120,
        choose in prop::collection::vec(any::<bool>(), 12),
        backwards in any::<bool>(),
    ) {
        let kind = households();
        let mut dice = Dice(seed);
        let mut fields: Vec<&str> = given_fields(&kind)
            .into_iter()
            .zip(&choose)
            .filter_map(|(field, chosen)| chosen.then_some(field))
            .collect();
        if backwards {
            fields.reverse();
        }
        let town: Vec<(RecordId, Record)> = town()
            .into_iter()
            .take(usize::try_from(count).unwrap())
            .map(|(id, mut record)| {
                for value in &mut record.values {
                    if dice.next(5) == 0 {
                        *value = Value::Empty;
                    }
                }
                if dice.next(6) == 0 {
                    record.shape = None;
                }
                record.area = AreaCode(AREA.0 + u32::try_from(dice.next(4)).unwrap());
                (id, record)
            })
            .collect();
        let rows = extract(&kind, &terms(&fields), &town, b"s");
        prop_assert_eq!(rows.len(), if town.len() < K { 0 } else { town.len() });
        let mut alike: BTreeMap<String, usize> = BTreeMap::new();
        for row in &rows {
            *alike.entry(seen(row)).or_default() += 1;
        }
        prop_assert!(alike.values().all(|count| *count >= K), "{:?}", alike);
    }
}
