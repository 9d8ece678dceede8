//! What a model is told, and how it answers.

use std::{borrow::Cow, collections::BTreeMap};

use serde::{Deserialize, Serialize};

use crate::{Area, Frame, HazardError, bounds};

/// Longest list that a model takes: a minute series of a week.
pub const LONGEST: usize = 10_080;

/// Words for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// Chinese.
    pub zh: Cow<'static, str>,
    /// English.
    pub en: Cow<'static, str>,
}

impl Words {
    /// Words that are known beforehand.
    #[must_use]
    pub const fn new(zh: &'static str, en: &'static str) -> Self {
        Self { zh: Cow::Borrowed(zh), en: Cow::Borrowed(en) }
    }
}

/// A value that goes in or comes out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// A number in the unit of its field.
    Number(f64),
    /// One of the words that the field knows.
    Word(String),
    /// Numbers in the unit of the field.
    List(Vec<f64>),
    /// Rows of numbers.
    Table(Vec<Vec<f64>>),
}

/// What kind of value a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Takes {
    /// A number within these bounds, both included.
    Number {
        /// Smallest.
        min: f64,
        /// Largest.
        max: f64,
    },
    /// One of these words.
    Word {
        /// The words.
        of: &'static [&'static str],
    },
    /// A name, such as that of a substance.
    Name,
    /// Numbers within these bounds.
    List {
        /// Smallest.
        min: f64,
        /// Largest.
        max: f64,
    },
    /// Rows of numbers, the columns as the field says.
    Table {
        /// Columns of a row.
        columns: &'static [&'static str],
    },
}

/// One input.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Field {
    /// Name, with its unit last: `wind_m_s`.
    pub name: &'static str,
    /// Unit; empty for words and numbers without one.
    pub unit: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// What holds when nothing is given; `None`: it must be given, unless `optional`.
    pub default: Option<f64>,
    /// Whether the model can do without it and has no default number.
    pub optional: bool,
    /// What it is, in English, for the list of models.
    pub about: &'static str,
}

/// One figure of an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Name.
    pub name: String,
    /// The figure.
    pub value: Value,
    /// Unit; empty when it has none.
    pub unit: Cow<'static, str>,
}

/// What whoever uses an answer must know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Warning {
    /// Stable word, for example `outside-validity`, `wind-unknown`.
    pub code: Cow<'static, str>,
    /// For people.
    pub text: Words,
}

impl Warning {
    /// There is no area, and that is no mistake.
    pub const NOWHERE: Self = Self::new(
        "nowhere-reached",
        "各级阈值均未达到，无影响范围",
        "no level is reached anywhere: there is no area",
    );

    /// A warning whose words are known beforehand.
    #[must_use]
    pub const fn new(code: &'static str, zh: &'static str, en: &'static str) -> Self {
        Self { code: Cow::Borrowed(code), text: Words::new(zh, en) }
    }
}

/// The answer of a model, complete in itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Key of the model.
    pub model: String,
    /// What it was told, defaults filled in.
    pub inputs: BTreeMap<String, Value>,
    /// Its figures.
    pub outputs: Vec<Output>,
    /// Areas over the whole time, worst level first; empty for models without places.
    pub areas: Vec<Area>,
    /// Areas by time, for a slider; at most 61.
    pub frames: Vec<Frame>,
    /// What to beware of.
    pub warnings: Vec<Warning>,
    /// Where the equations come from.
    pub sources: Vec<Cow<'static, str>>,
    /// Where they hold.
    pub validity: Cow<'static, str>,
}

impl Report {
    /// Adds a figure.
    pub fn put(&mut self, name: &str, value: f64, unit: &'static str) {
        let unit = Cow::Borrowed(unit);
        self.outputs.push(Output { name: name.to_owned(), value: Value::Number(value), unit });
    }

    /// Adds a word.
    pub fn say(&mut self, name: &str, word: &str) {
        let (value, unit) = (Value::Word(word.to_owned()), Cow::Borrowed(""));
        self.outputs.push(Output { name: name.to_owned(), value, unit });
    }

    /// A figure by its name.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<f64> {
        let output = self.outputs.iter().find(|o| o.name == name)?;
        if let Value::Number(value) = output.value { Some(value) } else { None }
    }
}

/// A model as a row of the catalogue.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Model {
    /// For example `gas-release`.
    pub key: &'static str,
    /// Name for people, Chinese and English.
    pub title: (&'static str, &'static str),
    /// What it is told.
    pub fields: &'static [Field],
    /// Where its equations come from.
    pub sources: &'static [&'static str],
    /// Where they hold.
    pub validity: &'static str,
    /// Reckons: inputs are complete and within their bounds.
    #[serde(skip)]
    pub run: fn(&Inputs) -> Result<Report, HazardError>,
}

impl Model {
    /// The inputs, each checked against its field, with defaults filled in.
    ///
    /// # Errors
    /// When an input is missing, unknown, of the wrong type or out of bounds.
    pub(crate) fn checked(&self, given: &BTreeMap<String, Value>) -> Result<Inputs, HazardError> {
        if let Some(field) = given.keys().find(|k| !self.fields.iter().any(|f| f.name == **k)) {
            return Err(HazardError::Surplus { field: field.clone() });
        }
        let mut values = BTreeMap::new();
        for field in self.fields {
            let value = given.get(field.name).cloned().or(field.default.map(Value::Number));
            match value {
                Some(value) => {
                    field.check(&value)?;
                    values.insert(field.name.to_owned(), value);
                }
                None if field.optional => {}
                None => return Err(HazardError::Missing { field: field.name.to_owned() }),
            }
        }
        Ok(Inputs(values))
    }

    /// Asks the model: checks every input against its field, fills in defaults, reckons.
    ///
    /// # Errors
    /// When an input is missing, unknown, of the wrong type or out of bounds, or inputs do not go together.
    pub fn answer(&self, given: &BTreeMap<String, Value>) -> Result<Report, HazardError> {
        let inputs = self.checked(given)?;
        let mut report = (self.run)(&inputs)?;
        self.key.clone_into(&mut report.model);
        report.inputs = inputs.0;
        report.sources.extend(self.sources.iter().map(|s| Cow::Borrowed(*s)));
        report.validity = Cow::Borrowed(self.validity);
        Ok(report)
    }
}

impl Field {
    /// A number that must be given.
    #[must_use]
    pub const fn number(
        name: &'static str,
        unit: &'static str,
        min: f64,
        max: f64,
        about: &'static str,
    ) -> Self {
        Self {
            name,
            unit,
            takes: Takes::Number { min, max },
            default: None,
            optional: false,
            about,
        }
    }

    /// A word that must be given.
    #[must_use]
    pub const fn word(
        name: &'static str,
        of: &'static [&'static str],
        about: &'static str,
    ) -> Self {
        Self { name, unit: "", takes: Takes::Word { of }, default: None, optional: false, about }
    }

    /// A name that must be given.
    #[must_use]
    pub const fn name(name: &'static str, about: &'static str) -> Self {
        Self { name, unit: "", takes: Takes::Name, default: None, optional: false, about }
    }

    /// A list of numbers that must be given.
    #[must_use]
    pub const fn list(
        name: &'static str,
        unit: &'static str,
        min: f64,
        max: f64,
        about: &'static str,
    ) -> Self {
        Self { name, unit, takes: Takes::List { min, max }, default: None, optional: false, about }
    }

    /// A table that must be given.
    #[must_use]
    pub const fn table(
        name: &'static str,
        columns: &'static [&'static str],
        about: &'static str,
    ) -> Self {
        Self {
            name,
            unit: "",
            takes: Takes::Table { columns },
            default: None,
            optional: false,
            about,
        }
    }

    /// The same with a number that holds when nothing is given.
    #[must_use]
    pub const fn or(mut self, default: f64) -> Self {
        self.default = Some(default);
        self
    }

    /// The same, but the model can do without it.
    #[must_use]
    pub const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    fn check(&self, value: &Value) -> Result<(), HazardError> {
        let wrong = |expected| HazardError::Type { field: self.name.to_owned(), expected };
        match (self.takes, value) {
            (Takes::Number { min, max }, Value::Number(x)) => self.within(*x, min, max),
            (Takes::Number { .. }, _) => Err(wrong("a number")),
            (Takes::Word { of }, Value::Word(word)) => match of.contains(&word.as_str()) {
                true => Ok(()),
                false => Err(HazardError::Choice {
                    field: self.name.to_owned(),
                    value: word.clone(),
                    choices: of.join(", "),
                }),
            },
            (Takes::Name, Value::Word(_)) => Ok(()),
            (Takes::Word { .. }, _) => Err(wrong("a word")),
            (Takes::Name, _) => Err(wrong("a name")),
            (Takes::List { min, max }, Value::List(list)) if list.len() <= LONGEST => {
                list.iter().try_for_each(|x| self.within(*x, min, max))
            }
            (Takes::List { .. }, _) => Err(wrong("a list of at most 10080 numbers")),
            (Takes::Table { columns }, Value::Table(rows))
                if rows.len() <= LONGEST && rows.iter().all(|r| r.len() == columns.len()) =>
            {
                let bound = f64::MAX;
                rows.iter().flatten().try_for_each(|x| self.within(*x, -bound, bound))
            }
            // An empty list of JSON may be either.
            (Takes::Table { .. }, Value::List(list)) if list.is_empty() => Ok(()),
            (Takes::Table { .. }, _) => Err(wrong("rows of as many numbers as it has columns")),
        }
    }

    fn within(&self, value: f64, min: f64, max: f64) -> Result<(), HazardError> {
        bounds::within(self.name, value, (min, max), self.unit).map(drop)
    }
}

/// Inputs that are complete and within their bounds.
#[derive(Clone, Debug, PartialEq)]
pub struct Inputs(BTreeMap<String, Value>);

impl Inputs {
    /// A number.
    ///
    /// # Errors
    /// When it is not there: an optional one, or a name that is not a field.
    pub fn number(&self, name: &str) -> Result<f64, HazardError> {
        self.maybe(name).ok_or_else(|| HazardError::Missing { field: name.to_owned() })
    }

    /// A number that may be missing.
    #[must_use]
    pub fn maybe(&self, name: &str) -> Option<f64> {
        match self.0.get(name) {
            Some(Value::Number(value)) => Some(*value),
            _ => None,
        }
    }

    /// A word; none when it is not there.
    #[must_use]
    pub fn word(&self, name: &str) -> Option<&str> {
        match self.0.get(name) {
            Some(Value::Word(word)) => Some(word),
            _ => None,
        }
    }

    /// Numbers; empty when they are not there.
    #[must_use]
    pub fn list(&self, name: &str) -> &[f64] {
        match self.0.get(name) {
            Some(Value::List(list)) => list,
            _ => &[],
        }
    }

    /// Rows; empty when they are not there.
    #[must_use]
    pub fn table(&self, name: &str) -> &[Vec<f64>] {
        match self.0.get(name) {
            Some(Value::Table(rows)) => rows,
            _ => &[],
        }
    }
}
