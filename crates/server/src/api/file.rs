//! One incident's file: the incident with everything that belongs to it.

use helan_kernel::{AreaCode, Engine, IncidentId};

use super::{
    Api,
    error::{ApiError, Code},
    notices::{sees_addresses, sees_people},
    wire::{Alarm, Command, Incident, IncidentFile, Notice, Run},
};
use crate::access::Caller;

/// The file of an incident that the caller may see.
pub async fn of(api: &Api, caller: &Caller, id: IncidentId) -> Result<IncidentFile, ApiError> {
    let asker = caller.clone();
    let file = api.platform.ask(move |engine| live(engine, &asker, id)).await?;
    file.filter(|file| caller.sees(AreaCode(file.incident.area)))
        .ok_or_else(|| Code::NotFound.into())
}

fn live(engine: &Engine, caller: &Caller, id: IncidentId) -> Option<IncidentFile> {
    let registry = engine.registry();
    let incident = engine.desk().incident(id)?;
    let runs: Vec<Run> = engine
        .dispose()
        .runs()
        .filter(|run| run.incident == Some(id))
        .map(|run| Run::of(registry, run))
        .collect();
    let commands = engine
        .dispose()
        .commands()
        .filter(|command| command.run.is_some_and(|(run, _)| runs.iter().any(|r| r.id == run.0)));
    let notices = engine
        .push()
        .notices()
        .filter(|notice| notice.incident == id && sees_people(caller, notice.drill));
    Some(IncidentFile {
        incident: Incident::from(incident),
        timeline: Vec::new(),
        alarms: incident
            .alarms
            .iter()
            .filter_map(|id| engine.watch().alarm(*id))
            .map(|alarm| Alarm::of(registry, alarm))
            .collect(),
        commands: commands.map(Command::from).collect(),
        notices: notices
            .map(|notice| Notice::of(notice, sees_addresses(caller, notice.drill)))
            .collect(),
        runs,
        warnings: Vec::new(),
    })
}
