//! Templates of requests to gateways.

/// A JSON template with its places filled in; the places stand within quotation marks. One pass: a text that itself holds
/// `{phone}` stays as it is.
#[must_use]
pub fn fill_json(template: &str, phone: &str, text: &str, id: &str) -> String {
    fill(template, phone, text, id, json_inner)
}

/// An address template with its places filled in, percent-encoded.
#[must_use]
pub fn fill_url(template: &str, phone: &str, text: &str, id: &str) -> String {
    fill(template, phone, text, id, percent)
}

fn fill(
    template: &str,
    phone: &str,
    text: &str,
    id: &str,
    encode: impl Fn(&str) -> String,
) -> String {
    let places = [("{phone}", phone), ("{text}", text), ("{id}", id)];
    let mut out = String::new();
    let mut rest = template;
    'next: while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        for (place, value) in places {
            if let Some(after) = from.strip_prefix(place) {
                out.push_str(&encode(value));
                rest = after;
                continue 'next;
            }
        }
        out.push('{');
        rest = from.strip_prefix('{').unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// A text as it stands within the quotation marks of JSON.
fn json_inner(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.unwrap_or_default().to_owned()
}

/// RFC 3986: everything but unreserved characters.
fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_once_and_encoded() {
        let template = r#"{"to":"{phone}","t":"{text}","id":"{id}"}"#;
        let json = fill_json(template, "1", "a\"{phone}\n", "n7");
        let value: serde_json::Value = serde_json::from_str(&json).expect("json");
        assert_eq!(value, serde_json::json!({"to": "1", "t": "a\"{phone}\n", "id": "n7"}));
        let url = fill_url("https://a.example/?to={phone}&t={text}", "+86 1", "撤离&{id}", "n7");
        assert_eq!(url, "https://a.example/?to=%2B86%201&t=%E6%92%A4%E7%A6%BB%26%7Bid%7D");
        assert_eq!(fill_json("{}{", "", "", ""), "{}{");
    }
}
