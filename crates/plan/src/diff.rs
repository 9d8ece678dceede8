//! What is other in a plan than in the one before, and which fact made it so.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    level::Level,
    line::{Line, Plan},
    scope::Used,
    text::{Lang, Text},
};

/// A fact that is other than before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FactChange {
    /// Its key.
    pub key: String,
    /// Its name.
    pub label: Text,
    /// Before; none when it was not known.
    pub before: Option<Text>,
    /// Now; none when it is no longer known.
    pub after: Option<Text>,
}

/// What of a line is other than before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// What is to be done.
    Text,
    /// Who does it.
    Who,
    /// Until when.
    Deadline,
    /// Where it stands.
    Place,
    /// The clause it follows.
    Clause,
}

/// A line that is new or gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LineChange {
    /// The line.
    pub line: Line,
    /// Facts that made it so; empty when a pack, a level or a person did.
    pub why: Vec<FactChange>,
}

/// A line that is other than before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Changed {
    /// The line before.
    pub before: Line,
    /// The line now.
    pub after: Line,
    /// What of it.
    pub parts: Vec<Part>,
    /// Facts that made it so; empty when a pack or a person did.
    pub why: Vec<FactChange>,
}

/// The difference of two plans. That of a plan with itself is empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Diff {
    /// The level before and now, when it is other.
    pub level: Option<(Option<Level>, Option<Level>)>,
    /// The option before and now, when it is other.
    pub option: Option<(Option<String>, Option<String>)>,
    /// Lines that are new.
    pub added: Vec<LineChange>,
    /// Lines that are gone.
    pub removed: Vec<LineChange>,
    /// Lines that are other.
    pub changed: Vec<Changed>,
}

impl Diff {
    /// Whether nothing is other.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// In a sentence.
    #[must_use]
    pub fn summary(&self) -> Text {
        let level = |level: Option<Level>, lang| match (level, lang) {
            (Some(level), Lang::Zh) => format!("{level}级"),
            (Some(level), Lang::En) => format!("level {level}"),
            (None, Lang::Zh) => "未启动".to_owned(),
            (None, Lang::En) => "no response".to_owned(),
        };
        let (mut zh, mut en) = (Vec::new(), Vec::new());
        if let Some((before, after)) = self.level {
            zh.push(format!(
                "响应等级由{}调整为{}",
                level(before, Lang::Zh),
                level(after, Lang::Zh)
            ));
            en.push(format!("from {} to {}", level(before, Lang::En), level(after, Lang::En)));
        }
        let counts = [
            (self.added.len(), "新增", "added"),
            (self.removed.len(), "取消", "removed"),
            (self.changed.len(), "修改", "changed"),
        ];
        for (count, word_zh, word_en) in counts.into_iter().filter(|(count, ..)| *count > 0) {
            zh.push(format!("{word_zh}{count}条"));
            en.push(format!("{count} {word_en}"));
        }
        if zh.is_empty() {
            return Text::new("无变化", "nothing is other");
        }
        Text::new(zh.join("，"), en.join(", "))
    }
}

/// Compares two plans of one incident, the older first.
#[must_use]
pub fn diff(old: &Plan, new: &Plan) -> Diff {
    let by_id = |plan: &Plan| -> BTreeMap<String, Line> {
        plan.lines.iter().map(|line| (line.id.clone(), line.clone())).collect()
    };
    let (before, after) = (by_id(old), by_id(new));
    let facts = Both { old: facts_of(old), new: facts_of(new) };
    let mut diff = Diff {
        level: (old.level != new.level).then_some((old.level, new.level)),
        option: (old.option != new.option).then(|| (old.option.clone(), new.option.clone())),
        ..Diff::default()
    };
    for line in &new.lines {
        match before.get(&line.id) {
            None => {
                let why = facts.changes(asked(line).chain(replaced(line, &before)));
                diff.added.push(LineChange { line: line.clone(), why });
            }
            Some(was) => {
                let parts = parts(was, line);
                if !parts.is_empty() {
                    let why = facts.changes(asked(was).chain(asked(line)));
                    diff.changed.push(Changed {
                        before: was.clone(),
                        after: line.clone(),
                        parts,
                        why,
                    });
                }
            }
        }
    }
    for line in old.lines.iter().filter(|line| !after.contains_key(&line.id)) {
        let why = facts.changes(asked(line).chain(replaced(line, &after)));
        diff.removed.push(LineChange { line: line.clone(), why });
    }
    diff
}

/// Keys of all facts that a line asked for.
fn asked(line: &Line) -> impl Iterator<Item = &str> {
    let used = line.facts.iter().map(|used| used.key.as_str());
    used.chain(line.missing.iter().map(|missing| missing.key.as_str()))
}

/// Keys of what the lines of the same rule asked for in the other plan: a row that came or went changed the list.
fn replaced<'a>(
    line: &'a Line,
    other: &'a BTreeMap<String, Line>,
) -> impl Iterator<Item = &'a str> {
    other.values().filter(|known| known.rule == line.rule).flat_map(asked)
}

/// All facts of a plan: single ones, and those of rows that its lines name.
fn facts_of(plan: &Plan) -> BTreeMap<&str, &Used> {
    let single = plan.facts.iter().map(|(key, used)| (key.as_str(), used));
    let of_lines = plan.lines.iter().flat_map(|line| &line.facts);
    single.chain(of_lines.map(|used| (used.key.as_str(), used))).collect()
}

struct Both<'a> {
    old: BTreeMap<&'a str, &'a Used>,
    new: BTreeMap<&'a str, &'a Used>,
}

impl Both<'_> {
    /// Those of the facts that are other than before, each once.
    fn changes<'k>(&self, keys: impl Iterator<Item = &'k str>) -> Vec<FactChange> {
        let changed = keys.filter_map(|key| {
            let (before, after) = (self.old.get(key), self.new.get(key));
            let label = before.or(after)?.label.clone();
            let (before, after) =
                (before.map(|used| used.value.clone()), after.map(|used| used.value.clone()));
            (before != after)
                .then(|| (key.to_owned(), FactChange { key: key.to_owned(), label, before, after }))
        });
        changed.collect::<BTreeMap<_, _>>().into_values().collect()
    }
}

fn parts(before: &Line, after: &Line) -> Vec<Part> {
    let place = |line: &Line| (line.section, line.priority);
    let checks = [
        (before.text != after.text, Part::Text),
        (before.who != after.who, Part::Who),
        (before.deadline != after.deadline, Part::Deadline),
        (place(before) != place(after), Part::Place),
        (before.clause != after.clause, Part::Clause),
    ];
    checks.into_iter().filter(|(other, _)| *other).map(|(_, part)| part).collect()
}
