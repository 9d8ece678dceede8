//! What is printed of a plan: paragraphs in styles, the same for every format.

use std::collections::BTreeMap;

use crate::{
    facts::SourceKind,
    line::{Deadline, Line, Plan, Section},
    scope::Used,
    text::{Lang, Ms, Text},
};

/// What stands on a plan besides its lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cover {
    /// Who issues it, for example the headquarters.
    pub issuer: Text,
    /// Number of the document, for example `宁应急指〔2026〕3号`; none: not numbered.
    pub number: Option<String>,
    /// Number of the version; none: a draft that nobody approved.
    pub version: Option<u32>,
    /// Name of who approved it.
    pub approved_by: Option<String>,
    /// Day of issue.
    pub date: Ms,
}

/// How a paragraph looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Sign of who issues it: red, large, in the middle.
    Issuer,
    /// Number of the document, in the middle, with the red rule under it.
    Number,
    /// Title: in the middle, large.
    Title,
    /// Under the title: in the middle.
    Subtitle,
    /// Heading of the first rank.
    Heading,
    /// Text, its first line moved in by two characters.
    Body,
    /// Text without that.
    Flush,
    /// Signature and date, on the right.
    Signature,
}

/// A paragraph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paragraph {
    /// How it looks.
    pub style: Style,
    /// What it says.
    pub text: String,
    /// Whether it begins a page.
    pub new_page: bool,
}

/// A document to be printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    /// Its title, for the list of documents of a program.
    pub title: String,
    /// Who issues it.
    pub author: String,
    /// Its language.
    pub lang: Lang,
    /// Its moment.
    pub at: Ms,
    /// Its paragraphs.
    pub paragraphs: Vec<Paragraph>,
}

impl Paper {
    /// A plan as a document.
    #[must_use]
    pub fn new(plan: &Plan, cover: &Cover, lang: Lang) -> Self {
        let say = |zh: &str, en: &str| match lang {
            Lang::Zh => zh.to_owned(),
            Lang::En => en.to_owned(),
        };
        let drill = if plan.drill { say("【演练】", "[DRILL] ") } else { String::new() };
        let title = format!("{drill}{}", plan.title.get(lang));
        let issuer = cover.issuer.get(lang).to_owned();
        let mut paper = Self {
            title: title.clone(),
            author: issuer.clone(),
            lang,
            at: cover.date,
            paragraphs: Vec::new(),
        };
        if !issuer.is_empty() {
            paper.add(Style::Issuer, issuer.clone());
            paper.add(Style::Number, cover.number.clone().unwrap_or_default());
        }
        paper.add(Style::Title, title);
        paper.add(Style::Subtitle, state(plan, cover, lang));
        let mut notes = Notes::default();
        let sections =
            Section::ALL.into_iter().filter(|of| plan.lines.iter().any(|l| l.section == *of));
        for (number, section) in (1_usize..).zip(sections) {
            let heading = section.heading();
            paper.add(Style::Heading, format!("{}{}", ordinal(number, lang), heading.get(lang)));
            let lines = plan.lines.iter().filter(|line| line.section == section);
            for (number, line) in (1_usize..).zip(lines) {
                paper.add(Style::Body, body(number, line, plan.at, &mut notes, lang));
            }
        }
        let annex = say("依据和数据来源", "Clauses and sources of data");
        paper.add(Style::Flush, String::new());
        paper.add(Style::Body, say("附件：", "Annex: ") + &annex);
        paper.add(Style::Flush, String::new());
        if !issuer.is_empty() {
            paper.add(Style::Signature, issuer);
        }
        paper.add(Style::Signature, cover.date.date().get(lang).to_owned());
        paper.add(Style::Flush, say("附件", "Annex"));
        if let Some(first) = paper.paragraphs.last_mut() {
            first.new_page = true;
        }
        paper.add(Style::Title, annex);
        for note in notes.texts {
            paper.add(Style::Flush, note);
        }
        paper
    }

    fn add(&mut self, style: Style, text: String) {
        self.paragraphs.push(Paragraph { style, text, new_page: false });
    }
}

/// Level, version and who approved, in brackets under the title.
fn state(plan: &Plan, cover: &Cover, lang: Lang) -> String {
    let mut parts = Vec::new();
    if let Some(level) = plan.level {
        parts.push(match lang {
            Lang::Zh => format!("{level}级响应"),
            Lang::En => format!("response level {level}"),
        });
    }
    parts.push(match (cover.version, lang) {
        (Some(version), Lang::Zh) => format!("第{version}版"),
        (Some(version), Lang::En) => format!("version {version}"),
        (None, Lang::Zh) => "草案，未经批准".to_owned(),
        (None, Lang::En) => "draft, not approved".to_owned(),
    });
    if let Some(who) = &cover.approved_by {
        parts.push(match lang {
            Lang::Zh => format!("批准人：{who}"),
            Lang::En => format!("approved by {who}"),
        });
    }
    let at = plan.at.moment();
    parts.push(match lang {
        Lang::Zh => format!("事实截至{}", at.zh),
        Lang::En => format!("facts of {}", at.en),
    });
    match lang {
        Lang::Zh => format!("（{}）", parts.join("，")),
        Lang::En => format!("({})", parts.join(", ")),
    }
}

/// Until when, on a plan of a moment: a deadline of another day names its day.
fn due(deadline: Deadline, at: Ms, lang: Lang) -> String {
    let within = deadline.within_min;
    let clock = deadline.due.map(|due| match due.date() == at.date() {
        true => due.clock(),
        false => due.moment().get(lang).to_owned(),
    });
    match (clock, lang) {
        (Some(clock), Lang::Zh) => format!("时限：{clock}前（接报后{within}分钟内）"),
        (Some(clock), Lang::En) => format!("by {clock} ({within} min after the report)"),
        (None, Lang::Zh) => format!("时限：接报后{within}分钟内"),
        (None, Lang::En) => format!("within {within} min of the report"),
    }
}

/// One line of the plan: what, and in brackets who, until when, and the numbers of its notes, as far as there are any: a person's own line
/// may have none.
fn body(number: usize, line: &Line, at: Ms, notes: &mut Notes, lang: Lang) -> String {
    let mut marks = Vec::new();
    if let Some(clause) = &line.clause {
        let unsure = if clause.sure {
            Text::default()
        } else {
            Text::new("（待核定）", " (to be settled)")
        };
        marks.push(notes.number(format!("{}{}", clause.label.get(lang), unsure.get(lang))));
    }
    // The fields of one row are one note.
    let mut rows: BTreeMap<&str, Vec<&Used>> = BTreeMap::new();
    for used in &line.facts {
        let row = used.key.rsplit_once('/').map_or(used.key.as_str(), |(row, _)| row);
        rows.entry(row).or_default().push(used);
    }
    for row in rows.into_values() {
        marks.extend(note(&row, lang).map(|text| notes.number(text)));
    }
    let marks: String = marks.iter().map(|mark| format!("[{mark}]")).collect();
    let say = |text: &str, zh: &str, en: &str| {
        (!text.trim().is_empty()).then(|| match lang {
            Lang::Zh => format!("{zh}：{text}"),
            Lang::En => format!("{en} {text}"),
        })
    };
    let parts = [
        say(line.who.get(lang), "责任", "done by"),
        line.deadline.map(|deadline| due(deadline, at, lang)),
        say(&marks, "依据", "see"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let text = line.text.get(lang);
    match (lang, parts.is_empty()) {
        (Lang::Zh, true) => format!("{number}.{text}"),
        (Lang::En, true) => format!("{number}. {text}"),
        (Lang::Zh, false) => format!("{number}.{text}（{}）", parts.join("；")),
        (Lang::En, false) => format!("{number}. {text} ({})", parts.join("; ")),
    }
}

fn note(facts: &[&Used], lang: Lang) -> Option<String> {
    let Used { source, at, .. } = facts.first()?;
    let kind = match source.kind {
        SourceKind::Reading => ("读数", "reading"),
        SourceKind::Rule => ("规则", "rule"),
        SourceKind::Row => ("数据库记录", "record"),
        SourceKind::Clause => ("条款", "clause"),
        SourceKind::Model => ("模型", "model"),
        SourceKind::Person => ("人员报告", "person"),
        SourceKind::Supposed => ("推演假设", "what-if"),
    };
    let (from, at) = (source.label.get(lang), at.moment());
    let said: Vec<String> = facts
        .iter()
        .map(|used| match lang {
            Lang::Zh => format!("{}：{}", used.label.get(lang), used.value.get(lang)),
            Lang::En => format!("{}: {}", used.label.get(lang), used.value.get(lang)),
        })
        .collect();
    Some(match lang {
        Lang::Zh => format!("{}（{}：{from}，{}）", said.join("；"), kind.0, at.zh),
        Lang::En => format!("{} ({}: {from}, {})", said.join("; "), kind.1, at.en),
    })
}

/// Notes, each once, numbered as they are first needed.
#[derive(Default)]
struct Notes {
    numbers: BTreeMap<String, usize>,
    texts: Vec<String>,
}

impl Notes {
    fn number(&mut self, text: String) -> usize {
        let next = self.texts.len() + 1;
        let texts = &mut self.texts;
        *self.numbers.entry(text).or_insert_with_key(|text| {
            texts.push(format!("[{next}] {text}"));
            next
        })
    }
}

/// `一、`, `十二、`; in English `1. `.
fn ordinal(number: usize, lang: Lang) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    if lang == Lang::En {
        return format!("{number}. ");
    }
    let digit = |n: usize| DIGITS.get(n % 10).copied().unwrap_or_default();
    match number {
        0..10 => format!("{}、", digit(number)),
        10..20 => format!("十{}、", digit(number)),
        20..100 => format!("{}十{}、", digit(number / 10), digit(number)),
        _ => format!("{number}、"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_counted_as_official_papers_count() {
        for (number, text) in
            [(1, "一、"), (10, "十、"), (14, "十四、"), (20, "二十、"), (21, "二十一、")]
        {
            assert_eq!(ordinal(number, Lang::Zh), text);
        }
        assert_eq!(ordinal(3, Lang::En), "3. ");
    }
}
