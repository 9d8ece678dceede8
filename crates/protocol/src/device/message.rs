//! What the platform sends to devices.

use helan_kernel::{Ms, NoticeId, dispose::Command};
use serde_json::json;

/// A command as devices read it.
#[must_use]
pub fn command(command: &Command) -> Vec<u8> {
    let Ms(issued) = command.issued;
    let Ms(expires) = command.expires;
    let value = json!({
        "id": command.id.to_string(),
        "name": &*command.name,
        "argument": command.argument,
        "issued": issued,
        "expires": expires,
        "drill": command.drill,
    });
    value.to_string().into_bytes()
}

/// An announcement for a loudspeaker.
#[must_use]
pub fn speech(notice: NoticeId, text: &str, issued: Ms, expires: Ms, drill: bool) -> Vec<u8> {
    let value = json!({
        "id": format!("n{notice}"),
        "name": "speaker.say",
        "text": text,
        "issued": issued.0,
        "expires": expires.0,
        "drill": drill,
    });
    value.to_string().into_bytes()
}
