//! Virtual devices for a load, and their connections.

use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use helan_kernel::{
    AreaCode, Position,
    registry::{DeviceSpec, RegistryChange},
};
use mqtt_protocol_core::mqtt::{
    packet::{GenericPacketTrait as _, Packet, Property, Qos, SubEntry, SubOpts, v5_0},
    result_code::ConnectReasonCode,
};

use super::{
    Args, Mode, Peer,
    wire::{MOMENT, Template},
};
use crate::{api::Api, clock, tokens::Tokens};

/// Readings of a batch: so many moments with two points each.
const BATCH_MOMENTS: usize = 50;
/// Time for each step of connecting.
const PATIENCE: Duration = Duration::from_secs(10);

/// One virtual device under load.
#[derive(Clone, Debug)]
pub struct LoadDevice {
    /// Device key, also client identifier.
    pub key: String,
    /// Token; empty with a peer.
    pub token: String,
    /// Topic of its messages.
    pub publish: String,
    /// Topic that commands come on; empty when none is expected.
    pub subscribe: String,
    /// Topic of its replies; empty with a peer.
    pub replies: String,
    /// Payload with [`MOMENT`] where moments go.
    pub payload: String,
    /// Moment of its first reading.
    pub start: i64,
}

/// A signed-in connection.
#[derive(Debug)]
pub struct Connected {
    /// The socket, blocking.
    pub stream: TcpStream,
    /// Messages without confirmation that the server accepts.
    pub receive_maximum: u16,
}

/// Readings in one message of a mode.
#[must_use]
pub fn readings_per_message(mode: Mode) -> usize {
    match mode {
        Mode::Rare | Mode::Storm | Mode::Max => 2,
        Mode::Readings => 1,
        Mode::Batch => 2 * BATCH_MOMENTS,
    }
}

/// The payload of a mode. Crossings go below the limit of 100 and above it, so that every message is a return and a raise.
fn payload(mode: Mode, device: usize) -> String {
    match mode {
        Mode::Rare | Mode::Storm | Mode::Max => format!(
            "[{{\"ts\":{MOMENT},\"values\":{{\"x\":20.5}}}},{{\"ts\":{MOMENT},\"values\":{{\"x\":150.5}}}}]"
        ),
        Mode::Readings => {
            format!("{{\"ts\":{MOMENT},\"values\":{{\"x\":{}.5}}}}", 20 + device % 60)
        }
        Mode::Batch => {
            let one = |n: usize| {
                let (x, y) = (20 + (device + n * 7) % 60, 300 + (device * 3 + n) % 90);
                format!("{{\"ts\":{MOMENT},\"values\":{{\"x\":{x}.5,\"y\":{y}.1}}}}")
            };
            let all: Vec<String> = (0..BATCH_MOMENTS).map(one).collect();
            format!("[{}]", all.join(","))
        }
    }
}

/// Registers the devices with Helan; with a peer only names them.
///
/// # Errors
/// When the server cannot be reached or refuses.
pub fn devices(args: &Args) -> Result<Vec<LoadDevice>> {
    let crossing = matches!(args.mode, Mode::Rare | Mode::Storm | Mode::Max);
    let profile = if crossing { "bench-sensor" } else { "bench-station" };
    let start = clock::now().0 - i64::from(args.back) * 1000;
    let names: Vec<String> = (0..args.connections).map(|n| format!("{profile}-{n}")).collect();
    let tokens =
        if args.peer == Peer::Helan { register(args, profile, &names)? } else { BTreeMap::new() };
    let device = |(n, key): (usize, &String)| {
        let (publish, subscribe, replies) = match args.peer {
            Peer::Helan => (
                format!("helan/v1/{key}/readings"),
                if crossing { format!("helan/v1/{key}/commands") } else { String::new() },
                format!("helan/v1/{key}/replies"),
            ),
            Peer::Mosquitto => (format!("bench/in/{n}"), format!("bench/in/{n}"), String::new()),
            Peer::Nodered => (format!("bench/in/{n}"), format!("bench/out/{n}"), String::new()),
        };
        LoadDevice {
            key: key.clone(),
            token: tokens.get(key).cloned().unwrap_or_default(),
            publish,
            subscribe,
            replies,
            payload: payload(args.mode, n),
            start,
        }
    };
    Ok(names.iter().enumerate().map(device).collect())
}

/// Each device stands at a place of its own, so that a program finds only the device itself there.
fn register(args: &Args, profile: &str, names: &[String]) -> Result<BTreeMap<String, String>> {
    let changes: Vec<RegistryChange> = (0_u32..)
        .zip(names)
        .map(|(n, key)| {
            let (row, column) = (f64::from(n / 100), f64::from(n % 100));
            RegistryChange::PutDevice(DeviceSpec {
                key: key.clone(),
                profile: profile.to_owned(),
                area: AreaCode(640_104_000),
                position: Position {
                    lon: column.mul_add(0.001, 106.2),
                    lat: row.mul_add(0.001, 38.4),
                },
                drill: true,
                ..DeviceSpec::default()
            })
        })
        .collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let api = Api::open(&args.server, &args.token_file)?;
        let mut tokens = Tokens::beside(&args.token_file)?;
        tokens.register(&api, &changes).await?;
        Ok(names.iter().map(|key| (key.clone(), tokens.of(key).to_owned())).collect())
    })
}

/// A template for the messages of a device.
#[must_use]
pub fn template(device: &LoadDevice) -> Template {
    Template::new(&device.publish, &device.payload)
}

/// Connects, signs in and subscribes.
///
/// # Errors
/// When the server cannot be reached or refuses.
pub fn connect(args: &Args, device: &LoadDevice) -> Result<Connected> {
    let mut stream = TcpStream::connect(args.mqtt)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let words = |e| anyhow::anyhow!("{e:?}");
    let mut connect = v5_0::Connect::builder().client_id(device.key.as_str()).map_err(words)?;
    connect = connect.clean_start(true).keep_alive(0);
    if !device.token.is_empty() {
        connect = connect
            .user_name(device.key.as_str())
            .and_then(|c| c.password(device.token.as_bytes().to_vec()))
            .map_err(words)?;
    }
    let connect = Packet::V5_0Connect(connect.build().map_err(words)?);
    stream.write_all(&connect.to_continuous_buffer())?;
    let body = read_packet(&mut stream, 2).with_context(|| format!("CONNECT of {}", device.key))?;
    let (connack, _) = v5_0::Connack::parse(&body).map_err(words)?;
    if connack.reason_code() != ConnectReasonCode::Success {
        bail!("{}: {}", device.key, connack.reason_code());
    }
    let receive_maximum = connack.props().iter().find_map(|p| match p {
        Property::ReceiveMaximum(most) => Some(most.val()),
        _ => None,
    });
    if !device.subscribe.is_empty() {
        let options = SubOpts::new().set_qos(Qos::AtLeastOnce);
        let entry = SubEntry::new(device.subscribe.as_str(), options).map_err(words)?;
        let packet = v5_0::Subscribe::builder()
            .packet_id(1_u16)
            .entries(vec![entry])
            .build()
            .map_err(words)?;
        stream.write_all(&Packet::V5_0Subscribe(packet).to_continuous_buffer())?;
        let body = read_packet(&mut stream, 9).context("SUBSCRIBE")?;
        if body.last().is_none_or(|reason| *reason >= 0x80) {
            bail!("{}: subscription refused", device.key);
        }
    }
    Ok(Connected { stream, receive_maximum: receive_maximum.unwrap_or(u16::MAX) })
}

/// Reads one packet and gives its body; another type than expected is an error.
fn read_packet(stream: &mut TcpStream, expected: u8) -> Result<Vec<u8>> {
    let mut head = [0_u8; 2];
    stream.read_exact(&mut head)?;
    let [first, length] = head;
    anyhow::ensure!(first >> 4 == expected, "packet of type {} came", first >> 4);
    anyhow::ensure!(length < 0x80, "an answer longer than 127 bytes came");
    let mut body = vec![0; usize::from(length)];
    stream.read_exact(&mut body)?;
    Ok(body)
}
