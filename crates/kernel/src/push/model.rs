//! Policies, as packs define them, and notices.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    AreaCode, IncidentId, Ms, NoticeId, PolicyId, Position, Text,
    danger::HazardRule,
    event::Actor,
    registry::{Key, Party},
};

/// Who is told what when an alarm is raised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// Unique, for example `gas-household/leak`.
    pub key: Key,
    /// Smallest alarm level that starts it, from 0.
    pub from_level: u8,
    /// Zones of the danger area; a recipient counts to the one that asks most of it, the first of several.
    pub zones: Vec<Zone>,
    /// Posts that are told whatever the zone: roles, nearest post that answers for the place first.
    pub posts: Vec<PostRule>,
    /// Wording of the all-clear.
    pub all_clear: Text,
    /// CAP document of the warning; none when it is never published.
    pub cap: Option<CapRule>,
    /// Role of the post that visits whoever cannot be reached.
    pub visit: String,
    /// How far the danger reaches, by a model: what zones by level follow.
    pub hazard: Option<HazardRule>,
    /// Kinds of incidents for which a credible call tells people at once, as an alarm does.
    pub on_call: Vec<Key>,
}

/// One zone of a danger area.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Zone {
    /// Name for people.
    pub name: Text,
    /// Its shape.
    pub shape: Shape,
    /// What people there shall do.
    pub action: Protective,
    /// Wording: `{place}` `{what}` `{person}` `{contact}` `{value}` are filled in.
    pub wording: Text,
    /// Wording for people who cannot leave unaided.
    pub assisted: Text,
    /// Channels in order: the next when no receipt comes in time.
    pub ladder: Vec<Rung>,
}

/// Shape of a zone, relative to the place of the alarm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Shape {
    /// Same room or unit.
    Room,
    /// Same stair of the same facility, so many floors up and down.
    Stair {
        /// Floors up and down; floors of people and devices without a floor count as inside.
        floors: i32,
    },
    /// Same facility.
    Facility,
    /// Circle around the device.
    Radius {
        /// In metres.
        metres: f64,
    },
    /// Fixed polygon, first point repeated last.
    Polygon(Vec<Position>),
    /// Where the policy's model reaches a level; as soon as the danger is there it becomes an outline or a circle.
    Level {
        /// Key of the level, for example `aegl-2`.
        level: String,
        /// Radius in metres that holds when the model gives nothing.
        fallback_metres: f64,
    },
    /// What a model says, in one or more parts, first point of each repeated last.
    Outline(Vec<Vec<Position>>),
    /// Circle around the source of a danger.
    Circle {
        /// Its middle.
        centre: Position,
        /// In metres.
        metres: f64,
    },
}

/// What people shall do. The order is the order of sending: leave first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Protective {
    /// Leave now.
    Leave,
    /// Stay inside, close windows.
    Shelter,
    /// Do not come near.
    StayAway,
    /// For those who have a task: do it.
    Task,
    /// To know.
    Inform,
    /// The danger is over.
    AllClear,
}

/// A post that is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PostRule {
    /// Role of the post.
    pub role: String,
    /// Wording.
    pub wording: Text,
    /// Channels in order.
    pub ladder: Vec<Rung>,
    /// Only where a device of the facility says so: what a dossier notes of a building becomes a line of a task there. None:
    /// everywhere.
    pub only_where: Option<Says>,
}

/// What an attribute of a device must say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Says {
    /// Name of the attribute, for example `building.stairs`.
    pub attribute: String,
    /// Its value.
    pub value: String,
}

/// One channel of a ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    /// The channel.
    pub channel: Channel,
    /// How long to wait for delivery before the next channel.
    pub wait: Ms,
}

/// A way to reach somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Channel {
    /// Live screen of a signed-in person.
    Screen,
    /// Short message through the configured HTTP gateway.
    Sms,
    /// Signed HTTP call to another system.
    Webhook,
    /// Loudspeaker device over MQTT.
    Loudspeaker,
    /// CAP 1.2 document in the public feed.
    Cap,
    /// A named person goes there.
    Visit,
}

impl Channel {
    /// Whether it reaches the public or another system: closed to drills.
    #[must_use]
    pub const fn is_public(self) -> bool {
        matches!(self, Self::Sms | Self::Webhook | Self::Cap)
    }
}

/// How a warning is written as CAP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapRule {
    /// CAP category, for example `Safety`.
    pub category: String,
    /// CAP urgency.
    pub urgency: String,
    /// CAP severity.
    pub severity: String,
    /// CAP certainty.
    pub certainty: String,
    /// How long it holds.
    pub expires: Ms,
}

/// A notice to one recipient, complete in itself. Its number is its idempotency key (with the channel).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// Number.
    pub id: NoticeId,
    /// Incident it belongs to.
    pub incident: IncidentId,
    /// Policy it follows; none when a post is called because nobody took an incident.
    pub policy: Option<PolicyId>,
    /// To whom.
    pub party: Party,
    /// Name of the recipient, for people.
    pub name: Arc<str>,
    /// Telephone or other address; empty when none.
    pub address: Arc<str>,
    /// Where the recipient is, in words.
    pub place: Arc<str>,
    /// Area of the recipient.
    pub area: AreaCode,
    /// What keeps the recipient from leaving unaided.
    pub needs: Arc<[String]>,
    /// What to do.
    pub action: Protective,
    /// The words.
    pub text: Arc<Text>,
    /// Language of the recipient.
    pub language: Arc<str>,
    /// Channels in order.
    pub ladder: Arc<[Rung]>,
    /// Which of them is in use, from 0; the length of the ladder means: visit.
    pub rung: u8,
    /// State now.
    pub state: NoticeState,
    /// When it was targeted.
    pub created: Ms,
    /// When it changed last.
    pub changed: Ms,
    /// Every attempt and receipt, oldest first; at most 32.
    pub receipts: Vec<ReceiptEntry>,
    /// Post that visits; empty until needed.
    pub visitor: Arc<str>,
    /// Whether it belongs to a drill.
    pub drill: bool,
}

/// State of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum NoticeState {
    /// To be sent.
    Targeted,
    /// Handed to the channel.
    Sent,
    /// The channel says it arrived.
    Delivered,
    /// Opened.
    Read,
    /// The recipient answered.
    Acknowledged,
    /// The recipient needs help.
    NeedsHelp,
    /// The present channel failed; the next follows.
    Failed,
    /// All channels failed: a named person visits.
    Visiting,
    /// Visited and reached.
    Visited,
    /// Nobody could reach them, also by visit.
    Unreachable,
}

impl NoticeState {
    /// Whether this is a final state: reached, visited, or named unreachable.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Acknowledged | Self::Visited | Self::Unreachable)
    }
}

/// What a channel or person reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ReceiptState {
    /// Handed over.
    Sent,
    /// Arrived.
    Delivered,
    /// Opened.
    Read,
    /// Answered: understood, safe.
    Acknowledged,
    /// Answered: need help.
    NeedsHelp,
    /// Not possible over this channel.
    Failed,
}

/// One line of a notice's history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReceiptEntry {
    /// When.
    pub at: Ms,
    /// Over which channel.
    pub channel: Channel,
    /// What.
    pub state: ReceiptState,
    /// Why, or in which words.
    pub detail: String,
    /// Who reported it, when a person did.
    pub by: Option<Actor>,
}

/// A warning as it is published (CAP alert); made once for each phase of an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Warning {
    /// Incident.
    pub incident: IncidentId,
    /// Counts the messages of the incident, from 1: alert, updates, cancel.
    pub sequence: u32,
    /// Whether it lifts the warning.
    pub cancel: bool,
    /// When it was issued.
    pub sent: Ms,
    /// When the messages that it replaces were issued, oldest first and without a gap up to the one before it: for the CAP
    /// references.
    pub earlier: Vec<Ms>,
    /// Until when it holds.
    pub expires: Ms,
    /// How it is written.
    pub cap: CapRule,
    /// Kind of event.
    pub event: Text,
    /// Event code of GB/T 35561-2017.
    pub code: String,
    /// Headline.
    pub headline: Text,
    /// What to do.
    pub instruction: Text,
    /// Where, in words.
    pub place: Arc<str>,
    /// Area.
    pub area: AreaCode,
    /// Circle around the place: centre and metres.
    pub circle: Option<(Position, f64)>,
    /// Polygons, first point repeated last.
    pub polygons: Vec<Vec<Position>>,
    /// Whether it belongs to a drill (then CAP status is Exercise, and it never enters the public feed).
    pub drill: bool,
}
