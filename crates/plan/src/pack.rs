//! Packs of plans: rules of the response level, options and lines as data, and the library of all of them.
//!
//! Reading TOML is the business of `crates/protocol`; these are the types that it reads.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    condition::Condition,
    facts::Facts,
    keys,
    level::Level,
    line::{ClauseRef, Section},
    options::{OptionKind, OptionRule},
    template::Words,
    text::Text,
};

/// The name that stands for every kind of incident.
pub const EVERY_KIND: &str = "*";

/// What is wrong with a pack.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {why}")]
pub struct PackError {
    /// Which part of which pack.
    pub place: String,
    /// What is wrong.
    pub why: String,
}

/// A pack of plans.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanPack {
    /// What it is.
    pub plan: Head,
    /// Clauses that its rules and lines follow.
    #[serde(default)]
    pub clause: Vec<Clause>,
    /// Rules of the response level.
    #[serde(default)]
    pub level: Vec<LevelRule>,
    /// Options.
    #[serde(default)]
    pub option: Vec<OptionRule>,
    /// Lines.
    #[serde(default)]
    pub line: Vec<LineRule>,
}

/// The head of a pack of plans.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Unique key.
    pub key: String,
    /// Raised with every change.
    pub version: u32,
    /// Name.
    pub name: Text,
    /// Kinds of incidents it is for; `*` for every kind.
    pub kinds: Vec<String>,
    /// Title of its plans.
    pub title: Option<Words>,
    /// Who wrote it.
    pub author: String,
    /// Who checked it: somebody else.
    pub signed_by: String,
}

/// A clause of a law, a standard or a local plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// Key, unique in the pack.
    pub key: String,
    /// Name for people, with its number.
    pub label: Text,
    /// Whether it was checked against the source.
    #[serde(default)]
    pub sure: bool,
}

/// When the facts ask for a level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelRule {
    /// Key, unique in the pack.
    pub key: String,
    /// The level.
    pub level: Level,
    /// When.
    pub when: Condition,
    /// When it no longer asks for the level nor keeps it up; without it, when `when` is known not to hold.
    pub until: Option<Condition>,
    /// For how long it must not have held before a lower level is proposed, minutes.
    #[serde(default = "hold_min")]
    pub hold_min: u32,
    /// Whether the response starts by itself when it holds (GB/T 29639-2020, 6.3.1.2).
    #[serde(default)]
    pub automatic: bool,
    /// Key of the clause.
    pub clause: String,
    /// Why, for people.
    pub text: Words,
}

const fn hold_min() -> u32 {
    30
}

/// What makes a line of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineRule {
    /// Key. A line of a pack for one kind takes the place of the line of the same key in a pack for every kind.
    pub id: String,
    /// Where it stands; lines that protect stand in front of all.
    pub section: Section,
    /// Order within the section, smallest first.
    #[serde(default = "priority")]
    pub priority: u32,
    /// When; a line that protects has no condition.
    pub when: Option<Condition>,
    /// Only at these levels; none: at all.
    #[serde(default)]
    pub levels: Vec<Level>,
    /// Only with one of these options; none: with all.
    #[serde(default)]
    pub options: Vec<String>,
    /// One line for each row of this list.
    pub each: Option<String>,
    /// Only for rows of which this holds.
    #[serde(rename = "where")]
    pub filter: Option<Condition>,
    /// What is to be done.
    pub text: Words,
    /// What is said instead when the list is empty, and first when it is not known.
    pub none: Option<Words>,
    /// Who does it.
    pub who: Words,
    /// Minutes after the first report.
    pub within_min: Option<u32>,
    /// Key of the clause.
    pub clause: Option<String>,
}

const fn priority() -> u32 {
    100
}

impl LineRule {
    /// Whether it protects people.
    #[must_use]
    pub fn protective(&self) -> bool {
        self.section == Section::Protect
    }
}

/// All packs of plans, checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Library {
    packs: Vec<PlanPack>,
}

impl Library {
    /// Checks packs and puts them in order: those for every kind first.
    ///
    /// # Errors
    /// When a pack is wrong, or nothing protects people whatever happens; the error names the place.
    pub fn new(mut packs: Vec<PlanPack>) -> Result<Self, PackError> {
        packs.sort_by_key(|pack| !pack.for_every_kind());
        let mut names = BTreeSet::new();
        for pack in &packs {
            if !names.insert(pack.plan.key.as_str()) {
                return Err(wrong(pack, "plan.key", "another pack has the same key"));
            }
            check(pack)?;
        }
        check_protection(&packs)?;
        Ok(Self { packs })
    }

    /// The packs for these facts, those for every kind first.
    pub(crate) fn packs_for(&self, facts: &Facts) -> impl Iterator<Item = &PlanPack> + Clone {
        let kind = facts.incident.kind.as_ref().map(|kind| kind.value.as_str());
        self.packs.iter().filter(move |pack| {
            pack.for_every_kind()
                || kind.is_some_and(|kind| pack.plan.kinds.iter().any(|k| k == kind))
        })
    }

    /// All packs.
    #[must_use]
    pub fn packs(&self) -> &[PlanPack] {
        &self.packs
    }

    /// Rules of the level for these facts: key, rule and clause.
    pub(crate) fn level_rules(
        &self,
        facts: &Facts,
    ) -> impl Iterator<Item = (String, &LevelRule, ClauseRef)> {
        self.packs_for(facts).flat_map(|pack| {
            pack.level.iter().map(|rule| {
                (pack.full(&rule.key), rule, pack.clause_ref(&rule.clause).unwrap_or_default())
            })
        })
    }

    /// A rule of the level by its full key.
    pub(crate) fn level_rule(&self, full: &str) -> Option<&LevelRule> {
        let (pack, key) = full.split_once('/')?;
        let pack = self.packs.iter().find(|known| known.plan.key == pack)?;
        pack.level.iter().find(|rule| rule.key == key)
    }

    /// Rules of lines for these facts with their packs; one of a later pack takes the place of an earlier one's.
    pub(crate) fn line_rules(&self, facts: &Facts) -> Vec<(&PlanPack, &LineRule)> {
        self.rules(facts, |pack| &pack.line, |rule| &rule.id)
    }

    /// Options for these facts with their packs, likewise.
    pub(crate) fn option_rules(&self, facts: &Facts) -> Vec<(&PlanPack, &OptionRule)> {
        self.rules(facts, |pack| &pack.option, |rule| &rule.key)
    }

    fn rules<T>(
        &self,
        facts: &Facts,
        of: impl Fn(&PlanPack) -> &[T],
        key: impl Fn(&T) -> &str,
    ) -> Vec<(&PlanPack, &T)> {
        let mut rules: Vec<(&PlanPack, &T)> = Vec::new();
        for pack in self.packs_for(facts) {
            for rule in of(pack) {
                match rules.iter_mut().find(|(_, known)| key(known) == key(rule)) {
                    Some(place) => *place = (pack, rule),
                    None => rules.push((pack, rule)),
                }
            }
        }
        rules
    }
}

impl PlanPack {
    /// Whether it is for every kind of incident.
    #[must_use]
    pub fn for_every_kind(&self) -> bool {
        self.plan.kinds.iter().any(|kind| kind == EVERY_KIND)
    }

    pub(crate) fn full(&self, key: &str) -> String {
        format!("{}/{key}", self.plan.key)
    }

    pub(crate) fn clause_ref(&self, key: &str) -> Option<ClauseRef> {
        let clause = self.clause.iter().find(|clause| clause.key == key)?;
        Some(ClauseRef { key: self.full(key), label: clause.label.clone(), sure: clause.sure })
    }
}

fn wrong(pack: &PlanPack, place: &str, why: impl Into<String>) -> PackError {
    PackError { place: format!("{} {place}", pack.plan.key), why: why.into() }
}

/// Whether something protects people whatever happens, and no pack for one kind takes that away.
fn check_protection(packs: &[PlanPack]) -> Result<(), PackError> {
    let general = || packs.iter().filter(|pack| pack.for_every_kind());
    for pack in packs.iter().filter(|pack| !pack.for_every_kind()) {
        let why = "takes the place of one that protects people, and does not";
        for rule in general().flat_map(|pack| &pack.line).filter(|rule| rule.protective()) {
            if pack.line.iter().any(|own| own.id == rule.id && !own.protective()) {
                return Err(wrong(pack, &format!("line {}", rule.id), why));
            }
        }
        for rule in general().flat_map(|pack| &pack.option).filter(|rule| always_protects(rule)) {
            if pack.option.iter().any(|own| own.key == rule.key && !always_protects(own)) {
                return Err(wrong(pack, &format!("option {}", rule.key), why));
            }
        }
    }
    let place = || "plans".to_owned();
    let line = |rule: &LineRule| rule.protective() && rule.each.is_none();
    if !general().flat_map(|pack| &pack.line).any(line) {
        let why = "no pack for every kind has a line that protects people".to_owned();
        return Err(PackError { place: place(), why });
    }
    if !general().flat_map(|pack| &pack.option).any(always_protects) {
        let why = "no pack for every kind has an option that always protects people".to_owned();
        return Err(PackError { place: place(), why });
    }
    Ok(())
}

fn always_protects(rule: &OptionRule) -> bool {
    rule.kind == OptionKind::Protect && rule.when.is_none() && !rule.exposes
}

fn check(pack: &PlanPack) -> Result<(), PackError> {
    let key = &pack.plan.key;
    if key.is_empty() || key.contains('/') {
        return Err(wrong(pack, "plan.key", "empty, or with a slash in it"));
    }
    if pack.plan.kinds.is_empty() {
        return Err(wrong(pack, "plan.kinds", "for no kind of incident"));
    }
    if pack.plan.author == pack.plan.signed_by {
        return Err(wrong(pack, "plan.signed_by", "must be somebody else than the author"));
    }
    unique(pack, "clause", pack.clause.iter().map(|clause| clause.key.as_str()))?;
    unique(pack, "level", pack.level.iter().map(|rule| rule.key.as_str()))?;
    unique(pack, "option", pack.option.iter().map(|rule| rule.key.as_str()))?;
    unique(pack, "line", pack.line.iter().map(|rule| rule.id.as_str()))?;
    if let Some(title) = &pack.plan.title {
        check_names(pack, "plan.title", None, &title.names())?;
    }
    for rule in &pack.level {
        let place = format!("level {}", rule.key);
        check_clause(pack, &place, &rule.clause)?;
        check_names(pack, &place, None, &rule.text.names())?;
        for condition in [Some(&rule.when), rule.until.as_ref()].into_iter().flatten() {
            let names = condition.names();
            check_names(pack, &place, None, &names)?;
            if names.iter().any(|(name, _)| name.starts_with("response.")) {
                return Err(wrong(pack, &place, "a rule of the level cannot rest on the level"));
            }
        }
    }
    pack.option.iter().try_for_each(|rule| check_option(pack, rule))?;
    pack.line.iter().try_for_each(|rule| check_line(pack, rule))
}

fn check_option(pack: &PlanPack, rule: &OptionRule) -> Result<(), PackError> {
    let place = format!("option {}", rule.key);
    if let Some(clause) = &rule.clause {
        check_clause(pack, &place, clause)?;
    }
    if rule.against.is_empty() {
        return Err(wrong(pack, &place, "nothing speaks against it: that was not thought through"));
    }
    let numbers = [&rule.people, &rule.minutes, &rule.dose];
    let numbers: Vec<_> = numbers.into_iter().flatten().map(|key| (key.as_str(), false)).collect();
    check_names(pack, &place, None, &numbers)?;
    let texts = [&rule.effect, &rule.cost, &rule.who].into_iter();
    for words in texts.chain(rule.against.iter().map(|against| &against.text)) {
        check_names(pack, &place, None, &words.names())?;
    }
    let conditions = rule.against.iter().filter_map(|against| against.when.as_ref());
    for condition in conditions.chain(&rule.when) {
        check_names(pack, &place, None, &condition.names())?;
    }
    let sound = rule.minutes_about.is_finite()
        && rule.minutes_about >= 0.0
        && (0.0..=1.0).contains(&rule.dose_about);
    if !sound {
        return Err(wrong(pack, &place, "numbers out of range"));
    }
    Ok(())
}

fn check_line(pack: &PlanPack, rule: &LineRule) -> Result<(), PackError> {
    let place = format!("line {}", rule.id);
    if rule.id.is_empty() || rule.id.contains('/') {
        return Err(wrong(pack, &place, "the id is empty, or has a slash in it"));
    }
    if let Some(clause) = &rule.clause {
        check_clause(pack, &place, clause)?;
    }
    let each = rule.each.as_deref();
    if let Some(list) = each
        && keys::list(list).is_none()
    {
        return Err(wrong(pack, &place, format!("there is no list `{list}`")));
    }
    if each.is_none() && (rule.filter.is_some() || rule.none.is_some()) {
        return Err(wrong(pack, &place, "`where` and `none` need `each`"));
    }
    check_names(pack, &place, each, &rule.text.names())?;
    check_names(pack, &place, each, &rule.who.names())?;
    if let Some(none) = &rule.none {
        check_names(pack, &place, None, &none.names())?;
    }
    if let Some(filter) = &rule.filter {
        check_names(pack, &place, each, &filter.names())?;
    }
    if let Some(when) = &rule.when {
        check_names(pack, &place, None, &when.names())?;
    }
    if rule.protective() {
        let bound = rule.when.is_some() || !rule.levels.is_empty() || !rule.options.is_empty();
        if bound {
            return Err(wrong(pack, &place, "a line that protects people has no condition"));
        }
        if each.is_some() && rule.none.is_none() {
            return Err(wrong(
                pack,
                &place,
                "a line that protects people says what to do without rows",
            ));
        }
    }
    Ok(())
}

fn unique<'a>(
    pack: &PlanPack,
    what: &str,
    mut names: impl Iterator<Item = &'a str>,
) -> Result<(), PackError> {
    let mut seen = BTreeSet::new();
    match names.find(|name| name.is_empty() || !seen.insert(*name)) {
        Some(name) => Err(wrong(pack, &format!("{what} {name}"), "empty, or there twice")),
        None => Ok(()),
    }
}

pub(crate) fn check_clause(pack: &PlanPack, place: &str, key: &str) -> Result<(), PackError> {
    if pack.clause.iter().any(|clause| clause.key == key) {
        return Ok(());
    }
    Err(wrong(pack, place, format!("there is no clause `{key}` in this pack")))
}

/// Whether single values are asked as such, lists as lists, and fields of rows only where there is a row.
pub(crate) fn check_names(
    pack: &PlanPack,
    place: &str,
    each: Option<&str>,
    names: &[(&str, bool)],
) -> Result<(), PackError> {
    for (name, as_list) in names {
        let known = match (name.strip_prefix("item."), as_list) {
            (Some(field), false) => each
                .and_then(keys::list)
                .is_some_and(|list| list.fields.iter().any(|known| known.key == field)),
            (Some(_), true) => false,
            (None, true) => keys::list(name).is_some(),
            (None, false) => keys::is_key(name),
        };
        if !known {
            return Err(wrong(pack, place, format!("`{name}` cannot be asked here")));
        }
    }
    Ok(())
}
