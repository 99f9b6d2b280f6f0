//! Requests to Okta: authorised, retried, within a share of its limits.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use serde::de::DeserializeOwned;

use super::error::OktaError;
use super::service::Service;
use crate::client::{Answer, Api, Retry};
use crate::clock::Clock;
use crate::secret::Secret;

/// How often a request is tried again: limits are told by the minute.
const ATTEMPTS: u32 = 6;
/// Leaves out of a user what nobody here reads, which makes lists faster.
const LEAN: &str =
    "application/json; okta-response=omitCredentials,omitCredentialsLinks,omitTransitioningToStatus";

/// How requests are authorised.
#[derive(Debug)]
pub enum Sign {
    /// By an API token.
    Token(Secret),
    /// By a service app.
    Service(Box<Service>),
}

/// One organisation.
pub(super) struct Okta {
    pub(super) api: Api,
    pub(super) sign: Sign,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) back_off: Duration,
}

impl Okta {
    /// The JSON of an address with its headers. `counter` is which of Okta's limits it falls under.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        link: &str,
        counter: &'static str,
    ) -> Result<(T, Answer), OktaError> {
        self.api.check(link)?;
        let seed = link.bytes().fold(7, |sum: u64, byte| {
            sum.wrapping_mul(31).wrapping_add(u64::from(byte))
        });
        let mut retry = Retry::new(ATTEMPTS, self.back_off, seed);
        let mut renewed = 0;
        loop {
            let error = match self.once(link, counter, &mut renewed).await {
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
            tracing::debug!(?wait, "Okta is asked again");
            tokio::time::sleep(wait).await;
        }
    }

    /// One attempt; `None` where a fresh token or proof is worth another.
    async fn once<T: DeserializeOwned>(
        &self,
        link: &str,
        counter: &'static str,
        renewed: &mut u32,
    ) -> Result<Option<(T, Answer)>, OktaError> {
        let now = self.clock.now();
        let request = self
            .api
            .request(Method::GET, link)?
            .header("accept", "application/json");
        let request = request.header("content-type", LEAN);
        let (request, token) = match &self.sign {
            Sign::Token(token) => {
                let request = request.header("authorization", format!("SSWS {}", token.expose()));
                (request, None)
            }
            Sign::Service(service) => {
                let token = service.token(&self.api, now).await?;
                let request = service.sign(request, link, &token, now)?;
                (request, Some((service, token)))
            }
        };
        let answer = self.api.send(request, counter).await?;
        if answer.status.is_success() {
            let parsed = serde_json::from_slice(&answer.body).map_err(|error| {
                if error.is_data() {
                    OktaError::Malformed(format!("Okta answered something else than asked for: {error}"))
                } else {
                    // A proxy's page, or a truncated answer.
                    OktaError::Transient(format!("Okta cannot be read: {error}"), None)
                }
            })?;
            return Ok(Some((parsed, answer)));
        }
        let error = OktaError::of(&answer);
        if let (OktaError::Unauthorised(_), Some((service, token))) = (&error, token)
            && *renewed < 2
        {
            *renewed += 1;
            service.refused(&token, &answer).await;
            return Ok(None);
        }
        Err(error)
    }
}
