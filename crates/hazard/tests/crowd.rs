//! Crowds against Weidmann and the SFPE Handbook.

mod common;

use common::{near, table};
use helan_hazard::crowd::{
    Tightness, Walkway,
    egress::{self, Part},
    tightness, weidmann_m_s,
};
use proptest::prelude::*;

#[test]
fn people_walk_as_fast_as_the_tables_say() {
    for row in table("crowd_speed_density.csv") {
        let density = row.number("density_p_m2");
        let speed = weidmann_m_s(density);
        near("Weidmann", speed, row.number("weidmann_m_s"), 1e-4);
        near("Weidmann flow", speed * density, row.number("weidmann_flow_p_m_s"), 1e-4);
        near("SFPE", Walkway::Level.speed_m_s(density), row.number("sfpe_level_m_s"), 1e-4);
        near("SFPE flow", Walkway::Level.flow_m_s(density), row.number("sfpe_flow_p_m_s"), 1e-4);
    }
}

#[test]
fn one_narrow_stair_holds_everybody_up() {
    let door = Part { walkway: Walkway::Level, width_m: 1.5, length_m: 0.0 };
    let stair = Part { walkway: Walkway::Stair, width_m: 1.1, length_m: 8.0 };
    let both = egress::empty(90.0, &[door, stair]).unwrap();
    assert_eq!(both.narrowest, 1);
    // 90 people at 1.01 per s and m (as the handbook rounds it) through 0.8 m.
    near("queue", both.queue_s, 90.0 / (1.01 * 0.8), 1e-2);
    assert!(both.whole_s > both.queue_s && both.walk_s > 8.0);
    assert!(egress::empty(90.0, &[Part { width_m: 0.2, ..door }]).is_err());
    assert!(egress::empty(90.0, &[]).is_err());
    assert!(egress::empty(-1.0, &[door]).is_err());
}

#[test]
fn a_crowd_is_warned_of_before_it_crushes() {
    let seen = [0.5, 3.0, 4.0, 6.5].map(tightness);
    assert_eq!(seen, [Tightness::Free, Tightness::Dense, Tightness::Warn, Tightness::Crush]);
}

#[test]
fn the_largest_flows_are_those_of_the_handbook() {
    let of = [
        Walkway::Level,
        Walkway::SteepStair,
        Walkway::Stair,
        Walkway::EasyStair,
        Walkway::WideStair,
    ];
    for (walkway, printed) in of.into_iter().zip([1.3, 0.94, 1.01, 1.09, 1.16]) {
        near("largest flow", walkway.most_flow_m_s(), printed, 0.015);
    }
}

proptest! {
    #[test]
    fn tighter_is_slower_and_more_people_take_longer(density in 0.0..8.0_f64, people in 1.0..5_000.0_f64) {
        prop_assert!(weidmann_m_s(density + 0.1) <= weidmann_m_s(density));
        for walkway in [Walkway::Level, Walkway::SteepStair, Walkway::Stair, Walkway::EasyStair, Walkway::WideStair] {
            prop_assert!(walkway.speed_m_s(density + 0.1) <= walkway.speed_m_s(density));
            prop_assert!(walkway.flow_m_s(density) <= walkway.most_flow_m_s() * (1.0 + 1e-12));
        }
        let door = |width_m| Part { walkway: Walkway::Level, width_m, length_m: 0.0 };
        let time = |people, width| egress::empty(people, &[door(width)]).unwrap().whole_s;
        prop_assert!(time(people + 1.0, 1.0) > time(people, 1.0) && time(people, 1.2) < time(people, 1.0));
    }
}
