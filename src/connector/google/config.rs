//! The configuration of a Google Workspace source.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use super::credential::Credential;

/// `[directory.source]` with `kind = "google"`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GoogleConfig {
    /// The customer's id, `C…`; `my_customer` is that of `admin`.
    #[serde(default = "own")]
    pub customer: String,
    /// The administrator in whose name the service account reads (domain-wide delegation). Without it the service account
    /// needs an administrator's role of its own, and `customer` the customer's id.
    #[serde(default)]
    pub admin: Option<String>,
    /// The service account's key, as Google's console gives it (JSON); or the configuration of a workload identity federation
    /// (`"type": "external_account"`), which needs no key.
    pub key_file: PathBuf,
    /// Where the API is, for tests and private links.
    #[serde(default)]
    pub directory_url: String,
    /// Whether the audit log is asked which groups changed (scope `admin.reports.audit.readonly`). Without it a swap of members may
    /// be seen a day late.
    #[serde(default = "yes")]
    pub change_hints: bool,
    /// Whether last logins are read, as evidence of use.
    #[serde(default)]
    pub sign_in_activity: bool,
    /// The certificate authority of a private link or of a proxy that looks into TLS, as a PEM file: no other is trusted then.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
}

fn own() -> String {
    "my_customer".to_owned()
}

fn yes() -> bool {
    true
}

impl GoogleConfig {
    /// Whether it can be followed.
    ///
    /// # Errors
    /// A sentence if not.
    pub fn verify(&self) -> Result<(), &'static str> {
        if self.customer.is_empty() {
            return Err("`customer` is empty; leave it out for the customer of `admin`");
        }
        if self.admin.is_none() && self.customer == own() {
            return Err("a Google source without `admin` needs the id of its `customer`");
        }
        Ok(())
    }

    /// Where the API is.
    pub(super) fn url(&self) -> &str {
        if self.directory_url.is_empty() {
            "https://admin.googleapis.com"
        } else {
            &self.directory_url
        }
    }

    /// The credential, read from where the configuration says.
    ///
    /// # Errors
    /// A sentence when it is not there, or of no use.
    pub fn credential(&self) -> Result<Credential, String> {
        let file = self.key_file.display();
        let text = std::fs::read_to_string(&self.key_file)
            .map_err(|error| format!("cannot read key file `{file}`: {error}"))?;
        Credential::parse(&text).map_err(|why| format!("key file `{file}` cannot be used: {why}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> GoogleConfig {
        toml::from_str(&format!("key_file = \"sa.json\"\n{text}")).unwrap()
    }

    #[test]
    fn a_customer_is_that_of_the_admin_or_has_its_id() {
        let usual = config("admin = \"sync@corp.example\"");
        assert_eq!(usual.verify(), Ok(()));
        assert_eq!(usual.url(), "https://admin.googleapis.com");
        assert!(usual.change_hints && !usual.sign_in_activity);
        assert_eq!(config("customer = \"C01\"").verify(), Ok(()));
        for wrong in ["", "customer = \"\"\nadmin = \"a\""] {
            assert!(config(wrong).verify().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_key_file_that_is_not_there_is_named() {
        let mut config = config("admin = \"a\"");
        config.key_file = "none/sa.json".into();
        assert!(
            config
                .credential()
                .is_err_and(|why| why.contains("`none/sa.json`"))
        );
    }
}
