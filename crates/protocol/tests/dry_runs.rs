//! The live programs of the packs in this repository pass the dry-run that the packs claim for them.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::path::Path;

use helan_kernel::{
    AreaCode, Engine, Event, Ms, Position, Quality, Reading,
    dispose::{DryRunReport, Otherwise, Program, dry_run},
    event::Answer,
    registry::{DeviceSpec, Facility, Post, RegistryChange},
};
use helan_protocol::pack;

/// An engine that knows all packs, one device of each kind in one room, and a post for every role that is called.
fn engine() -> Engine {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs");
    let packs = pack::load(&folder).unwrap();
    let mut engine = Engine::default();
    let mut put = |change: RegistryChange| {
        let answer = engine.step(Ms(0), &Event::Registry(Box::new(change)), &mut Vec::new());
        assert!(!matches!(answer, Answer::Refused(_)), "{answer:?}");
    };
    put(RegistryChange::PutFacility(Facility { key: "here".into(), ..Facility::default() }));
    for change in packs.into_iter().flat_map(|pack| pack.changes) {
        put(change);
    }
    let profiles: Vec<String> =
        engine.registry().profiles.iter().map(|(_, p)| p.key.to_string()).collect();
    let roles: Vec<String> = engine
        .registry()
        .live_programs()
        .flat_map(|(_, program)| &program.steps)
        .filter_map(|step| match &step.otherwise {
            Otherwise::Call(role) => Some(role.clone()),
            Otherwise::Continue | Otherwise::Jump(_) => None,
        })
        .collect();
    let devices = profiles.into_iter().map(|profile| {
        RegistryChange::PutDevice(DeviceSpec {
            key: profile.replace('/', "."),
            profile,
            area: AreaCode(640_104_001),
            position: Position { lon: 106.23, lat: 38.48 },
            facility: "here".into(),
            room: "1-302".into(),
            attributes: [("explosion_proof".into(), "yes".into())].into(),
            ..DeviceSpec::default()
        })
    });
    let posts = roles.into_iter().map(|role| {
        let area = AreaCode(640_000_000);
        RegistryChange::PutPost(Post { key: role.clone(), role, area, ..Post::default() })
    });
    for change in devices.chain(posts) {
        let answer = engine.step(Ms(0), &Event::Registry(Box::new(change)), &mut Vec::new());
        assert!(!matches!(answer, Answer::Refused(_)), "{answer:?}");
    }
    engine
}

/// Ten minutes, a reading a second, from nothing to `peak` and with the pauses of a real ramp.
fn ramp(engine: &Engine, program: &Program, peak: f64) -> DryRunReport {
    let registry = engine.registry();
    let (_, rule) = registry
        .rules
        .iter()
        .find(|(_, rule)| rule.programs.contains(&program.key))
        .expect("a rule starts every live program");
    let device = registry.devices.iter().find(|(_, d)| d.spec.profile == *rule.profile).unwrap().1;
    let point = registry.point(device, &rule.point).unwrap();
    let readings = (0..=600_i32).map(|second| Reading {
        point,
        at: Ms(1_795_392_000_000 + i64::from(second) * 1000),
        value: peak * f64::from(second) / 600.0,
        quality: Quality::Good,
    });
    dry_run(engine, program, readings)
}

#[test]
fn live_programs_of_packs_pass_the_dry_run_they_claim() {
    let engine = engine();
    let mut tried = 0;
    for (_, program) in engine.registry().live_programs() {
        let claimed = program.dry_run.as_ref().unwrap();
        let peak = if program.key.starts_with("coal-mine/") { 3.0 } else { 60.0 };
        let report = ramp(&engine, program, peak);
        assert_eq!(report.problems, [""; 0], "{}", program.key);
        assert_eq!(
            (report.readings, report.runs),
            (claimed.readings, claimed.runs),
            "{}",
            program.key
        );
        tried += 1;
    }
    assert!(tried >= 2, "the packs have live programs");
}
