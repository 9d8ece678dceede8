//! What the platform sends to devices.

use helan_kernel::{Ms, NoticeId, dispose::Command};
use serde::Serialize;

/// See docs/protocols/device-api.md, "Commands" and "Loudspeakers".
#[derive(Serialize)]
struct Wire<'a> {
    id: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    argument: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    issued: i64,
    expires: i64,
    drill: bool,
}

impl Wire<'_> {
    fn bytes(&self) -> Vec<u8> {
        // Texts, whole numbers and finite ones can always be written.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// A command as devices read it.
#[must_use]
pub fn command(command: &Command) -> Vec<u8> {
    let wire = Wire {
        id: &command.id.to_string(),
        name: &command.name,
        argument: Some(command.argument),
        text: None,
        issued: command.issued.0,
        expires: command.expires.0,
        drill: command.drill,
    };
    wire.bytes()
}

/// An announcement for a loudspeaker.
#[must_use]
pub fn speech(notice: NoticeId, text: &str, issued: Ms, expires: Ms, drill: bool) -> Vec<u8> {
    let wire = Wire {
        id: &format!("n{notice}"),
        name: "speaker.say",
        argument: None,
        text: Some(text),
        issued: issued.0,
        expires: expires.0,
        drill,
    };
    wire.bytes()
}
