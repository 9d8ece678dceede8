//! Random events: what must hold for every order of them.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::{
    AlarmId,
    watch::{Escalation, Figures},
};

/// One thing that happens.
#[derive(Clone, Debug)]
enum Op {
    /// A reading, so many ms after the newest one of any point.
    Read {
        point: u32,
        later: i64,
        value: f64,
        quality: Quality,
    },
    /// The newest reading of a point again, or one so many ms older.
    Again {
        point: u32,
        older: i64,
        value: f64,
    },
    /// Time passes.
    Wait(i64),
    Link(u32, bool),
    /// A person and the n-th open alarm.
    Acknowledge(usize),
    Reset(usize),
    Shelve(usize, i64),
    Unshelve(usize),
    Suppress(u32, i64),
    Unsuppress(u32),
    Service(u32, bool),
    Drill(u32, i64),
    EndDrill,
    /// A rule is put again with another first limit, or switched off.
    Rule(usize, f64, bool),
    Remove(u32),
    Device(u32),
}

fn op() -> impl Strategy<Value = Op> {
    let value = prop_oneof![
        4 => 0.0..9.0_f64,
        4 => 9.0..40.0_f64,
        1 => Just(12.0_f64),
        1 => 95.0..110.0_f64
    ];
    let quality = prop_oneof![
        12 => Just(Quality::Good),
        1 => Just(Quality::Uncertain),
        1 => Just(Quality::Bad)
    ];
    let reads = (0..9_u32, 1..4000_i64, value.clone(), quality);
    prop_oneof![
        40 => reads.prop_map(|(point, later, value, quality)| Op::Read { point, later, value, quality }),
        4 => (0..9_u32, 0..3000_i64, value).prop_map(|(point, older, value)| Op::Again { point, older, value }),
        8 => (0..90_000_i64).prop_map(Op::Wait),
        2 => (0..4_u32, any::<bool>()).prop_map(|(d, up)| Op::Link(d, up)),
        4 => (0..9_usize).prop_map(Op::Acknowledge),
        3 => (0..9_usize).prop_map(Op::Reset),
        2 => (0..9_usize, 1..90_000_i64).prop_map(|(n, ms)| Op::Shelve(n, ms)),
        1 => (0..9_usize).prop_map(Op::Unshelve),
        2 => (0..4_u32, 1..90_000_i64).prop_map(|(d, ms)| Op::Suppress(d, ms)),
        1 => (0..4_u32).prop_map(Op::Unsuppress),
        2 => (0..4_u32, any::<bool>()).prop_map(|(d, out)| Op::Service(d, out)),
        1 => (0..4_u32, 1..90_000_i64).prop_map(|(d, ms)| Op::Drill(d, ms)),
        1 => Just(Op::EndDrill),
        1 => (0..9_usize, 5.0..20.0_f64, any::<bool>()).prop_map(|(n, l, on)| Op::Rule(n, l, on)),
        1 => (0..3_u32).prop_map(Op::Remove),
        1 => (0..3_u32).prop_map(Op::Device),
    ]
}

/// A rule of every kind.
fn rules() -> Vec<Rule> {
    let side = Side::High;
    let (limit, deadband) = (10.0, 1.0);
    let all = [
        high(&[10.0, 20.0], 1.0),
        high(&[12.0], 0.0),
        Condition::Votes {
            side,
            limit,
            deadband,
            m: 2,
            n: 3,
            window: Ms(9000),
            levels: vec![Level { limit: 30.0, priority: Priority::Critical }],
        },
        Condition::Rate { side, amount: 15.0, window: Ms(6000) },
        Condition::Neighbours {
            side,
            limit,
            deadband,
            m: 2,
            within: Within::Room,
            window: Ms(20_000),
        },
        Condition::Silence { after: Ms(30_000) },
        Condition::Stuck { after: Ms(9000), tolerance: 2.0 },
        Condition::BadQuality { after: Ms(4000) },
        Condition::Expression { cel: "value > 8 && (points.b > 10 || room.c > 30)".into() },
    ];
    let number = |i: usize| i64::try_from(i).unwrap();
    let make = |(i, condition)| Rule {
        on_delay: Ms(number(i) % 3 * 2000),
        off_delay: Ms(number(i) % 2 * 3000),
        latched: i % 4 == 0,
        acknowledge: i % 3 != 1,
        point: if i == 1 { "b".into() } else { "a".into() },
        escalation: vec![Escalation { after: Ms(20_000), role: "property".into() }],
        ..rule(&format!("r{i}"), condition)
    };
    all.into_iter().enumerate().map(make).collect()
}

impl World {
    fn nth(&self, n: usize) -> AlarmId {
        self.engine.watch().alarms().nth(n).map_or(AlarmId(n as u64), |a| a.id)
    }

    fn play(&mut self, op: &Op) -> Answer {
        let until = |ms: i64| Ms(self.now + ms);
        match op.clone() {
            Op::Read { point, later, value, quality } => {
                self.wait_until(self.now + later);
                self.read_at(point, self.now, value, quality)
            }
            Op::Again { point, older, value } => {
                let latest = self.engine.watch().latest(PointId(point));
                let at = latest.map_or(Ms(1), |l| l.at).0 - older;
                self.read_at(point, at, value, Quality::Good)
            }
            Op::Wait(ms) => {
                self.wait_until(self.now + ms);
                Answer::Done
            }
            Op::Link(d, up) => self.step(Event::Link { device: DeviceId(d), up }),
            Op::Acknowledge(n) => self.act(ActionKind::AcknowledgeAlarm(self.nth(n))),
            Op::Reset(n) => self.act(ActionKind::ResetAlarm(self.nth(n))),
            Op::Shelve(n, ms) => self.act(ActionKind::ShelveAlarm(self.nth(n), until(ms))),
            Op::Unshelve(n) => self.act(ActionKind::UnshelveAlarm(self.nth(n))),
            Op::Suppress(d, ms) => self.act(ActionKind::SuppressDevice(DeviceId(d), until(ms))),
            Op::Unsuppress(d) => self.act(ActionKind::UnsuppressDevice(DeviceId(d))),
            Op::Service(d, out) => self.act(ActionKind::SetOutOfService(DeviceId(d), out)),
            Op::Drill(d, ms) => self.act(ActionKind::StartDrill {
                name: "drill".into(),
                devices: vec![DeviceId(d), DeviceId(0)],
                until: until(ms),
            }),
            Op::EndDrill => self.act(ActionKind::EndDrill("drill".into())),
            Op::Rule(n, limit, enabled) => {
                let mut rule = rules().swap_remove(n);
                if let Condition::Limit { levels, .. } = &mut rule.condition {
                    levels[0].limit = limit;
                }
                self.put(RegistryChange::PutRule(Rule { enabled, ..rule }))
            }
            Op::Remove(d) => {
                self.put(RegistryChange::RemoveDevice(format!("d{d}").as_str().into()))
            }
            Op::Device(d) => self.put(RegistryChange::PutDevice(spec(d))),
        }
    }

    fn fresh() -> Self {
        World::new(3, rules())
    }
}

/// No alarm of a point and rule is raised before the one before it was closed; each effect follows from the one before.
fn check_effects(out: &[Effect]) {
    let mut open: BTreeMap<(PointId, crate::RuleId), AlarmId> = BTreeMap::new();
    for effect in out {
        let Effect::Alarm(change, alarm) = effect else { continue };
        let key = (alarm.point, alarm.rule);
        match change {
            AlarmChange::Raised => assert_eq!(open.insert(key, alarm.id), None, "raised twice"),
            _ => assert_eq!(open.get(&key), Some(&alarm.id), "{change:?} of a closed alarm"),
        }
        assert!(alarm.readings.len() <= 8 && alarm.value.is_finite() && alarm.peak.is_finite());
        if alarm.state == AlarmState::Closed {
            open.remove(&key);
        }
    }
}

fn check_figures(world: &World) {
    let watch = world.engine.watch();
    let mut counted = Figures::default();
    for alarm in watch.alarms() {
        counted.add(alarm);
    }
    let kept = watch.figures();
    let counted = Figures { flood: kept.flood, recent: kept.recent, ..counted };
    assert_eq!(kept, counted);
}

/// What the slots know and what the alarms say is the same.
fn check_slots(world: &World) {
    let watch = world.engine.watch();
    let mut open = 0;
    for (number, point) in (0..).zip(&watch.points) {
        let plans = watch.kinds.get(point.kind as usize).map_or(&[][..], |kind| &kind.plans);
        for (nth, plan) in plans.iter().enumerate() {
            let slot = &watch.slots[point.base as usize + nth];
            assert!(!slot.busy() || point.busy >> nth & 1 == 1, "{:?} sleeps", plan.rule.key);
            let Some(alarm) = slot.alarm().and_then(|id| watch.alarm(id)) else {
                assert_eq!((slot.alarm(), slot.told), (None, -1));
                continue;
            };
            open += 1;
            assert_eq!((alarm.point, alarm.rule), (PointId(number), plan.id));
            assert_eq!(alarm.active, slot.told >= 0);
            assert!(!alarm.active || i8::try_from(alarm.level) == Ok(slot.told));
        }
    }
    assert_eq!(open, watch.alarms().count());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn one_cause_makes_one_alarm(ops in prop::collection::vec(op(), 1..150)) {
        let mut world = World::fresh();
        for op in &ops {
            world.play(op);
            check_figures(&world);
            check_slots(&world);
        }
        check_effects(&world.out);
    }

    #[test]
    fn known_and_late_readings_decide_nothing(ops in prop::collection::vec(op(), 1..150)) {
        let mut world = World::fresh();
        for op in &ops {
            world.step(Event::Tick);
            let before = world.out.len();
            let answer = world.play(op);
            if matches!(answer, Answer::Duplicate | Answer::Late | Answer::Conflict) {
                prop_assert_eq!(world.out.len(), before);
            }
        }
    }

    #[test]
    fn a_saved_state_goes_on_like_the_one_that_was_never_saved(
        ops in prop::collection::vec(op(), 1..150),
        cut in 0..150_usize,
    ) {
        let mut straight = World::fresh();
        let mut broken = World::fresh();
        for (i, op) in ops.iter().enumerate() {
            if i == cut {
                let saved = broken.engine.save().unwrap();
                broken.engine = Engine::load(&saved).unwrap();
                prop_assert_eq!(&saved, &broken.engine.save().unwrap());
                prop_assert_eq!(&saved, &straight.engine.save().unwrap());
            }
            straight.play(op);
            broken.play(op);
        }
        prop_assert_eq!(&straight.out, &broken.out);
        prop_assert_eq!(straight.engine.save().unwrap(), broken.engine.save().unwrap());
    }
}
