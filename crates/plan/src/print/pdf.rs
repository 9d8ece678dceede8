//! A paper as PDF, with the part of the fonts that it needs.

use krilla::{
    Document,
    color::rgb,
    geom::{PathBuilder, Point, Rect},
    metadata::Metadata,
    num::NormalizedF32,
    page::PageSettings,
    paint::{Fill, FillRule},
    text::{GlyphId, KrillaGlyph},
};

use super::{
    PrintError,
    font::Fonts,
    layout::{Mark, pages},
    page,
    paper::Paper,
};
use crate::text::Lang;

/// The red of official documents.
const RED: (u8, u8, u8) = (204, 0, 0);
/// Thickness of the red rule, points.
const RULE_PT: f32 = 2.0;

/// Makes the PDF.
///
/// # Errors
/// When the paper is too long, or a font cannot be embedded.
pub fn pdf(paper: &Paper, fonts: &Fonts) -> Result<Vec<u8>, PrintError> {
    let fails = |why: &str| PrintError::File(why.to_owned());
    let mut document = Document::new();
    for marks in pages(paper, fonts)? {
        let size = PageSettings::from_wh(page::WIDTH_MM * page::PT, page::HEIGHT_MM * page::PT);
        let mut sheet =
            document.start_page_with(size.ok_or_else(|| fails("the size of the page"))?);
        let mut surface = sheet.surface();
        for mark in marks {
            match mark {
                Mark::Rule { y } => {
                    surface.set_fill(Some(fill(true)));
                    let (x, width) = (page::LEFT_MM * page::PT, page::TEXT_WIDTH_MM * page::PT);
                    let rule = Rect::from_xywh(x, y, width, RULE_PT);
                    let mut path = PathBuilder::new();
                    path.push_rect(rule.ok_or_else(|| fails("the rule"))?);
                    surface.draw_path(&path.finish().ok_or_else(|| fails("the rule"))?);
                }
                Mark::Run { face, size, x, y, red, text, glyphs } => {
                    surface.set_fill(Some(fill(red)));
                    let ends = text.char_indices().map(|(at, c)| at..at + c.len_utf8());
                    let glyphs: Vec<KrillaGlyph> = glyphs
                        .iter()
                        .zip(ends)
                        .map(|((glyph, advance), range)| {
                            let id = GlyphId::new(*glyph);
                            KrillaGlyph::new(id, advance / size, 0.0, 0.0, 0.0, range, None)
                        })
                        .collect();
                    let font = face.face(fonts).font().clone();
                    surface.draw_glyphs(Point::from_xy(x, y), &glyphs, font, &text, size, false);
                }
            }
        }
        surface.finish();
        sheet.finish();
    }
    let language = match paper.lang {
        Lang::Zh => "zh-CN",
        Lang::En => "en",
    };
    let metadata = Metadata::new()
        .title(paper.title.clone())
        .authors(vec![paper.author.clone()])
        .language(language.to_owned())
        .creator("Helan".to_owned());
    document.set_metadata(metadata);
    document.finish().map_err(|error| PrintError::File(format!("{error:?}")))
}

fn fill(red: bool) -> Fill {
    let (r, g, b) = if red { RED } else { (0, 0, 0) };
    Fill {
        paint: rgb::Color::new(r, g, b).into(),
        opacity: NormalizedF32::ONE,
        rule: FillRule::NonZero,
    }
}
