//! Payloads of devices: tables of what is read and what is refused, and properties.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test says what it expects by failing"
)]

use helan_kernel::{CommandId, Ms, NoticeId, Quality, event::ReplyOutcome};
use helan_protocol::device::{self, About, Fault, Format, Malformed, Sample};
use proptest::prelude::*;
use serde_json::json;

/// 2025-06-01T00:00:00Z.
const NOW: Ms = Ms(1_748_736_000_000);

#[derive(Clone, Debug, PartialEq)]
struct Owned {
    name: String,
    at: Option<Ms>,
    value: f64,
    quality: Quality,
    unit: Option<String>,
}

fn read(bytes: &[u8]) -> Result<(Format, Vec<Owned>), Malformed> {
    let mut found = Vec::new();
    let format = device::read(bytes, NOW, &mut |sample: Sample<'_>| {
        found.push(Owned {
            name: sample.name.to_owned(),
            at: sample.at,
            value: sample.value,
            quality: sample.quality,
            unit: sample.unit.map(str::to_owned),
        });
    })?;
    Ok((format, found))
}

fn good(text: &str) -> Vec<Owned> {
    read(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}")).1
}

fn sample(name: &str, at: Option<i64>, value: f64) -> Owned {
    let quality = Quality::Good;
    Owned { name: name.into(), at: at.map(Ms), value, quality, unit: None }
}

#[test]
fn json_objects_and_batches_are_read() {
    let check = |text: &str, expected: &[Owned]| assert_eq!(good(text), expected, "{text}");
    check(
        r#"{"ts":1700000000000,"values":{"ch4":21.5}}"#,
        &[sample("ch4", Some(1_700_000_000_000), 21.5)],
    );
    check(
        r#"{"values":{"ch4":1,"valve":true,"door":false}}"#,
        &[sample("ch4", None, 1.0), sample("valve", None, 1.0), sample("door", None, 0.0)],
    );
    check(" {\t\"values\" : { \"a\" : -0.5e1 } \r\n} ", &[sample("a", None, -5.0)]);
    check(r#"{"values":{"ch4":1},"ts":7}"#, &[sample("ch4", Some(7), 1.0)]);
    check(
        r#"[{"ts":1,"values":{"a":1}},{"ts":2,"values":{"a":2}}]"#,
        &[sample("a", Some(1), 1.0), sample("a", Some(2), 2.0)],
    );
    check("[]", &[]);
    check(r#"{"values":{}}"#, &[]);
    check(
        r#"{"values":{"\u0063h4":1,"甲烷":2,"\ud83d\ude00":3}}"#,
        &[sample("ch4", None, 1.0), sample("甲烷", None, 2.0), sample("😀", None, 3.0)],
    );
    let text = r#"{"quality":"uncertain","units":{"b":"ppm"},"values":{"a":1,"b":2}}"#;
    check(
        text,
        &[
            Owned { quality: Quality::Uncertain, ..sample("a", None, 1.0) },
            Owned {
                quality: Quality::Uncertain,
                unit: Some("ppm".into()),
                ..sample("b", None, 2.0)
            },
        ],
    );
}

#[test]
fn json_that_cannot_be_read_is_refused_with_its_place() {
    let check = |text: &str, offset: usize, fault: Fault| {
        let error = read(text.as_bytes()).expect_err(text);
        assert_eq!(error, Malformed { offset, fault }, "{text}");
    };
    check("", 0, Fault::End);
    check("{", 1, Fault::End);
    check("{}", 0, Fault::Missing);
    check("3", 0, Fault::Unexpected);
    check("null", 0, Fault::Unexpected);
    check(r#"{"values":{"a":1}} x"#, 19, Fault::Trailing);
    check(r#"{"values":{"a":1}"#, 17, Fault::End);
    check(r#"{"values":{"a":1,}}"#, 17, Fault::Type);
    check(r#"{"values":{"a":}}"#, 15, Fault::Type);
    check(r#"{"values":{"a":null}}"#, 15, Fault::Type);
    check(r#"{"values":{"a":"1"}}"#, 15, Fault::Type);
    check(r#"{"values":{"a":[1]}}"#, 15, Fault::Type);
    check(r#"{"values":[1]}"#, 10, Fault::Type);
    check(r#"{"values":{"a":01}}"#, 17, Fault::Number);
    check(r#"{"values":{"a":1.}}"#, 17, Fault::Number);
    check(r#"{"values":{"a":-}}"#, 16, Fault::Number);
    check(r#"{"values":{"a":1e}}"#, 17, Fault::Number);
    check(r#"{"values":{"a":.5}}"#, 15, Fault::Type);
    check(r#"{"values":{"a":+1}}"#, 15, Fault::Type);
    check(r#"{"values":{"a":0x1}}"#, 16, Fault::Unexpected);
    check(r#"{"values":{"a":NaN}}"#, 15, Fault::NotFinite);
    check(r#"{"values":{"a":Infinity}}"#, 15, Fault::NotFinite);
    check(r#"{"values":{"a":-Infinity}}"#, 16, Fault::NotFinite);
    check(r#"{"values":{"a":inf}}"#, 15, Fault::NotFinite);
    check(r#"{"values":{"a":1,"a":2}}"#, 17, Fault::Duplicate);
    check(r#"{"values":{"a":1,"\u0061":2}}"#, 17, Fault::Duplicate);
    check(r#"{"values":{"a":1},"values":{"b":1}}"#, 18, Fault::Duplicate);
    check(r#"{"ts":1,"ts":1,"values":{"a":1}}"#, 8, Fault::Duplicate);
    check(r#"{"value":{"a":1}}"#, 1, Fault::Unknown);
    check(r#"{"values":{"":1}}"#, 11, Fault::Name);
    check(r#"{"ts":1.5,"values":{"a":1}}"#, 6, Fault::Time);
    check(r#"{"ts":1e99,"values":{"a":1}}"#, 6, Fault::Time);
    check(r#"{"ts":"2025-01-01","values":{"a":1}}"#, 6, Fault::Type);
    check(r#"{"quality":"perfect","values":{"a":1}}"#, 11, Fault::Word);
    check("{\"values\":{\"a\n\":1}}", 13, Fault::Text);
    check(r#"{"values":{"\x":1}}"#, 12, Fault::Text);
    check(r#"{"values":{"\ud800":1}}"#, 12, Fault::Text);
    check(r#"{"values":{"a":1}]"#, 17, Fault::Unexpected);
    let error = read(b"{\"values\":{\"a\xff\":1}}").expect_err("not UTF-8");
    assert_eq!(error, Malformed { offset: 13, fault: Fault::Encoding });
}

#[test]
fn a_number_beyond_all_numbers_is_infinite_and_left_to_intake() {
    let found = good(r#"{"values":{"a":1e999,"b":-1e999}}"#);
    assert!(found.iter().all(|sample| sample.value.is_infinite()), "{found:?}");
}

#[test]
fn limits_of_a_message() {
    let many = |count: usize| {
        let values: Vec<String> = (0..count).map(|n| format!(r#""p{n}":{n}"#)).collect();
        format!(r#"{{"values":{{{}}}}}"#, values.join(","))
    };
    assert_eq!(good(&many(device::MAX_READINGS)).len(), device::MAX_READINGS);
    let error = read(many(device::MAX_READINGS + 1).as_bytes()).expect_err("too many");
    assert_eq!(error.reason().word(), "too-many");
    let batch = vec![r#"{"values":{"a":1}}"#; device::MAX_READINGS + 1].join(",");
    let error = read(format!("[{batch}]").as_bytes()).expect_err("too many");
    assert_eq!(error.reason().word(), "too-many");
    let error = read(&vec![b' '; device::MAX_PAYLOAD + 1]).expect_err("too large");
    assert_eq!(error.reason().word(), "too-large");
    let name = "n".repeat(device::MAX_NAME + 1);
    let error = read(format!(r#"{{"values":{{"{name}":1}}}}"#).as_bytes()).expect_err("name");
    assert_eq!(error.fault, Fault::Name);
    let deep = format!("[{{\"n\":\"a\",\"v\":1,\"x\":{}", "[".repeat(100_000));
    assert_eq!(read(deep.as_bytes()).expect_err("deep").fault, Fault::Depth);
}

#[test]
fn senml_is_read() {
    let check = |text: &str, expected: &[Owned]| {
        let (format, found) = read(text.as_bytes()).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!((format, found.as_slice()), (Format::SenMl, expected), "{text}");
    };
    let now = Some(NOW.0);
    check(r#"[{"n":"ch4","v":21.5}]"#, &[sample("ch4", now, 21.5)]);
    // RFC 8428 section 5.1.2, shortened: base name, unit and value.
    check(
        r#"[{"bn":"urn:dev:","bu":"A","bver":5,"n":"voltage","u":"V","v":120.1,"t":-5},{"n":"current","v":1.2}]"#,
        &[
            Owned {
                unit: Some("V".into()),
                ..sample("urn:dev:voltage", Some(NOW.0 - 5_000), 120.1)
            },
            Owned { unit: Some("A".into()), ..sample("urn:dev:current", now, 1.2) },
        ],
    );
    check(
        r#"[{"bn":"a","bt":1.7e9},{"t":1,"v":1},{"bt":1.8e9,"t":0.5,"v":2}]"#,
        &[sample("a", Some(1_700_000_001_000), 1.0), sample("a", Some(1_800_000_000_500), 2.0)],
    );
    check(
        r#"[{"bv":10,"n":"a","v":1},{"n":"b","v":2},{"n":"c","vb":true}]"#,
        &[sample("a", now, 11.0), sample("b", now, 12.0), sample("c", now, 1.0)],
    );
    check(
        r#"[{"n":"a","v":1,"unknown":{"x":[1,"y",null,true]},"ut":3}]"#,
        &[sample("a", now, 1.0)],
    );
    check(r#"[{"n":"a","v":1,"s":3}]"#, &[sample("a", now, 1.0)]);
    check(r#"[{"bn":"only base"}]"#, &[]);
}

#[test]
fn senml_that_cannot_be_used_is_refused() {
    let check = |text: &str, offset: usize, fault: Fault| {
        let error = read(text.as_bytes()).expect_err(text);
        assert_eq!(error, Malformed { offset, fault }, "{text}");
    };
    check(r#"[{"n":"a"}]"#, 1, Fault::Missing);
    check(r#"[{"n":"a","vs":"text"}]"#, 1, Fault::Type);
    check(r#"[{"n":"a","vd":"AA"}]"#, 1, Fault::Type);
    check(r#"[{"n":"a","v":1,"v":2}]"#, 16, Fault::Duplicate);
    check(r#"[{"n":"a","v":1,"vb":true}]"#, 16, Fault::Duplicate);
    check(r#"[{"n":"a","n":"b","v":1}]"#, 10, Fault::Duplicate);
    check(r#"[{"v":1}]"#, 1, Fault::Name);
    check(r#"[{"bver":11,"n":"a","v":1}]"#, 2, Fault::Version);
    check(r#"[{"n":"a","v":1,"must_":1}]"#, 16, Fault::Version);
    check(r#"[{"n":"a","v":1,"t":1e300}]"#, 1, Fault::Time);
    check(r#"[{"n":"a","v":NaN}]"#, 14, Fault::NotFinite);
    check(r#"[{"n":"a","v":1}"#, 16, Fault::End);
}

#[test]
fn replies_are_read() {
    let reply = device::reply(br#"{"id":"17","outcome":"done","detail":"ok"}"#).expect("reply");
    assert_eq!(reply.about, About::Command(CommandId(17)));
    assert_eq!((reply.outcome, reply.detail.as_str()), (ReplyOutcome::Done, "ok"));
    let reply = device::reply(br#"{"outcome":"received","id":"n9"}"#).expect("reply");
    assert_eq!((reply.about, reply.detail.as_str()), (About::Notice(NoticeId(9)), ""));
    let long = json!({"id": "1", "outcome": "failed", "detail": "长".repeat(1_000)}).to_string();
    let reply = device::reply(long.as_bytes()).expect("reply");
    assert_eq!(reply.detail.chars().count(), device::MAX_DETAIL);
    for bad in [
        "",
        "{}",
        r#"{"id":17,"outcome":"done"}"#,
        r#"{"id":"17"}"#,
        r#"{"id":"-1","outcome":"done"}"#,
        r#"{"id":"+1","outcome":"done"}"#,
        r#"{"id":"","outcome":"done"}"#,
        r#"{"id":"n","outcome":"done"}"#,
        r#"{"id":"99999999999999999999","outcome":"done"}"#,
        r#"{"id":"1","outcome":"maybe"}"#,
        r#"{"id":"1","id":"1","outcome":"done"}"#,
        r#"{"id":"1","outcome":"done"} x"#,
    ] {
        let error = device::reply(bad.as_bytes()).expect_err(bad);
        assert!(error.offset <= bad.len(), "{bad}: {error}");
        assert_eq!(error.reason().word(), "malformed", "{bad}");
    }
}

#[test]
fn any_payload_can_be_shown() {
    let show = |name: &str, text: &str| {
        helan_protocol::decode::decode(name, text.as_bytes(), NOW).expect("known protocol")
    };
    let shown = show("device-json", r#"{"ts":1,"values":{"a":2},"units":{"a":"m"}}"#);
    let reading = json!({"point": "a", "at": 1, "value": 2.0, "quality": "good", "unit": "m"});
    assert_eq!(shown, json!({"format": "device-json", "readings": [reading]}));
    assert_eq!(show("device", r#"[{"n":"a","v":1}]"#)["format"], "senml");
    assert_eq!(show("cap", "<alert/>")["refused"]["reason"], "malformed");
    let shown = show("senml", r#"[{"n":"a"}]"#);
    assert_eq!(shown["refused"]["reason"], "malformed");
    let shown = show("device-reply", r#"{"id":"n3","outcome":"done"}"#);
    assert_eq!(shown["reply"]["about"], json!({"notice": 3}));
    let error = helan_protocol::decode::decode("morse", b"", NOW).expect_err("unknown");
    assert!(error.to_string().contains("device-json"), "{error}");
}

/// What serde_json makes of a number: the same bits are wanted.
fn number(value: f64) -> String {
    serde_json::Number::from_f64(value).map_or("0".into(), |number| number.to_string())
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        objects in prop::collection::vec(
            (
                prop::option::of(-9_007_199_254_740_992i64..=9_007_199_254_740_992),
                prop::collection::btree_map("[a-z\"\\\\\u{1}甲-癸]{1,8}", prop::num::f64::NORMAL | prop::num::f64::ZERO, 0..40),
            ),
            0..5,
        )
    ) {
        let mut batch = Vec::new();
        let mut expected = Vec::new();
        for (ts, values) in &objects {
            let mut object = json!({"values": values});
            if let Some(ts) = ts {
                object["ts"] = json!(ts);
            }
            batch.push(object);
            expected.extend(values.iter().map(|(name, value)| sample(name, *ts, *value)));
        }
        let text = json!(batch).to_string();
        let mut found = Vec::new();
        device::read_as(Format::Json, text.as_bytes(), NOW, &mut |s| {
            found.push(sample(s.name, s.at.map(|at| at.0), s.value));
        }).expect("readable");
        // The order of members is that of serde_json's map.
        found.sort_by(|a, b| (&a.name, a.at).cmp(&(&b.name, b.at)));
        expected.sort_by(|a, b| (&a.name, a.at).cmp(&(&b.name, b.at)));
        prop_assert_eq!(found.len(), expected.len());
        for (a, b) in found.iter().zip(&expected) {
            prop_assert_eq!((&a.name, a.at), (&b.name, b.at));
        }
    }

    #[test]
    fn numbers_are_read_to_the_last_bit(value in prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO) {
        let text = format!(r#"{{"values":{{"a":{}}}}}"#, number(value));
        prop_assert_eq!(good(&text)[0].value.to_bits(), value.to_bits());
    }

    #[test]
    fn short_decimals_are_read_to_the_last_bit(whole in -999_999i64..1_000_000, digits in 0usize..9, fraction in 0u64..1_000_000_000) {
        let fraction = format!("{fraction:09}");
        let text = match digits {
            0 => whole.to_string(),
            n => format!("{whole}.{}", &fraction[..n]),
        };
        let value: f64 = text.parse().expect("a number");
        let text = format!(r#"{{"values":{{"a":{text}}}}}"#);
        prop_assert_eq!(good(&text)[0].value.to_bits(), value.to_bits());
    }

    #[test]
    fn nothing_makes_the_reader_fall_over(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Err(error) = read(&bytes) {
            prop_assert!(error.offset <= bytes.len() + 4);
        }
        drop(device::reply(&bytes));
    }

    #[test]
    fn almost_good_payloads_do_not_either(
        text in r#"[\[{]{1,2}("(ts|values|units|n|v|bn|bt|t|vb)":|[{}\[\],]|"[a-z\\u]{0,5}"|-?[0-9]{1,4}|[.eE+]|true|null| ){0,30}"#
    ) {
        if let Err(error) = read(text.as_bytes()) {
            prop_assert!(error.offset <= text.len() + 4);
        }
    }

    #[test]
    fn whatever_is_read_is_json(text in r#"\{"values":\{("a":|"b":|-?[0-9.eE]{1,6}|,| ){0,10}\}\}"#) {
        if read(text.as_bytes()).is_ok() {
            prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{}", text);
        }
    }
}

/// The corpus of the fuzz targets: every file, every cut of it and every flipped bit.
#[test]
fn the_corpus_of_the_fuzz_targets_is_read() {
    let replay = |target: &str, each: &dyn Fn(&[u8])| {
        let folder = format!("{}/../../fuzz/corpus/{target}", env!("CARGO_MANIFEST_DIR"));
        let mut count = 0;
        for file in std::fs::read_dir(folder).expect("corpus") {
            let bytes = std::fs::read(file.expect("entry").path()).expect("file");
            each(&bytes);
            for cut in 0..bytes.len() {
                each(&bytes[..cut]);
            }
            for place in 0..bytes.len() {
                for bit in 0..8 {
                    let mut damaged = bytes.clone();
                    damaged[place] ^= 1 << bit;
                    each(&damaged);
                }
            }
            count += 1;
        }
        assert!(count > 2, "{target}");
    };
    let readings = |format: Format| {
        move |bytes: &[u8]| {
            if let Err(error) = device::read_as(format, bytes, NOW, &mut |_| {}) {
                assert!(error.offset <= bytes.len() + 4);
            }
        }
    };
    replay("device_json", &readings(Format::Json));
    replay("senml", &readings(Format::SenMl));
    replay("device_reply", &|bytes| drop(device::reply(bytes)));
}
