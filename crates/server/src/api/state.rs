//! What the handlers share.

use std::{
    ops::Deref,
    sync::{Arc, Mutex},
};

use geo::Coord;
use helan_base::need::Needs;
use helan_kernel::{
    Answer, AreaCode, Event, Ms, Position,
    event::{Action, ActionKind, AuditNote},
};
use helan_plan::Library;
use helan_protocol::cap::FeedEntry;
use helan_store::{
    accounts::{Accounts, TokenHash},
    desk::Desk,
    documents::Documents,
};
use tokio::sync::{Semaphore, watch};

use super::{
    error::{ApiError, Code},
    extract::{MAX_TEXT, bounded},
    history::History,
    live::Hub,
    map::MapCache,
    suppose::Line,
    tiles::TileCache,
    wire::Created,
};
use crate::{
    access::{Caller, Deed, Object, check, sessions::Sessions},
    base::BaseData,
    channels, clock,
    config::Config,
    forces::Forces,
    intake::Intake,
    jobs::{
        connect::Connectors, crews::Crews, drill::Drills, export::Exports, import::Imports,
        quality::Quality,
    },
    metrics::Metrics,
    platform::Platform,
    public::Public,
    releases::Releases,
    risk::Risks,
    roads::Roads,
};

/// Everything a handler may need.
pub struct Parts {
    /// The node.
    pub platform: Platform,
    /// What is over, and everything recorded.
    pub history: History,
    /// Accounts and secrets of devices.
    pub accounts: Arc<Accounts>,
    /// Sign-in.
    pub sessions: Arc<Sessions>,
    /// Live connections.
    pub live: Hub,
    /// Configuration.
    pub config: Arc<Config>,
    /// Columns for the map.
    pub map: MapCache,
    /// Device connections.
    pub intake: Arc<Intake>,
    /// Dry-runs at once: each takes a core and some hundred megabytes.
    pub dry_runs: Semaphore,
    /// Who supposes something: one after the other, so that plans wait for one of them at most.
    pub suppositions: Line,
    /// Walks along the audit chain at once: each reads all of it.
    pub checks: Semaphore,
    /// Drills from the console.
    pub drills: Drills,
    /// Token that gateways carry; none: they may not report.
    pub gateway_token: Option<TokenHash>,
    /// What is measured.
    pub metrics: Metrics,
    /// Token of collectors on other machines.
    pub metrics_token: Option<TokenHash>,
    /// The base database.
    pub base: Arc<BaseData>,
    /// Tiles of it.
    pub tiles: TileCache,
    /// Files brought for it.
    pub imports: Imports,
    /// Files written from it.
    pub exports: Exports,
    /// Other systems that it is fed from.
    pub connectors: Arc<Connectors>,
    /// What is agreed upon beside the records: shares, rosters, reviews, scores.
    pub desk: Arc<Desk>,
    /// Photos and papers about objects.
    pub documents: Arc<Documents>,
    /// Rows of private persons, as grants give them.
    pub releases: Releases,
    /// How good the base database is.
    pub quality: Quality,
    /// How dangerous the objects are.
    pub risks: Risks,
    /// The roads as they are now.
    pub roads: Roads,
    /// Heights of the ground; none when no model of it is there.
    pub elevation: Option<helan_exchange::Raster>,
    /// Where crews stood to fires.
    pub crews: Crews,
    /// Rules of the response level, options and lines of plans.
    pub plans: Library,
    /// Who could help, with what.
    pub forces: Forces,
    /// What incidents ask for.
    pub needs: Needs,
    /// What the channels did.
    pub channels: Arc<channels::Figures>,
    /// Device connections now.
    pub mqtt_connections: Box<dyn Fn() -> usize + Send + Sync>,
    /// Pages for the public.
    pub public: Public,
    /// The published warnings as they were asked for last, and when.
    pub feed: Mutex<Option<(Ms, Arc<[FeedEntry]>)>>,
    /// Turns true when the server stops.
    pub stopping: watch::Receiver<bool>,
}

/// Handle to it; cheap to clone.
#[derive(Clone)]
pub struct Api(Arc<Parts>);

impl Deref for Api {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Api {
    /// Shares the parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// May the caller do this on a thing there? A refusal by role goes into the audit chain.
    ///
    /// # Errors
    /// Not found outside the caller's area; forbidden by role.
    pub async fn allow(
        &self,
        caller: &Caller,
        deed: Deed,
        area: AreaCode,
        drill: bool,
        what: &str,
    ) -> Result<(), ApiError> {
        let result = check(caller, deed, Some(Object { area, drill }));
        if result == Err(crate::access::Denied::Role) {
            self.note(caller, "refused", what, false).await?;
        }
        Ok(result?)
    }

    /// Refuses what is said of a place that lies in another area than the one that the caller speaks for. Of a place in none of the
    /// known areas nobody else speaks.
    ///
    /// # Errors
    /// When the place lies elsewhere.
    pub fn lies_in(&self, area: AreaCode, at: Position) -> Result<(), ApiError> {
        let county = self.base.areas().at(Coord { x: at.lon, y: at.lat });
        // The borders of townships are not known.
        match county.filter(|county| !area.contains(*county) && !county.contains(area)) {
            None => Ok(()),
            Some(county) => {
                let words = format!("the place lies in {}, not in {}", county.0, area.0);
                Err(ApiError::with_detail(Code::OutOfRange, words))
            }
        }
    }

    /// Does something in the caller's name; resolves after the commit.
    ///
    /// # Errors
    /// When the kernel refuses, or the node has stopped.
    pub async fn act(
        &self,
        caller: &Caller,
        kind: ActionKind,
        reason: String,
    ) -> Result<axum::Json<Created>, ApiError> {
        let reason = bounded(reason)?;
        let action = Action { by: caller.actor.clone(), reason, kind };
        let start = clock::instant();
        let answer = self.platform.act(Event::Action(Box::new(action))).await?;
        self.metrics.act_seconds.observe(start.elapsed().as_secs_f64());
        created(answer)
    }

    /// Writes something that happened outside the engine into the audit chain.
    ///
    /// # Errors
    /// When the node has stopped.
    pub async fn note(
        &self,
        caller: &Caller,
        what: &str,
        object: &str,
        done: bool,
    ) -> Result<(), ApiError> {
        self.platform.act(note(caller, what, object, done)).await?;
        Ok(())
    }
}

/// The event of an audit note.
#[must_use]
pub fn note(caller: &Caller, what: &str, object: &str, done: bool) -> Event {
    Event::Audit(Box::new(AuditNote {
        by: caller.actor.clone(),
        what: what.to_owned(),
        object: object.chars().take(MAX_TEXT).collect(),
        done,
        from: caller.from.to_string(),
    }))
}

/// The response to an answer of the kernel.
///
/// # Errors
/// When the kernel refused.
pub fn created(answer: Answer) -> Result<axum::Json<Created>, ApiError> {
    match answer {
        Answer::Created(id) => Ok(axum::Json(Created { id: Some(id) })),
        Answer::Refused(refusal) => Err(refusal.into()),
        Answer::Done | Answer::Duplicate | Answer::Late | Answer::Conflict => {
            Ok(axum::Json(Created { id: None }))
        }
    }
}

/// Runs something that takes a core for some time: one at a time, on a thread of its own that gives way to the chain of alarms.
///
/// # Errors
/// When the server is stopping, there is no thread, or the work fell over.
pub async fn aside<T: Send + 'static>(
    api: &Api,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ApiError> {
    let one = api.risks.one.clone().acquire_owned().await.map_err(|_closed| Code::Unavailable)?;
    let work = move || {
        // Who asked may have gone: the work holds its place until it is done.
        let _one = one;
        work()
    };
    apart("helan-reckon", work).await
}

/// Runs something that waits for a disk.
///
/// # Errors
/// When the server is stopping.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work).await.map_err(|_stopping| Code::Unavailable.into())
}

/// Runs long work on a thread of its own, which gives way to the chain of alarms; a thread of the pool would do so for ever.
///
/// # Errors
/// When there is no thread, or the work fell over.
pub async fn apart<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ApiError> {
    let (told, done) = tokio::sync::oneshot::channel();
    let work = move || {
        helan_store::give_way();
        drop(told.send(work()));
    };
    std::thread::Builder::new().name(name.to_owned()).spawn(work).map_err(|error| {
        tracing::error!(%error, name, "no thread");
        Code::Unavailable
    })?;
    done.await.map_err(|_fell_over| Code::Internal.into())
}
