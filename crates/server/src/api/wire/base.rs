//! The emergency base database: kinds, objects, imports.

use std::collections::BTreeMap;

use helan_base::{Kind, Origin, What, quality::FlawKind};
use helan_exchange::shape_to_json;
use helan_store::{
    base::{Change, Changed, Stored},
    documents::Document,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Position, Text};
use crate::base::{AreaLine, columns::value_json};

/// A kind of object.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BaseKind {
    /// Key.
    pub key: String,
    /// `production`, `living`, `ecology`, `forces`, `supplies` or `infrastructure`.
    #[schema(value_type = String)]
    pub domain: helan_base::Domain,
    /// Name.
    pub name: Text,
    /// Code of a standard's list; may be empty.
    pub code: String,
    /// `point`, `line`, `polygon` or `any`.
    #[schema(value_type = String)]
    pub shape: helan_base::ShapeKind,
    /// Days after which a record must have been looked at anew.
    pub review_days: u32,
    /// Whether its records speak of private persons: name and place are blurred for those who may not see people.
    pub private: bool,
    /// What is asked beside key, name, area, address, post and place.
    pub fields: Vec<BaseField>,
    /// Sensors and equipment that every object of the kind must have.
    pub needs: Vec<BaseNeed>,
    /// How many objects there are in the caller's area.
    pub count: u64,
}

/// A field of a kind.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BaseField {
    /// Key.
    pub key: String,
    /// Name.
    pub name: Text,
    /// Unit; may be empty.
    pub unit: String,
    /// `text`, `number`, `whole`, `flag`, `date`, `phone` or `choice`.
    pub r#type: &'static str,
    /// Most characters of a text, or largest number.
    pub max: Option<f64>,
    /// Smallest number.
    pub min: Option<f64>,
    /// What can be chosen.
    pub choices: Vec<BaseChoice>,
    /// Whether a record without it is refused.
    pub required: bool,
    /// Whether it is a private matter of people.
    pub private: bool,
    /// Standard and clause; may be empty.
    pub standard: String,
}

/// Something that can be chosen.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BaseChoice {
    /// What is stored.
    pub key: String,
    /// Name.
    pub name: Text,
}

/// Something that every object of a kind must have.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BaseNeed {
    /// Key of a device profile, or a word for equipment.
    pub key: String,
    /// Name.
    pub name: Text,
    /// How many at least.
    pub count: u32,
    /// Standard and clause; may be empty.
    pub standard: String,
}

impl BaseKind {
    /// As it is shown.
    #[must_use]
    pub fn of(kind: &Kind, count: u64) -> Self {
        Self {
            key: kind.key.clone(),
            domain: kind.domain,
            name: (&kind.name).into(),
            code: kind.code.clone(),
            shape: kind.shape,
            review_days: kind.review_days,
            private: kind.is_private(),
            fields: kind.fields.iter().map(BaseField::of).collect(),
            needs: kind
                .needs
                .iter()
                .map(|need| BaseNeed {
                    key: need.key.clone(),
                    name: (&need.name).into(),
                    count: need.count,
                    standard: need.standard.clone(),
                })
                .collect(),
            count,
        }
    }
}

impl BaseField {
    fn of(field: &helan_base::Field) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "ends of ranges are at most 10^12")]
        let (r#type, min, max) = match &field.what {
            What::Text { max } => ("text", None, Some(*max as f64)),
            What::Number { min, max } => ("number", Some(*min), Some(*max)),
            What::Whole { min, max } => ("whole", Some(*min as f64), Some(*max as f64)),
            What::Flag => ("flag", None, None),
            What::Date => ("date", None, None),
            What::Phone => ("phone", None, None),
            What::Choice { .. } => ("choice", None, None),
        };
        let choices = match &field.what {
            What::Choice { of } => of.as_slice(),
            _ => &[],
        };
        Self {
            key: field.key.clone(),
            name: (&field.name).into(),
            unit: field.unit.clone(),
            r#type,
            min,
            max,
            choices: choices
                .iter()
                .map(|choice| BaseChoice { key: choice.key.clone(), name: (&choice.name).into() })
                .collect(),
            required: field.required,
            private: field.mask.is_some(),
            standard: field.standard.clone(),
        }
    }
}

/// An object of the base database.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BaseObject {
    /// Number among all objects.
    pub id: i64,
    /// Key of its kind.
    pub kind: String,
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Its area.
    pub area: u32,
    /// Its address; may be empty.
    pub address: String,
    /// Key of the responsible post; empty when none: a defect.
    pub post: String,
    /// Where, as a GeoJSON geometry on WGS-84; null when not known: a defect.
    #[schema(value_type = Object)]
    pub geometry: serde_json::Value,
    /// Fields of its kind; null when not known.
    #[schema(value_type = Object)]
    pub values: BTreeMap<String, serde_json::Value>,
    /// Whether something private was blurred for the caller: fields, and the name and place of private persons.
    pub blurred: bool,
    /// Whether it was made up for demonstration.
    pub synthetic: bool,
    /// Whether it must be looked at anew: nobody has confirmed it for longer than its kind allows.
    pub stale: bool,
    /// What is wrong with it, by the rules of quality.
    pub flaws: Vec<BaseFlaw>,
    /// Whether what is known of it is doubtful: not only missing or old.
    pub doubtful: bool,
    /// Where most of it comes from: a number of `origins`.
    pub origin: u64,
    /// Where the other columns come from.
    pub column_origins: BTreeMap<String, u64>,
    /// The origins named above; empty in lists.
    pub origins: BTreeMap<u64, BaseOrigin>,
    /// When it was last confirmed, ms UTC.
    pub checked_at: i64,
    /// When it was last changed, ms UTC.
    pub changed_at: i64,
    /// How dangerous it is: `red`, `orange`, `yellow`, `blue` or `unknown`; null when its kind is not graded.
    pub risk: Option<&'static str>,
    /// Columns whose value is contradicted; somebody must decide. Empty in lists.
    pub in_review: Vec<String>,
}

/// Something that is wrong with an object.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct BaseFlaw {
    /// Short word for programs.
    pub code: &'static str,
    /// Field or column; empty when it is the object as a whole.
    pub column: String,
    /// For people.
    pub words: Text,
}

impl BaseFlaw {
    /// As it is shown.
    #[must_use]
    pub fn of(flaw: FlawKind, column: &str) -> Self {
        Self { code: flaw.code(), column: column.to_owned(), words: (&flaw.words()).into() }
    }
}

/// Where facts come from.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BaseOrigin {
    /// `import`, `form`, `field`, `device`, `connector` or `pack`.
    pub source: &'static str,
    /// Account.
    pub by: String,
    /// File, form or system.
    pub detail: String,
    /// When, ms UTC.
    pub at: i64,
}

impl From<&Origin> for BaseOrigin {
    fn from(origin: &Origin) -> Self {
        Self {
            source: origin.source.word(),
            by: origin.by.clone(),
            detail: origin.detail.clone(),
            at: origin.at.0,
        }
    }
}

impl BaseObject {
    /// As it is shown. `private` says whether the caller sees private fields as they are.
    #[must_use]
    pub fn of(kind: &Kind, stored: &Stored, now: i64, private: bool) -> Self {
        const DAY: i64 = 24 * 3600 * 1000;
        let mut record = stored.record.clone();
        let blurred = !private && kind.blur(&mut record);
        let values = kind.fields.iter().zip(&record.values);
        let values = values.map(|(field, value)| (field.key.clone(), value_json(value)));
        let values = values.collect();
        let geometry = record.shape.as_ref().map_or(serde_json::Value::Null, shape_to_json);
        Self {
            id: stored.id.0,
            kind: kind.key.clone(),
            key: record.key,
            name: record.name,
            area: record.area.0,
            address: record.address,
            post: record.post,
            geometry,
            values,
            blurred,
            synthetic: record.synthetic,
            stale: now.saturating_sub(stored.checked_at.0) > i64::from(kind.review_days) * DAY,
            flaws: Vec::new(),
            doubtful: false,
            origin: stored.origin,
            column_origins: stored.origins.clone(),
            origins: BTreeMap::new(),
            checked_at: stored.checked_at.0,
            changed_at: stored.changed_at.0,
            risk: None,
            in_review: Vec::new(),
        }
    }
}

/// What an object shall be.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BaseOrder {
    /// Name.
    pub name: String,
    /// Code or name of the area; empty: as its place says.
    #[serde(default)]
    pub area: String,
    /// Address.
    #[serde(default)]
    pub address: String,
    /// Key of the responsible post.
    #[serde(default)]
    pub post: String,
    /// GeoJSON geometry; null when not known.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub geometry: serde_json::Value,
    /// Fields of the kind.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub values: BTreeMap<String, serde_json::Value>,
    /// `form` (default) or `field`: typed at the place.
    #[serde(default)]
    pub source: String,
    /// `changed_at` of what the caller saw; 0: it was not there. When it has changed since, a form is refused as a conflict; a field
    /// form is merged field by field, and what both changed differently goes to review.
    pub seen: Option<i64>,
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct BaseFault {
    /// Field or column.
    pub column: String,
    /// Short word for programs.
    pub code: &'static str,
    /// For people.
    pub words: Text,
}

impl From<&helan_base::Faulty> for BaseFault {
    fn from(faulty: &helan_base::Faulty) -> Self {
        Self {
            column: faulty.column.clone(),
            code: faulty.fault.code(),
            words: (&faulty.fault.words()).into(),
        }
    }
}

/// What became of an object that was to be stored.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BaseWritten {
    /// Whether it was stored.
    pub stored: bool,
    /// What is wrong when it was not.
    pub faults: Vec<BaseFault>,
    /// Whether it was merged with what somebody else changed meanwhile.
    pub merged: bool,
    /// Columns that somebody else changed differently: what stood there stays until somebody decides.
    pub in_review: Vec<String>,
}

/// One change of an object.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BaseChange {
    /// When, ms UTC.
    pub at: i64,
    /// `updated`, `removed` or `restored`.
    pub what: &'static str,
    /// Where the new facts come from.
    pub origin: Option<BaseOrigin>,
    /// The columns that changed, with what they held before; private ones without it for those who may not see them.
    #[schema(value_type = Object)]
    pub before: BTreeMap<String, serde_json::Value>,
}

impl BaseChange {
    /// As it is shown.
    #[must_use]
    pub fn of(kind: &Kind, change: Change, origin: Option<&Origin>, private: bool) -> Self {
        let hidden = |column: &str| {
            let field = kind.fields.iter().find(|field| field.key == column);
            let own = match column {
                "name" => kind.private_name,
                "address" | "geom" => kind.private_place,
                _ => false,
            };
            !private && (own || field.is_some_and(|field| field.mask.is_some()))
        };
        let before = change.before.into_iter().map(|(column, (value, _))| {
            let value = if hidden(&column) { serde_json::Value::Null } else { value };
            (column, value)
        });
        Self {
            at: change.at.0,
            what: match change.what {
                Changed::Updated => "updated",
                Changed::Removed => "removed",
                Changed::Restored => "restored",
            },
            origin: origin.map(Into::into),
            before: before.collect(),
        }
    }
}

/// An object that was found by its name or place.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BaseHit {
    /// Number among all objects.
    pub id: i64,
    /// Key of its kind.
    pub kind: String,
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Its area.
    pub area: u32,
    /// Its middle; null when its place is not known.
    pub position: Option<Position>,
    /// How far away, in metres; null when that was not asked.
    pub metres: Option<f64>,
    /// Whether it must be looked at anew.
    pub stale: bool,
    /// Whether what is known of it is doubtful.
    pub doubtful: bool,
}

/// Which objects.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct BaseQuery {
    /// Key of the kind.
    pub kind: String,
    /// Only in this area.
    pub area: Option<u32>,
    /// Cursor of the page before.
    pub after: Option<String>,
    /// Rows of the page.
    pub limit: Option<u32>,
}

/// When.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct BaseMoment {
    /// What it was at this moment, ms UTC; now when it is not given.
    pub at: Option<i64>,
}

/// Words to find.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct BaseFind {
    /// A part of the name, or the initials of its pinyin.
    pub q: String,
    /// Only of this kind.
    pub kind: Option<String>,
    /// Hits at most.
    pub limit: Option<u32>,
}

/// An area.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BaseArea {
    /// Code of nine digits (GB/T 2260 and three of the township).
    pub code: u32,
    /// Name.
    pub name: &'static str,
    /// Name in pinyin; empty for townships.
    pub name_en: &'static str,
    /// People at the census of 2020; null for townships.
    pub people: Option<u32>,
}

impl From<&AreaLine> for BaseArea {
    fn from(line: &AreaLine) -> Self {
        let AreaLine { code, name, name_en, people } = *line;
        Self { code: code.0, name, name_en, people }
    }
}

/// How a document is called.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct DocumentQuery {
    /// Name of the file.
    pub name: String,
}

/// A photo or paper about an object.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BaseDocument {
    /// Its number.
    pub id: i64,
    /// Name of the file.
    pub name: String,
    /// Media type: `image/jpeg`, `image/png`, `image/webp`, `application/pdf`.
    pub media: String,
    /// Account that brought it.
    pub by: String,
    /// When, ms UTC.
    pub at: i64,
    /// Bytes.
    pub size: u64,
}

impl From<&Document> for BaseDocument {
    fn from(document: &Document) -> Self {
        let Document { id, name, media, by, at, size, .. } = document.clone();
        Self { id, name, media, by, at: at.0, size }
    }
}

/// What of a tile.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct BaseTile {
    /// Only these kinds, separated by commas; empty: none of them.
    pub kinds: Option<String>,
}

/// From where.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct BaseNear {
    /// Longitude on WGS-84, degrees.
    pub lon: f64,
    /// Latitude on WGS-84, degrees.
    pub lat: f64,
    /// Only of this kind.
    pub kind: Option<String>,
    /// Objects at most.
    pub limit: Option<u32>,
}

/// What is inside a shape.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BaseWithin {
    /// GeoJSON Polygon or `MultiPolygon` on WGS-84.
    #[schema(value_type = Object)]
    pub geometry: serde_json::Value,
    /// Only of this kind.
    pub kind: Option<String>,
}

/// What was found inside.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BaseInside {
    /// How many objects of each kind.
    pub counts: BTreeMap<String, u64>,
    /// Their numbers, the first 1 000.
    pub ids: Vec<i64>,
}

/// A file that is brought.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ImportQuery {
    /// Key of the kind that its rows are of.
    pub kind: String,
    /// Name of the file; its end tells the format.
    pub file: String,
    /// `wgs84` (default), `gcj02` or `bd09`.
    pub datum: Option<String>,
    /// Whether its objects are made up for demonstration.
    #[serde(default)]
    pub synthetic: bool,
    /// Sheet or layer of the file; the first with something in it when none is named.
    pub layer: Option<String>,
    /// The moment that the file speaks of, ms UTC; now when it is not given. What was confirmed after it is not overwritten.
    pub as_of: Option<i64>,
}

/// How a file shall be read.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportChoice {
    /// Heading → field (or `key`, `name`, `area`, `address`, `post`, `lon`, `lat`); null: the column is passed over.
    #[serde(default)]
    pub mapping: BTreeMap<String, Option<String>>,
    /// `wgs84`, `gcj02` or `bd09`.
    pub datum: Option<String>,
    /// Sheet or layer of the file; the first with something in it when none is named.
    pub layer: Option<String>,
}

/// An import under way.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Import {
    /// Its number.
    pub id: u64,
    /// Key of the kind.
    pub kind: String,
    /// Name of the file.
    pub file: String,
    /// Account that brought it.
    pub by: String,
    /// `checking`, `checked`, `loading`, `loaded`, `cancelled` or `failed`.
    pub state: &'static str,
    /// Why it failed; empty otherwise.
    pub why: String,
    /// How much of the file has been read, 0 to 1.
    pub progress: f64,
    /// Sheets or layers of the file, the one that was read first; empty for formats that have none.
    pub layers: Vec<String>,
    /// Headings of the file and the field that each goes to; null: passed over.
    pub columns: Vec<ImportColumn>,
    /// Rows read so far.
    pub rows: u64,
    /// Rows that are good.
    pub good: u64,
    /// Rows that are not.
    pub bad: u64,
    /// Objects that are new.
    pub created: u64,
    /// Objects that changed.
    pub updated: u64,
    /// Objects that were so already.
    pub same: u64,
    /// Values that contradict what is stored: somebody must decide.
    pub in_review: u64,
    /// How often each fault was found.
    pub faults: BTreeMap<&'static str, u64>,
    /// The first bad rows.
    pub first: Vec<ImportFault>,
}

/// A column of a file.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ImportColumn {
    /// Heading.
    pub heading: String,
    /// Field; null: passed over.
    pub field: Option<String>,
}

/// A bad row.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ImportFault {
    /// Its number; the heading is row 1.
    pub row: u64,
    /// What is wrong with it.
    pub faults: Vec<BaseFault>,
}
