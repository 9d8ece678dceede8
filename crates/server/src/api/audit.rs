//! The audit chain, and who sends rubbish.

use axum::{Json as Reply, extract::State};
use helan_kernel::{
    Answer, AreaCode, Event, RunId,
    event::{Action, ActionKind, Actor, ReplyOutcome},
    registry::RegistryChange,
};

use super::{
    Api,
    error::{ApiError, Code, ErrorBody},
    extract::{Query, page_size},
    wire::{AuditEntry, AuditQuery, AuditRow, AuditVerdict, Page, RefusalRow},
};
use crate::access::{Caller, Deed};

/// Entries of one row that are shown: a bulk registration has thousands.
const MAX_ENTRIES: usize = 100;

/// Rows of the audit chain with what people did, newest first. The chain is one for the whole platform: only callers whose
/// area is everything see it.
#[utoipa::path(get, path = "/audit", tag = "audit", params(AuditQuery),
    responses((status = 200, body = Page<AuditRow>), (status = 404, body = ErrorBody)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<AuditQuery>,
) -> Result<Reply<Page<AuditRow>>, ApiError> {
    api.allow(&caller, Deed::Audit, AreaCode::ALL, false, "audit").await?;
    let limit = page_size(query.limit);
    let mut before = query.before;
    let mut items: Vec<AuditRow> = Vec::new();
    let mut more = true;
    // Most turns hold only what the platform did by itself: they are passed over, but not without end.
    for _ in 0..MAX_PORTIONS {
        let rows = api.history.audit(before, PORTION).await?;
        more = rows.len() == PORTION as usize;
        for row in rows {
            before = Some(row.seq);
            let entries = entries(&row.acts);
            if !entries.is_empty() {
                let link = row.link.to_string();
                items.push(AuditRow { seq: row.seq, at: row.at.0, entries, link });
            }
            if items.len() == limit {
                break;
            }
        }
        if !more || items.len() == limit {
            break;
        }
    }
    let next = before.filter(|_| more || items.len() == limit).map(|seq| seq.to_string());
    Ok(Reply(Page { items, next }))
}

/// Walk the whole chain: any changed, moved or missing row is found. Takes a while on a large platform.
#[utoipa::path(get, path = "/audit/verify", tag = "audit", responses((status = 200, body = AuditVerdict),
    (status = 429, body = ErrorBody, description = "Somebody else is checking")))]
pub async fn verify(
    State(api): State<Api>,
    caller: Caller,
) -> Result<Reply<AuditVerdict>, ApiError> {
    api.allow(&caller, Deed::Audit, AreaCode::ALL, false, "audit-verify").await?;
    let _turn = api.checks.try_acquire().map_err(|_busy| Code::TooMany)?;
    let report = api.history.verify().await?;
    api.note(&caller, "audit-verify", &report.head.to_string(), report.is_good()).await?;
    Ok(Reply(AuditVerdict {
        ok: report.is_good(),
        rows: report.rows,
        head: report.head.to_string(),
        broken_at: report.first_bad,
    }))
}

/// Rows read at once.
const PORTION: u32 = 500;
/// Portions of one request.
const MAX_PORTIONS: usize = 20;

fn entries(acts: &helan_store::Acts) -> Vec<AuditEntry> {
    let all = acts.events.iter().filter_map(|act| entry(&act.event, act.answer));
    all.take(MAX_ENTRIES).collect()
}

/// What a person (or the platform's administration) did; none for what devices and time did.
fn entry(event: &Event, answer: Answer) -> Option<AuditEntry> {
    let done = !matches!(answer, Answer::Refused(_));
    let refusal = match answer {
        Answer::Refused(refusal) => ApiError::from(refusal).code.word(),
        _ => "",
    };
    let make = |by: &Actor, what: &str, object: String, detail: String| {
        let detail = if done { detail } else { format!("{refusal}: {detail}") };
        AuditEntry { who: by.account.to_string(), what: what.into(), object, detail, done }
    };
    match event {
        Event::Action(action) => {
            let (what, object) = action_words(action);
            Some(make(&action.by, what, object, action.reason.clone()))
        }
        Event::Call(call) => {
            Some(make(&call.by, "call", format!("{} {}", call.kind, call.place), call.text.clone()))
        }
        Event::Audit(note) => {
            let mut entry = make(&note.by, &note.what, note.object.clone(), note.from.clone());
            entry.done = note.done;
            Some(entry)
        }
        Event::Registry(change) => {
            let platform = Actor { account: "registry".into(), name: "".into() };
            let (what, object) = change_words(change);
            Some(make(&platform, what, object, String::new()))
        }
        Event::Reply { command, outcome, device, .. } => match outcome {
            ReplyOutcome::Received => None,
            _ => {
                let device_actor = Actor { account: "device".into(), name: "".into() };
                let object = format!("command {command} device {device}");
                Some(make(&device_actor, "reply", object, format!("{outcome:?}")))
            }
        },
        Event::Restored => {
            let platform = Actor { account: "registry".into(), name: "".into() };
            Some(make(&platform, "restored", String::new(), String::new()))
        }
        // What a feed reports every few minutes is no deed; areas made with it say so.
        Event::Weather(_) => None,
        Event::Tick | Event::Reading(_) | Event::Link { .. } | Event::Receipt { .. } => None,
    }
}

fn action_words(action: &Action) -> (&'static str, String) {
    use ActionKind as K;
    let run = |id: &RunId| format!("run {id}");
    match &action.kind {
        K::AcknowledgeAlarm(id) => ("alarm-acknowledge", format!("alarm {id}")),
        K::ShelveAlarm(id, until) => ("alarm-shelve", format!("alarm {id} until {}", until.0)),
        K::UnshelveAlarm(id) => ("alarm-unshelve", format!("alarm {id}")),
        K::ResetAlarm(id) => ("alarm-reset", format!("alarm {id}")),
        K::SuppressDevice(id, until) => ("maintenance", format!("device {id} until {}", until.0)),
        K::UnsuppressDevice(id) => ("maintenance-end", format!("device {id}")),
        K::SetOutOfService(id, out) => {
            (if *out { "out-of-service" } else { "in-service" }, format!("device {id}"))
        }
        K::TakeIncident(id) => ("incident-take", format!("incident {id}")),
        K::NoteIncident(id, note) => ("incident-note", format!("incident {id}: {note}")),
        K::GradeIncident(id, grade) => ("incident-grade", format!("incident {id} grade {grade}")),
        K::AllClear(id) => ("incident-all-clear", format!("incident {id}")),
        K::CloseIncident(id) => ("incident-close", format!("incident {id}")),
        K::HoldRun(id) => ("run-hold", run(id)),
        K::ResumeRun(id) => ("run-resume", run(id)),
        K::TakeOverRun(id) => ("run-take-over", run(id)),
        K::SendCommand { device, name, argument } => {
            ("command", format!("device {device} {name} {argument}"))
        }
        K::ApproveCommand(id) => ("command-approve", format!("command {id}")),
        K::RecordDryRun { program, readings, runs, problems } => (
            "program-dry-run",
            format!("{program}: {readings} readings, {runs} runs, {} problems", problems.len()),
        ),
        K::SignOffProgram(key) => ("program-sign-off", key.clone()),
        K::RetireProgram(key) => ("program-retire", key.clone()),
        K::AnswerNotice(id, state) => ("notice-answer", format!("notice {id} {state:?}")),
        K::RecordVisit(id, reached) => ("notice-visit", format!("notice {id} reached {reached}")),
        K::StartDrill { name, devices, until } => {
            ("drill-start", format!("{name}: {} devices until {}", devices.len(), until.0))
        }
        K::EndDrill(name) => ("drill-end", name.clone()),
        K::RestDevices(devices) => ("drill-rest", format!("{} devices", devices.len())),
        K::CallPosts { incident, posts, .. } => {
            ("call-down", format!("incident {incident}: {} posts", posts.len()))
        }
        K::SendTask { incident, posts, text, .. } => {
            ("task", format!("incident {incident}: {} posts: {}", posts.len(), text.zh))
        }
        K::ConfirmEvacuated(id) => ("incident-evacuated", format!("incident {id}")),
        K::SetWeather { report, until } => {
            let wind = report.wind_m_s.zip(report.wind_from_deg);
            let wind =
                wind.map_or(String::new(), |(speed, from)| format!(" {speed} m/s from {from}°"));
            ("weather", format!("{}{wind} until {}", report.key, until.0))
        }
    }
}

fn change_words(change: &RegistryChange) -> (&'static str, String) {
    match change {
        RegistryChange::PutProfile(new) => ("profile-put", new.key.to_string()),
        RegistryChange::PutRule(new) => ("rule-put", new.key.to_string()),
        RegistryChange::PutPolicy(new) => ("policy-put", new.key.to_string()),
        RegistryChange::PutProgram(new) => ("program-put", new.full_key()),
        RegistryChange::PutDevice(new) => ("device-put", new.key.clone()),
        RegistryChange::RemoveDevice(key) => ("device-remove", key.to_string()),
        RegistryChange::PutFacility(new) => ("facility-put", new.key.clone()),
        RegistryChange::PutPost(new) => ("post-put", new.key.clone()),
        RegistryChange::PutPerson(new) => ("person-put", new.key.clone()),
        RegistryChange::RemovePerson(key) => ("person-remove", key.to_string()),
    }
}

/// What devices sent that was refused, newest first. Senders that are no device of the caller's area are shown only to
/// callers whose area is everything.
#[utoipa::path(get, path = "/refusals", tag = "devices", responses((status = 200, body = Vec<RefusalRow>)))]
pub async fn refusals(
    State(api): State<Api>,
    caller: Caller,
) -> Result<Reply<Vec<RefusalRow>>, ApiError> {
    let mut rows = api.intake.refusals().rows();
    if caller.area != AreaCode::ALL {
        rows = api
            .platform
            .ask(move |engine| {
                let devices = &engine.registry().devices;
                rows.retain(|row| {
                    devices.by_key(&row.sender).is_some_and(|d| caller.sees(d.spec.area))
                });
                rows
            })
            .await?;
    }
    let rows = rows.into_iter().map(|row| RefusalRow {
        sender: row.sender,
        reason: row.reason.word().to_owned(),
        count: row.count,
        last_at: row.last_at.0,
        sample: row.sample,
    });
    Ok(Reply(rows.collect()))
}
