//! The server from start to stop: an ordered list.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use anyhow::{Context, Result};
use helan_kernel::{
    Event, Ms,
    event::{Actor, AuditNote},
};
use helan_node::{Node, Recovery};
use helan_store::{
    History,
    accounts::{Accounts, TokenHash},
    desk::Desk,
    documents::Documents,
};
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
};

use crate::{
    access::sessions::{Sessions, Spans},
    api::{self, Api, Parts, live::Hub},
    base::BaseData,
    channels, clock,
    config::{Config, secret},
    first_start::{self, Say},
    forces::Forces,
    intake::{Intake, Secrets},
    jobs::{
        connect::Connectors,
        crews,
        drill::{Drills, Places},
        export::Exports,
        forecast,
        import::Imports,
        quality::{self, Quality},
        report, roster, verify,
    },
    metrics::Metrics,
    packs,
    platform::{Platform, Running},
    public::{Public, code::Codes},
    releases::Releases,
    risk::Risks,
    roads::Roads,
    text::{Language, text},
};

/// Longest wait for requests that are under way when the server stops.
const DRAIN: Duration = Duration::from_secs(10);
/// Sessions that are over are forgotten, and notes of the command line taken, this often.
const SWEEP: Duration = Duration::from_secs(600);

/// What the command line says.
#[derive(Clone, Debug)]
pub struct Options {
    /// Configuration.
    pub config: Config,
    /// Data folder; made when it is new.
    pub data: PathBuf,
    /// Folder of packs.
    pub packs: PathBuf,
    /// Whether the simulator may register virtual devices and start drills.
    pub demo: bool,
    /// Whether to go on when the journal replays to something else than was recorded (`helan_node::Options`).
    pub accept_divergence: bool,
}

/// Runs the server until it is told to stop.
///
/// # Errors
/// When it cannot start, or the node stopped because a commit failed.
pub async fn serve(options: Options, say: Say<'_>) -> Result<()> {
    let http = TcpListener::bind(options.config.http.listen).await.context("http.listen")?;
    let mqtt = TcpListener::bind(options.config.mqtt.listen).await.context("mqtt.listen")?;
    let (http_at, mqtt_at) = (http.local_addr()?, mqtt.local_addr()?);
    let server = Server::open(options, mqtt, http_at, say).await?;
    tokio::spawn(sweep(server.api.clone()));
    tokio::spawn(quality::keep(server.api.clone()));
    tokio::spawn(roster::run(server.api.clone()));
    tokio::spawn(forecast::run(server.api.clone()));
    tokio::spawn(verify::run(server.api.clone()));
    tokio::spawn(report::run(server.api.clone()));
    tokio::spawn(crews::run(server.api.clone()));
    tokio::spawn(crate::dispatch::watch::run(server.api.clone()));
    let web =
        crate::http::serve(http, api::router(server.api.clone()), server.api.stopping.clone());
    let web = tokio::spawn(web);
    listening(say, http_at, mqtt_at);
    let mut node = std::pin::pin!(server.running.join());
    let mut ended = None;
    tokio::select! {
        told = told_to_stop() => told?,
        result = &mut node => ended = Some(result),
    }
    tracing::info!("stopping");
    // Order: no new work, then what waits is committed and answered, then the node saves its state.
    server.stop.send_replace(true);
    server.devices.stop(DRAIN).await;
    if tokio::time::timeout(DRAIN, web).await.is_err() {
        tracing::warn!("some requests did not end in time");
    }
    server.api.platform.close();
    let result = match ended {
        Some(result) => result,
        None => node.await,
    };
    result.context("the node stopped: start again to recover from the journal")
}

/// An open platform with everything around it but the HTTP listener.
pub struct Server {
    /// What the handlers share.
    pub api: Api,
    /// The engine's thread.
    pub running: Running,
    /// Device connections.
    pub devices: Arc<helan_broker::Server<Intake>>,
    /// Turned true when the server stops.
    pub stop: watch::Sender<bool>,
}

impl Server {
    /// Opens the data folder, loads the packs and starts the node, the device endpoint and the channels.
    ///
    /// # Errors
    /// When a file cannot be used, a pack is wrong, or a secret is missing.
    pub async fn open(
        options: Options,
        mqtt: TcpListener,
        http_at: SocketAddr,
        say: Say<'_>,
    ) -> Result<Self> {
        let config = Arc::new(options.config);
        let data = options.data;
        make_folder(&data).with_context(|| format!("data folder {}", data.display()))?;
        // First of all: it locks the folder.
        let node = Node::open_with(&data, &node_options(&config, options.accept_divergence))?;
        report(node.recovery());
        let clock = clock::steady(node.engine().now());
        let accounts = Arc::new(Accounts::open(&data)?);
        first_start::accounts(&accounts, options.demo, say)?;
        let (platform, running) = Platform::start(node, clock.clone())?;
        let parts = packs::load(&platform, &options.packs).await?;
        let needs = parts.needs;
        let plans = helan_protocol::pack::plan::load(&options.packs).context("packs of plans")?;
        if plans.packs().is_empty() {
            tracing::warn!("no packs of plans: levels, options and plans cannot be proposed");
        }
        let desk = Arc::new(Desk::open(&data)?);
        let documents = Arc::new(Documents::open(&data)?);
        let base = Arc::new(BaseData::open(&data, parts.kinds, desk.clone())?);
        let tables = (parts.risk, parts.dangers, parts.presence);
        let risks = Risks::start(&base, &desk, clock.clone(), tables)?;
        let imports = Imports::new(&data, clock.clone()).context("imports")?;
        let exports = Exports::new(&data).context("exports")?;
        let parts = (desk.clone(), base.clone(), platform.clone());
        let connectors = Connectors::new(&data, &config.connectors, parts, clock.clone());
        let connectors = Arc::new(connectors.context("connectors")?);
        let secrets = Arc::new(Secrets::of(accounts.device_tokens()?));
        let intake = Intake::new(platform.clone(), secrets);
        let mut sessions = Sessions::new(accounts.clone(), clock.clone(), spans(&config))?;
        if let Some(token) = first_start::simulator_token(&data, options.demo, say)? {
            sessions.add_simulator(&token);
        }
        let places = Places {
            scenarios: config.drills.scenarios.clone(),
            packs: options.packs.clone(),
            data: data.clone(),
            simulator: Places::simulator_beside().filter(|_| options.demo),
            http: http_at,
            mqtt: mqtt.local_addr()?,
        };
        let codes = Arc::new(Codes::open(&data).context("key of the public pages")?);
        let public = Public::open(codes.clone(), &options.packs)?;
        let channels = channels::start(platform.clone(), &config, codes)?;
        let devices = Arc::new(intake.serve_mqtt(mqtt));
        tokio::spawn(intake.clone().serve_loudspeakers());
        let connections = devices.clone();
        let token = |path| secret(path).map(|secret| secret.as_deref().map(TokenHash::of));
        let (stop, stopping) = watch::channel(false);
        let elevation = match config.response.elevation.as_str() {
            "" => None,
            file => Some(
                helan_exchange::elevation(Path::new(file))
                    .with_context(|| format!("elevation model {file}"))?,
            ),
        };
        let roads = Roads::start(&base, &desk, clock.clone(), stopping.clone())?;
        tokio::spawn(connectors.clone().work(stopping.clone()));
        let api = Api::new(Parts {
            history: api::History::new(History::open(&data)?, data),
            accounts,
            sessions: Arc::new(sessions),
            live: Hub::start(platform.clone()),
            map: api::MapCache::default(),
            tiles: api::TileCache::default(),
            intake,
            dry_runs: Semaphore::new(1),
            suppositions: api::Line::default(),
            checks: Semaphore::new(1),
            drills: Drills::new(places, clock.clone(), platform.clone()),
            gateway_token: token(&config.gateway.token_file)?,
            base,
            desk,
            documents,
            releases: Releases::default(),
            quality: Quality::default(),
            risks,
            roads,
            elevation,
            crews: crews::Crews::default(),
            plans,
            forces: Forces::default(),
            needs,
            imports,
            exports,
            connectors,
            metrics: Metrics::default(),
            metrics_token: token(&config.metrics.token_file)?,
            channels,
            mqtt_connections: Box::new(move || connections.connections()),
            public,
            feed: Mutex::default(),
            config,
            platform,
            stopping,
        });
        Ok(Self { api, running, devices, stop })
    }
}

/// Says what the start found: a damaged snapshot means a damaged disk.
fn report(recovery: &Recovery) {
    for skipped in &recovery.skipped {
        tracing::warn!(skipped, "a snapshot could not be used; the one before it was");
    }
    if let Some(turn) = recovery.diverged {
        tracing::warn!(turn, "from here on the replay gave something else than was recorded");
    }
    let Recovery { turns, readings, .. } = *recovery;
    tracing::info!(snapshot = recovery.snapshot, turns, readings, "recovered");
}

/// Readings and people's data are nobody else's: a new data folder is its owner's alone.
fn make_folder(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

fn node_options(config: &Config, accept_divergence: bool) -> helan_node::Options {
    let days = i64::from(config.store.keep_readings_days);
    helan_node::Options {
        accept_divergence,
        keep_readings: Ms::seconds(days.saturating_mul(24 * 3600)),
    }
}

fn spans(config: &Config) -> Spans {
    Spans {
        idle: Ms::seconds(i64::from(config.session.idle_minutes) * 60),
        absolute: Ms::seconds(i64::from(config.session.absolute_hours) * 3600),
    }
}

/// Resolves when the server stops.
pub async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone: then everything is over, too.
    drop(stopping.wait_for(|stop| *stop).await);
}

async fn told_to_stop() -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        pressed = tokio::signal::ctrl_c() => Ok(pressed?),
    }
}

/// Brings what was done to accounts beside this server into the audit chain: once it is committed there, the note goes.
///
/// # Errors
/// When the accounts cannot be used, or the node has stopped.
pub async fn audit_pending(api: &Api) -> Result<()> {
    loop {
        let accounts = api.accounts.clone();
        let waiting = tokio::task::spawn_blocking(move || accounts.pending()).await??;
        let Some(last) = waiting.last().map(|note| note.id) else { return Ok(()) };
        let by = Actor { account: "command-line".into(), name: "".into() };
        let notes = waiting.into_iter().map(|note| {
            let from = format!("this machine at {}", note.at.0);
            let (what, object) = (note.what, note.object);
            Event::Audit(Box::new(AuditNote { by: by.clone(), what, object, done: true, from }))
        });
        api.platform.act_all(notes.collect()).await?;
        let accounts = api.accounts.clone();
        tokio::task::spawn_blocking(move || accounts.noted(last)).await??;
    }
}

async fn sweep(api: Api) {
    let (sessions, mut stopping) = (api.sessions.clone(), api.stopping.clone());
    let mut tick = tokio::time::interval(SWEEP);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = stopped(&mut stopping) => return,
        }
        if let Err(error) = sessions.sweep().await {
            tracing::warn!(%error, "old sessions could not be forgotten");
        }
        if let Err(error) = audit_pending(&api).await {
            tracing::warn!(%error, "what was done to accounts is not in the audit chain yet");
        }
    }
}

fn listening(say: Say<'_>, http: SocketAddr, mqtt: SocketAddr) {
    for language in [Language::Zh, Language::En] {
        let line = text(language, "start.listening")
            .replace("{http}", &format!("http://{http}"))
            .replace("{mqtt}", &mqtt.to_string());
        say(&line);
    }
}
