//! Files that people bring for the base database: first looked through without storing anything, then loaded. One is worked on
//! at a time, on a thread that gives way to the chain of alarms; each shows how far it is and can be cancelled.

use std::{
    collections::{BTreeMap, VecDeque},
    fs::File,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use helan_base::{Datum, Faulty, Kind, Origin, Source};
use helan_exchange::{Check, FileError, Mapping, Row, Sheet};
use helan_kernel::{AreaCode, Ms};
use helan_store::{
    StoreError,
    base::{Put, Wrote},
};

use crate::{base::BaseData, clock::Clock, text::Language};

/// Largest file that is taken.
pub const MAX_BYTES: u64 = 1024 * 1024 * 1024;
/// Imports that are remembered; the oldest that is not under way goes.
const KEPT: usize = 20;
/// Rows of one transaction: a sync for each, and the writer is free for others in between.
const BATCH: usize = 2_000;
/// Bad rows that are shown.
const SHOWN: usize = 200;
/// Largest sheet of bad rows: whoever has more of them has brought the wrong file.
const MAX_SHEET: usize = 32 * 1024 * 1024;

/// Where an import stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Its rows are being looked through.
    Checking,
    /// All rows were looked through; nothing is stored yet.
    Checked,
    /// Its good rows are being stored.
    Loading,
    /// Its good rows are stored.
    Loaded,
    /// Somebody ended it; what was stored until then stays.
    Cancelled,
    /// The file or the disk did not let it go on.
    Failed(String),
}

impl State {
    const fn is_over(&self) -> bool {
        !matches!(self, Self::Checking | Self::Loading)
    }
}

/// Who brings a file of what.
#[derive(Clone, Debug)]
pub struct Brought {
    /// Kind of its rows.
    pub kind: Arc<Kind>,
    /// Name of the file.
    pub name: String,
    /// Account.
    pub by: String,
    /// The area that its rows must lie in.
    pub area: AreaCode,
    /// Language of whoever brings it.
    pub language: Language,
    /// Whether its objects are made up.
    pub synthetic: bool,
    /// The moment that it speaks of; none: when it is brought.
    pub as_of: Option<Ms>,
}

/// How it shall be read.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// Coordinate system.
    pub datum: Datum,
    /// Heading → field.
    pub mapping: BTreeMap<String, Option<String>>,
}

/// What was found so far.
#[derive(Debug, Default)]
pub struct Found {
    /// Headings, and the field that each goes to.
    pub columns: Vec<(String, Option<String>)>,
    /// How often each fault was found.
    pub faults: BTreeMap<&'static str, u64>,
    /// The first bad rows.
    pub first: Vec<(u64, Vec<Faulty>)>,
    /// The sheet of bad rows.
    pub sheet: Vec<u8>,
}

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
    fn reset(&self) {
        let objects = [&self.created, &self.updated, &self.same, &self.in_review];
        for counter in objects.into_iter().chain([&self.rows, &self.bad, &self.progress]) {
            counter.store(0, Ordering::Relaxed);
        }
    }
}

/// One import.
pub struct Import {
    /// Its number.
    pub id: u64,
    /// Who brought what.
    pub brought: Brought,
    /// How far it is.
    pub counts: Counts,
    state: Mutex<State>,
    found: Mutex<Found>,
    choice: Mutex<Choice>,
    path: PathBuf,
    cancel: AtomicBool,
}

impl Import {
    /// Where it stands.
    pub fn state(&self) -> State {
        lock(&self.state).clone()
    }

    /// What was found so far.
    pub fn found(&self) -> MutexGuard<'_, Found> {
        lock(&self.found)
    }

    /// Ends it soon.
    pub fn cancel(&self) {
        self.cancel.store(true, Ordering::Relaxed);
        let mut state = lock(&self.state);
        if *state == State::Checked {
            *state = State::Cancelled;
        }
    }

    fn begin(&self, state: State) {
        self.cancel.store(false, Ordering::Relaxed);
        self.counts.reset();
        *lock(&self.state) = state;
    }

    fn is_cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }
}

impl Drop for Import {
    fn drop(&mut self) {
        // What cannot be removed now is removed with the folder at the next start.
        drop(std::fs::remove_file(&self.path));
    }
}

/// All imports.
pub struct Imports {
    folder: PathBuf,
    all: Mutex<VecDeque<Arc<Import>>>,
    next: AtomicU64,
    /// Held by the one that is worked on.
    working: Mutex<()>,
    clock: Clock,
}

/// Why an import cannot be done what is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It is under way.
    UnderWay,
    /// It was not looked through yet, or is over.
    NotChecked,
}

impl Imports {
    /// Files are kept in this folder while they are worked on; what an earlier run left there goes.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub fn new(data: &Path, clock: Clock) -> std::io::Result<Self> {
        let folder = data.join("imports");
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir(&folder)?;
        let (all, next, working) = (Mutex::default(), AtomicU64::new(1), Mutex::default());
        Ok(Self { folder, all, next, working, clock })
    }

    /// A file to write into, for an import that is about to come.
    pub fn place(&self) -> (u64, PathBuf) {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        (id, self.folder.join(id.to_string()))
    }

    /// Takes a file that was written to its place.
    pub fn add(&self, id: u64, path: PathBuf, brought: Brought, choice: Choice) -> Arc<Import> {
        let import = Arc::new(Import {
            id,
            brought,
            counts: Counts::default(),
            state: Mutex::new(State::Checking),
            found: Mutex::default(),
            choice: Mutex::new(choice),
            path,
            cancel: AtomicBool::new(false),
        });
        let mut all = lock(&self.all);
        all.push_back(import.clone());
        while all.len() > KEPT
            && let Some(oldest) = all.iter().position(|import| import.state().is_over())
        {
            all.remove(oldest);
        }
        import
    }

    /// The import with this number.
    pub fn get(&self, id: u64) -> Option<Arc<Import>> {
        lock(&self.all).iter().find(|import| import.id == id).cloned()
    }

    /// All of them, newest first.
    pub fn all(&self) -> Vec<Arc<Import>> {
        lock(&self.all).iter().rev().cloned().collect()
    }

    /// Says anew how a file shall be read; it must be looked through again.
    ///
    /// # Errors
    /// When it is under way.
    pub fn choose(&self, import: &Import, choice: Choice) -> Result<(), Refused> {
        let mut state = lock(&import.state);
        if !state.is_over() {
            return Err(Refused::UnderWay);
        }
        *state = State::Checking;
        drop(state);
        *lock(&import.choice) = choice;
        import.begin(State::Checking);
        Ok(())
    }

    /// Marks an import to be loaded.
    ///
    /// # Errors
    /// When it was not looked through, or is loaded already.
    pub fn start_loading(&self, import: &Import) -> Result<(), Refused> {
        let mut state = lock(&import.state);
        match *state {
            State::Checked => {
                *state = State::Loading;
                drop(state);
                import.begin(State::Loading);
                Ok(())
            }
            State::Checking | State::Loading => Err(Refused::UnderWay),
            State::Loaded | State::Cancelled | State::Failed(_) => Err(Refused::NotChecked),
        }
    }

    /// Does what an import is marked for; returns when it is over.
    pub fn work(&self, base: &BaseData, import: &Import) {
        let _one_at_a_time = lock(&self.working);
        helan_store::give_way();
        let loading = import.state() == State::Loading;
        // A reader that panics must not leave the import under way for ever.
        let work = || if loading { self.load(base, import) } else { self.check(base, import) };
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work))
            .unwrap_or_else(|_printed| Err("the file could not be read".to_owned()));
        let state = match done {
            Err(why) => State::Failed(why),
            Ok(()) if import.is_cancelled() => State::Cancelled,
            Ok(()) if loading => State::Loaded,
            Ok(()) => State::Checked,
        };
        *lock(&import.state) = state;
    }

    fn check(&self, base: &BaseData, import: &Import) -> Result<(), String> {
        let kind = &import.brought.kind;
        *import.found() = Found::default();
        let mut sheet: Option<Sheet> = None;
        let mut width = 0;
        let chinese = import.brought.language == Language::Zh;
        walk(base, import, |heading, row, result| {
            let sheet = sheet.get_or_insert_with(|| Sheet::new(heading, chinese));
            width = heading.len();
            if let Err(faults) = result {
                import.counts.bad.fetch_add(1, Ordering::Relaxed);
                if sheet.len() < MAX_SHEET {
                    sheet.add(kind, width, row, &faults);
                }
                let mut found = import.found();
                for fault in &faults {
                    *found.faults.entry(fault.fault.code()).or_default() += 1;
                }
                if found.first.len() < SHOWN {
                    found.first.push((row.number, faults));
                }
            }
            Ok(())
        })?;
        import.found().sheet = sheet.map(Sheet::bytes).unwrap_or_default();
        Ok(())
    }

    fn load(&self, base: &BaseData, import: &Import) -> Result<(), String> {
        let now = &self.clock;
        let origin = Origin {
            source: Source::Import,
            by: import.brought.by.clone(),
            detail: import.brought.name.clone(),
            at: now(),
        };
        let origin = base.add_origin(&origin).map_err(|error| error.to_string())?;
        let mut batch: Vec<Put> = Vec::with_capacity(BATCH);
        let store = |batch: &mut Vec<Put>| -> Result<(), StoreError> {
            let brought = &import.brought;
            let done = base.put_as_of(&brought.kind, batch, (origin, brought.as_of), now())?;
            import.counts.in_review.fetch_add(done.reviews, Ordering::Relaxed);
            for wrote in done.wrote {
                let counter = match wrote {
                    Wrote::Created => &import.counts.created,
                    Wrote::Updated => &import.counts.updated,
                    Wrote::Same => &import.counts.same,
                };
                counter.fetch_add(1, Ordering::Relaxed);
            }
            batch.clear();
            Ok(())
        };
        walk(base, import, |_, _, result| {
            match result {
                Ok(record) => batch.push(Put { record, whole: false }),
                Err(_bad) => drop(import.counts.bad.fetch_add(1, Ordering::Relaxed)),
            }
            if batch.len() >= BATCH { store(&mut batch) } else { Ok(()) }
        })?;
        if !import.is_cancelled() {
            store(&mut batch).map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

/// Reads a file from the first row to the last and checks each.
fn walk(
    base: &BaseData,
    import: &Import,
    mut each: impl FnMut(
        &[String],
        &Row,
        Result<helan_base::Record, Vec<Faulty>>,
    ) -> Result<(), StoreError>,
) -> Result<(), String> {
    let words = |error: FileError| error.to_string();
    let brought = &import.brought;
    let file = File::open(&import.path).map_err(|error| error.to_string())?;
    let mut rows = helan_exchange::open(&brought.name, file).map_err(words)?;
    let choice = lock(&import.choice).clone();
    let heading = rows.heading().to_vec();
    let mapping = Mapping::chosen(&brought.kind, &heading, &choice.mapping)
        .map_err(|field| format!("there is no field {field}"))?;
    let keys = mapping.keys(&brought.kind).into_iter().map(|key| key.map(str::to_owned));
    import.found().columns = heading.iter().cloned().zip(keys).collect();
    let mut check = Check::new(
        brought.kind.clone(),
        mapping,
        choice.datum,
        base.areas().clone(),
        brought.area,
        brought.synthetic,
    );
    while !import.is_cancelled()
        && let Some(row) = rows.next().map_err(words)?
    {
        let count = import.counts.rows.fetch_add(1, Ordering::Relaxed);
        if count.is_multiple_of(256) {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "0 to 1000"
            )]
            let progress = (rows.progress() * 1000.0) as u64;
            import.counts.progress.store(progress, Ordering::Relaxed);
        }
        let result = check.row(&row);
        each(&heading, &row, result).map_err(|error| error.to_string())?;
    }
    import.counts.progress.store(1000, Ordering::Relaxed);
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing that can fail runs under these locks, so a poisoned one is still whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
