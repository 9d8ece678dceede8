//! All models, for whoever asks by name.

use crate::{HazardError, Model};

/// The models, by family.
pub const FAMILIES: &[&[Model]] = &[
    crate::gas::models::CHAIN,
    crate::gas::models::SOURCE,
    crate::gas::models::SPREAD,
    crate::gas::models::PEOPLE,
    crate::fire::MODELS,
    crate::blast::MODELS,
    crate::quake::MODELS,
    crate::water::MODELS,
    crate::wildfire::MODELS,
    crate::crowd::MODELS,
    crate::lifeline::MODELS,
    crate::verify::MODELS,
];

/// All models.
pub fn models() -> impl Iterator<Item = &'static Model> {
    FAMILIES.iter().copied().flatten()
}

/// A model by its key.
///
/// # Errors
/// When there is none.
pub fn find(key: &str) -> Result<&'static Model, HazardError> {
    let found = models().find(|m| m.key == key);
    found.ok_or_else(|| HazardError::Model { name: key.to_owned() })
}
