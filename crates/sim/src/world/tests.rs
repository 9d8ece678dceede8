use super::{
    device::Model,
    person::Manner,
    room::{Lag, RoomShape},
    *,
};

fn kitchen(seed: u64) -> World {
    let mut world = World::default();
    let room = world.add_room(Room::new(RoomShape::default()));
    let detector = Model::GasDetector { point: "ch4".into(), lag: Lag::new(8.0), battery: 95.0 };
    world.add_device(Device::new("detector", detector, Some(room), Ms(1000), seed));
    let valve = Model::Valve { shut: false };
    world.add_device(Device::new("valve", valve, Some(room), Ms(60_000), seed));
    let fan = Model::Fan { running: false };
    world.add_device(Device::new("fan", fan, Some(room), Ms(60_000), seed));
    world.add_person(Person::new("li", Manner::default(), seed));
    let m3_s = Room::leak_for(&RoomShape::default(), 30.0, Ms::seconds(240));
    world.schedule(Ms::seconds(60), Change::Leak { room, m3_s });
    world
}

fn gas(out: &[Output]) -> Vec<f64> {
    out.iter()
        .filter_map(|o| match o {
            Output::Readings { device: 0, sample } => Some(sample.values[0].1),
            _ => None,
        })
        .collect()
}

fn close(id: &str) -> Command {
    Command { id: id.into(), name: "valve.close".into(), argument: 0.0, expires: Ms(i64::MAX) }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let play = |seed: u64, step: i64| {
        let mut world = kitchen(seed);
        let mut out = Vec::new();
        for t in 1..=(300_000 / step) {
            world.advance(Ms(t * step), &mut out);
            if t * step == 200_000 {
                world.command(1, &close("1"), &mut out);
                world.tell(0, 7);
            }
        }
        format!("{out:?}").into_bytes()
    };
    assert_eq!(play(1, 1000), play(1, 1000));
    assert_eq!(play(1, 1000), play(1, 100), "the size of the steps must not matter");
    assert_ne!(play(1, 1000), play(2, 1000));
}

#[test]
fn the_shut_valve_lowers_the_gas() {
    let mut world = kitchen(1);
    let mut out = Vec::new();
    world.advance(Ms::seconds(260), &mut out);
    let before = *gas(&out).last().unwrap();
    assert!(before > 20.0, "{before}");
    let mut close_fan = close("2");
    close_fan.name = "fan.start".into();
    world.command(1, &close("1"), &mut out);
    world.command(2, &close_fan, &mut out);
    out.clear();
    world.advance(Ms::seconds(900), &mut out);
    assert!(*gas(&out).last().unwrap() < 1.0);
    let shown = out.iter().any(|o| {
        matches!(o, Output::Readings { device: 1, sample }
            if (sample.values[0].1 - 1.0).abs() < 1e-9)
    });
    assert!(shown, "the valve shows its new state");
}

#[test]
fn a_spike_is_one_sample() {
    let mut world = kitchen(1);
    let fault = Fault { from: Ms(30_000), to: Ms(30_000), kind: FaultKind::Spike(45.0) };
    world.schedule(Ms(29_999), Change::Fault { device: 0, fault });
    let mut out = Vec::new();
    world.advance(Ms::seconds(60), &mut out);
    assert_eq!(gas(&out).iter().filter(|v| **v > 40.0).count(), 1);
}

#[test]
fn a_cut_device_neither_sends_nor_hears() {
    let mut world = kitchen(1);
    let fault = Fault { from: Ms(10_000), to: Ms(20_000), kind: FaultKind::LinkLost };
    world.schedule(Ms(10_000), Change::Fault { device: 1, fault });
    let mut out = Vec::new();
    world.advance(Ms(15_000), &mut out);
    assert!(out.contains(&Output::Link { device: 1, up: false }));
    out.clear();
    world.command(1, &close("1"), &mut out);
    assert!(out.is_empty());
    world.advance(Ms(20_000), &mut out);
    assert!(out.contains(&Output::Link { device: 1, up: true }));
}
