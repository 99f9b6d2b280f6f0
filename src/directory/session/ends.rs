//! The ends of sessions: by an application, or because the user left.

use super::explained::Why;
use super::key::{Hash, hash};
use super::record::delete;
use super::sessions::Sessions;
use crate::model::{DirectoryId, ExternalId};
use crate::store;
use crate::store::api::Durability;

impl Sessions {
    /// Ends a session; ending one that is none is no error.
    ///
    /// # Errors
    /// What the store says; the session has ended all the same, until a restart.
    pub async fn end(&self, token: &str) -> store::Result<()> {
        let ended = hash(token).filter(|hash| self.book().end(hash, Why::SignedOut, self.clock.now()));
        self.forget(ended.into_iter().collect()).await
    }

    /// Ends all sessions of a user, but for the one of a token.
    ///
    /// # Errors
    /// As [`Self::end`].
    pub async fn end_all(
        &self,
        directory: &DirectoryId,
        user: &ExternalId,
        except: Option<&str>,
    ) -> store::Result<()> {
        let (now, except) = (self.clock.now(), except.and_then(hash));
        let ended = {
            let mut book = self.book();
            let all = book
                .of(&(directory.clone(), user.clone()), now)
                .map(|(hash, _)| *hash);
            let ended: Vec<_> = all.filter(|hash| Some(*hash) != except).collect();
            for hash in &ended {
                book.end(hash, Why::SignedOut, now);
            }
            ended
        };
        self.forget(ended).await
    }

    /// Users have been deactivated or removed.
    pub(super) fn left(&self, directory: &DirectoryId, users: &[ExternalId]) {
        let users = users.iter().map(|user| (directory.clone(), user.clone()));
        let ended = self.book().leave(users, self.clock.now());
        if ended > 0 {
            tracing::info!(%directory, ended, "ended {ended} sessions of users who left `{directory}`");
            self.untold.notify_one();
        }
    }

    pub(super) async fn forget(&self, ended: Vec<Hash>) -> store::Result<()> {
        if ended.is_empty() {
            return Ok(());
        }
        let _shared = self.writing.read().await;
        let writes = ended.iter().map(delete).collect();
        self.store.put_entries(writes, Durability::Now).await
    }
}
