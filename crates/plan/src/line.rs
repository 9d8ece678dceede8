//! A plan and its lines.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    level::{Judgement, Level},
    scope::Used,
    text::{Ms, Text},
};

/// Sections of a plan: what protects people first, then the structure of a general plan of GB/T 29639-2020, chapter 6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    /// What protects people at once.
    Protect,
    /// Scope, 6.1.1.
    Scope,
    /// Response grading, 6.1.2.
    Grading,
    /// Organisation, 6.2.
    Organisation,
    /// Report of information, 6.3.1.1.
    Report,
    /// Handling and judging of information, 6.3.1.2.
    Handling,
    /// Warning, 6.3.2.
    Warning,
    /// Start of the response, 6.3.3.
    Start,
    /// Action, 6.3.4.
    Action,
    /// Support from others, 6.3.5.
    Support,
    /// End of the response, 6.3.6.
    End,
    /// Afterwards, 6.4.
    Afterwards,
    /// Guarantees, 6.5.
    Guarantees,
    /// Annexes, chapter 9.
    Annex,
}

impl Section {
    /// All, in the order of a plan.
    pub const ALL: [Self; 14] = [
        Self::Protect,
        Self::Scope,
        Self::Grading,
        Self::Organisation,
        Self::Report,
        Self::Handling,
        Self::Warning,
        Self::Start,
        Self::Action,
        Self::Support,
        Self::End,
        Self::Afterwards,
        Self::Guarantees,
        Self::Annex,
    ];

    /// Heading.
    #[must_use]
    pub fn heading(self) -> Text {
        let (zh, en) = match self {
            Self::Protect => ("立即采取的防护行动", "Protective action at once"),
            Self::Scope => ("适用范围", "Scope"),
            Self::Grading => ("响应分级", "Response grading"),
            Self::Organisation => ("应急组织机构及职责", "Organisation and duties"),
            Self::Report => ("信息报告", "Report of information"),
            Self::Handling => ("信息处置与研判", "Handling and judging of information"),
            Self::Warning => ("预警", "Warning"),
            Self::Start => ("响应启动", "Start of the response"),
            Self::Action => ("应急处置", "Action"),
            Self::Support => ("应急支援", "Support"),
            Self::End => ("响应终止", "End of the response"),
            Self::Afterwards => ("后期处置", "Afterwards"),
            Self::Guarantees => ("应急保障", "Guarantees"),
            Self::Annex => ("附件", "Annexes"),
        };
        Text::new(zh, en)
    }
}

/// A clause that something rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClauseRef {
    /// Its key: `pack/clause`.
    pub key: String,
    /// Its name for people.
    pub label: Text,
    /// Whether it was checked against the text of the source; else it is an example to be settled with the department.
    pub sure: bool,
}

/// Until when something is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// Minutes after the first report.
    pub within_min: u32,
    /// The moment; none when the time of the first report is not known.
    pub due: Option<Ms>,
}

/// A fact that a line lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// Its key.
    pub key: String,
    /// Its name.
    pub label: Text,
}

/// A line of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The same for the same thing in every plan of an incident.
    pub id: String,
    /// Where it stands.
    pub section: Section,
    /// Order within the section, smallest first.
    pub priority: u32,
    /// Whether it protects people; nobody can take it out.
    pub protective: bool,
    /// What is to be done.
    pub text: Text,
    /// Who does it.
    pub who: Text,
    /// Until when.
    pub deadline: Option<Deadline>,
    /// The rule of the pack that it was made from: `pack/line`.
    pub rule: String,
    /// The clause it follows.
    pub clause: Option<ClauseRef>,
    /// The facts it rests on.
    pub facts: Vec<Used>,
    /// The facts it lacks.
    pub missing: Vec<Missing>,
}

/// A plan as the packs make it from facts, without anybody's edits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Title.
    pub title: Text,
    /// The moment of the facts.
    pub at: Ms,
    /// When the incident was reported; deadlines count from here.
    pub opened: Option<Ms>,
    /// Whether it is a drill's.
    pub drill: bool,
    /// The level it goes by.
    pub level: Option<Level>,
    /// What the rules of the level say.
    pub judgement: Judgement,
    /// Key of the option it goes by.
    pub option: Option<String>,
    /// Packs it was made from, with their versions.
    pub packs: Vec<(String, u32)>,
    /// Its lines, in order.
    pub lines: Vec<Line>,
    /// All single facts that were known, for the difference to the next plan.
    pub facts: BTreeMap<String, Used>,
}
