//! Trying a program on recorded readings: the devices it concerns are copied out of the engine, their readings out of the
//! history, and the kernel's dry-run works on the copies.

use std::collections::{BTreeMap, BTreeSet};

use helan_kernel::{
    Engine, Event, Ms, PointId, Reading,
    dispose::{self, Check, DryRunReport, MAX_READINGS, Otherwise, Program},
    registry::{Facility, Key, Registry, RegistryChange},
};
use helan_store::{History, StoreError};

use crate::{api::error::ApiError, platform::Platform};

/// Longest span: a month of a quiet place.
pub const MAX_SPAN: Ms = Ms::seconds(31 * 24 * 3600);
/// Devices at most; what is left out is told.
const MAX_DEVICES: usize = 5_000;
/// Devices looked at in one question to the engine.
const PORTION: usize = 4_096;

/// What it showed.
pub struct DryRun {
    /// The kernel's report.
    pub report: DryRunReport,
    /// Devices whose readings were replayed.
    pub devices: usize,
    /// Devices of the same kinds that were left out, because there are too many.
    pub left_out: usize,
}

/// A device copied out of the engine.
struct Copied {
    spec: helan_kernel::registry::DeviceSpec,
    first: PointId,
    points: u32,
}

/// What the engine gave.
#[derive(Default)]
struct Scene {
    base: Vec<RegistryChange>,
    devices: Vec<Copied>,
    facilities: BTreeMap<String, Facility>,
    left_out: usize,
}

/// Tries a program on the readings from `from` to `to`.
///
/// # Errors
/// When the node or the history fails.
pub async fn run(
    platform: &Platform,
    history: History,
    program: Program,
    from: i64,
    to: i64,
) -> Result<DryRun, ApiError> {
    let scene = copy(platform, &program).await?;
    let work = move || replay(scene, &history, &program, Ms(from), Ms(to));
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(ApiError::internal)?.map_err(ApiError::from)
}

async fn copy(platform: &Platform, program: &Program) -> Result<Scene, ApiError> {
    let asked = program.clone();
    let (base, profiles) = platform
        .ask(move |engine| {
            let registry = engine.registry();
            (base(registry, &asked), kinds(registry, &asked))
        })
        .await?;
    let mut scene = Scene { base, ..Scene::default() };
    let mut next = Some(0);
    let mut profiles = profiles;
    while let Some(first) = next {
        let part = platform.ask(move |engine| {
            let part = portion(engine.registry(), &profiles, first);
            (profiles, part)
        });
        let (back, (devices, facilities, rest)) = part.await?;
        profiles = back;
        for device in devices {
            if scene.devices.len() < MAX_DEVICES {
                scene.devices.push(device);
            } else {
                scene.left_out += 1;
            }
        }
        scene.facilities.extend(facilities.into_iter().map(|f| (f.key.clone(), f)));
        next = rest;
    }
    Ok(scene)
}

/// Kinds and rules: few, and all of them may matter. And the posts that the program calls when a step fails: without one
/// of the role the kernel says that nobody would come.
fn base(registry: &Registry, program: &Program) -> Vec<RegistryChange> {
    let called = |role: &str| {
        let mut otherwise = program.steps.iter().map(|step| &step.otherwise);
        otherwise.any(|way| matches!(way, Otherwise::Call(called) if called == role))
    };
    let profiles = registry.profiles.iter().map(|(_, p)| RegistryChange::PutProfile(p.clone()));
    let rules = registry.rules.iter().map(|(_, r)| RegistryChange::PutRule(r.clone()));
    let posts = registry.posts.iter().map(|(_, post)| post).filter(|post| called(&post.role));
    let posts = posts.map(|post| RegistryChange::PutPost(post.clone()));
    profiles.chain(rules).chain(posts).collect()
}

/// The kinds of devices that a program speaks to, asks, or is started by.
fn kinds(registry: &Registry, program: &Program) -> BTreeSet<Key> {
    let mut kinds = BTreeSet::new();
    let starting = registry.rules.iter().map(|(_, rule)| rule);
    let starting = starting.filter(|rule| rule.programs.contains(&program.key));
    kinds.extend(starting.map(|rule| rule.profile.clone()));
    for step in &program.steps {
        kinds.insert(step.target.profile.clone());
        kinds.extend(step.proof.as_ref().map(|proof| proof.profile.clone()));
        let checks = step.conditions.iter().chain(step.interlocks.iter().map(|lock| &lock.check));
        checks.for_each(|check| asked(check, &mut kinds));
    }
    kinds
}

fn asked(check: &Check, kinds: &mut BTreeSet<Key>) {
    match check {
        Check::Value { profile, .. } => {
            kinds.insert(profile.clone());
        }
        Check::Any(checks) => checks.iter().for_each(|check| asked(check, kinds)),
        Check::Attribute { .. } | Check::Level(_) => {}
    }
}

type Part = (Vec<Copied>, Vec<Facility>, Option<u32>);

fn portion(registry: &Registry, kinds: &BTreeSet<Key>, first: u32) -> Part {
    let mut devices = Vec::new();
    let mut facilities = Vec::new();
    for (seen, (id, device)) in registry.devices.iter_from(first).enumerate() {
        if seen == PORTION {
            return (devices, facilities, Some(id));
        }
        if !kinds.contains(device.spec.profile.as_str()) {
            continue;
        }
        let points = registry.profile_of(device).map_or(0, |profile| profile.points.len());
        facilities.extend(registry.facilities.by_key(&device.spec.facility).cloned());
        devices.push(Copied {
            spec: device.spec.clone(),
            first: device.first_point,
            points: u32::try_from(points).unwrap_or(0),
        });
    }
    (devices, facilities, None)
}

fn replay(
    scene: Scene,
    history: &History,
    program: &Program,
    from: Ms,
    to: Ms,
) -> Result<DryRun, StoreError> {
    let mut engine = Engine::default();
    let mut effects = Vec::new();
    let mut apply = |engine: &mut Engine, change: RegistryChange| {
        engine.step(Ms(0), &Event::Registry(Box::new(change)), &mut effects);
        effects.clear();
    };
    for change in scene.base {
        apply(&mut engine, change);
    }
    for facility in scene.facilities.into_values() {
        apply(&mut engine, RegistryChange::PutFacility(facility));
    }
    let mut readings = Vec::new();
    let devices = scene.devices.len();
    for device in scene.devices {
        let key = device.spec.key.clone();
        apply(&mut engine, RegistryChange::PutDevice(device.spec));
        let Some(first) = engine.registry().devices.by_key(&key).map(|d| d.first_point) else {
            continue;
        };
        for place in 0..device.points {
            // The kernel's dry-run says so itself when there is more than it takes.
            let room = (MAX_READINGS + 1).saturating_sub(readings.len());
            let stored = PointId(device.first.0.saturating_add(place));
            let point = PointId(first.0.saturating_add(place));
            let samples = history.readings(stored, from, to, room)?;
            readings.extend(samples.into_iter().map(|sample| Reading {
                point,
                at: sample.at,
                value: sample.value,
                quality: sample.quality,
            }));
        }
    }
    let report = dispose::dry_run(&engine, program, readings.into_iter());
    Ok(DryRun { report, devices, left_out: scene.left_out })
}
