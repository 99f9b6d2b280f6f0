//! Secrets: values that never show in logs, with the places they may come from.

use std::fmt;
use std::path::PathBuf;

use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// A secret value. Its `Debug` shows nothing.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Wraps a value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(SecretString::from(value.into()))
    }

    /// The value itself; only where it is sent or compared.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Where the configuration says a secret is.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct SecretSource {
    /// An environment variable's name.
    pub env: Option<String>,
    /// A file that holds it (a trailing line end is dropped).
    pub file: Option<PathBuf>,
    /// The value itself, for trials only.
    pub value: Option<String>,
}

impl SecretSource {
    /// Reads the secret.
    ///
    /// # Errors
    /// A sentence when no or several places are named, or the place has nothing.
    #[expect(clippy::disallowed_methods, reason = "secrets enter here")]
    pub fn read(&self) -> Result<Secret, String> {
        match (&self.env, &self.file, &self.value) {
            (Some(name), None, None) => match std::env::var(name) {
                Ok(value) if !value.is_empty() => Ok(Secret::new(value)),
                _ => Err(format!(
                    "environment variable `{name}` is not set; hint: set it, or use {{ file = \"…\" }}"
                )),
            },
            (None, Some(path), None) => match std::fs::read_to_string(path) {
                Ok(text) if !text.trim_end().is_empty() => {
                    Ok(Secret::new(text.trim_end_matches(['\r', '\n'])))
                }
                Ok(_) => Err(format!(
                    "secret file `{}` is empty; hint: write the secret into it",
                    path.display()
                )),
                Err(error) => Err(format!("cannot read secret file `{}`: {error}", path.display())),
            },
            (None, None, Some(value)) if value.is_empty() => Err(
                "the secret's `value` is empty; hint: write the secret, or use { env = \"NAME\" }".to_owned(),
            ),
            (None, None, Some(value)) => Ok(Secret::new(value.clone())),
            _ => Err("a secret needs exactly one of `env`, `file`, `value`".to_owned()),
        }
    }
}

/// HMAC-SHA-256 (RFC 2104 §2) with a key of exactly one block.
pub fn hmac_sha256(key: &[u8; 64], message: &[u8]) -> [u8; 32] {
    let inner = Sha256::new()
        .chain_update(key.map(|byte| byte ^ 0x36))
        .chain_update(message)
        .finalize();
    let outer = Sha256::new()
        .chain_update(key.map(|byte| byte ^ 0x5c))
        .chain_update(inner)
        .finalize();
    outer.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keyed_hash_is_that_of_the_standard() {
        // RFC 4231 §4.2: a key shorter than a block is filled with zeros.
        let mut key = [0; 64];
        key[..20].fill(0x0b);
        let hash = hmac_sha256(&key, b"Hi There").map(|byte| format!("{byte:02x}"));
        assert_eq!(
            hash.concat(),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
    }
}
