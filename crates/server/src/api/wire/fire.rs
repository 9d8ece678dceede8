//! Hotspots and crews.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Position;
use crate::jobs::crews;

/// Something hot that a satellite sees.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hotspot {
    /// Which satellite, or which feed.
    pub satellite: String,
    /// Area code of the place.
    pub area: u32,
    /// Where.
    pub position: Position,
    /// Where, in words.
    #[serde(default)]
    pub place: String,
    /// Radiative power, MW.
    pub frp_mw: f64,
    /// Whether the satellite is sure: nominal or high confidence.
    pub sure: bool,
    /// Whether it belongs to a drill.
    #[serde(default)]
    pub drill: bool,
}

/// What became of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HotspotTaken {
    /// Number of the incident; null when it is a known source.
    pub incident: Option<u64>,
    /// Key of the facility that is hot by itself; null when it is none.
    pub known: Option<String>,
}

/// How the crews of a fire stand.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CrewChecks {
    /// How often they were looked at.
    pub checks: u64,
    /// When they were looked at last, ms UTC; 0 when never.
    pub last: i64,
    /// Longest time between two looks, seconds.
    pub longest_gap_s: f64,
    /// The crews.
    pub crews: Vec<CrewView>,
}

/// How a crew stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CrewView {
    /// Key of the post.
    pub key: String,
    /// Name.
    pub name: String,
    /// Where it was.
    pub at: Position,
    /// `clear`, `upslope`, `turn`, `ahead` or `burnt`.
    pub stands: &'static str,
    /// When it was told to get out last, ms UTC; null when never.
    pub told: Option<i64>,
}

impl From<&crews::Checks> for CrewChecks {
    fn from(checks: &crews::Checks) -> Self {
        let view = |crew: &crews::Crew| CrewView {
            key: crew.key.clone(),
            name: crew.name.clone(),
            at: crew.at.into(),
            stands: match crew.stands {
                crews::Stands::Clear => "clear",
                crews::Stands::Upslope => "upslope",
                crews::Stands::Turn => "turn",
                crews::Stands::Ahead => "ahead",
                crews::Stands::Burnt => "burnt",
            },
            told: crew.told.map(|at| at.0),
        };
        #[expect(clippy::cast_precision_loss, reason = "a gap is seconds")]
        let longest_gap_s = checks.longest_gap.0 as f64 / 1000.0;
        Self {
            checks: checks.count,
            last: checks.last.0,
            longest_gap_s,
            crews: checks.crews.iter().map(view).collect(),
        }
    }
}
