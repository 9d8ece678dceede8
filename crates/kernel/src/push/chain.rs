//! The whole chain through the engine's only door: a reading becomes an alarm, an incident, notices and a timeline.

use crate::{
    Answer, Effect, Engine, Event, IncidentId, Ms, PointId, Quality, Reading,
    event::{Action, ActionKind},
    push::{Channel, NoticeState, Protective, ReceiptState},
    registry::RegistryChange,
    testing::*,
};

struct Chain {
    engine: Engine,
    now: Ms,
}

impl Chain {
    /// The town of the tests, loaded through registry events.
    fn new() -> Self {
        let town = World::town();
        let mut chain = Self { engine: Engine::default(), now: town.now };
        let registry = &town.registry;
        let mut changes: Vec<RegistryChange> = Vec::new();
        changes
            .extend(registry.profiles.iter().map(|(_, p)| RegistryChange::PutProfile(p.clone())));
        changes.extend(registry.policies.iter().map(|(_, p)| RegistryChange::PutPolicy(p.clone())));
        changes.extend(registry.rules.iter().map(|(_, r)| RegistryChange::PutRule(r.clone())));
        changes.extend(
            registry.facilities.iter().map(|(_, f)| RegistryChange::PutFacility(f.clone())),
        );
        changes.extend(registry.posts.iter().map(|(_, p)| RegistryChange::PutPost(p.clone())));
        changes.extend(registry.people.iter().map(|(_, p)| RegistryChange::PutPerson(p.clone())));
        changes.extend(
            registry.devices.iter().map(|(_, d)| RegistryChange::PutDevice(d.spec.clone())),
        );
        for change in changes {
            chain.step(&Event::Registry(Box::new(change)));
        }
        chain
    }

    fn step(&mut self, event: &Event) -> Vec<Effect> {
        let mut out = Vec::new();
        let answer = self.engine.step(self.now, event, &mut out);
        assert!(!matches!(answer, Answer::Refused(_)), "{answer:?} {event:?}");
        out
    }

    fn reading(&mut self, value: f64) -> Vec<Effect> {
        let at = self.now;
        self.step(&Event::Reading(Reading { point: PointId(0), at, value, quality: Quality::Good }))
    }

    fn wait(&mut self, seconds: i64) -> Vec<Effect> {
        self.now = self.now.after(Ms::seconds(seconds));
        self.step(&Event::Tick)
    }

    fn act(&mut self, kind: ActionKind) -> Vec<Effect> {
        self.act_as("duty", kind)
    }

    fn act_as(&mut self, by: &str, kind: ActionKind) -> Vec<Effect> {
        let by = actor(by);
        self.step(&Event::Action(Box::new(Action { by, reason: "because".into(), kind })))
    }
}

#[test]
fn from_reading_to_closed_file() {
    let mut chain = Chain::new();
    assert!(chain.reading(3.0).iter().all(|e| !matches!(e, Effect::Incident(_))));
    chain.wait(1);
    let out = chain.reading(21.5);
    let actions: Vec<Protective> = sent(&out).into_iter().map(|(_, a, _)| a).collect();
    assert_eq!(actions.len(), 9);
    assert!(actions.is_sorted());
    let Some(alarm) = chain.engine.watch().alarms().next().cloned() else { panic!("no alarm") };
    assert_eq!(alarm.incident, Some(IncidentId(1)));
    let told = out.iter().any(|e| matches!(e, Effect::Alarm(_, a) if a.incident.is_some()));
    assert!(told, "the alarm that leaves the engine knows its incident");

    // A restart in the middle changes nothing.
    let bytes = chain.engine.save().unwrap();
    let mut other = Chain { engine: Engine::load(&bytes).unwrap(), now: chain.now };
    assert_eq!(chain.wait(25), other.wait(25));
    assert_eq!(chain.engine.save().unwrap(), other.engine.save().unwrap());

    let ann = chain.engine.push().notices().next().unwrap().id;
    chain.step(&Event::Receipt {
        notice: ann,
        channel: Channel::Sms,
        state: ReceiptState::Acknowledged,
        detail: "1".into(),
    });
    chain.act(ActionKind::TakeIncident(IncidentId(1)));
    chain.reading(2.0);
    chain.act(ActionKind::AcknowledgeAlarm(alarm.id));
    assert_eq!(chain.engine.desk().incident(IncidentId(1)).unwrap().active, 0);
    assert!(sent(&chain.act(ActionKind::AllClear(IncidentId(1)))).is_empty());
    let out = chain.act_as("leader", ActionKind::AllClear(IncidentId(1)));
    assert_eq!(sent(&out).len(), 9);
    assert!(sent(&out).iter().all(|(_, a, _)| *a == Protective::AllClear));
    // Nobody has heard whether the loudspeaker spoke: somebody looks, and only then the file is closed.
    let push = chain.engine.push();
    let visited = push.notices().filter(|n| n.state == NoticeState::Visiting).map(|n| n.id);
    for id in visited.collect::<Vec<_>>() {
        chain.act(ActionKind::RecordVisit(id, true));
    }
    chain.act(ActionKind::CloseIncident(IncidentId(1)));
    assert_eq!(chain.engine.push().notices().count(), 0);
    assert_eq!(chain.engine.desk().incidents().count(), 0);
    assert!(sent(&chain.wait(3600)).is_empty());
}
