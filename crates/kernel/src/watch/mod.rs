//! Monitoring and early warning 监测预警: from readings to alarms. Start at [`Watch::reading`].
//!
//! Nearly every reading changes nothing, so the way of a quiet one is short: the newest value of its point is replaced,
//! and each rule of the point compares once (`Plan::quiet`). Only what is not quiet is judged (`condition`), may wait for
//! a delay (`slot`), and then moves an alarm (`alarms`) by the table of ISA-18.2 (`life`).

mod alarm;
mod alarms;
mod condition;
mod device;
mod drill;
mod escalate;
mod figures;
mod flood;
mod formula;
mod gateway;
mod layout;
mod life;
mod operator;
mod plan;
mod rule;
mod silence;
mod slot;
#[cfg(test)]
mod tests;

pub use alarm::*;
pub use figures::Figures;
pub use rule::*;

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use self::{
    alarms::Record,
    condition::{Sight, Verdict},
    device::DeviceWatch,
    drill::Drill,
    flood::Flood,
    plan::{Kinds, Plan},
    slot::{NORMAL, Slot},
};
use crate::{
    AlarmId, Answer, Context, DeviceId, IncidentId, Ms, PointId, Quality, Reading, Refusal, RuleId,
    Timer,
    effect::DeviceState,
    registry::{Place, Registry},
};

/// The newest value of a point.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Latest {
    /// When it was measured.
    pub at: Ms,
    /// When it came.
    pub received: Ms,
    /// The value in the unit of the point.
    pub value: f64,
    /// How far it can be trusted.
    pub quality: Quality,
}

impl Latest {
    /// Clocks that differ by less than this are right: NTP keeps them better, some payloads know whole seconds only.
    const CLOCK_TOLERANCE: Ms = Ms::seconds(2);

    /// Whether this value bears a moment that has not come yet, and one of `at` was measured after it came: then the clock of
    /// the device was ahead and was set right. Without that, readings would count as late until the wrong moment is
    /// reached, for as long as intake lets a clock be ahead.
    fn came_before(&self, at: Ms, now: Ms) -> bool {
        let present = now.after(Self::CLOCK_TOLERANCE);
        self.at > present && self.received < at && at <= present
    }
}

/// State of all points, rules and alarms.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Watch {
    points: Vec<PointState>,
    /// Slots of a point lie side by side, in the order of its kind's plans.
    slots: Vec<Slot>,
    devices: Vec<DeviceWatch>,
    alarms: BTreeMap<AlarmId, Record>,
    last_alarm: u64,
    flood: Flood,
    drills: BTreeMap<Arc<str>, Drill>,
    figures: Figures,
    /// How often the formula of a rule could not be worked out.
    failures: BTreeMap<RuleId, u64>,
    /// Since when the engine has been listening without a break.
    listening: Ms,
    #[serde(skip)]
    kinds: Kinds,
    #[serde(skip)]
    places: BTreeMap<DeviceId, Arc<Place>>,
}

/// State of a point.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct PointState {
    latest: Option<Latest>,
    /// Its first slot.
    base: u32,
    /// Its kind; [`PointState::GONE`] when its device was removed.
    kind: u32,
    /// One bit for each slot that may be busy, so that a quiet reading need not look at the slots at all.
    busy: u64,
}

impl PointState {
    const GONE: u32 = u32::MAX;
}

/// One rule at one point.
#[derive(Clone, Copy, Debug)]
struct Spot {
    point: PointId,
    kind: usize,
    nth: usize,
    slot: usize,
}

impl Watch {
    /// Takes a reading: known or new, late or in order; then asks every rule of its point.
    pub fn reading(&mut self, cx: &mut Context<'_>, reading: &Reading) -> Answer {
        if !reading.value.is_finite() {
            return Answer::Refused(Refusal::OutOfRange);
        }
        let Some(point) = self.points.get_mut(reading.point.index()) else {
            return Answer::Refused(Refusal::Unknown);
        };
        let Some(kind) = self.kinds.get(point.kind as usize) else {
            return Answer::Refused(Refusal::Unknown);
        };
        let first = match &point.latest {
            Some(newest) if reading.at < newest.at && !newest.came_before(reading.at, cx.now) => {
                return Answer::Late;
            }
            Some(newest) if reading.at == newest.at => {
                let same = newest.value.to_bits() == reading.value.to_bits();
                return if same { Answer::Duplicate } else { Answer::Conflict };
            }
            newest => newest.is_none(),
        };
        let mut reading = *reading;
        if !(kind.min..=kind.max).contains(&reading.value) {
            reading.quality = reading.quality.max(Quality::Uncertain);
        }
        let Reading { at, value, quality, .. } = reading;
        point.latest = Some(Latest { at, received: cx.now, value, quality });

        let (base, number) = (point.base as usize, point.kind as usize);
        let mut wakeful = 0_u64;
        for (nth, plan) in kind.plans.iter().take(Registry::MAX_RULES_OF_POINT).enumerate() {
            let busy = point.busy >> nth & 1 == 1;
            wakeful |= u64::from(!plan.quiet(busy, value, quality)) << nth;
        }
        let shared = !kind.also.is_empty();
        while wakeful != 0 {
            let nth = wakeful.trailing_zeros() as usize;
            wakeful &= wakeful - 1;
            let spot = Spot { point: reading.point, kind: number, nth, slot: base + nth };
            self.judge(cx, spot, &reading, at);
        }
        if shared {
            self.judge_shared(cx, number, reading.point);
        }
        if first {
            self.heard(cx, reading.point);
        }
        Answer::Done
    }

    /// Asks a rule about the newest reading of its point, because of something that was measured at `at`.
    fn judge(&mut self, cx: &mut Context<'_>, spot: Spot, reading: &Reading, at: Ms) {
        let Self { kinds, slots, points, devices, .. } = self;
        let Some(plan) = kinds.plan(spot.kind, spot.nth) else { return };
        let Some(slot) = slots.get_mut(spot.slot) else { return };
        let sight = Sight { registry: cx.registry, points, devices };
        let raw = match condition::ask(plan, slot, &sight, reading) {
            Verdict::Level(raw) => raw,
            Verdict::Nothing => return,
            Verdict::Failed => {
                let count = self.failures.entry(plan.id).or_default();
                *count = count.saturating_add(1);
                return;
            }
        };
        let step = slot.settle(plan, raw, at, cx.now, Some(reading));
        let (told, alarm, sign) = (slot.told, slot.alarm(), plan.sign());
        self.note_busy(spot);
        match step {
            Some(step) => self.take(cx, spot, step, Some(reading)),
            None if told != NORMAL => self.note_value(alarm, sign, reading.value),
            None => {}
        }
        self.arm(cx, spot);
    }

    /// Asks the expressions of other points of the device that this point takes part in.
    fn judge_shared(&mut self, cx: &mut Context<'_>, kind: usize, point: PointId) {
        let Some(own) = self.kinds.get(kind) else { return };
        let first = u32::try_from(own.place).ok().and_then(|place| point.0.checked_sub(place));
        let Some(first) = first else { return };
        for number in 0..own.also.len() {
            let link = self.kinds.get(kind).and_then(|own| own.also.get(number)).copied();
            let Some((place, nth)) = link else { continue };
            let Some(other) = u32::try_from(place).ok().map(|p| PointId(first + p)) else {
                continue;
            };
            let Some(state) = self.points.get(other.index()).copied() else { continue };
            let Some(latest) = state.latest else { continue };
            let slot = state.base as usize + nth;
            let spot = Spot { point: other, kind: state.kind as usize, nth, slot };
            let Latest { at, value, quality, .. } = latest;
            if quality == Quality::Good {
                let moment = self.latest(point).map_or(at, |own| own.at.max(at));
                self.judge(cx, spot, &Reading { point: other, at, value, quality }, moment);
            }
        }
    }

    /// A timer of this part is due.
    pub fn timer(&mut self, cx: &mut Context<'_>, at: Ms, timer: Timer) {
        self.note_lateness(cx.now, at);
        match timer {
            Timer::Rule(point, rule) => self.rule_timer(cx, at, point, rule),
            Timer::Alarm(alarm) => self.alarm_timer(cx, at, alarm),
            Timer::Device(device) => self.device_timer(cx, device),
            Timer::Flood => self.flood_timer(cx),
            Timer::Run(_)
            | Timer::Command(_)
            | Timer::Notice(_)
            | Timer::Incident(_)
            | Timer::Warning(_)
            | Timer::Danger(..) => {}
        }
    }

    /// A delay is over because no reading came, or a point is silent.
    fn rule_timer(&mut self, cx: &mut Context<'_>, at: Ms, point: PointId, rule: RuleId) {
        let Some(spot) = self.spot(point, rule) else { return };
        let Some(slot) = self.slots.get_mut(spot.slot).filter(|slot| slot.timer == at) else {
            return;
        };
        slot.timer = Ms::MAX;
        let Some(plan) = self.kinds.plan(spot.kind, spot.nth) else { return };
        let step = slot.overdue(plan, cx.now);
        self.note_busy(spot);
        if let Some(step) = step {
            self.take(cx, spot, step, None);
        }
        self.check_silence(cx, spot);
        self.check_hidden(cx, spot);
        self.arm(cx, spot);
    }

    /// Copies to the point whether a slot is busy; called whenever a slot has settled.
    fn note_busy(&mut self, spot: Spot) {
        let busy = self.slots.get(spot.slot).is_some_and(Slot::busy);
        if let Some(point) = self.points.get_mut(spot.point.index()) {
            let bit = 1 << spot.nth;
            point.busy = if busy { point.busy | bit } else { point.busy & !bit };
        }
    }

    /// Sets the timer of a slot, unless one is set that comes early enough: then it is set anew when that one is due.
    /// So a reading never touches the timers of a quiet slot.
    fn arm(&mut self, cx: &mut Context<'_>, spot: Spot) {
        let Some(plan) = self.kinds.plan(spot.kind, spot.nth) else { return };
        let Some(slot) = self.slots.get(spot.slot) else { return };
        let delay = slot.wake().unwrap_or(Ms::MAX);
        let silent = self.silent_from(plan, slot, spot.point, cx.now);
        let silent = silent.or_else(|| self.hidden_until(cx, plan, slot));
        let wake = delay.min(silent.unwrap_or(Ms::MAX));
        let (set, timer) = (slot.timer, Timer::Rule(spot.point, plan.id));
        if wake >= set {
            return;
        }
        if set != Ms::MAX {
            cx.timers.cancel(set, timer);
        }
        cx.timers.set(wake, timer);
        if let Some(slot) = self.slots.get_mut(spot.slot) {
            slot.timer = wake;
        }
    }

    /// Where a rule is asked at a point.
    fn spot(&self, point: PointId, rule: RuleId) -> Option<Spot> {
        let state = self.points.get(point.index())?;
        let kind = state.kind as usize;
        let nth = self.kinds.get(kind)?.plans.iter().position(|p| p.id == rule)?;
        Some(Spot { point, kind, nth, slot: state.base as usize + nth })
    }

    fn plan_of(&self, alarm: &Alarm) -> Option<&Plan> {
        let spot = self.spot(alarm.point, alarm.rule)?;
        self.kinds.plan(spot.kind, spot.nth)
    }

    /// Notes the incident of an alarm.
    pub fn set_incident(&mut self, alarm: AlarmId, incident: IncidentId) {
        if let Some(record) = self.alarms.get_mut(&alarm) {
            record.alarm.incident = Some(incident);
        }
    }

    /// The newest value of a point.
    #[must_use]
    pub fn latest(&self, point: PointId) -> Option<Latest> {
        self.points.get(point.index())?.latest
    }

    /// An alarm that is not closed.
    #[must_use]
    pub fn alarm(&self, id: AlarmId) -> Option<&Alarm> {
        self.alarms.get(&id).map(|record| &record.alarm)
    }

    /// All alarms that are not closed, oldest first.
    pub fn alarms(&self) -> impl DoubleEndedIterator<Item = &Alarm> {
        self.alarms.values().map(|record| &record.alarm)
    }

    /// The figures of the overview, as of the last event.
    #[must_use]
    pub fn figures(&self) -> Figures {
        Figures { flood: self.flood.on(), recent: self.flood.count(), ..self.figures }
    }

    /// How often the formula of a rule could not be worked out, for example because a value was missing.
    #[must_use]
    pub fn failures(&self, rule: RuleId) -> u64 {
        self.failures.get(&rule).copied().unwrap_or(0)
    }

    /// How a device looks on the map.
    #[must_use]
    pub fn device_state(&self, device: DeviceId) -> DeviceState {
        self.devices.get(device.index()).map_or(DeviceState::Unknown, |d| d.shown)
    }
}
