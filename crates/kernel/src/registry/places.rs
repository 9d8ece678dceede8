//! Who and what is where: by facility, and by cells of a grid, so that a danger area asks only the people near it.

use std::{collections::BTreeMap, ops::RangeInclusive};

use serde::{Deserialize, Serialize};

use super::{Facility, Key, Person, Post, Registry};
use crate::{FacilityId, PersonId, Position, PostId};

/// A box of longitudes and latitudes in degrees, ends included. Boxes across the 180th meridian are not needed here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// South-west corner.
    pub low: Position,
    /// North-east corner.
    pub high: Position,
}

/// Things of one kind by place. The numbers in each list ascend.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Places {
    by_facility: BTreeMap<Key, Vec<u32>>,
    by_cell: BTreeMap<(i32, i32), Vec<u32>>,
}

impl Places {
    /// Side of a cell in degrees: about 200 m, the size of a danger area around a house.
    const CELL_DEGREES: f64 = 0.002;

    pub(super) fn add(&mut self, id: u32, facility: &str, position: Option<Position>) {
        if !facility.is_empty() {
            insert(self.by_facility.entry(Key::from(facility)).or_default(), id);
        }
        if let Some(position) = position {
            insert(self.by_cell.entry(Self::cell(position)).or_default(), id);
        }
    }

    pub(super) fn remove(&mut self, id: u32, facility: &str, position: Option<Position>) {
        if let Some(list) = self.by_facility.get_mut(facility) {
            list.retain(|other| *other != id);
        }
        if let Some(position) = position {
            let cell = Self::cell(position);
            if let Some(list) = self.by_cell.get_mut(&cell) {
                list.retain(|other| *other != id);
                if list.is_empty() {
                    self.by_cell.remove(&cell);
                }
            }
        }
    }

    fn in_facility(&self, facility: &str) -> &[u32] {
        self.by_facility.get(facility).map_or(&[], Vec::as_slice)
    }

    /// Everything in the cells that touch the box: more than the box holds, never less.
    fn near(&self, bounds: Bounds) -> impl Iterator<Item = u32> {
        let (south, west) = Self::cell(bounds.low);
        let (north, east) = Self::cell(bounds.high);
        let rows: RangeInclusive<i32> = south..=north;
        rows.flat_map(move |row| self.by_cell.range((row, west)..=(row, east.max(west))))
            .flat_map(|(_, list)| list.iter().copied())
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "positions are bounded by Position::known: at most 90 000 cells either way"
    )]
    fn cell(position: Position) -> (i32, i32) {
        let cell = |degrees: f64| (degrees / Self::CELL_DEGREES).floor() as i32;
        (cell(position.lat.clamp(-90.0, 90.0)), cell(position.lon.clamp(-180.0, 180.0)))
    }
}

fn insert(list: &mut Vec<u32>, id: u32) {
    if let Err(place) = list.binary_search(&id) {
        list.insert(place, id);
    }
}

/// Questions of the danger area.
impl Registry {
    /// People of a facility, by number.
    pub fn residents(&self, facility: &str) -> impl Iterator<Item = (PersonId, &Person)> {
        self.people_at.in_facility(facility).iter().filter_map(|&id| self.person_row(id))
    }

    /// People whose own position may lie in the box; the caller looks closer.
    pub fn people_near(&self, bounds: Bounds) -> impl Iterator<Item = (PersonId, &Person)> {
        self.people_at.near(bounds).filter_map(|id| self.person_row(id))
    }

    /// Posts that answer for a facility alone, by number.
    pub fn posts_in(&self, facility: &str) -> impl Iterator<Item = (PostId, &Post)> {
        self.posts_at.in_facility(facility).iter().filter_map(|&id| self.post_row(id))
    }

    /// Posts whose own position may lie in the box; the caller looks closer.
    pub fn posts_near(&self, bounds: Bounds) -> impl Iterator<Item = (PostId, &Post)> {
        self.posts_at.near(bounds).filter_map(|id| self.post_row(id))
    }

    /// Facilities whose position may lie in the box; the caller looks closer.
    pub fn facilities_near(&self, bounds: Bounds) -> impl Iterator<Item = (FacilityId, &Facility)> {
        self.facilities_at
            .near(bounds)
            .filter_map(|id| Some((FacilityId(id), self.facilities.get(id as usize)?)))
    }

    fn person_row(&self, id: u32) -> Option<(PersonId, &Person)> {
        Some((PersonId(id), self.people.get(id as usize)?))
    }

    fn post_row(&self, id: u32) -> Option<(PostId, &Post)> {
        Some((PostId(id), self.posts.get(id as usize)?))
    }
}
