//! Visits: when no channel reached a recipient, or the recipient needs help, a named post goes there.

use std::sync::Arc;

use super::{
    Channel, NoticeState, Protective, Push, ReceiptState,
    book::{Entry, Purpose},
    draft,
};
use crate::{
    AreaCode, Context, Effect, IncidentId, Ms, NoticeId, PostId,
    command::{queue, words},
    registry::{Party, Post, Registry},
};

/// Recipients for whom a visitor must be told now.
#[derive(Debug, Default)]
pub(super) struct Visits(Vec<NoticeId>);

/// A recipient is reached or named unreachable within ten minutes of the alarm (scenario S1). Half a minute is left for
/// the way from the alarm to this record.
const FINAL_WITHIN: Ms = Ms::seconds(570);

/// A visitor has at least this time, however long the channels took.
const VISIT_AT_LEAST: Ms = Ms::seconds(300);

/// Somebody who needs help is visited within this time, or the next post is called.
const HELP_WITHIN: Ms = Ms::seconds(300);

/// After all posts were called once, the next is called so much later, until somebody visits: help is never given up.
const HELP_AGAIN: Ms = Ms::seconds(900);

/// Posts called one after another when help does not come.
const HELP_ROLES: [&str; 3] = ["duty-officer", "duty-leader", "emergency-director"];

/// Names in one visitor's notice: what fits a screen and a long short message.
const NAMES_PER_TASK: usize = 20;

impl Push {
    /// No channel is left.
    pub(super) fn exhausted(&mut self, cx: &mut Context<'_>, id: NoticeId, visits: &mut Visits) {
        let Some(entry) = self.outbox.get_mut(&id) else { return };
        let task = match entry.notice.action {
            Protective::Task => true,
            Protective::Inform => false,
            Protective::Leave
            | Protective::Shelter
            | Protective::StayAway
            | Protective::AllClear => return self.visit(cx, id, visits),
        };
        // Nobody walks to a gas company: whoever is on duty calls it.
        entry.notice.state = NoticeState::Unreachable;
        cx.out.push(entry.effect(None));
        let (incident, area, drill) =
            (entry.notice.incident, entry.notice.area, entry.notice.drill);
        // The end of the chain of calls is a call that nobody answers: it stays visible and calls nobody further.
        if task && entry.purpose != Purpose::Call {
            self.seek(cx, HELP_ROLES[0], incident, area, drill);
        }
    }

    /// Somebody goes there.
    pub(super) fn visit(&mut self, cx: &mut Context<'_>, id: NoticeId, visits: &mut Visits) {
        let Some(entry) = self.outbox.get_mut(&id) else { return };
        entry.notice.changed = cx.now;
        let visitor = visitor(cx.registry, entry).map(|(_, post)| words::visitor(post));
        entry.notice.visitor = Arc::from(visitor.unwrap_or_default());
        let due = if entry.notice.state == NoticeState::NeedsHelp {
            cx.now.after(HELP_WITHIN)
        } else {
            entry.notice.state = NoticeState::Visiting;
            cx.now.after(VISIT_AT_LEAST).max(entry.notice.created.after(FINAL_WITHIN))
        };
        entry.wake(cx.timers, Some(due));
        cx.out.push(entry.effect(None));
        visits.0.push(id);
    }

    /// Tells each visitor whom to visit; where no post answers for it, the duty officer is called.
    pub(super) fn send_visitors(&mut self, cx: &mut Context<'_>, visits: Visits) {
        let found = visits.0.into_iter().filter_map(|id| {
            let entry = self.outbox.get(&id)?;
            let post = visitor(cx.registry, entry).map(|(post, _)| post);
            Some(((entry.notice.incident, post), id))
        });
        for ((incident, post), ids) in draft::grouped(found) {
            match post {
                Some(post) => {
                    for ids in ids.chunks(NAMES_PER_TASK) {
                        self.send_visitor(cx, incident, post, ids);
                    }
                }
                None => self.call_for(cx, ids.first().copied(), 0),
            }
        }
    }

    fn send_visitor(
        &mut self,
        cx: &mut Context<'_>,
        incident: IncidentId,
        post: PostId,
        ids: &[NoticeId],
    ) {
        let entries: Vec<&Entry> = ids.iter().filter_map(|id| self.outbox.get(id)).collect();
        let Some(first) = entries.first() else { return };
        let notices = entries.iter().map(|e| &e.notice);
        let (policy, drill) = (first.notice.policy, first.notice.drill);
        let text = words::visit(notices, drill);
        let Some(row) = cx.registry.posts.get(post.index()) else { return };
        let draft = draft::task(cx.registry, incident, policy, (post, row), text, drill);
        self.tell(cx, vec![draft], Purpose::Visit);
    }

    /// The time for the visit is over.
    pub(super) fn not_visited(&mut self, cx: &mut Context<'_>, id: NoticeId) {
        let Some(entry) = self.outbox.get_mut(&id) else { return };
        entry.notice.state = NoticeState::Unreachable;
        entry.notice.changed = cx.now;
        let why = super::ladder::detail::NO_RECEIPT;
        entry.note(cx.now, Channel::Visit, ReceiptState::Failed, why, None);
        cx.out.push(entry.effect(None));
    }

    /// Somebody needs help and no visit was recorded.
    pub(super) fn help_again(&mut self, cx: &mut Context<'_>, id: NoticeId) {
        let Some(entry) = self.outbox.get_mut(&id) else { return };
        let step = usize::from(entry.calls);
        // 3 to 5 stand for all later rounds.
        entry.calls = if step < 5 { entry.calls.saturating_add(1) } else { 3 };
        let wait = if step + 1 < HELP_ROLES.len() { HELP_WITHIN } else { HELP_AGAIN };
        entry.wake(cx.timers, Some(cx.now.after(wait)));
        self.call_for(cx, Some(id), step % HELP_ROLES.len());
    }

    /// Calls a post because a recipient has no visitor.
    pub(super) fn call_for(&mut self, cx: &mut Context<'_>, id: Option<NoticeId>, step: usize) {
        let Some(notice) = id.and_then(|id| self.notice(id)) else { return };
        let Some(role) = HELP_ROLES.get(step) else { return };
        let (incident, area, drill) = (notice.incident, notice.area, notice.drill);
        self.seek(cx, role, incident, area, drill);
    }

    /// Calls the post of a role, unless it was called about this incident a moment ago.
    pub(super) fn seek(
        &mut self,
        cx: &mut Context<'_>,
        role: &str,
        incident: IncidentId,
        area: AreaCode,
        drill: bool,
    ) {
        let Some(told) = self.told.get_mut(&incident) else { return };
        if told.sought.get(role).is_some_and(|at| cx.now.since(*at) < Self::CALL_AGAIN) {
            return;
        }
        told.sought.insert(role.to_owned(), cx.now);
        let call = queue::call(cx, role, incident, area, drill);
        cx.out.push(Effect::Escalation(Box::new(call)));
    }
}

/// The post that visits a recipient: of the policy's role, for the recipient's place. Nobody visits himself.
fn visitor<'a>(registry: &'a Registry, entry: &Entry) -> Option<(PostId, &'a Post)> {
    let policy = registry.policies.get(entry.notice.policy?.index())?;
    let (facility, area) = place(registry, entry);
    let (id, post) = registry.post_for(&policy.visit, facility, area)?;
    (entry.notice.party != Party::Post(id)).then_some((id, post))
}

fn place<'a>(registry: &'a Registry, entry: &Entry) -> (&'a str, AreaCode) {
    let facility = match entry.notice.party {
        Party::Person(id) => registry.people.get(id.index()).map(|p| p.facility.as_str()),
        Party::Post(id) => registry.posts.get(id.index()).map(|p| p.facility.as_str()),
        Party::Facility(id) => registry.facilities.get(id.index()).map(|f| f.key.as_str()),
    };
    (facility.unwrap_or_default(), entry.notice.area)
}
