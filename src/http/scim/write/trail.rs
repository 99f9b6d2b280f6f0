//! The audit trail of pushes: who did what to whom, member by member.

use std::sync::Arc;

use crate::model::commit::AuditRecord;

/// How many members a record names; of more it tells the number.
const NAMED: usize = 50;

/// Who pushes, when.
#[derive(Clone)]
pub(super) struct Trail {
    pub(super) at: i64,
    pub(super) actor: Arc<str>,
}

impl Trail {
    pub(super) fn record(&self, action: &str, subject: &str, reason: impl Into<String>) -> AuditRecord {
        AuditRecord {
            at: self.at,
            actor: format!("scim {}", self.actor),
            action: action.to_owned(),
            subject: subject.to_owned(),
            reason: reason.into(),
            run: None,
        }
    }
}

/// Which members came and went.
pub(super) fn members(added: &[String], removed: &[String]) -> String {
    let told = |what: &str, ids: &[String]| match ids.len() {
        0 => None,
        few if few <= NAMED => Some(format!("{what} {}", ids.join(", "))),
        many => Some(format!("{what} {many}")),
    };
    let parts = [told("added", added), told("removed", removed)];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}
