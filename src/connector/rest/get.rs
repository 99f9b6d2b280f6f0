//! The one request that sources make: `GET`, for JSON.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use reqwest::header::ACCEPT;
use serde::de::DeserializeOwned;

use super::auth::Auth;
use super::error::{RestError, judge};
use crate::client::{Api, Retry, retry_after, server_time};
use crate::clock::Clock;

/// How often a request is tried again.
const ATTEMPTS: u32 = 6;

/// A REST API of a source.
#[derive(Debug)]
pub(in crate::connector) struct Rest {
    /// What it is called in messages.
    pub(in crate::connector) who: &'static str,
    pub(in crate::connector) api: Api,
    pub(in crate::connector) auth: Auth,
    /// The media types asked for.
    pub(in crate::connector) accept: &'static str,
    pub(in crate::connector) back_off: Duration,
}

/// An answer.
#[derive(Debug)]
pub(in crate::connector) struct Got<T> {
    /// What it says.
    pub(in crate::connector) body: T,
    /// The peer's own time, where it tells that.
    pub(in crate::connector) date: Option<i64>,
}

impl Rest {
    /// Gets a path below the base, with its query.
    pub(in crate::connector) async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        clock: &Arc<dyn Clock>,
    ) -> Result<Got<T>, RestError> {
        let seed = path.bytes().fold(7, |sum: u64, byte| {
            sum.wrapping_mul(31).wrapping_add(u64::from(byte))
        });
        let mut retry = Retry::new(ATTEMPTS, self.back_off, seed);
        let mut renewed = false;
        loop {
            let error = match self.once(path, clock.now(), &mut renewed).await {
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
            tracing::debug!(?wait, who = self.who, "a source is asked again");
            tokio::time::sleep(wait).await;
        }
    }

    /// One attempt; `None` where the token was not accepted for the first time, so that a new one is worth another.
    async fn once<T: DeserializeOwned>(
        &self,
        path: &str,
        now: i64,
        renewed: &mut bool,
    ) -> Result<Option<Got<T>>, RestError> {
        let request = self.api.request(Method::GET, &self.api.url(path))?;
        let (request, token) = self.auth.sign(request.header(ACCEPT, self.accept), now).await?;
        let answer = self.api.send(request, "").await?;
        if answer.status.is_success() {
            return Ok(Some(Got {
                body: self.parse(&answer.body)?,
                date: server_time(&answer.headers),
            }));
        }
        let error = judge(
            self.who,
            answer.status,
            &answer.body,
            retry_after(&answer.headers),
        );
        if let (RestError::Unauthorised(_), Some(token), false) = (&error, token, *renewed) {
            *renewed = true;
            self.auth.forget(&token).await;
            return Ok(None);
        }
        Err(error)
    }

    /// A good answer's body. A proxy's page or a truncated answer is no JSON: worth another attempt, never an empty list.
    /// What serde says may repeat values, so only the place is told.
    fn parse<T: DeserializeOwned>(&self, body: &[u8]) -> Result<T, RestError> {
        serde_json::from_slice(body).map_err(|error| {
            let place = format!("(line {}, column {})", error.line(), error.column());
            if error.is_data() {
                let what = format!("{} answered something else than asked for {place}", self.who);
                RestError::Malformed(what)
            } else {
                RestError::Transient(format!("{} answered no JSON {place}", self.who), None)
            }
        })
    }
}
