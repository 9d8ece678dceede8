//! The way out: which connection speaks for which device, and the commands that wait for it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use helan_broker::{Link, Outgoing};
use helan_kernel::{
    CommandId, DeviceId, Effect, Engine, Ms,
    dispose::{Command, CommandState},
};

use crate::clock::Clock;

/// One device: who listens for it, and what waits.
#[derive(Default)]
struct Station {
    link: Option<Link>,
    /// Issued commands, with the connection they were last sent over.
    commands: BTreeMap<CommandId, (Arc<Command>, Option<u64>)>,
}

/// All devices that are connected or have commands waiting: a mirror of the engine's outbox.
pub struct Stations {
    clock: Clock,
    by_device: Mutex<HashMap<DeviceId, Station>>,
}

impl Stations {
    /// None connected, nothing waiting.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { clock, by_device: Mutex::default() }
    }

    /// Takes the outbox of a recovered engine.
    pub fn load(&self, engine: &Engine) {
        let mut stations = self.lock();
        for command in engine.dispose().commands() {
            if command.state == CommandState::Issued {
                let station = stations.entry(command.device).or_default();
                station.commands.insert(command.id, (Arc::new(command.clone()), None));
            }
        }
    }

    /// Takes committed effects: issued commands are sent or kept, answered ones are forgotten.
    pub fn dispatch(&self, effects: &[Effect]) {
        for effect in effects {
            let Effect::Command(command) = effect else { continue };
            let mut stations = self.lock();
            if command.state == CommandState::Issued {
                let command = Arc::new((**command).clone());
                let station = stations.entry(command.device).or_default();
                let sent = station.link.as_ref().and_then(|link| self.send(link, &command));
                station.commands.insert(command.id, (command, sent));
            } else if let Some(station) = stations.get_mut(&command.device) {
                station.commands.remove(&command.id);
                if station.link.is_none() && station.commands.is_empty() {
                    stations.remove(&command.device);
                }
            }
        }
    }

    /// A connection listens for the commands of a device from now on: what waits is sent over it.
    pub fn listen(&self, device: DeviceId, link: &Link) {
        let mut stations = self.lock();
        let station = stations.entry(device).or_default();
        station.link = Some(link.clone());
        for (command, sent) in station.commands.values_mut() {
            if *sent != Some(link.id()) {
                *sent = self.send(link, command);
            }
        }
    }

    /// A connection listens no more. Does nothing when another one took its place.
    pub fn leave(&self, device: DeviceId, link: &Link) {
        let mut stations = self.lock();
        if let Some(station) = stations.get_mut(&device)
            && station.link.as_ref() == Some(link)
        {
            station.link = None;
            if station.commands.is_empty() {
                stations.remove(&device);
            }
        }
    }

    /// Sends a command unless it has expired; gives the number of the connection it went over.
    fn send(&self, link: &Link, command: &Command) -> Option<u64> {
        let left = command.expires.since((self.clock)());
        let left = u64::try_from(left.0).ok().filter(|left| *left > 0)?;
        let message = Outgoing {
            topic: format!("helan/v1/{}/commands", command.device_key).into(),
            payload: payload(command).into(),
            acknowledged: true,
            expires: tokio::time::Instant::now().checked_add(Duration::from_millis(left)),
            tag: command.id.0,
        };
        link.send(message).ok().map(|()| link.id())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<DeviceId, Station>> {
        // Nothing that can fail runs under the lock, so a poisoned one is still whole.
        self.by_device.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A command as devices read it.
fn payload(command: &Command) -> Vec<u8> {
    let Ms(issued) = command.issued;
    let Ms(expires) = command.expires;
    let value = serde_json::json!({
        "id": command.id.to_string(),
        "name": &*command.name,
        "argument": command.argument,
        "issued": issued,
        "expires": expires,
        "drill": command.drill,
    });
    value.to_string().into_bytes()
}
