//! Water as rows of the catalogue.

use super::{
    channel::Channel,
    dam,
    gully::Gully,
    hand::{Hand, Reach},
    ice::{self, Holds, State},
    routing::{Muskingum, nash},
    runoff::{self, CurveNumber, Moisture},
    terrain::{Drainage, Grid},
    unit_graph::{Shape, UnitGraph},
};
use crate::{
    Field, HazardError, Inputs, Model, Output, Report, Value, Warning,
    bounds::{count, together, whole},
};

const NUMBER: Field =
    Field::number("curve_number", "", 1.0, 100.0, "curve number for average moisture");
const INITIAL: Field =
    Field::number("initial", "", 0.0, 1.0, "initial losses as a share of the storage").or(0.2);
const MOISTURE: Field = Field::word(
    "moisture",
    &["dry", "average", "wet"],
    "soil before the rain; average if not said",
)
.optional();
const STEP: Field = Field::number("step_s", "s", 60.0, 86_400.0, "length of a step");
const WAY: Field = Field::number("way_m", "m", 1.0, 1e6, "longest way of the water");
const SLOPE: Field = Field::number("slope", "", 1e-5, 10.0, "mean fall along that way");
const ROUGHNESS: Field =
    Field::number("roughness", "s/m^(1/3)", 0.005, 0.5, "Manning's n").or(0.035);
const CELL: Field = Field::number("cell_m", "m", 0.1, 1e4, "side of a cell");

/// Water.
pub const MODELS: &[Model] = &[
    Model {
        key: "water-runoff",
        title: ("径流曲线数法产流", "Runoff by curve number"),
        fields: &[
            Field::list("rain_mm", "mm", 0.0, runoff::MOST_RAIN_MM, "rain by steps"),
            NUMBER,
            INITIAL,
            MOISTURE,
        ],
        sources: &["NEH part 630, chapter 10", "Chow, Maidment and Mays 1988"],
        validity: "single storms of hours to a day; numbers of semi-arid slopes are little tested",
        run: rain,
    },
    Model {
        key: "water-gully",
        title: ("山洪沟洪水预报", "Flood of a gully"),
        fields: &[
            Field::list("rain_mm", "mm", 0.0, runoff::MOST_RAIN_MM, "rain over it by steps"),
            STEP,
            Field::number("area_km2", "km2", 1e-3, 1e5, "catchment"),
            WAY,
            SLOPE,
            NUMBER,
            INITIAL,
            MOISTURE,
            Field::number("base_m3_s", "m3/s", 0.0, 1e6, "what runs without rain").or(0.0),
            Field::word("shape", &["curved", "triangle"], "unit graph; curved if not said")
                .optional(),
            Field::number("threshold_m3_s", "m3/s", 1e-6, 1e7, "what is too much").optional(),
            Field::number("goes_on_s", "s", 0.0, 86_400.0, "rain is taken to go on as now")
                .or(1_800.0),
        ],
        sources: &["NEH part 630, chapters 10 and 16", "Kirpich 1940"],
        validity: "small steep catchments under even rain; debris and dams burst upstream are not in it",
        run: gully,
    },
    Model {
        key: "water-rational",
        title: ("推理公式洪峰", "Peak by the rational formula"),
        fields: &[
            Field::number("coefficient", "", 0.0, 1.0, "share that runs off"),
            Field::number("rain_mm_h", "mm/h", 0.0, 1e3, "rain"),
            Field::number("area_km2", "km2", 0.0, 1e4, "catchment"),
        ],
        sources: &["rational formula"],
        validity: "catchments of a few km² and rain as long as their concentration time",
        run: rational,
    },
    Model {
        key: "water-concentration",
        title: ("汇流时间", "Time of concentration"),
        fields: &[WAY, SLOPE],
        sources: &["Kirpich 1940"],
        validity: "channels with a clear bed on steep ground",
        run: concentration,
    },
    Model {
        key: "water-channel",
        title: ("明渠均匀流", "Flow in a channel"),
        fields: &[
            Field::number("bottom_m", "m", 0.0, 1e5, "width of the bottom"),
            Field::number("bank", "", 0.0, 100.0, "metres sideways per metre up").or(0.0),
            ROUGHNESS,
            Field::number("bed_slope", "", 1e-7, 1.0, "slope of the bed"),
            Field::number("depth_m", "m", 0.0, 200.0, "depth of the water").optional(),
            Field::number("discharge_m3_s", "m3/s", 0.0, 1e7, "discharge").optional(),
        ],
        sources: &["Manning 1891"],
        validity: "steady even flow without backwater",
        run: channel,
    },
    Model {
        key: "water-routing",
        title: ("河道洪水演进", "Flood routing"),
        fields: &[
            Field::list("inflow_m3_s", "m3/s", 0.0, 1e7, "inflow by steps"),
            STEP,
            Field::word("method", &["muskingum", "nash"], "muskingum if not said").optional(),
            Field::number("travel_s", "s", 1.0, 1e7, "travel time, or time of each reservoir"),
            Field::number("weight", "", 0.0, 0.5, "weight of the inflow (muskingum)").or(0.2),
            Field::number("reservoirs", "", 1.0, 20.0, "reservoirs (nash)").or(3.0),
            Field::number(
                "first_m3_s",
                "m3/s",
                0.0,
                1e7,
                "outflow at first; the inflow if not said",
            )
            .optional(),
        ],
        sources: &["McCarthy 1938", "Nash 1957"],
        validity: "reaches without backwater and inflow from the sides",
        run: route,
    },
    Model {
        key: "water-inundation",
        title: ("地形淹没分析", "What a stage floods"),
        fields: &[
            Field::list(
                "heights_m",
                "m",
                -12_000.0,
                9_000.0,
                "heights, row by row from the northwest",
            ),
            Field::number("columns", "", 1.0, 10_080.0, "cells in a row"),
            CELL,
            Field::number("stream_cells", "", 1.0, 1e7, "cells that make a stream").or(100.0),
            Field::number("stage_m", "m", 0.0, 100.0, "water above the bed").optional(),
            Field::number("discharge_m3_s", "m3/s", 0.0, 1e7, "or a discharge").optional(),
            Field::number("length_m", "m", 1.0, 1e7, "length of the stream (for a discharge)")
                .optional(),
            Field::number("bed_slope", "", 1e-7, 1.0, "slope of the stream (for a discharge)")
                .optional(),
            ROUGHNESS,
        ],
        sources: &["Nobre et al. 2011", "Barnes, Lehman and Mulla 2014", "Zheng et al. 2018"],
        validity: "streams that fall; no dikes smaller than a cell, no backwater, no motion of the wave",
        run: flooded,
    },
    Model {
        key: "water-dam-breach",
        title: ("土石坝溃坝洪峰", "Breach of an earth dam"),
        fields: &[
            Field::number("volume_m3", "m3", 1e3, 1e11, "water above the bottom of the breach"),
            Field::number("height_m", "m", 0.5, 300.0, "its height above the bottom of the breach"),
        ],
        sources: &["Froehlich 1995", "Wahl 2004"],
        validity: "earth and rock dams at the dam itself",
        run: breach,
    },
    Model {
        key: "water-ice-jam",
        title: ("黄河凌汛研判", "Ice jams of the Yellow River"),
        fields: &[
            Field::number("stage_rise_m_h", "m/h", -20.0, 20.0, "rise of the stage").optional(),
            Field::number("above_bank_m", "m", -100.0, 100.0, "stage above the bank").optional(),
            Field::number("water_c", "degC", -5.0, 50.0, "temperature of the water").optional(),
            Field::number("air_c", "degC", -70.0, 60.0, "three days' mean of the air").optional(),
            Field::number("discharge_m3_s", "m3/s", 0.0, 1e5, "discharge").optional(),
            Field::number("drift", "", 0.0, 1.0, "share of the surface under drifting ice")
                .optional(),
        ],
        sources: &["rules as data; figures are judgement"],
        validity: "Ningxia reach, November to March; a station's people know better",
        run: jam,
    },
];

fn ground(inputs: &Inputs) -> Result<CurveNumber, HazardError> {
    let moisture = match inputs.word("moisture") {
        Some("dry") => Moisture::Dry,
        Some("wet") => Moisture::Wet,
        _ => Moisture::Average,
    };
    CurveNumber::moist(inputs.number("curve_number")?, inputs.number("initial")?, moisture)
}

fn list(report: &mut Report, name: &str, values: Vec<f64>, unit: &'static str) {
    let value = Value::List(values);
    report.outputs.push(Output { name: name.to_owned(), value, unit: unit.into() });
}

fn rain(inputs: &Inputs) -> Result<Report, HazardError> {
    let ground = ground(inputs)?;
    let rain = inputs.list("rain_mm");
    let mut report = Report::default();
    report.put("rain_sum_mm", rain.iter().sum(), "mm");
    report.put("runoff_mm", ground.depth_mm(rain.iter().sum()), "mm");
    list(&mut report, "excess_mm", ground.excess_mm(rain), "mm");
    Ok(report)
}

fn gully(inputs: &Inputs) -> Result<Report, HazardError> {
    let step_s = inputs.number("step_s")?;
    let concentration_s =
        runoff::kirpich_min(inputs.number("way_m")?, inputs.number("slope")?)? * 60.0;
    let shape = match inputs.word("shape") {
        Some("triangle") => Shape::Triangle,
        _ => Shape::Curved,
    };
    let graph =
        UnitGraph::new(shape, inputs.number("area_km2")?, concentration_s.max(60.0), step_s)?;
    let gully = Gully { ground: ground(inputs)?, graph, base_m3_s: inputs.number("base_m3_s")? };
    let rain = inputs.list("rain_mm");
    let flood = gully.flood(rain)?;
    let mut report = Report::default();
    report.put("concentration_s", concentration_s, "s");
    report.put("peak_m3_s", flood.peak_m3_s, "m3/s");
    report.put("peak_at_s", (count(flood.peak_step) + 0.5) * step_s, "s");
    report.put("rain_to_peak_s", flood.answer_steps * step_s, "s");
    if let Some(threshold) = inputs.maybe("threshold_m3_s") {
        let goes_on = usize::try_from(whole("goes_on_s", inputs.number("goes_on_s")? / step_s)?)
            .unwrap_or(usize::MAX);
        match gully.told(rain, threshold, goes_on)? {
            Some(told) => {
                report.put("told_at_s", count(told.known_step + 1) * step_s, "s");
                report.put("reached_at_s", count(told.reached_step) * step_s, "s");
                report.put("lead_s", told.lead_s(step_s), "s");
            }
            None => report.warnings.push(Warning::new(
                "threshold-not-reached",
                "已降雨量不足以使流量达到阈值",
                "the rain that fell does not make the discharge reach the threshold",
            )),
        }
    }
    list(&mut report, "discharge_m3_s", flood.discharge_m3_s, "m3/s");
    Ok(report)
}

fn rational(inputs: &Inputs) -> Result<Report, HazardError> {
    let mut report = Report::default();
    let peak = runoff::rational_m3_s(
        inputs.number("coefficient")?,
        inputs.number("rain_mm_h")?,
        inputs.number("area_km2")?,
    )?;
    report.put("peak_m3_s", peak, "m3/s");
    Ok(report)
}

fn concentration(inputs: &Inputs) -> Result<Report, HazardError> {
    let mut report = Report::default();
    let minutes = runoff::kirpich_min(inputs.number("way_m")?, inputs.number("slope")?)?;
    report.put("concentration_s", minutes * 60.0, "s");
    Ok(report)
}

fn channel(inputs: &Inputs) -> Result<Report, HazardError> {
    let channel = Channel::new(
        inputs.number("bottom_m")?,
        inputs.number("bank")?,
        inputs.number("roughness")?,
        inputs.number("bed_slope")?,
    )?;
    let depth_m = match (inputs.maybe("depth_m"), inputs.maybe("discharge_m3_s")) {
        (Some(depth), None) => depth,
        (None, Some(discharge)) => channel.depth_m(discharge)?,
        _ => return Err(together("either depth_m or discharge_m3_s is needed")),
    };
    let mut report = Report::default();
    report.put("depth_m", depth_m, "m");
    report.put("discharge_m3_s", channel.discharge_m3_s(depth_m), "m3/s");
    report.put("speed_m_s", channel.speed_m_s(depth_m), "m/s");
    Ok(report)
}

fn route(inputs: &Inputs) -> Result<Report, HazardError> {
    let inflow = inputs.list("inflow_m3_s");
    let Some(first) = inflow.first().copied() else {
        return Err(together("no inflow"));
    };
    let (travel, step) = (inputs.number("travel_s")?, inputs.number("step_s")?);
    let outflow = if inputs.word("method") == Some("nash") {
        // Whole reservoirs; the bounds of the field keep it small.
        let wanted = inputs.number("reservoirs")?.round();
        let reservoirs = (1..=20_u8).find(|n| f64::from(*n) >= wanted).unwrap_or(20);
        nash(inflow, reservoirs, travel, step)?
    } else {
        let first = inputs.maybe("first_m3_s").unwrap_or(first);
        Muskingum::new(travel, inputs.number("weight")?, step)?.outflow(inflow, first)
    };
    let mut report = Report::default();
    report.put("peak_m3_s", outflow.iter().copied().fold(0.0, f64::max), "m3/s");
    list(&mut report, "outflow_m3_s", outflow, "m3/s");
    Ok(report)
}

fn flooded(inputs: &Inputs) -> Result<Report, HazardError> {
    let columns =
        usize::try_from(whole("columns", inputs.number("columns")?)?).unwrap_or(usize::MAX);
    let grid = Grid::new(columns, inputs.number("cell_m")?, inputs.list("heights_m").to_vec())?;
    let stream_cells = whole("stream_cells", inputs.number("stream_cells")?)?;
    let hand = Hand::of(&grid, &Drainage::of(&grid), stream_cells)?;
    let stage_m = match (inputs.maybe("stage_m"), inputs.maybe("discharge_m3_s")) {
        (Some(stage), None) => stage,
        (None, Some(discharge)) => {
            let reach = Reach {
                length_m: inputs.number("length_m")?,
                slope: inputs.number("bed_slope")?,
                roughness: inputs.number("roughness")?,
            };
            hand.stage_m(&reach, discharge)?
        }
        _ => return Err(together("either stage_m or discharge_m3_s is needed")),
    };
    let mut report = Report::default();
    report.put("stage_m", stage_m, "m");
    report.areas = hand.areas(stage_m, (0.0, 0.0))?;
    let wet = report.areas.last().map_or(0.0, |a| a.surface_m2);
    report.put("wet_m2", wet, "m2");
    if report.areas.is_empty() {
        report.warnings.push(Warning::new(
            "nothing-flooded",
            "该水位下无淹没范围",
            "nothing is flooded at this stage",
        ));
    }
    report.warnings.push(Warning::new(
        "origin-northwest",
        "区域坐标以高程网格西北角为原点",
        "the areas are told from the northwest corner of the grid",
    ));
    Ok(report)
}

fn breach(inputs: &Inputs) -> Result<Report, HazardError> {
    let breach = dam::breach(inputs.number("volume_m3")?, inputs.number("height_m")?)?;
    let mut report = Report::default();
    report.put("peak_low_m3_s", breach.range_m3_s.0, "m3/s");
    report.put("peak_m3_s", breach.peak_m3_s, "m3/s");
    report.put("peak_high_m3_s", breach.range_m3_s.1, "m3/s");
    Ok(report)
}

fn jam(inputs: &Inputs) -> Result<Report, HazardError> {
    let state = State {
        stage_rise_m_h: inputs.maybe("stage_rise_m_h"),
        above_bank_m: inputs.maybe("above_bank_m"),
        water_c: inputs.maybe("water_c"),
        air_c: inputs.maybe("air_c"),
        discharge_m3_s: inputs.maybe("discharge_m3_s"),
        drift: inputs.maybe("drift"),
    };
    let rules = ice::rules();
    let found = ice::judge(&rules, &state)?;
    let mut report = Report::default();
    let worst = found.iter().filter(|(_, holds)| *holds == Holds::Yes).map(|(r, _)| r.severity);
    report.put("severity", f64::from(worst.max().unwrap_or(0)), "");
    for (rule, holds) in found {
        let code = match holds {
            Holds::Yes => rule.key.clone(),
            _ => format!("{}-unknown", rule.key),
        };
        let (zh, en) = match holds {
            Holds::Yes => (rule.zh.clone(), rule.en.clone()),
            _ => {
                (format!("数据不全，无法排除：{}", rule.zh), format!("not ruled out: {}", rule.en))
            }
        };
        let text = crate::Words { zh: zh.into(), en: en.into() };
        report.warnings.push(Warning { code: code.into(), text });
    }
    report.warnings.push(Warning::new(
        "unsure",
        "规则阈值为经验判断值，以水文站研判为准",
        "the figures of the rules are judgement: the hydrological station decides",
    ));
    Ok(report)
}
