//! What a rule or a template can ask, and the trace it leaves: which facts were used, and which were missing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    facts::{Facts, Source},
    keys,
    row::Item,
    text::{Lang, Ms, Text, number},
};

/// A value of a fact.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number, finite.
    Number(f64),
    /// Words.
    Words(Text),
    /// Yes or no.
    Flag(bool),
    /// A moment.
    Time(Ms),
}

impl Value {
    /// A measure that cannot be negative; none when the number makes no sense, for a wrong number is worse than a missing one.
    #[must_use]
    pub fn measure(value: f64) -> Option<Self> {
        (value.is_finite() && value >= 0.0).then_some(Self::Number(value))
    }

    /// A number that may be negative; none when it is not finite.
    #[must_use]
    pub fn signed(value: f64) -> Option<Self> {
        value.is_finite().then_some(Self::Number(value))
    }

    /// For people.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::Number(value), _) => number(*value),
            (Self::Words(text), lang) => text.get(lang).to_owned(),
            (Self::Flag(true), Lang::Zh) => "是".to_owned(),
            (Self::Flag(true), Lang::En) => "yes".to_owned(),
            (Self::Flag(false), Lang::Zh) => "否".to_owned(),
            (Self::Flag(false), Lang::En) => "no".to_owned(),
            (Self::Time(at), lang) => at.moment().get(lang).to_owned(),
        }
    }

    /// In both languages.
    #[must_use]
    pub fn both(&self) -> Text {
        Text { zh: self.text(Lang::Zh), en: self.text(Lang::En) }
    }
}

/// A value that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found<'a> {
    /// The value.
    pub value: Value,
    /// Where it comes from.
    pub source: &'a Source,
    /// When it was so.
    pub at: Ms,
}

/// A fact that something rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Used {
    /// Its key: `harm.dead`, or `blocks/north/people` for a field of a row.
    pub key: String,
    /// Its name.
    pub label: Text,
    /// Its value for people.
    pub value: Text,
    /// Where it comes from.
    pub source: Source,
    /// When it was so.
    pub at: Ms,
}

/// What was asked while a rule or template was worked through.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// Facts that were there, by key.
    pub used: BTreeMap<String, Used>,
    /// Names of facts that were not, by key.
    pub missing: BTreeMap<String, Text>,
}

impl Trace {
    /// Takes another trace in.
    pub fn join(&mut self, other: Self) {
        self.used.extend(other.used);
        self.missing.extend(other.missing);
    }
}

/// The facts, and the row that a template is at.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// The facts.
    pub facts: &'a Facts,
    /// The row, asked as `item.…`.
    pub item: Option<Item<'a>>,
}

impl<'a> Scope<'a> {
    /// The facts alone.
    #[must_use]
    pub const fn new(facts: &'a Facts) -> Self {
        Self { facts, item: None }
    }

    /// At a row.
    #[must_use]
    pub const fn at(facts: &'a Facts, item: Item<'a>) -> Self {
        Self { facts, item: Some(item) }
    }

    /// Asks for a value; the trace notes it.
    pub fn ask(&self, key: &str, trace: &mut Trace) -> Option<Value> {
        if let (Some(field), Some(item)) = (key.strip_prefix("item."), self.item) {
            let full = format!("{}/{}/{field}", item.list, item.row.key());
            let label = keys::field_label(item.list, field);
            let found = item.row.field(field);
            return note(trace, full, label, found.map(|value| (value, item.source, item.at)));
        }
        let found = self.facts.find(key).map(|found| (found.value, found.source, found.at));
        note(trace, key.to_owned(), keys::label(key), found)
    }

    /// Asks for a list; the trace notes that it was looked at.
    pub fn list(&self, name: &str, trace: &mut Trace) -> Option<Vec<Item<'a>>> {
        let found = self.facts.list(name);
        let label = keys::label(name);
        match found {
            Some((items, source, at)) => {
                let value = Text::same(items.len().to_string());
                let used = Used { key: name.to_owned(), label, value, source: source.clone(), at };
                trace.used.insert(used.key.clone(), used);
                Some(items)
            }
            None => {
                trace.missing.insert(name.to_owned(), label);
                None
            }
        }
    }
}

fn note(
    trace: &mut Trace,
    key: String,
    label: Text,
    found: Option<(Value, &Source, Ms)>,
) -> Option<Value> {
    let Some((value, source, at)) = found else {
        trace.missing.insert(key, label);
        return None;
    };
    let used = Used { key: key.clone(), label, value: value.both(), source: source.clone(), at };
    trace.used.insert(key, used);
    Some(value)
}
