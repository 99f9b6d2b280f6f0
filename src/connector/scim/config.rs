//! The configuration of a SCIM server as a source.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::secret::{Secret, SecretSource};

/// How lists are paged.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Paging {
    /// As the server says of itself.
    #[default]
    Auto,
    /// By `startIndex` (RFC 7644 §3.4.2.4).
    Index,
    /// By cursors (RFC 9865).
    Cursor,
}

/// `oauth`: a token is asked for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OAuthConfig {
    /// The whole address of the token endpoint.
    pub token_url: String,
    /// The client's id.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: SecretSource,
    /// What the token is asked for; empty: nothing in particular.
    #[serde(default)]
    pub scope: String,
}

/// `[directory.source]` with `kind = "scim"`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScimSourceConfig {
    /// The base address, usually ending in `/scim/v2`.
    pub url: String,
    /// A bearer token. One of `token`, `username` with `password`, `oauth` is required.
    #[serde(default)]
    pub token: Option<SecretSource>,
    /// The name of an account.
    #[serde(default)]
    pub username: Option<String>,
    /// The account's password.
    #[serde(default)]
    pub password: Option<SecretSource>,
    /// A token is asked for with a client's id and secret.
    #[serde(default)]
    pub oauth: Option<OAuthConfig>,
    /// How lists are paged.
    #[serde(default)]
    pub paging: Paging,
    /// How many objects are asked for at once; servers may answer fewer.
    #[serde(default = "usual_page")]
    #[schemars(range(min = 1, max = 10_000))]
    pub page_size: u32,
    /// Whether `meta.lastModified` is believed for up to a day, where the server can filter by it.
    #[serde(default = "yes")]
    pub increments: bool,
    /// The attribute that tells when a user last logged in, as RFC 3339 or milliseconds since 1970 have it: evidence of use.
    #[serde(default)]
    pub last_login: Option<String>,
    /// The certificate authority of a private server, as a PEM file: no other is trusted then.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
}

fn usual_page() -> u32 {
    200
}

fn yes() -> bool {
    true
}

/// Credentials with their secrets.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// A bearer token.
    Token(Secret),
    /// A name with a password.
    Password(String, Secret),
    /// Where, as whom, with what, for what a token is asked for.
    OAuth(OAuthConfig, Secret),
}

impl ScimSourceConfig {
    /// Whether exactly one way to authenticate is named, and the page size can be used.
    ///
    /// # Errors
    /// A sentence.
    pub fn verify(&self) -> Result<(), &'static str> {
        if !(1..=10_000).contains(&self.page_size) {
            return Err("`page_size` must be between 1 and 10000");
        }
        if self.username.is_some() != self.password.is_some() {
            return Err("`username` and `password` need each other");
        }
        let named = [
            self.token.is_some(),
            self.username.is_some(),
            self.oauth.is_some(),
        ];
        match named.iter().filter(|named| **named).count() {
            0 => Err(
                "a SCIM source needs credentials; hint: name a `token`, `username` with `password`, or `oauth`",
            ),
            1 => Ok(()),
            _ => Err("a SCIM source needs exactly one of `token`, `username` with `password`, `oauth`"),
        }
    }

    /// Reads the secrets.
    ///
    /// # Errors
    /// A sentence where one cannot be read.
    pub fn credentials(&self) -> Result<Credentials, String> {
        self.verify()?;
        if let Some(token) = &self.token {
            return token.read().map(Credentials::Token);
        }
        if let Some(oauth) = &self.oauth {
            let secret = oauth.client_secret.read()?;
            return Ok(Credentials::OAuth(oauth.clone(), secret));
        }
        let password = self.password.as_ref().ok_or("a SCIM source needs credentials")?;
        Ok(Credentials::Password(
            self.username.clone().unwrap_or_default(),
            password.read()?,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(more: &str) -> ScimSourceConfig {
        toml::from_str(&format!("url = \"https://idp.example/scim/v2\"\n{more}")).unwrap()
    }

    #[test]
    fn exactly_one_way_to_authenticate_is_needed() {
        let token = "token = { value = \"t\" }";
        let password = "username = \"u\"\npassword = { value = \"p\" }";
        let oauth =
            "oauth = { token_url = \"https://x\", client_id = \"c\", client_secret = { value = \"s\" } }";
        assert!(matches!(config(token).credentials(), Ok(Credentials::Token(_))));
        assert!(matches!(
            config(password).credentials(),
            Ok(Credentials::Password(..))
        ));
        assert!(matches!(config(oauth).credentials(), Ok(Credentials::OAuth(..))));
        for (bad, word) in [
            (String::new(), "needs credentials"),
            (format!("{token}\n{password}"), "exactly one"),
            ("username = \"u\"".to_owned(), "need each other"),
            (format!("{token}\npage_size = 0"), "`page_size`"),
        ] {
            assert!(
                config(&bad).verify().is_err_and(|why| why.contains(word)),
                "{bad}"
            );
        }
    }
}
