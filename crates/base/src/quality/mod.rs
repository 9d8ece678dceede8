//! How good the data is (R57): what is wrong with a record, a score of many, and what a random check says of them.
//!
//! Everything follows from the kinds: what is required, what may stand in a field, how soon a record must be looked at anew.
//! [`Rules`] look at one record, [`Twins`] at all of a kind; [`Tally`] adds up, and [`Tally::score`] is the one formula.

mod rules;
mod spot;
mod tally;
mod twins;

use helan_kernel::Text;

pub use rules::{Flaw, Rules, Verdict};
pub use spot::{MOST_DRAWN, draw, wilson};
pub use tally::{Marks, Tally};
pub use twins::{Found, Twin, Twins};

/// One side of quality.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aspect {
    /// What is asked is answered.
    Completeness,
    /// What stands there may stand there.
    Validity,
    /// It was confirmed in time.
    Freshness,
    /// It is there once.
    Uniqueness,
    /// What it names exists.
    Reference,
    /// It lies where it says.
    Place,
}

impl Aspect {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Completeness,
        Self::Validity,
        Self::Freshness,
        Self::Uniqueness,
        Self::Reference,
        Self::Place,
    ];

    /// The word it is shown as.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Completeness => "completeness",
            Self::Validity => "validity",
            Self::Freshness => "freshness",
            Self::Uniqueness => "uniqueness",
            Self::Reference => "reference",
            Self::Place => "place",
        }
    }

    /// Its part of the score, in hundredths; together they are 100. What cannot be seen in an emergency (a missing telephone, a wrong
    /// place) weighs more than what can be guessed.
    #[must_use]
    pub const fn weight(self) -> u32 {
        match self {
            Self::Completeness => 30,
            Self::Validity | Self::Freshness | Self::Place => 20,
            Self::Uniqueness | Self::Reference => 5,
        }
    }
}

/// What can be wrong with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FlawKind {
    /// A required field is empty.
    Missing,
    /// Its place is not known.
    NoPlace,
    /// Nobody is responsible.
    NoPost,
    /// A value that the kind no longer allows.
    Invalid,
    /// Nobody has confirmed it for longer than its kind allows.
    Stale,
    /// Another one of its kind near by has the same name.
    SameName,
    /// Another one of its kind has the same personal telephone number.
    SamePhone,
    /// Another one of its kind has the same credit code (GB 32100-2015 gives each to one body only).
    SameCode,
    /// No post has the key of its responsible post.
    UnknownPost,
    /// Its area does not exist.
    UnknownArea,
    /// A choice that its kind does not have.
    UnknownChoice,
    /// It lies in another area than it says.
    OutsideArea,
    /// It lies outside the region.
    OutsideRegion,
    /// It lies where longitude and latitude are 0: an unfilled form.
    AtZero,
    /// Its shape crosses itself, or is none.
    BadShape,
}

impl FlawKind {
    /// All of them; a flaw's place here is its bit in [`Flaws`].
    pub const ALL: [Self; 15] = [
        Self::Missing,
        Self::NoPlace,
        Self::NoPost,
        Self::Invalid,
        Self::Stale,
        Self::SameName,
        Self::SamePhone,
        Self::SameCode,
        Self::UnknownPost,
        Self::UnknownArea,
        Self::UnknownChoice,
        Self::OutsideArea,
        Self::OutsideRegion,
        Self::AtZero,
        Self::BadShape,
    ];

    /// A short word for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::NoPlace => "no-place",
            Self::NoPost => "no-post",
            Self::Invalid => "invalid",
            Self::Stale => "stale",
            Self::SameName => "same-name",
            Self::SamePhone => "same-phone",
            Self::SameCode => "same-code",
            Self::UnknownPost => "unknown-post",
            Self::UnknownArea => "unknown-area",
            Self::UnknownChoice => "unknown-choice",
            Self::OutsideArea => "outside-area",
            Self::OutsideRegion => "outside-region",
            Self::AtZero => "at-zero",
            Self::BadShape => "bad-shape",
        }
    }

    /// The flaw with this code.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|flaw| flaw.code() == code)
    }

    /// The side of quality that it belongs to.
    #[must_use]
    pub const fn aspect(self) -> Aspect {
        match self {
            Self::Missing | Self::NoPlace | Self::NoPost => Aspect::Completeness,
            Self::Invalid => Aspect::Validity,
            Self::Stale => Aspect::Freshness,
            Self::SameName | Self::SamePhone | Self::SameCode => Aspect::Uniqueness,
            Self::UnknownPost | Self::UnknownArea | Self::UnknownChoice => Aspect::Reference,
            Self::OutsideArea | Self::OutsideRegion | Self::AtZero | Self::BadShape => {
                Aspect::Place
            }
        }
    }

    /// Whether what is known is doubtful by it; what is missing or old is seen as that.
    #[must_use]
    pub const fn is_doubt(self) -> bool {
        !matches!(self.aspect(), Aspect::Completeness | Aspect::Freshness)
    }

    /// In the words of both languages.
    #[must_use]
    pub fn words(self) -> Text {
        match self {
            Self::Missing => Text::new("必填项为空", "a required field is empty"),
            Self::NoPlace => Text::new("位置不明", "its place is not known"),
            Self::NoPost => Text::new("无责任岗位", "no responsible post"),
            Self::Invalid => Text::new("值不符合现行规定", "a value that is not allowed any more"),
            Self::Stale => Text::new("超期未核实", "not confirmed in time"),
            Self::SameName => Text::new("附近有同名对象", "one near by has the same name"),
            Self::SamePhone => {
                Text::new("电话与其他对象相同", "another one has the same telephone")
            }
            Self::SameCode => {
                Text::new("信用代码与其他对象相同", "another one has the same credit code")
            }
            Self::UnknownPost => Text::new("责任岗位不存在", "its responsible post does not exist"),
            Self::UnknownArea => Text::new("辖区不存在", "its area does not exist"),
            Self::UnknownChoice => Text::new("选项不存在", "a choice that does not exist"),
            Self::OutsideArea => {
                Text::new("位置不在所填辖区内", "lies in another area than it says")
            }
            Self::OutsideRegion => Text::new("位置在本区域以外", "lies outside the region"),
            Self::AtZero => Text::new("经纬度为零", "longitude and latitude are 0"),
            Self::BadShape => Text::new("图形无效", "its shape is not valid"),
        }
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// Some flaws, each once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flaws(u16);

impl Flaws {
    /// With one more.
    #[must_use]
    pub const fn with(self, flaw: FlawKind) -> Self {
        Self(self.0 | flaw.bit())
    }

    /// All of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether this is among them.
    #[must_use]
    pub const fn has(self, flaw: FlawKind) -> bool {
        self.0 & flaw.bit() != 0
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = FlawKind> {
        FlawKind::ALL.into_iter().filter(move |flaw| self.has(*flaw))
    }
}

#[cfg(test)]
mod tests;
