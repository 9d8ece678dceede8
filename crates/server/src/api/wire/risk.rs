//! How dangerous objects and areas are.

use std::collections::BTreeMap;

use helan_base::risk::{Counts, Difference, From, Input, Judged, Known};
use helan_store::desk::RiskRow;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{BaseOrigin, Text};
use crate::access::Caller;

/// Which gradings.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct RiskQuery {
    /// `red`, `orange`, `yellow`, `blue` or `unknown`.
    pub colour: Option<String>,
    /// Key of the kind.
    pub kind: Option<String>,
    /// Only in this area.
    pub area: Option<u32>,
    /// Cursor of the page before.
    pub after: Option<String>,
    /// Rows of the page.
    pub limit: Option<u32>,
}

/// The grading of an object, in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RiskItem {
    /// Number of the object.
    pub id: i64,
    /// Key of its kind.
    pub kind: String,
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Its area.
    pub area: u32,
    /// `red`, `orange`, `yellow`, `blue` or `unknown`.
    pub colour: &'static str,
    /// `matrix`, `lec`, `r-value` or `graded`.
    pub method: String,
    /// Product of the matrix, D, or R; null when not known.
    pub value: Option<f64>,
    /// Grade in the words of the method; may be empty.
    pub grade: String,
    /// Since when, ms UTC.
    pub at: i64,
}

impl RiskItem {
    /// As it is shown.
    #[must_use]
    pub fn of(row: &RiskRow, caller: &Caller) -> Self {
        let value = row.judged.value.filter(|_| !is_hidden(&row.judged, caller));
        Self {
            id: row.record.0,
            kind: row.kind.clone(),
            key: row.key.clone(),
            name: row.name.clone(),
            area: row.area.0,
            colour: row.judged.colour.word(),
            method: row.judged.method.clone(),
            value,
            grade: row.judged.grade.clone(),
            at: row.at.0,
        }
    }
}

/// The grading of an object, explained.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Risk {
    /// The grading.
    pub now: RiskStep,
    /// The gradings before, the newest first.
    pub history: Vec<RiskStep>,
}

/// One grading of an object.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RiskStep {
    /// Since when, ms UTC.
    pub at: i64,
    /// `red`, `orange`, `yellow`, `blue` or `unknown`.
    pub colour: &'static str,
    /// `matrix`, `lec`, `r-value` or `graded`.
    pub method: String,
    /// Product of the matrix, D, or R; null when not known.
    pub value: Option<f64>,
    /// Grade in the words of the method; may be empty.
    pub grade: String,
    /// The calculation.
    pub formula: Text,
    /// Everything it follows from.
    pub inputs: Vec<RiskInput>,
    /// What is missing or doubtful.
    pub warnings: Vec<Text>,
    /// What made it other than the one before; empty for the first.
    pub why: Vec<RiskDifference>,
    /// Whether some inputs lie outside the caller's area and are not shown.
    pub hidden: bool,
}

/// An input of a grading.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RiskInput {
    /// Short word.
    pub key: String,
    /// Name.
    pub name: Text,
    /// A number, words, or null when it is missing.
    #[schema(value_type = Object)]
    pub value: serde_json::Value,
    /// Unit; may be empty.
    pub unit: String,
    /// `record`, `table`, `neighbour` or `sum`.
    pub from: &'static str,
    /// Where the fact of a record comes from.
    pub origin: Option<BaseOrigin>,
    /// Standard or practice that a figure of a table follows; empty otherwise.
    pub source: String,
    /// Whether a figure of a table was checked against its source; true otherwise.
    pub sure: bool,
    /// Kind of a neighbour; empty otherwise.
    pub kind: String,
    /// Key of a neighbour, or of the record.
    pub object: String,
    /// How far away a neighbour is, m.
    pub metres: Option<u32>,
}

/// An input that is another than before.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RiskDifference {
    /// Short word.
    pub key: String,
    /// Name.
    pub name: Text,
    /// Unit; may be empty.
    pub unit: String,
    /// What it was; null when missing.
    #[schema(value_type = Object)]
    pub before: serde_json::Value,
    /// What it is; null when missing.
    #[schema(value_type = Object)]
    pub after: serde_json::Value,
}

fn known(value: Option<&Known>) -> serde_json::Value {
    match value {
        None | Some(Known::Missing) => serde_json::Value::Null,
        Some(Known::Number(number)) => (*number).into(),
        Some(Known::Words(words)) => words.clone().into(),
    }
}

/// Whether some inputs of a grading lie outside the caller's area: then its figures would tell of them.
fn is_hidden(judged: &Judged, caller: &Caller) -> bool {
    judged.inputs.iter().filter_map(|input| input.from.area()).any(|area| !caller.sees(area))
}

/// Numbers of the origins that a grading names.
pub fn origins_of(judged: &Judged) -> impl Iterator<Item = u64> {
    judged.inputs.iter().filter_map(|input| match input.from {
        From::Record { origin, .. } => Some(origin),
        From::Table { .. } | From::Neighbour { .. } | From::Sum => None,
    })
}

impl RiskStep {
    /// As the caller may see it: what lies outside the area is neither named nor counted, only what follows from it stays.
    #[must_use]
    pub fn of(row: &RiskRow, origins: &BTreeMap<u64, BaseOrigin>, caller: &Caller) -> Self {
        let judged = &row.judged;
        let seen = |from: &From| from.area().is_none_or(|area| caller.sees(area));
        let hidden = is_hidden(judged, caller);
        // What is added up would tell of what was left out.
        let shown = |from: &From| seen(from) && !(hidden && matches!(from, From::Sum));
        let inputs = judged.inputs.iter().filter(|input| shown(&input.from));
        let formula = if hidden { Text::default() } else { (&judged.formula).into() };
        let warnings = if hidden { &[] } else { judged.warnings.as_slice() };
        let shows = |difference: &&Difference| match difference.area {
            Some(area) => caller.sees(area),
            None => !hidden || difference.key != "people",
        };
        Self {
            at: row.at.0,
            colour: judged.colour.word(),
            method: judged.method.clone(),
            value: judged.value.filter(|_| !hidden),
            grade: judged.grade.clone(),
            formula,
            inputs: inputs.map(|input| RiskInput::of(input, origins)).collect(),
            warnings: warnings.iter().map(Into::into).collect(),
            why: row.why.iter().filter(shows).map(RiskDifference::of).collect(),
            hidden,
        }
    }
}

impl RiskDifference {
    fn of(difference: &Difference) -> Self {
        Self {
            key: difference.key.clone(),
            name: (&difference.name).into(),
            unit: difference.unit.clone(),
            before: known(difference.before.as_ref()),
            after: known(difference.after.as_ref()),
        }
    }
}

impl RiskInput {
    fn of(input: &Input, origins: &BTreeMap<u64, BaseOrigin>) -> Self {
        let mut shown = Self {
            key: input.key.clone(),
            name: (&input.name).into(),
            value: known(Some(&input.value)),
            unit: input.unit.clone(),
            from: "sum",
            origin: None,
            source: String::new(),
            sure: true,
            kind: String::new(),
            object: String::new(),
            metres: None,
        };
        match &input.from {
            From::Record { key, origin, .. } => {
                shown.from = "record";
                shown.object.clone_from(key);
                shown.origin = origins.get(origin).cloned();
            }
            From::Table { source, sure } => {
                shown.from = "table";
                shown.source.clone_from(source);
                shown.sure = *sure;
            }
            From::Neighbour { kind, key, metres, .. } => {
                shown.from = "neighbour";
                shown.kind.clone_from(kind);
                shown.object.clone_from(key);
                shown.metres = Some(*metres);
            }
            From::Sum => {}
        }
        shown
    }
}

/// How dangerous an area is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RiskArea {
    /// Code.
    pub area: u32,
    /// Name; empty when not known.
    pub name: String,
    /// `region`, `city`, `county` or `township`.
    pub level: &'static str,
    /// `red`, `orange`, `yellow`, `blue` or `unknown`.
    pub colour: &'static str,
    /// Whether it could be worse: objects are not graded because inputs are missing.
    pub uncertain: bool,
    /// How many objects have which colour.
    pub counts: RiskCounts,
}

/// How many objects have which colour.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct RiskCounts {
    /// Major.
    pub red: u64,
    /// Considerable.
    pub orange: u64,
    /// Ordinary.
    pub yellow: u64,
    /// Low.
    pub blue: u64,
    /// Not known.
    pub unknown: u64,
}

impl std::convert::From<Counts> for RiskCounts {
    fn from(counts: Counts) -> Self {
        let Counts { red, orange, yellow, blue, unknown } = counts;
        Self { red, orange, yellow, blue, unknown }
    }
}

/// The areas of the caller, and the rule that their colours follow from.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RiskAreas {
    /// The areas, by code.
    pub areas: Vec<RiskArea>,
    /// The rules for a county: the first one that holds; else blue. City and region: as their worst county.
    pub rules: Vec<RiskRule>,
}

/// An area has this colour when so many of its objects have that one.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct RiskRule {
    /// Colour of the area.
    pub colour: &'static str,
    /// Colour of the objects.
    pub of: &'static str,
    /// How many at least.
    pub at_least: u64,
}
