//! Packs and facts that several tests use.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    reason = "each test uses its part, and stops at the first surprise"
)]

use std::{fs, path::Path};

use helan_plan::{
    Advice, Block, Facility, FacilityKind, Fact, Facts, Force, Library, Listed, Ms, PeopleIn,
    PlanPack, Source, SourceKind, Substance, Text, Wind, Zone,
};

/// The moment of the facts: 2026-05-01 14:05 in China.
pub const NOW: Ms = Ms(1_777_615_500_000);

/// All packs of plans of the project.
pub fn packs() -> Vec<PlanPack> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs/plans");
    let mut paths: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let text = fs::read_to_string(path).unwrap();
        toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    paths.iter().map(read).collect()
}

/// The library of them.
pub fn library() -> Library {
    Library::new(packs()).unwrap()
}

/// A source.
pub fn source(kind: SourceKind, reference: &str) -> Source {
    Source::new(kind, reference, Text::same(reference))
}

/// A fact that somebody told.
pub fn fact<T>(value: T) -> Fact<T> {
    Fact::new(value, source(SourceKind::Person, "duty"), NOW)
}

/// A list from the base database.
pub fn listed<T>(rows: Vec<T>) -> Listed<T> {
    let from = source(SourceKind::Row, "base");
    let rows = rows.into_iter().map(|row| Fact::new(row, from.clone(), NOW)).collect();
    Listed { rows, source: from, at: NOW }
}

fn text(zh: &str, en: &str) -> Text {
    Text::new(zh, en)
}

fn zone(key: &str, zh: &str, rank: u32, area_m2: f64, reach_m: f64) -> Zone {
    Zone {
        key: key.into(),
        name: text(zh, key),
        rank,
        area_m2: Some(area_m2),
        reach_m: Some(reach_m),
        model: text("高斯烟羽", "Gaussian plume"),
        holds_min: Some(30.0),
    }
}

fn people(zone: &str, zh: &str, rank: u32, count: u64) -> PeopleIn {
    PeopleIn {
        zone: zone.into(),
        name: text(zh, zone),
        rank,
        hour: Some(14),
        count: Some(count),
        vulnerable: Some(count / 10),
    }
}

fn force(key: &str, zh: &str, what: &str, count: u64, unit: &str, travel_min: f64) -> Force {
    Force {
        key: key.into(),
        name: text(zh, key),
        what: text(what, key),
        count: Some(count),
        unit: text(unit, unit),
        travel_min: Some(travel_min),
        contact: None,
    }
}

/// An ammonia tank leaks in a park; wind from the north-west.
pub fn ammonia() -> Facts {
    let mut facts = Facts { now: NOW, ..Facts::default() };
    facts.incident.kind = Some(fact("ammonia-leak".into()));
    facts.incident.name = Some(fact(text("氨泄漏", "ammonia leak")));
    facts.incident.place = Some(fact(text("宁东化工园区", "Ningdong chemical park")));
    facts.incident.area = Some(fact(text("灵武市", "Lingwu")));
    facts.incident.opened = Some(fact(Ms(NOW.0 - 300_000)));
    facts.substance = Some(fact(Substance {
        key: "ammonia".into(),
        name: text("氨", "ammonia"),
        un: Some(1005),
        toxic: Some(true),
        flammable: Some(true),
        dense: Some(false),
        soluble: Some(true),
        water_reactive: Some(false),
    }));
    facts.release.amount_kg = Some(fact(20_000.0));
    facts.release.rate_kg_s = Some(fact(4.5));
    facts.release.stopped = Some(fact(false));
    let wind = Wind { from_deg: Some(315.0), speed_m_s: Some(3.2), stale: None };
    facts.wind = Some(Fact::new(wind, source(SourceKind::Reading, "station:54"), NOW));
    facts.zones = Some(listed(vec![
        zone("aegl-3", "致死区", 1, 120_000.0, 620.0),
        zone("aegl-2", "伤害区", 2, 900_000.0, 1_850.0),
    ]));
    facts.people = Some(listed(vec![
        people("aegl-3", "致死区", 1, 260),
        people("aegl-2", "伤害区", 2, 1_000),
    ]));
    facts.facilities = Some(listed(vec![Facility {
        key: "school/12".into(),
        name: text("第一小学", "first primary school"),
        kind: FacilityKind::School,
        zone: text("伤害区", "aegl-2"),
        people: Some(430),
        distance_m: Some(1_500.0),
        contact: None,
    }]));
    facts.secondary = Some(listed(Vec::new()));
    facts.roads = Some(listed(Vec::new()));
    facts.blocks = Some(listed(vec![
        Block {
            key: "north".into(),
            name: text("北区", "north"),
            people: Some(260),
            assisted: Some(12),
            route: Some(text("经三路向西南", "by road 3 to the south-west")),
            shelter: Some(text("中心小学", "central school")),
            shelter_free: Some(600),
            clearance_min: Some(22.0),
            ..Block::default()
        },
        Block {
            key: "south".into(),
            name: text("南区", "south"),
            people: Some(1_000),
            advice: Advice::Shelter,
            ..Block::default()
        },
    ]));
    facts.teams = Some(listed(vec![force("t1", "化工救援队", "防化堵漏", 12, "人", 9.0)]));
    facts.vehicles = Some(listed(vec![force("v1", "水罐车", "消防", 2, "辆", 8.0)]));
    facts.beds = Some(listed(vec![force("b1", "宁东医院", "床位", 40, "张", 15.0)]));
    facts.stock = Some(listed(vec![force("s1", "稀酸中和剂", "中和材料", 3, "吨", 25.0)]));
    facts
}
