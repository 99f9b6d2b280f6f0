//! The hand-off list: whom a policy holds, for those who may end accounts at the identity provider. throng never does.

use serde::Serialize;

use super::cleaner::Cleaner;
use super::pack::line;
use super::policy::Policy;
use crate::clock::rfc3339;

/// One held user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HandedOff {
    /// The directory.
    pub directory: String,
    /// The username; empty where it was taken away.
    pub user: String,
    /// The user's id at the source.
    pub external_id: String,
    /// Whether the source still has it enabled.
    pub enabled_at_source: bool,
    /// Since when it is held, RFC 3339.
    pub held_since: String,
    /// Why.
    pub reason: String,
}

impl Cleaner {
    /// Whom a policy holds, by directory and name.
    pub fn handoff(&self, policy: &Policy) -> Vec<HandedOff> {
        let mut list = Vec::new();
        for (directory, _) in self.places(policy) {
            let snapshot = directory.snapshot();
            for row in snapshot.users_by_name(None) {
                let hold = snapshot.live_user(row.id).and_then(|live| live.hold.as_ref());
                let Some(hold) = hold.filter(|hold| hold.policy.as_deref() == Some(&*policy.name)) else {
                    continue;
                };
                let user = if hold.anonymised {
                    String::new()
                } else {
                    row.name.to_string()
                };
                list.push(HandedOff {
                    directory: directory.id().to_string(),
                    user,
                    external_id: row.external_id.to_string(),
                    enabled_at_source: row.active(),
                    held_since: rfc3339(hold.since),
                    reason: hold.reason.to_string(),
                });
            }
        }
        list
    }
}

/// The list as CSV.
pub fn csv(list: &[HandedOff]) -> String {
    let mut text = "directory,user,external_id,enabled_at_source,held_since,reason\r\n".to_owned();
    for user in list {
        let enabled = if user.enabled_at_source { "true" } else { "false" };
        let cells = [
            user.directory.as_str(),
            &user.user,
            &user.external_id,
            enabled,
            &user.held_since,
            &user.reason,
        ];
        line(&mut text, &cells);
    }
    text
}
