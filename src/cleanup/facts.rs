//! Facts: what is known of one user when a policy judges it.

use std::sync::Arc;

use super::lanes::Lane;
use super::warning::Warned;
use crate::model::{ExternalId, Hold};

/// What is known of one user.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// The place of its directory among those of the run.
    pub directory: usize,
    /// Its id at the source.
    pub user: &'a ExternalId,
    /// Its username.
    pub name: &'a Arc<str>,
    /// Its name as compared.
    pub folded: &'a str,
    /// Its e-mail address, or empty.
    pub email: &'a str,
    /// Whether the source has it enabled.
    pub source_active: bool,
    /// Since when the source no longer has it.
    pub vanished_since: Option<i64>,
    /// When the account was created.
    pub created_at: i64,
    /// Whether it is a guest.
    pub guest: bool,
    /// An excluded group that it is in, by name.
    pub excluded_group: Option<&'a str>,
    /// Whether it has a seat of the policy's licence while it is active.
    pub has_seat: bool,
    /// What keeps it out already.
    pub hold: Option<&'a Hold>,
    /// The stages of its hold that have been carried out, by their place in the policy.
    pub stages_done: u64,
    /// When it was last seen, and by which lane.
    pub seen: Option<(i64, Lane)>,
    /// What it was told of a hold to come.
    pub warned: Option<Warned>,
    /// When a hold of this policy was last ended by somebody.
    pub released_at: Option<i64>,
}

impl Facts<'_> {
    /// Whether applications may let the user in.
    pub fn active(&self) -> bool {
        self.source_active && self.vanished_since.is_none() && self.hold.is_none()
    }
}

/// What is known of one directory.
#[derive(Clone, Debug)]
pub struct Place {
    /// Since when somebody listens there; or why nobody may be called inactive.
    pub listening: Result<i64, String>,
}
