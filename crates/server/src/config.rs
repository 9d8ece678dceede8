//! Configuration: one TOML file, every value with a default, unknown names refused. Secrets come from files only: the
//! configuration names the file.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};
use serde::{Deserialize, Serialize};

/// The whole configuration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Console, API and public pages.
    pub http: Http,
    /// Device endpoint.
    pub mqtt: Mqtt,
    /// Storage.
    pub store: Store,
    /// Sessions of people.
    pub session: Session,
    /// Who we are, for warnings.
    pub issuer: Issuer,
    /// Ways to people.
    pub channels: Channels,
    /// What gateways report back.
    pub gateway: Gateway,
    /// Metrics.
    pub metrics: Metrics,
    /// Drills from the console.
    pub drills: Drills,
    /// Other systems that records are pulled from.
    pub connectors: Connectors,
    /// What plans to get people away assume.
    pub response: Response,
    /// Log.
    pub log: Log,
}

/// What plans to get people away assume, where nobody counted: examples to edit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Response {
    /// Share of people who leave in private cars, 0 to 1.
    pub by_car: f64,
    /// People in a car.
    pub people_per_car: f64,
    /// Longest walk that is asked of people when a vehicle could fetch them, minutes.
    pub walk_minutes: f64,
    /// How long a person needs to get into a bus, seconds; the same to get out.
    pub boarding_s: f64,
    /// How long it takes to bring somebody who cannot walk into a vehicle, seconds; the same to bring them out.
    pub lifting_s: f64,
    /// Elevation model as GeoTIFF; empty: none.
    pub elevation: String,
    /// Kinds of incidents that people flee uphill.
    pub uphill: Vec<String>,
    /// How far shelters are looked for, km.
    pub shelter_km: f64,
    /// How far from a road a house may lie, metres.
    pub to_road_m: f64,
    /// Files of fonts for printed plans, tried before the usual places.
    pub fonts: Vec<String>,
}

impl Default for Response {
    fn default() -> Self {
        Self {
            by_car: 0.4,
            people_per_car: 3.0,
            walk_minutes: 30.0,
            boarding_s: 4.0,
            lifting_s: 300.0,
            elevation: String::new(),
            uphill: vec!["flash-flood".to_owned(), "reservoir-danger".to_owned()],
            shelter_km: 30.0,
            to_road_m: 3_000.0,
            fonts: Vec::new(),
        }
    }
}

/// Console, API and public pages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Http {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Address under which the world reaches it, without a slash at its end; empty: taken from each request.
    pub public_url: String,
    /// Whether a TLS proxy stands in front: cookies then carry `Secure`.
    pub behind_tls: bool,
    /// Addresses of that proxy: what it says in `X-Forwarded-For` of whom it speaks for is believed.
    pub proxies: Vec<IpAddr>,
}

/// Device endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mqtt {
    /// Where to listen.
    pub listen: SocketAddr,
}

/// Storage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Store {
    /// Readings are kept for so many days; alarms, incidents and the audit chain for ever.
    pub keep_readings_days: u32,
}

/// Sessions of people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Session {
    /// A session ends after so many minutes without use.
    pub idle_minutes: u32,
    /// A session ends after so many hours whatever happens.
    pub absolute_hours: u32,
}

/// Who we are, for warnings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Issuer {
    /// CAP sender, unique in the world: no spaces, commas, `<`, `&`.
    pub sender: String,
    /// Name in Chinese.
    pub name_zh: String,
    /// Name in English.
    pub name_en: String,
}

/// Ways to people. Those that reach the public are closed until they are switched on here.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Channels {
    /// Short messages.
    pub sms: Sms,
    /// Signed calls to another system.
    pub webhook: Webhook,
    /// CAP feed.
    pub cap: Cap,
    /// Pages of incidents.
    pub page: Page,
}

/// Short messages through an HTTP gateway.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sms {
    /// Whether it is open.
    pub enabled: bool,
    /// Where to POST; `{phone}` `{text}` `{id}` are filled in (percent-encoded).
    pub url: String,
    /// JSON body; `{phone}` `{text}` `{id}` are filled in (as JSON text, within quotation marks). Empty: no body.
    pub body: String,
    /// Further headers.
    pub headers: BTreeMap<String, String>,
    /// File with the token for `Authorization: Bearer …`; empty when none is needed.
    pub token_file: PathBuf,
    /// Limit of one request.
    pub timeout_seconds: u32,
    /// Further tries after the first.
    pub retries: u8,
    /// Requests at the same time.
    pub at_once: u16,
}

/// Signed calls to another system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Webhook {
    /// Whether it is open.
    pub enabled: bool,
    /// Where to POST.
    pub url: String,
    /// File with the key of the signature (HMAC-SHA256).
    pub secret_file: PathBuf,
    /// Limit of one request.
    pub timeout_seconds: u32,
    /// Further tries after the first.
    pub retries: u8,
    /// Requests at the same time.
    pub at_once: u16,
}

/// CAP documents and feed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cap {
    /// Whether warnings are published.
    pub enabled: bool,
    /// How long a document stays in the feed.
    pub feed_hours: u32,
}

/// Pages of incidents for the public.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Page {
    /// Whether the public sees them.
    pub enabled: bool,
}

/// What gateways report back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Gateway {
    /// File with the token that gateways carry; empty: none may report.
    pub token_file: PathBuf,
}

/// Metrics.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Metrics {
    /// File with the token for collectors elsewhere; empty: only this machine may read metrics.
    pub token_file: PathBuf,
}

/// Drills from the console.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Drills {
    /// Folder of scenarios.
    pub scenarios: PathBuf,
}

/// Other systems that records are pulled from. What is pulled is set up over the API; where that may reach is said here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Connectors {
    /// Machines of the inside (`name:port`) that connectors may reach; all others must have public addresses and HTTPS.
    pub hosts: Vec<String>,
    /// Passwords and tokens, by the name that connectors call them.
    pub secrets: BTreeMap<String, ConnectorSecret>,
}

/// A password or token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectorSecret {
    /// File with it.
    pub file: PathBuf,
    /// The one machine (`name:port`) that it is said to.
    pub host: String,
}

/// Log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// Filter, as of tracing: `info`, `helan_server=debug,info`…
    pub filter: String,
    /// Whether lines are JSON.
    pub json: bool,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: String::new(),
            behind_tls: false,
            proxies: vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
        }
    }
}

impl Default for Mqtt {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 1883)) }
    }
}

impl Default for Store {
    fn default() -> Self {
        let days = helan_store::Projector::KEEP_READINGS.0 / (24 * 3_600_000);
        Self { keep_readings_days: u32::try_from(days).unwrap_or(u32::MAX) }
    }
}

impl Default for Session {
    fn default() -> Self {
        Self { idle_minutes: 30, absolute_hours: 12 }
    }
}

impl Default for Issuer {
    fn default() -> Self {
        Self {
            sender: "helan@localhost".into(),
            name_zh: "贺兰数字应急平台".into(),
            name_en: "Helan digital emergency platform".into(),
        }
    }
}

impl Default for Sms {
    fn default() -> Self {
        Self {
            enabled: false,
            url: String::new(),
            body: r#"{"to":"{phone}","text":"{text}","id":"{id}"}"#.into(),
            headers: BTreeMap::new(),
            token_file: PathBuf::new(),
            timeout_seconds: 5,
            retries: 2,
            at_once: 64,
        }
    }
}

impl Default for Webhook {
    fn default() -> Self {
        Self {
            enabled: false,
            url: String::new(),
            secret_file: PathBuf::new(),
            timeout_seconds: 5,
            retries: 2,
            at_once: 64,
        }
    }
}

impl Default for Cap {
    fn default() -> Self {
        Self { enabled: false, feed_hours: 72 }
    }
}

impl Default for Drills {
    fn default() -> Self {
        Self { scenarios: PathBuf::from("scenarios") }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { filter: "info".into(), json: false }
    }
}

/// The commented configuration with every default; a test keeps it true.
pub const TEMPLATE: &str = include_str!("config.toml");

impl Config {
    /// Reads a file; the defaults when none is named.
    ///
    /// # Errors
    /// When the file cannot be read, names something unknown, or a value makes no sense.
    pub fn read(path: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = path else { return Ok(Self::default()) };
        let place = || format!("configuration {}", path.display());
        let text = std::fs::read_to_string(path).with_context(place)?;
        let config: Self = toml::from_str(&text).with_context(place)?;
        config.check().with_context(place)?;
        Ok(config)
    }

    fn check(&self) -> anyhow::Result<()> {
        ensure!((1..=36_500).contains(&self.store.keep_readings_days), "store.keep_readings_days");
        ensure!((1..=1440).contains(&self.session.idle_minutes), "session.idle_minutes: 1 to 1440");
        ensure!(
            (1..=168).contains(&self.session.absolute_hours),
            "session.absolute_hours: 1 to 168"
        );
        for (name, seconds) in [
            ("channels.sms", self.channels.sms.timeout_seconds),
            ("channels.webhook", self.channels.webhook.timeout_seconds),
        ] {
            ensure!((1..=60).contains(&seconds), "{name}.timeout_seconds: 1 to 60");
        }
        for (name, retries, at_once) in [
            ("channels.sms", self.channels.sms.retries, self.channels.sms.at_once),
            ("channels.webhook", self.channels.webhook.retries, self.channels.webhook.at_once),
        ] {
            ensure!(retries <= 5, "{name}.retries: 0 to 5");
            ensure!((1..=256).contains(&at_once), "{name}.at_once: 1 to 256");
        }
        let issuer = helan_protocol::cap::Issuer {
            sender: self.issuer.sender.clone(),
            name: helan_kernel::Text::default(),
            web: String::new(),
        };
        ensure!(issuer.is_valid(), "issuer.sender: no spaces, commas, < or &");
        let sms = &self.channels.sms;
        if sms.enabled {
            check_url("channels.sms.url", &sms.url)?;
        }
        if !sms.body.is_empty() {
            let filled = crate::channels::fill_json(&sms.body, "0", "0", "0");
            serde_json::from_str::<serde_json::Value>(&filled)
                .context("channels.sms.body is not JSON when filled in")?;
        }
        let secrets = self.connectors.secrets.values().map(|secret| &secret.host);
        for host in self.connectors.hosts.iter().chain(secrets) {
            let port = host.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
            ensure!(port.is_some(), "connectors: {host} is not name:port");
        }
        if self.channels.webhook.enabled {
            check_url("channels.webhook.url", &self.channels.webhook.url)?;
            ensure!(
                !self.channels.webhook.secret_file.as_os_str().is_empty(),
                "channels.webhook.secret_file: a webhook without a key cannot be trusted"
            );
        }
        Ok(())
    }
}

fn check_url(name: &str, url: &str) -> anyhow::Result<()> {
    let sample = url.replace(['{', '}'], "");
    if reqwest::Url::parse(&sample).is_err() || !url.starts_with("http") {
        bail!("{name}: an http or https address is needed");
    }
    Ok(())
}

/// Reads a secret from its file; `None` when no file is named.
///
/// # Errors
/// When the file cannot be read or is empty.
pub fn secret(path: &Path) -> anyhow::Result<Option<String>> {
    if path.as_os_str().is_empty() {
        return Ok(None);
    }
    let text =
        std::fs::read_to_string(path).with_context(|| format!("secret file {}", path.display()))?;
    let text = text.trim();
    ensure!(!text.is_empty(), "secret file {} is empty", path.display());
    Ok(Some(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_is_the_defaults_and_names_every_value() {
        let read: Config = toml::from_str(TEMPLATE).expect("template");
        assert_eq!(read, Config::default());
        let given: toml::Table = TEMPLATE.parse().expect("template");
        let all = toml::Table::try_from(Config::default()).expect("defaults");
        assert_eq!(given, all, "a value is missing in the template");
    }

    #[test]
    fn unknown_names_and_senseless_values_are_refused() {
        assert!(toml::from_str::<Config>("[http]\nport = 1").is_err());
        let check = |text: &str, good: bool| {
            let config: Config = toml::from_str(text).expect(text);
            assert_eq!(config.check().is_ok(), good, "{text}");
        };
        check("", true);
        check("[session]\nidle_minutes = 0", false);
        check("[issuer]\nsender = \"a b\"", false);
        check("[channels.sms]\nenabled = true", false);
        check(
            "[channels.sms]\nenabled = true\nurl = \"https://sms.example/send?to={phone}\"",
            true,
        );
        check("[channels.sms]\nbody = \"{\"", false);
        check("[channels.sms]\nretries = 6", false);
        check("[channels.webhook]\nat_once = 0", false);
        check("[connectors]\nhosts = [\"10.0.0.5\"]", false);
        check("[connectors]\nhosts = [\"10.0.0.5:5432\"]", true);
        check("[connectors.secrets.a]\nfile = \"k\"\nhost = \"db\"", false);
        check("[channels.webhook]\nenabled = true\nurl = \"https://a.example\"", false);
        check(
            "[channels.webhook]\nenabled = true\nurl = \"https://a.example\"\nsecret_file = \"k\"",
            true,
        );
    }
}
