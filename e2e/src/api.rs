//! A client of the console's API, as a user's browser would be.

use anyhow::{Context, bail, ensure};
use serde_json::Value;

use crate::Platform;

/// An HTTP client. Every one of the tests comes from here, because the TLS library wants its provider named once.
#[must_use]
pub fn http_client() -> reqwest::Client {
    // Another client of the same process may have named it already.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::new()
}

/// A signed-in client.
#[derive(Clone, Debug)]
pub struct Api {
    base: String,
    client: reqwest::Client,
    credential: (&'static str, String),
}

impl Api {
    /// Signs in with an account. A password that was only given is changed first, as everybody has to.
    ///
    /// # Errors
    /// When the platform refuses.
    pub async fn sign_in(
        platform: &Platform,
        account: &str,
        password: &str,
    ) -> anyhow::Result<Self> {
        let base = format!("http://127.0.0.1:{}", platform.http);
        let client = http_client();
        let body = serde_json::json!({ "account": account, "password": password });
        let response = client
            .post(format!("{base}/api/v1/session"))
            .header("origin", &base)
            .json(&body)
            .send()
            .await?;
        let cookie = response
            .headers()
            .get("set-cookie")
            .and_then(|v| v.to_str().ok())
            .and_then(|v| v.split(';').next())
            .map(str::to_owned);
        if !response.status().is_success() {
            bail!("sign-in: {}", response.text().await?);
        }
        let cookie = cookie.context("no session cookie")?;
        let session: Value = response.json().await?;
        let api = Self { base, client, credential: ("cookie", cookie) };
        if session.get("must_change").and_then(Value::as_bool) == Some(true) {
            let own = format!("{password}-own");
            let change = serde_json::json!({ "old": password, "new": own });
            let request = api.client.post(format!("{}/api/v1/session/password", api.base));
            let changed = request
                .header(api.credential.0, &api.credential.1)
                .header("origin", &api.base)
                .json(&change)
                .send()
                .await?;
            ensure!(changed.status().is_success(), "password: {}", changed.text().await?);
            platform.keep_password(&own)?;
        }
        Ok(api)
    }

    /// The same session over connections of its own: a connection lives in the runtime that made it.
    #[must_use]
    pub fn apart(&self) -> Self {
        Self { client: http_client(), ..self.clone() }
    }

    /// Uses the simulator's token.
    ///
    /// # Errors
    /// When there is none.
    pub fn simulator(platform: &Platform) -> anyhow::Result<Self> {
        Ok(Self {
            base: format!("http://127.0.0.1:{}", platform.http),
            client: http_client(),
            credential: ("authorization", format!("Bearer {}", platform.token()?)),
        })
    }

    /// Value of the session cookie, for a browser.
    #[must_use]
    pub fn cookie(&self) -> &str {
        &self.credential.1
    }

    /// Reads a resource.
    ///
    /// # Errors
    /// When the answer is not 2xx or not JSON.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.call(reqwest::Method::GET, path, None).await
    }

    /// Sends something.
    ///
    /// # Errors
    /// When the answer is not 2xx or not JSON.
    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.call(reqwest::Method::POST, path, Some(body)).await
    }

    /// Sends a file as it is.
    ///
    /// # Errors
    /// When the answer is not 2xx or not JSON.
    pub async fn send_file(&self, path: &str, bytes: Vec<u8>) -> anyhow::Result<Value> {
        let request = self.client.post(format!("{}{path}", self.base)).body(bytes);
        let response = request
            .header("origin", &self.base)
            .header(self.credential.0, &self.credential.1)
            .send()
            .await?;
        ensure!(response.status().is_success(), "{path}: {}", response.text().await?);
        Ok(response.json().await?)
    }

    /// Asks for a file.
    ///
    /// # Errors
    /// When the answer is not 2xx.
    pub async fn get_file(&self, path: &str) -> anyhow::Result<Vec<u8>> {
        let request = self.client.get(format!("{}{path}", self.base));
        let response = request.header(self.credential.0, &self.credential.1).send().await?;
        ensure!(response.status().is_success(), "{path}: {}", response.text().await?);
        Ok(response.bytes().await?.to_vec())
    }

    /// Puts something.
    ///
    /// # Errors
    /// When the answer is not 2xx or not JSON.
    pub async fn put(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.call(reqwest::Method::PUT, path, Some(body)).await
    }

    /// Sends a request and gives status and body as they are.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn raw(
        &self,
        method: reqwest::Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<(u16, String)> {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.base))
            .header("origin", &self.base)
            .header(self.credential.0, &self.credential.1);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        Ok((response.status().as_u16(), response.text().await?))
    }

    async fn call(
        &self,
        method: reqwest::Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let (status, text) = self.raw(method.clone(), path, body).await?;
        ensure!((200..300).contains(&status), "{method} {path}: {status} {text}");
        if text.is_empty() { Ok(Value::Null) } else { Ok(serde_json::from_str(&text)?) }
    }
}
