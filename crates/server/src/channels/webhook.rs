//! Signed HTTP calls to another system.
//!
//! The signature is `sha256=` and the hexadecimal HMAC-SHA256 over `id`, a dot, the time (ms), a dot and the body, under the
//! shared key. The receiver checks it, refuses times that are minutes old, and drops an id that it has seen:
//! docs/protocols/channels.md.

use anyhow::{Context, Result};
use helan_kernel::push::{Channel, Notice};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::CONTENT_TYPE;
use serde_json::json;
use sha2::Sha256;

use super::{Gateway, KEY_HEADER, Trouble, client, post, words};
use crate::{
    api::wire,
    clock,
    config::{self, secret},
};

/// The other system.
pub(super) struct Webhook {
    client: reqwest::Client,
    url: String,
    key: String,
    retries: u8,
    at_once: u16,
}

impl Webhook {
    pub(super) fn open(config: &config::Webhook) -> Result<Self> {
        Ok(Self {
            client: client(config.timeout_seconds)?,
            url: config.url.clone(),
            key: secret(&config.secret_file)?.context("secret_file")?,
            retries: config.retries,
            at_once: config.at_once,
        })
    }
}

impl Gateway for Webhook {
    const CHANNEL: Channel = Channel::Webhook;

    async fn hand_over(&self, notice: &Notice) -> Result<(), Trouble> {
        let id = format!("n{}", notice.id);
        let body = json!({
            "id": id,
            "incident": notice.incident.0,
            "action": wire::protective(notice.action),
            "name": &*notice.name,
            "address": &*notice.address,
            "place": &*notice.place,
            "needs": &*notice.needs,
            "text": words(notice),
            "language": &*notice.language,
            "created": notice.created.0,
            "drill": notice.drill,
        })
        .to_string();
        let time = clock::now().0;
        let signature = sign(&self.key, &id, time, &body).map_err(Trouble::Final)?;
        let request = self
            .client
            .post(&self.url)
            .header(CONTENT_TYPE, "application/json")
            .header(KEY_HEADER, format!("{id}-webhook"))
            .header("x-helan-id", &id)
            .header("x-helan-time", time.to_string())
            .header("x-helan-signature", signature)
            .body(body);
        post(request).await
    }

    fn retries(&self) -> u8 {
        self.retries
    }

    fn at_once(&self) -> u16 {
        self.at_once
    }
}

fn sign(key: &str, id: &str, time: i64, body: &str) -> Result<String, String> {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key.as_bytes()).map_err(|error| error.to_string())?;
    mac.update(format!("{id}.{time}.").as_bytes());
    mac.update(body.as_bytes());
    let code = mac.finalize().into_bytes();
    let hex: String = code.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("sha256={hex}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_what_other_tools_compute() {
        // printf 'n7.1000.{"a":1}' | openssl dgst -sha256 -hmac key
        let signature = sign("key", "n7", 1000, "{\"a\":1}").expect("sign");
        assert_eq!(
            signature,
            "sha256=c109aae82335847ee4eeff0afa2a383f490b3b3e56b9459a925a90c71dfdb660"
        );
    }

    #[test]
    fn the_example_that_integrators_read_is_true() {
        let text = include_str!("../../../../docs/protocols/channels.md");
        let between = |start: &str, end: &str| {
            let (_, rest) = text.split_once(start).expect(start);
            rest.split_once(end).expect(end).0
        };
        let body = between("body='{\"action", "'\n");
        let body = format!("{{\"action{body}");
        let signature = sign("shared key", "n42", 1_752_662_100_300, &body).expect("sign");
        assert_eq!(signature, format!("sha256={}", between("SHA2-256(stdin)= ", "\n")));
        serde_json::from_str::<serde_json::Value>(&body).expect("JSON");
    }
}
