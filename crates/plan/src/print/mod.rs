//! A plan on paper: A4 in the layout of Chinese official documents (GB/T 9704-2012), as PDF and as DOCX.
//!
//! [`Paper`] is what is printed, the same for both; [`pdf`] lays it out with given fonts, [`docx`] leaves that to the reader's
//! program. Both are functions of their inputs: the same plan gives the same bytes.

mod breaks;
mod docx;
mod font;
mod layout;
mod paper;
mod pdf;

pub use docx::docx;
pub use font::{BODY_FONTS, Face, Fonts, HEADING_FONTS, TITLE_FONTS};
pub use paper::{Cover, Paper, Paragraph, Style};
pub use pdf::pdf;

/// Millimetres of the page of GB/T 9704-2012, 5.2.1, and what follows from it.
pub(crate) mod page {
    /// Width of A4.
    pub const WIDTH_MM: f32 = 210.0;
    /// Height of A4.
    pub const HEIGHT_MM: f32 = 297.0;
    /// Upper margin.
    pub const TOP_MM: f32 = 37.0;
    /// Left margin.
    pub const LEFT_MM: f32 = 28.0;
    /// Width of the text.
    pub const TEXT_WIDTH_MM: f32 = 156.0;
    /// Height of the text.
    pub const TEXT_HEIGHT_MM: f32 = 225.0;
    /// Lines of a page.
    pub const LINES: u16 = 22;
    /// Characters of a line.
    pub const CHARS: u16 = 28;
    /// From the text to the dashes of the page number.
    pub const NUMBER_MM: f32 = 7.0;
    /// Points of a millimetre.
    pub const PT: f32 = 72.0 / 25.4;
}

/// Why a plan cannot be printed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrintError {
    /// No font with Chinese characters was found.
    #[error(
        "no Chinese font was found; install the package fonts-noto-cjk, or name a font (looked for: {0})"
    )]
    NoFont(String),
    /// A font cannot be read.
    #[error("the font {0} cannot be read")]
    Font(String),
    /// The plan is longer than anybody prints.
    #[error("more than {0} pages")]
    TooLong(usize),
    /// The file could not be put together.
    #[error("the file could not be put together: {0}")]
    File(String),
}
