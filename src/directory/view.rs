//! A view: what one application sees of its directories, merged by name.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use super::listing::{GroupAt, UserAt};
use super::refs::{GroupRef, UserRef};
use super::seen::Seen;
use super::snapshot::Snapshot;
use crate::model::name::fold;
use crate::model::{Application, DirectoryId, Epoch, GroupId};

/// A view at one set of snapshots. Cheap to clone.
#[derive(Clone)]
pub struct View(pub(super) Arc<ViewData>);

impl Deref for View {
    type Target = ViewData;

    fn deref(&self) -> &ViewData {
        &self.0
    }
}

/// What a view is made of.
pub struct ViewData {
    pub(super) application: Arc<Application>,
    pub(super) snapshots: Vec<Arc<Snapshot>>,
    pub(super) epoch: Epoch,
    pub(super) hash: u64,
    pub(super) users: OnceLock<Arc<[UserAt]>>,
    pub(super) groups: OnceLock<Arc<[GroupAt]>>,
    pub(super) seen: OnceLock<Seen>,
}

impl ViewData {
    pub(super) fn new(
        application: Arc<Application>,
        snapshots: Vec<Arc<Snapshot>>,
        epoch: Epoch,
        hash: u64,
    ) -> Self {
        Self {
            application,
            snapshots,
            epoch,
            hash,
            users: OnceLock::new(),
            groups: OnceLock::new(),
            seen: OnceLock::new(),
        }
    }

    /// The pictures that it is made of, in the order of precedence.
    pub fn snapshots(&self) -> &[Arc<Snapshot>] {
        &self.snapshots
    }

    /// Whose view it is.
    pub fn application(&self) -> &Application {
        &self.application
    }

    /// Whether every pulled directory has had one complete read; otherwise those that have not.
    ///
    /// # Errors
    /// The directories that have not.
    pub fn ready(&self) -> Result<(), Vec<DirectoryId>> {
        let unread = |snapshot: &&Arc<Snapshot>| snapshot.cursor().is_none();
        let waiting: Vec<_> = self
            .snapshots
            .iter()
            .filter(unread)
            .map(|snapshot| snapshot.directory().clone())
            .collect();
        if waiting.is_empty() { Ok(()) } else { Err(waiting) }
    }

    /// The user of a name, without case: of the first directory that has it, if the application sees that name.
    pub fn user(&self, name: &str) -> Option<UserRef<'_>> {
        self.user_folded(&fold(name))
    }

    /// Whether a directory has a user of this name whom the application does not see. For refusals only.
    pub fn is_outside(&self, name: &str) -> bool {
        self.first_user(&fold(name))
            .is_some_and(|user| !self.admits(&user))
    }

    pub(super) fn user_folded(&self, folded: &str) -> Option<UserRef<'_>> {
        self.first_user(folded).filter(|user| self.admits(user))
    }

    /// The user who has won the name, visible or not.
    fn first_user(&self, folded: &str) -> Option<UserRef<'_>> {
        (0..self.snapshots.len()).find_map(|directory| {
            let id = self.snapshots[directory].shown_user(folded)?;
            self.user_at(UserAt { directory, id })
        })
    }

    /// The user of a Crowd key, if it is visible (not hidden by a namesake in an earlier directory, nor by `access`).
    pub fn user_by_key(&self, key: &str) -> Option<UserRef<'_>> {
        let (at, external) = self.snapshots.iter().enumerate().find_map(|(at, snapshot)| {
            let rest = key
                .strip_prefix(snapshot.directory().as_str())?
                .strip_prefix(':')?;
            Some((at, rest))
        })?;
        let id = self.snapshots[at].user_id(&external.into())?;
        let found = self.user_at(UserAt { directory: at, id })?;
        self.user_folded(found.folded())
            .filter(|visible| visible.at == found.at)
    }

    /// The group of a name, without case: of the first directory that has it, if the application sees that name.
    pub fn group(&self, name: &str) -> Option<GroupRef<'_>> {
        self.group_folded(&fold(name))
    }

    pub(super) fn group_folded(&self, folded: &str) -> Option<GroupRef<'_>> {
        self.first_group(folded).filter(|group| self.shows(group))
    }

    /// The group that has won the name, visible or not.
    pub(super) fn first_group(&self, folded: &str) -> Option<GroupRef<'_>> {
        (0..self.snapshots.len()).find_map(|directory| {
            let id = *self.snapshots[directory].group_names.get(folded)?;
            self.group_at(GroupAt {
                directory,
                id: GroupId(id),
            })
        })
    }

    /// The user at a place of a listing of this view.
    pub fn user_at(&self, at: UserAt) -> Option<UserRef<'_>> {
        let snapshot = self.snapshots.get(at.directory)?;
        let live = snapshot.live_user(at.id)?;
        Some(UserRef {
            lower_case: self.application.lower_case,
            snapshot,
            at,
            live,
        })
    }

    /// The group at a place of a listing of this view.
    pub fn group_at(&self, at: GroupAt) -> Option<GroupRef<'_>> {
        let snapshot = self.snapshots.get(at.directory)?;
        let live = snapshot.live_group(at.id)?;
        Some(GroupRef {
            lower_case: self.application.lower_case,
            snapshot,
            at,
            live,
        })
    }
}
