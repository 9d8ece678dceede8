//! Every name that packs may ask has its fact.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use std::collections::BTreeSet;

use common::{NOW, ammonia, fact, library, listed};
use helan_plan::{
    ClosedRoad, Control, ControlState, Facts, KEYS, LISTS, Level, Ms, Quake, Secondary, Sheltering,
    SourceKind, Text, Value, generate,
};

/// The ammonia release with everything else that can be known.
fn everything() -> Facts {
    let mut facts = ammonia();
    let words = || Text::same("words");
    facts.incident.drill = Some(fact(false));
    facts.incident.over = Some(fact(false));
    facts.release.ignited = Some(fact(false));
    facts.weather.temperature_c = Some(fact(-12.0));
    facts.weather.rain_mm_h = Some(fact(0.0));
    facts.weather.forecast = Some(fact(words()));
    facts.evacuated = Some(fact(false));
    let secondary = Secondary {
        key: "tank".into(),
        name: words(),
        what: words(),
        distance_m: Some(80.0),
        minutes: Some(20.0),
    };
    facts.secondary = Some(listed(vec![secondary]));
    let road = ClosedRoad { key: "r".into(), name: words(), why: words(), detour: Some(words()) };
    facts.roads = Some(listed(vec![road]));
    facts.sheltering =
        Some(fact(Sheltering { people: Some(1), dose: Some(0.2), minutes: Some(40.0) }));
    facts.leaving_dose = Some(fact(0.1));
    let control = Control { key: "v".into(), name: words(), state: ControlState::Failed };
    facts.controls = Some(listed(vec![control]));
    let number = || Some(fact(1_u64));
    facts.harm.dead = number();
    facts.harm.missing = number();
    facts.harm.hurt_serious = number();
    facts.harm.hurt = number();
    facts.harm.trapped = number();
    facts.harm.loss_yuan = Some(fact(1.0));
    facts.harm.moved = number();
    facts.harm.rooms_collapsed = number();
    facts.harm.cut_off = number();
    let quake = Quake { magnitude: Some(5.0), depth_km: Some(10.0), intensity: Some(7.0) };
    facts.quake = Some(fact(quake));
    facts.flood.rain_1h_mm = Some(fact(1.0));
    facts.flood.rain_24h_mm = Some(fact(1.0));
    facts.flood.over_warning_m = Some(fact(-0.5));
    facts.flood.arrives_min = Some(fact(1.0));
    facts.fire.area_ha = Some(fact(1.0));
    facts.fire.front_m = Some(fact(1.0));
    facts.fire.spread_m_min = Some(fact(1.0));
    facts.fire.homes_min = Some(fact(1.0));
    facts.fire.burning_h = Some(fact(1.0));
    facts.decided.level = Some(fact(Level::III));
    facts.decided.option = Some(fact("shelter".into()));
    facts
        .facilities
        .as_mut()
        .unwrap()
        .rows
        .iter_mut()
        .for_each(|row| row.value.contact = Some(words()));
    for block in &mut facts.blocks.as_mut().unwrap().rows {
        block.value.no_car = Some(1);
        block.value.start_min = Some(0.0);
    }
    for force in [&mut facts.teams, &mut facts.vehicles, &mut facts.beds, &mut facts.stock] {
        force.as_mut().unwrap().rows.iter_mut().for_each(|row| row.value.contact = Some(words()));
    }
    facts
}

#[test]
fn every_name_has_its_fact_and_no_fact_is_there_by_itself() {
    let (all, none) = (everything(), Facts::default());
    let mut names = BTreeSet::new();
    for key in KEYS {
        assert!(all.find(key.key).is_some(), "{}", key.key);
        assert!(none.find(key.key).is_none(), "{}", key.key);
        assert!(names.insert(key.key), "{} is there twice", key.key);
    }
    for list in LISTS {
        let (rows, ..) = all.list(list.list.key).unwrap();
        for field in list.fields {
            let known = rows.iter().any(|item| item.row.field(field.key).is_some());
            assert!(known, "{} {}", list.list.key, field.key);
        }
        assert!(none.list(list.list.key).is_none());
        assert!(names.insert(list.list.key), "{} is a single value, too", list.list.key);
    }
}

#[test]
fn a_number_that_makes_no_sense_is_missing_rather_than_wrong() {
    let mut facts = everything();
    facts.release.amount_kg = Some(fact(-1.0));
    facts.harm.loss_yuan = Some(fact(f64::INFINITY));
    facts.leaving_dose = Some(fact(1.5));
    facts.wind.as_mut().unwrap().value.from_deg = Some(f64::NAN);
    facts.people.as_mut().unwrap().rows.first_mut().unwrap().value.count = None;
    for key in
        ["release.amount_kg", "harm.loss_yuan", "leaving.dose", "wind.from_deg", "people.inside"]
    {
        assert!(facts.find(key).is_none(), "{key}");
    }
    assert_eq!(facts.find("flood.over_warning_m").unwrap().value, Value::Number(-0.5));
    facts.now = Ms(NOW.0 + 30 * 60_000);
    assert_eq!(facts.find("wind.stale").unwrap().value, Value::Flag(true));
    // Whoever observed it knows better than its age.
    facts.wind.as_mut().unwrap().value.stale = Some(false);
    assert_eq!(facts.find("wind.stale").unwrap().value, Value::Flag(false));
}

#[test]
fn what_rests_on_something_supposed_is_supposed_too() {
    let source = |facts: &Facts, key: &str| generate(&library(), facts).facts[key].source.kind;
    let mut facts = ammonia();
    for key in ["response.level", "response.option"] {
        assert_eq!(source(&facts, key), SourceKind::Rule, "{key}");
    }
    // Levels ask for people, options for people and for blocks: all of these are supposed now.
    for row in facts.people.iter_mut().flat_map(|list| &mut list.rows) {
        row.source = row.source.clone().supposed();
    }
    for list in facts.people.iter_mut() {
        list.source = list.source.clone().supposed();
    }
    for key in ["response.level", "response.option"] {
        assert_eq!(source(&facts, key), SourceKind::Supposed, "{key}");
    }
    // A level that a person decided is decided.
    facts.decided.level = Some(fact(Level::II));
    assert_eq!(source(&facts, "response.level"), SourceKind::Person);
}
