//! How dangerous the objects of the base database are: graded anew whenever something changed that a grading follows from.
//!
//! One thread follows the changes of the base database and gives way to the chain of alarms. It holds in memory what questions of
//! risk ask about ([`Facts`]); gradings and their history are in `desk.db`. Start reading at [`Worker::follow`].

mod cache;
mod census;
mod grade;

pub use cache::Cache;
pub use census::ByCounty;

use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result};
use helan_base::{
    Danger, Facts, Kind, Method, Presence, RecordId,
    risk::{Colour, Gaps, Tables, Watched, Zoning},
};
use helan_kernel::{AreaCode, Position};
use helan_store::{
    StoreError,
    base::{BaseReader, Page},
    desk::Desk,
};

use tokio::sync::Semaphore;

use crate::{
    base::{BaseData, Changed},
    clock::Clock,
};

/// Pause before changes are looked at: an import brings thousands a second, and each batch is graded once.
const PAUSE: Duration = Duration::from_millis(50);
/// Pause after an error: the disk may have room again.
const AFTER_ERROR: Duration = Duration::from_secs(10);
/// Records of one read at the start.
const PORTION: usize = 1_000;
/// Records that are worked into the sums over the ground at once at the start: whoever asks waits some hundredths of a second for it.
const AT_ONCE: usize = 16 * PORTION;
/// Gradings of one transaction.
const BATCH: usize = 500;
/// Records of one unit that are graded together; a unit with more is a mistake in the data and stays unknown.
const MOST_MEMBERS: usize = 200;

/// What is held in memory.
struct Held {
    base: Arc<BaseData>,
    desk: Arc<Desk>,
    tables: Tables,
    clock: Clock,
    facts: RwLock<Facts>,
    colours: RwLock<HashMap<RecordId, Colour>>,
    /// Grows whenever what is held changed.
    generation: AtomicU64,
    walked: census::Walked,
}

/// The gradings: the thread that makes them, and what it holds.
pub struct Risks {
    held: Arc<Held>,
    /// Zoning conflicts by area.
    pub zoning: Cache<Zoning>,
    /// What teams do not reach, by area and danger.
    pub gaps: Cache<Gaps>,
    /// What stations do not see, by area and danger.
    pub watched: Cache<Watched>,
    /// Whoever reckons something long.
    pub one: Arc<Semaphore>,
}

impl Risks {
    /// Starts the thread.
    ///
    /// # Errors
    /// When there is no thread, the file cannot be used, or the packs do not go together.
    pub fn start(
        base: &Arc<BaseData>,
        desk: &Arc<Desk>,
        clock: Clock,
        (tables, dangers, presence): (Tables, Vec<Danger>, Presence),
    ) -> Result<Self> {
        let facts = Facts::new(base.kinds(), dangers).with_presence(presence);
        let facts = facts.map_err(anyhow::Error::msg).context("packs")?;
        let held = Arc::new(Held {
            facts: RwLock::new(facts),
            colours: RwLock::default(),
            generation: AtomicU64::new(0),
            walked: census::Walked::default(),
            base: base.clone(),
            desk: desk.clone(),
            tables,
            clock,
        });
        let reader = base.reader()?;
        let worker =
            Worker { held: held.clone(), reader, units: HashMap::new(), sources: HashMap::new() };
        std::thread::Builder::new()
            .name("helan-risk".into())
            .spawn(move || worker.follow())
            .context("a thread for risks")?;
        let one = Arc::new(Semaphore::new(1));
        let (zoning, gaps, watched) = (Cache::default(), Cache::default(), Cache::default());
        Ok(Self { held, zoning, gaps, watched, one })
    }

    /// The figures that risks are graded with.
    #[must_use]
    pub fn tables(&self) -> &Tables {
        &self.held.tables
    }

    /// A number that grows whenever what is held changed: what was reckoned at the same number still holds.
    pub fn generation(&self) -> u64 {
        self.held.generation.load(Ordering::Acquire)
    }

    /// Whom the registers count by county, as it was when somebody last asked; when the data changed since, it is walked anew for
    /// whoever asks next. Nobody waits for it: of a county that was never walked the census counts alone.
    pub fn counted(&self) -> Arc<ByCounty> {
        let generation = self.generation();
        let (last, old) = self.held.walked.last(generation);
        if old && self.held.walked.begin() {
            let held = self.held.clone();
            let walk = move || {
                helan_store::give_way();
                let facts = held.facts.read().unwrap_or_else(PoisonError::into_inner);
                held.walked.walk(generation, &facts);
            };
            let thread = std::thread::Builder::new().name("helan-census".into());
            if let Err(error) = thread.spawn(walk) {
                tracing::warn!(%error, "no thread to walk through the registers");
                self.held.walked.end();
            }
        }
        last
    }

    /// What is held of the records.
    pub fn facts(&self) -> RwLockReadGuard<'_, Facts> {
        self.held.facts.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The colours of all graded objects.
    pub fn colours(&self) -> RwLockReadGuard<'_, HashMap<RecordId, Colour>> {
        self.held.colours.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Risks {
    fn drop(&mut self) {
        self.held.base.changes().stop();
    }
}

/// A unit: kind, county, name.
type Unit = (u16, AreaCode, Arc<str>);

struct Worker {
    held: Arc<Held>,
    reader: BaseReader,
    units: HashMap<Unit, BTreeSet<RecordId>>,
    /// Objects that are graded by the people around them: some thousands, looked through for each home that changes.
    sources: HashMap<RecordId, Position>,
}

impl Worker {
    /// Grades everything once, then what changes.
    fn follow(mut self) {
        helan_store::give_way();
        let held = self.held.clone();
        let changes = held.base.changes();
        let mut next = Some(Changed { all: true, ..Changed::default() });
        while let Some(changed) = next {
            if let Err(error) = self.take(&changed) {
                tracing::warn!(%error, "risks cannot be graded");
                let go_on = changes.rest(AFTER_ERROR);
                next = go_on.then(|| Changed { all: true, ..Changed::default() });
                continue;
            }
            next = changes.wait();
            if next.is_some() && !changes.rest(PAUSE) {
                return;
            }
        }
    }

    fn take(&mut self, changed: &Changed) -> Result<(), StoreError> {
        let mut dirty = BTreeSet::new();
        if changed.all {
            self.load(&mut dirty)?;
        }
        for (number, (kind, id)) in (1_usize..).zip(&changed.records) {
            self.touch(*kind, *id, &mut dirty)?;
            if number.is_multiple_of(PORTION) {
                self.settle();
            }
        }
        self.settle();
        let graded = self.grade(&dirty);
        self.held.generation.fetch_add(1, Ordering::Release);
        graded
    }

    /// Reads everything that is held.
    fn load(&mut self, dirty: &mut BTreeSet<RecordId>) -> Result<(), StoreError> {
        dirty.extend(self.held.desk.graded()?);
        let held = self.held.clone();
        let mut gone: BTreeSet<RecordId> =
            self.facts(|facts| facts.iter().map(|fact| fact.id).collect());
        let mut unsettled = 0;
        for (kind, number) in held.base.kinds().iter().zip(0_u16..) {
            if !self.facts(|facts| facts.holds(number)) {
                continue;
            }
            let mut page = Page { area: AreaCode::ALL, after: RecordId(0), most: PORTION };
            loop {
                let records = self.reader.list(&kind.key, page)?;
                for stored in &records {
                    gone.remove(&stored.id);
                    self.forget(stored.id);
                    self.put(kind, number, stored);
                    if kind.safety.risk.is_some() {
                        dirty.insert(stored.id);
                    }
                }
                unsettled += records.len();
                if unsettled >= AT_ONCE {
                    self.settle();
                    unsettled = 0;
                }
                match records.last() {
                    Some(last) if records.len() == PORTION => page.after = last.id,
                    _ => break,
                }
            }
        }
        gone.into_iter().for_each(|id| self.forget(id));
        Ok(())
    }

    /// Takes a changed record in, and finds what must be graded anew.
    fn touch(
        &mut self,
        number: u16,
        id: RecordId,
        dirty: &mut BTreeSet<RecordId>,
    ) -> Result<(), StoreError> {
        let Some(kind) = self.held.base.kind(number).cloned() else { return Ok(()) };
        if !self.facts(|facts| facts.holds(number)) {
            return Ok(());
        }
        if kind.safety.risk.is_some() {
            dirty.insert(id);
        }
        let resident = kind.safety.people.as_ref().is_some_and(|people| people.resident);
        // Before and after: whoever it stood near, and the unit that it belonged to.
        self.neighbourhood(id, resident, dirty);
        self.forget(id);
        if let Some(stored) = self.reader.get_by_id(&kind.key, id)? {
            self.put(&kind, number, &stored);
            self.neighbourhood(id, resident, dirty);
        }
        Ok(())
    }

    fn neighbourhood(&self, id: RecordId, resident: bool, dirty: &mut BTreeSet<RecordId>) {
        let Some((at, unit)) = self.facts(|facts| {
            let fact = facts.get(id)?;
            Some((fact.at, unit_of(fact)))
        }) else {
            return;
        };
        dirty.extend(unit.and_then(|unit| self.units.get(&unit)).into_iter().flatten());
        if resident && let Some(at) = at {
            // Units are graded as one.
            for id in self.graded_near(at) {
                dirty.insert(id);
                let unit = self.facts(|facts| facts.get(id).and_then(unit_of));
                dirty.extend(unit.and_then(|unit| self.units.get(&unit)).into_iter().flatten());
            }
        }
    }

    fn put(&mut self, kind: &Kind, number: u16, stored: &helan_store::base::Stored) {
        let mut facts = self.held.facts.write().unwrap_or_else(PoisonError::into_inner);
        facts.put(number, stored.id, &stored.record, Some(stored.checked_at));
        if !matches!(kind.safety.risk, Some(Method::RValue { .. })) {
            return;
        }
        let Some(fact) = facts.get(stored.id) else { return };
        self.sources.extend(fact.at.map(|at| (stored.id, at)));
        if let Some(unit) = unit_of(fact) {
            self.units.entry(unit).or_default().insert(stored.id);
        }
    }

    fn forget(&mut self, id: RecordId) {
        self.sources.remove(&id);
        let mut facts = self.held.facts.write().unwrap_or_else(PoisonError::into_inner);
        let Some(unit) = facts.remove(id).as_ref().and_then(unit_of) else { return };
        if let Some(members) = self.units.get_mut(&unit) {
            members.remove(&id);
            if members.is_empty() {
                self.units.remove(&unit);
            }
        }
    }

    /// Works what changed into the sums over the ground; often, so that nobody who asks waits long.
    fn settle(&self) {
        self.held.facts.write().unwrap_or_else(PoisonError::into_inner).settle();
    }

    fn facts<T>(&self, ask: impl FnOnce(&Facts) -> T) -> T {
        ask(&self.held.facts.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The unit that a record is graded with; none when alone. A unit is one site: it does not reach beyond its county.
fn unit_of(fact: &helan_base::Fact) -> Option<Unit> {
    let county = AreaCode(fact.area.0 / 1000 * 1000);
    (!fact.unit.is_empty()).then(|| (fact.kind, county, fact.unit.clone()))
}
