//! The command line as a client of the running daemon's admin face.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use serde_json::Value;

use super::ConfigArgument;
use super::error::OperatorError;
use crate::client;
use crate::config::Config;
use crate::secret::{Secret, SecretSource};

/// The environment variable of the operator's token.
const TOKEN: &str = "THRONG_ADMIN_TOKEN";
/// More than any answer of the admin face has.
const LARGEST: usize = 256 * 1024 * 1024;
/// How long a long answer may take.
const LONGEST: Duration = Duration::from_hours(1);

/// Asks the daemon of one configuration.
pub(super) struct Operator {
    http: reqwest::Client,
    base: String,
    token: Secret,
}

impl Operator {
    /// The daemon of the configuration's `[admin]` section.
    pub(super) fn new(argument: &ConfigArgument) -> anyhow::Result<Self> {
        let config = Config::read(&argument.config)?;
        let source = SecretSource {
            env: Some(TOKEN.to_owned()),
            file: None,
            value: None,
        };
        let token = source.read().map_err(OperatorError::Token)?;
        Ok(Self {
            http: client::build_direct()?,
            base: format!("http://{}/api/v1", reachable(config.admin.listen)),
            token,
        })
    }

    pub(super) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.send(self.http.get(format!("{}{path}", self.base))).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.send(self.http.post(format!("{}{path}", self.base)).json(body))
            .await
    }

    pub(super) async fn delete(&self, path: &str) -> anyhow::Result<Value> {
        self.send(self.http.delete(format!("{}{path}", self.base))).await
    }

    /// Posts nothing and hands on what comes back, piece by piece: it may be large.
    pub(super) async fn stream(
        &self,
        path: &str,
        take: impl FnMut(&[u8]) -> std::io::Result<()>,
    ) -> anyhow::Result<()> {
        self.pieces(self.http.post(format!("{}{path}", self.base)), take)
            .await
    }

    /// Hands on what is there, piece by piece.
    pub(super) async fn download(
        &self,
        path: &str,
        take: impl FnMut(&[u8]) -> std::io::Result<()>,
    ) -> anyhow::Result<()> {
        self.pieces(self.http.get(format!("{}{path}", self.base)), take)
            .await
    }

    async fn pieces(
        &self,
        request: reqwest::RequestBuilder,
        mut take: impl FnMut(&[u8]) -> std::io::Result<()>,
    ) -> anyhow::Result<()> {
        let mut response = self.ask(request.timeout(LONGEST)).await?;
        if !response.status().is_success() {
            return self.answer(response).await.map(drop);
        }
        while let Some(piece) = response.chunk().await? {
            take(&piece)?;
        }
        Ok(())
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> anyhow::Result<Value> {
        let response = self.ask(request).await?;
        self.answer(response).await
    }

    async fn ask(&self, request: reqwest::RequestBuilder) -> Result<reqwest::Response, OperatorError> {
        let sent = request.bearer_auth(self.token.expose()).send().await;
        sent.map_err(|source| OperatorError::Unreachable {
            base: self.base.clone(),
            source,
        })
    }

    async fn answer(&self, response: reqwest::Response) -> anyhow::Result<Value> {
        let base = || self.base.clone();
        let status = response.status();
        let body = client::read_capped(response, LARGEST).await?;
        if status.is_success() && body.is_empty() {
            return Ok(Value::Null);
        }
        let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
        if status.is_success() && !answer.is_null() {
            return Ok(answer);
        }
        let text = |key: &str| answer[key].as_str().map(str::to_owned);
        let (Some(code), Some(detail)) = (text("code"), text("detail")) else {
            let (base, status) = (base(), status.as_u16());
            return Err(OperatorError::Foreign { base, status }.into());
        };
        let hint = text("hint").map_or_else(String::new, |hint| format!("; hint: {hint}"));
        let detail = format!("{detail}{hint}");
        Err(OperatorError::Refused { code, detail }.into())
    }
}

/// Where a listener can be reached from this machine.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
