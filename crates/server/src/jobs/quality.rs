//! How good the base database is, computed beside everything else: on a thread of its own that gives way to the chain of alarms,
//! kind by kind and some hundred records at a time. Of a record only its flaws stay in memory.
//!
//! What was computed holds until records of the kind change, the posts change, or a day is over.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use helan_base::{
    Kind, RecordId,
    quality::{Aspect, Flaws, Found, Rules, Tally, Twins},
};
use helan_kernel::{AreaCode, Ms};
use helan_store::{
    StoreError,
    base::{BaseReader, Page},
    desk::{Desk, day},
};
use tokio::sync::Semaphore;

use crate::{api::Api, base::BaseData, platform::Platform, serve::stopped};

/// Records that are read at once.
const CHUNK: usize = 500;
/// How often it is looked whether something is outdated.
const TICK: Duration = Duration::from_secs(60);
/// A kind whose records change all the time is computed anew no sooner than this after the last time.
const REST: Ms = Ms::seconds(600);

/// A record with flaws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flawed {
    /// The record.
    pub id: RecordId,
    /// Its area.
    pub area: AreaCode,
    /// What is wrong; twins outside the caller's area are among it ([`OfKind::known_in`]).
    flaws: Flaws,
}

/// How good the records of a kind are.
#[derive(Debug, Default)]
pub struct OfKind {
    /// What it was computed from.
    stamp: Stamp,
    /// When.
    pub at: Ms,
    /// Added up for each area that records name.
    pub tallies: BTreeMap<AreaCode, Tally>,
    /// Records with flaws, by number.
    pub flawed: Vec<Flawed>,
    /// Records with twins.
    twins: Found,
}

/// Equal as long as nothing has changed that the result depends on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Stamp {
    changes: u64,
    posts: u64,
    day: i64,
}

impl OfKind {
    /// By what a record has a twin in an area.
    #[must_use]
    pub fn twins_of(&self, id: RecordId, seen: AreaCode) -> Flaws {
        let twins = self.twins.get(&id).map_or(&[][..], Vec::as_slice).iter();
        let seen = twins.filter(|twin| seen.contains(twin.area));
        seen.fold(Flaws::default(), |all, twin| all.with(twin.flaw))
    }

    /// What of the flaws of a record is known to whoever sees an area.
    #[must_use]
    pub fn known_in(&self, one: &Flawed, seen: AreaCode) -> Flaws {
        let own = one.flaws.iter().filter(|flaw| flaw.aspect() != Aspect::Uniqueness);
        own.fold(self.twins_of(one.id, seen), Flaws::with)
    }

    /// All areas inside one added up.
    #[must_use]
    pub fn within(&self, area: AreaCode) -> Tally {
        let mut sum = Tally::default();
        self.tallies.range(area..=area.last()).for_each(|(_, tally)| sum.add(tally));
        sum
    }
}

type Posts = Arc<HashSet<String>>;

/// What is known of the quality of all kinds.
pub struct Quality {
    kinds: RwLock<BTreeMap<u16, Arc<OfKind>>>,
    /// With their hash.
    posts: RwLock<Option<(Posts, u64)>>,
    /// Held while a thread computes.
    turn: tokio::sync::Mutex<()>,
    running: AtomicBool,
    /// One computes, one waits: whoever comes then is served by the one that waits.
    places: Semaphore,
}

impl Default for Quality {
    fn default() -> Self {
        Self {
            kinds: RwLock::default(),
            posts: RwLock::default(),
            turn: tokio::sync::Mutex::default(),
            running: AtomicBool::new(false),
            places: Semaphore::new(2),
        }
    }
}

impl Quality {
    /// What was computed last of a kind; none before the first time.
    #[must_use]
    pub fn of(&self, kind: u16) -> Option<Arc<OfKind>> {
        self.kinds.read().unwrap_or_else(PoisonError::into_inner).get(&kind).cloned()
    }

    /// Keys of all posts as they were a minute ago at most; none before they were asked for.
    #[must_use]
    pub fn posts(&self) -> Option<Posts> {
        let posts = self.posts.read().unwrap_or_else(PoisonError::into_inner);
        posts.as_ref().map(|(posts, _)| posts.clone())
    }

    /// Whether a thread computes now.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.running.load(Ordering::Acquire)
    }

    /// Whether something has changed since a kind was computed.
    #[must_use]
    pub fn is_outdated(&self, base: &BaseData, kind: u16, now: Ms) -> bool {
        let stamp = self.stamp(base, kind, now);
        self.of(kind).is_none_or(|known| known.stamp != stamp)
    }

    fn stamp(&self, base: &BaseData, kind: u16, now: Ms) -> Stamp {
        let posts = self.posts.read().unwrap_or_else(PoisonError::into_inner);
        let posts = posts.as_ref().map_or(0, |(_, hash)| *hash);
        Stamp { changes: base.times_changed(kind), posts, day: day(now) }
    }

    async fn ask_posts(&self, platform: &Platform) {
        let asked = platform.ask(|engine| {
            let posts = engine.registry().posts.iter();
            posts.map(|(_, post)| post.key.clone()).collect::<BTreeSet<_>>()
        });
        // A node that has stopped has no more answers; the server is about to stop, too.
        if let Ok(posts) = asked.await {
            let mut hasher = DefaultHasher::new();
            posts.hash(&mut hasher);
            let posts = (Arc::new(posts.into_iter().collect()), hasher.finish());
            *self.posts.write().unwrap_or_else(PoisonError::into_inner) = Some(posts);
        }
    }

    /// Computes what is outdated; with `soon` also what was computed a moment ago.
    fn run(&self, work: &Work<'_>, soon: bool) -> Result<(), StoreError> {
        let reader = work.base.reader()?;
        for (kind, number) in work.base.kinds().iter().zip(0_u16..) {
            let stamp = self.stamp(work.base, number, work.now);
            let known = self.of(number);
            let rests = known.as_ref().is_some_and(|known| {
                known.stamp.day == stamp.day && work.now < known.at.after(REST)
            });
            if known.is_some_and(|known| known.stamp == stamp) || (rests && !soon) {
                continue;
            }
            let Some(found) = self.look(&reader, kind, stamp, work)? else { return Ok(()) };
            let marks = found.tallies.iter().map(|(area, tally)| (*area, tally.marks));
            work.desk.keep_marks(stamp.day, &kind.key, marks)?;
            let mut kinds = self.kinds.write().unwrap_or_else(PoisonError::into_inner);
            kinds.insert(number, Arc::new(found));
        }
        Ok(())
    }

    /// Looks through a kind; none when the server stops meanwhile.
    fn look(
        &self,
        reader: &BaseReader,
        kind: &Kind,
        stamp: Stamp,
        work: &Work<'_>,
    ) -> Result<Option<OfKind>, StoreError> {
        let posts = self.posts();
        let rules =
            Rules { kind, areas: work.base.areas(), posts: posts.as_deref(), now: work.now };
        let mut found = OfKind { stamp, at: work.now, ..OfKind::default() };
        let mut twins = Twins::default();
        let mut after = RecordId(0);
        loop {
            let part = reader.list(&kind.key, Page { area: AreaCode::ALL, after, most: CHUNK })?;
            let Some(last) = part.last() else { break };
            after = last.id;
            if (work.stopping)() {
                return Ok(None);
            }
            for stored in &part {
                let (id, area) = (stored.id, stored.record.area);
                let verdict = rules.judge(&stored.record, stored.checked_at);
                found.tallies.entry(area).or_default().count(&verdict, stored.changed_at);
                twins.add(kind, id, &stored.record);
                found.flawed.push(Flawed { id, area, flaws: verdict.kinds() });
            }
        }
        found.twins = twins.finish();
        for (id, twins) in &mut found.twins {
            let place = found.flawed.binary_search_by_key(id, |flawed| flawed.id).ok();
            let Some(one) = place.and_then(|place| found.flawed.get_mut(place)) else { continue };
            // The smallest area first: whoever sees a wider one sees those of the smaller one, too, and each aspect counts once.
            twins.sort_by_key(|twin| std::cmp::Reverse(twin.area));
            for twin in twins {
                let more = Flaws::default().with(twin.flaw);
                // Counted where both are seen, so that nobody counts what lies outside.
                found.tallies.entry(twin.area).or_default().flawed(one.flaws, more);
                one.flaws = one.flaws.and(more);
            }
        }
        found.flawed.retain(|one| !one.flaws.is_empty());
        found.flawed.shrink_to_fit();
        Ok(Some(found))
    }
}

/// What a run works with.
struct Work<'a> {
    base: &'a BaseData,
    desk: &'a Desk,
    now: Ms,
    stopping: &'a dyn Fn() -> bool,
}

/// Computes what is outdated on a thread of its own; resolves when that is done, or at once when somebody else waits for it.
pub async fn compute(api: &Api, soon: bool) {
    let Ok(_place) = api.quality.places.try_acquire() else { return };
    let _turn = api.quality.turn.lock().await;
    api.quality.ask_posts(&api.platform).await;
    let (told, done) = tokio::sync::oneshot::channel();
    let shared = api.clone();
    let work = move || {
        helan_store::give_way();
        let quality = &shared.quality;
        quality.running.store(true, Ordering::Release);
        let stopping = || *shared.stopping.borrow();
        let (base, desk, now) = (&*shared.base, &*shared.desk, shared.platform.now());
        if let Err(error) = quality.run(&Work { base, desk, now, stopping: &stopping }, soon) {
            tracing::error!(%error, "the quality of the base database cannot be computed");
        }
        quality.running.store(false, Ordering::Release);
        // Nobody waits any more when the server stops.
        let _told = told.send(());
    };
    if let Err(error) = std::thread::Builder::new().name("helan-quality".into()).spawn(work) {
        tracing::error!(%error, "no thread for the quality of the base database");
        return;
    }
    // An error means that the thread ended without a word, which its own log line told.
    drop(done.await);
}

/// Keeps it up to date until the server stops.
pub async fn keep(api: Api) {
    let mut stopping = api.stopping.clone();
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = stopped(&mut stopping) => return,
        }
        compute(&api, false).await;
    }
}
