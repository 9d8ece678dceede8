//! Devices: lists, one device, registration, tokens, commands by hand, maintenance.

use axum::{Json as Reply, extract::State, http::StatusCode};
use helan_kernel::{
    Answer, AreaCode, CommandId, DeviceId, Engine, Event, Ms,
    event::ActionKind,
    registry::{RegistryChange, is_device_key},
};

use super::{
    Api,
    error::{ApiError, Code, ErrorBody},
    extract::{Json, Path, Query, bounded, cursor, page_size},
    map::PORTION,
    registry::give_tokens,
    state::note,
    wire::{
        Alarm, CommandCreated, CommandKind, CommandOrder, Created, Device, DeviceCredentials,
        DeviceDetail, DeviceQuery, DeviceSpec, Maintenance, Page, Point, PostBrief, Reason,
        device_state, facility_name,
    },
};
use crate::access::{Caller, Deed};

/// Longest search text.
const MAX_SEARCH: usize = 64;
/// Portions of devices that one request looks through: 200 000 devices; the rest with the next page.
const MAX_PORTIONS: usize = 50;

/// What a device must be like to be listed.
struct Filter {
    own: AreaCode,
    area: Option<AreaCode>,
    state: Option<String>,
    profile: Option<String>,
    text: Option<String>,
}

impl Filter {
    fn fits(&self, engine: &Engine, device: &helan_kernel::registry::Device) -> bool {
        let spec = &device.spec;
        let state = || device_state(engine.watch().device_state(device.id));
        let has = |text: &str| {
            let facility = facility_name(engine.registry(), spec);
            [&*device.key, &spec.name, &spec.facility, facility, &spec.room]
                .iter()
                .any(|field| field.to_lowercase().contains(text))
        };
        self.own.contains(spec.area)
            && self.area.is_none_or(|area| area.contains(spec.area))
            && self.profile.as_ref().is_none_or(|profile| *profile == spec.profile)
            && self.state.as_ref().is_none_or(|wanted| wanted == state())
            && self.text.as_deref().is_none_or(has)
    }
}

/// Devices.
#[utoipa::path(get, path = "/devices", tag = "devices", params(DeviceQuery),
    responses((status = 200, body = Page<Device>)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<DeviceQuery>,
) -> Result<Reply<Page<Device>>, ApiError> {
    let limit = page_size(query.limit);
    let after = cursor(query.after.as_deref())?;
    let text = query.q.filter(|text| !text.trim().is_empty());
    if text.as_ref().is_some_and(|text| text.chars().count() > MAX_SEARCH) {
        return Err(Code::OutOfRange.into());
    }
    let mut filter = Filter {
        own: caller.area,
        area: query.area.map(AreaCode),
        state: query.state.filter(|state| !state.is_empty()),
        profile: query.profile.filter(|profile| !profile.is_empty()),
        text: text.map(|text| text.trim().to_lowercase()),
    };
    let mut items = Vec::new();
    let mut next = match after {
        None => Some(0),
        Some(after) => u32::try_from(after).ok().and_then(|after| after.checked_add(1)),
    };
    let mut portions = 0;
    while let Some(first) = next {
        let room = limit - items.len();
        let (back, found, rest) = api
            .platform
            .ask(move |engine| {
                let (found, rest) = search(engine, &filter, first, room);
                (filter, found, rest)
            })
            .await?;
        filter = back;
        items.extend(found);
        next = rest;
        portions += 1;
        if items.len() >= limit || portions == MAX_PORTIONS {
            break;
        }
    }
    // The cursor names the last device looked at.
    let next = next.map(|next| next.saturating_sub(1).to_string());
    Ok(Reply(Page { items, next }))
}

/// Fitting devices from a number on, and where to go on.
fn search(engine: &Engine, filter: &Filter, first: u32, room: usize) -> (Vec<Device>, Option<u32>) {
    let mut found = Vec::new();
    for (seen, (id, device)) in engine.registry().devices.iter_from(first).enumerate() {
        if seen == PORTION || found.len() == room {
            return (found, Some(id));
        }
        if filter.fits(engine, device) {
            found.push(Device::of(engine.registry(), engine.watch(), device));
        }
    }
    (found, None)
}

/// One device.
#[utoipa::path(get, path = "/devices/{key}", tag = "devices", params(("key" = String, Path)),
    responses((status = 200, body = DeviceDetail), (status = 404, body = ErrorBody)))]
pub async fn detail(
    State(api): State<Api>,
    caller: Caller,
    Path(key): Path<String>,
) -> Result<Reply<DeviceDetail>, ApiError> {
    let found = api.platform.ask(move |engine| detail_of(engine, &key, caller.area)).await?;
    found.map(Reply).ok_or_else(|| Code::NotFound.into())
}

fn detail_of(engine: &Engine, key: &str, area: AreaCode) -> Option<DeviceDetail> {
    let registry = engine.registry();
    let device = registry.devices.by_key(key).filter(|d| area.contains(d.spec.area))?;
    let profile = registry.profile_of(device);
    let post = registry.post_of(device).map(|(_, post)| PostBrief {
        key: post.key.clone(),
        name: post.name.clone(),
        person: post.person.clone(),
        phone: post.phone.clone(),
    });
    let alarms = engine.watch().alarms().filter(|alarm| alarm.device == device.id);
    Some(DeviceDetail {
        device: Device::of(registry, engine.watch(), device),
        stair: device.spec.stair.clone(),
        gateway: device.spec.gateway.clone(),
        post,
        camera: device.spec.camera.clone(),
        attributes: device.spec.attributes.clone(),
        maintenance_until: engine.watch().maintenance(device.id).map(|until| until.0),
        out_of_service: engine.watch().out_of_service(device.id),
        points: Point::all(registry, engine.watch(), device),
        commands: profile
            .map(|p| p.commands.iter().map(CommandKind::from).collect())
            .unwrap_or_default(),
        alarms: alarms.map(|alarm| Alarm::of(registry, alarm)).collect(),
    })
}

/// What must be known about a device to decide whether somebody may touch it.
#[derive(Clone, Copy)]
pub struct Known {
    /// Number.
    pub id: DeviceId,
    /// Area.
    pub area: AreaCode,
    /// Whether it is virtual.
    pub drill: bool,
}

/// Finds a device by key, whatever its area.
pub async fn find(api: &Api, key: &str) -> Result<Option<Known>, ApiError> {
    let key = key.to_owned();
    let found = api.platform.ask(move |engine| {
        let device = engine.registry().devices.by_key(&key)?;
        Some(Known { id: device.id, area: device.spec.area, drill: device.spec.drill })
    });
    Ok(found.await?)
}

/// The device, if the caller may do this to it.
async fn allowed(
    api: &Api,
    caller: &Caller,
    deed: Deed,
    key: &str,
    what: &str,
) -> Result<Known, ApiError> {
    let known = find(api, key).await?.ok_or(Code::NotFound)?;
    api.allow(caller, deed, known.area, known.drill, &format!("{what} {key}")).await?;
    Ok(known)
}

/// Register or change a device; the token of a new one is shown this once.
#[utoipa::path(put, path = "/devices/{key}", tag = "devices", params(("key" = String, Path)), request_body = DeviceSpec,
    responses((status = 200, body = DeviceCredentials), (status = 404, body = ErrorBody, description = "No such profile"),
        (status = 409, body = ErrorBody, description = "The profile of a device stays")))]
pub async fn put(
    State(api): State<Api>,
    caller: Caller,
    Path(key): Path<String>,
    Json(spec): Json<DeviceSpec>,
) -> Result<Reply<DeviceCredentials>, ApiError> {
    if !is_device_key(&key) || (!spec.key.is_empty() && spec.key != key) {
        return Err(Code::OutOfRange.into());
    }
    let spec = spec.into_kernel(key.clone());
    let what = format!("device-put {key}");
    api.allow(&caller, Deed::Devices, spec.area, spec.drill, &what).await?;
    let known = find(&api, &key).await?;
    if let Some(known) = known {
        api.allow(&caller, Deed::Devices, known.area, known.drill, &what).await?;
    }
    let change = RegistryChange::PutDevice(spec);
    let events = vec![note(&caller, "device-put", &key, true), Event::Registry(Box::new(change))];
    let answers = api.platform.act_all(events).await?;
    if let Some(Answer::Refused(refusal)) = answers.last() {
        return Err((*refusal).into());
    }
    api.map.clear();
    let token = if known.is_none() {
        give_tokens(&api, std::slice::from_ref(&key)).await?.remove(&key)
    } else {
        None
    };
    Ok(Reply(DeviceCredentials { token }))
}

/// Remove a device: it is refused from then on; its history stays.
#[utoipa::path(delete, path = "/devices/{key}", tag = "devices", params(("key" = String, Path)),
    responses((status = 204), (status = 404, body = ErrorBody)))]
pub async fn remove(
    State(api): State<Api>,
    caller: Caller,
    Path(key): Path<String>,
) -> Result<StatusCode, ApiError> {
    allowed(&api, &caller, Deed::Devices, &key, "device-remove").await?;
    api.intake.dismiss(&key);
    let change = RegistryChange::RemoveDevice(key.as_str().into());
    let events =
        vec![note(&caller, "device-remove", &key, true), Event::Registry(Box::new(change))];
    let answers = api.platform.act_all(events).await?;
    if let Some(Answer::Refused(refusal)) = answers.last() {
        return Err((*refusal).into());
    }
    super::registry::take_token(&api, &key).await?;
    api.map.clear();
    Ok(StatusCode::NO_CONTENT)
}

/// Give a device a new token, shown this once; its connection ends.
#[utoipa::path(post, path = "/devices/{key}/token", tag = "devices", params(("key" = String, Path)),
    responses((status = 200, body = DeviceCredentials), (status = 404, body = ErrorBody)))]
pub async fn token(
    State(api): State<Api>,
    caller: Caller,
    Path(key): Path<String>,
) -> Result<Reply<DeviceCredentials>, ApiError> {
    allowed(&api, &caller, Deed::Devices, &key, "device-token").await?;
    api.note(&caller, "device-token", &key, true).await?;
    let token = give_tokens(&api, std::slice::from_ref(&key)).await?.remove(&key);
    api.intake.dismiss(&key);
    Ok(Reply(DeviceCredentials { token }))
}

/// Send a command by hand; an irreversible one waits for a second person.
#[utoipa::path(post, path = "/devices/{key}/commands", tag = "devices", params(("key" = String, Path)),
    request_body = CommandOrder, responses((status = 200, body = CommandCreated), (status = 409, body = ErrorBody),
        (status = 422, body = ErrorBody)))]
pub async fn command(
    State(api): State<Api>,
    caller: Caller,
    Path(key): Path<String>,
    Json(order): Json<CommandOrder>,
) -> Result<Reply<CommandCreated>, ApiError> {
    let known = allowed(&api, &caller, Deed::Command, &key, "command").await?;
    let kind = ActionKind::SendCommand {
        device: known.id,
        name: bounded(order.name)?,
        argument: order.argument,
    };
    let Reply(created) = api.act(&caller, kind, order.reason).await?;
    let command = created.id.ok_or_else(|| ApiError::internal("a command without a number"))?;
    Ok(Reply(CommandCreated { command }))
}

/// Agree to a command as the second person.
#[utoipa::path(post, path = "/commands/{id}/approve", tag = "devices", params(("id" = u64, Path)),
    request_body = Reason, responses((status = 200, body = Created), (status = 409, body = ErrorBody)))]
pub async fn approve(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
    Json(reason): Json<Reason>,
) -> Result<Reply<Created>, ApiError> {
    let id = CommandId(id);
    let known = api
        .platform
        .ask(move |engine| {
            let command = engine.dispose().command(id)?;
            let area = engine.registry().device(command.device)?.spec.area;
            Some((area, command.drill))
        })
        .await?;
    let (area, drill) = known.ok_or(Code::NotFound)?;
    api.allow(&caller, Deed::Command, area, drill, &format!("command-approve {id}")).await?;
    api.act(&caller, ActionKind::ApproveCommand(id), reason.reason).await
}

/// Begin or prolong maintenance: no alarms of this device until then.
#[utoipa::path(post, path = "/devices/{key}/maintenance", tag = "devices", params(("key" = String, Path)),
    request_body = Maintenance, responses((status = 200, body = Created), (status = 422, body = ErrorBody)))]
pub async fn start_maintenance(
    State(api): State<Api>,
    caller: Caller,
    Path(key): Path<String>,
    Json(maintenance): Json<Maintenance>,
) -> Result<Reply<Created>, ApiError> {
    let known = allowed(&api, &caller, Deed::Maintain, &key, "maintenance").await?;
    let kind = ActionKind::SuppressDevice(known.id, Ms(maintenance.until));
    api.act(&caller, kind, maintenance.reason).await
}

/// End maintenance.
#[utoipa::path(delete, path = "/devices/{key}/maintenance", tag = "devices", params(("key" = String, Path)),
    responses((status = 200, body = Created), (status = 409, body = ErrorBody)))]
pub async fn end_maintenance(
    State(api): State<Api>,
    caller: Caller,
    Path(key): Path<String>,
) -> Result<Reply<Created>, ApiError> {
    let known = allowed(&api, &caller, Deed::Maintain, &key, "maintenance-end").await?;
    api.act(&caller, ActionKind::UnsuppressDevice(known.id), String::new()).await
}
