//! A CAP document as it was read.

use serde::Serialize;

/// An alert. Texts are as in the document; times are ms UTC.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Alert {
    /// Unique for its sender.
    pub identifier: String,
    /// Who.
    pub sender: String,
    /// When, ms UTC.
    pub sent: i64,
    /// Actual, Exercise, System, Test or Draft.
    pub status: String,
    /// Alert, Update, Cancel, Ack or Error.
    pub msg_type: String,
    /// Where it comes from.
    pub source: Option<String>,
    /// Public, Restricted or Private.
    pub scope: String,
    /// To whom it is restricted.
    pub restriction: Option<String>,
    /// To whom it is addressed.
    pub addresses: Option<String>,
    /// Codes of the profile.
    pub codes: Vec<String>,
    /// Note.
    pub note: Option<String>,
    /// Messages it speaks of.
    pub references: Vec<Reference>,
    /// Incidents it speaks of.
    pub incidents: Option<String>,
    /// What is said, once for each language or phase.
    pub infos: Vec<Info>,
}

/// Another message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reference {
    /// Its sender.
    pub sender: String,
    /// Its identifier.
    pub identifier: String,
    /// When it was sent, ms UTC.
    pub sent: i64,
}

/// What is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Info {
    /// Language; `en-US` when the document names none.
    pub language: String,
    /// Geo, Met, Safety…
    pub categories: Vec<String>,
    /// Kind of event.
    pub event: String,
    /// Shelter, Evacuate…
    pub response_types: Vec<String>,
    /// Immediate, Expected, Future, Past or Unknown.
    pub urgency: String,
    /// Extreme, Severe, Moderate, Minor or Unknown.
    pub severity: String,
    /// Observed, Likely, Possible, Unlikely or Unknown.
    pub certainty: String,
    /// For whom.
    pub audience: Option<String>,
    /// Codes of the event.
    pub event_codes: Vec<Named>,
    /// From when it holds, ms UTC.
    pub effective: Option<i64>,
    /// When the event is expected, ms UTC.
    pub onset: Option<i64>,
    /// Until when it holds, ms UTC.
    pub expires: Option<i64>,
    /// Name of the sender.
    pub sender_name: Option<String>,
    /// Headline.
    pub headline: Option<String>,
    /// What happens.
    pub description: Option<String>,
    /// What to do.
    pub instruction: Option<String>,
    /// Where to read more.
    pub web: Option<String>,
    /// Whom to ask.
    pub contact: Option<String>,
    /// Additions of the profile.
    pub parameters: Vec<Named>,
    /// Files.
    pub resources: Vec<Resource>,
    /// Where.
    pub areas: Vec<Area>,
}

/// A value with the name of its kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Name of the kind.
    pub name: String,
    /// Value.
    pub value: String,
}

/// A file that belongs to an alert; its content is not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Resource {
    /// What it is.
    pub description: String,
    /// Media type.
    pub mime_type: String,
    /// Size in bytes.
    pub size: Option<u64>,
    /// Where it is.
    pub uri: Option<String>,
    /// SHA-1 of the content, hexadecimal.
    pub digest: Option<String>,
}

/// Where an alert holds: the union of its parts.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Area {
    /// In words.
    pub description: String,
    /// Rings of (latitude, longitude) in degrees, first repeated last.
    pub polygons: Vec<Vec<(f64, f64)>>,
    /// Latitude, longitude in degrees, radius in kilometres.
    pub circles: Vec<(f64, f64, f64)>,
    /// Codes of areas.
    pub geocodes: Vec<Named>,
    /// Lower edge in feet above sea level.
    pub altitude: Option<f64>,
    /// Upper edge in feet above sea level.
    pub ceiling: Option<f64>,
}
