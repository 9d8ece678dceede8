//! Virtual devices: what they measure, what they can be told, and what can go wrong with them.

use std::{collections::VecDeque, sync::Arc};

use helan_kernel::{Ms, Quality};

use super::{
    fault::{Fault, FaultKind},
    room::{Lag, Room},
};
use crate::random::Random;

/// Commands a device remembers, so that none is executed twice.
const REMEMBERED: usize = 64;
/// Time an actuator takes to move.
const ACTUATION: Ms = Ms(300);

/// What a device is.
#[derive(Clone, Debug)]
pub enum Model {
    /// Gas detector: a point for the gas (%LEL) and `battery` (%).
    GasDetector {
        /// Name of the point.
        point: Arc<str>,
        /// What its sensor shows.
        lag: Lag,
        /// Charge in %.
        battery: f64,
    },
    /// Gas valve: point `position` (0 open, 1 shut).
    Valve {
        /// Whether it is shut.
        shut: bool,
    },
    /// Fan: point `running`.
    Fan {
        /// Whether it runs.
        running: bool,
    },
    /// Power switch of a room: point `power`.
    PowerSwitch {
        /// Whether there is power.
        on: bool,
    },
    /// Loudspeaker: says texts; point `ready`.
    Loudspeaker,
    /// Measures quantities that nothing in the world changes: weather, smoke, temperature…
    Station(Vec<Signal>),
    /// Anything that a command turns off.
    Switch {
        /// Name of the point.
        point: Arc<str>,
        /// The command.
        command: Arc<str>,
        /// Whether it is on.
        on: bool,
    },
    /// Replays what was recorded.
    Replay(Vec<Track>),
    /// Sends nothing by itself.
    Passive,
}

/// A recorded quantity.
#[derive(Clone, Debug)]
pub struct Track {
    /// Name of the point.
    pub point: Arc<str>,
    /// Moments and values, in the order of time.
    pub values: Vec<(Ms, f64)>,
}

impl Track {
    /// The value at a moment: evenly between two moments, constant before the first and after the last; none of an empty track.
    #[must_use]
    pub fn at(&self, now: Ms) -> Option<f64> {
        let after = self.values.partition_point(|(at, _)| *at <= now);
        let before = after.checked_sub(1).and_then(|i| self.values.get(i));
        match (before, self.values.get(after)) {
            (Some((from, a)), Some((to, b))) => {
                let whole = super::room::seconds(to.since(*from)).max(1e-3);
                Some(a + (b - a) * super::room::seconds(now.since(*from)) / whole)
            }
            (Some((_, value)), None) | (None, Some((_, value))) => Some(*value),
            (None, None) => None,
        }
    }
}

/// A quantity that goes up and down with the day.
#[derive(Clone, Debug)]
pub struct Signal {
    /// Name of the point.
    pub point: Arc<str>,
    /// Mean.
    pub mean: f64,
    /// Half the difference between day and night.
    pub swing: f64,
    /// Standard deviation of each reading.
    pub noise: f64,
    /// Bounds of the sensor.
    pub bounds: (f64, f64),
}

/// A command as it reaches a device.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// Idempotency key.
    pub id: String,
    /// Name.
    pub name: String,
    /// Argument; 0 where it has none.
    pub argument: f64,
    /// World time after which it may not be executed.
    pub expires: Ms,
}

/// What a device says about a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It has the command.
    Received,
    /// It did it.
    Done,
    /// It knows no such command.
    Refused,
    /// It came too late.
    Expired,
}

impl Outcome {
    /// The word in payloads.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Expired => "expired",
        }
    }
}

/// A virtual device.
#[derive(Clone, Debug)]
pub struct Device {
    /// Key, as in topics.
    pub key: Arc<str>,
    /// What it is.
    pub model: Model,
    /// Room it stands in; none for outdoor stations.
    pub room: Option<usize>,
    /// Time between two readings; 0 when it sends only what changed.
    pub period: Ms,
    /// First reading.
    pub phase: Ms,
    /// What goes wrong with it, in order of time.
    pub faults: Vec<Fault>,
    random: Random,
    /// Commands seen, with their final answers once known.
    seen: VecDeque<(String, Option<Outcome>)>,
    /// Last values sent: what a stuck device repeats.
    last: Vec<(Arc<str>, f64)>,
    /// How often it moved.
    pub actuations: u32,
}

/// Values of one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// By the clock of the device.
    pub at: Ms,
    /// Point and value.
    pub values: Vec<(Arc<str>, f64)>,
    /// How far they can be trusted.
    pub quality: Quality,
}

impl Device {
    /// A device without faults.
    #[must_use]
    pub fn new(key: &str, model: Model, room: Option<usize>, period: Ms, seed: u64) -> Self {
        Self {
            key: key.into(),
            model,
            room,
            period,
            phase: Ms(0),
            faults: Vec::new(),
            random: Random::of(seed, key),
            seen: VecDeque::new(),
            last: Vec::new(),
            actuations: 0,
        }
    }

    /// What it sends at `now`; none when it is silent.
    pub fn sample(&mut self, now: Ms, room: Option<&Room>) -> Option<Sample> {
        let mut values = self.measure(now, room);
        let mut sample_at = now;
        let mut quality = Quality::Good;
        for fault in self.faults.iter().filter(|f| f.holds(now)) {
            match fault.kind {
                FaultKind::Silence | FaultKind::LinkLost => return None,
                FaultKind::Stuck if !self.last.is_empty() => values.clone_from(&self.last),
                FaultKind::Stuck => {}
                FaultKind::Spike(value) | FaultKind::Value(value) => set_first(&mut values, value),
                FaultKind::Noise(deviation) => {
                    let wrong = deviation * self.random.normal();
                    if let Some((_, value)) = values.first_mut() {
                        *value += wrong;
                    }
                }
                FaultKind::Clock(offset) => sample_at = sample_at.after(offset),
                FaultKind::Bad => quality = Quality::Bad,
            }
        }
        if values.is_empty() {
            return None;
        }
        self.last.clone_from(&values);
        Some(Sample { at: sample_at, values, quality })
    }

    /// Whether it can neither send nor receive.
    #[must_use]
    pub fn is_cut(&self, now: Ms) -> bool {
        self.faults.iter().any(|f| f.kind == FaultKind::LinkLost && f.holds(now))
    }

    fn measure(&mut self, now: Ms, room: Option<&Room>) -> Vec<(Arc<str>, f64)> {
        let state = |name: &str, on: bool| vec![(Arc::from(name), f64::from(u8::from(on)))];
        match &mut self.model {
            Model::GasDetector { point, lag, battery } => {
                let gas = lag.follow(now, room.map_or(0.0, Room::percent_lel));
                let shown = (gas + 0.05 * self.random.normal()).clamp(0.0, 100.0);
                vec![(point.clone(), tenth(shown)), ("battery".into(), tenth(*battery))]
            }
            Model::Valve { shut } => state("position", *shut),
            Model::Fan { running } => state("running", *running),
            Model::PowerSwitch { on } => state("power", *on),
            Model::Station(signals) => signals
                .iter()
                .map(|s| {
                    let day = super::room::seconds(now) / 86_400.0 * std::f64::consts::TAU;
                    let value = s.mean + s.swing * day.sin() + s.noise * self.random.normal();
                    (s.point.clone(), tenth(value.clamp(s.bounds.0, s.bounds.1)))
                })
                .collect(),
            Model::Loudspeaker => state("ready", true),
            Model::Switch { point, on, .. } => state(point, *on),
            Model::Replay(tracks) => tracks
                .iter()
                .filter_map(|track| Some((track.point.clone(), thousandth(track.at(now)?))))
                .collect(),
            Model::Passive => Vec::new(),
        }
    }

    /// Takes a command. Gives the first answer, and the moment at which it will have moved.
    pub fn take(&mut self, now: Ms, command: &Command) -> (Outcome, Option<Ms>) {
        if let Some((_, known)) = self.seen.iter().find(|(id, _)| *id == command.id) {
            // Sent again because an answer was lost: answer again, do nothing.
            return (known.unwrap_or(Outcome::Received), None);
        }
        let (answer, moves) = if command.expires < now {
            (Outcome::Expired, None)
        } else if self.knows(&command.name) {
            (Outcome::Received, Some(now.after(ACTUATION)))
        } else {
            (Outcome::Refused, None)
        };
        if self.seen.len() >= REMEMBERED {
            self.seen.pop_front();
        }
        self.seen.push_back((command.id.clone(), (moves.is_none()).then_some(answer)));
        (answer, moves)
    }

    fn knows(&self, name: &str) -> bool {
        let own = |command: &str| command == name;
        matches!(&self.model, Model::Switch { command, .. } if own(command))
            || matches!(
                (&self.model, name),
                (Model::Valve { .. }, "valve.close")
                    | (Model::Fan { .. }, "fan.start" | "fan.stop")
                    | (Model::PowerSwitch { .. }, "power.cut")
                    | (Model::Loudspeaker, "speaker.say")
            )
    }

    /// Moves: the state of the device and of its room change.
    pub fn execute(&mut self, now: Ms, command: &Command, room: Option<&mut Room>) {
        self.actuations += 1;
        match (&mut self.model, command.name.as_str()) {
            (Model::Valve { shut }, "valve.close") => {
                *shut = true;
                if let Some(room) = room {
                    room.set_valve(now, false);
                }
            }
            (Model::Fan { running }, name @ ("fan.start" | "fan.stop")) => {
                *running = name == "fan.start";
                if let Some(room) = room {
                    room.set_fan(now, *running);
                }
            }
            (Model::PowerSwitch { on }, "power.cut") | (Model::Switch { on, .. }, _) => *on = false,
            _ => {}
        }
        if let Some((_, done)) = self.seen.iter_mut().find(|(id, _)| *id == command.id) {
            *done = Some(Outcome::Done);
        }
    }

    /// Randomness of its own.
    pub fn random(&mut self) -> &mut Random {
        &mut self.random
    }
}

fn set_first(values: &mut [(Arc<str>, f64)], wrong: f64) {
    if let Some((_, value)) = values.first_mut() {
        *value = wrong;
    }
}

/// Recorded values keep three decimals.
fn thousandth(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// Sensors send one decimal.
fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::room::RoomShape;

    fn command(id: &str, name: &str, expires: Ms) -> Command {
        Command { id: id.into(), name: name.into(), argument: 0.0, expires }
    }

    #[test]
    fn a_command_is_executed_once_and_never_late() {
        let mut valve = Device::new("v", Model::Valve { shut: false }, None, Ms(0), 1);
        let close = command("1", "valve.close", Ms(1000));
        assert_eq!(valve.take(Ms(0), &close), (Outcome::Received, Some(Ms(300))));
        assert_eq!(valve.take(Ms(10), &close), (Outcome::Received, None));
        valve.execute(Ms(300), &close, None);
        assert_eq!(valve.take(Ms(400), &close), (Outcome::Done, None));
        assert_eq!(valve.actuations, 1);

        let stale = command("2", "valve.close", Ms(1000));
        assert_eq!(valve.take(Ms(1001), &stale), (Outcome::Expired, None));
        let unknown = command("3", "valve.fly", Ms(9000));
        assert_eq!(valve.take(Ms(1001), &unknown), (Outcome::Refused, None));
    }

    #[test]
    fn a_track_is_even_between_its_moments() {
        let values = vec![(Ms(1000), 2.0), (Ms(3000), 6.0)];
        let track = Track { point: "p".into(), values };
        for (at, expected) in [(0, 2.0), (1000, 2.0), (2000, 4.0), (3000, 6.0), (9000, 6.0)] {
            assert_eq!(track.at(Ms(at)), Some(expected), "{at}");
        }
        assert_eq!(Track { point: "p".into(), values: Vec::new() }.at(Ms(0)), None);
    }

    #[test]
    fn faults_change_what_is_sent() {
        let room = Room::new(RoomShape::default());
        let detector = |kind| {
            let model =
                Model::GasDetector { point: "ch4".into(), lag: Lag::new(8.0), battery: 90.0 };
            let mut d = Device::new("d", model, Some(0), Ms(1000), 1);
            d.faults.push(Fault { from: Ms(0), to: Ms(10), kind });
            d.sample(Ms(5), Some(&room))
        };
        assert_eq!(detector(FaultKind::Silence), None);
        assert!((detector(FaultKind::Spike(45.0)).unwrap().values[0].1 - 45.0).abs() < 1e-9);
        assert_eq!(detector(FaultKind::Clock(Ms(-7))).unwrap().at, Ms(-2));
        assert_eq!(detector(FaultKind::Bad).unwrap().quality, Quality::Bad);
    }
}
