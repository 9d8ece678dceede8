//! Files that people bring for the base database: first looked through without storing anything, then loaded. One is worked on
//! at a time, on a thread that gives way to the chain of alarms; each shows how far it is and can be cancelled.

use std::{
    collections::{BTreeMap, VecDeque},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use helan_base::{Datum, Faulty, Kind, Origin, Source};
use helan_exchange::{Ask, Mapping, Rows, Sheet};
use helan_kernel::{AreaCode, Ms};
use helan_store::StoreError;

use super::load::{self, Batch, Counts, Stopped, Way};
use crate::{base::BaseData, clock::Clock, text::Language};

/// Largest file that is taken.
pub const MAX_BYTES: u64 = 1024 * 1024 * 1024;
/// Imports that are remembered; the oldest that is not under way goes.
const KEPT: usize = 20;
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
    /// Sheet or layer; none: the first with something in it.
    pub layer: Option<String>,
}

/// What was found so far.
#[derive(Debug, Default)]
pub struct Found {
    /// Sheets or layers of the file, the one that was read first; empty when it has no such thing.
    pub layers: Vec<String>,
    /// Headings, and the field that each goes to.
    pub columns: Vec<(String, Option<String>)>,
    /// How often each fault was found.
    pub faults: BTreeMap<&'static str, u64>,
    /// The first bad rows.
    pub first: Vec<(u64, Vec<Faulty>)>,
    /// The sheet of bad rows.
    pub sheet: Vec<u8>,
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

    /// Opens the file as it shall be read.
    fn open(&self) -> Result<(Box<dyn Rows>, Way, Mapping), String> {
        let choice = lock(&self.choice).clone();
        let kind = &self.brought.kind;
        let ask = Ask {
            name: &self.brought.name,
            path: &self.path,
            layer: choice.layer.as_deref(),
            kind,
        };
        let way = Way {
            kind: kind.clone(),
            area: self.brought.area,
            datum: choice.datum,
            mapping: choice.mapping,
            synthetic: self.brought.synthetic,
        };
        let rows = helan_exchange::open(ask).map_err(|error| self.words(&error.into()))?;
        let mapping = load::mapping(&*rows, &way).map_err(|stopped| self.words(&stopped))?;
        let keys = mapping.keys(kind).into_iter().map(|key| key.map(str::to_owned));
        let mut found = self.found();
        found.layers = rows.layers().to_vec();
        found.columns = rows.heading().iter().cloned().zip(keys).collect();
        drop(found);
        Ok((rows, way, mapping))
    }

    fn words(&self, stopped: &Stopped) -> String {
        self.brought.language.pick(&stopped.words()).to_owned()
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
        // Another sheet can be chosen even when this one cannot be read.
        let layers = std::mem::take(&mut import.found().layers);
        *import.found() = Found { layers, ..Found::default() };
        let (mut rows, way, mapping) = import.open()?;
        let width = rows.heading().len();
        let mut sheet = Sheet::new(rows.heading(), import.brought.language == Language::Zh);
        let watch = (&import.counts, &import.cancel);
        load::walk(base, &way, &mut *rows, mapping, watch, |row, result| {
            if let Err(faults) = result {
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
        })
        .map_err(|stopped| import.words(&stopped))?;
        import.found().sheet = sheet.bytes();
        Ok(())
    }

    fn load(&self, base: &BaseData, import: &Import) -> Result<(), String> {
        let clock = &self.clock;
        let origin = Origin {
            source: Source::Import,
            by: import.brought.by.clone(),
            detail: import.brought.name.clone(),
            at: clock(),
        };
        let words = |error: StoreError| import.words(&error.into());
        let origin = base.add_origin(&origin).map_err(words)?;
        let (mut rows, way, mapping) = import.open()?;
        let mut batch =
            Batch::new(base, &way.kind, (origin, import.brought.as_of), clock, &import.counts);
        let watch = (&import.counts, &import.cancel);
        load::walk(base, &way, &mut *rows, mapping, watch, |_, result| match result {
            Ok(record) => batch.add(record),
            Err(_bad) => Ok(()),
        })
        .map_err(|stopped| import.words(&stopped))?;
        if import.is_cancelled() { Ok(()) } else { batch.store().map_err(words) }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing that can fail runs under these locks, so a poisoned one is still whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
