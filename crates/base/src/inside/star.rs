//! Rings that are seen whole from one place, as models draw them around a source: what two of them hold together, and how much of other
//! ground one holds, follow from one walk around that place, exactly and without a sweep over all edges.

use geo::{Coord, LineString, MultiPolygon, Polygon, Rect};

/// A ring around a place, as seen from it: anticlockwise, each corner further around than the one before, the first in the east.
#[derive(Clone, Debug)]
pub(super) struct Star {
    middle: Coord,
    corners: Vec<Coord>,
}

/// How far rounding moves a corner aside at most, on the plane of surfaces: 1e-7 degrees, and some more for both ends of an edge.
const ROUNDED: f64 = 5e-9;

/// Where a ray from the middle meets two edges.
type Ray = [Coord; 2];

impl Star {
    /// A polygon as seen from a place; none when it is not seen whole from there: some of it lies behind itself, it has a hole, or the
    /// place is outside or on its edge.
    pub fn of(polygon: &Polygon, middle: Coord) -> Option<Self> {
        if !polygon.interiors().is_empty() {
            return None;
        }
        // Without the corner that closes it.
        let mut corners: Vec<Coord> =
            polygon.exterior().coords().skip(1).map(|at| *at - middle).collect();
        if around(&corners).map(|(a, b)| cross(a, b)).sum::<f64>() < 0.0 {
            corners.reverse();
        }
        // Places are told to some digits. Close to the middle that may put a corner behind the one before.
        let rounded = |own: Coord, next: Coord| {
            let turn = cross(own, next);
            turn <= 0.0 && turn * turn <= ROUNDED * ROUNDED * square(own)
        };
        corners.dedup_by(|next, own| rounded(*own, *next));
        while let (Some(first), Some(last)) = (corners.first(), corners.last())
            && corners.len() > 1
            && rounded(*last, *first)
        {
            corners.pop();
        }
        let onward = around(&corners).all(|(a, b)| cross(a, b) > 0.0);
        // Steps are less than half a turn: so often it goes around.
        let east = |(a, b): (Coord, Coord)| is_lower(a) && !is_lower(b);
        let once = around(&corners).filter(|edge| east(*edge)).count() == 1;
        if !onward || !once {
            return None;
        }
        let (place, (low, high)) = around(&corners).enumerate().find(|(_, edge)| east(*edge))?;
        let first = (place + 1) % corners.len();
        corners.rotate_left(first);
        if high.y > 0.0 {
            let x = low.x + (high.x - low.x) * (low.y / (low.y - high.y));
            corners.insert(0, Coord { x, y: 0.0 });
        }
        Some(Self { middle, corners })
    }

    /// What either of two around the same place holds.
    pub fn with(&self, other: &Self) -> Self {
        let rays = rays(&self.corners, &other.corners);
        let mut corners = Vec::with_capacity(rays.len() * 2);
        for ((ray, is_corner), (next, _)) in rays.iter().zip(rays.iter().cycle().skip(1)) {
            // Of edges that end elsewhere no corner is made.
            let [a, b] = ray.map(square);
            let outer = [a >= b, b >= a].into_iter().zip(is_corner).zip(ray);
            corners.extend(outer.filter(|((outer, own), _)| *outer && **own).map(|(_, at)| *at));
            corners.extend(crossing(*ray, *next));
        }
        // Two that rounding brought together are one.
        corners.dedup_by(|next, own| cross(*own, *next) <= 0.0);
        Self { middle: self.middle, corners }
    }

    /// The box around it.
    pub fn bounds(&self) -> Rect {
        let reach = self.corners.iter().fold(Rect::new((0.0, 0.0), (0.0, 0.0)), |all: Rect, at| {
            let (low, high) = (all.min(), all.max());
            Rect::new((low.x.min(at.x), low.y.min(at.y)), (high.x.max(at.x), high.y.max(at.y)))
        });
        Rect::new(self.middle + reach.min(), self.middle + reach.max())
    }

    /// The surface that it has in common with some ground whose rings do not cross themselves.
    pub fn common(&self, ground: &MultiPolygon) -> f64 {
        let with_ring = |ring: &LineString| {
            let edges = ring.lines().map(|line| (line.start - self.middle, line.end - self.middle));
            edges.map(|(from, to)| self.triangle(from, to)).sum::<f64>().abs()
        };
        let with = |polygon: &Polygon| {
            let holes: f64 = polygon.interiors().iter().map(with_ring).sum();
            with_ring(polygon.exterior()) - holes
        };
        ground.iter().map(with).sum::<f64>().max(0.0)
    }

    /// The surface in common with the triangle of the middle and an edge; below nothing when the edge runs clockwise. Those of all edges
    /// of a ring add up to that of the ring.
    fn triangle(&self, from: Coord, to: Coord) -> f64 {
        let turn = cross(from, to);
        if turn < 0.0 {
            return -self.triangle(to, from);
        }
        // From the edge of the ring that the first ray meets to that which the last one meets.
        let first = self.corners.partition_point(|corner| !is_before(from, *corner));
        let begin = first.checked_sub(1).filter(|_| turn > 0.0);
        let Some(begin) = begin.and_then(|place| self.corners.get(place)) else { return 0.0 };
        let onward = self.corners.iter().skip(first).chain(&self.corners);
        let (mut all, mut before, mut ray) = (0.0, *begin, None::<Ray>);
        for at in onward.copied() {
            let own = ray.unwrap_or_else(|| [from, on_ray(from, before, at)]);
            if cross(from, at) <= 0.0 || cross(at, to) <= 0.0 {
                return all + nearer_surface(own, [to, on_ray(to, before, at)]);
            }
            let next = [on_ray(at, from, to), at];
            all += nearer_surface(own, next);
            (before, ray) = (at, Some(next));
        }
        all
    }
}

/// The edges of a ring.
fn around(corners: &[Coord]) -> impl Iterator<Item = (Coord, Coord)> {
    corners.iter().copied().zip(corners.iter().copied().cycle().skip(1))
}

/// Twice the surface of the triangle of the middle and two places; above nothing when the second lies further around, by less than half a
/// turn.
fn cross(a: Coord, b: Coord) -> f64 {
    a.x * b.y - a.y * b.x
}

/// Whether a place lies in the second half of a turn from the east.
fn is_lower(at: Coord) -> bool {
    at.y < 0.0 || (at.y == 0.0 && at.x < 0.0)
}

/// Whether a place is less far around than another, from the east on.
fn is_before(a: Coord, b: Coord) -> bool {
    match (is_lower(a), is_lower(b)) {
        (false, true) => true,
        (true, false) => false,
        _ => cross(a, b) > 0.0,
    }
}

/// The rays to all corners of two rings in order, with where they meet each, and of which it is a corner.
fn rays(one: &[Coord], other: &[Coord]) -> Vec<(Ray, [bool; 2])> {
    let edge_at = |ring: &[Coord], next: usize| {
        let from = next.checked_sub(1).and_then(|place| ring.get(place));
        from.or(ring.last()).copied().zip(ring.get(next).or(ring.first()).copied())
    };
    let (mut at, mut beside) = (0, 0);
    let mut all = Vec::with_capacity(one.len() + other.len());
    loop {
        let (own, its) = match (one.get(at), other.get(beside)) {
            (Some(a), Some(b)) => (!is_before(*b, *a), !is_before(*a, *b)),
            (Some(_), None) => (true, false),
            (None, Some(_)) => (false, true),
            (None, None) => return all,
        };
        let ((a, a_next), (b, b_next)) = match (edge_at(one, at), edge_at(other, beside)) {
            (Some(a), Some(b)) => (a, b),
            _ => return all,
        };
        let ray = match (own, its) {
            (true, true) => [a_next, b_next],
            (true, false) => [a_next, on_ray(a_next, b, b_next)],
            (false, _) => [on_ray(b_next, a, a_next), b_next],
        };
        all.push((ray, [own, its]));
        at += usize::from(own);
        beside += usize::from(its);
    }
}

/// Where the ray to a place meets the line through two others, between which it runs.
fn on_ray(ray: Coord, from: Coord, to: Coord) -> Coord {
    let share = cross(from, to) / cross(ray, to - from);
    // Of an edge along the ray any place will do.
    if share.is_finite() { ray * share } else { to }
}

fn square(at: Coord) -> f64 {
    at.x * at.x + at.y * at.y
}

fn nearer([a, b]: Ray) -> Coord {
    if square(a) < square(b) { a } else { b }
}

/// Where two edges cross between two rays.
fn crossing([a, b]: Ray, [a_next, b_next]: Ray) -> Option<Coord> {
    let (ahead, then) = (square(a) - square(b), square(a_next) - square(b_next));
    if !((ahead < 0.0 && then > 0.0) || (ahead > 0.0 && then < 0.0)) {
        return None;
    }
    let (way, other) = (a_next - a, b_next - b);
    let share = cross(b - a, other) / cross(way, other);
    (share > 0.0 && share < 1.0).then(|| a + way * share)
}

/// The surface between two rays up to the nearer of two edges.
fn nearer_surface(from: Ray, to: Ray) -> f64 {
    let (start, end) = (nearer(from), nearer(to));
    let twice = match crossing(from, to) {
        Some(at) => cross(start, at) + cross(at, end),
        None => cross(start, end),
    };
    (0.5 * twice).max(0.0)
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use geo::{Area as _, BooleanOps, BoundingRect};
    use proptest::prelude::*;

    use super::*;

    fn ring(middle: Coord, reaches: &[f64], turn: f64) -> Polygon {
        let count = f64::from(u32::try_from(reaches.len()).unwrap());
        let corner = |(place, reach): (u32, &f64)| {
            let (sin, cos) = (f64::from(place) / count * TAU + turn).sin_cos();
            middle + Coord { x: cos, y: sin } * *reach
        };
        let line = LineString::new((0..).zip(reaches).map(corner).collect());
        Polygon::new(line, Vec::new())
    }

    fn all(polygon: &Polygon) -> MultiPolygon {
        MultiPolygon::new(vec![polygon.clone()])
    }

    fn polygon(star: &Star) -> Polygon {
        let corners = star.corners.iter().map(|at| star.middle + *at).collect();
        Polygon::new(LineString::new(corners), Vec::new())
    }

    fn surface(star: &Star) -> f64 {
        polygon(star).unsigned_area()
    }

    fn reaches() -> impl Strategy<Value = Vec<f64>> {
        prop::collection::vec(0.2_f64..3.0, 3..60)
    }

    fn place() -> impl Strategy<Value = Coord> {
        (-2.0_f64..2.0, -2.0_f64..2.0).prop_map(|(x, y)| Coord { x, y })
    }

    #[test]
    fn corners_that_rounding_moved_are_no_bar() {
        let round = |at: f64| (at * 1e7).round() / 1e7;
        let corner = |place: i32| {
            let (sin, cos) = f64::from(place).to_radians().sin_cos();
            // Half a metre to two around a place, in degrees.
            let reach = f64::from(1 + place / 2 % 4) * 5e-6;
            Coord { x: round(106.0 + reach * cos), y: round(38.0 + reach * sin) }
        };
        let line = LineString::new((0..360).map(corner).collect());
        let ring = super::super::ground::flat(&Polygon::new(line, Vec::new()));
        let middle = super::super::ground::flat(&geo::Point::new(106.0, 38.0)).0;
        let raw: Vec<Coord> = ring.exterior().coords().skip(1).map(|at| *at - middle).collect();
        assert!(!around(&raw).all(|(a, b)| cross(a, b) > 0.0), "else this shows nothing");
        let star = Star::of(&ring, middle).unwrap();
        assert!((surface(&star) / ring.unsigned_area() - 1.0).abs() < 0.01);
    }

    #[test]
    fn what_is_not_seen_whole_is_none() {
        let of = |corners: &[(f64, f64)], at: (f64, f64)| {
            let line: LineString = corners.to_vec().into();
            Star::of(&Polygon::new(line, Vec::new()), at.into())
        };
        let square = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)];
        assert_eq!(of(&square, (0.0, 0.0)).unwrap().corners.len(), 5, "and one in the east");
        assert_eq!(of(&square, (0.0, 1.0 - 1e-9)).unwrap().corners.len(), 5);
        let backwards: Vec<_> = square.into_iter().rev().collect();
        assert!((surface(&of(&backwards, (0.3, -0.2)).unwrap()) - 4.0).abs() < 1e-12);
        assert!(of(&square, (1.0, 0.0)).is_none(), "on an edge");
        assert!(of(&square, (1.0, 1.0)).is_none(), "at a corner");
        assert!(of(&square, (2.0, 0.0)).is_none(), "outside");
        let twice: Vec<_> = square.iter().chain(&square).copied().collect();
        assert!(of(&twice, (0.0, 0.0)).is_none(), "around twice");
        let bow = [(-1.0, -1.0), (1.0, 1.0), (1.0, -1.0), (-1.0, 1.0)];
        assert!(of(&bow, (0.5, 0.1)).is_none(), "crosses itself");
        let hook = [(-1.0, -1.0), (3.0, -1.0), (3.0, 3.0), (2.0, 3.0), (2.0, 0.5), (-1.0, 0.5)];
        assert!(of(&hook, (0.0, 0.0)).is_none(), "around a corner");
        assert!(of(&[], (0.0, 0.0)).is_none() && of(&[(1.0, 0.0)], (0.0, 0.0)).is_none());
        let holed = Polygon::new(
            LineString::from(square.to_vec()),
            vec![LineString::from(vec![(0.5, 0.5), (0.6, 0.5), (0.6, 0.6)])],
        );
        assert!(Star::of(&holed, (0.0, 0.0).into()).is_none(), "a hole");
    }

    proptest! {
        #[test]
        fn together_and_in_common_are_as_the_sweep_says(
            one in reaches(), other in reaches(), turn in 0.0..TAU, at in place(),
            ground in reaches(), around in place(), same in any::<bool>(),
        ) {
            // Corners in the same directions, and in others.
            let turn = if same { 0.0 } else { turn };
            // Of few corners a ring may not go around the place: some other one has to be drawn then.
            let polygons = [ring(at, &one, 0.0), ring(at, &other, turn)];
            let stars = polygons.each_ref().map(|polygon| Star::of(polygon, at));
            let [Some(a), Some(b)] = stars else { return Ok(()) };
            let both = a.with(&b);
            let sweep = polygons[0].union(&polygons[1]).unsigned_area();
            prop_assert!((surface(&both) - sweep).abs() < 1e-6, "{} for {sweep}", surface(&both));
            prop_assert_eq!(Some(both.bounds()), polygon(&both).bounding_rect());
            let onward = super::around(&both.corners).all(|(a, b)| cross(a, b) > 0.0);
            prop_assert!(onward, "still a star");
            let ground = ring(around, &ground, 0.1);
            for (star, polygon) in [(&a, &polygons[0]), (&b, &polygons[1]), (&both, &polygon(&both))] {
                let sweep = polygon.intersection(&ground).unsigned_area();
                let own = star.common(&all(&ground));
                prop_assert!((own - sweep).abs() < 1e-6, "{own} for {sweep}");
            }
        }

        #[test]
        fn with_itself_it_is_the_same(one in reaches(), at in place()) {
            let Some(star) = Star::of(&ring(at, &one, 0.0), at) else { return Ok(()) };
            prop_assert!((surface(&star.with(&star)) - surface(&star)).abs() < 1e-9);
            let own = polygon(&star);
            prop_assert!((star.common(&all(&own)) - surface(&star)).abs() < 1e-9);
        }
    }
}
