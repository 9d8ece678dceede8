//! One client, from the first byte to the last.

use std::{
    collections::{BTreeSet, HashMap},
    convert::Infallible,
    pin::pin,
    sync::Arc,
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    time::{sleep_until, timeout},
};

use crate::{
    clock,
    control::{self, Connect},
    greet::{fill, greet},
    limits,
    link::{Ack, Delivery, Gone, Link, Message, Qos, Queued, Receipt, Waiting},
    server::Endpoint,
    service::Service,
    wire::{self, Fault, Frame, Version, kind},
};

/// How a connection ends: what the client is told, and what the service is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct End {
    gone: Gone,
    code: Option<u8>,
    /// How the client broke the protocol, if it did.
    fault: Option<Fault>,
}

impl From<Fault> for End {
    fn from(fault: Fault) -> Self {
        Self { gone: Gone::Protocol, code: Some(fault.code()), fault: Some(fault) }
    }
}

impl From<Gone> for End {
    fn from(gone: Gone) -> Self {
        let code = match gone {
            Gone::Goodbye | Gone::Lost => None,
            Gone::Silent => Some(0x8d),
            Gone::TakenOver => Some(0x8e),
            Gone::TooSlow => Some(0x97),
            Gone::Protocol => Some(0x82),
            Gone::Dismissed => Some(0x98),
            Gone::Stopping => Some(0x8b),
        };
        Self { gone, code, fault: None }
    }
}

/// Serves one client.
pub(crate) async fn run<S: Service, I: AsyncRead + AsyncWrite + Unpin + Send>(
    endpoint: Arc<Endpoint<S>>,
    mut io: I,
    link: Link,
) {
    let mut buffer = Vec::new();
    let Some((hello, client, session)) = greet(&endpoint, &mut io, &mut buffer, &link).await else {
        link.finish();
        return;
    };
    let user = hello.user.clone().unwrap_or_default();
    let name = (user.into_boxed_str(), client.into_boxed_str());
    endpoint.enter(&name, &link);
    let will = hello.will.clone();
    let mut wire = Wire::new(io, link.clone(), &hello);
    let assigned = hello.client.is_empty().then_some(&*name.1);
    let keep_alive = wire.other_keep_alive(&hello);
    control::put_welcome(&mut wire.out, &hello, assigned, keep_alive);
    let end = match wire.serve(&*endpoint.service, &session, &mut buffer).await {
        Ok(never) => match never {},
        Err(end) => end,
    };
    if let Some(fault) = end.fault {
        endpoint.service.broke(Some(&session), link.peer(), fault);
    }
    wire.farewell(end).await;
    drop(wire);
    link.finish();
    endpoint.leave(&name, &link);
    if let (Some((topic, payload)), true) = (&will, counts(end.gone)) {
        let receipt = Receipt::new(link.clone(), vec![None]);
        let message = Message { topic, payload, qos: Qos::AtMostOnce };
        endpoint.service.publish(&session, Delivery { messages: vec![message], receipt }).await;
    }
    endpoint.service.disconnected(session, &link, end.gone).await;
}

/// Whether the will is published. Not on a take-over: the device is there, and its will would come after its new greeting.
fn counts(gone: Gone) -> bool {
    match gone {
        Gone::Lost | Gone::Silent | Gone::TooSlow | Gone::Protocol => true,
        Gone::Goodbye | Gone::TakenOver | Gone::Dismissed | Gone::Stopping => false,
    }
}

/// The socket with the state of the protocol on it.
struct Wire<I> {
    io: I,
    link: Link,
    version: Version,
    out: Vec<u8>,
    filters: BTreeSet<String>,
    /// Received at QoS 1 or 2 and not yet acknowledged.
    unacknowledged: usize,
    /// Received at QoS 2 and not yet released: whether PUBREC was sent.
    held: HashMap<u16, bool>,
    /// Sent at QoS 1 and not yet acknowledged: packet number → tag.
    sent: HashMap<u16, u64>,
    next_packet: u16,
    window: usize,
    /// Largest packet that the client takes.
    maximum: usize,
    keep_alive: Duration,
    /// Whether words go with acknowledgements: the client wants them, and takes packets that long.
    problems: bool,
}

impl<I: AsyncRead + AsyncWrite + Unpin + Send> Wire<I> {
    fn new(io: I, link: Link, hello: &Connect) -> Self {
        let keep_alive = match hello.keep_alive {
            0 => limits::MAX_KEEP_ALIVE_SECONDS,
            own => own.min(limits::MAX_KEEP_ALIVE_SECONDS),
        };
        Self {
            io,
            link,
            version: hello.version,
            out: Vec::new(),
            filters: BTreeSet::new(),
            unacknowledged: 0,
            held: HashMap::new(),
            sent: HashMap::new(),
            next_packet: 0,
            window: limits::SEND_WINDOW.min(usize::from(hello.receive_maximum)),
            maximum: hello.maximum_packet,
            keep_alive: Duration::from_secs(u64::from(keep_alive)),
            problems: hello.problems && hello.maximum_packet > wire::MAX_ACKNOWLEDGEMENT,
        }
    }

    /// The keep-alive that the client must use instead of its own.
    fn other_keep_alive(&self, hello: &Connect) -> Option<u16> {
        let used = u16::try_from(self.keep_alive.as_secs()).unwrap_or(u16::MAX);
        (used != hello.keep_alive).then_some(used)
    }

    /// Reads, hands on, writes back, until the end.
    async fn serve<S: Service>(
        &mut self,
        service: &S,
        session: &S::Session,
        buffer: &mut Vec<u8>,
    ) -> Result<Infallible, End> {
        // MQTT-3.1.2-22: one and a half times the keep-alive.
        let patience = self.keep_alive.mul_f64(1.5);
        let mut heard = clock::now();
        let mut silence = pin!(sleep_until(heard + patience));
        self.take_in(service, session, buffer).await?;
        loop {
            self.flush().await?;
            let full = self.unacknowledged >= usize::from(limits::RECEIVE_MAXIMUM);
            tokio::select! {
                read = fill(&mut self.io, buffer), if !full => {
                    if !read.is_ok_and(|count| count > 0) {
                        return Err(Gone::Lost.into());
                    }
                    heard = clock::now();
                    self.take_in(service, session, buffer).await?;
                }
                () = self.link.woken() => {}
                () = &mut silence => {
                    let due = heard + patience;
                    if due <= clock::now() && !full {
                        return Err(Gone::Silent.into());
                    }
                    silence.as_mut().reset(due.max(clock::now() + Duration::from_millis(10)));
                }
            }
        }
    }

    /// Takes all whole packets out of the buffer and hands the messages among them on.
    async fn take_in<S: Service>(
        &mut self,
        service: &S,
        session: &S::Session,
        buffer: &mut Vec<u8>,
    ) -> Result<(), End> {
        let mut rest = buffer.as_slice();
        let mut messages = Vec::new();
        let mut waiting = Vec::new();
        let end = loop {
            let frame = match wire::frame(&mut rest, limits::MAX_PACKET) {
                Ok(Some(frame)) => frame,
                Ok(None) => break None,
                Err(fault) => break Some(End::from(fault)),
            };
            let taken = if frame.kind() == kind::PUBLISH {
                self.message(frame, &mut messages, &mut waiting).map_err(End::from)
            } else {
                self.packet(service, session, frame)
            };
            if let Err(end) = taken {
                break Some(end);
            }
        };
        let used = buffer.len() - rest.len();
        if !messages.is_empty() {
            let receipt = Receipt::new(self.link.clone(), waiting);
            let mut publish = pin!(service.publish(session, Delivery { messages, receipt }));
            loop {
                // Commands for the client must not wait until there is room for its readings.
                tokio::select! {
                    biased;
                    () = &mut publish => break,
                    () = self.link.woken() => self.flush().await?,
                }
            }
        }
        if used == buffer.len() {
            // An idle client holds no buffer.
            *buffer = Vec::new();
        } else {
            buffer.drain(..used);
        }
        end.map_or(Ok(()), Err)
    }

    fn message<'a>(
        &mut self,
        frame: Frame<'a>,
        messages: &mut Vec<Message<'a>>,
        waiting: &mut Vec<Option<Waiting>>,
    ) -> Result<(), Fault> {
        let publish = wire::publish(frame, self.version)?;
        if publish.topic.len() > limits::MAX_TOPIC {
            return Err(Fault::Topic);
        }
        if publish.qos == Qos::ExactlyOnce {
            match self.held.get(&publish.packet) {
                // Said already; the client did not hear it.
                Some(true) => {
                    self.acknowledge(kind::PUBREC, publish.packet);
                    return Ok(());
                }
                Some(false) => return Ok(()),
                None => {
                    self.held.insert(publish.packet, false);
                }
            }
        }
        let wait = (publish.qos != Qos::AtMostOnce)
            .then_some(Waiting { packet: publish.packet, qos: publish.qos });
        self.unacknowledged += usize::from(wait.is_some());
        messages.push(Message { topic: publish.topic, payload: publish.payload, qos: publish.qos });
        waiting.push(wait);
        Ok(())
    }

    fn packet<S: Service>(
        &mut self,
        service: &S,
        session: &S::Session,
        frame: Frame<'_>,
    ) -> Result<(), End> {
        match frame.kind() {
            kind::PINGREQ if frame.body.is_empty() => self.out.extend_from_slice(&[0xd0, 0]),
            kind::PUBACK => {
                let (packet, _) = wire::acknowledgement(frame, self.version)?;
                if let Some(tag) = self.sent.remove(&packet) {
                    service.delivered(session, tag);
                }
            }
            kind::PUBREL => {
                let (packet, _) = wire::acknowledgement(frame, self.version)?;
                self.held.remove(&packet);
                self.acknowledge(kind::PUBCOMP, packet);
            }
            kind::SUBSCRIBE => self.subscribe(service, session, frame)?,
            kind::UNSUBSCRIBE => self.unsubscribe(service, session, frame)?,
            kind::DISCONNECT => {
                let with_will = control::disconnect_with_will(frame, self.version);
                let gone = if with_will { Gone::Lost } else { Gone::Goodbye };
                return Err(gone.into());
            }
            // Nothing is sent at QoS 2 here, so PUBREC and PUBCOMP have no place; nor has a second CONNECT, nor AUTH.
            _ => return Err(Fault::Protocol.into()),
        }
        Ok(())
    }

    fn subscribe<S: Service>(
        &mut self,
        service: &S,
        session: &S::Session,
        frame: Frame<'_>,
    ) -> Result<(), Fault> {
        let asked = control::subscribe(frame, self.version)?;
        let mut granted = Vec::new();
        let codes = asked.filters.iter().map(|(filter, qos)| {
            let known = self.filters.contains(filter);
            let refused = if filter.len() > limits::MAX_TOPIC || !is_filter(filter) {
                Some(0x8f)
            } else if !known && self.filters.len() >= limits::MAX_SUBSCRIPTIONS {
                Some(0x97)
            } else if !service.may_subscribe(session, filter) {
                Some(0x87)
            } else {
                None
            };
            match (refused, self.version) {
                (Some(_), Version::V3) => 0x80,
                (Some(code), Version::V5) => code,
                (None, _) => {
                    self.filters.insert(filter.clone());
                    granted.push((filter.as_str(), *qos));
                    u8::from(*qos != Qos::AtMostOnce)
                }
            }
        });
        let codes: Vec<u8> = codes.collect();
        control::put_suback(&mut self.out, self.version, asked.packet, &codes);
        for (filter, qos) in granted {
            service.subscribed(session, filter, qos);
        }
        Ok(())
    }

    fn unsubscribe<S: Service>(
        &mut self,
        service: &S,
        session: &S::Session,
        frame: Frame<'_>,
    ) -> Result<(), Fault> {
        const NO_SUBSCRIPTION: u8 = 0x11;
        let asked = control::unsubscribe(frame, self.version)?;
        let codes = asked.filters.iter().map(|(filter, _)| {
            if self.filters.remove(filter) {
                service.unsubscribed(session, filter);
                0
            } else {
                NO_SUBSCRIPTION
            }
        });
        let codes: Vec<u8> = codes.collect();
        control::put_unsuback(&mut self.out, self.version, asked.packet, &codes);
        Ok(())
    }

    /// Writes all that waits.
    async fn flush(&mut self) -> Result<(), End> {
        loop {
            let room = self.window.saturating_sub(self.sent.len());
            let work = self.link.take(room, limits::WRITE_BATCH);
            for (waiting, ack) in &work.acks {
                self.unacknowledged = self.unacknowledged.saturating_sub(1);
                let kind = match waiting.qos {
                    Qos::ExactlyOnce => {
                        // A refused packet number is free again (MQTT 5.0 section 4.3.3).
                        if self.version == Version::V5 && ack.reason.code() >= 0x80 {
                            self.held.remove(&waiting.packet);
                        } else if let Some(said) = self.held.get_mut(&waiting.packet) {
                            // A client that released it too early will use the number for something else.
                            *said = true;
                        }
                        kind::PUBREC
                    }
                    _ => kind::PUBACK,
                };
                let brief = Ack { reason: ack.reason, text: None };
                let ack = if self.problems { ack } else { &brief };
                wire::put_acknowledgement(&mut self.out, self.version, kind, waiting.packet, ack);
            }
            for queued in &work.messages {
                self.put(queued);
            }
            self.write().await?;
            if let Some(gone) = work.close {
                return Err(gone.into());
            }
            if !work.more {
                return Ok(());
            }
        }
    }

    /// Encodes a message, unless it has expired or the client cannot take it.
    fn put(&mut self, Queued { message, until }: &Queued) {
        let left = until.map(|at| at.saturating_duration_since(clock::now()));
        if left.is_some_and(|left| left.is_zero()) {
            return;
        }
        // Rounded up: a message that is still good must not expire on the way.
        let expiry =
            left.map(|left| u32::try_from(left.as_millis().div_ceil(1000)).unwrap_or(u32::MAX));
        // Fixed header, lengths, packet number and properties together stay below this.
        const OVERHEAD: usize = 20;
        if message.topic.len() + message.payload.len() + OVERHEAD > self.maximum {
            tracing::warn!(topic = %message.topic, "message is larger than the client takes");
            return;
        }
        let packet = if message.acknowledged { self.number(message.tag) } else { 0 };
        let (topic, payload) = (&*message.topic, &*message.payload);
        wire::put_publish(&mut self.out, self.version, packet, topic, payload, expiry);
    }

    /// A free packet number; the window is far smaller than their count.
    fn number(&mut self, tag: u64) -> u16 {
        loop {
            self.next_packet = self.next_packet.checked_add(1).unwrap_or(1);
            if let std::collections::hash_map::Entry::Vacant(free) =
                self.sent.entry(self.next_packet)
            {
                free.insert(tag);
                return self.next_packet;
            }
        }
    }

    fn acknowledge(&mut self, kind: u8, packet: u16) {
        let done = crate::link::Ack::DONE;
        wire::put_acknowledgement(&mut self.out, self.version, kind, packet, &done);
    }

    async fn write(&mut self) -> Result<(), End> {
        if self.out.is_empty() {
            return Ok(());
        }
        let written = timeout(limits::WRITE_TIMEOUT, self.io.write_all(&self.out)).await;
        // An idle client holds no buffer.
        self.out = Vec::new();
        match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_lost)) => Err(Gone::Lost.into()),
            Err(_elapsed) => Err(End { gone: Gone::TooSlow, code: None, fault: None }),
        }
    }

    /// Tells the client why, if there is anything to tell.
    async fn farewell(&mut self, end: End) {
        if let Some(code) = end.code {
            wire::put_disconnect(&mut self.out, self.version, code);
            if self.write().await.is_err() {
                return;
            }
        }
        drop(timeout(limits::WRITE_TIMEOUT, self.io.shutdown()).await);
    }
}

/// Whether a text is a topic filter (MQTT-4.7.1): `#` only as the whole last level, `+` only as a whole level.
fn is_filter(filter: &str) -> bool {
    let mut levels = filter.split('/').peekable();
    !filter.is_empty()
        && !filter.contains('\0')
        && std::iter::from_fn(|| levels.next().map(|level| (level, levels.peek().is_none()))).all(
            |(level, last)| match level {
                "#" => last,
                "+" => true,
                word => !word.contains(['#', '+']),
            },
        )
}

#[cfg(test)]
mod tests {
    use super::is_filter;

    #[test]
    fn filters() {
        let check = |filter: &str, good: bool| assert_eq!(is_filter(filter), good, "{filter}");
        check("a/b", true);
        check("a/#", true);
        check("#", true);
        check("+/b", true);
        check("a/#/b", false);
        check("a/b#", false);
        check("a+/b", false);
        check("", false);
        check("a\0", false);
    }
}
