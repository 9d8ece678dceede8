//! A plan from facts and packs. The same facts give the same plan.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    condition::Truth,
    facts::{Fact, Facts, Source, SourceKind},
    keys::{KEYS, label},
    level::{Judgement, judge},
    line::{Deadline, Line, Missing, Plan},
    options::{Options, options},
    pack::{Library, LineRule, PlanPack},
    row::Item,
    scope::{Scope, Trace, Used},
    template::missing,
    text::{Lang, Text},
};

/// Rows of a list that get a line each; more are named together in one. A plan of more lines is read by nobody.
const MAX_ROWS: usize = 300;
/// Rows of what protects people: each block of homes has its own way out, and nobody may be left out because there are many. So many
/// blocks get ways; more are said to be missing.
const MAX_PROTECTIVE_ROWS: usize = 2_000;

/// Makes the plan.
#[must_use]
pub fn generate(library: &Library, facts: &Facts) -> Plan {
    let judgement = judge(library, facts);
    let facts = &decided(library, facts, &judgement);
    let scope = Scope::new(facts);
    let level = facts.decided.level.as_ref().map(|level| level.value);
    let option = facts.decided.option.as_ref().map(|option| option.value.clone());
    let mut lines = Vec::new();
    for (pack, rule) in library.line_rules(facts) {
        let at_level =
            level.is_none_or(|level| rule.levels.is_empty() || rule.levels.contains(&level));
        let with_option = option
            .as_ref()
            .is_none_or(|option| rule.options.is_empty() || rule.options.contains(option));
        if at_level && with_option {
            add(pack, rule, &scope, &mut lines);
        }
    }
    // Stable: rules keep the order of the packs, rows that of their list.
    lines.sort_by_key(|line: &Line| (line.section, line.priority));
    Plan {
        title: title(library, &scope),
        at: facts.now,
        opened: facts.incident.opened.as_ref().map(|opened| opened.value),
        drill: facts.incident.drill.as_ref().is_some_and(|drill| drill.value),
        level,
        judgement,
        option,
        packs: library
            .packs_for(facts)
            .map(|pack| (pack.plan.key.clone(), pack.plan.version))
            .collect(),
        lines,
        facts: known(facts),
    }
}

/// The facts with what is proposed in the place of what nobody decided.
fn decided(library: &Library, facts: &Facts, judgement: &Judgement) -> Facts {
    let mut facts = facts.clone();
    if facts.decided.level.is_none()
        && let Some(because) = judgement.because.first()
    {
        let source =
            Source::new(SourceKind::Rule, because.rule.as_str(), because.clause.label.clone());
        let source = resting(source, &because.facts);
        facts.decided.level = Some(Fact::new(because.level, source, facts.now));
    }
    if facts.decided.option.is_none() {
        let Options { choices, recommended, .. } = options(library, &facts);
        if let Some(key) = recommended {
            let source = Source::new(SourceKind::Rule, key.as_str(), label("response.option"));
            let choice = choices.iter().find(|choice| choice.key == key);
            let source = resting(source, choice.map_or(&[], |choice| &choice.inputs));
            facts.decided.option = Some(Fact::new(key, source, facts.now));
        }
    }
    facts
}

/// What rests on something supposed is itself no more than that.
fn resting(source: Source, on: &[Used]) -> Source {
    let supposed = on.iter().any(|used| used.source.kind == SourceKind::Supposed);
    if supposed { source.supposed() } else { source }
}

/// The title of the last pack that has one: that of the kind rather than that for every kind.
fn title(library: &Library, scope: &Scope<'_>) -> Text {
    let words = library.packs_for(scope.facts).filter_map(|pack| pack.plan.title.as_ref()).last();
    match words {
        Some(words) => words.fill(scope, &mut Trace::default()),
        None => Text::new("突发事件应急处置方案", "Emergency plan"),
    }
}

fn known(facts: &Facts) -> BTreeMap<String, Used> {
    let used = KEYS.iter().filter_map(|key| {
        let found = facts.find(key.key)?;
        let used = Used {
            key: key.key.to_owned(),
            label: label(key.key),
            value: found.value.both(),
            source: found.source.clone(),
            at: found.at,
        };
        Some((used.key.clone(), used))
    });
    used.collect()
}

fn add(pack: &PlanPack, rule: &LineRule, scope: &Scope<'_>, lines: &mut Vec<Line>) {
    let mut trace = Trace::default();
    let truth = rule.when.as_ref().map_or(Truth::Yes, |when| when.holds(scope, &mut trace));
    if truth == Truth::No {
        return;
    }
    // Whether it applies is not known: it stays, and says what it waits for.
    let open: Vec<Text> = match truth {
        Truth::Unknown => trace.missing.values().cloned().collect(),
        _ => Vec::new(),
    };
    let maker = Maker { pack, rule, open };
    let Some(list) = rule.each.as_deref() else {
        let text = rule.text.fill(scope, &mut trace);
        lines.push(maker.line(rule.id.clone(), text, scope, trace));
        return;
    };
    let Some(items) = scope.list(list, &mut trace) else {
        let note = label(list);
        let mut text = match &rule.none {
            Some(none) => none.fill(scope, &mut trace),
            None => Text::default(),
        };
        text.zh.push_str(&missing(&note, Lang::Zh));
        text.en.push_str(&missing(&note, Lang::En));
        lines.push(maker.line(rule.id.clone(), text, scope, trace));
        return;
    };
    maker.rows(&items, scope, &trace, lines);
}

struct Maker<'a> {
    pack: &'a PlanPack,
    rule: &'a LineRule,
    open: Vec<Text>,
}

impl Maker<'_> {
    /// A line for each row; without any, what is said instead.
    fn rows(&self, items: &[Item<'_>], scope: &Scope<'_>, before: &Trace, lines: &mut Vec<Line>) {
        let rule = self.rule;
        let mut ids = BTreeSet::new();
        let mut left = 0_usize;
        let most = if rule.protective() { MAX_PROTECTIVE_ROWS } else { MAX_ROWS };
        for item in items {
            let at_row = Scope::at(scope.facts, *item);
            let mut trace = before.clone();
            let filter = rule.filter.as_ref();
            let wanted = filter.map_or(Truth::Yes, |filter| filter.holds(&at_row, &mut trace));
            if wanted == Truth::No {
                continue;
            }
            if ids.len() >= most {
                left += 1;
                continue;
            }
            let mut id = format!("{}/{}", rule.id, item.row.key());
            while !ids.insert(id.clone()) {
                id.push('~');
            }
            let text = rule.text.fill(&at_row, &mut trace);
            lines.push(self.line(id, text, &at_row, trace));
        }
        if left > 0 {
            let list = label(rule.each.as_deref().unwrap_or_default());
            let text = Text::new(
                format!("“{}”另有{left}项未在本方案逐项列出，须逐项落实同样要求。", list.zh),
                format!(
                    "{left} more ({}) are not listed in this plan; each of them is to be treated alike.",
                    list.en
                ),
            );
            lines.push(self.line(format!("{}/~", rule.id), text, scope, before.clone()));
        }
        if ids.is_empty()
            && let Some(none) = &rule.none
        {
            let mut trace = before.clone();
            let text = none.fill(scope, &mut trace);
            lines.push(self.line(rule.id.clone(), text, scope, trace));
        }
    }

    fn line(&self, id: String, mut text: Text, scope: &Scope<'_>, mut trace: Trace) -> Line {
        let rule = self.rule;
        let who = rule.who.fill(scope, &mut trace);
        if !self.open.is_empty() {
            let join = |lang, mark: &str| {
                let names: Vec<&str> = self.open.iter().map(|name| name.get(lang)).collect();
                names.join(mark)
            };
            text.zh.push_str(&format!("〔待核实后执行，缺：{}〕", join(Lang::Zh, "、")));
            text.en.push_str(&format!(" [once known: {}]", join(Lang::En, ", ")));
        }
        let opened = scope.facts.incident.opened.as_ref();
        let deadline = rule.within_min.map(|within_min| Deadline {
            within_min,
            due: opened.map(|opened| opened.value.plus_minutes(within_min)),
        });
        Line {
            id,
            section: rule.section,
            priority: rule.priority,
            protective: rule.protective(),
            text,
            who,
            deadline,
            rule: self.pack.full(&rule.id),
            clause: rule.clause.as_deref().and_then(|key| self.pack.clause_ref(key)),
            facts: trace.used.into_values().collect(),
            missing: trace.missing.into_iter().map(|(key, label)| Missing { key, label }).collect(),
        }
    }
}
