//! Short messages through a generic HTTP gateway.

use anyhow::Result;
use helan_kernel::push::{Channel, Notice};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use super::{Gateway, KEY_HEADER, Trouble, client, fill_json, fill_url, post, words};
use crate::config::{self, secret};

/// The gateway.
pub(super) struct Sms {
    client: reqwest::Client,
    config: config::Sms,
    headers: HeaderMap,
    token: Option<String>,
}

impl Sms {
    pub(super) fn open(config: &config::Sms) -> Result<Self> {
        let mut headers = HeaderMap::new();
        for (name, value) in &config.headers {
            headers.insert(name.parse::<HeaderName>()?, HeaderValue::from_str(value)?);
        }
        Ok(Self {
            client: client(config.timeout_seconds)?,
            token: secret(&config.token_file)?,
            config: config.clone(),
            headers,
        })
    }
}

impl Gateway for Sms {
    const CHANNEL: Channel = Channel::Sms;

    async fn hand_over(&self, notice: &Notice) -> Result<(), Trouble> {
        let id = format!("n{}", notice.id);
        let text = words(notice);
        let url = fill_url(&self.config.url, &notice.address, text, &id);
        let mut request = self
            .client
            .post(url)
            .headers(self.headers.clone())
            .header(KEY_HEADER, format!("{id}-sms"));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if !self.config.body.is_empty() {
            let body = fill_json(&self.config.body, &notice.address, text, &id);
            request = request.header(CONTENT_TYPE, "application/json").body(body);
        }
        post(request).await
    }

    fn retries(&self) -> u8 {
        self.config.retries
    }

    fn at_once(&self) -> u16 {
        self.config.at_once
    }
}
