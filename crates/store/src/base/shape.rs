//! Shapes as a GeoPackage holds them (OGC 12-128r18, clause 2.1.3: a header, then well-known binary).

use geo::{BoundingRect, Geometry};
use geozero::{CoordDimensions, ToGeo, ToWkb, wkb::GpkgWkb};

use rusqlite::types::ValueRef;

use crate::StoreError;

/// Number of WGS-84 among the reference systems.
pub const WGS84: i32 = 4326;

/// A shape as it is stored.
pub fn write(shape: &Geometry) -> Result<Vec<u8>, StoreError> {
    let bounds = shape.bounding_rect();
    // A point is its own envelope: it is left out, as the standard recommends.
    let envelope = match (shape, bounds) {
        (Geometry::Point(_), _) | (_, None) => Vec::new(),
        (_, Some(b)) => vec![b.min().x, b.max().x, b.min().y, b.max().y],
    };
    shape
        .to_gpkg_wkb(CoordDimensions::xy(), Some(WGS84), envelope)
        .map_err(|error| StoreError::Damaged(format!("a shape cannot be written: {error}")))
}

/// A stored shape.
pub fn read(cell: ValueRef<'_>) -> Result<Option<Geometry>, StoreError> {
    let bytes = match cell {
        ValueRef::Null => return Ok(None),
        ValueRef::Blob(bytes) => bytes,
        _ => return Err(StoreError::Damaged("a shape is not bytes".into())),
    };
    GpkgWkb(bytes)
        .to_geo()
        .map(Some)
        .map_err(|error| StoreError::Damaged(format!("a shape cannot be read: {error}")))
}
