//! A whole region of virtual devices, spread as its people are.

pub mod areas;
pub mod counties;
mod faults;
pub mod play;

use helan_kernel::{
    Ms, Position,
    registry::{DeviceSpec, Facility, Person, Post, RegistryChange},
};

pub use self::faults::FaultPlan;
use self::{
    areas::Areas,
    counties::{COUNTIES, County},
};
use crate::{
    random::Random,
    world::{
        World,
        device::{Device, Model, Signal},
        room::{Lag, Room, RoomShape},
    },
};

/// Flats of one apartment block: 2 stairs of 5 floors with 2 flats each.
const FLATS: u64 = 20;
/// Every so many blocks' worth of devices, one weather station and one gauge.
const STATIONS_EVERY: u64 = 8;

/// Family names that are frequent in Ningxia.
const FAMILIES: [&str; 16] = [
    "马", "王", "李", "张", "杨", "刘", "陈", "赵", "丁", "哈", "纳", "白", "金", "田", "吴", "周",
];
const GIVEN: [&str; 16] = [
    "建国", "秀英", "小军", "丽", "志强", "桂兰", "文杰", "海燕", "学明", "玉梅", "鹏", "晓霞",
    "永福", "雪", "东", "静",
];

/// Everything of a region: what is registered, and the world that plays it.
#[derive(Clone, Debug, Default)]
pub struct Region {
    /// Base data to register, in an order in which nothing refers to something later.
    pub changes: Vec<RegistryChange>,
    /// The world; its devices have the keys of the registered ones.
    pub world: World,
}

/// Makes regions.
struct Builder<'a> {
    region: Region,
    areas: &'a Areas,
    seed: u64,
    random: Random,
    left: u64,
    period: Ms,
}

/// A region of `devices` devices, each reading once in `period`.
#[must_use]
pub fn build(devices: u64, seed: u64, period: Ms, areas: &Areas) -> Region {
    let random = Random::of(seed, "region");
    let region = Region::default();
    let mut builder = Builder { region, areas, seed, random, left: devices, period };
    let people: u64 = COUNTIES.iter().map(|c| u64::from(c.population)).sum();
    let mut before = 0;
    let mut given = 0;
    for county in &COUNTIES {
        before += u64::from(county.population);
        // Cumulative shares, so that rounding never loses or adds a device.
        let share = devices * before / people - given;
        given += share;
        builder.left = share;
        builder.county(county);
    }
    builder.region
}

impl Builder<'_> {
    fn county(&mut self, county: &County) {
        if self.left == 0 {
            return;
        }
        for (role, name) in [
            ("gas-company", "燃气公司抢修班"),
            ("grid-worker", "社区网格员"),
            ("duty-officer", "应急值班室"),
        ] {
            let (person, phone) = self.somebody(county);
            self.change(RegistryChange::PutPost(Post {
                key: format!("sim-{}-{role}", county.code),
                role: role.to_owned(),
                name: format!("{}{name}", county.name),
                area: county.area(),
                position: Some(county.position()),
                person,
                phone,
                ..Post::default()
            }));
        }
        let mut block = 0;
        while self.left > 0 {
            if block % STATIONS_EVERY == 1 {
                self.stations(county, block);
            }
            self.block(county, block);
            block += 1;
        }
    }

    fn block(&mut self, county: &County, number: u64) {
        let key = format!("sim-{}-b{number}", county.code);
        let place = self.areas.place(county.code, county.position(), &mut self.random);
        let (person, phone) = self.somebody(county);
        let name = format!("{}示范小区{}号楼", county.name, number + 1);
        self.change(RegistryChange::PutPost(Post {
            key: format!("{key}-property"),
            role: "property".to_owned(),
            name: format!("{name}物业"),
            area: county.area(),
            facility: key.clone(),
            position: Some(place),
            person,
            phone,
            ..Post::default()
        }));
        self.change(RegistryChange::PutFacility(Facility {
            key: key.clone(),
            kind: "apartment-block".to_owned(),
            name,
            area: county.area(),
            position: place,
            address: format!("{}{}", county.city, county.name),
            post: format!("{key}-property"),
        }));
        let spec = DeviceSpec {
            area: county.area(),
            position: place,
            facility: key.clone(),
            camera: format!("{key}-camera"),
            drill: true,
            ..DeviceSpec::default()
        };
        self.common_devices(&spec, &key);
        for flat in 0..FLATS {
            if self.left == 0 {
                break;
            }
            self.flat(county, &spec, &key, flat);
        }
    }

    fn common_devices(&mut self, spec: &DeviceSpec, key: &str) {
        let smoke = || {
            Model::Station(vec![
                signal("smoke", 0.05, 0.0, 0.02, (0.0, 10.0)),
                signal("temperature", 18.0, 3.0, 0.2, (-40.0, 150.0)),
            ])
        };
        let parts: [(&str, &str, &str, Model); 4] = [
            ("camera", "camera", "单元门口摄像头", steady("online")),
            ("speaker", "loudspeaker", "楼栋广播", Model::Loudspeaker),
            ("smoke1", "smoke-detector", "一单元楼道烟感", smoke()),
            ("smoke2", "smoke-detector", "二单元楼道烟感", smoke()),
        ];
        for (part, profile, name, model) in parts {
            let spec = DeviceSpec {
                key: format!("{key}-{part}"),
                profile: profile.to_owned(),
                name: name.to_owned(),
                ..spec.clone()
            };
            self.device(spec, model, None);
        }
    }

    fn flat(&mut self, county: &County, block: &DeviceSpec, key: &str, number: u64) {
        let stair = number / (FLATS / 2) + 1;
        let floor = number % (FLATS / 2) / 2 + 1;
        let room = format!("{stair}-{floor}0{}", number % 2 + 1);
        let floor = i32::try_from(floor).unwrap_or(0);
        let spec =
            DeviceSpec { room: room.clone(), stair: stair.to_string(), floor, ..block.clone() };
        let (name, phone) = self.somebody(county);
        let helped = self.random.chance(0.03);
        self.change(RegistryChange::PutPerson(Person {
            key: format!("{key}-p{number}"),
            name,
            phone,
            language: "zh".to_owned(),
            area: county.area(),
            position: block.position,
            facility: key.to_owned(),
            room: room.clone(),
            stair: stair.to_string(),
            floor,
            needs: if helped { vec!["wheelchair".to_owned()] } else { Vec::new() },
        }));
        let kitchen = self.region.world.add_room(Room::new(RoomShape::default()));
        let battery = self.random.between(40.0, 100.0).round();
        let parts: [(&str, &str, &str, Model); 4] = [
            (
                "gas",
                "gas-detector-household",
                "厨房燃气探测器",
                Model::GasDetector { point: "ch4".into(), lag: Lag::new(8.0), battery },
            ),
            ("valve", "gas-valve", "燃气自闭阀", Model::Valve { shut: false }),
            ("fan", "fan-kitchen", "防爆排风机", Model::Fan { running: false }),
            ("power", "power-switch-outside", "户外电源开关", Model::PowerSwitch { on: true }),
        ];
        for (part, profile, name, model) in parts {
            let mut spec = DeviceSpec {
                key: format!("{key}-{room}-{part}"),
                profile: profile.to_owned(),
                name: name.to_owned(),
                ..spec.clone()
            };
            if part == "fan" {
                spec.attributes.insert("explosion_proof".to_owned(), "yes".to_owned());
            }
            self.device(spec, model, Some(kitchen));
        }
    }

    fn stations(&mut self, county: &County, number: u64) {
        let weather = vec![
            signal("temperature", 9.0, 8.0, 0.3, (-50.0, 60.0)),
            signal("wind", 3.0, 1.5, 0.8, (0.0, 75.0)),
            signal("rain_1h", 0.0, 0.0, 0.0, (0.0, 300.0)),
        ];
        let gauge = vec![signal("level", 0.6, 0.05, 0.01, (-5.0, 60.0))];
        for (profile, name, signals) in
            [("weather-station", "气象站", weather), ("water-level", "水位站", gauge)]
        {
            let place = self.areas.place(county.code, county.position(), &mut self.random);
            let spec = DeviceSpec {
                key: format!("sim-{}-{profile}{number}", county.code),
                profile: profile.to_owned(),
                name: format!("{}{}号{name}", county.name, number / STATIONS_EVERY + 1),
                area: county.area(),
                position: place,
                post: format!("sim-{}-duty-officer", county.code),
                drill: true,
                ..DeviceSpec::default()
            };
            self.device(spec, Model::Station(signals), None);
        }
    }

    /// Registers a device and puts it into the world, while the county has any left.
    fn device(&mut self, spec: DeviceSpec, model: Model, room: Option<usize>) {
        if self.left == 0 {
            return;
        }
        self.left -= 1;
        let mut device = Device::new(&spec.key, model, room, self.period, self.seed);
        // Readings are spread evenly over the period.
        let period = u64::try_from(self.period.0).unwrap_or(0);
        let phase = device.random().below(period);
        device.phase = Ms(i64::try_from(phase).unwrap_or(0));
        self.region.world.add_device(device);
        self.change(RegistryChange::PutDevice(spec));
    }

    fn change(&mut self, change: RegistryChange) {
        self.region.changes.push(change);
    }

    /// An invented name, and a number that no exchange gives out (subscriber numbers never begin with 0).
    fn somebody(&mut self, county: &County) -> (String, String) {
        let name = person(&mut self.random);
        (name, format!("{}-0{:06}", county.dial, self.random.below(1_000_000)))
    }
}

/// A name that nobody in particular bears.
pub(crate) fn person(random: &mut Random) -> String {
    let mut pick = |names: &[&'static str]| {
        let place = random.below(names.len() as u64);
        usize::try_from(place).ok().and_then(|i| names.get(i)).copied().unwrap_or_default()
    };
    format!("{}{}", pick(&FAMILIES), pick(&GIVEN))
}

fn signal(point: &str, mean: f64, swing: f64, noise: f64, bounds: (f64, f64)) -> Signal {
    Signal { point: point.into(), mean, swing, noise, bounds }
}

/// A device whose only point says that it works.
#[must_use]
pub fn steady(point: &str) -> Model {
    Model::Station(vec![signal(point, 1.0, 0.0, 0.0, (0.0, 1.0))])
}

/// Where a region's centre of population lies: for maps without anything else.
#[must_use]
pub fn capital() -> Position {
    COUNTIES.first().map_or(Position::default(), County::position)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build_one(devices: u64, seed: u64) -> Region {
        build(devices, seed, Ms::seconds(60), &Areas::default())
    }

    fn specs(region: &Region) -> Vec<&DeviceSpec> {
        let devices = region.changes.iter().filter_map(|change| match change {
            RegistryChange::PutDevice(spec) => Some(spec),
            _ => None,
        });
        devices.collect()
    }

    #[test]
    fn so_many_devices_in_every_county_all_drill() {
        let region = build_one(10_000, 1);
        let specs = specs(&region);
        assert_eq!(specs.len(), 10_000);
        assert_eq!(region.world.devices().len(), 10_000);
        assert!(specs.iter().all(|s| s.drill));
        for county in &COUNTIES {
            assert!(specs.iter().any(|s| county.area().contains(s.area)), "{}", county.name);
        }
        let keys: std::collections::BTreeSet<_> = specs.iter().map(|s| &s.key).collect();
        assert_eq!(keys.len(), specs.len());
    }

    /// What all devices of a region send in five minutes with its faults, the world moved in steps of this size.
    fn played(seed: u64, step: Ms) -> Vec<String> {
        let mut world = build_one(500, seed).world;
        let mut faults = FaultPlan::new(seed, Ms(0), &world);
        let end = Ms::seconds(300);
        while let Some((at, change)) = faults.next(end) {
            world.schedule(at, change);
        }
        let mut out = Vec::new();
        let mut now = Ms(0);
        while now < end {
            now = now.after(step).min(end);
            world.advance(now, &mut out);
        }
        out.iter().map(|output| format!("{output:?}")).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_readings_and_faults() {
        let one = played(1, Ms::seconds(1));
        assert!(one.len() > 2000, "{}", one.len());
        assert!(
            one.iter().any(|line| line.starts_with("Link")),
            "some link is lost in five minutes"
        );
        assert_eq!(one, played(1, Ms::seconds(1)));
        assert_eq!(one, played(1, Ms(70)), "how often somebody looks does not matter");
        assert_ne!(one, played(2, Ms::seconds(1)));
    }

    #[test]
    fn the_same_seed_gives_the_same_region() {
        let text = |seed| format!("{:?}", build_one(500, seed).changes);
        assert_eq!(text(1), text(1));
        assert_ne!(text(1), text(2));
    }
}
