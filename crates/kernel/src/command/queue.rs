//! The duty officer's queue: an incident that nobody takes calls one post after another.

use std::sync::Arc;

use super::{Desk, IncidentState};
use crate::{AreaCode, Context, Effect, IncidentId, Ms, Timer, effect};

/// How long after its opening an incident that nobody took calls which post. The first step is the requirement "not taken
/// in 60 seconds"; the later ones leave the post called before two minutes to reach a screen, and end with whoever may
/// mobilise the region.
pub(crate) const STEPS: [(Ms, &str); 3] = [
    (Ms::seconds(60), "duty-officer"),
    (Ms::seconds(180), "duty-leader"),
    (Ms::seconds(300), "emergency-director"),
];

/// Sets the clock of the step that comes next.
pub(super) fn wait(cx: &mut Context<'_>, id: IncidentId, opened: Ms, escalated: u8) {
    if let Some((after, _)) = STEPS.get(usize::from(escalated)) {
        cx.timers.set(opened.after(*after), Timer::Incident(id));
    }
}

impl Desk {
    /// Nobody took an incident in time.
    pub fn timer(&mut self, cx: &mut Context<'_>, _at: Ms, incident: IncidentId) {
        let Some(file) = self.files.get_mut(&incident) else { return };
        if file.incident.state != IncidentState::Open {
            return;
        }
        let Some((_, role)) = STEPS.get(usize::from(file.incident.escalated)) else { return };
        file.incident.escalated = file.incident.escalated.saturating_add(1);
        file.incident.changed = cx.now;
        let (area, drill) = (file.incident.area, file.incident.drill);
        wait(cx, incident, file.incident.opened, file.incident.escalated);
        file.changed(cx);
        let call = call(cx, role, incident, area, drill);
        cx.out.push(Effect::Escalation(Box::new(call)));
    }
}

/// The call to whoever fills a role for an area. Nobody there is a defect that the call shows.
pub(crate) fn call(
    cx: &Context<'_>,
    role: &str,
    incident: IncidentId,
    area: AreaCode,
    drill: bool,
) -> effect::Call {
    let post = cx.registry.post_for(role, "", area).map(|(_, post)| post);
    effect::Call {
        role: Arc::from(role),
        person: post.map_or("", |p| p.person.as_str()).into(),
        phone: post.map_or("", |p| p.phone.as_str()).into(),
        alarm: None,
        incident: Some(incident),
        run: None,
        at: cx.now,
        before: None,
        drill,
    }
}
