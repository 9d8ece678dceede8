//! Explosions as rows of the catalogue.

use super::{
    domino::{self, Build, Primary, Vessel},
    kingery::Charge,
    levels, tnt,
};
use crate::{
    Area, Field, HazardError, Inputs, Level, Model, Output, Report, Value, Warning,
    bounds::{count, together},
    probit,
};

const DISTANCE: Field =
    Field::number("distance_m", "m", 0.0, 1e6, "a place, from the middle").optional();
const SWISDAK: &str = "Kingery-Bulmash, hemisphere on the ground, as simplified by Swisdak 1994";

/// Explosions.
pub const MODELS: &[Model] = &[
    Model {
        key: "blast-tnt",
        title: ("爆炸冲击波（TNT 当量）", "Blast of an explosive"),
        fields: &[
            Field::number("mass_kg", "kg", 0.001, 1e8, "explosive"),
            Field::number("equivalence", "", 0.01, 2.0, "TNT of the same blast, per mass").or(1.0),
            DISTANCE,
        ],
        sources: &[SWISDAK, "Clancey 1972", "CCPS 2000", "40 CFR 68"],
        validity: "charges on open ground, 0.2 to 198.5 m/kg^(1/3); walls and streets guide a wave",
        run: explosive,
    },
    Model {
        key: "blast-vapour-cloud",
        title: ("蒸气云爆炸", "Vapour cloud explosion"),
        fields: &[
            Field::number("flammable_kg", "kg", 0.1, 1e8, "gas within its explosive limits"),
            Field::number("heat_kj_kg", "kJ/kg", 1e3, 1.5e5, "heat of combustion").or(46_300.0),
            Field::number("yield", "", 0.001, 1.0, "share of the energy in the wave")
                .or(tnt::CLOUD_YIELD),
            DISTANCE,
        ],
        sources: &[SWISDAK, "40 CFR 68 appendix C", "CCPS 2000"],
        validity: "far from the cloud; within it TNT tells too much pressure and too short a wave",
        run: cloud,
    },
    Model {
        key: "blast-domino",
        title: ("多米诺效应", "Vessels that may break next"),
        fields: &[
            Field::number("radiated_kw", "kW", 0.0, 1e12, "power that a fire radiates").optional(),
            Field::number("tnt_kg", "kg", 1e-3, 1e9, "a blast, as TNT").optional(),
            Field::table(
                "vessels",
                &["distance_m", "build"],
                "other vessels; build: 0 without pressure, 1 under pressure, 2 slender",
            ),
        ],
        sources: &["Cozzani, Gubinelli and Salzano 2006"],
        validity: "fires of ten minutes and more without cooling water; a point source beyond the flame",
        run: next,
    },
];

fn explosive(inputs: &Inputs) -> Result<Report, HazardError> {
    wave(inputs, tnt::of_explosive_kg(inputs.number("mass_kg")?, inputs.number("equivalence")?)?)
}

fn cloud(inputs: &Inputs) -> Result<Report, HazardError> {
    let (mass, heat) = (inputs.number("flammable_kg")?, inputs.number("heat_kj_kg")?);
    let mut report = wave(inputs, tnt::of_cloud_kg(mass, heat, inputs.number("yield")?)?)?;
    report.put("rmp_one_psi_m", tnt::rmp_one_psi_m(mass, heat)?, "m");
    Ok(report)
}

fn wave(inputs: &Inputs, tnt_kg: f64) -> Result<Report, HazardError> {
    let charge = Charge::new(tnt_kg)?;
    let mut report = Report::default();
    report.put("tnt_kg", tnt_kg, "kg");
    if let Some(distance_m) = inputs.maybe("distance_m") {
        let kpa = charge.overpressure_kpa(distance_m);
        report.put("overpressure_kpa", kpa, "kPa");
        report.put("impulse_pa_s", charge.impulse_pa_s(distance_m), "Pa s");
        if let Some(arrival_s) = charge.arrival_s(distance_m) {
            report.put("arrival_s", arrival_s, "s");
        }
        for probit in [probit::LUNG, probit::EARDRUM, probit::STRUCTURE, probit::GLASS] {
            report.put(probit.key, probit.harm(kpa * 1e3, 0.0)?.probability, "");
        }
        if !charge.fitted(distance_m) {
            report.warnings.push(Warning::new(
                "outside-validity",
                "比例距离超出超压 0.2～198.5、冲量 0.2～158.7 m/kg^(1/3)，结果为外推值",
                "the scaled distance is outside 0.2 to 198.5 m/kg^(1/3) for the pressure or 158.7 for the impulse, where the fits hold",
            ));
        }
    }
    levels::circles(&mut report, |kpa| charge.reach_m(kpa));
    Ok(report)
}

fn next(inputs: &Inputs) -> Result<Report, HazardError> {
    let primary = match (inputs.maybe("radiated_kw"), inputs.maybe("tnt_kg")) {
        (Some(radiated_kw), None) => Primary::Fire { radiated_kw },
        (None, Some(tnt_kg)) => Primary::Blast { tnt_kg },
        _ => return Err(together("either radiated_kw or tnt_kg is needed")),
    };
    let vessels: Vec<Vessel> =
        inputs.table("vessels").iter().map(vessel).collect::<Result<_, _>>()?;
    let reached = domino::reached(primary, &vessels)?;
    let mut report = Report::default();
    report.put("vessels_reached", count(reached.len()), "");
    let rows = reached.iter().map(|r| vec![count(r.vessel), r.load, r.ratio]).collect();
    let name = "vessel_load_ratio".to_owned();
    report.outputs.push(Output { name, value: Value::Table(rows), unit: "".into() });
    for bears in domino::BEARS {
        let (limit, unit, reach) = match primary {
            Primary::Fire { radiated_kw } => {
                let limit = bears.flux_kw_m2;
                (limit, "kW/m2", Some(crate::fire::point_source_reach_m(radiated_kw, limit)))
            }
            Primary::Blast { tnt_kg } => {
                let limit = bears.overpressure_kpa;
                (limit, "kPa", Charge::new(tnt_kg)?.reach_m(limit))
            }
        };
        let key = format!("domino-{:?}", bears.build).to_lowercase();
        let level = Level { key, severity: 3, threshold: limit, unit: unit.to_owned() };
        if let Some(reach) = reach.filter(|r| *r > 0.0) {
            report.areas.push(Area::circle(level, reach));
        }
    }
    if report.areas.is_empty() {
        report.warnings.push(Warning::NOWHERE);
    }
    // Worst first: the smallest circle needs the strongest load.
    report.areas.sort_by(|a, b| a.reach_m.total_cmp(&b.reach_m));
    Ok(report)
}

fn vessel(row: &Vec<f64>) -> Result<Vessel, HazardError> {
    let &[distance_m, build] = row.as_slice() else {
        return Err(together("a vessel has a distance and a build"));
    };
    let build = match build {
        b if (b - 0.0).abs() < 0.5 => Build::Atmospheric,
        b if (b - 1.0).abs() < 0.5 => Build::Pressurised,
        b if (b - 2.0).abs() < 0.5 => Build::Slender,
        _ => return Err(together("the build of a vessel is 0, 1 or 2")),
    };
    Ok(Vessel { distance_m, build })
}
