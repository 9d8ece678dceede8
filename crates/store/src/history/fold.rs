//! Readings of turns become chunks of one point each.
//!
//! A point has full chunks, one after another, and one that grows. The growing ones lie close together in a table of their
//! own, so that a few readings of every point cost little writing; a chunk that is full moves to its place in time.
//! A full chunk owns every second from its first to its last, the next chunk begins in a later second: so the key of a
//! chunk is one number, (point, second), and a reading that comes late has exactly one place.

use helan_kernel::{Ms, PointId, Quality};
use rusqlite::{OptionalExtension, Transaction, params};

use super::{Writer, set_position};
use crate::{
    StoreError,
    codec::{
        Kept,
        chunk::{self, Sample},
    },
    journal::{Enough, JournalReader},
};

/// Readings folded in one transaction: about half a second of work, 16 MiB of memory.
const READINGS: usize = 500_000;
/// Readings of a full chunk: long enough to be small, short enough that a few of its readings are found in microseconds.
const FULL: usize = 768;

/// A reading on its way to its chunk. `order` tells which of two for the same moment came first.
struct Loose {
    point: u32,
    order: u32,
    at: i64,
    value: f64,
    quality: Quality,
}

impl Writer {
    /// Folds readings of the next turns, in one transaction. Gives the position reached and how many readings went in.
    ///
    /// # Errors
    /// When the journal cannot be read or the history not written: then nothing is changed.
    pub fn fold(&mut self, journal: &JournalReader) -> Result<(u64, u64), StoreError> {
        let start = self.positions()?.readings;
        let mut loose: Vec<Loose> = Vec::new();
        let mut seq = start;
        let mut order = 0;
        journal.read(start, |turn| {
            seq = turn.seq;
            if turn.count > 0 {
                let mut readings = turn.readings()?;
                while let Some((reading, kept)) = readings.next_reading()? {
                    if kept == Kept::Yes {
                        loose.push(Loose {
                            point: reading.point.0,
                            order,
                            at: reading.at.0,
                            value: reading.value,
                            quality: reading.quality,
                        });
                        order += 1;
                    }
                }
            }
            Ok::<_, StoreError>(if loose.len() >= READINGS { Enough::Yes } else { Enough::No })
        })?;
        if seq == start {
            return Ok((seq, 0));
        }
        loose.sort_unstable_by_key(|l| (l.point, l.at, l.order));
        let tx = self.db.transaction()?;
        let mut fold = Fold::new(&tx);
        let mut new = Vec::new();
        for of_point in loose.chunk_by(|a, b| a.point == b.point) {
            new.clear();
            new.extend(of_point.iter().map(|l| Sample {
                at: Ms(l.at),
                value: l.value,
                quality: l.quality,
            }));
            // The first value for a moment stays, as it does in the engine.
            new.dedup_by_key(|sample| sample.at);
            if let Some(first) = of_point.first() {
                fold.point(PointId(first.point), &new)?;
            }
        }
        set_position(&tx, "readings", seq)?;
        tx.commit()?;
        Ok((seq, loose.len() as u64))
    }
}

/// Key of a chunk of a point that begins at a moment: the point, then the second. Moments before 1970 or after 2106, which
/// intake refuses, share the first or last second.
pub(super) fn key(point: PointId, at: Ms) -> i64 {
    let second = u32::try_from(at.0.div_euclid(1000).max(0)).unwrap_or(u32::MAX);
    (i64::from(point.0) << 32) | i64::from(second)
}

/// The first and the last key that chunks of a point can have.
pub(super) fn keys(point: PointId) -> (i64, i64) {
    (key(point, Ms(0)), key(point, Ms::MAX))
}

pub(super) struct Fold<'a> {
    tx: &'a Transaction<'a>,
    bytes: Vec<u8>,
}

impl<'a> Fold<'a> {
    pub(super) fn new(tx: &'a Transaction<'a>) -> Self {
        Self { tx, bytes: Vec::new() }
    }

    /// Takes readings of a point before a moment out of the chunk that grows.
    pub(super) fn forget(&mut self, point: PointId, before: Ms) -> Result<(), StoreError> {
        let Some(all) = self.growing(point)? else { return Ok(()) };
        let old = all.partition_point(|sample| sample.at < before);
        match all.get(old..) {
            Some(rest) if old > 0 => self.put_growing(point, rest, true),
            _ => Ok(()),
        }
    }

    /// Puts new readings of a point, in order of time, where they belong.
    fn point(&mut self, point: PointId, mut new: &[Sample]) -> Result<(), StoreError> {
        let growing = self.growing(point)?;
        let first_at = growing.as_ref().and_then(|g| g.first()).map(|s| s.at);
        let oldest = new.first().map_or(Ms::MAX, |s| s.at);
        // What is not before the growing chunk is after all full ones: no need to look for them.
        if first_at.is_none_or(|first| key(point, oldest) < key(point, first))
            && let Some(end) = self.end_of_full(point)?
        {
            let late = new.partition_point(|s| key(point, s.at) <= key(point, end));
            let (old, rest) = new.split_at_checked(late).unwrap_or((new, &[]));
            self.late(point, old)?;
            new = rest;
        }
        if new.is_empty() {
            return Ok(());
        }
        let had = growing.is_some();
        let all = merge(growing.unwrap_or_default(), new);
        let rest = self.put_full(point, &all)?;
        self.put_growing(point, rest, had)
    }

    /// Readings for times that full chunks own.
    fn late(&mut self, point: PointId, mut late: &[Sample]) -> Result<(), StoreError> {
        while let Some(first) = late.first() {
            let (lowest, highest) = keys(point);
            let (id, data) = self
                .tx
                .prepare_cached(
                    "SELECT id, data FROM chunk WHERE id = coalesce(
                         (SELECT max(id) FROM chunk WHERE id BETWEEN ?1 AND ?2),
                         (SELECT min(id) FROM chunk WHERE id BETWEEN ?1 AND ?3))",
                )?
                .query_row(params![lowest, key(point, first.at), highest], |row| {
                    Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?))
                })?;
            let next: Option<i64> = self
                .tx
                .prepare_cached("SELECT min(id) FROM chunk WHERE id > ?1 AND id <= ?2")?
                .query_row([id, highest], |row| row.get(0))?;
            let own =
                next.map_or(late.len(), |next| late.partition_point(|s| key(point, s.at) < next));
            let (these, others) = late.split_at_checked(own).unwrap_or((late, &[]));
            late = others;
            let mut old = Vec::new();
            chunk::decode(&data, &mut old)?;
            let before = old.len();
            let all = merge(old, these);
            if all.len() > before {
                self.tx.prepare_cached("DELETE FROM chunk WHERE id = ?1")?.execute([id])?;
                let rest = if all.len() >= 2 * FULL { self.put_full(point, &all)? } else { &all };
                self.put_chunk(point, rest)?;
            }
        }
        Ok(())
    }

    /// Writes as many full chunks as there are, each ending at the end of a second; gives what is left.
    fn put_full<'s>(
        &mut self,
        point: PointId,
        mut all: &'s [Sample],
    ) -> Result<&'s [Sample], StoreError> {
        while let Some(last) = all.get(FULL - 1) {
            let more = all.get(FULL..).unwrap_or(&[]);
            let end = FULL + more.partition_point(|s| key(point, s.at) <= key(point, last.at));
            let (full, rest) = all.split_at_checked(end).unwrap_or((all, &[]));
            self.put_chunk(point, full)?;
            all = rest;
        }
        Ok(all)
    }

    fn put_chunk(&mut self, point: PointId, samples: &[Sample]) -> Result<(), StoreError> {
        if let (Some(first), Some(last)) = (samples.first(), samples.last()) {
            chunk::encode(samples, &mut self.bytes);
            self.tx
                .prepare_cached("INSERT INTO chunk (id, last_at, data) VALUES (?1, ?2, ?3)")?
                .execute(params![key(point, first.at), last.at.0, self.bytes])?;
        }
        Ok(())
    }

    fn put_growing(
        &mut self,
        point: PointId,
        rest: &[Sample],
        had: bool,
    ) -> Result<(), StoreError> {
        if let Some(first) = rest.first() {
            chunk::encode(rest, &mut self.bytes);
            self.tx
                .prepare_cached(
                    "INSERT INTO growing (point, first_at, data) VALUES (?1, ?2, ?3)
                     ON CONFLICT (point) DO UPDATE
                     SET first_at = excluded.first_at, data = excluded.data",
                )?
                .execute(params![point.0, first.at.0, self.bytes])?;
        } else if had {
            self.tx.prepare_cached("DELETE FROM growing WHERE point = ?1")?.execute([point.0])?;
        }
        Ok(())
    }

    fn growing(&self, point: PointId) -> Result<Option<Vec<Sample>>, StoreError> {
        let mut select = self.tx.prepare_cached("SELECT data FROM growing WHERE point = ?1")?;
        let mut rows = select.query([point.0])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let mut samples = Vec::new();
        chunk::decode(blob(row, 0)?, &mut samples)?;
        Ok(Some(samples))
    }

    /// The last moment of the full chunks of a point.
    fn end_of_full(&self, point: PointId) -> Result<Option<Ms>, StoreError> {
        let (lowest, highest) = keys(point);
        let end = self
            .tx
            .prepare_cached(
                "SELECT last_at FROM chunk WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC LIMIT 1",
            )?
            .query_row([lowest, highest], |row| row.get(0))
            .optional()?;
        Ok(end.map(Ms))
    }
}

/// Bytes of a column, without copying them.
pub(super) fn blob<'a>(row: &'a rusqlite::Row<'_>, at: usize) -> Result<&'a [u8], StoreError> {
    row.get_ref(at)?
        .as_blob()
        .map_err(|error| StoreError::Damaged(format!("column {at} of a chunk: {error}")))
}

/// Both in order of time; of two for the same moment the old one stays.
pub(super) fn merge(old: Vec<Sample>, new: &[Sample]) -> Vec<Sample> {
    let in_order = old.last().is_none_or(|last| new.first().is_none_or(|first| last.at < first.at));
    let mut all = old;
    all.extend_from_slice(new);
    if !in_order {
        // Stable: the old one of two stays first.
        all.sort_by_key(|sample| sample.at);
        all.dedup_by_key(|sample| sample.at);
    }
    all
}
