//! Bulk changes of the base data, and tokens of devices.

use std::collections::{BTreeMap, BTreeSet};

use axum::{Json as Reply, extract::State};
use helan_kernel::{
    Answer, AreaCode, Engine, Event,
    registry::{Registry, RegistryChange},
};
use helan_store::accounts::TokenHash;

use super::{
    Api,
    error::{ApiError, Code},
    extract::Json,
    state::{blocking, note},
    wire::{ChangeAnswer, RegistryBatch, RegistryResult},
};
use crate::access::{Caller, Deed, Grant, Object, check, grant, sessions::new_token};

/// Most changes of one request.
const MAX_CHANGES: usize = 5_000;

/// Change base data in bulk; the tokens of new devices are shown this once.
#[utoipa::path(post, path = "/registry", tag = "devices", request_body = RegistryBatch, responses((status = 200, body = RegistryResult)))]
pub async fn change(
    State(api): State<Api>,
    caller: Caller,
    Json(batch): Json<RegistryBatch>,
) -> Result<Reply<RegistryResult>, ApiError> {
    let changes = batch.changes;
    if changes.len() > MAX_CHANGES {
        return Err(Code::TooLarge.into());
    }
    let asker = caller.clone();
    let (changes, allowed, known) = api
        .platform
        .ask(move |engine| {
            let allowed: Vec<bool> =
                changes.iter().map(|change| may(engine, &asker, change)).collect();
            let known: Vec<bool> = changes.iter().map(|change| is_known(engine, change)).collect();
            (changes, allowed, known)
        })
        .await?;
    let refused = allowed.iter().filter(|allowed| !**allowed).count();
    let object = format!("{} changes, {refused} refused", changes.len());
    let mut events = vec![note(&caller, "registry", &object, refused == 0)];
    let mut fresh = BTreeSet::new();
    for ((change, allowed), known) in changes.into_iter().zip(&allowed).zip(known) {
        if !allowed {
            continue;
        }
        if let (RegistryChange::PutDevice(spec), false) = (&change, known) {
            fresh.insert(spec.key.clone());
        }
        events.push(Event::Registry(Box::new(change)));
    }
    let keys: Vec<Option<String>> = events
        .iter()
        .skip(1)
        .map(|event| match event {
            Event::Registry(change) => match &**change {
                RegistryChange::PutDevice(spec) => Some(spec.key.clone()),
                _ => None,
            },
            _ => None,
        })
        .collect();
    let answers = api.platform.act_all(events).await?;
    api.map.clear();
    let answers: Vec<Answer> = answers.into_iter().skip(1).collect();
    let done = keys.iter().zip(&answers).filter(|(_, a)| !matches!(a, Answer::Refused(_)));
    let new: BTreeSet<&String> =
        done.filter_map(|(key, _)| key.as_ref()).filter(|key| fresh.contains(*key)).collect();
    let new: Vec<String> = new.into_iter().cloned().collect();
    let tokens = give_tokens(&api, &new).await?;
    Ok(Reply(RegistryResult { answers: merge(&allowed, &answers), tokens }))
}

/// One answer for each change, in their order: those that were not allowed never reached the kernel.
fn merge(allowed: &[bool], answers: &[Answer]) -> Vec<ChangeAnswer> {
    let mut answers = answers.iter();
    allowed
        .iter()
        .map(|allowed| {
            if !allowed {
                return ChangeAnswer::Refused(Code::Forbidden.word());
            }
            match answers.next() {
                Some(Answer::Created(id)) => ChangeAnswer::Created(*id),
                Some(Answer::Refused(refusal)) => {
                    ChangeAnswer::Refused(ApiError::from(*refusal).code.word())
                }
                _ => ChangeAnswer::Done,
            }
        })
        .collect()
}

fn is_known(engine: &Engine, change: &RegistryChange) -> bool {
    match change {
        RegistryChange::PutDevice(spec) => engine.registry().devices.find(&spec.key).is_some(),
        _ => false,
    }
}

/// Whether the caller may make this change: judged by what is there and by what comes.
fn may(engine: &Engine, caller: &Caller, change: &RegistryChange) -> bool {
    let registry = engine.registry();
    let drill_only = grant(caller.role, Deed::BaseData) == Grant::Drill;
    let at = |area: AreaCode, drill: bool| {
        check(caller, Deed::BaseData, Some(Object { area, drill })).is_ok()
    };
    let device = |key: &str| {
        let old = registry.devices.by_key(key);
        old.is_none_or(|old| at(old.spec.area, old.spec.drill))
    };
    match change {
        // Kinds, rules and policies hold everywhere: only somebody responsible for everything changes them.
        RegistryChange::PutProfile(_)
        | RegistryChange::PutRule(_)
        | RegistryChange::PutPolicy(_) => !drill_only && at(AreaCode::ALL, false),
        // Programs have a way of their own, with dry-run and sign-off.
        RegistryChange::PutProgram(_) => false,
        RegistryChange::PutDevice(spec) => at(spec.area, spec.drill) && device(&spec.key),
        RegistryChange::RemoveDevice(key) => device(key),
        RegistryChange::PutFacility(new) => {
            let old = registry.facilities.by_key(&new.key);
            let virtual_old = old.is_none_or(|old| old == new || is_virtual(registry, &old.key));
            at(new.area, virtual_old) && old.is_none_or(|old| at(old.area, virtual_old))
        }
        RegistryChange::PutPost(new) => {
            let old = registry.posts.by_key(&new.key);
            let virtual_old =
                old.is_none_or(|old| old == new || is_virtual(registry, &old.facility));
            let drill = virtual_old && !is_real(registry, &new.facility);
            at(new.area, drill) && old.is_none_or(|old| at(old.area, drill))
        }
        RegistryChange::PutPerson(new) => {
            let old = registry.people.by_key(&new.key);
            let virtual_old =
                old.is_none_or(|old| old == new || is_virtual(registry, &old.facility));
            let drill = virtual_old && !is_real(registry, &new.facility);
            at(new.area, drill) && old.is_none_or(|old| at(old.area, drill))
        }
        RegistryChange::RemovePerson(key) => registry
            .people
            .by_key(key)
            .is_none_or(|old| at(old.area, is_virtual(registry, &old.facility))),
    }
}

/// A facility whose devices are all virtual. The simulator may change what it has put there, and nothing else.
fn is_virtual(registry: &Registry, facility: &str) -> bool {
    let devices = registry.devices_in(facility);
    !devices.is_empty() && !is_real(registry, facility)
}

/// A facility with a real device: virtual people and posts would be told of its real alarms.
fn is_real(registry: &Registry, facility: &str) -> bool {
    let mut devices = registry.devices_in(facility).iter().filter_map(|id| registry.device(*id));
    devices.any(|device| !device.spec.drill)
}

/// Gives devices new tokens: durable first, then valid, then told.
pub async fn give_tokens(
    api: &Api,
    devices: &[String],
) -> Result<BTreeMap<String, String>, ApiError> {
    if devices.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut tokens = BTreeMap::new();
    for device in devices {
        tokens.insert(device.clone(), new_token().map_err(ApiError::internal)?);
    }
    let hashes: Vec<(String, TokenHash)> =
        tokens.iter().map(|(device, token)| (device.clone(), TokenHash::of(token))).collect();
    let store = api.accounts.clone();
    let now = api.platform.now();
    let hashes = blocking(move || {
        let rows: Vec<(&str, TokenHash)> =
            hashes.iter().map(|(device, hash)| (device.as_str(), *hash)).collect();
        store.set_device_tokens(&rows, now).map(|()| hashes)
    })
    .await??;
    for (device, hash) in hashes {
        api.intake.secrets().set(&device, hash);
    }
    Ok(tokens)
}

/// Takes the token of a device away.
pub async fn take_token(api: &Api, device: &str) -> Result<(), ApiError> {
    let store = api.accounts.clone();
    let name = device.to_owned();
    blocking(move || store.remove_device_token(&name)).await??;
    api.intake.secrets().remove(device);
    Ok(())
}
