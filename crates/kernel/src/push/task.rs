//! Tasks that a person gives to posts. People first: nobody is sent into a danger area that others have yet to leave.

use std::collections::BTreeSet;

use super::{Notice, NoticeState, Protective, Push, book::Purpose, draft};
use crate::{
    Answer, Context, IncidentId, PostId, Refusal, Text,
    command::{Desk, IncidentState, words},
    event::Actor,
    registry::Party,
};

/// Longest text of a task, in characters.
const MAX_TEXT: usize = 500;

impl Push {
    /// Gives posts a task of an incident. `uncounted`: it brings them into the danger area, where so many people were not told one by
    /// one. It waits until everybody who was told to leave has said so or was visited and there is nobody else, or until a person at
    /// the place has confirmed that all are out.
    #[expect(clippy::too_many_arguments, reason = "one argument for each part of the action")]
    pub fn send_task(
        &mut self,
        cx: &mut Context<'_>,
        desk: &mut Desk,
        incident: IncidentId,
        posts: &[PostId],
        text: &Text,
        uncounted: Option<u32>,
        by: &Actor,
    ) -> Answer {
        let Some(found) = desk.incident(incident) else {
            return Answer::Refused(Refusal::Unknown);
        };
        if found.state == IncidentState::Closed {
            return Answer::Refused(Refusal::WrongState);
        }
        let fits = |text: &str| (1..=MAX_TEXT).contains(&text.trim().chars().count());
        if posts.is_empty() || posts.len() > Self::MOST_CALLED || !fits(&text.zh) {
            return Answer::Refused(Refusal::OutOfRange);
        }
        let inside = |uncounted: u32| uncounted > 0 || self.leaving(incident) > 0;
        if found.evacuated.is_none() && uncounted.is_some_and(inside) {
            let text = words::people_first(&text.zh, &text.en);
            desk.person_did(cx, incident, text, by);
            return Answer::Refused(Refusal::PeopleFirst);
        }
        let drill = found.drill;
        let words = if drill { words::marked(text) } else { text.clone() };
        let known: BTreeSet<PostId> = posts.iter().copied().collect();
        let drafts: Option<Vec<_>> = known
            .into_iter()
            .map(|id| {
                let post = cx.registry.posts.get(id.index())?;
                Some(draft::task(cx.registry, incident, None, (id, post), words.clone(), drill))
            })
            .collect();
        let Some(drafts) = drafts else { return Answer::Refused(Refusal::Unknown) };
        let batch = self.tell(cx, drafts, Purpose::Call);
        desk.person_did(cx, incident, words::task_given(text), by);
        desk.people_told(cx, incident, &[], &batch);
        Answer::Done
    }

    /// How many people of an incident were told to leave and have not yet said, nor been seen, to be out.
    #[must_use]
    pub fn leaving(&self, incident: IncidentId) -> usize {
        let out = |state| matches!(state, NoticeState::Acknowledged | NoticeState::Visited);
        self.told_to_leave(incident).filter(|notice| !out(notice.state)).count()
    }

    /// What the people of an incident were told who shall leave, one by one. A loudspeaker cannot answer, and a house is empty when its
    /// people are out: neither counts.
    pub fn told_to_leave(&self, incident: IncidentId) -> impl Iterator<Item = &Notice> {
        self.entries_of(incident)
            .filter(|e| e.purpose == Purpose::Audience && !e.replaced)
            .map(|e| &e.notice)
            .filter(|notice| notice.action == Protective::Leave)
            .filter(|notice| !matches!(notice.party, Party::Facility(_)))
    }
}
