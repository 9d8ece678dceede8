//! Scores as rows of the catalogue.

use super::{
    Standing, areas,
    events::{self, Chance, Counts},
    figures::{self, Pair},
};
use crate::{Field, HazardError, Inputs, Model, Report, Ring, Warning, bounds::together};

/// Scores of forecasts.
pub const MODELS: &[Model] = &[
    Model {
        key: "forecast-figures",
        title: ("预报数值检验", "Score of figures"),
        fields: &[Field::table(
            "pairs",
            &["foretold", "came", "before"],
            "what was foretold, what came, what was when it was foretold",
        )],
        sources: &["Murphy 1988"],
        validity: "20 pairs and more for a judgement",
        run: score,
    },
    Model {
        key: "forecast-events",
        title: ("预警事件检验", "Score of warnings"),
        fields: &[Field::table(
            "chances",
            &["foretold", "came", "before"],
            "chance foretold (from 0.5 a warning), 1 when it came, 1 when it was so before",
        )],
        sources: &["Brier 1950", "Schaefer 1990"],
        validity: "20 pairs and more for a judgement",
        run: warned,
    },
    Model {
        key: "forecast-areas",
        title: ("影响范围检验", "Score of an area"),
        fields: &[
            Field::table("foretold", &["part", "east_m", "north_m"], "corners by part"),
            Field::table("came", &["part", "east_m", "north_m"], "corners by part"),
        ],
        sources: &["intersection over union"],
        validity: "areas in the same metres",
        run: laid,
    },
];

const WORSE: Warning = Warning::new(
    "worse-than-persistence",
    "模型预报不如“保持现状”，应停用或校正",
    "the model is worth less than saying that all stays as it is: put it aside or correct it",
);

fn stand(report: &mut Report, standing: Standing) {
    match standing {
        Standing::Worse => report.warnings.push(WORSE),
        Standing::TooFew => report.warnings.push(Warning::new(
            "too-few",
            "样本不足 20 个，不作评判",
            "fewer than 20 pairs: no judgement",
        )),
        Standing::Holds => {}
    }
}

fn triples(inputs: &Inputs, name: &str) -> Result<Vec<[f64; 3]>, HazardError> {
    let triple = |row: &Vec<f64>| match row.as_slice() {
        &[a, b, c] => Ok([a, b, c]),
        _ => Err(together("a row has three figures")),
    };
    inputs.table(name).iter().map(triple).collect()
}

fn score(inputs: &Inputs) -> Result<Report, HazardError> {
    let pairs: Vec<Pair> = triples(inputs, "pairs")?
        .into_iter()
        .map(|[foretold, came, before]| Pair { foretold, came, before })
        .collect();
    let score = figures::score(&pairs)?;
    let mut report = Report::default();
    report.put("mae", score.mae, "");
    report.put("rmse", score.rmse, "");
    report.put("bias", score.bias, "");
    if let Some(skill) = score.skill {
        report.put("skill", skill, "");
    }
    stand(&mut report, score.standing);
    Ok(report)
}

fn warned(inputs: &Inputs) -> Result<Report, HazardError> {
    let chances: Vec<Chance> = triples(inputs, "chances")?
        .into_iter()
        .map(|[foretold, came, before]| Chance {
            foretold,
            came: came >= 0.5,
            before: before >= 0.5,
        })
        .collect();
    let brier = events::brier(&chances)?;
    let pairs: Vec<(bool, bool)> = chances.iter().map(|c| (c.foretold >= 0.5, c.came)).collect();
    let counts = Counts::of(&pairs);
    let mut report = Report::default();
    report.put("hits", f64::from(counts.hits), "");
    report.put("false_alarms", f64::from(counts.false_alarms), "");
    report.put("misses", f64::from(counts.misses), "");
    for (name, value) in [
        ("hit_rate", counts.hit_rate()),
        ("false_alarm_ratio", counts.false_alarm_ratio()),
        ("csi", counts.csi()),
        ("brier_skill", brier.skill),
    ] {
        if let Some(value) = value {
            report.put(name, value, "");
        }
    }
    report.put("brier", brier.score, "");
    stand(&mut report, brier.standing);
    Ok(report)
}

fn laid(inputs: &Inputs) -> Result<Report, HazardError> {
    let overlap = areas::overlap(&rings(inputs, "foretold")?, &rings(inputs, "came")?)?;
    let mut report = Report::default();
    report.put("iou", overlap.iou, "");
    report.put("both_m2", overlap.both_m2, "m2");
    report.put("foretold_only_m2", overlap.foretold_only_m2, "m2");
    report.put("came_only_m2", overlap.came_only_m2, "m2");
    Ok(report)
}

fn rings(inputs: &Inputs, name: &str) -> Result<Vec<Ring>, HazardError> {
    let mut rings: Vec<(f64, Ring)> = Vec::new();
    for [part, x, y] in triples(inputs, name)? {
        match rings.last_mut().filter(|(of, _)| (*of - part).abs() < 0.5) {
            Some((_, ring)) => ring.push((x, y)),
            None => rings.push((part, vec![(x, y)])),
        }
    }
    Ok(rings.into_iter().map(|(_, ring)| ring).collect())
}
