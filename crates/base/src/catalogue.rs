//! What lies where and is called how, answered from memory.
//!
//! Places stand in an R-tree. Names stand in one long text, line after line: a search runs through all of it, which takes some
//! milliseconds for a million names and needs no index that could be wrong. Whoever types letters finds initials of pinyin, too.

use std::{collections::HashMap, ops::Range};

use geo::{
    BoundingRect, Centroid, ClosestPoint, Coord, Distance, Euclidean, Geometry, Intersects,
    MapCoords, MultiPolygon, Point, Rect,
};
use helan_kernel::{AreaCode, Position};
use memchr::memmem;
use pinyin::ToPinyin;
use rstar::{
    AABB, RStarInsertionStrategy, RTree, RTreeParams,
    primitives::{GeomWithData, Rectangle},
};
use rustc_hash::FxHashMap;

use crate::{Ground, RecordId};

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

/// What the tree holds of a record: enough to answer what lies inside without looking elsewhere in memory.
#[derive(Clone, Copy, Debug)]
struct Mark {
    id: RecordId,
    /// Its slot.
    number: u32,
    area: AreaCode,
    kind: u16,
    /// Whether the box is the place itself.
    point: bool,
}

// The tree compares what it shall take out; a slot is never used twice.
impl PartialEq for Mark {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

/// Broad nodes: fewer steps down, and more of what lies together in memory lies together on the ground.
#[derive(Debug, Default)]
struct Wide;

impl RTreeParams for Wide {
    const MIN_SIZE: usize = 6;
    const MAX_SIZE: usize = 16;
    const REINSERTION_COUNT: usize = 3;
    type DefaultInsertionStrategy = RStarInsertionStrategy;
}

type Leaf = GeomWithData<Rectangle<[f64; 2]>, Mark>;

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

/// Mean metres of a degree on the sphere that [`Position::metres_to`] uses.
const METRES_PER_DEGREE: f64 = 111_195.08;

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

    /// Records that touch an area given in degrees, in no order. `wanted` is asked for kind and area first.
    pub fn within<'a>(
        &'a self,
        ground: &'a MultiPolygon,
        wanted: impl FnMut(u16, AreaCode) -> bool + 'a,
    ) -> impl Iterator<Item = Within> + 'a {
        self.within_first(vec![ground], wanted).map(|(within, _)| within)
    }

    /// Records that touch one of several areas, with the place of the first that each touches, in no order: one walk for areas that lie
    /// in one another.
    pub fn within_first<'a>(
        &'a self,
        grounds: Vec<&'a MultiPolygon>,
        mut wanted: impl FnMut(u16, AreaCode) -> bool + 'a,
    ) -> impl Iterator<Item = (Within, usize)> + 'a {
        let bounds = grounds.iter().filter_map(|ground| ground.bounding_rect()).reduce(|a, b| {
            let (low, high) = (a.min(), a.max());
            let min = Coord { x: low.x.min(b.min().x), y: low.y.min(b.min().y) };
            let max = Coord { x: high.x.max(b.max().x), y: high.y.max(b.max().y) };
            Rect::new(min, max)
        });
        let ready: Vec<Ground> = grounds.iter().map(|ground| Ground::new(ground)).collect();
        let near = bounds.into_iter().flat_map(|b| self.touching(b.min(), b.max()));
        near.filter_map(move |leaf| {
            let mark = leaf.data;
            if !wanted(mark.kind, mark.area) {
                return None;
            }
            let (at, first) = if mark.point {
                let at = corner(leaf);
                (at, ready.iter().position(|ground| ground.holds(at))?)
            } else {
                let shape = self.shapes.get(&mark.number)?;
                let first = grounds.iter().position(|ground| shape.intersects(*ground))?;
                (self.middle(leaf)?, first)
            };
            Some((Within { id: mark.id, kind: mark.kind, area: mark.area, at }, first))
        })
    }

    /// Records whose bounds touch a box, in no order: what a map tile asks.
    pub fn in_box<'a>(
        &'a self,
        min: Coord,
        max: Coord,
        mut wanted: impl FnMut(u16, AreaCode) -> bool + 'a,
    ) -> impl Iterator<Item = (Within, Option<&'a Geometry>)> + 'a {
        self.touching(min, max).filter_map(move |leaf| {
            let mark = leaf.data;
            if !wanted(mark.kind, mark.area) {
                return None;
            }
            let at = self.middle(leaf)?;
            let within = Within { id: mark.id, kind: mark.kind, area: mark.area, at };
            let shape = if mark.point { None } else { self.shapes.get(&mark.number) };
            Some((within, shape))
        })
    }

    fn touching(&self, min: Coord, max: Coord) -> impl Iterator<Item = &Leaf> {
        let bounds = AABB::from_corners([min.x, min.y], [max.x, max.y]);
        self.tree.locate_in_envelope_intersecting(bounds)
    }

    fn middle(&self, leaf: &Leaf) -> Option<Coord> {
        if leaf.data.point { Some(corner(leaf)) } else { self.slot(leaf.data.number)?.centre }
    }

    /// The nearest records, the nearest first.
    #[must_use]
    pub fn nearest(
        &self,
        from: Position,
        most: usize,
        mut wanted: impl FnMut(u16, AreaCode) -> bool,
    ) -> Vec<Found> {
        let mut best: Vec<Found> = Vec::with_capacity(most.min(1024) + 1);
        let start = [from.lon, from.lat];
        for (leaf, degrees2) in self.tree.nearest_neighbor_iter_with_distance_2(start) {
            if let Some(last) = best.last()
                && best.len() >= most
            {
                // A degree of longitude is the shorter, the farther from the equator; nothing that comes now can be nearer.
                let degrees = degrees2.sqrt();
                let shortest = (from.lat.abs() + degrees).min(90.0).to_radians().cos();
                if degrees * METRES_PER_DEGREE * shortest > last.metres {
                    break;
                }
            }
            let Mark { id, kind, area, .. } = leaf.data;
            if most == 0 || !wanted(kind, area) {
                continue;
            }
            let Some(metres) = self.metres(from, leaf) else { continue };
            let place = best.partition_point(|found| found.metres <= metres);
            best.insert(place, Found { id, kind, area, metres });
            best.truncate(most);
        }
        best
    }

    /// Records within some metres of another one, edge to edge, the nearest first; not the record itself.
    #[must_use]
    pub fn around(
        &self,
        id: RecordId,
        metres: f64,
        mut wanted: impl FnMut(u16, AreaCode) -> bool,
    ) -> Vec<Found> {
        let Some((number, own)) =
            self.by_id.get(&id).and_then(|number| Some((*number, self.slot(*number)?)))
        else {
            return Vec::new();
        };
        let Some(middle) = own.centre else { return Vec::new() };
        let point = Geometry::Point(middle.into());
        let shape = self.shapes.get(&number).unwrap_or(&point);
        let Some(bounds) = shape.bounding_rect() else { return Vec::new() };
        let flat = Flat::around(middle);
        let (dx, dy) = (metres / flat.lon, metres / flat.lat);
        let bounds = AABB::from_corners(
            [bounds.min().x - dx, bounds.min().y - dy],
            [bounds.max().x + dx, bounds.max().y + dy],
        );
        let own = flat.map(shape);
        let mut found: Vec<Found> = Vec::new();
        for leaf in self.tree.locate_in_envelope_intersecting(bounds) {
            let Mark { id: other, number, kind, area, .. } = leaf.data;
            if other == id || !wanted(kind, area) {
                continue;
            }
            let there = match self.shapes.get(&number) {
                Some(shape) => flat.map(shape),
                None => flat.map(&Geometry::Point(corner(leaf).into())),
            };
            let away = Euclidean.distance(&own, &there);
            if away <= metres {
                found.push(Found { id: other, kind, area, metres: away });
            }
        }
        found.sort_by(|a, b| a.metres.total_cmp(&b.metres).then(a.id.cmp(&b.id)));
        found
    }

    fn metres(&self, from: Position, leaf: &Leaf) -> Option<f64> {
        if leaf.data.point {
            let there = corner(leaf);
            return Some(from.metres_to(Position { lon: there.x, lat: there.y }));
        }
        self.metres_to(from, leaf.data.number)
    }

    fn metres_to(&self, from: Position, number: u32) -> Option<f64> {
        let middle = || self.slot(number)?.centre;
        let there = match self.shapes.get(&number) {
            Some(shape) => match shape.closest_point(&Point::new(from.lon, from.lat)) {
                geo::Closest::Intersection(at) | geo::Closest::SinglePoint(at) => at.0,
                geo::Closest::Indeterminate => middle()?,
            },
            None => middle()?,
        };
        Some(from.metres_to(Position { lon: there.x, lat: there.y }))
    }

    /// Metres from a place to the nearest part of a record; none when its place is not known.
    #[must_use]
    pub fn metres_from(&self, id: RecordId, from: Position) -> Option<f64> {
        self.metres_to(from, *self.by_id.get(&id)?)
    }

    /// Records whose name holds the words, or whose initials do: names that begin with them first.
    pub fn find(
        &self,
        words: &str,
        most: usize,
        mut wanted: impl FnMut(u16, AreaCode) -> bool,
    ) -> Vec<Hit<'_>> {
        let words = words.trim().to_lowercase();
        if words.is_empty() || words.contains('\n') {
            return Vec::new();
        }
        let mut hits: Vec<Hit<'_>> = Vec::new();
        let letters = words.bytes().all(|b| b.is_ascii_alphanumeric());
        for beginning in [true, false] {
            for (lines, initials) in [(&self.names, false), (&self.initials, true)] {
                if initials && !letters {
                    continue;
                }
                for line in lines.with(&words, beginning) {
                    if hits.len() >= most {
                        return hits;
                    }
                    let Ok(number) = u32::try_from(line) else { continue };
                    let Some(slot) = self.slot(number) else { continue };
                    let fresh = !hits.iter().any(|hit| hit.id == slot.id);
                    if !slot.dead && fresh && wanted(slot.kind, slot.area) {
                        hits.push(Hit {
                            id: slot.id,
                            kind: slot.kind,
                            area: slot.area,
                            name: self.name(number, slot),
                            at: slot.centre.map(|at| Position { lon: at.x, lat: at.y }),
                        });
                    }
                }
            }
        }
        hits
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

/// A plane that touches the globe at a place: exact to a thousandth within some ten kilometres.
struct Flat {
    origin: Coord,
    lon: f64,
    lat: f64,
}

impl Flat {
    fn around(origin: Coord) -> Self {
        // Near a pole a degree of longitude is nearly nothing; nothing of ours is there.
        let lon = METRES_PER_DEGREE * origin.y.to_radians().cos().max(0.01);
        Self { origin, lon, lat: METRES_PER_DEGREE }
    }

    fn map(&self, shape: &Geometry) -> Geometry {
        shape.map_coords(|at| Coord {
            x: (at.x - self.origin.x) * self.lon,
            y: (at.y - self.origin.y) * self.lat,
        })
    }
}

fn leaf(min: Coord, max: Coord, mark: Mark) -> Leaf {
    GeomWithData::new(Rectangle::from_corners([min.x, min.y], [max.x, max.y]), mark)
}

/// The south-western corner of a leaf's box; of a point, the point.
fn corner(leaf: &Leaf) -> Coord {
    let [x, y] = leaf.geom().lower();
    Coord { x, y }
}

/// The middle of a shape: where its sign stands on the map.
#[must_use]
pub fn centre(shape: &Geometry) -> Option<Coord> {
    shape.centroid().map(|at| at.0).filter(|at| at.x.is_finite() && at.y.is_finite())
}

/// First letters of the words, and of the pinyin of the signs.
fn initials(name: &str) -> String {
    let mut initials = String::with_capacity(name.len() / 3 + 1);
    let mut inside = false;
    for c in name.chars() {
        if let Some(pinyin) = c.to_pinyin() {
            initials.push_str(pinyin.first_letter());
            inside = false;
        } else if c.is_ascii_digit() {
            initials.push(c);
            inside = false;
        } else if c.is_alphanumeric() {
            if !inside && c.is_ascii() {
                initials.push(c);
            }
            inside = true;
        } else {
            inside = false;
        }
    }
    initials
}

/// Where a line stands.
#[derive(Clone, Copy, Debug)]
struct Line {
    start: u32,
    len: u32,
}

/// Texts, one behind the other, each after a line break.
#[derive(Debug, Default)]
struct Lines {
    text: String,
    starts: Vec<u32>,
}

impl Lines {
    fn push(&mut self, line: &str) -> Line {
        self.text.push('\n');
        // Four thousand million characters are a hundred million names; beyond that they cannot be searched.
        let start = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        self.starts.push(start);
        let one_line = |c: char| if c == '\n' { ' ' } else { c };
        self.text.extend(line.chars().map(one_line));
        Line { start, len: u32::try_from(line.len()).unwrap_or(0) }
    }

    fn get(&self, line: Line) -> &str {
        let range: Range<usize> = line.start as usize..(line.start + line.len) as usize;
        self.text.get(range).unwrap_or_default()
    }

    /// Numbers of the lines with these words, in order, each once for each time they stand in it.
    fn with<'a>(&'a self, words: &str, beginning: bool) -> impl Iterator<Item = usize> + 'a {
        let (wanted, skip) =
            if beginning { (format!("\n{words}"), 1) } else { (words.to_owned(), 0) };
        let finder = memmem::Finder::new(wanted.as_bytes()).into_owned();
        let mut from = 0;
        std::iter::from_fn(move || {
            let rest = self.text.as_bytes().get(from..)?;
            let at = from + finder.find(rest)?;
            from = at + 1;
            let offset = u32::try_from(at + skip).ok()?;
            self.starts.partition_point(|start| *start <= offset).checked_sub(1)
        })
    }
}

#[cfg(test)]
mod tests {
    use geo::{Contains, LineString, Polygon};
    use proptest::prelude::*;

    use super::*;

    fn entry(id: i64, name: &str, lon: f64, lat: f64) -> Entry {
        let shape = Some(Geometry::Point((lon, lat).into()));
        Entry { id: RecordId(id), kind: 0, area: AreaCode(640_104_000), name: name.into(), shape }
    }

    fn square(x: f64, y: f64, side: f64) -> MultiPolygon {
        let ring = vec![(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)];
        MultiPolygon::new(vec![Polygon::new(LineString::from(ring), Vec::new())])
    }

    #[test]
    fn names_and_initials_are_found() {
        let all = Catalogue::load([
            entry(1, "宁夏人民医院", 106.2, 38.4),
            entry(2, "银川市第一人民医院", 106.3, 38.4),
            entry(3, "No. 3 Pump Station", 106.3, 38.5),
        ]);
        let names = |words: &str| -> Vec<i64> {
            all.find(words, 10, |_, _| true).into_iter().map(|hit| hit.id.0).collect()
        };
        assert_eq!(names("人民医院"), [1, 2]);
        assert_eq!(names("银川"), [2]);
        assert_eq!(names("nxrm"), [1]);
        assert_eq!(names("rmyy"), [1, 2]);
        assert_eq!(names("PUMP"), [3]);
        assert_eq!(names("n3ps"), [3]);
        assert_eq!(all.name_of(RecordId(3)), Some("No. 3 Pump Station"));
        assert_eq!(all.name_of(RecordId(9)), None);
        assert_eq!(names(""), [0; 0]);
        assert_eq!(names("学校"), [0; 0]);
        assert_eq!(all.find("医院", 1, |_, _| true).len(), 1);
        assert_eq!(all.find("医院", 9, |_, area| area != AreaCode(640_104_000)).len(), 0);
    }

    #[test]
    fn a_changed_record_is_found_as_it_is_now() {
        let mut all = Catalogue::load([entry(1, "老名字", 106.2, 38.4)]);
        all.put(entry(1, "新名字", 107.2, 37.4));
        assert_eq!(all.len(), 1);
        assert_eq!(all.find("老", 9, |_, _| true).len(), 0);
        assert_eq!(all.find("新", 9, |_, _| true).len(), 1);
        assert_eq!(all.within(&square(106.0, 38.0, 1.0), |_, _| true).count(), 0);
        assert_eq!(all.within(&square(107.0, 37.0, 1.0), |_, _| true).count(), 1);
        all.remove(RecordId(1));
        assert!(all.is_empty());
        assert_eq!(all.within(&square(107.0, 37.0, 1.0), |_, _| true).count(), 0);
    }

    #[test]
    fn lines_are_found_where_they_run() {
        let road = Geometry::LineString(LineString::from(vec![(106.0, 38.0), (107.0, 39.0)]));
        let all = Catalogue::load([Entry { shape: Some(road), ..entry(1, "路", 0.0, 0.0) }]);
        assert_eq!(all.within(&square(106.4, 38.4, 0.2), |_, _| true).count(), 1);
        assert_eq!(
            all.within(&square(106.0, 38.8, 0.1), |_, _| true).count(),
            0,
            "in its box only"
        );
        let near = all.nearest(Position { lon: 106.5, lat: 38.5 }, 1, |_, _| true);
        assert!(near.first().is_some_and(|found| found.metres < 100.0), "{near:?}");
    }

    #[test]
    fn neighbours_are_measured_from_edge_to_edge() {
        let site = Geometry::MultiPolygon(square(106.0, 38.0, 0.01));
        let all = Catalogue::load([
            Entry { shape: Some(site), ..entry(1, "厂", 0.0, 0.0) },
            entry(2, "内", 106.005, 38.005),
            entry(3, "近", 106.015, 38.005),
            entry(4, "远", 106.025, 38.005),
        ]);
        let found = all.around(RecordId(1), 500.0, |_, _| true);
        let ids: Vec<i64> = found.iter().map(|found| found.id.0).collect();
        assert_eq!(ids, [2, 3], "{found:?}");
        // Half a hundredth of a degree of longitude at 38°.
        assert!(found[0].metres == 0.0 && (found[1].metres - 438.1).abs() < 1.0, "{found:?}");
        let back = all.around(RecordId(3), 500.0, |_, _| true);
        assert_eq!(back.iter().map(|found| found.id.0).collect::<Vec<_>>(), [1], "{back:?}");
        assert!(all.around(RecordId(9), 500.0, |_, _| true).is_empty());
        assert_eq!(all.around(RecordId(1), 500.0, |_, area| area.0 == 1).len(), 0);
    }

    proptest! {
        #[test]
        fn answers_equal_those_of_a_walk_through_all(
            places in prop::collection::vec((104.0_f64..108.0, 35.0_f64..39.5), 1..80),
            from in (104.0_f64..108.0, 35.0_f64..39.5),
            gone in prop::collection::vec(0_usize..80, 0..20),
        ) {
            let made = places.iter().zip(0..).map(|((lon, lat), id)| entry(id, "站", *lon, *lat));
            let mut all = Catalogue::load(made.clone().take(40));
            made.clone().skip(40).for_each(|entry| all.put(entry));
            let gone: std::collections::BTreeSet<i64> = gone.into_iter().filter_map(|g| i64::try_from(g).ok()).collect();
            gone.iter().for_each(|id| all.remove(RecordId(*id)));
            let at = Position { lon: from.0, lat: from.1 };
            let mut walked: Vec<f64> = places.iter().zip(0_i64..)
                .filter(|(_, id)| !gone.contains(id))
                .map(|((lon, lat), _)| at.metres_to(Position { lon: *lon, lat: *lat }))
                .collect();
            walked.sort_by(f64::total_cmp);
            walked.truncate(5);
            let nearest: Vec<f64> = all.nearest(at, 5, |_, _| true).iter().map(|f| f.metres).collect();
            prop_assert_eq!(nearest, walked);
            let ground = square(from.0, from.1, 0.7);
            let inside = places.iter().zip(0_i64..)
                .filter(|(place, id)| !gone.contains(id) && ground.contains(&Point::from(**place)))
                .count();
            prop_assert_eq!(all.within(&ground, |_, _| true).count(), inside);
        }
    }
}
