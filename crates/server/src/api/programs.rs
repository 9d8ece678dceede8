//! Programs: written, tried, signed off, retired.

use axum::{Json as Reply, extract::State};
use helan_kernel::{
    Answer, AreaCode, Event,
    dispose::{self, ProgramStatus},
    event::{Action, ActionKind},
    registry::RegistryChange,
};

use super::{
    Api,
    error::{ApiError, Code, ErrorBody},
    extract::{Json, MAX_TEXT, Path},
    state::note,
    wire::{Created, DryRun, Program, ProgramDraft, Reason, Span},
};
use crate::{
    access::{Caller, Deed},
    jobs::dry_run,
    text::{Language, text},
};

/// Longest key of a program.
const MAX_KEY: usize = 100;

/// All versions of all programs.
#[utoipa::path(get, path = "/programs", tag = "programs", responses((status = 200, body = Vec<Program>)))]
pub async fn list(
    State(api): State<Api>,
    _caller: Caller,
) -> Result<Reply<Vec<Program>>, ApiError> {
    let all = api.platform.ask(|engine| {
        engine.registry().programs.iter().map(|(_, program)| program.clone()).collect::<Vec<_>>()
    });
    Ok(Reply(all.await?.iter().map(Program::from).collect()))
}

/// Programs act wherever their alarms are: only callers whose area is everything change them.
async fn allowed(api: &Api, caller: &Caller, what: &str, key: &str) -> Result<(), ApiError> {
    api.allow(caller, Deed::Programs, AreaCode::ALL, false, &format!("{what} {key}")).await
}

/// Write a new version; it is a draft until it is tried and signed off by somebody else.
#[utoipa::path(put, path = "/programs/{key}", tag = "programs", params(("key" = String, Path)),
    request_body = ProgramDraft, responses((status = 200, body = Program), (status = 422, body = ErrorBody)))]
pub async fn put(
    State(api): State<Api>,
    caller: Caller,
    Path(key): Path<String>,
    Json(draft): Json<ProgramDraft>,
) -> Result<Reply<Program>, ApiError> {
    allowed(&api, &caller, "program-put", &key).await?;
    let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.');
    let long = [&draft.name.zh, &draft.name.en].iter().any(|name| name.chars().count() > MAX_TEXT);
    if key.is_empty() || key.len() > MAX_KEY || !key.chars().all(named) || long {
        return Err(Code::OutOfRange.into());
    }
    let name = key.clone();
    let newest = api.platform.ask(move |engine| {
        engine.registry().program_versions(&name).map(|(_, program)| program.version).max()
    });
    let version = newest.await?.unwrap_or(0).checked_add(1).ok_or(Code::LimitReached)?;
    let program = dispose::Program {
        key: key.as_str().into(),
        version,
        name: helan_kernel::Text { zh: draft.name.zh, en: draft.name.en },
        from_level: draft.from_level,
        steps: draft.steps,
        status: ProgramStatus::Draft,
        author: caller.actor.clone(),
        dry_run: None,
        signed_by: None,
    };
    let shown = Program::from(&program);
    let events = vec![
        note(&caller, "program-put", &program.full_key(), true),
        Event::Registry(Box::new(RegistryChange::PutProgram(program))),
    ];
    let answers = api.platform.act_all(events).await?;
    if let Some(Answer::Refused(refusal)) = answers.last() {
        return Err((*refusal).into());
    }
    Ok(Reply(shown))
}

/// Try the newest version that is not in use against recorded readings.
#[utoipa::path(post, path = "/programs/{key}/dry-run", tag = "programs", params(("key" = String, Path)),
    request_body = Span, responses((status = 200, body = DryRun), (status = 409, body = ErrorBody),
        (status = 429, body = ErrorBody)))]
pub async fn dry_run(
    State(api): State<Api>,
    caller: Caller,
    Path(key): Path<String>,
    Json(span): Json<Span>,
) -> Result<Reply<DryRun>, ApiError> {
    allowed(&api, &caller, "program-dry-run", &key).await?;
    if span.from >= span.to || span.to - span.from > dry_run::MAX_SPAN.0 {
        return Err(Code::OutOfRange.into());
    }
    let _turn = api.dry_runs.try_acquire().map_err(|_busy| Code::TooMany)?;
    let version = api.platform.ask(move |engine| {
        let versions = engine.registry().program_versions(&key);
        let open = versions
            .filter(|(_, p)| matches!(p.status, ProgramStatus::Draft | ProgramStatus::Tried))
            .max_by_key(|(_, p)| p.version);
        open.map(|(_, program)| program.clone())
    });
    let program = version.await?.ok_or(Code::WrongState)?;
    let name = program.full_key();
    let language = Language::of_word(&caller.language);
    let mut result =
        dry_run::run(&api.platform, api.history.store(), program, span.from, span.to).await?;
    if result.report.readings == 0 {
        result.report.problems.push(text(language, "program.no-readings").to_owned());
    }
    let report = result.report;
    let action = Action {
        by: caller.actor.clone(),
        reason: String::new(),
        kind: ActionKind::RecordDryRun {
            program: name,
            readings: report.readings,
            runs: report.runs,
            problems: report.problems.clone(),
        },
    };
    let answer = api.platform.act(Event::Action(Box::new(action))).await?;
    // A draft that did not pass stays a draft: that is what the report says already.
    if let (Answer::Refused(refusal), true) = (answer, report.problems.is_empty()) {
        return Err(refusal.into());
    }
    Ok(Reply(DryRun {
        readings: report.readings,
        runs: report.runs,
        problems: report.problems,
        devices: result.devices,
        left_out: result.left_out,
    }))
}

/// Sign a tried version off as the second person: it goes live.
#[utoipa::path(post, path = "/programs/{key}/sign-off", tag = "programs", params(("key" = String, Path)),
    request_body = Reason, responses((status = 200, body = Created), (status = 409, body = ErrorBody)))]
pub async fn sign_off(
    State(api): State<Api>,
    caller: Caller,
    Path(key): Path<String>,
    Json(reason): Json<Reason>,
) -> Result<Reply<Created>, ApiError> {
    allowed(&api, &caller, "program-sign-off", &key).await?;
    api.act(&caller, ActionKind::SignOffProgram(key), reason.reason).await
}

/// Take the live version out of use.
#[utoipa::path(post, path = "/programs/{key}/retire", tag = "programs", params(("key" = String, Path)),
    request_body = Reason, responses((status = 200, body = Created), (status = 422, body = ErrorBody)))]
pub async fn retire(
    State(api): State<Api>,
    caller: Caller,
    Path(key): Path<String>,
    Json(reason): Json<Reason>,
) -> Result<Reply<Created>, ApiError> {
    allowed(&api, &caller, "program-retire", &key).await?;
    api.act(&caller, ActionKind::RetireProgram(key), reason.reason).await
}
