//! Which homes are counted through which building: by the key or the name that they give, and by nearness.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use helan_kernel::{AreaCode, Position};

use crate::{Fact, RecordId, table::Table};

/// A county and a key or a name in it.
type Label = (AreaCode, Arc<str>);

/// Buildings by key and name, and the homes that have no place but that of their building.
#[derive(Debug, Default)]
pub(crate) struct Homes {
    buildings: HashMap<Label, BTreeSet<RecordId>>,
    /// By what they say of their building.
    placeless: HashMap<Label, BTreeSet<RecordId>>,
}

/// The county of an area.
pub(crate) const fn county(area: AreaCode) -> AreaCode {
    AreaCode(area.0 / 1_000 * 1_000)
}

impl Homes {
    /// Takes an object in that others are counted in, or that is counted in another one.
    pub fn add(&mut self, fact: &Fact, table: &Table) {
        let area = county(fact.area);
        if table.holds {
            for name in [&fact.key, &fact.name].into_iter().filter(|name| !name.is_empty()) {
                self.buildings.entry((area, name.clone())).or_default().insert(fact.id);
            }
        }
        if let (Some(name), None) = (&fact.within, fact.at) {
            self.placeless.entry((area, name.clone())).or_default().insert(fact.id);
        }
    }

    /// Forgets an object.
    pub fn remove(&mut self, fact: &Fact) {
        let area = county(fact.area);
        for name in [&fact.key, &fact.name] {
            forget(&mut self.buildings, (area, name.clone()), fact.id);
        }
        if let Some(name) = &fact.within {
            forget(&mut self.placeless, (area, name.clone()), fact.id);
        }
    }

    /// The building that an object says it is in; none when it says none, or there is none or more than one of that name.
    pub fn named(&self, fact: &Fact) -> Option<RecordId> {
        let found = self.buildings.get(&(county(fact.area), fact.within.clone()?))?;
        found.first().copied().filter(|_| found.len() == 1)
    }

    /// Homes without a place of their own in a building.
    pub fn of(&self, building: &Fact) -> BTreeSet<RecordId> {
        let own = |name: &Arc<str>| {
            let label = (county(building.area), name.clone());
            let alone = self.buildings.get(&label).is_some_and(|found| found.len() == 1);
            self.placeless.get(&label).filter(|_| alone).into_iter().flatten()
        };
        own(&building.key).chain(own(&building.name)).copied().collect()
    }
}

fn forget(all: &mut HashMap<Label, BTreeSet<RecordId>>, label: Label, id: RecordId) {
    if let Some(found) = all.get_mut(&label) {
        found.remove(&id);
        if found.is_empty() {
            all.remove(&label);
        }
    }
}

/// Buildings by their place, to find the nearest one within some metres.
#[derive(Debug)]
pub(crate) struct Near {
    metres: f64,
    /// Sides of a cell in degrees: so many metres or more, up to 60 degrees north.
    cell: f64,
    cells: HashMap<(i64, i64), Vec<(Position, RecordId)>>,
}

/// Metres of a degree of latitude.
const DEGREE: f64 = 111_195.08;

impl Near {
    /// Buildings of which the nearest is looked for within some metres.
    pub fn new(metres: f64) -> Self {
        Self { metres, cell: (metres.max(1.0) * 2.0) / DEGREE, cells: HashMap::new() }
    }

    /// Takes a building in.
    pub fn add(&mut self, at: Position, id: RecordId) {
        self.cells.entry(self.cell_of(at)).or_default().push((at, id));
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
