//! How gas spreads, model by model.

use super::{STABILITY, TERRAIN, class_of, sky_of, terrain_of};
use crate::{
    Area, Field, HazardError, Inputs, Level, Model, Report, Warning,
    gas::{
        dense::{Dense, DenseCloud, plume_is_dense, puff_is_dense, reduced_gravity},
        erg,
        plume::Plume,
        puff::Puff,
        sigma,
        weather::{Stability, radiation_index, wind_at},
    },
};

const X: Field = Field::number("x_m", "m", 0.1, 100_000.0, "distance with the wind");
const Y: Field = Field::number("y_m", "m", -50_000.0, 50_000.0, "distance across it").or(0.0);
const Z: Field = Field::number("z_m", "m", 0.0, 2000.0, "height").or(0.0);
const HEIGHT: Field = Field::number("height_m", "m", 0.0, 300.0, "height of the release").or(0.0);
const WIND: Field = Field::number("wind_m_s", "m/s", 0.1, 60.0, "wind");
const DENSITY: Field =
    Field::number("density_kg_m3", "kg/m3", 0.05, 100.0, "density of the cloud as it forms");
const AIR_DENSITY: Field =
    Field::number("air_kg_m3", "kg/m3", 0.5, 2.0, "density of the air").or(1.2);
const WARMTH: Field = Field::number(
    "warmth",
    "",
    0.05,
    1.0,
    "temperature of the cloud as it forms over that of the air; 1: no correction for cold gas",
)
.or(1.0);

/// How gas spreads.
pub const SPREAD: &[Model] = &[
    Model {
        key: "gaussian-plume",
        title: ("高斯烟羽", "Gaussian plume"),
        fields: &[
            Field::number("rate_kg_s", "kg/s", 1e-12, 1e6, "rate"),
            Field::number("duration_s", "s", 1.0, 1e9, "duration; none: steady").optional(),
            WIND,
            STABILITY,
            TERRAIN,
            HEIGHT,
            X,
            Y,
            Z,
            Field::number("averaging_s", "s", 1.0, 3600.0, "averaging time").or(600.0),
        ],
        sources: &["Briggs 1973; CCPS 1999, eq. 2.25; TNO CPR 14E; Palazzi and others 1982"],
        validity: "100 m to 10 km, gas as heavy as air",
        run: gaussian_plume,
    },
    Model {
        key: "gaussian-puff",
        title: ("高斯烟团", "Gaussian puff"),
        fields: &[
            Field::number("mass_kg", "kg", 1e-12, 1e9, "mass"),
            WIND,
            STABILITY,
            HEIGHT,
            X,
            Y,
            Z,
            Field::number("at_s", "s", 0.01, 1e6, "time; none: as its middle passes").optional(),
        ],
        sources: &["CCPS 1999, eq. 2.27, table 2.3"],
        validity: "100 m to 10 km, gas as heavy as air",
        run: gaussian_puff,
    },
    Model {
        key: "dense-plume",
        title: ("重气连续泄漏（B-M）", "Dense plume (Britter and McQuaid)"),
        fields: &[
            Field::number("rate_kg_s", "kg/s", 1e-9, 1e6, "rate"),
            Field::number("duration_s", "s", 1.0, 1e9, "duration; none: steady").optional(),
            DENSITY,
            AIR_DENSITY,
            WARMTH,
            WIND,
            X,
            Y,
        ],
        sources: &["Britter and McQuaid 1988; CCPS 1999, tables 2.12, eq. 2.43 to 2.46"],
        validity: "flat open ground, releases without momentum; α of −1 to 1",
        run: dense_plume,
    },
    Model {
        key: "dense-puff",
        title: ("重气瞬时泄漏（B-M）", "Dense puff (Britter and McQuaid)"),
        fields: &[
            Field::number("mass_kg", "kg", 1e-9, 1e9, "mass"),
            DENSITY,
            AIR_DENSITY,
            WARMTH,
            WIND,
            X,
            Y,
        ],
        sources: &["Britter and McQuaid 1988; CCPS 1999, table 2.13"],
        validity: "flat open ground; α of −1 to 1",
        run: dense_puff,
    },
    Model {
        key: "stability",
        title: ("大气稳定度", "Stability class"),
        fields: &[
            WIND,
            Field::number("sun_deg", "deg", -90.0, 90.0, "height of the sun").optional(),
            Field::number("cloud_tenths", "tenths", 0.0, 10.0, "cloud cover").optional(),
            Field::number("at_unix_s", "s", 0.0, 1e11, "moment, to reckon the sun").optional(),
            Field::number("latitude_deg", "deg", -90.0, 90.0, "place, likewise").optional(),
            Field::number("longitude_deg", "deg", -180.0, 180.0, "place, likewise").optional(),
            TERRAIN,
            Field::number("height_m", "m", 2.0, 300.0, "height that the wind is wanted at")
                .or(10.0),
        ],
        sources: &["Turner 1964; Spencer 1971; CCPS 1999, table 2.1"],
        validity: "wind at 10 m",
        run: stability,
    },
    Model {
        key: "erg-distance",
        title: ("初始隔离与防护距离（ERG）", "Isolation and protective distance (ERG)"),
        fields: &[
            super::SUBSTANCE,
            Field::number("mass_kg", "kg", 1e-6, 1e9, "mass of the container").or(50_000.0),
            Field::word("time", &["day", "night"], "time of day").optional(),
            Field::number("wind_m_s", "m/s", 0.0, 60.0, "wind").or(0.0),
        ],
        sources: &["Emergency Response Guidebook 2024, table 3, second hand"],
        validity: "first half hour, the six substances of table 3",
        run: erg_distance,
    },
];

fn plume_of(inputs: &Inputs) -> Result<Plume, HazardError> {
    Ok(Plume {
        rate_kg_s: inputs.number("rate_kg_s")?,
        duration_s: inputs.maybe("duration_s").unwrap_or(f64::INFINITY),
        wind_m_s: inputs.number("wind_m_s")?,
        height_m: inputs.number("height_m")?,
        stability: class_of(inputs),
        terrain: terrain_of(inputs),
        widening: sigma::averaging(inputs.number("averaging_s")?),
    })
}

fn place(inputs: &Inputs) -> Result<(f64, f64, f64), HazardError> {
    Ok((inputs.number("x_m")?, inputs.number("y_m")?, inputs.maybe("z_m").unwrap_or(0.0)))
}

/// The σ were measured from 100 m to 10 km.
fn far_or_near(report: &mut Report, x_m: f64) {
    if !(100.0..=10_000.0).contains(&x_m) {
        report.warnings.push(Warning::new(
            "outside-validity",
            "距离超出 100 m～10 km 的适用范围，结果为外推值",
            "the distance is outside 100 m to 10 km, where the model was measured",
        ));
    }
}

fn gaussian_plume(inputs: &Inputs) -> Result<Report, HazardError> {
    let plume = plume_of(inputs)?;
    let (x, y, z) = place(inputs)?;
    let (sy, sz) = plume.sigmas(x);
    let mut report = Report::default();
    report.put("concentration_kg_m3", plume.peak(x, y, z), "kg/m3");
    report.put("sigma_y_m", sy, "m");
    report.put("sigma_z_m", sz, "m");
    far_or_near(&mut report, x);
    Ok(report)
}

fn gaussian_puff(inputs: &Inputs) -> Result<Report, HazardError> {
    let puff = Puff {
        mass_kg: inputs.number("mass_kg")?,
        wind_m_s: inputs.number("wind_m_s")?,
        height_m: inputs.number("height_m")?,
        stability: class_of(inputs),
    };
    let (x, y, z) = place(inputs)?;
    let found = match inputs.maybe("at_s") {
        Some(at_s) => puff.at(x, y, z, at_s),
        None => puff.peak(x, y, z),
    };
    let mut report = Report::default();
    report.put("concentration_kg_m3", found, "kg/m3");
    let (sy, sz) =
        sigma::puff(puff.stability, inputs.maybe("at_s").map_or(x, |t| puff.wind_m_s * t));
    report.put("sigma_y_m", sy, "m");
    report.put("sigma_z_m", sz, "m");
    far_or_near(&mut report, x);
    Ok(report)
}

fn dense_of(inputs: &Inputs, flow_m3_s: f64, volume_m3: f64) -> Result<Dense, HazardError> {
    let density = inputs.number("density_kg_m3")?;
    let air = inputs.number("air_kg_m3")?;
    if density <= air {
        let why = "a cloud no heavier than air is not dense: gaussian-plume or gaussian-puff";
        return Err(HazardError::Together { why: why.to_owned() });
    }
    Ok(Dense {
        flow_m3_s,
        duration_s: inputs.maybe("duration_s").unwrap_or(f64::INFINITY),
        volume_m3,
        start_kg_m3: density,
        reduced_gravity: reduced_gravity(density, air),
        warmth: inputs.number("warmth")?,
        wind_m_s: inputs.number("wind_m_s")?,
    })
}

fn dense_report(of: Dense, dense: bool, inputs: &Inputs) -> Result<Report, HazardError> {
    let cloud = DenseCloud::new(of);
    let (x, y, _) = place(inputs)?;
    let mut report = Report::default();
    report.put("concentration_kg_m3", cloud.peak(x, y), "kg/m3");
    report.put("fraction", cloud.fraction(x), "");
    report.put("half_width_m", cloud.half_width(x, f64::MAX.sqrt()), "m");
    report.put("depth_m", cloud.depth_m(x), "m");
    report.put("upwind_m", cloud.upwind_m(), "m");
    report.put("arrival_s", cloud.passage_s(x).0, "s");
    report.say("regime", if dense { "dense" } else { "passive" });
    if cloud.stretched() {
        report.warnings.push(crate::gas::footprint::DENSE_STRETCHED);
    }
    Ok(report)
}

fn dense_plume(inputs: &Inputs) -> Result<Report, HazardError> {
    let flow = inputs.number("rate_kg_s")? / inputs.number("density_kg_m3")?;
    let volume = inputs.maybe("duration_s").map_or(0.0, |d| flow * d);
    let of = dense_of(inputs, flow, volume)?;
    dense_report(of, plume_is_dense(of.reduced_gravity, flow, of.wind_m_s), inputs)
}

fn dense_puff(inputs: &Inputs) -> Result<Report, HazardError> {
    let volume = inputs.number("mass_kg")? / inputs.number("density_kg_m3")?;
    let of = dense_of(inputs, 0.0, volume)?;
    dense_report(of, puff_is_dense(of.reduced_gravity, volume, of.wind_m_s), inputs)
}

fn stability(inputs: &Inputs) -> Result<Report, HazardError> {
    use crate::gas::weather::Sky;
    let wind = inputs.number("wind_m_s")?;
    let sky = sky_of(inputs);
    let class = Stability::of(wind, sky);
    let mut report = Report::default();
    report.say("stability", class.letter());
    if let Sky::Seen { sun_deg, cloud_tenths } = sky {
        report.put("sun_deg", sun_deg, "deg");
        report.put("radiation_index", f64::from(radiation_index(sun_deg, cloud_tenths)), "");
    }
    let height = inputs.number("height_m")?;
    report.put("wind_at_height_m_s", wind_at(wind, 10.0, height, class, terrain_of(inputs)), "m/s");
    report.put("half_angle_deg", class.half_angle_deg(), "deg");
    Ok(report)
}

fn erg_distance(inputs: &Inputs) -> Result<Report, HazardError> {
    let substance = super::substance_of(inputs)?;
    let row = substance.un.and_then(|un| erg::by_mass(un, inputs.maybe("mass_kg")?));
    let Some(row) = row else {
        let why = format!("table 3 of the guidebook has no row for {}", substance.key);
        return Err(HazardError::Together { why });
    };
    let night = inputs.word("time") != Some("day");
    let (distance_m, more) = row.protective_m(night, inputs.number("wind_m_s")?);
    let level = |key: &str, severity| Level {
        key: key.to_owned(),
        severity,
        threshold: 0.0,
        unit: String::new(),
    };
    let mut report = Report::default();
    report.say("container", row.container);
    report.put("isolation_m", row.isolation_m, "m");
    report.put("protective_m", distance_m, "m");
    report.say("at_least", if more { "yes" } else { "no" });
    report.areas.push(Area::circle(level("isolation", 3), row.isolation_m));
    report.areas.push(Area::circle(level("erg-protective", 2), distance_m));
    report.warnings.push(crate::gas::footprint::ERG_SECOND_HAND);
    Ok(report)
}
