//! The rare packets, read and written with the codec crate: CONNECT, SUBSCRIBE, UNSUBSCRIBE and their answers.

use bytes::BufMut;
use mqtt_protocol_core::mqtt::{
    packet::{Properties, Property, v3_1_1, v5_0},
    result_code::MqttError,
};

use crate::{
    limits,
    link::Qos,
    service::Denied,
    wire::{Fault, Frame, Version, kind, put_string, put_varint},
};

impl From<MqttError> for Fault {
    fn from(error: MqttError) -> Self {
        match error {
            MqttError::ProtocolError => Self::Protocol,
            MqttError::PacketTooLarge => Self::TooLarge,
            _ => Self::Malformed,
        }
    }
}

/// What a client says when it connects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connect {
    /// Which MQTT.
    pub version: Version,
    /// Client id; may be empty.
    pub client: String,
    /// User name.
    pub user: Option<String>,
    /// Password.
    pub password: Option<Vec<u8>>,
    /// Seconds; 0 means none.
    pub keep_alive: u16,
    /// Topic and payload of the will.
    pub will: Option<(String, Vec<u8>)>,
    /// How many QoS 1 messages it takes at once.
    pub receive_maximum: u16,
    /// Largest packet it takes.
    pub maximum_packet: usize,
    /// Whether it wants words with its acknowledgements (MQTT 5.0 section 3.1.2.11.7).
    pub problems: bool,
    /// Whether it wants its session kept, which is not done here.
    pub session: bool,
    /// Whether it wants an authentication in several steps, which is not spoken here.
    pub method: bool,
}

/// Why a first packet is no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectFault {
    /// Not MQTT at all, or broken: the socket is closed without a word.
    Broken(Fault),
    /// MQTT of a version that is not spoken here.
    Version,
}

impl From<Fault> for ConnectFault {
    fn from(fault: Fault) -> Self {
        Self::Broken(fault)
    }
}

impl From<MqttError> for ConnectFault {
    fn from(error: MqttError) -> Self {
        Self::Broken(error.into())
    }
}

/// Reads a CONNECT packet.
///
/// # Errors
/// When it is none, or of a version that is not spoken here.
pub fn connect(frame: Frame<'_>) -> Result<Connect, ConnectFault> {
    if frame.head != kind::CONNECT << 4 {
        return Err(Fault::Protocol.into());
    }
    let Some(([0, 4, b'M', b'Q', b'T', b'T', level, flags], _)) =
        frame.body.split_first_chunk::<8>()
    else {
        return Err(Fault::Malformed.into());
    };
    check_flags(*flags)?;
    match level {
        4 => connect_v3(frame.body),
        5 => connect_v5(frame.body),
        _ => Err(ConnectFault::Version),
    }
}

/// The codec crate takes these for granted (MQTT-3.1.2-3, -11 to -15).
fn check_flags(flags: u8) -> Result<(), Fault> {
    let will = flags & 0x04 != 0;
    let will_qos = (flags >> 3) & 3;
    let will_retain = flags & 0x20 != 0;
    let bad = flags & 1 != 0 || will_qos == 3 || (!will && (will_qos != 0 || will_retain));
    if bad { Err(Fault::Malformed) } else { Ok(()) }
}

fn connect_v3(body: &[u8]) -> Result<Connect, ConnectFault> {
    let (packet, used) = v3_1_1::Connect::parse(body)?;
    whole(body, used)?;
    Ok(Connect {
        version: Version::V3,
        client: packet.client_id().to_owned(),
        user: packet.user_name().map(str::to_owned),
        password: packet.password().map(<[u8]>::to_vec),
        keep_alive: packet.keep_alive(),
        will: will(packet.will_topic(), packet.will_payload()),
        receive_maximum: u16::MAX,
        maximum_packet: usize::MAX,
        problems: false,
        session: false,
        method: false,
    })
}

fn connect_v5(body: &[u8]) -> Result<Connect, ConnectFault> {
    let (packet, used) = v5_0::Connect::parse(body)?;
    whole(body, used)?;
    let mut receive_maximum = u16::MAX;
    let mut maximum_packet = usize::MAX;
    let (mut problems, mut session, mut method) = (true, false, false);
    for property in &packet.props {
        match property {
            Property::ReceiveMaximum(value) => receive_maximum = value.val(),
            Property::MaximumPacketSize(value) => {
                maximum_packet = usize::try_from(value.val()).unwrap_or(usize::MAX);
            }
            Property::RequestProblemInformation(value) => problems = value.val() != 0,
            Property::SessionExpiryInterval(value) => session = value.val() != 0,
            Property::AuthenticationMethod(_) => method = true,
            _ => {}
        }
    }
    Ok(Connect {
        version: Version::V5,
        client: packet.client_id().to_owned(),
        user: packet.user_name().map(str::to_owned),
        password: packet.password().map(<[u8]>::to_vec),
        keep_alive: packet.keep_alive(),
        will: will(packet.will_topic(), packet.will_payload()),
        receive_maximum: receive_maximum.max(1),
        maximum_packet,
        problems,
        session,
        method,
    })
}

fn will(topic: Option<&str>, payload: Option<&[u8]>) -> Option<(String, Vec<u8>)> {
    topic.map(|topic| (topic.to_owned(), payload.unwrap_or_default().to_vec()))
}

fn whole(body: &[u8], used: usize) -> Result<(), Fault> {
    if body.len() == used { Ok(()) } else { Err(Fault::Malformed) }
}

/// Writes the CONNACK of an accepted client. `assigned` is the client id that it was given because it had none;
/// `keep_alive` is set when the server wants another one than the client.
pub(crate) fn put_welcome(
    out: &mut Vec<u8>,
    hello: &Connect,
    assigned: Option<&str>,
    keep_alive: Option<u16>,
) {
    if hello.version == Version::V3 {
        out.extend_from_slice(&[0x20, 2, 0, 0]);
        return;
    }
    let mut properties = Vec::new();
    properties.push(33);
    properties.put_u16(limits::RECEIVE_MAXIMUM);
    properties.push(39);
    properties.put_u32(u32::try_from(limits::MAX_PACKET).unwrap_or(u32::MAX));
    // Retain, subscription identifiers and shared subscriptions are not available.
    properties.extend_from_slice(&[37, 0, 41, 0, 42, 0]);
    if hello.session {
        // Without this it would count on the time it asked for (MQTT 5.0 section 3.2.2.3.2).
        properties.extend_from_slice(&[17, 0, 0, 0, 0]);
    }
    if let Some(client) = assigned {
        properties.push(18);
        put_string(&mut properties, client);
    }
    if let Some(seconds) = keep_alive {
        properties.push(19);
        properties.put_u16(seconds);
    }
    let mut body = vec![0, 0];
    put_varint(&mut body, properties.len());
    body.extend_from_slice(&properties);
    out.push(0x20);
    put_varint(out, body.len());
    out.extend_from_slice(&body);
}

/// Writes the CONNACK of a client that is sent away.
pub(crate) fn put_denied(out: &mut Vec<u8>, version: Version, why: Denied) {
    match version {
        Version::V3 => out.extend_from_slice(&[0x20, 2, 0, why.code_v3()]),
        Version::V5 => out.extend_from_slice(&[0x20, 3, 0, why.code_v5(), 0]),
    }
}

/// Writes the CONNACK for a version that is not spoken here (MQTT-3.1.2-2).
pub(crate) fn put_wrong_version(out: &mut Vec<u8>) {
    out.extend_from_slice(&[0x20, 2, 0, 1]);
}

/// A SUBSCRIBE or UNSUBSCRIBE packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filters {
    /// Packet number.
    pub packet: u16,
    /// Topic filters with the greatest quality of service wanted.
    pub filters: Vec<(String, Qos)>,
}

/// Reads a SUBSCRIBE packet.
///
/// # Errors
/// When it is malformed.
pub fn subscribe(frame: Frame<'_>, version: Version) -> Result<Filters, Fault> {
    if frame.flags() != 2 {
        return Err(Fault::Malformed);
    }
    let (packet, entries, used) = match version {
        Version::V3 => {
            let (packet, used) = v3_1_1::Subscribe::parse(frame.body)?;
            (packet.packet_id(), packet.entries().to_vec(), used)
        }
        Version::V5 => {
            let (packet, used) = v5_0::Subscribe::parse(frame.body)?;
            (packet.packet_id(), packet.entries().to_vec(), used)
        }
    };
    whole(frame.body, used)?;
    let filters = entries.iter().map(|entry| {
        let qos = match entry.sub_opts().qos() as u8 {
            0 => Qos::AtMostOnce,
            _ => Qos::AtLeastOnce,
        };
        (entry.topic_filter().to_owned(), qos)
    });
    let filters: Vec<_> = filters.collect();
    if packet == 0 || filters.is_empty() {
        return Err(Fault::Protocol);
    }
    Ok(Filters { packet, filters })
}

/// Reads an UNSUBSCRIBE packet.
///
/// # Errors
/// When it is malformed.
pub fn unsubscribe(frame: Frame<'_>, version: Version) -> Result<Filters, Fault> {
    if frame.flags() != 2 {
        return Err(Fault::Malformed);
    }
    let (packet, entries, used) = match version {
        Version::V3 => {
            let (packet, used) = v3_1_1::Unsubscribe::parse(frame.body)?;
            (packet.packet_id(), packet.entries().clone(), used)
        }
        Version::V5 => {
            let (packet, used) = v5_0::Unsubscribe::parse(frame.body)?;
            (packet.packet_id(), packet.entries().clone(), used)
        }
    };
    whole(frame.body, used)?;
    let filters = entries.iter().map(|entry| (entry.as_str().to_owned(), Qos::AtMostOnce));
    let filters: Vec<_> = filters.collect();
    if packet == 0 || filters.is_empty() {
        return Err(Fault::Protocol);
    }
    Ok(Filters { packet, filters })
}

/// Writes SUBACK: one code for each filter.
pub(crate) fn put_suback(out: &mut Vec<u8>, version: Version, packet: u16, codes: &[u8]) {
    put_codes(out, 0x90, version, packet, codes);
}

/// Writes UNSUBACK; MQTT 3.1.1 has no codes in it.
pub(crate) fn put_unsuback(out: &mut Vec<u8>, version: Version, packet: u16, codes: &[u8]) {
    let codes = if version == Version::V3 { &[] } else { codes };
    put_codes(out, 0xb0, version, packet, codes);
}

fn put_codes(out: &mut Vec<u8>, head: u8, version: Version, packet: u16, codes: &[u8]) {
    let properties: &[u8] = if version == Version::V5 { &[0] } else { &[] };
    out.push(head);
    put_varint(out, 2 + properties.len() + codes.len());
    out.put_u16(packet);
    out.extend_from_slice(properties);
    out.extend_from_slice(codes);
}

/// Whether a DISCONNECT asks for the will to be published all the same (MQTT 5.0 section 3.14.2.1, code 4).
pub(crate) fn disconnect_with_will(frame: Frame<'_>, version: Version) -> bool {
    version == Version::V5 && frame.body.first().is_some_and(|code| *code != 0)
}

// The properties type is named so that a change of the codec crate's list type is noticed here.
const _: fn(&v5_0::Connect) -> &Properties = |packet| &packet.props;
