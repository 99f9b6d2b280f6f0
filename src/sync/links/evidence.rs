//! Evidence: when the persons of a linked directory were last seen, by what is known of the users that they are and were. Pure.

use std::sync::Arc;

use super::identity::members;
use crate::directory::Snapshot;
use crate::directory::activity::{Picture, Seen};
use crate::model::{ExternalId, UserId};

/// The newest that is known of each person as a user of the parts, or as the user of another key that it had here before it was
/// linked; what is known of it under its own key is not repeated.
pub(in crate::sync) fn carried(
    (own, known): (&Snapshot, &Picture),
    parts: &[(Arc<Snapshot>, Picture)],
) -> Vec<(UserId, Seen)> {
    let mut carried = Vec::new();
    for row in own.users().filter(|row| !row.vanished) {
        let mut newest: Option<Seen> = None;
        for key in members(own, row) {
            let before = own.user_id(&key.as_str().into()).filter(|id| *id != row.id);
            let found = [in_parts(parts, &key), before.and_then(|id| known.last_seen(id))];
            newest = newest
                .into_iter()
                .chain(found.into_iter().flatten())
                .max_by_key(|seen| seen.at);
        }
        carried.extend(newest.map(|seen| (row.id, seen)));
    }
    carried
}

fn in_parts(parts: &[(Arc<Snapshot>, Picture)], key: &str) -> Option<Seen> {
    parts.iter().find_map(|(snapshot, picture)| {
        let external = key
            .strip_prefix(snapshot.directory().as_str())?
            .strip_prefix(':')?;
        picture.last_seen(snapshot.user_id(&ExternalId::from(external))?)
    })
}
