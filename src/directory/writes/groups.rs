//! Groups made, changed, removed.

use std::sync::Arc;

use super::attributes::{fitting, kept_beside};
use super::audit::told;
use super::{GroupInput, Unwritten, Writes, fresh_id};
use crate::directory::rules::foreign;
use crate::directory::{Directory, Edit, GroupRef, Snapshot};
use crate::model::change::GroupWish;
use crate::model::group::GroupRow;
use crate::model::name::{clean, fold};
use crate::model::{Change, ExternalId, MemberKind, Owner};

impl Writes {
    /// Makes a group.
    ///
    /// # Errors
    /// `NoPlace`, `InvalidGroup` (also where the name is taken), `InvalidAttributes`, `Directory`.
    pub async fn create_group(&self, name: &str, input: GroupInput) -> Result<(), Unwritten> {
        let directory = self.first_for_groups()?;
        fitting(&input.attributes)?;
        let folded = fold(name);
        let mut others = self.view.snapshots.iter();
        if let Some(holder) = others.find_map(|snapshot| snapshot.group_named(&folded)) {
            return Err(taken(&holder.name));
        }
        let wish = wish(
            fresh_id()?,
            name,
            input.description.as_deref().unwrap_or_default(),
        );
        let record = self.audit(directory, "group created", name);
        self.edit(directory, Unwritten::InvalidGroup, move |snapshot| {
            if let Some(holder) = snapshot.group_named(&folded) {
                return Err(taken(&holder.name));
            }
            let beside = kept_beside(MemberKind::Group, &wish.external_id, input.attributes);
            let mut changes = vec![Change::PutGroup(wish)];
            changes.extend(beside);
            Ok(told(changes, record))
        })
        .await
    }

    /// Changes a group's description, wherever it is kept.
    ///
    /// # Errors
    /// `NoGroup`, `Owned`, `InvalidGroup`, `Directory`.
    pub async fn update_group(&self, name: &str, input: GroupInput) -> Result<(), Unwritten> {
        let group = self.group(name)?;
        let Some(description) = input.description else {
            return Ok(());
        };
        if *clean(&description) == *group.row().description {
            return Ok(());
        }
        need_local(group.row())?;
        for (directory, id) in self.rows_of(&group) {
            let record = self.audit(directory, "group changed", name);
            let (name, description) = (name.to_owned(), description.clone());
            self.edit(directory, Unwritten::InvalidGroup, move |snapshot| {
                let row = present(snapshot, &id, &name)?;
                need_local(row)?;
                if *clean(&description) == *row.description {
                    return Ok(Edit::default());
                }
                let wish = wish(id, &row.name, &description);
                Ok(told(vec![Change::PutGroup(wish)], record))
            })
            .await?;
        }
        Ok(())
    }

    /// Removes a group with its memberships, wherever it is kept.
    ///
    /// # Errors
    /// `NoGroup`, `Owned`, `Directory`.
    pub async fn remove_group(&self, name: &str) -> Result<(), Unwritten> {
        let group = self.group(name)?;
        need_local(group.row())?;
        for (directory, id) in self.rows_of(&group) {
            let record = self.audit(directory, "group removed", name);
            let name = name.to_owned();
            self.edit(directory, Unwritten::InvalidGroup, move |snapshot| {
                need_local(present(snapshot, &id, &name)?)?;
                Ok(told(vec![Change::RemoveGroup { group: id }], record))
            })
            .await?;
        }
        Ok(())
    }

    /// The group that is served by this name.
    pub(super) fn group(&self, name: &str) -> Result<GroupRef<'_>, Unwritten> {
        self.view
            .group(name)
            .ok_or_else(|| Unwritten::NoGroup(name.to_owned()))
    }

    /// Where a group is kept: the row that is served, with the local ones of its name in the other directories. The
    /// served one is the last: should another fail, a repeated request finds the group still.
    pub(super) fn rows_of(&self, group: &GroupRef<'_>) -> Vec<(&Arc<Directory>, ExternalId)> {
        let served = group.at().directory;
        let mut rows: Vec<_> = self
            .view
            .snapshots
            .iter()
            .zip(&self.places)
            .enumerate()
            .filter_map(|(at, (snapshot, (directory, _)))| {
                let row = snapshot.group_named(group.folded())?;
                let meant = at == served || row.owner == Owner::Local;
                meant.then(|| (at, directory, row.external_id.clone()))
            })
            .collect();
        rows.sort_by_key(|(at, ..)| *at == served);
        rows.into_iter()
            .map(|(_, directory, id)| (directory, id))
            .collect()
    }
}

fn taken(name: &str) -> Unwritten {
    Unwritten::InvalidGroup(format!("group `{name}` exists already"))
}

/// The group as it is at the decision.
pub(super) fn present<'a>(
    snapshot: &'a Snapshot,
    id: &ExternalId,
    name: &str,
) -> Result<&'a Arc<GroupRow>, Unwritten> {
    let row = snapshot.group_id(id).and_then(|id| snapshot.group(id));
    row.ok_or_else(|| Unwritten::NoGroup(name.to_owned()))
}

fn need_local(row: &GroupRow) -> Result<(), Unwritten> {
    if row.owner == Owner::Local {
        return Ok(());
    }
    Err(Unwritten::Owned(foreign(
        &format!("group `{}`", row.name),
        row.owner,
    )))
}

pub(super) fn wish(external_id: ExternalId, name: &str, description: &str) -> GroupWish {
    GroupWish {
        external_id,
        owner: Owner::Local,
        name: name.into(),
        nickname: "".into(),
        description: description.into(),
        created_at: None,
    }
}
