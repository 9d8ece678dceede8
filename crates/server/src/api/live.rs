//! The live connection: what was committed, as it comes, to every screen that may see it.
//!
//! One task turns committed turns into messages; each connection filters by area and sends. A screen that is too slow, or a
//! storm too large to follow, is answered with `resync`: fetch anew. Nobody's slowness holds up anything else.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use axum::{
    Extension,
    extract::{
        State, WebSocketUpgrade,
        ws::{Message, Utf8Bytes, WebSocket},
    },
    response::Response,
};
use futures_util::{SinkExt, StreamExt, stream::SplitSink};
use helan_kernel::{AreaCode, DeviceId, Effect, Engine, Ms, effect::DeviceState};
use helan_node::Committed;
use tokio::{
    sync::broadcast::{
        self,
        error::{RecvError, TryRecvError},
    },
    time::{MissedTickBehavior, interval},
};

use super::{
    Api,
    error::{ApiError, ErrorBody},
    gate::Token,
    notices::{sees_addresses, sees_people},
    wire::{
        Alarm, Command, Danger, Escalation, Incident, Live, Notice, Program, Run, TimelineEntry,
        alarm_change, device_state,
    },
};
use crate::{access::Caller, platform::Platform, serve::stopped};

/// Messages that a screen may lie behind.
const ROOM: usize = 1_024;
/// Effects made into messages at once: more than this in a moment, and screens fetch anew instead.
const AT_ONCE: usize = 512;
/// States of devices are gathered for so long: a device that flutters is shown five times a second.
const GATHER: Duration = Duration::from_millis(200);
/// The connection shows that it lives.
const TICK: Duration = Duration::from_secs(5);
/// A session that ended must not go on listening.
const CHECK_EVERY: u32 = 6;
/// A screen that does not take a message for so long is gone.
const PATIENCE: Duration = Duration::from_secs(10);
/// Connections at once: each costs a task and some kilobytes.
const CONNECTIONS: usize = 2_000;

/// One message for all screens, with what decides who may see it.
struct Shared {
    /// Area of the thing; none: everybody.
    area: Option<AreaCode>,
    /// Area of the event that it belongs to, when it may be another one: seen from there, too.
    event: Option<AreaCode>,
    /// What names people of the public: not for everybody.
    people: Option<People>,
    text: Utf8Bytes,
}

struct People {
    drill: bool,
    /// The same without the address, for those who need not call; none when there is no address in it.
    without_address: Option<Utf8Bytes>,
}

/// Where live messages come from.
#[derive(Clone)]
pub struct Hub(broadcast::Sender<Arc<Shared>>);

impl Hub {
    /// Starts the task; it ends with the node.
    #[must_use]
    pub fn start(platform: Platform) -> Self {
        let (sender, _) = broadcast::channel(ROOM);
        let hub = Self(sender);
        tokio::spawn(hub.clone().run(platform));
        hub
    }

    /// Connections now.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.0.receiver_count()
    }

    async fn run(self, platform: Platform) {
        let mut turns = platform.committed();
        let mut devices: BTreeMap<DeviceId, (DeviceState, Ms)> = BTreeMap::new();
        let mut gather = interval(GATHER);
        gather.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let told = tokio::select! {
                turn = turns.recv() => match turn {
                    Ok(turn) => self.turns(&platform, turn, &mut turns, &mut devices).await,
                    Err(RecvError::Lagged(_)) => {
                        self.resync();
                        Ok(())
                    }
                    Err(RecvError::Closed) => return,
                },
                _ = gather.tick() => self.devices(&platform, &mut devices).await,
            };
            if told.is_err() {
                return;
            }
        }
    }

    /// A turn, and whatever else waits already.
    async fn turns(
        &self,
        platform: &Platform,
        first: Arc<Committed>,
        turns: &mut broadcast::Receiver<Arc<Committed>>,
        devices: &mut BTreeMap<DeviceId, (DeviceState, Ms)>,
    ) -> Result<(), helan_node::Closed> {
        let mut batch = vec![first];
        let mut lagged = false;
        loop {
            match turns.try_recv() {
                Ok(turn) => batch.push(turn),
                Err(TryRecvError::Lagged(_)) => lagged = true,
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        // Nobody looks: nothing to do.
        if self.0.receiver_count() == 0 {
            devices.clear();
            return Ok(());
        }
        let mut effects = 0;
        for effect in batch.iter().flat_map(|turn| &turn.effects) {
            if let Effect::Device { device, state, at } = effect {
                devices.insert(*device, (*state, *at));
            } else {
                effects += 1;
            }
        }
        if lagged || effects > AT_ONCE || devices.len() > AT_ONCE {
            devices.clear();
            self.resync();
            return Ok(());
        }
        if effects > 0 {
            let messages = platform.ask(move |engine| messages(engine, &batch)).await?;
            for message in messages {
                self.send(message);
            }
        }
        Ok(())
    }

    async fn devices(
        &self,
        platform: &Platform,
        devices: &mut BTreeMap<DeviceId, (DeviceState, Ms)>,
    ) -> Result<(), helan_node::Closed> {
        if devices.is_empty() {
            return Ok(());
        }
        let changed = std::mem::take(devices);
        let named = platform
            .ask(move |engine| {
                changed
                    .into_iter()
                    .filter_map(|(id, (state, at))| {
                        let device = engine.registry().device(id)?;
                        Some((device.key.clone(), device.spec.area, state, at))
                    })
                    .collect::<Vec<_>>()
            })
            .await?;
        for (key, area, state, at) in named {
            let live = Live::Device { key: key.to_string(), state: device_state(state), at: at.0 };
            self.send(Draft { area: Some(area), event: None, live, people: None });
        }
        Ok(())
    }

    fn send(&self, draft: Draft) {
        let people = draft.people.map(|(drill, notice)| {
            let without = notice.map(|notice| Live::Notice { notice });
            People { drill, without_address: without.and_then(|live| text(&live)) }
        });
        if let Some(text) = text(&draft.live) {
            // Nobody may be listening.
            drop(self.0.send(Arc::new(Shared {
                area: draft.area,
                event: draft.event,
                people,
                text,
            })));
        }
    }

    fn resync(&self) {
        self.send(Draft { area: None, event: None, live: Live::Resync, people: None });
    }
}

fn text(live: &Live) -> Option<Utf8Bytes> {
    serde_json::to_string(live).ok().map(Utf8Bytes::from)
}

/// A message before it is text: that is not the engine's work.
struct Draft {
    area: Option<AreaCode>,
    event: Option<AreaCode>,
    live: Live,
    /// For what names people: whether of a drill; for notices also the notice without its address.
    people: Option<(bool, Option<Box<Notice>>)>,
}

fn messages(engine: &Engine, batch: &[Arc<Committed>]) -> Vec<Draft> {
    batch
        .iter()
        .flat_map(|turn| &turn.effects)
        .filter_map(|effect| message(engine, effect))
        .collect()
}

fn message(engine: &Engine, effect: &Effect) -> Option<Draft> {
    let registry = engine.registry();
    let device_area = |id| registry.device(id).map(|device| device.spec.area);
    let plain = |area, live| Some(Draft { area, event: None, live, people: None });
    match effect {
        Effect::Alarm(change, alarm) => {
            let live = Live::Alarm {
                change: alarm_change(*change),
                alarm: Box::new(Alarm::of(registry, alarm)),
            };
            plain(Some(alarm.place.area), live)
        }
        Effect::Incident(incident) => {
            let live = Live::Incident { incident: Box::new(Incident::from(&**incident)) };
            plain(Some(incident.area), live)
        }
        Effect::Timeline(entry) => {
            // The last line of an incident that is closed by now: whoever looks at it fetches it anew.
            let incident = engine.desk().incident(entry.incident)?;
            let live = Live::Timeline { entry: Box::new(TimelineEntry::from(&**entry)) };
            let people = entry.source.names_people().then_some((incident.drill, None));
            Some(Draft { area: Some(incident.area), event: None, live, people })
        }
        Effect::Notice { notice, .. } => {
            let live = Live::Notice { notice: Box::new(Notice::of(notice, true)) };
            let without = Box::new(Notice::of(notice, false));
            let people = Some((notice.drill, Some(without)));
            let event = engine.desk().incident(notice.incident).map(|incident| incident.area);
            Some(Draft { area: Some(notice.area), event, live, people })
        }
        Effect::Run(run) => {
            let live = Live::Run { run: Box::new(Run::of(registry, run)) };
            plain(Some(device_area(run.device)?), live)
        }
        Effect::Command(command) => {
            let live = Live::Command { command: Box::new(Command::from(&**command)) };
            plain(Some(device_area(command.device)?), live)
        }
        Effect::Program(program) => {
            let program = Program::from(&**program);
            let (key, version) = (program.key, program.version);
            plain(None, Live::Program { key, version, status: program.status })
        }
        Effect::Escalation(call) => {
            let incident = call.incident.and_then(|id| engine.desk().incident(id));
            let alarm = call.alarm.and_then(|id| engine.watch().alarm(id));
            let area = incident.map(|i| i.area).or_else(|| alarm.map(|a| a.place.area));
            // One that cannot be placed belongs to those who see everything.
            let area = area.unwrap_or(AreaCode::ALL);
            plain(Some(area), Live::Escalation { call: Escalation::from(&**call) })
        }
        Effect::Flood { on, alarms, .. } => {
            plain(Some(AreaCode::ALL), Live::Flood { on: *on, alarms: *alarms })
        }
        Effect::Danger(danger) => {
            let live = Live::Danger { danger: Box::new(Danger::from(&**danger)) };
            plain(Some(danger.area), live)
        }
        Effect::Device { .. } | Effect::Warning(_) => None,
    }
}

/// Open the live connection (WebSocket). The server only sends.
#[utoipa::path(get, path = "/live", tag = "live", responses(
    (status = 101, description = "Messages as JSON text, see docs/api.md"), (status = 401, body = ErrorBody),
    (status = 429, body = ErrorBody)))]
pub async fn connect(
    State(api): State<Api>,
    caller: Caller,
    Extension(Token(token)): Extension<Token>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, ApiError> {
    if api.live.connections() >= CONNECTIONS {
        return Err(super::error::Code::TooMany.into());
    }
    // The server takes nothing but control frames from a screen.
    let upgrade = upgrade.max_message_size(1_024).max_frame_size(1_024);
    Ok(upgrade.on_upgrade(move |socket| serve(api, caller, token, socket)))
}

type Sink = SplitSink<WebSocket, Message>;

async fn serve(api: Api, caller: Caller, token: String, socket: WebSocket) {
    let mut messages = api.live.0.subscribe();
    let (mut sink, mut stream) = socket.split();
    let mut stop = api.stopping.clone();
    let mut tick = interval(TICK);
    // The first one is due at once: the greeting is enough.
    tick.tick().await;
    let mut ticks: u32 = 0;
    let mut alive = send(&mut sink, text(&Live::Hello { now: api.platform.now().0 })).await;
    while alive {
        alive = tokio::select! {
            message = messages.recv() => match message {
                Ok(message) => match seen(&caller, &message) {
                    Some(text) => send(&mut sink, Some(text)).await,
                    None => true,
                },
                Err(RecvError::Lagged(_)) => {
                    // What is queued is older than what the screen will fetch.
                    messages = messages.resubscribe();
                    send(&mut sink, text(&Live::Resync)).await
                }
                Err(RecvError::Closed) => false,
            },
            _ = tick.tick() => {
                ticks = ticks.wrapping_add(1);
                let ended = ticks.is_multiple_of(CHECK_EVERY) && has_ended(&api, &caller, &token).await;
                !ended && send(&mut sink, text(&Live::Tick { now: api.platform.now().0 })).await
            }
            // Pings are answered below; anything else but a close is ignored.
            heard = stream.next() => matches!(heard, Some(Ok(message)) if !matches!(message, Message::Close(_))),
            () = stopped(&mut stop) => false,
        };
    }
    // The peer may be gone already.
    drop(tokio::time::timeout(PATIENCE, sink.close()).await);
}

/// Whether the session is over, or its role or area changed: the screen connects anew and is judged anew.
async fn has_ended(api: &Api, caller: &Caller, token: &str) -> bool {
    let now = api.sessions.caller(token, false, &caller.from).await;
    !now.is_ok_and(|now| now.is_some_and(|now| now.role == caller.role && now.area == caller.area))
}

fn seen(caller: &Caller, message: &Shared) -> Option<Utf8Bytes> {
    let near = message.event.is_some_and(|area| caller.sees(area));
    if !near && message.area.is_some_and(|area| !caller.sees(area)) {
        return None;
    }
    match &message.people {
        None => Some(message.text.clone()),
        Some(people) if !sees_people(caller, people.drill) => None,
        Some(people) if sees_addresses(caller, people.drill) => Some(message.text.clone()),
        Some(people) => {
            Some(people.without_address.clone().unwrap_or_else(|| message.text.clone()))
        }
    }
}

async fn send(sink: &mut Sink, text: Option<Utf8Bytes>) -> bool {
    let Some(text) = text else { return true };
    let sent = tokio::time::timeout(PATIENCE, sink.send(Message::Text(text))).await;
    matches!(sent, Ok(Ok(())))
}
