//! The response level: proposed by rules at once when it must rise, and slowly, by a person, when it may fall.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::{
    condition::Truth,
    facts::Facts,
    line::ClauseRef,
    pack::{LevelRule, Library},
    scope::{Scope, Trace, Used},
    text::{MINUTE_MS, Ms, Text},
};

/// A response level; I is the highest, and comes first in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Level {
    /// Highest.
    I,
    /// Second.
    II,
    /// Third.
    III,
    /// Lowest.
    IV,
}

impl Level {
    /// All, the highest first.
    pub const ALL: [Self; 4] = [Self::I, Self::II, Self::III, Self::IV];

    /// Whether it is higher than another.
    #[must_use]
    pub fn is_above(self, other: Self) -> bool {
        self < other
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::I => "I",
            Self::II => "II",
            Self::III => "III",
            Self::IV => "IV",
        })
    }
}

/// A rule that holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Because {
    /// Key of the rule: `pack/rule`.
    pub rule: String,
    /// The level it asks for.
    pub level: Level,
    /// Why, for people.
    pub text: Text,
    /// Where the rule comes from.
    pub clause: ClauseRef,
    /// Whether the response starts by itself; else somebody decides.
    pub automatic: bool,
    /// The facts that make it hold.
    pub facts: Vec<Used>,
}

/// A rule that cannot be judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Open {
    /// Key of the rule.
    pub rule: String,
    /// The level it would ask for.
    pub level: Level,
    /// Names of the facts it waits for.
    pub missing: Vec<Text>,
}

/// What the rules say of the facts. The same facts give the same judgement.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// The level; none when no rule holds.
    pub level: Option<Level>,
    /// Rules that hold, the highest level first.
    pub because: Vec<Because>,
    /// Rules that would ask for a higher level, if a fact were known.
    pub open: Vec<Open>,
}

/// Judges the level that the facts ask for.
#[must_use]
pub fn judge(library: &Library, facts: &Facts) -> Judgement {
    let scope = Scope::new(facts);
    let mut judged = Judgement::default();
    for (key, rule, clause) in library.level_rules(facts) {
        let mut trace = Trace::default();
        match rule.when.holds(&scope, &mut trace) {
            Truth::Yes if over(rule, &scope) => {}
            Truth::Yes => judged.because.push(because(key, rule, clause, trace, &scope)),
            Truth::Unknown => judged.open.push(Open {
                rule: key,
                level: rule.level,
                missing: trace.missing.into_values().collect(),
            }),
            Truth::No => {}
        }
    }
    judged.because.sort_by_key(|because| because.level);
    judged.level = judged.because.first().map(|because| because.level);
    judged.open.retain(|open| judged.level.is_none_or(|level| open.level.is_above(level)));
    judged.open.sort_by_key(|open| open.level);
    judged
}

/// Whether a rule is known to be over, whatever made it hold.
fn over(rule: &LevelRule, scope: &Scope<'_>) -> bool {
    let until = rule.until.as_ref();
    until.is_some_and(|until| until.holds(scope, &mut Trace::default()) == Truth::Yes)
}

fn because(
    rule: String,
    of: &LevelRule,
    clause: ClauseRef,
    mut trace: Trace,
    scope: &Scope<'_>,
) -> Because {
    let mut words = Trace::default();
    let text = of.text.fill(scope, &mut words);
    trace.used.extend(words.used);
    let facts = trace.used.into_values().collect();
    Because { rule, level: of.level, text, clause, automatic: of.automatic, facts }
}

/// A rule that keeps the level up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The level it asks for.
    pub level: Level,
    /// When it held last.
    pub last: Ms,
}

/// The response level of an incident as it stands, and what keeps it there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// The level; none before the first and after the end.
    pub level: Option<Level>,
    /// Since when.
    pub since: Ms,
    /// Account of who agreed.
    pub by: String,
    /// Rules that keep it up.
    pub held: BTreeMap<String, Held>,
}

/// What is proposed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Proposal {
    /// It stays.
    Keep,
    /// Up, at once.
    Raise {
        /// To this level.
        to: Level,
        /// Rules that ask for it.
        why: Vec<Because>,
        /// Whether one of them starts the response by itself.
        automatic: bool,
    },
    /// The facts ask for less, but not for long enough yet.
    Wait {
        /// The level that the facts ask for; none: the end of the response.
        to: Option<Level>,
        /// The earliest moment at which it may be proposed.
        until: Ms,
    },
    /// Down; a person has to agree.
    Lower {
        /// To this level; none: the end of the response.
        to: Option<Level>,
        /// Rules that no longer hold, each with the moment at which it held last.
        why: Vec<Released>,
    },
}

/// A rule that held and holds no longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Released {
    /// Key of the rule.
    pub rule: String,
    /// The level it asked for.
    pub level: Level,
    /// When it held last.
    pub last: Ms,
}

/// What a person decided holds a level like a rule, for this long: nobody is asked again at once.
const DECISION_HOLD_MIN: u32 = 30;
/// Name of a decision among the rules that hold.
const DECISION: &str = "decision";

impl Standing {
    /// Follows the facts, and proposes. An incident whose response was ended is followed no longer.
    pub fn follow(&mut self, library: &Library, facts: &Facts) -> Proposal {
        let now = facts.now;
        let judged = judge(library, facts);
        for because in &judged.because {
            let held = Held { level: because.level, last: now };
            self.held.insert(because.rule.clone(), held);
        }
        let mut gone = Vec::new();
        let mut until = now;
        for (key, held) in &mut self.held {
            if judged.because.iter().any(|because| because.rule == *key) {
                continue;
            }
            let rule = library.level_rule(key);
            if rule.is_some_and(|rule| keeps(rule, facts)) {
                held.last = held.last.max(now);
                continue;
            }
            let hold_min = rule.map_or(DECISION_HOLD_MIN, |rule| rule.hold_min);
            let over = held.last.plus_minutes(hold_min);
            if now >= over {
                gone.push(Released { rule: key.clone(), level: held.level, last: held.last });
            } else if self.level == Some(held.level) {
                until = until.max(over);
            }
        }
        let left = self.held.iter().filter(|(key, _)| !gone.iter().any(|gone| gone.rule == **key));
        let level = left.map(|(_, held)| held.level).min();
        let higher = |to: Level| self.level.is_none_or(|level| to.is_above(level));
        if let Some(to) = judged.level
            && higher(to)
        {
            let asks = |because: &Because| because.level == to;
            let why: Vec<Because> = judged.because.into_iter().filter(asks).collect();
            let automatic = why.iter().any(|because| because.automatic);
            return Proposal::Raise { to, why, automatic };
        }
        match self.level {
            Some(standing) if level.is_none_or(|level| standing.is_above(level)) => {
                Proposal::Lower { to: level, why: gone }
            }
            Some(standing) if until > now && judged.level.is_none_or(|l| standing.is_above(l)) => {
                Proposal::Wait { to: judged.level, until }
            }
            _ => Proposal::Keep,
        }
    }

    /// Takes a decision: a person's, or that of an automatic rule. Of what asked for more, nothing is left.
    pub fn decide(&mut self, level: Option<Level>, by: &str, at: Ms) {
        self.level = level;
        self.since = at;
        by.clone_into(&mut self.by);
        self.held.remove(DECISION);
        match level {
            Some(level) => {
                self.held.retain(|_, held| !held.level.is_above(level));
                self.held.insert(DECISION.to_owned(), Held { level, last: at });
            }
            None => self.held.clear(),
        }
    }

    /// For how long it has been so, minutes.
    #[must_use]
    pub const fn age_min(&self, now: Ms) -> i64 {
        now.0.saturating_sub(self.since.0) / MINUTE_MS
    }
}

/// Whether a rule that held still keeps the level up: what is not known does not let it fall.
fn keeps(rule: &LevelRule, facts: &Facts) -> bool {
    let scope = Scope::new(facts);
    match &rule.until {
        Some(_) => !over(rule, &scope),
        None => rule.when.holds(&scope, &mut Trace::default()) != Truth::No,
    }
}
