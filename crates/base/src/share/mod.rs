//! Giving data to others (R24, R25, R27): what may be asked for, how a request lives, and what of a record leaves the house.
//!
//! Kinds whose records speak of institutions are given row by row ([`open_row`]): masked fields are blurred, the rest is as it is.
//! Kinds whose records speak of private persons ([`crate::Kind::is_private`]) are given as a [`Release`] only: every row looks
//! like those of at least [`K`] records, in every column that leaves, so that even somebody who holds the whole original cannot
//! tell whose it is. Names, telephone numbers and exact homes never leave, whoever asks for whatever reason: no grant can lift it.

mod pseudonym;
mod release;
mod rough;

use std::collections::{BTreeMap, BTreeSet};

use geo::Geometry;
use helan_kernel::{AreaCode, Ms};
use serde::{Deserialize, Serialize};

use crate::{Field, Kind, Mask, Record, Value};

pub use release::{Release, TooMany, release};
pub use rough::Cell;

/// Records that a row of a private kind cannot be told from, itself among them.
pub const K: usize = 5;
/// Longest a grant lasts: whoever needs data for longer says every year anew what for.
pub const LONGEST: Ms = Ms::seconds(366 * 24 * 3600);
/// Rows that a grant gives on one day when nothing else is agreed: a county's objects of one kind, several times.
pub const QUOTA: u64 = 100_000;
/// The largest quota: the whole region's objects, several times.
pub const MOST_QUOTA: u64 = 10_000_000;
/// Requests of one account that nobody has answered yet: more cannot be looked at with care.
pub const MOST_OPEN: u64 = 20;

/// What every record has beside the fields of its kind, and can be asked for.
pub const COMMON: [&str; 4] = ["name", "address", "post", "place"];

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Somebody asked; nobody has answered.
    Requested,
    /// It is granted.
    Approved,
    /// It was not granted.
    Refused,
    /// Whoever asked took it back.
    Withdrawn,
    /// The time that it was asked or granted for is over.
    Expired,
    /// It was granted, and that was taken back.
    Revoked,
}

/// What is done with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// An approver grants it.
    Approve,
    /// An approver does not.
    Refuse,
    /// Whoever asked takes it back.
    Withdraw,
    /// Its time is over.
    Expire,
    /// It is taken back.
    Revoke,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Requested,
        Self::Approved,
        Self::Refused,
        Self::Withdrawn,
        Self::Expired,
        Self::Revoked,
    ];

    /// The word it is stored and shown as.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }

    /// The state with this word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Where a step leads; none when it cannot be done.
    #[must_use]
    pub const fn after(self, step: Step) -> Option<Self> {
        match (self, step) {
            (Self::Requested, Step::Approve) => Some(Self::Approved),
            (Self::Requested, Step::Refuse) => Some(Self::Refused),
            (Self::Requested, Step::Withdraw) => Some(Self::Withdrawn),
            (Self::Requested | Self::Approved, Step::Expire) => Some(Self::Expired),
            (Self::Approved, Step::Revoke) => Some(Self::Revoked),
            _ => None,
        }
    }
}

/// What of a kind, and of where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Fields of the kind, or some of [`COMMON`]; in the order of what matters most to whoever asks.
    pub fields: Vec<String>,
    /// Rows of this area.
    pub area: AreaCode,
}

/// Why terms cannot be granted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TermsError {
    /// Nothing is asked for.
    #[error("no field is named")]
    Nothing,
    /// There is no such field, or it never leaves the house.
    #[error("field {0} is not given to others")]
    NotGiven(String),
    /// The same field twice.
    #[error("field {0} is named twice")]
    Twice(String),
    /// More than was asked for.
    #[error("{0} was not asked for")]
    Wider(&'static str),
}

impl Terms {
    /// Whether this can be given of a kind.
    ///
    /// # Errors
    /// Says the first thing that cannot.
    pub fn check(&self, kind: &Kind) -> Result<(), TermsError> {
        let may = given_fields(kind);
        let mut seen = BTreeSet::new();
        if self.fields.is_empty() {
            return Err(TermsError::Nothing);
        }
        for field in &self.fields {
            if !may.contains(&field.as_str()) {
                return Err(TermsError::NotGiven(field.clone()));
            }
            if !seen.insert(field) {
                return Err(TermsError::Twice(field.clone()));
            }
        }
        Ok(())
    }

    /// Whether these give nothing that `asked` did not ask for.
    ///
    /// # Errors
    /// Says what goes beyond it.
    pub fn within(&self, asked: &Self) -> Result<(), TermsError> {
        if !asked.area.contains(self.area) {
            return Err(TermsError::Wider("the area"));
        }
        if self.fields.iter().any(|field| !asked.fields.contains(field)) {
            return Err(TermsError::Wider("a field"));
        }
        Ok(())
    }

    fn has(&self, field: &str) -> bool {
        self.fields.iter().any(|own| own == field)
    }
}

/// Whether a field of a kind may leave the house at all, blurred or not.
#[must_use]
pub const fn is_given(kind: &Kind, field: &Field) -> bool {
    match field.mask {
        None => true,
        Some(Mask::Hidden) => false,
        // Of private persons the street is all that leaves.
        Some(Mask::Name | Mask::Phone) => !kind.is_private(),
        Some(Mask::Address) => true,
    }
}

/// The fields of a kind that can be asked for.
#[must_use]
pub fn given_fields(kind: &Kind) -> Vec<&str> {
    // Of private persons the name and the responsible post do not leave; a pseudonym stands for the record.
    let common = COMMON.iter().copied();
    let common = common.filter(|own| !kind.is_private() || matches!(*own, "address" | "place"));
    let own = kind.fields.iter().filter(|field| is_given(kind, field));
    common.chain(own.map(|field| field.key.as_str())).collect()
}

/// Where a row lies, as it is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// Not known, or not given.
    None,
    /// There.
    Shape(Geometry),
    /// Somewhere in this cell.
    Cell(Cell),
}

/// One row as it leaves the house.
#[derive(Clone, Debug, PartialEq)]
pub struct Shared {
    /// Key of the record, or the pseudonym that stands for it.
    pub key: String,
    /// Its area, as exactly as it is told.
    pub area: AreaCode,
    /// Where it lies.
    pub place: Place,
    /// The granted fields; those that are not told are empty.
    pub values: BTreeMap<String, Value>,
}

/// A record of a kind that speaks of institutions, as its terms give it.
#[must_use]
pub fn open_row(kind: &Kind, terms: &Terms, record: &Record) -> Shared {
    let mut values = BTreeMap::new();
    let common = [("name", &record.name), ("address", &record.address), ("post", &record.post)];
    for (key, text) in common {
        if terms.has(key) {
            let value = if text.is_empty() { Value::Empty } else { Value::Text(text.clone()) };
            values.insert(key.to_owned(), value);
        }
    }
    for (field, value) in kind.fields.iter().zip(&record.values) {
        if terms.has(&field.key) && is_given(kind, field) {
            let value = match (value, field.mask) {
                (value, None) => value.clone(),
                (Value::Text(text), Some(mask)) => Value::Text(mask.blur(text)),
                (_, Some(_)) => Value::Empty,
            };
            values.insert(field.key.clone(), value);
        }
    }
    let place = match &record.shape {
        Some(shape) if terms.has("place") => Place::Shape(shape.clone()),
        _ => Place::None,
    };
    Shared { key: record.key.clone(), area: record.area, place, values }
}

#[cfg(test)]
mod tests;
