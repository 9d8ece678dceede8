//! What somebody typed or sent, before it is known to make sense.

use std::{collections::BTreeMap, fmt};

use geo::{BoundingRect, Coord, Geometry, HasDimensions, dimensions::Dimensions};
use helan_kernel::{AreaCode, Text};

use crate::{Areas, Date, Datum, Kind, Record, ShapeKind, Value, value::narrow};

/// One cell, as a file or form holds it.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Raw<'a> {
    /// Nothing.
    #[default]
    Empty,
    /// Words.
    Text(&'a str),
    /// A number.
    Number(f64),
    /// Yes or no.
    Flag(bool),
    /// A day.
    Date(Date),
}

impl fmt::Display for Raw<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => Ok(()),
            Self::Text(text) => f.write_str(text.trim()),
            // Whole numbers without a decimal point: sheets hold telephone numbers as numbers.
            Self::Number(number) => write!(f, "{number}"),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Date(date) => write!(f, "{date}"),
        }
    }
}

/// What is wrong with a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// It must not be empty.
    Missing,
    /// Longer than allowed.
    TooLong {
        /// Most characters.
        max: usize,
    },
    /// Signs that no text has: the encoding was guessed wrongly, or it is no text.
    Unreadable,
    /// Not a number.
    NotNumber,
    /// Not a whole number.
    NotWhole,
    /// Outside the range of the field.
    OutOfRange {
        /// Smallest value.
        min: f64,
        /// Largest value.
        max: f64,
    },
    /// Neither yes nor no.
    NotFlag,
    /// Not a day.
    NotDate,
    /// Not a moment.
    NotMoment,
    /// A moment that has not come yet.
    Future,
    /// Neither degrees nor a point of the compass.
    NotDirection,
    /// Not a telephone number.
    NotPhone,
    /// Not in the list of the field.
    NotChoice,
    /// No area is given, and none follows from the place.
    NoArea,
    /// No area has this code or name.
    UnknownArea,
    /// Not a key: 1 to 64 characters without spaces at the ends or control characters.
    BadKey,
    /// Not a place on the globe.
    NotPlace,
    /// Only one of longitude and latitude, or both exchanged.
    Exchanged,
    /// Another kind of shape than the kind of object has.
    WrongShape,
    /// The same key stands in an earlier row.
    Double {
        /// Number of that row.
        row: u64,
    },
    /// The area is not the caller's, or the object lies in another one now.
    NotAllowed,
    /// The object is real; made-up facts must not replace what is known of it.
    Real,
    /// A formula of a sheet that has no value, or ended in an error.
    Formula {
        /// What the sheet shows, such as `#REF!`; empty when there is nothing.
        error: String,
    },
    /// The cell is merged with others: it cannot be told what belongs to which row.
    Merged {
        /// The cells, such as `A2:A5`.
        range: String,
    },
}

impl Fault {
    /// In the words of both languages.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::Missing => Text::new("必填项为空", "must not be empty"),
            Self::TooLong { max } => Text {
                zh: format!("超过 {max} 个字符"),
                en: format!("longer than {max} characters"),
            },
            Self::Unreadable => Text::new("含无法识别的字符", "has signs that cannot be read"),
            Self::NotNumber => Text::new("不是数字", "is not a number"),
            Self::NotWhole => Text::new("不是整数", "is not a whole number"),
            Self::OutOfRange { min, max } => Text {
                zh: format!("超出范围 {min} 至 {max}"),
                en: format!("is outside {min} to {max}"),
            },
            Self::NotFlag => Text::new("应为是或否", "is neither yes nor no"),
            Self::NotDate => {
                Text::new("不是日期（例 2024-03-05）", "is not a day (such as 2024-03-05)")
            }
            Self::NotMoment => Text::new(
                "不是时刻（例 2024-03-05T08:30:00+08:00）",
                "is not a moment (such as 2024-03-05T08:30:00+08:00)",
            ),
            Self::Future => {
                Text::new("时刻尚未到来，请核对时区", "is still to come: is the time zone right?")
            }
            Self::NotDirection => {
                Text::new("不是方位（度数或“东北”等）", "is no direction (degrees, or NE)")
            }
            Self::NotPhone => Text::new("不是电话号码", "is not a telephone number"),
            Self::NotChoice => Text::new("不在可选值中", "is not in the list"),
            Self::NoArea => Text::new(
                "无辖区，位置也不在本区域内",
                "has no area, and none follows from its place",
            ),
            Self::UnknownArea => Text::new("无此辖区", "no area is called so"),
            Self::BadKey => {
                Text::new("编号应为 1 至 64 个字符", "the key must have 1 to 64 characters")
            }
            Self::NotPlace => Text::new("经纬度无效", "is not a place on the globe"),
            Self::Exchanged => Text::new(
                "经纬度缺一或颠倒",
                "longitude and latitude are exchanged, or one is missing",
            ),
            Self::WrongShape => Text::new("图形类型不符", "is another kind of shape"),
            Self::Double { row } => Text {
                zh: format!("编号与第 {row} 行重复"),
                en: format!("has the key of row {row}"),
            },
            Self::NotAllowed => Text::new("辖区不在您的权限内", "its area is not yours"),
            Self::Real => Text::new(
                "该对象为真实数据，不能用演示数据覆盖",
                "the object is real; made-up data cannot replace it",
            ),
            Self::Formula { error } if error.is_empty() => Text::new(
                "公式没有计算结果，请在表格软件中重新计算并保存",
                "is a formula without a value: open the sheet, let it calculate, save it",
            ),
            Self::Formula { error } => Text {
                zh: format!("公式出错（{error}）"),
                en: format!("is a formula that ends in an error ({error})"),
            },
            Self::Merged { range } => Text {
                zh: format!("位于合并单元格 {range} 内，请取消合并并逐行填写"),
                en: format!("is in the merged cells {range}: split them and fill in each row"),
            },
        }
    }

    /// A short word for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::TooLong { .. } => "too-long",
            Self::Unreadable => "unreadable",
            Self::NotNumber => "not-number",
            Self::NotWhole => "not-whole",
            Self::OutOfRange { .. } => "out-of-range",
            Self::NotFlag => "not-flag",
            Self::NotDate => "not-date",
            Self::NotMoment => "not-moment",
            Self::Future => "future",
            Self::NotDirection => "not-direction",
            Self::NotPhone => "not-phone",
            Self::NotChoice => "not-choice",
            Self::NoArea => "no-area",
            Self::UnknownArea => "unknown-area",
            Self::BadKey => "bad-key",
            Self::NotPlace => "not-place",
            Self::Exchanged => "exchanged",
            Self::WrongShape => "wrong-shape",
            Self::Double { .. } => "double",
            Self::NotAllowed => "not-allowed",
            Self::Real => "real",
            Self::Formula { .. } => "formula",
            Self::Merged { .. } => "merged",
        }
    }
}

/// A fault and the column it is in.
#[derive(Clone, Debug, PartialEq)]
pub struct Faulty {
    /// Key of the field, or one of [`Kind::COMMON`], `lon` or `lat`.
    pub column: String,
    /// What is wrong.
    pub fault: Fault,
}

/// A record as somebody wrote it.
#[derive(Clone, Debug, Default)]
pub struct Draft<'a> {
    /// Key of the object.
    pub key: Raw<'a>,
    /// Name.
    pub name: Raw<'a>,
    /// Code or name of the area.
    pub area: Raw<'a>,
    /// Address.
    pub address: Raw<'a>,
    /// Key of the responsible post.
    pub post: Raw<'a>,
    /// Longitude, when there is no shape.
    pub lon: Raw<'a>,
    /// Latitude, when there is no shape.
    pub lat: Raw<'a>,
    /// Shape in the coordinate system of the file.
    pub shape: Option<Geometry>,
    /// Fields of the kind, by key; others are passed over.
    pub fields: BTreeMap<&'a str, Raw<'a>>,
    /// Whether it was made up for demonstration.
    pub synthetic: bool,
}

impl Draft<'_> {
    /// Most characters of a name and of an address.
    const LONG: usize = 200;

    /// Makes a record of it.
    ///
    /// # Errors
    /// Everything that is wrong, column by column.
    pub fn check(self, kind: &Kind, datum: Datum, areas: &Areas) -> Result<Record, Vec<Faulty>> {
        let mut faults = Faults(Vec::new());
        let key = self.key.to_string();
        if key.is_empty() || key.chars().count() > 64 || key.contains(char::is_control) {
            faults.add("key", Fault::BadKey);
        }
        let name = faults.text("name", &self.name, Self::LONG);
        if name.is_empty() {
            faults.add("name", Fault::Missing);
        }
        let address = faults.text("address", &self.address, Self::LONG);
        let post = faults.text("post", &self.post, 64);
        let shape = match self.shape {
            Some(mut shape) => {
                datum.convert(&mut shape);
                faults.shape(kind, shape)
            }
            None => faults.place(&self.lon, &self.lat, datum).and_then(|at| {
                let point = Geometry::Point(at.into());
                faults.shape(kind, point)
            }),
        };
        let area = faults.area(&self.area, shape.as_ref(), areas);
        let mut values = Vec::with_capacity(kind.fields.len());
        for field in &kind.fields {
            let raw = self.fields.get(field.key.as_str()).unwrap_or(&Raw::Empty);
            let value = Value::read(raw, &field.what).unwrap_or_else(|fault| {
                faults.add(&field.key, fault);
                Value::Empty
            });
            let told = faults.0.last().is_some_and(|last| last.column == field.key);
            if field.required && value.is_empty() && !told {
                faults.add(&field.key, Fault::Missing);
            }
            values.push(value);
        }
        if faults.0.is_empty() {
            let synthetic = self.synthetic;
            Ok(Record { key, name, area, address, post, shape, values, synthetic })
        } else {
            Err(faults.0)
        }
    }
}

struct Faults(Vec<Faulty>);

impl Faults {
    fn add(&mut self, column: &str, fault: Fault) {
        self.0.push(Faulty { column: column.to_owned(), fault });
    }

    fn text(&mut self, column: &str, raw: &Raw<'_>, max: usize) -> String {
        let what = crate::What::Text { max };
        match Value::read(raw, &what) {
            Ok(Value::Text(text)) => text,
            Ok(_) => String::new(),
            Err(fault) => {
                self.add(column, fault);
                String::new()
            }
        }
    }

    fn place(&mut self, lon: &Raw<'_>, lat: &Raw<'_>, datum: Datum) -> Option<Coord> {
        let mut degrees = |column: &str, raw: &Raw<'_>| match raw {
            Raw::Number(number) => Some(*number),
            Raw::Text(text) if !text.trim().is_empty() => {
                let number = narrow(text.trim()).parse().ok();
                if number.is_none() {
                    self.add(column, Fault::NotNumber);
                }
                number
            }
            _ => None,
        };
        let (x, y) = (degrees("lon", lon), degrees("lat", lat));
        let (x, y) = match (x, y) {
            (Some(x), Some(y)) => (x, y),
            (None, None) => return None,
            _ => {
                self.add("lon", Fault::Exchanged);
                return None;
            }
        };
        if (-90.0..=90.0).contains(&x) && (90.0..=180.0).contains(&y) {
            self.add("lon", Fault::Exchanged);
            return None;
        }
        Some(datum.to_wgs84(Coord { x, y }))
    }

    fn shape(&mut self, kind: &Kind, shape: Geometry) -> Option<Geometry> {
        let fits = match (kind.shape, shape.dimensions()) {
            (_, Dimensions::Empty) => false,
            (ShapeKind::Any, _) => true,
            (ShapeKind::Point, dimensions) => dimensions == Dimensions::ZeroDimensional,
            (ShapeKind::Line, dimensions) => dimensions == Dimensions::OneDimensional,
            (ShapeKind::Polygon, dimensions) => dimensions == Dimensions::TwoDimensional,
        };
        if !fits {
            self.add("geom", Fault::WrongShape);
            return None;
        }
        let bounds = shape.bounding_rect()?;
        let (min, max) = (bounds.min(), bounds.max());
        let on_globe = min.x >= -180.0 && max.x <= 180.0 && min.y >= -90.0 && max.y <= 90.0;
        // The zeros of an unfilled form are in the Gulf of Guinea.
        let zero = max.x.abs() + max.y.abs() + min.x.abs() + min.y.abs() < 1e-9;
        if !on_globe || zero {
            self.add("geom", Fault::NotPlace);
            return None;
        }
        Some(shape)
    }

    fn area(&mut self, raw: &Raw<'_>, shape: Option<&Geometry>, areas: &Areas) -> AreaCode {
        let text = raw.to_string();
        let found = if text.is_empty() {
            let at = shape.and_then(crate::catalogue::centre).and_then(|at| areas.at(at));
            // A place that is wrong was told already.
            let told = self.0.iter().any(|f| ["lon", "lat", "geom"].contains(&&*f.column));
            at.or(told.then_some(AreaCode::ALL)).ok_or(Fault::NoArea)
        } else {
            areas.find(&narrow(&text)).ok_or(Fault::UnknownArea)
        };
        found.unwrap_or_else(|fault| {
            self.add("area", fault);
            AreaCode::ALL
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Domain, Field, What};

    fn field(key: &str, what: What, required: bool) -> Field {
        Field {
            key: key.into(),
            name: Text::new(key, key),
            unit: String::new(),
            what,
            required,
            mask: None,
            aliases: Vec::new(),
            standard: String::new(),
        }
    }

    fn kind(shape: ShapeKind) -> Kind {
        Kind {
            fields: vec![
                field("beds", What::Whole { min: 0, max: 10_000 }, true),
                field("opened", What::Date, false),
            ],
            review_days: 365,
            ..Kind::bare("hospital", Domain::Living, Text::new("医院", "Hospital"), shape)
        }
    }

    fn draft<'a>() -> Draft<'a> {
        Draft {
            key: Raw::Text("H1"),
            name: Raw::Text("县医院"),
            lon: Raw::Number(106.2),
            lat: Raw::Text("38.4"),
            area: Raw::Text("兴庆区"),
            fields: BTreeMap::from([("beds", Raw::Text("120"))]),
            ..Draft::default()
        }
    }

    fn columns(draft: Draft<'_>) -> Vec<(String, &'static str)> {
        let faults = draft.check(&kind(ShapeKind::Point), Datum::Wgs84, &Areas::for_tests());
        faults.unwrap_err().into_iter().map(|f| (f.column, f.fault.code())).collect()
    }

    #[test]
    fn a_good_row_becomes_a_record() {
        let record =
            draft().check(&kind(ShapeKind::Point), Datum::Wgs84, &Areas::for_tests()).unwrap();
        assert_eq!(record.area, AreaCode(640_104_000));
        assert_eq!(record.values, [Value::Whole(120), Value::Empty]);
        assert_eq!(record.shape, Some(Geometry::Point((106.2, 38.4).into())));
    }

    #[test]
    fn the_area_follows_from_the_place() {
        let drafted = Draft { area: Raw::Empty, ..draft() };
        let record =
            drafted.check(&kind(ShapeKind::Point), Datum::Wgs84, &Areas::for_tests()).unwrap();
        assert_eq!(record.area, AreaCode(640_104_000));
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let bad = Draft {
            key: Raw::Text(" "),
            name: Raw::Empty,
            area: Raw::Text("火星"),
            fields: BTreeMap::from([("opened", Raw::Text("昨天"))]),
            ..draft()
        };
        assert_eq!(
            columns(bad),
            [
                ("key", "bad-key"),
                ("name", "missing"),
                ("area", "unknown-area"),
                ("beds", "missing"),
                ("opened", "not-date")
            ]
            .map(|(c, f)| (c.to_owned(), f))
        );
    }

    #[test]
    fn places_that_cannot_be() {
        let of = |lon, lat| columns(Draft { lon, lat, ..draft() });
        assert_eq!(of(Raw::Number(38.4), Raw::Number(106.2)), [("lon".to_owned(), "exchanged")]);
        assert_eq!(of(Raw::Number(106.2), Raw::Empty), [("lon".to_owned(), "exchanged")]);
        assert_eq!(of(Raw::Number(0.0), Raw::Number(0.0)), [("geom".to_owned(), "not-place")]);
        assert_eq!(of(Raw::Number(500.0), Raw::Number(38.0)), [("geom".to_owned(), "not-place")]);
        let none = Draft { lon: Raw::Empty, lat: Raw::Empty, area: Raw::Empty, ..draft() };
        assert_eq!(columns(none), [("area".to_owned(), "no-area")]);
        let nan = columns(Draft { lon: Raw::Number(f64::NAN), ..draft() });
        assert_eq!(nan, [("geom".to_owned(), "not-place")]);
    }

    #[test]
    fn a_line_is_no_place() {
        let line = geo::LineString::from(vec![(106.0, 38.0), (106.1, 38.1)]);
        let drafted = Draft { shape: Some(line.into()), ..draft() };
        assert_eq!(columns(drafted.clone()), [("geom".to_owned(), "wrong-shape")]);
        assert!(drafted.check(&kind(ShapeKind::Line), Datum::Wgs84, &Areas::for_tests()).is_ok());
    }
}
