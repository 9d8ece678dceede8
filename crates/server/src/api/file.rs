//! One incident's file: the incident with everything that belongs to it, also what is over.

use std::collections::{BTreeMap, BTreeSet};

use helan_kernel::{
    AreaCode, Engine, IncidentId, PersonId, command, dispose,
    push::{self, NoticeState, Protective},
    registry::Party,
    watch,
};
use helan_store::history::Filter;

use super::{
    Api,
    error::{ApiError, Code},
    history::History,
    notices::{sees_addresses, sees_people},
    wire::{Alarm, Command, Incident, IncidentFile, Notice, RollCall, Run, TimelineEntry, Warning},
};
use crate::access::Caller;

/// Alarms, runs and commands of one file at most; the newest ones.
const MAX_RECORDS: u32 = 2_000;
/// Notices of one file at most: an incident that tells more people is read page by page.
pub const MAX_NOTICES: u32 = 5_000;
/// Further pages of notices of a closed incident that are counted, at most: those of a city.
const MAX_PAGES: usize = 100;

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
            notices_hidden: false,
            notices_truncated: false,
            roll: RollCall::default(),
            warnings: Vec::new(),
        })
    }
}

/// How those stand who were told to leave or to shelter; fed with their notices from the newest on.
#[derive(Default)]
struct Roll {
    known: BTreeSet<PersonId>,
    counts: RollCall,
}

impl Roll {
    fn add(&mut self, notice: &push::Notice) {
        let Party::Person(person) = notice.party else { return };
        let told = matches!(notice.action, Protective::Leave | Protective::Shelter);
        // Whoever is told anew has to answer anew.
        if !told || !self.known.insert(person) {
            return;
        }
        self.counts.told += 1;
        let stand = match notice.state {
            NoticeState::Acknowledged | NoticeState::Visited => &mut self.counts.safe,
            NoticeState::NeedsHelp => &mut self.counts.help,
            NoticeState::Unreachable | NoticeState::Failed => &mut self.counts.missing,
            // Nobody is safe by having been told.
            NoticeState::Targeted
            | NoticeState::Sent
            | NoticeState::Delivered
            | NoticeState::Read
            | NoticeState::Visiting => &mut self.counts.waiting,
        };
        *stand += 1;
    }

    /// Adds the notices of a closed incident that are older than those at hand; gives whether there are any.
    async fn older(
        &mut self,
        history: &History,
        id: IncidentId,
        mut before: u64,
    ) -> Result<bool, ApiError> {
        let mut any = false;
        for _ in 0..MAX_PAGES {
            let filter = Filter {
                incident: Some(id),
                before: Some(before),
                limit: MAX_NOTICES,
                ..Filter::default()
            };
            let page = history.page::<push::Notice>(filter).await?;
            for notice in &page {
                self.add(notice);
            }
            any |= !page.is_empty();
            match page.last() {
                Some(last) if page.len() >= MAX_NOTICES as usize => before = last.id.0,
                _ => break,
            }
        }
        Ok(any)
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
    let (file, mut roll, oldest) = api
        .platform
        .ask(move |engine| {
            records.renew(engine, id);
            let mut roll = Roll::default();
            for notice in records.notices.values().rev() {
                roll.add(notice);
            }
            let oldest = records.notices.keys().next().copied();
            (records.into_file(engine, &asker), roll, oldest)
        })
        .await?;
    let mut file = file.ok_or(Code::NotFound)?;
    let people = sees_people(caller, file.incident.drill);
    file.notices_hidden = !people;
    // Of an open incident the engine has them all.
    if let (None, Some(oldest)) = (open, oldest) {
        file.notices_truncated = roll.older(&api.history, id, oldest).await?;
    }
    file.roll = roll.counts;
    let lines = api.history.timeline(id).await?;
    let lines = lines.iter().filter(|line| people || !line.source.names_people());
    file.timeline = lines.map(TimelineEntry::from).collect();
    file.warnings = api.history.warnings_of(id).await?.iter().map(Warning::from).collect();
    Ok(file)
}
