//! Who is who: the tokens of devices, and how often a wrong one may be tried.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError, RwLock},
};

use helan_kernel::{Ms, registry::Key};
use helan_store::accounts::TokenHash;

/// Wrong tokens that one address may offer for one device before it must wait.
const WRONG_BURST: u32 = 5;
/// After this time without a wrong token the count starts anew.
const WRONG_PAUSE: Ms = Ms::seconds(60);
/// Pairs of address and device that are remembered.
const WRONG_PAIRS: usize = 65_536;

/// Why a device is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stranger {
    /// The name or the token is wrong.
    Wrong,
    /// Too many wrong tokens: wait.
    TooFast,
}

/// The tokens of all devices, in memory: a region that reconnects must not wait for a disk.
#[derive(Default)]
pub struct Secrets {
    hashes: RwLock<HashMap<Key, TokenHash>>,
    wrong: Mutex<HashMap<(IpAddr, Key), (u32, Ms)>>,
}

impl Secrets {
    /// Takes all tokens that are kept.
    #[must_use]
    pub fn of(tokens: impl IntoIterator<Item = (String, TokenHash)>) -> Self {
        let hashes = tokens.into_iter().map(|(key, hash)| (Key::from(key), hash)).collect();
        Self { hashes: RwLock::new(hashes), wrong: Mutex::default() }
    }

    /// Sets the token of a device. Call [`super::Intake::dismiss`] too when it had another one.
    pub fn set(&self, device: &str, token: TokenHash) {
        let mut hashes = self.hashes.write().unwrap_or_else(PoisonError::into_inner);
        hashes.insert(Key::from(device), token);
    }

    /// Takes the token of a device away.
    pub fn remove(&self, device: &str) {
        let mut hashes = self.hashes.write().unwrap_or_else(PoisonError::into_inner);
        hashes.remove(device);
    }

    /// Whether this is the token of the device.
    ///
    /// # Errors
    /// When it is not, or when too many wrong ones came from the address.
    pub fn check(&self, device: &str, token: &[u8], from: IpAddr, now: Ms) -> Result<(), Stranger> {
        // A name that cannot be one is not remembered.
        let pair = (from, Key::from(device.get(..device.len().min(64)).unwrap_or_default()));
        if self.must_wait(&pair, now) {
            return Err(Stranger::TooFast);
        }
        if self.matches(device, token) {
            return Ok(());
        }
        let mut wrong = self.lock();
        if wrong.len() >= WRONG_PAIRS {
            wrong.retain(|_, (_, last)| now.since(*last) < WRONG_PAUSE);
            if wrong.len() >= WRONG_PAIRS {
                wrong.clear();
            }
        }
        let (count, last) = wrong.entry(pair).or_insert((0, now));
        *count += 1;
        *last = now;
        Err(Stranger::Wrong)
    }

    /// Whether this is the token of the device; nothing is counted.
    #[must_use]
    pub fn matches(&self, device: &str, token: &[u8]) -> bool {
        str::from_utf8(token).is_ok_and(|token| {
            // The hash is made in any case, so that the time does not tell whether the device exists.
            let given = TokenHash::of(token);
            let hashes = self.hashes.read().unwrap_or_else(PoisonError::into_inner);
            hashes.get(device).is_some_and(|kept| *kept == given)
        })
    }

    fn must_wait(&self, pair: &(IpAddr, Key), now: Ms) -> bool {
        let mut wrong = self.lock();
        match wrong.get(pair) {
            Some((_, last)) if now.since(*last) >= WRONG_PAUSE => {
                wrong.remove(pair);
                false
            }
            Some((count, _)) => *count >= WRONG_BURST,
            None => false,
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(IpAddr, Key), (u32, Ms)>> {
        // Nothing that can fail runs under the lock, so a poisoned one is still whole.
        self.wrong.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_tokens_are_slowed_down_for_that_device_and_address_only() {
        let secrets = Secrets::default();
        secrets.set("a", TokenHash::of("right"));
        secrets.set("b", TokenHash::of("other"));
        let here: IpAddr = [192, 0, 2, 1].into();
        let there: IpAddr = [192, 0, 2, 2].into();
        let at = |s: i64| Ms::seconds(s);
        assert_eq!(secrets.check("a", b"right", here, at(0)), Ok(()));
        for _ in 0..WRONG_BURST {
            assert_eq!(secrets.check("a", b"wrong", here, at(1)), Err(Stranger::Wrong));
        }
        assert_eq!(secrets.check("a", b"right", here, at(2)), Err(Stranger::TooFast));
        assert_eq!(secrets.check("a", b"right", there, at(2)), Ok(()));
        assert_eq!(secrets.check("b", b"other", here, at(2)), Ok(()));
        assert_eq!(secrets.check("a", b"right", here, at(62)), Ok(()));
    }

    #[test]
    fn a_device_without_token_never_gets_in() {
        let secrets = Secrets::default();
        let here: IpAddr = [192, 0, 2, 1].into();
        assert_eq!(secrets.check("a", b"", here, Ms(0)), Err(Stranger::Wrong));
        secrets.set("a", TokenHash::of("x"));
        secrets.remove("a");
        assert_eq!(secrets.check("a", b"x", here, Ms(0)), Err(Stranger::Wrong));
    }
}
