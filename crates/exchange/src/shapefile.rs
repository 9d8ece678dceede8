//! Shapefiles (ESRI white paper of July 1998): a .zip with the .shp of shapes and the .dbf of attributes, row by row.

mod dbf;

use std::{
    fs::File,
    io::{BufReader, Read, Seek},
    path::Path,
};

use geo::Geometry;
use helan_base::Fault;
use shapefile::{Shape, ShapeReader};

use crate::{
    FileError, Row, archive,
    pump::{Head, Outlet, Pump, Stop},
};

/// Largest .prj and .cpg: they are a line of text.
const MAX_TEXT: u64 = 16 * 1024;

/// What lies beside each other in the archive under one name.
struct Parts {
    shapes: File,
    table: File,
    /// Where the coordinates lie (WKT); empty when nothing says so.
    system: String,
    /// How the text is encoded; empty when nothing says so.
    encoding: String,
}

/// Opens an archive: the shapefile with this name, or the first one.
/// Its parts are unpacked beside it.
pub fn open(path: &Path, layer: Option<&str>) -> Result<Pump, FileError> {
    let file = BufReader::new(File::open(path)?);
    let (mut archive, entries) = archive::checked(file, "shapefile (.zip)", |_, _| Ok(()))?;
    let folder = path.parent().unwrap_or(path);
    let mut layers: Vec<String> = entries
        .iter()
        // What the system of Apple adds to an archive.
        .filter(|entry| !entry.name.starts_with("__MACOSX"))
        .filter_map(|entry| stem(&entry.name, "shp"))
        .map(str::to_owned)
        .collect();
    let chosen = match layer {
        Some(name) if layers.iter().any(|known| known == name) => name.to_owned(),
        Some(name) => return Err(FileError::NoLayer(name.to_owned())),
        None => layers.first().ok_or_else(|| lies("it has no .shp"))?.clone(),
    };
    layers.sort_by_key(|name| *name != chosen);
    let place =
        |end: &str| entries.iter().position(|entry| stem(&entry.name, end) == Some(&chosen));
    let mut unpacked = |end: &str| -> Result<Option<File>, FileError> {
        let Some(place) = place(end) else { return Ok(None) };
        let mut entry = archive.by_index(place).map_err(|error| lies(&error.to_string()))?;
        // A file without a name, gone when it is closed; its size was looked at before.
        let mut file = tempfile::tempfile_in(folder)?;
        std::io::copy(&mut entry, &mut file)?;
        file.rewind()?;
        Ok(Some(file))
    };
    let shapes = unpacked("shp")?.ok_or_else(|| lies("it has no .shp"))?;
    let table = unpacked("dbf")?.ok_or_else(|| lies("it has no .dbf beside the .shp"))?;
    let mut text = |end: &str| -> Result<String, FileError> {
        let mut bytes = Vec::new();
        if let Some(file) = unpacked(end)? {
            file.take(MAX_TEXT).read_to_end(&mut bytes)?;
        }
        Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
    };
    let (system, encoding) = (text("prj")?, text("cpg")?);
    let parts = Parts { shapes, table, system, encoding };
    Pump::start(move |out| read(parts, layers, out))
}

/// The name before an ending, when that is its ending.
fn stem<'a>(name: &'a str, end: &str) -> Option<&'a str> {
    let (stem, found) = name.rsplit_once('.')?;
    found.eq_ignore_ascii_case(end).then_some(stem)
}

fn lies(why: &str) -> FileError {
    FileError::Lies { expected: "shapefile (.zip)", why: why.to_owned() }
}

fn read(parts: Parts, layers: Vec<String>, out: &Outlet) -> Result<(), Stop> {
    let mut shapes =
        ShapeReader::new(BufReader::new(parts.shapes)).map_err(|error| lies(&error.to_string()))?;
    let bounds = shapes.header().bbox;
    let degrees = [bounds.min.x, bounds.max.x, bounds.min.y, bounds.max.y]
        .iter()
        .all(|number| number.abs() <= 180.0);
    accept(&parts.system, degrees)?;
    let mut table = dbf::Table::open(BufReader::new(parts.table), &parts.encoding)?;
    out.head(Head { heading: table.heading().to_vec(), layers })?;
    let mut shapes = shapes.iter_shapes();
    let mut number = 0_u64;
    while let Some(cells) = table.next(number + 1)? {
        number += 1;
        let shape = match shapes.next() {
            None => {
                let why = "the .shp has fewer records than the .dbf".to_owned();
                return Err(FileError::Broken { row: number, why }.into());
            }
            Some(shape) => {
                shape.map_err(|error| FileError::Broken { row: number, why: error.to_string() })?
            }
        };
        // A row that was deleted keeps its place until somebody packs the file.
        let Some(cells) = cells else { continue };
        let mut row = Row { number, cells, ..Row::default() };
        if !matches!(shape, Shape::NullShape) {
            match Geometry::try_from(shape) {
                Ok(shape) => row.shape = Some(single(shape)),
                Err(_) => row.faults.push((None, Fault::WrongShape)),
            }
        }
        out.row(row)?;
        if number.is_multiple_of(256) {
            out.progress(number, table.count());
        }
    }
    Ok(())
}

/// The format knows sets only; a set of one is the one.
fn single(shape: Geometry) -> Geometry {
    match shape {
        Geometry::MultiLineString(mut lines) if lines.0.len() == 1 => {
            lines.0.pop().map_or(Geometry::MultiLineString(lines), Geometry::LineString)
        }
        Geometry::MultiPolygon(mut polygons) if polygons.0.len() == 1 => {
            polygons.0.pop().map_or(Geometry::MultiPolygon(polygons), Geometry::Polygon)
        }
        Geometry::MultiPoint(mut points) if points.0.len() == 1 => {
            points.0.pop().map_or(Geometry::MultiPoint(points), Geometry::Point)
        }
        shape => shape,
    }
}

/// Refuses a reference system whose numbers are not degrees on WGS-84 or CGCS2000. Many files do not say; then numbers that can
/// be degrees are taken for such.
fn accept(system: &str, degrees: bool) -> Result<(), FileError> {
    const KNOWN: [&str; 5] = ["WGS1984", "WGS84", "CGCS2000", "CHINA2000", "CHINAGEODETIC"];
    if system.is_empty() {
        let unknown = || FileError::System("a system that no .prj names".to_owned());
        return if degrees { Ok(()) } else { Err(unknown()) };
    }
    let plain: String =
        system.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_uppercase();
    let geographic = plain.starts_with("GEOG");
    if geographic && KNOWN.iter().any(|known| plain.contains(known)) {
        return Ok(());
    }
    let name = system.split('"').nth(1).unwrap_or(system);
    Err(FileError::System(name.chars().take(100).collect()))
}

#[cfg(test)]
mod tests;
