//! Fires as rows of the catalogue.

use super::{Fireball, JetFire, PoolFire, PoolFuel, fireball, fuel, levels};
use crate::{
    Area, Field, HazardError, Inputs, Model, Report, Warning, area, bounds::together, probit,
};

const DISTANCE: Field =
    Field::number("distance_m", "m", 0.0, 50_000.0, "a place, from the source").optional();
const EXPOSURE: Field =
    Field::number("exposure_s", "s", 1.0, 3_600.0, "how long people are exposed").or(60.0);

/// Fires.
pub const MODELS: &[Model] = &[
    Model {
        key: "fire-pool",
        title: ("池火", "Pool fire"),
        fields: &[
            Field::word("fuel", fuel::NAMES, "the liquid; without it, its figures").optional(),
            Field::number("burning_kg_m2_s", "kg/(m2 s)", 1e-4, 1.0, "burning rate of a wide pool")
                .optional(),
            Field::number("heat_kj_kg", "kJ/kg", 1e3, 1.5e5, "heat of combustion").optional(),
            Field::number("k_beta_1_m", "1/m", 0.01, 1e3, "how soon a pool burns as a wide one")
                .or(100.0),
            Field::number("diameter_m", "m", 0.1, 300.0, "diameter of the pool or the bund"),
            Field::number("wind_m_s", "m/s", 0.0, 60.0, "wind").or(0.0),
            Field::number("mass_kg", "kg", 1e-6, 1e12, "how much was spilt").optional(),
            DISTANCE,
            EXPOSURE,
        ],
        sources: &["NUREG-1805, ch. 3 and 5", "Mudan 1987", "TNO Green Book 1992"],
        validity: "round pools of 0.3 to 100 m in the open; circles as far as the flux reaches downwind",
        run: pool,
    },
    Model {
        key: "fire-jet",
        title: ("喷射火", "Jet fire"),
        fields: &[
            Field::number("rate_kg_s", "kg/s", 1e-4, 1e4, "gas that burns"),
            Field::number("heat_kj_kg", "kJ/kg", 1e3, 1.5e5, "heat of combustion").or(50_000.0),
            Field::number("speed_m_s", "m/s", 1.0, 2e3, "speed of the gas at the hole").or(50.0),
            Field::number("towards_deg", "deg", 0.0, 360.0, "where a level jet points").optional(),
            DISTANCE,
            EXPOSURE,
        ],
        sources: &["API Std 521, fig. 7", "Chamberlain 1987", "TNO Green Book 1992"],
        validity: "jets of gas or flashing liquid in the open, beyond half a flame from the axis",
        run: jet,
    },
    Model {
        key: "fire-fireball",
        title: ("沸腾液体扩展蒸气爆炸火球", "Fireball of a BLEVE"),
        fields: &[
            Field::number("mass_kg", "kg", 1.0, 5e6, "liquefied gas in the vessel"),
            Field::number("heat_kj_kg", "kJ/kg", 1e3, 1.5e5, "heat of combustion")
                .or(fireball::PROPANE_KJ_KG),
            Field::number("radiated", "", 0.05, 0.6, "share of the heat that is radiated")
                .or(fireball::RADIATED),
            Field::number("vapour_pa", "Pa", 50.0, 1e4, "partial pressure of water in the air")
                .or(fireball::VAPOUR_PA),
            DISTANCE,
        ],
        sources: &["CCPS Guidelines 2000, section 2.2.4", "TNO Green Book 1992"],
        validity: "all of the vessel's content burns in one ball; fragments fly farther than the heat",
        run: ball,
    },
];

fn pool(inputs: &Inputs) -> Result<Report, HazardError> {
    let fuel = match (inputs.word("fuel"), inputs.maybe("burning_kg_m2_s")) {
        (Some(name), None) => PoolFuel::named(name)?,
        (None, Some(burning_kg_m2_s)) => PoolFuel {
            name: "given",
            burning_kg_m2_s,
            heat_kj_kg: inputs.number("heat_kj_kg")?,
            k_beta_1_m: inputs.number("k_beta_1_m")?,
        },
        _ => return Err(together("either fuel or burning_kg_m2_s with heat_kj_kg is needed")),
    };
    let fire = PoolFire::new(fuel, inputs.number("diameter_m")?, inputs.number("wind_m_s")?)?;
    let mut report = Report::default();
    report.put("burning_kg_s", fire.burning_kg_s(), "kg/s");
    report.put("heat_kw", fire.heat_kw(), "kW");
    report.put("flame_m", fire.flame_m(), "m");
    report.put("tilt_deg", fire.tilt_rad().to_degrees(), "deg");
    report.put("surface_kw_m2", fire.surface_kw_m2(), "kW/m2");
    if let Some(mass_kg) = inputs.maybe("mass_kg") {
        report.put("lasts_s", fire.lasts_s(mass_kg)?, "s");
    }
    if let Some(distance_m) = inputs.maybe("distance_m") {
        report.put("point_source_kw_m2", fire.point_kw_m2(distance_m), "kW/m2");
        report.put("solid_flame_kw_m2", fire.solid_kw_m2(distance_m), "kW/m2");
        let flux = fire.flux_kw_m2(distance_m);
        exposed(&mut report, flux, inputs.number("exposure_s")?)?;
    }
    levels::circles(&mut report, |flux| fire.reach_m(flux));
    if fire.stretched() {
        report.warnings.push(Warning::new(
            "outside-validity",
            "池径超出 0.3～100 m 的适用范围，结果仅供参考",
            "the pool is outside 0.3 to 100 m, where the correlations were measured",
        ));
    }
    Ok(report)
}

fn jet(inputs: &Inputs) -> Result<Report, HazardError> {
    let fire = JetFire::new(
        inputs.number("rate_kg_s")?,
        inputs.number("heat_kj_kg")?,
        inputs.number("speed_m_s")?,
    )?;
    let mut report = Report::default();
    report.put("heat_kw", fire.heat_kw(), "kW");
    report.put("length_m", fire.length_m(), "m");
    report.put("radiated", fire.radiated(), "");
    if let Some(distance_m) = inputs.maybe("distance_m") {
        exposed(&mut report, fire.flux_kw_m2(distance_m), inputs.number("exposure_s")?)?;
    }
    let Some(towards_deg) = inputs.maybe("towards_deg") else {
        levels::circles(&mut report, |flux| Some(fire.reach_m(flux)));
        report.warnings.push(Warning::new(
            "direction-unknown",
            "喷射方向未知，按各方向均可能喷射绘制圆形范围",
            "nobody said where the jet points: circles hold it in every direction",
        ));
        return Ok(report);
    };
    let (sin, cos) = towards_deg.to_radians().sin_cos();
    let half = fire.length_m() / 2.0;
    for threshold in levels::THRESHOLDS {
        // The flame itself burns whoever it touches, however small the circle of the flux.
        let around = fire.around_m(threshold.kw_m2).max(half);
        let reach = fire.reach_m(threshold.kw_m2);
        report.put(&format!("reach_{}_m", threshold.key), reach, "m");
        let ring = area::ellipse((half * sin, half * cos), around, around, 0.0);
        report.areas.push(Area::new(threshold.level(), vec![ring]));
    }
    Ok(report)
}

fn ball(inputs: &Inputs) -> Result<Report, HazardError> {
    let ball = Fireball::new(
        inputs.number("mass_kg")?,
        inputs.number("heat_kj_kg")?,
        inputs.number("radiated")?,
        inputs.number("vapour_pa")?,
    )?;
    let mut report = Report::default();
    report.put("diameter_m", ball.diameter_m(), "m");
    report.put("lasts_s", ball.lasts_s(), "s");
    report.put("height_m", ball.height_m(), "m");
    report.put("surface_kw_m2", ball.surface_kw_m2(), "kW/m2");
    if let Some(distance_m) = inputs.maybe("distance_m") {
        exposed(&mut report, ball.flux_kw_m2(distance_m), ball.lasts_s())?;
    }
    levels::circles(&mut report, |flux| ball.reach_m(flux));
    report.warnings.push(Warning::new(
        "fragments",
        "容器碎片飞出距离可超过热辐射范围",
        "fragments of the vessel may fly farther than the heat harms",
    ));
    Ok(report)
}

fn exposed(report: &mut Report, flux_kw_m2: f64, seconds: f64) -> Result<(), HazardError> {
    report.put("flux_kw_m2", flux_kw_m2, "kW/m2");
    for probit in [probit::THERMAL_EISENBERG, probit::THERMAL_TNO] {
        let harm = probit.harm(flux_kw_m2 * 1e3, seconds)?;
        report.put(&format!("death_{}", probit.key), harm.probability, "");
    }
    Ok(())
}
