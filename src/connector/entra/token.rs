//! Access tokens: one per credential, kept until shortly before it ends.

use serde::Deserialize;

use super::graph::GraphError;
use crate::client::read_capped;
use crate::secret::Secret;

/// A token answer is small.
const CAP: usize = 64 * 1024;
/// A token is renewed this long before it ends, in milliseconds.
const EARLY: i64 = 300_000;

/// A token with its end, milliseconds since 1970.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) value: Secret,
    pub(super) until: i64,
}

/// How to get one.
#[derive(Debug)]
pub(super) struct Credential {
    pub(super) url: String,
    pub(super) client_id: String,
    pub(super) secret: Secret,
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
    pub(super) async fn ask(&self, http: &reqwest::Client, now: i64) -> Result<Token, GraphError> {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &self.client_id),
            ("client_secret", self.secret.expose()),
            ("scope", &self.scope),
        ];
        let sent = http.post(&self.url).form(&form).send().await;
        let response = sent.map_err(|error| {
            GraphError::Transient(format!("`{}` cannot be reached: {error}", self.url), None)
        })?;
        let status = response.status();
        let wait = crate::client::retry_after(response.headers());
        let body = read_capped(response, CAP)
            .await
            .map_err(|error| GraphError::Transient(error.to_string(), None))?;
        if status.is_success() {
            let granted: Granted = serde_json::from_slice(&body).map_err(|error| {
                GraphError::Transient(format!("`{}` answered no token: {error}", self.url), None)
            })?;
            let until = now
                .saturating_add(granted.expires_in.saturating_mul(1000))
                .saturating_sub(EARLY);
            return Ok(Token {
                value: Secret::new(granted.access_token),
                until,
            });
        }
        if status.as_u16() == 429 || status.is_server_error() {
            return Err(GraphError::Transient(
                format!("`{}` answered {status}", self.url),
                wait,
            ));
        }
        let denied: Denied = serde_json::from_slice(&body).unwrap_or_default();
        Err(GraphError::Refused(sentence(&denied, status.as_u16())))
    }
}

/// What a person can do about a refusal (codes of the Microsoft identity platform).
fn sentence(denied: &Denied, status: u16) -> String {
    let known = denied.error_codes.iter().find_map(|code| {
        Some(match code {
            7_000_215 => "the client secret is wrong; hint: use the secret's value, not its id",
            7_000_222 => "the client secret has expired; hint: make a new one in the app registration",
            700_016 => {
                "the tenant has no application with this `client_id`; hint: check `client_id` and `tenant`"
            }
            90_002 => "there is no such tenant; hint: check `tenant`",
            53_003 => "Conditional Access blocks this application; hint: ask who keeps the policies",
            _ => return None,
        })
    });
    let detail = denied.error_description.lines().next().unwrap_or_default();
    match known {
        Some(known) => format!("Entra refused the credentials: {known}"),
        None => format!("Entra refused the credentials with {status}: {detail}"),
    }
}
