//! How dangerous an object is: one of four colours, with the method, every input and where it comes from.
//!
//! The figures that the methods need (matrix, cut points, critical quantities) are data, too: [`Tables`], from packs. An input
//! that is missing gives [`Colour::Unknown`], never a low colour. Start reading at [`judge`].

mod area;
mod cover;
mod needs;
mod source;
mod tables;
mod why;
mod zoning;

use helan_kernel::{AreaCode, Text};
use serde::{Deserialize, Serialize};

pub use area::{AreaColour, AreaRule, Counts};
pub use cover::{Gaps, Reach, Watched, gaps, watched};
pub use needs::{Have, Met, completeness};
pub use tables::{AlphaStep, Grade, LecTable, MatrixTable, SourceTable, Substance, Tables};
pub use why::{Difference, differences};
pub use zoning::{Conflict, Zone, Zoning, zone, zoning};

use crate::{Kind, Method, Record, Value, number};

/// The four colours (red: major 重大, orange: considerable 较大, yellow: ordinary 一般, blue: low 低), and what is not known.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Colour {
    /// Major.
    Red,
    /// Considerable.
    Orange,
    /// Ordinary.
    Yellow,
    /// Low.
    Blue,
    /// Not known: something that it follows from is missing.
    #[default]
    Unknown,
}

impl Colour {
    /// All of them, the worst first, what is not known last.
    pub const ALL: [Self; 5] = [Self::Red, Self::Orange, Self::Yellow, Self::Blue, Self::Unknown];

    /// The word it is stored and shown as.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Red => "red",
            Self::Orange => "orange",
            Self::Yellow => "yellow",
            Self::Blue => "blue",
            Self::Unknown => "unknown",
        }
    }

    /// The colour with this word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|colour| colour.word() == word)
    }
}

/// What an input holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Known {
    /// Nothing is known.
    Missing,
    /// A number in the unit of the input.
    Number(f64),
    /// Words.
    Words(String),
}

/// Where an input comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum From {
    /// A field of a record.
    Record {
        /// Key of the record.
        key: String,
        /// Area of the record.
        area: AreaCode,
        /// Name of the field.
        column: String,
        /// Number of the origin of what stands in it.
        origin: u64,
    },
    /// A table of a pack.
    Table {
        /// Standard, clause or practice that it follows.
        source: String,
        /// Whether the figure was checked against its source.
        sure: bool,
    },
    /// An object nearby.
    Neighbour {
        /// Its kind.
        kind: String,
        /// Its key.
        key: String,
        /// Its area.
        area: AreaCode,
        /// How far away, whole metres.
        metres: u32,
    },
    /// Added up from other inputs.
    Sum,
}

/// One input of a grading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Input {
    /// Short word: `q`, `beta`, `likelihood`…; with the key of the record where there are several.
    pub key: String,
    /// Name for people.
    pub name: Text,
    /// What it holds.
    pub value: Known,
    /// Unit; empty when none.
    pub unit: String,
    /// Where it comes from.
    pub from: From,
}

/// The result of a grading, explained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// The colour.
    pub colour: Colour,
    /// Word of the method.
    pub method: String,
    /// The figure that the colour follows from (D, R, or the product of the matrix); none when it is not known.
    pub value: Option<f64>,
    /// Grade in the words of the method, for example `III`; empty when it has none.
    pub grade: String,
    /// Everything it follows from.
    pub inputs: Vec<Input>,
    /// The calculation in words.
    pub formula: Text,
    /// What is missing or doubtful.
    pub warnings: Vec<Text>,
}

/// A record with where its facts come from.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// The record.
    pub record: &'a Record,
    /// Origin of most of it.
    pub origin: u64,
    /// Origins of the rest, by column.
    pub origins: &'a std::collections::BTreeMap<String, u64>,
}

/// An object near another one, with people in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// Its kind.
    pub kind: String,
    /// The group of its kind.
    pub group: String,
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Its area.
    pub area: AreaCode,
    /// How far away, whole metres.
    pub metres: u32,
    /// People in it; none when not known.
    pub people: Option<u32>,
}

/// What lies around an object, as far as a method asks.
#[derive(Clone, Debug, Default)]
pub struct Around<'a> {
    /// The records of its unit, itself among them, by key.
    pub unit: Vec<Given<'a>>,
    /// Objects with residents within the radius of the table, the nearest first.
    pub neighbours: Vec<Neighbour>,
}

/// Grades an object; none when its kind has no method.
#[must_use]
pub fn judge(
    kind: &Kind,
    given: Given<'_>,
    around: &Around<'_>,
    tables: &Tables,
) -> Option<Judged> {
    let method = kind.safety.risk.as_ref()?;
    let mut draft = Draft::new(kind, method.word());
    match method {
        Method::Matrix { likelihood, consequence } => {
            let [l, c] = [likelihood, consequence].map(|field| draft.number(given, field, ""));
            draft.matrix(&tables.matrix, l, c);
        }
        Method::Lec { likelihood, exposure, consequence } => {
            let all = [likelihood, exposure, consequence];
            let all = all.map(|field| draft.number(given, field, ""));
            draft.lec(&tables.lec, all);
        }
        Method::RValue { .. } => draft.source(method, given, around, &tables.source),
        Method::Graded { field, colours } => {
            let grade = draft.words(given, field, "");
            draft.judged.formula = Text::new("由主管部门评定", "graded by the authority in charge");
            if let Some(grade) = grade {
                draft.judged.colour = colours.get(&grade).copied().unwrap_or_default();
                draft.judged.grade = grade;
            }
        }
    }
    Some(draft.judged)
}

/// A grading that is being made.
struct Draft<'a> {
    kind: &'a Kind,
    judged: Judged,
}

impl<'a> Draft<'a> {
    fn new(kind: &'a Kind, method: &str) -> Self {
        let judged = Judged {
            colour: Colour::Unknown,
            method: method.to_owned(),
            value: None,
            grade: String::new(),
            inputs: Vec::new(),
            formula: Text::default(),
            warnings: Vec::new(),
        };
        Self { kind, judged }
    }

    fn warn(&mut self, zh: String, en: String) {
        self.judged.warnings.push(Text { zh, en });
    }

    /// Takes a field of a record in as an input. `of` sets several records apart.
    fn input(&mut self, given: Given<'_>, column: &str, of: &str, value: Known) {
        let field = self.kind.place(column).and_then(|place| self.kind.fields.get(place));
        let Some(field) = field else { return };
        let joint = if of.is_empty() { "" } else { " " };
        let name = Text {
            zh: format!("{of}{joint}{}", field.name.zh),
            en: format!("{of}{joint}{}", field.name.en),
        };
        if value == Known::Missing {
            self.warn(format!("缺{}", name.zh), format!("{} is missing", name.en));
        }
        self.judged.inputs.push(Input {
            key: if of.is_empty() { column.to_owned() } else { format!("{of}.{column}") },
            name,
            value,
            unit: field.unit.clone(),
            from: From::Record {
                key: given.record.key.clone(),
                area: given.record.area,
                column: column.to_owned(),
                origin: given.origins.get(column).copied().unwrap_or(given.origin),
            },
        });
    }

    fn value<'r>(&self, given: Given<'r>, column: &str) -> Option<&'r Value> {
        given.record.values.get(self.kind.place(column)?)
    }

    fn number(&mut self, given: Given<'_>, column: &str, of: &str) -> Option<f64> {
        let number = number(self.value(given, column));
        self.input(given, column, of, number.map_or(Known::Missing, Known::Number));
        number
    }

    fn words(&mut self, given: Given<'_>, column: &str, of: &str) -> Option<String> {
        let words = match self.value(given, column) {
            Some(Value::Text(words)) => Some(words.clone()),
            _ => None,
        };
        self.input(given, column, of, words.clone().map_or(Known::Missing, Known::Words));
        words
    }

    fn table(
        &mut self,
        key: &str,
        name: Text,
        value: f64,
        unit: &str,
        (source, sure): (&str, bool),
    ) {
        if !sure {
            self.warn(
                format!("{}所据表格未经核对", name.zh),
                format!("the table of {} was not checked against its source", name.en),
            );
        }
        let from = From::Table { source: source.to_owned(), sure };
        let (key, value, unit) = (key.to_owned(), Known::Number(value), unit.to_owned());
        self.judged.inputs.push(Input { key, name, value, unit, from });
    }

    fn no_table(&mut self) {
        self.warn("缺该方法的判据表".into(), "no table for the method".into());
    }

    fn matrix(&mut self, table: &Option<MatrixTable>, l: Option<f64>, c: Option<f64>) {
        self.judged.formula = Text::new("可能性 × 后果", "likelihood × consequence");
        let Some(table) = table else { return self.no_table() };
        let (Some(l), Some(c)) = (l, c) else { return };
        let Some(colour) = table.colour(l, c) else {
            return self.warn("可能性、后果应为 1 至 5".into(), "the steps are 1 to 5".into());
        };
        let name = Text::new("风险矩阵", "risk matrix");
        self.table("matrix", name, l * c, "", (&table.source, table.sure));
        let words = format!("{} × {} = {}", short(l), short(c), short(l * c));
        self.judged.formula = Text {
            zh: format!("可能性 × 后果 = {words}"),
            en: format!("likelihood × consequence = {words}"),
        };
        self.judged.value = Some(l * c);
        self.judged.colour = colour;
    }

    fn lec(&mut self, table: &Option<LecTable>, factors: [Option<f64>; 3]) {
        self.judged.formula = Text::new("D = L × E × C", "D = L × E × C");
        let Some(table) = table else { return self.no_table() };
        let [Some(l), Some(e), Some(c)] = factors else { return };
        let d = l * e * c;
        let cuts = [
            ("red", "红色下限", "from which it is red", table.red),
            ("orange", "橙色下限", "from which it is orange", table.orange),
            ("yellow", "黄色下限", "from which it is yellow", table.yellow),
        ];
        for (key, zh, en, cut) in cuts {
            let from = From::Table { source: table.source.clone(), sure: table.sure };
            let (key, name) = (format!("cut.{key}"), Text::new(zh, en));
            let (value, unit) = (Known::Number(cut), String::new());
            self.judged.inputs.push(Input { key, name, value, unit, from });
        }
        if !table.sure {
            self.warn(
                "LEC 分级值未经核对".into(),
                "the cut points of LEC were not checked against a source".into(),
            );
        }
        let words = format!("D = {} × {} × {} = {}", short(l), short(e), short(c), short(d));
        self.judged.formula = Text { zh: words.clone(), en: words };
        self.judged.value = Some(d);
        self.judged.colour = table.colour(d);
    }
}

/// A number with three digits behind the point at most.
fn short(number: f64) -> String {
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests;
