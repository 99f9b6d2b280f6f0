//! The check of one application's password: argon2id at most once, a keyed digest afterwards.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

use super::hash::{Hash, verifies};
use super::hashing::Hashing;
use crate::secret::{Secret, hmac_sha256};

pub use super::hash::{HashError, generate_token, hash_password};

/// How many wrong passwords are remembered, so that repeating one costs nothing.
const REMEMBERED: usize = 64;
/// How many requests may wait for an argon2id check of one application.
const WAITING: usize = 16;

/// A random key of this process, so that digests in memory are worthless elsewhere.
#[derive(Clone)]
pub(super) struct DigestKey([u8; 64]);

impl DigestKey {
    pub(super) fn random() -> Result<Self, getrandom::Error> {
        let mut key = [0; 64];
        getrandom::fill(&mut key)?;
        Ok(Self(key))
    }

    pub(super) fn digest(&self, text: &str) -> PasswordDigest {
        PasswordDigest(hmac_sha256(&self.0, text.as_bytes()))
    }
}

/// A keyed digest of a password; compared in constant time.
#[derive(Clone, Copy)]
pub(super) struct PasswordDigest([u8; 32]);

impl PasswordDigest {
    fn is(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

/// What the slow check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Right.
    Right,
    /// Wrong.
    Wrong,
    /// Too many are waiting to be checked.
    Busy,
}

/// Checks one application's password.
pub(super) enum Verifier {
    /// The configuration had the password itself.
    Plain(PasswordDigest),
    /// The SHA-256 of a generated token: long and random, so that a fast hash is enough.
    Token([u8; 32]),
    /// An argon2id hash.
    Slow(Slow),
}

/// What the slow check needs, with what it has found before.
pub(super) struct Slow {
    hash: Arc<str>,
    known: Mutex<Known>,
    /// One argon2id check at a time: a flood of wrong passwords takes one core of the machine at most.
    turn: Semaphore,
    waiting: Semaphore,
}

#[derive(Default)]
struct Known {
    right: Option<PasswordDigest>,
    wrong: VecDeque<PasswordDigest>,
}

impl Verifier {
    pub(super) fn of_secret(secret: &Secret, key: &DigestKey) -> Self {
        Self::Plain(key.digest(secret.expose()))
    }

    /// `None` when `text` is no hash as `throng hash` prints it.
    pub(super) fn of_hash(text: &str) -> Option<Self> {
        Some(match Hash::parse(text)? {
            Hash::Token(hash) => Self::Token(hash),
            Hash::Argon2id(hash) => Self::Slow(Slow {
                hash,
                known: Mutex::default(),
                turn: Semaphore::new(1),
                waiting: Semaphore::new(WAITING),
            }),
        })
    }

    /// What is known without the slow check.
    pub(super) fn quick(&self, password: &Secret, given: PasswordDigest) -> Option<bool> {
        match self {
            Self::Plain(right) => Some(right.is(&given)),
            Self::Token(hash) => {
                let sent: [u8; 32] = Sha256::digest(password.expose()).into();
                Some(hash.ct_eq(&sent).into())
            }
            Self::Slow(slow) => slow.known(given),
        }
    }

    /// The slow check, off the async threads, one at a time.
    pub(super) async fn slow(&self, hashing: &Hashing, password: Secret, given: PasswordDigest) -> Verdict {
        match self {
            Self::Slow(slow) => slow.check(hashing, password, given).await,
            Self::Plain(_) | Self::Token(_) => match self.quick(&password, given) {
                Some(true) => Verdict::Right,
                _ => Verdict::Wrong,
            },
        }
    }
}

impl Slow {
    fn known(&self, given: PasswordDigest) -> Option<bool> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match &known.right {
            Some(right) => Some(right.is(&given)),
            None => known.wrong.iter().any(|wrong| wrong.is(&given)).then_some(false),
        }
    }

    async fn check(&self, hashing: &Hashing, password: Secret, given: PasswordDigest) -> Verdict {
        let Ok(_place) = self.waiting.try_acquire() else {
            return Verdict::Busy;
        };
        let Ok(_turn) = self.turn.acquire().await else {
            return Verdict::Busy;
        };
        if let Some(right) = self.known(given) {
            return if right { Verdict::Right } else { Verdict::Wrong };
        }
        let hash = Arc::clone(&self.hash);
        let Some(right) = hashing.run(move || verifies(&hash, &password)).await else {
            return Verdict::Busy;
        };
        self.remember(right, given);
        if right { Verdict::Right } else { Verdict::Wrong }
    }

    fn remember(&self, right: bool, given: PasswordDigest) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if right {
            known.right = Some(given);
            known.wrong.clear();
            return;
        }
        known.wrong.push_back(given);
        if known.wrong.len() > REMEMBERED {
            known.wrong.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ask(verifier: &Verifier, key: &DigestKey, password: &str) -> Verdict {
        let hashing = Hashing::new();
        verifier
            .slow(&hashing, Secret::new(password), key.digest(password))
            .await
    }

    #[tokio::test]
    async fn the_slow_check_happens_once_for_the_right_and_once_for_each_wrong_password() {
        let key = DigestKey::random().unwrap();
        let verifier = Verifier::of_hash(&hash_password(&Secret::new("pä:ss")).unwrap()).unwrap();
        let quick = |password: &str| verifier.quick(&Secret::new(password), key.digest(password));
        assert_eq!(quick("pä:ss"), None);
        assert_eq!(ask(&verifier, &key, "wrong").await, Verdict::Wrong);
        assert_eq!((quick("wrong"), quick("pä:ss")), (Some(false), None));
        assert_eq!(ask(&verifier, &key, "pä:ss").await, Verdict::Right);
        // From now on every password is known without argon2id.
        assert_eq!((quick("pä:ss"), quick("never seen")), (Some(true), Some(false)));
    }

    #[tokio::test]
    async fn a_flood_of_unchecked_passwords_is_sent_away() {
        let key = DigestKey::random().unwrap();
        let verifier = Verifier::of_hash(&hash_password(&Secret::new("right")).unwrap()).unwrap();
        let Verifier::Slow(slow) = &verifier else {
            panic!("not argon2id")
        };
        let places = slow
            .waiting
            .try_acquire_many(u32::try_from(WAITING).unwrap())
            .unwrap();
        assert_eq!(ask(&verifier, &key, "right").await, Verdict::Busy);
        drop(places);
        assert_eq!(ask(&verifier, &key, "right").await, Verdict::Right);
    }

    #[test]
    fn a_generated_token_needs_no_slow_check() {
        let key = DigestKey::random().unwrap();
        let (token, hash) = generate_token().unwrap();
        let verifier = Verifier::of_hash(&hash).unwrap();
        let quick = |password: &str| verifier.quick(&Secret::new(password), key.digest(password));
        assert_eq!(
            (quick(token.expose()), quick("another")),
            (Some(true), Some(false))
        );
    }
}
