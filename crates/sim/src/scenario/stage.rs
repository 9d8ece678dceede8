//! From a scenario file to base data and a world.

use std::sync::Arc;

use helan_kernel::{
    AreaCode, Ms, Position,
    registry::{self, DeviceSpec, RegistryChange},
};

use super::file::{
    Device as DeviceOf, FaultKind as Kind, Happening, Manner, Model as ModelOf, Moment, Scenario,
    Uplink,
};
use super::fire::{Fire, Winds};
use crate::{
    region::steady,
    world::{
        Change, World,
        device::{Device, Model, Track},
        fault::{Fault, FaultKind},
        person::{self, Person},
        room::{Lag, Room, RoomShape},
    },
};

/// Base data and world of a scenario.
#[derive(Clone, Debug)]
pub struct Stage {
    /// What is registered.
    pub changes: Vec<RegistryChange>,
    /// The world; devices in the order of the file.
    pub world: World,
    /// Names of people and posts, in the order of the world's people.
    pub names: Vec<String>,
}

/// Sets the stage.
#[must_use]
pub fn stage(scenario: &Scenario) -> Stage {
    let mut stage =
        Stage { changes: changes(scenario), world: World::default(), names: Vec::new() };
    let world = &mut stage.world;
    let rooms: Vec<(&str, usize, RoomShape)> = scenario
        .rooms
        .iter()
        .map(|r| {
            let shape = RoomShape {
                volume_m3: r.volume_m3,
                air_changes: r.air_changes,
                fan_air_changes: r.fan_air_changes,
            };
            (r.key.as_str(), world.add_room(Room::new(shape.clone())), shape)
        })
        .collect();
    let room = |key: &str| rooms.iter().find(|(k, ..)| *k == key);
    for device in &scenario.devices {
        let number = room(&device.room).map(|(_, number, _)| *number);
        let model = rains(scenario, device).unwrap_or_else(|| model(device));
        let one = Device::new(&device.key, model, number, device.every, scenario.seed);
        world.add_device(one);
    }
    let manners = scenario.people.iter().map(|p| (&p.name, &p.key, p.manner));
    for (name, key, manner) in
        manners.chain(scenario.posts.iter().map(|p| (&p.name, &p.key, p.manner)))
    {
        let Manner { answers, delay, needs_help } = manner;
        let manner = person::Manner { answers, delay, needs_help };
        world.add_person(Person::new(key, manner, scenario.seed));
        stage.names.push(name.clone());
    }
    for (number, happening) in scenario.events.iter().enumerate() {
        let leak = happening.leak.as_ref().and_then(|leak| {
            let (_, number, shape) = room(&leak.room)?;
            let m3_s = Room::leak_for(shape, leak.reaches, leak.within);
            Some(Change::Leak { room: *number, m3_s })
        });
        let repair = happening.repair.as_ref().and_then(|key| room(key));
        let repair = repair.map(|(_, number, _)| Change::Leak { room: *number, m3_s: 0.0 });
        let air = happening.air.as_ref().and_then(|air| {
            room(&air.room).map(|(_, room, _)| Change::Air { room: *room, changes: air.changes })
        });
        let uplink = happening.uplink.map(|u| Change::Uplink { up: u == Uplink::Restored });
        let fault = fault(happening, &stage.world);
        let reading = happening.reading.as_ref().and_then(|reading| {
            let values = reading.values.iter().map(|(point, v)| (point.as_str().into(), *v));
            let device = stage.world.find(&reading.device)?;
            Some(Change::Say { device, values: values.collect() })
        });
        let deed = deed(happening).then_some(Change::Deed { event: number });
        for change in [leak, repair, air, uplink, fault, reading, deed].into_iter().flatten() {
            stage.world.schedule(happening.at, change);
        }
    }
    stage
}

/// The wind of a fire, as its station measures it.
#[must_use]
pub fn winds(scenario: &Scenario, fire: &Fire) -> Option<Winds> {
    let station = scenario.devices.iter().find(|device| device.key == fire.wind)?;
    let track = |point: &str| {
        let values = station.track.get(point)?.iter().map(|(at, value)| (at.0, *value));
        Some(Track { point: point.into(), values: values.collect() })
    };
    Some(Winds { speed: track("wind_speed")?, from: track("wind_from")? })
}

/// What gauges of a storm measure; none for other devices.
#[expect(clippy::cast_possible_truncation, reason = "float to integer casts saturate")]
fn rains(scenario: &Scenario, device: &DeviceOf) -> Option<Model> {
    let storm = scenario.storm.as_ref()?;
    let end = Ms((scenario.minutes * 60_000.0) as i64);
    let (lon, lat) = device.position.unwrap_or(scenario.position);
    match device.model {
        ModelOf::RainGauge => {
            let place = Position { lon, lat };
            let track = storm.gauge(&device.key, place, device.every, end, scenario.seed);
            Some(Model::Replay(vec![track]))
        }
        ModelOf::GullyGauge => {
            let gully = scenario.gullies.iter().find(|gully| gully.key == device.gully)?;
            Some(Model::Replay(storm.runoff(gully, end).into()))
        }
        _ => None,
    }
}

/// Whether somebody does something at the server.
fn deed(happening: &Happening) -> bool {
    let Happening { call, task, evacuated, grade, hotspot, moves, .. } = happening;
    let words = call.is_some() || task.is_some() || evacuated.is_some() || grade.is_some();
    words || hotspot.is_some() || moves.is_some()
}

fn model(device: &DeviceOf) -> Model {
    let point = |otherwise: &str| -> Arc<str> {
        let given = device.point.as_str();
        if given.is_empty() { otherwise.into() } else { given.into() }
    };
    match device.model {
        ModelOf::GasDetector => {
            Model::GasDetector { point: point("ch4"), lag: Lag::new(device.lag_s), battery: 86.0 }
        }
        ModelOf::Switch => {
            Model::Switch { point: point("on"), command: device.command.as_str().into(), on: true }
        }
        ModelOf::Instrument => {
            let track = |(point, values): (&String, &Vec<(Moment, f64)>)| Track {
                point: point.as_str().into(),
                values: values.iter().map(|(at, value)| (at.0, *value)).collect(),
            };
            Model::Replay(device.track.iter().map(track).collect())
        }
        // Gauges of a scenario without a storm are refused when it is read.
        ModelOf::Terminal | ModelOf::RainGauge | ModelOf::GullyGauge => Model::Passive,
        ModelOf::Valve => Model::Valve { shut: false },
        ModelOf::Fan => Model::Fan { running: false },
        ModelOf::PowerSwitch => Model::PowerSwitch { on: true },
        ModelOf::Loudspeaker => Model::Loudspeaker,
        ModelOf::Camera => steady("online"),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "float to integer casts saturate")]
fn fault(happening: &Happening, world: &World) -> Option<Change> {
    let of = happening.fault.as_ref()?;
    let kind = match of.kind {
        Kind::Silence => FaultKind::Silence,
        Kind::LinkLost => FaultKind::LinkLost,
        Kind::Stuck => FaultKind::Stuck,
        Kind::Spike => FaultKind::Spike(of.value),
        Kind::Value => FaultKind::Value(of.value),
        Kind::Noise => FaultKind::Noise(of.value),
        Kind::Clock => FaultKind::Clock(Ms((of.value * 1000.0) as i64)),
        Kind::Bad => FaultKind::Bad,
    };
    let from = happening.at;
    let fault = Fault { from, to: from.after(of.lasts), kind };
    Some(Change::Fault { device: world.find(&of.device)?, fault })
}

/// Base data. Everything belongs to a drill.
#[must_use]
pub fn changes(scenario: &Scenario) -> Vec<RegistryChange> {
    let area = AreaCode(scenario.area);
    let position = Position { lon: scenario.position.0, lat: scenario.position.1 };
    let own =
        |given: Option<(f64, f64)>| given.map_or(position, |(lon, lat)| Position { lon, lat });
    let mut changes = Vec::new();
    for post in &scenario.posts {
        changes.push(RegistryChange::PutPost(registry::Post {
            key: post.key.clone(),
            role: post.role.clone(),
            name: post.name.clone(),
            area,
            facility: post.facility.clone(),
            position: Some(own(post.position)),
            person: post.person.clone(),
            phone: post.phone.clone(),
            deputy: String::new(),
        }));
    }
    for facility in &scenario.facilities {
        changes.push(RegistryChange::PutFacility(registry::Facility {
            key: facility.key.clone(),
            kind: facility.kind.clone(),
            name: facility.name.clone(),
            area,
            position: own(facility.position),
            address: facility.address.clone(),
            post: facility.post.clone(),
        }));
    }
    for person in &scenario.people {
        changes.push(RegistryChange::PutPerson(registry::Person {
            key: person.key.clone(),
            name: person.name.clone(),
            phone: person.phone.clone(),
            language: "zh".to_owned(),
            area,
            position: own(person.position),
            facility: person.facility.clone(),
            room: person.room.clone(),
            stair: person.stair.clone(),
            floor: person.floor,
            needs: person.needs.clone(),
        }));
    }
    let gateway = scenario.site.as_ref();
    changes.extend(gateway.map(|site| {
        RegistryChange::PutDevice(DeviceSpec {
            key: site.gateway.clone(),
            profile: site.profile.clone(),
            name: site.name.clone(),
            area,
            position,
            facility: scenario.facilities.first().map(|f| f.key.clone()).unwrap_or_default(),
            drill: true,
            ..DeviceSpec::default()
        })
    }));
    changes.extend(scenario.devices.iter().map(|device| {
        let gateway = gateway.filter(|_| device.site).map(|g| g.gateway.clone());
        RegistryChange::PutDevice(spec(device, area, position, gateway.unwrap_or_default()))
    }));
    changes
}

/// How a device is registered, at the platform or at its site.
#[must_use]
pub fn spec(device: &DeviceOf, area: AreaCode, position: Position, gateway: String) -> DeviceSpec {
    DeviceSpec {
        key: device.key.clone(),
        profile: device.profile.clone(),
        name: device.name.clone(),
        area,
        position: device.position.map_or(position, |(lon, lat)| Position { lon, lat }),
        facility: device.facility.clone(),
        room: device.room.clone(),
        stair: device.stair.clone(),
        floor: device.floor,
        post: String::new(),
        camera: device.camera.clone(),
        gateway,
        attributes: device.attributes.clone(),
        drill: true,
    }
}
