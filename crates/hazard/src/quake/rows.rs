//! Earthquakes as rows of the catalogue.

use super::{
    instrument, intensity,
    loss::{self, Range, Zone},
    motion::{self, Quantity, Strongest},
    warning::{self, Delays, Warned},
};
use crate::{
    Area, Field, HazardError, Inputs, Level, Model, Output, Report, Value, Warning, area::ellipse,
    bounds::together,
};

const STRIKE: Field =
    Field::number("strike_deg", "deg", 0.0, 360.0, "bearing of the fault").optional();
const EAST: Field =
    Field::number("east_m", "m", -2e6, 2e6, "a place, east of the epicentre").optional();
const NORTH: Field =
    Field::number("north_m", "m", -2e6, 2e6, "a place, north of the epicentre").optional();

/// Earthquakes.
pub const MODELS: &[Model] = &[
    Model {
        key: "quake-intensity",
        title: ("地震烈度影响场", "Intensity ellipses"),
        fields: &[
            Field::number("magnitude", "", 4.0, 9.0, "Ms"),
            Field::word("region", &["ningxia", "west", "east"], "whose curve; ningxia if not said")
                .optional(),
            STRIKE,
            EAST,
            NORTH,
        ],
        sources: &["Wang Suyun et al. 2000"],
        validity: "mean ground, Ms 5 to 8.5; a long rupture shakes along its whole length, not around a point",
        run: ellipses,
    },
    Model {
        key: "quake-motion",
        title: ("地震动峰值", "Peak acceleration and velocity"),
        fields: &[
            Field::number("magnitude", "", 4.5, 8.5, "Ms"),
            Field::word(
                "region",
                &["ningxia", "tibet", "eastern", "xinjiang", "moderate"],
                "whose relation; ningxia, the stronger of tibet and eastern, if not said",
            )
            .optional(),
            STRIKE,
            EAST,
            NORTH,
        ],
        sources: &["Yu Yanxiang et al. 2013 (GB 18306-2015)", "GB/T 17742-2020 annex A"],
        validity: "rock, focus at 15 km, Ms 5 to 8.5; soft ground shakes more",
        run: shaking,
    },
    Model {
        key: "quake-instrument",
        title: ("仪器地震烈度", "Instrumental intensity"),
        fields: &[
            Field::number("pga_m_s2", "m/s2", 1e-9, 1e3, "peak acceleration"),
            Field::number("pgv_m_s", "m/s", 1e-9, 1e3, "peak velocity"),
        ],
        sources: &["GB/T 17742-2020 annex A"],
        validity: "peaks of the combined three components, 0.1 to 10 Hz",
        run: measured,
    },
    Model {
        key: "quake-warning",
        title: ("地震预警时间", "Seconds of warning"),
        fields: &[
            Field::number("depth_km", "km", 0.0, 700.0, "depth of the focus").or(10.0),
            Field::number("station_km", "km", 0.0, 1e3, "nearest station from the epicentre")
                .or(15.0),
            Field::number("p_km_s", "km/s", 1.0, 9.0, "speed of the P wave")
                .or(warning::USUAL.p_km_s),
            Field::number("s_km_s", "km/s", 0.5, 9.0, "speed of the S wave")
                .or(warning::USUAL.s_km_s),
            Field::number("reckon_s", "s", 0.0, 120.0, "P wave that is needed, and reckoning")
                .or(warning::USUAL.reckon_s),
            Field::number("tell_s", "s", 0.0, 120.0, "until people hear it")
                .or(warning::USUAL.tell_s),
            Field::list("places_km", "km", 0.0, 2e3, "places from the epicentre").optional(),
        ],
        sources: &["travel of direct P and S waves in a half space"],
        validity: "near places; beyond some 100 km waves from below the crust come first",
        run: seconds,
    },
    Model {
        key: "quake-loss",
        title: ("地震损失快速评估", "Range of loss"),
        fields: &[
            Field::table(
                "zones",
                &["intensity", "people", "per_km2", "adobe", "masonry", "designed", "frame"],
                "zones of one intensity; shares of the floor by building type",
            ),
            Field::number("hour", "h", 0.0, 24.0, "hour of the day").or(2.0),
        ],
        sources: &["Yin Zhiqian 1991", "collapse by type and intensity: judgement, unsure"],
        validity: "the first minutes: a factor of three either way is usual",
        run: lost,
    },
];

/// East and north as along and across a fault, km: where its bearing is unknown, both along it and across.
fn by_fault(inputs: &Inputs) -> Option<Vec<(f64, f64)>> {
    let (east, north) = (inputs.maybe("east_m")?, inputs.maybe("north_m")?);
    let Some(strike) = inputs.maybe("strike_deg") else {
        let distance = east.hypot(north) / 1e3;
        return Some(vec![(distance, 0.0), (0.0, distance)]);
    };
    let (sin, cos) = strike.to_radians().sin_cos();
    Some(vec![((east * sin + north * cos) / 1e3, (east * cos - north * sin) / 1e3)])
}

/// The relations were made for Ms 5 to 8.5.
fn magnitude_warning(report: &mut Report, magnitude: f64) {
    if !(5.0..=8.5).contains(&magnitude) {
        report.warnings.push(Warning::new(
            "outside-validity",
            "震级超出 5.0～8.5 级的适用范围，结果仅供参考",
            "the magnitude is outside 5 to 8.5, for which the relation was made",
        ));
    }
}

const STRIKE_UNKNOWN: Warning = Warning::new(
    "strike-unknown",
    "断层走向未知，按较长半轴绘制圆形范围",
    "the bearing of the fault is unknown: circles with the longer half axis",
);

fn ellipses(inputs: &Inputs) -> Result<Report, HazardError> {
    let magnitude = inputs.number("magnitude")?;
    let region = match inputs.word("region") {
        Some("west") => intensity::Region::West,
        Some("east") => intensity::Region::East,
        _ => intensity::Region::Ningxia,
    };
    let strike = inputs.maybe("strike_deg");
    let mut report = Report::default();
    let top = intensity::on_axes(region, magnitude, 0.0)?.into_iter().fold(1.0, f64::max);
    report.put("epicentral_intensity", top, "");
    magnitude_warning(&mut report, magnitude);
    if let Some(places) = by_fault(inputs) {
        let mut most: f64 = 1.0;
        for (along, across) in places {
            most = most.max(intensity::at(region, magnitude, along, across)?);
        }
        report.put("intensity", most, "");
    }
    for degree in (4..=12_u8).rev() {
        let axes = intensity::axes(region, magnitude, f64::from(degree))?;
        if axes.long_km <= 0.0 || axes.short_km <= 0.0 {
            continue;
        }
        report.put(&format!("long_{degree}_km"), axes.long_km, "km");
        report.put(&format!("short_{degree}_km"), axes.short_km, "km");
        let (long, short) = (axes.long_km * 1e3, axes.short_km * 1e3);
        let ring = match strike {
            Some(bearing) => ellipse((0.0, 0.0), long, short, bearing),
            None => ellipse((0.0, 0.0), long.max(short), long.max(short), 0.0),
        };
        let severity = match degree {
            7.. => 3,
            6 => 2,
            _ => 1,
        };
        let key = format!("intensity-{degree}");
        let level = Level { key, severity, threshold: f64::from(degree), unit: String::new() };
        report.areas.push(Area::new(level, vec![ring]));
    }
    if report.areas.is_empty() {
        report.warnings.push(Warning::NOWHERE);
    } else if strike.is_none() {
        report.warnings.push(STRIKE_UNKNOWN);
    }
    Ok(report)
}

fn shaking(inputs: &Inputs) -> Result<Report, HazardError> {
    /// Basic accelerations of GB 18306-2015, g, with their severity: from 0.2 g on houses of brick fall.
    const LEVELS_G: [(f64, u8); 5] = [(0.4, 3), (0.2, 3), (0.1, 2), (0.05, 1), (0.02, 1)];
    let regions: &[motion::Region] = match inputs.word("region") {
        Some("tibet") => &[motion::Region::Tibet],
        Some("eastern") => &[motion::Region::Eastern],
        Some("xinjiang") => &[motion::Region::Xinjiang],
        Some("moderate") => &[motion::Region::Moderate],
        _ => &[motion::Region::Tibet, motion::Region::Eastern],
    };
    let shaking = Strongest::new(regions, inputs.number("magnitude")?)?;
    let mut report = Report::default();
    magnitude_warning(&mut report, inputs.number("magnitude")?);
    if let Some(places) = by_fault(inputs) {
        let most =
            |quantity| places.iter().map(|(x, y)| shaking.at(quantity, *x, *y)).fold(0.0, f64::max);
        let (pga, pgv) = (most(Quantity::Acceleration), most(Quantity::Velocity));
        for (name, value, unit, quantity) in [
            ("pga_g", motion::in_g(pga), "g", Quantity::Acceleration),
            ("pgv_cm_s", pgv, "cm/s", Quantity::Velocity),
        ] {
            report.put(name, value, unit);
            report.put(&format!("{name}_low"), value * (-quantity.sigma_ln()).exp(), unit);
            report.put(&format!("{name}_high"), value * quantity.sigma_ln().exp(), unit);
        }
        report.put("intensity", instrument::measured(pga / 100.0, pgv / 100.0)?.intensity, "");
    }
    let strike = inputs.maybe("strike_deg");
    for (g, severity) in LEVELS_G {
        let cm_s2 = g / motion::in_g(1.0);
        let reach = |angle| shaking.reach_km(Quantity::Acceleration, cm_s2, angle);
        let long = reach(0.0);
        report.put(&format!("reach_{g}_g_km"), long, "km");
        let level = Level { key: format!("{g}-g"), severity, threshold: g, unit: "g".to_owned() };
        match strike {
            Some(strike) => {
                if let Some(ring) = shaking.outline(Quantity::Acceleration, cm_s2, strike) {
                    report.areas.push(Area::new(level, vec![ring]));
                }
            }
            None => {
                let most = long.max(reach(std::f64::consts::FRAC_PI_2));
                if most > 0.0 {
                    report.areas.push(Area::circle(level, most * 1e3));
                }
            }
        }
    }
    if report.areas.is_empty() {
        report.warnings.push(Warning::NOWHERE);
    } else if strike.is_none() {
        report.warnings.push(STRIKE_UNKNOWN);
    }
    Ok(report)
}

fn measured(inputs: &Inputs) -> Result<Report, HazardError> {
    let measured = instrument::measured(inputs.number("pga_m_s2")?, inputs.number("pgv_m_s")?)?;
    let mut report = Report::default();
    report.put("by_acceleration", measured.by_acceleration, "");
    report.put("by_velocity", measured.by_velocity, "");
    report.put("intensity", measured.intensity, "");
    let degree = Value::Word(instrument::degree(measured.intensity).to_owned());
    report.outputs.push(Output { name: "degree".to_owned(), value: degree, unit: "".into() });
    Ok(report)
}

fn seconds(inputs: &Inputs) -> Result<Report, HazardError> {
    let delays = Delays {
        p_km_s: inputs.number("p_km_s")?,
        s_km_s: inputs.number("s_km_s")?,
        reckon_s: inputs.number("reckon_s")?,
        tell_s: inputs.number("tell_s")?,
    };
    let warned = Warned::new(delays, inputs.number("depth_km")?, inputs.number("station_km")?)?;
    let mut report = Report::default();
    report.put("heard_s", warned.heard_s(), "s");
    report.put("blind_km", warned.blind_km(), "km");
    let seconds = inputs.list("places_km").iter().map(|d| warned.seconds(*d)).collect();
    let value = Value::List(seconds);
    report.outputs.push(Output { name: "seconds".to_owned(), value, unit: "s".into() });
    let level =
        Level { key: "blind-zone".to_owned(), severity: 3, threshold: 0.0, unit: "s".to_owned() };
    if warned.blind_km() > 0.0 {
        report.areas.push(Area::circle(level, warned.blind_km() * 1e3));
    } else {
        report.warnings.push(Warning::new(
            "no-blind-zone",
            "预警先于S波到达各处，无预警盲区",
            "the warning is heard before the shaking everywhere: there is no blind zone",
        ));
    }
    Ok(report)
}

fn lost(inputs: &Inputs) -> Result<Report, HazardError> {
    let zones: Vec<Zone> = inputs
        .table("zones")
        .iter()
        .map(|row| match row.as_slice() {
            &[intensity, people, density_km2, a, m, d, f] => {
                Ok(Zone { intensity, people, density_km2, shares: [a, m, d, f] })
            }
            _ => Err(together("a zone has seven figures")),
        })
        .collect::<Result<_, _>>()?;
    let hour = inputs.number("hour")?;
    let loss = loss::loss(&zones, !(6.0..22.0).contains(&hour))?;
    let mut report = Report::default();
    for (name, Range { low, likely, high }) in
        [("deaths", loss.deaths), ("injured", loss.injured), ("homeless", loss.homeless)]
    {
        report.put(&format!("{name}_low"), low, "");
        report.put(name, likely, "");
        report.put(&format!("{name}_high"), high, "");
    }
    report.warnings.push(Warning::new(
        "unsure",
        "建筑物易损性为经验判断值，结果仅供首轮决策参考",
        "how buildings bear shaking is judgement here: for first decisions only",
    ));
    Ok(report)
}
