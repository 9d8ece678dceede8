//! Zip archives, which spreadsheets and shapefiles are: nothing in one is used before it is known that all of it fits.

use std::io::{Read, Seek};

use zip::ZipArchive;

use crate::FileError;

/// Entries of an archive: a workbook of a hundred sheets with pictures has some hundred.
const MAX_ENTRIES: usize = 2_000;
/// Bytes of all entries, unpacked: what a workbook with a million rows and some dozen columns comes to.
const MAX_BYTES: u64 = 2 * 1024 * 1024 * 1024;
/// Times that an entry may grow. Deflate reaches 1 032; sheets that repeat themselves stay below 100.
const MAX_RATIO: u64 = 300;
/// Entries below this size may grow as they like.
const SMALL: u64 = 4 * 1024 * 1024;

/// An entry as it really is.
pub struct Entry {
    /// Its name, with the folders before it.
    pub name: String,
    /// Its size in bytes, unpacked.
    pub size: u64,
}

/// Unpacks every entry into nothing, because what an archive says of its own sizes may be a lie; gives the entries.
pub fn checked<F: Read + Seek>(
    file: F,
    expected: &'static str,
) -> Result<(ZipArchive<F>, Vec<Entry>), FileError> {
    let lies = |why: String| FileError::Lies { expected, why };
    let mut archive = ZipArchive::new(file).map_err(|error| lies(error.to_string()))?;
    if archive.len() > MAX_ENTRIES {
        return Err(FileError::Bomb(format!("more than {MAX_ENTRIES} entries")));
    }
    let mut entries = Vec::with_capacity(archive.len());
    let mut total = 0_u64;
    for place in 0..archive.len() {
        let entry = archive.by_index(place).map_err(|error| lies(error.to_string()))?;
        let name = entry.name().map_err(|error| lies(error.to_string()))?.into_owned();
        let most = MAX_BYTES.saturating_sub(total);
        let most = most.min(entry.compressed_size().saturating_mul(MAX_RATIO).max(SMALL));
        let mut bounded = entry.take(most + 1);
        let size = std::io::copy(&mut bounded, &mut std::io::sink())
            .map_err(|error| lies(format!("{name}: {error}")))?;
        if size > most {
            return Err(FileError::Bomb(format!("{name} unpacks to more than {most} bytes")));
        }
        total += size;
        entries.push(Entry { name, size });
    }
    Ok((archive, entries))
}
