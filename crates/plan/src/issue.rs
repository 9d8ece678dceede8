//! A plan goes out under a number, when somebody approves it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    diff::{Diff, diff},
    edit::Working,
    line::Plan,
    text::{Ms, Text},
};

/// A plan that was issued. It never changes: what is other goes out under the next number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// 1 for the first.
    pub number: u32,
    /// The plan with everybody's edits.
    pub plan: Plan,
    /// Accounts of those whose edits are in it.
    pub editors: BTreeSet<String>,
    /// Account of who asked for it.
    pub asked_by: String,
    /// Account of who approved it.
    pub approved_by: String,
    /// When.
    pub at: Ms,
    /// What is other than in the version before.
    pub diff: Diff,
    /// That in a sentence.
    pub summary: Text,
}

/// Why a plan cannot be issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// Lines are in conflict; somebody decides first.
    #[error("{0} lines are in conflict: decide first")]
    Conflicts(usize),
    /// Whoever asked or edited cannot approve at this level.
    #[error("at this level somebody else than who asked or edited has to approve")]
    SecondPerson,
    /// Nothing is other than in the version before.
    #[error("nothing is other than in the version before")]
    Unchanged,
}

impl Working {
    /// Issues the plan under the next number.
    ///
    /// # Errors
    /// When lines are in conflict, a second person has to approve, or nothing is other than before.
    pub fn issue(
        &self,
        before: Option<&Version>,
        asked_by: &str,
        approved_by: &str,
        at: Ms,
    ) -> Result<Version, IssueError> {
        let conflicts = self.conflicts().len();
        if conflicts > 0 {
            return Err(IssueError::Conflicts(conflicts));
        }
        let editors: BTreeSet<String> = self.edits.iter().map(|edit| edit.by.clone()).collect();
        let same = approved_by == asked_by || editors.contains(approved_by);
        if approved_by.is_empty() || self.needs_second_person() && same {
            return Err(IssueError::SecondPerson);
        }
        let plan = self.plan();
        let diff = before.map(|before| diff(&before.plan, &plan)).unwrap_or_default();
        if before.is_some() && diff.is_empty() {
            return Err(IssueError::Unchanged);
        }
        let summary = match before {
            Some(_) => diff.summary(),
            None => Text::new("首次印发", "first issue"),
        };
        Ok(Version {
            number: before.map_or(1, |before| before.number.saturating_add(1)),
            plan,
            editors,
            asked_by: asked_by.to_owned(),
            approved_by: approved_by.to_owned(),
            at,
            diff,
            summary,
        })
    }
}
