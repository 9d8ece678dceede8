//! Gas: what physics demands of every answer, and what another program answers.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test stops where it fails")]

use std::path::PathBuf;

use helan_hazard::{
    gas::{
        dense::{Dense, DenseCloud, reduced_gravity},
        footprint::{Release, Site, Wind, release},
        indoor::{self, Layer, Room},
        level::{Air, Levels},
        plume::Plume,
        puff::Puff,
        source::{
            Source, State,
            blowdown::Vessel,
            hole::{GasHole, flashing_kg_s_m2, latent_j_kg, piped_kg_s},
            pool,
        },
        weather::{Sky, Stability, Terrain},
    },
    substance::{self, ATMOSPHERE_PA, GAS_CONSTANT},
};
use proptest::prelude::*;

/// Sum over a grid from −far to far (or 0 to far) with middles of cells.
fn integral(from: f64, to: f64, cells: u32, f: impl Fn(f64) -> f64) -> f64 {
    let width = (to - from) / f64::from(cells);
    (0..cells).map(|i| f(from + width * (f64::from(i) + 0.5)) * width).sum()
}

fn any_class() -> impl Strategy<Value = Stability> {
    prop::sample::select(Stability::ALL.to_vec())
}

fn any_terrain() -> impl Strategy<Value = Terrain> {
    prop::sample::select(vec![Terrain::Rural, Terrain::Urban])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn through_every_slice_of_a_plume_flows_what_is_released(
        stability in any_class(), terrain in any_terrain(), rate_kg_s in 0.01..100.0_f64,
        wind_m_s in 1.0..15.0_f64, height_m in 0.0..50.0_f64, x in 50.0..10_000.0_f64,
        widening in 0.5..1.5_f64,
    ) {
        let plume = Plume { rate_kg_s, duration_s: f64::INFINITY, wind_m_s, height_m, stability,
                            terrain, widening };
        let (sy, sz) = plume.sigmas(x);
        let flux = integral(-6.0 * sy, 6.0 * sy, 120, |y| {
            integral(0.0, height_m + 6.0 * sz, 240, |z| plume.steady(x, y, z) * wind_m_s)
        });
        prop_assert!((flux / rate_kg_s - 1.0).abs() < 0.01, "{flux} of {rate_kg_s}");
    }

    #[test]
    fn a_puff_keeps_its_mass(stability in any_class(), mass_kg in 0.1..1e4_f64,
                             wind_m_s in 1.0..10.0_f64, at_s in 30.0..3000.0_f64) {
        let puff = Puff { mass_kg, wind_m_s, height_m: 0.0, stability };
        let gone = wind_m_s * at_s;
        let (sy, sz) = helan_hazard::gas::sigma::puff(stability, gone);
        let mass = integral(-5.0 * sy, 5.0 * sy, 40, |x| {
            integral(-5.0 * sy, 5.0 * sy, 40, |y| {
                integral(0.0, 5.0 * sz, 40, |z| puff.at(gone + x, y, z, at_s))
            })
        });
        prop_assert!((mass / mass_kg - 1.0).abs() < 0.01, "{mass} of {mass_kg}");
    }

    #[test]
    fn a_short_plume_passes_all_it_released(
        stability in any_class(), duration_s in 60.0..3600.0_f64, wind_m_s in 1.0..10.0_f64,
        x in 100.0..5000.0_f64,
    ) {
        let plume = Plume { rate_kg_s: 1.0, duration_s, wind_m_s, height_m: 0.0, stability,
                            terrain: Terrain::Rural, widening: 1.0 };
        let long = duration_s + 3.0 * x / wind_m_s;
        let dose = integral(0.0, long, 4000, |t| plume.at(x, 0.0, 0.0, t));
        // What passes is the steady concentration for the duration.
        let steady = plume.steady(x, 0.0, 0.0) * duration_s;
        prop_assert!((dose / steady - 1.0).abs() < 0.03, "{dose} {steady}");
        let most = (0..400_u32).map(|i| plume.at(x, 0.0, 0.0, long * f64::from(i) / 400.0));
        let peak = plume.peak(x, 0.0, 0.0);
        prop_assert!(most.fold(0.0, f64::max) <= peak * 1.02, "the peak is the greatest");
    }

    #[test]
    fn a_dense_plume_carries_what_is_released(
        flow_m3_s in 0.1..200.0_f64, density in 1.4..6.0_f64, wind_m_s in 1.0..10.0_f64,
        x in 10.0..5000.0_f64,
    ) {
        let cloud = DenseCloud::new(Dense {
            flow_m3_s, duration_s: f64::INFINITY, volume_m3: 0.0, start_kg_m3: density,
            reduced_gravity: reduced_gravity(density, 1.2), warmth: 1.0, wind_m_s,
        });
        let section = 2.0 * cloud.half_width(x, x) * cloud.depth_m(x);
        let flux = section * cloud.axis(x) * wind_m_s;
        prop_assert!((flux / (flow_m3_s * density) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn dense_clouds_thin_out_with_distance_and_are_the_stronger_the_more_there_is(
        flow_m3_s in 0.1..200.0_f64, density in 1.4..6.0_f64, wind_m_s in 1.0..10.0_f64,
        x in 10.0..5000.0_f64, further in 1.0..3.0_f64,
    ) {
        let of = |flow: f64, volume: f64| DenseCloud::new(Dense {
            flow_m3_s: flow, duration_s: f64::INFINITY, volume_m3: volume, start_kg_m3: density,
            reduced_gravity: reduced_gravity(density, 1.2), warmth: 0.8, wind_m_s,
        });
        for (cloud, more) in [
            (of(flow_m3_s, 0.0), of(flow_m3_s * 1.5, 0.0)),
            (of(0.0, flow_m3_s * 100.0), of(0.0, flow_m3_s * 150.0)),
        ] {
            prop_assert!(cloud.axis(x * further) <= cloud.axis(x) * 1.000_001);
            prop_assert!(more.axis(x) >= cloud.axis(x) * 0.999_999);
        }
    }

    #[test]
    fn flow_through_a_pipe_knows_pressure_and_head_and_no_jump_where_it_boils(
        name in prop::sample::select(vec!["ammonia", "butane", "propane", "氯", "环氧乙烷", "LNG"]),
        over_pa in 0.0..2e6_f64, head_m in 0.0..30.0_f64, warmer in -5.0..60.0_f64,
        more in 1.01..2.0_f64, air_pa in 60_000.0..110_000.0_f64,
    ) {
        let substance = substance::find(name).unwrap();
        let flow = |t: f64, over: f64, head: f64| {
            let inside = substance.vapour_pa(t).unwrap().max(air_pa) + over;
            piped_kg_s(substance, (0.62, 1e-3), t, (inside, head), air_pa).unwrap()
        };
        let t = substance.boiling_at_k(air_pa).unwrap();
        let (below, above) = (flow(t - 0.05, over_pa, head_m), flow(t + 0.05, over_pa, head_m));
        // With nothing but its vapour behind it the flow begins there.
        if over_pa + head_m * 5_000.0 > 10_000.0 {
            prop_assert!((above / below - 1.0).abs() < 0.2, "{below} {above}");
        }
        let t = t + warmer;
        let plain = flow(t, over_pa, head_m);
        prop_assert!(flow(t, over_pa * more, head_m) >= plain * (1.0 - 1e-6));
        prop_assert!(flow(t, over_pa, head_m * more) >= plain * (1.0 - 1e-6));
        // At least what drives it down to where it boils.
        let density = substance.liquid_density_kg_m3(t).unwrap();
        let least = 0.62 * 1e-3 * (2.0 * density * (over_pa + density * 9.8 * head_m)).sqrt();
        prop_assert!(plain >= least * 0.999, "{plain} {least}");
    }

    #[test]
    fn inside_is_never_worse_than_outside(
        outside in prop::collection::vec(0.0..1000.0_f64, 1..200), air_changes in 0.0..20.0_f64,
        step_s in 1.0..600.0_f64,
    ) {
        let course = indoor::inside(&outside, step_s, air_changes);
        let most = |list: &[f64]| list.iter().fold(0.0, |m: f64, c| m.max(*c));
        prop_assert!(most(&course) <= most(&outside) + 1e-9);
        let (mut dose_in, mut dose_out) = (0.0, 0.0);
        for (inside, outside) in course.iter().zip(&outside) {
            dose_in += inside;
            dose_out += outside;
            prop_assert!(dose_in <= dose_out + 1e-9);
        }
        prop_assert!(indoor::seeped(air_changes, step_s) <= 1.0);
    }

    #[test]
    fn rooms_fill_and_never_beyond_their_steady_state(
        volume_m3 in 5.0..2000.0_f64, leak in 1e-5..0.05_f64, air in 0.0..10.0_f64,
        share in 0.05..1.0_f64, mixing in 0.0..5.0_f64, at_s in 1.0..20_000.0_f64,
    ) {
        let room = Room { volume_m3, leak_m3_s: leak, air_changes_per_h: air }.checked().unwrap();
        let layer = Layer { share, mixing_per_h: mixing };
        let (low, rest) = room.layered(layer, at_s);
        let (later, _) = room.layered(layer, at_s * 1.5);
        prop_assert!(low >= rest - 1e-9 && later >= low - 1e-9);
        prop_assert!(low >= room.fraction(at_s) - 1e-9);
        // No more gas in the room than has leaked in.
        let held = (share.min(1.0) * low + (1.0 - share.min(1.0)) * rest) * volume_m3;
        prop_assert!(held <= leak * at_s * 1.001 + 1e-9);
    }

    #[test]
    fn houses_are_reached_less_far_than_streets(rate_kg_s in 0.05..50.0_f64, air in 0.0..5.0_f64) {
        let what = Release {
            substance: substance::find("氨").unwrap(),
            source: Source::Rate { rate_kg_s, duration_s: Some(1200.0), state: State::Usual },
            height_m: 0.0,
            levels: Levels::Usual,
        };
        let wind = Wind::Known { speed_m_s: 3.0, from_deg: 0.0, sigma_deg: None, age_s: 0.0,
                                 height_m: 10.0 };
        let site = Site { air_changes_per_h: air, sky: Sky::Class(Stability::D), ..Site::default() };
        let answer = release(&what, &wind, &site).unwrap();
        for (threshold, outside) in &answer.levels {
            if let (Some(inside), Some(outside)) =
                (answer.indoor_reach_m(&threshold.level.key), outside)
            {
                prop_assert!(inside <= *outside);
            }
        }
    }
}

#[test]
fn a_vessel_that_empties_gives_what_it_held() {
    let methane = substance::find("methane").unwrap();
    let vessel = Vessel {
        volume_m3: 10.0,
        pressure_pa: 5e6,
        temperature_k: 293.0,
        area_m2: 1e-4,
        coefficient: 0.85,
        outside_pa: ATMOSPHERE_PA,
    };
    let course = vessel.empties(methane);
    let out: f64 = course
        .iter()
        .zip(course.iter().skip(1))
        .map(|(a, b)| 0.5 * (a.rate_kg_s + b.rate_kg_s) * (b.at_s - a.at_s))
        .sum();
    let last = course.last().unwrap();
    let gone = vessel.mass_kg(methane) - last.left_kg;
    assert!((out / gone - 1.0).abs() < 0.01, "{out} of {gone}");
    assert!(last.pressure_pa <= ATMOSPHERE_PA * 1.02 && last.temperature_k < 293.0);
    assert!(course.windows(2).all(|w| w[1].rate_kg_s <= w[0].rate_kg_s && w[1].at_s > w[0].at_s));
    // While it is choked, an adiabatic vessel has a closed form: m = m0 (1 + (γ−1)/2 t/τ)^(−2/(γ−1)), τ = m0 / rate0.
    let first = course.first().unwrap();
    let tau = first.left_kg / first.rate_kg_s;
    let early = course.iter().find(|m| m.left_kg < 0.3 * first.left_kg).unwrap();
    let gamma = methane.gamma;
    let formula =
        first.left_kg * (1.0 + (gamma - 1.0) / 2.0 * early.at_s / tau).powf(-2.0 / (gamma - 1.0));
    assert!((early.left_kg / formula - 1.0).abs() < 0.03, "{} {formula}", early.left_kg);
}

#[test]
fn flow_is_continuous_where_it_stops_to_be_choked() {
    let hole = |outside_pa| {
        GasHole {
            coefficient: 0.85,
            area_m2: 1e-4,
            pressure_pa: 2e5,
            temperature_k: 293.0,
            density_kg_m3: 2e5 * 0.016 / (GAS_CONSTANT * 293.0),
            gamma: 1.3,
            outside_pa,
        }
        .flow()
    };
    let critical = 2e5 * (2.0_f64 / 2.3).powf(1.3 / 0.3);
    let (below, above) = (hole(critical * 0.9999), hole(critical * 1.0001));
    assert!(below.choked && !above.choked);
    assert!((below.rate_kg_s / above.rate_kg_s - 1.0).abs() < 1e-6);
    assert!(hole(3e5).rate_kg_s.abs() < 1e-12, "nothing flows against the pressure");
}

#[test]
fn flashing_ammonia_flows_about_as_the_equilibrium_rate_model_says() {
    // Fauske's equilibrium rate model: G = L / v_fg / √(cp T).
    let ammonia = substance::find("ammonia").unwrap();
    let t = 293.15;
    let pressure = ammonia.vapour_pa(t).unwrap();
    let flux = flashing_kg_s_m2(ammonia, t, pressure, ATMOSPHERE_PA).unwrap();
    let vapour = GAS_CONSTANT * t / (pressure * ammonia.molar_kg_mol);
    let volume = vapour - 1.0 / ammonia.liquid_density_kg_m3(t).unwrap();
    let liquid = ammonia.liquid.unwrap();
    let simple = latent_j_kg(ammonia, t).unwrap() / volume / (liquid.cp_j_kg_k * t).sqrt();
    assert!((0.75..1.25).contains(&(flux / simple)), "{flux} {simple}");
    let cold = flashing_kg_s_m2(ammonia, 230.0, 0.0, ATMOSPHERE_PA).unwrap();
    assert!(cold.abs() < 1e-12, "cold ammonia without pressure");
    // Leung's fit of the critical pressure ratio, 0.55 + 0.217 ln ω − 0.046 ln² ω + 0.004 ln³ ω, and his flux there.
    let growth = volume / latent_j_kg(ammonia, t).unwrap();
    let dense = ammonia.liquid_density_kg_m3(t).unwrap();
    let omega = liquid.cp_j_kg_k * t * pressure * dense * growth * growth;
    let ln = omega.ln();
    let ratio = 0.55 + 0.217 * ln - 0.046 * ln * ln + 0.004 * ln.powi(3);
    let critical = ratio / omega.sqrt() * (pressure * dense).sqrt();
    assert!((flux / critical - 1.0).abs() < 0.01, "{flux} {critical}");
}

#[test]
fn pools_evaporate_by_wind_or_boil_by_heat() {
    let benzene = substance::find("苯").unwrap();
    let rate = |t, wind| pool::mackay_matsugu_kg_s_m2(benzene, t, ATMOSPHERE_PA, wind, 10.0);
    // Grams per square metre and second, as published evaporation rates of benzene at 25 °C.
    assert!((1e-3..8e-3).contains(&rate(298.15, 5.0)), "{}", rate(298.15, 5.0));
    assert!(rate(308.15, 5.0) > rate(298.15, 5.0) && rate(298.15, 8.0) > rate(298.15, 5.0));
    let lng = substance::find("LNG").unwrap();
    let boil = |seconds| pool::boiling_kg_s_m2(lng, 293.15, seconds);
    assert!((0.01..0.3).contains(&boil(60.0)), "{}", boil(60.0));
    assert!(boil(10.0) > boil(100.0));
    assert!(pool::boiling_kg_s_m2(benzene, 293.15, 60.0).abs() < 1e-12, "it does not boil");
}

/// Output of SLAB beside the project, if it is there: data only.
fn slab(name: &str) -> Option<Vec<Vec<f64>>> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("HELAN_SHARED").map_or(beside, PathBuf::from);
    let path = shared.join("data/gasdispersion").join(name);
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("SKIP {name}: no shared data beside the project");
        return None;
    };
    let row = |l: &str| l.split_whitespace().map(|c| c.parse().unwrap()).collect();
    Some(text.lines().map(row).collect())
}

#[test]
fn slab_burro_lng() {
    let Some(rows) = slab("slab_burro_z0.txt") else { return };
    let air = ATMOSPHERE_PA * 0.028_964 / (GAS_CONSTANT * 298.0);
    let cloud = DenseCloud::new(Dense {
        flow_m3_s: 0.23 * 425.6 / 1.76,
        duration_s: 174.0,
        volume_m3: 0.23 * 425.6 / 1.76 * 174.0,
        start_kg_m3: 1.76,
        reduced_gravity: reduced_gravity(1.76, air),
        warmth: 111.15 / 298.0,
        wind_m_s: 10.9,
    });
    let mut compared = 0;
    // Beyond 200 m SLAB lets the warmed methane rise off the ground; the correlations know no lift, on the safe side.
    for row in rows.iter().filter(|r| (10.0..200.0).contains(&r[0])) {
        let ratio = cloud.fraction(row[0]) / row[4];
        assert!((0.8..3.0).contains(&ratio), "{} m: {ratio}", row[0]);
        compared += 1;
    }
    assert!(compared > 10);
}

#[test]
fn slab_ammonia_jet() {
    let Some(rows) = slab("slab_inpr2_out.txt") else { return };
    // 107.87 kg/s for 381 s, 81 % of it liquid at the boiling point, 4.5 m/s at 2 m, neutral, 33 °C.
    let ammonia = substance::find("ammonia").unwrap();
    let what = Release {
        substance: ammonia,
        source: Source::Rate {
            rate_kg_s: 107.87,
            duration_s: Some(381.0),
            state: State::Liquefied,
        },
        height_m: 1.0,
        levels: Levels::Usual,
    };
    let wind =
        Wind::Known { speed_m_s: 4.5, from_deg: 270.0, sigma_deg: None, age_s: 0.0, height_m: 2.0 };
    let air = Air { pressure_pa: ATMOSPHERE_PA, temperature_k: 306.2 };
    let site = Site { air_k: air.temperature_k, sky: Sky::Class(Stability::D), ..Site::default() };
    let answer = release(&what, &wind, &site).unwrap();
    assert!((answer.term.flash - 0.19).abs() < 0.02, "{}", answer.term.flash);
    let pure = ammonia.gas_density_kg_m3(air.pressure_pa, air.temperature_k);
    let mut compared = 0;
    // Column 8: volume fraction, mean of the cloud, where ours is its greatest; and the correlations know no jet, which draws in air.
    // From 250 m on the answer is 1 to 5 times as much: the safe side.
    for row in rows.iter().filter(|r| (250.0..3000.0).contains(&r[0])) {
        let ratio = answer.worst_kg_m3(row[0], 0.0) / pure / row[7];
        assert!((1.0..5.0).contains(&ratio), "{} m: {ratio}", row[0]);
        compared += 1;
    }
    assert!(compared > 10);
}
