//! Alarms that are not closed: raised by a step of a slot, moved only by the table in `life`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    Alarm, AlarmChange, AlarmState, Spot, Watch,
    condition::{self, Sight},
    life::{self, Facts, Input},
    plan::Plan,
    slot::{MAX_READINGS, NORMAL, Step},
};
use crate::{
    AlarmId, Context, DeviceId, Effect, Ms, PointId, Reading, Timer,
    registry::{Device, Place},
};

/// An alarm and what only the engine needs to know of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Record {
    pub alarm: Alarm,
    /// Whether an operator ever saw it.
    pub announced: bool,
    /// Until when a person put it aside.
    pub shelf: Option<Ms>,
    /// The level it had then.
    pub shelf_level: u8,
    /// Since when it waits for a person to take note.
    pub waiting_since: Ms,
    /// When its timer will wake it; `Ms::MAX` when none is set.
    pub timer: Ms,
}

impl Watch {
    /// A slot changed its level: its alarm is raised, moved or cleared.
    pub(super) fn take(
        &mut self,
        cx: &mut Context<'_>,
        spot: Spot,
        step: Step,
        reading: Option<&Reading>,
    ) {
        let Some(slot) = self.slots.get_mut(spot.slot) else { return };
        let id = slot.alarm();
        let begins = step.from == NORMAL;
        let chatters = begins && slot.note_raise(step.since);
        match id {
            None if begins => self.raise(cx, spot, step, reading, chatters),
            None => {}
            Some(id) => {
                let input = match step {
                    Step { to: NORMAL, .. } => Input::Clear,
                    Step { from: NORMAL, .. } => Input::Raise,
                    Step { from, to, .. } if to > from => Input::Worsen,
                    Step { .. } => Input::Ease,
                };
                self.change_level(id, spot, step.to, reading);
                self.advance(cx, id, input, |_| {});
                if input == Input::Clear {
                    self.heard_again(cx, spot, id);
                }
                if begins {
                    self.set_chattering(cx, id, chatters);
                }
            }
        }
    }

    /// What was silent is heard again: nothing is left of an alarm that was suppressed behind a gateway, and who waits for
    /// this device as a gateway learns of it.
    fn heard_again(&mut self, cx: &mut Context<'_>, spot: Spot, id: AlarmId) {
        let silence = self.kinds.plan(spot.kind, spot.nth).is_some_and(Plan::is_silence);
        if silence && let Some(device) = cx.registry.device_of(spot.point).map(|d| d.id) {
            self.note_back(device, cx.now);
            self.unhide(cx, id);
        }
    }

    /// Notes level, priority and value of an alarm, before it is moved.
    fn change_level(&mut self, id: AlarmId, spot: Spot, level: i8, reading: Option<&Reading>) {
        let Some(plan) = self.kinds.plan(spot.kind, spot.nth) else { return };
        let Some(record) = self.alarms.get_mut(&id) else { return };
        let alarm = &mut record.alarm;
        self.figures.remove(alarm);
        alarm.active = level != NORMAL;
        if let Ok(level) = u8::try_from(level) {
            alarm.level = level;
            alarm.priority = plan.priority(level);
            if let Some(reading) = reading {
                set_value(alarm, plan.sign(), reading.value);
            }
        }
        self.figures.add(alarm);
    }

    /// A further reading of an active alarm.
    pub(super) fn note_value(&mut self, alarm: Option<AlarmId>, sign: f64, value: f64) {
        if let Some(record) = alarm.and_then(|id| self.alarms.get_mut(&id)) {
            set_value(&mut record.alarm, sign, value);
        }
    }

    fn raise(
        &mut self,
        cx: &mut Context<'_>,
        spot: Spot,
        step: Step,
        reading: Option<&Reading>,
        chatters: bool,
    ) {
        let Some(alarm) = self.new_alarm(cx, spot, step, reading) else { return };
        let (id, device) = (alarm.id, alarm.device);
        self.last_alarm = id.0;
        if let Some(slot) = self.slots.get_mut(spot.slot) {
            slot.set_alarm(Some(id));
        }
        let aside = self.devices.get(device.index()).and_then(|d| d.aside.clone());
        let gateway = self.hidden_behind(cx.registry, &alarm).map(|gateway| gateway.key.clone());
        let record = Record {
            alarm,
            announced: false,
            shelf: None,
            shelf_level: 0,
            waiting_since: cx.now,
            timer: Ms::MAX,
        };
        self.alarms.insert(id, record);
        self.advance(cx, id, Input::Raise, |record| {
            if let Some(aside) = aside {
                (record.alarm.by, record.alarm.reason) = (Some(aside.0), aside.1);
            } else if let Some(gateway) = gateway {
                record.alarm.reason = format!("gateway lost: {gateway}");
            }
        });
        self.set_chattering(cx, id, chatters);
    }

    fn new_alarm(
        &mut self,
        cx: &Context<'_>,
        spot: Spot,
        step: Step,
        reading: Option<&Reading>,
    ) -> Option<Alarm> {
        let device = cx.registry.device_of(spot.point)?;
        let place = self.place(cx, device);
        let plan = self.kinds.plan(spot.kind, spot.nth)?;
        let slot = self.slots.get(spot.slot)?;
        let latest = self.points.get(spot.point.index())?.latest;
        let reading = reading.copied().or_else(|| {
            latest.map(|l| Reading {
                point: spot.point,
                at: l.at,
                value: l.value,
                quality: l.quality,
            })
        });
        let sight = Sight { registry: cx.registry, points: &self.points, devices: &self.devices };
        let evidence = reading.as_ref().map(|r| condition::evidence(plan, slot, &sight, r));
        let readings = with_delay(spot.point, step.readings, evidence.unwrap_or_default());
        let level = u8::try_from(step.to).unwrap_or(0);
        let value = reading.map_or(0.0, |r| r.value);
        let worst = |a: f64, b: f64| if plan.sign() < 0.0 { a.min(b) } else { a.max(b) };
        Some(Alarm {
            id: AlarmId(self.last_alarm.saturating_add(1)),
            rule: plan.id,
            rule_key: Arc::clone(&plan.rule.key),
            point: spot.point,
            device: device.id,
            state: AlarmState::Closed,
            active: true,
            acknowledged: false,
            level,
            priority: plan.priority(level),
            since: step.since,
            raised: cx.now,
            changed: cx.now,
            peak: readings
                .iter()
                .filter(|r| r.point == spot.point)
                .fold(value, |peak, r| worst(peak, r.value)),
            readings: readings.into(),
            value,
            place,
            by: None,
            reason: String::new(),
            until: None,
            escalated: 0,
            chattering: false,
            incident: None,
            drill: self.in_drill(device),
        })
    }

    /// The place of a device, worked out once.
    fn place(&mut self, cx: &Context<'_>, device: &Device) -> Arc<Place> {
        let make = || Arc::new(cx.registry.place_of(device));
        Arc::clone(self.places.entry(device.id).or_insert_with(make))
    }

    /// Moves an alarm by the table, after `edit`; tells the outside, the map too. Whether the move was possible.
    pub(super) fn advance(
        &mut self,
        cx: &mut Context<'_>,
        id: AlarmId,
        input: Input,
        edit: impl FnOnce(&mut Record),
    ) -> bool {
        let Some(device) = self.alarm(id).map(|alarm| alarm.device) else { return false };
        let moved = self.advance_only(cx, id, input, edit);
        self.refresh(cx, device);
        moved
    }

    /// The same for one of several alarms of a device: the map is told when all are moved.
    pub(super) fn advance_only(
        &mut self,
        cx: &mut Context<'_>,
        id: AlarmId,
        input: Input,
        edit: impl FnOnce(&mut Record),
    ) -> bool {
        let Some(facts) = self.facts(cx, id) else { return false };
        let until = self.alarms.get(&id).map(|r| r.alarm.device).and_then(|d| self.maintenance(d));
        let Some(record) = self.alarms.get_mut(&id) else { return false };
        let from = record.alarm.state;
        let Some(to) = life::transition(from, input, facts) else { return false };
        self.figures.remove(&record.alarm);
        edit(record);
        if input == Input::Shelve {
            record.shelf_level = record.alarm.level;
        } else if to.is_heard() {
            record.shelf = None;
        }
        let shelf = record.shelf;
        let alarm = &mut record.alarm;
        alarm.state = to;
        alarm.changed = cx.now;
        // What is played puts no load on whoever watches what is real.
        let counts = !alarm.drill;
        let anew = life::asks_anew(from, to);
        if anew {
            alarm.acknowledged = false;
            alarm.escalated = 0;
            record.waiting_since = cx.now;
        }
        alarm.acknowledged |= matches!(input, Input::Acknowledge | Input::Shelve);
        alarm.until = match to {
            AlarmState::Shelved => shelf,
            AlarmState::Suppressed => until,
            AlarmState::Unacknowledged
            | AlarmState::Acknowledged
            | AlarmState::ReturnedUnacknowledged
            | AlarmState::Latched
            | AlarmState::OutOfService
            | AlarmState::Closed => None,
        };
        record.announced |= to.is_heard();
        self.figures.add(alarm);
        cx.out.push(Effect::Alarm(life::change_of(input, from), Box::new(alarm.clone())));
        if to == AlarmState::Closed {
            self.forget(cx, id);
        } else {
            self.arm_alarm(cx, id);
        }
        if counts && to == AlarmState::Unacknowledged && (anew || input == Input::Raise) {
            self.note_flood(cx);
        }
        true
    }

    fn facts(&self, cx: &Context<'_>, id: AlarmId) -> Option<Facts> {
        let Record { alarm, announced, shelf, shelf_level, .. } = self.alarms.get(&id)?;
        let rule = self.plan_of(alarm).map(|plan| &plan.rule);
        let device = self.devices.get(alarm.device.index());
        Some(Facts {
            active: alarm.active,
            acknowledged: alarm.acknowledged,
            announced: *announced,
            shelved: shelf.is_some_and(|until| until > cx.now),
            worse: alarm.level > *shelf_level,
            suppressed: device.is_some_and(|d| d.until.is_some())
                || self.hidden_behind(cx.registry, alarm).is_some(),
            out_of_service: device.is_some_and(|d| d.out_of_service),
            latched: rule.is_some_and(|r| r.latched),
            acknowledge: rule.is_none_or(|r| r.acknowledge),
        })
    }

    fn set_chattering(&mut self, cx: &mut Context<'_>, id: AlarmId, chatters: bool) {
        let Some(record) = self.alarms.get_mut(&id) else { return };
        let alarm = &mut record.alarm;
        if alarm.chattering == chatters {
            return;
        }
        self.figures.remove(alarm);
        alarm.chattering = chatters;
        self.figures.add(alarm);
        if chatters {
            alarm.changed = cx.now;
            cx.out.push(Effect::Alarm(AlarmChange::Chattering, Box::new(alarm.clone())));
        }
    }

    /// A closed alarm leaves at once: history has it.
    fn forget(&mut self, cx: &mut Context<'_>, id: AlarmId) {
        let Some(record) = self.alarms.remove(&id) else { return };
        if record.timer != Ms::MAX {
            cx.timers.cancel(record.timer, Timer::Alarm(id));
        }
        if let Some(spot) = self.spot(record.alarm.point, record.alarm.rule)
            && let Some(slot) = self.slots.get_mut(spot.slot)
        {
            slot.set_alarm(None);
        }
    }

    /// Closes the alarm of a slot whose rule or device goes, or whose drill ends, and forgets what the slot knew.
    pub(super) fn withdraw(&mut self, cx: &mut Context<'_>, slot: usize) {
        if let Some(id) = self.slots.get(slot).and_then(super::Slot::alarm) {
            self.advance(cx, id, Input::Withdraw, |record| record.alarm.active = false);
        }
        if let Some(slot) = self.slots.get_mut(slot) {
            slot.reset();
        }
    }

    /// The open alarms of a device, oldest first.
    pub(super) fn alarms_of(&self, cx: &Context<'_>, device: DeviceId) -> Vec<AlarmId> {
        let mut list: Vec<AlarmId> = self
            .slots_of(cx, device)
            .filter_map(|slot| self.slots.get(slot).and_then(super::Slot::alarm))
            .collect();
        list.sort_unstable();
        list
    }
}

/// The readings of an alarm: those of a delay at its own point, if there was one, and those of other points beside them.
/// When there are too many, the middle of the delay is left out.
fn with_delay(point: PointId, delay: Vec<Reading>, evidence: Vec<Reading>) -> Vec<Reading> {
    if delay.is_empty() {
        return evidence;
    }
    let mut list = delay;
    let others = evidence.into_iter().filter(|r| r.point != point).take(MAX_READINGS / 2);
    for other in others {
        if list.len() >= MAX_READINGS {
            list.remove(1);
        }
        list.push(other);
    }
    list.sort_by_key(|r| (r.at, r.point));
    list
}

fn set_value(alarm: &mut Alarm, sign: f64, value: f64) {
    alarm.value = value;
    alarm.peak = if sign < 0.0 { alarm.peak.min(value) } else { alarm.peak.max(value) };
}
