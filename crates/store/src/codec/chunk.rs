//! Readings of one point in columns: moments, values and qualities each in the form that is shortest for them.
//!
//! Moments are steps of steps (a regular point costs nearly nothing), values are steps of whole numbers of the smallest
//! decimal fraction that keeps all of them exactly, and both keep runs of equal steps as one pair. Qualities are runs.
//! A column: signed varints; after each zero the number of further zeros follows.

use helan_kernel::{Ms, Quality};

use super::{
    CodecError, decimal,
    varint::{self, Cursor},
};

/// One value of the point that the chunk belongs to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// When it was measured.
    pub at: Ms,
    /// The value in the unit of the point.
    pub value: f64,
    /// How far it can be trusted.
    pub quality: Quality,
}

const FORMAT: u8 = 1;
/// Scale byte of values that no decimal fraction keeps: eight bytes each.
const RAW: u8 = 0xff;
/// Samples in one chunk at most: far more than is ever put into one.
const MOST: u64 = 1 << 20;

/// Writes samples, which must be in order of time, over `out`.
pub fn encode(samples: &[Sample], out: &mut Vec<u8>) {
    out.clear();
    out.push(FORMAT);
    varint::put(out, samples.len() as u64);
    let first = samples.first().map_or(0, |s| s.at.0);
    varint::put_signed(out, first);
    let mut column = Column::default();
    let (mut before, mut step_before) = (first, 0_i64);
    for sample in samples.iter().skip(1) {
        let step = sample.at.0.wrapping_sub(before);
        column.put(out, step.wrapping_sub(step_before));
        (before, step_before) = (sample.at.0, step);
    }
    column.end(out);
    values(samples, out);
    let mut rest = samples;
    while let Some(head) = rest.first() {
        let run = rest.iter().take_while(|s| s.quality == head.quality).count();
        varint::put(out, (run as u64) << 2 | u64::from(quality_code(head.quality)));
        rest = rest.get(run..).unwrap_or(&[]);
    }
}

fn values(samples: &[Sample], out: &mut Vec<u8>) {
    let scale = samples.iter().try_fold(0_u8, |scale, sample| {
        (scale..=decimal::MOST).find(|s| decimal::to_whole(sample.value, *s).is_some())
    });
    // A scale that fits a later value may be too fine for an earlier large one: then bytes as they are.
    let fits = scale.filter(|scale| {
        samples.iter().all(|sample| decimal::to_whole(sample.value, *scale).is_some())
    });
    let Some(scale) = fits else {
        out.push(RAW);
        for sample in samples {
            out.extend_from_slice(&sample.value.to_bits().to_le_bytes());
        }
        return;
    };
    out.push(scale);
    let mut column = Column::default();
    let mut before = 0;
    for sample in samples {
        let whole = decimal::to_whole(sample.value, scale).unwrap_or(0);
        column.put(out, whole - before);
        before = whole;
    }
    column.end(out);
}

/// Reads samples back, appending them to `into`.
///
/// # Errors
/// When the bytes have no meaning; `into` may have got some samples then.
pub fn decode(bytes: &[u8], into: &mut Vec<Sample>) -> Result<(), CodecError> {
    let mut cursor = Cursor::new(bytes);
    if cursor.byte()? != FORMAT {
        return Err(CodecError::Unknown { at: 0 });
    }
    let count = cursor.number()?;
    if count > MOST {
        return Err(CodecError::TooMany { count });
    }
    let count = usize::try_from(count).map_err(|_wide| CodecError::TooMany { count })?;
    let start = into.len();
    into.reserve(count);
    let mut at = cursor.signed()?;
    let mut step = 0_i64;
    let mut column = ColumnReader::default();
    for n in 0..count {
        if n > 0 {
            step = step.wrapping_add(column.next(&mut cursor)?);
            at = at.wrapping_add(step);
        }
        into.push(Sample { at: Ms(at), value: 0.0, quality: Quality::Good });
    }
    let new = into.get_mut(start..).unwrap_or(&mut []);
    column.end(&cursor)?;
    decode_values(&mut cursor, new)?;
    let mut rest = new;
    while !rest.is_empty() {
        let here = cursor.at();
        let run = cursor.number()?;
        let quality = quality_of(run & 3).ok_or(CodecError::Unknown { at: here })?;
        let length = usize::try_from(run >> 2).unwrap_or(usize::MAX);
        if length == 0 || length > rest.len() {
            return Err(CodecError::Unknown { at: here });
        }
        let (these, others) = rest.split_at_mut(length);
        these.iter_mut().for_each(|sample| sample.quality = quality);
        rest = others;
    }
    match cursor.left() {
        0 => Ok(()),
        more => Err(CodecError::TooLong { more }),
    }
}

fn decode_values(cursor: &mut Cursor<'_>, samples: &mut [Sample]) -> Result<(), CodecError> {
    let here = cursor.at();
    match cursor.byte()? {
        RAW => {
            for sample in samples {
                sample.value = f64::from_bits(u64::from_le_bytes(cursor.eight()?));
            }
        }
        scale if scale <= decimal::MOST => {
            let mut column = ColumnReader::default();
            let mut whole = 0_i64;
            for sample in samples {
                whole = whole.wrapping_add(column.next(cursor)?);
                sample.value = decimal::from_whole(whole, scale);
            }
            column.end(cursor)?;
        }
        _ => return Err(CodecError::Unknown { at: here }),
    }
    Ok(())
}

const fn quality_code(quality: Quality) -> u8 {
    match quality {
        Quality::Good => 0,
        Quality::Uncertain => 1,
        Quality::Bad => 2,
    }
}

const fn quality_of(code: u64) -> Option<Quality> {
    match code {
        0 => Some(Quality::Good),
        1 => Some(Quality::Uncertain),
        2 => Some(Quality::Bad),
        _ => None,
    }
}

/// A column being written: zeros are held back and counted.
#[derive(Default)]
struct Column {
    zeros: u64,
}

impl Column {
    fn put(&mut self, out: &mut Vec<u8>, number: i64) {
        if number == 0 {
            self.zeros += 1;
        } else {
            self.end(out);
            varint::put_signed(out, number);
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        if self.zeros > 0 {
            out.push(0);
            varint::put(out, self.zeros - 1);
            self.zeros = 0;
        }
    }
}

/// A column being read.
#[derive(Default)]
struct ColumnReader {
    zeros: u64,
}

impl ColumnReader {
    #[inline]
    fn next(&mut self, cursor: &mut Cursor<'_>) -> Result<i64, CodecError> {
        if self.zeros > 0 {
            self.zeros -= 1;
            return Ok(0);
        }
        let number = cursor.signed()?;
        if number == 0 {
            self.zeros = cursor.number()?;
        }
        Ok(number)
    }

    /// A run must not reach beyond its column.
    fn end(&self, cursor: &Cursor<'_>) -> Result<(), CodecError> {
        if self.zeros == 0 { Ok(()) } else { Err(CodecError::Unknown { at: cursor.at() }) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn samples() -> impl Strategy<Value = Vec<Sample>> {
        let value = prop_oneof![
            1 => any::<f64>(),
            8 => (-1000_i64..1000).prop_map(|n| decimal::from_whole(n, 1)),
            4 => Just(20.0),
        ];
        let quality = prop_oneof![8 => Just(Quality::Good), 1 => Just(Quality::Uncertain), 1 => Just(Quality::Bad)];
        let step =
            prop_oneof![8 => Just(1000_i64), 1 => 0_i64..100_000, 1 => 0_i64..i64::MAX / 1000];
        let mixed = prop::collection::vec((step, value, quality), 0..150);
        (any::<i32>(), mixed, any::<bool>()).prop_map(|(first, mixed, short)| {
            let mut at = i64::from(first);
            mixed
                .into_iter()
                .map(|(step, value, quality)| {
                    at = at.saturating_add(step);
                    // Half of the cases have no value that must be kept as bytes.
                    let value = if short && decimal::scale_of(value, 0, decimal::MOST).is_none() {
                        1.5
                    } else {
                        value
                    };
                    Sample { at: Ms(at), value, quality }
                })
                .collect()
        })
    }

    fn key(sample: &Sample) -> (i64, u64, Quality) {
        (sample.at.0, sample.value.to_bits(), sample.quality)
    }

    proptest! {
        #[test]
        fn samples_come_back(samples in samples(), cut in any::<prop::sample::Index>()) {
            let mut bytes = vec![7];
            encode(&samples, &mut bytes);
            let mut back = Vec::new();
            decode(&bytes, &mut back).unwrap();
            prop_assert_eq!(
                back.iter().map(key).collect::<Vec<_>>(),
                samples.iter().map(key).collect::<Vec<_>>()
            );
            let cut = cut.index(bytes.len());
            prop_assert!(decode(&bytes[..cut], &mut Vec::new()).is_err());
            bytes.push(0);
            prop_assert!(decode(&bytes, &mut Vec::new()).is_err());
        }

        #[test]
        fn any_bytes_are_read_or_refused(mut bytes: Vec<u8>, count in 0..40_u8) {
            let mut into = Vec::new();
            prop_assert!(decode(&bytes, &mut into).is_err() || into.len() as u64 <= MOST);
            if bytes.len() > 2 {
                bytes[0] = FORMAT;
                bytes[1] = count;
                into.clear();
                prop_assert!(decode(&bytes, &mut into).is_err() || into.len() == usize::from(count));
            }
        }
    }

    #[test]
    fn regular_points_take_hardly_more_than_their_changes() {
        let sample = |n: i64, value| Sample { at: Ms(n * 1000), value, quality: Quality::Good };
        let mut bytes = Vec::new();
        let still: Vec<_> = (0..768).map(|n| sample(n, 20.5)).collect();
        encode(&still, &mut bytes);
        assert!(bytes.len() < 25, "{}", bytes.len());
        let moving: Vec<_> =
            (0..768).map(|n| sample(n, decimal::from_whole(200 + n * 7 % 13, 1))).collect();
        encode(&moving, &mut bytes);
        assert!(bytes.len() < 800, "{}", bytes.len());
    }

    #[test]
    fn huge_counts_take_no_memory() {
        let mut bytes = vec![FORMAT];
        varint::put(&mut bytes, u64::MAX);
        assert_eq!(decode(&bytes, &mut Vec::new()), Err(CodecError::TooMany { count: u64::MAX }));
    }
}
