//! What objects add up to: whole numbers by kind and group, over which the hours are laid when somebody asks.

use helan_kernel::Ms;
use smallvec::SmallVec;

use crate::{
    Fact, Facts, RecordId,
    table::{Table, Whom},
};

/// One object, as far as its people are counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member<'a> {
    /// What is held of it; of most homes what their table says.
    pub fact: &'a Fact,
    /// Who is in objects of its kind.
    pub table: &'a Table,
    /// When it was last said to be so.
    pub checked: Option<Ms>,
    /// Number of the label of the object in which its people are counted, too.
    pub within: Option<u32>,
}

impl<'a> Member<'a> {
    /// What is held of a record whose people are counted, or that is listed; none of others.
    pub fn of(facts: &'a Facts, id: RecordId) -> Option<Self> {
        let hot = facts.hot(id)?;
        let table = facts.table(hot.kind)?;
        // Of most homes nothing needs to be looked up but a few bytes.
        let fact = if hot.plain { facts.plain(hot.kind)? } else { facts.get(id)? };
        Some(Self { fact, table, checked: hot.checked(), within: hot.within() })
    }
}

/// What a counter says of an object: how many people, and when.
pub(crate) type Counter = (f64, Ms);

/// People by group. A handful, and in place: thousands of sums are added up where a danger ends.
type Groups = SmallVec<[u64; 6]>;

/// What the objects of one kind add up to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sum {
    /// Number of the kind.
    pub kind: u16,
    /// Of each group, people as registered.
    pub groups: Groups,
    /// How many objects.
    pub objects: u64,
    /// How many of them say nothing of their people.
    pub unknown: u64,
    /// When the oldest was last said to be so.
    pub checked: Option<Ms>,
    /// Those of them that have a counter; none when none has.
    pub live: Option<Box<Live>>,
}

/// Objects whose people a counter tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Live {
    /// People.
    pub people: f64,
    /// How many objects.
    pub objects: u64,
    /// The oldest of the counts.
    pub oldest: Option<Ms>,
    /// Of each group, people as registered, who do not count beside the counter.
    pub instead: Groups,
}

/// Sums of some kinds, in the order of their numbers: a handful.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tally(SmallVec<[Sum; 1]>);

impl Tally {
    /// Nothing.
    pub const fn new() -> Self {
        Self(SmallVec::new_const())
    }

    /// The sums by kind.
    pub fn sums(&self) -> impl Iterator<Item = &Sum> {
        self.0.iter()
    }

    fn of(&mut self, kind: u16) -> Option<&mut Sum> {
        let place = self.0.binary_search_by_key(&kind, |sum| sum.kind).unwrap_or_else(|place| {
            self.0.insert(place, Sum { kind, ..Sum::default() });
            place
        });
        self.0.get_mut(place)
    }

    /// Adds another one.
    pub fn add(&mut self, other: &Self) {
        for sum in &other.0 {
            if let Some(own) = self.of(sum.kind) {
                own.add(sum);
            }
        }
    }

    /// Adds the people of an object; `wanted` says of which of its groups.
    fn people(&mut self, of: Member<'_>, live: bool, wanted: impl Fn(usize) -> bool) {
        let Some(sum) = self.of(of.fact.kind) else { return };
        let groups = of.table.hours.len();
        sum.groups.resize(groups, 0);
        for (place, people) in of.table.people(of.fact).enumerate() {
            let Some(people) = people.filter(|_| wanted(place)) else { continue };
            let people = u64::from(people);
            if let Some(all) = sum.groups.get_mut(place) {
                *all += people;
            }
            if live {
                let instead = &mut sum.live.get_or_insert_default().instead;
                instead.resize(groups, 0);
                if let Some(all) = instead.get_mut(place) {
                    *all += people;
                }
            }
        }
    }

    /// Adds the object itself.
    fn note(&mut self, of: Member<'_>, live: Option<Counter>) {
        let Some(sum) = self.of(of.fact.kind) else { return };
        if let Some(counter) = live {
            sum.live.get_or_insert_default().count(counter);
        }
        sum.objects += 1;
        sum.checked = oldest(sum.checked, of.checked);
        // Of what is only listed nobody expects a number.
        let counts = !of.table.occupancy.group.is_empty();
        let known = live.is_some() || of.table.registered(of.fact).is_some();
        sum.unknown += u64::from(counts && !known);
    }

    /// Adds an object that stands for itself.
    pub fn alone(&mut self, of: Member<'_>, live: Option<Counter>) {
        self.note(of, live);
        self.people(of, live.is_some(), |_| true);
    }

    /// An object that was added without its counter has one.
    pub fn counter(&mut self, of: Member<'_>, counter: Counter) {
        let Some(sum) = self.of(of.fact.kind) else { return };
        let counts = !of.table.occupancy.group.is_empty();
        let known = of.table.registered(of.fact).is_some();
        sum.unknown = sum.unknown.saturating_sub(u64::from(counts && !known));
        let live = sum.live.get_or_insert_default();
        live.count(counter);
        live.instead.resize(of.table.hours.len(), 0);
        for (all, people) in live.instead.iter_mut().zip(of.table.people(of.fact)) {
            *all += people.map_or(0, u64::from);
        }
    }

    /// Adds a building and the homes in it. They count the same people: whichever register has more of them counts. Whom the other
    /// one alone tells to need help is told all the same; who lives alone in a house is for those only who may see people.
    pub fn building<'a>(
        &mut self,
        building: Member<'_>,
        homes: impl Iterator<Item = Member<'a>> + Clone,
        live: Option<Counter>,
        sees_people: bool,
    ) {
        let own = building.table.registered(building.fact);
        let all: u64 = homes.clone().filter_map(|home| home.table.registered(home.fact)).sum();
        let by_building = live.is_some() || own.is_some_and(|own| own >= all);
        let only_told = |of: Member<'_>, place: usize, known: Whom| {
            let group = of.table.occupancy.group.get(place);
            group.is_some_and(|g| g.within && g.vulnerable.is_some_and(|who| !known.has(who)))
        };
        if by_building {
            let known = building.table.told;
            self.alone(building, live);
            for home in homes.filter(|home| sees_people && home.table.told_within.beyond(known)) {
                self.people(home, false, |place| only_told(home, place, known));
            }
        } else {
            let all_told = homes.clone().map(|home| home.table.told);
            let known = all_told.fold(Whom::default(), Whom::with);
            for home in homes {
                let within = |place: usize| {
                    home.table.occupancy.group.get(place).is_some_and(|group| group.within)
                };
                self.note(home, None);
                self.people(home, false, |place| sees_people || !within(place));
            }
            if building.table.told_within.beyond(known) {
                self.people(building, false, |place| only_told(building, place, known));
            }
        }
    }
}

impl Sum {
    fn add(&mut self, other: &Self) {
        add(&mut self.groups, &other.groups);
        self.objects += other.objects;
        self.unknown += other.unknown;
        self.checked = oldest(self.checked, other.checked);
        if let Some(other) = &other.live {
            let own = self.live.get_or_insert_default();
            own.people += other.people;
            own.objects += other.objects;
            own.oldest = oldest(own.oldest, other.oldest);
            add(&mut own.instead, &other.instead);
        }
    }
}

impl Live {
    fn count(&mut self, (people, at): Counter) {
        self.people += people.max(0.0);
        self.objects += 1;
        self.oldest = oldest(self.oldest, Some(at));
    }
}

fn add(own: &mut Groups, other: &[u64]) {
    own.resize(own.len().max(other.len()), 0);
    for (own, other) in own.iter_mut().zip(other) {
        *own += other;
    }
}

/// The older of two moments, as far as they are known.
pub(crate) fn oldest(a: Option<Ms>, b: Option<Ms>) -> Option<Ms> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
