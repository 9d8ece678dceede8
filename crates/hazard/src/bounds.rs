//! What a number must keep to, for those who call a typed function instead of a row of the catalogue.

use crate::HazardError;

/// The value when it is a number within the bounds, both included.
///
/// # Errors
/// [`HazardError::Range`] otherwise.
pub fn within(
    field: &str,
    value: f64,
    (min, max): (f64, f64),
    unit: &str,
) -> Result<f64, HazardError> {
    if value.is_finite() && (min..=max).contains(&value) {
        return Ok(value);
    }
    Err(HazardError::Range { field: field.to_owned(), value, min, max, unit: unit.to_owned() })
}

/// Inputs that do not go together.
#[must_use]
pub fn together(why: impl Into<String>) -> HazardError {
    HazardError::Together { why: why.into() }
}

/// A count as a number to reckon with.
#[must_use]
pub fn count(of: usize) -> f64 {
    f64::from(u32::try_from(of).unwrap_or(u32::MAX))
}

/// The nearest whole number. By text: a float has no checked way to an integer.
///
/// # Errors
/// When it is negative, above 4 294 967 295, or not a number.
pub fn whole(field: &str, value: f64) -> Result<u32, HazardError> {
    within(field, value, (0.0, f64::from(u32::MAX)), "")?;
    format!("{:.0}", value.abs().round()).parse().map_err(|e| together(format!("{field}: {e}")))
}
