//! Access tokens: a signed assertion of the service account, in an administrator's name (RFC 7523).

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::credential::{Credential, ServiceKey};
use super::federated::Exchange;
use crate::client::{Answer, Api, ClientError, Limiter, Settings, Token, retry_after, server_time};
use crate::connector::denial::Denial;
use crate::connector::jwt::Algorithm;
use crate::connector::rest::RestError;
use crate::secret::Secret;

/// How long an assertion is good, in seconds: as long as Google lets it.
const LIFE: i64 = 3600;
/// Clocks that differ by more make assertions invalid, in milliseconds.
const SKEW: i64 = 300_000;
/// A token answer is small.
pub(super) const CAP: usize = 64 << 10;
/// What says that an assertion follows.
const BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// How much of Google's own words is shown.
const SHOWN: usize = 200;

/// Asks for tokens.
#[derive(Debug)]
pub(super) struct Grants {
    /// Its base address is the whole one.
    api: Api,
    credential: Credential,
    exchange: Option<Exchange>,
    admin: Option<String>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    #[serde(default = "an_hour")]
    expires_in: i64,
}

fn an_hour() -> i64 {
    3600
}

/// A refusal of the token service.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Told {
    error: String,
    error_description: String,
}

impl Grants {
    pub(super) fn new(
        credential: Credential,
        admin: Option<String>,
        settings: &Settings,
    ) -> Result<Self, ClientError> {
        let api = Api::new(credential.token_uri(), Limiter::adaptive(), CAP, settings)?;
        let exchange = match &credential {
            Credential::Key(_) => None,
            Credential::Federated(external) => Some(Exchange::new(external, settings)?),
        };
        Ok(Self {
            api,
            credential,
            exchange,
            admin,
        })
    }

    /// A token for these scopes, separated by spaces. One that is not delegated lets the others not pass either.
    pub(super) async fn ask(&self, scopes: &str, now: i64) -> Result<Token, RestError> {
        let claims = self.claims(scopes, now);
        let assertion = match (&self.credential, &self.exchange) {
            (Credential::Key(key), _) => sign(key, &claims)?,
            (Credential::Federated(external), Some(exchange)) => exchange.sign(external, &claims).await?,
            (Credential::Federated(_), None) => {
                return Err(RestError::Malformed("nothing can be exchanged".to_owned()));
            }
        };
        let form = [("grant_type", BEARER), ("assertion", &assertion)];
        let request = self.api.request(Method::POST, self.api.base())?.form(&form);
        let answer = self.api.send(request, "token").await?;
        if answer.status.is_success() {
            return granted(&answer, now);
        }
        Err(self.refusal(&answer, scopes, now))
    }

    fn claims(&self, scopes: &str, now: i64) -> Value {
        let from = now / 1000;
        let mut claims = json!({
            "iss": self.credential.account(), "scope": scopes, "aud": self.credential.token_uri(),
            "iat": from, "exp": from + LIFE,
        });
        if let Some(admin) = &self.admin {
            claims["sub"] = json!(admin);
        }
        claims
    }

    fn refusal(&self, answer: &Answer, scopes: &str, now: i64) -> RestError {
        if answer.status.as_u16() == 429 || answer.status.is_server_error() {
            let what = format!("Google's token service answered {}", answer.status);
            return RestError::Transient(what, retry_after(&answer.headers));
        }
        let told: Told = serde_json::from_slice(&answer.body).unwrap_or_default();
        let words: String = told.error_description.chars().take(SHOWN).collect();
        let skew = server_time(&answer.headers).map_or(0, |theirs| now.saturating_sub(theirs));
        if skew.saturating_abs() > SKEW {
            let minutes = skew.saturating_abs() / 60_000;
            let side = if skew > 0 { "ahead of" } else { "behind" };
            let what =
                format!("this machine's clock is {minutes} minutes {side} Google's; hint: set the clock");
            return RestError::Denied(Denial::ClockSkew, what);
        }
        let (denial, hint) = self.meant(&told.error, &words, scopes);
        let what = format!("Google grants no token: {}: {words}; hint: {hint}", told.error);
        RestError::Denied(denial, what)
    }

    /// Which of the usual mistakes it is, and what mends it.
    fn meant(&self, error: &str, words: &str, scopes: &str) -> (Denial, String) {
        let (email, client) = (self.credential.account(), self.credential.client());
        let words = words.to_lowercase();
        match error {
            "unauthorized_client" | "access_denied" | "invalid_scope" => (
                Denial::PermissionMissing,
                format!(
                    "delegate `{scopes}` to the {client} in the Admin console: Security, API controls, Domain-wide delegation"
                ),
            ),
            "invalid_grant" if words.contains("account not found") => (
                Denial::ApplicationUnknown,
                format!("there is no service account `{email}` any more; make one, and its key"),
            ),
            "invalid_grant" if words.contains("email or user id") => (
                Denial::SecretWrong,
                format!(
                    "`admin` must be an active administrator of this customer, not `{}`",
                    self.admin.as_deref().unwrap_or_default()
                ),
            ),
            "invalid_grant" if words.contains("signature") => (
                Denial::CertificateUnknown,
                format!(
                    "the key was deleted, or is none of `{email}`; make a new one and replace `key_file`"
                ),
            ),
            "invalid_client" | "deleted_client" => (
                Denial::ApplicationUnknown,
                format!("there is no service account `{email}`; make one, and its key"),
            ),
            "disabled_client" => (
                Denial::PolicyBlocked,
                format!("enable the service account `{email}`"),
            ),
            _ => (
                Denial::SecretWrong,
                "compare `key_file` and `admin` with the service account's page".to_owned(),
            ),
        }
    }
}

fn sign(key: &ServiceKey, claims: &Value) -> Result<String, RestError> {
    let mut header = Map::new();
    if !key.key_id.is_empty() {
        header.insert("kid".to_owned(), json!(key.key_id));
    }
    let signed = key.key.sign(Algorithm::Rs256, header, claims);
    signed.map_err(RestError::Malformed)
}

fn granted(answer: &Answer, now: i64) -> Result<Token, RestError> {
    let granted: Granted = serde_json::from_slice(&answer.body)
        .map_err(|_| RestError::Transient("Google's token service answered no token".to_owned(), None))?;
    Ok(Token::granted(
        Secret::new(granted.access_token),
        now,
        granted.expires_in,
    ))
}
