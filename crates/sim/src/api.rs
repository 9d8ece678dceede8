//! The server's console API, as the simulator uses it.

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, bail};
use helan_kernel::registry::RegistryChange;
use reqwest::StatusCode;
use serde_json::{Value, json};

/// Changes in one request: some hundred kilobytes, well below the server's limit for a body.
const BATCH: usize = 500;
/// Time for one request.
const PATIENCE: Duration = Duration::from_secs(30);

/// A session of the simulator's service account.
#[derive(Clone, Debug)]
pub struct Api {
    http: reqwest::Client,
    base: Arc<str>,
    token: Arc<str>,
}

impl Api {
    /// A session with the server at `base` (`http://host:port`) and the token in a file.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn open(base: &str, token_file: &Path) -> Result<Self> {
        let token = std::fs::read_to_string(token_file).with_context(|| {
            let file = token_file.display();
            format!(
                "token file {file} (a server started with --demo writes it into its data folder)"
            )
        })?;
        // Another crate of the process may have chosen the same provider already.
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = reqwest::Client::builder().timeout(PATIENCE).tcp_nodelay(true).build()?;
        Ok(Self { http, base: base.trim_end_matches('/').into(), token: token.trim().into() })
    }

    /// Fetches a path below `/api/v1`.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn get(&self, path: &str) -> Result<Value> {
        self.send(self.http.get(self.url(path)), path).await
    }

    /// Posts to a path below `/api/v1`.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.send(self.http.post(self.url(path)).json(body), path).await
    }

    /// Posts to a path below `/api/v1` what the server may refuse: gives the code of a refusal, or the reply.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn ask(
        &self,
        path: &str,
        body: &Value,
    ) -> Result<std::result::Result<Value, String>> {
        let request = self.http.post(self.url(path)).json(body).bearer_auth(&self.token);
        let reply = request.send().await.with_context(|| path.to_owned())?;
        let done = reply.status().is_success();
        let body: Value = reply.json().await.with_context(|| path.to_owned())?;
        let code =
            body.pointer("/error/code").and_then(Value::as_str).unwrap_or("refused").to_owned();
        Ok(if done { Ok(body) } else { Err(code) })
    }

    /// Posts a file to a path below `/api/v1`.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn send_file(&self, path: &str, bytes: Vec<u8>) -> Result<Value> {
        self.send(self.http.post(self.url(path)).body(bytes), path).await
    }

    /// All items of a list, page by page, at most `most`.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn list(&self, path: &str, most: usize) -> Result<Vec<Value>> {
        let mut items = Vec::new();
        let mut after = String::new();
        let mark = if path.contains('?') { '&' } else { '?' };
        while items.len() < most {
            let page = self.get(&format!("{path}{mark}limit=500{after}")).await?;
            let more = page.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
            items.extend(more);
            after = match page.get("next") {
                Some(Value::String(next)) => format!("&after={next}"),
                Some(Value::Number(next)) => format!("&after={next}"),
                _ => break,
            };
        }
        Ok(items)
    }

    /// Registers base data; gives the tokens of devices that are new to the server.
    ///
    /// # Errors
    /// When the server cannot be reached, or refuses one of the changes.
    pub async fn register(&self, changes: &[RegistryChange]) -> Result<BTreeMap<String, String>> {
        let mut tokens = BTreeMap::new();
        let mut done = 0;
        for batch in changes.chunks(BATCH) {
            let reply = self.post("/registry", &json!({ "changes": batch })).await?;
            let answers = reply.get("answers").and_then(Value::as_array);
            let refused = answers.into_iter().flatten().zip(batch).find(|(answer, _)| {
                answer.get("Refused").is_some() || answer.get("refused").is_some()
            });
            if let Some((answer, change)) = refused {
                bail!("the server refuses {}: {}", words(change), why(answer));
            }
            done += batch.len();
            if changes.len() > 10 * BATCH && done % (10 * BATCH) == 0 {
                tracing::info!(done, of = changes.len(), "registering");
            }
            for (key, token) in reply.get("tokens").and_then(Value::as_object).into_iter().flatten()
            {
                if let Some(token) = token.as_str() {
                    tokens.insert(key.clone(), token.to_owned());
                }
            }
        }
        Ok(tokens)
    }

    /// A new token for a device that is registered already.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn new_token(&self, device: &str) -> Result<String> {
        let reply = self.post(&format!("/devices/{device}/token"), &json!({})).await?;
        let token = reply.get("token").and_then(Value::as_str);
        Ok(token.context("the server gave no token")?.to_owned())
    }

    fn url(&self, path: &str) -> String {
        format!("{}/api/v1{path}", self.base)
    }

    async fn send(&self, request: reqwest::RequestBuilder, path: &str) -> Result<Value> {
        let reply = request.bearer_auth(&self.token).send().await;
        let reply = reply.map_err(|error| match error.is_connect() {
            true => anyhow::anyhow!("no server answers at {}: does it run there?", self.base),
            false => anyhow::Error::new(error).context(path.to_owned()),
        })?;
        let status = reply.status();
        let body = reply.bytes().await?;
        if status == StatusCode::UNAUTHORIZED {
            bail!("the server at {} does not take this token: is it of another server?", self.base);
        }
        if !status.is_success() {
            bail!("{path}: {status}: {}", String::from_utf8_lossy(&body));
        }
        if body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&body).with_context(|| path.to_owned())
    }
}

/// A change as people call it.
fn words(change: &RegistryChange) -> String {
    match change {
        RegistryChange::PutDevice(spec) => {
            format!("device {} (profile {})", spec.key, spec.profile)
        }
        RegistryChange::PutFacility(facility) => format!("facility {}", facility.key),
        RegistryChange::PutPost(post) => format!("post {}", post.key),
        RegistryChange::PutPerson(person) => format!("person {}", person.key),
        other => format!("{other:?}").chars().take(100).collect(),
    }
}

/// Why it was refused, with what people can do about it.
fn why(answer: &Value) -> String {
    let word = answer.get("refused").or_else(|| answer.get("Refused")).and_then(Value::as_str);
    match word.unwrap_or_default() {
        "not-found" => {
            "it refers to something unknown there: has the server loaded the packs?".to_owned()
        }
        "forbidden" => "the account of the token may not change it".to_owned(),
        "limit-reached" => "the server holds no more of these".to_owned(),
        other => other.to_owned(),
    }
}
