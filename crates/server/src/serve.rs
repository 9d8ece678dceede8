//! The server from start to stop: an ordered list.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use anyhow::{Context, Result};
use axum::serve::ListenerExt;
use helan_kernel::{AreaCode, Ms};
use helan_node::Node;
use helan_store::{
    History,
    accounts::{Accounts, NewAccount, Role, TokenHash},
};
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
};

use crate::{
    access::{
        password,
        sessions::{Sessions, Spans, new_token},
    },
    api::{self, Api, Parts, live::Hub},
    channels, clock,
    config::{Config, secret},
    intake::{Intake, Secrets},
    jobs::drill::{Drills, Places},
    metrics::Metrics,
    packs,
    platform::Platform,
    text::{Language, text},
};

/// Longest wait for requests that are under way when the server stops.
const DRAIN: Duration = Duration::from_secs(10);
/// Sessions that are over are forgotten this often.
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
}

/// Runs the server until it is told to stop.
///
/// # Errors
/// When it cannot start, or the node stopped because a commit failed.
pub async fn serve(options: Options, say: &dyn Fn(&str)) -> Result<()> {
    let config = Arc::new(options.config);
    let data = &options.data;
    std::fs::create_dir_all(data).with_context(|| format!("data folder {}", data.display()))?;
    let accounts = Arc::new(Accounts::open(data)?);
    first_accounts(&accounts, options.demo, say)?;
    let node = Node::open(data)?;
    let (platform, running) = Platform::start(node, clock::system())?;
    packs::load(&platform, &options.packs).await?;
    let intake = Intake::new(platform.clone(), Arc::new(Secrets::of(accounts.device_tokens()?)));
    let sessions = sessions(&accounts, &config, data, options.demo, say)?;
    let (stop, stopping) = watch::channel(false);
    let http = TcpListener::bind(config.http.listen).await.context("http.listen")?;
    let mqtt = TcpListener::bind(config.mqtt.listen).await.context("mqtt.listen")?;
    let (http_at, mqtt_at) = (http.local_addr()?, mqtt.local_addr()?);
    let places = Places {
        scenarios: config.drills.scenarios.clone(),
        packs: options.packs.clone(),
        data: data.clone(),
        simulator: Places::simulator_beside().filter(|_| options.demo),
        http: http_at,
        mqtt: mqtt_at,
    };
    let figures = channels::start(platform.clone(), &config)?;
    let devices = Arc::new(intake.serve_mqtt(mqtt));
    tokio::spawn(intake.clone().serve_loudspeakers());
    let connections = devices.clone();
    let api = Api::new(Parts {
        platform: platform.clone(),
        history: api::History::new(History::open(data)?),
        accounts,
        sessions: sessions.clone(),
        live: Hub::start(platform.clone()),
        config: config.clone(),
        map: api::MapCache::default(),
        intake: intake.clone(),
        dry_runs: Semaphore::new(1),
        drills: Drills::new(places, clock::system()),
        gateway_token: secret(&config.gateway.token_file)?.as_deref().map(TokenHash::of),
        metrics: Metrics::default(),
        metrics_token: secret(&config.metrics.token_file)?.as_deref().map(TokenHash::of),
        channels: figures,
        mqtt_connections: Box::new(move || connections.connections()),
        feed: Mutex::default(),
        stopping: stopping.clone(),
    });
    tokio::spawn(sweep(sessions, stopping.clone()));
    let web = tokio::spawn(serve_http(http, api, stopping));
    listening(say, http_at, mqtt_at);
    let mut node = std::pin::pin!(running.join());
    let mut ended = None;
    tokio::select! {
        told = told_to_stop() => told?,
        result = &mut node => ended = Some(result),
    }
    tracing::info!("stopping");
    // Order: no new work, then what waits is committed and answered, then the node saves its state.
    stop.send_replace(true);
    devices.stop(DRAIN).await;
    if tokio::time::timeout(DRAIN, web).await.is_err() {
        tracing::warn!("some requests did not end in time");
    }
    platform.close();
    let result = match ended {
        Some(result) => result,
        None => node.await,
    };
    result.context("the node stopped: start again to recover from the journal")
}

async fn serve_http(listener: TcpListener, api: Api, mut stopping: watch::Receiver<bool>) {
    let router = api::router(api).into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener.tap_io(no_delay), router)
        .with_graceful_shutdown(async move {
            stopped(&mut stopping).await;
        })
        .await;
    if let Err(error) = served {
        tracing::error!(%error, "the HTTP server ended");
    }
}

/// Answers leave at once: waiting for more to send would cost 40 ms.
fn no_delay(stream: &mut tokio::net::TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY");
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

async fn sweep(sessions: Arc<Sessions>, mut stopping: watch::Receiver<bool>) {
    let mut tick = tokio::time::interval(SWEEP);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = stopped(&mut stopping) => return,
        }
        if let Err(error) = sessions.sweep().await {
            tracing::warn!(%error, "old sessions could not be forgotten");
        }
    }
}

fn listening(say: &dyn Fn(&str), http: SocketAddr, mqtt: SocketAddr) {
    for language in [Language::Zh, Language::En] {
        let line = text(language, "start.listening")
            .replace("{http}", &format!("http://{http}"))
            .replace("{mqtt}", &mqtt.to_string());
        say(&line);
    }
}

/// The first start makes the administrator, and for demonstrations a duty officer; their passwords are shown this once.
fn first_accounts(accounts: &Accounts, demo: bool, say: &dyn Fn(&str)) -> Result<()> {
    if !accounts.accounts()?.is_empty() {
        return Ok(());
    }
    let mut first = vec![("admin", "管理员", Role::Admin)];
    if demo {
        first.push(("duty", "值班员", Role::Duty));
    }
    for language in [Language::Zh, Language::En] {
        say(text(language, "start.first"));
    }
    for (account, name, role) in first {
        let given = password::random()?;
        accounts.create(
            &NewAccount {
                account,
                name,
                role,
                area: AreaCode::ALL,
                language: "zh",
                password_hash: &password::hash(&given)?,
                must_change: true,
            },
            clock::now(),
        )?;
        // The password stands last, so that scripts of tests can take it.
        say(&format!("  账号 account: {account}  密码 password: {given}"));
    }
    Ok(())
}

fn sessions(
    accounts: &Arc<Accounts>,
    config: &Config,
    data: &std::path::Path,
    demo: bool,
    say: &dyn Fn(&str),
) -> Result<Arc<Sessions>> {
    let spans = Spans {
        idle: Ms::seconds(i64::from(config.session.idle_minutes) * 60),
        absolute: Ms::seconds(i64::from(config.session.absolute_hours) * 3600),
    };
    let mut sessions = Sessions::new(accounts.clone(), clock::system(), spans)?;
    let path = data.join("simulator.token");
    if demo {
        // A new token with every start: an old file is worth nothing.
        let token = new_token()?;
        write_secret(&path, &token).with_context(|| format!("{}", path.display()))?;
        sessions.add_simulator(&token);
        for language in [Language::Zh, Language::En] {
            say(&text(language, "start.token").replace("{path}", &path.display().to_string()));
        }
    } else if path.exists() {
        std::fs::remove_file(&path)?;
    }
    Ok(Arc::new(sessions))
}

/// Writes a file that only its owner can read, whole or not at all.
fn write_secret(path: &std::path::Path, secret: &str) -> std::io::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let fresh = path.with_extension("new");
    if fresh.exists() {
        std::fs::remove_file(&fresh)?;
    }
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
    writeln!(file, "{secret}")?;
    file.sync_all()?;
    std::fs::rename(&fresh, path)
}
