//! Whole numbers of any size: seven bits a byte, least first, and signs folded in (zigzag).

use super::CodecError;

/// Appends a number.
pub fn put(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(low_bits(number) | 0x80);
        number >>= 7;
    }
    out.push(low_bits(number));
}

/// Appends a number with a sign; small ones of either sign are short.
pub fn put_signed(out: &mut Vec<u8>, number: i64) {
    put(out, zigzag(number));
}

/// A number with a sign as one without.
pub const fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}

/// Back from [`zigzag`].
pub const fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -((number & 1).cast_signed())
}

const fn low_bits(number: u64) -> u8 {
    (number & 0x7f) as u8
}

/// Reads bytes from the front.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// How many bytes were read.
    pub const fn at(&self) -> usize {
        self.at
    }

    /// How many bytes are left.
    pub const fn left(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }

    /// The next byte.
    #[inline]
    pub fn byte(&mut self) -> Result<u8, CodecError> {
        let byte = *self.bytes.get(self.at).ok_or(CodecError::CutOff { at: self.at })?;
        self.at += 1;
        Ok(byte)
    }

    /// The next eight bytes.
    #[inline]
    pub fn eight(&mut self) -> Result<[u8; 8], CodecError> {
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        let eight = rest.first_chunk::<8>().ok_or(CodecError::CutOff { at: self.at })?;
        self.at += 8;
        Ok(*eight)
    }

    /// The next number.
    #[inline]
    pub fn number(&mut self) -> Result<u64, CodecError> {
        let start = self.at;
        let first = self.byte()?;
        if first < 0x80 {
            return Ok(u64::from(first));
        }
        let mut number = u64::from(first & 0x7f);
        let mut shift = 7;
        loop {
            let byte = self.byte()?;
            // The tenth byte may carry only the highest bit: anything else does not fit.
            if shift == 63 && byte > 1 {
                return Err(CodecError::CutOff { at: start });
            }
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
            shift += 7;
        }
    }

    /// The next number with a sign.
    #[inline]
    pub fn signed(&mut self) -> Result<i64, CodecError> {
        Ok(unzigzag(self.number()?))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_come_back(number: i64) {
            let mut bytes = Vec::new();
            put_signed(&mut bytes, number);
            prop_assert!(bytes.len() <= 10);
            let mut cursor = Cursor::new(&bytes);
            prop_assert_eq!(cursor.signed(), Ok(number));
            prop_assert_eq!(cursor.left(), 0);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let mut cursor = Cursor::new(&bytes);
            while cursor.number().is_ok() {}
            prop_assert!(cursor.at() <= bytes.len());
        }
    }

    #[test]
    fn a_number_without_end_is_refused() {
        assert_eq!(Cursor::new(&[0xff; 11]).number(), Err(CodecError::CutOff { at: 0 }));
        assert_eq!(Cursor::new(&[0x80]).number(), Err(CodecError::CutOff { at: 1 }));
    }
}
