//! The token endpoint of Entra ID, with the tokens it gave out.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::SecondsFormat;
use serde_json::json;

use super::permissions::Permissions;
use super::query::Query;
use super::reply::Reply;
use super::signin::{Refusal, SignIn};
use super::tenant::Credentials;
use crate::clock::{Clock, SystemClock};

/// How long a token lives, in seconds.
const LIFETIME: i64 = 3599;

/// Tokens given out, each with the moment of its end.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    valid: HashMap<String, i64>,
    given: u64,
}

impl Tokens {
    /// A token that tells these roles, as Entra's do.
    fn give(&mut self, nonce: u64, roles: &[&str]) -> String {
        let now = SystemClock.now();
        self.valid.retain(|_, end| *end > now);
        self.given += 1;
        let part = |part: serde_json::Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let mixed = format!("{:016x}", super::prng::mix(nonce ^ self.given));
        let token = format!(
            "{}.{}.{mixed}",
            part(json!({ "typ": "JWT", "alg": "none" })),
            part(json!({ "roles": roles, "uti": self.given })),
        );
        self.valid.insert(token.clone(), now + LIFETIME * 1000);
        token
    }

    /// Whether a request with this `Authorization` header may pass.
    pub(crate) fn accepts(&self, header: Option<&str>) -> bool {
        let end = bearer(header).and_then(|token| self.valid.get(token));
        end.is_some_and(|end| *end > SystemClock.now())
    }

    /// Makes the presented token void.
    pub(crate) fn revoke(&mut self, header: Option<&str>) {
        if let Some(token) = bearer(header) {
            self.valid.remove(token);
        }
    }

    /// Makes all void.
    pub(crate) fn revoke_all(&mut self) {
        self.valid.clear();
    }
}

fn bearer(header: Option<&str>) -> Option<&str> {
    let (scheme, token) = header?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

/// The answer to a token that is not valid.
pub(crate) fn void() -> Reply {
    let message = "Lifetime validation failed, the token is expired.";
    Reply::error(401, "InvalidAuthenticationToken", message).with(
        "www-authenticate",
        "Bearer realm=\"\", error=\"invalid_token\"".to_owned(),
    )
}

/// The answer to a request without a token.
pub(crate) fn absent() -> Reply {
    Reply::error(401, "InvalidAuthenticationToken", "Access token is empty.")
        .with("www-authenticate", "Bearer realm=\"\"".to_owned())
}

/// Answers `POST /{tenant}/oauth2/v2.0/token`; `now` in seconds since 1970.
pub(crate) fn grant(
    credentials: &Credentials,
    (sign_in, permissions): (&SignIn, &Permissions),
    tokens: &mut Tokens,
    (tenant, form): (&str, &str),
    now: i64,
) -> Reply {
    let form = Query::parse(form);
    let field = |name: &str| form.get(name).unwrap_or_default();
    if !tenant.eq_ignore_ascii_case(&credentials.tenant) {
        let text = format!(
            "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud."
        );
        return refuse(400, "invalid_request", 90002, &text);
    }
    match field("grant_type") {
        "client_credentials" => {}
        "" => {
            let text = "The request body must contain the following parameter: 'grant_type'.";
            return refuse(400, "invalid_request", 900_144, text);
        }
        other => {
            let text = format!("The app requested an unsupported grant type '{other}'.");
            return refuse(400, "unsupported_grant_type", 70003, &text);
        }
    }
    let client = field("client_id");
    if !client.eq_ignore_ascii_case(&credentials.client_id) {
        let text =
            format!("Application with identifier '{client}' was not found in the directory 'Simulated'.");
        return refuse(400, "unauthorized_client", 700_016, &text);
    }
    if !field("scope").ends_with("/.default") {
        let text = "The provided value for scope is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier.";
        return refuse(400, "invalid_scope", 1_002_012, text);
    }
    if let Err((code, text)) = prove(credentials, sign_in, &form, now) {
        return refuse(401, "invalid_client", code, &text);
    }
    let token = tokens.give(credentials.nonce, &permissions.roles());
    let body = json!({
        "token_type": "Bearer",
        "expires_in": LIFETIME,
        "ext_expires_in": LIFETIME,
        "access_token": token,
    });
    Reply {
        content_type: "application/json; charset=utf-8",
        ..Reply::json(200, body.to_string())
    }
}

/// Whether secret or assertion prove the client; `now` in seconds since 1970.
fn prove(credentials: &Credentials, sign_in: &SignIn, form: &Query, now: i64) -> Result<(), Refusal> {
    let client = &credentials.client_id;
    if let Some(assertion) = form.get("client_assertion") {
        let kind = form.get("client_assertion_type").unwrap_or_default();
        if kind != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
            let text = "The request body must contain the following parameter: 'client_assertion_type'.";
            return Err((900_144, text.to_owned()));
        }
        let audience = format!("/{}/oauth2/v2.0/token", credentials.tenant);
        return sign_in.judge(assertion, client, &audience, now);
    }
    if form.get("client_secret") != Some(&credentials.client_secret) {
        let text = format!(
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{client}'."
        );
        return Err((7_000_215, text));
    }
    if sign_in.expired {
        let text = format!("The provided client secret keys for app '{client}' are expired.");
        return Err((7_000_222, text));
    }
    Ok(())
}

fn refuse(status: u16, error: &str, code: u32, text: &str) -> Reply {
    let now = chrono::DateTime::from_timestamp_millis(SystemClock.now()).unwrap_or_default();
    let trace = "00000000-0000-4000-8000-000000000002";
    let time = now.to_rfc3339_opts(SecondsFormat::Secs, true).replace('T', " ");
    let body = json!({
        "error": error,
        "error_description": format!("AADSTS{code}: {text} Trace ID: {trace} Correlation ID: {trace} Timestamp: {time}"),
        "error_codes": [code],
        "timestamp": time,
        "trace_id": trace,
        "correlation_id": trace,
        "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
    });
    Reply {
        content_type: "application/json; charset=utf-8",
        ..Reply::json(status, body.to_string())
    }
}
