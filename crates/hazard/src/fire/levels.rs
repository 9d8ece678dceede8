//! What heat radiation does.

use crate::{Area, Level, Report};

/// A flux and its effect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// Key of its level.
    pub key: &'static str,
    /// Flux, kW/m².
    pub kw_m2: f64,
    /// As [`Level::severity`].
    pub severity: u8,
    /// Effect, Chinese and English.
    pub effect: (&'static str, &'static str),
}

const fn threshold(
    key: &'static str,
    kw_m2: f64,
    severity: u8,
    zh: &'static str,
    en: &'static str,
) -> Threshold {
    Threshold { key, kw_m2, severity, effect: (zh, en) }
}

/// Thresholds, strongest first. Sources: CCPS 2000; 40 CFR 68 for 5 kW/m². The fluxes 37.5, 25, 12.5, 4 and 1.6 are also those of
/// AQ/T 3046-2013.
pub const THRESHOLDS: [Threshold; 7] = [
    threshold(
        "37.5-kw-m2",
        37.5,
        3,
        "设备损坏；1 min 内人员全部死亡",
        "damage to process equipment; everybody dies in 1 min",
    ),
    threshold(
        "25-kw-m2",
        25.0,
        3,
        "木材自燃；10 s 内重伤",
        "wood ignites by itself; serious injury in 10 s",
    ),
    threshold(
        "12.5-kw-m2",
        12.5,
        3,
        "木材遇明火点燃、塑料管熔化；1 min 内 1% 死亡",
        "wood is lit by a flame, plastic tubes melt; 1 % die in 1 min",
    ),
    threshold(
        "9.5-kw-m2",
        9.5,
        2,
        "8 s 后疼痛，20 s 后二度烧伤",
        "pain after 8 s, second-degree burn after 20 s",
    ),
    threshold("5-kw-m2", 5.0, 2, "40 s 后二度烧伤", "second-degree burn after 40 s"),
    threshold("4-kw-m2", 4.0, 2, "20 s 后疼痛，可能起泡", "pain after 20 s, blisters possible"),
    threshold("1.6-kw-m2", 1.6, 1, "长时间暴露无不适", "no discomfort however long"),
];

impl Threshold {
    /// As a level of an area.
    #[must_use]
    pub fn level(&self) -> Level {
        Level {
            key: self.key.to_owned(),
            severity: self.severity,
            threshold: self.kw_m2,
            unit: "kW/m2".to_owned(),
        }
    }
}

/// Adds to a report how far each threshold reaches, and its circle.
pub fn circles(report: &mut Report, reach_m: impl Fn(f64) -> Option<f64>) {
    for threshold in THRESHOLDS {
        let reach = reach_m(threshold.kw_m2).unwrap_or(0.0);
        report.put(&format!("reach_{}_m", threshold.key), reach, "m");
        if reach > 0.0 {
            report.areas.push(Area::circle(threshold.level(), reach));
        }
    }
}
