//! From a scenario file to base data and a world.

use helan_kernel::{
    AreaCode, Ms, Position,
    registry::{self, DeviceSpec, RegistryChange},
};

use super::file::{
    Device as DeviceOf, FaultKind as Kind, Happening, Manner, Model as ModelOf, Scenario, Uplink,
};
use crate::{
    region::steady,
    world::{
        Change, World,
        device::{Device, Model},
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
        let one = Device::new(&device.key, model(device), number, device.every, scenario.seed);
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
    for happening in &scenario.events {
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
        for change in [leak, repair, air, uplink, fault].into_iter().flatten() {
            stage.world.schedule(happening.at, change);
        }
    }
    stage
}

fn model(device: &DeviceOf) -> Model {
    match device.model {
        ModelOf::GasDetector => Model::GasDetector { lag: Lag::new(device.lag_s), battery: 86.0 },
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
fn changes(scenario: &Scenario) -> Vec<RegistryChange> {
    let area = AreaCode(scenario.area);
    let position = Position { lon: scenario.position.0, lat: scenario.position.1 };
    let mut changes = Vec::new();
    for post in &scenario.posts {
        changes.push(RegistryChange::PutPost(registry::Post {
            key: post.key.clone(),
            role: post.role.clone(),
            name: post.name.clone(),
            area,
            facility: post.facility.clone(),
            position: Some(position),
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
            position,
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
            position,
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
        position,
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
