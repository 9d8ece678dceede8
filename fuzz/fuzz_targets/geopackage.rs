#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    helan_fuzz::geopackage(bytes);
});
