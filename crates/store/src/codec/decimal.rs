//! Values as whole numbers of a decimal fraction, where that is exact: sensors give 21.5, not 21.500000000000004.

/// Decimals tried. Sensors give up to six (positions, flows); values with more are kept as they are.
pub const MOST: u8 = 6;

const POWERS: [f64; MOST as usize + 1] =
    [1.0, 10.0, 100.0, 1_000.0, 10_000.0, 100_000.0, 1_000_000.0];

/// Above this, neighbouring whole numbers are no longer told apart after rounding by addition.
const LARGEST: f64 = 2_251_799_813_685_248.0; // 2^51

/// Adding and taking away 1.5 · 2^52 rounds to the nearest whole number, without a call.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// The value times ten to `scale`, if [`from_whole`] gives exactly this value (to the bit) back.
#[inline]
pub fn to_whole(value: f64, scale: u8) -> Option<i64> {
    let power = POWERS.get(usize::from(scale))?;
    let wide = value * power;
    // What is not a number fails the comparison at the end.
    if wide.abs() >= LARGEST {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "rounded, and below 2^51")]
    let whole = ((wide + ROUND) - ROUND) as i64;
    (from_whole(whole, scale).to_bits() == value.to_bits()).then_some(whole)
}

/// A whole number divided by ten to `scale`.
#[inline]
pub fn from_whole(whole: i64, scale: u8) -> f64 {
    let power = POWERS.get(usize::from(scale)).copied().unwrap_or(1.0);
    // Division of two exact numbers is rounded once: the nearest to the decimal fraction, as its text would be read.
    whole as f64 / power
}

/// The smallest scale up to `most` that keeps the value exactly, trying `hint` first; with the whole number.
#[inline]
pub fn scale_of(value: f64, hint: u8, most: u8) -> Option<(u8, i64)> {
    if let Some(whole) = to_whole(value, hint) {
        return Some((hint, whole));
    }
    (0..=most).filter(|scale| *scale != hint).find_map(|s| Some((s, to_whole(value, s)?)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn decimals_are_found_and_nothing_else_is_bent() {
        let check = |value: f64, expected: Option<(u8, i64)>| {
            assert_eq!(scale_of(value, 0, MOST), expected, "{value}");
        };
        check(0.0, Some((0, 0)));
        check(21.5, Some((1, 215)));
        check(-0.001, Some((3, -1)));
        check(106.27215, Some((5, 10_627_215)));
        check(-0.0, None);
        check(0.1 + 0.2, None);
        check(1e300, None);
        check(f64::NAN, None);
        check(f64::INFINITY, None);
        check(std::f64::consts::PI, None);
    }

    proptest! {
        #[test]
        fn what_is_taken_comes_back_to_the_bit(value: f64, hint in 0..=MOST) {
            if let Some((scale, whole)) = scale_of(value, hint, MOST) {
                prop_assert_eq!(from_whole(whole, scale).to_bits(), value.to_bits());
            }
        }

        #[test]
        fn every_short_decimal_is_taken(whole in -1_000_000_000_i64..1_000_000_000, scale in 0..=MOST) {
            prop_assert!(scale_of(from_whole(whole, scale), 0, MOST).is_some());
        }
    }
}
