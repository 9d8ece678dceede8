//! The committed description of the console API is that of the code.

#[test]
fn the_description_of_the_api_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let made = helan_server::api::openapi().to_pretty_json().unwrap_or_default();
    assert!(committed.trim() == made.trim(), "docs/openapi.json is old: run ./dev gen");
}
