//! The audit trail of writes.

use super::Writes;
use crate::directory::{Directory, Edit};
use crate::model::Change;
use crate::model::commit::AuditRecord;

impl Writes {
    /// Prepares the record of one action; the decision that turns out to do it takes it along.
    pub(super) fn audit(&self, directory: &Directory, action: &str, subject: &str) -> AuditRecord {
        AuditRecord {
            at: directory.now(),
            actor: self.actor.clone(),
            action: action.to_owned(),
            subject: subject.to_owned(),
            reason: "asked for".to_owned(),
            run: None,
        }
    }
}

/// Changes with their record.
pub(super) fn told(changes: Vec<Change>, record: AuditRecord) -> Edit {
    Edit {
        changes,
        audit: vec![record],
        ..Edit::default()
    }
}
