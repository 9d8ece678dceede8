//! A value that never moves, though readings come.

use super::super::slot::Window;
use crate::{Ms, Reading};

/// Notes a reading and gives for how long the value has stayed within the tolerance around the first one.
pub(super) fn still(window: &mut Window, tolerance: f64, reading: &Reading) -> Ms {
    match window {
        Window::Still(since, value) if (reading.value - *value).abs() <= tolerance => {
            reading.at.since(*since)
        }
        Window::Still(..) | Window::Empty | Window::Values(_) => {
            *window = Window::Still(reading.at, reading.value);
            Ms(0)
        }
    }
}
