//! Random checks: which records are looked at, and what the errors found say of all.

use std::collections::BinaryHeap;

use sha2::{Digest, Sha256};

use crate::RecordId;

/// Most records of one draw: what a few people can look at in some days. 385 give ± 5 points at 95 %.
pub const MOST_DRAWN: usize = 500;

/// Draws records at random: those whose numbers, hashed with the seed, are the smallest. Whoever has the seed can draw again and
/// see that nobody chose.
#[must_use]
pub fn draw(ids: impl IntoIterator<Item = RecordId>, seed: u64, most: usize) -> Vec<RecordId> {
    let most = most.min(MOST_DRAWN);
    let mut smallest = BinaryHeap::new();
    for id in ids {
        let hash = Sha256::new().chain_update(seed.to_be_bytes()).chain_update(id.0.to_be_bytes());
        let hash: [u8; 32] = hash.finalize().into();
        smallest.push((hash, id));
        if smallest.len() > most {
            smallest.pop();
        }
    }
    smallest.into_sorted_vec().into_iter().map(|(_, id)| id).collect()
}

/// In which range the part of all records that are wrong lies, with 95 % confidence, when `wrong` of `checked` were (E. B. Wilson,
/// 1927: holds for small numbers, too). 0 to 1; everything is possible when nothing was checked.
#[must_use]
pub fn wilson(wrong: u64, checked: u64) -> (f64, f64) {
    const Z: f64 = 1.959_963_984_540_054;
    if checked == 0 {
        return (0.0, 1.0);
    }
    #[expect(clippy::cast_precision_loss, reason = "checks are few")]
    let (wrong, n) = (wrong.min(checked) as f64, checked as f64);
    let p = wrong / n;
    let middle = p + Z * Z / (2.0 * n);
    let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let whole = 1.0 + Z * Z / n;
    (((middle - half) / whole).max(0.0), ((middle + half) / whole).min(1.0))
}
