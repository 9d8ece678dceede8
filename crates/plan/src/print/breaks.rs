//! Where lines of Chinese text may break.

/// What may not begin a line.
const NOT_FIRST: &str = "，。、；：！？）】〕》〉”’」』％%…—～·,.;:!?)]}°℃";
/// What may not end a line.
const NOT_LAST: &str = "（【〔《〈“‘「『([{￥$";

/// A piece that is not broken: a character, or a Latin word or number; with its width.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Piece {
    /// Its characters.
    pub text: String,
    /// Its width, points.
    pub width: f32,
}

/// A line.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Row {
    /// Its pieces.
    pub pieces: Vec<Piece>,
    /// Whether the paragraph goes on: such a line fills the width.
    pub goes_on: bool,
}

impl Row {
    /// Width of its pieces, points.
    pub fn width(&self) -> f32 {
        self.pieces.iter().map(|piece| piece.width).sum()
    }
}

/// Whether a character belongs to a word that is kept together.
fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '/' | '_' | '%' | '+' | ':')
}

/// Cuts a text into pieces; a word that is wider than a line is cut into its characters.
pub(super) fn pieces(text: &str, line: f32, width: impl Fn(char) -> f32) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut open = false;
    for c in text.chars() {
        let wide = width(c);
        match pieces.last_mut() {
            Some(last) if open && is_word(c) && last.width + wide <= line => {
                last.text.push(c);
                last.width += wide;
            }
            _ => pieces.push(Piece { text: c.to_string(), width: wide }),
        }
        open = is_word(c);
    }
    pieces
}

fn first_is(piece: &Piece, of: &str) -> bool {
    piece.text.chars().next().is_some_and(|c| of.contains(c))
}

/// Breaks pieces into lines; the first has less room by `indent`.
pub(super) fn rows(pieces: Vec<Piece>, line: f32, indent: f32) -> Vec<Row> {
    // Rounding must not push the last of 28 characters out.
    const SLACK: f32 = 0.01;
    let mut rows = Vec::new();
    let mut row = Row::default();
    let mut used = indent;
    for piece in pieces {
        if used + piece.width <= line + SLACK {
            used += piece.width;
            row.pieces.push(piece);
            continue;
        }
        // What may not begin the next line takes what stands before it along; so does what may not end this one.
        let mut carried = vec![piece];
        while row.pieces.len() > 1
            && (carried.first().is_some_and(|first| first_is(first, NOT_FIRST))
                || row.pieces.last().is_some_and(|last| first_is(last, NOT_LAST)))
        {
            carried.splice(0..0, row.pieces.pop());
        }
        while row.pieces.len() > 1 && row.pieces.last().is_some_and(|last| last.text == " ") {
            row.pieces.pop();
        }
        row.goes_on = true;
        rows.push(std::mem::take(&mut row));
        carried.drain(..carried.iter().take_while(|piece| piece.text == " ").count());
        used = carried.iter().map(|piece| piece.width).sum();
        row.pieces = carried;
    }
    rows.push(row);
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(text: &str, chars: u8) -> Vec<String> {
        let wide = |c: char| if c.is_ascii() { 0.5 } else { 1.0 };
        let rows = rows(pieces(text, chars.into(), wide), chars.into(), 0.0);
        rows.iter()
            .map(|row| row.pieces.iter().map(|piece| piece.text.as_str()).collect())
            .collect()
    }

    #[test]
    fn lines_begin_and_end_as_they_may() {
        assert_eq!(broken("甲乙丙丁戊", 3), ["甲乙丙", "丁戊"]);
        assert_eq!(broken("甲乙丙，丁", 3), ["甲乙", "丙，丁"]);
        assert_eq!(broken("甲乙（丙丁）", 3), ["甲乙", "（丙", "丁）"]);
        assert_eq!(broken("甲乙丙丁），戊", 5), ["甲乙丙", "丁），戊"]);
        assert_eq!(broken("甲乙[15])", 4), ["甲乙", "[15])"]);
        assert_eq!(broken("甲乙1250吨", 3), ["甲乙", "1250吨"]);
        assert_eq!(broken("甲乙丙 abc", 3), ["甲乙丙", "abc"]);
        assert_eq!(broken("", 3), [""]);
        assert_eq!(broken("abcdefghij", 3), ["abcdef", "ghij"], "a long word is cut");
        assert_eq!(broken("，，，，，", 2).concat(), "，，，，，", "nothing is lost");
    }
}
