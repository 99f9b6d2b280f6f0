//! Whole listings of a view: merged once per snapshot set, streamed in chunks.

use std::collections::HashSet;
use std::sync::Arc;

use super::snapshot::Snapshot;
use super::view::{View, ViewData};
use crate::model::xml::escape_attribute;
use crate::model::{GroupId, MemberKind, UserId};

/// The size at which a chunk of the membership listing is handed on, in bytes.
const CHUNK: usize = 64 * 1024;

/// Where a user of a view is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserAt {
    pub(super) directory: usize,
    pub(super) id: UserId,
}

/// Where a group of a view is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupAt {
    pub(super) directory: usize,
    pub(super) id: GroupId,
}

impl ViewData {
    /// Every visible user, sorted by name; of namesakes the one in the first directory.
    pub fn users(&self) -> Arc<[UserAt]> {
        Arc::clone(self.users.get_or_init(|| {
            let at = |directory, id: &u32| UserAt {
                directory,
                id: UserId(*id),
            };
            merge(&self.snapshots, |snapshot| snapshot.user_names.iter(), at)
        }))
    }

    /// Every visible group, sorted by name; of namesakes the one in the first directory.
    pub fn groups(&self) -> Arc<[GroupAt]> {
        Arc::clone(self.groups.get_or_init(|| {
            let at = |directory, id: &u32| GroupAt {
                directory,
                id: GroupId(*id),
            };
            merge(&self.snapshots, |snapshot| snapshot.group_names.iter(), at)
        }))
    }
}

fn merge<'a, I, T>(
    snapshots: &'a [Arc<Snapshot>],
    names: impl Fn(&'a Snapshot) -> I,
    at: impl Fn(usize, &u32) -> T,
) -> Arc<[T]>
where
    I: Iterator<Item = (&'a Arc<str>, &'a u32)>,
{
    if let [only] = snapshots {
        return names(only).map(|(_, id)| at(0, id)).collect();
    }
    let mut seen = HashSet::new();
    let mut all = Vec::new();
    for (directory, snapshot) in snapshots.iter().enumerate() {
        for (name, id) in names(snapshot) {
            if seen.insert(name) {
                all.push((name, at(directory, id)));
            }
        }
    }
    all.sort_by_key(|(name, _)| *name);
    all.into_iter().map(|(_, at)| at).collect()
}

/// The elements `<membership group="…">…</membership>` of a view, in chunks of about 64 KiB.
///
/// Direct members only, one element per visible group, in the spelling of the winning rows.
pub struct Memberships {
    view: View,
    groups: Arc<[GroupAt]>,
    next: usize,
    open: Option<Open>,
}

/// A group whose element has been begun.
struct Open {
    users: Vec<UserAt>,
    groups: Vec<GroupAt>,
    written: usize,
}

impl View {
    /// Streams the membership listing.
    pub fn memberships(&self) -> Memberships {
        Memberships {
            view: self.clone(),
            groups: self.groups(),
            next: 0,
            open: None,
        }
    }
}

impl Iterator for Memberships {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        let mut chunk = Vec::with_capacity(CHUNK + 1024);
        while chunk.len() < CHUNK {
            if let Some(open) = self.open.take() {
                self.open = write_members(&self.view, open, &mut chunk);
            } else if let Some(at) = self.groups.get(self.next) {
                self.next += 1;
                self.open = begin(&self.view, *at, &mut chunk);
            } else {
                break;
            }
        }
        if chunk.is_empty() { None } else { Some(chunk) }
    }
}

fn begin(view: &ViewData, at: GroupAt, chunk: &mut Vec<u8>) -> Option<Open> {
    let group = view.group_at(at)?;
    chunk.extend_from_slice(b"<membership group=\"");
    chunk.extend_from_slice(escape_attribute(&group.name()).as_bytes());
    chunk.extend_from_slice(b"\"><users>");
    let (users, groups) = match view.snapshots.as_slice() {
        [only] => {
            let users = only.all_members(at.id, MemberKind::User);
            let groups = only.all_members(at.id, MemberKind::Group);
            (
                users
                    .iter()
                    .map(|id| UserAt {
                        directory: 0,
                        id: UserId(*id),
                    })
                    .collect(),
                groups
                    .iter()
                    .filter(|id| **id != at.id.0)
                    .map(|id| GroupAt {
                        directory: 0,
                        id: GroupId(*id),
                    })
                    .collect(),
            )
        }
        _ => (
            view.users_of(&group, false).iter().map(|user| user.at).collect(),
            view.direct_children(&group),
        ),
    };
    Some(Open {
        users,
        groups,
        written: 0,
    })
}

fn write_members(view: &ViewData, mut open: Open, chunk: &mut Vec<u8>) -> Option<Open> {
    while let Some(at) = open.users.get(open.written) {
        if chunk.len() >= CHUNK {
            return Some(open);
        }
        open.written += 1;
        let Some(live) = view.snapshots[at.directory].live_user(at.id) else {
            continue;
        };
        if view.application.lower_case {
            let lower = live.row.name.to_lowercase();
            chunk.extend_from_slice(format!("<user name=\"{}\"/>", escape_attribute(&lower)).as_bytes());
        } else {
            chunk.extend_from_slice(live.element.as_bytes());
        }
    }
    chunk.extend_from_slice(b"</users><groups>");
    for at in &open.groups {
        let Some(live) = view.snapshots[at.directory].live_group(at.id) else {
            continue;
        };
        if view.application.lower_case {
            let lower = live.row.name.to_lowercase();
            chunk.extend_from_slice(format!("<group name=\"{}\"/>", escape_attribute(&lower)).as_bytes());
        } else {
            chunk.extend_from_slice(live.element.as_bytes());
        }
    }
    chunk.extend_from_slice(b"</groups></membership>");
    None
}

impl ViewData {
    fn direct_children(&self, group: &super::refs::GroupRef<'_>) -> Vec<GroupAt> {
        let mut names = std::collections::BTreeSet::new();
        self.child_names(group.folded(), &mut names);
        names
            .iter()
            .filter_map(|name| Some(self.group_folded(name)?.at))
            .collect()
    }
}
