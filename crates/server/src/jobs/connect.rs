//! Connectors: records are pulled from other systems on a schedule. Each run is bounded in time, bytes and rows, and goes the way
//! of an import: the same checks, the same writer. One that fails is tried again later and later, and holds up nothing.

mod address;
mod fetch;
mod postgres;
pub mod weather;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use helan_base::{Datum, Faulty, Origin, Source};
use helan_kernel::{
    Event, Ms, Text,
    event::{Actor, AuditNote},
};
use helan_store::desk::{
    Desk,
    connectors::{Connector, Run},
};
use tokio::sync::{Notify, Semaphore, watch};

use super::load::{self, Batch, Counts, Stopped, Way};
use crate::{base::BaseData, clock::Clock, config, platform::Platform, serve::stopped};

pub use address::{Allowed, Refused};
pub use fetch::{Fetched, target};

/// Connectors that run at the same time.
const AT_ONCE: usize = 2;
/// Longest run: fetching, and then storing.
const LONGEST: Duration = Duration::from_secs(300);
/// Rows of one run.
pub const MAX_ROWS: u64 = 1_000_000;
/// Bytes of one run.
pub const MAX_BYTES: u64 = 256 * 1024 * 1024;
/// How often it is looked whether one is due.
const LOOK: Duration = Duration::from_secs(5);
/// Time after a first failure; doubled with each further one.
const BACK_OFF: Ms = Ms(60_000);
/// Longest time between tries while one fails, unless it is set up to run more seldom.
const LONGEST_BACK_OFF: Ms = Ms(3_600_000);
/// Bad rows that are shown of a run.
const SHOWN: usize = 20;

/// Why a run did not come to its end, in words for people. Nothing of a secret or an answer stands in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble(pub Text);

impl Trouble {
    fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self(Text { zh: zh.into(), en: en.into() })
    }
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        Self::new(format!("磁盘出错：{error}"), format!("the disk fails: {error}"))
    }
}

impl From<Stopped> for Trouble {
    fn from(stopped: Stopped) -> Self {
        Self(stopped.words())
    }
}

/// All connectors of the server.
pub struct Connectors {
    desk: Arc<Desk>,
    base: Arc<BaseData>,
    platform: Platform,
    clock: Clock,
    allowed: Allowed,
    folder: PathBuf,
    running: Mutex<BTreeSet<String>>,
    at_once: Arc<Semaphore>,
    woken: Notify,
}

impl Connectors {
    /// What is fetched is kept in this folder until it is stored; what an earlier run left there goes.
    ///
    /// # Errors
    /// When the folder cannot be used, or a secret cannot be read.
    pub fn new(
        data: &Path,
        config: &config::Connectors,
        (desk, base, platform): (Arc<Desk>, Arc<BaseData>, Platform),
        clock: Clock,
    ) -> anyhow::Result<Self> {
        let folder = data.join("fetched");
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir(&folder)?;
        Ok(Self {
            allowed: Allowed::read(config)?,
            desk,
            base,
            platform,
            clock,
            folder,
            running: Mutex::default(),
            at_once: Arc::new(Semaphore::new(AT_ONCE)),
            woken: Notify::new(),
        })
    }

    /// Where connectors may reach.
    #[must_use]
    pub const fn allowed(&self) -> &Allowed {
        &self.allowed
    }

    /// Whether a connector runs now.
    #[must_use]
    pub fn is_running(&self, key: &str) -> bool {
        self.lock().contains(key)
    }

    /// Looks at once whether one is due.
    pub fn wake(&self) {
        self.woken.notify_one();
    }

    /// Runs what is due until the server stops.
    pub async fn work(self: Arc<Self>, mut stopping: watch::Receiver<bool>) {
        loop {
            let Ok(place) = self.at_once.clone().acquire_owned().await else { return };
            let next = self.clone();
            let due = tokio::task::spawn_blocking(move || next.due()).await;
            if let Ok(Some(connector)) = due {
                let (all, stopping) = (self.clone(), stopping.clone());
                tokio::spawn(async move {
                    all.one(connector, stopping).await;
                    drop(place);
                    all.wake();
                });
                continue;
            }
            drop(place);
            tokio::select! {
                () = stopped(&mut stopping) => return,
                () = self.woken.notified() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    /// The connector that is the longest overdue, marked as running.
    fn due(&self) -> Option<Connector> {
        let due = self.desk.due_connectors((self.clock)());
        let due = due.inspect_err(|error| tracing::warn!(%error, "connectors")).ok()?;
        let mut running = self.lock();
        due.into_iter().find(|connector| running.insert(connector.key.clone()))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One run, from fetching to the note of how it went.
    async fn one(self: &Arc<Self>, connector: Connector, mut stopping: watch::Receiver<bool>) {
        let mut run = Run { began: (self.clock)(), ..Run::default() };
        let cancel = Arc::new(AtomicBool::new(false));
        let work = self.pull(&connector, cancel.clone());
        let done = tokio::select! {
            done = tokio::time::timeout(LONGEST, work) => done,
            () = stopped(&mut stopping) => {
                cancel.store(true, Ordering::Relaxed);
                self.lock().remove(&connector.key);
                return;
            }
        };
        // What goes on storing in its own thread ends at the next row.
        cancel.store(true, Ordering::Relaxed);
        match done {
            Ok(Ok(found)) => run = Run { began: run.began, ..found },
            Ok(Err(trouble)) => run.failed = Some(trouble.0),
            Err(_late) => {
                run.failed = Some(Trouble::new("超时", "it took too long").0);
            }
        }
        run.ended = (self.clock)();
        let key = connector.key.clone();
        if let Some(why) = &run.failed {
            tracing::warn!(connector = key, why = why.en, "a connector failed");
        }
        // Reports of the weather are events by themselves, and name their connector.
        if run.created + run.updated > 0 && connector.kind != weather::KIND {
            self.note(&connector, &run).await;
        }
        let this = self.clone();
        let noted = tokio::task::spawn_blocking(move || this.end(&connector, &run)).await;
        if let Ok(Err(error)) = noted {
            tracing::warn!(%error, connector = key, "a run cannot be noted");
        }
        self.lock().remove(&key);
    }

    fn end(&self, connector: &Connector, run: &Run) -> Result<(), helan_store::StoreError> {
        let interval = Ms::seconds(i64::from(connector.minutes) * 60);
        let wait = match run.failed {
            None => interval,
            Some(_) => back_off(interval, self.desk.failures_of(&connector.key)?),
        };
        self.desk.end_run(&connector.key, run, run.ended.after(wait))
    }

    /// What was stored is in the audit chain.
    async fn note(&self, connector: &Connector, run: &Run) {
        let object = format!(
            "{} from {}: {} created, {} updated, {} bad",
            connector.kind, connector.key, run.created, run.updated, run.bad
        );
        let by = Actor { account: connector.by.as_str().into(), name: "".into() };
        let what = "base connector".to_owned();
        let done = run.failed.is_none();
        let note = AuditNote { by, what, object, done, from: "connector".into() };
        if let Err(error) = self.platform.act(Event::Audit(Box::new(note))).await {
            tracing::warn!(%error, "a run is not in the audit chain");
        }
    }

    async fn pull(
        self: &Arc<Self>,
        connector: &Connector,
        cancel: Arc<AtomicBool>,
    ) -> Result<Run, Trouble> {
        let fetched = fetch::fetch(connector, &self.allowed, &self.folder).await?;
        if connector.kind == weather::KIND {
            return self.report(connector, fetched, cancel).await;
        }
        let (this, connector) = (self.clone(), connector.clone());
        let work = move || this.store(&connector, &fetched, &cancel);
        match crate::api::apart("helan-connector", work).await {
            Ok(done) => done,
            Err(_fell_over) => Err(Trouble::new("内部错误", "it fell over")),
        }
    }

    /// Checks and stores what was fetched.
    fn store(
        &self,
        connector: &Connector,
        fetched: &Fetched,
        cancel: &AtomicBool,
    ) -> Result<Run, Trouble> {
        let kind = self.base.kinds().get(&connector.kind);
        let kind = kind.ok_or_else(|| Trouble::new("无此对象类型", "there is no such kind"))?;
        let datum = Datum::of_word(&connector.datum).unwrap_or_default();
        let (area, mapping) = (connector.area, connector.mapping.clone());
        let way = Way { kind: kind.clone(), area, datum, mapping, synthetic: false };
        let mut rows = fetched.rows(kind).map_err(Stopped::from)?;
        let mapping = load::mapping(&*rows, &way)?;
        let origin = Origin {
            source: Source::Connector,
            by: connector.by.clone(),
            detail: connector.key.clone(),
            at: (self.clock)(),
        };
        let origin = self.base.add_origin(&origin).map_err(Stopped::from)?;
        let (mut run, counts) = (Run::default(), Counts::default());
        let mut batch = Batch::new(&self.base, kind, (origin, None), &self.clock, &counts);
        let mut too_many = false;
        let watch = (&counts, cancel);
        load::walk(&self.base, &way, &mut *rows, mapping, watch, |row, result| {
            too_many = counts.rows.load(Ordering::Relaxed) > MAX_ROWS;
            if too_many {
                cancel.store(true, Ordering::Relaxed);
                return Ok(());
            }
            let faults = match result {
                Ok(record) => return batch.add(record),
                Err(faults) => faults,
            };
            told(&mut run, row.number, &faults);
            Ok(())
        })?;
        if !cancel.load(Ordering::Relaxed) || too_many {
            batch.store().map_err(Stopped::from)?;
        }
        if too_many {
            run.failed = Some(too_many_rows().0);
        }
        let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        run.rows = count(&counts.rows);
        run.bad = count(&counts.bad);
        run.created = count(&counts.created);
        run.updated = count(&counts.updated);
        run.same = count(&counts.same);
        Ok(run)
    }
}

fn too_many_rows() -> Trouble {
    Trouble::new(
        format!("超过 {MAX_ROWS} 行，其余未读取"),
        format!("more than {MAX_ROWS} rows: the rest was not read"),
    )
}

/// Counts what is wrong with a row, and shows the first ones.
fn told(run: &mut Run, row: u64, faults: &[Faulty]) {
    for fault in faults {
        *run.faults.entry(fault.fault.code().to_owned()).or_default() += 1;
    }
    if run.first.len() < SHOWN {
        let words = |pick: fn(&Text) -> &String| {
            let each = faults.iter().map(|f| format!("{}: {}", f.column, pick(&f.fault.words())));
            each.collect::<Vec<_>>().join("; ")
        };
        run.first.push((row, Text { zh: words(|t| &t.zh), en: words(|t| &t.en) }));
    }
}

/// How long to wait after a failure, when there were so many before it in a row.
fn back_off(interval: Ms, before: u32) -> Ms {
    let doubled = BACK_OFF.0.saturating_mul(1 << before.min(20));
    Ms(doubled.min(LONGEST_BACK_OFF.0).min(interval.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_tried_again_later_and_later() {
        let day = Ms(24 * 3_600_000);
        assert_eq!(back_off(day, 0), Ms(60_000));
        assert_eq!(back_off(day, 3), Ms(480_000));
        assert_eq!(back_off(day, 40), LONGEST_BACK_OFF);
        assert_eq!(back_off(Ms(300_000), 40), Ms(300_000), "never more seldom than it is set up");
    }
}
