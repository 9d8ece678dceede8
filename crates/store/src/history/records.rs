//! Acts of turns become records: each thing in its newest form.

use std::collections::BTreeMap;

use helan_kernel::{
    Answer, DeviceId, Effect, Event,
    command::{Incident, IncidentState},
    dispose::{Command, Run, RunState},
    push::Notice,
    registry::RegistryChange,
    watch::{Alarm, AlarmState},
};
use rusqlite::{OptionalExtension, Transaction, params};
use serde::Serialize;

use super::{Writer, set_position};
use crate::{
    Acts, StoreError, StoredTurn, db,
    journal::{Enough, JournalReader},
};

/// Turns projected in one transaction at most…
const TURNS: u64 = 1024;
/// …and bytes of acts: some tens of milliseconds of work, some megabytes of memory.
const BYTES: usize = 2 << 20;

/// Things that changed in the turns of one transaction: only their newest form is written.
#[derive(Default)]
pub(super) struct Changed {
    alarms: BTreeMap<u64, Alarm>,
    incidents: BTreeMap<u64, Incident>,
    runs: BTreeMap<u64, Run>,
    commands: BTreeMap<u64, Command>,
    notices: BTreeMap<u64, Notice>,
}

impl Writer {
    /// Projects acts of the next turns, in one transaction. Gives the position reached.
    ///
    /// # Errors
    /// When the journal cannot be read or the history not written: then nothing is changed.
    pub fn project(&mut self, journal: &JournalReader) -> Result<u64, StoreError> {
        let start = self.positions()?.acts;
        let tx = self.db.transaction()?;
        let mut changed = Changed::default();
        let (mut seq, mut bytes) = (start, 0);
        journal.read(start, |turn| {
            bytes += turn.acts.len();
            seq = turn.seq;
            if !turn.acts.is_empty() {
                take(&tx, turn, &mut changed)?;
            }
            let enough = bytes >= BYTES || seq - start >= TURNS;
            Ok::<_, StoreError>(if enough { Enough::Yes } else { Enough::No })
        })?;
        if seq > start {
            changed.write(&tx)?;
            set_position(&tx, "acts", seq)?;
            tx.commit()?;
        }
        Ok(seq)
    }
}

pub(super) fn take(
    tx: &Transaction<'_>,
    turn: &StoredTurn<'_>,
    changed: &mut Changed,
) -> Result<(), StoreError> {
    let acts = Acts::read(turn.acts)?;
    if let Some(link) = turn.link {
        tx.prepare_cached("INSERT INTO audit (seq, at, acts, link) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![db::to_sql(turn.seq), turn.at.0, turn.acts, link.as_bytes()])?;
    }
    for act in &acts.events {
        if let (Event::Registry(change), Answer::Created(id)) = (&act.event, act.answer)
            && let RegistryChange::PutDevice(spec) = &**change
        {
            tx.prepare_cached(
                "INSERT INTO device (id, area) VALUES (?1, ?2)
                 ON CONFLICT (id) DO UPDATE SET area = excluded.area",
            )?
            .execute(params![db::to_sql(id), spec.area.0])?;
        }
    }
    for effect in acts.effects {
        changed.take(tx, turn, effect)?;
    }
    Ok(())
}

/// Notes that the dangers of an incident are over, once until they are made anew.
fn over(tx: &Transaction<'_>, incident: &Incident) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO danger_over (incident, at) SELECT ?1, ?2
         WHERE EXISTS (SELECT 1 FROM danger WHERE incident = ?1)
         AND NOT EXISTS (SELECT 1 FROM danger_over
             WHERE incident = ?1 AND at >= (SELECT max(made) FROM danger WHERE incident = ?1))",
    )?
    .execute(params![db::to_sql(incident.id.0), incident.changed.0])?;
    Ok(())
}

impl Changed {
    fn take(
        &mut self,
        tx: &Transaction<'_>,
        turn: &StoredTurn<'_>,
        effect: Effect,
    ) -> Result<(), StoreError> {
        match effect {
            Effect::Alarm(_, alarm) => drop(self.alarms.insert(alarm.id.0, *alarm)),
            Effect::Incident(incident) => {
                if incident.all_clear || incident.state == IncidentState::Closed {
                    over(tx, &incident)?;
                }
                self.incidents.insert(incident.id.0, *incident);
            }
            Effect::Run(run) => drop(self.runs.insert(run.id.0, *run)),
            Effect::Command(command) => drop(self.commands.insert(command.id.0, *command)),
            Effect::Notice { notice, .. } => drop(self.notices.insert(notice.id.0, *notice)),
            Effect::Program(program) => {
                tx.prepare_cached(
                    "INSERT INTO program (key, version, body) VALUES (?1, ?2, ?3)
                     ON CONFLICT (key, version) DO UPDATE SET body = excluded.body",
                )?
                .execute(params![
                    &*program.key,
                    program.version,
                    json(&program)?
                ])?;
            }
            Effect::Timeline(line) => {
                tx.prepare_cached(
                    "INSERT INTO timeline (incident, line, body) VALUES (?1, ?2, ?3)
                     ON CONFLICT (incident, line) DO UPDATE SET body = excluded.body",
                )?
                .execute(params![
                    db::to_sql(line.incident.0),
                    line.line,
                    json(&line)?
                ])?;
            }
            Effect::Warning(warning) => {
                tx.prepare_cached(
                    "INSERT INTO warning (incident, sequence, sent, area, body)
                     VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT (incident, sequence) DO UPDATE SET body = excluded.body",
                )?
                .execute(params![
                    db::to_sql(warning.incident.0),
                    warning.sequence,
                    warning.sent.0,
                    warning.area.0,
                    json(&warning)?
                ])?;
            }
            Effect::Danger(danger) => {
                tx.prepare_cached(
                    "INSERT INTO danger (incident, policy, version, made, area, body)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                     ON CONFLICT (incident, policy, version)
                     DO UPDATE SET made = excluded.made, area = excluded.area, body = excluded.body",
                )?
                .execute(params![
                    db::to_sql(danger.incident.0),
                    &*danger.policy,
                    danger.version,
                    danger.made.0,
                    danger.area.0,
                    json(&danger)?
                ])?;
            }
            Effect::Escalation(call) => {
                let incident = call.incident.map(|id| db::to_sql(id.0));
                tx.prepare_cached(
                    "INSERT INTO escalation (at, incident, body) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![call.at.0, incident, json(&call)?])?;
            }
            Effect::Device { device, state, at } => {
                tx.prepare_cached(
                    "INSERT INTO device_log (device, at, seq, state) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (device, at, seq) DO UPDATE SET state = excluded.state",
                )?
                .execute(params![
                    device.0,
                    at.0,
                    db::to_sql(turn.seq),
                    json(&state)?
                ])?;
            }
            Effect::Flood { on, alarms, at } => {
                tx.prepare_cached(
                    "INSERT OR REPLACE INTO flood (at, flooded, alarms) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![at.0, on, alarms])?;
            }
        }
        Ok(())
    }

    pub(super) fn write(&self, tx: &Transaction<'_>) -> Result<(), StoreError> {
        for (id, alarm) in &self.alarms {
            let keys = Keys {
                area: alarm.place.area.0,
                incident: alarm.incident.map(|id| id.0),
                device: Some(alarm.device),
                open: alarm.state != AlarmState::Closed,
            };
            put(tx, "alarm", *id, &keys, alarm)?;
        }
        for (id, incident) in &self.incidents {
            let keys = Keys {
                area: incident.area.0,
                incident: None,
                device: None,
                open: incident.state != IncidentState::Closed,
            };
            put(tx, "incident", *id, &keys, incident)?;
        }
        for (id, run) in &self.runs {
            let keys = Keys {
                area: area_of(tx, run.device)?,
                incident: run.incident.map(|id| id.0),
                device: Some(run.device),
                open: matches!(run.state, RunState::Running | RunState::Held),
            };
            put(tx, "run", *id, &keys, run)?;
        }
        for (id, command) in &self.commands {
            // Runs of the same turns are written already.
            let incident = match command.run {
                Some((run, _)) => incident_of_run(tx, run.0)?,
                None => None,
            };
            let keys = Keys {
                area: area_of(tx, command.device)?,
                incident,
                device: Some(command.device),
                open: !command.state.is_final(),
            };
            put(tx, "command", *id, &keys, command)?;
        }
        for (id, notice) in &self.notices {
            let keys = Keys {
                area: notice.area.0,
                incident: Some(notice.incident.0),
                device: None,
                open: !notice.state.is_final(),
            };
            put(tx, "notice", *id, &keys, notice)?;
        }
        Ok(())
    }
}

struct Keys {
    area: u32,
    incident: Option<u64>,
    device: Option<DeviceId>,
    open: bool,
}

fn put<T: Serialize>(
    tx: &Transaction<'_>,
    table: &str,
    id: u64,
    keys: &Keys,
    record: &T,
) -> Result<(), StoreError> {
    tx.prepare_cached(&format!(
        "INSERT INTO {table} (id, area, incident, device, open, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (id) DO UPDATE SET area = excluded.area, incident = excluded.incident,
             device = excluded.device, open = excluded.open, body = excluded.body"
    ))?
    .execute(params![
        db::to_sql(id),
        keys.area,
        keys.incident.map(db::to_sql),
        keys.device.map(|d| d.0),
        keys.open,
        json(record)?
    ])?;
    Ok(())
}

/// The area of a device; the whole when it is not known, so that only who sees everything sees it.
fn area_of(tx: &Transaction<'_>, device: DeviceId) -> Result<u32, StoreError> {
    let area = tx
        .prepare_cached("SELECT area FROM device WHERE id = ?1")?
        .query_row([device.0], |row| row.get(0))
        .optional()?;
    Ok(area.unwrap_or(0))
}

fn incident_of_run(tx: &Transaction<'_>, run: u64) -> Result<Option<u64>, StoreError> {
    let incident: Option<Option<i64>> = tx
        .prepare_cached("SELECT incident FROM run WHERE id = ?1")?
        .query_row([db::to_sql(run)], |row| row.get(0))
        .optional()?;
    Ok(incident.flatten().map(db::from_sql))
}

fn json<T: Serialize>(record: &T) -> Result<String, StoreError> {
    serde_json::to_string(record).map_err(|error| StoreError::Damaged(format!("record: {error}")))
}
