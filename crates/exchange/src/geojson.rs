//! Maps as GeoJSON (RFC 7946): a collection of features.

use std::{
    collections::BTreeSet,
    io::{Read, Seek, SeekFrom},
};

use geo::Geometry;
use geojson::{Feature, GeoJson, GeometryValue};
use helan_base::Area;
use helan_kernel::AreaCode;
use serde_json::Value;

use crate::{Cell, FileError, Row, Rows};

/// Largest file: it is read as a whole, and takes some times its size of memory.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// A map whose features are given one by one.
pub struct Reader {
    heading: Vec<String>,
    features: std::vec::IntoIter<Feature>,
    count: usize,
}

impl Reader {
    /// Reads a map.
    pub fn open<F: Read + Seek>(mut file: F) -> Result<Self, FileError> {
        let size = file.seek(SeekFrom::End(0))?;
        file.rewind()?;
        if size > MAX_BYTES {
            return Err(FileError::TooLarge { what: "bytes of GeoJSON", most: MAX_BYTES });
        }
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(|error| lies(&error.to_string()))?;
        let text = text.trim_start_matches('\u{feff}');
        if text.trim().is_empty() {
            return Err(FileError::Empty);
        }
        let features = match text.parse::<GeoJson>() {
            Ok(GeoJson::FeatureCollection(all)) => all.features,
            Ok(GeoJson::Feature(one)) => vec![one],
            Ok(GeoJson::Geometry(_)) => return Err(lies("a shape alone has no name and no key")),
            Err(error) => return Err(lies(&error.to_string())),
        };
        let names: BTreeSet<&String> =
            features.iter().filter_map(|f| f.properties.as_ref()).flat_map(|p| p.keys()).collect();
        let heading = names.into_iter().cloned().collect();
        Ok(Self { heading, count: features.len(), features: features.into_iter() })
    }
}

fn lies(why: &str) -> FileError {
    FileError::Lies { expected: "GeoJSON", why: why.to_owned() }
}

/// The areas of a map whose features have `code` and `name`.
///
/// # Errors
/// When it is no such map.
pub fn geojson_areas(text: &str) -> Result<Vec<Area>, FileError> {
    let mut reader = Reader::open(std::io::Cursor::new(text.as_bytes()))?;
    let heading = reader.heading.clone();
    let mut areas = Vec::new();
    while let Some(row) = reader.next()? {
        let cell = |name: &str| {
            let place = heading.iter().position(|heading| heading == name);
            place.and_then(|place| row.cells.get(place))
        };
        let (Some(Cell::Number(code)), Some(Cell::Text(name))) = (cell("code"), cell("name"))
        else {
            return Err(lies("an area has no code or name"));
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "nine digits")]
        let code = AreaCode(*code as u32);
        areas.push(Area { code, name: name.clone(), ground: row.shape });
    }
    Ok(areas)
}

/// A shape as GeoJSON.
#[must_use]
pub fn shape_to_json(shape: &Geometry) -> Value {
    serde_json::to_value(geojson::Geometry::from(shape)).unwrap_or(Value::Null)
}

/// A shape from GeoJSON.
///
/// # Errors
/// When it is none.
pub fn shape_of_json(json: Value) -> Result<Geometry, FileError> {
    let shape = serde_json::from_value::<geojson::Geometry>(json)
        .map_err(|error| lies(&error.to_string()))?;
    converted(shape).map_err(|why| lies(&why))
}

/// As a shape of ours. The conversion takes for granted that every place has two numbers; a file may say otherwise.
fn converted(shape: geojson::Geometry) -> Result<Geometry, String> {
    if !has_places(&shape) {
        return Err("a place has less than two numbers".to_owned());
    }
    Geometry::try_from(shape).map_err(|error| error.to_string())
}

fn has_places(shape: &geojson::Geometry) -> bool {
    let place = |at: &geojson::Position| at.as_slice().len() >= 2;
    match &shape.value {
        GeometryValue::Point { coordinates } => place(coordinates),
        GeometryValue::MultiPoint { coordinates } | GeometryValue::LineString { coordinates } => {
            coordinates.iter().all(place)
        }
        GeometryValue::MultiLineString { coordinates } | GeometryValue::Polygon { coordinates } => {
            coordinates.iter().flatten().all(place)
        }
        GeometryValue::MultiPolygon { coordinates } => {
            coordinates.iter().flatten().flatten().all(place)
        }
        GeometryValue::GeometryCollection { geometries } => geometries.iter().all(has_places),
    }
}

/// A value as a cell.
pub fn cell(value: Option<Value>) -> Cell {
    match value {
        None | Some(Value::Null) => Cell::Empty,
        Some(Value::Bool(flag)) => Cell::Flag(flag),
        Some(Value::Number(number)) => number.as_f64().map_or(Cell::Empty, Cell::Number),
        Some(Value::String(text)) => Cell::Text(text),
        Some(other) => Cell::Text(other.to_string()),
    }
}

impl Rows for Reader {
    fn heading(&self) -> &[String] {
        &self.heading
    }

    fn next(&mut self) -> Result<Option<Row>, FileError> {
        let number = (self.count - self.features.len()) as u64 + 1;
        let Some(feature) = self.features.next() else { return Ok(None) };
        let shape = feature.geometry.map(converted).transpose();
        let shape = shape.map_err(|why| FileError::Broken { row: number, why })?;
        let mut properties = feature.properties.unwrap_or_default();
        let cells = self.heading.iter().map(|name| cell(properties.remove(name)));
        Ok(Some(Row { number, cells: cells.collect(), shape, ..Row::default() }))
    }

    fn progress(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "only shown")]
        let rest = self.features.len() as f64 / self.count.max(1) as f64;
        1.0 - rest
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn open(text: &str) -> Result<Reader, FileError> {
        Reader::open(Cursor::new(text.as_bytes().to_vec()))
    }

    #[test]
    fn features_become_rows() {
        let mut reader = open(
            r#"{"type":"FeatureCollection","features":[
              {"type":"Feature","properties":{"name":"站","beds":3,"open":true,"x":null},"geometry":{"type":"Point","coordinates":[106,38]}},
              {"type":"Feature","properties":{"name":"路"},"geometry":null}]}"#,
        )
        .unwrap();
        assert_eq!(reader.heading(), ["beds", "name", "open", "x"]);
        let row = reader.next().unwrap().unwrap();
        assert_eq!(
            row.cells,
            [Cell::Number(3.0), Cell::Text("站".into()), Cell::Flag(true), Cell::Empty]
        );
        assert_eq!(row.shape, Some(Geometry::Point((106.0, 38.0).into())));
        assert_eq!(reader.next().unwrap().unwrap().number, 2);
        assert!(reader.next().unwrap().is_none());
    }

    #[test]
    fn what_is_no_map_is_told() {
        for text in
            ["", "  ", "{}", "[1,2]", "name,beds\n", r#"{"type":"Point","coordinates":[1,2]}"#]
        {
            assert!(open(text).is_err(), "{text}");
        }
        let short =
            r#"{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[1]}}"#;
        let read = open(short).and_then(|mut reader| reader.next());
        assert!(read.is_err());
    }
}
