//! The systems measured beside us: started on free ports with folders of their own, and ended again.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, ensure};
use helan_e2e::{Process, free_port, root};

/// Debian's Mosquitto as it comes, open on the loopback interface.
pub struct Mosquitto {
    pub port: u16,
    _process: Process,
}

impl Mosquitto {
    pub fn start(folder: &Path) -> anyhow::Result<Self> {
        let port = free_port()?;
        let config = folder.join("mosquitto.conf");
        // Queues without bound, so that nothing is dropped: the peer is measured at its best.
        std::fs::write(
            &config,
            format!(
                "listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n\
                 max_queued_messages 0\nmax_inflight_messages 0\nset_tcp_nodelay true\nlog_type error\n"
            ),
        )?;
        let program =
            ["/usr/sbin/mosquitto", "/usr/bin/mosquitto"].iter().find(|p| Path::new(p).is_file());
        let program = program.context("mosquitto is not installed: ./dev setup bench")?;
        let mut command = Command::new(program);
        command.arg("-c").arg(&config);
        let mut process = Process::start(&mut command, &folder.join("mosquitto.log"))?;
        process.wait_for_port(port)?;
        Ok(Self { port, _process: process })
    }
}

/// Node-RED with one rule: a value over 100 on `bench/in/N` sends a command to `bench/out/N`.
pub struct NodeRed {
    _process: Process,
}

impl NodeRed {
    pub fn start(folder: &Path, mqtt: u16) -> anyhow::Result<Self> {
        let home = folder.join("node-red");
        std::fs::create_dir_all(&home)?;
        let rule = "const m = msg.payload; const list = Array.isArray(m) ? m : [m];\n\
                    for (const r of list) { if (r.values.x > 100) {\n\
                    node.send({ topic: 'bench/out/' + msg.topic.slice(9),\n\
                    payload: { id: String(r.ts), name: 'act', at: r.ts } }); } }\nreturn null;";
        let flows = serde_json::json!([
            { "id": "tab", "type": "tab", "label": "bench" },
            { "id": "broker", "type": "mqtt-broker", "broker": "127.0.0.1", "port": mqtt.to_string(),
              "clientid": "node-red", "protocolVersion": "4", "keepalive": "60", "cleansession": true },
            { "id": "in", "type": "mqtt in", "z": "tab", "topic": "bench/in/+", "qos": "1",
              "datatype": "json", "broker": "broker", "wires": [["rule"]] },
            { "id": "rule", "type": "function", "z": "tab", "func": rule, "outputs": 1,
              "wires": [["out"]] },
            { "id": "out", "type": "mqtt out", "z": "tab", "topic": "", "qos": "1", "retain": "false",
              "broker": "broker", "wires": [] },
        ]);
        std::fs::write(home.join("flows.json"), flows.to_string())?;
        let port = free_port()?;
        std::fs::write(
            home.join("settings.js"),
            format!(
                "module.exports = {{ flowFile: 'flows.json', uiPort: {port}, uiHost: '127.0.0.1', \
                 logging: {{ console: {{ level: 'warn' }} }}, telemetry: {{ enabled: false }} }};"
            ),
        )?;
        let script = root().join("target/bench/node_modules/node-red/red.js");
        ensure!(script.is_file(), "node-red is not installed: ./dev setup bench");
        let mut command = Command::new("node");
        command.arg(script).arg("-u").arg(&home).arg("-s").arg(home.join("settings.js"));
        let mut process = Process::start(&mut command, &folder.join("node-red.log"))?;
        process.wait_for_port(port)?;
        Ok(Self { _process: process })
    }
}

/// A throw-away PostgreSQL cluster with its default durability.
pub struct Postgres {
    port: u16,
    bin: std::path::PathBuf,
    _process: Process,
    _folder: tempfile::TempDir,
}

impl Postgres {
    pub fn start() -> anyhow::Result<Self> {
        let bin = std::fs::read_dir("/usr/lib/postgresql")
            .context("postgresql is not installed: ./dev setup bench")?
            .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
            .filter(|bin| bin.join("postgres").is_file())
            .max()
            .context("postgresql is not installed: ./dev setup bench")?;
        let folder = tempfile::tempdir()?;
        // PostgreSQL refuses to run as root: then it runs as its own user.
        let root_user =
            String::from_utf8(Command::new("id").arg("-u").output()?.stdout)?.trim() == "0";
        if root_user {
            let status = Command::new("chown").arg("postgres").arg(folder.path()).status()?;
            ensure!(status.success(), "chown {}", folder.path().display());
        }
        let as_user = |program: &Path| {
            if root_user {
                let mut command = Command::new("setpriv");
                command
                    .args(["--reuid=postgres", "--regid=postgres", "--clear-groups"])
                    .arg(program);
                command
            } else {
                Command::new(program)
            }
        };
        let data = folder.path().join("data");
        let init = as_user(&bin.join("initdb"))
            .args(["-A", "trust", "-U", "bench", "-E", "UTF8", "-D"])
            .arg(&data)
            .current_dir("/")
            .output()?;
        ensure!(init.status.success(), "initdb: {}", String::from_utf8_lossy(&init.stderr));
        let port = free_port()?;
        let log = std::env::temp_dir().join(format!("helan-bench-postgres-{port}.log"));
        let mut command = as_user(&bin.join("postgres"));
        command.arg("-D").arg(&data).args(["-h", "127.0.0.1", "-p", &port.to_string(), "-k", ""]);
        command.current_dir("/");
        let mut process = Process::start(&mut command, &log)?;
        process.wait_for_port(port)?;
        let postgres = Self { port, bin, _process: process, _folder: folder };
        // The port is open before the database takes questions.
        let ready = (0..100).any(|_| postgres.run("select pg_sleep(0.05);").is_ok());
        ensure!(ready, "postgres does not get ready");
        Ok(postgres)
    }

    /// Runs a script with psql and gives what it prints.
    pub fn run(&self, script: &str) -> anyhow::Result<String> {
        let mut child = Command::new(self.bin.join("psql"))
            .args([
                "-X",
                "-q",
                "-A",
                "-t",
                "-v",
                "ON_ERROR_STOP=1",
                "-U",
                "bench",
                "-h",
                "127.0.0.1",
            ])
            .args(["-p", &self.port.to_string(), "-d", "postgres", "-f", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut input = child.stdin.take().context("psql has no input")?;
        let text = script.to_owned();
        let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
        let output = child.wait_with_output()?;
        let written = writer.join().map_err(|_panic| anyhow::anyhow!("writer of psql stopped"))?;
        written?;
        ensure!(output.status.success(), "psql: {}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?)
    }
}
