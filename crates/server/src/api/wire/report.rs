//! Reports of incidents.

use serde::Serialize;
use utoipa::ToSchema;

use super::Text;
use crate::report;

/// The report of an incident.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IncidentReport {
    /// As it was drafted first; null while the incident is some seconds old.
    pub first: Option<ReportDraft>,
    /// As it would be now.
    pub now: ReportDraft,
}

/// A draft.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReportDraft {
    /// When it was drafted, ms UTC.
    pub made: i64,
    /// The level that the facts ask for by the packs of plans: 1 (highest) to 4; null when no rule holds.
    pub level: Option<u8>,
    /// Why.
    pub because: Vec<Text>,
    /// Deadlines of reporting, the first one first.
    pub clocks: Vec<ReportClock>,
    /// The report in Chinese.
    pub text: String,
}

/// A deadline of reporting.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReportClock {
    /// Line of the plan that it comes from.
    pub id: String,
    /// What is to be reported.
    pub text: Text,
    /// Who reports.
    pub who: Text,
    /// Until when, ms UTC.
    pub due: i64,
    /// The clause; empty when none.
    pub clause: Text,
}

fn text(text: &helan_plan::Text) -> Text {
    Text { zh: text.zh.clone(), en: text.en.clone() }
}

impl From<&report::Draft> for ReportDraft {
    fn from(draft: &report::Draft) -> Self {
        let clock = |clock: &report::Clock| ReportClock {
            id: clock.id.clone(),
            text: text(&clock.text),
            who: text(&clock.who),
            due: clock.due,
            clause: text(&clock.clause),
        };
        Self {
            made: draft.made,
            level: draft.level,
            because: draft.because.iter().map(text).collect(),
            clocks: draft.clocks.iter().map(clock).collect(),
            text: draft.text.clone(),
        }
    }
}
