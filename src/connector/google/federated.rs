//! Without a key: another issuer's token is exchanged, then the service account signs at Google (RFC 8693).

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::credential::External;
use super::token::CAP;
use crate::client::{Answer, Api, ClientError, Limiter, Settings, retry_after};
use crate::connector::denial::Denial;
use crate::connector::rest::RestError;
use crate::secret::Secret;

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
/// What the exchanged token is for: to let the account sign.
const SCOPE: &str = "https://www.googleapis.com/auth/iam";
/// A token is never longer.
const LONGEST: u64 = 64 << 10;
/// How much of Google's own words is shown.
const SHOWN: usize = 200;

/// The two services; their base addresses are the whole ones.
#[derive(Debug)]
pub(super) struct Exchange {
    sts: Api,
    iam: Api,
}

#[derive(Deserialize)]
struct Exchanged {
    access_token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Signed {
    signed_jwt: String,
}

impl Exchange {
    pub(super) fn new(external: &External, settings: &Settings) -> Result<Self, ClientError> {
        Ok(Self {
            sts: Api::new(&external.exchange_url, Limiter::adaptive(), CAP, settings)?,
            iam: Api::new(&external.sign_url, Limiter::adaptive(), CAP, settings)?,
        })
    }

    /// The claims, signed by the service account.
    pub(super) async fn sign(&self, external: &External, claims: &Value) -> Result<String, RestError> {
        let subject = subject(external).await?;
        let form = [
            ("grant_type", EXCHANGE),
            ("audience", &external.audience),
            ("scope", SCOPE),
            ("requested_token_type", ACCESS_TOKEN),
            ("subject_token", subject.expose()),
            ("subject_token_type", &external.subject_token_type),
        ];
        let request = self.sts.request(Method::POST, self.sts.base())?.form(&form);
        let answer = self.sts.send(request, "token").await?;
        let hint =
            "compare the token's issuer, subject and audience with the workload identity pool's provider";
        let token: Exchanged = read(&answer, "exchanges no token", Denial::FederationUnknown, hint)?;
        let token = Secret::new(token.access_token);
        let request = self.iam.request(Method::POST, self.iam.base())?;
        let request = request
            .bearer_auth(token.expose())
            .json(&json!({ "payload": claims.to_string() }));
        let answer = self.iam.send(request, "token").await?;
        let hint = format!(
            "give the pool's identity the role Service Account Token Creator on `{}`",
            external.email
        );
        let signed: Signed = read(&answer, "signs nothing", Denial::PermissionMissing, &hint)?;
        Ok(signed.signed_jwt)
    }
}

/// The other issuer's token, as it is now.
async fn subject(external: &External) -> Result<Secret, RestError> {
    let shown = external.file.display().to_string();
    let unusable = |why: &str| {
        let what = format!("the token file `{shown}` {why}");
        RestError::Denied(Denial::FederationUnknown, what)
    };
    let length = tokio::fs::metadata(&external.file)
        .await
        .map_err(|error| unusable(&format!("cannot be read: {error}")))?
        .len();
    if length > LONGEST {
        return Err(unusable("is too long for a token"));
    }
    let text = tokio::fs::read_to_string(&external.file)
        .await
        .map_err(|error| unusable(&format!("cannot be read: {error}")))?;
    let Some(field) = &external.field else {
        return Ok(Secret::new(text.trim()));
    };
    let whole: Value = serde_json::from_str(&text).map_err(|_| unusable("is no JSON"))?;
    let token = whole[field.as_str()].as_str();
    token
        .map(Secret::new)
        .ok_or_else(|| unusable(&format!("has no `{field}`")))
}

fn read<T: for<'de> Deserialize<'de>>(
    answer: &Answer,
    not: &str,
    denial: Denial,
    hint: &str,
) -> Result<T, RestError> {
    let status = answer.status;
    if status.is_success() {
        return serde_json::from_slice(&answer.body)
            .map_err(|_| RestError::Transient(format!("Google {not}: its answer has none"), None));
    }
    let what = format!("Google {not}: {status}");
    if status.as_u16() == 429 || status.is_server_error() {
        return Err(RestError::Transient(what, retry_after(&answer.headers)));
    }
    let told: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let words = [
        &told["error_description"],
        &told["error"]["message"],
        &told["error"],
    ];
    let words = words.iter().find_map(|words| words.as_str()).unwrap_or_default();
    let words: String = words.chars().take(SHOWN).collect();
    Err(RestError::Denied(
        denial,
        format!("{what}: {words}; hint: {hint}"),
    ))
}
