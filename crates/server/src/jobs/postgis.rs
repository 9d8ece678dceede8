//! The base database as tables of PostgreSQL with PostGIS geometry: for programs that ask there.
//!
//! A copy, made whole: each kind becomes a table of the schema `helan` in a transaction of its own, so whoever reads sees the old
//! table or the new one. What else is in the database is not touched.

use std::{fmt::Write as _, path::Path};

use anyhow::{Context, Result};
use bytes::Bytes;
use futures_util::SinkExt;
use helan_base::{Kind, Kinds, RecordId, Value, What, shape_to_ewkb};
use helan_kernel::AreaCode;
use helan_store::base::{BaseReader, Page, Stored};
use tokio_postgres::{Client, NoTls};

/// Records read at once.
const PART: usize = 2_000;

/// Copies all kinds; says for each how many records there are.
///
/// # Errors
/// When the base database cannot be read, or the database cannot be reached, has no PostGIS or refuses.
pub async fn copy(
    folder: &Path,
    kinds: Vec<Kind>,
    url: &str,
    say: impl Fn(&str, u64),
) -> Result<()> {
    let kinds = Kinds::new(kinds)?;
    let reader = BaseReader::open(folder, &kinds).context("base database")?;
    let (mut client, connection) =
        tokio_postgres::connect(url, NoTls).await.context("PostgreSQL")?;
    let connection = tokio::spawn(connection);
    client
        .batch_execute("CREATE EXTENSION IF NOT EXISTS postgis; CREATE SCHEMA IF NOT EXISTS helan;")
        .await
        .context("the extension postgis, or the schema helan")?;
    for kind in kinds.iter() {
        let count = table(&mut client, &reader, kind).await.context(kind.key.clone())?;
        say(&kind.key, count);
    }
    drop(client);
    connection.await?.context("PostgreSQL")
}

/// One kind. Keys of kinds and fields are made of a-z, 0-9, `-` and `_`: they can stand between quotes.
async fn table(client: &mut Client, reader: &BaseReader, kind: &Kind) -> Result<u64> {
    let columns = kind.fields.iter().fold(String::new(), |mut text, field| {
        // Writing into a string cannot fail.
        let _written = write!(text, ", \"{}\" {}", field.key, sql_type(&field.what));
        text
    });
    let change = client.transaction().await?;
    change
        .batch_execute(&format!(
            "DROP TABLE IF EXISTS helan.\"{0}\";
             CREATE TABLE helan.\"{0}\" (id bigint PRIMARY KEY, key text UNIQUE NOT NULL, name text NOT NULL,
                area integer NOT NULL, address text NOT NULL, post text NOT NULL, synthetic boolean NOT NULL,
                checked_at timestamptz NOT NULL, changed_at timestamptz NOT NULL{columns},
                geom geometry(Geometry, 4326));",
            kind.key
        ))
        .await?;
    let sink =
        change.copy_in::<_, Bytes>(&format!("COPY helan.\"{}\" FROM STDIN", kind.key)).await?;
    let mut sink = Box::pin(sink);
    let (mut after, mut count) = (RecordId(0), 0);
    loop {
        let page = Page { area: AreaCode::ALL, after, most: PART };
        let part = reader.list(&kind.key, page)?;
        let Some(last) = part.last() else { break };
        after = last.id;
        count += part.len() as u64;
        let mut rows = String::new();
        for stored in &part {
            row(&mut rows, stored)?;
        }
        sink.send(Bytes::from(rows)).await?;
    }
    sink.as_mut().finish().await?;
    change
        .batch_execute(&format!(
            "CREATE INDEX ON helan.\"{0}\" USING gist (geom); CREATE INDEX ON helan.\"{0}\" (area);",
            kind.key
        ))
        .await?;
    change.commit().await?;
    Ok(count)
}

const fn sql_type(what: &What) -> &'static str {
    match what {
        What::Text { .. } | What::Phone | What::Choice { .. } => "text",
        What::Number { .. } => "double precision",
        What::Whole { .. } => "bigint",
        What::Flag => "boolean",
        What::Date => "date",
    }
}

/// A row in the text format of COPY.
fn row(rows: &mut String, stored: &Stored) -> Result<()> {
    let record = &stored.record;
    write!(rows, "{}", stored.id.0)?;
    for text in [&record.key, &record.name] {
        rows.push('\t');
        escape(rows, text);
    }
    write!(rows, "\t{}", record.area.0)?;
    for text in [&record.address, &record.post] {
        rows.push('\t');
        escape(rows, text);
    }
    write!(rows, "\t{}", record.synthetic)?;
    for at in [stored.checked_at, stored.changed_at] {
        let at = jiff::Timestamp::from_millisecond(at.0)?;
        write!(rows, "\t{at}")?;
    }
    for value in &record.values {
        rows.push('\t');
        match value {
            Value::Empty => rows.push_str("\\N"),
            Value::Text(text) => escape(rows, text),
            Value::Number(number) => write!(rows, "{number}")?,
            Value::Whole(whole) => write!(rows, "{whole}")?,
            Value::Flag(flag) => write!(rows, "{flag}")?,
            Value::Date(date) => write!(rows, "{date}")?,
        }
    }
    rows.push('\t');
    match &record.shape {
        None => rows.push_str("\\N"),
        Some(shape) => {
            for byte in shape_to_ewkb(shape)? {
                write!(rows, "{byte:02x}")?;
            }
        }
    }
    rows.push('\n');
    Ok(())
}

fn escape(rows: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '\\' => rows.push_str("\\\\"),
            '\t' => rows.push_str("\\t"),
            '\n' => rows.push_str("\\n"),
            '\r' => rows.push_str("\\r"),
            c => rows.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn what_would_end_a_cell_or_row_is_escaped() {
        let mut rows = String::new();
        escape(&mut rows, "a\tb\\N\nc\r");
        assert_eq!(rows, "a\\tb\\\\N\\nc\\r");
    }
}
