//! Replies of devices become events.

use helan_kernel::{
    Event,
    event::ReplyOutcome,
    push::{Channel, ReceiptState},
};
use helan_protocol::device::{self, About, Reason};

use super::{Stations, refusals::Refused};
use crate::directory::Entry;

/// The event that a reply means.
///
/// # Errors
/// When it cannot be read, or speaks of a notice that this device was not given. (Of commands the engine knows itself
/// whose they are.)
pub fn event(stations: &Stations, entry: &Entry, payload: &[u8]) -> Result<Event, Refused> {
    let reply = device::reply(payload)
        .map_err(|malformed| Refused::new(malformed.reason(), malformed.to_string()))?;
    Ok(match reply.about {
        About::Command(command) => {
            Event::Reply { device: entry.id, command, outcome: reply.outcome, detail: reply.detail }
        }
        About::Notice(notice) if !stations.was_told(entry.id, notice) => {
            return Err(Refused::new(Reason::UnknownCommand, format!("n{notice}")));
        }
        About::Notice(notice) => Event::Receipt {
            notice,
            channel: Channel::Loudspeaker,
            state: match reply.outcome {
                // The loudspeaker has it, or has spoken it; whether somebody heard it, it cannot know.
                ReplyOutcome::Received => ReceiptState::Sent,
                ReplyOutcome::Done => ReceiptState::Delivered,
                ReplyOutcome::Refused | ReplyOutcome::Failed | ReplyOutcome::Expired => {
                    ReceiptState::Failed
                }
            },
            detail: reply.detail,
        },
    })
}
