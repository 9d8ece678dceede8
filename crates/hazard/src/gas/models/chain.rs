//! The whole chain, and what may explode.

use std::collections::BTreeMap;

use super::{AIR_K, AIR_PA, HOLE, STABILITY, SUBSTANCE, TERRAIN, sky_of, substance_of, terrain_of};
use crate::{
    Field, HazardError, Inputs, Model, Report, Value,
    blast::tnt,
    catalogue,
    gas::{
        footprint::{Footprint, Release, Site, Wind, release},
        level::Levels,
        source::{Opening, Source, State},
    },
};

const SOURCES: &[&str] = &[
    "Briggs 1973; CCPS Guidelines for Consequence Analysis 1999, chapter 2",
    "Britter and McQuaid 1988, HSE 17/1988",
    "TNO Yellow Book CPR 14E and Purple Book CPR 18E",
    "US EPA RMP guidance 1999; AEGL; AIHA ERPG; GBZ 2.1-2019; ERG 2024 table 3",
];
const VALIDITY: &str = "flat ground, 10 m to about 20 km; no buildings, hills, rain or chemistry; \
    jets are taken without their own momentum (safe side)";

const FIELDS: &[Field] = &[
    SUBSTANCE,
    Field::word(
        "source",
        &["rate", "vessel", "burst", "pool", "stock"],
        "what is known of the leak",
    ),
    Field::number("rate_kg_s", "kg/s", 1e-9, 1e6, "rate (source rate)").optional(),
    Field::number(
        "duration_s",
        "s",
        1.0,
        604_800.0,
        "how long it lasts (source rate); none: unknown",
    )
    .optional(),
    Field::number("mass_kg", "kg", 1e-6, 1e9, "mass there is (all other sources)").optional(),
    HOLE.optional(),
    Field::word("opening", &["below-liquid", "above-liquid"], "where the hole is (source vessel)")
        .optional(),
    Field::number("head_m", "m", 0.0, 100.0, "liquid above the hole").or(0.0),
    Field::number("pipe_m", "m", 0.0, 100.0, "pipe to the hole; liquid boils in it from 0.1 m")
        .or(0.0),
    Field::number(
        "pressure_pa",
        "Pa",
        1000.0,
        2e8,
        "absolute pressure inside; none: vapour pressure",
    )
    .optional(),
    Field::number("temperature_k", "K", 10.0, 2000.0, "temperature inside; none: that of the air")
        .optional(),
    Field::number("area_m2", "m2", 0.01, 1e7, "area of the pool; none: it spreads to 1 cm")
        .optional(),
    Field::word("state", &["usual", "gas", "liquefied"], "how it is kept").optional(),
    Field::number(
        "height_m",
        "m",
        0.0,
        300.0,
        "height of the leak; below 2 m it counts as on the ground",
    )
    .or(0.0),
    Field::number("wind_m_s", "m/s", 0.0, 1000.0, "wind; none: unknown").optional(),
    Field::number(
        "wind_from_deg",
        "deg",
        -360.0,
        720.0,
        "where the wind comes from; none: unknown",
    )
    .optional(),
    Field::number("wind_sigma_deg", "deg", 0.0, 180.0, "standard deviation of its direction")
        .optional(),
    Field::number("wind_age_s", "s", 0.0, 1e9, "age of the wind").or(0.0),
    Field::number("wind_height_m", "m", 0.5, 300.0, "height it was measured at").or(10.0),
    STABILITY.optional(),
    Field::number("sun_deg", "deg", -90.0, 90.0, "height of the sun").optional(),
    Field::number("cloud_tenths", "tenths", 0.0, 10.0, "cloud cover").optional(),
    Field::number("at_unix_s", "s", 0.0, 1e11, "moment, to reckon the height of the sun")
        .optional(),
    Field::number("latitude_deg", "deg", -90.0, 90.0, "place, likewise").optional(),
    Field::number("longitude_deg", "deg", -180.0, 180.0, "place, likewise").optional(),
    TERRAIN,
    AIR_K,
    AIR_PA,
    Field::number("averaging_s", "s", 1.0, 3600.0, "averaging time of harm by breathing").or(600.0),
    Field::number("air_changes_per_h", "1/h", 0.0, 100.0, "air changes of houses").or(0.5),
    Field::word("levels", &["usual", "all"], "which levels").optional(),
    Field::list("levels_ppm", "ppm", 1e-6, 1e6, "levels of your own, at most 8").optional(),
    Field::number("frames", "", 0.0, 61.0, "moments for a slider").or(0.0),
];

/// Key of the model that is the whole chain.
pub const RELEASE: &str = "gas-release";

/// The whole chain.
pub const CHAIN: &[Model] = &[
    Model {
        key: RELEASE,
        title: ("气体泄漏影响范围", "Gas release: areas"),
        fields: FIELDS,
        sources: SOURCES,
        validity: VALIDITY,
        run: gas_release,
    },
    Model {
        key: "explosive-cloud",
        title: ("可燃气云爆炸质量", "Explosive cloud: mass between the limits"),
        fields: FIELDS,
        sources: SOURCES,
        validity: VALIDITY,
        run: explosive_cloud,
    },
];

fn source_of(inputs: &Inputs) -> Result<Source, HazardError> {
    let state = match inputs.word("state") {
        Some("gas") => State::Gas,
        Some("liquefied") => State::Liquefied,
        _ => State::Usual,
    };
    let mass = || inputs.number("mass_kg");
    let temperature_k = inputs.maybe("temperature_k");
    Ok(match inputs.word("source") {
        Some("vessel") => Source::Vessel {
            mass_kg: mass()?,
            temperature_k,
            pressure_pa: inputs.maybe("pressure_pa"),
            opening: Opening {
                diameter_m: inputs.number("hole_m")?,
                below_liquid: inputs.word("opening") != Some("above-liquid"),
                pipe_m: inputs.number("pipe_m")?,
                head_m: inputs.number("head_m")?,
            },
        },
        Some("burst") => Source::Burst { mass_kg: mass()?, temperature_k, state },
        Some("pool") => {
            Source::Pool { mass_kg: mass()?, area_m2: inputs.maybe("area_m2"), temperature_k }
        }
        Some("stock") => Source::Stock { mass_kg: mass()?, state },
        _ => Source::Rate {
            rate_kg_s: inputs.number("rate_kg_s")?,
            duration_s: inputs.maybe("duration_s"),
            state,
        },
    })
}

fn footprint(inputs: &Inputs) -> Result<Footprint, HazardError> {
    let wind = match (inputs.maybe("wind_m_s"), inputs.maybe("wind_from_deg")) {
        (Some(speed_m_s), Some(from_deg)) => Wind::Known {
            speed_m_s,
            from_deg,
            sigma_deg: inputs.maybe("wind_sigma_deg"),
            age_s: inputs.number("wind_age_s")?,
            height_m: inputs.number("wind_height_m")?,
        },
        _ => Wind::Unknown,
    };
    let own = inputs.list("levels_ppm");
    let levels = match inputs.word("levels") {
        _ if !own.is_empty() => Levels::Given(own.to_vec()),
        Some("all") => Levels::All,
        _ => Levels::Usual,
    };
    let site = Site {
        terrain: terrain_of(inputs),
        air_k: inputs.number("air_k")?,
        pressure_pa: inputs.number("air_pa")?,
        sky: sky_of(inputs),
        averaging_s: inputs.number("averaging_s")?,
        air_changes_per_h: inputs.number("air_changes_per_h")?,
    };
    let what = Release {
        substance: substance_of(inputs)?,
        source: source_of(inputs)?,
        height_m: inputs.number("height_m")?,
        levels,
    };
    release(&what, &wind, &site)
}

/// The clouds behind an answer of [`RELEASE`], to be asked for places and times that are not in it.
///
/// # Errors
/// As the model itself.
pub fn footprint_of(given: &BTreeMap<String, Value>) -> Result<Footprint, HazardError> {
    footprint(&catalogue::find(RELEASE)?.checked(given)?)
}

fn gas_release(inputs: &Inputs) -> Result<Report, HazardError> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the field holds it between 0 and 61"
    )]
    let frames = inputs.number("frames")? as usize;
    Ok(footprint(inputs)?.report(frames))
}

fn explosive_cloud(inputs: &Inputs) -> Result<Report, HazardError> {
    let footprint = footprint(inputs)?;
    let Some(mass_kg) = footprint.explosive_kg else {
        let why = format!("{} does not burn", footprint.substance.key);
        return Err(HazardError::Together { why });
    };
    let mut report = Report::default();
    report.put("explosive_kg", mass_kg, "kg");
    if let Some(heat) = footprint.substance.combustion_j_kg {
        report.put("explosive_j", mass_kg * heat, "J");
        report.put("tnt_kg", tnt::CLOUD_YIELD * mass_kg * heat / (tnt::TNT_KJ_KG * 1e3), "kg");
    }
    report.areas = footprint.areas;
    report.areas.retain(|a| a.level.key.starts_with("lel"));
    report.warnings = footprint.warnings;
    Ok(report)
}
