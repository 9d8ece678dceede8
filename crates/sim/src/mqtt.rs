//! One MQTT 5 connection of one virtual device: a task that connects, keeps what is not acknowledged, and comes back.
//!
//! Everything is published at QoS 1 and kept until the server's PUBACK; after a lost link it is sent again in order.
//! Ten thousand of these fit one process: a task, a socket and a few hundred bytes of buffer each.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::{Buf, Bytes, BytesMut};
use mqtt_protocol_core::mqtt::{
    Connection, Version,
    common::Cursor,
    connection::{Event, TimerKind},
    packet::{GenericPacketTrait, Packet, Property, Qos, SubEntry, SubOpts, v5_0},
    role,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{Semaphore, mpsc},
    time::{sleep, sleep_until, timeout},
};

use crate::{clock, random::Random};

/// Messages that wait for their PUBACK or for the link; beyond it the oldest is given up, as a device's own memory would.
const PENDING_MOST: usize = 4096;
/// Messages on their way without PUBACK.
const FLIGHT_MOST: usize = 64;
/// Orders that wait for the task.
const ORDERS_MOST: usize = 256;
/// Time for connecting and for the server's CONNACK.
const CONNECT_PATIENCE: Duration = Duration::from_secs(20);
/// Shortest and longest wait before connecting again.
const BACKOFF: (f64, f64) = (0.25, 30.0);
/// Keep-alive told to the server, in seconds.
const KEEP_ALIVE_S: u16 = 60;

/// Who connects, and what it listens to.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Client identifier and user name: the device key.
    pub key: Arc<str>,
    /// Password: the token of the device.
    pub token: Arc<str>,
    /// Topics to subscribe.
    pub topics: Vec<String>,
}

/// What the owner wants from the task.
#[derive(Debug)]
enum Order {
    Publish { topic: Arc<str>, payload: Bytes, tag: u64 },
    Cut,
    Restore,
}

/// What the task tells its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// Connected, and the topics are subscribed.
    Up,
    /// The connection was lost; with the reason.
    Down(String),
    /// A message came.
    Message(Message),
    /// The server has it on stable storage.
    Acknowledged {
        /// Mark given when it was published.
        tag: u64,
    },
    /// The server refused it.
    Refused {
        /// Mark given when it was published.
        tag: u64,
        /// The server's words.
        reason: String,
    },
}

/// A received message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Topic.
    pub topic: String,
    /// Payload.
    pub payload: Vec<u8>,
    /// When its bytes were read.
    pub at: Instant,
}

/// Handle of a connection. The task ends when the handle is dropped.
#[derive(Debug)]
pub struct Link {
    orders: mpsc::Sender<Order>,
}

/// What all connections of a process share.
#[derive(Clone, Debug)]
pub struct Dialer {
    server: SocketAddr,
    /// Connections that are being made at the same time: a server must not see ten thousand handshakes at once.
    gate: Arc<Semaphore>,
    seed: u64,
}

impl Dialer {
    /// Connections to this server; `seed` spreads their waiting times.
    #[must_use]
    pub fn new(server: SocketAddr, seed: u64) -> Self {
        Self { server, gate: Arc::new(Semaphore::new(256)), seed }
    }

    /// Where the connections go.
    #[must_use]
    pub fn server(&self) -> SocketAddr {
        self.server
    }

    /// Starts a connection. What happens is told to `told` with `number`.
    #[must_use]
    pub fn connect(
        &self,
        identity: Identity,
        number: usize,
        told: mpsc::Sender<(usize, Told)>,
    ) -> Link {
        let (orders, inbox) = mpsc::channel(ORDERS_MOST);
        let random = Random::of(self.seed, &identity.key);
        let task = Task {
            dialer: self.clone(),
            identity,
            number,
            told,
            inbox,
            pending: VecDeque::new(),
            flight: 0,
            cut: false,
            random,
        };
        tokio::spawn(task.run());
        Link { orders }
    }
}

impl Link {
    /// Publishes at QoS 1; gives false when the task is so far behind that the message is lost.
    pub fn publish(&self, topic: &Arc<str>, payload: Bytes, tag: u64) -> bool {
        self.orders.try_send(Order::Publish { topic: topic.clone(), payload, tag }).is_ok()
    }

    /// Fault: the connection drops without a word and stays away.
    pub fn cut(&self) -> bool {
        self.orders.try_send(Order::Cut).is_ok()
    }

    /// End of the fault.
    pub fn restore(&self) -> bool {
        self.orders.try_send(Order::Restore).is_ok()
    }
}

struct Pending {
    topic: Arc<str>,
    payload: Bytes,
    tag: u64,
    /// Packet identifier while on its way.
    id: Option<u16>,
}

struct Task {
    dialer: Dialer,
    identity: Identity,
    number: usize,
    told: mpsc::Sender<(usize, Told)>,
    inbox: mpsc::Receiver<Order>,
    pending: VecDeque<Pending>,
    flight: usize,
    cut: bool,
    random: Random,
}

/// Why a session ended.
enum End {
    /// The owner dropped the handle.
    Dropped,
    /// The connection is gone.
    Lost(String),
}

/// One connection while it lives.
struct Session {
    stream: TcpStream,
    state: Connection<role::Client>,
    input: BytesMut,
    output: Vec<u8>,
    ping: Instant,
    up: bool,
    closing: Option<String>,
}

impl Task {
    async fn run(mut self) {
        let mut failures = 0_i32;
        loop {
            while self.cut {
                match self.inbox.recv().await {
                    Some(order) => self.take(order),
                    None => return,
                }
            }
            let why = match self.session(&mut failures).await {
                End::Dropped => return,
                End::Lost(why) => why,
            };
            self.flight = 0;
            for message in &mut self.pending {
                message.id = None;
            }
            if self.told.send((self.number, Told::Down(why))).await.is_err() {
                return;
            }
            let wait = (BACKOFF.0 * 2_f64.powi(failures.min(10))).min(BACKOFF.1);
            failures = failures.saturating_add(1);
            let wait = Duration::from_secs_f64(wait * self.random.between(0.5, 1.5));
            if !self.rest(wait).await {
                return;
            }
        }
    }

    /// Waits, but still takes orders; false when the owner is gone.
    async fn rest(&mut self, wait: Duration) -> bool {
        let until = sleep(wait);
        tokio::pin!(until);
        loop {
            tokio::select! {
                () = &mut until => return true,
                order = self.inbox.recv() => match order {
                    // A restored link is tried at once.
                    Some(Order::Restore) => { self.cut = false; return true; }
                    Some(order) => self.take(order),
                    None => return false,
                }
            }
        }
    }

    fn take(&mut self, order: Order) {
        match order {
            Order::Publish { topic, payload, tag } => {
                if self.pending.len() >= PENDING_MOST
                    && self.pending.pop_front().is_some_and(|lost| lost.id.is_some())
                {
                    self.flight = self.flight.saturating_sub(1);
                }
                self.pending.push_back(Pending { topic, payload, tag, id: None });
            }
            Order::Cut => self.cut = true,
            Order::Restore => self.cut = false,
        }
    }

    async fn session(&mut self, failures: &mut i32) -> End {
        let mut session = {
            let Ok(_turn) = self.dialer.gate.clone().acquire_owned().await else {
                return End::Dropped;
            };
            match timeout(CONNECT_PATIENCE, self.open()).await {
                Ok(Ok(session)) => session,
                Ok(Err(why)) => return End::Lost(why),
                Err(_elapsed) => return End::Lost("no answer to the connection".to_owned()),
            }
        };
        *failures = 0;
        loop {
            if let Err(why) = self.send_pending(&mut session) {
                return End::Lost(why);
            }
            if let Err(why) = session.flush().await {
                return End::Lost(why);
            }
            if let Some(why) = session.closing.take() {
                return End::Lost(why);
            }
            let ping = tokio::time::Instant::from_std(session.ping);
            tokio::select! {
                read = session.stream.read_buf(&mut session.input) => {
                    match read {
                        Ok(0) => return End::Lost("closed by the server".to_owned()),
                        Ok(_) => {}
                        Err(error) => return End::Lost(error.to_string()),
                    }
                    if !self.receive(&mut session).await {
                        return End::Dropped;
                    }
                }
                order = self.inbox.recv() => {
                    let Some(order) = order else { return End::Dropped };
                    self.take(order);
                    while let Ok(order) = self.inbox.try_recv() {
                        self.take(order);
                    }
                    if self.cut {
                        return End::Lost("link cut".to_owned());
                    }
                }
                () = sleep_until(ping) => {
                    let events = session.state.notify_timer_fired(TimerKind::PingreqSend);
                    session.handle(events);
                }
            }
        }
    }

    /// Connects, signs in and subscribes.
    async fn open(&mut self) -> Result<Session, String> {
        let words = |error: std::io::Error| error.to_string();
        let stream = TcpStream::connect(self.dialer.server).await.map_err(words)?;
        stream.set_nodelay(true).map_err(words)?;
        let mut session = Session {
            stream,
            state: Connection::new(Version::V5_0),
            input: BytesMut::with_capacity(512),
            output: Vec::new(),
            ping: clock::instant() + Duration::from_secs(3600),
            up: false,
            closing: None,
        };
        session.state.set_auto_pub_response(true);
        let connect = connect_packet(&self.identity).map_err(|e| format!("{e:?}"))?;
        let events = session.state.send(connect);
        session.handle(events);
        session.flush().await?;
        while !session.up {
            match session.stream.read_buf(&mut session.input).await {
                Ok(0) => return Err("closed by the server".to_owned()),
                Ok(_) => {}
                Err(error) => return Err(error.to_string()),
            }
            if !self.receive(&mut session).await {
                return Err("owner is gone".to_owned());
            }
            session.flush().await?;
            if let Some(why) = session.closing.take() {
                return Err(why);
            }
        }
        Ok(session)
    }

    /// Puts what waits on its way, oldest first.
    fn send_pending(&mut self, session: &mut Session) -> Result<(), String> {
        if self.flight >= FLIGHT_MOST || self.flight >= self.pending.len() {
            return Ok(());
        }
        // The server may ask for less than we would send.
        let room = session.state.get_receive_maximum_vacancy_for_send();
        let mut room = room.map_or(FLIGHT_MOST, usize::from).min(FLIGHT_MOST - self.flight);
        for message in self.pending.iter_mut().filter(|m| m.id.is_none()) {
            if room == 0 {
                break;
            }
            room -= 1;
            let id = session.state.acquire_packet_id().map_err(|e| format!("{e:?}"))?;
            let packet = publish_packet(&message.topic, &message.payload, id)
                .map_err(|e| format!("{e:?}"))?;
            message.id = Some(id);
            self.flight += 1;
            let events = session.state.send(packet);
            session.handle(events);
        }
        Ok(())
    }

    /// Takes all whole packets; false when the owner is gone.
    async fn receive(&mut self, session: &mut Session) -> bool {
        let at = clock::instant();
        let bytes = session.input.split();
        let mut cursor = Cursor::new(bytes.chunk());
        let mut events = Vec::new();
        while usize::try_from(cursor.position()).is_ok_and(|at| at < bytes.len()) {
            events.extend(session.state.recv(&mut cursor));
        }
        for packet in session.handle(events) {
            let Some(told) = self.understand(session, packet, at) else { continue };
            if self.told.send((self.number, told)).await.is_err() {
                return false;
            }
        }
        true
    }

    fn understand(&mut self, session: &mut Session, packet: Packet, at: Instant) -> Option<Told> {
        match packet {
            Packet::V5_0Connack(connack) => {
                use mqtt_protocol_core::mqtt::result_code::ConnectReasonCode;
                if connack.reason_code() != ConnectReasonCode::Success {
                    session.closing = Some(format!("refused: {}", connack.reason_code()));
                    return None;
                }
                if self.identity.topics.is_empty() {
                    session.up = true;
                    return Some(Told::Up);
                }
                if let Err(error) = session.subscribe(&self.identity.topics) {
                    session.closing = Some(error);
                }
                None
            }
            Packet::V5_0Suback(_) => {
                session.up = true;
                Some(Told::Up)
            }
            Packet::V5_0Publish(publish) => Some(Told::Message(Message {
                topic: publish.topic_name().to_owned(),
                payload: publish.payload().as_slice().to_vec(),
                at,
            })),
            Packet::V5_0Puback(puback) => {
                let place = self.pending.iter().position(|m| m.id == Some(puback.packet_id()))?;
                let tag = self.pending.remove(place)?.tag;
                self.flight = self.flight.saturating_sub(1);
                match puback.reason_code() {
                    Some(code) if code.is_failure() => {
                        let words = puback.props().as_ref().map(|props| reason_words(props));
                        let reason = words.unwrap_or_else(|| code.to_string());
                        Some(Told::Refused { tag, reason })
                    }
                    _ => Some(Told::Acknowledged { tag }),
                }
            }
            Packet::V5_0Disconnect(bye) => {
                session.closing = Some(format!("server says: {:?}", bye.reason_code()));
                None
            }
            _ => None,
        }
    }
}

impl Session {
    /// Follows what the protocol state asks for; gives the packets that came.
    fn handle(&mut self, events: Vec<Event>) -> Vec<Packet> {
        let mut came = Vec::new();
        for event in events {
            match event {
                Event::NotifyPacketReceived(packet) => came.push(packet),
                Event::RequestSendPacket { packet, .. } => {
                    self.output.extend_from_slice(&packet.to_continuous_buffer());
                }
                Event::RequestTimerReset { kind: TimerKind::PingreqSend, duration_ms } => {
                    self.ping = clock::instant() + Duration::from_millis(duration_ms);
                }
                Event::NotifyError(error) => self.closing = Some(format!("{error:?}")),
                Event::RequestClose => {
                    self.closing.get_or_insert_with(|| "protocol error".to_owned());
                }
                Event::RequestTimerReset { .. }
                | Event::RequestTimerCancel(_)
                | Event::NotifyPacketIdReleased(_) => {}
            }
        }
        came
    }

    async fn flush(&mut self) -> Result<(), String> {
        if self.output.is_empty() {
            return Ok(());
        }
        let result = self.stream.write_all(&self.output).await;
        self.output.clear();
        result.map_err(|error| error.to_string())
    }

    fn subscribe(&mut self, topics: &[String]) -> Result<(), String> {
        let options = SubOpts::new().set_qos(Qos::AtLeastOnce);
        let entries = topics
            .iter()
            .map(|topic| SubEntry::new(topic.as_str(), options))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|e| format!("{e:?}"))?;
        let id = self.state.acquire_packet_id().map_err(|e| format!("{e:?}"))?;
        let packet = v5_0::Subscribe::builder()
            .packet_id(id)
            .entries(entries)
            .build()
            .map_err(|e| format!("{e:?}"))?;
        let events = self.state.send(Packet::V5_0Subscribe(packet));
        self.handle(events);
        Ok(())
    }
}

type MqttResult<T> = Result<T, mqtt_protocol_core::mqtt::result_code::MqttError>;

fn connect_packet(identity: &Identity) -> MqttResult<Packet> {
    let mut builder = v5_0::Connect::builder()
        .client_id(&*identity.key)?
        .clean_start(true)
        .keep_alive(KEEP_ALIVE_S);
    if !identity.token.is_empty() {
        builder =
            builder.user_name(&*identity.key)?.password(identity.token.as_bytes().to_vec())?;
    }
    Ok(Packet::V5_0Connect(builder.build()?))
}

/// A PUBLISH at QoS 1.
///
/// # Errors
/// When the topic is none.
pub fn publish_packet(topic: &str, payload: &[u8], id: u16) -> MqttResult<Packet> {
    let packet = v5_0::Publish::builder()
        .topic_name(topic)?
        .qos(Qos::AtLeastOnce)
        .packet_id(id)
        .payload(payload)
        .build()?;
    Ok(Packet::V5_0Publish(packet))
}

fn reason_words(props: &[Property]) -> String {
    props
        .iter()
        .find_map(|p| match p {
            Property::ReasonString(words) => Some(words.val().to_owned()),
            _ => None,
        })
        .unwrap_or_default()
}
