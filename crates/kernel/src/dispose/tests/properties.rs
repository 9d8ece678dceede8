//! Whatever happens, in whatever order: commands have one outcome, devices act once and in time, nothing is in the outbox
//! that an interlock forbids, and a state that was saved and loaded goes on the same.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// What may happen.
#[derive(Clone, Debug)]
enum Act {
    Wait(i64),
    Gas {
        value: f64,
        quality: Quality,
        age: i64,
    },
    Air {
        value: f64,
    },
    Show {
        device: usize,
        value: f64,
    },
    /// The link delivers what is in the outbox (again).
    Deliver {
        lost: bool,
        twice: bool,
        delay: i64,
    },
    /// A device executes what arrived, and answers or not.
    Obey {
        device: usize,
        outcome: u8,
        silent: bool,
    },
    Reply {
        device: usize,
        command: u64,
        outcome: u8,
    },
    Hold(u64),
    Resume(u64),
    TakeOver(u64),
    Send {
        device: usize,
        who: u8,
    },
    Approve {
        command: u64,
        who: u8,
    },
    Acknowledge(u64),
}

const DEVICES: [&str; 3] = ["valve", "fan", "fan-2"];

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let device = 0..DEVICES.len();
    let quality = prop_oneof![4 => Just(Quality::Good), 1 => Just(Quality::Bad)];
    let act = prop_oneof![
        4 => (0_i64..6000).prop_map(Act::Wait),
        4 => (prop_oneof![Just(10.0), Just(30.0), Just(45.0), Just(60.0)], quality, 0_i64..3000)
            .prop_map(|(value, quality, age)| Act::Gas { value, quality, age }),
        1 => prop_oneof![Just(1.0), Just(9.0)].prop_map(|value| Act::Air { value }),
        3 => (device.clone(), prop_oneof![Just(0.0), Just(1.0)])
            .prop_map(|(device, value)| Act::Show { device, value }),
        4 => (any::<bool>(), any::<bool>(), 0_i64..8000)
            .prop_map(|(lost, twice, delay)| Act::Deliver { lost, twice, delay }),
        4 => (device.clone(), 0_u8..8, any::<bool>())
            .prop_map(|(device, outcome, silent)| Act::Obey { device, outcome, silent }),
        1 => (device.clone(), 0_u64..12, 0_u8..8)
            .prop_map(|(device, command, outcome)| Act::Reply { device, command, outcome }),
        1 => (1_u64..4).prop_map(Act::Hold),
        1 => (1_u64..4).prop_map(Act::Resume),
        1 => (1_u64..6).prop_map(Act::TakeOver),
        1 => (device, 0_u8..2).prop_map(|(device, who)| Act::Send { device, who }),
        1 => (1_u64..12, 0_u8..2).prop_map(|(command, who)| Act::Approve { command, who }),
        1 => (1_u64..4).prop_map(Act::Acknowledge),
    ];
    proptest::collection::vec(act, 1..80)
}

/// A device as the device API asks for it: it executes an id once, and nothing after its expiry.
#[derive(Clone, Default)]
struct Machine {
    arrived: Vec<(i64, Command)>,
    executed: BTreeSet<CommandId>,
}

/// The world with its devices, and what an observer knows.
#[derive(Clone)]
struct Observer {
    world: World,
    now: i64,
    machines: Vec<Machine>,
    gas: Option<(i64, i64, f64, Quality)>,
    newest_gas: i64,
    outcome: BTreeMap<CommandId, CommandState>,
    executions: BTreeMap<CommandId, u32>,
}

impl Observer {
    fn new() -> Self {
        let lock = || value("gas.ch4", Compare::Below, 50.0, true);
        let program = live(
            "p",
            vec![
                step("valve", "close").proof("valve", "closed", 1.0).retries(2),
                step("fan", "start").lock(lock(), "explosive").retries(1),
                step("fan", "speed").lock(lock(), "explosive").proof("flow", "air", 9.0).retries(1),
            ],
        );
        let vent =
            Step { time_limit: Ms(30_000), ..step("fan", "start").lock(lock(), "explosive") };
        let second = Program { from_level: 1, ..live("q", vec![vent.call("gas-company")]) };
        let world = World::new(&[program, second]).with(&[("fan-2", "fan", "101", false, false)]);
        Self {
            world,
            now: 0,
            machines: vec![Machine::default(); DEVICES.len()],
            gas: None,
            newest_gas: i64::MIN,
            outcome: BTreeMap::new(),
            executions: BTreeMap::new(),
        }
    }

    fn play(&mut self, act: &Act) {
        self.world.out.clear();
        match act {
            Act::Wait(ms) => {
                self.now += ms;
                self.world.step(self.now, &Event::Tick);
            }
            Act::Gas { value, quality, age } => self.gas(*value, *quality, *age),
            Act::Air { value } => {
                self.world.read(self.now, "flow", *value);
            }
            Act::Show { device, value } => {
                self.world.read(self.now, DEVICES[*device], *value);
            }
            Act::Deliver { lost, twice, delay } => self.deliver(*lost, *twice, *delay),
            Act::Obey { device, outcome, silent } => self.obey(*device, *outcome, *silent),
            Act::Reply { device, command, outcome } => {
                let device = self.world.device(DEVICES[*device]).id;
                self.reply(device, CommandId(*command), *outcome);
            }
            Act::Hold(run) => self.act("op", ActionKind::HoldRun(RunId(*run))),
            Act::Resume(run) => self.act("op", ActionKind::ResumeRun(RunId(*run))),
            Act::TakeOver(run) => self.act("op", ActionKind::TakeOverRun(RunId(*run))),
            Act::Send { device, who } => {
                let name = if *device == 0 { "close" } else { "start" }.to_owned();
                let device = self.world.device(DEVICES[*device]).id;
                self.act(person(*who), ActionKind::SendCommand { device, name, argument: 0.0 });
            }
            Act::Approve { command, who } => {
                self.act(person(*who), ActionKind::ApproveCommand(CommandId(*command)));
            }
            Act::Acknowledge(alarm) => {
                self.act("op", ActionKind::AcknowledgeAlarm(AlarmId(*alarm)));
            }
        }
        self.observe();
    }

    fn act(&mut self, who: &str, kind: ActionKind) {
        self.world.act(self.now, who, "because", kind);
    }

    fn gas(&mut self, value: f64, quality: Quality, age: i64) {
        let of = self.now - age;
        if self.world.read_as(self.now, of, "gas", value, quality) == Answer::Done {
            assert!(of > self.newest_gas);
            self.newest_gas = of;
            self.gas = Some((of, self.now, value, quality));
        }
    }

    fn deliver(&mut self, lost: bool, twice: bool, delay: i64) {
        let issued: Vec<Command> = self.world.engine.dispose().commands().cloned().collect();
        for command in issued.into_iter().filter(|c| c.state != CommandState::Waiting && !lost) {
            let at = DEVICES.iter().position(|d| **d == *command.device_key).unwrap();
            for _ in 0..=usize::from(twice) {
                self.machines[at].arrived.push((self.now + delay, command.clone()));
            }
        }
    }

    fn obey(&mut self, device: usize, outcome: u8, silent: bool) {
        let id = self.world.device(DEVICES[device]).id;
        let arrived = std::mem::take(&mut self.machines[device].arrived);
        let (due, later) = arrived.into_iter().partition(|(at, _)| *at <= self.now);
        self.machines[device].arrived = later;
        let due: Vec<(i64, Command)> = due;
        for (_, command) in due {
            let in_time = self.now <= command.expires.0 - START;
            let machine = &mut self.machines[device];
            let outcome = if machine.executed.contains(&command.id) {
                // It knows the number: it says again what it said.
                2
            } else if in_time && outcome < 5 {
                machine.executed.insert(command.id);
                *self.executions.entry(command.id).or_default() += 1;
                2
            } else if in_time {
                outcome
            } else {
                5
            };
            if !silent {
                self.reply(id, command.id, outcome);
            }
        }
    }

    fn reply(&mut self, device: DeviceId, command: CommandId, outcome: u8) {
        let outcome = match outcome {
            0 | 1 => ReplyOutcome::Received,
            2 | 3 => ReplyOutcome::Done,
            4 | 6 => ReplyOutcome::Refused,
            7 => ReplyOutcome::Failed,
            _ => ReplyOutcome::Expired,
        };
        let detail = String::new();
        self.world.step(self.now, &Event::Reply { device, command, outcome, detail });
    }

    /// What must hold after every step.
    fn observe(&mut self) {
        let effects = std::mem::take(&mut self.world.out);
        for effect in &effects {
            let Effect::Command(command) = effect else { continue };
            let before = self.outcome.insert(command.id, command.state);
            let allowed = match before {
                None => matches!(command.state, CommandState::Waiting | CommandState::Issued),
                Some(CommandState::Waiting) => {
                    use CommandState as S;
                    matches!(command.state, S::Issued | S::Expired | S::Withdrawn)
                }
                Some(CommandState::Issued) => command.state > CommandState::Issued,
                Some(CommandState::Received) => command.state.is_final(),
                // A late answer is told with the outcome that stands.
                Some(state @ (CommandState::Expired | CommandState::Withdrawn)) => {
                    command.state == state && command.reason.contains("late reply")
                }
                Some(_) => false,
            };
            assert!(allowed, "command {} {before:?} -> {:?}", command.id, command.state);
            if command.state == CommandState::Issued {
                self.interlock_holds(command);
            }
        }
        self.world.out = effects;
        let issued: Vec<Command> = self.world.engine.dispose().commands().cloned().collect();
        for command in &issued {
            assert!(command.expires.0 - START > self.now, "kept after its expiry");
            if command.state == CommandState::Issued {
                self.interlock_holds(command);
            }
        }
        assert!(self.executions.values().all(|n| *n == 1), "{:?}", self.executions);
        // At least once: what was told and is not final is in the outbox, whenever the link asks; and nothing else is.
        let open = self.outcome.iter().filter(|(_, state)| !state.is_final());
        let kept = issued.iter().map(|c| (&c.id, &c.state));
        assert!(open.eq(kept), "the outbox lost or made up a command");
        self.one_try_at_a_time(&issued);
    }

    /// The fan may be told to start only while the gas is known to be below 50: worked out here a second time.
    fn interlock_holds(&self, command: &Command) {
        if command.device_key.starts_with("fan") {
            let safe = self.gas.is_some_and(|(of, came, value, quality)| {
                quality == Quality::Good && value < 50.0 && self.now - of.min(came) <= 10_000
            });
            assert!(safe, "{command:?} at {} with {:?}", self.now, self.gas);
        }
    }

    /// A run never has two commands to one device in force.
    fn one_try_at_a_time(&self, issued: &[Command]) {
        let mut seen = BTreeSet::new();
        for command in issued {
            if let Some((run, step)) = command.run {
                assert!(seen.insert((run, step, command.device)), "two tries at a time");
            }
        }
    }
}

fn person(who: u8) -> &'static str {
    if who == 0 { "op" } else { "chief" }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Killed after any turns, once or again and again: nothing is lost or doubled by it.
    #[test]
    fn every_crash_point(acts in acts(), every in 1_usize..5) {
        let mut straight = Observer::new();
        let mut killed = Observer::new();
        for (n, act) in acts.iter().enumerate() {
            if n % every == 0 {
                let saved = killed.world.engine.save().unwrap();
                killed.world.engine = Engine::load(&saved).unwrap();
                // The link sends again what is in the outbox.
                killed.deliver(false, false, 0);
                straight.deliver(false, false, 0);
            }
            straight.play(act);
            killed.play(act);
            prop_assert_eq!(&straight.world.out, &killed.world.out);
            prop_assert_eq!(&straight.executions, &killed.executions);
        }
        prop_assert_eq!(
            straight.world.engine.save().unwrap(),
            killed.world.engine.save().unwrap()
        );
    }

    #[test]
    fn whatever_happens(acts in acts(), cut in 0_usize..80) {
        let mut one = Observer::new();
        let mut other = None;
        for (n, act) in acts.iter().enumerate() {
            if n == cut {
                let mut copy = one.clone();
                copy.world.engine = Engine::load(&one.world.engine.save().unwrap()).unwrap();
                other = Some(copy);
            }
            one.play(act);
            if let Some(other) = &mut other {
                other.play(act);
                prop_assert_eq!(&one.world.out, &other.world.out);
            }
        }
        // In the end everything comes to rest: nothing waits for ever.
        let runs: Vec<RunId> = one.world.engine.dispose().runs().map(|run| run.id).collect();
        for run in runs {
            one.play(&Act::Resume(run.0));
        }
        for _ in 0..200 {
            one.play(&Act::Wait(10_000));
        }
        prop_assert_eq!(one.world.engine.dispose().runs().count(), 0);
        prop_assert_eq!(one.world.engine.dispose().commands().count(), 0);
        prop_assert!(one.world.engine.dispose().is_idle());
        let saved = one.world.engine.save().unwrap();
        if let Some(other) = &mut other {
            let runs: Vec<RunId> = other.world.engine.dispose().runs().map(|run| run.id).collect();
            for run in runs {
                other.play(&Act::Resume(run.0));
            }
            for _ in 0..200 {
                other.play(&Act::Wait(10_000));
            }
            prop_assert_eq!(other.world.engine.save().unwrap(), saved);
        }
    }
}
