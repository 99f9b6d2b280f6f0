//! The check of one application's password: argon2id at most once, a keyed digest afterwards.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use argon2::password_hash::PasswordHash;
use argon2::{Argon2, PasswordVerifier};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

use crate::secret::Secret;

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

    /// HMAC-SHA-256 (RFC 2104 §2) with a key of exactly one block.
    pub(super) fn digest(&self, text: &str) -> PasswordDigest {
        let inner = Sha256::new()
            .chain_update(self.0.map(|byte| byte ^ 0x36))
            .chain_update(text)
            .finalize();
        let outer = Sha256::new()
            .chain_update(self.0.map(|byte| byte ^ 0x5c))
            .chain_update(inner)
            .finalize();
        PasswordDigest(outer.into())
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
pub(super) struct Verifier {
    /// The argon2id hash, where the configuration has no plain secret.
    hash: Option<Arc<str>>,
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
        Self::new(None, Some(key.digest(secret.expose())))
    }

    /// `None` when `hash` is no argon2id hash.
    pub(super) fn of_hash(hash: &str) -> Option<Self> {
        let parsed = PasswordHash::new(hash).ok()?;
        (parsed.algorithm.as_str() == "argon2id" && parsed.hash.is_some())
            .then(|| Self::new(Some(hash.into()), None))
    }

    fn new(hash: Option<Arc<str>>, right: Option<PasswordDigest>) -> Self {
        let known = Mutex::new(Known {
            right,
            wrong: VecDeque::new(),
        });
        Self {
            hash,
            known,
            turn: Semaphore::new(1),
            waiting: Semaphore::new(WAITING),
        }
    }

    /// What is known without the slow check.
    pub(super) fn quick(&self, given: PasswordDigest) -> Option<bool> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match &known.right {
            Some(right) => Some(right.is(&given)),
            None => known.wrong.iter().any(|wrong| wrong.is(&given)).then_some(false),
        }
    }

    /// The slow check, off the async threads, one at a time.
    pub(super) async fn slow(&self, password: Secret, given: PasswordDigest) -> Verdict {
        let Ok(_place) = self.waiting.try_acquire() else {
            return Verdict::Busy;
        };
        let Ok(_turn) = self.turn.acquire().await else {
            return Verdict::Busy;
        };
        if let Some(right) = self.quick(given) {
            return if right { Verdict::Right } else { Verdict::Wrong };
        }
        let Some(hash) = self.hash.as_ref().map(Arc::clone) else {
            return Verdict::Wrong;
        };
        let checked = tokio::task::spawn_blocking(move || {
            let parsed = PasswordHash::new(&hash).ok()?;
            Argon2::default()
                .verify_password(password.expose().as_bytes(), &parsed)
                .ok()
        });
        let right = matches!(checked.await, Ok(Some(())));
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
