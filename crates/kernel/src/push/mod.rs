//! Information push 信息推送: who is told what, over which channel, and whether it arrived.

mod model;

pub use model::*;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    Answer, Context, Ms, NoticeId, Refusal,
    command::{Desk, Incident},
    effect,
    event::Action,
    watch::{Alarm, AlarmChange},
};

/// Notices of open incidents: the outbox of notices.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Push {
    notices: BTreeMap<NoticeId, Notice>,
}

impl Push {
    /// An alarm of an incident changed: tells the people in the danger area, leave first.
    pub fn on_alarm(
        &mut self,
        cx: &mut Context<'_>,
        change: AlarmChange,
        alarm: &Alarm,
        desk: &mut Desk,
    ) {
        let _ = (cx, change, alarm, desk);
    }

    /// A post is called.
    pub fn on_escalation(&mut self, cx: &mut Context<'_>, call: &effect::Call, desk: &mut Desk) {
        let _ = (cx, call, desk);
    }

    /// A channel or recipient reports.
    pub fn receipt(
        &mut self,
        cx: &mut Context<'_>,
        notice: NoticeId,
        channel: Channel,
        state: ReceiptState,
        detail: &str,
    ) -> Answer {
        let _ = (cx, notice, channel, state, detail);
        Answer::Refused(Refusal::Unknown)
    }

    /// Tells exactly the same set that the danger is over.
    pub fn all_clear(&mut self, cx: &mut Context<'_>, incident: &Incident) {
        let _ = (cx, incident);
    }

    /// No receipt in time.
    pub fn timer(&mut self, cx: &mut Context<'_>, at: Ms, notice: NoticeId) {
        let _ = (cx, at, notice);
    }

    /// A person answered or visited.
    pub fn action(&mut self, cx: &mut Context<'_>, action: &Action) -> Answer {
        let _ = (cx, action);
        Answer::Refused(Refusal::Unknown)
    }

    /// Notices of open incidents, oldest first.
    pub fn notices(&self) -> impl Iterator<Item = &Notice> {
        self.notices.values()
    }

    /// A notice of an open incident.
    #[must_use]
    pub fn notice(&self, id: NoticeId) -> Option<&Notice> {
        self.notices.get(&id)
    }
}
