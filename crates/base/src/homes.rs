//! Which homes are counted through which building: by the key or the name that they give, and by nearness.

use std::{collections::BTreeSet, sync::Arc};

use helan_kernel::{AreaCode, Position};
use rustc_hash::FxHashMap;

use crate::{Fact, RecordId};

/// A county and a key or a name in it.
type Label = (AreaCode, Arc<str>);

/// Buildings by key and name, and the homes that say which building they are in. Labels have numbers, so that a question about
/// thousands of homes compares no texts.
#[derive(Debug, Default)]
pub(crate) struct Homes {
    numbers: FxHashMap<Label, u32>,
    /// The building of each label; none when there is none or more than one of that name.
    alone: Vec<Option<RecordId>>,
    labels: Vec<Labelled>,
    /// Numbers that nobody uses any more.
    free: Vec<u32>,
    /// Homes that have no place but that of the building.
    placeless: usize,
}

/// Who has a label.
#[derive(Debug, Default)]
struct Labelled {
    /// The label; none when nobody uses its number.
    key: Option<Label>,
    buildings: BTreeSet<RecordId>,
    /// Homes that have no place but that of the building.
    placeless: BTreeSet<RecordId>,
    /// Homes that have a place of their own, too.
    placed: BTreeSet<RecordId>,
}

/// The county of an area.
pub(crate) const fn county(area: AreaCode) -> AreaCode {
    AreaCode(area.0 / 1_000 * 1_000)
}

impl Homes {
    /// Takes a building in: an object that others are counted in. Gives whatever counts otherwise now: homes that are in another building
    /// or in none, and these buildings.
    pub fn add_building(&mut self, fact: &Fact) -> Vec<RecordId> {
        let mut moved = Vec::new();
        for name in names(fact) {
            if let Some((number, label)) = self.label((county(fact.area), name.clone())) {
                label.buildings.insert(fact.id);
                self.settle(number, &mut moved);
            }
        }
        moved
    }

    /// Takes in a home that says which building it is in; gives the number of the label.
    pub fn add_home(&mut self, fact: &Fact, building: &str) -> Option<u32> {
        let (number, label) = self.label((county(fact.area), building.into()))?;
        let new = match fact.at {
            Some(_) => {
                label.placed.insert(fact.id);
                false
            }
            None => label.placeless.insert(fact.id),
        };
        self.placeless += usize::from(new);
        Some(number)
    }

    /// Forgets an object; gives whatever counts otherwise now.
    pub fn remove(&mut self, fact: &Fact) -> Vec<RecordId> {
        let mut moved = Vec::new();
        for name in names(fact) {
            let key = (county(fact.area), name.clone());
            let Some(number) = self.numbers.get(&key).copied() else { continue };
            if let Some(label) = self.labels.get_mut(number as usize)
                && label.buildings.remove(&fact.id)
            {
                self.settle(number, &mut moved);
                self.give_back(number);
            }
        }
        let Some(number) = fact.within else { return moved };
        if let Some(label) = self.labels.get_mut(number as usize) {
            match fact.at {
                Some(_) => drop(label.placed.remove(&fact.id)),
                None => self.placeless -= usize::from(label.placeless.remove(&fact.id)),
            }
            self.give_back(number);
        }
        moved
    }

    fn label(&mut self, key: Label) -> Option<(u32, &mut Labelled)> {
        let number = match self.numbers.get(&key) {
            Some(number) => *number,
            None => {
                let number = match self.free.pop() {
                    Some(free) => free,
                    None => {
                        let next = u32::try_from(self.labels.len()).ok()?;
                        self.labels.push(Labelled::default());
                        self.alone.push(None);
                        next
                    }
                };
                if let Some(label) = self.labels.get_mut(number as usize) {
                    label.key = Some(key.clone());
                }
                self.numbers.insert(key, number);
                number
            }
        };
        Some((number, self.labels.get_mut(number as usize)?))
    }

    fn settle(&mut self, number: u32, moved: &mut Vec<RecordId>) {
        let place = number as usize;
        if let (Some(label), Some(alone)) = (self.labels.get(place), self.alone.get_mut(place)) {
            let only = label.buildings.first().copied();
            let only = only.filter(|_| label.buildings.len() == 1);
            if only != *alone {
                // The one that they were in, and the one that they are in now, too.
                moved.extend(alone.iter().chain(&only));
                moved.extend(label.placed.iter().chain(&label.placeless));
                *alone = only;
            }
        }
    }

    fn give_back(&mut self, number: u32) {
        let label = self.labels.get_mut(number as usize).filter(|label| {
            label.buildings.is_empty() && label.placeless.is_empty() && label.placed.is_empty()
        });
        if let Some(key) = label.and_then(|label| label.key.take()) {
            self.numbers.remove(&key);
            self.free.push(number);
        }
    }

    /// The building of a label; none when there is none, or more than one of that name.
    pub fn labelled(&self, number: u32) -> Option<RecordId> {
        self.alone.get(number as usize).copied().flatten()
    }

    /// Homes without a place of their own in a building. A home names one label, so none is given twice.
    pub fn of<'a>(&'a self, building: &'a Fact) -> impl Iterator<Item = RecordId> + 'a {
        let own = names(building).filter(|_| self.placeless > 0).filter_map(|name| {
            let number = self.numbers.get(&(county(building.area), name.clone()))?;
            let label = self.labels.get(*number as usize)?;
            (label.buildings.len() == 1).then_some(&label.placeless)
        });
        own.flatten().copied()
    }
}

/// What a building is called by.
fn names(fact: &Fact) -> impl Iterator<Item = &Arc<str>> {
    let name = Some(&fact.name).filter(|name| **name != fact.key);
    std::iter::once(&fact.key).chain(name).filter(|name| !name.is_empty())
}

/// Buildings by their place, to find the nearest one within some metres.
#[derive(Debug)]
pub(crate) struct Near {
    metres: f64,
    /// Sides of a cell in degrees: so many metres or more, up to 60 degrees north.
    cell: f64,
    cells: FxHashMap<(i64, i64), Vec<(Position, RecordId)>>,
}

/// Metres of a degree of latitude.
const DEGREE: f64 = 111_195.08;

impl Near {
    /// Buildings of which the nearest is looked for within some metres.
    pub fn new(metres: f64) -> Self {
        Self { metres, cell: (metres.max(1.0) * 2.0) / DEGREE, cells: FxHashMap::default() }
    }

    /// Takes a building in.
    pub fn add(&mut self, at: Position, id: RecordId) {
        self.cells.entry(self.cell_of(at)).or_default().push((at, id));
    }

    /// Forgets a building.
    pub fn remove(&mut self, at: Position, id: RecordId) {
        if let Some(cell) = self.cells.get_mut(&self.cell_of(at)) {
            cell.retain(|(_, own)| *own != id);
        }
    }

    /// How far from a home the nearest is looked for.
    pub const fn metres(&self) -> f64 {
        self.metres
    }

    /// The nearest building, if it is near enough; of equally near ones that with the smallest number.
    pub fn nearest(&self, at: Position) -> Option<RecordId> {
        let (x, y) = self.cell_of(at);
        let around = (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (x + dx, y + dy)));
        let near = around.filter_map(|cell| self.cells.get(&cell)).flatten();
        let lon = DEGREE * at.lat.to_radians().cos();
        // A plane is exact to a thousandth over such short ways.
        let away =
            |there: Position| ((there.lon - at.lon) * lon).hypot((there.lat - at.lat) * DEGREE);
        near.map(|(there, id)| (away(*there), *id))
            .filter(|(away, _)| *away <= self.metres)
            .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
            .map(|(_, id)| id)
    }

    fn cell_of(&self, at: Position) -> (i64, i64) {
        #[expect(clippy::cast_possible_truncation, reason = "a cast holds at its ends")]
        let of = |degrees: f64| (degrees / self.cell).floor() as i64;
        (of(at.lon), of(at.lat))
    }
}
