//! Kinds of objects of the base database, as a pack writes them.

use std::collections::BTreeMap;

use helan_base::{
    Choice, Distance, Domain, Duty, Equipment, Field, Kind, Mask, Method, Need, OsmRule, OsmTag,
    People, Safety, ShapeKind, What,
};
use helan_kernel::Text;
use serde::Deserialize;

use super::{PackError, wire};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KindWire {
    key: String,
    domain: Domain,
    name: wire::Text,
    #[serde(default)]
    code: String,
    shape: ShapeKind,
    review_days: u32,
    #[serde(default)]
    private_name: bool,
    #[serde(default)]
    private_place: bool,
    #[serde(default)]
    field: Vec<FieldWire>,
    #[serde(default)]
    need: Vec<NeedWire>,
    #[serde(default)]
    osm: Vec<OsmWire>,
    risk: Option<Method>,
    distance: Option<Distance>,
    people: Option<People>,
    equipment: Option<Equipment>,
    duty: Option<Duty>,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Type {
    Text,
    Number,
    Whole,
    Flag,
    Date,
    Phone,
    Choice,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldWire {
    key: String,
    name: wire::Text,
    r#type: Type,
    #[serde(default)]
    unit: String,
    min: Option<f64>,
    max: Option<f64>,
    #[serde(default)]
    of: Vec<ChoiceWire>,
    #[serde(default)]
    required: bool,
    mask: Option<Mask>,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    standard: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChoiceWire {
    key: String,
    name: wire::Text,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NeedWire {
    key: String,
    name: wire::Text,
    #[serde(default = "one")]
    count: u32,
    #[serde(default)]
    standard: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OsmWire {
    tags: Vec<String>,
    #[serde(default)]
    values: BTreeMap<String, String>,
}

const fn one() -> u32 {
    1
}

/// Characters of a text field that says nothing of its length: a sentence.
const TEXT: f64 = 200.0;
/// Ends of numbers that say nothing of theirs: no length, mass, price or count of a region is larger.
const NUMBER: f64 = 1e12;

fn text(text: wire::Text) -> Text {
    Text { zh: text.zh, en: text.en }
}

fn field(kind: &str, wire: FieldWire) -> Result<Field, PackError> {
    let fail = |why: &str| {
        let place = format!("kind {kind}, field {}", wire.key);
        Err(PackError::Value { place, why: why.to_owned() })
    };
    let bounded = wire.min.is_some() || wire.max.is_some();
    if bounded && !matches!(wire.r#type, Type::Number | Type::Whole | Type::Text) {
        return fail("min and max belong to numbers and texts");
    }
    if wire.of.is_empty() == (wire.r#type == Type::Choice) {
        return fail("`of` belongs to choices, and choices need it");
    }
    let (min, max) = (wire.min, wire.max);
    let what = match wire.r#type {
        Type::Text => {
            let max = max.unwrap_or(TEXT);
            if !(1.0..=100_000.0).contains(&max) || min.is_some() {
                return fail("a text has 1 to 100 000 characters, and no least length");
            }
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked")]
            What::Text { max: max as usize }
        }
        Type::Number => What::Number { min: min.unwrap_or(-NUMBER), max: max.unwrap_or(NUMBER) },
        Type::Whole => {
            let (min, max) = (min.unwrap_or(-NUMBER), max.unwrap_or(NUMBER));
            if min.fract().abs() > 0.0
                || max.fract().abs() > 0.0
                || min.abs().max(max.abs()) > NUMBER
            {
                return fail("the ends of whole numbers are whole, and at most 10^12");
            }
            #[expect(clippy::cast_possible_truncation, reason = "checked")]
            What::Whole { min: min as i64, max: max as i64 }
        }
        Type::Flag => What::Flag,
        Type::Date => What::Date,
        Type::Phone => What::Phone,
        Type::Choice => {
            let of = wire.of.into_iter();
            What::Choice { of: of.map(|c| Choice { key: c.key, name: text(c.name) }).collect() }
        }
    };
    Ok(Field {
        key: wire.key,
        name: text(wire.name),
        unit: wire.unit,
        what,
        required: wire.required,
        mask: wire.mask,
        aliases: wire.aliases,
        standard: wire.standard,
    })
}

fn osm(kind: &str, wire: OsmWire) -> Result<OsmRule, PackError> {
    let tag = |text: &String| {
        OsmTag::read(text).ok_or_else(|| PackError::Value {
            place: format!("kind {kind}, rule for OpenStreetMap"),
            why: format!("{text:?} is no tag such as amenity=school"),
        })
    };
    let tags = wire.tags.iter().map(tag).collect::<Result<_, _>>()?;
    Ok(OsmRule { tags, values: wire.values })
}

pub(super) fn kind(wire: KindWire) -> Result<Kind, PackError> {
    let fields = wire.field.into_iter().map(|f| field(&wire.key, f)).collect::<Result<_, _>>()?;
    let needs = wire.need.into_iter().map(|need| Need {
        key: need.key,
        name: text(need.name),
        count: need.count,
        standard: need.standard,
    });
    let osm = wire.osm.into_iter().map(|rule| osm(&wire.key, rule)).collect::<Result<_, _>>()?;
    let kind = Kind {
        osm,
        domain: wire.domain,
        name: text(wire.name),
        code: wire.code,
        shape: wire.shape,
        fields,
        needs: needs.collect(),
        review_days: wire.review_days,
        private_name: wire.private_name,
        private_place: wire.private_place,
        safety: Safety {
            risk: wire.risk,
            distance: wire.distance,
            people: wire.people,
            equipment: wire.equipment,
            duty: wire.duty,
        },
        key: wire.key,
    };
    kind.check().map_err(|error| PackError::Value {
        place: format!("kind {}", error.kind),
        why: error.why,
    })?;
    Ok(kind)
}
