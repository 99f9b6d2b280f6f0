//! Retiring: the end of a directory that nobody configures any more, visible to whoever sees it.

use super::snapshot::Snapshot;
use super::writer::{Applied, Directory, DirectoryError, Request};
use crate::model::commit::{AuditRecord, Cursor, EntryWrite};
use crate::model::{Change, DirectoryId};

/// The space of the store's entries that say which directories are retired.
pub const RETIRED: &str = "retired";
/// The scope of a cursor that no source goes on from: one that is configured later reads everything.
const ENDED: &str = "retired";

impl Directory {
    /// Removes every user and group, for good, in one commit with the word that the directory is retired: those who see it
    /// are told of each removal, and the next start does not serve it.
    ///
    /// # Errors
    /// As [`Self::apply`].
    pub async fn retire(&self, by: &str) -> Result<Applied, DirectoryError> {
        let snapshot = self.snapshot();
        let now = self.now();
        let cursor = Cursor {
            scope: ENDED.to_owned(),
            token: String::new(),
            full_at: now,
        };
        let record = AuditRecord {
            at: now,
            actor: by.to_owned(),
            action: "directory retired".to_owned(),
            subject: self.id().to_string(),
            reason: format!(
                "{} users, {} groups, {} memberships removed",
                snapshot.user_count(),
                snapshot.group_count(),
                snapshot.membership_count()
            ),
            run: None,
        };
        let request = Request {
            changes: removals(&snapshot),
            base: Some(snapshot.seq()),
            cursor: Some(cursor),
            entries: vec![retired(self.id(), true)],
            audit: vec![record],
            ..Request::default()
        };
        self.apply(request).await
    }
}

/// What is written of a directory that is retired, or is not any more.
pub fn retired(directory: &DirectoryId, is: bool) -> EntryWrite {
    EntryWrite {
        space: RETIRED.to_owned(),
        key: directory.to_string(),
        value: is.then(|| b"true".to_vec()),
        expires_at: None,
        expect: None,
    }
}

fn removals(snapshot: &Snapshot) -> Vec<Change> {
    let users = snapshot.users().map(|row| Change::RemoveUser {
        user: row.external_id.clone(),
    });
    let groups = snapshot.groups().map(|row| Change::RemoveGroup {
        group: row.external_id.clone(),
    });
    users.chain(groups).collect()
}
