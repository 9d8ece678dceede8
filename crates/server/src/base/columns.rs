//! Columns of a record as JSON, and back.

use helan_base::{Areas, Fault, Kind, Raw, Record, Value};
use helan_exchange::{shape_of_json, shape_to_json};

/// What stands in a field.
pub fn value_json(value: &Value) -> serde_json::Value {
    match value {
        Value::Empty => serde_json::Value::Null,
        Value::Text(text) => text.clone().into(),
        Value::Number(number) => (*number).into(),
        Value::Whole(whole) => (*whole).into(),
        Value::Flag(flag) => (*flag).into(),
        Value::Date(date) => date.to_string().into(),
    }
}

/// What stands in a column.
#[must_use]
pub fn shown(kind: &Kind, record: &Record, column: &str) -> serde_json::Value {
    match column {
        "name" => record.name.clone().into(),
        "area" => record.area.0.into(),
        "address" => record.address.clone().into(),
        "post" => record.post.clone().into(),
        "geom" => record.shape.as_ref().map_or(serde_json::Value::Null, shape_to_json),
        field => {
            let value = kind.place(field).and_then(|place| record.values.get(place));
            value.map_or(serde_json::Value::Null, value_json)
        }
    }
}

/// A cell as a form or program sends it.
#[must_use]
pub fn raw(json: &serde_json::Value) -> Raw<'_> {
    match json {
        serde_json::Value::Number(number) => number.as_f64().map_or(Raw::Empty, Raw::Number),
        serde_json::Value::Bool(flag) => Raw::Flag(*flag),
        serde_json::Value::String(text) => Raw::Text(text),
        _ => Raw::Empty,
    }
}

/// Puts into a column what [`shown`] once gave.
///
/// # Errors
/// When it no longer fits: the kind has changed since.
pub fn set(
    kind: &Kind,
    record: &mut Record,
    column: &str,
    json: &serde_json::Value,
    areas: &Areas,
) -> Result<(), Fault> {
    let text = || json.as_str().unwrap_or_default().to_owned();
    match column {
        "name" => record.name = text(),
        "address" => record.address = text(),
        "post" => record.post = text(),
        "area" => record.area = areas.find(&json.to_string()).ok_or(Fault::UnknownArea)?,
        "geom" => {
            record.shape = match json {
                serde_json::Value::Null => None,
                json => Some(shape_of_json(json.clone()).map_err(|_lies| Fault::NotPlace)?),
            };
        }
        field => {
            let place = kind.place(field).ok_or(Fault::Unreadable)?;
            let (Some(field), Some(value)) = (kind.fields.get(place), record.values.get_mut(place))
            else {
                return Err(Fault::Unreadable);
            };
            *value = Value::read(&raw(json), &field.what)?;
        }
    }
    Ok(())
}
