//! The plan of an incident: drafted from facts, edited by people, issued on approval, printed.
//!
//! What people wrote is never lost: it is kept beside what is generated, and where facts changed the same line both are shown.

use std::collections::BTreeMap;

use axum::{
    Json as Reply,
    extract::State,
    http::header,
    response::{IntoResponse, Response as HttpResponse},
};
use helan_kernel::{IncidentId, Ms};
use helan_plan::{
    Edit, EditError, Facts, IssueError, Level, Ms as PlanMs, Plan, Proposal, Standing, Text,
    Version, Working,
    print::{Cover, Fonts, Paper, PrintError, docx, pdf},
};
use helan_store::desk::{self, Going, Issued, PlanEdit, PlanHead, PlanVersion, PlanWays, PlanWork};
use serde::{Deserialize, Serialize};

use super::{
    Api,
    error::{ApiError, Code, ErrorBody},
    extract::{Json, Path, Query},
    question::question,
    state::{aside, blocking},
    wire::{self, PaperFormat, PaperQuery, PlanEditing, PlanIssued, PlanView},
};
use crate::{
    access::{Caller, Deed},
    jobs::verify,
    response::{
        self, Question,
        away::{Away, ShelterUse},
    },
};

/// What is kept beside the plan.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Beside {
    /// The level as it stands, and what keeps it there.
    standing: Standing,
    /// Who asked for the plan to be issued and waits for another to approve.
    asked_by: Option<String>,
    /// Where its ways out lead; none when it was kept before ways were.
    ways: Option<Ways>,
}

/// Where the ways out of a plan lead.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Ways {
    /// Until the last have arrived, seconds.
    cleared_s: f64,
    /// Shelters that get people, by key.
    shelters: BTreeMap<String, Gets>,
    /// Number of the newest plan of each other incident that they were reckoned with.
    known: BTreeMap<u64, u32>,
}

/// Who goes to a shelter.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Gets {
    people: u32,
    /// Who was there, or on the way by plans of others.
    before: u32,
}

impl Ways {
    fn of(away: &Away) -> Self {
        let used = away.shelters.iter().filter(|shelter| shelter.gets > 0);
        let gets = |shelter: &ShelterUse| Gets { people: shelter.gets, before: shelter.before };
        let shelters = used.map(|shelter| (shelter.key.clone(), gets(shelter))).collect();
        Self { cleared_s: away.cleared_s, shelters, known: away.known.clone() }
    }

    /// As they are issued: people go by what is issued, from then on.
    fn issued(self, now: Ms) -> PlanWays {
        #[expect(clippy::cast_possible_truncation, reason = "clamped to a month")]
        let takes = Ms((self.cleared_s.clamp(0.0, 2_678_400.0) * 1_000.0) as i64);
        let going = |Gets { people, before }: Gets| Going { people, before };
        let shelters = self.shelters.into_iter().map(|(key, gets)| (key, going(gets))).collect();
        PlanWays { clear_at: now.after(takes), shelters }
    }
}

/// A plan as it is kept.
struct Kept {
    working: Working,
    beside: Beside,
    /// When it was kept; none while nobody began it.
    at: Option<Ms>,
}

impl Kept {
    fn begun(plan: Plan) -> Self {
        Self { working: Working::new(plan), beside: Beside::default(), at: None }
    }
}

/// What the facts of now say.
struct Fresh {
    plan: Plan,
    facts: Facts,
    ways: Ways,
}

fn damaged(error: &serde_json::Error) -> ApiError {
    ApiError::internal(format!("a kept plan cannot be read: {error}"))
}

/// The plan as it is kept; none when nobody began one.
fn kept(api: &Api, incident: u64) -> Result<Option<Kept>, ApiError> {
    let Some(work) = api.desk.plan(incident)? else { return Ok(None) };
    let edits = api.desk.plan_edits(incident)?;
    let edits: Result<Vec<Edit>, _> =
        edits.iter().map(|edit| serde_json::from_str(&edit.body)).collect();
    let working = Working {
        generated: serde_json::from_str(&work.generated).map_err(|e| damaged(&e))?,
        edits: edits.map_err(|e| damaged(&e))?,
    };
    let beside = serde_json::from_str(&work.standing).map_err(|e| damaged(&e))?;
    Ok(Some(Kept { working, beside, at: Some(work.at) }))
}

/// Keeps it in the place of what was read; false when somebody else kept another meanwhile.
fn keep(api: &Api, question: &Question, kept: &Kept) -> Result<bool, ApiError> {
    let text = |value: serde_json::Result<String>| value.map_err(|e| damaged(&e));
    let work = PlanWork {
        incident: question.incident.id.0,
        area: question.incident.area,
        at: question.now,
        generated: text(serde_json::to_string(&kept.working.generated))?,
        standing: text(serde_json::to_string(&kept.beside))?,
    };
    Ok(api.desk.put_plan(&work, kept.at)?)
}

/// The same; a conflict when somebody else was faster.
fn keep_alone(api: &Api, question: &Question, kept: &Kept) -> Result<(), ApiError> {
    if keep(api, question, kept)? { Ok(()) } else { Err(Code::Conflict.into()) }
}

fn fresh(api: &Api, question: &Question) -> Result<Fresh, ApiError> {
    let response = response::respond(api, &api.plans, question).map_err(ApiError::internal)?;
    let ways = Ways::of(&response.away);
    Ok(Fresh { plan: response.plan, facts: response.facts, ways })
}

/// The plan as it is worked on, and what the facts of now would change.
#[utoipa::path(get, path = "/incidents/{id}/plan", tag = "danger", params(("id" = u64, Path)),
    responses((status = 200, body = PlanView), (status = 404, body = ErrorBody)))]
pub async fn view(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
) -> Result<Reply<PlanView>, ApiError> {
    let question = question(&api, &caller, IncidentId(id)).await?;
    let shared = api.clone();
    aside(&api, move || {
        let fresh = fresh(&shared, &question)?;
        let kept = kept(&shared, id)?;
        shown(&shared, id, kept, &fresh)
    })
    .await?
    .map(Reply)
}

fn shown(api: &Api, id: u64, kept: Option<Kept>, fresh: &Fresh) -> Result<PlanView, ApiError> {
    let begun = kept.is_some();
    let Kept { working, beside, .. } = kept.unwrap_or_else(|| Kept::begun(fresh.plan.clone()));
    let mut renewed = working.clone();
    let changes = renewed.regenerate(fresh.plan.clone());
    let proposal: Proposal = beside.standing.clone().follow(&api.plans, &fresh.facts);
    let versions = api.desk.plan_versions(id)?;
    Ok(PlanView {
        begun,
        at: working.generated.at.0,
        title: text(&working.generated.title),
        level: working.generated.level.map(|level| level.to_string()),
        lines: working.shown(),
        conflicts: working.conflicts().len(),
        changes,
        proposal: serde_json::to_value(proposal).map_err(|e| damaged(&e))?,
        second_person: working.needs_second_person(),
        asked_by: beside.asked_by,
        versions: versions.iter().map(Into::into).collect(),
    })
}

fn text(text: &Text) -> wire::Text {
    wire::Text { zh: text.zh.clone(), en: text.en.clone() }
}

/// Take the facts of now into the plan; edits of people stay. Begins the plan when there is none.
#[utoipa::path(post, path = "/incidents/{id}/plan/renew", tag = "danger", params(("id" = u64, Path)),
    responses((status = 200, body = PlanView), (status = 404, body = ErrorBody)))]
pub async fn renew(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
) -> Result<Reply<PlanView>, ApiError> {
    let question = handled(&api, &caller, id, "plan-renew").await?;
    api.note(&caller, "plan-renew", &format!("incident {id}"), true).await?;
    let shared = api.clone();
    aside(&api, move || {
        let fresh = fresh(&shared, &question)?;
        let plan = kept(&shared, id)?;
        let mut plan = plan.unwrap_or_else(|| Kept::begun(fresh.plan.clone()));
        plan.working.regenerate(fresh.plan.clone());
        plan.beside.standing.follow(&shared.plans, &fresh.facts);
        if let Some(grade) = question.incident.grade.and_then(level)
            && plan.beside.standing.level != Some(grade)
        {
            // The level that a person set on the incident is the decision.
            plan.beside.standing.decide(Some(grade), "incident", fresh.facts.now);
        }
        // What was asked for was another plan.
        plan.beside.asked_by = None;
        plan.beside.ways = Some(fresh.ways.clone());
        keep_alone(&shared, &question, &plan)?;
        // What the plan says of the time that people need is judged when somebody confirms that they are out.
        if let Some(forecast) =
            verify::clearance(&question.incident, question.now, fresh.ways.cleared_s)
        {
            shared.desk.keep_forecast(&forecast)?;
        }
        shown(&shared, id, Some(plan), &fresh)
    })
    .await?
    .map(Reply)
}

/// A level by its number on the incident.
pub(crate) fn level(grade: u8) -> Option<Level> {
    Level::ALL.get(usize::from(grade).checked_sub(1)?).copied()
}

/// An incident of which the caller may handle the plan.
async fn handled(api: &Api, caller: &Caller, id: u64, what: &str) -> Result<Question, ApiError> {
    let question = question(api, caller, IncidentId(id)).await?;
    let incident = &question.incident;
    api.allow(caller, Deed::Handle, incident.area, incident.drill, &format!("{what} {id}")).await?;
    Ok(question)
}

/// Change a line. What protects people can be worded anew, never taken out.
#[utoipa::path(post, path = "/incidents/{id}/plan/edits", tag = "danger", params(("id" = u64, Path)), request_body = PlanEditing,
    responses((status = 200, body = PlanView), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody),
        (status = 422, body = ErrorBody)))]
pub async fn edit(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
    Json(editing): Json<PlanEditing>,
) -> Result<Reply<PlanView>, ApiError> {
    let question = handled(&api, &caller, id, "plan-edit").await?;
    api.note(&caller, "plan-edit", &format!("incident {id}: {}", editing.line), true).await?;
    let by = caller.actor.account.to_string();
    let shared = api.clone();
    aside(&api, move || {
        let mut plan = kept(&shared, id)?.ok_or(Code::WrongState)?;
        let at = PlanMs(question.now.0);
        plan.working.edit(&editing.line, &by, at, editing.change).map_err(refused)?;
        plan.beside.asked_by = None;
        keep_alone(&shared, &question, &plan)?;
        if let Some(edit) = plan.working.edits.last() {
            shared.desk.add_plan_edit(
                id,
                &PlanEdit {
                    line: edit.line.clone(),
                    by: edit.by.clone(),
                    at: question.now,
                    body: serde_json::to_string(edit).map_err(|e| damaged(&e))?,
                },
            )?;
        }
        let fresh = fresh(&shared, &question)?;
        shown(&shared, id, Some(plan), &fresh)
    })
    .await?
    .map(Reply)
}

fn refused(error: EditError) -> ApiError {
    let code = match error {
        EditError::Unknown => Code::NotFound,
        EditError::Exists | EditError::Protective => Code::WrongState,
        EditError::Content => Code::OutOfRange,
        EditError::TooMany => Code::LimitReached,
    };
    ApiError::with_detail(code, error.to_string())
}

/// Issue the plan under the next number. At levels I and II, and while no level is known, the first person asks and another, who
/// did not edit it, approves. `places-taken`: since its ways were reckoned, the plan of another incident gave places of a shelter away that
/// this one counts on; taking in the facts of now shows what is left.
#[utoipa::path(post, path = "/incidents/{id}/plan/issue", tag = "danger", params(("id" = u64, Path)),
    responses((status = 200, body = PlanIssued), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
pub async fn issue(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
) -> Result<Reply<PlanIssued>, ApiError> {
    let question = handled(&api, &caller, id, "plan-issue").await?;
    let by = caller.actor.account.to_string();
    let shared = api.clone();
    let number = blocking(move || {
        let mut plan = kept(&shared, id)?.ok_or(Code::WrongState)?;
        let asked = plan.beside.asked_by.clone();
        if plan.working.needs_second_person() && asked.is_none() {
            plan.beside.asked_by = Some(by);
            keep_alone(&shared, &question, &plan)?;
            return Ok(None);
        }
        let before = last(&shared, id)?;
        let asked_by = asked.unwrap_or_else(|| by.clone());
        let at = PlanMs(question.now.0);
        let version =
            plan.working.issue(before.as_ref(), &asked_by, &by, at).map_err(not_issued)?;
        let head = PlanHead {
            incident: id,
            number: version.number,
            area: question.incident.area,
            at: question.now,
            level: version.plan.level.map_or(String::new(), |level| level.to_string()),
            asked_by,
            approved_by: by,
            summary: version.summary.zh.clone(),
        };
        let body = serde_json::to_string(&version).map_err(|e| damaged(&e))?;
        let known = plan.beside.ways.as_ref().map(|ways| ways.known.clone()).unwrap_or_default();
        let incidents = question.beside.iter().map(|other| other.id).collect();
        let beside = desk::Beside { incidents: &incidents, known: &known };
        let ways = plan.beside.ways.clone().map(|ways| ways.issued(question.now));
        match shared.desk.add_plan_version(&PlanVersion { head, body }, ways.as_ref(), beside)? {
            Issued::Kept => {}
            Issued::Overtaken => return Err(ApiError::from(Code::Conflict)),
            Issued::Taken(shelter) => {
                return Err(ApiError::with_detail(Code::PlacesTaken, shelter));
            }
        }
        plan.beside.asked_by = None;
        // Whoever kept another plan meanwhile took the question back with it.
        keep(&shared, &question, &plan)?;
        Ok(Some(version.number))
    })
    .await??;
    let object = match number {
        Some(number) => format!("incident {id} version {number}"),
        None => format!("incident {id}: asked"),
    };
    api.note(&caller, "plan-issue", &object, true).await?;
    Ok(Reply(PlanIssued { number }))
}

fn not_issued(error: IssueError) -> ApiError {
    match error {
        IssueError::SecondPerson => Code::SecondPersonRequired.into(),
        IssueError::Conflicts(_) | IssueError::Unchanged => {
            ApiError::with_detail(Code::WrongState, error.to_string())
        }
    }
}

/// The version issued last.
fn last(api: &Api, id: u64) -> Result<Option<Version>, ApiError> {
    let found = api.desk.plan_version(id, None)?;
    let read = |version: PlanVersion| serde_json::from_str(&version.body).map_err(|e| damaged(&e));
    found.map(read).transpose()
}

/// The plan on paper, A4 in the layout of official documents.
#[utoipa::path(get, path = "/incidents/{id}/plan/paper", tag = "danger", params(("id" = u64, Path), PaperQuery),
    responses((status = 200, description = "PDF or DOCX", content_type = "application/pdf"), (status = 404, body = ErrorBody)))]
pub async fn paper(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
    Query(query): Query<PaperQuery>,
) -> Result<HttpResponse, ApiError> {
    let question = question(&api, &caller, IncidentId(id)).await?;
    api.note(&caller, "plan-paper", &format!("incident {id}"), true).await?;
    let shared = api.clone();
    let (format, number) = (query.format, query.version);
    let bytes = aside(&api, move || {
        let (plan, version) = printed(&shared, &question, number)?;
        let issuer = &shared.config.issuer;
        let cover = Cover {
            issuer: Text::new(issuer.name_zh.clone(), issuer.name_en.clone()),
            version: version.as_ref().map(|version| version.number),
            approved_by: version.as_ref().map(|version| version.approved_by.clone()),
            date: version.map_or(plan.at, |version| version.at),
            ..Cover::default()
        };
        let paper = Paper::new(&plan, &cover, query.lang);
        match query.format {
            PaperFormat::Docx => docx(&paper),
            PaperFormat::Pdf => {
                let fonts = Fonts::find(&shared.config.response.fonts, |at| std::fs::read(at).ok());
                fonts.and_then(|fonts| pdf(&paper, &fonts))
            }
        }
        .map_err(not_printed)
    })
    .await??;
    let (kind, end) = match format {
        PaperFormat::Pdf => ("application/pdf", "pdf"),
        PaperFormat::Docx => {
            ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx")
        }
    };
    let name = format!("attachment; filename=\"plan-{id}.{end}\"");
    let head = [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((head, bytes).into_response())
}

/// The plan that is to be printed.
fn printed(
    api: &Api,
    question: &Question,
    number: Option<u32>,
) -> Result<(Plan, Option<Version>), ApiError> {
    let id = question.incident.id.0;
    if let Some(number) = number {
        let found = api.desk.plan_version(id, Some(number))?.ok_or(Code::NotFound)?;
        let version: Version = serde_json::from_str(&found.body).map_err(|e| damaged(&e))?;
        return Ok((version.plan.clone(), Some(version)));
    }
    match kept(api, id)? {
        Some(kept) => Ok((kept.working.plan(), None)),
        None => Ok((fresh(api, question)?.plan, None)),
    }
}

fn not_printed(error: PrintError) -> ApiError {
    let code = match error {
        PrintError::NoFont(_) => Code::Unavailable,
        PrintError::TooLong(_) => Code::TooLarge,
        PrintError::Font(_) | PrintError::File(_) => Code::Internal,
    };
    ApiError::with_detail(code, error.to_string())
}
