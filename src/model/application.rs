//! An application: a client of the Crowd face with its own view of the directories.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::ids::DirectoryId;

/// What an application sees, in what form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// Its name, the user of its Basic authentication.
    pub name: Arc<str>,
    /// Its directories, in order of precedence.
    pub directories: Vec<DirectoryId>,
    /// Whether nested groups are expanded for it.
    pub nested_groups: bool,
    /// Whether members of groups in groups are served as members of the outer ones, and no group as a member. Only with
    /// `nested_groups`.
    pub flatten_groups: bool,
    /// Whether names are served in lower case.
    pub lower_case: bool,
    /// The names, as compared, of the groups whose members it sees; empty for everybody.
    pub access: BTreeSet<Arc<str>>,
}
