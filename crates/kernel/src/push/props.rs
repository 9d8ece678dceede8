//! What holds for every audience, every order of receipts and every drill.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{
    area::{Spot, holds},
    audience::{Cause, audience},
    *,
};
use crate::{
    Answer, Position,
    event::ActionKind,
    registry::{Facility, Person, RegistryChange},
    testing::*,
    watch::AlarmState,
};

fn any_position() -> impl Strategy<Value = Position> {
    prop_oneof![
        4 => (-200.0..400.0_f64, -200.0..400.0_f64).prop_map(|(east, north)| at(east, north)),
        1 => Just(Position::default()),
        // On the corners and edges of the polygons below.
        1 => (0_u8..4, 0_u8..4).prop_map(|(x, y)| at(f64::from(x) * 50.0, f64::from(y) * 50.0)),
    ]
}

fn any_person(n: usize) -> impl Strategy<Value = Person> {
    let facility = prop_oneof![Just(""), Just("block-7"), Just("block-8"), Just("block-9")];
    let stair = prop_oneof![Just(""), Just("1"), Just("2")];
    (facility, stair, 0..8_i32, any_position(), any::<[bool; 2]>()).prop_map(
        move |(facility, stair, floor, position, [phone, needs])| {
            let base = person(&format!("n{n}"), facility, stair, floor);
            Person {
                position,
                phone: if phone { base.phone.clone() } else { String::new() },
                needs: if needs { vec!["wheelchair".into()] } else { Vec::new() },
                ..base
            }
        },
    )
}

fn people() -> impl Strategy<Value = Vec<Person>> {
    proptest::collection::vec(Just(()), 0..25)
        .prop_flat_map(|v| (0..v.len()).map(any_person).collect::<Vec<_>>())
}

fn any_shape() -> impl Strategy<Value = Shape> {
    let corner = (0_u8..4, 0_u8..4).prop_map(|(x, y)| at(f64::from(x) * 50.0, f64::from(y) * 50.0));
    prop_oneof![
        Just(Shape::Room),
        (0..3_i32).prop_map(|floors| Shape::Stair { floors }),
        Just(Shape::Facility),
        (0.0..400.0_f64).prop_map(|metres| Shape::Radius { metres }),
        proptest::collection::vec(corner, 0..6).prop_map(Shape::Polygon),
    ]
}

fn any_channel() -> impl Strategy<Value = Channel> {
    use Channel as C;
    prop_oneof![
        Just(C::Screen),
        Just(C::Sms),
        Just(C::Webhook),
        Just(C::Loudspeaker),
        Just(C::Cap),
        Just(C::Visit)
    ]
}

fn any_policy() -> impl Strategy<Value = Policy> {
    use Protective as P;
    let action = prop_oneof![
        Just(P::Leave),
        Just(P::Shelter),
        Just(P::StayAway),
        Just(P::Task),
        Just(P::Inform)
    ];
    let ladder = proptest::collection::vec((any_channel(), 0..90_i64), 0..5)
        .prop_map(|rungs| rungs.into_iter().map(|(c, s)| rung(c, s)).collect::<Vec<_>>());
    let zone = (any_shape(), action, ladder)
        .prop_map(|(shape, action, ladder)| zone("zone", shape, action, ladder));
    proptest::collection::vec(zone, 0..4).prop_map(|zones| Policy { zones, ..gas_policy() })
}

/// What may happen to a world.
#[derive(Clone, Debug)]
enum Act {
    Raise(usize),
    RaiseLevel(usize),
    Clear(usize),
    Receipt(usize, Channel, ReceiptState),
    Answer(usize, ReceiptState),
    Visit(usize, bool),
    Wait(i64),
    AllClear,
    Close,
}

fn any_act() -> impl Strategy<Value = Act> {
    use ReceiptState as R;
    let state = || {
        prop_oneof![
            Just(R::Sent),
            Just(R::Delivered),
            Just(R::Read),
            Just(R::Acknowledged),
            Just(R::NeedsHelp),
            Just(R::Failed)
        ]
    };
    let n = || 0..1000_usize;
    prop_oneof![
        2 => n().prop_map(Act::Raise),
        1 => n().prop_map(Act::RaiseLevel),
        2 => n().prop_map(Act::Clear),
        6 => (n(), any_channel(), state()).prop_map(|(n, c, s)| Act::Receipt(n, c, s)),
        3 => (n(), state()).prop_map(|(n, s)| Act::Answer(n, s)),
        2 => (n(), any::<bool>()).prop_map(|(n, r)| Act::Visit(n, r)),
        4 => (1..200_i64).prop_map(Act::Wait),
        2 => Just(Act::AllClear),
        1 => Just(Act::Close),
    ]
}

/// A world, its alarms, and the moves on them.
#[derive(Clone)]
struct Game {
    world: World,
    alarms: Vec<Alarm>,
    drill: bool,
}

const DEVICES: [&str; 3] = ["d-block-7", "d-block-8", "d-block-9"];

impl Game {
    fn new(people: &[Person], policy: Policy, drill: bool) -> Self {
        let mut world = World::town();
        for person in people {
            world.put(RegistryChange::PutPerson(person.clone()));
        }
        world.put(RegistryChange::PutPolicy(policy));
        Self { world, alarms: Vec::new(), drill }
    }

    fn play(&mut self, act: &Act) -> Vec<Effect> {
        let notice = |world: &World, n: usize| {
            let count = world.push.notices().count().max(1);
            world.push.notices().nth(n % count).cloned()
        };
        let world = &mut self.world;
        match act {
            Act::Raise(n) => {
                let (alarm, out) = world.raise(DEVICES[n % DEVICES.len()], self.drill);
                self.alarms.push(alarm);
                out
            }
            Act::RaiseLevel(n) | Act::Clear(n) => {
                let count = self.alarms.len().max(1);
                let Some(alarm) = self.alarms.get_mut(n % count) else { return Vec::new() };
                if matches!(act, Act::Clear(_)) {
                    return world.clear(alarm);
                }
                alarm.active = true;
                alarm.state = AlarmState::Unacknowledged;
                alarm.level = alarm.level.saturating_add(1);
                world.change(AlarmChange::RaisedLevel, alarm)
            }
            Act::Receipt(n, channel, state) => {
                let Some(notice) = notice(world, *n) else { return Vec::new() };
                world.step(|cx, push, _| push.receipt(cx, notice.id, *channel, *state, "")).1
            }
            Act::Answer(n, state) => {
                let Some(notice) = notice(world, *n) else { return Vec::new() };
                world.act("duty", ActionKind::AnswerNotice(notice.id, *state), "").1
            }
            Act::Visit(n, reached) => {
                let Some(notice) = notice(world, *n) else { return Vec::new() };
                world.act("grid", ActionKind::RecordVisit(notice.id, *reached), "").1
            }
            Act::Wait(seconds) => world.wait(Ms::seconds(*seconds)),
            Act::AllClear | Act::Close => {
                let Some(id) = world.desk.incidents().next().map(|i| i.id) else {
                    return Vec::new();
                };
                let kind = match act {
                    Act::AllClear => ActionKind::AllClear(id),
                    _ => ActionKind::CloseIncident(id),
                };
                let mut out = world.act("lead", kind.clone(), "because").1;
                if world.desk.incident(id).is_some_and(|i| i.clear_asked.is_some()) {
                    out.extend(world.act("second", kind, "because").1);
                }
                out
            }
        }
    }

    /// The world as a restart finds it.
    fn reloaded(&self) -> Self {
        fn copy<T: Serialize + serde::de::DeserializeOwned>(part: &T) -> T {
            postcard::from_bytes(&postcard::to_stdvec(part).unwrap()).unwrap()
        }
        let world = &self.world;
        let mut loaded = self.clone();
        loaded.world.push = copy(&world.push);
        loaded.world.desk = copy(&world.desk);
        loaded.world.registry = copy(&world.registry);
        loaded.world.timers = copy(&world.timers);
        assert_eq!(loaded.world.push, world.push);
        assert_eq!(loaded.world.desk, world.desk);
        loaded
    }
}

/// Worlds tried for each property: some seconds of work.
const CASES: u32 = 128;

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    /// Everybody inside a zone is told, by the zone that asks most of them; nobody else is, but posts and facilities.
    #[test]
    fn people_first_everybody_inside_is_told_and_nobody_twice(
        people in people(), policy in any_policy(), device in 0..3_usize,
    ) {
        let game = Game::new(&people, policy.clone(), false);
        let registry = &game.world.registry;
        let device = registry.devices.by_key(DEVICES[device]).unwrap();
        let origin = origin(registry, device);
        let found = audience(registry, &policy, &policy.zones, &origin);
        let parties: BTreeSet<Party> = found.iter().map(|t| t.party).collect();
        prop_assert_eq!(parties.len(), found.len());
        prop_assert!(found.is_sorted_by_key(|t| t.action));
        let centre = Spot::of_origin(&origin);
        for (id, person) in registry.people.iter() {
            let spot = Spot::of_person(registry, person);
            let holding = policy.zones.iter().enumerate().filter(|(_, z)| holds(&z.shape, &centre, &spot));
            let inside = holding.min_by_key(|(at, z)| (z.action, *at)).map(|(at, _)| at);
            let told = found.iter().find(|t| t.party == Party::Person(crate::PersonId(id)));
            prop_assert_eq!(told.map(|t| t.cause.clone()), inside.map(Cause::Zone));
        }
    }

    /// Whatever happens, in every batch protective notices leave first; a public channel and a drill never meet; nobody
    /// is sent a notice twice over one channel.
    #[test]
    fn people_first_once_and_drills_stay_inside(
        people in people(), policy in any_policy(), drill: bool,
        acts in proptest::collection::vec(any_act(), 1..40),
    ) {
        let mut game = Game::new(&people, policy, drill);
        let mut keys = BTreeSet::new();
        for act in &acts {
            let out = game.play(act);
            for effect in &out {
                match effect {
                    Effect::Notice { send: Some(channel), notice } => {
                        prop_assert!(keys.insert((notice.id, *channel)), "sent twice");
                        prop_assert_eq!(notice.drill, drill);
                        prop_assert!(!drill || !channel.is_public());
                    }
                    Effect::Warning(warning) => prop_assert_eq!(warning.drill, drill),
                    _ => {}
                }
            }
            if let Act::Raise(_) | Act::RaiseLevel(_) = act {
                // Staff called because somebody could not be reached are a batch of their own.
                let audience = |notice: &&Notice| {
                    let entry = game.world.push.outbox.get(&notice.id);
                    entry.is_some_and(|e| e.purpose != Purpose::Call)
                };
                let order: Vec<Protective> = out
                    .iter()
                    .filter_map(|e| match e {
                        Effect::Notice { send: Some(_), notice } => Some(&**notice),
                        _ => None,
                    })
                    .filter(audience)
                    .map(|n| n.action)
                    .collect();
                prop_assert!(order.is_sorted(), "{:?}", order);
            }
        }
    }

    /// Given time, every notice that nothing replaced ends: answered, visited, named unreachable, or delivered where no
    /// answer is asked for. Whoever needs help stays on the list.
    #[test]
    fn silence_is_a_signal_everybody_ends_in_a_final_state(
        people in people(), policy in any_policy(), drill: bool,
        acts in proptest::collection::vec(any_act(), 1..30),
    ) {
        let mut game = Game::new(&people, policy, drill);
        for act in &acts {
            game.play(act);
        }
        // Somebody takes what is open: else its calls go on.
        let open: Vec<IncidentId> = game.world.desk.incidents().map(|i| i.id).collect();
        for id in open {
            game.world.act("duty", ActionKind::TakeIncident(id), "");
        }
        game.world.wait(Ms::seconds(24 * 3600));
        // What goes on: warnings that still hold, and calls for those who need help.
        let push = &game.world.push;
        let holding = push.told.values().filter(|t| t.warning.as_ref().is_some_and(|w| !w.cancel));
        prop_assert_eq!(push.told.values().filter(|t| t.renew.is_some()).count(), holding.count());
        let lasting = game.world.now.since(Ms::seconds(3600));
        for entry in push.outbox.values().filter(|e| e.notice.created.0 < lasting.0) {
            let needs_help = entry.notice.state == NoticeState::NeedsHelp;
            prop_assert_eq!(entry.due.is_some(), needs_help, "{:?}", entry);
            let state = entry.notice.state;
            let delivered = matches!(state, NoticeState::Delivered | NoticeState::Read);
            let ended = state.is_final()
                || state == NoticeState::NeedsHelp
                || (delivered && !entry.asks_answer());
            prop_assert!(ended || entry.halted, "{:?}", entry);
        }
    }

    /// The all-clear reaches exactly those who were told since the last one (and never got it), each once.
    #[test]
    fn the_all_clear_goes_to_exactly_the_same_set(
        people in people(), policy in any_policy(), drill: bool,
        acts in proptest::collection::vec(any_act(), 1..40),
    ) {
        let mut game = Game::new(&people, policy, drill);
        let mut owed: BTreeSet<(IncidentId, Party)> = BTreeSet::new();
        for act in &acts {
            let first = game.world.desk.incidents().next().map(|i| i.id);
            let cleared_before = first.is_some_and(|id| game.world.incident(id.0).all_clear);
            let out = game.play(act);
            let mut cleared = BTreeSet::new();
            for effect in &out {
                let Effect::Notice { notice, .. } = effect else { continue };
                // Notices made in this step: their first effect.
                let key = (notice.incident, notice.party);
                if notice.created != game.world.now {
                    continue;
                }
                if notice.action == Protective::AllClear {
                    cleared.insert(key);
                } else if matches!(act, Act::Raise(_) | Act::RaiseLevel(_)) {
                    owed.insert(key);
                }
            }
            // Visitors and called posts are told by the way; the book knows them.
            for (id, told) in &game.world.push.told {
                owed.extend(told.parties.keys().map(|party| (*id, *party)));
            }
            if let (Act::AllClear, Some(id)) = (act, first)
                && !cleared_before
                && game.world.desk.incident(id).is_some_and(|i| i.all_clear)
            {
                let expected: BTreeSet<_> =
                    owed.iter().copied().filter(|(incident, _)| *incident == id).collect();
                prop_assert_eq!(&cleared, &expected);
                owed.retain(|(incident, _)| *incident != id);
                prop_assert!(!game.world.push.owes_all_clear(id));
            }
        }
    }

    /// A restart at any moment changes nothing of what follows.
    #[test]
    fn deterministic_a_restart_changes_nothing(
        people in people(), policy in any_policy(), drill: bool,
        before in proptest::collection::vec(any_act(), 0..20),
        after in proptest::collection::vec(any_act(), 1..20),
    ) {
        let mut game = Game::new(&people, policy, drill);
        for act in &before {
            game.play(act);
        }
        let mut other = game.reloaded();
        for act in &after {
            prop_assert_eq!(game.play(act), other.play(act));
        }
        prop_assert_eq!(game.world.push, other.world.push);
        prop_assert_eq!(game.world.desk, other.world.desk);
    }
}

/// A person who moves is found at the new place and no longer at the old one.
#[test]
fn the_index_of_places_follows_the_registry() {
    let mut world = World::town();
    let told = |world: &World| {
        let device = world.registry.devices.by_key("d-block-7").unwrap();
        let zones = vec![zone("z", Shape::Radius { metres: 30.0 }, Protective::Leave, vec![])];
        let policy = Policy { zones, posts: Vec::new(), ..gas_policy() };
        let origin = origin(&world.registry, device);
        audience(&world.registry, &policy, &policy.zones, &origin)
            .into_iter()
            .filter(|t| matches!(t.party, Party::Person(_)))
            .count()
    };
    assert_eq!(told(&world), 5, "residents of block 7, who are where their house is");
    let gil = Person { position: at(10.0, 0.0), ..person("gil", "block-9", "1", 1) };
    world.put(RegistryChange::PutPerson(gil.clone()));
    assert_eq!(told(&world), 6);
    world.put(RegistryChange::PutPerson(Person { position: at(900.0, 0.0), ..gil }));
    assert_eq!(told(&world), 5);
    world.put(RegistryChange::RemovePerson("ann".into()));
    assert_eq!(told(&world), 4);
    let block =
        Facility { position: at(500.0, 0.0), ..world.registry.facilities.get(0).unwrap().clone() };
    world.put(RegistryChange::PutFacility(block));
    assert_eq!(told(&world), 0);
    assert_eq!(
        world.registry.apply(&RegistryChange::RemovePerson("ann".into())),
        Answer::Refused(crate::Refusal::Unknown)
    );
}
