//! Quality of the base database: scores, flaws, trends, random checks.

use std::collections::BTreeMap;

use helan_base::quality::{Aspect, FlawKind, Marks, Tally, wilson};
use helan_store::desk::quality::{Check, Draw};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::BaseFlaw;

/// Which scores.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ScoreQuery {
    /// A row for each `kind` (default), `domain`, `city` or `county`.
    pub by: Option<String>,
    /// Only of this kind.
    pub kind: Option<String>,
    /// Only of this domain.
    pub domain: Option<String>,
    /// Only in this area.
    pub area: Option<u32>,
}

/// Scores.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Scores {
    /// When the oldest of them was computed, ms UTC; null when there are none.
    pub at: Option<i64>,
    /// Whether something has changed since.
    pub outdated: bool,
    /// Whether they are being computed.
    pub running: bool,
    /// The formula: the part of each aspect in the score, in hundredths.
    pub weights: BTreeMap<&'static str, u32>,
    /// All together.
    pub total: Score,
    /// One by one.
    pub rows: Vec<Score>,
}

/// How good some records are.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Score {
    /// Key of the kind, domain or area; empty for the total.
    pub key: String,
    /// Records.
    pub records: u64,
    /// 0 (bad) to 100; null when there are none.
    pub score: Option<f64>,
    /// The same for each aspect.
    pub aspects: BTreeMap<&'static str, f64>,
    /// Records with each flaw.
    pub flaws: BTreeMap<&'static str, u64>,
    /// When one of them was changed last, ms UTC; null when there are none.
    pub newest: Option<i64>,
}

fn aspects(marks: &Marks) -> BTreeMap<&'static str, f64> {
    let all = Aspect::ALL.into_iter();
    all.filter_map(|aspect| Some((aspect.word(), marks.of(aspect)?))).collect()
}

impl Score {
    /// As it is shown.
    #[must_use]
    pub fn of(key: String, tally: &Tally) -> Self {
        let flaws = FlawKind::ALL.into_iter().map(|flaw| (flaw.code(), tally.with(flaw)));
        Self {
            key,
            records: tally.marks.records,
            score: tally.score(),
            aspects: aspects(&tally.marks),
            flaws: flaws.filter(|(_, count)| *count > 0).collect(),
            newest: (tally.marks.records > 0).then_some(tally.newest.0),
        }
    }
}

/// Which records with flaws.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct FlawQuery {
    /// Key of the kind.
    pub kind: String,
    /// Only in this area.
    pub area: Option<u32>,
    /// Only with this flaw.
    pub flaw: Option<String>,
    /// Cursor of the page before.
    pub after: Option<String>,
    /// Rows of the page.
    pub limit: Option<u32>,
}

/// A record that is to be put right.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FlawedObject {
    /// Number among all objects.
    pub id: i64,
    /// Key of its kind.
    pub kind: String,
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Its area.
    pub area: u32,
    /// What is wrong with it now.
    pub flaws: Vec<BaseFlaw>,
    /// When it was last confirmed, ms UTC.
    pub checked_at: i64,
}

/// Which days.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct TrendQuery {
    /// Only of this kind.
    pub kind: Option<String>,
    /// Only of this domain.
    pub domain: Option<String>,
    /// Only in this area.
    pub area: Option<u32>,
    /// The last so many days: 1 to 400; 90 when nothing is said.
    pub days: Option<u32>,
}

/// The score of a day.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DayScore {
    /// Its first moment (midnight in China), ms UTC.
    pub at: i64,
    /// Records.
    pub records: u64,
    /// 0 (bad) to 100; null when there were none.
    pub score: Option<f64>,
    /// The same for each aspect.
    pub aspects: BTreeMap<&'static str, f64>,
}

impl DayScore {
    /// As it is shown.
    #[must_use]
    pub fn of(at: i64, marks: &Marks) -> Self {
        Self { at, records: marks.records, score: marks.score(), aspects: aspects(marks) }
    }
}

/// A draw of records to be looked at.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DrawOrder {
    /// Key of the kind.
    pub kind: String,
    /// From this area; the caller's when none is given.
    pub area: Option<u32>,
    /// How many: 1 to 500.
    pub count: u32,
}

/// Which draws.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct DrawQuery {
    /// Cursor of the page before.
    pub after: Option<String>,
    /// Rows of the page.
    pub limit: Option<u32>,
}

/// A draw.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SpotDraw {
    /// Its number.
    pub id: u64,
    /// Key of the kind.
    pub kind: String,
    /// Area that was drawn from.
    pub area: u32,
    /// Seed: whoever has it can draw again.
    pub seed: u64,
    /// Account that drew.
    pub by: String,
    /// When, ms UTC.
    pub at: i64,
    /// Records that were drawn.
    pub drawn: u64,
    /// What was found.
    pub errors: SpotErrors,
}

impl From<&Draw> for SpotDraw {
    fn from(draw: &Draw) -> Self {
        Self {
            id: draw.id,
            kind: draw.kind.clone(),
            area: draw.area.0,
            seed: draw.seed,
            by: draw.by.clone(),
            at: draw.at.0,
            drawn: draw.drawn,
            errors: SpotErrors::of(draw.checked, draw.wrong),
        }
    }
}

/// How many were wrong, and what that says of all.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct SpotErrors {
    /// Records that somebody looked at.
    pub checked: u64,
    /// Those of them with something wrong.
    pub wrong: u64,
    /// The part that is wrong, 0 to 1; null when nothing was checked.
    pub rate: Option<f64>,
    /// With 95 % confidence the part of all records that is wrong is not below this (Wilson).
    pub low: f64,
    /// Nor above this.
    pub high: f64,
}

impl SpotErrors {
    /// As it is shown.
    #[must_use]
    pub fn of(checked: u64, wrong: u64) -> Self {
        let (low, high) = wilson(wrong, checked);
        #[expect(clippy::cast_precision_loss, reason = "checks are few")]
        let rate = (checked > 0).then(|| wrong as f64 / checked as f64);
        Self { checked, wrong, rate, low, high }
    }
}

/// A draw with its records.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SpotDetail {
    /// The draw.
    pub draw: SpotDraw,
    /// Its records.
    pub items: Vec<SpotItem>,
}

/// A record that was drawn.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SpotItem {
    /// Number among all objects.
    pub id: i64,
    /// Its key; empty when it was taken away since, or now lies elsewhere.
    pub key: String,
    /// Its name; empty likewise.
    pub name: String,
    /// Its area when it was drawn.
    pub area: u32,
    /// What was found; null as long as nobody looked.
    pub check: Option<SpotCheck>,
}

/// What somebody found who looked.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SpotCheck {
    /// Columns that are wrong; empty: all is right.
    pub wrong: Vec<String>,
    /// More words; may be empty.
    pub note: String,
    /// Account.
    pub by: String,
    /// When, ms UTC.
    pub at: i64,
}

impl From<Check> for SpotCheck {
    fn from(check: Check) -> Self {
        Self { wrong: check.wrong, note: check.note, by: check.by, at: check.at.0 }
    }
}

/// What somebody finds who looks.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SpotVerdict {
    /// Fields of the kind, or `name`, `area`, `address`, `post`, `geom`, that are wrong; empty: all is right.
    pub wrong: Vec<String>,
    /// More words.
    #[serde(default)]
    pub note: String,
}

/// By what errors are told apart.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ErrorQuery {
    /// A row for each `domain` (default), `kind`, `city` or `county`.
    pub by: Option<String>,
    /// Only in this area.
    pub area: Option<u32>,
}

/// The errors of some records that were drawn in the last year.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SpotRow {
    /// Key of the kind, domain or area.
    pub key: String,
    /// What was found.
    pub errors: SpotErrors,
}
