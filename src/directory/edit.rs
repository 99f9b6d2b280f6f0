//! Edits: changes that are decided by the writer itself, on the very picture that they change.
//!
//! Whoever reads a snapshot, decides, then asks for changes may find that another was quicker. An edit hands its decision
//! to the writer, so nothing comes between: a name is free, a member is there, a version matches at the commit itself.

use std::sync::{Arc, Mutex, PoisonError};

use super::gather::{Asked, Decide, Unapplied};
use super::snapshot::Snapshot;
use super::writer::{Applied, Directory, DirectoryError};
use crate::model::Change;
use crate::model::commit::{AuditRecord, Cursor, EntryWrite};
use crate::model::plan::Refused;

/// The scope of the cursor of a directory that nothing is read into; no source's scope is spelled so, so a source that
/// is configured later begins with a full read.
const UNREAD: &str = "no source";

/// What was decided: durable and served together, or not at all.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    /// The wishes. Where the rules leave out any of them, all are left out.
    pub changes: Vec<Change>,
    /// A cursor: its presence says that the directory has been filled once, so that whole listings may be served.
    pub cursor: Option<Cursor>,
    /// Entries that belong to the rows. An unmet expectation fails every request of the same commit: leave `expect` out.
    pub entries: Vec<EntryWrite>,
    /// The audit trail of the changes.
    pub audit: Vec<AuditRecord>,
}

/// Why an edit left no trace.
#[derive(Debug)]
pub enum EditError<E> {
    /// The decision was not to; in the decider's own words.
    Declined(E),
    /// The rules would have left something out.
    Rules(Vec<Refused>),
    /// The directory could not.
    Directory(DirectoryError),
}

impl Directory {
    /// Lets `decide` look at the picture that its changes will apply to, then carries them out; answers when they are
    /// durable. `decide` runs on a blocking thread while all other writes of the directory wait, so it must be quick; the
    /// picture already has the number of the commit to come.
    ///
    /// # Errors
    /// See [`EditError`]: in each case nothing of the edit is served.
    pub async fn edit<T, E>(
        &self,
        decide: impl FnOnce(&Snapshot) -> Result<(Edit, T), E> + Send + 'static,
    ) -> Result<(Applied, T), EditError<E>>
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        self.edited(decide, Asked::Edit).await
    }

    /// The same, in no hurry: within a second such edits are carried out together, so that they cost one commit.
    ///
    /// # Errors
    /// As [`Self::edit`].
    pub async fn edit_patiently<T, E>(
        &self,
        decide: impl FnOnce(&Snapshot) -> Result<(Edit, T), E> + Send + 'static,
    ) -> Result<(Applied, T), EditError<E>>
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        self.edited(decide, Asked::PatientEdit).await
    }

    async fn edited<T, E>(
        &self,
        decide: impl FnOnce(&Snapshot) -> Result<(Edit, T), E> + Send + 'static,
        asked: fn(Decide) -> Asked,
    ) -> Result<(Applied, T), EditError<E>>
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        let said = Arc::new(Mutex::new(None));
        let telling = Arc::clone(&said);
        let decide = Box::new(move |snapshot: &Snapshot| {
            let (edit, answer) = match decide(snapshot) {
                Ok((edit, answer)) => (Some(edit), Ok(answer)),
                Err(error) => (None, Err(error)),
            };
            *telling.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
            edit
        });
        let outcome = self.ask(asked(decide)).await;
        let said = said.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (outcome, said) {
            (Ok(applied), Some(Ok(answer))) => Ok((applied, answer)),
            (Err(Unapplied::Declined), Some(Err(error))) => Err(EditError::Declined(error)),
            (Err(Unapplied::Rules(refused)), _) => Err(EditError::Rules(refused)),
            (Err(Unapplied::Directory(error)), _) => Err(EditError::Directory(error)),
            // Whoever decides tells what, unless it panicked.
            _ => Err(EditError::Directory(DirectoryError::Closed(self.id().clone()))),
        }
    }
}

impl Directory {
    /// Makes a directory without a source ready for whole listings: what it has is all there is, from its first start on.
    /// Once begun it stays so.
    ///
    /// # Errors
    /// What the store says.
    pub async fn begin(&self, now: i64) -> Result<(), DirectoryError> {
        let begun = self.edit(move |snapshot| match snapshot.cursor() {
            Some(_) => Err(()),
            None => Ok((Edit::beginning(now), ())),
        });
        match begun.await {
            Ok(_) | Err(EditError::Declined(())) => Ok(()),
            Err(EditError::Directory(error)) => Err(error),
            // No change, nothing to leave out.
            Err(EditError::Rules(_)) => Err(DirectoryError::Closed(self.id().clone())),
        }
    }
}

impl Edit {
    fn beginning(now: i64) -> Self {
        let cursor = Cursor {
            scope: UNREAD.to_owned(),
            token: String::new(),
            full_at: now,
        };
        Self {
            cursor: Some(cursor),
            ..Self::default()
        }
    }
}
