//! The sheet that goes back to whoever brought a bad one: its bad rows, and what is wrong with each.

use helan_base::{Faulty, Kind};

use crate::{Cell, Row};

/// A table under way, as CSV with a byte-order mark: spreadsheets read Chinese only with it.
pub struct Sheet {
    out: csv::Writer<Vec<u8>>,
    chinese: bool,
}

impl Sheet {
    /// Begins a sheet with the heading of the file and a column for the faults.
    #[must_use]
    pub fn new(heading: &[String], chinese: bool) -> Self {
        let mut bytes = "\u{feff}".as_bytes().to_vec();
        bytes.reserve(4096);
        let mut out = csv::WriterBuilder::new().flexible(true).from_writer(bytes);
        let faults = if chinese { "错误" } else { "Faults" };
        let names = heading.iter().map(|name| safe(name)).chain([faults.to_owned()]);
        // Writing into memory cannot fail.
        drop(out.write_record(names));
        Self { out, chinese }
    }

    /// Adds a bad row.
    pub fn add(&mut self, kind: &Kind, columns: usize, row: &Row, faults: &[Faulty]) {
        let mut cells: Vec<String> = row.cells.iter().map(text).collect();
        cells.resize(columns, String::new());
        let words: Vec<String> = faults.iter().map(|fault| self.words(kind, fault)).collect();
        cells.push(words.join("; "));
        drop(self.out.write_record(cells));
    }

    /// How large it is by now, in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.out.get_ref().len()
    }

    /// Whether nothing was written: never, the heading is there.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The finished sheet.
    #[must_use]
    pub fn bytes(self) -> Vec<u8> {
        self.out.into_inner().unwrap_or_default()
    }

    fn words(&self, kind: &Kind, faulty: &Faulty) -> String {
        let words = faulty.fault.words();
        let field = kind.fields.iter().find(|field| field.key == faulty.column);
        let (name, words) = if self.chinese {
            (field.map(|field| &field.name.zh), words.zh)
        } else {
            (field.map(|field| &field.name.en), words.en)
        };
        format!("{}: {words}", name.unwrap_or(&faulty.column))
    }
}

fn text(cell: &Cell) -> String {
    safe(&cell.raw().to_string())
}

/// A cell that a spreadsheet would take for a formula is disarmed with an apostrophe; numbers stay as they are. What looks
/// like a disarmed cell gets another one, so that [`armed`] gives every text back.
pub(crate) fn safe(text: &str) -> String {
    let number = text.parse::<f64>().is_ok();
    if is_formula(text) && !number { format!("'{text}") } else { text.to_owned() }
}

/// A cell without the apostrophe that [`safe`] puts before it, as other programs do too.
pub(crate) fn armed(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if is_formula(rest) => rest,
        _ => text,
    }
}

fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r'])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn formulas_are_disarmed() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("@x", "'@x"),
            ("-5", "-5"),
            ("+8613800000000", "+8613800000000"),
            ("-x", "'-x"),
            ("'=1", "''=1"),
            ("'tis", "'tis"),
            ("1=1", "1=1"),
        ] {
            assert_eq!(safe(text), cell);
            assert_eq!(armed(cell), text);
        }
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text in "['=+@a0-]{0,5}") {
            let cell = safe(&text);
            prop_assert_eq!(armed(&cell), text);
        }
    }
}
