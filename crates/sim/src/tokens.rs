//! Tokens of the virtual devices, kept between two runs: a server tells a token only once.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use helan_kernel::registry::RegistryChange;

use crate::api::Api;

/// Tokens by device key, in a file that only its owner can read.
#[derive(Debug)]
pub struct Tokens {
    path: PathBuf,
    known: BTreeMap<String, String>,
}

impl Tokens {
    /// Reads the file beside the service account's token; no file means none known.
    ///
    /// # Errors
    /// When the file is there but cannot be read.
    pub fn beside(token_file: &Path) -> Result<Self> {
        let path = token_file.with_file_name("simulator-devices.json");
        let known = match std::fs::read(&path) {
            Ok(bytes) => {
                serde_json::from_slice(&bytes).with_context(|| path.display().to_string())?
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error).with_context(|| path.display().to_string()),
        };
        Ok(Self { path, known })
    }

    /// Registers everything and makes sure that each device's token is known.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses, or the file cannot be written.
    pub async fn register(&mut self, api: &Api, changes: &[RegistryChange]) -> Result<()> {
        let new = api.register(changes).await?;
        self.known.extend(new);
        let wanted: BTreeSet<&str> = changes
            .iter()
            .filter_map(|change| match change {
                RegistryChange::PutDevice(spec) => Some(spec.key.as_str()),
                _ => None,
            })
            .collect();
        let missing: Vec<&str> =
            wanted.into_iter().filter(|key| !self.known.contains_key(*key)).collect();
        for (done, key) in missing.iter().enumerate() {
            if done % 1000 == 0 {
                tracing::info!(done, of = missing.len(), "asking for new device tokens");
            }
            let token = api.new_token(key).await?;
            self.known.insert((*key).to_owned(), token);
        }
        self.save()
    }

    /// The token of a device; empty when it is not known.
    #[must_use]
    pub fn of(&self, key: &str) -> &str {
        self.known.get(key).map_or("", String::as_str)
    }

    fn save(&self) -> Result<()> {
        use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _};
        let mut options = std::fs::OpenOptions::new();
        let file = options.create(true).write(true).truncate(true).mode(0o600).open(&self.path);
        let mut file = file.with_context(|| self.path.display().to_string())?;
        file.write_all(&serde_json::to_vec(&self.known)?)?;
        Ok(())
    }
}
