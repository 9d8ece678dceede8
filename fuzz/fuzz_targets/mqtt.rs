//! What a client sends, packet after packet, as a connection reads it.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(count) = helan_broker::scan(bytes) {
        assert!(count <= bytes.len());
    }
});
