//! The configuration of an Okta source.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use super::api::Sign;
use super::service::Service;
use crate::connector::jwt::RsaKey;
use crate::secret::SecretSource;

/// What users are who were invited, but have not activated their account.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Staged {
    /// Inactive, as long as they cannot sign in.
    #[default]
    Inactive,
    /// Active.
    Active,
}

/// `[directory.source]` with `kind = "okta"`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OktaConfig {
    /// The organisation's address: `https://corp.okta.com`.
    pub url: String,
    /// An API token of an administrator who may only read. Either this, or `client_id` with `private_key`.
    #[serde(default)]
    pub token: Option<SecretSource>,
    /// The id of a service app.
    #[serde(default)]
    pub client_id: Option<String>,
    /// The service app's private key (RSA), as PEM.
    #[serde(default)]
    pub private_key: Option<SecretSource>,
    /// The id (`kid`) of that key, where the app has several.
    #[serde(default)]
    pub key_id: Option<String>,
    /// How much of Okta's rate limits this source may use, which the organisation's logins share.
    #[serde(default = "share")]
    pub budget_percent: u32,
    /// The id of an app: only its users and groups are read.
    #[serde(default)]
    pub app: Option<String>,
    /// What users are who have not activated their account.
    #[serde(default)]
    pub staged: Staged,
    /// Whether last logins are read, as evidence of use.
    #[serde(default)]
    pub sign_in_activity: bool,
    /// The certificate authority of a private server, as a PEM file: no other is trusted then.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
}

fn share() -> u32 {
    40
}

impl OktaConfig {
    /// Whether it can be followed.
    ///
    /// # Errors
    /// A sentence if not.
    pub fn check(&self) -> Result<(), &'static str> {
        if !(1..=100).contains(&self.budget_percent) {
            return Err("`budget_percent` is from 1 to 100");
        }
        match (&self.token, &self.client_id, &self.private_key) {
            (Some(_), None, None) | (None, Some(_), Some(_)) => Ok(()),
            _ => Err("an Okta source needs a `token`, or `client_id` with `private_key`"),
        }
    }

    /// The credential, read from where the configuration says.
    ///
    /// # Errors
    /// A sentence when it is not there, or of no use.
    pub fn sign(&self) -> Result<Sign, String> {
        self.check()?;
        if let Some(token) = &self.token {
            return token.read().map(Sign::Token);
        }
        let (Some(client_id), Some(key)) = (&self.client_id, &self.private_key) else {
            return Err("an Okta source needs a credential".to_owned());
        };
        let pem = key.read()?;
        let key = RsaKey::from_pem(pem.expose().as_bytes())
            .map_err(|why| format!("`private_key` cannot be used: {why}"))?;
        let scopes = if self.app.is_some() {
            Service::WITH_APPS
        } else {
            Service::USUAL
        };
        Service::new(client_id.clone(), key, self.key_id.clone(), scopes)
            .map(|service| Sign::Service(Box::new(service)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(more: &str) -> OktaConfig {
        toml::from_str(&format!("url = \"https://corp.okta.com\"\n{more}")).unwrap()
    }

    #[test]
    fn a_token_or_an_app_with_its_key_is_needed() {
        let token = "token = { value = \"t\" }";
        assert_eq!(config(token).check(), Ok(()));
        assert_eq!(config(token).budget_percent, 40);
        let app = "client_id = \"c\"\nprivate_key = { file = \"k.pem\" }";
        assert_eq!(config(app).check(), Ok(()));
        assert!(config(app).sign().is_err_and(|why| why.contains("`k.pem`")));
        for wrong in [
            "",
            "client_id = \"c\"",
            &format!("{token}\n{app}"),
            "budget_percent = 0",
        ] {
            assert!(config(wrong).check().is_err(), "{wrong}");
        }
        let wrong = config("client_id = \"c\"\nprivate_key = { value = \"none\" }").sign();
        assert!(wrong.is_err_and(|why| why.contains("`private_key` cannot be used")));
    }
}
