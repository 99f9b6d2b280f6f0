//! How we say who we are.

use reqwest::{Method, RequestBuilder};
use serde::Deserialize;

use super::error::{RestError, judge};
use crate::client::{Api, Token, Tokens, retry_after};
use crate::secret::Secret;

/// How a request is authorised.
#[derive(Debug)]
pub(in crate::connector) enum Auth {
    /// No credentials: a public endpoint.
    Nobody,
    /// A token that somebody made for us.
    Bearer(Secret),
    /// A name with a password.
    Basic(String, Secret),
    /// A token that we ask for (RFC 6749 §4.4).
    Granted(Box<OAuth>),
}

/// How to ask for a token.
#[derive(Debug)]
pub(in crate::connector) struct OAuth {
    /// Where: its base address is the whole one.
    pub(in crate::connector) api: Api,
    pub(in crate::connector) client_id: String,
    pub(in crate::connector) client_secret: Secret,
    /// What for, or empty.
    pub(in crate::connector) scope: String,
    pub(in crate::connector) tokens: Tokens,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    /// Recommended only (RFC 6749 §5.1).
    #[serde(default = "an_hour")]
    expires_in: i64,
}

fn an_hour() -> i64 {
    3600
}

impl Auth {
    /// Adds the credentials; answers the token that can be renewed, if it is one.
    pub(super) async fn sign(
        &self,
        request: RequestBuilder,
        now: i64,
    ) -> Result<(RequestBuilder, Option<Secret>), RestError> {
        Ok(match self {
            Self::Nobody => (request, None),
            Self::Bearer(token) => (request.bearer_auth(token.expose()), None),
            Self::Basic(name, password) => (request.basic_auth(name, Some(password.expose())), None),
            Self::Granted(oauth) => {
                let token = oauth.tokens.get(now, oauth.ask(now)).await?;
                (request.bearer_auth(token.expose()), Some(token))
            }
        })
    }

    /// Forgets a token that was not accepted.
    pub(super) async fn forget(&self, used: &Secret) {
        if let Self::Granted(oauth) = self {
            oauth.tokens.forget(used).await;
        }
    }
}

impl OAuth {
    async fn ask(&self, now: i64) -> Result<Token, RestError> {
        let mut form = vec![
            ("grant_type", "client_credentials"),
            ("client_id", &self.client_id),
            ("client_secret", self.client_secret.expose()),
        ];
        if !self.scope.is_empty() {
            form.push(("scope", &self.scope));
        }
        let request = self.api.request(Method::POST, self.api.base())?.form(&form);
        let answer = self.api.send(request, "token").await?;
        let who = format!("`{}`", self.api.base());
        if answer.status.is_success() {
            let granted: Granted = serde_json::from_slice(&answer.body)
                .map_err(|_| RestError::Transient(format!("{who} answered no token"), None))?;
            return Ok(Token::granted(
                Secret::new(granted.access_token),
                now,
                granted.expires_in,
            ));
        }
        Err(
            match judge(&who, answer.status, &answer.body, retry_after(&answer.headers)) {
                RestError::Unauthorised(what) | RestError::Refused(what) => {
                    RestError::Unauthorised(refused(&what))
                }
                RestError::Bad(what, kind) if kind.ends_with("_client") => {
                    RestError::Unauthorised(refused(&what))
                }
                RestError::Absent(what) => RestError::Bad(
                    format!("{what}; hint: check the address of the token endpoint"),
                    String::new(),
                ),
                error => error,
            },
        )
    }
}

fn refused(what: &str) -> String {
    format!("no token is granted: {what}; hint: check `client_id` and `client_secret`")
}
