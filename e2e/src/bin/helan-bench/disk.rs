//! This disk: what one durable append costs.

use std::{io::Write, path::Path, time::Duration};

use crate::measure::{percentile, timed};

/// fdatasync of appended 256-byte records.
pub struct Disk {
    pub p50: Duration,
    pub p99: Duration,
}

/// Appends and syncs `count` records.
pub fn measure(folder: &Path, count: usize) -> anyhow::Result<Disk> {
    let path = folder.join("fdatasync");
    let mut file = std::fs::File::create(&path)?;
    let record = [7_u8; 256];
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let (span, done) = timed(|| file.write_all(&record).and_then(|()| file.sync_data()));
        done?;
        times.push(span);
    }
    std::fs::remove_file(path)?;
    times.sort_unstable();
    Ok(Disk { p50: percentile(&times, 50), p99: percentile(&times, 99) })
}
