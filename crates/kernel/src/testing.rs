//! A small world for the tests of push and command: two apartment blocks, hand-made alarms, and time that a test moves.

use std::sync::Arc;

use crate::{
    AlarmId, Answer, AreaCode, Context, Effect, IncidentId, Ms, PointId, Position, Quality,
    Reading, RuleId, Text, Timer, Timers,
    command::{Desk, TimelineEntry},
    danger::{Dangers, Origin, Sky},
    dispose::Dispose,
    event::{Action, ActionKind, Actor, Call, Joins},
    push::{
        Around, CapRule, Channel, Notice, Policy, PostRule, Protective, Push, ReceiptState, Rung,
        Shape, Zone,
    },
    registry::{
        CommandKind, DeviceSpec, Facility, Person, PointKind, Post, Profile, Registry,
        RegistryChange,
    },
    watch::{
        Alarm, AlarmChange, AlarmState, Condition, IncidentKind, Level, Priority, Rule, Side, Watch,
    },
    weather::Weather,
};

/// A street of the region.
pub const STREET: AreaCode = AreaCode(640_104_001);

/// The south-west corner of the little town.
pub const CORNER: Position = Position { lon: 106.23, lat: 38.48 };

/// Registry, timers, push and desk, moved by hand.
#[derive(Clone, Default)]
pub struct World {
    pub now: Ms,
    pub registry: Registry,
    pub timers: Timers,
    pub push: Push,
    pub desk: Desk,
    pub dangers: Dangers,
    pub watch: Watch,
    pub weather: Weather,
    /// Empty: runs and commands come from the tests.
    pub dispose: Dispose,
    /// Every effect so far.
    pub log: Vec<Effect>,
    last_alarm: u64,
}

/// A position so many metres east and north of the corner.
pub fn at(east: f64, north: f64) -> Position {
    let lat = CORNER.lat + north / 111_195.0;
    Position { lon: CORNER.lon + east / (111_195.0 * CORNER.lat.to_radians().cos()), lat }
}

pub fn rung(channel: Channel, seconds: i64) -> Rung {
    Rung { channel, wait: Ms::seconds(seconds) }
}

pub fn zone(name: &str, shape: Shape, action: Protective, ladder: Vec<Rung>) -> Zone {
    Zone {
        name: Text::new(name, name),
        shape,
        action,
        wording: Text::new("{place} {what} {value} {person} {contact}", "{what} {value}"),
        assisted: Text::new("协助 {place}", "help comes {place}"),
        ladder,
    }
}

pub fn actor(name: &str) -> Actor {
    Actor { account: name.into(), name: name.into() }
}

pub fn person(key: &str, facility: &str, stair: &str, floor: i32) -> Person {
    Person {
        key: key.into(),
        name: key.to_uppercase(),
        phone: format!("13-{key}"),
        language: "zh".into(),
        area: STREET,
        facility: facility.into(),
        room: format!("{stair}-{floor}02"),
        stair: stair.into(),
        floor,
        ..Person::default()
    }
}

pub fn post(role: &str, facility: &str) -> Post {
    Post {
        key: format!("{role}{facility}"),
        role: role.into(),
        name: role.into(),
        area: STREET,
        facility: facility.into(),
        person: format!("P-{role}"),
        phone: format!("12-{role}"),
        ..Post::default()
    }
}

pub fn detector(key: &str, facility: &str, position: Position) -> DeviceSpec {
    DeviceSpec {
        key: key.into(),
        profile: "detector".into(),
        area: STREET,
        position,
        facility: facility.into(),
        room: "1-302".into(),
        stair: "1".into(),
        floor: 3,
        ..DeviceSpec::default()
    }
}

/// The policy of the household gas pack, in short.
pub fn gas_policy() -> Policy {
    use Channel as C;
    let shout = vec![rung(C::Screen, 20), rung(C::Sms, 30), rung(C::Loudspeaker, 20)];
    let tell = vec![rung(C::Screen, 30), rung(C::Sms, 60)];
    let task = |role: &str| PostRule {
        role: role.into(),
        wording: Text::new("任务 {place}", "task {place}"),
        ladder: vec![rung(C::Screen, 30), rung(C::Sms, 60)],
        only_where: None,
    };
    Policy {
        key: "leak".into(),
        from_level: 0,
        zones: vec![
            zone("leave", Shape::Stair { floors: 1 }, Protective::Leave, shout),
            zone("shelter", Shape::Facility, Protective::Shelter, tell.clone()),
            zone("away", Shape::Radius { metres: 60.0 }, Protective::StayAway, tell),
        ],
        posts: vec![task("grid-worker"), task("gas-company")],
        all_clear: Text::new("{place} 解除", "{place} is clear"),
        cap: Some(CapRule {
            category: "Safety".into(),
            urgency: "Immediate".into(),
            severity: "Severe".into(),
            certainty: "Observed".into(),
            expires: Ms::seconds(7200),
        }),
        visit: "grid-worker".into(),
        hazard: None,
        on_call: Vec::new(),
    }
}

impl World {
    /// Profiles, rules and the policy; no places yet.
    pub fn bare() -> Self {
        let mut world = Self { now: Ms(1_800_000_000_000), ..Self::default() };
        let points = vec![point_kind("ch4", "%LEL"), point_kind("battery", "%")];
        let detector = profile("detector", points, vec![command_kind("test")]);
        world.put(RegistryChange::PutProfile(detector));
        let speaker = profile("speaker", Vec::new(), vec![command_kind("speaker.say")]);
        world.put(RegistryChange::PutProfile(speaker));
        world.put(RegistryChange::PutPolicy(gas_policy()));
        world.put(RegistryChange::PutRule(rule("leak", "ch4", true)));
        world.put(RegistryChange::PutRule(rule("battery", "battery", false)));
        world
    }

    /// Block 7 with its people, block 8 next door 40 m away, block 9 far away.
    pub fn town() -> Self {
        let mut world = Self::bare();
        for (key, east) in [("block-7", 0.0), ("block-8", 40.0), ("block-9", 5000.0)] {
            let facility = Facility {
                key: key.into(),
                kind: "apartment-block".into(),
                name: key.into(),
                area: STREET,
                position: at(east, 0.0),
                address: "1 East Street".into(),
                post: String::new(),
            };
            world.put(RegistryChange::PutFacility(facility));
            world.put(RegistryChange::PutDevice(detector(&format!("d-{key}"), key, at(east, 0.0))));
        }
        for (key, stair, floor) in
            [("ann", "1", 3), ("bob", "1", 4), ("cho", "1", 6), ("dai", "2", 3)]
        {
            world.put(RegistryChange::PutPerson(person(key, "block-7", stair, floor)));
        }
        let wheelchair =
            Person { needs: vec!["wheelchair".into()], ..person("eve", "block-7", "1", 2) };
        world.put(RegistryChange::PutPerson(wheelchair));
        world.put(RegistryChange::PutPerson(person("fay", "block-8", "1", 3)));
        world.put(RegistryChange::PutPerson(person("gil", "block-9", "1", 1)));
        for role in ["grid-worker", "gas-company", "duty-officer", "duty-leader"] {
            world.put(RegistryChange::PutPost(post(role, "")));
        }
        let speaker = DeviceSpec {
            profile: "speaker".into(),
            ..detector("speaker-7", "block-7", at(0.0, 0.0))
        };
        world.put(RegistryChange::PutDevice(speaker));
        world
    }

    pub fn put(&mut self, change: RegistryChange) {
        let answer = self.registry.apply(&change);
        assert!(!matches!(answer, Answer::Refused(_)), "{answer:?} {change:?}");
    }

    /// Does one thing, then lets push and desk see what came of it, as the engine does. Gives the new effects.
    pub fn step<T>(
        &mut self,
        act: impl FnOnce(&mut Context<'_>, &mut Push, &mut Desk) -> T,
    ) -> (T, Vec<Effect>) {
        let mut out = Vec::new();
        let mut cx = Context {
            now: self.now,
            registry: &mut self.registry,
            timers: &mut self.timers,
            out: &mut out,
        };
        let done = act(&mut cx, &mut self.push, &mut self.desk);
        let mut seen = 0;
        while seen < cx.out.len() {
            let mut effect = cx.out[seen].clone();
            if let Effect::Alarm(change, alarm) = &mut effect {
                if self.desk.on_alarm(&mut cx, *change, alarm).is_some() {
                    let sky = Sky { watch: &self.watch, weather: &self.weather };
                    let (dangers, desk) = (&mut self.dangers, &mut self.desk);
                    let mut around = Around { sky, dangers, desk };
                    self.push.on_alarm(&mut cx, *change, alarm, &mut around);
                }
            } else {
                self.desk.on_effect(&mut cx, &effect, &self.dispose);
            }
            if let Effect::Escalation(call) = &effect {
                self.push.on_escalation(&mut cx, call, &mut self.desk);
            }
            cx.out[seen] = effect;
            seen += 1;
        }
        self.log.extend(out.iter().cloned());
        (done, out)
    }

    /// Moves time and runs the timers on the way.
    pub fn wait(&mut self, span: Ms) -> Vec<Effect> {
        let until = self.now.after(span);
        let mut all = Vec::new();
        while let Some((at, timer)) = self.timers.due(until) {
            self.now = self.now.max(at);
            let (_, out) = self.step(|cx, push, desk| match timer {
                Timer::Notice(id) => push.timer(cx, at, id),
                Timer::Incident(id) => desk.timer(cx, at, id),
                Timer::Warning(id) => push.renew(cx, at, id),
                other => panic!("{other:?}"),
            });
            all.extend(out);
        }
        self.now = until;
        all
    }

    /// An alarm of a device's first rule, not told to anybody yet.
    pub fn alarm(&mut self, device: &str, value: f64, drill: bool) -> Alarm {
        self.alarm_of("leak", device, value, drill)
    }

    pub fn alarm_of(&mut self, rule: &str, device: &str, value: f64, drill: bool) -> Alarm {
        self.last_alarm += 1;
        let row = self.registry.devices.by_key(device).unwrap();
        let point = PointId(row.first_point.0 + u32::from(rule != "leak"));
        let reading = Reading { point, at: self.now, value, quality: Quality::Good };
        Alarm {
            id: AlarmId(self.last_alarm),
            rule: RuleId(self.registry.rules.find(rule).unwrap()),
            rule_key: rule.into(),
            point,
            device: row.id,
            state: AlarmState::Unacknowledged,
            active: true,
            acknowledged: false,
            level: 0,
            priority: Priority::Critical,
            since: Ms(self.now.0 - 700),
            raised: self.now,
            changed: self.now,
            readings: Arc::from([reading]),
            value,
            peak: value,
            place: Arc::new(self.registry.place_of(row)),
            by: None,
            reason: String::new(),
            until: None,
            escalated: 0,
            chattering: false,
            incident: None,
            drill,
        }
    }

    /// Tells a change of an alarm; the alarm learns its incident.
    pub fn change(&mut self, change: AlarmChange, alarm: &mut Alarm) -> Vec<Effect> {
        alarm.changed = self.now;
        let told = Effect::Alarm(change, Box::new(alarm.clone()));
        let ((), out) = self.step(|cx, _, _| cx.out.push(told));
        if let Some(Effect::Alarm(_, told)) = out.first() {
            alarm.incident = told.incident;
        }
        out
    }

    /// Raises an alarm at a device. Gives it and what came of it.
    pub fn raise(&mut self, device: &str, drill: bool) -> (Alarm, Vec<Effect>) {
        let mut alarm = self.alarm(device, 21.5, drill);
        let out = self.change(AlarmChange::Raised, &mut alarm);
        (alarm, out)
    }

    /// The cause of an alarm is gone.
    pub fn clear(&mut self, alarm: &mut Alarm) -> Vec<Effect> {
        alarm.active = false;
        alarm.state = AlarmState::ReturnedUnacknowledged;
        self.change(AlarmChange::Cleared, alarm)
    }

    pub fn act(&mut self, by: &str, kind: ActionKind, reason: &str) -> (Answer, Vec<Effect>) {
        let action = Action { by: actor(by), reason: reason.into(), kind };
        self.step(|cx, push, desk| match action.kind {
            ActionKind::AnswerNotice(..) | ActionKind::RecordVisit(..) => push.action(cx, &action),
            ActionKind::CallPosts { incident, ref posts, within, ref text } => {
                push.call_posts(cx, desk, incident, posts, within, text)
            }
            _ => desk.action(cx, push, &action),
        })
    }

    pub fn call(&mut self, kind: &str, position: Option<Position>, place: &str) -> Answer {
        self.call_joining(kind, position, place, Joins::Alike)
    }

    pub fn call_joining(
        &mut self,
        kind: &str,
        position: Option<Position>,
        place: &str,
        joins: Joins,
    ) -> Answer {
        let call = Call {
            kind: kind.into(),
            area: STREET,
            position,
            place: place.into(),
            caller: "Zhang".into(),
            contact: "139".into(),
            text: "smells of gas".into(),
            by: actor("duty"),
            drill: false,
            joins,
            facility: String::new(),
            credible: false,
        };
        self.step(|cx, _, desk| desk.call(cx, &call)).0
    }

    /// Two persons say that the danger is over.
    pub fn all_clear(&mut self, id: u64) -> (Answer, Vec<Effect>) {
        let (_, asked) = self.act("lead", ActionKind::AllClear(IncidentId(id)), "low");
        assert!(sent(&asked).is_empty(), "one person alone tells nobody");
        self.act("second", ActionKind::AllClear(IncidentId(id)), "low for 30 min")
    }

    pub fn receipt(&mut self, notice: &Notice, channel: Channel, state: ReceiptState) -> Answer {
        self.step(|cx, push, _| push.receipt(cx, notice.id, channel, state, "")).0
    }

    /// The newest notice to a recipient.
    pub fn notice(&self, name: &str) -> Notice {
        self.push.notices().filter(|n| &*n.name == name).max_by_key(|n| n.id).unwrap().clone()
    }

    pub fn incident(&self, id: u64) -> &crate::command::Incident {
        self.desk.incident(IncidentId(id)).unwrap()
    }
}

/// A danger at a device, told by the policy `leak`.
pub fn origin(registry: &Registry, device: &crate::registry::Device) -> Origin {
    let spec = &device.spec;
    Origin {
        incident: IncidentId(1),
        policy: registry.policy_id("leak").unwrap(),
        position: crate::danger::position_of(registry, device),
        facility: spec.facility.as_str().into(),
        room: spec.room.as_str().into(),
        stair: spec.stair.as_str().into(),
        floor: spec.floor,
        area: spec.area,
        place: "".into(),
        person: "".into(),
        contact: "".into(),
        what: Text::default(),
        value: Text::default(),
        event: Text::default(),
        code: String::new(),
        drill: false,
    }
}

/// A measured quantity from 0 to 100.
pub fn point_kind(name: &str, unit: &str) -> PointKind {
    PointKind {
        name: name.into(),
        label: Text::new(name, name),
        unit: unit.into(),
        min: 0.0,
        max: 100.0,
        states: Vec::new(),
        quantity: None,
    }
}

/// A command without argument that can be undone.
pub fn command_kind(name: &str) -> CommandKind {
    CommandKind {
        name: name.into(),
        label: Text::new(name, name),
        argument: None,
        irreversible: false,
    }
}

pub fn profile(key: &str, points: Vec<PointKind>, commands: Vec<CommandKind>) -> Profile {
    Profile { key: key.into(), name: Text::new(key, key), points, commands }
}

/// A rule that is raised and returns at once, asks to be noted and starts nothing.
pub fn plain_rule(key: &str, profile: &str, point: &str, condition: Condition) -> Rule {
    Rule {
        key: key.into(),
        name: Text::new("报警", "alarm"),
        source: "test".into(),
        profile: profile.into(),
        point: point.into(),
        condition,
        priority: Priority::High,
        on_delay: Ms(0),
        off_delay: Ms(0),
        latched: false,
        acknowledge: true,
        escalation: Vec::new(),
        incident: None,
        programs: Vec::new(),
        policy: None,
        advice: Text::default(),
        enabled: true,
    }
}

/// Limits above which a value is dangerous.
pub fn limits(levels: &[(f64, Priority)], deadband: f64) -> Condition {
    let level = |(limit, priority): &(f64, Priority)| Level { limit: *limit, priority: *priority };
    Condition::Limit { side: Side::High, levels: levels.iter().map(level).collect(), deadband }
}

/// A rule on a point of the detector.
pub fn rule(key: &str, point: &str, incident: bool) -> Rule {
    let levels = [20.0, 50.0].map(|limit| (limit, Priority::Critical));
    Rule {
        name: Text::new("燃气泄漏", "Gas leak"),
        priority: Priority::Critical,
        incident: incident.then(|| IncidentKind {
            key: "gas-leak".into(),
            code: "12P12".into(),
            name: Text::new("居民燃气泄漏", "Household gas leak"),
            join_metres: 60.0,
            join_window: Ms::seconds(7200),
        }),
        policy: incident.then(|| "leak".into()),
        ..plain_rule(key, "detector", point, limits(&levels, 1.0))
    }
}

/// Roles of the posts that are called, in order.
pub fn called(out: &[Effect]) -> Vec<&str> {
    out.iter()
        .filter_map(|effect| match effect {
            Effect::Escalation(call) => Some(&*call.role),
            _ => None,
        })
        .collect()
}

/// Notices to be sent now, in order: recipient, action, channel.
pub fn sent(out: &[Effect]) -> Vec<(String, Protective, Channel)> {
    out.iter()
        .filter_map(|effect| match effect {
            Effect::Notice { send: Some(channel), notice } => {
                Some((notice.name.to_string(), notice.action, *channel))
            }
            _ => None,
        })
        .collect()
}

/// Lines of the timeline.
pub fn lines(out: &[Effect]) -> Vec<&TimelineEntry> {
    out.iter()
        .filter_map(|effect| match effect {
            Effect::Timeline(line) => Some(&**line),
            _ => None,
        })
        .collect()
}
