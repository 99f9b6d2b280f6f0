//! How a brake stands, durably: it survives a restart, and is ended by a person.

use std::sync::Arc;

use super::guard::Brake;
use super::holding::{Holding, Standing};
use crate::directory::edit::{Edit, EditError};
use crate::directory::snapshot::Snapshot;
use crate::directory::writer::{Directory, DirectoryError};
use crate::model::commit::{AuditRecord, EntryWrite};

/// The space of the entries: one for each directory, under its id.
pub(super) const SPACE: &str = "brake";

pub(super) async fn read(directory: &Directory, now: i64) -> Result<Standing, DirectoryError> {
    let entry = directory.store().entry(SPACE, directory.id().as_str(), now).await;
    let entry = entry.map_err(|source| DirectoryError::Store {
        directory: directory.id().clone(),
        source: Arc::new(source),
    })?;
    let Some(entry) = entry else {
        return Ok(Standing::default());
    };
    Ok(serde_json::from_slice(&entry.value).unwrap_or_else(|error| {
        tracing::warn!(directory = %directory.id(), %error, "what was held is unreadable; nothing is held");
        Standing::default()
    }))
}

impl Brake {
    /// Writes a new holding down, with its record in the audit trail.
    pub(super) async fn keep(self: &Arc<Self>, holding: &Holding) {
        if !self.state_with(|standing| standing.untold.remove(&holding.reason)) {
            return;
        }
        let record = self.record("scim", "pushes held", &holding.reason);
        if let Err(error) = self.write(record, Self::standing).await {
            // It holds all the same until throng ends; the next refused push tries again.
            self.state_with(|standing| standing.untold.insert(holding.reason.clone()));
            tracing::error!(code = error.code(), %error, "what is held was not written down");
        }
    }

    /// Ends what is held: what was lost is forgiven, and for an hour everything is let through, since whoever releases wants
    /// done what was refused. Answers until when, in milliseconds since 1970.
    ///
    /// # Errors
    /// What the store says.
    pub async fn release(self: &Arc<Self>, actor: &str) -> Result<i64, DirectoryError> {
        let now = self.clock.now();
        let record = self.record(actor, "pushes released", "losses are let through for an hour");
        self.write(record, move |brake| brake.open_up(now)).await?;
        Ok(self.standing().open_until)
    }

    fn record(&self, actor: &str, action: &str, reason: &str) -> AuditRecord {
        AuditRecord {
            at: self.clock.now(),
            actor: actor.to_owned(),
            action: action.to_owned(),
            subject: self.directory.id().to_string(),
            reason: reason.to_owned(),
            run: None,
        }
    }

    /// Written by the directory's writer, so that what is written last is what came last.
    async fn write(
        self: &Arc<Self>,
        record: AuditRecord,
        standing: impl FnOnce(&Self) -> Standing + Send + 'static,
    ) -> Result<(), DirectoryError> {
        let brake = Arc::clone(self);
        let key = self.directory.id().to_string();
        let decide = move |_: &Snapshot| {
            let value = serde_json::to_vec(&standing(&brake)).map_err(drop)?;
            let entry = EntryWrite {
                space: SPACE.to_owned(),
                key,
                value: Some(value),
                expires_at: None,
                expect: None,
            };
            let edit = Edit {
                entries: vec![entry],
                audit: vec![record],
                ..Edit::default()
            };
            Ok((edit, ()))
        };
        match self.directory.edit(decide).await {
            Ok(_) => Ok(()),
            Err(EditError::Directory(error)) => Err(error),
            // A standing is always JSON, and nothing is changed that rules could leave out.
            Err(EditError::Declined(()) | EditError::Rules(_)) => {
                Err(DirectoryError::Closed(self.directory.id().clone()))
            }
        }
    }
}
