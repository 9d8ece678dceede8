//! Text in two languages, moments, and how numbers and times are written for people.

use jiff::{Timestamp, civil::DateTime, tz};
use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Ms(pub i64);

/// A minute in milliseconds.
pub(crate) const MINUTE_MS: i64 = 60_000;

impl Ms {
    /// The moment so many minutes later.
    #[must_use]
    pub const fn plus_minutes(self, minutes: u32) -> Self {
        Self(self.0.saturating_add(minutes as i64 * MINUTE_MS))
    }

    /// The moment on a clock in China, which is eight hours ahead of UTC and has no summer time.
    fn in_china(self) -> Option<DateTime> {
        let moment = Timestamp::from_millisecond(self.0).ok()?;
        Some(tz::offset(8).to_datetime(moment))
    }

    /// Hour and minute: `14:05`.
    #[must_use]
    pub fn clock(self) -> String {
        let Some(at) = self.in_china() else { return format!("{} ms", self.0) };
        format!("{:02}:{:02}", at.hour(), at.minute())
    }

    /// Day, hour and minute: `5月1日14:05`, `1 May 14:05`.
    #[must_use]
    pub fn moment(self) -> Text {
        let Some(at) = self.in_china() else { return Text::same(self.clock()) };
        Text {
            zh: format!("{}月{}日{}", at.month(), at.day(), self.clock()),
            en: format!("{} {}", at.strftime("%-d %B"), self.clock()),
        }
    }

    /// The day as official papers write it: `2026年5月1日`, `1 May 2026`.
    #[must_use]
    pub fn date(self) -> Text {
        let Some(at) = self.in_china() else { return Text::same(format!("{} ms", self.0)) };
        Text {
            zh: format!("{}年{}月{}日", at.year(), at.month(), at.day()),
            en: at.strftime("%-d %B %Y").to_string(),
        }
    }
}

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lang {
    /// Chinese.
    Zh,
    /// English.
    En,
}

/// The same said in Chinese and in English.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Text {
    /// Both languages.
    #[must_use]
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// A name that is the same in both, such as that of a person or a place.
    #[must_use]
    pub fn same(text: impl Into<String>) -> Self {
        let zh = text.into();
        Self { en: zh.clone(), zh }
    }

    /// One language; the other when it is empty.
    #[must_use]
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh if self.zh.trim().is_empty() => &self.en,
            Lang::En if self.en.trim().is_empty() => &self.zh,
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }

    /// Whether nothing is said in either.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.zh.trim().is_empty() && self.en.trim().is_empty()
    }
}

/// A number for people: whole when it is whole or large, else with as many decimals as say something.
#[must_use]
pub(crate) fn number(value: f64) -> String {
    let size = value.abs();
    let decimals = match size {
        s if s >= 100.0 => 0,
        s if s >= 10.0 => 1,
        s if s >= 0.1 => 2,
        _ => 4,
    };
    let text = format!("{value:.decimals$}");
    if !text.contains('.') {
        return text;
    }
    let short = text.trim_end_matches('0').trim_end_matches('.');
    if short == "-0" { "0".to_owned() } else { short.to_owned() }
}

/// The eight winds, from north by way of east.
const WINDS: [(&str, &str); 8] = [
    ("北", "north"),
    ("东北", "north-east"),
    ("东", "east"),
    ("东南", "south-east"),
    ("南", "south"),
    ("西南", "south-west"),
    ("西", "west"),
    ("西北", "north-west"),
];

/// A direction in degrees as one of eight winds.
#[must_use]
pub(crate) fn compass(degrees: f64) -> Text {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to 8; a NaN becomes 0"
    )]
    let eighth = (degrees.rem_euclid(360.0) / 45.0).round() as usize % WINDS.len();
    WINDS.get(eighth).map(|(zh, en)| Text::new(*zh, *en)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_say_what_they_can() {
        for (value, text) in [
            (0.0, "0"),
            (12_345.6, "12346"),
            (12.0, "12"),
            (12.34, "12.3"),
            (1.25, "1.25"),
            (0.012_34, "0.0123"),
            (100.0, "100"),
            (-0.000_01, "0"),
        ] {
            assert_eq!(number(value), text, "{value}");
        }
    }

    #[test]
    fn directions_have_eight_names() {
        assert_eq!(compass(0.0).zh, "北");
        assert_eq!(compass(359.0).zh, "北");
        assert_eq!(compass(-45.0).en, "north-west");
        assert_eq!(compass(200.0).zh, "南");
        assert_eq!(compass(f64::NAN).zh, "北", "never a panic");
    }

    #[test]
    fn times_are_those_of_clocks_in_china() {
        let at = Ms(1_777_615_500_000);
        assert_eq!(at.clock(), "14:05");
        assert_eq!(at.moment(), Text::new("5月1日14:05", "1 May 14:05"));
        assert_eq!(at.date(), Text::new("2026年5月1日", "1 May 2026"));
        assert_eq!(Ms(i64::MAX).clock(), format!("{} ms", i64::MAX));
    }
}
