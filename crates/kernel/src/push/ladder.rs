//! The ladder: one channel after another until the recipient is reached, then a visit.

use super::{
    Channel, NoticeState, Push, ReceiptState, Rung, audience::has_loudspeaker, book::Entry,
    visit::Visits,
};
use crate::{
    Context, Effect, Ms, NoticeId,
    registry::{Party, Registry},
};

/// Time for an answer after a protective notice arrived: long enough to read it and press a button, short enough that
/// another channel is tried while leaving still helps.
const ANSWER_WAIT: Ms = Ms::seconds(60);

/// Bounds for the waits that packs ask for: never a busy loop, never for ever.
const WAIT: (Ms, Ms) = (Ms::seconds(1), Ms::seconds(3600));

/// The words with which a rung is passed over or given up; kept in the receipts.
pub(super) mod detail {
    pub const DRILL: &str = "drill";
    pub const NO_TELEPHONE: &str = "no-telephone";
    pub const NO_LOUDSPEAKER: &str = "no-loudspeaker";
    pub const NOT_FOR_ONE: &str = "not-for-one-recipient";
    pub const NO_RECEIPT: &str = "no-receipt";
    pub const NO_ANSWER: &str = "no-answer";
}

impl Push {
    /// No receipt in time. Notices that wait for the same moment are looked at together, so that one visitor gets one list.
    pub fn timer(&mut self, cx: &mut Context<'_>, at: Ms, notice: NoticeId) {
        let mut visits = Visits::default();
        self.expire(cx, at, notice, &mut visits);
        while let Some(other) = cx.timers.next_notice(at) {
            self.expire(cx, at, other, &mut visits);
        }
        self.send_visitors(cx, visits);
    }

    fn expire(&mut self, cx: &mut Context<'_>, at: Ms, id: NoticeId, visits: &mut Visits) {
        let Some(entry) = self.outbox.get_mut(&id) else { return };
        if entry.due != Some(at) {
            return;
        }
        entry.due = None;
        let why = match entry.notice.state {
            NoticeState::Targeted | NoticeState::Sent | NoticeState::Failed => detail::NO_RECEIPT,
            NoticeState::Delivered | NoticeState::Read => detail::NO_ANSWER,
            NoticeState::Visiting => return self.not_visited(cx, id),
            NoticeState::NeedsHelp => return self.help_again(cx, id),
            NoticeState::Acknowledged | NoticeState::Visited | NoticeState::Unreachable => return,
        };
        if let Some(rung) = entry.notice.ladder.get(usize::from(entry.notice.rung)) {
            let channel = rung.channel;
            entry.note(cx.now, channel, ReceiptState::Failed, why, None);
        }
        let next = usize::from(entry.notice.rung).saturating_add(1);
        self.proceed(cx, id, next, visits);
    }

    /// Sends a notice over the first channel from a rung on that its recipient can be reached by; when none is left,
    /// somebody goes there.
    pub(super) fn proceed(
        &mut self,
        cx: &mut Context<'_>,
        id: NoticeId,
        from: usize,
        visits: &mut Visits,
    ) {
        let Some(entry) = self.outbox.get_mut(&id) else { return };
        if entry.halted {
            return;
        }
        let Some(rung) = entry.advance(cx.registry, cx.now, from) else {
            entry.wake(cx.timers, None);
            return self.exhausted(cx, id, visits);
        };
        let wait = rung.wait.clamp(WAIT.0, WAIT.1);
        entry.wake(cx.timers, Some(cx.now.after(wait)));
        cx.out.push(entry.effect(Some(rung.channel)));
    }
}

impl Entry {
    /// The effect that tells the world of this notice.
    pub fn effect(&self, send: Option<Channel>) -> Effect {
        Effect::Notice { send, notice: Box::new(self.notice.clone()) }
    }

    /// Moves to the first usable rung from `from` on; every one passed over is noted.
    fn advance(&mut self, registry: &Registry, now: Ms, from: usize) -> Option<Rung> {
        let ladder = self.notice.ladder.clone();
        self.notice.changed = now;
        for (at, rung) in ladder.iter().enumerate().skip(from) {
            self.notice.rung = u8::try_from(at).unwrap_or(u8::MAX);
            if rung.channel == Channel::Visit {
                break;
            }
            match self.unusable(registry, rung.channel) {
                Some(why) => self.note(now, rung.channel, ReceiptState::Failed, why, None),
                None => {
                    if !self.arrived() {
                        self.notice.state = NoticeState::Targeted;
                    }
                    return Some(*rung);
                }
            }
        }
        self.notice.rung = u8::try_from(ladder.len()).unwrap_or(u8::MAX);
        None
    }

    /// Why a channel cannot reach the recipient; none when it can.
    fn unusable(&self, registry: &Registry, channel: Channel) -> Option<&'static str> {
        let notice = &self.notice;
        if notice.drill && channel.is_public() {
            return Some(detail::DRILL);
        }
        match (channel, notice.party) {
            (Channel::Screen, Party::Person(_) | Party::Post(_)) | (Channel::Webhook, _) => None,
            (Channel::Sms, _) => notice.address.is_empty().then_some(detail::NO_TELEPHONE),
            (Channel::Loudspeaker, Party::Facility(id)) => {
                let speaks = registry
                    .facilities
                    .get(id.index())
                    .is_some_and(|f| has_loudspeaker(registry, &f.key, notice.drill));
                (!speaks).then_some(detail::NO_LOUDSPEAKER)
            }
            (Channel::Screen, Party::Facility(_))
            | (Channel::Loudspeaker, Party::Person(_) | Party::Post(_))
            | (Channel::Cap | Channel::Visit, _) => Some(detail::NOT_FOR_ONE),
        }
    }

    /// When to look again after the notice arrived: only an answer that is asked for is waited for.
    pub fn answer_due(&self, now: Ms) -> Option<Ms> {
        self.asks_answer().then(|| now.after(ANSWER_WAIT))
    }
}
