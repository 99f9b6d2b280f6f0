//! Holding: users held and released by operators, by time, by their return.
//!
//! What a hold means is the rules' matter; whom to hold because of a policy is the cleanup's.

use std::sync::Arc;

use super::edit::{Edit, EditError};
use super::snapshot::Snapshot;
use super::writer::{Directory, DirectoryError};
use crate::model::commit::AuditRecord;
use crate::model::name::fold;
use crate::model::plan::Refused;
use crate::model::{Change, DirectoryId, ExternalId, HiddenGroups, Hold};

/// How many holds that are over end in one commit.
const AT_ONCE: usize = 1_000;

/// Why nobody was held or released.
#[derive(Debug, thiserror::Error)]
pub enum HoldError {
    /// The directory knows nobody of this name or id.
    #[error(
        "directory `{directory}` has no user `{user}`; hint: name it by its username, or by its source's id if it was removed"
    )]
    NoUser {
        /// Where.
        directory: DirectoryId,
        /// Whom.
        user: String,
    },
    /// A group to hide does not exist.
    #[error(
        "directory `{directory}` has no group `{group}`; hint: see `GET /api/v1/directories/{directory}/groups`"
    )]
    NoGroup {
        /// Where.
        directory: DirectoryId,
        /// Which.
        group: String,
    },
    /// Nothing to release.
    #[error("user `{0}` is not held; hint: see `throng hold list`")]
    NotHeld(String),
    /// The configuration keeps it from being held.
    #[error("user `{0}` is protected, so nobody holds it; hint: see `protect.users`")]
    Protected(String),
    /// The rules left it out.
    #[error("{}: {}", .0.what, .0.reason)]
    Refused(Refused),
    /// The directory could not.
    #[error("{0}")]
    Directory(#[from] DirectoryError),
}

impl HoldError {
    /// The catalogue's code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoUser { .. } => "HOLD_UNKNOWN_USER",
            Self::NoGroup { .. } => "HOLD_UNKNOWN_GROUP",
            Self::NotHeld(_) => "HOLD_NOT_HELD",
            Self::Protected(_) => "HOLD_PROTECTED",
            Self::Refused(_) => "HOLD_REFUSED",
            Self::Directory(error) => error.code(),
        }
    }
}

impl From<EditError<Self>> for HoldError {
    fn from(error: EditError<Self>) -> Self {
        match error {
            EditError::Declined(error) => error,
            EditError::Directory(error) => Self::Directory(error),
            EditError::Rules(refused) => Self::Refused(refused.into_iter().next().unwrap_or(Refused {
                what: "a hold".to_owned(),
                reason: "the rules left it out".to_owned(),
            })),
        }
    }
}

impl Directory {
    /// Holds a user, named by its username or its source's id; the groups to hide may be named either way as well.
    ///
    /// # Errors
    /// See [`HoldError`]: nothing is held then.
    pub async fn hold_user(&self, user: &str, hold: Hold) -> Result<ExternalId, HoldError> {
        let (user, at) = (user.to_owned(), self.now());
        let decide = move |snapshot: &Snapshot| {
            let (id, name) = find(snapshot, &user)?;
            if snapshot.protects(&name) {
                return Err(HoldError::Protected(name));
            }
            let hold = Hold {
                groups: resolved(snapshot, &hold.groups)?,
                ..hold
            };
            let audit = vec![record(at, &hold.actor, "user held", &name, &hold.reason)];
            let change = Change::Hold {
                user: id.clone(),
                hold: Arc::new(hold),
            };
            let edit = Edit {
                changes: vec![change],
                audit,
                ..Edit::default()
            };
            Ok((edit, id))
        };
        Ok(self.edit(decide).await?.1)
    }

    /// Releases a user, named by its username or its source's id.
    ///
    /// # Errors
    /// See [`HoldError`].
    pub async fn release_user(&self, user: &str, actor: &str, reason: &str) -> Result<(), HoldError> {
        let (user, at) = (user.to_owned(), self.now());
        let (actor, reason) = (actor.to_owned(), reason.to_owned());
        let decide = move |snapshot: &Snapshot| {
            let (id, name) = find(snapshot, &user)?;
            if held(snapshot, &id).is_none() {
                return Err(HoldError::NotHeld(name));
            }
            Ok((
                release(id, record(at, &actor, "user released", &name, &reason)),
                (),
            ))
        };
        self.edit(decide).await?;
        Ok(())
    }

    /// Releases a user whose hold a return ends, if its source lets it in. Answers whether it did.
    ///
    /// # Errors
    /// What the directory says.
    pub async fn release_on_return(&self, user: &ExternalId, reason: &str) -> Result<bool, HoldError> {
        let (id, reason, at) = (user.clone(), reason.to_owned(), self.now());
        let decide = move |snapshot: &Snapshot| {
            let row = snapshot.user_id(&id).and_then(|id| snapshot.user(id));
            let hold = held(snapshot, &id).filter(|hold| hold.release_on_return);
            let (Some(row), Some(_)) = (row.filter(|row| row.active()), hold) else {
                return Ok::<_, HoldError>((Edit::default(), false));
            };
            let record = record(at, "return", "user released", &row.name, &reason);
            Ok((release(id.clone(), record), true))
        };
        Ok(self.edit(decide).await?.1)
    }

    /// Releases everybody whose hold is over. Answers how many.
    ///
    /// # Errors
    /// What the directory says; those before are released.
    pub async fn release_over(&self) -> Result<usize, HoldError> {
        let now = self.now();
        let mut released = 0;
        loop {
            if !self
                .snapshot()
                .details()
                .held(None)
                .any(|(_, hold)| hold.is_over(now))
            {
                return Ok(released);
            }
            let decide = move |snapshot: &Snapshot| {
                let edit = over(snapshot, now);
                let count = edit.changes.len();
                Ok::<_, HoldError>((edit, count))
            };
            released += self.edit(decide).await?.1;
        }
    }
}

fn over(snapshot: &Snapshot, now: i64) -> Edit {
    let mut edit = Edit::default();
    let over = snapshot
        .details()
        .held(None)
        .filter(|(_, hold)| hold.is_over(now));
    for (id, _) in over.take(AT_ONCE) {
        let Some(user) = snapshot.user_external(id).cloned() else {
            continue;
        };
        let name = name_of(snapshot, &user);
        edit.audit
            .push(record(now, "expiry", "user released", &name, "its hold is over"));
        edit.changes.push(Change::Release { user });
    }
    edit
}

fn release(user: ExternalId, record: AuditRecord) -> Edit {
    Edit {
        changes: vec![Change::Release { user }],
        audit: vec![record],
        ..Edit::default()
    }
}

/// The id and the name of whom a name or an id means.
fn find(snapshot: &Snapshot, user: &str) -> Result<(ExternalId, String), HoldError> {
    if let Some(row) = snapshot.user_named(&fold(user)) {
        return Ok((row.external_id.clone(), row.name.to_string()));
    }
    let id = ExternalId::from(user);
    if snapshot.user_id(&id).is_none() {
        return Err(HoldError::NoUser {
            directory: snapshot.directory().clone(),
            user: user.to_owned(),
        });
    }
    let name = name_of(snapshot, &id);
    Ok((id, name))
}

/// A user's name, or its id where it was removed.
fn name_of(snapshot: &Snapshot, user: &ExternalId) -> String {
    let row = snapshot.user_id(user).and_then(|id| snapshot.user(id));
    row.map_or_else(|| user.to_string(), |row| row.name.to_string())
}

fn held<'a>(snapshot: &'a Snapshot, user: &ExternalId) -> Option<&'a Hold> {
    let hold = snapshot.details().hold(snapshot.user_id(user)?)?;
    Some(hold.as_ref())
}

/// Groups by their ids, whether named by name or by id.
fn resolved(snapshot: &Snapshot, groups: &HiddenGroups) -> Result<HiddenGroups, HoldError> {
    let HiddenGroups::These(named) = groups else {
        return Ok(HiddenGroups::All);
    };
    let of = |group: &ExternalId| {
        let row = snapshot.group_named(&fold(group.as_str()));
        let known = row.map(|row| row.external_id.clone());
        let known = known.or_else(|| snapshot.group_id(group).map(|_| group.clone()));
        known.ok_or_else(|| HoldError::NoGroup {
            directory: snapshot.directory().clone(),
            group: group.to_string(),
        })
    };
    let ids: Result<Vec<ExternalId>, _> = named.iter().map(of).collect();
    Ok(HiddenGroups::These(ids?.into()))
}

fn record(at: i64, actor: &str, action: &str, subject: &str, reason: &str) -> AuditRecord {
    AuditRecord {
        at,
        actor: actor.to_owned(),
        action: action.to_owned(),
        subject: subject.to_owned(),
        reason: reason.to_owned(),
        run: None,
    }
}
