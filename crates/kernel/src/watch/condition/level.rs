//! Several limits with one deadband.

use super::super::{plan::Bound, slot::NORMAL};

/// The highest level that a value reaches. A level that was held (`held` and those below it) is left only when the value
/// comes back by more than the deadband: values that tremble at a limit make one alarm, not many.
pub(in super::super) fn reached(bound: Bound, limits: &[f64], held: i8, value: f64) -> i8 {
    let mut reached = NORMAL;
    for (level, limit) in (0..).zip(limits) {
        if (Bound { limit: *limit, ..bound }).beyond(value, level <= held) {
            reached = level;
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_hold_within_the_deadband() {
        let high = Bound { sign: 1.0, limit: 10.0, deadband: 2.0 };
        let low = Bound { sign: -1.0, limit: -5.0, deadband: 1.0 };
        let check = |bound: Bound, limits: &[f64], held, value, expected| {
            assert_eq!(reached(bound, limits, held, value), expected, "{held} {value}");
        };
        check(high, &[10.0, 25.0], NORMAL, 9.9, NORMAL);
        check(high, &[10.0, 25.0], NORMAL, 10.0, 0);
        check(high, &[10.0, 25.0], NORMAL, 25.0, 1);
        check(high, &[10.0, 25.0], 0, 8.0, 0);
        check(high, &[10.0, 25.0], 0, 7.9, NORMAL);
        check(high, &[10.0, 25.0], 0, 24.0, 0);
        check(high, &[10.0, 25.0], 1, 23.0, 1);
        check(high, &[10.0, 25.0], 1, 22.9, 0);
        check(high, &[10.0, 25.0], 1, 7.0, NORMAL);
        check(low, &[-5.0, -3.0], NORMAL, 5.1, NORMAL);
        check(low, &[-5.0, -3.0], NORMAL, 5.0, 0);
        check(low, &[-5.0, -3.0], NORMAL, 2.0, 1);
        check(low, &[-5.0, -3.0], 1, 4.0, 1);
        check(low, &[-5.0, -3.0], 1, 6.0, 0);
        check(low, &[-5.0, -3.0], 1, 6.1, NORMAL);
    }
}
