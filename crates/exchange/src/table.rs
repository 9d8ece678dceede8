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

/// A cell that a spreadsheet would take for a formula is disarmed with an apostrophe; numbers stay as they are.
fn safe(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if formula && text.parse::<f64>().is_err() { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn formulas_are_disarmed_and_numbers_stay() {
        let mut table = Table::new(["key", "n"]);
        table.add(["=cmd()", "-5.5"]);
        assert_eq!(String::from_utf8_lossy(&table.bytes()), "\u{feff}key,n\n'=cmd(),-5.5\n");
    }
}
