//! The way out: which connection speaks for which device, and what waits for it.

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry as HashEntry},
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use helan_broker::{Gone, Link, Outgoing, Wakes};
use helan_kernel::{
    DeviceId, Effect, Engine, Ms, NoticeId,
    dispose::{Command, CommandState},
    push::{Channel, Notice, NoticeState},
};
use helan_protocol::device::{self, About};
use tokio::sync::oneshot;

use super::topics;
use crate::{clock::Clock, directory::Entry};

/// Requests that may wait for the commands of one device: it has one poller, and perhaps an old one that is not gone yet.
const MAX_POLLERS: usize = 4;

/// Connections of one device at one time.
const MAX_SPEAKERS: usize = 8;

/// Something that waits for a device until it is answered or expires.
#[derive(Clone)]
struct Waiting {
    topic: Arc<str>,
    payload: Bytes,
    expires: Ms,
    /// Connection it was last sent over.
    sent: Option<u64>,
}

/// One device.
#[derive(Default)]
struct Station {
    /// Connections that speak for the device, the newest last: often one publishes and another one listens.
    speakers: Vec<Link>,
    /// Connections that listen to its commands; the last one gets them.
    listeners: Vec<Link>,
    /// Issued commands (a mirror of the engine's outbox), and announcements.
    waiting: BTreeMap<About, Waiting>,
    /// Requests that wait for a command.
    pollers: Vec<oneshot::Sender<Infallible>>,
}

impl Station {
    fn is_idle(&self) -> bool {
        self.speakers.is_empty()
            && self.listeners.is_empty()
            && self.waiting.is_empty()
            && self.pollers.is_empty()
    }
}

/// All devices that are connected or have something waiting.
pub struct Stations {
    clock: Clock,
    /// Loudspeakers that were given a notice. Locked before the other.
    told: Mutex<HashMap<NoticeId, Vec<DeviceId>>>,
    by_device: Mutex<HashMap<DeviceId, Station>>,
}

impl Stations {
    /// None connected, nothing waiting.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { clock, told: Mutex::default(), by_device: Mutex::default() }
    }

    /// Takes the outbox of a recovered engine.
    pub fn load(&self, engine: &Engine) {
        let mut stations = self.lock();
        for command in engine.dispose().commands() {
            if command.state == CommandState::Issued {
                let station = stations.entry(command.device).or_default();
                station.waiting.insert(About::Command(command.id), waiting(command));
            }
        }
    }

    /// Takes committed effects: issued commands are sent or kept; what is answered is forgotten.
    pub fn dispatch(&self, effects: &[Effect], wakes: &mut Wakes) {
        for effect in effects {
            match effect {
                Effect::Command(command) => {
                    let about = About::Command(command.id);
                    if command.state == CommandState::Issued {
                        self.put(command.device, about, waiting(command), wakes);
                    } else {
                        self.forget(command.device, about);
                    }
                }
                Effect::Notice { notice, .. } if is_spoken(notice) => {
                    let told = self.told().remove(&notice.id);
                    for device in told.into_iter().flatten() {
                        self.forget(device, About::Notice(notice.id));
                    }
                }
                _ => {}
            }
        }
    }

    /// Says something over a loudspeaker, now or when it connects; forgotten when `expires` has passed.
    pub fn announce(&self, device: &Entry, notice: NoticeId, payload: Vec<u8>, expires: Ms) {
        let told = {
            let mut told = self.told();
            let devices = told.entry(notice).or_default();
            let fresh = !devices.contains(&device.id);
            if fresh {
                devices.push(device.id);
            }
            fresh
        };
        if told {
            let topic = topics::commands(&device.key).into();
            let waiting = Waiting { topic, payload: payload.into(), expires, sent: None };
            self.put(device.id, About::Notice(notice), waiting, &mut Wakes::default());
        }
    }

    /// Whether a notice was given to a device to be said, and is not over.
    #[must_use]
    pub fn was_told(&self, device: DeviceId, notice: NoticeId) -> bool {
        self.told().get(&notice).is_some_and(|devices| devices.contains(&device))
    }

    /// Forgets announcements that have expired.
    pub fn sweep(&self) {
        let now = (self.clock)();
        let mut told = self.told();
        let mut stations = self.lock();
        told.retain(|notice, devices| {
            devices.retain(|device| {
                let Some(station) = stations.get_mut(device) else { return false };
                let about = About::Notice(*notice);
                let good = station.waiting.get(&about).is_some_and(|w| w.expires > now);
                if !good {
                    station.waiting.remove(&about);
                }
                good
            });
            !devices.is_empty()
        });
        stations.retain(|_, station| !station.is_idle());
    }

    fn put(&self, device: DeviceId, about: About, mut waiting: Waiting, wakes: &mut Wakes) {
        let mut stations = self.lock();
        let station = stations.entry(device).or_default();
        if let Some(link) = station.listeners.last() {
            waiting.sent = self.send(link, &waiting, about, wakes);
        }
        station.waiting.insert(about, waiting);
        // Their receivers hear that.
        station.pollers.clear();
    }

    fn forget(&self, device: DeviceId, about: About) {
        if let HashEntry::Occupied(mut station) = self.lock().entry(device) {
            station.get_mut().waiting.remove(&about);
            if station.get().is_idle() {
                station.remove();
            }
        }
    }

    /// A connection speaks for a device from now on. False when another one did so before: the device was not away. The
    /// oldest of too many connections is ended.
    #[must_use]
    pub fn arrive(&self, device: DeviceId, link: &Link) -> bool {
        let mut stations = self.lock();
        let station = stations.entry(device).or_default();
        let fresh = station.speakers.is_empty();
        station.speakers.push(link.clone());
        if station.speakers.len() > MAX_SPEAKERS {
            station.speakers.remove(0).close(Gone::TakenOver);
        }
        fresh
    }

    /// A connection has ended. False when another one still speaks for the device.
    #[must_use]
    pub fn depart(&self, device: DeviceId, link: &Link) -> bool {
        let mut stations = self.lock();
        let HashEntry::Occupied(mut station) = stations.entry(device) else { return true };
        station.get_mut().speakers.retain(|speaker| speaker != link);
        let gone = station.get().speakers.is_empty();
        if station.get().is_idle() {
            station.remove();
        }
        gone
    }

    /// A connection listens for the commands of a device from now on: what waits is sent over it.
    pub fn listen(&self, device: DeviceId, link: &Link) {
        let mut stations = self.lock();
        let station = stations.entry(device).or_default();
        station.listeners.retain(|listener| listener != link);
        station.listeners.push(link.clone());
        self.send_waiting(station);
    }

    /// A connection listens no more: what waits goes to the one that listened before it, if it is still there.
    pub fn unlisten(&self, device: DeviceId, link: &Link) {
        let mut stations = self.lock();
        let HashEntry::Occupied(mut station) = stations.entry(device) else { return };
        station.get_mut().listeners.retain(|listener| listener != link);
        self.send_waiting(station.get_mut());
        if station.get().is_idle() {
            station.remove();
        }
    }

    /// What waits for a device now, as it would be sent; nothing that has expired.
    #[must_use]
    pub fn commands(&self, device: DeviceId) -> Vec<Bytes> {
        let now = (self.clock)();
        let stations = self.lock();
        let waiting = stations.get(&device).into_iter().flat_map(|s| s.waiting.values());
        waiting.filter(|w| w.expires > now).map(|w| w.payload.clone()).collect()
    }

    /// Resolves (with an error, as nothing is ever sent) when a command for the device is issued; none when too many wait for that already.
    #[must_use]
    pub fn poll(&self, device: DeviceId) -> Option<oneshot::Receiver<Infallible>> {
        let mut stations = self.lock();
        let station = stations.entry(device).or_default();
        station.pollers.retain(|poller| !poller.is_closed());
        if station.pollers.len() >= MAX_POLLERS {
            return None;
        }
        let (poller, wait) = oneshot::channel();
        station.pollers.push(poller);
        Some(wait)
    }

    /// Ends the connections of a device: its token has changed, or it was removed.
    pub fn dismiss(&self, device: DeviceId) {
        for link in self.lock().get(&device).into_iter().flat_map(|station| &station.speakers) {
            link.close(Gone::Dismissed);
        }
    }

    /// Whether a connection speaks for the device now.
    #[must_use]
    pub fn is_connected(&self, device: DeviceId) -> bool {
        self.lock().get(&device).is_some_and(|station| !station.speakers.is_empty())
    }

    /// Sends over the present listener what was not sent over it yet.
    fn send_waiting(&self, station: &mut Station) {
        let Some(link) = station.listeners.last() else { return };
        let mut wakes = Wakes::default();
        for (about, waiting) in &mut station.waiting {
            if waiting.sent != Some(link.id()) {
                waiting.sent = self.send(link, waiting, *about, &mut wakes);
            }
        }
    }

    /// Sends unless it has expired; gives the number of the connection it went over.
    fn send(&self, link: &Link, waiting: &Waiting, about: About, wakes: &mut Wakes) -> Option<u64> {
        let left = waiting.expires.since((self.clock)());
        let left = u64::try_from(left.0).ok().filter(|left| *left > 0)?;
        let message = Outgoing {
            topic: waiting.topic.clone(),
            payload: waiting.payload.clone(),
            acknowledged: true,
            lives: Some(Duration::from_millis(left)),
            tag: match about {
                About::Command(id) => id.0,
                About::Notice(id) => id.0,
            },
        };
        link.send_with(message, wakes).ok().map(|()| link.id())
    }

    fn told(&self) -> MutexGuard<'_, HashMap<NoticeId, Vec<DeviceId>>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<DeviceId, Station>> {
        // Nothing that can fail runs under the lock, so a poisoned one is still whole.
        self.by_device.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the loudspeaker is done with a notice: it was said, or another channel has its turn.
fn is_spoken(notice: &Notice) -> bool {
    let rung = notice.ladder.get(usize::from(notice.rung));
    rung.is_none_or(|rung| rung.channel != Channel::Loudspeaker)
        || !matches!(notice.state, NoticeState::Targeted | NoticeState::Sent)
}

fn waiting(command: &Command) -> Waiting {
    Waiting {
        topic: topics::commands(&command.device_key).into(),
        payload: device::command(command).into(),
        expires: command.expires,
        sent: None,
    }
}

#[cfg(test)]
mod tests {
    use helan_kernel::CommandId;

    use super::*;

    fn told(state: CommandState) -> [Effect; 1] {
        let command = Command {
            id: CommandId(7),
            device: DeviceId(1),
            device_key: "valve-1".into(),
            name: "valve.close".into(),
            argument: 0.0,
            issued: Ms(0),
            expires: Ms(60_000),
            state,
            run: None,
            by: None,
            second: None,
            reason: "".into(),
            drill: false,
        };
        [Effect::Command(Box::new(command))]
    }

    #[test]
    fn only_what_is_issued_waits_for_its_device() {
        use CommandState as S;
        for over in [S::Received, S::Done, S::Refused, S::Failed, S::Expired, S::Withdrawn] {
            let stations = Stations::new(Arc::new(|| Ms(1000)));
            stations.dispatch(&told(S::Issued), &mut Wakes::default());
            assert_eq!(stations.commands(DeviceId(1)).len(), 1);
            stations.dispatch(&told(over), &mut Wakes::default());
            assert!(stations.commands(DeviceId(1)).is_empty(), "{over:?}");
            assert!(stations.lock().is_empty(), "{over:?}");
        }
    }
}
