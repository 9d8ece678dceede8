//! Keeping points, slots and kinds in step with the base data.

use super::{
    DeviceWatch, Latest, PointState, Watch,
    plan::{Kinds, Test},
    slot::{NORMAL, Slot},
};
use crate::{
    Context, DeviceId, Ms, PointId, Reading, RuleId, Timer,
    registry::{DeviceSpec, Registry, RegistryChange},
};

impl Watch {
    /// Compiles the rules after the state was loaded: what is compiled is not part of it.
    pub(crate) fn prepare(&mut self, registry: &Registry) {
        self.kinds = Kinds::compile(registry, &self.kinds);
    }

    /// Base data changed: states of new points, withdrawal of alarms whose rule is gone.
    pub fn registry_changed(&mut self, cx: &mut Context<'_>, change: &RegistryChange) {
        match change {
            RegistryChange::PutDevice(spec) => self.put_device(cx, spec),
            RegistryChange::PutRule(rule) => {
                if let Some(id) = cx.registry.rules.find(&rule.key) {
                    self.put_rule(cx, RuleId(id));
                }
            }
            RegistryChange::PutProfile(_) => self.rearrange(cx.registry),
            // Places name facilities and posts.
            RegistryChange::PutFacility(_) | RegistryChange::PutPost(_) => self.places.clear(),
            RegistryChange::PutProgram(_)
            | RegistryChange::PutPolicy(_)
            | RegistryChange::PutPerson(_)
            | RegistryChange::RemovePerson(_)
            | RegistryChange::RemoveDevice(_) => {}
        }
    }

    /// A device is about to be removed: its alarms are withdrawn, its points take nothing any more.
    pub(crate) fn device_leaves(&mut self, cx: &mut Context<'_>, device: DeviceId) {
        let slots: Vec<usize> = self.slots_of(cx, device).collect();
        for slot in slots {
            self.withdraw(cx, slot);
        }
        let Some(leaving) = cx.registry.device(device) else { return };
        let first = leaving.first_point;
        let count = cx.registry.profile_of(leaving).map_or(0, |p| p.points.len());
        for point in (first.0..).map(PointId).take(count) {
            self.cancel_timers(cx, point);
            if let Some(state) = self.points.get_mut(point.index()) {
                state.kind = PointState::GONE;
                state.latest = None;
            }
        }
        if let Some(until) = self.maintenance(device) {
            self.cancel_maintenance(cx, device, until);
        }
        if let Some(watched) = self.devices.get_mut(device.index()) {
            *watched = DeviceWatch::default();
        }
        self.places.remove(&device);
    }

    fn cancel_timers(&mut self, cx: &mut Context<'_>, point: PointId) {
        let Some(state) = self.points.get(point.index()) else { return };
        let Some(kind) = self.kinds.get(state.kind as usize) else { return };
        let slots = self.slots.iter_mut().skip(state.base as usize);
        for (plan, slot) in kind.plans.iter().zip(slots) {
            if slot.timer != Ms::MAX {
                cx.timers.cancel(slot.timer, Timer::Rule(point, plan.id));
                slot.timer = Ms::MAX;
            }
        }
    }

    fn put_device(&mut self, cx: &mut Context<'_>, spec: &DeviceSpec) {
        let Some(device) = cx.registry.devices.by_key(&spec.key) else { return };
        let (id, profile, first) = (device.id, device.profile, device.first_point);
        self.places.remove(&id);
        if self.devices.get(id.index()).is_some_and(|d| d.known) {
            return;
        }
        if self.devices.len() <= id.index() {
            self.devices.resize_with(id.index() + 1, DeviceWatch::default);
        }
        if let Some(watched) = self.devices.get_mut(id.index()) {
            watched.known = true;
        }
        let count = cx.registry.points().saturating_sub(first.index());
        for (place, point) in (first.0..).map(PointId).take(count).enumerate() {
            self.put_point(cx, point, self.kinds.at(profile, place));
        }
    }

    /// Gives a new point its slots, and waits for it where its rules ask for that.
    fn put_point(&mut self, cx: &mut Context<'_>, point: PointId, kind: Option<usize>) {
        let rules = kind.and_then(|kind| self.kinds.get(kind)).map_or(0, |k| k.plans.len());
        let base = self.slots.len();
        self.points.push(PointState {
            latest: None,
            base: u32::try_from(base).unwrap_or(PointState::GONE),
            kind: kind.and_then(|k| u32::try_from(k).ok()).unwrap_or(PointState::GONE),
            busy: 0,
        });
        self.slots.resize_with(base + rules, Slot::default);
        for nth in 0..rules {
            self.wait_for(cx, point, nth);
        }
    }

    /// Sets the first timer of a rule that asks for silence.
    pub(super) fn wait_for(&mut self, cx: &mut Context<'_>, point: PointId, nth: usize) {
        let Some(state) = self.points.get(point.index()) else { return };
        let kind = state.kind as usize;
        let spot = super::Spot { point, kind, nth, slot: state.base as usize + nth };
        if self.kinds.plan(kind, nth).is_some_and(|p| matches!(p.test, Test::Silence { .. })) {
            self.arm(cx, spot);
        }
    }

    /// A rule is new or was changed. A change of words keeps its alarms; one that asks something else withdraws them.
    fn put_rule(&mut self, cx: &mut Context<'_>, id: RuleId) {
        let Some(rule) = cx.registry.rule(id) else { return };
        let before = self.kinds.find(id);
        let same = before.and_then(|(kind, nth)| self.kinds.plan(kind, nth)).is_some_and(|plan| {
            plan.asks_the_same(rule)
                && plan.rule.profile == rule.profile
                && plan.rule.point == rule.point
        });
        if same {
            self.kinds = Kinds::compile(cx.registry, &self.kinds);
            return;
        }
        let held = match before {
            Some((kind, nth)) => self.withdraw_rule(cx, id, kind, nth),
            None => Vec::new(),
        };
        self.rearrange(cx.registry);
        if let Some((kind, nth)) = self.kinds.find(id) {
            for point in self.points_of(kind) {
                self.wait_for(cx, point, nth);
            }
        }
        for point in held {
            self.ask_again(cx, point, id);
        }
    }

    /// Asks a changed rule about what is known, where it held before: a danger must not be off the desk until the next
    /// reading comes.
    fn ask_again(&mut self, cx: &mut Context<'_>, point: PointId, rule: RuleId) {
        let Some(spot) = self.spot(point, rule) else { return };
        let Some(Latest { at, value, quality, .. }) = self.latest(point) else { return };
        self.judge(cx, spot, &Reading { point, at, value, quality }, at);
    }

    /// Gives the points at which the rule held.
    fn withdraw_rule(
        &mut self,
        cx: &mut Context<'_>,
        rule: RuleId,
        kind: usize,
        nth: usize,
    ) -> Vec<PointId> {
        let mut held = Vec::new();
        for point in self.points_of(kind) {
            let Some(state) = self.points.get(point.index()) else { continue };
            let place = state.base as usize + nth;
            if self.slots.get(place).is_some_and(|slot| slot.told != NORMAL) {
                held.push(point);
            }
            self.withdraw(cx, place);
            if let Some(slot) = self.slots.get_mut(place) {
                if slot.timer != Ms::MAX {
                    cx.timers.cancel(slot.timer, Timer::Rule(point, rule));
                }
                *slot = Slot::default();
            }
        }
        held
    }

    fn points_of(&self, kind: usize) -> Vec<PointId> {
        (0..)
            .map(PointId)
            .zip(&self.points)
            .filter(|(_, state)| state.kind as usize == kind)
            .map(|(point, _)| point)
            .collect()
    }

    /// Compiles the rules anew and moves every slot to its new place.
    fn rearrange(&mut self, registry: &Registry) {
        let made = Kinds::compile(registry, &self.kinds);
        let old = std::mem::replace(&mut self.kinds, made);
        let mut slots = Vec::with_capacity(self.slots.len());
        for point in &mut self.points {
            let Some(before) = old.get(point.kind as usize) else { continue };
            let Some(kind) = self.kinds.at(before.profile, before.place) else { continue };
            let plans = self.kinds.get(kind).map_or(&[][..], |k| &k.plans);
            let base = slots.len();
            point.busy = 0;
            for (nth, plan) in plans.iter().enumerate() {
                let known = before.plans.iter().position(|p| p.id == plan.id);
                let slot = known.and_then(|nth| self.slots.get_mut(point.base as usize + nth));
                let slot = slot.map(std::mem::take).unwrap_or_default();
                point.busy |= u64::from(slot.busy()) << nth;
                slots.push(slot);
            }
            point.base = u32::try_from(base).unwrap_or(PointState::GONE);
            point.kind = u32::try_from(kind).unwrap_or(PointState::GONE);
        }
        self.slots = slots;
    }
}
