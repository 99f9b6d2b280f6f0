//! Requests to Graph: authorised, retried, bound to one origin.

use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::Mutex;

use super::config::EntraConfig;
use super::token::{Credential, Token};
use crate::client::{self, Retry, read_capped};
use crate::clock::Clock;
use crate::connector::api::{ConnectorError, Result};
use crate::secret::Secret;

/// A page of 999 users is about 1 MB; this is far more.
const CAP: usize = 64 * 1024 * 1024;
/// How often a request is tried again.
const ATTEMPTS: u32 = 6;

/// Why a request has no answer.
#[derive(Debug)]
pub(super) enum GraphError {
    /// Worth another attempt, after a while if it was told.
    Transient(String, Option<Duration>),
    /// The token was not accepted.
    Unauthorised(String),
    /// The delta state is gone: read everything.
    Resync(String),
    /// 404: what was asked for is not there.
    Absent(String),
    /// 400: the request itself is at fault.
    Bad(String),
    /// No permission.
    Refused(String),
    /// Not what the protocol allows.
    Malformed(String),
}

impl GraphError {
    /// Whether a stored link is of no use any more.
    pub(super) fn is_lost_state(&self) -> bool {
        matches!(self, Self::Resync(_) | Self::Absent(_) | Self::Bad(_))
    }

    pub(super) fn into_error(self) -> ConnectorError {
        match self {
            Self::Transient(what, _) => ConnectorError::Unavailable(what),
            Self::Unauthorised(what) | Self::Refused(what) => ConnectorError::Refused(what),
            Self::Resync(what) => ConnectorError::Expired(what),
            Self::Absent(what) | Self::Bad(what) | Self::Malformed(what) => ConnectorError::Malformed(what),
        }
    }
}

impl From<GraphError> for ConnectorError {
    fn from(error: GraphError) -> Self {
        error.into_error()
    }
}

/// One tenant's Graph.
pub(super) struct Graph {
    http: reqwest::Client,
    base: String,
    origin: url::Origin,
    credential: Credential,
    token: Mutex<Option<Token>>,
    clock: Arc<dyn Clock>,
    pub(super) back_off: Duration,
}

impl Graph {
    pub(super) fn new(config: &EntraConfig, secret: Secret, clock: Arc<dyn Clock>) -> Result<Self> {
        let (login, graph) = config.cloud.hosts();
        let pick = |own: &str, usual: &str| {
            if own.is_empty() {
                usual.to_owned()
            } else {
                own.to_owned()
            }
        };
        let (login, graph) = (pick(&config.login_url, login), pick(&config.graph_url, graph));
        let refused = |error: client::ClientError| ConnectorError::Refused(error.to_string());
        client::check_url(&login).map_err(refused)?;
        let origin = client::check_url(&graph).map_err(refused)?.origin();
        let graph = graph.trim_end_matches('/').to_owned();
        let credential = Credential {
            url: format!(
                "{}/{}/oauth2/v2.0/token",
                login.trim_end_matches('/'),
                config.tenant
            ),
            client_id: config.client_id.clone(),
            secret,
            scope: format!("{graph}/.default"),
        };
        // Plain http is for this machine only, see `check_url`.
        let here = [&graph, &login].iter().all(|url| url.starts_with("http://"));
        let http = if here {
            client::build_direct()
        } else {
            client::build()
        };
        let http = http.map_err(refused)?;
        let (token, back_off) = (Mutex::new(None), Duration::from_secs(1));
        Ok(Self {
            http,
            base: format!("{graph}/v1.0"),
            origin,
            credential,
            token,
            clock,
            back_off,
        })
    }

    pub(super) fn base(&self) -> &String {
        &self.base
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The token; one request at a time asks for a new one.
    pub(super) async fn authorise(&self) -> Result<Secret, GraphError> {
        let mut kept = self.token.lock().await;
        let now = self.clock.now();
        if let Some(token) = kept.as_ref().filter(|token| token.until > now) {
            return Ok(token.value.clone());
        }
        let token = self.credential.ask(&self.http, now).await?;
        let value = token.value.clone();
        *kept = Some(token);
        Ok(value)
    }

    /// Forgets the token if it still is the one that was not accepted: others may have a new one already.
    pub(super) async fn forget(&self, used: &Secret) {
        let mut kept = self.token.lock().await;
        if kept
            .as_ref()
            .is_some_and(|token| token.value.expose() == used.expose())
        {
            *kept = None;
        }
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, url: &str) -> Result<T, GraphError> {
        self.ask(url, None).await
    }

    pub(super) async fn post<T: DeserializeOwned>(&self, url: &str, body: &Value) -> Result<T, GraphError> {
        self.ask(url, Some(body)).await
    }

    async fn ask<T: DeserializeOwned>(&self, url: &str, body: Option<&Value>) -> Result<T, GraphError> {
        self.check_origin(url)?;
        let seed = url.bytes().fold(7, |sum: u64, byte| {
            sum.wrapping_mul(31).wrapping_add(u64::from(byte))
        });
        let mut retry = Retry::new(ATTEMPTS, self.back_off, seed);
        let mut renewed = false;
        loop {
            let error = match self.once(url, body, &mut renewed).await {
                Ok(Some(answer)) => return Ok(answer),
                Ok(None) => continue,
                Err(error) => error,
            };
            let wait = match &error {
                GraphError::Transient(_, asked) => retry.wait(*asked),
                _ => None,
            };
            let Some(wait) = wait else { return Err(error) };
            tracing::debug!(?wait, "Graph is asked again");
            tokio::time::sleep(wait).await;
        }
    }

    /// One attempt; `None` where the token was not accepted for the first time, so that a new one is worth another.
    async fn once<T: DeserializeOwned>(
        &self,
        url: &str,
        body: Option<&Value>,
        renewed: &mut bool,
    ) -> Result<Option<T>, GraphError> {
        let token = self.authorise().await?;
        let request = match body {
            Some(body) => self.http.post(url).json(body),
            None => self.http.get(url),
        };
        let request = request
            .bearer_auth(token.expose())
            .header("x-ms-throttle-priority", "low");
        let response = request.send().await.map_err(|error| transient(&error))?;
        let status = response.status();
        let wait = client::retry_after(response.headers());
        let body = read_capped(response, CAP)
            .await
            .map_err(|error| transient(&error))?;
        if status.is_success() {
            return parse(&body).map(Some);
        }
        let error = judge(
            status,
            &serde_json::from_slice(&body).unwrap_or(Value::Null),
            wait,
        );
        if matches!(error, GraphError::Unauthorised(_)) && !*renewed {
            *renewed = true;
            self.forget(&token).await;
            return Ok(None);
        }
        Err(error)
    }

    /// The link carries the bearer token: a foreign host would get it.
    pub(super) fn check_origin(&self, link: &str) -> Result<(), GraphError> {
        let same = url::Url::parse(link).is_ok_and(|link| link.origin() == self.origin);
        let host = || link.split('?').next().unwrap_or_default().to_owned();
        if same {
            Ok(())
        } else {
            Err(GraphError::Malformed(format!(
                "Graph sent a link to another host, `{}`",
                host()
            )))
        }
    }
}

fn transient(error: &dyn std::fmt::Display) -> GraphError {
    GraphError::Transient(format!("Graph cannot be read: {error}"), None)
}

/// A good answer's body. A proxy's page or a truncated answer is no JSON: worth another attempt, never an empty list.
pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, GraphError> {
    serde_json::from_slice(body).map_err(|error| {
        if error.is_data() {
            GraphError::Malformed(format!("Graph answered something else than asked for: {error}"))
        } else {
            transient(&error)
        }
    })
}

/// What a failed answer means; also used for the inner answers of a batch.
pub(super) fn judge(status: StatusCode, body: &Value, wait: Option<Duration>) -> GraphError {
    let code = body["error"]["code"].as_str().unwrap_or_default();
    let message = body["error"]["message"].as_str().unwrap_or_default();
    let what = format!("Graph answered {status} {code}: {message}");
    let lost = ["syncStateNotFound", "syncStateInvalid", "resyncRequired"];
    match status.as_u16() {
        410 => GraphError::Resync(what),
        _ if lost.iter().any(|lost| code.eq_ignore_ascii_case(lost)) => GraphError::Resync(what),
        401 => GraphError::Unauthorised(what),
        403 => GraphError::Refused(what),
        408 | 429 | 500 | 502 | 503 | 504 => GraphError::Transient(what, wait),
        400 => GraphError::Bad(what),
        404 => GraphError::Absent(what),
        _ => GraphError::Malformed(what),
    }
}
