//! One object, and where what is known about it comes from.

use geo::Geometry;
use helan_kernel::{AreaCode, Ms};
use serde::{Deserialize, Serialize};

use crate::Value;

/// Number of a record among all records of all kinds; given by the store, never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RecordId(pub i64);

/// One object of a kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Unique among the objects of its kind: the number that its owner knows it by.
    pub key: String,
    /// Name for people.
    pub name: String,
    /// Area it lies in.
    pub area: AreaCode,
    /// Address in words; may be empty.
    pub address: String,
    /// Key of the responsible post; empty when none is known, which is a defect that is shown.
    pub post: String,
    /// Where, on WGS-84; none when it is not known, which is a defect that is shown.
    pub shape: Option<Geometry>,
    /// One value for each field of the kind, in their order.
    pub values: Vec<Value>,
    /// Whether it was made up for demonstration.
    pub synthetic: bool,
}

/// How a fact came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// A file that somebody brought.
    Import,
    /// Somebody typed it at a desk.
    Form,
    /// Somebody typed it at the place.
    Field,
    /// A device said it.
    Device,
    /// Pulled from another system.
    Connector,
    /// Part of the platform's own packs, or of its demonstration.
    Pack,
}

impl Source {
    /// The word it is stored and shown as.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::Form => "form",
            Self::Field => "field",
            Self::Device => "device",
            Self::Connector => "connector",
            Self::Pack => "pack",
        }
    }

    /// The source with this word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [Self::Import, Self::Form, Self::Field, Self::Device, Self::Connector, Self::Pack]
            .into_iter()
            .find(|source| source.word() == word)
    }
}

/// Where facts come from: one import, one click on "save".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// How.
    pub source: Source,
    /// Account that brought them.
    pub by: String,
    /// File, form or system.
    pub detail: String,
    /// When.
    pub at: Ms,
}
