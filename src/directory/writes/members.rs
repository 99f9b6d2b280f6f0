//! Memberships of users and of groups, added to and taken from groups that are kept here.

use std::sync::Arc;

use super::attributes::{kept_beside, written};
use super::audit::told;
use super::groups::wish;
use super::{Unwritten, Writes};
use crate::directory::rules::foreign;
use crate::directory::{Directory, GroupRef, Snapshot};
use crate::model::{Attributes, Change, ExternalId, GroupId, MemberKind, Owner};

/// What the writer needs to make a group where a member of it is, should it not be there.
#[derive(Clone)]
pub(super) struct Container {
    id: ExternalId,
    pub(super) name: String,
    folded: Arc<str>,
    description: Arc<str>,
    attributes: Attributes,
    owner: Owner,
}

/// Who or what is to be in a group: its kind and id, with the name for messages.
#[derive(Clone)]
pub(super) struct Member {
    pub(super) kind: MemberKind,
    pub(super) id: ExternalId,
    pub(super) name: String,
}

impl Writes {
    /// Puts a user into a group.
    ///
    /// # Errors
    /// `NoUser`, `NoGroup`, `MembershipExists`, `Owned` (a source's group), `Directory`.
    pub async fn add_user(&self, user: &str, group: &str) -> Result<(), Unwritten> {
        let (member, container) = (self.user(user)?, self.group(group)?);
        if self.view.is_member(&member, &container, false) {
            return Err(exists(user, group));
        }
        let (directory, id) = self.located(user)?;
        let member = Member {
            kind: MemberKind::User,
            id,
            name: user.to_owned(),
        };
        self.add(directory, member, Container::of(&container)).await
    }

    /// Takes a user out of a group.
    ///
    /// # Errors
    /// `NoUser`, `NoGroup`, `NoMembership`, `Owned` (a source's membership), `Directory`.
    pub async fn remove_user_from(&self, user: &str, group: &str) -> Result<(), Unwritten> {
        let (member, container) = (self.user(user)?, self.group(group)?);
        let found = self.edges(MemberKind::User, member.folded(), container.folded());
        self.remove(found, user, group).await
    }

    /// Decides on an edge at the member's own directory, where the group is made if it is not there.
    pub(super) async fn add(
        &self,
        directory: &Directory,
        member: Member,
        container: Container,
    ) -> Result<(), Unwritten> {
        let action = "member added";
        let record = self.audit(
            directory,
            action,
            &format!("{} to {}", member.name, container.name),
        );
        self.edit(directory, Unwritten::InvalidMembership, move |snapshot| {
            let member_id = live(snapshot, &member)?;
            let mut changes = Vec::new();
            let there = snapshot.group_named(&container.folded);
            let group = if let Some(row) = there {
                need_local(&row.name, row.owner)?;
                let has = |owner| holds(snapshot, row.id, member.kind, owner, member_id);
                if OWNERS.into_iter().any(has) {
                    return Err(exists(&member.name, &container.name));
                }
                row.external_id.clone()
            } else {
                need_local(&container.name, container.owner)?;
                changes.push(Change::PutGroup(wish(
                    container.id.clone(),
                    &container.name,
                    &container.description,
                )));
                changes.extend(kept_beside(
                    MemberKind::Group,
                    &container.id,
                    container.attributes,
                ));
                container.id
            };
            changes.push(edge(group, &member, true));
            Ok(told(changes, record))
        })
        .await
    }

    /// Where the member of a name has an edge with the group of a name, with the owners of the edges.
    pub(super) fn edges(&self, kind: MemberKind, member: &str, group: &str) -> Vec<Edge<'_>> {
        let mut found = Vec::new();
        for (snapshot, (directory, _)) in self.view.snapshots.iter().zip(&self.places) {
            let of = match kind {
                MemberKind::User => snapshot
                    .user_named(member)
                    .map(|row| (row.id.0, &row.external_id)),
                MemberKind::Group => snapshot
                    .group_named(member)
                    .map(|row| (row.id.0, &row.external_id)),
            };
            let (Some((id, external)), Some(group)) = (of, snapshot.group_named(group)) else {
                continue;
            };
            let owners: Vec<_> = OWNERS
                .into_iter()
                .filter(|owner| holds(snapshot, group.id, kind, *owner, id))
                .collect();
            if !owners.is_empty() {
                found.push(Edge {
                    directory,
                    kind,
                    member: external.clone(),
                    group: group.external_id.clone(),
                    owners,
                });
            }
        }
        found
    }

    pub(super) async fn remove(
        &self,
        found: Vec<Edge<'_>>,
        member: &str,
        group: &str,
    ) -> Result<(), Unwritten> {
        if found.is_empty() {
            return Err(absent(member, group));
        }
        let others = found.iter().flat_map(|edge| &edge.owners);
        if let Some(owner) = others.into_iter().find(|owner| **owner != Owner::Local) {
            let what = format!("the membership of `{member}` in group `{group}`");
            return Err(Unwritten::Owned(foreign(&what, *owner)));
        }
        for Edge {
            directory,
            kind,
            member: id,
            group: row_of,
            ..
        } in found
        {
            let record = self.audit(directory, "member removed", &format!("{member} from {group}"));
            let group_name = group.to_owned();
            let group = row_of;
            let member = Member {
                kind,
                id,
                name: member.to_owned(),
            };
            self.edit(directory, Unwritten::InvalidMembership, move |snapshot| {
                let row = snapshot.group_id(&group).and_then(|id| snapshot.group(id));
                let row = row.ok_or_else(|| Unwritten::NoGroup(group_name.clone()))?;
                let id = live(snapshot, &member)?;
                if !holds(snapshot, row.id, kind, Owner::Local, id) {
                    return Err(absent(&member.name, &group_name));
                }
                Ok(told(vec![edge(group, &member, false)], record))
            })
            .await?;
        }
        Ok(())
    }
}

/// A membership in one directory.
pub(super) struct Edge<'a> {
    directory: &'a Arc<Directory>,
    kind: MemberKind,
    member: ExternalId,
    group: ExternalId,
    owners: Vec<Owner>,
}

impl Container {
    pub(super) fn of(group: &GroupRef<'_>) -> Self {
        let row = group.row();
        Self {
            id: row.external_id.clone(),
            name: row.name.to_string(),
            folded: Arc::clone(group.folded()),
            description: Arc::clone(&row.description),
            attributes: written(group.snapshot(), MemberKind::Group, row.id.0),
            owner: row.owner,
        }
    }
}

const OWNERS: [Owner; 3] = [Owner::Source, Owner::Local, Owner::Rule];

fn holds(snapshot: &Snapshot, group: GroupId, kind: MemberKind, owner: Owner, member: u32) -> bool {
    snapshot
        .members(group, kind, owner)
        .binary_search(&member)
        .is_ok()
}

/// The row id of the member at the decision.
fn live(snapshot: &Snapshot, member: &Member) -> Result<u32, Unwritten> {
    let gone = match member.kind {
        MemberKind::User => Unwritten::NoUser(member.name.clone()),
        MemberKind::Group => Unwritten::NoGroup(member.name.clone()),
    };
    let id = match member.kind {
        MemberKind::User => snapshot
            .user_id(&member.id)
            .and_then(|id| snapshot.user(id))
            .map(|row| row.id.0),
        MemberKind::Group => snapshot
            .group_id(&member.id)
            .and_then(|id| snapshot.group(id))
            .map(|row| row.id.0),
    };
    id.ok_or(gone)
}

fn need_local(name: &str, owner: Owner) -> Result<(), Unwritten> {
    if owner == Owner::Local {
        return Ok(());
    }
    let what = format!("the members of group `{name}`");
    Err(Unwritten::Owned(foreign(&what, owner)))
}

fn edge(group: ExternalId, member: &Member, added: bool) -> Change {
    let one = |kind, adds: bool| {
        let meant = member.kind == kind && adds == added;
        meant.then(|| member.id.clone()).into_iter().collect()
    };
    Change::Members {
        group,
        owner: Owner::Local,
        add_users: one(MemberKind::User, true),
        remove_users: one(MemberKind::User, false),
        add_groups: one(MemberKind::Group, true),
        remove_groups: one(MemberKind::Group, false),
    }
}

pub(super) fn exists(member: &str, group: &str) -> Unwritten {
    Unwritten::MembershipExists {
        member: member.to_owned(),
        group: group.to_owned(),
    }
}

fn absent(member: &str, group: &str) -> Unwritten {
    Unwritten::NoMembership {
        member: member.to_owned(),
        group: group.to_owned(),
    }
}
