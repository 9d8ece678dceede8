//! The world: what happens at a place, from seed and inputs alone.

pub mod device;
pub mod fault;
pub mod person;
pub mod room;

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    sync::Arc,
};

use helan_kernel::Ms;

use self::{
    device::{Command, Device, Outcome, Sample},
    fault::{Fault, FaultKind},
    person::Person,
    room::Room,
};

/// Something that is changed from outside at a set time.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Gas flows into a room (0 ends it), in cubic metres in a second.
    Leak {
        /// Which room.
        room: usize,
        /// How much.
        m3_s: f64,
    },
    /// Air changes in an hour of a room without its fan: windows opened or shut.
    Air {
        /// Which room.
        room: usize,
        /// How many.
        changes: f64,
    },
    /// A fault of a device begins; for how long is in the fault.
    Fault {
        /// Which device.
        device: usize,
        /// What.
        fault: Fault,
    },
    /// The connection of a site to the platform is cut or restored: the runner does it.
    Uplink {
        /// Whether it works from now on.
        up: bool,
    },
    /// A device says something of its own.
    Say {
        /// Which device.
        device: usize,
        /// Point and value.
        values: Vec<(Arc<str>, f64)>,
    },
    /// Somebody outside does something: the runner knows what.
    Deed {
        /// Which event of the scenario.
        event: usize,
    },
}

/// What the world does to the outside.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// A device sends readings.
    Readings {
        /// Which.
        device: usize,
        /// What.
        sample: Sample,
    },
    /// A device answers a command.
    Reply {
        /// Which.
        device: usize,
        /// Which command.
        command: String,
        /// What it says.
        outcome: Outcome,
    },
    /// The connection of a device drops or comes back.
    Link {
        /// Which.
        device: usize,
        /// Whether it works.
        up: bool,
    },
    /// Somebody answers a notice.
    Answer {
        /// Which notice.
        notice: u64,
        /// Whether it is a call for help.
        needs_help: bool,
    },
    /// Somebody was visited and found.
    Visited {
        /// Which notice.
        notice: u64,
    },
    /// The connection of the site to the platform.
    Uplink {
        /// Whether it works from now on.
        up: bool,
    },
    /// Somebody outside does something.
    Deed {
        /// Which event of the scenario.
        event: usize,
    },
}

/// What is due, in the order of time, then of planning.
type Due = Reverse<(Ms, u64)>;

#[derive(Clone, Debug)]
enum Plan {
    Sample(usize),
    Execute(usize, Command),
    Answer(u64, bool),
    Visit(u64),
    Change(Change),
    LinkBack(usize),
}

/// Rooms, devices and people.
#[derive(Clone, Debug, Default)]
pub struct World {
    now: Ms,
    rooms: Vec<Room>,
    devices: Vec<Device>,
    by_key: HashMap<Arc<str>, usize>,
    people: Vec<Person>,
    queue: BinaryHeap<Due>,
    plans: HashMap<u64, Plan>,
    planned: u64,
}

impl World {
    /// Adds a room; gives its number.
    pub fn add_room(&mut self, room: Room) -> usize {
        self.rooms.push(room);
        self.rooms.len() - 1
    }

    /// Adds a device; gives its number.
    pub fn add_device(&mut self, device: Device) -> usize {
        let number = self.devices.len();
        if device.period.0 > 0 {
            self.plan(device.phase, Plan::Sample(number));
        }
        self.by_key.insert(device.key.clone(), number);
        self.devices.push(device);
        number
    }

    /// Adds a person; gives the number.
    pub fn add_person(&mut self, person: Person) -> usize {
        self.people.push(person);
        self.people.len() - 1
    }

    /// Plans a change.
    pub fn schedule(&mut self, at: Ms, change: Change) {
        self.plan(at, Plan::Change(change));
    }

    /// World time.
    #[must_use]
    pub fn now(&self) -> Ms {
        self.now
    }

    /// When something happens next.
    #[must_use]
    pub fn next(&self) -> Option<Ms> {
        self.queue.peek().map(|Reverse((at, _))| *at)
    }

    /// The devices.
    #[must_use]
    pub fn devices(&self) -> &[Device] {
        &self.devices
    }

    /// The rooms.
    #[must_use]
    pub fn rooms(&self) -> &[Room] {
        &self.rooms
    }

    /// The number of a device.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<usize> {
        self.by_key.get(key).copied()
    }

    /// Lets time pass; what happens meanwhile is added to `out` in order. Time never runs backwards.
    pub fn advance(&mut self, to: Ms, out: &mut Vec<Output>) {
        while let Some(Reverse((at, number))) = self.queue.peek().copied() {
            if at > to {
                break;
            }
            self.queue.pop();
            self.now = self.now.max(at);
            if let Some(plan) = self.plans.remove(&number) {
                self.happen(plan, out);
            }
        }
        self.now = self.now.max(to);
    }

    /// A command reaches a device.
    pub fn command(&mut self, number: usize, command: &Command, out: &mut Vec<Output>) {
        let now = self.now;
        let Some(device) = self.devices.get_mut(number) else { return };
        if device.is_cut(now) {
            return;
        }
        let (outcome, moves) = device.take(now, command);
        out.push(Output::Reply { device: number, command: command.id.clone(), outcome });
        if let Some(at) = moves {
            self.plan(at, Plan::Execute(number, command.clone()));
        }
    }

    /// Somebody is told something; an answer may follow.
    pub fn tell(&mut self, person: usize, notice: u64) {
        let now = self.now;
        let Some(who) = self.people.get_mut(person) else { return };
        let needs_help = who.manner.needs_help;
        if let Some(at) = who.answers_at(now) {
            self.plan(at, Plan::Answer(notice, needs_help));
        }
    }

    /// Somebody sets out to visit whoever a notice could not reach, and needs so long on average.
    pub fn visit(&mut self, person: usize, notice: u64, mean: Ms) {
        let now = self.now;
        let Some(who) = self.people.get_mut(person) else { return };
        let at = now.after(who.after(mean));
        self.plan(at, Plan::Visit(notice));
    }

    fn plan(&mut self, at: Ms, plan: Plan) {
        let number = self.planned;
        self.planned += 1;
        self.plans.insert(number, plan);
        self.queue.push(Reverse((at, number)));
    }

    fn happen(&mut self, plan: Plan, out: &mut Vec<Output>) {
        match plan {
            Plan::Sample(number) => {
                self.sample(number, out);
                if let Some(period) = self.devices.get(number).map(|d| d.period) {
                    self.plan(self.now.after(period), Plan::Sample(number));
                }
            }
            Plan::Execute(number, command) => self.execute(number, &command, out),
            Plan::Answer(notice, needs_help) => out.push(Output::Answer { notice, needs_help }),
            Plan::Visit(notice) => out.push(Output::Visited { notice }),
            Plan::LinkBack(device) => out.push(Output::Link { device, up: true }),
            Plan::Change(change) => self.change(change, out),
        }
    }

    fn sample(&mut self, number: usize, out: &mut Vec<Output>) {
        let now = self.now;
        let Some(device) = self.devices.get_mut(number) else { return };
        let room = device.room.and_then(|room| self.rooms.get_mut(room)).map(|room| {
            room.advance(now);
            &*room
        });
        if let Some(sample) = device.sample(now, room) {
            out.push(Output::Readings { device: number, sample });
        }
    }

    fn execute(&mut self, number: usize, command: &Command, out: &mut Vec<Output>) {
        let now = self.now;
        let Some(device) = self.devices.get_mut(number) else { return };
        let room = device.room.and_then(|room| self.rooms.get_mut(room));
        device.execute(now, command, room);
        let reply =
            Output::Reply { device: number, command: command.id.clone(), outcome: Outcome::Done };
        out.push(reply);
        self.sample(number, out);
    }

    fn change(&mut self, change: Change, out: &mut Vec<Output>) {
        let now = self.now;
        match change {
            Change::Leak { room, m3_s } => {
                if let Some(room) = self.rooms.get_mut(room) {
                    room.set_leak(now, m3_s);
                }
            }
            Change::Air { room, changes } => {
                if let Some(room) = self.rooms.get_mut(room) {
                    room.set_air_changes(now, changes);
                }
            }
            Change::Uplink { up } => out.push(Output::Uplink { up }),
            Change::Deed { event } => out.push(Output::Deed { event }),
            Change::Say { device, values } => {
                let cut = self.devices.get(device).is_none_or(|d| d.is_cut(now));
                if !cut {
                    let sample = Sample { at: now, values, quality: helan_kernel::Quality::Good };
                    out.push(Output::Readings { device, sample });
                }
            }
            Change::Fault { device, fault } => self.begin_fault(device, fault, out),
        }
    }

    fn begin_fault(&mut self, number: usize, mut fault: Fault, out: &mut Vec<Output>) {
        let Some(device) = self.devices.get_mut(number) else { return };
        // Old faults are over for good; the list stays short however long the world runs.
        device.faults.retain(|f| f.to > self.now);
        if let FaultKind::Spike(_) = fault.kind {
            // One sample: the next regular one that falls into the span, and no other.
            fault.to = fault.from.after(Ms(device.period.0.max(1)));
        }
        device.faults.push(fault);
        if fault.kind == FaultKind::LinkLost {
            out.push(Output::Link { device: number, up: false });
            self.plan(fault.to, Plan::LinkBack(number));
        }
    }
}

#[cfg(test)]
mod tests;
