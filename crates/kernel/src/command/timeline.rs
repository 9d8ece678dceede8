//! The timeline: what the other parts decided becomes a line of the incident it belongs to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Desk, File, Incident, TimelineEntry, TimelineSource, words};
use crate::{
    Context, Effect, IncidentId, Ms, RunId, Text,
    danger::{self, DangerArea},
    dispose::{Command, Dispose, Run, RunState, StepState},
    effect,
    event::Actor,
    push::{Batch, Notice, NoticeState, Protective, Warning, Zone},
    registry::{Key, Registry},
};

/// Recipients with a line of their own for each state; beyond it one line speaks for [`LUMP`] of them. A person reads a
/// few hundred lines; the notices themselves hold every name.
const MAX_SINGLE: u32 = 200;
const LUMP: u32 = 100;

/// Lines about recipients so far, by state.
pub(super) type Tally = BTreeMap<NoticeState, u32>;

/// What of a run has had its line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct RunSeen {
    pub incident: IncidentId,
    state: RunState,
    steps: BTreeMap<u8, StepState>,
}

impl File {
    pub fn new(incident: Incident, facility: Key) -> Self {
        Self {
            incident,
            facility,
            lines: 0,
            active: Default::default(),
            said: BTreeMap::new(),
            tally: Tally::new(),
        }
    }

    /// Adds a line.
    pub fn line(
        &mut self,
        cx: &mut Context<'_>,
        happened: Ms,
        source: TimelineSource,
        text: Text,
        by: Option<Actor>,
    ) {
        self.lines = self.lines.saturating_add(1);
        cx.out.push(Effect::Timeline(Box::new(TimelineEntry {
            incident: self.incident.id,
            line: self.lines,
            at: cx.now,
            happened,
            source,
            text,
            by,
        })));
    }

    /// One line for a batch of notices: counts, no names.
    pub fn told(&mut self, cx: &mut Context<'_>, batch: &Batch) {
        if !batch.counts.is_empty() {
            let text = words::people_told(batch.counts.iter());
            self.line(cx, cx.now, TimelineSource::Platform, text, None);
        }
    }

    /// Tells the world how the incident stands.
    pub fn changed(&self, cx: &mut Context<'_>) {
        cx.out.push(Effect::Incident(Box::new(self.incident.clone())));
    }
}

impl Desk {
    /// Another part decided something: the timeline of its incident gets a line.
    pub fn on_effect(&mut self, cx: &mut Context<'_>, effect: &Effect, dispose: &Dispose) {
        if self.files.is_empty() {
            return;
        }
        match effect {
            Effect::Run(run) => self.on_run(cx, run),
            Effect::Command(command) => self.on_command(cx, command, dispose),
            Effect::Notice { notice, .. } => self.on_notice(cx, notice),
            Effect::Warning(warning) => self.on_warning(cx, warning),
            Effect::Escalation(call) => self.on_call(cx, call),
            Effect::Danger(area) => self.on_danger(cx, area),
            Effect::Alarm(..)
            | Effect::Program(_)
            | Effect::Incident(_)
            | Effect::Timeline(_)
            | Effect::Device { .. }
            | Effect::Flood { .. } => {}
        }
    }

    fn on_run(&mut self, cx: &mut Context<'_>, run: &Run) {
        let Some(incident) = run.incident else { return };
        let Some(file) = self.files.get_mut(&incident) else { return };
        let source = TimelineSource::Run(run.id);
        let program = cx.registry.programs.get(run.program.index());
        let name = program
            .map_or_else(|| Text::new(&run.program_key, &run.program_key), |p| p.name.clone());
        let step_name = |at: u8| {
            let step = program.and_then(|p| p.steps.get(usize::from(at)));
            step.map(|s| s.name.clone()).unwrap_or_default()
        };
        let mut lines: Vec<(Ms, Text, Option<Actor>)> = Vec::new();
        let fresh = !self.runs.contains_key(&run.id);
        let seen = self.runs.entry(run.id).or_insert_with(|| RunSeen {
            incident,
            state: RunState::Running,
            steps: BTreeMap::new(),
        });
        if fresh {
            lines.push((run.started, words::run(&name, RunState::Running, ""), None));
        }
        for result in &run.results {
            let before = seen.steps.insert(result.step, result.state);
            // The command that a waiting step sent has its own line.
            if before != Some(result.state) && result.state != StepState::Waiting {
                let proof = result.proof.map(|r| words::value(cx.registry, r.point, r.value));
                let name = step_name(result.step);
                let text = words::step(&name, result.state, &result.why, proof.as_ref());
                lines.push((result.at, text, None));
            }
        }
        if seen.state != run.state {
            seen.state = run.state;
            let by = match run.state {
                RunState::Running | RunState::Held | RunState::TakenOver => run.by.clone(),
                RunState::Done | RunState::Failed => None,
            };
            let reason = if by.is_some() { run.reason.as_str() } else { "" };
            lines.push((run.changed, words::run(&name, run.state, reason), by));
        }
        for (happened, text, by) in lines {
            file.line(cx, happened, source, text, by);
        }
    }

    fn on_command(&mut self, cx: &mut Context<'_>, command: &Command, dispose: &Dispose) {
        let incident = match command.run {
            Some((run, _)) => {
                // A run tells its first commands before it tells of itself: the line of its start comes first all the same.
                if !self.runs.contains_key(&run)
                    && let Some(run) = dispose.run(run)
                {
                    self.on_run(cx, run);
                }
                self.runs.get(&run).map(|seen| seen.incident)
            }
            None => self.incident_at(cx.registry, command),
        };
        let Some(file) = incident.and_then(|id| self.files.get_mut(&id)) else { return };
        let device = cx.registry.device(command.device);
        let kind = device
            .and_then(|d| cx.registry.profile_of(d))
            .and_then(|p| p.commands.iter().find(|c| c.name == command.name));
        let label =
            kind.map_or_else(|| Text::new(&command.name, &command.name), |k| k.label.clone());
        let name = device.map_or("", |d| d.spec.name.as_str());
        let name = if name.is_empty() { &*command.device_key } else { name };
        if let Some(text) = words::command(&label, name, command.state, &command.reason) {
            let source = TimelineSource::Command(command.id);
            file.line(cx, cx.now, source, text, command.by.clone());
        }
    }

    /// The open incident in whose facility a person commands a device by hand; the newest when there are several.
    fn incident_at(&self, registry: &Registry, command: &Command) -> Option<IncidentId> {
        if self.files.is_empty() {
            return None;
        }
        let facility = &registry.device(command.device)?.spec.facility;
        let same = |file: &&File| {
            !facility.is_empty()
                && *file.facility == **facility
                && file.incident.drill == command.drill
        };
        self.files.values().rev().find(same).map(|file| file.incident.id)
    }

    fn on_notice(&mut self, cx: &mut Context<'_>, notice: &Notice) {
        let Some(what) = outcome(notice.state) else { return };
        let Some(file) = self.files.get_mut(&notice.incident) else { return };
        if file.said.insert(notice.id, notice.state) == Some(notice.state) {
            return;
        }
        let count = file.tally.entry(notice.state).or_insert(0);
        *count = count.saturating_add(1);
        let count = *count;
        // Whoever needs help is always named.
        let single = count <= MAX_SINGLE || notice.state == NoticeState::NeedsHelp;
        let mut source = TimelineSource::Notice(notice.id);
        let text = if single {
            let mut text = words::recipient(notice, what);
            if matches!(notice.state, NoticeState::Visiting | NoticeState::NeedsHelp) {
                words::visited_by(&mut text, &notice.visitor);
            }
            text
        } else if count % LUMP == 0 {
            source = TimelineSource::Platform;
            words::so_far(what, count)
        } else {
            return;
        };
        let by = notice.receipts.last().and_then(|r| r.by.clone());
        file.line(cx, cx.now, source, text, by);
    }

    fn on_warning(&mut self, cx: &mut Context<'_>, warning: &Warning) {
        let Some(file) = self.files.get_mut(&warning.incident) else { return };
        let text = words::warning(&warning.headline, warning.sequence, warning.cancel);
        file.line(cx, warning.sent, TimelineSource::Warning, text, None);
    }

    fn on_danger(&mut self, cx: &mut Context<'_>, area: &DangerArea) {
        let Some(file) = self.files.get_mut(&area.incident) else { return };
        file.line(cx, area.made, TimelineSource::Platform, words::danger(area), None);
    }

    fn on_call(&mut self, cx: &mut Context<'_>, call: &effect::Call) {
        let by_alarm = call.alarm.and_then(|alarm| self.incident_of(alarm));
        let by_run = call.run.and_then(|run| self.runs.get(&run)).map(|seen| seen.incident);
        let Some(id) = call.incident.or(by_alarm).or(by_run) else { return };
        let Some(file) = self.files.get_mut(&id) else { return };
        let text = words::escalation(&call.role, &call.person, &call.phone);
        let source = call.run.map_or(TimelineSource::Platform, TimelineSource::Run);
        file.line(cx, call.at, source, text, None);
    }

    /// People were told: one line for all of them, and the danger area of the incident is what they were told of.
    pub(crate) fn people_told(
        &mut self,
        cx: &mut Context<'_>,
        id: IncidentId,
        zones: &[Zone],
        batch: &Batch,
    ) {
        let Some(file) = self.files.get_mut(&id) else { return };
        let known = file.incident.zones.clone();
        if zones.iter().any(|zone| !known.contains(zone)) {
            file.incident.zones = danger::moved(&known, zones).into();
            file.incident.changed = cx.now;
            file.changed(cx);
        }
        if batch.counts.contains_key(&Protective::Leave) && file.incident.evacuated.take().is_some()
        {
            file.changed(cx);
        }
        file.told(cx, batch);
    }

    /// Forgets the runs of a closed incident.
    pub(super) fn forget_runs(&mut self, incident: IncidentId) {
        self.runs.retain(|_: &RunId, seen| seen.incident != incident);
    }
}

/// What a line says of a recipient in this state; none for states on the way.
fn outcome(state: NoticeState) -> Option<(&'static str, &'static str)> {
    match state {
        NoticeState::Acknowledged => Some(words::ACKNOWLEDGED),
        NoticeState::NeedsHelp => Some(words::NEEDS_HELP),
        NoticeState::Visiting => Some(words::VISITING),
        NoticeState::Visited => Some(words::VISITED),
        NoticeState::Unreachable => Some(words::UNREACHABLE),
        NoticeState::Targeted
        | NoticeState::Sent
        | NoticeState::Delivered
        | NoticeState::Read
        | NoticeState::Failed => None,
    }
}
