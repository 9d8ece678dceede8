//! Vector tiles (Mapbox Vector Tile specification 2.1) for the map: what lies in a square of the Web Mercator grid.

use std::f64::consts::PI;

use geo::{
    BooleanOps, BoundingRect, Coord, Geometry, LineString, MapCoords, MultiLineString,
    MultiPolygon, Orient, Polygon, Rect, orient::Direction,
};
use mvt::{Feature, GeomEncoder, GeomType, Layer, Tile as Encoded};

/// Units along the side of a tile.
const EXTENT: f64 = 4096.0;
/// What is drawn beyond the side, so that nothing is cut off where two tiles meet: a fortieth of the side.
const MARGIN: f64 = 100.0;
/// Dots closer than this, in units, become one below [`TileId::SINGLE`]: a sixty-fourth of the side, eight pixels on the screen.
const CELL: f64 = EXTENT / 64.0;

/// A tile of the Web Mercator grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TileId {
    z: u8,
    x: u32,
    y: u32,
}

/// Something small: a place, or many places that stand close together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dot {
    /// Number of the record.
    pub id: u64,
    /// Where, in degrees on WGS-84.
    pub at: Coord,
    /// Dots of one group may become one.
    pub group: u16,
    /// Number of the kind.
    pub kind: u16,
}

/// Dots that became one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Heap {
    /// The first of them.
    pub first: Dot,
    /// How many they are.
    pub count: u32,
    /// Sum of their places in the tile.
    sum: Coord,
}

/// A fact about a feature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tag<'a> {
    /// Words.
    Text(&'a str),
    /// A number.
    Count(u32),
}

/// Why a tile could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the tile could not be made: {0}")]
pub struct TileError(#[from] mvt::Error);

impl TileId {
    /// Deepest zoom: a tile is then some hundred metres wide.
    pub const DEEPEST: u8 = 18;
    /// From this zoom on every dot stands alone.
    pub const SINGLE: u8 = 15;

    /// The tile with these numbers; none when there is no such tile.
    #[must_use]
    pub fn new(z: u8, x: u32, y: u32) -> Option<Self> {
        let side = 1_u32.checked_shl(u32::from(z))?;
        (z <= Self::DEEPEST && x < side && y < side).then_some(Self { z, x, y })
    }

    /// Zoom.
    #[must_use]
    pub const fn zoom(self) -> u8 {
        self.z
    }

    fn side(self) -> f64 {
        f64::from(1_u32 << u32::from(self.z.min(Self::DEEPEST)))
    }

    /// South-western and north-eastern corner in degrees, with the margin.
    #[must_use]
    pub fn bounds(self) -> (Coord, Coord) {
        let corner = |x: f64, y: f64| {
            let part = |n: f64, of: u32| (f64::from(of) + n / EXTENT) / self.side();
            let (x, y) = (part(x, self.x), part(y, self.y));
            let lat = (PI * (1.0 - 2.0 * y)).sinh().atan().to_degrees();
            Coord { x: x * 360.0 - 180.0, y: lat }
        };
        (corner(-MARGIN, EXTENT + MARGIN), corner(EXTENT + MARGIN, -MARGIN))
    }

    /// Whether a shape is more than a dot at this zoom: at least two pixels long.
    #[must_use]
    pub fn shows(self, shape: &Geometry) -> bool {
        let unit = 360.0 / (self.side() * EXTENT);
        let long = |bounds: Rect| bounds.width().max(bounds.height()) >= 16.0 * unit;
        shape.bounding_rect().is_some_and(long)
    }

    /// A place in degrees, in units of this tile: east and south of its north-western corner.
    fn place(self, at: Coord) -> Coord {
        // The grid ends at 85 degrees; nothing is drawn at the poles.
        let lat = at.y.clamp(-85.05, 85.05).to_radians();
        let x = (at.x + 180.0) / 360.0;
        let y = (1.0 - lat.tan().asinh() / PI) / 2.0;
        let unit = |n: f64, of: u32| (n * self.side() - f64::from(of)) * EXTENT;
        Coord { x: unit(x, self.x), y: unit(y, self.y) }
    }
}

/// Cells along the side of a tile with its margins.
const CELLS: usize = 68;

/// For each cell of one group the heap in it, counted from 1.
struct Grid {
    group: u16,
    cells: Vec<u32>,
}

/// Where a place falls in a [`Grid`].
fn cell(at: Coord) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast holds at the ends of its range: what lies outside falls into the outermost cells"
    )]
    let along = |n: f64| (((n + MARGIN) / CELL) as usize).min(CELLS - 1);
    along(at.y) * CELLS + along(at.x)
}

/// Dots into heaps, as dense as the eye can tell at this zoom.
#[must_use]
pub fn heaps(tile: TileId, dots: impl IntoIterator<Item = Dot>) -> Vec<Heap> {
    let mut heaps: Vec<Heap> = Vec::new();
    let mut grids: Vec<Grid> = Vec::new();
    for dot in dots {
        let place = tile.place(dot.at);
        let alone = Heap { first: dot, count: 1, sum: place };
        if tile.z >= TileId::SINGLE {
            heaps.push(alone);
            continue;
        }
        // Groups are few: looking through them is faster than any table.
        let known = grids.iter().position(|grid| grid.group == dot.group);
        let known = known.unwrap_or_else(|| {
            grids.push(Grid { group: dot.group, cells: vec![0; CELLS * CELLS] });
            grids.len() - 1
        });
        let cell = grids.get_mut(known).and_then(|grid| grid.cells.get_mut(cell(place)));
        let Some(cell) = cell else { continue };
        let heap = usize::try_from(*cell).ok().and_then(|n| heaps.get_mut(n.checked_sub(1)?));
        match heap {
            Some(heap) => {
                heap.count += 1;
                heap.sum = heap.sum + place;
            }
            None => {
                heaps.push(alone);
                *cell = u32::try_from(heaps.len()).unwrap_or(0);
            }
        }
    }
    heaps
}

/// A tile that is being written: the layers `dots`, `lines` and `grounds`.
pub struct TileWriter {
    id: TileId,
    window: Rect,
    tile: Encoded,
    dots: Layer,
    lines: Layer,
    grounds: Layer,
}

impl TileWriter {
    /// An empty one.
    #[must_use]
    pub fn new(id: TileId) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is 4096")]
        let tile = Encoded::new(EXTENT as u32);
        let far = EXTENT + MARGIN;
        let window = Rect::new(Coord { x: -MARGIN, y: -MARGIN }, Coord { x: far, y: far });
        let [dots, lines, grounds] =
            ["dots", "lines", "grounds"].map(|name| tile.create_layer(name));
        Self { id, window, tile, dots, lines, grounds }
    }

    /// Adds a heap, or a dot that stands alone.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn heap(&mut self, heap: &Heap, tags: &[(&str, Tag<'_>)]) -> Result<(), TileError> {
        let (x, y) = (heap.sum.x / f64::from(heap.count), heap.sum.y / f64::from(heap.count));
        let data = GeomEncoder::new(GeomType::Point).point(x, y)?.encode()?;
        let layer = std::mem::take(&mut self.dots);
        let feature = layer.into_feature(data);
        self.dots = finish(feature, heap.first.id, tags);
        Ok(())
    }

    /// Adds a line or a piece of ground, given in degrees, as far as it lies in the tile; says whether anything of it does.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn shape(
        &mut self,
        id: u64,
        shape: &Geometry,
        tags: &[(&str, Tag<'_>)],
    ) -> Result<bool, TileError> {
        self.placed(id, shape.map_coords(|at| self.id.place(at)), tags)
    }

    fn placed(
        &mut self,
        id: u64,
        shape: Geometry,
        tags: &[(&str, Tag<'_>)],
    ) -> Result<bool, TileError> {
        match shape {
            Geometry::LineString(line) => self.line(id, &MultiLineString::new(vec![line]), tags),
            Geometry::MultiLineString(lines) => self.line(id, &lines, tags),
            Geometry::Polygon(polygon) => self.ground(id, MultiPolygon::new(vec![polygon]), tags),
            Geometry::MultiPolygon(polygons) => self.ground(id, polygons, tags),
            Geometry::GeometryCollection(parts) => {
                let mut any = false;
                for part in parts {
                    any |= self.placed(id, part, tags)?;
                }
                Ok(any)
            }
            // The nodes of a network lie on its lines.
            _ => Ok(false),
        }
    }

    fn is_inside(&self, bounds: Option<Rect>) -> bool {
        let within = |r: Rect| {
            let (min, max) = (self.window.min(), self.window.max());
            r.min().x >= min.x && r.min().y >= min.y && r.max().x <= max.x && r.max().y <= max.y
        };
        bounds.is_some_and(within)
    }

    fn line(
        &mut self,
        id: u64,
        lines: &MultiLineString,
        tags: &[(&str, Tag<'_>)],
    ) -> Result<bool, TileError> {
        let cut = match self.is_inside(lines.bounding_rect()) {
            true => None,
            false => Some(self.window.to_polygon().clip(lines, false)),
        };
        let mut encoder = GeomEncoder::new(GeomType::Linestring);
        let mut any = false;
        for line in cut.as_ref().unwrap_or(lines) {
            let points = grid(line, 2);
            for (x, y) in &points {
                encoder.add_point(*x, *y)?;
            }
            if !points.is_empty() {
                encoder.complete_geom()?;
                any = true;
            }
        }
        if any {
            let feature = std::mem::take(&mut self.lines).into_feature(encoder.encode()?);
            self.lines = finish(feature, id, tags);
        }
        Ok(any)
    }

    fn ground(
        &mut self,
        id: u64,
        ground: MultiPolygon,
        tags: &[(&str, Tag<'_>)],
    ) -> Result<bool, TileError> {
        let cut = match self.is_inside(ground.bounding_rect()) {
            true => ground,
            false => ground.intersection(&self.window.to_polygon()),
        };
        let mut encoder = GeomEncoder::new(GeomType::Polygon);
        let mut any = false;
        // Clockwise outside as the screen sees it (section 4.3.3.3): there y grows downwards, so the sign is the other one.
        for polygon in cut.orient(Direction::Default) {
            if grid(polygon.exterior(), 4).is_empty() {
                // Too small to be seen at this zoom; its holes are smaller still.
                continue;
            }
            for ring in rings(&polygon) {
                let points = grid(ring, 4);
                for (x, y) in points.iter().take(points.len().saturating_sub(1)) {
                    encoder.add_point(*x, *y)?;
                }
                if !points.is_empty() {
                    encoder.complete_geom()?;
                    any = true;
                }
            }
        }
        if any {
            let feature = std::mem::take(&mut self.grounds).into_feature(encoder.encode()?);
            self.grounds = finish(feature, id, tags);
        }
        Ok(any)
    }

    /// The bytes of the tile; none when it is empty.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn bytes(mut self) -> Result<Vec<u8>, TileError> {
        for layer in [self.grounds, self.lines, self.dots] {
            if layer.num_features() > 0 {
                self.tile.add_layer(layer)?;
            }
        }
        Ok(self.tile.to_bytes()?)
    }
}

fn rings(polygon: &Polygon) -> impl Iterator<Item = &LineString> {
    std::iter::once(polygon.exterior()).chain(polygon.interiors())
}

fn finish(mut feature: Feature, id: u64, tags: &[(&str, Tag<'_>)]) -> Layer {
    feature.set_id(id);
    for (key, tag) in tags {
        match tag {
            Tag::Text(text) => feature.add_tag_string(key, text),
            Tag::Count(count) => feature.add_tag_uint(key, u64::from(*count)),
        }
    }
    feature.into_layer()
}

/// The corners of a line on the grid of the tile, without repetitions; nothing when fewer than `least` are left.
fn grid(line: &LineString, least: usize) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = Vec::with_capacity(line.0.len());
    for at in line.coords() {
        let point = (at.x.round(), at.y.round());
        if points.last() != Some(&point) {
            points.push(point);
        }
    }
    if points.len() < least {
        points.clear();
    }
    points
}

#[cfg(test)]
mod tests {
    use geo::wkt;

    use super::*;

    /// Yinchuan lies in it.
    fn tile() -> TileId {
        TileId::new(10, 814, 392).unwrap()
    }

    fn dot(id: u64, x: f64, y: f64) -> Dot {
        Dot { id, at: Coord { x, y }, group: 0, kind: 0 }
    }

    #[test]
    fn places_lie_where_the_grid_says() {
        // Corners of tile 10/814/392 by the formula of the specification of slippy maps.
        let (min, max) = tile().bounds();
        let near = |a: f64, b: f64| (a - b).abs() < 0.02;
        assert!(near(min.x, 106.171_875) && near(max.x, 106.523_4), "{min:?} {max:?}");
        assert!(near(min.y, 38.548) && near(max.y, 38.822_6), "{min:?} {max:?}");
        let middle = tile().place(Coord { x: 106.347_656, y: 38.685_5 });
        assert!((middle.x - 2048.0).abs() < 2.0 && (middle.y - 2048.0).abs() < 4.0, "{middle:?}");
        assert_eq!(TileId::new(3, 8, 0), None);
        assert_eq!(TileId::new(19, 0, 0), None);
    }

    #[test]
    fn dots_that_the_eye_cannot_tell_apart_become_one_and_none_is_lost() {
        let dots: Vec<Dot> =
            (0_u32..1000).map(|n| dot(n.into(), 106.2 + f64::from(n) * 1e-6, 38.6)).collect();
        let far = heaps(tile(), dots.clone());
        assert!(far.len() < 5, "{}", far.len());
        assert_eq!(far.iter().map(|heap| heap.count).sum::<u32>(), 1000);
        let close = heaps(TileId::new(16, 52_100, 25_100).unwrap(), dots);
        assert_eq!(close.len(), 1000);
    }

    #[test]
    fn a_tile_holds_what_touches_it_and_no_more() {
        let mut writer = TileWriter::new(tile());
        let road = Geometry::from(wkt!(LINESTRING(100. 38.7,110. 38.7)));
        let far = Geometry::from(wkt!(LINESTRING(100. 30.,110. 30.)));
        let lake = Geometry::from(wkt!(POLYGON((106.2 38.6,106.3 38.6,106.3 38.7,106.2 38.6))));
        let speck = Geometry::from(
            wkt!(POLYGON((106.2 38.6,106.2000001 38.6,106.2 38.6000001,106.2 38.6))),
        );
        assert!(writer.shape(1, &road, &[("kind", Tag::Text("road"))]).unwrap());
        assert!(!writer.shape(2, &far, &[]).unwrap());
        assert!(writer.shape(3, &lake, &[]).unwrap());
        assert!(!writer.shape(4, &speck, &[]).unwrap());
        assert!(tile().shows(&lake) && !tile().shows(&speck));
        for heap in heaps(tile(), [dot(5, 106.2, 38.6)]) {
            writer.heap(&heap, &[("n", Tag::Count(heap.count))]).unwrap();
        }
        let bytes = writer.bytes().unwrap();
        let has = |word: &str| bytes.windows(word.len()).any(|part| part == word.as_bytes());
        assert!(has("dots") && has("lines") && has("grounds") && has("road"));
        assert!(bytes.len() < 400, "the road is cut to the tile: {}", bytes.len());
        assert!(TileWriter::new(tile()).bytes().unwrap().is_empty());
    }
}
