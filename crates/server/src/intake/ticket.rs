//! Answers of the engine become acknowledgements.

use std::sync::Arc;

use helan_broker::{Ack, Reason, Receipt, Wakes};
use helan_kernel::Answer;

/// What intake found in one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// So many of its readings or events were handed in; none is possible.
    Taken(usize),
    /// So many were handed in, others refused: words for the sender.
    Partly(usize, Arc<str>),
    /// Refused, and why.
    Refused(Ack),
}

/// The messages of one socket read (or a run of them), waiting for their commit.
#[derive(Debug)]
pub struct MqttTicket {
    /// To acknowledge them with.
    pub receipt: Receipt,
    /// One for each message.
    pub verdicts: Vec<Verdict>,
}

impl MqttTicket {
    /// Acknowledges: the commit has happened.
    pub fn answered(self, answers: &[Answer], wakes: &mut Wakes) {
        let mut answers = answers.iter();
        let acks = self.verdicts.into_iter().map(|verdict| {
            let (count, mut ack) = match verdict {
                Verdict::Refused(ack) => return ack,
                Verdict::Taken(count) => (count, Ack::DONE),
                Verdict::Partly(count, text) => (count, Ack { text: Some(text), ..Ack::DONE }),
            };
            // All are consumed, so that the next message finds its own.
            for answer in answers.by_ref().take(count) {
                if let Answer::Refused(why) = answer {
                    let text = Some(why.to_string().into());
                    ack = Ack { reason: Reason::Unspecified, text };
                }
            }
            ack
        });
        self.receipt.acknowledge_with(acks, wakes);
    }
}
