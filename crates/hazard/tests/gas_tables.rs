//! Gas against tables with expected results; each fixture's head names its source and tolerance.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::collections::BTreeMap;

use helan_hazard::{
    gas::{
        dense::{Dense, DenseCloud, reduced_gravity},
        erg,
        footprint::{Release, Site, Wind, release},
        indoor::Room,
        level::Levels,
        plume::Plume,
        puff::Puff,
        sigma,
        source::{
            Source, State,
            hole::{GasHole, liquid_kg_s},
        },
        toxic::probability,
        weather::{Sky, Stability, Terrain},
    },
    substance::{self, ATMOSPHERE_PA},
};

type Rows = Vec<BTreeMap<String, String>>;

fn table(name: &str) -> Rows {
    let path = format!("{}/tests/data/{name}.csv", env!("CARGO_MANIFEST_DIR"));
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_path(path).unwrap();
    let rows: Rows = reader.deserialize().map(Result::unwrap).collect();
    assert!(!rows.is_empty(), "{name}");
    rows
}

fn number(row: &BTreeMap<String, String>, name: &str) -> f64 {
    row.get(name).and_then(|v| v.parse().ok()).unwrap_or(f64::NAN)
}

#[track_caller]
fn close(found: f64, expected: f64, tolerance: f64, what: &str) {
    let off = (found / expected - 1.0).abs();
    assert!(off <= tolerance, "{what}: {found}, expected {expected}, off by {off:.2e}");
}

fn class(row: &BTreeMap<String, String>) -> (Stability, Terrain) {
    let terrain = if row["terrain"] == "urban" { Terrain::Urban } else { Terrain::Rural };
    (Stability::parse(&row["class"]).unwrap(), terrain)
}

#[test]
fn gas_sigma_briggs() {
    for row in table("gas_sigma_briggs") {
        let (stability, terrain) = class(&row);
        let (y, z) = sigma::briggs(stability, terrain, number(&row, "x_m"));
        close(y, number(&row, "sigma_y_m"), 1e-4, &format!("sigma y {row:?}"));
        close(z, number(&row, "sigma_z_m"), 1e-4, &format!("sigma z {row:?}"));
    }
}

fn steady(row: &BTreeMap<String, String>) -> Plume {
    let (stability, terrain) = class(row);
    Plume {
        rate_kg_s: number(row, "Q_kg_s_or_M_kg"),
        duration_s: f64::INFINITY,
        wind_m_s: number(row, "u_m_s"),
        height_m: number(row, "h_m"),
        stability,
        terrain,
        widening: 1.0,
    }
}

#[test]
fn gas_gaussian_cases() {
    for row in table("gas_gaussian_cases") {
        let [x, y, z, t] = ["x_m", "y_m", "z_m", "t_s"].map(|n| number(&row, n));
        let found = if row["model"] == "plume" {
            steady(&row).steady(x, y, z)
        } else {
            let Plume { rate_kg_s, wind_m_s, height_m, stability, .. } = steady(&row);
            Puff { mass_kg: rate_kg_s, wind_m_s, height_m, stability }.at(x, y, z, t)
        };
        close(found, number(&row, "expected_conc"), 1e-3, &format!("{row:?}"));
    }
}

/// The LNG spill of the book: rates, densities and temperatures as the row says, air of 298 K.
fn lng() -> DenseCloud {
    let air = ATMOSPHERE_PA * 0.028_964 / (8.314_462_618 * 298.0);
    DenseCloud::new(Dense {
        flow_m3_s: 0.23 * 425.6 / 1.76,
        duration_s: f64::INFINITY,
        volume_m3: 0.0,
        start_kg_m3: 1.76,
        reduced_gravity: reduced_gravity(1.76, air),
        warmth: 111.15 / 298.0,
        wind_m_s: 10.9,
    })
}

fn potchefstroom() -> DenseCloud {
    let air = ATMOSPHERE_PA * 0.028_964 / (8.314_462_618 * 293.15);
    DenseCloud::new(Dense {
        flow_m3_s: 0.0,
        duration_s: 0.0,
        volume_m3: 72_500.0,
        start_kg_m3: 1.0 / 16.4,
        reduced_gravity: reduced_gravity(1.434, air),
        warmth: 1.0,
        wind_m_s: 2.0,
    })
}

#[test]
fn gas_published_cases() {
    let area = std::f64::consts::PI / 4.0 * 0.01 * 0.01;
    let hole = GasHole {
        coefficient: 0.85,
        area_m2: area,
        pressure_pa: 501_000.0,
        temperature_k: 298.0,
        density_kg_m3: 8.90,
        gamma: 1.15,
        outside_pa: ATMOSPHERE_PA,
    };
    let flow = hole.flow();
    assert!(flow.choked);
    let ground = |rate_kg_s| Plume {
        rate_kg_s,
        duration_s: f64::INFINITY,
        wind_m_s: 2.0,
        height_m: 0.0,
        stability: Stability::F,
        terrain: Terrain::Rural,
        widening: 1.0,
    };
    for row in table("gas_published_cases") {
        let found = match (row["case"].as_str(), row["quantity"].as_str()) {
            ("liquid orifice", _) => {
                liquid_kg_s(0.63, area, 490.0, 120_935.036_8 - ATMOSPHERE_PA, 0.0)
            }
            (_, "throat pressure Pa") => flow.throat_pa,
            (_, "throat temperature K") => flow.throat_k,
            (_, "velocity m/s") => flow.velocity_m_s,
            ("choked gas orifice", _) => flow.rate_kg_s,
            ("Gaussian plume ground", _) => {
                // The row states its own σ: the formula with these stands for ours.
                let x: f64 = 500.0;
                let (y, z) = (
                    0.0674 * x.powf(0.9),
                    0.01122 * x.powf(1.4024) * (-0.0540 * x.ln().powi(2)).exp(),
                );
                let (own_y, own_z) = ground(0.1).sigmas(x);
                ground(0.1).steady(x, 0.0, 0.0) * own_y * own_z / (y * z)
            }
            ("Gaussian puff ground", _) => {
                let puff =
                    Puff { mass_kg: 1.0, wind_m_s: 2.0, height_m: 0.0, stability: Stability::F };
                puff.at(500.0, 0.0, 0.0, 250.0)
            }
            (_, "volume fraction x=367 m") => lng().fraction(367.0),
            (_, "volume fraction x=1200 m") => lng().fraction(1200.0),
            (_, "volume fraction x=45.2 m") => lng().fraction(45.2),
            (_, "volume fraction x=333 m t=124 s") => potchefstroom().at(333.0, 0.0, 124.0),
            (_, "volume fraction x=2500 m t=3125 s") => potchefstroom().at(2500.0, 0.0, 3125.0),
            other => panic!("a case nobody reckons: {other:?}"),
        };
        close(found, number(&row, "expected"), number(&row, "rel_tol"), &format!("{row:?}"));
    }
}

/// Farthest distance at which the greatest concentration over time reaches a level, m.
fn reach(peak: impl Fn(f64) -> f64, level: f64) -> f64 {
    let (mut inside, mut outside) = (1.0_f64, 200_000.0_f64);
    for _ in 0..60 {
        let middle = (inside * outside).sqrt();
        if peak(middle) >= level { inside = middle } else { outside = middle }
    }
    inside
}

#[test]
fn gas_epa_rmp_neutral() {
    for row in table("gas_epa_rmp_neutral") {
        let (table, distance) = (number(&row, "rmp_table"), number(&row, "distance_m"));
        let (stability, terrain) = class(&row);
        let plume = Plume {
            rate_kg_s: 1.0,
            duration_s: f64::INFINITY,
            wind_m_s: 1.5,
            height_m: 0.0,
            stability,
            terrain,
            widening: 1.0,
        };
        let level = 1.0 / number(&row, "ratio_m3_s");
        if distance < 320.0 {
            continue;
        }
        let ratio = reach(|x| plume.peak(x, 0.0, 0.0), level) / distance;
        if table > 1.5 {
            assert!((1.1..=1.45).contains(&ratio), "table 2, {distance} m: {ratio}");
        } else if distance <= 2500.0 {
            // The bounds have two figures: 0.9986 at 320 m is 1.0.
            assert!((0.995..=1.3).contains(&ratio), "table 1, {distance} m: {ratio}");
        }
        if table < 1.5 {
            // Ten minutes: a plume of finite duration stays near the table where a steady one no longer may.
            let short = Plume { duration_s: 600.0, ..plume };
            let ratio = reach(|x| short.peak(x, 0.0, 0.0), level) / distance;
            assert!((0.995..=1.2).contains(&ratio), "table 1, finite, {distance} m: {ratio}");
        }
    }
}

#[test]
fn gas_epa_rmp_ammonia() {
    for row in table("gas_epa_rmp_ammonia") {
        let pounds = number(&row, "rate_lb_min");
        if !(50.0..=50_000.0).contains(&pounds) {
            continue;
        }
        let cloud = DenseCloud::new(Dense {
            flow_m3_s: number(&row, "rate_kg_s") / 3.0,
            duration_s: f64::INFINITY,
            volume_m3: 0.0,
            start_kg_m3: 3.0,
            reduced_gravity: reduced_gravity(3.0, 1.2),
            warmth: 1.0,
            wind_m_s: 1.5,
        });
        let ratio = reach(|x| cloud.axis(x), 0.14e-3) / number(&row, "rural_m");
        assert!((0.70..=1.35).contains(&ratio), "{pounds} lb/min: {ratio}");
        // The whole chain finds density and temperature of the mist by itself: 200 ppm is 0.14 mg/L at 25 °C.
        let what = Release {
            substance: substance::find("氨").unwrap(),
            source: Source::Rate {
                rate_kg_s: number(&row, "rate_kg_s"),
                duration_s: None,
                state: State::Liquefied,
            },
            height_m: 0.0,
            levels: Levels::Given(vec![200.0]),
        };
        let wind = Wind::Known {
            speed_m_s: 1.5,
            from_deg: 0.0,
            sigma_deg: None,
            age_s: 0.0,
            height_m: 10.0,
        };
        let site = Site { air_k: 298.15, sky: Sky::Class(Stability::F), ..Site::default() };
        let answer = release(&what, &wind, &site).unwrap();
        let ratio = answer.levels[0].1.unwrap() / number(&row, "rural_m");
        assert!((0.70..=1.35).contains(&ratio), "whole chain, {pounds} lb/min: {ratio}");
    }
}

#[test]
fn gas_aegl() {
    for row in table("gas_aegl") {
        let substance = substance::find(&row["substance"]).unwrap();
        assert_eq!(substance.cas, row["cas"]);
        let tier = number(&row, "aegl_level");
        let tiers = substance.limits.aegl.iter().zip([1.0, 2.0, 3.0]);
        let tier = tiers.filter(|(_, t)| (t - tier).abs() < 0.5).find_map(|(a, _)| *a).unwrap();
        let found = tier.for_minutes(number(&row, "minutes"));
        if row["ppm"] == "NR" {
            assert_eq!(found, None, "{row:?}");
            continue;
        }
        close(found.unwrap(), number(&row, "ppm"), 1e-12, &format!("{row:?}"));
        let kg_m3 = substance.concentration_kg_m3(found.unwrap() * 1e-6, ATMOSPHERE_PA, 298.15);
        // The table takes 24.45 L/mol where the gas law gives 24.465, and rounds to five figures.
        close(kg_m3 * 1e6, number(&row, "mg_m3_25C"), 8e-4, &format!("{row:?}"));
    }
}

#[test]
fn gas_erg2024_table3() {
    let names = [
        ("day_low_mi", false, 1.0),
        ("day_mod_mi", false, 4.0),
        ("day_high_mi", false, 8.0),
        ("night_low_mi", true, 1.0),
        ("night_mod_mi", true, 4.0),
        ("night_high_mi", true, 8.0),
    ];
    for row in table("gas_erg2024_table3") {
        let un: u16 = row["un"].parse().unwrap();
        assert_eq!(substance::find(&format!("UN{un}")).unwrap().en, row["substance"]);
        let ours = erg::table().iter().find(|r| r.un == un && r.container == row["container"]);
        let ours = ours.unwrap();
        close(ours.isolation_m, number(&row, "isolation_ft") * 0.3048, 1e-9, "isolation");
        close(ours.isolation_m, number(&row, "isolation_m_approx"), 0.03, "isolation, rounded");
        for (name, night, wind) in names {
            let cell = &row[name];
            let (found, more) = ours.protective_m(night, wind);
            let miles: f64 = cell.trim_end_matches('+').parse().unwrap();
            close(found, miles * 1609.344, 1e-9, name);
            assert_eq!(more, cell.ends_with('+'));
        }
    }
}

#[test]
fn indoor_gas_lel() {
    for row in table("indoor_gas_lel") {
        let room = Room {
            volume_m3: number(&row, "volume_m3"),
            leak_m3_s: number(&row, "leak_m3_s"),
            air_changes_per_h: number(&row, "air_changes_per_h"),
        };
        close(room.steady_fraction(), number(&row, "steady_fraction"), 1e-4, &row["case"]);
        let time = room.time_to_s(number(&row, "lel_fraction"));
        if row["time_to_lel_s"] == "never" {
            assert_eq!(time, None, "{row:?}");
        } else {
            close(time.unwrap(), number(&row, "time_to_lel_s"), 1e-4, &row["case"]);
            close(room.fraction(time.unwrap()), number(&row, "lel_fraction"), 1e-9, "inverse");
        }
    }
}

#[test]
fn gas_probits() {
    for row in table("gas_probits") {
        let name = row["name"].split(" (").next().unwrap();
        let probit = substance::find(name).unwrap().limits.probit.unwrap();
        let figures: Vec<f64> =
            row["case"].split(',').map(|p| p.split('=').nth(1).unwrap().parse().unwrap()).collect();
        let found = probit.steady(figures[0], figures[1]);
        close(found, number(&row, "expected_Y"), 1e-4, &row["name"]);
        close(probability(found), number(&row, "expected_probability"), 1e-4, &row["name"]);
    }
}
