//! What an overpressure does.

use crate::{Area, Level, Report};

/// An overpressure and its effect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// Key of its level.
    pub key: &'static str,
    /// Overpressure, kPa.
    pub kpa: f64,
    /// As [`Level::severity`].
    pub severity: u8,
    /// Whether it is drawn as an area; the others are figures only, to keep a map readable.
    pub drawn: bool,
    /// Effect, Chinese and English.
    pub effect: (&'static str, &'static str),
}

const fn threshold(
    (key, kpa, severity, drawn): (&'static str, f64, u8, bool),
    zh: &'static str,
    en: &'static str,
) -> Threshold {
    Threshold { key, kpa, severity, drawn, effect: (zh, en) }
}

/// Thresholds, strongest first. Sources: Clancey 1972, CCPS 2000; 40 CFR 68 for 6.9 kPa (1 psi).
pub const THRESHOLDS: [Threshold; 10] = [
    threshold(
        ("68.9-kpa", 68.9, 3, true),
        "建筑物可能全部毁坏",
        "probable total destruction of buildings",
    ),
    threshold(
        ("34.5-kpa", 34.5, 3, false),
        "房屋几乎全部毁坏",
        "nearly complete destruction of houses",
    ),
    threshold(
        ("20.7-kpa", 20.7, 3, true),
        "重型机器移位，钢架变形",
        "heavy machines moved, steel frames distorted",
    ),
    threshold(
        ("17.2-kpa", 17.2, 3, false),
        "砖房 50% 毁坏",
        "half of the brickwork of houses destroyed",
    ),
    threshold(
        ("13.8-kpa", 13.8, 3, false),
        "墙壁和屋顶部分倒塌",
        "walls and roofs partly collapse",
    ),
    threshold(
        ("6.9-kpa", 6.9, 2, true),
        "房屋部分损坏，不能居住",
        "houses partly demolished, made uninhabitable",
    ),
    threshold(("4.8-kpa", 4.8, 2, false), "房屋结构轻微损坏", "minor structural damage to houses"),
    threshold(
        ("2.07-kpa", 2.07, 1, true),
        "安全距离：95% 概率无严重损坏，10% 窗玻璃破碎",
        "safe distance: no serious damage with 95 % probability, one pane in ten broken",
    ),
    threshold(("1-kpa", 1.0, 1, false), "典型玻璃破碎阈值", "glass typically fails"),
    threshold(
        ("0.3-kpa", 0.3, 1, false),
        "受应力的大窗偶有破碎",
        "large windows under stress break now and then",
    ),
];

impl Threshold {
    /// As a level of an area.
    #[must_use]
    pub fn level(&self) -> Level {
        Level {
            key: self.key.to_owned(),
            severity: self.severity,
            threshold: self.kpa,
            unit: "kPa".to_owned(),
        }
    }
}

/// Adds to a report how far each threshold reaches, and the circles of those that are drawn.
pub fn circles(report: &mut Report, reach_m: impl Fn(f64) -> Option<f64>) {
    for threshold in THRESHOLDS {
        let reach = reach_m(threshold.kpa).unwrap_or(0.0);
        report.put(&format!("reach_{}_m", threshold.key), reach, "m");
        if threshold.drawn && reach > 0.0 {
            report.areas.push(Area::circle(threshold.level(), reach));
        }
    }
}
