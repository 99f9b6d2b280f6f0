//! The hashing of pushed passwords: one at a time, never on the async threads.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::secret::Secret;

/// From a password to its hash, slowly; made elsewhere, since the face that checks passwords has it.
pub type Hashes = dyn Fn(&Secret) -> Option<String> + Send + Sync;

/// Hashes the passwords of one directory.
pub(super) struct Passwords {
    hashes: Arc<Hashes>,
    /// A core of the machine at most, whatever is pushed; who waits is bounded by the connections.
    turn: Arc<Semaphore>,
}

impl Passwords {
    pub(super) fn new(hashes: Arc<Hashes>) -> Self {
        Self {
            hashes,
            turn: Arc::new(Semaphore::new(1)),
        }
    }

    /// `None` where it cannot be hashed.
    pub(super) async fn hash(&self, password: Secret) -> Option<String> {
        let turn = Arc::clone(&self.turn).acquire_owned().await.ok()?;
        let hashes = Arc::clone(&self.hashes);
        let work = tokio::task::spawn_blocking(move || {
            let hash = hashes(&password);
            drop(turn);
            hash
        });
        work.await.ok()?
    }
}
