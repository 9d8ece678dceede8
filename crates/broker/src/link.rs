//! The way back to a client: acknowledgements and messages wait here until its connection writes them.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use tokio::{sync::Notify, time::Instant};

use crate::clock;

/// Messages that may wait for one client. A device gets a handful of commands; a gateway with thousands of children gets
/// one for each in a region-wide drill. Who reads slower than that is disconnected: the outbox sends again.
pub const MAX_WAITING: usize = 65_536;
/// Bytes of messages that may wait for one client: bounds the memory that a slow reader costs.
pub const MAX_WAITING_BYTES: usize = 16 * 1024 * 1024;

/// Quality of service of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Qos {
    /// At most once: never acknowledged.
    AtMostOnce,
    /// At least once: PUBACK.
    AtLeastOnce,
    /// Exactly once: PUBREC, PUBREL, PUBCOMP.
    ExactlyOnce,
}

/// Reason codes of MQTT 5 that a service gives (MQTT 5.0 section 2.4); MQTT 3.1.1 clients never see them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Accepted and kept.
    Success,
    /// Refused: no better word.
    Unspecified,
    /// Refused: the sender may not do this.
    NotAuthorized,
    /// Refused: nothing is known under this topic.
    TopicNameInvalid,
    /// Refused: a limit is reached.
    QuotaExceeded,
    /// Refused: the payload cannot be read, or not be used.
    PayloadFormatInvalid,
}

impl Reason {
    /// The reason with this byte; one that is not known here is unspecified.
    #[must_use]
    pub const fn of(code: u8) -> Self {
        match code {
            0x00 => Self::Success,
            0x87 => Self::NotAuthorized,
            0x90 => Self::TopicNameInvalid,
            0x97 => Self::QuotaExceeded,
            0x99 => Self::PayloadFormatInvalid,
            _ => Self::Unspecified,
        }
    }

    /// The byte on the wire.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Success => 0x00,
            Self::Unspecified => 0x80,
            Self::NotAuthorized => 0x87,
            Self::TopicNameInvalid => 0x90,
            Self::QuotaExceeded => 0x97,
            Self::PayloadFormatInvalid => 0x99,
        }
    }
}

/// What is said about one message of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ack {
    /// How it went.
    pub reason: Reason,
    /// Words for the sender (MQTT 5 reason string); none when there is nothing to say.
    pub text: Option<Arc<str>>,
}

impl Ack {
    /// Accepted, nothing to say.
    pub const DONE: Self = Self { reason: Reason::Success, text: None };
}

/// A message to a client.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Full topic.
    pub topic: Arc<str>,
    /// Payload.
    pub payload: Bytes,
    /// Whether the client must acknowledge it (QoS 1), else QoS 0.
    pub acknowledged: bool,
    /// After this time it is dropped instead of sent; in MQTT 5 what is left of it becomes the message expiry interval.
    pub lives: Option<Duration>,
    /// Given back by [`crate::Service::delivered`] when the client acknowledged it.
    pub tag: u64,
}

/// Why a message cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The client is gone.
    #[error("the client is gone")]
    Closed,
    /// The client reads too slowly; it is being disconnected.
    #[error("the client reads too slowly")]
    Full,
}

/// Why a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    /// The client said goodbye.
    Goodbye,
    /// The socket closed or failed.
    Lost,
    /// Nothing came within one and a half keep-alive times.
    Silent,
    /// The same client connected anew.
    TakenOver,
    /// It read too slowly.
    TooSlow,
    /// It broke the protocol or a limit.
    Protocol,
    /// The platform ended it: token changed, device removed.
    Dismissed,
    /// The server stops.
    Stopping,
}

/// Packets of one socket read that wait for acknowledgement, in order of arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) packet: u16,
    pub(crate) qos: Qos,
}

/// A message that waits, and until when it may be sent.
#[derive(Debug)]
pub(crate) struct Queued {
    pub(crate) message: Outgoing,
    pub(crate) until: Option<Instant>,
}

/// What the connection has to write.
#[derive(Debug, Default)]
pub(crate) struct Work {
    /// Acknowledgements, in the order the packets came.
    pub(crate) acks: Vec<(Waiting, Ack)>,
    /// Messages, oldest first.
    pub(crate) messages: Vec<Queued>,
    /// Whether the connection shall end, and why.
    pub(crate) close: Option<Gone>,
    /// Whether further messages could be taken at once.
    pub(crate) more: bool,
}

#[derive(Default)]
struct Queue {
    acks: Vec<(Waiting, Ack)>,
    messages: VecDeque<Queued>,
    bytes: usize,
    close: Option<Gone>,
    /// Number of the receipt that is acknowledged next: MQTT wants acknowledgements in the order of the packets
    /// (MQTT-4.6.0-2), but commits of different lanes may overtake each other.
    next: u64,
    early: BTreeMap<u64, Vec<(Waiting, Ack)>>,
    closed: bool,
}

struct Shared {
    id: u64,
    peer: SocketAddr,
    /// Receipts made so far.
    receipts: AtomicU64,
    queue: Mutex<Queue>,
    wake: Notify,
    /// Whether some [`Wakes`] will wake it.
    marked: AtomicBool,
}

/// A handle to a client; cheap to clone, stays harmless when the client is gone.
#[derive(Clone)]
pub struct Link(Arc<Shared>);

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Link({} {})", self.0.id, self.0.peer)
    }
}

impl PartialEq for Link {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Link {}

impl Link {
    pub(crate) fn new(id: u64, peer: SocketAddr) -> Self {
        let shared = Shared {
            id,
            peer,
            receipts: AtomicU64::new(0),
            queue: Mutex::default(),
            wake: Notify::new(),
            marked: AtomicBool::new(false),
        };
        Self(Arc::new(shared))
    }

    /// Number of the connection; never used twice in one run of the server.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.0.id
    }

    /// Address of the client.
    #[must_use]
    pub fn peer(&self) -> SocketAddr {
        self.0.peer
    }

    /// Hands a message to the connection.
    ///
    /// # Errors
    /// When the client is gone, or reads so slowly that the queue is full; then it is disconnected.
    pub fn send(&self, message: Outgoing) -> Result<(), SendError> {
        self.send_with(message, &mut Wakes::default())
    }

    /// Hands a message to the connection, which is woken with others later.
    ///
    /// # Errors
    /// As [`Link::send`].
    pub fn send_with(&self, message: Outgoing, wakes: &mut Wakes) -> Result<(), SendError> {
        let size = message.topic.len() + message.payload.len();
        let until = message.lives.and_then(|span| clock::now().checked_add(span));
        {
            let mut queue = self.lock();
            if queue.closed || queue.close.is_some() {
                return Err(SendError::Closed);
            }
            if queue.messages.len() >= MAX_WAITING || queue.bytes + size > MAX_WAITING_BYTES {
                queue.close = Some(Gone::TooSlow);
                drop(queue);
                self.0.wake.notify_one();
                return Err(SendError::Full);
            }
            queue.bytes += size;
            queue.messages.push_back(Queued { message, until });
        }
        wakes.add(self);
        Ok(())
    }

    /// Ends the connection. The first reason stays.
    pub fn close(&self, why: Gone) {
        self.lock().close.get_or_insert(why);
        self.0.wake.notify_one();
    }

    /// Whether nothing can be sent any more.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        let queue = self.lock();
        queue.closed || queue.close.is_some()
    }

    fn acknowledge(&self, number: u64, acks: Vec<(Waiting, Ack)>, wakes: &mut Wakes) {
        {
            let mut queue = self.lock();
            if queue.closed {
                return;
            }
            if number != queue.next {
                queue.early.insert(number, acks);
                return;
            }
            queue.next += 1;
            if queue.acks.is_empty() {
                queue.acks = acks;
            } else {
                queue.acks.extend(acks);
            }
            while let Some(early) = {
                let next = queue.next;
                queue.early.remove(&next)
            } {
                queue.next += 1;
                queue.acks.extend(early);
            }
        }
        wakes.add(self);
    }

    /// Takes all acknowledgements and at most `most` messages, of which at most `room` want to be acknowledged.
    pub(crate) fn take(&self, room: usize, most: usize) -> Work {
        let mut queue = self.lock();
        let mut work =
            Work { acks: std::mem::take(&mut queue.acks), close: queue.close, ..Work::default() };
        let mut room = room;
        while let Some(next) = queue.messages.front() {
            if next.message.acknowledged && room == 0 {
                break;
            }
            if work.messages.len() == most {
                work.more = true;
                break;
            }
            room -= usize::from(next.message.acknowledged);
            if let Some(queued) = queue.messages.pop_front() {
                queue.bytes -= queued.message.topic.len() + queued.message.payload.len();
                work.messages.push(queued);
            }
        }
        work
    }

    /// Waits until there may be something to write.
    pub(crate) async fn woken(&self) {
        self.0.wake.notified().await;
    }

    /// Nothing is taken any more.
    pub(crate) fn finish(&self) {
        let mut queue = self.lock();
        queue.closed = true;
        queue.acks = Vec::new();
        queue.messages = VecDeque::new();
        queue.bytes = 0;
        queue.early.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Nothing that can fail runs under the lock, so a poisoned one is still whole.
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Connections that have something new to write. Woken together, each wakes once and writes once, however many messages
/// and acknowledgements it was given. Dropping wakes them, too.
#[derive(Debug, Default)]
pub struct Wakes(Vec<Link>);

impl Wakes {
    /// Wakes them all.
    pub fn wake(&mut self) {
        for link in self.0.drain(..) {
            // Before the waking: whoever queues something after it marks the connection anew.
            link.0.marked.store(false, Ordering::Release);
            link.0.wake.notify_one();
        }
    }

    fn add(&mut self, link: &Link) {
        if !link.0.marked.swap(true, Ordering::AcqRel) {
            self.0.push(link.clone());
        }
    }
}

impl Drop for Wakes {
    fn drop(&mut self) {
        self.wake();
    }
}

/// The right and the duty to acknowledge the messages of one delivery. Dropping it unused ends the connection: the sender
/// must then send again, nothing is lost in silence.
#[derive(Debug)]
pub struct Receipt {
    link: Link,
    number: u64,
    waiting: Vec<Option<Waiting>>,
    used: bool,
}

impl Receipt {
    pub(crate) fn new(link: Link, waiting: Vec<Option<Waiting>>) -> Self {
        let number = link.0.receipts.fetch_add(1, Ordering::Relaxed);
        Self { link, number, waiting, used: false }
    }

    /// Acknowledges: one `ack` for each message of the delivery, in order. Those of QoS 0 are passed over. Messages for
    /// which the iterator has nothing left count as done.
    pub fn acknowledge(self, acks: impl IntoIterator<Item = Ack>) {
        self.acknowledge_with(acks, &mut Wakes::default());
    }

    /// Acknowledges as [`Receipt::acknowledge`] does; the connection is woken with others later.
    pub fn acknowledge_with(mut self, acks: impl IntoIterator<Item = Ack>, wakes: &mut Wakes) {
        self.used = true;
        let mut acks = acks.into_iter();
        let acks = std::mem::take(&mut self.waiting)
            .into_iter()
            .filter_map(|waiting| {
                let ack = acks.next().unwrap_or(Ack::DONE);
                waiting.map(|waiting| (waiting, ack))
            })
            .collect();
        self.link.acknowledge(self.number, acks, wakes);
    }

    /// The connection it belongs to.
    #[must_use]
    pub fn link(&self) -> &Link {
        &self.link
    }

    /// Divides it: the first `count` messages, and the rest. Divide from the front, before the next delivery is taken.
    #[must_use]
    pub fn split(mut self, count: usize) -> (Self, Self) {
        let rest = self.waiting.split_off(count.min(self.waiting.len()));
        let rest = Self::new(self.link.clone(), rest);
        (self, rest)
    }

    /// How many messages the delivery has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether the delivery has no message.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        if !self.used {
            self.link.close(Gone::Dismissed);
        }
    }
}

/// A message of a client, borrowed from the read buffer.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// Topic.
    pub topic: &'a str,
    /// Payload.
    pub payload: &'a [u8],
    /// Quality of service.
    pub qos: Qos,
}

/// All messages of one socket read, with the receipt for them.
#[derive(Debug)]
pub struct Delivery<'a> {
    /// The messages, in order of arrival.
    pub messages: Vec<Message<'a>>,
    /// To acknowledge them with.
    pub receipt: Receipt,
}
