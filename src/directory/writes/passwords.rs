//! Passwords kept here: set, taken away, expired. Only hashes come this far.

use std::sync::Arc;

use super::audit::told;
use super::users::{credential, present};
use super::{Unwritten, Writes};
use crate::directory::rules::foreign;
use crate::directory::{Edit, Snapshot};
use crate::model::{Change, Credential, Detail, DetailKind, MemberKind, Owner};

impl Writes {
    /// Whether this user may have a password here, so that none is hashed in vain.
    ///
    /// # Errors
    /// `NoUser`, `Owned`.
    pub fn need_password_place(&self, name: &str) -> Result<(), Unwritten> {
        let user = self.user(name)?;
        let (_, takes) = &self.places[user.at().directory];
        if takes.passwords {
            return Ok(());
        }
        let what = format!("the password of user `{}`", user.row().name);
        Err(Unwritten::Owned(foreign(&what, Owner::Source)))
    }

    /// Gives a user a password; it is good at once.
    ///
    /// # Errors
    /// `NoUser`, `Owned`, `Directory`.
    pub async fn set_password(&self, name: &str, hash: Arc<str>) -> Result<(), Unwritten> {
        self.need_password_place(name)?;
        let (directory, id) = self.located(name)?;
        let record = self.audit(directory, "password set", name);
        let (name, now) = (name.to_owned(), directory.now());
        self.edit(directory, Unwritten::InvalidUser, move |snapshot| {
            present(snapshot, &id, &name)?;
            Ok(told(vec![credential(id, hash, now)], record))
        })
        .await
    }

    /// Takes a user's password away: nobody signs in by it any more.
    ///
    /// # Errors
    /// `NoUser`, `Owned`, `Directory`.
    pub async fn remove_password(&self, name: &str) -> Result<(), Unwritten> {
        self.need_password_place(name)?;
        let (directory, id) = self.located(name)?;
        let record = self.audit(directory, "password removed", name);
        let name = name.to_owned();
        self.edit(directory, Unwritten::InvalidUser, move |snapshot| {
            let row = present(snapshot, &id, &name)?;
            if snapshot.details().credential(row.id).is_none() {
                return Ok(Edit::default());
            }
            let change = Change::Detail {
                of: MemberKind::User,
                subject: id,
                kind: DetailKind::Credential,
                value: None,
            };
            Ok(told(vec![change], record))
        })
        .await
    }

    /// Makes every password kept in these directories one that must be changed first.
    ///
    /// # Errors
    /// `Directory`.
    pub async fn expire_passwords(&self) -> Result<(), Unwritten> {
        for (directory, takes) in &self.places {
            if !takes.passwords {
                continue;
            }
            let record = self.audit(directory, "passwords expired", directory.id().as_str());
            self.edit(directory, Unwritten::InvalidUser, move |snapshot| {
                let changes = expiries(snapshot);
                if changes.is_empty() {
                    return Ok(Edit::default());
                }
                Ok(told(changes, record))
            })
            .await?;
        }
        Ok(())
    }
}

fn expiries(snapshot: &Snapshot) -> Vec<Change> {
    let good = snapshot.users().filter_map(|row| {
        let credential = snapshot.details().credential(row.id)?;
        (!credential.expired).then_some((row, credential))
    });
    let expired = good.map(|(row, credential)| Change::Detail {
        of: MemberKind::User,
        subject: row.external_id.clone(),
        kind: DetailKind::Credential,
        value: Some(Detail::Credential(Arc::new(Credential {
            expired: true,
            ..credential.as_ref().clone()
        }))),
    });
    expired.collect()
}
