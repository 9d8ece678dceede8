//! Paragraphs onto pages: 22 lines of 28 characters.

use super::{
    PrintError,
    breaks::{Row, pieces, rows},
    font::{Face, Fonts, Ruler},
    page,
    paper::{Paper, Style},
};

/// Pages that are printed: a plan is for use, not for the shelf.
const MAX_PAGES: usize = 300;

/// Size 3 of Chinese type, points: text.
const BODY_PT: f32 = 16.0;
/// Size 2: titles.
const TITLE_PT: f32 = 22.0;
/// Sign of who issues: chosen so that it stands out.
const ISSUER_PT: f32 = 32.0;
/// Size 4: page numbers.
const NUMBER_PT: f32 = 14.0;

/// Distance of lines, points.
const PITCH: f32 = page::TEXT_HEIGHT_MM * page::PT / 22.0;
/// Width of a character of the text, points: 28 fill a line.
const CELL: f32 = page::TEXT_WIDTH_MM * page::PT / 28.0;
/// Width of a line, points.
const LINE: f32 = page::TEXT_WIDTH_MM * page::PT;
/// From the top of a line's cell to its base, as a share of the size of the type.
const ASCENT: f32 = 0.86;

/// What to draw.
pub(super) enum Mark {
    /// Glyphs, each with its distance from the one before it.
    Run {
        /// Which font.
        face: Role,
        /// Size, points.
        size: f32,
        /// Left end, points from the left.
        x: f32,
        /// Base, points from the top.
        y: f32,
        /// Whether it is red.
        red: bool,
        /// The text.
        text: String,
        /// Glyph and advance in points of each character.
        glyphs: Vec<(u32, f32)>,
    },
    /// A red rule over the width of the text.
    Rule {
        /// Points from the top.
        y: f32,
    },
}

/// Which of the fonts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Text.
    Body,
    /// Titles.
    Title,
    /// Headings.
    Heading,
}

impl Role {
    /// The font.
    pub(super) const fn face(self, fonts: &Fonts) -> &Face {
        match self {
            Self::Body => &fonts.body,
            Self::Title => &fonts.title,
            Self::Heading => &fonts.heading,
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Align {
    Left,
    Middle,
    Right,
}

struct Look {
    face: Role,
    size: f32,
    red: bool,
    align: Align,
    /// Characters by which the first line is moved in.
    indent: f32,
    /// Lines of the grid that one line takes.
    cells: u16,
}

const fn look(style: Style) -> Look {
    let base = Look {
        face: Role::Body,
        size: BODY_PT,
        red: false,
        align: Align::Left,
        indent: 0.0,
        cells: 1,
    };
    match style {
        Style::Issuer => Look {
            face: Role::Title,
            size: ISSUER_PT,
            red: true,
            align: Align::Middle,
            cells: 2,
            ..base
        },
        Style::Number | Style::Subtitle => Look { align: Align::Middle, ..base },
        Style::Title => Look { face: Role::Title, size: TITLE_PT, align: Align::Middle, ..base },
        Style::Heading => Look { face: Role::Heading, indent: 2.0, ..base },
        Style::Body => Look { indent: 2.0, ..base },
        Style::Flush => base,
        Style::Signature => Look { align: Align::Right, ..base },
    }
}

/// Rulers of the fonts.
struct Rulers<'a> {
    body: Ruler<'a>,
    title: Ruler<'a>,
    heading: Ruler<'a>,
}

impl Rulers<'_> {
    const fn of(&self, role: Role) -> &Ruler<'_> {
        match role {
            Role::Body => &self.body,
            Role::Title => &self.title,
            Role::Heading => &self.heading,
        }
    }
}

struct Pages<'a> {
    rulers: Rulers<'a>,
    done: Vec<Vec<Mark>>,
    marks: Vec<Mark>,
    /// Lines of the grid that are used.
    used: u16,
}

/// Lays a paper out.
///
/// # Errors
/// When it has more pages than anybody prints.
pub(super) fn pages(paper: &Paper, fonts: &Fonts) -> Result<Vec<Vec<Mark>>, PrintError> {
    let rulers = Rulers {
        body: fonts.body.ruler()?,
        title: fonts.title.ruler()?,
        heading: fonts.heading.ruler()?,
    };
    let mut pages = Pages { rulers, done: Vec::new(), marks: Vec::new(), used: 0 };
    for paragraph in &paper.paragraphs {
        if paragraph.new_page && pages.used > 0 {
            pages.turn()?;
        }
        let look = look(paragraph.style);
        let space = match paragraph.style {
            // Two empty lines above a title (7.3.1), one below what stands under it.
            Style::Title if pages.used > 0 => 1,
            _ => 0,
        };
        pages.skip(space)?;
        let ruler = pages.rulers.of(look.face);
        let widths = |c: char| advance(ruler, c, look.size).1;
        let rows = rows(pieces(&paragraph.text, LINE, widths), LINE, look.indent * CELL);
        // A heading does not stand alone at the end of a page.
        let keep = if paragraph.style == Style::Heading { 2 } else { 1 };
        if pages.used + look.cells * keep > page::LINES {
            pages.turn()?;
        }
        for (number, row) in rows.iter().enumerate() {
            pages.row(row, &look, number == 0)?;
        }
        match paragraph.style {
            Style::Number => pages.rule(),
            Style::Subtitle => pages.skip(1)?,
            _ => {}
        }
    }
    pages.turn()?;
    Ok(pages.done)
}

/// Glyph and width of a character, points: those of Chinese fill the cells of the grid, others have their own.
fn advance(ruler: &Ruler<'_>, c: char, size: f32) -> (u32, f32) {
    let (glyph, em) = ruler.glyph(c);
    (glyph, if em > 0.9 { size * CELL / BODY_PT } else { em * size })
}

impl Pages<'_> {
    fn turn(&mut self) -> Result<(), PrintError> {
        if self.done.len() >= MAX_PAGES {
            return Err(PrintError::TooLong(MAX_PAGES));
        }
        let number = self.number();
        self.marks.push(number);
        self.done.push(std::mem::take(&mut self.marks));
        self.used = 0;
        Ok(())
    }

    /// `— 3 —` below the text; odd pages on the right, even ones on the left, one character from the edge (7.5).
    fn number(&self) -> Mark {
        let number = self.done.len() + 1;
        let text = format!("— {number} —");
        let glyphs = run(&self.rulers.body, &text, NUMBER_PT, 0.0);
        let width: f32 = glyphs.iter().map(|(_, width)| width).sum();
        let left = page::LEFT_MM * page::PT;
        let x = if number % 2 == 1 { left + LINE - NUMBER_PT - width } else { left + NUMBER_PT };
        let below = page::TOP_MM + page::TEXT_HEIGHT_MM + page::NUMBER_MM;
        let y = below * page::PT + NUMBER_PT * 0.38;
        Mark::Run { face: Role::Body, size: NUMBER_PT, x, y, red: false, text, glyphs }
    }

    fn skip(&mut self, lines: u16) -> Result<(), PrintError> {
        if lines == 0 {
            return Ok(());
        }
        if self.used + lines >= page::LINES {
            return self.turn();
        }
        self.used += lines;
        Ok(())
    }

    fn rule(&mut self) {
        let y = page::TOP_MM * page::PT + f32::from(self.used) * PITCH + 4.0 * page::PT;
        self.marks.push(Mark::Rule { y });
        self.used += 1;
    }

    fn row(&mut self, row: &Row, look: &Look, first: bool) -> Result<(), PrintError> {
        if self.used + look.cells > page::LINES {
            self.turn()?;
        }
        let indent = if first { look.indent * CELL } else { 0.0 };
        let room = LINE - indent - row.width();
        let left = page::LEFT_MM * page::PT + indent;
        let x = match look.align {
            Align::Left => left,
            Align::Middle => left + room / 2.0,
            // Four characters from the right (7.3.5.2).
            Align::Right => left + (room - 4.0 * CELL).max(0.0),
        };
        // What is left of a full line goes between its pieces: the text fills its width.
        let gaps = u16::try_from(row.pieces.len().saturating_sub(1)).unwrap_or(u16::MAX);
        let fill = row.goes_on && look.align == Align::Left && gaps > 0 && room < 3.0 * CELL;
        let gap = if fill { room.max(0.0) / f32::from(gaps) } else { 0.0 };
        let height = PITCH * f32::from(look.cells);
        let top = page::TOP_MM * page::PT + f32::from(self.used) * PITCH;
        let y = top + (height - look.size) / 2.0 + look.size * ASCENT;
        let ruler = self.rulers.of(look.face);
        let mut text = String::new();
        let mut glyphs = Vec::new();
        for piece in &row.pieces {
            text.push_str(&piece.text);
            glyphs.extend(run(ruler, &piece.text, look.size, gap));
        }
        if !glyphs.is_empty() {
            self.marks.push(Mark::Run {
                face: look.face,
                size: look.size,
                x,
                y,
                red: look.red,
                text,
                glyphs,
            });
        }
        self.used += look.cells;
        Ok(())
    }
}

/// Glyphs with their advance in points; the last one has the gap behind it.
fn run(ruler: &Ruler<'_>, text: &str, size: f32, gap: f32) -> Vec<(u32, f32)> {
    let mut glyphs: Vec<(u32, f32)> = text.chars().map(|c| advance(ruler, c, size)).collect();
    if let Some((_, last)) = glyphs.last_mut() {
        *last += gap;
    }
    glyphs
}
