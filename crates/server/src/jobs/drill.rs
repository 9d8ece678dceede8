//! Drills from the console: scenarios that the simulator plays against this very server, as a child process.

use std::{
    collections::{BTreeMap, VecDeque},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use helan_kernel::{
    Answer, Engine, Event, Ms, Text,
    event::{Action, ActionKind, Actor},
};
use serde::Deserialize;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    process::{Child, Command},
    sync::oneshot,
};

use crate::{clock::Clock, platform::Platform};

/// Scenarios that are listed.
const MAX_SCENARIOS: usize = 100;
/// Largest scenario file.
const MAX_SCENARIO: u64 = 1024 * 1024;
/// Drills at once: each takes a part of this machine.
const AT_ONCE: usize = 3;
/// Drills that ended and are still shown.
const ENDED: usize = 10;
/// Lines of output that are kept, and how long each may be.
const LINES: usize = 200;
/// See [`LINES`].
const LINE_CHARS: usize = 500;
/// Largest report that is kept.
const MAX_REPORT: u64 = 1024 * 1024;
/// A drill that takes so many times longer than its scenario says is ended.
const PATIENCE: f64 = 4.0;
/// What start, registration and the last measures may take beside.
const GRACE: Duration = Duration::from_secs(300);
/// How long the simulator has to end in order before it is killed.
const LEAVE: Duration = Duration::from_secs(5);

/// What a scenario file says about itself; the rest is the simulator's.
#[derive(Clone, Debug, Deserialize)]
struct Head {
    key: String,
    name: TextFile,
    #[serde(default)]
    description: TextFile,
    #[serde(default)]
    minutes: f64,
    #[serde(default)]
    device: Vec<DeviceFile>,
}

#[derive(Clone, Debug, Deserialize)]
struct DeviceFile {
    key: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct TextFile {
    zh: String,
    en: String,
}

/// A scenario that can be started.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Key.
    pub key: String,
    /// Name.
    pub name: Text,
    /// What happens.
    pub description: Text,
    /// How long it takes at speed 1.
    pub minutes: f64,
    path: PathBuf,
    /// Keys of its virtual devices.
    devices: Vec<String>,
}

/// A drill that runs.
#[derive(Clone, Debug)]
pub struct Running {
    /// Key of the scenario.
    pub key: String,
    /// When it was started.
    pub started: Ms,
    /// Who started it.
    pub by: String,
    /// How many times faster than life.
    pub speed: f64,
    /// Last lines of its output.
    pub output: Vec<String>,
}

/// How a drill ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every measure held.
    Done,
    /// A measure did not hold, or the simulator failed.
    Failed,
    /// Somebody stopped it, or it took too long.
    Cancelled,
}

/// A drill that ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// What it was.
    pub run: Running,
    /// When it ended.
    pub at: Ms,
    /// How.
    pub outcome: Outcome,
    /// The simulator's report.
    pub report: Option<serde_json::Value>,
}

/// Why a drill does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is no such scenario.
    #[error("no such scenario")]
    Unknown,
    /// It runs already, or too many run.
    #[error("busy")]
    Busy,
    /// The simulator is not installed, or the server was not started for demonstrations.
    #[error("not available")]
    NotAvailable,
    /// The simulator could not be started.
    #[error("start: {0}")]
    Io(#[from] std::io::Error),
}

/// Where things are.
#[derive(Clone, Debug)]
pub struct Places {
    /// Folder of scenarios.
    pub scenarios: PathBuf,
    /// Folder of packs, for the site agents of scenarios.
    pub packs: PathBuf,
    /// Data folder; reports go below it.
    pub data: PathBuf,
    /// The simulator; none when it is not installed or may not be used.
    pub simulator: Option<PathBuf>,
    /// Where this server listens.
    pub http: SocketAddr,
    /// Where its device endpoint listens.
    pub mqtt: SocketAddr,
}

impl Places {
    /// The simulator beside this program.
    #[must_use]
    pub fn simulator_beside() -> Option<PathBuf> {
        let own = std::env::current_exe().ok()?;
        Some(own.parent()?.join("helan-sim")).filter(|path| path.is_file())
    }
}

#[derive(Default)]
struct State {
    running: BTreeMap<String, Slot>,
    ended: VecDeque<Ended>,
}

struct Slot {
    run: Running,
    cancel: Option<oneshot::Sender<()>>,
}

/// The drills of this server.
#[derive(Clone)]
pub struct Drills {
    places: Arc<Places>,
    clock: Clock,
    platform: Platform,
    state: Arc<Mutex<State>>,
}

impl Drills {
    /// No drill runs.
    #[must_use]
    pub fn new(places: Places, clock: Clock, platform: Platform) -> Self {
        Self { places: Arc::new(places), clock, platform, state: Arc::default() }
    }

    /// Whether drills can be started here.
    #[must_use]
    pub fn is_available(&self) -> bool {
        self.places.simulator.is_some()
    }

    /// Scenarios by key. A file that cannot be read is left out, with a line in the log.
    #[must_use]
    pub fn scenarios(&self) -> Vec<Scenario> {
        let Ok(entries) = std::fs::read_dir(&self.places.scenarios) else { return Vec::new() };
        let mut paths: Vec<PathBuf> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|end| end == "toml"))
            .collect();
        paths.sort();
        let mut all: Vec<Scenario> =
            paths.iter().take(MAX_SCENARIOS).filter_map(|path| scenario(path)).collect();
        all.sort_by(|a, b| a.key.cmp(&b.key));
        all
    }

    /// What runs.
    #[must_use]
    pub fn running(&self) -> Vec<Running> {
        self.lock().running.values().map(|slot| slot.run.clone()).collect()
    }

    /// What ended last, newest first.
    #[must_use]
    pub fn ended(&self) -> Vec<Ended> {
        self.lock().ended.iter().cloned().collect()
    }

    /// Starts a scenario; `speed` times faster than life.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn start(&self, key: &str, speed: f64, by: &str) -> Result<(), StartError> {
        let simulator = self.places.simulator.clone().ok_or(StartError::NotAvailable)?;
        let scenario =
            self.scenarios().into_iter().find(|s| s.key == key).ok_or(StartError::Unknown)?;
        let mut state = self.lock();
        if state.running.contains_key(key) || state.running.len() >= AT_ONCE {
            return Err(StartError::Busy);
        }
        let reports = self.places.data.join("drills");
        std::fs::create_dir_all(&reports)?;
        let report = reports.join(format!("{key}.json"));
        if report.exists() {
            std::fs::remove_file(&report)?;
        }
        let child = self.command(&simulator, &scenario, speed, &report).spawn()?;
        let (cancel, cancelled) = oneshot::channel();
        let run = Running {
            key: key.to_owned(),
            started: (self.clock)(),
            by: by.to_owned(),
            speed,
            output: Vec::new(),
        };
        state.running.insert(key.to_owned(), Slot { run, cancel: Some(cancel) });
        drop(state);
        let limit =
            Duration::try_from_secs_f64(scenario.minutes.max(0.0) * 60.0 * PATIENCE / speed)
                .unwrap_or(GRACE)
                + GRACE;
        tokio::spawn(self.clone().follow(scenario, child, cancelled, limit, report));
        Ok(())
    }

    /// Stops a drill. False when it does not run.
    #[must_use]
    pub fn cancel(&self, key: &str) -> bool {
        let mut state = self.lock();
        let cancel = state.running.get_mut(key).and_then(|slot| slot.cancel.take());
        // It may be ending by itself at this moment.
        cancel.is_some_and(|cancel| cancel.send(()).is_ok())
    }

    fn command(&self, simulator: &Path, scenario: &Scenario, speed: f64, report: &Path) -> Command {
        let mut command = Command::new(simulator);
        command
            .arg("run")
            .arg(&scenario.path)
            .arg("--server")
            .arg(format!("http://{}", reachable(self.places.http)))
            .arg("--mqtt")
            .arg(reachable(self.places.mqtt).to_string())
            .arg("--token-file")
            .arg(self.places.data.join("simulator.token"))
            .arg("--packs")
            .arg(&self.places.packs)
            .arg("--speed")
            .arg(speed.to_string())
            .arg("--report")
            .arg(report)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A server that ends takes its drills with it.
            .kill_on_drop(true);
        command
    }

    async fn follow(
        self,
        scenario: Scenario,
        mut child: Child,
        cancelled: oneshot::Receiver<()>,
        limit: Duration,
        report: PathBuf,
    ) {
        let Scenario { key, devices, .. } = scenario;
        let out =
            child.stdout.take().map(|out| tokio::spawn(self.clone().listen(key.clone(), out)));
        let err =
            child.stderr.take().map(|err| tokio::spawn(self.clone().listen(key.clone(), err)));
        let outcome = tokio::select! {
            status = child.wait() => match status {
                Ok(status) if status.success() => Outcome::Done,
                _ => Outcome::Failed,
            },
            _ = cancelled => Outcome::Cancelled,
            () = tokio::time::sleep(limit) => Outcome::Cancelled,
        };
        if outcome == Outcome::Cancelled {
            end(&mut child).await;
        }
        for lines in [out, err].into_iter().flatten() {
            // What the simulator said last; a child of its own may hold the pipe open for longer.
            drop(tokio::time::timeout(Duration::from_secs(1), lines).await);
        }
        let report = read_report(&report).await;
        self.rest(&key, devices).await;
        let mut state = self.lock();
        if let Some(slot) = state.running.remove(&key) {
            let at = (self.clock)();
            state.ended.push_front(Ended { run: slot.run, at, outcome, report });
            state.ended.truncate(ENDED);
        }
    }

    /// The virtual devices of a drill ended with it: the platform must not miss them.
    async fn rest(&self, key: &str, devices: Vec<String>) {
        let account = self.lock().running.get(key).map(|slot| slot.run.by.clone());
        let Some(account) = account else { return };
        let find = move |engine: &Engine| {
            let known = &engine.registry().devices;
            let played = devices.iter().filter_map(|key| known.by_key(key));
            played.filter(|device| device.spec.drill).map(|device| device.id).collect()
        };
        let done = async {
            let devices = self.platform.ask(find).await?;
            let by = Actor { account: account.as_str().into(), name: account.as_str().into() };
            let kind = ActionKind::RestDevices(devices);
            let action = Action { by, reason: String::new(), kind };
            self.platform.act(Event::Action(Box::new(action))).await
        };
        match done.await {
            Ok(Answer::Done) => {}
            Ok(answer) => tracing::warn!(key, ?answer, "the devices of a drill cannot rest"),
            // The server is stopping.
            Err(error) => tracing::debug!(key, %error, "the devices of a drill cannot rest"),
        }
    }

    async fn listen(self, key: String, pipe: impl AsyncRead + Unpin) {
        let mut lines = BufReader::new(pipe).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let line: String = line.chars().take(LINE_CHARS).collect();
            let mut state = self.lock();
            let Some(slot) = state.running.get_mut(&key) else { return };
            if slot.run.output.len() >= LINES {
                slot.run.output.remove(0);
            }
            slot.run.output.push(line);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that can fail runs under the lock, so a poisoned one is still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn scenario(path: &Path) -> Option<Scenario> {
    let read = || -> anyhow::Result<Scenario> {
        anyhow::ensure!(std::fs::metadata(path)?.len() <= MAX_SCENARIO, "too large");
        let head: Head = toml::from_str(&std::fs::read_to_string(path)?)?;
        let named = |c: char| c.is_ascii_alphanumeric() || c == '-';
        anyhow::ensure!(!head.key.is_empty() && head.key.chars().all(named), "key");
        Ok(Scenario {
            key: head.key,
            name: Text { zh: head.name.zh, en: head.name.en },
            description: Text { zh: head.description.zh, en: head.description.en },
            minutes: head.minutes,
            devices: head.device.into_iter().map(|device| device.key).collect(),
            path: path.to_owned(),
        })
    };
    read()
        .inspect_err(|error| {
            tracing::warn!(path = %path.display(), %error, "scenario cannot be used");
        })
        .ok()
}

/// Asks the simulator to end, and kills it when it does not.
async fn end(child: &mut Child) {
    if let Some(id) = child.id() {
        // There is no way to send a gentle signal without unsafe code but the program for it.
        drop(Command::new("kill").arg(id.to_string()).status().await);
    }
    if tokio::time::timeout(LEAVE, child.wait()).await.is_err() {
        drop(child.kill().await);
    }
}

async fn read_report(path: &Path) -> Option<serde_json::Value> {
    let size = tokio::fs::metadata(path).await.ok()?.len();
    if size > MAX_REPORT {
        return None;
    }
    serde_json::from_slice(&tokio::fs::read(path).await.ok()?).ok()
}

/// The address under which this machine itself reaches a listener on all interfaces.
fn reachable(at: SocketAddr) -> SocketAddr {
    if at.ip().is_unspecified() {
        SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), at.port())
    } else {
        at
    }
}

#[cfg(test)]
mod tests {
    use helan_kernel::{
        AreaCode,
        registry::{DeviceSpec, PointKind, Profile, RegistryChange},
        watch::{Condition, Priority, Rule},
    };
    use helan_node::Node;

    use super::*;

    /// A program in the simulator's place.
    fn script(folder: &Path, text: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;
        let path = folder.join("helan-sim");
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("script");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("mode");
        path
    }

    fn platform(folder: &Path) -> Platform {
        let node = Node::open(&folder.join("node")).expect("node");
        let (platform, _running) = Platform::start(node, crate::clock::system()).expect("thread");
        platform
    }

    /// The device of the scenario, with a rule that misses it at once.
    fn virtual_device() -> [RegistryChange; 3] {
        let point = PointKind {
            name: "ch4".into(),
            label: Text::default(),
            unit: String::new(),
            min: 0.0,
            max: 100.0,
            states: Vec::new(),
            quantity: None,
        };
        let profile = Profile {
            key: "gas".into(),
            name: Text::default(),
            points: vec![point],
            commands: Vec::new(),
        };
        let rule = Rule {
            key: "silent".into(),
            name: Text::default(),
            source: String::new(),
            profile: "gas".into(),
            point: "ch4".into(),
            condition: Condition::Silence { after: Ms(100) },
            priority: Priority::Medium,
            on_delay: Ms(0),
            off_delay: Ms(0),
            latched: false,
            acknowledge: true,
            escalation: Vec::new(),
            incident: None,
            programs: Vec::new(),
            policy: None,
            advice: Text::default(),
            enabled: true,
        };
        let device = DeviceSpec {
            key: "x".into(),
            profile: "gas".into(),
            area: AreaCode(640_104_001),
            drill: true,
            ..DeviceSpec::default()
        };
        [
            RegistryChange::PutProfile(profile),
            RegistryChange::PutRule(rule),
            RegistryChange::PutDevice(device),
        ]
    }

    fn drills(folder: &Path, text: &str) -> Drills {
        let scenarios = folder.join("scenarios");
        std::fs::create_dir_all(&scenarios).expect("folder");
        let head = "key = \"leak\"\nminutes = 1\nname = { zh = \"泄漏\", en = \"Leak\" }\n";
        std::fs::write(scenarios.join("leak.toml"), format!("{head}[[device]]\nkey = \"x\"\n"))
            .expect("scenario");
        std::fs::write(scenarios.join("broken.toml"), "key = 1").expect("scenario");
        let places = Places {
            scenarios,
            packs: folder.join("packs"),
            data: folder.to_owned(),
            simulator: Some(script(folder, text)),
            http: SocketAddr::from(([0, 0, 0, 0], 80)),
            mqtt: SocketAddr::from(([127, 0, 0, 1], 1883)),
        };
        Drills::new(places, std::sync::Arc::new(|| Ms(5)), platform(folder))
    }

    async fn until_ended(drills: &Drills) -> Ended {
        for _ in 0..500 {
            if let Some(ended) = drills.ended().pop() {
                return ended;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the drill did not end");
    }

    #[tokio::test]
    async fn a_drill_runs_and_leaves_its_report() {
        let folder = tempfile::tempdir().expect("folder");
        let text = "echo \"$@\"; for a; do last=$a; done; echo '{\"ok\":true}' > \"$last\"";
        let drills = drills(folder.path(), text);
        assert_eq!(drills.scenarios().len(), 1);
        drills.start("leak", 2.0, "duty").expect("start");
        let ended = until_ended(&drills).await;
        assert_eq!(ended.outcome, Outcome::Done);
        assert_eq!(ended.report, Some(serde_json::json!({"ok": true})));
        let line = &ended.run.output[0];
        assert!(line.contains("--server http://127.0.0.1:80 --mqtt 127.0.0.1:1883"), "{line}");
        assert!(line.contains("--speed 2 "), "{line}");
    }

    #[tokio::test]
    async fn the_devices_of_a_drill_are_not_missed_after_it() {
        let folder = tempfile::tempdir().expect("folder");
        let drills = drills(folder.path(), "exec sleep 1");
        let changes = virtual_device().into_iter().map(|change| Event::Registry(Box::new(change)));
        let answers = drills.platform.act_all(changes.collect()).await.expect("platform");
        assert!(!answers.iter().any(|answer| matches!(answer, Answer::Refused(_))), "{answers:?}");
        drills.start("leak", 1.0, "duty").expect("start");
        tokio::time::sleep(Duration::from_millis(500)).await;
        let alarms = || drills.platform.ask(|engine| engine.watch().alarms().count());
        assert_eq!(alarms().await.expect("platform"), 1, "silent while it is played");
        assert_eq!(until_ended(&drills).await.outcome, Outcome::Done);
        assert_eq!(alarms().await.expect("platform"), 0);
    }

    #[tokio::test]
    async fn one_run_of_a_scenario_at_a_time_and_it_can_be_stopped() {
        let folder = tempfile::tempdir().expect("folder");
        let drills = drills(folder.path(), "exec sleep 60");
        drills.start("leak", 1.0, "duty").expect("start");
        assert!(matches!(drills.start("leak", 1.0, "duty"), Err(StartError::Busy)));
        assert!(matches!(drills.start("other", 1.0, "duty"), Err(StartError::Unknown)));
        assert_eq!(drills.running().len(), 1);
        assert!(drills.cancel("leak"));
        assert_eq!(until_ended(&drills).await.outcome, Outcome::Cancelled);
        assert!(!drills.cancel("leak"));
        assert!(drills.running().is_empty());
    }

    #[tokio::test]
    async fn a_failed_measure_is_a_failed_drill() {
        let folder = tempfile::tempdir().expect("folder");
        let drills = drills(folder.path(), "echo bad >&2; exit 1");
        drills.start("leak", 1.0, "duty").expect("start");
        let ended = until_ended(&drills).await;
        assert_eq!(ended.outcome, Outcome::Failed);
        assert_eq!(ended.run.output, ["bad"]);
    }
}
