//! Contradictions: when a new fact does not simply take the place of the old one, but goes to somebody who decides.
//!
//! | who says it | standing |
//! |---|---|
//! | a person at the place, or at a desk | 3 |
//! | a device | 2 |
//! | another system, a file | 1 |
//! | a pack | 0 |
//!
//! A new value goes to review when it contradicts one that was confirmed after the day it speaks of, or one of higher standing that
//! is not overdue for its own review. What people type is a decision and is taken; two forms that changed the same field
//! differently are [merged](merge) field by field.

use helan_kernel::Ms;
use serde::{Deserialize, Serialize};

use crate::{Kind, Record, Source, Value};

/// Why a value goes to review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// What stands there was said by a source of higher standing.
    Standing,
    /// What stands there was confirmed after the day that the new value speaks of.
    Older,
    /// Two forms changed the same field differently.
    Both,
}

impl Why {
    /// The word it is stored and shown as.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Standing => "standing",
            Self::Older => "older",
            Self::Both => "both",
        }
    }
}

/// What stands in a field.
#[derive(Clone, Copy, Debug)]
pub struct Stands {
    /// Who said it.
    pub source: Source,
    /// When the record was last confirmed.
    pub checked_at: Ms,
    /// Whether nobody has confirmed it for longer than its kind allows.
    pub stale: bool,
}

const fn standing(source: Source) -> u8 {
    match source {
        Source::Form | Source::Field => 3,
        Source::Device => 2,
        Source::Connector | Source::Import => 1,
        Source::Pack => 0,
    }
}

/// Why a value that a source says as of a moment must be reviewed before it takes the place of another one; none: it is taken.
#[must_use]
pub fn weigh(source: Source, as_of: Ms, stands: Stands) -> Option<Why> {
    if matches!(source, Source::Form | Source::Field) {
        return None;
    }
    if as_of < stands.checked_at {
        return Some(Why::Older);
    }
    (standing(source) < standing(stands.source) && !stands.stale).then_some(Why::Standing)
}

/// Columns of every record that people change, apart from the fields of its kind.
const OWN: [&str; 5] = ["name", "area", "address", "post", "geom"];

/// Names of the columns of a kind that people change.
pub fn columns(kind: &Kind) -> impl Iterator<Item = &str> {
    OWN.into_iter().chain(kind.fields.iter().map(|field| field.key.as_str()))
}

/// Whether two records have the same in a column.
#[must_use]
pub fn same(kind: &Kind, a: &Record, b: &Record, column: &str) -> bool {
    match column {
        "name" => a.name == b.name,
        "area" => a.area == b.area,
        "address" => a.address == b.address,
        "post" => a.post == b.post,
        "geom" => a.shape == b.shape,
        field => {
            let place = kind.place(field).unwrap_or(usize::MAX);
            a.values.get(place) == b.values.get(place)
        }
    }
}

/// Whether a record has nothing in a column.
#[must_use]
pub fn is_empty(kind: &Kind, record: &Record, column: &str) -> bool {
    match column {
        "name" => record.name.is_empty(),
        "area" => false,
        "address" => record.address.is_empty(),
        "post" => record.post.is_empty(),
        "geom" => record.shape.is_none(),
        field => kind.place(field).and_then(|p| record.values.get(p)).is_none_or(Value::is_empty),
    }
}

/// Puts into a column what another record has there.
pub fn copy(kind: &Kind, from: &Record, to: &mut Record, column: &str) {
    match column {
        "name" => to.name.clone_from(&from.name),
        "area" => to.area = from.area,
        "address" => to.address.clone_from(&from.address),
        "post" => to.post.clone_from(&from.post),
        "geom" => to.shape.clone_from(&from.shape),
        field => {
            let place = kind.place(field).unwrap_or(usize::MAX);
            if let (Some(new), Some(old)) = (from.values.get(place), to.values.get_mut(place)) {
                old.clone_from(new);
            }
        }
    }
}

/// A form that was filled in on what a record was, brought together with what it is now.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    /// What it shall be: where both changed a field differently, what it is now.
    pub record: Record,
    /// Columns that both changed differently.
    pub disputed: Vec<String>,
}

/// Brings a form together with a record that changed since the form was opened. `seen` is the record as it was then; none when it
/// was not there: then whatever both filled in differently is disputed.
#[must_use]
pub fn merge(kind: &Kind, seen: Option<&Record>, now: &Record, mine: &Record) -> Merged {
    let mut record = now.clone();
    let mut disputed = Vec::new();
    for column in columns(kind) {
        let (mine_left, now_left) = match seen {
            Some(seen) => (same(kind, seen, mine, column), same(kind, seen, now, column)),
            None => (is_empty(kind, mine, column), is_empty(kind, now, column)),
        };
        if mine_left || same(kind, now, mine, column) {
            continue;
        }
        if now_left {
            copy(kind, mine, &mut record, column);
        } else {
            disputed.push(column.to_owned());
        }
    }
    Merged { record, disputed }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Domain, Field, ShapeKind, What};

    #[test]
    fn who_may_contradict_whom() {
        let check = |source, as_of, old, stale, expected| {
            let stands = Stands { source: old, checked_at: Ms(100), stale };
            let verdict = weigh(source, Ms(as_of), stands);
            assert_eq!(verdict, expected, "{source:?} at {as_of} against {old:?}");
        };
        check(Source::Import, 200, Source::Field, false, Some(Why::Standing));
        check(Source::Connector, 200, Source::Form, false, Some(Why::Standing));
        check(Source::Import, 200, Source::Device, false, Some(Why::Standing));
        check(Source::Import, 200, Source::Field, true, None);
        check(Source::Import, 200, Source::Import, false, None);
        check(Source::Import, 50, Source::Import, false, Some(Why::Older));
        check(Source::Import, 50, Source::Field, true, Some(Why::Older));
        check(Source::Device, 200, Source::Import, false, None);
        check(Source::Form, 50, Source::Field, false, None);
    }

    fn kind() -> Kind {
        let field = |key: &str| Field {
            key: key.into(),
            name: helan_kernel::Text::new(key, key),
            unit: String::new(),
            what: What::Whole { min: 0, max: 99 },
            required: false,
            mask: None,
            aliases: Vec::new(),
            standard: String::new(),
        };
        Kind {
            fields: ["a", "b", "c"].map(field).to_vec(),
            review_days: 9,
            ..Kind::bare(
                "thing",
                Domain::Living,
                helan_kernel::Text::new("物", "thing"),
                ShapeKind::Any,
            )
        }
    }

    fn record(name: &str, values: [i64; 3]) -> Record {
        Record {
            key: "K".into(),
            name: name.into(),
            area: helan_kernel::AreaCode(640_104_000),
            address: String::new(),
            post: String::new(),
            shape: None,
            values: values.map(|v| if v < 0 { Value::Empty } else { Value::Whole(v) }).to_vec(),
            synthetic: false,
        }
    }

    #[test]
    fn two_forms_are_merged_field_by_field() {
        let seen = record("old", [1, 1, 1]);
        let now = record("old", [2, 1, 2]);
        let mine = record("new", [1, 3, 3]);
        let merged = merge(&kind(), Some(&seen), &now, &mine);
        assert_eq!(merged.record, record("new", [2, 3, 2]));
        assert_eq!(merged.disputed, ["c"]);
        // Both said the same: nothing is disputed.
        let merged = merge(&kind(), Some(&seen), &now, &now);
        assert_eq!((merged.record, merged.disputed), (now, Vec::new()));
        // Both made it, each for the first time.
        let merged = merge(&kind(), None, &record("x", [1, -1, 2]), &record("x", [-1, 4, 3]));
        assert_eq!(merged.record, record("x", [1, 4, 2]));
        assert_eq!(merged.disputed, ["c"]);
    }
}
