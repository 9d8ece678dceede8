//! Templates of texts: words with places for facts.
//!
//! | written | becomes |
//! |---|---|
//! | `{harm.dead}` | the value; what is not known stands there as missing |
//! | `{zone.area_m2:km2}` | the value in another form, see [`FORMATS`] |
//! | `{?wind.stale}…{:}…{/}` | the first part when the condition holds, else the second, which may be left out |
//! | `{*teams\|、}{item.name}{/}` | the part for each row, with what stands behind the bar between |
//! | `{{` | a brace |

use serde::{Deserialize, Serialize};

use crate::{
    condition::{Condition, Truth},
    keys,
    scope::{Scope, Trace, Value},
    text::{Lang, Text, compass, number},
};

/// Nesting of parts.
const MAX_DEPTH: u32 = 4;
/// Length of a template, characters: a line of a plan is a sentence or two.
const MAX_CHARS: usize = 2_000;
/// Rows that one text names; of more it says how many there are.
const MAX_ROWS: usize = 30;

/// Forms of a value: `t` and `km` a thousandth, `wan` and `ha` a ten-thousandth, `km2` a millionth, `percent` a hundredfold,
/// `compass` degrees as one of eight winds, `time` hour and minute, `date` the day.
pub const FORMATS: &[&str] = &["t", "km", "wan", "ha", "km2", "percent", "compass", "time", "date"];

/// Why a condition or template cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("character {at}: {why}")]
pub struct ScriptError {
    /// Where, in characters from 0.
    pub at: usize,
    /// What is wrong.
    pub why: String,
}

impl ScriptError {
    pub(crate) const fn new(at: usize, why: String) -> Self {
        Self { at, why }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Words(String),
    Value { key: String, format: Option<String> },
    If { condition: Condition, then: Vec<Piece>, other: Vec<Piece> },
    Each { list: String, between: String, body: Vec<Piece> },
}

/// A template of one language, read and checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Template {
    text: String,
    pieces: Vec<Piece>,
}

/// A template in both languages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Chinese.
    pub zh: Template,
    /// English.
    pub en: Template,
}

impl Words {
    /// The text for these facts; the trace gets what was used and what was missing.
    pub fn fill(&self, scope: &Scope<'_>, trace: &mut Trace) -> Text {
        Text { zh: self.zh.fill(Lang::Zh, scope, trace), en: self.en.fill(Lang::En, scope, trace) }
    }

    /// All names that it asks for, lists with `true`; those of rows in lists of its own are left out.
    pub(crate) fn names(&self) -> Vec<(&str, bool)> {
        let mut names = Vec::new();
        collect(&self.zh.pieces, None, &mut names);
        collect(&self.en.pieces, None, &mut names);
        names
    }
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// When a part is not closed, or a name or form is not known; the error names the place.
    pub fn parse(text: &str) -> Result<Self, ScriptError> {
        let chars: Vec<char> = text.chars().collect();
        if chars.len() > MAX_CHARS {
            return Err(ScriptError::new(0, format!("longer than {MAX_CHARS} characters")));
        }
        let mut reader = Reader { chars: &chars, next: 0 };
        let (pieces, end) = reader.pieces(0, None)?;
        match end {
            End::Text => Ok(Self { text: text.to_owned(), pieces }),
            End::Else | End::Close => {
                Err(ScriptError::new(reader.next, "closes what was not opened".into()))
            }
        }
    }

    /// The text for these facts.
    pub fn fill(&self, lang: Lang, scope: &Scope<'_>, trace: &mut Trace) -> String {
        let mut out = String::new();
        fill(&self.pieces, lang, scope, trace, &mut out);
        out
    }
}

impl TryFrom<String> for Template {
    type Error = ScriptError;

    fn try_from(text: String) -> Result<Self, ScriptError> {
        Self::parse(&text)
    }
}

impl From<Template> for String {
    fn from(template: Template) -> Self {
        template.text
    }
}

/// How a text says that a fact is missing.
#[must_use]
pub(crate) fn missing(label: &Text, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("〔缺：{}〕", label.zh),
        Lang::En => format!("[missing: {}]", label.en),
    }
}

fn collect<'a>(pieces: &'a [Piece], inside: Option<&str>, names: &mut Vec<(&'a str, bool)>) {
    let own = |name: &str| inside.is_some() && name.starts_with("item.");
    for piece in pieces {
        match piece {
            Piece::Words(_) => {}
            Piece::Value { key, .. } if own(key) => {}
            Piece::Value { key, .. } => names.push((key, false)),
            Piece::If { condition, then, other } => {
                names.extend(condition.names().into_iter().filter(|(name, _)| !own(name)));
                collect(then, inside, names);
                collect(other, inside, names);
            }
            Piece::Each { list, body, .. } => {
                names.push((list, true));
                collect(body, Some(list), names);
            }
        }
    }
}

fn fill(pieces: &[Piece], lang: Lang, scope: &Scope<'_>, trace: &mut Trace, out: &mut String) {
    for piece in pieces {
        match piece {
            Piece::Words(words) => out.push_str(words),
            Piece::Value { key, format } => match scope.ask(key, trace) {
                Some(value) => out.push_str(&formatted(&value, format.as_deref(), lang)),
                None => {
                    let label = match (scope.item, key.strip_prefix("item.")) {
                        (Some(item), Some(field)) => keys::field_label(item.list, field),
                        _ => keys::label(key),
                    };
                    out.push_str(&missing(&label, lang));
                }
            },
            Piece::If { condition, then, other } => {
                let mut asked = Trace::default();
                let truth = condition.holds(scope, &mut asked);
                trace.join(asked);
                let part = if truth == Truth::Yes { then } else { other };
                fill(part, lang, scope, trace, out);
            }
            Piece::Each { list, between, body } => {
                each(list, between, body, lang, scope, trace, out);
            }
        }
    }
}

fn each(
    list: &str,
    between: &str,
    body: &[Piece],
    lang: Lang,
    scope: &Scope<'_>,
    trace: &mut Trace,
    out: &mut String,
) {
    let Some(items) = scope.list(list, trace) else {
        out.push_str(&missing(&keys::label(list), lang));
        return;
    };
    if items.is_empty() {
        out.push_str(match lang {
            Lang::Zh => "无",
            Lang::En => "none",
        });
        return;
    }
    for (number, item) in items.iter().take(MAX_ROWS).enumerate() {
        if number > 0 {
            out.push_str(between);
        }
        fill(body, lang, &Scope::at(scope.facts, *item), trace, out);
    }
    let left = items.len().saturating_sub(MAX_ROWS);
    if left > 0 {
        out.push_str(&match lang {
            Lang::Zh => format!("{between}另有{left}项"),
            Lang::En => format!("{between}{left} more"),
        });
    }
}

fn formatted(value: &Value, format: Option<&str>, lang: Lang) -> String {
    match (value, format) {
        (Value::Number(n), Some("t" | "km")) => number(n / 1e3),
        (Value::Number(n), Some("wan" | "ha")) => number(n / 1e4),
        (Value::Number(n), Some("km2")) => number(n / 1e6),
        (Value::Number(n), Some("percent")) => number((n * 100.0).round()),
        (Value::Number(n), Some("compass")) => compass(*n).get(lang).to_owned(),
        (Value::Time(at), Some("time")) => at.clock(),
        (Value::Time(at), Some("date")) => at.date().get(lang).to_owned(),
        _ => value.text(lang),
    }
}

enum End {
    Text,
    Else,
    Close,
}

struct Reader<'a> {
    chars: &'a [char],
    next: usize,
}

impl Reader<'_> {
    fn take(&mut self) -> Option<char> {
        let c = self.chars.get(self.next).copied();
        self.next += usize::from(c.is_some());
        c
    }

    /// Pieces until the text ends or the part that was opened at `open` is closed.
    fn pieces(
        &mut self,
        depth: u32,
        open: Option<usize>,
    ) -> Result<(Vec<Piece>, End), ScriptError> {
        if depth > MAX_DEPTH {
            return Err(ScriptError::new(self.next, format!("nested deeper than {MAX_DEPTH}")));
        }
        let mut pieces = Vec::new();
        let mut words = String::new();
        while let Some(c) = self.take() {
            if c != '{' {
                words.push(c);
                continue;
            }
            if self.chars.get(self.next) == Some(&'{') {
                self.next += 1;
                words.push('{');
                continue;
            }
            let at = self.next - 1;
            if !words.is_empty() {
                pieces.push(Piece::Words(std::mem::take(&mut words)));
            }
            let tag = self.tag(at)?;
            match tag.as_str() {
                "/" => return Ok((pieces, End::Close)),
                ":" => return Ok((pieces, End::Else)),
                _ => pieces.push(self.piece(&tag, at, depth)?),
            }
        }
        if !words.is_empty() {
            pieces.push(Piece::Words(words));
        }
        match open {
            Some(at) => Err(ScriptError::new(at, "is not closed by `{/}`".into())),
            None => Ok((pieces, End::Text)),
        }
    }

    /// What stands between the braces.
    fn tag(&mut self, at: usize) -> Result<String, ScriptError> {
        let mut tag = String::new();
        loop {
            match self.take() {
                Some('}') => return Ok(tag),
                Some(c) => tag.push(c),
                None => return Err(ScriptError::new(at, "`}` is missing".into())),
            }
        }
    }

    fn piece(&mut self, tag: &str, at: usize, depth: u32) -> Result<Piece, ScriptError> {
        if let Some(condition) = tag.strip_prefix('?') {
            let inner = |error: ScriptError| ScriptError::new(at + 2 + error.at, error.why);
            let condition = Condition::parse(condition).map_err(inner)?;
            let (then, end) = self.pieces(depth + 1, Some(at))?;
            let mut other = Vec::new();
            if matches!(end, End::Else) {
                let (pieces, end) = self.pieces(depth + 1, Some(at))?;
                if matches!(end, End::Else) {
                    return Err(ScriptError::new(at, "has two `{:}`".into()));
                }
                other = pieces;
            }
            return Ok(Piece::If { condition, then, other });
        }
        if let Some(each) = tag.strip_prefix('*') {
            let (list, between) = each.split_once('|').unwrap_or((each, ""));
            if keys::list(list).is_none() {
                return Err(ScriptError::new(at, format!("there is no list `{list}`")));
            }
            let (body, end) = self.pieces(depth + 1, Some(at))?;
            if matches!(end, End::Else) {
                return Err(ScriptError::new(at, "a part for each row has no `{:}`".into()));
            }
            return Ok(Piece::Each { list: list.to_owned(), between: between.to_owned(), body });
        }
        let (key, format) = match tag.split_once(':') {
            Some((key, format)) => (key, Some(format)),
            None => (tag, None),
        };
        if !keys::is_key(key) && !key.starts_with("item.") {
            return Err(ScriptError::new(at, format!("there is no fact `{key}`")));
        }
        if let Some(format) = format
            && !FORMATS.contains(&format)
        {
            return Err(ScriptError::new(at, format!("there is no form `{format}`")));
        }
        Ok(Piece::Value { key: key.to_owned(), format: format.map(str::to_owned) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        facts::{Fact, Facts, Listed, Source, SourceKind, Wind},
        row::Force,
        text::Ms,
    };

    fn facts() -> Facts {
        let source = Source::new(SourceKind::Person, "a", Text::same("a"));
        let team = |key: &str, minutes| {
            let force = Force {
                key: key.into(),
                name: Text::new(format!("{key}队"), format!("team {key}")),
                travel_min: minutes,
                ..Force::default()
            };
            Fact::new(force, source.clone(), Ms(0))
        };
        let rows = vec![team("A", Some(5.0)), team("B", None)];
        let wind = Wind { from_deg: Some(315.0), speed_m_s: Some(3.2), stale: None };
        let mut facts = Facts {
            now: Ms(3_600_000),
            wind: Some(Fact::new(wind, source.clone(), Ms(0))),
            teams: Some(Listed { rows, source: source.clone(), at: Ms(0) }),
            ..Facts::default()
        };
        facts.harm.loss_yuan = Some(Fact::new(f64::NAN, source, Ms(0)));
        facts
    }

    fn check(text: &str, expected: &str, missing: &[&str]) {
        let facts = facts();
        let mut trace = Trace::default();
        let template = Template::parse(text).unwrap();
        assert_eq!(template.fill(Lang::Zh, &Scope::new(&facts), &mut trace), expected);
        assert_eq!(trace.missing.keys().collect::<Vec<_>>(), missing, "{text}");
    }

    #[test]
    fn facts_stand_where_they_are_asked_for() {
        check("{wind.from_deg:compass}风{wind.speed_m_s}米/秒", "西北风3.2米/秒", &[]);
        check("{wind.at:time}{?wind.stale}（已过期）{/}", "08:00（已过期）", &[]);
        check("死亡{harm.dead}人", "死亡〔缺：死亡人数〕人", &["harm.dead"]);
        check(
            "损失{harm.loss_yuan:wan}万元",
            "损失〔缺：直接经济损失（元）〕万元",
            &["harm.loss_yuan"],
        );
        check("{?known harm.dead}死亡{:}未知{/}", "未知", &[]);
        check("{{{teams.count}支", "{2支", &[]);
        check(
            "{*teams|、}{item.name}{?known item.travel_min}（{item.travel_min}分钟）{/}{/}。",
            "A队（5分钟）、B队。",
            &[],
        );
        check("{*beds|、}{item.name}{/}", "〔缺：可用床位〕", &["beds"]);
    }

    #[test]
    fn what_is_no_template_is_refused_at_its_place() {
        for (text, why) in [
            ("{", "`}` is missing"),
            ("{harm.deaf}", "no fact"),
            ("{harm.dead:roman}", "no form"),
            ("{?wind.stale}", "not closed"),
            ("{?wind.stale}a{:}b{:}c{/}", "two"),
            ("{?wind}a{/}", "character 2"),
            ("a{/}", "not opened"),
            ("{*team|}{/}", "no list"),
            ("{*teams|}{:}{/}", "has no"),
        ] {
            let error = Template::parse(text).unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
        let deep = format!("{}{}", "{?wind.stale}".repeat(9), "{/}".repeat(9));
        assert!(Template::parse(&deep).unwrap_err().why.contains("deeper"));
    }
}
