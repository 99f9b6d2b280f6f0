//! A service app: access tokens for its signed assertions, bound to a key of this process where Okta demands it (RFC 9449).

use std::sync::{Mutex, PoisonError};

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use serde_json::{Map, json};
use sha2::{Digest, Sha256};

use super::error::OktaError;
use crate::client::{Answer, Api, Token, Tokens, retry_after, server_time};
use crate::connector::Denial;
use crate::connector::jwt::{Algorithm, EcKey, RsaKey, base64url, fresh_id};
use crate::secret::Secret;

/// How long an assertion is good, in seconds.
const LIFE: i64 = 300;
/// Clocks that differ by more make assertions invalid, in milliseconds.
const SKEW: i64 = 300_000;
/// What says that an assertion follows.
const BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A service app with its key.
#[derive(Debug)]
pub struct Service {
    client_id: String,
    key: RsaKey,
    key_id: Option<String>,
    scopes: &'static str,
    tokens: Tokens,
    bound: EcKey,
    binding: Mutex<Binding>,
}

/// Whether tokens are bound to our key.
#[derive(Clone, Debug, Default)]
struct Binding {
    wanted: bool,
    /// What the next proof must repeat.
    nonce: Option<String>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: i64,
    #[serde(default)]
    token_type: String,
}

#[derive(Default, Deserialize)]
struct Refused {
    #[serde(default)]
    error: String,
    #[serde(default)]
    error_description: String,
}

impl Service {
    /// What a source needs.
    pub(super) const USUAL: &str = "okta.users.read okta.groups.read okta.logs.read";
    /// What it needs for one app's users.
    pub(super) const WITH_APPS: &str = "okta.users.read okta.groups.read okta.apps.read";

    pub(super) fn new(
        client_id: String,
        key: RsaKey,
        key_id: Option<String>,
        scopes: &'static str,
    ) -> Result<Self, String> {
        Ok(Self {
            client_id,
            key,
            key_id,
            scopes,
            tokens: Tokens::default(),
            bound: EcKey::generate()?,
            binding: Mutex::default(),
        })
    }

    fn binding(&self) -> Binding {
        self.binding
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Notes the nonce of an answer, if it has one.
    fn note(&self, headers: &HeaderMap) -> bool {
        let nonce = headers.get("dpop-nonce").and_then(|nonce| nonce.to_str().ok());
        let Some(nonce) = nonce else { return false };
        let mut binding = self.binding.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = binding.nonce.as_deref() != Some(nonce);
        (binding.wanted, binding.nonce) = (true, Some(nonce.to_owned()));
        changed
    }

    /// The token for a request, asked for where there is none.
    pub(super) async fn token(&self, api: &Api, now: i64) -> Result<Secret, OktaError> {
        self.tokens.get(now, self.ask(api, now)).await
    }

    /// Authorises a request to an address with a token.
    pub(super) fn sign(
        &self,
        request: RequestBuilder,
        link: &str,
        token: &Secret,
        now: i64,
    ) -> Result<RequestBuilder, OktaError> {
        if !self.binding().wanted {
            return Ok(request.bearer_auth(token.expose()));
        }
        let address = link.split(['?', '#']).next().unwrap_or_default();
        let proof = self.proof("GET", address, Some(token), now)?;
        Ok(request
            .header("authorization", format!("DPoP {}", token.expose()))
            .header("dpop", proof))
    }

    /// A token was not accepted.
    pub(super) async fn refused(&self, token: &Secret, answer: &Answer) {
        if !self.note(&answer.headers) {
            self.tokens.forget(token).await;
        }
    }

    fn proof(
        &self,
        method: &str,
        address: &str,
        token: Option<&Secret>,
        now: i64,
    ) -> Result<String, OktaError> {
        let mut claims = json!({ "htm": method, "htu": address, "iat": now / 1000, "jti": id()? });
        if let Some(token) = token {
            claims["ath"] = base64url(&Sha256::digest(token.expose())).into();
        }
        if let Some(nonce) = self.binding().nonce {
            claims["nonce"] = nonce.into();
        }
        self.bound.sign("dpop+jwt", &claims).map_err(OktaError::Malformed)
    }

    /// Those of our scopes that are not granted, each asked for by itself: Okta refuses all where one is missing, and does not say which.
    pub(super) async fn lacking(&self, api: &Api, now: i64) -> Vec<&'static str> {
        let mut lacking = Vec::new();
        for scope in self.scopes.split(' ') {
            if let Err(OktaError::Denied(Denial::PermissionMissing, _)) = self.ask_for(api, now, scope).await
            {
                lacking.push(scope);
            }
        }
        lacking
    }

    async fn ask(&self, api: &Api, now: i64) -> Result<Token, OktaError> {
        self.ask_for(api, now, self.scopes).await
    }

    async fn ask_for(&self, api: &Api, now: i64, scopes: &str) -> Result<Token, OktaError> {
        // Once plainly, once with a proof, once with the nonce that the proof lacked.
        for _ in 0..3 {
            let answer = self.once(api, now, scopes).await?;
            if answer.status.is_success() {
                return self.granted(&answer, now);
            }
            if answer.status.as_u16() == 429 || answer.status.is_server_error() {
                let what = format!("Okta's token service answered {}", answer.status);
                return Err(OktaError::Transient(what, retry_after(&answer.headers)));
            }
            let told: Refused = serde_json::from_slice(&answer.body).unwrap_or_default();
            let again = match told.error.as_str() {
                "use_dpop_nonce" => self.note(&answer.headers),
                "invalid_dpop_proof" => self.bind(),
                _ => false,
            };
            if !again {
                return Err(self.refusal(&told, &answer, now));
            }
        }
        Err(OktaError::Malformed(
            "Okta asks for one proof after the other".to_owned(),
        ))
    }

    /// From now on tokens are bound; false where they were already.
    fn bind(&self) -> bool {
        let mut binding = self.binding.lock().unwrap_or_else(PoisonError::into_inner);
        !std::mem::replace(&mut binding.wanted, true)
    }

    async fn once(&self, api: &Api, now: i64, scopes: &str) -> Result<Answer, OktaError> {
        let url = api.url("/oauth2/v1/token");
        let assertion = self.assertion(&url, now)?;
        let form = [
            ("grant_type", "client_credentials"),
            ("scope", scopes),
            ("client_assertion_type", BEARER),
            ("client_assertion", &assertion),
        ];
        let mut request = api.request(Method::POST, &url)?.form(&form);
        if self.binding().wanted {
            request = request.header("dpop", self.proof("POST", &url, None, now)?);
        }
        Ok(api.send(request, "token").await?)
    }

    fn assertion(&self, audience: &str, now: i64) -> Result<String, OktaError> {
        let header = self.key_id.iter().map(|id| ("kid".to_owned(), json!(id)));
        let from = now / 1000;
        let claims = json!({
            "aud": audience, "iss": self.client_id, "sub": self.client_id, "jti": id()?,
            "iat": from, "exp": from + LIFE,
        });
        let header: Map<_, _> = header.collect();
        let signed = self.key.sign(Algorithm::Rs256, header, &claims);
        signed.map_err(OktaError::Malformed)
    }

    fn granted(&self, answer: &Answer, now: i64) -> Result<Token, OktaError> {
        let granted: Granted = serde_json::from_slice(&answer.body).map_err(|error| {
            OktaError::Transient(format!("Okta's token service answered no token: {error}"), None)
        })?;
        if granted.token_type.eq_ignore_ascii_case("DPoP") {
            self.bind();
        }
        Ok(Token::granted(
            Secret::new(granted.access_token),
            now,
            granted.expires_in,
        ))
    }

    fn refusal(&self, told: &Refused, answer: &Answer, now: i64) -> OktaError {
        let detail = &told.error_description;
        let skew = server_time(&answer.headers).map_or(0, |theirs| now.saturating_sub(theirs));
        if skew.saturating_abs() > SKEW {
            let minutes = skew.saturating_abs() / 60_000;
            let side = if skew > 0 { "ahead of" } else { "behind" };
            let what =
                format!("this machine's clock is {minutes} minutes {side} Okta's; hint: set the clock");
            return OktaError::Denied(Denial::ClockSkew, what);
        }
        let (denial, hint) = match told.error.as_str() {
            "invalid_scope" => (
                Denial::PermissionMissing,
                format!("grant the scopes `{}` to the service app", self.scopes),
            ),
            "invalid_client" if detail.contains("client_id") => (
                Denial::ApplicationUnknown,
                "check `client_id` and `url`".to_owned(),
            ),
            "invalid_client" => (
                Denial::CertificateUnknown,
                "register the public half of `private_key` with the service app, and compare `key_id`"
                    .to_owned(),
            ),
            _ => (Denial::SecretWrong, "look at the service app's page".to_owned()),
        };
        let what = format!(
            "Okta refused the credentials: {} {detail}; hint: {hint}",
            told.error
        );
        OktaError::Denied(denial, what)
    }
}

fn id() -> Result<String, OktaError> {
    fresh_id().map_err(OktaError::Malformed)
}
