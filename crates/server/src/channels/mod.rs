//! Channels: how notices leave for people.
//!
//! A committed notice that says "send" goes to its channel; what became of it comes back as a receipt. The engine's outbox
//! is the only memory: after a restart, or when the stream was too fast, whatever has no word from its channel yet is sent
//! again under the same idempotency key, so that the channel can drop what it has. Loudspeakers are served by intake.
//!
//! A drill never reaches a public channel: the kernel does not send it there, and it is refused here twice more.
//! Start reading at [`start`].

mod door;
mod link;
mod sms;
mod template;
mod webhook;

pub use template::{fill_json, fill_url};

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result};
use helan_kernel::{
    Effect, Engine, Event, NoticeId,
    push::{Channel, Notice, NoticeState, ReceiptState},
};
use helan_node::Closed;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast::error::RecvError, mpsc};

use self::{
    door::{Door, Item},
    link::Links,
};
use crate::{config::Config, platform::Platform, public::code::Codes};

/// Receipts handed to the node at once.
const BATCH: usize = 1_024;
/// First pause before another try; it doubles each time (at most five times: `config`).
const PAUSE: Duration = Duration::from_secs(1);
/// Longest detail of a receipt.
const MAX_DETAIL: usize = 200;

/// Why a channel did not take a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Trouble {
    /// Another try may help: no answer in time, or the gateway is busy.
    Passing(String),
    /// Another try will not help.
    Final(String),
}

/// A gateway that takes notices one by one.
trait Gateway: Send + Sync + 'static {
    const CHANNEL: Channel;

    /// Hands a notice over, once.
    fn hand_over(
        &self,
        notice: &Notice,
    ) -> impl Future<Output = std::result::Result<(), Trouble>> + Send;

    /// Further tries after the first.
    fn retries(&self) -> u8;

    /// Requests at the same time.
    fn at_once(&self) -> u16;
}

/// What left and what did not, since the start.
#[derive(Debug, Default)]
pub struct Figures {
    /// Handed over.
    pub sent: AtomicU64,
    /// Not possible.
    pub failed: AtomicU64,
    /// Tried again.
    pub retried: AtomicU64,
}

struct Shared {
    platform: Platform,
    figures: Arc<Figures>,
    receipts: mpsc::Sender<Event>,
    /// Handed to a queue, and no word yet that is committed: not to be queued twice.
    on_the_way: Mutex<HashSet<(NoticeId, Channel)>>,
    /// Addresses of pages for the public; none when there are none.
    links: Option<Links>,
}

/// What each channel does.
struct Doors {
    sms: Option<Arc<Door>>,
    webhook: Option<Arc<Door>>,
    cap: bool,
}

impl Drop for Doors {
    fn drop(&mut self) {
        for door in [&self.sms, &self.webhook].into_iter().flatten() {
            door.close();
        }
    }
}

/// Opens the configured channels and serves them until the node stops. Short messages lead to the page of their incident.
///
/// # Errors
/// When a secret cannot be read or a client cannot be made.
pub fn start(platform: Platform, config: &Config, codes: Arc<Codes>) -> Result<Arc<Figures>> {
    let figures = Arc::new(Figures::default());
    let (receipts, reported) = mpsc::channel(BATCH);
    let shared = Arc::new(Shared {
        platform,
        figures: figures.clone(),
        receipts,
        on_the_way: Mutex::default(),
        links: Links::of(config, codes),
    });
    let channels = &config.channels;
    let sms = channels.sms.enabled.then(|| sms::Sms::open(&channels.sms)).transpose();
    let sms = sms.context("channels.sms")?.map(|sms| open(&shared, sms));
    let webhook =
        channels.webhook.enabled.then(|| webhook::Webhook::open(&channels.webhook)).transpose();
    let webhook = webhook.context("channels.webhook")?.map(|hook| open(&shared, hook));
    let doors = Doors { sms, webhook, cap: channels.cap.enabled };
    tokio::spawn(report(shared.clone(), reported));
    tokio::spawn(async move {
        if serve(&shared, &doors).await.is_err() {
            tracing::debug!("the node has stopped, and the channels with it");
        }
    });
    Ok(figures)
}

async fn serve(shared: &Shared, doors: &Doors) -> std::result::Result<(), Closed> {
    let mut committed = shared.platform.committed();
    // Those of before a crash, that may not have left.
    let mut all = true;
    loop {
        if std::mem::take(&mut all) {
            for (notice, channel) in shared.platform.ask(outstanding).await? {
                send(shared, doors, &notice, channel).await?;
            }
        }
        match committed.recv().await {
            Ok(turn) => {
                for effect in &turn.effects {
                    if let Effect::Notice { send: Some(channel), notice } = effect {
                        send(shared, doors, notice, *channel).await?;
                    }
                }
            }
            Err(RecvError::Lagged(_)) => all = true,
            Err(RecvError::Closed) => return Err(Closed),
        }
    }
}

/// Notices that wait on a channel from which no word has come, leave first.
fn outstanding(engine: &Engine) -> Vec<(Notice, Channel)> {
    let push = engine.push();
    let mut all: Vec<(Notice, Channel)> = push
        .notices()
        .filter(|notice| notice.state != NoticeState::Visiting && push.is_wanted(notice.id))
        .filter_map(|notice| {
            let channel = notice.ladder.get(usize::from(notice.rung))?.channel;
            let silent = notice.receipts.iter().all(|receipt| receipt.channel != channel);
            silent.then(|| (notice.clone(), channel))
        })
        .collect();
    all.sort_by_key(|(notice, _)| (notice.action, notice.id));
    all
}

async fn send(
    shared: &Shared,
    doors: &Doors,
    notice: &Notice,
    channel: Channel,
) -> std::result::Result<(), Closed> {
    let id = notice.id;
    let refused = |why: &str| Some((ReceiptState::Failed, why.to_owned()));
    let word = match channel {
        Channel::Loudspeaker | Channel::Visit => return Ok(()),
        _ if notice.drill && channel.is_public() => refused("closed to drills"),
        // Whoever is signed in sees it; whether they read it, their answer says.
        Channel::Screen => Some((ReceiptState::Sent, String::new())),
        // The document is published for all at once; this tells only that it is.
        Channel::Cap if doors.cap => Some((ReceiptState::Sent, "published".to_owned())),
        Channel::Cap => refused("not configured"),
        Channel::Sms if notice.address.is_empty() => refused("no telephone"),
        Channel::Sms | Channel::Webhook => {
            let door = if channel == Channel::Sms { &doors.sms } else { &doors.webhook };
            match door {
                None => refused("not configured"),
                Some(door) => {
                    if shared.lock().insert((id, channel)) {
                        door.add(Item { action: notice.action, id, tries: 0 });
                    }
                    None
                }
            }
        }
    };
    match word {
        Some((state, detail)) => shared.receipt(id, channel, state, detail).await,
        None => Ok(()),
    }
}

/// Opens a gateway: a queue, and tasks that empty it in order, some at once.
fn open<G: Gateway>(shared: &Arc<Shared>, gateway: G) -> Arc<Door> {
    let door = Arc::new(Door::default());
    let (own, shared) = (door.clone(), shared.clone());
    let room = Arc::new(Semaphore::new(usize::from(gateway.at_once())));
    let gateway = Arc::new(gateway);
    tokio::spawn(async move {
        // Room first: what is taken from the queue is then the most urgent there is.
        while let Ok(permit) = room.clone().acquire_owned().await {
            let Some(item) = own.next().await else { return };
            let (shared, door, gateway) = (shared.clone(), own.clone(), gateway.clone());
            tokio::spawn(async move {
                if pass(&shared, &door, &*gateway, item, permit).await.is_err() {
                    tracing::debug!(
                        notice = item.id.0,
                        "the node has stopped: sent again after its start"
                    );
                }
            });
        }
    });
    door
}

/// One try to hand a notice over.
async fn pass<G: Gateway>(
    shared: &Shared,
    door: &Door,
    gateway: &G,
    item: Item,
    permit: OwnedSemaphorePermit,
) -> std::result::Result<(), Closed> {
    let id = item.id;
    let asked = shared.platform.ask(move |engine| {
        let push = engine.push();
        let notice = push.is_wanted(id).then(|| push.notice(id).cloned()).flatten()?;
        let warned = link::warned(engine, &notice);
        Some((notice, warned))
    });
    let Some((mut notice, warned)) = asked.await? else {
        // It waited too long: the danger is over, or something stronger was said. Nobody is told to leave by then.
        shared.lock().remove(&(id, G::CHANNEL));
        return Ok(());
    };
    if let Some(links) = shared.links.as_ref().filter(|_| warned && G::CHANNEL == Channel::Sms) {
        links.add(&mut notice);
    }
    let taken = if notice.drill {
        Err(Trouble::Final("closed to drills".to_owned()))
    } else {
        gateway.hand_over(&notice).await
    };
    drop(permit);
    let (state, detail) = match taken {
        Ok(()) => (ReceiptState::Sent, String::new()),
        Err(Trouble::Passing(why)) if item.tries < gateway.retries() => {
            tracing::warn!(notice = id.0, why, "a gateway did not take a notice");
            shared.figures.retried.fetch_add(1, Ordering::Relaxed);
            // Others pass meanwhile.
            tokio::time::sleep(PAUSE.saturating_mul(1 << item.tries.min(5))).await;
            door.add(Item { tries: item.tries + 1, ..item });
            return Ok(());
        }
        Err(Trouble::Passing(why) | Trouble::Final(why)) => (ReceiptState::Failed, why),
    };
    shared.receipt(id, G::CHANNEL, state, detail).await
}

impl Shared {
    async fn receipt(
        &self,
        notice: NoticeId,
        channel: Channel,
        state: ReceiptState,
        detail: String,
    ) -> std::result::Result<(), Closed> {
        let count = match state {
            ReceiptState::Failed => &self.figures.failed,
            _ => &self.figures.sent,
        };
        count.fetch_add(1, Ordering::Relaxed);
        let detail = detail.chars().take(MAX_DETAIL).collect();
        let event = Event::Receipt { notice, channel, state, detail };
        self.receipts.send(event).await.map_err(|_gone| Closed)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashSet<(NoticeId, Channel)>> {
        self.on_the_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hands receipts to the node, as many at once as there are.
async fn report(shared: Arc<Shared>, mut reported: mpsc::Receiver<Event>) {
    let mut events = Vec::new();
    while reported.recv_many(&mut events, BATCH).await > 0 {
        let told: Vec<(NoticeId, Channel)> = events
            .iter()
            .filter_map(|event| match event {
                Event::Receipt { notice, channel, .. } => Some((*notice, *channel)),
                _ => None,
            })
            .collect();
        if shared.platform.act_all(std::mem::take(&mut events)).await.is_err() {
            return;
        }
        let mut on_the_way = shared.lock();
        for key in told {
            on_the_way.remove(&key);
        }
    }
}

/// The words for the recipient: in the recipient's language if there are any, else in the other.
fn words(notice: &Notice) -> &str {
    let (zh, en) = (notice.text.zh.as_str(), notice.text.en.as_str());
    let (own, other) = if &*notice.language == "en" { (en, zh) } else { (zh, en) };
    if own.is_empty() { other } else { own }
}

/// Name of the idempotency key's header (IETF draft httpapi-idempotency-key-header).
const KEY_HEADER: &str = "idempotency-key";

fn client(timeout_seconds: u32) -> Result<reqwest::Client> {
    // Another part of the process may have chosen it already.
    drop(rustls::crypto::ring::default_provider().install_default());
    Ok(reqwest::Client::builder()
        .timeout(Duration::from_secs(u64::from(timeout_seconds)))
        // A gateway that sends us elsewhere could send us anywhere.
        .redirect(reqwest::redirect::Policy::none())
        .tcp_nodelay(true)
        .build()?)
}

async fn post(request: reqwest::RequestBuilder) -> std::result::Result<(), Trouble> {
    let response = request.send().await.map_err(|error| {
        // The address may hold a telephone number: only the kind of error is told.
        Trouble::Passing(if error.is_timeout() { "timeout" } else { "no connection" }.to_owned())
    })?;
    let status = response.status();
    if status.is_success() {
        return Ok(());
    }
    let why = format!("status {}", status.as_u16());
    // 409: a try of the same key is still under way there (draft-ietf-httpapi-idempotency-key-header, 2.6).
    let passing = status.is_server_error() || matches!(status.as_u16(), 408 | 409 | 425 | 429);
    Err(if passing { Trouble::Passing(why) } else { Trouble::Final(why) })
}
