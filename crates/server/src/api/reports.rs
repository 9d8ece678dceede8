//! Reports of incidents, as they draft themselves.

use axum::{Json as Reply, extract::State};
use helan_kernel::{AreaCode, IncidentId, command};

use super::{
    Api,
    error::{ApiError, Code, ErrorBody},
    extract::Path,
    notices::sees_people,
    wire::{IncidentReport, ReportDraft},
};
use crate::{
    access::Caller,
    jobs::report::now_of,
    report::{Draft, Which},
};

/// The report of an incident: as it was drafted first, and as it would be now.
#[utoipa::path(get, path = "/incidents/{id}/report", tag = "incidents", params(("id" = u64, Path)),
    responses((status = 200, body = IncidentReport), (status = 404, body = ErrorBody)))]
pub async fn of_incident(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<u64>,
) -> Result<Reply<IncidentReport>, ApiError> {
    let id = IncidentId(id);
    let open =
        api.platform.ask(move |engine| engine.desk().incident(id).map(|i| (i.area, i.drill)));
    let known: Option<(AreaCode, bool)> = match open.await? {
        Some(known) => Some(known),
        None => api.history.get::<command::Incident>(id.0).await?.map(|i| (i.area, i.drill)),
    };
    // Reports name callers.
    let may = |(area, drill): &(AreaCode, bool)| caller.sees(*area) && sees_people(&caller, *drill);
    known.filter(may).ok_or(Code::NotFound)?;
    let desk = api.desk.clone();
    let kept = super::blocking(move || desk.report(id)).await??;
    let first = kept.and_then(|(_, body)| serde_json::from_str::<Draft>(&body).ok());
    let which = if first.is_some() { Which::Later } else { Which::First };
    let now = now_of(&api, id, which).await?.ok_or(Code::NotFound)?;
    Ok(Reply(IncidentReport {
        first: first.as_ref().map(ReportDraft::from),
        now: ReportDraft::from(&now),
    }))
}
