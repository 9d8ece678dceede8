//! The colour of an area, from the colours of its objects.

use serde::{Deserialize, Serialize};

use super::Colour;

/// An area has this colour when so many of its objects have that one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AreaRule {
    /// The colour of the area.
    pub colour: Colour,
    /// The colour of objects that is counted.
    pub of: Colour,
    /// How many of them at least.
    pub at_least: u64,
}

/// How many objects have which colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Red ones.
    pub red: u64,
    /// Orange ones.
    pub orange: u64,
    /// Yellow ones.
    pub yellow: u64,
    /// Blue ones.
    pub blue: u64,
    /// Those that are not known.
    pub unknown: u64,
}

/// The colour of an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AreaColour {
    /// The colour.
    pub colour: Colour,
    /// Whether it could be worse: objects that are not known might make it so.
    pub uncertain: bool,
}

impl Counts {
    /// How many have this colour.
    #[must_use]
    pub const fn of(&self, colour: Colour) -> u64 {
        match colour {
            Colour::Red => self.red,
            Colour::Orange => self.orange,
            Colour::Yellow => self.yellow,
            Colour::Blue => self.blue,
            Colour::Unknown => self.unknown,
        }
    }

    /// Counts more of a colour.
    pub const fn add(&mut self, colour: Colour, count: u64) {
        let place = match colour {
            Colour::Red => &mut self.red,
            Colour::Orange => &mut self.orange,
            Colour::Yellow => &mut self.yellow,
            Colour::Blue => &mut self.blue,
            Colour::Unknown => &mut self.unknown,
        };
        *place = place.saturating_add(count);
    }

    /// The colour of an area with these objects: that of the first rule that holds, else blue. Where nothing is known the area is
    /// not known.
    #[must_use]
    pub fn colour(&self, rules: &[AreaRule]) -> AreaColour {
        let known = self.red + self.orange + self.yellow + self.blue;
        let first = |counts: &Self| {
            let holds = rules.iter().find(|rule| counts.of(rule.of) >= rule.at_least.max(1));
            holds.map_or(Colour::Blue, |rule| rule.colour)
        };
        if known == 0 {
            return AreaColour { colour: Colour::Unknown, uncertain: self.unknown > 0 };
        }
        let colour = first(self);
        let worst = first(&Self { red: self.red.saturating_add(self.unknown), ..*self });
        AreaColour { colour, uncertain: worst < colour }
    }
}
