//! The answer.

use std::{collections::BTreeMap, ops::AddAssign, sync::Arc};

use helan_kernel::{AreaCode, Ms, Position};

use super::Question;
use crate::{Class, Group, HOURS, RecordId, Vulnerable, sum::oldest};

/// Most objects of one class, and most vehicles, that are listed; all are counted.
pub const MOST_LISTED: usize = 500;

/// How many people, and between which bounds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// At least.
    pub low: f64,
    /// Expected.
    pub expected: f64,
    /// At most.
    pub high: f64,
}

impl Estimate {
    /// As many as that.
    #[must_use]
    pub const fn exactly(people: f64) -> Self {
        Self { low: people, expected: people, high: people }
    }

    /// Of so many people the part that is there, give or take a margin.
    pub(super) fn of(people: f64, part: f64, margin: f64) -> Self {
        Self {
            low: people * (part - margin).max(0.0),
            expected: people * part,
            high: people * (part + margin).min(1.0),
        }
    }
}

impl Estimate {
    /// The greater of two, bound by bound.
    fn max(self, other: Self) -> Self {
        Self {
            low: self.low.max(other.low),
            expected: self.expected.max(other.expected),
            high: self.high.max(other.high),
        }
    }
}

impl AddAssign for Estimate {
    fn add_assign(&mut self, other: Self) {
        self.low += other.low;
        self.expected += other.expected;
        self.high += other.high;
    }
}

/// The vulnerable of one kind of objects.
#[derive(Default)]
pub(super) struct Told {
    people: BTreeMap<Vulnerable, Estimate>,
    /// Those of groups by themselves, such as the patients of a ward.
    own: Estimate,
    /// Those who are part of other groups, such as the bedridden among them: no further people where all of these are vulnerable.
    within: Estimate,
}

impl Told {
    /// Notes the people of a group, when it is a vulnerable one.
    pub(super) fn add(&mut self, group: &Group, people: Estimate) {
        let Some(who) = group.vulnerable else { return };
        *self.people.entry(who).or_default() += people;
        *(if group.within { &mut self.within } else { &mut self.own }) += people;
    }
}

/// Where a number of people comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The register of a kind, by its number.
    Register(u16),
    /// The same, as share of the cells in which the homes stand.
    Cells(u16),
    /// Live counts in objects of a kind.
    Live(u16),
    /// What moves.
    Moving,
    /// The census of an area, less those whom registers count.
    Census(AreaCode),
}

/// What one source says.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// The source.
    pub source: Source,
    /// How many objects.
    pub objects: u64,
    /// How many of them do not say how many people are in them: these count as nobody.
    pub unknown: u64,
    /// People now.
    pub now: Estimate,
    /// When the oldest of its facts was last said to be so; none when that is not known of any.
    pub oldest: Option<Ms>,
    /// Whether its figures were checked against their source.
    pub sure: bool,
}

/// The people of one level, or of all together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Item {
    /// Now.
    pub now: Estimate,
    /// At each hour of such a day.
    pub by_hour: [Estimate; HOURS],
    /// Who of them needs more than a word, now. Some are several of these: old, and in need of help.
    pub vulnerable: BTreeMap<Vulnerable, Estimate>,
    /// Those together, each once.
    pub vulnerable_total: Estimate,
    /// By source.
    pub shares: Vec<Share>,
    /// Listed objects by class.
    pub facilities: BTreeMap<Class, u64>,
    /// Vehicles.
    pub vehicles: u64,
}

/// What a counter says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LiveSeen {
    /// How many.
    pub people: f64,
    /// When.
    pub at: Ms,
    /// Whether that is too long ago: the table counts instead.
    pub stale: bool,
}

/// An object that is listed.
#[derive(Clone, Debug, PartialEq)]
pub struct Facility {
    /// The record.
    pub id: RecordId,
    /// Number of its kind.
    pub kind: u16,
    /// What it is listed as.
    pub class: Class,
    /// Place of its worst level.
    pub level: usize,
    /// Its key.
    pub key: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Its area.
    pub area: AreaCode,
    /// Its middle.
    pub at: Option<Position>,
    /// Metres from the origin to its nearest part.
    pub metres: Option<f64>,
    /// Direction from the origin to its middle, degrees clockwise from north.
    pub bearing: Option<f64>,
    /// People in it now; none when not known.
    pub people: Option<Estimate>,
    /// People in its register, wherever they are now.
    pub registered: Option<u64>,
    /// What its counter says; none when it has none.
    pub live: Option<LiveSeen>,
    /// When it was last said to be so.
    pub checked: Option<Ms>,
}

/// A vehicle inside.
#[derive(Clone, Debug, PartialEq)]
pub struct VehicleSeen {
    /// Its key.
    pub key: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Place of its worst level.
    pub level: usize,
    /// Where it was last.
    pub at: Position,
    /// When.
    pub seen: Ms,
    /// Whether that is too long ago: it may be elsewhere by now, and its people do not count.
    pub stale: bool,
    /// People in it; none when not known.
    pub people: Option<u32>,
}

/// Who and what is inside.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inside {
    /// By level, in the order of the question.
    pub levels: Vec<Item>,
    /// All together.
    pub total: Item,
    /// Objects by name: class by class, worst level and nearest first; [`MOST_LISTED`] of a class at most.
    pub facilities: Vec<Facility>,
    /// Vehicles, worst level first; [`MOST_LISTED`] at most.
    pub vehicles: Vec<VehicleSeen>,
    /// When the oldest fact was last said to be so; none when that is not known of any.
    pub oldest: Option<Ms>,
    /// Objects whose counter is too old; the table counts for them.
    pub stale: u64,
    /// Homes of the areas that it touches of which nobody knows where they are: they are in the census alone.
    pub unplaced: u64,
    /// Whether the area of the caller is too small for the census, so that people whom no register knows are missing.
    pub no_census: bool,
}

impl Item {
    /// Adds the vulnerable of one kind of objects.
    pub(super) fn tell(&mut self, vulnerable: &Told) {
        for (who, people) in &vulnerable.people {
            *self.vulnerable.entry(*who).or_default() += *people;
        }
        self.vulnerable_total += vulnerable.own.max(vulnerable.within);
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.now += other.now;
        for (own, other) in self.by_hour.iter_mut().zip(other.by_hour) {
            *own += other;
        }
        for (who, people) in &other.vulnerable {
            *self.vulnerable.entry(*who).or_default() += *people;
        }
        self.vulnerable_total += other.vulnerable_total;
        for share in &other.shares {
            match self.shares.iter_mut().find(|own| own.source == share.source) {
                Some(own) => {
                    own.objects += share.objects;
                    own.unknown += share.unknown;
                    own.now += share.now;
                    own.oldest = oldest(own.oldest, share.oldest);
                    own.sure &= share.sure;
                }
                None => self.shares.push(share.clone()),
            }
        }
        for (class, count) in &other.facilities {
            *self.facilities.entry(*class).or_default() += count;
        }
        self.vehicles += other.vehicles;
    }
}

impl Inside {
    /// Puts the levels together.
    pub(super) fn close(&mut self, question: &Question<'_>) {
        let mut total = Item::default();
        for level in &mut self.levels {
            level.shares.sort_by_key(|share| share.source);
            total.add(level);
        }
        total.shares.sort_by_key(|share| share.source);
        self.oldest = total.shares.iter().map(|share| share.oldest).fold(None, oldest);
        self.total = total;
        let counties = question.census.iter();
        self.no_census = !counties.into_iter().any(|area| question.area.contains(area.code()));
    }
}
