//! Where the realm is: old versions have everything below `/auth`.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::sync::Arc;

use super::source::{CAP, Keycloak, TOKEN_CAP};
use crate::client::{Api, Limiter, Tokens};
use crate::connector::denial::Denial;
use crate::connector::rest::{Auth, OAuth, Rest, RestError};

/// What Keycloak is called in messages.
pub(super) const WHO: &str = "Keycloak";

impl Keycloak {
    /// The admin API of the realm; found once.
    pub(super) async fn admin(&self) -> Result<&Rest, RestError> {
        self.admin.get_or_try_init(|| self.find()).await
    }

    async fn find(&self) -> Result<Rest, RestError> {
        let realm = utf8_percent_encode(&self.config.realm, NON_ALPHANUMERIC).to_string();
        let url = self.config.url.trim_end_matches('/');
        for base in [url.to_owned(), format!("{url}/auth")] {
            let rest = self.rest(&base, Auth::Nobody)?;
            match rest.get::<Value>(&format!("/realms/{realm}"), &self.clock).await {
                Ok(_) => {
                    let token = format!("{base}/realms/{realm}/protocol/openid-connect/token");
                    let auth = OAuth {
                        api: self.api(&token, Limiter::adaptive(), TOKEN_CAP)?,
                        client_id: self.config.client_id.clone(),
                        client_secret: self.secret.clone(),
                        scope: String::new(),
                        tokens: Tokens::default(),
                    };
                    return self.rest(
                        &format!("{base}/admin/realms/{realm}"),
                        Auth::Granted(Box::new(auth)),
                    );
                }
                Err(RestError::Absent(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Err(RestError::Denied(
            Denial::TenantUnknown,
            format!(
                "Keycloak at `{url}` has no realm `{}`; hint: check `url` and `realm`",
                self.config.realm
            ),
        ))
    }

    fn rest(&self, base: &str, auth: Auth) -> Result<Rest, RestError> {
        Ok(Rest {
            who: WHO,
            api: self.api(base, Arc::clone(&self.limiter), CAP)?,
            auth,
            accept: "application/json",
            back_off: self.back_off,
        })
    }

    fn api(&self, base: &str, limiter: Arc<Limiter>, cap: usize) -> Result<Api, RestError> {
        let built = Api::new(base, limiter, cap, &self.settings);
        built.map_err(|error| RestError::Malformed(error.to_string()))
    }
}
