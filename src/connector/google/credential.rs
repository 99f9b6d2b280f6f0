//! The key file: a service account's key, or how this machine's own identity stands for the service account.

use std::path::PathBuf;

use serde::Deserialize;

use crate::connector::jwt::RsaKey;

/// Where tokens come from, unless the file says otherwise.
const TOKEN_URI: &str = "https://oauth2.googleapis.com/token";

/// How throng says who it is.
#[derive(Debug)]
pub enum Credential {
    /// A service account's own key.
    Key(Box<ServiceKey>),
    /// A token of another issuer, exchanged.
    Federated(Box<External>),
}

/// A service account's key.
#[derive(Debug)]
pub struct ServiceKey {
    pub(super) email: String,
    /// What an administrator delegates to, as a number.
    pub(super) client_id: String,
    pub(super) key: RsaKey,
    pub(super) key_id: String,
    pub(super) token_uri: String,
}

/// A workload identity federation.
#[derive(Clone, Debug)]
pub struct External {
    /// The service account that it stands for.
    pub(super) email: String,
    pub(super) audience: String,
    pub(super) subject_token_type: String,
    /// The security token service.
    pub(super) exchange_url: String,
    /// Where the service account signs: `…:signJwt`.
    pub(super) sign_url: String,
    pub(super) token_uri: String,
    /// The file with the other issuer's token; it changes, so it is read each time.
    pub(super) file: PathBuf,
    /// The field of the file that has the token, where the file is JSON.
    pub(super) field: Option<String>,
}

#[derive(Deserialize)]
struct File {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    client_email: String,
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    private_key: String,
    #[serde(default)]
    private_key_id: String,
    #[serde(default = "usual")]
    token_uri: String,
    #[serde(default)]
    audience: String,
    #[serde(default)]
    subject_token_type: String,
    #[serde(default)]
    token_url: String,
    #[serde(default)]
    service_account_impersonation_url: String,
    #[serde(default)]
    credential_source: Place,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Place {
    file: PathBuf,
    format: Format,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Format {
    #[serde(rename = "type")]
    kind: String,
    subject_token_field_name: String,
}

fn usual() -> String {
    TOKEN_URI.to_owned()
}

impl Credential {
    /// Of a key file's text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        // What serde says may repeat values, so only the place is told.
        let file: File = serde_json::from_str(text).map_err(|error| {
            format!(
                "it is no JSON of a credential (line {}, column {}); hint: take the file as Google's console gives it",
                error.line(),
                error.column()
            )
        })?;
        match file.kind.as_str() {
            "service_account" => key(file).map(|key| Self::Key(Box::new(key))),
            "external_account" => federated(file).map(|external| Self::Federated(Box::new(external))),
            _ => Err(
                "its `type` is neither `service_account` nor `external_account`; hint: make a key of a service account"
                    .to_owned(),
            ),
        }
    }

    /// The service account.
    pub fn account(&self) -> &str {
        match self {
            Self::Key(key) => &key.email,
            Self::Federated(external) => &external.email,
        }
    }

    /// What an administrator delegates to.
    pub(super) fn client(&self) -> String {
        match self {
            Self::Key(key) if !key.client_id.is_empty() => format!("client id `{}`", key.client_id),
            _ => format!("client id of `{}`", self.account()),
        }
    }

    pub(super) fn token_uri(&self) -> &str {
        match self {
            Self::Key(key) => &key.token_uri,
            Self::Federated(external) => &external.token_uri,
        }
    }
}

fn filled(value: String, name: &str) -> Result<String, String> {
    if value.is_empty() {
        Err(format!("it has no `{name}`"))
    } else {
        Ok(value)
    }
}

fn key(file: File) -> Result<ServiceKey, String> {
    let pem = filled(file.private_key, "private_key")?;
    Ok(ServiceKey {
        email: filled(file.client_email, "client_email")?,
        client_id: file.client_id,
        key: RsaKey::from_pem(pem.as_bytes()).map_err(|why| format!("`private_key`: {why}"))?,
        key_id: file.private_key_id,
        token_uri: file.token_uri,
    })
}

/// The impersonation URL ends in `/serviceAccounts/{email}:generateAccessToken`; for delegation the same account signs.
fn federated(file: File) -> Result<External, String> {
    let url = filled(
        file.service_account_impersonation_url,
        "service_account_impersonation_url",
    )?;
    let account = url.strip_suffix(":generateAccessToken");
    let (account, email) = account
        .and_then(|account| Some((account, account.rsplit_once("/serviceAccounts/")?.1)))
        .filter(|(_, email)| !email.is_empty())
        .ok_or("its `service_account_impersonation_url` names no service account")?;
    if file.credential_source.file.as_os_str().is_empty() {
        return Err(
            "its `credential_source` names no `file`; other places of tokens are not read".to_owned(),
        );
    }
    let format = file.credential_source.format;
    Ok(External {
        email: email.to_owned(),
        sign_url: format!("{account}:signJwt"),
        audience: filled(file.audience, "audience")?,
        subject_token_type: filled(file.subject_token_type, "subject_token_type")?,
        exchange_url: filled(file.token_url, "token_url")?,
        token_uri: file.token_uri,
        file: file.credential_source.file,
        field: (format.kind == "json").then_some(format.subject_token_field_name),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const PEM: &str = include_str!("../../../fixtures/keys/client.pem");

    fn parse(value: &Value) -> Result<Credential, String> {
        Credential::parse(&value.to_string())
    }

    #[test]
    fn a_key_file_is_read_as_the_console_gives_it() {
        let mut file = json!({
            "type": "service_account", "project_id": "p", "private_key_id": "k1", "private_key": PEM,
            "client_email": "sync@p.iam.gserviceaccount.com", "client_id": "1234", "auth_uri": "https://a",
        });
        let Ok(Credential::Key(key)) = parse(&file) else {
            panic!("it cannot be read");
        };
        assert_eq!((key.key_id.as_str(), key.token_uri.as_str()), ("k1", TOKEN_URI));
        file["private_key"] = json!("-----BEGIN");
        let why = parse(&file).unwrap_err();
        assert!(why.starts_with("`private_key`: "), "{why}");
        file["private_key"] = json!("");
        assert_eq!(parse(&file).unwrap_err(), "it has no `private_key`");
        assert!(parse(&json!({ "type": "authorized_user" })).is_err());
        let why = Credential::parse("{ \"private_key\": \"secret\" ").unwrap_err();
        assert!(!why.contains("secret"), "{why}");
    }

    #[test]
    fn a_federation_signs_as_the_account_it_stands_for() {
        let account = "https://iam.example/v1/projects/-/serviceAccounts/sync@p.iam.gserviceaccount.com";
        let mut file = json!({
            "type": "external_account", "audience": "//iam.googleapis.com/pool", "token_url": "https://sts.example/v1/token",
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "service_account_impersonation_url": format!("{account}:generateAccessToken"),
            "credential_source": { "file": "/run/token" },
        });
        let Ok(Credential::Federated(external)) = parse(&file) else {
            panic!("it cannot be read");
        };
        assert_eq!(external.sign_url, format!("{account}:signJwt"));
        assert_eq!(external.email, "sync@p.iam.gserviceaccount.com");
        assert_eq!(external.field, None);
        file["credential_source"] = json!({ "url": "http://metadata" });
        assert!(parse(&file).is_err_and(|why| why.contains("`credential_source`")));
        file["service_account_impersonation_url"] = json!("https://iam.example");
        assert!(parse(&file).is_err());
    }
}
