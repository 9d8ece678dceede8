//! The few MQTT 5 packets that carry load, encoded once and patched: the generator shares the machine with the server, so
//! each cycle it spends is missing there. Everything else (connecting, subscribing) goes through the codec crate.

/// What a packet of the server means to the generator.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// A message; `id` is none at QoS 0.
    Publish {
        /// Packet identifier to confirm.
        id: Option<u16>,
        /// Payload.
        payload: &'a [u8],
    },
    /// A confirmation.
    PubAck {
        /// Which.
        id: u16,
        /// Whether the server took it.
        accepted: bool,
    },
    /// The server ends the connection, with its reason code.
    Disconnect(u8),
    /// Anything else.
    Other,
}

/// The bytes are no MQTT.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("damaged packet")]
pub struct Damaged;

/// The first whole packet in `bytes` and its length; none when more bytes are needed.
///
/// # Errors
/// When the bytes are no MQTT.
pub fn frame(bytes: &[u8]) -> Result<Option<(Frame<'_>, usize)>, Damaged> {
    let Some((&first, rest)) = bytes.split_first() else { return Ok(None) };
    let Some((length, head)) = varint(rest)? else { return Ok(None) };
    let Some(body) = rest.get(head..head + length) else { return Ok(None) };
    let frame = match first >> 4 {
        3 => publish(first, body)?,
        4 => {
            let (id, rest) = u16_be(body)?;
            let accepted = rest.first().is_none_or(|reason| *reason < 0x80);
            Frame::PubAck { id, accepted }
        }
        14 => Frame::Disconnect(body.first().copied().unwrap_or(0)),
        _ => Frame::Other,
    };
    Ok(Some((frame, 1 + head + length)))
}

fn publish(first: u8, body: &[u8]) -> Result<Frame<'_>, Damaged> {
    let (topic, rest) = u16_be(body)?;
    let rest = rest.get(usize::from(topic)..).ok_or(Damaged)?;
    let (id, rest) = match (first >> 1) & 3 {
        0 => (None, rest),
        _ => u16_be(rest).map(|(id, rest)| (Some(id), rest))?,
    };
    let (properties, head) = varint(rest)?.ok_or(Damaged)?;
    let payload = rest.get(head + properties..).ok_or(Damaged)?;
    Ok(Frame::Publish { id, payload })
}

fn u16_be(bytes: &[u8]) -> Result<(u16, &[u8]), Damaged> {
    let (number, rest) = bytes.split_first_chunk::<2>().ok_or(Damaged)?;
    Ok((u16::from_be_bytes(*number), rest))
}

/// A variable byte integer and its length; none when it is not whole yet.
fn varint(bytes: &[u8]) -> Result<Option<(usize, usize)>, Damaged> {
    let mut value = 0_usize;
    for (place, byte) in bytes.iter().take(4).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Ok(Some((value, place + 1)));
        }
    }
    if bytes.len() < 4 { Ok(None) } else { Err(Damaged) }
}

/// Adds a PUBLISH without properties; QoS 1 with an `id`, else QoS 0. Gives the place of the identifier.
pub fn put_publish(out: &mut Vec<u8>, topic: &str, id: Option<u16>, payload: &[u8]) -> usize {
    let length = 2 + topic.len() + usize::from(id.is_some()) * 2 + 1 + payload.len();
    out.push(if id.is_some() { 0x32 } else { 0x30 });
    put_varint(out, length);
    let topic_length = u16::try_from(topic.len()).unwrap_or(u16::MAX);
    out.extend_from_slice(&topic_length.to_be_bytes());
    out.extend_from_slice(topic.as_bytes());
    let place = out.len();
    if let Some(id) = id {
        out.extend_from_slice(&id.to_be_bytes());
    }
    out.push(0);
    out.extend_from_slice(payload);
    place
}

/// Adds the confirmation of a message.
pub fn put_puback(out: &mut Vec<u8>, id: u16) {
    let [high, low] = id.to_be_bytes();
    out.extend_from_slice(&[0x40, 2, high, low]);
}

fn put_varint(out: &mut Vec<u8>, mut value: usize) {
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

/// A PUBLISH at QoS 1 whose moments and identifier are filled in for each sending.
#[derive(Clone, Debug)]
pub struct Template {
    bytes: Vec<u8>,
    id_at: usize,
    moments: Vec<usize>,
}

/// What stands in a payload where a moment (13 digits) is filled in.
pub const MOMENT: &str = "0000000000000";

impl Template {
    /// A template; each [`MOMENT`] in the payload is a moment one after another.
    #[must_use]
    pub fn new(topic: &str, payload: &str) -> Self {
        let mut bytes = Vec::new();
        let id_at = put_publish(&mut bytes, topic, Some(1), payload.as_bytes());
        let body = bytes.len() - payload.len();
        let moments = payload.match_indices(MOMENT).map(|(at, _)| body + at).collect();
        Self { bytes, id_at, moments }
    }

    /// Adds the packet with this identifier and with moments from `first` on, one millisecond apart.
    /// Gives the moment after the last one.
    pub fn put(&mut self, out: &mut Vec<u8>, id: u16, first: i64) -> i64 {
        if let Some(place) = self.bytes.get_mut(self.id_at..self.id_at + 2) {
            place.copy_from_slice(&id.to_be_bytes());
        }
        let mut moment = first;
        for at in &self.moments {
            if let Some(place) = self.bytes.get_mut(*at..*at + MOMENT.len()) {
                put_digits(place, moment);
            }
            moment += 1;
        }
        out.extend_from_slice(&self.bytes);
        moment
    }

    /// How many moments one packet takes.
    #[must_use]
    pub fn moments(&self) -> usize {
        self.moments.len()
    }
}

/// Writes a number with leading zeros.
pub fn put_digits(place: &mut [u8], number: i64) {
    let mut rest = number.unsigned_abs();
    for digit in place.iter_mut().rev() {
        *digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
    }
}

/// The identifier in the JSON of a command.
#[must_use]
pub fn command_id(payload: &[u8]) -> Option<&[u8]> {
    const KEY: &[u8] = b"\"id\":\"";
    let at = payload.windows(KEY.len()).position(|w| w == KEY)? + KEY.len();
    let rest = payload.get(at..)?;
    rest.get(..rest.iter().position(|b| *b == b'"')?)
}

#[cfg(test)]
mod tests {
    use mqtt_protocol_core::mqtt::packet::GenericPacketTrait;

    use super::*;
    use crate::mqtt::publish_packet;

    #[test]
    fn packets_equal_those_of_the_codec_crate() {
        for length in [0, 1, 100, 127, 128, 300, 20_000] {
            let payload = vec![b'x'; length];
            let mut ours = Vec::new();
            put_publish(&mut ours, "bench/in/7", Some(513), &payload);
            let theirs = publish_packet("bench/in/7", &payload, 513).unwrap();
            assert_eq!(ours, theirs.to_continuous_buffer(), "{length}");
            let (frame, size) = frame(&ours).unwrap().unwrap();
            assert_eq!(frame, Frame::Publish { id: Some(513), payload: &payload });
            assert_eq!(size, ours.len());
        }
    }

    #[test]
    fn half_a_packet_waits_and_rubbish_is_refused() {
        let mut bytes = Vec::new();
        put_publish(&mut bytes, "t", Some(1), b"payload");
        for length in 0..bytes.len() {
            assert_eq!(frame(&bytes[..length]), Ok(None), "{length}");
        }
        assert_eq!(frame(&[0x30, 0xff, 0xff, 0xff, 0xff, 1]), Err(Damaged));
        assert_eq!(frame(&[0x32, 2, 0, 9]), Err(Damaged));
    }

    #[test]
    fn a_template_is_patched_in_place() {
        let payload = format!("[{{\"ts\":{MOMENT}}},{{\"ts\":{MOMENT}}}]");
        let mut template = Template::new("t", &payload);
        let mut out = Vec::new();
        assert_eq!(template.put(&mut out, 77, 1_700_000_000_000), 1_700_000_000_002);
        let expected = b"[{\"ts\":1700000000000},{\"ts\":1700000000001}]";
        let (frame, _) = frame(&out).unwrap().unwrap();
        assert_eq!(frame, Frame::Publish { id: Some(77), payload: expected });
    }

    #[test]
    fn the_id_of_a_command_is_found() {
        assert_eq!(command_id(br#"{"id":"17","name":"act"}"#), Some(&b"17"[..]));
        assert_eq!(command_id(br#"{"name":"act"}"#), None);
    }
}
