//! Places in an R-tree: what lies inside, what is near.

use geo::{
    BoundingRect, ClosestPoint, Coord, Distance, Euclidean, Geometry, Intersects, MapCoords,
    MultiPolygon, Point, Rect,
};
use helan_kernel::{AreaCode, Position};
use rstar::{
    AABB, RStarInsertionStrategy, RTreeParams,
    primitives::{GeomWithData, Rectangle},
};

use super::{Catalogue, Found, Within};
use crate::{Ground, RecordId};

/// What the tree holds of a record: enough to answer what lies inside without looking elsewhere in memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    pub(super) id: RecordId,
    /// Its slot.
    pub(super) number: u32,
    pub(super) area: AreaCode,
    pub(super) kind: u16,
    /// Whether the box is the place itself.
    pub(super) point: bool,
}

// The tree compares what it shall take out; a slot is never used twice.
impl PartialEq for Mark {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

/// Broad nodes: fewer steps down, and more of what lies together in memory lies together on the ground.
#[derive(Debug, Default)]
pub(super) struct Wide;

impl RTreeParams for Wide {
    const MIN_SIZE: usize = 6;
    const MAX_SIZE: usize = 16;
    const REINSERTION_COUNT: usize = 3;
    type DefaultInsertionStrategy = RStarInsertionStrategy;
}

pub(super) type Leaf = GeomWithData<Rectangle<[f64; 2]>, Mark>;

impl Catalogue {
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

    /// The place of the first of several areas that a record touches; none when it touches none, or is none of the wanted ones. `ready`
    /// are the same areas, made ready.
    pub(crate) fn first_touched(
        &self,
        id: RecordId,
        grounds: &[&MultiPolygon],
        ready: &[Ground],
        wanted: impl FnOnce(AreaCode) -> bool,
    ) -> Option<usize> {
        let number = self.by_id.get(&id)?;
        let slot = self.slot(*number).filter(|slot| wanted(slot.area))?;
        match self.shapes.get(number) {
            Some(shape) => grounds.iter().position(|ground| shape.intersects(*ground)),
            None => slot.centre.and_then(|at| ready.iter().position(|ground| ground.holds(at))),
        }
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
                if degrees * Position::DEGREE_M * shortest > last.metres {
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
        let lon = Position::DEGREE_M * origin.y.to_radians().cos().max(0.01);
        Self { origin, lon, lat: Position::DEGREE_M }
    }

    fn map(&self, shape: &Geometry) -> Geometry {
        shape.map_coords(|at| Coord {
            x: (at.x - self.origin.x) * self.lon,
            y: (at.y - self.origin.y) * self.lat,
        })
    }
}

pub(super) fn leaf(min: Coord, max: Coord, mark: Mark) -> Leaf {
    GeomWithData::new(Rectangle::from_corners([min.x, min.y], [max.x, max.y]), mark)
}

/// The south-western corner of a leaf's box; of a point, the point.
fn corner(leaf: &Leaf) -> Coord {
    let [x, y] = leaf.geom().lower();
    Coord { x, y }
}
