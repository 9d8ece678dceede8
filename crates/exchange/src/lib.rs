//! Other people's files: tables and maps come in as [`Row`]s whatever their format ([`open`]), are matched with the fields of a
//! kind ([`Mapping`]) and checked row by row ([`Check`]); records go out the same way.
//!
//! Knows bytes and records, no sockets, no SQL, no clock. Every reader has limits, and a file that lies about itself gets an
//! error that says so ([`FileError`]).

mod check;
mod csv;
mod geojson;
mod mapping;
mod row;
mod sheet;
mod table;

use std::{
    io::{Read, Seek},
    path::Path,
};

pub use check::Check;
pub use geojson::{geojson_areas, shape_of_json, shape_to_json};
pub use mapping::{Mapping, Target};
pub use row::{Cell, Row, Rows};
pub use sheet::Sheet;
pub use table::Table;

/// Why a file cannot be read at all, or not any further.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be read from the disk.
    #[error("the file cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// Not what its name says.
    #[error("this is no {expected} file: {why}")]
    Lies {
        /// What it claims to be.
        expected: &'static str,
        /// What gives it away.
        why: String,
    },
    /// The name ends in something that is not known.
    #[error("files that end in .{0} are not read; csv, tsv, geojson and json are")]
    Unknown(String),
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// It breaks off or does not follow its format, at about this row.
    #[error("row {row}: {why}")]
    Broken {
        /// Number of the row, as people count: the heading is row 1.
        row: u64,
        /// What is wrong.
        why: String,
    },
    /// Larger than what is read.
    #[error("more than {most} {what}")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How much is read.
        most: u64,
    },
}

/// Opens a file by the end of its name, and looks whether it is what the name says.
///
/// # Errors
/// When it is not, or cannot be read.
pub fn open<F: Read + Seek + Send + 'static>(
    name: &str,
    file: F,
) -> Result<Box<dyn Rows>, FileError> {
    let end = Path::new(name).extension().and_then(|end| end.to_str()).unwrap_or_default();
    Ok(match end.to_ascii_lowercase().as_str() {
        "csv" | "tsv" | "txt" => Box::new(csv::Reader::open(file)?),
        "geojson" | "json" => Box::new(geojson::Reader::open(file)?),
        other => return Err(FileError::Unknown(other.to_owned())),
    })
}
