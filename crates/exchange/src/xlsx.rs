//! Workbooks as XLSX (ECMA-376): one sheet, row by row. Values of formulas are those that the workbook holds; nothing is
//! calculated.

use std::{
    fs::File,
    io::{BufReader, Read, Seek},
};

use calamine::{DataRef, Dimensions, Reader as _, Xlsx, XlsxError};
use helan_base::{Date, Fault};
use memchr::memmem;
use quick_xml::events::Event;

use crate::{
    Cell, FileError, Row, archive,
    pump::{Head, Outlet, Pump, Stop},
};

/// Most columns: more is no table.
const MAX_COLUMNS: usize = 1_000;
/// Merged ranges of one sheet: a sheet that is laid out by hand has some hundred.
const MAX_MERGED: usize = 100_000;
/// Bytes from one tag to the next: a cell has 32 767 characters, and signs may be written as numbers.
const MAX_PIECE: usize = 1024 * 1024;
/// Bytes of the texts of a workbook, which are held in memory.
const MAX_STRINGS: u64 = 128 * 1024 * 1024;
/// Rows in which a heading is looked for: titles and notes stand above it.
const MAX_TITLE: u32 = 20;

type Book = Xlsx<BufReader<File>>;

/// Opens a workbook: the sheet with this name, or the first one with something in it.
pub fn open(mut file: File, sheet: Option<&str>) -> Result<Pump, FileError> {
    let mut first = Vec::new();
    file.by_ref().take(4).read_to_end(&mut first)?;
    file.rewind()?;
    if first == b"\xd0\xcf\x11\xe0" {
        return Err(FileError::OldWorkbook);
    }
    let mut shape = Shape::default();
    let look = |name: &str, piece: &[u8]| shape.look(name, piece);
    let (archive, entries) = archive::checked(BufReader::new(file), "XLSX", look)?;
    if !entries.iter().any(|entry| entry.name.to_lowercase().ends_with("workbook.xml")) {
        let binary = entries.iter().any(|entry| entry.name.ends_with("workbook.bin"));
        let why = if binary { "it is a binary workbook (.xlsb)" } else { "it has no workbook" };
        return Err(lies(why.to_owned()));
    }
    let mut file = strings_fit(archive, &entries)?;
    file.rewind()?;
    let sheet = sheet.map(str::to_owned);
    Pump::start(move |out| read(file, sheet, out))
}

/// What the parts of a workbook look like before they are read. The reader takes each piece of XML, each text and all merged
/// ranges into memory at once: they must be as small as in any workbook that a program wrote.
#[derive(Default)]
struct Shape {
    name: String,
    /// The end of the piece before: a word may lie across two.
    end: Vec<u8>,
    /// Bytes since a tag began.
    since: usize,
    /// Bytes of a text that is in its cell, so far; none outside of one.
    inside: Option<usize>,
    merged: usize,
}

impl Shape {
    /// Bytes kept of the piece before: fewer than the longest word that is looked for.
    const KEPT: usize = 9;

    fn look(&mut self, name: &str, piece: &[u8]) -> Result<(), FileError> {
        let end = name.rsplit('.').next().unwrap_or_default();
        if !end.eq_ignore_ascii_case("xml") && !end.eq_ignore_ascii_case("rels") {
            return Ok(());
        }
        if self.name != name {
            *self = Self { name: name.to_owned(), ..Self::default() };
        }
        let both = [&self.end, piece].concat();
        self.merged += memmem::find_iter(&both, b"mergeCell ").count();
        if self.merged > MAX_MERGED {
            let most = MAX_MERGED as u64;
            return Err(FileError::TooLarge { what: "merged ranges", most });
        }
        if memmem::find(&both, b"<!").is_some() {
            return Err(lies(format!("{name} has comments or declarations")));
        }
        self.inside = match (memmem::rfind(&both, b"<is"), memmem::rfind(&both, b"</is")) {
            (begun, ended) if ended > begun => None,
            (Some(begun), _) => Some(both.len() - begun),
            (None, _) => self.inside.map(|inside| inside + piece.len()),
        };
        self.end = both.get(both.len().saturating_sub(Self::KEPT)..).unwrap_or_default().to_vec();
        let mut longest = self.inside.unwrap_or(0);
        let mut last = None;
        for at in memchr::memchr_iter(b'<', piece) {
            longest = longest.max(last.map_or(self.since + at, |last| at - last));
            last = Some(at);
        }
        self.since = last.map_or(self.since + piece.len(), |last| piece.len() - last);
        if longest.max(self.since) > MAX_PIECE {
            return Err(FileError::TooLarge { what: "bytes in a cell", most: MAX_PIECE as u64 });
        }
        Ok(())
    }
}

fn lies(why: String) -> FileError {
    FileError::Lies { expected: "XLSX", why }
}

fn broken(row: u32, error: &XlsxError) -> FileError {
    FileError::Broken { row: u64::from(row) + 1, why: error.to_string() }
}

/// The number of texts that a workbook announces is taken on trust when room is made for them: it must be possible.
fn strings_fit(
    mut archive: zip::ZipArchive<BufReader<File>>,
    entries: &[archive::Entry],
) -> Result<BufReader<File>, FileError> {
    for (place, entry) in entries.iter().enumerate() {
        if !entry.name.to_lowercase().ends_with("sharedstrings.xml") {
            continue;
        }
        if entry.size > MAX_STRINGS {
            return Err(FileError::TooLarge { what: "bytes of text", most: MAX_STRINGS });
        }
        let inner = archive.by_index(place).map_err(|error| lies(error.to_string()))?;
        let mut xml = quick_xml::Reader::from_reader(BufReader::new(inner));
        let mut buffer = Vec::new();
        loop {
            buffer.clear();
            let event = xml.read_event_into(&mut buffer);
            match event.map_err(|error| lies(error.to_string()))? {
                Event::Start(first) | Event::Empty(first) => {
                    for attribute in first.attributes().flatten() {
                        let count = attribute.value.parse::<u64>();
                        // The shortest text takes seven bytes: `<si/>` and a line of the table of the archive.
                        let possible = |count: u64| count <= entry.size / 5;
                        if attribute.key.local_name().as_ref() == "uniqueCount"
                            && !count.is_ok_and(possible)
                        {
                            return Err(lies("it announces more texts than it has".to_owned()));
                        }
                    }
                    break;
                }
                Event::Eof => break,
                _ => {}
            }
        }
    }
    Ok(archive.into_inner())
}

fn read(file: BufReader<File>, sheet: Option<String>, out: &Outlet) -> Result<(), Stop> {
    let mut book: Book = Xlsx::new(file).map_err(|error| lies(error.to_string()))?;
    let mut layers = book.sheet_names();
    let chosen = match sheet {
        Some(name) if layers.contains(&name) => name,
        Some(name) => return Err(FileError::NoLayer(name).into()),
        None => with_data(&mut book, &layers)?,
    };
    layers.sort_by_key(|name| *name != chosen);
    let mut merged = book.merge_cells_by_sheet_name(&chosen).map_err(|error| broken(0, &error))?;
    merged.sort_by_key(|range| range.start);
    let cells = book.worksheet_cells_reader(&chosen).map_err(|error| lies(error.to_string()))?;
    let last = cells.dimensions().end.0;
    let mut table = Table { cells, waiting: None, row: 0, over: false };
    let Some((number, heading)) = heading(&mut table)? else { return Err(FileError::Empty.into()) };
    if let Some(range) = merged.iter().find(|range| covers(range, number) && is_wide(range)) {
        let name = range_name(range);
        return Err(FileError::MergedHeading(name).into());
    }
    let width = heading.len();
    out.head(Head { heading, layers })?;
    let mut merged = Merged { rest: merged.into_iter().peekable(), here: Vec::new() };
    while let Some((number, found)) = table.next()? {
        let mut row = Row { number: u64::from(number) + 1, ..Row::default() };
        row.cells.resize(width, Cell::Empty);
        for (column, value) in found {
            let place = column as usize;
            let Some(cell) = row.cells.get_mut(place) else { continue };
            match value {
                Found::Cell(value) => *cell = value,
                Found::Formula(error) => row.faults.push((Some(place), Fault::Formula { error })),
            }
        }
        let merged_here = merged.faults(number, width);
        // What a sheet leaves below its last row.
        let empty = row.cells.iter().all(|cell| *cell == Cell::Empty) && row.faults.is_empty();
        if empty {
            continue;
        }
        row.faults.extend(merged_here);
        out.row(row)?;
        if number.is_multiple_of(256) {
            out.progress(number.into(), last.max(number).into());
        }
    }
    Ok(())
}

/// The first sheet with something in it.
fn with_data(book: &mut Book, sheets: &[String]) -> Result<String, FileError> {
    for name in sheets {
        // Charts are sheets without cells.
        let Ok(mut cells) = book.worksheet_cells_reader(name) else { continue };
        while let Some(cell) = cells.next_cell().map_err(|error| broken(0, &error))? {
            if *cell.get_value() != DataRef::Empty {
                return Ok(name.clone());
            }
        }
    }
    Err(FileError::Empty)
}

/// The heading: the first row with two cells or more. A row with one cell above it is a title. Gives its number from 0.
fn heading<F: Read + Seek>(
    table: &mut Table<'_, F>,
) -> Result<Option<(u32, Vec<String>)>, FileError> {
    let mut title: Option<(u32, Vec<String>)> = None;
    while let Some((number, found)) = table.next()? {
        let mut names = Vec::new();
        for (column, value) in found {
            let Found::Cell(value) = value else { continue };
            if value == Cell::Empty {
                continue;
            }
            let place = column as usize;
            if place >= MAX_COLUMNS {
                return Err(FileError::TooLarge { what: "columns", most: MAX_COLUMNS as u64 });
            }
            names.resize(names.len().max(place + 1), String::new());
            if let Some(name) = names.get_mut(place) {
                *name = value.raw().to_string();
            }
        }
        match names.iter().filter(|name| !name.is_empty()).count() {
            0 => {}
            1 if number < MAX_TITLE => {
                title.get_or_insert((number, names));
            }
            _ => return Ok(Some((number, names))),
        }
    }
    // A table of one column has no second cell anywhere.
    Ok(title)
}

/// What stands in a cell.
enum Found {
    Cell(Cell),
    /// A formula without a value, or with this error.
    Formula(String),
}

/// A row with its number, and its cells with theirs; both from 0.
type Line = (u32, Vec<(u32, Found)>);

/// A sheet by rows.
struct Table<'a, F: Read + Seek> {
    cells: calamine::XlsxCellReader<'a, F>,
    /// First cell of the next row.
    waiting: Option<(u32, u32, Found)>,
    row: u32,
    /// Nothing comes any more; the library must not be asked again.
    over: bool,
}

impl<F: Read + Seek> Table<'_, F> {
    /// The next row that has cells, with its number from 0.
    fn next(&mut self) -> Result<Option<Line>, FileError> {
        let mut found = Vec::new();
        loop {
            let next = match self.waiting.take() {
                Some(waiting) => Some(waiting),
                None if self.over => None,
                None => self.cell()?,
            };
            let Some((row, column, value)) = next else {
                self.over = true;
                break;
            };
            if found.is_empty() {
                if row < self.row {
                    let why = "its rows are not in order".to_owned();
                    return Err(FileError::Broken { row: u64::from(row) + 1, why });
                }
                self.row = row;
            } else if row != self.row {
                self.waiting = Some((row, column, value));
                break;
            }
            // Cells beyond any table are passed over, so that a row takes no more room than a row may.
            if column as usize <= MAX_COLUMNS && found.len() <= MAX_COLUMNS {
                found.push((column, value));
            }
        }
        Ok((!found.is_empty()).then_some((self.row, found)))
    }

    fn cell(&mut self) -> Result<Option<(u32, u32, Found)>, FileError> {
        let next = self.cells.next_cell_with_formula_metadata();
        let Some(cell) = next.map_err(|error| broken(self.row, &error))? else { return Ok(None) };
        let value = match cell.value {
            DataRef::Error(error) => Found::Formula(error.to_string()),
            DataRef::Empty if cell.formula.is_some() => Found::Formula(String::new()),
            value => Found::Cell(cell_of(value)),
        };
        Ok(Some((cell.pos.0, cell.pos.1, value)))
    }
}

fn cell_of(value: DataRef<'_>) -> Cell {
    #[expect(clippy::cast_precision_loss, reason = "sheets count in floating point")]
    let number = |whole: i64| Cell::Number(whole as f64);
    match value {
        DataRef::Int(whole) => number(whole),
        DataRef::Float(number) => Cell::Number(number),
        DataRef::Bool(flag) => Cell::Flag(flag),
        DataRef::SharedString(text) => text_of(text),
        DataRef::String(text) | DataRef::DurationIso(text) => text_of(&text),
        DataRef::DateTimeIso(text) => Date::read(&text).map_or_else(|| text_of(&text), Cell::Date),
        // A time of day or a span of hours is a part of a day, and no day.
        DataRef::DateTime(time) if time.is_duration() || time.as_f64() < 1.0 => {
            Cell::Number(time.as_f64())
        }
        DataRef::DateTime(time) => {
            let (year, month, day, ..) = time.to_ymd_hms_milli();
            let date = Date::of(year.into(), month.into(), day.into());
            date.map_or(Cell::Number(time.as_f64()), Cell::Date)
        }
        DataRef::Error(_) | DataRef::Empty => Cell::Empty,
    }
}

fn text_of(text: &str) -> Cell {
    match text.trim() {
        "" => Cell::Empty,
        text => Cell::Text(text.to_owned()),
    }
}

const fn covers(range: &Dimensions, row: u32) -> bool {
    range.start.0 <= row && row <= range.end.0
}

const fn is_wide(range: &Dimensions) -> bool {
    range.start.1 != range.end.1 || range.start.0 != range.end.0
}

fn range_name(range: &Dimensions) -> String {
    let cell = |(row, column): (u32, u32)| {
        let mut letters = Vec::new();
        let mut rest = u64::from(column) + 1;
        while rest > 0 {
            letters.push(char::from(b'A' + u8::try_from((rest - 1) % 26).unwrap_or(0)));
            rest = (rest - 1) / 26;
        }
        letters.reverse();
        format!("{}{}", letters.into_iter().collect::<String>(), u64::from(row) + 1)
    };
    format!("{}:{}", cell(range.start), cell(range.end))
}

/// Merged ranges, row by row.
struct Merged {
    /// Those that begin further down.
    rest: std::iter::Peekable<std::vec::IntoIter<Dimensions>>,
    /// Those that the row may lie in.
    here: Vec<Dimensions>,
}

impl Merged {
    /// The cells of a row that lie in a merged range and are not its first: what they hold cannot be told.
    fn faults(&mut self, row: u32, width: usize) -> Vec<(Option<usize>, Fault)> {
        while let Some(range) = self.rest.next_if(|range| range.start.0 <= row) {
            self.here.push(range);
        }
        self.here.retain(|range| range.end.0 >= row);
        let mut faults = Vec::new();
        for range in &self.here {
            let last = (range.end.1 as usize).min(width.saturating_sub(1));
            for place in range.start.1 as usize..=last {
                let first = (row, place) == (range.start.0, range.start.1 as usize);
                if !first && faults.len() < width {
                    faults.push((Some(place), Fault::Merged { range: range_name(range) }));
                }
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests;
