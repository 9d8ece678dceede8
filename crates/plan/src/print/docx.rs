//! A paper as DOCX (ISO/IEC 29500): the fewest parts that a word processor needs, on the grid of GB/T 9704-2012.

use std::io::{Cursor, Write as _};

use zip::{CompressionMethod, DateTime, ZipWriter, result::ZipError, write::SimpleFileOptions};

use super::{
    PrintError, page,
    paper::{Paper, Paragraph, Style},
};
use crate::text::Lang;

/// Twentieths of a point in a millimetre.
const TWIPS_MM: f32 = 1440.0 / 25.4;

/// Makes the DOCX.
///
/// # Errors
/// When the archive cannot be put together.
pub fn docx(paper: &Paper) -> Result<Vec<u8>, PrintError> {
    archive(paper).map_err(|error| PrintError::File(error.to_string()))
}

fn archive(paper: &Paper) -> Result<Vec<u8>, ZipError> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    // A fixed time: the same plan gives the same bytes.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default());
    let parts = [
        ("[Content_Types].xml", TYPES.to_owned()),
        ("_rels/.rels", RELATIONS.to_owned()),
        ("docProps/core.xml", core(paper)),
        ("word/document.xml", document(paper)),
        ("word/styles.xml", styles(paper.lang)),
        ("word/settings.xml", SETTINGS.to_owned()),
        ("word/footer1.xml", footer("right")),
        ("word/footer2.xml", footer("left")),
        ("word/_rels/document.xml.rels", PARTS.to_owned()),
    ];
    for (name, text) in parts {
        zip.start_file(name, options)?;
        zip.write_all(HEAD.as_bytes())?;
        zip.write_all(text.as_bytes())?;
    }
    Ok(zip.finish()?.into_inner())
}

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
"#;

const TYPES: &str = r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/word/document.xml"
ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>
<Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/>
<Override PartName="/word/settings.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.settings+xml"/>
<Override PartName="/word/footer1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/>
<Override PartName="/word/footer2.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/>
<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>
</Types>"#;

const RELATIONS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1"
Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
Target="word/document.xml"/>
<Relationship Id="rId2"
Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"
Target="docProps/core.xml"/>
</Relationships>"#;

const PARTS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/>
<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/settings" Target="settings.xml"/>
<Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footer" Target="footer1.xml"/>
<Relationship Id="rId4" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footer" Target="footer2.xml"/>
</Relationships>"#;

const W: &str = r#"xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main""#;

const SETTINGS: &str = r#"<w:settings xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">
<w:evenAndOddHeaders/><w:characterSpacingControl w:val="compressPunctuation"/></w:settings>"#;

/// Text for XML; what XML cannot hold is left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => {}
            c => out.push(c),
        }
    }
    out
}

fn core(paper: &Paper) -> String {
    format!(
        r#"<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{}</dc:title><dc:creator>{}</dc:creator>
</cp:coreProperties>"#,
        escaped(&paper.title),
        escaped(&paper.author)
    )
}

fn document(paper: &Paper) -> String {
    let body: String = paper.paragraphs.iter().map(paragraph).collect();
    format!(r#"<w:document {W} {R}><w:body>{body}{}</w:body></w:document>"#, section())
}

const R: &str = r#"xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships""#;

const fn name(style: Style) -> &'static str {
    match style {
        Style::Issuer => "Issuer",
        Style::Number => "Number",
        Style::Title => "Title",
        Style::Subtitle => "Subtitle",
        Style::Heading => "Heading1",
        Style::Body => "BodyText",
        Style::Flush => "Normal",
        Style::Signature => "Signature",
    }
}

fn paragraph(paragraph: &Paragraph) -> String {
    let turn = if paragraph.new_page { "<w:pageBreakBefore/>" } else { "" };
    format!(
        r#"<w:p><w:pPr><w:pStyle w:val="{}"/>{turn}</w:pPr><w:r><w:t xml:space="preserve">{}</w:t></w:r></w:p>"#,
        name(paragraph.style),
        escaped(&paragraph.text)
    )
}

/// A length in twentieths of a point.
fn twips(mm: f32) -> String {
    format!("{:.0}", mm * TWIPS_MM)
}

/// Page, margins and grid.
fn section() -> String {
    let right = page::WIDTH_MM - page::LEFT_MM - page::TEXT_WIDTH_MM;
    let bottom = page::HEIGHT_MM - page::TOP_MM - page::TEXT_HEIGHT_MM;
    // The grid is said as the distance of lines, and as what a character is wider than the type, in 4096ths of a point.
    let pitch = page::TEXT_HEIGHT_MM / f32::from(page::LINES);
    let wider = page::TEXT_WIDTH_MM * page::PT / f32::from(page::CHARS) - 16.0;
    format!(
        r#"<w:sectPr><w:footerReference w:type="default" r:id="rId3"/><w:footerReference w:type="even"
r:id="rId4"/><w:pgSz w:w="{}" w:h="{}"/><w:pgMar w:top="{}" w:right="{}" w:bottom="{}" w:left="{}"
w:header="851" w:footer="{}" w:gutter="0"/><w:docGrid w:type="linesAndChars" w:linePitch="{}"
w:charSpace="{:.0}"/></w:sectPr>"#,
        twips(page::WIDTH_MM),
        twips(page::HEIGHT_MM),
        twips(page::TOP_MM),
        twips(right),
        twips(bottom),
        twips(page::LEFT_MM),
        twips(bottom - page::NUMBER_MM - 3.0),
        twips(pitch),
        wider * 4096.0
    )
}

/// `— 3 —`, one character from the edge.
fn footer(side: &str) -> String {
    let font = r#"<w:rPr><w:rFonts w:ascii="SimSun" w:hAnsi="SimSun" w:eastAsia="宋体"/><w:sz w:val="28"/></w:rPr>"#;
    format!(
        r#"<w:ftr {W}><w:p><w:pPr><w:ind w:{side}Chars="100" w:{side}="280"/><w:jc w:val="{side}"/></w:pPr>
<w:r>{font}<w:t xml:space="preserve">— </w:t></w:r><w:r>{font}<w:fldChar w:fldCharType="begin"/></w:r>
<w:r>{font}<w:instrText xml:space="preserve"> PAGE </w:instrText></w:r>
<w:r>{font}<w:fldChar w:fldCharType="end"/></w:r><w:r>{font}<w:t xml:space="preserve"> —</w:t></w:r></w:p>
</w:ftr>"#
    )
}

/// A style: id, name, East Asian font, half points, and what else its paragraphs and runs have.
fn style(id: &str, name: &str, font: &str, size: u16, paragraph: &str, run: &str) -> String {
    let base = if id == "Normal" { "" } else { r#"<w:basedOn w:val="Normal"/>"# };
    let default = if id == "Normal" { r#" w:default="1""# } else { "" };
    format!(
        r#"<w:style w:type="paragraph"{default} w:styleId="{id}"><w:name w:val="{name}"/>{base}<w:qFormat/>
<w:pPr>{paragraph}</w:pPr><w:rPr><w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman"
w:eastAsia="{font}"/>{run}<w:sz w:val="{size}"/><w:szCs w:val="{size}"/></w:rPr></w:style>"#
    )
}

fn styles(lang: Lang) -> String {
    let language = match lang {
        Lang::Zh => r#"<w:lang w:val="zh-CN" w:eastAsia="zh-CN"/>"#,
        Lang::En => r#"<w:lang w:val="en-GB" w:eastAsia="zh-CN"/>"#,
    };
    let middle = r#"<w:jc w:val="center"/>"#;
    let number = r#"<w:pBdr><w:bottom w:val="single" w:sz="16" w:space="6" w:color="CC0000"/></w:pBdr>
<w:spacing w:after="560"/><w:jc w:val="center"/>"#;
    let heading = r#"<w:keepNext/><w:ind w:firstLineChars="200" w:firstLine="632"/><w:outlineLvl w:val="0"/>"#;
    let title = r#"<w:spacing w:before="280"/><w:jc w:val="center"/>"#;
    let subtitle = r#"<w:spacing w:after="580"/><w:jc w:val="center"/>"#;
    let body = r#"<w:ind w:firstLineChars="200" w:firstLine="632"/>"#;
    let signature = r#"<w:ind w:rightChars="400" w:right="1264"/><w:jc w:val="right"/>"#;
    let red = r#"<w:color w:val="CC0000"/>"#;
    let all = [
        style("Normal", "Normal", "仿宋", 32, "", ""),
        style("Issuer", "Issuer", "方正小标宋简体", 64, middle, red),
        style("Number", "Number", "仿宋", 32, number, ""),
        style("Title", "Title", "方正小标宋简体", 44, title, ""),
        style("Subtitle", "Subtitle", "楷体", 32, subtitle, ""),
        style("Heading1", "heading 1", "黑体", 32, heading, ""),
        style("BodyText", "Body Text", "仿宋", 32, body, ""),
        style("Signature", "Signature", "仿宋", 32, signature, ""),
    ];
    format!(
        r#"<w:styles {W}><w:docDefaults><w:rPrDefault><w:rPr>{language}</w:rPr></w:rPrDefault></w:docDefaults>{}</w:styles>"#,
        all.concat()
    )
}
