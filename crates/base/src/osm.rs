//! Which things of OpenStreetMap are objects of a kind. The map says it by tags, and a kind by rules: data, no code.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A tag that a thing must have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OsmTag {
    /// Its key.
    pub key: String,
    /// Its value is one of these; any, when there are none.
    pub values: Vec<String>,
}

impl OsmTag {
    /// Reads `amenity=school`, `highway=trunk|trunk_link`, or `tourism` alone. None when there is no key or an empty value.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (key, values) = match text.split_once('=') {
            Some((key, values)) => (key, values.split('|').map(str::to_owned).collect()),
            None => (text, Vec::new()),
        };
        let good = !key.is_empty() && values.iter().all(|value: &String| !value.is_empty());
        good.then(|| Self { key: key.to_owned(), values })
    }

    fn fits<'a>(&self, tag: &impl Fn(&str) -> Option<&'a str>) -> bool {
        tag(&self.key).is_some_and(|found| {
            self.values.is_empty() || self.values.iter().any(|value| value == found)
        })
    }
}

/// Things that are objects of a kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OsmRule {
    /// They have all these tags.
    pub tags: Vec<OsmTag>,
    /// What that says of fields: a value, or the value of a tag (`{building:levels}`).
    pub values: BTreeMap<String, String>,
}

impl OsmRule {
    /// Whether a thing fits, by what it says to each key.
    pub fn fits<'a>(&self, tag: &impl Fn(&str) -> Option<&'a str>) -> bool {
        self.tags.iter().all(|wanted| wanted.fits(tag))
    }

    /// What the rule says of a field, given the tags of the thing.
    pub fn value<'a>(
        &'a self,
        field: &str,
        tag: &impl Fn(&str) -> Option<&'a str>,
    ) -> Option<&'a str> {
        let value = self.values.get(field)?;
        match value.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(key) => tag(key),
            None => Some(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_and_found() {
        let rule = OsmRule {
            tags: ["highway=trunk|trunk_link", "name"].map(|t| OsmTag::read(t).unwrap()).into(),
            values: BTreeMap::from([
                ("class".into(), "first".into()),
                ("lanes".into(), "{lanes}".into()),
            ]),
        };
        let road = BTreeMap::from([("highway", "trunk_link"), ("name", "x"), ("lanes", "4")]);
        let tag = |key: &str| road.get(key).copied();
        assert!(rule.fits(&tag));
        assert_eq!(rule.value("class", &tag), Some("first"));
        assert_eq!(rule.value("lanes", &tag), Some("4"));
        assert_eq!(rule.value("width", &tag), None);
        assert!(!rule.fits(&|key| (key == "highway").then_some("trunk")));
        assert!(!rule.fits(&|_| Some("trunks")));
        assert_eq!(OsmTag::read("=x"), None);
        assert_eq!(OsmTag::read("a="), None);
        assert_eq!(OsmTag::read("a=|b"), None);
    }
}
