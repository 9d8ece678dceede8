//! How any payload is read, as JSON: for people who connect a device.

use helan_kernel::{Ms, Quality, event::ReplyOutcome};
use serde_json::{Value, json};

use crate::{
    cap,
    device::{self, About, Format, Malformed, Sample},
};

/// Reads bytes of one protocol. `now` is the moment that relative times count from.
type Decoder = fn(bytes: &[u8], now: Ms) -> Value;

/// The protocols by name.
const PROTOCOLS: &[(&str, Decoder)] = &[
    ("device", |bytes, now| {
        let text = str::from_utf8(bytes).unwrap_or_default();
        readings(device::detect(text), bytes, now)
    }),
    ("device-json", |bytes, now| readings(Format::Json, bytes, now)),
    ("senml", |bytes, now| readings(Format::SenMl, bytes, now)),
    ("device-reply", |bytes, _| reply(bytes)),
    ("cap", |bytes, _| warning(bytes)),
];

/// The name of a protocol is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown protocol {name}; known are {}", names().collect::<Vec<_>>().join(", "))]
pub struct UnknownProtocol {
    /// The name.
    pub name: String,
}

/// The names of all protocols.
pub fn names() -> impl Iterator<Item = &'static str> {
    PROTOCOLS.iter().map(|(name, _)| *name)
}

/// How a payload is read, as JSON. A payload that cannot be read gives `{"refused":{"reason":…,"detail":…,"offset":…}}`.
///
/// # Errors
/// When the protocol is not known.
pub fn decode(protocol: &str, bytes: &[u8], now: Ms) -> Result<Value, UnknownProtocol> {
    let decoder = PROTOCOLS.iter().find(|(name, _)| *name == protocol);
    let (_, decoder) = decoder.ok_or_else(|| UnknownProtocol { name: protocol.to_owned() })?;
    Ok(decoder(bytes, now))
}

fn readings(format: Format, bytes: &[u8], now: Ms) -> Value {
    let mut found = Vec::new();
    let mut each = |sample: Sample<'_>| {
        found.push(json!({
            "point": sample.name,
            "at": sample.at.map(|at| at.0),
            "value": sample.value.is_finite().then_some(sample.value),
            "quality": match sample.quality {
                Quality::Good => "good",
                Quality::Uncertain => "uncertain",
                Quality::Bad => "bad",
            },
            "unit": sample.unit,
        }));
    };
    match device::read_as(format, bytes, now, &mut each) {
        Ok(()) => json!({
            "format": match format {
                Format::Json => "device-json",
                Format::SenMl => "senml",
            },
            "readings": found,
        }),
        Err(malformed) => refused(malformed),
    }
}

fn reply(bytes: &[u8]) -> Value {
    match device::reply(bytes) {
        Ok(reply) => json!({ "reply": {
            "about": match reply.about {
                About::Command(id) => json!({ "command": id.0 }),
                About::Notice(id) => json!({ "notice": id.0 }),
            },
            "outcome": match reply.outcome {
                ReplyOutcome::Received => "received",
                ReplyOutcome::Done => "done",
                ReplyOutcome::Refused => "refused",
                ReplyOutcome::Failed => "failed",
                ReplyOutcome::Expired => "expired",
            },
            "detail": reply.detail,
        }}),
        Err(malformed) => refused(malformed),
    }
}

fn warning(bytes: &[u8]) -> Value {
    match cap::parse(bytes, &cap::Limits::default()) {
        Ok(alert) => json!({ "alert": alert }),
        Err(error) => json!({ "refused": {
            "reason": "malformed",
            "detail": error.fault.to_string(),
            "offset": error.offset,
        }}),
    }
}

fn refused(malformed: Malformed) -> Value {
    json!({ "refused": {
        "reason": malformed.reason().word(),
        "detail": malformed.fault.to_string(),
        "offset": malformed.offset,
    }})
}
