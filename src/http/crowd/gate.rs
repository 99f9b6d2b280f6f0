//! The gate: which application asks, from where, with the right password.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::config::{ApplicationConfig, Permission};
use super::error::Refusal;
use super::hashing::Hashing;
use super::password::{DigestKey, PasswordDigest, Verdict, Verifier};
use crate::http::address::{self, Network};
use crate::http::hosts::Hosts;
use crate::http::origin::Origin;
use crate::secret::Secret;

/// Why the gate cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// The secret could not be read.
    #[error("password of application `{application}`: {message}")]
    Secret {
        /// Whose.
        application: String,
        /// What is wrong.
        message: String,
    },
    /// Neither a password nor a hash, or both.
    #[error("application `{application}` needs exactly one of `password`, `hash`")]
    OneOf {
        /// Whose.
        application: String,
    },
    /// The hash is of another kind.
    #[error(
        "hash of application `{application}` is neither an argon2id hash nor the SHA-256 of a generated token; \
         hint: make one with `throng hash`"
    )]
    Hash {
        /// Whose.
        application: String,
    },
    /// Two applications of one name.
    #[error("application `{application}` exists twice")]
    Twice {
        /// Which.
        application: String,
    },
    /// The machine gives no random bytes.
    #[error("the machine gives no random bytes")]
    Random(#[source] getrandom::Error),
}

impl GateError {
    /// Its code in the catalogue.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Secret { .. } => "APPLICATION_SECRET_UNREADABLE",
            Self::OneOf { .. } => "APPLICATION_PASSWORD_MISSING",
            Self::Hash { .. } => "APPLICATION_HASH_INVALID",
            Self::Twice { .. } => "APPLICATION_TWICE",
            Self::Random(_) => "RANDOM_UNAVAILABLE",
        }
    }
}

/// Knows every application's password and addresses.
pub struct Gate {
    key: DigestKey,
    applications: HashMap<String, Known>,
    trusted: Vec<Network>,
    hashing: Hashing,
    hosts: Arc<Hosts>,
}

/// A request that was let in.
pub(super) struct Admitted {
    pub(super) application: Arc<str>,
    pub(super) address: IpAddr,
}

struct Known {
    name: Arc<str>,
    permission: Permission,
    verifier: Verifier,
    allow_from: Vec<Origin>,
}

impl Gate {
    /// Reads the secrets of `applications`; believes `trusted` proxies.
    ///
    /// # Errors
    /// When an application's password is missing or unusable.
    pub fn new(applications: &[ApplicationConfig], trusted: Vec<Network>) -> Result<Self, GateError> {
        let key = DigestKey::random().map_err(GateError::Random)?;
        let mut known = HashMap::new();
        for config in applications {
            let application = config.name.clone();
            let verifier = verifier(config, &key)?;
            let entry = Known {
                name: config.name.as_str().into(),
                permission: config.permission,
                verifier,
                allow_from: config.allow_from.clone(),
            };
            if known.insert(application.clone(), entry).is_some() {
                return Err(GateError::Twice { application });
            }
        }
        Ok(Self {
            key,
            applications: known,
            trusted,
            hashing: Hashing::new(),
            hosts: Hosts::none(),
        })
    }

    /// The proxies that are believed.
    pub(super) fn trusted(&self) -> &[Network] {
        &self.trusted
    }

    /// Whether the application may write.
    pub(super) fn may_write(&self, application: &str) -> bool {
        let known = self.applications.get(application);
        known.is_some_and(|known| known.permission == Permission::ReadWrite)
    }

    /// Where passwords are hashed, of applications and of users.
    pub(super) fn hashing(&self) -> &Hashing {
        &self.hashing
    }

    /// With the addresses of the host names that address lists have; without them those admit nobody.
    #[must_use]
    pub fn with_hosts(mut self, hosts: Arc<Hosts>) -> Self {
        self.hosts = hosts;
        self
    }

    /// Which application asks, from where.
    ///
    /// A known-wrong password is told before the address is looked at, so that a stranger learns no names; the
    /// slow check of a password comes after it, so that a stranger cannot cause one.
    pub(super) async fn admit(&self, peer: Option<IpAddr>, headers: &HeaderMap) -> Result<Admitted, Refusal> {
        let (name, password) = credentials(headers).ok_or(Refusal::BadCredentials)?;
        let given = self.key.digest(password.expose());
        let known = self.applications.get(&name).ok_or(Refusal::BadCredentials)?;
        let quick = known.verifier.quick(&password, given);
        if quick == Some(false) {
            return Err(Refusal::BadCredentials);
        }
        let address = self.check_address(known, peer, headers)?;
        if quick.is_none() {
            slow(known, &self.hashing, password, given).await?;
        }
        let application = Arc::clone(&known.name);
        Ok(Admitted { application, address })
    }

    fn check_address(
        &self,
        known: &Known,
        peer: Option<IpAddr>,
        headers: &HeaderMap,
    ) -> Result<IpAddr, Refusal> {
        let address = peer.and_then(|peer| address::client(peer, headers, &self.trusted));
        if let Some(address) = address
            && known
                .allow_from
                .iter()
                .any(|origin| origin.admits(address, &self.hosts))
        {
            return Ok(address);
        }
        let application = Arc::clone(&known.name);
        let address = address.map_or_else(|| "unknown".to_owned(), |address| address.to_string());
        tracing::warn!(
            %application, %address,
            "refused a request for application `{application}` from `{address}`; hint: add the address to its `allow_from`"
        );
        Err(Refusal::ForeignAddress { application, address })
    }
}

async fn slow(
    known: &Known,
    hashing: &Hashing,
    password: Secret,
    given: PasswordDigest,
) -> Result<(), Refusal> {
    match known.verifier.slow(hashing, password, given).await {
        Verdict::Right => Ok(()),
        Verdict::Wrong => Err(Refusal::BadCredentials),
        Verdict::Busy => Err(Refusal::Busy),
    }
}

fn verifier(config: &ApplicationConfig, key: &DigestKey) -> Result<Verifier, GateError> {
    let application = config.name.clone();
    match (&config.password, &config.hash) {
        (Some(source), None) => match source.read() {
            Ok(secret) => Ok(Verifier::of_secret(&secret, key)),
            Err(message) => Err(GateError::Secret { application, message }),
        },
        (None, Some(hash)) => Verifier::of_hash(hash).ok_or(GateError::Hash { application }),
        _ => Err(GateError::OneOf { application }),
    }
}

/// Name and password of HTTP Basic (RFC 7617), split at the first colon.
fn credentials(headers: &HeaderMap) -> Option<(String, Secret)> {
    let (scheme, value) = headers
        .get(AUTHORIZATION)?
        .to_str()
        .ok()?
        .trim()
        .split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let bytes = STANDARD.decode(value.trim()).ok()?;
    // Old clients send Latin-1, whose bytes are the first 256 characters.
    let text = String::from_utf8(bytes)
        .unwrap_or_else(|error| error.into_bytes().into_iter().map(char::from).collect());
    let (name, password) = text.split_once(':')?;
    Some((name.to_owned(), Secret::new(password)))
}
