//! The site agent of a scenario: started for it, with its own data, configuration and cable to the platform.

use std::{
    collections::BTreeMap,
    net::{SocketAddr, TcpListener},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use helan_kernel::{AreaCode, Position};
use serde_json::json;
use tokio::{
    net::TcpStream,
    process::{Child, Command},
    time::sleep,
};

use super::{file::Scenario, proxy::Cable, run::Options, stage};
use crate::{clock, mqtt::Dialer, random::Random, tokens::Tokens};

/// Time for the agent to come up.
const START: Duration = Duration::from_secs(20);

/// A running site agent.
#[derive(Debug)]
pub struct Site {
    process: Child,
    cable: Cable,
    dialer: Dialer,
    tokens: BTreeMap<String, String>,
    /// Its data; removed at the end.
    folder: std::path::PathBuf,
}

impl Site {
    /// Writes its files and starts it.
    ///
    /// # Errors
    /// When the files cannot be written, or the agent does not come up.
    pub async fn start(scenario: &Scenario, options: &Options, platform: &Tokens) -> Result<Self> {
        let site = scenario.site.as_ref().context("the scenario has no site")?;
        let cable = Cable::to(options.mqtt).await?;
        let local = free_port()?;
        let folder = std::env::temp_dir().join(format!("helan-site-{}", std::process::id()));
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        // Local tokens protect nothing here, but the agent must ask for them as it does at a real site.
        let mut random = Random::of(scenario.seed, &site.gateway);
        let devices: Vec<_> = scenario.devices.iter().filter(|d| d.site).collect();
        let tokens: BTreeMap<String, String> = devices
            .iter()
            .map(|d| (d.key.clone(), format!("{:016x}{:016x}", random.bits(), random.bits())))
            .collect();
        let area = AreaCode(scenario.area);
        let position = Position { lon: scenario.position.0, lat: scenario.position.1 };
        let specs: Vec<_> = devices
            .iter()
            .map(|d| {
                let spec = stage::spec(d, area, position, String::new());
                json!({ "token": tokens.get(&d.key), "spec": spec })
            })
            .collect();
        std::fs::write(folder.join("site.json"), json!({ "devices": specs }).to_string())?;
        std::fs::write(folder.join("uplink.token"), platform.of(&site.gateway))?;
        let packs = std::fs::canonicalize(&options.packs)
            .with_context(|| format!("packs {} (--packs)", options.packs.display()))?;
        let config = format!(
            "data = \"data\"\npacks = {packs:?}\nsite = \"site.json\"\n\n[local]\nmqtt = \"{local}\"\n\n\
             [uplink]\nmqtt = \"{}\"\ngateway = \"{}\"\ntoken_file = \"uplink.token\"\n",
            cable.address(),
            site.gateway
        );
        std::fs::write(folder.join("edge.toml"), config)?;
        let process = Command::new(&options.edge)
            .arg("--config")
            .arg(folder.join("edge.toml"))
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("site agent {} (--edge)", options.edge.display()))?;
        let site =
            Self { process, cable, dialer: Dialer::new(local, scenario.seed), tokens, folder };
        site.up(local).await
    }

    async fn up(mut self, local: SocketAddr) -> Result<Self> {
        let end = clock::instant() + START;
        while TcpStream::connect(local).await.is_err() {
            ensure!(clock::instant() < end, "the site agent does not come up");
            if let Some(status) = self.process.try_wait()? {
                anyhow::bail!("the site agent ended: {status}");
            }
            sleep(Duration::from_millis(50)).await;
        }
        Ok(self)
    }

    /// Connections of its devices.
    #[must_use]
    pub fn dialer(&self) -> &Dialer {
        &self.dialer
    }

    /// Local token of a device.
    #[must_use]
    pub fn token(&self, device: &str) -> &str {
        self.tokens.get(device).map_or("", String::as_str)
    }

    /// Pulls or plugs in the cable to the platform.
    pub fn uplink(&self, up: bool) {
        self.cable.set(up);
    }

    /// Gives the agent time to upload what it has.
    pub async fn settled(&mut self, time: Duration) {
        self.cable.set(true);
        sleep(time.min(Duration::from_secs(3))).await;
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Err(error) = self.process.start_kill() {
            tracing::debug!(%error, "the site agent is gone already");
        }
        if let Err(error) = std::fs::remove_dir_all(&self.folder) {
            tracing::debug!(%error, "data of the site agent");
        }
    }
}

fn free_port() -> Result<SocketAddr> {
    // The port is free again for the agent the moment the listener is dropped.
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?)
}
