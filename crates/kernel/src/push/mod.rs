//! Information push 信息推送: who is told what, over which channel, and whether it arrived.
//!
//! Start at [`Push::on_alarm`]: the danger area (`area.rs`) gives the audience (`audience.rs`); each recipient gets a
//! notice that walks its ladder of channels (`ladder.rs`) until a receipt (`receipts.rs`) or a named visitor
//! (`visit.rs`) ends it. The public warning goes beside it (`warning.rs`).

mod area;
mod audience;
mod book;
#[cfg(test)]
mod chain;
mod draft;
mod ladder;
mod model;
#[cfg(test)]
mod props;
mod receipts;
mod task;
#[cfg(test)]
mod tests;
mod visit;
mod warning;

pub use model::*;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use self::{
    book::{Entry, Purpose, Standing, Told},
    draft::Draft,
    visit::Visits,
};
use crate::{
    AlarmId, Answer, Context, Effect, IncidentId, Ms, NoticeId, PolicyId, PostId, Refusal, Text,
    Timer,
    command::{Desk, Incident, IncidentState, words},
    danger::{Dangers, Origin, Sky},
    effect, event,
    registry::Party,
    watch::{Alarm, AlarmChange},
};

/// Notices of open incidents: the outbox of notices.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Push {
    /// Number of the notice made last.
    last: u64,
    outbox: BTreeMap<NoticeId, Entry>,
    told: BTreeMap<IncidentId, Told>,
}

/// What a danger is told with: the weather, the areas that follow it, and the desk that notes who was told.
pub struct Around<'a> {
    /// Values and weather.
    pub sky: Sky<'a>,
    /// Areas that models follow.
    pub dangers: &'a mut Dangers,
    /// Incidents.
    pub desk: &'a mut Desk,
}

/// Notices made at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Batch {
    /// How many recipients were told to do what.
    pub counts: BTreeMap<Protective, u32>,
}

impl Push {
    /// A post that was called about an incident is not called again within this time: fifty alarms of one fire must not
    /// ring one telephone fifty times.
    const CALL_AGAIN: Ms = Ms::seconds(60);

    /// Passes numbers over: see [`crate::Event::Restored`].
    pub fn skip_numbers(&mut self, count: u64) {
        self.last = self.last.saturating_add(count);
    }

    /// An alarm of an incident changed: tells the people in the danger area, leave first.
    ///
    /// Tells nobody twice: a further alarm of the same incident tells those who were not told yet, and those who must now
    /// do something stronger (leave instead of stay away).
    pub fn on_alarm(
        &mut self,
        cx: &mut Context<'_>,
        change: AlarmChange,
        alarm: &Alarm,
        around: &mut Around<'_>,
    ) {
        if !tells(change, alarm) {
            return;
        }
        let Some(incident) = alarm.incident else { return };
        let registry = &*cx.registry;
        let Some(rule) = registry.rule(alarm.rule) else { return };
        let Some(policy) = rule.policy.as_deref().and_then(|key| registry.policy_id(key)) else {
            return;
        };
        let enough = |p: &Policy| alarm.level >= p.from_level;
        if !registry.policies.get(policy.index()).is_some_and(enough) {
            return;
        }
        let Some(device) = registry.device(alarm.device) else { return };
        let origin = Origin::of_alarm(registry, (incident, policy), (device, rule), alarm);
        self.on_danger(cx, &origin, change == AlarmChange::RaisedLevel, around);
    }

    /// A credible call speaks of a danger: people are told at once, as by an alarm.
    pub fn on_call(
        &mut self,
        cx: &mut Context<'_>,
        incident: IncidentId,
        call: &event::Call,
        around: &mut Around<'_>,
    ) {
        if !call.credible {
            return;
        }
        let Some(incident) = around.desk.incident(incident) else { return };
        let asks = |policy: &Policy| policy.on_call.iter().any(|kind| **kind == *incident.kind);
        let found = cx.registry.policies.iter().filter(|(_, policy)| asks(policy));
        let origins: Vec<Origin> = found
            .map(|(id, _)| Origin::of_call(cx.registry, PolicyId(id), incident, call))
            .collect();
        for origin in origins {
            self.on_danger(cx, &origin, false, around);
        }
    }

    /// There is a danger, or it reaches elsewhere now: tells whoever was not told yet, and whoever must now do something
    /// stronger. `worse`: its level rose, so the public is told again even when its area did not grow.
    pub fn on_danger(
        &mut self,
        cx: &mut Context<'_>,
        origin: &Origin,
        worse: bool,
        around: &mut Around<'_>,
    ) {
        let Some(policy) = cx.registry.policies.get(origin.policy.index()).cloned() else { return };
        let zones = around.dangers.zones(cx, around.sky, &policy, origin);
        let registry = &*cx.registry;
        let scene = draft::Scene { policy: &policy, zones: &zones, origin };
        let told = self.told.entry(origin.incident).or_default();
        let fresh = audience::audience(registry, &policy, &zones, origin);
        let fresh: Vec<_> = fresh.into_iter().filter(|t| told.is_new(t.party, t.action)).collect();
        let drafts = draft::drafts(registry, &scene, &fresh);
        let warning = warning::tell(told, registry, cx.now, &scene, worse);
        let vacant = audience::vacant(registry, &policy, origin);
        self.reopen(cx, origin.incident);
        let batch = self.tell(cx, drafts, Purpose::Audience);
        if let Some(warning) = warning {
            self.publish(cx, warning);
        }
        around.desk.people_told(cx, origin.incident, &zones, &batch);
        for role in vacant {
            self.miss(cx, &role, origin);
        }
    }

    /// A role that a policy tells is filled by nobody: shown once for each incident, because somebody must do its task.
    fn miss(&mut self, cx: &mut Context<'_>, role: &str, origin: &Origin) {
        let known = |told: &Told| told.sought.contains_key(role);
        if !self.told.get(&origin.incident).is_some_and(known) {
            self.seek(cx, role, origin.incident, origin.area, origin.drill);
        }
    }

    /// A warning that still holds is about to expire: it is renewed, so that no receiver drops it.
    pub(crate) fn renew(&mut self, cx: &mut Context<'_>, at: Ms, incident: IncidentId) {
        let Some(told) = self.told.get_mut(&incident).filter(|told| told.renew == Some(at)) else {
            return;
        };
        told.renew = None;
        if let Some(warning) = warning::renew(told, cx.now) {
            self.publish(cx, warning);
        }
    }

    fn publish(&mut self, cx: &mut Context<'_>, warning: Warning) {
        if let Some(told) = self.told.get_mut(&warning.incident) {
            told.wake(cx.timers, warning.incident, warning::renewal(&warning));
        }
        cx.out.push(Effect::Warning(Box::new(warning)));
    }

    /// A post is called: it gets a task on its screen and telephone, when it is about an incident.
    pub fn on_escalation(&mut self, cx: &mut Context<'_>, call: &effect::Call, desk: &mut Desk) {
        let by_alarm = |alarm: AlarmId| desk.incident_of(alarm);
        let Some(id) = call.incident.or_else(|| call.alarm.and_then(by_alarm)) else { return };
        let Some(incident) = desk.incident(id) else { return };
        let Some(draft) = draft::call(cx.registry, incident, call) else { return };
        let again = self.told.get(&id).and_then(|told| told.called.get(&draft.party));
        if again.is_some_and(|at| cx.now.since(*at) < Self::CALL_AGAIN) {
            return;
        }
        self.told.entry(id).or_default().called.insert(draft.party, cx.now);
        self.tell(cx, vec![draft], Purpose::Call);
    }

    /// Most posts of one call-down: those of a region, and a screen that can still be looked through.
    pub const MOST_CALLED: usize = 1_000;

    /// Tells posts of a drill's incident, to see who answers. Nobody is called in their stead: who does not answer is what the
    /// test is to show.
    pub fn call_posts(
        &mut self,
        cx: &mut Context<'_>,
        desk: &Desk,
        incident: IncidentId,
        posts: &[PostId],
        within: Ms,
        text: &Text,
    ) -> Answer {
        let Some(found) = desk.incident(incident) else {
            return Answer::Refused(Refusal::Unknown);
        };
        if !found.drill || found.state == IncidentState::Closed {
            return Answer::Refused(Refusal::WrongState);
        }
        if posts.is_empty() || posts.len() > Self::MOST_CALLED {
            return Answer::Refused(Refusal::OutOfRange);
        }
        let known: BTreeSet<PostId> = posts.iter().copied().collect();
        let drafts: Option<Vec<Draft>> = known
            .into_iter()
            .map(|id| {
                let post = cx.registry.posts.get(id.index())?;
                let text = words::marked(text);
                let task = draft::task(cx.registry, incident, None, (id, post), text, true);
                let ladder = Arc::from([Rung { channel: Channel::Screen, wait: within }]);
                Some(Draft { ladder, ..task })
            })
            .collect();
        let Some(drafts) = drafts else { return Answer::Refused(Refusal::Unknown) };
        self.tell(cx, drafts, Purpose::Call);
        Answer::Done
    }

    /// Tells exactly the same set that the danger is over. Notices on their way stop: nobody is told to leave after the
    /// all-clear. Visits to people who could not be reached or need help go on.
    pub(crate) fn all_clear(&mut self, cx: &mut Context<'_>, incident: &Incident) -> Batch {
        let Some(told) = self.told.get_mut(&incident.id) else { return Batch::default() };
        let warning = warning::cancel(told, cx.registry, cx.now, incident);
        let parties = std::mem::take(&mut told.parties);
        told.tasked.clear();
        told.cleared = true;
        for id in &told.notices {
            // Visitors and called staff still have their task.
            if let Some(entry) = self.outbox.get_mut(id)
                && entry.purpose == Purpose::Audience
            {
                entry.halt(cx.timers);
            }
        }
        let mut drafts: Vec<Draft> = Vec::with_capacity(parties.len());
        let mut texts: BTreeMap<_, Arc<Text>> = BTreeMap::new();
        for standing in parties.values() {
            let Some(entry) = self.outbox.get(&standing.notice) else { continue };
            let text = texts.entry(standing.policy).or_insert_with(|| {
                draft::all_clear_text(cx.registry, standing.policy, incident, &incident.place)
            });
            drafts.push(draft::all_clear(entry, text.clone()));
        }
        let batch = self.tell(cx, drafts, Purpose::Audience);
        if let Some(warning) = warning {
            self.publish(cx, warning);
        }
        batch
    }

    /// Forgets the notices of an incident that is closed; history has them.
    pub fn incident_closed(&mut self, cx: &mut Context<'_>, incident: IncidentId) {
        let Some(mut told) = self.told.remove(&incident) else { return };
        told.wake(cx.timers, incident, None);
        for id in told.notices {
            if let Some(entry) = self.outbox.remove(&id)
                && let Some(due) = entry.due
            {
                cx.timers.cancel(due, Timer::Notice(id));
            }
        }
    }

    /// Whether people, or the public by a warning, were told of a danger of this incident and not yet that it is over.
    #[must_use]
    pub fn owes_all_clear(&self, incident: IncidentId) -> bool {
        self.told.get(&incident).is_some_and(|told| {
            told.parties.values().any(|standing| !standing.staff)
                || told.warning.as_ref().is_some_and(|warning| !warning.cancel)
        })
    }

    /// Whether somebody of this incident is not safe yet as far as is known: needs help, or is being visited because no
    /// channel reached them.
    #[must_use]
    pub fn awaits_people(&self, incident: IncidentId) -> bool {
        self.entries_of(incident).any(|entry| match entry.notice.state {
            NoticeState::NeedsHelp => true,
            NoticeState::Visiting => !entry.replaced && entry.notice.action < Protective::Task,
            NoticeState::Targeted
            | NoticeState::Sent
            | NoticeState::Delivered
            | NoticeState::Read
            | NoticeState::Acknowledged
            | NoticeState::Failed
            | NoticeState::Visited
            | NoticeState::Unreachable => false,
        })
    }

    /// Whether a notice is still to be handed to a channel: nothing took its place, the danger it speaks of is not over,
    /// and its recipient has not answered. What waited in a queue is asked about before it leaves.
    #[must_use]
    pub fn is_wanted(&self, id: NoticeId) -> bool {
        self.outbox.get(&id).is_some_and(|e| !e.halted && !e.notice.state.is_final())
    }

    /// How the recipients of an incident stand: how many notices are in each state. All-clears do not count, nor do
    /// notices that a stronger one to the same recipient replaced.
    #[must_use]
    pub fn summary(&self, incident: IncidentId) -> BTreeMap<NoticeState, u32> {
        let mut counts = BTreeMap::new();
        for entry in self
            .entries_of(incident)
            .filter(|e| !e.replaced && e.notice.action != Protective::AllClear)
        {
            *counts.entry(entry.notice.state).or_insert(0) += 1;
        }
        counts
    }

    /// Notices of an open incident, oldest first.
    pub fn notices_of(&self, incident: IncidentId) -> impl Iterator<Item = &Notice> {
        self.entries_of(incident).map(|e| &e.notice)
    }

    /// Notices of open incidents, oldest first.
    pub fn notices(&self) -> impl DoubleEndedIterator<Item = &Notice> {
        self.outbox.values().map(|e| &e.notice)
    }

    /// A notice of an open incident.
    #[must_use]
    pub fn notice(&self, id: NoticeId) -> Option<&Notice> {
        self.outbox.get(&id).map(|e| &e.notice)
    }

    fn entries_of(&self, incident: IncidentId) -> impl Iterator<Item = &Entry> {
        let ids = self.told.get(&incident).map_or(&[][..], |told| &told.notices);
        ids.iter().filter_map(|id| self.outbox.get(id))
    }

    /// Numbers drafts in their order, files them and sends each over its first channel.
    fn tell(&mut self, cx: &mut Context<'_>, drafts: Vec<Draft>, purpose: Purpose) -> Batch {
        let mut batch = Batch::default();
        let mut visits = Visits::default();
        for draft in drafts {
            if draft.action > Protective::Task {
                // Whoever must be fetched comes before whoever is to know.
                self.send_visitors(cx, std::mem::take(&mut visits));
            }
            self.last += 1;
            let id = NoticeId(self.last);
            *batch.counts.entry(draft.action).or_insert(0) += 1;
            let entry = Entry::new(draft.numbered(id, cx.now), purpose);
            self.file(cx, id, &entry);
            self.outbox.insert(id, entry);
            self.proceed(cx, id, 0, &mut visits);
        }
        self.send_visitors(cx, visits);
        batch
    }

    /// Notes that a party was told. What it was told before stops, and it is owed an all-clear.
    fn file(&mut self, cx: &mut Context<'_>, id: NoticeId, entry: &Entry) {
        let notice = &entry.notice;
        let told = self.told.entry(notice.incident).or_default();
        told.notices.push(id);
        let (action, policy, purpose) = (notice.action, notice.policy, entry.purpose);
        let staff = purpose != Purpose::Audience;
        let standing = Standing { notice: id, action, policy, staff };
        // An all-clear owes nothing, nor does a visit that goes on after it.
        if action == Protective::AllClear || (staff && told.cleared) {
            return;
        }
        // A list of people to visit, or a call, does not replace what its recipient was told to do.
        if staff {
            told.parties.entry(notice.party).or_insert(standing);
            return;
        }
        // Nor does a task silence a warning.
        if action == Protective::Task {
            told.tasked.insert(notice.party);
            let known = told.parties.entry(notice.party).or_insert(standing);
            if known.staff || known.action > action {
                *known = standing;
            }
            return;
        }
        let before = told.parties.insert(notice.party, standing).filter(|before| !before.staff);
        // A warning does not silence a task.
        let before = before.filter(|before| before.action != Protective::Task);
        if let Some(old) = before.and_then(|before| self.outbox.get_mut(&before.notice)) {
            old.replace(cx.timers);
        }
    }

    /// Danger again after the all-clear: all-clears still on their way stop, and whoever did not get one stays among
    /// those who are owed one.
    fn reopen(&mut self, cx: &mut Context<'_>, incident: IncidentId) {
        let Some(told) = self.told.get_mut(&incident) else { return };
        if !std::mem::take(&mut told.cleared) {
            return;
        }
        for id in &told.notices {
            let Some(entry) = self.outbox.get_mut(id) else { continue };
            let (action, policy) = (entry.notice.action, entry.notice.policy);
            if action != Protective::AllClear || entry.halted {
                continue;
            }
            entry.replace(cx.timers);
            if !entry.arrived() {
                let standing = Standing { notice: *id, action, policy, staff: false };
                told.parties.insert(entry.notice.party, standing);
            }
        }
    }
}

/// Whether a change of an alarm is a danger that people must be told of.
fn tells(change: AlarmChange, alarm: &Alarm) -> bool {
    use AlarmChange as C;
    let danger = match change {
        C::Raised | C::RaisedLevel | C::Returned => true,
        // What was put aside is back, and the danger is there.
        C::Unshelved | C::Unsuppressed | C::InService => alarm.active,
        C::LoweredLevel
        | C::Cleared
        | C::Acknowledged
        | C::Reset
        | C::Shelved
        | C::Suppressed
        | C::OutOfService
        | C::Escalated
        | C::Chattering
        | C::Withdrawn => false,
    };
    danger && alarm.state.is_heard()
}

/// A recipient by name, for people.
fn named(party: Party, registry: &crate::registry::Registry) -> Arc<str> {
    match party {
        Party::Person(id) => registry.people.get(id.index()).map(|p| p.name.as_str().into()),
        Party::Post(id) => registry.posts.get(id.index()).map(|p| words::post(p).into()),
        Party::Facility(id) => registry.facilities.get(id.index()).map(|f| f.name.as_str().into()),
    }
    .unwrap_or_default()
}
