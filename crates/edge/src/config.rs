//! Configuration: one TOML file; paths in it are relative to its folder.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use helan_kernel::registry::{DeviceSpec, Facility, Post};
use serde::Deserialize;

/// The file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Folder of the agent's own data.
    pub data: PathBuf,
    /// Folder of packs: the same as at the platform.
    pub packs: PathBuf,
    /// The site's registry, JSON: see [`Site`].
    pub site: PathBuf,
    /// The devices of the site.
    pub local: Local,
    /// The platform; none for a site that stands alone.
    pub uplink: Option<Uplink>,
}

/// Where the devices of the site connect.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Local {
    /// Address of the MQTT endpoint.
    pub mqtt: SocketAddr,
}

/// How the platform is reached.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Uplink {
    /// Its MQTT endpoint, `host:port`.
    pub mqtt: String,
    /// Device key of this agent at the platform.
    pub gateway: String,
    /// File with the agent's token.
    pub token_file: PathBuf,
    /// Longest wait between two tries to connect, in milliseconds; half to one and a half of it.
    #[serde(default = "retry_most_ms")]
    pub retry_most_ms: u64,
}

/// The platform has the alarm two seconds after the link is back (scenario S1): the wait, at most one and a half of this, and
/// the upload fit in. Tries that reach nobody cost the platform nothing.
const fn retry_most_ms() -> u64 {
    1_000
}

/// What stands at the site.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Devices with their local tokens.
    pub devices: Vec<LocalDevice>,
    /// Buildings, for the words of alarms.
    #[serde(default)]
    pub facilities: Vec<Facility>,
    /// Posts, for the words of alarms.
    #[serde(default)]
    pub posts: Vec<Post>,
}

/// A device of the site.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalDevice {
    /// What it shows as its password.
    pub token: String,
    /// How it is registered, as at the platform.
    pub spec: DeviceSpec,
}

impl Config {
    /// Reads the file and makes its paths absolute.
    ///
    /// # Errors
    /// When it cannot be read or has unknown words.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let mut config: Self = toml::from_str(&text).with_context(|| path.display().to_string())?;
        let folder = path.parent().unwrap_or(Path::new("."));
        for place in [&mut config.data, &mut config.packs, &mut config.site] {
            *place = folder.join(&*place);
        }
        if let Some(uplink) = &mut config.uplink {
            uplink.token_file = folder.join(&uplink.token_file);
        }
        Ok(config)
    }

    /// Reads the site's registry.
    ///
    /// # Errors
    /// When it cannot be read or has unknown words.
    pub fn site(&self) -> Result<Site> {
        let text = std::fs::read(&self.site).with_context(|| self.site.display().to_string())?;
        serde_json::from_slice(&text).with_context(|| self.site.display().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("edge.toml");
        let text = "data = 'd'\npacks = '/p'\nsite = 's.json'\n[local]\nmqtt = '127.0.0.1:0'\n\
                    [uplink]\nmqtt = 'h:1883'\ngateway = 'g'\ntoken_file = 't'\n";
        std::fs::write(&file, text).unwrap();
        let config = Config::read(&file).unwrap();
        assert_eq!(config.data, folder.path().join("d"));
        assert_eq!(config.packs, Path::new("/p"));
        assert_eq!(config.uplink.unwrap().token_file, folder.path().join("t"));
        std::fs::write(&file, format!("{text}\nunknown = 1\n")).unwrap();
        assert!(Config::read(&file).is_err());
    }
}
