//! A piece of ground that is asked about many points: its edges in strips, so that each point meets few of them.

use geo::{BoundingRect, Coord, Intersects, Kernel, LineString, MultiPolygon, Polygon, Rect};

type Robust = <f64 as geo::GeoNum>::Ker;

/// A piece of ground, made ready. What lies on its edge lies in it: nobody is left out by a hair. Of a ring that crosses itself
/// every part that it goes around is inside.
pub struct Ground(Vec<Vec<Ring>>);

/// The edges of one ring, in strips from south to north.
struct Ring {
    bounds: Rect,
    /// Strips in a degree.
    per_degree: f64,
    /// Where the edges of each strip begin in `edges`; one more at the end.
    starts: Vec<u32>,
    /// Edges by strip.
    edges: Vec<Edge>,
}

#[derive(Clone, Copy)]
struct Edge {
    /// Southern end.
    low: Coord,
    /// Northern end.
    high: Coord,
    /// 1 when the ring runs north along it, else -1.
    way: i32,
}

/// How a point, or a box, lies to some ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// In it, and on no edge.
    Inside,
    /// On an edge; of a box, perhaps only near one.
    Edge,
    /// Touches it nowhere.
    Outside,
}

impl Ground {
    /// Makes ground ready.
    #[must_use]
    pub fn new(ground: &MultiPolygon) -> Self {
        let rings = |polygon: &Polygon| {
            let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
            rings.filter_map(Ring::new).collect()
        };
        Self(ground.iter().map(rings).collect())
    }

    /// Whether a point lies in it or on its edge.
    #[must_use]
    pub fn holds(&self, at: Coord) -> bool {
        self.0.iter().any(|rings| {
            let Some((outer, holes)) = rings.split_first() else { return false };
            match outer.side(at) {
                Side::Outside => false,
                Side::Edge => true,
                Side::Inside => !holes.iter().any(|hole| hole.side(at) == Side::Inside),
            }
        })
    }
}

impl Ground {
    /// How a box lies to it.
    pub(crate) fn lies(&self, of: &Rect) -> Side {
        let mut all = Side::Outside;
        for rings in &self.0 {
            let Some((outer, holes)) = rings.split_first() else { continue };
            let own = match outer.lies(of) {
                Side::Inside => {
                    holes.iter().map(|hole| hole.lies(of)).fold(Side::Inside, |own, hole| {
                        match (own, hole) {
                            (Side::Inside, Side::Outside) => Side::Inside,
                            (Side::Outside, _) | (_, Side::Inside) => Side::Outside,
                            (Side::Edge, _) | (_, Side::Edge) => Side::Edge,
                        }
                    })
                }
                other => other,
            };
            match own {
                Side::Inside => return Side::Inside,
                Side::Edge => all = Side::Edge,
                Side::Outside => {}
            }
        }
        all
    }
}

impl Ring {
    /// Most strips: a coast with a hundred thousand corners then has some dozen edges in each.
    const MOST: usize = 4096;
    /// An edge that runs through many strips stands in all of them; together they are at most so many times the edges.
    const COPIES: usize = 8;

    fn new(ring: &LineString) -> Option<Self> {
        let bounds = ring.bounding_rect()?;
        let all: Vec<Edge> = ring.lines().map(edge).collect();
        let mut count = (all.len() / 2).clamp(1, Self::MOST);
        let height = bounds.height();
        loop {
            #[expect(clippy::cast_precision_loss, reason = "at most 4096")]
            let per_degree = if height > 0.0 { count as f64 / height } else { 0.0 };
            let new = Self { bounds, per_degree, starts: vec![0; count + 1], edges: Vec::new() };
            let reach = |edge: &Edge| new.strip(edge.low.y)..=new.strip(edge.high.y);
            // Counted first, then put in their places: cheaper than sorting, and the ground is asked about once only.
            let mut starts = vec![0_u32; count + 1];
            for start in all.iter().flat_map(reach) {
                if let Some(start) = starts.get_mut(start + 1) {
                    *start += 1;
                }
            }
            let mut copies = 0_u32;
            for start in &mut starts {
                copies += *start;
                *start = copies;
            }
            if count > 1 && copies as usize > Self::COPIES * all.len() {
                count /= 2;
                continue;
            }
            let mut next = starts.clone();
            let none = Edge { low: bounds.min(), high: bounds.min(), way: 0 };
            let mut edges = vec![none; copies as usize];
            for edge in &all {
                for strip in reach(edge) {
                    let Some(place) = next.get_mut(strip) else { continue };
                    if let Some(free) = edges.get_mut(*place as usize) {
                        *free = *edge;
                    }
                    *place += 1;
                }
            }
            return Some(Self { starts, edges, ..new });
        }
    }

    fn strip(&self, y: f64) -> usize {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not below zero within the bounds; a cast holds at the ends of its range"
        )]
        let strip = ((y - self.bounds.min().y) * self.per_degree) as usize;
        strip.min(self.starts.len().saturating_sub(2))
    }

    /// How a box lies to what the ring goes around.
    fn lies(&self, of: &Rect) -> Side {
        if !self.bounds.intersects(of) {
            return Side::Outside;
        }
        let strips = self.strip(of.min().y)..=self.strip(of.max().y);
        let edges = strips.flat_map(|strip| {
            let start = |strip: usize| self.starts.get(strip).map_or(0, |start| *start as usize);
            self.edges.get(start(strip)..start(strip + 1)).unwrap_or_default()
        });
        for edge in edges {
            if edge.may_cross(of) {
                return Side::Edge;
            }
        }
        // No edge is in it, so all of it lies as one of its corners does.
        self.side(of.min())
    }

    fn side(&self, at: Coord) -> Side {
        let (min, max) = (self.bounds.min(), self.bounds.max());
        if !(at.x >= min.x && at.x <= max.x && at.y >= min.y && at.y <= max.y) {
            return Side::Outside;
        }
        let strip = self.strip(at.y);
        let start = |strip: usize| self.starts.get(strip).map_or(0, |start| *start as usize);
        let edges = self.edges.get(start(strip)..start(strip + 1)).unwrap_or_default();
        // How often the ring goes around the point: what a ray to the east meets, northward less southward.
        let mut around = 0;
        for &Edge { low, high, way } in edges {
            if at.y < low.y || at.y > high.y {
                continue;
            }
            let (west, east) = if low.x < high.x { (low.x, high.x) } else { (high.x, low.x) };
            if at.x > east {
                continue;
            }
            // A corner belongs to the edge above it, so that it is not counted twice.
            let crossed = if at.y < high.y { way } else { 0 };
            if at.x < west {
                around += crossed;
                continue;
            }
            match Robust::orient2d(low, high, at) {
                geo::Orientation::Collinear => return Side::Edge,
                geo::Orientation::CounterClockwise => around += crossed,
                geo::Orientation::Clockwise => {}
            }
        }
        if around == 0 { Side::Outside } else { Side::Inside }
    }
}

impl Edge {
    /// Whether it comes into a box, or as good as touches it.
    fn may_cross(&self, of: &Rect) -> bool {
        /// In square degrees: far above the error of a product of degrees, far below what a metre makes of an edge of a metre.
        const NEARLY: f64 = 1e-12;
        let (low, high, min, max) = (self.low, self.high, of.min(), of.max());
        if high.y < min.y || low.y > max.y || low.x.max(high.x) < min.x || low.x.min(high.x) > max.x
        {
            return false;
        }
        let way = high - low;
        // On which side of the line through the edge a corner lies, and how far.
        let side = |x: f64, y: f64| way.x * (y - low.y) - way.y * (x - low.x);
        let corners = [(min.x, min.y), (max.x, min.y), (min.x, max.y), (max.x, max.y)];
        let sides = corners.map(|(x, y)| side(x, y));
        let apart =
            sides.iter().all(|side| *side > NEARLY) || sides.iter().all(|side| *side < -NEARLY);
        !apart
    }
}

fn edge(geo::Line { start, end }: geo::Line) -> Edge {
    if start.y <= end.y {
        Edge { low: start, high: end, way: 1 }
    } else {
        Edge { low: end, high: start, way: -1 }
    }
}

#[cfg(test)]
mod tests {
    use geo::{Intersects, Point, wkt};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn boxes_in_holes_and_between_neighbours() {
        let ground = wkt!(MULTIPOLYGON(
            ((0. 0.,4. 0.,4. 4.,0. 4.,0. 0.),(1. 1.,3. 1.,3. 3.,1. 3.,1. 1.)),
            ((1.5 1.5,2. 1.5,2. 2.,1.5 2.,1.5 1.5))
        ));
        let ready = Ground::new(&ground);
        let lies = |x: f64, y: f64, side: f64| ready.lies(&Rect::new((x, y), (x + side, y + side)));
        assert_eq!(lies(0.2, 0.2, 0.5), Side::Inside);
        assert_eq!(lies(2.2, 2.2, 0.5), Side::Outside);
        assert_eq!(lies(1.6, 1.6, 0.3), Side::Inside, "an island in the hole");
        assert_eq!(lies(1.2, 1.2, 0.5), Side::Edge);
        assert_eq!(lies(0.5, 0.5, 1.0), Side::Edge);
        assert_eq!(lies(-1.0, -1.0, 9.0), Side::Edge);
        assert_eq!(lies(5.0, 0.0, 1.0), Side::Outside);
        assert_eq!(lies(4.0, 2.0, 0.0), Side::Edge);
        assert_eq!(lies(0.5, 0.5, 0.0), Side::Inside);
    }

    #[test]
    fn corners_edges_holes_and_neighbours() {
        let ground = wkt!(MULTIPOLYGON(
            ((0. 0.,4. 0.,4. 4.,2. 2.,0. 4.,0. 0.),(1. 0.5,2. 0.5,2. 1.,1. 1.,1. 0.5)),
            ((6. 0.,7. 0.,7. 1.,6. 1.,6. 0.))
        ));
        let ready = Ground::new(&ground);
        for x in -4..=30 {
            for y in -4..=18 {
                let at = Point::new(f64::from(x) / 4.0, f64::from(y) / 4.0);
                assert_eq!(ready.holds(at.0), ground.intersects(&at), "{at:?}");
            }
        }
        assert!(!Ground::new(&MultiPolygon::new(Vec::new())).holds(Coord::zero()));
        assert!(!ready.holds(Coord { x: f64::NAN, y: 1.0 }));
    }

    proptest! {
        #[test]
        fn a_box_lies_as_the_library_says(
            corners in prop::collection::vec((0_i32..12, 0_i32..12), 3..40),
            boxes in prop::collection::vec((-1_i32..26, -1_i32..26, 0_i32..6, 0_i32..6), 1..40),
        ) {
            let ring: Vec<Coord> = corners.iter()
                .map(|(x, y)| Coord { x: f64::from(*x) * 2.0, y: f64::from(*y) * 2.0 })
                .collect();
            let ground = MultiPolygon::new(vec![Polygon::new(LineString::new(ring), Vec::new())]);
            let ready = Ground::new(&ground);
            for (x, y, width, height) in boxes {
                let low = (f64::from(x) + 0.25, f64::from(y) + 0.25);
                let of = Rect::new(low, (low.0 + f64::from(width) * 0.7, low.1 + f64::from(height) * 0.7));
                let touches = |of: &Rect| {
                    ground.iter().any(|p| p.exterior().lines().any(|line| of.intersects(&line)))
                };
                let touched = touches(&of);
                let (low, high) = (of.min(), of.max());
                let grown = Rect::new((low.x - 1e-9, low.y - 1e-9), (high.x + 1e-9, high.y + 1e-9));
                match ready.lies(&of) {
                    Side::Edge => prop_assert!(touches(&grown), "{of:?}"),
                    Side::Inside => prop_assert!(!touched && ground.intersects(&of.min()), "{of:?}"),
                    Side::Outside => prop_assert!(!touched && !ground.intersects(&of.min()), "{of:?}"),
                }
            }
        }

        #[test]
        fn any_ring_holds_what_the_library_says(
            corners in prop::collection::vec((0_i32..12, 0_i32..12), 3..60),
            points in prop::collection::vec((-1_i32..26, -1_i32..26), 1..60),
        ) {
            let ring: Vec<Coord> = corners.iter()
                .map(|(x, y)| Coord { x: f64::from(*x) * 2.0, y: f64::from(*y) * 2.0 })
                .collect();
            let ground = MultiPolygon::new(vec![Polygon::new(LineString::new(ring), Vec::new())]);
            let ready = Ground::new(&ground);
            for (x, y) in points {
                let at = Point::new(f64::from(x), f64::from(y));
                prop_assert_eq!(ready.holds(at.0), ground.intersects(&at), "{:?}", at);
            }
        }
    }
}
