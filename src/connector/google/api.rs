//! Requests to Google: authorised, retried, within its limits.

use std::sync::Arc;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use serde::de::DeserializeOwned;

use super::error::{Failure, judge};
use super::token::Grants;
use crate::client::{Api, Retry, Tokens, retry_after, server_time};
use crate::clock::Clock;
use crate::connector::rest::RestError;

/// How often a request is tried again: limits are told by the minute, and 503 is common.
const ATTEMPTS: u32 = 7;
/// What is left as it is within a path or a query.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// Scopes as their last part, after `https://www.googleapis.com/auth/`.
pub(super) const USERS: &str = "admin.directory.user.readonly";
pub(super) const GROUPS: &str = "admin.directory.group.readonly";
pub(super) const MEMBERS: &str = "admin.directory.group.member.readonly";
pub(super) const REPORTS: &str = "admin.reports.audit.readonly";

/// A token for some scopes.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) scopes: &'static [&'static str],
    tokens: Tokens,
}

impl Lane {
    pub(super) fn new(scopes: &'static [&'static str]) -> Self {
        Self {
            scopes,
            tokens: Tokens::default(),
        }
    }
}

/// One customer's API.
pub(super) struct Google {
    pub(super) api: Api,
    pub(super) grants: Grants,
    /// What every read needs.
    pub(super) directory: Lane,
    /// The audit log. Apart, since one scope that is not delegated fails the whole token.
    pub(super) reports: Lane,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) back_off: Duration,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Got<T> {
    pub(super) body: T,
    /// Google's own time.
    pub(super) date: Option<i64>,
}

/// A text within a path or a query.
pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, KEPT).to_string()
}

/// Scopes as Google writes them.
pub(super) fn spelled(scopes: &[&str]) -> String {
    let all = scopes
        .iter()
        .map(|scope| format!("https://www.googleapis.com/auth/{scope}"));
    all.collect::<Vec<_>>().join(" ")
}

impl Google {
    /// The JSON of a path below the base.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        lane: &Lane,
        path: &str,
    ) -> Result<Got<T>, RestError> {
        let seed = path.bytes().fold(7, |sum: u64, byte| {
            sum.wrapping_mul(31).wrapping_add(u64::from(byte))
        });
        let mut retry = Retry::new(ATTEMPTS, self.back_off, seed);
        let mut renewed = false;
        loop {
            let error = match self.once(lane, path, &mut renewed).await {
                Ok(Some(got)) => return Ok(got),
                Ok(None) => continue,
                Err(error) => error,
            };
            let wait = match &error {
                RestError::Transient(_, asked) => retry.wait(*asked),
                RestError::Unreachable(_) => retry.wait(None),
                _ => None,
            };
            let Some(wait) = wait else { return Err(error) };
            tracing::debug!(?wait, "Google is asked again");
            tokio::time::sleep(wait).await;
        }
    }

    /// One attempt; `None` where the token was not accepted for the first time, so that a new one is worth another.
    async fn once<T: DeserializeOwned>(
        &self,
        lane: &Lane,
        path: &str,
        renewed: &mut bool,
    ) -> Result<Option<Got<T>>, RestError> {
        let now = self.clock.now();
        let scopes = spelled(lane.scopes);
        let token = lane.tokens.get(now, self.grants.ask(&scopes, now)).await?;
        let request = self.api.request(Method::GET, &self.api.url(path))?;
        let request = request
            .header("accept", "application/json")
            .bearer_auth(token.expose());
        let answer = self.api.send(request, "").await?;
        if answer.status.is_success() {
            return Ok(Some(Got {
                body: parse(&answer.body)?,
                date: server_time(&answer.headers),
            }));
        }
        let Failure { error, throttled } = judge(&answer);
        if throttled && answer.status.as_u16() != 429 {
            // The limiter knows a 429 by itself, not what a 403 may mean.
            self.api
                .limiter()
                .throttled(answer.begun, retry_after(&answer.headers));
        }
        if matches!(error, RestError::Unauthorised(_)) && !*renewed {
            *renewed = true;
            lane.tokens.forget(&token).await;
            return Ok(None);
        }
        Err(error)
    }
}

/// A good answer's body. A proxy's page or a truncated answer is no JSON: worth another attempt, never an empty list.
/// What serde says may repeat values, so only the place is told.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, RestError> {
    serde_json::from_slice(body).map_err(|error| {
        let place = format!("(line {}, column {})", error.line(), error.column());
        if error.is_data() {
            RestError::Malformed(format!("Google answered something else than asked for {place}"))
        } else {
            RestError::Transient(format!("Google answered no JSON {place}"), None)
        }
    })
}
