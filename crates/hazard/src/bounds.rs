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
