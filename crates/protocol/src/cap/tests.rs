use std::sync::Arc;

use helan_kernel::{
    AreaCode, IncidentId, Ms, Position, Text,
    push::{CapRule, Warning},
};
use proptest::prelude::*;

use super::*;

fn warning() -> Warning {
    Warning {
        incident: IncidentId(17),
        sequence: 1,
        cancel: false,
        sent: Ms(1_752_662_100_250),
        earlier: Vec::new(),
        expires: Ms(1_752_683_700_000),
        cap: CapRule {
            category: "Safety".into(),
            urgency: "Immediate".into(),
            severity: "Extreme".into(),
            certainty: "Observed".into(),
            expires: Ms::seconds(6 * 3600),
        },
        event: Text::new("燃气泄漏", "Gas leak"),
        code: "12P12".into(),
        headline: Text::new("兴庆区某小区燃气泄漏预警", "Gas leak warning <A & B>"),
        instruction: Text::new("立即撤离，不要使用电梯。", "Leave now. Do not use the lift."),
        place: Arc::from("银川市兴庆区 某小区 3 号楼"),
        area: AreaCode(640_104_001),
        circle: Some((Position { lon: 106.232, lat: 38.487 }, 150.0)),
        polygons: vec![vec![
            Position { lon: 106.23, lat: 38.48 },
            Position { lon: 106.24, lat: 38.48 },
            Position { lon: 106.24, lat: 38.49 },
        ]],
        drill: false,
    }
}

fn issuer() -> Issuer {
    Issuer {
        sender: "alerts@emergency.nx.example".into(),
        name: Text::new("宁夏数字应急平台", "Ningxia digital emergency platform"),
        web: "https://emergency.nx.example/".into(),
    }
}

fn read(text: &str) -> Result<Alert, CapError> {
    parse(text.as_bytes(), &Limits::default())
}

#[test]
fn a_warning_is_written_and_read_back() {
    let alert = read(&write(&warning(), &issuer())).unwrap();
    assert_eq!(alert.identifier, "helan-17-1-1752662100");
    assert_eq!(alert.sent, 1_752_662_100_000);
    assert_eq!((alert.status.as_str(), alert.msg_type.as_str()), ("Actual", "Alert"));
    let [zh, en] = alert.infos.as_slice() else { panic!("two languages") };
    assert_eq!(zh.language, "zh-CN");
    assert_eq!(zh.headline.as_deref(), Some("兴庆区某小区燃气泄漏预警"));
    assert_eq!(en.headline.as_deref(), Some("Gas leak warning <A & B>"));
    assert_eq!(zh.event_codes, [Named { name: "GB/T35561".into(), value: "12P12".into() }]);
    let area = &zh.areas[0];
    assert_eq!(area.circles, [(38.487, 106.232, 0.15)]);
    assert_eq!(area.polygons[0].len(), 4);
    assert_eq!(
        area.geocodes,
        [
            Named { name: "GB/T2260".into(), value: "640104".into() },
            Named { name: "GB/T10114".into(), value: "640104001".into() },
        ]
    );
}

#[test]
fn the_document_is_byte_for_byte_what_it_was() {
    let text = write(&warning(), &issuer());
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
        <alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\">\n  \
        <identifier>helan-17-1-1752662100</identifier>\n  \
        <sender>alerts@emergency.nx.example</sender>\n  \
        <sent>2025-07-16T18:35:00+08:00</sent>\n  \
        <status>Actual</status>\n  \
        <msgType>Alert</msgType>\n  \
        <scope>Public</scope>\n";
    assert!(text.starts_with(head), "{text}");
    assert!(!text.contains('Z') || !text.contains("00Z"));
}

#[test]
fn updates_and_cancels_refer_to_what_was_sent_before() {
    let mut update = warning();
    update.sequence = 3;
    update.earlier = vec![Ms(1_752_662_100_000), Ms(1_752_662_400_000)];
    let alert = read(&write(&update, &issuer())).unwrap();
    assert_eq!(alert.msg_type, "Update");
    let names: Vec<_> = alert.references.iter().map(|r| r.identifier.as_str()).collect();
    assert_eq!(names, ["helan-17-1-1752662100", "helan-17-2-1752662400"]);
    update.cancel = true;
    let alert = read(&write(&update, &issuer())).unwrap();
    assert_eq!(alert.msg_type, "Cancel");
    assert_eq!(alert.infos[0].response_types, ["AllClear"]);
    assert_eq!(alert.infos[0].urgency, "Past");
}

/// A warning after an all-clear begins a new chain: what it is called there counts, not its place in the chain.
#[test]
fn references_of_a_second_phase_name_the_messages_of_that_phase() {
    let third = Warning { sequence: 3, sent: Ms(1_752_662_500_000), ..warning() };
    let fourth = Warning { sequence: 4, earlier: vec![third.sent], ..warning() };
    let alert = read(&write(&fourth, &issuer())).unwrap();
    let names: Vec<_> = alert.references.iter().map(|r| r.identifier.clone()).collect();
    assert_eq!(names, [document_name(&third)]);
}

#[test]
fn a_drill_says_exercise_and_is_restricted() {
    let alert = read(&write(&Warning { drill: true, ..warning() }, &issuer())).unwrap();
    assert_eq!((alert.status.as_str(), alert.scope.as_str()), ("Exercise", "Restricted"));
    assert!(alert.restriction.is_some());
}

#[test]
fn what_cannot_be_said_in_cap_is_replaced_or_left_out() {
    let mut odd = warning();
    odd.cap.category = "Gas".into();
    odd.cap.severity = "Terrible".into();
    odd.polygons = vec![vec![Position { lon: 1.0, lat: 2.0 }]];
    odd.circle = Some((Position { lon: f64::NAN, lat: 0.0 }, 10.0));
    odd.place = Arc::from("");
    let alert = read(&write(&odd, &issuer())).unwrap();
    assert_eq!(alert.infos[0].categories, ["Other"]);
    assert_eq!(alert.infos[0].severity, "Unknown");
    assert!(alert.infos[0].areas[0].polygons.is_empty());
    assert!(alert.infos[0].areas[0].circles.is_empty());
    assert_eq!(alert.infos[0].areas[0].description, "640104001");
}

#[test]
fn hostile_and_wrong_documents_are_refused_with_their_fault() {
    let good = write(&warning(), &issuer());
    let check = |text: &str, expected: &dyn Fn(&Fault) -> bool| {
        let error = read(text).expect_err(text);
        assert!(expected(&error.fault), "{error}");
    };
    let with = |from: &str, to: &str| good.replacen(from, to, 1);
    let doctype = "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\">";
    let evil = format!("<!DOCTYPE alert [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n{doctype}");
    check(&with(doctype, &evil), &|f| *f == Fault::Doctype);
    check(&with("<status>Actual", "<status>&x;"), &|f| *f == Fault::Entity);
    check(&with("<status>Actual", "<status>Real"), &|f| *f == Fault::Value("status"));
    check(&with("+08:00</sent>", "Z</sent>"), &|f| *f == Fault::Value("sent"));
    check(&with("alerts@", "alerts @"), &|f| *f == Fault::Value("sender"));
    check(&with("<scope>Public</scope>", ""), &|f| *f == Fault::Missing("scope"));
    check(&with("<scope>Public</scope>", "<scope>Private</scope>"), &|f| {
        *f == Fault::Missing("addresses")
    });
    check(&with("</sender>", "</sender><sender>b</sender>"), &|f| *f == Fault::Twice("sender"));
    check(
        &with("<scope>", "<colour>red</colour><scope>"),
        &|f| matches!(f, Fault::Unknown(name) if name == "colour"),
    );
    check(&with("cap:1.2", "cap:9"), &|f| matches!(f, Fault::Unknown(_)));
    check(&with("</alert>", ""), &|f| matches!(f, Fault::Syntax(_)));
    check(&format!("{good}<alert/>"), &|f| matches!(f, Fault::Syntax(_)));
    check("", &|f| matches!(f, Fault::Syntax(_)));
    check(&"<a>".repeat(100_000), &|f| matches!(f, Fault::Unknown(_) | Fault::TooLarge));
    let deep = format!("{doctype}{}", "<info>".repeat(1_000));
    check(&deep, &|f| *f == Fault::TooLarge);
    let long = "x".repeat(2 << 20);
    check(&with("Actual", &long), &|f| *f == Fault::TooLarge);
    assert_eq!(parse(b"\xff\xfe", &Limits::default()).unwrap_err().fault, Fault::Encoding);
}

#[test]
fn a_signature_is_skipped_and_empty_elements_count_as_absent() {
    let signed = write(&warning(), &issuer()).replace(
        "</alert>",
        "<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><SignedInfo><X/></SignedInfo></Signature></alert>",
    );
    assert!(read(&signed).is_ok());
    let empty = signed.replace("<effective>", "<onset/><effective>");
    assert_eq!(read(&empty).unwrap().infos[0].onset, None);
}

#[test]
fn the_example_of_the_standard_profile_is_read() {
    let text = include_str!("../../tests/cap/rainstorm.xml");
    let alert = read(text).unwrap();
    assert_eq!(alert.sender, "alerts@emergency.nx.example");
    assert_eq!(alert.infos[0].areas[0].circles, [(38.61, 105.92, 12.0)]);
    assert_eq!(alert.infos[0].areas[0].geocodes.len(), 2);
    let cancel = read(include_str!("../../tests/cap/rainstorm-cancel.xml")).unwrap();
    assert_eq!(cancel.references[0].identifier, alert.identifier);
    assert_eq!(cancel.references[0].sent, alert.sent);
}

#[test]
fn the_feed_names_every_document_once() {
    let entry = |n: i64| FeedEntry {
        name: format!("helan-{n}-1-1752662100"),
        title: format!("预警 <{n}> & \"引号\""),
        sent: Ms(1_752_662_100_000 + n),
    };
    let text = feed(&issuer(), "https://a.example", Ms(1_752_662_100_000), &[entry(2), entry(1)]);
    assert_eq!(text.matches("<entry>").count(), 2);
    assert!(text.contains("href=\"https://a.example/cap/helan-2-1-1752662100.xml\""), "{text}");
    assert!(text.contains("预警 &lt;2&gt; &amp; &quot;引号&quot;"), "{text}");
}

#[test]
fn times_keep_their_second_and_zone() {
    assert_eq!(time(Ms(1_752_662_100_999)), "2025-07-16T18:35:00+08:00");
    let check = |text: &str, expected: Option<i64>| {
        assert_eq!(read_time(text).map(|at| at.0), expected, "{text}");
    };
    check("2025-07-16T18:35:00+08:00", Some(1_752_662_100_000));
    check("2025-07-16T10:35:00-00:00", Some(1_752_662_100_000));
    check("2025-07-16T10:35:00Z", None);
    check("2025-07-16T10:35:00.5+00:00", None);
    check("2025-13-16T10:35:00+00:00", None);
    check("2025-07-16 18:35:00+08:00", None);
}

/// What a reader sees of a text: characters that XML forbids are gone, outer white space does not count.
fn visible(text: &str) -> String {
    let forbidden =
        |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r') && u32::from(c) < 0x20;
    let kept = text.chars().filter(|c| !forbidden(*c) && !matches!(c, '\u{fffe}' | '\u{ffff}'));
    kept.collect::<String>().trim().to_owned()
}

proptest! {
    #[test]
    fn any_text_comes_back_as_it_was(headline in any::<String>(), instruction in any::<String>(), place in any::<String>()) {
        let mut warning = warning();
        warning.headline = Text::new(&headline, &instruction);
        warning.instruction = Text::new(&instruction, &headline);
        warning.place = Arc::from(place.as_str());
        prop_assume!(place.is_empty() || !visible(&place).is_empty());
        let alert = read(&write(&warning, &issuer())).unwrap();
        let shown = |text: &str| Some(visible(text)).filter(|text| !text.is_empty());
        prop_assert_eq!(&alert.infos[0].headline, &shown(&headline));
        prop_assert_eq!(&alert.infos[1].headline, &shown(&instruction));
        prop_assert_eq!(&alert.infos[0].instruction, &shown(&instruction));
        prop_assert_eq!(&alert.infos[0].description, &shown(&place));
    }

    #[test]
    fn no_bytes_make_the_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        drop(parse(&bytes, &Limits::default()));
    }

    #[test]
    fn no_damage_makes_the_parser_panic(at in 0_usize..2000, byte in any::<u8>()) {
        let mut bytes = write(&warning(), &issuer()).into_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        drop(parse(&bytes, &Limits::default()));
    }
}
