//! Records as tables and maps for other programs. What is written here is read again by the readers beside it, and changes
//! nothing then.

use std::{
    io::{self, BufWriter, Write},
    path::Path,
    sync::Arc,
};

use geo::Geometry;
use helan_base::{Kind, Record, Value, What};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use serde_json::json;

use crate::{Mapping, mapping::Target, shape_to_json, table::safe};

/// Rows of a sheet of a workbook, its heading included (ECMA-376 and every program that reads it).
const MAX_ROWS: u32 = 1_048_576;
/// Characters of a cell of a workbook.
const MAX_CELL: usize = 32_767;

/// What a table can be written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableFormat {
    /// Text with commas.
    Csv {
        /// Whether a byte-order mark stands before it: spreadsheets read Chinese only with it.
        mark: bool,
    },
    /// A map.
    GeoJson,
    /// A workbook: a sheet for each kind.
    Xlsx,
}

/// Why nothing more can be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The disk does not take it.
    #[error("cannot be written: {0}")]
    Io(#[from] io::Error),
    /// It would be larger than allowed, or than the format can hold.
    #[error("too large for the format or the limit")]
    TooLarge,
    /// The format holds one kind only.
    #[error("the format holds one kind only")]
    OneKind,
}

impl From<csv::Error> for ExportError {
    fn from(error: csv::Error) -> Self {
        Self::Io(error.into())
    }
}

impl From<XlsxError> for ExportError {
    fn from(error: XlsxError) -> Self {
        match error {
            XlsxError::IoError(error) => Self::Io(error),
            XlsxError::RowColumnLimitError => Self::TooLarge,
            other => Self::Io(io::Error::other(other.to_string())),
        }
    }
}

/// A file that is being written.
pub struct Export<F: Write + Send> {
    chinese: bool,
    format: TableFormat,
    out: Bounded<F>,
    kind: Option<Arc<Kind>>,
    columns: Vec<Target>,
    /// The first feature has no comma before it.
    first: bool,
    book: Option<Box<Book>>,
}

struct Book {
    book: Workbook,
    names: Vec<String>,
    day: Format,
    head: Format,
    row: u32,
    /// Bytes that its rows may still take in the folder before they are packed.
    left: u64,
}

impl<F: Write + Send> Export<F> {
    /// Begins a file of `most` bytes at most. A workbook keeps its rows in `folder` until it is finished.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(
        format: TableFormat,
        file: F,
        folder: &Path,
        most: u64,
        chinese: bool,
    ) -> Result<Self, ExportError> {
        let mut out = Bounded { file: BufWriter::new(file), left: most };
        let mut book = None;
        match format {
            TableFormat::Csv { mark: true } => out.write_all("\u{feff}".as_bytes())?,
            TableFormat::Csv { mark: false } => {}
            TableFormat::GeoJson => {
                out.write_all(b"{\"type\":\"FeatureCollection\",\"features\":[\n")?;
            }
            TableFormat::Xlsx => {
                let mut workbook = Workbook::new();
                workbook.set_tempdir(folder)?;
                let day = Format::new().set_num_format("yyyy-mm-dd");
                let head = Format::new().set_bold();
                let names = Vec::new();
                book =
                    Some(Box::new(Book { book: workbook, names, day, head, row: 0, left: most }));
            }
        }
        let (kind, columns) = (None, Vec::new());
        Ok(Self { chinese, format, out, kind, columns, first: true, book })
    }

    /// Begins with the records of a kind.
    ///
    /// # Errors
    /// When it is the second one and the format holds one only, or it cannot be written.
    pub fn kind(&mut self, kind: &Arc<Kind>) -> Result<(), ExportError> {
        if self.kind.is_some() && self.book.is_none() {
            return Err(ExportError::OneKind);
        }
        let headings = Mapping::headings(kind, self.chinese);
        self.kind = Some(kind.clone());
        if let Some(book) = &mut self.book {
            book.begin(kind, &headings, self.chinese)?;
        } else if matches!(self.format, TableFormat::Csv { .. }) {
            let names = headings.iter().map(|(name, _)| safe(name));
            line(&mut self.out, names)?;
        }
        self.columns = headings.into_iter().map(|(_, target)| target).collect();
        Ok(())
    }

    /// Adds a record of the kind.
    ///
    /// # Errors
    /// When it cannot be written, or the file becomes too large.
    pub fn add(&mut self, record: &Record) -> Result<(), ExportError> {
        let Some(kind) = self.kind.clone() else { return Ok(()) };
        match self.format {
            TableFormat::Csv { .. } => {
                let words = self.columns.iter().map(|target| {
                    let value = value(record, target);
                    match value {
                        // Numbers are no formulas, whatever they begin with.
                        Value::Number(_) | Value::Whole(_) => {
                            words(&kind, target, &value, self.chinese)
                        }
                        _ => safe(&words(&kind, target, &value, self.chinese)),
                    }
                });
                line(&mut self.out, words)
            }
            TableFormat::GeoJson => {
                let comma = if std::mem::take(&mut self.first) { "" } else { ",\n" };
                write!(self.out, "{comma}{}", feature(&kind, record)).map_err(too_large)
            }
            TableFormat::Xlsx => match &mut self.book {
                Some(book) => book.add(&kind, &self.columns, record, self.chinese),
                None => Ok(()),
            },
        }
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> Result<(), ExportError> {
        match self.book {
            Some(mut book) => {
                if book.names.is_empty() {
                    book.book.add_worksheet();
                }
                book.book.save_to_writer(&mut self.out)?;
            }
            None if self.format == TableFormat::GeoJson => {
                self.out.write_all(b"\n]}\n").map_err(too_large)?;
            }
            None => {}
        }
        self.out.flush().map_err(too_large)
    }
}

impl Book {
    /// Bytes of a cell beside its text.
    const CELL: u64 = 40;

    fn begin(
        &mut self,
        kind: &Kind,
        headings: &[(String, Target)],
        chinese: bool,
    ) -> Result<(), ExportError> {
        let name = if chinese { &kind.name.zh } else { &kind.name.en };
        // Signs that a name of a sheet may not have, and its length.
        let name: String = name.chars().filter(|c| !"[]:*?/\\'".contains(*c)).take(31).collect();
        let name = if name.is_empty() || self.names.contains(&name) {
            kind.key.chars().take(31).collect()
        } else {
            name
        };
        let sheet = self.book.add_worksheet_with_constant_memory()?;
        sheet.set_name(&name)?;
        self.names.push(name);
        sheet.set_freeze_panes(1, 0)?;
        for ((name, _), column) in headings.iter().zip(0_u16..) {
            sheet.write_string_with_format(0, column, name, &self.head)?;
        }
        self.row = 0;
        Ok(())
    }

    fn add(
        &mut self,
        kind: &Kind,
        columns: &[Target],
        record: &Record,
        chinese: bool,
    ) -> Result<(), ExportError> {
        self.row += 1;
        if self.row >= MAX_ROWS {
            return Err(ExportError::TooLarge);
        }
        let (row, last) = (self.row, self.names.len().saturating_sub(1));
        let sheet: &mut Worksheet = self.book.worksheet_from_index(last)?;
        for (target, column) in columns.iter().zip(0_u16..) {
            let value = value(record, target);
            let size =
                Self::CELL + if let Value::Text(text) = &value { text.len() as u64 } else { 0 };
            self.left = self.left.checked_sub(size).ok_or(ExportError::TooLarge)?;
            match &value {
                Value::Empty => {}
                Value::Number(number) => drop(sheet.write_number(row, column, *number)?),
                Value::Date(date) => {
                    let (year, month, day) = date.parts();
                    let small = |part: u32| u8::try_from(part).unwrap_or_default();
                    let year = u16::try_from(year).unwrap_or_default();
                    // Sheets know no days before 1900.
                    match ExcelDateTime::from_ymd(year, small(month), small(day)) {
                        Ok(day) if year > 1900 => {
                            sheet.write_datetime_with_format(row, column, &day, &self.day)?;
                        }
                        _ => drop(sheet.write_string(row, column, date.to_string())?),
                    }
                }
                Value::Whole(whole) if *target != Target::Area && whole.abs() < 1 << 53 => {
                    #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
                    let number = *whole as f64;
                    sheet.write_number(row, column, number)?;
                }
                // A text is a text: no program takes it for a formula.
                _ => {
                    let words = words(kind, target, &value, chinese);
                    if words.chars().count() > MAX_CELL {
                        return Err(ExportError::TooLarge);
                    }
                    sheet.write_string(row, column, words)?;
                }
            }
        }
        Ok(())
    }
}

/// What a record has in a column.
fn value(record: &Record, target: &Target) -> Value {
    let text = |text: &String| Value::Text(text.clone());
    let place = match &record.shape {
        Some(Geometry::Point(place)) => Some(*place),
        _ => None,
    };
    match target {
        Target::Key => text(&record.key),
        Target::Name => text(&record.name),
        Target::Area => Value::Whole(record.area.0.into()),
        Target::Address => text(&record.address),
        Target::Post => text(&record.post),
        Target::Lon => place.map_or(Value::Empty, |place| Value::Number(place.x())),
        Target::Lat => place.map_or(Value::Empty, |place| Value::Number(place.y())),
        Target::Synthetic => Value::Flag(record.synthetic),
        Target::Field(place) => record.values.get(*place).cloned().unwrap_or_default(),
    }
}

/// A value as people write it; a choice by its name, unless two are called so.
fn words(kind: &Kind, target: &Target, value: &Value, chinese: bool) -> String {
    match value {
        Value::Empty => String::new(),
        Value::Number(number) => number.to_string(),
        Value::Whole(whole) => whole.to_string(),
        Value::Date(date) => date.to_string(),
        Value::Flag(flag) => match (flag, chinese) {
            (true, true) => "是",
            (false, true) => "否",
            (true, false) => "yes",
            (false, false) => "no",
        }
        .to_owned(),
        Value::Text(text) => {
            let Target::Field(place) = target else { return text.clone() };
            let what = kind.fields.get(*place).map(|field| &field.what);
            let Some(what @ What::Choice { of }) = what else { return text.clone() };
            let name = of
                .iter()
                .find(|choice| choice.key == *text)
                .map(|choice| if chinese { &choice.name.zh } else { &choice.name.en });
            let name = name.filter(|name| {
                Value::read(&helan_base::Raw::Text(name), what).as_ref() == Ok(value)
            });
            name.unwrap_or(text).clone()
        }
    }
}

fn feature(kind: &Kind, record: &Record) -> serde_json::Value {
    let mut properties = serde_json::Map::new();
    for (name, value) in [
        ("key", json!(record.key)),
        ("name", json!(record.name)),
        ("area", json!(record.area.0)),
        ("address", json!(record.address)),
        ("post", json!(record.post)),
        ("synthetic", json!(record.synthetic)),
    ] {
        properties.insert(name.to_owned(), value);
    }
    for (field, value) in kind.fields.iter().zip(&record.values) {
        let value = match value {
            Value::Empty => continue,
            Value::Text(text) => json!(text),
            Value::Number(number) => json!(number),
            Value::Whole(whole) => json!(whole),
            Value::Flag(flag) => json!(flag),
            Value::Date(date) => json!(date),
        };
        properties.insert(field.key.clone(), value);
    }
    let geometry = record.shape.as_ref().map(shape_to_json);
    json!({ "type": "Feature", "geometry": geometry, "properties": properties })
}

/// Texts as a row of a CSV file that the reader beside this gives back as they are.
#[must_use]
pub fn csv_row<'a>(cells: impl Iterator<Item = &'a str>) -> Vec<u8> {
    row(cells.map(safe)).unwrap_or_default()
}

fn line(mut out: impl Write, cells: impl Iterator<Item = String>) -> Result<(), ExportError> {
    let line = row(cells)?;
    out.write_all(&line).map_err(too_large)
}

fn row(cells: impl Iterator<Item = String>) -> Result<Vec<u8>, ExportError> {
    let mut line = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .flexible(true)
        .from_writer(Vec::new());
    line.write_record(cells)?;
    Ok(line.into_inner().unwrap_or_default())
}

fn too_large(error: io::Error) -> ExportError {
    match error.kind() {
        io::ErrorKind::FileTooLarge => ExportError::TooLarge,
        _ => ExportError::Io(error),
    }
}

/// A file that does not grow beyond its limit.
struct Bounded<F: Write> {
    file: BufWriter<F>,
    left: u64,
}

impl<F: Write> Write for Bounded<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let size = bytes.len() as u64;
        if size > self.left {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let written = self.file.write(bytes)?;
        self.left -= written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests;
