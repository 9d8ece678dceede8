//! Load in a closed loop: a window of messages is kept on its way, and what gets through is counted.

use std::{
    cell::RefCell,
    collections::VecDeque,
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, anyhow, bail};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::LocalSet,
};

use super::{
    Args, Figures, Mode, Peer, Times,
    setup::{self, LoadDevice},
    wire::{self, Frame, Template},
};
use crate::clock;

/// Largest read at once.
const READ: usize = 64 * 1024;
/// Time for what is on its way after the end.
const REST: Duration = Duration::from_secs(5);

/// Counts of all connections.
#[derive(Default)]
pub(super) struct Tally {
    pub sent: u64,
    pub acknowledged: u64,
    pub refused: u64,
    pub received: u64,
    pub missing: u64,
    pub surplus: u64,
    pub acknowledged_times: Times,
    pub received_times: Times,
}

/// When measuring begins and ends.
#[derive(Clone, Copy)]
pub(super) struct Span {
    pub from: Instant,
    pub to: Instant,
}

impl Span {
    /// From now on: first the warm-up, then what is measured.
    pub(super) fn begin(args: &Args) -> Self {
        let from = clock::instant() + Duration::from_secs_f64(args.warmup);
        Self { from, to: from + Duration::from_secs_f64(args.seconds) }
    }

    pub(super) fn holds(&self, now: Instant) -> bool {
        self.from <= now && now < self.to
    }
}

/// One connection.
struct Loop {
    stream: TcpStream,
    template: Template,
    replies: String,
    reply_qos: u8,
    /// Whether a message is through when its command came (else when it is confirmed).
    by_command: bool,
    /// Identifier and moment of messages not yet confirmed, oldest first.
    unconfirmed: VecDeque<(u16, Instant)>,
    /// Moments of messages whose command has not come, oldest first.
    uncommanded: VecDeque<Instant>,
    next_id: u16,
    moment: i64,
    window: usize,
    output: Vec<u8>,
    reply: Vec<u8>,
}

/// Runs it on one thread: the other core belongs to whoever is loaded.
pub(super) fn run(args: &Args, devices: &[LoadDevice]) -> Result<Figures> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let tally = Rc::new(RefCell::new(Tally::default()));
    let local = LocalSet::new();
    let mut connections = Vec::new();
    for device in devices {
        connections.push((device, setup::connect(args, device)?));
    }
    runtime.block_on(local.run_until(async {
        let span = Span::begin(args);
        let mut tasks = Vec::new();
        for (device, connected) in connections {
            connected.stream.set_nonblocking(true)?;
            let stream = TcpStream::from_std(connected.stream)?;
            let most = usize::from(connected.receive_maximum);
            let mut one = Loop::new(args, device, stream, most);
            let tally = tally.clone();
            tasks.push(tokio::task::spawn_local(async move { one.run(span, &tally).await }));
        }
        for task in tasks {
            task.await.context("a connection stopped")??;
        }
        Ok::<(), anyhow::Error>(())
    }))?;
    let tally = Rc::try_unwrap(tally).map_err(|_shared| anyhow!("a connection is still there"))?;
    Ok(figures(args, args.seconds, &tally.into_inner()))
}

/// Figures of a tally.
#[expect(clippy::cast_precision_loss, reason = "counts stay below 2^53")]
pub(super) fn figures(args: &Args, seconds: f64, tally: &Tally) -> Figures {
    let readings_per_message = setup::readings_per_message(args.mode);
    let acknowledged_per_s = tally.acknowledged as f64 / seconds;
    Figures {
        mode: args.mode,
        peer: args.peer,
        connections: args.connections,
        readings_per_message,
        seconds,
        sent: tally.sent,
        acknowledged: tally.acknowledged,
        refused: tally.refused,
        received: tally.received,
        missing: tally.missing,
        surplus: tally.surplus,
        acknowledged_per_s,
        received_per_s: tally.received as f64 / seconds,
        readings_per_s: acknowledged_per_s * readings_per_message as f64,
        acknowledged_us: tally.acknowledged_times.percentiles(),
        received_us: tally.received_times.percentiles(),
        generator_cpu_s: 0.0,
    }
}

impl Loop {
    fn new(args: &Args, device: &LoadDevice, stream: TcpStream, most: usize) -> Self {
        let window = args.window.unwrap_or(match args.mode {
            Mode::Max => 4,
            Mode::Readings => 32,
            Mode::Rare | Mode::Storm | Mode::Batch => 4,
        });
        Self {
            stream,
            template: setup::template(device),
            replies: device.replies.clone(),
            reply_qos: args.reply_qos,
            by_command: args.mode == Mode::Max || args.peer != Peer::Helan,
            unconfirmed: VecDeque::new(),
            uncommanded: VecDeque::new(),
            next_id: 1,
            moment: device.start,
            window: window.clamp(1, most),
            output: Vec::with_capacity(READ),
            reply: Vec::new(),
        }
    }

    async fn run(&mut self, span: Span, tally: &RefCell<Tally>) -> Result<()> {
        let mut input: Vec<u8> = Vec::with_capacity(READ);
        let mut sending = true;
        loop {
            let now = clock::instant();
            if sending && now >= span.to {
                sending = false;
            }
            if sending {
                self.fill(now, span, &mut tally.borrow_mut());
            } else if self.on_way() == 0 {
                return Ok(());
            }
            if !self.output.is_empty() {
                self.stream.write_all(&self.output).await?;
                self.output.clear();
            }
            let wait = if sending { span.to } else { span.to + REST };
            let read = self.stream.read_buf(&mut input);
            match tokio::time::timeout_at(wait.into(), read).await {
                Ok(Ok(0)) => bail!("the connection was closed"),
                Ok(Ok(_)) => {}
                Ok(Err(error)) => return Err(error.into()),
                Err(_elapsed) if sending => continue,
                Err(_elapsed) => {
                    tally.borrow_mut().missing += self.on_way() as u64;
                    return Ok(());
                }
            }
            let used = self.take(&input, span, &mut tally.borrow_mut())?;
            input.drain(..used);
        }
    }

    fn on_way(&self) -> usize {
        if self.by_command { self.uncommanded.len() } else { self.unconfirmed.len() }
    }

    /// Puts messages on their way until the window is full.
    fn fill(&mut self, now: Instant, span: Span, tally: &mut Tally) {
        while self.on_way() < self.window && self.unconfirmed.len() < self.window {
            let id = self.take_id();
            self.moment = self.template.put(&mut self.output, id, self.moment);
            self.unconfirmed.push_back((id, now));
            if self.by_command {
                self.uncommanded.push_back(now);
            }
            tally.sent += u64::from(span.holds(now));
        }
    }

    /// Identifiers of messages; replies use the upper half, so that the two never meet.
    fn take_id(&mut self) -> u16 {
        let id = self.next_id;
        self.next_id = if id >= 0x7fff { 1 } else { id + 1 };
        id
    }

    fn take(&mut self, input: &[u8], span: Span, tally: &mut Tally) -> Result<usize> {
        let now = clock::instant();
        let measured = span.holds(now);
        let mut used = 0;
        while let Some((frame, size)) = wire::frame(input.get(used..).unwrap_or_default())? {
            used += size;
            match frame {
                // A reply was confirmed.
                Frame::PubAck { id, .. } if id >= 0x8000 => {}
                Frame::PubAck { id, accepted } => {
                    let place = self.unconfirmed.iter().position(|(sent, _)| *sent == id);
                    let Some((_, at)) = place.and_then(|p| self.unconfirmed.remove(p)) else {
                        bail!("confirmation of {id}, which was not sent")
                    };
                    if !accepted {
                        tally.refused += 1;
                    } else if measured {
                        tally.acknowledged += 1;
                        tally.acknowledged_times.add(now - at);
                    }
                }
                Frame::Publish { id, payload } => {
                    self.answer(id, payload);
                    let Some(at) = self.uncommanded.pop_front() else {
                        tally.surplus += 1;
                        continue;
                    };
                    if measured {
                        tally.received += 1;
                        tally.received_times.add(now - at);
                    }
                }
                Frame::Disconnect(reason) => bail!("the server ended the connection: {reason:#x}"),
                Frame::Other => {}
            }
        }
        Ok(used)
    }

    fn answer(&mut self, id: Option<u16>, payload: &[u8]) {
        if let Some(id) = id {
            wire::put_puback(&mut self.output, id);
        }
        put_done(&mut self.output, &mut self.reply, &self.replies, self.reply_qos, payload);
    }
}

/// Adds the reply "done" to a command; nothing with a peer.
pub(super) fn put_done(
    out: &mut Vec<u8>,
    scratch: &mut Vec<u8>,
    replies: &str,
    qos: u8,
    payload: &[u8],
) {
    let Some(id) = wire::command_id(payload).filter(|_| !replies.is_empty()) else { return };
    scratch.clear();
    scratch.extend_from_slice(b"{\"id\":\"");
    scratch.extend_from_slice(id);
    scratch.extend_from_slice(b"\",\"outcome\":\"done\"}");
    // Replies may share identifiers with one another: nobody waits for their confirmation.
    let id = (qos == 1).then_some(0x8000);
    wire::put_publish(out, replies, id, scratch);
}
