//! The sheet that goes back to whoever brought a bad one: its bad rows, and what is wrong with each.

use helan_base::{Faulty, Kind};

use crate::{Cell, Row, Table};

/// A table under way.
pub struct Sheet {
    table: Table,
    chinese: bool,
}

impl Sheet {
    /// Begins a sheet with the heading of the file and a column for the faults.
    #[must_use]
    pub fn new(heading: &[String], chinese: bool) -> Self {
        let faults = if chinese { "错误" } else { "Faults" };
        let names = heading.iter().map(String::as_str).chain([faults]);
        Self { table: Table::new(names), chinese }
    }

    /// Adds a bad row.
    pub fn add(&mut self, kind: &Kind, columns: usize, row: &Row, faults: &[Faulty]) {
        let mut cells: Vec<String> = row.cells.iter().map(text).collect();
        cells.resize(columns, String::new());
        let words: Vec<String> = faults.iter().map(|fault| self.words(kind, fault)).collect();
        cells.push(words.join("; "));
        self.table.add(cells.iter().map(String::as_str));
    }

    /// How large it is by now, in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether nothing was written: never, the heading is there.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The finished sheet.
    #[must_use]
    pub fn bytes(self) -> Vec<u8> {
        self.table.bytes()
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
    cell.raw().to_string()
}
