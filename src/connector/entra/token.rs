//! Asking for an access token, and what a refusal means.

use reqwest::Method;
use serde::Deserialize;

use super::credential::Proof;
use super::graph::GraphError;
use crate::client::{Answer, Api, Token, retry_after, server_time};
use crate::connector::Denial;
use crate::secret::Secret;

/// Clocks that differ by more make assertions invalid, in milliseconds.
const SKEW: i64 = 300_000;

/// How to get one.
#[derive(Debug)]
pub(super) struct Credential {
    pub(super) login: Api,
    pub(super) tenant: String,
    pub(super) client_id: String,
    pub(super) proof: Proof,
    pub(super) scope: String,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: i64,
}

#[derive(Default, Deserialize)]
struct Denied {
    #[serde(default)]
    error_description: String,
    #[serde(default)]
    error_codes: Vec<u64>,
}

impl Credential {
    pub(super) async fn ask(&self, now: i64) -> Result<Token, GraphError> {
        let url = self.login.url(&format!("/{}/oauth2/v2.0/token", self.tenant));
        let proof = self.proof.fields(&url, &self.client_id, now);
        let proof = proof.map_err(GraphError::Refused)?;
        let mut form = vec![
            ("grant_type", "client_credentials"),
            ("client_id", &self.client_id),
            ("scope", &self.scope),
        ];
        form.extend(proof.iter().map(|(name, value)| (*name, value.expose())));
        let request = self.login.request(Method::POST, &url)?.form(&form);
        let answer = self.login.send(request, "token").await?;
        if answer.status.is_success() {
            let granted: Granted = serde_json::from_slice(&answer.body).map_err(|error| {
                GraphError::Transient(format!("`{url}` answered no token: {error}"), None)
            })?;
            let value = Secret::new(granted.access_token);
            return Ok(Token::granted(value, now, granted.expires_in));
        }
        if answer.status.as_u16() == 429 || answer.status.is_server_error() {
            let what = format!("`{url}` answered {}", answer.status);
            return Err(GraphError::Transient(what, retry_after(&answer.headers)));
        }
        Err(self.refusal(&answer, now))
    }

    /// What a person can do about a refusal (codes of the Microsoft identity platform).
    fn refusal(&self, answer: &Answer, now: i64) -> GraphError {
        let denied: Denied = serde_json::from_slice(&answer.body).unwrap_or_default();
        let detail = denied.error_description.lines().next().unwrap_or_default();
        let skew = server_time(&answer.headers)
            .map_or(0, |theirs| now.saturating_sub(theirs))
            .clamp(-i64::MAX, i64::MAX);
        if self.proof.is_timed() && skew.abs() > SKEW {
            let minutes = skew.abs() / 60_000;
            let side = if skew > 0 { "ahead of" } else { "behind" };
            let what = format!(
                "Entra refused the credentials: this machine's clock is {minutes} minutes {side} Entra's; hint: set the clock"
            );
            return GraphError::Denied(Denial::ClockSkew, what);
        }
        let known = denied.error_codes.iter().find_map(|code| known(*code, detail));
        match known {
            Some((Denial::SecretWrong, _)) if self.proof.is_an_id() => GraphError::Denied(
                Denial::SecretId,
                "Entra refused the credentials: the client secret is wrong, and it looks like a secret's id; hint: use the secret's value, not its id".to_owned(),
            ),
            Some((denial, sentence)) => {
                GraphError::Denied(denial, format!("Entra refused the credentials: {sentence}"))
            }
            None => GraphError::Refused(format!(
                "Entra refused the credentials with {}: {detail}",
                answer.status
            )),
        }
    }
}

fn known(code: u64, detail: &str) -> Option<(Denial, &'static str)> {
    Some(match code {
        7_000_215 => (
            Denial::SecretWrong,
            "the client secret is wrong; hint: use the secret's value, not its id",
        ),
        7_000_222 => (
            Denial::SecretExpired,
            "the client secret has expired; hint: make a new one in the app registration",
        ),
        700_024 => (
            Denial::ClockSkew,
            "what we signed is not within its time; hint: set this machine's clock",
        ),
        // One code for all that is wrong with an assertion's key; the reason stands in the text.
        700_027 if detail.contains("expired") => (
            Denial::CertificateExpired,
            "the certificate has expired; hint: make a new one and upload it to the app registration",
        ),
        700_027 => (
            Denial::CertificateUnknown,
            "the certificate is not the application's; hint: upload it to the app registration",
        ),
        700_211..=700_213 | 70_021 => (
            Denial::FederationUnknown,
            "the federated token is none that the application trusts; hint: compare its issuer, subject and audience with the federated credentials of the app registration",
        ),
        700_016 => (
            Denial::ApplicationUnknown,
            "the tenant has no application with this `client_id`; hint: check `client_id` and `tenant`",
        ),
        90_002 | 900_023 => (
            Denial::TenantUnknown,
            "there is no such tenant; hint: check `tenant` and `cloud`",
        ),
        53_003 => (
            Denial::PolicyBlocked,
            "Conditional Access blocks this application; hint: ask who keeps the policies",
        ),
        _ => return None,
    })
}
