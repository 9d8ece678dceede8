//! SenML JSON (RFC 8428): an array of records, base fields that hold until they are set again.
//!
//! Points carry numbers, so string (`vs`) and data (`vd`) values and sums without a value are refused.

use helan_kernel::{Ms, Quality};

use super::{
    MAX_NAME, MAX_READINGS,
    json::Cursor,
    samples::{Fault, Malformed, Sample},
};

/// Version of SenML that is understood (RFC 8428 section 4.4).
const VERSION: f64 = 10.0;
/// Times below are relative to now (RFC 8428 section 4.5.3).
const RELATIVE_BELOW_S: f64 = 268_435_456.0;
/// Times beyond this many seconds are in no calendar (the year 9999).
const MOST_S: f64 = 253_402_300_800.0;

#[derive(Default)]
struct Base {
    /// Base name, with the name of the record behind it while one is looked at.
    name: String,
    name_length: usize,
    time: f64,
    unit: Option<String>,
    value: f64,
}

/// What one record says of itself.
#[derive(Default)]
struct Record {
    seen: u32,
    name: String,
    unit: Option<String>,
    time: f64,
    value: Option<f64>,
    other_value: bool,
}

/// Reads a pack.
pub(super) fn pack(
    cursor: &mut Cursor<'_>,
    now: Ms,
    each: &mut dyn FnMut(Sample<'_>),
) -> Result<(), Malformed> {
    let mut base = Base::default();
    let mut record = Record::default();
    let mut count = 0;
    cursor.open(b'[')?;
    if cursor.empty(b']')? {
        return Ok(());
    }
    loop {
        cursor.peek()?;
        let start = cursor.offset();
        record.read(cursor, &mut base)?;
        if record.emit(start, &mut base, now, each)? {
            count += 1;
            if count > MAX_READINGS {
                return Err(Malformed { offset: start, fault: Fault::TooMany });
            }
        }
        if !cursor.more(b']')? {
            return Ok(());
        }
    }
}

impl Record {
    fn read(&mut self, cursor: &mut Cursor<'_>, base: &mut Base) -> Result<(), Malformed> {
        self.name.clear();
        *self = Self { name: std::mem::take(&mut self.name), ..Self::default() };
        cursor.open(b'{')?;
        if cursor.empty(b'}')? {
            return Ok(());
        }
        loop {
            cursor.peek()?;
            let place = cursor.offset();
            let label = cursor.name()?;
            if let Some(bit) = LABELS.iter().position(|known| **known == *label) {
                let bit = 1u32 << bit;
                if self.seen & bit != 0 {
                    return Err(Malformed { offset: place, fault: Fault::Duplicate });
                }
                self.seen |= bit;
            }
            self.field(&label, place, cursor, base)?;
            if !cursor.more(b'}')? {
                return Ok(());
            }
        }
    }

    fn field(
        &mut self,
        label: &str,
        place: usize,
        cursor: &mut Cursor<'_>,
        base: &mut Base,
    ) -> Result<(), Malformed> {
        match label {
            "bn" => {
                let name = cursor.text()?;
                if name.len() > MAX_NAME {
                    return Err(Malformed { offset: place, fault: Fault::Name });
                }
                base.name.clear();
                base.name.push_str(&name);
                base.name_length = base.name.len();
            }
            "bt" => base.time = cursor.number()?,
            "bu" => base.unit = Some(cursor.text()?.into_owned()),
            "bv" => base.value = cursor.number()?,
            "bver" => {
                if cursor.number()? > VERSION {
                    return Err(Malformed { offset: place, fault: Fault::Version });
                }
            }
            "n" => self.name.push_str(&cursor.text()?),
            "u" => self.unit = Some(cursor.text()?.into_owned()),
            "t" => self.time = cursor.number()?,
            "v" => self.set(cursor.number()?, place)?,
            "vb" => {
                let value = f64::from(u8::from(cursor.boolean()?));
                self.set(value, place)?;
            }
            "vs" | "vd" | "s" => {
                self.other_value = true;
                cursor.skip(0)?;
            }
            // Labels that must be understood (RFC 8428 section 4.4).
            other if other.ends_with('_') => {
                return Err(Malformed { offset: place, fault: Fault::Version });
            }
            _ => cursor.skip(0)?,
        }
        Ok(())
    }

    /// Exactly one value.
    fn set(&mut self, value: f64, place: usize) -> Result<(), Malformed> {
        match self.value.replace(value) {
            None => Ok(()),
            Some(_) => Err(Malformed { offset: place, fault: Fault::Duplicate }),
        }
    }

    /// Hands the record on as a reading; false when it only set base fields.
    fn emit(
        &self,
        start: usize,
        base: &mut Base,
        now: Ms,
        each: &mut dyn FnMut(Sample<'_>),
    ) -> Result<bool, Malformed> {
        let fail = |fault| Err(Malformed { offset: start, fault });
        let Some(value) = self.value else {
            if self.other_value {
                return fail(Fault::Type);
            }
            // Nothing of SenML in it: more likely plain JSON with a member misspelt, which must not pass unseen.
            let foreign = self.seen == 0;
            return if self.name.is_empty() && !foreign { Ok(false) } else { fail(Fault::Missing) };
        };
        base.name.truncate(base.name_length);
        base.name.push_str(&self.name);
        if base.name.is_empty() || base.name.len() > MAX_NAME {
            return fail(Fault::Name);
        }
        // A truth value has no base (RFC 8428 section 4.1: base values are added to numbers).
        let offset = if self.seen & BOOLEAN != 0 { 0.0 } else { base.value };
        let Some(at) = moment(base.time + self.time, now) else { return fail(Fault::Time) };
        each(Sample {
            name: &base.name,
            at: Some(at),
            value: value + offset,
            quality: Quality::Good,
            unit: self.unit.as_deref().or(base.unit.as_deref()),
        });
        Ok(true)
    }
}

/// Labels that may stand once in a record.
const LABELS: [&str; 13] =
    ["vb", "bn", "bt", "bu", "bv", "bver", "n", "u", "t", "v", "vs", "vd", "s"];
/// The bit of `vb`.
const BOOLEAN: u32 = 1;

fn moment(seconds: f64, now: Ms) -> Option<Ms> {
    if !seconds.is_finite() || seconds.abs() > MOST_S {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "bounded above")]
    let ms = (seconds * 1000.0).round() as i64;
    Some(if seconds < RELATIVE_BELOW_S { now.after(Ms(ms)) } else { Ms(ms) })
}
