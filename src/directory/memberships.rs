//! The membership listing of a view, streamed: a million edges are written from ready-made elements.

use std::sync::Arc;

use super::listing::{GroupAt, UserAt};
use super::snapshot::{Ids, Slot, Snapshot};
use super::view::{View, ViewData};
use crate::model::xml::escape_attribute;
use crate::model::{GroupId, MemberKind};

/// The size at which a chunk is handed on, in bytes.
const CHUNK: usize = 64 * 1024;

/// The elements `<membership group="…">…</membership>` of a view, in chunks of about 64 KiB.
///
/// Direct members only, one element per visible group, in the spelling of the winning rows.
pub struct Memberships {
    view: View,
    groups: Arc<[GroupAt]>,
    next: usize,
    open: Option<Open>,
    /// The users' elements, by directory.
    elements: Vec<Elements>,
}

/// A group whose element has been begun.
struct Open {
    users: Users,
    groups: Vec<GroupAt>,
    written: usize,
}

/// The members of a group.
enum Users {
    /// Of the only directory: its own list, shared.
    Ids(Ids),
    /// Merged from several.
    Merged(Vec<UserAt>),
}

/// All `<user name="…"/>` of one directory in one piece: an edge is then one look-up and one short copy, where a walk
/// through the snapshot's rows would miss the processor's caches several times.
struct Elements {
    text: Vec<u8>,
    /// Where the element of each row id ends.
    ends: Vec<usize>,
}

impl View {
    /// Streams the membership listing. Prepares it first: call it off the async threads.
    pub fn memberships(&self) -> Memberships {
        let lower_case = self.application.lower_case;
        let elements = self.snapshots.iter().enumerate().map(|(directory, snapshot)| {
            let is_seen = |id| self.seen_user(directory, id);
            Elements::of(snapshot, lower_case, is_seen)
        });
        Memberships {
            elements: elements.collect(),
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
            if let Some(mut open) = self.open.take() {
                if self.write_users(&mut open, &mut chunk) {
                    end(&self.view, &open.groups, &mut chunk);
                } else {
                    self.open = Some(open);
                }
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

impl Memberships {
    /// Whether all of them have been written; otherwise the chunk is full.
    fn write_users(&self, open: &mut Open, chunk: &mut Vec<u8>) -> bool {
        let from = open.written;
        let mut write = |directory: usize, id: u32| {
            if let Some(elements) = self.elements.get(directory) {
                chunk.extend_from_slice(elements.of_user(id));
            }
            open.written += 1;
            chunk.len() >= CHUNK
        };
        match &open.users {
            Users::Ids(ids) => !ids[from..].iter().any(|id| write(0, *id)),
            Users::Merged(users) => !users[from..].iter().any(|at| write(at.directory, at.id.0)),
        }
    }
}

impl Elements {
    /// Users whom the application does not see have none: their edges write nothing.
    fn of(snapshot: &Snapshot, lower_case: bool, is_seen: impl Fn(u32) -> bool) -> Self {
        let mut elements = Self {
            text: Vec::with_capacity(snapshot.users.len() * 40),
            ends: Vec::with_capacity(snapshot.users.len()),
        };
        for (id, live) in (0u32..).zip(snapshot.users.iter().map(Slot::live)) {
            if let Some(live) = live.filter(|_| is_seen(id)) {
                write(
                    &mut elements.text,
                    "user",
                    &live.row.name,
                    &live.element,
                    lower_case,
                );
            }
            elements.ends.push(elements.text.len());
        }
        elements
    }

    /// Empty for whoever is not served.
    fn of_user(&self, id: u32) -> &[u8] {
        let id = id as usize;
        let start = id.checked_sub(1).map_or(Some(&0), |before| self.ends.get(before));
        match (start, self.ends.get(id)) {
            (Some(start), Some(end)) => &self.text[*start..*end],
            _ => &[],
        }
    }
}

fn write(out: &mut Vec<u8>, kind: &str, name: &str, element: &str, lower_case: bool) {
    if lower_case {
        let lower = name.to_lowercase();
        out.extend_from_slice(format!("<{kind} name=\"{}\"/>", escape_attribute(&lower)).as_bytes());
    } else {
        out.extend_from_slice(element.as_bytes());
    }
}

fn begin(view: &ViewData, at: GroupAt, chunk: &mut Vec<u8>) -> Option<Open> {
    let group = view.group_at(at)?;
    chunk.extend_from_slice(b"<membership group=\"");
    chunk.extend_from_slice(escape_attribute(&group.name()).as_bytes());
    chunk.extend_from_slice(b"\"><users>");
    let flattens = view.application.flatten_groups;
    let has_children = |snapshot: &Snapshot| !snapshot.all_members(at.id, MemberKind::Group).is_empty();
    let (users, groups) = if let [only] = view.snapshots.as_slice()
        && !(flattens && has_children(only))
    {
        let mut children = Vec::new();
        view.children_at((0, at.id.0), &mut children);
        // A group is never told to be in itself.
        children.retain(|(_, id)| *id != at.id.0 && view.seen_group(0, *id));
        let children = children.into_iter().map(|(directory, id)| GroupAt {
            directory,
            id: GroupId(id),
        });
        (Users::Ids(only.shown_users(at.id)), children.collect())
    } else {
        let users = view.users_of(&group, false);
        let names = view.told_children(group.folded());
        let children = names.iter().filter_map(|name| Some(view.group_folded(name)?.at));
        (
            Users::Merged(users.iter().map(|user| user.at).collect()),
            children.collect(),
        )
    };
    Some(Open {
        users,
        groups,
        written: 0,
    })
}

fn end(view: &ViewData, groups: &[GroupAt], chunk: &mut Vec<u8>) {
    chunk.extend_from_slice(b"</users><groups>");
    for at in groups {
        if let Some(live) = view.snapshots[at.directory].live_group(at.id) {
            write(
                chunk,
                "group",
                &live.row.name,
                &live.element,
                view.application.lower_case,
            );
        }
    }
    chunk.extend_from_slice(b"</groups></membership>");
}
