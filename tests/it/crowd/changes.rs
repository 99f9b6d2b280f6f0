//! Changes in few words.

use throng::model::change::{GroupWish, UserWish};
use throng::model::{Change, ExternalId, Owner};

/// A user whose id is its name.
pub(super) fn user(name: &str) -> Change {
    named(name, name, true)
}

/// A user of any id and name.
pub(super) fn named(id: &str, name: &str, active: bool) -> Change {
    Change::PutUser(UserWish {
        owner: Owner::Source,
        external_id: id.into(),
        name: name.into(),
        first_name: "".into(),
        last_name: "".into(),
        display_name: name.into(),
        email: "".into(),
        active,
        created_at: Some(0),
    })
}

/// A group whose id is its name.
pub(super) fn group(name: &str) -> Change {
    named_group(name, name)
}

/// A group of any id and name.
pub(super) fn named_group(id: &str, name: &str) -> Change {
    Change::PutGroup(GroupWish {
        owner: Owner::Source,
        external_id: id.into(),
        name: name.into(),
        nickname: "".into(),
        description: "".into(),
        created_at: None,
    })
}

/// A user joins a group.
pub(super) fn join(group: &str, user: &str) -> Change {
    members(group, &[user], &[], &[], &[])
}

/// A user leaves a group.
pub(super) fn leave(group: &str, user: &str) -> Change {
    members(group, &[], &[user], &[], &[])
}

/// A group joins a group.
pub(super) fn nest(parent: &str, child: &str) -> Change {
    members(parent, &[], &[], &[child], &[])
}

/// A group leaves a group.
pub(super) fn unnest(parent: &str, child: &str) -> Change {
    members(parent, &[], &[], &[], &[child])
}

pub(super) fn remove_user(id: &str) -> Change {
    Change::RemoveUser { user: id.into() }
}

pub(super) fn remove_group(id: &str) -> Change {
    Change::RemoveGroup { group: id.into() }
}

/// Many users join and leave a group.
pub(super) fn members(group: &str, add: &[&str], remove: &[&str], nest: &[&str], unnest: &[&str]) -> Change {
    let ids = |all: &[&str]| all.iter().map(|id| ExternalId::from(*id)).collect();
    Change::Members {
        owner: Owner::Source,
        group: group.into(),
        add_users: ids(add),
        remove_users: ids(remove),
        add_groups: ids(nest),
        remove_groups: ids(unnest),
    }
}
