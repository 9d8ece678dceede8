//! The site agent: acts without the platform, and tells it later.
//!
//! The same engine as the platform's, for one site: its devices connect to the agent's own MQTT endpoint ([`local`]), the
//! engine decides ([`agent`]), and what they said goes to the platform whenever the link is there ([`link`]).

mod agent;
mod clock;
mod config;
mod link;
mod local;
mod queue;
mod readings;
mod site;

use std::{io::IsTerminal as _, path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, bail};
use clap::Parser;
use helan_node::Node;
use tokio::net::TcpListener;

use crate::{agent::Agent, config::Config, link::LinkUp, local::Local, queue::Queue};

/// Site agent of Helan: acts at the site without the platform, and tells it later.
#[derive(Parser)]
#[command(name = "helan-edge", version)]
struct Cli {
    /// Configuration file.
    #[arg(long, default_value = "edge.toml")]
    config: PathBuf,
}

#[tokio::main]
async fn main() -> Result<()> {
    let level = tracing_subscriber::EnvFilter::try_from_default_env();
    tracing_subscriber::fmt()
        .with_env_filter(level.unwrap_or_else(|_| "info".into()))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    let config = Config::read(&Cli::parse().config)?;
    let site = config.site()?;
    std::fs::create_dir_all(&config.data)?;

    let node = Node::open(&config.data)?;
    let (agent, engine) = Agent::start(node)?;
    let (queue, _writer) = Queue::open(&config.data)?;
    site::register(&agent, &config, &site).await?;

    let listener = TcpListener::bind(config.local.mqtt).await.context("local MQTT endpoint")?;
    tracing::info!(mqtt = %listener.local_addr()?, devices = site.devices.len(), "site agent");
    let devices = site::devices(&agent, &site).await?;
    let local = Local::new(agent.clone(), queue.clone(), devices);
    let endpoint = helan_broker::serve(listener, Arc::new(local));

    if let Some(uplink) = config.uplink {
        let token = std::fs::read_to_string(&uplink.token_file)
            .with_context(|| uplink.token_file.display().to_string())?;
        let link = LinkUp {
            uplink,
            token: token.trim().to_owned(),
            devices: site.devices.iter().map(|d| d.spec.key.as_str().into()).collect(),
            agent: agent.clone(),
            queue: queue.clone(),
        };
        tokio::spawn(link.run());
    }

    wait_for_end(&agent).await?;
    endpoint.stop(Duration::from_secs(2)).await;
    agent.close();
    let ended = tokio::task::spawn_blocking(move || engine.join()).await?;
    ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    Ok(())
}

/// Until somebody stops the agent, or its node fails.
async fn wait_for_end(agent: &Agent) -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut check = tokio::time::interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => return Ok(interrupted?),
            _ = terminate.recv() => return Ok(()),
            _ = check.tick() => {
                if agent.ask(|_| ()).await.is_err() {
                    bail!("the node has stopped");
                }
            }
        }
    }
}
