//! Filters that other programs send: the Common Query Language (OGC 21-065r2, CQL2), as text or JSON.

use std::{collections::BTreeSet, thread};

use serde_json::Value;

/// A condition that a feature fulfils or not.
#[derive(Clone, Debug)]
pub struct Filter(cql2::Expr);

/// Why a filter cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// It is not written in the language, here as far as its reader can tell.
    #[error("not a CQL2 filter: {0}")]
    Syntax(String),
    /// It asks for something that the features do not have.
    #[error("there is no property {0}")]
    Unknown(String),
    /// It is longer or deeper than people and programs write.
    #[error(
        "the filter is longer than {} bytes or nested deeper than {}",
        Filter::MAX_BYTES,
        Filter::MAX_DEPTH
    )]
    TooLarge,
}

/// How a filter is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum FilterLanguage {
    /// `cql2-text`.
    #[default]
    Text,
    /// `cql2-json`.
    Json,
}

impl Filter {
    /// Longest filter. The reader goes down as deep as the text nests: this bounds how deep.
    pub const MAX_BYTES: usize = 1_000;
    /// Deepest nesting. What is read runs on threads with an ordinary stack, and it too goes down as deep as it nests.
    pub const MAX_DEPTH: usize = 24;
    /// Stack of the thread that reads: a thousand brackets need some ten megabytes of it.
    const STACK: usize = 128 << 20;

    /// Reads a filter over features that have these properties beside their `geometry`.
    ///
    /// # Errors
    /// When it is no such filter.
    pub fn read(
        text: &str,
        language: FilterLanguage,
        properties: &BTreeSet<&str>,
    ) -> Result<Self, FilterError> {
        if text.len() > Self::MAX_BYTES {
            return Err(FilterError::TooLarge);
        }
        let syntax = |why: &str| FilterError::Syntax(why.to_owned());
        let read = || {
            let expression = match language {
                FilterLanguage::Text => cql2::parse_text(text).map_err(|error| error.to_string()),
                FilterLanguage::Json => cql2::parse_json(text).map_err(|error| error.to_string()),
            };
            // The first line says where, the others draw it.
            let expression =
                expression.map_err(|error| syntax(error.lines().next().unwrap_or_default()))?;
            let json = expression.to_value().map_err(|error| syntax(&error.to_string()))?;
            let mut names = BTreeSet::new();
            walk(&json, 0, &mut names)?;
            let known = |name: &String| name == "geometry" || properties.contains(name.as_str());
            match names.into_iter().find(|name| !known(name)) {
                Some(unknown) => Err(FilterError::Unknown(unknown)),
                None => Ok(Self(expression)),
            }
        };
        // It goes down with the brackets of whoever asks: on a stack of its own, which is large enough for all of them.
        thread::scope(|scope| {
            let thread = thread::Builder::new().stack_size(Self::STACK).spawn_scoped(scope, read);
            let thread = thread.map_err(|error| syntax(&error.to_string()))?;
            thread.join().unwrap_or_else(|_panic| Err(syntax("it cannot be read")))
        })
    }

    /// Whether a GeoJSON feature fulfils it. What cannot be compared (a word with a number, nothing with something) does not.
    #[must_use]
    pub fn fits(&self, feature: &Value) -> bool {
        self.0.clone().matches(Some(feature)).unwrap_or(false)
    }
}

fn walk(json: &Value, depth: usize, names: &mut BTreeSet<String>) -> Result<(), FilterError> {
    if depth > 2 * Filter::MAX_DEPTH {
        // An operator is two levels of JSON: itself and its arguments.
        return Err(FilterError::TooLarge);
    }
    match json {
        Value::Array(items) => items.iter().try_for_each(|item| walk(item, depth + 1, names)),
        Value::Object(members) => {
            if let Some(name) = members.get("property").and_then(Value::as_str) {
                names.insert(name.to_owned());
            }
            members.values().try_for_each(|member| walk(member, depth + 1, names))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Result<Filter, FilterError> {
        let known = ["name", "students", "boarding", "level", "built"].into();
        Filter::read(text, FilterLanguage::Text, &known)
    }

    fn school() -> Value {
        json!({ "type": "Feature", "id": 1,
            "geometry": { "type": "Point", "coordinates": [106.2, 38.4] },
            "properties": { "name": "第一小学", "students": 800, "boarding": true, "level": null,
                "built": "2019-06-01" } })
    }

    #[test]
    fn what_the_language_can_say() {
        for (text, expected) in [
            ("students > 500 AND name LIKE '%小学'", true),
            ("students BETWEEN 1 AND 5", false),
            ("students IN (1, 2, 800)", true),
            ("NOT boarding = true", false),
            ("level IS NULL", true),
            ("level = 'x'", false),
            ("built > DATE('2019-01-01')", true),
            ("S_INTERSECTS(geometry, POLYGON((106 38,107 38,107 39,106 39,106 38)))", true),
            ("S_WITHIN(geometry, BBOX(107,38,108,39))", false),
            ("name > 5", false),
        ] {
            assert_eq!(read(text).unwrap().fits(&school()), expected, "{text}");
        }
        let json = r#"{"op":"=","args":[{"property":"students"},800]}"#;
        let filter = Filter::read(json, FilterLanguage::Json, &["students"].into()).unwrap();
        assert!(filter.fits(&school()));
    }

    #[test]
    fn what_is_wrong_is_told_and_nothing_falls_over() {
        assert_eq!(read("phone = '1'").unwrap_err(), FilterError::Unknown("phone".into()));
        for text in ["name = 'x' OR", "", "S_INTERSECTS(geometry,POLYGON(()))", "((", "'"] {
            assert!(matches!(read(text), Err(FilterError::Syntax(_))), "{text}");
        }
        let hostile = [
            "(".repeat(498) + "1=1" + &")".repeat(498),
            "NOT ".repeat(248) + "1=1",
            "[".repeat(999),
            "students=".to_owned() + &"-".repeat(980) + "1",
            "1".to_owned() + &"+1".repeat(480) + "=2",
            "1=1 AND ".repeat(110) + "1=1",
            "casei(".repeat(140) + "'x'" + &")".repeat(140) + "='x'",
        ];
        // A stack that overflows ends the whole process: that it comes to the next line is the test.
        let told = hostile.iter().filter(|text| read(text).is_ok_and(|f| f.fits(&school())));
        assert!(told.count() < hostile.len());
        assert_eq!(read(&"x".repeat(1_001)).unwrap_err(), FilterError::TooLarge);
        assert_eq!(read(&("NOT ".repeat(100) + "1=1")).unwrap_err(), FilterError::TooLarge);
    }
}
