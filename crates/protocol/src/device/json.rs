//! JSON as devices send it, read straight from the bytes: no tree, no allocation for each value.
//!
//! The grammar is that of RFC 8259. Stricter: the same member twice is an error, because two readers would disagree on it.

use std::borrow::Cow;

use helan_kernel::{Ms, Quality};

use super::{
    MAX_NAME, MAX_READINGS,
    samples::{Fault, Malformed, Sample},
};

/// A place in a payload.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

/// Depth of values that are passed over.
const MAX_DEPTH: u8 = 16;

impl<'a> Cursor<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Byte offset of the next character.
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    /// The error at this place.
    pub(super) fn fail<T>(&self, fault: Fault) -> Result<T, Malformed> {
        Err(Malformed { offset: self.at, fault })
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.byte() {
            self.at += 1;
        }
    }

    /// The next character that is no space, without taking it.
    pub(super) fn peek(&mut self) -> Result<u8, Malformed> {
        self.space();
        self.byte().map_or_else(|| self.fail(Fault::End), Ok)
    }

    /// Takes this character.
    pub(super) fn open(&mut self, wanted: u8) -> Result<(), Malformed> {
        if self.peek()? != wanted {
            return self.fail(Fault::Unexpected);
        }
        self.at += 1;
        Ok(())
    }

    /// After an element: whether another one follows (`,`) or the end (`close`).
    pub(super) fn more(&mut self, close: u8) -> Result<bool, Malformed> {
        let found = self.peek()?;
        if found != b',' && found != close {
            return self.fail(Fault::Unexpected);
        }
        self.at += 1;
        Ok(found == b',')
    }

    /// Whether the array or object that was just opened is empty; then takes its end.
    pub(super) fn empty(&mut self, close: u8) -> Result<bool, Malformed> {
        let empty = self.peek()? == close;
        self.at += usize::from(empty);
        Ok(empty)
    }

    /// Nothing but space may follow.
    pub(super) fn finish(&mut self) -> Result<(), Malformed> {
        self.space();
        if self.byte().is_some() { self.fail(Fault::Trailing) } else { Ok(()) }
    }

    /// The name of a member, and the colon after it.
    pub(super) fn name(&mut self) -> Result<Cow<'a, str>, Malformed> {
        let name = self.text()?;
        self.open(b':')?;
        Ok(name)
    }

    /// A string.
    pub(super) fn text(&mut self) -> Result<Cow<'a, str>, Malformed> {
        if self.peek()? != b'"' {
            return self.fail(Fault::Type);
        }
        self.at += 1;
        let start = self.at;
        loop {
            match self.byte() {
                Some(b'"') => break,
                Some(b'\\') => return self.escaped(start).map(Cow::Owned),
                Some(0..=0x1f) => return self.fail(Fault::Text),
                Some(_) => self.at += 1,
                None => return self.fail(Fault::End),
            }
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        self.at += 1;
        Ok(Cow::Borrowed(text))
    }

    /// The rest of a string from its first escape on.
    #[cold]
    fn escaped(&mut self, start: usize) -> Result<String, Malformed> {
        let mut out = self.text.get(start..self.at).unwrap_or_default().to_owned();
        loop {
            let Some(next) = self.text.get(self.at..).and_then(|rest| rest.chars().next()) else {
                return self.fail(Fault::End);
            };
            match next {
                '"' => {
                    self.at += 1;
                    return Ok(out);
                }
                '\\' => out.push(self.escape()?),
                '\0'..='\x1f' => return self.fail(Fault::Text),
                other => {
                    out.push(other);
                    self.at += other.len_utf8();
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, Malformed> {
        let place = self.at;
        let bad = Malformed { offset: place, fault: Fault::Text };
        self.at += 1;
        let kind = self.byte().ok_or(Malformed { offset: self.at, fault: Fault::End })?;
        self.at += 1;
        Ok(match kind {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\x08',
            b'f' => '\x0c',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.hex().ok_or(bad)?;
                if (0xd800..0xdc00).contains(&first) {
                    let pair = self.text.get(self.at..self.at + 2);
                    self.at += 2;
                    let second = self.hex().filter(|_| pair == Some("\\u")).ok_or(bad)?;
                    let low = second.checked_sub(0xdc00).filter(|low| *low < 0x400).ok_or(bad)?;
                    char::from_u32(0x10000 + ((first - 0xd800) << 10) + low).ok_or(bad)?
                } else {
                    char::from_u32(first).ok_or(bad)?
                }
            }
            _ => return Err(bad),
        })
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
    }

    /// A number. One that is too large for `f64` becomes infinite; the caller decides what that means.
    pub(super) fn number(&mut self) -> Result<f64, Malformed> {
        let first = self.peek()?;
        if !matches!(first, b'-' | b'0'..=b'9') {
            let infinite = matches!(first, b'N' | b'I' | b'n' | b'i') && self.is_no_number();
            return self.fail(if infinite { Fault::NotFinite } else { Fault::Type });
        }
        let start = self.at;
        let negative = first == b'-';
        self.at += usize::from(negative);
        if self.byte() == Some(b'I') {
            return self.fail(Fault::NotFinite);
        }
        let mut mantissa = 0u64;
        let whole = self.digits(&mut mantissa);
        let zero_first = self.text.as_bytes().get(self.at - whole) == Some(&b'0');
        if whole == 0 || (whole > 1 && zero_first) {
            return self.fail(Fault::Number);
        }
        let mut fraction = 0;
        if self.byte() == Some(b'.') {
            self.at += 1;
            fraction = self.digits(&mut mantissa);
            if fraction == 0 {
                return self.fail(Fault::Number);
            }
        }
        let mut plain = true;
        if let Some(b'e' | b'E') = self.byte() {
            plain = false;
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.at += 1;
            }
            if self.digits(&mut 0) == 0 {
                return self.fail(Fault::Number);
            }
        }
        // Up to 15 digits and small powers of ten are exact in f64, and so is their quotient correctly rounded
        // (Clinger 1990); what sensors send is like that. Everything else takes the long way.
        if plain && whole + fraction <= 15 {
            #[expect(clippy::cast_precision_loss, reason = "at most 15 digits: exact")]
            let mantissa = mantissa as f64;
            let power = POWERS.get(fraction).copied().unwrap_or(1.0);
            let value = mantissa / power;
            return Ok(if negative { -value } else { value });
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        text.parse().map_or(Err(Malformed { offset: start, fault: Fault::Number }), Ok)
    }

    /// Takes digits; gives how many. The sum only counts while they are few.
    fn digits(&mut self, sum: &mut u64) -> usize {
        let start = self.at;
        while let Some(digit @ b'0'..=b'9') = self.byte() {
            *sum = sum.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
            self.at += 1;
        }
        self.at - start
    }

    fn is_no_number(&self) -> bool {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let word = rest.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        ["nan", "inf", "infinity"].iter().any(|known| word.eq_ignore_ascii_case(known))
    }

    /// `true` or `false`.
    pub(super) fn boolean(&mut self) -> Result<bool, Malformed> {
        self.space();
        let rest = self.text.get(self.at..).unwrap_or_default();
        for (word, value) in [("true", true), ("false", false)] {
            if rest.starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        self.fail(Fault::Type)
    }

    /// A value of a point: a number, or a truth value as 1 and 0.
    fn value(&mut self) -> Result<f64, Malformed> {
        match self.peek()? {
            b't' | b'f' => Ok(f64::from(u8::from(self.boolean()?))),
            _ => self.number(),
        }
    }

    /// Passes over any value.
    pub(super) fn skip(&mut self, depth: u8) -> Result<(), Malformed> {
        if depth >= MAX_DEPTH {
            return self.fail(Fault::Depth);
        }
        match self.peek()? {
            b'"' => self.text().map(drop),
            b't' | b'f' => self.boolean().map(drop),
            b'n' if self.text.get(self.at..).is_some_and(|rest| rest.starts_with("null")) => {
                self.at += 4;
                Ok(())
            }
            open @ (b'[' | b'{') => {
                self.at += 1;
                let close = if open == b'[' { b']' } else { b'}' };
                if self.empty(close)? {
                    return Ok(());
                }
                loop {
                    if open == b'{' {
                        self.name()?;
                    }
                    self.skip(depth + 1)?;
                    if !self.more(close)? {
                        return Ok(());
                    }
                }
            }
            _ => self.number().map(drop),
        }
    }
}

/// Powers of ten that are exact in f64 (and as many as are needed).
const POWERS: [f64; 16] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// Reads an object, or an array of objects.
pub(super) fn readings<'a>(
    cursor: &mut Cursor<'a>,
    each: &mut dyn FnMut(Sample<'_>),
) -> Result<(), Malformed> {
    let mut object = Object::default();
    if cursor.peek()? != b'[' {
        return object.read(cursor, each);
    }
    cursor.open(b'[')?;
    if cursor.empty(b']')? {
        return Ok(());
    }
    loop {
        object.read(cursor, each)?;
        if !cursor.more(b']')? {
            return Ok(());
        }
    }
}

/// A name with what stands beside it, and where.
struct Member<'a, T> {
    name: Cow<'a, str>,
    value: T,
    offset: usize,
}

/// Room for one object after another: members may come in any order, so values wait for the time and units.
#[derive(Default)]
struct Object<'a> {
    values: Vec<Member<'a, f64>>,
    units: Vec<Member<'a, Cow<'a, str>>>,
    readings: usize,
}

impl<'a> Object<'a> {
    fn read(
        &mut self,
        cursor: &mut Cursor<'a>,
        each: &mut dyn FnMut(Sample<'_>),
    ) -> Result<(), Malformed> {
        self.values.clear();
        self.units.clear();
        let start = cursor.offset();
        let (mut at, mut quality, mut values, mut units) = (None, None, false, false);
        cursor.open(b'{')?;
        if !cursor.empty(b'}')? {
            loop {
                cursor.peek()?;
                let place = cursor.offset();
                let duplicate = Malformed { offset: place, fault: Fault::Duplicate };
                let again = match &*cursor.name()? {
                    "ts" => at.replace(time(cursor)?).is_some(),
                    "quality" => quality.replace(word(cursor)?).is_some(),
                    "values" => {
                        let again = std::mem::replace(&mut values, true);
                        self.readings =
                            members(cursor, &mut self.values, self.readings, |c| c.value())?;
                        again
                    }
                    "units" => {
                        let again = std::mem::replace(&mut units, true);
                        members(cursor, &mut self.units, 0, |c| c.text())?;
                        again
                    }
                    _ => return Err(Malformed { offset: place, fault: Fault::Unknown }),
                };
                if again {
                    return Err(duplicate);
                }
                if !cursor.more(b'}')? {
                    break;
                }
            }
        }
        if !values {
            return Err(Malformed { offset: start, fault: Fault::Missing });
        }
        self.units.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        for member in &self.values {
            let place = self.units.binary_search_by(|unit| unit.name.cmp(&member.name));
            let unit = place.ok().and_then(|place| self.units.get(place));
            each(Sample {
                name: &member.name,
                at,
                value: member.value,
                quality: quality.unwrap_or_default(),
                unit: unit.map(|unit| &*unit.value),
            });
        }
        Ok(())
    }
}

/// Reads an object whose members all have values of one kind. Gives `count` and the number of members.
fn members<'a, T>(
    cursor: &mut Cursor<'a>,
    into: &mut Vec<Member<'a, T>>,
    mut count: usize,
    value: impl Fn(&mut Cursor<'a>) -> Result<T, Malformed>,
) -> Result<usize, Malformed> {
    if cursor.peek()? != b'{' {
        return cursor.fail(Fault::Type);
    }
    cursor.open(b'{')?;
    if cursor.empty(b'}')? {
        return Ok(count);
    }
    loop {
        cursor.peek()?;
        let offset = cursor.offset();
        let name = cursor.name()?;
        if name.is_empty() || name.len() > MAX_NAME {
            return Err(Malformed { offset, fault: Fault::Name });
        }
        count += 1;
        if count > MAX_READINGS {
            return Err(Malformed { offset, fault: Fault::TooMany });
        }
        let value = value(cursor)?;
        into.push(Member { name, value, offset });
        if !cursor.more(b'}')? {
            break;
        }
    }
    no_duplicates(into)?;
    Ok(count)
}

/// Few names are compared one with another; many are sorted first.
fn no_duplicates<T>(members: &[Member<'_, T>]) -> Result<(), Malformed> {
    const FEW: usize = 16;
    let duplicate = if members.len() <= FEW {
        members.iter().enumerate().find_map(|(place, member)| {
            members.iter().take(place).any(|earlier| earlier.name == member.name).then_some(member)
        })
    } else {
        let mut sorted: Vec<_> = members.iter().collect();
        sorted.sort_unstable_by(|a, b| (&a.name, a.offset).cmp(&(&b.name, b.offset)));
        sorted.windows(2).find_map(|pair| match pair {
            [a, b] if a.name == b.name => Some(*b),
            _ => None,
        })
    };
    match duplicate {
        Some(member) => Err(Malformed { offset: member.offset, fault: Fault::Duplicate }),
        None => Ok(()),
    }
}

/// A moment in whole milliseconds since 1970, at most 2^53 either way.
fn time(cursor: &mut Cursor<'_>) -> Result<Ms, Malformed> {
    const MOST: f64 = 9_007_199_254_740_992.0;
    cursor.peek()?;
    let bad = Malformed { offset: cursor.offset(), fault: Fault::Time };
    let value = cursor.number()?;
    if value.fract() != 0.0 || value.abs() > MOST {
        return Err(bad);
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53: exact")]
    let ms = value as i64;
    Ok(Ms(ms))
}

fn word(cursor: &mut Cursor<'_>) -> Result<Quality, Malformed> {
    cursor.peek()?;
    let offset = cursor.offset();
    match &*cursor.text()? {
        "good" => Ok(Quality::Good),
        "uncertain" => Ok(Quality::Uncertain),
        "bad" => Ok(Quality::Bad),
        _ => Err(Malformed { offset, fault: Fault::Word }),
    }
}
