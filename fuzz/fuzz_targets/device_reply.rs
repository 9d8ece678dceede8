//! Replies of devices.
#![no_main]

use helan_protocol::device;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Err(error) = device::reply(bytes) {
        assert!(error.offset <= bytes.len());
    }
});
