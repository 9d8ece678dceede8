//! Which column of a file is which field.

use std::collections::BTreeMap;

use helan_base::{Draft, Kind, Value, What};

use crate::Row;

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Key of the object.
    Key,
    /// Name.
    Name,
    /// Code or name of the area.
    Area,
    /// Address.
    Address,
    /// Key of the responsible post.
    Post,
    /// Longitude.
    Lon,
    /// Latitude.
    Lat,
    /// Whether it is made up for demonstration.
    Synthetic,
    /// A field of the kind, by its place.
    Field(usize),
}

/// Headings that people give to the columns that every kind has.
const COMMON: [(Target, &str, &[&str]); 8] = [
    (Target::Key, "key", &["编号", "编码", "id", "统一社会信用代码", "code"]),
    (Target::Name, "name", &["名称", "单位名称", "企业名称", "机构名称"]),
    (
        Target::Area,
        "area",
        &["辖区", "区县", "所在区县", "行政区划", "行政区划代码", "乡镇", "county"],
    ),
    (Target::Address, "address", &["地址", "详细地址", "所在地址"]),
    (Target::Post, "post", &["岗位", "责任岗位"]),
    (Target::Lon, "lon", &["经度", "longitude", "lng", "x"]),
    (Target::Lat, "lat", &["纬度", "latitude", "y"]),
    (Target::Synthetic, "synthetic", &["模拟数据"]),
];

/// Which column of a file is which field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    columns: Vec<Option<Target>>,
}

impl Mapping {
    /// Guesses by the headings: keys, names and aliases, without regard to case, units in brackets and spaces.
    #[must_use]
    pub fn guess(kind: &Kind, heading: &[String]) -> Self {
        let mut taken = Vec::new();
        let columns = heading.iter().map(|heading| {
            let target = guess(kind, heading).filter(|target| !taken.contains(target))?;
            taken.push(target.clone());
            Some(target)
        });
        Self { columns: columns.collect() }
    }

    /// As somebody chose: heading → key of a field (or of a column that every kind has); nothing for columns that are passed
    /// over. Headings that are not named are guessed.
    ///
    /// # Errors
    /// The first field that is not known.
    pub fn chosen(
        kind: &Kind,
        heading: &[String],
        chosen: &BTreeMap<String, Option<String>>,
    ) -> Result<Self, String> {
        let mut mapping = Self::guess(kind, heading);
        for (heading, column) in heading.iter().zip(&mut mapping.columns) {
            match chosen.get(heading) {
                None => {}
                Some(None) => *column = None,
                Some(Some(key)) => *column = Some(named(kind, key).ok_or_else(|| key.clone())?),
            }
        }
        Ok(mapping)
    }

    /// What is written out of a kind, with headings that this same guess finds again: in the language of whoever reads it,
    /// or by key where words would mislead.
    #[must_use]
    pub fn headings(kind: &Kind, chinese: bool) -> Vec<(String, Target)> {
        let own = COMMON.iter().map(|(target, key, names)| {
            let name = names.first().filter(|_| chinese).unwrap_or(key);
            ((*name).to_owned(), *key, target.clone())
        });
        let fields = kind.fields.iter().zip(0..).map(|(field, place)| {
            let name = if chinese { &field.name.zh } else { &field.name.en };
            let unit = &field.unit;
            let bare = unit.is_empty() || unit == "1";
            let name = if bare { name.clone() } else { format!("{name} ({unit})") };
            (name, field.key.as_str(), Target::Field(place))
        });
        own.chain(fields)
            .map(|(name, key, target)| {
                let found = guess(kind, &name).as_ref() == Some(&target);
                (if found { name } else { key.to_owned() }, target)
            })
            .collect()
    }

    /// Key of the field for each column; none for those passed over.
    #[must_use]
    pub fn keys<'a>(&'a self, kind: &'a Kind) -> Vec<Option<&'a str>> {
        self.columns.iter().map(|column| column.as_ref().map(|target| key(kind, target))).collect()
    }

    /// A row as a draft of a record.
    #[must_use]
    pub fn draft<'a>(&self, kind: &'a Kind, row: &'a Row) -> Draft<'a> {
        let mut draft = Draft { shape: row.shape.clone(), ..Draft::default() };
        for (target, cell) in self.columns.iter().zip(&row.cells) {
            let raw = cell.raw();
            match target {
                None => {}
                Some(Target::Key) => draft.key = raw,
                Some(Target::Name) => draft.name = raw,
                Some(Target::Area) => draft.area = raw,
                Some(Target::Address) => draft.address = raw,
                Some(Target::Post) => draft.post = raw,
                Some(Target::Lon) => draft.lon = raw,
                Some(Target::Lat) => draft.lat = raw,
                // Anything but a plain yes is no.
                Some(Target::Synthetic) => {
                    let flag = Value::read(&raw, &What::Flag);
                    draft.synthetic = flag == Ok(Value::Flag(true));
                }
                Some(Target::Field(place)) => {
                    if let Some(field) = kind.fields.get(*place) {
                        draft.fields.insert(&field.key, raw);
                    }
                }
            }
        }
        draft
    }
}

fn key<'a>(kind: &'a Kind, target: &Target) -> &'a str {
    match target {
        Target::Field(place) => kind.fields.get(*place).map_or("", |field| &field.key),
        common => COMMON.iter().find(|(t, ..)| t == common).map_or("", |(_, key, _)| key),
    }
}

fn named(kind: &Kind, key: &str) -> Option<Target> {
    let common = COMMON.iter().find(|(_, name, _)| *name == key).map(|(target, ..)| target.clone());
    common.or_else(|| kind.place(key).map(Target::Field))
}

fn guess(kind: &Kind, heading: &str) -> Option<Target> {
    let plain = plain(heading);
    let field = kind.fields.iter().position(|field| {
        let names = [&field.key, &field.name.zh, &field.name.en];
        names.into_iter().chain(&field.aliases).any(|name| self::plain(name) == plain)
    });
    // A kind's own words go before those that all kinds share.
    field.map(Target::Field).or_else(|| {
        COMMON
            .iter()
            .find(|(_, key, names)| *key == plain || names.iter().any(|name| *name == plain))
            .map(|(target, ..)| target.clone())
    })
}

/// A heading without spaces, marks and the unit behind it.
fn plain(heading: &str) -> String {
    let end = heading.find(['(', '（', '[', '【', '/']).unwrap_or(heading.len());
    heading
        .chars()
        .take(heading.get(..end).unwrap_or(heading).chars().count())
        .filter(|c| !c.is_whitespace() && !"*:：_".contains(*c))
        .flat_map(char::to_lowercase)
        .collect()
}
