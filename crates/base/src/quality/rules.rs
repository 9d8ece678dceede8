//! What is wrong with one record.

use std::collections::HashSet;

use geo::{BoundingRect, CoordsIter, Validation};
use helan_kernel::{AreaCode, Ms};

use super::{FlawKind, Flaws};
use crate::{Areas, Fault, Kind, Raw, Record, Value, What, catalogue::centre};

/// How much an answer counts: without a required one nobody can act, an optional one is a help.
const REQUIRED: u32 = 4;
const OPTIONAL: u32 = 1;
/// Shapes with more corners are not looked through: that takes longer than all other rules together.
const MOST_CORNERS: usize = 5_000;
const DAY_MS: i64 = 24 * 3600 * 1000;

/// A flaw, and the column it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// What is wrong.
    pub kind: FlawKind,
    /// Key of the field, or one of [`Kind::COMMON`].
    pub column: String,
}

/// What the rules say of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// What is wrong.
    pub flaws: Vec<Flaw>,
    /// How much of what is asked is answered, in thousandths.
    pub filled: u32,
}

impl Verdict {
    /// The flaws without their columns.
    #[must_use]
    pub fn kinds(&self) -> Flaws {
        self.flaws.iter().fold(Flaws::default(), |all, flaw| all.with(flaw.kind))
    }
}

/// What a record is held against.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// Its kind as it is now.
    pub kind: &'a Kind,
    /// The areas.
    pub areas: &'a Areas,
    /// Keys of all posts; none when they are not known, and none is missed then.
    pub posts: Option<&'a HashSet<String>>,
    /// The present moment.
    pub now: Ms,
}

impl Rules<'_> {
    /// Whether nobody has confirmed a record for longer than its kind allows.
    #[must_use]
    pub fn is_stale(&self, checked_at: Ms) -> bool {
        self.now.0.saturating_sub(checked_at.0) > i64::from(self.kind.review_days) * DAY_MS
    }

    /// Looks at a record.
    #[must_use]
    pub fn judge(&self, record: &Record, checked_at: Ms) -> Verdict {
        let mut flaws = Vec::new();
        let mut flaw = |kind, column: &str| flaws.push(Flaw { kind, column: column.to_owned() });
        let (mut asked, mut filled) = (0, 0);
        let mut answer = |weight, is_there: bool| {
            asked += weight;
            filled += if is_there { weight } else { 0 };
        };
        for (field, value) in self.kind.fields.iter().zip(&record.values) {
            let is_there = !value.is_empty();
            answer(if field.required { REQUIRED } else { OPTIONAL }, is_there);
            if field.required && !is_there {
                flaw(FlawKind::Missing, &field.key);
            }
            match fits(value, &field.what) {
                Ok(()) => {}
                Err(Fault::NotChoice) => flaw(FlawKind::UnknownChoice, &field.key),
                Err(_) => flaw(FlawKind::Invalid, &field.key),
            }
        }
        answer(REQUIRED, record.shape.is_some());
        answer(REQUIRED, !record.post.is_empty());
        if record.post.is_empty() {
            flaw(FlawKind::NoPost, "post");
        } else if self.posts.is_some_and(|posts| !posts.contains(&record.post)) {
            flaw(FlawKind::UnknownPost, "post");
        }
        if !self.areas.contains(record.area) {
            flaw(FlawKind::UnknownArea, "area");
        }
        match self.place(record) {
            Some(FlawKind::OutsideArea) => flaw(FlawKind::OutsideArea, "area"),
            Some(kind) => flaw(kind, "geom"),
            None => {}
        }
        if self.is_stale(checked_at) {
            flaw(FlawKind::Stale, "checked_at");
        }
        Verdict { flaws, filled: (filled * 1000_u32).checked_div(asked).unwrap_or(1000) }
    }

    fn place(&self, record: &Record) -> Option<FlawKind> {
        let Some(shape) = &record.shape else { return Some(FlawKind::NoPlace) };
        let Some(at) = centre(shape) else { return Some(FlawKind::BadShape) };
        let bounds = shape.bounding_rect()?;
        let zero = |degrees: f64| degrees.abs() < 1e-9;
        if [bounds.min(), bounds.max()].iter().all(|c| zero(c.x) && zero(c.y)) {
            return Some(FlawKind::AtZero);
        }
        if shape.coords_count() <= MOST_CORNERS && !shape.is_valid() {
            return Some(FlawKind::BadShape);
        }
        match self.areas.at(at) {
            // A township lies in its county; borders of townships are not known.
            Some(there) if meet(there, record.area) => None,
            Some(_) => Some(FlawKind::OutsideArea),
            // A road or a network may run out of the region; what is a place may not.
            None if bounds.width() + bounds.height() > 0.0 && self.touches(record.area, shape) => {
                None
            }
            None => Some(FlawKind::OutsideRegion),
        }
    }

    /// Whether a part of a long shape lies in its area.
    fn touches(&self, area: AreaCode, shape: &geo::Geometry) -> bool {
        let mut corners = shape.coords_iter().take(MOST_CORNERS);
        corners.any(|at| self.areas.at(at).is_some_and(|there| meet(there, area)))
    }
}

/// Whether one area lies in the other.
const fn meet(a: AreaCode, b: AreaCode) -> bool {
    a.contains(b) || b.contains(a)
}

/// Whether a value that was stored earlier may still stand in its field.
fn fits(value: &Value, what: &What) -> Result<(), Fault> {
    #[expect(clippy::cast_precision_loss, reason = "whole numbers of records are below 2^53")]
    let raw = match value {
        Value::Empty => return Ok(()),
        Value::Text(text) => Raw::Text(text),
        Value::Number(number) => Raw::Number(*number),
        Value::Whole(whole) => Raw::Number(*whole as f64),
        Value::Flag(flag) => Raw::Flag(*flag),
        Value::Date(date) => Raw::Date(*date),
    };
    Value::read(&raw, what).map(|_same| ())
}
