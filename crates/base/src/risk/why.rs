//! Why a grading is another than before.

use helan_kernel::Text;
use serde::{Deserialize, Serialize};

use super::{Judged, Known};

/// One input that is another than before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: Text,
    /// Its unit.
    pub unit: String,
    /// What it was; none when it was not asked.
    pub before: Option<Known>,
    /// What it is; none when it is no longer asked.
    pub after: Option<Known>,
    /// Area of the record or neighbour that it comes from; none when from a table or added up.
    pub area: Option<helan_kernel::AreaCode>,
}

/// The inputs that make one grading another than the one before, in the order of the inputs.
#[must_use]
pub fn differences(before: &Judged, after: &Judged) -> Vec<Difference> {
    let of = |input: &super::Input, before: Option<&Known>, after: Option<&Known>| Difference {
        key: input.key.clone(),
        name: input.name.clone(),
        unit: input.unit.clone(),
        before: before.cloned(),
        after: after.cloned(),
        area: input.from.area(),
    };
    let mut all = Vec::new();
    for input in &after.inputs {
        let old = before.inputs.iter().find(|old| old.key == input.key).map(|old| &old.value);
        if old != Some(&input.value) {
            all.push(of(input, old, Some(&input.value)));
        }
    }
    for old in &before.inputs {
        if !after.inputs.iter().any(|input| input.key == old.key) {
            all.push(of(old, Some(&old.value), None));
        }
    }
    all
}

impl super::From {
    /// Area of what it comes from; none for tables and sums.
    #[must_use]
    pub const fn area(&self) -> Option<helan_kernel::AreaCode> {
        match self {
            Self::Record { area, .. } | Self::Neighbour { area, .. } => Some(*area),
            Self::Table { .. } | Self::Sum => None,
        }
    }
}
