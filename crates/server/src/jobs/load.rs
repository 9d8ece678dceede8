//! Rows of others into records, whatever they come from: checked one by one, stored in batches.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use helan_base::{Datum, Fault, Faulty, Kind, Record};
use helan_exchange::{Check, FileError, Mapping, Row, Rows};
use helan_kernel::{AreaCode, Ms, Text};
use helan_store::{
    StoreError,
    base::{Put, Wrote},
};

use crate::{base::BaseData, clock::Clock};

/// Rows of one transaction: a sync for each, and the writer is free for others in between.
const BATCH: usize = 2_000;

/// Counters that can be read while it runs.
#[derive(Debug, Default)]
pub struct Counts {
    /// Rows read.
    pub rows: AtomicU64,
    /// Bad rows.
    pub bad: AtomicU64,
    /// New objects.
    pub created: AtomicU64,
    /// Changed objects.
    pub updated: AtomicU64,
    /// Objects that were so already.
    pub same: AtomicU64,
    /// Values that wait for a decision.
    pub in_review: AtomicU64,
    /// Part of the file that was read, in thousandths.
    pub progress: AtomicU64,
}

impl Counts {
    /// Begins anew.
    pub fn reset(&self) {
        let objects = [&self.created, &self.updated, &self.same, &self.in_review];
        for counter in objects.into_iter().chain([&self.rows, &self.bad, &self.progress]) {
            counter.store(0, Ordering::Relaxed);
        }
    }
}

/// How rows become records.
#[derive(Clone, Debug)]
pub struct Way {
    /// Kind of the records.
    pub kind: Arc<Kind>,
    /// The area that they must lie in.
    pub area: AreaCode,
    /// Coordinate system of the rows.
    pub datum: Datum,
    /// Heading → field; none: passed over. Headings that are not named are guessed.
    pub mapping: BTreeMap<String, Option<String>>,
    /// Whether they are made up.
    pub synthetic: bool,
}

/// Why no further row is read.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// The file cannot be read on.
    #[error("{0}")]
    File(#[from] FileError),
    /// A heading was given to a field that the kind does not have.
    #[error("there is no field {0}")]
    NoField(String),
    /// The disk fails.
    #[error("{0}")]
    Store(#[from] StoreError),
}

impl Stopped {
    /// In the words of both languages.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::File(error) => error.words(),
            Self::NoField(field) => {
                Text { zh: format!("没有字段 {field}"), en: self.to_string() }
            }
            Self::Store(error) => {
                Text { zh: format!("无法保存：{error}"), en: self.to_string() }
            }
        }
    }
}

/// The columns of rows, and the field that each goes to.
///
/// # Errors
/// When a heading was given to a field that the kind does not have.
pub fn mapping(rows: &dyn Rows, way: &Way) -> Result<Mapping, Stopped> {
    Mapping::chosen(&way.kind, rows.heading(), &way.mapping).map_err(Stopped::NoField)
}

/// Reads rows from the first to the last and checks each.
///
/// # Errors
/// When they cannot be read on, or what `each` says.
pub fn walk(
    base: &BaseData,
    way: &Way,
    rows: &mut dyn Rows,
    mapping: Mapping,
    (counts, cancel): (&Counts, &AtomicBool),
    mut each: impl FnMut(&Row, Result<Record, Vec<Faulty>>) -> Result<(), StoreError>,
) -> Result<(), Stopped> {
    let areas = base.areas().clone();
    let mut check =
        Check::new(way.kind.clone(), mapping, way.datum, areas, way.area, way.synthetic);
    while !cancel.load(Ordering::Relaxed)
        && let Some(row) = rows.next()?
    {
        let count = counts.rows.fetch_add(1, Ordering::Relaxed);
        if count.is_multiple_of(256) {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "0 to 1000"
            )]
            let progress = (rows.progress() * 1000.0) as u64;
            counts.progress.store(progress, Ordering::Relaxed);
        }
        let result = check.row(&row).and_then(|record| may_replace(base, way, record));
        if result.is_err() {
            counts.bad.fetch_add(1, Ordering::Relaxed);
        }
        each(&row, result)?;
    }
    counts.progress.store(1000, Ordering::Relaxed);
    Ok(())
}

/// Whether the row may become what is known of its object: it must not take it out of somebody else's area, and what is made
/// up must not replace what is real.
fn may_replace(base: &BaseData, way: &Way, record: Record) -> Result<Record, Vec<Faulty>> {
    if way.area == AreaCode::ALL && !way.synthetic {
        return Ok(record);
    }
    // What cannot be read now cannot be stored a moment later either, and is told then.
    let known = base.get(&way.kind, &record.key).ok().flatten();
    let fault = match known {
        Some(known) if !way.area.contains(known.record.area) => Fault::NotAllowed,
        Some(known) if way.synthetic && !known.record.synthetic => Fault::Real,
        _ => return Ok(record),
    };
    Err(vec![Faulty { column: "key".to_owned(), fault }])
}

/// Records on their way into the base database.
pub struct Batch<'a> {
    base: &'a BaseData,
    kind: &'a Kind,
    origin: (u64, Option<Ms>),
    clock: &'a Clock,
    counts: &'a Counts,
    puts: Vec<Put>,
}

impl<'a> Batch<'a> {
    /// Begins; `origin` says where the facts come from, and of which moment they speak when that is not now.
    #[must_use]
    pub fn new(
        base: &'a BaseData,
        kind: &'a Kind,
        origin: (u64, Option<Ms>),
        clock: &'a Clock,
        counts: &'a Counts,
    ) -> Self {
        Self { base, kind, origin, clock, counts, puts: Vec::with_capacity(BATCH) }
    }

    /// Adds a record; its empty columns leave what is known.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn add(&mut self, record: Record) -> Result<(), StoreError> {
        self.puts.push(Put { record, whole: false });
        if self.puts.len() >= BATCH { self.store() } else { Ok(()) }
    }

    /// Stores what was added.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn store(&mut self) -> Result<(), StoreError> {
        let done = self.base.put_as_of(self.kind, &self.puts, self.origin, (self.clock)())?;
        self.counts.in_review.fetch_add(done.reviews, Ordering::Relaxed);
        for wrote in done.wrote {
            let counter = match wrote {
                Wrote::Created => &self.counts.created,
                Wrote::Updated => &self.counts.updated,
                Wrote::Same => &self.counts.same,
            };
            counter.fetch_add(1, Ordering::Relaxed);
        }
        self.puts.clear();
        Ok(())
    }
}
