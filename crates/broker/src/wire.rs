//! Bytes on the wire: frames, and the packets that come in thousands.
//!
//! PUBLISH and the acknowledgements are read and written here, borrowed from the read buffer and without an allocation for
//! each; the rare packets (CONNECT, SUBSCRIBE and their answers) are left to the codec crate, see [`crate::control`].

use bytes::BufMut;

use crate::link::{Ack, Qos};

/// Which MQTT a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// MQTT 3.1.1.
    V3,
    /// MQTT 5.0.
    V5,
}

/// How a client broke the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Bytes that are no packet.
    #[error("malformed packet")]
    Malformed,
    /// A packet that may not come here or now.
    #[error("protocol error")]
    Protocol,
    /// A packet above the limit.
    #[error("packet too large")]
    TooLarge,
    /// A topic that cannot be published to.
    #[error("invalid topic name")]
    Topic,
    /// A first packet that did not come whole in its time.
    #[error("no whole CONNECT in time")]
    Cut,
    /// A version of MQTT that is not spoken here.
    #[error("unknown version of MQTT")]
    Version,
    /// A client id above the limit.
    #[error("client id too long")]
    ClientId,
    /// An alias for a topic, which was not offered.
    #[error("topic aliases are not supported")]
    Alias,
}

impl Fault {
    /// The reason code of DISCONNECT (MQTT 5.0 section 3.14.2.1).
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Malformed => 0x81,
            Self::Protocol | Self::Cut => 0x82,
            Self::Version => 0x84,
            Self::ClientId => 0x85,
            Self::TooLarge => 0x95,
            Self::Topic => 0x90,
            Self::Alias => 0x94,
        }
    }
}

/// Packet types, the upper four bits of the first byte.
pub(crate) mod kind {
    pub(crate) const CONNECT: u8 = 1;
    pub(crate) const PUBLISH: u8 = 3;
    pub(crate) const PUBACK: u8 = 4;
    pub(crate) const PUBREC: u8 = 5;
    pub(crate) const PUBREL: u8 = 6;
    pub(crate) const PUBCOMP: u8 = 7;
    pub(crate) const SUBSCRIBE: u8 = 8;
    pub(crate) const UNSUBSCRIBE: u8 = 10;
    pub(crate) const PINGREQ: u8 = 12;
    pub(crate) const DISCONNECT: u8 = 14;
}

/// One packet: its first byte and what follows the length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Type and flags.
    pub head: u8,
    /// Variable header and payload.
    pub body: &'a [u8],
}

impl Frame<'_> {
    /// The packet type.
    pub(crate) const fn kind(&self) -> u8 {
        self.head >> 4
    }

    /// The flags.
    pub(crate) const fn flags(&self) -> u8 {
        self.head & 0x0f
    }
}

/// Cuts the next packet off; none while it is incomplete.
///
/// # Errors
/// When the length is malformed or above `most` bytes.
pub fn frame<'a>(bytes: &mut &'a [u8], most: usize) -> Result<Option<Frame<'a>>, Fault> {
    let Some((&head, rest)) = bytes.split_first() else { return Ok(None) };
    let Some((length, rest)) = varint(rest)? else { return Ok(None) };
    if length > most {
        return Err(Fault::TooLarge);
    }
    let Some((body, rest)) = rest.split_at_checked(length) else { return Ok(None) };
    *bytes = rest;
    Ok(Some(Frame { head, body }))
}

/// A variable byte integer and what follows it; none while it is incomplete.
fn varint(bytes: &[u8]) -> Result<Option<(usize, &[u8])>, Fault> {
    let mut value = 0usize;
    for place in 0..4 {
        let Some(&byte) = bytes.get(place) else { return Ok(None) };
        value |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Ok(Some((value, bytes.get(place + 1..).unwrap_or_default())));
        }
    }
    Err(Fault::Malformed)
}

/// A PUBLISH packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Publish<'a> {
    /// Topic.
    pub topic: &'a str,
    /// Payload.
    pub payload: &'a [u8],
    /// Quality of service.
    pub qos: Qos,
    /// Packet number; 0 at QoS 0.
    pub packet: u16,
}

/// Reads a PUBLISH packet.
///
/// # Errors
/// When it is malformed, names no topic, or uses an alias.
pub fn publish(frame: Frame<'_>, version: Version) -> Result<Publish<'_>, Fault> {
    let qos = match (frame.flags() >> 1) & 3 {
        0 => Qos::AtMostOnce,
        1 => Qos::AtLeastOnce,
        2 => Qos::ExactlyOnce,
        _ => return Err(Fault::Malformed),
    };
    let (length, rest) = u16_of(frame.body)?;
    let (topic, mut rest) = rest.split_at_checked(usize::from(length)).ok_or(Fault::Malformed)?;
    let topic = str::from_utf8(topic).map_err(|_utf8| Fault::Malformed)?;
    let mut packet = 0;
    if qos != Qos::AtMostOnce {
        (packet, rest) = u16_of(rest)?;
        if packet == 0 {
            return Err(Fault::Protocol);
        }
    }
    if version == Version::V5 {
        rest = publish_properties(rest)?;
    }
    if topic.is_empty() || topic.bytes().any(|byte| matches!(byte, 0 | b'#' | b'+')) {
        return Err(Fault::Topic);
    }
    Ok(Publish { topic, payload: rest, qos, packet })
}

/// Passes over the properties of a PUBLISH; none of them matters here, but an alias would leave the topic open.
fn publish_properties(bytes: &[u8]) -> Result<&[u8], Fault> {
    const TOPIC_ALIAS: u8 = 35;
    const SUBSCRIPTION: u8 = 11;
    let (length, rest) = varint(bytes)?.ok_or(Fault::Malformed)?;
    let (mut properties, rest) = rest.split_at_checked(length).ok_or(Fault::Malformed)?;
    while let Some((&id, value)) = properties.split_first() {
        properties = match id {
            TOPIC_ALIAS => return Err(Fault::Alias),
            SUBSCRIPTION => return Err(Fault::Protocol),
            // Payload format indicator; message expiry; content type, response topic, correlation data; user property.
            1 => value.get(1..).ok_or(Fault::Malformed)?,
            2 => value.get(4..).ok_or(Fault::Malformed)?,
            3 | 8 | 9 => skip_binary(value)?,
            38 => skip_binary(skip_binary(value)?)?,
            _ => return Err(Fault::Malformed),
        };
    }
    Ok(rest)
}

fn skip_binary(bytes: &[u8]) -> Result<&[u8], Fault> {
    let (length, rest) = u16_of(bytes)?;
    rest.get(usize::from(length)..).ok_or(Fault::Malformed)
}

fn u16_of(bytes: &[u8]) -> Result<(u16, &[u8]), Fault> {
    let (number, rest) = bytes.split_first_chunk().ok_or(Fault::Malformed)?;
    Ok((u16::from_be_bytes(*number), rest))
}

/// Reads PUBACK, PUBREC, PUBREL or PUBCOMP: the packet number and whether it reports success.
///
/// # Errors
/// When it is malformed.
pub fn acknowledgement(frame: Frame<'_>, version: Version) -> Result<(u16, bool), Fault> {
    let flags = if frame.kind() == kind::PUBREL { 2 } else { 0 };
    let (packet, rest) = u16_of(frame.body)?;
    if frame.flags() != flags || packet == 0 || (version == Version::V3 && !rest.is_empty()) {
        return Err(Fault::Malformed);
    }
    Ok((packet, rest.first().is_none_or(|reason| *reason < 0x80)))
}

/// Writes an acknowledgement of the given kind.
pub(crate) fn put_acknowledgement(
    out: &mut Vec<u8>,
    version: Version,
    kind: u8,
    packet: u16,
    ack: &Ack,
) {
    let head = kind << 4 | if kind == kind::PUBREL { 2 } else { 0 };
    let code = ack.reason.code();
    if version == Version::V3 || (code == 0 && ack.text.is_none()) {
        let [high, low] = packet.to_be_bytes();
        out.extend_from_slice(&[head, 2, high, low]);
        return;
    }
    let text = ack.text.as_deref().unwrap_or_default();
    let text = text.get(..text.floor_char_boundary(MAX_REASON_BYTES)).unwrap_or_default();
    let properties = if text.is_empty() { 0 } else { 3 + text.len() };
    out.push(head);
    put_varint(out, 3 + varint_len(properties) + properties);
    out.put_u16(packet);
    out.push(code);
    put_varint(out, properties);
    if !text.is_empty() {
        out.push(31);
        put_string(out, text);
    }
}

/// Longest reason string that is sent: devices have small buffers.
const MAX_REASON_BYTES: usize = 256;
/// Longest acknowledgement: the reason string, and what stands around it.
pub(crate) const MAX_ACKNOWLEDGEMENT: usize = MAX_REASON_BYTES + 16;

/// Writes a PUBLISH; `packet` 0 means QoS 0, `expiry` is in seconds.
pub(crate) fn put_publish(
    out: &mut Vec<u8>,
    version: Version,
    packet: u16,
    topic: &str,
    payload: &[u8],
    expiry: Option<u32>,
) {
    let properties = match (version, expiry) {
        (Version::V3, _) => None,
        (Version::V5, None) => Some(0),
        (Version::V5, Some(_)) => Some(5),
    };
    let number = if packet == 0 { 0 } else { 2 };
    let length = 2 + topic.len() + number + properties.map_or(0, |size| 1 + size) + payload.len();
    out.push(kind::PUBLISH << 4 | if packet == 0 { 0 } else { 2 });
    put_varint(out, length);
    put_string(out, topic);
    if packet != 0 {
        out.put_u16(packet);
    }
    if let Some(size) = properties {
        put_varint(out, size);
        if let Some(expiry) = expiry {
            out.push(2);
            out.put_u32(expiry);
        }
    }
    out.extend_from_slice(payload);
}

/// Writes a DISCONNECT with a reason; MQTT 3.1.1 servers only close the socket.
pub(crate) fn put_disconnect(out: &mut Vec<u8>, version: Version, code: u8) {
    if version == Version::V5 {
        out.extend_from_slice(&[kind::DISCONNECT << 4, 1, code]);
    }
}

/// Writes a variable byte integer; lengths here are bounded by the packet limit, far below its end.
pub(crate) fn put_varint(out: &mut Vec<u8>, mut value: usize) {
    loop {
        let low = u8::try_from(value & 0x7f).unwrap_or(0);
        value >>= 7;
        if value == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

const fn varint_len(value: usize) -> usize {
    match value {
        0..0x80 => 1,
        0x80..0x4000 => 2,
        0x4000..0x20_0000 => 3,
        _ => 4,
    }
}

/// Writes a text with its length in front; topics and reasons are far shorter than 64 KiB.
pub(crate) fn put_string(out: &mut Vec<u8>, text: &str) {
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    out.put_u16(length);
    out.extend_from_slice(text.as_bytes().get(..usize::from(length)).unwrap_or_default());
}
