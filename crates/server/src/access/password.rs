//! Passwords: rules, hashes (argon2id), random ones.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};

/// Shortest password of a person. GB/T 22239-2019 8.1.4.1 a) asks for complexity, not for a number; ten is common practice.
pub const MIN_CHARS: usize = 10;
/// Longest: argon2 would take more, but nobody types it.
pub const MAX_CHARS: usize = 128;
/// From this length on, a phrase of plain words is as good as a mixture.
const PHRASE_CHARS: usize = 20;

/// Why a password is not good enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Weak {
    /// Shorter than [`MIN_CHARS`] or longer than [`MAX_CHARS`].
    #[error("length")]
    Length,
    /// Fewer than three of: small letters, capital letters, digits, others; and too short for a phrase.
    #[error("mixture")]
    Mixture,
    /// Holds the name of the account, or few different characters.
    #[error("guessable")]
    Guessable,
}

/// A hash could not be made or read.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// The hash function failed, or the stored hash is damaged.
    #[error("password hash: {0}")]
    Hash(String),
    /// The system gave no randomness.
    #[error("no randomness: {0}")]
    Random(#[from] getrandom::Error),
}

/// Whether a password may be used for an account.
///
/// # Errors
/// Says what is wrong with it.
pub fn rules(account: &str, password: &str) -> Result<(), Weak> {
    let length = password.chars().count();
    if !(MIN_CHARS..=MAX_CHARS).contains(&length) {
        return Err(Weak::Length);
    }
    let kinds: [fn(char) -> bool; 4] = [
        |c| c.is_lowercase(),
        |c| c.is_uppercase(),
        |c| c.is_numeric(),
        |c| !c.is_lowercase() && !c.is_uppercase() && !c.is_numeric(),
    ];
    let kinds = kinds.iter().filter(|kind| password.chars().any(**kind)).count();
    if kinds < 3 && length < PHRASE_CHARS {
        return Err(Weak::Mixture);
    }
    let different = password.chars().collect::<std::collections::BTreeSet<_>>().len();
    let named = !account.is_empty() && password.to_lowercase().contains(&account.to_lowercase());
    if different < 6 || named { Err(Weak::Guessable) } else { Ok(()) }
}

/// The hash of a password as PHC text, argon2id with the default cost (19 MiB, two passes). Takes some 20 ms: not for async tasks.
///
/// # Errors
/// When the hash cannot be made.
pub fn hash(password: &str) -> Result<String, HashError> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt)?;
    Argon2::default()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map(|hash| hash.to_string())
        .map_err(|error| HashError::Hash(error.to_string()))
}

/// Whether a password fits a hash. Takes some 20 ms: not for async tasks.
#[must_use]
pub fn fits(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// Letters and digits that nobody mistakes for one another.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789A";

/// A random password of four groups, 80 bits, that keeps the rules.
///
/// # Errors
/// When the system gives no randomness.
pub fn random() -> Result<String, HashError> {
    loop {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        let letters: Vec<char> = bytes
            .iter()
            .filter_map(|byte| LETTERS.get(usize::from(byte % 32)))
            .map(|letter| char::from(*letter))
            .collect();
        let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
        let password = groups.join("-");
        if rules("", &password).is_ok() {
            return Ok(password);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_of_passwords() {
        let check = |password: &str, expected: Result<(), Weak>| {
            assert_eq!(rules("wang.li", password), expected, "{password}");
        };
        check("Short1!", Err(Weak::Length));
        check(&"aB3!".repeat(40), Err(Weak::Length));
        check("onlysmallletters", Err(Weak::Mixture));
        check("onlysmall12345", Err(Weak::Mixture));
        check("four plain words suffice", Ok(()));
        check("Mixed12345ab", Ok(()));
        check("贺兰山下的值班室Ab1", Ok(()));
        check("aaaaaaaaaaaaA1!", Err(Weak::Guessable));
        check("Wang.Li-2026-x", Err(Weak::Guessable));
    }

    #[test]
    fn a_hash_fits_its_password_only() {
        let stored = hash("Mixed12345ab").expect("hash");
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(fits("Mixed12345ab", &stored));
        assert!(!fits("Mixed12345aB", &stored));
        assert!(!fits("Mixed12345ab", "no hash"));
        assert_ne!(stored, hash("Mixed12345ab").expect("hash"), "salted");
    }

    #[test]
    fn random_passwords_keep_the_rules() {
        for _ in 0..200 {
            let password = random().expect("random");
            assert_eq!(rules("admin", &password), Ok(()));
            assert_eq!(password.len(), 19);
        }
    }
}
