//! Rooms, houses and breathing, model by model.

use super::{AIR_K, AIR_PA, SUBSTANCE, air_of, substance_of};
use crate::{
    Field, HazardError, Inputs, Model, Output, Report, Value, Warning,
    gas::{
        indoor::{self, Layer, Room},
        toxic,
    },
};

/// Rooms, houses and breathing.
pub const PEOPLE: &[Model] = &[
    Model {
        key: "indoor-gas",
        title: ("室内燃气积聚", "Gas collecting in a room"),
        fields: &[
            SUBSTANCE,
            Field::number("volume_m3", "m3", 0.1, 1e7, "volume of the room"),
            Field::number("leak_m3_s", "m3/s", 1e-9, 1e3, "leak; or leak_kg_s").optional(),
            Field::number("leak_kg_s", "kg/s", 1e-9, 1e3, "leak; or leak_m3_s").optional(),
            Field::number("air_changes_per_h", "1/h", 0.0, 1000.0, "air changes").or(0.5),
            Field::number(
                "share",
                "",
                0.01,
                1.0,
                "part that gas collects in; none: by its density",
            )
            .optional(),
            Field::number("leak_height", "", 0.0, 1.0, "height of the leak over that of the room")
                .or(0.3),
            Field::number("mixing_per_h", "1/h", 0.0, 1e4, "exchange between layer and rest")
                .or(0.2),
            Field::number("at_s", "s", 0.0, 172_800.0, "time that fractions are wanted for")
                .or(3600.0),
            AIR_K,
            AIR_PA,
        ],
        sources: &["balance of a well mixed room, and of two layers that are"],
        validity: "steady leak, one room; a layer is sharper near the leak than told",
        run: indoor_gas,
    },
    Model {
        key: "infiltration",
        title: ("毒气渗入室内", "Gas seeping into a house"),
        fields: &[
            Field::number("air_changes_per_h", "1/h", 0.0, 100.0, "air changes, windows shut")
                .or(0.5),
            Field::list("outside_ppm", "ppm", 0.0, 1e6, "concentrations outside at even steps"),
            Field::number("step_s", "s", 1.0, 3600.0, "step").or(60.0),
        ],
        sources: &["balance of a well mixed house"],
        validity: "no filters, no gas taken up by walls (safe side)",
        run: infiltration,
    },
    Model {
        key: "toxic-probit",
        title: ("中毒死亡概率", "Probability of death by breathing"),
        fields: &[
            SUBSTANCE,
            Field::number("ppm", "ppm", 0.0, 1e6, "steady concentration; or a course").optional(),
            Field::list("course_ppm", "ppm", 0.0, 1e6, "concentrations at even steps").optional(),
            Field::number("minutes", "min", 0.01, 10_080.0, "exposure, or step of the course"),
        ],
        sources: &["CCPS 1999, table 2.29; Finney 1971"],
        validity: "healthy adults at rest, minutes to hours; ranges in ammonia and chlorine differ between sources by a factor of ten",
        run: toxic_probit,
    },
];

fn indoor_gas(inputs: &Inputs) -> Result<Report, HazardError> {
    let substance = substance_of(inputs)?;
    let air = air_of(inputs)?;
    let density = substance.gas_density_kg_m3(air.pressure_pa, air.temperature_k);
    let leak_m3_s = match (inputs.maybe("leak_m3_s"), inputs.maybe("leak_kg_s")) {
        (Some(volume), None) => volume,
        (None, Some(mass)) => mass / density,
        _ => {
            let why = "one of leak_m3_s and leak_kg_s must be given".to_owned();
            return Err(HazardError::Together { why });
        }
    };
    let room = Room {
        volume_m3: inputs.number("volume_m3")?,
        leak_m3_s,
        air_changes_per_h: inputs.number("air_changes_per_h")?,
    }
    .checked()?;
    let relative = substance.molar_kg_mol / 0.028_964;
    let usual = indoor::usual_share(relative, inputs.number("leak_height")?);
    let layer = Layer {
        share: inputs.maybe("share").unwrap_or(usual),
        mixing_per_h: inputs.number("mixing_per_h")?,
    };
    let at_s = inputs.number("at_s")?;
    let (dense, rest) = room.layered(layer, at_s);
    let mut report = Report::default();
    report.put("leak_m3_s", leak_m3_s, "m3/s");
    report.put("steady_fraction", room.steady_fraction(), "");
    report.put("mixed_fraction", room.fraction(at_s), "");
    report.put("layer_share", layer.share, "");
    report.put("layer_fraction", dense, "");
    report.put("rest_fraction", rest, "");
    let Some(lel) = substance.lel else { return Ok(report) };
    let mut never = true;
    for (name, part) in [("lel_25", 0.25), ("lel_50", 0.5), ("lel", 1.0)] {
        if let Some(time) = room.time_to_s(lel * part) {
            report.put(&format!("{name}_mixed_s"), time, "s");
        }
        if let Some(time) = room.layer_time_to_s(layer, lel * part) {
            never = false;
            report.put(&format!("{name}_layer_s"), time, "s");
        }
    }
    if never {
        report.warnings.push(Warning::new(
            "level-not-reached",
            "按所给通风条件，两天内达不到爆炸下限的 25%；泄漏点附近仍可能达到。",
            "A quarter of the lower explosive limit is not reached within two days; close to the leak it may be.",
        ));
    }
    Ok(report)
}

fn infiltration(inputs: &Inputs) -> Result<Report, HazardError> {
    let outside = inputs.list("outside_ppm");
    let step_s = inputs.number("step_s")?;
    let course = indoor::inside(outside, step_s, inputs.number("air_changes_per_h")?);
    let most = |list: &[f64]| list.iter().fold(0.0, |m: f64, c| m.max(*c));
    let dose = |list: &[f64]| list.iter().sum::<f64>() * step_s / 60.0;
    let mut report = Report::default();
    report.put("outside_most_ppm", most(outside), "ppm");
    report.put("inside_most_ppm", most(&course), "ppm");
    report.put("outside_dose_ppm_min", dose(outside), "ppm min");
    report.put("inside_dose_ppm_min", dose(&course), "ppm min");
    // From when it is better outside: air the house, or leave it.
    let better = outside.iter().zip(&course).rposition(|(o, i)| o >= i);
    if let Some(last) = better.filter(|last| last + 1 < outside.len()) {
        #[expect(clippy::cast_precision_loss, reason = "a list has at most 10080 steps")]
        report.put("air_out_s", (last + 1) as f64 * step_s, "s");
    }
    report.outputs.push(Output {
        name: "inside_ppm".to_owned(),
        value: Value::List(course),
        unit: "ppm".into(),
    });
    Ok(report)
}

fn toxic_probit(inputs: &Inputs) -> Result<Report, HazardError> {
    let substance = substance_of(inputs)?;
    let Some(probit) = substance.limits.probit else {
        let why = format!("no probit is known for {}", substance.key);
        return Err(HazardError::Together { why });
    };
    let minutes = inputs.number("minutes")?;
    let course = inputs.list("course_ppm");
    let value = match inputs.maybe("ppm") {
        Some(ppm) => probit.steady(ppm, minutes),
        None if course.len() > 1 => probit.of_load(probit.load(course, minutes)),
        None => return Err(HazardError::Missing { field: "ppm".to_owned() }),
    };
    let mut report = Report::default();
    // No dose has no probit.
    if value.is_finite() {
        report.put("probit", value, "");
    }
    report.put("probability", toxic::probability(value), "");
    report.put("half_die_ppm", probit.lethal_ppm(0.5, minutes)?, "ppm");
    if !substance.limits.sure {
        report.warnings.push(crate::gas::footprint::UNSURE_DATA);
    }
    Ok(report)
}
