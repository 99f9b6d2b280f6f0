//! The hashes that stand in the configuration instead of a password: how they are made, how they are spelled.
//!
//! A password that a person chose is hashed by argon2id (`$argon2id$…`, the PHC string). A generated token is long
//! and random, so its SHA-256 is enough (`sha256:` and 64 hexadecimal digits) and costs nothing at each request.

use std::fmt::Write as _;
use std::sync::Arc;

use argon2::password_hash::SaltString;
use argon2::{Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use tokio_util::task::TaskTracker;

use super::ask::Asked;
use crate::model::Credential;
use crate::secret::Secret;

const TOKEN_HASH: &str = "sha256:";

/// Why there is no hash.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// The machine gives no random bytes.
    #[error("the machine gives no random bytes")]
    Random(#[source] getrandom::Error),
    /// The password is not one that argon2id takes.
    #[error("the password cannot be hashed; hint: choose one of a usual length")]
    Password(#[source] argon2::password_hash::Error),
}

impl HashError {
    /// Its code in the catalogue.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Random(_) => "RANDOM_UNAVAILABLE",
            Self::Password(_) => "PASSWORD_NOT_HASHABLE",
        }
    }
}

/// The argon2id hash of a password, for the key `hash` of an application.
///
/// # Errors
/// [`HashError`].
pub fn hash_password(password: &Secret) -> Result<String, HashError> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(HashError::Random)?;
    let hashed = SaltString::encode_b64(&random).and_then(|salt| {
        Ok(Argon2::default()
            .hash_password(password.expose().as_bytes(), &salt)?
            .to_string())
    });
    hashed.map_err(HashError::Password)
}

/// Whether a password is the one of an argon2id hash. Slow: in [`super::hashing`]'s pool only.
pub(super) fn verifies(hash: &str, password: &Secret) -> bool {
    PasswordHash::new(hash).is_ok_and(|parsed| {
        Argon2::default()
            .verify_password(password.expose().as_bytes(), &parsed)
            .is_ok()
    })
}

/// What a kept password says of the one that is sent; checked on `tasks`, since that is slow.
pub async fn verify_kept(kept: &Credential, sent: Secret, tasks: &TaskTracker) -> Asked {
    let (hash, expired) = (Arc::clone(&kept.hash), kept.expired);
    match tasks.spawn_blocking(move || verifies(&hash, &sent)).await {
        Ok(true) if expired => Asked::Expired,
        Ok(true) => Asked::Right,
        Ok(false) => Asked::Wrong,
        Err(_) => Asked::Failed,
    }
}

/// Whether a hash that somebody sends may be kept: argon2id, neither cheap to guess nor dear to check.
pub(super) fn is_acceptable(text: &str) -> bool {
    let Some(Hash::Argon2id(_)) = Hash::parse(text).filter(|_| text.len() <= 512) else {
        return false;
    };
    let Ok(params) = PasswordHash::new(text).and_then(|parsed| Params::try_from(&parsed)) else {
        return false;
    };
    // At least what OWASP's list begins with, 7 MiB; at most what the usual libraries take, 64 MiB.
    (7 * 1024..=64 * 1024).contains(&params.m_cost()) && params.t_cost() <= 10 && params.p_cost() <= 16
}

/// A new random token (256 bits, safe in URLs and headers), with its hash for the configuration.
///
/// # Errors
/// [`HashError::Random`].
pub fn generate_token() -> Result<(Secret, String), HashError> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(HashError::Random)?;
    let token = URL_SAFE_NO_PAD.encode(random);
    let mut hash = TOKEN_HASH.to_owned();
    for byte in Sha256::digest(&token) {
        _ = write!(hash, "{byte:02x}"); // writes to a `String` cannot fail
    }
    Ok((Secret::new(token), hash))
}

/// A hash of the configuration.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Hash {
    /// The SHA-256 of a generated token.
    Token([u8; 32]),
    /// A PHC string whose parameters argon2id accepts.
    Argon2id(Arc<str>),
}

impl Hash {
    /// `None` for any other spelling.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Some(digits) = text.strip_prefix(TOKEN_HASH) {
            return Some(Self::Token(from_hex(digits)?));
        }
        let parsed = PasswordHash::new(text).ok()?;
        let usable = parsed.algorithm.as_str() == "argon2id"
            && parsed.salt.is_some()
            && parsed.hash.is_some()
            && Params::try_from(&parsed).is_ok();
        usable.then(|| Self::Argon2id(text.into()))
    }
}

fn from_hex(digits: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if digits.len() != 64 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        let digit = |at: usize| char::from(pair[at]).to_digit(16);
        *byte = u8::try_from(digit(0)? << 4 | digit(1)?).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_is_understood_and_never_made_twice() {
        let (token, hash) = generate_token().unwrap();
        assert_eq!(token.expose().len(), 43);
        assert!(
            matches!(Hash::parse(&hash), Some(Hash::Token(bytes)) if bytes == Sha256::digest(token.expose())[..])
        );
        assert_ne!(generate_token().unwrap().1, hash);
        let hash = hash_password(&Secret::new("secret")).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_eq!(Hash::parse(&hash), Some(Hash::Argon2id(hash.as_str().into())));
        assert_ne!(hash_password(&Secret::new("secret")).unwrap(), hash);
    }

    #[test]
    fn a_hash_that_is_sent_must_be_neither_weak_nor_a_burden() {
        let hash = |m: u32, t: u32| {
            format!("$argon2id$v=19$m={m},t={t},p=1$c29tZXNhbHRzb21lc2FsdA$aGFzaGhhc2hoYXNoaGFzaA")
        };
        assert!(is_acceptable(&hash(19_456, 2)) && is_acceptable(&hash(65_536, 3)));
        for refused in [
            hash(1_024, 1),
            hash(4_000_000, 1),
            hash(19_456, 100),
            "{SSHA}x".to_owned(),
        ] {
            assert!(!is_acceptable(&refused), "{refused}");
        }
    }

    #[test]
    fn other_spellings_are_no_hashes() {
        let long = format!("sha256:{}", "ä".repeat(32));
        let short = format!("sha256:{}", "a".repeat(63));
        for text in [
            "",
            "secret",
            "sha256:",
            &long,
            &short,
            "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ",
            "$argon2id$v=19$m=1,t=0,p=0$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
            "$argon2i$v=19$m=4096,t=3,p=1$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
            "$2b$12$KIXQ0qjLJ4x3vJ8mYw5vXeRkzq1m1q1q1q1q1q1q1q1q1q1q1q1q1",
        ] {
            assert_eq!(Hash::parse(text), None, "{text}");
        }
    }
}
