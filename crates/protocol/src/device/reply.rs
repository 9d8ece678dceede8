//! What devices answer to commands and announcements.

use helan_kernel::{CommandId, NoticeId, event::ReplyOutcome};
use serde::Deserialize;

use super::{Fault, MAX_DETAIL, MAX_PAYLOAD, Malformed};

/// What a reply is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    /// A command.
    Command(CommandId),
    /// A notice that was spoken: ids with an `n` in front.
    Notice(NoticeId),
}

/// A reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// About what.
    pub about: About,
    /// How it went.
    pub outcome: ReplyOutcome,
    /// Words of the device for people; cut at [`MAX_DETAIL`] characters.
    pub detail: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    id: String,
    outcome: Outcome,
    #[serde(default)]
    detail: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Received,
    Done,
    Refused,
    Failed,
    Expired,
}

/// Reads a reply.
///
/// # Errors
/// When it cannot be read.
pub fn reply(bytes: &[u8]) -> Result<Reply, Malformed> {
    if bytes.len() > MAX_PAYLOAD {
        return Err(Malformed { offset: MAX_PAYLOAD, fault: Fault::TooLarge });
    }
    let wire: Wire = serde_json::from_slice(bytes).map_err(|error| {
        let fault = match error.classify() {
            serde_json::error::Category::Eof => Fault::End,
            serde_json::error::Category::Data => Fault::Type,
            _ => Fault::Unexpected,
        };
        Malformed { offset: offset(bytes, &error), fault }
    })?;
    let about = match wire.id.strip_prefix('n') {
        Some(notice) => number(notice).map(|id| About::Notice(NoticeId(id))),
        None => number(&wire.id).map(|id| About::Command(CommandId(id))),
    };
    let outcome = match wire.outcome {
        Outcome::Received => ReplyOutcome::Received,
        Outcome::Done => ReplyOutcome::Done,
        Outcome::Refused => ReplyOutcome::Refused,
        Outcome::Failed => ReplyOutcome::Failed,
        Outcome::Expired => ReplyOutcome::Expired,
    };
    Ok(Reply {
        about: about.ok_or(Malformed { offset: 0, fault: Fault::Name })?,
        outcome,
        detail: wire.detail.chars().take(MAX_DETAIL).collect(),
    })
}

/// Digits only: a sign is no part of an id.
fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// The byte that a line and column of serde_json mean.
fn offset(bytes: &[u8], error: &serde_json::Error) -> usize {
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let before: usize = lines.take(error.line().saturating_sub(1)).map(<[u8]>::len).sum();
    (before + error.column().saturating_sub(1)).min(bytes.len())
}
