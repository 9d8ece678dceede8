//! What stands in a field, and how people write it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{What, draft::Fault, draft::Raw};

/// A day of the Gregorian calendar, as days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(pub i32);

impl Date {
    /// The day of the proleptic Gregorian calendar; none when there is no such day.
    #[must_use]
    pub fn of(year: i32, month: u32, day: u32) -> Option<Self> {
        if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || day == 0 {
            return None;
        }
        // Counted from March, so that the leap day is the last of its year (Richards, "Mapping time", ch. 25).
        let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let m = i32::try_from(m).ok()?;
        let of_year = (153 * m + 2) / 5 + i32::try_from(day).ok()? - 1;
        let days = y * 365 + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) + of_year;
        let date = Self(days - 719_468);
        // A 31st of a short month has become another day.
        (date.parts() == (year, month, day)).then_some(date)
    }

    /// Year, month, day.
    #[must_use]
    pub fn parts(self) -> (i32, u32, u32) {
        let z = i64::from(self.0) + 719_468;
        let era = z.div_euclid(146_097);
        let of_era = z.rem_euclid(146_097);
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
        let small = |n: i64| u32::try_from(n).unwrap_or(0);
        let year = i32::try_from(year + era * 400 + carry).unwrap_or(i32::MAX);
        (year, small(month), small(day))
    }

    /// Reads `2024-03-05`, `2024/3/5`, `2024.3.5`, `2024年3月5日`, `20240305`; a time of day behind it is passed over.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.split([' ', 'T']).next().unwrap_or(text);
        if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
            let number: i32 = text.parse().ok()?;
            let part = |n: i32| u32::try_from(n).ok();
            return Self::of(number / 10_000, part(number / 100 % 100)?, part(number % 100)?);
        }
        let mut parts =
            text.split(['-', '/', '.', '年', '月', '日']).filter(|part| !part.is_empty());
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        Self::of(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
    }

    /// The day that a spreadsheet counts (days since 1899-12-30; the calendar's own error of 1900 is far behind).
    #[must_use]
    pub fn of_serial(serial: f64) -> Option<Self> {
        const EPOCH: i32 = 25_569;
        // Before 1900-03-01 sheets count one day too many; after 9999 they count nothing.
        if !(61.0..2_958_466.0).contains(&serial) {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
        Some(Self(serial as i32 - EPOCH))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.parts();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl Serialize for Date {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::read(&text).ok_or_else(|| serde::de::Error::custom("not a day"))
    }
}

/// What stands in a field.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Value {
    /// Nothing is known.
    #[default]
    Empty,
    /// Words, a telephone number, or the key of a choice.
    Text(String),
    /// A quantity.
    Number(f64),
    /// A whole number.
    Whole(i64),
    /// Yes or no.
    Flag(bool),
    /// A day.
    Date(Date),
}

impl Value {
    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::Empty
    }

    /// Reads what somebody wrote as what may stand in a field.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(raw: &Raw<'_>, what: &What) -> Result<Self, Fault> {
        let text = match raw {
            Raw::Empty => return Ok(Self::Empty),
            Raw::Text(text) if text.trim().is_empty() => return Ok(Self::Empty),
            Raw::Text(text) => Some(text.trim()),
            Raw::Number(_) | Raw::Flag(_) | Raw::Date(_) => None,
        };
        match what {
            What::Text { max } => {
                let words = text.map_or_else(|| raw.to_string(), str::to_owned);
                if words.chars().count() > *max {
                    return Err(Fault::TooLong { max: *max });
                }
                if words.contains(|c: char| c.is_control() && c != '\n' && c != '\t') {
                    return Err(Fault::Unreadable);
                }
                Ok(Self::Text(words))
            }
            What::Number { min, max } => {
                let number = number(raw, text)?;
                if (*min..=*max).contains(&number) {
                    Ok(Self::Number(number))
                } else {
                    Err(Fault::OutOfRange { min: *min, max: *max })
                }
            }
            What::Whole { min, max } => {
                let number = number(raw, text)?;
                // Beyond 2^53 a sheet's number is no longer exact.
                if number.fract().abs() > 0.0 || number.abs() > 9_007_199_254_740_992.0 {
                    return Err(Fault::NotWhole);
                }
                #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
                let whole = number as i64;
                if (*min..=*max).contains(&whole) {
                    Ok(Self::Whole(whole))
                } else {
                    #[expect(clippy::cast_precision_loss, reason = "only shown")]
                    Err(Fault::OutOfRange { min: *min as f64, max: *max as f64 })
                }
            }
            What::Flag => flag(raw, text).map(Self::Flag).ok_or(Fault::NotFlag),
            What::Date => match (raw, text) {
                (Raw::Date(date), _) => Some(*date),
                (Raw::Number(serial), _) => Date::of_serial(*serial),
                (_, Some(text)) => Date::read(&narrow(text)),
                _ => None,
            }
            .map(Self::Date)
            .ok_or(Fault::NotDate),
            What::Phone => {
                let words = narrow(&text.map_or_else(|| raw.to_string(), str::to_owned));
                let good = |c: char| c.is_ascii_digit() || "+- ()*#,".contains(c);
                let digits = words.chars().filter(char::is_ascii_digit).count();
                if words.chars().all(good) && (3..=20).contains(&digits) && words.len() <= 32 {
                    Ok(Self::Text(words))
                } else {
                    Err(Fault::NotPhone)
                }
            }
            What::Choice { of } => {
                let words = text.map_or_else(|| raw.to_string(), str::to_owned);
                of.iter()
                    .find(|c| {
                        c.key == words
                            || c.name.zh == words
                            || c.name.en.eq_ignore_ascii_case(&words)
                    })
                    .map(|choice| Self::Text(choice.key.clone()))
                    .ok_or(Fault::NotChoice)
            }
        }
    }
}

/// Full-width digits, letters and signs, as an input method leaves them, become ordinary ones.
pub(crate) fn narrow(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{3000}' => ' ',
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            c => c,
        })
        .collect()
}

fn number(raw: &Raw<'_>, text: Option<&str>) -> Result<f64, Fault> {
    let number = match (raw, text) {
        (Raw::Number(number), _) => *number,
        (_, Some(text)) => {
            let plain = narrow(text);
            // Groups of thousands; a comma is no decimal sign in Chinese or English sheets.
            let plain = plain.replace([',', ' '], "");
            // Words such as "NaN" and "inf" are numbers to a computer only.
            if plain.contains(|c: char| c.is_ascii_alphabetic() && c != 'e' && c != 'E') {
                return Err(Fault::NotNumber);
            }
            plain.parse().map_err(|_not_a_number| Fault::NotNumber)?
        }
        _ => return Err(Fault::NotNumber),
    };
    if number.is_finite() { Ok(number) } else { Err(Fault::NotNumber) }
}

fn flag(raw: &Raw<'_>, text: Option<&str>) -> Option<bool> {
    match (raw, text) {
        (Raw::Flag(flag), _) => Some(*flag),
        (Raw::Number(number), _) if number.abs() == 0.0 => Some(false),
        (Raw::Number(number), _) if (number - 1.0).abs() == 0.0 => Some(true),
        (_, Some(text)) => match text.to_ascii_lowercase().as_str() {
            "是" | "有" | "yes" | "y" | "true" | "1" | "√" => Some(true),
            "否" | "无" | "no" | "n" | "false" | "0" | "×" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str, what: &What) -> Result<Value, Fault> {
        Value::read(&Raw::Text(text), what)
    }

    #[test]
    fn days_are_read_as_people_write_them() {
        let day = Date::of(2024, 3, 5).unwrap();
        for text in [
            "2024-03-05",
            "2024/3/5",
            "2024.3.5",
            "2024年3月5日",
            "20240305",
            "2024-03-05 08:00:00",
        ] {
            assert_eq!(Date::read(text), Some(day), "{text}");
        }
        assert_eq!(day.to_string(), "2024-03-05");
        for text in ["2024-02-30", "2023-02-29", "5.3.2024", "", "昨天", "2024-13-01", "2024-1-1-1"]
        {
            assert_eq!(Date::read(text), None, "{text}");
        }
        // 45 356 is what a sheet holds for this day.
        assert_eq!(Date::of_serial(45_356.25), Some(day));
        assert_eq!(Date::of_serial(-1.0), None);
        assert_eq!(Date::of_serial(f64::NAN), None);
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        let what = What::Number { min: 0.0, max: 1e6 };
        assert_eq!(read(" 1,234.5 ", &what), Ok(Value::Number(1234.5)));
        assert_eq!(read("１２．５", &what), Ok(Value::Number(12.5)));
        assert_eq!(read("NaN", &what), Err(Fault::NotNumber));
        assert_eq!(read("inf", &what), Err(Fault::NotNumber));
        assert_eq!(read("12吨", &what), Err(Fault::NotNumber));
        assert_eq!(read("-1", &what), Err(Fault::OutOfRange { min: 0.0, max: 1e6 }));
        let whole = What::Whole { min: 0, max: 10 };
        assert_eq!(read("3.0", &whole), Ok(Value::Whole(3)));
        assert_eq!(read("3.5", &whole), Err(Fault::NotWhole));
        assert_eq!(read("1e300", &whole), Err(Fault::NotWhole));
    }

    #[test]
    fn yes_phone_and_choice() {
        assert_eq!(read("是", &What::Flag), Ok(Value::Flag(true)));
        assert_eq!(read("No", &What::Flag), Ok(Value::Flag(false)));
        assert_eq!(read("也许", &What::Flag), Err(Fault::NotFlag));
        assert_eq!(
            read("０９５１-６０１２３４５", &What::Phone),
            Ok(Value::Text("0951-6012345".into()))
        );
        assert_eq!(
            Value::read(&Raw::Number(13_800_000_000.0), &What::Phone),
            Ok(Value::Text("13800000000".into()))
        );
        assert_eq!(read("老王", &What::Phone), Err(Fault::NotPhone));
        let name = helan_kernel::Text::new("氨", "Ammonia");
        let what = What::Choice { of: vec![crate::Choice { key: "7664-41-7".into(), name }] };
        for text in ["氨", "ammonia", "7664-41-7"] {
            assert_eq!(read(text, &what), Ok(Value::Text("7664-41-7".into())), "{text}");
        }
        assert_eq!(read("水", &what), Err(Fault::NotChoice));
        assert_eq!(read("  ", &what), Ok(Value::Empty));
    }

    proptest! {
        #[test]
        fn every_day_comes_back(days in -700_000_i32..2_900_000) {
            let (year, month, day) = Date(days).parts();
            prop_assert_eq!(Date::of(year, month, day), Some(Date(days)));
            prop_assert_eq!(Date::read(&Date(days).to_string()), Some(Date(days)));
        }

        #[test]
        fn nothing_read_panics(text in ".{0,40}") {
            let number = What::Number { min: 0.0, max: 1.0 };
            let whole = What::Whole { min: -5, max: 5 };
            let words = What::Text { max: 5 };
            for what in [What::Flag, What::Date, What::Phone, words, whole, number] {
                drop(read(&text, &what));
            }
        }
    }
}
