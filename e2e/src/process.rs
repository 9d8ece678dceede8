//! Child processes that end with their owner.

use std::{
    fs::File,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, bail};

/// How long a program may take until it listens; a cold start on a busy machine needs some seconds.
const START_LIMIT: Duration = Duration::from_secs(60);

/// The root of the project.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A built binary of the project, from the same build as the caller.
///
/// # Errors
/// When it has not been built: `cargo build --workspace --bins` does.
pub fn binary(name: &str) -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let found =
        own.ancestors().skip(1).take(2).map(|folder| folder.join(name)).find(|p| p.is_file());
    found.with_context(|| format!("{name} is not built: cargo build --workspace --bins"))
}

/// A port that is free on the loopback interface now.
///
/// # Errors
/// When the machine has none.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// A child process; killed when dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts a program; what it prints goes into a file.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(command: &mut Command, log: &Path) -> anyhow::Result<Self> {
        let out = File::create(log)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out)
            .spawn()
            .with_context(|| format!("start {}", command.get_program().display()))?;
        Ok(Self { child, log: log.to_owned() })
    }

    /// Waits until something listens on a loopback port.
    ///
    /// # Errors
    /// When the program ends before, or takes too long; the error shows what it printed.
    pub fn wait_for_port(&mut self, port: u16) -> anyhow::Result<()> {
        self.wait_until(port, |port| TcpStream::connect(("127.0.0.1", port)).is_ok())
    }

    /// Waits until a Helan server is at work: it takes connections before it has read its packs and recovered.
    ///
    /// # Errors
    /// When the program ends before, or takes too long; the error shows what it printed.
    pub fn wait_for_health(&mut self, port: u16) -> anyhow::Result<()> {
        self.wait_until(port, |port| is_healthy(port).unwrap_or(false))
    }

    fn wait_until(&mut self, port: u16, there: impl Fn(u16) -> bool) -> anyhow::Result<()> {
        let step = Duration::from_millis(5);
        for _ in 0..START_LIMIT.as_millis() / step.as_millis() {
            if there(port) {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("ended with {status}:\n{}", self.output());
            }
            pause(step);
        }
        bail!("does not listen on {port}:\n{}", self.output())
    }

    /// What it has printed so far.
    #[must_use]
    pub fn output(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Its process number.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Resident memory in bytes.
    ///
    /// # Errors
    /// When the process is gone.
    pub fn resident_bytes(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id()))?;
        let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"));
        let kib = line.and_then(|l| l.split_whitespace().next()).context("no VmRSS")?;
        Ok(kib.parse::<u64>()? * 1024)
    }

    /// Kills it at once, as a power cut would (`kill -9`).
    ///
    /// # Errors
    /// When it has ended already.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to stop (SIGTERM) and waits.
    ///
    /// # Errors
    /// When it does not stop in time.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        Command::new("kill").arg(self.id().to_string()).status()?;
        for _ in 0..2_000 {
            if self.child.try_wait()?.is_some() {
                return Ok(());
            }
            pause(Duration::from_millis(10));
        }
        bail!("does not stop")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself: then there is nothing to do.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Whether `GET /healthz` is answered with 200.
fn is_healthy(port: u16) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(START_LIMIT))?;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
    let mut answer = [0; 12];
    stream.read_exact(&mut answer)?;
    Ok(answer.ends_with(b" 200"))
}

#[expect(clippy::disallowed_methods, reason = "waiting for another process, outside any engine")]
fn pause(span: Duration) {
    std::thread::sleep(span);
}

/// How a platform is started.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Folder of packs, relative to the root.
    pub packs: &'static str,
    /// Whether the simulator may register devices.
    pub demo: bool,
    /// Further TOML for the configuration file.
    pub config: String,
}

impl Default for Setup {
    fn default() -> Self {
        Self { packs: "packs", demo: true, config: String::new() }
    }
}

/// A running platform with a data folder of its own.
#[derive(Debug)]
pub struct Platform {
    /// Port of the console.
    pub http: u16,
    /// Port of the device endpoint.
    pub mqtt: u16,
    /// Data folder; removed in the end.
    pub data: tempfile::TempDir,
    /// The server.
    pub server: Process,
    setup: Setup,
}

impl Platform {
    /// Starts the server on free ports and waits until it listens.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(setup: Setup) -> anyhow::Result<Self> {
        let data = tempfile::tempdir()?;
        let (http, mqtt) = (free_port()?, free_port()?);
        std::fs::write(data.path().join("helan.toml"), &setup.config)?;
        let server = Self::launch(data.path(), http, mqtt, &setup)?;
        Ok(Self { http, mqtt, data, server, setup })
    }

    /// Starts the server again on the same data, for example after [`Process::kill`].
    ///
    /// # Errors
    /// When it does not start.
    pub fn restart(&mut self) -> anyhow::Result<()> {
        self.server = Self::launch(self.data.path(), self.http, self.mqtt, &self.setup)?;
        Ok(())
    }

    fn launch(data: &Path, http: u16, mqtt: u16, setup: &Setup) -> anyhow::Result<Process> {
        let mut command = Command::new(binary("helan")?);
        command.arg("run").arg("--config").arg(data.join("helan.toml"));
        command.arg("--data").arg(data.join("data")).arg("--packs").arg(root().join(setup.packs));
        command.arg("--http").arg(format!("127.0.0.1:{http}"));
        command.arg("--mqtt").arg(format!("127.0.0.1:{mqtt}"));
        if setup.demo {
            command.arg("--demo");
        }
        // The log of the first start has the first password in it: it is kept beside later ones.
        let first = data.join("first.log");
        let log = if first.exists() { data.join("server.log") } else { first };
        let mut server = Process::start(&mut command, &log)?;
        server.wait_for_health(http)?;
        Ok(server)
    }

    /// The data folder of the server.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.data.path().join("data")
    }

    /// Token of the simulator.
    ///
    /// # Errors
    /// When the platform was not started with `demo`.
    pub fn token(&self) -> anyhow::Result<String> {
        let token =
            eventually(|| std::fs::read_to_string(self.folder().join("simulator.token")).ok());
        Ok(token.context("no simulator.token")?.trim().to_owned())
    }

    /// Remembers what the first account's password was changed to.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_password(&self, own: &str) -> anyhow::Result<()> {
        Ok(std::fs::write(self.data.path().join("own-password"), own)?)
    }

    /// The password of the first account: as printed at the first start, or what it was changed to.
    ///
    /// # Errors
    /// When it was not printed.
    pub fn password(&self) -> anyhow::Result<String> {
        if let Ok(own) = std::fs::read_to_string(self.data.path().join("own-password")) {
            return Ok(own);
        }
        self.password_of("admin")
    }

    /// The password of an account that the first start made.
    ///
    /// # Errors
    /// When it was not printed.
    pub fn password_of(&self, account: &str) -> anyhow::Result<String> {
        let mark = format!("account: {account} ");
        let printed = || {
            let log = std::fs::read_to_string(self.data.path().join("first.log")).ok()?;
            let (whole, _) = log.rsplit_once('\n')?;
            whole.lines().find(|line| line.contains(&mark)).map(str::to_owned)
        };
        let line = eventually(printed).context("no password printed")?;
        Ok(line.rsplit(' ').next().unwrap_or_default().trim().to_owned())
    }
}

/// What comes shortly after the ports are open.
fn eventually<T>(mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let step = Duration::from_millis(20);
    for _ in 0..START_LIMIT.as_millis() / step.as_millis() {
        if let Some(found) = look() {
            return Some(found);
        }
        pause(step);
    }
    None
}
