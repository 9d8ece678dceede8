//! The code of a public page: six signs that can be read out over a telephone.
//!
//! It is the number of the incident under a keyed permutation of all codes: every incident has its own, it never changes, the
//! number comes back out of it without a table, and whoever lacks the key can neither guess the next one nor count incidents.

use std::{fs, io::Write, os::unix::fs::OpenOptionsExt, path::Path};

use anyhow::{Context, Result, ensure};
use helan_kernel::IncidentId;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Signs of a code: no two that look alike (0 O, 1 I L, 2 Z, 5 S, 8 B, U V).
const SIGNS: &[u8; 24] = b"23456789ACDEFGHJKMNPRTWX";
/// Signs in a code.
pub const LENGTH: usize = 6;
/// How many codes there are: 24⁶.
const CODES: u32 = 191_102_976;
/// Bits of one half: two halves hold more numbers than there are codes.
const HALF_BITS: u32 = 14;
const HALF: u32 = (1 << HALF_BITS) - 1;
/// Rounds of the permutation: four hide a number from whoever sees many codes (Luby and Rackoff 1988).
const ROUNDS: u8 = 4;
/// Longest text that can be a code: with what people put between its signs.
const MOST_TYPED: usize = 16;
/// Bytes of the key.
const KEY: usize = 32;

/// Makes codes, and reads them.
pub struct Codes {
    key: [u8; KEY],
}

impl Codes {
    /// With the key of this installation, from a file in its data folder; made when it is new. With another key all codes change.
    ///
    /// # Errors
    /// When the file cannot be used.
    pub fn open(data: &Path) -> Result<Self> {
        let path = data.join("public.key");
        if !path.exists() {
            make(&path).with_context(|| format!("{}", path.display()))?;
        }
        let text = fs::read(&path).with_context(|| format!("{}", path.display()))?;
        let key: Option<[u8; KEY]> = text.try_into().ok();
        ensure!(key.is_some(), "{} does not hold {KEY} bytes", path.display());
        Ok(Self { key: key.unwrap_or_default() })
    }

    /// The code of an incident; none when its number is beyond all codes.
    #[must_use]
    pub fn of(&self, incident: IncidentId) -> Option<String> {
        let number = u32::try_from(incident.0).ok().filter(|number| *number < CODES)?;
        // What falls outside the codes is permuted again until it falls inside: at most a few times, and still one to one.
        let mut hidden = self.permute(number);
        while hidden >= CODES {
            hidden = self.permute(hidden);
        }
        let mut signs = [0; LENGTH];
        for place in signs.iter_mut().rev() {
            *place = *SIGNS.get((hidden % 24) as usize)?;
            hidden /= 24;
        }
        String::from_utf8(signs.to_vec()).ok()
    }

    /// The incident of a code as people type it: small letters, spaces and hyphens do not matter. It need not exist.
    #[must_use]
    pub fn read(&self, typed: &str) -> Option<IncidentId> {
        let code = tidy(typed)?;
        let mut number = 0;
        for sign in code.bytes() {
            let value = SIGNS.iter().position(|known| *known == sign)?;
            number = number * 24 + u32::try_from(value).ok()?;
        }
        let mut number = self.undo(number);
        while number >= CODES {
            number = self.undo(number);
        }
        Some(IncidentId(u64::from(number)))
    }

    fn permute(&self, number: u32) -> u32 {
        let (mut left, mut right) = (number >> HALF_BITS, number & HALF);
        for round in 0..ROUNDS {
            (left, right) = (right, left ^ self.round(round, right));
        }
        left << HALF_BITS | right
    }

    fn undo(&self, number: u32) -> u32 {
        let (mut left, mut right) = (number >> HALF_BITS, number & HALF);
        for round in (0..ROUNDS).rev() {
            (left, right) = (right ^ self.round(round, left), left);
        }
        left << HALF_BITS | right
    }

    fn round(&self, round: u8, half: u32) -> u32 {
        // A key of this length is taken by every HMAC.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else { return 0 };
        mac.update(&[round]);
        mac.update(&half.to_be_bytes());
        let digest = mac.finalize().into_bytes();
        digest.iter().take(4).fold(0_u32, |all, byte| all << 8 | u32::from(*byte)) & HALF
    }
}

/// A code as it is written in addresses; none when the text cannot be one.
#[must_use]
pub fn tidy(typed: &str) -> Option<String> {
    if typed.len() > MOST_TYPED {
        return None;
    }
    let signs = typed.chars().filter(|c| !c.is_whitespace() && *c != '-');
    let code: String = signs.map(|c| c.to_ascii_uppercase()).collect();
    let good = code.len() == LENGTH && code.bytes().all(|sign| SIGNS.contains(&sign));
    good.then_some(code)
}

/// A code as it is shown and read out: in two groups.
#[must_use]
pub fn spoken(code: &str) -> String {
    match code.split_at_checked(LENGTH / 2) {
        Some((first, second)) => format!("{first} {second}"),
        None => code.to_owned(),
    }
}

fn make(path: &Path) -> Result<()> {
    let mut key = [0; KEY];
    getrandom::fill(&mut key).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    let fresh = path.with_extension("new");
    if fresh.exists() {
        fs::remove_file(&fresh)?;
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
    file.write_all(&key)?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_incident_has_a_code_of_its_own_that_leads_back() {
        let codes = Codes { key: [7; KEY] };
        let mut seen = BTreeSet::new();
        for number in (0..3_000).chain([1_000_000, u64::from(CODES) - 1]) {
            let code = codes.of(IncidentId(number)).expect("a code");
            assert_eq!(codes.read(&code), Some(IncidentId(number)), "{code}");
            assert!(seen.insert(code));
        }
        assert_eq!(codes.of(IncidentId(u64::from(CODES))), None);
        assert_eq!(codes.of(IncidentId(u64::MAX)), None);
    }

    #[test]
    fn neighbours_have_nothing_in_common_and_another_key_gives_other_codes() {
        let (codes, other) = (Codes { key: [7; KEY] }, Codes { key: [8; KEY] });
        let code = |number| codes.of(IncidentId(number)).expect("a code");
        let same = |a: &str, b: &str| a.bytes().zip(b.bytes()).filter(|(a, b)| a == b).count();
        let alike: usize = (0..500).map(|n| same(&code(n), &code(n + 1))).sum();
        // By chance one sign in 24 is the same: 125 of 3 000.
        assert!(alike < 200, "{alike}");
        assert_ne!(other.of(IncidentId(5)).expect("a code"), code(5));
    }

    #[test]
    fn codes_are_read_as_people_type_them() {
        let codes = Codes { key: [7; KEY] };
        let code = codes.of(IncidentId(5)).expect("a code");
        let (first, second) = code.split_at(3);
        let typed = format!(" {}-{second} ", first.to_lowercase());
        assert_eq!(codes.read(&typed), Some(IncidentId(5)));
        assert_eq!(spoken(&code), format!("{first} {second}"));
        for wrong in
            ["", "ABC", "ABCDEFG", "0AAAAA", "IAAAAA", "安全安全安全", "AAAAAAAAAAAAAAAAAAAAA"]
        {
            assert_eq!(codes.read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_key_is_made_once_and_only_its_owner_reads_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("folder");
        let first = Codes::open(folder.path()).expect("key");
        let again = Codes::open(folder.path()).expect("key");
        assert_eq!(first.of(IncidentId(1)), again.of(IncidentId(1)));
        let path = folder.path().join("public.key");
        let mode = fs::metadata(&path).expect("file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::write(&path, "short").expect("file");
        assert!(Codes::open(folder.path()).is_err());
    }
}
