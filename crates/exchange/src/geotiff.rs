//! Elevation models as GeoTIFF (OGC 19-008r4): heights on a grid of longitudes and latitudes, and the same on a grid of square metres for
//! the models of hazards.

use std::{
    fs::File,
    io::{BufReader, Read, Seek},
    path::Path,
};

use tiff::{
    ColorType, TiffError,
    decoder::{Decoder, DecodingResult, Limits},
    tags::Tag,
};

use crate::FileError;

/// Cells of a raster: half a million square kilometres at 250 m, or a prefecture at 30 m.
const MAX_CELLS: u64 = 16_000_000;
/// Bytes of a strip, a tile or the whole when unpacked: a raster of double floats.
const MAX_BYTES: usize = 8 * 16_000_000;
/// Metres of a degree of latitude on the mean sphere.
const DEGREE_M: f64 = 111_195.0;

/// Heights on a grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Raster {
    /// Cells in a row, from west to east.
    pub columns: usize,
    /// Rows, from north to south.
    pub rows: usize,
    /// Longitude and latitude of the northwest corner of the northwest cell, degrees.
    pub northwest: (f64, f64),
    /// Width and height of a cell, degrees.
    pub cell_deg: (f64, f64),
    /// Heights row by row, metres; NaN where the file has none.
    pub heights_m: Vec<f64>,
}

/// The same on square cells, as the models of hazards take them.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricRaster {
    /// Cells in a row.
    pub columns: usize,
    /// Side of a cell, metres.
    pub cell_m: f64,
    /// Longitude and latitude of the northwest corner, degrees.
    pub northwest: (f64, f64),
    /// Heights row by row, metres; NaN where unknown.
    pub heights_m: Vec<f64>,
}

/// Reads an elevation model in WGS 84 or CGCS2000, longitude and latitude, with one band.
///
/// # Errors
/// When it is no such file, is too large, breaks off, or lies in another coordinate system.
pub fn elevation(path: &Path) -> Result<Raster, FileError> {
    read(BufReader::new(File::open(path)?))
}

fn lies(why: impl ToString) -> FileError {
    FileError::Lies { expected: "GeoTIFF", why: why.to_string() }
}

fn broken(error: TiffError) -> FileError {
    match error {
        TiffError::IoError(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => {
            FileError::Io(error)
        }
        TiffError::LimitsExceeded => {
            FileError::TooLarge { what: "bytes in a raster", most: MAX_BYTES as u64 }
        }
        other => lies(other),
    }
}

fn read(file: impl Read + Seek) -> Result<Raster, FileError> {
    let mut limits = Limits::default();
    limits.decoding_buffer_size = MAX_BYTES;
    limits.intermediate_buffer_size = MAX_BYTES;
    let mut decoder = Decoder::new(file).map_err(broken)?.with_limits(limits);
    let (wide, high) = decoder.dimensions().map_err(broken)?;
    if u64::from(wide) * u64::from(high) > MAX_CELLS {
        return Err(FileError::TooLarge { what: "cells in a raster", most: MAX_CELLS });
    }
    if wide == 0 || high == 0 {
        return Err(FileError::Empty);
    }
    if !matches!(decoder.colortype().map_err(broken)?, ColorType::Gray(_)) {
        return Err(lies("it has more than one band: heights have one"));
    }
    let point = system(&mut decoder)?;
    let (northwest, cell_deg) = place(&mut decoder, point)?;
    let nothing = match decoder.find_tag(Tag::GdalNodata).map_err(broken)? {
        Some(value) => value.into_string().map_err(broken)?.trim().parse::<f64>().ok(),
        None => None,
    };
    let mut heights_m = heights(decoder.read_image().map_err(broken)?);
    let (columns, rows) = (index(wide), index(high));
    if heights_m.len() != columns.saturating_mul(rows) {
        return Err(lies("it holds another number of cells than it says"));
    }
    for height in &mut heights_m {
        // Software writes the same "nothing" as a float or with rounding; no height of the earth is near it.
        let missing = nothing.is_some_and(|n| (*height - n).abs() <= n.abs() * 1e-6);
        if missing || !height.is_finite() {
            *height = f64::NAN;
        }
    }
    Ok(Raster { columns, rows, northwest, cell_deg, heights_m })
}

fn index(of: u32) -> usize {
    usize::try_from(of).unwrap_or(usize::MAX)
}

fn heights(image: DecodingResult) -> Vec<f64> {
    match image {
        DecodingResult::U8(v) => v.into_iter().map(f64::from).collect(),
        DecodingResult::U16(v) => v.into_iter().map(f64::from).collect(),
        DecodingResult::U32(v) => v.into_iter().map(f64::from).collect(),
        DecodingResult::U64(v) => v.into_iter().map(|v| v as f64).collect(),
        DecodingResult::I8(v) => v.into_iter().map(f64::from).collect(),
        DecodingResult::I16(v) => v.into_iter().map(f64::from).collect(),
        DecodingResult::I32(v) => v.into_iter().map(f64::from).collect(),
        DecodingResult::I64(v) => v.into_iter().map(|v| v as f64).collect(),
        DecodingResult::F16(v) => v.into_iter().map(|v| v.to_f64()).collect(),
        DecodingResult::F32(v) => v.into_iter().map(f64::from).collect(),
        DecodingResult::F64(v) => v,
    }
}

/// Checks the coordinate system; whether a height belongs to the middle of its cell as to a point.
fn system(decoder: &mut Decoder<impl Read + Seek>) -> Result<bool, FileError> {
    const MODEL: u16 = 1024;
    const RASTER: u16 = 1025;
    const GEOGRAPHIC: u16 = 2048;
    const PROJECTED: u16 = 3072;
    /// WGS 84 and CGCS2000.
    const KNOWN: [u16; 2] = [4326, 4490];
    let directory = decoder.find_tag(Tag::GeoKeyDirectoryTag).map_err(broken)?;
    let Some(directory) = directory else {
        return Err(lies("it does not say where it lies (no GeoKeyDirectoryTag)"));
    };
    let keys = directory.into_u16_vec().map_err(broken)?;
    // After four numbers of head: key, where its value is (0: here), how many, value.
    let key = |wanted: u16| {
        keys.chunks_exact(4).skip(1).find_map(|entry| match entry {
            [key, 0, _, value] if *key == wanted => Some(*value),
            _ => None,
        })
    };
    if key(MODEL) != Some(2) {
        let system = key(PROJECTED).map_or_else(|| "?".to_owned(), |epsg| format!("EPSG:{epsg}"));
        return Err(FileError::System(system));
    }
    match key(GEOGRAPHIC) {
        Some(epsg) if KNOWN.contains(&epsg) => Ok(key(RASTER) == Some(2)),
        Some(epsg) => Err(FileError::System(format!("EPSG:{epsg}"))),
        None => Err(FileError::System("?".to_owned())),
    }
}

/// Northwest corner and size of a cell.
type Place = ((f64, f64), (f64, f64));

fn place(decoder: &mut Decoder<impl Read + Seek>, point: bool) -> Result<Place, FileError> {
    let mut numbers = |tag| match decoder.find_tag(tag).map_err(broken)? {
        Some(value) => value.into_f64_vec().map_err(broken),
        None => Ok(Vec::new()),
    };
    let scale = numbers(Tag::ModelPixelScaleTag)?;
    let tie = numbers(Tag::ModelTiepointTag)?;
    let matrix = numbers(Tag::ModelTransformationTag)?;
    let (x, y, dx, dy) = match (scale.as_slice(), tie.as_slice(), matrix.as_slice()) {
        ([dx, dy, ..], [i, j, _, x, y, ..], _) => (x - i * dx, y + j * dy, *dx, *dy),
        (_, _, [dx, across, _, x, down, minus_dy, _, y, ..]) => {
            if *across != 0.0 || *down != 0.0 {
                return Err(lies("its grid is turned; north must be up"));
            }
            (*x, *y, *dx, -minus_dy)
        }
        _ => return Err(lies("it does not say where it lies (no tie point and scale)")),
    };
    let half = if point { 0.5 } else { 0.0 };
    let (west, north) = (x - half * dx, y + half * dy);
    let sound = dx.is_finite() && dy.is_finite() && dx > 0.0 && dy > 0.0 && dx < 10.0 && dy < 10.0;
    if !sound || !(-181.0..=181.0).contains(&west) || !(-90.5..=90.5).contains(&north) {
        return Err(lies(format!("its place {west} {north} by {dx} {dy} degrees is not on earth")));
    }
    Ok(((west, north), (dx, dy)))
}

impl Raster {
    /// Height at a place, metres; none outside or where it is unknown.
    #[must_use]
    pub fn height_m(&self, longitude: f64, latitude: f64) -> Option<f64> {
        let column = cell((longitude - self.northwest.0) / self.cell_deg.0, self.columns)?;
        let row = cell((self.northwest.1 - latitude) / self.cell_deg.1, self.rows)?;
        let height = self.heights_m.get(row * self.columns + column).copied()?;
        height.is_finite().then_some(height)
    }

    /// The heights around a place on square cells as high as the raster's own, each from the nearest of its cells; at most
    /// 999 cells to each side.
    ///
    /// # Errors
    /// When nothing of it lies within the raster.
    pub fn around(
        &self,
        (longitude, latitude): (f64, f64),
        reach_m: f64,
    ) -> Result<MetricRaster, FileError> {
        /// Cells from the middle to the edge: 4 million in all, as many as a model takes.
        const MOST: u16 = 999;
        let cell_m = self.cell_deg.1 * DEGREE_M;
        let cells = (1..MOST).find(|n| f64::from(*n) * cell_m >= reach_m).unwrap_or(MOST);
        let east_deg = DEGREE_M * latitude.to_radians().cos().max(0.01);
        let half_m = f64::from(cells) * cell_m;
        let northwest = (longitude - half_m / east_deg, latitude + half_m / DEGREE_M);
        let middle = |i: u16| (f64::from(i) + 0.5) * cell_m;
        let mut heights_m = Vec::with_capacity(usize::from(2 * cells).pow(2));
        for row in 0..2 * cells {
            let north = northwest.1 - middle(row) / DEGREE_M;
            heights_m.extend((0..2 * cells).map(|column| {
                let east = northwest.0 + middle(column) / east_deg;
                self.height_m(east, north).unwrap_or(f64::NAN)
            }));
        }
        if heights_m.iter().all(|h| h.is_nan()) {
            return Err(FileError::Empty);
        }
        Ok(MetricRaster { columns: usize::from(2 * cells), cell_m, northwest, heights_m })
    }
}

/// The cell in which a place lies, counted from 0.
fn cell(place: f64, cells: usize) -> Option<usize> {
    if !place.is_finite() || place < 0.0 {
        return None;
    }
    let most = u32::try_from(cells).ok()?;
    // Halving instead of a cast, which could cut a number off.
    let (mut low, mut high) = (0, most);
    while low < high {
        let middle = low + (high - low) / 2;
        if f64::from(middle) + 1.0 > place { high = middle } else { low = middle + 1 }
    }
    (low < most).then(|| index(low))
}

#[cfg(test)]
mod tests;
