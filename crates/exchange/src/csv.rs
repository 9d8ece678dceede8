//! Tables as text: commas, semicolons or tabs; UTF-8, or GBK as Chinese programs still save it.

use std::io::{Read, Seek, SeekFrom};

use encoding_rs::{CoderResult, Decoder, GB18030, UTF_8, UTF_16BE, UTF_16LE};

use crate::{Cell, FileError, Row, Rows, table::armed};

/// Bytes that are looked at to tell encoding and separator.
const SAMPLE: usize = 256 * 1024;
/// Most columns: more is no table.
const MAX_COLUMNS: usize = 1_000;
/// Longest row in bytes: a quotation mark that is never closed must not take all memory.
const MAX_ROW: usize = 1024 * 1024;

/// A table that is read row by row.
pub struct Reader<F> {
    rows: csv::Reader<Utf8<F>>,
    heading: Vec<String>,
    record: csv::StringRecord,
    size: u64,
    /// Number of the last row, and line breaks inside cells so far: people count rows, empty ones included.
    number: u64,
    inside: u64,
}

impl<F: Read + Seek> Reader<F> {
    /// Opens a table.
    pub fn open(mut file: F) -> Result<Self, FileError> {
        let size = file.seek(SeekFrom::End(0))?;
        file.rewind()?;
        let mut sample = Vec::new();
        file.by_ref().take(SAMPLE as u64).read_to_end(&mut sample)?;
        file.rewind()?;
        if sample.iter().all(u8::is_ascii_whitespace) {
            return Err(FileError::Empty);
        }
        if let Some(what) = other_format(&sample) {
            return Err(FileError::Lies { expected: "CSV", why: format!("it is {what}") });
        }
        let decoder = decoder(&sample, size > SAMPLE as u64);
        let separator = separator(&sample);
        let rows = csv::ReaderBuilder::new()
            .flexible(true)
            .delimiter(separator)
            .from_reader(Utf8::new(file, decoder));
        let (heading, record) = (Vec::new(), csv::StringRecord::new());
        let mut reader = Self { rows, heading, record, size, number: 1, inside: 0 };
        let heading = reader.rows.headers().map_err(|error| broken(&error))?;
        reader.inside = breaks(heading);
        reader.heading = heading.iter().map(|name| name.trim().to_owned()).collect();
        if reader.heading.len() > MAX_COLUMNS {
            return Err(FileError::TooLarge { what: "columns", most: MAX_COLUMNS as u64 });
        }
        Ok(reader)
    }
}

impl<F: Read> Reader<F> {
    /// Number of the row that was just read.
    fn count(&mut self) -> u64 {
        let breaks = breaks(&self.record);
        // The reader stands behind the row's own line break.
        let line = self.rows.position().line().saturating_sub(1 + breaks + self.inside);
        self.inside += breaks;
        // Files of old Macintoshes have no line feeds at all: then every row is the next one.
        self.number = line.max(self.number + 1);
        self.number
    }
}

impl<F: Read + Send> Rows for Reader<F> {
    fn heading(&self) -> &[String] {
        &self.heading
    }

    fn next(&mut self) -> Result<Option<Row>, FileError> {
        loop {
            if !self.rows.read_record(&mut self.record).map_err(|error| broken(&error))? {
                return Ok(None);
            }
            let number = self.count();
            if self.record.as_slice().len() > MAX_ROW {
                let why =
                    "longer than a megabyte: perhaps a quotation mark is not closed".to_owned();
                return Err(FileError::Broken { row: number, why });
            }
            // What a sheet leaves below its last row.
            if self.record.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            let cells = self.record.iter().take(self.heading.len()).map(|cell| match cell.trim() {
                "" => Cell::Empty,
                text => Cell::Text(armed(text).to_owned()),
            });
            return Ok(Some(Row { number, cells: cells.collect(), ..Row::default() }));
        }
    }

    fn progress(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "only shown")]
        let part = self.rows.get_ref().taken as f64 / self.size.max(1) as f64;
        part.min(1.0)
    }
}

/// Line breaks inside the cells of a row.
fn breaks(record: &csv::StringRecord) -> u64 {
    record.as_slice().bytes().filter(|byte| *byte == b'\n').count() as u64
}

fn broken(error: &csv::Error) -> FileError {
    let row = error.position().map_or(0, |position| position.record() + 1);
    FileError::Broken { row, why: error.to_string() }
}

/// What the first bytes say that it is instead.
fn other_format(sample: &[u8]) -> Option<&'static str> {
    const SIGNS: [(&[u8], &str); 6] = [
        (b"PK\x03\x04", "a spreadsheet or zip archive"),
        (b"\xd0\xcf\x11\xe0", "an old Excel file"),
        (b"%PDF", "a PDF"),
        (b"SQLite format 3", "a database"),
        (b"\x1f\x8b", "compressed"),
        (b"\x89PNG", "a picture"),
    ];
    let known = SIGNS.iter().find(|(sign, _)| sample.starts_with(sign)).map(|(_, what)| *what);
    let utf16 = sample.starts_with(b"\xff\xfe") || sample.starts_with(b"\xfe\xff");
    known.or_else(|| (!utf16 && sample.contains(&0)).then_some("not text"))
}

/// What the bytes are written in. GB18030 holds GBK and GB 2312.
fn decoder(sample: &[u8], more: bool) -> Decoder {
    if sample.starts_with(b"\xff\xfe") {
        return UTF_16LE.new_decoder_with_bom_removal();
    }
    if sample.starts_with(b"\xfe\xff") {
        return UTF_16BE.new_decoder_with_bom_removal();
    }
    let good = match std::str::from_utf8(sample) {
        Ok(_) => true,
        // The sample may end inside a sign.
        Err(error) => more && error.error_len().is_none(),
    };
    if good { UTF_8.new_decoder_with_bom_removal() } else { GB18030.new_decoder_with_bom_removal() }
}

/// The one of the usual separators that stands most often in the first line.
fn separator(sample: &[u8]) -> u8 {
    let line = sample.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |separator: u8| line.iter().filter(|byte| **byte == separator).count();
    *[b',', b'\t', b';'].iter().rev().max_by_key(|separator| count(**separator)).unwrap_or(&b',')
}

/// Text of any encoding as UTF-8. What cannot be decoded becomes U+FFFD, which no field takes.
struct Utf8<F> {
    file: F,
    decoder: Decoder,
    raw: Vec<u8>,
    text: Vec<u8>,
    given: usize,
    ended: bool,
    taken: u64,
    /// The last sign was a carriage return, which goes when a line feed follows.
    returned: bool,
    /// The last sign given.
    last: u8,
}

impl<F: Read> Utf8<F> {
    /// Bytes read at once.
    const CHUNK: usize = 64 * 1024;

    fn new(file: F, decoder: Decoder) -> Self {
        Self {
            file,
            decoder,
            raw: Vec::new(),
            text: Vec::new(),
            given: 0,
            ended: false,
            taken: 0,
            returned: false,
            last: b'\n',
        }
    }

    fn fill(&mut self) -> std::io::Result<()> {
        self.raw.resize(Self::CHUNK, 0);
        let read = self.file.read(&mut self.raw)?;
        self.taken += read as u64;
        self.ended = read == 0;
        let source = self.raw.get(..read).unwrap_or_default();
        let room = self.decoder.max_utf8_buffer_length(read).unwrap_or(Self::CHUNK * 4);
        self.text.resize(room, 0);
        let (result, _, written, _) =
            self.decoder.decode_to_utf8(source, &mut self.text, self.ended);
        debug_assert_eq!(result, CoderResult::InputEmpty, "the room is enough for all");
        self.text.truncate(written);
        self.even_out();
        self.given = 0;
        Ok(())
    }
}

impl<F: Read> Utf8<F> {
    /// Every line ends with a line feed alone, the last one too, so that lines can be counted.
    fn even_out(&mut self) {
        if self.returned || self.text.contains(&b'\r') {
            let mut even = Vec::with_capacity(self.text.len() + 1);
            for byte in self.text.drain(..) {
                if self.returned && byte != b'\n' {
                    even.push(b'\r');
                }
                self.returned = byte == b'\r';
                if !self.returned {
                    even.push(byte);
                }
            }
            self.text = even;
        }
        if self.ended && self.returned {
            self.text.push(b'\r');
            self.returned = false;
        }
        self.last = self.text.last().copied().unwrap_or(self.last);
        if self.ended && self.last != b'\n' {
            self.text.push(b'\n');
        }
    }
}

impl<F: Read> Read for Utf8<F> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        while self.given == self.text.len() && !self.ended {
            self.fill()?;
        }
        let rest = self.text.get(self.given..).unwrap_or_default();
        let count = rest.len().min(into.len());
        if let (Some(into), Some(from)) = (into.get_mut(..count), rest.get(..count)) {
            into.copy_from_slice(from);
        }
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    fn rows(bytes: &[u8]) -> Result<(Vec<String>, Vec<Row>), FileError> {
        let mut reader = Reader::open(Cursor::new(bytes.to_vec()))?;
        let mut rows = Vec::new();
        while let Some(row) = reader.next()? {
            rows.push(row);
        }
        Ok((reader.heading().to_vec(), rows))
    }

    fn text(text: &str) -> Cell {
        Cell::Text(text.into())
    }

    #[test]
    fn encodings_and_separators_are_told() {
        let table = "编号,名称\r\n1,\"学校, 东区\"\r\n\r\n,\r\n2,医院\r\n";
        let gbk = GB18030.encode(table).0.into_owned();
        let mut bom = b"\xef\xbb\xbf".to_vec();
        bom.extend(table.as_bytes());
        let utf16 = |swap: bool| -> Vec<u8> {
            std::iter::once(0xfeff_u16)
                .chain(table.encode_utf16())
                .flat_map(|unit| if swap { unit.to_be_bytes() } else { unit.to_le_bytes() })
                .collect()
        };
        for bytes in [table.as_bytes().to_vec(), gbk, bom, utf16(false), utf16(true)] {
            let (heading, rows) = rows(&bytes).unwrap();
            assert_eq!(heading, ["编号", "名称"]);
            assert_eq!(rows.len(), 2);
            assert_eq!(rows[0].cells, [text("1"), text("学校, 东区")]);
            // As a spreadsheet numbers them: the empty rows count.
            assert_eq!((rows[0].number, rows[1].number), (2, 5));
        }
        let (heading, found) = rows(b"a;b\n1;2\n").unwrap();
        assert_eq!((heading.len(), found.len()), (2, 1));
        // A cell of two lines is one row; a file may end without a line break; old Macintoshes had only carriage returns.
        for bytes in [&b"a,b\n1,\"x\ny\"\n\n2,z"[..], b"a,b\r\n1,\"x\r\ny\"\r\n\r\n2,z\r\n"] {
            let (_, found) = rows(bytes).unwrap();
            assert_eq!((found[0].number, found[1].number), (2, 4));
            assert_eq!(found[0].cells[1], text("x\ny"));
        }
        let (_, found) = rows(b"a,b\r1,x\r2,y\r").unwrap();
        assert_eq!((found[0].number, found[1].number), (2, 3));
    }

    #[test]
    fn files_that_lie_are_told() {
        for (bytes, words) in [
            (&b"PK\x03\x04rest"[..], "spreadsheet"),
            (b"\xd0\xcf\x11\xe0", "Excel"),
            (b"%PDF-1.4", "PDF"),
            (b"a,b\n\0\0\0", "not text"),
            (b" \r\n ", "empty"),
            (b"", "empty"),
        ] {
            let error = rows(bytes).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn an_open_quotation_mark_ends_with_words() {
        let mut table = b"a,b\n1,\"".to_vec();
        table.extend(vec![b'x'; MAX_ROW + 1]);
        assert!(rows(&table).unwrap_err().to_string().contains("quotation"));
    }

    proptest! {
        #[test]
        fn any_bytes_end_well(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            drop(rows(&bytes));
        }
    }
}
