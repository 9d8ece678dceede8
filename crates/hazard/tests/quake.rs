//! Earthquakes against published and worked values.

mod common;

use common::{near, table};
use helan_hazard::quake::{
    instrument,
    intensity::{self, Region},
    motion::{self, Quantity, Shaking, Strongest},
};
use proptest::prelude::*;

fn region(name: &str) -> Region {
    if name == "west" { Region::West } else { Region::East }
}

#[test]
fn intensity_on_the_axes_is_that_of_the_paper() {
    for row in table("eq_intensity_axes.csv") {
        let distance = row.number("R_km");
        let [long, short] =
            intensity::on_axes(region(row.text("region")), row.number("Ms"), distance).unwrap();
        let got = if row.text("axis") == "long" { long } else { short };
        near("intensity", got, row.number("intensity"), 1e-4);
    }
}

#[test]
fn half_axes_are_those_of_the_paper() {
    for row in table("eq_isoseismal_radii.csv") {
        let (region, ms, level) =
            (region(row.text("region")), row.number("Ms"), row.number("intensity"));
        let axes = intensity::axes(region, ms, level).unwrap();
        near("long", axes.long_km, row.number("semi_major_km"), 1e-4);
        near("short", axes.short_km, row.number("semi_minor_km"), 1e-4);
        let ningxia = intensity::axes(Region::Ningxia, ms, level).unwrap();
        assert!(ningxia.long_km >= axes.long_km && ningxia.short_km >= axes.short_km);
    }
}

#[test]
fn motion_is_that_of_the_relation() {
    for row in table("eq_yu2013_axes.csv") {
        let region = match row.text("region") {
            "Tibet" => motion::Region::Tibet,
            "Eastern" => motion::Region::Eastern,
            other => panic!("unknown region {other}"),
        };
        let shaking = Shaking::new(region, row.number("Ms")).unwrap();
        let distance = row.number("repi_km");
        let long = row.text("axis") == "long";
        let pick = |[a, b]: [f64; 2]| if long { a } else { b };
        let pga = pick(shaking.on_axes(Quantity::Acceleration, distance));
        let pgv = pick(shaking.on_axes(Quantity::Velocity, distance));
        near("PGA", motion::in_g(pga), row.number("PGA_g"), 1e-3);
        near("PGV", pgv, row.number("PGV_cm_s"), 1e-3);
        // A place on an axis gets what the axis says.
        let place = if long { (distance, 0.0) } else { (0.0, distance) };
        near("at", shaking.at(Quantity::Acceleration, place.0, place.1), pga, 1e-3);
    }
}

#[test]
fn stations_measure_the_intensity_of_the_standard() {
    for row in table("eq_gbt17742.csv") {
        let got = instrument::measured(row.number("PGA_m_s2"), row.number("PGV_m_s")).unwrap();
        near("by acceleration", got.by_acceleration, row.number("I_A"), 1e-4);
        near("by velocity", got.by_velocity, row.number("I_V"), 1e-4);
        near("intensity", got.intensity, row.number("I_instrument"), 1e-4);
    }
    assert!(instrument::measured(0.0, 0.1).is_err());
}

proptest! {
    #[test]
    fn stronger_quakes_and_weaker_levels_reach_farther(
        ms in 4.0..8.4_f64, more in 0.05..0.5_f64, level in 4.0..9.0_f64, angle in 0.0..std::f64::consts::FRAC_PI_2,
    ) {
        for region in [Region::West, Region::East, Region::Ningxia] {
            let small = intensity::axes(region, ms, level).unwrap();
            let large = intensity::axes(region, ms + more, level).unwrap();
            let inner = intensity::axes(region, ms, level + 0.5).unwrap();
            prop_assert!(large.long_km >= small.long_km && large.short_km >= small.short_km);
            prop_assert!(inner.long_km <= small.long_km && inner.short_km <= small.short_km);
        }
        let shaking = Shaking::new(motion::Region::Tibet, ms.max(4.5)).unwrap();
        let outer = shaking.reach_km(Quantity::Acceleration, 50.0, angle);
        let inner = shaking.reach_km(Quantity::Acceleration, 100.0, angle);
        prop_assert!(inner <= outer);
        if outer > 0.0 {
            let (sin, cos) = angle.sin_cos();
            let there = shaking.at(Quantity::Acceleration, outer * cos, outer * sin);
            prop_assert!((there / 50.0 - 1.0).abs() < 1e-2, "{there}");
        }
    }

    #[test]
    fn a_stronger_quake_shakes_no_place_less_and_ningxia_as_the_stronger_of_two(
        ms in 4.5..8.4_f64, more in 0.0..1.0_f64, along in 0.0..300.0_f64, across in 0.0..300.0_f64,
        value in 20.0..400.0_f64, angle in 0.0..std::f64::consts::FRAC_PI_2,
    ) {
        use motion::Region::{Eastern, Moderate, Tibet, Xinjiang};
        let larger = (ms + more).min(8.5);
        for regions in [&[Tibet][..], &[Eastern], &[Xinjiang], &[Moderate], &[Tibet, Eastern]] {
            let (weak, strong) =
                (Strongest::new(regions, ms).unwrap(), Strongest::new(regions, larger).unwrap());
            for quantity in [Quantity::Acceleration, Quantity::Velocity] {
                let (a, b) = (weak.at(quantity, along, across), strong.at(quantity, along, across));
                prop_assert!(b >= a * (1.0 - 1e-6), "{regions:?} {a} at {ms}, {b} at {larger}");
            }
            let reach = |s: &Strongest| s.reach_km(Quantity::Acceleration, value, angle);
            prop_assert!(reach(&strong) >= reach(&weak) * (1.0 - 1e-6) - 1e-6);
            for region in regions {
                let own = Shaking::new(*region, ms).unwrap().at(Quantity::Acceleration, along, across);
                prop_assert!(weak.at(Quantity::Acceleration, along, across) >= own * (1.0 - 1e-9));
            }
        }
    }

    #[test]
    fn a_place_has_the_intensity_of_its_ellipse(ms in 5.0..8.0_f64, level in 5.0..8.0_f64, turn in 0.0..6.2_f64) {
        let axes = intensity::axes(Region::Ningxia, ms, level).unwrap();
        prop_assume!(axes.short_km > 1.0);
        let (sin, cos) = turn.sin_cos();
        let got = intensity::at(Region::Ningxia, ms, axes.long_km * cos, axes.short_km * sin).unwrap();
        prop_assert!((got - level).abs() < 1e-4, "{got} {level}");
    }
}
