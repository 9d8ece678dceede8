//! Secrets of devices: a random token for each device key.

use helan_kernel::Ms;
use rusqlite::params;

use super::{Accounts, TokenHash};
use crate::StoreError;

impl Accounts {
    /// Sets the tokens of devices, given as hashes, in one durable transaction. Earlier tokens of the same devices end.
    ///
    /// # Errors
    /// When the database fails: none is set.
    pub fn set_device_tokens(
        &self,
        tokens: &[(&str, TokenHash)],
        now: Ms,
    ) -> Result<(), StoreError> {
        let mut db = self.lock();
        let tx = db.transaction()?;
        {
            let mut put = tx.prepare_cached(
                "INSERT INTO device_secret (device, token_hash, changed) VALUES (?1, ?2, ?3)
                 ON CONFLICT (device) DO UPDATE
                 SET token_hash = excluded.token_hash, changed = excluded.changed",
            )?;
            for (device, token) in tokens {
                put.execute(params![device, token.as_bytes(), now.0])?;
            }
        }
        tx.commit()?;
        Ok(())
    }

    /// All devices with the hashes of their tokens, by key: to check without the disk.
    ///
    /// # Errors
    /// When the database fails.
    pub fn device_tokens(&self) -> Result<Vec<(String, TokenHash)>, StoreError> {
        let db = self.lock();
        let mut all =
            db.prepare_cached("SELECT device, token_hash FROM device_secret ORDER BY device")?;
        let rows = all.query_map([], |row| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?)))?;
        let mut tokens = Vec::new();
        for row in rows {
            let (device, hash) = row?;
            if let Some(hash) = TokenHash::from_slice(&hash) {
                tokens.push((device, hash));
            }
        }
        Ok(tokens)
    }

    /// Takes the token of a device away. False when it had none.
    ///
    /// # Errors
    /// When the database fails.
    pub fn remove_device_token(&self, device: &str) -> Result<bool, StoreError> {
        Ok(self.lock().execute("DELETE FROM device_secret WHERE device = ?1", [device])? == 1)
    }
}
