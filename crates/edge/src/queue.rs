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

/// Messages kept: days of a large site. Beyond it the oldest are given up, because the newest tell how the site stands.
const MOST: i64 = 5_000_000;
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
const COUNT: &str = "SELECT COUNT(*) FROM queue";
const SHED_OLDEST: &str =
    "DELETE FROM queue WHERE seq IN (SELECT seq FROM queue ORDER BY seq LIMIT ?1)";
const REPLY_OF: &str = "SELECT reply FROM forwarded WHERE id = ?1";
const FORWARD: &str = "INSERT INTO forwarded (id, device, expires) VALUES (?1, ?2, ?3)";
const REPLIED: &str = "UPDATE forwarded SET reply = ?2 WHERE id = ?1";
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

/// The queue does not work (any more): nothing may be confirmed to a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the queue has stopped")]
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
    pub fn open(folder: &Path) -> anyhow::Result<(Self, JoinHandle<rusqlite::Result<()>>)> {
        let db = Connection::open(folder.join("uplink.db"))?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "synchronous", "FULL")?;
        db.execute_batch(SCHEMA)?;
        let (orders, inbox) = mpsc::channel(ORDERS);
        let news = Arc::new(Notify::new());
        let own = news.clone();
        let thread = thread::Builder::new()
            .name("helan-uplink".to_owned())
            .spawn(move || serve(db, inbox, &own))?;
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

fn serve(
    mut db: Connection,
    mut inbox: mpsc::Receiver<Order>,
    news: &Notify,
) -> rusqlite::Result<()> {
    let mut count: i64 = db.query_row(COUNT, [], |row| row.get(0))?;
    while let Some(first) = inbox.blocking_recv() {
        let mut promises: Vec<Promise> = Vec::new();
        let before = count;
        let work = db.transaction()?;
        let mut next = Some(first);
        while let Some(order) = next {
            carry_out(&work, order, &mut count, &mut promises)?;
            next = inbox.try_recv().ok();
        }
        if count > MOST {
            let gone = work.prepare_cached(SHED_OLDEST)?.execute([SHED])?;
            count -= i64::try_from(gone).unwrap_or(0);
            tracing::error!(
                gone,
                "the queue to the platform is full: the oldest messages are lost"
            );
        }
        work.commit()?;
        promises.into_iter().for_each(|promise| promise());
        if count > before {
            news.notify_one();
        }
    }
    Ok(())
}

fn carry_out(
    db: &Transaction<'_>,
    order: Order,
    count: &mut i64,
    promises: &mut Vec<Promise>,
) -> rusqlite::Result<()> {
    match order {
        Order::Put(records, done) => {
            for record in &records {
                put(db, record, count)?;
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
            let gone = db.prepare_cached(CONFIRM)?.execute([upto])?;
            *count -= i64::try_from(gone).unwrap_or(0);
        }
        Order::Count(reply) => {
            promises.push(promise(reply, u64::try_from(*count).unwrap_or(0)));
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
            db.prepare_cached(REPLIED)?.execute(params![id, record.payload])?;
            put(db, &record, count)?;
            promises.push(promise(done, ()));
        }
        Order::Forget(before) => {
            db.prepare_cached(FORGET)?.execute([before.0])?;
        }
    }
    Ok(())
}

fn put(db: &Transaction<'_>, record: &Record, count: &mut i64) -> rusqlite::Result<()> {
    let row = params![record.device, record.leaf.word(), record.payload];
    db.prepare_cached(PUT)?.execute(row)?;
    *count += 1;
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
            thread.join().unwrap().unwrap();
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
        let reply = Record { leaf: Leaf::Replies, ..record(1) };
        queue.replied("17", reply.clone()).await.unwrap();
        assert_eq!(queue.forward("17", "valve", Ms(100)).await, Ok(Known::Replied(reply.payload)));
        assert_eq!(queue.count().await, Ok(1));
        queue.forget(Ms(101)).await.unwrap();
        assert_eq!(queue.forward("17", "valve", Ms(100)).await, Ok(Known::New));
    }
}
