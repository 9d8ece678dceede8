//! What another system answers, as a file: nothing of it is believed before it is read as any file that somebody brings.

use std::{fs::File, io::Write, path::Path, time::Duration};

use helan_base::Kind;
use helan_exchange::{Ask, FileError, Rows};
use helan_store::desk::connectors::{Connector, From};
use tempfile::NamedTempFile;

use super::{
    MAX_BYTES, Trouble,
    address::{Allowed, Refused},
    postgres,
};

/// Longest wait for a connection.
pub(super) const CONNECT: Duration = Duration::from_secs(10);
/// Longest silence between two parts of an answer.
const SILENCE: Duration = Duration::from_secs(30);

/// An answer in a file, which goes when this does.
pub struct Fetched {
    file: NamedTempFile,
    form: Form,
}

enum Form {
    /// A table as text.
    Csv,
    /// A document with a list at this place.
    Json(String),
}

impl Fetched {
    /// Begins a table as text in a folder.
    pub(super) fn csv(folder: &Path) -> std::io::Result<Self> {
        Ok(Self { file: NamedTempFile::new_in(folder)?, form: Form::Csv })
    }

    /// Where to write.
    pub(super) fn file(&mut self) -> &mut File {
        self.file.as_file_mut()
    }

    /// Its rows.
    ///
    /// # Errors
    /// When it is not what it should be.
    pub fn rows(&self, kind: &Kind) -> Result<Box<dyn Rows>, FileError> {
        let path = self.file.path();
        match &self.form {
            Form::Csv => helan_exchange::open(Ask { name: "answer.csv", path, layer: None, kind }),
            Form::Json(list) => helan_exchange::open_records(path, list),
        }
    }
}

impl std::convert::From<Refused> for Trouble {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Inside => Self::new(
                "内网地址未在服务器配置中列出",
                "an address of the inside that the server's configuration does not name",
            ),
            Refused::Unknown => {
                Self::new("无法解析主机名", "the name of the machine leads nowhere")
            }
            Refused::Secret => Self::new(
                "服务器配置中没有用于该主机的此凭据",
                "the server's configuration has no such secret for this machine",
            ),
            Refused::NotAddress => Self::new("地址无效", "no address of this kind"),
            Refused::Plain => Self::new(
                "仅配置中列出的主机可不加密访问，其他须用 HTTPS",
                "only machines that the configuration names are reached without encryption",
            ),
        }
    }
}

/// The machine that a connector reaches.
///
/// # Errors
/// When it names none, or may not reach it as it wants to.
pub fn target(from: &From, allowed: &Allowed) -> Result<(String, u16), Refused> {
    let url = match from {
        From::Postgres { host, port, .. } => {
            // Its own encryption is not spoken: it stays inside.
            let named = allowed.is_named(host, *port);
            return if named { Ok((host.clone(), *port)) } else { Err(Refused::Plain) };
        }
        From::HttpJson { url, .. } | From::HttpCsv { url } => url,
    };
    let url = reqwest::Url::parse(url).map_err(|_bad| Refused::NotAddress)?;
    let host = url.host_str().unwrap_or_default().to_owned();
    let port = url.port_or_known_default().unwrap_or(0);
    let plain = match url.scheme() {
        "https" => false,
        "http" => true,
        _ => return Err(Refused::NotAddress),
    };
    // A password in an address would be stored and shown.
    if host.is_empty() || !url.username().is_empty() || url.password().is_some() {
        return Err(Refused::NotAddress);
    }
    if plain && !allowed.is_named(&host, port) {
        return Err(Refused::Plain);
    }
    Ok((host, port))
}

/// Asks the other system.
pub(super) async fn fetch(
    connector: &Connector,
    allowed: &Allowed,
    folder: &Path,
) -> Result<Fetched, Trouble> {
    let (host, port) = target(&connector.from, allowed)?;
    let secret = allowed.secret(&connector.secret, &host, port)?;
    let addresses = allowed.resolve(&host, port).await?;
    let mut fetched = Fetched::csv(folder)?;
    match &connector.from {
        From::Postgres { database, user, query, .. } => {
            let login = postgres::Login { user, password: secret, database };
            postgres::fetch(&addresses, &login, query, fetched.file()).await?;
        }
        From::HttpJson { url, list } => {
            fetched.form = Form::Json(list.clone());
            get(url, &host, &addresses, secret, fetched.file()).await?;
        }
        From::HttpCsv { url } => get(url, &host, &addresses, secret, fetched.file()).await?,
    }
    fetched.file().flush()?;
    Ok(fetched)
}

async fn get(
    url: &str,
    host: &str,
    addresses: &[std::net::SocketAddr],
    token: Option<&str>,
    into: &mut File,
) -> Result<(), Trouble> {
    // Another part of the process may have chosen it already.
    drop(rustls::crypto::ring::default_provider().install_default());
    // The kind of error only: an address may hold a key.
    let lost = |error: reqwest::Error| {
        if error.is_timeout() {
            Trouble::new("超时", "no answer in time")
        } else {
            Trouble::new("连接失败", "no connection")
        }
    };
    let client = reqwest::Client::builder()
        .connect_timeout(CONNECT)
        .read_timeout(SILENCE)
        // What sends us elsewhere could send us anywhere, and so could a proxy.
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .resolve_to_addrs(host, addresses)
        .build()
        .map_err(lost)?;
    let mut request =
        client.get(url).header("accept", "application/json, application/geo+json, text/csv");
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let mut response = request.send().await.map_err(lost)?;
    let status = response.status();
    if !status.is_success() {
        let status = status.as_u16();
        return Err(Trouble::new(
            format!("对方返回状态 {status}"),
            format!("it answers with status {status}"),
        ));
    }
    let mut size = 0;
    while let Some(chunk) = response.chunk().await.map_err(lost)? {
        size += chunk.len() as u64;
        if size > MAX_BYTES {
            return Err(too_large());
        }
        // Some kilobytes at a time, into the cache of the system.
        into.write_all(&chunk)?;
    }
    Ok(())
}

/// An answer without end.
pub(super) fn too_large() -> Trouble {
    Trouble::new(
        format!("返回内容超过 {MAX_BYTES} 字节"),
        format!("its answer has more than {MAX_BYTES} bytes"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_of_the_kind_and_say_no_passwords() {
        let config = crate::config::Connectors {
            hosts: vec!["10.0.0.5:8080".into(), "db:5432".into()],
            ..Default::default()
        };
        let allowed = Allowed::read(&config).expect("no secrets");
        let http = |url: &str| target(&From::HttpCsv { url: url.into() }, &allowed);
        assert_eq!(http("https://a.example/x.csv"), Ok(("a.example".into(), 443)));
        assert_eq!(http("http://10.0.0.5:8080/x"), Ok(("10.0.0.5".into(), 8080)));
        assert_eq!(http("http://a.example/x.csv"), Err(Refused::Plain));
        // Other ways to write 127.0.0.1 are that address.
        assert_eq!(http("https://0x7f.1/x"), Ok(("127.0.0.1".into(), 443)));
        for url in ["ftp://a.example/", "file:///etc/passwd", "https://u:p@a.example/", "a.csv", ""]
        {
            assert_eq!(http(url), Err(Refused::NotAddress), "{url}");
        }
        let postgres = |host: &str| {
            let (database, user, query) = Default::default();
            let from = From::Postgres { host: host.into(), port: 5432, database, user, query };
            target(&from, &allowed)
        };
        assert_eq!(postgres("db"), Ok(("db".into(), 5432)));
        assert_eq!(postgres("8.8.8.8"), Err(Refused::Plain));
    }
}
