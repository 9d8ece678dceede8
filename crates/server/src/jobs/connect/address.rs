//! Where connectors may reach. Whoever sets one up must not come through the server to what only the server can reach: a machine
//! of the inside must be named in the configuration, and a secret is said to one machine only.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use crate::config;

/// Machines that may be reached, and secrets for them.
pub struct Allowed {
    hosts: BTreeSet<String>,
    secrets: BTreeMap<String, Secret>,
}

struct Secret {
    host: String,
    text: String,
}

/// Why a machine is not reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It is of the inside, and not named in the configuration.
    Inside,
    /// Its name leads nowhere.
    Unknown,
    /// The configuration has no such secret, or has it for another machine.
    Secret,
    /// Not an address of the kind.
    NotAddress,
    /// Without encryption only to machines that the configuration names.
    Plain,
}

impl Allowed {
    /// As the configuration says; reads the secrets.
    ///
    /// # Errors
    /// When a secret cannot be read.
    pub fn read(config: &config::Connectors) -> anyhow::Result<Self> {
        let mut secrets = BTreeMap::new();
        for (name, secret) in &config.secrets {
            let text = config::secret(&secret.file)?.unwrap_or_default();
            let host = secret.host.to_lowercase();
            secrets.insert(name.clone(), Secret { host, text });
        }
        let hosts = config.hosts.iter().map(|host| host.to_lowercase()).collect();
        Ok(Self { hosts, secrets })
    }

    /// Whether the configuration names this machine.
    #[must_use]
    pub fn is_named(&self, host: &str, port: u16) -> bool {
        self.hosts.contains(&named(host, port))
    }

    /// The secret with this name, to be said to this machine; none when no name is given.
    ///
    /// # Errors
    /// When there is no such secret for this machine.
    pub fn secret(&self, name: &str, host: &str, port: u16) -> Result<Option<&str>, Refused> {
        if name.is_empty() {
            return Ok(None);
        }
        let secret = self.secrets.get(name).ok_or(Refused::Secret)?;
        if secret.host == named(host, port) { Ok(Some(&secret.text)) } else { Err(Refused::Secret) }
    }

    /// The addresses of a machine, when all of them may be reached. Exactly these are to be used: a name may lead elsewhere
    /// the next time it is asked.
    ///
    /// # Errors
    /// When one may not be reached.
    pub async fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, Refused> {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let found = tokio::net::lookup_host((bare, port)).await;
        let found: Vec<SocketAddr> = found.map_err(|_unknown| Refused::Unknown)?.collect();
        if found.is_empty() {
            return Err(Refused::Unknown);
        }
        let outside = found.iter().all(|address| is_public(address.ip()));
        if outside || self.is_named(host, port) { Ok(found) } else { Err(Refused::Inside) }
    }
}

fn named(host: &str, port: u16) -> String {
    format!("{}:{port}", host.to_lowercase())
}

/// Whether an address is one of the public internet (the registries of special addresses, RFC 6890 and those after it).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || a == 0
        || a >= 240
        // Shared by carriers, protocol assignments, old relays, benchmarks.
        || (a == 100 && (64..128).contains(&b))
        || (a, b, c) == (192, 0, 0)
        || (a, b, c) == (192, 88, 99)
        || (a == 198 && (b == 18 || b == 19));
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    let [first, second, ..] = parts;
    let inner = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        Ipv4Addr::new(a, b, c, d)
    };
    match parts {
        // Addresses of the fourth version in another dress.
        [0, 0, 0, 0, 0, 0xffff | 0, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            is_public_v4(inner(high, low))
        }
        [0x2002, high, low, ..] => is_public_v4(inner(high, low)),
        // Of what is given out (2000::/3), Teredo, documentation and benchmarks are no machines.
        _ => {
            (0x2000..0x4000).contains(&first)
                && (first, second) != (0x2001, 0)
                && (first, second) != (0x2001, 0xdb8)
                && (first, second) != (0x2001, 2)
                && first != 0x3fff
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(hosts: &[&str]) -> Allowed {
        let hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
        Allowed { hosts, secrets: BTreeMap::new() }
    }

    #[test]
    fn what_is_inside_is_told_from_what_is_outside() {
        for address in
            ["8.8.8.8", "123.57.0.1", "2400:3200::1", "64:ff9b::808:808", "::ffff:8.8.8.8"]
        {
            assert!(is_public(address.parse().expect(address)), "{address}");
        }
        for address in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "198.18.0.1",
            "192.0.0.8",
            "203.0.113.5",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "2001:db8::1",
            "::7f00:1",
        ] {
            assert!(!is_public(address.parse().expect(address)), "{address}");
        }
    }

    #[tokio::test]
    async fn the_inside_is_reached_only_where_the_configuration_says() {
        let none = allowed(&[]);
        for host in ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "0.0.0.0"] {
            assert_eq!(none.resolve(host, 80).await, Err(Refused::Inside), "{host}");
        }
        let named = allowed(&["localhost:80", "10.0.0.5:5432"]);
        assert!(named.resolve("LOCALHOST", 80).await.is_ok());
        assert_eq!(named.resolve("localhost", 81).await, Err(Refused::Inside), "another port");
        assert!(named.resolve("10.0.0.5", 5432).await.is_ok());
    }

    #[test]
    fn a_secret_is_said_to_its_machine_only() {
        let mut allowed = allowed(&[]);
        let secret = Secret { host: "db.example:5432".into(), text: "word".into() };
        allowed.secrets.insert("health".into(), secret);
        assert_eq!(allowed.secret("health", "DB.example", 5432), Ok(Some("word")));
        assert_eq!(allowed.secret("health", "evil.example", 5432), Err(Refused::Secret));
        assert_eq!(allowed.secret("health", "db.example", 80), Err(Refused::Secret));
        assert_eq!(allowed.secret("other", "db.example", 5432), Err(Refused::Secret));
        assert_eq!(allowed.secret("", "evil.example", 1), Ok(None));
    }
}
