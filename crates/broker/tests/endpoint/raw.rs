use std::time::Duration;

use helan_broker::{Fault, Gone, SendError};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::desk::{House, house, message};

/// CONNECT of user `dev` with its password.
fn connect(level: u8, keep_alive: u8) -> Vec<u8> {
    let mut body = vec![0, 4, b'M', b'Q', b'T', b'T', level, 0b1100_0010, 0, keep_alive];
    if level == 5 {
        body.push(0);
    }
    body.extend_from_slice(b"\x00\x01c\x00\x03dev\x00\x06secret");
    packet(0x10, &body)
}

fn packet(head: u8, body: &[u8]) -> Vec<u8> {
    let length = u8::try_from(body.len()).expect("short");
    assert!(length < 128);
    [&[head, length], body].concat()
}

fn publish(number: u8) -> Vec<u8> {
    packet(0x32, &[0, 1, b'x', 0, number, b'1'])
}

async fn dial(house: &House) -> TcpStream {
    TcpStream::connect(("127.0.0.1", house.port)).await.expect("connect")
}

async fn welcome(house: &House, keep_alive: u8) -> TcpStream {
    let mut stream = dial(house).await;
    stream.write_all(&connect(4, keep_alive)).await.expect("write");
    assert_eq!(read(&mut stream, 4).await, [0x20, 2, 0, 0]);
    stream
}

async fn read(stream: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    let read = timeout(Duration::from_secs(5), stream.read_exact(&mut bytes));
    read.await.expect("in time").expect("read");
    bytes
}

/// What comes until the socket is closed.
async fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let read = timeout(Duration::from_secs(8), stream.read_to_end(&mut bytes));
    // A reset is an end too.
    drop(read.await.expect("closed in time"));
    bytes
}

#[tokio::test]
async fn packets_may_come_in_pieces_and_together() {
    let house = house(true).await;
    let mut stream = dial(&house).await;
    let mut bytes = connect(4, 60);
    bytes.extend(publish(1));
    for byte in bytes {
        stream.write_all(&[byte]).await.expect("write");
        stream.flush().await.expect("flush");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(read(&mut stream, 8).await, [0x20, 2, 0, 0, 0x40, 2, 0, 1]);
    let many: Vec<u8> = (2..=100).flat_map(publish).collect();
    stream.write_all(&many).await.expect("write");
    let acks: Vec<u8> = (2..=100).flat_map(|number| [0x40, 2, 0, number]).collect();
    assert_eq!(read(&mut stream, acks.len()).await, acks);
    assert_eq!(house.seen(100).await.len(), 100);
    // Those of one read were one delivery.
    assert!(house.desk.deliveries.lock().expect("lock").len() < 10);
}

#[tokio::test]
async fn garbage_is_cut_off_and_others_go_on() {
    let house = house(true).await;
    let mut good = welcome(&house, 60).await;
    let cases: [&[u8]; 8] = [
        b"GET / HTTP/1.1\r\n\r\n",
        &[0xff; 100],
        &[0x10, 0xff, 0xff, 0xff, 0xff, 0x01],
        &[0x10, 0],
        &[0x30, 5, 0, 1, b'x', b'1', b'2'],
        &packet(0x10, b"\x00\x04MQTT\x04\xff\x00\x00"),
        &packet(0x10, b"\x00\x04MQTT\x05\x02\x00\x00"),
        &packet(0x10, b"\x00\x04MQTT\x04\x3e\x00\x3c\x00\x01c"),
    ];
    for case in cases {
        let mut stream = dial(&house).await;
        stream.write_all(case).await.expect("write");
        assert_eq!(rest(&mut stream).await, b"", "{case:x?}");
    }
    good.write_all(&publish(1)).await.expect("write");
    assert_eq!(read(&mut good, 4).await, [0x40, 2, 0, 1]);
    // Each of them was counted.
    assert_eq!(house.desk.broken.lock().expect("lock").len(), cases.len());
}

#[tokio::test]
async fn a_stranger_cannot_make_the_server_hold_much() {
    let house = house(true).await;
    let mut stream = dial(&house).await;
    // A first packet of 200 KB: refused when its length is read, not when it is whole.
    stream.write_all(&[0x10, 0xc0, 0x9a, 0x0c, 0, 4, b'M']).await.expect("write");
    assert_eq!(rest(&mut stream).await, b"");
    let broken = house.desk.broken.lock().expect("lock").clone();
    assert_eq!(broken, [(None, Fault::TooLarge)]);
}

#[tokio::test]
async fn a_number_that_was_released_too_early_is_free() {
    let house = house(false).await;
    let mut stream = welcome(&house, 60).await;
    let first = packet(0x34, &[0, 1, b'x', 0, 9, b'1']);
    stream.write_all(&[&first[..], &[0x62, 2, 0, 9]].concat()).await.expect("write");
    assert_eq!(read(&mut stream, 4).await, [0x70, 2, 0, 9]);
    house.seen(1).await;
    house.acknowledge(&[], false);
    assert_eq!(read(&mut stream, 4).await, [0x50, 2, 0, 9]);
    // Another message under the same number: it must be handed on before it is confirmed.
    stream.write_all(&packet(0x34, &[0, 1, b'x', 0, 9, b'2'])).await.expect("write");
    assert_eq!(house.seen(2).await[1].1, b"2");
}

#[tokio::test]
async fn mqtt_5_hears_what_is_not_done_here() {
    let house = house(true).await;
    let hello = |properties: &[u8]| {
        let length = u8::try_from(properties.len()).expect("short");
        let head = [0, 4, b'M', b'Q', b'T', b'T', 5, 0b1100_0010, 0, 60, length];
        packet(0x10, &[&head, properties, b"\x00\x01c\x00\x03dev\x00\x06secret"].concat())
    };
    // A session of an hour is asked for: none is kept.
    let mut stream = dial(&house).await;
    stream.write_all(&hello(&[17, 0, 0, 14, 16])).await.expect("write");
    let head = read(&mut stream, 2).await;
    let body = read(&mut stream, usize::from(head[1])).await;
    assert!(body.windows(5).any(|window| window == [17, 0, 0, 0, 0]), "{body:x?}");
    // An authentication method: refused, not ignored.
    let mut stream = dial(&house).await;
    stream.write_all(&hello(&[21, 0, 1, b'S'])).await.expect("write");
    assert_eq!(rest(&mut stream).await, [0x20, 3, 0, 0x8c, 0]);
}

#[tokio::test]
async fn a_broken_packet_after_a_good_one_ends_the_connection_but_not_the_good_one() {
    let house = house(true).await;
    let cases: [&[u8]; 9] = [
        &[0x36, 5, 0, 1, b'x', 0, 1],    // QoS 3
        &[0x32, 5, 0, 1, b'x', 0, 0],    // packet number 0
        &[0x30, 4, 0, 1, b'#', b'1'],    // wildcard in a topic
        &[0x30, 4, 0, 9, b'x', b'1'],    // topic longer than the packet
        &[0x30, 4, 0, 1, 0xff, b'1'],    // not UTF-8
        &[0x80, 6, 0, 1, 0, 1, b'x', 0], // flags of SUBSCRIBE
        &[0xc0, 1, 0],                   // PINGREQ with a body
        &[0x50, 2, 0, 1],                // PUBREC: nothing was sent at QoS 2
        &[0x30, 0x80, 0x80, 0x20, 0],    // above the largest packet
    ];
    for (count, case) in cases.iter().enumerate() {
        let mut stream = welcome(&house, 60).await;
        let mut bytes = publish(1);
        bytes.extend_from_slice(case);
        stream.write_all(&bytes).await.expect("write");
        rest(&mut stream).await;
        assert_eq!(house.seen(count + 1).await.len(), count + 1, "{case:x?}");
        assert_eq!(house.gone(count + 1).await.last(), Some(&Gone::Protocol), "{case:x?}");
    }
}

#[tokio::test]
async fn mqtt_5_is_told_why_it_is_cut_off() {
    let house = house(true).await;
    let mut stream = dial(&house).await;
    stream.write_all(&connect(5, 60)).await.expect("write");
    let head = read(&mut stream, 2).await;
    assert_eq!(head[0], 0x20);
    let body = read(&mut stream, usize::from(head[1])).await;
    assert_eq!(body[..2], [0, 0]);
    // A topic alias was not offered.
    stream.write_all(&packet(0x30, b"\x00\x00\x03\x23\x00\x01payload")).await.expect("write");
    assert_eq!(rest(&mut stream).await, [0xe0, 1, 0x94]);
}

#[tokio::test]
async fn an_unknown_version_is_told_so() {
    let house = house(true).await;
    let mut stream = dial(&house).await;
    stream.write_all(&connect(3, 60)).await.expect("write");
    assert_eq!(rest(&mut stream).await, [0x20, 2, 0, 1]);
}

#[tokio::test]
async fn a_silent_client_is_lost_after_one_and_a_half_keep_alives() {
    let house = house(true).await;
    let mut stream = welcome(&house, 1).await;
    stream.write_all(&[0xc0, 0]).await.expect("ping");
    assert_eq!(read(&mut stream, 2).await, [0xd0, 0]);
    let began = tokio::time::Instant::now();
    assert_eq!(rest(&mut stream).await, b"");
    let waited = began.elapsed();
    assert!(waited > Duration::from_millis(1300) && waited < Duration::from_secs(4), "{waited:?}");
    assert_eq!(house.gone(1).await, [Gone::Silent]);
}

#[tokio::test]
async fn a_client_that_does_not_read_is_disconnected_and_memory_stays_bounded() {
    let house = house(true).await;
    let _stream = welcome(&house, 60).await;
    let link = house.link();
    let payload = vec![b'x'; 100_000];
    let mut error = None;
    for tag in 0..1_000 {
        if let Err(full) = link.send(message("to/dev/x", &payload, tag)) {
            error = Some(full);
            break;
        }
    }
    assert_eq!(error, Some(SendError::Full));
    assert_eq!(link.send(message("to/dev/x", b"", 0)), Err(SendError::Closed));
}

#[tokio::test]
async fn exactly_once_is_handed_on_once_however_often_it_is_sent() {
    let house = house(true).await;
    let mut stream = welcome(&house, 60).await;
    let publish = packet(0x34, &[0, 1, b'x', 0, 9, b'1']);
    stream.write_all(&publish).await.expect("write");
    assert_eq!(read(&mut stream, 4).await, [0x50, 2, 0, 9]);
    let again = packet(0x3c, &[0, 1, b'x', 0, 9, b'1']);
    stream.write_all(&again).await.expect("write");
    assert_eq!(read(&mut stream, 4).await, [0x50, 2, 0, 9]);
    stream.write_all(&[0x62, 2, 0, 9]).await.expect("write");
    assert_eq!(read(&mut stream, 4).await, [0x70, 2, 0, 9]);
    assert_eq!(house.seen(1).await.len(), 1);
    // The number is free again.
    stream.write_all(&publish).await.expect("write");
    assert_eq!(read(&mut stream, 4).await, [0x50, 2, 0, 9]);
    assert_eq!(house.seen(2).await.len(), 2);
}

#[tokio::test]
async fn a_wrong_password_is_told_and_closed() {
    let house = house(true).await;
    let mut stream = dial(&house).await;
    let bytes: Vec<u8> = connect(4, 60);
    let wrong = [&bytes[..bytes.len() - 6], b"secreT"].concat();
    stream.write_all(&wrong).await.expect("write");
    assert_eq!(rest(&mut stream).await, [0x20, 2, 0, 4]);
}
