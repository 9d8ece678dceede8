//! Shapes as a GeoPackage holds them (OGC 12-128r18, clause 2.1.3: a header, then well-known binary).

use geo::{BoundingRect, Geometry};
use geozero::{CoordDimensions, ToGeo, ToWkb, wkb::Wkb};

/// Number of WGS-84 among the reference systems.
pub const WGS84: i32 = 4326;

/// Shapes inside shapes, at most: collections of collections are nested only by mistake or malice.
const MAX_DEPTH: u8 = 4;

/// What is wrong with the bytes of a shape, or with a shape that is to become bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the shape: {0}")]
pub struct BlobError(String);

/// A shape as it is stored.
///
/// # Errors
/// When it is of a type that well-known binary does not have.
pub fn shape_to_blob(shape: &Geometry) -> Result<Vec<u8>, BlobError> {
    let bounds = shape.bounding_rect();
    // A point is its own envelope: it is left out, as the standard recommends.
    let envelope = match (shape, bounds) {
        (Geometry::Point(_), _) | (_, None) => Vec::new(),
        (_, Some(b)) => vec![b.min().x, b.max().x, b.min().y, b.max().y],
    };
    shape
        .to_gpkg_wkb(CoordDimensions::xy(), Some(WGS84), envelope)
        .map_err(|error| BlobError(error.to_string()))
}

/// A shape as PostGIS takes it: well-known binary with the number of its reference system.
///
/// # Errors
/// When it is of a type that well-known binary does not have.
pub fn shape_to_ewkb(shape: &Geometry) -> Result<Vec<u8>, BlobError> {
    shape.to_ewkb(CoordDimensions::xy(), Some(WGS84)).map_err(|error| BlobError(error.to_string()))
}

/// A stored shape. Heights and measures are passed over.
///
/// # Errors
/// When the bytes are no shape, or of a type without straight edges.
pub fn shape_of_blob(bytes: &[u8]) -> Result<Geometry, BlobError> {
    let binary = sound(bytes).ok_or_else(|| BlobError("its bytes are no shape".to_owned()))?;
    // Read without the header: the order of its bytes need not be that of what follows.
    Wkb(binary).to_geo().map_err(|error| BlobError(error.to_string()))
}

/// The well-known binary behind the header, when it holds all that it announces: the reader makes room for as many places.
fn sound(bytes: &[u8]) -> Option<&[u8]> {
    bytes.starts_with(b"GP").then_some(())?;
    let envelope = match bytes.get(3)? >> 1 & 0b111 {
        0 => 0,
        1 => 32,
        2 | 3 => 48,
        4 => 64,
        _ => return None,
    };
    let binary = bytes.get(8 + envelope..)?;
    Rest(binary).shape(0, None)?;
    Some(binary)
}

struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn skip(&mut self, count: usize) -> Option<()> {
        self.0 = self.0.get(count..)?;
        Some(())
    }

    fn number(&mut self, little: bool) -> Option<u32> {
        let bytes = self.0.first_chunk::<4>()?;
        let number = if little { u32::from_le_bytes(*bytes) } else { u32::from_be_bytes(*bytes) };
        self.skip(4)?;
        Some(number)
    }

    /// Places, as many as a count before them says.
    fn places(&mut self, little: bool, size: usize) -> Option<()> {
        let count = usize::try_from(self.number(little)?).ok()?;
        self.skip(count.checked_mul(size)?)
    }

    /// A shape; one inside a set of shapes must be of the type of the set.
    fn shape(&mut self, depth: u8, of: Option<u32>) -> Option<()> {
        let little = *self.0.first()? != 0;
        self.skip(1)?;
        let r#type = self.number(little)?;
        // Two numbers for each place, and one each for height and measure.
        let size = 16
            + match r#type / 1000 {
                0 => 0,
                1 | 2 => 8,
                3 => 16,
                _ => return None,
            };
        let r#type = r#type % 1000;
        of.is_none_or(|of| of == r#type).then_some(())?;
        match r#type {
            1 => self.skip(size),
            2 => self.places(little, size),
            3 => {
                let rings = self.number(little)?;
                // The smallest ring is its count.
                (rings as usize <= self.0.len() / 4).then_some(())?;
                (0..rings).try_for_each(|_| self.places(little, size))
            }
            4..=7 if depth < MAX_DEPTH => {
                let parts = self.number(little)?;
                // The smallest part has an order, a type and a count.
                (parts as usize <= self.0.len() / 9).then_some(())?;
                let of = (r#type < 7).then(|| r#type - 3);
                (0..parts).try_for_each(|_| self.shape(depth + 1, of))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use geo::{LineString, MultiPolygon, Polygon};
    use proptest::prelude::*;

    use super::*;

    fn shapes() -> Vec<Geometry> {
        let ring =
            LineString::from(vec![(106.0, 38.0), (106.1, 38.0), (106.1, 38.1), (106.0, 38.0)]);
        let polygon = Polygon::new(ring.clone(), vec![ring.clone()]);
        vec![
            Geometry::Point((106.123_456_789, 38.5).into()),
            ring.into(),
            MultiPolygon::new(vec![polygon.clone(), polygon]).into(),
        ]
    }

    #[test]
    fn shapes_come_back_as_they_were() {
        for shape in shapes() {
            assert_eq!(shape_of_blob(&shape_to_blob(&shape).unwrap()), Ok(shape));
        }
    }

    #[test]
    fn a_count_that_lies_makes_no_room() {
        let mut bytes = shape_to_blob(&shapes()[1]).unwrap();
        let count = bytes.len() - 4 * 16 - 4;
        bytes[count..count + 4].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(shape_of_blob(&bytes).is_err());
        // A header in one order, a line with 2^24 places in the other.
        let mut mixed = b"GP\x00\x01\xe6\x10\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x01".to_vec();
        mixed.extend([0; 16]);
        assert!(
            matches!(shape_of_blob(&mixed), Ok(Geometry::LineString(line)) if line.0.len() == 1)
        );
        for bytes in [&b""[..], b"GP", b"GP\x00\x01\xe6\x10\x00\x00"] {
            assert!(shape_of_blob(bytes).is_err());
        }
    }

    proptest! {
        #[test]
        fn damaged_shapes_end_well(which in 0..3_usize, at in 0..200_usize, byte in any::<u8>()) {
            let mut bytes = shape_to_blob(&shapes()[which]).unwrap();
            let at = at % bytes.len();
            bytes[at] = byte;
            drop(shape_of_blob(&bytes));
            drop(shape_of_blob(&bytes[..at]));
        }
    }
}
