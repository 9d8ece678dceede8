//! Where a curve crosses a level.

/// Halvings of an interval: more than a double has digits, so that the end is exact for any curve.
const HALVINGS: u32 = 60;

/// The farthest place in `near..=far` where a falling curve still reaches `level`; none when it does not even at `near`.
/// The answer lies on the side where the level is reached, or less than a rounding away.
#[must_use]
pub fn farthest(curve: impl Fn(f64) -> f64, level: f64, (near, far): (f64, f64)) -> Option<f64> {
    if curve(near) < level {
        return None;
    }
    if curve(far) >= level {
        return Some(far);
    }
    let (mut reached, mut missed) = (near, far);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(reached, missed);
        if curve(middle) >= level {
            reached = middle;
        } else {
            missed = middle;
        }
    }
    Some(missed)
}

#[cfg(test)]
mod tests {
    use super::farthest;

    #[test]
    fn finds_the_crossing_and_says_when_there_is_none() {
        let curve = |x: f64| 100.0 / x;
        let x = farthest(curve, 4.0, (1.0, 1000.0));
        assert!(x.is_some_and(|x| (x - 25.0).abs() < 1e-9), "{x:?}");
        assert_eq!(farthest(curve, 101.0, (1.0, 1000.0)), None);
        assert_eq!(farthest(curve, 0.01, (1.0, 1000.0)), Some(1000.0));
    }
}
