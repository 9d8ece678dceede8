//! Who sends rubbish: what was refused, counted by sender and reason.

use std::{
    collections::HashMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use helan_kernel::Ms;
use helan_protocol::device::Reason;
pub use helan_protocol::device::Refused;

/// Pairs of sender and reason that are kept; the one that was silent longest goes first.
pub const MAX_ROWS: usize = 1_000;
/// Bytes of the sample.
const MAX_SAMPLE: usize = 200;
/// Minutes that are counted one by one.
const MINUTES: usize = 60;

/// One line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Key of the device, or the address of an unknown sender.
    pub sender: String,
    /// Why.
    pub reason: Reason,
    /// How often, since the start of the server.
    pub count: u64,
    /// When last.
    pub last_at: Ms,
    /// Detail of the last one, and the beginning of what was sent.
    pub sample: String,
}

#[derive(Debug)]
struct Table {
    rows: HashMap<(String, Reason), Row>,
    /// Refusals in each of the last minutes: minute since 1970, count.
    minutes: [(i64, u64); MINUTES],
}

impl Default for Table {
    fn default() -> Self {
        Self { rows: HashMap::new(), minutes: [(0, 0); MINUTES] }
    }
}

/// The table.
#[derive(Debug, Default)]
pub struct Refusals {
    table: Mutex<Table>,
    total: AtomicU64,
}

impl Refusals {
    /// Counts a refusal.
    pub fn count(&self, sender: &str, refused: &Refused, payload: &[u8], now: Ms) {
        self.total.fetch_add(1, Ordering::Relaxed);
        let mut table = self.lock();
        let minute = now.0.div_euclid(60_000);
        let slot = usize::try_from(minute.rem_euclid(60)).unwrap_or(0);
        if let Some((of, count)) = table.minutes.get_mut(slot) {
            *count = if *of == minute { *count + 1 } else { 1 };
            *of = minute;
        }
        let name = (sender.to_owned(), refused.reason);
        if !table.rows.contains_key(&name) && table.rows.len() >= MAX_ROWS {
            let oldest = table.rows.iter().min_by_key(|(_, row)| row.last_at);
            if let Some(name) = oldest.map(|(name, _)| name.clone()) {
                table.rows.remove(&name);
            }
        }
        let row = table.rows.entry(name).or_insert_with(|| Row {
            sender: sender.to_owned(),
            reason: refused.reason,
            count: 0,
            last_at: now,
            sample: String::new(),
        });
        row.count += 1;
        row.last_at = now;
        row.sample = sample(&refused.detail, payload);
    }

    /// All rows, the newest first.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        let mut rows: Vec<Row> = self.lock().rows.values().cloned().collect();
        rows.sort_by(|a, b| {
            (b.last_at, &a.sender, a.reason).cmp(&(a.last_at, &b.sender, b.reason))
        });
        rows
    }

    /// Refusals in the hour before `now`.
    #[must_use]
    pub fn last_hour(&self, now: Ms) -> u64 {
        let minute = now.0.div_euclid(60_000);
        let table = self.lock();
        table.minutes.iter().filter(|(of, _)| minute - of < 60).map(|(_, count)| count).sum()
    }

    /// Refusals since the start of the server.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        // Nothing that can fail runs under the lock, so a poisoned one is still whole.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Detail and the beginning of the payload, printable.
fn sample(detail: &str, payload: &[u8]) -> String {
    let start = payload.get(..MAX_SAMPLE).unwrap_or(payload);
    let text: String = String::from_utf8_lossy(start)
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    format!("{detail} | {text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_counted_by_sender_and_reason() {
        let table = Refusals::default();
        let malformed = Refused::new(Reason::Malformed, "unexpected end at byte 3");
        table.count("a", &malformed, b"{\"v\n", Ms(1_000));
        table.count("a", &malformed, b"{\"w", Ms(2_000));
        table.count("b", &Refused::new(Reason::Future, "2 h ahead"), b"", Ms(3_000));
        let rows = table.rows();
        assert_eq!(rows.len(), 2);
        assert_eq!((rows[0].sender.as_str(), rows[0].count), ("b", 1));
        assert_eq!((rows[1].sender.as_str(), rows[1].count), ("a", 2));
        assert_eq!(rows[1].sample, "unexpected end at byte 3 | {\"w");
        assert_eq!(table.last_hour(Ms(3_000)), 3);
        assert_eq!(table.last_hour(Ms(3_000 + 3_600_000)), 0);
    }

    #[test]
    fn the_table_is_bounded_and_the_longest_silent_goes_first() {
        let table = Refusals::default();
        let refused = Refused::new(Reason::Malformed, "");
        for n in 0..MAX_ROWS + 10 {
            let at = Ms(i64::try_from(n).expect("small"));
            table.count(&format!("device-{n}"), &refused, b"", at);
        }
        let rows = table.rows();
        assert_eq!(rows.len(), MAX_ROWS);
        assert!(rows.iter().all(|row| row.sender != "device-0"));
        assert_eq!(table.total(), 1_010);
    }
}
