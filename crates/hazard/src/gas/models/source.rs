//! How gas leaves, model by model.

use super::{AIR_K, AIR_PA, HOLE, SUBSTANCE, air_of, round_m2, substance_of};
use crate::{
    Field, HazardError, Inputs, Model, Output, Report, Value,
    gas::{
        GRAVITY,
        source::{
            blowdown::Vessel,
            hole::{GasHole, flashing_kg_s_m2, latent_j_kg, liquid_kg_s},
            pool,
        },
    },
    substance::Substance,
};

const INSIDE_PA: Field =
    Field::number("pressure_pa", "Pa", 1000.0, 2e8, "absolute pressure inside");
const HEAD: Field = Field::number("head_m", "m", 0.0, 100.0, "liquid above the hole").or(0.0);
const INSIDE_K: Field = Field::number("temperature_k", "K", 10.0, 2000.0, "temperature inside");

const fn coefficient(usual: f64) -> Field {
    Field::number("coefficient", "", 0.01, 1.0, "discharge coefficient").or(usual)
}

/// How gas leaves.
pub const SOURCE: &[Model] = &[
    Model {
        key: "gas-hole",
        title: ("气体经孔泄漏", "Gas through a hole"),
        fields: &[SUBSTANCE, HOLE, INSIDE_PA, INSIDE_K, coefficient(0.85), AIR_PA],
        sources: &["CCPS 1999, eq. 2.16 and 2.20"],
        validity: "ideal gas, a hole small against the vessel",
        run: gas_hole,
    },
    Model {
        key: "liquid-hole",
        title: ("液体经孔泄漏", "Liquid through a hole"),
        fields: &[SUBSTANCE, HOLE, INSIDE_PA.optional(), INSIDE_K, HEAD, coefficient(0.62), AIR_PA],
        sources: &["CCPS 1999, eq. 2.11"],
        validity: "liquid that does not boil on its way (less than 0.1 m of pipe)",
        run: liquid_hole,
    },
    Model {
        key: "two-phase-hole",
        title: ("闪蒸两相泄漏", "Flashing liquid through a pipe"),
        fields: &[SUBSTANCE, HOLE, INSIDE_PA.optional(), INSIDE_K, HEAD, coefficient(1.0), AIR_PA],
        sources: &["Leung 1986, Leung and Grolmes 1988, omega method; Watson 1943"],
        validity: "liquid at its boiling point or colder, 0.1 m of pipe or more, no friction",
        run: two_phase_hole,
    },
    Model {
        key: "pool-evaporation",
        title: ("液池蒸发", "Evaporation from a pool"),
        fields: &[
            SUBSTANCE,
            Field::number("mass_kg", "kg", 1e-6, 1e9, "mass spilt"),
            Field::number("area_m2", "m2", 0.01, 1e7, "area; none: it spreads to 1 cm").optional(),
            INSIDE_K.optional(),
            Field::number("wind_m_s", "m/s", 0.1, 60.0, "wind at 10 m").or(1.5),
            Field::number("boiling_s", "s", 1.0, 3600.0, "time that boil-off is the mean of")
                .or(300.0),
            AIR_K,
            AIR_PA,
        ],
        sources: &["Mackay and Matsugu 1973; Kawamura and Mackay 1987; CCPS 1999, section 2.1.7"],
        validity: "still pool on concrete; temperature of the pool as given",
        run: pool_evaporation,
    },
    Model {
        key: "blowdown",
        title: ("容器泄压过程", "Vessel of gas emptying"),
        fields: &[
            SUBSTANCE,
            Field::number("volume_m3", "m3", 0.001, 1e7, "volume"),
            HOLE,
            INSIDE_PA,
            INSIDE_K,
            coefficient(0.85),
            AIR_PA,
        ],
        sources: &["CCPS 1999, section 2.1; adiabatic expansion of what stays"],
        validity: "ideal gas, no heat from the wall",
        run: blowdown,
    },
];

fn gas_hole(inputs: &Inputs) -> Result<Report, HazardError> {
    let substance = substance_of(inputs)?;
    let (pressure_pa, temperature_k) =
        (inputs.number("pressure_pa")?, inputs.number("temperature_k")?);
    let flow = GasHole {
        coefficient: inputs.number("coefficient")?,
        area_m2: round_m2(inputs.number("hole_m")?),
        pressure_pa,
        temperature_k,
        density_kg_m3: substance.gas_density_kg_m3(pressure_pa, temperature_k),
        gamma: substance.gamma,
        outside_pa: inputs.number("air_pa")?,
    }
    .flow();
    let mut report = Report::default();
    report.put("rate_kg_s", flow.rate_kg_s, "kg/s");
    report.say("regime", if flow.choked { "choked" } else { "subsonic" });
    report.put("throat_pa", flow.throat_pa, "Pa");
    report.put("throat_k", flow.throat_k, "K");
    report.put("velocity_m_s", flow.velocity_m_s, "m/s");
    Ok(report)
}

fn no_liquid(substance: &str) -> HazardError {
    HazardError::Together { why: format!("{substance} is no liquid at this temperature") }
}

/// Says so where the vapour pressure is extrapolated.
fn fitted(report: &mut Report, substance: &Substance, temperature_k: f64) {
    if !substance.vapour_fitted(temperature_k) {
        report.warnings.push(crate::gas::footprint::VAPOUR_STRETCHED);
    }
}

fn liquid_hole(inputs: &Inputs) -> Result<Report, HazardError> {
    let substance = substance_of(inputs)?;
    let temperature_k = inputs.number("temperature_k")?;
    let vapour = substance.vapour_pa(temperature_k).ok_or_else(|| no_liquid(substance.key))?;
    let density = substance.liquid_density_kg_m3(temperature_k);
    let density = density.ok_or_else(|| no_liquid(substance.key))?;
    let outside = inputs.number("air_pa")?;
    let inside = inputs.maybe("pressure_pa").unwrap_or(vapour.max(outside));
    let rate = liquid_kg_s(
        inputs.number("coefficient")?,
        round_m2(inputs.number("hole_m")?),
        density,
        inside - outside,
        inputs.number("head_m")?,
    );
    let mut report = Report::default();
    report.put("rate_kg_s", rate, "kg/s");
    report.put("density_kg_m3", density, "kg/m3");
    report.put("vapour_pa", vapour, "Pa");
    report.put("flash_fraction", substance.flash_fraction(temperature_k), "");
    fitted(&mut report, substance, temperature_k);
    Ok(report)
}

fn two_phase_hole(inputs: &Inputs) -> Result<Report, HazardError> {
    let substance = substance_of(inputs)?;
    let temperature_k = inputs.number("temperature_k")?;
    let head_pa = inputs.number("head_m")?
        * GRAVITY
        * substance.liquid_density_kg_m3(temperature_k).unwrap_or(0.0);
    let inside = inputs.maybe("pressure_pa").or(substance.vapour_pa(temperature_k));
    let inside = inside.ok_or_else(|| no_liquid(substance.key))? + head_pa;
    let flux = flashing_kg_s_m2(substance, temperature_k, inside, inputs.number("air_pa")?);
    let flux = flux.ok_or_else(|| no_liquid(substance.key))? * inputs.number("coefficient")?;
    let mut report = Report::default();
    report.put("rate_kg_s", flux * round_m2(inputs.number("hole_m")?), "kg/s");
    report.put("flux_kg_s_m2", flux, "kg/(s m2)");
    report.put("flash_fraction", substance.flash_fraction(temperature_k), "");
    report.put("latent_j_kg", latent_j_kg(substance, temperature_k).unwrap_or(0.0), "J/kg");
    fitted(&mut report, substance, temperature_k);
    Ok(report)
}

fn pool_evaporation(inputs: &Inputs) -> Result<Report, HazardError> {
    let substance = substance_of(inputs)?;
    let air = air_of(inputs)?;
    if substance.liquid.is_none() {
        return Err(no_liquid(substance.key));
    }
    let temperature_k =
        inputs.maybe("temperature_k").unwrap_or(air.temperature_k).min(substance.boiling_k);
    let mass_kg = inputs.number("mass_kg")?;
    let area = inputs
        .maybe("area_m2")
        .unwrap_or_else(|| pool::free_area_m2(substance, mass_kg, temperature_k));
    let diameter = (4.0 * area / std::f64::consts::PI).sqrt();
    let wind_m_s = inputs.number("wind_m_s")?;
    let by_wind =
        pool::mackay_matsugu_kg_s_m2(substance, temperature_k, air.pressure_pa, wind_m_s, diameter);
    let by_heat = pool::boiling_kg_s_m2(substance, air.temperature_k, inputs.number("boiling_s")?);
    let mut report = Report::default();
    report.put("rate_kg_s", (by_wind + by_heat) * area, "kg/s");
    report.put("by_wind_kg_s", by_wind * area, "kg/s");
    report.put("by_heat_kg_s", by_heat * area, "kg/s");
    report.put("area_m2", area, "m2");
    fitted(&mut report, substance, temperature_k);
    Ok(report)
}

fn blowdown(inputs: &Inputs) -> Result<Report, HazardError> {
    let substance = substance_of(inputs)?;
    let vessel = Vessel {
        volume_m3: inputs.number("volume_m3")?,
        pressure_pa: inputs.number("pressure_pa")?,
        temperature_k: inputs.number("temperature_k")?,
        area_m2: round_m2(inputs.number("hole_m")?),
        coefficient: inputs.number("coefficient")?,
        outside_pa: inputs.number("air_pa")?,
    };
    let course = vessel.empties(substance);
    let mut report = Report::default();
    let released = vessel.mass_kg(substance) - course.last().map_or(0.0, |m| m.left_kg);
    report.put("mass_kg", vessel.mass_kg(substance), "kg");
    report.put("released_kg", released, "kg");
    report.put("first_rate_kg_s", course.first().map_or(0.0, |m| m.rate_kg_s), "kg/s");
    report.put("duration_s", course.last().map_or(0.0, |m| m.at_s), "s");
    let list = |name: &str, unit: &'static str, values: Vec<f64>| Output {
        name: name.to_owned(),
        value: Value::List(values),
        unit: unit.into(),
    };
    report.outputs.push(list("at_s", "s", course.iter().map(|m| m.at_s).collect()));
    report.outputs.push(list("rates_kg_s", "kg/s", course.iter().map(|m| m.rate_kg_s).collect()));
    report.outputs.push(list("pressures_pa", "Pa", course.iter().map(|m| m.pressure_pa).collect()));
    Ok(report)
}
