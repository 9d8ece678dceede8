//! A stream of bytes, read as a connection reads it: to fuzz the packet path without sockets.

use crate::{
    control::{self, ConnectFault},
    limits,
    wire::{self, Fault, Version, kind},
};

/// Reads CONNECT and the packets after it; gives how many whole packets there were.
///
/// # Errors
/// When the stream breaks the protocol.
pub fn scan(mut bytes: &[u8]) -> Result<usize, Fault> {
    let Some(frame) = wire::frame(&mut bytes, limits::MAX_PACKET)? else { return Ok(0) };
    let version = match control::connect(frame) {
        Ok(connect) => connect.version,
        Err(ConnectFault::Broken(fault)) => return Err(fault),
        Err(ConnectFault::Version) => return Err(Fault::Protocol),
    };
    let mut count = 1;
    while let Some(frame) = wire::frame(&mut bytes, limits::MAX_PACKET)? {
        packet(frame, version)?;
        count += 1;
    }
    Ok(count)
}

fn packet(frame: wire::Frame<'_>, version: Version) -> Result<(), Fault> {
    match frame.kind() {
        kind::PUBLISH => wire::publish(frame, version).map(drop),
        kind::PUBACK | kind::PUBREC | kind::PUBREL | kind::PUBCOMP => {
            wire::acknowledgement(frame, version).map(drop)
        }
        kind::SUBSCRIBE => control::subscribe(frame, version).map(drop),
        kind::UNSUBSCRIBE => control::unsubscribe(frame, version).map(drop),
        kind::PINGREQ | kind::DISCONNECT => Ok(()),
        _ => Err(Fault::Protocol),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn corpus() -> Vec<(String, Vec<u8>)> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/mqtt");
        let files = fs::read_dir(folder).expect("corpus");
        let read = |file: fs::DirEntry| {
            let name = file.file_name().to_string_lossy().into_owned();
            (name, fs::read(file.path()).expect("file"))
        };
        let mut corpus: Vec<_> = files.map(|file| read(file.expect("entry"))).collect();
        corpus.sort();
        corpus
    }

    #[test]
    fn the_corpus_is_read() {
        let results: Vec<String> =
            corpus().iter().map(|(name, bytes)| format!("{name}: {:?}", scan(bytes))).collect();
        let expected = [
            "alias_v5: Err(Alias)",
            "bad_flags: Err(Malformed)",
            "empty_subscribe: Err(Protocol)",
            "http: Ok(0)",
            "length: Err(Malformed)",
            "session_v3: Ok(10)",
            "session_v5: Ok(6)",
            "version_3: Err(Malformed)",
            "will_v3: Ok(1)",
            "will_v5: Err(Malformed)",
        ];
        assert_eq!(results, expected);
    }

    #[test]
    fn damaged_streams_never_panic() {
        // Every cut and every single flipped bit of the corpus.
        for (_, bytes) in corpus() {
            for cut in 0..bytes.len() {
                assert!(scan(&bytes[..cut]).map_or(0, |count| count) <= cut);
            }
            for place in 0..bytes.len() {
                for bit in 0..8 {
                    let mut damaged = bytes.clone();
                    damaged[place] ^= 1 << bit;
                    assert!(scan(&damaged).map_or(0, |count| count) <= damaged.len());
                }
            }
        }
    }
}
