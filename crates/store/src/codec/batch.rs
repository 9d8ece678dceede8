//! Readings of a turn, in the order the engine saw them.
//!
//! A batch is a head (format, count) and for each reading one control byte and what it announces:
//!
//! | bits | meaning |
//! |---|---|
//! | 0–1 | quality: good, uncertain, bad |
//! | 2–4 | value: 0–5 whole number with so many decimals, 6 the value before, 7 eight bytes as they are |
//! | 5 | point: the step from the point before is the same as the last step; else a step follows |
//! | 6 | moment: the same for the step in time |
//! | 7 | the engine refused it: kept for replay only |
//!
//! Steps are signed varints. Devices send their points in turn at one moment, so most readings take three bytes.

use helan_kernel::{Ms, PointId, Quality, Reading};

use super::{
    CodecError, decimal,
    varint::{self, Cursor},
};

const FORMAT: u8 = 1;
/// Readings in one batch at most: a turn takes far fewer; a damaged count must not take memory.
const MOST: u64 = 1 << 24;

const MOST_DECIMALS: u8 = 5;
const SAME_VALUE: u8 = 6;
const RAW_VALUE: u8 = 7;
const SAME_POINT_STEP: u8 = 1 << 5;
const SAME_TIME_STEP: u8 = 1 << 6;
const REFUSED: u8 = 1 << 7;

/// Whether the engine took a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It belongs into the history.
    Yes,
    /// It was refused: only a replay needs it.
    Refused,
}

/// What the next reading is compared with.
#[derive(Clone, Copy, Debug, Default)]
struct Before {
    point: u32,
    point_step: i64,
    at: i64,
    time_step: i64,
    value: u64,
    scale: u8,
}

/// Readings being gathered. Reused from turn to turn: [`Batch::clear`] keeps the memory.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    bytes: Vec<u8>,
    count: u32,
    kept: u32,
    oldest: i64,
    newest: i64,
    before: Before,
}

impl Batch {
    /// Forgets everything.
    pub fn clear(&mut self) {
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.clear();
        *self = Self { bytes, ..Self::default() };
    }

    /// Adds a reading.
    #[inline]
    pub fn push(&mut self, reading: &Reading, kept: Kept) {
        let mut control = match reading.quality {
            Quality::Good => 0,
            Quality::Uncertain => 1,
            Quality::Bad => 2,
        };
        let before = &mut self.before;
        let point_step = i64::from(reading.point.0) - i64::from(before.point);
        let time_step = reading.at.0.wrapping_sub(before.at);
        let bits = reading.value.to_bits();
        let scaled = if bits == before.value {
            control |= SAME_VALUE << 2;
            None
        } else if let Some((scale, whole)) =
            decimal::scale_of(reading.value, before.scale, MOST_DECIMALS)
        {
            before.scale = scale;
            control |= scale << 2;
            Some(whole)
        } else {
            control |= RAW_VALUE << 2;
            None
        };
        if point_step == before.point_step {
            control |= SAME_POINT_STEP;
        }
        if time_step == before.time_step {
            control |= SAME_TIME_STEP;
        }
        if kept == Kept::Refused {
            control |= REFUSED;
        } else {
            self.oldest = if self.kept == 0 { reading.at.0 } else { self.oldest.min(reading.at.0) };
            self.newest = if self.kept == 0 { reading.at.0 } else { self.newest.max(reading.at.0) };
            self.kept = self.kept.saturating_add(1);
        }
        self.count = self.count.saturating_add(1);
        self.bytes.push(control);
        if point_step != before.point_step {
            varint::put_signed(&mut self.bytes, point_step);
        }
        if time_step != before.time_step {
            varint::put_signed(&mut self.bytes, time_step);
        }
        if let Some(whole) = scaled {
            varint::put_signed(&mut self.bytes, whole);
        } else if control >> 2 & 7 == RAW_VALUE {
            self.bytes.extend_from_slice(&bits.to_le_bytes());
        }
        *before = Before {
            point: reading.point.0,
            point_step,
            at: reading.at.0,
            time_step,
            value: bits,
            scale: before.scale,
        };
    }

    /// How many readings there are.
    #[must_use]
    pub const fn len(&self) -> u32 {
        self.count
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many of them the engine took.
    #[must_use]
    pub const fn kept(&self) -> u32 {
        self.kept
    }

    /// Oldest and newest moment among those that the engine took.
    #[must_use]
    pub const fn span(&self) -> Option<(Ms, Ms)> {
        if self.kept == 0 { None } else { Some((Ms(self.oldest), Ms(self.newest))) }
    }

    /// Writes the batch out; nothing when it is empty.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.clear();
        if !self.is_empty() {
            out.push(FORMAT);
            varint::put(out, u64::from(self.count));
            out.extend_from_slice(&self.bytes);
        }
    }
}

/// Reads a batch back, reading by reading.
#[derive(Clone, Debug)]
pub struct BatchReader<'a> {
    cursor: Cursor<'a>,
    left: u64,
    before: Before,
}

impl<'a> BatchReader<'a> {
    /// Begins to read. No bytes are a batch without readings.
    ///
    /// # Errors
    /// When the head has no meaning.
    pub fn new(bytes: &'a [u8]) -> Result<Self, CodecError> {
        let mut cursor = Cursor::new(bytes);
        if bytes.is_empty() {
            return Ok(Self { cursor, left: 0, before: Before::default() });
        }
        if cursor.byte()? != FORMAT {
            return Err(CodecError::Unknown { at: 0 });
        }
        let left = cursor.number()?;
        // Each reading takes a byte at least.
        if left > MOST {
            return Err(CodecError::TooMany { count: left });
        }
        if left > cursor.left() as u64 {
            return Err(CodecError::CutOff { at: bytes.len() });
        }
        Ok(Self { cursor, left, before: Before::default() })
    }

    /// Readings that are left.
    #[must_use]
    pub const fn left(&self) -> u64 {
        self.left
    }

    /// The next reading; none after the last.
    ///
    /// # Errors
    /// When the bytes have no meaning. Nothing more can be read then.
    #[inline]
    pub fn next_reading(&mut self) -> Result<Option<(Reading, Kept)>, CodecError> {
        if self.left == 0 {
            return match self.cursor.left() {
                0 => Ok(None),
                more => Err(CodecError::TooLong { more }),
            };
        }
        let start = self.cursor.at();
        let control = self.cursor.byte()?;
        let quality = match control & 3 {
            0 => Quality::Good,
            1 => Quality::Uncertain,
            2 => Quality::Bad,
            _ => return Err(CodecError::Unknown { at: start }),
        };
        let before = &mut self.before;
        if control & SAME_POINT_STEP == 0 {
            before.point_step = self.cursor.signed()?;
        }
        if control & SAME_TIME_STEP == 0 {
            before.time_step = self.cursor.signed()?;
        }
        let point = i64::from(before.point).wrapping_add(before.point_step);
        // Only points that exist as numbers are ever written.
        before.point = u32::try_from(point).map_err(|_out| CodecError::Unknown { at: start })?;
        before.at = before.at.wrapping_add(before.time_step);
        match control >> 2 & 7 {
            SAME_VALUE => {}
            RAW_VALUE => before.value = u64::from_le_bytes(self.cursor.eight()?),
            scale => before.value = decimal::from_whole(self.cursor.signed()?, scale).to_bits(),
        }
        self.left -= 1;
        let reading = Reading {
            point: PointId(before.point),
            at: Ms(before.at),
            value: f64::from_bits(before.value),
            quality,
        };
        Ok(Some((reading, if control & REFUSED == 0 { Kept::Yes } else { Kept::Refused })))
    }
}

impl Iterator for BatchReader<'_> {
    type Item = Result<(Reading, Kept), CodecError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.next_reading().transpose();
        if matches!(next, Some(Err(_))) {
            // Nothing behind a fault can be trusted.
            self.cursor = Cursor::new(&[]);
            self.left = 0;
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reading() -> impl Strategy<Value = (Reading, Kept)> {
        let value = prop_oneof![
            any::<f64>(),
            (-1000_i64..1000).prop_map(|n| decimal::from_whole(n, 1)),
            Just(0.0),
            Just(-0.0),
        ];
        let at = prop_oneof![any::<i64>(), 1_750_000_000_000..1_750_000_100_000_i64];
        let point = prop_oneof![any::<u32>(), 0..10_u32];
        let quality =
            prop_oneof![Just(Quality::Good), Just(Quality::Uncertain), Just(Quality::Bad)];
        let kept = prop_oneof![4 => Just(Kept::Yes), 1 => Just(Kept::Refused)];
        (point, at, value, quality, kept).prop_map(|(point, at, value, quality, kept)| {
            (Reading { point: PointId(point), at: Ms(at), value, quality }, kept)
        })
    }

    fn key((reading, kept): &(Reading, Kept)) -> (u32, i64, u64, Quality, Kept) {
        (reading.point.0, reading.at.0, reading.value.to_bits(), reading.quality, *kept)
    }

    proptest! {
        #[test]
        fn readings_come_back_in_order(readings in prop::collection::vec(reading(), 0..200)) {
            let mut batch = Batch::default();
            let mut bytes = Vec::new();
            for _again in 0..2 {
                batch.clear();
                for (reading, kept) in &readings {
                    batch.push(reading, *kept);
                }
                batch.write(&mut bytes);
            }
            let back: Vec<_> = BatchReader::new(&bytes).unwrap().map(Result::unwrap).collect();
            prop_assert_eq!(
                back.iter().map(key).collect::<Vec<_>>(),
                readings.iter().map(key).collect::<Vec<_>>()
            );
            let kept = || readings.iter().filter(|r| r.1 == Kept::Yes).map(|r| r.0.at);
            prop_assert_eq!(batch.span(), kept().min().zip(kept().max()));
        }

        #[test]
        fn any_bytes_are_read_or_refused(mut bytes: Vec<u8>, count in 0..40_u8) {
            let read = |bytes: &[u8]| BatchReader::new(bytes).map_or(0, Iterator::count);
            prop_assert!(read(&bytes) <= bytes.len());
            if bytes.len() > 2 {
                bytes[0] = FORMAT;
                bytes[1] = count;
                prop_assert!(read(&bytes) <= bytes.len());
            }
        }

        #[test]
        fn a_cut_batch_is_refused(readings in prop::collection::vec(reading(), 1..20), cut in 1..5_usize) {
            let mut batch = Batch::default();
            let mut bytes = Vec::new();
            for (reading, kept) in &readings {
                batch.push(reading, *kept);
            }
            batch.write(&mut bytes);
            bytes.truncate(bytes.len().saturating_sub(cut).max(1));
            let whole = BatchReader::new(&bytes).is_ok_and(|mut all| all.all(|r| r.is_ok()));
            prop_assert!(!whole);
        }
    }

    #[test]
    fn telemetry_takes_about_three_bytes_a_reading() {
        let mut batch = Batch::default();
        for n in 0..3000_u32 {
            let point = PointId(100 + n % 300);
            let at = Ms(1_750_000_000_000 + i64::from(n / 300) * 1000);
            let value = decimal::from_whole(i64::from(n * 7919 % 500), 1);
            batch.push(&Reading { point, at, value, quality: Quality::Good }, Kept::Yes);
        }
        let mut bytes = Vec::new();
        batch.write(&mut bytes);
        assert!(bytes.len() < 3000 * 31 / 10, "{}", bytes.len());
    }
}
