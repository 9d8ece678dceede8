//! What whoever uses a footprint must know.

use super::{Cloud, Footprint};
use crate::Warning;

pub(super) const WIND_UNKNOWN: Warning = Warning::new(
    "wind-unknown",
    "风向风速未知，影响范围按各向最远距离画圆。",
    "The wind is not known: areas are circles with the farthest reach of all weathers.",
);
pub(super) const WIND_TOO_STRONG: Warning = Warning::new(
    "wind-not-credible",
    "风速超过 60 m/s，不可信，按风况未知处理。",
    "A wind above 60 m/s is not credible and is taken as unknown.",
);
pub(super) const WIND_TOO_OLD: Warning = Warning::new(
    "wind-too-old",
    "风的数据已超过 2 小时，按风况未知处理。",
    "The wind was measured more than two hours ago and is taken as unknown.",
);
pub(super) const WIND_STALE: Warning = Warning::new(
    "wind-stale",
    "风的数据已超过 30 分钟，扇形区相应加宽。",
    "The wind was measured more than 30 minutes ago: the sector is widened.",
);
pub(super) const CALM: Warning = Warning::new(
    "calm",
    "静风（小于 1 m/s），风向不可靠，影响范围按圆形画出。",
    "Calm (below 1 m/s): there is no direction to rely on, areas are circles.",
);
pub(super) const SKY_UNKNOWN: Warning = Warning::new(
    "sky-unknown",
    "云量和日照未知，按该风速下最稳定的大气稳定度计算。",
    "The sky is not known: the most stable class that goes with the wind is taken.",
);
pub(super) const BEYOND: Warning = Warning::new(
    "beyond-range",
    "影响距离超过 60 km 的计算上限，实际可能更远。",
    "A level reaches beyond 60 km, where reckoning ends; it may reach farther.",
);
const NOT_REACHED: Warning = Warning::new(
    "level-not-reached",
    "部分浓度限值在地面附近达不到，仅画出隔离区。",
    "Some levels are not reached near the ground; for them only the isolation distance is drawn.",
);
const POOL_AFTER: Warning = Warning::new(
    "pool-after-burst",
    "容器破裂后部分液体留在地面继续蒸发，影响范围已计入。",
    "A part of the liquid stays on the ground after the burst and evaporates; the areas hold that too.",
);
/// Data that is not checked is used.
pub const UNSURE: Warning = Warning::new(
    "unsure-data",
    "所用物性或限值中有未经第二来源核对的数据。",
    "Constants or limits used here are not checked against a second source.",
);
/// Dense gas outside what the correlations were measured for.
pub const DENSE_STRETCHED: Warning = Warning::new(
    "outside-validity",
    "泄漏量与风速超出重气模型的适用范围，按其边界计算。",
    "The release and the wind are outside what the model of dense gas was measured for: the edge of it is taken.",
);
/// A vapour pressure outside the range of its fit.
pub const VAPOUR_STRETCHED: Warning = Warning::new(
    "outside-validity",
    "温度超出蒸气压拟合范围，结果为外推值。",
    "The temperature is outside the range for which the vapour pressure was fitted: it is extrapolated.",
);
/// The guidebook's table is a transcript.
pub const SECOND_HAND: Warning = Warning::new(
    "erg-second-hand",
    "隔离和防护距离取自 ERG 2024 表 3 的转录值，使用前请与原书核对。",
    "Isolation and protective distances are transcribed from ERG 2024 table 3; check them against the book.",
);

/// Adds what follows from the answer itself.
pub(super) fn add(footprint: &mut Footprint) {
    let mut more = Vec::new();
    if footprint.levels.iter().any(|(_, reach)| reach.is_none()) {
        more.push(NOT_REACHED);
    }
    if footprint.clouds.len() > footprint.weathers.len() {
        more.push(POOL_AFTER);
    }
    let stretched = |cloud: &Cloud| matches!(cloud, Cloud::Dense(dense, _) if dense.stretched());
    if footprint.clouds.iter().any(stretched) {
        more.push(DENSE_STRETCHED);
    }
    let limits_sure = footprint.levels.iter().all(|(threshold, _)| threshold.sure);
    if !footprint.substance.sure || !limits_sure {
        more.push(UNSURE);
    }
    let table = footprint.substance.un.and_then(|un| crate::gas::erg::by_mass(un, 1e9)).is_some();
    if table {
        more.push(SECOND_HAND);
    }
    footprint.warnings.extend(more);
}
