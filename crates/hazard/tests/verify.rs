//! Scores of forecasts.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use helan_hazard::{
    Ring,
    area::ellipse,
    verify::{
        FEWEST, Standing,
        areas::{self, Laid, overlap},
        events::{Chance, Counts, brier},
        figures::{Pair, errors, score},
    },
};
use proptest::prelude::*;

fn pairs(count: usize, error: f64) -> Vec<Pair> {
    (0..count)
        .map(|i| {
            let came = f64::from(u32::try_from(i).unwrap());
            Pair { foretold: came + error, came, before: came - 2.0 }
        })
        .collect()
}

#[test]
fn figures_are_scored_and_a_model_worse_than_persistence_is_marked() {
    let good = score(&pairs(30, 1.0)).unwrap();
    assert!((good.mae - 1.0).abs() < 1e-12 && (good.rmse - 1.0).abs() < 1e-12);
    assert!((good.bias - 1.0).abs() < 1e-12 && (good.skill.unwrap() - 0.75).abs() < 1e-12);
    assert_eq!(good.standing, Standing::Holds);
    assert_eq!(score(&pairs(30, 3.0)).unwrap().standing, Standing::Worse);
    assert_eq!(score(&pairs(FEWEST - 1, 3.0)).unwrap().standing, Standing::TooFew);
    assert!(score(&[]).is_err());
    let still = Pair { foretold: 1.0, came: 1.0, before: 1.0 };
    assert_eq!(score(&[still]).unwrap().skill, None, "persistence never erred");
}

#[test]
fn warnings_are_counted() {
    let pairs = [(true, true), (true, false), (false, true), (true, true), (false, false)];
    let counts = Counts::of(&pairs);
    assert_eq!(counts, Counts { hits: 2, false_alarms: 1, misses: 1, quiet: 1 });
    assert_eq!(counts.csi(), Some(0.5));
    assert_eq!(counts.hit_rate(), Some(2.0 / 3.0));
    assert_eq!(counts.false_alarm_ratio(), Some(1.0 / 3.0));
    assert_eq!(Counts::default().csi(), None);
}

#[test]
fn chances_are_scored() {
    let chance = |foretold, came| Chance { foretold, came, before: false };
    let half = brier(&[chance(0.5, true), chance(0.5, false)]).unwrap();
    assert!((half.score - 0.25).abs() < 1e-12 && half.standing == Standing::TooFew);
    let sure: Vec<Chance> =
        (0..40).map(|i| chance(if i % 4 == 0 { 0.9 } else { 0.1 }, i % 4 == 0)).collect();
    let sure = brier(&sure).unwrap();
    assert!(sure.score < 0.02 && sure.standing == Standing::Holds);
    let wrong: Vec<Chance> = (0..40).map(|i| chance(0.8, i % 10 == 0)).collect();
    assert_eq!(brier(&wrong).unwrap().standing, Standing::Worse);
    assert!(brier(&[chance(1.5, true)]).is_err());
}

#[test]
fn quiet_hours_alone_judge_nobody() {
    let quiet = Chance { foretold: 0.0, came: false, before: false };
    let mut hours = vec![quiet; 100];
    assert_eq!(brier(&hours).unwrap().standing, Standing::TooFew);
    hours.extend([Chance { came: true, ..quiet }; 5]);
    let missed = brier(&hours).unwrap();
    // Five of 105 were wrong, of the model as of persistence.
    assert!(
        (missed.score - 5.0 / 105.0).abs() < 1e-12 && (missed.stayed - missed.score).abs() < 1e-12
    );
    assert_eq!((missed.standing, missed.skill), (Standing::Holds, Some(0.0)));
    hours.extend([Chance { foretold: 1.0, ..quiet }; 1]);
    assert_eq!(brier(&hours).unwrap().standing, Standing::Worse);
}

#[test]
fn warnings_against_lots() {
    // Finley's tornadoes of 1884: 28 hits, 72 false alarms, 23 misses, 2680 quiet.
    let finley = Counts { hits: 28, false_alarms: 72, misses: 23, quiet: 2680 };
    assert!((finley.heidke().unwrap() - 0.355).abs() < 5e-4, "{:?}", finley.heidke());
    assert_eq!(Counts { quiet: 9, ..Counts::default() }.heidke(), None);
}

#[test]
fn directions_err_by_the_smaller_turn() {
    let pair = Pair::of_directions(350.0, 10.0, 300.0);
    assert!((pair.came - 370.0).abs() < 1e-9 && (pair.before - 300.0).abs() < 1e-9, "{pair:?}");
    let of = score(&[pair, Pair::of_directions(10.0, 350.0, 60.0)]).unwrap();
    assert!((of.mae - 20.0).abs() < 1e-9 && of.bias.abs() < 1e-9, "{of:?}");
    assert!((of.stayed_rmse - 70.0).abs() < 1e-9, "{of:?}");
    assert!((of.skill.unwrap() - (1.0 - 400.0 / 4900.0)).abs() < 1e-9);
    let far = errors(&[(30.0, 50.0), (40.0, 30.0)]).unwrap();
    assert!((far.mae - 15.0).abs() < 1e-12 && (far.bias + 5.0).abs() < 1e-12);
    assert!((far.rmse - 250.0_f64.sqrt()).abs() < 1e-12);
}

#[test]
fn areas_are_laid_on_each_other() {
    let square =
        |x: f64| -> Ring { vec![(x, 0.0), (x + 100.0, 0.0), (x + 100.0, 100.0), (x, 100.0)] };
    let half = overlap(&[square(0.0)], &[square(50.0)]).unwrap();
    assert!((half.iou - 1.0 / 3.0).abs() < 1e-9, "{half:?}");
    assert!((half.came_only_m2 - 5_000.0).abs() < 1e-6);
    // Parts that overlap count once.
    let twice = overlap(&[square(0.0), square(0.0), square(50.0)], &[square(0.0)]).unwrap();
    assert!((twice.iou - 10_000.0 / 15_000.0).abs() < 1e-9, "{twice:?}");
    assert!(overlap(&[square(0.0)], &[]).unwrap().iou.abs() < 1e-12);
    assert!((overlap(&[], &[]).unwrap().iou - 1.0).abs() < 1e-12);
    assert!(overlap(&[vec![(0.0, 0.0)]], &[]).is_err());
    // Misses and false alarms are told apart.
    let wide = overlap(&[square(0.0), square(100.0)], &[square(0.0)]).unwrap();
    assert_eq!((wide.missed(), wide.in_vain()), (Some(0.0), Some(0.5)));
    let narrow = overlap(&[square(0.0)], &[square(0.0), square(100.0)]).unwrap();
    assert_eq!((narrow.missed(), narrow.in_vain()), (Some(0.5), Some(0.0)));
    assert!((wide.iou - narrow.iou).abs() < 1e-9);
    let nothing = overlap(&[], &[square(0.0)]).unwrap();
    assert_eq!((nothing.missed(), nothing.in_vain()), (Some(1.0), None));
}

#[test]
fn areas_worse_than_what_stays_are_marked() {
    let many = |foretold, stayed, count| vec![Laid { foretold, stayed }; count];
    let good = areas::score(&many(0.75, 0.5, FEWEST)).unwrap();
    assert_eq!((good.standing, good.skill), (Standing::Holds, Some(0.5)));
    let bad = areas::score(&many(0.5, 0.75, FEWEST)).unwrap();
    assert_eq!((bad.standing, bad.skill), (Standing::Worse, Some(-1.0)));
    assert_eq!(areas::score(&many(0.5, 0.75, FEWEST - 1)).unwrap().standing, Standing::TooFew);
    assert_eq!(areas::score(&many(0.5, 0.5, FEWEST)).unwrap().standing, Standing::Holds);
    assert_eq!(areas::score(&many(0.5, 1.0, 1)).unwrap().skill, None, "what stays never erred");
    assert!(areas::score(&[]).is_err());
    for wrong in [f64::NAN, -0.1, 1.1] {
        assert!(areas::score(&many(wrong, 0.5, 1)).is_err());
    }
}

/// A star of corners around a middle: nothing of it crosses itself.
fn star(middle: (f64, f64), arms: &[f64]) -> Ring {
    let step = std::f64::consts::TAU / f64::from(u32::try_from(arms.len()).unwrap());
    let corner = |(number, arm): (u32, &f64)| {
        let (sin, cos) = (step * f64::from(number)).sin_cos();
        (middle.0 + arm * cos, middle.1 + arm * sin)
    };
    (0..).zip(arms).map(corner).collect()
}

proptest! {
    #[test]
    fn an_overlap_is_between_nothing_and_all_and_the_same_both_ways(
        a in 10.0..500.0_f64, b in 10.0..500.0_f64, x in -600.0..600.0_f64, turn in 0.0..180.0_f64,
    ) {
        let one = [ellipse((0.0, 0.0), a, b, turn)];
        let other = [ellipse((x, 30.0), b, a, turn / 2.0)];
        let (there, back) = (overlap(&one, &other).unwrap(), overlap(&other, &one).unwrap());
        prop_assert!((0.0..=1.0).contains(&there.iou) && (there.iou - back.iou).abs() < 1e-6);
        prop_assert!((overlap(&one, &one).unwrap().iou - 1.0).abs() < 1e-6);
    }

    #[test]
    fn any_ground_lies_on_itself_and_misses_of_the_one_are_false_alarms_of_the_other(
        one in prop::collection::vec(1.0..3_000.0_f64, 3..60),
        other in prop::collection::vec(1.0..3_000.0_f64, 3..60),
        spot in prop::collection::vec(1.0..200.0_f64, 3..9),
        (x, y) in (-5_000.0..5_000.0_f64, -5_000.0..5_000.0_f64),
    ) {
        let one = [star((0.0, 0.0), &one), star((x, y), &spot)];
        let other = [star((x / 2.0, y / 3.0), &other)];
        let (there, back) = (overlap(&one, &other).unwrap(), overlap(&other, &one).unwrap());
        prop_assert!((0.0..=1.0).contains(&there.iou) && (there.iou - back.iou).abs() < 1e-6);
        for (missed, vain) in [(there.missed(), back.in_vain()), (back.missed(), there.in_vain())] {
            let (missed, vain) = (missed.unwrap(), vain.unwrap());
            prop_assert!((0.0..=1.0).contains(&missed) && (missed - vain).abs() < 1e-6);
        }
        let own = overlap(&one, &one).unwrap();
        prop_assert!((own.iou - 1.0).abs() < 1e-6, "{:?}", own);
    }
}
