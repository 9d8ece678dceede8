//! The engine: one event after another, each giving an answer and effects.

use serde::{Deserialize, Serialize};

use crate::{
    Answer, DeviceId, Effect, Event, IncidentId, Ms, PolicyId, Reading, Timer, Timers,
    command::{Desk, IncidentState},
    danger::{Dangers, Origin, Sky},
    dispose::Dispose,
    event::{Action, ActionKind, AuditNote},
    push::{Around, Push},
    registry::{Registry, RegistryChange},
    watch::Watch,
    weather::Weather,
};

/// What every part of the kernel gets with each call.
pub struct Context<'a> {
    /// The moment of this step.
    pub now: Ms,
    /// Base data.
    pub registry: &'a mut Registry,
    /// Timers.
    pub timers: &'a mut Timers,
    /// Where decisions go.
    pub out: &'a mut Vec<Effect>,
}

/// The state of a node: a function of the events it has seen.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Engine {
    now: Ms,
    registry: Registry,
    pub(crate) timers: Timers,
    watch: Watch,
    dispose: Dispose,
    push: Push,
    desk: Desk,
    weather: Weather,
    dangers: Dangers,
}

/// Why a saved state cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Written by another version of the engine: replay the journal instead.
    #[error("saved state has format {found}, this engine reads {}", Engine::FORMAT)]
    Format {
        /// The format found.
        found: u32,
    },
    /// The bytes are damaged.
    #[error("saved state is damaged: {0}")]
    Damaged(#[from] postcard::Error),
}

impl Engine {
    /// Format of [`Engine::save`]. Raised by every change of a stored type.
    pub const FORMAT: u32 = 6;
    /// Numbers passed over after a restore: more than a node gives in its life, and so few that millions of restores stay
    /// below 2^53, which JSON readers take exactly.
    const SKIP: u64 = 1_000_000_000;

    /// Takes one event. First runs the timers that are due at `now`, then the event itself; whatever follows from it
    /// (an alarm opens an incident, tells people, starts programs) is decided before this returns.
    ///
    /// Time never runs backwards: a `now` before the last one counts as the last one.
    pub fn step(&mut self, now: Ms, event: &Event, out: &mut Vec<Effect>) -> Answer {
        self.now = self.now.max(now);
        self.run_timers(out);
        let mark = out.len();
        let answer = self.dispatch(event, out);
        self.follow(mark, out);
        answer
    }

    /// When the engine must be stepped again, even if nothing happens.
    #[must_use]
    pub fn next_timer(&self) -> Option<Ms> {
        self.timers.next()
    }

    fn run_timers(&mut self, out: &mut Vec<Effect>) {
        while let Some((at, timer)) = self.timers.due(self.now) {
            let mark = out.len();
            let (mut cx, mut parts) = self.parts(out);
            match timer {
                Timer::Rule(..) | Timer::Alarm(_) | Timer::Flood => {
                    parts.watch.timer(&mut cx, at, timer);
                }
                Timer::Device(_) => {
                    parts.watch.timer(&mut cx, at, timer);
                    parts.dispose.drill_over(&mut cx, parts.watch);
                }
                Timer::Run(_) | Timer::Command(_) => {
                    parts.dispose.timer(&mut cx, parts.watch, at, timer);
                }
                Timer::Notice(id) => parts.push.timer(&mut cx, at, id),
                Timer::Incident(id) => parts.desk.timer(&mut cx, at, id),
                Timer::Warning(id) => parts.push.renew(&mut cx, at, id),
                Timer::Danger(incident, policy) => {
                    let key = (incident, policy);
                    if let Some(origin) = parts.look_at_wind(&mut cx, at, key) {
                        let (push, mut around) = parts.around();
                        push.on_danger(&mut cx, &origin, false, &mut around);
                    }
                }
            }
            self.follow(mark, out);
        }
    }

    fn dispatch(&mut self, event: &Event, out: &mut Vec<Effect>) -> Answer {
        let (mut cx, mut parts) = self.parts(out);
        match event {
            Event::Tick => Answer::Done,
            Event::Reading(reading) => Self::reading(&mut cx, parts, reading),
            Event::Link { device, up } => parts.watch.link(&mut cx, *device, *up),
            Event::Reply { device, command, outcome, detail } => {
                parts.dispose.reply(&mut cx, parts.watch, *device, *command, *outcome, detail)
            }
            Event::Receipt { notice, channel, state, detail } => {
                parts.push.receipt(&mut cx, *notice, *channel, *state, detail)
            }
            Event::Call(call) => {
                let answer = parts.desk.call(&mut cx, call);
                if let Answer::Created(id) = answer {
                    let (push, mut around) = parts.around();
                    push.on_call(&mut cx, IncidentId(id), call, &mut around);
                }
                answer
            }
            Event::Action(action) => Self::action(&mut cx, parts, action),
            Event::Registry(change) => Self::change(&mut cx, parts, change),
            Event::Audit(note) => Self::audit(note),
            Event::Weather(report) => {
                let answer = parts.weather.report(cx.now, report);
                if answer == Answer::Done {
                    parts.dangers.air_changed(&mut cx);
                }
                answer
            }
            Event::Restored => {
                parts.dispose.skip_numbers(Self::SKIP);
                parts.push.skip_numbers(Self::SKIP);
                parts.desk.skip_numbers(Self::SKIP);
                Answer::Done
            }
        }
    }

    fn reading(cx: &mut Context<'_>, parts: Parts<'_>, reading: &Reading) -> Answer {
        let answer = parts.watch.reading(cx, reading);
        if answer == Answer::Done {
            parts.dispose.on_reading(cx, parts.watch, reading);
            if !parts.dangers.is_idle()
                && cx.registry.point_kind(reading.point).is_some_and(|k| k.quantity.is_some())
            {
                parts.dangers.air_changed(cx);
            }
        }
        answer
    }

    fn change(cx: &mut Context<'_>, parts: Parts<'_>, change: &RegistryChange) -> Answer {
        if let RegistryChange::RemoveDevice(key) = change
            && let Some(device) = cx.registry.devices.find(key)
        {
            parts.watch.device_leaves(cx, DeviceId(device));
        }
        let mut was_virtual = None;
        if let RegistryChange::PutDevice(spec) = change {
            let before = cx.registry.devices.by_key(&spec.key).filter(|d| d.spec.drill);
            was_virtual = before.map(|d| d.id);
        }
        let answer = cx.registry.apply(change);
        if !matches!(answer, Answer::Refused(_)) {
            parts.watch.registry_changed(cx, change);
            if let Some(device) = was_virtual {
                parts.watch.leave_drill(cx, device);
                parts.dispose.drill_over(cx, parts.watch);
            }
        }
        answer
    }

    /// Nothing to decide: the event itself is the record.
    fn audit(_note: &AuditNote) -> Answer {
        Answer::Done
    }

    fn action(cx: &mut Context<'_>, parts: Parts<'_>, action: &Action) -> Answer {
        use ActionKind as K;
        match &action.kind {
            K::AcknowledgeAlarm(_)
            | K::ShelveAlarm(..)
            | K::UnshelveAlarm(_)
            | K::ResetAlarm(_)
            | K::UnsuppressDevice(_)
            | K::StartDrill { .. }
            | K::RestDevices(_) => parts.watch.action(cx, action),
            K::SuppressDevice(device, _) | K::SetOutOfService(device, _) => {
                let answer = parts.watch.action(cx, action);
                if answer == Answer::Done {
                    parts.dispose.device_set_aside(cx, parts.watch, *device);
                }
                answer
            }
            K::EndDrill(_) => {
                let answer = parts.watch.action(cx, action);
                parts.dispose.drill_over(cx, parts.watch);
                answer
            }
            K::HoldRun(_)
            | K::ResumeRun(_)
            | K::TakeOverRun(_)
            | K::SendCommand { .. }
            | K::ApproveCommand(_)
            | K::RecordDryRun { .. }
            | K::SignOffProgram(_)
            | K::RetireProgram(_) => parts.dispose.action(cx, parts.watch, action),
            K::TakeIncident(_)
            | K::NoteIncident(..)
            | K::GradeIncident(..)
            | K::AllClear(_)
            | K::CloseIncident(_)
            | K::ConfirmEvacuated(_) => parts.desk.action(cx, parts.push, action),
            K::SetWeather { report, until } => {
                let answer = parts.weather.set_by_hand(cx.now, report, *until, &action.by);
                if answer == Answer::Done {
                    parts.dangers.air_changed(cx);
                }
                answer
            }
            K::SendTask { incident, posts, text, on_site, uncounted } => {
                let waits_for = on_site.then_some(*uncounted);
                parts.push.send_task(cx, parts.desk, *incident, posts, text, waits_for, &action.by)
            }
            K::AnswerNotice(..) | K::RecordVisit(..) => parts.push.action(cx, action),
            K::CallPosts { incident, posts, within, text } => {
                parts.push.call_posts(cx, parts.desk, *incident, posts, *within, text)
            }
        }
    }

    /// Lets every part of the kernel see what the others decided, in the order of decision, until nothing new comes.
    fn follow(&mut self, mark: usize, out: &mut Vec<Effect>) {
        let mut at = mark;
        while at < out.len() {
            // The effect is taken out while it is looked at, because looking at it may add further ones behind it.
            let Some(slot) = out.get_mut(at) else { break };
            let blank = Effect::Flood { on: false, alarms: 0, at: Ms(0) };
            let mut effect = std::mem::replace(slot, blank);
            let (mut cx, mut parts) = self.parts(out);
            if let Effect::Alarm(change, alarm) = &mut effect {
                // People first: the incident and its notices come before any command.
                if let Some(incident) = parts.desk.on_alarm(&mut cx, *change, alarm) {
                    parts.watch.set_incident(alarm.id, incident);
                    let (push, mut around) = parts.around();
                    push.on_alarm(&mut cx, *change, alarm, &mut around);
                }
                parts.dispose.on_alarm(&mut cx, parts.watch, *change, alarm);
            } else {
                parts.desk.on_effect(&mut cx, &effect, parts.dispose);
            }
            if let Effect::Incident(incident) = &effect {
                if incident.state == IncidentState::Closed {
                    parts.dangers.forget(&mut cx, incident.id);
                } else if incident.all_clear {
                    parts.dangers.over(&mut cx, incident.id);
                }
            }
            if let Effect::Escalation(call) = &effect {
                parts.push.on_escalation(&mut cx, call, parts.desk);
            }
            if let Some(slot) = out.get_mut(at) {
                *slot = effect;
            }
            at += 1;
        }
    }

    fn parts<'a>(&'a mut self, out: &'a mut Vec<Effect>) -> (Context<'a>, Parts<'a>) {
        (
            Context { now: self.now, registry: &mut self.registry, timers: &mut self.timers, out },
            Parts {
                watch: &mut self.watch,
                dispose: &mut self.dispose,
                push: &mut self.push,
                desk: &mut self.desk,
                weather: &mut self.weather,
                dangers: &mut self.dangers,
            },
        )
    }

    /// The whole state, to be loaded by [`Engine::load`].
    ///
    /// # Errors
    /// When a part cannot be written; does not happen with the types used.
    pub fn save(&self) -> Result<Vec<u8>, LoadError> {
        let head = Self::FORMAT.to_le_bytes().to_vec();
        Ok(postcard::to_extend(self, head)?)
    }

    /// A state written by [`Engine::save`].
    ///
    /// # Errors
    /// When the format is another one, or the bytes are damaged.
    pub fn load(bytes: &[u8]) -> Result<Self, LoadError> {
        let (head, body) = bytes.split_at_checked(4).unwrap_or((&[], bytes));
        let found = head.try_into().map_or(0, u32::from_le_bytes);
        if found != Self::FORMAT {
            return Err(LoadError::Format { found });
        }
        let mut engine: Self = postcard::from_bytes(body)?;
        engine.watch.prepare(&engine.registry);
        Ok(engine)
    }

    /// The moment of the last step.
    #[must_use]
    pub fn now(&self) -> Ms {
        self.now
    }

    /// Base data.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Base data, to be changed beside [`Engine::step`]: only for an engine that tries something out.
    pub(crate) fn registry_mut(&mut self) -> &mut Registry {
        &mut self.registry
    }

    /// Alarms and latest values.
    #[must_use]
    pub fn watch(&self) -> &Watch {
        &self.watch
    }

    /// Runs and commands.
    #[must_use]
    pub fn dispose(&self) -> &Dispose {
        &self.dispose
    }

    /// Notices.
    #[must_use]
    pub fn push(&self) -> &Push {
        &self.push
    }

    /// What feeds and people said of the weather.
    #[must_use]
    pub fn weather(&self) -> &Weather {
        &self.weather
    }

    /// Areas that models follow.
    #[must_use]
    pub fn dangers(&self) -> &Dangers {
        &self.dangers
    }

    /// Incidents.
    #[must_use]
    pub fn desk(&self) -> &Desk {
        &self.desk
    }
}

struct Parts<'a> {
    watch: &'a mut Watch,
    dispose: &'a mut Dispose,
    push: &'a mut Push,
    desk: &'a mut Desk,
    weather: &'a mut Weather,
    dangers: &'a mut Dangers,
}

impl Parts<'_> {
    fn look_at_wind(
        &mut self,
        cx: &mut Context<'_>,
        at: Ms,
        key: (IncidentId, PolicyId),
    ) -> Option<Origin> {
        let sky = Sky { watch: self.watch, weather: self.weather };
        self.dangers.timer(cx, sky, at, key)
    }

    /// Push, and what it tells a danger with.
    fn around(&mut self) -> (&mut Push, Around<'_>) {
        let sky = Sky { watch: self.watch, weather: self.weather };
        (self.push, Around { sky, dangers: self.dangers, desk: self.desk })
    }
}
