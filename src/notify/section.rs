//! `[notify]`: whom throng tells what concerns no user alone, where nothing else says otherwise.

use schemars::JsonSchema;
use serde::Deserialize;

use super::mail::is_address;
use super::template::TemplateConfig;
use super::webhook::admits;
use crate::secret::SecretSource;

/// `[notify]`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NotifyConfig {
    /// An address that is told; empty: none. What follows its host may be a secret and is shown nowhere.
    pub webhook: String,
    /// The key that signs what is sent there; absent: nothing is signed.
    pub webhook_secret: Option<SecretSource>,
    /// Mail addresses that are told.
    pub administrators: Vec<String>,
    /// The mail that warns a user before a hold; absent: throng's own words.
    pub warning: Option<TemplateConfig>,
    /// The mail that tells administrators of a run of a policy; absent: throng's own words.
    pub report: Option<TemplateConfig>,
}

impl NotifyConfig {
    /// What is wrong with the receivers, as a sentence that repeats no address of the web.
    pub fn flaw(&self) -> Option<String> {
        if self.webhook.is_empty() && self.webhook_secret.is_some() {
            return Some(
                "has a `webhook_secret` without a `webhook`; hint: add it, or take the key out".to_owned(),
            );
        }
        if !self.webhook.is_empty() && admits(&self.webhook).is_err() {
            let why = "has a `webhook` that cannot be used; hint: write https://, or http:// to 127.0.0.1 or localhost, without a password";
            return Some(why.to_owned());
        }
        no_address(&self.administrators)
    }
}

/// What is wrong with a list of addresses.
pub fn no_address(addresses: &[String]) -> Option<String> {
    let odd = addresses.iter().find(|address| !is_address(address))?;
    Some(format!(
        "has `{odd}` among `administrators`, which is no mail address; hint: write `ops@corp.example`"
    ))
}
