//! One incident's file: the incident with everything that belongs to it, also what is over.

use std::collections::BTreeMap;

use helan_kernel::{AreaCode, Engine, IncidentId, command, dispose, push, watch};

use super::{
    Api,
    error::{ApiError, Code},
    history::History,
    notices::{sees_addresses, sees_people},
    wire::{Alarm, Command, Incident, IncidentFile, Notice, Run, TimelineEntry, Warning},
};
use crate::access::Caller;

/// Alarms, runs and commands of one file at most; the newest ones.
const MAX_RECORDS: u32 = 2_000;
/// Notices of one file at most: an incident that tells more people is read page by page.
pub const MAX_NOTICES: u32 = 5_000;

/// The records of an incident, by number. What the engine has is newer than what the history has.
struct Records {
    incident: Option<command::Incident>,
    alarms: BTreeMap<u64, watch::Alarm>,
    runs: BTreeMap<u64, dispose::Run>,
    commands: BTreeMap<u64, dispose::Command>,
    notices: BTreeMap<u64, push::Notice>,
}

impl Records {
    async fn recorded(history: &History, id: IncidentId) -> Result<Self, ApiError> {
        let alarms = history.of_incident::<watch::Alarm>(id, MAX_RECORDS).await?;
        let runs = history.of_incident::<dispose::Run>(id, MAX_RECORDS).await?;
        let commands = history.of_incident::<dispose::Command>(id, MAX_RECORDS).await?;
        let notices = history.of_incident::<push::Notice>(id, MAX_NOTICES).await?;
        Ok(Self {
            incident: history.get(id.0).await?,
            alarms: alarms.into_iter().map(|alarm| (alarm.id.0, alarm)).collect(),
            runs: runs.into_iter().map(|run| (run.id.0, run)).collect(),
            commands: commands.into_iter().map(|command| (command.id.0, command)).collect(),
            notices: notices.into_iter().map(|notice| (notice.id.0, notice)).collect(),
        })
    }

    /// Brings them up to what the engine has.
    fn renew(&mut self, engine: &Engine, id: IncidentId) {
        if let Some(incident) = engine.desk().incident(id) {
            self.incident = Some(incident.clone());
            for alarm in incident.alarms.iter().filter_map(|id| engine.watch().alarm(*id)) {
                self.alarms.insert(alarm.id.0, alarm.clone());
            }
        }
        for run in engine.dispose().runs().filter(|run| run.incident == Some(id)) {
            self.runs.insert(run.id.0, run.clone());
        }
        for command in engine.dispose().commands() {
            if command.run.is_some_and(|(run, _)| self.runs.contains_key(&run.0)) {
                self.commands.insert(command.id.0, command.clone());
            }
        }
        for notice in engine.push().notices_of(id) {
            self.notices.insert(notice.id.0, notice.clone());
        }
    }

    fn into_file(self, engine: &Engine, caller: &Caller) -> Option<IncidentFile> {
        let registry = engine.registry();
        let told = |notice: &push::Notice| {
            sees_people(caller, notice.drill)
                .then(|| Notice::of(notice, sees_addresses(caller, notice.drill)))
        };
        Some(IncidentFile {
            incident: Incident::from(&self.incident?),
            timeline: Vec::new(),
            alarms: self.alarms.values().map(|alarm| Alarm::of(registry, alarm)).collect(),
            runs: self.runs.values().map(|run| Run::of(registry, run)).collect(),
            commands: self.commands.values().map(Command::from).collect(),
            notices: self.notices.values().filter_map(told).collect(),
            warnings: Vec::new(),
        })
    }
}

/// The file of an incident that the caller may see.
///
/// # Errors
/// Not found when there is none in the caller's area.
pub async fn of(api: &Api, caller: &Caller, id: IncidentId) -> Result<IncidentFile, ApiError> {
    // First whether it may be seen at all: a long file of another area must cost nothing.
    let open = api.platform.ask(move |engine| engine.desk().incident(id).map(|i| i.area)).await?;
    let area = match open {
        Some(area) => Some(area),
        None => api.history.get::<command::Incident>(id.0).await?.map(|incident| incident.area),
    };
    if !area.is_some_and(|area: AreaCode| caller.sees(area)) {
        return Err(Code::NotFound.into());
    }
    let mut records = Records::recorded(&api.history, id).await?;
    let asker = caller.clone();
    let file = api
        .platform
        .ask(move |engine| {
            records.renew(engine, id);
            records.into_file(engine, &asker)
        })
        .await?;
    let mut file = file.ok_or(Code::NotFound)?;
    let people = sees_people(caller, file.incident.drill);
    let lines = api.history.timeline(id).await?;
    let lines = lines.iter().filter(|line| people || !line.source.names_people());
    file.timeline = lines.map(TimelineEntry::from).collect();
    file.warnings = api.history.warnings_of(id).await?.iter().map(Warning::from).collect();
    Ok(file)
}
