//! What waits for the platform, on stable storage: kept in order until the platform has confirmed it.
//!
//! One thread owns the file. What arrives together is committed together, so that many devices cost few writes.

use std::{
    path::Path,
    sync::Arc,
    thread::{self, JoinHandle},
};

use helan_kernel::Ms;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use tokio::sync::{Notify, mpsc, oneshot};

/// Messages kept: days of a large site. Beyond it the oldest readings are given up, because the newest tell how the site
/// stands; replies to commands stay.
const MOST: i64 = 5_000_000;
/// …and bytes of them: the site's disk is also that of its engine.
const MOST_BYTES: i64 = 2 << 30;
/// Orders that wait for the thread.
const ORDERS: usize = 1024;
/// Rows removed at once when the limit is reached.
const SHED: i64 = 10_000;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS queue (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, device TEXT NOT NULL, leaf TEXT NOT NULL, payload BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS forwarded (
    id TEXT PRIMARY KEY, device TEXT NOT NULL, expires INTEGER NOT NULL, reply BLOB) STRICT, WITHOUT ROWID;";
const PUT: &str = "INSERT INTO queue (device, leaf, payload) VALUES (?1, ?2, ?3)";
const TAKE: &str =
    "SELECT seq, device, leaf, payload FROM queue WHERE seq > ?1 ORDER BY seq LIMIT ?2";
const CONFIRM: &str = "DELETE FROM queue WHERE seq <= ?1";
const FILL: &str = "SELECT COUNT(*), TOTAL(LENGTH(payload)) FROM queue WHERE seq <= ?1";
const OLD: &str =
    "SELECT seq, LENGTH(payload) FROM queue WHERE leaf = 'readings' ORDER BY seq LIMIT ?1";
const SHED_ONE: &str = "DELETE FROM queue WHERE seq = ?1";
const REPLY_OF: &str = "SELECT reply FROM forwarded WHERE id = ?1";
const FORWARD: &str = "INSERT INTO forwarded (id, device, expires) VALUES (?1, ?2, ?3)";
const REPLIED: &str = "UPDATE forwarded SET reply = ?2 WHERE id = ?1 AND device = ?3";
const FORGET: &str = "DELETE FROM forwarded WHERE expires < ?1";

/// A message for the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Key of the device it is about.
    pub device: String,
    /// Last level of the topic.
    pub leaf: Leaf,
    /// Payload.
    pub payload: Vec<u8>,
}

/// Kinds of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaf {
    /// Readings.
    Readings,
    /// Replies to the platform's commands.
    Replies,
}

impl Leaf {
    /// The word in topics.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Readings => "readings",
            Self::Replies => "replies",
        }
    }
}

/// What is known of a command of the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// It comes for the first time; it is noted now.
    New,
    /// It came before and is with its device.
    Forwarded,
    /// It came before, and the device answered this.
    Replied(Vec<u8>),
}

/// The queue does not work now (the disk is full, or ill): nothing may be confirmed to a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the queue cannot be written")]
pub struct Stopped;

enum Order {
    Put(Vec<Record>, oneshot::Sender<()>),
    Take(u64, usize, oneshot::Sender<Vec<(u64, Record)>>),
    Confirm(u64),
    Count(oneshot::Sender<u64>),
    Forward { id: String, device: String, expires: Ms, known: oneshot::Sender<Known> },
    Replied { id: String, record: Record, done: oneshot::Sender<()> },
    Forget(Ms),
}

/// Handle to the queue; cheap to clone.
#[derive(Clone, Debug)]
pub struct Queue {
    orders: mpsc::Sender<Order>,
    news: Arc<Notify>,
}

impl Queue {
    /// Opens the queue in a folder.
    ///
    /// # Errors
    /// When the file cannot be used.
    pub fn open(folder: &Path) -> anyhow::Result<(Self, JoinHandle<()>)> {
        Self::open_with(folder, Fill { count: MOST, bytes: MOST_BYTES })
    }

    fn open_with(folder: &Path, most: Fill) -> anyhow::Result<(Self, JoinHandle<()>)> {
        let db = Connection::open(folder.join("uplink.db"))?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "synchronous", "FULL")?;
        db.execute_batch(SCHEMA)?;
        let (orders, inbox) = mpsc::channel(ORDERS);
        let news = Arc::new(Notify::new());
        let own = news.clone();
        let thread = thread::Builder::new()
            .name("helan-uplink".to_owned())
            .spawn(move || serve(db, inbox, &own, most))?;
        Ok((Self { orders, news }, thread))
    }

    /// Keeps messages; resolves when they are on stable storage.
    pub async fn put(&self, records: Vec<Record>) -> Result<(), Stopped> {
        if records.is_empty() {
            return Ok(());
        }
        self.ask(|done| Order::Put(records, done)).await
    }

    /// The oldest messages after a number.
    pub async fn take(&self, after: u64, most: usize) -> Result<Vec<(u64, Record)>, Stopped> {
        self.ask(|reply| Order::Take(after, most, reply)).await
    }

    /// The platform has everything up to this number.
    pub async fn confirm(&self, upto: u64) -> Result<(), Stopped> {
        self.orders.send(Order::Confirm(upto)).await.map_err(|_closed| Stopped)
    }

    /// How many messages wait.
    pub async fn count(&self) -> Result<u64, Stopped> {
        self.ask(Order::Count).await
    }

    /// A command of the platform came: notes it, and says whether it came before.
    pub async fn forward(&self, id: &str, device: &str, expires: Ms) -> Result<Known, Stopped> {
        let (id, device) = (id.to_owned(), device.to_owned());
        self.ask(|known| Order::Forward { id, device, expires, known }).await
    }

    /// The device answered a command of the platform: notes the answer, and keeps it for the platform.
    pub async fn replied(&self, id: &str, record: Record) -> Result<(), Stopped> {
        let id = id.to_owned();
        self.ask(|done| Order::Replied { id, record, done }).await
    }

    /// Forgets commands that expired before a moment.
    pub async fn forget(&self, before: Ms) -> Result<(), Stopped> {
        self.orders.send(Order::Forget(before)).await.map_err(|_closed| Stopped)
    }

    /// Resolves when something new waits.
    pub async fn news(&self) {
        self.news.notified().await;
    }

    async fn ask<A>(&self, order: impl FnOnce(oneshot::Sender<A>) -> Order) -> Result<A, Stopped> {
        let (reply, answer) = oneshot::channel();
        self.orders.send(order(reply)).await.map_err(|_closed| Stopped)?;
        answer.await.map_err(|_dropped| Stopped)
    }
}

/// Answers that may be given after the commit.
type Promise = Box<dyn FnOnce()>;

/// How full the queue is.
#[derive(Clone, Copy, Debug, Default)]
struct Fill {
    count: i64,
    bytes: i64,
}

impl Fill {
    fn of(db: &Connection, upto: i64) -> rusqlite::Result<Self> {
        db.prepare_cached(FILL)?.query_row([upto], |row| {
            #[expect(clippy::cast_possible_truncation, reason = "TOTAL is a float, far below 2^53")]
            let bytes = row.get::<_, f64>(1)? as i64;
            Ok(Self { count: row.get(0)?, bytes })
        })
    }
}

fn serve(mut db: Connection, mut inbox: mpsc::Receiver<Order>, news: &Notify, most: Fill) {
    let mut fill = None;
    let mut ill = false;
    while let Some(first) = inbox.blocking_recv() {
        let mut orders = vec![first];
        while orders.len() < ORDERS
            && let Ok(next) = inbox.try_recv()
        {
            orders.push(next);
        }
        match turn(&mut db, orders, &mut fill, most) {
            Ok(true) => news.notify_one(),
            Ok(false) => {}
            // Whoever waits hears it, and tries again. Said once, not with every message.
            Err(error) if ill => tracing::debug!(%error, "the queue still cannot be written"),
            Err(error) => tracing::error!(%error, "the queue cannot be written"),
        }
        let was_ill = std::mem::replace(&mut ill, fill.is_none());
        if was_ill && !ill {
            tracing::info!("the queue can be written again");
        }
    }
}

/// Carries out orders in one transaction; says whether there is something new. On an error nothing is done, and `fill` is
/// counted anew next time.
fn turn(
    db: &mut Connection,
    orders: Vec<Order>,
    fill: &mut Option<Fill>,
    most: Fill,
) -> rusqlite::Result<bool> {
    let mut promises: Vec<Promise> = Vec::new();
    let before = match fill.take() {
        Some(known) => known,
        None => Fill::of(db, i64::MAX)?,
    };
    let work = db.transaction()?;
    let mut now = before;
    for order in orders {
        carry_out(&work, order, &mut now, &mut promises)?;
    }
    if now.count > most.count || now.bytes > most.bytes {
        shed(&work, &mut now, most)?;
    }
    work.commit()?;
    *fill = Some(now);
    promises.into_iter().for_each(|promise| promise());
    Ok(now.count > before.count)
}

/// Gives the oldest readings up until there is room again.
fn shed(db: &Transaction<'_>, now: &mut Fill, most: Fill) -> rusqlite::Result<()> {
    let mut gone = 0;
    let mut select = db.prepare_cached(OLD)?;
    let mut rows = select.query([SHED])?;
    // At least so many that not every message has to make room for itself.
    let (count, bytes) = (most.count - most.count / 100, most.bytes - most.bytes / 100);
    while (now.count > count || now.bytes > bytes)
        && let Some(row) = rows.next()?
    {
        db.prepare_cached(SHED_ONE)?.execute([row.get::<_, i64>(0)?])?;
        now.count -= 1;
        now.bytes -= row.get::<_, i64>(1)?;
        gone += 1;
    }
    tracing::error!(gone, "the queue to the platform is full: the oldest readings are lost");
    Ok(())
}

fn carry_out(
    db: &Transaction<'_>,
    order: Order,
    fill: &mut Fill,
    promises: &mut Vec<Promise>,
) -> rusqlite::Result<()> {
    match order {
        Order::Put(records, done) => {
            for record in &records {
                put(db, record, fill)?;
            }
            promises.push(promise(done, ()));
        }
        Order::Take(after, most, reply) => {
            let mut statement = db.prepare_cached(TAKE)?;
            let after = i64::try_from(after).unwrap_or(i64::MAX);
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let rows = statement.query_map(params![after, most], |row| {
                let leaf: String = row.get(2)?;
                let leaf = if leaf == "replies" { Leaf::Replies } else { Leaf::Readings };
                let seq: i64 = row.get(0)?;
                let record = Record { device: row.get(1)?, leaf, payload: row.get(3)? };
                Ok((u64::try_from(seq).unwrap_or(0), record))
            })?;
            promises.push(promise(reply, rows.collect::<rusqlite::Result<Vec<_>>>()?));
        }
        Order::Confirm(upto) => {
            let upto = i64::try_from(upto).unwrap_or(i64::MAX);
            let gone = Fill::of(db, upto)?;
            db.prepare_cached(CONFIRM)?.execute([upto])?;
            fill.count -= gone.count;
            fill.bytes -= gone.bytes;
        }
        Order::Count(reply) => {
            promises.push(promise(reply, u64::try_from(fill.count).unwrap_or(0)));
        }
        Order::Forward { id, device, expires, known } => {
            let reply: Option<Option<Vec<u8>>> =
                db.prepare_cached(REPLY_OF)?.query_row([&id], |row| row.get(0)).optional()?;
            let answer = match reply {
                None => {
                    db.prepare_cached(FORWARD)?.execute(params![id, device, expires.0])?;
                    Known::New
                }
                Some(None) => Known::Forwarded,
                Some(Some(reply)) => Known::Replied(reply),
            };
            promises.push(promise(known, answer));
        }
        Order::Replied { id, record, done } => {
            db.prepare_cached(REPLIED)?.execute(params![id, record.payload, record.device])?;
            put(db, &record, fill)?;
            promises.push(promise(done, ()));
        }
        Order::Forget(before) => {
            db.prepare_cached(FORGET)?.execute([before.0])?;
        }
    }
    Ok(())
}

fn put(db: &Transaction<'_>, record: &Record, fill: &mut Fill) -> rusqlite::Result<()> {
    let row = params![record.device, record.leaf.word(), record.payload];
    db.prepare_cached(PUT)?.execute(row)?;
    fill.count += 1;
    fill.bytes += i64::try_from(record.payload.len()).unwrap_or(i64::MAX);
    Ok(())
}

/// The asker may have gone away meanwhile.
fn promise<A: 'static>(reply: oneshot::Sender<A>, answer: A) -> Promise {
    Box::new(move || drop(reply.send(answer)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(n: u32) -> Record {
        Record { device: "d".into(), leaf: Leaf::Readings, payload: n.to_string().into_bytes() }
    }

    #[tokio::test]
    async fn order_and_position_survive_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        {
            let (queue, thread) = Queue::open(folder.path()).unwrap();
            queue.put((0..10).map(record).collect()).await.unwrap();
            let first = queue.take(0, 4).await.unwrap();
            assert_eq!(first.len(), 4);
            queue.confirm(first[3].0).await.unwrap();
            drop(queue);
            thread.join().unwrap();
        }
        let (queue, _thread) = Queue::open(folder.path()).unwrap();
        assert_eq!(queue.count().await, Ok(6));
        let rest = queue.take(0, 100).await.unwrap();
        let payloads: Vec<_> = rest.iter().map(|(_, r)| r.payload.clone()).collect();
        assert_eq!(payloads, (4..10).map(|n| n.to_string().into_bytes()).collect::<Vec<_>>());
        // Numbers are never used again, even after everything was confirmed.
        let last = rest.last().unwrap().0;
        queue.confirm(last).await.unwrap();
        queue.put(vec![record(1)]).await.unwrap();
        assert!(queue.take(0, 1).await.unwrap()[0].0 > last);
    }

    #[tokio::test]
    async fn a_command_is_forwarded_once_and_its_answer_kept() {
        let folder = tempfile::tempdir().unwrap();
        let (queue, _thread) = Queue::open(folder.path()).unwrap();
        assert_eq!(queue.forward("17", "valve", Ms(100)).await, Ok(Known::New));
        assert_eq!(queue.forward("17", "valve", Ms(100)).await, Ok(Known::Forwarded));
        // Another device of the site cannot answer for it.
        let reply = Record { leaf: Leaf::Replies, device: "valve".into(), ..record(1) };
        let forged = Record { device: "other".into(), ..reply.clone() };
        queue.replied("17", forged).await.unwrap();
        assert_eq!(queue.forward("17", "valve", Ms(100)).await, Ok(Known::Forwarded));
        queue.replied("17", reply.clone()).await.unwrap();
        assert_eq!(queue.forward("17", "valve", Ms(100)).await, Ok(Known::Replied(reply.payload)));
        assert_eq!(queue.count().await, Ok(2));
        queue.forget(Ms(101)).await.unwrap();
        assert_eq!(queue.forward("17", "valve", Ms(100)).await, Ok(Known::New));
    }

    #[tokio::test]
    async fn a_full_queue_gives_up_its_oldest_readings_and_no_reply() {
        let folder = tempfile::tempdir().unwrap();
        let most = Fill { count: 1_000, bytes: 100_000 };
        let (queue, _thread) = Queue::open_with(folder.path(), most).unwrap();
        let reply = Record { leaf: Leaf::Replies, ..record(0) };
        queue.put(vec![reply.clone()]).await.unwrap();
        for n in 0..200 {
            queue.put((n * 10..n * 10 + 10).map(record).collect()).await.unwrap();
        }
        assert!(queue.count().await.unwrap() <= 1_000);
        let all = queue.take(0, 2_000).await.unwrap();
        assert_eq!(all[0].1, reply);
        assert_eq!(all.last().unwrap().1, record(1_999));
        // Few large ones fill it as well.
        let large = Record { payload: vec![b'x'; 10_000], ..record(0) };
        for _ in 0..30 {
            queue.put(vec![large.clone()]).await.unwrap();
        }
        let bytes: usize =
            queue.take(0, 2_000).await.unwrap().iter().map(|(_, r)| r.payload.len()).sum();
        assert!(bytes <= 100_000, "{bytes}");
    }

    #[tokio::test]
    async fn a_disk_that_is_full_for_a_while_stops_nothing_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let (queue, _thread) = Queue::open(folder.path()).unwrap();
        queue.put(vec![record(1)]).await.unwrap();
        // Another writer stands in for the full disk: its refusal is an error of the database all the same.
        let other = Connection::open(folder.path().join("uplink.db")).unwrap();
        other.execute_batch("ALTER TABLE queue RENAME TO gone").unwrap();
        assert_eq!(queue.put(vec![record(2)]).await, Err(Stopped));
        assert_eq!(queue.take(0, 10).await, Err(Stopped));
        other.execute_batch("ALTER TABLE gone RENAME TO queue").unwrap();
        queue.put(vec![record(3)]).await.unwrap();
        let left: Vec<_> = queue.take(0, 10).await.unwrap().into_iter().map(|(_, r)| r).collect();
        assert_eq!(left, [record(1), record(3)]);
    }
}
