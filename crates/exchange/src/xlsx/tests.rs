use std::io::{Seek, Write};

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::*;
use crate::Rows;

fn opened(bytes: &[u8], sheet: Option<&str>) -> Result<Pump, FileError> {
    let mut file = tempfile::tempfile()?;
    file.write_all(bytes)?;
    file.rewind()?;
    open(file, sheet)
}

fn rows(pump: &mut Pump) -> Result<Vec<Row>, FileError> {
    let mut rows = Vec::new();
    while let Some(row) = pump.next()? {
        rows.push(row);
    }
    Ok(rows)
}

/// Title, heading in row 3, values of every type; a second sheet.
fn book() -> Vec<u8> {
    let mut book = Workbook::new();
    book.add_worksheet().set_name("说明").unwrap();
    let sheet = book.add_worksheet();
    sheet.set_name("学校").unwrap();
    sheet.merge_range(0, 0, 0, 4, "2024 年学校台账", &Format::new()).unwrap();
    for (column, name) in (0_u16..).zip(["编号", "名称", "人数", "建成日期", "有食堂"])
    {
        sheet.write_string(2, column, name).unwrap();
    }
    let day = Format::new().set_num_format("yyyy-mm-dd");
    for (row, key) in [(3, "A1"), (5, "A2"), (6, "A3")] {
        sheet.write_string(row, 0, key).unwrap();
        sheet.write_string(row, 1, " 第一小学 ").unwrap();
        sheet.write_number(row, 2, 800).unwrap();
        let date = ExcelDateTime::from_ymd(2024, 3, 5).unwrap();
        sheet.write_datetime_with_format(row, 3, &date, &day).unwrap();
        sheet.write_boolean(row, 4, true).unwrap();
    }
    let other = book.add_worksheet();
    other.set_name("医院").unwrap();
    other.write_row(0, 0, ["编号", "名称"]).unwrap();
    other.write_row(1, 0, ["H1", "县医院"]).unwrap();
    book.save_to_buffer().unwrap()
}

#[test]
fn values_have_their_types_and_titles_are_passed_over() {
    let mut pump = opened(&book(), None).unwrap();
    assert_eq!(pump.heading(), ["编号", "名称", "人数", "建成日期", "有食堂"]);
    assert_eq!(pump.layers(), ["学校", "说明", "医院"]);
    let rows = rows(&mut pump).unwrap();
    assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), [4, 6, 7]);
    let date = Cell::Date(Date::of(2024, 3, 5).unwrap());
    let text = |text: &str| Cell::Text(text.to_owned());
    let cells = [text("A1"), text("第一小学"), Cell::Number(800.0), date, Cell::Flag(true)];
    assert_eq!(rows[0].cells, cells);
}

#[test]
fn a_sheet_can_be_chosen() {
    let mut pump = opened(&book(), Some("医院")).unwrap();
    assert_eq!(pump.layers()[0], "医院");
    assert_eq!(rows(&mut pump).unwrap().len(), 1);
    let error = opened(&book(), Some("火星")).err().unwrap();
    assert!(matches!(error, FileError::NoLayer(name) if name == "火星"));
    assert!(matches!(opened(&book(), Some("说明")).err(), Some(FileError::Empty)));
}

#[test]
fn merged_cells_are_named() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_row(0, 0, ["key", "name", "area"]).unwrap();
    sheet.merge_range(1, 2, 3, 2, "兴庆区", &Format::new()).unwrap();
    for row in 1..=3 {
        sheet.write_string(row, 0, format!("A{row}")).unwrap();
        sheet.write_string(row, 1, "x").unwrap();
    }
    let rows = rows(&mut opened(&book.save_to_buffer().unwrap(), None).unwrap()).unwrap();
    assert_eq!(rows[0].faults, []);
    let fault = Fault::Merged { range: "C2:C4".to_owned() };
    assert_eq!(rows[1].faults, [(Some(2), fault.clone())]);
    assert_eq!(rows[2].faults, [(Some(2), fault)]);

    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, "key").unwrap();
    sheet.merge_range(0, 1, 0, 2, "place", &Format::new()).unwrap();
    let error = opened(&book.save_to_buffer().unwrap(), None).err().unwrap();
    assert!(matches!(&error, FileError::MergedHeading(range) if range == "B1:C1"), "{error}");
}

/// A workbook by hand, as other programs write it: the sheet as given.
fn by_hand(sheet: &str, date1904: bool, strings: &str) -> Vec<u8> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let workbook = format!(
        r#"<workbook xmlns="m" xmlns:r="r"><workbookPr date1904="{}"/>
        <sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>"#,
        u8::from(date1904)
    );
    let styles = r#"<styleSheet><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#;
    let relation = |what: &str, target: &str| {
        let types = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        format!(
            r#"<Relationships><Relationship Id="rId1" Type="{types}/{what}" Target="{target}"/></Relationships>"#
        )
    };
    let rels = relation("worksheet", "worksheets/sheet1.xml");
    let root = relation("officeDocument", "xl/workbook.xml");
    let sheet = format!("<worksheet><sheetData>{sheet}</sheetData></worksheet>");
    for (name, text) in [
        ("_rels/.rels", &*root),
        ("xl/workbook.xml", &workbook),
        ("xl/styles.xml", styles),
        ("xl/_rels/workbook.xml.rels", &rels),
        ("xl/sharedStrings.xml", strings),
        ("xl/worksheets/sheet1.xml", &sheet),
    ] {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        zip.start_file(name, options).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const HEADING: &str =
    r#"<row r="1"><c r="A1" t="str"><v>key</v></c><c r="B1" t="str"><v>built</v></c></row>"#;

#[test]
fn formulas_give_what_the_workbook_holds_or_a_fault() {
    let sheet = format!(
        r##"{HEADING}<row r="2"><c r="A2"><f>1+1</f><v>2</v></c><c r="B2"><f>B1</f></c></row>
        <row r="3"><c r="A3" t="e"><f>B9</f><v>#REF!</v></c></row>"##
    );
    let rows = rows(&mut opened(&by_hand(&sheet, false, "<sst/>"), None).unwrap()).unwrap();
    assert_eq!(rows[0].cells[0], Cell::Number(2.0));
    assert_eq!(rows[0].faults, [(Some(1), Fault::Formula { error: String::new() })]);
    assert_eq!(rows[1].faults, [(Some(0), Fault::Formula { error: "#REF!".to_owned() })]);
}

#[test]
fn days_are_counted_as_the_workbook_counts() {
    let sheet = format!(
        r#"{HEADING}<row r="2"><c r="A2"><v>1</v></c><c r="B2" s="1"><v>43894</v></c></row>"#
    );
    for (date1904, day) in [(false, (2020, 3, 4)), (true, (2024, 3, 5))] {
        let bytes = by_hand(&sheet, date1904, "<sst/>");
        let rows = rows(&mut opened(&bytes, None).unwrap()).unwrap();
        assert_eq!(rows[0].cells[1], Cell::Date(Date::of(day.0, day.1, day.2).unwrap()));
    }
}

#[test]
fn what_would_burst_is_refused_before_it_does() {
    let lying = r#"<sst uniqueCount="99999999999999"></sst>"#;
    let error = opened(&by_hand(HEADING, false, lying), None).err().unwrap();
    assert!(error.to_string().contains("more texts"), "{error}");
    let spaces = |count: usize| " ".repeat(count);
    let many = format!("{HEADING}{}", format!("<row>{}</row>", spaces(1000)).repeat(20_000));
    let error = opened(&by_hand(&many, false, "<sst/>"), None).err().unwrap();
    assert!(matches!(error, FileError::Bomb(_)), "{error}");
    let long = format!("{HEADING}<row><c><v>{}</v></c></row>", spaces(MAX_PIECE));
    let error = opened(&by_hand(&long, false, "<sst/>"), None).err().unwrap();
    assert!(matches!(error, FileError::TooLarge { what: "bytes in a cell", .. }), "{error}");
    let runs = "<r><t>xxxxxxxxxx</t></r>".repeat(MAX_PIECE / 20);
    let rich = format!(r#"{HEADING}<row><c t="inlineStr"><is>{runs}</is></c></row>"#);
    let error = opened(&by_hand(&rich, false, "<sst/>"), None).err().unwrap();
    assert!(matches!(error, FileError::TooLarge { what: "bytes in a cell", .. }), "{error}");
    let short = r#"<c t="inlineStr"><is><r><t>x</t></r></is></c>"#.repeat(40_000);
    let good = format!("{HEADING}<row>{short}</row>");
    assert!(opened(&by_hand(&good, false, "<sst/>"), None).is_ok());
    let error = opened(&by_hand(&format!("{HEADING}<!-- x -->"), false, "<sst/>"), None).err();
    assert!(error.unwrap().to_string().contains("comments"));
    let back = format!(
        r#"{HEADING}<row r="5"><c r="A5"><v>1</v></c></row><row r="3"><c r="A3"><v>1</v></c></row>"#
    );
    let read = rows(&mut opened(&by_hand(&back, false, "<sst/>"), None).unwrap());
    assert!(read.unwrap_err().to_string().contains("order"));
}

#[test]
fn what_is_no_workbook_is_told() {
    for (bytes, words) in [(&b"key,name\n"[..], "XLSX"), (b"PK\x03\x04", "XLSX"), (b"", "XLSX")] {
        let error = opened(bytes, None).err().unwrap().to_string();
        assert!(error.contains(words), "{error}");
    }
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("a.txt", SimpleFileOptions::default()).unwrap();
    let bytes = zip.finish().unwrap().into_inner();
    assert!(opened(&bytes, None).err().unwrap().to_string().contains("no workbook"));
}
