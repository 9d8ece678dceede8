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

/// Bytes unpacked at once.
const PIECE: usize = 64 * 1024;

/// An entry as it really is.
pub struct Entry {
    /// Its name, with the folders before it.
    pub name: String,
    /// Its size in bytes, unpacked.
    pub size: u64,
}

/// Unpacks every entry into nothing, because what an archive says of its own sizes may be a lie; gives the entries. What is
/// unpacked is shown to `look` piece by piece, with the name of its entry.
pub fn checked<F: Read + Seek>(
    file: F,
    expected: &'static str,
    mut look: impl FnMut(&str, &[u8]) -> Result<(), FileError>,
) -> Result<(ZipArchive<F>, Vec<Entry>), FileError> {
    let lies = |why: String| FileError::Lies { expected, why };
    let mut archive = ZipArchive::new(file).map_err(|error| lies(error.to_string()))?;
    if archive.len() > MAX_ENTRIES {
        return Err(FileError::Bomb(format!("more than {MAX_ENTRIES} entries")));
    }
    let mut entries = Vec::with_capacity(archive.len());
    let mut total = 0_u64;
    let mut piece = vec![0; PIECE];
    for place in 0..archive.len() {
        let entry = archive.by_index(place).map_err(|error| lies(error.to_string()))?;
        let name = entry.name().map_err(|error| lies(error.to_string()))?.into_owned();
        let most = MAX_BYTES.saturating_sub(total);
        let most = most.min(entry.compressed_size().saturating_mul(MAX_RATIO).max(SMALL));
        let mut bounded = entry.take(most + 1);
        let mut size = 0;
        loop {
            let read =
                bounded.read(&mut piece).map_err(|error| lies(format!("{name}: {error}")))?;
            if read == 0 {
                break;
            }
            size += read as u64;
            if size > most {
                return Err(FileError::Bomb(format!("{name} unpacks to more than {most} bytes")));
            }
            look(&name, piece.get(..read).unwrap_or_default())?;
        }
        total += size;
        entries.push(Entry { name, size });
    }
    Ok((archive, entries))
}
