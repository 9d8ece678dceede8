//! Which objects count together, kept as records come and go: a building and the homes that are counted through it, each other object
//! by itself. What they add up to stands in a pyramid over the ground.

use std::collections::BTreeMap;

use geo::{Coord, Rect};
use helan_kernel::Position;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    Fact, Facts, RecordId,
    homes::Near,
    hot::Row,
    pyramid::{Item, Pyramid, common},
    sum::{Member, Tally},
};

/// Metres of a degree, at most.
const DEGREE_M: f64 = 111_000.0;

/// What counts together. Changes are noted, and worked in when it is settled; before, nothing may be asked.
#[derive(Debug, Default)]
pub(crate) struct Together {
    pyramid: Pyramid,
    /// The item of each object on the ground.
    items: Row<u32>,
    /// Boxes around what is more than a point.
    extents: FxHashMap<RecordId, Rect>,
    /// Buildings by number of the kind, to find the nearest.
    near: FxHashMap<u16, Near>,
    /// Objects that changed, or may be in another building.
    changed: FxHashSet<RecordId>,
    /// Ground on which homes may be in another building now.
    grounds: Vec<Rect>,
}

impl Together {
    /// The pyramid; none while changes are to be worked in.
    pub fn pyramid(&self) -> Option<&Pyramid> {
        (self.changed.is_empty() && self.grounds.is_empty()).then_some(&self.pyramid)
    }

    /// An object came, with a box around it when it is more than a point.
    pub fn put(&mut self, id: RecordId, extent: Option<Rect>) {
        self.changed.insert(id);
        if let Some(extent) = extent.filter(|extent| extent.min() != extent.max()) {
            self.extents.insert(id, extent);
        }
    }

    /// An object went.
    pub fn remove(&mut self, id: RecordId) {
        self.changed.insert(id);
        self.extents.remove(&id);
    }

    /// These may count with others.
    pub fn moved(&mut self, moved: Vec<RecordId>) {
        self.changed.extend(moved);
    }

    /// A building that homes within some metres may be in came.
    pub fn put_building(&mut self, fact: &Fact, metres: f64) {
        let Some(at) = fact.at else { return };
        let near = self.near.entry(fact.kind).or_insert_with(|| Near::new(metres));
        near.add(at, fact.id);
        self.grounds.push(around(at, near.metres()));
    }

    /// It went.
    pub fn remove_building(&mut self, fact: &Fact) {
        let Some((at, near)) = fact.at.zip(self.near.get_mut(&fact.kind)) else { return };
        near.remove(at, fact.id);
        self.grounds.push(around(at, near.metres()));
    }

    /// The building that a home is counted through: the one that it names, else the nearest within the metres of its table; none when
    /// that is nowhere, and it counts by itself. A home that says which building it is in is in no other one.
    pub fn building_of(
        &self,
        facts: &Facts,
        home: Member<'_>,
        at: impl FnOnce() -> Option<Position>,
    ) -> Option<RecordId> {
        let kind = home.table.counted_in?;
        let building = match home.within.and_then(|label| facts.homes().labelled(label)) {
            Some(named) => named,
            None => self.near.get(&kind)?.nearest(at()?)?,
        };
        facts.get(building).filter(|building| building.at.is_some()).map(|building| building.id)
    }

    /// Works in what changed.
    pub fn settle(mut self, facts: &Facts) -> Self {
        if self.pyramid().is_some() {
            return self;
        }
        let grounds = std::mem::take(&mut self.grounds);
        let mut ids: Vec<RecordId> = std::mem::take(&mut self.changed).into_iter().collect();
        let touched = grounds.iter().flat_map(|ground| self.pyramid.touching(ground));
        let touched: FxHashSet<u32> = touched.collect();
        touched.into_iter().for_each(|item| self.dissolve(item, &mut ids));
        // Whatever changed, whoever counted with it, and the buildings in which they are now.
        let mut place = 0;
        let mut heads: FxHashMap<RecordId, RecordId> = FxHashMap::default();
        while let Some(id) = ids.get(place).copied() {
            place += 1;
            if let Some(item) = self.items.get(id) {
                self.dissolve(item, &mut ids);
            }
            let Some(head) = self.head(facts, id) else { continue };
            heads.insert(id, head);
            if let Some(item) = self.items.get(head) {
                self.dissolve(item, &mut ids);
            } else if !heads.contains_key(&head) {
                ids.push(head);
            }
        }
        let mut groups: BTreeMap<RecordId, Vec<RecordId>> = BTreeMap::new();
        let on_ground = |id: RecordId| facts.get(id).is_some_and(|fact| fact.at.is_some());
        for (id, head) in heads.into_iter().filter(|(id, _)| on_ground(*id)) {
            groups.entry(head).or_default().push(id);
        }
        for (head, mut members) in groups {
            members.sort_unstable();
            let Some(item) = self.form(facts, head, &members) else { continue };
            let members = item.members.clone();
            let Some(number) = self.pyramid.put(item) else { continue };
            members.iter().for_each(|id| self.items.put(*id, number));
        }
        self.pyramid.settle();
        self
    }

    /// Takes an item apart; its members are to be put together anew.
    fn dissolve(&mut self, item: u32, ids: &mut Vec<RecordId>) {
        let Some(item) = self.pyramid.take(item) else { return };
        for id in item.members {
            self.items.remove(id);
            ids.push(id);
        }
    }

    /// With which object one counts: its building, else itself; none when it is nowhere on the ground.
    fn head(&self, facts: &Facts, id: RecordId) -> Option<RecordId> {
        let own = Member::of(facts, id)?;
        let at = facts.get(id)?.at;
        self.building_of(facts, own, || at).or_else(|| at.map(|_| id))
    }

    /// Puts a building and its homes together, or one object by itself.
    fn form(&self, facts: &Facts, head: RecordId, members: &[RecordId]) -> Option<Item> {
        let own = Member::of(facts, head)?;
        let fact = facts.get(head)?;
        let mut bounds = self.bounds(head, fact.at?);
        let (mut area, mut on_ground) = (fact.area, vec![head]);
        let mut homes: Vec<Member<'_>> = Vec::new();
        // Those without a place of their own are where the building is.
        let placed = members.iter().copied().filter(|id| *id != head);
        let placeless = facts.homes().of(fact).filter(|_| own.table.holds);
        for id in placed.chain(placeless) {
            let Some((home, member)) = facts.get(id).zip(Member::of(facts, id)) else { continue };
            area = common(area, home.area);
            homes.push(member);
            if let Some(at) = home.at {
                bounds = joined(bounds, self.bounds(id, at));
                on_ground.push(id);
            }
        }
        let class = own.table.occupancy.class;
        // With a counter at the door its homes would count otherwise: looked at one by one, as are homes that have a name of their own.
        let named = homes.iter().any(|home| home.table.occupancy.class.is_some());
        let apart = named || (class.is_some() && own.table.holds);
        let tally = (!apart).then(|| {
            let mut tally = Tally::new();
            match homes.is_empty() {
                true => tally.alone(own, None),
                false => tally.building(own, homes.iter().copied(), None, true),
            }
            tally
        });
        let listed = class.filter(|_| tally.is_some()).map(|_| fact.kind);
        Some(Item { bounds, area, members: on_ground.into(), listed, tally })
    }

    fn bounds(&self, id: RecordId, at: Position) -> Rect {
        let point = Coord { x: at.lon, y: at.lat };
        self.extents.get(&id).copied().unwrap_or_else(|| Rect::new(point, point))
    }
}

fn joined(a: Rect, b: Rect) -> Rect {
    let (low, high) = (a.min(), a.max());
    Rect::new(
        (low.x.min(b.min().x), low.y.min(b.min().y)),
        (high.x.max(b.max().x), high.y.max(b.max().y)),
    )
}

/// A box that holds all within some metres, and a little more.
fn around(at: Position, metres: f64) -> Rect {
    let lat = metres * 1.01 / DEGREE_M;
    let lon = lat / at.lat.to_radians().cos().max(0.01);
    Rect::new((at.lon - lon, at.lat - lat), (at.lon + lon, at.lat + lat))
}
