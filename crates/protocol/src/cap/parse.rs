//! From a document to an [`Alert`]: strict in what CAP 1.2 requires, with bounds everywhere.

use super::{
    Alert, Area, Info, Named, Reference, Resource, read_time,
    xml::{self, Node},
};

/// Bounds of a document. The defaults hold the largest real ones (90 kB) ten times over.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of the document.
    pub bytes: usize,
    /// Elements.
    pub elements: usize,
    /// Depth of elements.
    pub depth: usize,
    /// Bytes of the text of one element.
    pub text: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 1 << 20, elements: 20_000, depth: 16, text: 1 << 19 }
    }
}

/// Why a document cannot be used, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at byte {offset}: {fault}")]
pub struct CapError {
    /// Where, in bytes from the beginning.
    pub offset: u64,
    /// Why.
    pub fault: Fault,
}

/// Why a document cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Not UTF-8.
    #[error("not UTF-8")]
    Encoding,
    /// Not well-formed.
    #[error("not well-formed: {0}")]
    Syntax(String),
    /// A document type: refused, because entities and includes come with it.
    #[error("a document type is not accepted")]
    Doctype,
    /// An entity that XML does not define.
    #[error("unknown entity")]
    Entity,
    /// Larger, deeper or longer than the limits.
    #[error("too large")]
    TooLarge,
    /// An element that CAP does not have at this place, or in a foreign namespace.
    #[error("unknown element {0}")]
    Unknown(String),
    /// A required element is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// An element that may come once came twice.
    #[error("{0} comes twice")]
    Twice(&'static str),
    /// A value that the element cannot have.
    #[error("{0} has a value that it cannot have")]
    Value(&'static str),
}

/// Reads a CAP 1.2 (or 1.1) document. A signature is skipped, not checked.
///
/// # Errors
/// When the document is not well-formed, exceeds the limits, or breaks a rule of CAP; with its place.
pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Alert, CapError> {
    if bytes.len() > limits.bytes {
        return Err(CapError { offset: 0, fault: Fault::TooLarge });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| CapError {
        offset: u64::try_from(error.valid_up_to()).unwrap_or(0),
        fault: Fault::Encoding,
    })?;
    let root = xml::tree(text.trim_start_matches('\u{feff}'), limits)?;
    if root.name != "alert" {
        return Err(root.fail(Fault::Unknown(root.name.clone())));
    }
    alert(&root)
}

const STATUS: &[&str] = &["Actual", "Exercise", "System", "Test", "Draft"];
const MSG_TYPE: &[&str] = &["Alert", "Update", "Cancel", "Ack", "Error"];
const SCOPE: &[&str] = &["Public", "Restricted", "Private"];
pub(super) const CATEGORY: &[&str] = &[
    "Geo",
    "Met",
    "Safety",
    "Security",
    "Rescue",
    "Fire",
    "Health",
    "Env",
    "Transport",
    "Infra",
    "CBRNE",
    "Other",
];
const RESPONSE: &[&str] = &[
    "Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None",
];
pub(super) const URGENCY: &[&str] = &["Immediate", "Expected", "Future", "Past", "Unknown"];
pub(super) const SEVERITY: &[&str] = &["Extreme", "Severe", "Moderate", "Minor", "Unknown"];
pub(super) const CERTAINTY: &[&str] = &["Observed", "Likely", "Possible", "Unlikely", "Unknown"];

fn alert(node: &Node) -> Result<Alert, CapError> {
    node.only(&[
        "identifier",
        "sender",
        "sent",
        "status",
        "msgType",
        "source",
        "scope",
        "restriction",
        "addresses",
        "code",
        "note",
        "references",
        "incidents",
        "info",
    ])?;
    let alert = Alert {
        identifier: node.name_text("identifier")?,
        sender: node.name_text("sender")?,
        sent: node.time("sent")?.ok_or_else(|| node.fail(Fault::Missing("sent")))?,
        status: node.word("status", STATUS)?,
        msg_type: node.word("msgType", MSG_TYPE)?,
        source: node.optional("source")?,
        scope: node.word("scope", SCOPE)?,
        restriction: node.optional("restriction")?,
        addresses: node.optional("addresses")?,
        codes: node.all("code"),
        note: node.optional("note")?,
        references: references(node)?,
        incidents: node.optional("incidents")?,
        infos: node.each("info").map(info).collect::<Result<_, _>>()?,
    };
    // CAP 1.2 §3.2.1: these two depend on the scope.
    if alert.scope == "Restricted" && alert.restriction.is_none() {
        return Err(node.fail(Fault::Missing("restriction")));
    }
    if alert.scope == "Private" && alert.addresses.is_none() {
        return Err(node.fail(Fault::Missing("addresses")));
    }
    Ok(alert)
}

fn references(node: &Node) -> Result<Vec<Reference>, CapError> {
    let Some(text) = node.optional("references")? else { return Ok(Vec::new()) };
    let one = |triple: &str| {
        let mut parts = triple.split(',');
        let (sender, identifier, sent) = (parts.next()?, parts.next()?, parts.next()?);
        let whole = parts.next().is_none() && !sender.is_empty() && !identifier.is_empty();
        let sent = read_time(sent).filter(|_| whole)?;
        Some(Reference { sender: sender.into(), identifier: identifier.into(), sent: sent.0 })
    };
    text.split_whitespace()
        .map(|triple| one(triple).ok_or_else(|| node.fail(Fault::Value("references"))))
        .collect()
}

fn info(node: &Node) -> Result<Info, CapError> {
    node.only(&[
        "language",
        "category",
        "event",
        "responseType",
        "urgency",
        "severity",
        "certainty",
        "audience",
        "eventCode",
        "effective",
        "onset",
        "expires",
        "senderName",
        "headline",
        "description",
        "instruction",
        "web",
        "contact",
        "parameter",
        "resource",
        "area",
    ])?;
    let words = |name: &'static str, allowed: &[&str]| {
        let values = node.all(name);
        let known = values.iter().all(|value| allowed.contains(&value.as_str()));
        if known { Ok(values) } else { Err(node.fail(Fault::Value(name))) }
    };
    let categories = words("category", CATEGORY)?;
    if categories.is_empty() {
        return Err(node.fail(Fault::Missing("category")));
    }
    Ok(Info {
        language: node.optional("language")?.unwrap_or_else(|| "en-US".into()),
        categories,
        event: node.required("event")?,
        response_types: words("responseType", RESPONSE)?,
        urgency: node.word("urgency", URGENCY)?,
        severity: node.word("severity", SEVERITY)?,
        certainty: node.word("certainty", CERTAINTY)?,
        audience: node.optional("audience")?,
        event_codes: named(node, "eventCode")?,
        effective: node.time("effective")?,
        onset: node.time("onset")?,
        expires: node.time("expires")?,
        sender_name: node.optional("senderName")?,
        headline: node.optional("headline")?,
        description: node.optional("description")?,
        instruction: node.optional("instruction")?,
        web: node.optional("web")?,
        contact: node.optional("contact")?,
        parameters: named(node, "parameter")?,
        resources: node.each("resource").map(resource).collect::<Result<_, _>>()?,
        areas: node.each("area").map(area).collect::<Result<_, _>>()?,
    })
}

fn named(node: &Node, name: &'static str) -> Result<Vec<Named>, CapError> {
    node.each(name)
        .map(|node| {
            node.only(&["valueName", "value"])?;
            Ok(Named { name: node.required("valueName")?, value: node.required("value")? })
        })
        .collect()
}

fn resource(node: &Node) -> Result<Resource, CapError> {
    node.only(&["resourceDesc", "mimeType", "size", "uri", "derefUri", "digest"])?;
    let size = node.optional("size")?;
    Ok(Resource {
        description: node.required("resourceDesc")?,
        mime_type: node.required("mimeType")?,
        size: size
            .map(|size| size.parse().map_err(|_bad| node.fail(Fault::Value("size"))))
            .transpose()?,
        uri: node.optional("uri")?,
        digest: node.optional("digest")?,
    })
}

fn area(node: &Node) -> Result<Area, CapError> {
    node.only(&["areaDesc", "polygon", "circle", "geocode", "altitude", "ceiling"])?;
    let number = |name: &'static str| {
        node.optional(name)?
            .map(|text| finite(&text).ok_or_else(|| node.fail(Fault::Value(name))))
            .transpose()
    };
    let polygon = |text: &String| {
        let points = text.split_whitespace().map(point).collect::<Option<Vec<_>>>();
        points
            .filter(|points| points.len() >= 4 && points.first() == points.last())
            .ok_or_else(|| node.fail(Fault::Value("polygon")))
    };
    let circle = |text: &String| {
        let mut parts = text.split_whitespace();
        let centre = parts.next().and_then(point);
        let radius = parts.next().and_then(finite).filter(|radius| *radius >= 0.0);
        match (centre, radius, parts.next()) {
            (Some((lat, lon)), Some(radius), None) => Ok((lat, lon, radius)),
            _ => Err(node.fail(Fault::Value("circle"))),
        }
    };
    let area = Area {
        description: node.required("areaDesc")?,
        polygons: node.all("polygon").iter().map(polygon).collect::<Result<_, _>>()?,
        circles: node.all("circle").iter().map(circle).collect::<Result<_, _>>()?,
        geocodes: named(node, "geocode")?,
        altitude: number("altitude")?,
        ceiling: number("ceiling")?,
    };
    // CAP 1.2 §3.2.4: a ceiling needs an altitude.
    if area.ceiling.is_some() && area.altitude.is_none() {
        return Err(node.fail(Fault::Missing("altitude")));
    }
    Ok(area)
}

fn finite(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// `lat,lon` in degrees.
fn point(text: &str) -> Option<(f64, f64)> {
    let (lat, lon) = text.split_once(',')?;
    let lat = finite(lat).filter(|lat| lat.abs() <= 90.0)?;
    let lon = finite(lon).filter(|lon| lon.abs() <= 180.0)?;
    Some((lat, lon))
}

impl Node {
    fn fail(&self, fault: Fault) -> CapError {
        CapError { offset: self.offset, fault }
    }

    fn each<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    fn only(&self, names: &[&str]) -> Result<(), CapError> {
        match self.children.iter().find(|child| !names.contains(&child.name.as_str())) {
            Some(child) => Err(child.fail(Fault::Unknown(child.name.clone()))),
            None => Ok(()),
        }
    }

    /// The text of a child; an empty element counts as absent (some senders write `<onset/>`).
    fn optional(&self, name: &'static str) -> Result<Option<String>, CapError> {
        let mut found = self.each(name);
        let first = found.next();
        if let Some(second) = found.next() {
            return Err(second.fail(Fault::Twice(name)));
        }
        Ok(first.map(|node| node.text.clone()).filter(|text| !text.is_empty()))
    }

    fn required(&self, name: &'static str) -> Result<String, CapError> {
        self.optional(name)?.ok_or_else(|| self.fail(Fault::Missing(name)))
    }

    fn all(&self, name: &str) -> Vec<String> {
        self.each(name).map(|node| node.text.clone()).filter(|text| !text.is_empty()).collect()
    }

    fn word(&self, name: &'static str, allowed: &[&str]) -> Result<String, CapError> {
        let word = self.required(name)?;
        if allowed.contains(&word.as_str()) { Ok(word) } else { Err(self.fail(Fault::Value(name))) }
    }

    /// Identifier and sender: no spaces, commas, `<`, `&` (CAP 1.2 §3.2.1).
    fn name_text(&self, name: &'static str) -> Result<String, CapError> {
        let text = self.required(name)?;
        if super::write::is_name(&text) { Ok(text) } else { Err(self.fail(Fault::Value(name))) }
    }

    fn time(&self, name: &'static str) -> Result<Option<i64>, CapError> {
        self.optional(name)?
            .map(|text| {
                read_time(&text).map(|at| at.0).ok_or_else(|| self.fail(Fault::Value(name)))
            })
            .transpose()
    }
}
