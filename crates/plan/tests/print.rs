//! Plans on paper.

mod common;

use std::io::{Cursor, Read as _};

use common::{NOW, ammonia, library};
use helan_plan::{
    Deadline, Lang, Text, generate,
    print::{Cover, Face, Fonts, Paper, PrintError, docx, pdf},
};

fn cover() -> Cover {
    Cover {
        issuer: Text::new("宁东应急指挥部", "Ningdong emergency headquarters"),
        number: Some("宁东应急指〔2026〕3号".into()),
        version: Some(2),
        approved_by: Some("值班领导".into()),
        date: NOW,
    }
}

fn paper(lang: Lang) -> Paper {
    Paper::new(&generate(&library(), &ammonia()), &cover(), lang)
}

fn fonts() -> Option<Fonts> {
    let found = Fonts::find(&[], |path| std::fs::read(path).ok());
    if let Err(error) = &found {
        eprintln!("SKIP: {error}");
    }
    found.ok()
}

#[test]
fn every_line_is_printed_with_who_when_and_its_sources() {
    let plan = generate(&library(), &ammonia());
    let paper = paper(Lang::Zh);
    let all: Vec<&str> = paper.paragraphs.iter().map(|p| p.text.as_str()).collect();
    let text = all.join("\n");
    for line in &plan.lines {
        assert!(text.contains(&line.text.zh), "{}", line.id);
    }
    assert!(text.contains("一、立即采取的防护行动\n1."), "what protects stands first");
    assert!(text.contains("时限：14:01前（接报后1分钟内）"));
    let annex = all.iter().position(|text| *text == "附件").unwrap();
    let cited = all.iter().take(annex).flat_map(|text| text.split('[').skip(1));
    for mark in cited.filter_map(|rest| rest.split(']').next()).filter(|m| m.parse::<u32>().is_ok())
    {
        let note = format!("[{mark}] ");
        assert!(all.iter().skip(annex).any(|text| text.starts_with(&note)), "no note {note}");
    }
}

#[test]
fn what_is_written_in_one_language_is_printed_in_both_and_deadlines_name_their_day() {
    let mut plan = generate(&library(), &ammonia());
    let mut own = plan.lines[0].clone();
    own.text = Text::new("", "Wake the neighbours");
    own.who = Text::default();
    (own.clause, own.deadline) = (None, None);
    own.facts.clear();
    let mut late = plan.lines[0].clone();
    late.deadline = Some(Deadline { within_min: 700, due: Some(plan.at.plus_minutes(700)) });
    plan.lines = vec![own, late];
    let text = |lang| {
        let paper = Paper::new(&plan, &cover(), lang);
        let all: Vec<&str> = paper.paragraphs.iter().map(|p| p.text.as_str()).collect();
        all.join("\n")
    };
    // Nothing is said of who, when and where from when nobody said so.
    assert!(text(Lang::Zh).contains("1.Wake the neighbours\n"), "{}", text(Lang::Zh));
    assert!(text(Lang::En).contains("1. Wake the neighbours\n"), "{}", text(Lang::En));
    let moment = plan.at.plus_minutes(700).moment();
    assert_ne!(plan.at.date(), plan.at.plus_minutes(700).date(), "past midnight");
    assert!(text(Lang::Zh).contains(&format!("时限：{}前", moment.zh)), "{}", text(Lang::Zh));
    assert!(text(Lang::En).contains(&format!("by {} (700 min", moment.en)), "{}", text(Lang::En));
}

#[test]
fn a_draft_and_a_drill_say_so() {
    let mut facts = ammonia();
    facts.incident.drill = Some(common::fact(true));
    let plan = generate(&library(), &facts);
    let paper = Paper::new(&plan, &Cover { date: NOW, ..Cover::default() }, Lang::Zh);
    assert!(paper.title.starts_with("【演练】"));
    assert!(paper.paragraphs.iter().any(|p| p.text.contains("草案，未经批准")));
}

#[test]
fn a_pdf_is_the_same_twice_and_small() {
    let Some(fonts) = fonts() else { return };
    let paper = paper(Lang::Zh);
    let bytes = pdf(&paper, &fonts).unwrap();
    assert!(bytes.starts_with(b"%PDF-"));
    assert_eq!(bytes, pdf(&paper, &fonts).unwrap());
    assert!(bytes.len() < 1_000_000, "{} bytes: the whole font is in it", bytes.len());
    assert!(pdf(&self::paper(Lang::En), &fonts).is_ok());
}

#[test]
fn a_document_has_the_page_and_the_grid_of_official_papers() {
    let paper = paper(Lang::Zh);
    let bytes = docx(&paper).unwrap();
    assert_eq!(bytes, docx(&paper).unwrap());
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    zip.by_name("word/document.xml").unwrap().read_to_string(&mut text).unwrap();
    for part in [
        r#"w:w="11906" w:h="16838""#,
        r#"w:top="2098" w:right="1474" w:bottom="1984" w:left="1587""#,
        r#"w:linePitch="580""#,
        "宁东化工园区氨泄漏事故应急处置方案",
        "<w:pageBreakBefore/>",
    ] {
        assert!(text.contains(part), "{part}");
    }
}

#[test]
fn markup_in_a_text_stays_text() {
    let mut plan = generate(&library(), &ammonia());
    plan.title = Text::same("<w:p>&\"\u{1}\u{FFFF}");
    let bytes = docx(&Paper::new(&plan, &cover(), Lang::Zh)).unwrap();
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    zip.by_name("word/document.xml").unwrap().read_to_string(&mut text).unwrap();
    assert!(text.contains(">&lt;w:p&gt;&amp;&quot;<"), "escaped, and without what XML cannot hold");
}

#[test]
fn without_a_font_the_package_is_named() {
    let error = Fonts::find(&["/own.ttf".into()], |_| None).err().unwrap();
    let text = error.to_string();
    assert!(text.contains("fonts-noto-cjk") && text.contains("/own.ttf"), "{text}");
    let error = Face::new("x", b"no font".to_vec()).err().unwrap();
    assert_eq!(error, PrintError::Font("x".into()));
}
