//! Who and what is where: by facility, and by cells of a grid, so that a danger area asks only the people near it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Bounds, Facility, Key, Person, Post, Registry, grid::Grid};
use crate::{FacilityId, PersonId, Position, PostId};

/// Things of one kind by place. The numbers of a facility ascend.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Places {
    by_facility: BTreeMap<Key, Vec<u32>>,
    grid: Grid,
}

impl Places {
    pub(super) fn add(&mut self, id: u32, facility: &str, position: Option<Position>) {
        if !facility.is_empty() {
            insert(self.by_facility.entry(Key::from(facility)).or_default(), id);
        }
        if let Some(position) = position {
            self.grid.put(id, position);
        }
    }

    pub(super) fn remove(&mut self, id: u32, facility: &str, position: Option<Position>) {
        if let Some(list) = self.by_facility.get_mut(facility) {
            list.retain(|other| *other != id);
        }
        if let Some(position) = position {
            self.grid.remove(id, position);
        }
    }

    fn in_facility(&self, facility: &str) -> &[u32] {
        self.by_facility.get(facility).map_or(&[], Vec::as_slice)
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
        self.people_at.grid.near(bounds).filter_map(|id| self.person_row(id))
    }

    /// People who may be in the box, each once and with the place: their own, or that of their facility when they have none; the caller
    /// looks closer.
    pub fn people_around(
        &self,
        bounds: Bounds,
    ) -> impl Iterator<Item = (PersonId, &Person, Position)> {
        let own = self.people_near(bounds).map(|(id, person)| (id, person, person.position));
        let housed = self.facilities_near(bounds).flat_map(|(_, facility)| {
            let residents = self.residents(&facility.key);
            let without = residents.filter(|(_, person)| person.position.known().is_none());
            without.map(|(id, person)| (id, person, facility.position))
        });
        own.chain(housed)
    }

    /// Posts that answer for a facility alone, by number.
    pub fn posts_in(&self, facility: &str) -> impl Iterator<Item = (PostId, &Post)> {
        self.posts_at.in_facility(facility).iter().filter_map(|&id| self.post_row(id))
    }

    /// Posts whose own position may lie in the box; the caller looks closer.
    pub fn posts_near(&self, bounds: Bounds) -> impl Iterator<Item = (PostId, &Post)> {
        self.posts_at.grid.near(bounds).filter_map(|id| self.post_row(id))
    }

    /// Facilities whose position may lie in the box; the caller looks closer.
    pub fn facilities_near(&self, bounds: Bounds) -> impl Iterator<Item = (FacilityId, &Facility)> {
        self.facilities_at
            .grid
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
