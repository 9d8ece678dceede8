//! What Push remembers beside each notice, and what each incident has told.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Channel, Notice, NoticeState, Protective, ReceiptEntry, ReceiptState, Warning};
use crate::{IncidentId, Ms, NoticeId, PolicyId, Timer, Timers, event::Actor, registry::Party};

/// Why a notice was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Purpose {
    /// The recipient belongs to the audience of a danger.
    Audience,
    /// The recipient shall visit others.
    Visit,
    /// The recipient is called because nobody else acted.
    Call,
}

/// A notice and its way up the ladder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub notice: Notice,
    pub purpose: Purpose,
    /// When it is looked at again.
    pub due: Option<Ms>,
    /// The channel that last brought it to the recipient.
    pub worked: Option<Channel>,
    /// It climbs no further: a stronger notice or the all-clear took its place.
    pub halted: bool,
    /// A stronger notice took its place.
    pub replaced: bool,
    /// How often somebody was called because a recipient who needs help was not visited.
    pub calls: u8,
}

impl Entry {
    /// Receipts kept of one notice: a ladder of channels with sent, delivered, read and answered each, and some to spare.
    pub const MAX_RECEIPTS: usize = 32;

    pub fn new(notice: Notice, purpose: Purpose) -> Self {
        Self { notice, purpose, due: None, worked: None, halted: false, replaced: false, calls: 0 }
    }

    /// Sets or forgets the moment at which the notice is looked at again.
    pub fn wake(&mut self, timers: &mut Timers, at: Option<Ms>) {
        let timer = Timer::Notice(self.notice.id);
        if let Some(old) = std::mem::replace(&mut self.due, at) {
            timers.cancel(old, timer);
        }
        if let Some(at) = at {
            timers.set(at, timer);
        }
    }

    /// A stronger notice takes the place of this one. Somebody who needs help still does.
    pub fn replace(&mut self, timers: &mut Timers) {
        self.halted = true;
        self.replaced = true;
        if self.notice.state != NoticeState::NeedsHelp {
            self.wake(timers, None);
        }
    }

    /// The danger is over: nobody is told to leave any more, but a visit under way goes on.
    pub fn halt(&mut self, timers: &mut Timers) {
        self.halted = true;
        if !matches!(self.notice.state, NoticeState::NeedsHelp | NoticeState::Visiting) {
            self.wake(timers, None);
        }
    }

    /// Whether an answer is asked for: from people who must leave or shelter. A loudspeaker cannot answer.
    pub fn asks_answer(&self) -> bool {
        matches!(self.notice.action, Protective::Leave | Protective::Shelter)
            && !matches!(self.notice.party, Party::Facility(_))
    }

    /// Whether it came to the recipient.
    pub fn arrived(&self) -> bool {
        use NoticeState as S;
        match self.notice.state {
            S::Delivered | S::Read | S::Acknowledged | S::NeedsHelp | S::Visited => true,
            S::Targeted | S::Sent | S::Failed | S::Visiting | S::Unreachable => false,
        }
    }

    /// Adds a line to its history; the oldest gives way.
    pub fn note(
        &mut self,
        at: Ms,
        channel: Channel,
        state: ReceiptState,
        detail: &str,
        by: Option<Actor>,
    ) {
        let receipts = &mut self.notice.receipts;
        if receipts.len() >= Self::MAX_RECEIPTS {
            receipts.remove(0);
        }
        receipts.push(ReceiptEntry { at, channel, state, detail: detail.to_owned(), by });
    }
}

/// What a party was told and is owed an all-clear for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Standing {
    pub notice: NoticeId,
    pub action: Protective,
    pub policy: Option<PolicyId>,
    /// Whether it is staff that was only called or sent to visit: it learns of the all-clear too, but need not be told
    /// before the incident can be closed, and may still get a task or a warning.
    pub staff: bool,
}

/// What an incident has told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Told {
    /// Every notice, oldest first.
    pub notices: Vec<NoticeId>,
    /// Who was told since the last all-clear, with the strongest notice to each.
    pub parties: BTreeMap<Party, Standing>,
    /// Posts that were told a task since the last all-clear: a task stands beside a warning to the same post.
    pub tasked: BTreeSet<Party>,
    /// Posts that were sent a call, and when last.
    pub called: BTreeMap<Party, Ms>,
    /// Roles that were called because a recipient could not be reached, and when last.
    pub sought: BTreeMap<String, Ms>,
    /// Whether the all-clear was given and nothing happened since.
    pub cleared: bool,
    /// The warning published last.
    pub warning: Option<Warning>,
    /// When that warning is renewed.
    pub renew: Option<Ms>,
}

impl Told {
    /// Sets or forgets the moment at which the warning is renewed.
    pub fn wake(&mut self, timers: &mut Timers, incident: IncidentId, at: Option<Ms>) {
        let timer = Timer::Warning(incident);
        if let Some(old) = std::mem::replace(&mut self.renew, at) {
            timers.cancel(old, timer);
        }
        if let Some(at) = at {
            timers.set(at, timer);
        }
    }

    /// Whether a party must be told this: it was told nothing yet, or something weaker. A task is told once, whatever else
    /// was said.
    pub fn is_new(&self, party: Party, action: Protective) -> bool {
        if action == Protective::Task {
            return !self.tasked.contains(&party);
        }
        self.parties.get(&party).is_none_or(|before| before.staff || action < before.action)
    }
}
