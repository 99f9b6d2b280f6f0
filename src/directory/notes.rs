//! Small things that are written down when there is time: with the next commit, or half a second later.

use std::sync::Arc;

use super::writer::{Directory, DirectoryError};
use crate::model::commit::EntryWrite;
use crate::store::api::Durability;

impl Directory {
    /// Writes an entry down, soon: for what nothing depends on.
    ///
    /// # Errors
    /// What the store says.
    pub async fn note(&self, write: EntryWrite) -> Result<(), DirectoryError> {
        let noted = self.store().put_entries(vec![write], Durability::Soon).await;
        noted.map_err(|source| DirectoryError::Store {
            directory: self.id().clone(),
            source: Arc::new(source),
        })
    }
}
