//! Answers of the engine become acknowledgements.

use std::sync::Arc;

use helan_broker::{Ack, Receipt, Wakes};
use helan_kernel::{Answer, Ms, registry::Key};
use helan_protocol::device::Reason;

use super::{
    mqtt,
    refusals::{Refusals, Refused},
};

/// What intake found in one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// So many of its readings were handed in; none is possible.
    Taken(usize),
    /// So many were handed in, others refused: words for the sender.
    Partly(usize, Arc<str>),
    /// One event was handed in, which the engine may refuse.
    Asked(Box<Question>),
    /// Refused, and why.
    Refused(Ack),
}

/// An event that the engine may refuse, with what is needed to say so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Device that sent it.
    pub sender: Key,
    /// When it came.
    pub at: Ms,
    /// Topic on which the sender listens to refusals, if it does.
    pub listener: Option<String>,
    /// Topic it came on.
    pub topic: String,
    /// The beginning of it.
    pub payload: Vec<u8>,
}

impl Question {
    /// Bytes of the payload that are kept for the console.
    pub const MAX_SAMPLE: usize = 200;
}

/// The messages of one socket read (or a run of them), waiting for their commit.
#[derive(Debug)]
pub struct MqttTicket {
    /// To acknowledge them with.
    pub receipt: Receipt,
    /// One for each message.
    pub verdicts: Vec<Verdict>,
    /// Where refusals are counted.
    pub refusals: Arc<Refusals>,
}

impl MqttTicket {
    /// Acknowledges: the commit has happened.
    pub fn answered(self, answers: &[Answer], wakes: &mut Wakes) {
        let Self { receipt, verdicts, refusals } = self;
        let mut answers = answers.iter();
        let link = receipt.link().clone();
        let acks = verdicts.into_iter().map(|verdict| {
            let (count, mut ack, question) = match verdict {
                Verdict::Refused(ack) => return ack,
                Verdict::Taken(count) => (count, Ack::DONE, None),
                Verdict::Partly(count, text) => {
                    (count, Ack { text: Some(text), ..Ack::DONE }, None)
                }
                Verdict::Asked(question) => (1, Ack::DONE, Some(question)),
            };
            // All are consumed, so that the next message finds its own.
            for answer in answers.by_ref().take(count) {
                if let Answer::Refused(why) = answer {
                    let refused = Refused::new(Reason::UnknownCommand, why.to_string());
                    ack = mqtt::ack(&refused);
                    if let Some(question) = &question {
                        let Question { sender, at, payload, .. } = &**question;
                        refusals.count(sender, &refused, payload, *at);
                        if let Some(listener) = &question.listener {
                            mqtt::tell(&link, listener, &question.topic, &refused);
                        }
                    }
                }
            }
            ack
        });
        receipt.acknowledge_with(acks, wakes);
    }
}
