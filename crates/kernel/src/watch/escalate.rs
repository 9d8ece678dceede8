//! Escalation: while nobody takes note of an alarm, one post after another is called.

use std::sync::Arc;

use super::{Alarm, AlarmChange, AlarmState, Escalation, Watch};
use crate::{AlarmId, Context, Effect, Ms, Timer, effect::Call, registry::Registry};

impl Watch {
    /// A timer of an alarm: its shelf may be over, a post may have to be called.
    pub(super) fn alarm_timer(&mut self, cx: &mut Context<'_>, at: Ms, id: AlarmId) {
        let Some(record) = self.alarms.get_mut(&id).filter(|r| r.timer == at) else { return };
        record.timer = Ms::MAX;
        self.unshelve_due(cx, id);
        while self.next_call(id).is_some_and(|(due, _)| due <= cx.now) {
            self.escalate(cx, id);
        }
        self.arm_alarm(cx, id);
    }

    /// The next step of escalation, and when it is due.
    fn next_call(&self, id: AlarmId) -> Option<(Ms, &Escalation)> {
        let record = self.alarms.get(&id)?;
        let alarm = &record.alarm;
        let waits =
            matches!(alarm.state, AlarmState::Unacknowledged | AlarmState::ReturnedUnacknowledged);
        if !waits {
            return None;
        }
        let step = self.plan_of(alarm)?.rule.escalation.get(usize::from(alarm.escalated))?;
        Some((record.waiting_since.after(step.after), step))
    }

    fn escalate(&mut self, cx: &mut Context<'_>, id: AlarmId) {
        let Some((_, step)) = self.next_call(id) else { return };
        let role: Arc<str> = step.role.as_str().into();
        let Some(record) = self.alarms.get_mut(&id) else { return };
        let alarm = &mut record.alarm;
        alarm.escalated = alarm.escalated.saturating_add(1);
        alarm.changed = cx.now;
        let call = call(cx.registry, alarm, role, cx.now);
        cx.out.push(Effect::Alarm(AlarmChange::Escalated, Box::new(alarm.clone())));
        cx.out.push(Effect::Escalation(Box::new(call)));
    }

    /// Sets the timer of an alarm, unless one is set that comes early enough.
    pub(super) fn arm_alarm(&mut self, cx: &mut Context<'_>, id: AlarmId) {
        let call = self.next_call(id).map(|(due, _)| due);
        let Some(record) = self.alarms.get_mut(&id) else { return };
        let wake = call.unwrap_or(Ms::MAX).min(record.shelf.unwrap_or(Ms::MAX));
        if wake >= record.timer {
            return;
        }
        if record.timer != Ms::MAX {
            cx.timers.cancel(record.timer, Timer::Alarm(id));
        }
        cx.timers.set(wake, Timer::Alarm(id));
        record.timer = wake;
    }
}

/// The call to the post of a role that answers for the place of an alarm. Where no post does, the call stands without a
/// name: a defect that is shown.
fn call(registry: &Registry, alarm: &Alarm, role: Arc<str>, now: Ms) -> Call {
    let device = registry.device(alarm.device);
    let own = device.and_then(|d| registry.post_of(d)).filter(|(_, post)| {
        post.role == *role && !(post.person.is_empty() && post.phone.is_empty())
    });
    let near = || device.and_then(|d| registry.post_for(&role, &d.spec.facility, d.spec.area));
    let post = own.or_else(near).map(|(_, post)| post);
    Call {
        person: post.map_or("", |p| p.person.as_str()).into(),
        phone: post.map_or("", |p| p.phone.as_str()).into(),
        role,
        alarm: Some(alarm.id),
        incident: alarm.incident,
        run: None,
        at: now,
        before: None,
        drill: alarm.drill,
    }
}
