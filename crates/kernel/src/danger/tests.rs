//! A tank leaks, the wind turns, and people are told.

use std::collections::BTreeMap;

use super::{DangerArea, HazardRule, Input};
use crate::{
    Answer, Effect, Engine, Event, IncidentId, Ms, Position, Quality, Reading, Refusal, Text,
    event::{Action, ActionKind, Call, Joins},
    push::{Channel, Policy, Protective, ReceiptState, Shape},
    registry::{DeviceSpec, Facility, Person, Quantity, RegistryChange},
    testing::*,
    weather::{AirSource, Weather, WeatherReport},
};

/// An ammonia plant with a detector, a tank and a wind vane, and somebody 600 m away on each side.
struct Plant {
    engine: Engine,
    now: Ms,
}

const SIDES: [(&str, f64, f64); 4] =
    [("north", 0.0, 600.0), ("east", 600.0, 0.0), ("south", 0.0, -600.0), ("west", -600.0, 0.0)];

fn policy() -> Policy {
    let tell = vec![rung(Channel::Screen, 20), rung(Channel::Sms, 30)];
    let level =
        |level: &str, fallback_metres: f64| Shape::Level { level: level.into(), fallback_metres };
    let number = |name: &str, value: f64| (name.to_owned(), Input::Number(value));
    let word = |name: &str, value: &str| (name.to_owned(), Input::Word(value.to_owned()));
    Policy {
        zones: vec![
            zone("leave", level("aegl-3", 2_000.0), Protective::Leave, tell.clone()),
            zone("near", Shape::Radius { metres: 30.0 }, Protective::Leave, tell.clone()),
            zone("shelter", level("aegl-2", 5_000.0), Protective::Shelter, tell),
        ],
        posts: Vec::new(),
        hazard: Some(HazardRule {
            model: "gas-release".into(),
            inputs: BTreeMap::from([
                word("source", "rate"),
                word("substance", "ammonia"),
                number("rate_kg_s", 5.0),
            ]),
        }),
        on_call: vec!["gas-leak".into()],
        ..gas_policy()
    }
}

impl Plant {
    fn new(tank: &[(&str, &str)]) -> Self {
        let mut plant = Self { engine: Engine::default(), now: Ms(1_800_000_000_000) };
        let mut put = |change| {
            let answer =
                plant.engine.step(plant.now, &Event::Registry(Box::new(change)), &mut Vec::new());
            assert!(!matches!(answer, Answer::Refused(_)), "{answer:?}");
        };
        let quantity = |name: &str, quantity| crate::registry::PointKind {
            max: 360.0,
            quantity: Some(quantity),
            ..point_kind(name, "")
        };
        let vane =
            vec![quantity("speed", Quantity::WindSpeed), quantity("from", Quantity::WindFrom)];
        put(RegistryChange::PutProfile(profile(
            "detector",
            vec![point_kind("ch4", "ppm")],
            Vec::new(),
        )));
        put(RegistryChange::PutProfile(profile("vane", vane, Vec::new())));
        put(RegistryChange::PutProfile(profile("tank", Vec::new(), Vec::new())));
        put(RegistryChange::PutPolicy(policy()));
        put(RegistryChange::PutRule(rule("leak", "ch4", true)));
        put(RegistryChange::PutFacility(Facility {
            key: "plant".into(),
            name: "plant".into(),
            area: STREET,
            position: at(0.0, 0.0),
            ..Facility::default()
        }));
        for (name, east, north) in SIDES {
            let person = Person { position: at(east, north), ..person(name, "", "", 0) };
            put(RegistryChange::PutPerson(person));
        }
        put(RegistryChange::PutPost(post("grid-worker", "")));
        let device = |key: &str, profile: &str, attributes: &[(&str, &str)]| {
            let attributes = attributes.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
            let attributes = attributes.collect();
            RegistryChange::PutDevice(DeviceSpec {
                profile: profile.into(),
                attributes,
                ..detector(key, "plant", at(0.0, 0.0))
            })
        };
        put(device("detector", "detector", &[]));
        put(device("vane", "vane", &[]));
        put(device("tank", "tank", tank));
        plant
    }

    fn step(&mut self, event: &Event) -> (Answer, Vec<Effect>) {
        let mut out = Vec::new();
        (self.engine.step(self.now, event, &mut out), out)
    }

    fn reading(&mut self, device: &str, place: u32, value: f64) -> Vec<Effect> {
        let first = self.engine.registry().devices.by_key(device).unwrap().first_point;
        let (at, point) = (self.now, crate::PointId(first.0 + place));
        let (answer, out) =
            self.step(&Event::Reading(Reading { point, at, value, quality: Quality::Good }));
        assert_eq!(answer, Answer::Done);
        out
    }

    fn wind(&mut self, speed: f64, from: f64) -> Vec<Effect> {
        let mut out = self.reading("vane", 0, speed);
        out.extend(self.reading("vane", 1, from));
        out
    }

    fn wait(&mut self, seconds: i64) -> Vec<Effect> {
        let until = self.now.after(Ms::seconds(seconds));
        let mut all = Vec::new();
        while let Some(due) = self.engine.next_timer().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            all.extend(self.step(&Event::Tick).1);
        }
        self.now = until;
        all
    }

    fn act(&mut self, kind: ActionKind) -> (Answer, Vec<Effect>) {
        let action = Action { by: actor("duty"), reason: "because".into(), kind };
        self.step(&Event::Action(Box::new(action)))
    }

    fn call(&mut self, credible: bool) -> Vec<Effect> {
        let call = Call {
            kind: "gas-leak".into(),
            area: STREET,
            position: None,
            place: "plant".into(),
            caller: "Li".into(),
            contact: "138".into(),
            text: "it smells".into(),
            by: actor("duty"),
            drill: false,
            joins: Joins::New,
            facility: "plant".into(),
            credible,
        };
        self.step(&Event::Call(Box::new(call))).1
    }

    fn area(&self) -> &DangerArea {
        self.engine.dangers().areas().next().expect("an area")
    }
}

/// Who was told now, by name, with what.
fn told(out: &[Effect]) -> Vec<(String, Protective)> {
    let mut told: Vec<_> = sent(out)
        .into_iter()
        // The first channel: a second one to the same person is no news.
        .filter(|(_, _, channel)| *channel == Channel::Screen)
        .filter(|(name, ..)| SIDES.iter().any(|(side, ..)| side.to_uppercase() == *name))
        .map(|(name, action, _)| (name, action))
        .collect();
    told.sort();
    told.dedup();
    told
}

fn names(out: &[Effect]) -> Vec<String> {
    told(out).into_iter().map(|(name, _)| name).collect()
}

#[test]
fn people_downwind_are_told_and_when_the_wind_turns_so_are_others() {
    let mut plant = Plant::new(&[]);
    plant.wind(3.0, 270.0);
    let out = plant.reading("detector", 0, 60.0);
    assert_eq!(names(&out), ["EAST"]);
    let area = plant.area().clone();
    assert_eq!((area.version, area.refused.as_str()), (1, ""));
    assert!(matches!(area.air.source, AirSource::Station(_)));
    assert!(area.levels.windows(2).all(|two| two[0].severity >= two[1].severity));
    assert!(out.iter().any(|e| matches!(e, Effect::Warning(w) if !w.polygons.is_empty())));

    // A breath of wind more is no other area.
    plant.now = plant.now.after(Ms::seconds(40));
    plant.wind(3.2, 274.0);
    assert!(names(&plant.wait(120)).is_empty());
    assert_eq!(plant.area().version, 1);

    plant.now = plant.now.after(Ms::seconds(1));
    let mut out = plant.wind(3.0, 0.0);
    out.extend(plant.wait(2));
    assert_eq!(names(&out), ["SOUTH"], "the wind comes from the north now");
    assert_eq!(plant.area().version, 2);
    // Whoever was told stays among those who are told that it is over.
    let zones = &plant.engine.desk().incident(IncidentId(1)).unwrap().zones;
    assert_eq!(
        zones.iter().filter(|z| z.name.en == "shelter").count(),
        1,
        "the old outline is gone"
    );
    let order: Vec<&str> = zones.iter().map(|z| &*z.name.en).collect();
    assert_eq!(order, ["leave", "near", "shelter"], "as the lines of the warning, whatever moved");
    let told: Vec<_> = plant.engine.push().notices().map(|n| n.name.to_string()).collect();
    assert!(told.contains(&"EAST".to_owned()) && told.contains(&"SOUTH".to_owned()));

    // A restart in the middle changes nothing.
    let bytes = plant.engine.save().unwrap();
    let mut other = Plant { engine: Engine::load(&bytes).unwrap(), now: plant.now };
    assert_eq!(plant.wait(100), other.wait(100));
}

#[test]
fn an_unknown_wind_is_a_circle_and_a_stale_one_is_said_so() {
    let mut plant = Plant::new(&[]);
    let out = plant.reading("detector", 0, 60.0);
    assert_eq!(names(&out), ["EAST", "NORTH", "SOUTH", "WEST"]);
    assert_eq!(plant.area().air.source, AirSource::None);

    let mut plant = Plant::new(&[]);
    plant.wind(3.0, 270.0);
    plant.now = plant.now.after(Weather::FRESH).after(Ms::seconds(60));
    plant.reading("detector", 0, 60.0);
    assert!(plant.area().air.stale);
    assert!(
        plant.area().warnings.iter().any(|w| w.en.contains("21 minutes ago")),
        "{:?}",
        plant.area().warnings
    );
}

#[test]
fn a_model_that_refuses_leaves_the_circles_of_the_policy() {
    let mut plant = Plant::new(&[("hazard.rate_kg_s", "-4")]);
    plant.wind(3.0, 270.0);
    let out = plant.reading("detector", 0, 60.0);
    assert_eq!(told(&out), SIDES_LEAVE.map(|name| (name.to_owned(), Protective::Leave)));
    assert!(plant.area().refused.contains("rate_kg_s"), "{}", plant.area().refused);
    assert!(!plant.area().warnings.is_empty());
}

const SIDES_LEAVE: [&str; 4] = ["EAST", "NORTH", "SOUTH", "WEST"];

#[test]
fn the_tank_says_what_it_holds() {
    let reach = |tank: &[(&str, &str)]| {
        let mut plant = Plant::new(tank);
        plant.wind(3.0, 270.0);
        plant.reading("detector", 0, 60.0);
        plant.area().levels.iter().map(|l| l.reach_m).fold(0.0, f64::max)
    };
    let small = reach(&[("hazard.rate_kg_s", "0.5")]);
    assert!(small > 0.0 && small < reach(&[("hazard.rate_kg_s", "50")]));
}

#[test]
fn a_level_that_the_substance_has_not_keeps_the_circle_of_the_policy() {
    // LPG has no AEGL: nobody knows how far those levels reach, and that is not nowhere.
    let mut plant = Plant::new(&[("hazard.substance", "lpg")]);
    plant.wind(3.0, 270.0);
    let out = plant.reading("detector", 0, 60.0);
    assert_eq!(told(&out), SIDES_LEAVE.map(|name| (name.to_owned(), Protective::Leave)));
    let area = plant.area();
    assert!(area.refused.is_empty() && area.levels.iter().any(|l| l.level == "lel-100"));
    for level in ["aegl-3", "aegl-2"] {
        let warned = area.warnings.iter().any(|w| w.en.contains(level) && w.zh.contains(level));
        assert!(warned, "{:?}", area.warnings);
    }

    // A level that was reckoned and is reached nowhere is another thing: nobody 600 m away is told.
    let chimney = [("substance", "CO"), ("rate_kg_s", "0.001"), ("height_m", "100")];
    let chimney = chimney.map(|(name, value)| (format!("hazard.{name}"), value));
    let chimney = chimney.each_ref().map(|(name, value)| (name.as_str(), *value));
    let mut plant = Plant::new(&chimney);
    plant.wind(3.0, 270.0);
    assert!(names(&plant.reading("detector", 0, 60.0)).is_empty());
    let level = plant.area().levels.iter().find(|l| l.level == "aegl-3").expect("reckoned");
    assert!(level.rings.is_empty() && level.reach_m == 0.0);
}

#[test]
fn the_tank_of_the_substance_comes_before_a_nearer_one_of_another() {
    let mut plant = Plant::new(&[("hazard.substance", "lpg")]);
    plant.wind(3.0, 270.0);
    let ammonia = DeviceSpec {
        profile: "tank".into(),
        attributes: BTreeMap::from([("hazard.substance".to_owned(), "液氨".to_owned())]),
        ..detector("cold", "plant", at(0.0, 200.0))
    };
    plant.step(&Event::Registry(Box::new(RegistryChange::PutDevice(ammonia))));
    plant.reading("detector", 0, 60.0);
    assert_eq!(&*plant.area().holder, "cold");
    assert!(plant.area().levels.iter().any(|l| l.level == "aegl-3"));
}

#[test]
fn what_a_person_says_of_the_wind_comes_first() {
    let mut plant = Plant::new(&[]);
    plant.wind(3.0, 270.0);
    plant.reading("detector", 0, 60.0);
    plant.now = plant.now.after(Ms::seconds(60));
    let report = WeatherReport {
        key: "gate".into(),
        position: at(100.0, 0.0),
        at: plant.now,
        wind_m_s: Some(3.0),
        wind_from_deg: Some(90.0),
        ..WeatherReport::default()
    };
    let until = plant.now.after(Ms::seconds(600));
    let (answer, mut out) = plant.act(ActionKind::SetWeather { report: report.clone(), until });
    assert_eq!(answer, Answer::Done);
    out.extend(plant.wait(2));
    assert_eq!(names(&out), ["WEST"]);
    assert!(matches!(plant.area().air.source, AirSource::Hand { .. }));

    // Who only says how warm it is says nothing of the wind.
    let now = plant.now;
    let back = plant.act(ActionKind::SetWeather { report: report.clone(), until: now }).0;
    assert_eq!(back, Answer::Done);
    let again = plant.act(ActionKind::SetWeather { report: report.clone(), until: now }).0;
    assert_eq!(again, Answer::Refused(Refusal::Unknown), "nothing is there to be taken back");
    let warm = WeatherReport {
        wind_m_s: None,
        wind_from_deg: None,
        temperature_c: Some(31.0),
        ..report.clone()
    };
    plant.act(ActionKind::SetWeather { report: warm, until });
    let (registry, watch) = (plant.engine.registry(), plant.engine.watch());
    let air = plant.engine.weather().at(now, registry, watch, at(0.0, 0.0), false);
    assert!(matches!(air.source, AirSource::Station(_)), "{air:?}");
    assert_eq!((air.wind_from_deg, air.temperature_c), (Some(270.0), Some(31.0)));

    let mut refuse = |report: WeatherReport, until: Ms| {
        let (answer, _) = plant.act(ActionKind::SetWeather { report, until });
        assert_eq!(answer, Answer::Refused(Refusal::OutOfRange));
    };
    refuse(WeatherReport { wind_m_s: Some(200.0), ..report.clone() }, until);
    refuse(WeatherReport { wind_m_s: Some(f64::NAN), ..report.clone() }, until);
    refuse(WeatherReport { position: Position::default(), ..report.clone() }, until);
    refuse(report, until.after(Weather::LONGEST_BY_HAND));
}

#[test]
fn a_feed_says_how_the_wind_is_where_there_is_no_station() {
    let mut plant = Plant::new(&[]);
    let report = WeatherReport {
        key: "53614".into(),
        position: at(10_000.0, 0.0),
        at: plant.now,
        wind_m_s: Some(4.0),
        wind_from_deg: Some(180.0),
        ..WeatherReport::default()
    };
    let (answer, _) = plant.step(&Event::Weather(Box::new(report.clone())));
    assert_eq!(answer, Answer::Done);
    let (again, _) = plant.step(&Event::Weather(Box::new(report.clone())));
    assert_eq!(again, Answer::Duplicate);
    let old = WeatherReport { at: Ms(plant.now.0 - 1), ..report };
    assert_eq!(plant.step(&Event::Weather(Box::new(old))).0, Answer::Late);
    assert_eq!(names(&plant.reading("detector", 0, 60.0)), ["NORTH"]);
}

#[test]
fn a_credible_call_tells_people_and_another_does_not() {
    let mut plant = Plant::new(&[]);
    plant.wind(3.0, 270.0);
    assert!(names(&plant.call(false)).is_empty());
    let out = plant.call(true);
    assert_eq!(names(&out), ["EAST"]);
    assert!(out.iter().any(|e| matches!(e, Effect::Danger(_))));
}

#[test]
fn nobody_is_sent_in_before_the_others_are_out() {
    let mut plant = Plant::new(&[]);
    plant.wind(3.0, 270.0);
    // Near enough that somebody has to leave.
    let near = Person { position: at(60.0, 0.0), ..person("near", "", "", 0) };
    plant.step(&Event::Registry(Box::new(RegistryChange::PutPerson(near))));
    plant.reading("detector", 0, 60.0);
    let incident = IncidentId(1);
    assert!(plant.engine.push().leaving(incident) > 0);
    let worker = plant.engine.registry().posts_with("grid-worker").next().unwrap().0;
    let order = |on_site, uncounted| ActionKind::SendTask {
        incident,
        posts: vec![worker],
        text: Text::new("关阀", "close the valve"),
        on_site,
        uncounted,
    };
    let task = |on_site| order(on_site, 0);
    let (answer, out) = plant.act(task(true));
    assert_eq!(answer, Answer::Refused(Refusal::PeopleFirst));
    assert!(lines(&out).iter().any(|line| line.text.en.contains("Refused")));
    assert_eq!(plant.act(task(false)).0, Answer::Done, "what keeps out of the area need not wait");

    assert_eq!(plant.act(ActionKind::ConfirmEvacuated(incident)).0, Answer::Done);
    assert_eq!(plant.act(task(true)).0, Answer::Done);
    // Who confirmed it stays the one who did.
    let action = Action {
        by: actor("another"),
        reason: "again".into(),
        kind: ActionKind::ConfirmEvacuated(incident),
    };
    let again = plant.step(&Event::Action(Box::new(action))).0;
    assert_eq!(again, Answer::Refused(Refusal::WrongState));
    let by = plant.engine.desk().incident(incident).unwrap().evacuated.clone();
    assert_eq!(by, Some(actor("duty")));

    // Somebody else has to leave: it is no longer true.
    let late = Person { position: at(80.0, 0.0), ..person("late", "", "", 0) };
    plant.step(&Event::Registry(Box::new(RegistryChange::PutPerson(late))));
    plant.now = plant.now.after(Ms::seconds(60));
    plant.reading("detector", 0, 5.0);
    plant.now = plant.now.after(Ms::seconds(60));
    plant.reading("detector", 0, 60.0);
    assert_eq!(plant.act(task(true)).0, Answer::Refused(Refusal::PeopleFirst));
    let waiting: Vec<_> = plant
        .engine
        .push()
        .notices_of(incident)
        .filter(|n| n.action == Protective::Leave)
        .map(|n| n.id)
        .collect();
    for notice in waiting {
        plant.act(ActionKind::AnswerNotice(notice, ReceiptState::Acknowledged));
    }
    assert_eq!(plant.engine.push().leaving(incident), 0);
    assert_eq!(plant.act(task(true)).0, Answer::Done, "all have answered");

    // But where the registers know of people whom nobody told one by one, answers say nothing of them: only a person does.
    assert_eq!(plant.act(order(true, 3_000)).0, Answer::Refused(Refusal::PeopleFirst));
    assert_eq!(plant.act(order(false, 3_000)).0, Answer::Done);
    assert_eq!(plant.act(ActionKind::ConfirmEvacuated(incident)).0, Answer::Done);
    assert_eq!(plant.act(order(true, 3_000)).0, Answer::Done);
}

/// The leak is stopped, and two persons give the all-clear.
fn all_clear(plant: &mut Plant) {
    plant.now = plant.now.after(Ms::seconds(60));
    plant.reading("detector", 0, 1.0);
    let alarms: Vec<_> = plant.engine.watch().alarms().map(|alarm| alarm.id).collect();
    for alarm in alarms {
        plant.act(ActionKind::AcknowledgeAlarm(alarm));
    }
    plant.act(ActionKind::AllClear(IncidentId(1)));
    let action = Action {
        by: actor("leader"),
        reason: "over".into(),
        kind: ActionKind::AllClear(IncidentId(1)),
    };
    assert_eq!(plant.step(&Event::Action(Box::new(action))).0, Answer::Done);
}

#[test]
fn what_is_over_is_not_looked_at_any_more() {
    let mut plant = Plant::new(&[]);
    plant.wind(3.0, 270.0);
    plant.reading("detector", 0, 60.0);
    all_clear(&mut plant);
    assert!(plant.engine.dangers().is_idle());
}

#[test]
fn a_danger_that_begins_again_counts_its_versions_on() {
    let mut plant = Plant::new(&[]);
    plant.wind(3.0, 270.0);
    plant.reading("detector", 0, 60.0);
    plant.wait(60);
    plant.wind(3.0, 180.0);
    plant.wait(60);
    assert_eq!(plant.area().version, 2);
    for version in [3, 4] {
        all_clear(&mut plant);
        // As after a restart: the count is part of the state.
        plant.engine = Engine::load(&plant.engine.save().unwrap()).unwrap();
        plant.now = plant.now.after(Ms::seconds(60));
        plant.reading("detector", 0, 60.0);
        assert_eq!(plant.area().incident, IncidentId(1), "the same incident");
        assert_eq!(plant.area().version, version);
    }
    all_clear(&mut plant);
    // Whom no channel reached is visited before it can be closed.
    let away: Vec<_> = plant.engine.push().notices().map(|notice| notice.id).collect();
    for notice in away {
        plant.act(ActionKind::RecordVisit(notice, true));
    }
    assert_eq!(plant.act(ActionKind::CloseIncident(IncidentId(1))).0, Answer::Done);
    plant.wait(3_600);
    plant.reading("detector", 0, 60.0);
    assert_ne!(plant.area().incident, IncidentId(1));
    assert_eq!(plant.area().version, 1, "another incident");
}
