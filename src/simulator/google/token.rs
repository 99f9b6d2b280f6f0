//! The token service, the exchange of other issuers' tokens, signing; and who is let in.

use std::collections::{BTreeMap, BTreeSet};

use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};

use super::{ACCOUNT, Options};
use crate::clock::{Clock, SystemClock};
use crate::simulator::entra::reply::Reply;
use crate::simulator::entra::signin::{json as part, signed};
use crate::simulator::serve::Heard;

/// A key that everybody knows, with its certificate: for simulations alone.
const KEY: &str = include_str!("../../../fixtures/keys/client.pem");
const KEY_ID: &str = "simulated-key";
/// How far clocks may differ, in seconds.
const SKEW: i64 = 300;
/// The pool's provider that other issuers' tokens are for.
pub(super) const AUDIENCE: &str =
    "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/simulated/providers/simulated";
/// What an exchanged token lets one do.
const IAM: &str = "iam";

/// Tokens and what is withheld.
#[derive(Debug, Default)]
pub(super) struct Doors {
    /// Scopes that were not delegated.
    pub(super) withheld: BTreeSet<String>,
    /// Kinds of requests that are refused, with the reason.
    pub(super) refused: BTreeMap<&'static str, &'static str>,
    /// Access tokens with their scopes.
    pub(super) given: BTreeMap<String, BTreeSet<String>>,
    /// The service account has no key.
    pub(super) keyless: bool,
    pub(super) throttles: usize,
    /// When it is; the machine's clock tells where this does not.
    pub(super) now: Option<i64>,
    count: u64,
}

/// The service account's key file.
pub(super) fn key_file(url: &str) -> Value {
    json!({
        "type": "service_account", "project_id": "simulated", "private_key_id": KEY_ID, "private_key": KEY,
        "client_email": ACCOUNT, "client_id": "100000000000000000001", "token_uri": format!("{url}/token"),
    })
}

fn refuse(status: u16, error: &str, description: &str) -> Reply {
    Reply::json(
        status,
        json!({ "error": error, "error_description": description }).to_string(),
    )
}

impl Doors {
    /// Whose assertions are judged by this clock.
    pub(super) fn at(now: Option<i64>) -> Self {
        Self {
            now,
            ..Self::default()
        }
    }

    fn give(&mut self, scopes: BTreeSet<String>, more: &Value) -> Reply {
        self.count += 1;
        let token = format!("simulated.google.{}", self.count);
        self.given.insert(token.clone(), scopes);
        let mut body = json!({ "access_token": token, "expires_in": 3599, "token_type": "Bearer" });
        if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
            body.extend(more.clone());
        }
        Reply::json(200, body.to_string())
    }

    /// Answers `POST /token`.
    pub(super) fn grant(&mut self, options: &Options, heard: &Heard) -> Reply {
        if heard.field("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" {
            return refuse(400, "unsupported_grant_type", "Invalid grant_type");
        }
        let assertion = heard.field("assertion");
        let claims = assertion.split('.').nth(1).and_then(part).unwrap_or_default();
        if let Err((error, description)) = self.prove(options, &assertion, &claims, heard) {
            return refuse(400, error, description);
        }
        let scopes = claims["scope"].as_str().unwrap_or_default().split(' ');
        let scopes: BTreeSet<String> = scopes
            .map(|scope| {
                scope
                    .trim_start_matches("https://www.googleapis.com/auth/")
                    .to_owned()
            })
            .collect();
        if scopes.iter().any(|scope| self.withheld.contains(scope)) {
            let words = "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.";
            return refuse(401, "unauthorized_client", words);
        }
        self.give(scopes, &Value::Null)
    }

    fn prove(
        &self,
        options: &Options,
        assertion: &str,
        claims: &Value,
        heard: &Heard,
    ) -> Result<(), (&'static str, &'static str)> {
        if claims["iss"].as_str() != Some(ACCOUNT) {
            return Err(("invalid_grant", "Invalid grant: account not found"));
        }
        let certificate = CertificateDer::from_pem_slice(KEY.as_bytes()).ok();
        let good = certificate.is_some_and(|certificate| {
            signed(assertion, &certificate, webpki::ring::RSA_PKCS1_2048_8192_SHA256)
        });
        if !good || (self.keyless && options.trusted.is_none()) {
            return Err(("invalid_grant", "Invalid JWT Signature."));
        }
        let time = |name: &str| claims[name].as_i64().unwrap_or_default();
        let now = self.now.unwrap_or_else(|| SystemClock.now()) / 1000;
        if time("iat") > now + SKEW || time("exp") < now - SKEW || time("exp") > time("iat") + 3600 {
            let words = "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.";
            return Err(("invalid_grant", words));
        }
        // Google's own clients name Google's address, wherever they ask.
        let ours = format!("{}/token", heard.origin);
        let audience = claims["aud"].as_str().unwrap_or_default();
        if ![ours.as_str(), "https://oauth2.googleapis.com/token"].contains(&audience) {
            return Err(("invalid_grant", "Invalid JWT: Failed audience check."));
        }
        if claims["sub"].as_str() != Some(&options.admin) {
            return Err(("invalid_grant", "Invalid email or User ID"));
        }
        Ok(())
    }

    /// Answers `POST /sts`.
    pub(super) fn exchange(&mut self, options: &Options, heard: &Heard) -> Reply {
        let right = heard.field("grant_type") == "urn:ietf:params:oauth:grant-type:token-exchange"
            && heard.field("audience") == AUDIENCE
            && options.trusted.as_deref() == Some(&heard.field("subject_token"));
        if !right {
            return refuse(
                400,
                "invalid_grant",
                "The given credential is rejected by the attribute condition.",
            );
        }
        let more = json!({ "issued_token_type": "urn:ietf:params:oauth:token-type:access_token" });
        self.give(BTreeSet::from([IAM.to_owned()]), &more)
    }

    /// Answers `…:signJwt`.
    pub(super) fn sign(&self, heard: &Heard) -> Reply {
        if self.scopes(heard).is_none_or(|scopes| !scopes.contains(IAM)) {
            let message =
                "Permission 'iam.serviceAccounts.signJwt' denied on resource (or it may not exist).";
            let body = json!({ "error": { "code": 403, "message": message, "status": "PERMISSION_DENIED" } });
            return Reply::json(403, body.to_string());
        }
        let body: Value = serde_json::from_str(&heard.body).unwrap_or_default();
        let jwt = body["payload"].as_str().and_then(jwt);
        match jwt {
            Some(jwt) => Reply::json(200, json!({ "keyId": KEY_ID, "signedJwt": jwt }).to_string()),
            None => refuse(400, "invalid_argument", "There is no payload."),
        }
    }

    /// The scopes of the token that a request comes with.
    pub(super) fn scopes(&self, heard: &Heard) -> Option<&BTreeSet<String>> {
        self.given.get(heard.authorization.strip_prefix("Bearer ")?)
    }
}

fn jwt(payload: &str) -> Option<String> {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let key = match PrivateKeyDer::from_pem_slice(KEY.as_bytes()).ok()? {
        PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).ok()?,
        PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()).ok()?,
        _ => return None,
    };
    let header = json!({ "alg": "RS256", "typ": "JWT", "kid": KEY_ID }).to_string();
    let open = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(payload)
    );
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        open.as_bytes(),
        &mut signature,
    )
    .ok()?;
    Some(format!("{open}.{}", URL_SAFE_NO_PAD.encode(signature)))
}
