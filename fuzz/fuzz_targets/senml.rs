//! SenML packs: nothing falls over, and every reading has a name and a time.
#![no_main]

use helan_kernel::Ms;
use helan_protocol::device::{self, Format};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let now = Ms(1_748_736_000_000);
    let mut each = |sample: device::Sample<'_>| {
        assert!(sample.at.is_some() && !sample.name.is_empty());
    };
    if let Err(error) = device::read_as(Format::SenMl, bytes, now, &mut each) {
        assert!(error.offset <= bytes.len() + 4);
    }
});
