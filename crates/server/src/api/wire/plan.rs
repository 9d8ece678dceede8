//! The plan of an incident: what people work on, what is other now, and what was issued.

use helan_plan::{Change, Diff, Lang, Shown};
use helan_store::desk::PlanHead;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::Text;

/// The plan as it is worked on.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlanView {
    /// Whether somebody began one; else this is a fresh draft that is not kept.
    pub begun: bool,
    /// The moment of the facts it was made from, ms UTC.
    pub at: i64,
    /// Title.
    pub title: Text,
    /// Level it goes by: `I` to `IV`; null when none is known.
    pub level: Option<String>,
    /// Lines as people see them: `line`, `edited` (who, when), `removed`, `conflict`.
    #[schema(value_type = Vec<Object>)]
    pub lines: Vec<Shown>,
    /// Lines in conflict that wait for a decision.
    pub conflicts: usize,
    /// What the facts of now would change, and why: `added`, `removed`, `changed` lines, `facts`.
    #[schema(value_type = Object)]
    pub changes: Diff,
    /// What is proposed for the level: keep, raise, wait or lower.
    #[schema(value_type = Object)]
    pub proposal: Value,
    /// Whether another person than whoever edits or asks has to approve.
    pub second_person: bool,
    /// Account of who asked for the plan to be issued and waits for approval.
    pub asked_by: Option<String>,
    /// Versions that were issued, newest first.
    pub versions: Vec<PlanVersionHead>,
}

/// A version that was issued.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlanVersionHead {
    /// 1 for the first.
    pub number: u32,
    /// When, ms UTC.
    pub at: i64,
    /// Level; empty when there was none.
    pub level: String,
    /// Account of who asked.
    pub asked_by: String,
    /// Account of who approved.
    pub approved_by: String,
    /// What is other than before, in a sentence.
    pub summary: String,
}

impl From<&PlanHead> for PlanVersionHead {
    fn from(head: &PlanHead) -> Self {
        Self {
            number: head.number,
            at: head.at.0,
            level: head.level.clone(),
            asked_by: head.asked_by.clone(),
            approved_by: head.approved_by.clone(),
            summary: head.summary.clone(),
        }
    }
}

/// An edit of a line.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanEditing {
    /// Id of the line; of a new one: 1 to 64 characters of one's own.
    pub line: String,
    /// `{"kind": "write", "content": {…}}`, `remove`, `add` or `take`.
    #[schema(value_type = Object)]
    pub change: Change,
}

/// What became of a request to issue.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlanIssued {
    /// Number of the version; null while another person has to approve.
    pub number: Option<u32>,
}

/// How a plan is printed.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct PaperQuery {
    /// `pdf` or `docx`.
    #[serde(default)]
    pub format: PaperFormat,
    /// Version; left out: as it is worked on now.
    #[serde(default)]
    pub version: Option<u32>,
    /// `zh` or `en`.
    #[serde(default = "chinese")]
    #[param(value_type = String)]
    pub lang: Lang,
}

const fn chinese() -> Lang {
    Lang::Zh
}

/// What kind of file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PaperFormat {
    /// Portable document.
    #[default]
    Pdf,
    /// Word.
    Docx,
}
