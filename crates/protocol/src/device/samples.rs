//! Readings as devices send them.

use std::fmt;

use helan_kernel::{Ms, Quality};

use super::{MAX_PAYLOAD, json::Cursor, senml};

/// One value as it stands in a payload.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample<'a> {
    /// Name of the point.
    pub name: &'a str,
    /// When it was measured; none means: when it arrived.
    pub at: Option<Ms>,
    /// The value. May be infinite: then the number was too large to be one.
    pub value: f64,
    /// How far the device trusts it.
    pub quality: Quality,
    /// The unit, if the device names one.
    pub unit: Option<&'a str>,
}

/// The formats of readings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// An object `{"ts":…,"values":{…}}` or an array of such.
    Json,
    /// SenML JSON (RFC 8428).
    SenMl,
}

/// Why something of a device is refused: stable words that reach the sender and the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The payload cannot be read.
    Malformed,
    /// The payload is above 256 KiB.
    TooLarge,
    /// No device of this name is registered.
    UnknownDevice,
    /// The device has no point of this name.
    UnknownPoint,
    /// The value is no finite number.
    NotFinite,
    /// The unit is not that of the point.
    WrongUnit,
    /// Measured more than five minutes from now.
    Future,
    /// Measured more than thirty days ago.
    Ancient,
    /// The sender may not do this.
    NotAllowed,
    /// More readings than a message may have, or more messages than a sender may send.
    TooMany,
    /// The platform does not know (any more) what the message speaks of.
    UnknownCommand,
}

impl Reason {
    /// The word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::TooLarge => "too-large",
            Self::UnknownDevice => "unknown-device",
            Self::UnknownPoint => "unknown-point",
            Self::NotFinite => "not-finite",
            Self::WrongUnit => "wrong-unit",
            Self::Future => "future",
            Self::Ancient => "ancient",
            Self::NotAllowed => "not-allowed",
            Self::TooMany => "too-many",
            Self::UnknownCommand => "unknown-command",
        }
    }
}

impl Reason {
    /// The reason code of MQTT 5 for it (docs/protocols/device-api.md).
    #[must_use]
    pub const fn mqtt_code(self) -> u8 {
        match self {
            Self::Malformed
            | Self::TooLarge
            | Self::UnknownPoint
            | Self::NotFinite
            | Self::WrongUnit
            | Self::Future
            | Self::Ancient => 0x99,
            Self::UnknownDevice => 0x90,
            Self::NotAllowed => 0x87,
            Self::TooMany => 0x97,
            Self::UnknownCommand => 0x80,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A payload that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{fault} at byte {offset}")]
pub struct Malformed {
    /// Where, counted in bytes from 0.
    pub offset: usize,
    /// What is wrong there.
    pub fault: Fault,
}

/// What is wrong with a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Above [`MAX_PAYLOAD`].
    #[error("payload too large")]
    TooLarge,
    /// More than [`super::MAX_READINGS`] readings.
    #[error("too many readings")]
    TooMany,
    /// Bytes that are no UTF-8.
    #[error("not UTF-8")]
    Encoding,
    /// Ends in the middle.
    #[error("unexpected end")]
    End,
    /// Another character than the grammar wants.
    #[error("unexpected character")]
    Unexpected,
    /// Something after the end.
    #[error("trailing characters")]
    Trailing,
    /// A string with a wrong escape or a control character.
    #[error("malformed string")]
    Text,
    /// Not a JSON number.
    #[error("malformed number")]
    Number,
    /// `NaN` or `Infinity`, which JSON does not have.
    #[error("not a finite number")]
    NotFinite,
    /// The same member twice.
    #[error("duplicate member")]
    Duplicate,
    /// A member that the format does not have.
    #[error("unknown member")]
    Unknown,
    /// A member that must be there is missing.
    #[error("a member is missing")]
    Missing,
    /// A value of the wrong type.
    #[error("wrong type of value")]
    Type,
    /// A name that is empty or too long.
    #[error("bad name")]
    Name,
    /// A time that is no whole number of milliseconds, or beyond all calendars.
    #[error("bad time")]
    Time,
    /// A word that is not one of those allowed.
    #[error("bad word")]
    Word,
    /// Nested too deeply.
    #[error("nested too deeply")]
    Depth,
    /// A version or extension of the format that is not understood.
    #[error("unsupported version or extension")]
    Version,
}

impl Malformed {
    /// The word for it.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self.fault {
            Fault::TooLarge => Reason::TooLarge,
            Fault::TooMany => Reason::TooMany,
            Fault::NotFinite => Reason::NotFinite,
            _ => Reason::Malformed,
        }
    }
}

/// Reads a payload of either format, calling `each` for every value in order. `now` is the moment of arrival, which SenML
/// times may be relative to. When this fails, values that `each` has seen already must not be used.
///
/// # Errors
/// When the payload as a whole cannot be read.
pub fn read(bytes: &[u8], now: Ms, each: &mut dyn FnMut(Sample<'_>)) -> Result<Format, Malformed> {
    let cursor = Cursor::new(bytes)?;
    let format = detect_at(cursor.clone());
    read_cursor(cursor, format, now, each)?;
    Ok(format)
}

/// Reads a payload of a known format; see [`read`].
///
/// # Errors
/// When the payload as a whole cannot be read.
pub fn read_as(
    format: Format,
    bytes: &[u8],
    now: Ms,
    each: &mut dyn FnMut(Sample<'_>),
) -> Result<(), Malformed> {
    read_cursor(Cursor::new(bytes)?, format, now, each)
}

fn read_cursor(
    mut cursor: Cursor<'_>,
    format: Format,
    now: Ms,
    each: &mut dyn FnMut(Sample<'_>),
) -> Result<(), Malformed> {
    match format {
        Format::Json => super::json::readings(&mut cursor, each)?,
        Format::SenMl => senml::pack(&mut cursor, now, each)?,
    }
    cursor.finish()
}

/// The format of a payload: SenML is an array whose first record begins with a member that only SenML has.
#[must_use]
pub fn detect(text: &str) -> Format {
    detect_at(Cursor::of(text))
}

fn detect_at(mut cursor: Cursor<'_>) -> Format {
    let mut first = || {
        cursor.open(b'[').ok()?;
        cursor.open(b'{').ok()?;
        cursor.text().ok()
    };
    match first().as_deref() {
        None | Some("ts" | "values" | "quality" | "units") => Format::Json,
        Some(_) => Format::SenMl,
    }
}

impl<'a> Cursor<'a> {
    /// Starts at the first byte of a payload.
    fn new(bytes: &'a [u8]) -> Result<Self, Malformed> {
        if bytes.len() > MAX_PAYLOAD {
            return Err(Malformed { offset: MAX_PAYLOAD, fault: Fault::TooLarge });
        }
        let text = str::from_utf8(bytes)
            .map_err(|error| Malformed { offset: error.valid_up_to(), fault: Fault::Encoding })?;
        Ok(Self::of(text))
    }
}
