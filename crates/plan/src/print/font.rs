//! Fonts for printing, given as bytes: where the files are is for the caller to look.

use std::sync::Arc;

use skrifa::{
    FontRef, GlyphId, MetadataProvider,
    charmap::Charmap,
    instance::{LocationRef, Size},
    metrics::GlyphMetrics,
    string::StringId,
};

use super::PrintError;

/// Where fonts of the text are looked for: Fangsong as official papers have it, else a serif.
pub const BODY_FONTS: &[&str] = &[
    "/usr/share/fonts/truetype/fangsong/simfang.ttf",
    "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSerifCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-serif-cjk-fonts/NotoSerifCJK-Regular.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
];
/// Where fonts of titles are looked for: a heavy serif.
pub const TITLE_FONTS: &[&str] = &[
    "/usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc",
    "/usr/share/fonts/noto-cjk/NotoSerifCJK-Bold.ttc",
    "/usr/share/fonts/google-noto-serif-cjk-fonts/NotoSerifCJK-Bold.ttc",
];
/// Where fonts of headings are looked for: without serifs.
pub const HEADING_FONTS: &[&str] = &[
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Bold.ttc",
    "/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Bold.ttc",
];

/// Members of a font collection that are looked at.
const MAX_MEMBERS: u32 = 32;

/// One font.
#[derive(Clone)]
pub struct Face {
    bytes: Arc<Vec<u8>>,
    index: u32,
    font: krilla::text::Font,
    units_per_em: f32,
}

impl Face {
    /// A font from the bytes of its file; of a collection the member for simplified Chinese.
    ///
    /// # Errors
    /// When the bytes are no font, or it has no Chinese characters.
    pub fn new(name: &str, bytes: Vec<u8>) -> Result<Self, PrintError> {
        let wrong = || PrintError::Font(name.to_owned());
        let index = simplified(&bytes);
        let bytes = Arc::new(bytes);
        let units_per_em = {
            let font = FontRef::from_index(&bytes, index).map_err(|_error| wrong())?;
            font.charmap().map('的').ok_or_else(wrong)?;
            f32::from(font.metrics(Size::unscaled(), LocationRef::default()).units_per_em)
        };
        let font = krilla::text::Font::new(Arc::clone(&bytes).into(), index).ok_or_else(wrong)?;
        if units_per_em < 1.0 {
            return Err(wrong());
        }
        Ok(Self { bytes, index, font, units_per_em })
    }

    pub(super) const fn font(&self) -> &krilla::text::Font {
        &self.font
    }

    /// For reading glyphs of many characters.
    ///
    /// # Errors
    /// When the font cannot be read, which was tried when it was made.
    pub(super) fn ruler(&self) -> Result<Ruler<'_>, PrintError> {
        let font = FontRef::from_index(&self.bytes, self.index)
            .map_err(|error| PrintError::Font(error.to_string()))?;
        let map = font.charmap();
        Ok(Ruler {
            instead: map.map('〓').unwrap_or_default(),
            map,
            metrics: font.glyph_metrics(Size::unscaled(), LocationRef::default()),
            units_per_em: self.units_per_em,
        })
    }
}

/// Glyphs of a font and their widths.
pub(super) struct Ruler<'a> {
    map: Charmap<'a>,
    metrics: GlyphMetrics<'a>,
    instead: GlyphId,
    units_per_em: f32,
}

impl Ruler<'_> {
    /// The glyph of a character and its width in em; what the font does not have becomes the geta mark `〓`.
    pub(super) fn glyph(&self, c: char) -> (u32, f32) {
        let glyph = self.map.map(c).unwrap_or(self.instead);
        let width = self.metrics.advance_width(glyph).unwrap_or(self.units_per_em);
        (glyph.to_u32(), width / self.units_per_em)
    }
}

/// The member of a collection for simplified Chinese; else the first.
fn simplified(bytes: &[u8]) -> u32 {
    let is = |index: &u32| {
        let Ok(font) = FontRef::from_index(bytes, *index) else { return false };
        let mut names = font.localized_strings(StringId::FAMILY_NAME);
        names.any(|name| name.to_string().ends_with(" SC"))
    };
    (0..MAX_MEMBERS).find(is).unwrap_or(0)
}

/// The fonts of a paper.
#[derive(Clone)]
pub struct Fonts {
    /// Text.
    pub body: Face,
    /// Titles.
    pub title: Face,
    /// Headings.
    pub heading: Face,
}

impl Fonts {
    /// Looks for fonts: first those that the caller names, then the usual places. Titles and headings fall back to the font of the text.
    ///
    /// # Errors
    /// When there is no font for the text.
    pub fn find(
        own: &[String],
        mut read: impl FnMut(&str) -> Option<Vec<u8>>,
    ) -> Result<Self, PrintError> {
        let mut first = |places: &[&str]| {
            let places = own.iter().map(String::as_str).chain(places.iter().copied());
            places.filter_map(|place| Face::new(place, read(place)?).ok()).next()
        };
        let body = first(BODY_FONTS).ok_or_else(|| {
            let places = own.iter().map(String::as_str).chain(BODY_FONTS.iter().copied());
            PrintError::NoFont(places.collect::<Vec<_>>().join(", "))
        })?;
        let title = first(TITLE_FONTS).unwrap_or_else(|| body.clone());
        let heading = first(HEADING_FONTS).unwrap_or_else(|| body.clone());
        Ok(Self { body, title, heading })
    }
}
