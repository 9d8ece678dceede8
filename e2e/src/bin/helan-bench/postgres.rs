//! What PostgreSQL does with the same readings.

use std::{fmt::Write, time::Duration};

use crate::{
    measure::{figure, median, timed},
    peers::Postgres,
};

const POINTS: u64 = 100;

/// Rows in a second of COPY in durable batches.
pub fn copy(postgres: &Postgres, batch: u64, rows: u64, runs: usize) -> anyhow::Result<f64> {
    let mut figures = Vec::new();
    for _ in 0..runs {
        postgres.run(
            "drop table if exists r; create table r(point int, at bigint, value double precision);",
        )?;
        let script = copy_script(batch, rows)?;
        let (span, done) = timed(|| postgres.run(&script));
        done?;
        figures.push(figure(rows) / span.as_secs_f64());
    }
    Ok(median(figures))
}

fn copy_script(batch: u64, rows: u64) -> anyhow::Result<String> {
    let mut script = String::new();
    for row in 0..rows {
        if row % batch == 0 {
            script.push_str("copy r from stdin;\n");
        }
        let value = 20.0 + figure(row * 7 % 100) / 10.0;
        writeln!(script, "{}\t{}\t{value}", row % POINTS, 1_700_000_000_000 + row)?;
        if (row + 1) % batch == 0 {
            script.push_str("\\.\n");
        }
    }
    Ok(script)
}

/// Bytes of a reading in a table with a key, and the time of reading 100 consecutive values of a point (server time, p99).
pub fn keyed(postgres: &Postgres, rows: u64) -> anyhow::Result<(f64, Duration)> {
    postgres.run(&format!(
        "drop table if exists k; create table k(point int, at bigint, value double precision, primary key (point, at)); \
         insert into k select n % {POINTS}, 1700000000000 + n, 20 + (n * 7 % 100) / 10.0 from generate_series(1, {rows}) n; \
         vacuum analyze k;"
    ))?;
    let bytes: f64 = postgres.run("select pg_total_relation_size('k');")?.trim().parse()?;
    // Timed inside the server, so that the client's own cost does not count against the peer.
    let span = rows / POINTS;
    let probe = format!(
        "do $$ declare t timestamptz; s float8; v float8; spans float8[]; p int; a bigint; begin \
         for i in 1..2000 loop p := (random() * ({POINTS} - 1))::int; \
         a := 1700000000000 + (random() * ({span} - 110))::bigint * {POINTS}; t := clock_timestamp(); \
         perform sum(x.value) from (select value from k where point = p and at >= a order by at limit 100) x; \
         spans := spans || extract(epoch from clock_timestamp() - t)::float8; end loop; \
         create temp table probe as select percentile_disc(0.99) within group (order by u) q from unnest(spans) u; end $$; \
         select q from probe;"
    );
    let p99: f64 = postgres.run(&probe)?.trim().parse()?;
    Ok((bytes / figure(rows), Duration::from_secs_f64(p99)))
}
