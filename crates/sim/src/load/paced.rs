//! Load at a fixed rate, whatever comes back: for measuring times.
//!
//! One thread sends at the moments of a schedule, another receives; a slow answer never delays the next message, so no
//! time is hidden by waiting.

use std::{
    collections::VecDeque,
    io::{ErrorKind, Write as _},
    net::TcpStream,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, anyhow, bail};
use tokio::{io::AsyncReadExt as _, sync::mpsc};

use super::{
    Args, Figures, Mode,
    closed::{Span, Tally, figures, put_done},
    setup::{self, LoadDevice},
    wire::{self, Frame, Template},
};
use crate::clock;

/// Time for what is on its way after the end.
const REST: Duration = Duration::from_secs(5);

/// What sender and receiver of one connection share.
#[derive(Default)]
struct Shared {
    /// Identifier, moment of sending and whether it counts, oldest first: for the confirmation.
    unconfirmed: VecDeque<(u16, Instant, bool)>,
    /// Moment of sending and whether it counts, oldest first: for the command.
    uncommanded: VecDeque<(Instant, bool)>,
}

type Slot = Arc<Mutex<Shared>>;

/// The sending side of a connection.
struct Sender {
    stream: TcpStream,
    template: Template,
    shared: Slot,
    next_id: u16,
    moment: i64,
    output: Vec<u8>,
}

pub(super) fn run(args: &Args, devices: &[LoadDevice]) -> Result<Figures> {
    let rate = args.rate.unwrap_or(if args.mode == Mode::Rare { 20.0 } else { 5000.0 });
    anyhow::ensure!(rate > 0.0 && rate <= 1e6, "a rate between 0 and a million");
    let mut senders = Vec::new();
    let mut receivers = Vec::new();
    for device in devices {
        let connected = setup::connect(args, device)?;
        connected.stream.set_nonblocking(true)?;
        let shared = Slot::default();
        senders.push(Sender {
            stream: connected.stream.try_clone()?,
            template: setup::template(device),
            shared: shared.clone(),
            next_id: 1,
            moment: device.start,
            output: Vec::new(),
        });
        receivers.push((connected.stream, shared, device.replies.clone()));
    }
    let span = Span::begin(args);
    let stop = Arc::new(AtomicBool::new(false));
    let most = args.count.unwrap_or(u64::MAX);
    let sending = {
        let stop = stop.clone();
        thread::Builder::new()
            .name("sender".to_owned())
            .spawn(move || send(senders, rate, span, most, &stop))?
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let received = runtime.block_on(receive(args, receivers, span, &sending));
    stop.store(true, Ordering::Relaxed);
    let sent = sending.join().map_err(|_panic| anyhow!("the sender stopped"))??;
    let mut tally = received?;
    tally.sent = sent.0;
    tally.missing = tally.sent.saturating_sub(tally.received);
    Ok(figures(args, sent.1.as_secs_f64(), &tally))
}

/// Sends by the schedule until the end; gives how many messages count, and how long they took.
fn send(
    mut senders: Vec<Sender>,
    rate: f64,
    span: Span,
    most: u64,
    stop: &AtomicBool,
) -> Result<(u64, Duration)> {
    let start = clock::instant();
    let count = senders.len() as u64;
    let mut counted = 0;
    for number in 0_u64.. {
        #[expect(clippy::cast_precision_loss, reason = "counts stay below 2^53")]
        let due = start + Duration::from_secs_f64(number as f64 / rate);
        if due >= span.to || counted >= most || stop.load(Ordering::Relaxed) {
            break;
        }
        while let Some(wait) = due.checked_duration_since(clock::instant()) {
            if wait.is_zero() {
                break;
            }
            thread::park_timeout(wait);
        }
        let place = usize::try_from(number % count).unwrap_or(0);
        let Some(sender) = senders.get_mut(place) else { break };
        counted += u64::from(sender.send(span)?);
    }
    Ok((counted, clock::instant().min(span.to).saturating_duration_since(span.from)))
}

impl Sender {
    /// Sends one message; says whether it counts.
    fn send(&mut self, span: Span) -> Result<bool> {
        let id = self.next_id;
        self.next_id = if id >= 0x7fff { 1 } else { id + 1 };
        self.output.clear();
        self.moment = self.template.put(&mut self.output, id, self.moment);
        let now = clock::instant();
        let counts = span.holds(now);
        {
            let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
            shared.unconfirmed.push_back((id, now, counts));
            shared.uncommanded.push_back((now, counts));
        }
        match self.stream.write(&self.output) {
            Ok(written) if written == self.output.len() => Ok(counts),
            Ok(_) => bail!("the server does not read: its buffer is full"),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                bail!("the server does not read: its buffer is full")
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// What the receiver of a connection tells.
enum News {
    Acknowledged(Duration),
    Received(Duration),
    Refused,
    Surplus,
    Broken(anyhow::Error),
}

/// Receives until the sender has ended and nothing is on its way, or the patience is over.
async fn receive(
    args: &Args,
    connections: Vec<(TcpStream, Slot, String)>,
    span: Span,
    sending: &thread::JoinHandle<Result<(u64, Duration)>>,
) -> Result<Tally> {
    let (told, mut news) = mpsc::channel(65_536);
    let slots: Vec<Slot> = connections.iter().map(|(_, slot, _)| slot.clone()).collect();
    for (stream, slot, replies) in connections {
        let stream = tokio::net::TcpStream::from_std(stream)?;
        let told = told.clone();
        let qos = args.reply_qos;
        tokio::spawn(async move {
            if let Err(error) = listen(stream, &slot, &replies, qos, &told).await {
                drop(told.send(News::Broken(error)).await);
            }
        });
    }
    let mut tally = Tally::default();
    loop {
        let nap = clock::instant() + Duration::from_millis(50);
        match tokio::time::timeout_at(nap.into(), news.recv()).await {
            Ok(Some(News::Acknowledged(time))) => {
                tally.acknowledged += 1;
                tally.acknowledged_times.add(time);
            }
            Ok(Some(News::Received(time))) => {
                tally.received += 1;
                tally.received_times.add(time);
            }
            Ok(Some(News::Refused)) => tally.refused += 1,
            Ok(Some(News::Surplus)) => tally.surplus += 1,
            Ok(Some(News::Broken(error))) => return Err(error.context("a connection broke")),
            Ok(None) => return Ok(tally),
            Err(_elapsed) => {
                let done = sending.is_finished() && slots.iter().all(is_idle);
                if done || clock::instant() > span.to + REST {
                    return Ok(tally);
                }
            }
        }
    }
}

fn is_idle(slot: &Slot) -> bool {
    let shared = slot.lock().unwrap_or_else(PoisonError::into_inner);
    shared.unconfirmed.is_empty() && shared.uncommanded.is_empty()
}

async fn listen(
    mut stream: tokio::net::TcpStream,
    slot: &Slot,
    replies: &str,
    qos: u8,
    told: &mpsc::Sender<News>,
) -> Result<()> {
    let mut input: Vec<u8> = Vec::with_capacity(4096);
    let mut output = Vec::new();
    let mut scratch = Vec::new();
    loop {
        let read = stream.read_buf(&mut input).await?;
        anyhow::ensure!(read > 0, "closed by the server");
        let now = clock::instant();
        let mut used = 0;
        while let Some((frame, size)) = wire::frame(input.get(used..).unwrap_or_default())? {
            used += size;
            let news = match frame {
                Frame::PubAck { id, .. } if id >= 0x8000 => None,
                Frame::PubAck { id, accepted } => confirmed(slot, id, accepted, now)?,
                Frame::Publish { id, payload } => {
                    if let Some(id) = id {
                        wire::put_puback(&mut output, id);
                    }
                    put_done(&mut output, &mut scratch, replies, qos, payload);
                    let first = {
                        let mut shared = slot.lock().unwrap_or_else(PoisonError::into_inner);
                        shared.uncommanded.pop_front()
                    };
                    match first {
                        Some((at, counts)) => counts.then(|| News::Received(now - at)),
                        None => Some(News::Surplus),
                    }
                }
                Frame::Disconnect(reason) => bail!("the server ended the connection: {reason:#x}"),
                Frame::Other => None,
            };
            if let Some(news) = news {
                told.send(news).await.map_err(|_closed| anyhow!("nobody counts any more"))?;
            }
        }
        input.drain(..used);
        if !output.is_empty() {
            // One write of whole packets: the sender's own packets go between two of them, never into one.
            let written = stream.try_write(&output)?;
            anyhow::ensure!(written == output.len(), "the server does not read");
            output.clear();
        }
    }
}

fn confirmed(slot: &Slot, id: u16, accepted: bool, now: Instant) -> Result<Option<News>> {
    let mut shared = slot.lock().unwrap_or_else(PoisonError::into_inner);
    let place = shared.unconfirmed.iter().position(|(sent, ..)| *sent == id);
    let entry = place.and_then(|place| shared.unconfirmed.remove(place));
    let (_, at, counts) = entry.with_context(|| format!("confirmation of {id}, never sent"))?;
    if !accepted {
        // No command will come of it.
        shared.uncommanded.pop_front();
        return Ok(Some(News::Refused));
    }
    Ok(counts.then(|| News::Acknowledged(now - at)))
}
