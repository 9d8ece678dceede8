//! Objects of a JSON document, as other systems answer: a list of them, somewhere in the document.

use std::{collections::BTreeSet, fs::File, io::Read, path::Path};

use serde_json::{Map, Value};

use crate::{FileError, Row, Rows, geojson};

/// Largest document: it is read as a whole, and takes some times its size of memory.
const MAX_BYTES: u64 = 64 * 1024 * 1024;
/// Most columns: more is no table.
const MAX_COLUMNS: usize = 1_000;

struct Reader {
    heading: Vec<String>,
    objects: std::vec::IntoIter<Map<String, Value>>,
    count: usize,
}

/// Opens a document. The list is where `list` points to (RFC 6901); with an empty pointer the document is the list, or a
/// GeoJSON collection.
///
/// # Errors
/// When there is no list of objects.
pub fn open_records(path: &Path, list: &str) -> Result<Box<dyn Rows>, FileError> {
    let lies = |why: &str| FileError::Lies { expected: "JSON", why: why.to_owned() };
    let file = File::open(path)?;
    if file.metadata()?.len() > MAX_BYTES {
        return Err(FileError::TooLarge { what: "bytes of JSON", most: MAX_BYTES });
    }
    let mut text = String::new();
    { file }.read_to_string(&mut text).map_err(|error| lies(&error.to_string()))?;
    let mut document: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| lies(&error.to_string()))?;
    let found = document.pointer_mut(list).map(Value::take);
    let objects = match found {
        Some(Value::Array(items)) => items,
        Some(Value::Object(object)) if object.get("type") == Some(&"FeatureCollection".into()) => {
            let text = Value::Object(object).to_string();
            return Ok(Box::new(geojson::Reader::open(std::io::Cursor::new(text))?));
        }
        Some(_) => return Err(lies("there is no list")),
        None => return Err(lies(&format!("there is nothing at {list}"))),
    };
    let mut rows = Vec::with_capacity(objects.len());
    for item in objects {
        let Value::Object(object) = item else { return Err(lies("the list has no objects")) };
        rows.push(flat(object));
    }
    let names: BTreeSet<&String> = rows.iter().flat_map(Map::keys).collect();
    if names.len() > MAX_COLUMNS {
        return Err(FileError::TooLarge { what: "columns", most: MAX_COLUMNS as u64 });
    }
    let heading = names.into_iter().cloned().collect();
    Ok(Box::new(Reader { heading, count: rows.len(), objects: rows.into_iter() }))
}

/// Members of members are columns of their own, one level deep: `address.street`.
fn flat(object: Map<String, Value>) -> Map<String, Value> {
    let mut all = Map::new();
    for (name, value) in object {
        match value {
            Value::Object(inner) => {
                for (part, value) in inner {
                    all.insert(format!("{name}.{part}"), value);
                }
            }
            value => drop(all.insert(name, value)),
        }
    }
    all
}

impl Rows for Reader {
    fn heading(&self) -> &[String] {
        &self.heading
    }

    fn next(&mut self) -> Result<Option<Row>, FileError> {
        let number = (self.count - self.objects.len()) as u64 + 1;
        let Some(mut object) = self.objects.next() else { return Ok(None) };
        let cells = self.heading.iter().map(|name| geojson::cell(object.remove(name)));
        Ok(Some(Row { number, cells: cells.collect(), ..Row::default() }))
    }

    fn progress(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "only shown")]
        let rest = self.objects.len() as f64 / self.count.max(1) as f64;
        1.0 - rest
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::Cell;

    fn rows(text: &str, list: &str) -> Result<(Vec<String>, Vec<Row>), FileError> {
        let mut file = tempfile::NamedTempFile::new()?;
        file.write_all(text.as_bytes())?;
        let mut reader = open_records(file.path(), list)?;
        let mut rows = Vec::new();
        while let Some(row) = reader.next()? {
            rows.push(row);
        }
        Ok((reader.heading().to_vec(), rows))
    }

    #[test]
    fn objects_become_rows_wherever_the_list_is() {
        let list = r#"[{"id": 7, "at": {"lon": 106.2}, "open": true}, {"id": "8", "name": null}]"#;
        for (text, pointer) in
            [(list.to_owned(), ""), (format!(r#"{{"data": {{"rows": {list}}}}}"#), "/data/rows")]
        {
            let (heading, rows) = rows(&text, pointer).unwrap();
            assert_eq!(heading, ["at.lon", "id", "name", "open"]);
            let cells = [Cell::Number(106.2), Cell::Number(7.0), Cell::Empty, Cell::Flag(true)];
            assert_eq!(rows[0].cells, cells);
            assert_eq!((rows[1].number, &rows[1].cells[1]), (2, &Cell::Text("8".into())));
        }
        let map = r#"{"type": "FeatureCollection", "features": [{"type": "Feature",
            "properties": {"id": 1}, "geometry": {"type": "Point", "coordinates": [106, 38]}}]}"#;
        assert!(rows(map, "").unwrap().1[0].shape.is_some());
    }

    #[test]
    fn what_is_no_list_is_told() {
        for (text, list) in [("", ""), ("{}", ""), ("[1]", ""), ("{}", "/a"), ("[", ""), ("7", "")]
        {
            assert!(matches!(rows(text, list), Err(FileError::Lies { .. })), "{text}");
        }
    }
}
