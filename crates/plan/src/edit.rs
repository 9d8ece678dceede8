//! What people change in a plan: tracked, kept when the facts change, and shown where both changed the same.
//!
//! An edit keeps what was generated when it was made. When the plan is made anew, three are compared: generated before, edited,
//! generated now. Where only one changed it wins; where both did, the person's words stay and the conflict is shown until somebody
//! decides ([`Working::edit`] again, or [`Change::Take`]).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    diff::{Diff, diff},
    level::Level,
    line::{Deadline, Line, Plan, Section},
    text::{Ms, Text},
};

/// Edits of one plan: some hundreds of lines, changed some times each.
pub const MAX_EDITS: usize = 2_000;
/// Characters of a text that a person writes, in each language.
pub const MAX_TEXT_CHARS: usize = 4_000;

/// What of a line people can change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// What is to be done.
    pub text: Text,
    /// Who does it.
    pub who: Text,
    /// Minutes after the first report until it is to be done.
    pub within_min: Option<u32>,
}

impl Content {
    /// That of a line.
    #[must_use]
    pub fn of(line: &Line) -> Self {
        Self {
            text: line.text.clone(),
            who: line.who.clone(),
            within_min: line.deadline.map(|deadline| deadline.within_min),
        }
    }
}

/// What a person does to a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// Writes it anew; on a conflict that is the decision.
    Write {
        /// The new content.
        content: Content,
    },
    /// Takes it out; what protects people stays.
    Remove,
    /// Adds a line of one's own under a new id.
    Add {
        /// Where.
        section: Section,
        /// Order within the section, smallest first.
        priority: u32,
        /// Its content.
        content: Content,
    },
    /// Takes what is generated: every edit of the line before is void.
    Take,
}

/// An edit, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// The line.
    pub line: String,
    /// Account of who.
    pub by: String,
    /// When.
    pub at: Ms,
    /// What.
    pub change: Change,
    /// Where the line stands.
    pub section: Section,
    /// Its order within the section.
    pub priority: u32,
    /// What stood there before for people; none when there was nothing.
    pub before: Option<Content>,
    /// What was generated then; none when nothing was.
    pub base: Option<Content>,
}

/// Why an edit is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// There is no such line.
    #[error("there is no such line")]
    Unknown,
    /// A line of this id is there already.
    #[error("a line of this id is there already")]
    Exists,
    /// What protects people cannot be taken out, nor emptied.
    #[error("what protects people cannot be taken out")]
    Protective,
    /// Nothing is said, too much, or the id cannot be used.
    #[error("the text is empty or too long, or the id cannot be used")]
    Content,
    /// There are too many edits.
    #[error("too many edits")]
    TooMany,
}

/// Two changed the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// What was generated when the person wrote.
    pub base: Option<Content>,
    /// What the person wrote; none: took it out.
    pub edited: Option<Content>,
    /// What is generated now; none: nothing any more.
    pub generated: Option<Content>,
}

/// A line as it stands in the plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// The line, with what people wrote.
    pub line: Line,
    /// Who changed it last, and when.
    pub edited: Option<(String, Ms)>,
    /// Whether a person took it out: it is shown so, and not printed.
    pub removed: bool,
    /// A conflict that somebody has to decide.
    pub conflict: Option<Conflict>,
}

/// A plan that people work on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Working {
    /// What is generated from the facts now.
    pub generated: Plan,
    /// All edits, in order; none is ever lost.
    pub edits: Vec<Edit>,
}

impl Working {
    /// A plan that nobody has touched.
    #[must_use]
    pub const fn new(generated: Plan) -> Self {
        Self { generated, edits: Vec::new() }
    }

    /// Puts a newly generated plan in the place of the old one; edits are kept. Gives the difference that people see.
    pub fn regenerate(&mut self, generated: Plan) -> Diff {
        let before = self.plan();
        self.generated = generated;
        diff(&before, &self.plan())
    }

    /// Notes an edit.
    ///
    /// # Errors
    /// When there is no such line, it protects people and would be gone, or its content cannot be used.
    pub fn edit(&mut self, line: &str, by: &str, at: Ms, change: Change) -> Result<(), EditError> {
        if self.edits.len() >= MAX_EDITS {
            return Err(EditError::TooMany);
        }
        let shown = self.shown().into_iter().find(|shown| shown.line.id == line);
        let generated = self.generated.lines.iter().find(|known| known.id == line);
        match (&change, &shown) {
            (Change::Add { content, .. }, None) => {
                let sound = !line.is_empty() && line.chars().count() <= 100 && !line.contains('/');
                check(content, sound)?;
            }
            (Change::Add { .. }, Some(_)) => return Err(EditError::Exists),
            (_, None) => return Err(EditError::Unknown),
            (Change::Write { content }, Some(_)) => check(content, true)?,
            (Change::Remove, Some(shown)) if shown.line.protective => {
                return Err(EditError::Protective);
            }
            // Nothing is generated in the place of a person's own line: taking that is taking it out. Where the ground of a generated line
            // is gone, it is the decision.
            (Change::Take, Some(shown))
                if shown.line.protective && generated.is_none() && shown.conflict.is_none() =>
            {
                return Err(EditError::Protective);
            }
            (Change::Remove | Change::Take, Some(_)) => {}
        }
        let (section, priority) = match (&change, &shown) {
            (Change::Add { section, priority, .. }, _) => (*section, *priority),
            (_, Some(shown)) => (shown.line.section, shown.line.priority),
            (_, None) => return Err(EditError::Unknown),
        };
        self.edits.push(Edit {
            line: line.to_owned(),
            by: by.to_owned(),
            at,
            change,
            section,
            priority,
            before: shown.filter(|shown| !shown.removed).map(|shown| Content::of(&shown.line)),
            base: generated.map(Content::of),
        });
        Ok(())
    }

    /// The edit of each line that counts: the last, unless it takes what is generated.
    fn last(&self) -> BTreeMap<&str, &Edit> {
        let mut last: BTreeMap<&str, &Edit> =
            self.edits.iter().map(|edit| (edit.line.as_str(), edit)).collect();
        last.retain(|_, edit| edit.change != Change::Take);
        last
    }

    /// The lines as people see them, those that were taken out and those in conflict marked.
    #[must_use]
    pub fn shown(&self) -> Vec<Shown> {
        let mut last = self.last();
        let mut lines: Vec<Shown> = Vec::new();
        for line in &self.generated.lines {
            lines.push(match last.remove(line.id.as_str()) {
                Some(edit) => merged(line, edit, self.generated.opened),
                None => Shown { line: line.clone(), edited: None, removed: false, conflict: None },
            });
        }
        lines.extend(last.into_values().filter_map(|edit| self.alone(edit)));
        lines.sort_by_key(|shown| (shown.line.section, shown.line.priority));
        lines
    }

    /// A line that people wrote and nothing generates: their own, or one whose ground is gone.
    fn alone(&self, edit: &Edit) -> Option<Shown> {
        let content = written(&edit.change)?;
        let mut line = Line {
            id: edit.line.clone(),
            section: edit.section,
            priority: edit.priority,
            protective: edit.section == Section::Protect,
            text: Text::default(),
            who: Text::default(),
            deadline: None,
            rule: String::new(),
            clause: None,
            facts: Vec::new(),
            missing: Vec::new(),
        };
        apply(&mut line, content, self.generated.opened);
        let conflict = edit.base.clone().map(|base| Conflict {
            base: Some(base),
            edited: Some(content.clone()),
            generated: None,
        });
        Some(Shown { line, edited: Some((edit.by.clone(), edit.at)), removed: false, conflict })
    }

    /// Conflicts that wait for a decision.
    #[must_use]
    pub fn conflicts(&self) -> Vec<Shown> {
        self.shown().into_iter().filter(|shown| shown.conflict.is_some()).collect()
    }

    /// The plan as it would be issued now.
    #[must_use]
    pub fn plan(&self) -> Plan {
        let mut plan = self.generated.clone();
        plan.lines = self
            .shown()
            .into_iter()
            .filter(|shown| !shown.removed)
            .map(|shown| shown.line)
            .collect();
        plan
    }

    /// Whether another person than whoever edits or asks has to approve: at levels I and II, and as long as nobody knows the level.
    #[must_use]
    pub const fn needs_second_person(&self) -> bool {
        matches!(self.generated.level, None | Some(Level::I | Level::II))
    }
}

fn check(content: &Content, sound: bool) -> Result<(), EditError> {
    let fits = |text: &Text| {
        text.zh.chars().count() <= MAX_TEXT_CHARS && text.en.chars().count() <= MAX_TEXT_CHARS
    };
    let said = !content.text.is_empty() && fits(&content.text) && fits(&content.who);
    if sound && said { Ok(()) } else { Err(EditError::Content) }
}

/// What a change writes; none when it takes the line out.
const fn written(change: &Change) -> Option<&Content> {
    match change {
        Change::Write { content } | Change::Add { content, .. } => Some(content),
        Change::Remove | Change::Take => None,
    }
}

fn apply(line: &mut Line, content: &Content, opened: Option<Ms>) {
    line.text = content.text.clone();
    line.who = content.who.clone();
    line.deadline = content.within_min.map(|within_min| Deadline {
        within_min,
        due: opened.map(|opened| opened.plus_minutes(within_min)),
    });
}

/// One part of a line, three ways: (what stands, whether both changed it).
fn three<T: Clone + PartialEq>(base: &T, edited: &T, generated: &T) -> (T, bool) {
    if edited == base {
        (generated.clone(), false)
    } else {
        (edited.clone(), generated != base && generated != edited)
    }
}

/// A generated line with a person's edit.
fn merged(line: &Line, edit: &Edit, opened: Option<Ms>) -> Shown {
    let generated = Content::of(line);
    let stamp = Some((edit.by.clone(), edit.at));
    let base = edit.base.clone();
    let Some(edited) = written(&edit.change) else {
        let other = base.as_ref() != Some(&generated);
        let conflict = other.then_some(Conflict { base, edited: None, generated: Some(generated) });
        // What came to protect people since is shown whatever was taken out before.
        let removed = !line.protective;
        return Shown { line: line.clone(), edited: stamp, removed, conflict };
    };
    // Nothing was generated when it was written: all of it is the person's.
    let from = base.clone().unwrap_or_default();
    let (text, text_both) = three(&from.text, &edited.text, &generated.text);
    let (who, who_both) = three(&from.who, &edited.who, &generated.who);
    let (within_min, time_both) =
        three(&from.within_min, &edited.within_min, &generated.within_min);
    let conflict = (text_both || who_both || time_both).then(|| Conflict {
        base,
        edited: Some(edited.clone()),
        generated: Some(generated),
    });
    let mut merged = line.clone();
    apply(&mut merged, &Content { text, who, within_min }, opened);
    Shown { line: merged, edited: stamp, removed: false, conflict }
}
