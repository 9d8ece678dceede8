//! Records of the base database as a file for other programs: written to the disk first, so that a slow reader holds up nothing,
//! and what comes out wrong is never half sent.

use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use helan_base::{Kind, Record, RecordId};
use helan_exchange::{Export, ExportError, TableFormat};
use helan_kernel::AreaCode;
use helan_store::{
    StoreError,
    base::{Extract, Page},
};
use tokio::sync::Semaphore;

use crate::base::BaseData;

/// Largest file: as large as what is taken in.
const MAX_BYTES: u64 = super::import::MAX_BYTES;
/// Records read at once: others ask the file in between.
const BATCH: usize = 1_000;
/// Files written at the same time; each takes a core.
const AT_ONCE: usize = 2;
/// Files that are written or sent: a slow reader keeps one on the disk.
const OPEN: usize = 16;

/// What a file can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Text with commas, a map, or a workbook.
    Table(TableFormat),
    /// A GeoPackage.
    GeoPackage,
}

impl Format {
    /// Whether it holds several kinds.
    #[must_use]
    pub fn holds_many(self) -> bool {
        matches!(self, Self::GeoPackage | Self::Table(TableFormat::Xlsx))
    }

    /// End of the file's name.
    #[must_use]
    pub const fn end(self) -> &'static str {
        match self {
            Self::Table(TableFormat::Csv { .. }) => "csv",
            Self::Table(TableFormat::GeoJson) => "geojson",
            Self::Table(TableFormat::Xlsx) => "xlsx",
            Self::GeoPackage => "gpkg",
        }
    }

    /// Type for HTTP.
    #[must_use]
    pub const fn media(self) -> &'static str {
        match self {
            Self::Table(TableFormat::Csv { .. }) => "text/csv; charset=utf-8",
            Self::Table(TableFormat::GeoJson) => "application/geo+json",
            Self::Table(TableFormat::Xlsx) => {
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            }
            Self::GeoPackage => "application/geopackage+sqlite3",
        }
    }
}

/// What is to be written.
pub struct Wanted {
    /// Kinds, one after the other.
    pub kinds: Vec<Arc<Kind>>,
    /// Only records in this area; none: nothing lies in it.
    pub area: Option<AreaCode>,
    /// As what.
    pub format: Format,
    /// Whether private fields are written as they are.
    pub private: bool,
    /// Whether headings are Chinese.
    pub chinese: bool,
}

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// Larger than a file may be, or than its format can hold.
    #[error("too large")]
    TooLarge,
    /// Nobody waits for it any more.
    #[error("cancelled")]
    Cancelled,
    /// The disk fails.
    #[error("{0}")]
    Disk(String),
}

impl From<ExportError> for Failed {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::TooLarge => Self::TooLarge,
            other => Self::Disk(other.to_string()),
        }
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        if error.is_full() { Self::TooLarge } else { Self::Disk(error.to_string()) }
    }
}

impl From<std::io::Error> for Failed {
    fn from(error: std::io::Error) -> Self {
        Self::Disk(error.to_string())
    }
}

/// Where files are written.
pub struct Exports {
    folder: PathBuf,
    /// Taken by each file while it is written.
    pub at_once: Semaphore,
    /// Taken by each file until it was sent.
    pub open: Arc<Semaphore>,
}

enum Out {
    Table(Export<File>),
    GeoPackage(Box<Extract>),
}

impl Exports {
    /// Files are kept in this folder while they are written; what an earlier run left there goes.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub fn new(data: &Path) -> std::io::Result<Self> {
        let folder = data.join("exports");
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir(&folder)?;
        let open = Arc::new(Semaphore::new(OPEN));
        Ok(Self { folder, at_once: Semaphore::new(AT_ONCE), open })
    }

    /// Writes a file; gives it, to be read from its beginning, and how many records it has. It has no name any more, and goes
    /// when it is closed.
    ///
    /// # Errors
    /// When there is none.
    pub fn write(
        &self,
        base: &BaseData,
        wanted: &Wanted,
        cancelled: &AtomicBool,
    ) -> Result<(File, u64), Failed> {
        let place = tempfile::Builder::new().suffix(".part").tempfile_in(&self.folder)?;
        let mut out = match wanted.format {
            Format::Table(format) => {
                let file = place.reopen()?;
                let export = Export::new(format, file, &self.folder, MAX_BYTES, wanted.chinese)?;
                Out::Table(export)
            }
            Format::GeoPackage => {
                Out::GeoPackage(Box::new(Extract::create(place.path(), MAX_BYTES)?))
            }
        };
        let mut count = 0;
        for kind in &wanted.kinds {
            count += one(base, wanted, kind, &mut out, cancelled)?;
        }
        match out {
            Out::Table(export) => export.finish()?,
            Out::GeoPackage(extract) => extract.finish()?,
        }
        Ok((File::open(place.path())?, count))
    }
}

/// The records of a kind.
fn one(
    base: &BaseData,
    wanted: &Wanted,
    kind: &Arc<Kind>,
    out: &mut Out,
    cancelled: &AtomicBool,
) -> Result<u64, Failed> {
    // A workbook with some dozen empty sheets helps nobody; a layer of a map may be empty.
    let late = wanted.kinds.len() > 1 && matches!(out, Out::Table(_));
    if !late {
        begin(out, kind)?;
    }
    let Some(area) = wanted.area else { return Ok(0) };
    let (mut after, mut count) = (RecordId(0), 0);
    loop {
        if cancelled.load(Ordering::Relaxed) {
            return Err(Failed::Cancelled);
        }
        let part = base.read().list(&kind.key, Page { area, after, most: BATCH })?;
        let Some(last) = part.last() else { return Ok(count) };
        after = last.id;
        if late && count == 0 {
            begin(out, kind)?;
        }
        count += part.len() as u64;
        let mut records: Vec<Record> = part.into_iter().map(|stored| stored.record).collect();
        if !wanted.private {
            for record in &mut records {
                kind.blur(record);
            }
        }
        match out {
            Out::Table(export) => records.iter().try_for_each(|record| export.add(record))?,
            Out::GeoPackage(extract) => extract.add(&records)?,
        }
    }
}

fn begin(out: &mut Out, kind: &Arc<Kind>) -> Result<(), Failed> {
    match out {
        Out::Table(export) => export.kind(kind)?,
        Out::GeoPackage(extract) => extract.kind(kind)?,
    }
    Ok(())
}
