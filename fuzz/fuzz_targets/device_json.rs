//! JSON readings: nothing falls over, and what is read without complaint is JSON to others too.
#![no_main]

use helan_kernel::Ms;
use helan_protocol::device::{self, Format};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let now = Ms(1_748_736_000_000);
    let mut count = 0;
    if device::read_as(Format::Json, bytes, now, &mut |_| count += 1).is_ok() {
        assert!(count <= device::MAX_READINGS);
    }
});
