//! How far a value moved within a window.

use std::collections::VecDeque;

use super::{super::slot::Window, within};
use crate::{Ms, Reading};

/// Parts of a window that are told apart: the start of a movement is known to a 32nd of the window, and a point never
/// keeps more values than this, however fast its readings come.
const PARTS: i64 = 32;

/// Notes a reading and gives how far the value rose (times `sign`) above the lowest one of the window.
pub(super) fn moved(window: &mut Window, sign: f64, span: Ms, reading: &Reading) -> f64 {
    if !matches!(window, Window::Values(_)) {
        *window = Window::Values(VecDeque::new());
    }
    let Window::Values(values) = window else { return 0.0 };
    // Of a clock that was ahead: how long ago that was, nobody knows.
    while values.back().is_some_and(|(at, _)| *at > reading.at) {
        values.pop_back();
    }
    while values.front().is_some_and(|(at, _)| !within(span, reading.at, *at)) {
        values.pop_front();
    }
    // Only values that may still become the lowest one are kept: they rise from front to back.
    let value = sign * reading.value;
    while values.back().is_some_and(|(_, v)| sign * v >= value) {
        values.pop_back();
    }
    let fresh = values.back().is_none_or(|(at, _)| reading.at.since(*at).0 >= span.0 / PARTS);
    if fresh {
        values.push_back((reading.at, reading.value));
    }
    values.front().map_or(0.0, |(_, lowest)| value - sign * lowest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PointId, Quality};

    fn run(sign: f64, span: i64, values: &[(i64, f64)]) -> Vec<f64> {
        let mut window = Window::Empty;
        values
            .iter()
            .map(|(at, value)| {
                let reading = Reading {
                    point: PointId(0),
                    at: Ms(*at),
                    value: *value,
                    quality: Quality::Good,
                };
                moved(&mut window, sign, Ms(span), &reading)
            })
            .collect()
    }

    #[test]
    fn a_movement_is_measured_from_the_lowest_value_of_the_window() {
        assert_eq!(run(1.0, 100, &[(0, 5.0), (50, 7.0), (60, 6.0)]), [0.0, 2.0, 1.0]);
        assert_eq!(run(1.0, 100, &[(0, 5.0), (50, 3.0), (60, 9.0)]), [0.0, 0.0, 6.0]);
        assert_eq!(run(1.0, 100, &[(0, 5.0), (50, 7.0), (120, 8.0)]), [0.0, 2.0, 1.0]);
        assert_eq!(run(-1.0, 100, &[(0, 5.0), (50, 3.0), (60, 4.0)]), [0.0, 2.0, 1.0]);
        assert_eq!(run(-1.0, 100, &[(0, 5.0), (1000, -3.0)]), [0.0, 0.0]);
    }

    #[test]
    fn fast_readings_keep_few_values() {
        let mut window = Window::Empty;
        for i in 0..10_000_i32 {
            let reading = Reading {
                point: PointId(0),
                at: Ms(i64::from(i)),
                value: f64::from(i),
                quality: Quality::Good,
            };
            let moved = moved(&mut window, 1.0, Ms(1000), &reading);
            assert!(i < 1000 || (960.0..=1000.0).contains(&moved), "{i}: {moved}");
        }
        let Window::Values(values) = window else { panic!() };
        assert!(values.len() <= 34, "{}", values.len());
    }
}
