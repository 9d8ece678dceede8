//! Notices, receipts, warnings.

use helan_kernel::{
    push::{self, Channel, NoticeState, ReceiptState},
    registry::Party,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Actor, Text, protective};

/// A notice 推送 to one recipient.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Notice {
    /// Number: its idempotency key.
    pub id: u64,
    /// Incident.
    pub incident: u64,
    /// `person`, `post` or `facility`.
    pub party: &'static str,
    /// Number of the recipient among those of this sort: the same in every notice to them.
    pub recipient: u32,
    /// Name of the recipient.
    pub name: String,
    /// Telephone or other address; empty when none, or when the caller's role may not see it.
    pub address: String,
    /// Where the recipient is, in words.
    pub place: String,
    /// What keeps the recipient from leaving unaided.
    pub needs: Vec<String>,
    /// `leave`, `shelter`, `stay-away`, `task`, `inform` or `all-clear`.
    pub action: &'static str,
    /// The words.
    pub text: Text,
    /// Channel in use; null when a person visits.
    pub channel: Option<&'static str>,
    /// `targeted`, `sent`, `delivered`, `read`, `acknowledged`, `needs-help`, `failed`, `visiting`, `visited` or
    /// `unreachable`.
    pub state: &'static str,
    /// When it was targeted, ms UTC.
    pub created: i64,
    /// When it changed last, ms UTC.
    pub changed: i64,
    /// Every attempt and receipt, oldest first.
    pub receipts: Vec<Receipt>,
    /// Post that visits; empty until needed.
    pub visitor: String,
    /// Whether it belongs to a drill.
    pub drill: bool,
}

/// One line of a notice's history.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Receipt {
    /// When, ms UTC.
    pub at: i64,
    /// Over which channel.
    pub channel: &'static str,
    /// `sent`, `delivered`, `read`, `acknowledged`, `needs-help` or `failed`.
    pub state: &'static str,
    /// Why, or in which words.
    pub detail: String,
    /// Who reported it.
    pub by: Option<Actor>,
}

impl Notice {
    /// A notice; its address only when the caller may see it.
    #[must_use]
    pub fn of(notice: &push::Notice, with_address: bool) -> Self {
        let (party, recipient) = match notice.party {
            Party::Person(id) => ("person", id.0),
            Party::Post(id) => ("post", id.0),
            Party::Facility(id) => ("facility", id.0),
        };
        Self {
            id: notice.id.0,
            incident: notice.incident.0,
            party,
            recipient,
            name: notice.name.to_string(),
            address: if with_address { notice.address.to_string() } else { String::new() },
            place: notice.place.to_string(),
            needs: notice.needs.to_vec(),
            action: protective(notice.action),
            text: Text::from(&*notice.text),
            channel: notice.ladder.get(usize::from(notice.rung)).map(|rung| channel(rung.channel)),
            state: notice_state(notice.state),
            created: notice.created.0,
            changed: notice.changed.0,
            receipts: notice
                .receipts
                .iter()
                .map(|entry| Receipt {
                    at: entry.at.0,
                    channel: channel(entry.channel),
                    state: receipt_state(entry.state),
                    detail: entry.detail.clone(),
                    by: entry.by.as_ref().map(Actor::from),
                })
                .collect(),
            visitor: notice.visitor.to_string(),
            drill: notice.drill,
        }
    }
}

/// A warning 预警 as it was published.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Warning {
    /// Incident.
    pub incident: u64,
    /// Number of the message, from 1.
    pub sequence: u32,
    /// Whether it lifts the warning.
    pub cancel: bool,
    /// When it was issued, ms UTC.
    pub sent: i64,
    /// Until when it holds, ms UTC.
    pub expires: i64,
    /// Kind of event.
    pub event: Text,
    /// Event code of GB/T 35561-2017.
    pub code: String,
    /// Headline.
    pub headline: Text,
    /// What to do.
    pub instruction: Text,
    /// Where, in words.
    pub place: String,
    /// Area code.
    pub area: u32,
    /// CAP severity.
    pub severity: String,
    /// Path of the CAP document in the public feed; null for drills, which never enter it.
    pub document: Option<String>,
    /// Whether it belongs to a drill.
    pub drill: bool,
}

impl From<&push::Warning> for Warning {
    fn from(warning: &push::Warning) -> Self {
        let name = helan_protocol::cap::document_name(warning);
        Self {
            incident: warning.incident.0,
            sequence: warning.sequence,
            cancel: warning.cancel,
            sent: warning.sent.0,
            expires: warning.expires.0,
            event: Text::from(&warning.event),
            code: warning.code.clone(),
            headline: Text::from(&warning.headline),
            instruction: Text::from(&warning.instruction),
            place: warning.place.to_string(),
            area: warning.area.0,
            severity: warning.cap.severity.clone(),
            document: (!warning.drill).then(|| format!("/cap/{name}.xml")),
            drill: warning.drill,
        }
    }
}

/// Which notices.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NoticeQuery {
    /// Only those of this incident.
    pub incident: Option<u64>,
    /// Rows of a page, at most 500.
    pub limit: Option<u32>,
    /// Cursor of the page before.
    pub after: Option<String>,
}

/// Answer of a recipient.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticeAnswer {
    /// What the recipient says.
    pub state: AnswerState,
}

/// What a recipient says.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AnswerState {
    /// Understood, safe.
    Acknowledged,
    /// Needs help.
    NeedsHelp,
    /// Opened.
    Read,
}

impl From<AnswerState> for ReceiptState {
    fn from(state: AnswerState) -> Self {
        match state {
            AnswerState::Acknowledged => Self::Acknowledged,
            AnswerState::NeedsHelp => Self::NeedsHelp,
            AnswerState::Read => Self::Read,
        }
    }
}

/// Result of a visit.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Visit {
    /// Whether the recipient was reached.
    pub reached: bool,
}

/// What a gateway reports on a notice it was given.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GatewayReceipt {
    /// `n` and the number of the notice.
    pub id: String,
    /// `sms` or `webhook`.
    pub channel: GatewayChannel,
    /// What is known now.
    pub state: GatewayState,
    /// Why it failed, or what was answered.
    #[serde(default)]
    pub detail: String,
}

/// Channels that have a gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GatewayChannel {
    /// Short message.
    Sms,
    /// Signed call to another system.
    Webhook,
}

/// What gateways know.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GatewayState {
    /// Arrived.
    Delivered,
    /// Not possible.
    Failed,
    /// Opened.
    Read,
    /// The recipient answered: understood.
    Acknowledged,
    /// The recipient answered: needs help.
    NeedsHelp,
}

impl From<GatewayState> for ReceiptState {
    fn from(state: GatewayState) -> Self {
        match state {
            GatewayState::Delivered => Self::Delivered,
            GatewayState::Failed => Self::Failed,
            GatewayState::Read => Self::Read,
            GatewayState::Acknowledged => Self::Acknowledged,
            GatewayState::NeedsHelp => Self::NeedsHelp,
        }
    }
}

/// The word for a channel.
#[must_use]
pub const fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Screen => "screen",
        Channel::Sms => "sms",
        Channel::Webhook => "webhook",
        Channel::Loudspeaker => "loudspeaker",
        Channel::Cap => "cap",
        Channel::Visit => "visit",
    }
}

const fn receipt_state(state: ReceiptState) -> &'static str {
    match state {
        ReceiptState::Sent => "sent",
        ReceiptState::Delivered => "delivered",
        ReceiptState::Read => "read",
        ReceiptState::Acknowledged => "acknowledged",
        ReceiptState::NeedsHelp => "needs-help",
        ReceiptState::Failed => "failed",
    }
}

const fn notice_state(state: NoticeState) -> &'static str {
    match state {
        NoticeState::Targeted => "targeted",
        NoticeState::Sent => "sent",
        NoticeState::Delivered => "delivered",
        NoticeState::Read => "read",
        NoticeState::Acknowledged => "acknowledged",
        NoticeState::NeedsHelp => "needs-help",
        NoticeState::Failed => "failed",
        NoticeState::Visiting => "visiting",
        NoticeState::Visited => "visited",
        NoticeState::Unreachable => "unreachable",
    }
}
