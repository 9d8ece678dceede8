//! What lies where and is called how, answered from memory.
//!
//! Places stand in an R-tree. Names stand in one long text, line after line: a search runs through all of it, which takes some
//! milliseconds for a million names and needs no index that could be wrong. Whoever types letters finds initials of pinyin, too.

mod names;
mod places;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use geo::{BoundingRect, Centroid, Coord, Geometry};
use helan_kernel::{AreaCode, Position};
use rstar::RTree;
use rustc_hash::FxHashMap;

use crate::RecordId;
use names::{Line, Lines, initials};
use places::{Leaf, Mark, Wide, leaf};

/// What the catalogue holds of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The record.
    pub id: RecordId,
    /// Number of its kind.
    pub kind: u16,
    /// Its area.
    pub area: AreaCode,
    /// Its name.
    pub name: String,
    /// Where it is, on WGS-84; none when it is not known.
    pub shape: Option<Geometry>,
}

/// A record that was found by its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// The record.
    pub id: RecordId,
    /// Number of its kind.
    pub kind: u16,
    /// Its area.
    pub area: AreaCode,
    /// How far away, in metres.
    pub metres: f64,
}

/// A record that was found by its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit<'a> {
    /// The record.
    pub id: RecordId,
    /// Number of its kind.
    pub kind: u16,
    /// Its area.
    pub area: AreaCode,
    /// Its name.
    pub name: &'a str,
    /// Its middle; none when its place is not known.
    pub at: Option<Position>,
}

/// A record inside a shape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Within {
    /// The record.
    pub id: RecordId,
    /// Number of its kind.
    pub kind: u16,
    /// Its area.
    pub area: AreaCode,
    /// Its middle.
    pub at: Coord,
}

#[derive(Clone, Debug)]
struct Slot {
    id: RecordId,
    kind: u16,
    area: AreaCode,
    centre: Option<Coord>,
    name: Line,
    dead: bool,
}

impl Slot {
    const fn mark(&self, number: u32, point: bool) -> Mark {
        Mark { id: self.id, number, area: self.area, kind: self.kind, point }
    }
}

/// All records in memory.
#[derive(Debug, Default)]
pub struct Catalogue {
    slots: Vec<Slot>,
    by_id: FxHashMap<RecordId, u32>,
    tree: RTree<Leaf, Wide>,
    /// Of records that are more than a point.
    shapes: FxHashMap<u32, Geometry>,
    names: Lines,
    initials: Lines,
    /// Names as they are written, where that is not in lower case.
    written: HashMap<u32, Box<str>>,
    dead: usize,
}

impl Catalogue {
    /// Dead entries that are kept at least before everything is built anew.
    const WORTH: usize = 10_000;

    /// Takes all records at once: much faster than one by one.
    #[must_use]
    pub fn load(entries: impl IntoIterator<Item = Entry>) -> Self {
        let mut new = Self::default();
        let leaves = entries.into_iter().filter_map(|entry| new.take(entry)).collect();
        new.tree = RTree::bulk_load_with_params(leaves);
        new
    }

    /// How many records it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// Adds a record, or replaces what it was.
    pub fn put(&mut self, entry: Entry) {
        self.remove(entry.id);
        if let Some(leaf) = self.take(entry) {
            self.tree.insert(leaf);
        }
    }

    /// Takes a record out.
    pub fn remove(&mut self, id: RecordId) {
        let Some(number) = self.by_id.remove(&id) else { return };
        let Some(slot) = self.slots.get_mut(number as usize) else { return };
        slot.dead = true;
        self.written.remove(&number);
        self.dead += 1;
        let bounds = match self.shapes.remove(&number) {
            Some(shape) => shape.bounding_rect().map(|b| [b.min(), b.max()]),
            None => slot.centre.map(|at| [at, at]),
        };
        if let Some([min, max]) = bounds {
            let leaf = leaf(min, max, slot.mark(number, min == max));
            self.tree.remove(&leaf);
        }
        if self.dead > Self::WORTH && self.dead > self.slots.len() / 4 {
            self.build_anew();
        }
    }

    fn build_anew(&mut self) {
        let mut shapes = std::mem::take(&mut self.shapes);
        let old = std::mem::take(self);
        let entries =
            old.slots.iter().enumerate().filter(|(_, slot)| !slot.dead).map(|(number, slot)| {
                let shape = u32::try_from(number).ok().and_then(|number| shapes.remove(&number));
                let name = |number| old.name(number, slot).to_owned();
                Entry {
                    id: slot.id,
                    kind: slot.kind,
                    area: slot.area,
                    name: u32::try_from(number).map(name).unwrap_or_default(),
                    shape: shape.or_else(|| slot.centre.map(|at| Geometry::Point(at.into()))),
                }
            });
        *self = Self::load(entries);
    }

    fn take(&mut self, entry: Entry) -> Option<Leaf> {
        let number = u32::try_from(self.slots.len()).ok()?;
        let name = entry.name.to_lowercase();
        if name != entry.name {
            self.written.insert(number, entry.name.into());
        }
        let centre = entry.shape.as_ref().and_then(centre);
        self.initials.push(&initials(&name));
        self.slots.push(Slot {
            id: entry.id,
            kind: entry.kind,
            area: entry.area,
            centre,
            name: self.names.push(&name),
            dead: false,
        });
        self.by_id.insert(entry.id, number);
        let mark = |point| Mark { id: entry.id, number, area: entry.area, kind: entry.kind, point };
        match entry.shape? {
            Geometry::Point(at) => Some(leaf(at.0, at.0, mark(true))),
            shape => {
                let bounds = shape.bounding_rect()?;
                self.shapes.insert(number, shape);
                Some(leaf(bounds.min(), bounds.max(), mark(false)))
            }
        }
    }

    fn slot(&self, number: u32) -> Option<&Slot> {
        self.slots.get(number as usize)
    }

    fn name<'a>(&'a self, number: u32, slot: &Slot) -> &'a str {
        self.written.get(&number).map_or(self.names.get(slot.name), |name| &**name)
    }

    /// The name of a record; none when there is no such record.
    #[must_use]
    pub fn name_of(&self, id: RecordId) -> Option<&str> {
        let number = *self.by_id.get(&id)?;
        Some(self.name(number, self.slot(number)?))
    }

    /// The middle of a record; none when its place is not known.
    #[must_use]
    pub fn place_of(&self, id: RecordId) -> Option<Position> {
        let at = self.slot(*self.by_id.get(&id)?)?.centre?;
        Some(Position { lon: at.x, lat: at.y })
    }

    /// How many records of each kind and area there are, of those that are wanted.
    #[must_use]
    pub fn count(
        &self,
        mut wanted: impl FnMut(u16, AreaCode) -> bool,
    ) -> HashMap<(u16, AreaCode), u64> {
        let mut counts = HashMap::new();
        for slot in self.slots.iter().filter(|slot| !slot.dead) {
            if wanted(slot.kind, slot.area) {
                *counts.entry((slot.kind, slot.area)).or_insert(0) += 1;
            }
        }
        counts
    }
}

/// The middle of a shape: where its sign stands on the map.
#[must_use]
pub fn centre(shape: &Geometry) -> Option<Coord> {
    shape.centroid().map(|at| at.0).filter(|at| at.x.is_finite() && at.y.is_finite())
}
