//! Wildfires against BehavePlus, pyretechnics and Wang Zhengfei's equation, and what must hold for any fire.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use common::{near, table};
use helan_hazard::{
    area,
    wildfire::{
        Bed, Canopy, Fuel, Growth, Moisture, Site, Spread, Wind,
        safety::{Look, Stands},
        site::OPEN,
        spotting, spread,
        wang::Wang,
    },
};
use proptest::prelude::*;

const CHAIN_PER_HOUR: f64 = 20.1168 / 3_600.0;
const MPH: f64 = 0.44704;
const DRY: Moisture =
    Moisture { dead_1h: 0.06, dead_10h: 0.07, dead_100h: 0.08, herb: 0.6, wood: 0.9 };

fn fuel(number: f64) -> Fuel {
    Fuel::numbered(number).unwrap()
}

#[test]
fn fires_run_as_behaveplus_says() {
    let trees = |cover| Canopy { cover, height_m: 30.0 * 0.3048, crown_ratio: 0.5 };
    // Wind at 20 ft from the north as "upslope" means: the slope falls to where the wind comes from.
    let run = |number: f64, cover: f64, slope: f64, aspect: f64, from: f64| {
        let site = Site::new(&fuel(number), &DRY, &trees(cover), (slope, aspect)).unwrap();
        site.under(5.0 * MPH * site.adjustment(), from + 180.0)
    };
    let level = Site::new(&fuel(124.0), &DRY, &OPEN, (0.0, 0.0)).unwrap().under(5.0 * MPH, 0.0);
    let steep = 30.0_f64.to_radians().tan();
    let upslope = run(124.0, 0.5, 0.3, 0.0, 0.0);
    let rows = table("wildfire_behaveplus.csv");
    assert_eq!(rows.len(), 14);
    for row in rows {
        let got = match row.text("case") {
            "GS4 canopy 50% 30ft CR0.5" => upslope.head_m_s / CHAIN_PER_HOUR,
            "same" => run(124.0, 0.5, 0.3, 0.0, 90.0).head_m_s / CHAIN_PER_HOUR,
            "same, backing" => upslope.back_m_s / CHAIN_PER_HOUR,
            "same, flanking" => upslope.flank_m_s / CHAIN_PER_HOUR,
            "FM1 same settings" => run(1.0, 0.5, 0.3, 0.0, 0.0).head_m_s / CHAIN_PER_HOUR,
            "GS4 wind from 45 aspect 215 deg" => {
                run(124.0, 0.5, 0.3, 215.0, 45.0).head_m_s / CHAIN_PER_HOUR
            }
            "GS4 wind from 45 aspect 5 deg" => {
                run(124.0, 0.5, 0.3, 5.0, 45.0).head_m_s / CHAIN_PER_HOUR
            }
            "GS4 30 degree slope aspect 95 wind from 45" => {
                run(124.0, 0.5, steep, 95.0, 45.0).head_m_s / CHAIN_PER_HOUR
            }
            "FM4 canopy 40% wind from 90 aspect 0" => {
                run(4.0, 0.4, steep, 0.0, 90.0).head_m_s / CHAIN_PER_HOUR
            }
            "GS4 fireline intensity upslope" => {
                upslope.intensity_kw_m / (1.055_055_852_62 / 0.3048)
            }
            "GS4 length-to-width, 5 mph MIDFLAME flat" => level.length_to_width,
            "GS4 head:back ratio, 5 mph MIDFLAME flat" => level.head_m_s / level.back_m_s,
            "GS4 area after 1 h, 5 mph MIDFLAME flat" => level.burnt_m2(3_600.0) / 4_046.856_422_4,
            "GS4 perimeter after 1 h, 5 mph MIDFLAME flat" => level.edge_m(3_600.0) / 20.1168,
            other => panic!("unknown case {other}"),
        };
        near(row.text("case"), got, row.number("expected"), 1e-3);
    }
}

#[test]
fn fires_run_as_pyretechnics_says() {
    for row in table("wildfire_flat_pyretechnics.csv") {
        let number = row.number("fuel_model");
        // That program counts the living fuel of the old models as herbs, BehavePlus and we as wood where it is wood: the same moisture
        // makes them alike. It carries the loads to four digits.
        let moisture = if number < 100.0 { Moisture { wood: DRY.herb, ..DRY } } else { DRY };
        let fuel = fuel(number);
        let loads_lb_ft2 = fuel.loads_lb_ft2.map(|load| (load * 1e4).round() / 1e4);
        let bed = Bed::new(&Fuel { loads_lb_ft2, ..fuel }, &moisture).unwrap();
        let wind = row.number("midflame_wind_mph") * MPH;
        let got = Spread::of_bed(&bed, (wind, 90.0), (0.0, 0.0));
        let what = format!("fuel {number}, {wind} m/s");
        near(&what, got.head_m_s * 60.0, row.number("R_m_min"), 5e-4);
        near(&what, got.intensity_kw_m, row.number("I_kW_m"), 5e-4);
        near(&what, got.flame_m, row.number("flame_length_m"), 5e-4);
        near(&what, got.length_to_width, row.number("length_to_width"), 5e-4);
    }
}

#[test]
fn fires_run_as_wang_zhengfei_says() {
    for row in table("wildfire_wang_zhengfei.csv") {
        let fire = Wang {
            air_c: row.number("T_C"),
            wind_m_s: row.number("wind_m_s"),
            wind_class: Some(row.number("wind_class")),
            humidity: row.number("RH_pct"),
            slope_deg: row.number("slope_deg"),
            fuel_factor: 1.0,
        };
        near("R0", fire.initial_m_min().unwrap(), row.number("R0_m_min"), 1e-4);
        near("R", fire.rate_m_min().unwrap(), row.number("R_m_min_Ks1"), 1e-4);
    }
}

/// A steep grass slope that rises to the north, with a wind from the west.
fn slope() -> Site {
    Site::new(&fuel(104.0), &DRY, &OPEN, (0.4, 180.0)).unwrap()
}

const WEST: Wind = Wind { speed_m_s: 6.0, from_deg: 270.0 };

#[test]
fn crews_are_kept_from_the_head_and_from_upslope() {
    let site = Site::new(&fuel(104.0), &DRY, &OPEN, (0.2, 180.0)).unwrap();
    let spread = site.spread(WEST).unwrap();
    assert!(spread.heading_deg > 60.0 && spread.heading_deg < 91.0, "{spread:?}");
    let look = Look::new(&site, &[(0.0, WEST)], 600.0, 1_800.0).unwrap();
    let (sin, cos) = spread.heading_deg.to_radians().sin_cos();
    let ahead = spread.head_m_s * 1_200.0;
    assert!(matches!(look.place((ahead * sin, ahead * cos)).unwrap(), Stands::Ahead { .. }));
    assert_eq!(look.place((0.0, 0.0)).unwrap(), Stands::Burnt);
    assert_eq!(look.place((-3_000.0, 0.0)).unwrap(), Stands::Clear, "far behind the back");
    let above = look.place((0.0, spread.head_m_s * 900.0)).unwrap();
    assert!(matches!(above, Stands::Upslope { .. }), "{above:?}");
    // A way that passes in front of the head is refused at the place where it does.
    let way = [(-3_000.0, 0.0), (-3_000.0, -3_000.0), (ahead, -3_000.0), (ahead, 0.0)];
    let (place, stands) = look.way(&way, 50.0).unwrap().unwrap();
    assert!(stands.forbidden() && place.0 > 0.0, "{place:?} {stands:?}");
    assert_eq!(look.way(&way[..2], 50.0).unwrap(), None);
}

#[test]
fn the_burnt_area_follows_a_wind_that_turns() {
    let site = Site::new(&fuel(104.0), &DRY, &OPEN, (0.0, 0.0)).unwrap();
    let south = Wind { speed_m_s: 6.0, from_deg: 180.0 };
    let turning = Growth::at(&site, &[(0.0, WEST), (1_800.0, south)]).unwrap();
    let steady = Growth::at(&site, &[(0.0, WEST)]).unwrap();
    let reach = site.spread(WEST).unwrap().head_m_s * 1_800.0;
    let north_of_head = (reach, reach * 0.8);
    let before = steady.arrival_s(north_of_head, 3_600.0).unwrap();
    let arrival = turning.arrival_s(north_of_head, 3_600.0).unwrap().unwrap();
    assert!(arrival > 1_800.0, "{arrival}");
    assert!(before.is_none_or(|before| before > arrival + 300.0), "{before:?} {arrival}");
    assert!((turning.burnt_m2(1_800.0) - steady.burnt_m2(1_800.0)).abs() < 1e-6);
    assert!(Growth::at(&site, &[]).is_err());
    assert!(Growth::at(&site, &[(0.0, WEST), (0.0, south)]).is_err());
}

#[test]
fn embers_fly_farther_in_stronger_wind_and_from_longer_flames() {
    let d = |flame, wind| spotting::distance_m(flame, wind, 10.0).unwrap();
    assert!(d(2.0, 10.0) > d(2.0, 5.0) && d(4.0, 10.0) > d(2.0, 10.0));
    assert!(d(0.0, 10.0).abs() < 1e-12 && d(2.0, 0.0).abs() < 1e-12);
    assert!(d(3.0, 8.0) > 50.0 && d(3.0, 8.0) < 2_000.0, "{}", d(3.0, 8.0));
}

/// How a place at a bearing and a share of the head's distance stands in flat grass half an hour from now.
fn grass(speed_m_s: f64, off_deg: f64, share: f64) -> Stands {
    let site = Site::new(&fuel(104.0), &DRY, &OPEN, (0.0, 0.0)).unwrap();
    let wind = Wind { speed_m_s, from_deg: 270.0 };
    let reach = site.spread(wind).unwrap().head_m_s * 1_800.0 * share;
    let (sin, cos) = (90.0 + off_deg).to_radians().sin_cos();
    Look::new(&site, &[(0.0, wind)], 0.0, 1_800.0)
        .unwrap()
        .place((reach * sin, reach * cos))
        .unwrap()
}

#[test]
fn a_narrow_fire_is_looked_for_between_the_turns_of_the_wind() {
    for off in [15.0, 20.0, -22.0] {
        assert!(matches!(grass(12.0, off, 0.8), Stands::Turn { .. }), "{off}");
    }
    assert_eq!(grass(12.0, 60.0, 0.8), Stands::Clear, "no wind that is looked at blows there");
}

proptest! {
    #[test]
    fn no_place_within_the_turn_of_the_wind_is_clear(
        speed in 0.0..20.0_f64, off in -30.0..30.0_f64, share in 0.05..0.99_f64,
    ) {
        prop_assert!(grass(speed, off, share).forbidden());
    }

    #[test]
    fn a_fire_has_no_north_of_its_own(from in 0.0..360.0_f64, aspect in 0.0..360.0_f64, turn in 0.0..360.0_f64) {
        let run = |by: f64| {
            let site = Site::new(&fuel(2.0), &DRY, &OPEN, (0.3, (aspect + by).rem_euclid(360.0))).unwrap();
            site.spread(Wind { speed_m_s: 4.0, from_deg: (from + by).rem_euclid(360.0) }).unwrap()
        };
        let (a, b) = (run(0.0), run(turn));
        prop_assert!((a.head_m_s / b.head_m_s - 1.0).abs() < 1e-9);
        let turned = (b.heading_deg - a.heading_deg - turn).rem_euclid(360.0);
        prop_assert!(turned.min(360.0 - turned) < 1e-6, "{turned}");
    }

    #[test]
    fn wind_slope_and_drought_never_slow_a_fire(
        index in 0..53_usize, wind in 0.0..12.0_f64, slope in 0.0..0.8_f64, wet in 0.0..0.1_f64,
    ) {
        let fuel = helan_hazard::wildfire::fuel::FUELS[index];
        let run = |wind: f64, slope: f64, wet: f64| {
            let moisture = Moisture { dead_1h: DRY.dead_1h + wet, ..DRY };
            let site = Site::new(&fuel, &moisture, &OPEN, (slope, 270.0)).unwrap();
            site.spread(Wind { speed_m_s: wind, from_deg: 270.0 }).unwrap().head_m_s
        };
        let base = run(wind, slope, wet);
        prop_assert!(run(wind + 1.0, slope, wet) >= base * (1.0 - 1e-12));
        prop_assert!(run(wind, slope + 0.1, wet) >= base * (1.0 - 1e-12));
        prop_assert!(run(wind, slope, wet + 0.01) <= base * (1.0 + 1e-12));
    }

    #[test]
    fn the_outline_holds_the_ellipse_and_grows(
        speed in 0.0..15.0_f64, from in 0.0..360.0_f64, time in 60.0..20_000.0_f64, bearing in 0.0..360.0_f64,
    ) {
        let site = slope();
        let wind = Wind { speed_m_s: speed, from_deg: from };
        let spread = site.spread(wind).unwrap();
        let growth = Growth::at(&site, &[(0.0, wind)]).unwrap();
        let (drawn, exact) = (growth.burnt_m2(time), spread.burnt_m2(time));
        prop_assert!(drawn >= exact && drawn <= exact * 1.01, "{drawn} {exact}");
        // A place on the edge of the ellipse is reached at its time, or a little before.
        let (sin, cos) = bearing.to_radians().sin_cos();
        let reach = spread.towards_m_s(bearing) * time;
        let arrival = growth.arrival_s((reach * sin, reach * cos), time * 1.000_001).unwrap().unwrap();
        prop_assert!(arrival <= time * 1.000_001 && arrival >= time * 0.9, "{arrival} {time}");
        prop_assert!(growth.burnt_m2(time * 1.1) > drawn);
        let ring = growth.ring(time).unwrap();
        let signed: f64 =
            ring.iter().zip(ring.iter().cycle().skip(1)).map(|(a, b)| a.0 * b.1 - b.0 * a.1).sum();
        prop_assert!(signed > 0.0 && (signed / 2.0 - area::surface(&ring)).abs() < 1e-3);
    }

    #[test]
    fn an_ellipse_is_never_wider_than_long(wind in 0.0..60.0_f64) {
        let ratio = spread::length_to_width(wind);
        prop_assert!((1.0..=8.0).contains(&ratio));
    }
}
