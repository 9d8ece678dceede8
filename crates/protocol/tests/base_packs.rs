//! The packs of the base database hold the kinds of objects that the six domains name (R16–R21).

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{collections::BTreeMap, path::Path};

use helan_base::{Domain, Kind, Kinds, Mask, What};
use helan_protocol::pack;

fn kinds() -> Vec<Kind> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs");
    pack::load(&folder).unwrap().into_iter().flat_map(|pack| pack.kinds).collect()
}

/// What the paper names, domain by domain.
const NAMED: [(Domain, &[&str]); 6] = [
    (
        Domain::Production,
        &[
            "chemical-plant",
            "coal-mine",
            "oil-gas-pipeline",
            "transmission-line",
            "pipe-junction",
            "city-bridge",
            "hazard-source",
            "chemical-park",
        ],
    ),
    (
        Domain::Living,
        &[
            "mall",
            "activity-centre",
            "hospital",
            "school",
            "crowded-place",
            "residential-building",
            "household-gas-set",
            "shelter",
        ],
    ),
    (
        Domain::Ecology,
        &[
            "weather-station",
            "hydrological-station",
            "seismic-station",
            "geological-hazard-point",
            "forest-fire-watch",
            "wildlife-disease-station",
        ],
    ),
    (
        Domain::Forces,
        &[
            "fire-station",
            "emergency-station",
            "power-repair-crew",
            "water-repair-crew",
            "network-security-team",
            "part-time-team",
        ],
    ),
    (Domain::Supplies, &["grain-store", "relief-store", "reserve-store", "stock-item"]),
    (
        Domain::Infrastructure,
        &[
            "road",
            "base-station",
            "filling-station",
            "network-segment",
            "reservoir",
            "airport",
            "data-centre",
        ],
    ),
];

#[test]
fn base_packs_hold_what_the_six_domains_name() {
    let all = Kinds::new(kinds()).unwrap();
    assert_eq!(NAMED.map(|(domain, _)| domain), Domain::ALL);
    for (domain, named) in NAMED {
        for key in named {
            assert_eq!(all.get(key).map(|kind| kind.domain), Some(domain), "{key}");
        }
    }
}

/// A heading of a sheet means one field of the kind, and none of the facts that every record has.
#[test]
fn headings_of_base_packs_are_unambiguous() {
    for kind in kinds() {
        let common = ["名称", "地址", "编号", "行政区划", "责任岗位", "经度", "纬度"];
        let mut seen: BTreeMap<String, &str> = Kind::COMMON
            .iter()
            .chain(&common)
            .map(|heading| ((*heading).to_owned(), "every record"))
            .collect();
        for field in &kind.fields {
            let mut headings = vec![&field.key, &field.name.zh, &field.name.en];
            headings.extend(&field.aliases);
            let mut own: Vec<String> = headings.into_iter().map(|h| h.to_lowercase()).collect();
            own.sort();
            own.dedup();
            for heading in own {
                let other = seen.insert(heading.clone(), &field.key);
                assert_eq!(other, None, "{}: {heading} of {}", kind.key, field.key);
            }
        }
    }
}

/// Whoever answers for an object is a person: name and number do not leave in clear. Duty telephones are nobody's own.
#[test]
fn base_packs_mask_persons() {
    for kind in kinds() {
        for field in &kind.fields {
            let place = format!("{}.{}", kind.key, field.key);
            match field.key.as_str() {
                "contact" | "householder" | "dam_chief" | "chief" | "technical" | "observer"
                | "administrative" => assert_eq!(field.mask, Some(Mask::Name), "{place}"),
                "phone" | "observer_phone" => assert_eq!(field.mask, Some(Mask::Phone), "{place}"),
                "flat" | "home" => assert_eq!(field.mask, Some(Mask::Address), "{place}"),
                _ => {}
            }
            let number = matches!(field.what, What::Number { .. });
            assert!(!number || !field.unit.is_empty(), "{place} has no unit");
        }
    }
}
