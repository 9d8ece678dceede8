//! Emergency command 应急指挥: the incident from first alarm to closed file.

mod model;

pub use model::*;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    Answer, Context, Effect, IncidentId, Ms, Refusal,
    event::{Action, Call},
    push::Push,
    watch::{Alarm, AlarmChange},
};

/// The duty officer's desk: incidents that are not closed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Desk {
    incidents: BTreeMap<IncidentId, Incident>,
}

impl Desk {
    /// An alarm changed: it opens or joins an incident, and the timeline gets a line. Gives the incident.
    pub fn on_alarm(
        &mut self,
        cx: &mut Context<'_>,
        change: AlarmChange,
        alarm: &mut Alarm,
    ) -> Option<IncidentId> {
        let _ = (cx, change, alarm);
        None
    }

    /// Another part decided something: the timeline of its incident gets a line.
    pub fn on_effect(&mut self, cx: &mut Context<'_>, effect: &Effect) {
        let _ = (cx, effect);
    }

    /// A person reports something: it opens or joins an incident.
    pub fn call(&mut self, cx: &mut Context<'_>, call: &Call) -> Answer {
        let _ = (cx, call);
        Answer::Refused(Refusal::Unknown)
    }

    /// A person did something to an incident.
    pub fn action(&mut self, cx: &mut Context<'_>, push: &mut Push, action: &Action) -> Answer {
        let _ = (cx, push, action);
        Answer::Refused(Refusal::Unknown)
    }

    /// Nobody took an incident in time.
    pub fn timer(&mut self, cx: &mut Context<'_>, at: Ms, incident: IncidentId) {
        let _ = (cx, at, incident);
    }

    /// Incidents that are not closed, oldest first.
    pub fn incidents(&self) -> impl Iterator<Item = &Incident> {
        self.incidents.values()
    }

    /// An incident that is not closed.
    #[must_use]
    pub fn incident(&self, id: IncidentId) -> Option<&Incident> {
        self.incidents.get(&id)
    }
}
