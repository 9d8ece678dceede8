//! Tables that leave the house as CSV.

/// A table under way, with a byte-order mark: spreadsheets read Chinese only with it.
pub struct Table {
    out: csv::Writer<Vec<u8>>,
}

impl Table {
    /// Begins a table with its heading.
    #[must_use]
    pub fn new<'a>(heading: impl IntoIterator<Item = &'a str>) -> Self {
        let mut bytes = "\u{feff}".as_bytes().to_vec();
        bytes.reserve(4096);
        let out = csv::WriterBuilder::new().flexible(true).from_writer(bytes);
        let mut table = Self { out };
        table.add(heading);
        table
    }

    /// Adds a row.
    pub fn add<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) {
        // Writing into memory cannot fail.
        drop(self.out.write_record(cells.into_iter().map(safe)));
    }

    /// How large it is by now, in bytes; up to a buffer of some kilobytes less than it will be.
    #[must_use]
    pub fn len(&self) -> usize {
        self.out.get_ref().len()
    }

    /// Whether nothing was written yet: the heading may still wait in the buffer.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The finished table.
    #[must_use]
    pub fn bytes(self) -> Vec<u8> {
        self.out.into_inner().unwrap_or_default()
    }
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
    fn formulas_are_disarmed_and_numbers_stay() {
        let mut table = Table::new(["key", "n"]);
        table.add(["=cmd()", "-5.5"]);
        assert_eq!(String::from_utf8_lossy(&table.bytes()), "\u{feff}key,n\n'=cmd(),-5.5\n");
    }

    #[test]
    fn texts_are_disarmed_and_armed_again() {
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
