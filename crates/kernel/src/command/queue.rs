//! The duty officer's queue: an incident that nobody takes calls one post after another.

use std::sync::Arc;

use super::{Desk, IncidentState};
use crate::{AreaCode, Context, Effect, IncidentId, Ms, Timer, effect};

/// How long after its opening an incident that nobody took calls which post. The first step is the requirement "not taken
/// in 60 seconds"; the later ones leave the post called before two minutes to reach a screen, up to whoever may mobilise
/// the region.
pub(crate) const STEPS: [(Ms, &str); 3] = [
    (Ms::seconds(60), "duty-officer"),
    (Ms::seconds(180), "duty-leader"),
    (Ms::seconds(300), "emergency-director"),
];

/// After the last step the calls begin anew, until somebody takes it: so long between two calls at first, time for one
/// post to answer before the next is called.
const AGAIN: Ms = Ms::seconds(120);

/// Calls after which the pause becomes [`LATER`]: the first hour. A telephone that rings all the time is not answered any
/// more, and every call costs a notice.
const OFTEN: u16 = 33;
const LATER: Ms = Ms::seconds(20 * 60);

/// Sets the clock of the step that comes next.
pub(super) fn wait(cx: &mut Context<'_>, id: IncidentId, opened: Ms, escalated: u16) {
    let at = match STEPS.get(usize::from(escalated)) {
        Some((after, _)) => opened.after(*after).max(cx.now),
        None if escalated < OFTEN => cx.now.after(AGAIN),
        None => cx.now.after(LATER),
    };
    cx.timers.set(at, Timer::Incident(id));
}

impl Desk {
    /// Nobody took an incident in time: the next post is called. A post that nobody fills cannot answer, so the one after
    /// it is called at once.
    pub fn timer(&mut self, cx: &mut Context<'_>, _at: Ms, incident: IncidentId) {
        let Some(file) = self.files.get_mut(&incident) else { return };
        if file.incident.state != IncidentState::Open {
            return;
        }
        let (area, drill) = (file.incident.area, file.incident.drill);
        let mut calls = Vec::new();
        for _ in STEPS {
            let step = usize::from(file.incident.escalated) % STEPS.len();
            let Some((_, role)) = STEPS.get(step) else { break };
            file.incident.escalated = file.incident.escalated.wrapping_add(1).max(1);
            let next = call(cx, role, incident, area, drill);
            let filled = !next.person.is_empty() || !next.phone.is_empty();
            calls.push(next);
            if filled {
                break;
            }
        }
        file.incident.changed = cx.now;
        wait(cx, incident, file.incident.opened, file.incident.escalated);
        file.changed(cx);
        cx.out.extend(calls.into_iter().map(|call| Effect::Escalation(Box::new(call))));
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
