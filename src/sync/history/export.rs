//! A directory as lines of JSON, for people and their tools: users with their fields, groups with their members by name.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::clock::rfc3339;
use crate::directory::Snapshot;
use crate::model::group::GroupRow;
use crate::model::user::UserRow;
use crate::model::{GroupId, MemberKind, UserId};

/// A piece is handed on when it has so many bytes.
const PIECE: usize = 64 * 1024;

/// The lines of a picture after an opening one, in pieces: each user, then each group.
pub fn export(snapshot: Arc<Snapshot>, opening: &Value) -> impl Iterator<Item = Vec<u8>> + Send + use<> {
    let mut first = opening.to_string().into_bytes();
    first.push(b'\n');
    let users: Vec<Arc<UserRow>> = snapshot.users_by_name(None).cloned().collect();
    let groups: Vec<Arc<GroupRow>> = snapshot.groups_by_name(None).cloned().collect();
    let (of_users, of_groups) = (Arc::clone(&snapshot), snapshot);
    let users = users.into_iter().map(move |row| user(&of_users, &row));
    let groups = groups.into_iter().map(move |row| group(&of_groups, &row));
    let mut lines = users.chain(groups);
    let mut open = Some(first);
    std::iter::from_fn(move || {
        let mut piece = open.take().unwrap_or_default();
        while piece.len() < PIECE
            && let Some(line) = lines.next()
        {
            piece.extend_from_slice(line.to_string().as_bytes());
            piece.push(b'\n');
        }
        (!piece.is_empty()).then_some(piece)
    })
}

fn user(snapshot: &Snapshot, row: &UserRow) -> Value {
    let attributes = snapshot.details().attributes(MemberKind::User, row.id.0);
    json!({ "user": {
        "external_id": row.external_id,
        "name": row.name,
        "first_name": row.first_name,
        "last_name": row.last_name,
        "display_name": row.display_name,
        "email": row.email,
        "active": row.active(),
        "gone_at_source": row.vanished,
        "created": rfc3339(row.created_at),
        "attributes": attributes,
    }})
}

fn group(snapshot: &Snapshot, row: &GroupRow) -> Value {
    let users = snapshot.all_members(row.id, MemberKind::User);
    let users = users.iter().filter_map(|id| snapshot.user(UserId(*id)));
    let users: Vec<&str> = users.map(|user| &*user.name).collect();
    let groups = snapshot.all_members(row.id, MemberKind::Group);
    let groups = groups.iter().filter_map(|id| snapshot.group(GroupId(*id)));
    let groups: Vec<&str> = groups.map(|group| &*group.name).collect();
    json!({ "group": {
        "external_id": row.external_id,
        "name": row.name,
        "name_at_source": row.source_name,
        "description": row.description,
        "users": users,
        "groups": groups,
    }})
}
