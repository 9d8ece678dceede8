//! From a [`Warning`] to a document. The order of the elements is the schema's.

use helan_kernel::{Ms, Position, Text, push::Warning};

use super::{NAMESPACE, parse, time, xml::Writer};

/// Who publishes: part of every document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// Identifies the sender in the world, for example `alerts@emergency.example`: no spaces, commas, `<`, `&`.
    pub sender: String,
    /// Name of the sender, for people.
    pub name: Text,
    /// Where people can read more; empty when nowhere.
    pub web: String,
}

impl Issuer {
    /// Whether the sender can be written (CAP 1.2 §3.2.1).
    #[must_use]
    pub fn is_valid(&self) -> bool {
        is_name(&self.sender)
    }
}

pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || matches!(c, ',' | '<' | '&'))
}

/// The name of a warning's document: unique within one platform and one incident count.
#[must_use]
pub fn document_name(warning: &Warning) -> String {
    identifier(warning, warning.sequence, warning.sent)
}

/// The CAP identifier of a message of an incident: number of the incident, count and moment, so that it stays unique even
/// when a platform starts anew with an empty store.
#[must_use]
pub fn identifier(warning: &Warning, sequence: u32, sent: Ms) -> String {
    format!("helan-{}-{sequence}-{}", warning.incident, sent.0.div_euclid(1000))
}

/// The CAP 1.2 document of a warning, one `info` in Chinese and one in English.
#[must_use]
pub fn write(warning: &Warning, issuer: &Issuer) -> String {
    let mut out = Writer::new();
    out.open("alert", &format!(" xmlns=\"{NAMESPACE}\""));
    out.leaf("identifier", &document_name(warning));
    out.leaf("sender", &issuer.sender);
    out.leaf("sent", &time(warning.sent));
    out.leaf("status", if warning.drill { "Exercise" } else { "Actual" });
    out.leaf("msgType", kind(warning));
    if warning.drill {
        out.leaf("scope", "Restricted");
        out.leaf("restriction", "演练 drill");
    } else {
        out.leaf("scope", "Public");
    }
    // They end with the message before this one; the first of them need not be the incident's first (a warning after an
    // all-clear begins a new chain).
    let count = u32::try_from(warning.earlier.len()).unwrap_or(u32::MAX);
    let earlier: Vec<String> = (warning.sequence.saturating_sub(count)..)
        .zip(&warning.earlier)
        .map(|(sequence, sent)| {
            format!("{},{},{}", issuer.sender, identifier(warning, sequence, *sent), time(*sent))
        })
        .collect();
    if !earlier.is_empty() {
        out.leaf("references", &earlier.join(" "));
    }
    out.leaf("incidents", &format!("helan-{}", warning.incident));
    info(&mut out, warning, issuer, "zh-CN", |text| &text.zh);
    info(&mut out, warning, issuer, "en", |text| &text.en);
    out.finish()
}

/// A message that speaks of earlier ones updates or cancels them.
fn kind(warning: &Warning) -> &'static str {
    match (warning.earlier.is_empty(), warning.cancel) {
        (true, _) => "Alert",
        (false, true) => "Cancel",
        (false, false) => "Update",
    }
}

fn info(
    out: &mut Writer,
    warning: &Warning,
    issuer: &Issuer,
    language: &str,
    pick: impl Fn(&Text) -> &String,
) {
    let cap = &warning.cap;
    out.open("info", "");
    out.leaf("language", language);
    out.leaf("category", known(&cap.category, parse::CATEGORY, "Other"));
    out.leaf("event", pick(&warning.event));
    if warning.cancel {
        out.leaf("responseType", "AllClear");
    }
    let urgency = if warning.cancel { "Past" } else { &cap.urgency };
    out.leaf("urgency", known(urgency, parse::URGENCY, "Unknown"));
    out.leaf("severity", known(&cap.severity, parse::SEVERITY, "Unknown"));
    out.leaf("certainty", known(&cap.certainty, parse::CERTAINTY, "Unknown"));
    if !warning.code.is_empty() {
        named(out, "eventCode", "GB/T35561", &warning.code);
    }
    out.leaf("effective", &time(warning.sent));
    out.leaf("expires", &time(warning.expires));
    out.leaf("senderName", pick(&issuer.name));
    out.leaf("headline", pick(&warning.headline));
    if !warning.place.is_empty() {
        out.leaf("description", &warning.place);
    }
    out.leaf("instruction", pick(&warning.instruction));
    if !issuer.web.is_empty() {
        out.leaf("web", &issuer.web);
    }
    if let Some(colour) = colour(&cap.severity).filter(|_| !warning.cancel) {
        named(out, "parameter", "colour", colour);
    }
    area(out, warning);
    out.close();
}

fn area(out: &mut Writer, warning: &Warning) {
    let code = warning.area.0;
    out.open("area", "");
    let place = if warning.place.is_empty() { code.to_string() } else { warning.place.to_string() };
    out.leaf("areaDesc", &place);
    for polygon in &warning.polygons {
        if let Some(text) = ring(polygon) {
            out.leaf("polygon", &text);
        }
    }
    if let Some((centre, metres)) = warning.circle
        && let Some(centre) = point(centre)
        && metres.is_finite()
        && metres >= 0.0
    {
        out.leaf("circle", &format!("{centre} {:.3}", metres / 1000.0));
    }
    if code >= 1000 {
        named(out, "geocode", "GB/T2260", &format!("{:06}", code / 1000));
    }
    if !code.is_multiple_of(1000) {
        named(out, "geocode", "GB/T10114", &format!("{code:09}"));
    }
    out.close();
}

/// `lat,lon` with a tenth of a metre; CAP writes latitude first.
fn point(at: Position) -> Option<String> {
    let sane = at.lat.abs() <= 90.0 && at.lon.abs() <= 180.0;
    sane.then(|| format!("{:.6},{:.6}", at.lat, at.lon))
}

/// At least four points, first repeated last.
fn ring(points: &[Position]) -> Option<String> {
    let mut texts = points.iter().map(|at| point(*at)).collect::<Option<Vec<_>>>()?;
    if texts.first() != texts.last() {
        texts.extend(texts.first().cloned());
    }
    (texts.len() >= 4).then(|| texts.join(" "))
}

fn named(out: &mut Writer, element: &'static str, name: &str, value: &str) {
    out.open(element, "");
    out.leaf("valueName", name);
    out.leaf("value", value);
    out.close();
}

fn known<'a>(word: &'a str, allowed: &[&str], otherwise: &'a str) -> &'a str {
    if allowed.contains(&word) { word } else { otherwise }
}

/// The colour of the Chinese warning levels: severity words are ambiguous, so the colour itself travels along.
fn colour(severity: &str) -> Option<&'static str> {
    match severity {
        "Extreme" => Some("red"),
        "Severe" => Some("orange"),
        "Moderate" => Some("yellow"),
        "Minor" => Some("blue"),
        _ => None,
    }
}
