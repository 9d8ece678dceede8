//! The gas models as rows of the catalogue.

mod chain;
mod people;
mod source;
mod spread;

pub use chain::{CHAIN, RELEASE, footprint_of};
pub use people::PEOPLE;
pub use source::SOURCE;
pub use spread::SPREAD;

use super::{
    level::Air,
    weather::{Sky, Stability, Terrain},
};
use crate::{
    Field, HazardError, Inputs,
    substance::{self, Substance},
};

const SUBSTANCE: Field =
    Field::name("substance", "key, name, formula, CAS or UN number of the substance");
const TERRAIN: Field =
    Field::word("terrain", &["rural", "urban"], "open country, or built-up").optional();
const STABILITY: Field =
    Field::word("stability", &["A", "B", "C", "D", "E", "F"], "Pasquill stability class");
const AIR_K: Field = Field::number("air_k", "K", 220.0, 330.0, "temperature of the air").or(288.15);
const AIR_PA: Field =
    Field::number("air_pa", "Pa", 50_000.0, 110_000.0, "pressure of the air").or(101_325.0);
const HOLE: Field = Field::number("hole_m", "m", 1e-5, 10.0, "diameter of the hole");

/// The substance that is named.
fn substance_of(inputs: &Inputs) -> Result<&'static Substance, HazardError> {
    let missing = || HazardError::Missing { field: "substance".to_owned() };
    substance::find(inputs.word("substance").ok_or_else(missing)?)
}

fn terrain_of(inputs: &Inputs) -> Terrain {
    if inputs.word("terrain") == Some("urban") { Terrain::Urban } else { Terrain::Rural }
}

/// The class that is named; the most stable when none is.
fn class_of(inputs: &Inputs) -> Stability {
    inputs.word("stability").and_then(Stability::parse).unwrap_or(Stability::F)
}

fn air_of(inputs: &Inputs) -> Result<Air, HazardError> {
    Ok(Air { pressure_pa: inputs.number("air_pa")?, temperature_k: inputs.number("air_k")? })
}

/// What is known of the sky: the class, or the height of the sun as told or from the moment and the place.
fn sky_of(inputs: &Inputs) -> Sky {
    if let Some(class) = inputs.word("stability").and_then(Stability::parse) {
        return Sky::Class(class);
    }
    let place =
        [inputs.maybe("at_unix_s"), inputs.maybe("latitude_deg"), inputs.maybe("longitude_deg")];
    let reckoned = match place {
        [Some(at), Some(latitude), Some(longitude)] => {
            Some(super::weather::sun_deg(at, latitude, longitude))
        }
        _ => None,
    };
    match inputs.maybe("sun_deg").or(reckoned) {
        Some(sun_deg) => Sky::Seen { sun_deg, cloud_tenths: inputs.maybe("cloud_tenths") },
        None => Sky::Unknown,
    }
}

/// Area of a round hole, m².
fn round_m2(diameter_m: f64) -> f64 {
    std::f64::consts::PI / 4.0 * diameter_m * diameter_m
}

#[cfg(test)]
mod tests;
