//! Requests to Graph: authorised, retried, bound to one origin.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::config::EntraConfig;
use super::credential::Proof;
use super::token::Credential;
use crate::client::{self, Api, CallError, Limiter, Retry, Settings, Ticket, Tokens};
use crate::clock::Clock;
use crate::connector::Denial;
use crate::connector::api::{ConnectorError, Result};
use crate::secret::Secret;

/// A page of 999 users is about 1 MB; this is far more.
const CAP: usize = 64 * 1024 * 1024;
/// A token answer is small.
const TOKEN_CAP: usize = 64 * 1024;
/// How often a request is tried again.
const ATTEMPTS: u32 = 6;

/// Why a request has no answer.
#[derive(Debug)]
pub(super) enum GraphError {
    /// Worth another attempt, after a while if it was told.
    Transient(String, Option<Duration>),
    /// No connection: worth another attempt.
    Unreachable(String),
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
    /// The same, known better.
    Denied(Denial, String),
    /// Not what the protocol allows.
    Malformed(String),
}

impl GraphError {
    /// Whether a stored link is of no use any more.
    pub(super) fn is_lost_state(&self) -> bool {
        matches!(self, Self::Resync(_) | Self::Absent(_) | Self::Bad(_))
    }

    /// Whether another attempt may help.
    pub(super) fn is_passing(&self) -> bool {
        matches!(self, Self::Transient(..) | Self::Unreachable(_))
    }

    /// The wait that was asked for.
    pub(super) fn asked(&self) -> Option<Duration> {
        match self {
            Self::Transient(_, asked) => *asked,
            _ => None,
        }
    }

    /// Whether a person must act.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Denied(..))
    }

    /// The error of a request that needs this permission.
    pub(super) fn lacking(self, permission: &str) -> ConnectorError {
        let Self::Refused(why) = self else {
            return self.into_error();
        };
        let hint = format!("hint: grant the application permission `{permission}` with admin consent");
        ConnectorError::Denied(Denial::PermissionMissing, format!("{why}; {hint}"))
    }

    pub(super) fn into_error(self) -> ConnectorError {
        match self {
            Self::Unreachable(what) => ConnectorError::Unreachable(what),
            Self::Denied(denial, what) => ConnectorError::Denied(denial, what),
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

impl From<CallError> for GraphError {
    fn from(error: CallError) -> Self {
        let what = error.to_string();
        match error {
            CallError::Unreachable { .. } => Self::Unreachable(what),
            CallError::Untrusted { broken, .. } => Self::Denied(broken.into(), what),
            CallError::TooLong { .. } | CallError::Link { .. } => Self::Malformed(what),
        }
    }
}

/// One tenant's Graph.
pub(super) struct Graph {
    api: Api,
    credential: Credential,
    tokens: Tokens,
    clock: Arc<dyn Clock>,
    pub(super) back_off: Duration,
}

impl Graph {
    pub(super) fn new(
        config: &EntraConfig,
        proof: Proof,
        limiter: Arc<Limiter>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        let (login, graph) = config.addresses();
        let refused = |error: client::ClientError| ConnectorError::Refused(error.to_string());
        let settings = Settings::trusting(config.ca_file.as_deref()).map_err(refused)?;
        let login = Api::new(&login, Limiter::adaptive(), TOKEN_CAP, &settings).map_err(refused)?;
        let graph = graph.trim_end_matches('/');
        let api = Api::new(&format!("{graph}/v1.0"), limiter, CAP, &settings).map_err(refused)?;
        Ok(Self {
            api,
            credential: Credential {
                login,
                tenant: config.tenant.clone(),
                client_id: config.client_id.clone(),
                proof,
                scope: format!("{graph}/.default"),
            },
            tokens: Tokens::default(),
            clock,
            back_off: Duration::from_secs(1),
        })
    }

    /// Graph's own time by its last answer.
    pub(super) fn server_time(&self) -> Option<i64> {
        self.api.server_time()
    }

    pub(super) fn base(&self) -> &str {
        self.api.base()
    }

    pub(super) fn url(&self, path: &str) -> String {
        self.api.url(path)
    }

    /// The token; one request at a time asks for a new one.
    pub(super) async fn authorise(&self) -> Result<Secret, GraphError> {
        let now = self.clock.now();
        self.tokens.get(now, self.credential.ask(now)).await
    }

    /// Who it is: the application's id.
    pub(super) fn client_id(&self) -> &str {
        &self.credential.client_id
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, url: &str) -> Result<T, GraphError> {
        Ok(self.ask(url, None).await?.0)
    }

    /// The answer, and when its request began.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        url: &str,
        body: &Value,
    ) -> Result<(T, Ticket), GraphError> {
        self.ask(url, Some(body)).await
    }

    /// A part of an answer said that we ask too much.
    pub(super) fn throttled(&self, begun: Ticket, asked: Option<Duration>) {
        self.api.limiter().throttled(begun, asked);
    }

    /// A part of an answer said how much of the limit is used.
    pub(super) fn pressed(&self, begun: Ticket, pressure: f64) {
        self.api.limiter().pressed(begun, pressure);
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        url: &str,
        body: Option<&Value>,
    ) -> Result<(T, Ticket), GraphError> {
        self.api.check(url)?;
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
            let wait = if error.is_passing() {
                retry.wait(error.asked())
            } else {
                None
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
    ) -> Result<Option<(T, Ticket)>, GraphError> {
        let token = self.authorise().await?;
        let method = if body.is_some() { Method::POST } else { Method::GET };
        let mut request = self.api.request(method, url)?;
        if let Some(body) = body {
            request = request.json(body);
        }
        let request = request
            .bearer_auth(token.expose())
            .header("x-ms-throttle-priority", "low");
        // A count comes from an index, and only to who says that this will do.
        let request = if url.ends_with("/$count") {
            request.header("ConsistencyLevel", "eventual")
        } else {
            request
        };
        let answer = self.api.send(request, "graph").await?;
        if answer.status.is_success() {
            return Ok(Some((parse(&answer.body)?, answer.begun)));
        }
        let told = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
        let id = answer.headers.get("request-id").and_then(|id| id.to_str().ok());
        // Support asks for it.
        tracing::info!(status = %answer.status, request_id = id, "Graph did not answer as asked");
        let error = judge(answer.status, &told, client::retry_after(&answer.headers));
        if matches!(error, GraphError::Unauthorised(_)) && !*renewed {
            *renewed = true;
            self.tokens.forget(&token).await;
            return Ok(None);
        }
        Err(error)
    }

    /// The link carries the bearer token: a foreign host would get it.
    pub(super) fn check_origin(&self, link: &str) -> Result<(), GraphError> {
        Ok(self.api.check(link)?)
    }

    pub(super) fn refuse(&self, why: client::LinkError) -> GraphError {
        self.api.refuse(why).into()
    }
}

fn transient(error: &dyn std::fmt::Display) -> GraphError {
    GraphError::Transient(format!("Graph cannot be read: {error}"), None)
}

/// A good answer's body. A proxy's page or a truncated answer is no JSON: worth another attempt, never an empty list.
pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, GraphError> {
    // Counts come as texts that begin with a byte order mark.
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
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
    let premium = "NonPremiumTenant";
    match status.as_u16() {
        403 if code.contains(premium) || message.contains(premium) => {
            let hint = "hint: leave `sign_in_activity` out, or buy Entra ID P1 or P2";
            GraphError::Denied(Denial::LicenceMissing, format!("{what}; {hint}"))
        }
        410 => GraphError::Resync(what),
        _ if lost.iter().any(|lost| code.eq_ignore_ascii_case(lost)) => GraphError::Resync(what),
        401 => GraphError::Unauthorised(what),
        403 => GraphError::Refused(what),
        408 | 429 | 500 | 502 | 503 | 504 => GraphError::Transient(what, wait),
        400 => GraphError::Bad(format!("{what}{}", super::property::hint(message))),
        404 => GraphError::Absent(what),
        _ => GraphError::Malformed(what),
    }
}
