//! Wildfires as rows of the catalogue.

use super::{
    Canopy, Fuel, Growth, Moisture, Site, Spread, Wind,
    safety::{Look, Stands, TURN_DEG},
    site, spotting,
    wang::{FUEL_FACTORS, FUELS, MOST_CLASS, MOST_WIND_M_S, Wang},
};
use crate::{
    Area, Field, Frame, HazardError, Inputs, Level, Model, Output, Report, Value, Warning, Words,
    bounds::together,
};

const FUEL: Field = Field::number(
    "fuel",
    "",
    1.0,
    204.0,
    "fuel model: 1 to 13 (Anderson), 101 to 204 (Scott, Burgan)",
);
const DEAD_1H: Field = Field::number("dead_1h", "", 0.0, 3.0, "moisture, dead 1 h").or(0.06);
const DEAD_10H: Field = Field::number("dead_10h", "", 0.0, 3.0, "moisture, dead 10 h").or(0.07);
const DEAD_100H: Field = Field::number("dead_100h", "", 0.0, 3.0, "moisture, dead 100 h").or(0.08);
const HERB: Field = Field::number("herb", "", 0.0, 3.0, "moisture, living herbs").or(0.6);
const WOOD: Field = Field::number("wood", "", 0.0, 3.0, "moisture, living wood").or(0.9);
const COVER: Field = Field::number("canopy_cover", "", 0.0, 1.0, "ground below crowns").or(0.0);
const HEIGHT: Field = Field::number("canopy_m", "m", 0.0, 120.0, "height of the trees").or(0.0);
const CROWN: Field = Field::number("crown_ratio", "", 0.0, 1.0, "crown over height").or(0.5);
const SLOPE: Field = Field::number("slope", "", 0.0, 10.0, "slope as a tangent").or(0.0);
const ASPECT: Field = Field::number("aspect_deg", "deg", 0.0, 360.0, "where it falls to").or(180.0);
const WINDS: Field = Field::table(
    "winds",
    &["from_s", "wind_m_s", "from_deg"],
    "winds at 10 m: the second each begins, speed, where it comes from",
);
const LASTS: Field =
    Field::number("lasts_s", "s", 60.0, 604_800.0, "how long after it began").or(10_800.0);
const SOURCES: &[&str] = &[
    "Rothermel 1972, Albini 1976, Andrews 2018 (RMRS-GTR-371)",
    "Anderson 1982, Scott and Burgan 2005",
    "Albini and Baughman 1979",
    "Anderson 1983",
];

/// Nothing burns by the model.
const TOO_WET: Warning = Warning::new(
    "too-wet",
    "可燃物过湿或条件不足，模型判断不燃",
    "the fuel is too wet, or conditions too poor, to burn by this model",
);

/// Wildfires.
pub const MODELS: &[Model] = &[
    Model {
        key: "wildfire-spread",
        title: ("林草火蔓延（Rothermel）", "Spread of a wildfire"),
        fields: &[
            FUEL,
            DEAD_1H,
            DEAD_10H,
            DEAD_100H,
            HERB,
            WOOD,
            COVER,
            HEIGHT,
            CROWN,
            SLOPE,
            ASPECT,
            WINDS,
            LASTS,
            Field::table("places", &["east_m", "north_m"], "places from where it began").optional(),
        ],
        sources: SOURCES,
        validity: "surface fires in even fuel and slope, from a point; no crown fire, no fire of its own wind",
        run: spread,
    },
    Model {
        key: "wildfire",
        title: ("林草火（当前风）", "Wildfire under the wind of now"),
        fields: &[
            FUEL,
            DEAD_1H,
            DEAD_10H,
            DEAD_100H,
            HERB,
            WOOD,
            COVER,
            HEIGHT,
            CROWN,
            SLOPE,
            ASPECT,
            Field::number("wind_m_s", "m/s", 0.0, 80.0, "wind at 10 m"),
            Field::number("wind_from_deg", "deg", 0.0, 360.0, "where it comes from"),
            Field::number("turn_deg", "deg", 0.0, 180.0, "how far it may turn to either side")
                .or(TURN_DEG),
            LASTS,
        ],
        sources: SOURCES,
        validity: "surface fires in even fuel and slope, from a point, as long as the wind turns no farther; made anew when it does",
        run: steady,
    },
    Model {
        key: "wildfire-crew",
        title: ("扑火队伍安全研判", "Whether a crew may be there"),
        fields: &[
            FUEL,
            DEAD_1H,
            DEAD_10H,
            DEAD_100H,
            HERB,
            WOOD,
            COVER,
            HEIGHT,
            CROWN,
            SLOPE,
            ASPECT,
            WINDS,
            Field::number("now_s", "s", 0.0, 604_800.0, "seconds since it began").or(0.0),
            Field::number("ahead_s", "s", 60.0, 86_400.0, "how far to look ahead").or(3_600.0),
            Field::table("way", &["east_m", "north_m"], "places or corners of a way"),
        ],
        sources: SOURCES,
        validity: "even fuel and slope; the wind may turn by 30 degrees or up the slope, more is not looked at",
        run: crew,
    },
    Model {
        key: "wildfire-wang",
        title: ("林火蔓延（王正非）", "Spread after Wang Zhengfei"),
        fields: &[
            Field::number("air_c", "degC", -50.0, 60.0, "temperature"),
            Field::number("wind_m_s", "m/s", 0.0, 80.0, "wind"),
            Field::number("wind_class", "", 0.0, 17.0, "class of Beaufort; by the speed")
                .optional(),
            Field::number("humidity", "%", 0.0, 100.0, "relative humidity"),
            Field::number("slope_deg", "deg", -60.0, 60.0, "slope that it runs up").or(0.0),
            Field::word("fuel", FUELS, "kind of fuel; without it its factor").optional(),
            Field::number("fuel_factor", "", 0.0, 10.0, "Ks; 1 when nothing is told").optional(),
            Field::number("heading_deg", "deg", 0.0, 360.0, "where the head runs").optional(),
            LASTS,
        ],
        sources: &["Wang Zhengfei 1983, 1992", "ellipse: Anderson 1983"],
        validity: "surface fires of mountain forests up to 60 degrees and force 12",
        run: wang,
    },
];

fn site(inputs: &Inputs) -> Result<Site, HazardError> {
    let n = |name: &str| inputs.number(name);
    let moisture = Moisture {
        dead_1h: n("dead_1h")?,
        dead_10h: n("dead_10h")?,
        dead_100h: n("dead_100h")?,
        herb: n("herb")?,
        wood: n("wood")?,
    };
    let canopy = Canopy {
        cover: n("canopy_cover")?,
        height_m: n("canopy_m")?,
        crown_ratio: n("crown_ratio")?,
    };
    Site::new(&Fuel::numbered(n("fuel")?)?, &moisture, &canopy, (n("slope")?, n("aspect_deg")?))
}

fn winds(inputs: &Inputs) -> Result<Vec<(f64, Wind)>, HazardError> {
    let wind = |row: &Vec<f64>| match row.as_slice() {
        &[from_s, speed_m_s, from_deg] => Ok((from_s, Wind { speed_m_s, from_deg })),
        _ => Err(together("a wind has three figures")),
    };
    inputs.table("winds").iter().map(wind).collect()
}

fn places(inputs: &Inputs, name: &str) -> Vec<(f64, f64)> {
    let place = |row: &Vec<f64>| if let &[x, y] = row.as_slice() { Some((x, y)) } else { None };
    inputs.table(name).iter().filter_map(place).collect()
}

fn spread(inputs: &Inputs) -> Result<Report, HazardError> {
    under(inputs, &winds(inputs)?, 0.0)
}

/// The fire as if the wind of now had blown from its beginning and turned no farther than it may.
fn steady(inputs: &Inputs) -> Result<Report, HazardError> {
    let wind =
        Wind { speed_m_s: inputs.number("wind_m_s")?, from_deg: inputs.number("wind_from_deg")? };
    let turn_deg = inputs.number("turn_deg")?;
    let mut report = under(inputs, &[(0.0, wind)], turn_deg)?;
    if turn_deg > 0.0 {
        report.warnings.push(Warning {
            code: "wind-may-turn".into(),
            text: Words {
                zh: format!("范围已计入风向向两侧各偏转 {turn_deg:.0}° 的可能。").into(),
                en: format!("The areas hold a wind that turns by {turn_deg:.0}° to either side.")
                    .into(),
            },
        });
    }
    Ok(report)
}

fn under(inputs: &Inputs, winds: &[(f64, Wind)], turn_deg: f64) -> Result<Report, HazardError> {
    let site = site(inputs)?;
    let expected = Growth::at(&site, winds)?;
    let growth = Growth::turning(&site, winds, 0.0, turn_deg)?;
    let lasts = inputs.number("lasts_s")?;
    let mut report = Report::default();
    let strongest = expected
        .steps()
        .iter()
        .map(|(_, spread)| *spread)
        .reduce(|a, b| if a.head_m_s >= b.head_m_s { a } else { b });
    if let Some(strongest) = strongest {
        figures(&mut report, &strongest);
        report.put("midflame_share", site.adjustment(), "");
        let gust = winds.iter().map(|(_, w)| w.speed_m_s).fold(0.0, f64::max) / site::TEN_METRES;
        let cover = inputs.number("canopy_m")?;
        report.put("spotting_m", spotting::distance_m(strongest.flame_m, gust, cover)?, "m");
        if winds.len() == 1 {
            report.put("edge_m", strongest.edge_m(lasts), "m");
        }
    }
    report.put("burnt_m2", expected.burnt_m2(lasts), "m2");
    if !site.burns() {
        report.warnings.push(TOO_WET);
    }
    grow(&mut report, &growth, lasts);
    let mut arrivals = Vec::new();
    for place in places(inputs, "places") {
        // −1 for a place that is not reached.
        arrivals.push(growth.arrival_s(place, lasts)?.unwrap_or(-1.0));
    }
    let value = Value::List(arrivals);
    report.outputs.push(Output { name: "arrival_s".to_owned(), value, unit: "s".into() });
    Ok(report)
}

fn figures(report: &mut Report, spread: &Spread) {
    report.put("head_m_s", spread.head_m_s, "m/s");
    report.put("flank_m_s", spread.flank_m_s, "m/s");
    report.put("back_m_s", spread.back_m_s, "m/s");
    report.put("heading_deg", spread.heading_deg, "deg");
    report.put("length_to_width", spread.length_to_width, "");
    report.put("intensity_kw_m", spread.intensity_kw_m, "kW/m");
    report.put("flame_m", spread.flame_m, "m");
    if spread.wind_limited {
        report.warnings.push(Warning::new(
            "wind-limited",
            "风速超过可燃物可响应上限，按上限计算",
            "the wind is above what this fuel can answer; the limit holds",
        ));
    }
}

/// Burnt areas by the time at which they have burnt, and by time for a slider.
fn grow(report: &mut Report, growth: &Growth, lasts_s: f64) {
    /// Bands of arrival, seconds, with their severity: who is reached within the hour leaves first.
    const BANDS: [(f64, u8); 5] =
        [(1_800.0, 3), (3_600.0, 3), (7_200.0, 2), (10_800.0, 2), (21_600.0, 1)];
    /// Frames after the first.
    const FRAMES: u8 = 30;
    let burnt = |at_s: f64| {
        let ring = growth.ring(at_s)?;
        let key = format!("burnt-{:.0}-min", at_s / 60.0);
        let severity = BANDS.iter().find(|(until, _)| at_s <= *until).map_or(1, |(_, s)| *s);
        let level = Level { key, severity, threshold: at_s, unit: "s".to_owned() };
        Some(Area::new(level, vec![ring]))
    };
    let bands = BANDS.iter().map(|(at, _)| *at).filter(|at| *at < lasts_s);
    report.areas = bands.chain([lasts_s]).filter_map(burnt).collect();
    for frame in 1..=FRAMES {
        let at_s = lasts_s * f64::from(frame) / f64::from(FRAMES);
        let areas = burnt(at_s).into_iter().collect();
        report.frames.push(Frame { at_s, areas });
    }
}

fn crew(inputs: &Inputs) -> Result<Report, HazardError> {
    let look = Look::new(
        &site(inputs)?,
        &winds(inputs)?,
        inputs.number("now_s")?,
        inputs.number("ahead_s")?,
    )?;
    let way = places(inputs, "way");
    let mut report = Report::default();
    let mut rows = Vec::new();
    for place in &way {
        let (code, arrival) = match look.place(*place)? {
            Stands::Clear => (0.0, -1.0),
            Stands::Upslope { arrival_s } => (1.0, arrival_s),
            Stands::Turn { arrival_s } => (2.0, arrival_s),
            Stands::Ahead { arrival_s } => (3.0, arrival_s),
            Stands::Burnt => (4.0, -1.0),
        };
        rows.push(vec![code, arrival]);
    }
    let first = look.way(&way, 50.0)?;
    report.put("forbidden", f64::from(u8::from(first.is_some())), "");
    // 0 clear, 1 upslope, 2 when the wind turns, 3 ahead of the head, 4 burnt; and when the fire comes.
    let name = "stands_and_arrival_s".to_owned();
    report.outputs.push(Output { name, value: Value::Table(rows), unit: "".into() });
    if let Some(((east, north), _)) = first {
        report.put("first_east_m", east, "m");
        report.put("first_north_m", north, "m");
        report.warnings.push(Warning::new(
            "crew-in-danger",
            "该位置或路线处于火头前方、上坡方向或风向变化后的蔓延范围内，严禁进入",
            "the place or way lies ahead of the head, upslope, or where a turning wind drives the fire: keep out",
        ));
    }
    Ok(report)
}

fn wang(inputs: &Inputs) -> Result<Report, HazardError> {
    let fuel = inputs.word("fuel").and_then(|key| FUEL_FACTORS.iter().find(|f| f.key == key));
    let fuel_factor = match (fuel, inputs.maybe("fuel_factor")) {
        (Some(_), Some(_)) => return Err(together("either fuel or fuel_factor is needed")),
        (Some(fuel), None) => fuel.factor,
        (None, given) => given.unwrap_or(1.0),
    };
    let fire = Wang {
        air_c: inputs.number("air_c")?,
        wind_m_s: inputs.number("wind_m_s")?,
        wind_class: inputs.maybe("wind_class"),
        humidity: inputs.number("humidity")?,
        slope_deg: inputs.number("slope_deg")?,
        fuel_factor,
    };
    let mut report = Report::default();
    let rate_m_min = fire.rate_m_min()?;
    report.put("initial_m_min", fire.initial_m_min()?, "m/min");
    report.put("rate_m_min", rate_m_min, "m/min");
    report.put("fuel_factor", fuel_factor, "");
    if rate_m_min <= 0.0 {
        report.warnings.push(TOO_WET);
    }
    if fire.class() > MOST_CLASS || fire.wind_m_s > MOST_WIND_M_S {
        report.warnings.push(Warning::new(
            "outside-validity",
            "风力超过 12 级，超出公式适用范围，结果仅供参考",
            "the wind is above force 12, for which the equation was not made",
        ));
    }
    if fuel.is_some_and(|fuel| fuel.unsure) {
        report.warnings.push(crate::gas::footprint::UNSURE_DATA);
    }
    let spread = if let Some(heading) = inputs.maybe("heading_deg") {
        let spread = fire.spread(heading)?;
        report.put("flank_m_s", spread.flank_m_s, "m/s");
        report.put("back_m_s", spread.back_m_s, "m/s");
        spread
    } else {
        report.warnings.push(Warning::new(
            "direction-unknown",
            "蔓延方向未知，按各方向均为火头绘制",
            "nobody said where the head runs: drawn as far in every direction",
        ));
        // As far as the head in every direction.
        Spread::of_head(rate_m_min / 60.0, 0.0, 1.0, 0.0)
    };
    let (growth, lasts) = (Growth::new(vec![(0.0, spread)])?, inputs.number("lasts_s")?);
    report.put("burnt_m2", growth.burnt_m2(lasts), "m2");
    grow(&mut report, &growth, lasts);
    Ok(report)
}
