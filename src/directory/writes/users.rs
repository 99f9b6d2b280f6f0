//! Users made, changed, renamed, removed.

use std::sync::Arc;

use super::attributes::{fitting, kept_beside};
use super::audit::told;
use super::{NewUser, Unwritten, UserInput, Writes, fresh_id};
use crate::directory::rules::{as_wished_user, foreign};
use crate::directory::{Directory, Edit, Snapshot, UserRef};
use crate::model::change::UserWish;
use crate::model::name::fold;
use crate::model::user::UserRow;
use crate::model::{Change, Credential, Detail, DetailKind, ExternalId, MemberKind, Owner};

impl Writes {
    /// Makes a user.
    ///
    /// # Errors
    /// `NoPlace`, `InvalidUser` (also where the name is taken), `InvalidAttributes`, `Directory`.
    pub async fn create_user(&self, new: NewUser) -> Result<(), Unwritten> {
        let directory = self.first_for_users()?;
        fitting(&new.attributes)?;
        self.need_free(&new.name, None)?;
        let wish = first_wish(&new, fresh_id()?);
        let record = self.audit(directory, "user created", &new.name);
        let now = directory.now();
        self.edit(directory, Unwritten::InvalidUser, move |snapshot| {
            if let Some(holder) = snapshot.user_named(&fold(&new.name)) {
                return Err(taken(&holder.name));
            }
            let subject = wish.external_id.clone();
            let mut changes = vec![Change::PutUser(wish)];
            changes.extend(kept_beside(MemberKind::User, &subject, new.attributes));
            changes.extend(new.hash.map(|hash| credential(subject, hash, now)));
            Ok(told(changes, record))
        })
        .await
    }

    /// Changes a user's fields.
    ///
    /// # Errors
    /// `NoUser`, `Owned`, `InvalidUser`, `Directory`.
    pub async fn update_user(&self, name: &str, fields: UserInput) -> Result<(), Unwritten> {
        let (directory, id) = self.located(name)?;
        let record = self.audit(directory, "user changed", name);
        let name = name.to_owned();
        self.edit(directory, Unwritten::InvalidUser, move |snapshot| {
            let row = present(snapshot, &id, &name)?;
            let wish = changed(row, fields);
            if as_wished_user(row, &wish, &row.name) {
                return Ok(Edit::default());
            }
            need_local(row)?;
            Ok(told(vec![Change::PutUser(wish)], record))
        })
        .await
    }

    /// Gives a user another name; its key and memberships stay.
    ///
    /// # Errors
    /// `NoUser`, `Owned`, `InvalidUser` (also where the name is taken), `Directory`.
    pub async fn rename_user(&self, name: &str, new: &str) -> Result<(), Unwritten> {
        let (directory, id) = self.located(name)?;
        self.need_free(new, Some((directory, &id)))?;
        let record = self.audit(directory, "user renamed", name);
        let (name, new) = (name.to_owned(), new.to_owned());
        self.edit(directory, Unwritten::InvalidUser, move |snapshot| {
            let row = present(snapshot, &id, &name)?;
            need_local(row)?;
            let holder = snapshot.user_named(&fold(&new));
            if let Some(holder) = holder.filter(|holder| holder.id != row.id) {
                return Err(taken(&holder.name));
            }
            let mut wish = changed(row, UserInput::default());
            // Who was shown by its username is shown by the new one.
            if wish.display_name == wish.name {
                wish.display_name = new.as_str().into();
            }
            wish.name = new.as_str().into();
            Ok(told(vec![Change::PutUser(wish)], record))
        })
        .await
    }

    /// Removes a user with its memberships.
    ///
    /// # Errors
    /// `NoUser`, `Owned`, `Directory`.
    pub async fn remove_user(&self, name: &str) -> Result<(), Unwritten> {
        let (directory, id) = self.located(name)?;
        let record = self.audit(directory, "user removed", name);
        let name = name.to_owned();
        self.edit(directory, Unwritten::InvalidUser, move |snapshot| {
            need_local(present(snapshot, &id, &name)?)?;
            Ok(told(vec![Change::RemoveUser { user: id }], record))
        })
        .await
    }

    /// The user that is served by this name.
    pub(super) fn user(&self, name: &str) -> Result<UserRef<'_>, Unwritten> {
        self.view
            .user(name)
            .ok_or_else(|| Unwritten::NoUser(name.to_owned()))
    }

    /// The directory and the id of a served user.
    pub(super) fn located(&self, name: &str) -> Result<(&Arc<Directory>, ExternalId), Unwritten> {
        let user = self.user(name)?;
        let (directory, _) = &self.places[user.at().directory];
        Ok((directory, user.row().external_id.clone()))
    }

    /// No directory of the view has another user of this name: the one would hide the other.
    fn need_free(&self, name: &str, own: Option<(&Arc<Directory>, &ExternalId)>) -> Result<(), Unwritten> {
        let folded = fold(name);
        for snapshot in &self.view.snapshots {
            let holder = snapshot.user_named(&folded).filter(|row| {
                own.is_none_or(|(directory, id)| {
                    snapshot.directory() != directory.id() || row.external_id != *id
                })
            });
            if let Some(holder) = holder {
                return Err(taken(&holder.name));
            }
        }
        Ok(())
    }
}

fn taken(name: &str) -> Unwritten {
    Unwritten::InvalidUser(format!("user `{name}` exists already"))
}

/// The user as it is at the decision.
pub(super) fn present<'a>(
    snapshot: &'a Snapshot,
    id: &ExternalId,
    name: &str,
) -> Result<&'a Arc<UserRow>, Unwritten> {
    let row = snapshot.user_id(id).and_then(|id| snapshot.user(id));
    row.ok_or_else(|| Unwritten::NoUser(name.to_owned()))
}

fn need_local(row: &UserRow) -> Result<(), Unwritten> {
    if row.owner == Owner::Local {
        return Ok(());
    }
    Err(Unwritten::Owned(foreign(
        &format!("user `{}`", row.name),
        row.owner,
    )))
}

pub(super) fn credential(user: ExternalId, hash: Arc<str>, now: i64) -> Change {
    Change::Detail {
        of: MemberKind::User,
        subject: user,
        kind: DetailKind::Credential,
        value: Some(Detail::Credential(Arc::new(Credential {
            hash,
            changed_at: now,
            expired: false,
        }))),
    }
}

fn first_wish(new: &NewUser, external_id: ExternalId) -> UserWish {
    let text = |field: &Option<String>| Arc::from(field.as_deref().unwrap_or_default());
    let fields = &new.fields;
    let (first_name, last_name): (Arc<str>, Arc<str>) = (text(&fields.first_name), text(&fields.last_name));
    let shown = fields.display_name.clone().unwrap_or_default();
    let display_name = if shown.trim().is_empty() {
        format!("{first_name} {last_name}").trim().into()
    } else {
        shown.into()
    };
    UserWish {
        external_id,
        owner: Owner::Local,
        name: new.name.as_str().into(),
        first_name,
        last_name,
        display_name,
        email: text(&fields.email),
        active: fields.active.unwrap_or(true),
        created_at: None,
    }
}

/// The row as a wish, with what is given in place of what it has.
fn changed(row: &UserRow, fields: UserInput) -> UserWish {
    let or = |given: Option<String>, present: &Arc<str>| given.map_or_else(|| Arc::clone(present), Arc::from);
    UserWish {
        external_id: row.external_id.clone(),
        owner: row.owner,
        name: Arc::clone(&row.name),
        first_name: or(fields.first_name, &row.first_name),
        last_name: or(fields.last_name, &row.last_name),
        display_name: or(fields.display_name, &row.display_name),
        email: or(fields.email, &row.email),
        active: fields.active.unwrap_or(row.source_active),
        created_at: Some(row.created_at),
    }
}
