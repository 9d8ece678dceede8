//! Receipts: what channels, recipients and visitors report. Idempotent, and never a step back.

use super::{Channel, NoticeState, Push, ReceiptState, book::Entry, visit::Visits};
use crate::{
    Answer, Context, NoticeId, Refusal,
    event::{Action, ActionKind, Actor},
};

/// Longest detail of a receipt that is kept, in characters.
const MAX_DETAIL: usize = 200;

/// A report about a notice.
struct Report<'a> {
    channel: Channel,
    state: ReceiptState,
    detail: &'a str,
    /// The person who reports, when one does.
    by: Option<&'a Actor>,
}

impl Push {
    /// A channel or recipient reports.
    ///
    /// The same report twice answers [`Answer::Duplicate`]. One about an unknown notice, or over a channel that the notice
    /// was not sent over yet, is refused.
    pub fn receipt(
        &mut self,
        cx: &mut Context<'_>,
        notice: NoticeId,
        channel: Channel,
        state: ReceiptState,
        detail: &str,
    ) -> Answer {
        let Some(entry) = self.outbox.get(&notice) else {
            return Answer::Refused(Refusal::Unknown);
        };
        let sent = entry.notice.ladder.iter().take(usize::from(entry.notice.rung) + 1);
        if !sent.into_iter().any(|rung| rung.channel == channel)
            || (entry.notice.drill && channel.is_public())
        {
            return Answer::Refused(Refusal::WrongState);
        }
        let detail: String = detail.chars().take(MAX_DETAIL).collect();
        self.report(cx, notice, &Report { channel, state, detail: &detail, by: None })
    }

    /// A person answered for a recipient, or visited one.
    pub fn action(&mut self, cx: &mut Context<'_>, action: &Action) -> Answer {
        let detail: String = action.reason.chars().take(MAX_DETAIL).collect();
        if let ActionKind::RecordVisit(id, reached) = action.kind {
            return self.visited(cx, id, reached, &detail, action);
        }
        let ActionKind::AnswerNotice(id, state) = action.kind else {
            return Answer::Refused(Refusal::Unknown);
        };
        if !self.outbox.contains_key(&id) {
            return Answer::Refused(Refusal::Unknown);
        }
        if !state.is_answer() {
            return Answer::Refused(Refusal::OutOfRange);
        }
        let by = Some(&action.by);
        self.report(cx, id, &Report { channel: Channel::Screen, state, detail: &detail, by })
    }

    fn report(&mut self, cx: &mut Context<'_>, id: NoticeId, report: &Report<'_>) -> Answer {
        let Some(entry) = self.outbox.get_mut(&id) else {
            return Answer::Refused(Refusal::Unknown);
        };
        let known = entry.notice.receipts.iter().any(|r| {
            (r.channel, r.state, r.detail.as_str()) == (report.channel, report.state, report.detail)
                && r.by.as_ref() == report.by
        });
        let next = entry.next(report);
        if known && !matches!(next, Some(NoticeState::Acknowledged)) {
            return Answer::Duplicate;
        }
        entry.note(cx.now, report.channel, report.state, report.detail, report.by.cloned());
        if report.by.is_none() && report.state.reached() {
            entry.worked = Some(report.channel);
        }
        let mut visits = Visits::default();
        match next {
            Some(state) => {
                entry.notice.state = state;
                entry.notice.changed = cx.now;
                self.moved(cx, id, &mut visits);
            }
            None => cx.out.push(entry.effect(None)),
        }
        self.send_visitors(cx, visits);
        Answer::Done
    }

    /// Decides what follows from the state that a report brought.
    fn moved(&mut self, cx: &mut Context<'_>, id: NoticeId, visits: &mut Visits) {
        use NoticeState as S;
        let Some(entry) = self.outbox.get_mut(&id) else { return };
        match entry.notice.state {
            S::Delivered | S::Read => {
                let due = if entry.halted { None } else { entry.answer_due(cx.now) };
                entry.wake(cx.timers, due);
            }
            S::Acknowledged | S::Visited | S::Unreachable => entry.wake(cx.timers, None),
            S::NeedsHelp => {
                entry.calls = 0;
                return self.visit(cx, id, visits);
            }
            S::Failed if !entry.halted => {
                let next = usize::from(entry.notice.rung).saturating_add(1);
                return self.proceed(cx, id, next, visits);
            }
            S::Targeted | S::Sent | S::Failed | S::Visiting => {}
        }
        cx.out.push(entry.effect(None));
    }

    fn visited(
        &mut self,
        cx: &mut Context<'_>,
        id: NoticeId,
        reached: bool,
        detail: &str,
        action: &Action,
    ) -> Answer {
        let Some(entry) = self.outbox.get_mut(&id) else {
            return Answer::Refused(Refusal::Unknown);
        };
        let before = entry.notice.state;
        let (state, receipt) = if reached {
            (NoticeState::Visited, ReceiptState::Acknowledged)
        } else {
            (NoticeState::Unreachable, ReceiptState::Failed)
        };
        if before == state {
            return Answer::Duplicate;
        }
        // Who is safe is not lost again by a late record; who was not found may be found later.
        if matches!(before, NoticeState::Acknowledged | NoticeState::Visited) {
            return Answer::Refused(Refusal::WrongState);
        }
        entry.note(cx.now, Channel::Visit, receipt, detail, Some(action.by.clone()));
        entry.notice.state = state;
        entry.notice.changed = cx.now;
        entry.wake(cx.timers, None);
        cx.out.push(entry.effect(None));
        if !reached && before == NoticeState::NeedsHelp {
            // Somebody asked for help and was not found: that is not an end.
            self.call_for(cx, Some(id), 0);
        }
        Answer::Done
    }
}

impl ReceiptState {
    /// Whether a person can say this for a recipient.
    const fn is_answer(self) -> bool {
        match self {
            Self::Read | Self::Acknowledged | Self::NeedsHelp => true,
            Self::Sent | Self::Delivered | Self::Failed => false,
        }
    }

    /// Whether the recipient got it over that channel.
    const fn reached(self) -> bool {
        match self {
            Self::Delivered | Self::Read | Self::Acknowledged | Self::NeedsHelp => true,
            Self::Sent | Self::Failed => false,
        }
    }
}

impl Entry {
    /// The state that a report leads to; none when it is history only.
    fn next(&self, report: &Report<'_>) -> Option<NoticeState> {
        use {NoticeState as S, ReceiptState as R};
        let on_way = matches!(self.notice.state, S::Targeted | S::Sent | S::Failed);
        // A late delivery ends a visit only where no answer is asked for.
        let late = self.notice.state == S::Visiting && !self.asks_answer();
        let current = self
            .notice
            .ladder
            .get(usize::from(self.notice.rung))
            .is_some_and(|rung| rung.channel == report.channel);
        match (self.notice.state, report.state) {
            // A call for help always counts, and only a person's word ends it.
            (S::NeedsHelp, R::NeedsHelp) => None,
            (_, R::NeedsHelp) => Some(S::NeedsHelp),
            (S::NeedsHelp, R::Acknowledged) => report.by.map(|_| S::Acknowledged),
            (S::Acknowledged | S::Visited, R::Acknowledged) => None,
            (_, R::Acknowledged) => Some(S::Acknowledged),
            (S::Targeted | S::Failed, R::Sent) if current => Some(S::Sent),
            (S::Delivered, R::Read) => Some(S::Read),
            (_, R::Read) if on_way || late => Some(S::Read),
            (_, R::Delivered) if on_way || late => Some(S::Delivered),
            (S::Targeted | S::Sent, R::Failed) if current => Some(S::Failed),
            (_, R::Sent | R::Delivered | R::Read | R::Failed) => None,
        }
    }
}
