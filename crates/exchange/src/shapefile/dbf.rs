//! The table of a shapefile (dBASE III and later): fields of fixed width. Deleted rows are told, because a row belongs to the
//! shape at the same place.

use std::io::{ErrorKind, Read};

use encoding_rs::{Encoding, GB18030, UTF_8};
use helan_base::Date;

use crate::{Cell, FileError};

/// Bytes of the header, and of each field in it.
const PIECE: usize = 32;
/// Bytes of rows that are looked at to tell the encoding.
const SAMPLE: usize = 64 * 1024;
/// Digits that a number keeps in floating point.
const EXACT: usize = 15;

struct Field {
    r#type: u8,
    length: usize,
}

/// A table under way.
pub struct Table<F> {
    file: F,
    fields: Vec<Field>,
    heading: Vec<String>,
    encoding: &'static Encoding,
    /// Bytes of one row, with the sign of deletion before it.
    width: usize,
    count: u64,
    /// The first bytes of the rows, which were looked at.
    sample: std::io::Cursor<Vec<u8>>,
}

impl<F: Read> Table<F> {
    /// Opens a table. The name of an encoding comes from the .cpg beside it; empty when there is none.
    pub fn open(mut file: F, encoding: &str) -> Result<Self, FileError> {
        let head = piece(&mut file)?.ok_or_else(|| lies("its .dbf is cut off"))?;
        let number = |at: usize, size: usize| {
            let bytes = head.get(at..at + size).unwrap_or_default();
            bytes.iter().rev().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte))
        };
        let (count, start, width) = (number(4, 4), number(8, 2), number(10, 2));
        let mut fields = Vec::new();
        let mut names = Vec::new();
        let mut read = PIECE as u64;
        // The header ends with a carriage return, or where the rows begin.
        while read + PIECE as u64 <= start {
            let Some(piece) = piece(&mut file)? else { return Err(lies("its .dbf is cut off")) };
            read += PIECE as u64;
            if piece.first() == Some(&b'\r') {
                break;
            }
            let name: Vec<u8> = piece.iter().take(11).copied().take_while(|b| *b != 0).collect();
            let byte = |at: usize| piece.get(at).copied().unwrap_or(0);
            fields.push(Field { r#type: byte(11), length: byte(16).into() });
            names.push(name);
        }
        let mut rest = Vec::new();
        file.by_ref().take(start.saturating_sub(read)).read_to_end(&mut rest)?;
        let wide = 1 + fields.iter().map(|field| field.length).sum::<usize>();
        let width = usize::try_from(width).unwrap_or(0);
        if fields.is_empty() || wide > width {
            return Err(lies("its .dbf has no fields, or wider ones than its rows"));
        }
        let mut sample = Vec::new();
        file.by_ref().take(SAMPLE as u64).read_to_end(&mut sample)?;
        let driver = head.get(29).copied().unwrap_or(0);
        let encoding = encoding_of(encoding, driver, &names, &sample);
        let heading = names.iter().map(|name| encoding.decode(name).0.trim().to_owned()).collect();
        let sample = std::io::Cursor::new(sample);
        Ok(Self { file, fields, heading, encoding, width, count, sample })
    }

    /// Names of the fields.
    pub fn heading(&self) -> &[String] {
        &self.heading
    }

    /// Rows as the header says.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The row with this number; the inner none when it was deleted, the outer at the end.
    #[expect(clippy::option_option, reason = "both are said above")]
    pub fn next(&mut self, number: u64) -> Result<Option<Option<Vec<Cell>>>, FileError> {
        if number > self.count {
            return Ok(None);
        }
        let mut row = vec![0; self.width];
        let from = (&mut self.sample).chain(&mut self.file);
        if let Err(error) = { from }.read_exact(&mut row) {
            return match error.kind() {
                ErrorKind::UnexpectedEof => {
                    let why = "the .dbf breaks off".to_owned();
                    Err(FileError::Broken { row: number, why })
                }
                _ => Err(error.into()),
            };
        }
        if row.first() == Some(&b'*') {
            return Ok(Some(None));
        }
        let mut at = 1;
        let cells = self.fields.iter().map(|field| {
            let bytes = row.get(at..at + field.length).unwrap_or_default();
            at += field.length;
            self.cell(field.r#type, bytes)
        });
        Ok(Some(Some(cells.collect())))
    }

    fn cell(&self, r#type: u8, bytes: &[u8]) -> Cell {
        let text = self.encoding.decode_without_bom_handling(bytes).0;
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
        let words = || Cell::Text(text.to_owned());
        match (r#type, text) {
            // Notes are in another file, and what older programs leave where nothing is known is a row of stars.
            (b'M' | b'G' | b'P' | b'B', _) | (_, "") => Cell::Empty,
            (b'N' | b'F', stars) if stars.bytes().all(|byte| byte == b'*') => Cell::Empty,
            // Long numbers are names.
            (b'N' | b'F', _) if text.len() > EXACT && !text.contains(['.', 'e', 'E']) => words(),
            (b'N' | b'F', _) => text.parse().map_or_else(|_| words(), Cell::Number),
            (b'L', "T" | "t" | "Y" | "y") => Cell::Flag(true),
            (b'L', "F" | "f" | "N" | "n") => Cell::Flag(false),
            (b'L', _) => Cell::Empty,
            (b'D', _) => Date::read(text).map_or_else(words, Cell::Date),
            _ => words(),
        }
    }
}

fn lies(why: &str) -> FileError {
    super::lies(why)
}

fn piece(file: &mut impl Read) -> Result<Option<[u8; PIECE]>, FileError> {
    let mut bytes = [0; PIECE];
    match file.read_exact(&mut bytes) {
        Ok(()) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// As the .cpg says; or the header (0x4d is code page 936); or what the bytes can be. GB18030 holds GBK and GB 2312.
fn encoding_of(name: &str, driver: u8, names: &[Vec<u8>], sample: &[u8]) -> &'static Encoding {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let plain = plain.to_lowercase();
    if plain.ends_with("936") || plain.starts_with("gb") {
        return GB18030;
    }
    if let Some(known) = Encoding::for_label(name.as_bytes()) {
        return known;
    }
    if driver == 0x4d {
        return GB18030;
    }
    let utf8 = |bytes: &[u8]| match std::str::from_utf8(bytes) {
        Ok(_) => true,
        // The sample may end inside a sign.
        Err(error) => error.error_len().is_none() && bytes.len() == SAMPLE,
    };
    if names.iter().all(|name| utf8(name)) && utf8(sample) { UTF_8 } else { GB18030 }
}
