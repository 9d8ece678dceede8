//! First reports draft themselves: a little after an incident opens, long before the first deadline, the report is kept as it then is.

use std::{collections::BTreeSet, time::Duration};

use helan_kernel::{IncidentId, Ms, command};

use crate::{
    api::{Api, error::ApiError},
    report::{Draft, Known, Which, draft},
    serve::stopped,
};

/// How often it is looked for new incidents.
const EVERY: Duration = Duration::from_secs(1);
/// An incident is reported when it is so old: then those in danger have been told, and the report can say so.
const OLD_ENOUGH: Ms = Ms::seconds(5);
/// Notices that a report counts.
const MOST_NOTICES: u32 = 100_000;

/// Drafts as long as the server runs.
pub async fn run(api: Api) {
    let mut stopping = api.stopping.clone();
    let mut tick = tokio::time::interval(EVERY);
    // Incidents that are known to have a report.
    let mut done = BTreeSet::new();
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = stopped(&mut stopping) => return,
        }
        if let Err(error) = look(&api, &mut done).await {
            tracing::warn!(?error, "no draft of a report");
        }
    }
}

async fn look(api: &Api, done: &mut BTreeSet<IncidentId>) -> Result<(), ApiError> {
    let now = api.platform.now();
    let open: BTreeSet<IncidentId> = api
        .platform
        .ask(move |engine| {
            let old = |i: &&command::Incident| now.since(i.opened) >= OLD_ENOUGH;
            engine.desk().incidents().filter(old).map(|incident| incident.id).collect()
        })
        .await?;
    done.retain(|id| open.contains(id));
    for id in open.difference(&done.clone()) {
        let desk = api.desk.clone();
        let incident = *id;
        let known = crate::api::blocking(move || desk.report(incident)).await??;
        if known.is_none()
            && let Some(report) = now_of(api, *id, Which::First).await?
        {
            let desk = api.desk.clone();
            let body = serde_json::to_string(&report).map_err(|error| {
                ApiError::with_detail(crate::api::error::Code::Internal, error.to_string())
            })?;
            crate::api::blocking(move || desk.keep_report(incident, now, &body)).await??;
        }
        done.insert(*id);
    }
    Ok(())
}

/// The report of an incident as it is now; none when there is no such incident.
///
/// # Errors
/// When the history fails, or the node has stopped.
pub async fn now_of(api: &Api, id: IncidentId, which: Which) -> Result<Option<Draft>, ApiError> {
    let recorded: Option<command::Incident> = api.history.get(id.0).await?;
    let told = api.history.of_incident(id, MOST_NOTICES).await?;
    let (incident, notices, facilities) = api
        .platform
        .ask(move |engine| {
            let incident = engine.desk().incident(id).cloned().or(recorded);
            let mut notices: Vec<_> = engine.push().notices_of(id).cloned().collect();
            if notices.is_empty() {
                notices = told;
            }
            let facilities = Known::facilities(engine.registry(), &notices);
            (incident, notices, facilities)
        })
        .await?;
    let Some(incident) = incident else { return Ok(None) };
    let timeline = api.history.timeline(id).await?;
    let known = Known { incident, timeline, notices, facilities };
    Ok(Some(draft(&known, &api.plans, api.platform.now(), which)))
}
